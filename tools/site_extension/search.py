"""搜索：读每一页时把它分成节，写网站时把全书的节和同义词写成脚本 _static/search-index.js。

一节是标题、正文和代码里的名字，带着锚点。脚本要搜索时才由 static/search.js 装载，所以不要服务器；怎样找、
怎样排在 static/search-engine.js。Sphinx 自己的搜索不用了。
"""
import json
import re
import unicodedata
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from tools import book
from tools.prose import read_terms
from tools.report import write_whole

# 主题带来的、不再用的文件。
UNUSED = ('_static/searchtools.js', '_static/language_data.js', 'searchindex.js')
# 提到许多词、却不讲它们的页排在后面；章首的页也是。
WEIGHTS = {'front/terms': 0.4, 'appendix/errata': 0.5, 'appendix/misconceptions': 0.7, 'appendix/api': 0.85,
           'appendix/figures': 0.4, 'appendix/references': 0.4, 'appendix/licences': 0.3}
# 术语表以外的同义词：通行的缩写、别处的叫法、代码里的名字。
ALSO = (('数组', 'array', 'ndarray', '张量'), ('初始化', 'initialization'), ('池化', '汇聚', 'pooling'),
        ('小批量随机梯度下降', 'SGD', '随机梯度下降'),
        ('权重衰减', 'L2 正则化', 'L2 regularization', 'L2 惩罚'),
        ('卷积神经网络', 'CNN'), ('多层感知机', 'MLP'), ('残差块', '残差连接', 'residual connection'),
        ('激活函数', '激活'), ('GPU', '显卡'))
# 点前面是这些的名字整个收；别的（如 trainer.step）只收最后一段。
MODULES = {'np', 'npx', 'nd', 'mx', 'nn', 'gluon', 'autograd', 'init', 'd2l', 'onp', 'pd'}
# 代码和输出里收进来的：带点的名字、被调用的、大小写相间的；一整行的异常。
NAMES = re.compile(r'^\w*(?:Error|Warning)\b.*$|[A-Za-z_]\w*(?:\.\w+)+|[A-Za-z_]\w*(?=\()'
                   r'|[A-Z][a-z]+[A-Z]\w+', re.M)
GREEK = re.compile(r'\\(var)?(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho'
                   r'|sigma|tau|upsilon|phi|chi|psi|omega)(?![a-z])', re.I)
SIGNS = {'times': '×', 'cdot': '·', 'leq': '≤', 'le': '≤', 'geq': '≥', 'ge': '≥', 'neq': '≠',
         'approx': '≈', 'in': '∈', 'sum': '∑', 'prod': '∏', 'partial': '∂', 'nabla': '∇', 'infty': '∞',
         'sim': '∼', 'odot': '⊙', 'to': '→', 'rightarrow': '→', 'pm': '±', 'ldots': '…', 'dots': '…',
         'cdots': '…', 'sqrt': '√', 'mid': '|'}


def plain(tex: str) -> str:
    """一行里的公式写成看得懂的字：`\\mathbf{w}^\\top` 是 w^⊤。"""
    def letter(found: re.Match[str]) -> str:
        size = 'CAPITAL' if found[2][0].isupper() else 'SMALL'
        return unicodedata.lookup(f'GREEK {size} LETTER {found[2].replace("lambda", "lamda").upper()}')

    text = re.sub(r'\\(tag|label)\{[^}]*\}', '', GREEK.sub(letter, tex))
    text = re.sub(r'\\frac\{([^{}]*)\}\{([^{}]*)\}', r'\1/\2', text).replace(r'\top', '⊤')
    text = re.sub(r'\\([A-Za-z]+) ?', lambda found: SIGNS.get(found[1], ''), text)
    return re.sub(r'\s+', ' ', re.sub(r'\\.|[{}&~$]', '', text)).strip()


def sections(doctree: nodes.document) -> list[list[str]]:
    """一页的各节：[锚点（第一节没有）, 标题, 正文, 正文里没有的代码里的名字]；小节另成一节。"""
    found: list[list[str]] = []
    for section in doctree.findall(nodes.section):
        parts: dict[str, list[str]] = {'text': [], 'code': []}
        for child in section:
            if not isinstance(child, nodes.section | nodes.title):
                _collect(child, parts)
        heading = section.next_node(nodes.title)
        top = section.parent is doctree and not found
        text, code = '\n'.join(filter(None, parts['text'])), '\n'.join(parts['code'])
        names = [name for name in dict.fromkeys(map(_known, NAMES.findall(code))) if name not in text]
        anchor = '' if top else section['ids'][0]
        found.append([anchor, _inline(heading), text, ', '.join(filter(None, names))])
    return found


def _known(name: str) -> str:
    """读者会找的写法：自己的变量叫什么名字不要紧，太短的不收。"""
    first, *rest = name.split('.')
    return name if first in MODULES or not rest or ' ' in name else rest[-1] if len(rest[-1]) > 2 else ''


def _collect(node: nodes.Node, parts: dict[str, list[str]]) -> None:
    """一段、表的一行、一个代码块各成一条；单独成行的公式、原样的 HTML 和图不收。"""
    if isinstance(node, nodes.literal_block):
        parts['code'].append(node.astext())
    elif isinstance(node, nodes.math_block | nodes.raw | nodes.comment):
        return
    elif isinstance(node, nodes.row):
        cells = [_inline(entry) for entry in node.children]
        parts['text'].append('　'.join(filter(None, cells)))
    elif isinstance(node, nodes.TextElement):
        parts['text'].append(_inline(node))
    else:
        for child in node.children:
            _collect(child, parts)


def _inline(node: nodes.Node) -> str:
    """一段里的字，公式写成看得懂的。"""
    if isinstance(node, nodes.Text):
        return re.sub(r'\s*\n\s*', ' ', node.astext())
    if isinstance(node, nodes.math):
        return plain(node.astext())
    if isinstance(node, nodes.raw | nodes.comment | nodes.image):
        return ''
    return ''.join(map(_inline, node.children))


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """读完一页：记下它的各节，与页一起存在 environment 里，没有变的页不必再读。"""
    app.env.__dict__.setdefault('search_sections', {})[app.env.docname] = sections(doctree)


def forget(app: Sphinx, env: BuildEnvironment, name: str) -> None:
    """一页要重读，或没有了。"""
    env.__dict__.get('search_sections', {}).pop(name, None)


def write(app: Sphinx, error: Exception | None) -> None:
    """写好网站以后：写出索引，拿走不用的文件。"""
    if error:
        return
    root, known = Path(app.srcdir).parent, app.env.__dict__.get('search_sections', {})
    listed = [{'key': page.key, 'label': page.label, 'sections': known[page.key],
               'weight': WEIGHTS.get(page.key, 0.5 if page.key.endswith('index') else 1)}
              for page in book.pages(root) if page.key in known]
    terms = [*ALSO, *((term.chinese, term.english, *term.avoided) for term in read_terms(root))]
    data = json.dumps({'pages': listed, 'terms': terms}, ensure_ascii=False, separators=(',', ':'))
    # 写成 JSON.parse('…')：浏览器读它比读同样的对象快。
    script = f'globalThis.bookIndex = JSON.parse({json.dumps(data, ensure_ascii=False)});\n'
    write_whole(Path(app.outdir) / '_static' / 'search-index.js', script)
    for name in UNUSED:
        (Path(app.outdir) / name).unlink(missing_ok=True)


def prepare(app: Sphinx, config: Config) -> None:
    """search.html 用同一个引擎；模板在 templates 里，layout.html 不装载 Sphinx 的搜索。"""
    config.html_additional_pages['search'] = 'search.html'


def leave_out(app: Sphinx) -> None:
    """Sphinx 不再建它的索引。"""
    app.builder.search = False


def setup(app: Sphinx) -> None:
    app.connect('config-inited', prepare)
    app.connect('builder-inited', leave_out)
    app.connect('doctree-read', collect)
    app.connect('env-purge-doc', forget)
    app.connect('build-finished', write)
    app.add_css_file('search.css')
    app.add_js_file('search.js')
