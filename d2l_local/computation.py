# 由 make lib（python -m tools.library）生成，请勿手改。
# 要改就改 book/ch4_computation/ 里标了 #@save 的定义。
# ruff: noqa
"""第 4 章 深度学习计算：各节保存的函数、类和常数。"""
from mxnet import npx

import d2l_local as d2l

__all__ = [
    'num_params',
    'try_all_gpus',
    'try_gpu',
]


# 4.1 层和块，book/ch4_computation/layers-and-blocks.md
def num_params(block):
    """`block` 连同它的孩子一共有多少个参数，共用的只数一次。

    参数：
        block：已经初始化、形状都已知的块。
    返回：整数。
    出处：4.1 层和块
    """
    d2l.check.known(block)
    return sum(p.data().size for p in block.collect_params().values())


# 4.6 GPU，book/ch4_computation/use-gpu.md
def try_gpu(i=0):
    """第 `i` 块 GPU；没有这一块就是 CPU。

    参数：
        i：GPU 的编号，从 0 数起。
    返回：设备。
    出处：4.6 GPU
    """
    i = d2l.check.whole('GPU 的编号', i, low=0)
    return npx.gpu(i) if i < npx.num_gpus() else npx.cpu()


# 4.6 GPU，book/ch4_computation/use-gpu.md
def try_all_gpus():
    """全部的 GPU；一块也没有就是只有 CPU 的列表。

    返回：设备的列表。
    出处：4.6 GPU
    """
    devices = [npx.gpu(i) for i in range(npx.num_gpus())]
    return devices or [npx.cpu()]
