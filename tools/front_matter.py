"""由书生成的几处文字：首页的目录，术语表的次序和“引入”一栏，附录的插图和实验索引、参考文献、许可。

首页“## 目录”之后、另几页第一个“## ”之后是生成的；`check` 说它们是不是现在的，`make format` 重新写。
每章的一句话，术语的中文、英文和“不写作”是人写的；引入它的，是按目录第一个写着“中文（English）”的页。
"""
import re
from itertools import groupby
from pathlib import Path

from tools import figures, licences, mainline, prose, references
from tools.book import ROOT, Page, pages, table_of_contents
from tools.prose import Term
from tools.report import Problem, write_whole

HOME = 'index'
HEAD = ('| 中文 | English | 不写作 | 引入 |', '|---|---|---|---|')
CURE = '请运行 make format。'


def texts(root: Path = ROOT) -> dict[Page, str]:
    """这几页该是的样子。"""
    known = {page.key: page for page in pages(root)}
    found = {}
    for key, make in ((HOME, contents_list), (prose.TERMS_PAGE, glossary), (figures.INDEX, figures.index),
                      (references.INDEX, references.index), (licences.INDEX, licences.index)):
        page = known.get(key)
        heading = r'^## 目录\n' if key == HOME else r'^## '
        start = re.search(heading, page.read(), re.M) if page else None
        if page and start:
            found[page] = page.read()[:start.start()] + make(root)
    return found


def check(root: Path = ROOT) -> list[Problem]:
    problems = [Problem(page.name(page.text), 0, 0, f'生成的部分与书不符。{CURE}')
                for page, text in texts(root).items() if text != page.read()]
    places, told = introductions(root), sentences(root)
    home = next((page for page in texts(root) if page.key == HOME), None)
    problems += [Problem(home.name(home.text), 0, 0, f'目录里的第 {page.number} 章没有说它讲什么。'
                         f'请在 {_link(page)} 后面写“：一句话。”')
                 for page in pages(root) if home and page.number.isdecimal() and page.key not in told]
    return problems + [
        Problem(f'book/{prose.TERMS_PAGE}.md', term.cell, term.line,
                f'没有一页写着“{term.chinese}（{term.english}”。请在引入它的地方这样写，或删去这一行。')
        for term in prose.read_terms(root) if term.chinese not in places]


def write(root: Path = ROOT) -> list[str]:
    """重新写这几页，返回改了的文件。"""
    changed = [(page, text) for page, text in texts(root).items() if text != page.read()]
    for page, text in changed:
        write_whole(page.text, text)
    return [page.name(page.text) for page, _ in changed]


# ---- 首页的目录 ----


def contents_list(root: Path = ROOT) -> str:
    """没有编号的部分一行一个，有编号的每章一项，下面是各节和主线要多久。"""
    known, lines = {page.key: page for page in pages(root)}, ['## 目录', '']
    told = sentences(root)
    for part in table_of_contents(root)['parts']:
        if part.get('numbered'):
            lines += [line for entry in part['chapters'] for line in _chapter(entry, known, told)] + ['']
        else:
            links = [_link(known[entry['file']]) for entry in part['chapters']]
            lines += [f'{part["caption"]}：{"、".join(links)}。', '']
    return '\n'.join(lines).rstrip() + '\n'


def sentences(root: Path = ROOT) -> dict[str, str]:
    """{章的页: 首页上说它讲什么的一句话}，人写的，重新生成时留着。"""
    home = next(page for page in pages(root) if page.key == table_of_contents(root)['root'])
    return dict(re.findall(r'^- \[[^]]*\]\((.+)\.ipynb\)：(.+?)。', home.read(), re.M))


def _chapter(entry: dict, known: dict[str, Page], told: dict[str, str], depth: int = 0) -> list[str]:
    below = [line for each in entry.get('sections', []) for line in _chapter(each, known, told, depth + 1)]
    minutes = sum(mainline.measure(each).parts[mainline.MAIN].minutes for each in _inside(entry, known)
                  if each.cells('code'))
    sentence = f'：{told[entry["file"]]}。' if depth == 0 and entry['file'] in told else ''
    length = f'主线约 {minutes / 60:.1f} 小时。' if depth == 0 and minutes else ''
    comma = '，' if length and not sentence else ''
    return [f'{"  " * depth}- {_link(known[entry["file"]])}{comma}{sentence}{length}', *below]


def _inside(entry: dict, known: dict[str, Page]) -> list[Page]:
    below = [page for each in entry.get('sections', []) for page in _inside(each, known)]
    return [known[entry['file']], *below]


def _link(page: Page) -> str:
    return f'[{page.label}]({page.key}.ipynb)'


# ---- 术语表 ----


def introductions(root: Path = ROOT) -> dict[str, tuple[int, int, Page]]:
    """{中文: (页的次序, 在页里的位置, 页)}：第一个写着“中文（English）”的地方。"""
    terms, found = prose.read_terms(root), dict[str, tuple[int, int, Page]]()
    patterns = {term.chinese: re.compile(
        rf'{re.escape(term.chinese)}\**[“”]?（{re.escape(term.english)}', re.I) for term in terms}
    for number, page in enumerate(pages(root)):
        text = '\n'.join(cell.source for cell in page.cells('markdown')) if page.number else ''
        for chinese, pattern in patterns.items():
            place = None if chinese in found else pattern.search(text)
            if place:
                found[chinese] = number, place.start(), page
    return found


def glossary(root: Path = ROOT) -> str:
    """各章一张表，按引入的次序；还没有引入的排在最后，照原来的次序。"""
    terms, places = prose.read_terms(root), introductions(root)
    known = {page.number: page for page in pages(root)}

    def chapter(term: Term) -> str:
        return places[term.chinese][2].number.split('.')[0]

    lines = []
    here = sorted((term for term in terms if term.chinese in places),
                  key=lambda term: places[term.chinese][:2])
    for number, rows in groupby(here, chapter):
        lines += [f'## 第 {number} 章 {known[number].title}', '', *HEAD]
        for term in rows:
            page = places[term.chinese][2]
            lines.append(_row(term, f'[{page.number} 节](../{page.key}.ipynb)'))
        lines.append('')
    # 还没有引入的留在最后，不丢；`check` 会说它们。
    rest = [_row(term, '') for term in terms if term.chinese not in places]
    lines += ['## 还没有引入', '', *HEAD, *rest] if rest else []
    return '\n'.join(lines).rstrip() + '\n'


def _row(term: Term, section: str) -> str:
    return f'| {term.chinese} | {term.english} | {"、".join(term.avoided) or "—"} | {section} |'
