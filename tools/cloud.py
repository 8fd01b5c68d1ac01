"""单独一页也能用：把每一页连同它的输出抄到 _build/cloud，有代码的页在最前面加一格，由它装好缺的包。

    python -m tools.cloud

各页的位置与 notebooks/ 相同，所以页与页的链接照常；d2l_local 的安装包也放在那里。加的那一格是
tools/cloud_cell.py；安装包从哪里来由 tools/addresses.py 决定，没有设地址就用放在页旁边的。
"""
import ast
import copy
import inspect
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from packaging.requirements import Requirement

from tools import addresses, cloud_cell, pictures, records
from tools.book import ROOT, Page, pages
from tools.report import UNFINISHED, UserError, run_tool, write_whole

CLOUD = ROOT / '_build' / 'cloud'
TITLE = '#@title 先运行这一格：装好这一页要用的包；已经有的一个也不动，都有就什么也不做。'
CLOUD_MACHINE = {'sys_platform': 'linux', 'platform_machine': 'x86_64', 'python_version': '3.12'}
# 包的名字与导入的名字不同的：setuptools 是为了 Python 3.12 起不再自带的 distutils。
IMPORTED_AS = {'setuptools': 'distutils'}


def parse(requirements: Sequence[str]) -> dict[str, str]:
    """{导入的名字: 要装的}：在 Linux x86-64 上、Python 3.12 里要的；第一格只装缺的，所以条件不必再写。"""
    wanted = [one for one in map(Requirement, requirements)
              if one.marker is None or one.marker.evaluate(CLOUD_MACHINE)]
    return {IMPORTED_AS.get(one.name, one.name): f'{one.name}{one.specifier}' for one in wanted}


def needs(page: Page, wheel: str) -> dict[str, str]:
    """这一页要能导入的：d2l_local 和它的依赖，加上页里自己导入而书的短清单里有的。"""
    written = addresses.settings(page.root)
    found = {'d2l_local': wheel, **parse(written['project']['dependencies'])}
    known = parse([one for one in written['dependency-groups']['book'] if isinstance(one, str)])
    return found | {name: known[name] for name in sorted(imports(page) & known.keys() - found.keys())}


def imports(page: Page) -> set[str]:
    """页里导入的最外层的名字，如 mxnet。"""
    nodes = [node for cell in page.cells('code') for node in ast.walk(ast.parse(cell.source))]
    named = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    named += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {name.partition('.')[0] for name in named}


def first_cell(page: Page, wheel: str) -> str:
    """加在最前面的那一格的代码。"""
    written = addresses.settings(page.root)
    oldest = re.fullmatch(r'>=(\d+)\.(\d+)', written['project']['requires-python']).groups()
    newest = written['tool']['d2l']['newest-python'].split('.')
    pairs = [f'{name!r}:{requirement!r}' for name, requirement in needs(page, wheel).items()]
    lines = textwrap.wrap(', '.join(pairs), 88, break_long_words=False, break_on_hyphens=False)
    wanted = '\n         '.join(lines).replace("':'", "': '")
    versions = ', '.join(f'({major}, {minor})' for major, minor in (oldest, newest))
    call = f'prepare({{{wanted}}},\n        {versions})'
    return '\n'.join([TITLE, inspect.getsource(cloud_cell.prepare), '', call])


def prepared(page: Page, wheel: str) -> NotebookNode:
    """这一页的副本；有代码的加上第一格。"""
    notebook = records.read(page)
    if notebook is None:
        raise UserError(f'{page.name(page.notebook)}: 还没有生成。请运行 make notebooks。')
    result = copy.deepcopy(notebook)
    result.metadata = nbformat.from_dict(records.METADATA)
    if records.code_cells(result):
        result.cells.insert(0, nbformat.from_dict({
            'cell_type': 'code', 'id': 'prepare', 'source': first_cell(page, wheel), 'outputs': [],
            'execution_count': None, 'metadata': records.folded(['hide-input'])}))
    return result


def build_wheel(root: Path, folder: Path) -> Path:
    """把 d2l_local 的安装包造在 `folder` 里。"""
    done = subprocess.run([sys.executable, '-m', 'pip', '--disable-pip-version-check', 'wheel', '--quiet',
                           '--no-deps', '--wheel-dir', str(folder), str(root)],
                          text=True, capture_output=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ['pip 没有说原因'])[-1]
        raise UserError(f'没有造成 d2l_local 的安装包（{reason}）。'
                        '造它要从网上取来 hatchling，请接通网络再试。')
    return next(folder.glob('d2l_local-*.whl'))


def build(root: Path = ROOT, target: Path = CLOUD, known: addresses.Addresses | None = None) -> Path:
    """写出全部副本和安装包，返回安装包；没有写完时 `target` 还是原来的样子。"""
    known = known or addresses.read(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix='.', suffix=UNFINISHED) as folder:
        new = Path(folder) / 'cloud'
        wheel = build_wheel(root, new)
        for page in pages(root):
            copied = prepared(page, known.install_from(wheel.name))
            write_whole(new / f'{page.key}.ipynb', records.serialise(copied))
        pictures.copy(root, new)
        shutil.rmtree(target, ignore_errors=True)
        new.replace(target)
    return target / wheel.name


def main(argv: Sequence[str]) -> int:
    wheel = build()
    written = sum(1 for _ in CLOUD.rglob('*.ipynb'))
    print(f'{written} 页和 {wheel.name} 写在 {CLOUD.relative_to(ROOT)}。')
    source = addresses.read().install_from(wheel.name)
    print(f'各页从 {source} 安装 d2l_local。' if source else
          '没有设安装包的地址（pyproject.toml 的 [tool.d2l]），各页用放在它旁边的安装包。')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
