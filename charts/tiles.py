"""A tile map: every unit is one tile of the same size, near its real neighbours."""

import pandas as pd
import plotly.graph_objects as go

from charts import (
    ACCENT,
    INK,
    LOW,
    LOW_NOTE,
    MUTED,
    NARROW,
    STATUS,
    UNSELECTED,
    base_figure,
    extreme,
    flags,
    hovers,
    marks,
    nothing_figure,
    numbers,
    remembered,
    safe,
    scarce,
    status_count,
    status_key,
    statuses,
    text_width,
    words,
    wrap,
)

SMALLEST, LARGEST = 12, 17  # pixels: 12 is the largest size at which a name fits in a sixth of a phone's width
GAP = 0.04  # fraction of a tile


@remembered
def tile_map(
    data: pd.DataFrame,
    *,
    title: str,
    simulated: bool = False,
    highlight: str | None = None,
    note: str = "",
    width: int = NARROW,
) -> go.Figure:
    """Draw the tile map, coloured by status; a click gives customdata = unit_code.

    data: unit_code, name, tile_row, tile_col, value (for the description), text (formatted value), status (met, near,
    missed, missing, context), low_volume. Units without a tile position are left out.
    """
    data = data.dropna(subset=["tile_row", "tile_col"]).reset_index(drop=True)
    if data.empty:
        return nothing_figure(title, simulated=simulated, note=note, width=width)
    rows, columns = data["tile_row"].astype(int).tolist(), data["tile_col"].astype(int).tolist()
    looks, low = statuses(data), scarce(data)
    room = width / (max(columns) + 1) * (1 - GAP) - 6
    tiles = _texts(data, looks, low, room)
    height = max(80, 21 * max(len(lines) for lines in tiles) + 12)
    figure = base_figure(
        title,
        simulated=simulated,
        alt=_description(title, data, looks),
        width=width,
        key=status_key(looks),
        plot_height=height * (max(rows) + 1),
        left=0,
        right=0,
        note=" ".join(filter(None, [LOW_NOTE if any(low) else "", note])),
        bottom=10,
    )
    chosen = [code == highlight for code in data["unit_code"]]
    figure.add_bar(
        x=columns,
        y=[1 - GAP] * len(data),
        base=[row - 0.5 + GAP / 2 for row in rows],
        width=1 - GAP,
        marker={
            "color": [look.fill for look in looks],
            "line": {
                "color": [ACCENT if pick else _edge(look) for pick, look in zip(chosen, looks, strict=True)],
                "width": [4 if pick else 1 for pick in chosen],
            },
        },
        text=["<br>".join(lines) for lines in tiles],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"size": LARGEST, "color": [look.color for look in looks]},
        hovertext=hovers(data),
        hoverinfo="text",
        customdata=data["unit_code"].tolist(),
        selected=UNSELECTED,  # without it Plotly fails on a click: "textfont" of undefined
        unselected=UNSELECTED | {"textfont": {"color": INK}},
    )
    # One text size for all tiles: the largest that fits the smallest tile in the browser's window.
    figure.update_layout(uniformtext={"mode": "show", "minsize": SMALLEST})
    figure.update_xaxes(range=[-0.5, max(columns) + 0.5], visible=False)
    figure.update_yaxes(range=[max(rows) + 0.5, -0.5], visible=False)
    return figure


def _edge(look) -> str:
    """The outline of a tile: a white tile needs one to be visible."""
    return MUTED if look is STATUS["missing"] else look.fill


def _texts(data: pd.DataFrame, looks: list, low: list[bool], room: float) -> list[list[str]]:
    """The lines of each tile: name, value and mark; the mark has its own line if one tile needs it."""
    values = [f"{text}{LOW if few else ''}" for text, few in zip(words(data["text"]), low, strict=True)]
    signs = marks(looks)
    beside = all(text_width(f"{value} {mark}", SMALLEST) <= room for value, mark in zip(values, signs, strict=True))
    tiles = []
    for name, value, mark in zip(words(data["name"]), values, signs, strict=True):
        last = [f"{value}\u00a0{mark}".strip()] if beside else [value, mark or "\u00a0"]
        lines = [safe(line) for line in wrap(name, room, SMALLEST)]
        tiles.append(lines + [f"<b>{safe(line)}</b>" for line in last])
    return tiles


def _description(title: str, data: pd.DataFrame, looks: list) -> str:
    """Describe the map in words: number of tiles of each status, highest and lowest value."""
    # A part of the whole is neither highest nor lowest.
    judged = [
        not few and look is not STATUS["partial"] for few, look in zip(flags(data["low_volume"]), looks, strict=True)
    ]
    known = data.loc[judged].dropna(subset=["value"])
    sentence = f"{title}. Bản đồ ô {len(data)} đơn vị: {status_count(looks, 'đơn vị')}"
    if known.empty:
        return sentence + "."
    values = numbers(known["value"])
    top, end = values.index(max(values)), values.index(min(values))
    names, texts = words(known["name"]), words(known["text"])
    among = "" if len(known) == len(data) else f"trong {len(known)} đơn vị đủ số liệu, "
    return f"{sentence}; {among}cao nhất {extreme(names, texts, top)}, thấp nhất {extreme(names, texts, end)}."
