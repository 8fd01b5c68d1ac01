"""第 2 章保存的函数与类。"""
import math
import warnings

import d2l_local as d2l
import numpy
import pytest
from d2l_local import data
from mxnet import autograd, gluon, np, npx
from mxnet.gluon import nn

from tests.kernels import run_in_kernel

NEED_DATA = pytest.mark.skipif(bool(data.verify('fashion-mnist')),
                               reason='Fashion-MNIST 还没有取来：make data')


pytestmark = pytest.mark.usefixtures('np_mode')


def test_labels_become_names():
    assert d2l.get_fashion_mnist_labels([0, 9, numpy.int32(1)]) == ['t-shirt', 'ankle boot', 'trouser']
    with pytest.raises(ValueError, match='标签应在 0 到 9 之间'):
        d2l.get_fashion_mnist_labels([3, 10])


def test_show_images_draws_titles_and_blanks():
    images = [numpy.full((4, 4), value) for value in range(3)]
    axes = d2l.show_images(images, 2, 2, titles=['a', 'b', 'c'], scale=1)
    assert [len(ax.images) for ax in axes] == [1, 1, 1, 0]
    assert [ax.get_title() for ax in axes] == ['a', 'b', 'c', '']
    assert axes[0].figure.get_size_inches().tolist() == [2, 2]
    assert (axes[2].images[0].get_array() == 2).all()
    with pytest.raises(ValueError, match='3 张图片放不进 1 行 2 列'):
        d2l.show_images(images, 1, 2)
    assert len(d2l.show_images(images[:1], 1, 1)) == 1


def test_workers_are_zero_on_windows(monkeypatch):
    monkeypatch.setattr('sys.platform', 'win32')
    assert d2l.get_dataloader_workers() == 0
    monkeypatch.setattr('sys.platform', 'linux')
    assert d2l.get_dataloader_workers() == 4


def batches(loader):
    return [(X.asnumpy().tolist(), y.asnumpy().tolist()) for X, y in loader]


def make_loader(**options):
    features = numpy.arange(20, dtype='float32').reshape(10, 2)
    return d2l.ArrayLoader(features, numpy.arange(10, dtype='int32'), 4, **options)


def test_array_loader_keeps_order_and_the_small_last_batch():
    loader = make_loader()
    assert len(loader) == 3
    assert [y for _, y in batches(loader)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert batches(loader) == batches(loader)


def test_array_loader_shuffles_pairs_anew_each_time():
    loader = make_loader(shuffle=True)
    numpy.random.seed(0)
    first, second = batches(loader), batches(loader)
    assert first != second
    assert sorted(label for _, y in first for label in y) == list(range(10))
    assert all([[2 * label, 2 * label + 1] for label in y] == X for X, y in first)
    numpy.random.seed(0)
    assert batches(loader) == first


def test_array_loader_never_changes_its_arrays():
    loader = make_loader()
    for X, y in loader:
        X[:] = -1
        y[:] = -1
    assert batches(loader)[0][1] == [0, 1, 2, 3]


@pytest.mark.parametrize('batch_size', [0, -1, 2.5, '4'])
def test_array_loader_refuses_a_wrong_batch_size(batch_size):
    with pytest.raises(ValueError, match='批量大小应是正整数'):
        d2l.ArrayLoader(numpy.zeros((2, 1)), numpy.zeros(2), batch_size)


def test_array_loader_refuses_unequal_lengths():
    with pytest.raises(ValueError, match='有 3 个样本，却有 2 个标签'):
        d2l.ArrayLoader(numpy.zeros((3, 1)), numpy.zeros(2), 1)


@NEED_DATA
def test_load_data_gives_the_batches_of_gluon():
    transforms = gluon.data.vision.transforms
    for resize in (None, 40):
        steps = [transforms.ToTensor()] if resize is None else [
            transforms.Resize(resize), transforms.ToTensor()]
        dataset = d2l.FashionMNIST(train=False).transform_first(transforms.Compose(steps))
        expected = iter(gluon.data.DataLoader(dataset, 64))
        _, test_iter = d2l.load_data_fashion_mnist(64, resize)
        for (X, y), _ in zip(test_iter, range(3), strict=False):
            X_gluon, y_gluon = next(expected)
            assert X.dtype == numpy.float32 and y.dtype == numpy.int32
            assert X.shape == (64, 1, resize or 28, resize or 28)
            assert numpy.array_equal(X.asnumpy(), X_gluon.asnumpy())
            assert numpy.array_equal(y.asnumpy(), y_gluon.asnumpy())


@NEED_DATA
def test_load_data_shuffles_only_the_training_set():
    train_iter, test_iter = d2l.load_data_fashion_mnist(256)
    assert (len(train_iter), len(test_iter)) == (235, 40)
    assert train_iter.shuffle and not test_iter.shuffle


@pytest.mark.parametrize('resize', [0, -3, 2.5, '64'])
def test_load_data_refuses_a_wrong_size_before_reading(resize):
    with pytest.raises(ValueError, match='边长应是正整数'):
        d2l.load_data_fashion_mnist(256, resize)


# ---- 线性回归 ----------------------------------------------------------------------------


def test_synthetic_data_follows_the_model_and_the_seed():
    w = np.array([2, -3.4])
    npx.random.seed(5)
    X, y = d2l.synthetic_data(w, 4.2, 2000)
    assert (X.shape, y.shape, X.dtype, y.dtype) == ((2000, 2), (2000, 1), 'float32', 'float32')
    noise = (y - (np.dot(X, w) + 4.2).reshape(-1, 1)).asnumpy()
    assert abs(noise.mean()) < 0.001 and abs(noise.std() - 0.01) < 0.001
    npx.random.seed(5)
    assert (d2l.synthetic_data(w, 4.2, 2000)[1] == y).all()


def test_linear_regression_recovers_its_parameters():
    npx.random.seed(0)
    numpy.random.seed(0)
    w, b = np.zeros((2, 1)), np.zeros(1)
    for param in (w, b):
        param.attach_grad()
    data_iter = d2l.load_array(d2l.synthetic_data(np.array([2, -3.4]), 4.2, 1000), 10)
    for _ in range(3):
        for X, y in data_iter:
            with autograd.record():
                loss = d2l.squared_loss(d2l.linreg(X, w, b), y)
            loss.backward()
            d2l.sgd([w, b], 0.03, X.shape[0])
    assert numpy.allclose(w.asnumpy().reshape(-1), [2, -3.4], atol=0.005)
    assert abs(float(b) - 4.2) < 0.005


def test_squared_loss_never_broadcasts_to_a_matrix():
    assert d2l.squared_loss(np.zeros((3, 1)), np.ones(3)).shape == (3, 1)
    with pytest.raises(ValueError, match='有 3 个预测，却有 2 个标签'):
        d2l.squared_loss(np.zeros((3, 1)), np.ones(2))


def test_load_array_reads_each_row_once():
    batches = list(d2l.load_array((np.arange(10), np.arange(10) * 2), 4))
    assert [len(X) for X, _ in batches] == [4, 4, 2]
    assert sorted(float(x) for X, _ in batches for x in X) == list(range(10))
    assert all((y == 2 * X).all() for X, y in batches)
    with pytest.raises(ValueError, match='样本数应当相同'):
        d2l.load_array((np.zeros(3), np.zeros(4)), 2)


# ---- 分类 --------------------------------------------------------------------------------


def blobs(n=60, batch_size=20, classes=3):
    """三团容易分开的点，分成小批量。"""
    random = numpy.random.RandomState(0)
    labels = random.randint(0, classes, n).astype('int32')
    X = numpy.eye(classes)[labels] * 3 + random.randn(n, classes) * 0.3
    return [(np.array(X[i:i + batch_size], dtype='float32'),
             np.array(labels[i:i + batch_size], dtype='int32')) for i in range(0, n, batch_size)]


def dense_net(units=3):
    net = nn.Sequential()
    net.add(nn.Dense(units))
    net.initialize()
    return net


def trainer_of(net, lr=0.1):
    return gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': lr})


LOSS = gluon.loss.SoftmaxCrossEntropyLoss()


def test_accuracy_counts():
    scores = np.array([[0.1, 0.3, 0.6], [0.3, 0.2, 0.5]])
    assert d2l.accuracy(scores, np.array([0, 2], dtype='int32')) == 1.0
    assert d2l.accuracy(np.array([0, 2]), np.array([0, 2])) == 2.0
    assert d2l.accuracy(np.array([[0], [2]]), np.array([[0], [2]])) == 2.0


@pytest.mark.parametrize('labels, match', [
    ([0, 3], '最大的是 3'), ([-1, 0], '最小的是 -1'), ([0, 1, 2], '2 个预测，却有 3 个标签')])
def test_accuracy_refuses_wrong_labels(labels, match):
    with pytest.raises(ValueError, match=match):
        d2l.accuracy(np.zeros((2, 3)), np.array(labels, dtype='int32'))


def test_accumulator_adds_resets_and_refuses():
    metric = d2l.Accumulator(2)
    metric.add(1, np.array(0.5))
    metric.add(2, 3)
    assert metric.data == [3.0, 3.5]
    with pytest.raises(ValueError, match='应给 2 个数，这里给了 3 个'):
        metric.add(1, 2, 3)
    assert metric.data == [3.0, 3.5]
    metric.reset()
    assert metric.data == [0.0, 0.0]


def test_evaluate_accuracy_weighs_by_samples():
    batches = [(np.eye(3)[:3], np.array([0, 1, 2])), (np.eye(3)[:1], np.array([1]))]
    assert d2l.evaluate_accuracy(lambda X: X, batches) == 0.75


def test_train_ch3_learns_with_a_trainer_and_with_a_function(capsys):
    npx.random.seed(0)
    net = dense_net()
    assert d2l.train_ch3(net, blobs(), blobs(), LOSS, 5, trainer_of(net)) is None
    assert d2l.evaluate_accuracy(net, blobs()) == 1.0
    W = np.zeros((3, 3))
    W.attach_grad()
    d2l.train_ch3(lambda X: np.dot(X, W), blobs(), blobs(), LOSS, 5,
                  lambda batch_size: d2l.sgd([W], 0.1, batch_size))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all(line.startswith('训练损失 0.') and line.endswith('测试精度 1.000') for line in lines)


def test_train_epoch_weighs_by_samples():
    batches = blobs(n=50)
    net = dense_net()
    loss, accuracy = d2l.train_epoch_ch3(net, batches, LOSS, trainer_of(net, lr=0.0))
    losses = numpy.concatenate([LOSS(net(X), y).asnumpy() for X, y in batches])
    assert math.isclose(loss, losses.mean(), rel_tol=1e-6)
    assert accuracy == d2l.evaluate_accuracy(net, batches)


def test_train_ch3_draws_one_epoch_without_a_warning(recwarn):
    net = dense_net()
    d2l.train_ch3(net, blobs(), blobs(), LOSS, 1, trainer_of(net))
    assert [str(one.message) for one in recwarn] == []
    assert [text.get_text() for text in d2l.plt.gca().get_legend().texts] == [
        '训练损失', '训练精度', '测试精度']


@pytest.mark.parametrize('change, error, match', [
    ({'num_epochs': 0}, ValueError, '迭代周期数应是正整数'),
    ({'num_epochs': 2.5}, ValueError, '迭代周期数应是正整数'),
    ({'train_iter': []}, ValueError, '训练数据迭代器一批数据也没有给出'),
    ({'test_iter': []}, ValueError, '数据迭代器一批数据也没有给出'),
    ({'train_iter': [(np.zeros((2, 3)), np.array([0, 7]))]}, ValueError, '标签应在 0 到 2 之间'),
    ({'test_iter': [(np.zeros((2, 3)), np.array([0, 7]))]}, ValueError, '标签应在 0 到 2 之间'),
    ({'loss': lambda y_hat, y: LOSS(y_hat, y).mean()}, ValueError, '每个样本一个值'),
    ({'updater': None}, TypeError, 'updater 应是'),
])
def test_train_ch3_refuses_at_once_and_changes_nothing(change, error, match):
    net = dense_net()
    net(blobs()[0][0])
    before = net[0].weight.data().asnumpy()
    arguments = {'train_iter': blobs(), 'test_iter': blobs(), 'loss': LOSS, 'num_epochs': 3,
                 'updater': trainer_of(net), **change}
    with pytest.raises(error, match=match):
        d2l.train_ch3(net, **arguments)
    assert (net[0].weight.data().asnumpy() == before).all()


def test_train_ch3_refuses_a_generator_in_its_second_epoch():
    net = dense_net()
    with pytest.raises(ValueError, match='生成器只能遍历一次'):
        d2l.train_ch3(net, (batch for batch in blobs()), blobs(), LOSS, 3, trainer_of(net))


@pytest.mark.parametrize('bad', ['nan', 'inf'])
def test_train_ch3_stops_when_the_loss_is_not_finite(bad):
    net, epochs = dense_net(), []

    def loss(y_hat, y):
        epochs.append(len(epochs) // 3 + 1)
        return LOSS(y_hat, y) + (float(bad) if epochs[-1] == 2 else 0)

    with pytest.raises(FloatingPointError, match=f'第 2 个迭代周期，第 1 批的损失是 {bad}.*学习率'):
        d2l.train_ch3(net, blobs(), blobs(), loss, 5, trainer_of(net))
    assert len(d2l.plt.gca().lines[0].get_xdata()) == 1


def test_losses_that_add_up_to_infinity_stop_the_training_without_a_warning():
    def loss(y_hat, y):
        return (y_hat * 0).sum(axis=1) + 3e38

    net = dense_net()
    with warnings.catch_warnings(), pytest.raises(FloatingPointError, match='inf'):
        warnings.simplefilter('error')
        d2l.train_epoch_ch3(net, blobs(), loss, trainer_of(net))


def test_animator_skips_none_and_reuses_formats():
    animator = d2l.Animator(fmts=('-',))
    animator.add(1, (1, None))
    animator.add(2, (4, 8))
    assert [line.get_xydata().tolist() for line in animator.axes[0].lines] == [
        [[1, 1], [2, 4]], [[2, 8]]]


def test_animator_redraws_live_only_when_somebody_watches():
    code = ('import d2l_local as d2l\nprint("先打印的字")\nanimator = d2l.Animator()\n'
            'for x in (1, 2, 3):\n    animator.add(x, x)')
    watched, executed = (run_in_kernel(code, allow_stdin) for allow_stdin in (True, False))
    assert (len(watched.displayed), len(watched.updated)) == (1, 3)
    assert (len(executed.displayed), len(executed.updated)) == (1, 0)
    # 看着的人最后看到的图，和存下的图一样；先打印的字都还在。
    assert watched.updated[-1]['image/svg+xml'] == executed.displayed[0]['image/svg+xml']
    assert watched.printed == executed.printed == '先打印的字\n'


def test_predict_ch3_titles_and_its_limit():
    batch = [(np.arange(4 * 25).reshape(4, 1, 5, 5), np.array([0, 9, 1, 2], dtype='int32'))]
    npx.random.seed(0)
    net = dense_net(units=10)
    d2l.predict_ch3(net, batch, n=2)
    titles = [ax.get_title() for ax in d2l.plt.gcf().axes]
    best = net(batch[0][0]).argmax(axis=1)
    assert titles == [f'{true}\n{d2l.get_fashion_mnist_labels([int(best[i])])[0]}'
                      for i, true in enumerate(['t-shirt', 'ankle boot'])]
    with pytest.raises(ValueError, match='n 应是 1 到 4 的整数，这里是 5'):
        d2l.predict_ch3(net, batch, n=5)


# ---- 查输入 ------------------------------------------------------------------------------


def test_loading_without_set_np_says_what_to_do():
    npx.reset_np()
    with pytest.raises(RuntimeError, match=r'还没有调用 npx.set_np\(\).*请在导入之后写上 npx.set_np\(\)'):
        d2l.load_data_fashion_mnist(256)


def test_checks_say_nothing_when_all_is_well():
    d2l.check.np_mode()
    d2l.check.whole('批量大小', 3)
    d2l.check.whole('n ', 3, 3)
    d2l.check.labels([], 3)
    d2l.check.labels(np.array([0, 2]), 3)
    d2l.check.predictions(np.zeros((2, 1)), np.array([5, 7]))
    with d2l.check.epoch(1):
        d2l.check.batch(1, np.zeros((2, 3)), np.array([0, 2]), np.ones(2))


@pytest.mark.parametrize('labels', [[1.0, 10.0], np.array([1, 10]), numpy.array([1, 10])])
def test_labels_are_written_alike_whatever_their_type(labels):
    with pytest.raises(ValueError, match='0 到 9 之间，这里最小的是 1，最大的是 10。'):
        d2l.check.labels(labels, 10)
