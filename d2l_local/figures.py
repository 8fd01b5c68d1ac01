"""全书插图的设置：SVG 格式、能显示中文的字体、每次运行都相同的字节。

`import d2l_local` 时设置一次。字体是 Noto Sans SC 的子集（SIL OFL 1.1），随包带着，由 `make font` 生成。
"""
import sys
from pathlib import Path
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib import colors, font_manager
from matplotlib.figure import Figure

__all__ = ['plt', 'show_live']

CHINESE_FONT = Path(__file__).parent / 'fonts' / 'NotoSansSC-subset.otf'
# 蓝、橙、绿、红紫、天蓝、朱红：Okabe 与 Ito 为色觉障碍者选的颜色。
COLORS = ('#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00')
# 单字母的颜色（如 'm--' 里的 m）也换成这六种：蓝 b、黄 y、绿 g、品红 m、青 c、红 r。
LETTERS = dict(zip('bygmcr', COLORS, strict=True))


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
        'svg.hashsalt': 'd2l_local',
    })
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
