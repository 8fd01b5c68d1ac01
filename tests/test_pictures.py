"""图片文件：有一种写法，抄到笔记本、压缩包和云端的副本里；别的写法和有毛病的文件都指出来。"""
import io

import pytest
from PIL import Image

from tests.books import make_book, manuscript
from tools import cloud, dist, notebooks, pictures
from tools.book import select

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M 0 0 L 9 9"/></svg>'


def raster(kind):
    body = io.BytesIO()
    Image.effect_noise((64, 64), 9).save(body, kind)
    return body.getvalue()


PNG = raster('PNG')
USED = '![一条从左上到右下的线](img/line.svg)'


@pytest.fixture
def root(tmp_path):
    make_book(tmp_path, first=manuscript('# 第一页\n', f'一段。\n\n{USED}\n'))
    write(tmp_path, 'line.svg', SVG)
    pictures.copy(tmp_path, tmp_path / 'notebooks')
    return tmp_path


def write(root, name, body):
    path = root / 'book' / 'ch1_start' / 'img' / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(body.encode() if isinstance(body, str) else body)


def problems(root):
    return [str(problem) for problem in pictures.check(root)]


def test_a_picture_is_copied_and_taken_away(root):
    assert problems(root) == []
    copied = root / 'notebooks' / 'ch1_start' / 'img' / 'line.svg'
    assert copied.read_text(encoding='utf-8') == SVG
    assert pictures.copy(root, root / 'notebooks') == []
    copied.write_text('改过', encoding='utf-8')
    copied.with_name('old.png').write_bytes(PNG)
    assert problems(root) == [
        'book/ch1_start/img/line.svg: notebooks/ 里的不是这一份。请运行 make notebooks。',
        'notebooks/ch1_start/img/old.png: book/ 里没有它。请运行 make notebooks。']
    assert len(pictures.copy(root, root / 'notebooks')) == 2
    assert problems(root) == [] and [path.name for path in copied.parent.iterdir()] == ['line.svg']


@pytest.mark.parametrize('old, new, told', [
    ('img/line.svg', 'img/none.svg', '没有图片 img/none.svg'),
    ('img/line.svg', '../img/line.svg', '不能这样写'),
    ('img/line.svg', 'https://example.org/line.svg', '不能这样写'),
    ('img/line.svg', 'data:image/png;base64,aGk=', '不能这样写'),
    ('img/line.svg', '/home/li/line.svg', '不能这样写'),
    ('img/line.svg', 'img/Line.svg', '不能这样写'),
    ('img/line.svg', 'img/line.gif', '不能这样写'),
    ('一条从左上到右下的线', '', '太短'),
    ('一条从左上到右下的线', '一条线', '太短'),
    ('img/line.svg', 'img/line.svg "一条从左上到右下的线。"', '与图注相同'),
])
def test_each_other_way_is_told_with_its_line(root, old, new, told):
    path = root / 'book' / 'ch1_start' / 'first.md'
    text = path.read_text(encoding='utf-8')
    path.write_text(text.replace(old, new), encoding='utf-8')
    line = text.splitlines().index(USED) + 1
    found = [one for one in problems(root) if '没有一页用到它' not in one]
    assert len(found) == 1 and told in found[0] and '请' in found[0]
    assert found[0].startswith(f'book/ch1_start/first.md:{line}: 第 1 格: ')


@pytest.mark.parametrize('body, told', [
    (SVG + ' ' * 200_000, '最多 200 KB'),
    (PNG, '不是完好的 SVG'),
    ('<svg', '不是完好的 SVG'),
    (SVG.replace('<path', '<script>1</script><path'), '会运行的'),
    (SVG.replace('<path', '<path onclick="x"'), '会运行的'),
    (SVG.replace('<path', '<image href="https://example.org/a.png"/><path'), '会运行的'),
    ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, '会运行的'),
    (SVG.replace('<path', '<style>@import "https://example.org/a.css";</style><path'), '会运行的'),
    (SVG.replace('<path', '<path fill="url( https://example.org/a.svg#b)"'), '会运行的'),
    (SVG.replace('<path', '<text>甲</text><path'), '把文字转成路径'),
])
def test_a_faulty_file_is_told(root, body, told):
    write(root, 'line.svg', body)
    pictures.copy(root, root / 'notebooks')
    [problem] = problems(root)
    assert problem.startswith('book/ch1_start/img/line.svg: ') and told in problem and '请' in problem


@pytest.mark.parametrize('suffix', ['png', 'jpg', 'webp'])
def test_a_photo_is_read_to_its_end(root, suffix):
    body = raster({'jpg': 'JPEG'}.get(suffix, suffix))
    write(root, f'photo.{suffix}', body)
    path = root / 'book' / 'ch1_start' / 'img' / f'photo.{suffix}'
    assert list(pictures.faults(path)) == []
    for wrong in (body[:-len(body) // 3], SVG.encode(), raster('GIF'), b''):
        path.write_bytes(wrong)
        [told] = pictures.faults(path)
        assert told.startswith('不是完好的 ') and '请另存一份' in told


def test_a_gradient_inside_the_picture_is_no_address(root):
    write(root, 'line.svg', SVG.replace('<path', '<path fill="url(#g)" stroke="url(\'#g\')"'))
    pictures.copy(root, root / 'notebooks')
    assert problems(root) == []


def test_other_kinds_and_pictures_of_no_page(root):
    write(root, 'photo.png', PNG)
    write(root, 'photo.gif', b'GIF89a')
    found = problems(root)
    lost = [one for one in found if 'photo.png' in one]
    assert lost == ['book/ch1_start/img/photo.png: 没有一页用到它。请在手稿里写上，或删去。']
    assert any('photo.gif: 不是 .svg、.png、.jpg、.webp 里的一种' in one for one in found)


def test_the_copies_for_the_cloud_and_the_archives_have_it(root, monkeypatch):
    for page in select('', root):
        notebooks.update(page)
    wheel = root / 'd2l_local-1-py3-none-any.whl'
    wheel.write_bytes(b'')
    monkeypatch.setattr(cloud, 'build_wheel', lambda root, folder: wheel)
    target = cloud.build(root, root / '_build' / 'cloud').parent
    assert (target / 'ch1_start' / 'img' / 'line.svg').read_text(encoding='utf-8') == SVG
    (root / 'LICENSES').mkdir()
    found = dict(dist.notebooks_contents('students', root, wheel))
    assert found['notebooks/ch1_start/img/line.svg'].decode() == SVG
