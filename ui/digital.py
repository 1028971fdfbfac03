"""The lower part of page “Chuyển đổi số”: pilots, and the lists of what communes have, lack and do."""

from __future__ import annotations

import streamlit as st

from ui.box import details
from ui.page import View
from ui.parts import listed, sentences
from ui.tables import table
from words.definitions import definition


def pilots(view: View) -> None:
    """The pilots beside the communes without one."""
    st.subheader(f"Mô hình thí điểm: {view.member} thí điểm có đi nhanh hơn nơi khác?", anchor=False)
    rows = view.ask("pilot_effects")
    sentences(rows, "Chưa có mô hình thí điểm nào.")
    table(rows, ["name", "owner", "start_on", "due_on", "percent", "state_name", "outcome"])
    details(rows, view, "thi-diem", definition("pilot"))


def lists(view: View) -> None:
    """What the communes have told of means and people, one tab each."""
    equipment, teams, products = st.tabs(["Thiết bị Một cửa", "Tổ công nghệ số cộng đồng", "Sản phẩm trên sàn"])
    with equipment:
        listed(
            view.ask("equipment_count"),
            view.ask("equipment"),
            ["unit_name", "item_name", "required_count", "usable_count", "short_count", "unit_cost", "cost"],
            view,
            "thiet-bi",
            definition("equipment"),
        )
    with teams:
        listed(
            view.ask("community_team_count"),
            view.ask("community_teams"),
            ["unit_name", "village", "members", "trained", "untrained", "trained_on", "state_name"],
            view,
            "to-cong-nghe-so",
            definition("teams"),
        )
    with products:
        listed(
            view.ask("product_count"),
            view.ask("products"),
            ["product_name", "platform", "unit_name", "ocop_stars", "listed_on", "orders"],
            view,
            "san-pham",
            definition("products"),
        )
