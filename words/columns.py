"""Numbers of an answer in the words of a Vietnamese office, in columns beside them."""

from __future__ import annotations

import pandas as pd

from words import vietnamese

# Titles of columns in tables and downloads; what is not here stays out of both.
TITLES = {
    "place": "Hạng", "rank": "Hạng", "unit_rank": "Hạng", "name": "Tên", "unit_name": "Đơn vị",
    "group_name": "Nhóm", "short_name": "Chỉ tiêu",
    "text": "Giá trị", "value": "Giá trị", "numerator": "Tử số", "denominator": "Mẫu số", "target": "Mục tiêu",
    "status_word": "Tình trạng", "before": "Kỳ so sánh", "change": "Thay đổi", "before_place": "Hạng kỳ so sánh",
    "district": "Toàn huyện", "best": "Tốt nhất", "best_name": "Đơn vị tốt nhất", "coverage": "Độ phủ (%)",
    "handled": "Hồ sơ phải giải quyết", "late": "Trễ hạn", "share_of_late": "Phần trong số trễ (%)",
    "period_title": "Kỳ", "reference": "Toàn huyện", "year": "Năm", "class_name": "Xếp loại", "score": "Điểm",
    "own": "Điểm của huyện", "mean": "Trung bình", "maximum": "Tối đa", "lost": "Kém đơn vị tốt nhất",
    "rival": "Đối thủ gần nhất", "rival_name": "Tên đối thủ", "points_lost": "Điểm mất", "weight": "Trọng số",
    "self_score": "Tự chấm", "self_gap": "Tự chấm hơn thẩm định", "to_full": "Còn thiếu đến tối đa", "evidence": "Tài liệu kiểm chứng",
    "points_text": "Điểm đạt", "points": "Điểm", "full_text": "Đủ điểm từ", "confirmation": "Xác nhận", "formula": "Cách tính",
    "lead": "Hơn đối thủ", "indicator_name": "Chỉ tiêu tác động", "at_start": "Trước thí điểm", "latest": "Tháng cuối kỳ",
    "others_change": "Nơi khác thay đổi", "ahead": "Nhanh hơn nơi khác", "today": "Hiện nay", "after": "Sau kịch bản",
    "before_class": "Xếp loại hiện nay", "to_good": "Còn thiếu đến Tốt", "points_gain": "Điểm tăng", "effort": "Công sức",
    "unit_gain": "Xã thêm (điểm)", "district_gain": "Huyện thêm (điểm)", "goal_text": "Đưa lên", "likely": "Hạng hay gặp",
    "low": "Hạng cao nhất", "high": "Hạng thấp nhất", "first_share": "Đứng đầu (% lần thử)", "moved_share": "Đổi hạng (% lần thử)",
    "area_name": "Vùng", "population": "Dân số",
    "source": "Nguồn", "districts": "Huyện, thị xã, thành phố", "kind_name": "Loại", "owner": "Chủ trì", "start_on": "Bắt đầu", "due_on": "Hạn",
    "dossier_code": "Mã hồ sơ", "officer_code": "Mã cán bộ", "unexplained": "Trễ chưa ghi nguyên nhân", "procedure_name": "Thủ tục", "field_name": "Lĩnh vực", "received_on": "Tiếp nhận",
    "ended_on": "Kết thúc", "days_late": "Ngày trễ", "apology_on": "Thư xin lỗi", "next_step": "Việc cần làm",
    "channel_name": "Kênh", "dossiers": "Số hồ sơ", "received": "Tiếp nhận trong kỳ", "resolved": "Đã giải quyết",
    "open_total": "Đang giải quyết", "open_late": "Đang quá hạn", "median_days": "Trung vị (ngày)",
    "p90_days": "Xong trong (ngày, 90 % hồ sơ)", "statutory_days": "Thời hạn (ngày)",
    "level_name": "Mức độ", "received_online": "Nộp trực tuyến", "is_essential": "Đề án 06", "mean_days": "Ngày ở bước này",
    "handover_days": "Chờ chuyển giao (ngày)", "steps": "Lượt qua bước", "open_steps": "Đang giữ", "late_steps": "Trễ ở bước",
    "at_commune": "Đang ở xã", "at_district": "Đang ở huyện", "at_province": "Đang ở tỉnh", "officers": "Cán bộ có hồ sơ trễ",
    "over_threshold": "Cán bộ vượt ngưỡng", "worst": "Nhiều nhất một người",
    "over_share": "Vượt thời hạn (%)",
    "percent": "Tiến độ (%)", "state_name": "Trạng thái", "title": "Chỉ số thành phần", "outcome": "Kết quả",
}  # fmt: skip

# What is written beside each of these columns, in the words of a Vietnamese office.
_TEXTS = {
    "value": ("text", vietnamese.quantity),
    "before": ("before_text", vietnamese.quantity),
    "after": ("after_text", vietnamese.quantity),
    "target": ("target_text", vietnamese.target),
    "change": ("change_text", vietnamese.change),
    "district": ("district_text", vietnamese.quantity),
    "best": ("best_text", vietnamese.quantity),
    "today": ("today_text", vietnamese.quantity),
    "at_start": ("at_start_text", vietnamese.quantity),
    "latest": ("latest_text", vietnamese.quantity),
    "others_start": ("others_start_text", vietnamese.quantity),
    "others_latest": ("others_latest_text", vietnamese.quantity),
    "others_change": ("others_change_text", vietnamese.change),
    "ahead": ("ahead_text", vietnamese.change),
}


def written(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the text columns of the numbers in a frame that says its measure."""
    if "measure" in frame.columns:
        for column, (text, write) in _TEXTS.items():
            if column in frame.columns:
                pairs = zip(frame[column].tolist(), frame["measure"].tolist(), strict=True)
                frame[text] = [write(value, measure) for value, measure in pairs]
        if "value" in frame.columns:
            pairs = zip(frame["value"].tolist(), frame["measure"].tolist(), strict=True)
            frame["short_text"] = [_short(value, measure) for value, measure in pairs]
    return frame


def _short(value, measure: str) -> str:
    """A value for a small cell: without its unit, unless that is a percent sign."""
    return (
        vietnamese.percent(value) if measure == "%" else vietnamese.number(value, min(vietnamese.DECIMALS[measure], 1))
    )
