"""只读主线的人：去掉选读和练习的代码，在新内核里运行每一页剩下的格，输出与书上的逐字比较。

    python -m tests.main_line [PAGE]

笔记本写在 _build/main-line/，比较的规则与 make test 相同（tests/nbval.cfg）。
"""
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests import run
from tools import mainline, records
from tools.book import ROOT, Page, select
from tools.report import UserError, run_tool, write_whole


def write(chosen: Sequence[Page], folder: Path) -> list[Path]:
    """把每页的主线写进 `folder`，返回有代码的。"""
    written = []
    for page in chosen:
        notebook = records.read(page)
        if notebook is None:
            raise UserError(f'{page.name(page.notebook)}: 还没有生成。请运行 make notebooks。')
        kept = mainline.trimmed(page, notebook)
        if records.code_cells(kept):
            written.append(folder / f'{page.key}.ipynb')
            write_whole(written[-1], records.serialise(kept))
    return written


def main(argv: Sequence[str]) -> int:
    folder = ROOT / '_build' / 'main-line'
    shutil.rmtree(folder, ignore_errors=True)
    written = write(select(*argv), folder) if argv else write(select(''), folder)
    return run.pytest(ROOT, ['-q', '--no-header', *(path.relative_to(ROOT).as_posix() for path in written)])


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
