"""在 Windows 的 Python 里一格接一格地运行一页的代码，把每格打印、显示的文字写成 JSON；由 tests.windows 启动。

    python windows_page.py 书的文件夹 包的文件夹 代码.json 结果.json

代码是 [每格的代码]，结果是 [每格的 {'outputs'}]，与笔记本里的一样。一格出错也接着运行后面的。
用的是 IPython 的 InteractiveShell（没有内核和浏览器），插图照常画，但不留下。
"""
import json
import os
import sys
from pathlib import Path


def run_cell(shell, source):
    """运行一格，返回它打印的、显示的文字和出的错，写成笔记本里的样子。"""
    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        # 一格最后的值也收进 captured.outputs，不打印成 Out[1]: …。
        shell.display_trap.hook = sys.displayhook
        result = shell.run_cell(source, store_history=True)
    error = result.error_before_exec or result.error_in_exec
    printed = [{'output_type': 'stream', 'name': name, 'text': text}
               for name, text in (('stdout', captured.stdout), ('stderr', captured.stderr)) if text]
    values = [{'output_type': 'display_data', 'data': {'text/plain': output.data.get('text/plain', '')}}
              for output in captured.outputs]
    wrong = [{'output_type': 'error', 'ename': type(error).__name__, 'evalue': str(error), 'traceback': []}]
    return {'outputs': printed + values + (wrong if error else [])}


def main(book, packages, cells, results):
    sys.path[:0] = [packages, book]
    # msvc-runtime 把微软的运行库装在这里，d2l_local 要自己找到它们。
    sys.prefix = packages
    from IPython.core.interactiveshell import InteractiveShell

    # 与笔记本里一样，一格的末尾显示插图。
    os.environ['MPLBACKEND'] = 'module://matplotlib_inline.backend_inline'
    shell = InteractiveShell.instance()
    sources = json.loads(Path(cells).read_text(encoding='utf-8'))
    found = [run_cell(shell, source) for source in sources]
    Path(results).write_text(json.dumps(found, ensure_ascii=False), encoding='utf-8')
    # 不等各库的清理：MXNet 的线程在 wine 里有时等很久才肯结束。
    os._exit(0)


if __name__ == '__main__':
    main(*sys.argv[1:])
