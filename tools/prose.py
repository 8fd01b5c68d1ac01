"""手稿里的文字：链接和锚点都在，公式号唯一而且连续，没有只有网站才懂的标记，术语照术语表。

每一格只读一次（`read_page`）。笔记本由手稿生成，所以只查手稿。
"""
import functools
import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors.index import slugify

from tools.book import ROOT, Page, pages
from tools.report import Problem

PARSER = MarkdownIt('commonmark').enable('table')
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
TAG = re.compile(r'\\tag\{([^}]*)\}')
# 指令 :::{note} 和目标 (here)=；角色 {ref}`…` 的名字。
DIRECTIVE, ROLE_NAME = re.compile(r'^(:{3,}\s*\{|\([\w-]+\)=$)'), re.compile(r'\{[\w:-]+\}$')
NUMBERED_LINK = re.compile(r'^(第 )?(\d+(?:\.\d+)*)(?: (.*)|$)')
# 数目后面的量词和单位：10 个、1.5 倍。
COUNTED = re.compile(r'[个只件台名倍次行列格页张幅元秒分毫微小年月天步轮层种类折维条位项组批份处题道段句字'
                     '像千万亿％%A-Za-z]')
EQUATION_LINK = re.compile(r'^eq-(\d+(?:-\d+)+)$')
TERMS_PAGE = 'front/terms'


class Term(NamedTuple):
    """术语表里的一行；“引入”一栏由 tools.front_matter 写。"""

    chinese: str
    english: str
    avoided: tuple[str, ...]
    cell: int
    line: int


class Prose(NamedTuple):
    """一页的文字里要查的东西，末两项都是格和行：链接的文字和目标，图片的说明、地址和标题，表格一行的各栏。

    `headings` 是网站、JupyterLab 和 GitHub 给同样锚点的标题；带标点或大写字母的标题在三处的锚点不同，
    要另写 <a id="…">。`raw` 是在笔记本里会原样露出来的标记。
    """

    anchors: Counter[str]
    headings: set[str]
    links: list[tuple[str, str, int, int]]
    images: list[tuple[str, str, str, int, int]]
    raw: list[tuple[str, int, int]]
    rows: list[tuple[list[str], int, int]]


@functools.lru_cache(maxsize=4096)
def tokens(source: str) -> list[Token]:
    """markdown-it 读一格的结果；几项检查都要，同样的文字只读一次。"""
    return PARSER.parse(source)


def read_page(page: Page) -> Prose:
    return _read_page(page, page.read())


@functools.lru_cache(maxsize=256)
def _read_page(page: Page, text: str) -> Prose:
    prose = Prose(Counter(), set(), [], [], [], [])
    # 插图的名字是网站上图的锚点。
    prose.anchors.update(figure['name'] for cell in page.cells('code')
                         if 'name' in (figure := cell.metadata.get('mystnb', {}).get('figure', {})))
    for cell in page.cells('markdown'):
        prose.anchors.update(ANCHOR.findall(cell.source))
        columns: list[str] = []
        for token, after in pairwise([*tokens(cell.source), None]):
            place = cell.index, cell.line + (token.map or [0])[0]
            if token.type == 'heading_open':
                title = after.content.replace(' ', '-')
                prose.headings.update({title} if slugify(title) == title else ())
            elif token.type == 'fence' and token.info.strip().startswith('{'):
                prose.raw.append((token.info.strip(), *place))
            elif token.type == 'tr_open':
                columns, row = [], place
            elif token.type == 'tr_close':
                prose.rows.append((columns, *row))
                columns = []
            elif token.type == 'inline':
                columns.append(''.join(child.content for child in token.children))
            for position, child in enumerate(token.children or []):
                following = token.children[position + 1:]
                if child.type == 'link_open':
                    shown = (each.content for each in following if each.type in ('text', 'code_inline'))
                    prose.links.append((next(shown, ''), unquote(str(child.attrs['href'])), *place))
                elif child.type == 'image':
                    shown_as = str(child.attrs.get('title', ''))
                    prose.images.append((child.content, unquote(str(child.attrs['src'])), shown_as, *place))
                elif child.type == 'text' and DIRECTIVE.match(child.content):
                    prose.raw.append((child.content.strip(), *place))
                elif child.type == 'text' and following and following[0].type == 'code_inline':
                    role = ROLE_NAME.search(child.content)
                    prose.raw.extend([(f'{role[0]}`{following[0].content}`', *place)] if role else [])
    return prose


def read_terms(root: Path = ROOT) -> list[Term]:
    """按次序返回术语表里的全部术语；还没有术语表就是空的。"""
    return [Term(columns[0], columns[1], tuple(columns[2].split('、')) if columns[2] != '—' else (),
                 *place)
            for page in pages(root) if page.key == TERMS_PAGE
            for columns, *place in read_page(page).rows if len(columns) == 4 and columns[0] != '中文']


def check(root: Path = ROOT) -> list[Problem]:
    known = {page.key: page for page in pages(root)}
    problems = []
    for page in known.values():
        file, prose = page.name(page.text), read_page(page)
        problems += [Problem(file, 0, 0, f'锚点 {name} 写了 {count} 次。请只留一处。')
                     for name, count in prose.anchors.items() if count > 1]
        problems += [Problem(file, cell, line, told) for text, target, cell, line in prose.links
                     if (told := _link_problem(page, text, target, known))]
        problems += [Problem(file, cell, line, f'“{raw}”只有网站才懂，在笔记本里会原样露出来。'
                             '请改用普通 Markdown。') for raw, cell, line in prose.raw]
    return problems + _check_equations(known.values()) + _check_terms(root)


def _link_problem(page: Page, text: str, target: str, known: dict[str, Page]) -> str:
    if text.startswith('^'):
        return '脚注有的地方不认得。请写进正文，或放在括号里。'
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
            return f'链接 {target} 指向的页不在目录里。请改正路径。'
        linked = known['/'.join(parts)]
    number = section_number(text, linked, known)
    # 指向某一节的链接，文字可以是年份。
    if number and number != linked.number and (not anchor or '.' in number):
        return f'链接文字“{text}”的章节号与目录不符，应为 {linked.number or "没有编号"}。'
    prose = read_page(linked)
    if anchor and anchor not in prose.anchors and anchor not in prose.headings:
        return f'链接 {target}：那一页没有锚点 {anchor}。请加上 <a id="{anchor}"></a>，或改正链接。'
    equation = EQUATION_LINK.match(anchor)
    wanted = equation[1].replace('-', '.') if equation else ''
    return f'链接文字“{text}”里没有公式号 ({wanted})。' if wanted and not re.search(
        rf'[(（]{re.escape(wanted)}[)）]', text) else ''


def section_number(text: str, linked: Page, known: dict[str, Page]) -> str:
    """链接文字开头的章节号；是数目（“10 个类别的例子”“1.5 倍”）的不算，是空串。"""
    found = NUMBERED_LINK.match(text)
    if not found:
        return ''
    ordinal, number, rest = found[1], found[2], found[3] or ''
    if ordinal or rest in ('', '节', '章') or rest in linked.title or linked.title in rest:
        return number
    section = '.' in number and any(page.number == number for page in known.values())
    return number if section and not COUNTED.match(rest) else ''


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
    """术语表里没有重复；手稿里没有不用的写法。"""
    terms, problems, seen = read_terms(root), [], dict[str, str]()
    for term in terms:
        told = [f'“{name}”在术语表里已经出现过（{seen[name]}）。请合成一行。'
                for name in (term.chinese, *term.avoided) if name in seen]
        seen.update(dict.fromkeys((term.chinese, *term.avoided), term.chinese))
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
