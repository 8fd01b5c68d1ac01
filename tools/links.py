"""手稿里的文字：链接和锚点都在，公式号唯一而且连续，没有只有网站才懂的指令和角色。

`check(root)` 返回问题。笔记本由手稿生成，所以只查手稿。
"""
import re
from collections import Counter
from pathlib import PurePosixPath
from urllib.parse import unquote

from markdown_it import MarkdownIt
from mdit_py_plugins.anchors.index import slugify

from tools.pages import ROOT, Problem, pages

PARSER = MarkdownIt('commonmark').enable('table')
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
TAG = re.compile(r'\\tag\{([^}]*)\}')
COLON_FENCE = re.compile(r'^:{3,}\s*\{')
ROLE_NAME = re.compile(r'\{[\w:-]+\}$')
TARGET = re.compile(r'^\([\w-]+\)=$')
NUMBERED_LINK = re.compile(r'^(?:第 )?(\d+(?:\.\d+)*)(?= |$)')
EQUATION_LINK = re.compile(r'^eq-(\d+(?:-\d+)+)$')


def anchors(page):
    """页里手写的锚点 {名字: 次数}。"""
    return Counter(name for cell in page.cells() if cell.kind == 'markdown'
                   for name in ANCHOR.findall(cell.source))


def headings(page):
    """能当锚点用的标题：网站、JupyterLab 和 GitHub 给它同样的锚点。

    带标点或大写字母的标题在三处的锚点不同，要另写 <a id="…">。
    """
    found = set()
    for cell in page.cells():
        if cell.kind == 'markdown':
            tokens = PARSER.parse(cell.source)
            titles = {after.content.replace(' ', '-') for token, after
                      in zip(tokens, tokens[1:], strict=False) if token.type == 'heading_open'}
            found |= {title for title in titles if slugify(title) == title}
    return found


def links(cell):
    """一格里的链接：(文字, 目标, 手稿里的行号)。"""
    for token in PARSER.parse(cell.source):
        for position, child in enumerate(token.children or []):
            line = cell.line + token.map[0]
            if child.type == 'link_open':
                texts = [after.content for after in token.children[position + 1:]
                         if after.type in ('text', 'code_inline')]
                yield texts[0] if texts else '', unquote(child.attrGet('href')), line
            elif child.type == 'image':
                yield '', unquote(child.attrGet('src')), line


def section_of(page):
    """公式号的前缀：章节号的前两级（2.2.4 节的公式是 2.2.x）。"""
    return '.'.join(page.number.split('.')[:2])


def check(root=ROOT):
    everything = pages(root)
    known = {page.key: page for page in everything}
    all_anchors = {key: anchors(page) for key, page in known.items()}
    problems = []
    for page in everything:
        problems += _check_links(page, known, all_anchors)
        problems += _check_markup(page)
    return problems + _check_equations(everything, all_anchors)


def _check_links(page, known, all_anchors):
    file = page.name(page.text)
    problems = [Problem(file, 0, 0, f'锚点 {name} 写了 {count} 次。请只留一处。')
                for name, count in all_anchors[page.key].items() if count > 1]
    for cell in page.cells():
        if cell.kind != 'markdown':
            continue
        for text, target, line in links(cell):
            problem = _link_problem(page, text, target, known, all_anchors)
            if problem:
                problems.append(Problem(file, cell.index, line, problem))
    return problems


def _link_problem(page, text, target, known, all_anchors):
    if re.match(r'[a-z]+:', target):
        return '' if target.startswith(('https:', 'mailto:')) else f'链接 {target} 请用 https。'
    path, _, anchor = target.partition('#')
    linked = page
    if path:
        if not path.endswith('.ipynb'):
            return f'链接 {target} 请写成到 .ipynb 的相对路径。'
        parts = []
        for part in (PurePosixPath(page.key).parent / path[:-len('.ipynb')]).parts:
            parts = parts[:-1] if part == '..' else [*parts, part]
        linked = known.get('/'.join(parts))
        if linked is None:
            return f'链接 {target} 指向的页还没有。请改正路径，或等那一页写好再加。'
    number = NUMBERED_LINK.match(text)
    if number and not anchor and number.group(1) != linked.number:
        return f'链接文字“{text}”的章节号与目录不符，应为 {linked.number or "没有编号"}。'
    if not anchor:
        return ''
    if anchor not in all_anchors[linked.key] and anchor not in headings(linked):
        return f'链接 {target}：那一页没有锚点 {anchor}。请加上 <a id="{anchor}"></a>，或改正链接。'
    equation = EQUATION_LINK.match(anchor)
    if equation:
        wanted = equation.group(1).replace('-', '.')
        if f'({wanted})' not in text and f'（{wanted}）' not in text:
            return f'链接文字“{text}”里没有公式号 ({wanted})。'
    return ''


def _check_markup(page):
    """指令（```{note}、:::）、角色（{ref}`…`）和 (目标)= 在笔记本里会原样露出来。"""
    problems = []
    for cell in page.cells():
        if cell.kind != 'markdown':
            continue
        for token in PARSER.parse(cell.source):
            for raw in _raw_markup(token):
                problems.append(Problem(
                    page.name(page.text), cell.index, cell.line + token.map[0],
                    f'“{raw}”只有网站才懂，在笔记本里会原样露出来。请改用普通 Markdown。'))
    return problems


def _raw_markup(token):
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


def _check_equations(everything, all_anchors):
    """公式号 = 两级章节号 + 流水号，按次序连续；有锚点的公式锚点名与号相同。"""
    problems, running = [], Counter()
    for page in everything:
        tags = set()
        for cell in page.cells():
            if cell.kind != 'markdown':
                continue
            for offset, line in enumerate(cell.source.splitlines()):
                for tag in TAG.findall(line):
                    section = section_of(page)
                    running[section] += 1
                    expected = f'{section}.{running[section]}'
                    tags.add(tag)
                    if tag != expected:
                        problems.append(Problem(page.name(page.text), cell.index, cell.line + offset,
                                                f'公式号是 ({tag})，按次序应为 ({expected})。'))
        for anchor in all_anchors[page.key]:
            equation = EQUATION_LINK.match(anchor)
            if equation and equation.group(1).replace('-', '.') not in tags:
                problems.append(Problem(page.name(page.text), 0, 0,
                                        f'锚点 {anchor} 没有对应的 \\tag。请改成公式的号，或删去。'))
    return problems
