"""全书插图的设置：SVG 格式、能显示中文的字体、每次运行都相同的字节（同一版的 Matplotlib 和 NumPy）。

`import d2l_local` 时设置一次。字体是 Noto Sans SC 的子集（SIL OFL 1.1），随包带着，由 `make font` 生成；
读者自己的图里有子集以外的字，用这台机器上的中文字体，没有就说一句。
"""
import contextlib
import dataclasses
import hashlib
import io
import math
import re
import sys
from pathlib import Path
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib import _mathtext, _text_helpers, cbook, colors, font_manager
from matplotlib.backend_bases import register_backend
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

__all__ = ['plt', 'show_live']

CHINESE_FONT = Path(__file__).parent / 'fonts' / 'NotoSansSC-subset.otf'
# 别的机器上可能有的字体，依次去找：Windows 的，macOS 的，Linux 的，再是有表情和符号的。
MACHINE_FONTS = (
    'Microsoft YaHei', 'SimHei', 'DengXian', 'SimSun', 'PingFang SC', 'PingFang HK', 'Hiragino Sans GB',
    'Heiti SC', 'Heiti TC', 'STHeiti', 'Songti SC', 'Arial Unicode MS', 'Noto Sans CJK SC',
    'Noto Sans CJK JP', 'Source Han Sans SC', 'Source Han Sans CN', 'WenQuanYi Micro Hei',
    'WenQuanYi Zen Hei', 'Droid Sans Fallback', 'Noto Serif CJK SC', 'Noto Serif CJK JP',
    'AR PL UMing CN', 'AR PL UKai CN', 'Segoe UI Emoji', 'Segoe UI Symbol', 'Apple Symbols', 'Noto Emoji',
    'Symbola')
# 装在机器上的、完整的 Noto Sans SC；与子集同名，所以另起一个名字。
WHOLE_FONT = 'Noto Sans SC (whole)'
NO_GLYPH = ('插图的字体里没有“{}”等字，画成了方框。请换别的字；或装一种中文字体（Debian 或 Ubuntu 上运行：'
            'sudo apt-get install fonts-noto-cjk），再重启内核。')
# 汉字和中文标点从这里开始。
FIRST_CHINESE = '\u2e80'
# 蓝、橙、绿、红紫、天蓝、朱红：Okabe 与 Ito 为色觉障碍者选的颜色。
COLORS = ('#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00')
# 单字母的颜色（如 'm--' 里的 m）也换成这六种：蓝 b、黄 y、绿 g、品红 m、青 c、红 r。
LETTERS = dict(zip('bygmcr', COLORS, strict=True))

# SVG 里以点（1/72 英寸）为单位的坐标，和 Matplotlib 由坐标的全部二进制位算出的编号。
COORDINATES = re.compile(r'(?: (?:d|x|y|width|height|viewBox)="|translate\()[^")]*')
NUMBER = re.compile(r'-?\d+(?:\.\d+)?')
NAME = re.compile(r'(?<=["#])([A-Za-z]+(?:\d+_\d+_)?)([0-9a-f]{10})(?=[")])')


def _rounded(number: re.Match) -> str:
    """一个坐标留两位小数：0.01 点看不见。

    小数的第三位起不到 382 就舍，否则入，而不是四舍五入：排版得出的坐标常常正好是 5，计算的末位差一点就
    舍入到另一边；382 附近没有这样的数。
    """
    return f'{math.floor(float(number[0]) * 100 + 0.618) / 100:.2f}'.rstrip('0').rstrip('.')


def repeatable(svg: str) -> str:
    """同一幅图的 SVG，与计算的末位无关：坐标留两位小数，编号按内容重新起。"""
    svg = COORDINATES.sub(lambda found: NUMBER.sub(_rounded, found[0]), svg)
    order: dict[str, int] = {}
    plain = NAME.sub(lambda name: f'{name[1]}{order.setdefault(name[0], len(order))}', svg)
    # 一页上有几幅图，编号不能相同，所以由整幅图的内容算出。
    content = hashlib.sha256(plain.encode())

    def rename(name: re.Match) -> str:
        code = content.copy()
        code.update(b'%d' % order[name[0]])
        return name[1] + code.hexdigest()[:10]

    return NAME.sub(rename, svg)


class RepeatableSVG(FigureCanvasSVG):
    """写出 `repeatable` 的 SVG。"""

    def print_svg(self, filename: Any, *, bbox_inches_restore: Any = None, metadata: dict | None = None,
                  **_: Any) -> None:
        drawn = io.StringIO()
        super().print_svg(drawn, bbox_inches_restore=bbox_inches_restore, metadata=metadata)
        with cbook.open_file_cm(filename, 'w', encoding='utf-8') as file:
            svg = repeatable(drawn.getvalue())
            file.write(svg if cbook.file_requires_unicode(file) else svg.encode())


def configure() -> None:
    """设置 Matplotlib：中文字体、颜色、能逐字节重复的 SVG（不带日期与程序名）。"""
    # 自带的字体和子集字体排在系统字体前面：插图不因机器上装了什么字体而变。
    fonts, known = font_manager.fontManager, len(font_manager.fontManager.ttflist)
    for path in [*sorted(Path(matplotlib.get_data_path(), 'fonts', 'ttf').glob('*.ttf')), CHINESE_FONT]:
        fonts.addfont(path)
    machine, fonts.ttflist = fonts.ttflist[:known], fonts.ttflist[known:]
    fonts.ttflist += machine
    matplotlib.rcParams.update({
        # 先用 DejaVu Sans，缺的字（中文）再用子集字体，还缺才用机器上的。
        'font.family': ['DejaVu Sans', 'Noto Sans SC', *_machine_fonts(machine)],
        'axes.unicode_minus': False,
        'axes.prop_cycle': cycler(color=COLORS),
        'axes.spines.top': False,
        'axes.spines.right': False,
        'image.cmap': 'gray',
    })
    _text_helpers.warn_on_missing_glyph = _say_missing
    _mathtext.UnicodeFonts._get_glyph = _glyph_with_chinese(  # type: ignore[method-assign]
        _mathtext.UnicodeFonts._get_glyph)
    register_backend('svg', RepeatableSVG, 'Scalable Vector Graphics')
    names = colors.get_named_colors_mapping()
    for letter, color in LETTERS.items():
        # 逐个赋值（不用 update），Matplotlib 才会忘掉它记住的旧颜色。
        names[letter] = color
    if kernel := _kernel():
        from matplotlib_inline.backend_inline import set_matplotlib_formats
        kernel.shell.run_line_magic('matplotlib', 'inline')
        set_matplotlib_formats('svg', metadata={'Date': None, 'Creator': None})


def _machine_fonts(known: list) -> list[str]:
    """`known`（Matplotlib 记着的、这台机器的字体）里有的 `MACHINE_FONTS`；一种也没有，就看看是不是新装的。"""
    def found(entries: list) -> list[str]:
        names = {entry.name for entry in entries if Path(entry.fname).exists()}
        return [name for name in (WHOLE_FONT, *MACHINE_FONTS) if name in names]

    fonts = font_manager.fontManager
    fonts.ttflist += [dataclasses.replace(entry, name=WHOLE_FONT) for entry in known
                      if entry.name == 'Noto Sans SC' and Path(entry.fname).name != CHINESE_FONT.name]
    if names := found(fonts.ttflist):
        return names
    for path in {*font_manager.findSystemFonts()} - {entry.fname for entry in known}:
        # 有的字体 Matplotlib 读不了，如彩色的表情。
        with contextlib.suppress(Exception):
            fonts.addfont(path)
    return found(fonts.ttflist)


def _say_missing(codepoint: int, fontnames: str = '') -> None:
    """代替 Matplotlib 的英文警告：编码是 `codepoint` 的字没有字体可画；一格只说一次。"""
    kernel = _kernel()
    cell = kernel.shell.execution_count if kernel else 0
    if cell not in _told:
        _told.add(cell)
        print(NO_GLYPH.format(chr(codepoint)), file=sys.stderr)


# 说过 `NO_GLYPH` 的格；不在笔记本里是 0。
_told: set[int] = set()


def _glyph_with_chinese(original: Any) -> Any:
    """让公式旁的中文（如 '学习率 $\\eta$'）也画得出：Matplotlib 排有公式的文字时只用一种字体。"""
    def get_glyph(self: Any, fontname: str, font_class: str, sym: str) -> Any:
        if len(sym) > 1 or sym < FIRST_CHINESE:
            return original(self, fontname, font_class, sym)
        fonts = [font_manager.get_font(font_manager.findfont(font_manager.FontProperties(family=family)))
                 for family in matplotlib.rcParams['font.family']]
        able = [font for font in fonts if font.get_char_index(ord(sym))]
        if not able:
            _say_missing(ord(sym))
        return (able or fonts)[0], ord(sym), False

    return get_glyph


def _kernel() -> Any:
    """正在运行这段程序的 Jupyter 内核；不在笔记本里是 None。"""
    # 在笔记本里，IPython 一定已经导入了。
    shell = sys.modules['IPython'].get_ipython() if 'IPython' in sys.modules else None
    return getattr(shell, 'kernel', None)


def show_live(figure: Figure) -> Any:
    """有人在 Jupyter 里看着时立刻显示插图，返回可以更新它的把手；否则什么也不做。

    参数：
        figure：Matplotlib 的 Figure。
    返回：`IPython.display.DisplayHandle`，改了插图以后调用它的 `update(figure)`；
        没有人看着（在脚本里，或由 nbconvert、nbval 这样的程序执行）时是 None，
        这时插图照常在一格的末尾显示一次。
    """
    kernel = _kernel()
    # 由人运行的一格可以用 input() 提问，由程序执行的不可以。
    if kernel is None or not kernel.get_parent()['content'].get('allow_stdin'):
        return None
    from IPython import display

    # 关上以后，一格的末尾不再显示第二次。
    plt.close(figure)
    return display.display(figure, display_id=True)


configure()

from matplotlib import pyplot as plt  # noqa: E402  要在设置好之后导入
