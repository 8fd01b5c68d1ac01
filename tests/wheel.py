"""像读者那样用 pip 装上 d2l_local，在 Python 3.10 到 3.13 上运行每一页，与书上的输出比较。

    python tests/wheel.py        （make test-wheel）只用标准库
    python tests/wheel.py 3.12 'numpy>=2' 'pandas<3'        只跑一个版本；装好以后再把这几个包换掉
    python tests/wheel.py 3.10 notebooks/ch1_preliminaries  只跑这几页或这几个文件夹，不跑测试

机器上有哪个 Python 就跑哪个：新建环境，`pip install d2l_local-*.whl[notebooks]`，没有别的要求；
`import d2l_local` 说还缺什么，就照它说的装。各页的内核就是这个环境，什么也没有从外面固定。
另跑公用函数的测试。

每个环境打印一行，然后逐页列出不同的格，全部输出在 _build/wheel/<环境>/log.txt。出错的格、不同的
文字、没有通过的测试都算不通过；插图不同，只在 Matplotlib 和 NumPy 都与书上的同一版时才算：每一版 Matplotlib
画得都略有不同，每一版 NumPy 的线性代数算出的末位（正交矩阵连正负号）不同，画成曲线和颜色就看得出。
"""
import ast
import collections
import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / '_build' / 'wheel'
VERSIONS = ('3.10', '3.11', '3.12', '3.13')
# 3.10 到 3.12 装上的是 NumPy 1.26，3.13 是 NumPy 2；3.10 是 pandas 2，别的是 pandas 3。再加上这一种。
EXTRA = ('3.12', ('numpy>=2', 'pandas<3'))
# 只是检验要的，读者不用装。
CHECKERS = ('pytest-xdist', 'hypothesis')
DRAWERS = ('Matplotlib', 'NumPy')
SHOWN = ('NumPy', 'pandas', 'Matplotlib')
# 没有通过的三种。
KINDS = ('出错', '文字', '插图')
PROBE = 'import ensurepip, sys; print(sys.executable, "%d.%d" % sys.version_info[:2])'
REPORT = f'''import d2l_local, importlib.metadata, mxnet, platform
print(d2l_local.__file__)
print('Python', platform.python_version(), 'MXNet', mxnet.__version__,
      *(word for name in {SHOWN} for word in (name, importlib.metadata.version(name))))'''


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


class Environment:
    """一个新的虚拟环境，在 `folder` 的 venv 里；log.txt 是全部输出。"""

    def __init__(self, name, interpreter):
        self.folder = FOLDER / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.python = self.folder / 'venv' / 'bin' / 'python'
        self.run(interpreter, '-m', 'venv', self.folder / 'venv')

    def run(self, *command, check=True, cwd=None):
        """运行一个命令，输出记进 log.txt，返回 (退出码, 输出)；`check` 时失败就抛出 `Failed`。"""
        # 每页用新启动的内核；从外面来的 PYTHONPATH 会让它用上别处的包。
        environment = {**os.environ, 'D2L_FORK': '0'}
        environment.pop('PYTHONPATH', None)
        done = subprocess.run(command, cwd=cwd or self.folder, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        with (self.folder / 'log.txt').open('a', encoding='utf-8') as log:
            print('$', *command, '\n' + done.stdout, file=log)
        if check and done.returncode:
            last = (done.stdout.strip().splitlines() or ['没有输出'])[-1]
            raise Failed(f'{" ".join(map(str, command[1:4]))} 失败：{last}')
        return done.returncode, done.stdout

    def pip(self, *arguments):
        self.run(self.python, '-m', 'pip', 'install', '--quiet', *arguments)

    def install(self, changed):
        """像读者那样装好，`changed` 里的包另外换掉；返回各个包的版本 {名字: 版本}。"""
        self.run(self.python, '-m', 'pip', 'wheel', '--quiet', '--no-deps', '--wheel-dir', '.', ROOT)
        wheel = next(self.folder.glob('*.whl'))
        if absent := left_out(wheel):
            raise Failed(f'安装包里没有 {"、".join(absent)}')
        self.pip(f'{wheel}[notebooks]')
        code, told = self.run(self.python, '-c', 'import d2l_local', check=False)
        if code:
            told = told.strip().splitlines()[-1]
            command = re.search(r'pip install ([-\w.=<> ]+)', told)
            if not command:
                raise Failed(f'import d2l_local 没有说怎么办：{told}')
            self.pip(*command[1].split())
        if changed:
            # MXNet 声明 numpy<2，pip 会说一声，照样装上。
            self.pip('--upgrade', *changed)
        origin, words = self.run(self.python, '-c', REPORT)[1].strip().splitlines()[-2:]
        if self.folder not in Path(origin).parents:
            raise Failed(f'导入的 d2l_local 不是装上的，是 {origin}')
        words = words.split()
        return dict(zip(words[::2], words[1::2], strict=True))


def left_out(wheel):
    """包的文件夹里有、安装包 `wheel` 里没有的文件，和没有带上的许可。"""
    package = [path.relative_to(ROOT).as_posix() for path in (ROOT / 'd2l_local').rglob('*')
               if path.is_file() and '__pycache__' not in path.parts]
    inside = zipfile.ZipFile(wheel).namelist()
    licences = ('/licenses/LICENSE', '/licenses/LICENSES/Apache-2.0.txt')
    return [*(name for name in package if name not in inside),
            *(end for end in licences if not any(name.endswith(end) for name in inside))]


def helper_tests():
    """公用函数的测试：导入 d2l_local，而不导入建网站的工具，也不用内核。"""
    found = []
    for path in sorted((ROOT / 'tests').glob('test_*.py')):
        imported = ' '.join(ast.unparse(node) for node in ast.parse(path.read_text('utf-8')).body
                            if isinstance(node, (ast.Import, ast.ImportFrom)))
        if 'd2l_local' in imported and not re.search(r'\b(tools|bench|tests\.(kernels|books))\b', imported):
            found.append(path)
    return found


def pages_and_tests(environment, chosen):
    """用 nbval 运行 `chosen`，没有选就运行每一页和公用函数的测试；返回全部结果（junit 的 testcase）。"""
    environment.pip(*CHECKERS)
    result = environment.folder / 'result.xml'
    code, _ = environment.run(environment.python, '-m', 'pytest', f'--junit-xml={result}',
                              *(chosen or [*helper_tests(), ROOT / 'notebooks']), check=False, cwd=ROOT)
    if not result.exists() or code > 1:
        raise Failed(f'pytest 没有跑完，退出码是 {code}')
    return list(xml.etree.ElementTree.parse(result).iter('testcase'))


def kind(case):
    """一项结果属于哪一种：'通过'、'跳过'、'插图'、'文字'（输出不同），或 '出错'。"""
    if case.find('skipped') is not None:
        return '跳过'
    problem = case.find('failure') if case.find('failure') is not None else case.find('error')
    if problem is None:
        return '通过'
    text = problem.text or ''
    if 'Cell outputs differ' not in text:
        return '出错'
    return '插图' if "mismatch 'image/svg+xml'" in text else '文字'


def describe(case):
    """一项没有通过的：在哪里，怎样不同（笔记本是 nbval 的说明，测试是标着 E 的几行）。"""
    problem = case.find('failure') if case.find('failure') is not None else case.find('error')
    text = re.sub(r'(\x1b|#x1B)\[[0-9;]*m', '', problem.text or '')
    reason = '\n'.join(re.findall('^E +(.*)', text, re.M)) or text.rpartition('Traceback:')[2]
    return f'{kind(case)} {case.get("name")}：{" ".join(reason.split())[:200]}'


def draws_the_same(versions):
    """环境里画图的包，是不是都与书上的同一版。"""
    text = (ROOT / 'requirements.txt').read_text(encoding='utf-8')
    return all(re.search(rf'^{name}=={re.escape(versions[name])}$', text, re.M | re.I) for name in DRAWERS)


def try_one(version, interpreter, changed, chosen):
    """在一个环境里装好、跑完，打印结果；返回有没有不通过的。"""
    start = time.perf_counter()
    environment = Environment(re.sub(r'[^\w.]+', '-', '-'.join([version, *changed])), interpreter)
    versions = environment.install(changed)
    installed = time.perf_counter()
    cases = pages_and_tests(environment, chosen)
    kinds = collections.Counter(map(kind, cases))
    pages = {case.get('classname') for case in cases if case.get('classname').startswith('notebooks.')}
    print(f'{"，".join(map(" ".join, versions.items()))}：安装 {installed - start:.0f} 秒，'
          f'{len(pages)} 页{"" if chosen else "和测试"} {time.perf_counter() - installed:.0f} 秒，'
          f'{"，".join(f"{name} {number}" for name, number in kinds.most_common())}', flush=True)
    serious = [one for one in KINDS if one != '插图' or draws_the_same(versions)]
    for page in sorted({case.get('classname') for case in cases}):
        wrong = [case for case in cases if case.get('classname') == page and kind(case) in KINDS]
        shown = [describe(case) for case in wrong if kind(case) in serious]
        if len(shown) < len(wrong):
            shown.append(f'插图不同 {len(wrong) - len(shown)} 格（{" 或 ".join(DRAWERS)} 不是书上的版本）')
        for line in shown:
            print(f'    {page} {line}')
    return any(kinds[one] for one in serious)


def main(argv):
    if not helper_tests() or not list((ROOT / 'notebooks').rglob('*.ipynb')):
        print('没有测试或没有笔记本可跑。请先运行 make notebooks。')
        return 1
    versions = [one for one in argv if one in VERSIONS]
    pages = [ROOT / one for one in argv if one.startswith('notebooks/')]
    changed = tuple(one for one in argv if one not in versions and ROOT / one not in pages)
    jobs = [(version, changed) for version in versions or VERSIONS] + ([] if versions or changed else [EXTRA])
    if absent := [str(page) for page in pages if not page.exists()]:
        print(f'没有 {"、".join(absent)}。')
        return 1
    bad = ran = 0
    for version, packages in jobs:
        interpreter = find_python(version)
        if interpreter is None:
            print(f'Python {version}：这台机器上没有，跳过。')
            continue
        ran += 1
        try:
            bad += try_one(version, interpreter, packages, pages)
        except Failed as error:
            print(f'Python {version}：{error}', flush=True)
            bad += 1
    if bad or not ran:
        print(f'{ran} 个环境，{bad} 个不通过；全部输出在 {FOLDER.relative_to(ROOT)}/*/log.txt。')
    return int(bool(bad or not ran))


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
