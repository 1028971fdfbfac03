"""Letters that urge a unit, or who holds land dossiers, to clear what is stuck (văn bản đôn đốc): Word and Excel.

Every table is a list of the page “Danh sách hồ sơ”, row by row. Text and layout come from a template that an office worker
edits in Word (reports/templates/don-doc.docx).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd

from reports import SIMULATED, Subject
from reports.template import Form
from words import vietnamese
from words.columns import TITLES
from words.download import as_sheets
from words.sentences import HOLDERS, what_is_unknown

TEMPLATE = Path(__file__).parent / "templates" / "don-doc.docx"
# The names that a template may use, and what they mean.
FIELDS = {
    "co_quan": "cơ quan ban hành, chữ in hoa",
    "noi": "nơi ban hành, trước ngày tháng",
    "ngay_ban_hanh": "ngày … tháng … năm …",
    "noi_nhan": "đơn vị nhận",
    "la_cap": "đúng nếu gửi nơi đang giữ hồ sơ đất đai (dùng trong {% if %})",
    "so_lieu_den": "ngày của số liệu",
    "ky": "tên kỳ",
    "han_bao_cao": "hạn báo cáo kết quả",
    "danh_sach": "mỗi danh sách: ten, so (số hồ sơ), dong; mỗi dòng: stt, ma, thu_tuc, don_vi, ngay_hen, tre, can_bo",
    "qua_han": "số hồ sơ đang quá hạn theo số ngày: ten, so",
    "chua_biet": "các câu về điều tệp hồ sơ không cho biết",
    "mo_phong": "“MÔ PHỎNG – không phải số liệu chính thức”, trống nếu là số liệu thật",
}
PAGE = "Thư, đôn đốc"
LISTS = ("open_late", "due_3", "late_without_apology", "not_closed", "land_province")
AGES = ("late_1_5", "late_6_10", "late_11_30", "late_over_30")
# Who holds land dossiers, and the list of what they hold.
TIERS = {f"tier-{tier}": f"land_{tier}" for tier in ("district", "province")}
_TIER_NAMES = {
    "tier-district": "Cấp huyện (Chi nhánh Văn phòng Đăng ký đất đai, phòng chuyên môn)",
    "tier-province": f"{HOLDERS['province']} tỉnh",
}
_COLUMNS = [
    "dossier_code",
    "procedure_name",
    "unit_name",
    "due_on",
    "days_late",
    "state_name",
    "next_step",
    "officer_code",
]


@dataclass(frozen=True)
class Reminder:
    """One letter: its subject (the unit, or the home for a tier), to whom it goes, its lists with their titles."""

    subject: Subject
    code: str
    name: str
    lists: dict[str, str]

    @cached_property
    def rows(self) -> dict[str, pd.DataFrame]:
        """The rows of each list, as on the page of the lists; asked once for the Word file and the workbook."""
        asked = {"search": "", "sort": "days_late", "page": "all"}
        return {subset: self.subject.ask("dossier_list", subset=subset, **asked)[_COLUMNS] for subset in self.lists}


def addressees(subject: Subject) -> dict[str, str]:
    """To whom a letter can go: every unit of the period, then who holds land dossiers; code → name."""
    return subject.units.set_index("unit_code")["label"].to_dict() | _TIER_NAMES


def reminder(subject: Subject, code: str) -> Reminder:
    """The letter to one of `addressees`. Raises KeyError for another code."""
    name = addressees(subject)[code]
    titles = subject.ask("dossier_subsets").set_index("subset_code")["title"].to_dict()
    if code in TIERS:
        whole = replace(subject, unit=subject.home, unit_name=subject.home_name)
        return Reminder(whole, code, name, {TIERS[code]: titles[TIERS[code]]})
    return Reminder(
        replace(subject, unit=code, unit_name=name), code, name, {subset: titles[subset] for subset in LISTS}
    )


def counts(letter: Reminder) -> dict[str, str]:
    """How many dossiers each of its lists has, in words; a dash if that is unknown."""
    told = letter.subject.ask("dossier_subsets").set_index("subset_code")["dossiers"]
    return {subset: vietnamese.number(told[subset]) for subset in letter.lists}


def has_rows(letter: Reminder) -> bool:
    """Whether there is anything to write about."""
    told = letter.subject.ask("dossier_subsets").set_index("subset_code")["dossiers"]
    return bool((told[list(letter.lists)].fillna(0) > 0).any())


def tables(letter: Reminder, with_officers: bool) -> dict[str, pd.DataFrame]:
    """The rows of each of its lists, with the codes of officers only for who may see them."""
    away = [] if with_officers else ["officer_code"]
    return {subset: rows.drop(columns=away) for subset, rows in letter.rows.items()}


def values(letter: Reminder, dated: date, reply_by: date, with_officers: bool) -> dict:
    """The values of FIELDS for a letter."""
    subject = letter.subject
    subsets = subject.ask("dossier_subsets").set_index("subset_code")
    listed = tables(letter, with_officers)
    return {
        "co_quan": f"ỦY BAN NHÂN DÂN\n{subject.home_name.upper()}",
        "noi": subject.place_name,
        "ngay_ban_hanh": vietnamese.date_in_full(dated),
        "noi_nhan": letter.name,
        "la_cap": letter.code in TIERS,
        "so_lieu_den": vietnamese.date(subject.as_of),
        "ky": subject.period.title,
        "han_bao_cao": vietnamese.date(reply_by),
        "danh_sach": [
            {"ten": title, "so": vietnamese.number(len(listed[subset])), "dong": _rows(listed[subset])}
            for subset, title in letter.lists.items()
            if len(listed[subset])
        ],
        "qua_han": [{"ten": subsets["title"][age], "so": vietnamese.number(subsets["dossiers"][age])} for age in AGES]
        if "open_late" in letter.lists
        else [],
        "chua_biet": what_is_unknown(subject),
        "mo_phong": SIMULATED if subject.simulated else "",
    }


def _rows(listed: pd.DataFrame) -> list[dict[str, str]]:
    """The rows of a list with the template's names."""
    return [
        {
            "stt": vietnamese.number(place),
            "ma": row["dossier_code"],
            "thu_tuc": row["procedure_name"],
            "don_vi": row["unit_name"],
            "ngay_hen": vietnamese.date(row["due_on"]),
            "tre": vietnamese.number(row["days_late"]) if row["days_late"] else "",
            "can_bo": "" if pd.isna(row.get("officer_code")) else str(row["officer_code"]),
        }
        for place, row in enumerate(listed.to_dict("records"), 1)
    ]


def as_document(
    letter: Reminder, dated: date, reply_by: date, with_officers: bool, template: bytes | None = None
) -> bytes:
    """The letter as a Word file. Raises BadTemplate."""
    form = Form(template or TEMPLATE.read_bytes(), letter.subject.built_at, PAGE)
    return form.one(values(letter, dated, reply_by, with_officers))


def as_workbook(letter: Reminder, with_officers: bool) -> bytes:
    """Its lists as a workbook with one sheet each."""
    sheets = {
        letter.lists[subset]: rows.rename(columns=TITLES) for subset, rows in tables(letter, with_officers).items()
    }
    return as_sheets(sheets, letter.subject.simulated)


def stem(letter: Reminder) -> str:
    """A file name without extension."""
    return letter.subject.stem(
        f"don-doc-{letter.code}" if letter.code in TIERS else "don-doc", letter.subject.simulated
    )
