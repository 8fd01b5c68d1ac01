"""名叫“动手学深度学习”的内核：Jupyter 找得到，用自己的 Python 启动，环境变量一开始就固定好。"""
import json
import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from nbval.kernel import start_new_kernel

from tools import kernelspec, runtime


def test_the_kernel_is_found_and_starts_pinned(tmp_path, monkeypatch):
    path = kernelspec.install(tmp_path)
    assert str(tmp_path) not in path.read_text(encoding='utf-8')
    for name in runtime.PINNED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('JUPYTER_PATH', str(tmp_path / 'share' / 'jupyter'))
    assert KernelSpecManager().get_kernel_spec('d2l').display_name == '动手学深度学习'
    manager, client = start_new_kernel(kernel_name='d2l')
    try:
        told = []
        client.execute_interactive(
            'import json, os, sys\nprint(json.dumps([sys.executable, dict(os.environ)]))', timeout=60,
            output_hook=lambda message: told.append(message['content'].get('text', '')))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    executable, environment = json.loads(''.join(told))
    assert Path(executable).samefile(sys.executable)
    assert runtime.PINNED.items() <= environment.items()


def test_installing_again_changes_nothing(tmp_path):
    path = kernelspec.install(tmp_path)
    before = path.read_bytes()
    assert kernelspec.install(tmp_path).read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ['kernel.json']
