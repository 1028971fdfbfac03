"""Why a box of a page is empty or a part of the whole: one line, with a link to the page “Tình hình số liệu”."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import queries
from ui.page import absent_tables
from ui.view import View
from words.sentences import why_lacking

_LACKING = ("missing", "partial")


def tell_why(data: pd.DataFrame, view: View) -> None:
    """Under a box: why it has no rows, or rows without enough data; nothing if nothing is missing."""
    lacking = int(data["status"].isin(_LACKING).sum()) if "status" in data else 0
    if data.attrs.get("question") and (data.empty or lacking):
        tables = _tables_behind(data, view)
        said = why_lacking(absent_tables(tables, view.snapshot), gap(data, view), lacking, len(data), _word(data))
        view.explain(said)


def tell_of_what(data: pd.DataFrame, view: View) -> None:
    """Under counts: of which units and dossiers they are, if not of all; lacking columns are said at the top of the page."""
    if said := gap(data, view, columns="-"):
        view.explain(f"Các số này chưa đủ: {said}.")


def tell_none(data: pd.DataFrame, view: View, none: str) -> None:
    """In place of an answer without rows: that there is nothing, or why nobody can say so."""
    if said := gap(data, view):
        view.explain(f"Chưa biết: {said}.")
    else:
        st.markdown(none)


def gap(data: pd.DataFrame, view: View, columns: str | None = None) -> str:
    """What is unknown of the dossiers behind an answer; empty if it does not come from dossiers, or all is known.

    columns: of which columns to speak, parted by blanks; by default of those that the question or the page needs.
    """
    if view.period is None or "dossier" not in _tables_behind(data, view):
        return ""
    needs, asked = queries.question(data.attrs["question"]).needs, data.attrs["asked"]
    more = {"columns": columns or needs} if columns or needs else {}
    unit = {"unit": asked["unit"]} if "unit" in asked else {}
    about = {"list": asked.get("subset", ""), "indicator": asked.get("indicator", "")}
    return view.ask("period_gap", **about, **more, **unit)["gap_text"].iloc[0]


def _word(data: pd.DataFrame) -> str:
    """What a row of an answer is to the reader: a cell of a grid, or a row."""
    return "ô" if {"unit_code", "indicator_code"} <= set(data.columns) else "dòng"


def _tables_behind(data: pd.DataFrame, view: View) -> set[str]:
    """The uploaded tables behind an answer; of indicators, those of the kinds of which something is missing."""
    kinds = view.ask("indicators").set_index("indicator_code")["kind"]
    if (indicator := data.attrs["asked"].get("indicator")) in kinds.index:
        wanted = [indicator]
    else:
        lacking = data[data["status"].isin(_LACKING)] if "status" in data else data
        wanted = lacking["indicator_code"].unique() if "indicator_code" in data else []
    made_of = set(queries.question(data.attrs["question"]).made_of)
    of_kinds = {"dossier" if kinds[code] == "computed" else "kpi_value" for code in wanted if code in kinds.index}
    return made_of & of_kinds if of_kinds else made_of
