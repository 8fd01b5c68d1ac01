"""《动手学深度学习》的 d2l 包 0.17.6 版：装好并导入它，以及本书的同名函数、类与它有意的不同。

它不带依赖装进 _build/peer，只供 bench.bench 和 tests/test_parity.py 对照，本书的页面不用它。
"""
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import yaml

from tools.book import ROOT

PEER, FOLDER = 'd2l==0.17.6', ROOT / '_build' / 'peer'
# {名字: [[d2l 0.17.6 怎样, 本书怎样], …]}
DIFFERENCES = yaml.safe_load(Path(__file__).with_name('differences.yml').read_text(encoding='utf-8'))


def load_peer() -> ModuleType:
    """返回 d2l 0.17.6 的 mxnet 模块；它读的 Fashion-MNIST 换成本书的（原来的下载地址已经停用）。"""
    if not (FOLDER / 'd2l').exists():
        subprocess.run([sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps',
                        '--disable-pip-version-check', '--target', FOLDER, PEER], check=True)
    import d2l_local
    from mxnet import gluon

    gluon.data.vision.FashionMNIST = d2l_local.FashionMNIST
    sys.path.insert(0, str(FOLDER))
    try:
        from d2l import mxnet as peer
    finally:
        sys.path.remove(str(FOLDER))
    return peer
