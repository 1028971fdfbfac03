"""The format of numbers, sentences and columns, including missing values."""

from __future__ import annotations

import datetime
import io
import itertools
import re
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import queries
from charts.criteria import criteria_dots
from queries.scenario import Plan
from tests.test_queries import CASES, CHOICES, NAMES
from ui import tables, whatif
from words import columns, sentences, vietnamese
from words.columns import COLUMNS, INTERNAL, STATUSES, written
from words.download import as_workbook
from words.vietnamese import DECIMALS, MISSING, NO_BREAK

MEASURES = [*DECIMALS, "lượt"]  # the last one is unknown to the program: an office may upload its own indicators
NOTHING = [None, float("nan"), float("inf"), float("-inf"), pd.NA, pd.NaT, np.nan, np.float32("nan"), Decimal("NaN")]
# Tiny, huge, negative numbers, and those whose binary fraction is slightly below the written one.
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1000, 1000),
    st.integers(-(10**25), 10**25),
    st.integers(-(10**6), 10**6).map(lambda number: number / 1000),
    st.decimals(-(10**9), 10**9, places=4),
    st.floats(-1e6, 1e6).map(np.float64),
    st.integers(-(10**15), 10**15).map(np.int64),
)
HARD = [
    2.675,
    1.005,
    -2.675,
    0.05,
    -0.05,
    0.5,
    -0.5,
    1.5,
    2.5,
    1e22,
    -1e22,
    5e-324,
    1.7976931348623157e308,
    999.995,
    -0.0,
]


def read_back(text: str) -> Fraction:
    """The number as read by a Vietnamese reader."""
    return Fraction(text.replace(".", "").replace(",", ".").replace("−", "-"))


def half_up(value, decimals: int) -> Fraction:
    """A number rounded half away from zero, with integers only."""
    exact = Fraction(value) if isinstance(value, (int, Decimal)) else Fraction(repr(float(value)))
    exact = Fraction(int(value)) if isinstance(value, np.integer) else exact
    steps = abs(exact) * 10**decimals
    whole = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)
    return Fraction(whole, 10**decimals) * (-1 if exact < 0 else 1)


def hard(test):
    """Add every known difficult number, at every number of decimals, as an example of a property test."""
    for value, decimals in itertools.product(HARD, range(4)):
        test = example(value=value, decimals=decimals)(test)
    return test


# -------------------------------------------------------------------------------------------- numbers


@hard
@given(value=NUMBERS, decimals=st.integers(0, 3))
def test_a_number_is_read_back_as_it_was_rounded(value, decimals):
    text = vietnamese.number(value, decimals)
    places = rf",\d{{{decimals}}}" if decimals else ""
    assert re.fullmatch(rf"−?\d{{1,3}}(\.\d{{3}})*{places}", text), text
    assert read_back(text) == half_up(value, decimals)
    assert not re.fullmatch("−[0.,]*", text)


@given(value=NUMBERS, measure=st.sampled_from(MEASURES))
@example(value=2.675, measure="điểm")
@example(value=-0.04, measure="%")
def test_a_quantity_has_the_decimals_of_its_measure(value, measure):
    digits, blank, unit = vietnamese.quantity(value, measure).partition(NO_BREAK)
    assert digits == vietnamese.number(value, DECIMALS.get(measure, 0))
    assert blank and unit == measure.replace(" ", NO_BREAK) and " " not in unit
    assert vietnamese.quantity(value, "") == vietnamese.number(value)
    assert vietnamese.percent(value) == vietnamese.quantity(value, "%")


@given(value=NUMBERS, measure=st.sampled_from(MEASURES))
@example(value=-0.004, measure="điểm")
@example(value=0.005, measure="điểm")
@example(value=-2.25, measure="%")
def test_a_change_has_a_sign_where_it_can_be_seen(value, measure):
    text = vietnamese.change(value, measure)
    digits, _, unit = text.partition(NO_BREAK)
    seen = half_up(value, DECIMALS.get(measure, 0))
    assert read_back(digits.removeprefix("+")) == seen
    assert digits.startswith("+") is (seen > 0) and digits.startswith("−") is (seen < 0)
    assert vietnamese.sign(value, measure) == (seen > 0) - (seen < 0)
    assert unit.replace(NO_BREAK, " ") == ("điểm %" if measure == "%" else measure) and "-" not in text


@given(value=NUMBERS, measure=st.sampled_from(MEASURES))
@example(value=62.5, measure="%")
@example(value=2.5, measure="sản phẩm")
@example(value=82.25, measure="điểm")
@example(value=100.0, measure="%")
def test_a_target_has_no_decimals_where_it_has_none(value, measure):
    text = vietnamese.target(value, measure)
    digits, _, unit = text.partition(NO_BREAK)
    assert digits == vietnamese.limit(value, measure) and unit.replace(NO_BREAK, " ") == measure
    if value == int(value):
        assert read_back(digits) == half_up(value, 0) and "," not in digits
    else:
        places = max(DECIMALS.get(measure, 0), 1)
        assert read_back(digits) == half_up(value, places) and len(digits.partition(",")[2]) == places


@pytest.mark.parametrize("value", NOTHING, ids=repr)
def test_what_is_missing_is_a_dash(value):
    for measure in MEASURES:
        for write in (vietnamese.quantity, vietnamese.change, vietnamese.target, vietnamese.limit):
            assert write(value, measure) == MISSING
        assert vietnamese.sign(value, measure) == 0
    for write in (vietnamese.number, vietnamese.percent, vietnamese.ordinal, vietnamese.date, vietnamese.moment):
        assert write(value) == MISSING


@given(value=st.integers(0, 10**6) | st.integers(0, 10**6).map(float))
def test_a_rank_or_year_is_digits_alone(value):
    assert vietnamese.ordinal(value) == str(int(value))


# ------------------------------------------------------------------------------------------ sentences

# A query → rows of it with the expected text (no-break spaces written as spaces); then the same row with missing parts.
ATTENTION_LATE = {
    "topic": "Trễ hạn", "unit_name": "Xã Đa Mi", "field_name": "Đất đai", "late": 1234, "late_share": 12.35,
    "district_late": 9991, "open_late": 7, "level_word": "huyện",
}  # fmt: skip
ATTENTION_WORSENED = {
    "topic": "Xấu đi thật", "unit_name": "Xã Đa Mi", "indicator_name": "Tỷ lệ đúng hạn", "measure": "%", "direction": "up",
    "before": 93.25, "before_numerator": 373.0, "before_denominator": 400.0, "value": 88.45, "numerator": 291.0, "denominator": 329.0,
    "target": 100.0, "centre": 95.3, "lower_limit": 91.15, "upper_limit": 99.1, "month_title": "Tháng 12/2024", "month_value": 88.45,
    "month_numerator": 291.0, "month_denominator": 329.0, "signal_rule": "outside", "also_names": None, "further_units": None,
}  # fmt: skip
ATTENTION_CHANGED = {
    name: value for name, value in ATTENTION_WORSENED.items() if name not in ("target", "also_names", "further_units")
}
ATTENTION_MISSED = {
    "topic": "Mất nhiều điểm", "indicator_name": "Nộp trực tuyến", "measure": "%", "direction": "up", "value": 41.26,
    "numerator": 33.0, "denominator": 80.0, "target": 60.0, "worst_name": "Xã La Dạ", "worst_value": 9.0, "worst_numerator": 9.0,
    "worst_denominator": 100.0, "worst_of_all": True, "tied_units": 0, "level_word": "huyện", "member_word": "xã",
}  # fmt: skip
LEVER = {
    "kind": "lever", "name": "Kinh tế số", "own": 8.385, "maximum": 12.0, "rival_name": "Đức Linh", "figure": 1.15,
    "score": 79.4, "score_after": 80.55, "good": 80.0, "owner": "Phòng Kinh tế", "ties": 1, "year": 2024,
}  # fmt: skip
DISTANCE = {
    "kind": "distance", "score": 78.5, "good": 80.0, "figure": 1.5, "class_name": "Khá", "is_published": False, "is_good": False,
}  # fmt: skip
PLACE = {
    "place": 2, "ranked_districts": 10, "year": 2024, "lead": -1.505, "rival_name": "La Gi", "rival_place": 1, "rival_ties": 0, "before_place": 4.0,
}  # fmt: skip
INDEX_LEVER = {
    "name": "Sản phẩm trên sàn", "measure": "sản phẩm", "value": 38.0, "full_at": 85.0, "points_lost": 2.764, "maximum": 5.0,
    "score": 80.06, "score_after": 82.83, "lever_parts": 1, "worst_name": "Xã La Dạ", "worst_value": 0.0, "worst_of_all": True,
    "tied_units": 0, "period_title": "Quý IV/2024", "member_word": "xã",
}  # fmt: skip
WEAK = {
    "kind": "weak", "name": "Số hóa hồ sơ", "measure": "%", "value": 25.4, "target": 80.0, "place": 14, "placed_units": 16,
    "points_lost": 2.045, "district": 61.0, "numerator": 16.0, "denominator": 63.0, "tied_units": 0, "level_word": "huyện",
    "member_word": "xã",
}  # fmt: skip
REMIND = {
    "verdict": "remind", "name": "Xã Đa Mi", "value": 61.2, "place": 17, "ranked_units": 17, "change": -0.655, "is_moved": True,
    "is_most": True, "weak_name": "Tỷ lệ trễ hạn", "weak_value": 9.5, "weak_numerator": 19.0, "weak_denominator": 200.0,
    "weak_target": 0.0, "weak_measure": "%", "weak_is_most": True,
}  # fmt: skip
PILOT = {
    "place_name": "Ma Lâm", "indicator_title": "Tỷ lệ nộp trực tuyến", "measure": "%", "at_start": 40.0, "latest": 52.5,
    "change": 12.5, "others_change": -0.75, "ahead": 13.25, "member_word": "xã",
}  # fmt: skip
COUNTED = {
    "total": 1200, "done": 5, "done_late": 1, "overdue": 3, "running": 4, "due_soon": 2, "worst_owner": "Công an huyện", "worst_overdue": 2,
    "worst_owners": 1,
}  # fmt: skip
CONFIRMED = dict.fromkeys(
    ("open_components", "components", "open_criteria", "criteria", "open_bands", "bands", "open_targets", "targets"), 0
)
BRIEFING = {
    "headline": {"total": 8, "met": 2, "compared": 7, "better": 5, "worse": 1},
    "communes": {"best_name": "Ma Lâm", "best": 92.345, "best_units": 1, "worst_name": "Đa Mi", "worst": 50.4, "worst_units": 1,
                 "ranked_units": 17, "all_units": 17, "below": 4, "member_word": "xã",
                 "members_word": "xã, thị trấn", "target": 80.0},
    "late": {"late": 10, "handled": 1234, "late_share": 0.81, "open_late": 3, "field_name": "Đất đai", "field_late": 6,
             "late_fields": 1},
    "land": {"late": 10, "handled": 1234, "late_share": 0.81, "at_commune": 1, "at_district": 1200, "at_province": 33,
             "at_unknown": 0},
    "discipline": {"late_without_apology": 9, "not_closed": 1234},
    "online": {"online": 45.25, "online_numerator": 181.0, "online_denominator": 400.0, "online_target": 50.0, "paid": 12.0,
               "paid_numerator": 6.0, "paid_denominator": 50.0, "paid_target": 62.5},
    "digital": {"score": 80.055, "coverage": 93.6, "criterion_name": "Kinh tế số", "points_lost": 5.224,
                "lost_criteria": 1, "period_title": "Quý IV/2024"},
    "districts": {"index_names": ["Chuyển đổi số", "CCHC"], "years": [2024, 2023], "places": [1, 5], "ranked": [10, 10]},
}  # fmt: skip
FALLEN = "Xã Đa Mi: tỷ lệ đúng hạn từ 93,3 % (373/400) còn 88,5 % (291/329); "
GOAL = {
    "name": "Tỷ lệ nộp trực tuyến", "short_name": "Trực tuyến", "measure": "%", "direction": "up", "form": "flow", "is_counted": True, "is_index": False,
    "year": 2024, "month_title": "Tháng 9/2024", "months_left": 3, "value": 46.13, "target": 50.0, "recent": 51.58, "needed": 60.73, "extra": 779.7,
    "most": 60.4, "projected": 47.57, "low_end": 48.58, "high_end": 51.63, "pace": "open",
}  # fmt: skip
RISK = {
    "procedure_name": "Tách thửa hoặc hợp thửa đất",
    "field_name": "Đất đai",
    "days_left": 2,
    "holder_tier": "district",
    "chance": 72.4,
    "alike": 26,
    "alike_late": 22,
}
TRIAL = {"verdict": "good", "months": 12, "dossiers": 26221, "late": 4478, "auc": 0.7699, "auc_days": 0.6189, "brier": 0.11836,
         "brier_share": 0.1416, "first_late": 53.2, "first_late_days": 34.0, "worst_miss": 3.67}  # fmt: skip
FROZEN = {"measure": "%", "value": 91.7506, "numerator": 1457.0, "denominator": 1588.0, "period_title": "Quý IV/2024", "is_part": False}  # fmt: skip
APOLOGY = {"late_apologies": 41, "likely_apologies": 21, "due_apologies": 63, "unsure_apologies": 0, "again_apologies": 2, "unknown_apologies": 0, "lead_days": 1, "is_newest": True,
           "by_book": False}  # fmt: skip
PORTAL = {
    "portal_group": "total", "name": "Tổng điểm", "value": 84.47, "maximum": 100.0, "rank": 2, "ranked_units": 10, "is_provisional": True,
    "captured_on": datetime.date(2024, 12, 31), "known_groups": 6, "computed": 70.17, "known_maximum": 82.0, "computed_maximum": 100.0,
    "difference": None, "missing_names": ["TTHC công bố đúng hạn", "a", "b", "c", "d", "e"], "open_components": 21, "components": 21,
    "unsynced": 93.0, "synced_of": 1853.0, "behind": 3483.0, "behind_of": 51669.0, "shared_groups": 3, "shared_difference": -0.39,
    "period_said": "Quý IV/2024", "is_counted": True, "is_other_calendar": False,
}  # fmt: skip
ARRIVED = {"sender": "folder", "source_name": "Xã A", "standing": "in_time", "last_on": datetime.date(2024, 11, 1), "told_to": datetime.date(2024, 10, 31),
           "every_days": 7, "usual_days": None, "expected_on": datetime.date(2024, 11, 8), "days_over": None}  # fmt: skip
SAID = {
    "portal_groups": [
        (PORTAL, {}, "Điểm 766 Cổng công bố quý IV/2024: 84,47/100 điểm, hạng 2/10 (tạm tính); tính từ hồ sơ ở đây 70,17/82 điểm có số liệu; "
         "ở 3/6 nhóm đủ số liệu để so, chênh −0,39 điểm."),
        (PORTAL, {"is_other_calendar": True, "is_provisional": False, "rank": None, "shared_groups": 0, "shared_difference": None},
         "Điểm 766 Cổng công bố quý IV/2024 dương lịch: 84,47/100 điểm; tính từ hồ sơ ở đây 70,17/82 điểm có số liệu."),
        (PORTAL | {"name": "Tiến độ giải quyết"}, {"portal_group": "progress", "value": 18.76, "maximum": 20.0, "rank": 16, "ranked_units": None, "computed": 18.99,
                  "known_maximum": 20.0, "computed_maximum": 20.0, "difference": -0.23, "shared_groups": None, "shared_difference": None},
         "Tiến độ giải quyết Cổng công bố quý IV/2024: 18,76/20 điểm, hạng 16 (tạm tính); tính từ hồ sơ ở đây 18,99/20 điểm, chênh −0,23 điểm."),
        (PORTAL, {"value": None, "known_groups": 5}, "Cổng mới có 5/6 nhóm nên chưa có tổng điểm cho quý IV/2024; tính từ hồ sơ ở đây 70,17/82 điểm có số liệu, không thay cho điểm của Cổng."),
        (PORTAL, {"value": None, "known_groups": None, "computed": None, "known_maximum": 0.0},
         "Chưa có điểm Cổng công bố cho quý IV/2024; tính từ hồ sơ ở đây chưa có số liệu, không thay cho điểm của Cổng."),
        (PORTAL, {"value": None, "known_groups": None, "is_counted": False}, "Cổng chỉ chấm điểm theo tháng, quý, năm; tính từ hồ sơ ở đây 70,17/82 điểm có số liệu."),
    ],
    "arrivals": [
        (ARRIVED, {}, "lần gần nhất 01/11/2024, nói đến 31/10/2024, chờ lần tới 08/11/2024."),
        (ARRIVED, {"standing": "unknown", "told_to": None, "expected_on": None}, "lần gần nhất 01/11/2024."),
        (ARRIVED, {"standing": "overdue", "days_over": 1200},
         "quá hạn 1.200 ngày: lần gần nhất 01/11/2024, nói đến 31/10/2024, hẹn 7 ngày một lần, chờ từ 08/11/2024."),
        (ARRIVED, {"standing": "overdue", "days_over": 2, "every_days": None, "usual_days": 1},
         "quá hạn 2 ngày: lần gần nhất 01/11/2024, nói đến 31/10/2024, thường mỗi ngày một lần, chờ từ 08/11/2024."),
        (ARRIVED, {"standing": "never", "last_on": None}, "chưa gửi lần nào, hẹn 7 ngày một lần."),
        (ARRIVED, {"standing": "never", "last_on": None, "every_days": None}, "chưa gửi lần nào."),
    ],
    "apology_count": [
        (APOLOGY, {}, "41 hồ sơ đã quá hạn chưa có thư; 21 hồ sơ đến hạn trong 1 ngày làm việc và dễ trễ; 63 hồ sơ khác đến hạn trong 1 ngày "
                      "làm việc. 2 hồ sơ đã hẹn lại một lần, không được hẹn nữa: giải quyết dứt điểm."),
        (APOLOGY, {"late_apologies": 0, "likely_apologies": 0, "again_apologies": 0, "lead_days": 2},
         "63 hồ sơ đến hạn trong 2 ngày làm việc."),
        (APOLOGY, {"late_apologies": 0, "likely_apologies": 0, "due_apologies": 0},
         "Hôm nay không có hồ sơ nào phải xin lỗi, hẹn lại. 2 hồ sơ đã hẹn lại một lần, không được hẹn nữa: giải quyết dứt điểm."),
        (APOLOGY, {"likely_apologies": 0, "due_apologies": 0, "again_apologies": 0, "unsure_apologies": 3},
         "41 hồ sơ đã quá hạn chưa có thư; 3 hồ sơ ở tệp không có cột Số lần hẹn lại: xem đã hẹn lại chưa trước khi cấp phiếu."),
        (APOLOGY, {"late_apologies": 0, "likely_apologies": 0, "due_apologies": 0, "again_apologies": 0, "unknown_apologies": 7},
         "7 hồ sơ quá hạn hoặc sắp đến hạn chưa biết đã có thư chưa: tệp không có cột Ngày ban hành thư xin lỗi."),
        (APOLOGY, {"is_newest": False}, "Phiếu xin lỗi viết ở ngày số liệu mới nhất: chọn kỳ có ngày ấy."),
    ],
    "late_risk_trial": [
        (TRIAL, {}, "Thử lại trên hồ sơ của 26 tuần qua: trong 100 hồ sơ đứng đầu danh sách, 53 hồ sơ trễ; xếp theo số ngày còn lại thì 34."),
        (TRIAL, {"first_late": None, "first_late_days": None},
         "Thử lại trên hồ sơ của 26 tuần qua: khả năng nêu ra đúng với thực tế, hơn xếp theo số ngày còn lại."),
        (TRIAL, {"verdict": "short", "months": 8}, "Chưa nêu hồ sơ sắp trễ: cần 12 tháng hồ sơ có số liệu, nay có 8. Hãy dùng ô Sắp đến hạn."),
        (TRIAL, {"verdict": "short"}, "Chưa nêu hồ sơ sắp trễ: chưa đủ hồ sơ để thử lại. Hãy dùng ô Sắp đến hạn."),
        (TRIAL, {"verdict": "off", "worst_miss": 17.04},
         "Ẩn danh sách sắp trễ: thử lại trên hồ sơ của 26 tuần qua, khả năng nêu ra lệch thực tế đến 17,0 điểm %. Hãy dùng ô Sắp đến hạn."),
        (TRIAL, {"verdict": "no_better"},
         "Ẩn danh sách sắp trễ: thử lại trên hồ sơ của 26 tuần qua, không hơn xếp theo số ngày còn lại. Hãy dùng ô Sắp đến hạn."),
    ],
    "goal_pace": [
        (GOAL, {}, "Tỷ lệ nộp trực tuyến: đến hết tháng 9/2024 46,1 %, mục tiêu 50 %. Cần 60,7 % mỗi tháng còn lại (ba tháng qua 51,6 %), "
         "tức thêm 780 hồ sơ mỗi tháng. Nếu cứ thế, cuối năm khoảng 47,6 %; thử lại các năm đã biết cho thấy 48,6 % đến 51,6 % (8 trên 10 lần)."),
        (GOAL, {"low_end": None, "high_end": None, "pace": "unknown", "is_counted": False},
         "Tỷ lệ nộp trực tuyến: đến hết tháng 9/2024 46,1 %, mục tiêu 50 %. Cần 60,7 % mỗi tháng còn lại (ba tháng qua 51,6 %). Nếu cứ thế, cuối năm khoảng 47,6 %."),
        (GOAL, {"needed": 44.0, "extra": 0.0, "pace": "likely"},
         "Tỷ lệ nộp trực tuyến: đến hết tháng 9/2024 46,1 %, mục tiêu 50 %. Giữ từ 44,0 % mỗi tháng là đạt (ba tháng qua 51,6 %). "
         "Nếu cứ thế, cuối năm khoảng 47,6 %; thử lại các năm đã biết cho thấy 48,6 % đến 51,6 % (8 trên 10 lần)."),
        (GOAL, {"pace": "impossible", "most": 49.0},
         "Tỷ lệ nộp trực tuyến: đến hết tháng 9/2024 46,1 %, mục tiêu 50 %. Không còn đạt được: làm tốt mọi hồ sơ còn lại, cuối năm cũng chỉ 49,0 %."),
        (GOAL, {"months_left": 0, "pace": "ended"}, "Tỷ lệ nộp trực tuyến: năm 2024 khép lại ở 46,1 %, mục tiêu 50 %."),
        (GOAL, {"form": "stock", "recent": 1.4, "needed": 4.1, "pace": "unlikely", "low_end": None, "high_end": None},
         "Tỷ lệ nộp trực tuyến: đến hết tháng 9/2024 46,1 %, mục tiêu 50 %. Cần +4,1 điểm % mỗi tháng (ba tháng qua +1,4 điểm %). Nếu cứ thế, cuối năm khoảng 47,6 %."),
        (GOAL, {"form": "level", "recent": None, "needed": -1.0, "target": 40.0, "low_end": None, "high_end": None},
         "Tỷ lệ nộp trực tuyến: đến hết tháng 9/2024 46,1 %, mục tiêu 40 %. Đang ở mức đạt. Nếu cứ thế, cuối năm khoảng 47,6 %."),
        (GOAL, {"form": "stock", "measure": "sản phẩm", "value": 3.0, "target": 5.0, "recent": 0.0, "needed": 0.22, "months_left": 9, "projected": None},
         "Tỷ lệ nộp trực tuyến: đến hết tháng 9/2024 3 sản phẩm, mục tiêu 5 sản phẩm. Còn thiếu 2 sản phẩm trong 9 tháng."),
        (GOAL, {"needed": None, "low_end": None, "high_end": None},
         "Tỷ lệ nộp trực tuyến: đến hết tháng 9/2024 46,1 %, mục tiêu 50 %. Nếu cứ thế, cuối năm khoảng 47,6 %."),
        (GOAL, {"direction": "down", "needed": 40.0, "recent": 51.6, "low_end": None, "high_end": None},
         "Tỷ lệ nộp trực tuyến: đến hết tháng 9/2024 46,1 %, mục tiêu 50 %. Cần không quá 40,0 % mỗi tháng còn lại (ba tháng qua 51,6 %). Nếu cứ thế, cuối năm khoảng 47,6 %."),
        (GOAL, {"is_index": True, "measure": "điểm", "value": 73.24, "target": 80.0, "form": "stock", "recent": 1.27, "needed": 2.25, "projected": 75.72,
                "low_end": None, "high_end": None},
         "Điểm ước tính Trực tuyến: đến hết tháng 9/2024 73,24 điểm, mục tiêu 80 điểm. Cần +2,25 điểm mỗi tháng (ba tháng qua +1,27 điểm). Nếu cứ thế, cuối năm khoảng 75,72 điểm."),
        ({"form": "yearly", "name": "Chỉ số CCHC", "year": 2024, "value": 79.32, "target": 80.0}, {"is_index": True, "measure": "điểm"},
         "Chỉ số CCHC năm 2024: 79,32 điểm, mức Tốt từ 80 điểm; mỗi năm thẩm định một lần."),
    ],
    "attention": [
        (ATTENTION_LATE, {}, "Xã Đa Mi có 1.234 hồ sơ lĩnh vực đất đai trễ hạn, 12,4 % số trễ của cả huyện (9.991 hồ sơ); 7 hồ sơ còn chưa giải quyết."),
        (ATTENTION_LATE, {"late_share": None}, "Xã Đa Mi có 1.234 hồ sơ lĩnh vực đất đai trễ hạn; 7 hồ sơ còn chưa giải quyết."),
        (ATTENTION_LATE, {"late_share": None, "is_least": True}, "Xã Đa Mi có ít nhất 1.234 hồ sơ lĩnh vực đất đai trễ hạn; 7 hồ sơ còn chưa giải quyết."),
        (ATTENTION_WORSENED, {}, f"{FALLEN}tháng 12/2024 dưới giới hạn 91,2 % (mức thường 95,3 %)."),
        (ATTENTION_WORSENED, {"month_value": 86.0, "month_numerator": 86.0, "month_denominator": 100.0},
         f"{FALLEN}tháng 12/2024 (86,0 % (86/100)) dưới giới hạn 91,2 % (mức thường 95,3 %)."),
        (ATTENTION_WORSENED, {"signal_rule": "run"}, f"{FALLEN}bảy tháng có số liệu đến tháng 12/2024 đều dưới mức thường 95,3 %."),
        (ATTENTION_WORSENED, {"signal_rule": "trend"}, f"{FALLEN}sáu tháng có số liệu đến tháng 12/2024 liên tục giảm (mức thường 95,3 %)."),
        (ATTENTION_WORSENED, {"signal_rule": "two_of_three"},
         f"{FALLEN}hai trong ba tháng đến tháng 12/2024 ở sát hoặc ngoài giới hạn dao động (mức thường 95,3 %)."),
        (ATTENTION_WORSENED, {"signal_rule": "test", "centre": None}, f"{FALLEN}khác biệt lớn hơn mức may rủi."),
        (ATTENTION_WORSENED, {"signal_rule": "test", "also_names": "Trực tuyến", "further_units": 2},
         f"{FALLEN}khác biệt lớn hơn mức may rủi. Cùng xấu đi: Trực tuyến. Còn 2 đơn vị khác xấu đi thật."),
        # A period that is no worse than the one before it, or has none.
        (ATTENTION_WORSENED, {"before": 88.45, "signal_rule": "run"},
         "Xã Đa Mi: tỷ lệ đúng hạn 88,5 % (291/329); bảy tháng có số liệu đến tháng 12/2024 đều dưới mức thường 95,3 %."),
        (ATTENTION_WORSENED, {"before": None, "signal_rule": "run"},
         "Xã Đa Mi: tỷ lệ đúng hạn 88,5 % (291/329); bảy tháng có số liệu đến tháng 12/2024 đều dưới mức thường 95,3 %."),
        (ATTENTION_WORSENED, {"direction": "down", "before": 2.25, "before_numerator": 9.0, "value": 3.65, "numerator": 12.0, "centre": 2.0,
                              "month_value": 3.65, "month_numerator": 12.0, "upper_limit": 3.1},
         "Xã Đa Mi: tỷ lệ đúng hạn từ 2,3 % (9/400) lên 3,7 % (12/329); tháng 12/2024 trên giới hạn 3,1 % (mức thường 2,0 %)."),
        ({"topic": "Thay đổi", "compared_values": 566, "compared_units": 20}, {},
         "Không có thay đổi xấu nào vượt dao động thường (đã xét 566 số của 20 đơn vị)."),
        ({"topic": "Thay đổi", "compared_values": 0, "compared_units": 0}, {}, "Chưa đủ tháng để biết thay đổi nào là thật."),
        (ATTENTION_MISSED, {}, "Nộp trực tuyến toàn huyện 41,3 % (33/80), mục tiêu 60 %; thấp nhất là Xã La Dạ với 9,0 % (9/100)."),
        (ATTENTION_MISSED, {"direction": "down"}, "Nộp trực tuyến toàn huyện 41,3 % (33/80), mục tiêu 60 %; cao nhất là Xã La Dạ với 9,0 % (9/100)."),
        (ATTENTION_MISSED, {"tied_units": 12, "worst_value": 0.0, "worst_numerator": 0.0},
         "Nộp trực tuyến toàn huyện 41,3 % (33/80), mục tiêu 60 %; thấp nhất là Xã La Dạ và 12 xã khác, cùng 0,0 %."),
        (ATTENTION_MISSED, {"worst_of_all": False},
         "Nộp trực tuyến toàn huyện 41,3 % (33/80), mục tiêu 60 %; thấp nhất trong các xã đủ số là Xã La Dạ với 9,0 % (9/100)."),
        (ATTENTION_MISSED, {"worst_name": None, "worst_value": None}, "Nộp trực tuyến toàn huyện 41,3 % (33/80), mục tiêu 60 %."),
        (ATTENTION_MISSED, {"target": None, "worst_name": None}, "Nộp trực tuyến toàn huyện 41,3 % (33/80)."),
    ],
    "real_changes": [
        ({**ATTENTION_CHANGED, "is_better": False}, {}, f"{FALLEN}tháng 12/2024 dưới giới hạn 91,2 % (mức thường 95,3 %)."),
        ({**ATTENTION_CHANGED, "topic": "Tốt lên thật", "is_better": True, "before": 80.0, "before_numerator": 320.0, "centre": 79.0, "upper_limit": 85.0}, {},
         "Xã Đa Mi: tỷ lệ đúng hạn từ 80,0 % (320/400) lên 88,5 % (291/329); tháng 12/2024 trên giới hạn 85,0 % (mức thường 79,0 %)."),
        *[({**ATTENTION_CHANGED, "topic": "Tốt lên thật", "is_better": True, "before": None, "centre": 79.0}, {"signal_rule": rule}, f"Xã Đa Mi: tỷ lệ đúng hạn 88,5 % (291/329); {said}.")
          for rule, said in (("trend", "sáu tháng có số liệu đến tháng 12/2024 liên tục tăng (mức thường 79,0 %)"),
                             ("run", "bảy tháng có số liệu đến tháng 12/2024 đều trên mức thường 79,0 %"))],
        ({"topic": "Thay đổi", "is_better": False, "compared_values": 31, "compared_units": 1}, {},
         "Không có thay đổi xấu nào vượt dao động thường (đã xét 31 số của 1 đơn vị)."),
    ],
    "briefing": [
        (BRIEFING["headline"], {"topic_code": "headline"},
         "2 trên 8 chỉ tiêu chính đạt mục tiêu; so với mức thường 5 tốt lên thật, 1 xấu đi thật."),
        (BRIEFING["headline"], {"topic_code": "headline", "compared": 0}, "2 trên 8 chỉ tiêu chính đạt mục tiêu."),
        (BRIEFING["communes"], {"topic_code": "communes"},
         "Cao nhất Ma Lâm 92,35 điểm, thấp nhất Đa Mi 50,40 điểm; 4 xã, thị trấn dưới 80 điểm."),
        (BRIEFING["communes"], {"topic_code": "communes", "ranked_units": 15, "best_units": 3, "worst_units": 2},
         "Trong 15/17 xã xếp hạng được: cao nhất Ma Lâm và 2 xã khác, cùng 92,35 điểm, thấp nhất Đa Mi và 1 xã khác, cùng 50,40 điểm; "
         "4 xã, thị trấn dưới 80 điểm."),
        (BRIEFING["communes"], {"topic_code": "communes", "best_units": 17, "worst_units": 17, "worst": 92.345, "below": 0},
         "17 xã cùng 92,35 điểm; 0 xã, thị trấn dưới 80 điểm."),
        (BRIEFING["communes"], {"topic_code": "communes", "ranked_units": 1, "best_units": 1},
         "Trong 1/17 xã xếp hạng được: Ma Lâm 92,35 điểm; 4 xã, thị trấn dưới 80 điểm."),
        (BRIEFING["late"], {"topic_code": "late"},
         "Trễ hạn 10 trong 1.234 hồ sơ (0,8 %), 3 hồ sơ còn chưa giải quyết; nhiều nhất là lĩnh vực đất đai 6 hồ sơ."),
        (BRIEFING["late"], {"topic_code": "late", "late_fields": 2},
         "Trễ hạn 10 trong 1.234 hồ sơ (0,8 %), 3 hồ sơ còn chưa giải quyết; nhiều nhất là lĩnh vực đất đai và 1 lĩnh vực khác, cùng 6 hồ sơ."),
        (BRIEFING["late"], {"topic_code": "late", "is_part": True},
         "Trong số hồ sơ đã biết: trễ hạn 10 trong 1.234 hồ sơ (0,8 %), 3 hồ sơ còn chưa giải quyết."),
        (BRIEFING["online"], {"topic_code": "online", "is_part": True},
         "Trong số hồ sơ đã biết: nộp trực tuyến 45,3 % (181/400), thanh toán trực tuyến 12,0 % (6/50)."),
        (BRIEFING["late"], {"topic_code": "late", "late": 0, "late_share": 0.0, "open_late": 0},
         "Trễ hạn 0 trong 1.234 hồ sơ (0,0 %), 0 hồ sơ còn chưa giải quyết."),
        (BRIEFING["land"], {"topic_code": "land"},
         "10 trong 1.234 hồ sơ đất đai ba cấp trễ hạn (0,8 %); đang ở cấp xã 1, cấp huyện 1.200, Văn phòng Đăng ký đất đai tỉnh 33."),
        (BRIEFING["land"], {"topic_code": "land", "at_unknown": 12},
         "10 trong 1.234 hồ sơ đất đai ba cấp trễ hạn (0,8 %); đang ở cấp xã 1, cấp huyện 1.200, Văn phòng Đăng ký đất đai tỉnh 33, "
         "chưa rõ cấp nào 12."),
        (BRIEFING["land"], {"topic_code": "land", "at_commune": None, "at_district": None, "at_province": None, "at_unknown": 7},
         "10 trong 1.234 hồ sơ đất đai ba cấp trễ hạn (0,8 %)."),
        (BRIEFING["land"], {"topic_code": "land", "at_commune": 0, "at_district": 0, "at_province": 0},
         "10 trong 1.234 hồ sơ đất đai ba cấp trễ hạn (0,8 %)."),
        (BRIEFING["discipline"], {"topic_code": "discipline"},
         "9 hồ sơ trễ chưa có thư xin lỗi; 1.234 hồ sơ giấy đã xong mà điện tử chưa kết thúc."),
        (BRIEFING["online"], {"topic_code": "online"},
         "Nộp trực tuyến 45,3 % (181/400) (mục tiêu 50 %), thanh toán trực tuyến 12,0 % (6/50) (mục tiêu 62,5 %)."),
        (BRIEFING["online"], {"topic_code": "online", "online": None}, "Thanh toán trực tuyến 12,0 % (6/50) (mục tiêu 62,5 %)."),
        (BRIEFING["online"], {"topic_code": "online", "online_target": None, "paid": None}, "Nộp trực tuyến 45,3 % (181/400)."),
        (BRIEFING["digital"], {"topic_code": "digital"},
         "Điểm ước tính quý IV/2024 80,06/100 (mới đủ số liệu 94/100 điểm); mất nhiều điểm nhất: Kinh tế số (5,22 điểm)."),
        (BRIEFING["digital"], {"topic_code": "digital", "coverage": 100.0, "criterion_name": None}, "Điểm ước tính quý IV/2024 80,06/100."),
        (BRIEFING["digital"], {"topic_code": "digital", "coverage": 100.0, "lost_criteria": 3},
         "Điểm ước tính quý IV/2024 80,06/100; mất nhiều điểm nhất: Kinh tế số và 2 tiêu chí khác, cùng 5,22 điểm."),
        (BRIEFING["districts"], {"topic_code": "districts"}, "Chuyển đổi số năm 2024: hạng 1/10; CCHC năm 2023: hạng 5/10."),
    ],
    "criterion_lever": [
        (DISTANCE, {}, "Còn thiếu 1,50 điểm để đạt Tốt (từ 80)."),
        (DISTANCE, {"good": 82.5, "figure": 4.0}, "Còn thiếu 4,00 điểm để đạt Tốt (từ 82,50)."),
        (DISTANCE, {"score": 81.25, "figure": -1.25}, "Đã qua ngưỡng Tốt (80): hơn 1,25 điểm."),
        (DISTANCE, {"score": 81.25, "figure": -1.25, "is_published": True},
         "Đã qua ngưỡng Tốt (80): hơn 1,25 điểm, nhưng xếp loại công bố là Khá."),
        (DISTANCE, {"is_published": True, "is_good": True, "class_name": "Tốt"}, "Đã được công bố xếp loại Tốt."),
        (DISTANCE, {"score": None, "figure": None}, "Chưa có điểm của huyện."),
        (DISTANCE, {"good": None, "figure": None, "is_good": None, "class_name": None}, "Chưa có ngưỡng xếp loại Tốt để so."),
        (LEVER, {}, "Đòn bẩy lớn nhất: Kinh tế số, 8,39/12 điểm, kém Đức Linh 1,15 điểm; bằng Đức Linh thì điểm thẩm định năm 2024 từ 79,40 lên 80,55, "
         "đủ để đạt Tốt. Phụ trách: Phòng Kinh tế."),
        (LEVER, {"good": 81.0, "owner": None},
         "Đòn bẩy lớn nhất: Kinh tế số, 8,39/12 điểm, kém Đức Linh 1,15 điểm; bằng Đức Linh thì điểm thẩm định năm 2024 từ 79,40 lên 80,55."),
        (LEVER, {"score": None, "score_after": None, "maximum": None, "good": None, "owner": None},
         "Đòn bẩy lớn nhất: Kinh tế số, 8,39 điểm, kém Đức Linh 1,15 điểm."),
        (LEVER, {"score": None, "score_after": None, "maximum": None, "good": None, "owner": None, "ties": 2},
         "Một trong các đòn bẩy lớn nhất: Kinh tế số, 8,39 điểm, kém Đức Linh 1,15 điểm."),
        ({"kind": "defend", "name": "An toàn", "rival_name": "La Gi", "figure": 0.125, "ties": 2}, {},
         "Một trong các lợi thế mỏng nhất cần giữ: An toàn, chỉ hơn La Gi 0,13 điểm."),
        ({"kind": "defend", "name": "An toàn", "rival_name": "La Gi", "figure": 0.125}, {},
         "Lợi thế mỏng nhất cần giữ: An toàn, chỉ hơn La Gi 0,13 điểm."),
    ],
    "district_place": [
        (PLACE, {}, "Hạng 2/10 năm 2024, kém La Gi (dẫn đầu) 1,51 điểm; tăng 2 hạng."),
        (PLACE, {"lead": 0.28, "place": 1, "before_place": 1}, "Hạng 1/10 năm 2024, hơn La Gi 0,28 điểm; giữ hạng."),
        (PLACE, {"lead": 0.0, "before_place": 1}, "Hạng 2/10 năm 2024, bằng điểm La Gi; tụt 1 hạng."),
        (PLACE, {"lead": None, "rival_name": None, "before_place": None}, "Hạng 2/10 năm 2024."),
        (PLACE, {"ranked_districts": None, "lead": None, "rival_name": None, "before_place": None}, "Hạng 2 năm 2024."),
        (PLACE, {"rival_place": 2, "rival_ties": 1, "before_place": None}, "Hạng 2/10 năm 2024, kém La Gi và 1 nơi khác 1,51 điểm."),
        (PLACE, {"place": None, "lead": None}, "Chưa xếp hạng năm 2024."),
    ],
    "index_confirmation": [
        (CONFIRMED, {}, ""),
        (CONFIRMED, {"open_criteria": 5, "criteria": 6, "open_targets": 1200, "targets": 1200, "components": 4},
         "5/6 tiêu chí, 1.200/1.200 mục tiêu của chỉ tiêu"),
        (CONFIRMED, {"open_components": 1, "components": 2, "open_bands": 5, "bands": 5}, "1/2 chỉ số thành phần, 5/5 ngưỡng xếp loại"),
    ],
    "index_lever": [
        (INDEX_LEVER, {}, "Đòn bẩy lớn nhất: Sản phẩm trên sàn, 38 sản phẩm so với mức đủ điểm 85 sản phẩm, đang mất 2,76/5 điểm; "
         "đạt mức này thì điểm ước tính quý IV/2024 từ 80,06 lên 82,83. Xa nhất: Xã La Dạ với 0 sản phẩm."),
        (INDEX_LEVER, {"lever_parts": 2, "tied_units": 3, "worst_of_all": False},
         "Một trong các đòn bẩy lớn nhất: Sản phẩm trên sàn, 38 sản phẩm so với mức đủ điểm 85 sản phẩm, đang mất 2,76/5 điểm; "
         "đạt mức này thì điểm ước tính quý IV/2024 từ 80,06 lên 82,83. Xa nhất trong các xã đủ số: Xã La Dạ và 3 xã khác, cùng 0 sản phẩm."),
        (INDEX_LEVER, {"worst_name": None, "worst_value": None, "score": None, "score_after": None},
         "Trong phần có số liệu, mất nhiều điểm nhất: Sản phẩm trên sàn, 38 sản phẩm so với mức đủ điểm 85 sản phẩm, đang mất 2,76/5 điểm."),
        (INDEX_LEVER, {"lever_parts": 2, "worst_name": None, "worst_value": None, "score": None, "score_after": None},
         "Trong phần có số liệu, một trong các chỗ mất nhiều điểm nhất: Sản phẩm trên sàn, 38 sản phẩm so với mức đủ điểm 85 sản phẩm, đang mất 2,76/5 điểm."),
        (INDEX_LEVER, {"points_lost": 0.004}, "Mọi chỉ số thành phần có số liệu đều đã đủ điểm."),
    ],
    "unit_highlights": [
        (WEAK, {}, "Số hóa hồ sơ: 25,4 % (16/63), mục tiêu 80 %, hạng 14/16; mất 2,05 điểm."),
        (WEAK, {"target": None}, "Số hóa hồ sơ: 25,4 % (16/63), hạng 14/16; mất 2,05 điểm."),
        (WEAK, {"kind": "strong", "place": 1}, "Số hóa hồ sơ: 25,4 % (16/63), hạng 1/16 (toàn huyện 61,0 %)."),
        (WEAK, {"kind": "strong", "place": 1, "district": None}, "Số hóa hồ sơ: 25,4 % (16/63), hạng 1/16."),
        (WEAK, {"kind": "strong", "place": 1, "district": None, "tied_units": 2}, "Số hóa hồ sơ: 25,4 % (16/63), hạng 1/16 cùng 2 xã khác."),
    ],
    "unit_verdicts": [
        (REMIND, {}, "Giảm điểm nhiều nhất: Xã Đa Mi: 61,20 điểm, hạng 17/17, −0,66 điểm so với kỳ so sánh. "
         "Mất điểm nhất: tỷ lệ trễ hạn 9,5 % (19/200) (mục tiêu 0 %)."),
        (REMIND, {"tied_units": 4, "member_word": "xã", "weak_name": None},
         "Giảm điểm nhiều nhất (cùng 4 xã khác): Xã Đa Mi: 61,20 điểm, hạng 17/17, −0,66 điểm so với kỳ so sánh."),
        (REMIND, {"weak_is_most": False}, "Giảm điểm nhiều nhất: Xã Đa Mi: 61,20 điểm, hạng 17/17, −0,66 điểm so với kỳ so sánh. "
         "Mất điểm: tỷ lệ trễ hạn 9,5 % (19/200) (mục tiêu 0 %)."),
        (REMIND, {"is_most": False, "weak_target": None},
         "Giảm điểm: Xã Đa Mi: 61,20 điểm, hạng 17/17, −0,66 điểm so với kỳ so sánh. Mất điểm nhất: tỷ lệ trễ hạn 9,5 % (19/200)."),
        (REMIND, {"is_moved": False, "is_most": None, "change": None, "weak_name": None}, "Xã Đa Mi: 61,20 điểm, hạng 17/17."),
        (REMIND, {"verdict": "praise", "change": 3.0},
         "Tiến bộ nhiều nhất: Xã Đa Mi: 61,20 điểm, hạng 17/17, +3,00 điểm so với kỳ so sánh."),
        (REMIND, {"verdict": "praise", "is_most": False, "change": 0.004},
         "Tiến bộ: Xã Đa Mi: 61,20 điểm, hạng 17/17, 0,00 điểm so với kỳ so sánh."),
    ],
    "land_lateness": [
        ({"field_late": 732, "three_tier_late": 699, "other_late": 33, "office_name": "Chi nhánh VPĐKĐĐ", "office_late": 543,
          "office_three_tier": 510, "office_other": 33}, {},
         "Lĩnh vực đất đai trễ hạn 732 hồ sơ = 699 hồ sơ ba cấp + 33 hồ sơ thủ tục đất đai khác; trong đó Chi nhánh VPĐKĐĐ 543 = 510 ba cấp "
         "+ 33 khác. Trễ ở từng bước đếm số bước, không đếm hồ sơ."),
        ({"field_late": 7, "three_tier_late": 7, "other_late": 0, "office_name": None}, {},
         "Lĩnh vực đất đai trễ hạn 7 hồ sơ = 7 hồ sơ ba cấp + 0 hồ sơ thủ tục đất đai khác. Trễ ở từng bước đếm số bước, không đếm hồ sơ."),
    ],
    "pilot_effects": [
        (PILOT, {}, "Ma Lâm: tỷ lệ nộp trực tuyến từ 40,0 % lên 52,5 % (+12,5 điểm %); các xã khác −0,8 điểm %. "
         "Thí điểm đi nhanh hơn 13,3 điểm %."),
        (PILOT, {"latest": 38.0, "change": -2.0, "others_change": 0.0, "ahead": -2.0},
         "Ma Lâm: tỷ lệ nộp trực tuyến từ 40,0 % còn 38,0 % (−2,0 điểm %); các xã khác 0,0 điểm %. "
         "Thí điểm chưa đi nhanh hơn nơi khác."),
        (PILOT, {"measure": "dịch vụ"},
         "Ma Lâm: tỷ lệ nộp trực tuyến từ 40 dịch vụ lên 53 dịch vụ (+13 dịch vụ); các xã khác −1 dịch vụ. "
         "Thí điểm đi nhanh hơn 13 dịch vụ."),
        (PILOT, {"change": None}, "Chưa đủ số liệu trước và sau để so."),
        (PILOT, {"others_change": None, "ahead": None}, "Chưa đủ số liệu trước và sau để so."),
        (PILOT, {"indicator_title": None}, "Chưa đủ số liệu trước và sau để so."),
    ],
    "officer_streak_count": [
        ({"officers": 7, "units": 4, "most": 8, "kind": "quarter", "threshold": 3}, {},
         "7 cán bộ ở 4 đơn vị có từ 3 hồ sơ trễ chưa ghi nguyên nhân mỗi quý, hai quý liền trở lên tính đến kỳ này (nhiều nhất 8 quý liền)."),
        ({"officers": 0, "units": 0, "most": None, "kind": "month", "threshold": 1}, {},
         "Không có cán bộ nào từ 1 hồ sơ trễ chưa ghi nguyên nhân mỗi tháng ở hai tháng liền trở lên, tính đến kỳ này."),
        ({"officers": 0, "units": 0, "most": None, "kind": None, "threshold": 2}, {},
         "Không có cán bộ nào từ 2 hồ sơ trễ chưa ghi nguyên nhân mỗi kỳ ở hai kỳ liền trở lên, tính đến kỳ này."),
    ],
    "community_team_count": [
        ({"units": 17, "told_units": 15, "silent_names": "Đa Mi, La Dạ", "further_units": 0, "teams": 92, "untrained_teams": 20, "unclear_teams": 3,
          "trained": 410, "members": 690}, {},
         "15/17 xã, thị trấn đã kê: 92 Tổ công nghệ số cộng đồng, 20 tổ chưa ai tập huấn, 3 tổ chưa rõ; 410/690 thành viên đã tập huấn. Chưa kê: Đa Mi, La Dạ."),
        ({"units": 1, "told_units": 1, "silent_names": None, "teams": 2, "untrained_teams": 0, "unclear_teams": 2, "trained": 0, "members": 0}, {},
         "1/1 xã, thị trấn đã kê: 2 Tổ công nghệ số cộng đồng, 2 tổ chưa rõ."),
        ({"units": 17, "told_units": 0}, {}, "Chưa xã, thị trấn nào kê (0/17)."),
    ],
    "product_count": [
        ({"units": 17, "told_units": 15, "silent_names": "Đa Mi, La Dạ", "further_units": 0, "none_units": 3, "products": 38, "stalls": 52, "unsold": 6}, {},
         "15/17 xã, thị trấn đã kê: 38 sản phẩm ở 52 gian hàng, 6 gian chưa có đơn; 3 nơi báo không có sản phẩm. Chưa kê: Đa Mi, La Dạ."),
        ({"units": 17, "told_units": 17, "silent_names": None, "none_units": 0, "products": 1, "stalls": 1, "unsold": 0}, {},
         "17/17 xã, thị trấn đã kê: 1 sản phẩm ở 1 gian hàng."),
        ({"units": 17, "told_units": 0}, {}, "Chưa xã, thị trấn nào kê (0/17)."),
    ],
    "procedure_cut_count": [
        ({"granted": 2, "granted_days": 1234.5, "granted_cost": 12000000.0, "waiting": 3, "waiting_days": 20.0, "waiting_cost": 0.0, "unclear_cuts": 1,
          "unmeasured": 2}, {},
         "2 kiến nghị đã được chấp thuận, trong kỳ bớt cho người dân 1.234,5 ngày và 12.000.000 đồng; 3 đang chờ, nếu áp dụng cả kỳ thì bớt 20,0 ngày; "
         "1 kiến nghị chưa ghi thủ tục hoặc ngày chấp thuận nên chưa cộng được; 2 kiến nghị chưa ghi số ngày, chi phí bớt."),
        ({"granted": 1, "granted_days": 0.0, "granted_cost": 0.0, "waiting": 0, "unclear_cuts": 0, "unmeasured": 0}, {},
         "1 kiến nghị đã được chấp thuận, trong kỳ bớt cho người dân chưa có hồ sơ nào."),
        ({"granted": 0, "waiting": 0, "unclear_cuts": 0, "unmeasured": 0}, {}, "Chưa có kiến nghị cắt giảm nào."),
    ],
    "reported_count": [
        ({"indicator_name": "Lượt khám bằng căn cước", "measure": "%", "value": 82.14, "numerator": 34.0, "denominator": 40.0, "units": 17, "told_units": 15,
          "silent_names": "Đa Mi, La Dạ", "further_units": 0}, {},
         "Lượt khám bằng căn cước: 82,1 % (34/40), 15/17 nơi có báo cáo, chưa gửi: Đa Mi, La Dạ."),
        ({"indicator_name": "Số bài tuyên truyền", "measure": "bài", "value": 1234.0, "numerator": None, "denominator": None, "units": 17, "told_units": 17,
          "silent_names": None, "further_units": 0}, {},
         "Số bài tuyên truyền: 1.234 bài, 17/17 nơi có báo cáo."),
        ({"indicator_name": "Số bài tuyên truyền", "measure": "bài", "value": 5.0, "numerator": None, "denominator": None, "units": 17, "told_units": 9,
          "silent_names": "A, B, C, D, E, G", "further_units": 2}, {},
         "Số bài tuyên truyền: 5 bài, 9/17 nơi có báo cáo, chưa gửi: A, B, C, D, E, G và 2 nơi khác."),
        ({"indicator_name": "Số bài tuyên truyền", "measure": "bài", "value": None, "units": 17, "told_units": 0}, {},
         "Số bài tuyên truyền: chưa có báo cáo (0/17 nơi)."),
    ],
    "unit_satisfaction_count": [
        ({"rated": 12345, "satisfied": 11740, "value": 95.1, "units": 19, "told_units": 18, "few_units": 3, "low_volume": 30}, {},
         "12.345 phiếu đánh giá trên hồ sơ, hài lòng 95,1 % (11.740/12.345); 18/19 đơn vị có phiếu, 3 đơn vị ít phiếu (dưới 30) nên chưa đủ kết luận."),
        ({"rated": 40, "satisfied": 40, "value": 100.0, "units": 1, "told_units": 1, "few_units": 0, "low_volume": 30}, {},
         "40 phiếu đánh giá trên hồ sơ, hài lòng 100,0 % (40/40); 1/1 đơn vị có phiếu."),
        ({"rated": 0, "units": 19, "told_units": 0}, {}, "Không có phiếu đánh giá nào trong kỳ."),
    ],
    "undone_service_count": [
        ({"judged_on": datetime.date(2023, 12, 31), "total": 25, "done": 18, "undone": 7, "overdue": 2, "undated": 1}, {},
         "Đến 31/12/2023 đã triển khai 18/25 dịch vụ công thiết yếu; còn 7 (2 quá hạn, 1 chưa có hạn)."),
        ({"judged_on": datetime.date(2023, 12, 31), "total": 25, "done": 18, "undone": 7, "overdue": 0, "undated": 0}, {},
         "Đến 31/12/2023 đã triển khai 18/25 dịch vụ công thiết yếu; còn 7."),
        ({"judged_on": datetime.date(2024, 12, 31), "total": 25, "done": 25, "undone": 0, "overdue": 0, "undated": 0}, {},
         "Đến 31/12/2024 đã triển khai 25/25 dịch vụ công thiết yếu."),
        ({"total": 0}, {}, "Chưa có bảng kê dịch vụ công thiết yếu."),
    ],
    "equipment_count": [
        ({"units": 18, "told_units": 16, "silent_names": "Đa Mi, La Dạ", "further_units": 0, "short_units": 9, "short_count": 41, "cost": 312500000.0,
          "unpriced": 2}, {},
         "16/18 Bộ phận Một cửa đã kê: thiếu 41 thiết bị ở 9 nơi, cần chừng 312.500.000 đồng, chưa gồm 2 loại chưa có giá. Chưa kê: Đa Mi, La Dạ."),
        ({"units": 18, "told_units": 10, "silent_names": "A, B, C, D, E, G", "further_units": 2, "short_count": 0}, {},
         "10/18 Bộ phận Một cửa đã kê: không thiếu thiết bị nào. Chưa kê: A, B, C, D, E, G và 2 nơi khác."),
        ({"units": 18, "told_units": 18, "silent_names": None, "short_units": 1, "short_count": 1, "cost": 5.0, "unpriced": 0}, {},
         "18/18 Bộ phận Một cửa đã kê: thiếu 1 thiết bị ở 1 nơi, cần chừng 5 đồng."),
        ({"units": 18, "told_units": 0}, {}, "Chưa Bộ phận Một cửa nào kê (0/18)."),
    ],
    "initiative_count": [
        (COUNTED, {}, "1.200 việc: xong đúng hạn 5, xong trễ 1, quá hạn 3, đang làm 4 (đến hạn trong 30 ngày tới: 2). "
         "Quá hạn nhiều nhất: Công an huyện (2 việc)."),
        (COUNTED, {"worst_owners": 2}, "1.200 việc: xong đúng hạn 5, xong trễ 1, quá hạn 3, đang làm 4 (đến hạn trong 30 ngày tới: 2). "
         "Quá hạn nhiều nhất: Công an huyện và 1 cơ quan khác, cùng 2 việc."),
        (COUNTED, {"done_undated": 2, "worst_owner": None}, "1.200 việc: xong đúng hạn 5, xong mà không ghi ngày 2, xong trễ 1, quá hạn 3, "
         "đang làm 4 (đến hạn trong 30 ngày tới: 2)."),
        (COUNTED, {"worst_owner": None, "worst_overdue": None},
         "1.200 việc: xong đúng hạn 5, xong trễ 1, quá hạn 3, đang làm 4 (đến hạn trong 30 ngày tới: 2)."),
        (COUNTED, {"total": 0}, "Chưa có dòng nào trong bảng theo dõi."),
    ],
    "essential_published": [
        ({"value_said": "18/25", "period_said": "2023", "source": "Báo X"}, {},
         "Đã công bố: 18/25 dịch vụ công thiết yếu được triển khai năm 2023. Nguồn: Báo X."),
        ({"value_said": "18/25", "period_said": "2023", "source": None}, {},
         "Đã công bố: 18/25 dịch vụ công thiết yếu được triển khai năm 2023."),
    ],
}  # fmt: skip
# A query and the column of its text → rows and texts, as above. Here a dash means an empty cell.
CELLS = {
    ("events", "event_text"): [
        ({"event_kind": "entered", "name": "Đổi phần mềm một cửa", "splits": False}, {}, "Đổi phần mềm một cửa"),
        ({"event_kind": "entered", "name": "Đổi phần mềm", "splits": True}, {}, "Đổi phần mềm, mức thường tính lại từ đây"),
        ({"event_kind": "holiday", "name": "Tết Nguyên đán", "splits": False}, {}, "Tết Nguyên đán"),
        ({"event_kind": "pilot", "name": "Truyền thanh thông minh", "splits": False}, {}, "bắt đầu thí điểm truyền thanh thông minh"),
        ({"event_kind": "reorganised", "splits": False}, {}, "sắp xếp đơn vị hành chính"),
        ({"event_kind": "target", "before_target": 80.0, "after_target": 87.5, "measure": "%", "splits": False}, {}, "mục tiêu từ 80 % thành 87,5 %"),
    ],
    **dict.fromkeys(
        [("events", "when_text"), ("entered_events", "when_text")],
        [
            ({"from_on": datetime.date(2024, 2, 8), "to_on": datetime.date(2024, 2, 14)}, {}, "08/02 – 14/02/2024"),
            ({"from_on": datetime.date(2024, 12, 30), "to_on": datetime.date(2025, 1, 2)}, {}, "30/12/2024 – 02/01/2025"),
            ({"from_on": datetime.date(2024, 2, 8), "to_on": datetime.date(2024, 2, 8)}, {}, "08/02/2024"),
        ],
    ),
    ("entered_events", "splits_text"): [({"splits": True}, {}, "tính lại"), ({"splits": None}, {}, "")],
    ("late_risk", "risk_text"): [
        (RISK, {}, "Khoảng 7 trên 10 hồ sơ như thế này (tách thửa hoặc hợp thửa đất, còn 2 ngày, đang ở cấp huyện) trễ hạn; 12 tháng qua 22/26 hồ sơ cùng thủ tục đã trễ"),
        (RISK, {"holder_tier": "province", "chance": 75.0, "days_left": 0},
         "Khoảng 8 trên 10 hồ sơ như thế này (tách thửa hoặc hợp thửa đất, không còn ngày làm việc nào, đang ở Văn phòng Đăng ký đất đai) trễ hạn; "
         "12 tháng qua 22/26 hồ sơ cùng thủ tục đã trễ"),
        (RISK, {"holder_tier": None, "chance": 96.0, "alike": 9}, "Trên 19 trên 20 hồ sơ như thế này (lĩnh vực đất đai, còn 2 ngày) trễ hạn"),
        (RISK, {"holder_tier": None, "chance": 4.9, "days_left": 1200, "procedure_name": "Đăng ký, cấp Giấy chứng nhận đối với tài sản gắn liền với đất của người sử dụng đất"},
         "Dưới 1 trên 20 hồ sơ như thế này (đăng ký, cấp Giấy chứng nhận đối với tài sản gắn liền với…, còn 1.200 ngày) trễ hạn; 12 tháng qua 22/26 hồ sơ cùng thủ tục đã trễ"),
    ],
    ("late_risk_trial", "trial_text"): [
        (TRIAL, {}, "Thử lại trên hồ sơ của 26 tuần qua (26.221 lượt hồ sơ, 4.478 trễ): AUC 0,770, theo số ngày còn lại 0,619; "
         "sai số Brier 0,118, luôn nêu tỷ lệ chung thì 0,142; nhóm khả năng đủ 100 hồ sơ lệch nhiều nhất 3,7 điểm %."),
        (TRIAL, {"worst_miss": None}, "Thử lại trên hồ sơ của 26 tuần qua (26.221 lượt hồ sơ, 4.478 trễ): AUC 0,770, theo số ngày còn lại 0,619; "
         "sai số Brier 0,118, luôn nêu tỷ lệ chung thì 0,142."),
        (TRIAL, {"auc": None}, ""),
    ],
    ("commitment_figure", "figure_text"): [
        (FROZEN, {}, "91,8 % (1.457/1.588), quý IV/2024"),
        (FROZEN, {"is_part": True}, "91,8 % (1.457/1.588), quý IV/2024, chưa đủ số liệu"),
        (FROZEN, {"value": None, "numerator": 0, "denominator": 0, "is_part": True}, "chưa biết, quý IV/2024"),
        (FROZEN, {"measure": "hồ sơ", "value": 543.0, "numerator": None, "denominator": None}, "543 hồ sơ, quý IV/2024"),
    ],
    ("breakdown", "late_text"): [({"late": 12, "value": 3.45}, {}, "12 hồ sơ · 3,5 %"), ({"late": 0, "value": None}, {}, "0 hồ sơ")],
    ("field_lateness", "late_text"): [({"late": 1200.0, "value": 3.0}, {}, "1.200 hồ sơ · 3,0 %")],
    ("late_procedures", "late_text"): [({"late": 12, "value": 100.0}, {}, "12 hồ sơ · 100,0 %")],
    ("land_units", "late_text"): [({"late": 12, "value": 12, "late_share": 3.45}, {}, "12 hồ sơ · 3,5 %")],
    ("unit_share", "dossiers_text"): [({"dossiers": 12, "value": 3.45}, {}, "12 hồ sơ · 3,5 %"), ({"dossiers": 12, "value": None}, {}, "12 hồ sơ")],
    ("service_months", "open_late_text"): [({"open_late": 1200.0}, {}, "1.200 hồ sơ"), ({"open_late": None}, {}, "–")],
    ("land_steps", "mean_text"): [({"mean_days": 2.25}, {}, "2,3 ngày"), ({"mean_days": None}, {}, "–")],
    ("lacking", "sentence"): [
        ({"column_titles": "Kênh, Có phí", "dossiers": 1200, "handled": 2400}, {}, "Kênh, Có phí (1.200/2.400 hồ sơ)"),
        ({"column_titles": "Kênh", "dossiers": 1200, "handled": 1200}, {}, "Kênh"),
    ],
    **dict.fromkeys(
        [("headline", "known_text"), ("unit_indicators", "known_text"), ("commitment_figure", "known_text")],
        [
            ({"lacking": None, "known_dossiers": 9, "all_dossiers": 9}, {}, ""),
            ({"lacking": "Kênh", "known_dossiers": 0, "all_dossiers": 9}, {}, "tệp không có cột Kênh"),
            (
                {"lacking": "Kênh", "known_dossiers": 1560, "all_dossiers": 2792},
                {},
                "tính trên 1.560/2.792 hồ sơ có cột Kênh",
            ),
            (
                {"known_units": 17, "all_units": 17, "by_statute": 1200},
                {},
                "1.200 hồ sơ xét theo thời hạn thủ tục",
            ),
        ],
    ),
    ("freshness", "time_rule_text"): [
        ({"by_day": False, "time_status": "proposed"}, {},
         "So với ngày hẹn theo giờ, phút: ngày hẹn không ghi giờ là hết ngày đó, ngày kết thúc không ghi giờ là đầu ngày đó, "
         "hồ sơ đang giải quyết xét lúc hết ngày (đề xuất, chưa được phê duyệt)."),
        ({"by_day": True, "time_status": "confirmed"}, {},
         "So với ngày hẹn theo ngày: xong trong ngày hẹn là đúng hạn, đang giải quyết thì quá hạn từ ngày sau ngày hẹn."),
    ],
    ("dossier_count", "text"): [({"dossiers": 1200}, {}, "1.200 hồ sơ")],
    ("dossier_subsets", "text"): [({"dossiers": 1200}, {}, "1.200")],
    ("components", "full_text"): [
        ({"full_at": 85.0, "measure": "sản phẩm"}, {}, "85 sản phẩm"), ({"full_at": 62.5, "measure": "%"}, {}, "62,5 %"),
        ({"full_at": None, "measure": "%"}, {}, "–"),
    ],
    ("components", "points_rule"): [
        ({"maximum": 6.0, "full_at": 50.0, "measure": "%", "direction": "up", "decimals": 2, "when_none": 1.0}, {},
         "giá trị × 6 / 50 %, nhiều nhất 6 điểm; tỷ lệ và điểm làm tròn 2 chữ số; không phát sinh: 6 điểm"),
        ({"maximum": 2.5, "full_at": 85.0, "measure": "sản phẩm", "direction": "up", "decimals": None, "when_none": None}, {},
         "giá trị × 2,50 / 85 sản phẩm, nhiều nhất 2,50 điểm; không phát sinh: không tính"),
        ({"maximum": 4.0, "limit_value": 20.0, "measure": "%", "direction": "down", "when_none": 0.0}, {},
         "4 × (1 − giá trị / 20 %), nhiều nhất 4 điểm; không phát sinh: 0 điểm"),
        ({"maximum": 4.0, "full_at": None, "measure": "%", "direction": "up", "decimals": None, "when_none": None}, {},
         "giá trị × 4 / mục tiêu của năm, nhiều nhất 4 điểm; không phát sinh: không tính"),
    ],
    ("components", "points_text"): [
        ({"points": 2.236, "maximum": 5.0}, {}, "2,24/5"), ({"points": None, "maximum": 7.5}, {}, "–/7,50"),
    ],
    ("simulated_groups", "points_text"): [
        ({"points": 80.055, "known_maximum": 100.0}, {}, "80,06/100 điểm"), ({"points": None, "known_maximum": 0.0}, {}, "–"),
    ],
    ("simulated_units", "points_text"): [({"points": 6.5, "known_maximum": 12.0}, {}, "6,50/12 điểm")],
    ("scenario_options", "goal_text"): [({"goal": 100.0, "measure": "%"}, {}, "100 %")],
    ("district_criteria", "lost_text"): [
        ({"lost": 1.25, "best_name": "La Gi"}, {}, "1,25 (La Gi)"), ({"lost": 0.0, "best_name": "La Gi"}, {}, "cao nhất"),
        ({"lost": None, "best_name": "La Gi"}, {}, "–"),
    ],
    ("district_criteria", "lead_text"): [
        ({"lead": 1.25}, {}, "+1,25"), ({"lead": -0.125}, {}, "−0,13"), ({"lead": 0.0}, {}, "0,00"), ({"lead": None}, {}, "–"),
    ],
    ("published_history", "districts"): [
        ({"district_names": ["La Gi", "Tánh Linh"], "district_scores": [83.68, None]}, {}, "La Gi (83,68 %), Tánh Linh"),
    ],
    ("filing_grid", "text"): [
        ({"table_name": "dossier", "filing": "whole", "full_name": "Xã Hàm Đức"}, {}, "✓"), ({"table_name": "dossier", "filing": "missing", "full_name": "Xã Hàm Đức"}, {}, "–"),
        ({"table_name": "dossier", "filing": "none", "full_name": "Xã Hàm Đức"}, {}, ""),
        ({"table_name": "dossier", "filing": "part", "full_name": "Xã Hàm Đức", "known_to": datetime.date(2024, 2, 15), "known": 15, "expected": 29}, {}, "đến 15/02"),
        ({"table_name": "kpi_value", "filing": "part", "full_name": "Xã Hàm Đức", "known_to": datetime.date(2024, 2, 29), "known": 1200, "expected": 2400}, {}, "1.200/2.400"),
        ({"table_name": "dossier", "filing": "part", "full_name": "Xã Hàm Đức", "known_to": datetime.date(2024, 1, 31), "known": 31, "expected": 31}, {}, "thiếu cũ"),
    ],
    ("filing_grid", "told_text"): [
        ({"table_name": "initiative", "filing": "none", "full_name": "Xã Hàm Đức", "row_count": 0}, {}, "không phải gửi"),
        ({"table_name": "dossier", "filing": "missing", "full_name": "Xã Hàm Đức", "row_count": 0, "known_to": None}, {}, "chưa có; chưa có tệp nào"),
        ({"table_name": "dossier", "filing": "missing", "full_name": "Xã Hàm Đức", "row_count": 1200, "known_to": datetime.date(2024, 1, 31)}, {}, "chưa có; mới đến 31/01/2024 · 1.200 dòng"),
        ({"table_name": "kpi_value", "filing": "part", "full_name": "Xã Hàm Đức", "row_count": 25, "known": 25, "expected": 26, "older_known": True, "rows_known": True}, {}, "có một phần: 25/26 chỉ tiêu · 25 dòng"),
    ],
    ("filing_grid", "late_text"): [
        ({"table_name": "dossier", "filing": "whole", "full_name": "Xã Hàm Đức"}, {}, ""),
        ({"table_name": "dossier", "filing": "missing", "full_name": "Xã Hàm Đức", "known_to": datetime.date(2024, 1, 31)}, {}, "xã Hàm Đức (mới đến 31/01/2024)"),
        ({"table_name": "dossier", "filing": "part", "full_name": "Xã Hàm Đức", "known": 12, "expected": 29, "known_to": datetime.date(2024, 2, 29)}, {},
         "xã Hàm Đức (mới có 12/29 ngày)"),
        ({"table_name": "dossier", "filing": "part", "full_name": "Xã Hàm Đức", "known": 31, "expected": 31, "known_to": datetime.date(2024, 1, 31)}, {},
         "xã Hàm Đức (thiếu hồ sơ nhận trước đó còn giải quyết trong tháng)"),
        ({"table_name": "dossier", "filing": "part", "full_name": "Xã Hàm Đức", "known": 31, "expected": 31, "older_known": True, "rows_known": False}, {},
         "xã Hàm Đức (tệp còn nhiều dòng bị trả lại)"),
    ],
    ("unclear_units", "text"): [
        ({"name": "Xã Hàm Đức", "dossiers": 1200, "told_on": datetime.date(2024, 1, 31)}, {}, "Xã Hàm Đức: 1.200 hồ sơ chưa rõ, không rõ từ 31/01/2024"),
        ({"name": "Xã Hàm Đức", "dossiers": 5, "told_on": None}, {}, "Xã Hàm Đức: 5 hồ sơ chưa rõ"),
    ],
    ("sent_files", "months_text"): [
        ({"first_title": "T1/24", "last_title": "T3/24"}, {}, "T1/24 – T3/24"), ({"first_title": "T1/24", "last_title": "T1/24"}, {}, "T1/24"),
    ],
    ("period_gap", "gap_text"): [
        ({"known_units": 2, "all_units": 17, "member_word": "xã"}, {}, "mới 2/17 xã có số liệu hồ sơ"),
        ({"known_units": 0, "all_units": 17, "member_word": "xã"}, {}, "chưa xã nào có số liệu hồ sơ"),
        ({"known_units": 0, "all_units": 1, "known_on": datetime.date(2024, 2, 15)}, {}, "hồ sơ mới có đến 15/02/2024"),
        ({"known_units": 0, "all_units": 1, "known_on": None}, {}, "chưa có tệp hồ sơ của kỳ này"),
        ({"known_units": 17, "all_units": 17, "column_titles": "“Kênh”, “Có phản ánh, kiến nghị”", "older_known": True}, {}, "tệp hồ sơ không có cột “Kênh”, “Có phản ánh, kiến nghị”"),
        ({"known_units": 17, "all_units": 17, "column_titles": "“A”, “B”, “C”, “D”, “E”"}, {}, "tệp hồ sơ không có cột “A”, “B”, “C” và 2 cột khác"),
        ({"known_units": 16, "all_units": 17, "member_word": "xã", "older_known": False, "column_titles": "“Kênh”"}, {},
         "mới 16/17 xã có số liệu hồ sơ; thiếu hồ sơ cũ: tệp đầu chỉ có hồ sơ mới nhận; tệp hồ sơ không có cột “Kênh”"),
        ({"known_units": 17, "all_units": 17, "rows_known": False, "silent_names": "Bộ phận Một cửa"}, {},
         "chưa có hồ sơ của Bộ phận Một cửa, nơi thường nhận nhiều hồ sơ; tệp còn nhiều dòng bị trả lại"),
        ({"known_units": None, "all_units": None, "column_titles": None}, {}, ""),
    ],
    ("unit_days", "text"): [
        (
            {"unit_names": "Hàm Đức, La Dạ", "further_units": 0, "known_to": datetime.date(2025, 1, 31)},
            {"units": 2, "all_units": 17},
            "Hàm Đức, La Dạ (31/01/2025)",
        ),
        (
            {"unit_names": "Đa Mi", "further_units": 9},
            {"units": 10, "all_units": 17, "known_to": None},
            "Đa Mi và 9 đơn vị khác (chưa có tệp)",
        ),
    ],
    ("unclear", "sentence"): [
        (
            {"dossiers": 613, "told_on": datetime.date(2025, 1, 31)},
            {},
            "Chưa rõ 613 hồ sơ từ 31/01/2025: đang mở ở tệp trước, không có trong tệp sau; không tính vào đúng hạn hay trễ hạn.",
        )
    ],
    ("refused", "sentence"): [({"table_name": "kpi_value", "missing_rows": 3}, {"uploads": 1}, "3 giá trị chỉ tiêu bị trả lại")],
    ("refused_files", "sentence"): [({"table_name": "dossier", "missing_rows": 1772}, {}, "1.772 hồ sơ bị trả lại")],
    ("rank_range", "text"): [({"low": 10, "high": 13}, {}, "10–13"), ({"low": 2, "high": 2}, {}, "2")],
    ("rank_range", "range_text"): [({"low": 10, "high": 13}, {}, "10–13"), ({"low": 2, "high": 2}, {}, "2")],
    ("unit_standing", "range_text"): [({"low": 10, "high": 13}, {}, "10–13"), ({"low": None, "high": None}, {}, "")],
    ("attention", "matter_text"): [
        (ATTENTION_LATE, {}, "Đất đai: trễ hạn"),
        (ATTENTION_WORSENED, {"indicator_name": "Tỷ lệ hồ sơ đúng hạn"}, "Tỷ lệ hồ sơ đúng hạn"),
        ({"topic": "Thay đổi", "compared_values": 0}, {}, "Chưa đủ tháng để biết thay đổi nào là thật."),
    ],
    ("attention", "count_text"): [
        (ATTENTION_LATE, {"late": 543, "open_late": 39}, "543 hồ sơ trễ, 39 chưa xong"),
        (ATTENTION_LATE, {"late": 543, "open_late": 39, "is_least": True}, "ít nhất 543 hồ sơ trễ, 39 chưa xong"),
        (ATTENTION_WORSENED, {"before": 96.5, "value": 91.75, "numerator": 1457, "denominator": 1588},
         "96,5 % → 91,8 % (1.457/1.588)"),
        # Beyond chance, though no worse than the comparison period.
        (ATTENTION_WORSENED, {"before": 90.0, "value": 91.75, "numerator": 1457, "denominator": 1588}, "91,8 % (1.457/1.588)"),
        (ATTENTION_MISSED, {}, "41,3 % (33/80), mục tiêu 60 %"),
        (ATTENTION_MISSED, {"target": None}, "41,3 % (33/80)"),
        ({"topic": "Thay đổi", "compared_values": 0}, {}, ""),
    ],
    ("attention", "since_text"): [(ATTENTION_WORSENED, {}, "tháng 12/2024"), (ATTENTION_MISSED, {}, "")],
    ("attention", "call_text"): [
        ({"topic": "Thay đổi", "called_name": "Đa Mi", "action": "rà hồ sơ trễ"}, {}, "Gọi Đa Mi: rà hồ sơ trễ."),
        ({"topic": "Thay đổi", "called_name": None, "action": "rà hồ sơ trễ"}, {}, ""),
        ({"topic": "Thay đổi", "called_name": "Đa Mi", "action": None}, {}, ""),
    ],
    ("real_changes", "call_text"): [
        ({"topic": "Thay đổi", "called_name": "Đa Mi", "action": "rà hồ sơ trễ"}, {}, "Gọi Đa Mi: rà hồ sơ trễ."),
        ({"topic": "Thay đổi", "called_name": None, "action": "rà hồ sơ trễ"}, {}, ""),
        ({"topic": "Thay đổi", "called_name": "Đa Mi", "action": None}, {}, ""),
    ],
    **dict.fromkeys([("headline", "process_text"), ("unit_indicators", "process_text"), ("commitment_figure", "process_text")], [
        ({"variation": "worse", "assurance": "never", "series_months": 24, "month_title": "Tháng 12/2024", "is_other_month": False}, {},
         "xấu đi thật; sẽ không đạt với cách làm hiện nay"),
        ({"variation": "usual", "assurance": None, "series_months": 24, "month_title": "Tháng 12/2024", "is_other_month": True}, {},
         "dao động thường (tháng 12/2024)"),
        ({"variation": None, "assurance": None, "series_months": 7}, {}, "chưa đủ tháng để biết dao động (7/12)"),
        ({"variation": None, "series_months": 4, "split_on": datetime.date(2024, 7, 1), "split_name": "Đổi cách tính"}, {},
         "chưa đủ tháng để biết dao động (4/12 từ 01/07/2024: Đổi cách tính)"),
        ({"variation": "usual", "assurance": "never", "series_months": 14, "is_other_month": False, "split_on": datetime.date(2023, 7, 1), "split_name": "Đổi cách tính"}, {},
         "dao động thường; sẽ không đạt với cách làm hiện nay (mức thường từ 01/07/2023: Đổi cách tính)"),
        ({"variation": None, "assurance": None, "series_months": None}, {}, ""),
    ]),
    **{(name, "official_text"): [
        ({"value": 84.4712, "maximum": 100.0, "is_provisional": True}, {}, "84,47/100 · tạm tính"),
        ({"value": 0.0, "maximum": 18.0, "is_provisional": False}, {}, "0,00/18"),
        ({"value": None, "maximum": 18.0, "is_provisional": False}, {}, "chưa có"),
    ] for name in ("portal_groups", "portal_units")},
    **{(name, "computed_text"): [
        ({"computed": 70.174, "known_maximum": 82.0, "computed_maximum": 100.0}, {}, "70,17/82 có số liệu"),
        ({"computed": 18.99, "known_maximum": 20.0, "computed_maximum": 20.0}, {}, "18,99/20"),
        ({"computed": None, "known_maximum": 0.0, "computed_maximum": 20.0}, {}, "chưa có số liệu"),
    ] for name in ("portal_groups", "portal_units")},
    **{(name, "difference_text"): [
        ({"value": 18.0, "difference": -0.234}, {}, "−0,23"),
        ({"value": 18.0, "difference": 1.5}, {}, "+1,50"),
        ({"value": 18.0, "difference": None}, {}, "chưa so được"),
        ({"value": None, "difference": None}, {}, "–"),
    ] for name in ("portal_groups", "portal_units")},
    ("portal_groups", "why_text"): [
        (PORTAL, {}, "Ở đây thiếu số liệu: TTHC công bố đúng hạn và 5 chỉ số thành phần khác; 93/1.853 hồ sơ chưa đồng bộ lên Cổng (1.4); "
         "3.483/51.669 lần cập nhật trạng thái chậm (T22); điểm Cổng là tạm tính, lấy ngày 31/12/2024; cách tính 21/21 chỉ số thành phần chưa đối chiếu văn bản gốc"),
        (PORTAL, {"portal_group": "progress", "missing_names": []}, "93/1.853 hồ sơ chưa đồng bộ lên Cổng (1.4); 3.483/51.669 lần cập nhật trạng thái chậm (T22)"),
        (PORTAL, {"portal_group": "online", "missing_names": ["DVCTT có phát sinh hồ sơ"]}, "Ở đây thiếu số liệu: DVCTT có phát sinh hồ sơ; 93/1.853 hồ sơ chưa đồng bộ lên Cổng (1.4)"),
        (PORTAL, {"portal_group": "satisfaction", "missing_names": []}, "–"),
        (PORTAL, {"portal_group": "online", "missing_names": [], "unsynced": 0.0}, "–"),
        (PORTAL, {"missing_names": [], "unsynced": None, "behind": None, "is_provisional": False, "open_components": 0}, "–"),
        (PORTAL, {"difference": 0.004}, "–"),
        (PORTAL, {"value": None}, "–"),
    ],
    ("rank_sensitivity", "text"): [({"low": 1, "high": 3}, {}, "hạng 1–3"), ({"low": 2, "high": 2}, {}, "hạng 2")],
}  # fmt: skip
ROWS = [(name, "sentence", *case) for name, cases in SAID.items() for case in cases]
ROWS += [(name, column, *case) for (name, column), cases in CELLS.items() for case in cases]


def told(name: str, column: str, row: dict, **more) -> str:
    """The text of one row of a query, obtained as pages do."""
    asked = dict.fromkeys(queries.question(name).returns) | row | more
    frame = pd.DataFrame([asked])
    frame.attrs = {"question": name}
    return written(frame)[column].iloc[0].replace(NO_BREAK, " ")


@pytest.mark.parametrize(("name", "column", "row", "more", "text"), ROWS)
def test_what_is_said_of_a_row(name, column, row, more, text):
    assert told(name, column, row, **more) == text
    # Missing values are None, NaN or NA, depending on the column's type.
    missing = [part for part, value in {**row, **more}.items() if value is None]
    for nothing in (float("nan"), pd.NA):
        assert told(name, column, row, **{**more, **dict.fromkeys(missing, nothing)}) == text


def test_every_text_is_tested_and_every_part_comes_from_the_question():
    told_of = {(name, text.column) for name in sentences.questions() for text in sentences.texts_of(name)}
    assert told_of == {(name, column) for name, column, *_ in ROWS}
    for name, _, row, more, _ in ROWS:
        assert {*row, *more} <= set(queries.question(name).returns), name


@pytest.fixture
def at_demo(demo_store, monkeypatch):
    """The simulated district as the current snapshot, none pinned."""
    token = queries._pinned.set(None)
    monkeypatch.setenv("DASHBOARD_STORE", str(demo_store))
    yield
    queries._pinned.reset(token)


@pytest.mark.parametrize("case", CASES)
def test_sentences_of_the_district_are_whole(case, at_demo):
    """No missing or repeated part and no other minus sign, for any choices."""
    for name in sorted(sentences.questions()):
        answer = written(queries.load(name, **{**CHOICES, **CASES[case]}))
        assert answer.attrs["question"] == name
        for text in sentences.texts_of(name):
            for said in answer[text.column]:
                assert isinstance(said, str) and not re.search(r"nan|NaN|None|NA\b|<|[ (]-|  |,,|\.\.| [.,;)]", said), (
                    said
                )
                if text.column == "sentence":
                    assert MISSING not in said and (said.endswith(".") or name == "index_confirmation"), said


def test_a_question_writes_nothing_itself():
    """SQL formats no number and builds no sentence; it may combine codes and these few names."""
    names = {"' (từ 01/7/2025)'", "', '", "'Bước '"}
    for name in NAMES:
        code = re.sub(r"--[^\n]*", "", queries.question(name).sql)
        assert not re.search(r"(?i)\b(format|printf|chr|vi_\w+|to_char|translate)\s*\(", code), name
        assert not re.search(r"(?i)AS (sentence|\w*text)\b", code), name
        joined = set(re.findall(r"'[^']*'(?=\s*\|\|)|(?<=\|\|\s)'[^']*'", code)) - names
        assert not {text for text in joined if re.search(r"[à-ỹđ]|[^\W\d_] [^\W\d_]", text)}, name


# -------------------------------------------------------------------------------------------- columns


@pytest.fixture
def answered(at_demo):
    """The columns of every query as pages get them."""
    return {name: set(written(queries.load(name, **CHOICES)).columns) for name in NAMES}


def test_every_column_is_shown_or_internal(answered):
    """Every returned column is in COLUMNS or INTERNAL, and every column there is returned by some query."""
    returned = set().union(*answered.values())
    assert returned - set(COLUMNS) - INTERNAL == set()
    assert (set(COLUMNS) | INTERNAL) - returned == set()
    assert set(COLUMNS) & INTERNAL == set()


def test_a_definition_is_a_short_line():
    for name, column in COLUMNS.items():
        if column.says:
            assert re.fullmatch(r".{8,110}\.", column.says) and not column.says[0].islower(), name
            assert re.search("[à-ỹđ]", column.says.lower()), name


def frame_of(**more) -> pd.DataFrame:
    """One row with a value of every visible column, except texts."""
    given = {name: "Xã Đa Mi" for name, column in COLUMNS.items() if column.write in (columns.text, columns.unbroken)}
    given |= {name: 1234.5 for name in COLUMNS if name not in given}
    given |= {name: pd.Timestamp(2024, 12, 1) for name, column in COLUMNS.items() if column.write is columns.date}
    return pd.DataFrame([given | {"measure": "điểm", "status": "met"} | more])


def test_a_column_is_written_in_its_own_way(at_demo):
    """In a table the format depends only on the column's definition: the table knows no column names."""
    shown = tables.spoken(frame_of()).iloc[0].to_dict()
    expected = {
        "Tên": "Xã Đa Mi", "Chỉ tiêu": f"Xã{NO_BREAK}Đa{NO_BREAK}Mi", "Hạng": "1234", "Dân số": "1.235", "Hạn": "01/12/2024",
        "Giá trị": f"1.234,50{NO_BREAK}điểm", "Thay đổi": f"+1.234,50{NO_BREAK}điểm", "Mục tiêu": f"1.234,50{NO_BREAK}điểm",
        "Toàn huyện": f"1.234,50{NO_BREAK}điểm", "Độ phủ (%)": "1.234,5", "Điểm của huyện": "1.234,50", "Tối đa": "1.234,50",
        "Công sức": "1.234,5", "Trung vị (ngày)": "1.234,5", "Tử số": "1.235", "Trễ hạn": "1.235", "Năm": "1234",
    }  # fmt: skip
    assert {title: shown[title] for title in expected} == expected
    empty = tables.spoken(frame_of(**{name: None for name in COLUMNS if name != "status_word"})).iloc[0]
    assert set(empty.drop("Tình trạng")) == {MISSING}


def test_a_column_without_measure_keeps_its_decimals(at_demo):
    frame = pd.DataFrame({"before": [11.65, None], "change": [-0.425, 0.43], "maximum": [14.0, 7.5]})
    assert tables.spoken(frame).to_dict("list") == {
        "Kỳ so sánh": ["11,65", "–"], "Thay đổi": ["−0,43", "+0,43"], "Tối đa": ["14", "7,50"],
    }  # fmt: skip


def test_what_is_written_beside_a_number_is_what_a_table_shows(at_demo):
    frame = pd.DataFrame(
        {"late": [12], "late_text": ["12 hồ sơ · 3,4 %"], "value": [3.4], "text": ["3,4 %"], "measure": ["%"]}
    )
    assert tables.spoken(frame).to_dict("list") == {"Trễ hạn": ["12 hồ sơ · 3,4 %"], "Giá trị": ["3,4 %"]}
    assert tables.readable(frame).to_dict("list") == {"Trễ hạn": [12], "Giá trị": [3.4]}


def test_spreadsheets_get_numbers(at_demo):
    """Spreadsheets get numbers, dates and ranks as values; the typographic minus is only for displayed text."""
    frame = frame_of(change=-0.123456, due_on=pd.Timestamp(2024, 12, 1))
    row = tables.readable(written(frame)).iloc[0]
    assert row["Thay đổi"] == -0.1235 and row["Giá trị"] == 1234.5 and row["Hạn"] == pd.Timestamp(2024, 12, 1)
    assert row["Tình trạng"] == STATUSES["met"]


def test_of_two_columns_with_one_title_the_first_is_shown(at_demo):
    frame = pd.DataFrame({"rank": [1], "place": [2], "name": ["La Gi"]})
    assert tables.readable(frame).to_dict("list") == {"Hạng": [1], "Tên": ["La Gi"]}


@pytest.mark.parametrize("measure", [*MEASURES, "", None, float("nan")])
def test_a_value_of_any_measure_is_written(measure):
    """An uploaded indicator may have any unit of measure."""
    frame = pd.DataFrame({"value": [1.25, None], "measure": [measure, measure]})
    short = written(frame)["short_text"].tolist()
    assert short[1] == MISSING and NO_BREAK not in short[0].removesuffix(f"{NO_BREAK}%")
    assert read_back(short[0].removesuffix(f"{NO_BREAK}%")) in (half_up(1.25, 1), half_up(1.25, 0))
    assert frame["text"].tolist()[1] == MISSING


def test_codes_are_told_in_words():
    frame = written(pd.DataFrame({"status": ["near", None], "area_type": ["urban", ""]}))
    assert frame["status_word"].tolist()[0] == "Gần đạt" and frame["area_name"].tolist()[0] == "đô thị"
    assert frame[["status_word", "area_name"]].isna().iloc[1].all()


def test_definitions_of_columns_stand_beside_the_formula(at_demo):
    """In the popover and on the workbook's second sheet, only the definitions of the visible columns are shown."""
    frame = pd.DataFrame({"name": ["La Gi"], "handled": [1], "late": [2], "unit_gain": [1.0], "tile_row": [1]})
    how = tables.explained("**Trễ** = a / b.  \n:orange-badge[Chưa xác nhận]", frame)
    assert how.split("  \n")[:2] == ["**Trễ** = a / b.", ":orange-badge[Chưa xác nhận]"]
    assert how.split("  \n")[2:] == [f"**{COLUMNS[name].title}**: {COLUMNS[name].says}" for name in ("handled", "late")]
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(tables.readable(frame), False, how)))
    sheet = [row[0].value for row in book["Cách tính"].iter_rows()]
    assert sheet == [
        "Cách tính", "Trễ = a / b.", "Chưa xác nhận", *(f"{COLUMNS[name].title}: {COLUMNS[name].says}" for name in ("handled", "late")),
    ]  # fmt: skip
    assert tables.explained("Nguồn.", frame[["name"]]) == "Nguồn."


def test_points_of_a_chart_have_the_decimals_of_points():
    row = {
        "short_name": "Kinh tế số",
        "sort": 1,
        "own": 18.5,
        "best": 19.755,
        "mean": 17.0,
        "maximum": 20.0,
        "lost": 1.255,
    }
    drawn = str(
        criteria_dots(
            pd.DataFrame([row | {"best_name": "La Gi"}]), title="Tiêu chí", own_name="Hàm Thuận Bắc"
        ).to_dict()
    )
    assert "18,50/20" in drawn and "mất 1,26" in drawn and "Bình quân: 17,00" in drawn and "(tối đa 20)" in drawn


SCENARIO = {
    "value": 82.345, "today_text": "79,32 điểm", "after_text": "82,35 điểm", "before_class": "Khá", "class_name": "Tốt", "to_good": 0.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "moved", "said"),
    [
        ({}, True, "79,32 điểm (Khá) → 82,35 điểm (Tốt), đạt mức Tốt."),
        (
            {"class_name": "Khá", "to_good": 0.655},
            True,
            "79,32 điểm (Khá) → 82,35 điểm (Khá), còn thiếu 0,66 điểm đến Tốt.",
        ),
        ({"before_class": None, "class_name": None}, True, "79,32 điểm → 82,35 điểm, đạt mức Tốt."),
        ({}, False, "đang có 79,32 điểm, mức Khá."),
        ({"before_class": None}, False, "đang có 79,32 điểm."),
    ],
)
def test_what_a_scenario_does_is_said_in_points(more, moved, said):
    view = SimpleNamespace(whole="Toàn huyện", home={"level_word": "huyện"})
    text = whatif.verdict(view, pd.DataFrame([SCENARIO | more]), "all", moved)
    assert text.replace(NO_BREAK, " ") == f"Điểm tổng hợp, toàn huyện: {said}"


@pytest.mark.parametrize(
    ("rows", "gain", "is_enough", "is_proved", "said"),
    [
        (0, 0.0, True, True, "La Dạ đang có 79,32 điểm, đã đạt 85."),
        (0, 0.0, False, True, "La Dạ đang có 79,32 điểm và không còn chỉ tiêu nào nâng được."),
        (2, 5.685, True, True, "**2 việc**, tổng công sức 12,5 (ít công sức nhất): La Dạ từ 79,32 lên **85,01** điểm."),
        (
            1,
            1.0,
            True,
            False,
            "**1 việc**, tổng công sức 12,5 (tốt nhất tìm được trong 10 giây): La Dạ từ 79,32 lên **80,32** điểm.",
        ),
    ],
)
def test_a_plan_is_said_in_points(rows, gain, is_enough, is_proved, said):
    plan = Plan(pd.DataFrame({"effort": [1.0] * rows}), 12.45, gain, is_enough, is_proved)
    assert whatif._said("xã", plan, "La Dạ", 79.32, 85.0).replace(NO_BREAK, " ") == said


def test_dates_and_days():
    assert columns.date(datetime.date(2024, 2, 29)) == "29/02/2024" and columns.date(pd.NaT) == MISSING
    assert columns.days(2.25) == "2,3" and columns.effort(0.05) == "0,1"
