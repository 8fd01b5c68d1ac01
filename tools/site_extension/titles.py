"""标题的章节号：笔记本里写着，网站的由 Sphinx 按目录编，所以读之前去掉笔记本里的。"""
import re

from sphinx.application import Sphinx

# 笔记本文件里的第一个标题。
TITLE = re.compile(r'"# \d[\d.]* |"# ')


def unnumber(app: Sphinx, name: str, source: list[str]) -> None:
    """`source[0]` 是这一页笔记本的文字，原地改它。"""
    source[0] = TITLE.sub('"# ', source[0], count=1)
