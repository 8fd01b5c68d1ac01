"""快速检查：把每个检查函数返回的问题一次打印出来；没有问题时打印一行。

    python -m tools.checks
"""
import ast
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import autocorrect_py

from tools import (
    agreement,
    alone,
    book,
    docstrings,
    formulas,
    front_matter,
    library,
    mainline,
    names,
    numbers,
    package,
    pictures,
    prose,
    records,
    references,
    saved,
    structure,
    verify,
)
from tools.book import ROOT, Cell, Page, pages
from tools.report import Problem, leftovers, run_tool, write_whole

PAGE_COLUMNS = 79
# 页面的导入次序是全书统一的：d2l_local、mxnet、标准库、numpy；l 是损失的惯用名。
PAGE_IGNORE = 'I,E741'
LEFTOVER = re.compile(r'(?<![A-Za-z])(?:TO' r'DO|FIX' r'ME)|待' r'补|(?<![\w/.])/(?:root|home)/\w+')
# ruff 的意见里作者常遇到的几种；其余的照它的原话。
RUFF = {
    'E501': '这一行超过 {columns} 列（汉字算 2 列）。请断成几行。',
    'E999': '语法错误（{message}）。请改好这一行。',
    'F401': '{name} 导入了却没有用到。请删去这个导入。',
    'F706': 'return 写在了函数外面。请移进函数，或删去。',
    'F821': '{name} 没有定义。请先导入或定义它，或改正名字。',
    'F841': '{name} 赋了值却没有用到。请删去，或用上它。',
    'PLW1514': '读写文字要写明编码，Windows 默认的不是 UTF-8。请加上 encoding=\'utf-8\'。',
    'I001': '导入没有排好序。请运行 make format。',
    'B007': '循环变量 {name} 没有用到。请改名为 _。',
    'B008': '参数的默认值里调用了函数，只会算一次。请把默认值写成 None，在函数里再算。',
    'B006': '参数的默认值是可以改的，各次调用会共用它。请写成 None，在函数里再建。',
    'B905': 'zip 没有说长短不同时怎么办。请加上 strict=True 或 strict=False。',
    'C408': '请把 {name}() 写成字面的样子，如 {{}}、[]。',
    'E401': '一行导入了几样。请一行一个。',
    'E402': '导入不在最前面。请移到前面。',
    'E701': '冒号后面写了语句。请另起一行。',
    'E702': '一行写了几条语句。请分成几行。',
    'E711': '与 None 比较请用 is 或 is not。',
    'E712': '与 True、False 比较请直接写条件，或用 is。',
    'E713': '请写成 not in。',
    'E722': 'except 没有写是哪种异常。请写明，如 except ValueError。',
    'E731': '给名字赋 lambda 请改成 def。',
    'E741': '名字 {name} 容易看成数字。请换一个。',
    'F403': '用了 import *，看不出有哪些名字。请逐个写明。',
    'F405': '{name} 也许来自 import *。请逐个写明导入的名字。',
    'F541': 'f 字符串里没有要换的。请去掉 f。',
    'F811': '{name} 定义了两次，前一次没有用到。请删去一次，或换个名字。',
    'W291': '行末有空格。请删去。',
    'W293': '空行里有空格。请删去。',
    'W605': '字符串里的 {name} 不是转义。请写成原始字符串 r\'…\'，或把 \\ 写两次。',
}


def check_typography(root: Path = ROOT) -> list[Problem]:
    """中文标点、中文与西文之间的空格：autocorrect 认为该改的地方。"""
    problems = []
    for path in typography_files(root):
        name = path.relative_to(root).as_posix()
        for found in autocorrect_py.lint_for(path.read_text(encoding='utf-8'), name).lines:
            change = f'“{found.old.strip()}”应为“{found.new.strip()}”'
            problems.append(Problem(name, 0, found.line, f'排版：{change}。请运行 make format。'))
    return problems


def typography_files(root: Path = ROOT) -> list[Path]:
    """由人写的中文文字：手稿（不含生成的页）和仓库里的说明。"""
    autocorrect_py.load_config(  # type: ignore[attr-defined]
        (root / '.autocorrectrc').read_text(encoding='utf-8'))
    return [path for path in [*sorted((root / 'book').rglob('*.md')), *sorted(root.glob('*.md')),
                              *sorted((root / 'docs').glob('*.md'))] if not package.generated(path)]


def format_texts(root: Path = ROOT) -> list[str]:
    """把文字排成书的样子，重新写由书生成的部分，ruff 能改的代码也改好；返回改了的文件。"""
    changed = []
    for path in typography_files(root):
        text = path.read_text(encoding='utf-8')
        better = autocorrect_py.format_for(text, path.name)
        if better != text:
            write_whole(path, better)
            changed.append(path.relative_to(root).as_posix())
    changed += [name for name in front_matter.write(root) if name not in changed]
    subprocess.run([sys.executable, '-m', 'ruff', 'check', '--no-cache', '--quiet', '--fix', '.'],
                   cwd=root, stdout=subprocess.DEVNULL)
    return changed


def check_code(root: Path = ROOT) -> list[Problem]:
    """ruff 对工具、测试和页面代码的意见。页面上的代码行不超过 79 列（汉字算 2 列）。"""
    problems = [Problem(Path(found['filename']).resolve().relative_to(root.resolve()).as_posix(), 0,
                        found['location']['row'], in_chinese(found, 110)) for found in ruff(root, '.')]
    with tempfile.TemporaryDirectory(prefix='d2l-code-') as folder:
        # ruff 认得笔记本，数的是笔记本的格和格里的行；作者要改的是手稿，所以由手稿写成笔记本交给它。
        written = dict[Path, tuple[Page, list[Cell]]]()
        for number, page in enumerate(pages(root, generated=False)):
            if page.cells('code'):
                path = Path(folder, f'{number}.ipynb').resolve()
                path.write_text(records.serialise(records.from_text(page.read())), encoding='utf-8')
                written[path] = page, [cell for cell in page.cells() if cell.source.strip()]
        rules = ['--line-length', str(PAGE_COLUMNS), '--ignore', PAGE_IGNORE]
        for found in ruff(root, *rules, *map(str, written)) if written else ():
            page, cells = written[Path(found['filename']).resolve()]
            cell = cells[(found.get('cell') or 1) - 1]
            blank = len(cell.source) - len(cell.source.lstrip('\n'))
            line = cell.line + blank + found['location']['row'] - 1
            problems.append(Problem(page.name(page.text), cell.index, line, in_chinese(found, PAGE_COLUMNS)))
    return problems


def ruff(root: Path, *arguments: str) -> list[dict]:
    settings = ['--config', 'pyproject.toml'] if (root / 'pyproject.toml').exists() else []
    done = subprocess.run([sys.executable, '-m', 'ruff', 'check', '--no-cache', *settings,
                           '--output-format', 'json', *arguments],
                          cwd=root, encoding='utf-8', capture_output=True)
    return json.loads(done.stdout or '[]')


def in_chinese(found: dict, columns: int) -> str:
    """ruff 的一条意见；没有翻译的带上它的原话。"""
    name, code = re.search('`(.*?)`', found['message']), found['code'] or 'E999'
    told = RUFF.get(code, '代码的写法不合规矩（“{message}”）。请照它改；make format 能改好一部分。')
    return f'{code} ' + told.format(columns=columns, name=name and name[1], message=found['message'])


def check_docstrings(root: Path = ROOT) -> list[Problem]:
    """页面代码和各程序里的 docstring 用全角标点。"""
    problems = [Problem(page.name(page.text), code.cell.index, *fault)
                for page in pages(root, generated=False) for code in saved.read_code(page)
                for fault in docstrings.half_width(ast.Module(code.body[:], []))]
    for path in sorted(path for name in ('d2l_local', 'tools', 'tests', 'bench', 'docs')
                       for path in (root / name).rglob('*.py') if not package.generated(path)):
        with contextlib.suppress(SyntaxError):  # 语法由 check_code 说
            tree = ast.parse(path.read_text(encoding='utf-8'))
            problems += [Problem(path.relative_to(root).as_posix(), 0, *fault)
                         for fault in docstrings.half_width(tree)]
    return problems


def check_data(root: Path = ROOT) -> list[Problem]:
    """已经取来的数据集的每个字节都对；还没取来的不算问题。"""
    from tools.data import load
    data = load()
    return [Problem(f'{name}/{problem.file}', 0, 0, f'{problem.reason}。请运行 make data。')
            for name in data.DATASETS for problem in data.verify(name) if not problem.missing]


def check_leftovers(root: Path = ROOT) -> list[Problem]:
    """没写完的记号和本机路径不进仓库。"""
    return [Problem(path.relative_to(root).as_posix(), 0, number, f'留着“{found.group()}”。请写完或删去。')
            for pattern in ('book/**/*.md', 'tools/**/*.py', 'bench/*.py', 'd2l_local/*.py', 'docs/*', '*.md')
            for path in sorted(root.glob(pattern)) if path.suffix in ('.md', '.py')
            for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1)
            if (found := LEFTOVER.search(line))]


def check_unfinished(root: Path = ROOT) -> list[Problem]:
    """被强行结束的 make 留下的临时文件；正有一个 make 在写就不看。"""
    if alone.busy(root):
        return []
    return [Problem(path.relative_to(root).as_posix(), 0, 0,
                    '上一次运行被强行结束时留下的，没有写完。请运行 make lib，它先清除这样的文件。')
            for path in leftovers(*(root / name for name in alone.WRITTEN))]


CHECKS = (book.check_contents, library.check, verify.check, prose.check, references.check, structure.check,
          formulas.check, pictures.check, front_matter.check, mainline.check, names.check, numbers.check,
          agreement.check, check_typography, check_code, check_docstrings, check_data, check_leftovers,
          check_unfinished)


def chosen(root: Path = ROOT) -> Sequence[Callable[[Path], list[Problem]]]:
    """要做的检查：目录与手稿对不上时只查目录，否则一个原因会引出许多别的问题。"""
    return CHECKS[:1] if book.mismatched(root) else CHECKS


def check(root: Path = ROOT) -> list[Problem]:
    """全部问题，按文件排好。"""
    return sorted({problem for one in chosen(root) for problem in one(root)})


def main(argv: Sequence[str]) -> int:
    if list(argv) == ['--format']:
        changed = format_texts()
        print(f'改了 {len(changed)} 份文字{"：" + "、".join(changed) if changed else ""}。')
        return 0
    start = time.perf_counter()
    problems = check()
    for problem in problems:
        print(problem)
    seconds = time.perf_counter() - start
    if problems:
        print(f'{len(problems)} 处问题（{len(chosen())} 项检查，{seconds:.1f} 秒）。')
        return 1
    print(f'没有问题（{len(CHECKS)} 项检查，{len(pages())} 页，{seconds:.1f} 秒）。')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
