// 打印的按钮：主题把它写在标签里，网页的 Content-Security-Policy 不许，由 tools/slim 换成 data-print。
document.addEventListener('click', (event) => {
  if (event.target.closest?.('[data-print]')) print();
});
