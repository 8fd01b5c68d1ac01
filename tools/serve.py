"""在本机打开网站；手稿、公用函数或目录一保存，就重新执行受影响的页并重建。

    python -m tools.serve [PORT]
"""
import subprocess
from collections.abc import Sequence

from livereload import Server

from tools import site
from tools.book import ROOT
from tools.report import UserError, run_tool

WATCHED = ('book/**/*.md', 'd2l_local/*.py', '_toc.yml', '_config.yml', 'tools/site_extension/static/*')


def rebuild() -> None:
    """有错时 make 会说出来，网站保持上一次的样子。"""
    subprocess.run(['make', '--no-print-directory', 'notebooks', 'book'], cwd=ROOT)


def main(argv: Sequence[str]) -> int:
    port = argv[0] if argv else '8000'
    if not port.isdecimal():
        raise UserError(f'端口应是一个数，这里是“{port}”。')
    rebuild()
    server = Server()
    for pattern in WATCHED:
        server.watch(str(ROOT / pattern), rebuild, delay=1)
    server.serve(root=str(site.HTML), port=int(port), host='127.0.0.1')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
