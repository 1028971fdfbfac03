"""The change of every unit between two periods."""

import pandas as pd
import plotly.graph_objects as go

from charts import (
    BETTER,
    MUTED,
    NARROW,
    PAPER,
    STATUS,
    TRACK,
    UNSELECTED,
    WORSE,
    base_figure,
    extreme,
    flags,
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
from words import vietnamese

ROW = 42  # pixels: two lines of text
WORDS = {True: ("tốt lên", BETTER), False: ("kém đi", WORSE), None: ("không đổi", MUTED)}


@remembered
def movement(
    data: pd.DataFrame,
    *,
    title: str,
    simulated: bool = False,
    before_title: str = "Kỳ trước",
    after_title: str = "Kỳ này",
    measure: str = "%",
    highlight: str | None = None,
    note: str = "",
    width: int = NARROW,
) -> go.Figure:
    """Draw a line from before to after, the best improvement on top; a click gives unit_code.

    data: unit_code, name, before, after, change (after - before, or empty), better (true, false; empty: unchanged),
    before_text, after_text, change_text (formatted). measure is the unit of before and after. A change that rounds to
    zero in the displayed digits counts as unchanged.
    """
    if data["change"].isna().all():
        said = STATUS["missing"].word if data.empty else "Không so sánh được"
        return nothing_figure(title, simulated=simulated, note=note, width=width, said=said)
    data = _ordered(data.assign(better=_better(data, measure)))
    verdicts = _verdicts(data)
    labels = rows_of(words(data["name"]), width)
    sides = [_side(text, verdict) for text, verdict in zip(words(data["change_text"]), verdicts, strict=True)]
    figure = base_figure(
        title,
        simulated=simulated,
        alt=_description(title, data, before_title, after_title),
        width=width,
        plot_height=labels.height(ROW) * len(data),
        left=labels.width,
        right=_side_width(data),
        key=[
            ("○", MUTED, before_title),
            ("●", BETTER, f"{after_title}, tốt lên"),
            ("●", WORSE, f"{after_title}, kém đi"),
        ],
        top=24,
        note=note,
    )
    before, after = numbers(data["before"]), numbers(data["after"])
    known = [value for value in before + after if value is not None] or [0, 1]
    pad = max((max(known) - min(known)) * 0.06, 1e-6)
    low, high = min(known) - pad, max(known) + pad
    colors = [MUTED if verdict is None else verdict[1] for verdict in verdicts]
    _add_lines(figure, before, after, colors)
    _add_points(figure, data, before, after, colors)
    figure.add_trace(side_texts(sides, high))
    figure.update_xaxes(
        range=[low, high],
        side="top",
        nticks=4,
        showgrid=True,
        gridcolor=TRACK,
        tickformat=",~f",
        ticksuffix="\u00a0%" if measure == "%" else "",
    )
    figure.update_yaxes(labels.axis([code == highlight for code in data["unit_code"]]))
    return figure


def _ordered(data: pd.DataFrame) -> pd.DataFrame:
    """Sort by improvement, best first; units without a change come last."""
    gain = [
        None if change is None else abs(change) * {True: 1, False: -1}.get(better, 0)
        for change, better in zip(numbers(data["change"]), data["better"], strict=True)
    ]
    data = data.assign(gain=pd.Series(gain, index=data.index, dtype="float64"))
    return data.sort_values("gain", ascending=False, kind="stable", na_position="last").reset_index(drop=True)


def _better(data: pd.DataFrame, measure: str) -> pd.Series:
    """`better` as True or False; None if nothing changes in the displayed digits."""
    judged = [
        None if pd.isna(better) or not vietnamese.sign(change, measure) else bool(better)
        for better, change in zip(data["better"], data["change"], strict=True)
    ]
    return pd.Series(judged, index=data.index, dtype=object)


def _verdicts(data: pd.DataFrame) -> list[tuple[str, str] | None]:
    """The word and colour of every row; None if there is no change to judge."""
    return [
        None if pd.isna(change) else WORDS[better]
        for change, better in zip(data["change"], data["better"], strict=True)
    ]


def _side(text: str, verdict: tuple[str, str] | None) -> str:
    """The text beside a row: the change and its word."""
    if verdict is None:
        return tinted("\u00a0Không so sánh<br>\u00a0được", MUTED)
    return tinted(f"\u00a0<b>{safe(text)}</b><br>\u00a0{verdict[0]}", verdict[1])


def _side_width(data: pd.DataFrame) -> float:
    """The width of the texts beside the rows, in pixels."""
    texts = words(data["change_text"]) + ["không đổi"]
    if data["change"].isna().any():
        texts.append("Không so sánh")
    return widest(texts) + 12


def _add_lines(figure: go.Figure, before: list, after: list, colors: list[str]) -> None:
    """Draw the lines between before and after; one trace per colour keeps the figure small."""
    for color in sorted(set(colors)):
        x, y = [], []
        for row, (start, end) in enumerate(zip(before, after, strict=True)):
            if colors[row] == color and start is not None and end is not None:
                x += [start, end, None]
                y += [row, row, None]
        figure.add_scatter(x=x, y=y, mode="lines", hoverinfo="skip", line={"color": color, "width": 4})


def _add_points(figure: go.Figure, data: pd.DataFrame, before: list, after: list, colors: list[str]) -> None:
    """Draw before as hollow and after as filled points; both have the same hover text."""
    columns = (words(data[name]) for name in ("name", "before_text", "after_text", "change_text"))
    hovers = [
        f"<b>{safe(name)}</b><br>{safe(start)} → {safe(end)}<br>{safe(change)}"
        for name, start, end, change in zip(*columns, strict=True)
    ]
    codes, rows = data["unit_code"].tolist(), list(range(len(data)))
    hollow = {"size": 12, "color": PAPER, "line": {"color": MUTED, "width": 2.5}}
    for values, marker in ((before, hollow), (after, {"size": 14, "color": colors})):
        figure.add_scatter(
            x=values,
            y=rows,
            mode="markers",
            marker=marker,
            hovertext=hovers,
            hoverinfo="text",
            customdata=codes,
            cliponaxis=False,
            unselected=UNSELECTED,
        )


def _description(title: str, data: pd.DataFrame, before_title: str, after_title: str) -> str:
    """Describe the changes in words: number of better and worse units, the extremes."""
    better = data["better"].tolist()
    names, texts = words(data["name"]), words(data["change_text"])
    # A share of a few moves by chance: it is counted, not named.
    few = flags(data["low_volume"]) if "low_volume" in data else [False] * len(data)
    named = [None if small else way for way, small in zip(better, few, strict=True)]
    sentence = f"{title}. {after_title} so với {before_title}: {better.count(True)} đơn vị tốt lên, "
    sentence += f"{better.count(False)} đơn vị kém đi"
    if True in named:
        first = named.index(True)
        sentence += f"; tiến bộ nhất {extreme(names, texts, first)}"
    if False in named:
        last = len(named) - 1 - named[::-1].index(False)
        sentence += f"; giảm sút nhất {extreme(names, texts, last)}"
    return sentence + "."
