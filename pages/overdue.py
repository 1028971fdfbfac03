"""Trễ hạn: late dossiers by field and unit, age and cause, and the next due dates."""

import streamlit as st

from charts.bars import ranked_bars
from charts.grid import indicator_grid
from charts.trend import trend
from ui.box import show
from ui.lists import dossier_boxes, dossier_filters, letters_link
from ui.overdue import likely_late
from ui.page import open_page
from words.definitions import definition

LATE = ["late", "resolved_late", "open_late", "late_without_apology"]
AGES = ["late_1_5", "late_6_10", "late_11_30", "late_over_30"]
SOON = ["due_1", "due_3", "due_5"]

with open_page("Trễ hạn") as view:
    subsets = dossier_filters(view)
    groups = {"Trễ hạn trong kỳ": LATE, "Đang quá hạn bao lâu": AGES, "Sắp đến hạn, làm ngay": SOON}
    dossier_boxes(groups, subsets, view)

    likely_late(view)
    letters_link(view)

    cells = view.ask("lateness_grid")
    grid = indicator_grid(
        cells.assign(text=cells["short_text"]),
        title=f"Tỷ lệ trễ hạn theo đơn vị và lĩnh vực, {view.period_title}",
        simulated=cells.attrs["simulated"],
        note="Bấm một ô để mở danh sách hồ sơ trễ của đơn vị, lĩnh vực đó.",
    )

    def open_cell(unit: str, field: str) -> None:
        view.go("pages/dossier_list.py", subset="late", **(view.chosen("channel") | {"unit": unit, "field": field}))

    show(grid, cells, view, "tre-don-vi-linh-vuc", definition("late"), open_cell)

    left, right = st.columns(2, gap="small")
    with left:
        procedures = view.ask("late_procedures")
        worst = ranked_bars(
            procedures.assign(unit_code=procedures["code"], value=procedures["late"], text=procedures["late_text"]),
            title=f"Thủ tục có nhiều hồ sơ trễ nhất, {view.period_title}",
            simulated=procedures.attrs["simulated"],
        )

        def open_procedure(code: str) -> None:
            view.go("pages/dossier_list.py", subset="late", search=code, **view.chosen("unit", "field", "channel"))

        show(worst, procedures, view, "tre-theo-thu-tuc", definition("late"), open_procedure)
    with right:
        causes = view.ask("late_causes")
        why = ranked_bars(
            causes.assign(unit_code=causes["code"]),
            title=f"Nguyên nhân trễ hạn, {view.period_title}",
            simulated=causes.attrs["simulated"],
        )

        def open_cause(code: str) -> None:
            view.go("pages/dossier_list.py", subset=code, **view.chosen("unit", "field", "channel"))

        show(why, causes, view, "nguyen-nhan-tre", definition("cause"), open_cause)
        months = view.ask("service_months")
        line = trend(
            months.assign(value=months["open_late"], text=months["open_late_text"], target=None),
            title="Hồ sơ quá hạn chưa giải quyết cuối mỗi tháng",
            simulated=months.attrs["simulated"],
            measure="hồ sơ",
            name="Quá hạn",
            events=view.ask("events", kind="month", indicator=""),
        )

        def open_month(code: str) -> None:
            more = {"kind": "month", "period": code, "subset": "open_late"}
            view.go("pages/dossier_list.py", **(view.chosen("unit", "field", "channel") | more))

        show(line, months, view, "ton-qua-han", definition("late"), open_month)
