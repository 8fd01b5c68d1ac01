"""全书标了 `#@save` 的定义：收下来，查名字的来处，连成每章一个模块的文字。

一章的导入和定义连成一个模块以后，未定义的、重复的名字由 ruff 找出，指回手稿的行。
"""
import ast
import builtins
import functools
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tools import docstrings, marks
from tools.book import Page
from tools.package import NOTICE, PACKAGE, Module, used_names
from tools.report import Problem

WIDTH = 99
RUFF = (sys.executable, '-m', 'ruff', 'check', '--isolated', '--no-cache', '--ignore-noqa', '--quiet',
        '--target-version', 'py311', '--line-length', str(WIDTH))
WRITE_D2L = '保存的定义里只能用 import d2l_local as d2l 和 d2l.名字。请照此改。'
UNSAVED = '{} 是这一页上没有保存的定义。请也标上 #@save，或作为参数传入。'
STAR = '{} 也许来自前面的 from {} import *，提取时看不出来。请写明：from {} import {}。'
NOT_TOP = '{} 是在 {} 里导入的，提取时带不走。请改在顶格直接导入，或在用到它的定义里导入。'
NOT_SAVED = '{} 是在 {} 里得来的，不能标 #@save。请另写顶格的“{} = 值”并标上 #@save，或作为参数传入。'
COROUTINE = '{} 是 async def，不能标 #@save。请作为参数传入，或改成普通的函数。'
RELATIVE = '{} 是用相对导入得来的，页面上没有这样的包。请写明包的名字。'
LATER = '{} 在这之后才有。请把它移到前面（是定义的话，请也标上 #@save），或作为参数传入。'
NOT_YET = 'd2l_local 里还没有 {}。请先在前面保存它，或改正名字。'
UNKNOWN = '{} 没有导入，前面也没有保存过。请在前面的格里导入它，或作为参数传入。'
CHANGED = '{} 保存以后又在这里改动，后面的页得到的是没有改动的。请在保存时就写全，或换个没有保存的名字。'
REBOUND = '{} 保存以后又在这里换成了别的，后面的页得到的是先前的。请给这里的换个名字。'
GLOBAL = '保存的定义里不能用 global {}：后面的页的 d2l.{} 不会跟着变。请改成类的属性，或作为参数传入、返回。'
REIMPORTED = '{} 在这里换成了别的，而前面保存的 {} 用着它。请给这里的换个名字。'
TWICE = '{} 与 {} 的重名，而一章的定义在同一个模块里。请给其中一个换名字。'

STATEMENTS = {ast.Try: 'try', ast.If: 'if', ast.For: 'for', ast.While: 'while', ast.With: 'with',
              ast.Match: 'match', ast.Assign: '几个目标的赋值', ast.AugAssign: '改写的赋值',
              ast.Expr: '表达式'}


class Line(NamedTuple):
    """模块里的一行，来自手稿的哪一页、哪一格、哪一行；不来自手稿的行没有页。"""

    text: str
    page: Page | None = None
    cell: int = 0
    line: int = 0

    def problem(self, text: str) -> Problem:
        return Problem(self.page.name(self.page.text), self.cell, self.line, text)


class Saved(NamedTuple):
    """一个标了 `#@save` 的定义：`lines` 是去掉标记的原文，`imports` 是可能要带走的导入（名字 → 行），
    `uses` 是可能用到的 `d2l_local` 的名字。"""

    name: str
    node: ast.stmt
    lines: list[Line]
    imports: dict[str, Line]
    uses: set[str]

    @property
    def page(self) -> Page:
        return self.lines[0].page

    @property
    def place(self) -> str:
        return f'{self.page.name(self.page.text)}:{self.node.lineno}'

    @property
    def source(self) -> str:
        return '\n'.join(line.text for line in self.lines)

    def at(self, line: int) -> Line:
        return self.lines[0]._replace(line=line)


def module_name(page: Page) -> str:
    """`page` 所在的章的模块名：'ch2_linear' 是 'linear'；不在某章里的页是空串。"""
    found = re.fullmatch(r'ch\d+_([a-z_]+)', page.chapter)
    return found[1] if found else ''


@functools.lru_cache(maxsize=256)
def _read_code(page: Page, text: str) -> tuple[marks.Code, ...]:
    return tuple(map(marks.read, page.cells('code')))


def read_code(page: Page) -> tuple[marks.Code, ...]:
    """读懂的各代码格，同样的手稿一个进程里只读一次。"""
    return _read_code(page, page.read())


# ---- 收下定义 ----


def collect(everything: list[Page], hand: dict[str, Module]) -> tuple[dict[str, Saved], list[Problem], bool]:
    """(按次序的定义, 问题, 全都收下了没有)。`hand` 是手写的模块。"""
    saved: dict[str, Saved] = {}
    problems, complete = [], True
    taken = {entry.name: f'{name}.py' for name, module in hand.items() for entry in module.entries}
    taken |= {name: f'{name}.py' for name in (*hand, *filter(None, map(module_name, everything)))}
    for page in everything:
        bindings: dict[str, ast.stmt | Line | Saved] = {}
        for code in read_code(page):
            faults = list(code.faults)
            for node in code.body:
                if node not in code.saved:
                    here = Line('', page, code.cell.index, node.lineno)
                    before = dict(bindings)
                    _bind(bindings, node, here)
                    problems += _changed(node, here, before, bindings, saved)
                    continue
                name = marks.target(node)
                refusal = _refusal(page, name, saved, taken, hand)
                if refusal:
                    faults.append((node.lineno, refusal))
                    continue
                saved[name] = Saved(name, node, [Line(text, page, code.cell.index, line) for line, text
                                                 in code.saved[node].items()], {}, set())
                problems += _resolve(saved[name], bindings, saved, taken)
                bindings[name] = saved[name]
            complete = complete and not faults
            problems += [Problem(page.name(page.text), code.cell.index, *fault) for fault in faults]
    return saved, problems, complete


def _bind(bindings: dict, node: ast.stmt, line: Line) -> None:
    """记下语句 `node` 绑定的名字各是什么：导入（一样一行），或没有保存的定义（语句自己）。"""
    before = dict(bindings)
    bindings.update(dict.fromkeys(marks.bound(node), node))
    if isinstance(node, ast.Import) or isinstance(node, ast.ImportFrom) and not node.level:
        for each in node.names:
            one: ast.stmt = ast.Import([each])
            if isinstance(node, ast.ImportFrom):
                one = ast.ImportFrom(node.module, [each], 0)
            name, text = each.asname or each.name.split('.')[0], ast.unparse(one)
            old = getattr(before.get(name), 'text', '')
            # import a.b 和 import a.c 绑定的都是 a，两个都要带走。
            if all(it.startswith('import ') and ' as ' not in it for it in (old, text)):
                text = old if text in old.splitlines() else f'{old}\n{text}'
            bindings[name] = before[name] = line._replace(text=text)


def _wanted(node: ast.stmt, text: str) -> str:
    """几行导入里 `node` 用到的；看不出是哪些就是全部。"""
    used = {f'import {ast.unparse(each)}' for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    return '\n'.join(line for line in text.splitlines() if line in used) or text


def _changed(node: ast.stmt, here: Line, before: dict, bindings: dict,
             saved: dict[str, Saved]) -> list[Problem]:
    """没有保存的语句 `node` 换掉、改动了已经保存的东西，或它们要带走的导入。"""
    told = [CHANGED.format(name) for name in sorted(marks.altered(node)) if name in saved]
    for name in sorted(marks.bound(node)):
        old, new = before.get(name), bindings[name]
        if isinstance(old, Saved):
            told.append(REBOUND.format(name))
        kept = {one.name: one.imports[name].text for one in saved.values()
                if one.page == here.page and name in one.imports}
        lines = new.text.splitlines() if isinstance(new, Line) else []
        told += [REIMPORTED.format(name, user) for user, text in list(kept.items())[:1]
                 if not set(text.splitlines()) <= {*lines}]
    return [here.problem(each) for each in told]


def _refusal(page: Page, name: str, saved: dict[str, Saved], taken: dict[str, str],
             hand: dict[str, Module]) -> str:
    """为什么不能保存叫 `name` 的定义；能保存时是空串。"""
    module = module_name(page)
    if not module:
        return '只有章的文件夹（如 ch2_linear）里的页能用 #@save。请移到某一章，或去掉标记。'
    if module in hand:
        return f'文件夹 {page.chapter} 会占用手写的 {module}.py。请给它换个名字。'
    reasons = ((name.startswith('_'), f'{name} 以下划线开头，不会公开'),
               (name in saved, f'{name} 已在 {saved[name].place if name in saved else ""} 保存过'),
               (name in taken, f'{name} 与 d2l_local 的 {taken.get(name)} 重名'),
               (hasattr(builtins, name), f'{name} 与 Python 自带的名字相同'))
    return next((f'{reason}。请换个名字，或去掉 #@save。' for refused, reason in reasons if refused), '')


def _resolve(one: Saved, bindings: dict, saved: dict[str, Saved], taken: dict[str, str]) -> list[Problem]:
    """查 `one` 的 docstring 和它取用的名字，填上它的 `imports` 和 `uses`；返回问题。"""
    problems = []
    if isinstance(one.node, (ast.FunctionDef, ast.ClassDef)):
        problems = [one.at(line).problem(f'{one.name}：{told}')
                    for line, told in docstrings.check(one.node, one.page.label)]
    problems += [one.at(one.node.lineno).problem(GLOBAL.format(name, name))
                 for name in marks.declared(one.node)]
    on_page = {name for code in read_code(one.page) for node in code.body for name in marks.bound(node)}
    for name, line in marks.taken(one.node).items():
        source = bindings.get(name)
        if isinstance(source, Line):
            one.imports[name] = source._replace(text=_wanted(one.node, source.text))
            if re.search(rf'^(from {PACKAGE}|import {PACKAGE}\.)', source.text, re.M):
                problems.append(source.problem(WRITE_D2L))
        elif name in bindings and name not in saved:
            problems.append(one.at(line).problem(_unsaved(name, source)))
        elif name not in bindings and name in on_page - {one.name}:
            problems.append(one.at(line).problem(LATER.format(name)))
        elif name in saved and module_name(saved[name].page) == module_name(one.page):
            one.uses.add(name)
        elif isinstance(bindings.get('*'), Line) and not hasattr(builtins, name):
            module = bindings['*'].text.split()[1]
            problems.append(one.at(line).problem(STAR.format(name, module, module, name)))
    aliases = {name for name, line in one.imports.items() if re.match(rf'import {PACKAGE}( |$)', line.text)}
    for name, line in used_names(one.node, aliases):
        if name in ('', '*') or taken.get(name) == f'{name}.py':
            problems.append(one.at(line).problem(WRITE_D2L))
        elif name in saved or name in taken:
            one.uses.add(name)
        else:
            problems.append(one.at(line).problem(NOT_YET.format(name)))
    return problems


def _unsaved(name: str, node: ast.stmt) -> str:
    """页上的 `name` 没有保存，由语句 `node` 得来：怎么办。"""
    word = STATEMENTS.get(type(node), '')
    imported = {(each.asname or each.name).split('.')[0] for each in ast.walk(node)
                if isinstance(each, ast.alias)}
    if isinstance(node, ast.ImportFrom):
        return RELATIVE.format(name)
    if isinstance(node, ast.AsyncFunctionDef):
        return COROUTINE.format(name)
    if name in imported:
        return NOT_TOP.format(name, word or '别的语句')
    return UNSAVED.format(name) if marks.target(node) == name else NOT_SAVED.format(
        name, word or '这样的语句', name)


# ---- 连成模块 ----


def module_lines(title: str, group: list[Saved]) -> list[Line]:
    """一章的模块的各行，导入还没有整理。"""
    names = ''.join(f'    {name!r},\n' for name in sorted(one.name for one in group))
    top = f'# {NOTICE}。\n# 要改就改 book/{group[0].page.chapter}/ 里标了 #@save 的定义。\n# ruff: noqa\n' \
          f'"""{title}：各节保存的函数、类和常数。"""'
    imports = {text: line._replace(text=text) for one in reversed(group)
               for line in one.imports.values() for text in line.text.splitlines()}
    lines = [*map(Line, top.split('\n')), *imports.values(),
             *map(Line, f'\n__all__ = [\n{names}]'.split('\n'))]
    for one in group:
        texts = marks.without_prefix(one.node, {line.line: line.text for line in one.lines},
                                     {each.name for each in group} & one.uses)
        lines += map(Line, ('', '', f'# {one.page.label}，{one.page.name(one.page.text)}'))
        lines += [line._replace(text=texts[line.line]) for line in one.lines]
    return lines


def judge(modules: dict[str, list[Line]]) -> tuple[dict[str, str], list[Problem]]:
    """各模块的文字（只留用到的导入，排好序）；ruff 找出问题时没有文字，只有问题。"""
    if not modules:
        return {}, []
    with tempfile.TemporaryDirectory(prefix='d2l-library-') as folder:
        paths = {module: Path(folder, f'{module}.py') for module in modules}
        for module, path in paths.items():
            path.write_text(''.join(f'{line.text}\n' for line in modules[module]), encoding='utf-8')
        found = json.loads(_ruff('--select=F821,F811', '--output-format=json', folder) or '[]')
        if found:
            return {}, [_translate(each, modules[Path(each['filename']).stem]) for each in found]
        _ruff('--select=F401,I', '--fix', folder)
        return {module: path.read_text(encoding='utf-8') for module, path in paths.items()}, []


def _ruff(*arguments: str) -> str:
    return subprocess.run([*RUFF, *arguments], capture_output=True, encoding='utf-8').stdout


def _translate(found: dict, lines: list[Line]) -> Problem:
    """ruff 的一条意见变成指着手稿的一句话。"""
    line, name = lines[found['location']['row'] - 1], re.search('`(.*?)`', found['message'])[1]
    if found['code'] == 'F821':
        return line.problem(UNKNOWN.format(name))
    other = lines[int(re.search(r'from line (\d+)', found['message'])[1]) - 1]
    first, last = sorted((line, other), key=lambda each: (
        [int(part) for part in each.page.number.split('.')], each.line))
    return last.problem(TWICE.format(name, f'{first.page.name(first.page.text)}:{first.line}'))
