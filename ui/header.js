// Streamlit draws the menu without a landmark, without saying which page is open, and names parts of the page in English;
// these are added and said in Vietnamese for who does not see the page.
(() => {
  const bar = document.querySelector('[data-testid="stSidebar"]');
  if (!bar) return;
  const mark = () => {
    if (bar.getAttribute("aria-label") !== "Thực đơn") bar.setAttribute("aria-label", "Thực đơn");
    const menu = bar.querySelector(".st-key-menu");
    if (menu && menu.getAttribute("role") !== "navigation") {
      menu.setAttribute("role", "navigation");
      menu.setAttribute("aria-label", "Các trang");
    }
    for (const link of bar.querySelectorAll(".st-key-menu a")) {
      if (!link.closest(".st-key-menu_here")) link.removeAttribute("aria-current");
      else if (link.getAttribute("aria-current") !== "page") link.setAttribute("aria-current", "page");
    }
  };
  bar.marked ??= new MutationObserver(mark);
  bar.marked.observe(bar, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
  mark();
  const skip = document.querySelector('a[href="#stMain"]');
  if (skip) skip.textContent = "Tới nội dung chính";
})();
