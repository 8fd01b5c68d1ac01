"""拍下书中的一页，写 docs/page.png（README 的图），记下它由什么拍成。要先建好网站，并有 Chromium 和中文字体。

    python -m docs.draw_page        （make picture）
"""
import io
import shutil
from collections.abc import Sequence

from PIL import Image, PngImagePlugin
from playwright.sync_api import sync_playwright

from tools.book import ROOT, pages, select
from tools.records import digest
from tools.report import UserError, run_tool

PICTURE = ROOT / 'docs' / 'page.png'
KEY = 'ch2_linear/linear-regression-basics'
PAGE = ROOT / '_build' / 'html' / f'{KEY}.html'
HEADING = '学出一条直线'
SIZE = {'width': 1280, 'height': 1000}


def made_from() -> str:
    """图里看得见的东西的指纹：各页的标题，这一页的这一节，网站的样式。"""
    shown = select(KEY)[0].read().partition(f' {HEADING}\n')[2].partition('\n## ')[0].partition('\n### ')[0]
    styles = sorted((ROOT / 'tools' / 'site_extension').rglob('*.css'))
    return digest([[page.label for page in pages()], shown,
                   *(path.read_text(encoding='utf-8') for path in styles)])


def main(argv: Sequence[str]) -> int:
    chromium = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
    if chromium is None:
        raise UserError('没有 Chromium。Debian 上：sudo apt-get install chromium fonts-noto-cjk')
    if not PAGE.exists():
        raise UserError(f'没有 {PAGE.relative_to(ROOT)}。请先运行 make book。')
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=['--no-sandbox', '--disable-gpu'])
        page = browser.new_page(viewport=SIZE)
        page.goto(PAGE.as_uri())
        page.get_by_role('heading', name=HEADING).evaluate(
            'heading => scrollTo(0, heading.getBoundingClientRect().top + scrollY - 60)')
        page.wait_for_timeout(500)
        shot = page.screenshot()
        browser.close()
    told = PngImagePlugin.PngInfo()
    told.add_text('made-from', made_from())
    Image.open(io.BytesIO(shot)).save(PICTURE, pnginfo=told)
    print(f'拍好了：{PICTURE.relative_to(ROOT)}')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
