"""包 d2l_local：哪些模块是手写的、各公开什么；一段代码用到它的哪些名字。"""
import ast
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from tools.api_page import Entry
from tools.docstrings import join_lines
from tools.report import Problem

PACKAGE = 'd2l_local'
NOTICE = '由 make lib（python -m tools.library）生成，请勿手改'


class Module(NamedTuple):
    """手写的一个模块：`entries` 是它的 `__all__` 里的名字，`uses` 是它用到的同包的名字。"""

    path: Path
    text: str
    entries: list[Entry]
    uses: set[str]


def generated(path: Path) -> bool:
    """`path` 是不是生成的：开头几行里有那句话。"""
    return NOTICE in '\n'.join(path.read_text(encoding='utf-8', errors='replace').split('\n', 12)[:12])


def hand_written(root: Path) -> tuple[dict[str, Module], list[Problem]]:
    """手写的模块 {名字: Module} 和其中的问题。`__init__` 只有导入，不算。"""
    modules, problems = {}, []
    for path in sorted((root / PACKAGE).glob('*.py')):
        if path.name == '__init__.py' or generated(path):
            continue
        file, text = path.relative_to(root).as_posix(), path.read_text(encoding='utf-8')
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            problems.append(Problem(file, 0, error.lineno or 0, f'语法错误（{error.msg}）。请改好这一行。'))
            tree = ast.Module([], [])
        defined = {name: node for node in tree.body for name in _defined(node)}
        lists = defined.get('__all__')
        public = ast.literal_eval(lists.value) if isinstance(lists, ast.Assign) else []
        problems += [Problem(file, 0, 0, f'没有定义 {name}。请在这里顶格定义它，或从 __all__ 里去掉。')
                     for name in public if name not in defined]
        summary = (ast.get_docstring(tree) or '').partition('\n')[0]
        entries = [Entry(name, node, comment_above(text, node.lineno) or summary, f'`{file}`')
                   for name in public if (node := defined.get(name))]
        modules[path.stem] = Module(path, text, entries, {name for name, _ in used_names(tree)})
    return modules, problems


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [each.asname or each.name for each in node.names]
    targets = [getattr(node, 'target', None), *getattr(node, 'targets', [])]
    return [getattr(node, 'name', ''), *(getattr(each, 'id', '') for each in targets)]


def comment_above(text: str, line: int) -> str:
    """`text` 里紧靠在第 `line` 行上面的注释，接成一段。"""
    above = takewhile(lambda each: each.startswith('#'), reversed(text.split('\n')[:line - 1]))
    return join_lines(line.lstrip('# ') for line in reversed(list(above)))


def used_names(tree: ast.AST, aliases: Iterable[str] = ()) -> list[tuple[str, int]]:
    """`tree` 里用到的 `d2l_local` 的名字：[(名字, 行号)]。

    `aliases` 是绑定到 `d2l_local` 的名字，`tree` 里导入的自动加上。不写成 `d2l.名字` 而用到整个包的
    地方（如 `dir(d2l)`）记作 '*'，单单导入它记作 ''。
    """
    nodes, aliases, found = list(ast.walk(tree)), set(aliases), []
    for node in nodes:
        if isinstance(node, ast.Import):
            for each in node.names:
                top, *path = each.name.split('.')
                if top == PACKAGE:
                    aliases |= set() if path and each.asname else {each.asname or top}
                    found.append((''.join(path[:1]), node.lineno))
        elif isinstance(node, ast.ImportFrom):
            top, *path = [PACKAGE] * node.level + (node.module or '').split('.')
            if top == PACKAGE:
                names = [*path, *(each.name for each in node.names)]
                found += [(name, node.lineno) for name in names if name]
    owners = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    found += [(node.attr, node.lineno) for node in nodes if isinstance(node, ast.Attribute)
              and isinstance(node.value, ast.Name) and node.value.id in aliases]
    return found + [('*', node.lineno) for node in nodes if isinstance(node, ast.Name)
                    and node.id in aliases and id(node) not in owners]


def reached(names: Iterable[str], uses: dict[str, set[str]]) -> set[str]:
    """`names` 和它们直接、间接用到的名字；`uses` 里没有的不算，模块 x 记作 'x.py'，'*' 是全部。"""
    found, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        waiting += uses if name == '*' else ()
        name = name if name in uses else f'{name}.py'
        if name in uses and name not in found:
            found.add(name)
            waiting += uses[name]
    return found
