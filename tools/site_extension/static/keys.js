// ← 和 → 去前后一页，是 Sphinx 做的；能左右滚动的代码、公式和表在焦点上时，两个键用来滚动，不翻页。
document.addEventListener('keydown', (event) => {
  const scrolled = event.target.closest?.('[tabindex="0"]');
  if (/^Arrow(Left|Right)$/.test(event.key) && scrolled?.scrollWidth > scrolled?.clientWidth) {
    event.stopImmediatePropagation();
  }
}, true);
