"""一次种一个毛病，make check 的那一条命令要指出它的文件和行：四十几种，各在同一本没有毛病的小书里。"""
import os
import re
import shutil

import pytest

from tests.books import DOUBLE, cell, manuscript
from tests.test_places import make_place
from tools import checks, library, notebooks
from tools.book import pages

ANSWER = ('<details>\n<summary>解答</summary>\n\n是 42。\n\n</details>\n\n'
          + cell('print(double(21))', ':tags: [hide-cell]\n\n'))
FIRST = manuscript(
    '# 第一页\n', '加倍就是加一次自己。公式是\n\n<a id="eq-1-1-1"></a>\n\n$$\ny = 2x \\tag{1.1.1}\n$$\n',
    cell('import math'), cell(f"""{DOUBLE}
print(double(21), math.floor(2.5))"""),
    '由[式 (1.1.1)](#eq-1-1-1)，21 的两倍是 42。见 [1.2 节](second.ipynb#用处)。\n',
    '## 别的数（选读）\n', '负数也一样。\n', cell('minus = -3\nprint(double(minus))'),
    '## 小结\n', '- 加倍是加一次自己。\n', '## 练习\n', '1. 21 的两倍是多少？\n', ANSWER)
SECOND = manuscript(
    '# 第二页\n', '用前一节的函数。\n', cell('import d2l_local as d2l\n\nprint(d2l.double(4) / 3)'),
    '结果是 2.667。\n', '## 用处\n', '| 数 | 两倍 |\n|---|---|\n| 4 | 8 |\n',
    '## 小结\n', '- 用到了。\n', '## 练习\n', '1. 8 的一半是多少？\n',
    '<details>\n<summary>解答</summary>\n\n是 4。\n\n</details>\n\n'
    + cell('print(d2l.double(2))', ':tags: [hide-cell]\n\n'))
# 与前一节的同名。
FUNCTION = 'def double(x):  #@save\n    """三倍。\n\n    出处：1.2 第二页\n    """\n    return 3 * x'
ONE, TWO = 'book/ch1_start/first.md', 'book/ch1_start/second.md'


@pytest.fixture(scope='module')
def clean(tmp_path_factory):
    """一本没有毛病、执行过的小书。"""
    root = make_place(tmp_path_factory.mktemp('defects') / 'book')
    for name, text in (('ch1_start/first', FIRST), ('ch1_start/second', SECOND),
                       ('index', manuscript('# 书\n', '一句话。\n')),
                       ('ch1_start/index', manuscript('# 章\n', '一句话。\n'))):
        (root / 'book' / f'{name}.md').write_text(text, encoding='utf-8')
    shutil.rmtree(root / 'bench', ignore_errors=True)
    library.write(root)
    with (root / '_toc.yml').open('a', encoding='utf-8') as file:
        file.write('- caption: 附录\n  chapters:\n  - file: appendix/api\n')
    old = os.environ.get('PYTHONPATH')
    os.environ['PYTHONPATH'] = str(root)
    try:
        for page in pages(root):
            notebooks.normalise_text(page)
            notebooks.update(page)
    finally:
        del os.environ['PYTHONPATH']
        if old:
            os.environ['PYTHONPATH'] = old
    return root


@pytest.fixture
def book(clean, tmp_path):
    return shutil.copytree(clean, tmp_path / 'book', symlinks=True)


def test_the_clean_book_has_no_problems(book):
    assert [str(problem) for problem in checks.check(book)] == []


# (文件, 原来的文字, 换成什么, 指出的那一行有什么（'' 是不指向某一行）, 说什么)；指着别的文件时是 文件→文件。
DEFECTS = {
    '链接的页没有': (ONE, 'second.ipynb#用处', 'third.ipynb', 'third.ipynb', 'third'),
    '链接的节没有': (ONE, '#用处', '#坏处', '#坏处', '坏处'),
    '链接的节号不对': (ONE, '[1.2 节]', '[1.3 节]', '[1.3 节]', '1.3'),
    '文字里的节号没有': (TWO, '用前一节的函数', '用 7.3 节的函数', '7.3', '7.3'),
    '公式号重复': (ONE, '由[式', '<a id="eq-1-1-1"></a>由[式', '', 'eq-1-1-1'),
    '公式号不连续': (ONE, '\\tag{1.1.1}', '\\tag{1.1.2}', 'tag', '1.1.2'),
    '引用的公式没有': (ONE, '(#eq-1-1-1)', '(#eq-1-1-9)', 'eq-1-1-9', ''),
    '公式画不出来': (ONE, 'y = 2x', 'y = \\nosuch x', '$$', 'nosuch'),
    '美元符号': (TWO, '用前一节的函数', '从 $5 涨到 $10', '$5', '美元'),
    '别处不认的公式': (TWO, '用前一节的函数', '当 \\(y > 0\\) 时', '', ''),
    '公式里的 eqref': (ONE, 'y = 2x', 'y = \\eqref{a}', '$$', 'eqref'),
    'tag*': (ONE, '\\tag{1.1.1}', '\\tag*{甲}', '$$', 'tag'),
    '表里的竖线': (TWO, '| 4 | 8 |', '| $P(A|B)$ | 8 |', 'P(A|B)', '栏'),
    '数没有来处': (TWO, '结果是 2.667', '结果是 2.767', '2.767', '2.767'),
    '汉字数没有来处': (TWO, '用前一节的函数', '用前一节的三百个函数', '三百', '三百'),
    '半角的标点': (TWO, '用前一节的函数。', '用前一节的函数,再说。', '函数,', '排版'),
    '中西文之间没有空格': (ONE, '21 的两倍是 42', '21的两倍是 42', '21的', '排版'),
    '第二个一级标题': (TWO, '## 用处', '# 用处', '# 用处', '一级标题'),
    '标题跳级': (TWO, '## 用处', '### 用处', '### 用处', '跳'),
    '没有小结': (ONE, '## 小结\n\n- 加倍是加一次自己。\n', '', '', '小结'),
    '练习没有解答': (TWO, '<details>\n<summary>解答</summary>\n\n是 4。\n\n</details>\n\n', '', '1. 8',
        '解答'),
    '折叠没有合上': (TWO, '</details>', '', '', '折叠'),
    '手写的脚本': (TWO, '用前一节的函数。', '<script>alert(1)</script>', '<script>', 'script'),
    '手写的图片': (TWO, '用前一节的函数。', '<img src="a.png">', '<img', 'img'),
    '图片没有': (TWO, '用前一节的函数。', '![一只猫坐在门口](img/cat.svg)', 'cat.svg', 'cat.svg'),
    '指令': (TWO, '用前一节的函数。', '```{note}\n注意。\n```', '{note}', ''),
    '选读没有说讲什么': (ONE, '负数也一样。\n\n', '', '', ''),
    '主线用了选读的名字': (ONE, "- 加倍是加一次自己。\n",
        "- 加倍是加一次自己。\n\n" + cell('print(minus)'), 'print(minus)', 'minus'),
    '主线上有 exec': (TWO, 'print(d2l.double(4) / 3)', "exec('print(1)')", 'exec', 'exec'),
    '没有定义的名字': (TWO, 'print(d2l.double(4) / 3)', 'print(d2l.double(four) / 3)', 'four', 'four'),
    '没有用到的导入': (ONE, 'import math', 'import math\nimport json', 'import json', 'json'),
    '代码太长': (TWO, 'print(d2l.double(4) / 3)', 'print(' + ' + '.join(['d2l.double(4)'] * 6) + ')',
        'd2l.double(4) +', '79'),
    '跳过检验的注释': (TWO, 'print(d2l.double(4) / 3)', '# NBVAL_SKIP\nprint(d2l.double(4) / 3)', '',
        'NBVAL_SKIP'),
    '藏起输出的标签': (TWO, ':tags: [hide-cell]', ':tags: [remove-output]', '', 'remove-output'),
    '允许出错的标签': (TWO, ':tags: [hide-cell]', ':tags: [raises-exception]', '', 'raises-exception'),
    '公用函数没有说明': (ONE, '参数：\n        x：一个数。\n    ', '', '"""两倍', '参数'),
    '公用函数用了没有保存的': (ONE, 'return 2 * x', 'return helper(x)', '', 'helper'),
    '公用函数重名': (TWO, 'print(d2l.double(4) / 3)', FUNCTION, '', 'double'),
    '没有写完的记号': (TWO, '用前一节的函数', '用前一节的函数，待' '补', '待', '待'),
    '本机的路径': (TWO, '用前一节的函数', '用 /ro' 'ot/data 里的', '/ro', 'root'),
    '手稿改了没有重跑': (f'{TWO}→notebooks/ch1_start/second.ipynb', 'd2l.double(4) / 3',
        'd2l.double(5) / 3', '', 'make notebooks'),
    '改了笔记本的输出': ('notebooks/ch1_start/first.ipynb', '"42 2', '"43 2', '', '输出'),
    '改了笔记本的代码': ('notebooks/ch1_start/first.ipynb', 'return 2 * x', 'return 3 * x', '', 'make text'),
    '输出里有本机的路径': ('notebooks/ch1_start/first.ipynb', '"42 2', '"/ro' 'ot/x 2', '', ''),
    '改了生成的模块': ('d2l_local/start.py', 'return 2 * x', 'return 3 * x', '', 'make lib'),
    '目录里没有这一页': (f'_toc.yml→{TWO}', '    - file: ch1_start/second\n', '', '', '目录|_toc'),
    '目录里的页没有手稿': ('_toc.yml', 'ch1_start/second\n',
        'ch1_start/second\n    - file: ch1_start/third\n', '', 'third'),
    '数据登记错了': ('d2l_local/data.py', "'house-prices': DataSet(", "'house-prices': DateSet(", '',
        'DateSet'),
}


@pytest.mark.parametrize('name', DEFECTS)
def test_a_planted_defect_is_told(book, name):
    place, old, new, line, told = DEFECTS[name]
    file, _, shown = place.partition('→')
    path = book / file
    text = path.read_text(encoding='utf-8')
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding='utf-8')
    wanted = shown or file
    shown_text = (book / wanted).read_text(encoding='utf-8') if (book / wanted).exists() else ''
    lines = ['', *shown_text.splitlines()]
    # 找到就不再做后面的检查；全部检查一起做的是上一个测试。
    problems = (problem for one in checks.chosen(book) for problem in one(book))
    assert any(problem.file == wanted and re.search(told, problem.text)
               and re.search('请|应为|make text', problem.text)
               and (problem.line and line in lines[problem.line] if line else True) for problem in problems)
