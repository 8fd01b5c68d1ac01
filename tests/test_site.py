"""网站：建出来，在无网络的 Chromium 里逐页打开，看看读者看到的是不是对的。

在这台机器上已经完整看过、一个字节也没变的页不再打开；设 D2L_ALL=1 就全部打开。
"""
import hashlib
import html as entities
import os
import re
import shutil
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from playwright.sync_api import sync_playwright

from tests.books import CONTENTS
from tests.passed import Passed
from tools import site
from tools.book import ROOT, pages
from tools.report import UserError

CHROMIUM = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
NEED_CHROMIUM = pytest.mark.skipif(
    CHROMIUM is None,
    reason='没有 Chromium，不能在浏览器里检查网站。Debian 上：sudo apt-get install chromium')
RAW = re.compile(r'\$\$|\\\(|\\\[|\\(?:frac|text|mathbf|tag|begin|sum|times|in|hat)\b|\$[^$\n]{1,40}\$'
                 r'|\{(?:ref|eq|cite|numref|doc|math)\}|:::|```')
WIDE, PHONE = {'width': 1400, 'height': 900}, {'width': 390, 'height': 844}
# 从别处装载东西的写法（给人点的链接不算）。
LOADING = re.compile(r'(?:src|srcset)\s*=\s*["\'](https?:)?//|@import\s+["\']?(?:url\()?["\']?https?:'
                     r'|url\(["\']?https?:|<link[^>]+href=["\']https?:')

# 页面上读者看得见的文字（不含代码），以及要检查的各种事实。
FACTS = """() => {
  const article = document.querySelector('article.bd-article').cloneNode(true);
  article.querySelectorAll('pre, code, script, mjx-container').forEach((node) => node.remove());
  return {
    text: article.textContent,
    broken: [...document.images].filter((image) => !(image.complete && image.naturalWidth > 0))
      .map((image) => image.src),
    silent: [...document.querySelectorAll('article img')].filter((image) => !image.alt.trim())
      .map((image) => image.src),
    overflow: document.documentElement.scrollWidth - window.innerWidth,
  };
}"""


class Visitor:
    """一个浏览器标签页，逐页打开网站。

    任何离开本机文件的请求都记为毛病（浏览器启动时已让所有主机名都解析不到）。
    """

    def __init__(self, browser, viewport, color_scheme):
        self.page = browser.new_context(
            locale='zh-CN', viewport=viewport, color_scheme=color_scheme).new_page()
        self.faults = []
        self.page.on('request', self._watch)
        self.page.on('console', lambda message: message.type == 'error' and self.faults.append(message.text))
        self.page.on('pageerror', lambda error: self.faults.append(str(error)))
        self.page.on('requestfailed', lambda request: self.faults.append(f'取不到 {request.url}'))

    def _watch(self, request):
        if urlsplit(request.url).scheme not in ('file', 'data', 'blob', 'about'):
            self.faults.append(f'请求了 {request.url}')

    def visit(self, path):
        """打开一页，返回这一页的各种毛病；没有毛病的种类不列出。"""
        self.faults.clear()
        self.page.goto(path.as_uri())
        facts = self.page.evaluate(FACTS)
        found = {'装载': list(self.faults), '没有变成公式或格式的文字': RAW.findall(facts['text']),
                 '打不开的图': facts['broken'], '没有说明的图': facts['silent'],
                 '比屏幕宽': [facts['overflow']] if facts['overflow'] > 0 else []}
        return {name: faults for name, faults in found.items() if faults}


@cache
def anchors(path):
    """网页里可以链接到的位置；没有这个文件就是 None。"""
    if not path.exists():
        return None
    if path.suffix != '.html':
        return set()
    found = re.findall(r'\s(?:id|name)="([^"]*)"', path.read_text(encoding='utf-8'))
    return set(map(entities.unescape, found))


def dead_links(path):
    """网页里指向本机文件、却没有那个文件或没有那个位置的链接。"""
    dead = []
    for link in re.findall(r'<a\b[^>]*?\shref="([^"]*)"', path.read_text(encoding='utf-8')):
        parts = urlsplit(entities.unescape(link))
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        places = anchors(target)
        if places is None or parts.fragment and unquote(parts.fragment) not in places:
            dead.append(link)
    return dead


def fingerprint(path, common):
    """一页在浏览器里的样子由什么决定：网页、其中的图、`common`（样式和脚本的指纹）。"""
    text = path.read_text(encoding='utf-8')
    digest = hashlib.sha256(f'{path} {common} {text}'.encode())
    for name in re.findall(r'<img[^>]+src="([^":]*)"', text):
        image = path.parent / unquote(name)
        digest.update(image.read_bytes() if image.exists() else b'')
    return digest.hexdigest()


@pytest.fixture(scope='module')
def html():
    site.build()
    return site.HTML


@pytest.fixture(scope='module')
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND'])
        yield browser
        browser.close()


@NEED_CHROMIUM
def test_every_page_shows_what_it_should_on_a_phone(browser, html):
    """不连别的主机，控制台没有错误，没有露出来的 TeX，图都在而且有说明，不比屏幕宽。"""
    passed = Passed(ROOT / '_build' / 'passed.json')
    static = [path for path in sorted((html / '_static').rglob('*')) if path.suffix in ('.css', '.js')]
    common = hashlib.sha256(b''.join(path.read_bytes() for path in (*static, Path(__file__)))).hexdigest()
    visitor, found = Visitor(browser, PHONE, 'dark'), {}
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
def test_the_first_and_the_last_page_on_a_wide_screen(browser, html):
    visitor = Visitor(browser, WIDE, 'light')
    for page in (pages()[0], pages()[-1]):
        assert visitor.visit(html / f'{page.key}.html') == {}


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
    visitor = Visitor(browser, PHONE, 'dark')
    found = visitor.visit(page)
    visitor.page.context.close()
    assert found == {} if kind is None else text in str(found[kind])


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


def test_a_dead_link_is_seen(tmp_path):
    other, page = tmp_path / '另一页.html', tmp_path / 'page.html'
    other.write_text('<h1 id="a&amp;b">另一页</h1>', encoding='utf-8')
    good = ['另一页.html', '另一页.html#a&amp;b', '%E5%8F%A6%E4%B8%80%E9%A1%B5.html', '#here', 'https://example.org']
    bad = ['nowhere.html', '另一页.html#nowhere', '#nowhere', '../nowhere/page.html#here']
    page.write_text(''.join(f'<p id="here"><a class="x" href="{link}">链接</a></p>' for link in good + bad),
                    encoding='utf-8')
    assert dead_links(page) == bad


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


@pytest.mark.parametrize('text', [
    '<script src="https://example.org/a.js">', "<img src='//example.org/a.png'>", '@import url(https://x.org/a.css)',
    'body { background: url("https://x.org/a.png") }', '<link rel="stylesheet" href="https://x.org/a.css">'])
def test_another_host_is_seen(text):
    assert LOADING.search(text) and not LOADING.search('<a href="https://example.org">链接</a>')


def test_a_wrong_formula_stops_the_build_until_it_is_mended(tmp_path):
    """构建失败，说出是哪一页的哪个公式；再建一次也失败；改好就建成，章节号照目录。"""
    (tmp_path / '_toc.yml').write_text(CONTENTS, encoding='utf-8')
    for name in ('_config.yml', 'requirements.txt'):
        shutil.copy(ROOT / name, tmp_path)

    def write(key, text):
        for path in (tmp_path / 'book' / f'{key}.md', tmp_path / 'notebooks' / f'{key}.ipynb'):
            path.parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / 'book' / f'{key}.md').write_text(text, encoding='utf-8')
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)]),
                       tmp_path / 'notebooks' / f'{key}.ipynb')

    write('index', '# 书\n\n$a^2$，$a^2$。')
    write('ch1_start/index', '# 章\n')
    write('ch1_start/first', '# 一\n\n$$\\text{中文}\\tag{1.1.1}$$\n')
    write('ch1_start/second', '# 二\n\n$\\nosuchcommand$ 和 $a^2$。\n')
    for _ in range(2):
        with pytest.raises(UserError, match=r'second\.ipynb.*Undefined control sequence.*nosuchcommand'):
            site.build(tmp_path)
    write('ch1_start/second', '# 二\n\n$b$ 和 $a^2$。\n')
    site.build(tmp_path)
    text = (tmp_path / '_build/html/ch1_start/second.html').read_text(encoding='utf-8')
    assert text.count('<mjx-container') == 2 and '<span class="section-number">1.2 </span>二' in text
    assert '1.1.1' not in text


def test_contents_leave_out_pages_that_are_not_written():
    toc = site.written_contents()

    def keys(entries):
        for entry in entries:
            yield entry['file']
            yield from keys(entry.get('sections', []))

    listed = [toc['root'], *(key for part in toc['parts'] for key in keys(part['chapters']))]
    assert listed == [page.key for page in pages()]
