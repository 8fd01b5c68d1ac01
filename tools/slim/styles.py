"""样式：一页用到的几个文件合成一个，只留用得到的规则和变量。

一条规则的选择器里，每个类、编号和标签都在某一页或某个脚本里出现过，才算用得到；拿不准的都留着。
"""
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from posixpath import normpath, relpath
from urllib.parse import quote, unquote

Sheets = tuple[tuple[str, str], ...]

# 字符串、注释、括号、花括号和分号：由它们分出规则。
MARK = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|/\*.*?\*/|url\([^"\')]*\)|[{};(),]', re.S)
# 没有“!”的注释不必留；有的是许可的声明。
COMMENT = re.compile(r'("(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|url\([^"\')]*\))|/\*(?!!).*?\*/', re.S)
IMPORT = re.compile(r'@import\s+(?:url\()?["\']?([^"\');]+)["\']?\)?\s*([^;]*);')
NOTICE = re.compile(r'/\*!.*?\*/', re.S)
TOKEN = re.compile(r'(\S*) \.highlight(?: \.(\w+))? \{([^}]*)\}')
URL = re.compile(r'url\((["\']?)(?!data:|#)([^)"\']+)\1\)')
NEGATED = re.compile(r':(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)')
NAMES = re.compile(r'[.#](?:\\.|[\w-])+|(?<![\w.#:\\-])[a-zA-Z][\w-]*')
VARIABLE = re.compile(r'(?<![\w-])(--[\w-]+)\s*:'
                      r'(?:[^;{}"\'()]|"[^"]*"|\'[^\']*\'|\((?:[^()]|\([^()]*\))*\))*;?')
NESTED = ('@media', '@supports', '@layer', '@container')
# Bootstrap 的脚本里提到它的每一种部件；本书用到的是提示框和下拉的菜单，下面是它给它们加上的类。
BOOTSTRAP = 'bootstrap.js'
BUILT_IN = {'html', 'head', 'body', 'from', 'to', 'show', 'fade', 'dropup', 'tooltip', 'tooltip-inner',
            'tooltip-arrow', 'bs-tooltip-auto', 'bs-tooltip-top', 'bs-tooltip-bottom', 'bs-tooltip-start',
            'bs-tooltip-end'}


class Used:
    """网页和脚本里出现过的名字：`.类`、`#编号` 和标签都只看字。"""

    def __init__(self, pages: Iterable[str], scripts: Iterable[Path]) -> None:
        self.names = set(BUILT_IN)
        self.scripts = ''.join(path.read_text(encoding='utf-8') for path in scripts if path.name != BOOTSTRAP)
        for text in pages:
            for value in re.findall(r'\b(?:class|id)="([^"]*)"', text):
                self.names.update(value.split())
            self.names.update(re.findall(r'<([a-zA-Z][\w-]*)', text))
        self.names.update(re.findall(r'[\w-]+', self.scripts))

    def has(self, selector: str) -> bool:
        """`selector` 有没有可能选中什么。"""
        plain = re.sub(r'\[[^\]]*\]', '', NEGATED.sub('', selector))
        return all(name.lstrip('.#').replace('\\', '') in self.names for name in NAMES.findall(plain))


def bundle(built: Path, sheets: Sheets, classes: dict[str, str], used: Used) -> str:
    """`sheets` 合成的一个，放在 _static 里；`classes` 是各页标签里写着的样式，原来就比别的规则优先。"""
    text = '\n'.join(read(built, name, media) for name, media in sheets)
    notices = ''.join(f'{notice}\n' for notice in dict.fromkeys(NOTICE.findall(text)))
    kept = purge(NOTICE.sub('', text), used)
    inline = ''.join(f'.{name}{{{important(style)}}}\n' for name, style in sorted(classes.items()))
    return notices + drop_variables(kept, used.scripts) + inline


def read(built: Path, name: str, media: str) -> str:
    """一个文件，前面是它 @import 的。"""
    text = COMMENT.sub(r'\1', (built / name).read_text(encoding='utf-8'))
    imported = ''.join(read(built, normpath(f'{Path(name).parent.as_posix()}/{found[1]}'), found[2])
                       for found in IMPORT.finditer(text))
    text = imported + moved(IMPORT.sub('', text), name)
    return f'@media {media} {{{text}}}' if media else text


def plain(text: str) -> set[str]:
    """Pygments 的样式里，颜色与周围的代码一样的那些类（多是名字和标点）：包着它们的标签可以拿走。"""
    colours: dict[str, set[tuple[str, str]]] = {}
    for theme, name, style in TOKEN.findall(text):
        colours.setdefault(name, set()).add((theme, re.sub(r'background:[^;]*;|\s', '', style)))
    around = colours.get('', set())
    return {name for name, told in colours.items() if name and told <= around}


def important(style: str) -> str:
    return ';'.join(f'{one.strip()}!important' for one in style.split(';') if one.strip())


def moved(text: str, name: str) -> str:
    """`name` 里的相对地址，改成相对于 _static 的。"""
    def resolve(found: re.Match[str]) -> str:
        target = normpath(f'{Path(name).parent.as_posix()}/{unquote(found[2])}')
        return f'url({quote(relpath(target, "_static"))})'

    return URL.sub(resolve, text)


def split(text: str) -> Iterator[tuple[str, str]]:
    """最外层的各条规则：(选择器或 @…, 花括号里的；没有花括号的是空串)。"""
    depth, start, opened = 0, 0, 0
    for mark in MARK.finditer(text):
        if mark[0] == '{':
            depth += 1
            if depth == 1:
                opened = mark.end()
        elif mark[0] == '}':
            depth -= 1
            if depth == 0:
                yield text[start:opened - 1].strip(), text[opened:mark.start()].strip()
                start = mark.end()
        elif mark[0] == ';' and depth == 0:
            yield text[start:mark.end()].strip(), ''
            start = mark.end()


def selectors(text: str) -> list[str]:
    """用逗号分开的各个选择器；括号里的逗号不算。"""
    found, depth, start = [], 0, 0
    for mark in MARK.finditer(text):
        depth += {'(': 1, ')': -1}.get(mark[0], 0)
        if mark[0] == ',' and depth == 0:
            found.append(text[start:mark.start()])
            start = mark.end()
    return [each.strip() for each in (*found, text[start:])]


def purge(text: str, used: Used) -> str:
    """只留用得到的规则。"""
    kept = []
    for head, body in split(text):
        body = re.sub(r'\s*\n\s*', '', body)
        if head.startswith(NESTED):
            inner = purge(body, used)
            rule = f'{head}{{{inner}}}\n' if inner else ''
        elif head.startswith('@font-face'):
            rule = '' if 'Font Awesome' in body else f'{head}{{{body}}}\n'
        elif head.startswith('@charset'):
            rule = ''
        elif head.startswith('@'):
            rule = f'{head}{{{body}}}\n' if body else f'{head}\n'
        else:
            chosen = ','.join(filter(used.has, selectors(head)))
            rule = f'{chosen}{{{body}}}\n' if chosen and body else ''
        kept.append(rule)
    return ''.join(kept)


def drop_variables(text: str, scripts: str) -> str:
    """拿走没有规则和脚本用到的变量；拿走一些，别的可能又用不到了。"""
    asked = set(re.findall(r'--[\w-]+', scripts))

    def keep(found: re.Match[str]) -> str:
        return found[0] if found[1] in wanted else ''

    before = ''
    while before != text:
        before, wanted = text, asked | set(re.findall(r'var\(\s*(--[\w-]+)', text))
        text = re.sub(r'(?m)^[^{}@]*\{\s*\}\n', '', VARIABLE.sub(keep, text))
    return text
