"""网站的 Sphinx 扩展，一件事一个文件：公式、检索、章节号、锚点、选读、来历、名字和术语的链接、云端。"""
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tools.site_extension import about, anchors, formulas, launch, names, reading, search, terms, titles


def add_static_files(app: Sphinx) -> None:
    app.config.html_static_path.append(str(Path(__file__).with_name('static')))


def write_in_parallel(app: Sphinx, env: BuildEnvironment) -> None:
    """读完以后用几个进程写网页；读的时候不分，另一个核正在画公式。"""
    app.parallel = 3


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx 装载扩展时调用。"""
    app.add_html_math_renderer('mathjax_svg', (formulas.write_inline, None), (formulas.write_block, None))
    app.connect('builder-inited', add_static_files)
    app.add_transform(anchors.HeadingAnchors)
    drawing = formulas.Drawing()
    app.connect('doctree-read', drawing.collect)
    app.connect('env-updated', drawing.receive)
    app.connect('env-updated', write_in_parallel)
    app.connect('doctree-resolved', formulas.attach_punctuation)
    for part in (titles, reading, about, names, terms, launch, search):
        part.setup(app)
    app.add_css_file('mathjax.css')
    app.add_css_file('book.css')
    app.add_js_file('keys.js')
    return {'parallel_read_safe': False, 'parallel_write_safe': True}
