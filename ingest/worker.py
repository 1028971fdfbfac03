"""Runs the work on a file in a separate process, so that a million rows do not slow down the web server.

Each call starts `python -m ingest.worker`, sends the request by standard input (the file is never on disk) and reads
progress and answer from standard output. The process ends with the call. If the call is aborted, the process is killed
and the store stays unchanged.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ingest import Busy, Problem, Rejected, UnknownUpload, publish, pushes
from ingest.checked import Checked
from ingest.publish import Outcome
from ingest.pushes import Push
from ingest.reading.look import Look, Reading, Sent, look_at
from ingest.sender import Sender
from ingest.store.backup import write_backup
from ingest.store.build import BrokenIdentity, Progress, quiet
from ingest.store.fault import StoreFault, explained, in_words
from ingest.store.prebuilt import Prebuilt
from ingest.teach import Unknown
from queries.snapshot import ROOT

if TYPE_CHECKING:
    import pandas as pd

    from ingest.preview import Preview

# Seconds to wait for another writer; publishing a million rows takes a tenth of it.
PATIENCE = 600
# Seconds in which a failed upgrade is not repeated: each attempt uses the whole machine, and every opened page requests
# one.
_RESTED = 60
_upgrading = threading.Lock()
_failed: dict[Path, tuple[float, Exception]] = {}


def look(data: bytes, name: str, reading: Reading, store: Path) -> Look:
    """Like reading.look.look_at; the result contains no cells. Raises Rejected, StoreFault."""
    return _apart("look", (data, name, reading, store))


def nameless(data: bytes, name: str, reading: Reading, store: Path) -> Unknown | None:
    """Like preview.nameless, for the file with the same reading. Raises Rejected, StoreFault."""
    return _apart("nameless", (data, name, reading, store))


def preview(
    data: bytes, name: str, reading: Reading, store: Path, progress: Progress = quiet, keep: Path | None = None
) -> Preview:
    """Like preview.preview, for the file with the same reading. Raises Rejected, StoreFault."""
    return _apart("preview", (data, name, reading, store, keep), progress)


def take(
    data: bytes,
    name: str,
    reading: Reading,
    store: Path,
    who: str,
    valid_only: bool = False,
    progress: Progress = quiet,
    prebuilt: Prebuilt | None = None,
    checked: Checked | None = None,
    sender: Sender | None = None,
) -> Outcome:
    """Like publish.publish for one file and one user or sender; waits for another writer.

    Raises Rejected, Busy, BrokenIdentity, StoreFault.
    """
    return _apart("take", (data, name, reading, store, who, valid_only, prebuilt, checked, sender), progress)


def hold(push: Push, data: bytes, reading: Reading, store: Path, sender: Sender) -> Path:
    """Like pushes.hold: read and check the bytes of a pushed file and write what is kept of them to a file that has no
    name yet. Raises Rejected, StoreFault.
    """
    return _apart("hold", (data, push.name, push, reading, store, sender))


def take_held(path: Path, name: str, store: Path, who: str, sender: Sender) -> Outcome:
    """Like publish.publish for a file that `hold` has kept; waits for another writer.

    Raises Rejected, Busy, BrokenIdentity, StoreFault.
    """
    return _apart("take_held", (path, name, store, who, sender))


def teach(files: list[tuple[str, str, bytes]], store: Path, who: str, progress: Progress = quiet) -> Outcome:
    """Publish what somebody taught: (name, table, bytes) of each file, all or none.

    Raises Rejected, Busy, BrokenIdentity, StoreFault.
    """
    return _apart("teach", (files, files[0][0], store, who), progress)


def set_state(upload_id: str, state: str, store: Path, who: str, progress: Progress = quiet) -> Outcome:
    """Withdraw or restore an upload, waiting for another writer.

    Raises UnknownUpload, Busy, BrokenIdentity, StoreFault.
    """
    return _apart("set_state", (upload_id, state, store, who), progress)


def upgrade(store: Path) -> Outcome | None:
    """Like publish.upgrade; waits for another writer. Raises StoreFault, Busy, BrokenIdentity.

    Raises Busy at once if another thread of this process is upgrading; a recent failure is raised again without a new
    attempt.
    """
    if not _upgrading.acquire(blocking=False):
        raise Busy
    try:
        failed_at, error = _failed.get(store, (-_RESTED, None))
        if error is not None and time.monotonic() - failed_at < _RESTED:
            raise error.with_traceback(None)
        _failed.pop(store, None)
        try:
            return _apart("upgrade", (store,))
        except Busy:
            raise
        except Exception as failure:
            _failed[store] = time.monotonic(), failure
            raise
    finally:
        _upgrading.release()


def effect_of_state(upload_id: str, state: str, store: Path, progress: Progress = quiet) -> pd.DataFrame:
    """Like preview.of_state. Raises StoreFault."""
    return _apart("effect_of_state", (upload_id, state, store), progress)


def back_up(out: BinaryIO, store: Path) -> dict:
    """Like backup.backup, to an open file, which is valid only when complete. Raises StoreFault."""
    with in_words():
        return _apart("back_up", (store,), take_part=out.write)


def _apart(
    action: str, arguments: tuple, progress: Progress = quiet, take_part: Callable[[bytes], object] | None = None
) -> Any:
    """Run one action in a new process; raises its errors here, or an error if the process ends without an answer.

    `take_part` receives the parts of a file that the process sends.
    """
    with _begun() as process:
        try:
            with contextlib.suppress(BrokenPipeError), process.stdin:
                pickle.dump((action, arguments), process.stdin)
            while True:
                kind, said = pickle.load(process.stdout)
                if kind == "progress":
                    progress(*said)
                elif kind == "part":
                    take_part(said)
                elif kind == "done":
                    return said
                elif kind == "raised":
                    raise said
                else:
                    raise RuntimeError(said)
        except (EOFError, pickle.UnpicklingError) as error:
            raise _died(action, arguments) from error
        finally:
            # If the user leaves the page, the work is aborted; before the swap nothing has changed.
            process.kill()


def _begun() -> subprocess.Popen:
    """Start the process. Raises StoreFault if the machine cannot start another one."""
    command = [sys.executable, "-m", "ingest.worker"]
    try:
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    except OSError as error:
        raise explained(error) or StoreFault("worker_not_begun", detail=error.strerror or str(error)) from error


def _died(action: str, arguments: tuple) -> Rejected | StoreFault:
    """The error for a process that was killed, usually for lack of memory: about the file, or about the store."""
    if action == "back_up":
        return StoreFault("backup_stopped")
    if action not in _BY_HAND:
        hint = "Máy chủ có thể thiếu bộ nhớ: chia tệp thành các tệp nhỏ hơn rồi nạp lại."
        return Rejected([Problem(arguments[1], 0, "", "", "Việc đọc tệp dừng giữa chừng.", hint, "worker_died")])
    return StoreFault("worker_died", command=_BY_HAND[action](arguments))


def _change_by_hand(arguments: tuple) -> str:
    upload_id, state = arguments[:2]
    return f"{'withdraw' if state == 'withdrawn' else 'restore'} {upload_id}"


# Actions without a file, and the equivalent command on the server.
_BY_HAND: dict[str, Callable[[tuple], str]] = {
    "set_state": _change_by_hand,
    "effect_of_state": _change_by_hand,
    "upgrade": lambda arguments: "upgrade",
}


def _look(data: bytes, name: str, reading: Reading, store: Path, progress: Progress) -> Look:
    return look_at(data, name, reading, store).without_cells()


def _nameless(data: bytes, name: str, reading: Reading, store: Path, progress: Progress) -> Unknown | None:
    # Imported here, because it needs pandas: the other actions begin in half the time without it.
    from ingest import preview

    progress("Đọc tệp", 0.0)
    return preview.nameless(look_at(data, name, reading, store), store)


def _preview(data: bytes, name: str, reading: Reading, store: Path, keep: Path | None, progress: Progress) -> Preview:
    from ingest import preview

    progress("Đọc tệp", 0.0)
    return preview.preview(Sent(data, name, reading), store, progress, keep).without_cells()


def _take(
    data: bytes,
    name: str,
    reading: Reading,
    store: Path,
    who: str,
    valid_only: bool,
    prebuilt: Prebuilt | None,
    checked: Checked | None,
    sender: Sender | None,
    progress: Progress,
) -> Outcome:
    file, kept = Sent(data, name, reading), {"prebuilt": prebuilt, "checked": checked, "sender": sender}
    return publish.publish([file], store, who, progress, valid_only=valid_only, patience=PATIENCE, **kept)


def _hold(
    data: bytes, name: str, push: Push, reading: Reading, store: Path, sender: Sender, progress: Progress
) -> Path:
    return pushes.hold(push, data, reading, store, sender)


def _take_held(path: Path, name: str, store: Path, who: str, sender: Sender, progress: Progress) -> Outcome:
    return pushes.take(path, store, who, sender, PATIENCE)


def _teach(files: list[tuple[str, str, bytes]], name: str, store: Path, who: str, progress: Progress) -> Outcome:
    progress("Đọc tệp", 0.0)
    looks = [look_at(data, name, Reading("utf-8", ",", "", 1, ".", table), store) for name, table, data in files]
    return publish.publish(looks, store, who, progress, patience=PATIENCE)


def _effect_of_state(upload_id: str, state: str, store: Path, progress: Progress) -> pd.DataFrame:
    from ingest import preview

    return preview.of_state(upload_id, state, store, progress)


def _set_state(upload_id: str, state: str, store: Path, who: str, progress: Progress) -> Outcome:
    act = publish.withdraw if state == "withdrawn" else publish.restore
    return act(upload_id, store, who, progress, patience=PATIENCE)


def _upgrade(store: Path, progress: Progress) -> Outcome | None:
    return publish.upgrade(store, progress, patience=PATIENCE)


class _HandedOver:
    """A file object that sends each written part to the caller at once."""

    def write(self, part: bytes) -> int:
        _say("part", bytes(part))
        return len(part)


def _back_up(store: Path, progress: Progress) -> dict:
    return write_backup(_HandedOver(), store, progress)


_ACTIONS: dict[str, Callable] = {
    "look": _look,
    "nameless": _nameless,
    "preview": _preview,
    "take": _take,
    "teach": _teach,
    "hold": _hold,
    "take_held": _take_held,
    "set_state": _set_state,
    "upgrade": _upgrade,
    "effect_of_state": _effect_of_state,
    "back_up": _back_up,
}


def _say(kind: str, said: Any) -> None:
    """Send a message to the parent process."""
    pickle.dump((kind, said), sys.__stdout__.buffer)
    sys.__stdout__.buffer.flush()


def main() -> None:
    """Read a request, run it, and write the answer."""
    # Output of a library must not mix with the answers.
    sys.stdout = sys.stderr
    action, arguments = pickle.load(sys.stdin.buffer)
    try:
        _say("done", _ACTIONS[action](*arguments, progress=lambda *stage: _say("progress", stage)))
    except (Rejected, Busy, UnknownUpload, BrokenIdentity, StoreFault) as error:
        _say("raised", error)
    except BrokenPipeError:
        # The process that asked was killed: nobody waits for the answer, also not for what is still to be flushed.
        os._exit(1)
    except Exception as error:
        fault = explained(error)
        # Log only the place of the error: the message may quote a cell.
        where = "".join(traceback.format_tb(error.__traceback__))
        _say("raised", fault) if fault else _say("failed", f"{type(error).__name__}\n{where}")


if __name__ == "__main__":
    main()
