"""Several app processes on one store behind nginx: each reader stays with one, all see every publication."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import ROOT, free_port, open_page, serve, visit
from tests.test_browser import heading
from tests.test_proxy import Site, _tool, configure, running
from tests.wire import ask

PROCESSES = 3


@dataclass(frozen=True)
class Many:
    """nginx and the addresses of the processes behind it."""

    site: Site
    processes: tuple[str, ...]

    @property
    def log(self) -> list[str]:
        """nginx's log, one line per request; the process is at the end."""
        return (self.site.store.parent / "nginx" / "access.log").read_text(encoding="utf-8").splitlines()

    def shown(self) -> list[str]:
        """The snapshot shown by each process."""
        return [json.loads(ask("GET", address, "/healthz").content)["snapshot"] for address in self.processes]


@pytest.fixture(scope="module")
def many(light_store, tmp_path_factory) -> Iterator[Many]:
    """Three processes on one store, behind nginx."""
    _tool("nginx")
    folder = tmp_path_factory.mktemp("many")
    store = shutil.copytree(light_store, folder / "store")
    (folder / "open.toml").write_text('[access]\nanonymous = "admin"\n', encoding="utf-8")
    environment = {"DASHBOARD_STORE": str(store), "DASHBOARD_SECRETS": str(folder / "open.toml")}
    with ExitStack() as stack:
        processes = tuple(
            stack.enter_context(serve(ROOT / "server.py", folder / f"server-{number}.log", **environment))
            for number in range(PROCESSES)
        )
        plain, secure = configure(folder / "nginx", *(address.removeprefix("http://") for address in processes))
        stack.enter_context(running(folder / "nginx", secure))
        yield Many(Site(store, plain, secure), processes)


def reached(lines: list[str]) -> set[str]:
    """The processes that answered the requests of these log lines."""
    return {line.rpartition(" ")[2] for line in lines}


def test_readers_are_spread_and_each_stays(many):
    """A reader without a cookie gets one; with it, every request goes to the same process."""
    before = len(many.log)
    for _ in range(40):
        answer = many.site.get("/healthz")
        route = answer.headers["Set-Cookie"]
        assert re.fullmatch("dashboard_route=[0-9a-f]{32}; Path=/; HttpOnly; Secure; SameSite=Lax", route)
    assert reached(many.log[before:]) == {address.removeprefix("http://") for address in many.processes}
    for _ in range(6):
        cookie = many.site.get("/healthz").headers["Set-Cookie"].partition(";")[0]
        before = len(many.log)
        answers = [many.site.get("/healthz", Cookie=cookie) for _ in range(5)]
        assert len(reached(many.log[before:])) == 1
        assert not any(answer.headers["Set-Cookie"] for answer in answers)


def test_published_in_one_seen_in_all(many, browser: Browser, demo_files, tmp_path):
    """Two readers in two processes: one uploads and publishes within one process; both see the new data."""
    assert set(many.shown()) == {"s000001"}
    readers = []
    while len(readers) < 2:  # until the two are in different processes
        before = len(many.log)
        page = open_page(browser, ignore_https_errors=True)
        visit(page, f"{many.site.address}/upload")
        (process,) = reached([line for line in many.log[before:] if "GET /upload " in line])
        if readers and process == readers[0][1]:
            page.context.close()
        else:
            readers.append((page, process))
    (writer, process), (reader, _) = readers
    file = tmp_path / "diem-lan-hai.csv"
    file.write_bytes((demo_files / "diem-chi-so.csv").read_bytes() + b"\n")
    before = len(many.log)
    writer.locator("input[type=file]").set_input_files(file)
    writer.get_by_role("button", name=re.compile("^Công bố")).click(timeout=60_000)
    expect(writer.get_by_text("bản số liệu s000002")).to_be_visible(timeout=60_000)
    assert reached([line for line in many.log[before:] if "/_stcore/upload_file" in line]) == {process}
    assert many.shown() == ["s000002"] * PROCESSES
    visit(reader, f"{many.site.address}/")
    expect(reader.get_by_text("bản s000002")).to_be_visible()
    for page, _ in readers:
        page.context.close()


def test_a_dead_process_takes_nobody_with_it(many, browser: Browser):
    """Readers of a dead process are sent to the other one, and every page works."""
    folder = many.site.store.parent
    dead, alive = f"127.0.0.1:{free_port()}", many.processes[0].removeprefix("http://")
    plain, secure = configure(folder / "nginx-2", dead, alive)
    with running(folder / "nginx-2", secure):
        site = Site(many.site.store, plain, secure)
        assert [site.get("/healthz").status for _ in range(20)] == [200] * 20
        asked = (folder / "nginx-2" / "access.log").read_text(encoding="utf-8")
        assert f"{dead}, {alive}" in asked  # some requests were first sent to the dead one
        page = open_page(browser, ignore_https_errors=True)
        visit(page, f"{site.address}/communes")
        assert heading(page) == "Các xã, thị trấn"
        page.context.close()
