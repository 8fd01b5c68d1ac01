"""安装包的声明：在哪里列着哪些依赖，许可和字体都在；插图的字节不随计算的末位变。

做成的安装包由 `make test-wheel` 真的装上来试。
"""
import io
import re
import subprocess
import sys
import zipfile
from xml.dom.minidom import parseString
from xml.etree import ElementTree

import nbformat
import pytest
import tomllib
from d2l_local import _compat, figures
from packaging.requirements import Requirement
from packaging.version import Version

from tests import wheel
from tools.book import ROOT

PROJECT = tomllib.loads((ROOT / 'pyproject.toml').read_text(encoding='utf-8'))['project']
LINUX = {'sys_platform': 'linux', 'platform_machine': 'x86_64', 'python_version': '3.11'}
MAC = {**LINUX, 'sys_platform': 'darwin'}
ARM_MAC, ARM = {**MAC, 'platform_machine': 'arm64'}, {**LINUX, 'platform_machine': 'aarch64'}
WINDOWS = {**LINUX, 'sys_platform': 'win32', 'platform_machine': 'AMD64'}


def needed(place, extra=''):
    """在 `place` 上 pip 要装的：{包: 版本的范围}。"""
    lines = [*PROJECT['dependencies'], *PROJECT['optional-dependencies'].get(extra, [])]
    wanted = [Requirement(line) for line in lines]
    return {one.name: one.specifier for one in wanted if one.marker is None or one.marker.evaluate(place)}


# ---- 声明 ------------------------------------------------------------------------------------


@pytest.mark.parametrize('place, listed', [
    *(({**LINUX, 'python_version': version}, True) for version in ('3.10', '3.11', '3.12')),
    ({**LINUX, 'python_version': '3.13'}, False), (MAC, True), (ARM_MAC, False), (ARM, False),
    (WINDOWS, False)])
def test_mxnet_is_listed_where_pip_can_install_one_that_works(place, listed):
    """MXNet 声明 numpy<2：NumPy 1.26 没有 3.13 的安装包，列着它就装不上。"""
    assert ('mxnet' in needed(place)) is listed
    if listed:
        assert needed(place)['mxnet'] == Requirement('mxnet==1.9.1').specifier
        assert needed(place)['numpy'].contains('1.26.4')


def test_numpy_is_limited_where_only_the_older_mxnet_is():
    assert needed(LINUX)['numpy'].contains('2.4.0') and not needed(WINDOWS)['numpy'].contains('2.4.0')


@pytest.mark.parametrize('version, listed', [('3.11', False), ('3.12', True), ('3.13', True)])
def test_distutils_comes_with_setuptools(version, listed):
    assert ('setuptools' in needed({**LINUX, 'python_version': version})) is listed


def test_what_mxnet_imports_is_listed_even_where_mxnet_is_not():
    """读者照那句话用 --no-deps 装 MXNet，它导入时要的别的包得已经在。"""
    assert {'numpy', 'requests', 'setuptools'} <= set(needed({**LINUX, 'python_version': '3.13'}))


def test_extra_has_what_the_pages_import_and_what_runs_them():
    imported = {name for path in (ROOT / 'book').rglob('*.md')
                for name in re.findall(r'^(?:import|from) (\w+)', path.read_text(encoding='utf-8'), re.M)}
    assert 'pandas' in imported
    wanted = needed(LINUX, 'notebooks')
    assert imported & {'pandas', 'scipy', 'sklearn', 'IPython'} <= set(wanted) | {'IPython'}
    assert {'pandas', 'ipykernel', 'jupyterlab', 'nbval'} <= set(wanted)


def test_every_supported_python_finds_the_same_mxnet_as_the_sentence():
    error = ModuleNotFoundError('No module named mxnet', name='mxnet')
    version = needed(LINUX)['mxnet']
    assert f'--no-deps mxnet{version}' in _compat.explain_import_error(error, 'Linux', 'x86_64')
    assert Requirement(f'python{PROJECT["requires-python"]}').specifier.contains(Version('3.10.0'))


def test_licences_and_fonts_are_there():
    assert all((ROOT / name).is_file() for name in [*PROJECT['license-files'], figures.CHINESE_FONT])
    assert any('OFL' in name for name in PROJECT['license-files'])


# ---- tests/wheel.py ---------------------------------------------------------------------------


def test_what_nbval_finds_is_told_apart(tmp_path):
    notebook = nbformat.v4.new_notebook()
    text = nbformat.v4.new_output('stream', text='1\n')
    figure = nbformat.v4.new_output('display_data', {'image/svg+xml': '<svg>1</svg>',
                                                     'text/plain': '<IPython.core.display.SVG object>'})
    draw = 'from IPython.display import SVG, display\ndisplay(SVG("<svg>1</svg>"))'
    for number, (code, output) in enumerate([('print(1)', text), ('print(2)', text), (draw, figure), (
            draw.replace('>1<', '>2<'), figure), ('1 / 0', text)], 1):
        notebook.cells.append(nbformat.v4.new_code_cell(code, outputs=[output], execution_count=number))
    nbformat.write(notebook, tmp_path / 'page.ipynb')
    subprocess.run([sys.executable, '-m', 'pytest', '-q', '-c', '/dev/null', '--rootdir', tmp_path, '--nbval',
                    '--nbval-current-env', '--junit-xml=result.xml', 'page.ipynb'],
                   cwd=tmp_path, capture_output=True)
    cases = list(ElementTree.parse(tmp_path / 'result.xml').iter('testcase'))
    assert [wheel.kind(case) for case in cases] == ['通过', '文字', '通过', '插图', '出错']
    assert "'2" in wheel.describe(cases[1])


def test_figures_count_where_they_are_drawn_as_in_the_book():
    text = (ROOT / 'requirements.txt').read_text(encoding='utf-8')
    book = dict(re.findall(r'^([\w.-]+)==(\S+)', text, re.M))
    versions = {name: book[name.lower()] for name in wheel.SHOWN}
    assert wheel.draws_the_same(versions) and wheel.draws_the_same({**versions, 'pandas': '9'})
    for name in ('Matplotlib', 'NumPy'):
        assert not wheel.draws_the_same({**versions, name: versions[name] + '1'})


def test_a_file_that_the_wheel_lacks_is_named(tmp_path):
    path = tmp_path / 'one.whl'
    with zipfile.ZipFile(path, 'w') as file:
        for each in (ROOT / 'd2l_local').rglob('*.*'):
            if each.suffix != '.otf':
                file.writestr(each.relative_to(ROOT).as_posix(), '')
        file.writestr('d2l_local.dist-info/licenses/LICENSE', '')
    assert wheel.left_out(path) == ['d2l_local/fonts/NotoSansSC-subset.otf',
                                    '/licenses/LICENSES/Apache-2.0.txt']


# ---- 插图 ------------------------------------------------------------------------------------


def drawn(nudge=0.0, bbox=None, text=True):
    """一幅有曲线、裁剪框、图片和散点的图的 SVG；数据的末位差 `nudge`。"""
    figure, axes = figures.plt.subplots(figsize=(3, 2))
    axes.plot([0, 1 / 3, 1], [0.1 + nudge, 0.7, -0.2 - nudge], marker='o')
    axes.imshow([[0, 1]], extent=(0, 1, -1, 1), aspect='auto')
    axes.scatter([0.2, 0.4], [0.5, 0.25], s=[10, 30])
    figure.subplots_adjust(left=0.125 + nudge)
    file = io.StringIO() if text else io.BytesIO()
    figure.savefig(file, format='svg', bbox_inches=bbox, metadata={'Date': None})
    figures.plt.close(figure)
    return file.getvalue()


@pytest.mark.parametrize('bbox', [None, 'tight'])
def test_the_last_digits_do_not_show(bbox):
    assert drawn(bbox=bbox) == drawn(1e-12, bbox) == drawn(1e-9, bbox) != drawn(1e-2, bbox)
    assert drawn(bbox=bbox, text=False).decode() == drawn(bbox=bbox)


def test_coordinates_have_two_decimals_and_references_hold():
    svg = drawn()
    parseString(svg)
    places = ' '.join(found[0] for found in figures.COORDINATES.finditer(svg))
    assert places.count('.') > 50 and not re.search(r'\.\d{3}|-0\b(?!\.)', places)
    names = re.findall(r' id="([^"]*)"', svg)
    assert len(names) == len(set(names)) and set(re.findall(r'[("]#([^")]*)', svg)) <= set(names)
    assert 'scale(0.015625)' in svg


@pytest.mark.parametrize('number, told', [
    ('1.2338', '1.23'), ('1.2339', '1.24'), ('1.235', '1.24'), ('1.234999', '1.24'), ('-1.235', '-1.23'),
    ('-0', '0'), ('-0.000001', '0'), ('7', '7'), ('100.00', '100'), ('438.48', '438.48'), ('0.1', '0.1')])
def test_rounding(number, told):
    assert figures.repeatable(f'<rect x="{number}"/>') == f'<rect x="{told}"/>'


@pytest.mark.parametrize('svg', [
    '<path style="stroke-width: 0.12345"/>', '<g transform="scale(0.015625)"/>', '<text>x = 0.12345</text>',
    '<g id="text_1"/>', '<use xlink:href="#DejaVuSans-41"/>'])
def test_the_rest_stays(svg):
    assert figures.repeatable(svg) == svg


def test_two_figures_on_a_page_have_no_name_in_common():
    names = [{name[0] for name in figures.NAME.finditer(drawn(nudge))} for nudge in (0, 0.1)]
    assert all(names) and not names[0] & names[1]
