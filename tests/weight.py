"""每一页有多重：没有缓存的浏览器从压缩的本机服务器打开每一页，数装载的字节；违反 Content-Security-Policy 的
也是毛病。

    python -m tests.weight [页…]        页如 ch2_linear/image-dataset，不写就是全部

网站要先建好（make book）。
"""
import sys
from collections.abc import Iterator, Sequence

from playwright.sync_api import sync_playwright

from tests.served import Load, launch, serve
from tests.website import CHROMIUM
from tools import site
from tools.book import pages
from tools.report import UserError, run_tool

# 字节：首页打开时，别的页打开时，每幅图都看过以后。
HOME, FIRST, ALL = 150_000, 220_000, 350_000


def faults(key: str, load: Load) -> list[str]:
    """一页的毛病，一句一个。"""
    limit = HOME if key == 'index' else FIRST
    found = [f'{key}：{fault}' for fault in load.faults]
    if load.first > limit:
        found.append(f'{key}：打开时装载 {load.first} 字节，超过 {limit}')
    if load.all > ALL:
        found.append(f'{key}：连图一共 {load.all} 字节，超过 {ALL}')
    return found


def weigh(keys: Sequence[str]) -> Iterator[tuple[str, Load]]:
    with sync_playwright() as playwright, serve(site.HTML) as address:
        browser = launch(playwright)
        for key in keys:
            yield key, Load(browser, f'{address}/{key}.html')
        browser.close()


def main(argv: Sequence[str]) -> int:
    if CHROMIUM is None:
        raise UserError('没有 Chromium，不能在浏览器里检查网站。Debian 上：sudo apt-get install chromium')
    everything = [*(page.key for page in pages()), 'search', 'genindex', '404']
    found, heaviest = [], (0, '')
    for key, load in weigh(list(argv) or everything):
        print(f'{load.first / 1e3:6.1f} {load.all / 1e3:6.1f} kB  {key}')
        found += faults(key, load)
        heaviest = max(heaviest, (load.first, key))
    print(*found, sep='\n')
    print(f'最重的是 {heaviest[1]}，打开时 {heaviest[0] / 1e3:.0f} kB；'
          f'{f"{len(found)} 处" if found else "没有"}毛病。')
    return int(bool(found))


if __name__ == '__main__':
    sys.exit(run_tool(main))
