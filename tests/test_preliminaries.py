"""第 1 章保存的函数与类。"""
import time

import d2l_local as d2l
import numpy
import pytest
from mxnet import MXNetError, autograd, np
from mxnet.gluon import nn

pytestmark = pytest.mark.usefixtures('np_mode')


def curves(axes=None):
    """当前图里各条曲线的 (横坐标, 纵坐标)。"""
    return [(line.get_xdata().tolist(), line.get_ydata().tolist())
            for line in (axes or d2l.plt.gca()).lines]


# ---- show_error ----------------------------------------------------------------------------


@pytest.mark.parametrize('error, printed', [
    (ValueError('前面几行\n最后一行'), 'ValueError\n最后一行\n'),
    (NameError("name 'x' is not defined. Did you mean: 'y'?"), "NameError\nname 'x' is not defined\n"),
    (KeyError, 'KeyError\n\n')])
def test_show_error_prints_the_kind_and_the_last_line(capsys, error, printed):
    with d2l.show_error():
        raise error
    assert capsys.readouterr().out == printed


def test_show_error_catches_only_what_it_is_told_and_needs_an_error():
    with pytest.raises(KeyError), d2l.show_error(ValueError):
        raise KeyError
    with pytest.raises(RuntimeError, match='这里本该出错，却没有'), d2l.show_error():
        pass


# ---- plot 与它的帮手 -----------------------------------------------------------------------


@pytest.mark.parametrize('X, Y, expected', [
    ([1, 2, 3], None, [([0, 1, 2], [1, 2, 3])]),
    ([1, 2], [3, 4], [([1, 2], [3, 4])]),
    ([1, 2], [[3, 4], [5, 6]], [([1, 2], [3, 4]), ([1, 2], [5, 6])]),
    ([[1, 2], [3, 4, 5]], [[6, 7], [8, 9, 10]], [([1, 2], [6, 7]), ([3, 4, 5], [8, 9, 10])]),
    (numpy.array([1., 2]), numpy.array([[3., 4], [5, 6]]), [([1, 2], [3, 4]), ([1, 2], [5, 6])]),
])
def test_plot_draws_each_curve(X, Y, expected):
    assert d2l.plot(X, Y) is None
    assert curves() == expected


def test_plot_takes_mxnet_arrays():
    x = np.arange(3)
    d2l.plot(x, [x, 2 * x], xlabel='x', ylabel='y', legend=['一', '二'], xlim=(0, 2), yscale='log')
    axes = d2l.plt.gca()
    assert curves() == [([0, 1, 2], [0, 1, 2]), ([0, 1, 2], [0, 2, 4])]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ('x', 'y', 'log')
    assert [text.get_text() for text in axes.get_legend().texts] == ['一', '二']
    assert axes.get_xlim() == (0, 2)


def test_plot_draws_more_curves_than_formats():
    d2l.plot([1, 2], [[k, k] for k in range(6)])
    assert len(curves()) == 6


def test_plot_clears_given_axes_and_leaves_others():
    _, (left, right) = d2l.plt.subplots(1, 2)
    right.plot([1], [1])
    d2l.plot([1, 2], axes=left)
    d2l.plot([3, 4], axes=left)
    assert curves(left) == [([0, 1], [3, 4])]
    assert len(right.lines) == 1


@pytest.mark.parametrize('X, Y', [([1, 2, 3], [1, 2]), ([[1, 2], [3, 4]], [[1, 2], [3, 4], [5, 6]])])
def test_plot_refuses_unequal_lengths(X, Y):
    with pytest.raises(ValueError, match='横坐标有|应当一样多'):
        d2l.plot(X, Y)


def test_set_figsize_and_grid():
    d2l.set_figsize((5, 2))
    assert d2l.plt.rcParams['figure.figsize'] == [5, 2]
    axes = d2l.plt.gca()
    d2l.set_axes(axes, 'a', 'b', None, None, 'linear', 'log', None)
    d2l.set_axes(axes, 'a', 'b', None, None, 'linear', 'log', None)
    assert axes.xaxis.get_gridlines()[0].get_visible()
    assert axes.get_legend() is None
    d2l.use_svg_display()


def test_chinese_has_a_glyph_and_nothing_warns(recwarn):
    figure, axes = d2l.plt.subplots()
    axes.set_title('学习率与损失：−1.5')
    figure.canvas.draw()
    assert [str(one.message) for one in recwarn] == []


def test_svg_is_the_same_each_time(tmp_path):
    files = [tmp_path / 'a.svg', tmp_path / 'b.svg']
    for file in files:
        d2l.plot([1, 2, 3], xlabel='步数', legend=['损失'])
        d2l.plt.savefig(file, metadata={'Date': None, 'Creator': None})
        d2l.plt.close('all')
    assert files[0].read_bytes() == files[1].read_bytes()


# ---- 核对梯度 ------------------------------------------------------------------------------


def test_numerical_gradient_of_known_functions():
    x = np.array([[1., -2.], [0.5, 3.]], dtype='float64')
    found = d2l.numerical_gradient(lambda x: x**3, x, 1e-5)
    assert numpy.allclose(found, 3 * x.asnumpy()**2, rtol=1e-8)
    assert found.shape == (2, 2) and found.dtype == numpy.float64
    assert x.asnumpy().tolist() == [[1, -2], [0.5, 3]]


@pytest.mark.parametrize('function', [
    np.sin, lambda x: np.dot(x, x), lambda x: (np.exp(x) / np.exp(x).sum())[0], np.tanh])
def test_right_gradients_pass(function):
    assert d2l.check_gradient(function, [0.3, -1.2, 2.0]) < 1e-7


def test_gradient_of_a_layer_with_float32_parameters_passes():
    net = nn.Dense(3, activation='tanh')
    net.initialize()
    assert d2l.check_gradient(net, numpy.random.RandomState(0).randn(4, 2)) < 1e-2


def test_a_wrong_gradient_names_the_worst_element_and_both_values():
    def wrong(x):
        return x * np.square(x).detach()

    with pytest.raises(AssertionError, match=r'x\[1\].*autograd 给出 9，中心差分给出 27'):
        d2l.check_gradient(wrong, [1.0, 3.0])


def test_a_nan_gradient_does_not_slip_through():
    with pytest.raises(AssertionError, match='nan'):
        d2l.check_gradient(np.linalg.norm, [0.0, 0.0])


def test_check_gradient_leaves_everything_as_it_was():
    w, x = np.array([2.0]), np.array([3.0])
    w.attach_grad()
    x.attach_grad()
    with autograd.record():
        y = w * x
    y.backward()
    d2l.check_gradient(lambda x: x**2, x)
    assert (float(w.grad), float(x.grad), float(x)) == (3, 2, 3)
    assert not autograd.is_recording() and not autograd.is_training()


def test_check_gradient_lets_other_errors_of_mxnet_through():
    with pytest.raises(MXNetError, match='2 vs. 3'):
        d2l.check_gradient(lambda x: x.reshape(3), [1.0, 2.0])


def test_check_gradient_refuses_a_result_of_another_kind():
    with pytest.raises(TypeError, match='f 应返回 MXNet 的 np 数组'):
        d2l.check_gradient(lambda x: 1.0, [1.0])


# ---- Timer ---------------------------------------------------------------------------------


def test_timer_as_a_stopwatch():
    timer = d2l.Timer()
    for _ in range(3):
        timer.start()
        time.sleep(0.01)
        assert 0.009 <= timer.stop() < 60
    assert len(timer.times) == 3
    assert timer.sum() == pytest.approx(sum(timer.times))
    assert timer.avg() == pytest.approx(timer.sum() / 3)
    assert timer.cumsum() == pytest.approx(numpy.cumsum(timer.times).tolist())


def test_timer_starts_on_creation_and_stops_when_the_block_fails():
    assert d2l.Timer().stop() >= 0
    with pytest.raises(ZeroDivisionError), d2l.Timer() as timer:
        raise ZeroDivisionError
    assert len(timer.times) == 1


def test_timer_says_what_is_wrong():
    timer = d2l.Timer()
    with pytest.raises(ValueError, match='还没有记下任何一次'):
        timer.avg()
    timer.stop()
    with pytest.raises(RuntimeError, match='没有在计时'):
        timer.stop()
