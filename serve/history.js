// One browser history entry per user action. Streamlit 1.67 adds one for every change of the URL: opening a page adds
// two (the link's URL, then the URL with every filter), opening it from a chart adds three.
(() => {
  const push = history.pushState.bind(history);
  let acted = false; // the user acted since the last entry
  let arriving = true; // the page has not yet written its filters into the URL
  const running = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState !== "notRunning";

  const act = (event) => {
    if (!event.isTrusted) return;
    acted = true;
    arriving &&= running(); // while a page is loading, another click on its link has no effect
  };
  addEventListener("click", act, true);
  addEventListener("keydown", act, true);
  addEventListener("popstate", () => { acted = false; arriving = true; }, true);

  history.pushState = (state, title, address) => {
    const next = new URL(address, location.href);
    const leaves = next.pathname !== location.pathname;
    const kept = [...new URLSearchParams(location.search)].every(([name, value]) => next.searchParams.get(name) === value);
    const completes = arriving && kept && !leaves;
    // Another page always gets an entry: a late message of the previous page may already have reset `acted`.
    if ((acted || leaves) && !completes && next.href !== location.href) {
      acted = false;
      push(state, title, address);
    } else {
      history.replaceState(state, title, address);
    }
    arriving = leaves;
  };
})();
