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
  // 字形直接写进每个公式：没有编号，同一个公式写几处都一样。
  svg: {fontCache: 'none'},
  startup: {typeset: false},
};

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
        drawn.push({svg: adaptor.outerHTML(MathJax.tex2svg(tex, {display}))});
      }
    } catch (error) {
      drawn.push({error: error.message});
    }
  }).on('close', () => {
    const css = adaptor.textContent(MathJax.svgStylesheet());
    process.stdout.write(JSON.stringify({css, drawn}));
  });
});
