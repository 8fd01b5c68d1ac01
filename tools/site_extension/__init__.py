"""网站的 Sphinx 扩展：公式画成 SVG，中文检索，主线与选读，章节号，云端的按钮，样式和脚本，一件事一个文件。"""
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from tools.site_extension import formulas, launch, reading, search, titles


def add_static_files(app: Sphinx) -> None:
    app.config.html_static_path.append(str(Path(__file__).with_name('static')))


def write_in_parallel(app: Sphinx, env: BuildEnvironment) -> None:
    """读完以后用几个进程写网页；读的时候不分，另一个核正在画公式。"""
    app.parallel = 3


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx 装载扩展时调用。"""
    app.add_html_math_renderer('mathjax_svg', (formulas.write_inline, None), (formulas.write_block, None))
    app.connect('builder-inited', add_static_files)
    app.connect('source-read', titles.unnumber)
    drawing = formulas.Drawing()
    app.connect('doctree-read', drawing.collect)
    app.connect('env-updated', drawing.receive)
    app.connect('env-updated', write_in_parallel)
    app.connect('doctree-resolved', formulas.attach_punctuation)
    reading.setup(app)
    launch.setup(app)
    search.setup(app)
    app.add_css_file('mathjax.css')
    app.add_css_file('book.css')
    return {'parallel_read_safe': False, 'parallel_write_safe': True}
