"""tools/site.py：建成了就是对的，没有建成就还是上次的；被动过、被砍断的下一次都补上。"""
import re
import shutil

import pytest

from tests.books import write_site
from tools import site
from tools.report import UserError


@pytest.fixture
def root(tmp_path):
    """两页的小网站，还没有建。"""
    write_site(tmp_path, index='# 书\n\n文字。\n', ch1_start__index='# 章\n\n文字。\n',
               ch1_start__first='# 第一页\n\n文字。\n', ch1_start__second='# 第二页\n\n文字。\n')
    return tmp_path


def read(root, name):
    """文件的内容；样式和脚本的版本号不看，它们由 Sphinx 从盘上的文件算出，第一次建时还没有。"""
    return re.sub(r'\?v=\w+', '', (root / '_build' / 'html' / name).read_text(encoding='utf-8'))


def test_the_next_build_mends_whatever_happened_to_the_files(root):
    """题目改了，每一页的侧边栏都跟着改；索引丢了、网页断了、Sphinx 留着的坏了，都补上。"""
    site.build(root)
    whole = read(root, 'ch1_start/second.html')
    write_site(root, ch1_start__first='# 换了题目\n\n文字。\n')
    site.build(root)
    renamed = read(root, 'ch1_start/second.html')
    assert '第一页' in whole and '第一页' not in renamed and '换了题目' in renamed

    (root / '_build' / 'html' / '_static' / 'search-index.js').unlink()
    (root / '_build' / 'html' / 'ch1_start' / 'second.html').write_text(renamed[:1000], encoding='utf-8')
    site.build(root)
    assert read(root, 'ch1_start/second.html') == renamed
    assert '换了题目' in read(root, '_static/search-index.js')

    built = root / '_build' / 'site' / '_build'
    (built / '.doctrees' / 'ch1_start' / 'second.doctree').write_bytes(b'half')
    (built / 'html' / 'ch1_start' / 'first.html').write_text('<html>', encoding='utf-8')
    site.build(root)
    assert read(root, 'ch1_start/second.html') == renamed
    assert read(root, 'ch1_start/first.html').endswith('</html>')


def test_a_build_that_fails_leaves_the_old_site(root, monkeypatch):
    site.build(root)
    old = read(root, 'ch1_start/first.html')
    write_site(root, ch1_start__first='# 坏页\n\n$\\nosuchcommand$\n')
    with pytest.raises(UserError, match='first.md'):
        site.build(root)
    assert read(root, 'ch1_start/first.html') == old

    write_site(root, ch1_start__first='# 好页\n\n文字。\n')
    build = site._run_jupyter_book

    def cut(root, work):
        complaints = build(root, work)
        (work / '_build' / 'html' / 'index.html').write_text('<html>', encoding='utf-8')
        return complaints

    monkeypatch.setattr(site, '_run_jupyter_book', cut)
    with pytest.raises(UserError, match='没有写完：index.html。'):
        site.build(root)
    assert read(root, 'ch1_start/first.html') == old
    monkeypatch.undo()
    site.build(root)
    assert '好页' in read(root, 'ch1_start/first.html')


def test_what_is_not_whole_is_named(root):
    html = root / 'html'
    for name in ('index.html', 'search.html', 'ch1_start/index.html', 'ch1_start/first.html'):
        (html / name).parent.mkdir(parents=True, exist_ok=True)
        (html / name).write_text('<html></html>\n', encoding='utf-8')
    (html / '_static').mkdir()
    (html / '_static' / 'search-index.js').write_text('globalThis.bookIndex = JSON.par', encoding='utf-8')
    assert site.unfinished(root, html) == ['ch1_start/second.html', '_static/search-index.js']


def test_the_site_is_swapped_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(site.slim, 'write', shutil.copytree)
    built, html = tmp_path / 'built', tmp_path / 'html'
    for folder, name in ((built, 'new.html'), (html, 'old.html')):
        folder.mkdir()
        (folder / name).touch()
    site.publish(built, html)
    assert [path.name for path in html.iterdir()] == ['new.html'] and built.exists()
    shutil.rmtree(html)
    site.publish(built, html)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['built', 'html']
