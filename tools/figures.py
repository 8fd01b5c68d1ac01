"""插图：代码格的选项里写着图注的。图号是章号和章里的次序；插图索引由 tools.front_matter 写进手稿。"""
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from tools.book import ROOT, Page, pages

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
    return '\n'.join(lines).rstrip() + '\n'
