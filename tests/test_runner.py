"""tests.run、tests.passed、tests.budget、conftest.py 和分叉的内核：快，而一样严格。"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
import tomllib
from nbval.kernel import RunningKernel, start_new_kernel
from nbval.plugin import get_sanitize_patterns

from tests import budget, kernels, passed
from tests import run as runner
from tools import runtime
from tools.report import UserError

ROOT = Path(runner.__file__).resolve().parents[1]
FILES = ('conftest.py', 'pyproject.toml', 'requirements.txt', 'tests/__init__.py', 'tests/nbval.cfg',
         'tests/strict.py',
         'tests/kernels/__init__.py', 'tests/kernels/client.py', 'tests/kernels/server.py',
         'tools/__init__.py', 'tools/kernels.py', 'tools/runtime.py', 'tools/report.py',
         'd2l_local/_compat.py')


# ---- 记着通过的文件 ------------------------------------------------------------------------


def test_passed_remembers(tmp_path):
    first = passed.Passed(tmp_path / '_build' / 'passed.json')
    assert 'a' not in first
    first.add('a')
    assert 'a' in passed.Passed(first.path) and 'b' not in first


@pytest.mark.parametrize('content', ['', '{', '[]', '{"a": "今天"}', '\x00'])
def test_broken_record_means_nothing_passed(tmp_path, content):
    path = tmp_path / 'passed.json'
    path.write_text(content, encoding='utf-8')
    record = passed.Passed(path)
    assert 'a' not in record
    record.add('b')
    assert 'b' in record


def test_long_unused_records_are_dropped(tmp_path, monkeypatch):
    record = passed.Passed(tmp_path / 'passed.json')
    for key in ('used', 'unused'):
        record.add(key)
    start = time.time()
    for days in (40, 80):
        monkeypatch.setattr(time, 'time', lambda days=days: start + days * 86400)
        assert 'used' in record
        record.add(f'day {days}')
    assert 'unused' not in record and len(json.loads(record.path.read_text())) == 3


# ---- 小书 ----------------------------------------------------------------------------------


def notebook(path, *cells, text='# 页'):
    """写一个笔记本；`cells` 是 (代码, 打印的文字)。"""
    made = nbformat.v4.new_notebook(metadata={
        'kernelspec': {'display_name': 'Python 3', 'language': 'python', 'name': 'python3'},
        'd2l': {'inputs': {'code': '1', 'helpers': '2', 'environment': '3'}}})
    made.cells.append(nbformat.v4.new_markdown_cell(text))
    for count, (source, printed) in enumerate(cells, 1):
        outputs = [nbformat.v4.new_output('stream', text=printed)] if printed else []
        made.cells.append(nbformat.v4.new_code_cell(source, execution_count=count, outputs=outputs))
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, path)


def change(path, edit):
    made = json.loads(path.read_text(encoding='utf-8'))
    edit(made)
    path.write_text(json.dumps(made), encoding='utf-8')


@pytest.fixture
def book(tmp_path):
    """一本小书：两页，一个测试文件，和检验它们所需的文件。"""
    root = tmp_path / '书 的文件夹'
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / 'book').mkdir()
    (root / 'book' / 'first.md').write_text('# 页\n', encoding='utf-8')
    (root / 'tests' / 'budget.yml').write_text('{}\n', encoding='utf-8')
    notebook(root / 'notebooks' / 'first.ipynb', ('print(6 * 7)', '42\n'), ('x = 1', ''))
    notebook(root / 'notebooks' / 'text.ipynb')
    write_test(root, 'good', 'def test_one():\n    assert 1\n\n\ndef test_two():\n    assert 1\n')
    return root


def write_test(root, name, text):
    (root / 'tests' / f'test_{name}.py').write_text(text, encoding='utf-8')


@pytest.fixture
def check(book, monkeypatch, capfd):
    """`check(**环境)`：检验小书（普通的内核），返回 (退出码, 打印的文字, 已记下的文件)。"""
    monkeypatch.setenv('D2L_FORK', '0')

    def check(everything=False, workers='0', options=''):
        code = runner.run(book, everything, ['-n', workers, *options.split()])
        record = passed.Passed(book / '_build' / 'passed.json')
        recorded = {name for name, key in runner.keys(book).items() if key in record}
        return code, capfd.readouterr().out, recorded

    return check


# ---- 指纹 ----------------------------------------------------------------------------------


PAGE, TESTS = 'notebooks/first.ipynb', 'tests/test_good.py'


def changed_keys(root, before):
    after = runner.keys(root)
    return {name for name in before if after.get(name) != before[name]}


def test_text_is_not_in_the_key(book):
    before = runner.keys(book)
    assert set(before) == {PAGE, TESTS}
    change(book / PAGE, lambda made: made['cells'][0].update(source='# 别的文字', id='new'))
    (book / 'book' / 'first.md').write_text('# 别的文字\n', encoding='utf-8')
    assert changed_keys(book, before) == set()


@pytest.mark.parametrize('edit', [
    lambda made: made['cells'][1].update(source='print(42)'),
    lambda made: made['cells'][1]['outputs'][0].update(text='43\n'),
    lambda made: made['cells'][1].update(execution_count=None),
    lambda made: made['cells'][1]['metadata'].update(tags=['nbval-skip']),
    lambda made: made['cells'].reverse(),
    lambda made: made['metadata']['kernelspec'].update(name='other'),
    lambda made: made['metadata']['d2l']['inputs'].update(helpers='4'),
], ids=['code', 'output', 'count', 'tags', 'order', 'kernel', 'helpers'])
def test_all_that_nbval_sees_is_in_the_key(book, edit):
    before = runner.keys(book)
    change(book / PAGE, edit)
    assert changed_keys(book, before) == {PAGE}


@pytest.mark.parametrize('name', ['requirements.txt', 'conftest.py', 'tests/nbval.cfg', 'tests/strict.py',
                                  'tests/kernels/server.py', 'pyproject.toml'])
def test_the_rules_are_in_every_key(book, name):
    before = runner.keys(book)
    text = (book / name).read_text(encoding='utf-8')
    (book / name).write_text(text.replace('-p no:cacheprovider', '-p no:cacheprovider -v') + '\n',
                             encoding='utf-8')
    assert changed_keys(book, before) == {PAGE, TESTS}


@pytest.mark.parametrize('change_surroundings', [
    lambda patch: patch.setenv('MXNET_ENGINE_TYPE', 'NaiveEngine'),
    lambda patch: patch.setenv('D2L_FORK', '0'),
    lambda patch: patch.setitem(runtime.PINNED, 'OMP_NUM_THREADS', '2'),
    lambda patch: patch.setattr(sys, 'version', '3.99'),
    lambda patch: patch.setattr(runner.importlib.metadata, 'distributions', list),
], ids=['variable', 'fork', 'pins', 'python', 'packages'])
def test_the_machine_is_in_every_key(book, monkeypatch, change_surroundings):
    monkeypatch.delenv('D2L_FORK', raising=False)
    before = runner.keys(book)
    change_surroundings(monkeypatch)
    assert changed_keys(book, before) == {PAGE, TESTS}


@pytest.mark.parametrize('name', ['tools/runtime.py', 'README.md', 'tests/test_good.py', '_toc.yml'])
def test_a_test_file_depends_on_all_but_the_pages(book, name):
    before = runner.keys(book)
    with (book / name).open('a', encoding='utf-8') as file:
        file.write('# 改了\n')
    assert changed_keys(book, before) == {TESTS}


# ---- 只有完整的通过才记下 ------------------------------------------------------------------


def test_what_passed_is_skipped_until_it_changes(book, check):
    code, printed, recorded = check()
    assert (code, recorded) == (0, {PAGE, TESTS}) and '跳过' not in printed and '4 passed' in printed
    change(book / PAGE, lambda made: made['cells'][0].update(source='# 别的文字'))
    code, printed, _ = check()
    assert code == 0 and printed.startswith('跳过 1 页和 1 个测试文件') and 'passed' not in printed
    change(book / PAGE, lambda made: made['cells'][1]['outputs'][0].update(text='43\n'))
    code, printed, recorded = check()
    assert code == 1 and '跳过 0 页和 1 个测试文件' in printed and recorded == {TESTS}
    record = passed.Passed(book / '_build' / 'passed.json')
    assert set(runner.plan(book, runner.keys(book), record, everything=True)) == {PAGE, TESTS}


def test_nothing_but_a_complete_pass_is_recorded(book, check):
    write_test(book, 'skips', 'import pytest\ndef test_one(): pass\ndef test_two(): pytest.skip()\n')
    write_test(book, 'xfails', 'import pytest\n@pytest.mark.xfail\ndef test_one(): assert 0\n')
    write_test(book, 'xpasses', 'import pytest\n@pytest.mark.xfail\ndef test_one(): pass\n')
    write_test(book, 'fails', 'def test_one(): pass\ndef test_two(): assert 0\n')
    write_test(book, 'teardown', 'import pytest\n@pytest.fixture\ndef f():\n    yield\n    assert 0\n'
               'def test_one(f): pass\n')
    write_test(book, 'setup', 'import pytest\n@pytest.fixture\ndef f():\n    assert 0\n'
               'def test_one(f): pass\ndef test_two(): pass\n')
    write_test(book, 'reads', 'from pathlib import Path\ndef test_one():\n'
               '    Path(__file__).parents[1].joinpath("book", "first.md").read_text()\n')
    write_test(book, 'broken', 'import nowhere\ndef test_one(): pass\n')
    write_test(book, 'empty', 'x = 1\n')
    write_test(book, 'book', 'def test_one(): pass\n')
    notebook(book / 'notebooks' / 'wrong.ipynb', ('print(1)', '1\n'), ('print(2)', '3\n'))
    notebook(book / 'notebooks' / 'skips.ipynb', ('# NBVAL_SKIP\nprint(1)', '1\n'), ('x = 1', ''))
    code, printed, recorded = check(options='--continue-on-collection-errors')
    assert code == 1 and recorded - {'tests/test_book.py'} == {PAGE, TESTS}
    # 看整本书的文件每次都跑，记没记下都一样。
    assert 'tests/test_book.py' in runner.plan(
        book, runner.keys(book), passed.Passed(book / '_build' / 'passed.json'), False)


def test_a_crashed_process_is_not_a_pass(book, check):
    write_test(book, 'crash', 'import os\ndef test_one(): pass\ndef test_two(): os._exit(1)\n'
               'def test_three(): pass\n')
    code, _, recorded = check(workers='1')
    assert code == 1 and recorded <= {PAGE, TESTS}


@pytest.mark.parametrize('options', ['-k one', '--deselect tests/test_good.py::test_two'])
def test_choosing_records_nothing(book, check, options):
    (book / PAGE).unlink()
    assert check(options=options)[2] == set()


def test_stopping_early_records_nothing_unfinished(book, check):
    write_test(book, 'a', 'def test_one(): assert 0\ndef test_two(): pass\n')
    write_test(book, 'z', 'def test_one(): pass\ndef test_two(): raise KeyboardInterrupt\n')
    (book / '_build').mkdir()
    (book / '_build' / 'durations.json').write_text(json.dumps(
        {TESTS: 5, 'tests/test_z.py': 4, PAGE: 3, 'tests/test_a.py': 6}), encoding='utf-8')
    assert check(options='-x')[2] == set()
    assert check()[2] == {TESTS}


BETWEEN = 'display({"text/html": "<p>"}, raw=True)'
TIMES = '快 {} 倍，{} 秒，{} 毫秒'


def failed(printed):
    return set(map(int, re.findall(r'^FAILED .*::Cell (\d+)', printed, re.M)))


def test_the_order_of_the_outputs_is_compared(book, check, monkeypatch):
    """打印在显示之前、之后、两边，nbval 自己看不出来。"""
    monkeypatch.delenv('CI', raising=False)  # 有它时，pytest 在最后的小结里把话再说一遍
    shown = nbformat.v4.new_output('display_data', {'text/html': '<p>'})
    first, second, both = (nbformat.v4.new_output('stream', text=text) for text in ('1\n', '2\n', '1\n2\n'))
    code = f'print(1)\n{BETWEEN}\nprint(2)'
    cells = [('from IPython.display import display', []), (code, [first, shown, second]),
             (code, [both, shown]), (code, [shown, both]), (f'print(1)\n{BETWEEN}', [shown, first])]
    notebook(book / PAGE, *((source, '') for source, _ in cells))
    change(book / PAGE, lambda made: [cell.update(outputs=outputs) for cell, (_, outputs)
                                      in zip(made['cells'][1:], cells, strict=True)])
    code, printed, recorded = check()
    assert code == 1 and recorded == {TESTS} and failed(printed) == {2, 3, 4}
    assert printed.count('输出的次序不同') == 1


def test_a_cell_that_passes_without_a_comparison_is_found(book, check):
    notebook(book / PAGE, ('# NBVAL_IGNORE_OUTPUT\nprint(1)', '2\n'), ('print(1)', '2\n'), ('print(1)', ''),
             ('x = 1', ''))
    change(book / PAGE, lambda made: (made['cells'][2]['metadata'].update(tags=['nbval-ignore-output']),
                                      made['cells'][3].update(execution_count=None)))
    for options, compared in (('', 1), ('--nbval-lax', 0)):
        code, printed, recorded = check(options=options)
        assert not failed(printed) and (code, recorded) == (1, {TESTS})
        assert f'{PAGE}: 4 格代码里只有 {compared} 格重跑并比较过。请' in printed


def test_what_the_comparison_leaves_out_is_two_patterns_of_times():
    """放宽比较的三处：替换什么、怎样叫 nbval、固定什么。要改它们，也要改这里。"""
    patterns = get_sanitize_patterns((ROOT / 'tests' / 'nbval.cfg').read_text(encoding='utf-8'))
    assert dict(patterns) == {r'\d+(\.\d+)? (秒|毫秒|微秒)': '<计时>',
                              r'(快|慢) \d+(\.\d+)? 倍': '<计时之比>'}
    settings = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))['tool']['pytest']
    assert [option for option in settings['ini_options']['addopts'].split() if 'nbval' in option] == [
        '--nbval', '--nbval-current-env', '--nbval-sanitize-with', 'tests/nbval.cfg']
    assert set(settings['ini_options']) == {'addopts', 'testpaths'}
    pins = {'OMP_NUM_THREADS': '1', 'OPENBLAS_NUM_THREADS': '1', 'OPENBLAS_CORETYPE': 'Haswell',
            'DNNL_MAX_CPU_ISA': 'AVX2', 'PYTHONHASHSEED': '0'}
    assert pins.items() <= runtime.PINNED.items()
    assert not [name for name in runtime.PINNED if name.startswith(('PYTEST', 'D2L', 'NBVAL'))]


def test_a_time_is_left_out_and_nothing_beside_it(book, check):
    now = TIMES.format('1.5', '9', '0.1')
    notebook(book / PAGE, (f'print("{now}")', f'{TIMES.format(2, 3.5, 4)}\n'),
             (f'print("误差 0.1，{now}")', f'误差 0.2，{now}\n'),
             (f'print("{now}")', f'{now.replace("秒", "分钟", 1)}\n'))
    _, printed, recorded = check()
    assert failed(printed) == {1, 2} and recorded == {TESTS}


def test_a_page_changed_during_its_run_is_not_recorded(book, check):
    notebook(book / PAGE, (f'open({str(book / "requirements.txt")!r}, "a").write("# 改了\\n"); x = 1', ''))
    code, _, recorded = check()
    assert code == 0 and recorded == set()


def test_arguments_go_to_pytest_and_nothing_is_recorded(monkeypatch):
    calls = []
    monkeypatch.setattr(runner.data, 'main', lambda argv: None)
    monkeypatch.setattr(runner.checks, 'main', lambda argv: 0)
    monkeypatch.setattr(runner.subprocess, 'run', lambda command, **options: calls.append(
        (command[3:], 'D2L_RESULTS' in options['env'])) or subprocess.CompletedProcess(command, 0))
    assert runner.main(['tests/test_links.py', '-x']) == 0
    assert calls == [(['tests/test_links.py', '-x'], False)]
    monkeypatch.setattr(runner.checks, 'main', lambda argv: 1)
    assert runner.main([]) == 1 and len(calls) == 1


# ---- 次序与预算 ----------------------------------------------------------------------------


def test_the_slowest_comes_first(book):
    write_test(book, 'slow', 'x = 1\n')
    (book / '_build').mkdir()
    (book / '_build' / 'durations.json').write_text(json.dumps(
        {PAGE: 70, TESTS: 2.5, 'tests/test_slow.py': 80, 'tests/test_gone.py': 90}), encoding='utf-8')
    empty = passed.Passed(book / 'none.json')
    assert runner.plan(book, runner.keys(book), empty, False) == ['tests/test_slow.py', PAGE, TESTS]


def test_without_durations_whole_book_then_tests_then_large_pages(book):
    write_test(book, 'site', 'x = 1\n')
    notebook(book / 'notebooks' / 'large.ipynb', ('x = 1', ''), ('print(1)', '1\n' * 1000))
    empty = passed.Passed(book / 'none.json')
    assert runner.plan(book, runner.keys(book), empty, False) == [
        'tests/test_site.py', TESTS, 'notebooks/large.ipynb', PAGE]


def spent(**seconds):
    return budget.cpu_seconds({f'notebooks/{page}.ipynb': {'cpu': cpu, 'unit': budget.REFERENCE_UNIT}
                               for page, cpu in seconds.items()})


def test_budget_names_the_slowest_and_those_above():
    pages, limits = spent(a=40, b=40, c=17, d=30, e=1, f=2), {'b': 35, 'f': 20}
    assert budget.over(pages, limits) == ['a', 'd']
    report = list(budget.report(pages, limits))
    assert report[0] == '最慢的页（CPU 秒）：a 40，b 40，d 30，c 17，f 2'
    assert [line.partition(':')[0] for line in report[1:]] == ['a', 'd', 'f']
    assert '预算是 15' in report[1] and '可以删去' in report[3]


def test_budget_allows_for_a_slow_machine():
    results = {'notebooks/a.ipynb': {'cpu': 30, 'unit': budget.REFERENCE_UNIT * 2}, TESTS: {'passed': 1}}
    assert budget.cpu_seconds(results) == {'a': 15}
    assert list(budget.report({}, {})) == []


@pytest.mark.parametrize('line', ['first: 20', 'first: {seconds: 20}', 'first: {seconds: 9, reason: 慢}',
                                  'gone: {seconds: 20, reason: 慢}', 'first: {seconds: 20, reason: ""}'])
def test_budget_needs_a_reason(book, line):
    (book / 'tests' / 'budget.yml').write_text(line, encoding='utf-8')
    with pytest.raises(UserError, match='tests/budget.yml'):
        budget.read(book)


def test_a_page_above_its_budget_fails_and_is_not_recorded(book, check, monkeypatch):
    monkeypatch.setattr(budget, 'SECONDS', 0.01)
    code, printed, recorded = check()
    assert code == 1 and '4 passed' in printed and 'first: 用了' in printed and recorded == {TESTS}


def test_every_line_of_the_budget_is_in_order():
    assert all(limit > budget.SECONDS for limit in budget.read(ROOT).values())


# ---- 分叉的内核 ----------------------------------------------------------------------------


STATE = """
import json, os, signal, sys
names = ('ppid', 'JPY_PARENT_PID', 'JUPYTER_PATH')
environment = {name: value for name, value in os.environ.items() if name not in names}
print(json.dumps([os.getcwd(), len(sys.argv), sys.argv[0], environment, sys.path, str(sys.flags),
                  hash('d2l'), str(signal.getsignal(signal.SIGCHLD)), os.getsid(0) == os.getpid(),
                  'd2l_local' in sys.modules, 'pandas' in sys.modules, 'tests' in sys.modules]))
"""


@pytest.fixture(scope='module')
def server():
    server = kernels.ForkServer()
    yield server
    server.stop()


@pytest.fixture
def start(server, monkeypatch, tmp_path):
    """`start(name)`：开一个内核；测完都关掉。"""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    started = []

    def start(name=kernels.FORKED):
        started.append(Kernel(RunningKernel(name, cwd=str(tmp_path))))
        return started[-1]

    yield start
    for kernel in started:
        kernel.stop()


class Kernel:
    """一个运行着的内核：`pid` 是它自己的，`client` 是 Jupyter 认识的那个进程的。"""

    def __init__(self, running):
        self.running = running
        self.client = running.km.provisioner.process.pid
        self.pid = int(self.run('import os; print(os.getpid())'))

    def run(self, code):
        printed = []
        self.running.kc.execute_interactive(
            code, timeout=60, output_hook=lambda message: printed.append(
                message['content'].get('text', message['content'].get('ename', ''))))
        return ''.join(printed)

    def stop(self):
        if hasattr(self.running, 'km'):
            self.running.stop()


def alive(pid):
    try:
        return Path(f'/proc/{pid}/stat').read_text('utf-8').rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


def gone(*pids, seconds=20):
    """这些进程在限时之内都没有了。"""
    end = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(map(alive, pids))


def test_a_forked_kernel_looks_like_an_ordinary_one(start):
    forked, ordinary = start(), start('python3')
    assert forked.pid != forked.client and ordinary.pid == ordinary.client
    assert json.loads(forked.run(STATE)) == json.loads(ordinary.run(STATE))
    loaded = "import sys; print('mxnet' in sys.modules)"
    assert forked.run(loaded) == 'True\n' and ordinary.run(loaded) == 'False\n'
    draw = 'import numpy, random; print(numpy.random.rand(), random.random())'
    assert forked.run(draw) != start().run(draw)


def test_a_request_that_comes_while_the_server_starts_waits():
    server = kernels.ForkServer()
    try:
        os.kill(server.process.pid, signal.SIGSTOP)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(server.folder / 'socket'))
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
        server.stop()


def test_a_forked_kernel_can_be_interrupted_and_stopped(start):
    kernel = start()
    # 否则内核在出错之后的一会儿里拒绝下一格。
    sleeping = kernel.running.kc.execute('import time; time.sleep(60)', stop_on_error=False)
    time.sleep(0.5)
    kernel.running.interrupt()
    kernel.running.await_reply(sleeping, timeout=20)
    assert kernel.run('print(1)') == '1\n'
    kernel.stop()
    assert gone(kernel.pid, kernel.client)


CHILD = ("import subprocess; child = subprocess.Popen(['sleep', '300']); print(child.pid)")


def test_killing_the_client_ends_the_kernel_and_its_children(start):
    kernel = start()
    child = int(kernel.run(CHILD))
    os.kill(kernel.client, signal.SIGKILL)
    assert gone(kernel.pid, child)


def test_a_dying_kernel_is_noticed(start):
    kernel = start()
    os.kill(kernel.pid, signal.SIGKILL)
    assert gone(kernel.client) and not kernel.running.is_alive()


def test_other_pins_get_an_ordinary_kernel(start, monkeypatch):
    monkeypatch.setenv('OMP_NUM_THREADS', '2')
    kernel = start()
    assert kernel.pid == kernel.client and kernel.run('print(1)') == '1\n'


def test_without_the_server_kernels_are_ordinary(monkeypatch):
    lost = kernels.ForkServer()
    monkeypatch.setenv('JUPYTER_PATH', lost.environment['JUPYTER_PATH'])
    os.kill(lost.process.pid, signal.SIGKILL)
    manager, client = start_new_kernel(kernel_name=kernels.FORKED)
    assert 'ipykernel_launcher' in Path(f'/proc/{manager.provisioner.process.pid}/cmdline').read_text('utf-8')
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    lost.stop()
    assert not lost.folder.exists()


def test_nothing_outlives_a_killed_pytest(book):
    """pytest 和 xdist 的进程被 SIGKILL：服务、内核和它的子进程都要退出，临时文件夹也没有了。"""
    told = book / 'pids'
    notebook(book / PAGE, (f'import os, subprocess, time\nchild = subprocess.Popen(["sleep", "300"])\n'
                           f'open({str(told)!r}, "w").write(f"{{os.getpid()}} {{child.pid}} ")\n'
                           'time.sleep(300)', ''))
    environment = {name: value for name, value in os.environ.items() if not name.startswith('D2L_')}
    run = subprocess.Popen([sys.executable, '-m', 'pytest', '-n', '1', PAGE], cwd=book, env=environment,
                           stdout=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not (told.exists() and told.read_text().endswith(' ')) and time.monotonic() < end:
        time.sleep(0.05)
    started = [int(pid) for pid in told.read_text().split()] + descendants(run.pid)
    folder = next(Path(argument).parent for pid in started for argument in command(pid)
                  if argument.endswith('/socket'))
    run.kill()
    run.wait()
    assert len(started) >= 5 and gone(*started)
    assert not folder.exists()


def descendants(pid):
    children = Path(f'/proc/{pid}/task/{pid}/children').read_text('utf-8').split()
    return [each for child in map(int, children) for each in (child, *descendants(child))]


def command(pid):
    return Path(f'/proc/{pid}/cmdline').read_text('utf-8').split('\0')
