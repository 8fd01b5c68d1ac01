# 由 make lib（python -m tools.library）生成，请勿手改。
# 要改就改 book/ch1_preliminaries/ 里标了 #@save 的定义。
# ruff: noqa
"""第 1 章 预备知识：各节保存的函数、类和常数。"""
import contextlib
import itertools
import textwrap
import time

import numpy as onp
from mxnet import MXNetError, autograd, np, npx

import d2l_local as d2l

__all__ = [
    'Timer',
    'best_time',
    'check_gradient',
    'numerical_gradient',
    'plot',
    'set_axes',
    'set_figsize',
    'show_error',
    'use_svg_display',
    'value_and_gradient',
]


# 1.1 数据操作，book/ch1_preliminaries/data-operations.md
@contextlib.contextmanager
def show_error(*kinds):
    """运行 `with` 下面的语句，打印它引发的错误的类型和最后一行消息。

    语句没有引发错误，就引发 RuntimeError：该出错而没有出错，也是错。

    参数：
        *kinds：只接住这几种异常，别的照常引发；不给就是任何异常。
    返回：上下文管理器。
    异常：
        RuntimeError：`with` 下面的语句没有出错。
    出处：1.1 数据操作
    """
    caught = d2l.check.kinds(kinds) or (Exception,)
    try:
        yield
        # MXNet 先返回、后算完，错误可能还在路上
        npx.waitall()
    except caught as error:
        print(type(error).__name__)
        last = str(error).strip().rpartition('\n')[2]
        # Python 3.13 会在后面添一句猜测
        print(textwrap.fill(last.partition('. Did you mean')[0], 76))
    else:
        raise RuntimeError('这里本该出错，却没有。')


# 1.4 自动微分，book/ch1_preliminaries/autograd.md
def value_and_gradient(f, x):
    """`f` 在 `x` 处的值和梯度。

    参数：
        f：函数，取张量，返回张量；不是标量时，梯度是各元素之和的。
        x：数、列表或张量，不会被改动。
    返回：`(f(x), 梯度)`，梯度的形状与 `x` 相同。
    出处：1.4 自动微分
    """
    x = d2l.check.point(f, x)
    x.attach_grad()
    with autograd.record():
        y = d2l.check.recorded(f(x))
    y.backward()
    return y, x.grad


# 1.4 自动微分，book/ch1_preliminaries/autograd.md
def numerical_gradient(f, x, eps):
    """用中心差分求 `f(x).sum()` 对 `x` 的梯度，不用 autograd。

    参数：
        f：函数，把形状同 `x` 的 np 数组变成任意形状的 np 数组。
        x：np 数组，任意形状，float64 或 float32；不会被改动。
        eps：步长，正数；元素 x_i 的步长是 eps·max(1, |x_i|)。
    返回：NumPy 数组，形状同 `x`，float64。
    出处：1.4 自动微分
    """
    d2l.check.difference(f, x, eps)
    gradient = onp.zeros(x.shape)
    for i in onp.ndindex(x.shape):
        low, high = x.asnumpy(), x.asnumpy()
        step = eps * max(1, abs(low[i]))
        low[i], high[i] = low[i] - step, high[i] + step
        # 先逐个相减再求和，与 x_i 无关的元素就不带来舍入误差
        above, below = (d2l.check.output(f(np.array(each)))
                        for each in (high, low))
        # 步长本身也有舍入，所以除以实际的距离
        gradient[i] = (above - below).sum() / (high[i] - low[i])
    return gradient


# 1.4 自动微分，book/ch1_preliminaries/autograd.md
def check_gradient(f, x, eps=None, rtol=None):
    """核对 autograd 求出的 `f(x).sum()` 对 `x` 的梯度，与中心差分不符就报错。

    用 float64 计算，`f` 里有 float32 的参数时用 float32。`f` 在预测模式下
    运行，每个元素运行四次。不改动 `x`，也不改动任何数组的梯度。

    参数：
        f：函数，把形状同 `x` 的 np 数组变成任意形状的 np 数组；
            不能有随机性，在 `x` 附近要可导。
        x：np 数组、NumPy 数组或列表，任意形状。
        eps：差分的步长，见 `numerical_gradient`；None 表示机器精度的立方根。
            函数在 `x` 附近弯得厉害时要取小些。
        rtol：允许的最大相对差异，不小于 0；None 表示与 eps 相同。
    返回：各元素最大的相对差异（float）：两种梯度之差，减去差分自己的误差，
        除以两种梯度中较大的绝对值。
    异常：
        TypeError：`f` 的结果不是 MXNet 的 np 数组。
        AssertionError：相对差异超过 rtol；指出差得最多的元素和两个值。
    出处：1.4 自动微分
    """
    x = d2l.check.point(f, x, 'float64')
    try:
        f(x)
    except MXNetError as failure:
        # 只接住“类型不一致”，别的错误照常引发
        if 'float32' not in str(failure):
            raise
        x = x.astype('float32')
    x.attach_grad()
    with autograd.record(train_mode=False):
        y = d2l.check.recorded(f(x))
    exact = autograd.grad(y, [x], train_mode=False)[0].asnumpy()
    if eps is None:
        eps = float(onp.finfo(x.dtype).eps) ** (1 / 3)
    numeric = numerical_gradient(f, x, eps)
    return d2l.check.gradient(f, x, exact, numeric, eps, rtol)


# 1.4 自动微分，book/ch1_preliminaries/autograd.md
def use_svg_display():
    """让笔记本里的插图存成 SVG，同样的图每次都得到同样的字节。

    `import d2l_local` 时已经这样设置过；改用过别的格式之后，用它改回来。
    在笔记本以外什么也不做。

    出处：1.4 自动微分
    """
    if 'inline' in d2l.plt.get_backend():
        from matplotlib_inline.backend_inline import set_matplotlib_formats
        # 不写日期和程序名，它们会让同样的图有不同的字节
        set_matplotlib_formats('svg', metadata={'Date': None, 'Creator': None})


# 1.4 自动微分，book/ch1_preliminaries/autograd.md
def set_figsize(figsize=(3.5, 2.5)):
    """设定以后各图的大小，并用 SVG 显示。

    参数：
        figsize：（宽, 高），单位英寸。
    出处：1.4 自动微分
    """
    use_svg_display()
    d2l.plt.rcParams['figure.figsize'] = d2l.check.size(figsize)


# 1.4 自动微分，book/ch1_preliminaries/autograd.md
def set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend):
    """设定坐标系的轴标签、范围、刻度和图例，并画上网格。

    参数：
        axes：Matplotlib 的坐标系。
        xlabel、ylabel：轴的标签，None 表示没有。
        xlim、ylim：轴的范围（下限, 上限），None 表示自动。
        xscale、yscale：刻度，'linear'、'log' 或 'symlog'。
        legend：各条曲线的名字的列表；None 或空列表表示没有图例。
    出处：1.4 自动微分
    """
    d2l.check.axes(axes, xscale, yscale)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.set_xscale(xscale)
    axes.set_yscale(yscale)
    axes.set_xlim(xlim)
    axes.set_ylim(ylim)
    if legend:
        axes.legend([legend] if isinstance(legend, str) else legend)
    # 不带 True 的 grid() 是切换，调用两次网格就没有了
    axes.grid(True)


# 1.4 自动微分，book/ch1_preliminaries/autograd.md
def plot(X, Y=None, xlabel=None, ylabel=None, legend=None, xlim=None,
         ylim=None, xscale='linear', yscale='linear',
         fmts=('-', 'm--', 'g-.', 'r:'), figsize=(3.5, 2.5),
         axes=None):
    """画一条或几条曲线。没有返回值，放在一格的最后也不会多打印一行。

    参数：
        X：横坐标，MXNet 或 NumPy 数组都行。一维数组或数的列表是一条；
            一维数组的列表或二维数组，每项（每行）一条；
            只有一条时，`Y` 的各条共用它。
        Y：纵坐标，写法同 `X`。不给时，`X` 作纵坐标，横坐标是 0、1、2……
        xlabel、ylabel、legend、xlim、ylim、xscale、yscale：见 `set_axes`。
        fmts：各条曲线的格式（颜色与线型），用完从头再用。
        figsize：（宽, 高），单位英寸；给了 `axes` 时不起作用。
        axes：画在哪个坐标系里（先清空）；不给时用当前的坐标系。
    异常：
        ValueError：X 与 Y 的条数不同，某一条的横纵坐标个数不同，或没有格式。
    出处：1.4 自动微分
    """
    curves, fmts = d2l.check.curves(X, Y), d2l.check.formats(fmts)
    if axes is None:
        set_figsize(figsize)
        axes = d2l.plt.gca()
    d2l.check.axes(axes, xscale, yscale)
    axes.cla()
    for (x, y), fmt in zip(curves, itertools.cycle(fmts), strict=False):
        axes.plot(x, y, fmt)
    set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend)


# 1.5.2 上下文管理器，book/ch1_preliminaries/context-managers.md
class Timer:
    """秒表：从 `start` 到 `stop` 记一次，创建时就开始第一次。

    也可以写 `with Timer() as timer:`。各次的秒数在 `times` 里，`stop` 返回
    这一次的，`avg`、`sum`、`cumsum` 是平均、合计和逐次累计。MXNet 异步执行，
    停表前要 `npx.waitall()`，否则量到的只是交出任务的时间。

    异常：
        RuntimeError：没有在计时就 `stop`。
        ValueError：一次也没有记下就 `avg`。
    出处：1.5.2 上下文管理器
    """
    def __init__(self):
        self.times = []
        self.start()

    def start(self):
        self.started = time.perf_counter()

    def stop(self):
        if self.started is None:
            raise RuntimeError('没有在计时：请先 start()，再 stop()。')
        self.times.append(time.perf_counter() - self.started)
        self.started = None
        return self.times[-1]

    def avg(self):
        if not self.times:
            raise ValueError('还没有记下任何一次，请先 stop()。')
        return self.sum() / len(self.times)

    def sum(self):
        return sum(self.times)

    def cumsum(self):
        return list(itertools.accumulate(self.times))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        # 块里可能已经自己停过
        if self.started is not None:
            self.stop()


# 1.5.2 上下文管理器，book/ch1_preliminaries/context-managers.md
def best_time(action, repeats=3):
    """运行 `action()` 几次，返回最短的一次用的秒数。

    先运行一次作热身，不计时；每次都等 MXNet 算完才停表。

    参数：
        action：没有参数的函数。
        repeats：计时的次数，正整数。
    返回：秒数。
    出处：1.5.2 上下文管理器
    """
    d2l.check.action(action, '计时的次数', repeats)
    action()
    npx.waitall()
    timer = Timer()
    for _ in range(repeats):
        timer.start()
        action()
        npx.waitall()
        timer.stop()
    return min(timer.times)
