"""给环境装上名叫“动手学深度学习”的 Jupyter 内核：固定的环境变量在它启动时就设好。

笔记本自己写的内核是 python3，在 Colab 上也有；在本书的环境里两个是同一个 Python，数字也相同。

    python -m tools.kernelspec
"""
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ipykernel.kernelspec import get_kernel_dict

from tools import runtime
from tools.report import run_tool, write_whole

NAME, DISPLAY_NAME = 'd2l', '动手学深度学习'


def install(prefix: Path = Path(sys.prefix)) -> Path:
    """写 `prefix` 里的 kernel.json，返回它的路径。"""
    spec = get_kernel_dict() | {'display_name': DISPLAY_NAME, 'env': runtime.PINNED}
    # 不写这个 Python 的路径：Jupyter 把 python 换成自己的那一个，文件夹就可以搬走。
    spec['argv'][0] = 'python'
    path = prefix / 'share' / 'jupyter' / 'kernels' / NAME / 'kernel.json'
    write_whole(path, json.dumps(spec, ensure_ascii=False, indent=1) + '\n')
    return path


def main(argv: Sequence[str]) -> int:
    install()
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
