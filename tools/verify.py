"""笔记本与手稿一致、没有过期、没有手改、输出干净、插图齐全：`check(root)` 返回问题。"""
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import records
from tools.book import ROOT, Page, pages
from tools.report import Problem, UserError

PARTS = {'code': '代码格', 'helpers': 'd2l_local 里用到的函数', 'environment': '固定的环境'}
SAME = '请改成每台机器都一样的输出。'
TIMES = '检验只认得“1.2 秒”这样的计时（tests/nbval.cfg），别的每次都不同。请用 f\'{seconds:.1f} 秒\'。'
# 每次运行、每台机器都不同的输出：怎样认出，是什么，怎么办。
FOREIGN = (
    (re.compile(r'\b0x[0-9a-f]{6,}'), '内存地址', SAME),
    (re.compile(r'(?<![\w:/.~])(?:/(?:home|root|tmp|var|usr|opt|etc|srv|run|dev|proc|data|media|mnt|work'
                r'|workspaces?|Users|Volumes|private|Library|Applications|content|kaggle)|~)/[\w.-]+|\bfile://\S+'
                r'|(?<![\w:/.~])/(?:root|tmp|content)\b|(?<!\w)[A-Za-z]:[\\/]+\w[\w.\\/-]*'
                r'|(?<!\\)\\\\[\w.-]+\\[\w$.\\-]+'), '本机路径', SAME),
    (re.compile(r'\bid="T_[0-9a-f]{5}\w*'), 'pandas 给表格起的随机编号',
     '请给 Styler 一个固定的编号：style.set_uuid(\'table\')。'),
    (re.compile(r'[\d.]+e[-+]?\d+ ?(?:秒|毫秒|微秒)'), '科学记数法写的计时', TIMES),
    (re.compile(r'\d ?(?:ns|µs|μs|us|ms|s) ±|\bper loop\b|\bWall time\b'), '%timeit 那样的计时', TIMES),
    (re.compile(r'\d+/\d+ \[\d\d:\d\d<'), '进度条', '请去掉它，或在写书时关掉。'))
# 一字不差地比较得了、在哪里都看得见的输出。
KINDS = ('text/plain', 'text/html', 'text/markdown', 'image/svg+xml')
# 网页里会运行、会去别处取东西的。
ACTIVE = re.compile(r'<(?:script|iframe|img|svg|video|audio|object|embed|link|form|input|base|meta)\b'
                    r'|<\w[^>]*\son\w+ *=|javascript:|url\(', re.I)
# 替代文字至少这么长，约一个分句。
ALT = 8
# 随 Matplotlib 和本书带着的字体；插图里的字写成字形，编号是“字体-字”。
GLYPH, FONTS = re.compile(r'<path id="([A-Za-z][\w-]*)-[0-9a-f]+"'), ('DejaVuSans', 'NotoSansSC')


def check(root: Path = ROOT) -> list[Problem]:
    """每一页的问题，和全书插图的问题。"""
    problems, figures = [], dict[str, str]()
    for page in pages(root):
        try:
            notebook = records.read(page)
        except UserError as error:
            problems.append(Problem.of(error))
            continue
        problems += check_page(page, notebook) + check_figures(page, notebook, figures)
    return problems


def check_page(page: Page, notebook: NotebookNode | None) -> list[Problem]:
    def problem(text: str, cell: int = 0) -> Problem:
        return Problem(page.name(page.notebook), cell, 0, text)

    if notebook is None:
        return [problem('还没有生成。请运行 make notebooks。')]
    told = edited(page, notebook)
    if told:
        return [problem(told.partition(': ')[2])]
    text_edited, _ = records.edits(page, notebook)
    canonical = records.from_text(page.read(), page.number)
    if text_edited and records.to_text(canonical) != page.read():
        return [Problem(page.name(page.text), 0, 0,
                        '写法不是 jupytext 的规范写法。请运行 make notebooks，它会改好。')]
    problems = [problem('手稿改过，笔记本还没有跟上。请运行 make notebooks。')] if text_edited else []
    stale = records.stale_parts(page, notebook)
    if stale:
        changed = '、'.join(PARTS[part] for part in stale)
        problems.append(problem(f'过期：执行以后变了{changed}。请运行 make notebooks。'))
    elif other := records.changed_outputs(notebook):
        problems.append(problem(f'第 {"、".join(map(str, other))} 格的输出与执行时存下的不同：只是运行过，'
                                f'或者手改过。请运行 make notebooks PAGE={page.key}，它会重新执行并放回。'))
    else:
        problems += output_problems(page, notebook)
    if not problems:
        take_outputs(canonical, notebook)
        canonical.metadata = nbformat.from_dict({**records.METADATA, 'd2l': notebook.metadata.d2l})
        if page.notebook.read_text(encoding='utf-8') != records.serialise(canonical):
            problems.append(problem(
                '只是运行过或保存过，代码、文字和输出都没有变。'
                f'请运行 make notebooks PAGE={page.key}，它会放回原样。'
                if records.number(notebook) == page.number else
                '目录变了，标题前的章节号还没有跟上。请运行 make notebooks。'))
    return problems


def edited(page: Page, notebook: NotebookNode) -> str:
    """笔记本被直接改过时，怎么办；没有改过是空串。"""
    text_edited, notebook_edited = records.edits(page, notebook)
    if notebook_edited and text_edited:
        return (f'{page.name(page.notebook)}: 手稿和笔记本都改过，不知道留哪一个。'
                '请先把其中一个的改动用 git stash 或 git checkout 放开，再合到手稿里。')
    return (f'{page.name(page.notebook)}: 笔记本被直接改过，而手稿没有变。要留下改动：'
            f'make text PAGE={page.key}；要丢掉改动：git checkout {page.name(page.notebook)}。'
            ) if notebook_edited else ''


def take_outputs(notebook: NotebookNode, stored: NotebookNode) -> None:
    """把 `stored` 各代码格的输出和序号放进 `notebook`。"""
    for cell, old in zip(records.code_cells(notebook), records.code_cells(stored), strict=True):
        cell.execution_count, cell.outputs = old.execution_count, old.outputs


def output_problems(page: Page, notebook: NotebookNode) -> list[Problem]:
    """存下的输出里不该有的东西：标准错误、异常、本机路径、内存地址。"""
    found = []
    for index, cell in enumerate(notebook.cells, 1):
        for output in cell.get('outputs', []):
            if output.output_type == 'error':
                found.append((index, f'存着一个异常 {output.ename}。请在格里捕获它，打印类型和最后一行。'))
            if output.get('name') == 'stderr':
                found.append((index, f'存着标准错误“{output.text.strip()[:60]}”。请去掉它的原因。'))
            found += [(index, told) for told in wrong_kind(output)]
            found += [(index, f'输出里有{what}“{match.group()}”。{cure}')
                      for text in _texts(output) for pattern, what, cure in FOREIGN
                      if (match := pattern.search(text))]
    return [Problem(page.name(page.notebook), cell, 0, text) for cell, text in found]


def wrong_kind(output: NotebookNode) -> Iterator[str]:
    """输出只能是文字、SVG、HTML 的表格和 Markdown，插图只用带着的字体：nbval 不比较 PNG 和控件。"""
    data = output.get('data', {})
    for kind in data:
        if kind not in KINDS:
            yield f'输出里有 {kind}，检验时不能逐字比较。请改成文字、SVG、HTML 表格或 Markdown。'
    html = data.get('text/html', '')
    if html and ('<table' not in html or ACTIVE.search(html)):
        yield '输出的 HTML 不是单纯的表格。请改成 DataFrame 那样的表格、文字或 SVG。'
    fonts = set(GLYPH.findall(data.get('image/svg+xml', '')))
    for font in sorted(font for font in fonts if not font.startswith(FONTS)):
        yield f'插图用了字体 {font}，别的机器上不一定有。请不要改字体，用 d2l_local 设好的。'


def _texts(output: NotebookNode) -> Iterator[str]:
    yield output.get('text', '')
    yield from (value for kind, value in output.get('data', {}).items() if kind.startswith('text/'))


def check_figures(page: Page, notebook: NotebookNode | None, owners: dict[str, str]) -> list[Problem]:
    """每幅插图有图注、说出图里有什么的替代文字和全书唯一的名字（网站用它作锚点）；`owners` 记着见过的。"""
    found = []
    for number, cell in enumerate(notebook.cells if notebook else [], 1):
        figure, image = (cell.metadata.get('mystnb', {}).get(key, {}) for key in ('figure', 'image'))
        name = figure.get('name')
        kinds = [kind for output in cell.get('outputs', []) for kind in output.get('data', {})]
        if any(kind.startswith('image/') for kind in kinds):
            found += [(number, f'没有{what}') for what, value in (
                ('图注（mystnb: figure: caption）', figure.get('caption')),
                ('名字（mystnb: figure: name）', name),
                ('替代文字（mystnb: image: alt）', image.get('alt'))) if not value]
        if image.get('alt'):
            texts = str(image['alt']), str(figure.get('caption', ''))
            found += [(number, told) for told in alt_problems(*texts)]
        if name in owners:
            found.append((number, f'名字与 {owners[name]} 的相同'))
        elif name:
            owners[name] = f'{page.key} 第 {number} 格'
    lines = {cell.index: cell.line for cell in page.cells()}
    return [Problem(page.name(page.text), number, lines.get(number, 0),
                    f'插图{text}。请在这一格的元数据里改。') for number, text in found]


def alt_problems(alt: str, caption: str) -> Iterator[str]:
    """替代文字是给看不见图的人的：至少一个分句，不重复图注。"""
    if alt and re.sub(r'\W', '', alt) == re.sub(r'\W', '', caption):
        yield f'的替代文字与图注相同：“{alt}”，读屏会念两遍；要说出图里画着什么'
    elif re.search(r'[$\\]', alt):
        yield f'的替代文字“{alt}”里有公式，读屏念不出来；要写成话'
    elif len(alt.strip()) < ALT:
        yield f'的替代文字“{alt}”太短，要用一句话说出图里画着什么'
