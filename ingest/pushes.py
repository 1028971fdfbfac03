"""Files that programs push: what is kept of each until it is published, and what came of it.

A folder of the store::

    pushes/queue/<number>-<id>.held   a file that waits: its good rows without anything about a person
    pushes/outcomes/<id>.json         what came of it

A push is accepted when its file in the queue has its name; it leaves the queue after its outcome is written. Publishing
refuses bytes that it knows, so a push that was published just before a crash is recognised and not published twice.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pickle
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import filelock

from ingest import Problem, Rejected, durable
from ingest.publish import Outcome, publish
from ingest.publish import hold as hold_rows
from ingest.reading.look import Look, Reading, Sent
from ingest.reading.personal import without_people
from ingest.sender import Sender
from ingest.store.fault import in_words
from ingest.template import TITLES

KEPT_DAYS = 30  # days that an outcome can be asked for
MOST_WAITING = 1000  # files in the queue
QUEUED, PUBLISHING, PUBLISHED, REFUSED, FAILED = "queued", "publishing", "published", "refused", "failed"
FINAL = frozenset({PUBLISHED, REFUSED, FAILED})
OTHER_VERSION = "other_version"
_LISTED = 200  # problems in an outcome
_SHOWN = 120  # characters of a value in an outcome
_LEFT = 3600  # seconds after which an unnamed file belongs to nobody
_ID = re.compile(r"[0-9a-f]{32}")
_WAIT = 30  # seconds for another process that changes the folder


class Full(Exception):
    """The queue is full; try again later."""


@dataclass(frozen=True)
class Push:
    """A pushed file: the token that sent it, the table that it is said to be, its name, and how it is to be taken."""

    id: str
    token: str
    who: str
    table: str
    name: str
    sha256: str
    valid_only: bool = False
    order: int = 0


@dataclass(frozen=True)
class Held:
    """A push with what is kept of its file, and the warnings that its check has told."""

    push: Push
    look: Look
    told: tuple[dict, ...]


def push_of(token: str, who: str, table: str, name: str, data: bytes, reading: Reading, valid_only: bool) -> Push:
    """A push of these bytes; the same bytes, sent by the same token in the same way, have the same id."""
    sha256 = hashlib.sha256(data).hexdigest()
    way = json.dumps([token, table, sha256, asdict(reading), valid_only], sort_keys=True)
    # The name is kept and shown: without names, telephone and identity numbers.
    kept = without_people(name.replace("_", " "))
    name = name if kept == name.replace("_", " ") else kept
    return Push(hashlib.sha256(way.encode()).hexdigest()[:32], token, who, table, name, sha256, valid_only)


# ------------------------------------------------------------------------------- in the process apart


def hold(push: Push, data: bytes, reading: Reading, store: Path, sender: Sender) -> Path:
    """Read and check a pushed file; write what is kept of it to a file without a name. Raises Rejected."""
    reading = replace(reading, table=push.table)
    look, said = hold_rows(Sent(data, push.name, reading), store, sender, push.valid_only)
    if look.mapping.table.name != push.table:
        told = TITLES.get(look.mapping.table.name, look.mapping.table.name)
        reason = f"Tệp là bảng “{told}”, không phải bảng “{TITLES.get(push.table, push.table)}”."
        raise Rejected([Problem(push.name, 0, "", "", reason, "Gửi tới đúng địa chỉ của bảng.", "other_table")])
    with in_words():
        path = _queue(store) / f"{durable.UNNAMED}{secrets.token_hex(8)}.held"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            pickle.dump(Held(push, look, tuple(map(_told, said))), file, pickle.HIGHEST_PROTOCOL)
            file.flush()
            os.fsync(file.fileno())
        return path


def take(path: Path, store: Path, who: str, sender: Sender, patience: float) -> Outcome:
    """Publish a held file. Raises as publish.publish; Rejected by the rule OTHER_VERSION for a file that cannot be read."""
    try:
        held = read(path)
    except ValueError as error:
        raise Rejected([Problem(path.name, 0, "", "", "", "", OTHER_VERSION)]) from error
    return publish([held.look], store, who, valid_only=held.push.valid_only, patience=patience, sender=sender)


def read(path: Path) -> Held:
    """A file of the queue. Raises ValueError if another version of the program wrote it, OSError."""
    try:
        with path.open("rb") as file:
            held = pickle.load(file)
    except (pickle.UnpicklingError, AttributeError, ImportError, EOFError, TypeError, IndexError) as error:
        raise ValueError(path.name) from error
    if not isinstance(held, Held):
        raise ValueError(path.name)
    return held


# ------------------------------------------------------------------------------------ the queue


def accept(store: Path, push: Push, unnamed: Path) -> dict:
    """Put a held file into the queue; returns its outcome. If the same push waits already, the one that waits.

    Raises Full, StoreFault. What was accepted is not lost.
    """
    with _changing(store):
        if (known := outcome(store, push.id)) and known["state"] not in FINAL and waits(store, push.id):
            unnamed.unlink(missing_ok=True)
            return known
        order = max([0, *map(_order, waiting(store)), *_last(store)]) + 1
        if len(waiting(store)) >= MOST_WAITING:
            unnamed.unlink(missing_ok=True)
            raise Full
        push = replace(push, order=order)
        durable.write_text(_outcomes(store) / "last", str(order))
        said = _write(store, push, QUEUED, told=_warnings(unnamed))
        durable.settle(unnamed, _queue(store) / f"{order:012}-{push.id}.held")
        return said


def refuse(store: Path, push: Push, rejected: Rejected) -> dict:
    """Note that a push is refused; returns its outcome."""
    with _changing(store):
        if (known := outcome(store, push.id)) and known["state"] not in FINAL and waits(store, push.id):
            return known
        return _write(store, push, REFUSED, told=[*map(_told, rejected.told[:_LISTED])], **_problems(rejected))


def note_known(store: Path, push: Push, upload: dict, snapshot: str | None) -> dict:
    """Note that the bytes of a push were published before; returns its outcome."""
    with _changing(store):
        return _write(store, push, PUBLISHED, **_published(upload, snapshot), already=True)


def outcome(store: Path, push_id: str) -> dict | None:
    """What came of a push; None for one that nobody knows."""
    if not _ID.fullmatch(push_id):
        return None
    try:
        said = json.loads((_outcomes(store) / f"{push_id}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) and {"id", "state", "token", "order"} <= said.keys() else None


def waiting(store: Path) -> list[Path]:
    """The files in the queue, the first one first."""
    return sorted((store / "pushes" / "queue").glob("[0-9]*.held"))


def waits(store: Path, push_id: str) -> bool:
    """Whether a file of this push is in the queue."""
    return any(_id(path) == push_id for path in waiting(store))


def begin(store: Path, path: Path) -> dict | None:
    """Note that a file of the queue is being published; returns its outcome so far, None if it is finished already.

    A file whose outcome was not written or is damaged gets one.
    """
    with _changing(store):
        known = outcome(store, _id(path))
        if known and known["order"] == _order(path) and known["state"] in FINAL:
            path.unlink(missing_ok=True)
            return None
        if known is None or known["order"] != _order(path):
            held = read(path)
            known = _said(replace(held.push, order=_order(path)), QUEUED, warnings=list(held.told))
        return _keep(store, known | {"state": PUBLISHING})


def finish(store: Path, path: Path, known: dict, state: str, **facts: object) -> dict:
    """Write the outcome of a file of the queue, then take it out of the queue."""
    with _changing(store):
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        said = _keep(store, known | facts | {"state": state, "finished_at": ended})
        path.unlink(missing_ok=True)
        durable.sync_folder(path.parent)
        return said


def note(store: Path, known: dict, **facts: object) -> dict:
    """Write why a file still waits."""
    with _changing(store):
        return _keep(store, known | facts)


def finished(uploaded: Outcome) -> dict:
    """The facts of a published push."""
    return _published(uploaded.uploads[0], uploaded.snapshot_id)


def refused(rejected: Rejected) -> dict:
    """The facts of a refused push."""
    return _problems(rejected)


def known_upload(uploads: list[dict], sha256: str, table: str) -> dict | None:
    """The upload of these bytes that stands; None if there is none."""
    same = (one for one in uploads if (one["sha256"], one["table"]) == (sha256, table) and one["state"] != "withdrawn")
    return next(same, None)


def sweep(store: Path) -> None:
    """Delete outcomes that nobody asks for any more, and what an interrupted push left."""
    now = time.time()
    for path in (*_queue(store).glob(f"{durable.UNNAMED}*"), *_outcomes(store).glob(f"{durable.UNNAMED}*")):
        with suppress(OSError):
            if path.stat().st_mtime < now - _LEFT:
                path.unlink()
    for path in _outcomes(store).glob("[0-9a-f]*.json"):
        with suppress(OSError):
            if path.stat().st_mtime < now - KEPT_DAYS * 86_400 and not waits(store, path.stem):
                path.unlink()


@contextmanager
def _changing(store: Path) -> Iterator[None]:
    """One process at a time changes the folder. Raises StoreFault."""
    _queue(store)
    with in_words(), filelock.FileLock(store / "pushes" / "change.lock", timeout=_WAIT):
        yield


def _queue(store: Path) -> Path:
    return _made(store, "queue")


def _outcomes(store: Path) -> Path:
    return _made(store, "outcomes")


def _made(store: Path, name: str) -> Path:
    path = store / "pushes" / name
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def _order(path: Path) -> int:
    return int(path.name.partition("-")[0])


def _id(path: Path) -> str:
    return path.stem.partition("-")[2]


def _last(store: Path) -> list[int]:
    """The last number that was given."""
    try:
        return [int((_outcomes(store) / "last").read_text(encoding="utf-8"))]
    except (OSError, ValueError):
        return []


def _warnings(path: Path) -> list[dict]:
    return list(read(path).told)


def _write(store: Path, push: Push, state: str, told: list[dict] | None = None, **facts: object) -> dict:
    ended = {"finished_at": datetime.now(UTC).isoformat(timespec="seconds")} if state in FINAL else {}
    return _keep(store, _said(push, state, warnings=told or []) | facts | ended)


def _said(push: Push, state: str, **facts: object) -> dict:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    told = {"id": push.id, "state": state, "table": push.table, "file": push.name, "sha256": push.sha256}
    return told | {"received_at": at, "token": push.token, "who": push.who, "order": push.order} | facts


def _keep(store: Path, said: dict) -> dict:
    durable.write_text(_outcomes(store) / f"{said['id']}.json", json.dumps(said, ensure_ascii=False))
    return said


def _published(upload: dict, snapshot: str | None) -> dict:
    rows = {name: upload[f"rows_{name}" if name == "read" else name] for name in ("read", "accepted", "rejected")}
    return {"snapshot": snapshot, "upload": upload["id"], "rows": rows}


def _problems(rejected: Rejected) -> dict:
    return {"problems": [_told(problem) for problem in rejected.problems[:_LISTED]], "total": rejected.total}


def _told(problem: Problem) -> dict:
    """A problem as an outcome tells it: without anything about a person in its value."""
    value = without_people(problem.value)[:_SHOWN]
    shown = asdict(problem) | {"value": value}
    return {name: shown[name] for name in ("severity", "rule", "sheet", "line", "column", "value", "reason", "hint")}


def digest_of(header: str) -> str | None:
    """The SHA-256 in hexadecimal of a Content-Digest header; None if the header has none.

    >>> digest_of("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:")[:8], digest_of("md5=:xx:")
    ('e3b0c442', None)
    """
    found = re.search(r"(?i)\bsha-256=:([A-Za-z0-9+/=]{44}):", header)
    return base64.b64decode(found[1]).hex() if found else None
