"""云端的一页：第一格在真的进程里、真的 pip 下做该做的，不能做时只说一句话；地址、按钮和副本照设置。

网络不用：pip 只看一个文件夹里几个假的安装包，环境里只有一个假的 NumPy。真的包在 Colab 的版本上见 cloud.py。
"""
import ast
import json
import os
import shutil
import subprocess
import sys
import types
import zipfile
from importlib.util import find_spec

import nbformat
import pytest
from packaging.requirements import Requirement

from tests.books import cell, make_book, manuscript
from tests.wheel import VERSIONS
from tools import addresses, cloud, records
from tools.addresses import Addresses
from tools.book import ROOT, pages, select
from tools.report import UserError
from tools.site_extension.launch import Buttons

DISTUTILS = 'distutils'
# 第一格要装的；假的 mxnet 声明 numpy<2，像真的一样。
NEEDS = {'d2l_local': '', 'mxnet': 'mxnet==1.9.1', 'numpy': 'numpy>=1.24', 'pooch': 'pooch>=1.8'}
NUMPY = '2.1.3'
# 没有人听的端口。
NOBODY = 'http://127.0.0.1:9'


def make_package(folder, name, version, code='', requires=()):
    """在 `folder` 里造一个只有一个模块的安装包，返回它。"""
    path = folder / f'{name}-{version}-py3-none-any.whl'
    info = f'{name}-{version}.dist-info'
    files = {f'{name}.py': code,
             f'{info}/METADATA': ''.join([f'Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n',
                                          *(f'Requires-Dist: {one}\n' for one in requires)]),
             f'{info}/WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'}
    files[f'{info}/RECORD'] = ''.join(f'{file},,\n' for file in [*files, f'{info}/RECORD'])
    with zipfile.ZipFile(path, 'w') as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path


class Host:
    """一个只有 pip 和假的 NumPy 的环境；各测试在它旁边的空文件夹里运行第一格。"""

    def __init__(self, folder):
        self.python, self.shop = folder / 'venv' / 'bin' / 'python', folder / 'shop'
        self.shop.mkdir()
        subprocess.run([sys.executable, '-m', 'venv', '--without-pip', folder / 'venv'], check=True)
        self.packages = next(self.python.parents[1].glob('lib/python*/site-packages'))
        (self.packages / 'pip').symlink_to(find_spec('pip').submodule_search_locations[0])
        make_package(self.shop, 'mxnet', '1.9.1', requires=['numpy<2'])
        make_package(self.shop, 'pooch', '1.9', requires=['numpy'])
        # 只有更新的 NumPy 能满足它。
        make_package(self.shop, 'greedy', '1', requires=['numpy>=3'])
        for version in (NUMPY, '1.26.4', '3.0'):
            make_package(self.shop, 'numpy', version, f'__version__ = "{version}"')
        self.put(self.shop / f'numpy-{NUMPY}-py3-none-any.whl')

    def put(self, *wheels):
        """直接解开，比 pip 快。"""
        for wheel in wheels:
            zipfile.ZipFile(wheel).extractall(self.packages)

    def environment(self, **changes):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(('PIP_', 'PYTHON'))}
        return {**kept, 'PIP_CONFIG_FILE': os.devnull, 'PIP_NO_INDEX': '1', 'PIP_FIND_LINKS': str(self.shop),
                'PIP_DISABLE_PIP_VERSION_CHECK': '1', **changes}

    def run(self, place, needs, before='', after='', **changes):
        """在 `place` 里运行第一格；返回进程。出错时标准输出只有那一句。"""
        code = '\n'.join([before, cell_of(needs), after])
        # Jupyter 显示异常的办法：有 _render_traceback_ 的由它说。
        show = ('import sys\nsys.excepthook = lambda kind, error, trace: '
                'print(*error._render_traceback_(), file=sys.stderr)\n')
        return subprocess.run([self.python, '-c', show + code], cwd=place, text=True, capture_output=True,
                              env=self.environment(**changes), timeout=60)

    def installed(self):
        return {path.name.partition('.dist')[0] for path in self.packages.glob('*.dist-info')}


def cell_of(needs):
    return f'{cloud.inspect.getsource(cloud.cloud_cell.prepare)}\nprepare({needs!r}, (3, 10), (3, 13))'


@pytest.fixture(scope='module')
def bare(tmp_path_factory):
    return Host(tmp_path_factory.mktemp('host'))


@pytest.fixture
def host(bare):
    """每个测试之后恢复原样。"""
    before = set(bare.packages.iterdir())
    yield bare
    for path in set(bare.packages.iterdir()) - before:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert set(bare.packages.iterdir()) == before


class TestFirstCell:
    def test_installs_what_is_missing_from_the_wheel_beside_and_keeps_numpy(self, host, tmp_path):
        make_package(tmp_path, 'd2l_local', '0.1.0', 'import mxnet, pooch')
        (tmp_path / '章').mkdir()
        done = host.run(tmp_path / '章', NEEDS, before='import numpy', after='print(numpy.__version__)')
        assert (done.returncode, done.stderr) == (0, '')
        assert done.stdout.splitlines() == ['正在安装 d2l_local、mxnet、pooch，约半分钟……', NUMPY]
        assert {'d2l_local-0.1.0', 'mxnet-1.9.1', 'pooch-1.9', f'numpy-{NUMPY}'} <= host.installed()

    def test_does_nothing_when_everything_is_there(self, host, tmp_path):
        host.put(make_package(tmp_path, 'd2l_local', '0.1.0'), *host.shop.glob('[mp]*.whl'))
        # 不问 pip，也不看是什么机器。
        done = host.run(tmp_path, NEEDS, before='import platform, subprocess\n'
                        'platform.machine = lambda: "arm64"\nsubprocess.run = None')
        assert (done.returncode, done.stdout, done.stderr) == (0, '', '')

    def test_mxnet_imported_before(self, host, tmp_path):
        wheel = make_package(tmp_path, 'd2l_local', '0.1.0', 'import mxnet, pooch')
        host.put(*host.shop.glob('mxnet*'))
        done = host.run(tmp_path, {**NEEDS, 'd2l_local': str(wheel)}, before='import mxnet')
        assert (done.returncode, done.stderr) == (0, '') and 'mxnet' not in done.stdout

    def test_the_newest_wheel_beside_is_taken(self, host, tmp_path):
        for version, when in (('0.2.0', 2e9), ('0.1.0', 1e9)):
            os.utime(make_package(tmp_path, 'd2l_local', version), (when, when))
        assert host.run(tmp_path, NEEDS).returncode == 0
        assert 'd2l_local-0.2.0' in host.installed()


# 情形 → (那一句里有的, 另外要装的, 先运行的, 页旁边的 d2l_local 的代码，没有就是没有安装包)。
SAID = {
    '没有网络': ('连不上网。请接通网络', {'d2l_local': f'{NOBODY}/d2l_local-1-py3-none-any.whl'}, '', None),
    '地址不对': ('没有装成（', {'d2l_local': './d2l_local-9.whl'}, '', None),
    '没有安装包': ('请把 d2l_local-*.whl 放在这一页旁边', {}, '', None),
    '不是 Linux': ('这里是 Darwin x86_64，而 MXNet 要 Linux x86_64。请在 Colab', {},
                 'platform.system, platform.machine = lambda: "Darwin", lambda: "x86_64"', None),
    '不是 x86-64': ('这里是 Linux aarch64，', {}, 'platform.machine = lambda: "aarch64"', None),
    'Python 太旧': ('太旧。请换一个 Python 3.10 到 3.13 的内核', {}, 'sys.version_info = (3, 9, 18)', None),
    '要换 NumPy': ('没有装成（Cannot install', {'greedy': 'greedy'}, '', ''),
    '不能导入': ('缺 libgomp，请安装它。', {}, '', 'raise ImportError("缺 libgomp，请安装它。")'),
    'Python 太新': ('缺 imp。Python 3.15.0 还没有试过，请换一个 Python 3.10 到 3.13 的', {},
                  'sys.version_info = (3, 15); platform.python_version = lambda: "3.15.0"',
                  'raise ImportError("缺 imp。")'),
    '没有 pip': ('没有装成（', {}, 'sys.executable = "/bin/false"', ''),
}


@pytest.mark.parametrize('case', SAID)
def test_a_failure_is_one_sentence_with_the_cure(host, tmp_path, case):
    told, more, before, code = SAID[case]
    if code is not None:
        make_package(tmp_path, 'd2l_local', '0.1.0', code)
    needs = {name: one for name, one in NEEDS.items() if name != 'pooch'}
    done = host.run(tmp_path, {**needs, **more}, before='import platform, sys\n' + before)
    assert done.returncode == 1
    [sentence] = done.stderr.splitlines()
    assert told in sentence and '请' in sentence and sentence.endswith('。')
    assert f'numpy-{NUMPY}' in host.installed()


def test_the_notebook_shows_only_the_sentence(tmp_path):
    """真的 IPython：没有一长串调用。"""
    code = ('from IPython.core.interactiveshell import InteractiveShell\n'
            f'result = InteractiveShell.instance().run_cell({cell_of({"nowhere": "", "d2l_local": ""})!r})\n'
            'print(result.success)')
    done = subprocess.run([sys.executable, '-c', code], cwd=tmp_path, text=True, capture_output=True,
                          env={**os.environ, 'IPYTHONDIR': str(tmp_path), 'PYTHONPATH': str(ROOT)})
    assert done.stdout.splitlines()[-2:] == [
        '没有 d2l_local 的安装包。请把 d2l_local-*.whl 放在这一页旁边，再运行这一格。', 'False']
    assert 'Traceback' not in done.stdout + done.stderr


class TestCopies:
    def test_every_page_of_the_book(self):
        """有代码的页：加的一格 Python 3.8 读得懂，要装的在这里都能导入，名字不与页里的冲突。"""
        for page in pages():
            stored, copied = records.read(page), cloud.prepared(page, 'https://a.b/c.whl')
            if not page.cells('code'):
                assert copied.cells == stored.cells
                continue
            assert copied.cells[1:] == stored.cells
            ast.parse(copied.cells[0].source, feature_version=(3, 8))
            assert all('prepare' not in one.source for one in page.cells('code')), page.key
            nbformat.validate(copied)
            needs = cloud.needs(page, '')
            assert {'d2l_local', 'mxnet', 'numpy', 'matplotlib', DISTUTILS} <= needs.keys()
            assert all(find_spec(name) for name in needs), page.key

    def test_pandas_only_where_it_is_imported(self):
        assert 'pandas' in cloud.needs(select('1.2')[0], '')
        assert 'pandas' not in cloud.needs(select('1.1')[0], '')
        # 这一页故意导入一个没有的包，给读者看报错。
        page, = select('2.1.3')
        assert 'gluon' in cloud.imports(page) and 'gluon' not in cloud.needs(page, '')

    def test_requirements_are_those_of_the_package(self):
        written = addresses.settings()['project']
        kept = cloud.parse(written['dependencies']).values()
        on_linux = [one for one in map(Requirement, written['dependencies'])
                    if '== "win32"' not in str(one.marker)]
        assert [(one.name, one.specifier) for one in map(Requirement, kept)] == [
            (one.name, one.specifier) for one in on_linux]
        assert {'mxnet', 'numpy', 'setuptools'} <= {one.name for one in on_linux}

    def test_newest_python_is_the_one_that_is_tried(self):
        assert addresses.settings()['tool']['d2l']['newest-python'] == VERSIONS[-1]

    def test_a_failed_build_leaves_the_old_copies(self, tmp_path, monkeypatch):
        make_book(tmp_path, first=manuscript('# 一\n', cell('1')))
        target = tmp_path / '_build' / 'cloud'
        (target / 'old').mkdir(parents=True)
        wheel = make_package(tmp_path, 'd2l_local', '1')
        monkeypatch.setattr(cloud, 'build_wheel', lambda root, folder: wheel)
        with pytest.raises(UserError, match='请运行 make notebooks'):
            cloud.build(tmp_path, target, Addresses())
        assert [path.name for path in target.parent.iterdir()] == ['cloud'] and (target / 'old').exists()


def write_settings(root, **values):
    lines = ['[tool.d2l]', *(f'{name} = {json.dumps(value)}' for name, value in values.items())]
    (root / 'pyproject.toml').write_text('\n'.join(lines), encoding='utf-8')


class TestAddresses:
    def test_the_environment_goes_before_the_file(self, tmp_path):
        write_settings(tmp_path, site='https://a.b/', wheel='', repository='https://github.com/a/b')
        found = addresses.read(tmp_path, {'D2L_SITE': 'https://c.d'})
        assert (found.site, found.wheel, found.github) == ('https://c.d', '', 'a/b')
        assert addresses.read(tmp_path, {}).install_from('x.whl') == 'https://a.b/cloud/x.whl'
        named = addresses.read(tmp_path, {'D2L_WHEEL': 'd2l_local==0.1.0'})
        assert named.install_from('x.whl') == 'd2l_local==0.1.0'

    def test_nothing_set(self, tmp_path):
        assert addresses.read(tmp_path, {}) == Addresses() and Addresses().install_from('x.whl') == ''

    @pytest.mark.parametrize('name, value', [
        ('site', 'a.b'), ('wheel', 'https://a.b/c d.whl'), ('repository', 'git@github.com:a/b')])
    def test_a_wrong_address_is_one_sentence(self, tmp_path, name, value):
        with pytest.raises(UserError, match=f'^{name} 的地址.*要以 https:// 开头.*D2L_{name.upper()}。$'):
            addresses.read(tmp_path, {f'D2L_{name.upper()}': value})

    def test_an_unknown_placeholder_is_one_sentence(self, tmp_path):
        text = '[tool.d2l.launch]\n"云" = "https://a.b/{pag}"'
        (tmp_path / 'pyproject.toml').write_text(text, encoding='utf-8')
        with pytest.raises(UserError, match='云 的地址写了不认识的 {pag}'):
            addresses.read(tmp_path, {})


@pytest.mark.parametrize('known, shown', [
    ({}, []),
    ({'D2L_SITE': 'https://a.b'}, ['阿里云 DSW']),
    ({'D2L_REPOSITORY': 'https://github.com/a/b.git'}, ['Colab', 'Kaggle']),
    ({'D2L_REPOSITORY': 'https://gitee.com/a/b'}, []),
])
def test_buttons_only_with_an_address_and_on_pages_with_code(tmp_path, monkeypatch, known, shown):
    make_book(tmp_path, first=manuscript('# 一\n', cell('1')), second=manuscript('# 二\n'))
    (tmp_path / 'pyproject.toml').write_bytes((ROOT / 'pyproject.toml').read_bytes())
    for name in ('SITE', 'WHEEL', 'REPOSITORY'):
        monkeypatch.delenv(f'D2L_{name}', raising=False)
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    buttons = Buttons()
    buttons.read(types.SimpleNamespace(srcdir=str(tmp_path / 'notebooks')))
    names = ('ch1_start/first', 'ch1_start/second', 'search')
    contexts = {name: {'header_buttons': ['下载']} for name in names}
    for name, context in contexts.items():
        buttons.add(None, name, '', context, None)
    *groups, last = contexts.pop('ch1_start/first')['header_buttons']
    assert last == '下载' and [one['text'] for group in groups for one in group['buttons']] == shown
    assert all('ch1_start/first.ipynb' in one['url'] for group in groups for one in group['buttons'])
    assert all(context == {'header_buttons': ['下载']} for context in contexts.values())
