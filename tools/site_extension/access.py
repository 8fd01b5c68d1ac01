"""人人能用：插图放进能横向滚动的框；给读屏软件的名字；表头里的空格。键盘滚动是 static/access.js。"""
import re

from docutils import nodes
from sphinx.application import Sphinx

# 主题写的标记 → 改好的：侧栏是一个区域，目录里的箭头有名字，折叠代码的、搜索的按钮，名字就是它显示的字。
MARKUP = {
    '<div id="pst-primary-sidebar"': '<div id="pst-primary-sidebar" role="complementary" aria-label="侧栏"',
    '<summary><span class="toctree-toggle"':
        '<summary aria-label="展开或收起各节"><span class="toctree-toggle"',
    '<summary aria-label="Toggle hidden content">': '<summary>',
    'search-button-field search-button__button pst-js-only" title="搜索" aria-label="搜索"':
        'search-button-field search-button__button pst-js-only" title="搜索"',
}
EMPTY_HEADER = re.compile(r'<th(?P<more>[^>]*)>\s*(?:<p>\s*</p>)?\s*</th>')

# 明暗按钮里三个图标各自的名字：与按钮的名字不同，读屏软件会念两遍。
ICON_NAME = re.compile(r'(<i class="theme-switch [^>]*?) title="[^"]*"')


def mend(html: str) -> str:
    """改好一页网页；空的表头不是表头，改成普通的格。"""
    for theirs, ours in MARKUP.items():
        html = html.replace(theirs, ours)
    return EMPTY_HEADER.sub(r'<td\g<more>></td>', ICON_NAME.sub(r'\1', html))


def frame(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """写一页之前：单独成块的插图放进一个框，比屏幕宽时在框里横向滚动，字不缩小。"""
    for image in list(doctree.findall(nodes.image)):
        if not isinstance(image.parent, nodes.TextElement):
            box = nodes.container('', classes=['picture'])
            image.replace_self(box)
            box += image
