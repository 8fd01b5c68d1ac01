"""公用函数收到各种输入：给出对的结果，或用一句中文说清楚；由 hypothesis 造输入，每次造的相同。"""
import inspect
import re

import d2l_local as d2l
import numpy
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from mxnet import autograd, gluon, np, npx
from mxnet.gluon import nn

pytestmark = pytest.mark.usefixtures('np_mode')
# 出错时不再找更小的例子：快些，一样看得懂。
few = settings(max_examples=15, derandomize=True, deadline=None, database=None,
               phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))

REFUSED = object()
FLOATS = st.floats(-1e3, 1e3, width=32)
SMALL = st.integers(1, 6)
LABEL_DTYPES = st.sampled_from(['int32', 'int64', 'uint8', 'float32'])


def outcome(call):
    """`call()` 的结果；被一句中文拒绝时是 `REFUSED`。"""
    try:
        result = call()
        npx.waitall()
        return result
    except Exception as error:
        text = str(error)
        assert re.search('[一-鿿]', text) and text.endswith('。') and '\n' not in text, repr(error)
        return REFUSED
    finally:
        d2l.plt.close('all')


def matrix(rows, columns=3):
    return np.array(numpy.arange(rows * columns).reshape(rows, columns), dtype='float32')


def batch(rows=4, classes=3):
    return matrix(rows, classes), np.array(numpy.arange(rows) % classes, dtype='int32')


def dense(units=3):
    net = nn.Dense(units)
    net.initialize()
    net(matrix(2))
    return net


def parameter():
    w = np.ones(2)
    w.attach_grad()
    return w


LOSS = gluon.loss.SoftmaxCrossEntropyLoss()
NET = {}


def net_and_trainer():
    """测试公用的一层和它的 Trainer（在 np 模式里才能建，所以用到时才建）。"""
    if not NET:
        NET['net'] = dense()
        NET['trainer'] = gluon.Trainer(NET['net'].collect_params(), 'sgd', {'learning_rate': 0.0})
    return NET['net'], NET['trainer']


def image_batch():
    return np.zeros((3, 1, 4, 4)), np.array([0, 1, 2], dtype='int32')


# 每个公开的函数一次对的调用：{名字: 给出实参的函数}。画图的标签、范围照 Matplotlib 的，不在里面换。
CALLS = {
    'Accumulator': lambda: [2],
    'ArrayLoader': lambda: [numpy.zeros((3, 2), 'float32'), numpy.zeros(3, 'int32'), 2],
    'Residual': lambda: [2, False, 1],
    'accuracy': lambda: [np.eye(3), np.array([0, 1, 2])],
    'best_time': lambda: [lambda: None, 1],
    'check_gradient': lambda: [np.sin, [1.0, 2.0], 1e-5, 1e-5],
    'corr2d': lambda: [np.ones((3, 3)), np.ones((2, 2))],
    'evaluate_accuracy': lambda: [dense(), [batch()]],
    'evaluate_accuracy_gpu': lambda: [dense(), [batch()], npx.cpu()],
    'evaluate_loss': lambda: [dense(), [batch()], LOSS],
    'get_fashion_mnist_labels': lambda: [[0, 9]],
    'get_k_fold_data': lambda: [2, 0, matrix(4), matrix(4)],
    'linreg': lambda: [np.ones((3, 2)), np.ones((2, 1)), np.ones(1)],
    'load_array': lambda: [(matrix(4), matrix(4)), 2],
    'load_data_fashion_mnist': lambda: ['256', None],
    'mean_std': lambda: [[1.0, 2.0], 3],
    'num_params': lambda: [dense()],
    'numerical_gradient': lambda: [np.sin, np.array([1.0, 2.0]), 1e-3],
    'plot': lambda: [[1, 2], [3, 4]],
    'predict_ch3': lambda: [lambda X: np.zeros((len(X), 10)), [image_batch()], 2],
    'run_seeds': lambda: [float, 2],
    'set_axes': lambda: [d2l.plt.gca(), None, None, None, None, 'linear', 'linear', None],
    'set_figsize': lambda: [(3, 2)],
    'sgd': lambda: [[parameter()], 0.1, 2],
    'show_error': lambda: [ValueError],
    'show_images': lambda: [np.zeros((2, 4, 4)), 1, 2, ['a', 'b'], 1.0],
    'squared_loss': lambda: [np.ones(3), np.ones(3)],
    'synthetic_data': lambda: [np.ones(2), 1.0, 3],
    'train_ch3': lambda: [net_and_trainer()[0], [batch()], [batch()], LOSS, 1, net_and_trainer()[1]],
    'train_ch6': lambda: [dense(), [batch()], [batch()], 1, 0.1, npx.cpu()],
    'train_epoch_ch3': lambda: [net_and_trainer()[0], [batch()], LOSS, net_and_trainer()[1]],
    'try_gpu': lambda: [0],
    'value_and_gradient': lambda: [np.sin, [1.0, 2.0]],
}
# 画图的轴标签和范围，只交给 Matplotlib；是不是真都行的开关。
FREE = {'set_axes': (1, 2, 3, 4, 7), 'Residual': (1,)}
# 没有参数的、只看有没有内核的、要连网的（在 test_data.py 里）。
ELSEWHERE = {'Animator', 'FashionMNIST', 'Timer', 'download', 'download_all', 'download_extract',
             'get_dataloader_workers', 'install_as_d2l', 'show_live', 'try_all_gpus', 'use_svg_display'}
JUNK = [None, 0, -1, 2.5, float('nan'), True, 'abc', [], [[1, 2], [3]], (), {}, object(), numpy.int64(2),
        numpy.float32(1.5), numpy.array('a'), numpy.zeros((0, 2)), numpy.ones((2, 2, 2)), numpy.array(3)]


def test_every_public_function_is_here():
    public = {name for name in d2l.__all__ if callable(getattr(d2l, name))}
    assert public == set(CALLS) | ELSEWHERE


def call_with(name, arguments):
    """调用一次；返回生成器、上下文管理器的，也走进去。"""
    result = getattr(d2l, name)(*arguments)
    if name == 'show_error':
        with result:
            raise arguments[0]('坏了。')
    return list(result) if name in ('load_array', 'ArrayLoader') else result


@pytest.mark.parametrize('name', sorted(set(CALLS) - {'load_data_fashion_mnist'}))
def test_the_right_call_goes_through(name, capsys):
    assert outcome(lambda: call_with(name, CALLS[name]())) is not REFUSED


@pytest.mark.parametrize('name', sorted(CALLS))
def test_junk_in_any_one_place_is_right_or_refused_in_chinese(name, capsys):
    """把一个实参换成不对的东西：照常算完，或一句中文；没有英文的错误，更不会结束进程。"""
    for place in range(len(CALLS[name]())):
        for junk in [*JUNK, np.array(3), np.zeros((0, 3)), np.ones((2, 2, 2)), np.array([1, 2], 'uint8')]:
            arguments = CALLS[name]()
            arguments[place] = junk
            if place not in FREE.get(name, ()):
                outcome(lambda arguments=arguments: call_with(name, arguments))


@pytest.mark.parametrize('name', sorted(CALLS))
def test_wrong_number_of_arguments_names_the_right_ones(name):
    parameters = list(inspect.signature(getattr(d2l, name)).parameters)
    if name == 'show_error':
        return
    told = f'{name} 的参数是：{"、".join(parameters)}；这里给的是：按次序的 20 个。'
    with pytest.raises(TypeError, match=told):
        getattr(d2l, name)(*range(20))


def test_the_call_of_the_first_edition_is_told_what_to_write():
    with pytest.raises(TypeError, match='batch_size、params、lr、trainer 在这里合成一个 updater'):
        d2l.train_ch3(None, None, None, None, 5, 256, None, None, None)
    with pytest.raises(TypeError, match='D2L_DATA_DIR'):
        d2l.load_data_fashion_mnist(256, root='../data')
    with pytest.raises(TypeError, match='这里给的是：num_epochs。'):
        d2l.train_ch3(num_epochs=1)
    with pytest.raises(TypeError, match='这里给的是：一个也没有。'):
        d2l.accuracy()


def test_a_type_error_from_inside_is_passed_on():
    with pytest.raises(TypeError, match='里面的错'):
        d2l.run_seeds(raise_type_error)


def raise_type_error(seed):
    raise TypeError('里面的错')


@pytest.mark.parametrize('name', sorted(set(CALLS) - {
    'Accumulator', 'accuracy', 'best_time', 'get_fashion_mnist_labels', 'get_k_fold_data', 'mean_std',
    'num_params', 'plot', 'run_seeds', 'set_axes', 'set_figsize', 'sgd', 'show_error', 'show_images',
    'try_gpu'}))
def test_without_set_np_all_that_need_it_say_so(name):
    arguments = CALLS[name]()
    npx.reset_np()
    with pytest.raises(RuntimeError, match=r'还没有调用 npx.set_np\(\)'):
        call_with(name, arguments)


# ---- 个数 --------------------------------------------------------------------------------

WHOLE = {
    'load_array': lambda n: d2l.load_array((matrix(4),), n),
    'ArrayLoader': lambda n: d2l.ArrayLoader(numpy.zeros((3, 1)), numpy.zeros(3), n),
    'Accumulator': d2l.Accumulator,
    'sgd': lambda n: d2l.sgd([parameter()], 0.1, n),
    'synthetic_data': lambda n: d2l.synthetic_data([1.0], 0, n),
    'run_seeds': lambda n: d2l.run_seeds(float, n),
    'best_time': lambda n: d2l.best_time(lambda: None, n),
    'Residual': lambda n: d2l.Residual(n, True, n),
}
NUMBERS = st.one_of(st.integers(-3, 8), st.floats(-3, 8), st.booleans(), st.none(),
                    st.sampled_from(['2', [2]]), st.integers(-3, 8).map(numpy.int64),
                    st.integers(0, 8).map(numpy.uint8),
                    st.floats(-3, 8).map(numpy.float32))


@pytest.mark.parametrize('name', sorted(WHOLE))
@few
@given(NUMBERS)
def test_counts_are_positive_integers_of_any_kind(name, number):
    right = isinstance(number, (int, numpy.integer)) and not isinstance(number, bool) and number >= 1
    assert (outcome(lambda: WHOLE[name](number)) is not REFUSED) == right


@few
@given(NUMBERS, st.integers(2, 5))
def test_folds_and_devices_count_from_zero(number, k):
    whole = isinstance(number, (int, numpy.integer)) and not isinstance(number, bool)
    assert (outcome(lambda: d2l.try_gpu(number)) is not REFUSED) == (whole and number >= 0)
    fold = outcome(lambda: d2l.get_k_fold_data(k, number, matrix(6), matrix(6)))
    assert (fold is not REFUSED) == (whole and 0 <= number < k)
    fold = outcome(lambda: d2l.get_k_fold_data(number, 0, matrix(6), matrix(6)))
    assert (fold is not REFUSED) == (whole and 2 <= number <= 6)


# ---- 分类 --------------------------------------------------------------------------------


@few
@given(st.data(), SMALL, st.integers(2, 4), LABEL_DTYPES, st.sampled_from([np.array, numpy.array, list]))
def test_accuracy_is_what_numpy_counts(data, n, q, dtype, kind):
    numbers = FLOATS | st.sampled_from([float('nan'), float('inf'), float('-inf')])
    scores = data.draw(arrays('float32', (n, q), elements=numbers))
    labels = data.draw(arrays(dtype, n, elements=st.integers(0, q)))
    counted = outcome(lambda: d2l.accuracy(kind(scores), np.array(labels, dtype=dtype)))
    if numpy.isnan(scores).any() or labels.max() >= q:
        assert counted is REFUSED
    else:
        assert counted == (scores.argmax(axis=1) == labels.astype('int64')).sum()


@few
@given(st.data(), SMALL, LABEL_DTYPES)
def test_a_column_of_predictions_is_compared_class_by_class(data, n, dtype):
    guesses = data.draw(arrays('float32', (n, 1), elements=st.sampled_from([-1, 0, 1, 256, 257, 0.5])))
    labels = data.draw(arrays(dtype, n, elements=st.integers(0, 2)))
    counted = outcome(lambda: d2l.accuracy(np.array(guesses), np.array(labels, dtype=dtype)))
    if (guesses == 0.5).any():
        assert counted is REFUSED
    else:
        assert counted == (guesses[:, 0] == labels).sum()


@few
@given(st.lists(st.integers(0, 3), max_size=4))
def test_accuracy_of_batches_and_empty_ones_never_reach_the_net(sizes):
    batches = [(np.eye(3)[:size], np.array(numpy.arange(size), dtype='int32')) for size in sizes]
    seen = []

    def net(X):
        seen.append(len(X))
        return X

    right = bool(sizes) and 0 not in sizes
    assert (outcome(lambda: d2l.evaluate_accuracy(net, batches)) == 1.0) == right
    assert 0 not in seen
    loss = outcome(lambda: d2l.evaluate_loss(net, batches, lambda y_hat, y: y_hat[:, 0] + y))
    assert loss is REFUSED if not right else loss == pytest.approx(
        sum(1 + size * (size - 1) / 2 for size in sizes) / sum(sizes))


@few
@given(st.lists(st.one_of(st.integers(-1, 10), st.floats(-1, 10),
                          st.sampled_from([1.0, numpy.uint8(9), 1.9])), max_size=4),
       st.sampled_from([list, tuple, iter, lambda x: numpy.array(x).reshape(-1, 1)]))
def test_labels_have_names_or_are_refused(labels, kind):
    names = outcome(lambda: d2l.get_fashion_mnist_labels(kind(labels)))
    right = all(label == int(label) and 0 <= label <= 9 for label in labels)
    assert names == [d2l.get_fashion_mnist_labels([int(label)])[0] for label in labels] if right \
        else names is REFUSED


# ---- 数据 --------------------------------------------------------------------------------


@few
@given(st.integers(1, 9), SMALL, st.booleans())
def test_each_row_is_read_once(n, size, shuffle):
    X, y = numpy.arange(2 * n, dtype='float32').reshape(n, 2), numpy.arange(n, dtype='int32')
    for loader in (d2l.load_array((np.array(X), np.array(y)), size, shuffle),
                   d2l.ArrayLoader(X, y, size, shuffle), d2l.ArrayLoader(np.array(X), np.array(y), size)):
        batches = list(loader)
        assert [len(X) for X, _ in batches] == [size] * (n // size) + [n % size] * (n % size > 0)
        assert len(loader) == len(batches)
        assert all((X.asnumpy()[:, 0] == 2 * y.asnumpy()).all() for X, y in batches)
        assert sorted(int(label) for _, y in batches for label in y) == list(range(n))


@few
@given(st.lists(FLOATS, min_size=1, max_size=4), FLOATS, SMALL, st.booleans(), st.sampled_from(
    [list, np.array, lambda w: numpy.array(w, 'float64'), lambda w: np.array(w, dtype='float64')]))
def test_synthetic_data_follow_the_line(w, b, n, column, kind):
    given_w = kind(numpy.reshape(w, (-1, 1)).tolist() if column else w)
    X, y = d2l.synthetic_data(given_w, b, n)
    assert X.shape == (n, len(w)) and y.shape == (n, 1) and X.dtype == y.dtype == numpy.float32
    exact = X.asnumpy().astype('float64') @ w + b
    numpy.testing.assert_allclose(y.asnumpy()[:, 0], exact, atol=0.1 + 1e-4 * abs(exact).max())


@few
@given(SMALL, st.integers(2, 5), st.booleans())
def test_folds_are_a_partition(k, extra, numpy_too):
    n = k + extra
    assume(k > 1)
    X = (numpy if numpy_too else np).arange(n)
    for i in range(k):
        X_train, _, X_valid, _ = d2l.get_k_fold_data(numpy.int64(k), i, X, X)
        assert sorted([*map(int, X_train), *map(int, X_valid)]) == list(range(n))
        assert type(X_train) is type(X_valid) is type(X)


# ---- 线性回归和求导 ------------------------------------------------------------------------


@few
@given(st.data(), SMALL, st.sampled_from(['float32', 'float64', 'int32', 'uint8']),
       st.sampled_from(['float32', 'float64', 'int64', 'uint8']), st.booleans())
def test_squared_loss_never_overflows(data, n, kind, other, flat):
    y_hat, y = (data.draw(arrays(dtype, (n, 1), elements=st.integers(0, 255))) for dtype in (kind, other))
    found = d2l.squared_loss(np.array(y_hat, dtype=kind), np.array(y.reshape(-1) if flat else y, dtype=other))
    exact = (y_hat.astype('float64') - y.astype('float64')) ** 2 / 2
    assert found.shape == (n, 1)
    numpy.testing.assert_allclose(found.asnumpy(), exact, rtol=1e-6)
    assert outcome(lambda: d2l.squared_loss(np.array(y_hat, dtype=kind), np.zeros(n + 1))) is REFUSED


@few
@given(SMALL, SMALL, st.sampled_from([(), (1,), (1, 1), (5,), (5, 1), (1, 1, 1)]))
def test_the_bias_never_changes_the_shape(n, d, shape):
    X, w = np.ones((n, d)), np.ones((d, 1))
    predictions = outcome(lambda: d2l.linreg(X, w, np.ones(shape)))
    if predictions is REFUSED:
        assert shape not in ((), (1,), (1, 1), (n, 1))
    else:
        assert predictions.shape == (n, 1) and (predictions == d + 1).all()
    assert d2l.linreg(np.ones((2, 3, d)), w, np.ones((3, 1))).shape == (2, 3, 1)
    assert outcome(lambda: d2l.linreg(X, np.ones((d + 1, 1)), 0)) is REFUSED
    assert outcome(lambda: d2l.linreg(X.astype('float64'), w, 0)) is REFUSED


@few
@given(FLOATS, st.sampled_from([-1, -1e-9, 0, 1e-3, 0.5, 3, float('nan'), float('inf')]), st.integers(0, 5))
def test_a_step_of_sgd(start, lr, size):
    w = np.full(2, start)
    w.attach_grad()
    with autograd.record():
        (w * 3).sum().backward()
    done = outcome(lambda: d2l.sgd([w], lr, size))
    right = 0 <= lr < float('inf') and size > 0
    assert (done is not REFUSED) == right
    wanted = start - lr * 3 / size if right else start
    numpy.testing.assert_allclose(w.asnumpy(), [wanted] * 2, rtol=1e-5, atol=1e-5)


@few
@given(arrays('float64', array_shapes(max_dims=2, max_side=3), elements=st.floats(-3, 3)),
       st.sampled_from([np.sin, np.tanh, np.exp, lambda x: x**3, lambda x: (x * x).sum(),
                        lambda x: x * 1e12]),
       st.sampled_from([1e-9, 1.0, 1e9]))
def test_right_gradients_pass_at_every_scale(x, function, scale):
    assert d2l.check_gradient(lambda x: function(x) * scale, x) < 1e-5
    assert d2l.check_gradient(lambda x: function(x) * scale, x, rtol=0) == 0
    exact = d2l.value_and_gradient(function, x)[1]
    found = d2l.numerical_gradient(function, np.array(x), 1e-5)
    numpy.testing.assert_allclose(found, exact.asnumpy(), rtol=1e-4, atol=1e-4)


@few
@given(st.integers(0, 2), st.sampled_from([1e-3, 0.5, 2.0]), st.sampled_from([1.0, 1e6, 1e12]),
       st.sampled_from([None, 0, 1e-5]))
def test_one_wrong_component_is_found_beside_a_large_one(place, wrong, large, rtol):
    weights = numpy.ones(3)
    weights[(place + 1) % 3] = large
    mask = np.array(numpy.eye(3)[place], dtype='float64')

    def function(x):
        return x * np.array(weights, dtype='float64') + (wrong * mask * x).detach()

    with pytest.raises(AssertionError, match=rf'x\[{place}\]'):
        d2l.check_gradient(function, [0.5, -1.0, 2.0], rtol=rtol)


@few
@given(st.sampled_from(['int32', 'uint8', 'int64', 'float16']),
       st.sampled_from([0, -1e-3, 1e-30, float('nan')]))
def test_differences_need_floats_and_a_step(dtype, eps):
    x = np.array([1.0, 2.0])
    assert outcome(lambda: d2l.numerical_gradient(np.square, x.astype(dtype), 1e-3)) is REFUSED
    assert outcome(lambda: d2l.numerical_gradient(np.square, x, eps)) is REFUSED
    assert outcome(lambda: d2l.check_gradient(np.square, x, eps=eps)) is REFUSED
    y, gradient = d2l.value_and_gradient(np.square, x.astype('float32' if dtype == 'float16' else dtype))
    assert y.tolist() == [1, 4] and gradient.tolist() == [2, 4]
    assert y.dtype == gradient.dtype == numpy.float32
    assert d2l.value_and_gradient(np.square, numpy.array([1, 2], dtype))[1].dtype != numpy.dtype('int32')


@few
@given(st.data(), st.sampled_from(['float32', 'float64', 'uint8', 'int32']), SMALL, SMALL)
def test_corr2d_is_the_definition_for_every_type(data, dtype, h, w):
    X = data.draw(arrays(dtype, (6, 5), elements=st.integers(0, 200)))
    K = data.draw(arrays(dtype, (h, w), elements=st.integers(0, 200)))
    found = outcome(lambda: d2l.corr2d(np.array(X, dtype=dtype), np.array(K, dtype=dtype)))
    assert (found is REFUSED) == (w > 5)
    if w <= 5:
        windows = numpy.lib.stride_tricks.sliding_window_view(X.astype('float64'), (h, w))
        numpy.testing.assert_allclose(found.asnumpy(), (windows * K).sum(axis=(2, 3)), rtol=1e-6)


# ---- 画图和统计 --------------------------------------------------------------------------


@few
@given(st.lists(st.lists(FLOATS, min_size=2, max_size=2), min_size=1, max_size=3), st.sampled_from(
    [lambda Y: Y, numpy.array, np.array, lambda Y: [np.array(y) for y in Y], lambda Y: iter(Y)]))
def test_plot_draws_what_it_is_given(Y, kind):
    d2l.plot([1, 2], kind(Y), fmts='r--')
    lines = d2l.plt.gca().lines
    assert [line.get_xydata().tolist() for line in lines] == [[[1, y[0]], [2, y[1]]] for y in Y]
    assert {line.get_linestyle() for line in lines} == {'--'}
    assert outcome(lambda: d2l.plot([1, 2, 3], kind(Y))) is REFUSED


POINT = st.one_of(st.none(), FLOATS, FLOATS.map(numpy.float64), FLOATS.map(lambda x: np.array(x)))


@few
@given(st.lists(st.tuples(POINT, POINT), min_size=1, max_size=3))
def test_animator_draws_every_point(points):
    animator = d2l.Animator()
    for x, ys in enumerate(points):
        animator.add(x, ys)
    drawn = [line.get_xydata().tolist() for line in animator.axes[0].lines]
    assert drawn == [[[x, float(ys[k])] for x, ys in enumerate(points) if ys[k] is not None] for k in (0, 1)]
    assert outcome(lambda: animator.add(9, [1])) is outcome(lambda: animator.add(9, [1, 2, 3])) is REFUSED
    assert outcome(lambda: animator.add([9], [1, 2])) is REFUSED


@pytest.mark.filterwarnings('error')
def test_a_gradient_of_zero_is_checked_without_a_warning():
    assert d2l.check_gradient(lambda x: 0 * x, [1.0, 2.0], rtol=0) == 0


def test_what_is_wrong_is_told_in_numbers():
    with pytest.raises(ValueError, match='已有 2 条曲线，这里的 x 有 1 个，y 有 2 个'):
        d2l.Animator().add([1], [1, 2])
    with pytest.raises(ValueError, match='步长 eps 是 1e-30.*float32 可用 5e-03。'):
        d2l.numerical_gradient(np.square, np.array([1.0]), 1e-30)
    with pytest.raises(ValueError, match='步幅应是正整数，这里是 0。'):
        d2l.Residual(4, True, (2, 0))
    with pytest.raises(ValueError, match=r'步幅应是正整数，这里是 \(2, 1, 1\)。'):
        d2l.Residual(4, True, (2, 1, 1))


def test_the_strides_may_differ_in_the_two_directions():
    block = d2l.Residual(4, True, (2, 1))
    block.initialize()
    assert block(np.ones((1, 3, 6, 6))).shape == (1, 4, 3, 6)


def test_animator_takes_the_mean_of_a_loss():
    animator = d2l.Animator()
    animator.add(1, np.array([1.0, 3.0]).mean())
    animator.add(np.array(2), numpy.array(4.0))
    assert animator.axes[0].lines[0].get_xydata().tolist() == [[1, 2], [2, 4]]


@few
@given(arrays('float32', (2, 5, 6), elements=FLOATS), st.sampled_from([
    lambda X: X, lambda X: X[:, None], lambda X: X[..., None], lambda X: numpy.stack([X] * 3, 1),
    lambda X: numpy.stack([X] * 3, 3)]), st.sampled_from([np.array, list, iter]), st.integers(0, 3))
def test_images_are_drawn_wherever_the_channel_is(X, layout, kind, titles):
    axes = outcome(lambda: d2l.show_images(kind(layout(X)), 1, 3, titles=['a'] * titles))
    assert (axes is REFUSED) == (titles != 2)
    if titles == 2:
        for ax, image in zip(axes, X, strict=False):
            drawn = numpy.asarray(ax.images[0].get_array())
            assert drawn.shape[:2] == (5, 6)
            assert (drawn == image).all() if drawn.ndim == 2 else drawn.shape == (5, 6, 3)


@few
@given(st.lists(FLOATS, max_size=4), st.integers(-1, 4), st.sampled_from([list, np.array, numpy.array]))
def test_mean_and_deviation(values, digits, kind):
    text = outcome(lambda: d2l.mean_std(kind(values), digits))
    assert (text is REFUSED) == (len(values) < 2 or digits < 0)
    if text is not REFUSED:
        mean, deviation = map(float, text.split(' ± '))
        tolerance = 10.0**-digits + 1e-3
        assert mean == pytest.approx(numpy.mean(values), abs=tolerance)
        assert deviation == pytest.approx(numpy.std(values, ddof=1), abs=tolerance)


@few
@given(SMALL, st.sampled_from([lambda s: s, lambda s: (s, 2 * s), lambda s: np.array(s), lambda s: [1] * s]))
def test_results_of_the_seeds(number, run):
    results = outcome(lambda: d2l.run_seeds(run, number))
    shapes = {numpy.shape(run(seed).asnumpy() if hasattr(run(seed), 'asnumpy') else run(seed))
              for seed in range(number)}
    assert (results is REFUSED) == (len(shapes) > 1)
    if results is not REFUSED:
        assert results.shape == (number, *shapes.pop())
