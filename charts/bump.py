"""Ranks over the years as lines, first place on top."""

import pandas as pd
import plotly.graph_objects as go

from charts import (
    ACCENT,
    INK,
    NARROW,
    PAPER,
    REST,
    SMALL,
    TRACK,
    UNSELECTED,
    base_figure,
    nothing_figure,
    remembered,
    safe,
    stacked,
    tinted,
    widest,
    words,
    wrap,
)
from words.vietnamese import and_others, ordinal

ROW = 38  # pixels: a name of two lines
DOT = 22  # pixels: a point with its rank inside
GAP = "\u00a0" * 5  # space between a name and its point
YEAR = 38  # pixels of a year's label


@remembered
def bump(
    data: pd.DataFrame,
    *,
    title: str,
    simulated: bool = False,
    highlight: str | None = None,
    note: str = "",
    width: int = NARROW,
) -> go.Figure:
    """Draw one line per district through its ranks, named at both ends; `highlight` is a district_code.

    data: year, district_code, name, rank (1 is best, equal ranks allowed, empty: not ranked in that year).
    """
    data = _placed(data)
    if data.empty:
        return nothing_figure(title, simulated=simulated, note=note, width=width)
    years = sorted(data["year"].unique().tolist())
    names = {
        code: wrap(name, 0.23 * width) for code, name in zip(data["district_code"], words(data["name"]), strict=True)
    }
    margin = widest(line for lines in names.values() for line in lines) + DOT / 2 + 11
    tied = bool(data.duplicated(["year", "rank"]).any())
    figure = base_figure(
        title,
        simulated=simulated,
        alt=_description(title, data, years, highlight),
        width=width,
        left=margin,
        right=margin,
        plot_height=ROW * _last_place(data) + ROW,
        top=32,
        note=" ".join(filter(None, ["Các huyện đồng hạng mang cùng số." if tied else "", note])),
    )
    data = data.assign(x=data["year"].map(years.index), chosen=[code == highlight for code in data["district_code"]])
    # Draw the chosen district over the others, and all lines under all points.
    for chosen in (False, True):
        _add_lines(figure, data[data["chosen"] == chosen], chosen=chosen)
    _add_points(figure, data)
    labels = {code: stacked(lines) for code, lines in names.items()}
    _add_names(figure, data[data["x"] == 0], labels, side="left")
    _add_names(figure, data[data["x"] == len(years) - 1], labels, side="right")
    step = max(1, -(-len(years) * YEAR // max(int(width - 2 * margin + YEAR), YEAR)))
    places = list(range(len(years)))[::-1][::step]
    # Space of half a point on either side, so that points are not cut at the edge.
    figure.update_xaxes(
        side="top",
        range=[0, max(len(years) - 1, 1)],
        ticks="",
        tickmode="array",
        tickvals=places,
        ticktext=[f"{years[place]}" for place in places],
        ticklabelstandoff=10,
    )
    figure.update_yaxes(range=[_last_place(data) + 0.5, -0.5], visible=False)
    return figure


def _last_place(data: pd.DataFrame) -> int:
    """The lowest place, counted from 0."""
    return int(data["place"].max())


def _placed(data: pd.DataFrame) -> pd.DataFrame:
    """Give every row its own place from 0: districts with equal ranks are placed one under another, by name."""
    data = data.dropna(subset=["rank"]).sort_values(["year", "rank", "name"], kind="stable")
    return data.assign(place=data.groupby("year").cumcount()).reset_index(drop=True)


def _add_lines(figure: go.Figure, data: pd.DataFrame, *, chosen: bool) -> None:
    """Draw the lines of several districts as one trace; a year without a rank is a gap."""
    x, y = [], []
    for _, rows in data.groupby("district_code", sort=False):
        previous = None
        for place, level in zip(rows["x"].tolist(), rows["place"].tolist(), strict=True):
            if previous is not None and place > previous + 1:
                x.append(None)
                y.append(None)
            x.append(place)
            y.append(level)
            previous = place
        x.append(None)
        y.append(None)
    line = {"color": ACCENT, "width": 4} if chosen else {"color": REST, "width": 2}
    figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", cliponaxis=False)


def _add_points(figure: go.Figure, data: pd.DataFrame) -> None:
    """Draw all points with the rank inside; a click gives district_code."""
    chosen, ranks = data["chosen"].tolist(), [ordinal(rank) for rank in data["rank"]]
    rows = zip(words(data["name"]), data["year"].tolist(), ranks, strict=True)
    figure.add_scatter(
        x=data["x"].tolist(),
        y=data["place"].tolist(),
        mode="markers+text",
        cliponaxis=False,
        marker={"size": DOT, "color": [ACCENT if pick else TRACK for pick in chosen]},
        text=[f"<b>{rank}</b>" if pick else rank for rank, pick in zip(ranks, chosen, strict=True)],
        textfont={"size": SMALL, "color": [PAPER if pick else INK for pick in chosen]},
        hovertext=[f"<b>{safe(name)}</b><br>Năm {year}: hạng {rank}" for name, year, rank in rows],
        hoverinfo="text",
        customdata=data["district_code"].tolist(),
        unselected=UNSELECTED,
    )


def _add_names(figure: go.Figure, data: pd.DataFrame, labels: dict[str, str], *, side: str) -> None:
    """Write the names beside the points of the first or the last year."""
    texts = []
    for code, pick in zip(data["district_code"], data["chosen"], strict=True):
        lines = labels[code].split("<br>")
        lines = [f"{line}{GAP}" if side == "left" else f"{GAP}{line}" for line in lines]
        texts.append(tinted("<br>".join(lines), ACCENT, bold=True) if pick else "<br>".join(lines))
    figure.add_scatter(
        x=data["x"].tolist(),
        y=data["place"].tolist(),
        mode="text",
        text=texts,
        textposition=f"middle {side}",
        textfont={"size": SMALL, "color": INK},
        hoverinfo="skip",
        cliponaxis=False,
    )


def _description(title: str, data: pd.DataFrame, years: list, highlight: str | None) -> str:
    """Describe the ranks in words: first and last of the last year, ranks of the chosen district."""
    last = data[data["year"] == years[-1]]
    sentence = f"{title}. Thứ hạng {data['district_code'].nunique()} huyện, {years[0]}–{years[-1]}"
    ranks = last["rank"].tolist()
    first, end = (and_others(last["name"].iloc[at], ranks.count(ranks[at]) - 1, "huyện") for at in (0, -1))
    sentence += f"; năm {years[-1]} đứng đầu {first}, cuối {end}"
    chosen = data[data["district_code"] == highlight]
    if not chosen.empty:
        pairs = zip(chosen["year"], chosen["rank"], strict=True)
        way = ", ".join(f"{year} hạng {ordinal(rank)}" for year, rank in pairs)
        sentence += f"; {chosen['name'].iloc[0]}: {way}"
    return sentence + "."
