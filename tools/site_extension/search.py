"""中文检索：索引里是每两个相邻的汉字，和由字母、数字、下划线组成的词；static/search-zh.js 照样切开查询。

不靠词典，分词就不会出错，“小批量”在哪一页都找得到；也不必每次构建都装载词典。
"""
import functools
import itertools
import re

from sphinx.search.zh import SearchChinese

RUN = re.compile(r'([\u3400-\u9fff]+)|([^\W\u3400-\u9fff]+)')


class ChineseSearch(SearchChinese):
    """代替 Sphinx 自带的中文检索；英文的词干和不收的词照旧。"""

    def init(self, options: dict[str, str]) -> None:
        super().init(options)
        self.stem = functools.cache(self.stem)

    def split(self, input: str) -> list[str]:
        """每两个相邻的汉字，和每个西文的词。"""
        return [word for chinese, other in RUN.findall(input)
                for word in ([other] if other else map(''.join, itertools.pairwise(chinese)))]

    def stem(self, word: str) -> str:
        """词干；词干太短而不会进索引的词（如缩写）保留原样。"""
        stemmed = self.stemmer.stemWord(word.lower())
        return stemmed if len(stemmed) > 2 or len(word) < 3 else word.lower()
