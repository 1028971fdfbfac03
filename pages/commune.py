"""Từng xã, thị trấn: rank, every indicator with target and trend, strengths and weaknesses, pilots."""

import streamlit as st

from charts.bars import ranked_bars
from charts.trend import trend
from ui.box import details, show
from ui.page import open_page
from ui.parts import goals, place_in_words, sentences, standing_card, weak_points
from ui.tables import table
from words.definitions import definition
from words.escape import plain

with open_page("Từng xã, thị trấn") as view:
    units = view.ask("units").set_index("unit_code")
    communes = units[units["is_member"]]
    indicators = view.ask("indicators").set_index("indicator_code")
    with view.filters():
        unit = view.choose("unit", view.members.capitalize(), list(communes.index), communes["label"].get, width=260)
        indicator = view.choose(
            "indicator", "Chỉ tiêu xem diễn biến", list(indicators.index), indicators["name"].get, "T05", width=420
        )
    view.parameters["unit"] = unit
    view.said.append(f"**{plain(communes.loc[unit, 'label'])}**")
    view.said.append(f"chỉ tiêu: {plain(indicators.loc[indicator, 'name'])}")
    st.markdown(place_in_words(communes.loc[unit]))
    if unit in view.homes.index:
        label = f"Mở {plain(communes.loc[unit, 'full_name'])}"
        st.page_link("dashboard.py", label=label, icon=":material/zoom_in:", query_params=view.link(home=unit))

    with st.grid(4, min_column_width=200, gap="small"):
        for _, row in view.ask("unit_standing").iterrows():
            standing_card(row, view)

    strong, weak = st.columns(2, gap="small")
    points = view.ask("unit_highlights")
    with strong.container(border=True, height="stretch"):
        st.subheader("Điểm mạnh", anchor=False)
        sentences(points[points["kind"] == "strong"], "Chưa có chỉ tiêu nào đứng trong nhóm đầu.")
    with weak.container(border=True, height="stretch"):
        st.subheader("Cần cải thiện", anchor=False)
        weak_points(points[points["kind"] == "weak"], view)

    with st.container(border=True, key="goals"):
        goals(view, 5)
    left, right = st.columns(2, gap="small")
    with left:
        monthly = {"kind": "month"} if indicators.loc[indicator, "is_monthly"] else {}
        past = view.ask("trend", indicator=indicator, **monthly)
        figure = trend(
            past,
            title=f"{indicators.loc[indicator, 'name']} qua các {'tháng' if monthly else 'kỳ'}",
            simulated=past.attrs["simulated"], measure=indicators.loc[indicator, "measure"], name=communes.loc[unit, "name"],
            reference_name=view.whole, events=view.ask("events", indicator=indicator, **monthly),
        )  # fmt: skip
        show(figure, past, view, f"dien-bien-{indicator}", definition(indicator))
    with right:
        fields = view.ask("field_lateness")
        figure = ranked_bars(
            fields.assign(value=fields["late"], text=fields["late_text"]).head(8),
            title=f"Hồ sơ trễ hạn theo lĩnh vực, {view.period_title}",
            simulated=fields.attrs["simulated"],
        )
        show(figure, fields, view, "tre-theo-linh-vuc", definition("late"))

    st.subheader("Mọi chỉ tiêu", anchor=False)
    rows = view.ask("unit_indicators")
    table(rows, ["short_name", "value", "target", "status_word", "change", "variation_word", "place",
                 "district", "best", "best_name"])  # fmt: skip
    details(rows, view, "chi-tieu", definition("grid"))

    initiatives = view.ask("unit_initiatives")
    if len(initiatives):
        st.subheader("Mô hình thí điểm và nhiệm vụ", anchor=False)
        table(initiatives, ["kind_name", "name", "owner", "due_on", "percent", "state_name", "outcome"])
        details(initiatives, view, "viec", "Mô hình thí điểm và nhiệm vụ giao cho đơn vị, tính đến ngày của số liệu.")
