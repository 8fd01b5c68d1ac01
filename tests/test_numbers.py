"""文字里的数：哪些要有来处，来处在哪里，怎样舍入；在真的一页的副本里改一个数，指出文件和行。"""
import json
import shutil

import pytest
import yaml

from tests.books import cell, make_book, manuscript
from tools import numbers, records
from tools.book import ROOT, select
from tools.numerals import chinese, sections, sums

FIGURE = """\
```{code-cell} ipython3
:mystnb: {figure: {caption: 降到 0.853, name: fig-line}, image: {alt: 从 0.97 降到 0.853}}

draw()
```
"""
SVG = '<g id="ytick_1"><!-- 0.77 --></g><g id="text_1"><!-- 0.66 --></g>'


def book(root, text, printed='', other='', picture=''):
    """两页的小书：第一页是 `text` 和打印 `printed` 的一格，第二页打印 `other`。"""
    make_book(root, first=manuscript('# 第一页\n', '## 训练\n', cell('train(lr=0.03, size=1500)'),
                                     text + '\n'), second=manuscript('# 第二页\n', cell('show()')))
    for key, output in (('first', printed), ('second', other)):
        [page] = select(f'ch1_start/{key}', root)
        notebook = records.from_text(page.read())
        shown = next(each for each in notebook.cells if each.cell_type == 'code')
        shown.outputs = [{'output_type': 'stream', 'name': 'stdout', 'text': output}]
        if picture and key == 'first':
            shown.outputs.append({'output_type': 'display_data', 'metadata': {},
                                  'data': {'image/svg+xml': picture, 'text/plain': '<Figure 999 x 888>'}})
        page.notebook.parent.mkdir(exist_ok=True)
        page.notebook.write_text(json.dumps(notebook), encoding='utf-8')
    return root


def told(root):
    return [problem.text.split('”')[0].strip('“') for problem in numbers.check(root)]


def line_of(root, problem):
    return (root / problem.file).read_text(encoding='utf-8').splitlines()[problem.line - 1]


@pytest.mark.parametrize('text, printed', [
    ('精度 0.85。', '精度 0.8532'),
    ('精度 85%。', '精度 0.8532'),
    ('精度 0.85。', '精度 85%'),
    ('精度约 0.84。', '精度 0.8493'),
    ('误差 $2\\times10^{-4}$。', '误差 1.9e-04'),
    ('一共 61706 个。', '61706 个参数'),
    ('约 60000 个。', '61706 个参数'),
    ('61000 多个。', '61706 个参数'),
    ('六万多个，不到 62000 个。', '61706 个参数'),
    ('两套四五千平方英尺的。', '[4676 5642]'),
    ('误差两百多万元。', '205.4 万元'),
    ('不到百分之三。', '2.6%'),
    ('十五列，三百二十行。', '15 320'),
    ('学习率 0.03，1500 张。', ''),
    ('`0.853` 打印出来。', '0.853'),
    ('公式 $3\\times400=1200$，所以 1200 个。', ''),
    ('公式 $1-\\frac{9}{12}=25\\%$，$\\log10\\approx2.303$，$\\lceil60000/128\\rceil=469$。', ''),
    ('2012 年、LeCun（1998，*Nature* 521）、581–592 页、[1.2 第二页](second.ipynb)、`x[0.77]`。', ''),
    ('用 Python 3.11 和 3.12，读 1.5 小时，几十个、上百个、十分、第十二个。', ''),
    ('见 1.1、1.2 两节和第 1 章。', ''),
    ('$$\ny=0.77x\n$$', ''),
    ('12 个，3 倍。', ''),
])
def test_numbers_that_have_a_source(tmp_path, text, printed):
    assert told(book(tmp_path, text, printed)) == []


@pytest.mark.parametrize('text, printed, shown', [
    ('精度 0.86。', '精度 0.8532', '0.86'),
    ('精度 86%。', '精度 0.8532', '86%'),
    ('精度约 0.83。', '精度 0.8493', '0.83'),
    ('一共 61707 个。', '61706 个参数', '61707'),
    ('约 55000 个。', '61706 个参数', '55000'),
    ('62000 多个。', '61706 个参数', '62000'),
    ('不到 61000 个。', '61706 个参数', '61000'),
    ('超过 0.9。', '0.896', '0.9'),
    ('七万多个。', '61706 个参数', '七万'),
    ('六七千平方英尺的。', '[4676 5642]', '六七千'),
    ('两百多万个。', '205.4 万元', '两百多万'),
    ('十六列。', '15 320', '十六'),
    ('学习率 0.032。', '', '0.032'),
    ('学习率 $\\eta=0.04$。', '', '0.04'),
    ('`0.854` 打印出来。', '0.853', '0.854'),
    ('公式 $3\\times4=13$。', '', '算式 3*4 与 13 不相等。请改正。'),
    ('见 1.1、1.3 两节。', '', '1.3'),
    ('见第 2 章。', '', '2'),
    ('<details>\n<summary>解答</summary>\n\n答案是 0.77。\n\n</details>', '', '0.77'),
    ('| 一 | 二 |\n|--|--|\n| 0.77 | 0.03 |', '', '0.77'),
])
def test_numbers_that_have_none(tmp_path, text, printed, shown):
    found = told(book(tmp_path, text, printed))
    assert found == [shown]


def test_captions_and_alternative_text_are_read_and_a_tick_is_no_source(tmp_path):
    root = book(tmp_path, FIGURE + '\n写着 0.66，刻度 0.77，也没有 999。', '0.853', picture=SVG)
    assert [(problem.line, problem.text[:6]) for problem in numbers.check(root)] == [
        (17, '“0.97”'), (22, '“0.77”'), (22, '“999”没')]


def test_another_page_is_a_source_only_for_a_paragraph_that_names_it(tmp_path):
    text = '见 [1.2 第二页](second.ipynb)，0.853。\n\n见 1.2 节，0.853。\n\n没有说在哪里，0.853。'
    root = book(tmp_path, text, other='0.853')
    [problem] = numbers.check(root)
    assert problem.file == 'book/ch1_start/first.md'
    assert line_of(root, problem).startswith('没有说')


def test_another_section_is_a_source_for_whole_numbers_summary_and_links(tmp_path):
    text = ('## 别的\n\n1234 个，不是 0.853。\n\n[前面](#训练)的 0.853。\n\n## 小结\n\n精度 0.853。')
    root = book(tmp_path, text, '1234 0.853')
    [problem] = numbers.check(root)
    assert '0.853' in problem.text
    assert '不是' in line_of(root, problem)


def test_an_allowed_number_needs_a_reason_and_a_use(tmp_path):
    root = book(tmp_path, '数据有 2930 行，特征 81 个，占 7%。')
    allowed = root / numbers.ALLOWED
    allowed.write_text('# 说明\nch1_start/first:\n  2930: De Cock 的数据\n  7%:\n  0.5: 没有人用\n',
                       encoding='utf-8')
    assert [str(problem).split('：')[0] for problem in numbers.check(root)] == [
        'book/ch1_start/first.md:16: 第 3 格: “7%”没有来处',
        'book/numbers.yml:5: ch1_start/first 的 0.5 用不着。请删去这一行。']


def test_a_page_without_a_whole_notebook_is_left_to_verify(tmp_path):
    root = book(tmp_path, '学习率 0.03。')
    (root / 'notebooks/ch1_start/first.ipynb').write_text('{', encoding='utf-8')
    assert numbers.check(root) == []


@pytest.mark.parametrize('text, value', [('十', 10), ('十二', 12), ('三百', 300), ('两千零五', 2005),
                                         ('一万二千', 12000), ('一百万', 10**6), ('三亿', 3 * 10**8)])
def test_chinese_numerals(text, value):
    assert chinese(text) == value


@pytest.mark.parametrize('formula, equal', [
    ('0.5^2=0.25', True), ('2^{128}\\approx3.4\\times10^{38}', True), ('\\sqrt{16}=4', True),
    ('\\cos(0.375\\pi)\\approx0.38', True), ('e^{0.1}\\approx1.11', True), ('10^6\\times5\\%=50000', True),
    ('-\\log0.1=2.3026', True), ('1+2=4', False), ('0.5^2=0.26', False), ('1/3=0.34', False)])
def test_sums(formula, equal):
    assert [each[2] for each in sums(f'所以 ${formula}$。')] == [equal]


@pytest.mark.parametrize('formula', ['x=3', '3=4', '\\eta\\approx0.1', '2(3)=6', 'f(0)=1', '1/0=0.5'])
def test_a_formula_with_names_is_no_sum(formula):
    assert list(sums(f'${formula}$')) == []


def test_sections_of_another_book_are_not_ours():
    text = '《书》第 14 章，第二版 4.10 节；[9.9 节](x.ipynb)；见 1.2 和 1.3 节'
    assert list(sections(text)) == ['1.2', '1.3']


def test_a_wrong_number_in_a_copy_of_the_book_is_found(tmp_path):
    for name in ('book', 'notebooks'):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / '_toc.yml', tmp_path)
    assert numbers.check(tmp_path) == []
    path = tmp_path / 'book/ch2_linear/softmax-regression-scratch.md'
    text = path.read_text(encoding='utf-8')
    old = '那样的精度是 0.677'
    line = text[:text.index(old)].count('\n') + 1
    path.write_text(text.replace(old, '那样的精度是 0.687'), encoding='utf-8')
    [problem] = numbers.check(tmp_path)
    assert (problem.file, problem.line) == ('book/ch2_linear/softmax-regression-scratch.md', line)
    assert problem.text.startswith('“0.687”没有来处')


def test_the_allowed_numbers_of_the_book_are_few_and_readable():
    allowed = yaml.safe_load((ROOT / numbers.ALLOWED).read_text(encoding='utf-8'))
    assert sum(map(len, allowed.values())) == len(numbers.read_allowed(ROOT)) <= 120
