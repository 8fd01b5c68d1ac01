"""PDF 的字体：转成 TrueType；Chromium 只把这种字体的字当作字放进 PDF，别的都拆成图形（Type 3）。"""
import shutil
import subprocess
from pathlib import Path

import matplotlib
from fontTools import subset
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen

from tools.report import UserError

FONT = 'Noto Sans CJK SC'
NEEDED = '印 PDF 要 Chromium 和中文字体。Debian 上：sudo apt-get install chromium fonts-noto-cjk'


def write_fonts(text: str, folder: Path) -> None:
    """`text` 里用到的字，常规和粗体，写成 folder/regular.ttf 和 bold.ttf；代码的字体取自 matplotlib。"""
    for style in ('regular', 'bold'):
        source, number = _find(style)
        _truetype(source, number, text, folder / f'{style}.ttf')
    for source, name in (('DejaVuSansMono.ttf', 'mono.ttf'), ('DejaVuSansMono-Bold.ttf', 'mono-bold.ttf')):
        shutil.copy(Path(matplotlib.get_data_path()) / 'fonts' / 'ttf' / source, folder / name)


def _find(style: str) -> tuple[str, int]:
    """系统里的 `FONT`：字体集的文件，和它是其中的第几个。"""
    asked = ['fc-match', '-f', '%{family}\n%{file}\n%{index}', f'{FONT}:style={style}']
    told = subprocess.run(asked, text=True, capture_output=True).stdout if shutil.which('fc-match') else ''
    if FONT not in told:
        raise UserError(NEEDED)
    _, source, number = told.split('\n')
    return source, int(number)


def _truetype(source: str, number: int, text: str, target: Path) -> None:
    """取出字体集 `source` 的第 `number` 个里的字，三次曲线换成误差不到千分之一字高的二次曲线。"""
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, font_number=number)
    font = subset.load_font(source, options)
    chosen = subset.Subsetter(options)
    chosen.populate(text=text)
    chosen.subset(font)
    shapes, glyphs = font.getGlyphSet(), {}
    for name in font.getGlyphOrder():
        pen = TTGlyphPen(None)
        shapes[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True))
        glyphs[name] = pen.glyph()
    for table in {'CFF ', 'VORG'} & set(font.keys()):
        del font[table]
    builder = FontBuilder(font=font)
    builder.isTTF, font.sfntVersion = True, '\0\1\0\0'
    builder.setupGlyf(glyphs)
    builder.setupMaxp()
    builder.setupPost(keepGlyphNames=False)
    font.save(target)
