"""主线与选读：标题下面一行说各要多久；选读的节折叠到标题和第一段，没有脚本时全部展开。

折叠、记住选择、由链接和搜索打开的是 static/reading.js。
"""
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.writers.html5 import HTML5Translator

from tools import book, mainline


class Depth(nodes.General, nodes.Element):
    """一节选读里折叠起来的部分；`told` 是折叠时看得见的字。"""


class Length(nodes.General, nodes.Element):
    """标题下面的一行：主线约几分钟，选读约几分钟，练习几题；有选读的，后面是主线和全文两个按钮。"""


# 没有脚本时不显示，见 templates/layout.html。
SWITCH = ('<span role="group" aria-label="选读的节">'
          + ''.join(f'<button type="button" value="{mode}" aria-pressed="false">{text}</button>'
                    for mode, text in (('main', '主线'), ('all', '全文'))) + '</span>')


def measure(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """读之前：各页有多长，按 Sphinx 的页名。"""
    pages = book.pages(Path(app.srcdir).parent)
    env.__dict__['reading'] = {page.key: mainline.measure(page) for page in pages if page.cells('code')}


def fold(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """写之前：放进那一行，把每节选读的第一段以后的部分包起来。"""
    found = app.env.__dict__['reading'].get(name)
    title = next(iter(doctree.findall(nodes.title)), None)
    if found is None or title is None:
        return
    depths = [(section, heading) for section in doctree.findall(nodes.section)
              if mainline.MARK in (heading := section.next_node(nodes.title).astext())]
    if any(found.parts[part].cells for part in found.parts):
        line = Length('', told=found.line(), switch=SWITCH if depths else '')
        title.parent.insert(title.parent.index(title) + 1, line)
    for section, heading in depths:
        # 标题之后的第一段留在外面，一句话说它讲什么。
        lead = next((index for index, child in enumerate(section) if isinstance(child, nodes.paragraph)), 0)
        amount = found.sections.get(heading)
        minutes = f'，约 {max(1, round(amount.minutes))} 分钟' if amount else ''
        folded = Depth('', *section[lead + 1:], told=f'展开选读{minutes}')
        section[lead + 1:] = [folded]


def visit_depth(translator: HTML5Translator, node: Depth) -> None:
    translator.body.append(f'<details class="depth" open><summary>{node["told"]}</summary>')


def depart_depth(translator: HTML5Translator, node: Depth) -> None:
    translator.body.append('</details>')


def visit_length(translator: HTML5Translator, node: Length) -> None:
    translator.body.append(f'<div class="reading"><span>{node["told"]}</span>{node["switch"]}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_node(Depth, html=(visit_depth, depart_depth))
    app.add_node(Length, html=(visit_length, None))
    app.connect('env-before-read-docs', measure)
    app.connect('doctree-resolved', fold)
    app.add_js_file('reading.js', priority=200)
