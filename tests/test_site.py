"""网站：建出来，在无网络的 Chromium 里逐页打开，看看读者看到的是不是对的。

在这台机器上已经完整看过、一个字节也没变的页不再打开；设 D2L_ALL=1 就全部打开。
"""
import gzip
import hashlib
import html as entities
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from myst_parser.mdit_to_docutils.base import default_slugify

from tests import served, website
from tests.passed import Passed
from tests.test_search import ask
from tests.website import (
    LOADING,
    NEED_CHROMIUM,
    Visitor,
    anchors,
    dead_links,
    fingerprint,
    wait_for,
)
from tools import figures, site
from tools.book import ROOT, pages
from tools.site_extension import search

QUERIES = yaml.safe_load((ROOT / 'tests' / 'queries.yml').read_text(encoding='utf-8'))


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
@pytest.mark.parametrize('size', [website.WIDE, website.PHONE])
def test_a_link_to_the_end_of_a_long_page_lands_there(browser, html, size):
    """还没有看到的节没有排版，高度是估计的：链接和目录仍然到得了，往回滚动也不跳。"""
    page = browser.new_context(viewport=size).new_page()
    for key, place in (('ch3_mlp/weight-decay', '练习'), ('appendix/api', 'api-train_ch6')):
        address = (html / f'{key}.html').as_uri()
        top = f'document.getElementById({json.dumps(place)}).getBoundingClientRect().top'
        page.goto(f'{address}#{place}')
        wait_for(page, f'Math.abs({top} - 64) < 2')
        page.goto(address)
        page.locator(f'a[href="#{place}"]').first.evaluate('link => link.click()')
        wait_for(page, f'Math.abs({top} - 64) < 2')
        page.mouse.move(size['width'] / 2, 400)
        page.mouse.wheel(0, -300)
        wait_for(page, f'Math.abs({top} - 364) < 2')
    page.context.close()


def first_three(page, address, query):
    """在 `address` 按 / 打开搜索、打进 `query`，返回前三页的名字；各页都要有摘录。"""
    if page.url != address:
        page.goto(address)
    page.keyboard.press('Escape')
    page.keyboard.press('/')
    page.keyboard.press('Control+A')
    page.keyboard.press('Delete')
    page.keyboard.insert_text(query)
    page.locator('#book-search [role=option]').first.wait_for()
    groups = page.eval_on_selector_all('#book-search [role=group]', """groups => groups.slice(0, 3).map(
      (group) => [...group.querySelectorAll('a')]).map((links) =>
      [links[0].pathname, links.some((link) => link.querySelector('.book-search-excerpt'))])""")
    assert all(excerpts for _, excerpts in groups), query
    return ['/'.join(path.removesuffix('.html').split('/')[-2:]) for path, _ in groups]


def rate(answers, wanted):
    """有几个第一个就对，前三个里没有的是哪些。"""
    first = sum(bool(keys) and keys[0] in right for keys, (_, *right) in zip(answers, wanted, strict=True))
    return first, [query for keys, (query, *right) in zip(answers, wanted, strict=True)
                   if not set(keys[:3]) & set(right)]


@NEED_CHROMIUM
@pytest.mark.parametrize('scheme', ['file', 'http'])
def test_search_finds_the_page_in_the_browser(browser, html, scheme):
    page = browser.new_context(service_workers='block').new_page()
    faults = []
    page.on('pageerror', lambda error: faults.append(str(error)))
    address = (html / 'ch3_mlp' / 'dropout.html').as_uri()
    if scheme == 'http':
        page.route('http://book.test/**', lambda route: route.fulfill(
            path=html / unquote(urlsplit(route.request.url).path).lstrip('/')))
        address = 'http://book.test/ch3_mlp/dropout.html'
    page.goto(address)
    loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert not [name for name in loaded if re.search('search-(engine|index)|searchtools|searchindex', name)]
    wanted = QUERIES['must']
    first, missed = rate([first_three(page, address, query) for query, *_ in wanted], wanted)
    assert (first >= 22, missed, faults) == (True, [], [])


def test_search_answers_other_questions_as_well(html):
    wanted = QUERIES['more']
    answers = ask(*(query for query, *_ in wanted), file=html / '_static' / 'search-index.js')
    first, missed = rate([[page['key'] for page in answer['pages']] for answer in answers], wanted)
    assert first >= 0.8 * len(wanted) and len(missed) <= 0.1 * len(wanted), (first, missed)


def test_every_result_leads_to_a_section_that_exists(html):
    script = (html / '_static' / 'search-index.js').read_text(encoding='utf-8')
    data = json.loads(json.loads(script[script.index('(') + 1:script.rindex(')')]))
    assert [page['key'] for page in data['pages']] == [page.key for page in pages()]
    lost = [(page['key'], anchor) for page in data['pages'] for anchor, *_ in page['sections']
            if anchor and anchor not in anchors(html / f'{page["key"]}.html')]
    assert lost == []
    assert len(gzip.compress(script.encode())) < 400_000
    assert not [name for name in search.UNUSED if (html / name).exists()]


@NEED_CHROMIUM
def test_the_search_is_used_with_the_keyboard_and_says_what_it_is(browser, html):
    page = browser.new_page()
    page.goto((html / 'ch3_mlp' / 'dropout.html').as_uri())
    page.keyboard.press('Control+k')
    field = page.get_by_role('combobox', name='搜索全书')
    field.fill('权重衰减')
    options = page.get_by_role('option')
    options.first.wait_for()
    assert page.get_by_role('dialog', name='搜索全书').is_visible()
    assert page.get_by_role('status').inner_text().startswith('找到')
    assert field.get_attribute('aria-expanded') == 'true'
    chosen = [options.nth(at).get_attribute('id') for at in (0, 1)]
    assert field.get_attribute('aria-activedescendant') == chosen[0]
    page.keyboard.press('ArrowDown')
    assert field.get_attribute('aria-activedescendant') == chosen[1]
    assert page.locator('[aria-selected=true]').get_attribute('id') == chosen[1]
    page.keyboard.press('ArrowUp')
    page.keyboard.press('Escape')
    assert not page.get_by_role('dialog').is_visible()
    page.set_viewport_size(website.PHONE)
    page.locator('.search-button__button:visible').first.click()
    assert page.evaluate(website.OVERFLOW) <= 0
    field.fill('权重衰减')
    page.keyboard.press('Enter')
    page.wait_for_url('**/ch3_mlp/weight-decay.html*')
    assert not page.get_by_role('dialog').is_visible()


@NEED_CHROMIUM
def test_the_search_page_takes_its_query_from_the_address(browser, html):
    page = browser.new_page()
    page.goto((html / 'search.html').as_uri() + '?q=广播机制')
    page.get_by_role('option').first.wait_for()
    assert page.get_by_role('combobox').input_value() == '广播机制'
    assert 'ch1_preliminaries/data-operations.html' in page.get_by_role('option').first.get_attribute('href')
    page.get_by_role('combobox').fill('魑魅魍魉')
    page.get_by_text('没有找到').wait_for()
    page.get_by_role('combobox').fill('<img src=x>')
    assert page.locator('#book-search-page img').count() == 0


@NEED_CHROMIUM
def test_without_scripts_there_is_no_search_button_and_the_page_says_why(browser, html):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((html / 'search.html').as_uri())
    assert '搜索要用浏览器的脚本' in page.inner_text('main')
    assert page.locator('.search-button__button:visible').count() == 0


HEAVY = ('index', 'ch2_linear/softmax-regression-scratch', 'ch3_mlp/weight-decay',
         'ch2_linear/softmax-regression-basics', 'search')


@NEED_CHROMIUM
def test_the_first_load_is_light_and_nothing_is_forbidden(html):
    """首页、两页、最重的一页和搜索的一页，经压缩的服务器；全部的页由 make test-site 看。"""
    # 另一个进程：同一个进程里不能开两个 Playwright。
    done = subprocess.run([sys.executable, '-m', 'tests.weight', *HEAVY], cwd=ROOT, text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr


@NEED_CHROMIUM
def test_everything_works_under_the_policy(browser, html):
    """从磁盘上打开：检索、复制、明暗、提示框、菜单、打印、折叠、左右键，没有一样被拦下。"""
    page = browser.new_context(viewport=website.WIDE).new_page()
    page.add_init_script(served.WATCH + 'globalThis.print = () => { globalThis.printed = true; };')
    page.goto((html / 'ch2_linear' / 'softmax-regression-scratch.html').as_uri())
    page.get_by_role('button', name='复制').first.click()
    page.locator('.copybtn.success').first.wait_for()
    page.get_by_role('button', name='明暗').click()
    page.get_by_role('button', name='全文').click()
    page.locator('summary', has_text='解答').first.click()
    page.get_by_role('button', name='下载这一页').click()
    page.locator('.dropdown-menu.show').wait_for()
    if page.locator('[data-print]').count():
        page.locator('[data-print]').first.click()
        assert page.evaluate('printed')
    page.locator('button.primary-toggle').hover()
    page.locator('.tooltip').wait_for()
    page.keyboard.press('/')
    page.keyboard.insert_text('dropout')
    page.get_by_role('option').first.wait_for()
    page.keyboard.press('Escape')
    assert page.evaluate('violations') == []
    page.evaluate("setTimeout('globalThis.evil = 1')")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"top: 0\">')")
    wait_for(page, 'violations.length >= 2')
    page.evaluate('document.activeElement.blur()')
    page.keyboard.press('ArrowRight')
    page.wait_for_url('**/softmax-regression-concise.html')


def test_every_page_has_one_heading_its_own_description_and_no_inline_code(html):
    told = {}
    for path in sorted(html.rglob('*.html')):
        text, name = path.read_text(encoding='utf-8'), path.relative_to(html).as_posix()
        assert text.count('<h1') == 1 and '<html lang="zh-CN"' in text, name
        assert 'http-equiv="Content-Security-Policy"' in text.partition('<title>')[0], name
        tags = re.findall(r'<[a-zA-Z][^<>]*>', text)
        assert [tag for tag in tags if re.search(r'\s(?:style|on[a-z]+)="', tag)] == [], name
        outside = [tag for tag in tags if re.match(r'<a\b[^>]*href="https?:', tag)]
        assert all(re.search(r'rel="noopener', tag) for tag in outside), name
        described = re.search(r'<meta name="description" content="([^"]+)"', text)[1]
        told.setdefault(described, []).append(name)
        told.setdefault(re.search('<title>(.*?)</title>', text)[1], []).append(name)
        assert all(f'<meta property="og:{part}" content="' in text for part in ('title', 'description')), name
    assert {text: names for text, names in told.items() if len(names) > 1} == {}


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


def test_headings_have_speaking_anchors_and_only_titles_have_numbers(html):
    """锚点由标题的文字得出，同一页里没有两个相同的。"""
    section = re.compile(r'<section[^>]* id="([^"]*)">(?:\s*<span id="[^"]*"></span>)*\s*<h\d>(.*?)'
                         r'<a class="headerlink"', re.S)
    for page in pages():
        text = (html / f'{page.key}.html').read_text(encoding='utf-8')
        ids = re.findall(r'\sid="([^"]*)"', text)
        assert {name for name in ids if ids.count(name) > 1} == set(), page.key
        found = section.findall(text)
        assert len(found) == len(re.findall('<section', text)), page.key
        for anchor, heading in found:
            told = re.sub(r'<span class="(math|section-number).*?</span>', '', heading, flags=re.S)
            slug = default_slugify(entities.unescape(re.sub('<[^>]*>', '', told)))
            assert re.sub(r'-\d+$', '', anchor) == re.sub(r'-\d+$', '', slug) != '', (page.key, heading)
        numbers = re.findall('"section-number">', text.partition('<article')[2].partition('</article>')[0])
        assert len(numbers) == bool(page.number), page.key


def test_the_index_of_figures_gives_the_numbers_of_the_site(html):
    shown = [number for page in pages() for number in re.findall(
        r'class="caption-number">图 ([\d.]+)', (html / f'{page.key}.html').read_text(encoding='utf-8'))]
    assert shown == [figure.number for figure in figures.figures()] and shown


def test_html_names_no_other_host(html):
    """网页、样式和脚本里没有从别处装载东西的地址。"""
    found = {path.relative_to(html).as_posix(): match.group()
             for suffix in ('*.html', '*.css') for path in html.rglob(suffix)
             if (match := LOADING.search(path.read_text(encoding='utf-8')))}
    assert found == {}
