"""文字里的数对着输出：正文、折叠的答案、图注和替代文字里的每个数，都要有一处输出或代码印着它。

小数和百分数在同一节（##）里找，整数、引子和小结里的在整页找，也找这一段链接到的页（“3.4 节”、本页的一节）。
输出里的可以照末位舍入，代码里的要相等。公式里能算的等式（576×25=14400）当场验算，算对了，里面的数就有来处。
都没有的写进 book/numbers.yml，一页一段，一个数一条理由；用不着的一条也是问题。“1.3 节”“第 2 章”要在目录里。
"""
import bisect
import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools import licences
from tools.book import GENERATED, ROOT, Page, pages
from tools.figures import INDEX
from tools.numerals import PLAIN, Number, numbers, sections, sums
from tools.prose import tokens
from tools.report import Problem

ALLOWED = 'book/numbers.yml'
WHOLE = ('', '小结')
COMMENT = re.compile('(?s:""".*?""")|#.*')
TICK = re.compile(r'<g id="[xy]tick_\d+">.*?<!--.*?-->', re.S)


class Block(NamedTuple):
    """一段文字和它的节、格、行、算式；`caption` 是图注或替代文字，写在代码格的选项里。"""

    section: str
    cell: int
    line: int
    text: str
    sums: list[tuple[str, str, bool]]
    caption: bool = False


class Source(NamedTuple):
    """输出印着的数；代码里写着、算式里算对的数。"""

    printed: list[float]
    written: list[float]

    def has(self, number: Number) -> bool:
        return any(_within(self.printed, *span) for span in number.spans) or any(
            _within(self.written, value * (1 - 1e-9), value * (1 + 1e-9)) for value in number.exact)


def _within(values: list[float], low: float, high: float) -> bool:
    """从小到大的 `values` 里有没有一个在 `low` 和 `high` 之间。"""
    return bisect.bisect_left(values, low) < bisect.bisect_right(values, high)


class Text(NamedTuple):
    """一页的各段文字；各节的来处，整页的在 ''。"""

    blocks: list[Block]
    sources: dict[str, Source]


def check(root: Path = ROOT) -> list[Problem]:
    """没有来处的数，算错的算式，目录里没有的章节，用不着或没有理由的例外。"""
    problems, used = list[Problem](), set[tuple[str, str]]()
    listed = [page for page in pages(root) if page.key not in (GENERATED, INDEX, licences.INDEX)]
    texts, allowed = {page.key: read_text(page) for page in listed}, read_allowed(root)
    keys = {page.number: page.key for page in listed if page.number}
    for page in listed:
        for block in texts[page.key].blocks:
            told = [(f'“{name}”不在目录里。请改正章节号。', block.line)
                    for name in sections(block.text) if name not in keys]
            told += [(f'算式 {left} 与 {right} 不相等。请改正。', block.line)
                     for left, right, equal in block.sums if not equal]
            here = texts[page.key].sources
            near = [here.get(block.section, here[''])] + [
                texts[key].sources[''] for key in linked(page, block.text, keys) if key in texts]
            for number in numbers(block.text):
                if any(source.has(number) for source in [*near, *[here['']] * number.whole]):
                    continue
                if (page.key, number.shown) in allowed:
                    used.add((page.key, number.shown))
                    continue
                told.append((f'“{number.shown}”没有来处：这一节的输出和代码里没有，这一段链接到的页上也没有。'
                             f'请照输出改正，链接到有它的节，让一格打印它，或写进 {ALLOWED}。',
                             _line(page, block, number)))
            problems += [Problem(page.name(page.text), block.cell, line, text) for text, line in told]
    return problems + [Problem(ALLOWED, 0, line, f'{key} 的 {number} 用不着。请删去这一行。')
                       for (key, number), line in allowed.items() if (key, number) not in used]


def linked(page: Page, text: str, keys: dict[str, str]) -> list[str]:
    """一段文字指向的页：链接（到本页的也算），和写出的节号。"""
    folder = posixpath.dirname(page.key)
    return [posixpath.normpath(posixpath.join(folder, target.removesuffix('.ipynb'))) if target else page.key
            for target in re.findall(r'\]\(([^)#:\s]*\.ipynb|(?=#))', text)] + [
        keys[name] for name in sections(text) if name in keys]


def _line(page: Page, block: Block, number: Number) -> int:
    """数在手稿的哪一行；图注在它那一格的代码上面。"""
    if not block.caption:
        return block.line + block.text.count('\n', 0, number.start)
    lines = page.read().splitlines()
    return next((line for line in range(block.line, 0, -1) if number.shown in lines[line - 1]), block.line)


def read_allowed(root: Path) -> dict[tuple[str, str], int]:
    """book/numbers.yml：{(页, 数): 行}；没有理由的一行不算，所以那个数还是问题。"""
    page, found = '', dict[tuple[str, str], int]()
    lines = (root / ALLOWED).read_text(encoding='utf-8').splitlines() if (root / ALLOWED).exists() else []
    for number, line in enumerate(lines, 1):
        if entry := re.match('  (.+?): +[^ ]', line):
            found[page, entry[1]] = number
        elif name := re.match('([^# ].*):$', line):
            page = name[1]
    return found


def read_text(page: Page) -> Text:
    """页上由人写的各段文字，还有图注和替代文字；各节的输出和代码里的数。"""
    blocks, section, outputs = list[Block](), '', _outputs(page)
    printed, written = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for cell in page.cells():
        if cell.kind == 'code':
            printed[section] += _values(' '.join(next(outputs, [])))
            written[section] += _values(COMMENT.sub('', cell.source).replace('_', ''), '')
            options = cell.metadata.get('mystnb', {})
            texts = options.get('figure', {}).get('caption'), options.get('image', {}).get('alt')
            blocks += [Block(section, cell.index, cell.line, str(text), [], True) for text in texts if text]
            continue
        found = tokens(cell.source)
        for token, after in zip(found, [*found[1:], None], strict=True):
            if token.type == 'heading_open' and token.tag == 'h2' and after:
                section = after.content
            elif token.type in ('inline', 'html_block'):
                blocks.append(Block(section, cell.index, cell.line + (token.map or [0])[0], token.content,
                                    list(sums(token.content))))
                printed[section] += [value for left, right, equal in blocks[-1].sums if equal
                                     for value in _values(f'{left} {right}'.replace('*.01', '%'))]
            elif token.type == 'fence':
                written[section] += _values(token.content)
    sources = {name: Source(sorted(printed[name]), sorted(written[name])) for name in [*printed, *written]
               if name not in WHOLE}
    sources[''] = Source(sorted(sum(printed.values(), [])), sorted(sum(written.values(), [])))
    return Text(blocks, sources)


def _outputs(page: Page) -> Iterator[list[str]]:
    """各代码格的输出里看得见的文字，插图的刻度不算；笔记本还没有或坏了就没有，由 tools.verify 说。"""
    try:
        cells = json.loads(page.notebook.read_text(encoding='utf-8'))['cells']
    except (OSError, ValueError, KeyError):
        cells = []
    for cell in cells:
        if cell['cell_type'] == 'code':
            yield [text for output in cell.get('outputs', []) for text in _shown(output)]


def _shown(output: dict) -> Iterator[str]:
    data = output.get('data', {})
    if 'image/svg+xml' in data:
        yield from re.findall('<!-- (.*?) -->', TICK.sub('', ''.join(data['image/svg+xml'])))
        return
    yield from (''.join(text) for text in (output.get('text', ''), data.get('text/plain', '')))
    yield re.sub(r'<style.*?</style>|<[^>]*>', ' ', ''.join(data.get('text/html', '')), flags=re.S)


def _values(text: str, percent: str = '%') -> list[float]:
    """文字里的数；代码里的 % 是求余，不是百分号。"""
    return [float(found[1]) * (0.01 if percent and found[2] else 1)
            for found in re.finditer(rf'({PLAIN})\.?( ?%)?', text)]
