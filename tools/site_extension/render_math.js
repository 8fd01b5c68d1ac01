// 一行一个请求：{"tex": "x^2", "display": true}；一行一个回答：{"svg": "<mjx-container …"} 或 {"error": "…"}。
// 第一行回答是样式表：{"css": "…"}。用法：node render_math.js MATHJAX_ES5_FOLDER
const folder = process.argv[2];

const config = {
  loader: {
    paths: {mathjax: folder},
    load: ['input/tex-full', 'output/svg', 'adaptors/liteDOM', 'a11y/assistive-mml'],
  },
  tex: {
    packages: {'[-]': ['noundefined', 'noerrors']},
    formatError: (_, error) => { throw error; },
  },
  svg: {fontCache: 'local'},
  startup: {typeset: false},
};

const reply = (message) => process.stdout.write(JSON.stringify(message) + '\n');

require(folder + '/node-main.js').init(config).then((MathJax) => {
  const adaptor = MathJax.startup.adaptor;
  reply({css: adaptor.textContent(MathJax.svgStylesheet())});
  require('readline').createInterface({input: process.stdin}).on('line', (line) => {
    const {tex, display} = JSON.parse(line);
    try {
      reply({svg: adaptor.outerHTML(MathJax.tex2svg(tex, {display}))});
    } catch (error) {
      reply({error: error.message});
    }
  });
});
