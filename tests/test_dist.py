"""tools/dist.py：可以带走的压缩包，解开以后自己能检验自己。"""
import json
import re
import subprocess
import sys
import zipfile

import nbformat
import pytest

from tests.books import cell, make_book, manuscript
from tools import dist, notebooks
from tools.book import ROOT, select
from tools.report import UserError

TEXT = manuscript('# 页\n\n说明。\n', cell('print(1)'), '## 练习\n\n1. 问？\n\n<details>\n'
                  '<summary>解答</summary>\n\n答。\n\n</details>\n',
                  cell('print(2)', ':tags: [hide-cell]\n\n'),
                  '2. 再问？\n\n<details>\n<summary>解答</summary>\n\n再答。\n\n</details>\n')


@pytest.fixture(scope='module')
def page(tmp_path_factory):
    [found] = select('1.1', make_book(tmp_path_factory.mktemp('book'), first=TEXT))
    notebooks.update(found)
    return found


def read(name, page):
    notebook = nbformat.reads(dist.edition(name, page), as_version=4)
    nbformat.validate(notebook)
    assert 'd2l' not in notebook.metadata
    return notebook


def test_students_get_the_same_cells_without_outputs_and_answers(page):
    student, teacher = read('students', page), read('teachers', page)
    assert [one.source for one in student.cells] == [
        '# 1.1 页\n\n说明。', 'print(1)', '## 练习\n\n1. 问？', '2. 再问？']
    assert not any(one.get('outputs') or one.get('execution_count') for one in student.cells)
    texts = [one.source for one in teacher.cells]
    assert texts[1] == 'print(1)' and 'print(2)' in texts
    assert [one.outputs[0].text for one in teacher.cells if one.cell_type == 'code'] == ['1\n', '2\n']


def test_answers_are_open_for_teachers_and_folded_otherwise(page):
    everything = dist.edition('notebooks', page)
    assert everything.count('<details>') == 2 and 'source_hidden' in everything
    teacher = dist.edition('teachers', page)
    assert teacher.count('<details open>') == 2 and 'source_hidden' not in teacher


def test_no_answer_is_left_in_any_page_of_the_student_edition():
    for page in select(''):
        text = dist.edition('students', page)
        assert '解答</summary>' not in text and '"output_type"' not in text, page.key


@pytest.fixture(scope='module')
def unpacked(tmp_path_factory):
    """全部笔记本的压缩包，解开在路径里有空格和汉字的文件夹里。"""
    folder = tmp_path_factory.mktemp('带走 的')
    wheel = folder / 'd2l_local-0.1.0-py3-none-any.whl'
    wheel.write_bytes(b'')
    dist.write_zip(folder / 'd2l-notebooks.zip', dist.notebooks_contents('notebooks', ROOT, wheel))
    with zipfile.ZipFile(folder / 'd2l-notebooks.zip') as archive:
        archive.extractall(folder)
    return folder / 'd2l-notebooks'


def test_the_notebooks_verify_themselves(unpacked):
    """像老师那样运行 pytest；一页通过，改了一个数字就不过。"""
    def pytest_there(*arguments):
        return subprocess.run([sys.executable, '-m', 'pytest', '-q', '-p', 'no:xdist', '-p', 'no:randomly',
                               *arguments, 'notebooks/ch1_preliminaries/lookup-api.ipynb'],
                              cwd=unpacked, text=True, capture_output=True)
    path = unpacked / 'notebooks' / 'ch1_preliminaries' / 'lookup-api.ipynb'
    done = pytest_there()
    assert done.returncode == 0 and re.search(r'\d+ passed', done.stdout), done.stdout
    path.write_text(path.read_text(encoding='utf-8').replace('1.9.1', '1.9.2'), encoding='utf-8')
    assert pytest_there('--nbval').returncode == 1


def test_what_the_archive_needs_is_pinned(unpacked):
    lines = (unpacked / 'requirements.txt').read_text(encoding='utf-8').splitlines()
    assert lines[0] == './d2l_local-0.1.0-py3-none-any.whl'
    pinned = (ROOT / 'requirements.txt').read_text(encoding='utf-8')
    names = {line.partition('==')[0] for line in lines[1:]}
    assert all(re.search(rf'^{re.escape(line)}\b', pinned, re.M) for line in lines[1:])
    assert {'mxnet', 'numpy', 'pandas', 'nbval', 'pytest', 'ipykernel', 'matplotlib', 'pyzmq'} <= names
    assert not names & {'jupyter-book', 'sphinx', 'ruff', 'playwright'}
    data = {path.name for path in (unpacked / 'data').iterdir()}
    assert 'train-images-idx3-ubyte' in data and not any('house' in name for name in data)


def test_same_contents_same_bytes(tmp_path):
    files = [('a.txt', b'1'), ('b/c.txt', b'2' * 1000)]
    for name in ('one', 'two'):
        (tmp_path / name).mkdir()
        dist.write_zip(tmp_path / name / 'x.zip', files)
    assert (tmp_path / 'one' / 'x.zip').read_bytes() == (tmp_path / 'two' / 'x.zip').read_bytes()


def test_a_site_that_is_not_built_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match='make book'):
        list(dist.site_contents(tmp_path))


@pytest.fixture
def bill(tmp_path, monkeypatch):
    """返回一个函数：用写出这些包的假 cyclonedx_py 写软件清单，返回它的路径。"""
    def write(components):
        (tmp_path / 'cyclonedx_py.py').write_text(
            'import sys\nfrom pathlib import Path\n'
            "assert sys.argv[-1].endswith('locks/book.txt') and '--output-reproducible' in sys.argv\n"
            f"Path(sys.argv[-2]).write_text({json.dumps({'components': components})!r})\n", encoding='utf-8')
        dist.write_bill(tmp_path / 'bill.json', ROOT)
        return tmp_path / 'bill.json'
    monkeypatch.setattr(dist, 'AUDIT', tmp_path)
    return write


def test_the_bill_of_materials_lists_every_package(bill):
    pins = re.findall(r'^([\w.-]+)==(\S+)', (ROOT / 'requirements.txt').read_text(encoding='utf-8'), re.M)
    components = [{'name': name, 'version': version} for name, version in pins]
    assert len(json.loads(bill(components).read_text(encoding='utf-8'))['components']) == len(pins) > 100
    with pytest.raises(UserError, match='与 locks/book.txt 里的包不同'):
        bill(components[1:])


def test_a_missing_tool_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(dist, 'AUDIT', tmp_path)
    with pytest.raises(UserError, match='软件清单没有写成.*cyclonedx_py.*make dist'):
        dist.write_bill(tmp_path / 'bill.json', ROOT)
