"""快速检查：把每个检查函数返回的问题一次打印出来；没有问题时打印一行。

    python -m tools.checks
"""
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import autocorrect_py

from tools import extract, links, notebooks, pages, terms
from tools.pages import ROOT, Problem, UserError, run_tool

PAGE_COLUMNS = '79'


def check_typography(root=ROOT):
    """中文标点、中文与西文之间的空格：autocorrect 认为该改的地方。"""
    configure_typography(root)
    problems = []
    for path in typography_files(root):
        name = path.relative_to(root).as_posix()
        for found in autocorrect_py.lint_for(path.read_text(encoding='utf-8'), name).lines:
            change = f'“{found.old.strip()}”应为“{found.new.strip()}”'
            problems.append(Problem(name, 0, found.line, f'排版：{change}。请运行 make format。'))
    return problems


def configure_typography(root=ROOT):
    autocorrect_py.load_config((root / '.autocorrectrc').read_text(encoding='utf-8'))


def typography_files(root=ROOT):
    """由人写的中文文字：手稿（不含生成的页）和 README。"""
    generated = extract.generate(root)[0]
    return [path for path in [*sorted((root / 'book').rglob('*.md')), root / 'README.md']
            if path not in generated and path.exists()]


def check_code(root=ROOT):
    """ruff 对工具、测试和页面代码的意见。页面上的代码行不超过 79 列（汉字算 2 列）。"""
    problems = []
    for arguments in (['.'], ['--line-length', PAGE_COLUMNS, '--no-force-exclude',
                              *[str(page.notebook) for page in pages.pages(root)
                                if page.notebook.exists()]]):
        done = subprocess.run(
            [sys.executable, '-m', 'ruff', 'check', '--no-cache', '--output-format', 'json',
             *arguments], cwd=root, text=True, capture_output=True)
        for found in json.loads(done.stdout or '[]'):
            name = Path(found['filename']).relative_to(root).as_posix()
            problems.append(Problem(name, found.get('cell') or 0, found['location']['row'],
                                    f'{found["code"]} {found["message"]}'))
    return problems


def check_figures(root=ROOT):
    """每幅插图有图注、替代文字和全书唯一的名字（网站用名字作锚点）。"""
    problems, owners = [], {}
    for page in pages.pages(root):
        try:
            notebook = notebooks.read(page)
        except UserError:
            notebook = None
        # 没有的、坏了的笔记本由 notebooks.check 报告
        for number, cell in enumerate(notebook.cells if notebook else [], 1):
            figure, image = (cell.metadata.get('mystnb', {}).get(key, {}) for key in ('figure', 'image'))
            drawn = any(kind.startswith('image/') for output in cell.get('outputs', [])
                        for kind in output.get('data', {}))
            told = [text for text, value in (
                ('没有图注（mystnb: figure: caption）', not drawn or figure.get('caption')),
                ('没有名字（mystnb: figure: name）', not drawn or figure.get('name')),
                ('没有替代文字（mystnb: image: alt）', not drawn or image.get('alt')),
                (f'名字与 {owners.get(figure.get("name"))} 的相同', figure.get('name') not in owners))
                if not value]
            problems += [Problem(page.name(page.text), number, 0, f'插图{text}。请在这一格的元数据里改。')
                         for text in told]
            if figure.get('name'):
                owners.setdefault(figure['name'], f'{page.key} 第 {number} 格')
    return problems


def check_data(root=ROOT):
    """已经取来的数据集的每个字节都对；还没取来的不算问题。"""
    from d2l_local import data
    problems = []
    for name in data.DATASETS:
        problems += [Problem(f'{name}/{problem.file}', 0, 0, f'{problem.reason}。请运行 make data。')
                     for problem in data.verify(name) if not problem.missing]
    return problems


def check_leftovers(root=ROOT):
    """没写完的记号和本机路径不进仓库。"""
    pattern = re.compile(r'(?<![A-Za-z])(?:TO' r'DO|FIX' r'ME)|待' r'补|(?<![\w/.])/(?:root|home)/\w+')
    problems = []
    for folder, suffix in (('book', '*.md'), ('tools', '*.py'), ('d2l_local', '*.py')):
        for path in sorted((root / folder).rglob(suffix)):
            for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
                found = pattern.search(line)
                if found:
                    problems.append(Problem(path.relative_to(root).as_posix(), 0, number,
                                            f'留着“{found.group()}”。请写完或删去。'))
    return problems


CHECKS = (pages.check_contents, extract.check, notebooks.check, links.check, terms.check,
          check_typography, check_code, check_figures, check_data, check_leftovers)


def check(root=ROOT):
    """全部问题，按文件排好。"""
    return sorted({problem for one in CHECKS for problem in one(root)})


def main(argv=None):
    start = time.perf_counter()
    problems = check()
    for problem in problems:
        print(problem)
    seconds = time.perf_counter() - start
    if problems:
        print(f'{len(problems)} 处问题（{len(CHECKS)} 项检查，{seconds:.1f} 秒）。')
        return 1
    print(f'没有问题（{len(CHECKS)} 项检查，{len(pages.pages())} 页，{seconds:.1f} 秒）。')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
