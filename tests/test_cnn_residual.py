"""第 5 章保存的残差块 `Residual`。"""
import d2l_local as d2l
import numpy
import pytest
from mxnet import autograd, np, npx

pytestmark = pytest.mark.usefixtures('np_mode')


def initialized(block, X):
    npx.random.seed(0)
    block.initialize(force_reinit=True)
    return block(X)


@pytest.mark.parametrize('channels, use_1x1conv, strides, shape', [
    (3, False, 1, (4, 3, 6, 6)), (3, True, 1, (4, 3, 6, 6)), (6, True, 1, (4, 6, 6, 6)),
    (6, True, 2, (4, 6, 3, 3)), (6, True, 3, (4, 6, 2, 2))])
def test_shapes(channels, use_1x1conv, strides, shape):
    block = d2l.Residual(channels, use_1x1conv=use_1x1conv, strides=strides)
    assert initialized(block, np.ones((4, 3, 6, 6))).shape == shape


@pytest.mark.parametrize('size', [5, 6, 7])
def test_odd_sizes_can_be_halved(size):
    half = -(-size // 2)
    assert initialized(d2l.Residual(4, True, 2), np.ones((2, 3, size, size))).shape == (2, 4, half, half)


def test_passes_the_input_when_the_last_gamma_is_zero():
    X = np.random.normal(size=(2, 3, 5, 5))
    block = d2l.Residual(3)
    initialized(block, X)
    block.bn2.gamma.set_data(np.zeros(3))
    numpy.testing.assert_array_equal(block(X).asnumpy(), npx.relu(X).asnumpy())


@pytest.mark.parametrize('channels, strides', [(6, 1), (3, 2), (6, 2)])
def test_refuses_a_shortcut_of_another_shape(channels, strides):
    with pytest.raises(ValueError, match='use_1x1conv=True'):
        initialized(d2l.Residual(channels, strides=strides), np.ones((4, 3, 6, 6)))


def test_refuses_to_broadcast_one_channel():
    with pytest.raises(ValueError, match='use_1x1conv=True'):
        initialized(d2l.Residual(8), np.ones((4, 1, 6, 6)))


def test_every_trainable_parameter_has_a_gradient():
    X = np.random.normal(size=(4, 3, 6, 6))
    block = d2l.Residual(6, use_1x1conv=True, strides=2)
    initialized(block, X)
    with autograd.record():
        total = (block(X)**2).sum()
    total.backward()
    for name, param in block.collect_params().items():
        # 批量归一化前面的卷积的偏置，梯度本来就是 0。
        if param.grad_req != 'null' and 'bias' not in name:
            assert np.abs(param.grad()).max() > 0, name


def test_keeps_the_given_prefix():
    assert d2l.Residual(3, prefix='mine_').prefix == 'mine_'
