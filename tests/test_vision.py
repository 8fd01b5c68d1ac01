"""d2l_local/vision.py 的测试：与 Gluon 的同名类逐项比较；缓存里有真的 Fashion-MNIST 时也读它。"""
import gzip
import struct
from pathlib import Path

import numpy
import pytest
from d2l_local import _compat, data
from d2l_local.vision import FashionMNIST

from tests.test_data import cache, fill, refused, register, swap_byte  # noqa: F401  准备工作

# ruff: noqa: F811
mxnet = _compat.import_mxnet()


def idx(array):
    return b'\0\0\x08' + bytes([array.ndim]) + struct.pack(f'>{array.ndim}I', *array.shape) \
        + array.tobytes()


@pytest.fixture(params=[True, False], ids=['np', 'nd'])
def np_mode(request):
    if request.param:
        mxnet.npx.set_np()
    yield request.param
    mxnet.npx.reset_np()


@pytest.fixture
def tiny_fashion():
    """20 个训练样本和 10 个测试样本的 idx 文件：{文件名: 内容}。"""
    rng = numpy.random.default_rng(0)
    bodies = {}
    for part, count in (('train', 20), ('t10k', 10)):
        bodies[f'{part}-images-idx3-ubyte'] = idx(
            rng.integers(0, 256, (count, 28, 28), dtype='uint8'))
        bodies[f'{part}-labels-idx1-ubyte'] = idx(rng.integers(0, 10, count, dtype='uint8'))
    return bodies


class TestFashionMNIST:
    def as_numpy(self, value):
        return value.asnumpy() if hasattr(value, 'asnumpy') else value

    @pytest.mark.parametrize('train', [True, False])
    def test_same_as_gluon(self, register, tiny_fashion, np_mode, monkeypatch, tmp_path, train):
        # 让 Gluon 的同名类读同样的文件（它要 .gz），两边逐项比较。
        fill(register(bodies=tiny_fashion, name='fashion-mnist'), tiny_fashion)
        fill(tmp_path, {f'{name}.gz': gzip.compress(body) for name, body in tiny_fashion.items()})
        vision = mxnet.gluon.data.vision
        monkeypatch.setattr(vision.datasets, 'download',
                            lambda url, path, sha1_hash: tmp_path / Path(url).name)
        ours = FashionMNIST(train=train)
        theirs = vision.datasets.FashionMNIST(root=str(tmp_path / 'unused'), train=train)
        assert len(ours) == len(theirs) == (20 if train else 10)
        for index in (0, 7, -1, slice(0, 5), slice(None)):
            for our, their in zip(ours[index], theirs[index], strict=True):
                assert type(our) is type(their)
                assert our.dtype == their.dtype and our.shape == their.shape
                assert (self.as_numpy(our) == self.as_numpy(their)).all()

    def test_arguments_in_the_order_of_gluon(self, register, tiny_fashion, tmp_path):
        register(bodies=tiny_fashion, name='fashion-mnist')
        fill(tmp_path / 'root', tiny_fashion)
        dataset = FashionMNIST(
            str(tmp_path / 'root'), False, lambda image, label: (image.shape, int(label)))
        assert len(dataset) == 10 and dataset[0][0] == (28, 28, 1)

    @pytest.mark.parametrize('change', [
        lambda images: b'\0\0\x08\x01' + images[4:],
        lambda images: b'\0\0\x0d\x03' + images[4:],
        lambda images: images[:-1],
        lambda images: images + b'\0',
        lambda images: images[:10],
        lambda images: b'',
        lambda images: idx(numpy.zeros((19, 28, 28), 'uint8')),
        lambda images: idx(numpy.zeros((20, 14, 56), 'uint8')),
    ], ids=['dimensions', 'type', 'short', 'long', 'header', 'empty', 'count', 'shape'])
    def test_bad_idx_is_refused(self, register, tiny_fashion, change):
        name = 'train-images-idx3-ubyte'
        tiny_fashion[name] = change(tiny_fashion[name])
        fill(register(bodies=tiny_fashion, name='fashion-mnist'), tiny_fashion)
        with pytest.raises(data.DataError, match='fashion-mnist'):
            FashionMNIST()
        assert len(FashionMNIST(train=False)) == 10

    @pytest.mark.parametrize('change, told', [
        (lambda images: images[:-1], r'\(20, 28, 28\)，后面却有 15679 个元素'),
        (lambda images: idx(numpy.zeros((0, 28, 28), 'uint8')), r'图像形状是 \(0, 28, 28\)'),
    ])
    def test_bad_idx_is_told_in_numbers(self, register, tiny_fashion, change, told):
        name = 'train-images-idx3-ubyte'
        tiny_fashion[name] = change(tiny_fashion[name])
        fill(register(bodies=tiny_fashion, name='fashion-mnist'), tiny_fashion)
        with pytest.raises(data.DataError, match=told):
            FashionMNIST()

    def test_damaged_file_is_never_read(self, register, tiny_fashion, refused):
        folder = register(data.Https(refused + '{}'), bodies=tiny_fashion, name='fashion-mnist')
        fill(folder, tiny_fashion)
        swap_byte(folder / 'train-images-idx3-ubyte')
        with pytest.raises(data.DataError, match='还缺 train-images-idx3-ubyte，'):
            FashionMNIST()


class TestRealFashionMNIST:
    @pytest.fixture(autouse=True)
    def present(self):
        problems = data.verify('fashion-mnist')
        if problems:
            pytest.skip(f'{data.data_dir()} 里没有完好的 Fashion-MNIST（运行 make data 取得）：'
                        f'{problems[0].file} {problems[0].reason}')
        mxnet.npx.set_np()
        yield
        mxnet.npx.reset_np()

    @pytest.mark.parametrize(('train', 'count', 'first', 'mean'), [
        (True, 60000, [9, 0, 0, 3, 0, 2, 7, 2, 5, 5], 72.9404),
        (False, 10000, [9, 2, 1, 1, 6, 1, 4, 6, 5, 7], 73.1466),
    ])
    def test_facts_and_bytes(self, train, count, first, mean):
        dataset = FashionMNIST(train=train)
        images, labels = dataset[:]
        assert len(dataset) == count and images.shape == (count, 28, 28, 1)
        assert images.dtype == numpy.uint8 and labels.dtype == numpy.int32
        assert labels[:10].asnumpy().tolist() == first
        assert numpy.bincount(labels.asnumpy()).tolist() == [count // 10] * 10
        pixels = images.asnumpy()
        assert (pixels.min(), pixels.max()) == (0, 255)
        assert abs(pixels.mean() - mean) < 1e-3
        folder, part = data.download('fashion-mnist'), 'train' if train else 't10k'
        assert (folder / f'{part}-images-idx3-ubyte').read_bytes()[16:] == pixels.tobytes()
        assert (folder / f'{part}-labels-idx1-ubyte').read_bytes()[8:] == \
            labels.asnumpy().astype('uint8').tobytes()

    def test_use_as_on_the_pages(self):
        dataset = FashionMNIST(train=False)
        image, label = dataset[0]
        assert type(image) is type(label) is mxnet.np.ndarray
        assert image.shape == (28, 28, 1) and int(label) == 9
        images, labels = dataset[:18]
        assert images.shape == (18, 28, 28, 1) and labels.shape == (18,)
        to_tensor = mxnet.gluon.data.vision.transforms.ToTensor()
        tensor, label = dataset.transform_first(to_tensor)[0]
        assert tensor.shape == (1, 28, 28) and tensor.dtype == numpy.float32
        assert numpy.allclose(tensor.asnumpy()[0] * 255, image.asnumpy()[..., 0], atol=1e-4)

    def test_gluon_data_loader(self):
        dataset = FashionMNIST(train=False)
        to_tensor = mxnet.gluon.data.vision.transforms.ToTensor()
        loader = mxnet.gluon.data.DataLoader(
            dataset.transform_first(to_tensor), batch_size=256, shuffle=False)
        batches = list(loader)
        assert len(batches) == 40
        X, y = batches[-1]
        assert X.shape == (16, 1, 28, 28) and y.shape == (16,) and y.dtype == numpy.int32
        labels = numpy.concatenate([y.asnumpy() for _, y in batches])
        assert (labels == dataset[:][1].asnumpy()).all()
