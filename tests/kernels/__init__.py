"""IPython 内核：在一个真的内核里运行代码，收下它发出的消息；检验时用分叉出来的内核（server.py）。"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from nbval import kernel

from tools.kernels import SocketManager

TIMEOUT = 120
FORKED = 'd2l-forked'
HERE = Path(__file__).resolve().parent

# nbval 启动的内核也用套接字文件。
kernel.KernelManager = SocketManager


class ForkServer:
    """准备好的进程，和叫做 `FORKED` 的内核；`environment` 是要用它的进程该有的环境变量。"""

    def __init__(self):
        # 套接字的路径不能超过 107 字节，所以放在临时文件夹里，不放在书的文件夹里。
        self.folder = Path(tempfile.mkdtemp(prefix='d2l-kernels-'))
        path = str(self.folder / 'socket')
        spec = self.folder / 'kernels' / FORKED / 'kernel.json'
        spec.parent.mkdir(parents=True)
        spec.write_text(json.dumps({
            'argv': [sys.executable, '-I', '-S', '-E', str(HERE / 'client.py'), path,
                     '-f', '{connection_file}'],
            'display_name': FORKED, 'language': 'python'}), encoding='utf-8')
        paths = [str(self.folder), os.environ.get('JUPYTER_PATH')]
        self.environment = {'JUPYTER_PATH': os.pathsep.join(filter(None, paths))}
        environment = {name: value for name, value in os.environ.items() if name != 'JPY_PARENT_PID'}
        # 在这里就开始听：服务还在启动时来的请求排着队，不会变成普通的内核。
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(64)
            number = listener.fileno()
            self.process = subprocess.Popen(
                [sys.executable, HERE / 'server.py', path, str(number)], env=environment,
                stdin=subprocess.PIPE, start_new_session=True, pass_fds=[number])

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Outcome:
    """`displayed`、`updated` 是显示与更新过的数据（{类型: 内容}），`printed` 是打印的文字。"""
    displayed: list = field(default_factory=list)
    updated: list = field(default_factory=list)
    printed: str = ''


def run_in_kernel(code, allow_stdin=False):
    """运行一格 `code`；`allow_stdin` 为真就像有人在 Jupyter 里运行，为假就像由程序执行。"""
    manager, client = kernel.start_new_kernel(kernel_name='python3')
    outcome, errors = Outcome(), []

    def collect(message):
        kind, content = message['header']['msg_type'], message['content']
        if kind == 'display_data':
            outcome.displayed.append(content['data'])
        elif kind == 'update_display_data':
            outcome.updated.append(content['data'])
        elif kind == 'stream':
            outcome.printed += content['text']
        elif kind == 'error':
            errors.append(f'{content["ename"]}: {content["evalue"]}')

    try:
        client.execute_interactive(code, allow_stdin=allow_stdin, output_hook=collect,
                                   timeout=TIMEOUT)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert not errors, errors
    return outcome
