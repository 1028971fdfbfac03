"""Decorator for tests of query answers: each test runs again with changed answers, and must then fail.

A test declares the query that it covers with ``@answers("headline")``. The declaration is verified: after the test
first passes, it runs again with every value of that answer changed, with one row removed, and with the rows reversed. A
test that still passes does not check the answer, so it is reported as a failure.
"""

from __future__ import annotations

import functools
import importlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

import queries

TESTS = Path(__file__).parent
# Query → the tests that check its rows, those that also check values, and those that also check the order.
TESTED: dict[str, set[str]] = defaultdict(set)
FIGURED: dict[str, set[str]] = defaultdict(set)
ORDERED: dict[str, set[str]] = defaultdict(set)
_spoils: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {}
_done: list[str] = []  # the changed answers that were returned
_sizes: list[int] = []  # the number of rows of each answer before its change


def answers(*names: str, figures: bool = True, order: bool = True) -> Callable[[Callable], Callable]:
    """Declare that a test checks the answers of these queries, and verify it (see the module docstring).

    `figures`: it checks values, not only which rows exist; `order`: it checks the order of rows.
    """
    changes = [a_row_less, *([other_figures] if figures else []), *([other_order] if order else [])]

    def mark(test: Callable) -> Callable:
        for name in names:
            for held, registry in ((True, TESTED), (figures, FIGURED), (order, ORDERED)):
                if held:
                    registry[name].add(f"{test.__module__}.{test.__name__}")
        proved = []

        @functools.wraps(test)
        def proving(*given: object, **named: object) -> None:
            test(*given, **named)
            if proved:
                return
            again = functools.partial(test, *given, **named)
            # A case with an empty answer proves nothing: the next one is tried.
            if all(_prove(again, name, change) for name in names for change in changes):
                proved.append(True)

        return proving

    return mark


def _prove(test: Callable[[], None], name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> bool:
    """The test must fail when the answer of this query is changed in this way; False if the answer has no rows."""
    with _spoilt(name, change):
        try:
            test()
        except Exception:
            return True
    if _sizes and not any(_sizes):
        return False
    if name in _done:
        pytest.fail(f"passes with {change.__name__.replace('_', ' ')} in the answer to {name}", pytrace=False)
    if change is not other_order:  # an answer with one row has no other order
        pytest.fail(f"never looks at the answer to {name}", pytrace=False)
    return True


@contextmanager
def _spoilt(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Iterator[None]:
    """Change every answer of one query, however it is requested."""
    true = queries.load
    _spoils[name] = change
    _done.clear()
    _sizes.clear()
    queries.load = lambda asked, **params: shown(asked, true(asked, **params))
    try:
        yield
    finally:
        queries.load = true
        _spoils.clear()


def shown(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The answer for the test: unchanged, unless this query is currently changed."""
    if name not in _spoils:
        return frame
    _sizes.append(len(frame))
    spoilt = _spoils[name](frame)
    spoilt.attrs = dict(frame.attrs)
    if not spoilt.equals(frame):
        _done.append(name)
    return spoilt


def other_figures(frame: pd.DataFrame) -> pd.DataFrame:
    """Add one to every number and negate every boolean; if there are none, change every text."""
    spoilt = frame.copy()
    for column in frame.columns:
        if pd.api.types.is_bool_dtype(frame[column]):
            spoilt[column] = ~frame[column]
        elif pd.api.types.is_numeric_dtype(frame[column]):
            spoilt[column] = frame[column] + 1
    if spoilt.equals(frame):
        for column in frame.columns:
            spoilt[column] = [f"{value}*" if isinstance(value, str) else value for value in frame[column]]
    return spoilt


def a_row_less(frame: pd.DataFrame) -> pd.DataFrame:
    """Remove the last row."""
    return frame.iloc[:-1]


def other_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Reverse the rows."""
    return frame.iloc[::-1].reset_index(drop=True)


def collected() -> None:
    """Import every test module with marked tests, so that TESTED is complete."""
    for path in sorted(TESTS.glob("test_*.py")):
        if "@answers(" in path.read_text(encoding="utf-8"):
            importlib.import_module(f"tests.{path.stem}")


def same_rows(frame: pd.DataFrame, expected: list[dict[str, object]]) -> None:
    """The answer has exactly these rows in this order; only the given columns are compared."""
    assert len(frame) == len(expected), (frame, expected)
    for place, (row, wanted) in enumerate(zip(frame.to_dict("records"), expected, strict=True)):
        for column, value in wanted.items():
            assert alike(row[column], value), (place, column, row[column], value, wanted)


def alike(one: object, other: object) -> bool:
    """Both missing or equal: floats approximately, dates of any type; for a set, one of its values."""
    if isinstance(other, frozenset):
        return any(alike(one, each) for each in other)
    if _missing(one) or _missing(other):
        return _missing(one) and _missing(other)
    if isinstance(other, bool):
        return bool(one) is other
    if isinstance(other, int | float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-9)
    if isinstance(other, date):
        return pd.Timestamp(one).date() == other
    return one == other


def _missing(value: object) -> bool:
    return value is None or bool(pd.isna(value))


def day(text: str) -> date | None:
    """Parse a date from a file; None if empty."""
    return date.fromisoformat(text) if text else None


def share(part: float | None, whole: float | None, of: float = 100) -> float | None:
    """A part in percent of a whole; None if the whole is missing or 0."""
    return None if part is None or not whole else of * part / whole


def days_from(start: date, count: int) -> date:
    """The date a number of calendar days later."""
    return start + timedelta(days=count)
