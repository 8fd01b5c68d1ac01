"""同时启动的内核不抢端口：写书、检验和测试里的内核都用套接字文件，结束了文件也不在了。"""
import tempfile
from pathlib import Path

import pytest

from tests.books import cell, make_book, manuscript
from tests.kernels import run_in_kernel
from tools import notebooks
from tools.book import select

SAY = """\
import json
from ipykernel.connect import get_connection_info
print(json.loads(get_connection_info())['transport'])
"""


@pytest.fixture
def short(monkeypatch):
    """套接字的路径不能超过 107 字节，pytest 的文件夹会更长。"""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(tempfile, 'tempdir', folder)
        yield Path(folder)


def test_kernels_of_the_tests_use_no_port(short):
    assert run_in_kernel(SAY).printed == 'ipc\n'
    assert list(short.iterdir()) == []


def test_kernels_that_execute_pages_use_no_port(tmp_path, short):
    make_book(tmp_path, first=manuscript('# 页\n', cell(SAY.strip())))
    [page] = select('1.1', tmp_path)
    notebooks.update(page)
    assert notebooks.records.read(page).cells[1].outputs[0].text == 'ipc\n'
    assert list(short.iterdir()) == []
