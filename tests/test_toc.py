"""目录与手稿的读法：页的次序和号，格和它们的行号；以及写整个文件。"""
import errno
import os
import shutil
import subprocess
import sys

import pytest

from tests.books import cell, make_book, manuscript
from tools import book, checks, front_matter, library, report, site
from tools.report import UserError, run_tool

SECOND = manuscript('# 第二页\n')


def contents_problems(root):
    return [str(one) for one in book.check_contents(root)]


def test_pages_are_numbered_by_the_contents(tmp_path):
    make_book(tmp_path, first=manuscript('# 第一页\n'), second=SECOND)
    assert [(page.key, page.number) for page in book.pages(tmp_path)] == [
        ('index', ''), ('ch1_start/index', '1'), ('ch1_start/first', '1.1'), ('ch1_start/second', '1.2')]
    assert contents_problems(tmp_path) == []


UNWRITTEN = ('_toc.yml: 列着 ch1_start/first，却没有手稿 book/ch1_start/first.md。'
             '请补上手稿，或改正、删去这一行。')


@pytest.fixture
def without_a_page(tmp_path):
    """1.1 的手稿没了，笔记本还在；1.2 有到它的链接。"""
    root = make_book(tmp_path, first=manuscript('# 第一页\n'),
                     second=manuscript('# 第二页\n', '见 [1.1](first.ipynb)。\n'))
    (root / 'book/ch1_start/first.md').unlink()
    (root / 'notebooks/ch1_start').mkdir()
    (root / 'notebooks/ch1_start/first.ipynb').write_text('{}')
    return root


def test_a_listed_page_without_a_manuscript_is_one_problem(without_a_page):
    assert contents_problems(without_a_page) == [UNWRITTEN]
    assert [str(one) for one in checks.check(without_a_page)] == [UNWRITTEN]


def test_a_renamed_manuscript_is_told_from_both_sides(without_a_page):
    (without_a_page / 'book/ch1_start/renamed.md').write_text(SECOND, encoding='utf-8')
    assert contents_problems(without_a_page) == [
        UNWRITTEN, 'book/ch1_start/renamed.md: 不在 _toc.yml 里。请把它加进目录，或删掉。']


def test_a_line_missing_from_the_contents_is_one_problem(tmp_path):
    """页和它的笔记本都在，别的页有到它的链接，后面的页因此换了号。"""
    root = make_book(tmp_path, first=manuscript('# 第一页\n'), third=manuscript('# 第三页\n'),
                     second=manuscript('# 第二页\n', '见 [1.1](first.ipynb)、[1.3 第三页](third.ipynb)。\n'))
    for name in ('first', 'second', 'third'):
        (root / 'notebooks/ch1_start').mkdir(exist_ok=True)
        (root / f'notebooks/ch1_start/{name}.ipynb').write_text('{}', encoding='utf-8')
    toc = root / '_toc.yml'
    text = toc.read_text(encoding='utf-8')
    toc.write_text(text.replace('    - file: ch1_start/first\n', ''), encoding='utf-8')
    assert [str(one) for one in checks.check(root)] == [
        'book/ch1_start/first.md: 不在 _toc.yml 里。请把它加进目录，或删掉。']


@pytest.mark.parametrize('work', [book.pages, site.build, library.write, front_matter.write,
                                  lambda root: book.select('1.2', root)])
def test_nothing_works_on_a_book_without_a_listed_page(without_a_page, work):
    before = sorted(without_a_page.rglob('*'))
    with pytest.raises(UserError) as told:
        work(without_a_page)
    assert str(told.value) == UNWRITTEN
    assert sorted(without_a_page.rglob('*')) == before


def test_every_listed_page_without_a_manuscript_is_told(without_a_page):
    (without_a_page / 'book/ch1_start/second.md').unlink()
    told = [UNWRITTEN, UNWRITTEN.replace('first', 'second')]
    assert [str(one) for one in checks.check(without_a_page)] == told
    for work in (book.pages, library.write):
        with pytest.raises(UserError) as error:
            work(without_a_page)
        assert str(error.value).splitlines() == told


def test_a_generated_page_that_is_gone_is_made_anew(without_a_page):
    """API 页由 make lib 生成：别的工具说怎么办，make lib 自己不需要它。"""
    make_book_whole(without_a_page)
    told = '_toc.yml: 列着 appendix/api，却没有手稿 book/appendix/api.md。请运行 make lib。'
    assert [str(one) for one in checks.check(without_a_page)] == [told]
    with pytest.raises(UserError, match='make lib'):
        site.build(without_a_page)
    assert without_a_page / 'book/appendix/api.md' in library.write(without_a_page)
    assert contents_problems(without_a_page) == []


def make_book_whole(root):
    """补上手稿，目录里另加一页 API 页。"""
    (root / 'book/ch1_start/first.md').write_text(manuscript('# 第一页\n'), encoding='utf-8')
    toc = root / '_toc.yml'
    toc.write_text(toc.read_text(encoding='utf-8') + '- caption: 附录\n  chapters:\n  - file: appendix/api\n',
                   encoding='utf-8')


@pytest.mark.parametrize('tool', ['checks', 'notebooks', 'site', 'library'])
def test_each_command_says_it_in_one_sentence(without_a_page, tool):
    """像 make check、make notebooks、make book、make lib 那样运行：只说这一句，没有英文的报错。"""
    shutil.copytree(book.ROOT / 'tools', without_a_page / 'tools',
                    ignore=shutil.ignore_patterns('__pycache__'))
    shutil.copy(book.ROOT / 'd2l_local' / '_compat.py', without_a_page / 'd2l_local')
    done = subprocess.run([sys.executable, '-m', f'tools.{tool}'], cwd=without_a_page, text=True,
                          capture_output=True, env={**os.environ, 'PYTHONPATH': str(without_a_page)})
    lines = (done.stdout + done.stderr).splitlines()
    assert done.returncode == 1 and lines[0] == UNWRITTEN
    assert len(lines) == 1 or tool == 'checks' and lines[1].startswith('1 处问题（1 项检查，')


CELL = '# 页\n\n```{code-cell} ipython3\n%s1\n```\n'


@pytest.mark.parametrize(('text', 'line', 'told'), [
    ('---\n{\n---\n\n# 页\n', 1, '读不懂开头的元数据'),
    ('---\n一句话\n---\n\n# 页\n', 1, '读不懂开头的元数据'),
    ('---\n- 甲\n---\n\n# 页\n', 1, '读不懂开头的元数据'),
    ('# 页\n\n+++ {"tags":\n\n甲\n', 3, '+++ 后的选项'), ('# 页\n\n+++ [1]\n\n甲\n', 3, '+++ 后的选项'),
    *((CELL % options, 4, '读不懂这一格的选项') for options in (
        ':tags: [\n\n', ':x\n', '---\nx = 1\n', '---\ntags: [\n---\n', ':tags: hide-input\n',
        ':tags: 3\n', ':tags: {a: 1}\n', ':tags:\n', ':mystnb: 3\n', ':mystnb:\n:  figure: 3\n',
        ':mystnb:\n:  image: []\n',
        ':tags: [hide-input]\n:tags: [hide-cell]\n',
        ':mystnb:\n:  figure:\n:    name: a\n:    name: b\n')),
    (CELL % ':foo: bar\n\n', 3, '选项 foo 没有用处'), ('# 页\n\n+++ {"x": 1}\n\n甲\n', 3, '选项 x 没有用处'),
    ('# 页\n\n```{code-cell} bash\nls\n```\n', 3, '写成 ```bash'),
    ('# 页\n\n```{code-cell} ipython3\n1\n', 3, '没有结束'),
    ('# 页\n\n```{code-cell} ipython3\n1\n\n一段。\n\n```{code-cell} ipython3\n2\n```\n', 3, '没有结束'),
    ('# 页\n\n  ```{code-cell} ipython3\n  1\n  ```\n', 3, '要顶格写'),
    ('# 页\n\n```{code-cell} ipython3\n1 + \x00\n```\n', 3, '对不上'),
])
def test_a_page_that_cannot_be_read_is_one_sentence_with_its_line(tmp_path, text, line, told):
    make_book(tmp_path, first=text)
    [page] = book.select('1.1', tmp_path)
    with pytest.raises(UserError, match=rf'^book/ch1_start/first.md:{line}: [^\n]+请[^\n]+$') as error:
        page.cells()
    assert told in str(error.value)
    [problem] = checks.check(tmp_path)
    assert str(problem) == str(error.value)


@pytest.mark.parametrize('options', [
    '', '\n', ':tags: [hide-input]\n\n', '---\ntags: [hide-input]\n---\n', ':tags: []\n',
    ':mystnb:\n:  figure:\n:    caption: 甲\n:    name: a\n:  image:\n:    alt: 乙\n'])
def test_options_that_are_well_formed_are_read(options):
    [_, one] = book.read_cells(CELL % options)
    assert one.source.strip() == '1'


@pytest.mark.parametrize('inside', ['', ':tags: [hide-input]\n', '1\n\n\n'])
def test_an_empty_cell_and_blank_lines_at_the_end_are_read(inside):
    [_, one] = book.read_cells(f'# 页\n\n```{{code-cell}} ipython3\n{inside}```\n')
    assert one.source.strip() == inside.strip('\n').replace(':tags: [hide-input]', '')


def test_strays_and_typed_numbers_are_found(tmp_path):
    make_book(tmp_path, first=manuscript('# 1.1 第一页\n'), second=manuscript('没有标题。\n'))
    (tmp_path / 'book' / 'ch1_start' / 'stray.md').write_text(manuscript('# 多出来的\n'), encoding='utf-8')
    (tmp_path / 'notebooks' / 'old.ipynb').write_text('{}')
    found = contents_problems(tmp_path)
    assert any(one.startswith('book/ch1_start/stray.md: 不在 _toc.yml') for one in found)
    assert any(one.startswith('notebooks/old.ipynb: 没有对应的手稿') for one in found)
    assert any(one.startswith('book/ch1_start/first.md: 标题“1.1 第一页”手写了章节号') for one in found)
    assert any(one.startswith('book/ch1_start/second.md: 没有标题') for one in found)
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
        raise OSError(errno.ENOSPC, '没有空间')
    monkeypatch.setattr(report.Path, 'replace', fail)
    with pytest.raises(report.UserError, match='写不了 a.txt（没有空间），原来的没有动'):
        report.write_whole(target, '新')
    assert target.read_text(encoding='utf-8') == '旧'
    assert list(tmp_path.iterdir()) == [target]


def test_a_user_error_is_one_line_and_exit_code_1(capsys):
    def main(argv):
        raise UserError(f'不行：{argv[0]}。')

    assert run_tool(main, ['x']) == 1
    assert capsys.readouterr().err == '不行：x。\n'
    assert run_tool(len, []) == 0
