"""数据与依赖的许可，由 tools.front_matter 写进附录：数据的出自登记，软件的出自各个包自己的说明。

装着的版本与 requirements.txt 的不同时，查不到那一版的许可，就照页上已有的写，所以在哪台机器上都一样。
"""
import importlib.metadata
import re
from pathlib import Path

from tools import data
from tools.book import ROOT

INDEX = 'appendix/licences'
PIN = re.compile(r'^([\w.-]+)==([^\s;]+)', re.M)
UNKNOWN = '没有查到'
# 一行以内的才是许可证的名字，长的是全文。
SHORT = 40


def licence(name: str, version: str) -> str:
    """一个包的许可：SPDX 的写法在先，再是它自己写的名字，再是分类；没有装这一版就是空串。"""
    try:
        told = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return ''
    if told['Version'] != version:
        return ''
    written = ''.join(told.get_all('License') or [])
    short = written if 0 < len(written) < SHORT and '\n' not in written and written != 'UNKNOWN' else ''
    kinds = [each.rpartition(' :: ')[2] for each in told.get_all('Classifier') or []
             if each.startswith('License :: ')]
    return ''.join(told.get_all('License-Expression') or []) or short or '、'.join(kinds) or UNKNOWN


def index(root: Path = ROOT) -> str:
    """两张表。"""
    page = root / 'book' / f'{INDEX}.md'
    before = dict(re.findall(r'^\| (\[.*?\]\(.*?\) \| \S+) \| (.*) \|$', page.read_text('utf-8'), re.M))
    lines = ['## 数据', '', '| 数据 | 许可 | 出处 |', '|---|---|---|']
    for one in data.load().DATASETS.values():
        lines.append(f'| [{one.title}]({one.homepage}) | {one.licence} | {one.citation} |')
    lines += ['', '## 软件包', '', '| 包 | 版本 | 许可 |', '|---|---|---|']
    for name, version in PIN.findall((root / 'requirements.txt').read_text(encoding='utf-8')):
        start = f'[{name}](https://pypi.org/project/{name}/{version}/) | {version}'
        lines.append(f'| {start} | {licence(name, version) or before.get(start, UNKNOWN)} |')
    return '\n'.join(lines) + '\n'
