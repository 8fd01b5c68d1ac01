"""搜索：一页分成哪些节，引擎怎样认词、排次序、取摘录；浏览器里的在 test_site.py。"""
import json
import subprocess

import pytest
from docutils import nodes

from tools.book import ROOT
from tools.site_extension import search
from tools.site_extension.formulas import NODE

STATIC = ROOT / 'tools' / 'site_extension' / 'static'


def ask(*queries, index=None, file=None):
    """引擎的回答，一个查询一个。"""
    command = [NODE, ROOT / 'tests' / 'search.js', STATIC / 'search-engine.js', *([file] if file else [])]
    done = subprocess.run(command, input=json.dumps({'index': index, 'queries': queries}), text=True,
                          capture_output=True, check=True, encoding='utf-8')
    return json.loads(done.stdout)


def page(key, label, *sections, weight=1):
    return {'key': key, 'label': label, 'weight': weight, 'sections': [list(section) for section in sections]}


INDEX = {
    'terms': [['暂退法', 'dropout', '随机失活'], ['权重衰减', 'weight decay'],
              ['k 折交叉验证', 'k-fold cross-validation'], ['轴', 'axis']],
    'pages': [
        page('a', '1 暂退法', ['', '暂退法', '训练时随机丢掉一些单元。', 'nn.Dropout'],
             ['id1', '简洁实现',
              '在每一层之后加一层 Dropout 就行。' + '还有别的话。' * 30 + '最后说到过拟合。', 'net.add'],
             ['id2', '练习', '暂退法与暂退法，暂退法。', '']),
        page('b', '2 权重衰减',
             ['', '权重衰减', '也叫 weight decay，防止过拟合；与暂退法可以同用。', 'gluon.Trainer'],
             ['id1', 'K 折交叉验证', '数据分成几折。', 'd2l.get_k_fold_data']),
        page('c', '3 数组',
             ['', '数组', '用 np.array 造数组，沿着轴求和；ValueError 说形状不对。', 'np.dot BatchNorm']),
        page('terms', '术语表', ['', '术语表', '暂退法　dropout　权重衰减　weight decay', ''], weight=0.4),
    ],
}


# 查询和应当排第一的页。
FIRST = [
    ('暂退法', 'a'), ('dropout', 'a'), ('DROPOUT', 'a'), ('随机失活', 'a'), ('dropuot', 'a'),
    ('ｄｒｏｐｏｕｔ', 'a'),
    ('nn.Dropout', 'a'), ('weight decay', 'b'), ('weight-decay', 'b'), ('wieght deacy', 'b'), ('decay', 'b'),
    ('k折交叉验证', 'b'), ('K 折 交叉验证', 'b'), ('get_k_fold_data', 'b'), ('k_fold', 'b'), ('trainer', 'b'),
    ('权重衰减怎么办', 'b'), ('如何用权重衰减？', 'b'), ('array', 'c'), ('np.array', 'c'), ('dot', 'c'),
    ('np.dot', 'c'),
    ('batch norm', 'c'), ('batchnorm', 'c'), ('batch_norm', 'c'), ('沿着轴求和', 'c'), ('轴', 'c'),
    ('axis', 'c'),
    ('ValueError: operands could not be broadcast', 'c'), ('形状 ValueError', 'c')]


def test_the_right_page_comes_first():
    answers = ask(*(query for query, _ in FIRST), index=INDEX)
    found = [(query, answer['pages'][0]['key'] if answer['pages'] else None)
             for (query, _), answer in zip(FIRST, answers, strict=True)]
    assert found == FIRST


def test_nothing_and_nonsense_find_nothing_and_signs_do_no_harm():
    for answer in ask('', '  ', '不存在之物哉', 'xqzzy', '(*[\\^$', '+', '-.', '_', index=INDEX):
        assert answer['pages'] == [] and answer['total'] == 0
    [answer] = ask('的', index=INDEX)
    assert answer['words'] == ['的']


def test_results_are_grouped_best_first_and_exercises_come_last():
    [answer] = ask('暂退法', index=INDEX)
    assert [one['key'] for one in answer['pages']] == ['a', 'b', 'terms']
    labels = [section['label'] for section in answer['pages'][0]['sections']]
    assert labels == ['1 暂退法', '练习', '简洁实现']


def test_the_excerpt_surrounds_the_words_and_marks_them():
    answers = ask('过拟合', 'net.add', 'Trainer', index=INDEX)
    excerpts = [one['pages'][0]['sections'][0]['excerpt'] for one in answers]
    deep = next(section['excerpt'] for one in answers[0]['pages'] for section in one['sections']
                if section['label'] == '简洁实现')
    assert ['过拟合', True] in deep and len(''.join(text for text, _ in deep)) <= 100
    assert excerpts[1] == [['代码：', False], ['net.add', True]]
    assert excerpts[2] == [['代码：', False], ['gluon.', False], ['Trainer', True]]


def section(title, *children, name='x'):
    return nodes.section('', nodes.title('', title), *children, ids=[name])


def test_a_page_is_divided_into_sections_with_text_and_names():
    inner = section('小节', nodes.paragraph('', '里面的字。'), name='id2')
    code = 'x = np.zeros(3)\nnet.collect_params()\nb.T\nprint(x)'
    output = nodes.literal_block('', 'ValueError: 形状不对\n0.5')
    row = nodes.row('', *(nodes.entry('', nodes.paragraph('', text)) for text in '甲乙'))
    table = nodes.table('', nodes.tgroup('', nodes.tbody('', row)))
    raw = nodes.raw('', '<b id="a">', format='html')
    math = nodes.math('', r'\eta=\frac{1}{2}\mathbf w^\top')
    formula = nodes.paragraph('', '', nodes.Text('取\n'), math, raw)
    document = nodes.document(None, None)
    document += section('页', formula, nodes.math_block('', 'x^2'), raw.deepcopy(), table,
                        section('节', nodes.literal_block('', code), output, inner, name='id1'), name='top')
    assert search.sections(document) == [
        ['', '页', '取 η=1/2w^⊤\n甲　乙', ''],
        ['id1', '节', '', 'np.zeros, collect_params, print, ValueError: 形状不对'],
        ['id2', '小节', '里面的字。', '']]


@pytest.mark.parametrize('tex, text', [
    (r'\mathbf{w}^\top\mathbf{x}', 'w^⊤x'), (r'\Delta\lambda', 'Δλ'), (r'\varepsilon_i \tag{1.2.3}', 'ε_i'),
    (r'a \times b', 'a ×b'), (r'\text{中文}', '中文'), (r'\beta, \theta', 'β, θ')])
def test_a_formula_becomes_readable(tex, text):
    assert search.plain(tex) == text
