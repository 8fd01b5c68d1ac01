"""页面代码里的名字：主线不缺名字，不用初学者不该学的写法；两页上同名的函数是同样的参数。"""
import ast
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from tools import mainline, marks, records
from tools.book import ROOT, Page, pages
from tools.report import Problem


def check(root: Path = ROOT) -> list[Problem]:
    return check_main_line(root) + check_plain(root) + check_same_names(root)


def check_main_line(root: Path = ROOT) -> list[Problem]:
    """去掉选读和练习的代码以后，没有一个名字没有定义（ruff 的 F821；魔法命令它也认识）。"""
    written, problems = dict[Path, tuple[Page, list]](), []
    with tempfile.TemporaryDirectory(prefix='d2l-main-') as folder:
        for number, page in enumerate(pages(root)):
            kept = [piece.cell for piece in mainline.pieces(page)
                    if piece.cell.kind == 'code' and piece.part == mainline.MAIN]
            if not kept:
                continue
            notebook = records.from_text(page.read())
            notebook.cells = [notebook.cells[cell.index - 1] for cell in kept]
            path = Path(folder, f'{number}.ipynb').resolve()
            path.write_text(records.serialise(notebook), encoding='utf-8')
            written[path] = page, kept
        if not written:
            return []
        done = subprocess.run(
            [sys.executable, '-m', 'ruff', 'check', '--isolated', '--no-cache', '--select', 'F821',
             '--output-format', 'json', *map(str, written)], encoding='utf-8', capture_output=True)
        for found in json.loads(done.stdout or '[]'):
            page, kept = written[Path(found['filename']).resolve()]
            cell, name = kept[(found.get('cell') or 1) - 1], found['message'].split('`')[1]
            problems.append(Problem(
                page.name(page.text), cell.index, cell.line + found['location']['row'] - 1,
                f'主线用到 {name}，只有选读或练习定义它。请在主线里定义，或把这一格移进选读。'))
    return problems


def check_plain(root: Path = ROOT) -> list[Problem]:
    """主线的代码里没有 exec、eval、compile、global、os.chdir，也不碰别人的私有属性。"""
    return [Problem(page.name(page.text), piece.cell.index, getattr(node, 'lineno', 0),
                    f'主线用了 {told}。请换一种写法，或移进选读。')
            for page in pages(root) for piece in mainline.pieces(page)
            if piece.cell.kind == 'code' and piece.part == mainline.MAIN
            for statement in marks.read(piece.cell).body for node in ast.walk(statement)
            if (told := _not_plain(node))]


def _not_plain(node: ast.AST) -> str:
    if isinstance(node, ast.Global):
        return 'global'
    if isinstance(node, ast.Name) and node.id in ('exec', 'eval', 'compile'):
        return node.id
    if isinstance(node, ast.Attribute) and re.match(r'_[^_]|chdir$', node.attr):
        return node.attr
    return ''


def check_same_names(root: Path = ROOT) -> list[Problem]:
    """练习以外顶格定义的函数：两页上同名的，参数也相同；公用函数的名字不再另外定义。"""
    seen: dict[str, list[tuple[Page, ast.FunctionDef, int]]] = defaultdict(list)
    saved = dict[str, Page]()
    for page in pages(root):
        for piece in mainline.pieces(page):
            if piece.cell.kind != 'code' or piece.part == mainline.EXERCISES:
                continue
            code = marks.read(piece.cell)
            saved.update({marks.target(node): page for node in code.saved})
            for node in code.body:
                # 一个字母的是数学里随手用的 f、g。
                if isinstance(node, ast.FunctionDef) and len(node.name) > 1:
                    seen[node.name].append((page, node, piece.cell.index))
    problems = []
    for name, found in sorted(seen.items()):
        home, first, _ = found[0]
        for page, node, cell in found[1:]:
            if name in saved and page != saved[name]:
                told = f'd2l_local 里有 {name}（{saved[name].label}）。请用 d2l.{name}，或换个名字。'
            elif page != home and ast.dump(node.args) != ast.dump(first.args):
                told = (f'{name} 在“{home.label}”里是 {name}({ast.unparse(first.args)})。'
                        '同一个名字请用同样的参数，或换个名字。')
            else:
                continue
            problems.append(Problem(page.name(page.text), cell, node.lineno, told))
    return problems
