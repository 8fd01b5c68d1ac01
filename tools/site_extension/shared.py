"""各页都用到的变了，就把每一页重写一遍：侧边栏里的标题，术语，`d2l.名字` 链接得到的名字。

Sphinx 只重写内容变了的页，别的页里就还是旧的标题。
"""
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tools import book, prose


def collect(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """读完以后：与上次不同就返回所有的页。"""
    root = Path(app.srcdir).parent
    new = (sorted((name, title.astext()) for name, title in env.titles.items()),
           sorted(map(repr, prose.read_terms(root))),
           sorted(anchor for page in book.pages(root) if page.key == book.GENERATED
                  for anchor in prose.read_page(page).anchors))
    old, env.__dict__['shared'] = env.__dict__.get('shared'), new
    return [] if old == new else list(env.found_docs)


def setup(app: Sphinx) -> None:
    app.connect('env-get-updated', collect)
