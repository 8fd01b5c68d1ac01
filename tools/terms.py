"""术语：book/front/terms.md 里的表说一个概念怎样写、不怎样写，`check` 照它检查全部手稿。"""
import re
from typing import NamedTuple

from tools.links import PARSER
from tools.pages import ROOT, Problem, contents, pages

PAGE = 'front/terms'
QUOTED = re.compile('“[^”]*”')
SECTION = re.compile(r'^(\d+(?:\.\d+)*) 节$')


class Term(NamedTuple):
    """表里的一行。`line` 是手稿里的行号，`section` 是“引入”一栏的章节号，`linked` 说它是不是链接。"""

    chinese: str
    english: str
    avoided: tuple
    section: str
    linked: bool
    cell: int
    line: int


def read_terms(root=ROOT):
    """按次序返回术语表里的全部术语；还没有术语表就是空的。"""
    terms = []
    for page in pages(root):
        if page.key == PAGE:
            for cell in page.cells():
                terms += _read_cell(cell)
    return terms


def _read_cell(cell):
    columns, linked = [], False
    for token in PARSER.parse(cell.source):
        if token.type == 'tr_open':
            columns, linked, line = [], False, cell.line + token.map[0]
        elif token.type == 'inline':
            columns.append(''.join(child.content for child in token.children))
            linked = linked or any(child.type == 'link_open' for child in token.children)
        elif token.type == 'tr_close' and len(columns) == 4 and SECTION.match(columns[3]):
            avoided = tuple(columns[2].split('、')) if columns[2] != '—' else ()
            yield Term(columns[0], columns[1], avoided, SECTION.match(columns[3]).group(1),
                       linked, cell.index, line)


def check(root=ROOT):
    """手稿里没有不用的写法；术语表里没有重复，“引入”一栏的节写好了就是链接。"""
    terms = read_terms(root)
    return _check_table(terms, root) + _check_manuscript(terms, root)


def _check_table(terms, root):
    problems, seen = [], {}
    file = f'book/{PAGE}.md'
    sections = {page.number: page for page in contents(root)}

    def report(term, text):
        problems.append(Problem(file, term.cell, term.line, text))

    for term in terms:
        for name in (term.chinese, *term.avoided):
            if name in seen:
                report(term, f'“{name}”在术语表里已经出现过（{seen[name]}）。请合成一行。')
            seen[name] = term.chinese
        page = sections.get(term.section)
        if page is None:
            report(term, f'_toc.yml 里没有 {term.section} 节。请改正“引入”一栏。')
        elif page.text.exists() != term.linked:
            cure = f'请写成链接 [{term.section} 节](../{page.key}.ipynb)' if not term.linked else '请去掉链接'
            report(term, f'{term.section} 节{"写好了" if not term.linked else "还没有"}。{cure}。')
    return problems


def _check_manuscript(terms, root):
    problems = []
    wanted = {avoided: term.chinese for term in terms for avoided in term.avoided}
    if not wanted:
        return problems
    pattern = re.compile('|'.join(map(re.escape, sorted(wanted, key=len, reverse=True))))
    for page in pages(root):
        if page.key == PAGE:
            continue
        for cell in page.cells():
            for offset, line in enumerate(cell.source.splitlines()):
                for found in pattern.findall(QUOTED.sub('', line)):
                    problems.append(Problem(page.name(page.text), cell.index, cell.line + offset,
                                            f'“{found}”在本书里写作“{wanted[found]}”。'))
    return problems
