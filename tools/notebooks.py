"""手稿 → 笔记本：读 book/*.md，执行，写 notebooks/*.ipynb。只重新执行受改动影响的页。

进：手稿、d2l_local、requirements.txt、固定的环境变量。出：带输出的笔记本。
笔记本的元数据 `d2l` 记着它由什么做成（手稿、代码、用到的公用函数、环境）和每格输出的指纹，
`check` 凭它找出过期的页和手改过的地方。

    python -m tools.notebooks [PAGE]          同步并执行过期的页
    python -m tools.notebooks --text PAGE     反方向：把手改过的笔记本写回手稿
"""
import argparse
import copy
import hashlib
import json
import re
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools import extract, runtime
from tools.pages import ROOT, Problem, UserError, pages, run_tool, select, write_whole

TEXT_FORMAT = {
    'extension': '.md', 'format_name': 'myst',
    'notebook_metadata_filter': 'kernelspec,-all',
    'cell_metadata_filter': 'tags,mystnb,-all',
}
METADATA = {
    'kernelspec': {'display_name': 'Python 3', 'language': 'python', 'name': 'python3'},
    'language_info': {'name': 'python', 'pygments_lexer': 'ipython3'},
}
WORKERS = 2
TIMEOUT_SECONDS = 900
PARTS = {'code': '代码格', 'helpers': 'd2l_local 里用到的函数', 'environment': '固定的环境'}
ANSI = re.compile(r'\x1b\[[0-9;]*m')
ADDRESS = re.compile(r'\b0x[0-9a-f]{6,}')
LOCAL_PATH = re.compile(r'(?<![\w:/.])/(?:home|root|tmp|usr|opt|work|Users|content|mnt)/[\w.-]+')


def digest(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# ---- 手稿 ⇄ 笔记本 -------------------------------------------------------------------------


def from_text(text):
    """手稿 → 没有输出的笔记本，格的编号由内容算出。"""
    notebook = jupytext.reads(text, TEXT_FORMAT)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(METADATA)
    seen = {}
    for cell in notebook.cells:
        key = (cell.cell_type, cell.source)
        seen[key] = seen.get(key, 0) + 1
        cell.id = digest([*key, seen[key]])
    return notebook


def to_text(notebook):
    """笔记本 → 手稿。"""
    return jupytext.writes(copy.deepcopy(notebook), TEXT_FORMAT)


def serialise(notebook):
    """笔记本 → 写进文件的文字；同样的笔记本总得到同样的字节。"""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + '\n'


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == 'code']


def inputs(page):
    """决定这一页输出的一切，每部分一个指纹。没有代码的页只有空的代码。"""
    sources = [cell.source for cell in page.cells() if cell.kind == 'code']
    if not sources:
        return {'code': digest([])}
    requirements = (page.root / 'requirements.txt').read_text(encoding='utf-8')
    return {'code': digest(sources),
            'helpers': digest(extract.page_dependencies(page, page.root)),
            'environment': digest([requirements, runtime.PINNED])}


def output_digests(notebook):
    return [digest([cell.execution_count, cell.outputs]) for cell in code_cells(notebook)]


def record(notebook):
    """笔记本里记下的来历；没有就是空的。"""
    return notebook.metadata.get('d2l', {})


def edits(page, notebook):
    """(手稿改过, 笔记本改过)：与上一次同步相比。"""
    made_from = record(notebook).get('text')
    text = page.text.read_text(encoding='utf-8')
    return digest(text) != made_from, digest(to_text(notebook)) != made_from


def changed_outputs(notebook):
    """输出与执行时记下的不同的代码格，从 1 数起的格号。"""
    recorded = record(notebook).get('outputs', [])
    positions = [index for index, cell in enumerate(notebook.cells, 1) if cell.cell_type == 'code']
    now = output_digests(notebook)
    if len(now) != len(recorded):
        return positions
    return [position for position, old, new in zip(positions, recorded, now, strict=True)
            if old != new]


def stale_parts(page, notebook):
    """从上次执行以来变了的部分的名字；空表示输出仍然有效。"""
    recorded = record(notebook).get('inputs', {})
    return [part for part, value in inputs(page).items() if recorded.get(part) != value]


def read(page):
    """读出页的笔记本；没有返回 None，坏了抛出 UserError。"""
    if not page.notebook.exists():
        return None
    try:
        return nbformat.read(page.notebook, as_version=4)
    except Exception as error:
        raise UserError(f'{page.name(page.notebook)}: 不是完好的笔记本（{type(error).__name__}）。'
                        '请用 git checkout 取回，或删掉后运行 make notebooks。') from error


# ---- 执行 ----------------------------------------------------------------------------------


def execute(page, notebook):
    """在新内核、空文件夹里执行，原地填上输出；失败抛出 UserError，指出页、格、行和错误。"""
    runtime.pin()
    with tempfile.TemporaryDirectory(prefix='d2l-page-') as folder:
        client = NotebookClient(
            notebook, kernel_name='python3', timeout=TIMEOUT_SECONDS, coalesce_streams=True,
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
    for count, cell in enumerate(code_cells(notebook), 1):
        cell.execution_count = count
        for output in cell.outputs:
            if 'execution_count' in output:
                output.execution_count = count
    problems = output_problems(page, notebook)
    if problems:
        raise UserError('\n'.join(map(str, problems)))


def _failure(page, notebook):
    for cell, source in zip(notebook.cells, page.cells(), strict=True):
        for output in cell.get('outputs', []):
            if output.output_type == 'error':
                trace = ANSI.sub('', '\n'.join(output.traceback))
                found = re.search(r'Cell In\[\d+\], line (\d+)|line (\d+)', trace)
                offset = int(found.group(1) or found.group(2)) - 1 if found else 0
                line = source.source.splitlines()[offset].strip()
                return (f'{page.name(page.text)}:{source.line + offset}: 第 {source.index} 格: '
                        f'{line} → {output.ename}: {output.evalue.splitlines()[0] if output.evalue else ""}')
    return f'{page.name(page.text)}: 执行失败。'


def _texts(output):
    if output.output_type == 'stream':
        yield output.text
    for kind, value in output.get('data', {}).items():
        if kind.startswith('text/'):
            yield value if isinstance(value, str) else ''.join(value)


def output_problems(page, notebook):
    """存下的输出里不该有的东西：标准错误、异常、本机路径、内存地址；以及不连续的执行序号。"""
    problems = []

    def report(cell, text):
        problems.append(Problem(page.name(page.notebook), cell, 0, text))

    count = 0
    for index, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != 'code':
            continue
        count += 1
        if cell.execution_count != count:
            report(index, f'执行序号是 {cell.execution_count}，应为 {count}。请运行 make notebooks。')
        for output in cell.outputs:
            if output.output_type == 'error':
                report(index, f'存着一个异常 {output.ename}。请在格里捕获它，打印类型和最后一行。')
            if output.get('name') == 'stderr':
                report(index, f'存着标准错误“{output.text.strip()[:60]}”。请去掉它的原因。')
            for text in _texts(output):
                for pattern, what in ((ADDRESS, '内存地址'), (LOCAL_PATH, '本机路径')):
                    for found in pattern.findall(text)[:1]:
                        report(index, f'输出里有{what}“{found}”。请改成每台机器都一样的输出。')
    return problems


# ---- 更新一页 ------------------------------------------------------------------------------


def update(page):
    """让页的笔记本与手稿一致，必要时执行。返回做了什么：'executed'、'synced' 或 ''（没有变化）。"""
    old = read(page)
    text = page.text.read_text(encoding='utf-8')
    notebook = from_text(text)
    reusable = False
    if old is not None:
        text_edited, notebook_edited = edits(page, old)
        if notebook_edited:
            raise UserError(_both_edited(page) if text_edited else _notebook_edited(page))
        reusable = not stale_parts(page, old) and not changed_outputs(old)
    if reusable:
        for cell, previous in zip(code_cells(notebook), code_cells(old), strict=True):
            cell.execution_count, cell.outputs = previous.execution_count, previous.outputs
    elif code_cells(notebook):
        execute(page, notebook)
    # 执行会把本机的 Python 版本写进元数据，所以从头写。
    notebook.metadata = nbformat.from_dict({**METADATA, 'd2l': {
        'text': digest(text), 'inputs': inputs(page), 'outputs': output_digests(notebook)}})
    nbformat.validate(notebook)
    content = serialise(notebook)
    if page.notebook.exists() and page.notebook.read_text(encoding='utf-8') == content:
        return ''
    write_whole(page.notebook, content)
    return 'synced' if reusable or not code_cells(notebook) else 'executed'


def _notebook_edited(page):
    return (f'{page.name(page.notebook)}: 笔记本被直接改过，而手稿没有变。要留下改动：'
            f'make text PAGE={page.key}；要丢掉改动：git checkout {page.name(page.notebook)}。')


def _both_edited(page):
    return (f'{page.name(page.notebook)}: 手稿和笔记本都改过，不知道留哪一个。'
            '请先把其中一个的改动用 git stash 或 git checkout 放开，再合到手稿里。')


def write_text(page):
    """把手改过的笔记本写回手稿；手稿也改过时拒绝。"""
    notebook = read(page)
    if notebook is None:
        raise UserError(f'{page.name(page.notebook)}: 没有这个笔记本。')
    text_edited, notebook_edited = edits(page, notebook)
    if not notebook_edited:
        return f'{page.name(page.notebook)} 没有改过，手稿不变。'
    if text_edited:
        raise UserError(_both_edited(page))
    text = to_text(notebook)
    write_whole(page.text, text)
    notebook.metadata['d2l']['text'] = digest(text)
    write_whole(page.notebook, serialise(notebook))
    return f'已把 {page.name(page.notebook)} 的改动写进 {page.name(page.text)}。请运行 make notebooks。'


# ---- 检查 ----------------------------------------------------------------------------------


def check(root=ROOT):
    """每一页的笔记本与手稿一致、没有过期、没有手改、输出干净、写法规范。"""
    return [problem for page in pages(root) for problem in check_page(page)]


def check_page(page):
    def problem(text, cell=0):
        return Problem(page.name(page.notebook), cell, 0, text)

    try:
        notebook = read(page)
    except UserError as error:
        return [problem(str(error).partition(': ')[2])]
    if notebook is None:
        return [problem('还没有生成。请运行 make notebooks。')]
    text_edited, notebook_edited = edits(page, notebook)
    if notebook_edited:
        message = _both_edited(page) if text_edited else _notebook_edited(page)
        return [problem(message.partition(': ')[2])]
    if text_edited and normal_text(page) != page.text.read_text(encoding='utf-8'):
        return [Problem(page.name(page.text), 0, 0,
                        '写法不是 jupytext 的规范写法。请运行 make notebooks，它会改好。')]
    problems = []
    if text_edited:
        problems.append(problem('手稿改过，笔记本还没有跟上。请运行 make notebooks。'))
    stale = stale_parts(page, notebook)
    if stale:
        changed = '、'.join(PARTS[part] for part in stale)
        problems.append(problem(f'过期：执行以后变了{changed}。请运行 make notebooks。'))
    else:
        problems += [problem('输出不是执行得到的：有人改过或删过。请运行 make notebooks 重新执行。', cell)
                     for cell in changed_outputs(notebook)]
    problems += output_problems(page, notebook)
    if not problems and page.notebook.read_text(encoding='utf-8') != serialise(
            _canonical(page, notebook)):
        problems.append(problem('写法不规范（格的编号、元数据或缩进）。请运行 make notebooks。'))
    return problems


def _canonical(page, notebook):
    """与 `update` 会写出的笔记本相同：手稿的格，加上存下的输出。"""
    canonical = from_text(page.text.read_text(encoding='utf-8'))
    for cell, stored in zip(code_cells(canonical), code_cells(notebook), strict=True):
        cell.execution_count, cell.outputs = stored.execution_count, stored.outputs
    canonical.metadata = nbformat.from_dict({**METADATA, 'd2l': record(notebook)})
    return canonical


# ---- 命令 ----------------------------------------------------------------------------------


def update_all(chosen):
    """更新这些页，两页同时执行；一页失败不影响其余。返回 (每页做了什么, 错误)。"""
    def one(page):
        start = time.perf_counter()
        try:
            done = update(page)
        except UserError as error:
            return page, '', str(error)
        if done == 'executed':
            print(f'{page.label}：执行了，{time.perf_counter() - start:.1f} 秒', flush=True)
        return page, done, ''

    with ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(one, chosen))
    return [done for _, done, _ in results], [error for _, _, error in results if error]


def main(argv=None):
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
    done, errors = update_all(chosen)
    print(f'{len(done)} 页：执行 {done.count("executed")}，同步 {done.count("synced")}，'
          f'其余没有变化{"，失败 " + str(len(errors)) if errors else ""}。')
    if errors:
        raise UserError('\n'.join(errors))
    return 0


def normalise_text(page):
    """把手稿改成 jupytext 的规范写法（只动格的围栏与空行）。"""
    normal = normal_text(page)
    if normal != page.text.read_text(encoding='utf-8'):
        write_whole(page.text, normal)


def normal_text(page):
    return to_text(from_text(page.text.read_text(encoding='utf-8')))


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
