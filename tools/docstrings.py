"""公用函数的 docstring：读出各部分，查写法。布局的例子在 CONTRIBUTING.md 里。

各部分依次是概述、说明、“参数：”、“返回：”、“异常：”、“出处：”，用不到的省去。
"""
import ast
import copy
import inspect
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

PARTS = ('参数', '返回', '异常', '出处')
LISTS = ('参数', '异常')
HEAD = re.compile(rf'({"|".join(PARTS)})([：:])(.*)')
ITEM = re.compile(r' {4}(\S[^：]*)：(\s*\S.*)')
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class DocstringError(Exception):
    """不合写法：`line` 是 docstring 里的第几行（从 0 数起）。"""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


@dataclass
class Doc:
    """读好的 docstring。`parts` 里“参数”“异常”是 {名字: 说明}，“返回”“出处”是一段文字。"""

    summary: str
    body: list[str] = field(default_factory=list)
    parts: dict = field(default_factory=dict)


def read(text: str) -> Doc:
    """把 docstring 读成 `Doc`；不合写法时抛出 `DocstringError`。"""
    lines = inspect.cleandoc(text).splitlines() or ['']
    starts = [number for number, line in enumerate(lines) if HEAD.match(line)] + [len(lines)]
    if starts[0] == 0 or not lines[0].strip():
        raise DocstringError(0, 'docstring 没有概述。请在第一行用一句话说它做什么。')
    if len(lines) > 1 and lines[1].strip():
        raise DocstringError(1, 'docstring 的第一行之后没有空行。请空一行。')
    doc = Doc(lines[0], lines[1:starts[0]])
    for start, end in zip(starts, starts[1:], strict=False):
        part, colon, rest = HEAD.match(lines[start]).groups()
        if colon == ':':
            raise DocstringError(start, f'“{part}”后面是半角冒号。请改成全角的“：”。')
        if any(PARTS.index(part) <= PARTS.index(other) for other in doc.parts):
            raise DocstringError(start, f'docstring 的各部分次序不对。请依次写{"、".join(PARTS)}，每种一次。')
        numbered = list(enumerate(lines[start + 1:end], start + 1))
        if part in LISTS and rest.strip():
            raise DocstringError(start, f'“{part}：”后面有字。请换行，每项缩进四格写成“名字：说明”。')
        doc.parts[part] = _items(numbered) if part in LISTS else _sentence(part, rest.strip(), numbered)
        if not doc.parts[part]:
            raise DocstringError(start, f'docstring 的“{part}”没有内容。请补上，或删去这一部分。')
    return doc


def _items(numbered: Iterable[tuple[int, str]]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for number, line in numbered:
        item = ITEM.fullmatch(line)
        if item:
            found[item[1].strip()] = [item[2].strip()]
        elif found and line.startswith(' ' * 5):
            found[list(found)[-1]].append(line.strip())
        elif line.strip():
            raise DocstringError(number, f'“{line.strip()}”不成一项。每项请缩进四格写成“名字：说明”，'
                                         '用全角冒号；续行请缩进八格。')
    return {name: join_lines(lines) for name, lines in found.items()}


def _sentence(part: str, first: str, numbered: Iterable[tuple[int, str]]) -> str:
    lines = [first]
    for number, line in numbered:
        if line.strip() and line[0] != ' ':
            raise DocstringError(number, f'“{line}”不属于“{part}”。说明请写在各部分之前，续行请缩进。')
        lines.append(line.strip())
    return join_lines(lines)


def join_lines(lines: Iterable[str]) -> str:
    """把几行接成一行：两边都是汉字或有全角标点时直接接，否则隔一个空格。"""
    result = ''
    for line in filter(None, lines):
        sides = (result[-1:] or '。') + line[0]
        wide = [unicodedata.east_asian_width(side) in 'WF' for side in sides]
        mark = [unicodedata.category(side)[0] == 'P' for side in sides]
        tight = all(wide) or any(w and m for w, m in zip(wide, mark, strict=True))
        result += ('' if tight else ' ') + line
    return result


def check(node: ast.FunctionDef | ast.ClassDef, label: str) -> list[tuple[int, str]]:
    """`node` 的 docstring 的毛病：[(行号，与 `node` 的同样数, 怎么改)]。`label` 是“出处”该写的节。"""
    text = ast.get_docstring(node, clean=False) or ''
    if not text.strip():
        return [(node.lineno, '没有 docstring。请照 CONTRIBUTING.md 里的写法写上。')]
    start = node.body[0].lineno
    try:
        doc = read(text)
    except DocstringError as error:
        return [(start + len(text) - len(text.lstrip('\n')) + error.line, str(error))]
    own = list(_own(node.body)) if isinstance(node, ast.FunctionDef) else []
    gives = any(isinstance(each, (ast.Yield, ast.YieldFrom)) or isinstance(each, ast.Return) and each.value
                for each in own)
    expected, written = parameters(node), '、'.join(doc.parts.get('参数', {}))
    faults = (
        (expected is not None and written != '、'.join(expected or []), f'docstring 的“参数”里是“{written}”，'
         f'与定义里的不同。请依次写“{"、".join(expected or [])}”。'),
        (gives and '返回' not in doc.parts, '函数有返回值，docstring 却没有“返回：”。请补上。'),
        (any(isinstance(each, ast.Raise) for each in own) and '异常' not in doc.parts,
         '函数会抛出异常，docstring 却没有“异常：”。请补上。'),
        (doc.parts.get('出处') != label, f'docstring 的出处不对。请写成“出处：{label}”。'))
    return [(start, told) for wrong, told in faults if wrong][:1]


def _own(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """`nodes` 和它们的子孙，不进入里面定义的函数。"""
    for node in nodes:
        yield node
        if not isinstance(node, FUNCTIONS):
            yield from _own(ast.iter_child_nodes(node))


def parameters(node: ast.FunctionDef | ast.ClassDef) -> list[str] | None:
    """函数的参数名，或类的 `__init__` 除 self 外的；从别处继承来的是 None。"""
    found = arguments(node)
    if found is None:
        return None
    starred = ([f'*{found.vararg.arg}'] if found.vararg else [],
               [f'**{found.kwarg.arg}'] if found.kwarg else [])
    return [*(each.arg for each in found.posonlyargs + found.args), *starred[0],
            *(each.arg for each in found.kwonlyargs), *starred[1]]


def arguments(node: ast.FunctionDef | ast.ClassDef) -> ast.arguments | None:
    """函数的参数，或类的 `__init__` 除 self 外的参数；从别处继承来的是 None。"""
    if isinstance(node, ast.FunctionDef):
        return node.args
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == '__init__':
            return without_first(each)
    inherited = node.bases or node.decorator_list
    return None if inherited else ast.arguments([], [], None, [], [], None, [])


def without_first(method: ast.FunctionDef) -> ast.arguments:
    """方法的参数，去掉 self；静态方法照原样。"""
    found = copy.deepcopy(method.args)
    if not any(ast.unparse(each) == 'staticmethod' for each in method.decorator_list):
        (found.posonlyargs or found.args)[:1] = []
    return found
