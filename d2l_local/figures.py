"""全书插图的设置：SVG 格式、能显示中文的字体、每次运行和每个版本的 NumPy 上都相同的字节。

`import d2l_local` 时设置一次。字体是 Noto Sans SC 的子集（SIL OFL 1.1），随包带着，由 `make font` 生成。
"""
import hashlib
import io
import math
import re
import sys
from pathlib import Path
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib import cbook, colors, font_manager
from matplotlib.backend_bases import register_backend
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

__all__ = ['plt', 'show_live']

CHINESE_FONT = Path(__file__).parent / 'fonts' / 'NotoSansSC-subset.otf'
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
    fonts.ttflist = fonts.ttflist[known:] + fonts.ttflist[:known]
    matplotlib.rcParams.update({
        # 先用 DejaVu Sans，缺的字（中文）再用子集字体。
        'font.family': ['DejaVu Sans', 'Noto Sans SC'],
        'axes.unicode_minus': False,
        'axes.prop_cycle': cycler(color=COLORS),
        'axes.spines.top': False,
        'axes.spines.right': False,
        'image.cmap': 'gray',
    })
    register_backend('svg', RepeatableSVG, 'Scalable Vector Graphics')
    names = colors.get_named_colors_mapping()
    for letter, color in LETTERS.items():
        # 逐个赋值（不用 update），Matplotlib 才会忘掉它记住的旧颜色。
        names[letter] = color
    if kernel := _kernel():
        from matplotlib_inline.backend_inline import set_matplotlib_formats
        kernel.shell.run_line_magic('matplotlib', 'inline')
        set_matplotlib_formats('svg', metadata={'Date': None, 'Creator': None})


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
