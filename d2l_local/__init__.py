# 由 make lib（python -m tools.extract）生成，请勿手改。
# 手写的模块只有 _compat.py、data.py、datasets.py、figures.py，其余都从 book/ 提取。
# ruff: noqa
"""各页共用的函数、类和常数。每一页都先写 `import d2l_local as d2l`，再导入 mxnet。"""
from d2l_local import _compat

_compat.import_mxnet()

from d2l_local.figures import plt
from d2l_local.data import DATASETS, FashionMNIST, download, download_all


def __getattr__(name):
    """在一章导入到一半时，让它里面的 `d2l.名字` 也能找到这一章前面的定义。"""
    import sys
    for chapter in ('preliminaries', 'linear'):
        module = sys.modules.get(f'd2l_local.{chapter}')
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f'd2l_local 里没有 {name}。')


from d2l_local.preliminaries import (
    Timer, check_gradient, numerical_gradient, plot, set_axes, set_figsize, use_svg_display,
)
from d2l_local.linear import (
    ArrayLoader, get_dataloader_workers, get_fashion_mnist_labels, load_data_fashion_mnist,
    show_images,
)

del __getattr__

__version__ = '0.1.0'
__all__ = [
    'ArrayLoader', 'DATASETS', 'FashionMNIST', 'Timer', 'check_gradient', 'download',
    'download_all', 'get_dataloader_workers', 'get_fashion_mnist_labels',
    'load_data_fashion_mnist', 'numerical_gradient', 'plot', 'plt', 'set_axes', 'set_figsize',
    'show_images', 'use_svg_display',
]
