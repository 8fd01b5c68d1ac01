"""快速检查：把每个检查函数返回的问题一次打印出来；没有问题时打印一行。

    python -m tools.checks
"""
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import autocorrect_py

from tools import alone, book, front_matter, library, mainline, names, package, prose, verify
from tools.book import ROOT, pages
from tools.report import Problem, leftovers, run_tool, write_whole

PAGE_COLUMNS = 79
LEFTOVER = re.compile(r'(?<![A-Za-z])(?:TO' r'DO|FIX' r'ME)|待' r'补|(?<![\w/.])/(?:root|home)/\w+')
# ruff 的意见里作者常遇到的几种；其余的照它的原话。
RUFF = {
    'E501': '这一行超过 {columns} 列（汉字算 2 列）。请断成几行。',
    'E999': '语法错误。请改好这一行。',
    'F401': '{name} 导入了却没有用到。请删去这个导入。',
    'F706': 'return 写在了函数外面。请移进函数，或删去。',
    'F811': '{name} 定义了两次，前一次没有用到。请删去一次，或换个名字。',
    'F821': '{name} 没有定义。请先导入或定义它，或改正名字。',
    'F841': '{name} 赋了值却没有用到。请删去，或用上它。',
    'PLW1514': '读写文字要写明编码，Windows 默认的不是 UTF-8。请加上 encoding=\'utf-8\'。',
    'I001': '导入没有排好序。请运行 make format。',
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
    notebooks = {page.notebook.resolve(): page for page in pages(root) if page.notebook.exists()}
    problems, page_rules = [], ['--line-length', str(PAGE_COLUMNS), '--no-force-exclude']
    for columns, arguments in ((110, ['.']), (PAGE_COLUMNS, [*page_rules, *map(str, notebooks)])):
        if arguments == page_rules:
            continue
        done = subprocess.run(
            [sys.executable, '-m', 'ruff', 'check', '--no-cache', '--output-format', 'json', *arguments],
            cwd=root, encoding='utf-8', capture_output=True)
        for found in json.loads(done.stdout or '[]'):
            path, row = Path(found['filename']).resolve(), found['location']['row']
            name = re.search('`(.*?)`', found['message'])
            told = RUFF.get(found['code'], '{message}').format(
                columns=columns, name=name and name[1], message=found['message'])
            cell, page = found.get('cell') or 0, notebooks.get(path)
            if page:
                # ruff 数的是笔记本的格和格里的行；作者要改的是手稿。
                path, row = page.text, page.cells()[cell - 1].line + row - 1
            problems.append(Problem(path.relative_to(root.resolve() if not page else page.root).as_posix(),
                                    cell, row, f'{found["code"]} {told}'))
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


CHECKS = (book.check_contents, library.check, verify.check, prose.check, front_matter.check,
          mainline.check, names.check, check_typography, check_code, check_data, check_leftovers,
          check_unfinished)


def chosen(root: Path = ROOT) -> Sequence[Callable[[Path], list[Problem]]]:
    """要做的检查：有页没有手稿时只查目录，其余的都要读全书。"""
    return CHECKS[:1] if book.unwritten(book.contents(root)) else CHECKS


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
