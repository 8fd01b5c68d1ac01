"""手稿 ⇄ 笔记本，和笔记本里记着的来历：由什么文字、代码、公用函数、环境做成，每格输出的指纹。

`tools.notebooks` 凭它决定重做什么，`tools.verify` 凭它找出过期的页和手改过的地方。在 JupyterLab、VS Code、
Colab 里运行和保存会改动笔记本的文件，却不算改了这一页：`read` 去掉这些痕迹，`edits` 只比手稿里能写的东西。
"""
import copy
import hashlib
import json
import re

import nbformat
from jupytext.myst import notebook_to_myst
from nbformat import NotebookNode

from tools import library, runtime
from tools.book import OPTIONS, Page, read_cells
from tools.report import UserError

KERNELSPEC = {'kernelspec': {'display_name': 'Python 3', 'language': 'python', 'name': 'python3'}}
METADATA = {**KERNELSPEC, 'language_info': {'name': 'python', 'pygments_lexer': 'ipython3'}}
# 笔记本的标题带着章节号，手稿的没有。
TITLE = re.compile(r'^# (?:(\d[\d.]*) )?', re.M)


def digest(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def from_text(text: str, number: str = '') -> NotebookNode:
    """手稿 → 没有输出的笔记本，标题前写上章节号，格的编号由内容算出。"""
    cells, seen = [], dict[tuple, int]()
    for cell in read_cells(text):
        key = (cell.kind, trimmed(cell.source))
        if not key[1]:
            continue
        seen[key] = seen.get(key, 0) + 1
        node = {'cell_type': cell.kind, 'id': digest([*key, seen[key]]), 'source': key[1],
                'metadata': {name: value for name, value in cell.metadata.items() if name in OPTIONS}
                            | folded(cell.metadata.get('tags', []))}
        cells.append(node | ({'execution_count': None, 'outputs': []} if cell.kind == 'code' else {}))
    notebook = nbformat.from_dict({'cells': cells, 'metadata': METADATA, 'nbformat': 4, 'nbformat_minor': 5})
    return renumbered(notebook, number)


def trimmed(source: str) -> str:
    """格里的文字，去掉首尾的空行；别的程序常在末尾多写一个。"""
    return source.lstrip('\n').rstrip()


def number(notebook: NotebookNode) -> str:
    """标题前的章节号，没有是空串。"""
    titles = (TITLE.search(cell.source) for cell in notebook.cells if cell.cell_type == 'markdown')
    return next((title[1] or '' for title in titles if title), '')


def renumbered(notebook: NotebookNode, number: str) -> NotebookNode:
    """副本，标题前的章节号换成 `number`；空串是去掉。"""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == 'markdown' and TITLE.search(cell.source):
            cell.source = TITLE.sub(f'# {number} ' if number else '# ', cell.source, count=1)
            break
    return notebook


def folded(tags: list[str]) -> dict:
    """网站上折叠的格，在 JupyterLab 和 Colab 里也折叠：hide-input 折代码，hide-cell 连输出一起折。"""
    if not {'hide-input', 'hide-cell'} & set(tags):
        return {}
    outputs = {'outputs_hidden': True} if 'hide-cell' in tags else {}
    return {'cellView': 'form', 'jupyter': {'source_hidden': True, **outputs}}


def to_text(notebook: NotebookNode) -> str:
    """笔记本 → 手稿，jupytext 的规范写法，标题不带章节号；选项按名字排，与笔记本的文件里一样。"""
    cells = [{'cell_type': cell.cell_type, 'source': cell.source, 'metadata': _sorted(
              {name: value for name, value in cell.metadata.items() if name in OPTIONS})}
             for cell in renumbered(notebook, '').cells]
    return notebook_to_myst(nbformat.from_dict({'cells': cells, 'metadata': KERNELSPEC}),
                            default_lexer='ipython3')


def _sorted(metadata: dict) -> dict:
    return json.loads(json.dumps(metadata, sort_keys=True))


def serialise(notebook: NotebookNode) -> str:
    """笔记本 → 写进文件的文字；同样的笔记本总得到同样的字节。"""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + '\n'


def read(page: Page) -> NotebookNode | None:
    """读出页的笔记本，去掉运行和保存的痕迹；没有返回 None，坏了抛出 UserError。"""
    if not page.notebook.exists():
        return None
    try:
        return untouched(nbformat.reads(page.notebook.read_text(encoding='utf-8'), as_version=4))
    except Exception as error:
        raise UserError(f'{page.name(page.notebook)}: 不是完好的笔记本（{type(error).__name__}）。'
                        '请用 git checkout 取回，或删掉后运行 make notebooks。') from error


def untouched(notebook: NotebookNode) -> NotebookNode:
    """原地去掉运行的痕迹：多出的空格子、格末的空行、序号，分成几段存的打印，先于打印画出的图。"""
    for cell in notebook.cells:
        cell.source = trimmed(cell.source)
    notebook.cells = [cell for cell in notebook.cells if cell.source]
    recorded = notebook.metadata.get('d2l', {}).get('outputs', [])
    for count, cell in enumerate(code_cells(notebook), 1):
        cell.execution_count = count
        for output in cell.outputs:
            if 'execution_count' in output:
                output.execution_count = count
        # 有人看着时 d2l.show_live 先画图；执行时图在一格的末尾。
        late = joined(sorted(cell.outputs, key=lambda output: output.output_type == 'display_data'))
        cell.outputs = late if digest([count, late]) in recorded[count - 1:count] else joined(cell.outputs)
    return notebook


def joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """把相连的几段打印接成一段。"""
    result = list[NotebookNode]()
    for output in copy.deepcopy(outputs):
        if result and 'name' in output and result[-1].get('name') == output.name:
            result[-1].text += output.text
        else:
            result.append(output)
    return result


# ---- 来历 ----


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == 'code']


def inputs(page: Page) -> dict[str, str]:
    """决定这一页输出的一切，每部分一个指纹。没有代码的页只有空的代码。"""
    sources = [cell.source for cell in page.cells('code')]
    if not sources:
        return {'code': digest([])}
    files = [page.root / 'requirements.txt', *sorted((page.root / 'd2l_local' / 'fonts').glob('*.otf'))]
    environment = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    return {'code': digest(sources), 'helpers': digest(library.page_dependencies(page, page.root)),
            'environment': digest([*environment, runtime.PINNED])}


def stamp(page: Page, notebook: NotebookNode) -> dict:
    """执行好的笔记本该有的元数据；执行会把本机的 Python 版本写进去，所以从头写。"""
    return {**METADATA, 'd2l': {'text': digest(page.read()), 'inputs': inputs(page),
                                'outputs': output_digests(notebook)}}


def output_digests(notebook: NotebookNode) -> list[str]:
    return [digest([cell.execution_count, cell.outputs]) for cell in code_cells(notebook)]


def edits(page: Page, notebook: NotebookNode) -> tuple[bool, bool]:
    """(手稿改过, 笔记本改过)：与上一次同步相比；只运行过、保存过不算改。"""
    made_from, text, here = (notebook.metadata.get('d2l', {}).get('text'), digest(page.read()),
                             digest(to_text(notebook)))
    return text != made_from, here not in (made_from, text)


def changed_outputs(notebook: NotebookNode) -> list[int]:
    """输出与执行时记下的不同的代码格，从 1 数起的格号。"""
    recorded = notebook.metadata.get('d2l', {}).get('outputs', [])
    positions = [index for index, cell in enumerate(notebook.cells, 1) if cell.cell_type == 'code']
    now = output_digests(notebook)
    if len(now) != len(recorded):
        return positions
    return [position for position, old, new in zip(positions, recorded, now, strict=True) if old != new]


def stale_parts(page: Page, notebook: NotebookNode) -> list[str]:
    """从上次执行以来变了的部分的名字；空表示输出仍然有效。"""
    recorded = notebook.metadata.get('d2l', {}).get('inputs', {})
    return [part for part, value in inputs(page).items() if recorded.get(part) != value]
