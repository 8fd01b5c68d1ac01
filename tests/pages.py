"""在别的环境里从头运行一页，逐格与书上的输出比较：cloud、windows、unpinned、repeat 四种检验都用它。

格号从 1 数起，只数代码格；0 是整页。计时照 tests/nbval.cfg 替换后再比。
"""
import configparser
import difflib
import functools
import json
import os
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from tools import records, runtime
from tools.book import ROOT, Page, select
from tools.kernels import AsyncSocketManager
from tools.report import UserError

# 一格最多几秒。
TIMEOUT_SECONDS = 1800
SVG = 'image/svg+xml'
# 从外面来的这些会改变内核。
OUTSIDE = {*runtime.PINNED, 'D2L_UNPINNED', 'PYTHONPATH', 'VIRTUAL_ENV', 'MPLBACKEND', 'JPY_PARENT_PID'}


@dataclass
class Result:
    """一页的结果：{文字不同的格: 一行一行的不同}，只有插图不同的格，{出错的格: 错误}。"""

    page: Page
    cells: int = 0
    seconds: float = 0
    texts: dict[int, list[str]] = field(default_factory=dict)
    drawn: list[int] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """一行数字，出错的各再一行。"""
        return '\n'.join([f'{self.page.label}：{self.cells} 格，文字不同 {len(self.texts)}，只有插图不同 '
                          f'{len(self.drawn)}，出错 {len(self.errors)}，{self.seconds:.0f} 秒',
                          *(f'    第 {number} 个代码格：{told}' for number, told in self.errors.items())])

    def report(self) -> str:
        """全部不同：书上的行前面是 -，这里的是 +。"""
        told = [*self.texts.items(), *((number, ['插图不同']) for number in self.drawn)]
        return ''.join(f'{self.page.label}，第 {number} 个代码格\n' + ''.join(f'  {line}\n' for line in lines)
                       for number, lines in sorted(told))


def with_code(names: Sequence[str] = (), root: Path = ROOT) -> list[Page]:
    """要跑的页：`names` 里（没有给就是全书）有代码、有笔记本的；一页也没有就抛出 `UserError`。"""
    found = [page for name in names or [''] for page in select(name, root)
             if (made := records.read(page)) and records.code_cells(made)]
    if not found:
        raise UserError('这一页没有代码，或者还没有生成。请运行 make notebooks。')
    return found


def try_page(page: Page, python: str, **variables: str) -> Result:
    """用 `python` 的新内核运行一页，与书上的比较。"""
    start, stored, found = time.perf_counter(), records.read(page), records.read(page)
    result = Result(page, len(records.code_cells(stored)))
    result.errors |= run(found, python, **variables)
    compare(result, records.code_cells(stored), records.code_cells(found))
    result.seconds = time.perf_counter() - start
    return result


def run(notebook: nbformat.NotebookNode, python: str, **variables: str) -> dict[int, str]:
    """用 `python` 的新内核在空的文件夹里运行每一格，原地换上输出；一格出错也接着运行，错误在它的输出里。

    环境变量是现有的去掉 `OUTSIDE`，加上 `variables`。内核死了、一格太久，返回 {0: 那一句}。
    """
    for cell in records.code_cells(notebook):
        # 没有运行到的格，不能拿存着的输出充数。
        cell.outputs = []
    with tempfile.TemporaryDirectory() as folder:
        spec, empty = Path(folder, 'spec', 'alone', 'kernel.json'), Path(folder, 'empty')
        spec.parent.mkdir(parents=True)
        empty.mkdir()
        spec.write_text(json.dumps({'argv': [python, '-m', 'ipykernel_launcher', '--log-level=ERROR', '-f',
                                             '{connection_file}'],
                                    'display_name': 'alone', 'language': 'python'}), 'utf-8')
        manager = AsyncSocketManager(kernel_name='alone', kernel_spec_manager=KernelSpecManager(
            kernel_dirs=[str(spec.parents[1])], ensure_native_kernel=False))
        client = NotebookClient(notebook, km=manager, timeout=TIMEOUT_SECONDS, coalesce_streams=True,
                                allow_errors=True, resources={'metadata': {'path': str(empty)}})
        # 内核是这里给它的，也要由它关上，不然四十个内核一直开着。
        client.owns_km = True
        kept = {name: value for name, value in os.environ.items() if name not in OUTSIDE}
        try:
            # 不要调试器在标准错误上的提醒。
            client.execute(env={**kept, 'PYDEVD_DISABLE_FILE_VALIDATION': '1', **variables})
        except DeadKernelError:
            return {0: '内核死了'}
        except CellTimeoutError:
            return {0: f'一格 {TIMEOUT_SECONDS} 秒还没有跑完'}
    return {}


def compare(result: Result, stored: Sequence[dict], found: Sequence[dict]) -> None:
    """把每格的不同和错误记进 `result`；书上没有一格出错，所以出错的格不再比较。"""
    for number, (old, new) in enumerate(zip(stored, found, strict=True), 1):
        (old_text, old_drawn), (new_text, new_drawn) = shown(old['outputs']), shown(new['outputs'])
        if told := error(new['outputs']):
            result.errors[number] = told
        elif old_text != new_text:
            result.texts[number] = difference(old_text, new_text)
        elif old_drawn != new_drawn:
            result.drawn.append(number)


def error(outputs: Sequence[dict]) -> str:
    """一格出的错和出错的那一行；没有出错是空串。"""
    for output in outputs:
        if output['output_type'] == 'error':
            trace = re.sub(r'\x1b\[[0-9;]*m', '', '\n'.join(output['traceback']))
            arrows = [line.strip() for line in re.findall(r'-> \d+ (.*)', trace)]
            return f'{output["ename"]}: {output["evalue"]}' + (f'（{arrows[0]}）' if arrows else '')
    return ''


def shown(outputs: Sequence[dict]) -> tuple[dict[str, str], list[str]]:
    """一格的输出：({种类: 文字}, [SVG])，计时已经替换。"""
    text, drawn = dict[str, str](), list[str]()
    for output in outputs:
        data = output.get('data', {})
        parts = {output['name']: output['text']} if output['output_type'] == 'stream' else {
            kind: f'{value}\n' for kind, value in data.items() if kind.startswith('text/')}
        drawn += [data[SVG]] if SVG in data else []
        for kind, value in parts.items():
            text[kind] = text.get(kind, '') + value
    for pattern, instead in rules():
        text = {kind: re.sub(pattern, instead, value) for kind, value in text.items()}
    return text, drawn


@functools.cache
def rules() -> list[tuple[str, str]]:
    """tests/nbval.cfg 里替换计时的办法：[(正则表达式, 换成什么)]。"""
    found = configparser.RawConfigParser()
    found.read(ROOT / 'tests' / 'nbval.cfg', 'utf-8')
    return [(found[name]['regex'], found[name]['replace']) for name in found.sections()]


def difference(stored: dict[str, str], found: dict[str, str]) -> list[str]:
    """两格文字不同的行：书上的前面是 -，这里的是 +。"""
    return [line for kind in sorted(stored.keys() | found.keys())
            for line in difflib.unified_diff(*(each.get(kind, '').splitlines() for each in (stored, found)),
                                             lineterm='', n=0)
            if not line.startswith(('---', '+++', '@@'))]
