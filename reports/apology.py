"""Apology letters with a new result date (Phiếu xin lỗi và hẹn lại ngày trả kết quả) as Word files.

Text and layout come from a template that an office worker edits in Word (reports/templates/phieu-xin-loi.docx); its text
follows form 04 of TT 01/2018/TT-VPCP as it is remembered, not yet compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from actions.letters import Letter
from actions.recipients import Recipient
from reports import SIMULATED, Subject
from reports.template import Form
from words import vietnamese

TEMPLATE = Path(__file__).parent / "templates" / "phieu-xin-loi.docx"
# The names that a template may use, and what they mean.
FIELDS = {
    "co_quan_tren": "cơ quan chủ quản, chữ in hoa",
    "co_quan": "cơ quan ban hành, chữ in hoa",
    "don_vi": "đơn vị giải quyết hồ sơ",
    "noi": "nơi ban hành, trước ngày tháng",
    "ky_hieu": "số và ký hiệu, như 07/PXL",
    "ngay_ban_hanh": "ngày … tháng … năm …",
    "nguoi_nhan": "họ tên người nhận, hoặc dòng chấm để viết tay",
    "dia_chi": "địa chỉ người nhận, hoặc dòng chấm",
    "ma_ho_so": "mã hồ sơ",
    "thu_tuc": "tên thủ tục",
    "ngay_tiep_nhan": "ngày tiếp nhận",
    "ngay_hen": "ngày hẹn trả đầu tiên, hoặc dòng chấm nếu tệp không ghi",
    "ngay_hen_lai": "ngày hẹn trả mới",
    "ly_do": "nguyên nhân trễ, hoặc dòng chấm",
    "da_tre": "đúng nếu đã quá ngày hẹn (dùng trong {% if %})",
    "chuc_danh": "người ký",
    "mo_phong": "“MÔ PHỎNG – không phải số liệu chính thức”, trống nếu là số liệu thật",
}
PAGE = "Thư, đôn đốc"
_DOTS = "." * 60


def form(subject: Subject, template: bytes | None = None) -> Form:
    """The shipped template or an edited one, ready to be filled. Raises BadTemplate."""
    return Form(template or TEMPLATE.read_bytes(), subject.built_at, PAGE)


def values(letter: Letter, subject: Subject, to: Recipient | None = None) -> dict:
    """The values of FIELDS for a letter."""
    wanted = letter.wanted
    name, is_member = wanted.office, wanted.is_member
    council = f"ỦY BAN NHÂN DÂN\n{name.upper()}"
    return {
        "co_quan_tren": f"ỦY BAN NHÂN DÂN\n{subject.home_name.upper()}",
        "co_quan": council if is_member else name.upper(),
        "don_vi": f"Ủy ban nhân dân {vietnamese.inside(name)}" if is_member else name,
        "noi": wanted.unit_name if is_member else subject.place_name,
        "ky_hieu": letter.symbol,
        "ngay_ban_hanh": vietnamese.date_in_full(date.fromisoformat(letter.issued_on)),
        "nguoi_nhan": to.name if to and to.name else _DOTS,
        "dia_chi": to.address if to and to.address else _DOTS,
        "ma_ho_so": wanted.dossier_code,
        "thu_tuc": wanted.procedure_name,
        "ngay_tiep_nhan": vietnamese.date(date.fromisoformat(wanted.received_on)),
        "ngay_hen": vietnamese.date(date.fromisoformat(wanted.due_on)) if wanted.due_on else _DOTS[:20],
        "ngay_hen_lai": vietnamese.date(date.fromisoformat(wanted.new_due_on)),
        "ly_do": vietnamese.inside(wanted.reason) or _DOTS,
        "da_tre": wanted.is_late,
        "chuc_danh": "CHỦ TỊCH" if is_member else "THỦ TRƯỞNG ĐƠN VỊ",
        "mo_phong": SIMULATED if letter.is_simulated else "",
    }


def file_name(letter: Letter) -> str:
    """The name of the file of one letter, which sorts by office and number."""
    return f"{letter.wanted.unit_code.replace('@', '-')}-{letter.year}-{str(letter.number).zfill(4)}-PXL.docx"


def in_order(letters: Iterable[Letter]) -> list[Letter]:
    """Letters by office and number, as they are put into envelopes."""
    return sorted(letters, key=lambda letter: (letter.wanted.unit_code, letter.year, letter.number))
