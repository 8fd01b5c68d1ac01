"""全部检验，依次：数据齐全 → 快速检查 → pytest（单元测试、严格重跑每个笔记本、浏览器里看网站）。

    python -m tests.run                 内容与上次通过时相同的页和测试文件不再跑
    D2L_ALL=1 python -m tests.run       全部重跑（make test ALL=1）；干净的检出也是全部
    python -m tests.run 参数…           照这些参数运行 pytest，什么也不跳过，也不记下

跳过凭的是指纹（`keys`），它包含一切能改变结果的东西；只有这一次每一格、每个测试都跑了而且通过了的文件
才记进 _build/passed.json。用时记进 _build/durations.json，下一次慢的先跑。
"""
import hashlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests import budget
from tests.passed import Passed
from tools import checks, data, runtime
from tools.book import ROOT
from tools.report import run_tool, write_whole

# 这两个文件看的是整本书，每次都跑。
ALWAYS = ('tests/test_book.py', 'tests/test_site.py')
ELSEWHERE = {'book', 'notebooks', '_build', '.git', '.venv', '.ruff_cache'}
# 名字以这些开头的环境变量会改变结果。
VARIABLES = ('D2L_FORK', 'D2L_UNPINNED', 'LANG', 'LC_', 'MPL', 'MXNET_', 'NPY_', 'OMP_', 'PYTEST_',
             'PYTHON', 'TZ')


def digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def file_digests(root: Path, paths: Iterable[Path]) -> list[list[str]]:
    return [[path.relative_to(root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()]
            for path in sorted(paths)]


# ---- 指纹 ----------------------------------------------------------------------------------


def machine() -> list[str]:
    """这台机器和这个 Python：版本、处理器的指令集、装着的包、会改变结果的环境变量。"""
    cpu = {line for line in Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines()
           if line.startswith(('model name', 'flags'))}
    packages = {f'{each.name} {each.version}' for each in importlib.metadata.distributions()}
    variables = {f'{name}={value}' for name, value in os.environ.items()
                 if name.startswith(VARIABLES) and name not in runtime.PINNED}
    return [sys.version, platform.platform(), *sorted(cpu), *sorted(packages), *sorted(variables)]


def rules(root: Path) -> list[object]:
    """决定怎样检验的东西。"""
    names = ('requirements.txt', 'pyproject.toml', 'conftest.py', 'tests/nbval.cfg', 'tests/strict.py')
    files = [*(root / name for name in names), *(root / 'tests' / 'kernels').glob('*.py')]
    return [runtime.PINNED, file_digests(root, files)]


def seen_by_nbval(path: Path) -> list[object]:
    """笔记本里决定检验结果的一切；没有代码格时是空的。文字格不在内：改文字不必重跑。

    公用函数和数据由元数据里的 d2l.inputs 代表：先跑的快速检查保证它们是现在的。
    """
    notebook = json.loads(path.read_text(encoding='utf-8'))
    cells = [{name: value for name, value in cell.items() if name != 'id'}
             for cell in notebook['cells'] if cell['cell_type'] == 'code']
    metadata = notebook['metadata']
    if not cells:
        return []
    return [cells, metadata.get('kernelspec'), metadata.get('d2l', {}).get('inputs')]


def tree(root: Path) -> list[list[str]]:
    """除了 book/ 和 notebooks/ 以外的每一个文件：测试文件的结果由它们决定。"""
    found: list[Path] = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders
                      if name != '__pycache__' and not name.endswith('.egg-info')
                      and not (name in ELSEWHERE and Path(folder) == root)]
        found += [Path(folder, name) for name in files]
    return file_digests(root, filter(Path.is_file, found))


def keys(root: Path) -> dict[str, str]:
    """{要检验的文件: 指纹}。"""
    surroundings = digest([str(root), machine(), rules(root)])
    everything = digest(tree(root))
    found = {name: digest([surroundings, name, everything])
             for name in (path.relative_to(root).as_posix()
                          for path in (root / 'tests').glob('test_*.py'))}
    for path in (root / 'notebooks').rglob('*.ipynb'):
        seen, name = seen_by_nbval(path), path.relative_to(root).as_posix()
        if seen and '.ipynb_checkpoints' not in path.parts:
            found[name] = digest([surroundings, name, seen])
    return found


# ---- 跑哪些，先跑哪个 ------------------------------------------------------------------------


def plan(root: Path, now: dict[str, str], passed: Passed, everything: bool) -> list[str]:
    """要跑的文件，估计慢的在前。"""
    wanted = [name for name, key in now.items()
              if everything or name in ALWAYS or key not in passed]
    seconds = read_durations(root)
    return sorted(wanted, key=lambda name: (-seconds.get(name, guess(name, root)), name))


def guess(name: str, root: Path) -> float:
    """没有记录时估计的秒数：看整本书的最久，测试在前；笔记本存着的图越多，训练越多。"""
    size = (root / name).stat().st_size / 1e4
    return size + (1000 if name in ALWAYS else 100 if name.endswith('.py') else 0)


def read_durations(root: Path) -> dict[str, float]:
    try:
        return json.loads((root / '_build' / 'durations.json').read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return {}


def describe_skipped(skipped: Sequence[str]) -> str:
    pages = sum(name.endswith('.ipynb') for name in skipped)
    return (f'跳过 {pages} 页和 {len(skipped) - pages} 个测试文件：内容与上次通过时相同'
            '（make test ALL=1 全部重跑）。')


# ---- 运行和记录 ----------------------------------------------------------------------------


def pytest(root: Path, arguments: Sequence[str], results: Path | None = None) -> int:
    environment = {**os.environ, **({'D2L_RESULTS': str(results)} if results else {})}
    return subprocess.run([sys.executable, '-m', 'pytest', *arguments], cwd=root,
                          env=environment).returncode


def complete(result: dict) -> bool:
    """这个文件的每一项都跑了而且通过了；跳过一项也不算，那一项的理由会变。"""
    return not result['bad'] and 0 < result['of'] == result['passed'] and not result.get('reads_book')


def uncompared(root: Path, wanted: Iterable[str], results: dict[str, dict]) -> dict[str, str]:
    """{笔记本: 一句话}：代码格没有一格不差地重跑并比较过的。"""
    found = {}
    for name in wanted:
        if name.endswith('.ipynb'):
            cells = len(seen_by_nbval(root / name)[0])
            compared = results.get(name, {}).get('compared', 0)
            if compared != cells:
                found[name] = (f'{name}: {cells} 格代码里只有 {compared} 格重跑并比较过。请不要挑选或跳过，'
                               '并检查 pyproject.toml 的 addopts。')
    return found


def record(root: Path, before: dict[str, str], results: dict[str, dict], unfit: set[str],
           passed: Passed) -> None:
    """记下用时，和完整通过、跑的时候没有被改过的文件；`unfit` 是另有毛病的页。"""
    durations = read_durations(root)
    durations.update({name: round(result['seconds'], 1) for name, result in results.items()
                      if result['passed'] == result['of']})
    write_whole(root / '_build' / 'durations.json', json.dumps(durations, indent=0, sort_keys=True))
    after = keys(root)
    for name, result in results.items():
        unchanged = name in before and before[name] == after.get(name)
        if unchanged and complete(result) and budget.page_of(name) not in unfit:
            passed.add(before[name])


def run(root: Path, everything: bool, options: Sequence[str] = ()) -> int:
    """跑该跑的，记下结果，报告最慢的页和预算；返回退出码。`options` 另外交给 pytest。"""
    before, passed = keys(root), Passed(root / '_build' / 'passed.json')
    wanted = plan(root, before, passed, everything)
    if len(wanted) < len(before):
        print(describe_skipped(sorted(set(before) - set(wanted))), flush=True)
    if not wanted:
        return 0
    with tempfile.TemporaryDirectory(prefix='d2l-test-') as folder:
        path = Path(folder, 'results.json')
        code = 1
        try:
            code = pytest(root, [f'--maxprocesses={len(wanted)}', *options, *wanted], path)
        finally:
            results = json.loads(path.read_text(encoding='utf-8')) if path.exists() else {}
            spent = budget.cpu_seconds(results)
            limits = budget.read(root)
            over = budget.over(spent, limits)
            partly = uncompared(root, wanted, results)
            unfit = {*over, *map(budget.page_of, partly)}
            record(root, before, results, unfit, passed)
        for line in budget.report(spent, limits):
            print(line)
        # 没有通过的，pytest 已经说了。
        for line in () if code else partly.values():
            print(line)
    return code or int(bool(over or partly))


def main(argv: Sequence[str] | None = None) -> int:
    data.main([])
    if checks.main([]):
        return 1
    if argv:
        return pytest(ROOT, argv)
    return run(ROOT, os.environ.get('D2L_ALL', '') not in ('', '0'))


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
