# ruff: noqa: F401, F811  (fixtures of other tests are imported, and named again as arguments)
"""Downloads: made from the snapshot that the page showed, with bounded memory, and never a refusal saved as a file."""

from __future__ import annotations

import errno
import gc
import io
import json
import os
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import expect

import queries
from access import Role, User, audit
from charts import _ROOM as FIGURES_ROOM
from charts import _drawn
from charts.bars import ranked_bars
from ingest import Busy, worker
from ingest.store import archive
from ingest.store.backup import restore_backup
from ingest.store.fault import StoreFault
from queries.kept import MEGABYTE, Kept, frame_size
from queries.snapshot import TooLong, _readers
from serve import downloads
from serve.downloads import Offer, Refused
from tests.browser import ROOT, serve, server_of, settled, visit
from tests.test_check import sound
from tests.test_faults import harm
from tests.test_store import database, small_store, store, take
from tests.wire import Client, ask
from ui import making, page
from ui import view as views
from words.period import chosen

pytestmark = pytest.mark.slow

LEADER = User("lan", Role.LEADER)
LIST = {"subset": "received", "search": "", "sort": "dossier_code", "page": "all", "field": "", "channel": ""}


def opened(period: str = "2024") -> views.View:
    """A page of dossiers opened now; it shows the newest snapshot."""
    view = page._view("Danh sách hồ sơ", queries.pin(), LEADER, asked=None)
    view.period = chosen("solar", period, "previous")
    view.parameters = {**view.period.parameters, "unit": view.home["home_code"]}
    return view


def elsewhere(work: Callable[[], Any]) -> Any:
    """The result of `work` in a new thread, as for a download."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


# -------------------------------------------------------------------------- whose figures they are


def test_a_download_is_of_the_snapshot_that_its_page_showed(store, monkeypatch):
    """Also if a newer snapshot exists, if the page's own was pruned, and whichever page downloads first."""
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    shown, also = opened(), opened("2024-Q1")
    take(store, "dossier", sound("dossier", 9))
    later = opened()

    def rows(view: views.View) -> int:
        return len(elsewhere(lambda: view.ask("dossier_list", **LIST)))

    assert (shown.snapshot.id, later.snapshot.id) == ("s000001", "s000002")
    assert [rows(shown), rows(later), rows(shown), len(later.ask("dossier_list", **LIST))] == [4, 5, 4, 5]
    del _readers[str(store), "s000001"]
    (store / "snapshots" / "s000001.duckdb").unlink()
    assert (rows(also), rows(later)) == (4, 5)
    assert elsewhere(queries.snapshot).id == "s000002"  # another thread is not affected


# ----------------------------------------------------------------------------- how much is kept


def test_what_was_not_asked_for_longest_goes_first():
    kept = Kept(len, room=100, largest=40)
    ask = kept.around(lambda text: text)
    for text in ("a" * 40, "b" * 40, "a" * 40, "c" * 40):
        ask(text)
    assert kept.info() == (1, 3, 100, 80)
    assert kept.find(("a" * 40,)) and kept.find(("c" * 40,)) and kept.find(("b" * 40,)) is None
    assert ask("d" * 41) == "d" * 41 and kept.info().currsize == 80
    assert kept.keep(("a" * 40,), "a") and kept.info().currsize == 41
    assert not kept.keep(("a" * 40,), "a" * 50) and kept.find(("a" * 40,)) is None  # the replaced answer is gone too
    ask.cache_clear()
    assert ask.cache_info().currsize == 0 and kept.find(("c" * 40,)) is None


@pytest.mark.parametrize("size", [10, 90])
def test_who_asks_at_the_same_time_waits_for_one_answer(size):
    """Also if the answer is too large to cache; all waiting threads get an exception, and the next call retries."""
    kept, begun, go_on, asked = Kept(len, room=100, largest=40), threading.Event(), threading.Event(), []

    def slow() -> str:
        asked.append(1)
        begun.set()
        assert go_on.wait(20)
        if len(asked) == 1:
            raise TooLong("x")
        return "x" * size

    for expected in (TooLong, str):
        begun.clear(), go_on.clear()
        with ThreadPoolExecutor(6) as pool:
            answers = [pool.submit(kept.get, "key", slow)]
            assert begun.wait(20)
            answers += [pool.submit(kept.get, "key", slow) for _ in range(5)]
            deadline = time.monotonic() + 60
            while kept.info().hits < 5 * len(asked) and time.monotonic() < deadline:
                time.sleep(0.01)
            go_on.set()
            outcomes = [answer.exception() or answer.result() for answer in answers]
        assert {type(outcome) for outcome in outcomes} == {expected}
    assert len(asked) == 2


def test_whole_lists_do_not_stay(demo_store, monkeypatch):
    """After two dozen whole lists the caches stay within their limits and still hold the pages' answers."""
    monkeypatch.setenv("DASHBOARD_STORE", str(demo_store))
    small = opened()
    small.ask("headline_trend")
    reader = small.place.reader
    before = reader.answer.cache_info(), views._written.cache_info()
    periods = [f"{year}-Q{quarter}" for year in (2023, 2024) for quarter in (1, 2, 3, 4)]
    taken = 0
    for view in map(opened, periods):
        for sort in ("days_late", "due_on", "received_on"):
            rows = elsewhere(lambda view=view, sort=sort: view.ask("dossier_list", **LIST | {"sort": sort}))
            taken += frame_size(rows)
    assert taken > (64 + 32) * MEGABYTE
    for known, then, room in zip((reader.answer, views._written), before, (64, 32), strict=True):
        now = known.cache_info()
        assert now.maxsize == room * MEGABYTE and now.currsize - then.currsize < MEGABYTE
    assert not any("dossier_list" in sql or "dossiers" in dict(asked).get("page", "") for sql, asked, _ in reader.asked)
    misses = views._written.cache_info().misses
    small.ask("headline_trend")
    assert views._written.cache_info().misses == misses


def test_made_documents_are_bounded_for_all_readers_together():
    content = bytes(20 * MEGABYTE)
    for reader in range(10):
        assert making.made_files.keep((f"reader {reader}", "set"), making.Made("k", "n", content))
    assert making.made_files.info().currsize <= 128 * MEGABYTE
    assert making.still_kept(("reader 9", "set"), "k") is content
    for place, key in ((("reader 0", "set"), "k"), (("reader 9", "set"), "another")):
        with pytest.raises(Refused, match="Làm lại rồi tải"):
            making.still_kept(place, key)
    making.made_files.clear()


def test_figures_are_bounded_by_the_bytes_that_they_are_made_of():
    long = "x" * 100_000
    frame = pd.DataFrame(
        {"unit_code": ["a"], "name": ["Ma Lâm"], "value": [1.0], "text": ["1"], "measure": ["hồ sơ"],
         "status": ["context"], "low_volume": [False], "rank": [None], "aside": [long]}
    )  # fmt: skip
    first = ranked_bars(frame, title="0")
    for number in range(1, 30):
        last = ranked_bars(frame, title=str(number))
    assert sum(len(packed) for _, packed in _drawn) <= FIGURES_ROOM
    assert ranked_bars(frame, title="29") is last and ranked_bars(frame, title="0") is not first


# ---------------------------------------------------------------------------- what is no file


def offer(write: Callable[[io.IOBase], object], **more) -> Offer:
    """An offer that everyone may have and that is logged."""
    known = Offer("a session", "tệp.csv", "text/csv", write, lambda cookies: True, lambda facts: True)
    return replace(known, **more)


def raising(error: BaseException) -> Callable[[io.IOBase], object]:
    def write(out: io.IOBase) -> None:
        out.write(b"half of it")
        raise error

    return write


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (StoreFault("empty"), 503, "Kho còn trống"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 503, "Đĩa của máy chủ đã đầy"),
        (MemoryError(), 503, "thiếu bộ nhớ"),
        (Busy(), 409, "Kho đang được ghi"),
        (TooLong(), 503, "cần hơn 30 giây"),
        (Refused(410, "Không còn."), 410, "Không còn."),
        (KeyError("secret"), 500, "Gửi mã này"),
    ],
)
def test_what_fails_says_why(error, status, says, store, monkeypatch):
    """A failure gives an error status and a sentence; a bug only its id. Nothing is logged or left on disk."""
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    told, before = [], sorted(store.rglob("*"))
    with pytest.raises(Refused) as refused:
        downloads._made(offer(raising(error), record=told.append), {})
    assert refused.value.status == status and says in refused.value.says and "secret" not in refused.value.says
    assert not told and sorted(store.rglob("*")) == before


@pytest.mark.parametrize("buffering", [0, 8192])
def test_a_file_that_the_disk_has_no_room_for(buffering, monkeypatch):
    """/dev/full acts as a full disk; the error comes at once, or when the buffer is flushed."""
    told = []
    full = Path("/dev/full").open("wb", buffering=buffering)  # noqa: SIM115
    monkeypatch.setattr(downloads, "_room", lambda: full)
    with pytest.raises(Refused, match="Đĩa của máy chủ đã đầy") as refused:
        downloads._made(offer(lambda out: out.write(b"x"), record=told.append), {})
    assert refused.value.status == 503 and full.closed and not told


def test_a_backup_ends_where_the_disk_is_full(store):
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(StoreFault, match="đã đầy"):
        worker.back_up(full, store)


def test_a_backup_whose_process_dies(store, monkeypatch):
    monkeypatch.setattr(worker.sys, "executable", "/bin/false")
    with pytest.raises(StoreFault, match="Việc sao lưu dừng giữa chừng"):
        worker.back_up(io.BytesIO(), store)


def test_files_that_wait_are_few_and_do_not_wait_for_ever(monkeypatch, tmp_path):
    """Two files per owner, 64 in all, five minutes; a running transfer continues, and nothing stays on disk."""
    monkeypatch.setattr(downloads, "_waiting", downloads.OrderedDict())
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path))
    large = b"x" * (3 * MEGABYTE)

    def wait(code: str, **more) -> downloads._Waiting:
        downloads._waiting[code] = downloads._made(offer(lambda out: out.write(large), **more), {})
        downloads._let_go()
        return downloads._waiting[code]

    parts = wait("first").parts()
    got = next(parts)
    wait("second"), wait("third")
    assert list(downloads._waiting) == ["second", "third"]
    assert got + b"".join(parts) == large
    for number in range(70):
        downloads._waiting[f"{number}"] = downloads._made(offer(lambda out: None, owner=f"{number}"), {})
    downloads._let_go()
    assert len(downloads._waiting) == 64 and "second" not in downloads._waiting and "69" in downloads._waiting
    now = time.monotonic()
    monkeypatch.setattr(downloads.time, "monotonic", lambda: now + 60 * downloads.MINUTES + 1)
    downloads._let_go()
    assert not downloads._waiting and not list(tmp_path.iterdir())


def test_an_offer_lasts_as_long_as_its_page():
    offered = offer(lambda out: None)
    code = downloads.address_of(offered).removeprefix(downloads.DOWNLOADS)
    assert downloads._offered[code] is offered
    del offered
    gc.collect()
    assert code not in downloads._offered


# ----------------------------------------------------------------------------------- over the wire


@pytest.fixture
def address(store, tmp_path) -> Iterator[str]:
    """The app on the small store; everyone has all rights."""
    with serve(ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(store)) as address:
        yield address


def peak(process: int, anew: bool = False) -> int:
    """The peak memory of a process in bytes; `anew` resets the peak."""
    if anew:
        Path(f"/proc/{process}/clear_refs").write_text("5")
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


def test_a_backup_is_sent_in_parts(address, store, tmp_path):
    """A backup contains the current store, is complete before it is sent, and needs little memory in the server."""
    with Client(address) as client:
        shown = client.open("administration")
        offered = shown.downloads["Tải bản sao lưu"]
        take(store, "dossier", sound("dossier", 9))
        assert client.download(offered).status == 200  # loads what only the first download loads
        with (store / "large.bin").open("wb") as sparse:
            sparse.truncate(150 * MEGABYTE)
        before, process = sorted(store.rglob("*")), server_of(address)
        least = peak(process, anew=True)
        taken = client.download(offered)
        assert taken.status == 200 and len(taken.content) > 150 * MEGABYTE
        assert peak(process) - least < 30 * MEGABYTE
        assert int(taken.headers["Content-Length"]) == len(taken.content)
        assert taken.headers["Content-Disposition"].endswith('-s000002.tar"')
        assert sorted(store.rglob("*")) == before  # the temporary file has no name
        said = audit.events(store)[-1]
        assert (said["event"], said["snapshot"]) == ("backup", "s000002")
        (tmp_path / "kho.tar").write_bytes(taken.content)
        assert restore_backup(tmp_path / "kho.tar", tmp_path / "restored").uploads == 7
        harm(archive.upload_path(store, archive.newest_manifest(store)["uploads"][0]["id"]), "flipped")
        refused = client.download(offered)
        assert refused.status == 503 and "dossiers.csv" in refused.says and "bị hỏng" in refused.says
        assert audit.events(store)[-1] == said


def test_an_address_is_good_for_its_page_and_told_to_the_log_first(address, store):
    """An address expires after two later page runs, and the log has the entry before the file is sent."""
    with Client(address) as client:
        offered = client.open("administration").downloads["Tải nhật ký"]
        made = ask("POST", address, offered, "")
        assert made.status == 200 and made.headers["Cache-Control"] == "no-store"
        assert audit.events(store)[-1]["event"] == "export_audit"
        there = json.loads(made.content)["address"]
        assert [client.take(there).status for _ in range(2)] == [200, 200]  # a browser may ask twice
        assert ask("POST", address, offered, "", Origin="http://evil.example").status == 403
        client.open("administration")
        assert client.download(offered).status == 200
        client.open("administration")
        refused = client.download(offered)
        assert refused.status == 410 and "Tải lại trang" in refused.says
        gone = client.take("/downloads/" + "x" * 32)
        assert gone.status == 410 and "Content-Disposition" not in gone.headers
        assert ask("POST", address, "/downloads/" + "x" * 32, "").status == 410


# ---------------------------------------------------------------------------------- in the browser

LINK = """address => {
    const link = document.createElement("a");
    link.href = address;
    link.download = "";
    document.body.append(link);
    link.click();
}"""


def test_a_refusal_is_a_sentence_and_no_file(address, store, page, complaints):
    """In Chromium: a file with its name, or a sentence beside the button; an expired address is a failed download."""
    visit(page, f"{address}/administration")
    button, arrived = page.get_by_role("button", name="Tải bản sao lưu"), []
    with page.expect_download() as waiting:
        button.click()
    assert waiting.value.failure() is None and waiting.value.suggested_filename.endswith("-s000001.tar")
    with tarfile.open(waiting.value.path()) as tar:
        assert "contents.json" in tar.getnames()
    page.on("download", lambda file: arrived.append(file))
    harm(archive.upload_path(store, archive.newest_manifest(store)["uploads"][0]["id"]), "flipped")
    button.click()
    expect(page.get_by_role("alert").filter(has_text="bị hỏng hoặc bị mất")).to_be_visible(timeout=60_000)
    expect(button).to_be_visible()
    assert arrived == [] and complaints and all("503" in said for said in complaints)
    complaints.clear()
    with page.expect_download() as waiting:
        page.evaluate(LINK, "/downloads/gone")
    assert waiting.value.failure()
