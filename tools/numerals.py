"""一段文字里的数：要有来处的数（`numbers`），写得出结果的算式（`sums`），章节号（`sections`）。"""
import math
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

DIGITS = {digit: value for value, digit in enumerate('零一二三四五六七八九')} | {'两': 2}
POWERS = {'十': 10, '百': 100, '千': 1000, '万': 10**4, '亿': 10**8}
ONE = '[一二两三四五六七八九]'
PLAIN = r'(?<![A-Za-z\d_.])\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\.?\d|[A-Za-z_])'
# 数和单位；百分之几；汉字数，“四五千”是四千到六千。
NUMBER = re.compile(
    rf'(?P<digits>{PLAIN})(?P<unit> ?%| ?[万亿])?|(?<![几数])百分之(?P<share>{ONE}(?:十{ONE}?)?)|'
    rf'(?<![第几数上百千万分成])(?P<low>{ONE}(?={ONE}[十百千万亿]))?'
    rf'(?P<chinese>(?:{ONE}[十百千万亿]|十)[零一二两三四五六七八九十百千万亿]*+)(?:多(?P<more>[万亿]))?(?![几足分进])')
NUMBER_ALONE = re.compile(rf'-?({PLAIN})(\*\.01)?')
# 数的前面、后面说明它不是恰好的词。
HAN = '[\u4e00-\u9fff]'
ROUGHLY = {side: (re.compile(rf'(?:{before})[为是占要有合]?\s*$'), re.compile(rf'\s*(?:{after})'))
           for side, before, after in (
               ('约', '约|接近|(?<![最附])近|差不多', f'来[个行张步年]|{HAN}{{0,2}}?(?:左右|上下|附近|出头)'),
               ('多', '超过|大于|[高多]于|至少|最少|不止|不[低少]于',
                f'[多余](?![层项数维变元少种])|{HAN}{{0,3}}?以上'),
               ('少', '不到|不足|[小低少]于|至多|最多|不超过|不[大高]于', f'{HAN}{{0,3}}?(?:以[下内]|之内)'))}
# 不是数据的数：链接和标签，年份，文献的卷和页，软件的版本，读多久。
LINK = r'!?\[[^\]]*\]\((?:[^()]|\([^()]*\))*\)'
YEAR = r'(?:1[6-9]|20)\d\d'
SOFTWARE = 'Python|NumPy|pandas|[Mm]atplotlib|MXNet|CUDA|Debian|Ubuntu|Colab|SHA'
NO_DATA = re.compile('|'.join((
    LINK, '<[^>]*>', rf'(?<=[（，]){YEAR}(?=[）；，])', rf'{YEAR}(?: ?[到至–-] ?{YEAR})? ?年',
    r'\*[A-Z][^*]*\* ?\d+(?:[(:]\d+)?', r'\d+(?:[–-]\d+)? ?[卷页]', r'第 ?\d+ ?版',
    rf'(?:{SOFTWARE})[ -]?\d+(?:\.\d+)*(?:(?:、| [和到或] )\d+(?:\.\d+)*)*',
    rf'[\d.十]+ ?(?:到{HAN}+)?(?:小时|分钟)')))
# 代码也不算，只写着一个数的除外。
CODE = re.compile(r'(`+)(?!\d[\d.e-]*\1)(.+?)\1', re.S)
MATH = re.compile(r'(\$\$?)(.+?)\1', re.S)
SECTION = re.compile(r'(?<![\d.])((?:\d+(?:\.\d+)+(?:、| ?[和到至与] ?|[–-]))*\d+(?:\.\d+)+) ?'
                     rf'{ONE}?节|第 ?(\d+) ?章')
TIMES_TEN = r'\\times ?10\^(?:\{(-?\d+)\}|(\d))', r'e\1\2'
NO_LATEX = (TIMES_TEN, (r'\\[,!]', ''), (r'\\%', '%'), (r'[\^_](?:\{[^{}]*\}|\\?.)|\\[A-Za-z]+', ' '))
PYTHON = (TIMES_TEN, (r'\\[,!]|\s', ''), (r'\\times|\\cdot', '*'),
          (r'\^(?:\{(-?[\d.]{1,4})\}|(\d))', r'**\1\2'),
          (r'\\[dt]?frac(?:\{([^{}]*)\}|(\d))(?:\{([^{}]*)\}|(\d))', r'((\1\2)/(\3\4))'),
          (r'\\sqrt(?:\{([^{}]*)\}|(\d))', r'(\1\2)**.5'), (r'\\%', '*.01'), (r'^10\*\*', '1e'),
          (r'(?<=\d)\\pi', '*pi'), (r'\\(?=(?:log|exp|cos|sin|tanh|pi)(?![a-z]))|\\(?:left|right)', ''),
          (r'\\l(ceil|floor)', r'\1('), (r'\\r(?:ceil|floor)', ')'),
          (r'(log|cos|sin|tanh)([\d.]+(?:\*\*-?\d+)?)', r'\1(\2)'))
FUNCTIONS = {name: getattr(math, name) for name in
             ('e', 'pi', 'log', 'exp', 'cos', 'sin', 'tanh', 'ceil', 'floor')}


class Number(NamedTuple):
    """一个数：写法，在文字里的位置，来处在哪些区间里，代码里等于哪些数，是不是整数。"""

    shown: str
    start: int
    spans: list[tuple[float, float]]
    exact: list[float]
    whole: bool


def numbers(text: str) -> Iterator[Number]:
    """要有来处的数：小数、百分数、科学记数法、三位以上的整数，和十以上的汉字数。"""
    text = re.sub(r'(?s)\$\$.*?\$\$', lambda found: re.sub(r'[^\n]', ' ', found[0]), text)
    text = MATH.sub(lambda found: replaced(found[2], NO_LATEX).ljust(len(found[0])), text)
    for pattern in (CODE, NO_DATA, SECTION):
        text = pattern.sub(lambda found: re.sub(r'[^\n]', ' ', found[0]), text)
    for found in NUMBER.finditer(text):
        shown, unit = found[0].strip(), (found['unit'] or '').strip()
        if re.fullmatch(r'\d\d?', shown):
            continue
        if found['low']:
            low, high = (float(chinese(digit + found['chinese'][1:])) for digit in (found['low'], shown[1]))
            yield Number(shown, found.start(), [(low, 2 * high - low)], [], True)
            continue
        side = next((side for side, (before, after) in ROUGHLY.items()
                     if before.search(text[:found.start()]) or after.match(text, found.end())), '')
        value = Decimal(found['digits'] or chinese(found['share'] or found['chinese']))
        scales = [0.01 if found['share'] or unit == '%' else POWERS.get(unit, 1)]
        # 页上的钱常以万元计。
        scales += [scales[0] / 10**4] if '万' in shown and re.match(r'\s*美?元', text[found.end():]) else []
        value *= POWERS[found['more']] if found['more'] else 1
        low, high = span(value, '多' if found['more'] else side)
        yield Number(shown, found.start(), [(low * scale, high * scale) for scale in scales],
                     [float(value) * scale for scale in scales], bool(re.fullmatch(r'\d+|\D+', shown)))


def span(value: Decimal, side: str) -> tuple[float, float]:
    """来处在哪里：照末位舍入；“约”差不到末位非零数字的一个单位，也不到一成；“多”“少”在对的一边。"""
    last = Decimal(10) ** int(value.as_tuple().exponent)
    rough = last if last < 1 else Decimal(10) ** int(value.normalize().as_tuple().exponent)
    about = max(last / 2, min(rough, value / 10))
    below, above = {'': (last / 2, last / 2), '约': (about, about),
                    '多': (Decimal(0), rough), '少': (rough, Decimal(0))}[side]
    return float(value - below) * (1 - 1e-9), float(value + above) * (1 + 1e-9)


def chinese(text: str) -> int:
    """汉字数的值：三百二十 → 320。"""
    total = section = digit = 0
    for character in text:
        power = POWERS.get(character, 0)
        if power >= 10**4:
            total, section, digit = (total + section + digit) * power, 0, 0
        elif power:
            section, digit = section + (digit or 1) * power, 0
        else:
            digit = DIGITS[character]
    return total + section + digit


def replaced(text: str, rules: tuple[tuple[str, str], ...]) -> str:
    for old, new in rules:
        text = re.sub(old, new, text)
    return text


def sums(text: str) -> Iterator[tuple[str, str, bool]]:
    """公式里两边都只有数的等式，有一边要算：(左边, 右边, 相等)。"""
    for formula in MATH.finditer(text):
        for part in re.split(r'\\\\|[&，；]|(?<!\\),|\\q?quad', formula[2]):
            sides = re.split(r'=|\\approx', part)
            for left, right in pairwise(replaced(side, PYTHON) for side in sides) if sides[1:] else ():
                values = [_value(left), _value(right)]
                plain = [found for found in map(NUMBER_ALONE.fullmatch, (left, right)) if found]
                if values[0] is None or values[1] is None or len(plain) == 2:
                    continue
                last = 10.0 ** int(Decimal(plain[0][1]).as_tuple().exponent) if plain else 0
                margin = last * (0.005 if plain and plain[0][2] else 0.5) + 1e-9 * abs(values[1])
                yield left, right, abs(values[0] - values[1]) <= margin


def _value(side: str) -> float | None:
    """只有数和运算的一边算出的值；不是就是 None。"""
    if not (re.search(r'\d', side) and set(re.findall('[A-Za-z]+', side)) <= FUNCTIONS.keys()) or re.search(
            r'[^\w.*/+()-]|_|[\d)]\(', side):
        return None
    try:
        return float(eval(side, {'__builtins__': {}}, FUNCTIONS))
    except (SyntaxError, NameError, TypeError, ArithmeticError):
        return None


def sections(text: str) -> Iterator[str]:
    """不在链接里的章节号；别的书的（前面不远有“版”或“》”）不算。"""
    text = re.sub(LINK, lambda found: ' ' * len(found[0]), text) if re.search('[节章]', text) else ''
    for found in SECTION.finditer(text):
        if not re.search('[版》]', text[max(0, found.start() - 16):found.start()]):
            yield from re.findall(r'[\d.]+', found[0])
