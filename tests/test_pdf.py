"""tools/pdf*.py：接成的一份网页，字体，印出来没有拆成图形的字、没有超出右边的东西。"""
import re

import pytest

from tests.books import make_book, manuscript
from tests.website import NEED_CHROMIUM
from tools import pdf, pdf_font, pdf_text
from tools.book import pages
from tools.report import UserError

HTML = '''<!DOCTYPE html><link rel="stylesheet" href="_static/a.css"><body>
<article class="bd-article"><section id="甲"><h1>一</h1><p><a href="#甲">这里</a>
<a href="second.html#%E4%B9%99">那里</a>
<a href="../index.html">首页</a><a href="../_sources/x.ipynb" download>笔记本</a><a href="https://e.org/#a">外面</a>
<img src="../_images/a.svg"></p></section>
<section id="乙"><h2>节 <code>x</code><a class="headerlink" href="#乙">#</a></h2>
</section></article></body>'''


@pytest.fixture
def root(tmp_path):
    root = make_book(tmp_path, first=manuscript('# 一\n'), second=manuscript('# 二\n'))
    for page in pages(root):
        path = root / '_build' / 'html' / f'{page.key}.html'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HTML, encoding='utf-8')
    return root


def test_links_and_pictures_point_into_the_one_page(root):
    first = pages(root)[2]
    text = pdf_text.article(first, root)
    assert re.findall(r'id="(.*?)"', text) == ['ch1_start/first:甲', 'ch1_start/first:乙']
    assert re.findall(r'href="(.*?)"', text) == [
        '#ch1_start/first:%E7%94%B2', '#ch1_start/second:%E4%B9%99', '#index:', 'https://e.org/#a',
        '#ch1_start/first:%E4%B9%99']
    assert '<img src="../html/_images/a.svg">' in text and '<a download>笔记本</a>' in text
    assert pdf_text.headings(text) == [('节 x', '乙')]


def test_contents_with_page_numbers(root):
    chosen = pages(root)[1:]
    text = pdf_text.contents(root, chosen, {'ch1_start/index:': 3, 'ch1_start/second:': 12})
    assert re.findall(r'class="depth(\d)">.*?>([^<]*)</a><i></i><span>(\d+)<', text) == [
        ('0', '1 章', '3'), ('1', '1.1 一', '000'), ('1', '1.2 二', '12')]


def test_a_missing_program_is_one_sentence(root, monkeypatch):
    monkeypatch.setattr(pdf.shutil, 'which', lambda name: None)
    for missing in (pdf.chromium, lambda: pdf_font.write_fonts('字', root)):
        with pytest.raises(UserError, match='sudo apt-get install chromium fonts-noto-cjk'):
            missing()


PRINTED = '''<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><style>{sheet}{style}</style>
<article class="bd-article"><h1>暂退法</h1><p>正文<b>粗体</b>，<code>d2l.plot</code></p><pre>{code}</pre>
<details><summary>解答</summary><p>答案</p></details>{more}</article>'''


@NEED_CHROMIUM
def test_printed_text_is_text_and_nothing_is_cut(browser, tmp_path):
    """很长的一行代码折行，折叠的解答展开，字体都是放进去的 TrueType；放不下的说出来。"""
    sheet = pdf_text.LOGO.with_name('print.css').read_text(encoding='utf-8')
    fill = {'style': pdf_text.STYLE.read_text(encoding='utf-8'), 'sheet': sheet, 'code': 'x = 1  # 注 ' * 30}
    source, target = tmp_path / 'book.html', tmp_path / 'book.pdf'
    source.write_text(PRINTED.format(more='', **fill), encoding='utf-8')
    pdf_font.write_fonts(source.read_text(encoding='utf-8') + '0123456789', tmp_path)
    pdf.print_page(browser, source, target)
    written = target.read_bytes()
    fonts = set(re.findall(rb'/BaseFont\s*/\w+\+([\w-]+)', written))
    assert fonts == {b'NotoSansCJKsc-Regular', b'NotoSansCJKsc-Bold', b'DejaVuSansMono'}
    assert b'/Type3' not in written and written.count(b'/FontFile2') == 3
    page = browser.new_page(viewport={'width': 650, 'height': 900})
    page.emulate_media(media='print')
    page.goto(source.as_uri())
    assert page.get_by_text('答案').is_visible()
    page.close()
    wide = '<table><td style="min-width: 900px">宽表'
    source.write_text(PRINTED.format(more=wide, **fill), encoding='utf-8')
    with pytest.raises(UserError, match=r'右边放不下(.|\n)*TABLE 超出 \d+ 像素：宽表'):
        pdf.print_page(browser, source, target)
