"""突然断电、磁盘写满、时钟拨回：在一本两页的小书里，make 在随便一个时刻被强行结束，再做一遍与没有断过的一样。

    python -m tests.kills [每个目标几次]        （make test-kills，每周运行）

断了以后，手稿、笔记本、d2l_local 和网站的每个文件要么是旧的，要么是新的，不会是一半。磁盘写满用一个容量很小的
tmpfs（要 root），时钟用 faketime；没有就说一声，不算通过。
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.books import cell, manuscript
from tests.test_places import environment, finish, make_place, start
from tools.data import load
from tools.report import UserError, leftovers, run_tool

TIMES = 20
TOPS = ('book', 'd2l_local', 'notebooks', '_build/html', 'data')
CHANGED = manuscript('# 换了题目\n', cell('import d2l_local as d2l\n\nprint(d2l.double(5))'))
# 样式和脚本的版本号由 Sphinx 从盘上的文件算出，第一次建时还没有那些文件。
VERSION = re.compile(rb'\?v=\w+')


def contents(place: Path) -> dict[str, bytes]:
    """写出的每个文件，没有写完的临时文件不算：它们由下一次 make 清除。"""
    return {path.relative_to(place).as_posix(): VERSION.sub(b'', path.read_bytes())
            for top in TOPS for path in sorted((place / top).rglob('*'))
            if path.is_file() and '__pycache__' not in path.parts and '.unfinished' not in str(path)
            and '.part' not in path.parts and not path.name.startswith('.')}


def make(place: Path, target: str, prefix: Sequence[str] = (), check: bool = True) -> str:
    env = environment(D2L_DATA_DIR=str(place / 'data'))
    done = subprocess.run([*prefix, 'make', 'PYTHON=./python', target], cwd=place, env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and done.returncode:
        raise UserError(f'make {target} 没有成功：{done.stdout}')
    if 'Traceback' in done.stdout:
        raise UserError(f'make {target} 说的不是一句话：{done.stdout}')
    return done.stdout


def edit(place: Path) -> None:
    """改一页，让 notebooks 和 book 有事可做。"""
    (place / 'book' / 'ch1_start' / 'second.md').write_text(CHANGED, encoding='utf-8')


def kill(place: Path, target: str, after: float) -> bool:
    """`after` 秒后杀掉 make 和它的全部子进程；返回是不是真的断在中间。"""
    process = start(place, target, env=environment(D2L_DATA_DIR=str(place / 'data')))
    time.sleep(after)
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return running


def prepare(folder: Path, target: str) -> Path:
    """一本做到 `target` 之前的小书。"""
    place = make_place(folder / 'book')
    make(place, 'notebooks')
    make(place, 'book')
    if target == 'data':
        # 真的取一次数据，从已有的缓存里取。
        program = place / 'python'
        text = program.read_text(encoding='utf-8').replace('"-m tools.data"|', '')
        program.write_text(text, encoding='utf-8')
    if target == 'lib':
        first = place / 'book' / 'ch1_start' / 'first.md'
        first.write_text(first.read_text(encoding='utf-8').replace('2 * x', 'x + x'), encoding='utf-8')
    else:
        edit(place)
    if target == 'book':
        make(place, 'notebooks')
    return place


def killed(folder: Path, target: str, times: int) -> str:
    """`target` 被杀 `times` 次，每一次从同样的样子开始。"""
    ready = prepare(folder, target)
    before, clean = contents(ready), shutil.copytree(ready, folder / 'clean', symlinks=True)
    begin = time.monotonic()
    make(clean, target)
    seconds, wanted, stopped = time.monotonic() - begin, contents(clean), 0
    for count in range(times):
        place = shutil.copytree(ready, folder / f'{count}', symlinks=True)
        stopped += kill(place, target, seconds * random.random())
        halves = [name for name, body in contents(place).items()
                  if body not in (before.get(name), wanted.get(name))]
        if halves:
            raise UserError(f'make {target} 断了以后，这些文件只有一半：{"、".join(halves)}。')
        make(place, target)
        rest = leftovers(*(place / top for top in ('book', 'd2l_local', 'notebooks', '_build')))
        again = contents(place)
        differ = sorted(name for name in again.keys() | wanted.keys() if again.get(name) != wanted.get(name))
        if differ or rest:
            raise UserError(f'make {target} 断了再做，与没有断过的不同：{"、".join([*differ, *map(str, rest)])}。')
        shutil.rmtree(place)
    return f'make {target}：一次 {seconds:.1f} 秒，断了 {stopped} 次（共试 {times} 次），再做都一样。'


def full(folder: Path) -> str:
    """磁盘在写笔记本时满了：一句话，原来的笔记本不变；腾出地方就好。"""
    disk = folder / 'disk'
    disk.mkdir()
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=20M', 'tmpfs', disk], check=True)
    try:
        place = prepare(disk, 'notebooks')
        before, free = contents(place), shutil.disk_usage(disk).free
        (disk / 'filler').write_bytes(bytes(free))
        told = make(place, 'notebooks', check=False)
        if '磁盘' not in told or contents(place) != before:
            raise UserError(f'磁盘满了，说的是：{told}')
        (disk / 'filler').unlink()
        make(place, 'notebooks')
    finally:
        subprocess.run(['umount', '-l', disk], check=True)
    return '磁盘写满：一句话说清，原来的文件没有动，腾出地方就做完。'


def clock(folder: Path) -> str:
    """时钟拨回三年再拨回来，与没有拨过的一样。"""
    place = prepare(folder, 'book')
    clean = shutil.copytree(place, folder / 'clean', symlinks=True)
    make(clean, 'book')
    make(place, 'notebooks', prefix=('faketime', '-f', '-3y'))
    make(place, 'book', prefix=('faketime', '-f', '-3y'))
    for target in ('notebooks', 'book'):
        make(place, target)
    if contents(place) != contents(clean):
        raise UserError('时钟拨回以后，做出来的不同。')
    return '时钟拨回三年：做出来的一样。'


def together(folder: Path) -> str:
    """每个目标两个同时做。"""
    for target in ('lib', 'notebooks', 'book'):
        place = prepare(folder / target, target)
        clean = shutil.copytree(place, folder / target / 'clean', symlinks=True)
        make(clean, target)
        both = [start(place, target) for _ in range(2)]
        told = [finish(one) for one in both]
        if any(code or 'Traceback' in said for code, said in told) or contents(place) != contents(clean):
            raise UserError(f'两个 make {target} 同时做：{told}')
    return '每个目标两个同时做：都成功，结果一样。'


def main(argv: Sequence[str]) -> int:
    times = int(argv[0]) if argv else TIMES
    data = load()
    tasks: list[Callable[[Path], str]] = [
        *(lambda folder, target=target: killed(folder, target, times)  # type: ignore[misc]
          for target in ('lib', 'notebooks', 'book', 'data')), together]
    missing = []
    if shutil.which('faketime'):
        tasks.append(clock)
    else:
        missing.append('时钟没有试：没有 faketime')
    if sys.platform == 'linux' and os.geteuid() == 0:
        tasks.append(full)
    else:
        missing.append('磁盘写满没有试：要 root')
    with tempfile.TemporaryDirectory(prefix='d2l-kills-') as folder:
        source = Path(folder) / 'source'
        source.mkdir()
        for name in data.DATASETS:
            for path in data.download(name).iterdir():
                if path.is_file():
                    shutil.copy(path, source)
        os.environ['D2L_DATA_FROM'] = str(source)
        for number, task in enumerate(tasks):
            (Path(folder) / str(number)).mkdir()
            print(task(Path(folder) / str(number)), flush=True)
    if missing:
        raise UserError('；'.join(missing) + '。')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
