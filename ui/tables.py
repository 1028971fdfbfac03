"""Data frames as tables for pages and print, and as columns of a download."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import queries
from charts import STATUS
from ui.status import BADGES, status_badge
from words.columns import COLUMNS, TITLES, beside, measures
from words.escape import plain
from words.vietnamese import MISSING, NO_BREAK, absent

_ROOM = 300  # characters of one table cell
LAPTOP = 900  # width in pixels of a chart on a screen 1366 pixels wide
_FITS, _COLUMN = 5, 105  # columns that fit on a phone; pixels that one column needs


def _titles() -> dict[str, str]:
    """TITLES, adapted to the words of the current home."""
    home = queries.load("freshness").iloc[0]
    whole, level, member = f"Toàn {home['level_word']}", home["level_word"], home["member_word"]
    return TITLES | {
        "district": whole,
        "reference": whole,
        "unit_gain": f"{member.capitalize()} thêm (điểm)",
        "district_gain": f"{level.capitalize()} thêm (điểm)",
    }


def table(
    data: pd.DataFrame, columns: list[str] | None = None, otherwise: str = "Chưa có dòng nào.", least: int = 0
) -> None:
    """Show rows as a plain table: the given columns, or all columns with a title; `otherwise` if there is no row.

    A table with long texts needs `least` pixels, and scrolls sideways where there are fewer.
    """
    if data.empty:
        st.markdown(otherwise)  # Streamlit would show the English word “empty”
        return
    rows, titles = spoken(data), _titles()
    lay(rows[[titles[column] for column in columns]] if columns else rows, least)


def lay(rows: pd.DataFrame, least: int = 0) -> None:
    """Show texts under their titles as a plain table; the texts are Markdown."""
    # On a phone, many columns would be one letter wide each, so a wide table scrolls sideways.
    needed = max(least, min(_COLUMN * len(rows.columns), LAPTOP) if len(rows.columns) > _FITS else 0)
    place = st.grid(1, wrap=False, min_column_width=needed) if needed else st.container()
    place.table(rows, hide_index=True, border="horizontal")


def shown_columns(data: pd.DataFrame) -> list[str]:
    """The columns that people see, in the frame's order; of two columns with the same title, the first one."""
    titles = _titles()
    first = {titles[column]: column for column in reversed(data.columns) if column in COLUMNS}
    return [column for column in data.columns if column in first.values()]


def readable(data: pd.DataFrame) -> pd.DataFrame:
    """The visible columns under Vietnamese titles, with numbers and dates as a spreadsheet needs them."""
    chosen = shown_columns(data)
    fractions = {column: 4 for column in chosen if pd.api.types.is_float_dtype(data[column])}
    return data[chosen].round(fractions).rename(columns=_titles())


def spoken(data: pd.DataFrame) -> pd.DataFrame:
    """The visible columns with every number and date formatted as Vietnamese text."""
    titles = _titles()
    return pd.DataFrame({titles[column]: _cells(data, column) for column in shown_columns(data)}, index=data.index)


def explained(how: str, data: pd.DataFrame) -> str:
    """A definition in Markdown, followed by the explanations of the visible columns that need one."""
    titles = _titles()
    lines = [f"**{titles[column]}**: {COLUMNS[column].says}" for column in shown_columns(data) if COLUMNS[column].says]
    return "  \n".join([how, *lines])


def _cells(data: pd.DataFrame, column: str) -> list[str]:
    """One column as display texts: the formatted text column beside it if there is one, otherwise formatted here."""
    if column == "status_word":
        return [status_badge(status).replace(" ", NO_BREAK) for status in data["status"]]
    if beside(column) in data.columns:
        return [_inert(text) for text in data[beside(column)]]
    write = COLUMNS[column].write
    values = [_inert(value) if isinstance(value, str) else value for value in data[column].tolist()]
    return [write(value, measure) for value, measure in zip(values, measures(data), strict=True)]


def _inert(text: str) -> str:
    """A text escaped and shortened for a table cell; downloads contain the whole text."""
    if absent(text):
        return MISSING
    return plain(text if len(text) <= _ROOM else f"{text[:_ROOM]}…")


def side_by_side(cells: pd.DataFrame) -> None:
    """A table with indicators as rows and units as columns: value, mark, colour; the best value of a row in bold.

    If the targets of a row differ, each target is shown beside its value.
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
    """A value with its status mark and colour; bold if it is the best."""
    look = STATUS[status]
    value = (plain(text) if status == "missing" else f"{plain(text)} {look.mark}").replace(" ", NO_BREAK)
    return f":{BADGES[status]}-badge[{f'**{value}**' if is_best is True else value}]"
