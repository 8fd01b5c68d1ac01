"""用 axe-core 看网站的每一页人人能不能用：宽屏的浅色和深色、主线和全文，手机上的全文；手机上都不横着滚动。

    python -m tests.axe [页…]        页如 ch2_linear/image-dataset，不写就是全部

网站要先建好（make book）；axe-core 装在 _build/site-tests 里（make test-site 会装）。一处也不许有。
颜色的对比只在全文里看：主线里的是其中的一部分，颜色一样。
"""
import sys
import time
from collections.abc import Sequence

from playwright.sync_api import Page, sync_playwright

from tests.website import CHROMIUM, OVERFLOW, WHOLE
from tools import site
from tools.book import ROOT
from tools.report import UserError, run_tool

AXE = ROOT / '_build' / 'site-tests' / 'axe_playwright_python' / 'axe.min.js'
WIDE, PHONE = {'width': 1280, 'height': 800}, {'width': 360, 'height': 800}
LOOKS = [(WIDE, 'light', 'all'), (WIDE, 'light', 'main'), (WIDE, 'dark', 'main'), (WIDE, 'dark', 'all'),
         (PHONE, 'light', 'all'), (PHONE, 'light', 'main')]
COLOURS = ('color-contrast', 'link-in-text-block')
# 代码里颜色由同样的样式决定的词只留第一处，别的变成普通的文字：每页几千个，一个一个看要几十秒。
ONE_OF_EACH = """() => {
  const seen = new Set();
  [...document.querySelectorAll('.bd-article pre span')].forEach((span) => {
    let [key, node] = ['', span];
    for (; !node.matches('.bd-article'); node = node.parentElement) key += `${node.className}>`;
    if (seen.has(key) && span.attributes.length < 2) span.replaceWith(...span.childNodes);
    seen.add(key);
  });
}"""


def findings(page: Page, colours: bool = True) -> list[str]:
    """打开着的这一页的毛病，一处一行；`colours` 为假就不看颜色。"""
    # 名字里要有看得见的字：axe 还在试行这一条，所以要另外打开。
    rules = {'label-content-name-mismatch': {'enabled': True},
             **{rule: {'enabled': colours} for rule in COLOURS}}
    if not page.evaluate('() => "axe" in window'):
        page.evaluate(AXE.read_text(encoding='utf-8'))
    found = page.evaluate('options => axe.run(options)', {'resultTypes': ['violations'], 'rules': rules})
    return [f'{each["id"]}（{each["impact"]}）：{node["html"][:160]!r}'
            for each in found['violations'] for node in each['nodes']]


def look(page: Page, key: str) -> dict[str, set[str]]:
    """{这一页的毛病: 有它的各种样子}；一页只打开一次，再换大小、颜色和主线全文。"""
    told: dict[str, set[str]] = {}
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme='light')
    page.goto((site.HTML / f'{key}.html').as_uri())
    page.wait_for_selector('main')
    page.evaluate(ONE_OF_EACH)
    page.evaluate(WHOLE)
    for viewport, scheme, mode in LOOKS:
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        page.wait_for_selector(f'html[data-theme={scheme}]')
        if (button := page.locator(f'.reading button[value={mode}]')).count():
            button.click()
        elif mode == 'main':
            continue  # 没有选读的页，两种一样
        page.wait_for_timeout(300)  # 脚本认出能滚动的框，主题把颜色换完
        found = []
        if (viewport, mode) != (PHONE, 'main'):
            found = findings(page, colours=viewport == WIDE and mode == 'all')
        if viewport == PHONE and (wider := page.evaluate(OVERFLOW)) > 0:
            found.append(f'比手机宽 {wider} 像素')
        for finding in found:
            told.setdefault(finding, set()).add(f'{key}（{viewport["width"]}，{scheme}，{mode}）')
    return told


def every_page() -> list[str]:
    """网站里的每一个网页，包括搜索和索引的。"""
    found = (path.relative_to(site.HTML).with_suffix('') for path in site.HTML.rglob('*.html'))
    return sorted(path.as_posix() for path in found if path.parts[0] != '_static')


def main(argv: Sequence[str]) -> int:
    if CHROMIUM is None:
        raise UserError('没有 Chromium，不能在浏览器里检查网站。Debian 上：sudo apt-get install chromium')
    keys, start, told = list(argv) or every_page(), time.monotonic(), dict[str, set[str]]()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox', '--disable-gpu'])
        planted = browser.new_page()
        planted.set_content('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">')
        if not findings(planted):
            raise UserError('axe-core 看不见没有说明的图，它的结果不能信。请删掉 _build/site-tests 再试。')
        page = browser.new_context(locale='zh-CN').new_page()
        for key in keys:
            for finding, places in look(page, key).items():
                told.setdefault(finding, set()).update(places)
        browser.close()
    for finding, places in sorted(told.items()):
        print(f'{finding}\n  {len(places)} 处：{"、".join(sorted(places)[:4])}')
    print(f'看了 {len(keys)} 页，每页 {len(LOOKS)} 种样子，{time.monotonic() - start:.0f} 秒：'
          f'{f"{len(told)} 种" if told else "没有"}毛病。')
    return int(bool(told))


if __name__ == '__main__':
    sys.exit(run_tool(main))
