"""主线和选读：怎样分，怎样数，写错时说什么；名字；小网站上折叠、链接、搜索、打印和没有脚本。"""
import nbformat
import pytest

from tests import main_line
from tests.books import cell, make_book, manuscript, write_site
from tests.website import NEED_CHROMIUM, wait_for
from tools import mainline, names, records, site
from tools.book import select

PAGE = manuscript(
    '# 一\n\n开头四字。\n', cell('x = 1'),
    '## 主线节\n\n```\n# 这不是标题\n```\n', cell('y = x\n\nz = y'),
    '### 深的（选读）\n\n说它讲什么。\n', cell('depth = 1'), '#### 更深\n\n还是选读。\n', cell('deeper = 1'),
    '### 又回来\n\n回到主线。\n', cell('w = 1'),
    '## 小结\n\n- 一条。\n',
    '## 练习\n\n1. 一问？\n\n<details>\n<summary>解答</summary>\n\n1. 答。\n\n</details>\n',
    cell('answer = depth', ':tags: [hide-cell]\n'), '2. 二问？\n')


def problems(root, text, check=mainline.check, **more):
    return [(problem.cell, problem.text) for problem in check(make_book(root, first=text, **more))]


def test_parts_are_told_by_headings(tmp_path):
    page, = select('1.1', make_book(tmp_path, first=PAGE))
    parts = [(piece.part, piece.text.split()[0]) for piece in mainline.pieces(page)
             if piece.cell.kind == 'code']
    assert parts == [('主线', 'x'), ('主线', 'y'), ('选读', 'depth'), ('选读', 'deeper'), ('主线', 'w'),
                     ('练习', 'answer')]
    lines = page.read().splitlines()
    assert all(lines[piece.line - 1] == piece.text.splitlines()[0] for piece in mainline.pieces(page))
    found = mainline.measure(page)
    main, optional = found.parts['主线'], found.parts['选读']
    assert (main.cells, main.lines, optional.cells, optional.lines) == (3, 4, 2, 2)
    assert main.characters == len('一开头四字主线节这不是标题又回来回到主线小结一条')
    assert list(found.sections) == ['深的（选读）'] and found.exercises == 2
    assert found.line() == '主线约 1 分钟 · 选读约 1 分钟 · 练习 2 题'
    assert mainline.check(page.root) == [] == names.check(page.root)


def test_a_long_main_line_is_a_problem(tmp_path):
    long = manuscript('# 一\n', '字' * (20 * mainline.CHARACTERS), *[cell('1')] * 25)
    assert problems(tmp_path, long) == [
        (0, '主线要 21.3 分钟，最多 20 分钟。请写短，或把深入的节标成（选读）。'),
        (0, '主线有 25 格代码，最多 24 格。请合并、删去，或把深入的节标成（选读）。')]


def test_the_same_length_is_no_problem_when_marked_or_without_code(tmp_path):
    marked = manuscript('# 一\n', '## 深（选读）\n\n一句话。\n\n' + '字' * 9000, *[cell('1')] * 25)
    text = manuscript('# 二\n', '字' * 9000)
    assert problems(tmp_path, marked, second=text) == []


@pytest.mark.parametrize('text, told', [
    ('## 选读：深的\n\n一句话。\n', '“选读”请写在标题末尾，写成（选读）。'),
    ('## 深(选读)\n\n一句话。\n', '“选读”请写在标题末尾，写成（选读）。'),
    ('## 深（选读）\n\n一句话。\n\n### 更深（选读）\n\n一句话。\n',
     '这个（选读）多余：整节都是选读，小节随它。请删去。'),
    ('## 深（选读）\n\n$$\nx\n$$\n',
     '选读的标题后面没有文字。请先用一句话说它讲什么，网站折叠时只看得见这一句。'),
    ('## 深（选读）\n', '选读的标题后面没有文字。请先用一句话说它讲什么，网站折叠时只看得见这一句。'),
    ('## 深（选读）\n\n一句话。又一句话。\n',
     '选读的第一段折叠时也看得见。请写成一句话，最多 80 个汉字，其余另起一段。'),
])
def test_a_wrong_mark_is_a_problem(tmp_path, text, told):
    assert [found for _, found in problems(tmp_path, manuscript('# 一\n', text))] == [told]


def test_the_title_is_not_marked(tmp_path):
    assert [told for _, told in problems(tmp_path, manuscript('# 一（选读）\n'))] == [
        '页的标题里不写（选读）。请写在各节的标题里。']


def test_a_name_that_only_the_depth_defines_is_a_problem(tmp_path):
    text = manuscript('# 一\n', '## 深（选读）\n\n一句话。\n', cell('import math\nonly_here = 1'),
                      '## 主线\n', cell('%time 1\n\nx = 1\nprint(abs(1), only_here)'))
    assert problems(tmp_path, text, names.check) == [
        (4, '主线用到 only_here，只有选读或练习定义它。请在主线里定义，或把这一格移进选读。')]
    [problem] = names.check(tmp_path)
    assert text.splitlines()[problem.line - 1] == 'print(abs(1), only_here)'


@pytest.mark.parametrize('first, second, told', [
    ('def fit(x, y): pass', 'def fit(x, y): return 1', None),
    ('def f(x): pass', 'def f(y): pass', None),
    ('def fit(x, y): pass', 'def fit(x): pass',
     'fit 在“1.1 一”里是 fit(x, y)。同一个名字请用同样的参数，或换个名字。'),
    ('def fit(x):  #@save\n    pass', 'def fit(x): return 1',
     'd2l_local 里有 fit（1.1 一）。请用 d2l.fit，或换个名字。'),
])
def test_the_same_name_is_the_same_function(tmp_path, first, second, told):
    found = problems(tmp_path, manuscript('# 一\n', cell(first)), names.check,
                     second=manuscript('# 二\n', cell(second)))
    assert [text for _, text in found] == ([told] if told else [])


def test_every_page_after_the_first_is_compared_in_its_depth_too(tmp_path):
    def define(title, parameters):
        return manuscript(f'# {title}\n', '## 深（选读）\n\n一句话。\n', cell(f'def fit({parameters}): pass'))

    found = names.check(make_book(tmp_path, a=define('一', 'x'), b=define('二', 'x'), c=define('三', 'y')))
    assert [problem.file for problem in found] == ['book/ch1_start/c.md']


def test_a_lead_of_80_characters_is_short_enough():
    assert mainline.lead_problem(['字' * 80]) == '' != mainline.lead_problem(['字' * 81])



@pytest.mark.parametrize('code, told', [
    ('exec("x = 1")', 'exec'), ('def f():\n    global x\n    x = 1', 'global'),
    ('import os\nos.chdir("/")', 'chdir'), ('print((1)._children)', '_children'),
    ('_, x = 1, 2\nprint(x.__class__)', None)])
def test_the_main_line_is_plain(tmp_path, code, told):
    text = manuscript('# 一\n', cell(code), '## 深（选读）\n\n一句话。\n', cell('print((1)._private)'))
    found = [text for _, text in problems(tmp_path, text, names.check_plain)]
    assert found == ([f'主线用了 {told}。请换一种写法，或移进选读。'] if told else [])


def test_the_main_line_notebook_has_no_depth_and_keeps_outputs(tmp_path):
    page, = select('1.1', make_book(tmp_path, first=PAGE))
    notebook = records.from_text(page.read())
    for code in records.code_cells(notebook):
        code.outputs = [nbformat.from_dict({'output_type': 'stream', 'name': 'stdout', 'text': code.source})]
    page.notebook.parent.mkdir()
    page.notebook.write_text(records.serialise(notebook), encoding='utf-8')
    path, = main_line.write([page], tmp_path / 'out')
    kept = records.code_cells(nbformat.read(path, as_version=4))
    assert [code['source'] for code in kept] == ['x = 1', 'y = x\n\nz = y', 'w = 1']
    assert [code['outputs'][0]['text'] for code in kept] == ['x = 1', 'y = x\n\nz = y', 'w = 1']


SITE = manuscript(
    '# 一\n\n开头。\n', cell('x = 1'), '## 主线节\n\n见[深处](#deep)。\n',
    '## 深的（选读）\n\n说它讲什么。\n\n深处的字“独一无二”。\n\n<a id="deep"></a>\n', cell('depth = 1'),
    '### 小节\n\n小节里的字。\n', '## 另一节（选读）\n\n也说它讲什么。\n\n另一处的字。\n',
    '## 小结\n\n- 一条。\n')
OPEN = "[...document.querySelectorAll('details.depth')].map((details) => details.open)"


@pytest.fixture(scope='module')
def folded(tmp_path_factory):
    root = tmp_path_factory.mktemp('site')
    write_site(root, index='# 书\n', ch1_start__index='# 章\n', ch1_start__first=SITE,
               ch1_start__second=manuscript('# 二\n\n没有选读。\n', cell('x = 1')))
    site.build(root)
    return root / '_build' / 'html'


@pytest.fixture
def visit(browser, folded):
    contexts = []

    def visit(name='ch1_start/first.html', **options):
        if not contexts or options:
            contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.goto((folded / name.partition('#')[0]).as_uri() + ''.join(name.partition('#')[1:]))
        return page

    yield visit
    for context in contexts:
        context.close()


@NEED_CHROMIUM
def test_depth_is_folded_to_its_heading_and_one_sentence(visit):
    page = visit()
    assert page.evaluate(OPEN) == [False, False]
    shown = page.inner_text('article')
    assert '说它讲什么。' in shown and '一条。' in shown
    assert '深处的字' not in shown and '小节里的字' not in shown
    assert page.inner_text('.reading span').startswith('主线约 1 分钟 · 选读约 1 分钟')
    page.locator('details.depth > summary').first.click()
    assert page.evaluate(OPEN) == [True, False] and '小节里的字' in page.inner_text('article')


@NEED_CHROMIUM
def test_the_switch_opens_all_and_is_remembered(visit):
    page = visit()
    page.get_by_role('button', name='全文').click()
    assert page.evaluate(OPEN) == [True, True]
    assert page.get_by_role('button', name='全文').get_attribute('aria-pressed') == 'true'
    assert visit().evaluate(OPEN) == [True, True]
    page.get_by_role('button', name='主线').click()
    assert visit().evaluate(OPEN) == [False, False]


@NEED_CHROMIUM
def test_a_link_a_word_searched_for_and_print_open_what_they_need(visit):
    page = visit()
    page.get_by_role('link', name='深处').click()
    wait_for(page, f'({OPEN})[0]')
    assert page.evaluate(OPEN) == [True, False]
    # 目录里的链接指着标题和小节。
    for part in ('深的', '小节'):
        page = visit()
        links = page.locator(f'nav a:has-text("{part}")')
        links.last.evaluate('link => link.click()')
        wait_for(page, f'({OPEN})[0]')
    assert visit('ch1_start/first.html#deep').evaluate(OPEN) == [True, False]
    page = visit()
    page.keyboard.press('/')
    page.keyboard.insert_text('独一无二')
    page.locator('#book-search [role=option]').first.wait_for()
    page.keyboard.press('Enter')
    wait_for(page, f'({OPEN})[0]')
    page = visit()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(OPEN) == [True, True]
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(OPEN) == [False, False]


@NEED_CHROMIUM
def test_without_scripts_everything_is_open_and_a_page_without_depth_has_no_switch(visit):
    page = visit(java_script_enabled=False)
    assert '小节里的字' in page.inner_text('article') and '另一处的字' in page.inner_text('article')
    assert not page.locator('.reading button').first.is_visible()
    page = visit('ch1_start/second.html', java_script_enabled=True)
    assert page.locator('.reading button').count() == 0 and '主线约 1 分钟' in page.inner_text('.reading')
