"""测试公用的准备工作。"""
import pytest


@pytest.fixture
def np_mode():
    """在 np 模式里测试 d2l_local，测完恢复，并关上画的图。"""
    import d2l_local as d2l
    from mxnet import npx

    npx.set_np()
    yield
    npx.reset_np()
    d2l.plt.close('all')


@pytest.fixture(scope='module')
def browser():
    """一个 Chromium，任何主机名都解析不到。"""
    from playwright.sync_api import sync_playwright

    from tests.website import CHROMIUM

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND'])
        yield browser
        browser.close()
