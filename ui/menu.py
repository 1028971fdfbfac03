"""The pages: files, names, icons, groups, and the right that each needs."""

from __future__ import annotations

import pandas as pd

_MENU_ROOM = 15  # characters of the word for a home's members in the menu
# Page file, name in the menu, icon, required right ("": none).
MENU = (
    ("dashboard.py", "Tổng quan", ":material/dashboard:", "view"),
    ("pages/communes.py", "Các xã, thị trấn", ":material/grid_view:", "view"),
    ("pages/commune.py", "Từng xã, thị trấn", ":material/location_on:", "view"),
    ("pages/dossiers.py", "Hồ sơ", ":material/folder_open:", "view"),
    ("pages/overdue.py", "Trễ hạn", ":material/alarm:", "view"),
    ("pages/land.py", "Đất đai 3 cấp", ":material/landscape:", "view"),
    ("pages/discipline.py", "Kỷ cương", ":material/gavel:", "view"),
    ("pages/letters.py", "Thư, đôn đốc", ":material/mail:", "act"),
    ("pages/online.py", "Trực tuyến", ":material/language:", "view"),
    ("pages/dossier_list.py", "Danh sách hồ sơ", ":material/list:", "dossiers"),
    ("pages/digital.py", "Chuyển đổi số", ":material/hub:", "view"),
    ("pages/reform.py", "Cải cách hành chính", ":material/account_balance:", "view"),
    ("pages/service_index.py", "Chỉ số 766", ":material/speed:", "view"),
    ("pages/ranking.py", "Xếp hạng 10 huyện", ":material/leaderboard:", "view"),
    ("pages/compare.py", "So sánh xã", ":material/compare_arrows:", "view"),
    ("pages/whatif.py", "Nếu – thì", ":material/tune:", "view"),
    ("pages/commitments.py", "Kết luận giao ban", ":material/checklist:", "view"),
    ("pages/present.py", "Trình chiếu", ":material/slideshow:", "view"),
    ("pages/documents.py", "Báo cáo", ":material/description:", "view"),
    ("pages/data_health.py", "Tình hình số liệu", ":material/fact_check:", "view"),
    ("pages/upload.py", "Nạp số liệu", ":material/upload_file:", "upload"),
    ("pages/administration.py", "Quản trị", ":material/admin_panel_settings:", "administer"),
    ("pages/account.py", "Tài khoản", ":material/account_circle:", ""),
)
# The groups of the menu, each by the first of its pages; a reader may be allowed only the later ones.
GROUPS = {
    "Tổng quan": "Xem chung",
    "Hồ sơ": "Hồ sơ",
    "Chuyển đổi số": "Chỉ số",
    "Kết luận giao ban": "Họp và báo cáo",
    "Tình hình số liệu": "Số liệu",
}
FILES = {name: page for page, name, _, _ in MENU}
RIGHTS_OF = {name: right for _, name, _, right in MENU}
# Page names when the home's members are not communes.
_NAMES = {
    "Các xã, thị trấn": "Các {members_word}",
    "Từng xã, thị trấn": "Từng {members_word}",
    "So sánh xã": "So sánh {member_word}",
}
NO_HOME = {"home_name": "", "home_full_name": "Chưa có số liệu", "member_word": "xã", "members_word": "xã, thị trấn"}
HEALTH = "Tình hình số liệu"  # the page that says what was sent and what is missing


def name_shown(title: str, home: pd.Series, in_menu: bool = False) -> str:
    """A page's name for this home; the menu uses the shorter word when the longer one does not fit."""
    members = home["members_word"]
    if in_menu and len(members) > _MENU_ROOM:
        members = home["member_word"]
    return _NAMES.get(title, title).format(members_word=members, member_word=home["member_word"])
