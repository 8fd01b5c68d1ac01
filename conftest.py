"""pytest 的设置：内核的环境与执行笔记本时相同（tools.runtime）；慢的文件先跑，两个进程同时做完。"""
from tools import runtime

SLOW = ('test_site.py', 'mlp-scratch.ipynb', 'image-dataset.ipynb', 'mlp-concise.ipynb', 'test_notebooks.py',
        'house-prices.ipynb', 'test_book.py', 'softmax-regression-concise.ipynb', 'weight-decay.ipynb',
        'model-selection.ipynb', 'test_compat.py', 'softmax-regression-scratch.ipynb',
        'linear-regression-scratch.ipynb', 'mlp-basics.ipynb', 'normalization.ipynb',
        'distribution-shift.ipynb', 'test_parity.py', 'test_linear.py')

runtime.pin()


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: (item.path.name not in SLOW,
                                 item.path.name in SLOW and SLOW.index(item.path.name)))
