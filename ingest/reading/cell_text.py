"""The text of a cell's value that is not text: numbers, dates, times, as a person would write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from ingest.reading.number_format import unlike_thousands


def text_of(value) -> str | None:
    """The text of a value that is not a string."""
    return _WRITERS[type(value)](value)


def _float(value: float) -> str:
    """A decimal number without exponent.

    >>> [_float(value) for value in (123.0, 63.512, 63.51, 1e-05, 0.001, 1e22, -0.0)]
    ['123', '63.5120', '63.51', '0.00001', '0.0010', '10000000000000000000000', '0']
    """
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    text = repr(value)
    if "e" in text:
        text = format(Decimal(text), "f")
    return unlike_thousands(text)


def _datetime(value: datetime) -> str:
    """A date and time rounded to the second: a sheet's day number gives 07:08:08.9999995 for 07:08:09.

    >>> _datetime(datetime(2024, 5, 6, 7, 8, 9, 600000)), _datetime(datetime(2024, 5, 6, 23, 59, 59, 999000))
    ('2024-05-06 07:08:10', '2024-05-07')
    """
    with suppress(OverflowError):
        value += timedelta(microseconds=500_000)
    text = value.isoformat(" ", "seconds")
    return text.removesuffix(" 00:00:00")


def _time(value: time) -> str:
    """A time of day rounded to the second.

    >>> _time(time(7, 8, 9)), _time(time(23, 59, 59, 900000))
    ('07:08:09', '23:59:59')
    """
    seconds = value.hour * 3600 + value.minute * 60 + value.second + (value.microsecond >= 500_000)
    return clock(min(seconds, 86_399))


def _timedelta(value: timedelta) -> str:
    """A duration; hours may exceed 24.

    >>> _timedelta(timedelta(days=1, hours=6)), _timedelta(timedelta(hours=-1))
    ('30:00:00', '-01:00:00')
    """
    seconds = round(value.total_seconds())
    return ("-" if seconds < 0 else "") + clock(abs(seconds))


def clock(seconds: int) -> str:
    """A time in seconds as hours, minutes and seconds.

    >>> clock(108_005)
    '30:00:05'
    """
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


_WRITERS = {
    str: lambda value: value or None,
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _float,
    datetime: _datetime,
    date: date.isoformat,
    time: _time,
    timedelta: _timedelta,
}
