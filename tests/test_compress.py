# ruff: noqa: F401, F811  (fixtures of other tests are imported, and named again as arguments)
"""Many readers of one server: scripts packed once, messages sent at once, questions that end, a new snapshot warmed."""

import asyncio
import gzip
import socket
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from charts import projected
from charts.bars import ranked_bars
from ingest.publish import rebuild
from queries import TooLong
from queries.snapshot import MAIN, Reader, Snapshot, pointed_id, read_manifest, reader
from serve import compress
from tests.test_store import small_store, store

SCRIPT = "const xin = 'chào';\n" * 400


def in_a_loop(coroutine: Coroutine) -> Any:
    """Run a coroutine in a new thread, because the test's thread may have a browser's event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@pytest.fixture
def asked():
    """A function that requests a path from an app with a static script.

    It returns status, headers and body; and the paths that reached the app.
    """
    reached = []

    async def answer(request: Request) -> Response:
        reached.append(request.url.path)
        if request.path_params["name"] == "absent.js":
            return PlainTextResponse("không có", 404)
        return PlainTextResponse(SCRIPT, headers={"Cache-Control": "immutable"}, media_type="application/javascript")

    app = compress.Packed(Starlette(routes=[Route("/{folder}/{name}", answer)]))

    def get(path: str, **headers: str) -> tuple[int, Headers, bytes]:
        sent = [(name.lower().replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": sent}
        said = []

        async def receive() -> dict:
            return {"type": "http.request", "body": b""}

        async def send(message: dict) -> None:
            said.append(message)

        in_a_loop(app(scope, receive, send))
        return said[0]["status"], Headers(raw=said[0]["headers"]), b"".join(one.get("body", b"") for one in said[1:])

    return get, reached


def test_a_script_is_packed_once(asked):
    get, reached = asked
    for _round in range(3):
        status, headers, packed = get("/static/a.js", accept_encoding="gzip, br")
        assert status == 200 and gzip.decompress(packed).decode() == SCRIPT
        assert headers["Content-Length"] == str(len(packed)) and len(packed) < len(SCRIPT) / 10
        assert headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in headers["Vary"]
        assert headers["Cache-Control"] == "immutable"
    assert reached == ["/static/a.js"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/static/a.js", {}),
        ("/static/a.js", {"accept_encoding": "gzip", "range": "bytes=0-9"}),
        ("/static/a.js", {"accept_encoding": "gzip", "if_none_match": '"x"'}),
        ("/static/a.woff2", {"accept_encoding": "gzip"}),
        ("/media/a.js", {"accept_encoding": "gzip"}),
        ("/static/absent.js", {"accept_encoding": "gzip"}),
    ],
)
def test_what_is_not_packed_passes(asked, path, headers):
    get, reached = asked
    for _round in range(2):
        status, sent, body = get(path, **headers)
        assert "Content-Encoding" not in sent
        assert (status, body.decode()) == ((404, "không có") if "absent" in path else (200, SCRIPT))
    assert reached == [path] * 2


def test_a_message_leaves_without_waiting():
    """Sockets accepted the way Streamlit listens have TCP_NODELAY; without send_at_once they do not."""

    async def accepted(at_once: bool) -> int:
        if at_once:
            compress.send_at_once()
        listening = socket.socket(socket.AF_INET)  # created as Streamlit 1.67 does
        listening.bind(("127.0.0.1", 0))
        found = asyncio.get_running_loop().create_future()

        class Accept(asyncio.Protocol):
            def connection_made(self, transport):
                taken = transport.get_extra_info("socket")
                found.set_result(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

        server = await asyncio.get_running_loop().create_server(Accept, sock=listening)
        _reading, writing = await asyncio.open_connection(*listening.getsockname())
        try:
            return await found
        finally:
            writing.close()
            server.close()

    assert not in_a_loop(accepted(False))
    assert in_a_loop(accepted(True))


SLOW = "-- Một câu hỏi rất lâu.\nSELECT sum(sqrt(n)) AS total FROM range(30000000000) AS made(n)"


def opened(store: Path, longest: float) -> Reader:
    """A reader of the store's snapshot with its own query time limit."""
    wanted = pointed_id(store)
    path = store / "snapshots" / f"{wanted}.duckdb"
    return Reader(Snapshot(wanted, path, read_manifest(store, wanted)), longest)


def test_a_long_question_ends(store):
    known = opened(store, longest=0.2)
    with pytest.raises(TooLong, match="rất lâu"):
        known.answer(SLOW, ())
    assert known.answer("SELECT 1 AS one", ()).one[0] == 1


def test_long_questions_leave_others_their_share(store):
    """Six readers ask for seconds of work each; a seventh's small question does not wait for any of them."""
    known = opened(store, longest=3)
    ended = []

    def ask(number: int) -> None:
        with pytest.raises(TooLong):
            known.answer(SLOW + f" -- {number}", ())
        ended.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    for number in range(5):
        known.answer(f"SELECT count(*) AS n FROM progress WHERE length(unit_code) > {number}", ())
    assert not ended
    for thread in threads:
        thread.join()
    assert sorted(ended) == list(range(6))


def test_a_new_snapshot_is_asked_what_the_last_was(store):
    before = reader(store)
    questions = [("SELECT count(*) AS n FROM dossier WHERE $x = $x", (("x", number),), MAIN) for number in range(3)]
    for question in questions:
        before.answer(*question)
    rebuild(store)
    after = reader(store)
    assert after is not before
    deadline = time.monotonic() + 60
    while not set(questions) <= set(after.asked) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert set(questions) <= set(after.asked)
    misses = after.answer.cache_info().misses
    after.answer(*questions[0])
    assert after.answer.cache_info().misses == misses


def test_a_figure_is_drawn_once_and_stays_as_drawn():
    def frame(value: float) -> pd.DataFrame:
        return pd.DataFrame(
            {"unit_code": ["a"], "name": ["Ma Lâm"], "value": [value], "text": ["1"], "measure": ["hồ sơ"],
             "status": ["context"], "low_volume": [False], "rank": [None]}
        )  # fmt: skip

    drawn = ranked_bars(frame(1), title="Hồ sơ")
    assert ranked_bars(frame(1), title="Hồ sơ") is drawn
    assert ranked_bars(frame(2), title="Hồ sơ") is not drawn
    assert ranked_bars(frame(1), title="Khác") is not drawn
    before = drawn.to_json()
    slide = projected(drawn, 800, dark=True)
    assert slide.layout.height == 800 and drawn.to_json() == before
