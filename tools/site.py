"""网站：从执行好的笔记本用 Jupyter Book 建出 _build/html，任何警告都算错误。

先在 _build/site 里建，那里留着上次的，只重做变了的页；建成了，每一页都完整，才换上 _build/html。没有建成，
_build/html 还是上次的样子。

    python -m tools.site
"""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import addresses, formulas, slim, structure, verify
from tools.book import ROOT, pages
from tools.notebooks import ANSI
from tools.records import digest
from tools.report import UNFINISHED, UserError, run_tool, write_whole

HTML = ROOT / '_build' / 'html'
EXTENSION = Path(__file__).with_name('site_extension')
# 扩展里决定网页样子的文件。
WRITTEN = ('.py', '.js', '.css', '.html', '.po', '.svg')


def downloads(root: Path) -> list[Path]:
    """可以下载的书：做好了的放在 _build/download 里，没有的封面上就没有“下载”。"""
    return sorted(path for path in (root / '_build' / 'download').glob('*') if path.is_file())


def build(root: Path = ROOT) -> None:
    """建网站；失败抛出 UserError，带上 Sphinx 说的每条警告和错误。"""
    missing = [page.name(page.notebook) for page in pages(root) if not page.notebook.exists()]
    if missing:
        raise UserError(f'还没有笔记本：{"、".join(missing)}。请先运行 make notebooks。')
    wrong = structure.check_headings(root) + formulas.check_drawing(root)
    if wrong:
        raise UserError('\n'.join(['网站没有建成：', *map(str, sorted(wrong))]))
    work = root / '_build' / 'site'
    stamp, built, made_from = work / 'stamp', work / '_build', _made_from(root)
    begun = stamp.exists() and stamp.read_text(encoding='utf-8') == digest([made_from, _fingerprint(built)])
    if not begun:
        # 页有增减、设置或样式变了，上一次没做完，或里面的文件被动过：每一页都重做；Sphinx 自己只看页的内容。
        shutil.rmtree(work, ignore_errors=True)
    stamp.unlink(missing_ok=True)
    complaints = _run_jupyter_book(root, work)
    for page in pages(root):
        if any(page.name(page.notebook) in line for line in complaints):
            # 出错的页 Sphinx 读过就不再看，下一次会像是好了。
            (built / '.doctrees' / f'{page.key}.doctree').unlink(missing_ok=True)
    if all('.ipynb' in line for line in complaints):
        write_whole(stamp, digest([made_from, _fingerprint(built)]))
    if complaints:
        raise UserError('\n'.join(['网站没有建成：', *complaints]))
    broken = unfinished(root, built / 'html')
    if broken:
        shutil.rmtree(work)
        raise UserError(f'网站没有建成，这些文件没有写完：{"、".join(broken)}。'
                        '请看磁盘是不是满了，再运行 make book。')
    publish(built / 'html', root / '_build' / 'html')


def _made_from(root: Path) -> str:
    common = [root / '_toc.yml', root / '_config.yml', root / 'requirements.txt',
              *(path for path in sorted(EXTENSION.rglob('*')) if path.suffix in WRITTEN)]
    return digest([repr(addresses.read(root)), *(path.read_text(encoding='utf-8') for path in common)])


def _fingerprint(folder: Path) -> str:
    """里面每个文件的名字和内容的指纹；没有这个文件夹也有一个。"""
    return digest([f'{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}'
                   for path in sorted(folder.rglob('*')) if path.is_file()])


def _run_jupyter_book(root: Path, work: Path) -> list[str]:
    """返回它说的警告和错误；失败而没有说的，返回最后几行。"""
    command: list[str | Path] = [Path(sys.executable).with_name('jupyter-book'), 'build', root / 'notebooks',
               '--config', root / '_config.yml', '--toc', root / '_toc.yml',
               '--path-output', work, '--warningiserror', '--keep-going']
    environment = {**os.environ, 'PYTHONPATH': str(ROOT), 'PYTHONWARNINGS': 'ignore'}
    done = subprocess.run(command, cwd=root, env=environment, text=True, capture_output=True)
    lines = ANSI.sub('', done.stdout + done.stderr).partition('\nTraceback')[0].splitlines()
    complaints = [line for line in lines if 'WARNING' in line or 'ERROR' in line]
    return (complaints or lines[-10:]) if done.returncode else []


def unfinished(root: Path, html: Path) -> list[str]:
    """`html` 里没有的、不完整的网页和搜索的索引。"""
    ends = {f'{page.key}.html': '</html>' for page in pages(root)} | {
        'search.html': '</html>', '_static/search-index.js': ');'}
    return [name for name, end in ends.items() if not (html / name).exists()
            or not (html / name).read_text(encoding='utf-8', errors='replace').rstrip().endswith(end)]


def publish(built: Path, html: Path) -> None:
    """把建成的抄到旁边，再换上；半途中断时 `html` 是旧的，或者没有，下一次 make book 补上。"""
    with tempfile.TemporaryDirectory(dir=html.parent, prefix='.', suffix=UNFINISHED) as folder:
        fresh, old = Path(folder) / 'new', Path(folder) / 'old'
        slim.write(built, fresh)
        if html.exists():
            html.replace(old)
        fresh.replace(html)


def main(argv: Sequence[str]) -> int:
    start = time.perf_counter()
    with ThreadPoolExecutor() as pool:
        # 一个核建网站时，另一个核看笔记本是否过期。
        stale = pool.submit(lambda: len({problem.file for problem in verify.check()}))
        build()
        seconds = time.perf_counter() - start
    print(f'网站建好了：{HTML.relative_to(ROOT) / "index.html"}（{len(pages())} 页，{seconds:.1f} 秒）')
    if stale.result():
        print(f'注意：{stale.result()} 页的笔记本与手稿不一致，网站显示的是旧的。请运行 make notebooks。')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
