"""Reads codes: one code written in several ways gets one form, and whatever else stands in the cell is dropped.

A code is folded: case, every kind of dash, blanks, invisible characters, letters of other alphabets that look like
Latin ones, the apostrophe that Excel puts before a text, and “.0” behind a number.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from ingest.reading.personal import REMOVED, without_people

# What Excel makes of a long number; the digits are lost.
_POWER = re.compile(r"[-+]?\d+(?:[.,]\d+)?E\+?\d{1,3}", re.IGNORECASE)
_LONG = re.compile(r"\d{16,}(?:[.,]0+)?")
_DASHES = "‐‑‒–—―−⁃﹘﹣－﹣ー"
_ALIKE = dict(zip("АВЕЅІЈКМНОРСТУХаеоросухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABESIJKMHOPCTYXaeopocyxijsABEZHIKMNOPTYX", strict=True))
_SAME = str.maketrans({**dict.fromkeys(_DASHES, "-"), **_ALIKE, "．": ".", "⁄": "/", "∕": "/", "Ð": "Đ"})
# What Excel puts before a text, as typed on several keyboards.
_MARK = re.compile(r"^['‘’`´ʼ]+(?=\w)")
# What a number becomes that passed through a column of decimals; a short group between dots may be followed by “.0”.
_POINT_ZERO = re.compile(r"^(\d+|.*(?:\d{3}|-\d+))\.0$")
_BESIDE = re.compile(r"\s*([./_-])\s*")
_PHRASE = re.compile(r"[,;:()\[\]]|\s")
# Nearly every code: no person's number fits this form, so no other test is needed.
USUAL = r"^[A-Z]{1,3}[0-9]{0,3}(?:\.[0-9]{1,3}){0,4}(?:-[1-9][0-9]{0,7})?-[0-9]{1,8}$"
# The codes that need no folding other than case.
PLAIN = r"^[0-9A-Za-z][0-9A-Za-z._/-]*$"
# A plain code that could be damaged or personal all the same.
SUSPECT = r"[0-9]{16}|[0-9][eE]\+?[0-9]|\.0$|(?:^|[^0-9])(?:0|84)[0-9]{9,11}(?:[^0-9]|$)|^0[0-9]{2,3}[.-][0-9]{2,4}[.-]"

POWER = "Excel đã đổi mã này thành số dạng khoa học (như 2,4E+12) nên các chữ số cuối đã mất."
LONG = "Số có hơn 15 chữ số: Excel đổi các chữ số cuối thành 0 nên mã không còn tin được."
NO_CODE = "Ô này chứa họ tên, số điện thoại, số định danh hoặc địa chỉ, không rõ đâu là mã; giá trị không được giữ."

SPLIT = "Trong ô có hai số cách nhau bằng khoảng trắng, không rõ là một mã hay hai."


@dataclass(frozen=True)
class Code:
    """The meaning of one text of a code column; personal: something about a person was dropped from it."""

    value: str | None
    doubt: str = ""
    personal: bool = False


def damaged(text: str) -> str:
    """Why a text is a number that Excel has damaged; "" if it is not.

    >>> damaged("2.40304E+12") == POWER, damaged("240304000001"), damaged("12345678901234567") == LONG
    (True, '', True)
    """
    text = text.strip()
    if _POWER.fullmatch(text):
        return POWER
    return LONG if _LONG.fullmatch(text) else ""


def fold_signs(text: str) -> str:
    """A text with usual dashes, letters and blanks, without invisible characters and Excel's mark; case stays.

    >>> fold_signs("'Н11.16.01–240304‑0001"), fold_signs("Ｓ０１"), fold_signs("1234.0"), fold_signs("0-0012.0")
    ('H11.16.01-240304-0001', 'S01', '1234', '0-0012')
    """
    text = "".join(chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" else sign for sign in text)
    text = unicodedata.normalize("NFC", text).translate(_SAME)
    text = re.sub(r"\s", " ", text)
    text = " ".join("".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Cc")).split())
    return _POINT_ZERO.sub(r"\1", _MARK.sub("", text))


def read_code(text: str, strict: bool = True) -> Code:
    """The code in a cell. strict: the column holds only codes, so further words are dropped as a person's.

    >>> read_code("h11.16 .01 – 240304 - 0001").value, read_code("CB 01").value
    ('H11.16.01-240304-0001', 'CB01')
    >>> read_code("H11.16.01-240304-0001\\nNguyễn Văn A\\n0901234567")
    Code(value='H11.16.01-240304-0001', doubt='', personal=True)
    >>> read_code("0901234567").value, read_code("Nguyễn Văn A").value
    (None, None)
    """
    plain = fold_signs(text)
    if reason := damaged(plain):
        return Code(None, reason)
    if not plain:
        return Code(None)
    # Nine digits alone are an old identity number in a note, but may be a whole code.
    kept = plain if re.fullmatch(r"\d{9}", plain) else without_people(plain)
    rest = kept.replace(REMOVED, " ").strip(" ,;:()[]./_-")
    if not rest:
        return Code(None, NO_CODE, True)
    found = _strict(rest) if strict else _loose(rest)
    return replace(found, personal=found.personal or kept != plain)


def _strict(plain: str) -> Code:
    """The one part that is a code; parts of a code that blanks have torn apart are put together."""
    parts = [part for part in _PHRASE.split(_BESIDE.sub(_joined, plain)) if part.strip("./_-")]
    codes = [part.strip("./_-") for part in parts if any(map(str.isdigit, part))]
    words = [part for part in parts if not any(map(str.isdigit, part))]
    prefix = len(words) == 1 and parts[0] == words[0] and words[0].isascii() and len(words[0]) <= 4
    if not words or (prefix and codes and codes[0][0].isdigit()):
        if any(map(_is_full, codes)) and len(codes) > 1:
            return _beside_full(codes)
        return _checked("".join(parts))
    if len(parts) == 1 and parts[0].isascii():
        return _checked(parts[0])
    full = list(filter(_is_full, codes)) or codes
    # A short number beside words may be a house number: then nothing says which part is the code.
    if len(full) != 1 or (len(full[0]) < 5 and full[0].isdigit()):
        return Code(None, NO_CODE, True)
    # “H11-0001/Trần Bình”: the first name hangs on the code.
    return replace(_checked(re.sub(r"(?<=\d)[./_-][^\W\d_][^\W\d_A-Z]+$", "", full[0])), personal=True)


def _is_full(code: str) -> bool:
    """Whether a part is a whole code by itself: several groups with many digits."""
    return len(code) >= 8 and bool(re.search(r"[./_-]", code)) and sum(map(str.isdigit, code)) >= 6


def _beside_full(codes: list[str]) -> Code:
    """A whole code and further numbers: long ones are a person's; others may belong to the code or not."""
    others = [code for code in codes if not _is_full(code)]
    if len(others) == len(codes) - 1 and all(re.fullmatch(r"\d{9,}", code) for code in others):
        return replace(_checked(next(filter(_is_full, codes))), personal=True)
    return Code(None, SPLIT)


def _joined(match: re.Match) -> str:
    """A sign of a code without the blanks beside it; a dash before a word stays apart."""
    after, before = match.string[match.end() : match.end() + 1], match.string[match.start() - 1 : match.start()]
    inside = after.isdigit() or (before.isdigit() and match[0] == match[1])
    return match[1] if inside or match[0] == match[1] else f" {match[1]} "


def _checked(code: str) -> Code:
    """A code of letters and digits; a part with other letters is no code."""
    code = code.strip("./_-")
    found = re.match(r"[0-9A-Za-zĐđ]+(?:[./_-]+[0-9A-Za-zĐđ]+(?![^\W\d_]))*(?=[./_-]|$)", code)
    if not found or (found[0] != code and sum(map(str.isdigit, found[0])) < 4):
        return Code(None, NO_CODE, True)
    return Code(found[0].upper(), "", found[0] != code)


def _loose(plain: str) -> Code:
    """A key that may consist of words; blanks inside a key of letters and digits do not count."""
    tight = re.sub(r"\s*([/_-])\s*", r"\1", plain)
    is_code = tight.isascii() and any(map(str.isdigit, tight))
    return Code(tight.replace(" ", "") if is_code else tight)
