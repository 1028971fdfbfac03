"""How Vietnamese offices write numbers, dates and names. Nobody else writes a number that people read.

Spreadsheets and CSV files get the numbers themselves.
"""

import unicodedata
from datetime import date as Date
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from math import isfinite
from numbers import Integral, Real

MISSING = "–"
MINUS = "−"
NO_BREAK = "\u00a0"

# Decimals a reader expects for each unit of measure; anything else is counted, so whole.
DECIMALS = {
    "%": 1,
    "điểm %": 1,
    "điểm": 2,
    "ngày làm việc": 1,
    "ngày": 1,
    "công sức": 1,
    "hồ sơ": 0,
    "sản phẩm": 0,
    "dịch vụ": 0,
    "cán bộ": 0,
}
_SIGNS = str.maketrans({",": ".", ".": ",", "-": MINUS})
_DIGITS = Context(prec=400)  # room for the largest float there is, and its decimals


def absent(value) -> bool:
    """Tell whether a value is missing in any of the ways a data frame can hold.

    >>> [absent(value) for value in (None, float("nan"), float("inf"), 0, "")]
    [True, True, True, False, False]
    """
    kind = type(value)
    if kind is float:  # most of them
        return not isfinite(value)
    if value is None or kind.__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, Decimal):
        return not value.is_finite()
    return isinstance(value, Real) and not isinstance(value, Integral) and not isfinite(value)


def rounded(value, decimals: int) -> Decimal:
    """Round half up on the digits a reader sees, not on the binary fraction behind them.

    >>> rounded(2.25, 1), rounded(1.005, 2), rounded(-0.04, 1)
    (Decimal('2.3'), Decimal('1.01'), Decimal('0.0'))
    """
    if type(value) is not float and isinstance(value, Integral):
        exact = Decimal(int(value))
    else:
        exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    result = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=_DIGITS)
    return result.copy_abs() if result.is_zero() else result


def decimals_of(measure: str) -> int:
    """The decimals that a unit of measure deserves: none for what is counted.

    >>> decimals_of("điểm"), decimals_of("lượt")
    (2, 0)
    """
    return DECIMALS.get(measure, 0)


def number(value, decimals: int = 0) -> str:
    """Write a number with a dot between thousands, a comma before decimals and the sign that is as wide as a plus.

    >>> number(1234.5, 1), number(92345), number(2.25, 1), number(-0.04, 1), number(-1234)
    ('1.234,5', '92.345', '2,3', '0,0', '−1.234')
    >>> number(None), number(float("nan"))
    ('–', '–')
    """
    return MISSING if absent(value) else f"{rounded(value, decimals):,f}".translate(_SIGNS)


def ordinal(value) -> str:
    """Write a rank or a year: digits alone.

    >>> ordinal(3.0), ordinal(2024), ordinal(None)
    ('3', '2024', '–')
    """
    return MISSING if absent(value) else f"{value:.0f}"


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
    digits = number(value, decimals_of(measure) if decimals is None else decimals)
    return f"{digits}{NO_BREAK}{measure.replace(' ', NO_BREAK)}" if measure else digits


def limit(value, measure: str = "") -> str:
    """Write what was set and not measured – a target, a maximum, a weight – without its unit: no decimals where it has none.

    >>> limit(100.0), limit(7.5), limit(62.25, "điểm"), limit(None)
    ('100', '7,5', '62,25', '–')
    """
    return number(value, _decimals_of_limit(value, measure))


def target(value, measure: str) -> str:
    """Write a target with its unit: no decimals where it has none.

    >>> [target(value, "%").replace(NO_BREAK, " ") for value in (100.0, 62.5)]
    ['100 %', '62,5 %']
    """
    return quantity(value, measure, _decimals_of_limit(value, measure))


def _decimals_of_limit(value, measure: str) -> int:
    """None for a whole one; what is no whole keeps at least one, also of a thing that is counted."""
    return 0 if absent(value) or value == int(value) else max(decimals_of(measure), 1)


def change(value, measure: str, decimals: int | None = None) -> str:
    """Write a change with its sign; a change of a percentage is in percentage points.

    >>> [change(value, "%").replace(NO_BREAK, " ") for value in (2.1, -2.25, 0.04)]
    ['+2,1 điểm %', '−2,3 điểm %', '0,0 điểm %']
    >>> change(1500, "hồ sơ").replace(NO_BREAK, " "), change(None, "%")
    ('+1.500 hồ sơ', '–')
    """
    plus = "+" if sign(value, measure, decimals) > 0 else ""
    return plus + quantity(value, measure_of_change(measure), decimals)


def measure_of_change(measure: str) -> str:
    """The unit of a difference: of two percentages it is percentage points.

    >>> measure_of_change("%"), measure_of_change("hồ sơ")
    ('điểm %', 'hồ sơ')
    """
    return "điểm %" if measure == "%" else measure


def sign(value, measure: str, decimals: int | None = None) -> int:
    """1, -1, or 0 for a change that its reader cannot see, or that is not known.

    >>> sign(2.1, "%"), sign(-2.25, "%"), sign(0.04, "%"), sign(None, "%")
    (1, -1, 0, 0)
    """
    if absent(value):
        return 0
    seen = rounded(value, decimals_of(measure) if decimals is None else decimals)
    return (seen > 0) - (seen < 0)


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


def fold(text: str) -> str:
    """Reduce a text to what two spellings of the same name share.

    >>> fold("  Xã  ĐÔNG Giang "), fold("Ðông" + NO_BREAK + "Tiến"), fold("Thuận Hoà") == fold("Thuận Hòa")
    ('xa dong giang', 'dong tien', True)
    """
    bare = unicodedata.normalize("NFD", text.replace("Ð", "Đ").lower())
    bare = "".join(character for character in bare if not unicodedata.combining(character))
    return " ".join(bare.replace("đ", "d").replace("ð", "d").split())
