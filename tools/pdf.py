"""整本书的 PDF：把建好的网站的各页接成一份网页，用没有窗口的 Chromium 印出来，加上书签。

    python -m tools.pdf [页…]        写 _build/pdf/d2l-book.pdf；只印几页时，页如 ch3_mlp/dropout

印的样子在 site_extension/static/print.css（网页里按 Ctrl+P 也用它）和 dist_files/pdf.css。印两遍：第一遍得知
各页在第几页，第二遍只印封面和目录。违反 `faults` 里任何一条，就不写文件。
"""
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from playwright.sync_api import Browser, sync_playwright

from tools.book import ROOT, Page, pages
from tools.pdf_font import NEEDED, write_fonts
from tools.pdf_text import article, assembled, edition, headings
from tools.report import UNFINISHED, UserError, run_tool

NAME = 'd2l-book.pdf'
LARGEST = 25e6
# 印出来时超出右边的东西：（标签，开头的字，超出几像素）。
CUT = """() => {
  const edge = document.body.getBoundingClientRect().right + 1;
  return [...document.querySelectorAll('body :is(pre, svg, table, img, p, li, figure)')]
    .map((element) => [element, element.getBoundingClientRect().right - edge])
    .filter(([, beyond]) => beyond > 0)
    .map(([element, beyond]) =>
      [element.tagName, element.textContent.trim().slice(0, 30), Math.round(beyond)]);
}"""


def print_page(browser: Browser, source: Path, target: Path) -> None:
    """把 `source` 印成 `target`；右边有东西超出就抛出 UserError。"""
    page = browser.new_page(viewport={'width': 650, 'height': 1000})
    page.set_default_timeout(0)
    page.emulate_media(media='print')
    page.goto(source.as_uri())
    cut = page.evaluate(CUT)
    if cut:
        raise UserError('\n'.join(['PDF 没有印：右边放不下。请改窄，或改 print.css：',
                                   *(f'{tag} 超出 {beyond} 像素：{text}' for tag, text, beyond in cut[:20])]))
    page.pdf(path=target, prefer_css_page_size=True, print_background=True, tagged=True)
    page.close()


def chromium() -> str:
    found = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
    if found is None:
        raise UserError(NEEDED)
    return found


def build(target: Path, root: Path = ROOT, chosen: Sequence[Page] = ()) -> int:
    """印全书（或 `chosen` 各页），返回有几页；没有做成时 `target` 还是原来的样子。"""
    pikepdf, browser_path = load_pikepdf(root), chromium()
    if not (root / '_build' / 'html').exists():
        raise UserError('网站还没有建成。请先运行 make book。')
    chosen = chosen or [page for page in pages(root) if page.key != 'index']
    with tempfile.TemporaryDirectory(dir=root / '_build', prefix='.', suffix=UNFINISHED) as name:
        folder = Path(name)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path,
                                                 args=['--no-sandbox', '--disable-gpu'])
            _print(browser, folder, root, chosen)
            browser.close()
        told = faults(folder / NAME, chosen)
        if told:
            raise UserError('\n'.join(['PDF 没有做成：', *told]))
        with pikepdf.open(folder / NAME) as pdf:
            count = len(pdf.pages)
        target.parent.mkdir(parents=True, exist_ok=True)
        (folder / NAME).replace(target)
    return count


def _print(browser: Browser, folder: Path, root: Path, chosen: Sequence[Page]) -> None:
    """印两遍，接好，写成 folder/`NAME`。"""
    import pikepdf

    text = assembled(root, chosen, {})
    write_fonts(''.join(set(text)), folder)
    (folder / 'book.html').write_text(text, encoding='utf-8')
    print_page(browser, folder / 'book.html', folder / 'book.pdf')
    with pikepdf.open(folder / 'book.pdf') as pdf:
        front = re.sub(r'<article.*</article>', '', assembled(root, chosen, page_numbers(pdf)), flags=re.S)
        (folder / 'front.html').write_text(front, encoding='utf-8')
        print_page(browser, folder / 'front.html', folder / 'front.pdf')
        with pikepdf.open(folder / 'front.pdf') as first:
            for new, old in zip(first.pages, pdf.pages, strict=False):
                # 画的换成有页码的，链接还是第一遍的。
                for name in ('/Contents', '/Resources'):
                    old.obj[name] = pdf.copy_foreign(first.make_indirect(new.obj[name]))
            finish(pdf, root, chosen)
            pdf.save(folder / NAME, object_stream_mode=pikepdf.ObjectStreamMode.generate,
                     recompress_flate=True, deterministic_id=True)


def load_pikepdf(root: Path) -> Any:
    """make dist 装在 _build/pdf-tools 里的 pikepdf；它不在 requirements.txt 里，读书和建网站都用不到。"""
    sys.path.append(str(root / '_build' / 'pdf-tools'))
    try:
        import pikepdf
    except ImportError:
        raise UserError('没有 pikepdf。请运行 make dist，它会装好。') from None
    finally:
        sys.path.pop()
    return pikepdf


def page_numbers(pdf: Any) -> dict[str, int]:
    """{锚点: 在第几页}；Chromium 只记下有链接指着的锚点。"""
    order = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
    return {unquote(name[1:]): order[place[0].objgen] for name, place in pdf.Root.Dests.items()}


def finish(pdf: Any, root: Path, chosen: Sequence[Page]) -> None:
    """书签（各章、各节、节里的二级标题），书名、作者、日期。"""
    from pikepdf import Dictionary, Name, OutlineItem, String

    told = edition(root)
    places = {unquote(name[1:]): place for name, place in pdf.Root.Dests.items()}
    with pdf.open_outline() as outline:
        outline.root.clear()
        above = [outline.root]
        for page in chosen:
            depth = page.number.count('.')
            del above[depth + 1:]
            for level, title, anchor in ((depth, page.label, ''), *(
                    (depth + 1, *heading) for heading in headings(article(page, root)))):
                item = OutlineItem(title, places[f'{page.key}:{anchor}'])
                item.is_closed = True
                above[min(level, len(above) - 1)].append(item)
                if not anchor:
                    above.append(item.children)
    day = str(told['date-released']).replace('-', '')
    pdf.docinfo = pdf.make_indirect(Dictionary({
        '/Title': String(told['title']), '/CreationDate': String(f'D:{day}'),
        '/Author': String('、'.join(author['name'] for author in told['authors']))}))
    pdf.Root.Lang, pdf.Root.PageMode = String('zh-CN'), Name.UseOutlines
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)


def faults(path: Path, chosen: Sequence[Page]) -> list[str]:
    """做成的 PDF 违反的各条。"""
    import pikepdf

    told = []
    size = path.stat().st_size
    if size > LARGEST:
        told.append(f'有 {size / 1e6:.1f} MB，超过了 {LARGEST / 1e6:.0f} MB。')
    with pikepdf.open(path) as pdf:
        places = set(page_numbers(pdf))
        told += [f'没有 {page.label}。' for page in chosen if f'{page.key}:' not in places]
        fonts = [thing for thing in pdf.objects
                 if isinstance(thing, pikepdf.Dictionary) and thing.get('/Type') == '/Font']
        told += [f'字体 {_font(font)} 拆成了图形（Type 3）。' for font in fonts if font.Subtype == '/Type3']
        told += [f'字体 {_font(font)} 没有放进去。' for font in fonts
                 if '/FontDescriptor' in font and font.Subtype != '/Type3'
                 and not {'/FontFile', '/FontFile2', '/FontFile3'} & set(font.FontDescriptor.keys())]
        links = {unquote(str(link.Dest)[1:]) for page in pdf.pages for link in page.get('/Annots', ())
                 if isinstance(link.get('/Dest'), pikepdf.Name)}
        told += [f'链接指着的 {name} 不在书里。' for name in sorted(links - places)]
    return told


def _font(font: Any) -> str:
    return str(font.get('/FontDescriptor', font).get('/FontName', '没有名字的'))


def main(argv: Sequence[str]) -> int:
    start = time.perf_counter()
    target = ROOT / '_build' / 'pdf' / NAME
    count = build(target, ROOT, [page for page in pages() if page.key in argv])
    print(f'{target.relative_to(ROOT)}：{count} 页，{target.stat().st_size / 1e6:.1f} MB，'
          f'{time.perf_counter() - start:.0f} 秒')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
