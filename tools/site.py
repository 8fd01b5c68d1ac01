"""网站：从执行好的笔记本用 Jupyter Book 建出 _build/html，任何警告都算错误。

    python -m tools.site
"""
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import yaml

from tools import notebooks
from tools.book import ROOT, pages, planned, table_of_contents
from tools.report import UserError, run_tool, write_whole
from tools.terms import read_terms

BUILD = ROOT / '_build'
HTML = BUILD / 'html'


def written_contents(root: Path = ROOT) -> dict:
    """_toc.yml 里手稿已有的部分：Jupyter Book 不接受还不存在的页。"""
    written = {page.key for page in pages(root)}
    toc = table_of_contents(root)

    def keep(entries: list[dict]) -> list[dict]:
        kept = [{**entry, 'sections': keep(entry.get('sections', []))}
                for entry in entries if entry['file'] in written]
        return [{name: value for name, value in entry.items() if value != []} for entry in kept]

    parts = [{**part, 'chapters': keep(part['chapters'])} for part in toc['parts']]
    return {**toc, 'parts': [part for part in parts if part['chapters']]}


def everything_but_pages(root: Path = ROOT) -> str:
    """目录、设置、扩展和样式的指纹。"""
    files = [root / '_config.yml', root / 'requirements.txt',
             *(path for path in sorted((root / 'tools' / 'site_extension').rglob('*')) if path.is_file()
               and '__pycache__' not in path.parts)]
    return notebooks.digest([written_contents(root), *(path.read_text(encoding='utf-8') for path in files)])


def build(root: Path = ROOT) -> None:
    """建网站；失败抛出 UserError，带上 Sphinx 说的每条警告和错误。"""
    missing = [page.name(page.notebook) for page in pages(root) if not page.notebook.exists()]
    if missing:
        raise UserError(f'还没有笔记本：{"、".join(missing)}。请先运行 make notebooks。')
    toc, stamp = BUILD / '_toc.yml', BUILD / 'site-stamp'
    made_from = everything_but_pages(root)
    if not stamp.exists() or stamp.read_text(encoding='utf-8') != made_from:
        # 页有增减、设置或样式变了，每一页都要重做；Sphinx 自己只看页的内容。
        shutil.rmtree(BUILD / '.doctrees', ignore_errors=True)
        shutil.rmtree(HTML, ignore_errors=True)
        write_whole(toc, yaml.safe_dump(written_contents(root), allow_unicode=True, sort_keys=False))
        write_whole(stamp, made_from)
    write_whole(BUILD / 'terms.txt', ''.join(f'{term.chinese}\n' for term in read_terms(root)))
    command = [Path(sys.executable).with_name('jupyter-book'), 'build', root / 'notebooks',
               '--config', root / '_config.yml', '--toc', toc, '--path-output', root,
               '--warningiserror', '--keep-going']
    environment = {**os.environ, 'PYTHONPATH': str(root), 'PYTHONWARNINGS': 'ignore'}
    done = subprocess.run(command, cwd=root, env=environment, text=True, capture_output=True)
    if done.returncode:
        raise UserError('网站没有建成：\n' + _complaints(done.stdout + done.stderr))


def _complaints(output: str) -> str:
    """Sphinx 输出里的警告和错误；找不到就给出全部。"""
    lines = notebooks.ANSI.sub('', output).splitlines()
    for position, line in enumerate(lines):
        if line.startswith('Traceback'):
            lines = lines[:position]
            break
    return '\n'.join([line for line in lines if 'WARNING' in line or 'ERROR' in line] or lines[-10:])


def main(argv: Sequence[str]) -> int:
    start = time.perf_counter()
    build()
    print(f'网站建好了：{(HTML / "index.html").relative_to(ROOT)}'
          f'（{len(pages())} 页，{time.perf_counter() - start:.1f} 秒）')
    stale = sum(bool(notebooks.check_page(page)) for page in pages())
    if stale:
        print(f'注意：{stale} 页的笔记本与手稿不一致，网站显示的是旧的。请运行 make notebooks。')
    if planned():
        print(f'_toc.yml 里还有 {len(planned())} 页没有手稿，网站里没有它们。')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
