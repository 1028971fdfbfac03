"""Helpers for tests in a real browser: start a server, open Chromium, wait until a page is finished.

Streamlit reports its state on the root element: data-test-script-state is `initial`, `running`, `rerunRequested`,
`stopRequested`, `compilationError` or `notRunning`; data-test-connection-state is `CONNECTED` when the websocket is
open. Elements still loading or outdated are stSkeleton, stAppSkeleton and data-stale. A chart is drawn when plotly.js
has added its drawing and made it visible.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.prepared import Started, start

ROOT = Path(__file__).resolve().parent.parent
# Seconds that a test waits for something that comes at all: a busy machine is no failure.
PATIENCE = 120
expect.set_options(timeout=30_000)

# True when nothing has been pending for `quiet` milliseconds without interruption.
IDLE = """quiet => {
    const app = document.querySelector('[data-testid="stApp"]');
    const waiting = '[data-testid="stSkeleton"], [data-testid="stAppSkeleton"], [data-stale="true"]';
    const drawn = chart => {
        const plot = chart.querySelector('.js-plotly-plot');
        return plot && plot.querySelector('.main-svg') && getComputedStyle(plot).visibility !== 'hidden';
    };
    const shown = element => element.checkVisibility({visibilityProperty: true});
    const idle = app
        && app.dataset.testScriptState === 'notRunning'
        && app.dataset.testConnectionState === 'CONNECTED'
        && ![...document.querySelectorAll(waiting)].some(shown)
        && [...document.querySelectorAll('[data-testid="stPlotlyChart"]')].filter(shown).every(drawn)
        && document.fonts.status === 'loaded';
    const now = performance.now();
    if (!idle) { window.idleSince = undefined; return false; }
    window.idleSince ??= now;
    return now - window.idleSince >= quiet;
}"""

# For each address, the process of the server.
_pids: dict[str, int] = {}
# For each page, the number of finished script runs reported by the server.
_runs: WeakKeyDictionary[Page, int] = WeakKeyDictionary()


def chromium() -> str | None:
    """The browser: CHROMIUM, or Debian's Chromium (headless if installed); None if there is none."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start headless Chromium; it can only reach this machine, because the app must not need the internet.

    `more` are further options of its command line.
    """
    return playwright.chromium.launch(
        executable_path=chromium(),
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--force-color-profile=srgb",
            "--font-render-hinting=none",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
            *more,
        ],
    )


def open_context(browser: Browser, width: int = 1366, height: int = 768, **more) -> BrowserContext:
    """A fresh browser context with Vietnamese settings. `more` is passed to Playwright."""
    return browser.new_context(
        viewport={"width": width, "height": height}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", **more
    )


def open_page(browser: Browser, width: int = 1366, height: int = 768, **more) -> Page:
    """A page in its own browser context; `more` as for open_context."""
    return counted(open_context(browser, width, height, **more).new_page())


def counted(page: Page) -> Page:
    """Count the script runs of a page, so that rerun() can wait for the next."""
    _runs[page] = 0

    def count(frame: str | bytes) -> None:
        if isinstance(frame, bytes) and ForwardMsg.FromString(frame).WhichOneof("type") == "script_finished":
            _runs[page] += 1

    page.set_default_timeout(PATIENCE * 1000)
    page.on("websocket", lambda socket: socket.on("framereceived", count))
    return page


def settled(page: Page, quiet: float = 0.3, timeout: float = PATIENCE) -> Page:
    """Wait until Streamlit is idle and every visible chart is drawn, and stays so for `quiet` seconds."""
    page.evaluate("window.idleSince = undefined")
    # Asked at every frame, which is the default, the page does little else.
    page.wait_for_function(IDLE, arg=quiet * 1000, timeout=timeout * 1000, polling=100)
    return page


@contextmanager
def rerun(page: Page, timeout: float = PATIENCE) -> Iterator[None]:
    """Wait for the script run caused by the `with` block, and for its drawing.

    with rerun(page):
        page.get_by_label("Xã").click()
    """
    before = _runs[page]
    yield
    deadline = time.monotonic() + timeout
    while _runs[page] == before:
        if time.monotonic() > deadline:
            raise TimeoutError(f"No script run within {timeout} s")
        page.wait_for_timeout(20)
    settled(page, timeout=timeout)


def visit(page: Page, address: str) -> Page:
    """Open an address and wait for it to settle."""
    page.goto(address)
    return settled(page)


def server_of(address: str) -> int:
    """The process id of the server at an address."""
    return _pids[address]


def free_port() -> int:
    """A free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


# Ports of servers that have ended, the last one at the end: the browser has the scripts of these addresses compiled.
_used: list[int] = []


def _used_port() -> int:
    """A port that this process has used before and that is free, or any free one."""
    while _used:
        with socket.socket() as listener, suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port := _used.pop()))
            return port
    return free_port()


@contextmanager
def serve(script: Path, log: Path, port: int = 0, module: str = "streamlit", **environment: str) -> Iterator[str]:
    """Run the server on a free port and yield its address.

    Without DASHBOARD_SECRETS in `environment`, everyone has all rights. `module` is the Python module that receives the
    arguments of Streamlit's command. Raises an error at the end if the server has logged a traceback.
    """
    if "DASHBOARD_SECRETS" not in environment:
        environment["DASHBOARD_SECRETS"] = str(log.with_name("open.toml"))
        log.with_name("open.toml").write_text('[access]\nanonymous = "admin"\n', encoding="utf-8")
    given, port = port, port or _used_port()
    arguments = [module, "run", script.name, f"--server.port={port}", "--server.address=127.0.0.1"]
    log.write_bytes(b"")
    server = start(arguments, script.parent, environment, log)
    try:
        address = f"http://127.0.0.1:{port}"
        _pids[address] = server.pid
        _wait_for_health(server, address, log)
        yield address
        said = log.read_text(encoding="utf-8", errors="replace")
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        if not given:
            _used.append(port)
    if "Traceback" in said:
        raise AssertionError(f"The server logged a traceback:\n{said[-8000:]}")


def _wait_for_health(server: Started | subprocess.Popen, address: str, log: Path, timeout: float = PATIENCE) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"{address}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"The app did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-8000:]}")
