"""图像数据集 `FashionMNIST`：用法与 Gluon 的同名类相同，文件由 data.py 取得、核对。"""
import os
from collections.abc import Callable
from pathlib import Path

import mxnet
import numpy

from .data import download
from .sources import DataError

__all__ = ['FashionMNIST']

# idx 文件开头三个字节：两个 0 和元素类型（8 表示 uint8）；第四个字节是维数。
IDX_UINT8 = b'\x00\x00\x08'


class FashionMNIST(mxnet.gluon.data.dataset._DownloadedDataset):
    """Fashion-MNIST 服装图像，用法与 `gluon.data.vision.FashionMNIST` 相同，没有网络也能用。

    每个样本是（图像，标签）：图像是形状为 (28, 28, 1) 的 uint8 数组，标签是 0 到 9 的 int32。

    参数：
        root：放文件的文件夹，默认为 `data_dir() / 'fashion-mnist'`。
        train：为真取 60000 个训练样本，为假取 10000 个测试样本。
        transform：取样本时对图像和标签调用的函数，默认不变换。
    异常：
        DataError：取不到数据，或文件不是所要的 idx 格式。
    """

    def __init__(self, root: str | os.PathLike | None = None, train: bool = True,
                 transform: Callable | None = None) -> None:
        self._train = train
        super().__init__(download('fashion-mnist', root), transform)

    def _get_data(self) -> None:
        root, part = Path(self._root), 'train' if self._train else 't10k'
        images = _read_idx(root / f'{part}-images-idx3-ubyte', 3)
        labels = _read_idx(root / f'{part}-labels-idx1-ubyte', 1).astype(numpy.int32)
        if images.shape != (len(labels), 28, 28):
            raise DataError(f'{self._root} 里的图像形状是 {images.shape}，'
                            f'应是 {(len(labels), 28, 28)}：标签有 {len(labels)} 个。')
        images = images[..., numpy.newaxis]
        # 与 Gluon 的同名类一样，数组的种类随 npx.set_np() 而定。
        if mxnet.util.is_np_array():
            self._data = mxnet.np.array(images, dtype=images.dtype)
            self._label = mxnet.np.array(labels, dtype=labels.dtype)
        else:
            self._data = mxnet.nd.array(images, dtype=images.dtype)
            self._label = labels


def _read_idx(path: Path, ndim: int) -> numpy.ndarray:
    """读一个 uint8 的 idx 文件：4 字节的魔数，每一维的长度（各 4 字节，大端），全部元素。"""
    content = path.read_bytes()
    header = 4 + 4 * ndim
    if content[:4] != IDX_UINT8 + bytes([ndim]) or len(content) < header:
        raise DataError(f'{path} 不是 {ndim} 维的 idx 文件：开头是 {content[:4].hex()}。')
    shape = numpy.frombuffer(content, '>u4', ndim, offset=4)
    if len(content) - header != shape.prod(dtype=numpy.int64):
        raise DataError(f'{path} 的形状写的是 {tuple(shape.tolist())}，'
                        f'后面却有 {len(content) - header} 个元素。')
    return numpy.frombuffer(content, numpy.uint8, offset=header).reshape(shape)
