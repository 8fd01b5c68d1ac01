"""全书有哪些页：次序和章节号出自 _toc.yml，每页两个文件（手稿 book/*.md，笔记本 notebooks/*.ipynb）。

手稿只在这里读，同样的文字一个进程里只读一次；其余工具都从这里得知页面和它的格。
"""
import contextlib
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from jupytext.myst import MystMetadataParsingError, myst_to_notebook
from nbformat import ValidationError
from yaml import YAMLError

from tools.report import Problem, UserError

ROOT = Path(__file__).resolve().parent.parent
# 整页由 make lib 生成的：API 页。
GENERATED = 'appendix/api'
# 代码格的围栏，和紧接着的选项：几行 :名字: 值，或两行 --- 之间的。
FENCE = re.compile(r'^```+\{code-cell\} *(.*?) *\n((?::.*\n)+|---\n(?:(?!```).*\n)*?(?:---\n|(?=```)))?',
                   re.M)
# 手稿里能写的格的选项；笔记本里别的程序加上的都不要。
OPTIONS = ('tags', 'mystnb')
LEXERS = ('', 'ipython3', 'ipython', 'python3', 'python')


@dataclass(frozen=True)
class Cell:
    """手稿里的一格：`kind` 是 'code' 或 'markdown'，`line` 是内容第一行在手稿里的行号（从 1 数起）。"""

    index: int
    kind: str
    source: str
    line: int
    metadata: dict


@dataclass(frozen=True)
class Page:
    """一页：`key` 是 _toc.yml 里的名字，`number` 是章节号（没有编号的页是空串）。"""

    key: str
    number: str
    root: Path = ROOT

    @property
    def text(self) -> Path:
        return self.root / 'book' / f'{self.key}.md'

    @property
    def notebook(self) -> Path:
        return self.root / 'notebooks' / f'{self.key}.ipynb'

    @property
    def chapter(self) -> str:
        """所在的章的文件夹名，如 'ch2_linear'；不在某章里的页是空串。"""
        return self.key.split('/')[0] if '/' in self.key else ''

    @property
    def title(self) -> str:
        for cell in self.cells('markdown'):
            for line in cell.source.splitlines():
                if line.startswith('# '):
                    return line[2:].strip()
        raise UserError(f'{self.name(self.text)}: 没有标题。请在开头写一行“# 标题”。')

    @property
    def label(self) -> str:
        return f'{self.number} {self.title}'.strip()

    def name(self, path: Path) -> str:
        """`path` 相对于书的根目录的写法，用于报告。"""
        return path.relative_to(self.root).as_posix()

    def read(self) -> str:
        try:
            return self.text.read_text(encoding='utf-8')
        except UnicodeDecodeError as error:
            line = error.object[:error.start].count(b'\n') + 1
            told = f'{self.name(self.text)}:{line}: 不是 UTF-8 编码。请用 UTF-8 另存一份。'
            raise UserError(told) from None

    def cells(self, kind: str = '') -> tuple[Cell, ...]:
        """各格；给了 `kind` 就只要那一种。"""
        text = self.read()
        try:
            cells = read_cells(text)
        except UserError as error:
            raise UserError(f'{self.name(self.text)}:{error}') from None
        return tuple(cell for cell in cells if kind in ('', cell.kind))


@functools.lru_cache(maxsize=512)
def read_cells(text: str) -> tuple[Cell, ...]:
    """把手稿 `text` 分成 `Cell`，次序和内容就是 jupytext 读出的，行号来自它的 source_map。

    读不懂时抛出 UserError，文字的开头是手稿的行号和冒号。
    """
    _check_options(text)
    try:
        notebook = myst_to_notebook(text, add_source_map=True)
    except (MystMetadataParsingError, AttributeError, ValueError, YAMLError, ValidationError) as error:
        found = re.search(r'at line (\d+)', str(error))
        raise UserError(f'{found[1] if found else 1}: 读不懂开头的元数据，或一格前面 +++ 后的选项。'
                        '请照别的页改好。') from None
    # 一格的末行，jupytext 去掉行末的空格；看不见，不必较真。
    lines, cells = [line.rstrip() for line in text.splitlines()], []
    for index, (cell, first) in enumerate(
            zip(notebook.cells, notebook.metadata.source_map, strict=True), 1):
        source, start = [line.rstrip() for line in cell.source.splitlines()], first
        # source_map 指着格的围栏之后；代码格前面可能还有选项，文字格前面可能还有空行。
        while source and lines[start:start + len(source)] != source:
            start += 1
            if start >= len(lines):
                raise UserError(f'{first}: 这一格与读出的内容对不上。请检查它的围栏和选项，'
                                '代码格要顶格写。')
        end = next((line for line in lines[start + len(source):] if line.strip()), '')
        if cell.cell_type != 'markdown' and source and not (
                re.fullmatch('`{3,} *', end) and not FENCE.search(f'{cell.source}\n')):
            raise UserError(f'{first}: 这一格的围栏没有结束。请在代码后面写一行 ```。')
        for name in cell.metadata:
            if name not in OPTIONS:
                raise UserError(f'{first}: 格的选项 {name} 没有用处。请删去；可以用的是 '
                                f'{"、".join(OPTIONS)}。')
        cells.append(Cell(index, cell.cell_type, cell.source, start + 1, dict(cell.metadata)))
    return tuple(cells)


def _check_options(text: str) -> None:
    """代码格是 Python 的，选项读得懂。"""
    for found in FENCE.finditer(text):
        line, (lexer, options) = text.count('\n', 0, found.start()) + 1, found.groups()
        if lexer not in LEXERS:
            raise UserError(f'{line}: 代码格是 {lexer} 的。请写成 ```{{code-cell}} ipython3；不运行的代码'
                            f'写成 ```{lexer}。')
        try:
            node = yaml.compose(re.sub('^---$|^:', '', options or '', flags=re.M))
            good = node is None or _well_formed(node)
        except (YAMLError, ValueError):
            good = False
        if not good:
            raise UserError(f'{line + 1}: 读不懂这一格的选项。请一个名字写一次，如 :tags: [hide-input]；'
                            '插图的 mystnb 见 CONTRIBUTING.md。')


def _well_formed(options: yaml.Node) -> bool:
    """一行一个名字和值，没有写两次的名字；tags 是列表，mystnb 和它里面的也各有名字和值。"""
    if not isinstance(options, yaml.MappingNode):
        return False
    names = [name.value for name, _ in options.value]
    return len(names) == len(set(names)) and all(
        isinstance(value, yaml.SequenceNode) if name.value == 'tags' else
        name.value not in ('mystnb', 'figure', 'image') or _well_formed(value)
        for name, value in options.value)


def table_of_contents(root: Path = ROOT) -> dict:
    """_toc.yml 的内容。"""
    toc = yaml.safe_load((root / '_toc.yml').read_text(encoding='utf-8'))
    if sum(part.get('numbered', False) for part in toc['parts']) > 1:
        raise UserError('_toc.yml: 只能有一个 numbered 的部分，否则章号会从 1 重新数起。')
    return toc


def _walk(entries: list[dict], prefix: str, numbered: bool) -> Iterator[tuple[str, str]]:
    for count, entry in enumerate(entries, 1):
        number = f'{prefix}{count}' if numbered else ''
        yield entry['file'], number
        yield from _walk(entry.get('sections', []), f'{number}.', numbered)


def contents(root: Path = ROOT) -> list[Page]:
    """按次序返回 _toc.yml 的全部条目，不看手稿在不在。"""
    toc = table_of_contents(root)
    return [Page(toc['root'], '', root)] + [
        Page(key, number, root) for part in toc['parts']
        for key, number in _walk(part['chapters'], '', part.get('numbered', False))]


def pages(root: Path = ROOT, generated: bool = True) -> list[Page]:
    """按次序返回全书的页，`generated` 为假时不要生成的那一页；哪一页没有手稿，就抛出 UserError 说出来。"""
    everything = [page for page in contents(root) if generated or page.key != GENERATED]
    problems = unwritten(everything)
    if problems:
        raise UserError('\n'.join(map(str, problems)))
    return everything


def unwritten(listed: list[Page]) -> list[Problem]:
    """列在 _toc.yml 里却没有手稿的页，一页一处。"""
    return [Problem('_toc.yml', 0, 0, f'列着 {page.key}，却没有手稿 {page.name(page.text)}。' + (
        '请运行 make lib。' if page.key == GENERATED else '请补上手稿，或改正、删去这一行。'))
            for page in listed if not page.text.exists()]


def select(wanted: str, root: Path = ROOT) -> list[Page]:
    """`wanted` 是章节号（1.1）、名字或路径，返回那一页；空串返回所有页。"""
    everything = pages(root)
    if not wanted:
        return everything
    stem = re.sub(r'^.*?(book|notebooks)/|\.(md|ipynb)$', '', wanted)
    found = [page for page in everything if wanted == page.number or stem == page.key]
    if not found:
        known = '、'.join(page.number or page.key for page in everything)
        raise UserError(f'没有“{wanted}”这一页。已有的页：{known}。')
    return found


def mismatched(root: Path = ROOT) -> bool:
    """目录与手稿对不上（列着的没有写，或写了的没有列），或有一页读不懂。"""
    everything = contents(root)
    if any(not page.text.exists() for page in everything):
        return True
    with contextlib.suppress(UserError):
        for page in everything:
            page.cells()
        return bool(set((root / 'book').rglob('*.md')) - {page.text for page in everything})
    return True


def check_contents(root: Path = ROOT) -> list[Problem]:
    """手稿与 _toc.yml 互相对得上；每页有一个标题，标题里不手写章节号。"""
    everything = contents(root)
    listed = {page.text for page in everything}
    problems = unwritten(everything)
    problems += [Problem(path.relative_to(root).as_posix(), 0, 0,
                         '不在 _toc.yml 里。请把它加进目录，或删掉。')
                 for path in sorted((root / 'book').rglob('*.md')) if path not in listed]
    # 有手稿而不在目录里的，上面已经说了。
    written = {root / 'notebooks' / path.relative_to(root / 'book').with_suffix('.ipynb')
               for path in (root / 'book').rglob('*.md')}
    notebooks = {page.notebook for page in everything} | written
    problems += [Problem(path.relative_to(root).as_posix(), 0, 0,
                         '没有对应的手稿。请删掉，或补上 book/ 里的手稿。')
                 for path in sorted((root / 'notebooks').rglob('*.ipynb'))
                 if path not in notebooks and '.ipynb_checkpoints' not in path.parts]
    for page in everything:
        if not page.text.exists():
            continue
        try:
            title = page.title
        except UserError as error:
            problems.append(Problem.of(error))
            continue
        if re.match(r'[\d.]+\s', title):
            problems.append(Problem(page.name(page.text), 0, 0,
                                    f'标题“{title}”手写了章节号。号由 _toc.yml 定，请删去。'))
    return problems
