"""预先导入各页要用的包，每来一个请求就分叉出一个内核：启动从近两秒变成零点几秒。只用于检验。

    python server.py 套接字 号码     听着的套接字的路径，和它在本进程里的文件号；
                                     标准输入关上（检验结束或被杀）就删掉套接字所在的文件夹，退出

内核是独立的会话，与 client.py 之间只有一条连接，连接断开就杀掉自己整个进程组；它不靠本进程活着。
d2l_local 不在预先导入之列：各页自己导入当前的。“先导入 mxnet”这个错在分叉的内核里看不出，所以写书时
（tools.notebooks）和每周的全部检验（D2L_FORK=0）用普通的内核。
"""
import importlib
import json
import os
import random
import runpy
import select
import shutil
import signal
import socket
import sys
import threading
from pathlib import Path

COMPAT = runpy.run_path(str(Path(__file__).resolve().parents[2] / 'd2l_local' / '_compat.py'))
REQUEST_SECONDS = 10


def prepare():
    """导入各页要用的包；与页面里一样，先给 NumPy 补上 MXNet 要的名字。

    没有 pandas：它在导入时看自己是不是在笔记本里，由此决定表格显示几列。
    """
    # setuptools 被导入时往 sys.path 里添自己的文件夹；页面开始时没有它。
    before = list(sys.path)
    # 普通内核在导入 Matplotlib 之前设好它，这里也一样。
    os.environ['MPLBACKEND'] = 'module://matplotlib_inline.backend_inline'
    COMPAT['import_mxnet']()
    for name in ('ipykernel.ipkernel', 'ipykernel.kernelapp', 'matplotlib.pyplot'):
        importlib.import_module(name)
    sys.path[:] = before


def pinned():
    """本进程里固定的环境变量；请求的与它不同，分叉的内核就会算出另外的数字。"""
    return {name: os.environ.get(name) for name in COMPAT['PINNED']}


def receive(connection):
    """读一个请求，返回 (参数, 环境, 打开的文件)：三个标准流和当前的文件夹。"""
    connection.settimeout(REQUEST_SECONDS)
    header, files, _, _ = socket.recv_fds(connection, 8, 4)
    size, body = int.from_bytes(header), b''
    while len(body) < size:
        part = connection.recv(size - len(body))
        if not part:
            raise OSError('请求没有说完')
        body += part
    return *json.loads(body), files


def watch(connection):
    """一个字节是一次 Ctrl-C；连接断开就结束整个进程组，数据加载的子进程也在内。"""
    while connection.recv(1):
        os.killpg(0, signal.SIGINT)
    os.killpg(0, signal.SIGKILL)


def become_kernel(connection, arguments, environment, files):
    """在分叉出的进程里：换上请求者的一切，然后就是一个普通的内核。"""
    os.setsid()
    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
    os.fchdir(files[3])
    for file in files:
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    import ipykernel_launcher
    import numpy
    sys.argv = [ipykernel_launcher.__file__, *arguments]
    random.seed()
    numpy.random.seed()
    connection.settimeout(None)
    # 页面的子进程不该占着这条连接。
    os.register_at_fork(after_in_child=connection.close)
    connection.send(b'y')
    threading.Thread(target=watch, args=(connection,), daemon=True).start()
    from ipykernel import kernelapp
    # 1：不去盯父进程（那是本服务，不是启动内核的人），由 watch 盯着。
    kernelapp.launch_new_instance(argv=[*arguments, '--IPKernelApp.parent_handle=1'])


def serve(listener, ready):
    """等请求；返回 (连接, 请求) 的是分叉出的进程，返回 None 的是该退出的服务。"""
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        files = ()
        try:
            arguments, environment, files = receive(connection)
            if ready(environment) and os.fork() == 0:
                return connection, arguments, environment, files
        except (OSError, ValueError):
            pass
        for file in files:
            os.close(file)
        connection.close()
    return None


def main(path, number):
    # 页面里不该能导入 tests/ 里的东西。
    del sys.path[0]
    pins, prepared = pinned(), []

    def ready(environment):
        if any(environment.get(name) != value for name, value in pins.items()):
            return False
        if not prepared:
            prepare()
            prepared.append(True)
        return True

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=int(number)) as listener:
        request = serve(listener, ready)
    if request:
        become_kernel(*request)
    else:
        shutil.rmtree(Path(path).parent, ignore_errors=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
