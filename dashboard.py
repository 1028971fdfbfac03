"""Tổng quan: the goals of the year, the headline figures against target, and whom to call."""

import streamlit as st

from charts.bars import ranked_bars
from charts.tiles import tile_map
from ui.arrivals import overdue_line
from ui.box import show
from ui.dashboard import first_screen
from ui.lists import flow_line
from ui.page import open_page
from ui.parts import goals
from words.definitions import definition

with open_page("Tổng quan") as view:
    first_screen(view)
    overdue_line(view)
    flow_line(view.ask("service_flow", field="", channel=""), view)
    left, right = st.columns(2, gap="small")
    with left:
        scores = view.ask("commune_score")
        show(
            tile_map(
                scores.assign(text=scores["short_text"]),
                title=f"Điểm tổng hợp các {view.members}, {view.period_title}",
                simulated=scores.attrs["simulated"],
            ),
            scores,
            view,
            "diem-xa",
            definition("score"),
            view.open_member,
        )
    with right:
        fields = view.ask("field_lateness")
        show(
            ranked_bars(
                fields.assign(value=fields["late"], text=fields["late_text"]).head(12),
                title=f"Hồ sơ trễ hạn theo lĩnh vực, {view.period_title}: số hồ sơ và tỷ lệ trễ",
                simulated=fields.attrs["simulated"],
            ),
            fields,
            view,
            "tre-theo-linh-vuc",
            definition("late"),
        )
    with st.container(border=True, key="goals"):
        goals(view, 6)
