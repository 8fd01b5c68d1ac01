"""tools/install.py：给读者装环境。真的装一遍由每周的检验做（要网络，两三分钟），这里试它的判断。"""
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import install

ROOT = Path(install.__file__).resolve().parents[1]


@pytest.mark.parametrize('system, machine, version, told', [
    ('Linux', 'x86_64', (3, 10), '3.11 或 3.12'), ('Windows', 'AMD64', (3, 13), 'python.org'),
    ('Linux', 'aarch64', (3, 11), '容器'), ('Darwin', 'arm64', (3, 11), 'Rosetta'),
    ('Windows', 'ARM64', (3, 11), 'x86-64')])
def test_an_unfit_machine_is_one_sentence(system, machine, version, told):
    with pytest.raises(install.Stop, match=told) as stop:
        install.check_machine(system, machine, version)
    assert '\n' not in str(stop.value)


@pytest.mark.parametrize('system, machine, mxnet', [
    ('Linux', 'x86_64', '1.9.1'), ('Windows', 'AMD64', '1.7.0.post2'), ('Darwin', 'x86_64', '1.9.1')])
def test_the_right_mxnet(system, machine, mxnet):
    compat = install.check_machine(system, machine, (3, 11))
    steps = install.steps(system, compat['mxnet_version'](system))
    assert any(arguments[-2:] == ['--no-deps', f'mxnet=={mxnet}'] for _, arguments in steps)
    assert ('msvc-runtime' in str(steps)) == (system == 'Windows')


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """一个装好过的书的文件夹：.venv 里的 Python 记下每次运行的参数。"""
    for name in ('requirements.txt', 'pyproject.toml'):
        (tmp_path / name).write_text('', encoding='utf-8')
    (tmp_path / 'd2l_local').mkdir()
    (tmp_path / 'd2l_local' / '_compat.py').write_bytes((ROOT / 'd2l_local' / '_compat.py').read_bytes())
    monkeypatch.setattr(install, 'ROOT', tmp_path)
    monkeypatch.setattr(install, 'VENV', tmp_path / '.venv')

    def make(code=0, words=''):
        python = tmp_path / '.venv' / 'bin' / 'python'
        python.parent.mkdir(parents=True, exist_ok=True)
        python.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/runs\n'
                          f'case "$*" in *tools.data*) echo "{words}" >&2; exit {code};; esac\n')
        python.chmod(0o755)
    monkeypatch.setattr(install.venv, 'create', lambda path, with_pip: make(*make.failure))
    make.failure = (0, '')
    return make


def runs():
    return (install.ROOT / 'runs').read_text().splitlines()


def test_installs_once(folder, capsys):
    install.install('Linux', 'x86_64', (3, 11))
    assert [line for line in runs() if 'mxnet==1.9.1' in line] and runs()[-1] == 'tools/doctor.py'
    assert 'jupyter lab notebooks/index.ipynb' in capsys.readouterr().out
    count = len(runs())
    install.install('Linux', 'x86_64', (3, 11))
    assert len(runs()) == count + 1 and runs()[-1] == 'tools/doctor.py'
    (install.ROOT / 'requirements.txt').write_text('new', encoding='utf-8')
    install.install('Linux', 'x86_64', (3, 11))
    assert len(runs()) == 2 * count + 1


def test_a_failed_step_is_said_and_done_again(folder, monkeypatch, capsys):
    folder.failure = 1, '网断了'
    monkeypatch.setattr(install.platform, 'system', lambda: 'Linux')
    monkeypatch.setattr(install.platform, 'machine', lambda: 'x86_64')
    monkeypatch.setattr(install.sys, 'version_info', (3, 11, 7))
    assert install.main() == 1
    printed = capsys.readouterr().out
    assert '取来数据没有做成：网断了' in printed and '再运行一次' in printed
    assert not (install.VENV / 'installed').exists()
    folder.failure = 0, ''
    assert install.main() == 0 and (install.VENV / 'installed').exists()


def test_the_short_scripts_call_it(tmp_path):
    powershell = (ROOT / 'install.ps1').read_bytes()
    assert powershell.startswith(b'\xef\xbb\xbf'), '没有 BOM，Windows 的 PowerShell 会把汉字读坏'
    assert re.search(r'tools\\install\.py', powershell.decode('utf-8-sig'))
    (tmp_path / 'tools').mkdir()
    (tmp_path / 'tools' / 'install.py').write_text('print("装")', encoding='utf-8')
    (tmp_path / 'install.sh').write_bytes((ROOT / 'install.sh').read_bytes())
    done = subprocess.run(['/bin/sh', tmp_path / 'install.sh'], text=True, capture_output=True,
                          env={'PATH': '/usr/bin:/bin', 'PYTHON': sys.executable})
    assert (done.returncode, done.stdout) == (0, '装\n')
    done = subprocess.run(['/bin/sh', tmp_path / 'install.sh'], text=True, capture_output=True,
                          env={'PATH': str(tmp_path)})
    assert done.returncode == 1 and '没有找到 Python' in done.stdout
