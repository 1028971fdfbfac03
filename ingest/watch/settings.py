"""The settings of one watched folder, cai-dat.toml: who sends, what may be loaded, how the files are read.

A folder without settings is not read: nobody has said what may come from it.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from ingest.coverage import OLDER
from ingest.reading.encoding import ENCODINGS
from ingest.reading.look import Reading
from ingest.reading.personal import without_people
from ingest.reading.text import SEPARATORS
from ingest.schema import UPLOADED, tables
from ingest.sender import Sender, unit_column
from ingest.template import TITLES

FILE = "cai-dat.toml"
ALL = "all"
_LONGEST_NAME = 80
_CODE = re.compile(r"[0-9A-Za-z@._-]{1,20}")
_KIND = {str: "chữ trong dấu nháy", bool: "true hoặc false", int: "số nguyên", dict: "một mục", list: "danh sách"}


class BadSettings(ValueError):
    """The settings of a folder are missing or wrong; the message says where and what to write, in Vietnamese."""


@dataclass(frozen=True)
class Settings:
    """What one folder may send, and how its files are read.

    whole: values for columns that a file lacks. every_days: how often a file is expected. settle_seconds: a file is read
    when it has not changed for so long. keep_days: accepted files are deleted after so many days; 0 keeps them.
    """

    name: str
    sender: Sender
    valid_only: bool = False
    every_days: int | None = None
    settle_seconds: int = 10
    keep_days: int = 0
    reading: Reading = field(default_factory=Reading)
    whole: dict[str, str] = field(default_factory=dict)


def parse(content: bytes, known_units: Callable[[], set[str]]) -> Settings:
    """The settings in the bytes of the file. Raises BadSettings.

    >>> parse(b'name = "Xa A"\\nunits = "all"\\ntables = ["dossier"]', set).name
    'Xa A'
    """
    try:
        said = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _bad("không đọc được chữ: lưu tệp với bảng mã UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _bad(f"không đúng dạng TOML ({error})") from None
    _only(said, "", _TOP)
    values = {key: _READ[key](said[key], key) for key in said}
    for key in ("name", "units", "tables"):
        if key not in values:
            raise _bad(f"thiếu {key}: {_TOP[key]}")
    units, names = values["units"], values["tables"]
    if units is not None and (strange := sorted(units - known_units())):
        raise _bad(f"units: không có đơn vị mã {', '.join(strange)}")
    if units is not None and (shared := sorted(name for name in names if unit_column(tables()[name]) is None)):
        raise _bad(f"tables: {', '.join(shared)} là của chung, chỉ nạp được khi units = “{ALL}”")
    reading, whole = values.get("reading", (Reading(), {}))
    return Settings(
        values["name"],
        Sender(names, units, "folder"),
        **{key: values[key] for key in ("valid_only", "every_days", "settle_seconds", "keep_days") if key in values},
        reading=reading,
        whole=whole,
    )


def _bad(reason: str) -> BadSettings:
    return BadSettings(f"{FILE}: {reason}.")


def _only(said: dict, where: str, known: dict[str, str]) -> None:
    """Raise BadSettings for a key that nothing reads: a misspelt limit would be no limit."""
    if unknown := sorted(set(said) - set(known)):
        raise _bad(f"{where}có mục không dùng: {', '.join(unknown)}; các mục: {', '.join(known)}")


def _typed(kind: type, said: object, key: str) -> object:
    if type(said) is not kind:
        raise _bad(f"{key} phải là {_KIND[kind]}")
    return said


def _name(said: object, key: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", _typed(str, said, key)).split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise _bad(f"{key} phải có từ 1 đến {_LONGEST_NAME} ký tự")
    if without_people(name) != name:
        raise _bad(f"{key} là tên cơ quan, không phải tên người, số điện thoại hay địa chỉ")
    return name


def _listed(said: object, key: str) -> list[str] | None:
    """A list of texts; None for “all”."""
    if said == ALL:
        return None
    listed = [_typed(str, one, key) for one in _typed(list, said, key)]
    if not listed:
        raise _bad(f"{key} đang trống: {_TOP[key]}")
    return listed


def _units(said: object, key: str) -> frozenset[str] | None:
    codes = _listed(said, key)
    if strange := [code for code in codes or () if not _CODE.fullmatch(code)]:
        raise _bad(f"{key}: “{strange[0][:20]}” không phải mã đơn vị")
    return None if codes is None else frozenset(codes)


def _tables(said: object, key: str) -> frozenset[str]:
    """The tables; “all” are those that offices send, without lists and settings of the program."""
    names = _listed(said, key)
    if strange := [name for name in names or () if name not in TITLES]:
        raise _bad(f"{key}: không có bảng “{strange[0][:40]}”; các bảng: {', '.join(TITLES)}")
    return frozenset(UPLOADED if names is None else names)


def _whole_number(least: int, most: int, said: object, key: str) -> int:
    count = _typed(int, said, key)
    if not least <= count <= most:
        raise _bad(f"{key} phải từ {least} đến {most}")
    return count


def _one_of(words: tuple[str, ...], said: object, key: str) -> str:
    word = _typed(str, said, key)
    if word not in words:
        raise _bad(f"{key} phải là một trong: {', '.join(words)}")
    return word


def _texts(said: object, key: str) -> dict[str, str]:
    return {name: _typed(str, text, f"{key}.{name}") for name, text in _typed(dict, said, key).items()}


def _whole(said: object, key: str) -> dict[str, str]:
    """The values for a whole file, of columns that may have one."""
    sayable = {column.name for table in tables().values() for column in table.columns if column.whole}
    given = _texts(said, key)
    if strange := sorted(set(given) - sayable):
        raise _bad(f"{key}: {', '.join(strange)} không ghi được cho cả tệp; ghi được: {', '.join(sorted(sayable))}")
    return given


def _reading(said: object, key: str) -> tuple[Reading, dict[str, str]]:
    """The ways to read a file, and the values for columns that it lacks."""
    _only(_typed(dict, said, key), f"[{key}] ", _WAYS)
    ways = {name: _WAYS_READ[name](said[name], f"{key}.{name}") for name in said}
    older, whole = ways.pop("older", ""), ways.pop("whole", {})
    if ways.get("separator") == "tab":
        ways["separator"] = "\t"
    return Reading(**ways, covers={"older": older} if older else {}), whole


_TOP = {
    "name": "tên nơi gửi, hiện ở nhật ký và trang Tình hình số liệu",
    "units": f"danh sách mã đơn vị được gửi, hoặc “{ALL}”",
    "tables": f"danh sách bảng được gửi, hoặc “{ALL}” (mọi bảng số liệu)",
    "valid_only": "nhận các dòng hợp lệ, bỏ dòng bị trả lại",
    "every_days": "mấy ngày gửi một lần",
    "settle_seconds": "tệp không đổi bao nhiêu giây thì đọc",
    "keep_days": "giữ tệp đã nạp bao nhiêu ngày; 0 là không xóa",
    "reading": "cách đọc tệp",
}
_READ = {
    "name": _name,
    "units": _units,
    "tables": _tables,
    "valid_only": partial(_typed, bool),
    "every_days": partial(_whole_number, 1, 400),
    "settle_seconds": partial(_whole_number, 1, 3600),
    "keep_days": partial(_whole_number, 0, 3650),
    "reading": _reading,
}
_WAYS_READ = {
    "table": partial(_one_of, tuple(TITLES)),
    "sheet": partial(_typed, str),
    "header_line": partial(_whole_number, 1, 10_000),
    "encoding": partial(_one_of, tuple(ENCODINGS)),
    "separator": partial(_one_of, (*(mark for mark in SEPARATORS if mark != "\t"), "tab")),
    "decimal": partial(_one_of, (",", ".")),
    "share": partial(_one_of, ("keep", "times")),
    "dates": partial(_one_of, ("day", "month")),
    "older": partial(_one_of, tuple(OLDER)),
    "columns": _texts,
    "whole": _whole,
}
_WAYS = dict.fromkeys(_WAYS_READ, "")
