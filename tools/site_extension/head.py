"""每页的 head：一句话的说明，分享时的卡片；设了网站的地址，还有本页的地址和全站的 sitemap.xml。

说明是正文的第一段。404.html 是找不到网页时看到的；robots.txt 说哪里都可以收录。
"""
import html
import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from tools import addresses
from tools.report import write_whole
from tools.site_extension.search import plain

LONGEST = 150
# 分享时的图：make picture 画的那一张。
CARD = '_static/page.png'
MISSING = '404'
TAG = re.compile(r'<[^>]*>')


def words(node: nodes.Node) -> str:
    """一段里的字，公式写成看得懂的。"""
    if isinstance(node, nodes.math):
        return plain(node.astext()) + node.get('closing', '')
    if isinstance(node, nodes.raw | nodes.comment):
        return ''
    return node.astext() if isinstance(node, nodes.Text) else ''.join(map(words, node.children))


def describe(doctree: nodes.document | None) -> str:
    """一页的第一段，太长的在句子后面截断；没有就是空的。"""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        text = ' '.join(words(paragraph).split())
        if text and isinstance(paragraph.parent, nodes.section):
            if len(text) <= LONGEST:
                return text
            return text[:text.rfind('。', 40, LONGEST) + 1] or f'{text[:LONGEST - 1]}…'
    return ''


def add_tags(app: Sphinx, name: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """写一页时。"""
    book, title = app.config.html_title, html.unescape(TAG.sub('', context.get('title') or ''))
    about = describe(doctree) or (f'{book}：{title}。' if title else book)
    site = app.config.html_baseurl
    shown = {'og:type': 'website' if name == app.config.root_doc else 'article', 'og:site_name': book,
             'og:title': title or book, 'og:description': about, 'og:locale': 'zh_CN'}
    if name == MISSING:
        context['pageurl'] = None
    elif site:
        shown['og:url'] = context['pageurl']
        if has_card(app):
            shown['og:image'] = site + CARD
    tags = [('name', 'description', about), *(('property', key, value) for key, value in shown.items())]
    if name == MISSING:
        tags.append(('name', 'robots', 'noindex'))
    context['metatags'] = context.get('metatags', '') + ''.join(
        f'\n<meta {kind}="{key}" content="{html.escape(value)}">' for kind, key, value in tags)


def has_card(app: Sphinx) -> bool:
    return (Path(app.srcdir).parent / 'docs' / 'page.png').exists()


def prepare(app: Sphinx, config: Config) -> None:
    """网站的地址；找不到网页时的一页。"""
    site = addresses.read(Path(app.srcdir).parent).site
    config.html_baseurl = f'{site}/' if site else ''
    config.html_additional_pages[MISSING] = f'{MISSING}.html'


def write_files(app: Sphinx, error: Exception | None) -> None:
    """写完以后：给搜索引擎的两个文件，分享时的图。"""
    if error:
        return
    site, folder = app.config.html_baseurl, Path(app.outdir)
    robots = 'User-agent: *\nAllow: /\n'
    if site:
        robots += f'Sitemap: {site}sitemap.xml\n'
        pages = ''.join(f'<url><loc>{html.escape(site + app.builder.get_target_uri(name))}</loc></url>\n'
                        for name in sorted(app.env.found_docs))
        write_whole(folder / 'sitemap.xml', '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns='
                    f'"http://www.sitemaps.org/schemas/sitemap/0.9">\n{pages}</urlset>\n')
        if has_card(app):
            shutil.copy(Path(app.srcdir).parent / 'docs' / 'page.png', folder / CARD)
    write_whole(folder / 'robots.txt', robots)


def setup(app: Sphinx) -> None:
    app.connect('config-inited', prepare)
    app.connect('html-page-context', add_tags)
    app.connect('build-finished', write_files)
