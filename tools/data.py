"""取来并核对全部数据集。

    python -m tools.data
"""
from d2l_local import data, hub

from tools.pages import UserError, run_tool


def main(argv=None):
    try:
        hub.download_all()
    except data.DataError as error:
        raise UserError(str(error)) from None
    print(f'{len(data.DATASETS)} 个数据集齐全，逐字节核对过：{"、".join(data.DATASETS)}。')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
