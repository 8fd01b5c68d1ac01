"""读一格代码：语法树（行号就是手稿的行号）、`#@save` 标着哪些定义、它们的原文，各名字从哪来。"""
import ast
import io
import re
import tokenize
import warnings
from typing import NamedTuple

from tools.book import Cell

WRONG_MARK = '这个 #@save 不起作用：它要自成一条注释，不带别的字。请改成 #@save。'
NOT_SAVABLE = ('#@save 没有标着能保存的定义。请写在顶格的 def、class 或“名字 = 值”的同一行，或独占'
               '紧靠上面的一行；别的语句（如 import、async def、几个目标的赋值）不能保存。')
MAGIC = '有 #@save 的格里不能有魔法命令或 shell 命令。请把它移到另一格。'


class Code(NamedTuple):
    """读好的一格：`saved` 是标了 `#@save` 的语句 → 去掉标记的 [(行号, 文字)]，`faults` 是 [(行号, 怎么改)]。"""

    cell: Cell
    body: list[ast.stmt]
    saved: dict[ast.stmt, list[tuple[int, str]]]
    faults: list[tuple[int, str]]


def read(cell: Cell) -> Code:
    """读懂一格。有语法错误的格没有语句；魔法命令由 IPython 改写，但有 `#@save` 的格里不能有。"""
    marked = re.search(r'#\s*@save', cell.source)
    try:
        body = parse(cell.source, cell.line).body
    except (SyntaxError, ValueError):
        magic = re.search(r'^[%!]', cell.source, re.M)
        if magic and marked:
            return Code(cell, [], {}, [(cell.line + cell.source[:magic.start()].count('\n'), MAGIC)])
        from IPython.core.inputtransformer2 import TransformerManager
        try:
            return Code(cell, parse(TransformerManager().transform_cell(cell.source), cell.line).body, {}, [])
        except (SyntaxError, ValueError) as error:
            told = f'语法错误（{getattr(error, "msg", error)}）。请改好这一行。'
            return Code(cell, [], {}, [(getattr(error, 'lineno', 0) or cell.line, told)])
    return _read_marks(cell, body) if marked else Code(cell, body, {}, [])


def parse(source: str, line: int = 1) -> ast.Module:
    """语法树，第一行的行号是 `line`；语法不对时抛出 SyntaxError 或 ValueError。"""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', SyntaxWarning)
        return compile('\n' * (line - 1) + source, '<cell>', 'exec', dont_inherit=True,
                       flags=ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def _read_marks(cell: Cell, body: list[ast.stmt]) -> Code:
    comments = [(cell.line + token.start[0] - 1, token.start[1], token.string.rstrip())
                for token in tokenize.generate_tokens(io.StringIO(cell.source).readline)
                if token.type == tokenize.COMMENT]
    marks = {line: column for line, column, text in comments if text == '#@save'}
    faults = [(line, WRONG_MARK) for line, _, text in comments
              if text != '#@save' and re.search(r'#\s*@save', text)]
    lines = dict(enumerate(cell.source.split('\n'), cell.line))
    saved = {}
    for line, column in marks.items():
        owners = [node for node in body if _first(node) <= line <= _header_end(node)]
        owners = owners or [node for node in body if _first(node) == line + 1 and column == 0]
        if len(owners) == 1 and target(owners[0]):
            saved[owners[0]] = _cut(owners[0], lines, marks, {number for number, place, _ in comments if not place})
        else:
            faults.append((line, NOT_SAVABLE))
    return Code(cell, body, saved, faults)


def _first(node: ast.stmt) -> int:
    return min([node.lineno, *(each.lineno for each in getattr(node, 'decorator_list', []))])


def _header_end(node: ast.stmt) -> int:
    """函数和类是签名的末行，别的语句是末行。"""
    inside = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and _first(node.body[0]) - 1
    return max(node.lineno, inside) if inside else node.end_lineno


def target(node: ast.stmt) -> str:
    """`node` 定义的名字；不是能保存的定义时是空串。"""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node.name
    targets = node.targets if isinstance(node, ast.Assign) else []
    targets = [node.target] if isinstance(node, ast.AnnAssign) and node.value else targets
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ''


def _cut(node: ast.stmt, lines: dict[int, str], marks: dict[int, int], comments: set[int]) -> list:
    """`node` 的原文：连同紧靠在上面的注释和末尾缩进的注释，去掉标记。"""
    first, last = _first(node), node.end_lineno
    while first - 1 in comments:
        first -= 1
    while lines.get(last + 1, 'x')[:1] in ('', ' ', '\t'):
        last += 1
    while not lines[last].strip():
        last -= 1
    kept = ((number, lines[number][:marks[number]].rstrip() if number in marks else lines[number])
            for number in range(first, last + 1))
    return [(number, line) for number, line in kept if line or number not in marks]


def bound(node: ast.stmt) -> set[str]:
    """顶格的语句 `node` 绑定的名字（推导式里的也算，宁多勿少）。"""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        return {node.name}
    nodes = list(ast.walk(node))
    return {each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)} | {
        (each.asname or each.name).split('.')[0] for each in nodes if isinstance(each, ast.alias)} | {
        each.name for each in nodes if isinstance(each, (ast.FunctionDef, ast.ClassDef))}


def taken(node: ast.stmt) -> dict[str, int]:
    """定义 `node` 从外面取用的名字 → 行号；在它里面也被绑定的名字不算，由 ruff 去判断。"""
    nodes, found = list(ast.walk(node)), {}
    inside = {each.arg for each in nodes if isinstance(each, ast.arg)} | {
        each.id for each in nodes if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)}
    inside -= {name for each in nodes if isinstance(each, ast.Global) for name in each.names}
    for each in nodes:
        if isinstance(each, ast.Name) and each.id not in inside:
            found[each.id] = min(each.lineno, found.get(each.id, each.lineno))
    return found


def without_prefix(node: ast.stmt, lines: list[tuple[int, str]], names: set[str]) -> list[tuple[int, str]]:
    """原文里 `d2l.名字` 的前缀去掉，因为这些名字在同一个模块里；注释、字符串和局部同名的不变。"""
    local = names - {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)} - {
        each.id for each in ast.walk(node) if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)}
    found = [(each.lineno, each.col_offset) for each in ast.walk(node) if isinstance(each, ast.Attribute)
             and isinstance(each.value, ast.Name) and each.value.id == 'd2l' and each.attr in local]
    texts = {number: text.encode() for number, text in lines}
    for number, column in sorted(found, reverse=True):
        texts[number] = texts[number][:column] + texts[number][column:].removeprefix(b'd2l.')
    return [(number, text.decode()) for number, text in texts.items()]
