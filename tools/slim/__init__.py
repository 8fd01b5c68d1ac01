"""减轻网站：把 Sphinx 建好的网页写成读者装载的样子，只带用得到的东西。

每页的标记改得小而安全（`markup`），样式合成一个文件、只留用得到的规则（`styles`），脚本合成一个、等网页读完再
运行，插图去掉看不见的部分（`pictures`），写明只许装载自己的东西（`policy`）。没有网页用到的文件不带。
"""
import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from posixpath import normpath, relpath
from urllib.parse import unquote, urlsplit

from tools.slim import markup, pictures, policy, styles

# 主题和扩展带着而本书不用的脚本：图标的字体（图标写在网页里），Sphinx 自己的检索的高亮和译文。
DROPPED = ('fontawesome.js', 'translations.js', 'sphinx_highlight.js')
# 由脚本在要用时才装载的，和没有网页链接着、别的网站和搜索引擎会来取的。
LATER = '_static/search-engine.js'
ALSO = (LATER, '_static/search-index.js', '_static/page.png', 'robots.txt', 'sitemap.xml', 'objects.inv')
# 主题也让溢出的框能用键盘滚动，可是每框先写后量，网页要重排几十次；access.js 不用重排，这里不让它做。
TAB_STOPS = re.compile(r'(function \w+\(\)\{)(?=const \w+=\(\)=>\{document\.querySelectorAll\(\["pre",)')
SHEET = re.compile(r'<link\b[^>]*\brel="stylesheet"[^>]*>\s*')
ATTRIBUTE = re.compile(r'\b(href|media)="([^"?]*)')
SCRIPT = re.compile(r'<script\b[^>]*\bsrc="(?P<file>[^":?]+)[^>]*></script>\s*')
PRELOAD = re.compile(r'<link\b[^>]*\brel="preload"[^>]*>\s*')
# 各页自己的设置，只有上面不用的脚本和 Sphinx 的检索看它。
SETTING = re.compile(r'<script>DOCUMENTATION_OPTIONS\.\w+ = [^<]*</script>\s*')
CANONICAL = re.compile(r'<link rel="canonical" href="([^"]*?)index\.html"')
RELATIVE = re.compile(r'\b(src|href|data-content_root)="(?!#|/|[a-z]+:)(?:\./)?([^"]*)"')
REFERENCE = re.compile(r'\b(?:src|href)="([^"#]+)')


class Page:
    """一页：`text` 是改好的网页，样式和脚本已经拿走；`sheets` 是 (文件, 媒体)，`scripts` 是文件。"""

    def __init__(self, built: Path, name: str, icons: markup.Icons, plain: set[str]) -> None:
        self.name, self.folder = name, Path(name).parent.as_posix()
        self.classes = dict[str, str]()
        text = markup.lighten((built / name).read_text(encoding='utf-8'), icons, built / self.folder,
                              self.classes, plain)
        self.text = PRELOAD.sub('', SETTING.sub('', text))
        sheets = [dict(ATTRIBUTE.findall(tag)) for tag in SHEET.findall(self.text)]
        self.sheets = tuple((self.resolve(sheet['href']), sheet.get('media', '')) for sheet in sheets)
        self.scripts = tuple(self.resolve(found['file']) for found in SCRIPT.finditer(self.text)
                             if not found['file'].endswith(DROPPED))
        self.text = SCRIPT.sub('', SHEET.sub('', self.text))

    def resolve(self, link: str) -> str:
        """网页里的相对地址是网站的哪个文件。"""
        return normpath(f'{self.folder}/{unquote(link)}')

    def finish(self, sheet: str, script: str) -> str:
        """放进合成的样式和脚本，写明只许装载自己的东西。"""
        head = (f'<link rel="stylesheet" href="{relpath(sheet, self.folder)}">\n'
                f'<script defer src="{relpath(script, self.folder)}"></script>\n</head>')
        return policy.protect(self.text.replace('</head>', head, 1))

    def references(self, text: str) -> Iterator[str]:
        """网页里指着的本站的文件。"""
        for link in REFERENCE.findall(text):
            parts = urlsplit(link)
            if parts.path and not parts.scheme and not parts.netloc:
                yield self.resolve(parts.path)


def write(built: Path, target: Path) -> None:
    """把 `built` 里建好的网站减轻以后写进 `target`（还没有的文件夹）。"""
    icons = markup.Icons(built / '_static' / 'scripts' / 'fontawesome.js')
    names = [path.relative_to(built).as_posix() for path in sorted(built.rglob('*.html'))]
    plain = styles.plain((built / '_static' / 'pygments.css').read_text(encoding='utf-8'))
    pages = [Page(built, name, icons, plain) for name in names if not name.startswith('_static/')]
    reached = set(ALSO)
    sheets, scripts = write_bundles(built, target, pages, reached)
    site = CANONICAL.search((built / 'index.html').read_text(encoding='utf-8'))
    for page in pages:
        text = page.finish(sheets[page.sheets], scripts[page.scripts])
        if site and page.name == '404.html':
            text = from_root(text, urlsplit(site[1]).path)
        save(target, page.name, text)
        shutil.copystat(built / page.name, target / page.name)
        reached |= set(page.references(text))
    for name in sorted(reached):
        if (built / name).is_file() and not (target / name).exists():
            copy(built / name, target / name)


def write_bundles(built: Path, target: Path, pages: list[Page], reached: set[str]) -> tuple[dict, dict]:
    """写出合成的样式和脚本：{各页的那几个文件: 合成的地址}；样式里用到的图记进 `reached`。"""
    scripts = dict.fromkeys(page.scripts for page in pages)
    run = [built / name for name in dict.fromkeys(sum(scripts, (LATER,)))]
    used = styles.Used([page.text for page in pages], [path for path in run if path.exists()])
    classes = {name: style for page in pages for name, style in page.classes.items()}
    sheets = {each: styles.bundle(built, each, classes, used)
              for each in dict.fromkeys(page.sheets for page in pages)}
    reached.update(normpath(f'_static/{found[2]}') for text in sheets.values()
                   for found in styles.URL.finditer(text))
    return ({each: save(target, f'_static/book{number or ""}.css', text)
             for number, (each, text) in enumerate(sheets.items())},
            {each: save(target, f'_static/book{number or ""}.js', join(built, each))
             for number, each in enumerate(scripts)})


def from_root(text: str, root: str) -> str:
    """找不到网页时的一页不知道自己在哪一层：链接都从 `root` 开始。"""
    return RELATIVE.sub(rf'\1="{root}\2"', text)


def join(built: Path, names: tuple[str, ...]) -> str:
    """几个脚本连成一个；开头的分号使第一个的 "use strict" 不管到后面的。"""
    text = ';' + '\n;'.join((built / name).read_text(encoding='utf-8') for name in names)
    return TAB_STOPS.sub(r'\1return;', text)


def save(target: Path, name: str, text: str) -> str:
    """写一个文件；返回它的地址，内容变了，地址的末尾就变，浏览器不会用记着的旧的。"""
    path = target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding='utf-8')
    return f'{name}?v={hashlib.sha256(text.encode()).hexdigest()[:8]}'


def copy(source: Path, path: Path) -> None:
    """抄一个文件；插图顺便减轻。"""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, path)
    if source.suffix == '.svg':
        path.write_text(pictures.slim(source.read_text(encoding='utf-8')), encoding='utf-8')
        shutil.copystat(source, path)
