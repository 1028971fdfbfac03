"""One value over periods, with its target and a reference, labelled at the ends of the lines."""

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
    TRACK,
    UNSELECTED,
    WORSE,
    Happened,
    base_figure,
    extreme,
    flags,
    happened,
    nothing_figure,
    numbered_events,
    numbers,
    remembered,
    safe,
    stacked,
    text_width,
    tinted,
    told_events,
    widest,
    words,
    wrap,
)
from words import vietnamese
from words.sentences import VARIATIONS

HEIGHT = 270  # pixels
LINE = 17  # pixels of a line of label text
LABEL = 90  # pixels of a label at the end of a line before it is wrapped
TICK = 62  # pixels of a period's name


@remembered
def trend(
    data: pd.DataFrame,
    *,
    title: str,
    simulated: bool = False,
    measure: str = "%",
    name: str = "",
    reference_name: str = "",
    note: str = "",
    events: pd.DataFrame | None = None,
    width: int = NARROW,
) -> go.Figure:
    """Draw the line of `value`: a gap for a missing value, a hollow last point if the period is partial.

    data, in order of time: period_title, value, text (formatted value), target (or empty), is_partial; optional:
    reference (a second series), code (returned by a click on a point); centre, lower_limit, upper_limit (what is usual,
    drawn as a band) and variation (better, worse, up, down: a point that differs from it). measure is the unit of all.
    events: what may explain a change; period_code and until_code (of data's period_code, or else its code), event_text,
    when_text. Each is a numbered mark, with its text under the chart.
    """
    if data["value"].isna().all():
        return nothing_figure(title, simulated=simulated, note=note, width=width)
    data = data.reset_index(drop=True)
    marks = happened(data, events)
    note = " ".join(filter(None, [note, told_events(marks)]))
    values, targets = numbers(data["value"]), numbers(data["target"])
    references = numbers(data["reference"]) if "reference" in data else [None] * len(data)
    limits = {name: numbers(data[name]) for name in ("lower_limit", "centre", "upper_limit") if name in data}
    low, high = _span(values + targets + references + [level for each in limits.values() for level in each], measure)
    ends = _ends(data, values, targets, references, measure, name, reference_name)
    centre = limits.get("centre", [])
    if known := [place for place, level in enumerate(centre) if level is not None]:
        usual = centre[known[-1]]
        # The last month may not be over; before that, it ends with a split or with the data.
        until = [] if known[-1] >= len(data) - 2 else [f"đến {words(data['period_title'])[known[-1]]}"]
        label = ["Mức thường", *until, vietnamese.quantity(usual, measure)]
        ends = sorted([*ends, (usual, label, MUTED)], key=lambda end: end[0])
    left = _tick_width(low, high, measure)
    right = widest(line for _, lines, _ in ends for line in lines) + 18
    ticks = _ticks(words(data["period_title"]), width - left - right)
    figure = base_figure(
        title,
        simulated=simulated,
        alt=" ".join(filter(None, [_description(title, data, measure), told_events(marks)])),
        plot_height=HEIGHT,
        left=left,
        right=right,
        bottom=LINE * max((len(lines) for _, lines in ticks), default=1) + 14,
        note=note,
        width=width,
        top=12 + (LINE if marks else 0),
    )
    _add_events(figure, marks)
    _add_limits(figure, limits)
    _add_target(figure, targets)
    figure.add_scatter(
        x=list(range(len(data))),
        y=references,
        mode="lines",
        hoverinfo="skip",
        line={"color": MUTED, "width": 2},
    )
    _add_values(figure, data, values)
    for level, (_, lines, color) in zip(_apart(ends, low, high), ends, strict=True):
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="left",
            xshift=10,
            y=level,
            yanchor="middle",
            text=tinted(stacked(lines), color, bold=color == ACCENT),
        )
    figure.update_xaxes(
        range=[-0.3, max(len(data) - 0.7, 0.7)],
        tickmode="array",
        ticks="outside",
        tickvals=[place for place, _ in ticks],
        ticktext=[stacked(lines) for _, lines in ticks],
    )
    figure.update_yaxes(
        range=[low, high],
        nticks=5,
        showgrid=True,
        gridcolor=TRACK,
        ticksuffix="\u00a0%" if measure == "%" else "",
        tickformat=",~f",
    )
    return figure


def _span(values: list, measure: str) -> tuple[float, float]:
    """The range of the axis: space around the values, at least 4 units for percentages."""
    known = [value for value in values if value is not None] or [0, 1]
    low, high = min(known), max(known)
    pad = max((high - low) * 0.15, 2 if measure == "%" else abs(high) * 0.02, 1e-6)
    low = max(low - pad, 0) if low >= 0 else low - pad
    # A line at 100 % needs some space above it, otherwise half of its width is cut off.
    return low, min(high + pad, 100.6) if measure == "%" and high <= 100 else high + pad


def _tick_width(low: float, high: float, measure: str) -> float:
    """The width of the numbers beside the axis, in pixels."""
    suffix = "\u00a0%" if measure == "%" else ""
    decimals = 1 if high - low < 8 else 0
    return max(text_width(vietnamese.number(edge, decimals) + suffix) for edge in (low, high)) + 8


def _ticks(titles: list[str], room: float) -> list[tuple[int, list[str]]]:
    """The names of as many periods as fit, counted back from the last, which is always named."""
    step = max(1, -(-len(titles) // max(2, round(room / TICK))))
    places = range(len(titles) - 1, -1, -step)
    return [(place, wrap(titles[place], TICK)) for place in sorted(places)]


def _last(values: list) -> float | None:
    """The last value that is not missing."""
    return next((value for value in reversed(values) if value is not None), None)


def _ends(data, values, targets, references, measure, name, reference_name) -> list[tuple[float, list, str]]:
    """The labels at the ends of the lines: (level, lines, colour)."""
    ends = []
    if _last(values) is not None:
        row = max(place for place, value in enumerate(values) if value is not None)
        lines = (wrap(name, LABEL) if name else []) + [words(data["text"])[row]]
        if flags(data["is_partial"])[row]:
            lines += ["chưa hết kỳ"]
        ends.append((values[row], lines, ACCENT))
    for series, title, color in ((references, reference_name, MUTED), (targets, "Mục tiêu", INK)):
        level = _last(series)
        if level is not None:
            lines = wrap(title, LABEL) if title else []
            ends.append((level, lines + [vietnamese.quantity(level, measure)], color))
    return sorted(ends, key=lambda end: end[0])


def _apart(ends: list, low: float, high: float) -> list[float]:
    """Move labels apart as little as possible, so that none overlap and none leaves the plot."""
    heights = [LINE * len(lines) + 4 for _, lines, _ in ends]
    below = [sum(heights[:place]) for place in range(len(heights))]  # pixels of the labels below each label
    groups = []  # labels that touch move together: [sum of wanted positions, labels]
    for place, (level, _, _) in enumerate(ends):
        groups.append([(level - low) / (high - low) * HEIGHT - heights[place] / 2 - below[place], 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, count = groups.pop()
            groups[-1] = [groups[-1][0] + total, groups[-1][1] + count]
    starts = [total / count for total, count in groups for _ in range(count)]
    room = max(HEIGHT + 8 - sum(heights), 0)
    return [
        low + (min(max(start, 0), room) + under + height / 2) / HEIGHT * (high - low)
        for start, under, height in zip(starts, below, heights, strict=True)
    ]


def _add_events(figure: go.Figure, marks: Happened) -> None:
    """A thin line for each event with its number above the plot, wider where it took several periods."""
    for first, last, _ in (place for places in marks.values() for place in places):
        figure.add_shape(
            type="rect" if last > first else "line",
            x0=first,
            x1=last,
            y0=0,
            y1=1,
            yref="paper",
            layer="below",
            line={"color": MUTED, "width": 1, "dash": "dot"},
            fillcolor=TRACK if last > first else None,
        )
    for place, said in numbered_events(marks).items():
        figure.add_annotation(x=place, y=1, yref="paper", yanchor="bottom", text=tinted(said, MUTED))


def _add_limits(figure: go.Figure, limits: dict[str, list]) -> None:
    """Draw what is usual as a band with its centre; it steps where the baseline is a new one."""
    if _last(limits.get("centre", [])) is None:
        return
    places = list(range(len(limits["centre"])))
    for name, look in (
        ("lower_limit", {"line": {"width": 0}}),
        ("upper_limit", {"line": {"width": 0}, "fill": "tonexty", "fillcolor": BAND}),
        ("centre", {"line": {"color": MUTED, "width": 1, "dash": "dot"}}),
    ):
        look["line"]["shape"] = "hvh"
        figure.add_scatter(x=places, y=limits[name], mode="lines", hoverinfo="skip", **look)


# A point that differs from what is usual: its form and colour, for those who do not see the colour.
_DIFFERENT = {
    "better": ("triangle-up", BETTER),
    "worse": ("triangle-down", WORSE),
    "up": ("triangle-up", INK),
    "down": ("triangle-down", INK),
}


def _add_target(figure: go.Figure, targets: list) -> None:
    """Draw the target as dashed steps, because it holds for a whole period."""
    if _last(targets) is not None:
        figure.add_scatter(
            x=list(range(len(targets))),
            y=targets,
            mode="lines",
            hoverinfo="skip",
            line={"color": INK, "width": 2, "dash": "dash", "shape": "hvh"},
        )


def _add_values(figure: go.Figure, data: pd.DataFrame, values: list) -> None:
    """Draw the line and its points; the line to a partial period is dotted and its point hollow."""
    partial, titles = flags(data["is_partial"]), words(data["period_title"])
    places = list(range(len(data)))
    whole = [None if part else value for value, part in zip(values, partial, strict=True)]
    figure.add_scatter(x=places, y=whole, mode="lines", hoverinfo="skip", line={"color": ACCENT, "width": 3})
    if partial and partial[-1]:
        figure.add_scatter(
            x=places[-2:],
            y=values[-2:],
            mode="lines",
            hoverinfo="skip",
            line={"color": ACCENT, "width": 3, "dash": "dot"},
        )
    different = words(data["variation"]) if "variation" in data else [""] * len(data)
    looks = [_DIFFERENT.get(kind, ("circle", ACCENT)) for kind in different]
    figure.add_scatter(
        x=places,
        y=values,
        mode="markers",
        cliponaxis=False,
        hoverinfo="text",
        marker={
            "size": [9 if form == "circle" else 13 for form, _ in looks],
            "symbol": [form for form, _ in looks],
            "color": [PAPER if part else color for part, (_, color) in zip(partial, looks, strict=True)],
            "line": {"color": [color for _, color in looks], "width": 2.5},
        },
        hovertext=[
            f"<b>{safe(title)}</b><br>{safe(text)}{' · chưa hết kỳ' if part else ''}{_different(kind)}"
            for title, text, part, kind in zip(titles, words(data["text"]), partial, different, strict=True)
        ],
        customdata=data["code"].tolist() if "code" in data else None,
        unselected=UNSELECTED,
    )


def _different(kind: str) -> str:
    return f" · {VARIATIONS[kind]}" if kind in VARIATIONS else ""


def _description(title: str, data: pd.DataFrame, measure: str) -> str:
    """Describe the line in words: first and last, highest and lowest value, target."""
    known = data.dropna(subset=["value"]).reset_index(drop=True)
    if known.empty:
        return f"{title}. Không có số liệu."
    titles, texts, values = words(known["period_title"]), words(known["text"]), numbers(known["value"])
    top, end = values.index(max(values)), values.index(min(values))
    target = _last(numbers(data["target"]))
    sentence = f"{title}. Từ {titles[0]} ({texts[0]}) đến {titles[-1]} ({texts[-1]}"
    sentence += ", chưa hết kỳ)" if flags(known["is_partial"])[-1] else ")"
    if "variation" in known:
        marked = [
            f"{title} {VARIATIONS[kind]}"
            for title, kind in zip(titles, words(known["variation"]), strict=True)
            if kind in _DIFFERENT
        ]
        sentence += f"; khác mức thường: {', '.join(marked)}" if marked else ""
    sentence += f"; cao nhất {extreme(titles, texts, top, 'kỳ')}, thấp nhất {extreme(titles, texts, end, 'kỳ')}"
    return sentence + (f"; mục tiêu {vietnamese.quantity(target, measure)}." if target is not None else ".")
