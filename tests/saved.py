"""别的程序怎样保存笔记本：改动一份执行好的笔记本，写成它们写的样子（照它们存下的文件做的）。

收下笔记本的内容（dict），返回文件的文字；`run` 模仿在那里又运行过一遍。
"""
import copy
import json

LANGUAGE = {'codemirror_mode': {'name': 'ipython', 'version': 3}, 'file_extension': '.py',
            'mimetype': 'text/x-python', 'name': 'python', 'nbconvert_exporter': 'python',
            'pygments_lexer': 'ipython3', 'version': '3.12.3'}


def code_cells(notebook):
    return [cell for cell in notebook['cells'] if cell['cell_type'] == 'code']


def run(notebook):
    """同样的输出，序号却不从 1 开始：读者运行了几次。"""
    for count, cell in enumerate(code_cells(notebook), 7):
        cell['execution_count'] = count
        for output in cell['outputs']:
            if 'execution_count' in output:
                output['execution_count'] = count


def jupyterlab(notebook):
    """JupyterLab 4：一格缩进，末尾换行；选了本书的内核，折叠过、看过的格留下记号，末尾多一个空格子。"""
    notebook = copy.deepcopy(notebook)
    run(notebook)
    notebook['metadata'] |= {
        'kernelspec': {'display_name': '动手学深度学习', 'language': 'python', 'name': 'd2l'},
        'language_info': LANGUAGE, 'widgets': {'application/vnd.jupyter.widget-state+json': {
            'state': {}, 'version_major': 2, 'version_minor': 0}}}
    for cell in notebook['cells']:
        cell['metadata'] |= {'editable': True, 'slideshow': {'slide_type': ''}, 'trusted': True}
    for cell in code_cells(notebook):
        cell['metadata'] |= {'collapsed': True, 'scrolled': True, 'jupyter': {'outputs_hidden': False},
                             'execution': {'iopub.execute_input': '2026-01-01T00:00:00.000000Z'}}
    notebook['cells'].append({'cell_type': 'code', 'execution_count': None, 'outputs': [], 'source': [],
                              'id': '0e6f2ad1-4c6f-4b0e-9f3c-0d6b1d4f8a11', 'metadata': {}})
    return json.dumps(notebook, ensure_ascii=False, indent=1) + '\n'


def vscode(notebook):
    """VS Code：末尾不换行，打印的几行分成几段，格里记着语言，给代码的末尾添了换行，空的附件。"""
    notebook = copy.deepcopy(notebook)
    run(notebook)
    notebook['metadata'] |= {
        'kernelspec': {'display_name': '.venv (3.11.2)', 'language': 'python', 'name': 'python3'},
        'language_info': LANGUAGE}
    for cell in notebook['cells']:
        cell['metadata']['vscode'] = {'languageId': 'python'}
        if cell['cell_type'] == 'markdown':
            cell['attachments'] = {}
    for cell in code_cells(notebook):
        cell['source'] = ''.join(cell['source']) + '\n'
        cell['outputs'] = [{**output, 'text': [line]} if output['output_type'] == 'stream' else output
                           for output in cell['outputs'] for line in output.get('text', [''])]
    return json.dumps(notebook, ensure_ascii=False, indent=1)


def colab(notebook):
    """Colab：两格缩进，编号写在元数据里，nbformat_minor 是 0，记着谁在什么时候运行。"""
    notebook = copy.deepcopy(notebook)
    run(notebook)
    notebook['nbformat_minor'] = 0
    notebook['metadata'] |= {
        'colab': {'provenance': [], 'toc_visible': True}, 'accelerator': 'GPU',
        'kernelspec': {'display_name': 'Python 3', 'name': 'python3'}, 'language_info': {'name': 'python'}}
    for number, cell in enumerate(notebook['cells']):
        cell['metadata'] |= {'id': cell.pop('id')[:12], 'cellView': 'form'}
        if cell['cell_type'] == 'code':
            cell['metadata'] |= {
                'colab': {'base_uri': 'https://localhost:8080/', 'height': 34}, 'outputId': f'{number:036}',
                'executionInfo': {'status': 'ok', 'elapsed': 3, 'user': {'displayName': '', 'userId': ''}}}
    return json.dumps(notebook, ensure_ascii=True, indent=2)


PROGRAMS = (jupyterlab, vscode, colab)
