# 由 make lib（python -m tools.extract）生成，请勿手改。
# 手写的模块只有 _compat.py、data.py、figures.py、sources.py、vision.py，其余都从 book/ 提取。
# ruff: noqa
"""各页共用的函数、类和常数。每一页都先写 `import d2l_local as d2l`，再导入 mxnet。"""
from d2l_local import _compat

_compat.import_mxnet()

from d2l_local.figures import plt, show_live
from d2l_local.data import DATASETS, DATA_HUB, DATA_URL, download, download_all, download_extract
from d2l_local.vision import FashionMNIST


def __getattr__(name):
    """在一章导入到一半时，让它里面的 `d2l.名字` 也能找到这一章前面的定义。"""
    import sys
    for chapter in ('preliminaries', 'linear', 'mlp'):
        module = sys.modules.get(f'd2l_local.{chapter}')
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f'd2l_local 里没有 {name}。')


from d2l_local.preliminaries import (
    Timer, check_gradient, numerical_gradient, plot, set_axes, set_figsize, use_svg_display,
)
from d2l_local.linear import (
    Accumulator, Animator, ArrayLoader, accuracy, evaluate_accuracy, get_dataloader_workers,
    get_fashion_mnist_labels, linreg, load_array, load_data_fashion_mnist, predict_ch3, sgd,
    show_images, squared_loss, synthetic_data, train_ch3, train_epoch_ch3,
)
from d2l_local.mlp import evaluate_loss, get_k_fold_data

del __getattr__

__version__ = '0.1.0'
__all__ = [
    'Accumulator', 'Animator', 'ArrayLoader', 'DATASETS', 'DATA_HUB', 'DATA_URL', 'FashionMNIST',
    'Timer', 'accuracy', 'check_gradient', 'download', 'download_all', 'download_extract',
    'evaluate_accuracy', 'evaluate_loss', 'get_dataloader_workers', 'get_fashion_mnist_labels',
    'get_k_fold_data', 'linreg', 'load_array', 'load_data_fashion_mnist', 'numerical_gradient',
    'plot', 'plt', 'predict_ch3', 'set_axes', 'set_figsize', 'sgd', 'show_images', 'show_live',
    'squared_loss', 'synthetic_data', 'train_ch3', 'train_epoch_ch3', 'use_svg_display',
]
