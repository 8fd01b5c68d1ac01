"""在哪里都能用：奇怪的路径、语言、权限，没有 HOME 和 .git，同时两个 make，突然断电。

用一本两页的小书、真的 Makefile 和 tools/；.venv 是假的，由假的 `python -m venv` 建出，它的 python 就是
现在这个，只是不真的安装、不去取数据。一处地方好不好，看它与普通地方做的是不是一样。
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.books import DOUBLE, cell, make_book, manuscript
from tools import checks
from tools.book import ROOT

# 假的 Python：安装时只记一笔（文件 slow 在就慢），其余交给真的，并让内核找到小书的 d2l_local。
PYTHON = f'''#!/bin/sh
case "$*" in
  "-m venv .venv") mkdir -p .venv/bin .venv/lib/python3/site-packages && cp python .venv/bin/python ;;
  "-m pip "*) echo "$*" >> pip.log; echo "$PWD" > .venv/lib/python3/site-packages/_editable_impl_d2l_local.pth
    while [ -e slow ]; do sleep 0.05; done ;;
  "-m tools.data"|"-m tools.kernelspec") ;;
  *) PYTHONPATH="$PWD" exec '{sys.executable}' "$@" ;;
esac
'''
FIRST = manuscript('# 第一页\n', cell('import d2l_local as d2l'), cell(f"""{DOUBLE}
print(double(21))"""))
SECOND = manuscript('# 第二页\n', cell('import d2l_local as d2l\n\nprint(d2l.double(4))'))
# make notebooks 先做 make lib。
COMMANDS = ('notebooks', 'check')


def make_place(folder):
    """在 `folder` 里放一本能用 make 的小书。"""
    make_book(folder, first=FIRST, second=SECOND)
    for name in ('Makefile', 'pyproject.toml', 'requirements.txt', '.autocorrectrc', '_config.yml'):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / 'locks', folder / 'locks')
    shutil.copytree(ROOT / 'tools', folder / 'tools', ignore=shutil.ignore_patterns('__pycache__'))
    if (ROOT / 'bench').is_dir():
        shutil.copytree(ROOT / 'bench', folder / 'bench', ignore=shutil.ignore_patterns('__pycache__'))
    (folder / 'd2l_local' / '__init__.py').write_text(
        '"""测试用。"""\nfrom d2l_local.start import *\n', encoding='utf-8')
    for name in ('data.py', 'sources.py'):
        shutil.copy(ROOT / 'd2l_local' / name, folder / 'd2l_local')
    for name in ('_compat.py', 'figures.py'):
        (folder / 'd2l_local' / name).write_text(
            '"""测试用。"""\n__all__ = []\nPINNED = {}\n', encoding='utf-8')
    (folder / 'python').write_text(PYTHON, encoding='utf-8')
    (folder / 'python').chmod(0o755)
    return folder


def environment(**changes):
    """干净的环境变量：外面的 make 和 pytest 设的都不要；值为 None 的去掉。"""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(('MAKE', 'PYTEST', 'PYTHON', 'MFLAGS', 'LC_', 'LANG')) and name != 'ALONE'}
    kept.update({'LANG': 'C.UTF-8', **changes})
    return {name: value for name, value in kept.items() if value is not None}


def start(folder, *targets, env=None, umask=-1):
    return subprocess.Popen(['make', 'PYTHON=./python', *targets], cwd=folder, env=env or environment(),
                            umask=umask, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            start_new_session=True)


def finish(process):
    """等它结束，返回 (退出码, 说的话)。"""
    output, _ = process.communicate(timeout=120)
    return process.returncode, output.decode()


def outcome(folder, env=None, umask=-1):
    """依次做 COMMANDS，返回各自的退出码、说的话（不含用时；几页一起做，次序不定），和写出的文件的内容。"""
    told = []
    for target in COMMANDS:
        code, output = finish(start(folder, target, env=env, umask=umask))
        assert 'Traceback' not in output, output
        told.append((code, sorted(re.sub(r'\d+\.\d 秒', '秒', output).splitlines())))
    written = {path.relative_to(folder).as_posix(): path.read_bytes()
               for top in ('d2l_local', 'notebooks', 'book') for path in sorted((folder / top).rglob('*'))
               if path.is_file() and '__pycache__' not in path.parts}
    return told, written


@pytest.fixture(scope='module')
def ordinary(tmp_path_factory):
    result = outcome(make_place(tmp_path_factory.mktemp('ordinary') / 'book'))
    assert result[0][0][0] == 0 and b'42' in result[1]['notebooks/ch1_start/first.ipynb']
    return result


def spaces(folder):
    return make_place(folder / '我的 书 (1)' / "it's")


def symbolic_link(folder):
    make_place(folder / 'real')
    (folder / 'link').symlink_to(folder / 'real')
    return folder / 'link'


PLACES = {
    '路径有空格和汉字': (spaces, {}, -1),
    '符号链接': (symbolic_link, {}, -1),
    'LC_ALL=C': (lambda folder: make_place(folder / 'book'), {'LC_ALL': 'C', 'LANG': None}, -1),
    'umask 077': (lambda folder: make_place(folder / 'book'), {}, 0o077),
    '没有 HOME': (lambda folder: make_place(folder / 'book'), {'HOME': None}, -1),
}


@pytest.mark.parametrize('name', PLACES)
def test_place(name, ordinary, tmp_path):
    """普通地方本来就没有 .git，所以没有 .git 也在内。"""
    prepare, changes, umask = PLACES[name]
    assert outcome(prepare(tmp_path), environment(**changes), umask) == ordinary


@pytest.fixture
def place(tmp_path):
    return make_place(tmp_path / '我的 书')


def until(condition):
    for _ in range(400):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError('没有等到')


def test_the_link_from_the_environment_to_the_book_is_ascii(place):
    """否则路径里有汉字时，LC_ALL=C 的 Python 3.11 启动不了。"""
    assert finish(start(place, 'data'))[0] == 0
    [link] = (place / '.venv').rglob('*.pth')
    assert (link.parent / link.read_text(encoding='ascii').strip()).samefile(place)


class TestTwoAtOnce:
    def test_the_second_says_so_and_waits(self, place):
        (place / 'slow').touch()
        first = start(place, 'data')
        until((place / 'pip.log').exists)
        second = start(place, 'data')
        said = second.stdout.readline().decode()
        assert re.fullmatch(r'另一个 make 正在运行（进程 \d+，make data），等它做完……\n', said)
        (place / 'slow').unlink()
        assert finish(first)[0] == 0 and finish(second)[0] == 0
        # 第二个等完以后，.venv 已经装好，不再装一遍。
        assert len((place / 'pip.log').read_text(encoding='utf-8').splitlines()) == 3

    def test_the_lock_ends_with_a_killed_process(self, place):
        (place / 'slow').touch()
        first = start(place, 'data')
        until((place / 'pip.log').exists)
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
        (place / 'slow').unlink()
        code, output = finish(start(place, 'data'))
        assert code == 0 and '另一个 make' not in output

    def test_reading_does_not_wait(self, place):
        assert finish(start(place, 'data'))[0] == 0
        (place / 'slow').touch()
        os.utime(place / '.venv' / 'ready', (0, 0))
        first = start(place, 'data')
        until(lambda: len((place / 'pip.log').read_text(encoding='utf-8').splitlines()) > 3)
        code, output = finish(start(place, 'help'))
        assert code == 0 and '另一个 make' not in output
        (place / 'slow').unlink()
        assert finish(first)[0] == 0


class TestKilled:
    @pytest.mark.parametrize('installed', [False, True], ids=['第一次安装', '更新'])
    def test_a_half_made_environment_is_made_anew(self, place, installed):
        if installed:
            assert finish(start(place, 'data'))[0] == 0
            os.utime(place / '.venv' / 'ready', (0, 0))
            (place / 'pip.log').unlink()
        (place / 'slow').touch()
        process = start(place, 'data')
        until((place / 'pip.log').exists)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        (place / '.venv' / 'half').touch()
        (place / 'slow').unlink()
        assert finish(start(place, 'data'))[0] == 0
        assert not (place / '.venv' / 'half').exists() and (place / '.venv' / 'ready').exists()

    def test_unfinished_files_are_removed_by_the_next_run(self, place):
        left = [place / folder / '.x.unfinished' for folder in ('book', 'notebooks', 'd2l_local', '_build')]
        for path in left:
            path.parent.mkdir(exist_ok=True)
            path.touch()
        left.append(place / '_build' / '.folder.unfinished')
        (left[-1] / 'new').mkdir(parents=True)
        assert [problem.file for problem in checks.check_unfinished(place)] == sorted(
            path.relative_to(place).as_posix() for path in left)
        assert finish(start(place, 'data'))[0] == 0
        assert not any(path.exists() for path in left)


def test_a_folder_that_cannot_be_written_is_refused_in_a_sentence(place):
    (place / '_build').touch()
    code, output = finish(start(place, 'data'))
    assert code and output.startswith('写不了 _build/make.lock（') and 'Traceback' not in output


def test_clean_keeps_only_the_lock(place):
    assert finish(start(place, 'data'))[0] == 0
    (place / '_build' / 'html').mkdir()
    (place / '_build' / 'html' / 'index.html').touch()
    assert finish(start(place, 'clean')) == (0, '删掉了 _build 和 .venv。\n')
    assert [path.name for path in (place / '_build').iterdir()] == ['make.lock']
    assert not (place / '.venv').exists()


def test_a_python_that_will_not_do_is_refused(place):
    (place / 'python').write_text('#!/bin/sh\ncase "$*" in *version_info*) exit 1;; esac\n'
                                  f"exec '{sys.executable}' \"$@\"\n", encoding='utf-8')
    code, output = finish(start(place, 'data'))
    assert code and '需要 Python 3.11 或 3.12' in output


def test_doctor_survives_a_broken_environment(place):
    (place / '.venv' / 'bin').mkdir(parents=True)
    Path(place / '.venv' / 'bin' / 'python').symlink_to('/nowhere/python')
    code, output = finish(start(place, 'doctor'))
    assert code and '.venv 里的包：要修，还没有能用的 .venv' in output
