"""在最新的 NumPy 2 和 Python 3.11、3.12、3.13 上实跑：公用函数的测试，严格重跑全部笔记本。

    python tests/matrix.py        （make test-matrix）只用标准库
    python tests/matrix.py 3.13 'numpy>=2' 'pandas>=3'        只跑一个版本；这几个包用最新的

机器上有哪个 Python 就跑哪个，环境建在 _build/matrix/<版本> 里，做法不变就再用。别的包的版本与
requirements.txt 相同，所以输出（包括 SVG）应当与存下的（NumPy 1.26、Python 3.11）逐字相同，只有 SVG
里裁剪框的编号不比较。Python 3.12 上另试 requirements.txt 原样安装。每个环境打印一行，全部输出在它的
log.txt 里；有一项不通过，退出码就是 1。
"""
import ast
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import runtime  # noqa: E402  要先把书的文件夹放进 sys.path

FOLDER = ROOT / '_build' / 'matrix'
VERSIONS = ('3.11', '3.12', '3.13')
PLAIN_INSTALL = '3.12'
# 各页运行时要的包，和检验要的包。MXNet 声明 numpy<2，所以用 --no-deps 另装。
NEWEST = ('numpy>=2',)
PACKAGES = ('matplotlib', 'pandas', 'pooch', 'filelock', 'tqdm', 'setuptools',
            'requests', 'graphviz', 'ipykernel', 'nbval', 'nbclient', 'jupytext', 'pytest',
            'pytest-xdist')
NO_DEPENDENCIES = ('mxnet==1.9.1',)
# 裁剪框的编号是坐标全部二进制位的散列值；NumPy 2 带着另一版 OpenBLAS，求逆矩阵的末位不同，编号
# 就变，而 SVG 里写出的坐标（6 位小数）不变。
SANITIZE = r"""
[clip-path]
regex: \bp[0-9a-f]{10}\b
replace: <裁剪框>
"""
PROBE = 'import ensurepip, sys; print(sys.executable, "%d.%d" % sys.version_info[:2])'
REPORT = ('import d2l_local, mxnet, numpy, platform; print(f"Python {platform.python_version()}，'
          'NumPy {numpy.__version__}，MXNet {mxnet.__version__}")')


class Failed(Exception):
    """一个环境没有建成或不能用；消息是一句话。"""


def find_python(version):
    """找一个这个版本、能建环境的 Python：先看 PATH，再看 pyenv；没有返回 None。"""
    pyenv = Path(os.environ.get('PYENV_ROOT') or Path.home() / '.pyenv')
    candidates = [Path(folder) / f'python{version}' for folder in os.get_exec_path()]
    candidates += sorted(pyenv.glob(f'versions/{version}.*/bin/python'), reverse=True)
    for candidate in candidates:
        # pyenv 的 shim 可能存在而不能用，所以都先运行一下。
        if candidate.exists():
            done = subprocess.run([candidate, '-c', PROBE], text=True, capture_output=True)
            if done.returncode == 0 and done.stdout.split()[-1] == version:
                return done.stdout.split()[0]
    return None


def pins():
    """{包: 版本}，出自 requirements.txt。"""
    text = (ROOT / 'requirements.txt').read_text(encoding='utf-8')
    return dict(re.findall(r'^([\w.-]+)==([^\s;]+)', text, re.M))


class Environment:
    """一个虚拟环境：`folder` 里有 venv、recipe.txt（怎样建的）和 log.txt（全部输出）。"""

    def __init__(self, name, interpreter):
        self.folder = FOLDER / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.interpreter = interpreter
        self.python = self.folder / 'venv' / 'bin' / 'python'
        self.log = self.folder / 'log.txt'
        self.log.unlink(missing_ok=True)

    def run(self, *command, check=True):
        """运行一个命令，输出记进 log.txt，返回 (退出码, 输出)；`check` 时失败就抛出 `Failed`。"""
        # D2L_FORK=0：每页用普通的内核，从头导入一切。
        environment = {**os.environ, **runtime.PINNED, 'D2L_FORK': '0'}
        done = subprocess.run(command, cwd=ROOT, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        with self.log.open('a', encoding='utf-8') as log:
            print('$', *command, '\n' + done.stdout, file=log)
        if check and done.returncode:
            last = (done.stdout.strip().splitlines() or ['没有输出'])[-1]
            raise Failed(f'{" ".join(map(str, command[1:4]))} 失败：{last}')
        return done.returncode, done.stdout

    def pip(self, *arguments, check=True):
        return self.run(self.python, '-m', 'pip', 'install', '--quiet', *arguments, check=check)[0]

    def build(self, *steps):
        """照 `steps`（各是 pip install 的参数）建环境；做法没变就不动。"""
        recipe = self.folder / 'recipe.txt'
        wanted = '\n'.join([self.interpreter, *(' '.join(step) for step in steps),
                            *(f'{name}=={version}' for name, version in pins().items())])
        if recipe.exists() and recipe.read_text(encoding='utf-8') == wanted:
            return False
        recipe.unlink(missing_ok=True)
        shutil.rmtree(self.folder / 'venv', ignore_errors=True)
        self.run(self.interpreter, '-m', 'venv', self.folder / 'venv')
        for step in steps:
            self.pip(*step)
        recipe.write_text(wanted, encoding='utf-8')
        return True

    def report(self):
        return self.run(self.python, '-c', REPORT)[1].strip().splitlines()[-1]


def helper_tests():
    """公用函数的测试：导入 d2l_local，而不导入建网站的工具，也不用内核。"""
    found = []
    for path in sorted((ROOT / 'tests').glob('test_*.py')):
        imported = ' '.join(ast.unparse(node) for node in ast.parse(path.read_text('utf-8')).body
                            if isinstance(node, (ast.Import, ast.ImportFrom)))
        if 'd2l_local' in imported and not re.search(r'\b(tools|bench|tests\.(kernels|books))\b', imported):
            found.append(path)
    return found


def try_newest(version, interpreter, newest):
    """建环境，其中 `newest` 是最新的，跑测试和笔记本。返回 (一行报告, 不通过的测试)。"""
    environment = Environment(version, interpreter)
    constraints = environment.folder / 'constraints.txt'
    free = {'mxnet', *(re.match(r'[\w.-]+', one)[0] for one in newest)}
    constraints.write_text('\n'.join(f'{name}=={value}' for name, value in pins().items()
                                     if name not in free), encoding='utf-8')
    with_pins = ('--constraint', str(constraints))
    fresh = environment.build((*with_pins, *newest, *PACKAGES), ('--no-deps', *NO_DEPENDENCIES),
                              ('--no-deps', '--editable', '.'))
    # 没有网络时，旧环境里的 NumPy 也值得试。
    if not fresh and environment.pip('--upgrade', *with_pins, *newest, check=False):
        print(f'Python {version}：没能查看有没有更新的包，用上次装的。')
    report = environment.report()
    sanitize, result = environment.folder / 'nbval.cfg', environment.folder / 'result.xml'
    sanitize.write_text((ROOT / 'tests' / 'nbval.cfg').read_text('utf-8') + SANITIZE, 'utf-8')
    result.unlink(missing_ok=True)
    code, _ = environment.run(
        environment.python, '-m', 'pytest', f'--junit-xml={result}', '--nbval-sanitize-with',
        sanitize, *helper_tests(), ROOT / 'notebooks', check=False)
    if not result.exists():
        raise Failed('pytest 没有跑起来')
    cases = list(xml.etree.ElementTree.parse(result).iter('testcase'))
    failed = [case for case in cases if case.find('failure') is not None
              or case.find('error') is not None]
    skipped = sum(case.find('skipped') is not None for case in cases)
    counts = f'通过 {len(cases) - len(failed) - skipped}，不通过 {len(failed)}，跳过 {skipped}'
    problems = [describe(case) for case in failed]
    if code and not problems:
        problems = [f'pytest 的退出码是 {code}']
    return f'{report}：{counts}', problems


def describe(case):
    """一个不通过的测试：在哪里，怎样不同（笔记本是 nbval 的说明，测试是标着 E 的几行）。"""
    problem = case.find('failure') if case.find('failure') is not None else case.find('error')
    text = re.sub(r'(\x1b|#x1B)\[[0-9;]*m', '', problem.text or '')
    reason = '\n'.join(re.findall('^E +(.*)', text, re.M)) or text.rpartition('Traceback:')[2]
    return f'{case.get("classname")} {case.get("name")}：{" ".join(reason.split())[:300]}'


def try_plain_install(version, interpreter, newest):
    """requirements.txt 原样安装，MXNet 能导入。返回 (一行报告, [])。"""
    environment = Environment(f'{version}-requirements', interpreter)
    environment.build(('--requirement', 'requirements.txt'), ('--no-deps', '--editable', '.'))
    return f'{environment.report()}：requirements.txt 原样装好，MXNet 能导入', []


def main(argv):
    if not helper_tests() or not list((ROOT / 'notebooks').rglob('*.ipynb')):
        print('没有测试或没有笔记本可跑。请先运行 make notebooks。')
        return 1
    versions = [one for one in argv if one in VERSIONS] or VERSIONS
    newest = [one for one in argv if one not in VERSIONS] or NEWEST
    bad = ran = 0
    for version in versions:
        interpreter = find_python(version)
        if interpreter is None:
            print(f'Python {version}：这台机器上没有，跳过。')
            continue
        for job in (try_newest, *([try_plain_install] if version == PLAIN_INSTALL else [])):
            start = time.perf_counter()
            try:
                report, problems = job(version, interpreter, newest)
            except Failed as error:
                report, problems = f'Python {version}', [str(error)]
            print(f'{report}（{time.perf_counter() - start:.0f} 秒）', flush=True)
            for problem in problems:
                print('   ', problem)
            ran += 1
            bad += bool(problems)
    if bad or not ran:
        print(f'{ran} 个环境，{bad} 个不通过；全部输出在 {FOLDER.relative_to(ROOT)}/*/log.txt。')
        return 1
    return 0


if __name__ == '__main__':
    raise SystemExit(main(sys.argv[1:]))
