"""网站人人能用：界面上没有英文；宽的东西在框里滚动；键盘够用；没有脚本也能读；封面的按钮和卡片。"""
import json
import re

import pytest

from tests.books import cell, manuscript, write_site
from tests.website import NEED_CHROMIUM, OVERFLOW, wait_for
from tools import book, dist, front_matter, site

# 中文里照写的名字和键。
NAMES = {'MXNet', 'GitHub', 'Colab', 'Kaggle', 'DSW', 'JupyterLab', 'PDF', 'pdf', 'ipynb', 'Ctrl', 'CC', 'BY',
         'SA', 'Apache', 'JavaScript'}
# 页面的外围：看得见的字，和给读屏软件、提示框的字；正文里只看标题的链接、按钮和折叠的标题。
CHROME = """() => {
  const words = [], names = ['title', 'aria-label', 'alt', 'placeholder', 'data-tooltip', 'data-bs-title',
    'data-bs-original-title'];
  const article = document.querySelector('article.bd-article') ?? document.createElement('article');
  const outside = [...document.body.querySelectorAll('*')].filter((node) => !article.contains(node));
  const inside = [...article.querySelectorAll('button, button *, summary, summary *')];
  const skipped = 'script, style, noscript, .toctree-l1 *, .nav-link:not(button), .prev-next-title, '
    + '#jb-print-docs-body h1';
  outside.concat(inside).filter((node) => !node.matches(skipped)).forEach((node) => {
    names.forEach((name) => words.push(node.getAttribute(name)));
    node.childNodes.forEach((child) => child.nodeType === 3 && words.push(child.data));
  });
  article.querySelectorAll('.headerlink').forEach((link) => words.push(link.title));
  article.querySelectorAll('[aria-label]').forEach((node) => words.push(node.ariaLabel));
  document.querySelectorAll('head link[title]').forEach((link) => words.push(link.title));
  return words.filter(Boolean).map((text) => text.trim()).filter(Boolean);
}"""
WIDE = 'x' * 300
PAGE = manuscript(
    f'# 一\n\n一段话。\n\n$$\n{"+".join(["x"] * 90)}\n$$\n',
    '| | 甲 | 乙 |\n|---|---|---|\n| 一 | ' + '`' + WIDE + '` | 二 |\n',
    cell(f"'{WIDE}'"), cell('1', ':tags: [hide-input]\n'),
    '## 深（选读）\n\n说它讲什么。\n', cell('depth = 1'),
    '## 练习\n\n1. 一问？\n\n<details>\n<summary>解答</summary>\n\n答。\n\n</details>\n')
HOME = manuscript('# 书\n\n说它是什么。\n\n- [开始阅读](ch1_start/index.ipynb)\n'
                  '- [在云端运行](ch1_start/install.ipynb)\n\n'
                  '## 目录\n\n- [1 章](ch1_start/index.ipynb)：讲头一件事。主线约 1 小时。\n'
                  '  - [1.1 一](ch1_start/first.ipynb)\n')
PICTURE = ('<svg xmlns="http://www.w3.org/2000/svg" width="900" height="80">'
           '<text x="9" y="40">宽图</text></svg>')
TABLE = '<table class="dataframe"><tr><th></th><th>价</th></tr><tr><td>1</td><td>2</td></tr></table>'


@pytest.fixture(scope='module')
def html(tmp_path_factory):
    """一个小网站：一页里有宽的公式、表、代码、图和空的表头。"""
    root = tmp_path_factory.mktemp('book')
    write_site(root, index=HOME, ch1_start__index=manuscript('# 章\n'), ch1_start__first=PAGE,
               ch1_start__install=manuscript('# 安装\n\n## 在云端（试过）\n\n一段话。\n'))
    path = root / 'notebooks' / 'ch1_start' / 'first.ipynb'
    notebook = json.loads(path.read_text(encoding='utf-8'))
    code = [each for each in notebook['cells'] if each['cell_type'] == 'code']
    for each, kind, data in ((code[0], 'image/svg+xml', PICTURE), (code[1], 'text/html', TABLE)):
        each['outputs'] = [{'output_type': 'display_data', 'metadata': {}, 'data': {kind: data}}]
    path.write_text(json.dumps(notebook), encoding='utf-8')
    (root / '_build' / 'download').mkdir(parents=True)
    (root / '_build' / 'download' / 'book.pdf').write_bytes(b'%PDF-1.7')
    site.build(root)
    return root / '_build' / 'html'


@pytest.fixture
def visit(browser, html):
    """打开小网站的一页：`visit(名字, 新页的选项…)`。"""
    contexts = []

    def go(name, **options):
        contexts.append(browser.new_context(locale='zh-CN', **options))
        page = contexts[-1].new_page()
        page.goto((html / f'{name}.html').as_uri())
        return page
    yield go
    for context in contexts:
        context.close()


@NEED_CHROMIUM
@pytest.mark.parametrize('name', ['index', 'ch1_start/first', 'search', 'genindex'])
def test_the_interface_is_in_chinese(visit, name):
    page = visit(name)
    page.wait_for_timeout(500)  # 提示框和复制按钮是脚本加的
    words = page.evaluate(CHROME)
    assert len(words) > 20
    english = {text for text in words if set(re.findall(r'[A-Za-z]{2,}', text)) - NAMES}
    assert english == set()
    assert not re.search('列印|檔|視|連結|這|检索', ''.join(words))


@NEED_CHROMIUM
def test_wide_things_scroll_in_their_box_and_by_keyboard(visit):
    """公式、表、代码和图都比手机宽：页面不横着滚动，框能用键盘滚动，有名字；图没有缩小。"""
    page = visit('ch1_start/first', viewport={'width': 360, 'height': 800})
    page.wait_for_selector('[data-wide]')
    page.wait_for_timeout(300)
    assert page.evaluate(OVERFLOW) <= 0
    boxes = page.eval_on_selector_all(
        '[data-wide]', 'boxes => boxes.map((box) => `${box.tabIndex} ${box.ariaLabel}`)')
    assert {f'0 {name}，可以左右滚动' for name in ('公式', '表格', '代码', '插图')} <= set(boxes)
    assert page.eval_on_selector('.picture img', 'image => image.clientWidth') == 900
    box = page.locator('.picture')
    box.focus()
    page.keyboard.press('ArrowRight')
    wait_for(page, "document.querySelector('.picture').scrollLeft > 0")
    page.set_viewport_size({'width': 2400, 'height': 800})
    wait_for(page, "!document.querySelector('.picture').hasAttribute('tabindex')")
    assert page.locator('th').all_text_contents() == ['甲', '乙', '价']


@NEED_CHROMIUM
def test_the_keyboard_is_enough(visit):
    """Tab 走得到、回车按得动：跳到正文，主线和全文，折叠的代码和解答，复制。"""
    page = visit('ch1_start/first', viewport={'width': 1280, 'height': 800})
    page.wait_for_selector('.copybtn')
    page.keyboard.press('Tab')
    assert page.evaluate('document.activeElement.textContent') == '跳到正文'
    reached = []
    for _ in range(60):
        page.keyboard.press('Tab')
        reached.append(page.evaluate('document.activeElement.innerText || document.activeElement.className'))
        if page.evaluate("document.activeElement.value === 'all' || document.activeElement.matches('summary')"
                         "&& !document.activeElement.parentElement.open"):
            page.keyboard.press('Enter')
    assert page.eval_on_selector_all('article details', 'all => all.map((each) => each.open)') == [True] * 3
    assert {'主线', '全文', '展开代码', '解答'} <= {text.strip() for text in reached}
    assert page.get_by_role('button', name='复制').count() == page.locator('.copybtn').count() > 0


@NEED_CHROMIUM
@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_wherever_tab_stops_one_sees_it(visit, scheme):
    """一站一站走完全页：每一站都看得见，有框或阴影标出它，与没有走到时不同；没有走不出去的地方。"""
    page = visit('ch1_start/first', viewport={'width': 1280, 'height': 800}, color_scheme=scheme)
    page.wait_for_selector('.copybtn')
    unseen, stops = [], []
    for _ in range(120):
        page.keyboard.press('Tab')
        told = page.evaluate(STOP)
        if told is None:
            break
        stops.append(told[0])
        unseen += [told] if told[1:] != [True, True] else []
    assert unseen == [] and len(stops) > 20


# 现在的一站：[是什么, 看得见吗, 样子与没有走到时不同吗]；不在页里就是 null。
STOP = """async () => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const settle = () => Promise.all(document.getAnimations().map((one) => one.finished));
  // 目录里的箭头在没有高度的 summary 里。
  const shown = node.offsetHeight || node.matches('a') ? node : node.firstElementChild;
  const look = () => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(shown);
    return [outlineStyle === 'none' ? '' : outlineWidth + outlineColor, boxShadow].join();
  };
  await settle();
  const box = shown.getBoundingClientRect();
  const seen = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
    && shown.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const now = look();
  node.blur();
  await settle();
  const before = look();
  node.focus({ focusVisible: true });
  return [node.outerHTML.slice(0, 120), seen, now !== before];
}"""


@NEED_CHROMIUM
def test_theme_and_sidebar_by_keyboard(visit):
    """回车换明暗；手机上回车打开侧栏，走得到目录，Esc 关上，回到按钮。"""
    page = visit('ch1_start/first', viewport={'width': 1280, 'height': 800}, color_scheme='light')
    themes = []
    for _ in range(3):
        page.locator('.theme-switch-button:visible').first.press('Enter')
        themes.append(page.locator('html').get_attribute('data-theme'))
    assert set(themes) == {'light', 'dark'}
    page.set_viewport_size({'width': 360, 'height': 800})
    button = page.get_by_role('button', name='全书目录')
    button.press('Enter')
    link = page.get_by_role('link', name='1.1 一').filter(visible=True).first
    link.wait_for()
    for _ in range(30):
        page.keyboard.press('Tab')
        if link.evaluate('link => link === document.activeElement'):
            break
    assert link.evaluate('link => link === document.activeElement')
    page.keyboard.press('Escape')
    wait_for(page, "document.activeElement.matches('.primary-toggle')")
    assert page.locator('dialog[open]').count() == 0


@NEED_CHROMIUM
def test_figures_in_the_dark_have_one_frame(visit):
    """深色时图衬白底，没有主题另加的边，外面的框也没有颜色。"""
    page = visit('ch1_start/first', color_scheme='dark')
    page.wait_for_selector('html[data-theme=dark]')
    image, *around = page.eval_on_selector('.picture img', """(image) => {
      const told = [];
      for (let node = image; !node.matches('.cell'); node = node.parentElement) {
        const { backgroundColor, padding, borderTopWidth } = getComputedStyle(node);
        told.push(node === image ? [backgroundColor, padding, borderTopWidth] : backgroundColor);
      }
      return told; }""")
    assert image == ['rgb(255, 255, 255)', '0px', '0px']
    assert set(around) == {'rgba(0, 0, 0, 0)'}


@NEED_CHROMIUM
@pytest.mark.parametrize('width', [1280, 360])
def test_without_scripts_the_page_is_complete_and_readable(visit, width):
    """系统是深色的，浏览器没有脚本：代码的字与底看得清，公式、图、折叠和目录都在。"""
    page = visit('ch1_start/first', java_script_enabled=False, color_scheme='dark',
                 viewport={'width': width, 'height': 800})
    assert page.evaluate(OVERFLOW) <= 0
    ink, paper = page.eval_on_selector('.cell_input pre .s1', """(node) => {
      const paper = getComputedStyle(node.closest('.highlight')).backgroundColor;
      return [getComputedStyle(node).color, paper].map((color) => color.match(/[\\d.]+/g).map(Number)); }""")
    assert luminance(paper) > 0.9 and luminance(ink) < 0.2
    for selector in ('.math svg', '.picture img', 'details.depth[open] pre', 'nav.bd-docs-nav a >> nth=1'):
        assert page.locator(selector).first.is_visible(), selector
    page.locator('summary', has_text='解答').click()
    assert page.get_by_text('答。', exact=True).is_visible()


def luminance(color):
    """sRGB 颜色的相对亮度（WCAG）。"""
    parts = [value / 255 for value in color[:3]]
    red, green, blue = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
                        for value in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@NEED_CHROMIUM
def test_the_cover_has_actions_and_cards(visit, html):
    """云端的按钮到安装页说云端的一节；做好了的才有“下载”；一章一张卡片。"""
    page = visit('index')
    actions = page.eval_on_selector_all('.actions a', "all => all.map((link) => [link.textContent, "
                                        "decodeURIComponent(link.getAttribute('href'))])")
    assert [text for text, _ in actions] == ['开始阅读', '在云端运行', '下载 PDF（1 MB）']
    cloud, download = actions[1][1], actions[2][1]
    assert re.fullmatch(r'ch1_start/install\.html#.+', cloud)
    assert (html / download).read_bytes() == b'%PDF-1.7'
    packed = dict(dist.site_contents(html.parent.parent))
    assert 'index.html' in packed and not [name for name, body in packed.items()
                                           if name.startswith('download/') or b'download/' in body]
    page.goto((html / cloud.partition('#')[0]).as_uri() + '#' + cloud.partition('#')[2])
    assert page.locator(':target').inner_text().startswith('在云端')
    page.goto((html / 'index.html').as_uri())
    card = page.locator('.cards > li')
    assert card.count() == 1 and card.locator('svg').is_visible()
    assert card.locator('a').first.inner_text() == '1 章'
    assert '讲头一件事。主线约 1 小时。' in card.inner_text()
    assert not card.get_by_text('1.1 一').is_visible()
    card.locator('summary').click()
    assert card.get_by_text('1.1 一').is_visible()
    logo = page.locator('.navbar-brand')
    assert logo.inner_text() == '动手学深度学习（MXNet 实跑版）' and logo.locator('img:visible').count() == 1
    assert page.locator('#pst-primary-sidebar').inner_text().count('动手学深度学习') == 1


def test_the_sentence_of_a_chapter_stays_and_a_missing_one_is_told(tmp_path):
    write_site(tmp_path, index=HOME, ch1_start__index=manuscript('# 章\n'),
               ch1_start__first=manuscript('# 一\n'))
    front_matter.write(tmp_path)
    home = tmp_path / 'book' / 'index.md'
    assert '- [1 章](ch1_start/index.ipynb)：讲头一件事。\n  - [1.1 一]' in home.read_text(encoding='utf-8')
    assert front_matter.check(tmp_path) == []
    home.write_text(home.read_text(encoding='utf-8').replace('：讲头一件事。', ''), encoding='utf-8')
    assert '第 1 章没有说它讲什么' in front_matter.check(tmp_path)[-1].text


def test_the_author_is_the_same_everywhere():
    """网站的作者和版权与 CITATION.cff 一致。"""
    citation = (book.ROOT / 'CITATION.cff').read_text(encoding='utf-8')
    config = (book.ROOT / '_config.yml').read_text(encoding='utf-8')
    author, year = re.search(r'- name: (.+)', citation)[1], re.search(r'date-released: (\d+)', citation)[1]
    assert f'\nauthor: {author}\n' in config and f'\ncopyright: {year} {author}\n' in config


def test_new_downloads_change_only_the_home_page(html):
    root, other = html.parent.parent, html / 'ch1_start' / 'first.html'
    before = other.stat().st_mtime_ns
    (root / '_build' / 'download' / 'd2l-site.zip').write_bytes(b'PK')
    site.build(root)
    assert '下载整书网站（1 MB）' in (html / 'index.html').read_text(encoding='utf-8')
    assert (html / 'download' / 'd2l-site.zip').exists() and other.stat().st_mtime_ns == before
    (root / '_build' / 'download' / 'd2l-site.zip').unlink()
    site.build(root)
    assert '整书网站' not in (html / 'index.html').read_text(encoding='utf-8')
    assert not (html / 'download' / 'd2l-site.zip').exists()
