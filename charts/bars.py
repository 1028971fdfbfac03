"""Units in order, best first, as horizontal bars from zero with values."""

import pandas as pd
import plotly.graph_objects as go

from charts import (
    ACCENT,
    INK,
    LOW,
    LOW_NOTE,
    MUTED,
    NARROW,
    PAPER,
    REST,
    SMALL,
    STATUS,
    TRACK,
    UNSELECTED,
    base_figure,
    flags,
    hovers,
    marks,
    nothing_figure,
    numbers,
    remembered,
    rows_of,
    safe,
    scarce,
    shared_target,
    side_texts,
    spans,
    status_key,
    statuses,
    targets,
    tinted,
    widest,
    words,
)

ROW = 30  # pixels
BAR, TICK = 0.72, 0.9  # fraction of a row: the height of a bar, and of the target mark across it


@remembered
def ranked_bars(
    data: pd.DataFrame,
    *,
    title: str,
    simulated: bool = False,
    highlight: str | None = None,
    ranges: pd.DataFrame | None = None,
    note: str = "",
    width: int = NARROW,
) -> go.Figure:
    """Draw one bar per unit, rank 1 on top, units without a value last; a click gives unit_code.

    data: unit_code, name, value, text (formatted value), status, low_volume, rank (empty: unranked); optional: target
    (in the unit of value) and target_text (formatted, such as "95 %"). If all units have the same target, one line
    shows it; otherwise each bar has its own mark. ranges: unit_code, range_text (the ranks between which a unit lies,
    shown instead of one).
    """
    if data.empty:
        return nothing_figure(title, simulated=simulated, note=note, width=width)
    data = data.assign(_absent=data["value"].isna())
    data = data.sort_values(["_absent", "rank"], kind="stable", na_position="last").reset_index(drop=True)
    values, looks, low = numbers(data["value"]), statuses(data), scarce(data)
    chosen = [code == highlight for code in data["unit_code"]]
    goals, line = targets(data), shared_target(data)
    ticks = [] if line or data["value"].isna().all() else [row for row, goal in enumerate(goals) if goal is not None]
    # A part of the whole has no place.
    data["rank"] = data["rank"].where([look is not STATUS["partial"] for look in looks])
    labels = rows_of(words(data["name"]), width, _ranks(data, ranges))
    figure = base_figure(
        title,
        simulated=simulated,
        alt=_description(title, data, ticks),
        width=width,
        key=status_key(looks) + ([("|", INK, "Mục tiêu của từng đơn vị")] if ticks else []),
        plot_height=labels.height(ROW) * len(data),
        top=24 if line else 6,
        left=labels.width,
        right=widest(f"  {text}{LOW} ✓" for text in words(data["text"])) + 4,
        note=" ".join(filter(None, [LOW_NOTE if any(low) else "", note])),
    )
    known = [value for value in values if value is not None]
    end = max([*known, *(goal for goal in goals if goal is not None), 0]) or 1
    end *= 1.03 if ticks else 1  # space between the farthest mark and the texts
    figure.add_bar(
        orientation="h",
        x=values,
        y=list(range(len(data))),
        width=BAR,
        marker={
            "color": [ACCENT if pick else REST for pick in chosen],
            "pattern": {"shape": ["/" if few else "" for few in low], "fgcolor": TRACK, "size": 7},
        },
        hovertext=_hovers(data, ticks),
        hoverinfo="text",
        customdata=data["unit_code"].tolist(),
        unselected=UNSELECTED,
    )
    figure.add_trace(side_texts(_sides(data, looks, low, chosen), end))
    _add_absent(figure, values, looks)
    if line:
        _add_target(figure, *line, end, len(data))
    _add_ticks(figure, {row: goals[row] for row in ticks})
    figure.update_xaxes(range=[min([0] + known), end], visible=False)
    figure.update_yaxes(labels.axis(chosen))
    return figure


def _sides(data: pd.DataFrame, looks: list, low: list[bool], chosen: list[bool]) -> list[str]:
    """The text beside each bar: value and mark."""
    signs = [tinted(mark, look.color, bold=True) for mark, look in zip(marks(looks), looks, strict=True)]
    sides = []
    rows = zip(data["value"], words(data["text"]), signs, low, chosen, strict=True)
    for value, text, sign, few, pick in rows:
        shown = safe(text) + (LOW if few else "")
        shown = tinted(shown, ACCENT, bold=True) if pick else shown
        sides.append("" if pd.isna(value) else f"\u00a0{shown} {sign}")
    return sides


def _add_absent(figure: go.Figure, values: list, looks: list) -> None:
    """Write “no data” or “not enough data” beside rows without a value: an empty row would look like zero."""
    rows = [row for row, value in enumerate(values) if value is None]
    figure.add_scatter(
        x=[0] * len(rows),
        y=rows,
        mode="text",
        text=[looks[row].word if looks[row] is STATUS["partial"] else STATUS["missing"].word for row in rows],
        textposition="middle right",
        textfont={"size": SMALL, "color": MUTED},
        hoverinfo="skip",
        cliponaxis=False,  # longer than a short axis on a phone
    )


def _add_target(figure: go.Figure, target: float, text: str, end: float, rows: int) -> None:
    """Draw the target as a line across all rows, with its label on the side with more space."""
    figure.add_shape(
        type="line",
        x0=target,
        x1=target,
        y0=-0.5,
        y1=rows - 0.5,
        line={"color": INK, "width": 2, "dash": "dash"},
    )
    figure.add_annotation(
        x=target,
        y=1,
        yref="paper",
        yanchor="bottom",
        yshift=2,
        xanchor="right" if target > end / 2 else "left",
        text=f"Mục tiêu {safe(text)}".strip(),
    )


def _add_ticks(figure: go.Figure, goals: dict[int, float]) -> None:
    """Draw targets as a mark across each bar, with a light edge so that the mark is visible on every colour."""
    x, y = [], []
    for row, goal in goals.items():
        x += [goal, goal, None]
        y += [row - TICK / 2, row + TICK / 2, None]
    for color, thick in ((PAPER, 7), (INK, 3)) if goals else ():
        figure.add_scatter(
            x=x, y=y, mode="lines", line={"color": color, "width": thick}, hoverinfo="skip", cliponaxis=False
        )


def _hovers(data: pd.DataFrame, ticks: list[int]) -> list[str]:
    """The hover text of every row, with its own target if it has one."""
    texts = hovers(data)
    for row in ticks:
        texts[row] += f" · mục tiêu {safe(data['target_text'][row])}"
    return texts


def _ranks(data: pd.DataFrame, ranges: pd.DataFrame | None) -> list[float | str | None]:
    """The rank before each name: a range where luck alone could give another rank."""
    told, ranked = spans(ranges), zip(data["unit_code"], numbers(data["rank"]), strict=True)
    return [rank if rank is None else told.get(unit) or rank for unit, rank in ranked]


def _description(title: str, data: pd.DataFrame, ticks: list[int]) -> str:
    """Describe the chart in words: number of units, first and last in the ranking, targets."""
    ranked = data.loc[[not few for few in flags(data["low_volume"])]].dropna(subset=["value", "rank"])
    absent = int(data["value"].isna().sum())
    sentence = f"{title}. Xếp thứ tự {len(data)} đơn vị"
    if not ranked.empty:
        names, texts = words(ranked["name"]), words(ranked["text"])
        sentence += f": trên cùng {names[0]} {texts[0]}, dưới cùng {names[-1]} {texts[-1]}"
    if absent:
        sentence += f"; {absent} đơn vị không có số liệu"
    if line := shared_target(data):
        sentence += f"; mục tiêu {line[1]}"
    elif ticks:
        own = [f"{name} {text}" for name, text in zip(words(data["name"]), words(data["target_text"]), strict=True)]
        sentence += f"; mục tiêu của từng đơn vị: {', '.join(own[row] for row in ticks)}"
    return sentence + "."
