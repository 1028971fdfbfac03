// The block's HTML comes from the server, already escaped. A link inside opens its page in the app, without a reload; one
// that is opened in a new tab or window is left to the browser.
export default function ({ parentElement, data, setTriggerValue }) {
  const block = parentElement.querySelector(".linked");
  if (block.told !== data.html) {
    block.innerHTML = data.html;
    block.told = data.html;
  }
  block.onclick = (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    setTriggerValue("opened", link.getAttribute("href"));
  };
}
