"""公用函数的 docstring：读出各部分，查写法。布局的例子在 CONTRIBUTING.md 里。

各部分依次是概述、说明、“参数：”、“返回：”、“异常：”、“出处：”，用不到的省去。
"""
import ast
import copy
import inspect
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

PARTS = ('参数', '返回', '异常', '出处')
LISTS = ('参数', '异常')
HEAD = re.compile(rf'({"|".join(PARTS)})([：:])(.*)')
ITEM = re.compile(r' {4}(\S[^：]*)：(\s*\S.*)')
# 汉字前后的半角标点；括号和 `…` 里是记法，不是句子。
HALF = re.compile(r'(?<=[\u4e00-\u9fff”）])[,;:!?](?![\w/])|(?<=[\u4e00-\u9fff”）])[,;:!?](?=[\u4e00-\u9fff])'
                  r'|(?<=[\u4e00-\u9fff”）])\.(?=\s|$)|(?<=\w)[,;!?] ?(?=[\u4e00-\u9fff“（])')
QUOTED, BRACKETS = re.compile(r'`[^`]*`'), re.compile(r'\([^()]*\)|\[[^][]*\]|\{[^{}]*\}|（[^（）]*）')
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class DocstringError(Exception):
    """不合写法：`args` 是 docstring 里的第几行（从 0 数起）和怎么改。"""


class Doc(NamedTuple):
    """读好的 docstring。`parts` 里“参数”“异常”是 {名字: 说明}，“返回”“出处”是一段文字。"""

    summary: str
    body: list[str]
    parts: dict


def read(text: str) -> Doc:
    """把 docstring 读成 `Doc`；不合写法时抛出 `DocstringError`。"""
    lines = inspect.cleandoc(text).splitlines() or ['']
    starts = [number for number, line in enumerate(lines) if HEAD.match(line)] + [len(lines)]
    doc = Doc(lines[0], lines[1:starts[0]], {})
    _require(starts[0] and lines[0].strip(), 0, 'docstring 没有概述。请在第一行用一句话说它做什么。')
    _require(not ''.join(lines[1:2]).strip(), 1, 'docstring 的第一行之后没有空行。请空一行。')
    for start, end in zip(starts, starts[1:], strict=False):
        part, colon, rest = HEAD.match(lines[start]).groups()
        _require(colon == '：', start, f'“{part}”后面是半角冒号。请改成全角的“：”。')
        _require(all(PARTS.index(part) > PARTS.index(other) for other in doc.parts), start,
                 f'docstring 的各部分次序不对。请依次写{"、".join(PARTS)}，每种一次。')
        _require(part not in LISTS or not rest.strip(), start,
                 f'“{part}：”后面有字。请换行，每项缩进四格写成“名字：说明”。')
        found: dict[str, list[str]] = {} if part in LISTS else {'': [rest.strip()]}
        for number, line in enumerate(lines[start + 1:end], start + 1):
            item = ITEM.fullmatch(line) if part in LISTS else None
            if item:
                found[item[1].strip()] = [item[2].strip()]
            elif line.strip():
                _require(found and line.startswith(' ' * (5 if part in LISTS else 1)), number,
                         f'“{line.strip()}”不合“{part}”的写法。每项请缩进四格写成“名字：说明”，用全角冒号；'
                         '续行请缩进；说明请写在各部分之前。')
                found[list(found)[-1]].append(line.strip())
        joined = {name: join_lines(texts) for name, texts in found.items()}
        doc.parts[part] = joined if part in LISTS else joined['']
        _require(doc.parts[part], start, f'docstring 的“{part}”没有内容。请补上，或删去这一部分。')
    return doc


def _require(right: object, line: int, told: str) -> None:
    if not right:
        raise DocstringError(line, told)


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
    own = list(_own(node.body)) if isinstance(node, ast.FunctionDef) else []
    gives = any(isinstance(each, (ast.Yield, ast.YieldFrom)) or isinstance(each, ast.Return) and each.value
                for each in own)
    raises = any(isinstance(each, ast.Raise) for each in own)
    found = arguments(node)
    try:
        doc = read(text)
        names = [] if found is None else [
            '*' * (each is found.vararg) + '**' * (each is found.kwarg) + each.arg
            for each in ast.iter_child_nodes(found) if isinstance(each, ast.arg)]
        written = '、'.join(doc.parts.get('参数', {}))
        _require(found is None or written == '、'.join(names), 0, f'docstring 的“参数”里是“{written}”，'
                 f'与定义里的不同。请依次写“{"、".join(names)}”。')
        _require(not gives or '返回' in doc.parts, 0, '函数有返回值，docstring 却没有“返回：”。请补上。')
        _require(not raises or '异常' in doc.parts, 0, '函数会抛出异常，docstring 却没有“异常：”。请补上。')
        _require(doc.parts.get('出处') == label, 0, f'docstring 的出处不对。请写成“出处：{label}”。')
    except DocstringError as error:
        line, told = error.args
        return [(start + line + (len(text) - len(text.lstrip('\n')) if line else 0), told)]
    return []


def half_width(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """`tree` 里各 docstring 的句子里的半角标点：[(行号, 怎么改)]；括号和 `…` 里的是记法，不算。"""
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        text = ast.get_docstring(node, clean=False) or ''
        plain = QUOTED.sub(lambda found: re.sub('[^\n]', '·', found[0]), text)
        while (inner := BRACKETS.sub(lambda found: re.sub('[^\n]', '·', found[0]), plain)) != plain:
            plain = inner
        for number, line in enumerate(plain.splitlines()):
            if found := HALF.search(line):
                yield (node.body[0].lineno + number, f'docstring 里的“{text.splitlines()[number].strip()}”'
                       f'用了半角的“{found[0].strip()}”。请改成全角的标点。')


def _own(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """`nodes` 和它们的子孙，不进入里面定义的函数。"""
    for node in nodes:
        yield node
        if not isinstance(node, FUNCTIONS):
            yield from _own(ast.iter_child_nodes(node))


def arguments(node: ast.FunctionDef | ast.ClassDef) -> ast.arguments | None:
    """函数的参数，或类的 `__init__` 除 self 外的参数；从别处继承来的是 None。"""
    if isinstance(node, ast.FunctionDef):
        return node.args
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and each.name == '__init__':
            return without_first(each)
    return None if node.bases or node.decorator_list else ast.arguments([], [], None, [], [], None, [])


def without_first(method: ast.FunctionDef) -> ast.arguments:
    """方法的参数，去掉 self；静态方法照原样。"""
    found = copy.deepcopy(method.args)
    if 'staticmethod' not in map(ast.unparse, method.decorator_list):
        (found.posonlyargs or found.args)[:1] = []
    return found
