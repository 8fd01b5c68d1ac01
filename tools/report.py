"""各工具共用的几样小东西：一处问题、一句话的错误、写整个文件、运行一个工具。只用标准库。"""
from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# 没写完的临时文件以此结尾；下一次运行时由 `remove_leftovers` 清除。
UNFINISHED = '.unfinished'


class UserError(Exception):
    """使用者能改好的错误：一句话说清哪里不对、怎么改。"""


@dataclass(frozen=True, order=True)
class Problem:
    """一处问题。`cell`、`line` 从 1 数起，`line` 是 `file` 里的行号；0 表示不指向某格或某行。"""

    file: str
    cell: int
    line: int
    text: str

    def __str__(self) -> str:
        place = self.file + (f':{self.line}' if self.line else '')
        return f'{place}: ' + (f'第 {self.cell} 格: ' if self.cell else '') + self.text

    @classmethod
    def of(cls, error: UserError) -> Problem:
        """开头写着文件和行（也许没有行）的 `error` 是一处问题。"""
        file, line, text = re.fullmatch(r'(\S+?)(?::(\d+))?: (.*)', str(error), re.S).groups()
        return cls(file, 0, int(line or 0), text)


def write_whole(path: Path, text: str) -> None:
    """把 `text` 写进 `path`：先写在旁边再改名，半途中断时旧文件不变。"""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile('w', encoding='utf-8', newline='\n', dir=path.parent,
                                     prefix='.', suffix=UNFINISHED, delete=False) as file:
        try:
            file.write(text)
            file.close()
            Path(file.name).chmod(0o644)
            Path(file.name).replace(path)
        except BaseException as error:
            Path(file.name).unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise UserError(f'写不了 {path.name}（{error.strerror}），原来的没有动。请看磁盘是不是满了，'
                                '文件夹能不能写。') from None
            raise


def leftovers(*folders: Path) -> list[Path]:
    """上一次被强行结束时留在这些文件夹里的临时文件和文件夹。"""
    return [path for folder in folders for path in sorted(folder.rglob(f'.*{UNFINISHED}'))]


def remove_leftovers(*folders: Path) -> None:
    for path in leftovers(*folders):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def run_tool(main: Callable[[Sequence[str]], int], argv: Sequence[str] | None = None) -> int:
    """运行一个工具的 `main(argv)`：`UserError` 打印成一句话，退出码 1。"""
    try:
        return main(sys.argv[1:] if argv is None else argv)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
