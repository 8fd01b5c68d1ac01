"""中文检索：Sphinx 自己的分词和词干，只是不再越做越慢。"""
import functools

from sphinx.search.zh import SearchChinese


class ChineseSearch(SearchChinese):
    """Sphinx 7 把见过的西文词都记在一张表里，每求一个词干就从头找一遍，占去构建的一半时间。

    这里看写法就知道是不是西文词，做出的索引相同。
    """

    def init(self, options: dict[str, str]) -> None:
        super().init(options)
        self.stem = functools.cache(self.stem)

    def stem(self, word: str) -> str:
        """词干；原来有三个字母、词干却太短而不会进索引的词（如缩写）保留原样。"""
        stemmed = self.stemmer.stemWord(word.lower())
        kept = len(word) >= 3 and len(stemmed) < 3 and self.latin1_letters.fullmatch(word)
        return word.lower() if kept else stemmed
