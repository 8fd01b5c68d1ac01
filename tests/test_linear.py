"""第 2 章保存的函数与类。"""
import d2l_local as d2l
import numpy
import pytest
from d2l_local import data
from mxnet import gluon

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
