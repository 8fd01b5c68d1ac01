"""术语表与它的检查。"""
import pytest

from tests.books import cell, make_book, manuscript
from tools import front_matter, mainline, prose

TABLE = '''# 术语表

| 中文 | English | 不写作 | 引入 |
|---|---|---|---|
| 自动微分 | automatic differentiation | 自动求导、自动求微分 | [1.1 节](../ch1_start/first.ipynb) |
| 精度 | accuracy | 准确率 | |
'''


def problems(tmp_path, first='# 第一页\n', table=TABLE):
    root = make_book(tmp_path, first=manuscript(first))
    toc = root / '_toc.yml'
    toc.write_text(toc.read_text(encoding='utf-8').replace(
        'parts:\n', 'parts:\n- caption: 前言\n  chapters:\n  - file: front/terms\n'), encoding='utf-8')
    (root / 'book' / 'front').mkdir()
    (root / 'book' / 'front' / 'terms.md').write_text(manuscript(table), encoding='utf-8')
    return [str(one) for one in prose.check(root)]


def test_right_words_pass(tmp_path):
    assert problems(tmp_path, '# 第一页\n\n自动微分与精度。\n') == []


@pytest.mark.parametrize('text', ['自动求导很方便。', '这里的准确率很高。'])
def test_a_forbidden_word_in_prose_is_found(tmp_path, text):
    [found] = problems(tmp_path, f'# 第一页\n\n{text}\n')
    assert found.startswith('book/ch1_start/first.md:10: 第 1 格: ')
    assert '在本书里写作' in found


def test_a_forbidden_word_in_a_comment_is_found(tmp_path):
    text = '# 第一页\n\n' + cell('# 准确率\nx = 1')
    [found] = problems(tmp_path, text)
    assert '第 2 格' in found and '“准确率”在本书里写作“精度”' in found


def test_a_quoted_word_is_a_mention(tmp_path):
    assert problems(tmp_path, '# 第一页\n\n有的书写作“自动求导”。\n') == []


def test_a_word_twice_in_the_table_is_found(tmp_path):
    [found] = problems(tmp_path, table=TABLE.replace('准确率', '自动求导'))
    assert '已经出现过' in found and found.startswith('book/front/terms.md:')


def make_front(root):
    """首页有目录，术语表有三行，第一页引入两个。"""
    text = '# 一\n\n先有**精度**（accuracy），再有自动微分（Automatic differentiation）。\n'
    table = TABLE.replace('| 中文', '## 第 9 章\n\n| 中文')
    problems(root, text, table + '| 没有的 | nowhere | — | 旧的 |\n')
    home = manuscript('# 书\n\n引子。\n\n## 目录\n\n- [旧的](ch1_start/index.ipynb)：一句话。\n')
    (root / 'book' / 'index.md').write_text(home, encoding='utf-8')
    return root


def test_the_contents_and_the_glossary_are_made_from_the_book(tmp_path):
    root = make_front(tmp_path)
    assert [problem.file for problem in front_matter.check(root)] == [
        'book/index.md', 'book/front/terms.md', 'book/front/terms.md']
    assert front_matter.write(root) == ['book/index.md', 'book/front/terms.md']
    home, glossary = ((root / 'book' / f'{key}.md').read_text(encoding='utf-8')
                      for key in ('index', 'front/terms'))
    assert home.endswith('引子。\n\n## 目录\n\n前言：[术语表](front/terms.ipynb)。\n\n'
                         '- [1 章](ch1_start/index.ipynb)：一句话。\n  - [1.1 一](ch1_start/first.ipynb)\n')
    rows = [line for line in glossary.splitlines() if line.startswith(('## ', '| '))]
    assert rows == [
        '## 第 1 章 章', '| 中文 | English | 不写作 | 引入 |',
        '| 精度 | accuracy | 准确率 | [1.1 节](../ch1_start/first.ipynb) |',
        '| 自动微分 | automatic differentiation | 自动求导、自动求微分 '
        '| [1.1 节](../ch1_start/first.ipynb) |',
        '## 还没有引入', '| 中文 | English | 不写作 | 引入 |', '| 没有的 | nowhere | — |  |']
    [left] = front_matter.check(root)
    assert '没有一页写着“没有的（nowhere”' in left.text and front_matter.write(root) == []


def test_a_chapter_says_how_many_hours_its_pages_take(tmp_path):
    root = make_front(tmp_path)
    page = root / 'book' / 'ch1_start' / 'first.md'
    page.write_text(page.read_text(encoding='utf-8') + '\n' + '字' * (299 * mainline.CHARACTERS) + '\n\n'
                    + cell('x = 1\n' * 20), encoding='utf-8')
    assert '：一句话。主线约 5.0 小时。\n' in front_matter.contents_list(root)
