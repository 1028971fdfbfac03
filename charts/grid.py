"""A grid of units and indicators: each cell shows the value and its status."""

import pandas as pd
import plotly.graph_objects as go

from charts import (
    LOW,
    LOW_NOTE,
    MUTED,
    NARROW,
    STATUS,
    add_cells,
    base_figure,
    extreme,
    nothing_figure,
    numbers,
    outline_row,
    remembered,
    rows_of,
    safe,
    scarce,
    stacked,
    status_count,
    status_key,
    statuses,
    widest,
    words,
    wrap,
)
from words.vietnamese import NO_BREAK

ROW = 44  # pixels: two lines and the padding of Plotly inside a bar
PADDING = 9  # pixels beside the text of a cell
SYLLABLE = 58  # pixels: in a narrower column the longest syllable does not fit, and headers are vertical
HEADER_LINE = 138  # pixels of a vertical column header before it is wrapped
PERCENT = f"{NO_BREAK}%"


@remembered
def indicator_grid(
    data: pd.DataFrame,
    *,
    title: str,
    simulated: bool = False,
    highlight: str | None = None,
    note: str = "",
    width: int = NARROW,
) -> go.Figure:
    """Draw the grid; a click on a cell gives customdata = [unit_code, indicator_code].

    data, one row per cell: unit_code, unit_name, unit_sort (order of rows), unit_rank (optional, shown),
    indicator_code, short_name, indicator_sort (order of columns), text (formatted value), status, low_volume. In a
    container narrower than meta["min_width"], values are hidden and colours stay.
    """
    if data.empty:
        return nothing_figure(title, simulated=simulated, note=note, width=width)
    data = data.reset_index(drop=True)
    units = data.drop_duplicates("unit_code").sort_values("unit_sort", kind="stable")
    indicators = data.drop_duplicates("indicator_code").sort_values("indicator_sort", kind="stable")
    looks, low = statuses(data), scarce(data)
    ranks = numbers(units["unit_rank"]) if "unit_rank" in units else None
    labels = rows_of(words(units["unit_name"]), width, ranks)
    bare, headers = _without_percent(data, indicators)
    room = (width - labels.width) / len(indicators)
    upright = room < SYLLABLE
    headers = [wrap(header, HEADER_LINE if upright else room - 4) for header in headers]
    cell = widest(f"{text}{LOW if few else ''}" for text, few in zip(bare, low, strict=True)) + PADDING
    figure = base_figure(
        title,
        simulated=simulated,
        alt=_description(title, data, units, looks),
        width=width,
        left=labels.width,
        right=2,
        key=status_key(looks),
        plot_height=ROW * len(units),
        top=_header_height(headers, upright),
        note=" ".join(filter(None, [LOW_NOTE if any(low) else "", note])),
        min_width=max(width, round(labels.width + cell * len(indicators))),
    )
    rows = {code: row for row, code in enumerate(units["unit_code"])}
    columns = {code: column for column, code in enumerate(indicators["indicator_code"])}
    edges = [MUTED if look is STATUS["missing"] else look.fill for look in looks]
    add_cells(
        figure,
        at=[
            (columns[column], rows[unit])
            for unit, column in zip(data["unit_code"], data["indicator_code"], strict=True)
        ],
        height=0.94,
        looks=looks,
        edges=edges,
        texts=_texts(bare, looks, low),
        hovers=_hovers(data, looks, low),
        codes=data[["unit_code", "indicator_code"]],
    )
    outline_row(figure, rows.get(highlight), len(columns))
    figure.update_xaxes(
        side="top",
        range=[-0.5, len(columns) - 0.5],
        tickmode="array",
        tickvals=list(columns.values()),
        ticktext=[stacked(lines) for lines in headers],
        tickangle=-90 if upright else 0,
        ticks="",
    )
    figure.update_yaxes(labels.axis([code == highlight for code in units["unit_code"]]))
    return figure


def _without_percent(data: pd.DataFrame, indicators: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Move the percent sign from the cells of a column to its header: 25 columns have no space for it."""
    texts = words(data["text"])
    codes = data["indicator_code"]
    percent = {code for code, text in zip(codes, texts, strict=True) if text.endswith(PERCENT)}
    headers = [
        f"{name}{f'{NO_BREAK}(%)' if code in percent else ''}"
        for code, name in zip(indicators["indicator_code"], words(indicators["short_name"]), strict=True)
    ]
    return [text.removesuffix(PERCENT) for text in texts], headers


def _header_height(headers: list[list[str]], upright: bool) -> float:
    """The height of the column headers in pixels."""
    if upright:
        return widest(line for lines in headers for line in lines) + 14
    return 18 * max(map(len, headers)) + 12


def _texts(texts: list[str], looks: list, low: list[bool]) -> list[str]:
    """The cell texts: the value with its mark below; a missing value is only its mark."""
    return [
        look.mark if look is STATUS["missing"] else f"{safe(text)}{LOW if few else ''}<br>{look.mark}"
        for text, look, few in zip(texts, looks, low, strict=True)
    ]


def _hovers(data: pd.DataFrame, looks: list, low: list[bool]) -> list[str]:
    """The hover text of every cell, with the percent sign that the cell omits."""
    columns = (words(data[name]) for name in ("unit_name", "short_name", "text"))
    return [
        f"<b>{safe(unit)}</b><br>{safe(name)}<br>{safe(text)} · {look.word}{' · mẫu số nhỏ' if few else ''}"
        for unit, name, text, look, few in zip(*columns, looks, low, strict=True)
    ]


def _description(title: str, data: pd.DataFrame, units: pd.DataFrame, looks: list) -> str:
    """Describe the grid in words: size, number of cells of each status, units that meet most and fewest targets."""
    met = data[data["status"] == "met"].groupby("unit_code").size()
    told = set(data.loc[data["status"] != "missing", "unit_code"])
    met = met.reindex([unit for unit in units["unit_code"] if unit in told], fill_value=0)
    name = dict(zip(units["unit_code"], words(units["unit_name"]), strict=True))
    sentence = f"{title}. Bảng {len(units)} đơn vị, {data['indicator_code'].nunique()} chỉ tiêu: "
    sentence += status_count(looks, "ô")
    if met.empty:
        return f"{sentence}."
    if not met.max():
        return f"{sentence}."
    names, counts = [name[unit] for unit in met.index], [f"({count})" for count in met]
    best, worst = (extreme(names, counts, int(place)) for place in (met.argmax(), met.argmin()))
    return f"{sentence}; đạt nhiều nhất {best}, ít nhất {worst}."
