"""《动手学深度学习》第二版 MXNet 版的读者，把 `from d2l import mxnet as d2l` 换成 `import d2l_local as d2l`。

每个测试是他学一节时写的代码，名字和用法照那本书，文字和代码是我们自己的；结果同手算的、NumPy 算的或
书外公认的数比较。节号是第二版的。同名者与 d2l 0.17.6 逐个的对照在 test_parity.py。
"""
import itertools
import math
import re
import time

import d2l_local as d2l
import numpy
import pandas
import pytest
from d2l_local import data
from mxnet import autograd, gluon, init, np, npx
from mxnet.gluon import nn

NEED_IMAGES = pytest.mark.skipif(bool(data.verify('fashion-mnist')),
                                 reason='Fashion-MNIST 还没有取来：make data')
NEED_HOUSES = pytest.mark.skipif(bool(data.verify('house-prices')), reason='房价数据还没有取来：make data')
# 训练集最前面十张图片是什么，凡用这个数据集的人都见过。
FIRST_TEN = ['ankle boot', 't-shirt', 't-shirt', 'dress', 't-shirt', 'pullover', 'sneaker', 'pullover',
             'sandal', 'sandal']


@pytest.fixture(autouse=True)
def seeds(np_mode):
    npx.random.seed(0)
    numpy.random.seed(0)


def assert_equal(ours, expected, atol=0.0):
    numpy.testing.assert_allclose(ours.asnumpy(), expected, rtol=0, atol=atol)


def curves():
    """当前坐标系里各条曲线的点。"""
    return [line.get_xydata() for line in d2l.plt.gca().lines]


def legend():
    return [text.get_text() for text in d2l.plt.gca().get_legend().get_texts()]


# ---- 2.4、3.1 至 3.3：画图，计时，线性回归 -------------------------------------------------


def test_curves_of_calculus():
    d2l.use_svg_display()
    d2l.set_figsize((4.5, 2.5))
    x = np.arange(0, 3, 0.1)
    d2l.plot(x, [3 * x**2 - 4 * x, 2 * x - 3], 'x', 'f(x)', legend=['f(x)', '切线（x=1）'])
    parabola, tangent = curves()
    points = numpy.arange(30) / 10
    numpy.testing.assert_allclose(parabola, numpy.stack([points, points * (3 * points - 4)], 1), atol=1e-5)
    numpy.testing.assert_allclose(tangent, numpy.stack([points, 2 * points - 3], 1), atol=1e-5)
    assert legend() == ['f(x)', '切线（x=1）']


def test_timing_a_loop():
    n = 200
    a, b, c = np.ones(n), np.ones(n), np.zeros(n)
    start, timer = time.time(), d2l.Timer()
    for i in range(n):
        c[i] = a[i] + b[i]
    loop = timer.stop()
    whole = time.time() - start
    timer.start()
    d = a + b
    timer.stop()
    assert 0 < loop <= whole and timer.times[0] == loop and len(timer.times) == 2
    assert timer.sum() == sum(timer.times) and timer.avg() == timer.sum() / 2
    assert (c == d).all() and float(d.sum()) == 2 * n


def read_batches(batch_size, features, labels):
    """读者自己写的数据迭代器。"""
    order = numpy.random.permutation(len(features))
    for start in range(0, len(features), batch_size):
        chosen = np.array(order[start:start + batch_size])
        yield features[chosen], labels[chosen]


def test_linear_regression_twice_finds_the_least_squares():
    true_w, true_b = np.array([2, -3.4]), 4.2
    features, labels = d2l.synthetic_data(true_w, true_b, 1000)
    w, b = np.random.normal(0, 0.01, (2, 1)), np.zeros(1)
    w.attach_grad()
    b.attach_grad()
    lr, num_epochs, net, loss = 0.03, 3, d2l.linreg, d2l.squared_loss
    for _ in range(num_epochs):
        for X, y in read_batches(10, features, labels):
            with autograd.record():
                error = loss(net(X, w, b), y)
            error.backward()
            d2l.sgd([w, b], lr, 10)

    concise = nn.Sequential()
    concise.add(nn.Dense(1))
    concise.initialize(init.Normal(sigma=0.01))
    trainer = gluon.Trainer(concise.collect_params(), 'sgd', {'learning_rate': lr})
    l2 = gluon.loss.L2Loss()
    data_iter = d2l.load_array((features, labels), 10)
    for _ in range(num_epochs):
        for X, y in data_iter:
            with autograd.record():
                error = l2(concise(X), y)
            error.backward()
            trainer.step(10)

    design = numpy.hstack([features.asnumpy(), numpy.ones((1000, 1))])
    best = numpy.linalg.lstsq(design, labels.asnumpy(), rcond=None)[0].ravel()
    # 噪声的标准差是 0.01，随机梯度下降停在最小二乘解附近，差不过噪声的一半
    assert_equal(np.concatenate([w.reshape(-1), b]), best, atol=0.005)
    assert_equal(np.concatenate([concise[0].weight.data().reshape(-1), concise[0].bias.data()]), best,
                 atol=0.005)


# ---- 3.5 至 3.7：图像分类 --------------------------------------------------------------------


@NEED_IMAGES
def test_looking_at_the_first_images():
    mnist_train = d2l.FashionMNIST(train=True)
    X, y = mnist_train[:18]
    axes = d2l.show_images(X.squeeze(axis=-1), 2, 9, titles=d2l.get_fashion_mnist_labels(y))
    assert len(mnist_train) == 60000 and mnist_train[0][0].shape == (28, 28, 1)
    assert [ax.get_title() for ax in axes][:10] == FIRST_TEN
    numpy.testing.assert_array_equal(axes[17].images[0].get_array(), X[17, :, :, 0].asnumpy())


def softmax(X):
    exponentials = np.exp(X)
    return exponentials / exponentials.sum(1, keepdims=True)


def cross_entropy(y_hat, y):
    return -np.log(y_hat[range(len(y_hat)), y])


def test_two_predictions_by_hand():
    y = np.array([0, 2])
    y_hat = np.array([[0.1, 0.3, 0.6], [0.3, 0.2, 0.5]])
    assert_equal(cross_entropy(y_hat, y), [math.log(10), math.log(2)], atol=1e-6)
    assert d2l.accuracy(y_hat, y) / len(y) == 0.5
    metric = d2l.Accumulator(2)
    for _ in range(3):
        metric.add(d2l.accuracy(y_hat, y), y.size)
    assert (metric[0], metric[1]) == (3, 6)


@pytest.fixture(scope='module')
def fashion():
    """第二版的读者读数据的写法；只留前几批，先看看代码对不对。"""
    npx.set_np()
    numpy.random.seed(0)
    batch_size = 256
    train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size=batch_size)
    batches = list(itertools.islice(train_iter, 8)), list(itertools.islice(test_iter, 2))
    npx.reset_np()
    return batches


def counted_accuracy(net, batches):
    """用 NumPy 数出来的精度。"""
    right = [(net(X).asnumpy().argmax(1) == y.asnumpy()) for X, y in batches]
    return numpy.concatenate(right).mean()


def printed_numbers(capsys):
    """训练完打印的第一行里的数：训练损失、训练精度、测试精度。"""
    return [float(number) for number in re.findall(r'\d+\.\d+', capsys.readouterr().out.splitlines()[0])]


@NEED_IMAGES
def test_softmax_regression_from_scratch(fashion, capsys):
    (train_iter, test_iter), num_epochs, lr = fashion, 5, 0.1
    W, b = np.random.normal(0, 0.01, (784, 10)), np.zeros(10)
    W.attach_grad()
    b.attach_grad()

    def net(X):
        return softmax(np.dot(X.reshape((-1, W.shape[0])), W) + b)

    def updater(batch_size):
        return d2l.sgd([W, b], lr, batch_size)

    d2l.train_ch3(net, train_iter, test_iter, cross_entropy, num_epochs, updater)
    counted = counted_accuracy(net, test_iter)
    assert d2l.evaluate_accuracy(net, test_iter) == pytest.approx(counted, abs=1e-9)
    # 十类差不多一样多，乱猜是 0.1
    assert printed_numbers(capsys)[2] == pytest.approx(counted, abs=5e-4) and counted > 0.6
    d2l.predict_ch3(net, test_iter, n=6)
    X, y = test_iter[0]
    told = [ax.get_title().split('\n') for ax in d2l.plt.gcf().axes]
    assert told == [list(pair) for pair in zip(
        d2l.get_fashion_mnist_labels(y[:6]), d2l.get_fashion_mnist_labels(net(X[:6]).argmax(axis=1)),
        strict=True)]


# ---- 4.4、4.10：多项式，房价 -----------------------------------------------------------------


def test_polynomial_regression_finds_the_coefficients():
    n_train, n_test, true_w = 100, 100, numpy.array([5, 1.2, -3.4, 5.6])
    x = numpy.random.normal(size=(n_train + n_test, 1))
    poly = numpy.power(x, numpy.arange(4)) / [math.gamma(i + 1) for i in range(4)]
    labels = poly @ true_w + numpy.random.normal(scale=0.1, size=n_train + n_test)
    features, labels = (np.array(each, dtype='float32') for each in (poly, labels.reshape(-1, 1)))

    loss, num_epochs = gluon.loss.L2Loss(), 80
    net = nn.Sequential()
    net.add(nn.Dense(1, use_bias=False))  # 多项式的第一项就是偏置
    net.initialize()
    train_iter = d2l.load_array((features[:n_train], labels[:n_train]), 10)
    test_iter = d2l.load_array((features[n_train:], labels[n_train:]), 10, is_train=False)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})
    animator = d2l.Animator(xlabel='epoch', ylabel='loss', yscale='log', xlim=[1, num_epochs],
                            ylim=[1e-3, 1e2], legend=['train', 'test'])
    for epoch in range(num_epochs):
        d2l.train_epoch_ch3(net, train_iter, loss, trainer)
        if epoch == 0 or (epoch + 1) % 40 == 0:
            animator.add(epoch + 1, (d2l.evaluate_loss(net, train_iter, loss),
                                     d2l.evaluate_loss(net, test_iter, loss)))
    best = numpy.linalg.lstsq(features[:n_train].asnumpy(), labels[:n_train].asnumpy(), rcond=None)[0]
    assert_equal(net[0].weight.data(), best.T, atol=0.1)
    # 平方损失之半的期望是噪声方差之半
    train, test = curves()
    assert train[:, 0].tolist() == test[:, 0].tolist() == [1, 40, 80]
    assert 0.003 < train[-1, 1] < 0.007 and 0.003 < test[-1, 1] < 0.012
    residual = features[n_train:].asnumpy() @ net[0].weight.data().asnumpy().T - labels[n_train:].asnumpy()
    assert test[-1, 1] == pytest.approx((residual**2).mean() / 2, rel=1e-5)
    assert legend() == ['train', 'test'] and d2l.plt.gca().get_yscale() == 'log'


@NEED_HOUSES
def test_house_prices_are_registered_read_and_fitted():
    for part, sha1 in [('train', '585e9cc93e70b39160e7921475f9bcd7d31219ce'),
                       ('test', 'fa19780a7b011d9b009e8bff8e99922a8ee2eb90')]:
        d2l.DATA_HUB[f'kaggle_house_{part}'] = (d2l.DATA_URL + f'kaggle_house_pred_{part}.csv', sha1)
    train_data, test_data = (pandas.read_csv(d2l.download(f'kaggle_house_{part}'))
                             for part in ('train', 'test'))
    # 竞赛的数据：1460 和 1459 条；测试的没有售价
    assert train_data.shape == (1460, 81) and test_data.shape == (1459, 80)
    everything = pandas.concat((train_data.iloc[:, 1:-1], test_data.iloc[:, 1:]))
    numeric = everything.select_dtypes('number').columns
    everything[numeric] = everything[numeric].apply(
        lambda column: (column - column.mean()) / column.std())
    everything[numeric] = everything[numeric].fillna(0)
    everything = pandas.get_dummies(everything, dummy_na=True)
    # 第二版印着 331：pandas 2 起，read_csv 把 MasVnrType 的 None 也读成缺失，少一列（见 3.8 节）
    assert everything.shape == (2919, 330)
    features = np.array(everything[:1460].values, dtype=np.float32)
    labels = np.array(train_data.SalePrice.values.reshape(-1, 1), dtype='float32')

    loss, num_epochs = gluon.loss.L2Loss(), 8
    net = nn.Sequential()
    net.add(nn.Dense(1))
    net.initialize()

    def log_rmse(net, features, labels):
        clipped = np.clip(net(features), 1, float('inf'))
        return float(np.sqrt(2 * loss(np.log(clipped), np.log(labels)).mean()))

    trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': 20})
    train_ls, valid_ls = [], []
    for _ in range(num_epochs):
        for X, y in d2l.load_array((features[:1168], labels[:1168]), 64):
            with autograd.record():
                error = loss(net(X), y)
            error.backward()
            trainer.step(64)
        train_ls.append(log_rmse(net, features[:1168], labels[:1168]))
        valid_ls.append(log_rmse(net, features[1168:], labels[1168:]))
    d2l.plot(list(range(1, num_epochs + 1)), [train_ls, valid_ls], xlabel='epoch', ylabel='rmse',
             xlim=[1, num_epochs], legend=['train', 'valid'], yscale='log')
    for curve, values in zip(curves(), (train_ls, valid_ls), strict=True):
        assert curve.tolist() == [[epoch, value] for epoch, value in enumerate(values, 1)]
    prices, guesses = labels[1168:].asnumpy(), net(features[1168:]).asnumpy().clip(1)
    by_numpy = numpy.sqrt(((numpy.log(guesses) - numpy.log(prices))**2).mean())
    assert valid_ls[-1] == pytest.approx(by_numpy, rel=1e-4)
    assert valid_ls == sorted(valid_ls, reverse=True)


# ---- 6.2 至 6.5：卷积，填充和步幅，通道，汇聚 ------------------------------------------------

EDGES = [[1, 1, 0, 0, 0, 0, 1, 1]] * 6
# 从白到黑是 1，从黑到白是 −1
FOUND = [[0, 1, 0, 0, 0, -1, 0]] * 6


def test_correlation_and_edges():
    X = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]])
    assert_equal(d2l.corr2d(X, np.array([[0.0, 1.0], [2.0, 3.0]])), [[19, 25], [37, 43]])
    X, K = np.ones((6, 8)), np.array([[1.0, -1.0]])
    X[:, 2:6] = 0
    assert_equal(X, EDGES)
    assert_equal(d2l.corr2d(X, K), FOUND)
    assert_equal(d2l.corr2d(X.T, K), numpy.zeros((8, 5)))


class Conv2D(nn.Block):
    """读者自己的卷积层。"""

    def __init__(self, kernel_size, **kwargs):
        super().__init__(**kwargs)
        self.weight = self.params.get('weight', shape=kernel_size)
        self.bias = self.params.get('bias', shape=(1,), init=init.Zero())

    def forward(self, x):
        return d2l.corr2d(x, self.weight.data()) + self.bias.data()


@pytest.mark.parametrize('make, shape', [(lambda: Conv2D((1, 2)), (6, -1)),
                                         (lambda: nn.Conv2D(1, kernel_size=(1, 2)), (1, 1, 6, -1))])
def test_a_layer_learns_the_edge_kernel(make, shape):
    X, Y = (np.array(each, dtype='float32').reshape(shape) for each in (EDGES, FOUND))
    conv2d, lr = make(), 3e-2
    conv2d.initialize()
    losses = []
    for _ in range(30):
        with autograd.record():
            error = (conv2d(X) - Y)**2
        error.backward()
        losses.append(float(error.sum()))
        for param in (conv2d.weight, conv2d.bias):
            param.data()[:] -= lr * param.grad() / 3
    assert losses == sorted(losses, reverse=True)
    assert_equal(conv2d.weight.data().reshape(-1), [1, -1], atol=0.05)


def corr2d_multi_in(X, K):
    return sum(d2l.corr2d(x, k) for x, k in zip(X, K, strict=True))


def corr2d_multi_in_out(X, K):
    return np.stack([corr2d_multi_in(X, k) for k in K], 0)


def corr2d_multi_in_out_1x1(X, K):
    channels, height, width = X.shape
    return np.dot(K.reshape((-1, channels)), X.reshape((channels, -1))).reshape((-1, height, width))


def windows_summed(X, K):
    """用 NumPy 的窗口和 einsum 算多通道的互相关。"""
    windows = numpy.lib.stride_tricks.sliding_window_view(X.asnumpy(), K.shape[2:], (1, 2))
    return numpy.einsum('chwij,ocij->ohw', windows, K.asnumpy())


def test_channels():
    X = np.array([[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]],
                  [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]])
    K = np.array([[[0.0, 1.0], [2.0, 3.0]], [[1.0, 2.0], [3.0, 4.0]]])
    assert_equal(corr2d_multi_in(X, K), [[56, 72], [104, 120]])
    K = np.stack((K, K + 1, K + 2), 0)
    assert K.shape == (3, 2, 2, 2)
    assert_equal(corr2d_multi_in_out(X, K), [
        [[56, 72], [104, 120]], [[76, 100], [148, 172]], [[96, 128], [192, 224]]])
    X, K = np.random.normal(0, 1, (3, 3, 3)), np.random.normal(0, 1, (2, 3, 1, 1))
    Y1, Y2 = corr2d_multi_in_out_1x1(X, K), corr2d_multi_in_out(X, K)
    assert float(np.abs(Y1 - Y2).sum()) < 1e-6
    assert_equal(Y2, windows_summed(X, K), atol=1e-6)
    X, K = np.random.normal(0, 1, (3, 7, 6)), np.random.normal(0, 1, (4, 3, 2, 3))
    assert_equal(corr2d_multi_in_out(X, K), windows_summed(X, K), atol=1e-5)


def comp_conv2d(conv2d, X):
    """补上批量和通道两维，算完再去掉。"""
    conv2d.initialize()
    return conv2d(X.reshape((1, 1) + X.shape)).reshape((-1,))


@pytest.mark.parametrize('options, shape', [
    ({'kernel_size': 3, 'padding': 1}, (8, 8)),
    ({'kernel_size': (5, 3), 'padding': (2, 1)}, (8, 8)),
    ({'kernel_size': 3, 'padding': 1, 'strides': 2}, (4, 4)),
    ({'kernel_size': (3, 5), 'padding': (0, 1), 'strides': (3, 4)}, (2, 2))])
def test_padding_and_strides(options, shape):
    """形状是书上的；数等于在补了零的输入上每隔几格取一个 `d2l.corr2d`。"""
    X, conv2d = np.random.uniform(size=(8, 8)), nn.Conv2D(1, **options)
    Y = comp_conv2d(conv2d, X).reshape(shape)
    (rows, cols), (down, right) = (numpy.broadcast_to(options.get(name, default), 2).tolist()
                                   for name, default in (('padding', 0), ('strides', 1)))
    padded = np.pad(X, ((rows, rows), (cols, cols)))
    assert_equal(Y, d2l.corr2d(padded, conv2d.weight.data()[0, 0])[::down, ::right].asnumpy(), atol=1e-6)


def pool2d(X, pool_size, mode='max'):
    height, width = pool_size
    Y = np.zeros((X.shape[0] - height + 1, X.shape[1] - width + 1))
    for i, j in itertools.product(*map(range, Y.shape)):
        window = X[i:i + height, j:j + width]
        Y[i, j] = window.max() if mode == 'max' else window.mean()
    return Y


def test_pooling():
    X = np.array([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 7.0, 8.0]])
    assert_equal(pool2d(X, (2, 2)), [[4, 5], [7, 8]])
    assert_equal(pool2d(X, (2, 2), 'avg'), [[2, 3], [5, 6]])
    # 平均汇聚就是核的每个元素都是 1/4 的互相关
    assert_equal(d2l.corr2d(X, np.full((2, 2), 0.25)), [[2, 3], [5, 6]])
    X = np.arange(16, dtype=np.float32).reshape((1, 1, 4, 4))
    assert_equal(nn.MaxPool2D(3)(X), [[[[10]]]])
    assert_equal(nn.MaxPool2D(3, padding=1, strides=2)(X), [[[[5, 7], [13, 15]]]])
    assert_equal(nn.MaxPool2D((2, 3), padding=(0, 1), strides=(2, 3))(X), [[[[5, 7], [13, 15]]]])
    X = np.concatenate((X, X + 1), 1)
    assert_equal(nn.MaxPool2D(3, padding=1, strides=2)(X), [[[[5, 7], [13, 15]], [[6, 8], [14, 16]]]])


# ---- 6.6、7.5、7.6：LeNet，批量规范化，残差网络 -----------------------------------------------


def lenet(*after_each):
    """LeNet；`after_each` 给出每个有激活函数的层后面另加什么：(通道数, 维数) → 块。"""
    net = nn.Sequential()
    for layer, channels, dims in [(nn.Conv2D(6, kernel_size=5, padding=2), 6, 4),
                                  (nn.Conv2D(16, kernel_size=5), 16, 4),
                                  (nn.Dense(120), 120, 2), (nn.Dense(84), 84, 2)]:
        net.add(layer, *(make(channels, dims) for make in after_each), nn.Activation('sigmoid'))
        if dims == 4:
            net.add(nn.AvgPool2D(pool_size=2, strides=2))
    net.add(nn.Dense(10))
    return net


def test_lenet_has_the_known_shapes_and_size():
    net, device = lenet(), d2l.try_gpu()
    X = np.random.uniform(size=(1, 1, 28, 28), ctx=device)
    net.initialize(ctx=device)
    shapes = []
    for layer in net:
        X = layer(X)
        shapes.append(X.shape[1:])
    assert X.ctx == device and device in d2l.try_all_gpus()
    assert shapes == [(6, 28, 28), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 10, 10), (16, 5, 5),
                      (120,), (120,), (84,), (84,), (10,)]
    # 公认的数：156 + 2416 + 48120 + 10164 + 850
    assert sum(param.data().size for param in net.collect_params().values()) == 61706


@NEED_IMAGES
def test_lenet_starts_from_a_guess(fashion, capsys):
    train_iter, test_iter = fashion
    net, lr, num_epochs = lenet(), 0.9, 1
    d2l.train_ch6(net, train_iter, test_iter, num_epochs, lr, d2l.try_gpu())
    train_l, train_acc, test_acc = printed_numbers(capsys)
    assert test_acc == pytest.approx(d2l.evaluate_accuracy_gpu(net, test_iter), abs=5e-4)
    assert test_acc == pytest.approx(counted_accuracy(net, test_iter), abs=5e-4)
    # sigmoid 的 LeNet 要几百步才动：十步之内还在猜，交叉熵是 ln 10 多一点，精度约 0.1
    assert math.log(10) - 0.05 < train_l < math.log(10) + 0.5
    assert 0.05 < train_acc < 0.2


def batch_norm(X, gamma, beta, moving_mean, moving_var, eps, momentum):
    axes = (0,) if X.ndim == 2 else (0, 2, 3)
    mean, var = moving_mean, moving_var
    if autograd.is_training():
        mean = X.mean(axis=axes, keepdims=True)
        var = ((X - mean)**2).mean(axis=axes, keepdims=True)
        moving_mean = momentum * moving_mean + (1 - momentum) * mean
        moving_var = momentum * moving_var + (1 - momentum) * var
    return gamma * (X - mean) / np.sqrt(var + eps) + beta, moving_mean, moving_var


class BatchNorm(nn.Block):
    """读者自己的批量规范化层。"""

    def __init__(self, num_features, num_dims, **kwargs):
        super().__init__(**kwargs)
        shape = (1, num_features) + (1,) * (num_dims - 2)
        self.gamma = self.params.get('gamma', shape=shape, init=init.One())
        self.beta = self.params.get('beta', shape=shape, init=init.Zero())
        self.moving_mean, self.moving_var = np.zeros(shape), np.ones(shape)

    def forward(self, X):
        Y, self.moving_mean, self.moving_var = batch_norm(
            X, self.gamma.data(), self.beta.data(), self.moving_mean.as_in_ctx(X.ctx),
            self.moving_var.as_in_ctx(X.ctx), eps=1e-5, momentum=0.9)
        return Y


@pytest.mark.parametrize('shape', [(8, 5), (4, 5, 3, 6)])
def test_batch_norm_of_the_reader_of_gluon_and_of_numpy(shape):
    X = np.random.normal(3, 2, shape)
    ours, theirs = BatchNorm(5, len(shape)), nn.BatchNorm(epsilon=1e-5, momentum=0.9)
    for block in (ours, theirs):
        block.initialize()
    axes = tuple(axis for axis in range(len(shape)) if axis != 1)
    x = X.asnumpy()
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    for block in (ours, theirs):
        with autograd.record():
            Y = block(X)
        Y.backward()
        assert_equal(Y, (x - mean) / numpy.sqrt(var + 1e-5), atol=1e-5)
    # 以后的预测用移动平均：从 0 和 1 走了十分之一
    expected = (x - 0.1 * mean) / numpy.sqrt(0.9 + 0.1 * var + 1e-5)
    for block in (ours, theirs):
        assert_equal(block(X), expected, atol=1e-5)


@NEED_IMAGES
def test_lenet_with_batch_norm_learns_at_once(fashion, capsys):
    train_iter, test_iter = fashion
    net, lr, num_epochs = lenet(lambda channels, dims: nn.BatchNorm()), 1.0, 2
    d2l.train_ch6(net, train_iter, test_iter, num_epochs, lr, d2l.try_gpu())
    train_l, train_acc, test_acc = printed_numbers(capsys)
    # 同样的数据，没有批量规范化时还在猜（上面的测试）
    assert train_l < 1.7 and train_acc > 0.4
    assert test_acc == pytest.approx(counted_accuracy(net, test_iter), abs=5e-4)
    assert [len(curve) for curve in curves()] == [8 * num_epochs, 8 * num_epochs, num_epochs]


@NEED_IMAGES
def test_both_batch_norms_train_alike(fashion, capsys):
    """读者的批量规范化很慢（逐步的求和），所以每批只留 32 张。"""
    batches = [(X[:32], y[:32]) for X, y in fashion[0]]
    told = []
    for make in (BatchNorm, lambda channels, dims: nn.BatchNorm()):
        npx.random.seed(0)
        d2l.train_ch6(lenet(make), batches[:5], batches[5:], 1, 0.1, d2l.try_gpu())
        told.append(printed_numbers(capsys)[0])
    assert told[0] == pytest.approx(told[1], abs=2e-3)


def resnet_block(num_channels, num_residuals, first_block=False):
    block = nn.Sequential()
    for i in range(num_residuals):
        halve = i == 0 and not first_block
        block.add(d2l.Residual(num_channels, use_1x1conv=halve, strides=2 if halve else 1))
    return block


@NEED_IMAGES
def test_resnet18_on_larger_images():
    train_iter, _ = d2l.load_data_fashion_mnist(batch_size=2, resize=96)
    net = nn.Sequential()
    net.add(nn.Conv2D(64, kernel_size=7, strides=2, padding=3), nn.BatchNorm(), nn.Activation('relu'),
            nn.MaxPool2D(pool_size=3, strides=2, padding=1),
            resnet_block(64, 2, first_block=True), resnet_block(128, 2), resnet_block(256, 2),
            resnet_block(512, 2), nn.GlobalAvgPool2D(), nn.Dense(10))
    net.initialize()
    X, _ = next(iter(train_iter))
    shapes = [(X := layer(X)).shape for layer in net]
    assert shapes == [(2, 64, 48, 48)] * 3 + [(2, 64, 24, 24)] * 2 + [
        (2, 128, 12, 12), (2, 256, 6, 6), (2, 512, 3, 3), (2, 512, 1, 1), (2, 10)]
    # 名字里的 18：主路上 17 个卷积，加最后的全连接层；另有 3 个 1×1 的在捷径上
    kernels = [param.shape[2:] for name, param in net.collect_params('.*weight').items()
               if len(param.shape) == 4]
    assert (len(kernels), kernels.count((1, 1))) == (20, 3)
