"""界面上的字：主题和 Sphinx 没有译的、译得不合大陆说法的，由 locale/*.po 改正；写死在模板里的逐处换掉。"""
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from sphinx.application import Sphinx
from sphinx.locale import translators

# 模板里写死的英文 → 中文；带着它所在的标记，不会碰到正文。
WORDS = {
    'bd-docs-nav" aria-label="Main">': 'bd-docs-nav" aria-label="全书目录">',
    '<nav aria-label="Page">': '<nav aria-label="本页内容">',
    'title="Toggle primary sidebar"': 'title="全书目录" aria-label="全书目录"',
    'title="Toggle secondary sidebar"': 'title="本页内容" aria-label="本页内容"',
}


def in_chinese(html: str) -> str:
    """一页网页里写死的英文换成中文。"""
    for english, chinese in WORDS.items():
        html = html.replace(english, chinese)
    return html


def translate(app: Sphinx) -> None:
    """把 locale/*.po 放在原有的译文前面；`app.translator` 是模板用的那一份。"""
    for path in sorted(Path(__file__).with_name('locale').glob('*.po')):
        compiled = BytesIO()
        with path.open('rb') as file:
            write_mo(compiled, read_po(file, locale='zh_CN'))
        compiled.seek(0)
        ours, known = GNUTranslations(compiled), ('general', path.stem)
        if known in translators:
            ours.add_fallback(translators[known])
        translators[known] = ours
    app.translator = translators['general', 'sphinx']
