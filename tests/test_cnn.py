"""第 5 章保存的函数。"""
import re

import d2l_local as d2l
import numpy
import pytest
from mxnet import np, npx

pytestmark = pytest.mark.usefixtures('np_mode')


def by_definition(X, K):
    """逐个窗口相乘、求和。"""
    h, w = K.shape
    return numpy.array([[(X[i:i + h, j:j + w] * K).sum() for j in range(X.shape[1] - w + 1)]
                        for i in range(X.shape[0] - h + 1)])


@pytest.mark.parametrize('image, kernel', [
    ((3, 3), (2, 2)), ((6, 8), (1, 2)), ((6, 8), (5, 3)), ((4, 5), (4, 5)), ((1, 7), (1, 3)),
    ((3, 2), (1, 1))])
def test_corr2d_is_the_sum_over_each_window(image, kernel):
    random = numpy.random.RandomState(0)
    X, K = random.randint(-9, 10, image), random.randint(-9, 10, kernel)
    Y = d2l.corr2d(np.array(X), np.array(K))
    assert Y.asnumpy().tolist() == by_definition(X, K).tolist()


def test_corr2d_is_what_the_library_computes():
    npx.random.seed(0)
    X, K = np.random.normal(size=(9, 7)), np.random.normal(size=(3, 4))
    theirs = npx.convolution(X.reshape(1, 1, 9, 7), K.reshape(1, 1, 3, 4), kernel=(3, 4), num_filter=1,
                             no_bias=True)[0, 0]
    numpy.testing.assert_allclose(d2l.corr2d(X, K).asnumpy(), theirs.asnumpy(), rtol=0, atol=1e-5)


def test_corr2d_has_the_right_gradients():
    npx.random.seed(0)
    X, K = np.random.normal(size=(5, 4)), np.random.normal(size=(2, 3))
    weights = np.random.normal(size=(4, 2)).astype('float64')
    assert d2l.check_gradient(lambda X: d2l.corr2d(X, K.astype('float64')) * weights, X) < 1e-8
    assert d2l.check_gradient(lambda K: d2l.corr2d(X.astype('float64'), K) * weights, K) < 1e-8


def test_corr2d_leaves_its_input_alone():
    X, K = np.ones((3, 3)), np.ones((1, 1))
    d2l.corr2d(X, K)[:] = 5
    assert X.asnumpy().tolist() == numpy.ones((3, 3)).tolist() and K.item() == 1


@pytest.mark.parametrize('image, kernel', [
    ((2, 3), (3, 3)), ((3, 2), (1, 3)), ((1, 3, 3), (2, 2)), ((1, 3, 3), (1, 2, 2)), ((3, 3), (2,))])
def test_corr2d_refuses(image, kernel):
    with pytest.raises(ValueError, match=re.escape(f'形状是 {image} 和 {kernel}。')):
        d2l.corr2d(np.ones(image), np.ones(kernel))
