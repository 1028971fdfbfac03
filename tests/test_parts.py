"""Cards as Streamlit draws them: direction and colour of a change; nothing if it is unknown."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
from streamlit.proto.Metric_pb2 import Metric
from streamlit.testing.v1 import AppTest

from ui import parts
from words.columns import written

UP, DOWN, NONE = Metric.MetricDirection.UP, Metric.MetricDirection.DOWN, Metric.MetricDirection.NONE
GREEN, RED, GRAY = Metric.MetricColor.GREEN, Metric.MetricColor.RED, Metric.MetricColor.GRAY


def drawn(name: str, row: dict) -> tuple[Metric, str]:
    """A card of ui.parts: its metric, and the lines below it."""

    def page(name, row):
        from types import SimpleNamespace

        import pandas as pd
        import streamlit as st

        from ui import parts

        view = SimpleNamespace(before_words="kỳ trước", explain=st.markdown)
        row = pd.Series(row)
        if name == "group_cards":
            parts.group_cards(pd.DataFrame([row]), view)
        else:
            getattr(parts, name)(*((row,) if name == "place_card" else (row, view)))

    test = AppTest.from_function(page, kwargs={"name": name, "row": row}).run()
    assert not test.exception, test.exception
    return test.metric[0].proto, "\n".join(part.value for part in test.markdown)


def figure(change: float | None, measure: str, **more) -> dict:
    """A row as answered to a page, with its texts."""
    row = {"value": 50.0, "target": 60.0, "change": change, "measure": measure, "status": "near", "low_volume": False}
    row |= {"variation": None, "assurance": None, "process_text": "", "is_other_month": False, "range_text": ""}
    return written(pd.DataFrame([row | more])).iloc[0].to_dict()


@pytest.mark.parametrize(
    ("change", "measure", "text", "way"),
    [
        (2.1, "%", "+2,1 điểm %", UP),
        (-2.1, "%", "−2,1 điểm %", DOWN),
        (0.0, "%", "0,0 điểm %", NONE),
        (-0.04, "%", "0,0 điểm %", NONE),
        (0.04, "điểm", "+0,04 điểm", UP),
        (-0.4, "hồ sơ", "0 hồ sơ", NONE),
        (None, "%", "", NONE),
    ],
)
def test_a_change_points_where_it_went(change, measure, text, way):
    """A change is a figure without a judgement: grey. One that is written as zero has no arrow."""
    more = {"name": "Đúng hạn", "known_maximum": 10.0, "maximum": 10.0, "points": None}
    metric, _ = drawn("group_cards", figure(change, measure, **more))
    assert (metric.delta.replace("\u00a0", " "), metric.direction, metric.color) == (text, way, GRAY)
    assert metric.delta_description == ("" if change is None else "so kỳ trước")


@pytest.mark.parametrize("name", ["standing_card", "group_cards"])
@pytest.mark.parametrize(
    ("change", "text", "way", "color"),
    [
        (1.25, "+1,25 điểm", UP, GRAY),
        (-1.25, "−1,25 điểm", DOWN, GRAY),
        (0.004, "0,00 điểm", NONE, GRAY),
        (None, "", NONE, GRAY),
    ],
)
def test_points_won_and_lost(name, change, text, way, color):
    more = {"group_name": "Chuyển đổi số", "coverage": 90.0, "place": 3, "ranked_units": 17}
    more |= {
        "name": "Chuyển đổi số",
        "points": 5.0,
        "points_text": "5,00/10 điểm",
        "known_maximum": 10.0,
        "maximum": 12.5,
    }
    metric, line = drawn(name, figure(change, "điểm", **more))
    assert (metric.delta.replace("\u00a0", " "), metric.direction, metric.color) == (text, way, color)
    assert ("hạng 3/17" if name == "standing_card" else "đủ số liệu 10/12,50 điểm") in line


def test_a_score_has_a_range_of_ranks():
    more = {"group_name": "Điểm tổng hợp", "coverage": 90.0, "place": 3, "ranked_units": 17, "range_text": "2–5"}
    _, line = drawn("standing_card", figure(1.0, "điểm", **more))
    assert "hạng 3/17 (khoảng 2–5)" in line


PLACE = {
    "short_name": "CCHC", "year": 2024, "place": 2, "before_place": 4, "ranked_districts": 10, "text": "81,25 điểm",
    "class_name": "Tốt", "class_published": False, "goal": "", "sentence": "Hạng 2/10 năm 2024.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "value", "text", "way"),
    [
        ({}, "Hạng 2/10", "+2 hạng", UP),
        ({"before_place": 1}, "Hạng 2/10", "−1 hạng", DOWN),
        ({"before_place": 2}, "Hạng 2/10", "giữ hạng", NONE),
        ({"before_place": None}, "Hạng 2/10", "", NONE),
        ({"place": None}, "Chưa xếp hạng", "", NONE),
    ],
)
def test_places_won_and_lost(more, value, text, way):
    metric, line = drawn("place_card", written(pd.DataFrame([PLACE | more])).iloc[0].to_dict())
    assert (metric.body, metric.delta.replace("\u00a0", " "), metric.direction) == (value, text, way)
    assert "loại **Tốt** (tính theo điểm" in line and "nan" not in line


def test_a_district_without_class_has_no_word_of_it():
    _, line = drawn("place_card", PLACE | {"class_name": None})
    assert line == ":small[Điểm thẩm định năm 2024: 81,25 điểm. Hạng 2/10 năm 2024.]"


def test_a_table_without_rows_says_so_in_vietnamese():
    def page():
        import pandas as pd

        from ui.tables import table

        table(pd.DataFrame({"name": []}), ["name"])
        table(pd.DataFrame({"name": []}), ["name"], "Chưa có số dân.")

    test = AppTest.from_function(page).run()
    assert not test.exception and not test.table
    assert [part.value for part in test.markdown] == ["Chưa có dòng nào.", "Chưa có số dân."]


@pytest.mark.parametrize(
    ("placed", "title"),
    [
        ([("Đa Mi", "9 %", 1), ("La Dạ", "5 %", 2)], "tốt nhất Đa Mi 9 %, kém nhất La Dạ 5 %"),
        ([("Đa Mi", "9 %", 1), ("La Dạ", "5 %", 2), ("Hàm Phú", "0 %", None)],
         "trong 2/3 xã xếp hạng được, tốt nhất Đa Mi 9 %, kém nhất La Dạ 5 %"),
        # Equal as they are shown, though not as they are ranked.
        ([("Đa Mi", "9 %", 1), ("La Dạ", "9 %", 2), ("Hàm Phú", "5 %", 3)], "tốt nhất Đa Mi và 1 xã khác, cùng 9 %, kém nhất Hàm Phú 5 %"),
        ([("Đa Mi", "9 %", 1), ("La Dạ", "9 %", 2)], "2 xã cùng 9 %"),
        ([("Đa Mi", "9 %", 1), ("La Dạ", "9 %", None)], "trong 1/2 xã xếp hạng được, Đa Mi 9 %"),
        ([("Đa Mi", "9 %", None)], ""),
    ],
)  # fmt: skip
def test_a_title_names_the_best_of_those_ranked(placed, title):
    """Neither a superlative over units that are not ranked, nor one of several equal ones."""
    rows = pd.DataFrame(placed, columns=["name", "text", "place"])
    view = SimpleNamespace(home={"member_word": "xã"}, period_title="Quý I/2024")
    assert parts.indicator_title(rows, "Chỉ tiêu", view) == f"Chỉ tiêu, Quý I/2024{title and f': {title}'}"
