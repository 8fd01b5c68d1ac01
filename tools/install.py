"""给读者装好运行各页要的一切：环境 .venv、MXNet、JupyterLab、数据、内核，最后检查一遍。不需要 make。

    python tools/install.py        （Windows 上是 install.ps1，别处是 install.sh）

只用标准库。可以重复运行：装好的不再装；装到一半断了，再运行一次就从头装。`make book` 的 .venv 里有的这里
也有，所以两种做法先后都用也没有关系。
"""
from __future__ import annotations

import os
import platform
import runpy
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / '.venv'
# requirements.txt 里的版本是为这两个选的。
VERSIONS = (3, 11), (3, 12)


class Stop(Exception):
    """不能继续：一句话，说怎么办。"""


def folders(system: str) -> tuple[Path, str]:
    """返回 .venv 里的 Python，和从 site-packages 回到书的文件夹的相对路径。"""
    return ((VENV / 'Scripts' / 'python.exe', '../../..') if system == 'Windows'
            else (VENV / 'bin' / 'python', '../../../..'))


def check_machine(system: str, machine: str, version: tuple[int, int]) -> dict:
    """机器和 Python 合适就返回 d2l_local/_compat.py 里的名字，否则抛出 Stop。"""
    if version not in VERSIONS:
        where = 'python.org' if system == 'Windows' else '系统的软件包'
        raise Stop(f'这是 Python {version[0]}.{version[1]}，要用 3.11 或 3.12。'
                   f'请从{where}装一个，再用它运行。')
    if sys.maxsize < 2**32:
        raise Stop('这是 32 位的 Python，MXNet 只有 64 位的。请装 64 位的 Python 3.11，再用它运行。')
    compat = runpy.run_path(str(ROOT / 'd2l_local' / '_compat.py'))
    if (system, machine) not in compat['WHEELS']:
        raise Stop(compat['explain_import_error'](ImportError(), system, machine))
    return compat


def steps(system: str, mxnet: str) -> list[tuple[str, list[str]]]:
    """[(在做什么, 交给 .venv 里的 Python 的参数)]。"""
    pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check']
    runtime = ['msvc-runtime'] if system == 'Windows' else []
    constraints = ['--constraint', 'requirements.txt']
    return [
        ('装 pip', [*pip, *constraints, '--upgrade', 'pip', 'setuptools']),
        ('装各页要的包和 JupyterLab（约两分钟）',
         [*pip, *constraints, '--editable', '.[notebooks]', '--group', 'lab', *runtime]),
        (f'装 MXNet {mxnet}', [*pip, '--no-deps', f'mxnet=={mxnet}']),
        ('登记内核“动手学深度学习”', ['-m', 'tools.kernelspec']),
        ('取来数据', ['-m', 'tools.data']),
    ]


def run(what: str, python: Path, arguments: list[str]) -> None:
    """做一步；失败抛出 Stop，带上程序说的最后一行。"""
    print(f'{what}……', flush=True)
    done = subprocess.run([str(python), *arguments], cwd=str(ROOT), stderr=subprocess.PIPE,
                          encoding='utf-8', errors='replace', env={**os.environ, 'PYTHONUTF8': '1'})
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ['没有说原因'])[-1]
        raise Stop(f'{what}没有做成：{last}\n请看看网络和磁盘，再运行一次；多半的问题换一个 PyPI 镜像就好'
                   '（见“安装与运行”一页）。')


def leave_folder_movable(system: str) -> None:
    """把 .pth 里书的位置改成相对的：Python 3.11 可能读不懂其中的汉字，文件夹也可以搬走了。"""
    for file in VENV.rglob('*d2l_local.pth'):
        file.write_text(folders(system)[1] + '\n', encoding='ascii')


def install(system: str, machine: str, version: tuple[int, int]) -> None:
    compat = check_machine(system, machine, version)
    python, done = folders(system)[0], VENV / 'installed'
    planned = steps(system, compat['mxnet_version'](system))
    recipe = '\n'.join([sys.version, repr(planned), *((ROOT / name).read_text(encoding='utf-8')
                                       for name in ('requirements.txt', 'pyproject.toml'))])
    if not (done.exists() and done.read_text(encoding='utf-8') == recipe):
        if not (VENV / 'ready').exists():
            # 不是 make 建好的，就可能是装到一半的。
            shutil.rmtree(VENV, ignore_errors=True)
            print('建环境 .venv……', flush=True)
            venv.create(str(VENV), with_pip=True)
        for what, arguments in planned:
            run(what, python, arguments)
            leave_folder_movable(system)
        done.write_text(recipe, encoding='utf-8')
    if subprocess.run([str(python), 'tools/doctor.py'], cwd=str(ROOT)).returncode:
        raise Stop('还有要修的，见上面。修好以后再运行一次。')
    print(f'\n装好了。打开目录页：\n    {python.relative_to(ROOT)} -m jupyter lab notebooks/index.ipynb')


def main() -> int:
    # Windows 的命令行可能是 GBK，打不出的字写成问号，不要因此停下。
    sys.stdout.reconfigure(errors='replace')  # type: ignore[union-attr]
    try:
        install(platform.system(), platform.machine(), sys.version_info[:2])
    except Stop as stop:
        print(stop)
        return 1
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
