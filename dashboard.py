"""Tổng quan: the district's figures against targets, what became worse, and the responsible units."""

import streamlit as st

from charts.bars import ranked_bars
from charts.tiles import tile_map
from ui.arrivals import overdue_line
from ui.box import details, show
from ui.lists import flow_line, letters_link
from ui.missing import tell_why
from ui.page import open_page
from ui.parts import cards, goals, notes, place_card
from words.definitions import definition
from words.escape import plain

with open_page("Tổng quan") as view:
    months = view.ask("headline_trend")
    headline = view.ask("headline")
    cards(headline.head(4), view, months)

    attention, standing = st.columns([3, 2], gap="small")
    with attention.container(border=True, height="stretch"):
        st.subheader("Cần chú ý", anchor=False)
        said = view.ask("attention")
        notes(said, view)
        overdue_line(view)
        details(said, view, "can-chu-y", definition("attention"))
        letters_link(view)
    with standing.container(border=True, height="stretch"):
        # For a province, the rank shown is that of the settings' district.
        own = view.home["ranked_code"] == view.home["home_code"]
        of_whom = "Trong" if own else f"{plain(view.home['ranked_name'])} trong"
        st.subheader(f"{of_whom} 10 huyện, thị xã, thành phố", anchor=False)
        places = view.ask("district_place")
        tell_why(places, view)
        for _, index in places[places["is_newest"]].head(2).iterrows():
            place_card(index)
        st.page_link("pages/ranking.py", label="Xem xếp hạng", icon=":material/leaderboard:", query_params=view.link())

    cards(headline.tail(4), view, months)
    flow_line(view.ask("service_flow", field="", channel=""), view)
    with st.container(border=True, key="goals"):
        goals(view, 6)
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
