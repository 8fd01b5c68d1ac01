"""测试用的小书：一两页、没有 MXNet，执行一遍不到一秒。"""
import shutil
import textwrap

import nbformat

from tools import records
from tools.book import ROOT, contents, select

HEADER = '---\nkernelspec:\n  display_name: Python 3\n  language: python\n  name: python3\n---\n\n'
CONTENTS = """\
format: jb-book
root: index
parts:
- caption: 正文
  numbered: true
  chapters:
  - file: ch1_start/index
    sections:
"""
# 第一页保存的一个公用函数。
DOUBLE = '''\
def double(x):  #@save
    """两倍。

    参数：
        x：一个数。
    返回：两倍的数。
    出处：1.1 第一页
    """
    return 2 * x
'''


def cell(source, options=''):
    return f'```{{code-cell}} ipython3\n{options}{textwrap.dedent(source).strip()}\n```\n'


def manuscript(*blocks):
    return HEADER + '\n'.join(blocks)


def write_contents(root):
    """写 `_toc.yml`：ch1_start 里已有的各页，按名字的次序；别的文件夹里的没有编号，放在最后。"""
    keys = sorted(path.relative_to(root / 'book').with_suffix('').as_posix()
                  for path in (root / 'book').glob('*/*.md'))
    inside = [key for key in keys if key.startswith('ch1_start/') and key != 'ch1_start/index']
    outside = [key for key in keys if not key.startswith('ch1_start/')]
    appendix = ['- caption: 附录\n  chapters:\n'] if outside else []
    (root / '_toc.yml').write_text(''.join([
        CONTENTS, *(f'    - file: {key}\n' for key in inside),
        *appendix, *(f'  - file: {key}\n' for key in outside)]), encoding='utf-8')


def make_book(root, **texts):
    """在 `root` 建一本小书；`texts` 给出 ch1_start 里各页的手稿，如 first=…。"""
    (root / 'book' / 'ch1_start').mkdir(parents=True)
    (root / 'notebooks').mkdir()
    (root / 'd2l_local').mkdir()
    (root / 'requirements.txt').write_text('numpy==1.26.4\n', encoding='utf-8')
    pages = {'index': manuscript('# 书\n'), 'ch1_start/index': manuscript('# 章\n'),
             **{f'ch1_start/{name}': text for name, text in texts.items()}}
    for key, text in pages.items():
        (root / 'book' / f'{key}.md').write_text(text, encoding='utf-8')
    write_contents(root)
    return root


def make_executed(root, *cells):
    """在 `root` 建一本小书，它的 1.1 是一页存着输出的笔记本；`cells` 是 (代码, 输出)。"""
    make_book(root, first=manuscript('# 一\n', *(cell(source) for source, _ in cells)))
    page, = select('1.1', root)
    notebook = records.from_text(page.read(), page.number)
    for each, (_, outputs) in zip(records.code_cells(notebook), cells, strict=True):
        each.outputs = outputs
    page.notebook.parent.mkdir(parents=True, exist_ok=True)
    page.notebook.write_text(records.serialise(notebook), encoding='utf-8')
    return page


def stream(text, name='stdout'):
    return nbformat.v4.new_output('stream', name=name, text=text)


def write_site(root, **texts):
    """在 `root` 放好（或改）一个小网站的手稿和没有执行的笔记本；名字里的 __ 是 /。"""
    for name in ('_config.yml', 'requirements.txt'):
        shutil.copy(ROOT / name, root)
    keys = {name.replace('__', '/'): text for name, text in texts.items()}
    for key, text in keys.items():
        for path in (root / 'book' / f'{key}.md', root / 'notebooks' / f'{key}.ipynb'):
            path.parent.mkdir(parents=True, exist_ok=True)
        (root / 'book' / f'{key}.md').write_text(text, encoding='utf-8')
    write_contents(root)
    numbers = {page.key: page.number for page in contents(root)}
    for key, text in keys.items():
        nbformat.write(records.from_text(text, numbers[key]), root / 'notebooks' / f'{key}.ipynb')
