"""Các xã, thị trấn: every commune and indicator, ranking, map, and changes."""

import streamlit as st

from charts.bars import ranked_bars
from charts.funnel import funnel
from charts.grid import indicator_grid
from charts.movement import movement
from charts.ranges import rank_ranges
from charts.tiles import tile_map
from ui.box import show
from ui.page import open_page
from ui.parts import GROUPS, era, indicator_title
from words.definitions import definition
from words.escape import plain

with open_page("Các xã, thị trấn") as view:
    indicators = view.ask("indicators")
    scored = indicators[indicators["direction"] != "context"]
    names = {"score": "Điểm tổng hợp"} | scored.set_index("indicator_code")["name"].to_dict()
    with view.filters():
        era(view)
        indicator = view.choose("indicator", "Chỉ tiêu", list(names), names.get, width=420)
        group = view.choose("group", "Nhóm trong bảng", list(GROUPS), GROUPS.get, widget=st.segmented_control)
    view.said.append(f"chỉ tiêu: {plain(names[indicator])}")

    rows = view.ask("commune_score") if indicator == "score" else view.ask("commune_indicator", indicator=indicator)
    simulated = rows.attrs["simulated"]
    title = indicator_title(rows, names[indicator], view)
    how = definition(indicator)

    def open_commune(code: str) -> None:
        view.open_member(code, indicator=indicator)

    left, right = st.columns(2, gap="small")
    with left:
        ranges = view.ask("rank_range", group="all", indicator="" if indicator == "score" else indicator)
        bars = ranked_bars(rows.assign(rank=rows["place"]), title=title, simulated=simulated, ranges=ranges)
        show(bars, rows, view, f"xep-hang-{indicator}", how, open_commune)
    with right:
        tiles = tile_map(
            rows.assign(text=rows["short_text"]), title=f"{names[indicator]} trên bản đồ ô", simulated=simulated
        )
        show(tiles, rows, view, f"ban-do-{indicator}", how, open_commune)

    left, right = st.columns(2, gap="small")
    with left:
        spans = rank_ranges(
            ranges,
            title=f"{names[indicator]}: khoảng hạng 90 % vì may rủi",
            simulated=simulated,
            reason="chỉ may rủi khác đi",
        )
        show(spans, ranges, view, f"khoang-hang-{indicator}", definition("rank_range"), open_commune)
    # Points are made of many shares: the funnel of the first of them is shown.
    shared = "T05" if indicator == "score" else indicator
    with right:
        points, curve = view.ask("funnel", indicator=shared), view.ask("funnel_curve", indicator=shared)
        shape = funnel(points, curve, title=f"{names[shared]}: khác bình quân thật hay may rủi", simulated=simulated)
        show(shape, points, view, f"pheu-{shared}", definition("funnel"), open_commune)

    cells = view.ask("indicator_grid", group=group)
    grid = indicator_grid(
        cells.assign(text=cells["short_text"]),
        title=f"{GROUPS[group]}: {view.members} so với mục tiêu, {view.period_title}",
        simulated=simulated,
    )
    show(grid, cells, view, f"bang-{group}", definition("grid"), open_commune)

    if view.period.before_title:
        moved = movement(
            rows.assign(after=rows["value"], after_text=rows["text"], better=rows["is_better"]),
            title=f"{names[indicator]}: thay đổi so với {view.period.before_title}",
            simulated=simulated,
            before_title=view.period.before_title,
            after_title=view.period_title,
            measure=rows["measure"].iloc[0],
        )
        show(moved, rows, view, f"thay-doi-{indicator}", how, open_commune)
