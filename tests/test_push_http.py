# ruff: noqa: F401, F811  (a fixture of other tests is imported, and named again as an argument)
"""PUT /api/v1/uploads/<table>: rights, refusals before and while a body is read, many at once, a killed server."""

from __future__ import annotations

import asyncio
import base64
import functools
import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from access import Role, audit, tokens
from access.rates import Rates
from ingest import pushes, queue
from ingest.publish import publish
from ingest.reading import limits
from ingest.schema import UPLOADED, tables
from serve import api, push
from tests.browser import ROOT, serve, server_of
from tests.test_api import APP
from tests.test_check import sound, write
from tests.test_proxy import configure, running
from tests.test_pushes import drain, hold, store, uploads
from tests.wire import ask
from ui.upload import TYPES

MINE, OTHERS = "23059", "23062"
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def client(store, monkeypatch) -> TestClient:
    """A client on an empty store; files are read in this process."""
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    monkeypatch.setattr(push.queue, "submit", functools.partial(queue.submit, hold=hold))
    for module in (api, push):
        monkeypatch.setattr(module, "rates", Rates())
    # A semaphore belongs to the loop in which somebody has waited for it.
    monkeypatch.setattr(push, "_places", asyncio.Semaphore(push.AT_ONCE))
    return TestClient(APP, base_url="http://localhost", raise_server_exceptions=False)


def bearer(store: Path, name: str = "a", **more) -> dict[str, str]:
    """The header of a new token."""
    secret, _ = tokens.make(store, name, "an", tokens.CONSOLE, **{"tables": None} | more)
    return {"Authorization": f"Bearer {secret}"}


def put(client: TestClient, table: str, content: bytes, headers: dict[str, str], query: str = "filename=a.csv"):
    return client.put(f"/api/v1/uploads/{table}?{query}", content=content, headers=CSV | headers)


def content(tmp_path: Path, table: str = "kpi_value", number: int = 1, **values: str) -> bytes:
    return write(tmp_path / "x.csv", [sound(table, number, **values)]).read_bytes()


# ------------------------------------------------------------------------------------ rights


SCOPES = {
    "nothing": {"tables": (), "role": Role.ANALYST},
    "dossiers": {"tables": ("dossier",)},
    "dossiers of one unit": {"tables": ("dossier",), "units": (MINE,)},
    "every table of one unit": {"tables": None, "units": (MINE,)},
    "everything": {"tables": None},
}


@pytest.mark.parametrize("scope", SCOPES)
def test_token_by_table_by_unit(client, store, tmp_path, scope):
    """Every table that offices upload, rows of the token's unit and of another one."""
    known, told = SCOPES[scope], bearer(store, **SCOPES[scope])
    codes = [sound("dossier", number, unit_code=unit) for number, unit in ((1, MINE), (2, OTHERS))]
    publish([write(tmp_path / "first.csv", codes)], store=store)
    for table in sorted(UPLOADED):
        for unit in (MINE, OTHERS):
            if "unit_code" in tables()[table].names:
                row = {"unit_code": unit, **({"code": "x"} if table == "alias" else {})}
                made = content(tmp_path, table, 7, **row)
            elif table == "dossier_step":
                made = content(tmp_path, table, 1, dossier_code=codes[unit == OTHERS]["dossier_code"])
            else:
                continue
            answer = put(client, table, made, told)
            may_table = known["tables"] is None or table in known["tables"]
            may_unit = "units" not in known or unit in known["units"]
            if not may_table:
                assert answer.status_code == 403, (table, unit)
                continue
            assert answer.status_code == 202, (table, unit, answer.text)
            said = answer.json()
            assert (said["state"] == "queued") == may_unit, (table, unit, said)
            if not may_unit:
                assert {one["rule"] for one in said["problems"]} == {"sender_unit"}
    log = [one for one in audit.events(store) if one["event"] == "push"]
    assert (len(log) > 0) == (scope != "nothing") and all(one["who"] == "mã a" for one in log)


def test_only_its_token_and_an_administrator_see_an_outcome(client, store, tmp_path):
    mine, other = bearer(store), bearer(store, "b", role=Role.ANALYST)
    answer = put(client, "kpi_value", content(tmp_path), mine)
    address = answer.headers["location"]
    assert answer.status_code == 202 and answer.json()["outcome"] == address
    said = client.get(address, headers=mine)
    assert said.status_code == 200 and said.json() == answer.json() and said.headers["retry-after"] == "5"
    assert said.headers["cache-control"] == "no-store" and not {"token", "who", "order"} & said.json().keys()
    assert client.get(address, headers=other).status_code == 404
    assert client.get(address).status_code == 401
    assert client.get("/api/v1/uploads/outcomes/" + "0" * 32, headers=mine).status_code == 404
    assert client.get("/api/v1/uploads/outcomes/..%2f..%2fcurrent", headers=mine).status_code == 404
    drain(store)
    said = client.get(address, headers=mine).json()
    assert (said["state"], said["snapshot"], said["rows"]["accepted"]) == ("published", "s000001", 1)
    again = put(client, "kpi_value", content(tmp_path), mine)
    assert (again.status_code, again.json()["upload"], again.json()["already"]) == (202, said["upload"], True)
    assert again.headers["location"] == address


def test_an_ended_token_is_refused_at_once(client, store, tmp_path):
    told = bearer(store)
    assert put(client, "kpi_value", content(tmp_path), told).status_code == 202
    tokens.end(store, tokens.every(store)[0].id, "an")
    assert put(client, "kpi_value", content(tmp_path), told).status_code == 401
    orphan, _ = tokens.make(store, "c", "gone", tokens.LOCAL, None)
    assert put(client, "kpi_value", b"x", {"Authorization": f"Bearer {orphan}"}).status_code == 403


# ------------------------------------------------------------------------------------ refused before a body is read


@pytest.mark.parametrize(
    ("query", "headers", "status", "says"),
    [
        ("", {}, 422, "filename"),
        ("filename=", {}, 422, "filename"),
        ("filename=a/b.csv", {}, 422, "filename"),
        ("filename=..%5Ca.csv", {}, 422, "filename"),
        ("filename=.csv", {}, 422, "filename"),
        ("filename=a%0Ab.csv", {}, 422, "filename"),
        ("filename=" + "a" * 130 + ".csv", {}, 422, "filename"),
        ("filename=a.csv&filename=b.csv", {}, 422, "filename"),
        ("filename=a.exe", {}, 415, "Tệp loại này"),
        ("filename=a", {}, 415, "Tệp loại này"),
        ("filename=a.csv", {"Content-Type": "multipart/form-data; boundary=x"}, 415, "Content-Type"),
        ("filename=a.csv", {"Content-Type": "application/json"}, 415, "Content-Type"),
        ("filename=a.xlsx", {"Content-Type": "text/csv"}, 415, "Content-Type"),
        ("filename=a.csv", {"Content-Encoding": "gzip"}, 415, "Content-Encoding"),
        ("filename=a.csv", {"Content-Length": str(limits.BYTES + 1)}, 413, "200 MB"),
        ("filename=a.csv&x=1", {}, 422, "“x”"),
        ("filename=a.csv&valid_only=yes", {}, 422, "valid_only"),
        ("filename=a.csv&dates=year", {}, 422, "dates"),
        ("filename=a.csv&as_of=2024-01-01", {}, 422, "tệp hồ sơ"),
        ("filename=a.csv&sheet=" + "a" * 300, {}, 422, "sheet"),
    ],
)
def test_what_cannot_be_a_file_is_refused_before_it_is_read(client, store, query, headers, status, says):
    answers = [run(drive(store, query, CSV | headers, never()))]
    assert [(one.status, says in one.said["message"], one.read) for one in answers] == [(status, True, 0)]
    assert not (store / "pushes" / "outcomes").exists()


@pytest.mark.parametrize("query", ["as_of=hôm qua", "as_of=2024-02-30", "received_from=2024-03-02&received_to=2024-03-01",
                                   "older=some", "share=keep", "period=2024", "unit="])  # fmt: skip
def test_what_a_person_says_is_checked(client, store, query):
    answer = put(client, "dossier", b"x", bearer(store), f"filename=a.csv&{query}")
    assert answer.status_code == 422 and answer.json()["message"]


def test_tables_and_tokens_that_nobody_knows(client, store):
    assert put(client, "nothing", b"x", bearer(store)).status_code == 404
    assert put(client, "dossier", b"x", {}).status_code == 401
    assert put(client, "dossier", b"x", {"Authorization": "Bearer htb_x"}).status_code == 401


def test_the_endings_are_those_of_the_page():
    assert sorted(push.TYPES) == sorted(TYPES)


def test_what_a_person_says_is_taken(client, store, tmp_path):
    """A constant for the whole file, the day of a file of dossiers; compressed files as on the page."""
    rows = [{key: value for key, value in sound("kpi_value", 1).items() if key != "unit_code"}]
    without = write(tmp_path / "w.csv", rows).read_bytes()
    told = bearer(store)
    assert put(client, "kpi_value", without, told).json()["state"] == "refused"
    assert put(client, "kpi_value", without, told, f"filename=a.csv&unit={MINE}").json()["state"] == "queued"
    packed = {"Content-Type": "application/gzip"}
    answer = put(client, "kpi_value", gzip.compress(content(tmp_path, number=2)), told | packed, "filename=a.csv.gz")
    assert answer.json()["state"] == "queued", answer.json()
    query = "filename=h.csv&as_of=2024-03-31&received_from=2024-03-01&received_to=2024-03-31&older=received&silent_units=23062"
    assert put(client, "dossier", content(tmp_path, "dossier"), told, query).json()["state"] == "queued"
    drain(store)
    coverage = uploads(store)[-1]["coverage"]
    assert (coverage["as_of"], coverage["from_on"], coverage["older"]) == ("2024-03-31", "2024-03-01", "received")
    assert set(coverage["units"]) == {MINE, OTHERS}


def test_the_checksum_is_compared(client, store, tmp_path):
    made, told = content(tmp_path), bearer(store)
    right = base64.b64encode(hashlib.sha256(made).digest()).decode()
    wrong = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    answer = put(client, "kpi_value", made, told | {"Content-Digest": f"sha-256=:{wrong}:"})
    assert (answer.status_code, answer.json()["error"]) == (400, "digest") and not pushes.waiting(store)
    assert put(client, "kpi_value", made, told | {"Content-Digest": f"sha-256=:{right}:"}).status_code == 202
    assert put(client, "kpi_value", b"", told).json()["error"] == "empty"


# ------------------------------------------------------------------------------------ while a body is read


class Told:
    """A response, and how many parts of the body were asked for."""

    def __init__(self):
        self.status, self.said, self.headers, self.read = 0, {}, {}, 0


async def never() -> AsyncIterator[dict]:
    """A body of which nothing comes."""
    await asyncio.sleep(3600)
    yield {}


def run(work):
    # In a thread of its own: the browser of other tests has a running loop in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def drive(
    store: Path,
    query: str,
    headers: dict[str, str],
    messages: AsyncIterator[dict],
    table: str = "kpi_value",
    token=None,
) -> Told:
    """One PUT by the server's own protocol, the body as it comes."""
    told, token = Told(), token or bearer(store, f"t{time.time_ns()}")
    sent = {"host": "localhost"} | {name.lower(): value for name, value in (headers | token).items()}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "PUT", "scheme": "http",
        "path": f"/api/v1/uploads/{table}", "raw_path": b"", "root_path": "", "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()], "client": ("127.0.0.1", 1),
    }  # fmt: skip

    async def receive() -> dict:
        told.read += 1
        return await anext(messages)

    async def send(message: dict) -> None:
        if message["type"] == "http.response.start":
            told.status, told.headers = message["status"], dict(message["headers"])
        elif message.get("body"):
            told.said = json.loads(message["body"])

    await APP(scope, receive, send)
    return told


async def parts(*sizes: int, cut: bool = False, pause: float = 0.0) -> AsyncIterator[dict]:
    for number, size in enumerate(sizes):
        await asyncio.sleep(pause)
        yield {"type": "http.request", "body": b"x" * size, "more_body": cut or number < len(sizes) - 1}
    yield {"type": "http.disconnect"}


def nothing_left(store: Path) -> bool:
    return not pushes.waiting(store) and not list((store / "pushes").rglob("*.json"))


def test_a_body_that_grows_too_large_is_refused(client, store, monkeypatch):
    monkeypatch.setattr(limits, "BYTES", 1000)
    told = run(drive(store, "filename=a.csv", CSV, parts(600, 600, 600)))
    assert told.status == 413 and told.read == 2 and nothing_left(store)


def test_a_cut_body_leaves_nothing(client, store):
    assert run(drive(store, "filename=a.csv", CSV, parts(600, cut=True))).status == 400
    told = run(drive(store, "filename=a.csv", CSV | {"Content-Length": "900"}, parts(600)))
    assert (told.status, told.said["error"]) == (400, "cut") and nothing_left(store)


@pytest.mark.parametrize(("deadline", "pause"), [(0.3, 5), (5, 0.05)])
def test_a_slow_sender_gives_its_place_back(client, store, monkeypatch, deadline, pause):
    """Whoever takes too long in all, or pauses too long, is refused; the next one is served."""
    monkeypatch.setattr(push, "DEADLINE", deadline)
    monkeypatch.setattr(push, "PAUSE", pause)
    for _ in range(push.AT_ONCE + 1):
        told = run(drive(store, "filename=a.csv", CSV, parts(*[10] * 100, pause=0.1)))
        assert (told.status, told.said["error"]) == (408, "slow") and nothing_left(store)


def test_few_bodies_are_in_memory_and_the_others_wait(client, store, monkeypatch, tmp_path):
    """While two bodies are being read, no part of a third one is asked for; whoever waits too long may come again."""
    monkeypatch.setattr(push, "PATIENCE", 0.3)

    async def together() -> list[Told]:
        slow = [drive(store, "filename=a.csv", CSV, parts(5, 5, pause=1.0)) for _ in range(push.AT_ONCE)]
        running = [asyncio.ensure_future(one) for one in slow]
        await asyncio.sleep(0.2)
        third = await drive(store, "filename=a.csv", CSV, never())
        return [third, *await asyncio.gather(*running)]

    third, *others = run(together())
    assert (third.status, third.read, third.said["error"]) == (503, 0, "busy") and third.headers[
        b"retry-after"
    ] == b"30"
    assert [one.status for one in others] == [202, 202]


def test_too_many_that_wait_are_sent_away(client, store, monkeypatch):
    monkeypatch.setattr(push, "MOST_WAITING", 0)
    assert run(drive(store, "filename=a.csv", CSV, never())).status == 503


def test_fifty_at_once_are_all_accepted(client, store, tmp_path):
    """Fifty requests of one token: each gets 202 and its own place in the queue; all are published."""
    token = bearer(store)
    made = [content(tmp_path, value=str(number + 20)) for number in range(50)]

    async def body(data: bytes) -> AsyncIterator[dict]:
        yield {"type": "http.request", "body": data, "more_body": False}

    async def together() -> list[Told]:
        works = [drive(store, f"filename={at}.csv", CSV, body(data), token=token) for at, data in enumerate(made)]
        return await asyncio.gather(*works)

    told = run(together())
    assert [one.status for one in told] == [202] * 50 and len({one.said["id"] for one in told}) == 50
    assert len(pushes.waiting(store)) == 50
    drain(store)
    assert len(uploads(store)) == 50


# ------------------------------------------------------------------------------------ a real server


def finished(address: str, outcome: str, token: dict[str, str], patience: float = 180) -> dict:
    """The outcome of a push once it is final."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        answer = ask("GET", address, outcome, **token)
        said = json.loads(answer.content)
        if answer.status == 200 and said["state"] in pushes.FINAL:
            return said
        time.sleep(0.5)
    raise TimeoutError(said)


@pytest.mark.slow
def test_a_killed_server_loses_nothing_that_it_has_accepted(own_light_store, tmp_path):
    """kill -9 right after the 202; the next server publishes each file once."""
    token, log = bearer(own_light_store), tmp_path / "server.log"
    before = len(uploads(own_light_store))
    accepted = []
    try:
        with serve(ROOT / "server.py", log, DASHBOARD_STORE=str(own_light_store)) as address:
            for number in (1, 2, 3):
                made = content(tmp_path, number=number).decode()
                answer = ask("PUT", address, f"/api/v1/uploads/kpi_value?filename={number}.csv", made, **token, **CSV)
                assert answer.status == 202, answer.content
                accepted.append(answer.headers["Location"])
            os.kill(server_of(address), signal.SIGKILL)
    except AssertionError as error:
        assert "traceback" not in str(error).lower()
    with serve(ROOT / "server.py", log, DASHBOARD_STORE=str(own_light_store)) as address:
        states = [finished(address, one, token) for one in accepted]
    assert [one["state"] for one in states] == ["published"] * 3
    assert len(uploads(own_light_store)) == before + 3 and len({one["upload"] for one in states}) == 3
    logged = log.read_text(encoding="utf-8")
    assert token["Authorization"][7:] not in logged and "filename" not in logged


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_of_the_guide(store, tmp_path):
    """Typed as they stand in the guide: through nginx with the settings of deploy/, over TLS, to a server and back."""
    guide = (ROOT / "docs" / "van-hanh.md").read_text(encoding="utf-8")
    sending, asking = re.findall(r"^curl .*/api/v1/uploads/.*$", guide, re.MULTILINE)
    write(tmp_path / "ho-so.csv", [sound("dossier", 1)])
    token = bearer(store)["Authorization"].removeprefix("Bearer ")
    with serve(ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(store)) as address:
        plain, secure = configure(tmp_path / "nginx", address.removeprefix("http://"))
        known = {"MA": token, "MAY": f"localhost:{secure}", "NO_PROXY": "localhost", "HOME": str(tmp_path)}
        trusting = {"CURL_CA_BUNDLE": str(tmp_path / "nginx" / "fullchain.pem")}

        def typed(command: str) -> dict:
            done = subprocess.run(
                ["sh", "-c", command], cwd=tmp_path, env=os.environ | known | trusting, capture_output=True, text=True
            )
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            return json.loads(done.stdout)

        with running(tmp_path / "nginx", secure):
            said = typed(sending)
            assert (said["state"], said["file"]) == ("queued", "ho-so.csv")
            end = time.monotonic() + 60
            while (said := typed(asking.replace("MÃ_KẾT_QUẢ", said["id"])))["state"] not in pushes.FINAL:
                assert time.monotonic() < end
                time.sleep(0.3)
    assert said["state"] == "published" and [one["file"] for one in uploads(store)] == ["ho-so.csv"]
    assert token not in (tmp_path / "nginx" / "access.log").read_text(encoding="utf-8")
