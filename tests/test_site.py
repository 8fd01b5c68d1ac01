"""网站：建出来，在无网络的 Chromium 里逐页打开，看看读者看到的是不是对的。

在这台机器上已经完整看过、一个字节也没变的页不再打开；设 D2L_ALL=1 就全部打开。
"""
import hashlib
import html as entities
import os
import re
from pathlib import Path

import pytest

from tests import website
from tests.passed import Passed
from tests.website import LOADING, NEED_CHROMIUM, Visitor, dead_links, fingerprint
from tools import site
from tools.book import ROOT, pages


@pytest.fixture(scope='module')
def html():
    site.build()
    return site.HTML


@NEED_CHROMIUM
def test_every_page_shows_what_it_should(browser, html):
    """不连别的主机，控制台没有错误，没有露出来的 TeX，图都在而且有说明，在手机上不比屏幕宽。"""
    passed = Passed(ROOT / '_build' / 'passed.json')
    static = [path for path in sorted((html / '_static').rglob('*')) if path.suffix in ('.css', '.js')]
    looked_with = Path(website.__file__)
    common = hashlib.sha256(b''.join(path.read_bytes() for path in (*static, looked_with))).hexdigest()
    visitor, found = Visitor(browser), {}
    for page in pages():
        path = html / f'{page.key}.html'
        key = fingerprint(path, f'{common} {browser.version}')
        if key in passed and not os.environ.get('D2L_ALL'):
            continue
        found[page.key] = visitor.visit(path)
        if not found[page.key]:
            passed.add(key)
    assert {key: faults for key, faults in found.items() if faults} == {}


@NEED_CHROMIUM
def test_chinese_search_finds_the_page_without_a_server(browser, html):
    page = browser.new_page()
    for query, key in [('小批量', 'ch2_linear/image-dataset'),
                       ('广播机制', 'ch1_preliminaries/data-operations'),
                       ('图像分类数据集', 'ch2_linear/image-dataset'),
                       ('load_data_fashion_mnist', 'appendix/api')]:
        page.goto((html / 'search.html').as_uri() + f'?q={query}')
        page.wait_for_function("document.querySelectorAll('#search-results li a').length > 0", timeout=5000)
        found = page.eval_on_selector_all('#search-results li a', 'links => links.map(link => link.href)')
        assert any(f'{key}.html' in link for link in found), (query, found)


def test_internal_links_and_anchors_exist(html):
    dead = {page.key: dead_links(html / f'{page.key}.html') for page in pages()}
    assert {key: links for key, links in dead.items() if links} == {}


def test_titles_carry_the_numbers_of_the_contents_and_formulas_are_drawn(html):
    for page in pages():
        text = (html / f'{page.key}.html').read_text(encoding='utf-8')
        title = re.search(r'<article class="bd-article".*?<h1>(.*?)<a class="headerlink"', text, re.S)[1]
        assert entities.unescape(re.sub('<[^>]*>', '', title)).split() == page.label.split(), page.key
        written = ''.join(cell.source for cell in page.cells('markdown'))
        assert ('<mjx-container' in text) == ('$' in written), page.key


def test_html_names_no_other_host(html):
    """网页、样式和脚本里没有从别处装载东西的地址。"""
    found = {path.relative_to(html).as_posix(): match.group()
             for suffix in ('*.html', '*.css') for path in html.rglob(suffix)
             if (match := LOADING.search(path.read_text(encoding='utf-8')))}
    assert found == {}
