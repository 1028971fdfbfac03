"""The lower part of page “Chuyển đổi số”: pilots, and the lists of what communes have, lack and do."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ui.box import details
from ui.parts import listed, sentences, told_rows
from ui.tables import table
from ui.view import View
from words.definitions import definition
from words.escape import plain


def pilots(view: View) -> None:
    """The pilots beside the communes without one."""
    st.subheader(f"Mô hình thí điểm: {view.member} thí điểm có đi nhanh hơn nơi khác?", anchor=False)
    rows = view.ask("pilot_effects")
    sentences(rows, "Chưa có mô hình thí điểm nào.")
    table(rows, ["name", "owner", "start_on", "due_on", "percent", "state_name", "outcome"])
    details(rows, view, "thi-diem", definition("pilot"))


def lists(view: View) -> None:
    """What the communes have told of means and people, one tab each."""
    names = [
        "Thiết bị Một cửa",
        "Tổ công nghệ số cộng đồng",
        "Sản phẩm trên sàn",
        "Tuyên truyền",
        "Nhân lực",
        "Bảo hiểm y tế",
    ]
    equipment, teams, products, propaganda, staff, insurance = st.tabs(names)
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
    with propaganda:
        columns = ["unit_name", "articles", "reach", "reactions", "reach_per_100", "known", "expected"]
        _reported(view.ask("propaganda"), columns, view, "tuyen-truyen", ("S17", "S18", "S19"))
    with staff:
        columns = ["unit_name", "positions", "filled", "vacant", "schooled", "unschooled"]
        _reported(view.ask("it_staff"), columns, view, "nhan-luc", ("S20", "S21"))
    with insurance:
        columns = [
            "unit_name",
            "facilities",
            "ready_facilities",
            "visits",
            "card_visits",
            "card_share",
            "known",
            "expected",
        ]
        _reported(view.ask("insurance_visits"), columns, view, "bao-hiem-y-te", ("S22", "S23"))


def _reported(rows: pd.DataFrame, columns: list[str], view: View, name: str, indicators: tuple[str, ...]) -> None:
    """What the communes report in several indicators: of which the whole is made, and every commune that has reported."""
    for indicator in indicators:
        st.markdown(plain(view.ask("reported_count", indicator=indicator)["sentence"].iloc[0]))
    told_rows(rows, columns, view, name, "  \n".join([definition("reported"), *map(definition, indicators)]))
