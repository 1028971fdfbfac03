"""The report of a period as a Word document in the layout of NĐ 30/2020/NĐ-CP.

Text and layout come from a template that an office worker edits in Word (reports/templates/bao-cao.docx); this module
provides the values listed in FIELDS.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pandas as pd
from docx.shared import Cm
from docxtpl import DocxTemplate, InlineImage

from charts import STATUS, spans
from reports import SIMULATED, Subject, commitments
from reports.drawing import WIDTH, draw
from reports.playlist import Picture, make
from reports.template import filled, opened
from words import vietnamese
from words.period import Period
from words.sentences import what_is_unknown

TEMPLATE = Path(__file__).parent / "templates" / "bao-cao.docx"
# The names that a template may use, and what they mean.
FIELDS = {
    "ky": "tên kỳ báo cáo",
    "tu_ngay": "ngày đầu kỳ",
    "den_ngay": "ngày cuối kỳ (hoặc ngày của số liệu nếu kỳ chưa hết)",
    "ky_so_sanh": "tên kỳ so sánh, trống nếu không có",
    "ky_chua_het": "quy tắc so với ngày hẹn; một câu khi kỳ chưa hết, một câu khi tệp hồ sơ thiếu cột",
    "so_lieu_den": "ngày của số liệu",
    "ban_so_lieu": "mã bản số liệu",
    "mo_phong": "“MÔ PHỎNG – không phải số liệu chính thức”, trống nếu là số liệu thật",
    "ho_so": "phai_giai_quyet, ton_dau_ky, tiep_nhan, truc_tuyen, truc_tiep, da_giai_quyet, truoc_han, dung_han, qua_han, "
    "dang_giai_quyet, dang_qua_han, tre_han, ty_le_tre",
    "nhan_dinh": "mỗi phần một câu: headline, communes, late, land, discipline, online, digital, districts",
    "chi_tieu": "các chỉ tiêu chính: ten, ky_nay, ky_so_sanh, thay_doi, muc_tieu, tinh_trang, dao_dong (tốt lên thật, xấu đi thật hay dao động thường; trống khi chưa đủ 12 tháng)",
    "nhom": "các nhóm chuyển đổi số: ten, diem, thay_doi, tinh_trang",
    "chi_so_766": "các câu về điểm 766: điểm Cổng công bố (chính thức) trước, điểm tính từ hồ sơ bên cạnh, chênh bao nhiêu và vì đâu; câu đầu là tổng điểm, rồi từng nhóm",
    "xep_hang": "câu về thứ hạng của huyện ở từng bộ chỉ số",
    "chu_y": "các câu “Cần chú ý”",
    "muc_tieu_nam": "các câu về mục tiêu năm: đà hiện nay, cần bao nhiêu mỗi tháng, cuối năm đến đâu",
    "xa": "17 xã, thị trấn: hang, ten, diem, thay_doi, tinh_trang",
    "bieu_duong": "câu về đơn vị nên biểu dương",
    "nhac_nho": "câu về đơn vị cần nhắc nhở",
    "nhiem_vu_tom_tat": "một câu về nhiệm vụ",
    "theo_doi": "mỗi nội dung theo dõi một câu: thiết bị Một cửa, dịch vụ công thiết yếu, cán bộ trễ nhiều kỳ liền, Tổ công nghệ số cộng đồng, sản phẩm trên sàn, thủ tục cắt giảm, tuyên truyền, nhân lực công nghệ thông tin, bảo hiểm y tế, hài lòng theo đơn vị",
    "nhiem_vu": "nhiệm vụ chưa xong: ten, chu_tri, han, tien_do, tinh_trang",
    "ket_luan": "việc giao ở giao ban chưa xong, quá hạn trước: so, don_vi, viec, chuc_danh, ngay_giao, han, trang_thai, con_so (khi giao và hiện nay), ket_qua",
    "hinh_tre_linh_vuc": "hình: hồ sơ trễ theo lĩnh vực",
    "hinh_tre_thang": "hình: hồ sơ quá hạn theo tháng",
    "hinh_xa": "hình: điểm các xã, thị trấn",
    "hinh_cds": "hình: điểm các nhóm chuyển đổi số",
}
_PICTURES = {
    "hinh_tre_linh_vuc": ("late", 0),
    "hinh_tre_thang": ("late", 1),
    "hinh_xa": ("communes", 0),
    "hinh_cds": ("digital", 0),
}


_THRESHOLD = "3"  # late dossiers without a cause from which page “Kỷ cương” names an officer, unless chosen otherwise
_UNRANKED = "Chưa đủ số liệu để xếp hạng các đơn vị trong kỳ này."


def as_document(subject: Subject, template: bytes | None = None) -> bytes:
    """The report of a period, from the shipped template or an edited one. Raises BadTemplate."""
    document = opened(template or TEMPLATE.read_bytes())
    return filled(document, {**context(subject), **_pictures(subject, document)}, subject.built_at)


def context(subject: Subject) -> dict:
    """The values of all FIELDS that are texts or rows, for a period."""
    headline = subject.ask("headline")
    period = subject.period
    places = subject.ask("district_place")
    ranked = subject.ask("commune_score")["place"].notna().any()
    verdicts = subject.ask("unit_verdicts").groupby("verdict")["sentence"].apply(list)
    return {
        "ky": period.title,
        "tu_ngay": vietnamese.date(period.start_on),
        "den_ngay": vietnamese.date(period.judged_on),
        "ky_so_sanh": period.before_title,
        "ky_chua_het": " ".join(
            filter(None, [_partial(period), subject.ask("freshness")["time_rule_text"].iloc[0], *what_is_unknown(subject)])
        ),
        "so_lieu_den": vietnamese.date(subject.as_of),
        "ban_so_lieu": subject.snapshot.id,
        "mo_phong": SIMULATED if subject.simulated else "",
        "ho_so": _service(subject),
        "nhan_dinh": _Said(subject.ask("briefing").set_index("topic_code")["sentence"].to_dict()),
        "chi_tieu": _rows(headline.assign(usual=headline["variation_word"].fillna("")), ten="name", ky_nay="text", ky_so_sanh="before_text", thay_doi="change_text",
                          muc_tieu="target_text", dao_dong="usual", tinh_trang="status"),
        "nhom": _rows(subject.ask("simulated_groups", index="dti"), ten="name", diem="text", thay_doi="change_text",
                      tinh_trang="status"),
        "chi_so_766": [row.sentence + ("" if row.why_text == vietnamese.MISSING else f" {row.why_text}.") for row in subject.ask("portal_groups").itertuples()],
        "xep_hang": [f"{row.index_name}: {row.sentence}" for row in places[places["is_newest"]].itertuples()],
        "chu_y": [f"{row.topic}: {row.sentence} {row.call_text}".strip() for row in subject.ask("attention").itertuples()],
        "muc_tieu_nam": [f"{row.pace_word.capitalize()}. {row.sentence}" for row in subject.ask("goal_pace").head(8).itertuples()],
        "xa": _rows(subject.ask("commune_score").assign(place=_ranks(subject)), hang="place", ten="name", diem="text",
                    thay_doi="change_text", tinh_trang="status"),
        "bieu_duong": verdicts.get("praise", [] if ranked else [_UNRANKED]),
        "nhac_nho": verdicts.get("remind", [] if ranked else [_UNRANKED]),
        "nhiem_vu_tom_tat": subject.ask("initiative_count", initiative_kind="task", plan="")["sentence"].iloc[0],
        "theo_doi": [f"{topic}: {' '.join(_sentences(answers))}" for topic, answers in _followed(subject)],
        "nhiem_vu": _tasks(subject),
        "ket_luan": [commitments.as_row(one) for one in commitments.of_subject(subject)],
    }  # fmt: skip


def _partial(period: Period) -> str:
    """A sentence for an unfinished period, with its comparison period."""
    if not period.is_partial:
        return ""
    compared = f"; so với cùng số ngày của {period.before_title}" if period.before_title else ""
    return f"Kỳ chưa hết: số liệu đến ngày {vietnamese.date(period.judged_on)}{compared}."


class _Said(dict):
    """Sentences by topic; a topic without data gives a fixed sentence instead of an error."""

    def __missing__(self, topic: str) -> str:
        if topic in ("headline", "communes", "late", "land", "discipline", "online", "digital", "districts"):
            return "Chưa có số liệu cho kỳ này."
        raise KeyError(topic)


def _service(subject: Subject) -> dict[str, str]:
    """The period's dossiers as counted by form II.06."""
    row = subject.ask("service_flow").iloc[0]
    names = {
        "phai_giai_quyet": "handled", "ton_dau_ky": "carried_over", "tiep_nhan": "received",
        "truc_tuyen": "received_online", "truc_tiep": "received_direct", "da_giai_quyet": "resolved",
        "truoc_han": "resolved_early", "dung_han": "resolved_on_time", "qua_han": "resolved_late",
        "dang_giai_quyet": "open_total", "dang_qua_han": "open_late", "tre_han": "late",
    }  # fmt: skip
    counts = {name: vietnamese.number(row[column]) for name, column in names.items()}
    return counts | {"ty_le_tre": vietnamese.percent(row["late_share"])}


def _rows(frame: pd.DataFrame, **columns: str) -> list[dict[str, str]]:
    """Table rows with the template's names, formatted texts, and the status in words."""
    rows = []
    for row in frame.to_dict("records"):
        texts = {name: row[column] for name, column in columns.items()}
        texts["tinh_trang"] = STATUS[texts["tinh_trang"]].word
        rows.append({name: vietnamese.MISSING if pd.isna(text) else str(text) for name, text in texts.items()})
    return rows


def _ranks(subject: Subject):
    """A rank as digits with its range, such as 13 (10–13); a dash if missing."""
    ranges = spans(subject.ask("rank_range", group="all", indicator=""))

    def told(frame: pd.DataFrame) -> list[str]:
        ranked = zip(frame["unit_code"], frame["place"], strict=True)
        texts = [(vietnamese.number(place), ranges.get(unit)) for unit, place in ranked]
        return [f"{place} ({span})" if span and span != place else place for place, span in texts]

    return told


def _tasks(subject: Subject) -> list[dict[str, str]]:
    """The unfinished tasks, overdue ones first."""
    rows = subject.ask("initiatives", initiative_kind="task", plan="")
    return [
        {
            "ten": row["name"],
            "chu_tri": row["owner"],
            "han": vietnamese.date(row["due_on"]),
            "tien_do": vietnamese.percent(row["percent"], 0),
            "tinh_trang": row["state_name"],
        }
        for row in rows[rows["completed_on"].isna()].to_dict("records")
    ]


def _sentences(answers: list[pd.DataFrame]) -> list[str]:
    return [answer["sentence"].iloc[0] for answer in answers]


def _followed(subject: Subject) -> Iterator[tuple[str, list[pd.DataFrame]]]:
    """What is followed besides the main indicators: each topic with its answers of one row each."""

    def reported(*indicators: str) -> list[pd.DataFrame]:
        return [subject.ask("reported_count", indicator=indicator) for indicator in indicators]

    yield "Thiết bị Bộ phận Một cửa", [subject.ask("equipment_count")]
    yield "Dịch vụ công thiết yếu", [subject.ask("undone_service_count")]
    yield "Trễ nhiều kỳ liền", [subject.ask("officer_streak_count", threshold=_THRESHOLD)]
    yield "Tổ công nghệ số cộng đồng", [subject.ask("community_team_count")]
    yield "Sản phẩm trên sàn", [subject.ask("product_count")]
    yield "Thủ tục cắt giảm", [subject.ask("procedure_cut_count", plan="")]
    yield "Tuyên truyền", reported("S17", "S18", "S19")
    yield "Nhân lực công nghệ thông tin", reported("S20", "S21")
    yield "Khám chữa bệnh bảo hiểm y tế", reported("S22", "S23")
    yield "Hài lòng theo đánh giá trên hồ sơ", [subject.ask("unit_satisfaction_count")]


def _pictures(subject: Subject, document: DocxTemplate) -> dict[str, object]:
    """The charts; each is drawn only if the template uses it."""
    return {name: _Drawn(partial(_picture, subject, *place), document) for name, place in _PICTURES.items()}


def _picture(subject: Subject, code: str, position: int) -> Picture | None:
    """One chart of the playlist; None if the period has no data for it."""
    pictures = make(subject, code).pictures
    return pictures[position] if position < len(pictures) else None


class _Drawn:
    """A chart that is drawn when the template renders it."""

    def __init__(self, find, document: DocxTemplate):
        self._find, self._document = find, document

    def __html__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        picture = self._find()
        if picture is None:
            return "Chưa có số liệu cho hình này."
        return str(InlineImage(self._document, io.BytesIO(draw(picture)), width=Cm(WIDTH)))
