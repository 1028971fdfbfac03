"""Tests of what questions answer: each is run again with a spoilt answer, and must fail on it.

A test says with ``@answers("headline")`` whose values it holds. Saying so is not enough: the first time that it has
passed, it runs once more with every figure of that answer changed, once with a row less and once with the rows in the
reverse order. A test that passes then does not look at what it says it tests, and fails.
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
# Question → the tests that hold its rows, those of them that hold the figures, and those that hold the order as well.
TESTED: dict[str, set[str]] = defaultdict(set)
FIGURED: dict[str, set[str]] = defaultdict(set)
ORDERED: dict[str, set[str]] = defaultdict(set)
_spoils: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {}
_done: list[str] = []  # the spoilt answers that were handed out


def answers(*names: str, figures: bool = True, order: bool = True) -> Callable[[Callable], Callable]:
    """Mark a test as one of the answers to these questions, and prove it: see above.

    `figures`: of the values, not only of which rows there are; `order`: of the order of the rows.
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
            for name in names:
                for change in changes:
                    _prove(functools.partial(test, *given, **named), name, change)
            proved.append(True)

        return proving

    return mark


def _prove(test: Callable[[], None], name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """The test fails once the answer to this question is spoilt in this way."""
    with _spoilt(name, change):
        try:
            test()
        except Exception:
            return
    if name in _done:
        pytest.fail(f"passes with {change.__name__.replace('_', ' ')} in the answer to {name}", pytrace=False)
    if change is not other_order:  # an answer of one row has no other order
        pytest.fail(f"never looks at the answer to {name}", pytrace=False)


@contextmanager
def _spoilt(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Iterator[None]:
    """Every answer to one question spoilt, whichever way it is asked for."""
    true = queries.load
    _spoils[name] = change
    _done.clear()
    queries.load = lambda asked, **params: shown(asked, true(asked, **params))
    try:
        yield
    finally:
        queries.load = true
        _spoils.clear()


def shown(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """An answer as a test is to see it: as it is, unless this very question is spoilt at the moment."""
    if name not in _spoils:
        return frame
    spoilt = _spoils[name](frame)
    spoilt.attrs = dict(frame.attrs)
    if not spoilt.equals(frame):
        _done.append(name)
    return spoilt


def other_figures(frame: pd.DataFrame) -> pd.DataFrame:
    """Every number one more, every truth its contrary; where there is neither, every text another."""
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
    """Without the last row."""
    return frame.iloc[:-1]


def other_order(frame: pd.DataFrame) -> pd.DataFrame:
    """The last row first."""
    return frame.iloc[::-1].reset_index(drop=True)


def collected() -> None:
    """Import every test module that marks a test, so that TESTED is whole."""
    for path in sorted(TESTS.glob("test_*.py")):
        if "@answers(" in path.read_text(encoding="utf-8"):
            importlib.import_module(f"tests.{path.stem}")


def same_rows(frame: pd.DataFrame, expected: list[dict[str, object]]) -> None:
    """The answer has exactly these rows, in this order: of each the columns that are given."""
    assert len(frame) == len(expected), (frame, expected)
    for place, (row, wanted) in enumerate(zip(frame.to_dict("records"), expected, strict=True)):
        for column, value in wanted.items():
            assert alike(row[column], value), (place, column, row[column], value, wanted)


def alike(one: object, other: object) -> bool:
    """Both missing, or the same: numbers but for the last bits, days whatever their type; one of a set is enough."""
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
    """A day as files write it; None for an empty one."""
    return date.fromisoformat(text) if text else None


def share(part: float | None, whole: float | None, of: float = 100) -> float | None:
    """A part in percent of a whole; None where there is nothing to divide by."""
    return None if part is None or not whole else of * part / whole


def days_from(start: date, count: int) -> date:
    """So many calendar days later."""
    return start + timedelta(days=count)
