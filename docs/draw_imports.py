"""画出各模块谁导入谁：读 tools/、bench/、d2l_local/ 里的导入，写 docs/imports.svg。

箭头从导入者指向被导入者，总是向下；能由别的箭头接起来的不画。导入成圈时画不出来，指出这个圈。

    python -m docs.draw_imports        （make picture）
"""
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from tools.report import UserError, run_tool, write_whole

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / 'docs' / 'imports.svg'
COLOURS = {'tools': '#dbe9f6', 'bench': '#f6e7d0', 'd2l_local': '#ddefd9'}
WIDTH = 1.32
Graph = dict[str, set[str]]


def read_imports(root: Path = ROOT) -> Graph:
    """{模块: 它导入的模块}；网站扩展、书中各章提取出的模块各算一个。"""
    folders = [folder for folder in COLOURS if (root / folder).is_dir()]
    done = subprocess.run([sys.executable, '-m', 'ruff', 'analyze', 'graph', '--preview', *folders],
                          cwd=root, text=True, capture_output=True, check=True)
    found = json.loads(done.stdout)
    modules = {path: module(root / path, root) for path in found}
    graph: Graph = {}
    for path, imported in found.items():
        graph.setdefault(modules[path], set()).update(modules[other] for other in imported)
    # 各章从包的入口取名字（d2l.名字），入口又汇集各章：这一对不算导入成圈。
    ignored = {'d2l_local.*': {'d2l_local'}}
    empty = {'tools', 'bench'}
    return {own: found - {own} - empty - ignored.get(own, set())
            for own, found in graph.items() if own not in empty}


def module(path: Path, root: Path = ROOT) -> str:
    """文件属于图里的哪个模块，如 tools/book.py 是 'tools.book'。"""
    folder, *rest = path.relative_to(root).with_suffix('').parts
    if '请勿手改' in path.read_text(encoding='utf-8').partition('\n')[0]:
        return f'{folder}.*'
    return folder if rest == ['__init__'] else f'{folder}.{rest[0]}'


def upwards(graph: Graph) -> list[str]:
    """各模块，被导入的在前。"""
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise UserError(f'导入成了圈：{" → ".join(reversed(error.args[1]))}。请拆开。') from None


def floors(graph: Graph) -> list[list[str]]:
    """从下到上的各层：模块比它导入的都高，并且尽量紧挨着导入它的模块。"""
    level: dict[str, int] = {}
    for name in upwards(graph):
        level[name] = max((level[other] + 1 for other in graph.get(name, ())), default=0)
    for name in reversed(list(level)):
        importers = [level[other] for other in level if name in graph.get(other, ())]
        level[name] = min(importers, default=level[name] + 1) - 1
    return [[name for name in level if level[name] == floor] for floor in range(max(level.values()) + 1)]


def direct(graph: Graph) -> Graph:
    """去掉能由别的箭头接起来的箭头。"""
    below: Graph = {}
    for name in upwards(graph):
        imported = graph.get(name, set())
        below[name] = imported.union(*(below[other] for other in imported))
    return {name: {one for one in imported if not any(one in below[other] for other in imported)}
            for name, imported in graph.items()}


def places(graph: Graph) -> dict[str, tuple[float, float]]:
    """每个模块的中心。同一层里，靠近自己导入的那些模块。"""
    found: dict[str, tuple[float, float]] = {}
    for height, names in enumerate(floors(graph)):
        def middle(name: str) -> tuple[float, str]:
            columns = [found[other][0] for other in graph.get(name, ())]
            return (sum(columns) / len(columns) if columns else 0, name)

        for column, name in enumerate(sorted(names, key=middle)):
            found[name] = ((column - (len(names) - 1) / 2) * (WIDTH + 0.2), height)
    return found


def draw(graph: Graph) -> str:
    """整幅 SVG；同样的导入总是画出同样的字节。"""
    arrows = direct(graph)
    where = places(arrows)
    across, top = max(abs(x) for x, _ in where.values()) + 0.8, max(y for _, y in where.values())
    with matplotlib.rc_context({'svg.hashsalt': 'd2l', 'font.family': 'DejaVu Sans'}):
        figure = Figure(figsize=(across * 2, (top + 1) * 0.8))
        axes = figure.add_axes((0, 0, 1, 1), xlim=(-across, across), ylim=(-0.5, top + 0.5))
        axes.set_axis_off()
        for name, imported in sorted(arrows.items()):
            for other in sorted(imported):
                axes.annotate('', where[other], where[name], zorder=1, arrowprops={
                    'arrowstyle': '->', 'color': '#8a8a8a', 'shrinkA': 12, 'shrinkB': 13, 'lw': 0.8})
        for name, (x, y) in sorted(where.items()):
            folder, _, rest = name.partition('.')
            axes.text(x, y, f'{folder}/\n{rest}' if rest else folder, ha='center', va='center', fontsize=8.5,
                      bbox={'boxstyle': 'round,pad=0.4', 'fc': COLOURS[folder], 'ec': '#777777', 'lw': 0.6})
        drawn = io.StringIO()
        # 不用 savefig：导入了 d2l_local 的进程里，它只写两位小数。
        FigureCanvasSVG(figure).print_svg(drawn, metadata={'Date': None, 'Creator': None})
    return '\n'.join(line.rstrip() for line in drawn.getvalue().splitlines()) + '\n'


def main(argv: Sequence[str]) -> int:
    write_whole(PICTURE, draw(read_imports()))
    print(f'画好了：{PICTURE.relative_to(ROOT)}')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
