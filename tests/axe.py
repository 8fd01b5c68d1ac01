"""用 axe-core 看网站的每一页人人能不能用：宽屏的浅色和深色、只看主线和全文，再加手机上的全文。

    python -m tests.axe [页…]        页如 ch2_linear/image-dataset，不写就是全部

网站要先建好（make book）；axe-core 装在 _build/site-tests 里（make test-site 会装）。一处也不许有。
"""
import sys
from collections.abc import Sequence

from playwright.sync_api import Browser, Page, sync_playwright

from tests.website import CHROMIUM
from tools import site
from tools.book import ROOT, pages
from tools.report import UserError, run_tool

AXE = ROOT / '_build' / 'site-tests' / 'axe_playwright_python' / 'axe.min.js'
WIDE, PHONE = {'width': 1280, 'height': 800}, {'width': 360, 'height': 800}
LOOKS = [(WIDE, 'light', 'main'), (WIDE, 'light', 'all'), (WIDE, 'dark', 'main'), (WIDE, 'dark', 'all'),
         (PHONE, 'light', 'all')]
# 名字里要有看得见的字：axe 还在试行这一条，所以要另外打开。
OPTIONS = {'resultTypes': ['violations'], 'rules': {'label-content-name-mismatch': {'enabled': True}}}


def findings(page: Page) -> list[str]:
    """打开着的这一页的毛病，一处一行。"""
    page.evaluate(AXE.read_text(encoding='utf-8'))
    found = page.evaluate('options => axe.run(options)', OPTIONS)['violations']
    return [f'{each["id"]}（{each["impact"]}）：{node["html"][:160]!r}'
            for each in found for node in each['nodes']]


def look(browser: Browser, keys: Sequence[str]) -> dict[str, set[str]]:
    """{毛病: 有它的页}。"""
    told: dict[str, set[str]] = {}
    for viewport, scheme, mode in LOOKS:
        context = browser.new_context(viewport=viewport, color_scheme=scheme, locale='zh-CN')
        context.add_init_script(f"localStorage.setItem('d2l-mode', '{mode}')")
        page = context.new_page()
        for key in keys:
            page.goto((site.HTML / f'{key}.html').as_uri())
            page.wait_for_selector('main')
            page.wait_for_timeout(300)  # 脚本认出能滚动的框，主题把颜色换完
            for finding in findings(page):
                told.setdefault(finding, set()).add(f'{key}（{viewport["width"]}，{scheme}，{mode}）')
        context.close()
    return told


def main(argv: Sequence[str]) -> int:
    if CHROMIUM is None:
        raise UserError('没有 Chromium，不能在浏览器里检查网站。Debian 上：sudo apt-get install chromium')
    keys = list(argv) or [*(page.key for page in pages()), 'search', 'genindex']
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox', '--disable-gpu'])
        planted = browser.new_page()
        planted.set_content('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">')
        if not findings(planted):
            raise UserError('axe-core 看不见没有说明的图，它的结果不能信。请删掉 _build/site-tests 再试。')
        told = look(browser, keys)
        browser.close()
    for finding, places in sorted(told.items()):
        print(f'{finding}\n  {len(places)} 处：{"、".join(sorted(places)[:4])}')
    print(f'看了 {len(keys)} 页，每页 {len(LOOKS)} 种样子：{len(told) or "没有"}毛病。')
    return int(bool(told))


if __name__ == '__main__':
    sys.exit(run_tool(main))
