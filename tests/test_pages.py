"""在别的环境里运行一页：不同的格、插图、出的错各归其类；表只换跑过的几行；有一次不同，重复就不通过。

都是小书和真的内核，没有 MXNet。真的书见 tests/unpinned.py 和 tests/repeat.py。
"""
import sys

import nbformat
import pytest

from tests import pages, repeat, unpinned
from tests.books import make_executed, stream
from tools import data, records
from tools.report import UserError


def outputs(text, svg='<svg/>', html='<b>1</b>'):
    return [stream(text), nbformat.v4.new_output('display_data', {pages.SVG: svg, 'text/html': html})]


@pytest.mark.parametrize('other, told, svg', [
    (outputs('损失 0.25\n用时 1.5 秒\n'), [], False),
    (outputs('损失 0.26\n用时 2 秒\n'), ['-损失 0.25', '+损失 0.26'], False),
    (outputs('损失 0.25\n用时 2 秒\n警告\n'), ['+警告'], False),
    (outputs('损失 0.25\n用时 2 秒\n', html='<b>2</b>'), ['-<b>1</b>', '+<b>2</b>'], False),
    (outputs('损失 0.25\n用时 2 秒\n', svg='<svg></svg>'), [], True),
])
def test_what_differs_is_told_except_timings(other, told, svg):
    result = pages.Result(None)
    pages.compare(result, [{'outputs': outputs('损失 0.25\n用时 2 秒\n')}], [{'outputs': other}])
    assert (result.texts, result.drawn) == ({1: told} if told else {}, [1] if svg else [])


DRAW = 'from IPython.display import SVG, display\ndisplay(SVG("<svg xmlns=\'http://www.w3.org/2000/svg\'/>"))'


def test_every_cell_runs_in_a_new_kernel_and_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.setenv('DNNL_MAX_CPU_ISA', 'AVX2')
    page = make_executed(
        tmp_path, ('print(6 * 7)', [stream('42\n')]), ('print(1.5)', [stream('1.6\n')]),
        ('1 / 0', [stream('好\n')]), (DRAW, [nbformat.v4.new_output('display_data', {
            pages.SVG: '<svg/>', 'text/plain': '<IPython.core.display.SVG object>'})]),
        ('import os\nprint(os.listdir(), os.environ.get("DNNL_MAX_CPU_ISA"), os.environ["OURS"])',
         [stream('[] None 1\n')]))
    result = pages.try_page(page, sys.executable, OURS='1')
    assert (result.texts, result.drawn) == ({2: ['-1.6', '+1.5']}, [4])
    assert list(result.errors) == [3] and result.errors[3].startswith('ZeroDivisionError: division by zero')
    assert str(result).startswith('1.1 一：5 格，文字不同 1，只有插图不同 1，出错 1，')
    assert result.report().splitlines() == ['1.1 一，第 2 个代码格', '  -1.6', '  +1.5',
                                            '1.1 一，第 4 个代码格', '  插图不同']


def test_a_dead_kernel_is_an_error(tmp_path):
    page = make_executed(tmp_path, ('import os\nos._exit(1)', []))
    assert pages.try_page(page, sys.executable).errors == {0: '内核死了'}


ROW = '| AVX512 | 1 | 别的 | 2026-01-01 | 40 | 9 | 8 | 7 | 0 |\n'
SHOW = ('import os\nprint(*(os.environ[name] for name in '
        '("D2L_UNPINNED", "DNNL_MAX_CPU_ISA", "OMP_NUM_THREADS")))')


@pytest.fixture
def run_unpinned(tmp_path, monkeypatch, capsys):
    """`run_unpinned(代码, 参数…)` 在一本小书上运行，返回 (退出码, 打印的, 表所在的手稿)。"""
    monkeypatch.setattr(unpinned, 'FOLDER', tmp_path / 'unpinned')
    monkeypatch.setattr(unpinned, 'TABLE', 'ch1_start/index')
    monkeypatch.setattr(unpinned, 'processor', lambda: ('某', {'avx2', 'avx', 'sse4_1'}))
    monkeypatch.setattr(data, 'main', lambda argv: 0)

    def run(source, *argv):
        page = make_executed(tmp_path / 'book', (source, [stream('1 AVX2 2\n')]))
        text = page.root / 'book' / 'ch1_start' / 'index.md'
        with text.open('a', encoding='utf-8') as file:
            file.write(f'\n前\n\n{unpinned.BEGIN}\n\n{unpinned.HEAD}{ROW}\n{unpinned.END}\n\n后\n')
        code = unpinned.main(argv, page.root)
        return code, capsys.readouterr().out, text.read_text('utf-8')
    return run


def test_the_table_gets_the_rows_of_what_ran_and_keeps_the_others(run_unpinned, tmp_path):
    code, printed, text = run_unpinned(SHOW, 'AVX512-2', 'AVX2-2', 'SSE41-1')
    assert code == 0 and 'AVX512-2：这台机器的处理器没有这种指令，跑不了。' in printed
    table = text.partition(unpinned.HEAD)[2].partition(unpinned.END)[0].splitlines()
    assert table[0] == ROW.strip() and '前' in text and text.endswith('后\n')
    assert [line.split(' | ')[4:] for line in table[1:3]] == [['1', '1', '0', '0', '0 |'],
                                                              ['1', '1', '1', '0', '0 |']]
    assert '+1 SSE41 1' in (tmp_path / 'unpinned' / 'SSE41-1.txt').read_text('utf-8')
    made = nbformat.read(tmp_path / 'book' / 'notebooks' / 'ch1_start' / 'index.ipynb', 4)
    assert table[1] in made.cells[-1].source


def test_a_broken_assertion_is_a_failure_and_one_page_is_no_table(run_unpinned):
    code, printed, text = run_unpinned('assert 0.3 > 0.5, "不高"', 'AVX-1', '1.1')
    assert code == 1 and '第 1 个代码格：AssertionError: 不高' in printed
    assert '| AVX | 1 | 某 |' in printed and '| AVX | 1 |' not in text


def test_a_page_without_the_marks_is_one_sentence():
    with pytest.raises(UserError, match='请放回这两行。$'):
        unpinned.renewed('# 书\n', {})


@pytest.mark.parametrize('source, code, told', [
    ('print(4)', 0, '1 页，单独和并排各 2 次；0 页次不同或出错。'),
    ('import os\nprint(os.getpid())', 1, '4 页次不同或出错。')])
def test_repeat_fails_when_one_run_differs(tmp_path, monkeypatch, capsys, source, code, told):
    monkeypatch.setattr(data, 'main', lambda argv: 0)
    page = make_executed(tmp_path, (source, [stream('4\n')]))
    assert repeat.main(['2'], page.root) == code and told in capsys.readouterr().out


def test_every_page_with_code_is_run():
    assert [page.key for page in pages.with_code()] == [
        page.key for page in pages.select('') if records.code_cells(records.read(page))]
