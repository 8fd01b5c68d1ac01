"""全书插图的设置：SVG 格式、能显示中文的字体、每次运行都相同的字节。

`import d2l_local` 时设置一次。字体是 Noto Sans SC 的子集（SIL OFL 1.1），随包带着，由 `make font` 生成，
机器上不必装中文字体。
"""
import importlib.util
from pathlib import Path

import matplotlib
from matplotlib import colors, font_manager

CHINESE_FONT = Path(__file__).parent / 'fonts' / 'NotoSansSC-subset.otf'
# 蓝、橙、绿、红紫、天蓝、朱红：Okabe 与 Ito 为色觉障碍者选的颜色。
COLORS = ('#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00')
# 单字母的颜色（如 'm--' 里的 m）也换成这六种：蓝 b、黄 y、绿 g、品红 m、青 c、红 r。
LETTERS = dict(zip('bygmcr', COLORS, strict=True))


def configure():
    """设置 Matplotlib：中文字体、颜色、能逐字节重复的 SVG。"""
    _put_own_fonts_first()
    matplotlib.rcParams.update({
        # 先用 DejaVu Sans，缺的字（中文）再用子集字体。
        'font.family': ['DejaVu Sans', 'Noto Sans SC'],
        'axes.unicode_minus': False,
        'axes.prop_cycle': matplotlib.cycler(color=COLORS),
        'axes.spines.top': False,
        'axes.spines.right': False,
        'image.cmap': 'gray',
        'svg.hashsalt': 'd2l_local',
    })
    names = colors.get_named_colors_mapping()
    for letter, color in LETTERS.items():
        # 逐个赋值（不用 update），Matplotlib 才会忘掉它记住的旧颜色。
        names[letter] = color
    _use_svg_in_notebooks()


def _put_own_fonts_first():
    """让 Matplotlib 自带的字体和子集字体排在系统字体前面：插图不因机器上装了什么字体而变。"""
    manager = font_manager.fontManager
    known = len(manager.ttflist)
    for path in [*sorted(Path(matplotlib.get_data_path(), 'fonts', 'ttf').glob('*.ttf')), CHINESE_FONT]:
        manager.addfont(path)
    manager.ttflist = manager.ttflist[known:] + manager.ttflist[:known]


def _use_svg_in_notebooks():
    """在笔记本里，插图存为不带日期与程序名的 SVG。"""
    if importlib.util.find_spec('IPython') is None:
        return
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None and hasattr(shell, 'kernel'):
        from matplotlib_inline.backend_inline import set_matplotlib_formats
        shell.run_line_magic('matplotlib', 'inline')
        set_matplotlib_formats('svg', metadata={'Date': None, 'Creator': None})


def show_live(figure):
    """有人在 Jupyter 里看着时立刻显示插图，返回可以更新它的把手；否则什么也不做。

    参数：
        figure：Matplotlib 的 Figure。
    返回：`IPython.display.DisplayHandle`，改了插图以后调用它的 `update(figure)`；
        没有人看着（在脚本里，或由 nbconvert、nbval 这样的程序执行）时是 None，
        这时插图照常在一格的末尾显示一次。
    """
    if importlib.util.find_spec('IPython') is None:
        return None
    from IPython import display, get_ipython

    kernel = getattr(get_ipython(), 'kernel', None)
    # 由人运行的一格可以用 input() 提问，由程序执行的不可以。
    if kernel is None or not kernel.get_parent()['content'].get('allow_stdin'):
        return None
    # 关上以后，一格的末尾不再显示第二次。
    plt.close(figure)
    return display.display(figure, display_id=True)


configure()

from matplotlib import pyplot as plt  # noqa: E402  要在设置好之后导入

__all__ = ['plt', 'show_live']
