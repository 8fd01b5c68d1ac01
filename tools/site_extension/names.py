"""`d2l.名字` 链接到 API 页上的那一条，行内代码和代码格里的都是；平常看不出，指着或用键盘走到才有线。"""
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from tools import book, prose

# 行内代码，如 d2l.plot、d2l.plot(x, y)；Pygments 写出的代码。
INLINE = re.compile(r'd2l\.(\w+)(\(.*\))?')
CODE = re.compile(r'<span class="n">d2l</span><span class="o">\.</span><span class="n">(\w+)</span>')
PREFIX = 'api-'


class Names:
    """`known` 是 API 页上有的名字；没有那一页就是空的。"""

    def __init__(self) -> None:
        self.known: set[str] = set()

    def read(self, app: Sphinx) -> None:
        self.known = {anchor.removeprefix(PREFIX) for page in book.pages(Path(app.srcdir).parent)
                      if page.key == book.GENERATED for anchor in prose.read_page(page).anchors
                      if anchor.startswith(PREFIX)}

    def address(self, app: Sphinx, page: str, name: str) -> str:
        return f'{app.builder.get_relative_uri(page, book.GENERATED)}#{PREFIX}{name}'

    def link_inline(self, app: Sphinx, doctree: nodes.document, page: str) -> None:
        """写之前：行内代码；标题里的和已经是链接的不动。"""
        for literal in list(doctree.findall(nodes.literal)):
            found = INLINE.fullmatch(literal.astext())
            inside = isinstance(literal.parent, nodes.title | nodes.reference | nodes.inline)
            if found and found[1] in self.known and not inside:
                link = nodes.reference('', '', internal=True, classes=['api'],
                                       refuri=self.address(app, page, found[1]))
                literal.replace_self(link)
                link += literal

    def link_code(self, app: Sphinx, page: str, template: str, context: dict,
                  doctree: nodes.document) -> None:
        """写一页时：代码已经上了色，在 HTML 里找。"""
        def linked(found: re.Match[str]) -> str:
            if found[1] not in self.known:
                return found[0]
            return f'<a class="api" href="{self.address(app, page, found[1])}">{found[0]}</a>'

        if 'body' in context:
            context['body'] = CODE.sub(linked, context['body'])


def setup(app: Sphinx) -> None:
    names = Names()
    app.connect('builder-inited', names.read)
    app.connect('doctree-resolved', names.link_inline)
    app.connect('html-page-context', names.link_code)
