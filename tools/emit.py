"""一章的模块：导入和保存的定义连成文字，由 ruff 找出未定义的和重复的名字，指回手稿的行。"""
import ast
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tools import marks
from tools.book import Cell, Page
from tools.package import NOTICE, PACKAGE
from tools.report import Problem

WIDTH = 99
RUFF = (sys.executable, '-m', 'ruff', 'check', '--isolated', '--no-cache', '--ignore-noqa', '--quiet',
        '--target-version', 'py311', '--line-length', str(WIDTH))
UNKNOWN = '{} 没有导入，前面也没有保存过。请在前面的格里导入它，或作为参数传入。'
TWICE = '{} 与 {} 的重名，而一章的定义在同一个模块里。请给其中一个换名字。'


class Line(NamedTuple):
    """模块里的一行，来自手稿的哪一页、哪一格、哪一行；不来自手稿的行没有页。"""

    text: str
    page: Page | None = None
    cell: int = 0
    line: int = 0

    def problem(self, text: str) -> Problem:
        return Problem(self.page.name(self.page.text), self.cell, self.line, text)


class Import(NamedTuple):
    """导入的一个名字：绑定成 `alias`，写成 `source`。"""

    alias: str
    source: Line


class Saved(NamedTuple):
    """一个标了 `#@save` 的定义：`lines` 是 [(手稿里的行号, 文字)]，`imports` 是可能要带走的导入，
    `uses` 是可能用到的 `d2l_local` 的名字。"""

    name: str
    page: Page
    label: str
    cell: Cell
    node: ast.stmt
    lines: list[tuple[int, str]]
    imports: list[Import]
    uses: set[str]

    @property
    def place(self) -> str:
        return f'{self.page.name(self.page.text)}:{self.node.lineno}'

    @property
    def source(self) -> str:
        return '\n'.join(text for _, text in self.lines)

    def problem(self, line: int, text: str) -> Problem:
        return Problem(self.page.name(self.page.text), self.cell.index, line, text)


def module_lines(title: str, group: list[Saved]) -> list[Line]:
    """一章的模块的各行。"""
    names = ''.join(f'    {each.name!r},\n' for each in sorted(group))
    top = f'# {NOTICE}。\n# 要改就改 book/{group[0].page.chapter}/ 里标了 #@save 的定义。\n# ruff: noqa\n' \
          f'"""{title}：各节保存的函数、类和常数。"""'
    imports = {each.source.text: each.source for one in reversed(group) for each in reversed(one.imports)}
    lines = [*map(Line, top.split('\n')), *reversed(imports.values()),
             *map(Line, f'\n__all__ = [\n{names}]'.split('\n'))]
    for one in group:
        local = {each.name for each in group} & one.uses
        lines += map(Line, ('', '', f'# {one.label}，{one.page.name(one.page.text)}'))
        lines += [Line(text, one.page, one.cell.index, line)
                  for line, text in marks.without_prefix(one.node, one.lines, local)]
    return lines


def judge(modules: dict[str, list[Line]]) -> tuple[dict[str, str], list[Problem]]:
    """各模块的文字（只留用到的导入，排好序）；ruff 找出问题时没有文字，只有问题。"""
    if not modules:
        return {}, []
    with tempfile.TemporaryDirectory(prefix='d2l-library-') as folder:
        paths = {module: Path(folder, f'{module}.py') for module in modules}
        for module, path in paths.items():
            path.write_text(''.join(f'{line.text}\n' for line in modules[module]), encoding='utf-8')
        found = json.loads(_ruff('--select=F821,F811', '--output-format=json', folder) or '[]')
        if found:
            return {}, [_translate(each, modules[Path(each['filename']).stem]) for each in found]
        _ruff('--select=F401,I', '--fix', folder)
        return {module: path.read_text(encoding='utf-8') for module, path in paths.items()}, []


def _ruff(*arguments: str) -> str:
    return subprocess.run([*RUFF, *arguments], capture_output=True, encoding='utf-8').stdout


def _translate(found: dict, lines: list[Line]) -> Problem:
    """ruff 的一条意见变成指着手稿的一句话。"""
    line, name = lines[found['location']['row'] - 1], re.search('`(.*?)`', found['message'])[1]
    if found['code'] == 'F821':
        return line.problem(UNKNOWN.format(name))
    other = lines[int(re.search(r'from line (\d+)', found['message'])[1]) - 1]
    first, last = sorted((line, other), key=lambda each: (
        [int(part) for part in each.page.number.split('.')], each.line))
    return last.problem(TWICE.format(name, f'{first.page.name(first.page.text)}:{first.line}'))
