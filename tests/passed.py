"""记着哪些页和测试文件在这台机器上完全通过过：`_build/passed.json`，每条是一个指纹和最后用到的日子。

指纹由 tests.run 算，包含一切能改变结果的东西；这里只管存取。文件没有或坏了就当作什么都没通过过。
"""
import json
import time
from pathlib import Path

from tools.report import write_whole

# 这么多天没有用到的记录不再留着，文件才不会越来越大。
KEEP_DAYS = 60
SECONDS_PER_DAY = 86400


class Passed:
    """`key in passed`：通过过吗；`passed.add(key)`：记下一次完整的通过。`path` 是存的文件。"""

    def __init__(self, path: Path):
        self.path = path

    def __contains__(self, key: str) -> bool:
        days = self._read()
        if key not in days:
            return False
        if days[key] != _today():
            self._write({**days, key: _today()})
        return True

    def add(self, key: str) -> None:
        self._write({**self._read(), key: _today()})

    def _read(self) -> dict[str, int]:
        try:
            days = json.loads(self.path.read_text(encoding='utf-8'))
        except (OSError, ValueError):
            return {}
        if not isinstance(days, dict):
            return {}
        return {key: day for key, day in days.items() if type(day) is int}

    def _write(self, days: dict[str, int]) -> None:
        kept = {key: day for key, day in days.items() if day > _today() - KEEP_DAYS}
        write_whole(self.path, json.dumps(kept, indent=0, sort_keys=True))


def _today() -> int:
    """今天是第几天（从 1970 年数起）。"""
    return int(time.time() // SECONDS_PER_DAY)
