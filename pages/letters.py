"""Thư, đôn đốc: apology letters with a new date, letters that urge units, the book of what was issued."""

import streamlit as st

from ui.letters import apologies, book, reminders
from ui.page import open_page

PARTS = {"apology": "Phiếu xin lỗi, hẹn lại", "reminder": "Văn bản đôn đốc", "book": "Sổ phiếu đã cấp"}

with open_page("Thư, đôn đốc") as view:
    part = view.choose("part", "Việc", list(PARTS), PARTS.get, "apology", st.segmented_control)
    {"apology": apologies, "reminder": reminders, "book": book}[part](view)
