"""The range of ranks of every unit when weights vary, or when luck does."""

import pandas as pd
import plotly.graph_objects as go

from charts import (
    ACCENT,
    INK,
    MUTED,
    NARROW,
    REST,
    TRACK,
    base_figure,
    nothing_figure,
    numbers,
    remembered,
    rows_of,
    safe,
    side_texts,
    tinted,
    widest,
    words,
)
from words.vietnamese import ordinal

ROW = 32  # pixels
TICK = 18  # pixels that a rank's number needs


@remembered
def rank_ranges(
    data: pd.DataFrame,
    *,
    title: str,
    simulated: bool = False,
    highlight: str | None = None,
    reason: str = "trọng số thay đổi",
    note: str = "",
    width: int = NARROW,
) -> go.Figure:
    """Draw a bar from the lowest to the highest rank of every unit, with a dot on its rank; a click gives unit_code.

    data: unit_code, name, place (current rank), low, high (ranks), text (formatted range). reason: what the ranks vary with.
    """
    if data.empty:
        return nothing_figure(title, simulated=simulated, note=note, width=width)
    data = data.sort_values("place", kind="stable", na_position="last").reset_index(drop=True)
    chosen = [code == highlight for code in data["unit_code"]]
    labels = rows_of(words(data["name"]), width)
    low, high, place = (numbers(data[name]) for name in ("low", "high", "place"))
    last = max([value for value in high + place if value is not None] or [1])
    figure = base_figure(
        title,
        simulated=simulated,
        alt=_description(title, data, reason),
        width=width,
        plot_height=labels.height(ROW) * len(data),
        left=labels.width,
        right=widest(f"  {text}" for text in words(data["text"])) + 8,
        top=24,
        key=[("●", INK, "Hạng hiện nay"), ("▬", MUTED, "Hạng trong 90 % số lần thử")],
        note=note,
    )
    for row, (start, end, pick) in enumerate(zip(low, high, chosen, strict=True)):
        if start is not None:
            line = {"color": ACCENT if pick else REST, "width": 12}
            figure.add_shape(type="line", x0=start - 0.18, x1=end + 0.18, y0=row, y1=row, layer="below", line=line)
    figure.add_scatter(
        x=place,
        y=list(range(len(data))),
        mode="markers",
        marker={"size": 11, "color": INK},
        hovertext=[
            f"<b>{safe(name)}</b><br>Hiện hạng {ordinal(rank)}; {safe(text)}" if rank is not None else safe(name)
            for name, rank, text in zip(words(data["name"]), place, words(data["text"]), strict=True)
        ],
        hoverinfo="text",
        customdata=data["unit_code"].tolist(),
        cliponaxis=False,
    )
    sides = [
        f"\u00a0{tinted(safe(text), ACCENT, bold=True) if pick else safe(text)}"
        for text, pick in zip(words(data["text"]), chosen, strict=True)
    ]
    figure.add_trace(side_texts(sides, last + 0.5))
    room = width - labels.width - widest(f"  {text}" for text in words(data["text"])) - 8
    figure.update_xaxes(
        range=[0.5, last + 0.5],
        side="top",
        tickmode="array",
        tickvals=list(range(1, int(last) + 1, max(1, -(-TICK * int(last) // int(room))))),
        showgrid=True,
        gridcolor=TRACK,
        ticks="",
    )
    figure.update_yaxes(labels.axis(chosen))
    return figure


def _description(title: str, data: pd.DataFrame, reason: str) -> str:
    """Describe the ranges in words: whose rank varies and whose does not."""
    moves = [low for low, high in zip(numbers(data["low"]), numbers(data["high"]), strict=True) if low != high]
    ranges = "; ".join(f"{row.name} {row.text}" for row in data[["name", "text"]].itertuples(index=False))
    return f"{title}. {len(moves)} trong {len(data)} đơn vị đổi hạng khi {reason}: {ranges}."
