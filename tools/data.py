"""取来并核对全部数据集；`load` 让别的工具不导入 MXNet 也能用 d2l_local/data.py。

    python -m tools.data        （make data）
"""
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from tools.report import UserError, run_tool

HELPERS = Path(__file__).resolve().parent.parent / 'd2l_local'
# 一个空的包，文件夹是 d2l_local 的：`import d2l_local.data` 会先运行那里的 __init__.py，它要导入 MXNet。
SHELL = 'd2l_local_without_mxnet'


def load() -> ModuleType:
    """返回 d2l_local 的 data 模块；MXNet 坏了、没有装，它也能用。"""
    if SHELL not in sys.modules:
        sys.modules[SHELL] = ModuleType(SHELL)
        sys.modules[SHELL].__path__ = [str(HELPERS)]
    return importlib.import_module(f'{SHELL}.data')


def main(argv: Sequence[str] = ()) -> int:
    data = load()
    try:
        data.download_all()
    except data.DataError as error:
        raise UserError(str(error)) from None
    print(f'{len(data.DATASETS)} 个数据集齐全，逐字节核对过：{"、".join(data.DATASETS)}。')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
