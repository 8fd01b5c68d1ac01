"""读一格代码：语法树（行号就是手稿的行号），`#@save` 标着哪些定义，它们的原文和取用的名字。"""
import ast
import io
import re
import symtable
import tokenize
import warnings
from types import MappingProxyType
from typing import NamedTuple

from tools.book import Cell

LIKE = re.compile(r'#\s*@\s*save', re.I)
WRONG_MARK = '这个 #@save 不起作用：它要自成一条注释，不带别的字。请改成 #@save。'
NOT_SAVABLE = ('#@save 没有标着能保存的定义。请写在顶格的 def、class 或“名字 = 值”的同一行，或独占'
               '紧靠上面的一行；别的语句（如 import、async def、几个目标的赋值）不能保存。')
PATTERNS = ast.MatchAs, ast.MatchStar, ast.MatchMapping
# 列表、字典、集合里改动自己的方法：不能改的同类（元组等）没有的。
MUTATORS = {name for kind in (list, dict, set) for name in dir(kind)} - {
    name for kind in (tuple, MappingProxyType, frozenset) for name in dir(kind)}
MAGIC = '有 #@save 的格里不能有魔法命令或 shell 命令。请把它移到另一格。'


class Code(NamedTuple):
    """一格：`saved` 是标了 `#@save` 的语句 → 去掉标记的 {行号: 文字}，`faults` 是 [(行号, 怎么改)]。"""

    cell: Cell
    body: list[ast.stmt]
    saved: dict[ast.stmt, dict[int, str]]
    faults: list[tuple[int, str]]


def read(cell: Cell) -> Code:
    """读懂一格。有语法错误的格没有语句；魔法命令由 IPython 改写，但有 `#@save` 的格里不能有。"""
    marked = LIKE.search(cell.source)
    try:
        body = _parse(cell, cell.source)
    except (SyntaxError, ValueError):
        magic = re.search(r'^[%!]', cell.source, re.M)
        if magic and marked:
            return Code(cell, [], {}, [(cell.line + cell.source[:magic.start()].count('\n'), MAGIC)])
        from IPython.core.inputtransformer2 import TransformerManager
        try:
            return Code(cell, _parse(cell, TransformerManager().transform_cell(cell.source)), {}, [])
        except (SyntaxError, ValueError) as error:
            told = f'语法错误（{getattr(error, "msg", error)}）。请改好这一行。'
            return Code(cell, [], {}, [(getattr(error, 'lineno', 0) or cell.line, told)])
    return _read_marks(cell, body) if marked else Code(cell, body, {}, [])


def _parse(cell: Cell, source: str) -> list[ast.stmt]:
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', SyntaxWarning)
        return compile('\n' * (cell.line - 1) + source, '<cell>', 'exec', dont_inherit=True,
                       flags=ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT).body


def _read_marks(cell: Cell, body: list[ast.stmt]) -> Code:
    code = Code(cell, body, {}, [])
    lines = dict(enumerate(cell.source.split('\n'), cell.line))
    comments = {cell.line + token.start[0] - 1: (token.start[1], token.string.rstrip())
                for token in tokenize.generate_tokens(io.StringIO(cell.source).readline)
                if token.type == tokenize.COMMENT}
    for line, (column, text) in comments.items():
        if text != '#@save':
            code.faults.extend([(line, WRONG_MARK)] if LIKE.search(text) else [])
            continue
        owners = [node for node in body if _first(node) <= line <= _header_end(node)]
        owners = owners or [node for node in body if _first(node) == line + 1 and column == 0]
        if len(owners) == 1 and target(owners[0]):
            code.saved[owners[0]] = _cut(owners[0], lines, comments)
        else:
            code.faults.append((line, NOT_SAVABLE))
    return code


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


def _cut(node: ast.stmt, lines: dict[int, str], comments: dict[int, tuple[int, str]]) -> dict[int, str]:
    """`node` 的原文：连同紧靠在上面的注释和末尾缩进的注释，去掉标记。"""
    first, last = _first(node), node.end_lineno
    while first - 1 in comments and comments[first - 1][0] == 0:
        first -= 1
    while lines.get(last + 1, 'x')[:1] in ('', ' ', '\t'):
        last += 1
    while not lines[last].strip():
        last -= 1
    marks = {line: column for line, (column, text) in comments.items() if text == '#@save'}
    kept = {line: lines[line][:marks[line]].rstrip() if line in marks else lines[line]
            for line in range(first, last + 1)}
    return {line: text for line, text in kept.items() if text or line not in marks}


def bound(node: ast.stmt) -> set[str]:
    """顶格的语句 `node` 绑定的名字，连同它里面 global 的；推导式的变量不算。"""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        return {node.name, *declared(node)}
    nodes = list(ast.walk(node))
    inner = {id(name) for each in nodes if isinstance(each, ast.comprehension)
             for name in ast.walk(each.target)}
    return {each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            and id(each) not in inner} | {
        (each.asname or each.name).split('.')[0] for each in nodes if isinstance(each, ast.alias)} | {
        each.name for each in nodes if isinstance(each, (ast.FunctionDef, ast.ClassDef))} | {
        name for each in nodes if isinstance(each, PATTERNS)
        if (name := getattr(each, 'rest', None) or getattr(each, 'name', None))}


def altered(node: ast.stmt) -> set[str]:
    """顶格的语句 `node` 原地改动的东西的名字，如 CONFIG['a'] = 1、f.k = 2、d2l.NAMES.append(3)。"""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        return set()
    found = {_root(each) for each in ast.walk(node) if isinstance(each, (ast.Attribute, ast.Subscript))
             and not isinstance(each.ctx, ast.Load)}
    return found | {_root(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)
                    and isinstance(each.func, ast.Attribute) and each.func.attr in MUTATORS}


def _root(node: ast.expr) -> str:
    """`a.b[0].c` 的 a；`d2l.a.b` 的也是 a。"""
    inside = ''
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        inside = node.attr if isinstance(node, ast.Attribute) else ''
        node = node.value
    name = node.id if isinstance(node, ast.Name) else ''
    return inside if name == 'd2l' else name


def declared(node: ast.stmt) -> list[str]:
    """`node` 里写在 global 后面的名字。"""
    return [name for each in ast.walk(node) if isinstance(each, ast.Global) for name in each.names]


def local(node: ast.stmt) -> set[str]:
    """定义 `node` 里面的参数和赋值的名字。"""
    nodes = list(ast.walk(node))
    return ({each.arg for each in nodes if isinstance(each, ast.arg)}
            | {each.id for each in nodes if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)}
            ) - {*declared(node)}


def taken(node: ast.stmt) -> dict[str, int]:
    """定义 `node` 从外面取用的名字 → 行号，连同写成字符串的类型里的。"""
    names = _global(symtable.symtable(ast.unparse(node), '<def>', 'exec')) - (bound(node) - {*declared(node)})
    found = dict[str, int]()
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id in names:
            found[each.id] = min(each.lineno, found.get(each.id, each.lineno))
    kinds = [getattr(each, field, None) for each in ast.walk(node) for field in ('annotation', 'returns')]
    for kind in kinds:
        if isinstance(kind, ast.Constant) and isinstance(kind.value, str):
            found |= dict.fromkeys(re.findall(r'(?<![.\w])[^\W\d]\w*', kind.value), kind.lineno)
    return found


def _global(scope: symtable.SymbolTable) -> set[str]:
    """在 `scope` 和它里面取用的，不是参数也不是局部变量的名字。"""
    return {each.get_name() for each in scope.get_symbols() if each.is_global()
            }.union(*map(_global, scope.get_children()))


def without_prefix(node: ast.stmt, lines: dict[int, str], names: set[str]) -> dict[int, str]:
    """原文里 `d2l.名字` 的前缀去掉，因为这些名字在同一个模块里；注释、字符串和局部同名的不变。"""
    names = names - local(node)
    found = [(each.lineno, each.col_offset) for each in ast.walk(node) if isinstance(each, ast.Attribute)
             and isinstance(each.value, ast.Name) and each.value.id == 'd2l' and each.attr in names]
    texts = {line: text.encode() for line, text in lines.items()}
    for line, column in sorted(found, reverse=True):
        texts[line] = texts[line][:column] + texts[line][column:].removeprefix(b'd2l.')
    return {line: text.decode() for line, text in texts.items()}
