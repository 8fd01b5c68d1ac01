"""API 页 book/appendix/api.md 的内容，以及 docstring 的读法（写法见 tools/extract.py 的开头）。

进：保存的定义（tools.extract.Saved）和手写的模块；出：整页的 Markdown。
"""
import ast
import copy
import inspect
import textwrap
import unicodedata
from dataclasses import dataclass, field
from itertools import takewhile

from tools.pages import Problem
from tools.peer import DIFFERENCES

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
LISTS = ('参数', '异常')
PARTS = ('参数', '返回', '异常', '出处')
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


class DocstringError(Exception):
    """docstring 不合写法：`line` 是 docstring 里的第几行（从 0 数起）。"""

    def __init__(self, line, text):
        super().__init__(text)
        self.line = line


@dataclass
class Doc:
    """读好的 docstring。`parts` 里“参数”“异常”是 [(名字, 说明)]，“返回”“出处”是一段文字。"""

    summary: str
    body: list
    parts: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """API 页上的一个名字。`note` 是没有 docstring 时的说明，`origin` 是出处的 Markdown。"""

    name: str
    node: ast.stmt
    note: str
    origin: str

    @classmethod
    def of(cls, saved):
        origin = f'[{saved.label}](../{saved.page.key}.ipynb)，`{saved.file}`'
        return cls(saved.name, saved.node, _note(saved.source.split('\n')), origin)


def walk(nodes):
    """逐个给出 `nodes` 和它们的子孙，但不进入函数体：它们在定义时还不运行。"""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        inside = []
        if isinstance(node, FUNCTIONS):
            inside = node.body if isinstance(node.body, list) else [node.body]
        stack += [child for child in ast.iter_child_nodes(node) if child not in inside]


def parse_docstring(text):
    """把 docstring 读成 `Doc`；不合写法时抛出 `DocstringError`。"""
    lines = inspect.cleandoc(text).splitlines() or ['']
    starts = [number for number, line in enumerate(lines) if _part_of(line)]
    first = min(starts, default=len(lines))
    if first == 0 or not lines[0].strip():
        raise DocstringError(0, 'docstring 没有概述。请在第一行用一句话说它做什么。')
    if len(lines) > 1 and lines[1].strip():
        raise DocstringError(1, 'docstring 的第一行之后没有空行。请空一行。')
    doc, current = Doc(lines[0], lines[1:first]), ''
    for number, line in enumerate(lines[first:], first):
        if number in starts:
            current = _start_part(doc, line, current, number)
        elif line.strip():
            _continue_part(doc, line, current, number)
    for part, content in doc.parts.items():
        if not content:
            raise DocstringError(first, f'docstring 的“{part}”没有内容。请补上，或删去这一部分。')
    return doc


def _part_of(line):
    """这一行若是某部分的开头，返回那部分的名字（半角冒号也认，好指出来）。"""
    name = line.replace(':', '：', 1).partition('：')
    return name[0] if name[0] in PARTS and name[1] else ''


def _start_part(doc, line, previous, number):
    part = _part_of(line)
    if not line.startswith(f'{part}：'):
        raise DocstringError(number, f'“{part}”后面是半角冒号。请改成全角的“：”。')
    if previous and PARTS.index(part) <= PARTS.index(previous):
        order = '、'.join(PARTS)
        raise DocstringError(number, f'docstring 的各部分次序不对。请依次写{order}，每种一次。')
    text = line[len(part) + 1:].strip()
    if part in LISTS and text:
        raise DocstringError(number, f'“{part}：”后面有字。请换行，每项缩进四格写成“名字：说明”。')
    doc.parts[part] = [] if part in LISTS else text
    return part


def _continue_part(doc, line, part, number):
    indent, text = len(line) - len(line.lstrip()), line.strip()
    if not indent:
        raise DocstringError(number, f'“{text}”不属于“{part}”。说明请写在各部分之前，续行请缩进。')
    if part not in LISTS:
        doc.parts[part] = join_lines([doc.parts[part], text])
    elif indent == 4:
        name, colon, rest = text.partition('：')
        if not colon or not rest.strip():
            raise DocstringError(number, f'“{text}”不成一项。请写成“名字：说明”，用全角冒号。')
        doc.parts[part].append((name.strip(), rest.strip()))
    elif indent > 4 and doc.parts[part]:
        name, rest = doc.parts[part][-1]
        doc.parts[part][-1] = (name, join_lines([rest, text]))
    else:
        raise DocstringError(number, f'“{text}”的缩进不对。每项请缩进四格，续行请缩进八格。')


def check_docstring(node, label):
    """`node` 的 docstring 写得对不对、全不全；`label` 是它该写的出处。

    不对时抛出 `DocstringError`，其中的行号与 `node` 的行号在同一处数起。
    """
    text = ast.get_docstring(node, clean=False)
    if not (text or '').strip():
        raise DocstringError(node.lineno, '没有 docstring。请照 tools/extract.py 开头的写法写上。')
    try:
        doc = parse_docstring(text)
        _check_parts(node, doc, label)
    except DocstringError as error:
        error.line += node.body[0].lineno + len(text) - len(text.lstrip('\n'))
        raise


def _check_parts(node, doc, label):
    _check_parameters(node, doc)
    own = list(walk(node.body)) if isinstance(node, ast.FunctionDef) else []
    returns = [each for each in own if isinstance(each, (ast.Return, ast.Yield, ast.YieldFrom))]
    if any(each.value or isinstance(each, ast.Yield) for each in returns):
        _require(doc, '返回', '函数有返回值')
    if any(isinstance(each, ast.Raise) for each in own):
        _require(doc, '异常', '函数会抛出异常')
    if doc.parts.get('出处') != label:
        raise DocstringError(0, f'docstring 的出处不对。请写成“出处：{label}”。')


def _require(doc, part, reason):
    if part not in doc.parts:
        raise DocstringError(0, f'{reason}，docstring 却没有“{part}：”。请补上。')


def _check_parameters(node, doc):
    arguments = _arguments(node)
    if arguments is None:
        return
    variable = [f'*{arguments.vararg.arg}'] if arguments.vararg else []
    keywords = [f'**{arguments.kwarg.arg}'] if arguments.kwarg else []
    expected = [*(each.arg for each in arguments.posonlyargs + arguments.args), *variable,
                *(each.arg for each in arguments.kwonlyargs), *keywords]
    written = [name for names, _ in doc.parts.get('参数', []) for name in names.split('、')]
    if written != expected:
        raise DocstringError(0, f'docstring 的“参数”里是“{"、".join(written)}”，'
                                f'与定义里的不同。请依次写“{"、".join(expected)}”。')


def _arguments(node):
    """函数的参数，或类的 `__init__` 除 self 外的参数；从别处继承来的，返回 None。"""
    if isinstance(node, ast.FunctionDef):
        return node.args
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == '__init__':
            return _without_first(each)
    inherited = node.bases or node.decorator_list
    return None if inherited else ast.parse('lambda: 0', mode='eval').body.args


def _without_first(method):
    arguments = copy.deepcopy(method.args)
    positional = arguments.posonlyargs or arguments.args
    if not any(ast.unparse(each) == 'staticmethod' for each in method.decorator_list):
        positional[:1] = []
    return arguments


def signature(node, name):
    """`node` 的用法，写成一两行 Python。"""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        arguments = _arguments(node)
        text = f'{name}({"..." if arguments is None else ast.unparse(arguments)})'
        text += f' -> {ast.unparse(node.returns)}' if getattr(node, 'returns', None) else ''
        return textwrap.fill(text, WIDTH, subsequent_indent=' ' * (len(name) + 1),
                             break_long_words=False, break_on_hyphens=False)
    text = ast.unparse(node)
    return text if len(text) <= WIDTH and '\n' not in text else f'{name} = ...'


def page(groups, notice):
    """整页的 Markdown。`groups` 是 [(标题, [Entry])]。"""
    blocks = [HEADER.format(notice=notice).rstrip('\n')]
    for heading, entries in groups:
        blocks.append(f'## {heading}')
        for entry in entries:
            blocks += [f'<a id="api-{entry.name}"></a>', f'### `{entry.name}`',
                       f'```python\n{signature(entry.node, entry.name)}\n```', *_described(entry)]
    names = [entry.name for _, entries in groups for entry in entries]
    return '\n\n'.join([*blocks, *_differences(names)]) + '\n'


def _differences(names):
    """与 d2l 0.17.6 有意的不同，一条一行；这些名字都没有不同时，没有这一节。"""
    rows = [f'| [`{name}`](#api-{name}) | {theirs} | {ours} |'
            for name in names for theirs, ours in DIFFERENCES.get(name, ())]
    table = ['| 名字 | d2l 0.17.6 | 本书 |', '|---|---|---|', *rows]
    return [DIFFERENCES_INTRO, '\n'.join(table)] if rows else []


def _described(entry):
    described = isinstance(entry.node, (ast.FunctionDef, ast.ClassDef))
    text = (ast.get_docstring(entry.node) if described else entry.note) or ''
    try:
        doc = parse_docstring(text) if described else Doc(text, [])
    except DocstringError:
        doc = Doc(text, [])
    blocks = [doc.summary, *_paragraphs('\n'.join(doc.body).strip('\n'))]
    for part, content in doc.parts.items():
        if part in LISTS:
            items = [f'- {_code(names)}：{meaning}' for names, meaning in content]
            blocks += [f'**{part}**', '\n'.join(items)]
        elif part == '返回':
            blocks.append(f'**返回**：{content}')
    methods = _methods(entry.node) if isinstance(entry.node, ast.ClassDef) else []
    blocks += ['**方法**', '\n'.join(methods)] if methods else []
    return [block for block in [*blocks, f'**出处**：{entry.origin}'] if block]


def _code(names):
    return '、'.join(f'`{name}`' for name in names.split('、'))


def _methods(node):
    result = []
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and not method.name.startswith('_'):
            kinds = [ast.unparse(each) for each in method.decorator_list]
            usage = method.name
            if 'property' not in kinds:
                usage += f'({ast.unparse(_without_first(method))})'
            summary = (ast.get_docstring(method) or '').partition('\n')[0]
            result.append(f'- `{usage}`' + (f'：{summary}' if summary else ''))
    return result


def hand_written(modules, names, root):
    """手写的公开名字：([Entry], [Problem])。`modules`：模块 → 路径，`names`：模块 → 名字。"""
    entries, problems = [], []
    for module, path in modules.items():
        where = path.relative_to(root).as_posix()
        try:
            source = path.read_text(encoding='utf-8')
            tree = ast.parse(source)
        except OSError:
            problems.append(Problem(where, 0, 0, '没有这个手写的文件。请补上它。'))
            continue
        except SyntaxError as error:
            text = f'语法错误（{error.msg}）。请改好这一行。'
            problems.append(Problem(where, 0, error.lineno or 0, text))
            continue
        summary = (ast.get_docstring(tree) or '').partition('\n')[0]
        defined = {name: node for node in tree.body for name in _defined(node)}
        for name in names.get(module, ()):
            if name in defined:
                above = source.split('\n')[:defined[name].lineno - 1][::-1]
                note = _note(above, reverse=True) or summary
                entries.append(Entry(name, defined[name], note, f'`{where}`'))
            else:
                problems.append(Problem(where, 0, 0, f'没有定义 {name}。请在这里顶格定义它。'))
    return entries, problems


def _defined(node):
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [each.asname or each.name for each in node.names]
    targets = [getattr(node, 'target', None), *getattr(node, 'targets', [])]
    return [getattr(node, 'name', ''), *(getattr(each, 'id', '') for each in targets)]


def _note(lines, reverse=False):
    """`lines` 开头连续的注释的文字。"""
    comments = [line.lstrip('# ') for line in takewhile(lambda line: line.startswith('#'), lines)]
    return join_lines(comments[::-1] if reverse else comments)


def _paragraphs(text):
    """普通的段落接成一行，列表、代码等照原样。"""
    if '```' in text:
        return [text]
    blocks = [block.splitlines() for block in text.split('\n\n')]
    return ['\n'.join(block) if any(line[:1] in ' -*+|>#$0123456789' for line in block)
            else join_lines(block) for block in blocks]


def join_lines(lines):
    """把几行接成一行：两边都是汉字或有全角标点时直接接，否则隔一个空格。"""
    result = ''
    for line in filter(None, lines):
        sides = (result[-1:] or '。') + line[0]
        wide = [unicodedata.east_asian_width(side) in 'WF' for side in sides]
        mark = [unicodedata.category(side)[0] == 'P' for side in sides]
        tight = all(wide) or any(w and m for w, m in zip(wide, mark, strict=True))
        result += ('' if tight else ' ') + line
    return result
