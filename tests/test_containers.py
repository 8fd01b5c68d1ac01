"""容器的几个文件（Dockerfile、.devcontainer、.binder）与别处相符：版本、路径、系统库，不是 root，有自检。

真的建一次、用一次：`make test-image`。
"""
import json
import os
import re
from pathlib import PurePosixPath

import pytest
import tomllib
from d2l_local import _compat

from tools.book import ROOT

DOCKERFILE, DEVCONTAINER = 'Dockerfile', '.devcontainer/devcontainer.json'
HOSTS = 'docs/hosts.md'
LIBRARIES = set(_compat.SYSTEM_LIBRARIES.values())
# 除了系统库，各层还要的软件包。
EXTRA = {'system': {'make'}, 'devcontainer': {'git', 'openssh-client'}, 'book': set()}


def read(name):
    return (ROOT / name).read_text(encoding='utf-8')


def python_version():
    """requirements.txt 是为哪个 Python 生成的，全书就用哪个。"""
    return re.search(r'--python-version (\S+)', read('Makefile'))[1]


def stages(text):
    """Dockerfile 的各层：{名字: (由哪里来, [(指令, 参数)])}。"""
    text = re.sub(r'\\\n\s*', '', re.sub(r'^#.*\n', '', text, flags=re.M))
    found, last = {'': ('', [])}, ''
    for keyword, rest in re.findall(r'^([A-Z]+) +(.*)$', text, re.M):
        if keyword == 'FROM':
            *_, source, _, last = rest.split()
            found[last] = (source, [])
        else:
            found[last][1].append((keyword, rest))
    return found


def instructions(layers, name, keyword):
    """这一层和它由来的各层里的一种指令，由先到后。"""
    if name not in layers:
        return []
    source, own = layers[name]
    return instructions(layers, source, keyword) + [rest for word, rest in own if word == keyword]


def packages(rest):
    return set(re.search(r'--no-install-recommends ([^&]*)', rest)[1].split())


def problems(text):
    """Dockerfile 里不对的地方，各一句。"""
    layers, told = stages(text), []
    base = dict(rest.split('=') for _, rest in layers[''][1]).get('BASE', '')
    if not re.fullmatch(rf'python:{re.escape(python_version())}-slim-[a-z]+', base):
        told.append(f'BASE 是 {base}，不是 Python {python_version()}')
    for name, (source, own) in layers.items():
        if not name:
            continue
        if source != '${BASE}' and source not in layers:
            told.append(f'{name} 由没有的 {source} 来')
        users = instructions(layers, name, 'USER')
        if name != 'system' and not (users and users[-1].isdigit() and int(users[-1])):
            told.append(f'{name} 的用户是 root 或不是数字')
        for rest in (rest for word, rest in own if word == 'RUN' and 'apt-get install' in rest):
            wanted = EXTRA[name] | (LIBRARIES if name == 'system' else set())
            if packages(rest) != wanted:
                told.append(f'{name} 装的软件包不是 {sorted(wanted)}')
        copied = [one for word, rest in own if word == 'COPY' for one in rest.split()[:-1] if one[0] != '-']
        told += [f'要放进去的 {one} 不存在或被 .dockerignore 去掉了' for one in copied
                 if not (ROOT / one).exists() or one in read('.dockerignore').split()]
    last = list(layers)[-1]
    if not instructions(layers, last, 'HEALTHCHECK'):
        told.append('最后一层没有自检')
    if '==' in text:
        told.append('版本应写在 requirements.txt 和 pyproject.toml 里')
    page = re.search(r'default_url=/lab/tree/([^"]+)', text)
    if not page or not (ROOT / page[1]).is_file():
        told.append('JupyterLab 打开的页不存在')
    return told


def test_dockerfile():
    assert problems(read(DOCKERFILE)) == []


@pytest.mark.parametrize('old, new, told', [
    ('python:3.11-slim', 'python:3.12-slim', '不是 Python 3.11'),
    ('FROM system AS book\nUSER 1000', 'FROM system AS book', 'book 的用户是 root'),
    ('FROM system AS book\nUSER 1000', 'FROM system AS book\nUSER 0', 'book 的用户是 root'),
    ('FROM system AS book', 'FROM sistem AS book', '没有的 sistem'),
    ('libquadmath0 make', 'make', 'libquadmath0'),
    ('libquadmath0 make', 'libquadmath0 make vim', 'system 装的软件包'),
    ('COPY --chown=1000:1000 tools tools', 'COPY --chown=1000:1000 _build _build', '_build'),
    ('COPY --chown=1000:1000 tools tools', 'COPY --chown=1000:1000 tool tools', 'tool '),
    ('HEALTHCHECK', 'LABEL', '没有自检'),
    ('locks/lab.txt', 'jupyterlab==4', '版本应写在'),
    ('tree/notebooks/index.ipynb', 'tree/notebooks/none.ipynb', '页不存在'),
])
def test_a_wrong_dockerfile_is_found(old, new, told):
    text = read(DOCKERFILE)
    assert text.count(old) == 1 and told in '\n'.join(problems(text.replace(old, new)))


def test_what_the_environment_is_made_of_is_copied_before_it_is_made():
    """Makefile 的 .venv 要的，和 pyproject.toml 里安装 d2l_local 要的。"""
    own = stages(read(DOCKERFILE))['book'][1]
    made = next(place for place, (word, rest) in enumerate(own)
                if word == 'RUN' and 'make .venv/ready' in rest)
    copied = {one for word, rest in own[:made] if word == 'COPY' for one in rest.split()[:-1]}
    project = tomllib.loads(read('pyproject.toml'))['project']
    wanted = {'Makefile', 'pyproject.toml', 'requirements.txt', 'locks', 'tools', 'd2l_local',
              project['readme']}
    assert wanted | {PurePosixPath(path).parts[0] for path in project['license-files']} <= copied


def test_what_git_ignores_stays_out_of_the_image():
    wanted = {line.rstrip('/') for line in read('.gitignore').split()} | {'.git'}
    kept_out = {line.removeprefix('**/') for line in read('.dockerignore').splitlines() if line[0] != '#'}
    assert kept_out == wanted


def test_jupyterlab_has_one_version_and_it_is_not_among_those_of_the_pages():
    groups = tomllib.loads(read('pyproject.toml'))['dependency-groups']
    for name in ('lab', 'containers'):
        assert all(re.fullmatch(r'[\w-]+==[\d.]+', one) for one in groups[name])
    assert [one.partition('==')[0] for one in groups['lab']] == ['jupyterlab']
    assert 'jupyterlab==' not in read('requirements.txt') and 'locks/lab.txt' in read(DOCKERFILE)


def devcontainer():
    return json.loads(re.sub(r'^\s*//.*\n', '', read(DEVCONTAINER), flags=re.M))


def test_devcontainer():
    settings, layers = devcontainer(), stages(read(DOCKERFILE))
    build, folder = settings['build'], (ROOT / DEVCONTAINER).parent
    assert (folder / build['dockerfile']).resolve() == ROOT / DOCKERFILE
    assert (folder / build['context']).resolve() == ROOT and build['target'] in layers
    [made] = instructions(layers, 'system', 'RUN')
    assert f'--uid 1000 --shell /bin/bash {settings["remoteUser"]} ' in made
    assert all((ROOT / page).is_file() for page in settings['customizations']['codespaces']['openFiles'])
    interpreter = settings['customizations']['vscode']['settings']['python.defaultInterpreterPath']
    assert interpreter == '${containerWorkspaceFolder}/.venv/bin/python'
    target = re.search(r'make (\S+)$', settings['postCreateCommand'])[1]
    assert re.search(rf'^{re.escape(target)}:', read('Makefile'), re.M)


def test_binder():
    assert set(read('.binder/apt.txt').split()) == LIBRARIES
    assert read('.binder/runtime.txt') == f'python-{python_version()}\n'
    script = read('.binder/postBuild')
    assert os.access(ROOT / '.binder' / 'postBuild', os.X_OK) and script.startswith('#!')
    assert '--require-hashes --requirement locks/book.txt' in script
    assert '--editable .' in script and '==' not in script


def test_readme_and_containers_need_the_same_libraries():
    [line] = re.findall(r'^sudo apt-get install (.*)', read('README.md'), re.M)
    assert LIBRARIES | EXTRA['system'] <= set(line.split())


def test_hosts_says_what_the_files_say():
    text, layers = read(HOSTS), stages(read(DOCKERFILE))
    [port] = instructions(layers, 'book', 'EXPOSE')
    assert set(re.findall(r'-p (?:[\d.]+:)?\d+:(\d+)', text)) == {port}
    folders = set(re.findall(r'-v d2l-\w+:(\S+)', text))
    [made] = instructions(layers, 'system', 'RUN')
    assert folders == {'/book/notebooks', '/data'} and made.endswith('--group 1000 /book /data')
    assert all(page in text for page in devcontainer()['customizations']['codespaces']['openFiles'])
