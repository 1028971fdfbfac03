"""Cards: direction and colour of a change depend on the number as displayed."""

from __future__ import annotations

import pytest
from streamlit.proto.Metric_pb2 import Metric
from streamlit.testing.v1 import AppTest

UP, DOWN, NONE = Metric.MetricDirection.UP, Metric.MetricDirection.DOWN, Metric.MetricDirection.NONE
GREEN, RED, GRAY = Metric.MetricColor.GREEN, Metric.MetricColor.RED, Metric.MetricColor.GRAY


def drawn(kind: str, **given) -> Metric:
    """The st.metric element of a card, as sent to the browser."""

    def script(kind: str, given: dict) -> None:
        from datetime import date

        import pandas as pd

        from access import Role, User
        from ui import parts
        from ui.page import View
        from words.columns import written
        from words.period import Period

        day = date(2024, 12, 31)
        period = Period("solar", "quarter", "2024-Q4", "Quý IV/2024", day, day, day, False, "2024-Q3", "", "previous")
        view = View("Tổng quan", None, pd.Series(dtype=object), User("", Role.VIEWER), period=period)
        row = {
            "name": "Đúng hạn", "group_name": "Giải quyết thủ tục", "value": 90.0, "measure": "%", "direction": "up",
            "status": "met", "target": 95.0, "low_volume": False, "place": 3, "before_place": 3, "coverage": 100,
            "ranked_units": 17, "points": 5.0, "points_text": "5/6", "known_maximum": 6, "maximum": 6, "change": None,
            "short_name": "DTI", "year": 2024, "ranked_districts": 10, "class_name": "Tốt", "class_published": True,
            "goal": "", "sentence": "",
        }  # fmt: skip
        rows = written(pd.DataFrame([row | given]))
        if kind == "group":
            parts.group_cards(rows, view)
        elif kind == "place":
            parts.place_card(rows.iloc[0])
        else:
            {"figure": parts.card, "standing": parts.standing_card}[kind](rows.iloc[0], view)

    app = AppTest.from_function(script, kwargs={"kind": kind, "given": given}).run()
    assert not app.exception
    return app.metric[0].proto


@pytest.mark.parametrize("kind", ["figure", "standing", "group"])
@pytest.mark.parametrize(
    ("change", "measure", "direction", "color"),
    [
        (2.1, "%", UP, GREEN),
        (-2.1, "%", DOWN, RED),
        (0.0, "%", NONE, GRAY),
        (0.04, "%", NONE, GRAY),
        (-0.04, "%", NONE, GRAY),
        (0.04, "điểm", UP, GREEN),
        (0.004, "điểm", NONE, GRAY),
        (-0.4, "hồ sơ", NONE, GRAY),
    ],
)
def test_a_change_of_zero_has_no_arrow(kind, change, measure, direction, color):
    card = drawn(kind, change=change, measure=measure)
    assert (card.direction, card.color) == (direction, color)
    assert card.delta and card.delta_description == "so kỳ trước"


@pytest.mark.parametrize("kind", ["figure", "standing", "group"])
def test_a_change_that_is_not_known_is_not_shown(kind):
    card = drawn(kind, change=None)
    assert (card.delta, card.delta_description) == ("", "")


@pytest.mark.parametrize(("wanted", "color"), [("up", RED), ("down", GREEN), ("context", GRAY)])
def test_whether_less_is_better_is_told_by_the_row(wanted, color):
    card = drawn("figure", change=-3.0, direction=wanted)
    assert (card.direction, card.color) == (DOWN, color)


def test_the_sign_in_the_words_decides_nothing():
    """The sign in the text is not used: a typographic minus is not a hyphen."""
    from ui.parts import change_shown

    shown = change_shown("\u22122,0 điểm", -1, "so kỳ trước")
    assert (shown["delta_arrow"], shown["delta_color"]) == ("down", "red")


@pytest.mark.parametrize(
    ("before", "now", "text", "direction", "color"),
    [
        (5, 3, "+2 hạng", UP, GREEN),
        (3, 5, "-2 hạng", DOWN, RED),
        (3, 3, "giữ hạng", NONE, GRAY),
        (float("nan"), 3, "", NONE, GRAY),
    ],
)
def test_a_better_place_is_a_smaller_number(before, now, text, direction, color):
    card = drawn("place", before_place=before, place=now)
    assert card.delta.replace("\u00a0", " ").replace("\u2212", "-") == text
    assert (card.direction, card.color) == (direction, color)
