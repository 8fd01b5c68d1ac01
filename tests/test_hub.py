"""d2l_local/hub.py 的测试：本机的服务器代替网络，当场做的压缩包代替下载的。"""
import hashlib
import io
import tarfile
import zipfile

import pytest
from d2l_local import data, hub

from tests.test_data import cache, refused, register, server  # noqa: F401  测试用的准备工作

BODY = b'a,b\n1,2\n' * 1000


def sha1(body):
    return hashlib.sha1(body).hexdigest()


@pytest.fixture
def entry(server, cache, monkeypatch):  # noqa: F811
    """返回一个函数：把一个文件放上服务器，登记为 mine，返回它下载以后的路径。"""
    def add(body=BODY, file='mine.csv', digest=None):
        server.answers[f'/{file}'] = body
        monkeypatch.setitem(hub.DATA_HUB, 'mine', (server.base + file, digest or sha1(body)))
        return cache / 'hub' / file
    return add


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


def test_own_file_is_fetched_once(entry, server, capfd):  # noqa: F811
    path = entry()
    assert hub.download('mine') == path and path.read_bytes() == BODY
    assert capfd.readouterr().err.count('正在下载') == 1
    assert hub.download('mine') == path
    assert server.requests == ['/mine.csv'] and capfd.readouterr() == ('', '')


def test_a_changed_file_is_fetched_again(entry):
    path = entry()
    hub.download('mine')
    path.write_bytes(b'bad')
    assert hub.download('mine').read_bytes() == BODY


def test_cache_dir(entry, tmp_path):
    entry()
    assert hub.download('mine', tmp_path / 'x') == tmp_path / 'x' / 'mine.csv'


def test_wrong_content_is_refused_and_nothing_is_left(entry, capfd):
    path = entry(digest=sha1(b'other'))
    with pytest.raises(data.DataError, match='内容与登记的 SHA-1 不符') as caught:
        hub.download('mine')
    assert str(path) in str(caught.value)
    assert [each for each in path.parent.iterdir() if each.is_file()] == []


def test_no_such_file_and_no_network(entry, refused, server, monkeypatch):  # noqa: F811
    entry()
    server.answers.clear()
    with pytest.raises(data.DataError, match='HTTP 404'):
        hub.download('mine')
    monkeypatch.setitem(hub.DATA_HUB, 'mine', (refused + 'x.csv', sha1(BODY)))
    with pytest.raises(data.DataError, match='连不上.*DATA_HUB'):
        hub.download('mine')


def test_unknown_name_and_address_without_a_file(entry, monkeypatch):
    with pytest.raises(data.DataError, match="没有登记名为 'nothing' 的数据。有：fashion-mnist、"):
        hub.download('nothing')
    monkeypatch.setitem(hub.DATA_HUB, 'mine', ('https://example.org/', ''))
    with pytest.raises(data.DataError, match='要以文件名结尾'):
        hub.download('mine')


def test_registered_file_comes_from_the_registry(register, server, monkeypatch):  # noqa: F811
    folder = register(data.Https(server.base), name='tiny')
    url = (server.base + 'elsewhere/a.csv', 'abc')
    monkeypatch.setitem(hub.DATA_HUB, 'one', url)
    monkeypatch.setitem(hub._REGISTERED, url, 'tiny')
    assert hub.download('one') == folder / 'a.csv'
    assert hub.download('tiny') == folder
    assert '/elsewhere/a.csv' not in server.requests


def test_the_house_prices_are_the_published_files():
    if data.verify('house-prices'):
        pytest.skip('house-prices 还没有取来：make data')
    for name in ('kaggle_house_train', 'kaggle_house_test'):
        url, digest = hub.DATA_HUB[name]
        path = hub.download(name)
        assert url == hub.DATA_URL + path.name and sha1(path.read_bytes()) == digest


def test_download_all_takes_both_kinds(register, entry, server, monkeypatch):  # noqa: F811
    monkeypatch.setattr(data, 'DATASETS', {})
    monkeypatch.setattr(hub, 'DATA_HUB', {})
    folder, path = register(data.Https(server.base)), entry()
    assert hub.download_all() == {'tiny': folder, 'mine': path}


@pytest.mark.parametrize('kind, file', [('zip', 'pack.zip'), ('w:gz', 'pack.tar.gz'), ('w', 'pack.tar')])
def test_extract(entry, kind, file):
    path = entry(packed({'pack/a.txt': b'1', 'pack/sub/b.txt': b'2'}, kind), file)
    for _ in range(2):
        folder = hub.download_extract('mine')
        assert folder == path.parent / 'pack'
        assert (folder / 'sub/b.txt').read_bytes() == b'2'
    assert sorted(each.name for each in path.parent.iterdir()) == ['pack', file]


def test_extract_another_folder_name(entry):
    path = entry(packed({'inside/a.txt': b'1'}, 'zip'), 'pack.zip')
    assert hub.download_extract('mine', 'inside') == path.parent / 'inside'
    with pytest.raises(data.DataError, match='解开以后没有 pack'):
        hub.download_extract('mine')


def test_extract_refuses_what_is_no_archive_or_broken(entry):
    entry()
    with pytest.raises(data.DataError, match='不是 zip 或 tar'):
        hub.download_extract('mine')
    with pytest.raises(data.DataError, match='不是压缩包'):
        hub.download_extract('fashion-mnist')
    whole = packed({'pack/a.txt': b'1' * 50_000}, 'w:gz')
    path = entry(whole[:len(whole) // 2], 'pack.tar.gz')
    with pytest.raises(data.DataError, match='解不开|不是 zip 或 tar'):
        hub.download_extract('mine')
    assert not (path.parent / 'pack').exists()


def test_extract_never_writes_outside(entry):
    path = entry(packed({'../outside.txt': b'1'}, 'w:gz'), 'pack.tar.gz')
    with pytest.raises(data.DataError, match='解不开'):
        hub.download_extract('mine')
    assert not (path.parent.parent / 'outside.txt').exists()
    assert [each.name for each in path.parent.iterdir()] == ['pack.tar.gz']
