"""Kỷ cương: apology letters, returned ineligible dossiers, agreement of paper and system, repeated lateness."""

import streamlit as st

from charts.bars import ranked_bars
from ui.box import show
from ui.discipline import repeated_lateness, satisfaction
from ui.lists import dossier_boxes, dossier_filters, letters_link, officer_table
from ui.page import open_page
from words.definitions import definition

GROUPS = {
    "Thư xin lỗi": ["late", "late_apologised", "apology_timely", "apology_untimely", "late_without_apology"]
    + ["rescheduled_repeat"],
    "Hồ sơ không đủ điều kiện": ["ineligible", "ineligible_early", "ineligible_last_day", "ineligible_late"],
    "Giấy và điện tử": ["not_closed", "intake_untimely", "closing_untimely", "unexplained"],
}
VIEWS = {
    "late_without_apology": ("late", "Trễ hạn chưa có thư xin lỗi, phần trong hồ sơ trễ"),
    "ineligible_last_day": ("ineligible", "Trả lại đúng ngày hẹn, phần trong hồ sơ trả lại"),
    "not_closed": ("resolved", "Giấy đã xong, điện tử chưa kết thúc, phần trong hồ sơ đã giải quyết"),
    "closing_untimely": ("resolved", "Kết thúc điện tử muộn, phần trong hồ sơ đã giải quyết"),
}
THRESHOLDS = ["1", "2", "3", "5", "10"]

with open_page("Kỷ cương") as view:
    subsets = dossier_filters(view)
    dossier_boxes(GROUPS, subsets, view)
    letters_link(view)

    rows = [st.columns(2, gap="small") for _ in range(3)]
    places = [rows[0][0], rows[1][0], *rows[2]]
    for column, (subset, (base, title)) in zip(places, VIEWS.items(), strict=True):
        with column:
            units = view.ask("unit_share", subset=subset, base=base, indicator="")
            figure = ranked_bars(
                units.assign(unit_code=units["code"], value=units["dossiers"], text=units["dossiers_text"]).head(10),
                title=f"{title}, {view.period_title}",
                simulated=units.attrs["simulated"],
            )

            def open_unit(code: str, subset: str = subset) -> None:
                view.go("pages/dossier_list.py", subset=subset, **(view.chosen("field", "channel") | {"unit": code}))

            show(figure, units, view, f"ky-cuong-{subset}", definition("discipline"), open_unit)

    with rows[1][1]:
        bands = view.ask("processing_bands", subset="ineligible")
        used = ranked_bars(
            bands.assign(unit_code=bands["code"]),
            title=f"Hồ sơ trả lại vì không đủ điều kiện đã dùng bao nhiêu thời hạn, {view.period_title}",
            simulated=bands.attrs["simulated"],
        )

        def open_list(code: str) -> None:
            view.go("pages/dossier_list.py", subset=code, **view.chosen("unit", "field", "channel"))

        show(used, bands, view, "tra-lai-thoi-han", definition("time"), open_list)
    with rows[0][1]:
        threshold = view.choose(
            "threshold", "Ngưỡng hồ sơ trễ chưa ghi nguyên nhân", THRESHOLDS, default="3", width=320
        )
        officers = view.ask("officers", threshold=threshold)
        repeated = ranked_bars(
            officers.assign(unit_code=officers["code"]).head(10),
            title=f"Cán bộ có từ {threshold} hồ sơ trễ chưa ghi nguyên nhân, {view.period_title}",
            simulated=officers.attrs["simulated"],
            note="" if view.user.may("officers") else "Mã cán bộ: đăng nhập với vai trò lãnh đạo.",
        )
        show(repeated, officers, view, "can-bo-tre-nhieu-lan", definition("discipline"))
    if view.user.may("officers"):
        st.subheader(f"Cán bộ có từ {threshold} hồ sơ trễ chưa ghi nguyên nhân", anchor=False)
        officer_table(view.ask("officer_list", threshold=threshold), view)
    repeated_lateness(view, threshold)
    satisfaction(view)
