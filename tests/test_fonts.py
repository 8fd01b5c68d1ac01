"""插图里的字：先用自带的字体，子集以外的用这台机器上的，都没有就用中文说一句。

机器上的字体用当场做的代替：自带的子集换个名字，添上“喵”和“學”。
"""
import dataclasses
import io
import warnings

import matplotlib
import pytest
from d2l_local import figures
from fontTools.ttLib import TTFont
from matplotlib import font_manager

SHIPPED = ['DejaVu Sans', 'Noto Sans SC']
MACHINE = 'Microsoft YaHei'


def make_font(path, family):
    font = TTFont(figures.CHINESE_FONT)
    for record in font['name'].names:
        if record.nameID in (1, 4, 6, 16):
            record.string = family if record.nameID != 6 else family.replace(' ', '')
    font['CFF '].cff.fontNames[0] = family.replace(' ', '')
    for table in font['cmap'].tables:
        table.cmap |= {ord('喵'): table.cmap[ord('猫')], ord('學'): table.cmap[ord('学')]}
    font.save(path)
    return path


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """一种字体，和一个 Matplotlib 读不了的字体文件。"""
    folder = tmp_path_factory.mktemp('fonts')
    (folder / 'broken.ttf').write_bytes(b'not a font')
    return [str(make_font(folder / 'msyh.otf', MACHINE)), str(folder / 'broken.ttf')]


@pytest.fixture
def fonts(monkeypatch):
    """返回一个函数：让机器上只有这些字体文件，照它们设置 `font.family`，返回找到的家族。"""
    fonts = font_manager.fontManager
    shipped = [entry for entry in fonts.ttflist
               if str(matplotlib.get_data_path()) in entry.fname or entry.fname == str(figures.CHINESE_FONT)]
    monkeypatch.setattr(fonts, 'ttflist', shipped)
    monkeypatch.setattr(figures, '_told', set())
    found = []

    def use(files, known=()):
        monkeypatch.setattr(font_manager, 'findSystemFonts', lambda: files)
        fonts._findfont_cached.cache_clear()
        found[:] = figures._machine_fonts(list(known))
        matplotlib.rcParams['font.family'] = [*SHIPPED, *found]
        return found

    with matplotlib.rc_context():
        yield use
    fonts._findfont_cached.cache_clear()


def drawn(*labels):
    """写着这些字的一幅图的 SVG；Matplotlib 说缺字就是错。"""
    figure, axes = figures.plt.subplots(figsize=(3, 2))
    for row, label in enumerate(labels):
        axes.text(0, row, label)
    with warnings.catch_warnings():
        warnings.filterwarnings('error', 'Glyph')
        figure.savefig(file := io.StringIO(), format='svg', bbox_inches='tight', metadata={'Date': None})
    figures.plt.close(figure)
    return file.getvalue()


PLAIN = ('训练误差，abc x² ㎡', r'$\int_0^1 \hat y\,dx$ loss')


def test_the_fonts_of_the_machine_change_nothing_in_the_book(fonts, installed, capfd):
    assert fonts([]) == []
    alone = drawn(*PLAIN)
    assert fonts(installed) == [MACHINE]
    assert drawn(*PLAIN) == alone and 'MicrosoftYaHei' not in alone
    assert capfd.readouterr() == ('', '')


@pytest.mark.parametrize('label', ['喵', '學习率', '学习率 $\\eta$', '學习率 $\\eta$（喵）'])
def test_other_characters_come_from_the_machine(fonts, installed, capfd, caplog, label):
    fonts(installed)
    svg = drawn(label)
    assert capfd.readouterr() == ('', '') and caplog.records == []
    assert ('#MicrosoftYaHei' in svg) is bool({*label} & {*'喵學'})
    assert ('#NotoSansSC' in svg) is ('率' in label)


@pytest.mark.parametrize('label', ['喵', '镕喵', '镕 $x$ 喵'])
def test_one_sentence_where_no_font_has_it(fonts, monkeypatch, capfd, caplog, label):
    fonts([])
    drawn(label)
    drawn(label, '學')
    [told] = capfd.readouterr().err.splitlines()
    assert f'没有“{label[0]}”等字' in told and 'fonts-noto-cjk' in told and caplog.records == []

    class Kernel:
        class shell:
            execution_count = 7

    monkeypatch.setattr(figures, '_kernel', Kernel)
    drawn('學')
    drawn('學')
    assert capfd.readouterr().err == figures.NO_GLYPH.format('學') + '\n'


def test_the_whole_noto_sans_has_the_name_of_the_subset(fonts, installed):
    known = font_manager.fontManager.ttflist
    [subset] = [entry for entry in known if entry.name == 'Noto Sans SC']
    whole = dataclasses.replace(subset, fname=installed[0])
    assert fonts([], [whole, subset]) == [figures.WHOLE_FONT]
    assert '#MicrosoftYaHei' in drawn('喵')


def test_a_font_that_was_removed_is_not_used(fonts, installed, tmp_path):
    known = font_manager.fontManager.ttflist
    gone = dataclasses.replace(known[0], name=MACHINE, fname=str(tmp_path / 'gone.otf'))
    known.append(gone)
    assert fonts([], [gone]) == []
    assert fonts(installed, [gone]) == [MACHINE]
