"""公式：读页时交给 MathJax 画（同样的公式只画一次），写页时把 SVG 放进网页。

打开网页不需要网络，也不需要脚本；写错的公式使构建失败。画好的公式存在 Sphinx 的 environment 里，
只改几页时不必再画。
"""
import html
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from tools.site_extension.drawing import Drawing, Formula

LOGGER = logging.getLogger(__name__)
CLOSING = tuple('，。；：、！？）”》')


def prepare(app: Sphinx) -> None:
    """第一次构建时，environment 里还没有公式和样式表。"""
    if not hasattr(app.env, 'formulas'):
        app.env.formulas, app.env.formula_css = {}, ''


def _formulas_in(doctree: nodes.document) -> Iterator[Formula]:
    for node in doctree.findall():
        if isinstance(node, nodes.math | nodes.math_block):
            yield Formula(node.astext(), isinstance(node, nodes.math_block))


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """读完一页：没见过的公式交给 MathJax，它与 Sphinx 同时做。"""
    new = [formula for formula in dict.fromkeys(_formulas_in(doctree)) if formula not in app.env.formulas]
    if new:
        if not hasattr(app, 'drawing'):
            app.drawing = Drawing()
        app.drawing.ask(new)
        app.env.formulas.update(dict.fromkeys(new, {}))


def receive(app: Sphinx, env: BuildEnvironment) -> None:
    """全部读完：取回画好的公式，样式表与网页放在一起。"""
    if hasattr(app, 'drawing'):
        env.formula_css, drawn = app.drawing.finish()
        env.formulas.update(drawn)
    static = Path(app.outdir) / '_static'
    static.mkdir(parents=True, exist_ok=True)
    (static / 'mathjax.css').write_text(env.formula_css, encoding='utf-8')


def attach_punctuation(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """行内公式后面的标点与公式写在一起，不许断行，标点才不会跑到行首。"""
    for math in list(doctree.findall(nodes.math)):
        following = math.next_node(descend=False, siblings=True)
        if isinstance(following, nodes.Text) and following.astext().startswith(CLOSING):
            text = following.astext()
            math['closing'] = text[0]
            # 按位置替换：同一段里可能有几处相同的文字，replace 会认错。
            math.parent[math.parent.index(math) + 1] = nodes.Text(text[1:])


def _write(translator: HTML5Translator, node: nodes.Element, display: bool) -> None:
    answer = translator.builder.env.formulas[Formula(node.astext(), display)]
    if 'error' in answer:
        LOGGER.warning('公式有错（%s）：%s', answer['error'], node.astext(), location=node)
    drawn = answer.get('svg') or html.escape(node.astext())
    tag = 'div' if display else 'span'
    ids = ''.join(f'<span id="{name}"></span>' for name in node.get('ids', []))
    closing = node.get('closing', '')
    translator.body.append(f'{ids}<{tag} class="math notranslate">{drawn}{closing}</{tag}>')
    raise nodes.SkipNode


def write_inline(translator: HTML5Translator, node: nodes.math) -> None:
    _write(translator, node, display=False)


def write_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    _write(translator, node, display=True)
