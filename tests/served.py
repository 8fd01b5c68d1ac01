"""本机上的网站服务器，像网上的那样压缩；浏览器装载一页用掉多少字节。"""
import gzip
import threading
from contextlib import contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.website import CHROMIUM, wait_for

PACKED = ('.html', '.css', '.js', '.svg', '.xml', '.txt')
WIDE = {'width': 1400, 'height': 900}
# 只许找本机：别处的请求都失败，记成毛病。
ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1']
WATCH = """globalThis.violations = [];
addEventListener('securitypolicyviolation', (event) => globalThis.violations.push(
  `${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));"""


@cache
def packed(path, changed):
    return gzip.compress(path.read_bytes(), 9, mtime=0)


class Handler(SimpleHTTPRequestHandler):
    """一个文件夹里的文件，文字压缩了再给；没有的给 404.html。"""

    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        path, status = Path(self.translate_path(self.path)), 200
        if path.is_dir():
            path /= 'index.html'
        if not path.is_file():
            path, status = Path(self.directory) / '404.html', 404
        body = packed(path, path.stat().st_mtime_ns) if path.suffix in PACKED else path.read_bytes()
        self.send_response(status)
        self.send_header('Content-Type', self.guess_type(path))
        if path.suffix in PACKED:
            self.send_header('Content-Encoding', 'gzip')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def guess_type(self, path):
        kind = super().guess_type(path)
        return f'{kind}; charset=utf-8' if kind.startswith('text/') else kind

    def log_message(self, *arguments):
        pass


@contextmanager
def serve(folder):
    """`with serve(文件夹) as 地址:`"""
    server = ThreadingHTTPServer(('127.0.0.1', 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f'http://127.0.0.1:{server.server_port}'
    finally:
        server.shutdown()
        server.server_close()


def launch(playwright):
    return playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


class Load:
    """没有缓存的浏览器装载一页：`first` 是打开时的字节，`all` 是每幅图都看过以后的，`faults` 是毛病。"""

    def __init__(self, browser, address):
        context = browser.new_context(viewport=WIDE, locale='zh-CN')
        page = context.new_page()
        self.bytes, self.faults = 0, []
        session = context.new_cdp_session(page)
        session.send('Network.enable')
        session.on('Network.loadingFinished', self.add)
        page.on('requestfailed', lambda request: self.faults.append(f'取不到 {request.url}'))
        page.on('console', lambda message: message.type == 'error' and self.faults.append(message.text))
        page.on('pageerror', lambda error: self.faults.append(str(error)))
        page.add_init_script(WATCH)
        page.goto(address, wait_until='networkidle')
        self.first = self.bytes
        page.evaluate("document.querySelectorAll('img').forEach((image) => { image.loading = 'eager'; })")
        page.wait_for_load_state('networkidle')
        wait_for(page, '[...document.images].every((image) => image.complete)')
        self.all = self.bytes
        self.faults += page.evaluate('globalThis.violations')
        context.close()

    def add(self, event):
        self.bytes += event['encodedDataLength']
