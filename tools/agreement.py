"""写了不止一处的事，各处说的一样：许可、版本、依赖、系统库、命令和文件的名字。

每件事有一处是准的（LICENSES/ 里的全文、d2l_local 的版本、pyproject.toml、Makefile），别处照它。没有的文件
不算。
"""
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import yaml
from packaging.requirements import Requirement

from tools import addresses
from tools.book import ROOT
from tools.report import Problem

LICENCE = re.compile(r'\bCC[ -](BY(?:-\w\w)*|0)[ -](\d\.\d)'
                     r'|\b(Apache|MPL|L?GPL)[ -](?:License |v)?(\d\.\d)|\b(MIT|BSD)\b')
# 说全书许可的地方：文件，从哪里起（一行）到空行。
STATEMENTS = (('LICENSE', r'.*'), ('README.md', r'文字采用'), ('CONTRIBUTING.md', r'贡献的文字'),
              ('_config.yml', r'\s+文字采用'), ('CITATION.cff', r'license:'))
TITLES = {'Apache-2.0': 'Apache License Version 2.0',
          'CC-BY-SA-4.0': 'Creative Commons Attribution-ShareAlike 4.0 International'}
DOCUMENTS = ('README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/*.md', 'book/front/*.md',
             'tools/dist_files/*.md')
INSTALLERS = ('Dockerfile', 'Makefile', 'tools/install.py', 'docs/*.md', 'README.md', 'book/front/*.md',
              '.github/workflows/*.yml', '.binder/*', '.devcontainer/*')
PYTHONS = (('.binder/runtime.txt', r'python-(\S+)'), ('Dockerfile', r'^ARG BASE=python:([\d.]+)-'),
           ('pyproject.toml', r'^python_version = "([\d.]+)"'))
# 做书用的两个 Python，各种写法。
BUILT_FOR = re.compile(r"\(3, \d+\), \(3, \d+\)|3\.\d+ 或 3\.\d+|'3\.\d+', '3\.\d+'")
BUILDERS = ('README.md', 'Makefile', 'install.*', 'tools/install.py', 'tools/doctor.py',
            'tools/dist_files/README.md', 'book/front/installation.md', '.github/workflows/test.yml')
MACHINE = {'sys_platform': 'linux', 'platform_machine': 'x86_64', 'python_version': '3.11'}
MXNET = re.compile(r'\bMXNet (\d+\.\d+\.\d+(?:\.post\d+)?)')
NAMED = re.compile(r'`((?:book|d2l_local|tools|bench|tests|docs|notebooks)/[\w./-]*)`'
                   r'|!?\[[^\]]*\]\(((?!\w+:|#)[\w./-]+)')


def check(root: Path = ROOT) -> list[Problem]:
    parts = (licences, versions, dependencies, libraries, documents)
    return list(dict.fromkeys(problem for part in parts for problem in part(root)))


def _lines(root: Path, *patterns: str) -> Iterator[tuple[str, int, str]]:
    """这些文件的 (名字, 行号, 文字)。"""
    for path in sorted({path for pattern in patterns for path in root.glob(pattern) if path.is_file()}):
        name = path.relative_to(root).as_posix()
        for number, line in enumerate(path.read_text(encoding='utf-8').splitlines(), 1):
            yield name, number, line


def _read(root: Path, name: str) -> str:
    path = root / name
    return path.read_text(encoding='utf-8') if path.exists() else ''


def _compat(root: Path) -> dict:
    path = root / 'd2l_local' / '_compat.py'
    return runpy.run_path(str(path)) if path.exists() else {}


# ---- 许可 ----


def licences(root: Path = ROOT) -> Iterator[Problem]:
    """LICENSES/ 里每个全文的名字就是许可的名字；各处说的恰好是这些，代码的是 pyproject.toml 里的那个。"""
    wanted = {path.stem for path in (root / 'LICENSES').glob('*.txt')}
    if not wanted:
        return
    for name, start in STATEMENTS:
        lines = list(_lines(root, name))
        first = next((number for _, number, line in lines if re.match(start, line)), 0)
        if not first:
            if lines:
                yield Problem(name, 0, 0, f'没有说许可。请写上 {"、".join(sorted(wanted))}。')
            continue
        text = '\n'.join(line for _, number, line in lines if number >= first)
        if name != 'LICENSE':
            text = re.split(r'\n\s*\n|\n(?=\w+:)', text)[0]
        told = {_licence(found) for found in LICENCE.finditer(text)}
        if told != wanted:
            yield Problem(name, 0, first, f'这里的许可是 {"、".join(sorted(told)) or "空的"}，LICENSES/ 里的'
                          f'是 {"、".join(sorted(wanted))}。请改成一样的。')
    project = addresses.settings(root).get('project', {})
    code = project.get('license', '')
    if project and (code not in wanted or f'LICENSES/{code}.txt' not in project.get('license-files', [])):
        yield Problem('pyproject.toml', 0, _line_of(root, 'pyproject.toml', 'license'),
                      f'license 是“{code}”。请写成 LICENSES/ 里代码的那一个，全文也列进 license-files。')
    for name, title in TITLES.items():
        if name in wanted and title not in ' '.join(_read(root, f'LICENSES/{name}.txt')[:400].split()):
            yield Problem(f'LICENSES/{name}.txt', 0, 1,
                          f'开头没有“{title}”，不是这个许可的全文。请换成官方的全文。')


def _licence(found: re.Match[str]) -> str:
    creative, first, other, second, plain = found.groups()
    return f'CC-{creative}-{first}' if creative else f'{other}-{second}' if other else plain


def _line_of(root: Path, name: str, word: str) -> int:
    return next((number for _, number, line in _lines(root, name) if line.startswith(word)), 0)


# ---- 版本和依赖 ----


def versions(root: Path = ROOT) -> Iterator[Problem]:
    """引用信息和变更记录里最近的版本是 d2l_local 的；Python 和 MXNet 的版本处处相同。"""
    version = re.search(r"__version__ = '([^']+)'", _read(root, 'd2l_local/__init__.py'))
    released = re.search(r'^## (\d\S*) - (\S+)', _read(root, 'CHANGELOG.md'), re.M)
    cited = yaml.safe_load(_read(root, 'CITATION.cff')) or {}
    if version and cited and str(cited.get('version')) != version[1]:
        yield Problem('CITATION.cff', 0, _line_of(root, 'CITATION.cff', 'version'),
                      f'版本是 {cited.get("version")}，d2l_local 的是 {version[1]}。请改成一样的。')
    told = str(cited.get('version')), str(cited.get('date-released'))
    if cited and released and told != released.groups():
        yield Problem('CITATION.cff', 0, _line_of(root, 'CITATION.cff', 'date-released'),
                      f'版本和日期与 CHANGELOG.md 的“{released[0]}”不同。请改成一样的。')
    python = re.search(r'--python-version (\S+)', _read(root, 'Makefile'))
    for name, pattern in PYTHONS if python else ():
        for file, number, line in _lines(root, name):
            if (found := re.search(pattern, line)) and found[1] != python[1]:
                yield Problem(file, 0, number,
                              f'这里是 Python {found[1]}，make lock 用的是 {python[1]}。请改成一样的。')
    pair = BUILT_FOR.search(_read(root, 'Makefile'))
    for file, number, line in _lines(root, *BUILDERS) if pair else ():
        yield from (Problem(file, 0, number, f'这里是 {found[0]}，Makefile 里的是 {pair[0]}。请改成一样的。')
                    for found in BUILT_FOR.finditer(line)
                    if re.findall(r'3\D+(\d+)', found[0]) != re.findall(r'3\D+(\d+)', pair[0]))
    wheels = _compat(root).get('WHEELS', {})
    known = {each for one in wheels.values() for each in (one, one.partition('.post')[0])}
    for file, number, line in _lines(root, *DOCUMENTS) if wheels else ():
        for found in MXNET.finditer(line):
            if found[1] not in known:
                yield Problem(file, 0, number,
                              f'这里是 MXNet {found[1]}，d2l_local/_compat.py 的 WHEELS 里没有。请改正。')


def dependencies(root: Path = ROOT) -> Iterator[Problem]:
    """短清单里的每个包在 requirements.txt 里，版本也合；别处说的组和附加项都有。"""
    written = addresses.settings(root)
    pins = dict(re.findall(r'^([\w.-]+)==([^\s;]+)', _read(root, 'requirements.txt'), re.M))
    known = {_plain(name): version for name, version in pins.items()}
    groups, project = written.get('dependency-groups', {}), written.get('project', {})
    direct = [*project.get('dependencies', []), *groups.get('book', [])]
    for one in [Requirement(each) for each in direct if isinstance(each, str)] if known else []:
        if one.marker and not one.marker.evaluate({**MACHINE, 'extra': ''}):
            continue
        version = known.get(_plain(one.name))
        if version is None or not one.specifier.contains(version, prereleases=True):
            yield Problem('requirements.txt', 0, 0, f'pyproject.toml 要 {one.name}{one.specifier}，这里'
                          f'{"没有" if version is None else f"是 {version}"}。请运行 make lock。')
    extras = project.get('optional-dependencies', {})
    for file, number, line in _lines(root, *INSTALLERS) if project else ():
        for kind, names, pattern in (
                ('[dependency-groups]', groups, r'--group[ \',]+([a-z][\w-]*)'),
                ('[project.optional-dependencies]', extras, r'(?:d2l_local|\.)\[([\w-]+)\]')):
            yield from (Problem(file, 0, number, f'pyproject.toml 的 {kind} 里没有 {name}。请改正。')
                        for name in re.findall(pattern, line) if name not in names)


def _plain(name: str) -> str:
    return re.sub('[-_.]+', '-', name).lower()


def libraries(root: Path = ROOT) -> Iterator[Problem]:
    """说要装哪些系统库的地方，一个也不少。"""
    wanted = set(_compat(root).get('SYSTEM_LIBRARIES', {}).values())
    for file, number, line in _lines(root, *INSTALLERS):
        missing = wanted - set(re.findall(r'[\w.+-]+', line))
        if missing and missing != wanted and not file.startswith('.binder'):
            yield Problem(file, 0, number, f'这里少了系统库 {"、".join(sorted(missing))}（见 '
                          'd2l_local/_compat.py 的 SYSTEM_LIBRARIES）。请补上。')
    listed = set(_read(root, '.binder/apt.txt').split())
    if listed and listed != wanted:
        yield Problem('.binder/apt.txt', 0, 0, f'这里应该恰好是 {"、".join(sorted(wanted))}。请改正。')


# ---- 命令和文件 ----


def documents(root: Path = ROOT) -> Iterator[Problem]:
    """说明里的 make 目标、文件和图片都有。"""
    targets = set(re.findall(r'^([a-z][a-z-]*):', _read(root, 'Makefile'), re.M))
    for file, number, line in _lines(root, *DOCUMENTS):
        if targets:
            yield from (Problem(file, 0, number, f'Makefile 里没有 make {name}。请改正。') for name in
                        re.findall(r'(?:`|^)make ([a-z-]+)', line) if name not in targets)
        for code, link in NAMED.findall(line):
            # 页与页的链接由 tools.prose 查。
            name, here = code or link, (root / file).parent
            if not (root / name).exists() and not (here / name).exists() and not name.endswith('.ipynb'):
                yield Problem(file, 0, number, f'没有 {name}。请改正，或补上这个文件。')
