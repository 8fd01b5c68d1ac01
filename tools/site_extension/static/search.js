// 搜索的界面：“/”、Ctrl+K 或放大镜打开对话框，上下键选、回车去、Esc 关；search.html 里是同样的一个。
// 打开网页时只装上几个监听；引擎和索引等到要搜索时才用 script 标签装载，所以从磁盘上打开也能用。
(() => {
  const root = document.documentElement.dataset.content_root ?? './';
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    element.append(...children);
    return element;
  };
  const load = (name) => new Promise((done, failed) => {
    const script = make('script', { src: `${root}_static/${name}` });
    script.addEventListener('load', done);
    script.addEventListener('error', () => failed(new Error(name)));
    document.head.append(script);
  });
  let loading;
  const engine = () => {
    loading ??= Promise.all([load('search-engine.js'), load('search-index.js')])
      .then(() => new BookSearch.Engine(bookIndex));
    loading.catch(() => { loading = undefined; });
    return loading;
  };
  const marked = (parts) => parts.map(([text, hit]) => (hit ? make('mark', {}, text) : text));

  // 去那一节，并让浏览器标出词所在的短句（它不会就只是到那一节）。
  function address(key, section, words) {
    const clause = encodeURIComponent(BookSearch.clause(section, words)).replace(/-/g, '%2D');
    const place = section.anchor + (clause && `:~:text=${clause}`);
    return `${root}${key}.html${place && '#'}${place}`;
  }

  function option(key, section, words, id) {
    const link = make('a', {
      role: 'option', id, tabindex: '-1', 'aria-selected': 'false', href: address(key, section, words),
    }, make('span', { class: 'book-search-heading' }, ...marked(BookSearch.mark(section.label, words))));
    const excerpt = BookSearch.excerpt(section, words);
    if (excerpt.length) link.append(make('span', { class: 'book-search-excerpt' }, ...marked(excerpt)));
    return link;
  }

  // 搜索框和结果，放进 `place`；`name` 用在各个 id 里。
  function build(place, name, chosen = () => {}) {
    const list = make('div', {
      role: 'listbox', id: `${name}-list`, 'aria-label': '搜索结果', class: 'book-search-list',
    });
    const status = make('p', { role: 'status', class: 'book-search-status' });
    const input = make('input', {
      type: 'search', role: 'combobox', 'aria-label': '搜索全书', 'aria-autocomplete': 'list',
      'aria-expanded': 'false', 'aria-controls': list.id, autocomplete: 'off', autocapitalize: 'off',
      spellcheck: 'false', enterkeyhint: 'go',
      placeholder: '中文、英文、函数名或报错', class: 'book-search-input form-control',
    });
    place.append(input, status, list);
    let options = [];
    let asked = '';

    const select = (index, scroll = true) => {
      options.forEach((one, at) => one.setAttribute('aria-selected', String(at === index)));
      input.setAttribute('aria-activedescendant', options[index]?.id ?? '');
      if (scroll) options[index]?.scrollIntoView({ block: 'nearest' });
    };
    const selected = () => options.findIndex((one) => one.getAttribute('aria-selected') === 'true');
    const show = (pages, words) => {
      list.replaceChildren(...pages.map(({ page, sections }, number) => {
        const label = make('div', { class: 'book-search-page', id: `${name}-page-${number}` }, page.label);
        const group = make('div', { role: 'group', 'aria-labelledby': label.id }, label);
        group.append(...sections.map((section, at) =>
          option(page.key, section, words, `${name}-${number}-${at}`)));
        return group;
      }));
      options = [...list.querySelectorAll('[role="option"]')];
      input.setAttribute('aria-expanded', String(options.length > 0));
      select(0, false);
      list.scrollTop = 0;
    };
    const search = async () => {
      const query = input.value.trim();
      asked = query;
      if (!query) { status.textContent = ''; show([], []); return; }
      try {
        const { pages, words, total } = (await engine()).search(query);
        if (asked !== query) return;
        show(pages, words);
        status.textContent = !total ? '没有找到。换一个说法，或少写几个词。'
          : total > pages.length ? `找到 ${total} 页，这是最相关的 ${pages.length} 页` : `找到 ${total} 页`;
      } catch {
        status.textContent = '搜索没有装载成功。请刷新网页再试。';
      }
    };

    input.addEventListener('input', (event) => { if (!event.isComposing) search(); });
    input.addEventListener('compositionend', search);
    input.addEventListener('keydown', (event) => {
      if (event.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && options.length) {
        event.preventDefault();
        select((selected() + step + options.length) % options.length);
      } else if (event.key === 'Enter') {
        event.preventDefault();
        if (asked === input.value.trim()) options[selected()]?.click();
      } else if (event.key === 'Escape' && dialog?.open) {
        // 有字的搜索框会自己吞掉 Esc，先清空。
        event.preventDefault();
        input.blur();
        dialog.close();
      }
    });
    list.addEventListener('mousemove', (event) => {
      const index = options.indexOf(event.target.closest('[role="option"]'));
      if (index >= 0 && index !== selected()) select(index, false);
    });
    list.addEventListener('click', (event) => { if (event.target.closest('a')) chosen(); });
    return { input, search };
  }

  let dialog;
  let field;
  function open() {
    if (field && !dialog) { field.input.focus(); field.input.select(); return; }
    if (!dialog) {
      const close = make('button', {
        type: 'button', class: 'book-search-close btn', 'aria-label': '关闭搜索',
      }, '×');
      dialog = make('dialog', { class: 'book-search', id: 'book-search', 'aria-label': '搜索全书' }, close);
      field = build(dialog, 'book-search', () => dialog.close());
      engine().catch(() => {});
      close.addEventListener('click', () => dialog.close());
      dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
      document.body.append(dialog);
    }
    if (!dialog.open) dialog.showModal();
    field.input.focus();
    field.input.select();
  }

  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest?.('input, textarea, select, [contenteditable]');
    const slash = event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (slash || ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'k')) {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener('click', (event) => {
    if (event.target.closest?.('.search-button__button')) open();
  });
  document.addEventListener('DOMContentLoaded', () => {
    const place = document.getElementById('book-search-page');
    if (!place) return;
    field = build(place, 'book-search-page');
    field.input.value = new URLSearchParams(location.search).get('q') ?? '';
    field.input.focus();
    field.search();
    field.input.addEventListener('change', () => {
      // 从磁盘上打开时浏览器可能不让改地址。
      try { history.replaceState(null, '', `?q=${encodeURIComponent(field.input.value)}`); } catch { /* 不改 */ }
    });
  });
})();
