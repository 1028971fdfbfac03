"""A watched folder on disk: what lies in it, what has settled, reading a file that nobody changes, moving it aside.

Nothing is overwritten, no link is followed, and what is left after a kill is either as before a step or as after it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import unicodedata
import zipfile
import zlib
from contextlib import suppress
from io import BytesIO
from itertools import count
from pathlib import Path

from watchdog.utils.dirsnapshot import DirectorySnapshot

from ingest import Problem, durable
from ingest.problem_list import in_short, write_problems
from ingest.reading import limits
from ingest.reading.look import name_shown
from ingest.watch.settings import FILE
from words.escape import line

ACCEPTED, REFUSED = "da-nap", "tra-lai"
LISTS = (".loi.csv", ".loi.txt")
# Names under which browsers, Office, Explorer and copying programs keep what is not finished, or what is no data.
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".opdownload", ".lock")
_NEVER = ("thumbs.db", "desktop.ini", FILE)
_LONGEST = 255 - max(map(len, LISTS))  # bytes of a name that lists are named after
_CODE = 12  # digits of a file's checksum in its list
_BLOCK = 1 << 20
_ZIP, _GZIP, _OLE = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"


class Changed(Exception):
    """The file changed while it was read; it is read when it has settled again."""


class Stranger(Exception):
    """Something else than a folder has the name of a folder that is needed; the message says what to do."""


def lying(folder: Path) -> dict[str, os.stat_result]:
    """The regular files that lie in a folder and may be data, by name. Raises OSError if the folder cannot be listed."""
    snapshot = DirectorySnapshot(os.fspath(folder), recursive=False, stat=os.lstat)
    told = {Path(path).name: snapshot.stat_info(path) for path in snapshot.paths - {os.fspath(folder)}}
    return {name: about for name, about in sorted(told.items()) if stat.S_ISREG(about.st_mode) and _may_be_data(name)}


def links(folder: Path) -> list[str]:
    """The names of links in a folder; none is followed."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_symlink())


def _may_be_data(name: str) -> bool:
    low = name.lower()
    return not (low.startswith((".", "~")) or low.endswith(_UNFINISHED) or low in _NEVER)


class Settling:
    """Since when each file of a folder has been as it is, by the clock of this machine: others may be wrong."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple, float]] = {}

    def seen(self, files: dict[str, os.stat_result], now: float) -> None:
        """Note what lies there now."""
        states = {name: state_of(about) for name, about in files.items()}
        self._known = {
            name: self._known[name] if self._known.get(name, (None,))[0] == state else (state, now)
            for name, state in states.items()
        }

    def still(self, name: str, now: float) -> float:
        """For how many seconds a file has not changed."""
        return now - self._known[name][1]


def state_of(about: os.stat_result) -> tuple[int, int]:
    """What changes with the content of a file. Not its number: some network drives give a new one each time."""
    return about.st_size, about.st_mtime_ns


def read(path: Path, about: os.stat_result) -> bytes:
    """The content of a file that is as it was seen, read twice with the same result.

    Raises Changed, or OSError. Explorer gives a file its size and time first and then fills it, so that these alone do
    not show that it is still copied.
    """
    handle = os.open(
        path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Changed
        data = file.read(limits.BYTES + 1)
        file.seek(0)
        again = hashlib.sha256()
        while block := file.read(_BLOCK):
            again.update(block)
        same = state_of(os.fstat(handle)) == state_of(about)
    if not same or again.digest() != hashlib.sha256(data).digest() or state_of(os.lstat(path)) != state_of(about):
        raise Changed
    return data


def is_cut(data: bytes) -> bool:
    """Whether a file looks as if its end had not arrived yet: an incomplete workbook or .gz, or zeros at the end."""
    if data.startswith(_ZIP):
        return not zipfile.is_zipfile(BytesIO(data))
    if data.startswith(_GZIP):
        return not _ends_gzip(data)
    # A workbook of Excel 97 ends with zeros by itself, but not with so many.
    tail = min(len(data) // 4, 1 << 16) if data.startswith(_OLE) else 16
    return len(data) > tail and not any(data[-tail:])


def _ends_gzip(data: bytes) -> bool:
    """Whether packed data has its end; only as much is unpacked as may be read."""
    unpacking, left, unpacked = zlib.decompressobj(wbits=31), data, 0
    with suppress(zlib.error):
        while left and not unpacking.eof and unpacked <= limits.BYTES:
            unpacked += len(unpacking.decompress(left, _BLOCK))
            left = unpacking.unconsumed_tail
        return unpacking.eof or unpacked > limits.BYTES
    return True  # broken, not cut


def shown(name: str) -> str:
    """A file's name for messages and the log: without what is about a person, on one line, and valid text."""
    text = unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "replace"))
    return name_shown(" ".join(line(text).split()))[:200] or "tệp"


def aside(folder: Path, name: str) -> Path:
    """A folder for files that were read, made if it is not there. Raises Stranger, OSError."""
    path = folder / name
    with suppress(FileExistsError):
        path.mkdir()
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        raise Stranger(f"“{name}” không phải thư mục: đổi tên hoặc bỏ nó đi để chương trình tạo thư mục.")
    return path


def put_aside(path: Path, about: os.stat_result, target: Path) -> None:
    """Move a file that was read to a name that is free; a file that changed meanwhile stays. Raises Changed, OSError."""
    if state_of(os.lstat(path)) != state_of(about):
        raise Changed
    path.rename(target)
    if state_of(os.lstat(target)) != state_of(about):
        # It was written to, or replaced, at the very moment: it is a file that nobody has read.
        target.rename(free_name(path.parent, path.name, ""))
        raise Changed
    _sync(target.parent)
    _sync(path.parent)


def free_name(folder: Path, name: str, code: str) -> Path:
    """A name that no file in the folder has, nor a list of another file with the checksum `code`."""
    taken = {entry.name.lower() for entry in folder.iterdir()}
    for number in count(1):
        path = folder / _numbered(name, number)
        low = path.name.lower()
        if low in taken:
            continue
        # The text is written last: a table alone is what a kill has left.
        if low + LISTS[1] not in taken or is_list_of(path, code):
            return path
    raise AssertionError


def _numbered(name: str, number: int) -> str:
    """A name with a number before its ending, cut to the bytes that a name may have."""
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    tail = os.fsencode(dot + ending)
    if len(tail) > _LONGEST // 2:
        stem, tail = name, b""
    tail = (b"" if number == 1 else f" ({number})".encode()) + tail
    head = os.fsencode(stem)[: max(1, _LONGEST - len(tail))]
    with suppress(UnicodeDecodeError):
        os.fsencode(stem).decode()  # a letter is not cut in two
        head = head.decode("utf-8", "ignore").encode()
    return os.fsdecode(head + tail)


def write_lists(target: Path, said: str, problems: list[Problem], total: int, code: str) -> None:
    """Write beside a name why the file, or some rows of it, were refused. Raises OSError."""
    csv_file, text_file = (target.with_name(target.name + ending) for ending in LISTS)
    building = durable.unnamed(target.parent, LISTS[0])
    write_problems(building, problems)
    _settle(building, csv_file)
    whole = f"Danh sách đầy đủ, mở bằng Excel: {line(csv_file.name)}"
    text = "\r\n".join([said, "", *in_short(problems, total).split("\n"), "", whole, _code_said(code), ""])
    building = durable.unnamed(target.parent, LISTS[1])
    building.write_bytes(text.encode("utf-8-sig", "replace"))
    _settle(building, text_file)


def is_list_of(path: Path, code: str) -> bool:
    """Whether the lists beside a name are of the file with this checksum."""
    try:
        text = path.with_name(path.name + LISTS[1]).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return False
    return _code_said(code) in text


def _code_said(code: str) -> str:
    return f"Mã kiểm tra của tệp: {code[:_CODE]}"


def refused_files(folder: Path) -> list[os.stat_result]:
    """The files that lie in the folder of refused ones, without the lists beside them."""
    path = folder / REFUSED
    if not path.is_dir() or path.is_symlink():
        return []
    return [about for name, about in lying(path).items() if not name.lower().endswith(LISTS)]


def clean(folder: Path) -> None:
    """Remove what an interrupted writer of a list left."""
    for path in (folder / REFUSED).glob(f"{durable.UNNAMED}*"):
        with suppress(OSError):
            path.unlink()


def age_days(about: os.stat_result, now: float) -> float:
    """For how many days a file has lain where it is: the time of its move, not that of its last change."""
    return (now - max(about.st_ctime, about.st_mtime)) / 86_400


def is_gone(error: OSError) -> bool:
    """Whether an error says that the folder is not there, as when a network drive is not mounted."""
    return error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.EHOSTDOWN, errno.ENOTCONN, errno.ENODEV)


def _settle(building: Path, final: Path) -> None:
    durable.sync(building)
    building.replace(final)
    _sync(final.parent)


def _sync(folder: Path) -> None:
    """Flush a folder's entries, where the drive can."""
    with suppress(OSError):
        durable.sync_folder(folder)
