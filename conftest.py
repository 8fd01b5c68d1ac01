"""pytest 的设置：固定内核的环境，用分叉的内核检验笔记本，把每个文件的结果记进一个文件。

环境变量 D2L_RESULTS 指着那个文件（由 tests.run 设），里面是 {文件: {passed, of, bad, seconds, …}}：
`of` 是这个文件全部的测试（或代码格），挑选之前数的；`passed` 是通过的；`bad` 说有没有不通过、跳过或
预期的失败；`reads_book` 说它有没有打开过 book/ 或 notebooks/；笔记本另有 `compared`，比较过输出的格，`cpu`，
内核连同子进程用掉的 CPU 秒，`unit` 是这期间 `unit_of_work` 要的 CPU 秒。
"""
import collections
import ctypes
import json
import os
import queue
import signal
import statistics
import sys
import time
from pathlib import Path

import numpy
import pytest

from tests import kernels, strict
from tools import runtime
from tools.report import write_whole

ROOT = Path(__file__).resolve().parent
BOOK = tuple(f'{ROOT}{os.sep}{name}' for name in ('book', 'notebooks'))
# 实测一页的内核用 0.4 到 0.7 GB；加上运行测试的进程，留足余地。
MEMORY_PER_WORKER = 1.5e9
# 比这更久的一格之后，量一次机器此刻的快慢。
LONG_SECONDS = 1
# Linux 的 prctl：父进程一死就收到信号。
PR_SET_PDEATHSIG = 1

FORK = os.environ.get('D2L_FORK') != '0'
# D2L_FORK=0 时内核与读者的一样：新启动，环境里什么也没有固定。
(runtime.pin if FORK else runtime.unpin)()


def pytest_configure(config):
    if hasattr(config, 'workerinput'):
        # 主进程被杀，xdist 的进程要等正在跑的那一格跑完才知道；让系统立即带走它。
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if not hasattr(config, 'workerinput'):
        if FORK:
            server = kernels.ForkServer()
            config.add_cleanup(server.stop)
            # xdist 的各进程由此得知，命令行的选项却是各自重读的。
            os.environ.update(server.environment)
        if os.environ.get('D2L_RESULTS'):
            config.pluginmanager.register(Recorder(Path(os.environ.pop('D2L_RESULTS'))))
    if FORK:
        config.option.nbval_current_env, config.option.nbval_kernel_name = False, kernels.FORKED
    config.pluginmanager.register(Measurer())
    config.pluginmanager.register(strict.Strict())


def pytest_xdist_auto_num_workers(config):
    """一个核一个进程：内核固定为单线程；不超过这个进程能用的核，也不超过内存。"""
    memory = os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE')
    return max(1, min(len(os.sched_getaffinity(0)), int(memory / MEMORY_PER_WORKER)))


class Measurer:
    """在运行测试的进程里：数每个文件有几项，量笔记本的内核，看谁读了书的正文。"""

    def __init__(self):
        self.last, self.units, self.current, self.readers = set(), {}, None, set()
        sys.addaudithook(self.watch)

    def watch(self, event, arguments):
        if self.current and event in ('open', 'os.listdir', 'os.scandir', 'subprocess.Popen'):
            text = str(arguments[1] if event == 'subprocess.Popen' else arguments[0])
            if any(text.startswith(f'{folder}{os.sep}') or text == folder or
                   (event == 'subprocess.Popen' and folder in text) for folder in BOOK):
                self.readers.add(self.current)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector):
        self.current = collector.path if collector.path.suffix == '.py' else None
        try:
            return (yield)
        finally:
            self.current = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        counts = collections.Counter(item.path for item in items)
        self.last = set({item.path: item for item in items}.values())
        for item in items:
            item.user_properties.append(('of', counts[item.path]))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        self.current = item.path if item.path.suffix == '.py' else None
        try:
            return (yield)
        finally:
            self.current = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        start = time.monotonic()
        try:
            return (yield)
        finally:
            if item.path.suffix == '.ipynb':
                units = self.units.setdefault(item.path, [])
                if item in self.last or time.monotonic() - start > LONG_SECONDS:
                    units.append(unit_of_work())
                if item in self.last:
                    item.user_properties += cpu_seconds(item.parent.kernel)
                    item.user_properties.append(('unit', statistics.mean(units)))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item):
        try:
            return (yield)
        finally:
            if item.path in self.readers:
                item.user_properties.append(('reads_book', True))


def cpu_seconds(kernel):
    """问内核：它连同子进程用掉了多少 CPU 秒；内核死了、卡住了就没有。"""
    if not kernel.is_alive():
        return []
    expressions = {'cpu': "sum(__import__('os').times()[:4])"}
    message = kernel.kc.execute('', silent=True, user_expressions=expressions)
    try:
        while True:
            reply = kernel.get_message('shell', timeout=10)
            if reply['parent_header'].get('msg_id') == message:
                return [('cpu', float(reply['content']['user_expressions']['cpu']['data']['text/plain']))]
    except (queue.Empty, KeyError):
        return []


def unit_of_work():
    """一小段固定的计算要的 CPU 秒，约 0.01；一半是 Python 的循环，一半是 NumPy 的小矩阵，像页面一样。"""
    start = time.process_time()
    matrix, total = numpy.full((64, 64), 0.5, 'float32'), 0
    for count in range(500):
        total += sum(range(count))
        matrix = numpy.tanh(matrix @ matrix)
    return time.process_time() - start


class Recorder:
    """在主进程里：把各进程报来的结果合起来，结束时写进文件。"""

    def __init__(self, path):
        self.path, self.files = path, {}

    def pytest_runtest_logreport(self, report):
        entry = self.files.setdefault(report.nodeid.partition('::')[0],
                                      {'passed': 0, 'of': 0, 'bad': False, 'seconds': 0.0})
        good = report.passed and not hasattr(report, 'wasxfail')
        entry['bad'] |= not good
        entry['passed'] += good and report.when == 'call'
        entry['seconds'] += report.duration
        entry.update(report.user_properties)

    def pytest_sessionfinish(self):
        write_whole(self.path, json.dumps(self.files, ensure_ascii=False, indent=1, sort_keys=True))
