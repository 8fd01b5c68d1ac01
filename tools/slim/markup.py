"""一页的标记：图标画在网页里，字形只写一次，插图到看得见时才装载，标签里不写样式和脚本，外面的链接不带来历。"""
import hashlib
import re
from collections import Counter
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

from tools.report import UserError
from tools.slim import pictures

ICON = re.compile(r'<(?P<tag>i|span) class="(?P<classes>[^"]*\bfa-[^"]*)"(?P<more>[^>]*)></(?P=tag)>')
# 图标的字体各套的名字；其余 fa- 开头的，第一个是图标的名字。
FAMILIES = {'fa', 'fas', 'far', 'fab', 'fa-solid', 'fa-regular', 'fa-brands'}
GLYPH = re.compile(r'<path data-c="[^"]*" d="([^"]*)"([^>]*)></path>')
STYLED = re.compile(r'<(?P<tag>[a-zA-Z][\w-]*)(?P<before>[^<>]*?) style="(?P<style>[^"]*)"(?P<after>[^<>]*)>')
CLASS = re.compile(r' class="([^"]*)"')
TOKEN = re.compile(r'<span class="(\w+)">([^<]*)</span>')
PICTURE = re.compile(r'<img\b(?P<before>[^>]*?)\bsrc="(?P<file>[^":?]+)"(?P<after>[^>]*)>')
OUTSIDE = re.compile(r'<a\b(?P<attributes>[^>]*\bhref="https?://[^>]*)>')
BODY = re.compile(r'<body[^>]*>')
PRE = re.compile(r'(<pre\b.*?</pre>)', re.S)
# 主题写在打印的目录上面的标题；一页只有一个 h1，是正文的。
PRINTED = re.compile(r'(<div id="jb-print-docs-body"[^>]*>\s*)<h1>(.*?)</h1>', re.S)


class Icons:
    """图标的画法，从主题带着的脚本里读；Font Awesome Free 的图标按 CC BY 4.0 许可。"""

    def __init__(self, script: Path) -> None:
        self.script, self.drawn = script, dict[str, str]()

    @cached_property
    def text(self) -> str:
        return self.script.read_text(encoding='utf-8')

    def draw(self, name: str) -> str:
        if name not in self.drawn:
            found = re.search(rf'[{{,]"?{name}"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]', self.text)
            if not found:
                raise UserError(f'网页里用了图标 {name}，主题的图标里没有它。请改用 Font Awesome 6 的名字。')
            width, height, shape = found.groups()
            self.drawn[name] = f'viewBox="0 0 {width} {height}"><path fill="currentColor" d="{shape}"/></svg>'
        return self.drawn[name]

    def replace(self, found: re.Match[str]) -> str:
        """`<i class="fas fa-bars"></i>` 换成图，装着字体时脚本也是这样换的。"""
        classes = [name for name in found['classes'].split() if name not in FAMILIES]
        name = next(name for name in classes if name.startswith('fa-')).removeprefix('fa-')
        return (f'<svg class="svg-inline--fa {" ".join(classes)}" aria-hidden="true"{found["more"].rstrip()} '
                f'{self.draw(name)}')


def lighten(text: str, icons: Icons, folder: Path, classes: dict[str, str], plain: set[str]) -> str:
    """改好一页。`folder` 是它所在的文件夹；标签里的样式换成类，记进 `classes`：{类: 样式}；`plain` 是代码里
    与周围颜色一样的类。"""
    def classed(found: re.Match[str]) -> str:
        name = 's' + hashlib.sha256(found['style'].encode()).hexdigest()[:6]
        classes[name] = found['style']
        attributes, known = CLASS.subn(rf' class="\1 {name}"', found['before'] + found['after'], count=1)
        return f'<{found["tag"]}{attributes}>' if known else f'<{found["tag"]} class="{name}"{attributes}>'

    text = TOKEN.sub(lambda found: found[2] if found[1] in plain else found[0], text)
    text = share_glyphs(ICON.sub(icons.replace, text))
    text = STYLED.sub(classed, PICTURE.sub(lambda found: lazy(found, folder), text))
    text = OUTSIDE.sub(without_opener, text).replace(' onclick="window.print()"', ' data-print')
    text = PRINTED.sub(r'\1<p class="h1">\2</p>', text)
    return ''.join(part if part.startswith('<pre') else re.sub(r'\s*\n\s*', '\n', part)
                   for part in PRE.split(text))


def share_glyphs(text: str) -> str:
    """公式里写了不止一次的字形放在网页最前面，用到时指着它。"""
    counts = Counter(shape for shape, _ in GLYPH.findall(text))
    names = {shape: f'g{number}' for number, shape in enumerate(
        shape for shape, count in counts.items() if count > 1)}
    if not names:
        return text

    def use(found: re.Match[str]) -> str:
        shape, place = found.groups()
        return f'<use href="#{names[shape]}"{place}/>' if shape in names else found[0]

    shapes = ''.join(f'<path id="{name}" d="{shape}"/>' for shape, name in names.items())
    drawn = f'<svg class="glyphs" aria-hidden="true"><defs>{shapes}</defs></svg>'
    return BODY.sub(lambda found: found[0] + drawn, GLYPH.sub(use, text), count=1)


def lazy(found: re.Match[str], folder: Path) -> str:
    """插图到快看得见时才装载；先写明大小，装载时文字不跳。"""
    size = pictures.size(folder / unquote(found['file']))
    if not size or 'logo__image' in found[0]:
        return found[0]
    width, height = size
    return (f'<img{found["before"]}src="{found["file"]}" loading="lazy" decoding="async" width="{width}" '
            f'height="{height}"{found["after"].rstrip("/ ")}>')


def without_opener(found: re.Match[str]) -> str:
    attributes, known = re.subn(r' rel="', ' rel="noopener ', found['attributes'], count=1)
    return f'<a{attributes}>' if known else f'<a{attributes} rel="noopener">'
