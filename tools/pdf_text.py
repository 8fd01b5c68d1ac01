"""PDF 的第一步：封面、目录和网站的各页接成一份网页，书里的链接都指着这一份里。"""
import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import yaml

from tools import addresses
from tools.book import ROOT, Page, pages, table_of_contents

STYLE = Path(__file__).with_name('dist_files') / 'pdf.css'
LOGO = Path(__file__).with_name('site_extension') / 'static' / 'logo.svg'
ARTICLE = re.compile(r'<article class="bd-article">(.*?)</article>', re.S)
ATTRIBUTE = re.compile(r' (id|href|src)="([^"]*)"')
HEADING = re.compile(r'<section[^>]* id="([^"]*)">\s*<h([12])>(.*?)</h\2>', re.S)


def assembled(root: Path, chosen: Sequence[Page], numbers: dict[str, int]) -> str:
    """封面、目录和 `chosen` 各页；`numbers` 是 {锚点: 页码}，目录里还不知道的写 000。"""
    chapters = dict(_chapters(chosen))
    heads = ''.join(f'@page c{number} {{ @top-right {{ content: "{_css(chapter.label)}"; }} }}\n'
                    f'.c{number} {{ page: c{number}; }}\n' for chapter, number in chapters.items())
    number, body = 0, []
    for page in chosen:
        number = chapters.get(page, number)
        kind = 'chapter ' if page in chapters else ''
        body.append(f'<article class="bd-article {kind}c{number}" id="{page.key}:">'
                    f'{article(page, root)}</article>')
    home = (root / '_build' / 'html' / 'index.html').read_text(encoding='utf-8')
    sheets = re.findall(r'<link[^>]*rel="stylesheet"[^>]*>', home)
    title = html.escape(_config(root)['title'])
    return ''.join([
        '<!DOCTYPE html><html lang="zh-CN" data-theme="light"><head><meta charset="utf-8">',
        f'<title>{title}</title>',
        *(sheet.replace('href="_static', 'href="../html/_static') for sheet in sheets),
        f'<style>{STYLE.read_text(encoding="utf-8")}{heads}</style></head><body>',
        cover(root), contents(root, chosen, numbers), *body, '</body></html>'])


def article(page: Page, root: Path = ROOT) -> str:
    """网站上的一页：锚点前面加上页名，书里的链接都成了这一份里的，图从网站里取。"""
    built = root / '_build' / 'html' / f'{page.key}.html'
    known = {each.key for each in pages(root)}
    site = addresses.read(root).site

    def mend(found: re.Match[str]) -> str:
        name, value = found[1], html.unescape(found[2])
        if name == 'id':
            return f' id="{page.key}:{found[2]}"'
        path, _, anchor = value.partition('#')
        if re.match(r'[a-z]+:', value):
            return found[0]
        there = _resolve(page.key, path) if path else f'{page.key}.html'
        if name == 'src':
            return f' src="../html/{there}"'
        if there.removesuffix('.html') in known:
            return f' href="#{quote(there.removesuffix(".html"))}:{quote(unquote(anchor))}"'
        return f' href="{site}/{there}"' if site else ''

    return ATTRIBUTE.sub(mend, ARTICLE.search(built.read_text(encoding='utf-8'))[1])


def _resolve(key: str, path: str) -> str:
    parts = key.split('/')[:-1]
    for part in path.split('/'):
        parts = parts[:-1] if part == '..' else [*parts, part]
    return '/'.join(parts)


def _chapters(chosen: Sequence[Page]) -> Iterator[tuple[Page, int]]:
    """没有编号的页和各章，另起一页；每个一个号。"""
    for number, page in enumerate(chosen, 1):
        if '.' not in page.number or number == 1:
            yield page, number


def _css(text: str) -> str:
    return text.replace('\\', '\\\\').replace('"', '\\"')


def _config(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / '_config.yml').read_text(encoding='utf-8'))


def edition(root: Path = ROOT) -> dict[str, Any]:
    """CITATION.cff：书名、作者、版本、日期。"""
    return yaml.safe_load((root / 'CITATION.cff').read_text(encoding='utf-8'))


def cover(root: Path) -> str:
    told, theme = edition(root), _config(root)['sphinx']['config']['html_theme_options']
    rights = theme['extra_footer']
    site = addresses.read(root).site
    return (f'<section class="cover" id="index:">{LOGO.read_text(encoding="utf-8")}'
            f'<h1>{html.escape(told["title"])}</h1>'
            f'<p>{"、".join(html.escape(author["name"]) for author in told["authors"])}</p>'
            f'<p>第 {told["version"]} 版，{told["date-released"]}</p>'
            + (f'<p><a href="{site}">{site}</a></p>' if site else '')
            + f'<p class="rights">{html.escape(rights.strip())}</p></section>')


def contents(root: Path, chosen: Sequence[Page], numbers: dict[str, int]) -> str:
    """目录：各部分、各章、各节，后面是页码。"""
    known, lines = {page.key: page for page in chosen}, ['<nav class="book-contents"><h1>目录</h1>']

    def add(entries: list[dict], depth: int) -> None:
        for entry in entries:
            if page := known.get(entry['file']):
                number = f'{numbers.get(f"{page.key}:", 0):03}'.lstrip('0') or '000'
                link = f'<a href="#{quote(page.key)}:">{html.escape(page.label)}</a>'
                lines.append(f'<p class="depth{depth}">{link}<i></i><span>{number}</span></p>')
            add(entry.get('sections', []), depth + 1)

    for part in table_of_contents(root)['parts']:
        lines.append(f'<h2>{html.escape(part["caption"])}</h2>')
        add(part['chapters'], 0)
    return ''.join([*lines, '</nav>'])


def headings(text: str) -> list[tuple[str, str]]:
    """一页里的二级标题：(文字, 锚点)。"""
    return [(html.unescape(re.sub(r'<a class="headerlink".*?</a>|<[^>]+>', '', title)).strip(),
             html.unescape(anchor).partition(':')[2])
            for anchor, level, title in HEADING.findall(text) if level == '2']
