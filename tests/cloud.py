"""单独一页在 Colab 的版本上从零开始运行：第一格装好缺的包，其余各格的文字输出与书上的比较。

    python -m tests.cloud [3.12 3.13] [PAGE]        （make test-cloud）

每页用一个新的、只有 Colab 那些包的环境和空的文件夹，从外面什么也不固定；d2l_local 的安装包由本机的一个
网址给出。每页打印几格的文字不同，几格只有插图不同，运行几秒，其中安装几秒，和各处不同。有一格出错、文字
不同或动了原有的包，退出码就是 1。
"""
import functools
import http.server
import os
import shutil
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import nbformat

from tests import pages
from tests.wheel import find_python
from tools import records
from tools.addresses import Addresses
from tools.book import ROOT, Page
from tools.cloud import build
from tools.report import UserError, run_tool

FOLDER = ROOT / '_build' / 'cloud-test'
VERSIONS = ('3.12', '3.13')
# 在 Colab 里看到的版本；没有 pooch 和 filelock，好让第一格也装它们。
HOST = ('numpy==2.1.3', 'pandas==2.2.3', 'matplotlib==3.10.0', 'ipython==7.34.0', 'ipykernel==6.17.1',
        'setuptools==75.2.0', 'graphviz==0.21', 'requests', 'tqdm', 'platformdirs')


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


def seconds_of(cell: nbformat.NotebookNode) -> float:
    """一格运行了几秒。"""
    times = cell.metadata.get('execution', {})
    begin, end = (times.get(name) for name in ('iopub.execute_input', 'shell.execute_reply'))
    if not begin or not end:
        return float('nan')
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()


def try_page(page: Page, cloud: Path, host: Path) -> bool:
    """运行一页，打印一行和各处不同；好返回真。"""
    start = time.perf_counter()
    copied = nbformat.read(cloud / f'{page.key}.ipynb', as_version=4)
    environment = host.with_name('page')
    shutil.rmtree(environment, ignore_errors=True)
    shutil.copytree(host, environment, symlinks=True, copy_function=os.link)
    stored = records.code_cells(records.read(page))
    result = pages.Result(page, len(stored), errors=pages.run(copied, str(environment / 'bin' / 'python')))
    installing, *found = records.code_cells(copied)
    if told := pages.error(installing.outputs):
        result.errors[0] = told
    pages.compare(result, stored, found)
    changed = packages(host) - packages(environment)
    result.seconds = time.perf_counter() - start
    print(f'{result}\n    其中安装 {seconds_of(installing):.0f} 秒\n{result.report()}', end='', flush=True)
    for name in sorted(changed):
        print('    动了原有的', name, flush=True)
    return not (result.errors or result.texts or changed)


def main(argv) -> int:
    wanted = [one for one in argv if one in VERSIONS] or VERSIONS
    chosen = pages.with_code([one for one in argv if one not in VERSIONS])
    versions = [version for version in wanted if find_python(version)]
    if not versions:
        raise UserError(f'没有可跑的：要 Python {" 或 ".join(wanted)}。')
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
