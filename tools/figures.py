"""插图和实验的索引，由 tools.front_matter 写进手稿。

插图是代码格的选项里写着图注的，图号是章号和章里的次序；实验是主线和选读里用 `run_seeds` 重复几次的节。
"""
import ast
from collections import Counter
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from mdit_py_plugins.anchors.index import slugify

from tools.book import ROOT, Page, pages
from tools.mainline import EXERCISES, headings, pieces

INDEX = 'appendix/figures'


class Figure(NamedTuple):
    """一幅插图；没有起名字的，`name` 是空串。"""

    page: Page
    number: str
    name: str
    caption: str


def figures(root: Path = ROOT) -> list[Figure]:
    """按次序返回全书的插图；没有编号的页，图号只是次序。"""
    found, running = list[Figure](), Counter[str]()
    for page in pages(root):
        chapter = page.number.split('.')[0]
        for cell in page.cells('code'):
            figure = cell.metadata.get('mystnb', {}).get('figure', {})
            if 'caption' in figure:
                running[chapter] += 1
                found.append(Figure(page, f'{chapter}.{running[chapter]}'.lstrip('.'), figure.get('name', ''),
                                    str(figure['caption']).strip()))
    return found


def index(root: Path = ROOT) -> str:
    """各章（没有编号的是各页）一张单子：图号链接到图，后面是图注。"""
    known, lines = {page.number: page for page in pages(root)}, list[str]()

    def heading(figure: Figure) -> str:
        chapter = figure.page.number.split('.')[0]
        return f'第 {chapter} 章 {known[chapter].title}' if chapter else figure.page.title

    for title, group in groupby(figures(root), heading):
        lines += [f'## {title}', '']
        for figure in group:
            anchor = f'#{figure.name}' if figure.name else ''
            lines.append(f'- [图 {figure.number}](../{figure.page.key}.ipynb{anchor}) {figure.caption}')
        lines.append('')
    told = [f'- [{one.label}]({one.link})：{"、".join(one.seeds)}种子。' for one in experiments(root)]
    lines += ['## 用几个种子比较的实验', '', LEAD, '', *told] if told else []
    return '\n'.join(lines).rstrip() + '\n'


# ---- 实验 ----


# run_seeds 的 num_seeds 不写时的值。
SEEDS = 5
LEAD = '同样的训练用几个种子各做一次，比较平均和起伏，结论才不是碰巧。冒号前是比较所在的节。'


class Experiment(NamedTuple):
    """用 `run_seeds` 比较的一节：由外到里的标题，各次调用的种子数（不重复），如 ('5 个',)。"""

    page: Page
    titles: tuple[str, ...]
    seeds: tuple[str, ...]

    @property
    def label(self) -> str:
        return f'{self.page.number} {self.page.title}：{"：".join(self.titles)}'

    @property
    def link(self) -> str:
        """到这一节；标题里有标点的，JupyterLab 与网站的锚点不同，就到外面的一节或这一页。"""
        anchor = next((f'#{title}' for title in reversed(self.titles) if slugify(title) == title), '')
        return f'../{self.page.key}.ipynb{anchor}'


def experiments(root: Path = ROOT) -> list[Experiment]:
    """按次序返回全书的实验；练习里的不算，定义 `run_seeds` 的那一格也不算。"""
    found = dict[tuple[Page, tuple[str, ...]], set[str]]()
    for page in pages(root):
        titles: tuple[str, ...] = ()
        for piece in pieces(page):
            if piece.cell.kind == 'markdown':
                for _, depth, title in headings(replace(piece.cell, source=piece.text)):
                    titles = (*titles[:depth - 2], title) if depth > 1 else ()
            elif piece.part != EXERCISES and (seeds := _seeds(piece.text)):
                found.setdefault((page, titles), set()).update(seeds)
    return [Experiment(page, titles, tuple(sorted(seeds))) for (page, titles), seeds in found.items()]


def _seeds(code: str) -> set[str]:
    """一格代码里各次调用 `run_seeds` 的种子数；不是写明的数，就说“若干个”。"""
    if 'run_seeds(' not in code:
        return set()
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)
             and 'run_seeds' in (getattr(node.func, 'attr', ''), getattr(node.func, 'id', ''))]
    given = [next((each.value for each in call.keywords if each.arg == 'num_seeds'),
                  call.args[1] if len(call.args) > 1 else ast.Constant(SEEDS)) for call in calls]
    return {f'{value.value!r} 个' if isinstance(value, ast.Constant) else '若干个' for value in given}
