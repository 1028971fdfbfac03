"""Finds what identifies a person inside a text: telephone and identity numbers, mail addresses, names, house numbers.

A text may stand in any column of any file, so nothing depends on the header. What is found is removed, never shown.
"""

from __future__ import annotations

import re
import unicodedata

from words import vietnamese

# Stands where something was removed.
REMOVED = "[đã bỏ]"

_NUMBER = re.compile(r"(?<![\w])(?:\(?\+?\d)[\d .()-]{6,40}\d(?!\w)")
_GROUPS = re.compile(r"\d+")
_MOBILE = re.compile(r"0[35789]\d{8}")
_LANDLINE = re.compile(r"02\d{8,9}")
# An identity number names a province (001 to 096) and a century with sex (0 to 3).
_IDENTITY = re.compile(r"0(?:0[1-9]|[1-8]\d|9[0-6])[0-3]\d{8}")
_OLD_IDENTITY = re.compile(r"[0-3]\d{8}")
_IDENTITY_WORD = re.compile(
    r"(?i)(?:cmnd|cmt|cccd|chứng minh|định danh|căn cước|cước công dân)\W*(?:số|nhân dân|thư)?\W*(?:số)?\W*$"
)
_AMOUNT = re.compile(r"\s*(?:đồng|đ\b|vnđ|vnd|tr|triệu|m2|ha\b|%)", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# “Đăng ký thường trú” with nothing behind it is a procedure, not where somebody lives.
_HOUSE = re.compile(r"(?i)\b(?:số nhà|nhà số|địa chỉ)\b[^;\n]*|\b(?:thường trú|tạm trú)\b(?=[^;\n]*\w)[^;\n]*")
_HONORIFIC = re.compile(r"(?i)^(?:ông|bà|anh|chị|cô|chú|cụ|em|đ/c|đồng chí|họ và tên|họ tên|người nộp)\b[.: ]*")

# Folded. Surnames that begin hardly any other phrase.
_SURE = frozenset((
    "nguyen", "tran", "le", "pham", "huynh", "hoang", "phan", "vu", "vo", "dang", "bui", "do", "ngo", "duong",
    "dinh", "trinh", "truong",
))  # fmt: skip
# Words that also begin a common phrase are names only where the next word does not complete that phrase.
_SURNAMES = _SURE | frozenset((
    "ho", "ly", "dao", "luong", "phung", "mai", "to", "ta", "quach", "vuong", "luu", "cao", "chau", "thai", "tang",
    "doan", "ha", "lam", "kieu", "nong", "thach", "kim", "ton", "trieu", "lai", "ma", "diep", "thanh", "bo", "k'",
))  # fmt: skip
_MIDDLE = frozenset(["van", "thi", "huu", "duc", "dinh", "ngoc", "minh", "thanh", "quoc", "xuan"])
_PHRASES = frozenset(
    [
        "ho so",
        "ho tro",
        "ho chi",
        "dao tao",
        "ly do",
        "ly lich",
        "luu tru",
        "luu y",
        "cao dang",
        "cao diem",
        "cao cap",
        "ha noi",
        "ham thuan",
        "lam nghiep",
        "lam dong",
        "lam viec",
        "doan thanh",
        "doan the",
        "doan vien",
        "tang cuong",
        "thai binh",
        "thai nguyen",
        "luong thuc",
        "luong son",
        "phan thiet",
        "phan ri",
        "phan rang",
        "phan son",
        "phan tien",
        "phan hiep",
        "phan hoa",
        "phan dien",
        "phan thanh",
        "phan lam",
        "phan dung",
        "phan loai",
        "phan cong",
        "phan anh",
        "phan mem",
        "truong hoc",
        "truong ban",
        "truong phong",
        "truong tieu",
        "truong trung",
        "truong mam",
        "hoang sa",
        "le hoi",
        "le phi",
        "le hong",
        "le loi",
        "do thi",
        "do luong",
        "do dac",
        "vu hoa",
        "vo xu",
        "duong day",
        "duong bo",
        "duong pho",
        "duong dan",
        "dang ky",
        "dang tai",
        "dang vien",
        "dang uy",
        "dang bo",
        "to chuc",
        "to dan",
        "to cong",
        "to trinh",
        "to giac",
        "to chau",
        "ta pao",
        "ma lam",
        "thanh toan",
        "thanh tra",
        "thanh pho",
        "thanh lap",
        "thanh nien",
        "thanh phan",
        "kim ngach",
        "ton tai",
        "trieu dong",
        "lai xe",
        "bo phan",
        "bo sung",
        "bo nganh",
        "mai tang",
        "mai dich",
        "dinh ky",
        "dinh danh",
        "dinh huong",
        "dinh muc",
        "vu viec",
        "vo hieu",
        "chau thanh",
        "cao su",
        "ha tang",
        "tran hung",
        "hoang dieu",
        "hoang hoa",
    ]
)
# Before a name these words make it a place, a street or a school.
_PLACES = frozenset(
    [
        "duong",
        "pho",
        "truong",
        "thpt",
        "thcs",
        "th",
        "hoc",
        "tp",
        "phuong",
        "xa",
        "huyen",
        "tinh",
        "thon",
        "cau",
        "cho",
        "khu",
        "tuong",
        "tich",
        "vien",
        "ap",
        "ban",
        "to",
    ]
)
# A whole word: the H of H11 is none.
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]+(?![^\W_])")


def fold_word(word: str) -> str:
    """A word without diacritics and case."""
    return vietnamese.fold(unicodedata.normalize("NFC", word)).strip()


def is_name(text: str) -> bool:
    """Whether a whole text is the name of a person: a Vietnamese surname and further names.

    >>> is_name("Nguyễn Văn A"), is_name("bà TRẦN THỊ B"), is_name("Hồ sơ đất đai"), is_name("Phan Thiết")
    (True, True, False, False)
    """
    plain = unicodedata.normalize("NFC", text).strip(" .,;:()-")
    honoured = _HONORIFIC.match(plain)
    words = (plain[honoured.end() :] if honoured else plain).split()
    if not 2 <= len(words) <= 6 or not all(word.replace("'", "").isalpha() for word in words):
        return False
    return _begins_name(words, bool(honoured))


def _begins_name(words: list[str], honoured: bool = False) -> bool:
    """Whether these words, taken together, are a name."""
    first, second = fold_word(words[0]), fold_word(words[1])
    if first not in _SURNAMES or f"{first} {second}" in _PHRASES:
        return False
    if first in _SURE and second in _MIDDLE and len(words) > 2:
        return True
    capital = all(word[0].isupper() for word in words)
    shouted = all(word.isupper() for word in words)
    return capital and (honoured or first in _SURE or len(words) > 2) and (not shouted or first in _SURE)


def _is_personal_number(text: str) -> bool:
    """Whether digits in groups are a telephone or an identity number, not a date, an amount or a document's number."""
    groups = _GROUPS.findall(text)
    digits = "".join(groups)
    if digits.startswith("84") and len(digits) >= 11:
        digits, groups = "0" + digits[2:], [f"0{digits[2:]}"]
    if len(groups) == 1:
        return any(kind.fullmatch(digits) for kind in (_MOBILE, _LANDLINE, _IDENTITY))
    lengths = [len(group) for group in groups]
    signs = {sign for sign in text if sign in ".-"}
    if len(signs) > 1 or lengths[0] < 3 or min(lengths[1:]) < 2 or max(lengths) > 7:
        return False
    grouped = lengths in ([3, 3, 3, 3], [4, 4, 4], [3, 3, 6], [6, 6])
    return bool(_MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits) or (grouped and _IDENTITY.fullmatch(digits)))


def _personal_runs(text: str) -> list[tuple[int, int]]:
    """Where groups of digits that stand together are a person's number; the longest first."""
    groups = [match.span() for match in _GROUPS.finditer(text)]
    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(groups):
        ends = [
            end for end in range(len(groups), at, -1) if _is_personal_number(text[groups[at][0] : groups[end - 1][1]])
        ]
        if ends:
            spans.append((groups[at][0], groups[ends[0] - 1][1]))
        at = ends[0] if ends else at + 1
    return spans


def is_personal(text: str) -> bool:
    """Whether a whole text is a telephone number, an identity number, a mail address or a name.

    >>> is_personal("0901 234 567"), is_personal("060090001234"), is_personal("240304000001"), is_personal("05.03.2024")
    (True, True, False, False)
    """
    text = text.strip(" .,;:()")
    if _MAIL.fullmatch(text) or is_name(text):
        return True
    return bool(re.fullmatch(r"\(?\+?\d[\d .()-]*\d", text)) and _is_personal_number(text)


def _without_numbers(text: str) -> str:
    def replaced(match: re.Match) -> str:
        found = match[0]
        if _AMOUNT.match(text[match.end() :]):
            return found
        # Nine digits may be any number: only the words before them, or nothing at all around them, say what they are.
        if _OLD_IDENTITY.fullmatch(found) and (found == text.strip() or _IDENTITY_WORD.search(text[: match.start()])):
            return REMOVED
        if _is_personal_number(found):
            return REMOVED
        for start, stop in reversed(_personal_runs(found)):
            found = found[:start] + REMOVED + found[stop:]
        return found

    return _NUMBER.sub(replaced, text)


def _without_names(text: str) -> str:
    """Remove names: a surname and two or more capitalised words that no place word precedes; two with an honorific."""
    words = list(_WORD.finditer(text))
    spans, at = [], 0
    while at < len(words) - 1:
        end = at + 1
        while (
            end < len(words)
            and end - at < 5
            and words[end][0][0].isupper()
            and text[words[end - 1].end() : words[end].start()] == " "
        ):
            end += 1
        before = text[max(0, words[at].start() - 14) : words[at].start()].split()
        honoured = bool(before) and bool(_HONORIFIC.match(before[-1] + " "))
        placed = bool(before) and fold_word(before[-1].strip(".,:")) in _PLACES
        run = [word[0] for word in words[at:end]]
        if run[0][0].isupper() and len(run) >= 2 + (not honoured) and not placed and _begins_name(run, honoured):
            spans.append((words[at].start(), words[end - 1].end()))
            at = end
        else:
            at += 1
    for start, stop in reversed(spans):
        text = text[:start] + REMOVED + text[stop:]
    return text


def without_people(text: str, names: bool = True) -> str:
    """A text without telephone and identity numbers, mail addresses, home addresses and, if asked, names.

    >>> without_people("Liên hệ ông Nguyễn Văn A, 0901.234.567")
    'Liên hệ ông [đã bỏ], [đã bỏ]'
    >>> without_people("Cấp 120000000 đồng cho trường Lê Quý Đôn ngày 05.03.2024 08:30")
    'Cấp 120000000 đồng cho trường Lê Quý Đôn ngày 05.03.2024 08:30'
    """
    if names and is_name(text):
        return REMOVED
    kept = _without_numbers(_MAIL.sub(REMOVED, text))
    kept = _HOUSE.sub(REMOVED, kept)
    return _without_names(kept) if names else kept
