"""The page Chỉ số 766: the portal's points before those computed here, and what explains the difference."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from charts.bars import ranked_bars
from charts.trend import trend
from ui.box import details, show
from ui.tables import table
from ui.view import View
from words.definitions import definition
from words.escape import plain

_WIDTH = 760  # pixels of the table, most of them for the reasons
_COLUMNS = ["name", "official_text", "difference_text", "computed_text", "why_text"]
_KINDS = ("month", "quarter", "year")


def official(view: View) -> bool:
    """The portal's points of the chosen unit; False if the period has none."""
    rows = view.ask("portal_groups")
    if rows.empty:
        return False
    whole, has_points = rows.iloc[0], bool(rows["value"].notna().any())
    marked = " :violet-badge[MÔ PHỎNG]" if has_points and rows.attrs["simulated"] else ""
    st.markdown(f":{'blue' if has_points else 'gray'}-badge[Cổng công bố]{marked} {plain(whole['sentence'])}")
    if not has_points:
        _lead_to_newest(view)
        return False
    table(rows, _COLUMNS, least=_WIDTH)
    details(rows, view, "cong-766", definition("portal"))
    return True


def _lead_to_newest(view: View) -> None:
    """Where the portal's points of the unit are, if not in the chosen period: the newest period of each kind."""
    for kind in _KINDS:
        known = view.ask("portal_trend", kind=kind).dropna(subset="value")
        if len(known):
            newest = known.iloc[-1]
            st.page_link(
                "pages/service_index.py",
                label=f"Có điểm Cổng công bố: {newest['period_title'].lower()}",
                icon=":material/event:",
                query_params=view.link(kind=kind, period=newest["period_code"], unit=view.parameters["unit"]),
            )


def unit_bars(view: View, unit: str) -> bool:
    """The portal's points of the communes; False if the period has none."""
    rows = view.ask("portal_units")
    if rows.empty:
        return False
    ranks = rows["rank"] if rows["rank"].notna().all() else None  # else in the order of the points
    figure = ranked_bars(
        rows.assign(rank=ranks, text=rows["official_text"], target_text="Tốt"),
        title=f"Điểm 766 Cổng công bố của các {view.member}, {view.period_title}; số đầu dòng là hạng của Cổng",
        simulated=rows.attrs["simulated"],
        highlight=unit,
    )
    show(figure, rows, view, "diem-766-cong", definition("portal"), view.open_member)
    return True


def past(view: View, name: str) -> bool:
    """The portal's points of the unit over time, with those computed here beside; False if there are none."""
    rows: pd.DataFrame = view.ask("portal_trend")
    if rows.empty:
        return False
    figure = trend(rows, title=f"Điểm 766 Cổng công bố qua các kỳ: {name}", simulated=rows.attrs["simulated"], measure="điểm",
                   name="Cổng công bố", reference_name="tính từ hồ sơ", events=view.ask("events", indicator=""))  # fmt: skip
    show(figure, rows, view, "dien-bien-766-cong", definition("portal"))
    return True
