"""Why a box of a page is empty or a part of the whole: one line, with a link to the page “Tình hình số liệu”."""

from __future__ import annotations

import pandas as pd

import queries
from ui.page import View, absent_tables
from words.sentences import why_lacking

_LACKING = ("missing", "partial")


def tell_why(data: pd.DataFrame, view: View) -> None:
    """Under a box: why it has no rows, or rows without enough data; nothing if nothing is missing."""
    lacking = int(data["status"].isin(_LACKING).sum()) if "status" in data else 0
    question = data.attrs.get("question")
    if question and (data.empty or lacking):
        tables = _tables_behind(queries.question(question), view)
        view.explain(why_lacking(absent_tables(tables, view.snapshot), _gap(tables, view), lacking, len(data)))


def _tables_behind(asked: queries.Question, view: View) -> set[str]:
    """The uploaded tables behind an answer; of one indicator, those of its kind."""
    indicator = view.parameters.get("indicator")
    if "indicator" in asked.parameters and indicator:
        kinds = view.ask("indicators").set_index("indicator_code")["kind"]
        if indicator in kinds.index:
            return {"dossier"} if kinds[indicator] == "computed" else {"kpi_value"}
    return set(asked.made_of)


def _gap(tables: set[str], view: View) -> str:
    """What is unknown of the dossiers of the period, if the answer comes from dossiers."""
    if "dossier" not in tables or view.period is None:
        return ""
    return view.ask("period_gap")["gap_text"].iloc[0]
