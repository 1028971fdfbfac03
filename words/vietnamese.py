"""How Vietnamese offices write numbers, dates and names, and the order they put names in."""

import unicodedata
from datetime import date as Date
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

MISSING = "–"
NO_BREAK = "\u00a0"

# Decimals a reader expects for each unit of measure; anything else is counted, so whole.
DECIMALS = {"%": 1, "điểm": 2, "ngày làm việc": 1, "hồ sơ": 0, "sản phẩm": 0, "dịch vụ": 0, "cán bộ": 0}

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")  # ngang, huyền, hỏi, ngã, sắc, nặng


def absent(value) -> bool:
    """Tell whether a value is missing in any of the ways a data frame can hold.

    >>> [absent(value) for value in (None, float("nan"), float("inf"), 0, "")]
    [True, True, True, False, False]
    """
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, Decimal)) and not Decimal(value).is_finite()


def rounded(value, decimals: int) -> Decimal:
    """Round half up on the digits a reader sees, not on the binary fraction behind them.

    >>> rounded(2.25, 1), rounded(1.005, 2), rounded(-0.04, 1)
    (Decimal('2.3'), Decimal('1.01'), Decimal('0.0'))
    """
    exact = value if isinstance(value, (int, Decimal)) else Decimal(repr(float(value)))
    result = Decimal(exact).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(result) if result.is_zero() else result


def number(value, decimals: int = 0) -> str:
    """Write a number with a dot between thousands and a comma before decimals.

    >>> number(1234.5, 1), number(92345), number(2.25, 1), number(-0.04, 1)
    ('1.234,5', '92.345', '2,3', '0,0')
    >>> number(None), number(float("nan"))
    ('–', '–')
    """
    if absent(value):
        return MISSING
    return f"{rounded(value, decimals):,f}".translate(str.maketrans(",.", ".,"))


def percent(value, decimals: int = 1) -> str:
    """Write a percentage (91.4 means 91,4 %); the sign never starts a line on its own.

    >>> percent(91.44) == "91,4" + NO_BREAK + "%"
    True
    >>> percent(None)
    '–'
    """
    return quantity(value, "%", decimals)


def quantity(value, measure: str, decimals: int | None = None) -> str:
    """Write a value with its unit of measure and the decimals that unit deserves.

    >>> [quantity(1234.567, measure).replace(NO_BREAK, " ") for measure in ("hồ sơ", "điểm", "%")]
    ['1.235 hồ sơ', '1.234,57 điểm', '1.234,6 %']
    >>> quantity(2.25, "ngày làm việc").replace(NO_BREAK, " "), quantity(None, "hồ sơ")
    ('2,3 ngày làm việc', '–')
    """
    if absent(value):
        return MISSING
    digits = number(value, DECIMALS.get(measure, 0) if decimals is None else decimals)
    return f"{digits}{NO_BREAK}{measure.replace(' ', NO_BREAK)}" if measure else digits


def target(value, measure: str) -> str:
    """Write a target with its unit: no decimals where it has none.

    >>> [target(value, "%").replace(NO_BREAK, " ") for value in (100.0, 62.5)]
    ['100 %', '62,5 %']
    """
    return quantity(value, measure, 0 if not absent(value) and value == int(value) else 1)


def way(value, measure: str, decimals: int | None = None) -> int:
    """Tell which way a change goes in the digits a reader sees: 1 up, -1 down, 0 neither, or it is missing.

    >>> [way(value, "%") for value in (2.1, -0.06, 0.04, -0.04, None)]
    [1, -1, 0, 0, 0]
    """
    if absent(value):
        return 0
    seen = rounded(value, DECIMALS.get(measure, 0) if decimals is None else decimals)
    return (seen > 0) - (seen < 0)


def change(value, measure: str, decimals: int | None = None) -> str:
    """Write a change with its sign; a change of a percentage is in percentage points.

    >>> [change(value, "%").replace(NO_BREAK, " ") for value in (2.1, -2.25, 0.04)]
    ['+2,1 điểm %', '-2,3 điểm %', '0,0 điểm %']
    >>> change(1500, "hồ sơ").replace(NO_BREAK, " "), change(None, "%")
    ('+1.500 hồ sơ', '–')
    """
    if absent(value):
        return MISSING
    decimals = DECIMALS.get(measure, 0) if decimals is None else decimals
    sign = "+" if way(value, measure, decimals) > 0 else ""
    return sign + quantity(value, "điểm %" if measure == "%" else measure, decimals)


def date(value: Date | None) -> str:
    """Write a date, day first.

    >>> date(Date(2024, 12, 1)), date(None)
    ('01/12/2024', '–')
    """
    return MISSING if absent(value) else f"{value:%d/%m/%Y}"


def moment(value: datetime | None) -> str:
    """Write a moment: the clock, then the date.

    >>> moment(datetime(2024, 12, 31, 7, 5)), moment(None)
    ('07:05 31/12/2024', '–')
    """
    return MISSING if absent(value) else f"{value:%H:%M %d/%m/%Y}"


def roman(quarter: int) -> str:
    """Write the number of a quarter the way reports do.

    >>> [roman(quarter) for quarter in (1, 2, 3, 4)]
    ['I', 'II', 'III', 'IV']
    """
    return ("I", "II", "III", "IV")[quarter - 1]


def letters(text: str) -> list[tuple[str, str]]:
    """Split a text into (letter, tone mark): ă â ê ô ơ ư are letters, tones are not.

    >>> letters("Đệ") == [("đ", ""), ("ê", TONES[5])]
    True
    """
    result = []
    for character in unicodedata.normalize("NFC", text).replace("Ð", "Đ").replace("ð", "đ").lower():
        parts = unicodedata.normalize("NFD", character)
        tone = "".join(part for part in parts if part in TONES)
        result.append((unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES)), tone))
    return result


def sort_key(text: str) -> tuple:
    """Order texts as a Vietnamese list does: a ă â b c d đ …, then tones, then capitals.

    >>> sorted(["Đông Giang", "Dũng", "Đa Mi", "Ân", "Ăn", "An", "Zin"], key=sort_key)
    ['An', 'Ăn', 'Ân', 'Dũng', 'Đa Mi', 'Đông Giang', 'Zin']
    >>> sorted(["mạ", "má", "mã", "mả", "mà", "ma"], key=sort_key)
    ['ma', 'mà', 'mả', 'mã', 'má', 'mạ']
    >>> sorted(["Hàm Trí", "Hàm Thắng", "Ham Tân"], key=sort_key)
    ['Ham Tân', 'Hàm Thắng', 'Hàm Trí']
    """
    pairs = letters(text)
    # Other signs (spaces, digits) keep their own order before the letters.
    places = tuple((1, ALPHABET.index(c)) if c and c in ALPHABET else (0, ord(c[:1] or "\0")) for c, _ in pairs)
    tones = tuple(TONES.index(tone) if tone in TONES else len(TONES) for _, tone in pairs)
    return places, tones, text.swapcase()


def fold(text: str) -> str:
    """Reduce a text to what two spellings of the same name share.

    >>> fold("  Xã  ĐÔNG Giang "), fold("Ðông" + NO_BREAK + "Tiến"), fold("Thuận Hoà") == fold("Thuận Hòa")
    ('xa dong giang', 'dong tien', True)
    """
    bare = unicodedata.normalize("NFD", text.replace("Ð", "Đ").lower())
    bare = "".join(character for character in bare if not unicodedata.combining(character))
    return " ".join(bare.replace("đ", "d").replace("ð", "d").split())
