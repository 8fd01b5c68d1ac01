"""一页的结构：标题、小结和解答、折叠、表格、手写的 HTML、格的标签。有毛病的指出手稿的格和行。

网站、JupyterLab 和 GitHub 对它们的做法不同，或者网站建到一半才用英文说出来，所以在这里先查。
"""
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it.token import Token

from tools import mainline
from tools.book import GENERATED, ROOT, Cell, Page, pages
from tools.prose import tokens
from tools.report import Problem

SUMMARY = '小结'
DEEPEST = 3
# 格的标签：只管画图的代码，解答的代码。别的会藏起输出，或让检验不比较。
TAGS = ('hide-input', 'hide-cell')
FIGURE_OPTIONS = {'figure': {'caption', 'name'}, 'image': {'alt'}}
MARKER = re.compile(r'^\s*#+\s*((?:NBVAL|PYTEST_VALIDATE)_\w+)', re.M)
# 手稿里能写的 HTML：折叠的解答和锚点。
ELEMENT = re.compile(r'<!--.*?-->|</?[A-Za-z][^>]*>?', re.S)
ALLOWED = re.compile(r'<!--.*-->|</?details>|<summary>|</summary>|<a id="[^"]+">|</a>', re.S)
FOLDED = re.compile(r'<details>\n<summary>[^<\n]+</summary>\n\n(?:(?!</?details>).)+?\n\n</details>(?=\n|$)',
                    re.S)
# 没有起作用、会原样露出来的写法，和有的地方不认得的：(样子, 是什么, 怎么办)。公式和代码里的不算。
ODD = ((r'\[\^[^\]]+\]', '脚注，有的地方不认得', '请写进正文，或放在括号里。'),
       (r'~~[^~]+~~', '删除线，有的地方不认得', '请直接写要说的。'),
       (r'^\[[ xX]\] .*', '任务清单，有的地方不认得', '请写成普通的列表。'),
       (r'^%.*', '网站上看不见的注释，别处会露出来', '请删去；说明可以写成 <!-- … -->。'),
       (r'^#+[^#\s].*', '没有起作用的标题', '请在 # 后面空一格；不是标题的写成 `#…`。'),
       (r'[^。，；：\n]*\]\([^)\n]*\)?', '没有起作用的链接',
        '地址里不能有空格和反斜杠，括号要成对；请改好。'),
       (r'\*+[^。，；：\n]*', '没有起作用的星号',
        '粗体里的标点请移到外面，如 **注意**：；要写星号，请写 \\* 或放进 `…`。'),
       (r'`+[^。，；：\n]*', '没有配成对的反引号', '请补上另一头的 `。'))
MATHS = re.compile(r'\$\$.*?\$\$|\$[^$\n]*\$', re.S)
# 看不见的、不是文字的字符：零宽的、不断行的空格、控制字符、读不出的。
INVISIBLE = re.compile('[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff\ufffd'
                       '\ue000-\uf8ff]')
Fault = tuple[int, int, str]


def check(root: Path = ROOT) -> list[Problem]:
    return [Problem(page.name(page.text), *fault) for page in pages(root)
            for part in (headings, parts, text, tags, invisible) for fault in part(page)]


def check_headings(root: Path = ROOT) -> list[Problem]:
    """建网站以前要对的：标题的毛病 Sphinx 会用英文说，或者默默弄错章节号。"""
    return [Problem(page.name(page.text), *fault) for page in pages(root) for fault in headings(page)]


def invisible(page: Page) -> Iterator[Fault]:
    for number, line in enumerate(page.read().split('\n'), 1):
        if found := INVISIBLE.search(line):
            yield 0, number, (f'第 {found.start() + 1} 个字符看不见（U+{ord(found[0]):04X}），多半是粘贴的。'
                              '请删去，或换成普通的空格。')


def headings(page: Page) -> Iterator[Fault]:
    """第一个标题是一级的，只有一个；不跳级，不超过三级，用 # 写。"""
    before = 0
    for cell in page.cells('markdown'):
        for token, content in pairwise([*tokens(cell.source), None]):
            if token.type != 'heading_open':
                continue
            level, place = int(token.tag[1]), (cell.index, cell.line + token.map[0])
            marks = '#' * min(before + 1, DEEPEST)
            if not content.content:
                yield *place, f'这个标题是空的。请写上字，或删去 {token.markup}。'
            elif token.markup[0] != '#':
                yield *place, f'标题下面画线的写法容易与表格、分隔线弄混。请写成“{"#" * level} 标题”。'
            elif token.level:
                yield *place, '标题写在列表或引文里，网站的目录里没有它。请移到外面，或改成粗体。'
            elif level == 1 and before:
                yield *place, '一页只有一个一级标题，第二个会得到同样的章节号。请改成“## 标题”，或另写一页。'
            elif level > DEEPEST:
                yield *place, f'标题最多三级，再深的网站的目录里没有。请改成“{marks} 标题”，或改成粗体。'
            elif level > before + 1:
                told = f' {before} 级' if before else '开头'
                yield *place, f'标题从{told}跳到了 {level} 级。请改成“{marks} 标题”。'
            before = min(level, before + 1) if before else 1


def parts(page: Page) -> Iterator[Fault]:
    """标题以外还有正文；有代码的页有小结，写在练习前面；练习的每一题有一个解答。"""
    written = ''.join(cell.source for cell in page.cells('markdown'))
    if page.key != GENERATED and not re.search(r'^(?!#)\S', written, re.M):
        yield 0, 0, '只有标题，没有正文。请写上，或从 _toc.yml 里删去这一页。'
    found = [(title, cell, cell.line + line) for cell in page.cells('markdown')
             for line, level, title in mainline.headings(cell) if level == 2]
    names = [title for title, _, _ in found]
    if page.cells('code') and SUMMARY not in names:
        yield 0, 0, '没有小结。请在练习前面写一节“## 小结”。'
    elif SUMMARY in names and mainline.EXERCISES in names[:names.index(SUMMARY)]:
        _, cell, line = found[names.index(SUMMARY)]
        yield cell.index, line, '小结写在了练习后面。请移到“## 练习”前面。'
    asked: tuple[int, int, str] | None = None
    for piece in mainline.pieces(page):
        if piece.part != mainline.EXERCISES or piece.cell.kind != 'markdown':
            continue
        for line, told in enumerate(piece.text.splitlines(), piece.line):
            if item := re.match(r'(\d+)\. ', told):
                yield from [asked] if asked else []
                asked = piece.cell.index, line, (f'第 {item[1]} 题没有解答。请在题目后面写 <details>、'
                                                 '<summary>解答</summary>、解答和 </details>。')
            elif '<summary>解答</summary>' in told:
                asked = None
    yield from [asked] if asked else []


def text(page: Page) -> Iterator[Fault]:
    """文字格里只有网站才懂、或别处会弄坏的写法。"""
    for cell in page.cells('markdown'):
        yield from _folds(cell)
        for before, token in pairwise([None, *tokens(cell.source)]):
            line = cell.line + (token.map or [0])[0]
            if token.type == 'html_block':
                yield from _html(token.content, cell, line)
            elif token.type == 'fence' and token.markup == '```' and '```{code-cell}' in token.content:
                yield (cell.index, line, '这一行的 ``` 没有结束，把后面的代码格当成了文字。'
                       '请在结束的地方写一行 ```。')
            elif token.type == 'fence' and token.info.strip() == 'math':
                yield cell.index, line, '```math 只有 GitHub 认得。请改成两行 $$ 之间的公式。'
            elif token.type == 'inline':
                yield from _inline(token, cell, line, before.type == 'paragraph_open')
            elif token.type == 'table_open':
                yield from _table(cell, *token.map)
    for cell in page.cells('code'):
        caption = cell.metadata.get('mystnb', {}).get('figure', {}).get('caption', '')
        for token in tokens(str(caption)):
            if token.type == 'inline':
                yield from _inline(token, cell, cell.line, True)


def _inline(token: Token, cell: Cell, line: int, paragraph: bool) -> Iterator[Fault]:
    """一段、一个标题或一栏里的文字。"""
    shown = list[str]()
    for child, after in pairwise([*token.children, None]):
        shown.append(child.content if child.type == 'text' else
                     '\n' if child.type in ('softbreak', 'hardbreak') else '·')
        if child.type == 'html_inline':
            yield from _html(child.content, cell, line)
        elif child.type == 'link_open' and after.type == 'link_close':
            yield cell.index, line, f'链接 {child.attrs["href"]} 没有文字。请在 [ ] 里写上。'
    left = MATHS.sub(lambda formula: '·' + '\n' * formula[0].count('\n'), ''.join(shown))
    for pattern, what, cure in ODD:
        found = re.search(pattern, left, re.M)
        if found and (paragraph or pattern[0] != '^') and not (found[0][0] == '*' and '\\*' in token.content):
            yield (cell.index, line + left[:found.start()].count('\n'), f'“{found[0][:30]}”是{what}。{cure}')


def _html(content: str, cell: Cell, line: int) -> Iterator[Fault]:
    for found in ELEMENT.finditer(content):
        if not ALLOWED.fullmatch(found[0]):
            cure = ('插图请用代码格画，或写 ![说明](img/文件名.svg)。' if found[0].startswith('<img') else
                    '请改用普通 Markdown；除了折叠的解答和 <a id="…"></a>，不能写 HTML。')
            yield (cell.index, line + content[:found.start()].count('\n'),
                   f'手写的 HTML“{found[0][:40]}”在有的地方不显示，在有的地方会运行。{cure}')


def _folds(cell: Cell) -> Iterator[Fault]:
    """去掉写得完整的折叠以后，不再有它的标签。"""
    left = FOLDED.sub(lambda whole: '\n' * whole[0].count('\n'), cell.source)
    left = re.sub(r'(`+).+?\1', '', left)
    for number, told in enumerate(left.splitlines()):
        if re.search(r'</?(?:details|summary)\b', told):
            yield (cell.index, cell.line + number, '折叠的写法不完整。请依次写一行 <details>、一行 '
                   '<summary>解答</summary>、空行、解答、空行、一行 </details>，都在同一格里，不套两层。')
            return


def _table(cell: Cell, first: int, last: int) -> Iterator[Fault]:
    """每行的栏数与表头相同：多出的会被丢掉。"""
    counts = [(number, len(re.findall(r'(?<!\\)\|', line.strip().strip('|'))) + 1)
              for number, line in enumerate(cell.source.splitlines()[first:last], first)]
    for number, count in counts[2:]:
        if count != counts[0][1]:
            yield (cell.index, cell.line + number, f'表格的这一行有 {count} 栏，表头有 {counts[0][1]} 栏，'
                   '多出的不会显示。请改成一样多；栏里的 | 写成 \\|，公式里的写成 \\mid。')


def tags(page: Page) -> Iterator[Fault]:
    """只有书里用的标签和选项；代码里没有叫 nbval 不比较的注释。"""
    for cell in page.cells():
        for tag in cell.metadata.get('tags', []):
            if tag not in TAGS or cell.kind != 'code':
                yield (cell.index, cell.line, f'标签 {tag} 会藏起输出或让检验不比较它，或者没有用处。'
                       f'请删去；代码格可以用的是 {"、".join(TAGS)}。')
        if cell.kind == 'raw':
            yield cell.index, cell.line, 'raw 格在网站和笔记本里不一样。请改成代码格或文字。'
        for name, inside in cell.metadata.get('mystnb', {}).items():
            known = FIGURE_OPTIONS.get(name, set())
            yield from ((cell.index, cell.line, f'选项 mystnb 里的 {each} 不用。请删去；插图的写法见 '
                         'CONTRIBUTING.md。') for each in (sorted(set(inside) - known) if known else [name]))
        if cell.kind == 'code' and (found := MARKER.search(cell.source)):
            yield (cell.index, cell.line + cell.source[:found.start(1)].count('\n'),
                   f'注释 {found[1]} 让检验跳过这一格或不比较它的输出。请删去。')
