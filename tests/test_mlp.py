"""第 3 章保存的函数。"""
import d2l_local as d2l
import numpy
import pytest
from mxnet import np

pytestmark = pytest.mark.usefixtures('np_mode')


def half_square(y_hat, y):
    return (y_hat - y)**2 / 2


def test_evaluate_loss_weighs_by_samples():
    batches = [(np.arange(3), np.zeros(3)), (np.array([3.0, 4.0]), np.zeros(2))]
    assert d2l.evaluate_loss(lambda X: X, batches, half_square) == 3.0


@pytest.mark.parametrize('batches, loss, match', [
    ([], half_square, '一批数据也没有给出'),
    ([(np.zeros(3), np.zeros(3))], lambda y_hat, y: half_square(y_hat, y).mean(), '每个样本一个值'),
    ([(np.zeros((3, 1)), np.zeros(3))], half_square, '形状要相同'),
])
def test_evaluate_loss_refuses(batches, loss, match):
    with pytest.raises(ValueError, match=match):
        d2l.evaluate_loss(lambda X: X, batches, loss)


@pytest.mark.parametrize('lib', [np, numpy])
@pytest.mark.parametrize('n, k', [(10, 5), (11, 3), (7, 7), (5, 2)])
def test_each_sample_is_validated_once(lib, n, k):
    X, y = lib.arange(2 * n).reshape(n, 2), lib.arange(n)
    seen, sizes = [], []
    for i in range(k):
        X_train, y_train, X_valid, y_valid = d2l.get_k_fold_data(k, i, X, y)
        assert all(isinstance(part, type(X)) for part in (X_train, y_train, X_valid, y_valid))
        assert sorted([*map(int, y_train), *map(int, y_valid)]) == list(range(n))
        assert (X_train[:, 0] == 2 * y_train).all() and (X_valid[:, 0] == 2 * y_valid).all()
        seen += [int(label) for label in y_valid]
        sizes.append(len(y_valid))
    assert seen == list(range(n)) and max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize('k, i, labels, match', [
    (1, 0, 4, '折数 k'), (5, 0, 4, '折数 k'), (2, 2, 4, '第几折 i'), (2, -1, 4, '第几折 i'),
    (2, 0, 3, '有 4 个样本，却有 3 个标签')])
def test_k_fold_refuses(k, i, labels, match):
    with pytest.raises(ValueError, match=match):
        d2l.get_k_fold_data(k, i, np.zeros((4, 2)), np.zeros(labels))
