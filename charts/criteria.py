"""Scores of an index by criterion: own, best and mean."""

import pandas as pd
import plotly.graph_objects as go

from charts import (
    ACCENT,
    INK,
    MUTED,
    NARROW,
    TRACK,
    base_figure,
    extreme,
    nothing_figure,
    numbers,
    remembered,
    rows_of,
    safe,
    side_texts,
    widest,
    words,
)
from words import vietnamese

ROW = 46  # pixels


@remembered
def criteria_dots(
    data: pd.DataFrame,
    *,
    title: str,
    simulated: bool = False,
    own_name: str = "Hàm Thuận Bắc",
    note: str = "",
    width: int = NARROW,
) -> go.Figure:
    """Draw own, best and mean score of every criterion in percent of its maximum, which makes them comparable.

    data: short_name, sort, own, best, mean, maximum, lost (points, best - own), best_name.
    """
    if data.empty:
        return nothing_figure(title, simulated=simulated, note=note, width=width)
    data = data.sort_values("sort", kind="stable").reset_index(drop=True)
    labels = rows_of(words(data["short_name"]), width)
    sides = _sides(data)
    figure = base_figure(
        title,
        simulated=simulated,
        alt=_description(title, data, own_name),
        width=width,
        plot_height=labels.height(ROW) * len(data),
        left=labels.width,
        right=widest(line for lines in sides for line in lines) + 14,
        top=24,
        note=note,
        key=[("●", ACCENT, own_name), ("◇", INK, "Cao nhất"), ("|", MUTED, "Bình quân các huyện")],
    )
    for place in range(len(data)):
        figure.add_shape(
            type="line", x0=0, x1=100, y0=place, y1=place, layer="below", line={"color": TRACK, "width": 6}
        )
    for column, marker in _MARKERS.items():
        figure.add_scatter(
            x=_shares(data, column),
            y=list(range(len(data))),
            mode="markers",
            marker=marker,
            hovertext=_hovers(data, own_name),
            hoverinfo="text",
            cliponaxis=False,
        )
    # On a phone one percent is a pixel: the plot ends at 108, so that a diamond at 100 touches no text.
    texts = [f"\u00a0<b>{safe(points)}</b><br>\u00a0{safe(lost)}" for points, lost in sides]
    figure.add_trace(side_texts(texts, 108))
    figure.update_xaxes(
        range=[-4, 108],
        side="top",
        tickmode="array",
        tickvals=[0, 50, 100],
        ticktext=["0", "50", "100\u00a0%"],
        ticks="",
    )
    figure.update_yaxes(labels.axis([False] * len(data)))
    return figure


# Shapes differ as well as colours; the own score is drawn last and smaller than the diamond around it.
_MARKERS = {
    "mean": {"symbol": "line-ns", "size": 20, "color": MUTED, "line": {"color": MUTED, "width": 3}},
    "best": {"symbol": "diamond-open", "size": 17, "color": INK, "line": {"color": INK, "width": 2}},
    "own": {"symbol": "circle", "size": 11, "color": ACCENT},
}


def _points(value) -> str:
    """Format points without their unit, because the whole chart is in points."""
    return vietnamese.number(value, vietnamese.decimals_of("điểm"))


def _shares(data: pd.DataFrame, column: str) -> list[float | None]:
    """A score in percent of the maximum; None if either is missing or the maximum is 0."""
    return [
        None if value is None or not maximum else 100 * value / maximum
        for value, maximum in zip(numbers(data[column]), numbers(data["maximum"]), strict=True)
    ]


def _sides(data: pd.DataFrame) -> list[tuple[str, str]]:
    """The texts beside each row: own points of the maximum, and points lost to the best."""
    sides = []
    for own, maximum, lost in zip(data["own"], data["maximum"], data["lost"], strict=True):
        first = f"{_points(own)}/{vietnamese.limit(maximum, 'điểm')}"
        sides.append((first, "không có" if pd.isna(own) else f"mất {_points(lost)}" if lost else "cao nhất"))
    return sides


def _hovers(data: pd.DataFrame, own_name: str) -> list[str]:
    """The hover text of every row."""
    return [
        f"<b>{safe(row.short_name)}</b> (tối đa {vietnamese.limit(row.maximum, 'điểm')})"
        f"<br>{safe(own_name)}: {_points(row.own)}"
        f"<br>Cao nhất: {_points(row.best)} ({safe(row.best_name)})<br>Bình quân: {_points(row.mean)}"
        for row in data.itertuples()
    ]


def _description(title: str, data: pd.DataFrame, own_name: str) -> str:
    """Describe the scores in words: where most points are lost, where the share is highest."""
    shares = _shares(data, "own")
    known = [place for place, share in enumerate(shares) if share is not None]
    sentence = f"{title}. {own_name} theo {len(data)} tiêu chí"
    if not known:
        return sentence + ": không có số liệu."
    names, lost = words(data["short_name"]), numbers(data["lost"])
    best = max(known, key=lambda place: shares[place])
    worst = max(known, key=lambda place: lost[place] or 0)
    names = [names[place] for place in known]
    reached = [f"({vietnamese.percent(shares[place])} điểm tối đa)" for place in known]
    missed = [f"(mất {_points(lost[place])})" for place in known]
    return (
        f"{sentence}: tốt nhất {extreme(names, reached, known.index(best), 'tiêu chí')}, "
        f"mất nhiều điểm nhất {extreme(names, missed, known.index(worst), 'tiêu chí')}."
    )
