"""许可、版本、依赖、系统库、命令和文件：改坏一处，指出它的文件和行。"""
import shutil

import pytest

from tools import agreement
from tools.book import ROOT

NAMES = ('LICENSE', 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'CITATION.cff', '_config.yml',
         'pyproject.toml', 'requirements.txt', 'Makefile', 'Dockerfile', 'LICENSES', '.binder',
         '.devcontainer', 'docs', 'tools/install.py', 'tools/dist_files', 'd2l_local/__init__.py',
         'd2l_local/_compat.py', 'book/front', '.github/workflows')


@pytest.fixture(scope='module')
def copied(tmp_path_factory):
    """说明和设置的副本；它们提到的别的文件和文件夹是空的。"""
    root = tmp_path_factory.mktemp('book')
    for name in NAMES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, root / name)
    for problem in agreement.documents(root):
        path = ROOT / problem.text.removeprefix('没有 ').partition('。')[0]
        if path.exists():
            (root / path.relative_to(ROOT)).mkdir(parents=True, exist_ok=True)
    return root


def test_the_book_agrees_with_itself(copied):
    assert agreement.check(ROOT) == [] == agreement.check(copied)


@pytest.mark.parametrize('name, old, new, told', [
    ('LICENSE', 'Apache License 2.0', 'MIT', 'LICENSES/ 里的是 Apache-2.0、CC-BY-SA-4.0'),
    ('README.md', '文字采用 CC BY-SA 4.0', '文字采用 CC BY-NC-SA 4.0', 'CC-BY-NC-SA-4.0'),
    ('README.md', '代码采用 Apache-2.0', '代码采用 MIT', 'MIT'),
    ('CONTRIBUTING.md', 'CC BY-SA 4.0、代码', 'CC BY-SA 3.0、代码', 'CC-BY-SA-3.0'),
    ('_config.yml', '代码采用 Apache-2.0', '代码采用 MIT', 'MIT'),
    ('CITATION.cff', '- Apache-2.0\n', '', '这里的许可是 CC-BY-SA-4.0'),
    ('CITATION.cff', 'license:\n- CC-BY-SA-4.0\n- Apache-2.0\n', '', '没有说许可'),
    ('pyproject.toml', 'license = "Apache-2.0"', 'license = "MIT"', 'license 是“MIT”'),
    ('LICENSES/Apache-2.0.txt', 'Apache License', 'MIT License', '不是这个许可的全文'),
    ('CITATION.cff', 'version: 0.1.0', 'version: 0.2.0', '版本是 0.2.0，d2l_local 的是 0.1.0'),
    ('CHANGELOG.md', '## 0.1.0 - 2026-11-23', '## 0.1.0 - 2026-11-24', '与 CHANGELOG.md'),
    ('.binder/runtime.txt', 'python-3.11', 'python-3.12', '这里是 Python 3.12'),
    ('Dockerfile', 'BASE=python:3.11', 'BASE=python:3.10', '这里是 Python 3.10'),
    ('tools/install.py', '(3, 11), (3, 12)', '(3, 10), (3, 11)', 'Makefile 里的是 3.11 或 3.12'),
    ('README.md', 'Python 3.11 或 3.12', 'Python 3.12 或 3.13', 'Makefile 里的是 3.11 或 3.12'),
    ('README.md', '代码用 MXNet 1.9.1', '代码用 MXNet 1.8.0', 'MXNet 1.8.0'),
    ('requirements.txt', 'mxnet==1.9.1', 'mxnet==1.8.0', 'pyproject.toml 要 mxnet==1.9.1，这里是 1.8.0'),
    ('requirements.txt', 'pandas==2', 'pandas==3', 'pandas'),
    ('pyproject.toml', '    "tqdm>=4.60",', '    "tqdm>=4.60",\n    "scipy",', '要 scipy，这里没有'),
    ('Dockerfile', '--group lab', '--group labs', '没有 labs'),
    ('tools/install.py', '.[notebooks]', '.[notebook]', '没有 notebook'),
    ('README.md', 'libgomp1 libquadmath0', 'libgomp1', '少了系统库 libquadmath0'),
    ('.github/workflows/test.yml', 'libgomp1 libquadmath0', 'libgomp1', '少了系统库 libquadmath0'),
    ('.binder/apt.txt', 'libgomp1\n', '', '恰好是 libgomp1、libquadmath0'),
    ('README.md', '`make serve`', '`make server`', '没有 make server'),
    ('README.md', '](docs/page.png)', '](docs/pages.png)', '没有 docs/pages.png'),
    ('docs/architecture.md', '](imports.svg)', '](import.svg)', '没有 import.svg'),
    ('CONTRIBUTING.md', '`tools/checks.py`', '`tools/check.py`', '没有 tools/check.py'),
    ('book/front/installation.md', '`make ', '`make no', '没有 make no'),
])
def test_each_disagreement_is_told_with_its_line(copied, name, old, new, told):
    path = copied / name
    text = path.read_text(encoding='utf-8')
    assert old in text
    try:
        path.write_text(text.replace(old, new, 1), encoding='utf-8')
        found = agreement.check(copied)
    finally:
        path.write_text(text, encoding='utf-8')
    assert found and any(told in problem.text for problem in found), found
    assert all('请' in problem.text for problem in found)
    if new and name not in ('requirements.txt', 'CHANGELOG.md') and 'scipy' not in new:
        assert {problem.file for problem in found} == {name}
        lines = text.replace(old, new, 1).splitlines()
        assert name == 'LICENSE' or any(new.strip() in lines[problem.line - 1] for problem in found) or \
            name == 'LICENSES/Apache-2.0.txt'
