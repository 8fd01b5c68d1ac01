"""公用函数查输入用的 `check`：不对就抛出一句中文的错误，说清楚哪里不对、怎么办。"""
import contextlib
import math
from collections.abc import Callable, Iterator, Sized
from typing import Any

import numpy
from mxnet import gluon, util

__all__ = ['check']


class Check:
    """各种检查，每种一个方法；没有毛病就什么也不做。"""

    def np_mode(self) -> None:
        """已经调用过 `npx.set_np()`。"""
        if not (util.is_np_array() and util.is_np_shape()):
            raise RuntimeError('还没有调用 npx.set_np()：本书的函数只用 MXNet 的 np 数组。'
                               '请在导入之后写上 npx.set_np()，再运行一次。')

    def whole(self, name: str, value: Any, high: int | None = None) -> None:
        """`value` 是正整数；给了 `high`，还不能超过它。"""
        if not isinstance(value, int) or not 1 <= value <= (value if high is None else high):
            wanted = '正整数' if high is None else f' 1 到 {high} 的整数'
            raise ValueError(f'{name}应是{wanted}，这里是 {value!r}。')

    def number(self, given: int, wanted: int) -> None:
        """给了 `wanted` 个数。"""
        if given != wanted:
            raise ValueError(f'应给 {wanted} 个数，这里给了 {given} 个。')

    def pairs(self, number: int, labels: int, name: str) -> None:
        """样本或预测（`name`）与标签一样多。"""
        if number != labels:
            raise ValueError(f'有 {number} 个{name}，却有 {labels} 个标签。')

    def room(self, number: int, rows: int, columns: int) -> None:
        """`number` 张图片放得进 `rows` 行 `columns` 列。"""
        if number > rows * columns:
            raise ValueError(f'{number} 张图片放不进 {rows} 行 {columns} 列。')

    def labels(self, labels: Sized, num_classes: int) -> None:
        """`num_classes` 类的标签都在 0 到 `num_classes` - 1 之间。"""
        labels = labels.asnumpy() if hasattr(labels, 'asnumpy') else numpy.asarray(labels)
        if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
            raise ValueError(f'标签应在 0 到 {num_classes - 1} 之间，'
                             f'这里最小的是 {labels.min():g}，最大的是 {labels.max():g}。')

    def predictions(self, y_hat: Any, y: Any) -> None:
        """预测与标签一样多；`y_hat` 每行是各类的 logit 或概率时，标签不超出范围。"""
        self.pairs(len(y_hat), y.size, '预测')
        if y_hat.ndim > 1 and y_hat.shape[1] > 1:
            self.labels(y, y_hat.shape[1])

    def batch(self, index: int, y_hat: Any, y: Any, loss: Any) -> None:
        """训练的第 `index` 批：标签合模型的输出，损失每个样本一个值，而且是有限的数。"""
        self.predictions(y_hat, y)
        if loss.size != y.size:
            raise ValueError(f'损失的形状是 {loss.shape}，这一批有 {y.size} 个样本。'
                             '损失函数要给每个样本一个值，不求平均。')
        # 取成 NumPy 数组再加：比 MXNet 的快，有无穷大时和也是无穷大，不是 nan
        with numpy.errstate(over='ignore', invalid='ignore'):
            total = float(loss.asnumpy().sum())
        if not math.isfinite(total):
            raise FloatingPointError(f'第 {index} 批的损失是 {total}。')

    def some(self, number: float, name: str) -> None:
        """数据迭代器 `name` 给出过数据。"""
        if number == 0:
            raise ValueError(f'{name}一批数据也没有给出。生成器只能遍历一次，请换成能反复遍历的。')

    def updater(self, updater: Callable | gluon.Trainer) -> None:
        """`updater` 是 Trainer 或函数。"""
        if not isinstance(updater, gluon.Trainer) and not callable(updater):
            raise TypeError(f'updater 应是 gluon.Trainer 或一个函数，这里是 {type(updater).__name__}。')

    @contextlib.contextmanager
    def epoch(self, epoch: int) -> Iterator[None]:
        """`with` 下面的训练里损失坏了，就在错误里添上第几个迭代周期和怎么办。"""
        try:
            yield
        except FloatingPointError as error:
            raise FloatingPointError(
                f'第 {epoch} 个迭代周期，{error}训练停在这里。请把学习率改小、检查输入的大小，'
                '或改用数值稳定的损失函数。') from None


# 公用函数查输入用的，如 `d2l.check.whole('批量大小', 0)`：不对就抛出一句中文的错误，没有毛病就什么也不做。
check = Check()
