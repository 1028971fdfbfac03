window.fitPaper ??= window.addEventListener("beforeprint", () => {
  const page = document.querySelector('[data-testid="stMainBlockContainer"]'), look = getComputedStyle(page);
  const width = page.clientWidth - parseFloat(look.paddingLeft) - parseFloat(look.paddingRight);
  document.documentElement.style.setProperty("--paper-zoom", Math.min(1, 692 / width));
}) ?? true;
