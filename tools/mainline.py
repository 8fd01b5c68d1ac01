"""每页的主线和选读：标题里写着（选读）的节是选读，小节随它；练习另算；其余是主线。

`check` 查写法和长度，`measure` 数分钟和格数（网站写在标题下面），`trimmed` 给出只剩主线的笔记本：
`tools.names` 看它缺不缺名字，`make test-main` 真的运行它。
"""
import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode

from tools.book import ROOT, Cell, Page, pages
from tools.prose import tokens
from tools.report import Problem

MAIN, OPTIONAL, EXERCISES = '主线', '选读', '练习'
MARK = '（选读）'
# 一分钟读多少汉字、看懂多少行代码；主线最多几分钟、几格代码。
CHARACTERS, LINES = 300, 20
LIMIT = (20, 24)
# 选读的第一段折叠时也看得见，说它讲什么：一句话，最多这么多汉字。
LEAD = 80


class Piece(NamedTuple):
    """一格里同属一节的一段：`part` 是 MAIN、OPTIONAL 或 EXERCISES，`section` 是所在选读节的标题。"""

    part: str
    section: str
    cell: Cell
    text: str
    line: int


@dataclass
class Amount:
    """一部分有多长。"""

    characters: int = 0
    lines: int = 0
    cells: int = 0

    @property
    def minutes(self) -> float:
        return self.characters / CHARACTERS + self.lines / LINES

    def add(self, piece: Piece) -> None:
        if piece.cell.kind == 'code':
            self.cells += 1
            self.lines += sum(bool(line.strip()) for line in piece.text.splitlines())
        else:
            self.characters += len(re.findall('[\u4e00-\u9fff]', piece.text))


@dataclass
class Measure:
    """一页各部分有多长；`sections` 是每个选读节的，按标题。"""

    parts: dict[str, Amount]
    sections: dict[str, Amount]
    exercises: int

    def line(self) -> str:
        """标题下面的那一行。"""
        told = [f'{part}约 {max(1, round(self.parts[part].minutes))} 分钟'
                for part in (MAIN, OPTIONAL) if self.parts[part].characters]
        return ' · '.join(told + ([f'练习 {self.exercises} 题'] if self.exercises else []))


def pieces(page: Page) -> Iterator[Piece]:
    """按次序给出各段；有标题的文字格在标题处分开，标题在它那一段的第一行。"""
    part, section, level = MAIN, '', 7
    for cell in page.cells():
        if cell.kind == 'code':
            yield Piece(part, section, cell, cell.source, cell.line)
            continue
        lines, start = cell.source.splitlines(), 0
        for line, depth, title in headings(cell):
            if line > start:
                yield Piece(part, section, cell, '\n'.join(lines[start:line]), cell.line + start)
            start = line
            if depth <= level:
                part, section, level = MAIN, '', 7
            if part == MAIN and depth > 1:
                if title == EXERCISES and depth == 2:
                    part, level = EXERCISES, depth
                elif MARK in title:
                    part, section, level = OPTIONAL, title, depth
        yield Piece(part, section, cell, '\n'.join(lines[start:]), cell.line + start)


def headings(cell: Cell) -> list[tuple[int, int, str]]:
    """文字格里的标题：[(第几行, 几级, 文字)]，行从 0 数起。"""
    found = tokens(cell.source)
    return [(token.map[0], int(token.tag[1]), after.content) for token, after in
            zip(found, found[1:], strict=False) if token.type == 'heading_open' and token.map]


def measure(page: Page) -> Measure:
    found = Measure({part: Amount() for part in (MAIN, OPTIONAL, EXERCISES)}, {}, 0)
    for piece in pieces(page):
        found.parts[piece.part].add(piece)
        if piece.section:
            found.sections.setdefault(piece.section, Amount()).add(piece)
        if piece.part == EXERCISES and piece.cell.kind == 'markdown':
            asked = re.sub(r'<details>.*?</details>', '', piece.text, flags=re.S)
            found.exercises += len(re.findall(r'^\d+\. ', asked, re.M))
    return found


def trimmed(page: Page, notebook: NotebookNode) -> NotebookNode:
    """`notebook` 去掉选读和练习的代码，文字格不动：只读主线的人运行的就是这些。"""
    code = [piece for piece in pieces(page) if piece.cell.kind == 'code']
    dropped = {piece.cell.index for piece in code if piece.part != MAIN}
    result = copy.deepcopy(notebook)
    result.cells = [cell for index, cell in enumerate(result.cells, 1) if index not in dropped]
    return result


def check(root: Path = ROOT) -> list[Problem]:
    """每一页的写法和长度。"""
    return [problem for page in pages(root) for problem in check_marks(page) + check_length(page)]


def check_length(page: Page) -> list[Problem]:
    found = measure(page)
    if not page.cells('code'):
        return []
    minutes, cells = LIMIT
    main = found.parts[MAIN]
    return [Problem(page.name(page.text), 0, 0, told) for told, wrong in (
        (f'主线要 {main.minutes:.1f} 分钟，最多 {minutes} 分钟。请写短，或把深入的节标成{MARK}。',
         main.minutes > minutes),
        (f'主线有 {main.cells} 格代码，最多 {cells} 格。请合并、删去，或把深入的节标成{MARK}。',
         main.cells > cells)) if wrong]


def check_marks(page: Page) -> list[Problem]:
    """（选读）写在标题末尾，不写两层；它后面的第一段是一句话。"""
    problems, inside = [], 7
    for cell in page.cells('markdown'):
        found = headings(cell)
        for line, depth, title in found:
            told = ''
            inside = 7 if depth <= inside else inside
            if OPTIONAL in title and not title.endswith(MARK):
                told = f'“选读”请写在标题末尾，写成{MARK}。'
            elif OPTIONAL in title and (depth == 1 or inside < 7):
                told = f'这个{MARK}多余：整节都是选读，小节随它。请删去。' if depth > 1 else \
                    f'页的标题里不写{MARK}。请写在各节的标题里。'
            elif OPTIONAL in title:
                inside = depth
                told = lead_problem(cell.source.splitlines()[line + 1:])
            if told:
                problems.append(Problem(page.name(page.text), cell.index, cell.line + line, told))
    return problems


def lead_problem(lines: list[str]) -> str:
    """选读标题后面的几行：开头要有一句话。"""
    paragraph = '\n'.join(lines).strip().split('\n\n')[0]
    characters = len(re.findall('[\u4e00-\u9fff]', paragraph))
    if not characters or re.match(r'[#|>$<-]|```|\d+\. ', paragraph):
        return '选读的标题后面没有文字。请先用一句话说它讲什么，网站折叠时只看得见这一句。'
    if characters > LEAD or paragraph.count('。') > 1 or '？' in paragraph[:-1]:
        return f'选读的第一段折叠时也看得见。请写成一句话，最多 {LEAD} 个汉字，其余另起一段。'
    return ''
