"""整本书：动过的每一处输出、公用函数、数据都会被发现，并说出在哪里。"""
import json
import shutil
import string

import nbformat
import pytest

from tools import checks, extract, notebooks
from tools.pages import ROOT, pages


@pytest.fixture
def copy(tmp_path):
    """书的一份副本（不含环境和网站），可以随意改动。"""
    root = tmp_path / 'copy'
    skipped = shutil.ignore_patterns('.git', '.venv', '_build', '__pycache__', '.ipynb_checkpoints')
    shutil.copytree(ROOT, root, ignore=skipped)
    return root


def executed_pages():
    return [page for page in pages() if any(cell.kind == 'code' for cell in page.cells())]


def each_output(notebook):
    """(格号, 代码格, 输出的序号)，逐个输出。"""
    for index, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == 'code':
            for position in range(len(cell.outputs)):
                yield index, cell, position


@pytest.mark.parametrize('page', executed_pages(), ids=lambda page: page.key)
def test_deleting_any_one_output_is_found(page):
    notebook = notebooks.read(page)
    outputs = list(each_output(notebook))
    assert outputs, '这一页没有输出'
    for index, cell, position in outputs:
        deleted = cell.outputs.pop(position)
        assert notebooks.changed_outputs(notebook) == [index]
        cell.outputs.insert(position, deleted)
    assert notebooks.changed_outputs(notebook) == []


@pytest.mark.parametrize('page', executed_pages(), ids=lambda page: page.key)
def test_changing_any_one_digit_is_found(page):
    notebook = notebooks.read(page)
    found = 0
    for index, cell, position in list(each_output(notebook)):
        output = cell.outputs[position]
        text = json.dumps(output, ensure_ascii=False)
        digit = next((place for place, letter in enumerate(text) if letter in string.digits), None)
        if digit is None:
            continue
        changed = text[:digit] + str((int(text[digit]) + 1) % 10) + text[digit + 1:]
        cell.outputs[position] = nbformat.from_dict(json.loads(changed))
        assert notebooks.changed_outputs(notebook) == [index]
        cell.outputs[position] = output
        found += 1
    assert found > 0


def test_a_changed_output_in_the_book_fails_the_checks_by_name(copy):
    page = [page for page in pages(copy) if page.number == '2.2.2'][0]
    text = page.notebook.read_text(encoding='utf-8')
    page.notebook.write_text(text.replace('60000 10000', '60000 10001'), encoding='utf-8')
    [problem] = notebooks.check(copy)
    assert problem.file == 'notebooks/ch2_linear/image-dataset.ipynb'
    assert problem.cell == 4


def test_changing_a_saved_function_without_rerunning_is_found(copy):
    text = copy / 'book' / 'ch2_linear' / 'image-dataset.md'
    before = text.read_text(encoding='utf-8')
    text.write_text(before.replace('else 4', 'else 8'), encoding='utf-8')
    files = {problem.file for one in (extract.check, notebooks.check) for problem in one(copy)}
    assert 'd2l_local/linear.py' in files
    assert 'notebooks/ch2_linear/image-dataset.ipynb' in files


def test_changing_a_hand_written_helper_makes_its_pages_stale(copy):
    data = copy / 'd2l_local' / 'data.py'
    data.write_text(data.read_text(encoding='utf-8') + '\nEXTRA = 1\n', encoding='utf-8')
    stale = {problem.file for problem in notebooks.check(copy)}
    assert 'notebooks/ch2_linear/image-dataset.ipynb' in stale
    assert 'notebooks/ch1_preliminaries/data-operations.ipynb' not in stale


def test_a_swapped_byte_of_data_is_found_by_name(tmp_path, monkeypatch):
    from d2l_local import data
    name = 'house-prices'
    if data.verify(name):
        pytest.skip(f'数据集 {name} 还没有取来：make data')
    shutil.copytree(data.data_dir() / name, tmp_path / name)
    monkeypatch.setenv('D2L_DATA_DIR', str(tmp_path))
    assert checks.check_data() == []
    target = tmp_path / name / 'kaggle_house_pred_test.csv'
    content = bytearray(target.read_bytes())
    content[1000] ^= 1
    target.write_bytes(content)
    [problem] = checks.check_data()
    assert problem.file == f'{name}/kaggle_house_pred_test.csv'
    target.unlink()
    assert checks.check_data() == []


# ---- 排版、代码、记号 ----------------------------------------------------------------------


@pytest.mark.parametrize('check, file, line, told', [
    (checks.check_typography, 'book/index.md', '用MXNet写的,很好。', '排版'),
    (checks.check_leftovers, 'book/index.md', '这里' + 'TO' + 'DO', '请写完或删去'),
    (checks.check_leftovers, 'tools/pages.py', "HERE = '" + '/ro' + "ot/book'", '请写完或删去'),
    (checks.check_code, 'tools/pages.py', 'print(undefined_name)', 'F821'),
])
def test_each_fast_check_finds_its_fault(copy, check, file, line, told):
    assert check(copy) == []
    path = copy / file
    path.write_text(path.read_text(encoding='utf-8') + f'\n{line}\n', encoding='utf-8')
    [problem] = check(copy)
    assert problem.file == file and told in problem.text
    assert path.read_text(encoding='utf-8').splitlines()[problem.line - 1] == line


@pytest.mark.parametrize('edit, told', [
    (lambda cell: cell.metadata['mystnb']['figure'].pop('caption'), '没有图注'),
    (lambda cell: cell.metadata['mystnb'].pop('image'), '没有替代文字'),
    (lambda cell: cell.metadata['mystnb']['figure'].pop('name'), '没有名字'),
    (lambda cell: cell.metadata['mystnb']['figure'].update(name='fig-mlp-453'), '相同'),
])
def test_a_figure_without_its_texts_is_found(copy, edit, told):
    assert checks.check_figures(copy) == []
    path = copy / 'notebooks' / 'ch3_mlp' / 'mlp-basics.ipynb'
    notebook = nbformat.read(path, as_version=4)
    number, cell = next((number, cell) for number, cell in enumerate(notebook.cells, 1)
                        if cell.metadata.get('mystnb', {}).get('figure', {}).get('name') == 'fig-xor-loss')
    edit(cell)
    nbformat.write(notebook, path)
    [problem] = checks.check_figures(copy)
    assert problem.cell == number and told in problem.text


def test_a_broken_notebook_does_not_stop_the_check_of_figures(copy):
    folder = copy / 'notebooks' / 'ch3_mlp'
    (folder / 'mlp-basics.ipynb').write_text('{', encoding='utf-8')
    (folder / 'weight-decay.ipynb').unlink()
    # 后面的页照样查
    text = (folder / 'mlp-scratch.ipynb').read_text(encoding='utf-8')
    (folder / 'mlp-scratch.ipynb').write_text(text.replace('fig-mlp-width', 'fig-mlp-predictions'),
                                              encoding='utf-8')
    [problem] = checks.check_figures(copy)
    assert problem.file == 'book/ch3_mlp/mlp-scratch.md' and '相同' in problem.text


def test_page_code_wider_than_79_columns_is_found(copy):
    notebook = copy / 'notebooks' / 'ch1_preliminaries' / 'data-operations.ipynb'
    text = notebook.read_text(encoding='utf-8')
    wide = '# ' + '宽' * 39
    notebook.write_text(text.replace('x = np.arange(12)\\n', f'{wide}\\nx = np.arange(12)\\n', 1),
                        encoding='utf-8')
    [problem] = checks.check_code(copy)
    assert 'E501' in problem.text and problem.cell == 4
