"""比 nbval 更严：一格里各个输出的次序也比较，并数出真正重跑过、比较过的格。

nbval 把同一种输出收在一起比较：打印与图谁在前、一段打印有没有被图隔成两段，它看不出来；它不比较的格
（NBVAL_IGNORE_OUTPUT、没有序号的、--nbval-lax）也算通过。
"""
import collections
from itertools import groupby

import nbval.plugin
import pytest

merge = nbval.plugin.coalesce_streams


def merge_neighbours(outputs):
    """只把相连的几段打印接成一段，像书里存的那样；nbval 的把隔开的也接上。"""
    return [each for _, group in groupby(outputs, lambda output: output.get('name'))
            for each in merge(list(group))]


def kinds(outputs):
    """各个输出依次是什么。"""
    return [' '.join([output['output_type'], output.get('name', ''), *sorted(output.get('data', {}))])
            for output in outputs]


class Strict:
    """在运行测试的进程里；每一格报告到它为止这个笔记本有几格 `compared`：重跑了，输出全都相同。"""

    def __init__(self):
        self.compared = collections.Counter()
        nbval.plugin.coalesce_streams = merge_neighbours

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        if item.path.suffix == '.ipynb':
            item.compare_outputs = self.comparer(item, item.compare_outputs)
        try:
            return (yield)
        finally:
            if item.path in self.compared:
                item.user_properties.append(('compared', self.compared[item.path]))

    def comparer(self, item, compare):
        def same(now, stored):
            equal = compare(now, stored)
            if equal and kinds(now) != kinds(stored):
                item.comparison_traceback = [f'输出的次序不同。存着的：{kinds(stored)}；这次的：{kinds(now)}']
                equal = False
            self.compared[item.path] += equal
            return equal
        return same
