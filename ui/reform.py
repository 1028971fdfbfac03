"""The part of page “Cải cách hành chính” about procedures that are cut."""

from __future__ import annotations

import streamlit as st

from ui.parts import listed
from ui.view import View
from words.definitions import definition


def cuts(view: View) -> None:
    """What the proposals to cut procedures save, or would."""
    st.subheader("Thủ tục cắt giảm: bớt bao nhiêu ngày, bao nhiêu tiền", anchor=False)
    listed(
        view.ask("procedure_cut_count"),
        view.ask("procedure_cuts"),
        ["name", "procedure_name", "state_name", "days_saved", "cost_saved", "received", "saved_days", "saved_cost"],
        view,
        "thu-tuc-cat-giam",
        definition("cuts"),
    )
