"""本书保存的函数与类，和《动手学深度学习》的 d2l 包 0.17.6 版里的同名者对照。

同名就要有同样的签名；同样的种子和输入，要得到同样的数（误差小于 1e-6）。有意的不同列在
bench/differences.yml 里（API 页上的表也由它生成），每一条在这里都有一个演示：
改了任何一边，演示就不成立。
"""
import contextlib
import hashlib
import inspect
import io
import os
import tarfile
import warnings
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import d2l_local as d2l
import numpy
import pytest
from d2l_local import data
from mxnet import MXNetError, autograd, gluon, init, np, npx
from mxnet.gluon import nn

from bench.peer import DIFFERENCES, FOLDER, load_peer
from tests.kernels import run_in_kernel
from tests.test_data import Server

NEED_DATA = pytest.mark.skipif(bool(data.verify('fashion-mnist')),
                               reason='Fashion-MNIST 还没有取来：make data')
TOLERANCE = 1e-6
# 名字相同，签名有意不同（见 `DIFFERENCES`）。
OTHER_SIGNATURE = {'download'}
# 测试用的图片，一层线性模型几个迭代周期就能分开。
NUM_IMAGES, SIDE, BATCH_SIZE = 60, 28, 20


@pytest.fixture(scope='module')
def peer():
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return load_peer()


@pytest.fixture(autouse=True)
def quiet(np_mode, peer, monkeypatch):
    """在 pytest 里没有笔记本：不设显示格式（由 `run_in_kernel` 另试）。"""
    monkeypatch.setattr(peer, 'use_svg_display', lambda: None)
    npx.random.seed(0)
    numpy.random.seed(0)


def images():
    """(X, y) 的小批量的列表：左半边亮的图片标签是 1，右半边亮的是 0。"""
    random = numpy.random.RandomState(1)
    labels = random.randint(0, 2, NUM_IMAGES).astype('int32')
    pixels = 0.1 * random.rand(NUM_IMAGES, 1, SIDE, SIDE)
    pixels[labels == 1, :, :, :SIDE // 2] += 0.5
    pixels[labels == 0, :, :, SIDE // 2:] += 0.5
    return [(np.array(pixels[i:i + BATCH_SIZE], dtype='float32'),
             np.array(labels[i:i + BATCH_SIZE], dtype='int32'))
            for i in range(0, NUM_IMAGES, BATCH_SIZE)]


def model(units=10):
    net = nn.Sequential()
    net.add(nn.Dense(units))
    net.initialize(init.Normal(sigma=0.01))
    return net


def trainer_of(net, lr=0.01):
    return gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': lr})


def scratch(lib):
    """从零写的一层：(模型, 更新函数, 参数)。"""
    W, b = np.random.normal(0, 0.01, (SIDE * SIDE, 10)), np.zeros(10)
    for param in (W, b):
        param.attach_grad()
    return (lambda X: np.dot(X.reshape((-1, SIDE * SIDE)), W) + b,
            lambda batch_size: lib.sgd([W, b], 0.01, batch_size), [W, b])


LOSS = gluon.loss.SoftmaxCrossEntropyLoss()


def drawn(axes=None):
    """当前坐标系里画了什么：各条曲线、图片、标题、轴标签和范围。"""
    axes = axes or d2l.plt.gca()
    legend = axes.get_legend()
    return {'lines': [line.get_xydata().tolist() for line in axes.lines],
            'images': [numpy.asarray(image.get_array(), 'float64') for image in axes.images],
            'texts': [axes.get_title(), axes.get_xlabel(), axes.get_ylabel(), axes.get_xscale(),
                      axes.get_yscale(), *(t.get_text() for t in legend.texts if legend)]
            if legend else [axes.get_title(), axes.get_xlabel(), axes.get_ylabel()],
            'limits': [axes.get_xlim(), axes.get_ylim()]}


# ---- 同样的输入，同样的数：每个函数拿一个库，返回要比较的东西 ---------------------------------

def case_plot(lib):
    lib.plot(numpy.arange(1, 4), [[1, 2, 3], [4, 5, 6]], 'x', 'y', ['a', 'b'], [0, 4], [0.5, 7],
             'linear', 'log', figsize=(4, 3))
    return drawn(), lib.plt.rcParams['figure.figsize']


def case_set_axes(lib):
    axes = lib.plt.gca()
    lib.set_axes(axes, 'x', 'y', [1, 2], [3, 4], 'log', 'linear', ['a'] if axes.lines else None)
    return drawn()


def case_set_figsize(lib):
    lib.set_figsize((5, 2))
    return lib.plt.rcParams['figure.figsize']


def case_timer(lib):
    timer = lib.Timer()
    assert timer.stop() >= 0
    timer.times = [1.0, 2.0, 4.0]
    return timer.avg(), timer.sum(), list(timer.cumsum())


def case_labels(lib):
    return lib.get_fashion_mnist_labels(np.array([0, 9, 4], dtype='int32'))


def case_show_images(lib):
    axes = lib.show_images(np.arange(32).reshape(2, 4, 4), 2, 2, titles=['a', 'b'], scale=2)
    return [drawn(ax) for ax in axes], axes[0].figure.get_size_inches()


def load_data(lib):
    # d2l 0.17.6 会开 4 个进程读数据，这里只要主进程。
    with mock.patch.object(lib, 'get_dataloader_workers', lambda: 0):
        return lib.load_data_fashion_mnist(256)


def case_load_data(lib):
    batches = []
    for loader in load_data(lib):
        numpy.random.seed(3)
        batches += [batch for _, batch in zip(range(2), loader, strict=False)]
    return batches


def case_synthetic_data(lib):
    return lib.synthetic_data(np.array([2, -3.4]), 4.2, 20)


def case_linreg(lib):
    return lib.linreg(np.random.normal(size=(5, 3)), np.random.normal(size=(3, 1)), np.ones(1))


def case_squared_loss(lib):
    return lib.squared_loss(np.array([[1.0], [2.0], [4.0]]), np.array([0.5, 2.0, 1.0]))


def case_sgd(lib):
    net, updater, params = scratch(lib)
    X, y = images()[0]
    for _ in range(3):
        with autograd.record():
            loss = LOSS(net(X), y)
        loss.backward()
        updater(len(y))
    return params


def case_load_array(lib):
    arrays = np.arange(14).reshape(7, 2), np.arange(7)
    return [list(lib.load_array(arrays, 3, is_train)) for is_train in (True, False)]


def case_accuracy(lib):
    scores = np.random.normal(size=(50, 10))
    labels = np.array(numpy.random.randint(0, 10, 50), dtype='int32')
    return lib.accuracy(scores, labels), lib.accuracy(scores.argmax(axis=1), labels)


def case_accumulator(lib):
    metric = lib.Accumulator(2)
    metric.add(1, np.array(2.5))
    metric.add(0.5, 4)
    before = metric[0], metric[1], metric[-1], metric[0:2]
    metric.reset()
    return before, metric.data


def case_evaluate_accuracy(lib):
    return lib.evaluate_accuracy(model(), images())


def case_evaluate_loss(lib):
    net = model(units=1)
    batches = [(X, y.reshape(-1, 1)) for X, y in images()]
    return (lib.evaluate_loss(net, batches, d2l.squared_loss),
            lib.evaluate_loss(net, batches, gluon.loss.L2Loss()))


def case_train_epoch(lib):
    net = model()
    with_trainer = lib.train_epoch_ch3(net, images(), LOSS, trainer_of(net))
    net, updater, params = scratch(lib)
    return with_trainer, lib.train_epoch_ch3(net, images(), LOSS, updater), params


def case_animator(lib):
    animator = lib.Animator('x', 'y', ['a', 'b'], [1, 3], [0, 9], 'linear', 'linear', figsize=(4, 3))
    for x in (1, 2, 3):
        animator.add(x, (x * x, None if x == 2 else 2 * x))
    single = lib.Animator()
    single.add(1, 5)
    return drawn(animator.axes[0]), drawn(single.axes[0]), animator.fig.get_size_inches()


def case_train_ch3(lib):
    net, updater, params = scratch(lib)
    lib.train_ch3(net, images(), images(), LOSS, 20, updater)
    return params, drawn()['lines']


def small_conv_net():
    net = nn.Sequential()
    net.add(nn.Conv2D(2, 5, strides=4, activation='relu'), nn.Dense(10))
    return net


def more_images():
    """每批 6 张，共 10 批：d2l 0.17.6 的 train_ch6 要至少 5 批。"""
    return [(X[i:i + 6], y[i:i + 6]) for X, y in images() for i in (0, 6, 12)]


def case_evaluate_accuracy_gpu(lib):
    net = model()
    return (lib.evaluate_accuracy_gpu(net, images()),
            lib.evaluate_accuracy_gpu(net, images(), npx.cpu()))


def case_train_ch6(lib):
    net = small_conv_net()
    lib.train_ch6(net, more_images(), images(), 2, 0.1, npx.cpu())
    return [param.data() for param in net.collect_params().values()], drawn()['lines']


def case_predict_ch3(lib):
    lib.predict_ch3(model(), images(), n=5)
    return [drawn(ax) for ax in lib.plt.gcf().axes]


def case_corr2d(lib):
    # 整数的和没有舍入，相加的次序不同也相等
    X, K = (np.array(numpy.random.randint(-9, 10, shape)) for shape in ((6, 8), (3, 2)))
    return lib.corr2d(X, K), lib.corr2d(X.T, K), lib.corr2d(X, X)


def case_residual(lib):
    X = np.random.normal(size=(4, 3, 6, 6))
    outputs = []
    for block in (lib.Residual(3), lib.Residual(6, use_1x1conv=True, strides=2)):
        block.initialize(init.Xavier())
        outputs.append(block(X))
        with autograd.record():
            outputs.append(block(X))
        outputs[-1].backward()
        outputs += [block.conv1.weight.grad(), block.conv2.weight.grad(), block.bn1.gamma.grad(),
                    block.bn2.running_mean.data(), block.bn2.running_var.data(), block(X)]
    return outputs


SAME = {
    'Accumulator': case_accumulator, 'Animator': case_animator, 'Residual': case_residual,
    'Timer': case_timer,
    'accuracy': case_accuracy, 'corr2d': case_corr2d, 'evaluate_accuracy': case_evaluate_accuracy,
    'evaluate_accuracy_gpu': case_evaluate_accuracy_gpu,
    'evaluate_loss': case_evaluate_loss,
    'get_dataloader_workers': lambda lib: lib.get_dataloader_workers(),
    'get_fashion_mnist_labels': case_labels, 'linreg': case_linreg, 'load_array': case_load_array,
    'load_data_fashion_mnist': case_load_data, 'plot': case_plot, 'predict_ch3': case_predict_ch3,
    'set_axes': case_set_axes, 'set_figsize': case_set_figsize, 'sgd': case_sgd,
    'show_images': case_show_images, 'squared_loss': case_squared_loss,
    'synthetic_data': case_synthetic_data, 'train_ch3': case_train_ch3,
    'train_ch6': case_train_ch6, 'train_epoch_ch3': case_train_epoch,
    'try_all_gpus': lambda lib: [str(device) for device in lib.try_all_gpus()],
    'try_gpu': lambda lib: [str(lib.try_gpu()), str(lib.try_gpu(5))],
}
# 在笔记本里才有作用的，和要连网的，另外测试。
ELSEWHERE = {'use_svg_display', 'download', 'download_all', 'download_extract', 'DATA_HUB', 'DATA_URL'}


def assert_same(ours, theirs):
    if isinstance(ours, dict):
        assert ours.keys() == theirs.keys()
        for key in ours:
            assert_same(ours[key], theirs[key])
    elif isinstance(ours, (list, tuple)) and not all(isinstance(each, float) for each in ours):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_same(one, other)
    elif isinstance(ours, (str, type(None))):
        assert ours == theirs
    else:
        ours, theirs = (numpy.asarray(x.asnumpy() if hasattr(x, 'asnumpy') else x, 'float64')
                        for x in (ours, theirs))
        assert ours.shape == theirs.shape
        numpy.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE)


def common_names(peer):
    """两边都有的名字，模块不算。"""
    return {name for name in d2l.__all__
            if hasattr(peer, name) and not inspect.ismodule(getattr(peer, name))}


def test_every_common_name_is_compared(peer):
    assert common_names(peer) == set(SAME) | ELSEWHERE


def parameters(function):
    """签名里每个参数的名字、种类和默认值；类型的说明不比（d2l 没有写）。"""
    return [(each.kind, str(each.replace(annotation=each.empty)))
            for each in inspect.signature(function).parameters.values()]


def test_signatures_are_the_same(peer):
    def signatures(lib):
        return {name: parameters(getattr(lib, name))
                for name in common_names(peer) - OTHER_SIGNATURE - {'DATA_HUB', 'DATA_URL'}}

    assert signatures(d2l) == signatures(peer)


def test_methods_have_the_same_signatures(peer):
    for name in ('Timer', 'Accumulator', 'Animator', 'Residual'):
        for method, function in vars(getattr(peer, name)).items():
            if inspect.isfunction(function) and method != '__init__':
                mine = getattr(getattr(d2l, name), method)
                assert parameters(mine) == parameters(function), method


@pytest.mark.parametrize('name', [
    pytest.param(name, marks=NEED_DATA) if name.startswith('load_data') else name
    for name in sorted(SAME)])
def test_same_input_gives_the_same_numbers(name, peer):
    results = []
    for lib in (d2l, peer):
        npx.random.seed(0)
        numpy.random.seed(0)
        d2l.plt.close('all')
        results.append(SAME[name](lib))
    assert_same(*results)


# ---- 有意的不同：每一条一个演示，次序同 DIFFERENCES --------------------------------------------

IMPORTS = {'ours': 'import d2l_local as d2l',
           'theirs': f'import d2l_local, sys\nsys.path.insert(0, {str(FOLDER)!r})\n'
                     'from d2l import mxnet as d2l'}
THREE_POINTS = """
{imports}
d2l.use_svg_display()
animator = d2l.Animator()
for x in (1, 2, 3):
    animator.add(x, x)
"""


@lru_cache
def has_dates(lib):
    """由程序执行，加三次点：画出的各张 SVG 里有没有日期。"""
    outcome = run_in_kernel(THREE_POINTS.format(imports=IMPORTS[lib]))
    return ['<dc:date>' in each['image/svg+xml'] for each in outcome.displayed]


def demo_svg_date(peer):
    return not any(has_dates('ours')), all(has_dates('theirs'))


def demo_draws(peer):
    return len(has_dates('ours')) == 1, len(has_dates('theirs')) == 4


def demo_grid(lib):
    axes = d2l.plt.figure().gca()
    for _ in range(2):
        lib.set_axes(axes, None, None, None, None, 'linear', 'linear', None)
    return axes.xaxis.get_gridlines()[0].get_visible()


def demo_curves(lib):
    lib.plot([1, 2], [[k, k] for k in range(6)])
    return len(d2l.plt.gca().lines)


def raises(error, action, match=''):
    """运行 `action`，看它是不是抛出这种错。"""
    try:
        action()
    except Exception as actual:
        return isinstance(actual, error) and match in str(actual)
    return False


def demo_stop_twice(lib):
    timer = lib.Timer()
    timer.stop()
    return raises(RuntimeError, timer.stop)


def demo_images_too_many(lib):
    return raises(ValueError, lambda: lib.show_images(numpy.zeros((3, 2, 2)), 1, 2))


def demo_one_image(lib):
    return not raises(AttributeError, lambda: lib.show_images(numpy.zeros((1, 2, 2)), 1, 1))


def demo_column_of_predictions(lib):
    return lib.accuracy(np.array([[0], [1], [1]]), np.array([0, 1, 1])) == 3


def demo_uint8(lib):
    labels = np.array([1] * 300, dtype='uint8')
    scores = np.array([[0.0, 1.0]] * 300)
    return lib.accuracy(scores, labels) == 300


def demo_label_out_of_range(lib):
    return raises(ValueError, lambda: lib.accuracy(np.zeros((2, 3)), np.array([0, 3])), '标签')


def mean_loss(y_hat, y):
    return LOSS(y_hat, y).mean()


def demo_mean_loss(lib):
    net = model()
    return raises(ValueError, lambda: lib.train_epoch_ch3(net, images(), mean_loss, trainer_of(net)),
                  '每个样本一个值')


def demo_nan(lib):
    net = model()
    return raises(FloatingPointError, lambda: lib.train_epoch_ch3(
        net, images(), lambda y_hat, y: LOSS(y_hat, y) * float('nan'), trainer_of(net)), '第 1 批')


def demo_animator_curves(lib):
    animator = lib.Animator()
    animator.add(1, range(6))
    return len(animator.axes[0].lines)


def train_badly(lib):
    """学习率为 0 地训练一个迭代周期。"""
    net = model()
    lib.train_ch3(net, images(), images(), LOSS, 1, trainer_of(net, lr=0.0))


def demo_no_assertion(lib):
    # d2l 0.17.6 只训练一个周期时，横轴的范围是一个点，Matplotlib 会告警。
    warnings.simplefilter('ignore')
    return not raises(AssertionError, lambda: train_badly(lib))


def demo_axes_of_training(lib):
    """训练曲线的图：纵轴的下限，横轴的标签。"""
    net, updater, _ = scratch(lib)
    lib.train_ch3(net, images(), images(), LOSS, 20, updater)
    axes = d2l.plt.gca()
    return tuple(round(limit, 3) for limit in axes.get_ylim()) == (0.3, 0.9), axes.get_xlabel()


def demo_bad_test_data(lib):
    """测试数据是空的：发现以前训练了几步。"""
    steps = []
    net, updater, _ = scratch(lib)

    def counting(batch_size):
        steps.append(batch_size)
        updater(batch_size)

    assert raises(Exception, lambda: lib.train_ch3(net, images(), [], LOSS, 1, counting))
    return len(steps)


def demo_other_side(lib):
    X = np.zeros((4, 1, 32, 32))
    return not raises(Exception, lambda: lib.predict_ch3(model(), [(X, np.zeros(4, 'int32'))], n=4))


def demo_n_too_large(lib):
    return raises(ValueError, lambda: lib.predict_ch3(model(), images(), n=99), 'n 应是')


def both(demo, ours, theirs):
    """演示在本书里得到 `ours`，在 d2l 0.17.6 里得到 `theirs`。"""
    return lambda peer: (demo(d2l) == ours, demo(peer) == theirs)


def demo_loaders(peer):
    kinds = [type(load_data(lib)[0]) for lib in (d2l, peer)]
    return kinds[0] is d2l.ArrayLoader, kinds[1] is gluon.data.DataLoader


def demo_sizes(lib):
    return raises(ValueError, lambda: lib.squared_loss(np.zeros(3), np.zeros(2)), '3 个预测')


def demo_array_lengths(lib):
    return raises(ValueError, lambda: lib.load_array((np.zeros(3), np.zeros(2)), 1), '样本数')


def demo_empty(lib):
    return raises(ValueError, lambda: lib.evaluate_accuracy(model(), []), '一批数据也没有')


def demo_no_loss(lib):
    return raises(ValueError, lambda: lib.evaluate_loss(model(), [], LOSS), '一批数据也没有')


def demo_broadcast_loss(lib):
    batches = [(np.zeros((3, 1)), np.zeros(3))]
    return raises(ValueError, lambda: lib.evaluate_loss(
        lambda X: X, batches, lambda y_hat, y: (y_hat - y)**2), '形状要相同')


def demo_trainable(lib):
    X, K = np.arange(9).reshape(3, 3), np.ones((2, 2))
    try:
        gradient = d2l.value_and_gradient(lambda K: lib.corr2d(X, K), K)[1]
    except MXNetError:
        return None
    return gradient.asnumpy().tolist()


def demo_large_kernel(lib):
    return raises(ValueError, lambda: lib.corr2d(np.ones((2, 2)), np.ones((3, 3))), '放得进去')


def demo_empty_gpu(lib):
    return raises(ValueError, lambda: lib.evaluate_accuracy_gpu(model(), []), '一批数据也没有')


def train_conv(lib, train_iter=None, test_iter=None, lr=0.1):
    net = small_conv_net()
    lib.train_ch6(net, train_iter or more_images(), images() if test_iter is None else test_iter,
                  2, lr, npx.cpu())
    return net


def demo_few_batches(lib):
    return not raises(ZeroDivisionError, lambda: train_conv(lib, images()))


def demo_nan_ch6(lib):
    return raises(FloatingPointError, lambda: train_conv(lib, lr=1e30), '第 1 个迭代周期，第 2 批')


def demo_axes_ch6(lib):
    """训练曲线的图：横轴的下限，横轴的标签。"""
    train_conv(lib)
    axes = d2l.plt.gca()
    return axes.get_xlim()[0], axes.get_xlabel()


def demo_printed_ch6(lib):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        train_conv(lib)
    return '秒' in printed.getvalue(), 'examples/sec' in printed.getvalue()


def demo_bad_test_data_ch6(lib):
    """测试数据是空的：发现以前读了几批训练数据。"""
    class Counted(list):
        read = 0

        def __iter__(self):
            for batch in super().__iter__():
                self.read += 1
                yield batch

    batches = Counted(more_images())
    assert raises(Exception, lambda: train_conv(lib, batches, []))
    return batches.read


def demo_broadcast_shortcut(lib):
    block = lib.Residual(8)
    block.initialize()
    return raises(ValueError, lambda: block(np.ones((2, 1, 6, 6))), 'use_1x1conv=True')


def refuses(error, call, match=''):
    """一个演示：`call(库)` 抛出这种错为真。"""
    return both(lambda lib: raises(error, lambda: call(lib), match), True, False)


def demo_titles(peer):
    few, many = (lambda lib, titles=titles: lib.show_images(np.zeros((2, 2, 2)), 1, 2, titles=titles)
                 for titles in (['a'], ['a', 'b', 'c']))
    return (raises(ValueError, lambda: few(d2l), '1 个标题') and raises(ValueError, lambda: many(d2l)),
            raises(IndexError, lambda: few(peer)) and not raises(Exception, lambda: many(peer)))


def demo_channel_first(lib):
    return not raises(TypeError, lambda: lib.show_images(np.zeros((2, 1, 5, 5)), 1, 2))


def demo_two_columns(lib):
    return lib.synthetic_data(np.ones((2, 2)), 0, 5)


def demo_integer_loss(lib):
    y_hat, y = np.array([0], dtype='uint8'), np.array([20], dtype='uint8')
    return float(lib.squared_loss(y_hat, y)) == 200


def demo_step_of_nothing(lib):
    w = np.ones(2)
    w.attach_grad()
    return raises(ValueError, lambda: lib.sgd([w], 0.1, 0), '批量大小')


def demo_giant_batch(lib):
    """批量大小不对时，是不是都报错。"""
    def load(size):
        return [len(y) for _, y in lib.load_array((np.zeros((7, 2)), np.zeros(7)), size)]

    return [load(size) if not raises(ValueError, lambda size=size: load(size)) else '报错'
            for size in (0, -1, 2.5)]


def demo_label_kinds(lib):
    return [raises(ValueError, lambda y=y: lib.accuracy(np.eye(2), np.array(y)), '标签应是整数')
            for y in ([0, 0.5], [0, float('nan')])]


def demo_nan_model(lib):
    return raises(FloatingPointError, lambda: lib.evaluate_accuracy(
        lambda X: X.reshape(len(X), -1) * float('nan'), images()), '预测里有 nan')


def demo_empty_batch(peer):
    """空的一批：本书在交给模型以前就拒绝；d2l 0.17.6 会让 MXNet 结束整个进程，所以只看它的源代码没有查。"""
    seen = []
    assert raises(ValueError, lambda: d2l.train_epoch_ch3(
        seen.append, [(np.zeros((0, 3)), np.zeros(0))], LOSS, seen.append), '是空的')
    return not seen, 'len(X)' not in inspect.getsource(peer.train_epoch_ch3)


def demo_zero_dimensional(lib):
    return not raises(TypeError, lambda: lib.Animator().add(1, np.array(0.5)))


def demo_fewer_points(lib):
    animator = lib.Animator()
    animator.add(1, (1, 2))
    return raises(ValueError, lambda: animator.add(2, (3,)), '已有 2 条曲线')


def demo_nan_titles(lib):
    return raises(FloatingPointError, lambda: lib.predict_ch3(
        lambda X: np.full((len(X), 10), float('nan')), images(), n=2), '预测里有 nan')


def demo_kernel_of_bytes(lib):
    X, K = np.full((2, 2), 200, dtype='uint8'), np.full((2, 2), 2, dtype='uint8')
    return float(lib.corr2d(X, K)) == 1600


def demo_registry(lib):
    return raises(data.DataError, lambda: lib.download('no-such-data'), '没有登记')


def demo_folder(lib):
    return inspect.signature(lib.download).parameters['cache_dir'].default == '../data'


@contextmanager
def published(lib, file, body, digest=None):
    """在本机的服务器上放一个文件，登记成 mine，给出放它的临时文件夹。"""
    server = Server()
    server.answers[f'/{file}'] = body
    digest = digest or hashlib.sha1(body).hexdigest()
    with (TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.closing(server),
          mock.patch.dict(os.environ, D2L_DATA_DIR=folder),
          mock.patch.dict(lib.DATA_HUB, {'mine': (server.base + file, digest)}, clear=True)):
        yield Path(folder)


def demo_content(lib):
    """SHA-1 不符：报错而且不留下文件为真。"""
    with published(lib, 'a.csv', b'other', digest='0' * 40) as folder:
        refused = raises(data.DataError, lambda: lib.download('mine', folder / 'here'), 'SHA-1 不符')
        return refused and not (folder / 'here' / 'a.csv').exists()


def demo_outside(lib):
    """压缩包里有指向上一层的路径：不写到外面为真。"""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w') as archive:
        archive.addfile(tarfile.TarInfo('../outside.txt'))
    with published(lib, 'pack.tar', buffer.getvalue()) as folder:
        (folder / 'run').mkdir()
        with contextlib.chdir(folder / 'run'), contextlib.suppress(data.DataError):
            lib.download_extract('mine')
        return not (folder / 'outside.txt').exists()


def demo_all(lib):
    with published(lib, 'a.csv', b'x'), mock.patch.dict(data.DATASETS, clear=True):
        return lib.download_all() is not None


DEMOS = {
    'use_svg_display': [demo_svg_date],
    'set_axes': [both(demo_grid, True, False)],
    'plot': [both(demo_curves, 6, 4),
             both(lambda lib: raises(ValueError, lambda: lib.plot(
                 [[1, 2], [3, 4]], [[1, 2], [3, 4], [5, 6]]), '应当一样多'), True, False),
             refuses(ValueError, lambda lib: lib.plot([1, 2], fmts=()), 'fmts')],
    'Timer': [both(lambda lib: hasattr(lib.Timer, '__enter__'), True, False),
              both(demo_stop_twice, True, False)],
    'get_fashion_mnist_labels': [
        both(lambda lib: raises(ValueError, lambda: lib.get_fashion_mnist_labels([-1])), True, False),
        refuses(ValueError, lambda lib: lib.get_fashion_mnist_labels([1.9]), '标签应是整数')],
    'show_images': [both(demo_images_too_many, True, False), both(demo_one_image, True, False),
                    demo_titles, both(demo_channel_first, True, False)],
    'synthetic_data': [refuses(ValueError, demo_two_columns, 'w 的形状')],
    'linreg': [refuses(ValueError, lambda lib: lib.linreg(np.ones((4, 2)), np.ones((2, 1)), np.ones(4)),
                       'b 的形状')],
    'load_data_fashion_mnist': [demo_loaders],
    'squared_loss': [both(demo_sizes, True, False), both(demo_integer_loss, True, False)],
    'sgd': [both(demo_step_of_nothing, True, False)],
    'load_array': [both(demo_array_lengths, True, False), both(demo_giant_batch, ['报错'] * 3, [[7]] * 3),
                   refuses(TypeError, lambda lib: lib.load_array(np.zeros((4, 2)), 2), '(X,)')],
    'accuracy': [both(demo_column_of_predictions, True, False), both(demo_uint8, True, False),
                 both(demo_label_out_of_range, True, False),
                 refuses(ValueError, lambda lib: lib.accuracy(np.array([0.3]), np.array([0])), '概率'),
                 refuses(FloatingPointError, lambda lib: lib.accuracy(np.eye(2) * float('nan'), np.zeros(2))),
                 both(demo_label_kinds, [True, True], [False, False])],
    'Accumulator': [
        both(lambda lib: raises(ValueError, lambda: lib.Accumulator(2).add(1)), True, False),
        refuses(TypeError, lambda lib: lib.Accumulator(1).add('3'), '应是一个数')],
    'evaluate_accuracy': [both(demo_empty, True, False), both(demo_nan_model, True, False),
                          refuses(TypeError, lambda lib: lib.evaluate_accuracy(images(), model()), '次序')],
    'evaluate_accuracy_gpu': [both(demo_empty_gpu, True, False)],
    'train_epoch_ch3': [both(demo_mean_loss, True, False), both(demo_nan, True, False),
                        demo_empty_batch],
    'Animator': [demo_draws, both(demo_animator_curves, 6, 4), both(demo_zero_dimensional, True, False),
                 both(demo_fewer_points, True, False)],
    'train_ch3': [both(demo_no_assertion, True, False),
                  both(demo_axes_of_training, (False, '迭代周期'), (True, 'epoch')),
                  both(demo_bad_test_data, 0, 3)],
    'train_ch6': [both(demo_few_batches, True, False), both(demo_nan_ch6, True, False),
                  both(demo_axes_ch6, (0, '迭代周期'), (1, 'epoch')),
                  both(demo_printed_ch6, (True, False), (False, True)),
                  both(demo_bad_test_data_ch6, 0, 9)],
    'predict_ch3': [both(demo_other_side, True, False), both(demo_n_too_large, True, False),
                    both(demo_nan_titles, True, False)],
    'evaluate_loss': [both(demo_no_loss, True, False), both(demo_broadcast_loss, True, False)],
    'corr2d': [both(demo_trainable, [[8, 12], [20, 24]], None), both(demo_large_kernel, True, False),
               both(demo_kernel_of_bytes, True, False)],
    'try_gpu': [refuses(ValueError, lambda lib: lib.try_gpu(-1), '编号')],
    'Residual': [both(demo_broadcast_shortcut, True, False)],
    'download': [both(demo_folder, False, True), both(demo_registry, True, False),
                 both(demo_content, True, False)],
    'download_extract': [both(demo_outside, True, False)],
    'download_all': [both(demo_all, True, False)],
}


def test_every_difference_has_a_demo():
    assert ({name: len(rows) for name, rows in DIFFERENCES.items()}
            == {name: len(demos) for name, demos in DEMOS.items()})


@pytest.mark.parametrize('name, number', [
    pytest.param(name, number, marks=NEED_DATA) if name.startswith('load_data') else (name, number)
    for name, demos in DEMOS.items() for number in range(len(demos))])
def test_the_difference_is_as_stated(name, number, peer):
    assert DEMOS[name][number](peer) == (True, True)
