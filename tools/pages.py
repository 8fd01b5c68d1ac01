"""全书有哪些页：次序和章节号出自 _toc.yml，每页两个文件（手稿 book/*.md，笔记本 notebooks/*.ipynb）。

其余工具只从这里得知页面，也只用这里的 `Problem` 报告问题。
"""
import functools
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import jupytext
import yaml

ROOT = Path(__file__).resolve().parent.parent


class UserError(Exception):
    """使用者能改好的错误：一句话说清哪里不对、怎么改。"""


def write_whole(path, text):
    """把 `text` 写进 `path`：先写在旁边再改名，半途中断时旧文件不变。"""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
            'w', encoding='utf-8', newline='\n', dir=path.parent, delete=False) as file:
        try:
            file.write(text)
            file.close()
            Path(file.name).chmod(0o644)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def run_tool(main, argv=None):
    """运行一个工具的 `main(argv)`：`UserError` 打印成一句话，退出码 1。"""
    try:
        return main(sys.argv[1:] if argv is None else argv)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1


@dataclass(frozen=True, order=True)
class Problem:
    """一处问题。`cell`、`line` 从 1 数起，`line` 是 `file` 里的行号；0 表示不指向某格或某行。"""

    file: str
    cell: int
    line: int
    text: str

    def __str__(self):
        place = self.file + (f':{self.line}' if self.line else '')
        return f'{place}: ' + (f'第 {self.cell} 格: ' if self.cell else '') + self.text


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
    def text(self):
        return self.root / 'book' / f'{self.key}.md'

    @property
    def notebook(self):
        return self.root / 'notebooks' / f'{self.key}.ipynb'

    @property
    def chapter(self):
        """所在的章的文件夹名，如 'ch2_linear'；不在某章里的页是空串。"""
        return self.key.split('/')[0] if '/' in self.key else ''

    @property
    def title(self):
        for cell in self.cells():
            for line in cell.source.splitlines():
                if cell.kind == 'markdown' and line.startswith('# '):
                    return line[2:].strip()
        raise UserError(f'{self.name(self.text)}: 没有标题。请在开头写一行“# 标题”。')

    @property
    def label(self):
        return f'{self.number} {self.title}'.strip()

    def name(self, path):
        """`path` 相对于书的根目录的写法，用于报告。"""
        return path.relative_to(self.root).as_posix()

    def cells(self):
        return read_cells(self.text.read_text(encoding='utf-8'))


@functools.cache
def read_cells(text):
    """把手稿 `text` 分成 `Cell`，次序和内容与 jupytext 读出的相同，另加行号。

    各项检查都要读手稿，所以同样的文字只读一次。
    """
    notebook = jupytext.reads(text, 'md:myst')
    lines = text.splitlines()
    cells, position = [], _end_of_header(lines)
    for index, cell in enumerate(notebook.cells, 1):
        source = cell.source.splitlines()
        position = _find(lines, source, position)
        cells.append(Cell(index, cell.cell_type, cell.source, position + 1, dict(cell.metadata)))
        position += len(source)
    return tuple(cells)


def _end_of_header(lines):
    if lines and lines[0] == '---':
        return lines.index('---', 1) + 1
    return 0


def _find(lines, source, start):
    """`source` 这几行在 `lines` 里从 `start` 起首次出现的位置。"""
    for position in range(start, len(lines) - len(source) + 1):
        if source and lines[position:position + len(source)] == source:
            return position
    return start


def _walk(entries, prefix, numbered):
    for count, entry in enumerate(entries, 1):
        number = f'{prefix}{count}' if numbered else ''
        yield entry['file'], number
        yield from _walk(entry.get('sections', []), f'{number}.', numbered)


def contents(root=ROOT):
    """按次序返回 _toc.yml 的全部条目，包括手稿还没写的。"""
    toc = yaml.safe_load((root / '_toc.yml').read_text(encoding='utf-8'))
    if sum(part.get('numbered', False) for part in toc['parts']) > 1:
        raise UserError('_toc.yml: 只能有一个 numbered 的部分，否则章号会从 1 重新数起。')
    return [Page(toc['root'], '', root)] + [
        Page(key, number, root) for part in toc['parts']
        for key, number in _walk(part['chapters'], '', part.get('numbered', False))]


def pages(root=ROOT):
    """按次序返回已有手稿的页。"""
    return [page for page in contents(root) if page.text.exists()]


def planned(root=ROOT):
    """按次序返回列在 _toc.yml 里而手稿还没写的页。"""
    return [page for page in contents(root) if not page.text.exists()]


def select(wanted, root=ROOT):
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


def check_contents(root=ROOT):
    """手稿与 _toc.yml 互相对得上；每页有一个标题，标题里不手写章节号。"""
    listed = {page.text for page in contents(root)}
    problems = [Problem(path.relative_to(root).as_posix(), 0, 0,
                        '不在 _toc.yml 里。请把它加进目录，或删掉。')
                for path in sorted((root / 'book').rglob('*.md')) if path not in listed]
    notebooks = {page.notebook for page in pages(root)}
    problems += [Problem(path.relative_to(root).as_posix(), 0, 0,
                         '没有对应的手稿。请删掉，或补上 book/ 里的手稿。')
                 for path in sorted((root / 'notebooks').rglob('*.ipynb'))
                 if path not in notebooks and '.ipynb_checkpoints' not in path.parts]
    for page in pages(root):
        try:
            title = page.title
        except UserError as error:
            problems.append(Problem(page.name(page.text), 0, 0, str(error).partition(': ')[2]))
            continue
        if re.match(r'[\d.]+\s', title):
            problems.append(Problem(page.name(page.text), 0, 0,
                                    f'标题“{title}”手写了章节号。号由 _toc.yml 定，请删去。'))
    return problems
