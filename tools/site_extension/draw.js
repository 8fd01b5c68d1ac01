// 用 MathJax 画公式。标准输入每行一个公式：["x^2", true]（true 是单独成行）。
// 输入结束后写出 {"css": "样式表", "drawn": [{"svg": "<mjx-container …"} 或 {"error": "…"}, …]}。
// 用法：node draw.js MATHJAX_ES5_FOLDER [--check]；--check 只读懂，不画，drawn 里没有毛病的是 {}。
const folder = process.argv[2];
const checking = process.argv[3] === '--check';

const config = {
  loader: {
    paths: {mathjax: folder},
    load: ['input/tex-full', 'output/svg', 'adaptors/liteDOM', 'a11y/assistive-mml'],
  },
  tex: {
    packages: {'[-]': ['noundefined', 'noerrors']},
    formatError: (_, error) => { throw error; },
  },
  // 字形直接写进每个公式：没有编号，同一个公式写几处都一样；写网页时 tools/slim 让一页里的每个字形只写一次。
  svg: {fontCache: 'none'},
  startup: {typeset: false},
};

// 去掉浏览器用不到的：说来历的 data-*（字形的 data-c 和表线的留着），没有属性的 <g>，只有一个孩子的 <g> 并进孩子。
const KEPT = /^data-(c|line|frame|background|table|labels)$/;
function flatten(adaptor, node) {
  for (const child of adaptor.childNodes(node).slice()) {
    if (adaptor.kind(child) === '#text') continue;
    flatten(adaptor, child);
    for (const { name } of adaptor.allAttributes(child)) {
      if (name === 'data-mml-node' ? !/^(mtable|merror)$/.test(adaptor.getAttribute(child, name))
        : name.startsWith('data-') && !KEPT.test(name)) adaptor.removeAttribute(child, name);
    }
    if (adaptor.kind(child) === 'g') unwrap(adaptor, child);
  }
}

function unwrap(adaptor, group) {
  const names = adaptor.allAttributes(group).map(({ name }) => name);
  const inside = adaptor.childNodes(group);
  if (names.some((name) => name !== 'transform')) return;
  if (!names.length) {
    inside.slice().forEach((child) => adaptor.insert(child, group));
    adaptor.remove(group);
  } else if (inside.length === 1 && /^(g|path|rect)$/.test(adaptor.kind(inside[0]))) {
    const own = adaptor.getAttribute(inside[0], 'transform');
    const outer = adaptor.getAttribute(group, 'transform');
    adaptor.setAttribute(inside[0], 'transform', own ? `${outer} ${own}` : outer);
    adaptor.replace(inside[0], group);
  }
}

require(folder + '/node-main.js').init(config).then((MathJax) => {
  const adaptor = MathJax.startup.adaptor;
  const drawn = [];
  require('readline').createInterface({input: process.stdin}).on('line', (line) => {
    const [tex, display] = JSON.parse(line);
    try {
      if (checking) {
        MathJax.tex2mml(tex, {display});
        drawn.push({});
      } else {
        const formula = MathJax.tex2svg(tex, {display});
        flatten(adaptor, adaptor.firstChild(formula));
        drawn.push({svg: adaptor.outerHTML(formula)});
      }
    } catch (error) {
      drawn.push({error: error.message});
    }
  }).on('close', () => {
    const css = adaptor.textContent(MathJax.svgStylesheet());
    process.stdout.write(JSON.stringify({css, drawn}));
  });
});
