"""封面：首页的两张列表，在网站上一张变成按钮，一张变成各章的卡片；笔记本里仍是普通的列表。

按钮是“## 目录”之前每项只有一个链接的列表；卡片是“## 目录”下面的列表，图是 chapters/ 里各章的。
"""
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tools import addresses, book
from tools.site import downloads

ICONS = Path(__file__).with_name('chapters')
# 要下载的是什么；别的只说是哪种文件。
TOLD = {'d2l-site.zip': '整书网站', 'd2l-notebooks.zip': '全部笔记本', 'd2l-book.pdf': ' PDF'}


def look(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """要下载的与上次不同，就重写首页。"""
    old = env.__dict__.get('downloads')
    new = env.__dict__['downloads'] = [(path.name, path.stat().st_size)
                                       for path in downloads(Path(app.srcdir).parent)]
    return [app.config.root_doc] if old != new else []


def make(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """写首页之前。"""
    if name != app.config.root_doc:
        return
    for items in list(doctree.findall(nodes.bullet_list)):
        if isinstance(items.parent, nodes.list_item):
            continue
        if all(isinstance(item[0][0], nodes.reference) and item.astext() == item[0][0].astext()
               for item in items):
            items['classes'].append('actions')
            _add_actions(app, items)
        elif items.parent[0].astext().endswith('目录'):
            items['classes'].append('cards')
            for item in items:
                _make_card(item)


def _add_actions(app: Sphinx, items: nodes.bullet_list) -> None:
    """在云端运行：设了地址就直接打开第一页有代码的，没有就到安装页说云端的一节；有文件才有下载。"""
    root = Path(app.srcdir).parent
    first = next((page.key for page in book.pages(root) if page.number and page.cells('code')), '')
    there = addresses.read(root).buttons(first)
    for link in items.findall(nodes.reference):
        if '云端' in link.astext():
            link['refuri'] = there[0][1] if there else _section(app, link['refuri'], ('云端', 'Colab'))
    for path in downloads(root):
        told = TOLD.get(path.name, f' {path.suffix[1:].upper()}')
        link = nodes.reference('', f'下载{told}（{max(1, round(path.stat().st_size / 1e6))} MB）',
                               refuri=f'download/{path.name}', internal=True)
        items += nodes.list_item('', nodes.paragraph('', '', link))


def _section(app: Sphinx, address: str, words: tuple[str, ...]) -> str:
    """`address` 那一页里标题有 `words` 之一的第一节；没有就是那一页。"""
    page = address.partition('#')[0].removesuffix('.html')
    for link in app.env.tocs[page].findall(nodes.reference) if page in app.env.tocs else ():
        if link['anchorname'] and any(word in link.astext() for word in words):
            return f'{page}.html{link["anchorname"]}'
    return address


def _make_card(item: nodes.list_item) -> None:
    """一章：图、章名、一句话，各节折叠着。"""
    told, link = item[0], next(item[0].findall(nodes.reference))
    icon = ICONS / f'{Path(link["refuri"]).parent.name}.svg'
    drawing = (icon if icon.exists() else ICONS / 'chapter.svg').read_text(encoding='utf-8')
    told.remove(link)
    words = told.astext().lstrip('：，')
    head = nodes.paragraph('', '', nodes.raw('', drawing, format='html'), link, classes=['card-title'])
    inside: list[nodes.Node] = [head, nodes.paragraph('', words)] if words else [head]
    if len(item) > 1:
        inside += [nodes.raw('', '<details><summary>各节</summary>', format='html'), *item[1:],
                   nodes.raw('', '</details>', format='html')]
    item.children = []
    item.extend(inside)


def copy_downloads(app: Sphinx, problem: Exception | None) -> None:
    """写完以后：要下载的放到网站里。"""
    found, folder = downloads(Path(app.srcdir).parent), Path(app.outdir) / 'download'
    if problem is None:
        shutil.rmtree(folder, ignore_errors=True)
    if found and problem is None:
        folder.mkdir()
        for path in found:
            shutil.copy(path, folder)


def setup(app: Sphinx) -> None:
    app.connect('env-get-updated', look)
    app.connect('doctree-resolved', make)
    app.connect('build-finished', copy_downloads)
