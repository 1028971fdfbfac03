"""Đất đai 3 cấp: steps of land dossiers, their duration and lateness, and the receiving units."""

import streamlit as st

from charts.bars import ranked_bars
from ui.box import show
from ui.lists import dossier_boxes, dossier_filters
from ui.missing import tell_why
from ui.page import open_page
from ui.tables import table
from words.definitions import definition
from words.escape import plain

with open_page("Đất đai 3 cấp") as view:
    subsets = dossier_filters(view, only_unit=True)
    groups = {
        "Trong kỳ": ["land", "land_late"],
        "Đang ở cấp nào": ["land_commune", "land_district", "land_province", "land_unheld"],
    }
    dossier_boxes(groups, subsets, view)

    for sentence in view.ask("land_lateness")["sentence"]:
        st.markdown(f":small[{plain(sentence)}]")

    steps = view.ask("land_steps")
    left, right = st.columns(2, gap="small", vertical_alignment="top")
    with left:
        if steps.empty:
            with st.container(border=True):
                st.subheader("Trễ ở bước nào", anchor=False)
                tell_why(steps, view)
        else:
            late = ranked_bars(
                steps.assign(unit_code=steps["code"]),
                title=f"Tỷ lệ trễ ở từng bước, {view.period_title}",
                simulated=steps.attrs["simulated"],
            )

            def open_step(code: str) -> None:
                view.go("pages/dossier_list.py", subset=code, **view.chosen("unit"))

            show(late, steps, view, "dat-dai-tung-buoc", definition("land"), open_step)
            spent = ranked_bars(
                steps.assign(unit_code=steps["code"], value=steps["mean_days"], text=steps["mean_text"]),
                title=f"Ngày làm việc trung bình ở từng bước, {view.period_title}",
                simulated=steps.attrs["simulated"],
            )
            show(spent, steps, view, "dat-dai-so-ngay", definition("land"), open_step)
            with st.container(border=True, height="stretch"):
                st.subheader("Từng bước", anchor=False)
                table(steps, ["name", "steps", "open_steps", "late_steps", "handover_days"])
    with right:
        units = view.ask("land_units")
        where = ranked_bars(
            units.assign(unit_code=units["code"], text=units["late_text"]),
            title=f"Hồ sơ đất đai ba cấp trễ hạn theo nơi tiếp nhận, {view.period_title}",
            simulated=units.attrs["simulated"],
        )

        def open_unit(code: str) -> None:
            view.go("pages/dossier_list.py", subset="land_late", unit=code)

        show(where, units, view, "dat-dai-don-vi", definition("land"), open_unit)
