"""A page opened after publishing shows the new figures; a page opened before keeps its own."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context, copy_context

import pandas as pd
import pytest

import queries
from access import Role, User
from ingest.publish import publish, withdraw
from tests import small
from ui.view import View

SCORES = {"index": "par", "year": 2024}


def opened() -> tuple[Context, Callable[..., pd.DataFrame]]:
    """A page opened now: its context and its query function."""
    context = copy_context()

    def open_it() -> View:
        snapshot = queries.pin()
        home = queries.load("freshness").iloc[0]
        homes = queries.load("homes").set_index("home_code")
        return View("Tổng quan", snapshot, home, User("ai đó", Role.VIEWER), queries.standpoint(), homes)

    view = context.run(open_it)
    return context, lambda name, **more: context.run(view.ask, name, **more)


def scores(share: float) -> list[dict[str, str]]:
    """Scores of three districts: the home's is this share of the maximum, the others' half."""
    return [
        small._score(district, "par", 2024, "total", score=share if district == "597" else 50, maximum=100)
        for district in ("593", "597", "601")
    ]


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store with the scores of three districts."""
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    publish([small.write(tmp_path / "a.csv", scores(61))], store=tmp_path / "store")
    return tmp_path / "store"


def shown(ask: Callable[..., pd.DataFrame]) -> tuple[float, str]:
    """The district's own score on a page, as a number and in words."""
    row = ask("district_scores", **SCORES).set_index("unit_code").loc["597"]
    return row["value"], row["text"]


def test_new_figures_are_on_the_next_page_and_not_on_this_one(store, tmp_path):
    _, before = opened()
    assert shown(before) == (61, "61,00\u00a0điểm")
    outcome = publish([small.write(tmp_path / "b.csv", scores(72))], store=store)
    assert shown(before) == (61, "61,00\u00a0điểm")
    _, after = opened()
    assert shown(after) == (72, "72,00\u00a0điểm")
    # The order in which pages query does not matter.
    assert [shown(ask)[0] for ask in (before, after, before)] == [61, 72, 61]
    withdraw(outcome.uploads[0]["id"], store=store)
    _, again = opened()
    assert [shown(ask)[0] for ask in (again, after, before)] == [61, 72, 61]


def test_two_stores_whose_snapshots_bear_the_same_name(store, tmp_path, monkeypatch):
    """s000001 of one store is not confused with s000001 of another."""
    assert shown(opened()[1])[0] == 61
    other = tmp_path / "other"
    publish([small.write(tmp_path / "c.csv", scores(83))], store=other)
    monkeypatch.setenv("DASHBOARD_STORE", str(other))
    assert shown(opened()[1])[0] == 83
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    assert shown(opened()[1])[0] == 61
