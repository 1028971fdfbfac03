"""serve/history.js: one entry in the browser's history for each action, in whatever order Streamlit's messages come."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.browser import ROOT, open_page

pytestmark = pytest.mark.browser
SCRIPT = (ROOT / "serve" / "history.js").read_text(encoding="utf-8")
# A press on the chart removes what received it, as Plotly does: the browser then sends no click.
PAGE = f"""<!doctype html><script>{SCRIPT}</script><div data-testid="stApp" data-test-script-state="notRunning">
<a href="#list" onclick="return false">list</a> <button>filter</button> <span id="chart">chart</span></div>
<script>
chart.onmousedown = () => {{
    const cover = document.body.appendChild(document.createElement("div"));
    cover.style = "position: fixed; inset: 0";
    cover.onmouseup = () => cover.remove();
}};
</script>"""
START = "/communes?period=2024-12&scope=commune&indicator=score"
HALF_WAY = "/communes?period=2024-12&unit=23074&indicator=score"
WRITTEN_EARLY = "/communes?period=2024-12&unit=23074&indicator=T05"
OPENED = "/commune?period=2024-12&unit=23074&indicator=score"
WRITTEN = "/commune?period=2024-12&unit=23074&indicator=T05"


@pytest.fixture(scope="module")
def address():
    """The address of a server that answers every path with the page."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PAGE.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser, address):
    one = open_page(browser)
    one.goto(address + START)
    one.evaluate("history.pushState({}, '', location.href + '&group=service')")  # the page writes its filters
    yield one
    one.context.close()


def moved(page, *addresses: str) -> list[str]:
    """Write these addresses as Streamlit does; then the addresses of the entries, the newest first, by going back."""
    length = page.evaluate("history.length")
    for address in addresses:
        page.evaluate("address => history.pushState({}, '', address)", address)
    seen = [page.evaluate("location.pathname + location.search")]
    for _ in range(page.evaluate("history.length") - length):
        page.evaluate("new Promise(done => { addEventListener('popstate', done, {once: true}); history.back(); })")
        seen.append(page.evaluate("location.pathname + location.search"))
    return seen


FIRST = START + "&group=service"


@pytest.mark.parametrize("pressed", ["#chart", "button"])
@pytest.mark.parametrize(
    "messages",
    [(HALF_WAY, OPENED, WRITTEN), (HALF_WAY, WRITTEN_EARLY, WRITTEN), (OPENED, WRITTEN)],
    ids=["the page, then its filters", "its filters, then the page", "the page alone"],
)
def test_a_page_opened_from_a_chart_leaves_the_previous_entry_as_it_was(page, pressed, messages):
    page.locator(pressed).click()
    assert moved(page, *messages) == [WRITTEN, FIRST]


@pytest.mark.parametrize("pressed", ["#chart", "button"])
def test_a_filter_set_by_a_press_is_one_entry(page, pressed):
    page.locator(pressed).click()
    chosen = FIRST.replace("score", "T05")
    assert moved(page, chosen, chosen + "&home=60") == [chosen + "&home=60", FIRST]


def test_a_filter_written_after_the_next_link_was_pressed_keeps_its_entry(page):
    page.locator("button").click()
    page.locator("a").click()
    chosen = FIRST.replace("score", "T05")
    assert moved(page, chosen, "/dossier_list?period=2024-12") == ["/dossier_list?period=2024-12", chosen, FIRST]


def test_a_page_left_without_an_action_gets_an_entry(page):
    assert moved(page, OPENED) == [OPENED, FIRST]
