"""单独一页在 Colab 的版本上从零开始运行：第一格装好缺的包，其余各格的文字输出与书上的比较。

    python -m tests.cloud [3.12 3.13] [PAGE]        （make test-cloud）

每页用一个新的、只有 Colab 那些包的环境和空的文件夹，从外面什么也不固定；d2l_local 的安装包由本机的一个
网址给出。每页打印一行：几格，几格的文字不同，几格只有插图不同，运行几秒，其中安装几秒。有一格出错、
文字不同或动了原有的包，退出码就是 1。计时照 tests/nbval.cfg 替换后再比。
"""
import configparser
import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from tests.wheel import find_python
from tools import records, runtime
from tools.addresses import Addresses
from tools.book import ROOT, Page, select
from tools.cloud import build
from tools.kernels import SocketManager
from tools.report import UserError, run_tool

FOLDER = ROOT / '_build' / 'cloud-test'
VERSIONS = ('3.12', '3.13')
# 在 Colab 里看到的版本；没有 pooch 和 filelock，好让第一格也装它们。
HOST = ('numpy==2.1.3', 'pandas==2.2.3', 'matplotlib==3.10.0', 'ipython==7.34.0', 'ipykernel==6.17.1',
        'setuptools==75.2.0', 'graphviz==0.21', 'requests', 'tqdm', 'platformdirs')
# 一格最多几秒。
TIMEOUT = 1800
SVG = 'image/svg+xml'


def make_host(version: str) -> Path:
    """建（或再用）一个像 Colab 的环境，返回它的文件夹。"""
    folder, recipe = FOLDER / version / 'host', FOLDER / version / 'recipe.txt'
    interpreter = find_python(version)
    wanted = '\n'.join([interpreter, *HOST])
    if not recipe.exists() or recipe.read_text('utf-8') != wanted:
        shutil.rmtree(FOLDER / version, ignore_errors=True)
        subprocess.run([interpreter, '-m', 'venv', folder], check=True)
        subprocess.run([folder / 'bin' / 'python', '-m', 'pip', 'install', '-qqq', *HOST], check=True)
        recipe.write_text(wanted, 'utf-8')
    return folder


@contextmanager
def serving(folder: Path):
    """在本机的一个端口上给出 `folder` 里的文件，给出它的网址。"""
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            """安静地给。"""

    with http.server.ThreadingHTTPServer(
            ('127.0.0.1', 0), functools.partial(Handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()


def packages(environment: Path) -> set[str]:
    """环境里装着的包，如 numpy-2.1.3.dist-info。"""
    return {path.name for path in environment.glob('lib/python*/site-packages/*.dist-info')}


def run(notebook: nbformat.NotebookNode, environment: Path, folder: Path) -> str:
    """用 `environment` 的内核在 `folder` 里运行每一格；返回出的错，没有是空串。"""
    spec = environment / 'spec' / 'alone' / 'kernel.json'
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({
        'argv': [str(environment / 'bin' / 'python'), '-m', 'ipykernel_launcher', '-f', '{connection_file}'],
        'display_name': 'alone', 'language': 'python'}), 'utf-8')
    manager = SocketManager(kernel_name='alone', kernel_spec_manager=KernelSpecManager(
        kernel_dirs=[str(spec.parents[1])], ensure_native_kernel=False))
    client = NotebookClient(notebook, km=manager, timeout=TIMEOUT, coalesce_streams=True,
                            resources={'metadata': {'path': str(folder)}})
    # 内核是这里给它的，也要由它关上，不然四十个内核一直开着。
    client.owns_km = True
    outside = {*runtime.PINNED, 'PYTHONPATH', 'VIRTUAL_ENV', 'MPLBACKEND', 'JPY_PARENT_PID'}
    try:
        # 不要调试器在标准错误上的提醒。
        client.execute(env={name: value for name, value in os.environ.items() if name not in outside}
                       | {'PYDEVD_DISABLE_FILE_VALIDATION': '1'})
    except CellExecutionError as error:
        arrows = re.findall(r'-> \d+ (.*)', re.sub(r'\x1b\[[0-9;]*m', '', error.traceback))
        return f'{error.ename}: {error.evalue}（{(arrows or ["没有指出哪一行"])[0].strip()}）'
    except DeadKernelError:
        return '内核死了'
    return ''


def rules() -> list[tuple[str, str]]:
    """tests/nbval.cfg 里替换计时的办法。"""
    found = configparser.RawConfigParser()
    found.read(ROOT / 'tests' / 'nbval.cfg', 'utf-8')
    return [(found[name]['regex'], found[name]['replace']) for name in found.sections()]


def shown(cell: nbformat.NotebookNode) -> tuple[dict[str, str], list[str]]:
    """一格的输出：({种类: 文字}, [SVG])，计时已经替换。"""
    text, drawn = {}, []
    for output in cell.outputs:
        parts = {output.name: output.text} if output.output_type == 'stream' else output.get('data', {})
        for kind, value in parts.items():
            if kind == SVG:
                drawn.append(value)
            elif kind in ('stdout', 'stderr') or kind.startswith('text/'):
                text[kind] = text.get(kind, '') + value
    for pattern, instead in rules():
        text = {kind: re.sub(pattern, instead, value) for kind, value in text.items()}
    return text, drawn


def first_difference(stored: dict[str, str], found: dict[str, str]) -> str:
    """两格文字最先不同的一行：书上的 → 这里的。"""
    for kind in sorted(stored.keys() | found.keys()):
        old, new = (each.get(kind, '').splitlines() for each in (stored, found))
        for index in range(max(len(old), len(new))):
            pair = ['|'.join(each[index:index + 1]) or '（没有）' for each in (old, new)]
            if pair[0] != pair[1]:
                return f'{kind} 第 {index + 1} 行：{pair[0][:100]} → {pair[1][:100]}'
    return ''


def seconds_of_first_cell(notebook: nbformat.NotebookNode) -> float:
    times = notebook.cells[0].metadata.get('execution', {})
    begin, end = (times.get(name) for name in ('iopub.execute_input', 'shell.execute_reply'))
    if not begin or not end:
        return float('nan')
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def try_page(page: Page, cloud: Path, host: Path) -> bool:
    """运行一页，打印一行和各处不同；好返回真。"""
    start = time.perf_counter()
    stored = records.read(page)
    copied = nbformat.read(cloud / f'{page.key}.ipynb', as_version=4)
    for cell in records.code_cells(copied):
        # 没有运行到的格，不能拿抄来的输出充数。
        cell.outputs = []
    with tempfile.TemporaryDirectory() as empty:
        environment = host.with_name('page')
        shutil.rmtree(environment, ignore_errors=True)
        shutil.copytree(host, environment, symlinks=True, copy_function=os.link)
        error = run(copied, environment, Path(empty))
    changed = packages(host) - packages(environment)
    pairs = [(index, shown(old), shown(new)) for index, (old, new) in enumerate(
        zip(records.code_cells(stored), records.code_cells(copied)[1:], strict=True), 1)]
    texts = [(index, first_difference(old[0], new[0])) for index, old, new in pairs if old[0] != new[0]]
    drawn = [index for index, old, new in pairs if old[0] == new[0] and old[1] != new[1]]
    seconds, installing = time.perf_counter() - start, seconds_of_first_cell(copied)
    print(f'{page.key}：{len(pairs)} 格，文字不同 {len(texts)}，只有插图不同 {len(drawn)}，'
          f'{seconds:.0f} 秒，其中安装 {installing:.0f} 秒', flush=True)
    told = [f'出错：{error}'] * bool(error) + [f'第 {index} 格代码：{what}' for index, what in texts]
    for line in told + [f'动了原有的 {name}' for name in sorted(changed)]:
        print('   ', line, flush=True)
    return not (error or texts or changed)


def main(argv) -> int:
    wanted = [one for one in argv if one in VERSIONS] or VERSIONS
    chosen = [page for page in select(*[one for one in argv if one not in VERSIONS] or [''])
              if page.cells('code')]
    versions = [version for version in wanted if find_python(version)]
    if not versions or not chosen:
        raise UserError(f'没有可跑的：要 Python {" 或 ".join(wanted)}，和有代码的页。')
    bad = 0
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as address:
        cloud = Path(folder) / 'cloud'
        build(target=cloud, known=Addresses(site=address))
        for version in versions:
            host = make_host(version)
            print(f'Python {version}，{"，".join(HOST[:5])}：', flush=True)
            bad += sum(not try_page(page, cloud, host) for page in chosen)
    print(f'{len(versions)} 个 Python，各 {len(chosen)} 页；{bad} 页次不同或出错。')
    return bool(bad)


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
