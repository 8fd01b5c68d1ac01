"""术语表与它的检查。"""
import pytest

from tests.books import cell, make_book, manuscript
from tools import prose

TABLE = '''# 术语表

| 中文 | English | 不写作 | 引入 |
|---|---|---|---|
| 自动微分 | automatic differentiation | 自动求导、自动求微分 | [1.1 节](../ch1_start/first.ipynb) |
| 精度 | accuracy | 准确率 | 1.2 节 |
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


@pytest.mark.parametrize('old, new, told', [
    ('[1.1 节](../ch1_start/first.ipynb)', '1.1 节', '请写成链接'),
    ('1.2 节', '[1.2 节](../ch1_start/second.ipynb)', '指向的页还没有'),
    ('1.2 节', '9.9 节', '没有 9.9 节'),
    ('准确率', '自动求导', '已经出现过'),
])
def test_faults_of_the_table_are_found(tmp_path, old, new, told):
    [found] = problems(tmp_path, table=TABLE.replace(old, new))
    assert told in found and found.startswith('book/front/terms.md:')
