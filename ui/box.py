"""A chart in a box with a popover: definition, table of its rows, downloads."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import signature

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from charts import NARROW, with_download
from ui.give import offer_task_about
from ui.missing import tell_why
from ui.tables import LAPTOP, explained, readable, table
from ui.view import View
from words import vietnamese
from words.download import EXCEL, as_csv, as_workbook


def show(
    figure: go.Figure,
    data: pd.DataFrame,
    view: View,
    name: str,
    how: str,
    opens: Callable[..., None] | None = None,
) -> None:
    """Show a chart in a box, with definition, table and downloads in a popover.

    `name` is the widget key and part of the download's file name; `how` is the definition in Markdown. `opens` is
    called when a mark is clicked, with the code of the mark, or with both codes of a cell if it takes two arguments.
    """
    with st.container(border=True, height="stretch"):
        meta = figure.layout.meta or {}
        wide = meta.get("min_width", NARROW) > NARROW
        # A chart wider than a phone scrolls sideways inside its box.
        place = st.grid(1, wrap=False, min_column_width=min(meta["min_width"], LAPTOP)) if wide else st.container()
        event = place.plotly_chart(
            figure,
            theme=None,
            config=with_download(file_stem(name, data.attrs.get("simulated", False), view)),
            alt=meta.get("alt"),
            key=f"chart_{name}",
            on_select="rerun" if opens else "ignore",
            selection_mode="points",
        )
        details(data, view, name, how, picture=True)
        code = _clicked(event) if opens else []
        if code:
            opens(*code[: len(signature(opens).parameters)])


def file_stem(name: str, simulated: bool, view: View) -> str:
    """The file name without extension: page, content, unit, period, and "mo-phong" for simulated data."""
    page = "-".join(re.findall(r"\w+", vietnamese.fold(view.page)))
    chosen = [view.choices.get(choice, "").replace("@", "-") for choice in ("unit", "period", "year")]
    return "-".join(filter(None, [page, name, *chosen, "mo-phong" * simulated]))


def _clicked(event) -> list[str]:
    """The codes of the clicked mark; empty if nothing is clicked."""
    for point in event.selection.points:
        carried = point.get("customdata")
        if carried is not None:
            return [str(code) for code in (carried if isinstance(carried, (list, tuple)) else [carried])]
    return []


def details(data: pd.DataFrame, view: View, name: str, how: str, picture: bool = False) -> None:
    """The popover “Cách tính và số liệu”: definition, table, downloads; built only when opened. Before it: what is missing.

    `picture`: the content is a chart, which can also be saved as an image.
    """
    tell_why(data, view)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        box = st.popover(
            "Cách tính và số liệu", icon=":material/info:", type="tertiary", on_change="rerun", key=f"how_{name}"
        )
        offer_task_about(data, view)
    with box:
        if not box.open:
            return
        simulated, how = data.attrs.get("simulated", False), explained(how, data)
        st.markdown(("**MÔ PHỎNG.** " if simulated else "") + how)
        table(data)
        if picture:
            st.markdown(":small[Ảnh PNG của biểu đồ: nút máy ảnh hiện khi rê chuột hoặc chạm vào biểu đồ.]")
        rows = readable(data)
        stem = file_stem(name, simulated, view)
        with st.container(horizontal=True):
            st.download_button(
                "Tải CSV", as_csv(rows, simulated), f"{stem}.csv", "text/csv", key=f"csv_{name}", on_click="ignore"
            )
            st.download_button(
                "Tải Excel",
                as_workbook(rows, simulated, how),
                f"{stem}.xlsx",
                EXCEL,
                key=f"xlsx_{name}",
                on_click="ignore",
            )
