"""A grid of units and months: which unit has sent the data of which month."""

import pandas as pd
import plotly.graph_objects as go

from charts import (
    NARROW,
    PAPER,
    STATUS,
    TRACK,
    Status,
    add_cells,
    base_figure,
    nothing_figure,
    outline_row,
    remembered,
    rows_of,
    safe,
    stacked,
    widest,
    words,
    wrap,
)
from words.columns import FILINGS

ROW = 30  # pixels
PADDING = 9  # pixels beside the text of a cell
# A month without data is marked like a missed target: it is not zero, and somebody has to send it.
LOOKS = {
    "whole": Status(FILINGS["whole"], "✓", STATUS["met"].color, STATUS["met"].fill),
    "part": Status(FILINGS["part"], "…", STATUS["near"].color, STATUS["near"].fill),
    "missing": Status(FILINGS["missing"], "–", STATUS["missed"].color, PAPER),
    "none": Status(FILINGS["none"], "", STATUS["missing"].color, TRACK),
}


@remembered
def arrival_grid(
    data: pd.DataFrame,
    *,
    title: str,
    simulated: bool = False,
    highlight: str | None = None,
    note: str = "",
    width: int = NARROW,
) -> go.Figure:
    """Draw the grid; a click on a cell gives customdata = [unit_code, period_code].

    data, one row per cell: unit_code, unit_name, unit_sort (order of rows), period_code, period_title, short_title,
    sort (order of columns), filing (whole, part, missing, none), text (what a cell says), told_text (what its hover says).
    """
    if data.empty:
        return nothing_figure(title, simulated=simulated, note=note, width=width)
    units = data.drop_duplicates("unit_code").sort_values("unit_sort", kind="stable")
    months = data.drop_duplicates("period_code").sort_values("sort", kind="stable")
    looks, texts = [LOOKS[code] for code in data["filing"]], words(data["text"])
    labels = rows_of(words(units["unit_name"]), width)
    headers = words(months["short_title"])
    cell = max(widest(texts), widest(headers)) + PADDING
    rows = {code: row for row, code in enumerate(units["unit_code"])}
    columns = {code: column for column, code in enumerate(months["period_code"])}
    height = labels.height(ROW)
    figure = base_figure(
        title,
        simulated=simulated,
        alt=_description(title, data, units, looks),
        width=width,
        left=labels.width,
        right=2,
        top=26,
        key=[(look.mark or "▒", look.color, look.word) for look in LOOKS.values() if look in looks],
        plot_height=height * len(units),
        note=note,
        min_width=max(width, round(labels.width + cell * len(months))),
    )
    add_cells(
        figure,
        at=[(columns[month], rows[unit]) for unit, month in zip(data["unit_code"], data["period_code"], strict=True)],
        height=0.9,
        looks=looks,
        edges=[STATUS["missed"].fill if look is LOOKS["missing"] else look.fill for look in looks],
        texts=[safe("" if look is LOOKS["none"] else text) for text, look in zip(texts, looks, strict=True)],
        hovers=_hovers(data),
        codes=data[["unit_code", "period_code"]],
    )
    outline_row(figure, rows.get(highlight), len(columns))
    figure.update_xaxes(
        side="top",
        range=[-0.5, len(columns) - 0.5],
        tickmode="array",
        tickvals=list(columns.values()),
        ticktext=[safe(header) for header in headers],
        ticks="",
    )
    figure.update_yaxes(labels.axis([code == highlight for code in units["unit_code"]]))
    return figure


def _hovers(data: pd.DataFrame) -> list[str]:
    """The hover text of every cell."""
    columns = (words(data[name]) for name in ("unit_name", "period_title", "told_text"))
    return [
        f"<b>{safe(unit)}</b><br>{safe(month)}<br>{stacked(wrap(told, 340))}"
        for unit, month, told in zip(*columns, strict=True)
    ]


def _description(title: str, data: pd.DataFrame, units: pd.DataFrame, looks: list[Status]) -> str:
    """Describe the grid in words: size, number of cells of each kind, units that have not sent the newest month."""
    counts = [f"{looks.count(look)} ô {look.word.lower()}" for look in LOOKS.values() if look in looks]
    newest = data[data["sort"] == data["sort"].max()]
    late = words(newest.loc[newest["filing"].isin(["part", "missing"]), "unit_name"])
    sentence = f"{title}. Bảng {len(units)} đơn vị, {data['period_code'].nunique()} tháng: {', '.join(counts)}"
    month = words(newest["period_title"])[0].lower()
    return f"{sentence}; chưa đủ {month}: {', '.join(late)}." if late else f"{sentence}; đủ {month}."
