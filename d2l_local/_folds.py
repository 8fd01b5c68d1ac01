"""3.4 节保存的函数怎样检查收到的东西：折数、一批的损失、有没有数据。用不着时这里什么也不做。"""
from collections.abc import Sized
from typing import Any

__all__ = ['check_batch_losses', 'check_data_seen', 'check_fold']


def check_fold(k: int, i: int, X: Sized, y: Sized) -> None:
    """检查 `get_k_fold_data` 的参数。

    参数：
        k：折数。
        i：第几折。
        X、y：特征和标签，第 0 轴应一样长。
    异常：
        ValueError：样本数与标签数不同，k 不在 2 到 n 之间，
            或 i 不在 0 到 k - 1 之间。
    """
    if len(y) != len(X):
        raise ValueError(f'有 {len(X)} 个样本，却有 {len(y)} 个标签。')
    if not 2 <= k <= len(X):
        raise ValueError(f'折数 k 应在 2 到样本数 {len(X)} 之间，这里是 {k}。')
    if not 0 <= i < k:
        raise ValueError(f'第几折 i 应在 0 到 {k - 1} 之间，这里是 {i}。')


def check_batch_losses(losses: Any, X: Sized, y: Any) -> None:
    """检查一批的损失：每个样本一个值，或标签的每个元素一个值。

    参数：
        losses：损失函数给出的数组。
        X、y：这一批的特征和标签。
    异常：
        ValueError：损失的个数既不是样本数，也不是标签的元素数。
    """
    if losses.size not in (len(X), y.size):
        raise ValueError(f'损失的形状是 {losses.shape}，这一批有 {len(X)} 个样本。损失函数'
                         '要给每个样本一个值，不求平均；预测与标签的形状要相同。')


def check_data_seen(count: float) -> None:
    """检查遍历过的数据不是一批也没有。

    参数：
        count：损失值的个数。
    异常：
        ValueError：个数是 0。
    """
    if count == 0:
        raise ValueError('数据迭代器一批数据也没有给出。'
                         '生成器只能遍历一次，请换成能反复遍历的。')
