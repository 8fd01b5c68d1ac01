"""在一个真的 IPython 内核里运行代码，收下它发出的消息。"""
from dataclasses import dataclass, field

from jupyter_client.manager import start_new_kernel

TIMEOUT = 120


@dataclass
class Outcome:
    """`displayed`、`updated` 是显示与更新过的数据（{类型: 内容}），`printed` 是打印的文字。"""
    displayed: list = field(default_factory=list)
    updated: list = field(default_factory=list)
    printed: str = ''


def run_in_kernel(code, allow_stdin=False):
    """运行一格 `code`；`allow_stdin` 为真就像有人在 Jupyter 里运行，为假就像由程序执行。"""
    manager, client = start_new_kernel(kernel_name='python3')
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
