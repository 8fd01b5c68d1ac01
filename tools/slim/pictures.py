"""插图：量出大小；去掉看不见的部分，其中的位图无损地再压一遍。存着的输出不动，样子一个像素也不变。"""
import base64
import io
import re
from functools import cache
from pathlib import Path

from PIL import Image

# 一个单位是几个像素。
UNITS = {'': 1.0, 'px': 1.0, 'pt': 4 / 3}
INVISIBLE = re.compile(r'<\?xml[^>]*\?>|<!DOCTYPE[^>]*>|<metadata>.*?</metadata>|<!--.*?-->', re.S)
SHAPE = re.compile(r'(\sd)="([^"]*)"')
STYLE = re.compile(r'(\sstyle=")([^"]*)')
PNG = re.compile(r'(data:image/png;base64,)([A-Za-z0-9+/=\s]+)')


@cache
def size(path: Path) -> tuple[int, int] | None:
    """一幅图的宽和高，像素；没有写明的、没有这个文件的是 None。"""
    if not path.is_file():
        return None
    if path.suffix != '.svg':
        with Image.open(path) as image:
            return image.size
    found = re.search(r'<svg\b[^>]*>', path.read_text(encoding='utf-8'))
    sides = [re.search(rf'\s{side}="([\d.]+)(px|pt|)"', found[0]) if found else None
             for side in ('width', 'height')]
    if not all(sides):
        return None
    width, height = (round(float(side[1]) * UNITS[side[2]]) for side in sides)
    return width, height


def slim(text: str) -> str:
    """减轻一幅 SVG：没有说明、来历和多余的空白；文字里的空白不动。"""
    text = PNG.sub(lambda found: found[1] + repack(found[2]), INVISIBLE.sub('', text))
    text = SHAPE.sub(lambda found: f'{found[1]}="{shorten(found[2])}"', text)
    text = STYLE.sub(lambda found: found[1] + re.sub(r'\s*([:;])\s*', r'\1', found[2]), text)
    return re.sub(r'>\s*\n\s*<', '><', text).strip() + '\n'


def shorten(path: str) -> str:
    """路径的写法：字母两边、换行处不要空格。"""
    return re.sub(r'\s*([A-Za-z])\s*', r'\1', ' '.join(path.split()))


def repack(data: str) -> str:
    """一幅 PNG：像素一样；只有灰色的存成灰度，颜色少的用调色板，不更短就不动。"""
    raw = base64.b64decode(data)
    image = compact(Image.open(io.BytesIO(raw)))
    packed = io.BytesIO()
    image.save(packed, 'PNG', optimize=True)
    return base64.b64encode(min(raw, packed.getvalue(), key=len)).decode()


def compact(image: Image.Image) -> Image.Image:
    """像素与 `image` 完全相同的、每个像素用的位数少的图。"""
    full = image.convert('RGBA')
    if full.getchannel('A').getextrema() != (255, 255):
        return full
    plain = full.convert('RGB')
    grey, colours = plain.convert('L'), plain.getcolors(256)
    if grey.convert('RGB').tobytes() == plain.tobytes():
        return grey
    few = plain.quantize(len(colours), dither=Image.Dither.NONE) if colours else plain
    return few if few.convert('RGB').tobytes() == plain.tobytes() else plain
