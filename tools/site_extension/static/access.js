// 比框宽的代码、公式、表格和插图：用键盘也能滚动，读屏软件说得出是什么。没有溢出的不占 Tab 的一站。
document.addEventListener('DOMContentLoaded', () => {
  const kinds = { '.cell_output pre': '输出', 'pre': '代码', 'div.math': '公式', '.picture': '插图',
    '.pst-scrollable-table-container, .text_html': '表格' };
  const name = (box) => kinds[Object.keys(kinds).find((kind) => box.matches(kind))];
  const watcher = new ResizeObserver((changes) => changes.forEach(({ target: box }) => {
    const wide = box.scrollWidth > box.clientWidth;
    box.toggleAttribute('data-wide', wide);
    if (wide) {
      Object.entries({ tabindex: 0, role: 'group', 'aria-label': `${name(box)}，可以左右滚动` })
        .forEach(([key, value]) => box.setAttribute(key, value));
    } else {
      ['tabindex', 'role', 'aria-label'].forEach((key) => box.removeAttribute(key));
    }
  }));
  document.querySelectorAll(Object.keys(kinds).map((kind) => `.bd-article ${kind}`.replace(', ', ', .bd-article ')).join())
    .forEach((box) => watcher.observe(box));
  // 手机上的侧栏关上以后，焦点回到打开它的按钮。
  document.querySelectorAll('.sidebar-toggle').forEach((button) => button.addEventListener('click', () => setTimeout(() =>
    document.querySelector('dialog[open]')?.addEventListener('close', () => setTimeout(() => button.focus()), { once: true }))));
});
