"""看一个网站：无网络的 Chromium 打开一页有什么毛病，死链接，从别处装载的东西。"""
import contextlib
import hashlib
import html as entities
import re
import shutil
import time
from functools import cache
from urllib.parse import unquote, urlsplit

import playwright.sync_api as playwright
import pytest

CHROMIUM = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
NEED_CHROMIUM = pytest.mark.skipif(
    CHROMIUM is None,
    reason='没有 Chromium，不能在浏览器里检查网站。Debian 上：sudo apt-get install chromium')
RAW = re.compile(r'\$\$|\\\(|\\\[|\\(?:frac|text|mathbf|tag|begin|sum|times|in|hat)\b|\$[^$\n]{1,40}\$'
                 r'|\{(?:ref|eq|cite|numref|doc|math)\}|:::|```')
WIDE, PHONE = {'width': 1400, 'height': 900}, {'width': 390, 'height': 844}
# 从别处装载东西的写法（给人点的链接不算）。
LOADING = re.compile(r'(?:src|srcset)\s*=\s*["\'](https?:)?//|@import\s+["\']?(?:url\()?["\']?https?:'
                     r'|url\(["\']?https?:|<link[^>]+href=["\']https?:')

# 页面上读者看得见的文字（不含代码），以及要检查的各种事实。
FACTS = """() => {
  const article = document.querySelector('article.bd-article').cloneNode(true);
  article.querySelectorAll('pre, code, script, mjx-container').forEach((node) => node.remove());
  return {
    text: article.textContent,
    broken: [...document.images].filter((image) => !(image.complete && image.naturalWidth > 0))
      .map((image) => image.src),
    silent: [...document.querySelectorAll('article img')].filter((image) => !image.alt.trim())
      .map((image) => image.src),
  };
}"""
# 选读的节也看。
OPEN = "document.querySelectorAll('details.depth').forEach((details) => { details.open = true; })"
# 还没有看到的节也排版。
WHOLE = "document.querySelectorAll('section').forEach(({ style }) => { style.contentVisibility = 'visible' })"
# 插图看到才装载；要看它们是不是都在，先全部装载。
LOADED = """async () => {
  const images = [...document.images];
  images.forEach((image) => { image.loading = 'eager'; });
  await Promise.all(images.map((image) => image.decode().catch(() => {})));
}"""
OVERFLOW = 'document.documentElement.scrollWidth - window.innerWidth'


def wait_for(page, expression):
    """等到 `expression` 在网页里是真的；wait_for_function 要 eval，网页的 Content-Security-Policy 不许。"""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with contextlib.suppress(playwright.Error):  # 正在换页
            if page.evaluate(expression):
                return
        page.wait_for_timeout(50)
    raise AssertionError(expression)


class Visitor:
    """一个浏览器标签页，逐页打开网站。

    任何离开本机文件的请求都记为毛病（浏览器启动时已让所有主机名都解析不到）。
    """

    def __init__(self, browser):
        self.page = browser.new_context(locale='zh-CN').new_page()
        self.faults = []
        self.page.on('request', self._watch)
        self.page.on('console', lambda message: message.type == 'error' and self.faults.append(message.text))
        self.page.on('pageerror', lambda error: self.faults.append(str(error)))
        self.page.on('requestfailed', lambda request: self.faults.append(f'取不到 {request.url}'))

    def _watch(self, request):
        if urlsplit(request.url).scheme not in ('file', 'data', 'blob', 'about'):
            self.faults.append(f'请求了 {request.url}')

    def visit(self, path):
        """打开一页，先宽屏浅色，再变成手机深色；返回这一页的各种毛病，没有毛病的种类不列出。"""
        self.faults.clear()
        # 在空白页上改大小，免得上一页白白重排一次。
        self.page.goto('about:blank')
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(color_scheme='light')
        self.page.goto(path.as_uri())
        self.page.evaluate(OPEN)
        self.page.evaluate(WHOLE)
        self.page.evaluate(LOADED)
        facts = self.page.evaluate(FACTS)
        self.page.set_viewport_size(PHONE)
        self.page.emulate_media(color_scheme='dark')
        facts['overflow'] = self.page.evaluate(OVERFLOW)
        found = {'装载': list(self.faults), '没有变成公式或格式的文字': RAW.findall(facts['text']),
                 '打不开的图': facts['broken'], '没有说明的图': facts['silent'],
                 '比屏幕宽': [facts['overflow']] if facts['overflow'] > 0 else []}
        return {name: faults for name, faults in found.items() if faults}


@cache
def anchors(path):
    """网页里可以链接到的位置；没有这个文件就是 None。"""
    if not path.exists():
        return None
    if path.suffix != '.html':
        return set()
    found = re.findall(r'\s(?:id|name)="([^"]*)"', path.read_text(encoding='utf-8'))
    return set(map(entities.unescape, found))


def dead_links(path):
    """网页里指向本机文件、却没有那个文件或没有那个位置的链接。"""
    dead = []
    for link in re.findall(r'<a\b[^>]*?\shref="([^"]*)"', path.read_text(encoding='utf-8')):
        parts = urlsplit(entities.unescape(link))
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        places = anchors(target)
        if places is None or parts.fragment and unquote(parts.fragment) not in places:
            dead.append(link)
    return dead


def fingerprint(path, common):
    """一页在浏览器里的样子由什么决定：网页、其中的图、`common`（样式和脚本的指纹）。"""
    text = path.read_text(encoding='utf-8')
    digest = hashlib.sha256(f'{path} {common} {text}'.encode())
    for name in re.findall(r'<img[^>]+src="([^":]*)"', text):
        image = path.parent / unquote(name)
        digest.update(image.read_bytes() if image.exists() else b'')
    return digest.hexdigest()
