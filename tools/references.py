"""参考文献：book/references.bib 里一条一篇；手稿里链接到论文地址的就是引用，没有地址的链接到索引里的锚点。

参考文献那一页由 tools.front_matter 写进手稿。`check` 查两边对得上：链接到论文的都在 references.bib 里，
每条都被引用，链接的文字、年份和作者与它相符，写着“姓氏（年份）”的都有链接。
"""
import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from pybtex.database import BibliographyData, Entry, Person, parse_string
from pybtex.scanner import PybtexSyntaxError

from tools.book import GENERATED, ROOT, Page, pages
from tools.report import Problem, UserError

INDEX = 'appendix/references'
FILE = Path('book') / 'references.bib'
# 链接到这些地方的是论文。
PAPERS = ('arxiv.org', 'doi.org', 'jmlr.org', 'proceedings.mlr.press', 'proceedings.neurips.cc',
          'papers.nips.cc', 'openreview.net', 'aclanthology.org', 'openaccess.thecvf.com')
LINK = re.compile(r'\[([^\]]+)\]\(((?:[^()\s]|\([^()\s]*\))+)\)')
YEAR = re.compile(r'(?<![\d.:/])(1[6-9]\d\d|20\d\d)(?![\d.]|–\d)')
# 一篇论文自己的号，写在链接的文字里。
NUMBER = re.compile(r'arXiv:(\d{4}\.\d{4,5})|doi:(\S+)', re.I)
# “Shannon（1948）”“He 等人，2016）”“Kish，1965，…）”：年份后面直到括号完，没有链接。
NAKED = re.compile(r'[A-Za-zÀ-ž]{2,}(?: 等人?)?[（，](?:1[6-9]|20)\d\d(?=[，）])[^（）\[]*）')
VENUES = ('journal', 'booktitle', 'publisher', 'howpublished')


class Citation(NamedTuple):
    """手稿里的一处链接；`before` 是同一段里它前面的字，连同它自己的。"""

    page: Page
    cell: int
    line: int
    text: str
    target: str
    before: str


def read(root: Path = ROOT) -> BibliographyData:
    """references.bib 的各条；没有这个文件就是空的。"""
    path = root / FILE
    try:
        return parse_string(path.read_text(encoding='utf-8') if path.exists() else '', 'bibtex')
    except PybtexSyntaxError as error:
        raise UserError(f'{FILE.as_posix()}:{error.lineno}: 读不懂（{error}）。请改好。') from None


def links(root: Path = ROOT) -> list[Citation]:
    """各页文字里的全部链接，不看生成的两页。"""
    return [Citation(page, cell.index, number, found[1], found[2], line[:found.end()])
            for page in pages(root) if page.key not in (GENERATED, INDEX)
            for cell in page.cells('markdown')
            for number, line in enumerate(cell.source.splitlines(), cell.line)
            for found in LINK.finditer(line)]


def cited(data: BibliographyData, link: Citation) -> str:
    """`link` 引用的那一条的键；不是引用就是空串。"""
    key = link.target.partition('#ref-')[2] if f'{INDEX.split("/")[1]}.ipynb#ref-' in link.target else ''
    return key or next((key for key, entry in data.entries.items()
                        if entry.fields.get('url') == link.target), '')


def check(root: Path = ROOT) -> list[Problem]:
    data, used, problems = read(root), set[str](), list[Problem]()
    for link in links(root):
        key = cited(data, link)
        used.add(key)
        problems += [Problem(link.page.name(link.page.text), link.cell, link.line, told)
                     for told in _faults(link, data.entries.get(key))]
    problems += [Problem(page.name(page.text), cell.index, number,
                         f'“{found[0]}”引用了文献，却没有链接。请链接到它的地址，并写进 {FILE.as_posix()}。')
                 for page in pages(root) if page.key not in (GENERATED, INDEX)
                 for cell in page.cells('markdown')
                 for number, line in enumerate(cell.source.splitlines(), cell.line)
                 for found in NAKED.finditer(line)]
    return problems + [Problem(FILE.as_posix(), 0, 0, f'{key} 没有一页引用。请在手稿里链接到它，或删去。')
                       for key in data.entries if key not in used]


def _faults(link: Citation, entry: Entry | None) -> list[str]:
    """一处链接的毛病。"""
    told, host = [], urlsplit(link.target).netloc.removeprefix('www.')
    number = NUMBER.search(link.text)
    if number and not link.target.endswith(f'/{number[1] or number[2]}'):
        told.append(f'链接的文字是“{link.text}”，地址却是 {link.target}。请改成同一篇。')
    if entry is None:
        return told + ([f'{FILE.as_posix()} 里没有 {link.target}。请加上这一篇，url 写得一字不差。']
                       if host in PAPERS else [])
    year, [author, *_] = YEAR.findall(link.before)[-1:], entry.persons['author']
    if year != [entry.fields['year']]:
        told.append(f'{link.target} 是 {entry.fields["year"]} 年的，文字里它前面的年份是'
                    f' {year[0] if year else "没有写"}。请改正一处。')
    if surname(author) not in link.before:
        told.append(f'{link.target} 的第一作者是 {surname(author)}，同一段里它的前面没有写。请写上作者。')
    return told


# ---- 参考文献这一页 ----


def index(root: Path = ROOT) -> str:
    """按第一作者和年份排，一条一项：作者、年份、题目（链接）、出处、引用它的页。"""
    data, where = read(root), defaultdict[str, list[Page]](list)
    for link in links(root):
        key = cited(data, link)
        if key in data.entries and link.page not in where[key]:
            where[key].append(link.page)
    entries = sorted(data.entries.items(), key=lambda each: (
        surname(each[1].persons['author'][0]).lower(), each[1].fields['year'], each[0]))
    return '\n'.join(['## 文献', '', *(_item(key, entry, where[key]) for key, entry in entries)]) + '\n'


def surname(person: Person) -> str:
    return ' '.join([*person.prelast_names, *person.last_names])


def _name(person: Person) -> str:
    initials = [f'{name[0]}.' for name in (*person.first_names, *person.middle_names)]
    return ' '.join([*initials, surname(person)])


def _item(key: str, entry: Entry, where: list[Page]) -> str:
    fields = entry.fields
    title = f'[{fields["title"]}]({fields["url"]})' if 'url' in fields else fields['title']
    venue = next((f'*{fields[name]}*' for name in VENUES if name in fields), '')
    issue = fields.get('volume', '') + (f'({fields["number"]})' if 'number' in fields else '')
    place = ', '.join(filter(None, (f'{venue} {issue}'.strip(), fields.get('pages', '').replace('--', '–'))))
    used = '、'.join(f'[{page.label}](../{page.key}.ipynb)' for page in where)
    note = f'（{fields["note"]}）' if 'note' in fields else ''
    return (f'- <a id="ref-{key}"></a>{"、".join(map(_name, entry.persons["author"]))}（{fields["year"]}）：'
            f'{title}。{place}。{note}引用：{used}。')
