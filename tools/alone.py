"""一次只让一个 make 写这个文件夹：占住锁，清除上次没写完的文件，再变成所给的命令。只用标准库。

    python -m tools.alone make book

锁由这个命令和它的子进程拿着；它们都结束了，哪怕是被强行结束的，锁就自己放开。
"""
from __future__ import annotations

import fcntl
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.report import UserError, remove_leftovers, run_tool

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / '_build' / 'make.lock'
WRITTEN = ('_build', 'book', 'd2l_local', 'notebooks')


def take() -> int:
    """占住锁并写上自己是谁，返回锁的文件描述符；别人占着就说一句，等着。"""
    try:
        LOCK.parent.mkdir(exist_ok=True)
        lock = os.open(str(LOCK), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UserError(f'写不了 {LOCK.relative_to(ROOT)}（{error.strerror}）。请由这个文件夹的主人运行，'
                        '不要用 sudo；还不行就删掉 _build。') from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f'另一个 make 正在运行（{os.pread(lock, 200, 0).decode()}），等它做完……', flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    os.ftruncate(lock, 0)
    os.pwrite(lock, f'进程 {os.getpid()}，make {sys.argv[-1]}'.encode(), 0)
    return lock


def busy(root: Path = ROOT) -> bool:
    """是不是有一个 make 正在写 `root`。"""
    try:
        with (root / LOCK.relative_to(ROOT)).open('rb') as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def main(command: Sequence[str]) -> int:
    # 等的时候按 Ctrl-C，就像在 make 里按一样安静地停下。
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.set_inheritable(take(), True)
    remove_leftovers(*(ROOT / folder for folder in WRITTEN))
    return os.execvp(command[0], list(command))


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
