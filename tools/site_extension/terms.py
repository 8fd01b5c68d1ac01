"""术语：一页的主线上第一次用到的，链接到术语表的那一行；标题、链接、代码、表和选读里的不算。"""
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from tools import book, figures, mainline, prose

PROSE = (nodes.paragraph, nodes.strong, nodes.emphasis)


def anchor(chinese: str) -> str:
    return f'term-{chinese.replace(" ", "-")}'


class Terms:
    """`pattern` 找出术语，长的在先；一个字的不找，它多半是别的词的一部分（如“轴”和“坐标轴”）。"""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.pattern = re.compile('(?!)')

    def read(self, app: Sphinx) -> None:
        self.known = {term.chinese for term in prose.read_terms(Path(app.srcdir).parent)}
        words = sorted((word for word in self.known if len(word) > 1), key=len, reverse=True)
        if words:
            self.pattern = re.compile(f'(?<![A-Za-z])(?:{"|".join(map(re.escape, words))})')

    def resolve(self, app: Sphinx, doctree: nodes.document, page: str) -> None:
        """写之前。"""
        if page == prose.TERMS_PAGE:
            self.mark_rows(doctree)
        elif self.known and page not in (book.GENERATED, figures.INDEX):
            self.link(doctree, app.builder.get_relative_uri(page, prose.TERMS_PAGE))

    def mark_rows(self, doctree: nodes.document) -> None:
        """术语表的每一行有锚点。"""
        for row in doctree.findall(nodes.row):
            chinese = row[0].astext()
            if chinese in self.known:
                row['ids'].append(anchor(chinese))

    def link(self, doctree: nodes.document, address: str) -> None:
        seen = set[str]()
        for text in list(doctree.findall(nodes.Text)):
            if not in_main_line(text):
                continue
            pieces, end = list[nodes.Node](), 0
            for found in self.pattern.finditer(text):
                if found[0] not in seen:
                    seen.add(found[0])
                    row = f'{address}#{anchor(found[0])}'
                    pieces += [nodes.Text(text[end:found.start()]), nodes.reference(
                        '', found[0], internal=True, classes=['term'], refuri=row)]
                    end = found.end()
            if pieces:
                place = text.parent.index(text)
                text.parent[place:place + 1] = [*pieces, nodes.Text(text[end:])]


def in_main_line(text: nodes.Text) -> bool:
    """是不是主线上段落里的文字。"""
    node = text.parent
    if not isinstance(node, PROSE):
        return False
    while node:
        if isinstance(node, nodes.table | nodes.reference | nodes.figure | nodes.footnote):
            return False
        if isinstance(node, nodes.section):
            title = node.next_node(nodes.title).astext()
            if mainline.MARK in title or title == mainline.EXERCISES:
                return False
        node = node.parent
    return True


def setup(app: Sphinx) -> None:
    terms = Terms()
    app.connect('builder-inited', terms.read)
    app.connect('doctree-resolved', terms.resolve)
