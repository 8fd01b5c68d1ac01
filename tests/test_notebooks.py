"""手稿 ⇄ 笔记本：同步、过期、失败、手改。"""
import errno
import gc
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests import saved
from tests.books import cell, make_book, manuscript
from tools import library, notebooks, records, verify
from tools.book import ROOT, Page, select
from tools.report import UserError, write_whole

FIRST = manuscript('# 第一页\n', cell('x = 40 + 2\nprint(x)'), '文字。\n', cell('x + 1'))


@pytest.fixture
def page(tmp_path):
    make_book(tmp_path, first=FIRST)
    [page] = select('1.1', tmp_path)
    return page


@pytest.fixture(scope='module')
def executed_book(tmp_path_factory):
    """执行好的小书；每个测试用它的一份副本，省去反复启动内核。"""
    root = make_book(tmp_path_factory.mktemp('book'), first=FIRST)
    assert notebooks.update(select('1.1', root)[0]) == 'executed'
    return root


@pytest.fixture
def executed(executed_book, tmp_path):
    root = shutil.copytree(executed_book, tmp_path / 'book')
    return select('1.1', root)[0]


def stored(page):
    return nbformat.read(page.notebook, as_version=4)


def replace(path, old, new):
    text = path.read_text(encoding='utf-8')
    assert old in text
    path.write_text(text.replace(old, new), encoding='utf-8')


def forbid_execution(monkeypatch):
    def fail(page, notebook):
        raise AssertionError('不该执行')
    monkeypatch.setattr(notebooks, 'execute', fail)


def check(page):
    return [problem for problem in verify.check(page.root)
            if problem.file in (page.name(page.notebook), page.name(page.text))]


def messages(page):
    return [str(problem) for problem in check(page)]


def test_update_stores_outputs_and_sequential_counts(executed):
    code = records.code_cells(stored(executed))
    assert [one.execution_count for one in code] == [1, 2]
    assert code[0].outputs[0].text == '42\n'
    assert code[1].outputs[0].data['text/plain'] == '43'
    assert messages(executed) == []


def test_second_update_does_nothing(executed, monkeypatch):
    before = executed.notebook.read_bytes()
    forbid_execution(monkeypatch)
    assert notebooks.update(executed) == ''
    assert executed.notebook.read_bytes() == before


def test_same_manuscript_gives_the_same_bytes(executed):
    before = executed.notebook.read_bytes()
    executed.notebook.unlink()
    notebooks.update(executed)
    assert executed.notebook.read_bytes() == before


def test_options_in_any_order_become_one_order(tmp_path):
    text = manuscript('# 页\n', cell('1', '---\ntags: [hide-input]\nmystnb:\n  image:\n    alt: 图\n---\n'))
    page, = select('1.1', make_book(tmp_path, first=text))
    notebooks.normalise_text(page)
    notebooks.update(page)
    assert page.read().index('mystnb') < page.read().index('tags')
    assert records.edits(page, records.read(page)) == (False, False)


@pytest.mark.parametrize('tag, hidden', [
    ('hide-input', {'source_hidden': True}), ('hide-cell', {'source_hidden': True, 'outputs_hidden': True}),
    ('other', None)])
def test_what_the_site_folds_is_folded_in_jupyterlab_and_colab(tag, hidden):
    node, = records.from_text(manuscript(cell('1', f':tags: [{tag}]\n'))).cells
    assert node.metadata.get('jupyter') == hidden and node.metadata.get('cellView') == (hidden and 'form')
    assert 'jupyter' not in records.to_text(nbformat.v4.new_notebook(cells=[node]))


def test_equal_cells_get_different_ids(tmp_path):
    make_book(tmp_path, first=manuscript('# 页\n', cell('1'), cell('1')))
    [page] = select('1.1', tmp_path)
    notebooks.update(page)
    ids = [one.id for one in stored(page).cells]
    assert len(set(ids)) == len(ids)


def test_editing_prose_keeps_outputs_without_running(executed, monkeypatch):
    replace(executed.text, '文字。', '改过的文字。')
    assert any('手稿改过' in message for message in messages(executed))
    forbid_execution(monkeypatch)
    assert notebooks.update(executed) == 'synced'
    assert '改过的文字。' in stored(executed).cells[2].source
    assert records.code_cells(stored(executed))[0].outputs[0].text == '42\n'
    assert messages(executed) == []


def test_editing_code_makes_the_page_stale_and_reruns_it(executed):
    replace(executed.text, '40 + 2', '40 + 3')
    assert any('代码格' in message for message in messages(executed))
    assert notebooks.update(executed) == 'executed'
    assert records.code_cells(stored(executed))[0].outputs[0].text == '43\n'


def test_editing_the_environment_makes_the_page_stale(executed):
    replace(executed.root / 'requirements.txt', '1.26.4', '2.0.0')
    assert any('固定的环境' in message for message in messages(executed))
    assert notebooks.update(executed) == 'executed'
    assert messages(executed) == []


def test_editing_a_used_helper_makes_the_page_stale(executed, monkeypatch):
    monkeypatch.setattr(library, 'page_dependencies', lambda page, root: {'accuracy': '新的源代码'})
    assert any('d2l_local' in message for message in messages(executed))
    assert notebooks.update(executed) == 'executed'
    assert messages(executed) == []


def test_page_without_code_ignores_the_environment(page):
    [index] = select('index', page.root)
    notebooks.update(index)
    replace(page.root / 'requirements.txt', '1.26.4', '2.0.0')
    assert check(index) == []


def test_failure_leaves_the_old_notebook_and_names_the_place(executed):
    before = executed.notebook.read_bytes()
    replace(executed.text, 'x + 1', 'y = 1\n1 / 0')
    with pytest.raises(UserError) as failure:
        notebooks.update(executed)
    message = str(failure.value)
    line = executed.text.read_text(encoding='utf-8').splitlines().index('1 / 0') + 1
    assert message.startswith(f'book/ch1_start/first.md:{line}: 第 4 格: 1 / 0 → ZeroDivisionError')
    assert executed.notebook.read_bytes() == before


def test_failure_in_a_helper_names_the_line_on_the_page(executed):
    replace(executed.text, 'x + 1', 'import json\n\njson.loads("{")')
    with pytest.raises(UserError, match=r'第 4 格: json.loads\("\{"\) → JSONDecodeError'):
        notebooks.update(executed)


def test_syntax_error_is_reported(executed):
    replace(executed.text, 'x + 1', 'x = 1\nx +')
    with pytest.raises(UserError, match=r'第 4 格: x \+ → SyntaxError'):
        notebooks.update(executed)


def test_failure_of_one_page_does_not_stop_the_others(tmp_path):
    make_book(tmp_path, first=manuscript('# 坏\n', cell('1 / 0')),
              second=manuscript('# 好\n', cell('print("好")')))
    done, errors = notebooks.update_all(select('', tmp_path))
    assert len(errors) == 1 and 'first.md' in errors[0]
    assert done.count('executed') == 1
    assert (tmp_path / 'notebooks/ch1_start/second.ipynb').exists()


def test_pages_side_by_side_write_whole_lines(tmp_path, monkeypatch):
    """一行分两次写，几页同时做完时就混在一起。"""
    written = []

    class Output(io.StringIO):
        def write(self, text):
            written.append(text)
            return super().write(text)

    monkeypatch.setattr(sys, 'stdout', Output())
    monkeypatch.setattr(notebooks, 'update', lambda page: 'executed')
    make_book(tmp_path, first=manuscript('# 一\n'), second=manuscript('# 二\n'))
    notebooks.update_all(select('', tmp_path))
    told = [text for text in written if text]
    assert len(told) >= 2 and all(text.endswith(' 秒\n') for text in told)


@pytest.mark.parametrize('source, told', [
    ('import sys\nprint("坏", file=sys.stderr)', '标准错误'),
    ('import warnings\nwarnings.warn("小心")', '标准错误'),
    ('print(object())', '内存地址'),
    ('object()', '内存地址'),
    ('import os\nprint(os.path.expanduser("~") + "/x", "/tmp/d2l/x")', '本机路径'),
    ("print('存在 C:\\\\Users\\\\li\\\\a.csv')", '本机路径'),
    ("print(f'{5.41e-5} 秒')", '科学记数法写的计时'),
    ('%timeit -n 1 -r 2 1 + 1', '%timeit 那样的计时'),
    ('%time 1 + 1', '%timeit 那样的计时'),
    ('import pandas\npandas.DataFrame({"a": [1]}).style', 'set_uuid'),
    ("print(' 40%|####      | 4/10 [00:01<00:02,  2.50it/s]')", '进度条'),
    ('from IPython.display import clear_output\nprint(1)\nclear_output()\nprint(2)', 'clear_output'),
    ('from IPython.display import clear_output\nclear_output(wait=True)', 'clear_output'),
    ('from IPython.display import display\nhandle = display(1, display_id=True)\nhandle.update(2)',
     'update_display'),
])
def test_outputs_that_differ_between_machines_are_refused(tmp_path, source, told):
    make_book(tmp_path, first=manuscript('# 页\n', cell(source)))
    [page] = select('1.1', tmp_path)
    with pytest.raises(UserError, match=told):
        notebooks.update(page)
    assert not page.notebook.exists()


def test_a_refused_page_leaves_nothing_running(tmp_path, caplog):
    """曾在半路抛出异常，nbclient 每秒问一次内核的任务留着，一秒后在别处报 AssertionError。"""
    refused = 'from IPython.display import clear_output\nclear_output()'
    make_book(tmp_path, first=manuscript('# 页\n', cell(refused)),
              second=manuscript('# 页\n', cell('import time\ntime.sleep(2)')))
    first, second = (select(number, tmp_path)[0] for number in ('1.1', '1.2'))
    with pytest.raises(UserError, match='clear_output'):
        notebooks.update(first)
    notebooks.update(second)
    gc.collect()
    assert caplog.text == ''


def test_changed_digit_in_an_output_is_found(executed):
    replace(executed.notebook, '"42\\n"', '"41\\n"')
    assert messages(executed) == [
        'notebooks/ch1_start/first.ipynb: 第 2 格的输出与执行时存下的不同：只是运行过，或者手改过。'
        '请运行 make notebooks PAGE=ch1_start/first，它会重新执行并放回。']
    assert notebooks.update(executed) == 'executed'
    assert messages(executed) == []


def test_deleted_output_is_found(executed):
    notebook = stored(executed)
    notebook.cells[3].outputs = []
    executed.notebook.write_text(records.serialise(notebook), encoding='utf-8')
    assert ['第 4 格的输出' in message for message in messages(executed)] == [True]


def test_cleared_outputs_are_found(executed):
    notebook = stored(executed)
    for one in records.code_cells(notebook):
        one.outputs, one.execution_count = [], None
    executed.notebook.write_text(records.serialise(notebook), encoding='utf-8')
    assert ['第 2、4 格的输出' in message for message in messages(executed)] == [True]


def test_stripped_counts_are_found(executed, monkeypatch):
    notebook = stored(executed)
    notebook.cells[3].execution_count = None
    executed.notebook.write_text(records.serialise(notebook), encoding='utf-8')
    only_ran_and_is_put_back(executed, monkeypatch)


def only_ran_and_is_put_back(page, monkeypatch):
    """`make check` 只说运行过；`make text` 没有可写的；`make notebooks` 不执行就放回一字不差的原样。"""
    saved = page.notebook.read_bytes()
    assert messages(page) == [
        'notebooks/ch1_start/first.ipynb: 只是运行过或保存过，代码、文字和输出都没有变。'
        '请运行 make notebooks PAGE=ch1_start/first，它会放回原样。']
    assert '没有改过' in notebooks.write_text(page)
    assert page.notebook.read_bytes() == saved
    forbid_execution(monkeypatch)
    assert notebooks.update(page) == 'synced'
    assert messages(page) == []


@pytest.mark.parametrize('program', saved.PROGRAMS, ids=lambda program: program.__name__)
def test_running_and_saving_elsewhere_is_not_an_edit(executed, monkeypatch, capfd, program):
    before = executed.notebook.read_bytes()
    executed.notebook.write_text(program(json.loads(before)), encoding='utf-8')
    only_ran_and_is_put_back(executed, monkeypatch)
    assert executed.notebook.read_bytes() == before
    assert capfd.readouterr().err == ''


@pytest.mark.parametrize('program', saved.PROGRAMS, ids=lambda program: program.__name__)
def test_an_edit_made_elsewhere_reaches_the_manuscript_alone(executed, program):
    notebook, text = json.loads(executed.notebook.read_text(encoding='utf-8')), executed.read()
    notebook['cells'][2]['source'] = ['在别处\n', '改的文字。']
    notebook['cells'][1]['outputs'][0]['text'] = ['别的输出\n']
    executed.notebook.write_text(program(notebook), encoding='utf-8')
    assert ['make text PAGE=' in message for message in messages(executed)] == [True]
    notebooks.write_text(executed)
    assert executed.read() == text.replace('文字。', '在别处\n改的文字。')
    assert ['第 2 格的输出' in message for message in messages(executed)] == [True]
    assert notebooks.update(executed) == 'executed'
    assert messages(executed) == []


def test_a_figure_drawn_live_before_the_prints_is_only_a_run(tmp_path, monkeypatch):
    source = ('from IPython.display import display\nprint(1)\nprint(2)\n'
              'display({"image/svg+xml": "<svg/>"}, raw=True)')
    options = ('---\nmystnb:\n  figure:\n    caption: 图。\n    name: fig\n'
               '  image:\n    alt: 什么也没有画的图\n---\n')
    page, = select('1.1', make_book(tmp_path, first=manuscript('# 页\n', cell(source, options))))
    notebooks.update(page)
    before, notebook = page.notebook.read_bytes(), stored(page)
    printed, figure = notebook.cells[1].outputs
    notebook.cells[1].outputs = nbformat.from_dict(
        [{**printed, 'text': '1\n'}, figure, {**printed, 'text': '2\n'}])
    page.notebook.write_text(records.serialise(notebook), encoding='utf-8')
    only_ran_and_is_put_back(page, monkeypatch)
    assert page.notebook.read_bytes() == before


def test_an_error_in_the_readers_run_is_only_a_run(executed):
    notebook = stored(executed)
    notebook.cells[1].outputs = [nbformat.v4.new_output(
        'error', ename='NameError', evalue='x', traceback=['/home/li/book'])]
    executed.notebook.write_text(records.serialise(notebook), encoding='utf-8')
    assert ['只是运行过，或者手改过' in message for message in messages(executed)] == [True]


@pytest.mark.parametrize('extra, told', [
    (nbformat.v4.new_raw_cell('原样的\n文字'), '第 5 格: “原样的”是原始格（Raw）'),
    (nbformat.v4.new_markdown_cell(
        '看图\n\n![a](attachment:a.png)', attachments={'a.png': {'image/png': 'aGk='}}),
     '第 5 格: “看图”里有贴进来的图片'),
    (nbformat.v4.new_markdown_cell('![a](data:image/png;base64,aGk=)'), '第 5 格: “![a](data:image/png'),
    (nbformat.v4.new_markdown_cell('上\n\n+++\n\n下'), '第 5 格: “上”写进手稿再读出来就变了样'),
    (nbformat.v4.new_markdown_cell('```{code-cell}\n1\n```'), '第 5 格: “```{code-cell}”写进手稿'),
], ids=['raw', 'attachment', 'base64', 'break', 'directive'])
def test_text_refuses_what_the_manuscript_cannot_carry(executed, extra, told):
    notebook = stored(executed)
    notebook.cells.append(extra)
    executed.notebook.write_text(records.serialise(notebook), encoding='utf-8')
    before = executed.text.read_bytes(), executed.notebook.read_bytes()
    with pytest.raises(UserError) as failure:
        notebooks.write_text(executed)
    assert f'notebooks/ch1_start/first.ipynb: {told}' in str(failure.value)
    assert str(failure.value).count('\n') == 0
    assert (executed.text.read_bytes(), executed.notebook.read_bytes()) == before


def test_a_fence_inside_a_cell_is_carried(executed):
    edit_notebook(executed, '文字。', '文字。\n\n```\n+++ 不在行首以外\n```')
    edit_notebook(executed, 'x + 1', 'print("```")\nx + 1')
    notebooks.write_text(executed)
    assert records.to_text(records.read(executed)) == executed.read()


def test_the_title_carries_the_number_only_in_the_notebook(executed, monkeypatch):
    assert stored(executed).cells[0].source == '# 1.1 第一页'
    edit_notebook(executed, '# 1.1 第一页', '# 1.1 改了的标题')
    notebooks.write_text(executed)
    assert executed.title == '改了的标题'
    forbid_execution(monkeypatch)
    notebooks.update(executed)
    assert messages(executed) == []
    edit_notebook(executed, '# 1.1 ', '# 1.2 ')
    assert ['章节号还没有跟上' in message for message in messages(executed)] == [True]
    assert notebooks.update(executed) == 'synced'
    assert messages(executed) == []


def test_empty_cells_and_lines_in_the_manuscript_are_tidied(tmp_path):
    text = manuscript('# 页\n', '```{code-cell} ipython3\n```\n', '```{code-cell} ipython3\n1\n\n```\n')
    page, = select('1.1', make_book(tmp_path, first=text))
    notebooks.normalise_text(page)
    assert notebooks.update(page) == 'executed'
    assert messages(page) == [] and len(stored(page).cells) == 2


def test_missing_and_broken_notebooks_are_found(executed):
    executed.notebook.write_text('{', encoding='utf-8')
    assert any('不是完好的笔记本' in message for message in messages(executed))
    executed.notebook.unlink()
    assert any('还没有生成' in message for message in messages(executed))


def edit_notebook(page, old, new):
    notebook = stored(page)
    [chosen] = [one for one in notebook.cells if old in one.source]
    chosen.source = chosen.source.replace(old, new)
    page.notebook.write_text(records.serialise(notebook), encoding='utf-8')


def test_hand_edited_notebook_is_found_and_never_overwritten(executed):
    edit_notebook(executed, '文字。', '在笔记本里改的文字。')
    before = executed.notebook.read_bytes()
    assert any('make text PAGE=' in message for message in messages(executed))
    with pytest.raises(UserError, match='make text'):
        notebooks.update(executed)
    assert executed.notebook.read_bytes() == before


def test_text_carries_the_edit_into_the_manuscript(executed):
    edit_notebook(executed, '40 + 2', '40 + 5')
    notebooks.write_text(executed)
    assert '40 + 5' in executed.text.read_text(encoding='utf-8')
    assert notebooks.update(executed) == 'executed'
    assert records.code_cells(stored(executed))[0].outputs[0].text == '45\n'
    assert messages(executed) == []


def test_text_refuses_where_both_have_changed(executed):
    edit_notebook(executed, '文字。', '在笔记本里改的文字。')
    replace(executed.text, '40 + 2', '40 + 3')
    before = executed.text.read_bytes(), executed.notebook.read_bytes()
    for action in (notebooks.write_text, notebooks.update):
        with pytest.raises(UserError, match='手稿和笔记本都改过'):
            action(executed)
    assert any('手稿和笔记本都改过' in message for message in messages(executed))
    assert (executed.text.read_bytes(), executed.notebook.read_bytes()) == before


def test_text_without_an_edit_changes_nothing(executed):
    before = executed.text.read_bytes()
    assert '没有改过' in notebooks.write_text(executed)
    assert executed.text.read_bytes() == before


def test_strict_nbval_fails_on_a_changed_digit(executed):
    replace(executed.notebook, '42', '43')
    done = run_nbval(executed)
    assert done.returncode == 1, done.stdout
    assert 'first.ipynb' in done.stdout


def test_strict_nbval_fails_on_a_deleted_output(executed):
    notebook = stored(executed)
    notebook.cells[1].outputs = []
    executed.notebook.write_text(records.serialise(notebook), encoding='utf-8')
    assert run_nbval(executed).returncode == 1


def test_strict_nbval_passes_on_the_executed_page(executed):
    done = run_nbval(executed)
    assert done.returncode == 0, done.stdout


def run_nbval(page):
    """用全书的设置严格重跑一页。"""
    return subprocess.run(
        [sys.executable, '-m', 'pytest', '-q', '-n', '0', '-c', str(ROOT / 'pyproject.toml'),
         '--rootdir', str(page.root), str(page.notebook)], cwd=ROOT, text=True, capture_output=True)


@pytest.mark.parametrize('wanted', ['1.1', 'ch1_start/first', 'book/ch1_start/first.md',
                                    './notebooks/ch1_start/first.ipynb'])
def test_a_page_is_found_by_number_name_or_path(page, wanted):
    assert select(wanted, page.root) == [Page('ch1_start/first', '1.1', page.root)]


def test_unknown_page_is_one_sentence(page):
    with pytest.raises(UserError, match='没有“9.9”这一页。已有的页：'):
        select('9.9', page.root)


def test_a_full_disk_is_one_sentence_and_the_old_file_stays(tmp_path, monkeypatch):
    path = tmp_path / 'a.ipynb'
    path.write_text('旧', encoding='utf-8')

    def full(self, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, 'replace', full)
    with pytest.raises(UserError, match='^写不了 a.ipynb（No space left on device），原来的没有动。请看磁盘'):
        write_whole(path, '新')
    assert [(one.name, one.read_text(encoding='utf-8')) for one in tmp_path.iterdir()] == [('a.ipynb', '旧')]
