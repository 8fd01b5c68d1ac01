"""数据与依赖的许可一页：许可怎样认，没有装的照旧，过期的说得出来；书里的那一页是现在的。"""
import importlib.metadata

import pytest

from tests.books import make_book, manuscript, write_contents
from tools import data, front_matter, licences
from tools.book import ROOT

NUMPY = '| [numpy](https://pypi.org/project/numpy/1.26.4/) | 1.26.4 | BSD License |\n'


@pytest.fixture
def package(tmp_path, monkeypatch):
    """返回一个函数：装上一个叫 tiny 的包，说明里有这几行。"""
    def install(*lines):
        folder = tmp_path / 'tiny-1.0.dist-info'
        folder.mkdir(exist_ok=True)
        (folder / 'METADATA').write_text(
            '\n'.join(['Metadata-Version: 2.1', 'Name: tiny', 'Version: 1.0', *lines]), encoding='utf-8')
        return licences.licence('tiny', '1.0')
    monkeypatch.syspath_prepend(str(tmp_path))
    return install


BSD = 'Classifier: License :: OSI Approved :: BSD License'


@pytest.mark.parametrize('lines, told', [
    (['License-Expression: MIT AND PSF-2.0', 'License: MIT', BSD], 'MIT AND PSF-2.0'),
    (['License: BSD-3-Clause', BSD], 'BSD-3-Clause'),
    ([f'License: {"x" * 99}', BSD, 'Classifier: License :: Public Domain'], 'BSD License、Public Domain'),
    (['License: BSD\n  Copyright', BSD], 'BSD License'),
    (['License: UNKNOWN', 'Classifier: Topic :: Software'], licences.UNKNOWN),
])
def test_how_a_licence_is_recognised(package, lines, told):
    assert package(*lines) == told


def test_another_version_or_none_is_not_asked(package):
    package('License: MIT')
    assert licences.licence('tiny', '2.0') == licences.licence('not-installed-at-all', '1.0') == ''


@pytest.fixture
def page(tmp_path):
    """小书里的许可一页，软件包只有 NumPy。"""
    root = make_book(tmp_path, first=manuscript('# 一\n'))
    path = root / 'book' / f'{licences.INDEX}.md'
    path.parent.mkdir()
    path.write_text(manuscript('# 许可\n\n人写的。\n\n## 数据\n'), encoding='utf-8')
    write_contents(root)
    return path


def test_the_page_is_written_and_an_old_one_is_told(page):
    root = page.parents[2]
    problem, = front_matter.check(root)
    assert str(problem) == 'book/appendix/licences.md: 生成的部分与书不符。请运行 make format。'
    assert front_matter.write(root) == ['book/appendix/licences.md'] and front_matter.check(root) == []
    text = page.read_text(encoding='utf-8')
    assert '人写的。\n\n## 数据\n\n| 数据 |' in text and text.endswith(NUMPY)
    assert all(f'[{one.title}]({one.homepage}) | {one.licence} |' in text
               for one in data.load().DATASETS.values())
    page.write_text(text.replace('BSD License |', 'MIT |'), encoding='utf-8')
    assert len(front_matter.check(root)) == 1
    page.write_text(text, encoding='utf-8')
    (root / 'requirements.txt').write_text('numpy==9.9\n', encoding='utf-8')
    assert len(front_matter.check(root)) == 1
    front_matter.write(root)
    assert page.read_text(encoding='utf-8').endswith(f'9.9/) | 9.9 | {licences.UNKNOWN} |\n')


def test_the_page_is_the_same_where_nothing_is_installed(monkeypatch):
    """书里的那一页是现在的；什么包也没有装的机器上写出的一样，一个字节也不差。"""
    text = (ROOT / 'book' / f'{licences.INDEX}.md').read_text(encoding='utf-8')
    assert text.endswith(licences.index()) and licences.UNKNOWN not in text

    def nothing(name):
        raise importlib.metadata.PackageNotFoundError(name)
    monkeypatch.setattr(importlib.metadata, 'metadata', nothing)
    assert text.endswith(licences.index())
