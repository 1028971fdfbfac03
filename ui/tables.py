"""Rows as tables that read and print well, and as the columns that go into a download."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import queries
from charts import STATUS
from ui.status import BADGES, status_badge
from words import vietnamese
from words.columns import TITLES
from words.escape import plain

_ROOM = 300  # characters of one cell of a table
LAPTOP = 900  # pixels that a chart has on a screen of 1366
_FITS, _COLUMN = 5, 105  # columns that a phone has room for; pixels that one needs


def _titles() -> dict[str, str]:
    """TITLES as they are said of the home that the page is seen from."""
    home = queries.load("freshness").iloc[0]
    whole, level, member = f"Toàn {home['level_word']}", home["level_word"], home["member_word"]
    return TITLES | {
        "district": whole,
        "reference": whole,
        "unit_gain": f"{member.capitalize()} thêm (điểm)",
        "district_gain": f"{level.capitalize()} thêm (điểm)",
    }


def table(data: pd.DataFrame, columns: list[str] | None = None) -> None:
    """Rows as a plain table that reads and prints well: the given columns, or all that have a title."""
    rows, titles = spoken(data), _titles()
    rows = rows[[titles[column] for column in columns]] if columns else rows
    # On a phone many columns would be a letter wide each: such a table scrolls sideways in its place.
    wide = len(rows.columns) > _FITS
    place = (
        st.grid(1, wrap=False, min_column_width=min(_COLUMN * len(rows.columns), LAPTOP)) if wide else st.container()
    )
    place.table(rows, hide_index=True, border="horizontal")


def readable(data: pd.DataFrame) -> pd.DataFrame:
    """The columns a person reads, under Vietnamese titles, with the status in words."""
    frame = data.copy(deep=False)
    if "status" in frame.columns:
        frame["status_word"] = [STATUS[status].word for status in frame["status"]]
    chosen = [column for column in frame.columns if column in TITLES and column != "text"]
    fractions = {column: 4 for column in chosen if pd.api.types.is_float_dtype(frame[column])}
    frame = frame[chosen].round(fractions).rename(columns=_titles())
    return frame.loc[:, ~frame.columns.duplicated()]


def spoken(data: pd.DataFrame) -> pd.DataFrame:
    """The same columns with every number and date written as an office writes it."""
    frame = data.copy(deep=False)
    for column in frame.select_dtypes(include=["object", "string"]).columns:
        if column != "status":
            frame[column] = ["–" if pd.isna(value) else plain(_cut(str(value))) for value in frame[column]]
    for column in frame.columns:
        if f"{column}_text" in frame.columns or (column == "value" and "text" in frame.columns):
            frame[column] = frame["text" if column == "value" else f"{column}_text"]
        elif column in ("short_name", "best_name"):
            # Short names stay on one line; the table takes the room from longer texts.
            frame[column] = [text.replace(" ", vietnamese.NO_BREAK) for text in frame[column]]
        elif column.endswith("_on"):
            frame[column] = [vietnamese.date(value) for value in frame[column]]
        elif column in ("place", "rank", "unit_rank", "before_place", "year"):
            frame[column] = ["–" if pd.isna(value) else f"{value:.0f}" for value in frame[column]]
        elif pd.api.types.is_integer_dtype(frame[column]):
            frame[column] = [vietnamese.number(value) for value in frame[column]]
        elif pd.api.types.is_float_dtype(frame[column]):
            whole = column in ("handled", "late", "numerator", "denominator")
            frame[column] = [vietnamese.number(value, 0 if whole else 1) for value in frame[column]]
    shown = readable(frame)
    if "status" in frame.columns:
        shown[TITLES["status_word"]] = [
            status_badge(status).replace(" ", vietnamese.NO_BREAK) for status in data["status"]
        ]
    return shown


def _cut(text: str) -> str:
    """A text as far as a table on a page has room for it; downloads hold all of it."""
    return text if len(text) <= _ROOM else f"{text[:_ROOM]}…"


def side_by_side(cells: pd.DataFrame) -> None:
    """Indicators as rows, units as columns: the value with its mark and colour, the best of a row in bold.

    Where the targets of a row differ, each stands beside its value.
    """
    own = cells.groupby("indicator_sort")["target_text"].transform("nunique") > 1
    frame = cells.assign(
        own=own,
        shown=[
            _badge_value(row.text, row.status, row.is_best)
            + (f" :small[mục tiêu {plain(row.target_text)}]" if differs else "")
            for row, differs in zip(cells.itertuples(index=False), own, strict=True)
        ],
    )
    units = frame.drop_duplicates("unit_code").sort_values("unit_sort")
    wide = frame.pivot(index="indicator_sort", columns="unit_code", values="shown")[list(units["unit_code"])]
    wide.columns = [plain(name) for name in units["unit_name"]]
    rows = frame.drop_duplicates("indicator_sort").set_index("indicator_sort").loc[wide.index]
    wide.insert(0, TITLES["short_name"], [plain(name) for name in rows["short_name"]])
    goals = rows["target_text"].where(~rows["own"], "riêng từng đơn vị")
    wide.insert(1, TITLES["target"], [plain(text) for text in goals])
    st.table(wide, hide_index=True, border="horizontal")


def _badge_value(text: str, status: str, is_best: bool) -> str:
    """A value with the mark of its status, in the status's colour; bold where it is the best."""
    look = STATUS[status]
    value = (plain(text) if status == "missing" else f"{plain(text)} {look.mark}").replace(" ", vietnamese.NO_BREAK)
    return f":{BADGES[status]}-badge[{f'**{value}**' if is_best is True else value}]"
