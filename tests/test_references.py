"""参考文献：手稿里的引用与 book/references.bib 互相对得上，那一页由它们生成。"""
import pytest

from tests.books import make_book, manuscript, write_contents
from tools import front_matter, prose, references
from tools.report import UserError

BIB = '''
@article{he2015, author = {He, Kaiming and De Cock, Dean}, title = {Delving Deep},
  journal = {Neural Networks}, year = {2015}, volume = {6}, number = {2}, pages = {1--9}, url = {https://doi.org/10.1016/S0893(05)80131-5}}
@book{kish1965, author = {Kish, Leslie}, title = {Survey Sampling}, publisher = {Wiley}, year = {1965},
  note = {未能核对}}
'''
URL = 'https://doi.org/10.1016/S0893(05)80131-5'
KISH = '../appendix/references.ipynb#ref-kish1965'
GOOD = f'初始化（He 等，2015，[NN 6(2)]({URL})），见 Kish（[1965]({KISH})）。\n'
PAGES = '[1.1 一](../ch1_start/first.ipynb)、[1.2 二](../ch1_start/second.ipynb)。\n'


def book(tmp_path, text=GOOD, bib=BIB):
    root = make_book(tmp_path, first=manuscript(f'# 一\n\n{text}'), second=manuscript(f'# 二\n\n{GOOD}'))
    (root / 'book' / 'appendix').mkdir()
    (root / f'book/{references.INDEX}.md').write_text(
        manuscript('# 参考文献\n\n人写的。\n\n## 旧的\n'), encoding='utf-8')
    (root / references.FILE).write_text(bib, encoding='utf-8')
    write_contents(root)
    return root


def test_the_page_is_written_from_the_file_and_the_citations(tmp_path):
    root = book(tmp_path)
    assert references.check(root) == []
    assert front_matter.write(root) == [f'book/{references.INDEX}.md'] and prose.check(root) == []
    assert (root / f'book/{references.INDEX}.md').read_text(encoding='utf-8').endswith(
        '人写的。\n\n## 文献\n\n'
        f'- <a id="ref-he2015"></a>K. He、D. De Cock（2015）：[Delving Deep]({URL})。'
        f'*Neural Networks* 6(2), 1–9。引用：{PAGES}'
        f'- <a id="ref-kish1965"></a>L. Kish（1965）：Survey Sampling。*Wiley*。（未能核对）引用：{PAGES}')


@pytest.mark.parametrize('text, told', [
    (f'He（2016，[NN]({URL})）', '是 2015 年的，文字里它前面的年份是 2016'),
    (f'[NN]({URL})', '前面的年份是 没有写'),
    (f'Ho（2015，[NN]({URL})）', '第一作者是 He'),
    ('[arXiv:1502.01852](https://arxiv.org/abs/1502.01853)', '请改成同一篇'),
    ('[论文](https://arxiv.org/abs/1502.01852)', '里没有 https://arxiv.org/abs/1502.01852'),
    ('熵（Shannon，1948，*BSTJ* 27）', '“Shannon，1948，*BSTJ* 27）”引用了文献，却没有链接'),
    ('He 等人（2015）说', '“He 等人（2015）”引用了文献，却没有链接'),
])
def test_a_citation_that_is_wrong(tmp_path, text, told):
    problems = references.check(book(tmp_path, f'字。\n\n{text}。\n'))
    assert any(told in problem.text for problem in problems)
    assert {(problem.file, problem.line) for problem in problems} == {('book/ch1_start/first.md', 12)}


def test_what_is_no_citation(tmp_path):
    text = '用 NumPy（[文档](https://numpy.org/doc/)），LeNet-5（1998）和 Fashion-MNIST（2 万张）。\n'
    assert references.check(book(tmp_path, text)) == []


def test_an_entry_that_no_page_cites(tmp_path):
    root = book(tmp_path, bib=BIB + '@misc{a2000, author = {A, B}, title = {T}, year = {2000}}')
    problem, = references.check(root)
    assert str(problem) == 'book/references.bib: a2000 没有一页引用。请在手稿里链接到它，或删去。'


def test_a_file_that_is_no_bibtex_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r'^book/references.bib:\d+: 读不懂'):
        references.read(book(tmp_path, bib='@article{he2015, author = {He'))
