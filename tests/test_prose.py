"""链接、锚点、公式号、指令和角色：每种毛病都报出文件、格、行和怎么改。"""
import pytest

from tests.books import make_book, manuscript
from tools import prose

GOOD = manuscript('# 第一页\n',
                  '见 [1.2 第二页](second.ipynb) 和 [式 (1.2.1)](second.ipynb#eq-1-2-1)，'
                  '[小结](#小结)，[网站](https://example.org)。\n',
                  '## 小结\n', '行内代码 `{ref}` 没有关系。\n')
SECOND = manuscript('# 第二页\n', '<a id="eq-1-2-1"></a>\n', '$$\nx \\tag{1.2.1}\n$$\n')


def problems(tmp_path, first=GOOD, second=SECOND):
    return [str(one) for one in prose.check(make_book(tmp_path, first=first, second=second))]


def test_good_pages_have_no_problems(tmp_path):
    assert problems(tmp_path) == []


@pytest.mark.parametrize('line, told', [
    ('[没有](third.ipynb)', '指向的页不在目录里'),
    ('[手稿](second.md)', '请写成到 .ipynb 的相对路径'),
    ('[锚](second.ipynb#nowhere)', '没有锚点 nowhere'),
    ('[锚](#nowhere)', '没有锚点 nowhere'),
    ('[标题有标点](#先读，再写)\n\n## 先读，再写', '没有锚点 先读，再写'),
    ('[1.1 第二页](second.ipynb)', '应为 1.2'),
    ('[第 1.3 节](second.ipynb)', '应为 1.2'),
    ('[1.1 旧的标题](second.ipynb)', '应为 1.2'),
    ('[2 章](index.ipynb)', '应为 1。'),
    ('[2](index.ipynb)', '应为 1。'),
    ('[1.1 节](second.ipynb)', '应为 1.2'),
    ('[式 (1.2.2)](second.ipynb#eq-1-2-1)', '没有公式号 (1.2.1)'),
    ('[网站](http://example.org)', '请用 https'),
    ('见 {ref}`小结`。', '{ref}`小结`'),
    ('```{note}\n注意\n```', '{note}'),
    (':::{tip}\n提示\n:::', ':::'),
    ('(here)=\n', '(here)='),
    ('<a id="twice"></a> 与 <a id="twice"></a>', '写了 2 次'),
    ('<a id="eq-1-1-1"></a>', '没有对应的'),
])
def test_each_fault_is_told_with_its_line(tmp_path, line, told):
    text = manuscript('# 第一页\n', '第一段。\n', line + '\n')
    found = problems(tmp_path, first=text)
    assert len(found) == 1, found
    assert told in found[0]
    assert found[0].startswith('book/ch1_start/first.md')
    if '写了' not in told and '对应' not in told:
        number = text.splitlines().index(line.splitlines()[0]) + 1
        assert found[0].startswith(f'book/ch1_start/first.md:{number}: 第 1 格: ')


def test_equation_numbers_run_through_the_pages_of_a_section(tmp_path):
    second = SECOND.replace('1.2.1', '1.2.2').replace('1-2-1', '1-2-2')
    first = GOOD.replace('1.2.1', '1.2.2').replace('1-2-1', '1-2-2')
    assert problems(tmp_path, first, second) == [
        'book/ch1_start/second.md:13: 第 1 格: 公式号是 (1.2.2)，按次序应为 (1.2.1)。']


def test_repeated_equation_number_is_found(tmp_path):
    second = SECOND + '\n$$\ny \\tag{1.2.1}\n$$\n'
    assert any('按次序应为 (1.2.2)' in one for one in problems(tmp_path, second=second))


@pytest.mark.parametrize('text', ['10 个类别的例子', '1.1 倍的速度', '3 张图', '0.5 的学习率', '2 种写法',
                                  '1.2', '1.2 节', '第 1.2 节', '1.2 第二页'])
def test_a_count_is_no_section_number(tmp_path, text):
    assert problems(tmp_path, first=manuscript('# 第一页\n', f'见 [{text}](second.ipynb)。\n')) == []


def test_directive_inside_a_plain_code_block_is_text(tmp_path):
    text = manuscript('# 第一页\n', '````\n```{note}\n````\n')
    assert problems(tmp_path, first=text) == []
