"""Nếu – thì: change an indicator, see ranks, score and class, and find the least effort for a score."""

import streamlit as st

from charts.movement import movement
from ui.box import details, show
from ui.page import open_page
from ui.parts import doubts, lever
from ui.tables import table
from ui.whatif import SCALES, kept_moves, move_form, move_list, search, verdict
from words.definitions import definition

with open_page("Nếu – thì") as view:
    scale = view.choose("index", "Thang điểm", list(SCALES), SCALES.get, widget=st.segmented_control)
    moves = kept_moves(view)
    view.parameters["index"] = scale
    view.said += [f"thang điểm: {SCALES[scale]}", "**giả định, không phải số liệu**"]
    doubts(view)
    every = view.ask("units")
    units = every[every["is_member"] & ~every["is_successor"]].set_index("unit_code")["full_name"].to_dict()
    names = view.ask("indicators").set_index("indicator_code")["name"].to_dict()
    used = view.ask("efforts")["indicator_code"]
    offered = {code: names[code] for code in used}

    left, right = st.columns(2, gap="small")
    with left:
        move_form(view, moves, units, offered)
    with right:
        move_list(view, moves, units, names)

    rows = view.ask("scenario_units")
    lever([verdict(view, rows, scale, bool(moves))])
    left, right = st.columns([2, 3], gap="small")
    with left:
        if moves:
            figure = movement(
                rows.assign(before=rows["today"], before_text=rows["today_text"], better=rows["is_better"]),
                title=f"Điểm của các {view.member} và {view.whole.lower()}: hiện nay và trong kịch bản",
                simulated=rows.attrs["simulated"],
                before_title="Hiện nay",
                after_title="Kịch bản",
                measure="điểm",
                highlight=view.home["home_code"],
                note="Giả định, không phải số liệu.",
            )
            show(figure, rows, view, f"kich-ban-{scale}", definition("scenario"))
    with right:
        if moves:
            st.subheader("Những gì thay đổi", anchor=False)
            changes = view.ask("scenario_moves")
            with st.container(height=560, border=False):
                table(changes, ["unit_name", "short_name", "today", "after", "points_gain", "effort"])
            details(changes, view, "thay-doi", definition("scenario"))
    if not moves:
        table(rows, ["place", "name", "today", "before_class", "to_good"])
        details(rows, view, "hien-nay", definition("simulated"))

    st.subheader("Cách rẻ nhất để đạt một số điểm", anchor=False)
    search(view, moves, {view.home["home_code"]: view.whole} | units, rows)
