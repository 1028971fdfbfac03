"""Parts of the page “Trễ hạn”: the dossiers likely to be late."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from charts.bars import ranked_bars
from ui.box import details, show
from ui.missing import tell_none
from ui.view import View
from words import vietnamese
from words.definitions import definition
from words.escape import plain


def likely_late(view: View) -> None:
    """Which open dossiers are likely to be late: their number by unit, the list for those who may see dossiers."""
    trial = view.ask("late_risk_trial").iloc[0]
    st.subheader("Sắp trễ, can thiệp trước ngày hẹn", anchor=False)
    st.markdown(plain(trial["sentence"]))
    if trial["verdict"] == "good":
        units = view.ask("late_risk_units")
        if units.empty:
            tell_none(units, view, "Chỉ nêu hồ sơ đang giải quyết ở ngày số liệu mới nhất: chọn kỳ có ngày ấy.")
            return
        left, right = st.columns(2, gap="small") if view.user.may("dossiers") else (st.container(), None)
        with left:
            _by_unit(view, units)
        if right:
            with right.container(border=True, height="stretch"):
                _list(view)
    tenths = view.ask("late_risk_tenths")
    if not tenths.empty:
        details(tenths, view, "sap-tre-thu-lai", f"{definition('late_risk')}  \n{plain(trial['trial_text'])}")


def _by_unit(view: View, units: pd.DataFrame) -> None:
    bars = ranked_bars(
        units.assign(unit_code=units["code"]),
        title="Hồ sơ sắp trễ theo đơn vị",
        simulated=units.attrs["simulated"],
    )

    def open_unit(code: str) -> None:
        more = view.chosen("field", "channel") | {"unit": code}
        view.go("pages/dossier_list.py", subset="open_in_time", sort="chance", **more)

    show(bars, units, view, "sap-tre-don-vi", definition("late_risk"), open_unit)


def _list(view: View) -> None:
    """The most likely ones, each with what it is like and what is to be done; a table would cut the sentences."""
    st.markdown("**Dễ trễ nhất, gọi trước**")
    # No download here: that of the list of dossiers is logged.
    for _, row in view.ask("late_risk").iterrows():
        st.markdown(
            f"**{plain(row['unit_name'])}, hẹn {vietnamese.date(row['due_on'])}.** {plain(row['risk_text'])}. "
            f"{plain(row['next_step'])}. :small[{plain(row['dossier_code'])}]"
        )
    st.page_link(
        "pages/dossier_list.py",
        label="Mọi hồ sơ chưa trễ, dễ trễ nhất trước",
        icon=":material/chevron_right:",
        query_params=view.link(subset="open_in_time", sort="chance", **view.chosen("unit", "field", "channel")),
    )
