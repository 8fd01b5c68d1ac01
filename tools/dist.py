"""做出可以带走的，写在 _build/dist：网站、全部笔记本、学生版、教师版的压缩包，整本书的 PDF，软件清单（SBOM），
和它们的 SHA-256。

    python -m tools.dist

写在 _build/dist；其中 OFFERED 的再放进 _build/download，重建网站的首页，那里就有下载的按钮。同样的内容总做出
同样的字节（PDF 另外随 Chromium 和字体而变）。笔记本的包能自己检验自己：
`pip install -r requirements.txt && pytest`。
"""
import copy
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from packaging.requirements import Requirement

from tools import data, pdf, pictures, records, site
from tools.book import ROOT, Page, pages
from tools.cloud import build_wheel
from tools.mainline import EXERCISES
from tools.report import UNFINISHED, UserError, run_tool

DIST = ROOT / '_build' / 'dist'
# make dist 把 cyclonedx-bom 装在这里。
AUDIT = ROOT / '_build' / 'audit'
FILES = Path(__file__).with_name('dist_files')
ANSWER = re.compile(r'<details>\s*<summary>解答</summary>.*?</details>\s*', re.S)
# zip 能记的最早的时刻：压缩包不因何时做成而变。
LONG_AGO = (1980, 1, 1, 0, 0, 0)
# 许可证准许再发布的数据；房价数据没有找到许可证，页面用到时自己去取。
OPEN_DATA = ('fashion-mnist',)
# 首页上可以下载的，和首页上下载它们的按钮。
OFFERED = ('d2l-site.zip', 'd2l-notebooks.zip', pdf.NAME)
BUTTON = re.compile(rb'<li><p><a [^>]*href="download/.*?</li>\s*', re.S)
EDITIONS = {
    'notebooks': ('全部笔记本', '全书每一页的笔记本，带着运行得到的输出；`data` 文件夹里是 Fashion-MNIST。'
                  '房价数据没有许可证，不在里面，用到它的几页第一次运行时自己去取。'),
    'students': ('学生版', '全书每一页的笔记本，没有输出，没有练习的解答，其余一格不差。'),
    'teachers': ('教师版', '全书每一页的笔记本，带着输出，练习的解答都展开；除了解答，格与学生版的一样。'),
}
USE_DATA = 'export D2L_DATA_FROM="$PWD/data"\n'
CHECK = """检验：各页从头重跑，输出与存下的逐字比较，只有计时不比（`nbval.cfg`），约要五分钟。

```bash
env/bin/pytest
```

环境由 `conftest.py` 和 `import d2l_local` 固定：一个线程，AVX2 指令。
"""


# ---- 三种笔记本 ----------------------------------------------------------------------------


def without_answers(notebook: NotebookNode) -> NotebookNode:
    """去掉练习里的解答：折叠的文字，和它后面折叠的代码格；去掉所有输出。"""
    kept, exercises = [], False
    for cell in notebook.cells:
        if cell.cell_type == 'markdown':
            headings = re.findall(r'^##? +(.+)', cell.source, re.M)
            exercises = headings[-1].startswith(EXERCISES) if headings else exercises
            cell.source = ANSWER.sub('', cell.source).rstrip()
            if not cell.source:
                continue
        else:
            if exercises and 'hide-cell' in cell.metadata.get('tags', []):
                continue
            cell.outputs, cell.execution_count = [], None
        kept.append(cell)
    notebook.cells = kept
    return notebook


def unfolded(notebook: NotebookNode) -> NotebookNode:
    """展开练习的解答，包括代码格。"""
    for cell in notebook.cells:
        if cell.cell_type == 'markdown':
            cell.source = cell.source.replace('<details>\n<summary>解答', '<details open>\n<summary>解答')
        elif 'hide-cell' in cell.metadata.get('tags', []):
            for name in ('jupyter', 'cellView'):
                cell.metadata.pop(name, None)
    return notebook


EDIT = {'notebooks': lambda notebook: notebook, 'students': without_answers, 'teachers': unfolded}


def edition(name: str, page: Page) -> str:
    """`page` 在 `name` 这一版里的笔记本，写进文件的文字。"""
    stored = records.read(page)
    if stored is None:
        raise UserError(f'{page.name(page.notebook)}: 还没有生成。请运行 make notebooks。')
    notebook = EDIT[name](copy.deepcopy(stored))
    notebook.metadata = nbformat.from_dict(records.METADATA)
    return records.serialise(notebook)


# ---- 压缩包 --------------------------------------------------------------------------------


def requirements(wheel: Path, root: Path) -> str:
    """各页和 nbval 要的每一个包，版本与 requirements.txt 的相同。"""
    pins = dict(re.findall(r'^([\w.-]+)==([^\s;]+)', (root / 'requirements.txt').read_text('utf-8'), re.M))
    wanted, found = ['d2l_local', 'ipykernel', 'nbval', 'pandas', 'pytest'], set[str]()
    while wanted:
        name = re.sub('[-_.]+', '-', wanted.pop()).lower()
        if name in found or name not in {*pins, 'd2l-local'}:
            continue
        found.add(name)
        wanted += [one.name for text in importlib.metadata.requires(name) or []
                   if not (one := Requirement(text)).marker or one.marker.evaluate({'extra': ''})]
    lines = [f'{name}=={pins[name]}' for name in sorted(found - {'d2l-local'})]
    return '\n'.join([f'./{wheel.name}', *lines]) + '\n'


def notebooks_contents(name: str, root: Path, wheel: Path) -> Iterable[tuple[str, bytes]]:
    """`name` 这一版的压缩包里的 (路径, 内容)。"""
    title, what = EDITIONS[name]
    complete = name == 'notebooks'
    readme = (FILES / 'README.md').read_text(encoding='utf-8').format(
        title=f'动手学深度学习（MXNet 实跑版）：{title}', what=what, data=USE_DATA if complete else '',
        check='' if name == 'students' else CHECK)
    yield 'README.md', readme.encode()
    yield 'requirements.txt', requirements(wheel, root).encode()
    yield wheel.name, wheel.read_bytes()
    yield from ((path.name, path.read_bytes()) for path in sorted((root / 'LICENSES').iterdir()))
    if name != 'students':
        yield from ((file, (FILES / file).read_bytes()) for file in ('conftest.py', 'pytest.ini'))
        yield 'nbval.cfg', (root / 'tests' / 'nbval.cfg').read_bytes()
    for page in pages(root):
        yield f'notebooks/{page.key}.ipynb', edition(name, page).encode()
    yield from ((f'notebooks/{file.as_posix()}', (root / 'book' / file).read_bytes())
                for file in pictures.files(root))
    if complete:
        registry = data.load()
        for dataset in OPEN_DATA:
            folder = registry.download(dataset)
            yield from ((f'data/{file}', (folder / file).read_bytes())
                        for file in registry.DATASETS[dataset].files)


def site_contents(root: Path) -> Iterable[tuple[str, bytes]]:
    """网站的各个文件；压缩包里没有可以下载的，首页上也就没有下载的按钮。"""
    html = root / '_build' / 'html'
    if not html.exists():
        raise UserError('网站还没有建成。请先运行 make book。')
    for path in sorted(html.rglob('*')):
        name = path.relative_to(html).as_posix()
        if path.is_file() and not name.startswith('download/'):
            yield name, BUTTON.sub(b'', path.read_bytes()) if name == 'index.html' else path.read_bytes()


def write_bill(path: Path, root: Path) -> None:
    """软件清单（CycloneDX）：每个包和它各个文件的 SHA-256；同样的版本总写出同样的字节。"""
    locked = root / 'locks' / 'book.txt'
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'cyclonedx_py', 'requirements', '--output-reproducible',
         '--pyproject', root / 'pyproject.toml', '--output-file', path, locked],
        env={**os.environ, 'PYTHONPATH': str(AUDIT)}, text=True, capture_output=True)
    if done.returncode:
        raise UserError('软件清单没有写成（' + (done.stderr.strip().splitlines() or ['没有说原因'])[-1]
                        + '）。请用 make dist 运行，它会装好要用的。')
    listed = {(one['name'], one['version']) for one in json.loads(path.read_text('utf-8'))['components']}
    if listed != set(re.findall(r'^([\w.-]+)==(\S+)', locked.read_text(encoding='utf-8'), re.M)):
        raise UserError('软件清单与 locks/book.txt 里的包不同。请运行 make lock，再做一次。')


def write_zip(path: Path, contents: Iterable[tuple[str, bytes]]) -> None:
    """写一个压缩包，里面只有一个与它同名的文件夹。"""
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, body in contents:
            info = zipfile.ZipInfo(f'{path.stem}/{name}', LONG_AGO)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, body)


def build(root: Path = ROOT, target: Path = DIST) -> list[Path]:
    """做出全部，返回它们；没有做完时 `target` 还是原来的样子。"""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix='.', suffix=UNFINISHED) as folder:
        new = Path(folder) / 'dist'
        new.mkdir()
        print(f'PDF 印好了：{pdf.build(new / pdf.NAME, root)} 页。')
        wheel = build_wheel(root, Path(folder) / 'wheel')
        write_zip(new / 'd2l-site.zip', site_contents(root))
        for name in EDITIONS:
            write_zip(new / f'd2l-{name}.zip', notebooks_contents(name, root, wheel))
        write_bill(new / 'd2l-sbom.cdx.json', root)
        made = sorted(new.iterdir())
        sums = ''.join(f'{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n' for path in made)
        (new / 'SHA256SUMS').write_text(sums, encoding='utf-8')
        shutil.rmtree(target, ignore_errors=True)
        new.replace(target)
    return [target / path.name for path in made]


def offer(made: Sequence[Path], root: Path = ROOT) -> None:
    """把可以下载的放进 _build/download，重建网站：只有首页变。"""
    folder = root / '_build' / 'download'
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path in made:
        if path.name in OFFERED:
            shutil.copy(path, folder)
    site.build(root)


def main(argv: Sequence[str]) -> int:
    made = build()
    for path in made:
        print(f'{path.relative_to(ROOT)}：{path.stat().st_size / 1e6:.1f} MB')
    offer(made)
    print(f'网站的首页上可以下载 {"、".join(OFFERED)}。')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
