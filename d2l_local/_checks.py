"""公用函数查输入用的 `check`：不对就抛出一句中文的错误，说清楚哪里不对、怎么办；对的整理成函数要用的样子。"""
import contextlib
import functools
import inspect
import math
import numbers
import operator
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy
from matplotlib import scale as matplotlib_scale
from matplotlib.axes import Axes
from mxnet import MXNetError, autograd, context, gluon, np, util

__all__ = ['check']

# 第一版的写法与这里不同的函数，怎样改。
FIRST_EDITION = {
    'train_ch3': '第一版的 batch_size、params、lr、trainer 在这里合成一个 updater：gluon.Trainer，'
                 '或以批量大小为参数的更新函数。',
    'load_data_fashion_mnist': '放数据的文件夹由环境变量 D2L_DATA_DIR 指定。',
}


# MXNet 的数组能有的类型。
DTYPES = {'float16', 'float32', 'float64', 'int8', 'int32', 'int64', 'uint8', 'bool'}


class Check:
    """各种检查，每种一个方法；没有毛病就什么也不做，或返回整理好的输入。"""

    def np_mode(self) -> None:
        """已经调用过 `npx.set_np()`。"""
        if not (util.is_np_array() and util.is_np_shape()):
            raise RuntimeError('还没有调用 npx.set_np()：本书的函数只用 MXNet 的 np 数组。'
                               '请在导入之后写上 npx.set_np()，再运行一次。')

    # ---- 数 ----

    def whole(self, name: str, value: Any, high: int | None = None, low: int = 1) -> int:
        """`value` 是不小于 `low` 的整数；给了 `high`，还不能超过它。NumPy 的整数也是整数。"""
        is_whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        number = operator.index(value) if is_whole else low - 1
        if number < low or high is not None and number > high:
            wanted = (f' {low} 到 {high} 的整数' if high is not None else
                      '正整数' if low == 1 else f'不小于 {low} 的整数')
            raise ValueError(f'{name}应是{wanted}，这里是 {_shown(value)}。')
        return number

    def real(self, name: str, value: Any, positive: bool = False) -> float:
        """`value` 是一个有限的数，不小于 0；`positive` 为真时要大于 0。"""
        number = float(value) if isinstance(value, numbers.Real) else math.nan
        if not (number > 0 if positive else number >= 0) or number == math.inf:
            wanted = '正数' if positive else '不小于 0 的数'
            raise ValueError(f'{name}应是{wanted}，这里是 {_shown(value)}。')
        return number

    def numbers(self, values: Sequence, wanted: int) -> list[float]:
        """`values` 正好是 `wanted` 个数，或只有一个元素的数组。"""
        if len(values) != wanted:
            raise ValueError(f'应给 {wanted} 个数，这里给了 {len(values)} 个。')
        return [_number('要累加的', value) for value in values]

    # ---- 数组 ----

    def array(self, name: str, value: Any) -> None:
        """`value` 是 MXNet 的 np 数组。"""
        self.np_mode()
        if not isinstance(value, np.ndarray):
            raise TypeError(f'{name} 应是 MXNet 的 np 数组，这里是 {_kind(value)}。请写 np.array({name})。')

    def arrays(self, arrays: Sequence, batch_size: int) -> None:
        """`arrays` 是一样长的数组的列表或元组，能分成每批 `batch_size` 个。"""
        self.np_mode()
        if not isinstance(arrays, (list, tuple)) or not arrays:
            raise TypeError(f'应是数组的元组，如 (X, y)，这里是 {_shown(arrays)}；只有一个数组时写成 (X,)。')
        for array in arrays:
            if not isinstance(array, (np.ndarray, numpy.ndarray)) or not array.ndim:
                raise TypeError(f'各项都应是至少一维的数组，这里有 {_shown(array)}。'
                                '请先用 np.array 变成数组。')
            if _dtype(array).name not in DTYPES:
                raise TypeError(f'数组是 {_dtype(array)}，MXNet 没有这种类型。'
                                "请用 astype 改成 'float32' 或 'int32'。")
        sizes = [len(array) for array in arrays]
        if len(set(sizes)) > 1:
            raise ValueError(f'各数组的样本数应当相同，这里是 {sizes}。')
        if not sizes[0]:
            raise ValueError('数组是空的，一个样本也没有。')
        self.whole('批量大小', batch_size)

    def samples(self, features: Any, labels: Any, batch_size: int,
                transform: Callable) -> tuple[numpy.ndarray, numpy.ndarray]:
        """一样多的样本和标签，返回成 NumPy 数组；能分成每批 `batch_size` 个，`transform` 是函数。"""
        self.function('transform ', transform)
        self.np_mode()
        self.pairs(_length('样本', features), _length('标签', labels), '样本')
        self.arrays((features, labels), batch_size)
        return _numpy('样本', features), _numpy('标签', labels)

    def reading(self, batch_size: int, side: int | None) -> int | None:
        """读图片的批量大小和缩放后的边长都对；返回边长，None 是不缩放。"""
        self.np_mode()
        self.whole('批量大小', batch_size)
        return side if side is None else self.whole('边长', side)

    def pairs(self, number: int, labels: int, name: str) -> None:
        """样本或预测（`name`）与标签一样多。"""
        if number != labels:
            raise ValueError(f'有 {number} 个{name}，却有 {labels} 个标签。')

    def floats(self, **arrays: Any) -> list:
        """各个 np 或 NumPy 数组，返回成 np 数组，整数的变成浮点数：整数会溢出。"""
        for name, array in arrays.items():
            if not isinstance(array, numpy.ndarray) or array.dtype.kind not in 'biuf':
                self.array(name, array)
        kinds = [_dtype(array) for array in arrays.values()]
        wanted = next((kind.name for kind in kinds if kind.kind == 'f'), 'float64')
        floats = [array if kind.kind == 'f' else array.astype(wanted)
                  for array, kind in zip(arrays.values(), kinds, strict=True)]
        return [np.array(array) if isinstance(array, numpy.ndarray) else array for array in floats]

    def same_size(self, y_hat: Any, y: Any) -> tuple[Any, Any]:
        """预测与标签的元素一样多；返回它们，整数的变成浮点数。"""
        y_hat, y = self.floats(y_hat=y_hat, y=y)
        self.pairs(y_hat.size, y.size, '预测')
        return y_hat, y

    # ---- 求导 ----

    def point(self, f: Callable, x: Any, dtype: str = '') -> Any:
        """函数 `f` 求导的地方：由数、列表或数组 `x` 得到的 np 数组，浮点数；总是副本。"""
        self.np_mode()
        self.function('f ', f)
        values = _numpy('x ', x)
        return np.array(values, dtype=dtype or (
            values.dtype.name if values.dtype.kind == 'f' and hasattr(x, 'dtype') else 'float32'))

    def recorded(self, y: Any) -> Any:
        """`y` 是函数 f 的结果：记在计算图里的 np 数组。"""
        if not isinstance(y, np.ndarray):
            raise TypeError(f'f 应返回 MXNet 的 np 数组，这里是 {_kind(y)}。请只用 np 和 npx 的运算。')
        try:
            autograd.get_symbol(y)
        except MXNetError:
            raise ValueError('f 的结果不是由 x 用 np 和 npx 的运算得到的，不能求导。') from None
        return y

    def output(self, y: Any) -> numpy.ndarray:
        """函数 f 的结果 `y`，取成 float64 的 NumPy 数组。"""
        if not isinstance(y, np.ndarray):
            raise TypeError(f'f 应返回 MXNet 的 np 数组，这里是 {_kind(y)}。请只用 np 和 npx 的运算。')
        if _dtype(y).kind != 'f':
            raise TypeError(f'f 的结果是 {_dtype(y)}，应是浮点数，才能求导。请去掉其中的取整。')
        return y.asnumpy().astype('float64')

    def difference(self, f: Callable, x: Any, eps: float) -> None:
        """`f` 在 `x` 处能用步长 `eps` 求差分：浮点数，而且加减一步不会被舍入掉。"""
        self.function('f ', f)
        self.array('x', x)
        if _dtype(x).name not in ('float32', 'float64'):
            raise TypeError(f'x 应是 float64 或 float32 的数组，这里是 {_dtype(x)}。'
                            "请写 x.astype('float64')。")
        eps = self.real('步长 eps ', eps, positive=True)
        values = x.asnumpy()
        step = (eps * numpy.maximum(1, abs(values))).astype(values.dtype)
        if (numpy.isfinite(values) & (values + step == values - step)).any():
            raise ValueError(f'步长 eps 是 {eps:g}，小得加在 x 上没有变化。请取大些，{_dtype(x)} 可用 '
                             f'{numpy.finfo(values.dtype).eps ** (1 / 3):.0e}。')

    def gradient(self, f: Callable, x: Any, exact: numpy.ndarray, numeric: numpy.ndarray, eps: float,
                 rtol: float | None) -> float:
        """`f` 在 `x` 处的两种梯度相符：逐个元素，差超过差分自己的误差的部分，除以较大的那个值。"""
        rtol = eps if rtol is None else self.real('允许的差异 rtol ', rtol)
        if not exact.size:
            raise ValueError('x 是空的，没有可以核对的元素。')
        size = numpy.maximum(abs(exact), abs(numeric))
        gap = abs(exact - numeric)
        error = (gap - _noise(f, x, numeric, eps)).clip(0) / numpy.where(size == 0, 1, size)
        # 写成 not … <=，nan 才不会漏过去
        wrong = ~(error <= rtol)
        if wrong.any():
            worst = numpy.where(wrong, numpy.nan_to_num(gap, nan=math.inf), -1)
            i = numpy.unravel_index(worst.argmax(), worst.shape)
            raise AssertionError(
                f'梯度不符，差得最多的是 x{[int(k) for k in i] or ""}：autograd 给出 {exact[i]:.6g}，'
                f'中心差分给出 {numeric[i]:.6g}，相对差异 {error[i]:.1e}，允许 {rtol:.1e}。')
        return float(error.max())

    # ---- 画图 ----

    def kinds(self, kinds: tuple) -> tuple:
        """`kinds` 里都是异常的种类。"""
        for kind in kinds:
            if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                raise TypeError(f'应是异常的种类，如 ValueError，这里是 {_shown(kind)}。')
        return kinds

    def size(self, figsize: Any) -> tuple[float, float]:
        """`figsize` 是两个正数（宽, 高）。"""
        try:
            width, height = figsize
        except (TypeError, ValueError):
            raise ValueError(f'figsize 应是（宽, 高）两个数，这里是 {_shown(figsize)}。') from None
        return self.real('宽', width, positive=True), self.real('高', height, positive=True)

    def axes(self, axes: Any, *scales: str) -> None:
        """`axes` 是一个坐标系，`scales` 是 Matplotlib 的刻度。"""
        if not isinstance(axes, Axes):
            raise TypeError(f'axes 应是一个坐标系，这里是 {_kind(axes)}。有几个时请取出一个，如 axes[0]。')
        for scale in scales:
            known = matplotlib_scale.get_scale_names()
            if not isinstance(scale, str) or scale not in known:
                raise ValueError(f'刻度应是 {"、".join(known)} 之一，这里是 {_shown(scale)}。')

    def formats(self, fmts: Any) -> list[str]:
        """曲线的格式的列表；只写了一个，就是只有它的列表。"""
        fmts = [fmts] if isinstance(fmts, str) else list(fmts) if isinstance(fmts, Iterable) else []
        if not fmts or not all(isinstance(fmt, str) for fmt in fmts):
            raise ValueError("fmts 应是格式的列表，至少有一个，如 ('-', 'm--')。")
        return fmts

    def figure(self, rows: int, columns: int, figsize: Any, fmts: Any) -> list[str]:
        """一张图的行数、列数、大小和曲线的格式都对；返回格式的列表。"""
        self.whole('行数', rows)
        self.whole('列数', columns)
        self.size(figsize)
        return self.formats(fmts)

    def curves(self, X: Any, Y: Any) -> list[tuple[numpy.ndarray, numpy.ndarray]]:
        """`plot` 的各条曲线：[(横坐标, 纵坐标)]；`Y` 是 None 时 `X` 是纵坐标，横坐标是 0、1、2……"""
        ys = _curves('纵坐标', X if Y is None else Y)
        xs = [numpy.arange(len(y)) for y in ys] if Y is None else _curves('横坐标', X)
        xs = xs * len(ys) if len(xs) == 1 else xs
        if len(xs) != len(ys):
            raise ValueError(f'X 有 {len(xs)} 条，Y 有 {len(ys)} 条，应当一样多。')
        # 空的横坐标，与不给相同
        xs = [x if len(x) else numpy.arange(len(y)) for x, y in zip(xs, ys, strict=True)]
        for x, y in zip(xs, ys, strict=True):
            if len(x) != len(y):
                raise ValueError(f'横坐标有 {len(x)} 个，纵坐标有 {len(y)} 个。')
        return list(zip(xs, ys, strict=True))

    def points(self, x: Any, y: Any, curves: int) -> tuple[list, list]:
        """`Animator` 各条曲线的一个点：等长的横坐标和纵坐标，None 是没有；已有 `curves` 条（0 是还没有）。"""
        ys = _points('y ', y)
        xs = _points('x ', x) if _is_sequence(x) else _points('x ', x) * len(ys)
        if not len(xs) == len(ys) == (curves or len(ys)):
            raise ValueError(f'已有 {curves or len(ys)} 条曲线，这里的 x 有 {len(xs)} 个，y 有 {len(ys)} 个，'
                             '应当一样多；某一条不加点，就写 None。')
        return xs, ys

    def images(self, images: Any, rows: int, columns: int, titles: Any, scale: float) -> list[numpy.ndarray]:
        """图片放得进 `rows` 行 `columns` 列，标题一样多；返回各张 (高, 宽) 或 (高, 宽, 3) 的数组。"""
        self.whole('行数', rows)
        self.whole('列数', columns)
        self.real('scale ', scale, positive=True)
        if not _iterates(images):
            raise TypeError(f'应是图片的序列，这里是 {_kind(images)}。')
        images = [_image(image) for image in images]
        if len(images) > rows * columns:
            raise ValueError(f'{len(images)} 张图片放不进 {rows} 行 {columns} 列。')
        if titles is not None:
            if isinstance(titles, str) or not _is_sequence(titles):
                raise TypeError(f'titles 应是标题的列表，这里是 {_shown(titles)}。每格的大小请写成 scale=…。')
            if len(titles) != len(images):
                raise ValueError(f'有 {len(images)} 张图片，却有 {len(titles)} 个标题。')
        return images

    # ---- 线性回归 ----

    def line(self, w: Any, b: Any, number: int) -> tuple[Any, float]:
        """真实的权重和偏置，返回成 float32 的数组和一个数；`number` 个样本。"""
        self.np_mode()
        self.whole('样本数', number)
        values = _numpy('w ', w)
        if values.ndim not in (1, 2) or values.shape[1:] not in ((), (1,)) or not values.size:
            raise ValueError(f'w 的形状应是 (d,) 或 (d, 1)，这里是 {values.shape}。')
        return np.array(values, dtype='float32'), _number('b ', b)

    def linear(self, X: Any, w: Any, b: Any) -> None:
        """`X` 乘得上 `w`，加上 `b` 不改变形状。"""
        self.array('X', X)
        self.array('w', w)
        if not X.ndim or w.ndim not in (1, 2) or X.shape[-1] != w.shape[0]:
            raise ValueError(f'X 的形状是 {X.shape}，w 的形状是 {w.shape}：X 的列数应等于 w 的行数。')
        if not _dtype(X) == _dtype(w) or _dtype(X).kind != 'f':
            raise TypeError(f'X 是 {_dtype(X)}，w 是 {_dtype(w)}：应是同一种浮点数。请用 astype 改成一样。')
        shape, added = X.shape[:-1] + w.shape[1:], getattr(b, 'shape', ())
        if not isinstance(b, (numbers.Real, np.ndarray)):
            raise TypeError(f'b 应是一个数或 MXNet 的 np 数组，这里是 {_kind(b)}。请写 np.array(b)。')
        if not _fits(added, shape):
            raise ValueError(f'b 的形状是 {added}，加到形状 {shape} 的预测上，形状会变。'
                             '请用 (1,) 的 b，或一个数。')

    def step(self, params: Any, lr: float, batch_size: int) -> None:
        """能走一步随机梯度下降：`params` 是有梯度的参数的列表，学习率和批量大小都对。"""
        self.real('学习率', lr)
        self.whole('批量大小', batch_size)
        if not isinstance(params, (list, tuple)) or not params:
            raise TypeError(f'params 应是参数的列表，如 [w, b]，这里是 {_shown(params)}。')
        for i, param in enumerate(params):
            if not isinstance(param, np.ndarray):
                raise TypeError(f'params[{i}] 应是 np 数组，这里是 {_kind(param)}。'
                                '块的参数请用 gluon.Trainer 更新。')
            if param.grad is None:
                raise ValueError(f'params[{i}] 没有梯度。请先调用它的 attach_grad()，再记录、反向传播。')

    # ---- 分类 ----

    def labels(self, labels: Any, num_classes: int) -> numpy.ndarray:
        """`num_classes` 类的标签：整数，在 0 到 `num_classes` - 1 之间；返回成一维的 NumPy 数组。"""
        array = _numpy('标签', labels)
        if not array.ndim or array.shape[1:] not in ((), (1,)):
            raise ValueError(f'标签应是一维的，这里的形状是 {array.shape}。' + (
                '' if array.ndim else '只有一个时请写成列表。'))
        array = _integers('标签', array.reshape(-1))
        if array.size and not 0 <= array.min() <= array.max() < num_classes:
            raise ValueError(f'标签应在 0 到 {num_classes - 1} 之间，'
                             f'这里最小的是 {array.min()}，最大的是 {array.max()}。')
        return array

    def scores(self, y_hat: Any) -> Any:
        """模型的输出 `y_hat` 里没有 nan。"""
        values = y_hat.asnumpy() if isinstance(y_hat, np.ndarray) else y_hat
        if values.dtype.kind == 'f' and numpy.isnan(values).any():
            raise FloatingPointError('预测里有 nan，分不出是哪一类。模型多半已经坏了：请把学习率改小、'
                                     '检查输入，再从头训练。')
        return y_hat

    def predictions(self, y_hat: Any, y: Any) -> tuple[numpy.ndarray, numpy.ndarray]:
        """预测与标签一样多，没有 nan，标签不超出范围；返回成 NumPy 数组，标签是一维的整数。"""
        y_hat = _numpy('预测', y_hat)
        labels = self._match(y_hat, y)
        self.scores(y_hat)
        # 标签带小数的是回归：只数恰好相等的，与 d2l 0.17.6 的一样。
        return (y_hat, labels) if y_hat.ndim > 1 and y_hat.shape[1] > 1 or _fractional(labels) else (
            _integers('只有一列的预测是类别，', y_hat, '概率请先变成类别，如 y_hat > 0.5。'), labels)

    def _match(self, y_hat: Any, y: Any) -> numpy.ndarray:
        """标签与预测 `y_hat`（np 或 NumPy 数组）一样多；每行是各类的 logit 或概率时，不超出范围。"""
        labels = _numpy('标签', y)
        if y_hat.ndim not in (1, 2):
            raise ValueError(f'预测的形状应是 (n, q) 或 (n,)，这里是 {y_hat.shape}。')
        self.pairs(len(y_hat), labels.size, '预测')
        if y_hat.ndim > 1 and y_hat.shape[1] > 1:
            return self.labels(labels.reshape(-1), y_hat.shape[1])
        labels = labels.reshape(-1)
        return labels if _fractional(labels) else _integers('标签', labels)

    def first(self, net: Callable, data_iter: Iterable, number: int) -> tuple[Any, Any]:
        """`data_iter` 第一批的前 `number` 个样本和标签。"""
        X, y = next(iter(self.batches(net, data_iter)))
        number = self.whole('n ', number, len(X))
        return X[:number], y[:number]

    # ---- 训练 ----

    def batches(self, net: Callable, data_iter: Iterable,
                name: str = '数据迭代器', **functions: Any) -> Iterator[tuple[Any, Any]]:
        """给出 `data_iter` 的每一批 (X, y)：两个 np 数组，一样长，不是空的；一批也没有也是错。"""
        self.np_mode()
        for called, function in functions.items():
            self.function(f'{called} ', function)
        if not callable(net):
            raise TypeError(f'net 应是模型，这里是 {_kind(net)}。参数的次序是先 net，后数据迭代器。')
        if not _iterates(data_iter):
            raise TypeError(f'{name}应逐批给出 (X, y)，这里是 {_kind(data_iter)}，不能遍历。')
        index = 0
        for index, batch in enumerate(data_iter, 1):
            if not isinstance(batch, (list, tuple)) or len(batch) != 2:
                raise TypeError(f'{name}的每一批应是 (X, y)，这里第 {index} 批是 {_kind(batch)}。'
                                '只有一批时请写成 [(X, y)]。')
            for each in batch:
                if not isinstance(each, np.ndarray) or not each.ndim:
                    raise TypeError(f'{name}的第 {index} 批里有 {_kind(each)}，应都是 MXNet 的 np 数组。'
                                    '请先用 np.array 变成数组。')
            # 空的批不能交给模型：MXNet 会在算它时结束整个进程
            if not len(batch[0]):
                raise ValueError(f'{name}的第 {index} 批是空的。')
            self.pairs(len(batch[0]), len(batch[1]), '样本')
            yield batch[0], batch[1]
        self.some(index, name)

    def batch(self, index: int, y_hat: Any, y: Any, loss: Any) -> None:
        """训练的第 `index` 批：标签合模型的输出，损失每个样本一个值，而且是有限的数。"""
        self._match(y_hat, y)
        self._loss(loss)
        if loss.size != y.size:
            raise ValueError(f'损失的形状是 {loss.shape}，这一批有 {y.size} 个样本。'
                             '损失函数要给每个样本一个值，不求平均。')
        # 取成 NumPy 数组再加：比 MXNet 的快，有无穷大时和也是无穷大，不是 nan
        with numpy.errstate(over='ignore', invalid='ignore'):
            total = float(loss.asnumpy().sum())
        if not math.isfinite(total):
            raise FloatingPointError(f'第 {index} 批的损失是 {total}。')

    def _loss(self, loss: Any) -> None:
        """损失函数的结果是数组。"""
        if not isinstance(loss, np.ndarray):
            raise TypeError(f'损失函数给出的是 {_kind(loss)}，不是 np 数组。'
                            '用 Gluon 的损失时，先要创建：loss = gluon.loss.L2Loss()。')

    def losses(self, losses: Any, X: Any, y: Any) -> None:
        """一批的损失：每个样本一个值，或标签的每个元素一个值。"""
        self._loss(losses)
        if losses.size not in (len(X), y.size):
            raise ValueError(f'损失的形状是 {losses.shape}，这一批有 {len(X)} 个样本。损失函数'
                             '要给每个样本一个值，不求平均；预测与标签的形状要相同。')

    def some(self, number: float, name: str) -> None:
        """数据迭代器 `name` 给出过数据。"""
        if number == 0:
            raise ValueError(f'{name}一批数据也没有给出。生成器只能遍历一次，请换成能反复遍历的。')

    def updater(self, updater: Any, loss: Any) -> None:
        """`updater` 是 Trainer 或函数，`loss` 是函数。"""
        if not isinstance(updater, gluon.Trainer) and not callable(updater):
            raise TypeError(f'updater 应是 gluon.Trainer 或一个函数，这里是 {_kind(updater)}。')
        self.function('loss ', loss)

    def function(self, name: str, value: Any) -> None:
        """`value` 是函数，或像函数一样可以调用。"""
        if not callable(value):
            raise TypeError(f'{name}应是一个函数，这里是 {_shown(value)}。')

    def action(self, action: Any, name: str, times: int) -> None:
        """`action` 是函数，运行的次数（`name`）是正整数。"""
        self.function('要运行的', action)
        self.whole(name, times)

    def block(self, net: Any, device: Any = None) -> Any:
        """`net` 是块，`device` 是设备；返回设备，没有给的就是第一个参数所在的。"""
        if not isinstance(net, gluon.Block):
            raise TypeError(f'net 应是 Gluon 的块，这里是 {_kind(net)}。参数的次序是先 net，后数据迭代器。')
        if device is None:
            if not (params := [*net.collect_params().values()]):
                raise ValueError('net 没有参数，看不出它在哪个设备上。请写出 device，如 npx.cpu()。')
            device = params[0].list_ctx()[0]
        return self.device(device)

    def device(self, device: Any) -> Any:
        """`device` 是设备。"""
        if not isinstance(device, context.Context):
            raise TypeError(f'device 应是一个设备，如 npx.cpu() 或 d2l.try_gpu()，这里是 {_shown(device)}。')
        return device

    def known(self, block: Any) -> None:
        """块 `block` 的参数都已经有了形状，初始化过。"""
        if not isinstance(block, gluon.Block):
            raise TypeError(f'block 应是 Gluon 的块，这里是 {_shown(block)}。')
        for name, param in block.collect_params().items():
            try:
                param.list_data()
            except RuntimeError:
                raise RuntimeError(f'参数 {name} 还没有数。请先 initialize()，再用一批数据调用一次块，'
                                   '让形状定下来。') from None

    def training(self, net: Any, train_iter: Any, num_epochs: int, lr: float, device: Any) -> None:
        """能用 `train_ch6` 训练：块、迭代周期数、学习率和设备都对，训练数据有 `len`。"""
        self.np_mode()
        self.whole('迭代周期数', num_epochs)
        self.real('学习率', lr)
        self.block(net, self.device(device))
        if not _is_sequence(train_iter):
            raise TypeError(f'训练数据迭代器应有 len，这里是 {_kind(train_iter)}。生成器请先变成列表。')

    @contextlib.contextmanager
    def epoch(self, epoch: int) -> Iterator[None]:
        """`with` 下面的训练里损失坏了，就在错误里添上第几个迭代周期和怎么办。"""
        try:
            yield
        except FloatingPointError as error:
            raise FloatingPointError(
                f'第 {epoch} 个迭代周期，{error}训练停在这里。请把学习率改小、检查输入的大小，'
                '或改用数值稳定的损失函数。') from None

    # ---- 其余各章 ----

    def results(self, results: list) -> numpy.ndarray:
        """各个种子的结果都是数，或都是同样多的数；返回成 NumPy 数组。"""
        return _numpy('run 的结果', results)

    def sample(self, values: Any, digits: int) -> numpy.ndarray:
        """一维的数，至少两个；`digits` 是小数的位数。"""
        self.whole('小数的位数', digits, low=0)
        array = _numpy('values ', values)
        if array.ndim != 1 or len(array) < 2:
            raise ValueError(f'应是一维的，至少两个数，才有标准差；这里的形状是 {array.shape}。')
        return array

    def fold(self, k: int, i: int, X: Any, y: Any) -> None:
        """第 `i` 折在 0 到 `k` - 1 之间，折数 `k` 在 2 到样本数之间，样本与标签一样多。"""
        self.pairs(_length('X ', X), _length('y ', y), '样本')
        self.whole('折数 k ', k, len(X), low=2)
        self.whole('第几折 i ', i, k - 1, low=0)
        for name, array in (('X', X), ('y', y)):
            if not isinstance(array, (np.ndarray, numpy.ndarray)):
                raise TypeError(f'{name} 应是 MXNet 或 NumPy 数组，这里是 {_kind(array)}。请先变成数组。')

    def kernel(self, X: Any, K: Any) -> tuple[Any, Any]:
        """输入 `X` 和放得进去的核 `K`，都是二维的；整数的变成浮点数。"""
        X, K = self.floats(X=X, K=K)
        if not (X.ndim == K.ndim == 2 and K.size and all(numpy.less_equal(K.shape, X.shape))):
            raise ValueError('应是二维的输入和放得进去的核，'
                             f'这里的形状是 {X.shape} 和 {K.shape}。')
        return X, K

    def convolution(self, channels: int, strides: Any) -> None:
        """通道数是正整数，步幅是正整数，或高和宽两个方向上的正整数。"""
        self.np_mode()
        self.whole('通道数', channels)
        for stride in strides if isinstance(strides, (list, tuple)) and len(strides) == 2 else [strides]:
            self.whole('步幅', stride)

    def shortcut(self, X: Any, Y: Any) -> None:
        """捷径 `X` 与主路 `Y` 的形状相同。"""
        if Y.shape != X.shape:
            raise ValueError(f'捷径是 {X.shape}，主路是 {Y.shape}，请写 use_1x1conv=True。')

    def batch_of_images(self, X: Any) -> None:
        """`X` 是一批图片，形状 (n, c, 高, 宽)。"""
        self.array('X', X)
        if X.ndim != 4:
            raise ValueError(f'X 的形状应是 (n, c, 高, 宽)，这里是 {X.shape}。')


def _shown(value: Any) -> str:
    """`value` 写成不超过一行的样子。"""
    return textwrap.shorten(repr(value), 60, placeholder='……')


def _kind(value: Any) -> str:
    """`value` 的类型，用来说给读者听。"""
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == 'builtins' else f'{kind.__module__}.{kind.__qualname__}'


def _dtype(array: Any) -> numpy.dtype:
    return numpy.dtype(array.dtype)


def _is_sequence(value: Any) -> bool:
    """`value` 有几项（0 维的数组没有）。"""
    return hasattr(value, '__len__') and getattr(value, 'ndim', 1) > 0


def _iterates(value: Any) -> bool:
    """`value` 能遍历；MXNet 的数组没有 __iter__，也能。"""
    try:
        iter(value)
    except TypeError:
        return False
    return getattr(value, 'ndim', 1) > 0


def _length(name: str, value: Any) -> int:
    if not _is_sequence(value):
        raise TypeError(f'{name}应是数组，这里是 {_kind(value)}。')
    return len(value)


def _scalar(value: Any) -> float | None:
    """数，或只有一个元素的数组，变成浮点数；别的是 None。"""
    if isinstance(value, numbers.Real):
        return float(value)
    if getattr(value, 'size', 0) == 1 and hasattr(value, 'item') and _dtype(value).kind in 'biuf':
        return float(value.item())
    return None


def _number(name: str, value: Any) -> float:
    if (number := _scalar(value)) is None:
        raise TypeError(f'{name}应是一个数，这里是 {_shown(value)}。')
    return number


def _numpy(name: str, values: Any) -> numpy.ndarray:
    """数、列表、迭代器或数组 `values` 变成 NumPy 数组。"""
    if hasattr(values, 'asnumpy'):
        values = values.asnumpy()
    elif _iterates(values) and not isinstance(values, (str, bytes, numpy.ndarray)):
        values = [each.asnumpy() if hasattr(each, 'asnumpy') else each for each in values]
    try:
        array = numpy.asarray(values)
    except ValueError:
        raise ValueError(f'{name}应是同样多的数，这里长短不一。') from None
    if array.dtype.kind not in 'biuf' and array.size:
        raise TypeError(f'{name}应是数，这里是 {_shown(values)}。')
    return array


def _fractional(array: numpy.ndarray) -> bool:
    """都是有限的数，而且有带小数的。"""
    return array.dtype.kind == 'f' and bool(numpy.isfinite(array).all() and (array % 1).any())


def _integers(name: str, array: numpy.ndarray, cure: str = '') -> numpy.ndarray:
    """`array` 里都是整数，返回成 int64。"""
    if array.dtype.kind == 'f':
        wrong = array[~(numpy.isfinite(array) & (array == numpy.floor(array)))]
        if wrong.size:
            raise ValueError(f'{name}应是整数，这里有 {wrong.flat[0]:g}。{cure}')
    return array.astype('int64')


def _fits(added: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """形状 `added` 的数组加到形状 `shape` 的数组上，和的形状还是 `shape`。"""
    return len(added) <= len(shape) and all(
        one in (1, other) for one, other in zip(added[::-1], shape[::-1], strict=False))


def _curves(name: str, data: Any) -> list[numpy.ndarray]:
    """一条或几条曲线的坐标：数的序列是一条，序列的序列，每项一条。"""
    if isinstance(data, str) or not _iterates(data):
        raise TypeError(f'{name}应是数的序列，或几个这样的序列，这里是 {_shown(data)}。')
    arrays = [each.asnumpy() if hasattr(each, 'asnumpy') else numpy.asarray(each) for each in data]
    dimensions = {array.ndim for array in arrays} or {0}
    if dimensions not in ({0}, {1}):
        raise ValueError(f'{name}的每一项应都是数（一条曲线），或都是一维的（每项一条），'
                         f'这里的形状是 {"、".join(sorted({str(array.shape) for array in arrays}))}。')
    return [numpy.array(arrays)] if dimensions == {0} else arrays


def _points(name: str, values: Any) -> list[float | None]:
    """一个数或几个数，None 照旧。"""
    items = values if _is_sequence(values) and not isinstance(values, str) else [values]
    return [None if item is None else _number(name, item) for item in items]


def _image(image: Any) -> numpy.ndarray:
    """一张图片：(高, 宽) 或 (高, 宽, 3)；通道在最前的移到最后，只有一个通道的去掉它。"""
    array = _numpy('图片', image)
    if array.ndim == 3 and array.shape[2] not in (1, 3, 4) and array.shape[0] in (1, 3, 4):
        array = numpy.moveaxis(array, 0, 2)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.ndim != 2 and array.shape[2:] not in ((3,), (4,)):
        raise ValueError(f'每张图片的形状应是 (高, 宽) 或 (高, 宽, 3)，这里有 {array.shape}。'
                         '只有一张时请写成 [图片]。')
    return array


def _noise(f: Callable, x: Any, numeric: numpy.ndarray, eps: float) -> numpy.ndarray:
    """中心差分 `numeric` 的每个元素自己的误差：步长加倍时变了多少（截断），加上函数值和 x 的舍入。"""
    noise, values, middle = numpy.zeros(x.shape), x.asnumpy(), f(x).asnumpy().astype('float64')
    for i in numpy.ndindex(x.shape):
        low, high = values.copy(), values.copy()
        low[i] -= 2 * eps * max(1, abs(values[i]))
        high[i] += 2 * eps * max(1, abs(values[i]))
        below, above = (f(np.array(each)) for each in (low, high))
        rounding = numpy.finfo(_dtype(above)).eps
        below, above = (each.asnumpy().astype('float64') for each in (below, above))
        change, distance = above - below, high[i] - low[i]
        # 没有变的函数值不带来舍入误差
        size = 16 * numpy.maximum(abs(above), abs(below))[change != 0].sum()
        curvature = 4 * abs(above + below - 2 * middle).sum() / distance**2
        noise[i] = (abs(change.sum() / distance - numeric[i])
                    + rounding * (size / distance + curvature * max(1, abs(values[i]))))
    return noise


def explain_call(name: str, namespace: dict[str, Any]) -> None:
    """`namespace` 里叫 `name` 的函数或类，参数的个数、名字不对时用中文说出该怎样写；别的照旧。"""
    found = namespace[name]
    if inspect.isfunction(found):
        # 所在的模块里也换，pickle 才认得它
        namespace[name] = vars(sys.modules[found.__module__])[name] = _explained(found, name, 0)
    elif inspect.isclass(found) and '__init__' in vars(found):
        type.__setattr__(found, '__init__', _explained(vars(found)['__init__'], name, 1))


def _explained(function: Callable, name: str, skip: int) -> Callable:
    wanted = '、'.join(list(inspect.signature(function).parameters)[skip:])

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except TypeError as error:
            # 还有下一层，就不是错在调用这一步
            if error.__traceback__.tb_next is not None:
                raise
        number = len(arguments) - skip
        told = '、'.join([*([f'按次序的 {number} 个'] if number else []), *named]) or '一个也没有'
        raise TypeError(f'{name} 的参数是：{wanted}；这里给的是：{told}。请照前面的写。'
                        f'{FIRST_EDITION.get(name, "")}')
    return call


# 公用函数查输入用的，如 `d2l.check.whole('批量大小', 0)`：不对就抛出一句中文的错误，没有毛病就什么也不做。
check = Check()
