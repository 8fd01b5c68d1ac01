"""执行和检验笔记本时固定的环境变量，就是 `import d2l_local` 为读者固定的那些（d2l_local/_compat.py）。

这里另外强制：开发者自己设过的也换掉，书里的数字才不随机器变。
"""
import os
import runpy
from pathlib import Path

# 不导入 d2l_local：那会导入 MXNet。
PINNED: dict[str, str] = runpy.run_path(
    str(Path(__file__).resolve().parents[1] / 'd2l_local' / '_compat.py'))['PINNED']


def pin() -> None:
    """为本进程此后启动的内核固定环境。"""
    os.environ.update(PINNED)


def unpin() -> None:
    """此后启动的内核与读者的一样：环境里什么也没有固定，由页面的 `import d2l_local` 来做。"""
    for name in PINNED:
        os.environ.pop(name, None)
