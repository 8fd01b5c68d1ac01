"""网站：建出来，在无网络的 Chromium 里逐页打开，看看读者看到的是不是对的。"""
import re
import shutil
from urllib.parse import unquote, urlsplit

import pytest

from tools import site
from tools.pages import pages

CHROMIUM = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
NEED_CHROMIUM = pytest.mark.skipif(
    CHROMIUM is None,
    reason='没有 Chromium，不能在浏览器里检查网站。Debian 上：sudo apt-get install chromium')
RAW_TEX = re.compile(r'\$\$|\\\(|\\\[|\\(?:frac|text|mathbf|tag|begin|sum|times|in|hat)\b|\$[^$\n]{1,40}\$')
RAW_MARKUP = re.compile(r'\{(?:ref|eq|cite|numref|doc|math)\}|:::|```')
WIDE, PHONE = {'width': 1400, 'height': 900}, {'width': 390, 'height': 844}

# 页面上读者看得见的文字（不含代码），以及要检查的各种事实。
FACTS = """() => {
  const article = document.querySelector('article.bd-article').cloneNode(true);
  article.querySelectorAll('pre, code, script, mjx-container').forEach((node) => node.remove());
  const anchors = [...document.querySelectorAll('[id], a[name]')].map((node) => node.id || node.name);
  return {
    text: article.textContent,
    anchors,
    links: [...document.querySelectorAll('a[href]')].map((node) => node.href),
    broken: [...document.images].filter((image) => !(image.complete && image.naturalWidth > 0))
      .map((image) => image.src),
    silent: [...document.querySelectorAll('article img')].filter((image) => !image.alt.trim())
      .map((image) => image.src),
    formulas: document.querySelectorAll('article mjx-container svg').length,
    title: document.querySelector('article h1').innerText,
  };
}"""


@pytest.fixture(scope='module')
def html():
    site.build()
    return site.HTML


@pytest.fixture(scope='module')
def browser(html):
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND'])
        yield browser
        browser.close()


OVERFLOW = 'document.documentElement.scrollWidth - window.innerWidth'


class Visitor:
    """一个浏览器标签页，逐页打开网站。

    任何离开本机文件的请求都记为毛病（浏览器启动时已让所有主机名都解析不到）。
    """

    def __init__(self, browser):
        self.page = browser.new_context(locale='zh-CN').new_page()
        self.faults = []
        self.page.on('request', self._watch)
        self.page.on('console', lambda message: message.type == 'error' and self.faults.append(message.text))
        self.page.on('pageerror', lambda error: self.faults.append(str(error)))
        self.page.on('requestfailed', lambda request: self.faults.append(f'取不到 {request.url}'))

    def _watch(self, request):
        if urlsplit(request.url).scheme not in ('file', 'data', 'blob', 'about'):
            self.faults.append(f'请求了 {request.url}')

    def visit(self, path):
        """打开一页，先宽屏浅色，再变成手机深色；返回 (页面的事实, 毛病)。"""
        self.faults.clear()
        # 在空白页上改大小，免得上一页白白重排一次
        self.page.goto('about:blank')
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(color_scheme='light')
        self.page.goto(path.as_uri())
        facts = self.page.evaluate(FACTS)
        self.page.set_viewport_size(PHONE)
        self.page.emulate_media(color_scheme='dark')
        facts['overflow'] = self.page.evaluate(OVERFLOW)
        return facts, list(self.faults)


@pytest.fixture(scope='module')
def visited(browser, html):
    """{页: (事实, 毛病)}。"""
    visitor = Visitor(browser)
    return {page.key: visitor.visit(html / f'{page.key}.html') for page in pages()}


def each(visited, find):
    return {key: found for key, (facts, faults) in visited.items() if (found := find(facts, faults))}


@NEED_CHROMIUM
def test_no_other_host_and_no_console_error(visited):
    assert each(visited, lambda facts, faults: faults) == {}


@NEED_CHROMIUM
def test_no_raw_tex_and_no_raw_markup_in_the_text(visited):
    assert each(visited, lambda facts, _: RAW_TEX.findall(facts['text'])
                + RAW_MARKUP.findall(facts['text'])) == {}


@NEED_CHROMIUM
def test_every_formula_of_the_manuscript_is_drawn(visited):
    for page in pages():
        text = ''.join(cell.source for cell in page.cells() if cell.kind == 'markdown')
        assert (visited[page.key][0]['formulas'] > 0) == ('$' in text), page.key


@NEED_CHROMIUM
def test_images_load_and_say_what_they_show(visited):
    assert each(visited, lambda facts, _: facts['broken']) == {}
    assert each(visited, lambda facts, _: facts['silent']) == {}


@NEED_CHROMIUM
def test_internal_links_and_anchors_exist(visited, html):
    anchors = {(html / f'{key}.html').as_uri(): set(facts['anchors'])
               for key, (facts, _) in visited.items()}

    def dead(link):
        address, _, fragment = link.partition('#')
        parts = urlsplit(address)
        if parts.scheme != 'file':
            return False
        address = address.partition('?')[0]
        if address in anchors:
            return bool(fragment) and unquote(fragment) not in anchors[address]
        return not site.Path(unquote(parts.path)).exists()

    assert each(visited, lambda facts, _: [link for link in facts['links'] if dead(link)]) == {}


@NEED_CHROMIUM
def test_titles_carry_the_numbers_of_the_contents(visited):
    for page in pages():
        title = visited[page.key][0]['title'].rstrip('#').replace('\xa0', ' ').strip()
        assert title.split() == page.label.split(), page.key


@NEED_CHROMIUM
def test_nothing_sticks_out_on_a_phone(visited):
    assert each(visited, lambda facts, _: max(facts['overflow'], 0)) == {}


@NEED_CHROMIUM
@pytest.mark.parametrize('query, key', [
    ('小批量', 'ch2_linear/image-dataset'),
    ('广播机制', 'ch1_preliminaries/data-operations'),
    ('图像分类数据集', 'ch2_linear/image-dataset'),
    ('load_data_fashion_mnist', 'appendix/api'),
])
def test_chinese_search_finds_the_page_without_a_server(browser, html, query, key):
    context = browser.new_context()
    page = context.new_page()
    page.goto((html / 'search.html').as_uri() + f'?q={query}')
    page.wait_for_function("document.querySelectorAll('#search-results li a').length > 0", timeout=5000)
    found = page.eval_on_selector_all('#search-results li a', 'links => links.map(link => link.href)')
    context.close()
    assert any(f'{key}.html' in link for link in found), found


def test_html_names_no_other_host(html):
    """网页、样式和脚本里没有从别处装载东西的地址（给人点的链接不算）。"""
    loading = re.compile(r'(?:src|srcset)\s*=\s*["\'](https?:)?//|@import\s+["\']?(?:url\()?["\']?https?:'
                         r'|url\(["\']?https?:|<link[^>]+href=["\']https?:')
    found = {path.relative_to(html).as_posix(): match.group()
             for suffix in ('*.html', '*.css') for path in html.rglob(suffix)
             if (match := loading.search(path.read_text(encoding='utf-8')))}
    assert found == {}


def test_a_wrong_formula_stops_the_build(monkeypatch, tmp_path):
    from tools.site_extension import MathRenderer
    renderer = MathRenderer()
    try:
        with pytest.raises(ValueError, match='Undefined control sequence'):
            renderer.render(r'\nosuchcommand', display=False)
        assert 'mjx-container' in renderer.render(r'\text{中文}\tag{2.1.3}', display=True)
    finally:
        renderer.process.kill()


def test_contents_leave_out_pages_that_are_not_written():
    toc = site.written_contents()
    written = {page.key for page in pages()}

    def keys(entries):
        for entry in entries:
            yield entry['file']
            yield from keys(entry.get('sections', []))

    listed = [toc['root'], *(key for part in toc['parts'] for key in keys(part['chapters']))]
    assert listed == [page.key for page in pages()] and set(listed) == written
