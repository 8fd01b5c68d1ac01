"""数据文件从哪里来，怎样取一个文件，怎样核对它。只用标准库，要联网时才导入 pooch。

每种来源是一个类，`get(file, work)` 把文件弄到临时文件夹 `work` 里（或就地），返回它的路径；`fetch` 解压、
核对以后，才把它改名放好。登记了哪些数据集、怎样下载，见 data.py。
"""
import errno
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import warnings
import zlib
from dataclasses import dataclass, field
from pathlib import Path

# 单位都是秒。连接 5 秒不成就换下一个来源；下载中途 30 秒没有新数据算断了。
HTTP_TIMEOUT, PACKAGE_TIMEOUT = (5, 30), 900
MISSING, FOLDER_NOT_FILE = '没有这个文件', '是一个文件夹，不是数据文件'
# HTTP 的状态码：代理要用户名和密码。
PROXY_WANTS_PASSWORD = 407
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# 软件包的种类 → （谁家的，下载的命令，解开的命令）。
APT_GET = ['apt-get', '-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=10', 'download']
PIP = [sys.executable, '-m', 'pip', '--disable-pip-version-check', 'download', '--no-deps',
       '--only-binary=:all:', '--retries=1', '--timeout=10']
PACKAGES = {'deb': ('Debian', APT_GET, ['dpkg-deb', '-x']),
            'whl': ('PyPI', PIP, [sys.executable, '-m', 'zipfile', '-e'])}
NO_SOCKS = '要用 SOCKS 代理得先装 PySocks：pip install pysocks'
CHECK_PROXY = '请检查环境变量 https_proxy、http_proxy、all_proxy 或系统的代理设置'
# 各命令常见的错误消息，与说给读者的原因；在前的先认。
COMMAND_ERRORS = {
    'Unable to locate package': '本机的软件包列表里没有它；列表可能是空的，请先运行 sudo apt-get update',
    'ProxyError': f'经代理连不上，{CHECK_PROXY}',
    'ProxySchemeUnknown': f'经代理连不上，{CHECK_PROXY}',
    'SOCKS support': NO_SOCKS,
    'SOCKSHTTPSConnection': f'经代理连不上，{CHECK_PROXY}',
    'Temporary failure resolving': '连不上软件源',
    'Could not connect to': '连不上软件源（或代理）',
    'connection broken by': '连不上软件源（或代理）',
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
    """一个数据文件应有的内容：SHA-256（或 SHA-1）和字节数；不写字节数的不解压，取来是什么就是什么。

    `hub` 是它在 `DATA_HUB` 里的名字和 SHA-1。
    """
    digest: str
    size: int | None = None
    hub: tuple[str, str] | None = None


@dataclass(frozen=True)
class Folder:
    """来源：本机文件夹，文件直接放在里面或放在与数据集同名的子文件夹里。"""
    path: Path
    name: str

    def __str__(self) -> str:
        return f'D2L_DATA_FROM 指定的文件夹 {self.path}'

    def get(self, file: str, work: Path) -> Path:
        try:
            found = [path for folder in (self.path / self.name, self.path)
                     for path in (folder / file, folder / f'{file}.gz') if path.exists()]
        except OSError as error:
            raise SourceFailed(reading_failed(error)) from None
        if not found:
            raise BadFile(f'没有 {file} 或 {file}.gz')
        if not (files := [path for path in found if path.is_file()]):
            raise BadFile(f'“{found[0]}”{FOLDER_NOT_FILE}')
        return files[0]


@dataclass(frozen=True)
class Https:
    """来源：https 地址，其中的 {} 换成文件名。"""
    address: str

    def __str__(self) -> str:
        return self.address.replace('{}', '<文件名>')

    def get(self, file: str, work: Path) -> Path:
        import requests
        with warnings.catch_warnings():
            # 没有装 ipywidgets 的笔记本里，pooch 导入的 tqdm.auto 会为进度条告警。
            warnings.simplefilter('ignore')
            import pooch

        url, target = self.address.replace('{}', file), work / 'download'
        downloader = pooch.HTTPDownloader(progressbar=True, chunk_size=1 << 16, timeout=HTTP_TIMEOUT)
        try:
            downloader(url, target, None)
        except requests.HTTPError as error:
            if error.response.status_code == PROXY_WANTS_PASSWORD:
                raise SourceFailed(_why_unreachable(url, error)) from None
            raise BadFile(f'服务器没有给出 {file}（HTTP {error.response.status_code}）') from None
        except OSError as error:
            # 网络异常也都是 OSError，但没有错误码；有错误码的是磁盘写不进去，由 download 说明。
            if error.errno is not None:
                raise
            if target.stat().st_size or isinstance(error, requests.exceptions.ChunkedEncodingError):
                raise CutShort(f'{file} 下载到一半断了') from None
            raise SourceFailed(_why_unreachable(url, error)) from None
        return target


def _why_unreachable(url: str, error: OSError) -> str:
    """连不上 `url` 的原因；要经过代理的，说出是哪个代理（不说其中的密码）。"""
    from requests.utils import get_environ_proxies, select_proxy

    if not (proxy := select_proxy(url, get_environ_proxies(url))):
        return f'连不上（{type(error).__name__}）'
    why = NO_SOCKS if 'SOCKS support' in str(error) else type(error).__name__
    shown = re.sub('[^/]*@', '', proxy)
    return f'经代理 {shown} 连不上（{why}），{CHECK_PROXY}'


@dataclass(frozen=True)
class Package:
    """来源：Debian 软件包（`kind` 是 deb）或 PyPI 上的 wheel（whl），只在临时文件夹里解开，不安装。

    `inside` 是文件在包里的路径，其中的 {} 换成文件名，或 `names` 里写的另一个名字。
    """
    kind: str
    name: str
    inside: str
    names: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f'{PACKAGES[self.kind][0]} 软件包 {self.name}'

    def get(self, file: str, work: Path) -> Path:
        unpacked = work / 'unpacked'
        if not unpacked.exists():
            _, download, unpack = PACKAGES[self.kind]
            _run([*download, self.name], work)
            _run([*unpack, str(next(work.glob(f'*.{self.kind}'))), str(unpacked)], work)
        return unpacked / self.inside.replace('{}', self.names.get(file, file))


Source = Folder | Https | Package


def _run(command: list[str], work: Path) -> None:
    """运行一个外部命令；失败时抛出 `SourceFailed`，原因取它的最后一行错误。"""
    if not shutil.which(command[0]):
        raise SourceFailed(f'这台机器上没有 {command[0]}')
    try:
        # 要英文的错误消息，下面才认得出；临时文件也放在 work 里，一起清除。
        subprocess.run(command, cwd=work, stdin=subprocess.DEVNULL, capture_output=True,
                       encoding='utf-8', errors='replace', check=True, timeout=PACKAGE_TIMEOUT,
                       env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TMPDIR': str(work)})
    except subprocess.TimeoutExpired:
        raise SourceFailed(f'{command[0]} 超过 {PACKAGE_TIMEOUT} 秒没有完成') from None
    except subprocess.CalledProcessError as error:
        if 'No space left on device' in error.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
        known = [reason for text, reason in COMMAND_ERRORS.items() if text in error.stderr]
        lines = error.stderr.strip().splitlines() or [f'退出码 {error.returncode}']
        raise SourceFailed((known or lines[-1:])[0]) from None


def fetch(source: Source, file: str, expected: File, folder: Path, work: Path) -> None:
    """从一个来源取一个文件，.gz 则解压，核对后放进 `folder`；只到了一部分就从头再取一次。"""
    ready = work / 'ready'
    try:
        _unpack(source.get(file, work), ready, file, expected)
    except CutShort:
        _unpack(source.get(file, work), ready, file, expected)
    ready.replace(folder / file)


def _unpack(path: Path, ready: Path, file: str, expected: File) -> None:
    """把来源给的文件写成 `ready`；看开头两个字节判断是不是 gzip，不看后缀。内容不对就抛出 `BadFile`。"""
    try:
        with path.open('rb') as raw, ready.open('wb') as sink:
            packed = expected.size is not None and raw.read(2) == b'\x1f\x8b'
            raw.seek(0)
            shutil.copyfileobj(gzip.GzipFile(fileobj=raw) if packed else raw, sink)
    except EOFError:
        raise CutShort(f'{file} 不完整') from None
    except (OSError, zlib.error) as error:
        if getattr(error, 'errno', None) in DISK_FULL:
            raise
        raise BadFile(f'{file} {reading_failed(error)}') from None
    if reason := mismatch(ready, expected):
        with ready.open('rb') as stream:
            if stream.read(64).lstrip().startswith(b'<'):
                raise BadFile(f'{file} 得到的是一个网页，不是数据')
        is_short = ready.stat().st_size < (expected.size or 0)
        raise (CutShort if is_short else BadFile)(f'{file} {reason}')


def reading_failed(error: Exception) -> str:
    """读文件时的异常 `error` 是怎么回事。"""
    return '没有权限读' if isinstance(error, PermissionError) else f'读不了（{error}）'


def mismatch(path: Path, expected: File) -> str:
    """核对一个文件：与登记一致返回空串，否则返回原因，没有这个文件是 `MISSING`。"""
    name = 'SHA-256' if len(expected.digest) == 64 else 'SHA-1'
    digest, size = hashlib.new(name.replace('-', '')), 0
    try:
        with path.open('rb') as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
                size += len(block)
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except OSError as error:
        # Windows 上打开文件夹的异常，与没有权限的是同一种。
        return FOLDER_NOT_FILE if path.is_dir() else reading_failed(error)
    if expected.size not in (None, size):
        return f'有 {size} 字节，应有 {expected.size} 字节'
    return '' if digest.hexdigest() == expected.digest.lower() else f'内容与登记的 {name} 不符'
