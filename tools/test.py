"""全部检验，依次：数据齐全 → 快速检查 → pytest（单元测试、严格重跑每个笔记本、浏览器里看网站）。

    python -m tools.test [交给 pytest 的参数]
"""
import subprocess
import sys

from tools import checks, data
from tools.pages import ROOT, run_tool


def main(argv=None):
    data.main([])
    if checks.main([]):
        return 1
    return subprocess.run([sys.executable, '-m', 'pytest', *(argv or [])], cwd=ROOT).returncode


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
