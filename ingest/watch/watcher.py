"""Looks at the watched folders again and again, and reads each file that has settled.

A file is published first and moved aside afterwards. What a kill leaves between the two is a file that the store knows by
its checksum: it is moved aside when the folder is looked at again, and never read twice.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import filelock

from access import audit
from ingest import Busy, Problem, Rejected, worker
from ingest.publish import Outcome
from ingest.reading import limits
from ingest.reading.look import too_large
from ingest.store import archive, sources
from ingest.store.build import BrokenIdentity, know
from ingest.store.counting import counting
from ingest.store.fault import StoreFault, explained
from ingest.store.sources import Source
from ingest.template import TITLES
from ingest.watch import folder as disk
from ingest.watch.settings import FILE, BadSettings, Settings, parse
from words.vietnamese import number, quantity

LOG = logging.getLogger("dashboard.watch")
EVERY = 5.0  # seconds between two looks
# A file whose end seems to be missing is given so many times the usual rest before it is refused.
_CUT_RESTS = 30
_FIRST_WAIT, _LONGEST_WAIT = 15.0, 1800.0  # seconds before a file is tried again after a fault
_TRIES = 3  # a reader that dies so often is no accident
_HEARTBEAT = timedelta(minutes=5)
_MOST_SETTINGS = 65_536  # bytes
_NO_SETTINGS = f"Chưa có {FILE}: không đọc tệp nào. Chép mẫu deploy/cai-dat.example.toml vào thư mục rồi sửa."


@dataclass(frozen=True)
class _Refusal:
    """Why a file is refused, and its checksum; none for one that is too large to be read."""

    code: str
    rejected: Rejected


class _Later(Exception):
    """Nothing is wrong with the file; it is tried again. The message says what is wrong."""


@dataclass
class _Box:
    """One source: its folder, what is known of it, and what is to be tried again: name → state, when, wait, tries."""

    folder: Path
    settings: Settings | None = None
    settings_of: bytes | None = None
    settling: disk.Settling = field(default_factory=disk.Settling)
    lock: filelock.FileLock | None = None
    again: dict[str, tuple[tuple, float, float, int]] = field(default_factory=dict)
    waiting: int = 0
    told: Source | None = None
    cleaned_on: str = ""
    bug: tuple[str, str] = ("", "")


@dataclass
class Watcher:
    """The folders that are watched and the store that their files go to; `settle` is used instead of each folder's own."""

    roots: list[Path]
    store: Path
    settle: float | None = None
    once: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    accepted: int = 0
    refused: int = 0
    troubled: bool = False
    locked_out: bool = False
    _boxes: dict[Path, _Box] = field(default_factory=dict)
    _said: dict[str, str] = field(default_factory=dict)

    def run(self, every: float = EVERY) -> None:
        """Look until told to stop; with `once` until what lies there now is read or known to be unfinished."""
        first = None
        while not self.stop.is_set():
            begun, before = time.monotonic(), (self.accepted, self.refused)
            self.look()
            first = time.monotonic() if first is None else first
            rest = max([self._rest(box) for box in self._boxes.values()], default=0.0)
            if self.once and before == (self.accepted, self.refused) and begun - first >= rest:
                return
            self.stop.wait(min(max(every, 0.05), 1.0) if self.once else every)

    def look(self) -> None:
        """Look at every folder once, and read what has settled."""
        self.troubled = self.locked_out = False
        for root in self.roots:
            for path in self._sources(root):
                if self.stop.is_set():
                    return
                self._visit(self._boxes.setdefault(path, _Box(path)))
        self.troubled |= any(box.again for box in self._boxes.values())

    def _sources(self, root: Path) -> list[Path]:
        """The folders with settings: the root and its subfolders. A root that is gone keeps those it had."""
        had = [path for path in self._boxes if path == root or path.parent == root]
        try:
            with os.scandir(root) as entries:
                inside = sorted(
                    Path(entry.path)
                    for entry in entries
                    if entry.is_dir(follow_symlinks=False)
                    and not entry.name.startswith(".")
                    and entry.name not in (disk.ACCEPTED, disk.REFUSED)
                )
        except OSError:  # told of each of them
            return had or [root]
        found = [path for path in (root, *inside) if os.path.lexists(path / FILE)]
        for path in set(inside) - set(found):
            self._note(f"unset {path}", f"{_place(path)}: {_NO_SETTINGS}")
        for path in set(had) - set(found) - {root}:
            self._forget(path)
        if root in had and root not in found and found:
            self._forget(root)
        return found or [root]

    def _forget(self, path: Path) -> None:
        """A folder without settings any more is no source."""
        box = self._boxes.pop(path)
        if box.lock:
            box.lock.release()
        with suppress(OSError):
            sources.forget(self.store, path)
        LOG.info("%s: thôi theo dõi, không còn %s.", _place(path), FILE)

    def _visit(self, box: _Box) -> None:
        """Look at one folder; whatever is wrong with it is told once, and the others go on."""
        key, trouble = f"folder {box.folder}", ""
        try:
            if not self._locks(box):
                return
            self._read_settings(box)
            self._work(box)
        except (BadSettings, disk.Stranger) as error:
            trouble = str(error)
        except OSError as error:
            trouble = _why_not_seen(error)
        except StoreFault as fault:
            trouble = fault.message
        except Exception as error:
            trouble = self._bug(box, error)
        self._trouble(key, f"{_place(box.folder)}: {trouble}") if trouble else self._over(key)
        self._tell(box, trouble)

    def _bug(self, box: _Box, error: Exception) -> str:
        """Log an error of the program under a random code, once; returns what is told."""
        kind = f"{type(error).__name__} {error.__traceback__.tb_lineno if error.__traceback__ else 0}"
        if box.bug[0] != kind:
            box.bug = (kind, secrets.token_hex(4))
            LOG.error("watch of a folder failed, error %s", box.bug[1], exc_info=error)
        return f"Chương trình gặp lỗi (mã {box.bug[1]}); gửi mã này cho người quản trị."

    def _locks(self, box: _Box) -> bool:
        """Whether this process is the one that watches the folder for this store. Raises OSError."""
        if box.lock is None:
            place = sources.folder_of(self.store)
            place.mkdir(parents=True, exist_ok=True)
            box.lock = filelock.FileLock(place / f"{sources.key_of(box.folder)}.lock")
        key = f"lock {box.folder}"
        try:
            if not box.lock.is_locked:
                box.lock.acquire(timeout=0)
                disk.clean(box.folder)
        except filelock.Timeout:
            self.locked_out = True
            self._note(key, f"{_place(box.folder)}: một tiến trình khác đang theo dõi thư mục này; bỏ qua.")
            return False
        self._said.pop(key, None)
        return True

    def _read_settings(self, box: _Box) -> None:
        """The settings as they are now. Raises BadSettings, OSError, StoreFault."""
        try:
            handle = os.open(box.folder / FILE, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except FileNotFoundError:
            os.lstat(box.folder)
            box.settings = box.settings_of = None
            raise BadSettings(_NO_SETTINGS) from None
        with os.fdopen(handle, "rb") as file:
            content = file.read(_MOST_SETTINGS)
        if content == box.settings_of and box.settings is not None:
            return
        box.settings_of, box.settings = content, None
        settings = parse(content, self._units)
        if settings.name in {one.name for one in sources.known(self.store, box.folder) if not one.trouble}:
            raise BadSettings(f"{FILE}: tên “{settings.name}” đã là của một thư mục khác; đặt tên khác.")
        box.settings = settings
        LOG.info("%s: theo dõi, nơi gửi “%s”.", _place(box.folder), settings.name)

    def _units(self) -> set[str]:
        """The codes of all units. Raises StoreFault."""
        with duckdb.connect() as connection:
            know(connection, self.store, counting(archive.newest_manifest(self.store)["uploads"]), {"unit"})
            return {code for (code,) in connection.execute("SELECT DISTINCT unit_code FROM unit").fetchall()}

    def _rest(self, box: _Box) -> float:
        """For how many seconds a file of this folder must not have changed."""
        return self.settle if self.settle is not None else float(box.settings.settle_seconds if box.settings else 0)

    def _work(self, box: _Box) -> None:
        """Read every file of a folder that has settled. Raises OSError, Stranger, and faults of the store."""
        files, now = disk.lying(box.folder), time.monotonic()
        box.settling.seen(files, now)
        box.again = {
            name: kept for name, kept in box.again.items() if name in files and kept[0] == disk.state_of(files[name])
        }
        linked = disk.links(box.folder)
        self._forget_notes(box, {*files, *linked})
        for name in linked:
            self._note(f"link {box.folder / name}", f"{_place(box.folder)}: không đọc liên kết “{disk.shown(name)}”.")
        box.waiting = len(files)
        ready = {name: about for name, about in files.items() if self._is_ready(box, name, about)}
        # A file may need another one that lies beside it, as steps need their dossiers: it is refused only when no other
        # file of this look has been accepted since.
        while ready:
            accepted, put_off = self.accepted, {}
            for name, about in ready.items():
                if self.stop.is_set():
                    return
                with self._tried_again(box, name, about):
                    refusal = self._take(box, name, about)
                    if refusal:
                        put_off[name] = refusal
            if self.accepted > accepted:
                ready = {name: files[name] for name in put_off}
                continue
            for name, refusal in put_off.items():
                with self._tried_again(box, name, files[name]):
                    self._refuse(box, box.folder / name, files[name], refusal)
            break
        self._delete_old(box)

    def _is_ready(self, box: _Box, name: str, about: os.stat_result) -> bool:
        """Whether a file has settled, is not empty, and is not to be left alone for a while after a fault."""
        now = time.monotonic()
        if box.settling.still(name, now) < self._rest(box) or now < box.again.get(name, ((), 0.0))[1]:
            return False
        if not about.st_size:
            text = f"{_place(box.folder)}: tệp “{disk.shown(name)}” đang trống (0 byte): chờ."
            self._note(f"empty {box.folder / name}", text)
        return bool(about.st_size)

    def _forget_notes(self, box: _Box, names: set[str]) -> None:
        """What was told of files that are not there any more."""
        start = {kind: f"{kind} {box.folder}{os.sep}" for kind in ("file", "empty", "cut", "link")}
        for key in list(self._said):
            kind = key.partition(" ")[0]
            if kind in start and key.startswith(start[kind]) and key.removeprefix(start[kind]) not in names:
                del self._said[key]

    @contextmanager
    def _tried_again(self, box: _Box, name: str, about: os.stat_result) -> Iterator[None]:
        """What goes wrong with one file is told once, and the file is tried again, ever more rarely."""
        key = f"file {box.folder / name}"
        try:
            yield
        except disk.Changed:
            return
        except (_Later, OSError, StoreFault) as error:
            if isinstance(error, OSError) and disk.is_gone(error) and not box.folder.is_dir():
                raise
            said = _why_not_read(error) if isinstance(error, OSError) else str(error)
            _, _, wait, tries = box.again.get(name, ((), 0.0, _FIRST_WAIT / 2, 0))
            wait = min(wait * 2, _LONGEST_WAIT)
            box.again[name] = (disk.state_of(about), time.monotonic() + wait, wait, tries + 1)
            self._trouble(key, f"{_place(box.folder)}: tệp “{disk.shown(name)}” chưa đọc được: {said}")
            return
        self._over(key)

    def _take(self, box: _Box, name: str, about: os.stat_result) -> _Refusal | None:
        """Publish one file and move it aside, or leave it to wait; returns why it is refused, if it is.

        Raises Changed, _Later, OSError, StoreFault.
        """
        path, called = box.folder / name, disk.shown(name)
        if about.st_size > limits.BYTES:
            return _Refusal("", too_large(called))
        data = disk.read(path, about)
        if disk.is_cut(data) and self._stood(box, name, about) < _CUT_RESTS * self._rest(box):
            self._note(f"cut {path}", f"{_place(box.folder)}: tệp “{called}” chưa trọn: chờ chép xong.")
            return None
        code = hashlib.sha256(data).hexdigest()
        if self._put_known(box, path, about, code):
            return None
        try:
            outcome = self._publish(box, data, called)
        except Rejected as rejected:
            is_known = {one.rule for one in rejected.problems} == {"known_file"}
            if is_known and self._put_known(box, path, about, code):  # another process was faster
                return None
            self._require_no_accident(box, name, rejected)
            return _Refusal(code, rejected)
        [upload] = outcome.uploads
        if outcome.rejected:
            self._tell_left_out(box, name, code, upload, list(outcome.rejected))
        table = TITLES.get(upload["table"], upload["table"])
        self._accept(box, path, about, code, f"nhận {_rows(upload)} vào bảng {table}, mã {upload['id']}")
        return None

    def _stood(self, box: _Box, name: str, about: os.stat_result) -> float:
        """For how many seconds a file has not changed; a look that ends cannot wait, and asks the drive's clock."""
        seen = box.settling.still(name, time.monotonic())
        return max(seen, time.time() - about.st_ctime) if self.once else seen

    def _known(self, code: str) -> dict | None:
        """The upload of a file with these bytes, if there is one. Raises StoreFault."""
        uploads = archive.newest_manifest(self.store)["uploads"]
        return next((upload for upload in uploads if upload["sha256"] == code), None)

    def _publish(self, box: _Box, data: bytes, called: str) -> Outcome:
        """Publish the bytes of a file. Raises Rejected, _Later, StoreFault."""
        settings = box.settings
        reading = settings.reading
        try:
            if settings.whole:
                mapping = worker.look(data, called, reading, self.store).mapping
                free = {name for name in mapping.sayable if name not in mapping.constants or name in mapping.defaults}
                given = {name: f"={text}" for name, text in settings.whole.items() if name in free}
                reading = replace(reading, columns=reading.columns | given)
            return worker.take(data, called, reading, self.store, settings.name, settings.valid_only, sender=settings.sender)  # fmt: skip
        except Busy:
            raise _Later("một lần nạp khác đang chạy.") from None
        except BrokenIdentity as broken:
            raise _Later(StoreFault("identity_broken", detail=str(broken).rstrip(".")).message) from broken
        except (RuntimeError, duckdb.Error) as error:
            code = secrets.token_hex(4)
            LOG.exception("reading of a watched file failed, error %s", code)
            reason = f"Chương trình gặp lỗi khi đọc tệp này (mã {code})."
            hint = "Gửi mã này cho người quản trị."
            raise Rejected([Problem(called, 0, "", "", reason, hint, "worker_died")]) from error

    def _require_no_accident(self, box: _Box, name: str, rejected: Rejected) -> None:
        """Raise _Later for a reader that died: by this program's end, for lack of memory, or of this very file at last."""
        if not any(problem.rule == "worker_died" for problem in rejected.problems):
            return
        tries = box.again.get(name, ((), 0.0, 0.0, 0))[3]
        if self.stop.is_set() or tries + 1 < _TRIES:
            raise _Later(rejected.problems[0].reason)

    def _put_known(self, box: _Box, path: Path, about: os.stat_result, code: str) -> bool:
        """Move aside a file that is in the store and not withdrawn; False for any other.

        Rows of it that were refused and not told, because of a kill, are told now.
        """
        upload = self._known(code)
        if upload is None or upload["state"] == "withdrawn":
            return False
        if upload.get("rejected") and upload["who"] == box.settings.name:
            back = disk.aside(box.folder, disk.REFUSED)
            if not any(disk.is_list_of(one, code) for one in _listed(back)):
                hint = "Lý do từng dòng đã mất vì máy dừng giữa chừng: xem lại các dòng này, hoặc gửi tệp đã sửa."
                lines = [line for line, *_ in archive.refused_keys(self.store, upload)]
                problems = [
                    Problem(upload["file"], line, "", "", "Dòng bị trả lại.", hint, "refused") for line in lines
                ]
                self._tell_left_out(box, path.name, code, upload, problems)
        self._accept(box, path, about, code, f"đã nạp từ trước, mã {upload['id']}")
        return True

    def _tell_left_out(self, box: _Box, name: str, code: str, upload: dict, problems: list[Problem]) -> None:
        """Write which rows of a published file were refused."""
        target = disk.free_name(disk.aside(box.folder, disk.REFUSED), name, code)
        told = f"Tệp “{upload['file']}” đã nạp {_rows(upload)}, trả lại {quantity(upload['rejected'], 'dòng')}. Sửa các dòng dưới đây rồi gửi lại."
        disk.write_lists(target, told, problems, len(problems), code)

    def _accept(self, box: _Box, path: Path, about: os.stat_result, code: str, said: str) -> None:
        """Move a file that is in the store to the accepted ones."""
        disk.put_aside(path, about, disk.free_name(disk.aside(box.folder, disk.ACCEPTED), path.name, code))
        self.accepted += 1
        self._settle_account(box, path.name)
        LOG.info("%s: tệp “%s”: %s.", _place(box.folder), disk.shown(path.name), said)

    def _refuse(self, box: _Box, path: Path, about: os.stat_result, refusal: _Refusal) -> None:
        """Move a file to the refused ones; its list of problems is there first. Raises Changed, OSError, Stranger."""
        code, rejected = refusal.code, refusal.rejected
        target = disk.free_name(disk.aside(box.folder, disk.REFUSED), path.name, code)
        called = disk.shown(path.name)
        told = (
            f"Tệp “{called}” không được nạp: {quantity(rejected.total, 'lỗi')}; số liệu đang dùng giữ nguyên.\r\n"
            "Sửa tệp rồi đặt lại vào thư mục ngoài cùng."
        )
        disk.write_lists(target, told, rejected.problems, rejected.total, code)
        disk.put_aside(path, about, target)
        self.refused += 1
        self._settle_account(box, path.name)
        audit.record(self.store, "return_file", box.settings.name, file=called)
        LOG.warning("%s: trả lại tệp “%s” (%s lỗi), xem %s.", _place(box.folder), called, number(rejected.total), disk.REFUSED)  # fmt: skip

    def _settle_account(self, box: _Box, name: str) -> None:
        """A file that lies in the folder no more waits no more."""
        box.waiting -= 1
        box.again.pop(name, None)

    def _delete_old(self, box: _Box) -> None:
        """Once a day, delete accepted files that have lain for longer than the settings keep them, if the store has them."""
        day = datetime.now(UTC).date().isoformat()
        if not box.settings.keep_days or box.cleaned_on == day:
            return
        place, now = disk.aside(box.folder, disk.ACCEPTED), time.time()
        for name, about in disk.lying(place).items():
            if disk.age_days(about, now) > box.settings.keep_days and about.st_size <= limits.BYTES:
                with suppress(OSError, disk.Changed):
                    if self._known(hashlib.sha256(disk.read(place / name, about)).hexdigest()):
                        (place / name).unlink()
                        LOG.info("%s: xóa tệp đã nạp “%s” quá hạn giữ.", _place(box.folder), disk.shown(name))
        box.cleaned_on = day

    def _tell(self, box: _Box, trouble: str) -> None:
        """Keep in the store what the pages say of this source."""
        now, key = datetime.now(UTC), f"state {box.folder}"
        settings, told = box.settings, box.told
        lying = []
        with suppress(OSError):
            lying = disk.refused_files(box.folder)
        newest = max((datetime.fromtimestamp(about.st_ctime, UTC) for about in lying), default=None)
        source = Source(
            settings.name if settings else (told.name if told else disk.shown(box.folder.name)),
            settings.every_days if settings else (told.every_days if told else None),
            trouble,
            len(lying),
            newest.isoformat(timespec="seconds") if newest else "",
            box.waiting,
            now.isoformat(timespec="seconds"),
        )
        is_same = told is not None and replace(told, seen_at=source.seen_at) == source
        if is_same and now - datetime.fromisoformat(told.seen_at) < _HEARTBEAT:
            return
        try:
            sources.tell(self.store, box.folder, source)
            box.told = source
            self._over(key)
        except OSError as error:
            self._trouble(key, f"Không ghi được kho số liệu: {_why_not_seen(error)}")

    def _trouble(self, key: str, text: str) -> None:
        """Tell what is wrong, once."""
        self.troubled = True
        if self._said.get(key) != text:
            self._said[key] = text
            LOG.error("%s", text)

    def _over(self, key: str) -> None:
        """Tell that what was wrong is over."""
        if text := self._said.pop(key, None):
            LOG.info("Đã hết: %s", text)

    def _note(self, key: str, text: str) -> None:
        """Tell something that is no fault, once."""
        if self._said.get(key) != text:
            self._said[key] = text
            LOG.warning("%s", text)


def _place(folder: Path) -> str:
    """A folder's name for the log."""
    return f"Thư mục {disk.shown(folder.name)}"


def _rows(upload: dict) -> str:
    return quantity(upload["accepted"], "dòng")


def _listed(folder: Path) -> list[Path]:
    """The names in a folder beside which lists lie, with or without their file."""
    ending = disk.LISTS[1]
    return [path.with_name(path.name.removesuffix(ending)) for path in folder.glob(f"*{ending}")]


def _why_not_seen(error: OSError) -> str:
    """Why a folder cannot be looked at or written to, and what to do."""
    if disk.is_gone(error):
        return "Không thấy thư mục: kiểm tra đường dẫn, hoặc ổ mạng đã gắn chưa. Chương trình tự thử lại."
    fault = explained(error)
    if fault and fault.kind == "denied":
        return "Chương trình không có quyền đọc, ghi ở đây: cấp quyền cho tài khoản chạy chương trình."
    return fault.message if fault else f"Không đọc, ghi được ({error.strerror or error})."


def _why_not_read(error: OSError) -> str:
    """Why a file cannot be read or moved, and what to do."""
    if isinstance(error, PermissionError):
        return "không có quyền đọc hoặc chuyển tệp, hoặc tệp đang mở ở máy khác."
    return _why_not_seen(error)


def watch(roots: list[Path], store: Path, every: float, settle: float | None, once: bool, on_stop: Callable) -> Watcher:
    """Watch folders until the process is told to end; `on_stop` is given the event that ends it between two files."""
    watcher = Watcher([root.absolute() for root in roots], store, settle, once)
    on_stop(watcher.stop)
    watcher.run(every)
    return watcher
