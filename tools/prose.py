"""手稿里的文字：链接和锚点都在，公式号唯一而且连续，没有只有网站才懂的标记，术语照术语表。

每一格只读一次（`read_page`）。笔记本由手稿生成，所以只查手稿。
"""
import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors.index import slugify

from tools.book import ROOT, Cell, Page, contents, pages
from tools.report import Problem

PARSER = MarkdownIt('commonmark').enable('table')
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
TAG = re.compile(r'\\tag\{([^}]*)\}')
COLON_FENCE = re.compile(r'^:{3,}\s*\{')
ROLE_NAME = re.compile(r'\{[\w:-]+\}$')
TARGET = re.compile(r'^\([\w-]+\)=$')
NUMBERED_LINK = re.compile(r'^(?:第 )?(\d+(?:\.\d+)*)(?= |$)')
EQUATION_LINK = re.compile(r'^eq-(\d+(?:-\d+)+)$')
TERMS_PAGE = 'front/terms'
SECTION = re.compile(r'^(\d+(?:\.\d+)*) 节$')


class Link(NamedTuple):
    """一个链接或图片：`text` 是链接文字（图片是空串），`line` 是手稿里的行号。"""

    text: str
    target: str
    cell: int
    line: int


class Term(NamedTuple):
    """术语表里的一行。`section` 是“引入”一栏的章节号，`linked` 说它是不是链接。"""

    chinese: str
    english: str
    avoided: tuple[str, ...]
    section: str
    linked: bool
    cell: int
    line: int


class Prose(NamedTuple):
    """一页的文字里要查的东西。`headings` 是网站、JupyterLab 和 GitHub 给同样锚点的标题；
    带标点或大写字母的标题在三处的锚点不同，要另写 <a id="…">。`raw` 是 [(标记, 格, 行)]。"""

    anchors: Counter
    headings: set[str]
    links: list[Link]
    raw: list[tuple[str, int, int]]
    terms: list[Term]


def read_page(page: Page) -> Prose:
    return _read_page(page, page.read())


@functools.lru_cache(maxsize=256)
def _read_page(page: Page, text: str) -> Prose:
    prose = Prose(Counter(), set(), [], [], [])
    for cell in page.cells('markdown'):
        tokens = PARSER.parse(cell.source)
        prose.anchors.update(ANCHOR.findall(cell.source))
        titles = (after.content.replace(' ', '-') for token, after in zip(tokens, tokens[1:], strict=False)
                  if token.type == 'heading_open')
        prose.headings.update(title for title in titles if slugify(title) == title)
        for token in tokens:
            line = cell.line + token.map[0] if token.map else 0
            prose.links.extend(Link(*link, cell.index, line) for link in _links(token))
            prose.raw.extend((raw, cell.index, line) for raw in _raw_markup(token))
        if page.key == TERMS_PAGE:
            prose.terms.extend(_terms(cell, tokens))
    return prose


def _links(token: Token) -> Iterator[tuple[str, str]]:
    children = token.children or []
    for position, child in enumerate(children):
        if child.type == 'link_open':
            texts = (after.content for after in children[position + 1:]
                     if after.type in ('text', 'code_inline'))
            yield next(texts, ''), unquote(str(child.attrs['href']))
        elif child.type == 'image':
            yield '', unquote(str(child.attrs['src']))


def _raw_markup(token: Token) -> Iterator[str]:
    """指令（```{note}、:::）、角色（{ref}`…`）和 (目标)= 在笔记本里会原样露出来。"""
    if token.type == 'fence' and token.info.strip().startswith('{'):
        yield token.info.strip()
    children = token.children or []
    for child, after in zip(children, [*children[1:], None], strict=False):
        if child.type == 'text':
            if COLON_FENCE.match(child.content) or TARGET.match(child.content):
                yield child.content.strip()
            role = ROLE_NAME.search(child.content)
            if role and after is not None and after.type == 'code_inline':
                yield f'{role.group()}`{after.content}`'


def _terms(cell: Cell, tokens: list[Token]) -> Iterator[Term]:
    columns: list[str] = []
    linked, line = False, 0
    for token in tokens:
        if token.type == 'tr_open':
            columns, linked, line = [], False, cell.line + token.map[0]
        elif token.type == 'inline':
            columns.append(''.join(child.content for child in token.children))
            linked = linked or any(child.type == 'link_open' for child in token.children)
        elif token.type == 'tr_close' and len(columns) == 4 and (section := SECTION.match(columns[3])):
            avoided = tuple(columns[2].split('、')) if columns[2] != '—' else ()
            yield Term(columns[0], columns[1], avoided, section[1], linked, cell.index, line)


def read_terms(root: Path = ROOT) -> list[Term]:
    """按次序返回术语表里的全部术语；还没有术语表就是空的。"""
    return [term for page in pages(root) if page.key == TERMS_PAGE for term in read_page(page).terms]


def check(root: Path = ROOT) -> list[Problem]:
    known = {page.key: page for page in pages(root)}
    problems = []
    for page in known.values():
        file, prose = page.name(page.text), read_page(page)
        problems += [Problem(file, 0, 0, f'锚点 {name} 写了 {count} 次。请只留一处。')
                     for name, count in prose.anchors.items() if count > 1]
        problems += [Problem(file, link.cell, link.line, told) for link in prose.links
                     if (told := _link_problem(page, link, known))]
        problems += [Problem(file, cell, line, f'“{raw}”只有网站才懂，在笔记本里会原样露出来。'
                             '请改用普通 Markdown。') for raw, cell, line in prose.raw]
    return problems + _check_equations(known.values()) + _check_terms(root)


def _link_problem(page: Page, link: Link, known: dict[str, Page]) -> str:
    text, target = link.text, link.target
    if re.match(r'[a-z]+:', target):
        return '' if target.startswith(('https:', 'mailto:')) else f'链接 {target} 请用 https。'
    path, _, anchor = target.partition('#')
    linked = page
    if path:
        if not path.endswith('.ipynb'):
            return f'链接 {target} 请写成到 .ipynb 的相对路径。'
        parts: list[str] = []
        for part in (PurePosixPath(page.key).parent / path.removesuffix('.ipynb')).parts:
            parts = parts[:-1] if part == '..' else [*parts, part]
        if '/'.join(parts) not in known:
            return f'链接 {target} 指向的页还没有。请改正路径，或等那一页写好再加。'
        linked = known['/'.join(parts)]
    number = NUMBERED_LINK.match(text)
    if number and not anchor and number[1] != linked.number:
        return f'链接文字“{text}”的章节号与目录不符，应为 {linked.number or "没有编号"}。'
    prose = read_page(linked)
    if anchor and anchor not in prose.anchors and anchor not in prose.headings:
        return f'链接 {target}：那一页没有锚点 {anchor}。请加上 <a id="{anchor}"></a>，或改正链接。'
    equation = EQUATION_LINK.match(anchor)
    wanted = equation[1].replace('-', '.') if equation else ''
    if wanted and f'({wanted})' not in text and f'（{wanted}）' not in text:
        return f'链接文字“{text}”里没有公式号 ({wanted})。'
    return ''


def _check_equations(everything: Iterable[Page]) -> list[Problem]:
    """公式号 = 两级章节号 + 流水号，按次序连续；有锚点的公式锚点名与号相同。"""
    problems, running = [], Counter[str]()
    for page in everything:
        tags, section = set(), '.'.join(page.number.split('.')[:2])
        for cell in page.cells('markdown'):
            for line, text in enumerate(cell.source.splitlines(), cell.line):
                for tag in TAG.findall(text):
                    running[section] += 1
                    tags.add(tag)
                    if tag != f'{section}.{running[section]}':
                        problems.append(Problem(page.name(page.text), cell.index, line, f'公式号是 ({tag})，'
                                                f'按次序应为 ({section}.{running[section]})。'))
        problems += [Problem(page.name(page.text), 0, 0, f'锚点 {anchor} 没有对应的 \\tag。'
                             '请改成公式的号，或删去。') for anchor in read_page(page).anchors
                     if (found := EQUATION_LINK.match(anchor)) and found[1].replace('-', '.') not in tags]
    return problems


def _check_terms(root: Path) -> list[Problem]:
    """术语表里没有重复，“引入”一栏的节写好了就是链接；手稿里没有不用的写法。"""
    terms, problems, seen = read_terms(root), [], dict[str, str]()
    sections = {page.number: page for page in contents(root)}
    for term in terms:
        told = [f'“{name}”在术语表里已经出现过（{seen[name]}）。请合成一行。'
                for name in (term.chinese, *term.avoided) if name in seen]
        seen.update(dict.fromkeys((term.chinese, *term.avoided), term.chinese))
        page = sections.get(term.section)
        if page is None:
            told.append(f'_toc.yml 里没有 {term.section} 节。请改正“引入”一栏。')
        elif page.text.exists() and not term.linked:
            told.append(f'{term.section} 节写好了。请写成链接 [{term.section} 节](../{page.key}.ipynb)。')
        problems += [Problem(f'book/{TERMS_PAGE}.md', term.cell, term.line, text) for text in told]
    wanted = {avoided: term.chinese for term in terms for avoided in term.avoided}
    # 引号里的是提到，不是使用。
    pattern = re.compile('“[^”]*”|(' + '|'.join(map(re.escape, sorted(wanted, key=len, reverse=True))) + ')')
    for page in pages(root) if wanted else []:
        for cell in page.cells() if page.key != TERMS_PAGE else []:
            for line, text in enumerate(cell.source.splitlines(), cell.line):
                problems += [Problem(page.name(page.text), cell.index, line,
                                     f'“{found[1]}”在本书里写作“{wanted[found[1]]}”。')
                             for found in pattern.finditer(text) if found[1]]
    return problems
