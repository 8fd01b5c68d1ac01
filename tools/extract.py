"""从手稿提取 `d2l_local`：标了 `#@save` 的函数、类和常数，每章一个模块，另有包的入口和 API 页。

进：book/ 各页的代码格，手写的 d2l_local/_compat.py、figures.py、data.py、hub.py，pyproject.toml 里的版本。
出：d2l_local/<章>.py、d2l_local/__init__.py、book/appendix/api.md。有一处问题就什么都不写。

`#@save` 写在 `def`、`class` 或“名字 = 值”的同一行，或独占紧靠上面的一行；有装饰器时也可以写在
第一个装饰器的同一行或上面。紧靠在上面的注释随定义一起提取。定义只能用到自带的名字、前面已保存的
名字和前面顶格导入的名字；用到的导入会一起带走。

保存的函数和类都要有这样的 docstring（参数、返回、异常用不到时省去）：

    def squared_loss(y_hat, y):  #@save
        \"\"\"平方损失，每个样本一个值。

        需要时在这里多写几段说明。

        参数：
            y_hat：预测，形状 (n, 1)，float32。
            y：标签，元素个数与 `y_hat` 相同，形状不同时
                改成 `y_hat` 的形状。
        返回：形状 (n, 1) 的数组，已乘 1/2。
        异常：
            ValueError：元素个数不同。
        出处：2.1.2 线性回归的从零开始实现
        \"\"\"

“参数”按函数的参数的次序一一列出，说明相同的可以合写成“X、y：……”；类的“参数”是 `__init__` 的参数。
“出处”由人写，由本工具对照 _toc.yml 和标题检查。
"""
import ast
import builtins
import io
import symtable
import sys
import textwrap
import tokenize
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

from tools import api_page
from tools.pages import (
    ROOT,
    Cell,
    Page,
    Problem,
    UserError,
    contents,
    pages,
    run_tool,
    write_whole,
)

PACKAGE = 'd2l_local'
API_PAGE = 'book/appendix/api.md'
NOTICE = '由 make lib（python -m tools.extract）生成，请勿手改'
HAND_WRITTEN = {
    'figures': ('plt', 'show_live'),
    'data': ('DATASETS', 'FashionMNIST'),
    'hub': ('DATA_HUB', 'DATA_URL', 'download', 'download_all', 'download_extract'),
}
PUBLIC = {name: module for module, names in HAND_WRITTEN.items() for name in names}
ALWAYS = ('_compat', 'figures')
WIDTH = 99

NO_COMMENTS = ({}, [], {})
WRONG_MARK = '这个 #@save 不起作用：它要自成一条注释，不带别的字。请改成 #@save。'
NOT_SAVABLE = ('#@save 没有标着能保存的定义。请写在顶格的 def、class 或“名字 = 值”的同一行，或独占'
               '紧靠上面的一行；别的语句（如 import、async def、几个目标的赋值）不能保存。')
WRITE_D2L = '保存的定义里只能用 import d2l_local as d2l 和 d2l.名字。请照此改。'

TOP = '''\
# {notice}。
# {detail}
# ruff: noqa
'''
INIT = '''\
"""各页共用的函数、类和常数。每一页都先写 `import d2l_local as d2l`，再导入 mxnet。"""
from d2l_local import _compat

_compat.import_mxnet()

{by_hand}


def __getattr__(name):
    """在一章导入到一半时，让它里面的 `d2l.名字` 也能找到这一章前面的定义。"""
    import sys
    for chapter in {chapters}:
        module = sys.modules.get(f'd2l_local.{{chapter}}')
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f'd2l_local 里没有 {{name}}。')


{by_chapter}

del __getattr__

__version__ = '{version}'
__all__ = [
{names}
]
'''


@dataclass(frozen=True)
class Import:
    """导入语句里的一个名字：`import module as alias` 或 `from module import member as alias`。"""

    alias: str
    module: str
    member: str
    cell: Cell = field(compare=False)
    line: int = field(compare=False)

    @property
    def target(self):
        """`alias` 指的是什么；`import a.b` 让 `a` 指 `a`。"""
        if self.member:
            return f'{self.module}.{self.member}'
        return self.alias if self.module.startswith(f'{self.alias}.') else self.module

    def __str__(self):
        name = self.member or self.module
        return name if self.alias in (name, name.split('.')[0]) else f'{name} as {self.alias}'


@dataclass(frozen=True)
class Saved:
    """一个标了 `#@save` 的定义。

    `label` 是所在的节，`line` 是在手稿里的行号，`source` 是去掉标记后的原文，`imports` 是要带走的
    导入，`uses` 是用到的 `d2l_local` 的名字。
    """

    name: str
    page: Page
    label: str
    cell: int
    line: int
    source: str
    node: ast.stmt
    imports: tuple
    uses: frozenset

    @property
    def module(self):
        return module_name(self.page)

    @property
    def file(self):
        return self.page.name(self.page.text)

    @property
    def place(self):
        return f'{self.file}:{self.line}'


class Dependencies(NamedTuple):
    """`uses`：名字 → 它直接和间接用到的名字；`sources`：名字 → 原文。手写的文件记作 'data.py'。"""

    uses: dict
    sources: dict


def module_name(page):
    """`page` 所在的章的模块名：'ch2_linear' 是 'linear'；不在某章里的页是空串。"""
    prefix, _, name = page.chapter.partition('_')
    return name if prefix[:2] == 'ch' and prefix[2:].isdigit() and name.isidentifier() else ''


# ---- 读一格代码 ----

def parse(source):
    """返回 (语法树, 有没有魔法命令)；魔法命令由 IPython 改写。语法不对时抛出 `SyntaxError`。"""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', SyntaxWarning)
        try:
            return _compiled(source), False
        except SyntaxError:
            from IPython.core.inputtransformer2 import TransformerManager
            start = len(source) - len(source.lstrip('\n'))
            rewritten = TransformerManager().transform_cell(source[start:])
            return _compiled('\n' * start + rewritten), True


def _compiled(source):
    compile(source, '<cell>', 'exec', ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return ast.parse(source)


def _comments(source):
    """返回 (标记 {行: 列}, 写得不对的标记的行, 独占一行的注释 {行: 列})。"""
    lines, marks, wrong, alone = source.split('\n'), {}, [], {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, column = token.start
        if token.string.rstrip() == '#@save':
            marks[line] = column
        elif '#@save' in token.string or token.string.lstrip('# ').startswith('@save'):
            wrong.append(line)
        if not lines[line - 1][:column].strip():
            alone[line] = column
    return marks, wrong, alone


def _target(node):
    """`node` 定义的名字；不是能保存的定义时是空串。"""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node.name
    if isinstance(node, ast.Assign):
        targets = node.targets
    else:
        targets = [node.target] if isinstance(node, ast.AnnAssign) and node.value else []
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else ''


def _first_line(node):
    return min([node.lineno, *(each.lineno for each in getattr(node, 'decorator_list', []))])


def _owner(line, body, alone):
    """第 `line` 行的标记标着 `body` 里的哪个定义；没有、或同一行还有别的语句时是 None。"""
    owners = [node for node in body if _target(node) and _takes(node, line, alone)]
    if len(owners) != 1:
        return None
    first, last = _first_line(owners[0]), owners[0].end_lineno
    shared = [node for node in body if _first_line(node) <= last and first <= node.end_lineno]
    return owners[0] if shared == owners else None


def _takes(node, line, alone):
    first = _first_line(node)
    if line in alone:
        return alone[line] == 0 and line in (first - 1, node.lineno - 1)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return line in (first, node.end_lineno)
    return line in (first, node.lineno) or node.lineno < line < _first_line(node.body[0])


def _cut(source, node, marks, alone):
    """`node` 的原文：连同紧靠在上面的注释和末尾缩进的注释，去掉标记。"""
    lines = source.split('\n')
    first, last = _first_line(node), node.end_lineno
    while alone.get(first - 1) == 0:
        first -= 1
    for number in range(last + 1, len(lines) + 1):
        if lines[number - 1][:1] not in ('', ' ', '\t'):
            break
        last = number if lines[number - 1].strip() else last
    return '\n'.join(line[:marks[number]].rstrip() if number in marks else line
                     for number, line in enumerate(lines[:last], 1)
                     if number >= first and not (number in marks and number in alone))


def _imports(node, cell):
    """语句 `node` 里的 `Import`；`import *` 和别的语句没有。"""
    if isinstance(node, ast.Import):
        return [Import(each.asname or each.name.split('.')[0], each.name, '', cell, node.lineno)
                for each in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level and node.module != '__future__':
        return [Import(each.asname or each.name, node.module, each.name, cell, node.lineno)
                for each in node.names if each.name != '*']
    return []


def _bound(node):
    """顶格的语句 `node` 绑定的名字。"""
    symbols = symtable.symtable(ast.unparse(node), '<cell>', 'exec').get_symbols()
    names = {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}
    # 推导式里的 := 绑定的也是顶格的名字，而符号表不把它算作赋值。
    return names | {each.target.id for each in api_page.walk([node])
                    if isinstance(each, ast.NamedExpr) and not isinstance(node, ast.ClassDef)}


def _free(node):
    """定义 `node` 从外面取用的名字，不含 Python 自带的。"""
    bound = _bound(node)
    tables = [symtable.symtable(ast.unparse(node), '<cell>', 'exec')]
    symbols = tables[0].get_symbols()
    free = {each.get_name() for each in symbols if each.is_referenced()} - bound
    # 定义的那一刻（默认值、装饰器、等号右边）还没有它自己的名字。
    free |= {each.get_name() for each in symbols
             if each.get_name() == _target(node) and each.is_referenced()}
    while tables:
        tables += tables.pop().get_children()
        free |= {each.get_name() for table in tables for each in table.get_symbols()
                 if each.is_global()} - bound
    # 用到 super 的函数，符号表总给它添上 __class__。
    return free - {*dir(builtins), '__class__'}


def _line_of(node, name):
    lines = [each.lineno for each in ast.walk(node)
             if (isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load))
             or (isinstance(each, ast.Global) and name in each.names)]
    return min(lines, default=node.lineno)


def package_names(tree, aliases=()):
    """`tree` 里用到的 `d2l_local` 的名字：[(名字, 行号)]。

    `aliases` 是绑定到 `d2l_local` 的名字，`tree` 里导入的自动加上。不写成 `d2l.名字` 而用到整个包的
    地方（如 `dir(d2l)`）记作 '*'，单单导入它记作 ''。
    """
    nodes, aliases, found = list(ast.walk(tree)), set(aliases), []
    for node in nodes:
        if isinstance(node, ast.Import):
            for each in node.names:
                root, *path = each.name.split('.')
                if root == PACKAGE:
                    aliases |= set() if path and each.asname else {each.asname or root}
                    found.append((''.join(path[:1]), node.lineno))
        elif isinstance(node, ast.ImportFrom):
            root, *path = [PACKAGE] * node.level + (node.module or '').split('.')
            if root == PACKAGE:
                found += [(name, node.lineno) for name in path]
                found += [(each.name, node.lineno) for each in node.names]
    owners = [node.value for node in nodes if isinstance(node, ast.Attribute)]
    found += [(node.attr, node.lineno) for node in nodes if isinstance(node, ast.Attribute)
              and isinstance(node.value, ast.Name) and node.value.id in aliases]
    return found + [('*', node.lineno) for node in nodes if isinstance(node, ast.Name)
                    and node.id in aliases and node not in owners]


# ---- 读全书 ----

class _Reader:
    """按页的次序读，记下保存的定义和问题。

    `names` 是眼下这一页上各个名字指什么：Import 的元组、Saved，或 None（没有保存的定义）。
    """

    def __init__(self, modules):
        self.modules, self.saved, self.aliases = modules, {}, {}
        self.problems, self.unresolved, self.complete = [], [], True

    def read(self, page):
        self.page, self.module, self.label = page, module_name(page), ''
        self.names = {each.name: each for each in self.saved.values()
                      if each.module == self.module}
        cells = [(cell, *self._parse(cell)) for cell in page.cells() if cell.kind == 'code']
        self.on_page = {name for _, tree, _ in cells for node in tree.body for name in _bound(node)}
        for cell, tree, comments in cells:
            self._read_cell(cell, tree, *comments)

    def _report(self, cell, line, text):
        line = cell.line + line - 1
        self.problems.append(Problem(self.page.name(self.page.text), cell.index, line, text))

    def _missing(self, cell, line, text):
        self._report(cell, line, text)
        self.unresolved.append(self.problems[-1])

    def _parse(self, cell):
        """一格的 (语法树, 注释)；读不懂的格记下问题，当作空的。"""
        try:
            tree, magic = parse(cell.source)
            if not magic:
                return tree, _comments(cell.source)
            lines = [line.strip() for line in cell.source.split('\n')]
            if not any(line.endswith('#@save') for line in lines):
                return tree, NO_COMMENTS
            magics = [number for number, line in enumerate(lines, 1) if line[:1] in ('%', '!')]
            self._report(cell, min(magics, default=1),
                         '有 #@save 的格里不能有魔法命令或 shell 命令。请把它移到另一格。')
        except (SyntaxError, ValueError) as error:
            self._report(cell, getattr(error, 'lineno', None) or 1,
                         f'语法错误（{getattr(error, "msg", error)}）。请改好这一行。')
        self.complete = False
        return ast.Module([], []), NO_COMMENTS

    def _read_cell(self, cell, tree, marks, wrong, alone):
        owners = {line: _owner(line, tree.body, alone) for line in marks}
        for line in wrong:
            self._report(cell, line, WRONG_MARK)
        for line in owners:
            if owners[line] is None:
                self._report(cell, line, NOT_SAVABLE)
                self.complete = False
        for node in tree.body:
            if node in owners.values():
                self._save(cell, node, _cut(cell.source, node, marks, alone))
                continue
            imports = {}
            for each in _imports(node, cell):
                old = imports.get(each.alias) or self.names.get(each.alias)
                same = isinstance(old, tuple) and old[0].target == each.target
                imports[each.alias] = (*old, each) if same else (each,)
            self.names.update((name, imports.get(name)) for name in _bound(node))

    def _save(self, cell, node, source):
        name, start = _target(node), node.lineno
        refusal = self._refusal(name)
        if refusal:
            self._report(cell, start, refusal)
            self.complete = False
            return
        try:
            self.label = self.label or self.page.label
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                api_page.check_docstring(node, self.label)
        except UserError as error:
            self._report(cell, start, str(error).partition(': ')[2])
        except api_page.DocstringError as error:
            self._report(cell, error.line, f'{name}：{error}')
        imports, uses = self._resolve(cell, node)
        self.saved[name] = self.names[name] = Saved(
            name, self.page, self.label, cell.index, cell.line + start - 1, source, node,
            tuple(imports), frozenset(uses))

    def _refusal(self, name):
        """为什么不能保存叫 `name` 的定义；能保存时是空串。"""
        if not self.module:
            return '只有章的文件夹（如 ch2_linear）里的页能用 #@save。请移到某一章，或去掉标记。'
        if self.module in (*HAND_WRITTEN, '_compat', '__init__'):
            return f'文件夹 {self.page.chapter} 会占用手写的 {self.module}.py。请给它换个名字。'
        if name.startswith('_'):
            return f'{name} 以下划线开头，不会公开。请换个名字，或去掉 #@save。'
        if name in self.saved:
            place = self.saved[name].place
            return f'{name} 已在 {place} 保存过。请给其中一个换名字，或去掉一个标记。'
        if name in PUBLIC:
            return f'{name} 已在手写的 {PUBLIC[name]}.py 里。请换个名字。'
        if name in self.modules or name in HAND_WRITTEN:
            return f'{name} 与 d2l_local 的模块 {name}.py 重名。请换个名字。'
        if hasattr(builtins, name):
            return f'{name} 与 Python 自带的名字相同。请换个名字。'
        if (self.module, name) in self.aliases:
            place = self.aliases[self.module, name][1]
            return f'{name} 与 {place} 导入的名字在同一章里重名。请给其中一个换名字。'
        return ''

    def _resolve(self, cell, node):
        """`node` 取用的名字从哪来：(要带走的 Import, 用到的 d2l_local 的名字)。"""
        imports, uses = [], set()
        for name in sorted(_free(node)):
            found, line = self.names.get(name), _line_of(node, name)
            if isinstance(found, Saved):
                uses.add(name)
            elif found:
                imports += [each for each in found if self._carries(each, uses)]
            elif name in self.names:
                self._missing(cell, line, f'{name} 是这一页上没有保存的定义。'
                                          '请也标上 #@save，或作为参数传入。')
            elif name in self.on_page and name != _target(node):
                self._missing(cell, line, f'{name} 在这之后才有。请把它移到前面（是定义的话，'
                                          '请也标上 #@save），或作为参数传入。')
            else:
                self._missing(cell, line, f'{name} 没有导入，前面也没有保存过。'
                                          '请在前面的格里导入它，或作为参数传入。')
        aliases = {each.alias for each in imports if each.target == PACKAGE}
        for name, line in package_names(node, aliases):
            if name in ('', '*', *HAND_WRITTEN, *self.modules):
                self._report(cell, line, WRITE_D2L)
            elif self._known(cell, line, name):
                uses.add(name)
        return imports, uses

    def _known(self, cell, line, name):
        known = name in self.saved or name in PUBLIC
        if not known:
            self._missing(cell, line, f'd2l_local 里还没有 {name}。请先在前面保存它，或改正名字。')
        return known

    def _carries(self, each, uses):
        """生成的模块要不要带上导入 `each`；从 `d2l_local` 导入的名字记进 `uses`。"""
        if each.module == PACKAGE and each.member:
            if not self._known(each.cell, each.line, each.member):
                return False
            uses.add(each.member)
            saved = self.saved.get(each.member)
            if saved and saved.module == self.module:
                if each.alias != each.member:
                    self._report(each.cell, each.line, WRITE_D2L)
                return False
        elif each.module.startswith(f'{PACKAGE}.'):
            self._report(each.cell, each.line, WRITE_D2L)
            return False
        place = f'{self.page.name(self.page.text)}:{each.cell.line + each.line - 1}'
        old, where = self.aliases.setdefault((self.module, each.alias), (each, place))
        saved = self.saved.get(each.alias)
        if saved and saved.module == self.module:
            self._report(each.cell, each.line, f'{each.alias} 与 {saved.place} 保存的名字在同一章里'
                                               '重名。请给其中一个换名字。')
        if old.target != each.target:
            self._report(each.cell, each.line,
                         f'{each.alias} 在这里是 {each.target}，在 {where} 是 {old.target}，'
                         '而一章的定义在同一个模块里。请给其中一个换名字。')
        return True


def collect(everything):
    """返回 (按次序的 [Saved], [Problem])。有定义没能收下时，不报告由此而来的“找不到名字”。"""
    reader = _Reader({module_name(page) for page in everything})
    for page in everything:
        reader.read(page)
    hidden = () if reader.complete else reader.unresolved
    problems = [each for each in dict.fromkeys(reader.problems) if each not in hidden]
    return list(reader.saved.values()), problems


# ---- 生成的文件 ----

def _import_block(imports):
    """不重复、排好序的导入语句，`d2l_local` 在最前。"""
    lines, members = set(), {}
    for each in imports:
        if each.member:
            members.setdefault(each.module, set()).add(str(each))
        else:
            lines.add((each.module, f'import {each}'))
    lines |= {(module, _from(module, names)) for module, names in members.items()}
    return [line for module, line in sorted(lines, key=lambda each: (
        each[0].split('.')[0] != PACKAGE, each[0], each[1].startswith('from')))]


def _from(module, names):
    line = f'from {module} import {", ".join(sorted(names))}'
    return line if len(line) <= WIDTH else f'from {module} import (\n{_indented(names)}\n)'


def _indented(names):
    return textwrap.fill(', '.join(sorted(names)) + ',', WIDTH,
                         initial_indent='    ', subsequent_indent='    ')


def _module_text(title, group):
    imports = _import_block([one for each in group for one in each.imports])
    detail = f'要改就改 book/{group[0].page.chapter}/ 里标了 #@save 的定义。'
    top = [TOP.format(notice=NOTICE, detail=detail) + f'"""{title}：各节保存的函数、类和常数。"""',
           *imports]
    blocks = [f'# {each.label}，{each.file}\n{each.source}' for each in group]
    return '\n\n\n'.join(['\n'.join(top), *blocks]) + '\n'


def _init_text(groups, by_hand, version):
    chapters = {module: [each.name for each in group] for module, group in groups.items()}
    lines = {module: _from(f'{PACKAGE}.{module}', names)
             for module, names in (HAND_WRITTEN | chapters).items()}
    public = [repr(name) for names in (PUBLIC, *chapters.values()) for name in names]
    detail = f'手写的模块只有 {"、".join(path.name for path in by_hand)}，其余都从 book/ 提取。'
    return TOP.format(notice=NOTICE, detail=detail) + INIT.format(
        version=version, chapters=tuple(chapters), names=_indented(public),
        by_hand='\n'.join(lines[module] for module in HAND_WRITTEN),
        by_chapter='\n'.join(lines[module] for module in chapters))


def _version(root):
    import tomllib
    try:
        settings = tomllib.loads((root / 'pyproject.toml').read_text(encoding='utf-8'))
        return settings['project']['version']
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        raise UserError('pyproject.toml: 读不到 [project] 里的 version。'
                        '请写上，如 version = "0.1.0"。') from None


def _chapter_title(page):
    """`page` 所在的章：'第 2 章 线性网络'；开头那页还没写的章只有号。"""
    number = page.number.partition('.')[0]
    titles = [each.title for each in contents(page.root)
              if each.number == number and each.text.exists()]
    return ' '.join([f'第 {number} 章', *titles])


def _build(root):
    """返回 ([Saved], {路径: 内容}, [Problem])；有问题时没有内容。"""
    try:
        saved, problems = collect(pages(root))
        modules = {module: root / PACKAGE / f'{module}.py' for module in ['_compat', *HAND_WRITTEN]}
        by_hand, more = api_page.hand_written(modules, HAND_WRITTEN, root)
        groups = {}
        for each in saved:
            groups.setdefault(each.module, []).append(each)
        titles = {module: _chapter_title(group[0].page) for module, group in groups.items()}
        version = _version(root)
    except UserError as error:
        file, _, text = str(error).partition(': ')
        return [], {}, [Problem(file, 0, 0, text)]
    files = {root / PACKAGE / f'{module}.py': _module_text(titles[module], group)
             for module, group in groups.items()}
    files[root / PACKAGE / '__init__.py'] = _init_text(groups, _hand_written_files(root), version)
    parts = [(titles[module], [api_page.Entry.of(each) for each in group])
             for module, group in groups.items()]
    files[root / API_PAGE] = api_page.page([*parts, ('直接写在 d2l_local 里的', by_hand)], NOTICE)
    problems += more
    problems += [Problem(path.relative_to(root).as_posix(), 0, 0,
                         '这里要放生成的文件，却已有一个不是生成的。请先把它移走，或删去。')
                 for path in files if path.exists() and not _generated(path)]
    return saved, {} if problems else files, problems


def _generated(path):
    lines = path.read_text(encoding='utf-8', errors='replace').splitlines()
    return any(NOTICE in line for line in (lines[:1] if path.suffix == '.py' else lines[:12]))


def _hand_written_files(root):
    return [path for path in sorted((root / PACKAGE).glob('*.py'))
            if path.name != '__init__.py' and not _generated(path)]


def _left_over(root, files):
    return [path for path in sorted((root / PACKAGE).glob('*.py'))
            if path not in files and _generated(path)]


def generate(root=ROOT):
    """返回 ({路径: 内容}, [Problem])：全部要生成的文件；有问题时没有文件。"""
    return _build(root)[1:]


def check(root=ROOT):
    """重新提取一遍，报告与磁盘上不同的、缺少的和多余的文件。"""
    files, problems = generate(root)
    if problems:
        return problems
    found = []
    for path, text in files.items():
        if not path.exists():
            found.append((path, 0, '还没有生成'))
            continue
        now = path.read_bytes().decode('utf-8', 'replace')
        pairs = enumerate(zip_longest(now.split('\n'), text.split('\n')), 1)
        differences = ((line, *pair) for line, pair in pairs if pair[0] != pair[1])
        for line, old, new in list(differences)[:1]:
            found.append((path, line, f'与手稿不符：这一行{_shown(old)}，应该{_shown(new)}'))
    found += [(path, 0, '这一章已没有保存的定义，文件是多余的') for path in _left_over(root, files)]
    return [Problem(path.relative_to(root).as_posix(), 0, line, f'{text}。请运行 make lib。')
            for path, line, text in found]


def _shown(line):
    return '没有' if line is None else f'是“{line}”'


def write(root=ROOT):
    """写出全部文件，返回 ([Saved], [改写的路径], [删去的路径], [Problem])；有问题时什么都不动。"""
    saved, files, problems = _build(root)
    if problems:
        return saved, [], [], problems
    changed = [path for path, text in files.items()
               if not path.exists() or path.read_bytes() != text.encode()]
    for path in changed:
        write_whole(path, files[path])
    removed = _left_over(root, files)
    for path in removed:
        path.unlink()
    return saved, changed, removed, []


# ---- 哪一页依赖哪些名字 ----

def dependencies(root=ROOT):
    """`d2l_local` 的每个名字直接和间接用到哪些名字，以及各自的原文（连同它带走的导入）。"""
    files = [root / '_toc.yml', *sorted((root / 'book').rglob('*.md')),
             *sorted((root / PACKAGE).glob('*.py'))]
    return _dependencies(root, tuple((path, path.read_bytes()) for path in files))


@lru_cache(maxsize=1)
def _dependencies(root, contents_of_files):
    """`contents_of_files` 只用来认出文件有没有变：每页都要问一次，不必每次都读懂全书。"""
    uses, sources = {}, {}
    for each in collect(pages(root))[0]:
        uses[each.name] = each.uses
        sources[each.name] = '\n'.join([*_import_block(each.imports), each.source])
    for path in _hand_written_files(root):
        text = path.read_text(encoding='utf-8')
        try:
            used = {name for name, _ in package_names(_compiled(text))}
        except SyntaxError:
            used = set()
        for name in (path.name, *HAND_WRITTEN.get(path.stem, ())):
            uses[name], sources[name] = used, text
    return Dependencies({name: _reached(uses[name], uses) - {name} for name in uses}, sources)


def _reached(names, uses):
    reached, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        waiting += uses if name == '*' else ()
        name = name if name in uses else f'{name}.py'
        if name in uses and name not in reached:
            reached.add(name)
            waiting += uses[name]
    return reached


def page_dependencies(page, root=ROOT):
    """`page` 直接和间接用到的 `d2l_local` 的名字 → 原文；没有导入 `d2l_local` 的页是空的。

    手写模块里的名字给出整个模块；`_compat.py` 和 `figures.py` 总在里面。
    """
    body = []
    for cell in page.cells():
        try:
            body += parse(cell.source)[0].body if cell.kind == 'code' else []
        except (SyntaxError, ValueError):
            continue
    names = {name for name, _ in package_names(ast.Module(body, []))}
    if not names:
        return {}
    known = dependencies(root)
    return {name: known.sources[name] for name in sorted(_reached(names | {*ALWAYS}, known.uses))}


def main(argv=(), root=ROOT):
    if argv:
        print('用法：python -m tools.extract（不带参数）', file=sys.stderr)
        return 2
    saved, changed, removed, problems = write(root)
    if problems:
        print(*problems, sep='\n', file=sys.stderr)
        return 1
    done = [f'{verb} {len(paths)} 个文件' for verb, paths in (('改写', changed), ('删去', removed))
            if paths]
    modules = len({each.module for each in saved})
    print(f'提取了 {len(saved)} 个定义到 {modules} 个模块，{"，".join(done) or "没有变化"}')
    return 0


if __name__ == '__main__':
    sys.exit(run_tool(main))
