"""书对外的地址，只写在 pyproject.toml 的 [tool.d2l] 里；派生的书用环境变量另指，不必改文件。

环境变量是 D2L_SITE、D2L_WHEEL、D2L_REPOSITORY。没有设的是空串，要用到它的按钮就不出现。
"""
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter

import tomllib

from tools.book import ROOT
from tools.report import UserError


@dataclass(frozen=True)
class Addresses:
    """`site` 是网站，`wheel` 是 d2l_local 的安装包，`repository` 是仓库；末尾都没有斜杠。

    `launch` 是 {云端的名字: 打开一页的地址}，地址里的 {site}、{github}（GitHub 上的 所有者/仓库）、
    {page}（如 ch2_linear/image-dataset）、{name}（其中最后一段）到用时才换掉。
    """

    site: str = ''
    wheel: str = ''
    repository: str = ''
    launch: Mapping[str, str] = field(default_factory=dict)

    @property
    def github(self) -> str:
        found = re.fullmatch(r'https://github\.com/([^/]+/[^/]+?)(\.git)?', self.repository)
        return found[1] if found else ''

    def install_from(self, file: str) -> str:
        """从哪里安装：`wheel`；没有设而有网站，就是网站上 cloud 文件夹里的 `file`；都没有是空串。"""
        return self.wheel or (f'{self.site}/cloud/{file}' if self.site else '')

    def buttons(self, key: str) -> list[tuple[str, str]]:
        """`key` 这一页能在哪些云端打开：[(名字, 地址)]；地址里有没设的部分的不算。"""
        known = {'site': self.site, 'github': self.github, 'page': key, 'name': key.rpartition('/')[2]}
        return [(name, template.format(**known)) for name, template in self.launch.items()
                if template and all(known[part] for _, part, _, _ in Formatter().parse(template) if part)]


def settings(root: Path = ROOT) -> dict:
    """pyproject.toml 的全部内容；没有这个文件（测试用的小书）是空的。"""
    path = root / 'pyproject.toml'
    return tomllib.loads(path.read_text(encoding='utf-8')) if path.exists() else {}


def read(root: Path = ROOT, environment: Mapping[str, str] = os.environ) -> Addresses:
    """读出各地址；写得不对的抛出 UserError。"""
    written, found = settings(root).get('tool', {}).get('d2l', {}), {}
    for name in ('site', 'wheel', 'repository'):
        variable = f'D2L_{name.upper()}'
        value = environment.get(variable, written.get(name, '')).strip().rstrip('/')
        # 安装包也可以是 PyPI 上的名字，如 d2l_local==0.1.0。
        allowed = r'https?://\S+|[\w.-]+(==[\w.]+)?' if name == 'wheel' else r'https?://\S+'
        if value and not re.fullmatch(allowed, value):
            raise UserError(f'{name} 的地址“{value}”不对：要以 https:// 开头，没有空格。'
                            f'请改 pyproject.toml 的 [tool.d2l] 或环境变量 {variable}。')
        found[name] = value
    launch = written.get('launch', {})
    for name, template in launch.items():
        unknown = {part for _, part, _, _ in Formatter().parse(template) if part}
        unknown -= {'site', 'github', 'page', 'name'}
        if unknown:
            raise UserError(f'pyproject.toml 的 [tool.d2l.launch] 里，{name} 的地址写了不认识的 '
                            f'{{{min(unknown)}}}。请只用 {{site}}、{{github}}、{{page}}、{{name}}。')
    return Addresses(**found, launch=launch)
