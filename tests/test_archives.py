"""`download_extract` 的测试：当场做的压缩包，好的、坏的、要写到外面的。"""
import errno
import io
import os
import random
import stat
import tarfile
import zipfile

import pytest
from d2l_local import data

from tests.test_data import cache, entry, server  # noqa: F401  准备工作

# ruff: noqa: F811


def packed(members, kind):
    """一个压缩包的字节；`members` 是 {路径: 内容}，`kind` 是 'zip' 或 tarfile 的写法 'w:gz' 等。"""
    buffer = io.BytesIO()
    if kind == 'zip':
        with zipfile.ZipFile(buffer, 'w') as archive:
            for name, body in members.items():
                archive.writestr(name, body)
    else:
        with tarfile.open(fileobj=buffer, mode=kind) as archive:
            for name, body in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(body)
                archive.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


@pytest.mark.parametrize('kind, file', [('zip', 'pack.zip'), ('w:gz', 'pack.tar.gz'), ('w', 'pack.tar')])
def test_extract(entry, kind, file):
    path = entry(packed({'pack/a.txt': b'1', 'pack/sub/b.txt': b'2'}, kind), file)
    for _ in range(2):
        folder = data.download_extract('mine')
        assert folder == path.parent / 'pack'
        assert (folder / 'sub/b.txt').read_bytes() == b'2'
    assert sorted(each.name for each in path.parent.iterdir()) == ['.lock', 'pack', file]


def test_a_file_where_the_folder_belongs_is_replaced(entry):
    path = entry(packed({'pack/a.txt': b'1'}, 'zip'), 'pack.zip')
    path.parent.mkdir(parents=True)
    (path.parent / 'pack').write_bytes(b'in the way')
    assert (data.download_extract('mine') / 'a.txt').read_bytes() == b'1'


def test_extract_another_folder_name(entry):
    path = entry(packed({'inside/a.txt': b'1'}, 'zip'), 'pack.zip')
    assert data.download_extract('mine', 'inside') == path.parent / 'inside'
    with pytest.raises(data.DataError, match='解开以后没有 pack'):
        data.download_extract('mine')


def test_extract_refuses_what_is_no_archive_or_broken(entry):
    entry()
    with pytest.raises(data.DataError, match='不是 zip 或 tar'):
        data.download_extract('mine')
    with pytest.raises(data.DataError, match='不是压缩包'):
        data.download_extract('fashion-mnist')
    whole = packed({'pack/a.txt': b'1' * 50_000}, 'w:gz')
    path = entry(whole[:len(whole) // 2], 'pack.tar.gz')
    with pytest.raises(data.DataError, match='解不开|不是 zip 或 tar'):
        data.download_extract('mine')
    assert not (path.parent / 'pack').exists()


def link(name, target, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def tar_of(*members):
    """依次装着这些 `TarInfo` 的 tar；普通文件的内容是 x。"""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w:gz') as archive:
        for info in members:
            info.size = int(info.isreg())
            archive.addfile(info, io.BytesIO(b'x'))
    return buffer.getvalue()


def zip_link(name, target):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        archive.writestr('pack/first.txt', b'1')
        archive.writestr(info, target)
    return buffer.getvalue()


FIRST = 'pack/first.txt'
UNSAFE = {
    'parent': ('w:gz', '../outside.txt'), 'parent-inside': ('w', 'pack/../../outside.txt'),
    'absolute': ('w', '{outside}'), 'drive': ('w', 'C:/outside.txt'), 'backslash': ('w', '..\\outside.txt'),
    'zip-parent': ('zip', '../outside.txt'), 'zip-absolute': ('zip', '{outside}'),
    'zip-backslash': ('zip', 'pack\\..\\..\\outside.txt'), 'zip-drive': ('zip', 'C:\\outside.txt'),
}
SPECIAL = {
    'link-out': lambda out: tar_of(tarfile.TarInfo(FIRST), link('pack/way', str(out))),
    'link-then-write': lambda out: tar_of(link('pack', str(out.parent)), tarfile.TarInfo('pack/outside.txt')),
    'link-inside': lambda out: tar_of(tarfile.TarInfo(FIRST), link('pack/again', 'first.txt')),
    'hard-link': lambda out: tar_of(tarfile.TarInfo(FIRST), link('pack/hard', str(out), tarfile.LNKTYPE)),
    'device': lambda out: tar_of(tarfile.TarInfo(FIRST), link('pack/null', '', tarfile.CHRTYPE)),
    'pipe': lambda out: tar_of(tarfile.TarInfo(FIRST), link('pack/pipe', '', tarfile.FIFOTYPE)),
    'zip-link': lambda out: zip_link('pack/way', str(out)),
}


def assert_refused(path, outside):
    with pytest.raises(data.DataError, match='不安全，没有解开') as caught:
        data.download_extract('mine')
    assert '\n' not in str(caught.value)
    assert not outside.exists() and not (path.parents[1] / 'outside.txt').exists()
    assert sorted(each.name for each in path.parent.iterdir()) == ['.lock', path.name]


@pytest.mark.parametrize('kind, name', UNSAFE.values(), ids=UNSAFE)
def test_paths_to_the_outside_are_refused(entry, tmp_path, kind, name):
    outside = tmp_path / 'elsewhere' / 'outside.txt'
    members = {FIRST: b'1', name.format(outside=outside): b'x'}
    assert_refused(entry(packed(members, kind), 'pack.zip' if kind == 'zip' else 'pack.tar'), outside)


@pytest.mark.parametrize('make', SPECIAL.values(), ids=SPECIAL)
def test_links_and_devices_are_refused(entry, tmp_path, make):
    outside = tmp_path / 'elsewhere' / 'outside.txt'
    file = 'pack.zip' if make is SPECIAL['zip-link'] else 'pack.tar.gz'
    assert_refused(entry(make(outside), file), outside)


def test_a_refused_archive_leaves_the_earlier_folder_alone(entry, monkeypatch):
    path = entry(packed({FIRST: b'1'}, 'w'), 'pack.tar')
    data.download_extract('mine')
    path = entry(packed({FIRST: b'2', '../outside.txt': b''}, 'w'), 'pack.tar')
    with pytest.raises(data.DataError, match='不安全'):
        data.download_extract('mine')
    assert (path.parent / FIRST).read_bytes() == b'1'


def test_modes_in_the_archive_do_not_matter(entry):
    folder, file = tarfile.TarInfo('pack'), tarfile.TarInfo(FIRST)
    folder.type, folder.mode, file.mode = tarfile.DIRTYPE, 0, 0o4000
    entry(tar_of(folder, file), 'pack.tar.gz')
    target = data.download_extract('mine')
    assert (target / 'first.txt').read_bytes() == b'x'
    assert stat.S_IMODE((target / 'first.txt').stat().st_mode) & ~0o666 == 0


def test_ordinary_names_are_kept(entry):
    names = ['./pack/a..b.txt', 'pack/名字 有空格.txt', 'pack/.hidden', 'pack/10:30.csv', 'pack/...']
    for kind, file in (('w:xz', 'pack.tar.xz'), ('zip', 'pack.zip')):
        entry(packed(dict.fromkeys(names, b'1'), kind), file)
        found = data.download_extract('mine').rglob('*')
        assert sorted(each.name for each in found) == sorted(name.rpartition('/')[2] for name in names)


@pytest.mark.parametrize('kind, file', [('zip', 'pack.zip'), ('w:gz', 'pack.tar.gz'), ('w:xz', 'pack.tar.xz'),
                                        ('w:bz2', 'pack.tar.bz2'), ('w', 'pack.tar')])
def test_a_damaged_archive_says_so(entry, kind, file):
    """后半不见了；zip 还查得出中间坏了几个字节：一句话，什么也不留下。"""
    whole = packed({FIRST: random.Random(0).randbytes(200_000)}, kind)
    middle = len(whole) // 2
    bodies = [whole[:middle]] + [whole[:middle] + b'\0' * 64 + whole[middle + 64:]] * (kind == 'zip')
    for body in bodies:
        path = entry(body, file)
        with pytest.raises(data.DataError, match='解不开|不是 zip 或 tar') as caught:
            data.download_extract('mine')
        assert '\n' not in str(caught.value)
        assert not (path.parent / 'pack').exists() and not (path.parent / '.part').exists()


def test_a_zip_with_a_password_says_so(entry):
    body = bytearray(packed({FIRST: b'secret'}, 'zip'))
    for header, offset in ((b'PK\x03\x04', 6), (b'PK\x01\x02', 8)):
        body[body.index(header) + offset] |= 1
    entry(bytes(body), 'pack.zip')
    with pytest.raises(data.DataError, match='解不开.*password'):
        data.download_extract('mine')


def test_the_disk_fills_up_while_extracting(entry, monkeypatch):
    path = entry(packed({FIRST: b'1' * 50_000}, 'w:gz'), 'pack.tar.gz')
    data.download('mine')

    def full(source, sink):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(data.shutil, 'copyfileobj', full)
    with pytest.raises(data.DataError, match='磁盘已满'):
        data.download_extract('mine')
    assert sorted(each.name for each in path.parent.iterdir()) == ['.lock', path.name]
