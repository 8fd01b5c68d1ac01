"""每一页运行几次：先一页一页单独地，再几页并排地；每一次的文字和插图都要与书上的一样。

    python -m tests.repeat [次数] [PAGE …]        （make test-repeat）

环境由页面的 `import d2l_local` 固定，与读者的一样。次数默认是 5。有一处不同或出错，退出码是 1。
"""
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import pages
from tools import data
from tools.book import ROOT, Page
from tools.report import run_tool

TIMES = 5


def once(way: str, workers: int, chosen: Sequence[Page]) -> int:
    """同时开 `workers` 个内核，把这些页运行一次；返回几页不同或出错。"""
    def one(page: Page) -> bool:
        result = pages.try_page(page, sys.executable)
        print(f'{way}  {result}\n{result.report()}', end='', flush=True)
        return bool(result.errors or result.texts or result.drawn)

    with ThreadPoolExecutor(workers) as pool:
        return sum(pool.map(one, chosen))


def main(argv: Sequence[str], root: Path = ROOT) -> int:
    times = next((int(one) for one in argv if one.isdecimal()), TIMES)
    chosen = pages.with_code([one for one in argv if not one.isdecimal()], root)
    data.main([])
    # 并排的内核比核多一倍，互相争抢，才看得出结果靠不靠快慢。
    ways = (('单独', 1), ('并排', 2 * len(os.sched_getaffinity(0))))
    bad = sum(once(f'{way}第 {count} 次', workers, chosen)
              for way, workers in ways for count in range(1, times + 1))
    print(f'{len(chosen)} 页，单独和并排各 {times} 次；{bad} 页次不同或出错。')
    return int(bad > 0)


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
