"""手稿 → 笔记本：读 book/*.md，执行，写 notebooks/*.ipynb。只重新执行受改动影响的页。

进：手稿、d2l_local、requirements.txt、固定的环境变量。出：带输出的笔记本（记着来历，见 tools.records）。

    python -m tools.notebooks [PAGE]          同步并执行过期的页
    python -m tools.notebooks --text PAGE     反方向：把手改过的笔记本写回手稿
"""
import argparse
import os
import re
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from tools import pictures, records, runtime, verify
from tools.book import ROOT, Page, read_cells, select
from tools.kernels import AsyncSocketManager
from tools.records import code_cells
from tools.report import Problem, UserError, run_tool, write_whole

TIMEOUT_SECONDS = 900
# 粘贴的图片：JupyterLab 和 VS Code 存成附件，Colab 直接写在文字里。
PASTED = re.compile(r'\battachment:|\bdata:image/')
ANSI = re.compile(r'\x1b\[[0-9;]*m')


class Client(NotebookClient):
    """记下哪一格（从 0 数起）先用了哪种会更新的显示：nbval 逐条比较输出，这样的页检验时永远不过。"""

    live: tuple[int, str] | None = None

    def process_message(self, message: dict, cell: NotebookNode, index: int) -> NotebookNode | None:
        kind = message['msg_type']
        if kind in ('clear_output', 'update_display_data') and not self.live:
            self.live = index, 'clear_output' if kind == 'clear_output' else 'update_display'
        return super().process_message(message, cell, index)


def execute(page: Page, notebook: NotebookNode) -> None:
    """在新内核、空文件夹里执行，原地填上输出；失败抛出 UserError，指出页、格、行和错误。"""
    runtime.pin()
    with tempfile.TemporaryDirectory(prefix='d2l-page-') as folder:
        client = Client(
            notebook, kernel_manager_class=AsyncSocketManager, kernel_name='python3',
            timeout=TIMEOUT_SECONDS, coalesce_streams=True,
            record_timing=False, resources={'metadata': {'path': folder}},
            # 只让内核说错误：它启动时的告警与页面无关。
            extra_arguments=['--log-level=ERROR'])
        try:
            client.execute()
        except CellExecutionError:
            raise UserError(_failure(page, notebook)) from None
        except Exception as error:
            reason = f'{type(error).__name__}: {error}'
            raise UserError(f'{page.name(page.text)}: 执行中断（{reason}）。') from error
    if client.live:
        index, name = client.live
        source = page.cells()[index]
        raise UserError(f'{page.name(page.text)}:{source.line}: 第 {source.index} 格: 输出用 {name} '
                        '更新过，检验时逐条比较，永远不会相同。请只显示最后的结果；要边算边看，用 '
                        'd2l.show_live。')
    records.untouched(notebook)
    problems = verify.output_problems(page, notebook)
    if problems:
        raise UserError('\n'.join(map(str, problems)))


def _failure(page: Page, notebook: NotebookNode) -> str:
    for cell, source in zip(notebook.cells, page.cells(), strict=True):
        for output in cell.get('outputs', []):
            if output.output_type == 'error':
                trace = ANSI.sub('', '\n'.join(output.traceback))
                found = re.search(r'Cell In\[\d+\], line (\d+)|line (\d+)', trace)
                offset = int(found.group(1) or found.group(2)) - 1 if found else 0
                line = source.source.splitlines()[offset].strip()
                return (f'{page.name(page.text)}:{source.line + offset}: 第 {source.index} 格: '
                        f'{line} → {output.ename}: {output.evalue.partition(chr(10))[0]}')
    return f'{page.name(page.text)}: 执行失败。'


def update(page: Page) -> str:
    """让页的笔记本与手稿一致，必要时执行。返回做了什么：'executed'、'synced' 或 ''（没有变化）。"""
    old, reusable = records.read(page), False
    notebook = records.from_text(page.read(), page.number)
    if old is not None:
        told = verify.edited(page, old)
        if told:
            raise UserError(told)
        reusable = not records.stale_parts(page, old) and not records.changed_outputs(old)
    if reusable:
        verify.take_outputs(notebook, old)
    elif code_cells(notebook):
        execute(page, notebook)
    notebook.metadata = nbformat.from_dict(records.stamp(page, notebook))
    nbformat.validate(notebook)
    content = records.serialise(notebook)
    if page.notebook.exists() and page.notebook.read_text(encoding='utf-8') == content:
        return ''
    write_whole(page.notebook, content)
    return 'synced' if reusable or not code_cells(notebook) else 'executed'


def update_all(chosen: Sequence[Page]) -> tuple[list[str], list[str]]:
    """更新这些页，每个处理器一页；一页失败不影响其余。返回 (每页做了什么, 错误)。"""
    def one(page: Page) -> tuple[str, str]:
        start = time.perf_counter()
        try:
            done = update(page)
        except UserError as error:
            return '', str(error)
        if done == 'executed':
            # 一行一次写完，几个线程的行才不会混在一起。
            print(f'{page.label}：执行了，{time.perf_counter() - start:.1f} 秒\n', end='', flush=True)
        return done, ''

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(one, chosen))
    return [done for done, _ in results], [error for _, error in results if error]


def normalise_text(page: Page) -> None:
    """把手稿改成 jupytext 的规范写法（只动格的围栏与空行）。"""
    normal = records.to_text(records.from_text(page.read()))
    if normal != page.read():
        write_whole(page.text, normal)


def write_text(page: Page) -> str:
    """把手改过的笔记本写回手稿；手稿也改过时拒绝。"""
    notebook = records.read(page)
    if notebook is None:
        raise UserError(f'{page.name(page.notebook)}: 没有这个笔记本。')
    text_edited, notebook_edited = records.edits(page, notebook)
    if not notebook_edited:
        return f'{page.name(page.notebook)} 没有改过，手稿不变。'
    if text_edited:
        raise UserError(verify.edited(page, notebook))
    text = records.to_text(notebook)
    lost = left_behind(notebook, text)
    if lost:
        raise UserError('\n'.join(
            str(Problem(page.name(page.notebook), cell, 0, told)) for cell, told in lost))
    write_whole(page.text, text)
    notebook.metadata.setdefault('d2l', {})['text'] = records.digest(text)
    write_whole(page.notebook, records.serialise(notebook))
    return f'已把 {page.name(page.notebook)} 的改动写进 {page.name(page.text)}。请运行 make notebooks。'


def left_behind(notebook: NotebookNode, text: str) -> list[tuple[int, str]]:
    """[(第几格, 怎么办)]：写成手稿 `text` 会丢掉或变样的格。"""
    try:
        back = [(cell.kind, records.trimmed(cell.source)) for cell in read_cells(text)]
    except UserError:
        back = []
    found = []
    for index, cell in enumerate(records.renumbered(notebook, '').cells, 1):
        begins = cell.source.splitlines()[0][:20]
        if cell.cell_type == 'raw':
            found.append((index, f'“{begins}”是原始格（Raw），手稿里放不下。请改成文字格或代码格，或删去。'))
        elif cell.cell_type == 'markdown' and PASTED.search(cell.source):
            found.append((index, f'“{begins}”里有贴进来的图片，手稿里放不下。请存成 '
                          'book/<章>/img/ 里的文件，写成 ![说明](img/名字.png)，或改用代码格画。'))
        elif not found and back[index - 1:index] != [(cell.cell_type, cell.source)]:
            found.append((index, f'“{begins}”写进手稿再读出来就变了样。请去掉这一格里 {{code-cell}} 或 +++ '
                          '这样的行，它们是手稿分格的记号。'))
    return found


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog='python -m tools.notebooks', description=__doc__.splitlines()[0])
    parser.add_argument('page', nargs='?', default='', help='章节号、名字或路径；不给就是全部')
    parser.add_argument('--text', action='store_true', help='把手改过的笔记本写回手稿')
    options = parser.parse_args(argv)
    chosen = select(options.page)
    if options.text:
        if not options.page:
            raise UserError('请说明是哪一页：make text PAGE=1.1')
        print(write_text(chosen[0]))
        return 0
    for page in chosen:
        normalise_text(page)
    copied = pictures.copy(ROOT, ROOT / 'notebooks')
    done, errors = update_all(chosen)
    if copied:
        print(f'抄了或去掉了 {len(copied)} 个图片文件。')
    print(f'{len(done)} 页：执行 {done.count("executed")}，同步 {done.count("synced")}，'
          f'其余没有变化{"，失败 " + str(len(errors)) if errors else ""}。')
    if errors:
        raise UserError('\n'.join(errors))
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
