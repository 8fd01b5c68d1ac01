"""从手稿提取 d2l_local：标记、名字的来处、生成的包、API 页、依赖。"""
import ast
import json
import subprocess
import sys

import jupytext
import pytest

from tests.books import cell, manuscript
from tools import api_page, library, marks, package
from tools.book import Page, pages
from tools.report import UserError
from tools.saved import module_name

CONTENTS = """\
format: jb-book
root: index
parts:
- caption: 正文
  numbered: true
  chapters:
  - file: ch1_first/index
    sections:
    - file: ch1_first/one
    - file: ch1_first/two
  - file: ch2_second/index
    sections:
    - file: ch2_second/three
- caption: 附录
  chapters:
  - file: appendix/notes
  - file: appendix/api
"""
TITLES = {'index': '书', 'ch1_first/index': '第一', 'ch1_first/one': '甲', 'ch1_first/two': '乙',
          'ch2_second/index': '第二', 'ch2_second/three': '丙', 'appendix/notes': '丁'}
ONE, TWO, THREE, NOTES = 'ch1_first/one', 'ch1_first/two', 'ch2_second/three', 'appendix/notes'
LABELS = {ONE: '1.1 甲', TWO: '1.2 乙', THREE: '2.1 丙'}
HAND_WRITTEN = {
    '_compat': 'def import_mxnet():\n    pass\n',
    'figures': '"""插图的设置。"""\nimport types as plt\n\n\n'
               'def show_live(figure):\n    """显示。"""\n\n\n__all__ = ["plt", "show_live"]\n',
    'idx': 'MAGIC = 8\n',
    'data': '''\
"""数据集。"""
from d2l_local.idx import MAGIC

__all__ = ['DATASETS', 'FashionMNIST']
# 登记的数据集。
DATASETS = {'small': MAGIC}


class FashionMNIST:
    """照片。

    第一行
        缩进的一行。
    """

    def __init__(self, train=True):
        pass

    def read(self, n):
        """读几张。"""
''',
    'hub': '''\
"""下载。"""
from d2l_local.idx import MAGIC

__all__ = ['DATA_HUB', 'DATA_URL', 'download', 'download_all', 'download_extract']
# 单个文件的登记。
DATA_HUB = {}
DATA_URL = f'https://example.org/{MAGIC}/'


def download(name):
    """取来一个数据集。

    参数：
        name：名字。
    """


def download_all():
    """取来全部。"""


def download_extract(name):
    """取来，解开。"""
''',
}


def make(root, **cells):
    """建一本小书：one、two、three、notes 各是代码格的列表；每页先有标题一格，再是这些代码格。"""
    sources = {ONE: cells.get('one'), TWO: cells.get('two'), THREE: cells.get('three'),
               NOTES: cells.get('notes')}
    for key, title in TITLES.items():
        path = root / 'book' / f'{key}.md'
        path.parent.mkdir(parents=True, exist_ok=True)
        blocks = [cell(source) for source in sources.get(key) or []]
        path.write_text(manuscript(f'# {title}\n', *blocks), encoding='utf-8')
    (root / 'd2l_local').mkdir(exist_ok=True)
    for name, text in HAND_WRITTEN.items():
        (root / 'd2l_local' / f'{name}.py').write_text(text, encoding='utf-8')
    (root / '_toc.yml').write_text(CONTENTS, encoding='utf-8')
    chapters = [name for name, keys in (('first', (ONE, TWO)), ('second', (THREE,)))
                if any('#@save' in source for key in keys for source in sources[key] or [])]
    (root / 'd2l_local' / '__init__.py').write_text(
        'from d2l_local import _compat\n_compat.import_mxnet()\n' + ''.join(
            f'from d2l_local.{name} import *\n' for name in ('figures', 'data', 'hub', *chapters)),
        encoding='utf-8')
    return root


def define(name, args='', body='pass', key=ONE, mark='  #@save'):
    """一个标好的函数，docstring 写全。"""
    names = [each.partition('=')[0].strip() for each in args.split(', ') if each not in ('', '*')]
    doc = ['    """做一件事。', '']
    doc += ['    参数：', *(f'        {each}：一个数。' for each in names)] * bool(names)
    doc += ['    返回：结果。'] * ('return ' in body or 'yield' in body)
    doc += [f'    出处：{LABELS[key]}', '    """']
    lines = [f'    {line}' for line in body.split('\n')]
    return '\n'.join([f'def {name}({args}):{mark}', *doc, *lines])


def klass(name, rest='pass', bases='', key=ONE):
    lines = [f'    {line}' for line in rest.split('\n')]
    return '\n'.join([f'class {name}{bases}:  #@save', '    """一类东西。', '',
                      f'    出处：{LABELS[key]}', '    """', *lines])


def collected(root):
    found = library.analyse(root)
    assert found.problems == []
    return found.saved


def place(root, key, fragment):
    """`fragment` 所在的 (文件, 格, 行)，由手稿的文字数出来。"""
    lines = (root / 'book' / f'{key}.md').read_text(encoding='utf-8').splitlines()
    [number] = [number for number, line in enumerate(lines, 1) if fragment in line]
    fences = sum(line.startswith('```{code-cell}') for line in lines[:number])
    return f'book/{key}.md', 1 + fences, number


def assert_problem(root, key, fragment, *words):
    """恰有一处问题，指着 `fragment`，句子里有 `words`，并说了怎么办。"""
    [problem] = library.analyse(root).problems
    assert (problem.file, problem.cell, problem.line) == place(root, key, fragment)
    assert all(word in problem.text for word in words), problem.text
    assert '请' in problem.text


def run_in(root, code):
    """在另一个进程里运行 `code`，返回它打印的 JSON。"""
    done = subprocess.run([sys.executable, '-c', code], cwd=root, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def written(root):
    library.write(root)
    return {name: (root / 'd2l_local' / f'{name}.py').read_text(encoding='utf-8')
            for name in ('first', 'second')
            if (root / 'd2l_local' / f'{name}.py').exists()}


# ---- 标记和原文 ----

def test_definitions_come_in_page_order_with_their_place(tmp_path):
    make(tmp_path, one=['x = 1', 'B = 2  #@save\n\n' + define('a')], two=['A: int = 1  #@save'],
         three=[klass('C', key=THREE)])
    saved = collected(tmp_path)
    assert list(saved) == ['B', 'a', 'A', 'C']
    assert [module_name(each.page) for each in saved.values()] == ['first', 'first', 'first', 'second']
    file, _, line = place(tmp_path, ONE, 'def a')
    assert saved['a'].place == f'{file}:{line}'
    assert saved['C'].page.label == '2.1 丙'


def test_source_is_verbatim_but_for_the_mark(tmp_path):
    text = define('f', "x = 'a  b'", '#为什么\nreturn [x,\n        1]   # 尾注')
    make(tmp_path, one=[f'{text}\n    # 末尾的注释\n\n\nprint(1)'])
    assert collected(tmp_path)['f'].source == f'{text}\n    # 末尾的注释'.replace('  #@save', '')


def test_mark_alone_above_keeps_the_comments_around_it(tmp_path):
    make(tmp_path, one=['# 别处\n\n# 上限\n#@save\nLIMIT = (3 +\n         4)'])
    assert collected(tmp_path)['LIMIT'].source == '# 上限\nLIMIT = (3 +\n         4)'


def test_comment_that_ends_the_function_above_is_left_there(tmp_path):
    make(tmp_path, one=['def g():\n    pass\n    # 属于 g\nx = 1  #@save'])
    assert collected(tmp_path)['x'].source == 'x = 1'


def test_mark_on_any_header_line_of_a_long_signature(tmp_path):
    text = define('f', 'x, y').replace('(x, y):  #@save', '(x,\n      y):  #@save')
    make(tmp_path, one=[text])
    assert collected(tmp_path)['f'].source == text.replace('  #@save', '')


def test_mark_on_the_last_line_of_an_assignment(tmp_path):
    make(tmp_path, one=['TABLE = {\n    1: 2,\n}  #@save'])
    assert collected(tmp_path)['TABLE'].source == 'TABLE = {\n    1: 2,\n}'


@pytest.mark.parametrize('lines', [
    ['#@save', '@cache', '@wraps(len)', 'DEF'],
    ['@cache  #@save', '@wraps(len)', 'DEF'],
    ['@cache', '@wraps(len)', '#@save', 'DEF'],
    ['@cache', '@wraps(len)', 'DEF  #@save'],
])
def test_mark_of_a_decorated_function(tmp_path, lines):
    text = define('f', mark='')
    head, _, rest = text.partition('\n')
    marked = '\n'.join(line.replace('DEF', head) for line in lines)
    make(tmp_path, one=['from functools import cache, wraps', f'{marked}\n{rest}'])
    saved = collected(tmp_path)['f']
    assert saved.source == f'@cache\n@wraps(len)\n{text}'
    assert set(saved.imports) == {'cache', 'wraps'}


def test_mark_inside_a_string_is_no_mark(tmp_path):
    make(tmp_path, one=['text = """\n#@save\nx = 1  #@save\n"""\ny = "#@save"'])
    assert collected(tmp_path) == {}


def test_mark_in_a_string_of_a_saved_function_stays(tmp_path):
    make(tmp_path, one=[define('f', body='return """\n#@save\n"""')])
    assert 'return """\n    #@save' in collected(tmp_path)['f'].source


@pytest.mark.parametrize(('source', 'fragment'), [
    ('#@save\nprint(1)', '#@save'),
    ('print(1)  #@save', '#@save'),
    ('import os  #@save', '#@save'),
    ('#@save\nfor i in range(3):\n    pass', '#@save'),
    ('a, b = 1, 2  #@save', '#@save'),
    ('a = b = 1  #@save', '#@save'),
    ('d = {}\nd[1] = 2  #@save', '#@save'),
    ('a = 1\na += 1  #@save', '#@save'),
    ('a: int  #@save', '#@save'),
    ('a = 1; b = 2  #@save', '#@save'),
    ('a = 1; print(a)  #@save', '#@save'),
    ('def g():\n    pass\n    #@save\nx = 1', '#@save'),
    ('def f():\n    x = 1  #@save\n    return x', '#@save'),
    ('def f():\n    return 1  #@save', '#@save'),
    ('if True:\n    x = 1  #@save', '#@save'),
    ('#@save\n\nx = 1', '#@save'),
    ('#@save\n# 说明\nx = 1', '#@save'),
    ('x = 1\n#@save', '#@save'),
    ('async def f():  #@save\n    """说。"""', '#@save'),
    ('def f():\n    @len  #@save\n    def g():\n        pass', '#@save'),
])
def test_mark_on_something_that_cannot_be_saved(tmp_path, source, fragment):
    make(tmp_path, one=['import re', source])
    assert_problem(tmp_path, ONE, fragment, '没有标着能保存的定义')


@pytest.mark.parametrize('comment', ['# @save', '#@save 以后要用', '#@saved', '# 说明 #@save', '#@SAVE',
                                     '# @ Save'])
def test_misspelt_mark(tmp_path, comment):
    make(tmp_path, one=[f'y = 0\nx = 1  {comment}'])
    assert_problem(tmp_path, ONE, comment, '不起作用')


# ---- 不能保存的定义 ----

def test_same_name_twice_names_both_places(tmp_path):
    make(tmp_path, one=[define('f')], three=['x = 1', define('f', key=THREE)])
    file, _, line = place(tmp_path, ONE, 'def f')
    assert_problem(tmp_path, THREE, 'def f', 'f', f'{file}:{line}')


@pytest.mark.parametrize(('name', 'words'), [
    ('plt', 'figures.py'), ('download', 'hub.py'), ('DATASETS', 'data.py'),
    ('second', 'second.py'), ('data', 'data.py'), ('sum', 'Python'), ('_hidden', '下划线')])
def test_names_that_are_taken(tmp_path, name, words):
    make(tmp_path, one=[f'{name} = 1  #@save'])
    assert_problem(tmp_path, ONE, f'{name} = 1', words)


def test_page_outside_the_chapters_cannot_save(tmp_path):
    make(tmp_path, notes=['LIMIT = 1  #@save'])
    assert_problem(tmp_path, NOTES, 'LIMIT', '章')


def test_chapter_cannot_take_the_place_of_a_hand_written_module(tmp_path):
    make(tmp_path, one=['LIMIT = 1  #@save'])
    (tmp_path / 'book/ch1_first').rename(tmp_path / 'book/ch1_data')
    toc = tmp_path / '_toc.yml'
    toc.write_text(CONTENTS.replace('ch1_first', 'ch1_data'), encoding='utf-8')
    assert_problem(tmp_path, 'ch1_data/one', 'LIMIT', 'ch1_data', 'data.py')


def test_syntax_error_hides_what_follows_from_it(tmp_path):
    make(tmp_path, one=['import os\nx = (1,,)', define('f', body='return helper()')])
    assert_problem(tmp_path, ONE, '(1,,)', '语法')


def test_syntax_error_below_a_magic(tmp_path):
    make(tmp_path, one=['%matplotlib inline\nimport os\nx = = 1'])
    assert_problem(tmp_path, ONE, '= =', '语法')


@pytest.mark.parametrize('magic', ['%matplotlib inline', '%%time', '!ls'])
def test_magic_in_a_saved_cell(tmp_path, magic):
    make(tmp_path, one=[f'{magic}\nLIMIT = 1  #@save'], two=['x = 1'])
    assert_problem(tmp_path, ONE, magic, '魔法命令')


def test_magic_below_the_definition(tmp_path):
    make(tmp_path, one=['LIMIT = 1  #@save\nfiles = 2\n!ls -l'])
    assert_problem(tmp_path, ONE, '!ls', '魔法命令')


def test_magic_elsewhere_does_no_harm_and_its_imports_count(tmp_path):
    make(tmp_path, one=['%matplotlib inline\nimport math', '%%bash\nif then (', 'x = !ls\nlen?',
                        define('f', body='return math.pi')])
    assert [line.text for line in collected(tmp_path)['f'].imports.values()] == ['import math']


# ---- docstring ----

@pytest.mark.parametrize(('source', 'fragment', 'words'), [
    ('def f():  #@save\n    return 1', 'def f', '没有 docstring'),
    ('class C:  #@save\n    pass', 'class C', '没有 docstring'),
    ('def f():  #@save\n    """说。"""', '说。', '出处：1.1 甲'),
    ('def f():  #@save\n    """说。\n\n    出处：1.2 甲\n    """', '说。', '出处：1.1 甲'),
    ('def f(x, y):  #@save\n    """说。\n\n    参数：\n        y：数。\n    出处：1.1 甲\n    """',
     '说。', 'x、y'),
    ('def f():  #@save\n    """说。\n\n    出处：1.1 甲\n    """\n    return 1', '说。', '返回'),
    ('def f():  #@save\n    """说。\n\n    出处：1.1 甲\n    """\n    yield', '说。', '返回'),
    ('def f():  #@save\n    """说。\n\n    出处：1.1 甲\n    """\n    raise OSError',
     '说。', '异常'),
    ('def f():  #@save\n    """说。\n    又说。\n\n    出处：1.1 甲\n    """', '又说', '空一行'),
    ('def f():  #@save\n    """\n    说。\n\n    返回: 数。\n    """', '返回', '全角'),
    ('def f():  #@save\n    """说。\n\n    出处：1.1 甲\n    返回：数。\n    """', '返回', '次序'),
    ('def f(x):  #@save\n    """说。\n\n    参数：\n        x: 数。\n    """',
     'x: 数', '名字：说明'),
    ('def f(x):  #@save\n    """说。\n\n    参数：x\n    """', '参数：x', '换行'),
    ('def f(x):  #@save\n    """说。\n\n    参数：\n      x：数。\n    """', 'x：数', '缩进四格'),
    ('def f(x):  #@save\n    """说。\n\n    参数：\n        x：数。\n      多的。\n    """',
     '多的', '缩进四格'),
    ('def f():  #@save\n    """说。\n\n    返回：数。\n    多的。\n    """', '多的', '续行'),
    ('def f():  #@save\n    """说。\n\n    返回：\n    """', '返回', '没有内容'),
])
def test_docstring_not_in_the_layout(tmp_path, source, fragment, words):
    make(tmp_path, one=['x = 1', source])
    assert_problem(tmp_path, ONE, fragment, words)


def test_inner_function_does_not_count_for_the_docstring(tmp_path):
    body = 'def inner():\n    raise OSError(1)\ntable.sort(key=lambda x: x)'
    make(tmp_path, one=[define('f', 'table', body)])
    assert list(collected(tmp_path)) == ['f']


def test_class_documents_the_arguments_of_its_init(tmp_path):
    text = '''\
class C:  #@save
    """一类东西。

    参数：
        a、b：数。
        *rest：其余。
    出处：1.1 甲
    """
    def __init__(self, a, b=1, *rest):
        pass
'''
    make(tmp_path, one=[text], two=[text.replace('class C', 'class D').replace('a、b', 'b')])
    assert_problem(tmp_path, TWO, '"""一类', 'D', 'a、b、*rest')


# ---- 名字的来处 ----

@pytest.mark.parametrize('source', [
    define('f', 'x, *rest, y=1, **more', 'return x, rest, y, more'),
    define('f', 'n', 'return f(n - 1) if n else len([])'),
    define('f', 'x', 'return [a + b for a in x for b in a if (c := b)], c'),
    define('f', 'x', 'return {k: v for k, v in x}, {i for i in x}, (j for j in x)'),
    define('f', '', 'def g(y):\n    nonlocal x\n    x = y\n    return g, z\nx = z = 0\nreturn g'),
    define('f', '', 'import os.path as p\nwith open(p) as file:\n    return file'),
    define('f', '', 'try:\n    return __name__\nexcept OSError as error:\n    return error'),
    define('f', 'k, x', 'return super(k, x).f()'),
    define('f', '', 'return (lambda a, b=1: a + b)(1)'),
    klass('C', 'n = 1\nm = n + 1\ndef g(self):\n    return super().g(), __class__, C'),
    'X = [y for x in range(3) if (y := x)]  #@save',
])
def test_own_names_need_nothing(tmp_path, source):
    make(tmp_path, one=[source])
    [saved] = collected(tmp_path).values()
    assert saved.imports == {} and saved.uses <= {saved.name}


@pytest.mark.parametrize(('source', 'fragment', 'name'), [
    (define('f', '', 'return other(1)'), 'other', 'other'),
    (define('f', '', 'a = 1\nreturn [q for i in range(a)]'), 'return [q', 'q'),
    (define('f', '', 'def g():\n    return deep\nreturn g'), 'return deep', 'deep'),
    (define('f', 'x=given'), 'given', 'given'),
    (define('f').replace('def f', '@deco\ndef f'), '@deco', 'deco'),
    (define('f', '', 'return [i for i in range(3)], i'), 'return [i', 'i'),
    (klass('C', 'size = 3\ndef g(self):\n    return size'), 'return size', 'size'),
    (klass('C', 'a = (size := 3)\ndef g(self):\n    return size'), 'return size', 'size'),
    (klass('C', bases='(Parent)'), 'Parent', 'Parent'),
    ('LIMIT = LIMIT2 + 1  #@save', 'LIMIT2', 'LIMIT2'),
    ('LIMIT = LIMIT + 1  #@save', 'LIMIT', 'LIMIT'),
    (define('f', '', 'return np.pi'), 'np.pi', 'np'),
    (define('f', '', 'return display(1)'), 'return display', 'display'),
])
def test_unknown_name(tmp_path, source, fragment, name):
    make(tmp_path, one=['x = 1', source], two=['import numpy as np'])
    assert_problem(tmp_path, ONE, fragment, f'{name} 没有导入')


@pytest.mark.parametrize('cells, cure', [
    (['helper = 1'], '请也标上 #@save，或作为参数传入'),
    (['def helper():\n    pass'], '请也标上 #@save，或作为参数传入'),
    (['import helper', 'helper = 2'], '请也标上 #@save，或作为参数传入'),
    (['for helper in []:\n    pass'], '是在 for 里得来的，不能标 #@save。请另写顶格的“helper = 值”'),
    (['with open("x") as helper:\n    pass'], '是在 with 里得来的，不能标 #@save'),
    (['match [1]:\n    case [helper]:\n        pass'], '是在 match 里得来的，不能标 #@save'),
    (['match [1]:\n    case [1, *helper]:\n        pass'], '是在 match 里得来的，不能标 #@save'),
    (['match {}:\n    case {1: _, **helper}:\n        pass'], '是在 match 里得来的，不能标 #@save'),
    (['if True:\n    helper = 1'], '是在 if 里得来的，不能标 #@save'),
    (['helper, other = 1, 2'], '是在 几个目标的赋值 里得来的，不能标 #@save'),
    (['[helper := 1 for i in []]'], '是在 表达式 里得来的，不能标 #@save'),
    (['async def helper():\n    pass'], '是 async def，不能标 #@save'),
    (['try:\n    import helper\nexcept ImportError:\n    helper = None'], '是在 try 里导入的，提取时带不走'),
    (['if True:\n    from os import path as helper'], '是在 if 里导入的，提取时带不走'),
    (['from . import helper'], '相对导入'),
])
def test_unsaved_name_of_the_page(tmp_path, cells, cure):
    make(tmp_path, one=[*cells, define('f', '', 'return helper')])
    assert_problem(tmp_path, ONE, 'return helper', cure)


def test_a_name_that_a_star_may_bring(tmp_path):
    make(tmp_path, one=['from math import *', define('f', '', 'return pi + len([])')])
    assert_problem(tmp_path, ONE, 'return pi', '请写明：from math import pi。')


def test_name_defined_only_later(tmp_path):
    make(tmp_path, one=[define('f', '', 'return helper()'), define('helper')])
    assert_problem(tmp_path, ONE, 'return helper', '移到前面')


def test_a_saved_definition_does_not_change_a_global(tmp_path):
    """d2l.total 是导入时的值，f() 改的是模块里的，后面的页看不见。"""
    make(tmp_path, one=['total = 0  #@save', define('f', '', 'global total\ntotal += 1')])
    assert_problem(tmp_path, ONE, 'def f', 'global total', 'd2l.total')


# 页上用着的和保存下来的不再是同一个：后面的页会得到别的结果。
@pytest.mark.parametrize(('cells', 'fragment', 'words'), [
    (['LIMIT = 1  #@save', 'LIMIT = 2'], 'LIMIT = 2', 'LIMIT 保存以后又在这里换成了别的'),
    (['LIMIT = 1  #@save', 'LIMIT += 2'], 'LIMIT +=', 'LIMIT 保存以后'),
    (['LIMIT = 1  #@save', 'for LIMIT in range(3):\n    print(LIMIT)'], 'for LIMIT', 'LIMIT 保存以后'),
    (['LIMIT = 1  #@save', 'with open("x") as LIMIT:\n    pass'], 'with open', 'LIMIT 保存以后'),
    (['LIMIT = 1  #@save', 'import os as LIMIT'], 'import os', 'LIMIT 保存以后'),
    (['LIMIT = 1  #@save', 'def g():\n    global LIMIT\n    LIMIT = 2'], 'def g', 'LIMIT 保存以后'),
    (['LIMIT = 1  #@save', 'LIMIT = 2', define('f', '', 'return LIMIT')], 'LIMIT = 2', 'LIMIT 保存以后'),
    (['LIMIT = 1  #@save', 'helper = 1\nLIMIT = 2\nprint(helper)'], 'LIMIT = 2', 'LIMIT 保存以后'),
    ([define('g'), define('f', '', 'return g()'), 'def g(x):\n    return 3'], 'def g(x)', 'g 保存以后'),
    (['SIZES = {}  #@save', "SIZES['a'] = 1"], "SIZES['a']", 'SIZES 保存以后又在这里改动'),
    (['SIZES = [1]  #@save', 'del SIZES[0]'], 'del SIZES', '在这里改动'),
    (['SIZES = []  #@save', 'for i in range(3):\n    SIZES.append(i)'], 'for i', '在这里改动'),
    (['SIZES = {}  #@save', "SIZES['a'].b.update(c=1)"], 'update', '在这里改动'),
    ([define('f', 'x', 'return f.k * x'), 'f.k = 3'], 'f.k = 3', 'f 保存以后又在这里改动'),
    ([klass('C'), 'C.name = 3'], 'C.name', 'C 保存以后又在这里改动'),
    (['import zlib', define('f', '', 'return zlib.Z'), 'zlib = 3'], 'zlib = 3', '换成了别的，而前面保存的 f'),
    (['import zlib as m', define('f', '', 'return m.Z'), 'import ast as m'], 'import ast', '换成了别的'),
    (['import zlib', define('f', '', 'return zlib.Z'), 'import zlib', 'zlib = 3'], 'zlib = 3', '换成了别的'),
])
def test_what_is_saved_stays_what_the_page_uses(tmp_path, cells, fragment, words):
    make(tmp_path, one=cells)
    assert_problem(tmp_path, ONE, fragment, words)


def test_a_later_page_does_not_change_what_is_saved_either(tmp_path):
    make(tmp_path, one=['SIZES = {}  #@save'], three=['import d2l_local as d2l', "d2l.SIZES['a'] = 1"])
    assert_problem(tmp_path, THREE, "['a'] = 1", 'SIZES 保存以后又在这里改动')


@pytest.mark.parametrize('cells', [
    ['SIZES = [1]  #@save', 'print(SIZES[0], SIZES.index(1), [SIZES for SIZES in range(3)])'],
    ['SIZES = [1]  #@save', 'other = SIZES.copy()\nother.append(SIZES.count(1))\nother[0] = SIZES[0]'],
    ['import math', define('f', '', 'return math.pi'), 'import math\nimport math as m'],
    ['import xml.dom', define('f', '', 'return xml.dom'), 'import xml.sax'],
    ['def f(SIZES):\n    SIZES[0] = 1', 'SIZES = [1]  #@save'],
    ['SIZES = [1]  #@save', '[SIZES].append(1)\nmake().k = SIZES'],
])
def test_reading_what_is_saved_is_no_change(tmp_path, cells):
    make(tmp_path, one=cells)
    collected(tmp_path)


def test_a_changed_import_is_told_once_for_all_its_users(tmp_path):
    users = [define(name, '', 'return zlib.Z') for name in ('f', 'g')]
    make(tmp_path, one=['import zlib', *users, 'zlib = 3'])
    assert_problem(tmp_path, ONE, 'zlib = 3', '前面保存的 f')


def test_another_page_may_import_something_else_under_the_name(tmp_path):
    make(tmp_path, one=['import zlib as m', define('f', '', 'return m.Z')],
         three=['import ast as m', 'import os as m'])
    collected(tmp_path)


def test_both_parts_of_a_package_are_carried(tmp_path):
    """import xml.dom 和 import xml.sax 绑定的都是 xml。"""
    make(tmp_path, one=['import xml\nimport xml.dom.minidom\nimport xml.sax\nimport xml.sax',
                        define('f', '', 'return xml.dom.minidom, xml.sax'),
                        define('g', '', 'return xml.sax')],
         two=['import xml', define('h', '', 'return xml', TWO)])
    top = written(tmp_path)['first'].split('__all__')[0].splitlines()
    assert [line for line in top[4:] if line] == ['import xml', 'import xml.dom.minidom', 'import xml.sax']
    assert collected(tmp_path)['g'].imports['xml'].text == 'import xml.sax'


def test_a_local_name_is_not_the_name_of_the_page(tmp_path):
    make(tmp_path, one=['x = y = 1', define('f', 'x', 'y = x\nreturn [x for x in y]')])
    assert collected(tmp_path)['f'].imports == {}


@pytest.mark.parametrize('signature', ["x: 'zlib.Z'", "x: 'zlib.Z | None'", 'x: zlib.Z',
                                       "x: 'zlib.Z', y: None = None"])
def test_the_import_of_a_type_is_carried(tmp_path, signature):
    text = define('f', 'x', 'def g():\n    zlib = 1\n    return zlib\nreturn g')
    text = text.replace('(x)', f'({signature})')
    if 'y' in signature:
        text = text.replace('        x：一个数。', '        x：一个数。\n        y：一个数。')
    make(tmp_path, one=['import zlib', text])
    assert list(collected(tmp_path)['f'].imports) == ['zlib']


def test_saved_name_of_the_same_chapter_by_bare_name(tmp_path):
    make(tmp_path, one=[define('f')], two=[define('g', '', 'return f()', TWO)])
    assert collected(tmp_path)['g'].uses == {'f'}


def test_saved_name_of_another_chapter_needs_d2l(tmp_path):
    make(tmp_path, one=[define('f')], three=[define('g', '', 'return f()', THREE)])
    assert_problem(tmp_path, THREE, 'return f', 'f 没有导入')


def test_attribute_of_d2l_must_be_saved_before(tmp_path):
    make(tmp_path, one=['import d2l_local as d2l', define('f', '', 'return d2l.later()')],
         two=[define('later', key=TWO)])
    assert_problem(tmp_path, ONE, 'd2l.later', '还没有 later')


@pytest.mark.parametrize(('top', 'body', 'fragment'), [
    ('import d2l_local as d2l', 'return dir(d2l)', 'dir(d2l)'),
    ('import d2l_local as d2l', 'return d2l.data.idx', 'd2l.data'),
    ('import d2l_local.data', 'return d2l_local.data', 'import d2l_local.data'),
    ('from d2l_local.data import download', 'return download', 'from d2l_local'),
    ('import os', 'import d2l_local as d2l\nreturn d2l.plt', 'import d2l_local'),
])
def test_other_ways_to_reach_the_package(tmp_path, top, body, fragment):
    make(tmp_path, one=[top, define('f', '', body)])
    assert_problem(tmp_path, ONE, fragment, 'd2l.名字')


def test_renaming_a_saved_name_of_the_same_chapter(tmp_path):
    make(tmp_path, one=[define('f')],
         two=['from d2l_local import f as g', define('h', '', 'return g()', TWO)])
    assert_problem(tmp_path, TWO, 'import f as g', 'd2l.名字')


# ---- 导入 ----

def test_only_used_imports_sorted(tmp_path):
    make(tmp_path, one=[
        'import zlib, ast, d2l_local as d2l, os.path, unused\nfrom string import digits as d, capwords',
        'import xml.dom\nimport xml.sax\nimport json as js\nfrom json import loads',
        define('f', '', 'return os.path, js, d2l.plt, d, capwords, loads, zlib, xml.sax, ast')])
    top = written(tmp_path)['first'].split('__all__')[0].splitlines()
    assert [line for line in top[4:] if line] == [
        'import ast', 'import json as js', 'import os.path', 'import xml.sax', 'import zlib',
        'from json import loads', 'from string import capwords', 'from string import digits as d',
        'import d2l_local as d2l']


def test_import_in_a_later_cell_does_not_count(tmp_path):
    make(tmp_path, one=[define('f', '', 'return math.pi'), 'import math'])
    assert_problem(tmp_path, ONE, 'math.pi', '移到前面')


def test_one_alias_for_two_things_in_a_chapter(tmp_path):
    make(tmp_path, one=['from mxnet import np', define('f', '', 'return np')],
         two=['import numpy as np', define('g', '', 'return np', TWO),
              define('h', '', 'return np', TWO)],
         three=['import numpy as np', define('k', '', 'return np', THREE)])
    file, _, line = place(tmp_path, ONE, 'from mxnet')
    assert_problem(tmp_path, TWO, 'import numpy', 'np', f'{file}:{line}', '重名')


def test_alias_that_is_a_saved_name(tmp_path):
    make(tmp_path, one=[define('loads')],
         two=['from json import loads', define('g', '', 'return loads', TWO)])
    assert_problem(tmp_path, TWO, 'from json', 'loads', '重名')


def test_saved_name_that_is_an_alias(tmp_path):
    make(tmp_path, one=['from json import loads', define('f', '', 'return loads')],
         two=[define('loads', key=TWO)])
    assert_problem(tmp_path, TWO, 'def loads', place(tmp_path, ONE, 'from json')[0], '重名')


# ---- 生成的包 ----

RICH = {
    'one': ['%matplotlib inline\nimport d2l_local as d2l\nimport math',
            'LIMIT = 3  #@save\n\n' + klass('Base', 'size = LIMIT'),
            define('deco', 'f', 'f.seen = d2l.LIMIT\nreturn f')],
    'two': ['import d2l_local as d2l\nfrom math import pi',
            klass('Child', 'half = d2l.LIMIT / 2', '(d2l.Base)', TWO),
            '@d2l.deco\n' + define('area', 'r=d2l.LIMIT', 'return pi * r + d2l.LIMIT', TWO),
            define('make', '', 'return d2l.Base(), Child()', TWO)],
    'three': ['import d2l_local as d2l',
              'BIG = [d2l.LIMIT * i for i in range(2)] + [d2l.area()]  #@save',
              klass('Grandchild', 'plot = d2l.plt', '(d2l.Child)', THREE)],
}


def test_generated_package_imports_in_a_fresh_process(tmp_path):
    make(tmp_path, **RICH)
    written(tmp_path)
    result = run_in(tmp_path, '''
import json, d2l_local as d2l
print(json.dumps([
    d2l.Child.half, d2l.area.seen, round(d2l.area(1), 2), [round(x, 2) for x in d2l.BIG],
    [k.__name__ for k in d2l.Grandchild.__mro__], d2l.make.__module__, d2l.first.__all__]))''')
    assert result == [1.5, 3, 6.14, [0, 3, 12.42], ['Grandchild', 'Child', 'Base', 'object'],
                      'd2l_local.first', ['Base', 'Child', 'LIMIT', 'area', 'deco', 'make']]


def test_package_without_saved_names_imports(tmp_path):
    make(tmp_path)
    written(tmp_path)
    assert run_in(tmp_path, 'import json, d2l_local as d2l; print(json.dumps(d2l.DATASETS))') == {'small': 8}


def test_chapters_missing_from_the_entry_are_named(tmp_path):
    make(tmp_path, **RICH)
    entry = tmp_path / 'd2l_local/__init__.py'
    text = entry.read_text(encoding='utf-8')
    entry.write_text(text.replace('from d2l_local.second import *\n', ''), encoding='utf-8')
    [problem] = library.analyse(tmp_path).problems
    assert problem.file == 'd2l_local/__init__.py' and 'from d2l_local.second import *' in problem.text


@pytest.mark.parametrize('two', [
    ['import d2l_local as d2l', "@d2l.deco\n" + define('g', key=TWO), 'LIMITS = d2l.LIMIT / 0  #@save'],
    ['import nothing_like_it', define('g', '', 'return nothing_like_it', TWO)],
])
def test_a_package_that_does_not_import_replaces_nothing(tmp_path, two):
    make(tmp_path, **{**RICH, 'three': None})
    written(tmp_path)
    make(tmp_path, **{**RICH, 'two': two, 'three': None})
    before = snapshot(tmp_path)
    with pytest.raises(UserError, match='不能导入.*first.py.*旧的文件没有动'):
        library.write(tmp_path)
    assert snapshot(tmp_path) == before


def test_prefix_goes_only_where_the_name_is_in_the_module(tmp_path):
    body = "x = d2l.LIMIT  # d2l.LIMIT\nLIMIT2 = '中文 d2l.LIMIT', d2l.LIMIT, d2l.plt\nreturn x, LIMIT2"
    local = 'LIMIT = d2l.LIMIT\nreturn LIMIT'
    make(tmp_path, one=['import d2l_local as d2l', 'LIMIT = 3  #@save',
                        define('f', '', body), define('g', '', local)])
    text = written(tmp_path)['first']
    assert "    x = LIMIT  # d2l.LIMIT\n    LIMIT2 = '中文 d2l.LIMIT', LIMIT, d2l.plt\n" in text
    assert '    LIMIT = d2l.LIMIT\n' in text


def test_mxnet_is_imported_before_anything_else(tmp_path):
    make(tmp_path, **RICH)
    written(tmp_path)
    trace = 'import sys\nsys.modules["trace"] = sys.modules.get("trace") or type(sys)("trace")\n'
    mark = f'{trace}vars(sys.modules["trace"]).setdefault("seen", []).append(__name__)\n'
    for name in ('_compat', 'figures', 'data', 'first', 'second'):
        path = tmp_path / 'd2l_local' / f'{name}.py'
        path.write_text(mark + path.read_text(encoding='utf-8'), encoding='utf-8')
    seen = run_in(tmp_path, 'import json, d2l_local, trace; print(json.dumps(trace.seen))')
    assert seen == [f'd2l_local.{name}'
                    for name in ('_compat', 'figures', 'data', 'first', 'second')]


def test_every_generated_file_says_so_and_each_definition_says_where(tmp_path):
    make(tmp_path, **RICH)
    texts = written(tmp_path)
    assert all('make lib' in text.splitlines()[0] for text in texts.values())
    assert '# 1.2 乙，book/ch1_first/two.md\nclass Child(Base):\n' in texts['first']
    assert 'set_np' not in ''.join(texts.values())
    assert '#@save' not in texts['second'].partition('\n\n\n')[2]


def test_same_input_gives_the_same_bytes(tmp_path):
    first, second = (make(tmp_path / name, **RICH) for name in ('a', 'b'))
    code = ('import sys, pathlib\nfrom tools import library\n'
            'files = library.analyse(pathlib.Path(sys.argv[1])).files\n'
            'sys.stdout.buffer.write("".join(files.values()).encode())')
    outputs = [subprocess.run([sys.executable, '-c', code, root], capture_output=True, check=True,
                              env={'PYTHONHASHSEED': seed, 'PYTHONPATH': ':'.join(sys.path)}).stdout
               for root, seed in ((first, '1'), (second, '2'))]
    assert outputs[0] == outputs[1] and b'Grandchild' in outputs[0]


def test_missing_hand_written_file_and_name(tmp_path):
    make(tmp_path, **RICH)
    data = tmp_path / 'd2l_local/data.py'
    data.write_text('__all__ = ["DATASETS"]\n', encoding='utf-8')
    found = library.analyse(tmp_path)
    assert found.files == {}
    [problem] = found.problems
    assert (problem.file, problem.text[:13]) == ('d2l_local/data.py', '没有定义 DATASETS')
    data.unlink()
    with pytest.raises(UserError, match='不能导入'):
        library.write(tmp_path)


def test_broken_hand_written_file(tmp_path):
    make(tmp_path)
    (tmp_path / 'd2l_local/data.py').write_text('x = 1\ny = = 2\n', encoding='utf-8')
    found = library.analyse(tmp_path)
    assert [(each.file, each.line) for each in found.problems] == [('d2l_local/data.py', 2)]
    assert found.sources['data.py'] == 'x = 1\ny = = 2\n'


def test_page_without_a_title(tmp_path):
    make(tmp_path, one=['LIMIT = 1  #@save'])
    path = tmp_path / 'book/ch1_first/one.md'
    path.write_text(path.read_text(encoding='utf-8').replace('# 甲', '甲'), encoding='utf-8')
    [problem] = library.analyse(tmp_path).problems
    assert (problem.file, problem.text[:4]) == ('book/ch1_first/one.md', '没有标题')


# ---- 写和查 ----

def snapshot(root):
    return {path: (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(root.rglob('*')) if path.is_file()}


def test_write_changes_only_what_differs(tmp_path):
    make(tmp_path, **RICH)
    assert {path.name for path in library.write(tmp_path)} == {'first.py', 'second.py', 'api.md'}
    before = snapshot(tmp_path)
    assert library.write(tmp_path) == []
    assert snapshot(tmp_path) == before
    page = tmp_path / 'book/ch2_second/three.md'
    text = page.read_text(encoding='utf-8').replace('range(2)', 'range(4)')
    page.write_text(text, encoding='utf-8')
    assert {path.name for path in library.write(tmp_path)} == {'second.py', 'api.md'}


def test_write_touches_nothing_when_there_is_a_problem(tmp_path):
    make(tmp_path, **RICH)
    written(tmp_path)
    page = tmp_path / 'book/ch2_second/three.md'
    text = page.read_text(encoding='utf-8').replace('LIMIT', 'LIMITS')
    page.write_text(text, encoding='utf-8')
    (tmp_path / 'd2l_local/first.py').unlink()
    before = snapshot(tmp_path)
    file, index, line = place(tmp_path, THREE, 'LIMITS')
    with pytest.raises(UserError, match=f'^{file}:{line}: 第 {index} 格: '):
        library.main([], tmp_path)
    assert snapshot(tmp_path) == before


def test_main_says_what_it_did(tmp_path, capsys):
    make(tmp_path, **RICH)
    for expected in ('改了 3 个文件', '没有变化'):
        assert library.main([], tmp_path) == 0
        assert capsys.readouterr() == (f'提取了 8 个定义到 2 个模块，{expected}\n', '')
    make(tmp_path, one=RICH['one'], two=RICH['two'])
    assert library.main([], tmp_path) == 0
    assert capsys.readouterr().out == '提取了 6 个定义到 1 个模块，改了 2 个文件\n'
    assert not (tmp_path / 'd2l_local/second.py').exists()
    with pytest.raises(UserError, match='不带参数'):
        library.main(['--what'], tmp_path)


@pytest.mark.parametrize('file', ['d2l_local/second.py', 'book/appendix/api.md'])
def test_hand_written_file_is_never_overwritten(tmp_path, file):
    make(tmp_path, **RICH)
    mine = tmp_path / file
    mine.write_text('x = 1\n', encoding='utf-8')
    with pytest.raises(UserError, match='second.py|不是生成的'):
        library.write(tmp_path)
    assert mine.read_text(encoding='utf-8') == 'x = 1\n'
    assert not (tmp_path / 'd2l_local/first.py').exists()


def test_check_finds_each_kind_of_difference(tmp_path):
    make(tmp_path, **RICH)
    written(tmp_path)
    assert library.check(tmp_path) == []
    first, second = (tmp_path / 'd2l_local' / f'{name}.py' for name in ('first', 'second'))
    first.write_text(first.read_text(encoding='utf-8').replace('LIMIT = 3', 'LIMIT = 4'),
                     encoding='utf-8')
    second.unlink()
    old = first.with_name('gone.py')
    old.write_text(first.read_text(encoding='utf-8'), encoding='utf-8')
    number = first.read_text(encoding='utf-8').splitlines().index('LIMIT = 4') + 1
    found = {each.file: each for each in library.check(tmp_path)}
    assert {file: each.line for file, each in found.items()} == {
        'd2l_local/first.py': number, 'd2l_local/second.py': 0, 'd2l_local/gone.py': 0}
    assert '“LIMIT = 4”' in found['d2l_local/first.py'].text
    assert '“LIMIT = 3”' in found['d2l_local/first.py'].text
    assert all('请运行 make lib' in each.text for each in found.values())
    library.write(tmp_path)
    assert library.check(tmp_path) == [] and not old.exists()


def test_check_reports_problems_of_the_manuscript(tmp_path):
    make(tmp_path, one=['print(1)  #@save'])
    assert library.check(tmp_path) == library.analyse(tmp_path).problems != []


# ---- 依赖 ----

def reached(uses, name):
    return package.reached([name], uses)


def test_dependencies_are_transitive_and_carry_the_source(tmp_path):
    make(tmp_path, **RICH)
    _, _, _, uses, sources = library.analyse(tmp_path)
    assert reached(uses, 'LIMIT') == {'LIMIT'}
    assert reached(uses, 'area') == {'area', 'deco', 'LIMIT'}
    assert reached(uses, 'Grandchild') == {'Grandchild', 'Child', 'Base', 'LIMIT', 'plt'}
    assert reached(uses, 'download') == {'download', 'idx.py'}
    assert sources['area'].startswith('from math import pi\nimport d2l_local as d2l\n@d2l.deco\n')
    assert sources['DATASETS'] == sources['FashionMNIST'] == HAND_WRITTEN['data']


def test_dependencies_follow_relative_imports(tmp_path):
    make(tmp_path)
    data = tmp_path / 'd2l_local/hub.py'
    text = data.read_text(encoding='utf-8').replace('d2l_local.idx', '.idx')
    data.write_text(text, encoding='utf-8')
    assert reached(library.analyse(tmp_path).uses, 'download') == {'download', 'idx.py'}


def dependencies_of(root, *cells):
    make(root, **{**RICH, 'notes': list(cells)})
    page = Page(NOTES, '', root)
    return library.page_dependencies(page, root)


@pytest.mark.parametrize(('cells', 'names'), [
    (['print(1)'], None),
    (['import d2l_local as d2l'], []),
    (['import d2l_local as d2l', 'd2l.LIMIT'], ['LIMIT']),
    (['import d2l_local as lib', 'lib.LIMIT, d2l.area'], ['LIMIT']),
    (['import d2l_local', 'd2l_local.deco'], ['deco', 'LIMIT']),
    (['import d2l_local as d2l', 'def f():\n    return [d2l.area(x) for x in y]'],
     ['area', 'deco', 'LIMIT']),
    (['from d2l_local import make as m'], ['make', 'Base', 'Child', 'LIMIT']),
    (['%matplotlib inline\nimport d2l_local as d2l', '%time d2l.LIMIT', '!ls\nd2l.Base'],
     ['Base', 'LIMIT']),
    (['import d2l_local as d2l', 'd2l.download("x")', 'x.area'], ['download', 'idx.py']),
    (['from d2l_local import figures', 'x = (', 'd2l.area'], []),
    (['import d2l_local.idx', 'd2l_local.LIMIT'], ['LIMIT', 'idx.py']),
    (['import d2l_local.data as data', 'data.area'], ['data.py', 'idx.py']),
    (['import d2l_local as d2l', 'd2l.nothing', '"d2l.area"  # d2l.area'], []),
])
def test_page_dependencies_are_exact(tmp_path, cells, names):
    found = dependencies_of(tmp_path, *cells)
    expected = [] if names is None else [*names, '_compat.py', 'figures.py']
    assert sorted(found) == sorted(expected)


def test_a_docstring_that_names_the_package_uses_nothing(tmp_path):
    found = dependencies_of(tmp_path, 'import d2l_local as d2l\nd2l.LIMIT',
                            'def f():\n    """d2l_local 里没有。"""')
    assert sorted(found) == ['LIMIT', '_compat.py', 'figures.py']


@pytest.mark.parametrize('cell', [
    'dir(d2l)', 'from d2l_local import *', "__import__('d2l_local')", "!python -c 'import d2l_local'",
    'd2l.install_as_d2l()'])
def test_page_that_uses_the_whole_package_depends_on_all(tmp_path, cell):
    found = dependencies_of(tmp_path, 'import d2l_local as d2l', cell)
    assert set(found) == set(library.analyse(tmp_path).sources)


def test_page_dependencies_change_with_the_import_behind_a_helper(tmp_path):
    before = dependencies_of(tmp_path, 'import d2l_local as d2l', 'd2l.area()')
    path = tmp_path / 'book/ch1_first/two.md'
    text = path.read_text(encoding='utf-8').replace('from math import pi', 'from cmath import pi')
    path.write_text(text, encoding='utf-8')
    after = library.page_dependencies(Page(NOTES, '', tmp_path), tmp_path)
    assert {name for name in before if before[name] != after[name]} == {'area'}


# ---- API 页 ----

DOCUMENTED = '''\
def squared_loss(y_hat, y, scale=0.5, *rest, reduce=None, **more):  #@save
    """平方损失。

    第一段写到
    这里为止，见 `y_hat`
    和 `y`。

    - 一项
    - 两项

    参数：
        y_hat、y：预测与标签，
            形状 (n, 1)。
        scale：系数。
        *rest：其余。
        reduce：怎样合并。
        **more：更多。
    返回：形状 (n, 1) 的数组，
        每个样本一个值。
    异常：
        ValueError：形状不同。
    出处：1.1 甲
    """
    if rest:
        raise ValueError(rest)
    return more
'''
TIMER = '''\
class Timer:  #@save
    """计时器。

    参数：
        n：次数。
    出处：1.1 甲
    """
    def __init__(self, n=1):
        pass

    def start(self, *, at=None):
        """开始。

        细节。
        """

    @property
    def total(self):
        """总和。"""

    @staticmethod
    def now(zone):
        pass

    def _hidden(self):
        """看不见。"""
'''


def api_text(root):
    return (root / 'book/appendix/api.md').read_text(encoding='utf-8')


def section(text, name):
    return text.split(f'<a id="api-{name}"></a>\n\n')[1].split('\n\n<a id=')[0].split('\n\n## ')[0]


@pytest.fixture
def api(tmp_path):
    (tmp_path / 'bench').mkdir()
    (tmp_path / 'bench' / 'differences.yml').write_text('Timer:\n- [甲, 乙]\n', encoding='utf-8')
    make(tmp_path, one=[DOCUMENTED, TIMER, '# 上限，\n# 单位秒。\nLIMIT = 3  #@save\n'
                        + f'TABLE = {list(range(50))}  #@save'],
         three=['import d2l_local as d2l', klass('Sub', '', '(d2l.Timer)', THREE)])
    written(tmp_path)
    return api_text(tmp_path)


def test_api_of_a_function(api):
    assert section(api, 'squared_loss') == '''\
### `squared_loss`

```python
squared_loss(y_hat, y, scale=0.5, *rest, reduce=None, **more)
```

平方损失。

第一段写到这里为止，见 `y_hat` 和 `y`。

- 一项
- 两项

**参数**

- `y_hat`、`y`：预测与标签，形状 (n, 1)。
- `scale`：系数。
- `*rest`：其余。
- `reduce`：怎样合并。
- `**more`：更多。

**返回**：形状 (n, 1) 的数组，每个样本一个值。

**异常**

- `ValueError`：形状不同。

**出处**：[1.1 甲](../ch1_first/one.ipynb)，`book/ch1_first/one.md`'''


def test_api_of_classes_and_constants(api):
    timer = section(api, 'Timer')
    assert '```python\nTimer(n=1)\n```' in timer
    assert '**方法**\n\n- `start(*, at=None)`：开始。\n- `total`：总和。\n- `now(zone)`\n' in timer
    assert '_hidden' not in timer
    assert '\nSub(...)\n' in section(api, 'Sub')
    assert 'book/ch2_second/three.md' in section(api, 'Sub')
    limit = section(api, 'LIMIT')
    assert 'LIMIT = 3\n```\n\n上限，单位秒。\n' in limit
    assert 'TABLE = ...\n' in section(api, 'TABLE')


def test_api_of_hand_written_names(api):
    plt = section(api, 'plt')
    assert 'import types as plt\n```\n\n插图的设置。\n\n**出处**：`d2l_local/figures.py`' in plt
    assert '登记的数据集。' in section(api, 'DATASETS')
    assert '**参数**\n\n- `name`：名字。' in section(api, 'download')
    fashion = section(api, 'FashionMNIST')
    assert 'FashionMNIST(train=True)' in fashion and '- `read(n)`：读几张。' in fashion
    assert '照片。\n\n第一行\n    缩进的一行。' in fashion


def test_api_page_as_a_whole(api):
    assert [line for line in api.splitlines() if line.startswith('## ')] == [
        '## 第 1 章 第一', '## 第 2 章 第二', '## 直接写在 d2l_local 里的', '## 与 d2l 0.17.6 的不同']
    assert api.startswith('---\nkernelspec:\n') and 'make lib' in api.split('# 函数与类')[0]
    assert '| [`Timer`](#api-Timer) | 甲 | 乙 |' in api
    assert '```{' not in api and ':::' not in api


def test_api_page_survives_a_round_trip(api):
    notebook = jupytext.reads(api, 'md:myst')
    notebook.metadata['jupytext'] = {'notebook_metadata_filter': 'kernelspec,-all',
                                     'cell_metadata_filter': 'tags,mystnb,-all'}
    assert jupytext.writes(notebook, 'md:myst') == api


def test_long_signature_is_wrapped(tmp_path):
    args = ', '.join(f'argument_{i}=None' for i in range(8))
    make(tmp_path, one=[define('f', args)])
    written(tmp_path)
    lines = section(api_text(tmp_path), 'f').split('```')[1].splitlines()[1:]
    assert len(lines) > 1 and max(map(len, lines)) <= 79
    assert '\n  '.join(lines).replace('\n    ', ' ') == f'f({args})'
    first, second = f'{"a" * 40}=1', f'{"b" * 90}=2'
    node = ast.parse(f'def f({first}, {second}): pass').body[0]
    assert api_page.signature(node, 'f') == f'f({first},\n  {second})'


def test_only_the_package_counts_as_the_package():
    names = package.used_names(ast.parse('import ast\nimport os\nast.x\nimport d2l_local as d2l\nd2l.y'))
    assert names == [('', 4), ('y', 5)]


def test_an_import_binds_the_first_part_of_its_name():
    assert [marks.bound(ast.parse(text).body[0]) for text in ('import a.b', 'import a.b as c, d')] == [
        {'a'}, {'c', 'd'}]


def test_contents_that_cannot_be_read_is_one_sentence(tmp_path):
    make(tmp_path)
    toc = CONTENTS.replace('- caption: 附录', '- caption: 附录\n  numbered: true')
    (tmp_path / '_toc.yml').write_text(toc, encoding='utf-8')
    with pytest.raises(UserError):
        pages(tmp_path)
    [problem] = library.analyse(tmp_path).problems
    assert problem.file == '_toc.yml'
