"""Names and addresses for letters, read from a small text file in memory at the moment of printing.

They are joined to letters by dossier code and never stored, logged or cached; a message about a wrong file names lines and
columns, never their content.
"""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from ingest.reading import encoding
from words.vietnamese import fold

MOST = 1024**2  # bytes of a file
_LONGEST = 200  # characters of a name or an address
# The names that a column may have, without signs and in lower case.
_COLUMNS = {
    "code": {"ma ho so", "so ho so", "ma so ho so", "so bien nhan", "ma bien nhan"},
    "name": {
        "ho ten",
        "ho va ten",
        "nguoi nop",
        "ten nguoi nop",
        "chu ho so",
        "ten chu ho so",
        "kinh gui",
        "nguoi nhan",
    },
    "address": {"dia chi", "dia chi nguoi nop", "noi o", "noi cu tru"},
}


class Recipient(NamedTuple):
    """To whom a letter goes."""

    name: str
    address: str


class Unreadable(ValueError):
    """The file gives no recipients; the message says what to do, in Vietnamese, and holds nothing of its content."""


def read(content: bytes) -> dict[str, Recipient]:
    """The recipients of a CSV file, by dossier code. Raises Unreadable."""
    if len(content) > MOST:
        raise Unreadable("Tệp người nhận lớn hơn 1 MB: chia thành các tệp nhỏ hơn.")
    try:
        return of_text(encoding.decode(content, encoding.detect(content).encoding))
    except Unreadable:
        raise
    except ValueError as error:  # a binary file, or no known encoding
        raise Unreadable(
            "Tệp người nhận không phải tệp văn bản: trong Excel chọn Lưu thành “CSV UTF-8”, hoặc chép các ô rồi dán."
        ) from error


def of_text(text: str) -> dict[str, Recipient]:
    """The recipients of text with commas, semicolons or tabs, such as cells pasted from Excel. Raises Unreadable."""
    text = text.removeprefix("\ufeff").lstrip("\r\n")
    separator = max("\t;,", key=text.partition("\n")[0].count)
    try:
        # Cells pasted from Excel have quotes only around line breaks.
        quoting = csv.QUOTE_NONE if separator == "\t" and text.count('"') % 2 else csv.QUOTE_MINIMAL
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting))
    except csv.Error as error:
        raise Unreadable("Bảng người nhận có dấu ngoặc kép đặt sai: sửa rồi chọn lại.") from error
    place = _places(lines[0] if lines else [])
    found: dict[str, Recipient] = {}
    for number, line in enumerate(lines[1:], 2):
        if any(cell.strip() for cell in line[len(lines[0]) :]):
            raise Unreadable(
                f"Bảng người nhận, dòng {number}: nhiều ô hơn dòng tiêu đề, có thể vì dấu phẩy trong địa chỉ. Lưu lại từ Excel hoặc dán các ô."
            )
        cells = {name: line[at].strip() if at < len(line) else "" for name, at in place.items()}
        if not cells["code"]:
            continue
        if cells["code"] in found:
            raise Unreadable(f"Bảng người nhận, dòng {number}: mã hồ sơ đã có ở dòng trên. Giữ một dòng cho mỗi hồ sơ.")
        found[cells["code"]] = Recipient(cells["name"][:_LONGEST], cells.get("address", "")[:_LONGEST])
    return found


def _places(header: list[str]) -> dict[str, int]:
    """Where the columns stand. Raises Unreadable if the code or the name is missing."""
    said = [f" {fold(cell)} " for cell in header]
    place: dict[str, int] = {}
    # The address first: its title may name the person too (“Địa chỉ người nộp”).
    for name in ("address", "code", "name"):
        free = (at for at in range(len(said)) if at not in place.values())
        found = next((at for at in free if any(f" {word} " in said[at] for word in _COLUMNS[name])), None)
        if found is not None:
            place[name] = found
    if missing := [title for name, title in (("code", "Mã hồ sơ"), ("name", "Họ tên")) if name not in place]:
        raise Unreadable(
            f"Dòng đầu của bảng người nhận thiếu cột {', '.join(missing)}. Cần: Mã hồ sơ, Họ tên, Địa chỉ."
        )
    return place
