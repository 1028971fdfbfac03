// One browser history entry per user action. Streamlit 1.67 adds one for every change of the URL: opening a page adds
// two (the link's URL, then the URL with every filter), opening it from a chart adds three.
// A page opened from a chart or a table: its filters come first, while the URL still names the page that is left, and
// in any order with the change of page. They must not change the entry of the page that is left.
(() => {
  const push = history.pushState.bind(history);
  let acted = false; // the user acted since the last entry
  let linked = false; // the last action was on a link
  let added = false; // the last action has added an entry
  let arriving = true; // the page has not yet written its filters into the URL
  const running = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState !== "notRunning";

  const act = (event) => {
    if (!event.isTrusted) return;
    acted = true;
    added = false;
    linked = Boolean(event.target.closest?.("a[href]"));
    arriving &&= running(); // while a page is loading, another click on its link has no effect
  };
  // No click follows a press on a chart: Plotly removes the element that received it.
  for (const kind of ["pointerup", "click", "keydown"]) addEventListener(kind, act, true);
  addEventListener("popstate", () => { acted = false; added = false; arriving = true; }, true);

  history.pushState = (state, title, address) => {
    const next = new URL(address, location.href);
    const leaves = next.pathname !== location.pathname;
    const kept = [...new URLSearchParams(location.search)].every(([name, value]) => next.searchParams.get(name) === value);
    const completes = arriving && kept && !leaves;
    // A link gets an entry of its own: a late message of the previous page may have used the one of the action.
    const opens = leaves && (linked || !added);
    if ((acted || opens) && !completes && next.href !== location.href) {
      acted = false;
      added = !leaves;
      push(state, title, address);
    } else {
      history.replaceState(state, title, address);
    }
    arriving = leaves;
  };
})();
