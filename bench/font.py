"""从 Noto Sans SC（SIL OFL 1.1）取出插图要用的字，写成 d2l_local/fonts/NotoSansSC-subset.otf。

字 = GB 2312 一级汉字（3755 个）+ 中文标点 + 手稿和工具里出现的其他汉字。

    python -m bench.font        （make font）
"""
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from fontTools import subset

from tools.book import ROOT
from tools.report import run_tool

TARGET = ROOT / 'd2l_local' / 'fonts' / 'NotoSansSC-subset.otf'
FIRST_LEVEL_ROWS = range(0xB0, 0xD8)


def first_level_characters() -> set[str]:
    """GB 2312 一级汉字。"""
    cells = [bytes([row, cell]) for row in FIRST_LEVEL_ROWS for cell in range(0xA1, 0xFF)]
    return {cell.decode('gb2312', errors='ignore') for cell in cells} - {''}


def manuscript_characters() -> set[str]:
    """手稿里出现的汉字与中文标点。"""
    text = ''.join(path.read_text(encoding='utf-8') for path in (ROOT / 'book').rglob('*.md'))
    return {character for character in text if '\u2e80' <= character <= '\uffef'}


def main(argv: Sequence[str] = ()) -> int:
    [source] = Path(str(resources.files('pylopdf_fonts_zh_cn'))).rglob('NotoSansSC-Regular.otf')
    options = subset.Options(layout_features=[], hinting=False, desubroutinize=False,
                             name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14], notdef_outline=True)
    font = subset.load_font(source, options)
    subsetter = subset.Subsetter(options)
    characters = first_level_characters() | manuscript_characters() | set('，。、；：？！“”‘’（）《》…—·×')
    subsetter.populate(text=''.join(sorted(characters)))
    subsetter.subset(font)
    TARGET.parent.mkdir(exist_ok=True)
    subset.save_font(font, TARGET, options)
    print(f'{TARGET.relative_to(ROOT)}：{len(characters)} 个字，{TARGET.stat().st_size / 1e6:.2f} MB')
    return 0


if __name__ == '__main__':
    raise SystemExit(run_tool(main))
