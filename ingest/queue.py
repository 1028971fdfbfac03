"""Publishes the pushed files one after the other: a thread of the server; of several processes one at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import filelock

from access import settings, tokens
from access.settings import BadSettings
from ingest import Busy, Rejected, pushes, worker
from ingest.publish import Outcome, refuse_known
from ingest.pushes import Push
from ingest.reading.look import Reading
from ingest.sender import Sender
from ingest.store import archive
from ingest.store.build import BrokenIdentity
from ingest.store.fault import StoreFault
from queries.snapshot import read_manifest, snapshot_ids

LOG = logging.getLogger("dashboard")
_LOOK_EVERY = 2  # seconds between two looks for files that another process has accepted
_REST = 30  # seconds after a fault of the store
_SWEEP_EVERY = 3600
_TRIES = 3  # of a file during which the process apart has died
_ENDED = "Mã truy cập đã bị kết thúc hoặc người tạo mã không còn quyền nạp; tệp không được công bố."
_OTHER_VERSION = "Chương trình đã đổi phiên bản trong khi tệp chờ: gửi lại tệp."

Take = Callable[[Path, str, Path, str, Sender], Outcome]
Hold = Callable[[Push, bytes, Reading, Path, Sender], Path]


class Runner:
    """Publishes what waits in the queue of a store, in its own thread."""

    def __init__(self, store: Callable[[], Path], take: Take = worker.take_held):
        self._store, self._take = store, take
        self._woken, self._ends = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="pushes", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """A file was accepted: look now."""
        self._woken.set()

    def stop(self) -> None:
        """End after the file in hand, if it ends within a few seconds; what is left stays in the queue."""
        self._ends.set()
        self._woken.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._ends.is_set():
            self._woken.clear()
            try:
                rested = self._turn()
            except Exception:
                LOG.exception("queue of pushed files")
                rested = _REST
            self._woken.wait(rested) if rested == _LOOK_EVERY else self._ends.wait(rested)

    def _turn(self) -> float:
        """Publish all that waits, if no other process does; returns how long to rest."""
        store = self._store()
        if not (store / "pushes").is_dir():
            return _LOOK_EVERY
        try:
            with filelock.FileLock(store / "pushes" / "runner.lock", timeout=0):
                pushes.sweep(store)
                while not self._ends.is_set() and (files := pushes.waiting(store)):
                    if not publish_one(store, files[0], self._take):
                        return _REST
        except filelock.Timeout:
            pass
        return _LOOK_EVERY


def submit(store: Path, push: Push, data: bytes, reading: Reading, sender: Sender, hold: Hold = worker.hold) -> dict:
    """Read and check a pushed file and put it into the queue; returns its outcome: waiting, refused, or published before.

    Raises pushes.Full, StoreFault.
    """
    known = pushes.outcome(store, push.id)
    # A crash may leave the outcome of a file that did not reach the queue.
    if known and known["state"] not in pushes.FINAL and pushes.waits(store, push.id):
        return known
    try:
        unnamed = hold(push, data, reading, store, sender)
    except Rejected as rejected:
        return pushes.refuse(store, push, rejected)
    uploads = archive.newest_manifest(store)["uploads"]
    if upload := pushes.known_upload(uploads, push.sha256, push.table):
        unnamed.unlink(missing_ok=True)
        return pushes.note_known(store, push, upload, published_in(store, upload["id"]))
    try:
        refuse_known(uploads, push.name, push.sha256)
    except Rejected as rejected:
        unnamed.unlink(missing_ok=True)
        return pushes.refuse(store, push, rejected)
    return pushes.accept(store, push, unnamed)


def publish_one(store: Path, path: Path, take: Take = worker.take_held) -> bool:
    """Publish one file of the queue and write what came of it; False if it has to wait for the store."""
    try:
        known = pushes.begin(store, path)
    except ValueError:
        # Neither an outcome nor a file that can be read: nobody was told that it waits.
        LOG.error("pushed file %s cannot be read", path.name)
        path.unlink(missing_ok=True)
        return True
    if known is None:
        return True
    token = tokens.by_id(store, known["token"])
    if token is None or not _stands(token, known["table"]):
        pushes.finish(store, path, known, pushes.REFUSED, message=_ENDED)
        return True
    try:
        done = take(path, known["file"], store, known["who"], sender_of(token))
    except Rejected as rejected:
        return _refused(store, path, known, rejected)
    except Busy:
        pushes.note(store, known, state=pushes.QUEUED, message="Kho đang được ghi; tệp vẫn chờ.")
        return False
    except StoreFault as fault:
        pushes.note(store, known, state=pushes.QUEUED, message=f"{fault.message} Tệp vẫn chờ.")
        return False
    except BrokenIdentity as error:
        pushes.finish(store, path, known, pushes.FAILED, message=f"{error} Số liệu đang dùng giữ nguyên.")
        return True
    except Exception:
        LOG.exception("pushed file %s", known["id"])
        return _died(store, path, known, "Có lỗi của chương trình; báo người quản trị xem nhật ký máy chủ.")
    pushes.finish(store, path, known, pushes.PUBLISHED, message="", **pushes.finished(done))
    return True


def sender_of(token: tokens.Token) -> Sender:
    """What a token may load."""
    frozen = {
        name: None if getattr(token, name) is None else frozenset(getattr(token, name)) for name in ("tables", "units")
    }
    return Sender(**frozen, kind="token")


def published_in(store: Path, upload_id: str) -> str | None:
    """The oldest snapshot that is still there and has an upload."""
    for snapshot_id in reversed(snapshot_ids(store)):
        try:
            manifest = read_manifest(store, snapshot_id)
        except (OSError, ValueError):
            continue
        if any(upload["id"] == upload_id for upload in manifest["uploads"]):
            return snapshot_id
    return None


def _stands(token: tokens.Token, table: str) -> bool:
    """Whether what a token has sent is published: also after its time is over, not after somebody has ended it."""
    try:
        backed = token.is_backed(settings.load())
    except (BadSettings, OSError):
        return False
    return backed and not token.is_ended and token.may_upload(table)


def _refused(store: Path, path: Path, known: dict, rejected: Rejected) -> bool:
    rules = {problem.rule for problem in rejected.problems}
    if rules == {"worker_died"}:
        return _died(store, path, known, "Việc nạp dừng giữa chừng, có thể vì máy chủ thiếu bộ nhớ: chia nhỏ tệp.")
    if rules == {pushes.OTHER_VERSION}:
        pushes.finish(store, path, known, pushes.FAILED, message=_OTHER_VERSION)
        return True
    if rules == {"known_file"}:
        uploads = archive.newest_manifest(store)["uploads"]
        if upload := pushes.known_upload(uploads, known["sha256"], known["table"]):
            facts = pushes.finished(Outcome(published_in(store, upload["id"]), (upload,)))
            pushes.finish(store, path, known, pushes.PUBLISHED, message="", **facts)
            return True
    pushes.finish(store, path, known, pushes.REFUSED, message="", **pushes.refused(rejected))
    return True


def _died(store: Path, path: Path, known: dict, says: str) -> bool:
    """Try a file again whose process has died, some times."""
    tries = known.get("tries", 0) + 1
    if tries >= _TRIES:
        pushes.finish(store, path, known, pushes.FAILED, message=says)
        return True
    pushes.note(store, known, state=pushes.QUEUED, tries=tries)
    return False
