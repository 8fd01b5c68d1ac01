"""《动手学深度学习》的读者认得的几个名字：`DATA_HUB`、`DATA_URL`、`download`、`download_extract`、`download_all`。

本书自己的数据由 data.py 的登记取得、核对；`DATA_HUB` 里另可登记读者自己的文件，每个一个地址和 SHA-1。
"""
import shutil
import sys
import tarfile
import warnings
import zipfile
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from d2l_local import data
from d2l_local.datasets import HTTP_TIMEOUT, DataError

# 《动手学深度学习》存放数据文件的地址，以 / 结尾。
DATA_URL = 'https://d2l-data.s3-accelerate.amazonaws.com/'
# 单个文件的登记：{名字: (地址, SHA-1)}，可以加进自己的文件。
DATA_HUB = {
    'kaggle_house_train': (DATA_URL + 'kaggle_house_pred_train.csv',
                           '585e9cc93e70b39160e7921475f9bcd7d31219ce'),
    'kaggle_house_test': (DATA_URL + 'kaggle_house_pred_test.csv',
                          'fa19780a7b011d9b009e8bff8e99922a8ee2eb90'),
}
# 本书的登记里也有的文件：(地址, SHA-1) → 数据集。它们有几个来源，不只 `DATA_URL`。
_REGISTERED = dict.fromkeys(DATA_HUB.values(), 'house-prices')


def download(name, cache_dir=None):
    """取得一个数据集或一个文件：在而且对就什么也不做，缺的、坏的去取来，核对以后才放好。

    参数：
        name：数据集的名字（见 `DATASETS`），或单个文件的名字（见 `DATA_HUB`）。
        cache_dir：放文件的文件夹；默认在用户的缓存文件夹里，环境变量 D2L_DATA_DIR 可以另指一处。
    返回：数据集给出放着它的全部文件的文件夹，单个文件给出它的路径（`pathlib.Path`）。
    异常：
        DataError：没有登记这个名字，文件夹写不进去，或取不到、核对不符。
    """
    if name in data.DATASETS:
        return data.download(name, cache_dir)
    if name not in DATA_HUB:
        names = '、'.join([*data.DATASETS, *DATA_HUB])
        raise DataError(f'没有登记名为 {name!r} 的数据。有：{names}。'
                        '要用自己的文件，请先写 d2l.DATA_HUB[名字] = (地址, SHA-1)。')
    url, sha1 = DATA_HUB[name]
    file = PurePosixPath(urlsplit(url).path).name
    if not file:
        raise DataError(f'{name} 的地址 {url} 不是一个文件的地址：要以文件名结尾。')
    if (url, sha1) in _REGISTERED:
        return data.download(_REGISTERED[url, sha1], cache_dir) / file
    folder = data.data_dir() / 'hub' if cache_dir is None else Path(cache_dir).expanduser().absolute()
    return _retrieve(name, url, sha1, folder / file)


def _retrieve(name, url, sha1, path):
    """从 `url` 取来一个文件，SHA-1 相符才放到 `path`。"""
    import requests
    with warnings.catch_warnings():
        # 没有装 ipywidgets 的笔记本里，pooch 导入的 tqdm.auto 会为进度条告警。
        warnings.simplefilter('ignore')
        import pooch
    if path.exists() and pooch.file_hash(path, alg='sha1') == sha1:
        return path
    print(f'{name}：正在下载 {url}', file=sys.stderr)
    pooch.get_logger().setLevel('WARNING')
    try:
        pooch.retrieve(url, f'sha1:{sha1}', path.name, path.parent,
                       downloader=pooch.HTTPDownloader(timeout=HTTP_TIMEOUT))
        return path
    except requests.HTTPError as error:
        reason = f'服务器没有给出这个文件（HTTP {error.response.status_code}）'
    except requests.RequestException as error:
        reason = f'连不上（{type(error).__name__}）'
    except ValueError:
        reason = '内容与登记的 SHA-1 不符，或地址的写法不对'
    except OSError as error:
        reason = f'文件夹“{path.parent}”写不进去（{data.WRITE_ERRORS.get(error.errno, error.strerror)}）'
    raise DataError(f'取不到 {name}（{url}）：{reason}。请检查 d2l.DATA_HUB 里的地址和 SHA-1，'
                    f'或自己下载以后放成 {path}。')


def download_extract(name, folder=None):
    """取得一个压缩包（.zip、.tar、.tar.gz、.tgz 等）并解开在它所在的文件夹里。

    参数：
        name：`DATA_HUB` 里的名字。
        folder：压缩包解开后的文件夹的名字；不给时用压缩包的文件名去掉后缀。
    返回：解开后的文件夹（`pathlib.Path`）。
    异常：
        DataError：取不到，不是 zip 或 tar，已经损坏，或解开后没有这个文件夹。
    """
    if name in data.DATASETS:
        raise DataError(f'{name} 不是压缩包：download({name!r}) 给出的就是放着文件的文件夹。')
    path = download(name)
    target = path.parent / (folder or path.name.partition('.')[0])
    work = path.parent / f'.{path.name}.part'
    shutil.rmtree(work, ignore_errors=True)
    try:
        _extract(path, work)
        # 全部解开以后才放好，不留下只解了一半的文件夹。
        for item in list(work.iterdir()):
            place = path.parent / item.name
            if place.is_dir():
                shutil.rmtree(place)
            item.replace(place)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if not target.exists():
        raise DataError(f'{path.name} 解开以后没有 {target.name}。请用 folder= 写出里面的文件夹的名字。')
    return target


def _extract(path, work):
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                archive.extractall(work)
        elif tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                archive.extractall(work, filter='data')
        else:
            raise DataError(f'{path.name} 不是 zip 或 tar 压缩包，不用解开：请用 download。')
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise DataError(f'{path.name} 解不开（{error}）。请删去它，再运行一次。') from None


def download_all():
    """取得登记的全部数据集和文件。

    返回：{名字: 路径}，路径的含义同 `download`。
    异常：
        DataError：有一个取不到。
    """
    return {name: download(name) for name in [*data.DATASETS, *DATA_HUB]}
