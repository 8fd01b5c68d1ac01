"""公式：各处不一样的写法和画不出来的 TeX，指出手稿的格和行，说出怎么办。"""
import json

import pytest

from tests.books import make_book, manuscript
from tools import formulas

GOOD = r'''从 5 美元涨到 10 美元，`$5` 是代码。$y > 0$，$\lvert x\rvert$ 和 $x_{\text{甲}}$，$50\%$。

| 甲 | 乙 |
|---|---|
| $P(A\mid B)$ | $\lVert x\rVert$ |

- 列表

  $$
  \begin{aligned}
  y &= 2 \\[4pt]
  z &= \begin{cases} 1 & \text{若 } x > 0 \\ 0 & \text{否则} \end{cases}
  \end{aligned}
  $$

$$
x = 1 \tag{1.1.1}
$$

```
从 $5 到 \(x\)
```
'''


FIGURE = """\
```{{code-cell}} ipython3
:mystnb: {{figure: {{caption: '{}', name: fig-a}}, image: {{alt: 一条上升的直线和两条轴}}}}

1
```
"""


def faults(tmp_path, text):
    return formulas.check(make_book(tmp_path, first=manuscript('# 第一页\n', '一段。\n', text + '\n')))


def test_what_is_the_same_everywhere_has_no_faults(tmp_path):
    assert faults(tmp_path, GOOD) == []
    assert len(json.loads((tmp_path / '_build' / 'formulas.json').read_text(encoding='utf-8'))) == 8


@pytest.mark.parametrize('block, line, told', [
    ('从 $5 涨到 $10 了。', 0, '5 美元'),
    ('从$5涨到$10。', 0, '5 美元'),
    ('只要 $5。', 0, '没有配成对'),
    (r'只要 \$5。', 0, r'\$ 在 JupyterLab 里仍会变成公式'),
    ('前面 $ x$ 后面', 0, '两头有空格'),
    ('前面 $x $ 后面', 0, '两头有空格'),
    ('前面 $`x`$ 后面', 0, '公式里有 `'),
    ('前面 $x`y`z$ 后面', 0, '公式里有 `'),
    ('前面 a$x$ 后面', 0, '紧挨着字母或数字'),
    ('前面 $x$3 后面', 0, '紧挨着字母或数字'),
    ('前面 $速度$ 后面', 0, r'\text{…}'),
    ('前面 $x，y$ 后面', 0, r'“，”不在 \text{…} 里'),
    ('前面 $50%$ 后面', 0, r'\%'),
    ('甲\n前面 $a\nb$ 后面', 1, '没有配成对'),
    (r'\(y > 0\) 时', 0, r'\( 只有一部分地方认得'),
    ('甲\n\\[\nx = 1\n\\]', 1, r'\[ 只有一部分地方认得'),
    ('行内 $$ x $$ 完', 0, '独占一行'),
    ('$$x = 1$$', 0, '独占一行'),
    ('$$\nx = 1\n$$ 后文', 0, '没有配成对'),
    ('$$\nx = 1', 0, '没有配成对'),
    ('$$\nx\n\ny\n$$', 2, '空行'),
    ('$$\nx $y$\n$$', 1, '又有 $'),
    ('\\begin{equation}\nx\n\\end{equation}', 0, '写在了公式外面'),
    ('$$\n\\begin{align}\nx\n\\end{align}\n$$', 0, '不能用环境 align'),
    ('$$\n\\begin{equation*}\nx\n\\end{equation*}\n$$', 0, '不能用环境 equation*'),
    ('$$\nx \\label{eq:a}\n$$', 0, r'不能用 \label'),
    (r'见 $\eqref{eq:a}$。', 0, r'不能用 \eqref'),
    (r'见 $\ref{eq:a}$。', 0, r'不能用 \ref'),
    (r'见 \eqref{eq:a}。', 0, r'\eqref 写在了公式外面'),
    (r'$\newcommand{\R}{\mathbb R}\R$', 0, r'不能用 \newcommand'),
    (r'$\href{https://example.org}{x}$', 0, r'不能用 \href'),
    ('$$\nx \\tag*{甲}\n$$', 0, r'写成 \tag{1.2.3}'),
    ('$$\nx \\tag{甲}\n$$', 0, r'写成 \tag{1.2.3}'),
    ('$$\nx \\tag 1\n$$', 0, r'写成 \tag{1.2.3}'),
    ('$$\nx \\tag{1.1.1} \\tag{1.1.2}\n$$', 0, '一个公式一个'),
    (r'$x \tag{1.1.1}$', 0, '只写在单独成行的公式里'),
    ('| 甲 | 乙 |\n|---|---|\n| $P(A|B)$ | 二 |', 2, r'\mid'),
    ('| 甲 | 乙 |\n|---|---|\n| $P(A\\|B)$ | 二 |', 2, r'\mid'),
])
def test_what_is_not_the_same_everywhere_is_told_with_its_line(tmp_path, block, line, told):
    problem, *_ = sorted(faults(tmp_path, block))
    text = (tmp_path / problem.file).read_text(encoding='utf-8').splitlines()
    assert told in problem.text and '请' in problem.text
    assert (problem.file, problem.cell) == ('book/ch1_start/first.md', 1)
    assert problem.line - 1 == text.index(block.splitlines()[0]) + line


def test_captions_are_read_too(tmp_path):
    texts = ['对的 $x^2$', '从 $5 到 $10', '错的 $\\foo$']
    found = faults(tmp_path, '\n'.join(FIGURE.format(text) for text in texts))
    assert [(one.cell, one.text.partition('。')[0]) for one in found] == [
        (3, '公式“$5 到 $”的两头有空格，有的地方不认作公式'), (4, '公式“\\foo”画不出来：没有 \\foo 这个命令')]


BAD = {r'\foo': '没有 \\foo 这个命令', r'\frac{1}{': '少一个 }', 'x}': '多一个 }',
       r'\frac{1}': '\\frac 少一个参数',
       r'\left( x': '\\left 没有配上 \\right', r'x\right)': '\\right 没有配上 \\left',
       'x^1^2': '两个上标连着写', 'x_1_2': '两个下标连着写', 'a & b': '多一个 &',
       r'\sqrt[3 x': '少一个 ]', '#': 'MathJax 说“',
       r'\begin{aligned}x\end{cases}': '\\begin{aligned} 配的是 \\end{cases}',
       r'x \end{aligned}': '环境 aligned 的', r'\text{$x}': '没有配成对',
       r'\text{甲 \alpha}': '\\alpha 不能写在'}


def test_tex_that_cannot_be_drawn_is_told_in_chinese_with_its_line(tmp_path):
    wrong = [tex for tex in BAD if tex != r'\text{$x}']
    text = '\n\n'.join([*(f'甲 ${tex}$ 乙' for tex in wrong), '$$\nx = \\foo\n$$', '对的 $x^2$'])
    found = faults(tmp_path, text)
    lines = (tmp_path / found[0].file).read_text(encoding='utf-8').splitlines()
    assert len(found) == len(wrong) + 1
    for problem, tex in zip(found, wrong, strict=False):
        assert f'画不出来：{BAD[tex]}' in problem.text and '请改好' in problem.text
        assert lines[problem.line - 1] == f'甲 ${tex}$ 乙'
    assert lines[found[-1].line - 1] == '$$'


def test_what_was_drawn_is_not_tried_again(tmp_path, monkeypatch):
    assert faults(tmp_path, '$x$ 和 $y$') == []
    monkeypatch.setattr(formulas, 'NODE', '/nowhere')
    assert formulas.check(tmp_path) == []
    (tmp_path / '_build' / 'formulas.json').write_text('{坏', encoding='utf-8')
    with pytest.raises(FileNotFoundError):
        formulas.check(tmp_path)
