"""Waiting times in Chromium: page loads and a filter change, of the overview and of two comparable pages.

A page is finished when every chart is drawn and then nothing happens for QUIET milliseconds: no change of the document,
no message, no response. The measured time ends at the last event, so QUIET is not included.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, Page, sync_playwright

from bench import peers
from queries.snapshot import pointed_id
from tests.browser import ROOT, launch, open_context, serve

QUIET = 300
# Runs before the page's scripts: records when the document changed, a message or response came, or the user acted.
WATCH = """(() => {
    const seen = window.benchSeen = {last: 0, acted: 0, messages: 0, asked: 0};
    const touch = () => { seen.last = performance.now(); };
    const heard = () => { seen.messages += 1; touch(); };
    new MutationObserver(touch).observe(document,
        {subtree: true, childList: true, attributes: true, characterData: true});
    const Socket = window.WebSocket;
    window.WebSocket = class extends Socket {
        constructor(...given) { super(...given); this.addEventListener('message', heard); }
    };
    const ask = window.fetch;
    window.fetch = async (...given) => {
        seen.asked += 1;
        try { return await ask(...given); } finally { seen.asked -= 1; heard(); }
    };
    for (const kind of ['pointerdown', 'keydown'])
        window.addEventListener(kind, () => { seen.acted = performance.now(); }, true);
})()"""
# True when at least `charts` are drawn, more than `messages` have come, and nothing has happened for `quiet` ms.
DONE = """({charts, messages, quiet}) => {
    const seen = window.benchSeen;
    const app = document.querySelector('[data-testid="stApp"]');
    const waiting = '[data-testid="stSkeleton"], [data-testid="stAppSkeleton"], [data-stale="true"], ._dash-loading';
    const shown = element => element.checkVisibility({visibilityProperty: true});
    const drawn = [...document.querySelectorAll('.js-plotly-plot')]
        .filter(plot => plot.querySelector('.main-svg .plot, .main-svg .cartesianlayer') && shown(plot)).length;
    const small = [...document.querySelectorAll('[data-testid="stMetricChart"]')];
    return drawn >= charts && small.every(chart => chart.querySelector('svg, canvas')) && seen.messages > messages && seen.asked === 0
        && (!app || (app.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'))
        && ![...document.querySelectorAll(waiting)].some(shown)
        && document.fonts.status === 'loaded'
        && performance.now() - seen.last >= quiet;
}"""
DRAWINGS = "[...document.querySelectorAll('.js-plotly-plot')].map(plot => plot.textContent + plot.innerHTML.length)"
SMALL = """document.querySelectorAll('[data-testid="stMetricChart"]').length"""
MEASURES = ("cold", "repeat", "warm", "change")


@dataclass(frozen=True)
class Probed:
    """A page to measure: name, address, number of Plotly charts, and how to choose another period."""

    name: str
    address: str
    charts: int
    choose: Callable[[Page, int], None]


class Wire:
    """Bytes that a page receives and sends: network responses and websocket frames."""

    def __init__(self, page: Page):
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", lambda event: self._add(event["encodedDataLength"]))
        for kind in ("Received", "Sent"):
            session.on(f"Network.webSocketFrame{kind}", lambda event: self._add(_length(event["response"])))

    def _add(self, length: float) -> None:
        self.bytes += length

    def taken(self) -> float:
        """Kilobytes since the last call."""
        counted, self.bytes = self.bytes, 0
        return counted / 1000


def _length(frame: dict) -> int:
    """The bytes of a frame; binary frames are reported in base64."""
    text = frame["payloadData"]
    return len(text) * 3 // 4 - text[-2:].count("=") if frame["opcode"] == 2 else len(text)


def choose_in_streamlit(page: Page, number: int) -> None:
    """Choose the period at this position of the list."""
    page.get_by_role("combobox", name="Kỳ", exact=True).click()
    options = page.get_by_role("option")
    options.first.wait_for()
    page.wait_for_timeout(QUIET)
    options.nth(number).click()


def choose_in_dash(page: Page, number: int) -> None:
    """Choose the period at this position of the list."""
    page.locator("#period").click()
    options = page.get_by_role("option")
    options.first.wait_for()
    page.wait_for_timeout(QUIET)
    options.nth(number).click()


def measure(store: Path, rounds: int, cache: Path, folder: Path, tell: Callable[[str], None]) -> dict:
    """Measure our page and the two others in turn on the same snapshot; medians, all rounds and kilobytes of each."""
    snapshot = store / "snapshots" / f"{pointed_id(store)}.duckdb"
    python = peers.environment(cache)
    with (
        serve(ROOT / "server.py", folder / "ours.log", DASHBOARD_STORE=str(store)) as ours,
        peers.dash(python, snapshot, folder / "dash.log") as dash,
        peers.streamlit(python, snapshot, folder / "streamlit.log") as plain,
        sync_playwright() as playwright,
    ):
        pages = [
            Probed("ours", ours, 2, choose_in_streamlit),
            Probed("dash", dash, peers.CHARTS, choose_in_dash),
            Probed("streamlit", plain, peers.CHARTS, choose_in_streamlit),
        ]
        browser = launch(playwright)
        rounds_of: dict[str, list[dict]] = {page.name: [] for page in pages}
        for number in range(rounds + 1):
            for page in pages:
                tell(f"{page.name}, lần {number}/{rounds}")
                rounds_of[page.name].append(_round(browser, page))
        browser.close()
    # The first round is left out because it fills the server's caches.
    return {"pages": {page.name: {"charts": page.charts, **_summed(rounds_of[page.name][1:])} for page in pages}}


def _round(browser: Browser, probed: Probed) -> dict:
    """One reader with an empty browser cache: load, load again, reload, change the period and change it back."""
    context = open_context(browser)
    try:
        found = {"cold": _loaded(context.new_page(), probed, lambda page: page.goto(probed.address))}
        page = context.new_page()
        found["repeat"] = _loaded(page, probed, lambda page: page.goto(probed.address))
        found["warm"] = _loaded(page, probed, lambda page: page.reload())
        found["small_charts"] = page.evaluate(SMALL)
        found["change"] = _changed(page, probed, 2) + _changed(page, probed, 1)
        return found
    finally:
        context.close()


_wires: WeakKeyDictionary[Page, Wire] = WeakKeyDictionary()


def _loaded(page: Page, probed: Probed, load: Callable[[Page], object]) -> list[tuple[float, float]]:
    """Milliseconds since the start of the navigation, and kilobytes."""
    if page not in _wires:
        page.add_init_script(WATCH)
        _wires[page] = Wire(page)
    _wires[page].taken()
    load(page)
    _wait(page, probed, 0)
    return [(page.evaluate("window.benchSeen.last"), _wires[page].taken())]


def _changed(page: Page, probed: Probed, number: int) -> list[tuple[float, float]]:
    """Milliseconds since the click on another period, and kilobytes; every chart must change."""
    before, messages = page.evaluate(DRAWINGS), page.evaluate("window.benchSeen.messages")
    _wires[page].taken()
    probed.choose(page, number)
    _wait(page, probed, messages)
    after = page.evaluate(DRAWINGS)
    if len(before) != len(after) or any(one == other for one, other in zip(before, after, strict=True)):
        raise AssertionError(f"{probed.name}: a chart is the same after another period was chosen")
    return [(page.evaluate("window.benchSeen.last - window.benchSeen.acted"), _wires[page].taken())]


def _wait(page: Page, probed: Probed, messages: int) -> None:
    arguments = {"charts": probed.charts, "messages": messages, "quiet": QUIET}
    page.wait_for_function(DONE, arg=arguments, polling=20, timeout=60_000)


def _summed(rounds: list[dict]) -> dict:
    """Medians of milliseconds and kilobytes by measure, and all values."""
    found = {"small_charts": rounds[0]["small_charts"]}
    for measure in MEASURES:
        pairs = [pair for one in rounds for pair in one[measure]]
        found[measure] = {
            "ms": statistics.median(ms for ms, _ in pairs),
            "kilobytes": statistics.median(kilobytes for _, kilobytes in pairs),
            "rounds": [round(ms) for ms, _ in pairs],
        }
    return found
