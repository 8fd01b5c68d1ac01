// 在 node 里用搜索的引擎。标准输入是 {"index": 索引, "queries": [查询, …]}，没有 index 就读参数指着的
// search-index.js；写出每个查询的 {total, words, pages: [{key, sections: [{label, anchor, excerpt}, …]}, …]}。
const { readFileSync } = require('fs');
const { Engine, excerpt } = require(process.argv[2]);
const asked = JSON.parse(readFileSync(0, 'utf8'));
if (process.argv[3]) (0, eval)(readFileSync(process.argv[3], 'utf8'));
const engine = new Engine(asked.index ?? globalThis.bookIndex);
process.stdout.write(JSON.stringify(asked.queries.map((query) => {
  const { total, words, pages } = engine.search(query);
  return { total, words, pages: pages.map(({ page, sections }) => ({
    key: page.key,
    sections: sections.map((section) => ({
      label: section.label, anchor: section.anchor, excerpt: excerpt(section, words),
    })),
  })) };
})));
