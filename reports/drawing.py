"""Charts of a playlist for print: drawn by matplotlib at print resolution, black on white."""

from __future__ import annotations

import io
import textwrap

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from charts import (
    ACCENT,
    INK,
    MUTED,
    PAPER,
    REST,
    SIMULATED,
    happened,
    numbered_events,
    shared_target,
    targets,
    told_events,
)
from reports.playlist import Picture
from words import vietnamese
from words.escape import printable

DPI = 300
WIDTH = 15.6  # cm: slightly less than the text width of an A4 page with the margins of NĐ 30/2020
_INCH = 2.54
_SIZE = 9  # points
# Shipped with matplotlib, so the picture is the same on every machine; it has all Vietnamese letters.
_FONT = "DejaVu Sans"


def draw(picture: Picture) -> bytes:
    """A chart as PNG, 15.6 cm wide at 300 dpi; it contains MÔ PHỎNG if its data is simulated."""
    rows = len(picture.data)
    height = 6.5 + 0.36 * len(_said(picture)) if picture.form == "line" else 1.6 + 0.62 * rows
    figure = Figure(figsize=(WIDTH / _INCH, height / _INCH), dpi=DPI)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, labelsize=_SIZE, labelcolor=INK, labelfontfamily=_FONT)
    (_line if picture.form == "line" else _bars)(axes, picture)
    axes.set_title(
        picture.title, loc="left", fontsize=_SIZE + 1, fontweight="bold", color=INK, fontfamily=_FONT, pad=10,
        parse_math=False,
    )  # fmt: skip
    if picture.simulated:
        figure.text(0.995, 0.99, "MÔ PHỎNG", ha="right", va="top", fontsize=_SIZE, fontweight="bold", color=SIMULATED,
                    fontfamily=_FONT)  # fmt: skip
    figure.tight_layout(pad=0.6)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _bars(axes, picture: Picture) -> None:
    """Draw bars from zero, the first on top, with their values."""
    data = picture.data.reset_index(drop=True)
    values = [0 if pd.isna(value) else float(value) for value in data["value"]]
    colors = [ACCENT if code == picture.highlight else REST for code in data["unit_code"]]
    places = range(len(data))
    axes.barh(places, values, color=colors, height=0.68)
    # No math parsing: a dollar sign in a name would start a formula.
    axes.set_yticks(places, [printable(name) for name in picture.names], parse_math=False)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    goals, line = targets(data), shared_target(data)
    end = max([*values, *(goal for goal in goals if goal is not None), 1e-9])
    axes.set_xlim(0, 1.28 * end)
    for place, (value, text) in enumerate(zip(values, data["text"], strict=True)):
        axes.text(value + 0.01 * end, place, str(text), va="center", fontsize=_SIZE, color=INK, fontfamily=_FONT,
                  bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6}, zorder=3, parse_math=False)  # fmt: skip
    if line:
        axes.axvline(line[0], color=INK, linestyle="--", linewidth=1)
        axes.text(line[0], -0.75, f"Mục tiêu {line[1]}", ha="center", fontsize=_SIZE, color=MUTED,
                  fontfamily=_FONT)  # fmt: skip
        return
    own = [place for place, goal in enumerate(goals) if goal is not None]
    axes.vlines([goals[place] for place in own], [place - 0.45 for place in own], [place + 0.45 for place in own],
                color=INK, linewidth=1.6, zorder=4)  # fmt: skip
    if own:
        axes.text(end, -0.75, "Vạch đậm: mục tiêu của từng đơn vị", ha="right", fontsize=_SIZE, color=MUTED,
                  fontfamily=_FONT)  # fmt: skip


def _line(axes, picture: Picture) -> None:
    """Draw one value over periods, the last point labelled, the target dashed."""
    data = picture.data.reset_index(drop=True)
    places = list(range(len(data)))
    values = [float("nan") if pd.isna(value) else float(value) for value in data["value"]]
    axes.plot(places, values, color=ACCENT, marker="o", markersize=4, linewidth=1.8)
    step = -(-len(places) // 7) or 1
    shown = places[::-step][::-1]
    axes.set_xticks(shown, [str(data["period_title"][place]) for place in shown])
    axes.grid(axis="y", color=REST, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.yaxis.set_major_formatter(lambda value, _: vietnamese.number(value, 0 if value == int(value) else 1))
    if places:
        axes.annotate(vietnamese.quantity(values[-1], picture.measure), (places[-1], values[-1]), xytext=(6, 0),
                      textcoords="offset points", va="center", fontsize=_SIZE, color=ACCENT, fontweight="bold",
                      fontfamily=_FONT, annotation_clip=False)  # fmt: skip
        axes.margins(x=0.12)
    targets = [float("nan") if pd.isna(value) else float(value) for value in data["target"]]
    axes.plot(places, targets, color=INK, linestyle="--", linewidth=1)
    _events(axes, picture)


def _said(picture: Picture) -> list[str]:
    """The texts of the events, in lines that fit."""
    return textwrap.wrap(printable(told_events(happened(picture.data, picture.events))), 80)


def _events(axes, picture: Picture) -> None:
    """A thin line for each event with its number, and the texts under the axis."""
    marks = happened(picture.data, picture.events)
    for first, last, _ in (place for places in marks.values() for place in places):
        axes.axvspan(first, last, color=MUTED, alpha=0.15, linewidth=0)
        axes.axvline(first, color=MUTED, linestyle=":", linewidth=0.8)
    for place, said in numbered_events(marks).items():
        axes.text(place, 1.01, said, transform=axes.get_xaxis_transform(), ha="center", fontsize=_SIZE - 1, color=MUTED,
                  fontfamily=_FONT)  # fmt: skip
    if marks:
        axes.set_xlabel(
            "\n".join(_said(picture)),
            loc="left",
            fontsize=_SIZE - 1,
            color=MUTED,
            fontfamily=_FONT,
            parse_math=False,
        )
