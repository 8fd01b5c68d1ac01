"""在一本小网站里各造一处毛病：看网站的每一种办法都看得见；写错的公式使构建失败。"""
import pytest

from tests.books import write_site
from tests.website import LOADING, NEED_CHROMIUM, Visitor, dead_links
from tools import pictures, site
from tools.book import ROOT
from tools.report import UserError


@NEED_CHROMIUM
@pytest.mark.parametrize('body, kind, text', [
    ('<p>没有毛病</p>', None, ''),
    ('<p>$x^2$ 露出来了</p>', '没有变成公式或格式的文字', '$x^2$'),
    (r'<p>\frac{1}{2}</p>', '没有变成公式或格式的文字', r'\frac'),
    ('<p>见 {ref}`某处`</p>', '没有变成公式或格式的文字', '{ref}'),
    ('<img src="nowhere.png" alt="没有的图">', '打不开的图', 'nowhere.png'),
    ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', '没有说明的图', 'data:'),
    ('<script>console.error("坏了")</script>', '装载', '坏了'),
    ('<script>nosuchfunction()</script>', '装载', 'nosuchfunction'),
    ('<script src="https://example.org/a.js"></script>', '装载', '请求了 https://example.org/a.js'),
    ('<link rel="stylesheet" href="nowhere.css">', '装载', 'nowhere.css'),
    ('<div style="width: 3000px">宽</div>', '比屏幕宽', ''),
])
def test_a_planted_fault_is_seen(browser, tmp_path, body, kind, text):
    page = tmp_path / 'page.html'
    page.write_text('<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
                    f'<article class="bd-article"><h1>页</h1>{body}</article>', encoding='utf-8')
    visitor = Visitor(browser)
    found = visitor.visit(page)
    visitor.page.context.close()
    assert found == {} if kind is None else text in str(found[kind])


def test_a_dead_link_is_seen(tmp_path):
    other, page = tmp_path / '另一页.html', tmp_path / 'page.html'
    other.write_text('<h1 id="a&amp;b">另一页</h1>', encoding='utf-8')
    good = ['另一页.html', '另一页.html#a&amp;b', '%E5%8F%A6%E4%B8%80%E9%A1%B5.html', '#here', 'https://example.org']
    bad = ['nowhere.html', '另一页.html#nowhere', '#nowhere', '../nowhere/page.html#here']
    page.write_text(''.join(f'<p id="here"><a class="x" href="{link}">链接</a></p>' for link in good + bad),
                    encoding='utf-8')
    assert dead_links(page) == bad


@pytest.mark.parametrize('text', [
    '<script src="https://example.org/a.js">', "<img src='//example.org/a.png'>", '@import url(https://x.org/a.css)',
    'body { background: url("https://x.org/a.png") }', '<link rel="stylesheet" href="https://x.org/a.css">'])
def test_another_host_is_seen(text):
    assert LOADING.search(text) and not LOADING.search('<a href="https://example.org">链接</a>')


def test_a_wrong_formula_stops_the_build_until_it_is_mended(tmp_path):
    """构建失败，说出是哪一页的哪个公式；再建一次也失败；改好就建成，章节号照目录。"""
    write_site(tmp_path, index='# 书\n\n$a^2$，$a^2$。', ch1_start__index='# 章\n',
               ch1_start__first='# 一\n\n$$\\text{中文}\\tag{1.1.1}$$\n',
               ch1_start__second='# 二\n\n$\\nosuchcommand$ 和 $a^2$。\n')
    for _ in range(2):
        with pytest.raises(UserError, match=r'second\.md:3: 第 1 格: .*没有 \\nosuchcommand 这个命令'):
            site.build(tmp_path)
    write_site(tmp_path, ch1_start__second='# 二\n\n#### 四\n\n$b$ 和 $a^2$。\n')
    with pytest.raises(UserError, match=r'second\.md:3: 第 1 格: 标题最多三级'):
        site.build(tmp_path)
    write_site(tmp_path, ch1_start__second='# 二\n\n$b$ 和 $a^2$。\n\n![一条斜线](img/line.svg)\n')
    (tmp_path / 'book/ch1_start/img').mkdir()
    (tmp_path / 'book/ch1_start/img/line.svg').write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><path d="M 0 0 L 9 9"/></svg>', encoding='utf-8')
    pictures.copy(tmp_path, tmp_path / 'notebooks')
    site.build(tmp_path)
    text = (tmp_path / '_build/html/ch1_start/second.html').read_text(encoding='utf-8')
    assert text.count('<mjx-container') == 2 and '<span class="section-number">1.2 </span>二' in text
    assert '1.1.1' not in text
    assert '<img alt="一条斜线" src="../_images/line.svg"' in text
    assert (tmp_path / '_build/html/_images/line.svg').exists()


def test_no_test_waits_by_eval_in_the_page():
    """wait_for_function 第一次看就是真的才通过：再看要 eval，Content-Security-Policy 不许。请用 wait_for。"""
    assert [path.name for path in (ROOT / 'tests').glob('*.py')
            if '.wait_for_' 'function(' in path.read_text(encoding='utf-8')] == []
