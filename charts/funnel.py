"""Shares of units by how many cases each has, between the limits of what luck alone explains."""

import pandas as pd
import plotly.graph_objects as go

from charts import (
    ACCENT,
    BAND,
    BETTER,
    INK,
    MUTED,
    NARROW,
    PAPER,
    REST,
    SMALL,
    TRACK,
    UNSELECTED,
    WORSE,
    base_figure,
    nothing_figure,
    numbers,
    remembered,
    safe,
    tinted,
    words,
)
from words import vietnamese
from words.columns import FUNNELS

HEIGHT = 300  # pixels
# Form and colour of a unit by its place in the funnel.
_LOOKS = {
    "better": ("triangle-up", BETTER),
    "worse": ("triangle-down", WORSE),
    "watched": ("diamond", MUTED),
    "usual": ("circle", REST),
}


@remembered
def funnel(
    data: pd.DataFrame,
    curve: pd.DataFrame,
    *,
    title: str,
    simulated: bool = False,
    noun: str = "hồ sơ",
    note: str = "",
    width: int = NARROW,
) -> go.Figure:
    """Draw a point per unit and the limits as curves; units that differ are named; a click gives unit_code.

    data: unit_code, name, value and text (percent), denominator, low_volume, funnel (a key of FUNNELS). curve: denominator,
    centre, lower_action, lower_warning, upper_warning, upper_action (percent).
    """
    if data.empty or curve.empty:
        return nothing_figure(title, simulated=simulated, note=note, width=width)
    values, cases = numbers(data["value"]), numbers(data["denominator"])
    most = numbers(curve["denominator"])[-1]
    edges = numbers(curve["lower_action"])[-1:] + numbers(curve["upper_action"])[-1:]
    low, high = min(values + edges), max(values + edges)
    pad = max((high - low) * 0.12, 1)
    figure = base_figure(
        title,
        simulated=simulated,
        alt=_description(title, data),
        plot_height=HEIGHT,
        left=46,
        right=70,
        bottom=52,
        top=12,
        key=[(mark, _LOOKS[kind][1], FUNNELS[kind]) for kind, mark in (("better", "▲"), ("worse", "▼"), ("watched", "◆"), ("usual", "●"))],
        note=note,
        width=width,
    )  # fmt: skip
    _add_curves(figure, curve)
    _add_units(figure, data, values, cases)
    figure.add_annotation(
        x=1,
        xref="paper",
        xanchor="left",
        xshift=6,
        y=numbers(curve["centre"])[-1],
        yanchor="middle",
        text=tinted(f"Bình quân<br>{vietnamese.percent(curve['centre'].iloc[-1])}", MUTED),
    )
    figure.update_xaxes(
        range=[0, most],
        title={"text": f"Số {safe(noun)} trong mẫu số", "font": {"size": SMALL, "color": MUTED}, "standoff": 6},
        showgrid=False,
        ticks="outside",
        nticks=5,
        tickformat=",~f",
    )
    figure.update_yaxes(
        range=[max(low - pad, -1), min(high + pad, 101)],
        nticks=5,
        showgrid=True,
        gridcolor=TRACK,
        ticksuffix="\u00a0%",
        tickformat=",~f",
    )
    return figure


def _add_curves(figure: go.Figure, curve: pd.DataFrame) -> None:
    """The limits of 99.8 % as lines, those of 95 % as a band, the common share as a dotted line."""
    across = numbers(curve["denominator"])
    for name, look in (
        ("lower_warning", {"line": {"width": 0}}),
        ("upper_warning", {"line": {"width": 0}, "fill": "tonexty", "fillcolor": BAND}),
        ("lower_action", {"line": {"color": MUTED, "width": 1}}),
        ("upper_action", {"line": {"color": MUTED, "width": 1}}),
        ("centre", {"line": {"color": MUTED, "width": 1, "dash": "dot"}}),
    ):
        figure.add_scatter(x=across, y=numbers(curve[name]), mode="lines", hoverinfo="skip", **look)


def _add_units(figure: go.Figure, data: pd.DataFrame, values: list, cases: list) -> None:
    """A mark for each unit; a hollow one has too few cases. Only those that differ bear a name."""
    kinds, few = words(data["funnel"]), [bool(one) for one in data["low_volume"]]
    colors = [_LOOKS[kind][1] for kind in kinds]
    names, texts = words(data["name"]), words(data["text"])
    figure.add_scatter(
        x=cases,
        y=values,
        mode="markers+text",
        text=[safe(name) if kind in ("better", "worse") else "" for name, kind in zip(names, kinds, strict=True)],
        textposition=["top center" if kind == "better" else "bottom center" for kind in kinds],
        textfont={"color": INK},
        cliponaxis=False,
        hoverinfo="text",
        hovertext=[
            f"<b>{safe(name)}</b><br>{safe(text)} của {vietnamese.number(case)} · {FUNNELS[kind]}"
            for name, text, case, kind in zip(names, texts, cases, kinds, strict=True)
        ],
        marker={
            "size": [9 if kind == "usual" else 13 for kind in kinds],
            "symbol": [_LOOKS[kind][0] for kind in kinds],
            "color": [PAPER if small else color for small, color in zip(few, colors, strict=True)],
            "line": {"color": [ACCENT if kind == "usual" else color for kind, color in zip(kinds, colors, strict=True)], "width": 1.5},
        },
        customdata=data["unit_code"].tolist(),
        unselected=UNSELECTED,
    )  # fmt: skip


def _description(title: str, data: pd.DataFrame) -> str:
    """Describe the funnel in words: who differs, and how many do not."""
    told = [
        f"{FUNNELS[kind]}: " + ", ".join(f"{row.name} {row.text}" for row in rows.itertuples(index=False))
        for kind, rows in data[["name", "text", "funnel"]].groupby("funnel", sort=False)
        if kind in ("better", "worse")
    ]
    rest = len(data) - int(data["funnel"].isin(["better", "worse"]).sum())
    return f"{title}. {'; '.join([*told, f'{rest} đơn vị không khác bình quân quá mức may rủi'])}."
