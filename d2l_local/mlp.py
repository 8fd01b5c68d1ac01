# 由 make lib（python -m tools.library）生成，请勿手改。
# 要改就改 book/ch3_mlp/ 里标了 #@save 的定义。
# ruff: noqa
"""第 3 章 多层感知机：各节保存的函数、类和常数。"""
import numpy as onp
from mxnet import np

import d2l_local as d2l

__all__ = [
    'evaluate_loss',
    'get_k_fold_data',
]


# 3.4 模型选择、欠拟合和过拟合，book/ch3_mlp/model-selection.md
def get_k_fold_data(k, i, X, y):
    """取出 k 折交叉验证第 i 折的训练数据和验证数据。

    按原来的次序切成 k 段，不打乱；每个样本恰好在一折里作验证，
    各折的大小最多差 1。结果都是副本。

    参数：
        k：折数，2 到 n 的整数。
        i：第几折，从 0 数起。
        X：特征，MXNet 或 NumPy 数组，第 0 轴的长度是样本数 n。
        y：标签，MXNet 或 NumPy 数组，第 0 轴的长度也是 n。
    返回：(X_train, y_train, X_valid, y_valid)，数组的种类与给的相同。
    异常：
        ValueError：样本数与标签数不同，k 不在 2 到 n 之间，
            或 i 不在 0 到 k - 1 之间。
    出处：3.4 模型选择、欠拟合和过拟合
    """
    d2l.check.fold(k, i, X, y)
    start, stop = i * len(X) // k, (i + 1) * len(X) // k

    def split(array):
        lib = np if isinstance(array, np.ndarray) else onp
        return (lib.concatenate((array[:start], array[stop:])),
                array[start:stop].copy())

    (X_train, X_valid), (y_train, y_valid) = split(X), split(y)
    return X_train, y_train, X_valid, y_valid


# 3.4 模型选择、欠拟合和过拟合，book/ch3_mlp/model-selection.md
def evaluate_loss(net, data_iter, loss):
    """计算模型在一个数据集上的平均损失，不记录梯度。

    各批的损失加起来，除以损失值的总个数，所以最后一批小一些也不要紧。
    在 `autograd.record` 之外调用时，是预测模式。

    参数：
        net：模型，把 X 变成预测。
        data_iter：数据迭代器，每批是 (X, y)。
        loss：损失函数，`loss(y_hat, y)` 给每个样本或标签的每个元素一个值。
    返回：平均损失，浮点数。
    异常：
        ValueError：一批数据也没有，或损失的个数既不是样本数，
            也不是标签的元素数。
    出处：3.4 模型选择、欠拟合和过拟合
    """
    metric = d2l.Accumulator(2)  # 损失之和、损失值的个数
    for X, y in d2l.check.batches(net, data_iter, loss=loss):
        l = loss(net(X), y)
        d2l.check.losses(l, X, y)
        metric.add(l.sum(), l.size)
    return metric[0] / metric[1]
