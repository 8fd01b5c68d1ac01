"""从手稿提取 `d2l_local`：标了 `#@save` 的函数、类和常数，每章一个模块；并说出每一页用到哪些。

进：book/ 各页的代码格，d2l_local/ 里手写的模块。出：d2l_local/<章>.py 和 API 页；有一处问题就什么都不写，
新的包在另一个进程里导入成功，才换掉旧的。

    python -m tools.library
"""
import ast
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

from tools import api_page, package
from tools.book import GENERATED, ROOT, Page, pages
from tools.package import NOTICE, PACKAGE
from tools.report import Problem, UserError, run_tool, write_whole
from tools.saved import Saved, collect, judge, module_lines, module_name, read_code

API_PAGE = f'book/{GENERATED}.md'
ALWAYS = ('_compat', 'figures')


class Library(NamedTuple):
    """分析全书的结果：`files` 是要生成的 {路径: 内容}（有问题时是空的），`uses` 是名字 → 它用到的名字，
    `sources` 是名字 → 原文；手写的文件记作 'data.py'。"""

    saved: dict[str, Saved]
    problems: list[Problem]
    files: dict[Path, str]
    uses: dict[str, set[str]]
    sources: dict[str, str]


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
        everything = pages(root, generated=False)
        saved, more, complete = collect(everything, hand)
        for one in saved.values():
            groups.setdefault(module_name(one.page), []).append(one)
        titles = {module: _chapter_title(group[0].page, everything) for module, group in groups.items()}
        texts, undefined = judge({module: module_lines(titles[module], group)
                                  for module, group in groups.items()})
    except UserError as error:
        return Library({}, [*problems, Problem.of(error)], {}, {}, {})
    problems += dict.fromkeys(more)
    if complete:
        places = {(each.file, each.line) for each in more}
        problems += [each for each in undefined if (each.file, each.line) not in places]
    files = {root / PACKAGE / f'{module}.py': text for module, text in texts.items()}
    parts = [(titles[module], [_entry(one) for one in group]) for module, group in groups.items()]
    by_hand = [entry for module in hand.values() for entry in module.entries]
    files[root / API_PAGE] = api_page.page([*parts, ('直接写在 d2l_local 里的', by_hand)], NOTICE, root)
    problems += _check_places(root, files, groups)
    uses = {name: one.uses for name, one in saved.items()}
    sources = {name: '\n'.join([*sorted(line.text for line in one.imports.values()), one.source])
               for name, one in saved.items()}
    for module in hand.values():
        for name in (module.path.name, *(entry.name for entry in module.entries)):
            uses[name], sources[name] = module.uses, module.text
    return Library(saved, problems, {} if problems else files, uses, sources)


def _chapter_title(page: Page, everything: list[Page]) -> str:
    """`page` 所在的章：'第 2 章 线性神经网络'。"""
    number = page.number.partition('.')[0]
    return f'第 {number} 章 {next(each.title for each in everything if each.number == number)}'


def _entry(one: Saved) -> api_page.Entry:
    note = package.comment_above(one.source, one.node.lineno - one.lines[0].line + 1)
    origin = f'[{one.page.label}](../{one.page.key}.ipynb)，`{one.page.name(one.page.text)}`'
    return api_page.Entry(one.name, one.node, note, origin)


def _check_places(root: Path, files: Iterable[Path], modules: Iterable[str]) -> list[Problem]:
    """生成的文件不盖住手写的；`__init__.py` 按次序导入各章。"""
    problems = [Problem(path.relative_to(root).as_posix(), 0, 0,
                        '这里要放生成的文件，却已有一个不是生成的。请先把它移走，或删去。')
                for path in files if path.exists() and not package.generated(path)]
    entry = root / PACKAGE / '__init__.py'
    wanted = [f'from {PACKAGE}.{module} import *' for module in modules]
    lines = entry.read_text(encoding='utf-8').splitlines() if entry.exists() else []
    if [line for line in lines if line in wanted] != wanted:
        told = f'请依次写上各章的导入：{"；".join(wanted)}。'
        problems.append(Problem(f'{PACKAGE}/__init__.py', 0, 0, told))
    return problems


# ---- 查和写 ----


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
    """在新的进程里导入新的包；不成就抛出 UserError，指出是哪一行。"""
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
            found = re.findall(rf'{PACKAGE}/(\w+\.py)", line (\d+)', done.stderr)
            where = ''
            if found:
                lines = (new / found[-1][0]).read_text(encoding='utf-8').splitlines()
                where = f'（{found[-1][0]}：{lines[int(found[-1][1]) - 1].strip()}）'
            raise UserError(f'{PACKAGE}: 提取出来的包不能导入{where}：{last}。请改好手稿；旧的文件没有动。')


# ---- 哪一页用到哪些 ----


def page_dependencies(page: Page, root: Path = ROOT) -> dict[str, str]:
    """`page` 直接和间接用到的 `d2l_local` 的名字 → 原文；没有导入 `d2l_local` 的页是空的。

    手写模块里的名字给出整个模块；`_compat.py` 和 `figures.py` 总在里面。
    """
    tree = ast.Module([node for code in read_code(page) for node in code.body], [])
    names = {name for name, _ in package.used_names(tree)}
    # 用名字的字符串导入（docstring 里的不算），或换成 d2l 的名字，就看不出用到哪些：算全部。
    nodes = list(ast.walk(tree))
    texts = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    if 'install_as_d2l' in names or any(isinstance(node, ast.Constant) and PACKAGE in str(node.value)
                                        and id(node) not in texts for node in nodes):
        names.add('*')
    if not names:
        return {}
    library = analyse(root)
    return {name: library.sources[name] for name in sorted(package.reached(names | {*ALWAYS}, library.uses))}


def main(argv: Sequence[str] = (), root: Path = ROOT) -> int:
    if argv:
        raise UserError('用法：python -m tools.library（不带参数）')
    changed = write(root)
    saved = analyse(root).saved.values()
    modules = len({module_name(one.page) for one in saved})
    print(f'提取了 {len(saved)} 个定义到 {modules} 个模块，'
          f'{f"改了 {len(changed)} 个文件" if changed else "没有变化"}')
    return 0


if __name__ == '__main__':
    sys.exit(run_tool(main))
