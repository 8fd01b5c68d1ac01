"""标题的章节号：只有页的标题有，页里的节没有。由 Sphinx 按目录编，笔记本里写着的在读之前去掉。"""
import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

# 笔记本文件里的第一个标题。
TITLE = re.compile(r'"# \d[\d.]* |"# ')


def unnumber(app: Sphinx, name: str, source: list[str]) -> None:
    """`source[0]` 是这一页笔记本的文字，原地改它。"""
    source[0] = TITLE.sub('"# ', source[0], count=1)


def inner(app: Sphinx, name: str) -> list[nodes.reference]:
    """目录里 `name` 这一页各节的链接；页的标题的锚点是空串。"""
    return [link for link in app.env.tocs[name].findall(nodes.reference) if link['anchorname']]


def skip(app: Sphinx, doctree: nodes.document) -> None:
    """读完一页，目录建好以后：页里的节不占号，章页里的节也不会把后面各页的号往后推。"""
    for link in inner(app, app.env.docname):
        link.parent['skip_section_number'] = True


def restore(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Sphinx 编号之前：放回它上次编的，它才认得出哪些页的号没有变，不必重写。"""
    env.toc_secnumbers = env.__dict__.pop('numbered', env.toc_secnumbers)
    return []


def only_titles(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """编号之后：没有号的节，Sphinx 会写上页的号；给它空的。"""
    env.__dict__['numbered'] = env.toc_secnumbers
    env.toc_secnumbers = {name: numbers | {link['anchorname']: () for link in inner(app, name)}
                          for name, numbers in env.toc_secnumbers.items()}
    return []


def setup(app: Sphinx) -> None:
    app.connect('source-read', unnumber)
    # Sphinx 自己在 500 建目录和编号。
    app.connect('doctree-read', skip, priority=501)
    app.connect('env-get-updated', restore, priority=499)
    app.connect('env-get-updated', only_titles, priority=501)
