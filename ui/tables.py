"""Rows as tables that read and print well, and as the columns that go into a download."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import queries
from charts import STATUS
from ui.status import BADGES, status_badge
from words.columns import COLUMNS, TITLES, beside, measures
from words.escape import plain
from words.vietnamese import MISSING, NO_BREAK, absent

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


def shown_columns(data: pd.DataFrame) -> list[str]:
    """Those of a frame's columns that people see, in its order; of two with the same title the first."""
    titles = _titles()
    first = {titles[column]: column for column in reversed(data.columns) if column in COLUMNS}
    return [column for column in data.columns if column in first.values()]


def readable(data: pd.DataFrame) -> pd.DataFrame:
    """The columns a person reads, under Vietnamese titles: numbers and dates as a spreadsheet takes them."""
    chosen = shown_columns(data)
    fractions = {column: 4 for column in chosen if pd.api.types.is_float_dtype(data[column])}
    return data[chosen].round(fractions).rename(columns=_titles())


def spoken(data: pd.DataFrame) -> pd.DataFrame:
    """The same columns with every number and date written as an office writes it."""
    titles = _titles()
    return pd.DataFrame({titles[column]: _cells(data, column) for column in shown_columns(data)}, index=data.index)


def explained(how: str, data: pd.DataFrame) -> str:
    """A definition, in Markdown, followed by that of every column shown whose title does not say it all."""
    titles = _titles()
    lines = [f"**{titles[column]}**: {COLUMNS[column].says}" for column in shown_columns(data) if COLUMNS[column].says]
    return "  \n".join([how, *lines])


def _cells(data: pd.DataFrame, column: str) -> list[str]:
    """A column as it is read on a page: as it stands written beside the numbers, otherwise as the column is written."""
    if column == "status_word":
        return [status_badge(status).replace(" ", NO_BREAK) for status in data["status"]]
    if beside(column) in data.columns:
        return [_inert(text) for text in data[beside(column)]]
    write = COLUMNS[column].write
    values = [_inert(value) if isinstance(value, str) else value for value in data[column].tolist()]
    return [write(value, measure) for value, measure in zip(values, measures(data), strict=True)]


def _inert(text: str) -> str:
    """A text of any length made plain, as far as a table on a page has room for it; downloads hold all of it."""
    if absent(text):
        return MISSING
    return plain(text if len(text) <= _ROOM else f"{text[:_ROOM]}…")


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
    value = (plain(text) if status == "missing" else f"{plain(text)} {look.mark}").replace(" ", NO_BREAK)
    return f":{BADGES[status]}-badge[{f'**{value}**' if is_best is True else value}]"
