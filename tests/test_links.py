"""链接、锚点、公式号、指令和角色：每种毛病都报出文件、格、行和怎么改。"""
import pytest

from tests.books import cell, make_book, manuscript
from tools import links, pages
from tools.pages import ROOT

GOOD = manuscript('# 第一页\n',
                  '见 [1.2 第二页](second.ipynb) 和 [式 (1.2.1)](second.ipynb#eq-1-2-1)，'
                  '[小结](#小结)，[网站](https://example.org)。\n',
                  '## 小结\n', '行内代码 `{ref}` 没有关系。\n')
SECOND = manuscript('# 第二页\n', '<a id="eq-1-2-1"></a>\n', '$$\nx \\tag{1.2.1}\n$$\n')


def problems(tmp_path, first=GOOD, second=SECOND):
    return [str(one) for one in links.check(make_book(tmp_path, first=first, second=second))]


def test_good_pages_have_no_problems(tmp_path):
    assert problems(tmp_path) == []


@pytest.mark.parametrize('line, told', [
    ('[没有](third.ipynb)', '指向的页还没有'),
    ('[手稿](second.md)', '请写成到 .ipynb 的相对路径'),
    ('[锚](second.ipynb#nowhere)', '没有锚点 nowhere'),
    ('[锚](#nowhere)', '没有锚点 nowhere'),
    ('[标题有标点](#先读，再写)\n\n## 先读，再写', '没有锚点 先读，再写'),
    ('[1.1 第二页](second.ipynb)', '应为 1.2'),
    ('[第 1.3 节](second.ipynb)', '应为 1.2'),
    ('[式 (1.2.2)](second.ipynb#eq-1-2-1)', '没有公式号 (1.2.1)'),
    ('[网站](http://example.org)', '请用 https'),
    ('![图](missing.png)', '请写成到 .ipynb 的相对路径'),
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


def test_directive_inside_a_plain_code_block_is_text(tmp_path):
    text = manuscript('# 第一页\n', '````\n```{note}\n````\n')
    assert problems(tmp_path, first=text) == []


# ---- 目录 ----------------------------------------------------------------------------------


def contents_problems(root):
    return [str(one) for one in pages.check_contents(root)]


def test_numbers_count_pages_that_are_not_written_yet(tmp_path):
    make_book(tmp_path, second=SECOND)
    assert [(page.key, page.number) for page in pages.pages(tmp_path)] == [
        ('index', ''), ('ch1_start/index', '1'), ('ch1_start/second', '1.2')]
    assert [page.number for page in pages.planned(tmp_path)] == ['1.1', '1.3']


def test_strays_and_typed_numbers_are_found(tmp_path):
    make_book(tmp_path, first=manuscript('# 1.1 第一页\n'), stray=manuscript('# 多出来的\n'),
              second=manuscript('没有标题。\n'))
    (tmp_path / 'notebooks' / 'old.ipynb').write_text('{}')
    found = contents_problems(tmp_path)
    assert any(one.startswith('book/ch1_start/stray.md: 不在 _toc.yml') for one in found)
    assert any(one.startswith('notebooks/old.ipynb: 没有对应的手稿') for one in found)
    assert any('手写了章节号' in one for one in found)
    assert any('second.md: 没有标题' in one for one in found)
    assert len(found) == 4


def test_section_numbers_of_the_book():
    numbers = {page.key: page.number for page in pages.contents(ROOT)}
    assert numbers['ch1_preliminaries/data-operations'] == '1.1'
    assert numbers['ch1_preliminaries/context-managers'] == '1.5.2'
    assert numbers['ch2_linear/linear-regression-basics'] == '2.1.1'
    assert numbers['ch2_linear/image-dataset'] == '2.2.2'
    assert numbers['ch2_linear/softmax-regression-concise'] == '2.2.4'
    assert numbers['ch3_mlp/house-prices'] == '3.8'
    assert numbers['ch4_computation/reading-and-writing-files'] == '4.5'


def test_cells_know_their_lines(tmp_path):
    text = manuscript('# 页\n', cell('a = 1', ':tags: [hide-cell]\n\n'), '+++\n', '# 页\n', cell('a = 1'))
    lines = text.splitlines()
    for one in pages.read_cells(text):
        first = one.source.splitlines()[0]
        assert lines[one.line - 1] == first
    assert len({one.line for one in pages.read_cells(text)}) == 4


def test_write_whole_leaves_the_old_file_when_interrupted(tmp_path, monkeypatch):
    target = tmp_path / 'a.txt'
    pages.write_whole(target, '旧')

    def fail(*_):
        raise OSError('断电')
    monkeypatch.setattr(pages.Path, 'replace', fail)
    with pytest.raises(OSError, match='断电'):
        pages.write_whole(target, '新')
    assert target.read_text(encoding='utf-8') == '旧'
    assert list(tmp_path.iterdir()) == [target]
