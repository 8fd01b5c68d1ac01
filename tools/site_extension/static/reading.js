// 主线 / 全文：选读的节（details.depth）在“主线”时合上，在“全文”时打开，记住读者的选择。
// 链接、搜索和打印会打开要用的；没有脚本时它们本来就开着。
// 还没决定开合时先不显示（html.folding），见 templates/layout.html。
document.addEventListener('DOMContentLoaded', () => {
  const folded = [...document.querySelectorAll('details.depth')];
  const remembered = {
    get mode() { try { return localStorage.getItem('d2l-mode'); } catch { return null; } },
    set mode(mode) { try { localStorage.setItem('d2l-mode', mode); } catch { /* 浏览器不让记 */ } },
  };
  const openAround = (element) => {
    for (let node = element; node; node = node.parentElement) {
      if (node.matches('details.depth')) node.open = true;
    }
    // 链接指着选读的标题时，打开它自己。
    element.closest('section')?.querySelector(':scope > details.depth')?.setAttribute('open', '');
  };
  const openTarget = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest('section')) return;
    openAround(target);
    target.scrollIntoView();
  };
  const show = (mode) => {
    folded.forEach((details) => { details.open = mode === 'all'; });
    buttons.forEach((button) => button.setAttribute('aria-pressed', String(button.value === mode)));
  };

  const buttons = [...document.querySelectorAll('.reading button')];
  buttons.forEach((button) => button.addEventListener('click', () => {
    remembered.mode = button.value;
    show(button.value);
  }));
  show(remembered.mode === 'all' ? 'all' : 'main');
  document.documentElement.classList.remove('folding');
  if (location.hash) openTarget();
  addEventListener('hashchange', openTarget);
  document.addEventListener('click', (event) => {
    // 再点一次同一个链接不算 hashchange。
    const link = event.target.closest?.('a[href*="#"]');
    if (link && link.href === location.href) openTarget();
  });
  let open = [];
  addEventListener('beforeprint', () => {
    open = folded.filter((details) => details.open);
    folded.forEach((details) => { details.open = true; });
  });
  addEventListener('afterprint', () => folded.forEach((details) => { details.open = open.includes(details); }));
});
