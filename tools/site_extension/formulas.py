"""公式：读页时交给 node 里的 MathJax 画（同样的公式只画一次），写页时把 SVG 放进网页。

打开网页不需要网络，也不需要脚本；写错的公式使构建失败。画好的公式存在 Sphinx 的 environment 里，
只改几页时不必再画。
"""
import contextlib
import html
import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from tools.formulas import DRAW, MATHJAX, NODE

LOGGER = logging.getLogger(__name__)
# 有公式号的公式至少要多宽。
LEAST = re.compile(r'min-width: ([\d.]+)ex')
CLOSING = tuple('，。；：、！？）”》')


@dataclass
class Drawn:
    """`answers` 是 {(TeX, 是否单独成行): {'svg': …} 或 {'error': …}}，还没画好的是空的。"""

    answers: dict[tuple[str, bool], dict[str, str]] = field(default_factory=dict)
    stylesheet: str = ''


def drawn(env: BuildEnvironment) -> Drawn:
    """存在 environment 里的公式。"""
    return env.__dict__.setdefault('drawn_formulas', Drawn())


class Drawing:
    """画公式的 node 进程：随收随画，收完才一起回答，所以与 Sphinx 互不等待。"""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def collect(self, app: Sphinx, doctree: nodes.document) -> None:
        """读完一页：把没见过的公式交出去。"""
        answers = drawn(app.env).answers
        formulas = [(node.astext(), isinstance(node, nodes.math_block)) for node in doctree.findall()
                    if isinstance(node, nodes.math | nodes.math_block)]
        new: dict[tuple[str, bool], dict[str, str]] = {
            formula: {} for formula in formulas if formula not in answers}
        if new and self.process is None:
            self.process = subprocess.Popen(
                [NODE, DRAW, MATHJAX], text=True, encoding='utf-8',
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process and new:
            answers.update(new)
            with contextlib.suppress(BrokenPipeError):  # 它已经死了：由 receive 报告
                print(*map(json.dumps, new), sep='\n', file=self.process.stdin, flush=True)

    def receive(self, app: Sphinx, env: BuildEnvironment) -> None:
        """全部读完：取回画好的公式，样式表与网页放在一起。"""
        known = drawn(env)
        if self.process:
            answer, _ = self.process.communicate()
            if self.process.returncode:
                raise ExtensionError('画公式的 node 进程出了错。请运行 make doctor。')
            result = json.loads(answer)
            waiting = [formula for formula, answer in known.answers.items() if not answer]
            known.answers.update(zip(waiting, result['drawn'], strict=True))
            known.stylesheet = result['css']
        static = Path(app.outdir) / '_static'
        static.mkdir(parents=True, exist_ok=True)
        (static / 'mathjax.css').write_text(known.stylesheet, encoding='utf-8')


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
    formula = node.astext(), display
    answer = drawn(translator.builder.env).answers.get(formula, {'error': '读页时没有见过它'})
    if 'error' in answer:
        LOGGER.warning('公式有错（%s）：%s', answer['error'], node.astext(), location=node)
    tag, content = 'div' if display else 'span', answer.get('svg') or html.escape(node.astext())
    ids = ''.join(f'<span id="{name}"></span>' for name in node.get('ids', []))
    closing = node.get('closing', '')
    least = LEAST.search(content) if display else None
    width = f' style="--ex: {least[1]}"' if least else ''
    translator.body.append(f'{ids}<{tag} class="math notranslate"{width}>{content}{closing}</{tag}>')
    raise nodes.SkipNode


def write_inline(translator: HTML5Translator, node: nodes.math) -> None:
    _write(translator, node, display=False)


def write_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    _write(translator, node, display=True)
