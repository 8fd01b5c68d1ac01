// 中文检索：把没有空格的查询按索引里已有的词切开，取最长匹配。Sphinx 的 searchtools.js 会用这个函数。
function splitQuery(query) {
  const known = (word) =>
    Object.hasOwn(Search._index.terms, word) || Object.hasOwn(Search._index.titleterms, word);
  const longest = 12;
  const words = [];
  for (const run of query.toLowerCase().split(/[^\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/u)) {
    if (!/\p{Script=Han}/u.test(run)) {
      if (run) words.push(run);
      continue;
    }
    for (let start = 0; start < run.length;) {
      let end = Math.min(run.length, start + longest);
      while (end > start + 1 && !known(run.slice(start, end))) end -= 1;
      words.push(run.slice(start, end));
      start = end;
    }
  }
  return words;
}
