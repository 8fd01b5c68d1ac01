"""手稿用的图片文件：放在 book/<章>/img/ 里，写作 ![说明](img/名字.svg)，抄到 notebooks/、压缩包和云端的副本
里。

能用代码画的请用代码格画：那样的图会重画、会比较。这里只收画不出的，如照片和示意图。
"""
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image

from tools import verify
from tools.book import ROOT, pages
from tools.prose import read_page
from tools.report import UNFINISHED, Problem

FOLDER = 'img'
# 后缀和 Pillow 里的名字；SVG 由这里读。
KINDS = {'.svg': '', '.png': 'PNG', '.jpg': 'JPEG', '.webp': 'WEBP'}
BYTES = 200_000
NAME = re.compile(r'img/[a-z0-9][a-z0-9-]*\.(?:svg|png|jpg|webp)')
WAY = ('请把文件放进手稿旁边的 img 文件夹，写成 ![说明](img/名字.svg)；名字用小写字母、数字和 -，后缀是 '
       'svg、png、jpg 或 webp。')


def files(root: Path = ROOT) -> list[Path]:
    """书里的图片文件，相对于 book/ 的路径。"""
    return sorted(path.relative_to(root / 'book') for path in (root / 'book').rglob(f'{FOLDER}/[!.]*'))


def copy(root: Path, target: Path) -> list[Path]:
    """把图片抄到 `target` 里与 book/ 相同的位置，去掉多余的；返回变了的。"""
    wanted, changed = files(root), []
    for name in wanted:
        source, path = root / 'book' / name, target / name
        if not path.exists() or path.read_bytes() != source.read_bytes():
            path.parent.mkdir(parents=True, exist_ok=True)
            # 先抄在旁边再改名，半途中断时旧的还在。
            beside = path.with_name(f'.{path.name}{UNFINISHED}')
            shutil.copyfile(source, beside)
            beside.replace(path)
            changed.append(name)
    for path in extra(root, target):
        path.unlink()
        changed.append(path.relative_to(target))
    return changed


def extra(root: Path, target: Path) -> list[Path]:
    """`target` 里书里没有的图片。"""
    return [path for path in sorted(target.rglob(f'{FOLDER}/[!.]*'))
            if '.ipynb_checkpoints' not in path.parts and path.relative_to(target) not in files(root)]


def check(root: Path = ROOT) -> list[Problem]:
    problems, used = [], set[Path]()
    for page in pages(root):
        for alt, target, title, cell, line in read_page(page).images:
            path = page.text.parent / target
            used.add(path)
            wrong = _link(path, target)
            told = [wrong] if wrong else [f'图片{one}。请改写 ![…] 里的说明。'
                                          for one in verify.alt_problems(alt, title)]
            problems += [Problem(page.name(page.text), cell, line, one) for one in told]
    for name in files(root):
        path, shown = root / 'book' / name, f'book/{name.as_posix()}'
        problems += [Problem(shown, 0, 0, told) for told in faults(path)]
        copied = root / 'notebooks' / name
        if path not in used:
            problems.append(Problem(shown, 0, 0, '没有一页用到它。请在手稿里写上，或删去。'))
        elif not copied.exists() or copied.read_bytes() != path.read_bytes():
            problems.append(Problem(shown, 0, 0, 'notebooks/ 里的不是这一份。请运行 make notebooks。'))
    return problems + [
        Problem(path.relative_to(root).as_posix(), 0, 0, 'book/ 里没有它。请运行 make notebooks。')
        for path in extra(root, root / 'notebooks')]


def _link(path: Path, target: str) -> str:
    """图片的地址有什么毛病，没有是空串。"""
    if not NAME.fullmatch(target):
        return f'图片 {target[:60]} 不能这样写。{WAY}'
    return '' if path.exists() else f'没有图片 {target}。{WAY}'


def faults(path: Path) -> Iterator[str]:
    """图片文件自己的毛病。"""
    body = path.read_bytes()
    if len(body) > BYTES:
        yield f'有 {len(body) / 1000:.0f} KB，最多 {BYTES / 1000:.0f} KB。请缩小，或改用 svg。'
    if path.suffix == '.svg':
        yield from _svg_faults(body)
    elif path.suffix not in KINDS:
        yield f'不是 {"、".join(KINDS)} 里的一种。请另存一份。'
    else:
        try:
            with Image.open(BytesIO(body), formats=[KINDS[path.suffix]]) as image:
                image.load()
        except Exception:
            yield f'不是完好的 {KINDS[path.suffix]}：没有写完，或内容与名字不符。请另存一份。'


def _svg_faults(body: bytes) -> Iterator[str]:
    """不会运行，不去别处取东西；文字写成了字形，才不因机器上的字体而变。"""
    try:
        elements = list(ElementTree.fromstring(body).iter())
    except ElementTree.ParseError as error:
        yield f'不是完好的 SVG（第 {error.position[0]} 行）。请另存一份。'
        return
    names = {element.tag.rpartition('}')[2] for element in elements}
    addresses = [value for element in elements for name, value in element.attrib.items()
                 if name.rpartition('}')[2] in ('href', 'src') and not value.startswith(('#', 'data:image/'))]
    events = [name for element in elements for name in element.attrib if name.startswith('on')]
    styles = re.search(rb'@import|url\(\s*["\']?(?!["\'\s#]|data:image/)', body)
    if {'script', 'foreignObject', 'iframe'} & names or addresses or events or styles or b'<!ENTITY' in body:
        yield '里面有会运行的、或要去别处取的东西。请另存一份不带脚本和外部链接的。'
    if 'text' in names:
        yield '里面的文字要用读者机器上的字体来显示。请在画图程序里把文字转成路径，再存一份。'

