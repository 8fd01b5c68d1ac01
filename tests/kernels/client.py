"""笔记本的“内核命令”：请准备好的进程（server.py）分叉出一个内核，替它守着，直到它结束。

    python -I -S -E client.py 套接字 -f 连接文件 …

Jupyter 只认识本进程：它收到的 Ctrl-C 转给内核；它一死（哪怕被 SIGKILL），连接断开，内核随即自尽。
请不到（服务没有了、环境不同、包导入不了）就原地变成普通的内核。只用标准库，启动只要几毫秒。
"""
import json
import os
import select
import signal
import socket
import sys

WAIT_SECONDS = 60


def ask(path, arguments):
    """把参数、环境、三个标准流和当前的文件夹交给服务；分叉成了返回连接，不成返回 None。"""
    request = json.dumps([arguments, dict(os.environ)]).encode()
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(WAIT_SECONDS)
        connection.connect(path)
        socket.send_fds(connection, [len(request).to_bytes(8)], [0, 1, 2, os.open('.', os.O_RDONLY)])
        connection.sendall(request)
        if connection.recv(1) == b'y':
            return connection
    except OSError:
        pass
    connection.close()
    return None


def guard(connection):
    """守到内核结束，或启动本进程的那个进程先没了。"""
    parent = os.getppid()
    signal.signal(signal.SIGINT, lambda *_: connection.send(b'i'))
    while os.getppid() == parent:
        if select.select([connection], [], [], 1)[0] and not connection.recv(1):
            return


def main(argv):
    connection = ask(argv[0], argv[1:])
    if connection is None:
        os.execv(sys.executable, [sys.executable, '-m', 'ipykernel_launcher', *argv[1:]])
    guard(connection)


if __name__ == '__main__':
    main(sys.argv[1:])
