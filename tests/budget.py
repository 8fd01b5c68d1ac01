"""每页的 CPU 预算：15 秒。超过的页要在 tests/budget.yml 里有一行，写明可以用多少秒和为什么。

时间是 CPU 秒，由页自己的内核报出（连同它的子进程）。同样的计算，机器慢或者忙时要的 CPU 秒可以差一倍，所以
按同一时间里一小段固定的计算（conftest.py 的 `unit_of_work`）折算成定下预算的那台机器上的秒数。
"""
from collections.abc import Iterator
from pathlib import Path

import yaml

from tools.report import UserError

SECONDS = 15
# 折算以后，同一页各次仍会差到这么多；超过预算不到这个倍数不算。
TOLERANCE = 1.25
# 那一小段计算在定下预算的机器上要的 CPU 秒。
REFERENCE_UNIT = 0.012
SLOWEST = 5


def read(root: Path) -> dict[str, float]:
    """tests/budget.yml：{页: 可以用的秒数}；写得不对就抛出 `UserError`。"""
    lines = yaml.safe_load((root / 'tests' / 'budget.yml').read_text(encoding='utf-8')) or {}
    for page, line in lines.items():
        if not (isinstance(line, dict) and set(line) == {'seconds', 'reason'} and line['reason']
                and isinstance(line['seconds'], int) and line['seconds'] > SECONDS):
            raise UserError(f'tests/budget.yml: {page} 要有 seconds（大于 {SECONDS} 的整数）'
                            '和 reason（理由）。')
        if not (root / 'book' / f'{page}.md').exists():
            raise UserError(f'tests/budget.yml: 没有 {page} 这一页。请删去这一行。')
    return {page: line['seconds'] for page, line in lines.items()}


def cpu_seconds(results: dict[str, dict]) -> dict[str, float]:
    """{页: 折算过的 CPU 秒}；`results` 由 conftest.py 写下。"""
    return {page_of(name): result['cpu'] * REFERENCE_UNIT / result['unit']
            for name, result in results.items() if 'cpu' in result}


def page_of(name: str) -> str:
    return name.removeprefix('notebooks/').removesuffix('.ipynb')


def over(spent: dict[str, float], limits: dict[str, float]) -> list[str]:
    """超过自己预算的页。"""
    return [page for page, seconds in spent.items()
            if seconds > TOLERANCE * limits.get(page, SECONDS)]


def report(spent: dict[str, float], limits: dict[str, float]) -> Iterator[str]:
    """最慢的几页，超过预算的页，和不再需要的行。"""
    slowest = sorted(spent, key=lambda page: -spent[page])[:SLOWEST]
    if slowest:
        yield '最慢的页（CPU 秒）：' + '，'.join(f'{page} {spent[page]:.0f}' for page in slowest)
    for page in over(spent, limits):
        yield (f'{page}: 用了 {spent[page]:.0f} CPU 秒，预算是 {limits.get(page, SECONDS)}。'
               '请让它快一点；实在不能，就在 tests/budget.yml 里写一行和理由。')
    for page, seconds in spent.items():
        if page in limits and seconds * TOLERANCE < SECONDS:
            yield f'{page}: 只用了 {seconds:.0f} CPU 秒，tests/budget.yml 里的这一行可以删去。'
