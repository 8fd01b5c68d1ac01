"""印几页真的网站成 PDF，看书签、目录的页码、正文和代码一个字不少，`faults` 认得出坏的。

    python -m tests.pdf

网站要先建好；pikepdf 和 pypdf 装在 _build/site-tests 里（make test-site 会装）。一处也不许有。
"""
import html
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools import pdf
from tools.book import ROOT, Page, pages
from tools.pdf_text import article
from tools.report import UserError, run_tool

TOOLS = ROOT / '_build' / 'site-tests'
CHOSEN = ('front/notation', 'ch3_mlp/dropout', 'appendix/errata')
PRE = re.compile(r'<pre>(.*?)</pre>', re.S)
# Noto Sans CJK 自己是 CFF：这样印出来的是 Type 3。
BAD = '<html lang="zh"><a href="#甲">去</a><p id="甲" style="font-family: Noto Sans CJK SC">拆成图形的字</p>'


def squeezed(text: str) -> str:
    return re.sub(r'\s+', '', text)


def look(path: Path, chosen: Sequence[Page]) -> list[str]:
    """印好的 `path` 的毛病。"""
    import pypdf

    reader = pypdf.PdfReader(path)
    texts = [page.extract_text() for page in reader.pages]
    everything, told = squeezed(''.join(texts)), []
    marks = {mark.title: reader.get_destination_page_number(mark) for mark in flat(reader.outline)}
    for page in chosen:
        place = marks.get(page.label)
        if place is None or squeezed(page.title) not in squeezed(texts[place]):
            told.append(f'书签 {page.label} 指着第 {place} 页，那里没有这个标题。')
        elif squeezed(f'{page.label}{place + 1}') not in squeezed(texts[1]):
            told.append(f'目录里 {page.label} 的页码不是 {place + 1}。')
        for code in PRE.findall(article(page)):
            lines = html.unescape(re.sub(r'<[^>]+>', '', code)).splitlines()
            told += [f'{page.label}：没有印出 {line!r}' for line in lines if squeezed(line) not in everything]
    if '解答' not in everything or '选读' not in everything:
        told.append('没有印出解答和选读。')
    return told


def flat(outline: list) -> list:
    """书签不分层。"""
    return [mark for each in outline for mark in (flat(each) if isinstance(each, list) else [each])]


def planted(folder: Path, chosen: Sequence[Page]) -> list[str]:
    """故意印坏的：没有那几页，字是 Type 3。"""
    (folder / 'bad.html').write_text(f'<meta charset="utf-8">{BAD}', encoding='utf-8')
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=pdf.chromium(),
                                             args=['--no-sandbox', '--disable-gpu'])
        pdf.print_page(browser, folder / 'bad.html', folder / 'bad.pdf')
        browser.close()
    told = pdf.faults(folder / 'bad.pdf', chosen)
    return [f'faults 没有看出：{what}' for what in ('Type 3', *(f'没有 {page.label}' for page in chosen))
            if not any(what in each for each in told)]


def main(argv: Sequence[str]) -> int:
    sys.path.append(str(TOOLS))
    chosen = [page for page in pages() if page.key in CHOSEN]
    if len(chosen) != len(CHOSEN):
        raise UserError(f'书里没有 {"、".join({*CHOSEN} - {page.key for page in chosen})}。请改 CHOSEN。')
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / pdf.NAME
        count = pdf.build(target, ROOT, chosen)
        told = [*look(target, chosen), *planted(Path(folder), chosen)]
    print('\n'.join(told))
    print(f'印了 {len(chosen)} 页网页，{count} 页纸：{f"{len(told)} 处" if told else "没有"}毛病。')
    return int(bool(told))


if __name__ == '__main__':
    sys.exit(run_tool(main))
