"""把手稿和 README 排成书的样子：中文标点与空格（autocorrect），代码的导入次序与空行（ruff --fix）。

    python -m tools.format
"""
import subprocess
import sys

import autocorrect_py

from tools.checks import configure_typography, typography_files
from tools.pages import ROOT, run_tool, write_whole


def main(argv=None):
    configure_typography()
    changed = []
    for path in typography_files():
        text = path.read_text(encoding='utf-8')
        better = autocorrect_py.format_for(text, path.name)
        if better != text:
            write_whole(path, better)
            changed.append(path.relative_to(ROOT).as_posix())
    subprocess.run([sys.executable, '-m', 'ruff', 'check', '--no-cache', '--quiet', '--fix', '.'],
                   cwd=ROOT, stdout=subprocess.DEVNULL)
    print(f'改了 {len(changed)} 份文字{"：" + "、".join(changed) if changed else ""}。')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
