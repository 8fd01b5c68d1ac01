"""启动内核：与它通信用临时文件夹里的套接字文件，不用端口。

Jupyter 先挑一个空着的端口，内核启动了才去占；几个内核同时启动，端口会被别人占去，内核就起不来
（ZMQError: Address already in use）。
"""
import os
import tempfile
import uuid
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager, KernelManager


class _Sockets(KernelManager):
    """两种管理者共有的：Windows 没有这种套接字，仍用端口。"""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        if os.name != 'nt':
            self.transport = 'ipc'
            # 内核在别的文件夹里运行，所以写全路径；套接字的路径不能超过 107 字节，所以名字要短。
            self.connection_file = str(Path(tempfile.gettempdir()) / f'd2l-{uuid.uuid4().hex}.json')


class SocketManager(_Sockets):
    """用法与 `KernelManager` 相同。"""


class AsyncSocketManager(_Sockets, AsyncKernelManager):
    """用法与 `AsyncKernelManager` 相同；nbclient 要用这一种，用另一种时内核死了它永远等下去。"""
