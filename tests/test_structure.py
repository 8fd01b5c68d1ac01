"""标题、小结和解答、折叠、表格、手写的 HTML、标签：每种毛病指出手稿的格和行，说出怎么办。"""
import pytest

from tests.books import cell, make_book, manuscript
from tools import structure
from tools.book import pages, select
from tools.report import UserError

ANSWER = '<details>\n<summary>解答</summary>\n\n不能。\n\n</details>\n'
END = ('## 小结\n\n- 一句。\n', '## 练习\n', '1. 能吗？\n', ANSWER,
       cell('print(1)', ':tags: [hide-cell]\n\n'))
GOOD = manuscript('# 第一页\n', '一段。<a id="here"></a>\n', '<!-- 说明 -->\n',
                  '| 甲 | 乙 |\n|---|---|\n| `a\\|b` | 2 |\n', cell('1', ':tags: [hide-input]\n\n'),
                  '## 二级\n', '### 三级\n', *END)


def faults(tmp_path, text):
    make_book(tmp_path, first=text)
    [page] = select('1.1', tmp_path)
    return [problem for problem in structure.check(tmp_path) if problem.file == page.name(page.text)]


def test_a_good_page_has_no_faults(tmp_path):
    assert faults(tmp_path, GOOD) == []


@pytest.mark.parametrize('block, told', [
    ('## 一\n\n# 又一个', '一页只有一个一级标题'),
    ('### 跳', '标题从 1 级跳到了 3 级'),
    ('## 二\n\n### 三\n\n#### 四', '标题最多三级'),
    ('画线的标题\n---', '标题下面画线'),
    ('> ## 引文里', '写在列表或引文里'),
    ('<script>alert(1)</script>', '<script>'),
    ('<img src="a.png">', '![说明](img/文件名.svg)'),
    ('文字 <img src="a.png" onerror="x"> 文字', '<img'),
    ('<iframe src="https://example.org"></iframe>', '<iframe'),
    ('<p onclick="x">文字</p>', '<p onclick'),
    ('文字<b>粗</b>', '<b>'),
    ('<a id="x" onclick="y"></a>', 'onclick'),
    ('<a href="https://example.org">网站</a>', '<a href'),
    ('<details open>\n<summary>解答</summary>\n\n甲。\n\n</details>', '折叠的写法不完整'),
    ('<details>\n<summary>解答</summary>\n\n甲。', '折叠的写法不完整'),
    ('</details>', '折叠的写法不完整'),
    ('<details>\n<summary>解答</summary>\n甲。\n\n</details>', '折叠的写法不完整'),
    ('<details>\n<summary>解答</summary>\n\n甲。\n</details>', '折叠的写法不完整'),
    ('<details>\n<summary>解答</summary>\n\n<details>\n<summary>解答</summary>\n\n乙。\n\n</details>\n'
     '\n</details>',
     '折叠的写法不完整'),
    ('```math\nx\n```', '只有 GitHub 认得'),
    ('```python\nx = 1\n\n```{code-cell} ipython3\nprint(1)\n```', '没有结束，把后面的代码格当成了文字'),
    ('见[^1]。', '脚注'),
    ('~~不要~~', '删除线'),
    ('- [ ] 要做的', '任务清单'),
    ('甲\n% 说明\n乙', '网站上看不见的注释'),
    ('> % 说明', '网站上看不见的注释'),
    ('##没有空格', '没有起作用的标题'),
    ('## ', '标题是空的'),
    ('这是**“甲”**乙', '没有起作用的星号'),
    ('**注意：**后面', '没有起作用的星号'),
    ('| 甲 | 乙 |\n|---|---|\n| 1 | **（二）**三 |', '没有起作用的星号'),
    ('a \\* b，少一个 ` 的代码', '没有配成对的反引号'),
    ('少一个 ` 的代码', '没有配成对的反引号'),
    ('[甲](https://example.org/a b)', '没有起作用的链接'),
    ('[甲](javascript:alert(1))', '没有起作用的链接'),
    ('![图](a b.png)', '没有起作用的链接'),
    ('[](https://example.org)', '没有文字'),
    ('| 甲 | 乙 |\n|---|---|\n| 1 | 2 | 3 |', '有 3 栏，表头有 2 栏'),
    ('| 甲 | 乙 |\n|---|---|\n| 1 |', '有 1 栏，表头有 2 栏'),
])
def test_each_fault_of_the_text_is_told_with_its_line(tmp_path, block, told):
    text = manuscript('# 第一页\n', '一段。\n', block + '\n')
    found = faults(tmp_path, text)
    assert found and told in found[0].text and '请' in found[0].text
    lines = text.splitlines()
    first = lines.index(block.splitlines()[0]) + 1
    assert found[0].cell == 1 and first <= found[0].line <= first + block.count('\n')
    if '标题' in told and '画线' not in told and '列表' not in told:
        assert lines[found[0].line - 1].startswith('#')


@pytest.mark.parametrize('block', [
    '**注意**：甲，*乙*，**“甲”** 乙', 'a \\* b', '`**` 和 `a ** b`', '$a*b*c$ 和 $f^*$', '100%\n50%',
    '井号 `#x`',
    '| % | #x |\n|---|---|\n| % | 2 |', '$$\nf^*=a*b\n$$', '    % 代码\n    #代码',
    '[甲](https://example.org/a(b))', '```python\n#x\n% `y\n```'])
def test_what_only_looks_like_a_fault_is_no_fault(tmp_path, block):
    assert faults(tmp_path, manuscript('# 第一页\n', '一段。\n', block + '\n')) == []


def test_the_text_of_a_caption_is_read_too(tmp_path):
    options = ':mystnb:\n:  figure:\n:    caption: 这是**“甲”**乙[^1]\n:  image:\n:    alt: 说明\n\n'
    found = faults(tmp_path, manuscript('# 第一页\n', cell('1', options), *END))
    assert [(one.cell, '脚注' in one.text, '星号' in one.text) for one in found] == [
        (2, True, False), (2, False, True)]


def test_a_raw_cell_is_refused(tmp_path):
    [found] = faults(tmp_path, manuscript('# 第一页\n', '```{raw-cell}\n甲\n```\n', cell('1'), *END))
    assert found.cell == 2 and found.text.startswith('raw 格')


@pytest.mark.parametrize('options, source, told', [
    ('tags: [remove-output]', '1', '标签 remove-output'),
    ('tags: [remove-cell, hide-input]', '1', '标签 remove-cell'),
    ('tags: [raises-exception]', '1', '标签 raises-exception'),
    ('tags: [nbval-ignore-output]', '1', '标签 nbval-ignore-output'),
    ('tags: [skip-execution]', '1', '标签 skip-execution'),
    ('mystnb: {remove_code_outputs: true}', '1', 'mystnb 里的 remove_code_outputs'),
    ('mystnb: {image: {alt: 图, width: 10px}}', '1', 'mystnb 里的 width'),
    ('', '# NBVAL_SKIP\n1', '注释 NBVAL_SKIP'),
    ('', 'x = 1\n  ##  NBVAL_IGNORE_OUTPUT\nx', '注释 NBVAL_IGNORE_OUTPUT'),
    ('', '# PYTEST_VALIDATE_IGNORE_OUTPUT\n1', '注释 PYTEST_VALIDATE_IGNORE_OUTPUT'),
])
def test_what_hides_an_output_or_its_comparison_is_refused(tmp_path, options, source, told):
    code = cell('1', f'---\n{options}\n---\n' if options else '').replace('\n1\n', f'\n{source}\n')
    text = manuscript('# 第一页\n', '一段。\n', code, *END)
    [problem] = faults(tmp_path, text)
    assert told in problem.text and '请删去' in problem.text and problem.cell == 2
    marked = next((line for line in source.splitlines() if '#' in line), '1')
    assert text.splitlines()[problem.line - 1] == marked


def test_markers_in_strings_and_prose_are_text(tmp_path):
    told = '不要写 `# NBVAL_SKIP` 和 `<img>`。\n'
    text = manuscript('# 第一页\n', told, cell('print("# NBVAL_SKIP")'), *END)
    assert faults(tmp_path, text) == []


@pytest.mark.parametrize('blocks, line, told', [
    ((cell('1'),), '', '没有小结'),
    ((cell('1'), *END[1:], END[0]), '## 小结', '小结写在了练习后面'),
    ((cell('1'), *END[:2], '1. 甲？\n\n2. 乙？\n', ANSWER), '1. 甲？', '第 1 题没有解答'),
    ((cell('1'), *END[:2], '1. 甲？\n', ANSWER, '2. 乙？\n'), '2. 乙？', '第 2 题没有解答'),
    ((cell('1'), *END[:2], '1. 甲？\n', ANSWER.replace('解答', '提示')), '1. 甲？', '第 1 题没有解答'),
    ((), '', '只有标题，没有正文'),
])
def test_the_parts_of_a_page(tmp_path, blocks, line, told):
    text = manuscript('# 第一页\n', *(['一段。\n'] if blocks else []), *blocks)
    [problem] = faults(tmp_path, text)
    assert told in problem.text and '请' in problem.text
    assert (text.splitlines()[problem.line - 1] if line else '') == line


@pytest.mark.parametrize('character', ['\u200b', '\xa0', '\ufeff', '\x07', '\ufffd', '\u2028', '\ue000'])
def test_characters_that_cannot_be_seen_are_told_with_their_place(tmp_path, character):
    [problem] = faults(tmp_path, manuscript('# 第一页\n', f'一{character}段。\n'))
    assert (problem.line, f'U+{ord(character):04X}' in problem.text) == (10, True)


def test_bytes_that_are_no_text_are_one_sentence(tmp_path):
    make_book(tmp_path, first=manuscript('# 第一页\n'))
    path = tmp_path / 'book' / 'ch1_start' / 'first.md'
    path.write_bytes(path.read_bytes() + '一段'.encode('gbk'))
    for read in (structure.check, lambda root: pages(root)[2].cells()):
        with pytest.raises(UserError, match='^book/ch1_start/first.md:9: 不是 UTF-8 编码'):
            read(tmp_path)
