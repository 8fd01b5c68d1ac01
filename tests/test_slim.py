"""减轻网站：样式只留用得到的，图标、字形、插图、链接的标记，插图的样子不变，只许装载自己的东西。"""
import base64
import io
import os
import re
from pathlib import Path

import pydata_sphinx_theme
import pytest
from PIL import Image

from tests.books import manuscript, write_site
from tests.served import Load, launch, serve
from tests.website import NEED_CHROMIUM
from tools import site, slim
from tools.report import UserError
from tools.slim import markup, pictures, policy, styles


def used(html, tmp_path, script=''):
    path = tmp_path / 'x.js'
    path.write_text(script, encoding='utf-8')
    return styles.Used([html], [path])


@pytest.mark.parametrize('rule, kept', [
    ('.a{color:red}', True),
    ('.b{color:red}', False),
    ('#i .a>p{color:red}', True),
    ('#j .a{color:red}', False),
    ('.b,.a{color:red}', '.a{color:red}'),
    ('.a:not(.b,.c):hover::after{content:"}"}', True),
    ('section.a{color:red}', False),
    ('.made{color:red}', True),
    ('[data-x=".b"] .a{color:red}', True),
    ('@media print{.a{color:red}.b{color:red}}', '@media print{.a{color:red}}'),
    ('@media print{.b{color:red}}', False),
    ('@keyframes k{from{top:0}to{top:1px}}', True),
    ('@font-face{font-family:"Font Awesome 6 Free"}', False),
    ('@font-face{font-family:X}', True),
    ('html,:root{color:red}', True),
    (r'.a\:b{color:red}', False),
    ('.a{--used:1;--unused:2;top:var(--used)}', '.a{--used:1;top:var(--used)}'),
    ('.a{--x:var(--y);--y:1}', False),
    ('.a{}', False),
    ('.a{background:url("data:image/svg+xml;x,{.b}")}', True)])
def test_only_rules_that_can_match_stay(tmp_path, rule, kept):
    names = used('<div id="i" class="a"><p></p></div>', tmp_path, 'element.className = "made"')
    found = styles.drop_variables(styles.purge(rule, names), '').replace('\n', '')
    assert found == (rule if kept is True else kept or '')


def test_sheets_become_one_and_inline_styles_still_win(tmp_path):
    (tmp_path / '_static' / 'deep').mkdir(parents=True)
    (tmp_path / '_static' / 'base.css').write_text('/* 说明 */ .a{color:red}', encoding='utf-8')
    (tmp_path / '_static' / 'deep' / 'x.css').write_text(
        '/*! 许可 */@charset "UTF-8";@import "../base.css";.a{background:url(../i.png)}', encoding='utf-8')
    (tmp_path / '_static' / 'print.css').write_text('.a{color:#000}', encoding='utf-8')
    text = styles.bundle(tmp_path, (('_static/deep/x.css', ''), ('_static/print.css', 'print')),
                         {'s1': 'top: 0; left: 1px;'}, used('<p class="a">', tmp_path))
    assert text == ('/*! 许可 */\n.a{color:red}\n.a{background:url(i.png)}\n@media print{.a{color:#000}\n}\n'
                    '.s1{top: 0!important;left: 1px!important}\n')


@pytest.fixture
def icons(tmp_path):
    path = tmp_path / 'fontawesome.js'
    path.write_text('x={bars:[448,512,["navicon"],"f0c9","M0 1z"],'
                    '"arrow-up":[384,512,[8593],"f062","M2 3z"]}', encoding='utf-8')
    return markup.Icons(path)


def lighten(text, icons, folder=Path()):
    classes = {}
    return markup.lighten(text, icons, folder, classes, {'n', 'p'}), classes


def test_icons_are_drawn_in_the_page(icons):
    found, _ = lighten('<i class="theme-switch fa-solid fa-arrow-up   fa-lg" data-mode="dark"></i>', icons)
    assert found == ('<svg class="svg-inline--fa theme-switch fa-arrow-up fa-lg" aria-hidden="true" '
                     'data-mode="dark" viewBox="0 0 384 512"><path fill="currentColor" d="M2 3z"/></svg>')
    assert 'M0 1z' in lighten('<span class="fa-solid fa-bars"></span>', icons)[0]
    with pytest.raises(UserError, match='图标 nosuch'):
        lighten('<i class="fas fa-nosuch"></i>', icons)


def test_a_glyph_is_written_once(icons):
    twice, once = '<path data-c="41" d="M1"></path>', '<path data-c="42" d="M2" transform="scale(2)"></path>'
    moved = '<path data-c="41" d="M1" transform="translate(3)"></path>'
    found, _ = lighten(f'<body class="x"><p>{twice}{once}{moved}</p>', icons)
    assert found == ('<body class="x"><svg class="glyphs" aria-hidden="true"><defs>'
                     '<path id="g0" d="M1"/></defs></svg>'
                     f'<p><use href="#g0"/>{once}<use href="#g0" transform="translate(3)"/></p>')


def test_styles_handlers_and_outside_links(icons):
    found, classes = lighten('<td style="top: 0"><p class="a" id="i" style="left: 0">x</p>', icons)
    first, second = classes
    assert classes == {first: 'top: 0', second: 'left: 0'}
    assert found == f'<td class="{first}"><p class="a {second}" id="i">x</p>'
    found, _ = lighten('<button onclick="window.print()"></button><a href="https://x.org">x</a>'
                       '<a rel="x" href="http://x.org">x</a><a href="x.html">x</a>', icons)
    assert found == ('<button data-print></button><a href="https://x.org" rel="noopener">x</a>'
                     '<a rel="noopener x" href="http://x.org">x</a><a href="x.html">x</a>')


def test_code_is_wrapped_only_where_its_colour_differs(icons):
    css = ''.join(f'{theme} .highlight {{ background: #fff; color: {around} }}\n'
                  f'{theme} .highlight .n {{ color: {around} }} /* Name */\n'
                  f'{theme} .highlight .o {{ color: {other} }}\n.x .y {{ color: {around} }}\n'
                  f'{theme} .highlight .b {{ color: {around}; font-weight: bold }}\n'
                  for theme, around, other in (('html.a', '#000', '#000'), ('html.b', '#111', '#222')))
    assert styles.plain(css) == {'n'}
    code = '<pre><a><span class="n">x</span></a> <span class="o">+</span><span class="p">(</span></pre>'
    assert lighten(code, icons)[0] == '<pre><a>x</a> <span class="o">+</span>(</pre>'


def test_code_keeps_its_blank_lines(icons):
    assert lighten('<p>\n\n\n</p><pre>a\n\n  b</pre>', icons)[0] == '<p>\n</p><pre>a\n\n  b</pre>'


def picture(mode, size=(8, 8), colour=None):
    image = Image.new(mode, size, colour)
    image.putpixel((1, 2), 200 if mode == 'L' else (200, 200, 200, 255)[:len(mode)])
    return image


def embedded(image):
    stream = io.BytesIO()
    image.save(stream, 'PNG')
    return f'data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}'


@pytest.mark.parametrize('image', [
    picture('RGBA', (64, 64), (9, 9, 9, 255)), picture('RGBA', (64, 64), (9, 80, 9, 255)),
    picture('RGBA', (64, 64), (9, 80, 9, 77)), picture('RGB', (64, 64), (1, 2, 3)),
    Image.frombytes('RGB', (64, 64), os.urandom(64 * 64 * 3)), picture('L', (64, 64), 7)])
def test_a_repacked_picture_has_the_same_pixels(image):
    text = slim.pictures.slim(f'<svg><image href="{embedded(image)}"/></svg>')
    data = base64.b64decode(re.search('base64,([^"]*)', text)[1])
    again = Image.open(io.BytesIO(data))
    assert again.convert('RGBA').tobytes() == image.convert('RGBA').tobytes()
    assert len(text) <= len(embedded(image)) + len('<svg><image href=""/></svg>\n')


def test_a_picture_loses_only_what_is_not_seen(tmp_path, icons):
    path = tmp_path / 'x y.svg'
    path.write_text('<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg xmlns="x" width="44.4pt" height="20">\n'
                    ' <!-- x -->\n <metadata>\n <a/></metadata>\n'
                    ' <path d="M 0 1 \nL 2 -3 \nz\n" style="fill: red; stroke: none"/>\n'
                    ' <text x="1">a  b</text>\n</svg>\n', encoding='utf-8')
    assert pictures.slim(path.read_text(encoding='utf-8')) == (
        '<svg xmlns="x" width="44.4pt" height="20"><path d="M0 1L2 -3z" style="fill:red;stroke:none"/>'
        '<text x="1">a  b</text></svg>\n')
    picture('RGB', (30, 20)).save(tmp_path / 'photo.png')
    found, _ = lighten('<img alt="图" src="photo.png"><img src="nowhere.png">', icons, tmp_path)
    assert found == ('<img alt="图" src="photo.png" loading="lazy" decoding="async" width="30" height="20">'
                     '<img src="nowhere.png">')
    found, _ = lighten('<img alt="图" src="x%20y.svg" />', icons, tmp_path)
    assert found == '<img alt="图" src="x%20y.svg" loading="lazy" decoding="async" width="59" height="20">'


def test_what_is_written_in_the_page_is_allowed_by_its_hash():
    text = policy.protect('<meta charset="utf-8" /><style>a{}</style><script>1</script>'
                          '<script src="x.js"></script>')
    told = re.search('content="([^"]*)"', text)[1]
    digest = "'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='"
    assert f"script-src 'self' {digest};" in told and told.count('sha256') == 2


def test_the_theme_leaves_scrolling_by_keyboard_to_the_book():
    """主题的脚本换了写法，这里就失败：要重新找到它的那一段。"""
    theme = Path(pydata_sphinx_theme.__file__).parent / 'theme' / 'pydata_sphinx_theme'
    scripts, name = theme / 'static' / 'scripts', 'pydata-sphinx-theme.js'
    assert len(slim.TAB_STOPS.findall((scripts / name).read_text(encoding='utf-8'))) == 1
    text = slim.join(scripts, (name,))
    assert text.count('{return;const ') == 1
    assert '.pst-scrollable-table-container' in text.partition('{return;const ')[2][:250]


@pytest.fixture(scope='module')
def html(tmp_path_factory):
    """一个小网站，设了地址。"""
    root = tmp_path_factory.mktemp('book')
    write_site(root, index=manuscript('# 书\n\n说它是“什么”。\n'), ch1_start__index=manuscript('# 章\n'),
               ch1_start__first=manuscript('# 一\n\n- 不是\n\n头一段，$x^2$。' + '长句。' * 60 + '\n'))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('D2L_SITE', 'https://example.org/书/')
        site.build(root)
    return root / '_build' / 'html'


def meta(text):
    return dict(re.findall(r'<meta (?:name|property)="([^"]*)" content="([^"]*)"', text))


def test_search_engines_and_cards_are_told(html):
    told = meta((html / 'ch1_start' / 'first.html').read_text(encoding='utf-8'))
    assert told['description'].startswith('头一段，x^2。长句。') and told['description'].endswith('长句。')
    assert len(told['description']) <= 150 and told['description'] == told['og:description']
    assert told['og:title'] == '1.1 一' and told['og:url'] == 'https://example.org/书/ch1_start/first.html'
    text = (html / 'index.html').read_text(encoding='utf-8')
    assert meta(text)['description'] == '说它是“什么”。' and meta(text)['og:type'] == 'website'
    assert '<link rel="canonical" href="https://example.org/书/index.html"' in text
    listed = re.findall('<loc>(.*?)</loc>', (html / 'sitemap.xml').read_text(encoding='utf-8'))
    assert listed == [f'https://example.org/书/{name}.html'
                      for name in ('ch1_start/first', 'ch1_start/index', 'index')]
    assert 'Sitemap: https://example.org/书/sitemap.xml' in (html / 'robots.txt').read_text(encoding='utf-8')


def test_a_missing_page_is_told_in_chinese_and_its_links_work_at_any_depth(html):
    text = (html / '404.html').read_text(encoding='utf-8')
    assert '没有这一页' in text and meta(text)['robots'] == 'noindex'
    links = re.findall(r'\b(?:src|href)="([^"]*)"', text)
    assert len(links) > 8
    assert [link for link in links if not link.startswith(('#', '/书/', 'https://example.org/'))] == []
    assert all((html / link.removeprefix('/书/').partition('?')[0]).exists()
               for link in links if link.startswith('/书/'))


def test_only_what_is_used_is_in_the_site(html):
    names = {path.relative_to(html).as_posix() for path in html.rglob('*') if path.is_file()}
    assert {path for path in names if path.startswith('_static/')} == {
        '_static/book.css', '_static/book.js', '_static/logo.svg', '_static/search-engine.js',
        '_static/search-index.js'} | {name for name in names if name == '_static/file.png'}
    assert not [name for name in names if name.endswith(('.map', '.ttf', '.woff2', '.mo', '.po'))]


@NEED_CHROMIUM
def test_a_heavy_page_and_a_forbidden_thing_are_seen(html, tmp_path):
    """量字节和毛病的办法量得到。"""
    from playwright.sync_api import sync_playwright

    body = base64.b64encode(os.urandom(60_000)).decode()
    text = f'<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><p style="top:0">{body}'
    (tmp_path / 'index.html').write_text(policy.protect(text), encoding='utf-8')
    with sync_playwright() as playwright, serve(tmp_path) as address:
        browser = launch(playwright)
        load = Load(browser, f'{address}/index.html')
        browser.close()
    assert 58_000 < load.first < 64_000 and load.first == load.all
    assert any('style-src-attr' in fault for fault in load.faults)
