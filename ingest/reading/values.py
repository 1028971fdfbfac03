"""Converts the words that offices write to values of the tables; uncertain text is reported, never guessed.

The words of a column are converted once per distinct text (`Words`). Dates, which are nearly all distinct, are
converted in SQL.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property, lru_cache

import duckdb
from rapidfuzz import fuzz, process

from ingest.schema import REFERENCE, Column, Table, tables
from words import vietnamese

# Minimum similarity (0 to 100) for a suggestion; less similar suggestions mislead.
ALIKE = 80
# Districts ended on this day; an ambiguous name usually means the older unit.
NEW_UNITS = "2025-07-01"


@dataclass(frozen=True)
class Converted:
    """The meaning of one text: a value in the form that check.py reads, or the reason why it has none."""

    value: str | None
    doubt: str = ""


def clean(text: str) -> str:
    """Remove invisible characters and unusual spaces from a text, and compose its letters (NFC).

    >>> clean(" UBND\\u00a0xã\\u200b  Ha\\u0300m\\tĐức ")
    'UBND xã Hàm Đức'
    """
    if not (text.isascii() and text.isprintable()):
        text = re.sub(r"\s", " ", unicodedata.normalize("NFC", text))
        text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Cc"))
    return " ".join(text.split())


def fold(text: str) -> str:
    """Fold a text for comparison: no diacritics, no case, no punctuation.

    >>> fold("TT. Ma Lâm"), fold("Ðông-Giang"), fold("MaHoSo")
    ('tt ma lam', 'dong giang', 'mahoso')
    """
    return re.sub(r"[\W_]+", " ", vietnamese.fold(clean(text).replace("Ɖ", "Đ"))).strip()


# Cached only for the names of reference tables, which are the same for every file, not for texts of a file.
_fold_known = lru_cache(maxsize=8192)(fold)


def _key(text: str) -> str:
    """The key for comparing words; symbols such as ✓ or – have no letters and stay unchanged."""
    return fold(text) or clean(text).lower()


@cache
def aliases() -> dict[str, dict[str, str]]:
    """Column → folded word → value, from data/reference/value_alias.csv."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for column, value, alias in _alias_rows():
        found[column].setdefault(_key(alias), value)
    return dict(found)


@cache
def labels() -> dict[tuple[str, str], str]:
    """(column, value) → the Vietnamese word shown to people."""
    found: dict[tuple[str, str], str] = {}
    for column, value, alias in _alias_rows():
        found.setdefault((column, value), alias)
    return found


@cache
def words_of(column: str) -> tuple[str, ...]:
    """The words of a column in value_alias.csv, as written."""
    return tuple(alias for known, _, alias in _alias_rows() if known == column)


@cache
def _alias_rows() -> tuple[tuple[str, str, str], ...]:
    with (REFERENCE / "value_alias.csv").open(encoding="utf-8", newline="") as file:
        return tuple((row["column"], row["value"], row["alias"]) for row in csv.DictReader(file))


def is_null(text: str) -> bool:
    """Whether a text means “no value” in any column.

    >>> is_null("--"), is_null("#N/A"), is_null("0")
    (True, True, False)
    """
    text = clean(text).lower()
    return not text or text in _null_words("null")


@cache
def _null_words(*columns: str) -> frozenset[str]:
    # Not folded: “N/A” means no value, but “N A” may be a code.
    return frozenset(clean(alias).lower() for column, _, alias in _alias_rows() if column in columns)


# --- Numbers -------------------------------------------------------------------------------------------------------

_OTHER = {".": ",", ",": "."}
_PLAIN = re.compile(r"-?\d+")
_POWER = re.compile(r"-?\d+(\.\d+)?e[+-]?\d{1,2}")
_GROUPED = re.compile(r"-?[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*")
_ONE_SIGN = re.compile(r"-?\d*([.,])\d+")
_TWO_SIGNS = re.compile(r"-?[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*(?!\1)([.,])\d+")
_TWO_NUMBERS = re.compile(r"\d+ ?/ ?\d+")
_DOUBTFUL_RATIO = (
    "Không phải số. Dạng 4/5 chỉ được hiểu là tử số/mẫu số của chỉ tiêu tính bằng %, và khi không thể là ngày, tháng."
)
_SPACED = re.compile(r"(-?[1-9]\d{0,2})((?: \d{3})+)(?=$|[.,]\d)")


# A telephone or identity number: no figure begins with 0 and has so many digits.
_PERSONAL = re.compile(r"0\d{8,}")


def _bare_number(text: str) -> str:
    """A number without percent sign and without spaces between thousands."""
    text = clean(text).replace("\u2212", "-").removesuffix("%").strip().removeprefix("+").lower()
    return _SPACED.sub(lambda match: match[1] + match[2].replace(" ", ""), text)


def _decimal_sign(number: str) -> str:
    """The decimal sign that a number proves; "" if it is ambiguous."""
    if match := _TWO_SIGNS.fullmatch(number):
        return match[2]
    if match := _GROUPED.fullmatch(number):
        return "" if number.count(match[1]) == 1 else _OTHER[match[1]]
    match = _ONE_SIGN.fullmatch(number)
    return match[1] if match else ""


def _number(number: str, sign: str) -> str | None:
    """A number with a decimal point, parsed with the given decimal sign; None if it is not a number."""
    if _POWER.fullmatch(number):
        return format(Decimal(number), "f")
    if _PLAIN.fullmatch(number):
        return number
    if not (_TWO_SIGNS.fullmatch(number) or _GROUPED.fullmatch(number) or _ONE_SIGN.fullmatch(number)):
        return None
    number = number.replace(_OTHER.get(sign, ","), "").replace(",", ".")
    whole, _, fraction = number.partition(".")
    whole = whole if whole.strip("-") else whole + "0"
    return f"{whole}.{fraction}" if fraction else whole


# What offices write behind the numbers of a column. “20 ngày” may be days of the calendar, so it is not understood.
_MEASURES = {"statutory_days": "ngày làm việc|ngày lv", "fee": "đồng|vnđ|vnd|đ"}


def _numbers(texts: Iterable[str], decimal: str, column: Column) -> dict[str, Converted]:
    """Every number of a column; ambiguous ones follow the decimal sign of the others."""
    # Money has no decimals: in 8.000 the sign separates thousands.
    integer, own = column.type == "integer" or column.name == "fee", aliases().get(column.name, {})
    measure = rf"(?i)(?<=\d)\s*(?:{_MEASURES.get(column.name, '$')})\W*$"
    bare = {text: own.get(_key(text)) or _bare_number(re.sub(measure, "", clean(text))) for text in texts}
    proofs = {_decimal_sign(number) for number in bare.values()} - {""}
    known = next(iter(proofs)) if len(proofs) == 1 else "" if proofs else decimal
    return {text: _one_number(number, known, integer) for text, number in bare.items()}


# More digits than a number holds exactly; no count, share or sum of money of a province has as many.
_MOST_DIGITS = 15


def _one_number(number: str, known: str, integer: bool) -> Converted:
    if _PERSONAL.fullmatch(number):
        return Converted(None, "Có vẻ là số điện thoại hoặc số định danh, không phải số liệu.")
    sign = _decimal_sign(number)
    if not sign and (match := _GROUPED.fullmatch(number)):
        # In a column of whole numbers the sign separates thousands.
        sign = _OTHER[match[1]] if integer else known
        if not sign:
            return Converted(None, f"Không rõ dấu “{match[1]}” là thập phân hay hàng nghìn.")
    value = _number(number, sign)
    if value is None and _TWO_NUMBERS.fullmatch(number):
        return Converted(None, _DOUBTFUL_RATIO)
    if value is None:
        return Converted(None, "Không phải số nguyên." if integer else "Không phải số.")
    if len(value.partition(".")[0].lstrip("-0")) > _MOST_DIGITS:
        return Converted(None, "Số quá lớn: trên 15 chữ số.")
    if integer and "." in value:
        whole, _, fraction = value.partition(".")
        return Converted(None, "Không phải số nguyên.") if fraction.strip("0") else Converted(whole)
    return Converted(value)


# --- Periods -------------------------------------------------------------------------------------------------------

_YEAR = r"([12]\d{3})"
_ANY_YEAR = r"((?:20)?\d{2})"  # two digits only behind a word for month or quarter
_MONTH = r"(0?[1-9]|1[0-2])"
_QUARTER = r"([1-4]|iv|i{1,3})"
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_ENGLISH = {
    "jan": "1", "feb": "2", "mar": "3", "apr": "4", "may": "5", "jun": "6", "jul": "7", "aug": "8", "sep": "9",
    "oct": "10", "nov": "11", "dec": "12",
}  # fmt: skip
_NUMBERS = {"ba": "3", "sau": "6", "chin": "9", "muoi mot": "11"}
_OF_YEAR = rf"(?:dau |dau nam |nam )*{_YEAR}"
_SINCE = r"(?:(?:luy ke |cong don |tinh )*tu dau nam|luy ke|cong don)"
_MIDNIGHT = r"(?: 0?0 00(?: 00)?)?"
# Each wording of a period: its form, in which groups of the pattern are numbered; c: months since January.
_PERIODS = tuple(
    (re.compile(pattern), form)
    for pattern, form in (
        (rf"(?:nam )?{_YEAR}(?: 0)?", "{0}"),
        (rf"{_YEAR} {_MONTH}", "{0}-{1:0>2}"),
        (rf"(?:thang |t ?)?{_MONTH} (?:nam )?{_YEAR}", "{1}-{0:0>2}"),
        (rf"(?:thang |thg ?|t ?){_MONTH} (?:nam )?{_ANY_YEAR}", "{1}-{0:0>2}"),
        (rf"({'|'.join(_ENGLISH)})[a-z]* {_ANY_YEAR}", "{1}-{0:0>2}"),
        # A date that begins a month is that month.
        (rf"{_YEAR} {_MONTH} 0?1{_MIDNIGHT}", "{0}-{1:0>2}"),
        (rf"0?1 {_MONTH} {_YEAR}{_MIDNIGHT}", "{1}-{0:0>2}"),
        (rf"{_YEAR} ?q ?{_QUARTER}", "{0}-Q{1}"),
        (rf"(?:qu[yi]|q) ?{_QUARTER} (?:nam )?{_ANY_YEAR}", "{1}-Q{0}"),
        (rf"(iv|i{{1,3}}) (?:nam )?{_YEAR}", "{1}-Q{0}"),
        (rf"{_YEAR} ?h ?([12])", "{0}-H{1}"),
        (rf"h ?([12]) {_YEAR}", "{1}-H{0}"),
        (rf"nua dau (?:nam )?{_YEAR}", "{0}-H1"),
        (rf"(?:6 thang|sau thang|nua) cuoi (?:nam )?{_YEAR}", "{0}-H2"),
        (rf"{_YEAR} ?c ?{_MONTH}", "{0}-C{1:0>2}"),
        (rf"(?:{_SINCE} )?({'|'.join(_NUMBERS)}|{_MONTH[1:-1]}) ?(?:thang|t) ?{_OF_YEAR}", "{1}-C{0:0>2}"),
        (rf"{_SINCE} (?:den )?(?:het )?(?:cuoi )?(?:thang )?{_MONTH} {_OF_YEAR}", "{1}-C{0:0>2}"),
        (
            rf"tu (?:dau )?thang 0?1 (?:(?:nam )?\d{{4}} )?(?:den|toi) (?:het )?thang {_MONTH} {_OF_YEAR}",
            "{1}-C{0:0>2}",
        ),
        (rf"{_SINCE} (?:den )?(?:het )?(?:cuoi )?quy ?{_QUARTER} {_OF_YEAR}", "{1}-CQ{0}"),
    )
)
# “1-9/2024” may be a date or nine months.
_SPANNED = re.compile(r"\d\s*[-–]\s*\d+\s*/")
# A span since January that has a name of its own; the others stay cumulative.
_NAMED_SPANS = {"C06": "H1", "C12": "", "CQ1": "C03", "CQ2": "H1", "CQ3": "C09", "CQ4": ""}


def read_period(text: str) -> Converted:
    """A month, quarter, half year, year, or months since January (2024-C09) in the form used in tables."""
    folded = re.sub(r"^ky (bao cao )?", "", fold(text))
    for pattern, form in () if _SPANNED.search(text) else _PERIODS:
        if match := pattern.fullmatch(folded):
            parts = [_ROMAN.get(part) or _ENGLISH.get(part) or _NUMBERS.get(part, part) for part in match.groups()]
            year, _, within = form.format(*parts).partition("-")
            within = _NAMED_SPANS.get(within, within)
            year = year if len(year) == 4 else f"20{year}"
            return Converted(f"{year}-{within}" if within else year)
    return Converted(None, "Không rõ kỳ nào. Viết 2024-03, 2024-Q1, 2024-H1, 2024-C09 (lũy kế 9 tháng) hoặc 2024.")


# --- Units ---------------------------------------------------------------------------------------------------------

_KINDS = {
    ("dossier", "unit_code"): ("commune", "district_office", "land_registry", "district"),
    ("index_score", "district_code"): ("district",),
    ("portal_score", "unit_code"): ("commune", "district", "province"),
    ("published_class", "district_code"): ("district",),
}
_ANY_KIND = ("commune", "district", "district_office", "land_registry")
_TYPES = {
    "xa": "xa", "x": "xa", "thi tran": "thi tran", "tt": "thi tran", "phuong": "phuong", "p": "phuong",
    "huyen": "huyen", "h": "huyen", "thanh pho": "thanh pho", "tp": "thanh pho", "thi xa": "thi xa", "tx": "thi xa",
    "tinh": "tinh", "t": "tinh",
}  # fmt: skip
_TYPE = re.compile(rf"({'|'.join(sorted(_TYPES, key=len, reverse=True))})\b ?")
_OFFICE = re.compile(r"(uy ban nhan dan|uy ban|ubnd)\b ?")
_COUNTER = re.compile(
    r"((bo phan|bp) )?(tiep nhan (va|ho so va) tra ket qua( giai quyet)?( thu tuc hanh chinh| tthc)?|tn va tkq|tn tkq"
    r"|tnvtkq|tn va tra kq|mot cua( lien thong)?|1 cua|hanh chinh cong)\b ?|bptn\w*\b ?"
)
_REGISTRY = re.compile(
    r"((chi nhanh|cn) )?(van phong dang ky (quyen su dung )?dat( dai)?|vpdkdd|vpdkqsdd|vp dkdd|cnvpdk\w*)\b ?"
)
_WITHIN = re.compile(r" (huyen|h|tinh|t) .+$")


@dataclass(frozen=True)
class _Unit:
    code: str
    name: str
    full_name: str
    kind: str
    parent: str
    old: bool

    @cached_property
    def folded(self) -> str:
        """The folded name."""
        return _fold_known(self.name)

    @cached_property
    def folded_full(self) -> str:
        """The folded full name."""
        return _fold_known(self.full_name)

    def is_counter(self) -> bool:
        """Whether its name is that of a one-stop counter."""
        return bool(_COUNTER.match(self.folded_full))

    @cached_property
    def type(self) -> str:
        """The type word before the name: xa, thi tran, huyen …"""
        return self.folded_full.removesuffix(self.folded).strip()


class _Units:
    """Finds units by any name that an office uses."""

    def __init__(self, rows: Iterable[tuple]):
        self.units = [
            _Unit(str(code), name, full, kind, parent or "", old) for code, name, full, kind, parent, old in rows
        ]
        self.codes = {unit.code.lower(): unit.code for unit in self.units}
        # A district may have further offices; its counter is the one that is called so, or the first.
        offices = [unit for unit in self.units if unit.kind == "district_office"]
        counters_first = sorted(offices, key=_Unit.is_counter, reverse=True)
        self.offices = {unit.parent: unit for unit in reversed(counters_first)}
        self.registries = [unit for unit in self.units if unit.kind == "land_registry"]

    def find(self, text: str, kinds: Sequence[str]) -> Converted:
        """The one unit that a text names, or a doubt."""
        written = re.sub(r"\.0$", "", clean(text))
        if code := self.codes.get(written.lower()):
            return Converted(code)
        match = re.fullmatch(r"(\S+?) *[-–:_] *(\D+)|(\D+?) *[-–:(\[] *(\S+?)[)\]]?", written)
        if match and (code := self.codes.get((match[1] or match[4]).lower())):
            named = self._named(fold(match[2] or match[3]), kinds)
            if code in {unit.code for unit in named}:
                return Converted(code)
        folded = fold(text)
        return self._decide(self._named(folded, kinds), folded, kinds)

    def _decide(self, found: list[_Unit], folded: str, kinds: Sequence[str]) -> Converted:
        for group in ([unit for unit in found if unit.old], found):
            codes = {unit.code: unit for unit in group}
            if len(codes) == 1:
                unit = next(iter(codes.values()))
                if unit.kind in kinds:
                    return Converted(unit.code)
                return Converted(None, f"“{unit.full_name}” ({unit.code}) không phải loại đơn vị của cột này.")
            if codes:
                return Converted(
                    None, f"Không rõ đơn vị nào: {_listed((u.full_name, u.code) for u in codes.values())}."
                )
        return Converted(None, "Không có đơn vị này." + self._nearest(folded, kinds))

    def _named(self, folded: str, kinds: Sequence[str]) -> list[_Unit]:
        """The units that a folded text may name."""
        exact = [unit for unit in self.units if folded in (unit.folded, unit.folded_full)]
        if exact:
            return exact
        counter, rest = self._take(_COUNTER, folded)
        registry, rest = self._take(_REGISTRY, rest)
        word, rest = self._bare(rest)
        found = self._places(word, rest)
        if registry:
            homes = {unit.code for unit in found}
            return [unit for unit in self.registries if not (word or rest) or unit.parent in homes]
        if counter:
            return self._counters(word, rest, found)
        return found

    @staticmethod
    def _take(pattern: re.Pattern, folded: str) -> tuple[bool, str]:
        """Whether a text starts with the pattern, optionally after “UBND”; and the rest of the text."""
        rest = _OFFICE.sub("", folded, count=1) if _OFFICE.match(folded) else folded
        if match := pattern.match(rest):
            return True, re.sub(r"^(cua|tai|thuoc) ", "", rest[match.end() :])
        return False, folded

    @staticmethod
    def _bare(folded: str) -> tuple[str, str]:
        """The last type word before a name, and the name: “UBND xã Xã Hàm Đức” gives xã and Hàm Đức."""
        word, rest = "", folded
        while match := _OFFICE.match(rest) or _TYPE.match(rest):
            word = _TYPES.get(match[1], word)
            rest = rest[match.end() :]
        return word, rest

    def _places(self, word: str, rest: str) -> list[_Unit]:
        """Units with this name and, if written, this type; a district at the end is not part of the name."""
        for name in (rest, _WITHIN.sub("", rest)):
            found = [unit for unit in self.units if unit.folded == name and (not word or unit.type == word)]
            if found:
                return found
        # “UBND huyện” alone means the district of these files.
        if word == "huyen" and not rest and len(self.offices) == 1:
            return [unit for unit in self.units if unit.code in self.offices]
        return []

    def _counters(self, word: str, rest: str, found: list[_Unit]) -> list[_Unit]:
        """A one-stop counter of a commune belongs to the commune; that of a district is its own unit."""
        if not rest and word in ("", "huyen") and len(self.offices) == 1:
            return list(self.offices.values())
        old = [unit for unit in found if unit.old] or found
        counters = [self.offices[unit.code] for unit in old if unit.code in self.offices]
        return counters or [unit for unit in old if unit.kind == "commune"]

    def _nearest(self, folded: str, kinds: Sequence[str]) -> str:
        units = [unit for unit in self.units if unit.kind in kinds]
        _, rest = self._bare(_WITHIN.sub("", folded))
        best = process.extractOne(rest, [unit.folded for unit in units], scorer=fuzz.ratio, score_cutoff=ALIKE)
        return f" Có phải “{units[best[2]].name}” ({units[best[2]].code})?" if best else ""


@cache
def _shipped_units() -> frozenset[str]:
    """Folded names and codes of the shipped units."""
    with (REFERENCE / "unit.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    named = {fold(row[column]) for row in rows for column in ("name", "full_name")}
    # Short codes are numbers like any other.
    return frozenset(named | {fold(row["unit_code"]) for row in rows if len(row["unit_code"]) > 3})


def may_name_unit(folded: str) -> bool:
    """Whether a folded text is a code or name of a shipped unit, with or without its type.

    >>> may_name_unit("ubnd xa ham duc"), may_name_unit("tong so")
    (True, False)
    """
    names = _shipped_units()
    return folded in names or _WITHIN.sub("", _Units._bare(folded)[1]) in names


def _listed(named: Iterable[tuple[str, str]]) -> str:
    return " hay ".join(f"“{name}” ({code})" for name, code in named)


# --- Words ---------------------------------------------------------------------------------------------------------

# Vietnamese nouns for the entries of a reference table, used in doubts.
_NOUNS = {
    "procedure": "thủ tục",
    "indicator": "chỉ tiêu",
    "field": "lĩnh vực",
    "late_cause": "nguyên nhân",
    "score_index": "bộ chỉ số",
}
# A row of form II.06 for the whole unit has no single field.
_ALL_FIELDS = {_key(word) for word in ("all", "Tất cả lĩnh vực", "Tất cả", "Toàn đơn vị")}
_NUMBERED = ("state", "channel", "online_payment")


class Words:
    """Converts the distinct texts of a column, using the current reference tables."""

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self.units = _Units(
            connection.execute(
                f"""SELECT unit_code, name, full_name, kind, parent_code, CAST(valid_from AS DATE) < DATE '{NEW_UNITS}'
                FROM unit ORDER BY CAST(valid_from AS DATE), unit_code"""
            ).fetchall()
        )
        self.known = {table: _Known(connection, table) for table in _NOUNS}
        self.criteria = _Known(connection, "criterion")
        rows = connection.execute("SELECT subject, word, code FROM alias ORDER BY ALL").fetchall()
        self.taught = {(subject, _key(word)): code for subject, word, code in rows}

    def names_unit(self, text: str) -> bool:
        """Whether a text names one known unit of any kind."""
        return self.units.find(text, tuple({unit.kind for unit in self.units.units})).value is not None

    def convert(self, table: Table, column: Column, texts: Sequence[str], decimal: str = "") -> dict[str, Converted]:
        """The meaning of each distinct text of a column; decimal is the file's decimal sign if known."""
        own = self._own_words(column)
        # The column's own words take precedence: “none” of online_payment is a value, not a missing value.
        empty = {text: Converted(None) for text in texts if _key(text) not in own and is_null(text)}
        given = [text for text in texts if text not in empty]
        found = empty | self._given(table, column, given, own, decimal)
        return {
            text: found[text] if found[text].value else self._taught(table, column, text, found[text]) for text in texts
        }

    def _taught(self, table: Table, column: Column, text: str, doubt: Converted) -> Converted:
        """What somebody has taught a word to mean, if it is not known otherwise; the doubt if nobody has."""
        code = self.taught.get((subject_of(column), _key(text))) if doubt.doubt else None
        if code is None:
            return doubt
        if column.reference == "unit":
            found = self.units.find(code, kinds_of(table, column))
        elif column.reference:
            found = self.known[column.reference].find(code, {})
        else:
            found = Converted(code if code in column.allowed else None)
        return found if found.value else doubt

    def _given(
        self, table: Table, column: Column, texts: list[str], own: dict[str, str], decimal: str
    ) -> dict[str, Converted]:
        if column.type in ("integer", "number"):
            return _numbers(texts, decimal, column)
        if column.type == "period":
            return {text: read_period(text) for text in texts}
        if column.reference == "unit":
            kinds = kinds_of(table, column)
            return {text: self.units.find(text, kinds) for text in texts}
        if column.name == "field_code" and table.name == "service_report":
            known = self.known["field"]
            return {text: Converted("all") if _key(text) in _ALL_FIELDS else known.find(text, own) for text in texts}
        if column.reference:
            known = self.known.get(column.reference)
            return {text: known.find(text, own) if known else Converted(clean(text)) for text in texts}
        if column.name == "criterion_code":
            return {text: self._criterion(text, own) for text in texts}
        if column.type == "boolean" or column.allowed:
            return self._listed_words(column, texts, own)
        return {text: Converted(clean(text)) for text in texts}

    def _own_words(self, column: Column) -> dict[str, str]:
        if column.type == "boolean":
            return aliases()["boolean"]
        words = aliases().get(column.name, {})
        if column.allowed:
            # Tables share column names (kind, status), so keep only the allowed words of this column.
            words = {key: value for key, value in words.items() if value in column.allowed}
            words |= {_key(word): word for word in column.allowed}
        return words

    def _criterion(self, text: str, own: dict[str, str]) -> Converted:
        """Criterion codes are unique only within an index; the rules report an unknown code."""
        if value := own.get(_key(text)):
            return Converted(value)
        found = self.criteria.find(text, {})
        return found if found.value or "Không rõ" in found.doubt else Converted(clean(text))

    def _listed_words(self, column: Column, texts: list[str], own: dict[str, str]) -> dict[str, Converted]:
        numbers = aliases().get(f"{column.name}_number", {}) if column.name in _NUMBERED else {}
        keys = {text: _key(re.sub(r"^0*(\d+)(\.0)?$", r"\1", clean(text))) for text in texts}
        trusted = all(key in numbers for key in keys.values())
        result = {}
        for text, key in keys.items():
            if numbers and key.isdigit():
                doubt = "Mỗi hệ thống đánh số một kiểu. Ghi bằng chữ, hoặc theo đúng danh mục của Cổng DVCQG."
                result[text] = Converted(numbers[key]) if trusted else Converted(None, doubt)
            elif key in own:
                result[text] = Converted(own[key])
            else:
                result[text] = Converted(None, _unknown_word(column, key, own))
        return result


def kinds_of(table: Table, column: Column) -> tuple[str, ...]:
    """The kinds of units that a column accepts."""
    return _KINDS.get((table.name, column.name), _ANY_KIND)


def short_code(text: str, table: str) -> str:
    """A code without the suffix of the province that systems add to the code of a procedure.

    >>> short_code("1.003003.000.00.00.H11", "procedure")
    '1.003003'
    """
    match = _SUFFIXED.match(text) if table == "procedure" else None
    return f"{match[1]}.{match[2]}" if match else text


def without_type(name: str) -> str:
    """The name of a place without the word for its kind.

    >>> without_type("UBND xã Cộng Hòa"), without_type("Phòng Tư pháp")
    ('Cộng Hòa', 'Phòng Tư pháp')
    """
    words = clean(name).split()
    while len(words) > 1 and fold(words[0]) in {"ubnd", *_TYPES}:
        words = words[1:]
    if len(words) > 2 and fold(" ".join(words[:2])) in _TYPES:
        words = words[2:]
    return " ".join(words)


def subject_of(column: Column) -> str:
    """What the words of a column are taught for: the table that it refers to, or the column itself."""
    return column.reference or column.name


def _unknown_word(column: Column, key: str, own: dict[str, str]) -> str:
    """Why a word is not accepted: suggests the nearest known word, or lists all words."""
    name = "boolean" if column.type == "boolean" else column.name
    best = process.extractOne(key, list(own), scorer=fuzz.ratio, score_cutoff=ALIKE)
    if best:
        return f"Không hiểu từ này. Có phải “{labels().get((name, own[best[0]]), own[best[0]])}”?"
    values = ("true", "false") if column.type == "boolean" else column.allowed
    return f"Không hiểu từ này. Chỉ nhận: {', '.join(labels().get((name, value), value) for value in values)}."


# 1.003003.000.00.00.H11 is the code with the province's suffix; 1,003003 was changed by a spreadsheet.
_SUFFIXED = re.compile(r"(\d)[.,](\d{6})(?:$|\.\d{3}\.\d\d\.\d\d\.[A-Y]\d\d\b|\s*[-–:])")


class _Known:
    """The codes and names of one reference table."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str):
        self.table = table
        columns = tables()[table].names
        code = tables()[table].key[-1]
        names = [name for name in ("name", "short_name") if name in columns]
        self.codes: dict[str, str] = {}
        self.names: dict[str, dict[str, str]] = defaultdict(dict)
        for row in connection.execute(f"SELECT {', '.join([code, *names])} FROM {table} ORDER BY 1").fetchall():
            self.codes[str(row[0]).lower()] = str(row[0])
            for name in filter(None, row[1:]):
                self.names[_fold_known(name)][str(row[0])] = name

    def find(self, text: str, own: dict[str, str]) -> Converted:
        """The one code that a text is or names, or a doubt."""
        written = clean(text)
        for form in self._forms(written):
            if code := self.codes.get(form.lower()):
                return Converted(code)
        key = _key(written)
        if self.table == "field" and key not in self.names:
            key = key.removeprefix("linh vuc ")
        if own.get(key, "").lower() in self.codes:
            return Converted(own[key])
        found = self.names.get(key, {})
        if len(found) == 1:
            return Converted(next(iter(found)))
        noun = _NOUNS.get(self.table, "mục")
        if found:
            return Converted(None, f"Không rõ {noun} nào: {_listed((name, code) for code, name in found.items())}.")
        return Converted(None, f"Không có {noun} này.{self._nearest(written, key)}")

    def _forms(self, written: str) -> Iterable[str]:
        """A code as written, and without the suffixes that systems add."""
        yield written
        if self.table == "procedure":
            match = _SUFFIXED.match(written)
            if match:
                yield f"{match[1]}.{match[2]}"

    def _nearest(self, written: str, key: str) -> str:
        # A spreadsheet removes the zeros at the end of 1.002270.
        padded = written.ljust(8, "0") if re.fullmatch(r"\d\.\d{3,5}", written) else ""
        if self.table == "procedure" and padded in self.codes:
            return f" Có phải “{padded}”?"
        best = process.extractOne(key, list(self.names), scorer=fuzz.ratio, score_cutoff=ALIKE)
        if not best:
            return ""
        code, name = next(iter(self.names[best[0]].items()))
        return f" Có phải “{name}” ({code})?"


# Visible ASCII without blanks at the edges: nothing to trim, normalise or remove. Nearly every code and date is like
# this, and this test costs a tenth of the full cleaning.
_VISIBLE = r"^[!-~](?:[ -~]*[!-~])?$"
_SOLID = r"^[!-~]+$"
_ONE_WORD = re.compile("[!-~]+")

# --- Dates, in SQL -------------------------------------------------------------------------------------------------

# The two formats of nearly every file, with years from 2000 that no “no value” word uses: no other test is needed.
_USUAL_ISO = r"^2\d{3}-\d\d-\d\d(?: (?:[01]\d|2[0-3]):\d\d(?::\d\d)?)?$"
_USUAL_TWO_DIGITS = r"^\d\d(?:/\d\d/|-\d\d-)2\d{3}(?: (?:[01]\d|2[0-3]):\d\d(?::\d\d)?)?$"
_USUAL_MOMENT = re.compile(f"{_USUAL_ISO}|{_USUAL_TWO_DIGITS}".replace("^", "").replace("$", ""), re.ASCII)
# try_strptime and casts also accept 'epoch', 'infinity' and short years, so every format is tested by a regular
# expression first.
_ISO = r"^[12]\d{3}-\d\d-\d\d(?:[ T](?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d+)?)?)?$"
# The most common variant of the next format, with fixed positions: twice as fast.
_TWO_DIGITS = r"^\d\d(?:/\d\d/|-\d\d-)[12]\d{3}(?: (?:[01]\d|2[0-3]):\d\d(?::\d\d)?)?$"
_DAY_FIRST = r"^\d{1,2}(?:/\d{1,2}/|-\d{1,2}-|\.\d{1,2}\.)[12]\d{3}(?: (?:[01]?\d|2[0-3]):\d\d(?::\d\d)?)?$"
_DIGITS = r"^[12]\d{3}[01]\d[0-3]\d(?:(?:[01]\d|2[0-3])[0-5]\d[0-5]\d)?$"
_SERIAL = r"^[2-8]\d{4}(?:[.,]\d+)?$"
_OFFSET = r"^[12]\d{3}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)? ?(?:Z|[+-]\d\d(?::?\d\d)?)$"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?(?: ?(?:sang|sa|chieu|ch|am|pm|trua|toi))?"
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_PARTS = (
    rf"^(\d{{1,2}})([/.-])(\d{{1,2}}|{_MONTHS})([/.-])([12]\d{{3}})"
    r"(?:[ t]+(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(?: ?(sang|sa|chieu|ch|am|pm|trua|toi))?)?$"
)
_WEEKDAYS = {
    **{f"thu {word}": day for day, words in enumerate(("hai 2", "ba 3", "tu 4", "nam 5", "sau 6", "bay 7"), start=1)
       for word in words.split()},
    **{f"t{day + 1}": day for day in range(1, 7)},
    "chu nhat": 7, "cn": 7, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7,
}  # fmt: skip
_WEEKDAY = "|".join(sorted(_WEEKDAYS, key=len, reverse=True))
# Other formats are rewritten to the form of _PARTS, in this order.
_REWRITES = (
    (r"[\x{00ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{feff}]", ""),
    (r"[\s\x{00a0}\x{2000}-\x{200a}\x{202f}\x{3000}]+", " "),
    (rf"(?:^|[,(] ?| )(?:{_WEEKDAY})(?:[a-z]*day|s|rs|nes)?(?:[,.:)]+ ?| - | |$)", " "),
    (r" ?\(?\b(?:gmt|utc) ?\+ ?0?7(?::?00)?\b\)?| ?\(?\b(?:indochina time|ict|gio viet nam)\b\)?", ""),
    (r"(:\d\d) ?\+07(?::?00)? ?$", r"\1"),
    (r"[-/., ]*\bthg\.? ?(\d{1,2})\b[-/., ]*", r"/\1/"),
    (rf"[-/., ]*\b({_MONTHS})(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\b[-/., ]*", r"/\1/"),
    (r"^ ?/([a-z]{3})/(\d{1,2})(?:st|nd|rd|th)?,? ([12]\d{3})", r"\2/\1/\3"),
    (r" ?\b(?:thang|nam)\b ?", "/"),
    (r"(\d{1,2}) ?(?:gio|h) ?(\d\d)(?: ?(?:phut|p)\b)?", r"\1:\2"),
    (r"(\d{1,2}) ?(?:gio|h)\b", r"\1:00"),
    (r"\b(?:ngay|luc|vao|hoi)\b:?|, | - ", " "),
    (r" +", " "),
    (rf"^ ?({_CLOCK}) (\S+) ?$", r"\2 \1"),
    (r"^([12]\d{3})([/.-])(\d{1,2}|[a-z]{3})([/.-])(\d{1,2})($|[ t])", r"\5\2\3\4\1\6"),
    (r"^([12]\d{3})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$", r"\3/\2/\1 \4:\5:\6"),
)


def moment_or_null_sql(text_sql: str, type: str, epoch1904: bool = False, month_first: bool = False) -> str:
    """SQL for the TIMESTAMP of a text; NULL if the text is not understood or means “no value”.

    month_first: somebody has said that the file's dates have the month before the day.
    """
    if month_first:
        text_sql = f"regexp_replace({text_sql}, '{_TWO_PARTS}', '\\1\\4\\3\\2\\5\\6')"
    return f"""CASE {_usual_cases_sql(text_sql)}
        WHEN {null_sql(f"trim({text_sql})", type)} THEN NULL
        ELSE {moment_sql(f"trim({text_sql})", epoch1904)} END"""


# Day and month of a date in digits, with the clock time that may stand before it.
_TWO_PARTS = rf"(?i)^(\s*(?:{_CLOCK} )?)(\d{{1,2}})([-/.])(\d{{1,2}})([-/.])([12]\d{{3}})"


def usual_moment_sql(text_sql: str) -> str:
    """SQL for the TIMESTAMP of a text that is_usual_moment accepts."""
    return f"CASE {_usual_cases_sql(text_sql)} END"


def _usual_cases_sql(text_sql: str) -> str:
    return f"""WHEN regexp_matches({text_sql}, '{_USUAL_ISO}') THEN TRY_CAST({text_sql} AS TIMESTAMP)
        WHEN regexp_matches({text_sql}, '{_USUAL_TWO_DIGITS}') THEN {_turned_sql(text_sql)}"""


def is_usual_moment(text: str | None) -> bool:
    """Whether a text is empty or has one of the two formats of nearly every file."""
    return not text or bool(_USUAL_MOMENT.fullmatch(text))


def _turned_sql(text: str) -> str:
    """SQL for the TIMESTAMP of a text with day, month and year at fixed positions, in this order."""
    year, month, day, clock = (f"substring({text}, {place})" for place in ("7, 4", "4, 2", "1, 2", "11"))
    # DuckDB reads a known format in a fifth of the time that it needs to put the parts in another order.
    return f"""CASE WHEN contains({text}, '-') THEN TRY_CAST({year} || '-' || {month} || '-' || {day} || {clock} AS TIMESTAMP)
        WHEN length({text}) = 19 THEN try_strptime({text}, '%d/%m/%Y %H:%M:%S')
        WHEN length({text}) = 16 THEN try_strptime({text}, '%d/%m/%Y %H:%M')
        ELSE try_strptime({text}, '%d/%m/%Y') END"""


def moment_sql(text_sql: str, epoch1904: bool = False) -> str:
    """SQL for the TIMESTAMP of a text, always day before month; NULL if it is not understood."""
    text = f"trim({text_sql})"
    base = "1904-01-01" if epoch1904 else "1899-12-30"
    return f"""CASE
        WHEN regexp_matches({text}, '{_ISO}') THEN TRY_CAST({text} AS TIMESTAMP)
        WHEN regexp_matches({text}, '{_TWO_DIGITS}') THEN {_turned_sql(text)}
        WHEN regexp_matches({text}, '{_DAY_FIRST}') THEN try_strptime(translate({text}, '-.', '//'),
            ['%d/%m/%Y', '%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M'])
        WHEN {text_sql} IS NULL OR {text} = '' THEN NULL
        WHEN regexp_matches({text}, '{_DIGITS}') THEN try_strptime({text}, ['%Y%m%d%H%M%S', '%Y%m%d'])
        WHEN regexp_matches({text}, '{_SERIAL}') THEN {_serial_sql(text, base)}
        WHEN regexp_matches({text}, '{_OFFSET}') THEN
            TRY_CAST(regexp_replace({text}, ' ([Z+-])', '\\1') AS TIMESTAMPTZ) AT TIME ZONE 'Asia/Ho_Chi_Minh'
        ELSE {_rare_moment_sql(text)} END"""


def _serial_sql(text: str, base: str) -> str:
    """SQL that converts a spreadsheet's day number, rounded to the second because the fraction is inexact."""
    days = f"TRY_CAST(replace({text}, ',', '.') AS DOUBLE)"
    return f"CASE WHEN {days} BETWEEN 20000 AND 80000 THEN TIMESTAMP '{base}' + to_seconds(round({days} * 86400)) END"


def _rare_moment_sql(text: str) -> str:
    """SQL for rare formats: extract the numbers, then combine them."""
    plain = f"strip_accents(lower({text}))"
    for pattern, form in _REWRITES:
        plain = f"regexp_replace({plain}, '{pattern}', '{form}', 'g')"
    names = "['d', 'a', 'm', 'b', 'y', 'h', 'i', 's', 'half']"
    hour, minute = "TRY_CAST(p.h AS INTEGER)", "TRY_CAST(p.i AS INTEGER)"
    second = "coalesce(TRY_CAST(p.s AS INTEGER), 0)"
    months = _MONTHS.replace("|", "")
    month = f"coalesce(TRY_CAST(p.m AS INTEGER), (strpos('{months}', p.m) + 2) // 3)"
    weekday = f"regexp_extract(strip_accents(lower({text})), '(?:^|[,( ])({_WEEKDAY})(?:[a-z]*day|s|rs|nes)?\\b', 1)"
    number = " ".join(f"WHEN '{word}' THEN {day}" for word, day in _WEEKDAYS.items())
    # The lambdas only name intermediate values: SQL has no other way inside an expression.
    moment = f"""list_transform([regexp_extract(trim({plain}), '{_PARTS}', {names})], lambda p:
        CASE WHEN p.y <> '' AND p.a = p.b THEN TRY_CAST(p.y || '-' || {month} || '-' || p.d AS TIMESTAMP)
            + to_seconds(CASE WHEN p.h = '' THEN 0
                WHEN {minute} > 59 OR {second} > 59 THEN NULL
                WHEN p.half = '' AND {hour} = 24 AND {minute} + {second} = 0 THEN 86399
                WHEN {hour} > 23 THEN NULL
                -- Hours that a word of the day does not name: 9 giờ chiều, 2 giờ tối, 12 giờ sáng.
                WHEN p.half = 'chieu' AND ({hour} = 0 OR {hour} BETWEEN 8 AND 11) OR p.half = 'sang' AND {hour} > 11
                    OR p.half = 'toi' AND ({hour} < 5 OR {hour} BETWEEN 12 AND 16)
                    OR p.half = 'trua' AND {hour} NOT IN (1, 2, 10, 11, 12, 13, 14) THEN NULL
                WHEN p.half IN ('ch', 'pm', 'chieu', 'toi') AND {hour} BETWEEN 1 AND 11
                    OR p.half = 'trua' AND {hour} < 3 THEN 43200
                WHEN p.half IN ('ch', 'pm') AND {hour} = 0 OR p.half IN ('sa', 'am') AND {hour} > 12 THEN NULL
                WHEN p.half IN ('sa', 'am') AND {hour} = 12 THEN -43200
                ELSE 0 END
            + CASE WHEN p.h = '' OR {hour} = 24 THEN 0 ELSE {hour} * 3600 + {minute} * 60 + {second} END) END)[1]"""
    # A weekday that does not fit shows that day and month, or the year, are not what they seem.
    return f"""list_transform([{{'moment': {moment}, 'day': {weekday}}}], lambda q:
        CASE WHEN q.day = '' OR isodow(q.moment) = CASE q.day {number} END THEN q.moment END)[1]"""


def null_sql(text_sql: str, type: str) -> str:
    """SQL condition: a text of a column of this type is blank or means “no value”."""
    columns = ("null", "null_date") if type in ("timestamp", "date") else ("null",)
    words = ", ".join("'" + word.replace("'", "''") + "'" for word in sorted(_null_words(*columns)))
    # Words for “no value” are short, so longer texts need no comparison.
    longest = max(map(len, _null_words(*columns)))
    plain = f"length({text_sql}) <= {longest} AND lower({text_sql}) IN ({words})"
    text = f"trim({text_sql}, ' \t\r\n\u00a0\u200b\ufeff')"
    any_text = f"{text} = '' OR (length({text}) <= {longest} AND lower(nfc_normalize({text})) IN ({words}))"
    return f"""({text_sql} IS NULL OR {text_sql} = ''
        OR CASE WHEN regexp_matches({text_sql}, '{_VISIBLE}') THEN {plain} ELSE {any_text} END)"""


def is_solid(text: str | None) -> bool:
    """Whether a text is missing, or is one word of visible ASCII that does not mean “no value”: it needs no cleaning."""
    return text is None or bool(_ONE_WORD.fullmatch(text)) and text.lower() not in _null_words("null")


def solid_sql(text_sql: str) -> str:
    """SQL condition: a single word of visible ASCII, too long for a “no value” word, so it needs no cleaning."""
    longest = max(map(len, _null_words("null")))
    return f"(length({text_sql}) > {longest} AND regexp_matches({text_sql}, '{_SOLID}'))"


def month_first_sql(text_sql: str) -> str:
    """SQL condition: the date can only be month-first: 03/25/2024."""
    return _order_sql(text_sql, "(?:0?[1-9]|1[0-2])", "(?:1[3-9]|2[0-9]|3[01])")


def day_first_sql(text_sql: str) -> str:
    """SQL condition: the date can only be day-first: 25/03/2024."""
    return _order_sql(text_sql, "(?:1[3-9]|2[0-9]|3[01])", "(?:0?[1-9]|1[0-2])")


def _order_sql(text_sql: str, first: str, second: str) -> str:
    pattern = rf"^\s*(?:{_CLOCK} )?{first}(?:/{second}/|-{second}-)[12]\d{{3}}(?:\D|$)"
    return f"coalesce(regexp_matches({text_sql}, '{pattern}'), false)"
