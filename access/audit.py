"""The audit log: append-only file in the store; each line contains the hash of the previous line.

A line contains no data of citizens, only who, what, which file, upload or list, and how many rows.
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
# The events, with their Vietnamese descriptions.
EVENTS = {
    "publish": "Nạp số liệu",
    "settings": "Sửa thông số, mục tiêu, danh mục",
    "return_file": "Trả lại tệp của thư mục được theo dõi",
    "withdraw": "Rút lần nạp",
    "restore": "Khôi phục lần nạp",
    "rebuild": "Dựng lại từ kho lưu",
    "export_dossiers": "Tải danh sách hồ sơ",
    "export_officers": "Tải bảng có mã cán bộ",
    "export_upload": "Tải các dòng của một lần nạp",
    "issue_letters": "Cấp phiếu xin lỗi",
    "void_letter": "Hủy phiếu xin lỗi",
    "export_letters": "Tải phiếu xin lỗi, văn bản đôn đốc",
    "export_rejects": "Tải danh sách lỗi, dòng bị trả lại",
    "export_audit": "Tải nhật ký",
    "backup": "Sao lưu",
    "restore_backup": "Khôi phục cả kho từ bản sao lưu",
    "upgrade": "Dựng lại kho của phiên bản cũ",
    "sign_in": "Đăng nhập",
    "sign_in_failed": "Đăng nhập không thành công",
    "sign_out": "Đăng xuất",
    "commit": "Giao việc, báo kết quả, kết thúc, rút việc",
    "choose_mail": "Chọn thư thông báo",
    "send_mail": "Gửi thư thông báo",
    "drop_mail": "Bỏ lựa chọn thư thông báo",
    "add_user": "Thêm hoặc sửa người dùng",
    "remove_user": "Bỏ người dùng",
    "make_token": "Tạo mã truy cập",
    "end_token": "Kết thúc mã truy cập",
    "token_refused": "Mã truy cập bị từ chối",
    "push": "Chương trình gửi tệp",
}
# The facts of an event, with their Vietnamese descriptions.
_FACTS = {
    "file": "tệp", "table": "bảng", "rows": "số dòng", "upload": "lần nạp", "snapshot": "bản số liệu", "list": "danh sách",
    "unit": "đơn vị", "period": "kỳ", "engine": "công cụ", "task": "việc", "step": "bước", "user": "người dùng", "role": "vai trò", "address": "từ địa chỉ",
    "to": "đến", "outcome": "kết quả", "token": "mã truy cập",
}  # fmt: skip
_FIRST = "0" * 64


def record(store: Path, event: str, who: str, **facts: str | int) -> bool:
    """Append one line; returns False, and logs an error, if it cannot be written.

    Raises KeyError for an unknown event or fact.
    """
    if unknown := {event} - EVENTS.keys() | facts.keys() - _FACTS.keys():
        raise KeyError(*unknown)
    said = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "event": event, "who": who, **facts}
    try:
        store.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(store / f"{FILE}.lock", timeout=10):
            last, whole = _end(store / FILE)
            said["previous"] = _digest(last)
            line = json.dumps(said, ensure_ascii=False, sort_keys=True).encode() + b"\n"
            line = line if whole else b"\n" + line  # start a new line after a line that a crash cut off
            handle = os.open(store / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
            try:
                os.write(handle, line)
                os.fsync(handle)
            finally:
                os.close(handle)
        # The program's log also stores the hash: it shows lines that were deleted from the end of the audit log. In the
        # message as well, because only the server's log writes fields.
        told = _digest(line.strip())
        LOG.info("audit %s %s", event, told, extra={"event": event, "hash": told})
        return True
    except (OSError, filelock.Timeout) as error:
        LOG.error("Không ghi được nhật ký: %s (%s, %s)", getattr(error, "strerror", "") or error, event, who)
        return False


def events(store: Path) -> list[dict]:
    """All events, oldest first, with at, event and who; invalid lines are omitted."""
    return [said for line in _lines(store / FILE) if (said := _event(line)) is not None]


def _event(line: bytes) -> dict | None:
    """Parse a line; None for a line that `record` cannot have written.

    Such a line is cut off, not an object, lacks a key, has a value of the wrong type or contains a lone surrogate.
    """
    try:
        said = json.loads(line)
        json.dumps(said, ensure_ascii=False).encode()
        known = isinstance(said["event"], str) and isinstance(said["who"], str)
        # Years outside this range fail when converted to another time zone.
        shown = 1 < datetime.fromisoformat(said["at"]).year < 9999
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return said if known and shown and all(type(fact) in (str, int) for fact in said.values()) else None


def details(said: dict) -> str:
    """The facts of an event, in words."""
    return ", ".join(f"{words} {said[name]}" for name, words in _FACTS.items() if name in said)


def broken_lines(store: Path) -> list[int]:
    """The numbers of lines that were changed, cut off, or follow a removed line; empty if the log is intact."""
    found, before = [], _FIRST
    for number, line in enumerate(_lines(store / FILE), 1):
        said = _event(line)
        if said is None or said.get("previous") != before:
            found.append(number)
        before = _digest(line)
    return found


def console_user() -> str:
    """The user at the console, also behind sudo."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except FileNotFoundError:
        return []


def _end(path: Path) -> tuple[bytes, bool]:
    """The last line of the log, read from the end, and whether it is complete."""
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
