"""页顶上“在云端打开”的按钮：地址出自 tools/addresses.py，没有设地址就没有按钮。"""
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from tools import addresses, book


class Buttons:
    """`links` 是 {Sphinx 的页名: [(云端的名字, 地址)]}，只有有代码的页。"""

    def __init__(self) -> None:
        self.links: dict[str, list[tuple[str, str]]] = {}

    def read(self, app: Sphinx) -> None:
        """开始时：有代码的页各能在哪里打开。"""
        root = Path(app.srcdir).parent
        known = addresses.read(root)
        self.links = {page.key: known.buttons(page.key) for page in book.pages(root) if page.cells('code')}

    def add(self, app: Sphinx, name: str, template: str, context: dict, doctree: nodes.document) -> None:
        """写一页时：把按钮放在主题那一排的最前面。"""
        links = [{'type': 'link', 'text': service, 'url': address, 'tooltip': f'在云端打开这一页：{service}'}
                 for service, address in self.links.get(name, [])]
        if links:
            context['header_buttons'].insert(0, {
                'type': 'group', 'tooltip': '在云端打开', 'icon': 'fas fa-rocket',
                'label': 'launch-buttons', 'buttons': links})


def setup(app: Sphinx) -> None:
    buttons = Buttons()
    app.connect('builder-inited', buttons.read)
    # 主题在 500 清空那一排，在 501 放进它自己的。
    app.connect('html-page-context', buttons.add, priority=502)
