# 由 make lib（python -m tools.library）生成，请勿手改。
# 要改就改 book/ch4_computation/ 里标了 #@save 的定义。
# ruff: noqa
"""第 4 章 深度学习计算：各节保存的函数、类和常数。"""

__all__ = [
    'num_params',
]


# 4.1 层和块，book/ch4_computation/layers-and-blocks.md
def num_params(block):
    """`block` 连同它的孩子一共有多少个参数，共用的只数一次。

    参数：
        block：已经初始化、形状都已知的块。
    返回：整数。
    出处：4.1 层和块
    """
    return sum(p.data().size for p in block.collect_params().values())
