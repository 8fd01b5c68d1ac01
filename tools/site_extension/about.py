"""标题下面的第二行：用到前面哪几页，运行多久，输出何时用什么验证过，手稿、笔记本和报告问题的链接。

没有的就不写：没有代码的页不说运行，没有 git 不说日期，没有设仓库的地址不能看手稿和报告问题。
"""
import html
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import urlencode

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.writers.html5 import HTML5Translator

from tools import addresses, book, mainline
from tools.book import Page
from tools.site_extension.reading import Length

BUILT_ON = 3
# 每页的预算，见 tests/budget.py；超过的写在 tests/budget.yml 里，make test 查。
SECONDS = 15
# API 页上的一条：名字，出处链接着的页。
ENTRY = re.compile(
    r'<a id="api-(\w+)"></a>(?:(?!<a id).)*?\n\*\*出处\*\*：\[[^]]*\]\(([^)#]+)\.ipynb\)', re.S)
LINK = re.compile(r'\]\(([^)#\s]+)\.ipynb')
USED = re.compile(r'\bd2l\.(\w+)')


class Fact(NamedTuple):
    """一项：`told` 是文字，`links` 是跟着它的 [(文字, 页名或地址)]。"""

    told: str
    links: tuple[tuple[str, str], ...] = ()


class About(nodes.General, nodes.Element):
    """那一行；`facts` 是 `Fact` 的列表，地址已经是相对于这一页的。"""


def saved_in(everything: list[Page]) -> dict[str, str]:
    """{保存的名字: 它出自的页的名字}，由 API 页得知。"""
    return {name: _key(page, target) for page in everything if page.key == book.GENERATED
            for name, target in ENTRY.findall(page.read())}


def built_on(page: Page, everything: list[Page], homes: dict[str, str]) -> list[Page]:
    """主线上链接最多的前面的页，用到那里保存的函数（`homes`）也算一次；一样多时取近的。"""
    order = {each.key: number for number, each in enumerate(everything) if each.number}
    found, used = Counter[str](), set[str]()
    for piece in mainline.pieces(page):
        if piece.part == mainline.MAIN and piece.cell.kind == 'markdown':
            found.update(_key(page, target) for target in LINK.findall(piece.text))
        elif piece.part == mainline.MAIN:
            used |= {homes[name] for name in USED.findall(piece.text) if name in homes}
    found.update(used)
    earlier = [key for key in found if order.get(key, len(order) * 2) < order.get(page.key, 0)]
    chosen = sorted(earlier, key=lambda key: (-found[key], -order[key]))[:BUILT_ON]
    return [everything[order[key]] for key in sorted(chosen, key=order.__getitem__)]


def _key(page: Page, target: str) -> str:
    """链接 `target`（不带 .ipynb）指着的页名。"""
    parts: list[str] = []
    for part in (PurePosixPath(page.key).parent / target).parts:
        parts = parts[:-1] if part == '..' else [*parts, part]
    return '/'.join(parts)


def dates(root: Path) -> dict[str, str]:
    """{笔记本: 最近一次提交它的日期}；没有 git、历史不全的是空的，那样的日期不可信。"""
    def git(*arguments: str) -> str:
        done = subprocess.run(['git', '-c', 'core.quotePath=false', *arguments], cwd=root, text=True,
                              encoding='utf-8', capture_output=True)
        return done.stdout if done.returncode == 0 else ''

    found, day = dict[str, str](), ''
    if not shutil.which('git') or git('rev-parse', '--is-shallow-repository').strip() != 'false':
        return {}
    for line in git('log', '--format=:%cs', '--name-only', '--relative', '--', 'notebooks').splitlines():
        if line.startswith(':'):
            day = line[1:]
        elif line:
            found.setdefault(line, day)
    return found


def versions(root: Path) -> str:
    """requirements.txt 里的 MXNet 和 NumPy，如 MXNet 1.9.1、NumPy 1.26.4。"""
    text = (root / 'requirements.txt').read_text(encoding='utf-8')
    pinned = {name: re.search(rf'^{name.lower()}==([\w.]+)', text, re.M) for name in ('MXNet', 'NumPy')}
    return '、'.join(f'{name} {found[1]}' for name, found in pinned.items() if found)


def facts(root: Path) -> dict[str, list[Fact]]:
    """{Sphinx 的页名: 各项}，没有一项的页不在里面。"""
    everything, days, known = book.pages(root), dates(root), addresses.read(root)
    homes = saved_in(everything)
    path = root / 'tests' / 'budget.yml'
    longer = yaml.safe_load(path.read_text(encoding='utf-8')) or {} if path.exists() else {}
    result = {}
    for page in everything:
        told, links = [], []
        if page.cells('code'):
            before = built_on(page, everything, homes)
            told += [Fact('用到前面的 ', tuple((each.label, each.key) for each in before))] if before else []
            told.append(Fact(f'运行最多约 {longer.get(page.key, {}).get("seconds", SECONDS)} 秒'))
            day = days.get(page.name(page.notebook), '')
            told.append(Fact(f'最后验证：{"，".join(filter(None, (day, versions(root))))}'))
            links.append(('笔记本', f'_sources/{page.key}.ipynb'))
        if known.repository and page.key != book.GENERATED:
            links.append(('手稿', f'{known.repository}/blob/HEAD/book/{page.key}.md'))
        if known.repository:
            asked = urlencode({'template': 'error.yml', 'where': page.label})
            links.append(('报告问题', f'{known.repository}/issues/new?{asked}'))
        told += [Fact('', (link,)) for link in links]
        if told:
            result[page.key] = told
    return result


def collect(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """读完以后：算出各页的；与上次不同的页要重写。"""
    old = env.__dict__.get('about', {})
    new = env.__dict__['about'] = facts(Path(app.srcdir).parent)
    return [name for name in env.found_docs if old.get(name) != new.get(name)]


def insert(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """写之前：放在标题和 tools.site_extension.reading 的那一行后面。"""
    found, title = app.env.__dict__['about'].get(name), next(iter(doctree.findall(nodes.title)), None)
    if not found or title is None:
        return

    def address(target: str) -> str:
        if target.startswith('http'):
            return target
        if target.startswith('_sources/'):
            return '../' * name.count('/') + target
        return app.builder.get_relative_uri(name, target)

    section = title.parent
    place = next((index for index, child in enumerate(section.children)
                  if isinstance(child, Length)), section.index(title))
    section.insert(place + 1, About('', facts=[
        Fact(fact.told, tuple((text, address(target)) for text, target in fact.links)) for fact in found]))


def visit(translator: HTML5Translator, node: About) -> None:
    shown = []
    for fact in node['facts']:
        links = (f'<a href="{html.escape(address)}"{" download" if text == "笔记本" else ""}>'
                 f'{html.escape(text)}</a>' for text, address in fact.links)
        shown.append(f'<span>{html.escape(fact.told)}{"、".join(links)}</span>')
    translator.body.append(f'<div class="about">{"".join(shown)}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_node(About, html=(visit, None))
    app.connect('env-get-updated', collect)
    # 在 reading.fold 之后。
    app.connect('doctree-resolved', insert, priority=510)
