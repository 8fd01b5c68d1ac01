"""tests/windows.py 没有 wine 也靠得住：出错的页不通过，不同的格列出；d2l_local 在 Windows 上导入得了。

各页在本机的 Python 里由同一个 tests/windows_page.py 运行，只是不经过 wine。
"""
import ast
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests import windows
from tests.books import make_executed, stream
from tools import data
from tools.book import ROOT

# Windows 没有的模块，和 os 里 Windows 没有的名字。
POSIX_MODULES = {'crypt', 'curses', 'fcntl', 'grp', 'nis', 'posix', 'pty', 'pwd', 'readline', 'resource',
                 'spwd', 'syslog', 'termios', 'tty'}
POSIX_NAMES = {'chown', 'fork', 'forkpty', 'getegid', 'geteuid', 'getgid', 'getgroups', 'getpgid', 'getuid',
               'killpg', 'mkfifo', 'nice', 'pread', 'pwrite', 'sched_getaffinity', 'setsid', 'statvfs',
               'sysconf', 'uname', 'wait3', 'wait4'}


def shown(text):
    return nbformat.v4.new_output('execute_result', {'text/plain': text})


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """`run(格=[(代码, 书上的输出)])` 运行一页的小书，返回 (退出码, 打印的, report.txt)。"""
    def on_this_machine(python, *arguments, cwd, **variables):
        return subprocess.run([sys.executable, *arguments], cwd=cwd, input=b'', capture_output=True)

    for name, value in {'FOLDER': tmp_path / 'windows', 'windows_path': str, 'wine': on_this_machine,
                        'find_wine': lambda: 'wine64', 'set_up': lambda: None}.items():
        monkeypatch.setattr(windows, name, value)
    monkeypatch.setattr(data, 'main', lambda argv: 0)

    def run(*cells):
        root = make_executed(tmp_path / 'book', *cells).root
        code = windows.main(['1.1'], root)
        return code, capsys.readouterr().out, (tmp_path / 'windows' / 'report.txt').read_text('utf-8')
    return run


def test_the_same_output_everywhere(run):
    code, printed, report = run(
        ('import sys\nprint("甲"); print("乙", file=sys.stderr)\nx = 2',
         [stream('甲\n'), stream('乙\n', 'stderr')]),
        ('x + 1', [shown('3')]), ('display(x)\nx + 2', [shown('2'), shown('4')]),
        ('print("用了 1.23 秒，快 4 倍")', [stream('用了 9.8 秒，快 31.5 倍\n')]))
    assert (code, report) == (0, '') and '1.1 一：4 格，文字不同 0，只有插图不同 0，出错 0' in printed


@pytest.mark.parametrize('source, stored, told', [
    ('print(1.5)', [stream('1.6\n')], ['-1.6', '+1.5']),
    ('3', [shown('4')], ['-4', '+3']), ('3', [], ['+3']), ('x = 3', [shown('3')], ['-3']),
    ('import sys; print("?", file=sys.stderr)', [], ['+?'])])
def test_a_difference_is_listed_and_is_no_failure(run, source, stored, told):
    code, printed, report = run(('y = 0', []), (source, stored))
    assert code == 0 and report.splitlines() == ['1.1 一，第 2 个代码格', *(f'  {line}' for line in told)]
    assert report in printed and '文字不同 1，只有插图不同 0，出错 0' in printed


def test_an_error_is_a_failure_and_the_rest_still_runs(run):
    code, printed, report = run(('1 / 0', [stream('好\n')]), ('print("后面")', [stream('后面\n')]))
    assert code == 1 and '第 1 个代码格：ZeroDivisionError: division by zero' in printed
    assert '文字不同 0，只有插图不同 0，出错 1' in printed and report == ''


@pytest.mark.parametrize('source', ['x = = 1', 'raise SystemExit(1)', 'assert False'])
def test_every_kind_of_error(run, source):
    assert run((source, []))[0] == 1


def test_a_page_that_dies_is_a_failure(run):
    code, printed, _ = run(('print(1)', [stream('1\n')]),
                           ('import os; os.write(2, b"bang\\n"); os._exit(0)', []))
    assert code == 1 and '没有跑完：bang' in printed


def test_a_page_that_never_ends_is_a_failure(run, monkeypatch):
    def hangs(*arguments, **options):
        raise subprocess.TimeoutExpired('wine64', windows.TIMEOUT_SECONDS)
    monkeypatch.setattr(windows, 'wine', hangs)
    code, printed, _ = run(('print(1)', [stream('1\n')]))
    assert code == 1 and '秒还没有跑完' in printed


def test_without_wine_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(windows.shutil, 'which', lambda *arguments, **options: None)
    with pytest.raises(windows.UserError, match='apt-get install wine64'):
        windows.find_wine()


def test_paths_are_those_of_wine():
    assert windows.windows_path(Path('/tmp/一 二')) == r'Z:\tmp\一 二'


@pytest.mark.parametrize('path', sorted((ROOT / 'd2l_local').glob('*.py')), ids=lambda path: path.name)
def test_helpers_need_nothing_that_windows_lacks(path):
    tree = ast.parse(path.read_text(encoding='utf-8'))
    imported = {name.split('.')[0] for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))
                for name in ([node.module or ''] if isinstance(node, ast.ImportFrom)
                             else [alias.name for alias in node.names])}
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name) and node.value.id == 'os'}
    assert not imported & POSIX_MODULES and not used & POSIX_NAMES
