// One entry in the browser's history for each thing a reader does. Streamlit 1.67 makes one of every change of the
// address: to open a page takes two (the link's address, then the one that names every filter), from a chart three.
(() => {
  const push = history.pushState.bind(history);
  let acted = false; // the reader did something since the last entry
  let arriving = true; // the page has yet to name its filters
  const running = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState !== "notRunning";

  const act = (event) => {
    if (!event.isTrusted) return;
    acted = true;
    arriving &&= running(); // while a page is on its way, another click on its link changes nothing
  };
  addEventListener("click", act, true);
  addEventListener("keydown", act, true);
  addEventListener("popstate", () => { acted = false; arriving = true; }, true);

  history.pushState = (state, title, address) => {
    const next = new URL(address, location.href);
    const leaves = next.pathname !== location.pathname;
    const kept = [...new URLSearchParams(location.search)].every(([name, value]) => next.searchParams.get(name) === value);
    const completes = arriving && kept && !leaves;
    // Another page is always a thing of its own: a late word of the page before may have taken the reader's act.
    if ((acted || leaves) && !completes && next.href !== location.href) {
      acted = false;
      push(state, title, address);
    } else {
      history.replaceState(state, title, address);
    }
    arriving = leaves;
  };
})();
