"""网站的 Sphinx 扩展，一件事一个文件：公式、搜索、章节号、锚点、选读、来历、名字和术语的链接、云端的按钮、
封面、界面上的字、人人能用、给搜索引擎的、各页共有的变了就全部重写。
"""
from pathlib import Path

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from tools.site_extension import (
    about,
    access,
    anchors,
    cover,
    formulas,
    head,
    interface,
    launch,
    names,
    reading,
    search,
    shared,
    terms,
    titles,
)

HERE = Path(__file__).parent


def add_static_files(app: Sphinx) -> None:
    app.config.html_static_path.append(str(HERE / 'static'))


def add_template(app: Sphinx, config: Config) -> None:
    """排在主题的模板前面；图标也是扩展带着的。"""
    config.templates_path.insert(0, str(HERE / 'templates'))
    config.html_logo = config.html_favicon = str(HERE / 'static' / 'logo.svg')


def mend_page(app: Sphinx, name: str, template: str, context: dict, doctree: nodes.document) -> None:
    """templates/layout.html 用 `mend` 改一页除了 head 以外的部分。"""
    context['mend'] = lambda html: Markup(access.mend(interface.in_chinese(html)))


def write_in_parallel(app: Sphinx, env: BuildEnvironment) -> None:
    """读完以后用几个进程写网页；读的时候不分，另一个核正在画公式。"""
    app.parallel = 3


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx 装载扩展时调用。"""
    app.add_html_math_renderer('mathjax_svg', (formulas.write_inline, None), (formulas.write_block, None))
    interface.translate(app)
    app.connect('config-inited', add_template)
    app.connect('builder-inited', add_static_files)
    app.connect('html-page-context', mend_page)
    app.add_transform(anchors.HeadingAnchors)
    drawing = formulas.Drawing()
    app.connect('doctree-read', drawing.collect)
    app.connect('env-updated', drawing.receive)
    app.connect('env-updated', write_in_parallel)
    app.connect('doctree-resolved', formulas.attach_punctuation)
    app.connect('doctree-resolved', access.frame)
    for part in (cover, titles, reading, about, names, terms, launch, search, head, shared):
        part.setup(app)
    app.add_css_file('mathjax.css')
    app.add_css_file('book.css')
    app.add_css_file('print.css', media='print')
    app.add_js_file('access.js')
    app.add_js_file('keys.js')
    app.add_js_file('print.js')
    return {'parallel_read_safe': False, 'parallel_write_safe': True}
