"""目录与手稿的读法：页的次序和号，格和它们的行号；以及写整个文件。"""
import pytest

from tests.books import cell, make_book, manuscript
from tools import book, report
from tools.report import UserError

SECOND = manuscript('# 第二页\n')


def contents_problems(root):
    return [str(one) for one in book.check_contents(root)]


def test_planned_pages_keep_their_numbers_and_come_last(tmp_path):
    make_book(tmp_path, first=manuscript('# 第一页\n'), second=SECOND)
    assert [(page.key, page.number) for page in book.pages(tmp_path)] == [
        ('index', ''), ('ch1_start/index', '1'), ('ch1_start/first', '1.1'), ('ch1_start/second', '1.2')]
    assert [page.number for page in book.planned(tmp_path)] == ['1.3']
    assert contents_problems(tmp_path) == []


def test_a_planned_page_before_a_written_one_is_found(tmp_path):
    make_book(tmp_path, second=SECOND)
    [found] = contents_problems(tmp_path)
    assert found.startswith('_toc.yml: 1.1 节（ch1_start/first）还没有手稿，却排在写好的 1.2 节前面')


@pytest.mark.parametrize('text', [
    '---\n{\n---\n\n# 页\n', '# 页\n\n```{code-cell} ipython3\n:tags: [\n\n1\n```\n'])
def test_unreadable_metadata_is_one_sentence(tmp_path, text):
    make_book(tmp_path, first=text)
    [page] = book.select('1.1', tmp_path)
    with pytest.raises(UserError, match='^book/ch1_start/first.md: 读不懂开头的元数据或某一格的选项'):
        page.cells()


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




def test_cells_know_their_lines(tmp_path):
    text = manuscript('# 页\n', cell('a = 1', ':tags: [hide-cell]\n\n'), '+++\n', '# 页\n', cell('a = 1'))
    lines = text.splitlines()
    for one in book.read_cells(text):
        first = one.source.splitlines()[0]
        assert lines[one.line - 1] == first
    assert len({one.line for one in book.read_cells(text)}) == 4


def test_write_whole_leaves_the_old_file_when_interrupted(tmp_path, monkeypatch):
    target = tmp_path / 'a.txt'
    report.write_whole(target, '旧')

    def fail(*_):
        raise OSError('断电')
    monkeypatch.setattr(report.Path, 'replace', fail)
    with pytest.raises(OSError, match='断电'):
        report.write_whole(target, '新')
    assert target.read_text(encoding='utf-8') == '旧'
    assert list(tmp_path.iterdir()) == [target]
