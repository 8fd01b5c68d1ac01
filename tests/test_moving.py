"""在网站上走动：锚点、章节号、标题下面的来历、名字和术语的链接、左右键、插图和实验索引。"""
import os
import re
import shutil
import subprocess
from urllib.parse import unquote

import nbformat
import pytest

from tests.books import cell, make_book, manuscript, write_contents, write_site
from tests.website import NEED_CHROMIUM, dead_links
from tools import figures, front_matter, prose, site
from tools.book import ROOT, pages
from tools.site_extension import about

FIGURE = '---\nmystnb:\n  figure:\n    caption: {}\n    name: {}\n---\n'
FIRST = manuscript(
    '# 从“头”开始\n\n向量的**梯度下降**和梯度，又是梯度。见 [Adam](#adam)、[不在](#没有)。\n',
    '## 中文 标题，带标点（选读）\n\n一句标量。\n', '## `with` 与 Softmax\n\n梯度下降，标量，坐标轴，轴。\n',
    '<a id="adam"></a>\n\n写成 `d2l.plot(x, y)`，不是 `d2l.nothing`、`plot`，也不是[链接](#adam "梯度")。\n',
    cell('d2l.plot(d2l.nothing, d2l.Timer)', FIGURE.format('画矩阵。', 'fig-a')),
    '### 再说\n\n一。\n', '### 再说\n\n二。\n', '### `d2l.plot`\n\n| 矩阵 |\n|---|\n| 矩阵 |\n',
    '## 练习\n\n1. 矩阵？\n')
SECOND = manuscript(
    '# 第二页\n\n先读[标题](first.ipynb#再说)和[又一个](first.ipynb#再说-1)，[第三页](third.ipynb)。\n',
    cell('print(1)', FIGURE.format('再画。', 'fig-b')), '## 小节\n\n<input id="typing" aria-label="写">\n',
    f'```python\n{"x = " * 200}1\n```\n')
THIRD = manuscript('# 第三页\n\n矩阵。\n', cell('d2l.Timer, d2l.plot'))
TERMS = manuscript('# 术语表\n\n梯度和矩阵。\n\n## 第 1 章\n', *front_matter.HEAD, *(
    f'| {term} | x | — | |' for term in ('梯度', '梯度下降', '标量', '轴', '矩阵', 'Bayes 公式')))
API = manuscript(
    '# 函数与类\n', '<a id="api-plot"></a>\n\n## `plot`\n\n矩阵。\n', '<a id="api-Timer"></a>\n\n## `T`\n',
    '**出处**：[1.1 从“头”开始](../ch1_start/first.ipynb)，`book/ch1_start/first.md`\n')
PIXEL = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'


def draw(root, name):
    """`name` 页的每格都画了一幅图。"""
    path = root / 'notebooks' / 'ch1_start' / f'{name}.ipynb'
    notebook = nbformat.read(path, as_version=4)
    for each in notebook.cells:
        if each.cell_type == 'code':
            each.outputs = [nbformat.v4.new_output('display_data', {'image/svg+xml': PIXEL})]
    nbformat.write(notebook, path)


# 没有 git 也能建网站，只是没有日期；照样检查其余的。
GIT = shutil.which('git')


def git(root, *arguments):
    if not GIT:
        return
    day = '2024-05-06T12:00:00'
    environment = {**os.environ, 'GIT_AUTHOR_DATE': day, 'GIT_COMMITTER_DATE': day}
    subprocess.run(['git', '-c', 'user.name=x', '-c', 'user.email=x@example.org', *arguments], cwd=root,
                   env=environment, check=True, capture_output=True)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('书 房')
    write_site(root, index='# 书\n', ch1_start__index='# 章\n\n## 章里的节\n\n字。\n', ch1_start__first=FIRST,
               ch1_start__second=SECOND, ch1_start__third=THIRD,
               front__terms=TERMS, appendix__api=API)
    draw(root, 'first')
    draw(root, 'second')
    git(root, 'init')
    git(root, 'add', 'notebooks/ch1_start/first.ipynb')
    git(root, 'commit', '--message', 'x')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('D2L_REPOSITORY', 'https://github.com/someone/book')
        site.build(root)
    return root


@pytest.fixture
def read(root):
    return lambda key: (root / '_build' / 'html' / f'{key}.html').read_text(encoding='utf-8')


def article(text):
    return text.partition('<article')[2].partition('</article>')[0]


def test_anchors_are_the_slugs_of_the_headings(root, read):
    text = read('ch1_start/first')
    assert re.findall(r'<section[^>]* id="([^"]*)"', text) == [
        '从头开始', '中文-标题带标点选读', 'with-与-softmax', '再说', '再说-1', 'd2lplot', '练习']
    contents = re.search(r'<nav [^>]*page-toc.*?</nav>', text, re.S)[0]
    assert 'href="#中文-标题带标点选读"' in contents and 'href="#再说-1"' in contents
    second = read('ch1_start/second')
    assert 'href="first.html#再说"' in second and 'href="first.html#再说-1"' in second
    assert 'id="adam"' in text and 'href="#adam"' in text and 'id="fig-a"' in text
    html = root / '_build' / 'html' / 'ch1_start'
    assert [unquote(link) for path in html.glob('*.html') for link in dead_links(path)] == ['#没有']


def test_only_titles_are_numbered_and_a_second_build_writes_only_what_changed(root, read):
    for key, number in [('ch1_start/index', '1'), ('ch1_start/first', '1.1'), ('ch1_start/second', '1.2')]:
        assert re.findall(r'class="section-number">([^<]*) </span>', article(read(key))) == [number], key
    for key, number in [('ch1_start/first', '图 1.1 '), ('ch1_start/second', '图 1.2 ')]:
        assert re.findall(r'caption-number">([^<]*)<', read(key)) == [number]
    sidebar = re.search(r'<nav class="bd-links.*?</nav>', read('ch1_start/first'), re.S)[0]
    assert '1.2 第二页' in re.sub('<[^>]*>', '', sidebar)
    path = root / '_build' / 'html' / 'ch1_start' / 'first.html'
    before = path.stat().st_mtime_ns
    write_site(root, ch1_start__third=THIRD.replace('矩阵', '改了'))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('D2L_REPOSITORY', 'https://github.com/someone/book')
        site.build(root)
    assert '改了' in read('ch1_start/third') and path.stat().st_mtime_ns == before
    assert '1.2.1' not in read('ch1_start/second')


def test_the_line_under_the_title(root, read):
    def told(key):
        found = re.search(r'<div class="about">(.*?)</div>', read(key))
        return re.findall('<span>(.*?)</span>', found[1]) if found else []

    where, wheres = ('https://github.com/someone/book/issues/new?template=error.yml&amp;where=',
                     '1.1+%E4%BB%8E%E2%80%9C%E5%A4%B4%E2%80%9D%E5%BC%80%E5%A7%8B')
    assert told('ch1_start/first') == [
        '运行最多约 15 秒', f'最后验证：{"2024-05-06，" if GIT else ""}{about.versions(root)}',
        '<a href="../_sources/ch1_start/first.ipynb" download>笔记本</a>',
        '<a href="https://github.com/someone/book/blob/HEAD/book/ch1_start/first.md" rel="noopener">手稿</a>',
        f'<a href="{where}{wheres}" rel="noopener">报告问题</a>']
    # 没有提交过的没有日期；后面的页不算前置。
    assert told('ch1_start/second')[:3] == ['用到前面的 <a href="first.html">1.1 从“头”开始</a>',
                                           '运行最多约 15 秒', f'最后验证：{about.versions(root)}']
    assert told('ch1_start/third')[0] == '用到前面的 <a href="first.html">1.1 从“头”开始</a>'
    assert [re.sub('<[^>]*>', '', text) for text in told('front/terms')] == ['手稿', '报告问题']
    assert [re.sub('<[^>]*>', '', text) for text in told('appendix/api')] == ['报告问题']
    assert re.fullmatch(r'MXNet [\d.]+、NumPy [\d.]+', about.versions(root))


def test_facts_that_are_not_there_are_left_out(tmp_path):
    root = make_book(tmp_path / 'book', first=manuscript('# 一\n', cell('1')), second=manuscript('# 二\n'))
    assert about.dates(root) == {} and about.versions(root) == 'NumPy 1.26.4'
    assert list(about.facts(root)) == ['ch1_start/first']
    (root / 'tests').mkdir()
    longer = 'ch1_start/first: {seconds: 40, reason: 长}\n'
    (root / 'tests' / 'budget.yml').write_text(longer, encoding='utf-8')
    assert about.Fact('运行最多约 40 秒') in about.facts(root)['ch1_start/first']


def test_without_git_there_are_no_dates(root, monkeypatch):
    dates = {'notebooks/ch1_start/first.ipynb': '2024-05-06'} if GIT else {}
    assert about.dates(root) == dates
    monkeypatch.setenv('PATH', '')
    assert about.dates(root) == {}


@pytest.mark.skipif(not GIT, reason='没有 git，没有历史可看。Debian 上：sudo apt-get install git')
def test_a_shallow_history_gives_no_date(tmp_path):
    whole = make_book(tmp_path / 'book', first=manuscript('# 一\n', cell('1')))
    (whole / 'notebooks' / '一.ipynb').write_text('{}', encoding='utf-8')
    git(whole, 'init')
    for _ in range(2):
        git(whole, 'add', '.')
        git(whole, 'commit', '--allow-empty', '--message', 'x')
    assert about.dates(whole) == {'notebooks/一.ipynb': '2024-05-06'}
    git(tmp_path, 'clone', '--depth', '1', whole.as_uri(), 'shallow')
    assert about.dates(tmp_path / 'shallow') == {}


def test_pages_built_on_are_those_most_linked_and_used_on_the_main_line(tmp_path):
    link = '[某页]({}.ipynb)'.format
    root = make_book(tmp_path, **{name: manuscript(f'# {name}\n') for name in 'abcd'}, e=manuscript(
        f'# e\n\n{link("a")}{link("b")}{link("b")}{link("c")}{link("f")}{link("f")}\n',
        cell('d2l.one, d2l.two'), f'## 深（选读）\n\n{link("a")}{link("a")}\n'), f=manuscript('# f\n'))
    everything = pages(root)
    known = {page.key: page for page in everything}
    homes = {'one': 'ch1_start/d', 'two': 'ch1_start/c'}

    def chosen(name):
        return [page.title for page in about.built_on(known[f'ch1_start/{name}'], everything, homes)]

    assert chosen('e') == ['b', 'c', 'd'] and chosen('a') == []
    homes.clear()
    assert chosen('e') == ['a', 'b', 'c']


def test_names_link_to_the_api_page(read):
    text = read('ch1_start/first')
    assert re.findall(r'<a class="api reference internal" href="([^"]*)"><code.*?</a>', text) == [
        '../appendix/api.html#api-plot']
    assert re.findall(r'<a class="api" href="([^"]*)">', text) == [
        '../appendix/api.html#api-plot', '../appendix/api.html#api-Timer']
    assert 'class="api' not in re.search(r'<h3>.*?d2l\.plot.*?</h3>', text)[0]


def test_the_first_use_of_a_term_links_to_its_row(read):
    linked = re.compile(r'<a class="term reference internal" href="([^"#]*)#([^"]*)">([^<]*)</a>')
    assert linked.findall(read('ch1_start/first')) == [
        ('../front/terms.html', 'term-梯度下降', '梯度下降'), ('../front/terms.html', 'term-梯度', '梯度'),
        ('../front/terms.html', 'term-标量', '标量')]
    paragraph = re.search(r'<p>向量的.*?</p>', read('ch1_start/first'))[0]
    assert re.sub('<[^>]*>', '', paragraph) == '向量的梯度下降和梯度，又是梯度。见 Adam、不在。'
    assert '标量，坐标轴' not in paragraph and '一句标量' in read('ch1_start/first')
    terms = read('front/terms')
    assert not linked.search(terms) and re.search(r'<tr [^>]*id="term-Bayes-公式"', terms)
    assert not linked.search(read('appendix/api'))


@NEED_CHROMIUM
def test_arrow_keys_turn_pages_but_not_while_typing_or_scrolling(browser, root):
    page = browser.new_page()
    page.goto((root / '_build' / 'html' / 'ch1_start' / 'first.html').as_uri())
    page.keyboard.press('ArrowRight')
    page.wait_for_url('**/second.html')
    for name in ('#typing', 'pre[tabindex="0"]'):
        page.locator(name).last.focus()
        page.keyboard.press('ArrowRight')
        page.evaluate('new Promise((done) => setTimeout(done, 200))')
        assert page.url.endswith('second.html'), name
    page.evaluate('document.activeElement.blur()')
    page.keyboard.press('Shift+ArrowLeft')
    page.evaluate('new Promise((done) => setTimeout(done, 200))')
    assert page.url.endswith('second.html')
    page.keyboard.press('ArrowLeft')
    page.wait_for_url('**/first.html')
    page.close()


def test_the_index_of_figures_is_written_into_its_page(tmp_path):
    first, second = (FIGURE.format(text, 'fig-a') for text in ('第一幅。', '第二幅。'))
    second = second.replace('    name: fig-a\n', '')
    root = make_book(tmp_path, first=manuscript('# 一\n', cell('1', first), cell('2')),
                     second=manuscript('# 二\n', cell('1', second)))
    (root / 'book' / 'appendix').mkdir()
    last = root / 'book' / 'appendix' / 'z.md'
    last.write_text(manuscript('# 附\n', cell('1', second)), encoding='utf-8')
    path = root / 'book' / f'{figures.INDEX}.md'
    path.write_text(manuscript('# 插图索引\n\n人写的。\n\n## 旧的\n'), encoding='utf-8')
    write_contents(root)
    problem, = front_matter.check(root)
    assert str(problem) == 'book/appendix/figures.md: 生成的部分与书不符。请运行 make format。'
    assert front_matter.write(root) == ['book/appendix/figures.md'] and front_matter.check(root) == []
    assert path.read_text(encoding='utf-8').endswith(
        '人写的。\n\n## 第 1 章 章\n\n- [图 1.1](../ch1_start/first.ipynb#fig-a) 第一幅。\n'
        '- [图 1.2](../ch1_start/second.ipynb) 第二幅。\n\n## 附\n\n- [图 1](../appendix/z.ipynb) 第二幅。\n')
    assert prose.check(root) == []
    path.write_text(path.read_text(encoding='utf-8').replace('#fig-a', '#fig-b'), encoding='utf-8')
    assert '没有锚点 fig-b' in prose.check(root)[0].text


def test_the_index_lists_the_experiments_over_seeds(tmp_path):
    """主线和选读里的都列，练习里的和定义不列；标题里有标点的，链接到外面的一节。"""
    text = manuscript(
        '# 一\n', cell('def run_seeds(run, num_seeds=5):\n    return [run(0)]'),
        '## 训练\n\n### 好了，还是碰巧\n', cell('d2l.run_seeds(run)'),
        cell('d2l.run_seeds(run, num_seeds=10)'),
        '## 深（选读）\n', cell('run_seeds(run, 3)'), cell('run_seeds(run, n)'),
        '## 没有\n', cell('run(0)'), '## 练习\n\n1. 一问？\n', cell('run_seeds(run)'))
    root = make_book(tmp_path, first=text)
    told = figures.index(root)
    assert told.startswith('## 用几个种子比较的实验\n')
    assert told.split('\n\n')[-1] == (
        '- [1.1 一：训练：好了，还是碰巧](../ch1_start/first.ipynb#训练)：10 个、5 个种子。\n'
        '- [1.1 一：深（选读）](../ch1_start/first.ipynb)：3 个、若干个种子。\n')


def test_the_seeds_of_a_call_without_a_number_are_those_of_the_book():
    code = (ROOT / 'd2l_local' / 'linear.py').read_text(encoding='utf-8')
    assert re.findall(r'^def run_seeds\(run, num_seeds=(\d+)\):', code, re.M) == [str(figures.SEEDS)]
