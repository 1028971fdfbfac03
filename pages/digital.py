"""Chuyển đổi số: pillars of every commune, progress to targets, teams and economy, pilots, lists of the communes."""

import streamlit as st

from charts.bars import ranked_bars
from charts.grid import indicator_grid
from charts.tiles import tile_map
from charts.trend import trend
from ui.box import show
from ui.digital import lists, pilots
from ui.page import open_page
from ui.parts import doubts, era, group_cards, indicator_title, lever
from words.definitions import definition, definition_of_points
from words.escape import plain

with open_page("Chuyển đổi số") as view:
    view.parameters["index"] = "dti"
    groups = {"total": "Cả bộ chỉ số"} | view.ask("criteria").set_index("criterion_code")["name"].to_dict()
    made_of = view.ask("component_indicators").set_index("indicator_code")
    first = view.ask("index_lever")
    with view.filters():
        era(view)
        group = view.choose("criterion", "Nhóm", list(groups), groups.get, width=260)
        offered = made_of if group == "total" else made_of[made_of["criterion_code"] == group]
        indicator = view.choose(
            "indicator", "Chỉ tiêu", list(offered.index), offered["name"].get, first["indicator_code"].max(), width=420
        )
    view.parameters |= {"criterion": group, "indicator": indicator}
    view.said.append(f"nhóm: {plain(groups[group])}")
    group_cards(view.ask("simulated_groups"), view)
    lever(first["sentence"])
    doubts(view)

    units, cells = view.ask("simulated_units"), view.ask("component_grid")
    simulated = units.attrs["simulated"]
    how = definition_of_points(view.ask("components"))

    def open_commune(code: str) -> None:
        view.open_member(code, indicator=indicator)

    left, right = st.columns(2, gap="small")
    with left:
        bars = ranked_bars(
            units.assign(rank=units["place"], target_text="Tốt"),
            title=f"{groups[group]}, {view.period_title}: điểm ước tính (thang 100)",
            simulated=simulated,
        )
        show(bars, units, view, f"diem-{group}", how, open_commune)
    with right:
        drawn = units.assign(text=units["short_text"])
        tiles = tile_map(drawn, title=f"{groups[group]} trên bản đồ ô", simulated=simulated)
        show(tiles, units, view, f"ban-do-{group}", how, open_commune)

    title = f"{groups[group]}: {view.member} so với mức đủ điểm, {view.period_title}"
    grid = indicator_grid(cells.assign(text=cells["short_text"]), title=title, simulated=simulated)
    show(grid, cells, view, f"bang-{group}", how, open_commune)

    left, right = st.columns(2, gap="small")
    with left:
        rows = view.ask("commune_indicator")
        title = indicator_title(rows, made_of.loc[indicator, "name"], view)
        bars = ranked_bars(rows.assign(rank=rows["place"]), title=title, simulated=simulated)
        show(bars, rows, view, f"xep-hang-{indicator}", definition(indicator), open_commune)
    with right:
        past = view.ask("simulated_trend")
        title = f"{groups[group]}: {view.whole.lower()} so với mức Tốt"
        line = trend(past, title=title, simulated=simulated, measure="điểm", events=view.ask("events", indicator=""))
        show(line, past, view, f"dien-bien-{group}", how)
        one = view.ask("trend")
        title = f"{made_of.loc[indicator, 'name']}: {view.whole.lower()}"
        line = trend(one, title=title, simulated=simulated, measure=made_of.loc[indicator, "measure"],
                     events=view.ask("events"))  # fmt: skip
        show(line, one, view, f"dien-bien-{indicator}", definition(indicator))

    pilots(view)
    lists(view)
