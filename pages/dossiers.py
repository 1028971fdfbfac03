"""Hồ sơ: the flow of a period by form II.06, dossiers by unit and field, processing time."""

import streamlit as st

from charts.bars import ranked_bars
from charts.trend import trend
from ui.box import details, show
from ui.lists import DIMENSIONS, dossier_boxes, dossier_filters, flow_line
from ui.page import open_page
from ui.tables import table
from words.definitions import definition

FLOW = {
    "Nhận giải quyết": ["handled", "carried_over", "received_online", "received_direct"],
    "Đã giải quyết": ["resolved", "resolved_early", "resolved_on_time", "resolved_late"],
    "Đang giải quyết": ["open_total", "open_in_time", "open_late", "open_waiting", "unclear"],
}

with open_page("Hồ sơ") as view:
    subsets = dossier_filters(view)
    flow_line(view.ask("service_flow"), view)
    dossier_boxes(FLOW, subsets, view)

    if view.period.before_title:
        st.subheader(f"So với {view.period.before_title}", anchor=False)
        change = view.ask("service_change")
        table(change, ["name", "value", "before", "change"])
        details(change, view, "so-voi-ky-so-sanh", definition("late"))

    dimension = view.choose("dimension", "Chia theo", list(DIMENSIONS), DIMENSIONS.get, widget=st.segmented_control)
    cut = view.ask("breakdown", dimension=dimension, subset="handled")
    left, right = st.columns(2, gap="small")
    with left:
        bars = ranked_bars(
            cut.assign(unit_code=cut["code"], text=cut["late_text"]),
            title=f"Tỷ lệ trễ hạn theo {DIMENSIONS[dimension].lower()}, {view.period_title}",
            simulated=cut.attrs["simulated"],
        )

        def open_part(code: str) -> None:
            if dimension != "level":
                view.go(
                    "pages/dossier_list.py",
                    subset="late",
                    **(view.chosen("unit", "field", "channel") | {dimension: code}),
                )

        show(bars, cut, view, f"ho-so-theo-{dimension}", definition("late"), open_part)
    with right:
        months = view.ask("service_months")
        line = trend(
            months,
            title="Tỷ lệ trễ hạn từng tháng",
            simulated=months.attrs["simulated"],
            name="Trễ hạn",
            events=view.ask("events", kind="month", indicator=""),
        )

        def open_month(code: str) -> None:
            more = {"kind": "month", "period": code, "subset": "late"}
            view.go("pages/dossier_list.py", **(view.chosen("unit", "field", "channel") | more))

        show(line, months, view, "ho-so-tung-thang", definition("late"), open_month)
        bands = view.ask("processing_bands", subset="resolved")
        used = ranked_bars(
            bands.assign(unit_code=bands["code"]),
            title=f"Hồ sơ đã giải quyết theo phần thời hạn đã dùng, {view.period_title}",
            simulated=bands.attrs["simulated"],
        )

        def open_list(code: str) -> None:
            view.go("pages/dossier_list.py", subset=code, **view.chosen("unit", "field", "channel"))

        show(used, bands, view, "thoi-han-da-dung", definition("time"), open_list)

    st.subheader("Thời gian giải quyết theo lĩnh vực", anchor=False)
    times = view.ask("processing_time")
    table(times)
    details(times, view, "thoi-gian-giai-quyet", definition("time"))
