"""从手稿提取 `d2l_local`：标了 `#@save` 的函数、类和常数，每章一个模块；并说出每一页用到哪些。

进：book/ 各页的代码格，d2l_local/ 里手写的模块。出：d2l_local/<章>.py 和 API 页；有一处问题就什么都不写。
名字的来处由 ruff 判断（tools.emit）；生成的包在新的进程里导入成功，才换掉旧的。

    python -m tools.library
"""
import ast
import builtins
import functools
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from tools import api_page, docstrings, emit, marks, package
from tools.book import ROOT, Page, pages
from tools.emit import Import, Line, Saved
from tools.package import NOTICE, PACKAGE, Module
from tools.report import Problem, UserError, run_tool, write_whole

API_PAGE = 'book/appendix/api.md'
ALWAYS = ('_compat', 'figures')
WRITE_D2L = '保存的定义里只能用 import d2l_local as d2l 和 d2l.名字。请照此改。'
UNSAVED = '{} 是这一页上没有保存的定义。请也标上 #@save，或作为参数传入。'
LATER = '{} 在这之后才有。请把它移到前面（是定义的话，请也标上 #@save），或作为参数传入。'
NOT_YET = 'd2l_local 里还没有 {}。请先在前面保存它，或改正名字。'
MEMBER = re.compile(rf'from {PACKAGE} import (\w+)(?: as (\w+))?')


class Library(NamedTuple):
    """分析全书的结果：`files` 是要生成的 {路径: 内容}（有问题时是空的），`uses` 是名字 → 它用到的名字，
    `sources` 是名字 → 原文；手写的文件记作 'data.py'。"""

    saved: dict[str, Saved]
    problems: list[Problem]
    files: dict[Path, str]
    uses: dict[str, set[str]]
    sources: dict[str, str]


def module_name(page: Page) -> str:
    """`page` 所在的章的模块名：'ch2_linear' 是 'linear'；不在某章里的页是空串。"""
    found = re.fullmatch(r'ch\d+_([a-z_]+)', page.chapter)
    return found[1] if found else ''


@functools.lru_cache(maxsize=256)
def _read_code(page: Page, text: str) -> tuple[marks.Code, ...]:
    return tuple(map(marks.read, page.cells('code')))


def code(page: Page) -> tuple[marks.Code, ...]:
    """读懂的各代码格，同样的手稿一个进程里只读一次。"""
    return _read_code(page, page.read())


# ---- 收下保存的定义 ----


def collect(everything: list[Page], hand: dict[str, Module]) -> tuple[dict[str, Saved], list[Problem], bool]:
    """(按次序的定义, 问题, 全都收下了没有)。`hand` 是手写的模块。"""
    saved: dict[str, Saved] = {}
    problems, complete = [], True
    taken = {entry.name: f'{name}.py' for name, module in hand.items() for entry in module.entries}
    taken |= {name: f'{name}.py' for name in (*hand, *filter(None, map(module_name, everything)))}
    for page in everything:
        bindings: dict = {}
        on_page = {name for each in code(page) for node in each.body for name in marks.bound(node)}
        for each in code(page):
            faults = list(each.faults)
            for node in each.body:
                if node not in each.saved:
                    _bind(bindings, page, each, node)
                    continue
                name = marks.target(node)
                refusal = _refusal(page, name, saved, taken, hand)
                if not refusal:
                    bindings[name] = saved[name] = Saved(name, page, page.label, each.cell, node,
                                                         each.saved[node], [], set())
                    problems += _resolve(saved[name], bindings, on_page, saved, taken)
                else:
                    faults.append((node.lineno, refusal))
            complete = complete and not faults
            problems += [Problem(page.name(page.text), each.cell.index, *fault) for fault in faults]
    return saved, problems, complete


def _bind(bindings: dict, page: Page, code: marks.Code, node: ast.stmt) -> None:
    """记下语句 `node` 绑定的名字各是什么：Import，或没有保存的定义（语句自己）。"""
    bindings.update(dict.fromkeys(marks.bound(node), node))
    if isinstance(node, ast.Import) or isinstance(node, ast.ImportFrom) and not node.level:
        for each in node.names:
            one = ast.Import([each]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [each], 0)
            alias = each.asname or each.name.split('.')[0]
            bindings[alias] = Import(alias, Line(ast.unparse(one), page, code.cell.index, node.lineno))


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


def _resolve(one: Saved, bindings: dict, on_page: set[str], saved: dict[str, Saved],
             taken: dict[str, str]) -> list[Problem]:
    """查 `one` 的 docstring 和它取用的名字，填上它的 `imports` 和 `uses`；返回问题。"""
    fault = isinstance(one.node, (ast.FunctionDef, ast.ClassDef)) and docstrings.check(one.node, one.label)
    problems = [one.problem(fault[0], f'{one.name}：{fault[1]}')] if fault else []
    same = {name for name, other in saved.items() if module_name(other.page) == module_name(one.page)}
    found, aliases = [], set()
    for name, line in marks.taken(one.node).items():
        source = bindings.get(name)
        if isinstance(source, Import):
            text, member = source.source.text, MEMBER.fullmatch(source.source.text)
            if f'{PACKAGE}.' in text or member and member[1] in same and member[1] != name:
                problems.append(source.source.problem(WRITE_D2L))
                one.imports.append(source)
                continue
            found += [(member[1], source.source)] if member else []
            one.imports.extend([] if name in same and member else [source])
            aliases |= {name} if text.startswith(f'import {PACKAGE}') else set()
        elif source is not None and not isinstance(source, Saved):
            problems.append(one.problem(line, UNSAVED.format(name)))
        elif source is None and name in on_page:
            problems.append(one.problem(line, LATER.format(name)))
        elif name in same:
            one.uses.add(name)
    used = [(name, Line('', one.page, one.cell.index, line)) for name, line in package.used_names(one.node, aliases)]
    for name, line in used + found:
        if name in ('', '*') or taken.get(name) == f'{name}.py':
            problems.append(line.problem(WRITE_D2L))
        elif name in saved or name in taken:
            one.uses.add(name)
        else:
            problems.append(line.problem(NOT_YET.format(name)))
    return problems


# ---- 分析、写、查 ----


def analyse(root: Path = ROOT) -> Library:
    """分析全书；文件没有变，一个进程里只做一次。"""
    files = [root / '_toc.yml', root / 'bench' / 'differences.yml', *sorted((root / 'book').rglob('*.md')),
             *sorted((root / PACKAGE).glob('*.py'))]
    return _analyse(root, tuple((path, path.read_bytes()) for path in files if path.exists()))


@functools.lru_cache(maxsize=2)
def _analyse(root: Path, contents_of_files: tuple) -> Library:
    hand, problems = package.hand_written(root)
    groups: dict[str, list[Saved]] = {}
    try:
        everything = pages(root)
        saved, more, complete = collect(everything, hand)
        for one in saved.values():
            groups.setdefault(module_name(one.page), []).append(one)
        titles = {module: _chapter_title(group[0].page, everything) for module, group in groups.items()}
    except UserError as error:
        file, _, told = str(error).partition(': ')
        return Library({}, [*problems, Problem(file, 0, 0, told)], {}, {}, {})
    lines = {module: emit.module_lines(titles[module], group) for module, group in groups.items()}
    texts, undefined = emit.judge(lines)
    told = {(each.file, each.line) for each in more}
    problems += [*dict.fromkeys(more), *(each for each in undefined if complete and (each.file, each.line) not in told)]
    files = {root / PACKAGE / f'{module}.py': text for module, text in texts.items()}
    parts = [(titles[module], [api_page.Entry(one.name, one.node, package.comment_above(
        one.source, one.node.lineno - one.lines[0][0] + 1), f'[{one.label}](../{one.page.key}.ipynb)，`{one.page.name(one.page.text)}`')
        for one in group]) for module, group in groups.items()]
    by_hand = [entry for module in hand.values() for entry in module.entries]
    files[root / API_PAGE] = api_page.page([*parts, ('直接写在 d2l_local 里的', by_hand)], NOTICE, root)
    problems += _check_places(root, files, groups)
    uses = {name: one.uses for name, one in saved.items()}
    sources = {name: '\n'.join([*sorted(each.source.text for each in one.imports), one.source])
               for name, one in saved.items()}
    for module in hand.values():
        for name in (module.path.name, *(entry.name for entry in module.entries)):
            uses[name], sources[name] = module.uses, module.text
    return Library(saved, problems, {} if problems else files, uses, sources)


def _chapter_title(page: Page, everything: list[Page]) -> str:
    """`page` 所在的章：'第 2 章 线性神经网络'；开头那页还没写的章只有号。"""
    number = page.number.partition('.')[0]
    return ' '.join([f'第 {number} 章', *(each.title for each in everything if each.number == number)])


def _check_places(root: Path, files: dict[Path, str], modules: Iterable[str]) -> list[Problem]:
    """生成的文件不盖住手写的；`__init__.py` 按次序导入各章。"""
    problems = [Problem(path.relative_to(root).as_posix(), 0, 0,
                        '这里要放生成的文件，却已有一个不是生成的。请先把它移走，或删去。')
                for path in files if path.exists() and not package.generated(path)]
    entry = root / PACKAGE / '__init__.py'
    text = entry.read_text(encoding='utf-8') if entry.exists() else ''
    wanted = [f'from {PACKAGE}.{module} import *' for module in modules]
    found = [line.partition('  #')[0] for line in text.splitlines() if line.partition('  #')[0] in wanted]
    if found != wanted:
        problems.append(Problem(f'{PACKAGE}/__init__.py', 0, 0, f'请依次写上各章的导入：{"；".join(wanted)}。'))
    return problems


def differences(root: Path, files: dict[Path, str]) -> list[tuple[Path, int, str]]:
    """磁盘上与 `files` 不同的、缺少的和多余的文件：(路径, 行, 怎样不同)。"""
    found = []
    for path, text in files.items():
        now = path.read_bytes().decode('utf-8', 'replace') if path.exists() else None
        if now is None:
            found.append((path, 0, '还没有生成'))
        elif now != text:
            pairs = zip_longest(now.split('\n'), text.split('\n'), fillvalue='（没有）')
            line, old, new = next((line, *pair) for line, pair in enumerate(pairs, 1) if pair[0] != pair[1])
            found.append((path, line, f'与手稿不符：这一行是“{old}”，应该是“{new}”'))
    return found + [(path, 0, '这一章已没有保存的定义，文件是多余的')
                    for path in sorted((root / PACKAGE).glob('*.py'))
                    if path not in files and package.generated(path)]


def check(root: Path = ROOT) -> list[Problem]:
    """手稿里的问题；没有问题时，磁盘上与提取的结果不同的文件。"""
    library = analyse(root)
    return library.problems or [
        Problem(path.relative_to(root).as_posix(), 0, line, f'{text}。请运行 make lib。')
        for path, line, text in differences(root, library.files)]


def write(root: Path = ROOT) -> list[Path]:
    """写出全部文件，返回动过的；有问题时抛出 UserError，什么都不动。"""
    library = analyse(root)
    if library.problems:
        raise UserError('\n'.join(map(str, library.problems)))
    changed = [path for path, _, _ in differences(root, library.files)]
    if any(path.suffix == '.py' for path in changed):
        _try_import(root, library.files)
    for path in changed:
        if path in library.files:
            write_whole(path, library.files[path])
        else:
            path.unlink()
    return changed


def _try_import(root: Path, files: dict[Path, str]) -> None:
    """在新的进程里导入新的包；不成就抛出 UserError，指出是哪一个定义。"""
    with tempfile.TemporaryDirectory(prefix='d2l-library-') as folder:
        new = Path(folder, PACKAGE)
        shutil.copytree(root / PACKAGE, new, ignore=lambda _, names: [
            name for name in names if name == '__pycache__' or (root / PACKAGE / name).is_file()
            and package.generated(root / PACKAGE / name)])
        for path, text in files.items():
            if path.parent.name == PACKAGE:
                (new / path.name).write_text(text, encoding='utf-8')
        done = subprocess.run([sys.executable, '-c', f'import {PACKAGE}'], cwd=folder,
                              capture_output=True, encoding='utf-8', errors='replace')
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ['没有说原因'])[-1]
            places = re.findall(rf'{PACKAGE}/(\w+)\.py", line (\d+)', done.stderr)
            where = ''.join(f'（{PACKAGE}/{name}.py 第 {line} 行：{(new / (name + ".py")).read_text("utf-8").splitlines()[int(line) - 1].strip()}）'
                            for name, line in places[-1:])
            raise UserError(f'{PACKAGE}: 提取出来的包不能导入{where}：{last}。请改好手稿；旧的文件没有动。')


# ---- 哪一页用到哪些 ----


def page_dependencies(page: Page, root: Path = ROOT) -> dict[str, str]:
    """`page` 直接和间接用到的 `d2l_local` 的名字 → 原文；没有导入 `d2l_local` 的页是空的。

    手写模块里的名字给出整个模块；`_compat.py` 和 `figures.py` 总在里面。
    """
    tree = ast.Module([node for each in code(page) for node in each.body], [])
    names = {name for name, _ in package.used_names(tree)}
    if not names:
        return {}
    library = analyse(root)
    return {name: library.sources[name]
            for name in sorted(package.reached(names | {*ALWAYS}, library.uses))}


def main(argv: Sequence[str] = (), root: Path = ROOT) -> int:
    if argv:
        raise UserError('用法：python -m tools.library（不带参数）')
    changed = write(root)
    saved = analyse(root).saved
    modules = len({module_name(one.page) for one in saved.values()})
    done = f'改了 {len(changed)} 个文件' if changed else '没有变化'
    print(f'提取了 {len(saved)} 个定义到 {modules} 个模块，{done}')
    return 0


if __name__ == '__main__':
    sys.exit(run_tool(main))
