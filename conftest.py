"""pytest 的设置：内核的环境与执行笔记本时相同（tools.runtime）；慢的文件先跑，两个进程同时做完。"""
from tools import runtime

SLOW = ('test_site.py', 'image-dataset.ipynb', 'test_notebooks.py', 'test_compat.py',
        'linear-regression-scratch.ipynb', 'softmax-regression-scratch.ipynb',
        'softmax-regression-concise.ipynb', 'model-selection.ipynb', 'mlp-basics.ipynb',
        'test_parity.py', 'test_linear.py', 'test_book.py')

runtime.pin()


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: (item.path.name not in SLOW,
                                 item.path.name in SLOW and SLOW.index(item.path.name)))
