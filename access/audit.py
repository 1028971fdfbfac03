"""The log of who did what to the data: append-only, in the store, each line bound to the one before by its hash.

A line never holds data of citizens: who, what, which file, upload or list, and how many rows.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

import filelock

LOG = logging.getLogger("dashboard")
FILE = "audit.jsonl"
# What can be recorded, in words.
EVENTS = {
    "publish": "Nạp số liệu",
    "settings": "Sửa thông số, mục tiêu, danh mục",
    "withdraw": "Rút lần nạp",
    "restore": "Khôi phục lần nạp",
    "rebuild": "Dựng lại từ kho lưu",
    "export_dossiers": "Tải danh sách hồ sơ",
    "export_officers": "Tải bảng có mã cán bộ",
    "export_upload": "Tải các dòng của một lần nạp",
    "export_rejects": "Tải danh sách lỗi, dòng bị trả lại",
    "export_audit": "Tải nhật ký",
    "backup": "Sao lưu",
    "restore_backup": "Khôi phục cả kho từ bản sao lưu",
    "upgrade": "Dựng lại kho của phiên bản cũ",
    "sign_in": "Đăng nhập",
    "sign_in_failed": "Đăng nhập không thành công",
    "sign_out": "Đăng xuất",
    "add_user": "Thêm hoặc sửa người dùng",
    "remove_user": "Bỏ người dùng",
}
# What belongs to an event, in words.
_FACTS = {
    "file": "tệp", "table": "bảng", "rows": "số dòng", "upload": "lần nạp", "snapshot": "bản số liệu", "list": "danh sách",
    "unit": "đơn vị", "period": "kỳ", "engine": "công cụ", "user": "người dùng", "role": "vai trò", "address": "từ địa chỉ",
}  # fmt: skip
_FIRST = "0" * 64


def record(store: Path, event: str, who: str, **facts: str | int) -> bool:
    """Append one line; an unknown event or fact raises KeyError. False, and a line in the server's log, where it cannot be."""
    if unknown := {event} - EVENTS.keys() | facts.keys() - _FACTS.keys():
        raise KeyError(*unknown)
    said = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, "who": who, **facts}
    try:
        store.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(store / f"{FILE}.lock", timeout=10):
            last, whole = _end(store / FILE)
            said["previous"] = _digest(last)
            line = json.dumps(said, ensure_ascii=False, sort_keys=True).encode() + b"\n"
            line = line if whole else b"\n" + line  # a line cut off by a crash stays what it is
            handle = os.open(store / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
            try:
                os.write(handle, line)
                os.fsync(handle)
            finally:
                os.close(handle)
        # The server's own log keeps the hash: a log cut at its end is missed by its lines, not by that.
        LOG.info("audit", extra={"event": event, "hash": _digest(line.strip())})
        return True
    except (OSError, filelock.Timeout) as error:
        LOG.error("Không ghi được nhật ký: %s (%s, %s)", getattr(error, "strerror", "") or error, event, who)
        return False


def events(store: Path) -> list[dict]:
    """Every line, oldest first, with moment, event and who; one that says no such thing is left out."""
    return [said for line in _lines(store / FILE) if (said := _event(line)) is not None]


def _event(line: bytes) -> dict | None:
    """What a line says; None for one that `record` never wrote so: cut off, no object, something missing or of another
    kind, half a letter that cannot be shown."""
    try:
        said = json.loads(line)
        json.dumps(said, ensure_ascii=False).encode()
        known = isinstance(said["event"], str) and isinstance(said["who"], str)
        # Further off a moment has no place in another time zone.
        shown = 1 < datetime.fromisoformat(said["at"]).year < 9999
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return said if known and shown and all(type(fact) in (str, int) for fact in said.values()) else None


def details(said: dict) -> str:
    """What belongs to an event, in words."""
    return ", ".join(f"{words} {said[name]}" for name, words in _FACTS.items() if name in said)


def broken_lines(store: Path) -> list[int]:
    """The numbers of the lines that were changed or cut off, or follow one taken out; none where all is whole."""
    found, before = [], _FIRST
    for number, line in enumerate(_lines(store / FILE), 1):
        said = _event(line)
        if said is None or said.get("previous") != before:
            found.append(number)
        before = _digest(line)
    return found


def console_user() -> str:
    """Who sits at the console, also behind sudo."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except FileNotFoundError:
        return []


def _end(path: Path) -> tuple[bytes, bool]:
    """The last line of the log, read from its end, and whether it was written whole."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 65_536))
            end = file.read()
    except FileNotFoundError:
        return b"", True
    return (end.splitlines() or [b""])[-1], end.endswith(b"\n") or not end


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest() if line else _FIRST
