"""第二版的旧代码：`install_as_d2l`，和本书没有的名字各得到一句怎么改的话。"""
import re
import subprocess
import sys

import d2l_local
import pytest
from d2l_local import _second_edition as edition

from bench.peer import FOLDER, load_peer
from tools.book import ROOT

INSTALL = 'import d2l_local; d2l_local.install_as_d2l(); d2l_local.install_as_d2l()\n'
# 照第二版的样子写的：从零训练一条直线，只有别名改过。
OLD_CODE = '''
from d2l import mxnet as d2l
from mxnet import autograd, np, npx
npx.set_np()
truth = np.array([1.5, -2.0])
features, labels = d2l.synthetic_data(truth, 0.5, 200)
w, b = np.zeros((2, 1)), np.zeros(1)
w.attach_grad(); b.attach_grad()
for epoch in range(5):
    for X, y in d2l.load_array((features, labels), 20):
        with autograd.record():
            loss = d2l.squared_loss(d2l.linreg(X, w, b), y)
        loss.backward()
        d2l.sgd([w, b], 0.1, 20)
print(abs(w.reshape(2) - truth).max() < 0.02, abs(b - 0.5).item() < 0.02)
'''


def python(code, path=()):
    return subprocess.run([sys.executable, '-c', code], text=True, capture_output=True, cwd=ROOT,
                          env={'PYTHONPATH': ':'.join(map(str, [*path, ROOT])), 'HOME': '/nonexistent'})


def missing(name):
    with pytest.raises(AttributeError) as told:
        getattr(d2l_local, name)
    assert told.value.name == name and '\n' not in str(told.value)
    return str(told.value)


@pytest.fixture(scope='module')
def old_names():
    """d2l 0.17.6 公开的名字。"""
    return {name for name in dir(load_peer()) if not name.startswith('_')}


def test_every_old_name_is_here_or_answered_and_nothing_else_is(old_names):
    later = ' '.join(edition.CHAPTERS.values()).split()
    answered = [*edition.ALIASES, *edition.MODULES, *later]
    assert len(answered) == len(set(answered))
    assert set(answered) == old_names - set(vars(d2l_local))


def test_later_names_stand_in_the_order_of_the_book(old_names):
    """照 d2l 里的次序，所以每章的名字都没有放错。"""
    source = (FOLDER / 'd2l' / 'mxnet.py').read_text(encoding='utf-8')
    order = list(dict.fromkeys(re.findall(r'^(?:def |class )?(\w+)(?:[(:]| = )', source, re.M)))
    later = ' '.join(edition.CHAPTERS.values()).split()
    assert later == sorted(later, key=order.index)
    numbered = [(int(number), chapter) for chapter, names in edition.CHAPTERS.items()
                for number in re.findall(r'_ch(\d+)', names)]
    assert numbered and all(number == chapter for number, chapter in numbered)


@pytest.mark.filterwarnings('ignore:ndarray.as_in_context:DeprecationWarning')
@pytest.mark.parametrize('name', edition.ALIASES)
def test_an_alias_means_what_the_sentence_says(name, np_mode):
    from mxnet import np
    from mxnet.gluon import nn
    peer = load_peer()
    told = re.search('请改写成 (.*)。$', missing(name))[1]
    x = np.array([[1.0, 3.0], [2.0, 0.5]])
    if not told.startswith('x.'):
        assert getattr(peer, name) is eval(told, {'np': np, 'nn': nn}) or name == 'matmul'
    else:
        rest = {'reshape': ((4,),), 'astype': ('int32',), 'to': (x.ctx,)}.get(name, ())
        ours = eval(told.removesuffix('()'), {'x': x})
        ours = ours(*rest) if callable(ours) else ours
        assert str(ours) == str(getattr(peer, name)(x, *rest))


@pytest.mark.parametrize('name', set(edition.MODULES) - {'d2l'})
def test_a_module_is_imported_as_the_sentence_says(name):
    told, found = missing(name), {}
    exec(told.partition('请自己写：')[2], found)
    assert found[name] is getattr(load_peer(), name)


@pytest.mark.parametrize('name, words', [
    ('train_ch8', '第 8 章'), ('MultiHeadAttention', '第 10 章'), ('update_G', '第 17 章'),
    ('load_data_fashon_mnist', 'd2l.load_data_fashion_mnist'), ('Animater', 'd2l.Animator')])
def test_sentence(name, words):
    assert words in missing(name)


@pytest.mark.parametrize('name', ['zzzzzz', '__wrapped__', '_repr_html_'])
def test_nothing_like_it(name):
    assert missing(name) == f"module 'd2l_local' has no attribute {name!r}"


def test_old_code_runs_as_it_is():
    done = python(INSTALL + OLD_CODE)
    assert done.stdout == 'True True\n', done.stderr


def test_each_way_of_importing_gives_this_book_and_other_frameworks_are_not_there():
    load_peer()
    done = python(INSTALL + 'from d2l import mxnet as one\nimport d2l.mxnet as two\n'
                  'from d2l.mxnet import plot\nprint(one is two is d2l_local, plot is d2l_local.plot)\n'
                  'from d2l import torch', [FOLDER])
    assert done.stdout == 'True True\n', done.stderr
    assert done.stderr.splitlines()[-1].startswith("ImportError: cannot import name 'torch' from 'd2l'")


def test_a_real_d2l_that_is_not_imported_stays_out_and_one_that_is_imported_stays_in():
    load_peer()
    before = 'import d2l\ntry:\n    '
    after = 'except ImportError as error: print(error)\nprint(d2l.__version__)'
    done = python(f'{before}{INSTALL}{after}', [FOLDER])
    told, version = done.stdout.splitlines()
    assert '请重启内核' in told and version == '0.17.6'
