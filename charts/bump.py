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
    base_figure,
    safe,
    text_width,
    tinted,
    words,
)

ROW = 34  # pixels
YEAR = 42  # pixels of a year's label


def bump(
    data: pd.DataFrame, *, title: str, simulated: bool = False, highlight: str | None = None, note: str = "",
    width: int = NARROW,
) -> go.Figure:
    """Draw one line a district through its ranks, named at both ends; `highlight` is a district_code.

    data: year, district_code, name, rank (1 best, equal ranks allowed, empty: not ranked that year).
    """
    data = _placed(data)
    years = sorted(data["year"].unique().tolist())
    margin = max((text_width(f"{name} 10") for name in words(data["name"])), default=0) + 20
    tied = bool(data.duplicated(["year", "rank"]).any())
    figure = base_figure(
        title, simulated=simulated, alt=_description(title, data, years, highlight), width=width, left=margin,
        right=margin, plot_height=ROW * int(data["place"].max() + 1 if len(data) else 1), top=28,
        note=" ".join(filter(None, ["Cùng hạng: cùng số." if tied else "", note])),
    )
    # The chosen district is drawn last, over the others.
    for code in sorted(data["district_code"].unique(), key=lambda code: (code == highlight, code)):
        rows = data[data["district_code"] == code].set_index("year").reindex(years)
        _add_district(figure, rows, years, code, chosen=code == highlight)
    step = max(1, -(-len(years) * YEAR // max(int(width - 2 * margin), YEAR)))
    figure.update_xaxes(side="top", range=[-0.08 * len(years), len(years) - 1 + 0.08 * len(years)], ticks="",
                        tickmode="array", tickvals=list(range(len(years)))[::-1][::step],
                        ticktext=[str(year) for year in years[::-1][::step]])
    figure.update_yaxes(range=[data["place"].max() + 0.5 if len(data) else 0.5, -0.5], visible=False)
    return figure


def _placed(data: pd.DataFrame) -> pd.DataFrame:
    """Give every row a place of its own from 0: equal ranks stand under one another, by name."""
    data = data.dropna(subset=["rank"]).sort_values(["year", "rank", "name"], kind="stable").reset_index(drop=True)
    return data.assign(place=data.groupby("year").cumcount())


def _add_district(figure: go.Figure, rows: pd.DataFrame, years: list, code: str, *, chosen: bool) -> None:
    """Draw one district: its line, its points, its name where the line starts and ends."""
    places = [None if pd.isna(place) else float(place) for place in rows["place"]]
    ranks = ["" if pd.isna(rank) else f"{rank:.0f}" for rank in rows["rank"]]
    name = rows["name"].dropna().iloc[0]
    figure.add_scatter(
        x=list(range(len(years))), y=places, mode="lines+markers+text" if chosen else "lines+markers",
        line={"color": ACCENT if chosen else REST, "width": 4 if chosen else 2},
        marker={"size": 24 if chosen else 9, "color": ACCENT if chosen else REST, "opacity": 1},
        text=[f"<b>{rank}</b>" for rank in ranks], textfont={"size": SMALL, "color": PAPER}, cliponaxis=False,
        hovertext=[f"<b>{safe(name)}</b><br>Năm {year}: hạng {rank}" for year, rank in zip(years, ranks, strict=True)],
        hoverinfo="text", customdata=[code] * len(years), unselected={"marker": {"opacity": 1}},
    )
    color, label = (ACCENT if chosen else INK), safe(name)
    for place, side, text in ((0, "right", f"{label} {ranks[0]}"), (-1, "left", f"{ranks[-1]} {label}")):
        if places[place] is not None:
            figure.add_annotation(x=range(len(years))[place], y=places[place], xanchor=side,
                                  xshift=-16 if side == "right" else 16, text=tinted(text, color, bold=chosen))


def _description(title: str, data: pd.DataFrame, years: list, highlight: str | None) -> str:
    """Describe the ranks in words: first and last of the last year, the way of the chosen district."""
    if data.empty:
        return f"{title}. Không có số liệu."
    last = data[data["year"] == years[-1]]
    sentence = f"{title}. Thứ hạng {data['district_code'].nunique()} huyện, {years[0]}–{years[-1]}; năm {years[-1]} "
    sentence += f"đứng đầu {last['name'].iloc[0]}, cuối {last['name'].iloc[-1]}"
    chosen = data[data["district_code"] == highlight]
    if not chosen.empty:
        way = ", ".join(f"{year} hạng {rank:.0f}" for year, rank in zip(chosen["year"], chosen["rank"], strict=True))
        sentence += f"; {chosen['name'].iloc[0]}: {way}"
    return sentence + "."
