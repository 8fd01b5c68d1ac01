"""附录的 API 页 book/appendix/api.md：每个公开的名字一节，末尾是与 d2l 0.17.6 有意的不同。

进：`Entry` 的列表和 bench/differences.yml；出：整页的 Markdown。
"""
import ast
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools import docstrings
from tools.docstrings import LISTS, join_lines

WIDTH = 79
HEADER = '''\
---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

<!-- {notice}。 -->

# 函数与类

`import d2l_local as d2l` 之后，下面的名字都写成 `d2l.名字` 使用。它们大多在某一节里一步步写成，\
“出处”给出那一节；少数几个直接写在 `d2l_local` 的文件里，放在最后。
'''
DIFFERENCES_INTRO = """\
## 与 d2l 0.17.6 的不同

从《动手学深度学习》来的读者会认得许多名字。凡是它的 d2l 包 0.17.6 版里也有的函数和类，这里的名字和\
签名与它相同，同样的输入得到同样的数（误差小于 1e-6），只有下表所列的有意不同。这一点由测试逐个对照。"""


@dataclass(frozen=True)
class Entry:
    """API 页上的一个名字。`note` 是没有 docstring 时的说明，`origin` 是出处的 Markdown。"""

    name: str
    node: ast.stmt
    note: str
    origin: str


def page(groups: Sequence[tuple[str, Sequence[Entry]]], notice: str, root: Path) -> str:
    """整页的 Markdown。`groups` 是 [(标题, [Entry])]。"""
    blocks = [HEADER.format(notice=notice).rstrip('\n')]
    for heading, entries in groups:
        blocks.append(f'## {heading}')
        for entry in entries:
            blocks += [f'<a id="api-{entry.name}"></a>', f'### `{entry.name}`',
                       f'```python\n{signature(entry.node, entry.name)}\n```',
                       *filter(None, _described(entry)), f'**出处**：{entry.origin}']
    names = [entry.name for _, entries in groups for entry in entries]
    return '\n\n'.join([*blocks, *_differences(names, root)]) + '\n'


def signature(node: ast.stmt, name: str) -> str:
    """`node` 的用法，写成一两行 Python。"""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        found = docstrings.arguments(node)
        text = f'{name}({"..." if found is None else ast.unparse(_untyped(found))})'
        return textwrap.fill(text, WIDTH, subsequent_indent=' ' * (len(name) + 1),
                             break_long_words=False, break_on_hyphens=False)
    text = ast.unparse(node)
    return text if len(text) <= WIDTH and '\n' not in text else f'{name} = ...'


def _untyped(found: ast.arguments) -> ast.arguments:
    """去掉类型：API 页用文字说形状与单位。"""
    for node in ast.walk(found):
        if isinstance(node, ast.arg):
            node.annotation = None
    return found


def _described(entry: Entry) -> Iterator[str]:
    if not isinstance(entry.node, (ast.FunctionDef, ast.ClassDef)):
        yield entry.note
        return
    text = ast.get_docstring(entry.node) or ''
    try:
        doc = docstrings.read(text)
    except docstrings.DocstringError:
        doc = docstrings.Doc(text, [], {})
    yield doc.summary
    yield from _paragraphs('\n'.join(doc.body).strip('\n'))
    for part, content in doc.parts.items():
        if part in LISTS:
            names = {'、'.join(f'`{name}`' for name in names.split('、')): text
                     for names, text in content.items()}
            yield f'**{part}**\n\n' + '\n'.join(f'- {name}：{text}' for name, text in names.items())
        elif part == '返回':
            yield f'**返回**：{content}'
    methods = list(_methods(entry.node)) if isinstance(entry.node, ast.ClassDef) else []
    yield '**方法**\n\n' + '\n'.join(methods) if methods else ''


def _methods(node: ast.ClassDef) -> Iterator[str]:
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and not method.name.startswith('_'):
            usage = f'({ast.unparse(_untyped(docstrings.without_first(method)))})'
            if 'property' in map(ast.unparse, method.decorator_list):
                usage = ''
            summary = (ast.get_docstring(method) or '').partition('\n')[0]
            yield f'- `{method.name}{usage}`' + (f'：{summary}' if summary else '')


def _paragraphs(text: str) -> list[str]:
    """普通的段落接成一行，列表、代码等照原样。"""
    if '```' in text:
        return [text]
    blocks = [block.splitlines() for block in text.split('\n\n')]
    return ['\n'.join(block) if any(line[:1] in ' -*+|>#$0123456789' for line in block)
            else join_lines(block) for block in blocks]


def _differences(names: Sequence[str], root: Path) -> list[str]:
    """与 d2l 0.17.6 有意的不同，一条一行；这些名字都没有不同时，没有这一节。"""
    path = root / 'bench' / 'differences.yml'
    known = yaml.safe_load(path.read_text(encoding='utf-8')) if path.exists() else {}
    rows = [f'| [`{name}`](#api-{name}) | {theirs} | {ours} |'
            for name in names for theirs, ours in known.get(name, ())]
    table = ['| 名字 | d2l 0.17.6 | 本书 |', '|---|---|---|', *rows]
    return [DIFFERENCES_INTRO, '\n'.join(table)] if rows else []
