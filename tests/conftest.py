"""Shared fixtures: the simulated district, a store with it, the running app, a browser.

Every session fixture works with pytest-xdist: files and store are created once, by the first worker; each worker that
needs them has its own server and browser.
"""

from __future__ import annotations

import inspect
import os
import pickle
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import duckdb
import hypothesis
import pytest
from filelock import FileLock
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from queries.snapshot import pointed_id
from tests import kept, oracle, small
from tests.browser import ROOT, chromium, counted, launch, open_context, serve
from tests.prepared import STATEMENTS

# The same examples on every run, so that the same code gives the same result; no time limit per example, because
# machines differ. For a wider search: HYPOTHESIS_PROFILE=search make test
hypothesis.settings.register_profile("same", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, max_examples=2000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


# What a test does is recognised by the calls in its code and in the code of its fixtures; a fixture that asks for
# another by name (getfixturevalue) asks for a store.
STARTS = re.compile(
    r"\b(served?|launch|Popen|subprocess\.run|check_output|TestClient)\(|(?<!\.)\bstart\(|sys\.executable"
)
BUILDS = re.compile(
    r"\b(publish|withdraw|rebuild|restore|upgrade|take|preview|verify|restore_backup|main|getfixturevalue)\("
)
# Stores that are kept from run to run: a test that only reads one does not build one.
KEPT_STORES = ("demo_files", "demo_store", "small_district", "here")


@cache
def code_of(function: Callable) -> str:
    """The source of a test or a fixture; empty where there is none."""
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use a browser, start a program, or build a store; `make check` leaves them out."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if {"page", "browser"} & set(fixtures):
            item.add_marker("browser")
        known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
        makers = [known[name][-1].func for name in fixtures if name in known and name not in KEPT_STORES]
        code = "\n".join(map(code_of, [getattr(item, "obj", None), *makers]))
        if STARTS.search(code):
            item.add_marker("server")
        if BUILDS.search(code):
            item.add_marker("builds")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """shared(name, make): a folder that all workers share, filled by make(folder) exactly once."""
    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent  # a worker's own folder is inside the folder of the run

    def folder(name: str, make: Callable[[Path], object]) -> Path:
        made, making = base / name, base / f"{name}.making"
        with FileLock(base / f"{name}.lock"):
            if not made.exists():
                shutil.rmtree(making, ignore_errors=True)  # left by a worker that failed
                making.mkdir()
                make(making)
                making.rename(made)
        return made

    return folder


@pytest.fixture(scope="session")
def demo_files(shared) -> Path:
    """A folder with the simulated district's CSV files. Read only."""
    from data import demo

    return shared("demo_files", partial(kept.take, "demo_files", kept.DATA, demo.write))


@pytest.fixture(scope="session")
def demo_store(shared, demo_files) -> Path:
    """A store in which they are published. Read only: use `own_light_store` for changes."""
    from ingest.publish import publish

    def make(folder: Path) -> None:
        publish(sorted(demo_files.glob("*.csv")), store=folder)

    return shared("demo_store", partial(kept.take, "demo_store", kept.STORE, make))


@pytest.fixture(scope="session")
def snapshot(demo_store) -> Iterator[duckdb.DuckDBPyConnection]:
    """Its published snapshot, read directly."""
    path = demo_store / "snapshots" / f"{pointed_id(demo_store)}.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def data(shared, demo_files) -> oracle.Data:
    """The simulated files as the oracle reads them."""

    def make(folder: Path) -> None:
        read = oracle.read(demo_files, ROOT / "data" / "reference")
        (folder / "data.pickle").write_bytes(pickle.dumps(read, pickle.HIGHEST_PROTOCOL))

    made_of = (*kept.DATA, "tests/oracle.py")
    return pickle.loads((shared("oracle", partial(kept.take, "oracle", made_of, make)) / "data.pickle").read_bytes())


@pytest.fixture(scope="session")
def small_district(shared) -> small.World:
    """A published small district with ties and threshold cases, and its data in plain Python. Read only."""
    made_of = (*kept.STORE, "tests/small.py")
    folder = shared("small_district", partial(kept.take, "small_district", made_of, small.make))
    data = oracle.read(folder / "files", folder / "reference")
    return small.world(folder / "store", data, folder / "reference")


@pytest.fixture
def here(small_district, monkeypatch) -> Iterator[small.World]:
    """Let `queries.load` read the small district."""
    end = small.seen(monkeypatch, small_district)
    yield small_district
    end()


@pytest.fixture
def quick(tmp_path, monkeypatch) -> Iterator[Path]:
    """A build of few tables: a hundred publishes take seconds, and every step of them is the same; its statements.

    Also in the programs that the test starts by tests.prepared, but not in those that start a Python of their own.
    """
    with small.quickly_built(tmp_path) as folder:
        monkeypatch.setenv(STATEMENTS, str(folder))
        yield folder


@pytest.fixture(scope="session")
def light_files(shared, demo_files) -> Path:
    """The simulated district's files with every twentieth dossier, and the steps of these. Read only."""
    return shared("light_files", partial(kept.lighten, demo_files, 20))


@pytest.fixture(scope="session")
def light_store(shared, light_files) -> Path:
    """A store in which they are published: rebuilt in a fifth of the time. Read only."""
    from ingest.publish import publish

    def make(folder: Path) -> None:
        publish(sorted(light_files.glob("*.csv")), store=folder)

    return shared("light_store", make)


@pytest.fixture
def own_light_store(light_store, tmp_path) -> Path:
    """A copy of it that the test may change."""
    return shutil.copytree(light_store, tmp_path / "store")


@pytest.fixture(scope="session")
def app(demo_store, tmp_path_factory) -> Iterator[str]:
    """The address of the app with the simulated district. Tests must not upload to it."""
    log = tmp_path_factory.mktemp("app") / "server.log"
    with serve(ROOT / "server.py", log, DASHBOARD_STORE=str(demo_store)) as address:
        yield address


@pytest.fixture
def own_app(own_light_store, tmp_path) -> Iterator[str]:
    """The address of an app of the test's own, on `own_light_store`."""
    with serve(ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(own_light_store)) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Without it the test is skipped, or fails if REQUIRE_BROWSER is 1.

    While it is open, asyncio.run() does not work in this process, because Playwright has a running loop.
    """
    if chromium() is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("Chromium is not installed (REQUIRE_BROWSER=1)", pytrace=False)
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        # One process for all pages: it keeps the compiled scripts of Streamlit and Plotly from page to page.
        browser = launch(playwright, "--renderer-process-limit=1")
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """The page's errors so far; a test that causes an error removes it from the list."""
    return []


@pytest.fixture(scope="session")
def reader(browser) -> Iterator[BrowserContext]:
    """A browser context reused by tests, so that the server's scripts are fetched and compiled only once.

    An empty page stays open: without any page its process ends. What moves while a page loads is not drawn: that takes
    a fifth of the processor.
    """
    context = open_context(browser, reduced_motion="reduce")
    context.new_page()
    yield context
    context.close()


@pytest.fixture
def page(reader, complaints) -> Iterator[Page]:
    """A new page of 1366 × 768 without cookies. At the end: no script error, and no request to another machine."""
    reader.clear_cookies()
    reader.clear_permissions()
    page = counted(reader.new_page())
    own = ("http://127.0.0.1:", "http://localhost:", "data:", "blob:")
    page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
    page.on("request", lambda asked: None if asked.url.startswith(own) else complaints.append(asked.url))

    def heard(said: ConsoleMessage) -> None:
        # On a deep link Streamlit first looks for its server below the page's path, and gets a 404.
        url = said.location["url"]
        if "/_stcore/health" in said.text or "server is not responding" in said.text:
            return  # a test's own server may end before its page
        if said.type == "error" and not url.endswith(("/_stcore/health", "/_stcore/host-config")):
            complaints.append(f"{said.text} {url}")

    page.on("console", heard)
    yield page
    page.close()
    assert not complaints
