"""标题的锚点由标题的文字得出，与 GitHub 一样：汉字照写，空格写成 -，去掉标点，西文小写；同页重复的加 -1。

docutils 只认得西文，中文标题的锚点是 id1、id2……，前面加一个标题就全变了。
"""
from docutils import nodes
from sphinx.transforms import SphinxTransform


class HeadingAnchors(SphinxTransform):
    """读完一页、建目录之前：节的锚点换成 MyST 由标题得出的那个，指着它的链接也跟着换。"""

    default_priority = 400

    def apply(self, **kwargs: object) -> None:
        slugs = getattr(self.document, 'myst_slugs', {})
        for section in self.document.findall(nodes.section):
            anchor = section.get('slug')
            if anchor:
                section['ids'] = [anchor]
                self.document.ids[anchor] = section
                line, _, title = slugs[anchor]
                slugs[anchor] = line, anchor, title
