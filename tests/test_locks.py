"""装包核对 SHA-256：locks 与 requirements.txt、pyproject.toml 一致；改了的文件 pip 不装；哪里都不绕过。"""
import hashlib
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
import tomllib

from tools.book import ROOT

HASH = re.compile(r' \\\n {4}--hash=sha256:[0-9a-f]{64}')
GROUPS = tomllib.loads((ROOT / 'pyproject.toml').read_text('utf-8'))['dependency-groups']


def lock(name):
    return (ROOT / 'locks' / f'{name}.txt').read_text(encoding='utf-8')


def test_the_book_is_locked_in_the_versions_of_requirements_txt():
    """去掉 SHA-256，就是 requirements.txt，一个字节也不差。"""
    assert HASH.sub('', lock('book')) == (ROOT / 'requirements.txt').read_text(encoding='utf-8')


def test_every_group_is_locked():
    assert {path.stem for path in (ROOT / 'locks').iterdir()} == set(GROUPS)


@pytest.mark.parametrize('name', sorted(GROUPS))
def test_every_file_has_a_hash(name):
    pins = re.split(r'\n(?=\w)', lock(name).partition('#    make lock\n')[2].rstrip())
    assert pins and all(re.fullmatch(rf'[\w.-]+==[\w.!+-]+({HASH.pattern})+', pin.strip()) for pin in pins)
    pinned = {line for line in map(str.split, GROUPS[name]) for line in line if '==' in line}
    assert pinned <= {pin.split()[0] for pin in pins}


def test_the_book_is_built_with_checked_tools():
    """装书自己时 pip 另去取的 hatchling 也要核对。"""
    wanted = tomllib.loads((ROOT / 'pyproject.toml').read_text('utf-8'))['build-system']['requires']
    assert set(wanted) < set(GROUPS['build'])
    makefile = (ROOT / 'Makefile').read_text(encoding='utf-8')
    assert '--no-deps --build-constraint locks/build.txt --editable .' in makefile


def test_whatever_make_and_the_containers_install_is_checked():
    """书自己是 --no-deps 装的；别的都要核对。"""
    for file in ('Makefile', 'Dockerfile', '.binder/postBuild', 'tests/image.sh',
                 '.github/workflows/weekly.yml'):
        lines = re.sub(r'\\\n', '', (ROOT / file).read_text(encoding='utf-8')).splitlines()
        installing = [line for line in lines if 'pip install' in line and '--editable .' not in line]
        assert installing and all('--require-hashes' in line for line in installing), file


def wheel(path, name):
    """一个最小的安装包。"""
    folder = f'{name}-1.0.dist-info'
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr(f'{name}.py', 'x = 1\n')
        archive.writestr(f'{folder}/METADATA', f'Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n')
        archive.writestr(f'{folder}/WHEEL', 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
        archive.writestr(f'{folder}/RECORD', '')


def test_a_changed_file_is_not_installed(tmp_path):
    """照 Makefile 的写法装：文件与登记的一样就装，改了一个字节就不装。"""
    file = tmp_path / 'd2l_locked-1.0-py3-none-any.whl'
    wheel(file, 'd2l_locked')
    (tmp_path / 'lock.txt').write_text(
        f'd2l-locked==1.0 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n', encoding='utf-8')
    makefile = (ROOT / 'Makefile').read_text(encoding='utf-8')
    [options] = re.findall(r'^INSTALL := \$\(RUN\) pip (install .*)', makefile, re.M)

    def install():
        shutil.rmtree(tmp_path / 'target', ignore_errors=True)
        return subprocess.run(
            [sys.executable, '-m', 'pip', *options.split(), '--no-index', '--find-links', tmp_path,
             '--target', tmp_path / 'target', '--requirement', tmp_path / 'lock.txt'],
            text=True, capture_output=True)
    done = install()
    assert done.returncode == 0 and (tmp_path / 'target' / 'd2l_locked.py').exists(), done.stderr
    with zipfile.ZipFile(file, 'a') as archive:
        archive.writestr('more.py', '')
    done = install()
    assert done.returncode and 'DO NOT MATCH THE HASHES' in done.stderr
    assert not (tmp_path / 'target').exists()
