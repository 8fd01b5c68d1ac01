"""不固定环境的读者：各种指令集、一个和两个线程，每一页从头运行，文字与书上的比较。

    python -m tests.unpinned [AVX2-2 SSE41-1 …] [PAGE …]        （make test-unpinned）

D2L_UNPINNED=1，所以 `import d2l_local` 什么也不固定。末几位会不同，一一列出，不算不通过；有一格出错（断言
不成立也是）才算，退出码是 1。全部不同写在 _build/unpinned/。各页都跑了，就把结果写进前言的表；处理器没有的
指令跑不了，表里那几行留着上一次的。
"""
import os
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests import pages
from tools import data, notebooks, runtime
from tools.book import ROOT, Page, select
from tools.report import UserError, run_tool, write_whole

FOLDER = ROOT / '_build' / 'unpinned'
TABLE = 'front/preface'
BEGIN, END = '<!-- unpinned -->', '<!-- /unpinned -->'
HEAD = ('| 指令集 | 线程 | 处理器 | 日期 | 页 | 格 | 文字不同 | 只有插图不同 | 出错 |\n'
        f'{"|:--" * 4}{"|--:" * 5}|\n')
NO_AVX512 = runtime.PINNED['NPY_DISABLE_CPU_FEATURES']
# {指令集: (/proc/cpuinfo 里的名字, oneDNN 的, OpenBLAS 的内核, NumPy 不许用的)}，照只有它的处理器那样。
KINDS = {
    'AVX512': ('avx512bw', 'AVX512_CORE', 'Haswell', ''),
    'AVX2': ('avx2', 'AVX2', 'Haswell', NO_AVX512),
    'AVX': ('avx', 'AVX', 'Sandybridge', f'F16C FMA3 AVX2 X86_V3 {NO_AVX512}'),
    'SSE41': ('sse4_1', 'SSE41', 'Prescott', f'AVX F16C FMA3 AVX2 X86_V3 {NO_AVX512}'),
}


@dataclass(frozen=True)
class Setting:
    """一种环境：指令集和线程数。"""

    kind: str
    threads: int

    def __str__(self) -> str:
        return f'{self.kind}-{self.threads}'

    def variables(self) -> dict[str, str]:
        """内核的环境变量。"""
        _, dnnl, blas, without = KINDS[self.kind]
        return {'D2L_UNPINNED': '1', 'DNNL_MAX_CPU_ISA': dnnl, 'OPENBLAS_CORETYPE': blas,
                'NPY_DISABLE_CPU_FEATURES': without, 'OMP_NUM_THREADS': str(self.threads),
                'OPENBLAS_NUM_THREADS': str(self.threads),
                # 等待时让出处理器：别的程序忙时不至于慢几十倍，数字不变。
                'OMP_WAIT_POLICY': 'PASSIVE'}


SETTINGS = {f'{kind}-{threads}': Setting(kind, threads) for kind in KINDS for threads in (1, 2)}


def processor() -> tuple[str, set[str]]:
    """这台机器的处理器：型号，有的指令。"""
    text = Path('/proc/cpuinfo').read_text('utf-8')
    model, flags = (re.search(rf'^{name}\s*: (.*)', text, re.M) for name in ('model name', 'flags'))
    name = re.sub(r'\((R|TM|tm)\)| CPU| Processor| @.*| \d+-Core', '', model[1] if model else '不明')
    return name.strip(), set(flags[1].split() if flags else ())


def try_setting(setting: Setting, chosen: Sequence[Page]) -> list[pages.Result]:
    """在一种环境里运行这些页；全部不同写进 _build/unpinned/。"""
    def one(page: Page) -> pages.Result:
        result = pages.try_page(page, sys.executable, **setting.variables())
        print(f'{setting}  {result}\n', end='', flush=True)
        return result

    with ThreadPoolExecutor(max(1, len(os.sched_getaffinity(0)) // setting.threads)) as pool:
        results = list(pool.map(one, chosen))
    write_whole(FOLDER / f'{setting}.txt', ''.join(f'{result}\n{result.report()}' for result in results))
    return results


def row(setting: Setting, results: Sequence[pages.Result], model: str) -> str:
    """表里的一行。"""
    counts = [len(results), *(sum(numbers) for numbers in zip(*(
        (one.cells, len(one.texts), len(one.drawn), len(one.errors)) for one in results), strict=True))]
    return f'| {" | ".join(map(str, [setting.kind, setting.threads, model, date.today(), *counts]))} |\n'


def renewed(text: str, rows: dict[str, str]) -> str:
    """`text` 里的表换上 `rows`（{环境: 一行}）；没有跑的环境，行不变。"""
    before, begin, rest = text.partition(BEGIN)
    table, end, after = rest.partition(END)
    if not begin or not end:
        raise UserError(f'book/{TABLE}.md 里没有 {BEGIN} 和 {END}，不知道表写在哪里。请放回这两行。')
    old = {f'{kind}-{threads}': line for line, kind, threads in re.findall(
        r'^(\| (\w+) \| (\d) \|.*\n)', table, re.M)}
    lines = [(old | rows)[name] for name in SETTINGS if name in old | rows]
    return f'{before}{BEGIN}\n\n{HEAD}{"".join(lines)}\n{END}{after}'


def main(argv: Sequence[str], root: Path = ROOT) -> int:
    model, flags = processor()
    wanted = [SETTINGS[one] for one in argv if one in SETTINGS] or list(SETTINGS.values())
    names = [one for one in argv if one not in SETTINGS]
    chosen = pages.with_code(names, root)
    data.main([])
    rows, wrong = dict[str, str](), 0
    for setting in wanted:
        if KINDS[setting.kind][0] not in flags:
            print(f'{setting}：这台机器的处理器没有这种指令，跑不了。')
            continue
        results = try_setting(setting, chosen)
        wrong += sum(bool(one.errors) for one in results)
        rows[str(setting)] = row(setting, results, model)
        if not names:
            page, = select(TABLE, root)
            write_whole(page.text, renewed(page.read(), rows))
            notebooks.update(page)
    print(HEAD, *rows.values(), sep='', end='')
    return int(wrong > 0)


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
