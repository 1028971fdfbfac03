"""Chỉ số 766: the portal's points, then those simulated from available data, each with numerator and denominator."""

import streamlit as st

from charts.bars import ranked_bars
from charts.trend import trend
from ui.box import details, show
from ui.page import open_page
from ui.parts import doubts, era, group_cards, lever
from ui.service_index import official, past, unit_bars
from ui.tables import table
from words.definitions import definition_of_points
from words.escape import plain

with open_page("Chỉ số 766") as view:
    view.parameters |= {"index": "service", "criterion": "total"}
    home = view.home["home_code"]
    units = {home: view.whole} | view.ask("units").query("is_member").set_index("unit_code")["label"].to_dict()
    with view.filters():
        unit = view.choose("unit", "Đơn vị", list(units), units.get, width=300)
        era(view)
    view.parameters["unit"] = unit
    view.said.append(f"**{plain(units[unit])}**")

    has_official = official(view)
    if has_official:
        st.subheader("Tính từ hồ sơ: vì sao được chừng ấy điểm", anchor=False)
    st.markdown(":orange-badge[Điểm ước tính] Không phải điểm trên Cổng Dịch vụ công quốc gia.")
    doubts(view)
    lever(view.ask("index_lever")["sentence"])
    groups = view.ask("simulated_groups")
    group_cards(groups, view)

    simulated = groups.attrs["simulated"]
    parts = view.ask("components")
    how = definition_of_points(parts)
    left, right = st.columns(2, gap="small")
    with left:
        if not unit_bars(view, unit):
            rows = view.ask("simulated_units")
            figure = ranked_bars(
                rows.assign(rank=rows["place"], target_text="Tốt"),
                title=f"Điểm 766 ước tính của các {view.member}, {view.period_title}; chỉ xếp hạng khi đủ số liệu",
                simulated=simulated,
                highlight=unit,
            )
            show(figure, rows, view, "diem-766", how, view.open_member)
    with right:
        lost = groups[groups["criterion_code"] != "total"]
        figure = ranked_bars(
            lost.assign(unit_code=lost["criterion_code"], text=lost["points_text"], target_text="Tốt"),
            title=f"Ước tính điểm từng nhóm (% điểm có số liệu), nhóm mất nhiều điểm nhất ở trên: {units[unit]}",
            simulated=simulated,
        )
        show(figure, lost, view, "nhom-766", how)
        if not past(view, units[unit]):
            trending = view.ask("simulated_trend")
            figure = trend(trending, title=f"Điểm 766 ước tính qua các kỳ: {units[unit]}", simulated=simulated, measure="điểm",
                           name=units[unit], reference_name=view.whole, events=view.ask("events", indicator=""))  # fmt: skip
            show(figure, trending, view, "dien-bien-766", how)

    st.subheader("Từng điểm do đâu", anchor=False)
    columns = ["title", "numerator", "denominator", "value", "full_text", "points_text", "status_word", "confirmation"]
    table(parts, columns)
    details(parts, view, "thanh-phan-766", how)
