// 搜索的引擎：不分词，也不建倒排表，直接在全书的文字（约 0.5 MB）里找，一次几毫秒，汉字的短语因此一字不差。
// 由 search.js 在要搜索时装载，测试也在 node 里装载它。排序是 BM25 的样子：少见的词重，标题里的重，短的节重。
(function (root) {
  // 问话里没有内容的字，和口头的说法。
  const FILLER = new RegExp([
    '怎么办', '怎么样', '怎么', '怎样', '如何', '为什么', '为何', '是什么', '什么是', '什么意思', '有什么',
    '什么', '是不是', '能不能', '可不可以', '可以', '请问', '哪里', '哪些', '哪个', '多少', '区别', '一下',
    '一个', '的时候', '应该', '会不会', '出现', '使用', '进行', '关于', '有没有', '为啥', '咋', '啥', '吗',
    '呢', '吧', '了', '的', '和', '与',
  ].join('|'), 'g');
  const EMPTY = new Set(('how to what is are the a an of in do does i why my for and or with on can be no ' +
    'not it this use using from').split(' '));
  const HAN = /\p{Script=Han}/u;
  const LATIN = /[a-z0-9_]/;
  const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  // 全角的西文和空格写成半角，大写写成小写；长短不变，找到的位置在原文里也对。
  const normal = (text) => text
    .replace(/[！-～]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .replace(/　/g, ' ').toLowerCase();
  const sum = (list) => list.reduce((total, value) => total + value, 0);

  // 一个词的写法：西文的各段之间、西文与汉字之间可以有空格、横线或下划线。
  function pattern(term) {
    const pieces = term.match(/\p{Script=Han}+|[^\p{Script=Han}\s_-]+/gu) ?? [];
    return new RegExp(pieces.map(escape).join('[\\s_-]?'), 'g');
  }

  // 在一段文字里出现的次数：整个词算 1，词的开头算 0.5，词的中间算 0.2。
  function count(text, term) {
    if (/^\p{Script=Han}+$/u.test(term)) return text.split(term).length - 1;
    let total = 0;
    const [start, end] = [LATIN.test(term[0]), LATIN.test(term.at(-1))];
    for (const found of text.matchAll(pattern(term))) {
      const before = start && LATIN.test(text[found.index - 1] ?? ' ');
      const after = end && LATIN.test(text[found.index + found[0].length] ?? ' ');
      if (term.length < 3 && (before || after)) continue;
      total += before ? 0.2 : after ? 0.5 : 1;
    }
    return total;
  }

  // 两个词差几步：多一个、少一个、错一个字母，或相邻两个写反。
  function distance(one, other) {
    let [older, old] = [[], [...Array(other.length + 1).keys()]];
    for (let i = 1; i <= one.length; i += 1) {
      const row = [i];
      for (let j = 1; j <= other.length; j += 1) {
        row[j] = Math.min(old[j] + 1, row[j - 1] + 1, old[j - 1] + (one[i - 1] !== other[j - 1]));
        if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
          row[j] = Math.min(row[j], older[j - 2] + 1);
        }
      }
      [older, old] = [old, row];
    }
    return old.at(-1);
  }

  class Engine {
    // data：{pages: [{key, label, weight, sections: [[锚点, 标题, 正文, 名字], …]}, …],
    //        terms: [[同义的词, …], …]}
    constructor(data) {
      this.pages = data.pages;
      this.sections = data.pages.flatMap(({ label, weight, sections }, page) => sections.map(
        ([anchor, heading, text, names], index) => ({
          page, anchor, text, names, label: index ? heading : label,
          weight: weight * (/^(小结|练习)$/.test(heading) ? 0.6 : heading.includes('选读') ? 0.9 : 1),
          heading: normal(heading).replace('(选读)', ''), top: !index,
          body: normal(text), code: normal(names),
        })));
      const length = ({ text, names }) => text.length + names.length;
      const mean = sum(this.sections.map(length)) / this.sections.length;
      this.sections.forEach((section) => { section.size = 0.5 + 0.5 * length(section) / mean; });
      this.terms = data.terms.map((group) => group.map(normal))
        .flatMap((group) => group.map((word) => [word, group])).sort(([one], [other]) => other.length - one.length);
      this.looks = new Map();
    }

    // 一个词在各节里有多少：{scores: 各节的分, found: 有几节, rarity: 多少见}。
    look(word) {
      if (!this.looks.has(word)) {
        const scores = this.sections.map(({ heading, top, body, code, size }) => {
          const share = Math.min(1, word.length / heading.length);
          const title = count(heading, word) && (top ? 13 : 7) * (0.3 + 0.7 * share);
          const total = title + count(body, word) + 0.8 * count(code, word);
          return total && total * 2.2 / (total + 1.2 * size);
        });
        const found = scores.filter(Boolean).length;
        const rarity = Math.log(1 + (scores.length - found + 0.5) / (found + 0.5));
        this.looks.set(word, { scores, found, rarity });
      }
      return this.looks.get(word);
    }

    get vocabulary() {
      return this._vocabulary ??= [...new Set(
        [...this.sections.flatMap(({ heading, body, code }) => [heading, body, code]), ...this.terms.map(([word]) => word)]
          .flatMap((text) => text.match(/[a-z]{3,}/g) ?? []))];
    }

    // 没有见过的西文词换成最像的。
    mend(word) {
      if (word.length < 4 || !/^[a-z_]+$/.test(word) || this.look(word).found) return word;
      let [best, least] = [word, word.length < 8 ? 1 : 2];
      for (const known of this.vocabulary) {
        if (Math.abs(known.length - word.length) > least) continue;
        const steps = distance(word, known);
        const likelier = () => best === word || this.look(known).found > this.look(best).found;
        if (steps < least || (steps === least && likelier())) [best, least] = [known, steps];
      }
      return best;
    }

    // 一串汉字切成书里有的几段，常见的优先。
    split(run) {
      const best = [[0, []]];
      for (let end = 1; end <= run.length; end += 1) {
        for (let start = Math.max(0, end - 5); start < end; start += 1) {
          const piece = run.slice(start, end);
          if (piece === run) continue;
          const single = piece.length === 1;
          const { found, rarity } = single ? { found: 9, rarity: 6 } : this.look(piece);
          if (!found) continue;
          const cost = best[start][0] + rarity + (found < 3 || (piece.length > 3 && found < 8) ? 5 : 0);
          const pieces = single ? best[start][1] : [...best[start][1], piece];
          if (!best[end] || cost < best[end][0]) best[end] = [cost, pieces];
        }
      }
      return best[run.length][1];
    }

    // 查询分成几个意思，每个是 {words: [同义的几种说法], extra: 有了更好、没有也行}。
    parse(query) {
      const humps = query.replace(/([a-z])(?=[A-Z][a-z])/g, '$1-');
      const all = normal(humps).replace(/[^\p{L}\p{N}_.+-]+/gu, ' ').trim();
      const told = all.replace(FILLER, ' ').split(/\s+/).filter((word) => !EMPTY.has(word)).join(' ');
      let rest = (told.trim() || all).replace(/[a-z]+/g, (word) => this.mend(word));
      const concepts = [];
      const add = (words, extra = false) => concepts.push({ words, extra });
      const runs = rest.match(/\S*\p{Script=Han}\S*/gu) ?? [];
      for (const [word, group] of this.terms) {
        rest = rest.replace(pattern(word), (found, at) => {
          const around = (rest[at - 1] ?? ' ') + (rest[at + found.length] ?? ' ');
          const cut = LATIN.test(word[0]) ? /[a-z0-9_.-]/ : word.length === 1 ? HAN : null;
          if (cut?.test(around)) return found;
          add([word, ...group.filter((other) => other !== word)]);
          return ' | ';
        });
      }
      for (const [run] of rest.matchAll(/\p{Script=Han}+|[^\p{Script=Han}\s|]+/gu)) {
        if (HAN.test(run)) {
          const pieces = run.length > 3 ? this.split(run) : [];
          add([run], pieces.length > 1);
          pieces.forEach((piece) => add([piece]));
        } else {
          const word = run.replace(/^[._+-]+|[.+-]+$/g, '');
          if (!word) continue;
          const last = word.split('.').at(-1);
          if (this.look(word).found || (last.length > 2 && this.look(last).found)) {
            add(last === word || last.length < 3 ? [word] : [word, last]);
          } else {
            word.split(/[._-]/).filter((piece) => piece.length > 1).forEach((piece) => add([piece]));
          }
        }
      }
      runs.filter((run) => concepts.every(({ words }) => words[0] !== run))
        .forEach((run) => add([run], true));
      return concepts.filter(({ words }) => words.some((word) => this.look(word).found));
    }

    // 按页归拢的结果：{pages: [{page, sections: [最好的几节], score}, …] 好的在前，
    // total: 共几页，words: 要标出的词}。
    search(query, most = 20) {
      const parsed = this.parse(query);
      const concepts = parsed.map(({ words, extra }) => ({
        words, extra, looks: words.map((word, index) => [this.look(word), index ? 0.8 : 1]),
        rarity: Math.max(...words.map((word) => this.look(word))
          .map(({ found, rarity }) => (found ? rarity : 0))),
      }));
      const wanted = concepts.filter(({ extra }) => !extra);
      // 各个意思的分合成一个，缺了哪个意思就打折扣，缺的越少见折扣越大。
      const join = (values) => sum(values) * sum(wanted.map(({ rarity }, at) => values[at] && rarity))
        / (sum(wanted.map(({ rarity }) => rarity)) || 1);
      const ordered = [...wanted, ...concepts.filter(({ extra }) => extra)];
      const pages = new Map();
      this.sections.forEach((section, at) => {
        // 只问一件事时，标题就是它的节在前。
        const exact = wanted.length === 1 && wanted[0].words.includes(section.heading) ? 1.4 : 1;
        const values = ordered.map(({ looks, extra }) => exact * section.weight * (extra ? 0.6 : 1) * Math.max(
          ...looks.map(([{ scores, rarity }, weight]) => weight * rarity * scores[at])));
        if (!values.some(Boolean)) return;
        const page = pages.get(section.page) ?? { found: [], best: values };
        page.found.push({ section, score: join(values) });
        page.best = page.best.map((value, index) => Math.max(value, values[index]));
        pages.set(section.page, page);
      });
      const ranked = [...pages].map(([page, { found, best }]) => ({
        page: this.pages[page],
        score: Math.hypot(...found.map(({ score }) => score)) + 0.7 * join(best),
        sections: found.sort((one, other) => other.score - one.score).slice(0, 3)
          .map(({ section }) => section),
      })).filter(({ score }) => score).sort((one, other) => other.score - one.score);
      const words = parsed.flatMap((concept) => concept.words);
      return { total: ranked.length, pages: ranked.slice(0, most), words };
    }
  }

  // 一段文字里各词的位置：[[开头, 结尾], …]，按次序，不重叠。
  function places(text, words) {
    const low = normal(text);
    const found = words.flatMap((word) => [...low.matchAll(pattern(word))])
      .map(({ 0: text, index }) => [index, index + text.length])
      .sort(([one, end], [other, last]) => one - other || last - end);
    let last = 0;
    return found.filter(([start, end]) => start >= last && (last = end));
  }

  // 把文字按各词切成 [[一段, 是不是要标出], …]。
  function mark(text, words, from = 0, to = text.length) {
    const parts = [];
    let at = from;
    for (const [start, end] of places(text, words)) {
      if (start < at || end > to) continue;
      parts.push([text.slice(at, start), false], [text.slice(start, end), true]);
      at = end;
    }
    return [...parts, [text.slice(at, to), false]].filter(([part]) => part);
  }

  // 一节的摘录：词最密的一段；正文里没有，就从代码里的名字里取。
  function excerpt(section, words, length = 90) {
    const inText = places(section.text, words);
    const inCode = inText.length ? [] : places(section.names, words);
    const code = inCode.length > 0 || !section.text;
    const [text, found] = code ? [section.names, inCode] : [section.text, inText];
    const near = (start) => new Set(found.filter(([one]) => one >= start && one < start + length * 0.7)
      .map(([one, end]) => normal(text.slice(one, end)))).size;
    const best = found.map(([start]) => start)
      .reduce((kept, start) => (near(start) > near(kept) ? start : kept), found[0]?.[0] ?? 0);
    // 从这一句的开头起，太远就从附近起。
    const sentence = Math.max(...[...'。；！？\n'].map((sign) => text.slice(0, best).lastIndexOf(sign))) + 1;
    const from = best - sentence < length / 2 ? sentence : best - 15;
    const to = Math.min(text.length, from + length);
    return [
      ...(code && text ? [['代码：', false]] : []), ...(from > sentence ? [['……', false]] : []),
      ...mark(text, words, from, to), ...(to < text.length ? [['……', false]] : []),
    ];
  }

  // 一节里第一处词所在的短句，给浏览器标出；光秃秃的一个词不给，它在目录里也有。
  function clause(section, words) {
    const [place] = places(section.text, words);
    if (!place) return '';
    const [, before] = section.text.slice(0, place[0]).match(/([\p{Script=Han}A-Za-z]*)$/u);
    const [after] = section.text.slice(place[1]).match(/^[\p{Script=Han}A-Za-z]*/u);
    return before || after ? before + section.text.slice(...place) + after : '';
  }

  root.BookSearch = { Engine, excerpt, mark, clause };
  if (typeof module === 'object') module.exports = root.BookSearch;
})(globalThis);
