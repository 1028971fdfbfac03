"""Every visible column, defined once: its title, the format of its values, its explanation.

A new column of a query needs one line in COLUMNS to be shown in tables, downloads and definitions, or its name in
INTERNAL. `written` adds formatted texts beside the numbers of an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from words import vietnamese
from words.sentences import APOLOGIES, ASSURANCES, HOLDERS, PACES, STANDINGS, VARIATIONS, texts_of
from words.vietnamese import MISSING, NO_BREAK, absent

Write = Callable[[Any, str], str]
# Decimals of a value whose frame has no measure: those of points.
_UNMEASURED = vietnamese.decimals_of("điểm")


def text(value, measure: str = "") -> str:
    """A text, unchanged."""
    return MISSING if absent(value) else str(value)


def unbroken(value, measure: str = "") -> str:
    """A text without line breaks, so that a table gives the space to longer texts."""
    return text(value).replace(" ", NO_BREAK)


def date(value, measure: str = "") -> str:
    """A date."""
    return vietnamese.date(value)


def ordinal(value, measure: str = "") -> str:
    """A rank or a year."""
    return vietnamese.ordinal(value)


def count(value, measure: str = "") -> str:
    """A count."""
    return vietnamese.number(value)


def limit(value, measure: str = "") -> str:
    """A maximum or a weight."""
    return vietnamese.limit(value, "điểm")


def points(value, measure: str = "") -> str:
    """Points; the title names the unit."""
    return vietnamese.number(value, vietnamese.decimals_of("điểm"))


def percent(value, measure: str = "") -> str:
    """A share; the title contains the percent sign."""
    return vietnamese.number(value, vietnamese.decimals_of("%"))


def days(value, measure: str = "") -> str:
    """A number of days that may be a fraction, such as a mean."""
    return vietnamese.number(value, vietnamese.decimals_of("ngày"))


def effort(value, measure: str = "") -> str:
    """The effort of a move, on its own scale."""
    return vietnamese.number(value, vietnamese.decimals_of("công sức"))


def quantity(value, measure: str = "") -> str:
    """A value in the measure of its row."""
    return vietnamese.quantity(value, measure, None if measure else _UNMEASURED)


def change(value, measure: str = "") -> str:
    """A difference of two values in the measure of its row."""
    return vietnamese.change(value, measure, None if measure else _UNMEASURED)


def target(value, measure: str = "") -> str:
    """A target in the measure of its row."""
    return vietnamese.target(value, measure)


@dataclass(frozen=True)
class Column:
    """A visible column; `says` is its definition in one line, if the title is not enough."""

    title: str
    write: Write = text
    says: str = ""


COLUMNS = {
    # What a row is about.
    "name": Column("Tên"),
    "unit_name": Column("Đơn vị"),
    "group_name": Column("Nhóm"),
    "short_name": Column("Chỉ tiêu", unbroken),
    "title": Column("Chỉ số thành phần"),
    "period_title": Column("Kỳ"),
    "year": Column("Năm", ordinal),
    "kind_name": Column("Loại"),
    "level_name": Column("Mức độ", says="Mức độ cung cấp dịch vụ công trực tuyến của thủ tục."),
    "is_essential": Column("Đề án 06", says="Dịch vụ công thiết yếu theo Đề án 06."),
    "area_name": Column("Vùng"),
    "population": Column("Dân số", count),
    "owner": Column("Chủ trì"),
    "source": Column("Nguồn"),
    "evidence": Column("Tài liệu kiểm chứng"),
    "formula": Column("Cách tính"),
    "confirmation": Column("Xác nhận", says="Điểm tối đa và mức đủ điểm đã đối chiếu văn bản gốc hay chưa."),
    # Ranks and classes.
    "place": Column("Hạng", ordinal, "Bằng điểm thì cùng hạng; thiếu số liệu hoặc mẫu số quá nhỏ thì không xếp hạng."),
    "rank": Column("Hạng", ordinal),
    "unit_rank": Column("Hạng", ordinal, "Hạng của đơn vị theo điểm chung, không phải theo từng chỉ tiêu."),
    "before_place": Column("Hạng kỳ so sánh", ordinal),
    "class_name": Column("Xếp loại", says="Đã công bố thì theo công bố, chưa thì tính từ điểm."),
    "before_class": Column("Xếp loại hiện nay"),
    "districts": Column("Huyện, thị xã, thành phố"),
    "likely": Column("Hạng hay gặp", ordinal, "Hạng gặp nhiều nhất trong các lần thử."),
    "low": Column("Hạng cao nhất", ordinal, "Nhiều nhất 5 % số lần thử có hạng cao hơn."),
    "high": Column("Hạng thấp nhất", ordinal, "Nhiều nhất 5 % số lần thử có hạng thấp hơn."),
    "first_share": Column("Đứng đầu (% lần thử)", percent),
    "moved_share": Column("Đổi hạng (% lần thử)", percent, "Số lần thử có hạng khác hạng hiện nay."),
    # A value and what it is compared with.
    "value": Column("Giá trị", quantity),
    "numerator": Column("Tử số", count),
    "denominator": Column("Mẫu số", count),
    "target": Column("Mục tiêu", target),
    "status_word": Column("Tình trạng"),
    "before": Column("Kỳ so sánh", quantity),
    "change": Column("Thay đổi", change, "Kỳ này trừ kỳ so sánh."),
    "district": Column("Toàn huyện", quantity),
    "reference": Column("Toàn huyện", quantity),
    "best": Column("Tốt nhất", quantity),
    "best_name": Column("Đơn vị tốt nhất", unbroken),
    "coverage": Column("Độ phủ (%)", percent, "Phần trọng số hoặc điểm tối đa có số liệu."),
    # Points.
    "points": Column("Điểm", points),
    "points_text": Column("Điểm đạt", says="Điểm đạt trên điểm tối đa; của một nhóm thì chỉ tính phần có số liệu."),
    "maximum": Column("Tối đa", limit),
    "official_text": Column(
        "Cổng công bố (điểm)", says="Điểm trên Cổng Dịch vụ công quốc gia; tạm tính khi kỳ chưa hết lúc lấy số."
    ),
    "computed_text": Column(
        "Tính từ hồ sơ (điểm)", says="Theo công thức đã công bố, trên số liệu ở đây; không phải điểm chính thức."
    ),
    "difference_text": Column("Chênh", unbroken, "Cổng trừ tính từ hồ sơ; chỉ so khi đủ số liệu của nhóm."),
    "why_text": Column("Vì đâu"),
    "points_rule": Column("Cách cho điểm"),
    "full_text": Column("Đủ điểm từ", says="Giá trị mà từ đó chỉ số thành phần được điểm tối đa."),
    "weight": Column("Trọng số", limit),
    "points_lost": Column("Điểm mất", points, "Điểm tối đa (hoặc trọng số) trừ điểm đạt."),
    "self_score": Column("Tự chấm", points),
    "own": Column("Điểm của huyện", points, "Điểm thẩm định."),
    "self_gap": Column("Tự chấm hơn thẩm định", points),
    "to_full": Column("Còn thiếu đến tối đa", points),
    "lost": Column("Kém đơn vị tốt nhất", points, "Điểm của đơn vị cao nhất trừ điểm của huyện."),
    "mean": Column("Trung bình", points),
    "rival": Column(
        "Đối thủ gần nhất", points, "Khi đứng đầu là đơn vị đứng thứ hai, nếu không thì là đơn vị ngay trên."
    ),
    "rival_name": Column("Tên đối thủ"),
    "lead": Column("Hơn đối thủ", points),
    # Pilots and scenarios.
    "indicator_name": Column("Chỉ tiêu tác động"),
    "at_start": Column("Trước thí điểm", quantity, "Tháng trước khi bắt đầu thí điểm."),
    "latest": Column("Tháng cuối kỳ", quantity, "Tháng trọn cuối cùng của kỳ."),
    "others_change": Column("Nơi khác thay đổi", change, "Các đơn vị không thí điểm cùng chỉ tiêu, tính chung."),
    "ahead": Column("Nhanh hơn nơi khác", change),
    "today": Column("Hiện nay", quantity),
    "after": Column("Sau kịch bản", quantity),
    "to_good": Column("Còn thiếu đến Tốt", points, "Số điểm còn thiếu sau kịch bản để đạt loại Tốt."),
    "points_gain": Column("Điểm tăng", points),
    "effort": Column("Công sức", effort, "Trọng số công sức × 10 × phần còn thiếu đến mức đủ điểm."),
    "goal_text": Column("Đưa lên", says="Mức đủ điểm của chỉ tiêu."),
    "unit_gain": Column("Xã thêm (điểm)", points),
    "district_gain": Column("Huyện thêm (điểm)", points),
    # Dossiers.
    "dossiers": Column("Số hồ sơ", count),
    "handled": Column("Hồ sơ phải giải quyết", count, "Tồn đầu kỳ cộng tiếp nhận trong kỳ."),
    "received": Column("Tiếp nhận trong kỳ", count),
    "received_online": Column("Nộp trực tuyến", count),
    "resolved": Column("Đã giải quyết", count),
    "open_total": Column("Đang giải quyết", count, "Chưa giải quyết khi hết kỳ."),
    "open_late": Column("Đang quá hạn", count, "Chưa giải quyết mà đã quá ngày hẹn khi hết kỳ."),
    "late": Column("Trễ hạn", count, "Đã giải quyết sau ngày hẹn, cộng đang giải quyết mà đã quá ngày hẹn khi hết kỳ."),
    "share_of_late": Column("Phần trong số trễ (%)", percent),
    "unexplained": Column("Trễ chưa ghi nguyên nhân", count),
    "officers": Column("Cán bộ có hồ sơ trễ", count, "Có ít nhất một hồ sơ trễ chưa ghi nguyên nhân."),
    "row_periods": Column(
        "Số kỳ liền", count, "Kỳ này và các kỳ cùng loại ngay trước nó, kỳ nào cũng từ ngưỡng trở lên."
    ),
    "since_title": Column("Từ kỳ"),
    "over_threshold": Column("Cán bộ vượt ngưỡng", count),
    "worst": Column("Nhiều nhất một người", count),
    "at_commune": Column("Đang ở xã", count),
    "at_district": Column("Đang ở huyện", count),
    "at_province": Column("Đang ở tỉnh", count),
    "at_unknown": Column("Chưa rõ ở cấp nào", count),
    "steps": Column("Lượt qua bước", count),
    "open_steps": Column("Đang giữ", count),
    "late_steps": Column("Trễ ở bước", count),
    "mean_days": Column("Ngày ở bước này", days, "Trung bình, tính bằng ngày làm việc."),
    "handover_days": Column("Chờ chuyển giao (ngày)", days),
    "median_days": Column("Trung vị (ngày)", days, "Một nửa số hồ sơ xong trong chừng ấy ngày làm việc."),
    "p90_days": Column("Xong trong (ngày, 90 % hồ sơ)", days),
    "statutory_days": Column("Thời hạn (ngày)", days, "Trung vị thời hạn của các thủ tục, tính theo hồ sơ."),
    "over_share": Column("Vượt thời hạn (%)", percent),
    # What was sent.
    "filing_word": Column("Số liệu", unbroken),
    "known": Column("Đã có", count, "Số ngày, chỉ tiêu, biểu hoặc hồ sơ có bước xử lý, tùy bảng."),
    "expected": Column("Phải có", count),
    "known_to": Column("Đến ngày", date),
    "row_count": Column("Số dòng", count, "Dòng đang được tính; dòng đã bị lần nạp sau thay thì không kể."),
    "units": Column("Số đơn vị", count),
    "from_on": Column("Nhận từ", date),
    "to_on": Column("Nhận đến", date),
    "column_titles": Column("Cột tệp không có"),
    "arrivals": Column("Số ngày có gửi", count),
    "last_on": Column("Lần gần nhất", date),
    "told_to": Column("Nói đến ngày", date),
    "every_days": Column("Hẹn (ngày)", count, "Nơi gửi hẹn mấy ngày gửi một lần."),
    "usual_days": Column(
        "Thường cách (ngày)", count, "Trung vị của tám khoảng cách gần nhất; từ bốn lần gửi mới tính."
    ),
    "expected_on": Column("Chờ lần tới", date),
    "standing_word": Column("Tình trạng"),
    "days_over": Column("Quá hạn (ngày)", count),
    "told_on": Column("Không rõ từ", date),
    # One dossier, one task.
    "dossier_code": Column("Mã hồ sơ"),
    "officer_code": Column("Mã cán bộ"),
    "procedure_name": Column("Thủ tục"),
    "field_name": Column("Lĩnh vực"),
    "channel_name": Column("Kênh"),
    "received_on": Column("Tiếp nhận", date),
    "start_on": Column("Bắt đầu", date),
    "due_on": Column("Hạn", date),
    "ended_on": Column("Kết thúc", date),
    "days_late": Column("Ngày trễ", count),
    "days_left": Column("Còn (ngày làm việc)", count),
    "holder_name": Column("Đang ở"),
    "event_text": Column("Sự kiện"),
    "event_name": Column("Sự kiện"),
    "splits_text": Column("Mức thường", unbroken),
    "when_text": Column("Khi nào", unbroken),
    "risk_text": Column("Khả năng trễ"),
    "chance": Column("Khả năng trễ (%)", percent, "Trong 100 hồ sơ giống như thế, chừng ấy hồ sơ trễ."),
    "alike": Column("Hồ sơ như thế", count, "Đã xong trong 12 tháng: cùng thủ tục, còn bấy nhiêu ngày, cùng bước."),
    "alike_late": Column("Trong đó đã trễ", count),
    "watched": Column("Chưa trễ", count, "Đang giải quyết, chưa trễ, không chờ người dân bổ sung."),
    "risky": Column("Sắp trễ", count, "Khả năng trễ từ mức ở bảng Tham số trở lên."),
    "expected_late": Column("Chừng bao nhiêu sẽ trễ", count, "Cộng khả năng trễ của mọi hồ sơ chưa trễ."),
    "from_percent": Column("Khả năng từ (%)", count, "Mười nhóm khả năng, mỗi nhóm rộng 10 %."),
    "different_dossiers": Column("Hồ sơ khác nhau", count, "Một hồ sơ được thử ở mỗi thứ Sáu mà nó còn mở."),
    "came_late": Column("Thực tế trễ (%)", percent),
    "miss": Column("Lệch (điểm %)", percent),
    "apology_on": Column("Thư xin lỗi", date),
    "apology_word": Column("Vì sao", unbroken),
    "cause_name": Column("Nguyên nhân"),
    "rescheduled_on": Column("Đã hẹn lại", date),
    "new_due_on": Column("Hẹn lại đến", date),
    "next_step": Column("Việc cần làm"),
    "percent": Column("Tiến độ (%)", percent),
    "state_name": Column("Trạng thái"),
    "recent": Column(
        "Ba tháng qua", quantity, "Tỷ lệ của riêng ba tháng gần nhất; số tại thời điểm: thay đổi mỗi tháng."
    ),
    "needed": Column(
        "Cần mỗi tháng", quantity, "Tỷ lệ của mỗi tháng còn lại để cuối năm đạt; số tại thời điểm: thay đổi mỗi tháng."
    ),
    "extra": Column("Thêm mỗi tháng (hồ sơ)", count),
    "projected": Column("Cuối năm, nếu cứ thế", quantity),
    "pace_word": Column("Mục tiêu năm", unbroken),
    "low_end": Column("Cuối năm, thấp", quantity, "Một trong mười lần các năm trước thấp hơn."),
    "high_end": Column("Cuối năm, cao", quantity, "Một trong mười lần các năm trước cao hơn."),
    "trials": Column("Số lần thử", count),
    "covered": Column("Trúng khoảng tính (%)", percent),
    "corrected": Column("Trúng sau hiệu chỉnh (%)", percent),
    "funnel_word": Column("So bình quân"),
    "range_text": Column("Khoảng hạng 90 %", unbroken),
    "equal_names": Column("Ngang nhau với"),
    "group_number": Column("Nhóm", count),
    "variation_word": Column("So mức thường", unbroken),
    "assurance_word": Column("Khả năng đạt"),
    "outcome": Column("Kết quả"),
    # Lists of the units.
    "village": Column("Thôn, khu phố"),
    "members": Column("Thành viên", count),
    "trained": Column("Đã tập huấn", count, "Trong 12 tháng trước ngày kê."),
    "untrained": Column("Chưa tập huấn", count),
    "trained_on": Column("Tập huấn gần nhất", date),
    "product_name": Column("Sản phẩm"),
    "platform": Column("Sàn", unbroken),
    "ocop_stars": Column("Hạng OCOP (sao)", count),
    "listed_on": Column("Bán từ", date),
    "orders": Column("Số đơn 12 tháng", count),
    "days_saved": Column("Bớt mỗi hồ sơ (ngày)", days),
    "cost_saved": Column("Bớt mỗi hồ sơ (đồng)", count),
    "saved_days": Column(
        "Bớt trong kỳ (ngày)", days, "Số ngày bớt × hồ sơ nhận; việc đang chờ thì là nếu đã áp dụng cả kỳ."
    ),
    "saved_cost": Column(
        "Bớt trong kỳ (đồng)", count, "Chi phí bớt × hồ sơ nhận; việc đang chờ thì là nếu đã áp dụng cả kỳ."
    ),
    "articles": Column("Bài đăng", count),
    "reach": Column("Lượt tiếp cận", count),
    "reactions": Column("Lượt tương tác", count),
    "reach_per_100": Column("Tiếp cận trên 100 dân", percent),
    "positions": Column("Vị trí được giao", count),
    "filled": Column("Đã có người", count),
    "vacant": Column("Còn trống", count),
    "schooled": Column("Được bồi dưỡng", count),
    "unschooled": Column("Chưa bồi dưỡng", count),
    "facilities": Column("Cơ sở khám BHYT", count),
    "ready_facilities": Column("Cơ sở nhận căn cước", count),
    "visits": Column("Lượt khám BHYT", count),
    "card_visits": Column("Lượt bằng căn cước", count),
    "card_share": Column("Bằng căn cước (%)", percent),
    "rated": Column("Phiếu đánh giá", count),
    "satisfied": Column("Phiếu hài lòng", count, "Hài lòng và rất hài lòng."),
    "satisfied_share": Column("Hài lòng (%)", percent),
    "drawn_share": Column(
        "Kéo về mức chung (%)", percent, "Thêm số phiếu của ngưỡng ít phiếu ở mức chung, để vài phiếu không quyết định."
    ),
    "rating_word": Column("Độ chắc", unbroken),
    "service_name": Column("Dịch vụ công thiết yếu"),
    "obstacle": Column("Vướng mắc"),
    "item_name": Column("Thiết bị"),
    "required_count": Column("Phải có", count),
    "usable_count": Column("Dùng được", count),
    "short_count": Column("Còn thiếu", count),
    "unit_cost": Column("Đơn giá (đồng)", count),
    "cost": Column("Cần chừng (đồng)", count, "Số còn thiếu × đơn giá dự kiến; trống là chưa có giá."),
    "reported_on": Column("Ngày kê", date),
}
TITLES = {name: column.title for name, column in COLUMNS.items()}

# Columns that are not shown as such: they serve charts, links or sentences.
INTERNAL = frozenset({
    # Codes and kinds.
    "code", "unit_code", "home_code", "parent_code", "ranked_code", "indicator_code", "field_code", "group_code",
    "level_code", "subset_code", "index_code",
    "criterion_code", "component_code", "portal_group", "initiative_code", "report_code", "district_code", "period_code",
    "previous_code", "last_year_code", "topic_code", "signal_code",
    "schema_name", "kind", "topic", "opens", "verdict", "scope", "tier", "direction", "measure", "status",
    "source_status", "area_type",
    # Order and position.
    "sort", "position", "share_rank", "lost_rank", "lead_rank", "unit_sort", "indicator_sort", "tile_row", "tile_col",
    "step_number", "column_number",
    # Yes or no.
    "is_better", "is_best", "is_land", "is_partial", "is_known", "is_member", "is_successor", "is_reorganised", "is_newest",
    "is_published", "is_good", "is_moved", "is_most", "is_monthly",
    "has_successors", "has_template", "by_day", "time_status", "online_of_offered", "full_of_offered", "coverage_minimum", "signal_level", "change_level", "risk_level", "low_volume", "class_published", "population_estimated",
    # Dates and ranges.
    "as_of", "missing_years", "last_year", "unit_day", "end_on", "judged_on", "completed_on", "observed_period", "pages",
    # Names and words beside the visible ones.
    "full_name", "home_name", "home_full_name", "ranked_name", "place_name", "index_name", "successor_name",
    "figure_title", "short_title", "label", "parts",
    "indicator_title", "level_word", "member_word", "members_word", "population_source", "area_km2", "ratio",
    # Counts and limits that no table repeats.
    "base", "carried_over", "received_direct", "resolved_early", "resolved_on_time", "resolved_late", "open_in_time",
    "open_waiting", "late_share",
    "dossier_count", "cells", "compared", "different", "reported", "computed", "difference",
    "ranked_units", "official_share", "computed_share", "is_provisional", "is_other_calendar", "captured_on", "known_groups", "computed_maximum", "missing_names", "shared_groups", "shared_difference", "unsynced", "synced_of", "behind", "behind_of", "ranked_districts", "placed_units", "known_maximum", "full_at", "goal", "limit_value", "figure",
    "district_room",
    # Parts of sentences.
    "others_start", "others_latest", "weak_name", "weak_value", "weak_target", "weak_measure", "worst_name",
    "worst_value",
    "total", "done", "done_late", "overdue", "running", "due_soon", "worst_owner", "worst_overdue", "unconfirmed",
    "components", "open_components", "criteria", "open_criteria", "bands", "open_bands", "targets", "open_targets",
    "met", "better", "worse", "below", "field_late", "late_without_apology", "not_closed", "online", "online_target", "online_numerator", "online_denominator",
    "paid_numerator", "paid_denominator", "rival_place", "rival_ties", "done_undated",
    "paid", "paid_target",
    "score", "score_after", "good", "criterion_name", "index_names", "years", "places", "ranked",
    "district_names", "district_scores", "value_said", "period_said",
    # Columns added by `written`.
    "sentence", "text", "short_text", "late_text", "dossiers_text", "open_late_text", "mean_text", "lost_text",
    "lead_text",
    "target_text", "before_text", "change_text", "district_text", "reference_text", "best_text", "at_start_text",
    "latest_text", "others_change_text",
    "ahead_text", "today_text", "after_text", "known_text", "time_rule_text", "figure_text",
    # What is known.
    "over_time", "known_dossiers", "all_dossiers", "by_statute", "unclear_dossiers", "known_months", "all_months", "known_units", "all_units", "known_on", "older_known", "rows_known", "volume_known", "silent_names",
    "lacking", "is_least", "is_part", "older", "unit_names", "further_units", "unclear", "missing_rows", "uploads",
    # Parts of sums.
    "decimals", "when_none", "three_tier_late", "other_late", "office_name", "office_late", "office_three_tier", "office_other",
    # What stands behind a superlative.
    "before_numerator", "before_denominator", "worst_numerator", "worst_denominator", "weak_numerator", "weak_denominator",
    "tied_units", "worst_of_all", "district_late", "best_units", "worst_units", "late_fields", "lost_criteria",
    "lever_parts", "ties", "weak_is_most", "worst_owners",
    # Funnels and ranges of ranks.
    "funnel", "distance", "lower_action", "lower_warning", "upper_warning", "upper_action", "group_units", "form", "is_counted", "is_index", "months_left", "most", "season", "recent_text", "needed_text", "projected_text", "low_end_text", "high_end_text", "pace",
    # Process charts: their marks are shown as texts.
    "variation", "assurance", "series_months", "month_title", "is_other_month", "split_on", "split_name", "process_text", "centre", "lower_limit", "upper_limit",
    "month_value", "month_numerator", "month_denominator", "signal_rule", "also_names", "compared_values", "compared_units", "action", "called_name", "call_text", "matter_text", "count_text", "since_text",
    # Events beside a line.
    "until_code", "event_code", "event_kind", "before_target", "after_target", "splits",
    # The trial of the chances of becoming late.
    "months", "trial_days", "auc", "auc_days", "brier", "brier_share", "first_late", "first_late_days", "worst_miss", "holder_tier", "trial_text",
    # Letters.
    "apology_kind", "late_apologies", "likely_apologies", "due_apologies", "again_apologies", "unsure_apologies", "unknown_apologies", "is_statutory", "lead_days", "by_book", "cause_code",
    # Lists of the units.
    "told_units", "short_units", "unpriced", "undone", "undated", "few_units", "granted", "granted_days", "granted_cost", "waiting", "waiting_days", "waiting_cost", "unclear_cuts", "unmeasured", "teams", "untrained_teams", "unclear_teams", "none_units", "products", "stalls", "unsold", "threshold",
    # What was sent.
    "told_text", "gap_text", "months_text", "table_name", "filing", "upload_order", "upload_orders", "first_title", "last_title", "sender", "source_name", "standing",
})  # fmt: skip

# Codes that have a column with words beside them.
STATUSES = {
    "met": "Đạt",
    "near": "Gần đạt",
    "missed": "Chưa đạt",
    "missing": "Không có số liệu",
    "partial": "Chưa đủ số liệu",
    "context": "Theo dõi",
}
FILINGS = {"whole": "Đã có đủ", "part": "Có một phần", "missing": "Chưa có", "none": "Không phải gửi"}
# A unit's share among those of the others, by how many cases it has.
FUNNELS = {
    "better": "tốt hơn bình quân thật",
    "worse": "kém bình quân thật",
    "watched": "có thể khác bình quân",
    "usual": "không khác bình quân",
}
AREAS = {"urban": "đô thị", "lowland": "đồng bằng", "mountain": "miền núi"}
_TOLD = {
    "area_type": ("area_name", AREAS),
    "status": ("status_word", STATUSES),
    "filing": ("filing_word", FILINGS),
    "variation": ("variation_word", VARIATIONS),
    "assurance": ("assurance_word", ASSURANCES),
    "funnel": ("funnel_word", FUNNELS),
    "pace": ("pace_word", PACES),
    "holder_tier": ("holder_name", HOLDERS),
    "apology_kind": ("apology_word", APOLOGIES),
    "standing": ("standing_word", STANDINGS),
}
# Formats that use the measure of the row.
_MEASURED = (quantity, change, target)


def beside(column: str) -> str:
    """The column with the formatted texts of a column."""
    return "text" if column == "value" else f"{column}_text"


def written(frame: pd.DataFrame) -> pd.DataFrame:
    """Add sentences, formatted numbers and words for codes to an answer.

    ``attrs['question']`` names the query whose sentences are added.
    """
    texts = texts_of(frame.attrs.get("question"))
    rows = _rows(frame) if texts else []
    for said in texts:
        place = frame.columns.get_loc(said.after) + 1 if said.after else len(frame.columns)
        frame.insert(place, said.column, [said.write(row) for row in rows])
    if "measure" in frame.columns:
        _write_numbers(frame)
    for code, (words, told) in _TOLD.items():
        if code in frame.columns:
            frame[words] = [told.get(value) for value in frame[code]]
    return frame


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as dictionaries, with None for every kind of missing value."""
    parts = [[_part(value) for value in column.tolist()] for _, column in frame.items()]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*parts, strict=True)]


def _part(value):
    """A value, None if missing; lists are converted item by item."""
    if isinstance(value, np.ndarray):
        return [_part(one) for one in value.tolist()]
    return None if absent(value) else value


def measures(frame: pd.DataFrame) -> list[str]:
    """The measure of every row, empty if the frame has none."""
    if "measure" not in frame.columns:
        return [""] * len(frame)
    return ["" if absent(measure) else measure for measure in frame["measure"]]


def _write_numbers(frame: pd.DataFrame) -> None:
    """Add the formatted texts that use the row's measure; for the value also a short form for small cells."""
    told = measures(frame)
    for name in [name for name in frame.columns if name in COLUMNS and COLUMNS[name].write in _MEASURED]:
        pairs = zip(frame[name].tolist(), told, strict=True)
        frame[beside(name)] = [COLUMNS[name].write(value, measure) for value, measure in pairs]
    if "value" in frame.columns:
        frame["short_text"] = [
            _short(value, measure) for value, measure in zip(frame["value"].tolist(), told, strict=True)
        ]


def _short(value, measure: str) -> str:
    """A value for a small cell: without its unit, except a percent sign."""
    if measure == "%":
        return vietnamese.percent(value)
    return vietnamese.number(value, min(vietnamese.decimals_of(measure), 1))
