"""The link “Giao việc” beside a signal: it opens the form of the page “Kết luận giao ban” with unit and figure filled in."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from actions import RIGHT
from ui.menu import HEALTH
from ui.view import View

LIST = "list-"  # before the code of a list of dossiers, to tell it from an indicator
NONE = "none"
# The list of dossiers behind a question that names neither an indicator nor a list.
_LISTS = {
    "field_lateness": "late",
    "lateness_grid": "late",
    "late_procedures": "late",
    "late_causes": "late",
    "land_lateness": "late",
    "service_months": "open_late",
    "late_risk_units": "open_in_time",
}
# What these tell is no figure of the present, or has its own links.
_WITHOUT = {"attention", "late_risk_tenths"}


_PAGES_WITHOUT = {"Nếu – thì", HEALTH}


def offer_task(view: View, unit: str, figure: str = "", **narrowed: str) -> None:
    """A link that opens the form, for those who may give tasks; `narrowed`: field and channel of a list of dossiers."""
    if view.snapshot is None or view.page in _PAGES_WITHOUT or not view.user.may(RIGHT):
        return
    st.page_link(
        "pages/commitments.py",
        label=":small[Giao việc]",
        icon=":material/add_task:",
        query_params=view.link(give="1", to=unit, figure=figure, **narrowed),
    )


def offer_task_about(data: pd.DataFrame, view: View) -> None:
    """The same about the rows of an answer: for the unit, the indicator or the list that was asked for."""
    asked, question = data.attrs.get("asked", {}), data.attrs.get("question")
    if question is None or question in _WITHOUT:
        return
    listed = asked.get("subset") or _LISTS.get(question)
    figure = asked.get("indicator") or (f"{LIST}{listed}" if listed else NONE)
    narrowed = {name: asked.get(name, "") for name in ("field", "channel")} if listed else {}
    offer_task(view, asked.get("unit", view.home["home_code"]), figure, **narrowed)
