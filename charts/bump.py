"""Ranks over the years, the first place on top."""

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
    base_figure,
    numbers,
    safe,
    stacked,
    tinted,
    widest,
    words,
    wrap,
)

ROW = 38  # pixels: a name of two lines
DOT = 22  # pixels: a point that holds its rank
YEAR = 40  # pixels of a year's label


def bump(
    data: pd.DataFrame,
    *,
    title: str,
    simulated: bool = False,
    highlight: str | None = None,
    note: str = "",
    width: int = NARROW,
) -> go.Figure:
    """Draw one line a district through its ranks, named at both ends; `highlight` is a district_code.

    data: year, district_code, name, rank (1 best, equal ranks allowed, empty: not ranked that year).
    """
    data = _placed(data)
    years = sorted(data["year"].unique().tolist())
    names = {
        code: wrap(name, 0.23 * width)
        for code, name in zip(data["district_code"], words(data["name"]), strict=True)
    }
    margin = widest(line for lines in names.values() for line in lines) + DOT / 2 + 9
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
    # The chosen district is drawn last, over the others; all lines lie under all points.
    codes = sorted(names, key=lambda code: (code == highlight, code))
    rows = {code: data[data["district_code"] == code].set_index("year").reindex(years) for code in codes}
    for code in codes:
        _add_line(figure, rows[code], chosen=code == highlight)
    for code in codes:
        _add_points(figure, rows[code], code, chosen=code == highlight)
        _add_names(figure, rows[code], stacked(names[code]), chosen=code == highlight)
    step = max(1, -(-len(years) * YEAR // max(int(width - 2 * margin + YEAR), YEAR)))
    places = list(range(len(years)))[::-1][::step]
    # Half a point of air on either side, at every width: the points are not cut at the edge.
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
    """Give the lowest place there is, from 0."""
    return 0 if data.empty else int(data["place"].max())


def _placed(data: pd.DataFrame) -> pd.DataFrame:
    """Give every row a place of its own from 0: equal ranks stand under one another, by name."""
    data = data.dropna(subset=["rank"]).sort_values(["year", "rank", "name"], kind="stable")
    return data.assign(place=data.groupby("year").cumcount()).reset_index(drop=True)


def _add_line(figure: go.Figure, rows: pd.DataFrame, *, chosen: bool) -> None:
    """Draw the way of one district; a year without a rank is a gap."""
    line = {"color": ACCENT, "width": 4} if chosen else {"color": REST, "width": 2}
    figure.add_scatter(
        x=list(range(len(rows))),
        y=numbers(rows["place"]),
        mode="lines",
        line=line,
        hoverinfo="skip",
        cliponaxis=False,
    )


def _add_points(figure: go.Figure, rows: pd.DataFrame, code: str, *, chosen: bool) -> None:
    """Draw the points of one district with the rank in each."""
    ranks = ["" if pd.isna(rank) else f"{rank:.0f}" for rank in rows["rank"]]
    name = safe(rows["name"].dropna().iloc[0])
    figure.add_scatter(
        x=list(range(len(rows))),
        y=numbers(rows["place"]),
        mode="markers+text",
        cliponaxis=False,
        marker={"size": DOT, "color": ACCENT if chosen else TRACK, "opacity": 1},
        text=[f"<b>{rank}</b>" if chosen else rank for rank in ranks],
        textfont={"size": SMALL, "color": PAPER if chosen else INK},
        hovertext=[
            f"<b>{name}</b><br>Năm {year}: hạng {rank}" for year, rank in zip(rows.index, ranks, strict=True)
        ],
        hoverinfo="text",
        customdata=[code] * len(rows),
        unselected={"marker": {"opacity": 1}},
    )


def _add_names(figure: go.Figure, rows: pd.DataFrame, label: str, *, chosen: bool) -> None:
    """Write the name before the first year and after the last, where the district is ranked."""
    places, end = numbers(rows["place"]), len(rows) - 1
    label = tinted(label, ACCENT, bold=True) if chosen else label
    for x, anchor, align, shift in ((0, "right", "right", -1), (end, "left", "left", 1)):
        if places[x] is not None:
            figure.add_annotation(
                x=x, y=places[x], xanchor=anchor, align=align, xshift=shift * (DOT / 2 + 3), text=label
            )


def _description(title: str, data: pd.DataFrame, years: list, highlight: str | None) -> str:
    """Describe the ranks in words: first and last of the last year, the way of the chosen district."""
    if data.empty:
        return f"{title}. Không có số liệu."
    last = data[data["year"] == years[-1]]
    sentence = f"{title}. Thứ hạng {data['district_code'].nunique()} huyện, {years[0]}–{years[-1]}"
    sentence += f"; năm {years[-1]} đứng đầu {last['name'].iloc[0]}, cuối {last['name'].iloc[-1]}"
    chosen = data[data["district_code"] == highlight]
    if not chosen.empty:
        pairs = zip(chosen["year"], chosen["rank"], strict=True)
        way = ", ".join(f"{year} hạng {rank:.0f}" for year, rank in pairs)
        sentence += f"; {chosen['name'].iloc[0]}: {way}"
    return sentence + "."
