"""Trực tuyến: online filing and payment, unused online procedures, digitised results, essential services."""

import streamlit as st

from charts.bars import ranked_bars
from ui.box import details, show
from ui.lists import dossier_boxes, dossier_filters
from ui.page import open_page
from ui.parts import listed, sentences
from ui.tables import table
from words.definitions import definition

GROUPS = {
    "Nộp hồ sơ": ["received", "received_online", "received_full", "received_full_online", "received_postal"],
    "Thanh toán": ["fee_due", "paid_online"],
    "Số hóa": ["digitised", "reused", "result_electronic"],
}

with open_page("Trực tuyến") as view:
    subsets = dossier_filters(view)
    dossier_boxes(GROUPS, subsets, view)

    left, right = st.columns(2, gap="small")
    shares = {
        "online_counted": ("online_base", "T14", "Nộp trực tuyến", left),
        "paid_online": ("fee_due", "T17", "Thanh toán trực tuyến", right),
    }
    for subset, (base, indicator, title, column) in shares.items():
        with column:
            units = view.ask("unit_share", subset=subset, base=base, indicator=indicator)
            figure = ranked_bars(
                units.assign(unit_code=units["code"], rank=units["share_rank"]),
                title=f"{title} theo đơn vị, {view.period_title}",
                simulated=units.attrs["simulated"],
            )

            def open_unit(code: str, subset: str = subset) -> None:
                view.go("pages/dossier_list.py", subset=subset, **(view.chosen("field", "channel") | {"unit": code}))

            show(figure, units, view, f"truc-tuyen-{subset}", definition(indicator), open_unit)

    st.subheader("Dịch vụ công thiết yếu (Đề án 06) chưa triển khai", anchor=False)
    undone = ["service_name", "owner", "due_on", "state_name", "days_late", "obstacle"]
    counted = view.ask("undone_service_count")
    listed(counted, view.ask("undone_services"), undone, view, "thiet-yeu-chua-trien-khai", definition("undone"))

    services = view.ask("essential_services")
    st.subheader("Dịch vụ công thiết yếu (Đề án 06) có trong danh mục thủ tục", anchor=False)
    sentences(view.ask("essential_published"), "Chưa có số đã công bố.")
    table(services, ["name", "level_name", "received", "received_online", "state_name"])
    details(services, view, "dich-vu-thiet-yeu", definition("online"))

    st.subheader("Thủ tục có trực tuyến mà ít người dùng nhất", anchor=False)
    procedures = view.ask("online_procedures")
    table(procedures.head(15), ["name", "level_name", "received", "received_online", "value", "is_essential"])
    details(procedures, view, "thu-tuc-truc-tuyen", definition("online"))
