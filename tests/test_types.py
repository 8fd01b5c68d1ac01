"""tools 和 d2l_local 里手写的函数都写了类型，而且前后一致（mypy，设置在 pyproject.toml 里）。"""
import subprocess
import sys

from tools.book import ROOT


def run_mypy(*arguments):
    return subprocess.run([sys.executable, '-m', 'mypy', '--cache-dir', ROOT / '_build' / 'mypy', *arguments],
                          cwd=ROOT, text=True, capture_output=True)


def test_types_agree():
    done = run_mypy()
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_function_without_types_is_found(tmp_path):
    path = tmp_path / 'untyped.py'
    path.write_text('def double(x):\n    return 2 * x\n', encoding='utf-8')
    done = run_mypy(path)
    assert done.returncode == 1 and 'no-untyped-def' in done.stdout
