// 中文检索：把查询切成每两个相邻的汉字和西文的词，与 search.py 做的索引一样。Sphinx 的 searchtools.js 会用这个函数。
function splitQuery(query) {
  const pairs = (run) => [...run].slice(1).map((character, before) => run[before] + character);
  return query.toLowerCase()
    .split(/([\u3400-\u9fff]+)|[^\p{L}\p{N}_]+/u)
    .filter((run) => run)
    .flatMap((run) => (/[\u3400-\u9fff]/.test(run) ? pairs(run) : [run]));
}
