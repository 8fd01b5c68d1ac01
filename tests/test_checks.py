"""快速检查：在一本两页的小书里各造一处毛病，每项检查都指出它在哪里、怎么改。"""
import shutil

import nbformat
import pytest

from tests.books import DOUBLE, HEADER, cell, make_book, manuscript
from tools import checks, library, notebooks, records, verify
from tools.book import ROOT, select

FIGURE = """\
```{{code-cell}} ipython3
:mystnb: {{figure: {{caption: 一条线, name: fig-{name}}}, image: {{alt: 一条从左下到右上的直线}}}}

from IPython.display import SVG
SVG('<svg xmlns="http://www.w3.org/2000/svg"/>')
```
"""
FIRST = manuscript('# 第一页\n', cell(DOUBLE), cell('print(double(21))'))
SECOND = manuscript('# 第二页\n', cell('import d2l_local as d2l'), cell('print(d2l.double(4), d2l.TRIPLE)'),
                    '文字。\n', FIGURE.format(name='line'))
ENTRY = 'from d2l_local.constants import *\nfrom d2l_local.start import *\n'
CONSTANTS = '"""常数。"""\n__all__ = ["TRIPLE"]\n# 三倍。\nTRIPLE = 3\n'


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """执行好的小书，和仓库同样的设置；每个测试用它的一份副本。"""
    root = make_book(tmp_path_factory.mktemp('book'), first=FIRST, second=SECOND)
    for name in ('pyproject.toml', '.autocorrectrc'):
        shutil.copy(ROOT / name, root / name)
    (root / 'd2l_local' / '__init__.py').write_text(ENTRY, encoding='utf-8')
    (root / 'd2l_local' / 'constants.py').write_text(CONSTANTS, encoding='utf-8')
    (root / 'tools').mkdir()
    (root / 'tools' / 'tool.py').write_text('"""一个工具。"""\nHERE = 1\n', encoding='utf-8')
    library.write(root)
    # 生成的 API 页也是书的一页，这本小书的目录里没有它。
    (root / 'book' / 'appendix' / 'api.md').rename(root / 'api.md')
    return root


@pytest.fixture(scope='module')
def executed(made):
    patch = pytest.MonkeyPatch()
    patch.setenv('PYTHONPATH', str(made))
    for page in select('', made):
        notebooks.normalise_text(page)
    done, errors = notebooks.update_all(select('', made))
    patch.undo()
    assert errors == [] and done.count('executed') == 2
    return made


@pytest.fixture
def root(executed, tmp_path):
    return shutil.copytree(executed, tmp_path / 'book')


def edit(root, file, old, new):
    path = root / file
    text = path.read_text(encoding='utf-8')
    assert old in text
    path.write_text(text.replace(old, new), encoding='utf-8')


def files(problems):
    return {problem.file for problem in problems}


FIRST_NOTEBOOK, SECOND_NOTEBOOK = 'notebooks/ch1_start/first.ipynb', 'notebooks/ch1_start/second.ipynb'


def test_a_good_book_has_no_problems(root):
    for check in (verify.check, checks.check_typography, checks.check_code, checks.check_leftovers):
        assert check(root) == [], check


def test_a_changed_output_is_found_by_name(root):
    edit(root, FIRST_NOTEBOOK, '42', '43')
    [problem] = verify.check(root)
    assert problem.file == FIRST_NOTEBOOK and problem.text.startswith('第 3 格的输出')


def test_a_changed_helper_makes_its_pages_stale(root):
    edit(root, 'book/ch1_start/first.md', 'return 2 * x', 'return x + x')
    assert 'd2l_local/start.py' in files(library.check(root))
    assert files(verify.check(root)) == {FIRST_NOTEBOOK, SECOND_NOTEBOOK}


@pytest.mark.parametrize('file', ['d2l_local/constants.py', 'requirements.txt'])
def test_a_changed_hand_written_module_or_environment_makes_its_pages_stale(root, file):
    path = root / file
    path.write_text(path.read_text(encoding='utf-8') + '\n# 变了\n', encoding='utf-8')
    expected = {SECOND_NOTEBOOK} | ({FIRST_NOTEBOOK} if 'requirements' in file else set())
    assert files(verify.check(root)) == expected


@pytest.mark.parametrize('check, file, line, told', [
    (checks.check_typography, 'book/index.md', '用MXNet写的,很好。', '排版'),
    (checks.check_leftovers, 'book/index.md', '这里' + 'TO' + 'DO', '请写完或删去'),
    (checks.check_leftovers, 'tools/tool.py', "HERE = '" + '/ro' + "ot/book'", '请写完或删去'),
    (checks.check_code, 'tools/tool.py', 'print(undefined_name)', 'undefined_name 没有定义。请'),
    (checks.check_code, 'tools/tool.py', 'x = "' + 'x' * 110 + '"', '超过 110 列'),
])
def test_each_fast_check_finds_its_fault(root, check, file, line, told):
    path = root / file
    path.write_text(path.read_text(encoding='utf-8') + f'\n{line}\n', encoding='utf-8')
    [problem] = check(root)
    assert (problem.file, problem.cell) == (file, 0) and told in problem.text
    assert path.read_text(encoding='utf-8').splitlines()[problem.line - 1] == line


def test_wide_code_of_a_page_is_found_in_the_manuscript(root):
    wide = '# ' + '宽' * 39
    edit(root, 'book/ch1_start/first.md', 'print(double(21))', f'print(double(21))\n\nx = 1\n{wide}')
    [page] = select('1.1', root)
    [problem] = checks.check_code(root)
    assert (problem.file, problem.cell) == ('book/ch1_start/first.md', 3)
    assert 'E501' in problem.text and '79 列' in problem.text
    assert page.read().splitlines()[problem.line - 1] == wide


@pytest.mark.parametrize('line, told', [
    ('import os', 'F401 os 导入了却没有用到。请'),
    ('print(never)', 'F821 never 没有定义。请'),
    ('x = lambda: 1', 'E731 给名字赋 lambda 请改成 def。'),
    ('print(double == None)', 'E711 与 None 比较请用'),
    ('print(list([x for x in [1]]))', '代码的写法不合规矩（“'),
    ('print(1', '语法'),
])
def test_code_that_breaks_a_rule_is_told_in_chinese_at_the_manuscripts_line(root, line, told):
    """笔记本还没有跟上也一样。"""
    edit(root, 'book/ch1_start/first.md', 'print(double', f'\n{line}\nprint(double')
    [page] = select('1.1', root)
    page.notebook.unlink()
    found = checks.check_code(root)
    assert any(told in problem.text and '请' in problem.text for problem in found), found
    places = {(problem.file, problem.cell) for problem in found}
    assert places == {('book/ch1_start/first.md', 3)}
    assert page.read().splitlines()[found[0].line - 1] in (line, 'print(double(21))')


@pytest.mark.parametrize('change, told', [
    (lambda cell: cell.metadata['mystnb']['figure'].pop('caption'), '没有图注'),
    (lambda cell: cell.metadata['mystnb'].pop('image'), '没有替代文字'),
    (lambda cell: cell.metadata['mystnb']['figure'].pop('name'), '没有名字'),
    (lambda cell: cell.metadata['mystnb']['image'].update(alt='一条直线'), '的替代文字“一条直线”太短'),
    (lambda cell: cell.metadata['mystnb']['image'].update(alt='一条线。'), '的替代文字与图注相同'),
    (lambda cell: cell.metadata['mystnb']['image'].update(alt='一条叫 $x^2$ 的曲线'), '有公式，读屏念不出来'),
])
def test_a_figure_without_its_texts_is_found(root, change, told):
    path = root / SECOND_NOTEBOOK
    notebook = nbformat.read(path, as_version=4)
    change(notebook.cells[4])
    nbformat.write(notebook, path)
    [problem] = [each for each in verify.check(root) if '插图' in each.text]
    assert problem.cell == 5 and told in problem.text


def test_two_figures_of_one_name_are_found_past_a_broken_notebook(root):
    text = (root / 'book/ch1_start/second.md').read_text(encoding='utf-8')
    (root / 'book/index.md').write_text(HEADER + '# 书\n\n' + FIGURE.format(name='line'), encoding='utf-8')
    [index] = select('index', root)
    notebook = records.from_text(text.replace('# 第二页', '# 书'))
    index.notebook.write_text(records.serialise(notebook), encoding='utf-8')
    (root / FIRST_NOTEBOOK).write_text('{', encoding='utf-8')
    found = [each for each in verify.check(root) if '相同' in each.text]
    [broken] = [each for each in verify.check(root) if each.file == FIRST_NOTEBOOK]
    assert (broken.cell, broken.line) == (0, 0)
    assert [each.file for each in found] == ['book/ch1_start/second.md']


def test_a_swapped_byte_of_data_is_found_by_name(tmp_path, monkeypatch):
    from tools.data import load
    data = load()
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


@pytest.mark.parametrize('told, mark', [
    ('先读,再写。', ','), ('说明:怎样做', ':'), ('写完了.', '.'), ('对不对?', '?'), ('用 f, 再用别的', ',')])
@pytest.mark.parametrize('file', ['book/ch1_start/first.md', 'tools/tool.py'])
def test_half_width_marks_in_a_chinese_docstring_are_found(root, file, told, mark):
    if file.endswith('.md'):
        edit(root, file, '    参数：', f'    {told}\n\n    参数：')
    else:
        edit(root, file, '"""一个工具。"""', f'"""一个工具。\n\n{told}\n"""')
    [problem] = checks.check_docstrings(root)
    assert problem.file == file and f'半角的“{mark}”。请' in problem.text
    assert (root / file).read_text(encoding='utf-8').splitlines()[problem.line - 1].strip() == told


@pytest.mark.parametrize('told', ['形状 (高, 宽)，`f(x), 梯度`。', '{名字: 值}，[(行号, 怎么改)]。',
                                  '见 https://example.org。', '（宽, 高），单位英寸。', '一样：',
                                  'mxnet==1.9.1, numpy', 'ValueError：不对。'])
def test_notation_in_a_docstring_is_no_sentence(root, told):
    edit(root, 'tools/tool.py', '"""一个工具。"""', f'"""一个工具。\n\n{told}\n"""')
    assert checks.check_docstrings(root) == []


def test_format_mends_what_typography_finds(root):
    path = root / 'book/index.md'
    path.write_text(path.read_text(encoding='utf-8') + '\n用MXNet写的。\n', encoding='utf-8')
    assert checks.format_texts(root) == ['book/index.md']
    assert checks.check_typography(root) == [] and '用 MXNet 写的。' in path.read_text(encoding='utf-8')


@pytest.mark.parametrize('changed, told', [
    ([], '改了 0 份文字。\n'), (['a.md', 'b.md'], '改了 2 份文字：a.md、b.md。\n')])
def test_format_says_what_it_changed(monkeypatch, capsys, changed, told):
    monkeypatch.setattr(checks, 'format_texts', lambda: changed)
    assert checks.main(['--format']) == 0 and capsys.readouterr().out == told




@pytest.mark.parametrize('text', [
    '/home/li/book', '/var/folders/ab/x', '~/.mxnet/x', 'C:\\Users\\li', "'D:\\\\book\\\\x'", 'D:/book/x',
    '/Users/li/x', '\\\\server\\share\\x', 'file:///a/b',
    '/kaggle/input/a', '/private/var/x', '/Volumes/USB/x', '/content/x', "'/root'", '/tmp', '/content。'])
def test_a_path_of_any_system_in_an_output_is_refused(root, text):
    assert [told for told in output_problems(root, nbformat.v4.new_output('stream', text=f'存在 {text}\n'))
            if '本机路径' in told]


@pytest.mark.parametrize('text', ['https://example.org/home/x', '甲/乙', '1/2', 'a: b', '3:/4', 'x/tmp/y',
                                  'a/root', '/roots'])
def test_what_is_no_path_is_left_alone(root, text):
    assert output_problems(root, nbformat.v4.new_output('stream', text=f'{text}\n')) == []


GLYPH = '<svg><defs><path id="{}-41" d="M 0 0"/></defs></svg>'


@pytest.mark.parametrize('data, told', [
    ({'image/png': 'aGk='}, 'image/png，检验时不能逐字比较'),
    ({'image/jpeg': 'aGk='}, 'image/jpeg'),
    ({'application/vnd.jupyter.widget-view+json': {}, 'text/plain': 'x'}, 'widget-view'),
    ({'text/latex': '$x$'}, 'text/latex'),
    ({'text/html': '<p>文字</p>'}, '不是单纯的表格'),
    ({'text/html': '<table></table><script>1</script>'}, '不是单纯的表格'),
    ({'text/html': '<table onclick="x"></table>'}, '不是单纯的表格'),
    ({'text/html': '<table></table><img src="https://example.org/a.png">'}, '不是单纯的表格'),
    ({'image/svg+xml': GLYPH.format('SimHei')}, '字体 SimHei'),
    ({'image/svg+xml': GLYPH.format('NotoSansSC-Regular') + GLYPH.format('DejaVuSans-Bold')}, ''),
    ({'text/html': '<div><style scoped></style><table border="1"></table></div>', 'text/plain': 'x'}, ''),
    ({'text/markdown': '**粗**', 'text/plain': 'x'}, ''),
])
def test_only_outputs_that_can_be_compared_are_kept(root, data, told):
    found = output_problems(root, nbformat.v4.new_output('display_data', data))
    assert len(found) == bool(told) and all(told in one and '请' in one for one in found)


def output_problems(root, output):
    [page] = select('1.1', root)
    code = nbformat.v4.new_code_cell('x', outputs=[output])
    return [one.text for one in verify.output_problems(page, nbformat.v4.new_notebook(cells=[code]))]
