"""Every kind of chart: positions, order, colours and alternative text of its figure.

The figure is checked in the form sent to the browser, so the tests see what a reader sees.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go
import pytest

from charts import (
    ACCENT,
    BETTER,
    INK,
    LOW_NOTE,
    MUTED,
    NARROW,
    PAPER,
    REST,
    SIMULATED,
    STATUS,
    TRACK,
    WORSE,
    base_figure,
)
from charts.arrivals import arrival_grid
from charts.bars import ranked_bars
from charts.bump import bump
from charts.criteria import criteria_dots
from charts.funnel import funnel
from charts.grid import indicator_grid
from charts.movement import movement
from charts.ranges import rank_ranges
from charts.sparkline import sparkline
from charts.tiles import tile_map
from charts.trend import trend

NAN = float("nan")


# ------------------------------------------------------------------------------------ what is drawn


def plain(text: str) -> str:
    """A text of a figure without tags, lines joined."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text.replace("<br>", " "))).strip()


def said(figure: go.Figure) -> str:
    """The alternative text."""
    return figure.layout.meta["alt"].replace("\u00a0", " ")


def labels(figure: go.Figure) -> list[str]:
    """The names beside the rows, from the top."""
    axis = figure.layout.yaxis
    assert list(axis.tickvals) == list(range(len(axis.ticktext)))
    assert len(axis.ticktext) == 0 or axis.range[0] > axis.range[1]  # 0 is on top
    return [plain(text) for text in axis.ticktext]


def traces(figure: go.Figure, mode: str) -> list[go.Scatter]:
    """The traces drawn as points, lines or texts."""
    return [trace for trace in figure.data if trace.type == "scatter" and trace.mode == mode]


def bars(figure: go.Figure) -> go.Bar:
    """The only trace of bars."""
    [trace] = [trace for trace in figure.data if trace.type == "bar"]
    return trace


def lines(figure: go.Figure) -> list[dict]:
    """The straight lines of the layout: their ends and style."""
    return [shape for shape in figure.to_dict()["layout"].get("shapes", []) if shape["type"] == "line"]


def notes(figure: go.Figure) -> list[str]:
    """The annotations of the figure: key, note, marks, labels of lines."""
    return [plain(annotation.text) for annotation in figure.layout.annotations]


def beside(figure: go.Figure) -> list[str]:
    """The text at the right of every row."""
    [trace] = [trace for trace in traces(figure, "text") if len(trace.text) and trace.textposition == "middle right"][
        :1
    ]
    assert list(trace.y) == list(range(len(trace.y)))
    return [plain(text) for text in trace.text]


# ------------------------------------------------------------------------------------ the rows


def units(**columns: object) -> pd.DataFrame:
    """Four units in arbitrary order, one without a value."""
    rows = {
        "unit_code": ["A", "B", "C", "D"],
        "name": ["An", "Bình", "Chi", "Dung"],
        "value": [60.0, 90.0, NAN, 75.0],
        "text": ["60,0 %", "90,0 %", "–", "75,0 %"],
        "status": ["missed", "met", "missing", "near"],
        "low_volume": [False, False, False, False],
        "rank": [3.0, 1.0, NAN, 2.0],
        "tile_row": [0, 0, 1, 1],
        "tile_col": [0, 1, 0, 1],
    }
    return pd.DataFrame(rows | columns)


def cells(**columns: object) -> pd.DataFrame:
    """Two units and two indicators."""
    rows = {
        "unit_code": ["B", "B", "A", "A"],
        "unit_name": ["Bình", "Bình", "An", "An"],
        "unit_sort": [1, 1, 2, 2],
        "unit_rank": [1.0, 1.0, 2.0, 2.0],
        "indicator_code": ["T1", "T2", "T1", "T2"],
        "short_name": ["Đúng hạn", "Sản phẩm", "Đúng hạn", "Sản phẩm"],
        "indicator_sort": [2, 1, 2, 1],
        "text": ["90,0\u00a0%", "4", "60,0\u00a0%", "–"],
        "status": ["met", "near", "missed", "missing"],
        "low_volume": [False, False, True, False],
    }
    return pd.DataFrame(rows | columns)


def moves(**columns: object) -> pd.DataFrame:
    """Units that improved, worsened, stayed, and one that cannot be compared; higher is better."""
    rows = {
        "unit_code": ["A", "B", "C", "D", "E"],
        "name": ["An", "Bình", "Chi", "Dung", "Em"],
        "before": [50.0, 80.0, 70.0, NAN, 60.0],
        "after": [49.0, 85.0, 70.04, 40.0, 55.0],
        "change": [-1.0, 5.0, 0.04, NAN, -5.0],
        "better": [False, True, True, None, False],
        "before_text": ["50 %", "80 %", "70 %", "–", "60 %"],
        "after_text": ["49 %", "85 %", "70 %", "40 %", "55 %"],
        "change_text": ["-1,0 điểm %", "+5,0 điểm %", "0,0 điểm %", "–", "-5,0 điểm %"],
    }
    return pd.DataFrame(rows | columns)


def criteria(**columns: object) -> pd.DataFrame:
    """Three criteria of an index, the second without an own score."""
    rows = {
        "short_name": ["Nhận thức", "Thể chế", "Hạ tầng"],
        "sort": [3, 1, 2],
        "own": [8.0, NAN, 10.0],
        "best": [10.0, 9.0, 10.0],
        "mean": [7.0, 6.0, 5.0],
        "maximum": [10.0, 12.0, 20.0],
        "lost": [2.0, NAN, 0.0],
        "best_name": ["Bắc Bình", "Bắc Bình", "Hàm Thuận Bắc"],
    }
    return pd.DataFrame(rows | columns)


def years(**columns: object) -> pd.DataFrame:
    """Ranks of three districts over three years: one lacks a year, two are equal in another."""
    rows = {
        "year": [2022, 2022, 2022, 2023, 2023, 2024, 2024, 2024],
        "district_code": ["1", "2", "3", "1", "2", "1", "2", "3"],
        "name": ["An", "Bình", "Chi", "An", "Bình", "An", "Bình", "Chi"],
        "rank": [2.0, 1.0, 3.0, 1.0, 2.0, 1.0, 1.0, 3.0],
    }
    return pd.DataFrame(rows | columns)


def ranges(**columns: object) -> pd.DataFrame:
    """Rank ranges: one varies, one is fixed, one has none."""
    rows = {
        "unit_code": ["A", "B", "C"],
        "name": ["An", "Bình", "Chi"],
        "place": [2.0, 1.0, NAN],
        "low": [1.0, 1.0, NAN],
        "high": [4.0, 1.0, NAN],
        "text": ["hạng 1–4", "hạng 1", "–"],
    }
    return pd.DataFrame(rows | columns)


def months(**columns: object) -> pd.DataFrame:
    """Four months: the second missing, the last unfinished; the target increases once."""
    rows = {
        "period_title": ["9/2024", "10/2024", "11/2024", "12/2024"],
        "value": [80.0, NAN, 70.0, 90.0],
        "text": ["80,0 %", "–", "70,0 %", "90,0 %"],
        "target": [90.0, 90.0, 90.0, 95.0],
        "is_partial": [False, False, False, True],
        "code": ["2024-09", "2024-10", "2024-11", "2024-12"],
    }
    return pd.DataFrame(rows | columns)


def shares(**columns) -> pd.DataFrame:
    """Four units in a funnel: one better, one worse, one of a few cases, one as usual."""
    rows = {
        "unit_code": ["a", "b", "c", "d"],
        "name": ["Ma Lâm", "Hàm Đức", "La Dạ", "Đa Mi"],
        "value": [97.0, 88.0, 80.0, 94.0],
        "text": ["97,0 %", "88,0 %", "80,0 %", "94,0 %"],
        "denominator": [900.0, 600.0, 20.0, 300.0],
        "low_volume": [False, False, True, False],
        "funnel": ["better", "worse", "usual", "usual"],
    }
    return pd.DataFrame(rows | columns)


def curve() -> pd.DataFrame:
    """The limits of a funnel at three numbers of cases."""
    return pd.DataFrame(
        {
            "denominator": [20.0, 300.0, 1000.0], "centre": [93.0, 93.0, 93.0], "lower_action": [75.0, 88.0, 90.0],
            "lower_warning": [80.0, 90.0, 91.0], "upper_warning": [100.0, 96.0, 95.0], "upper_action": [100.0, 98.0, 96.0],
        }
    )  # fmt: skip


def funnelled(data: pd.DataFrame, **more) -> go.Figure:
    return funnel(data, curve(), **more)


FORMS: dict[str, tuple[Callable[..., go.Figure], Callable[..., pd.DataFrame]]] = {
    "bars": (ranked_bars, units),
    "bump": (bump, years),
    "criteria": (criteria_dots, criteria),
    "funnel": (funnelled, shares),
    "grid": (indicator_grid, cells),
    "movement": (movement, moves),
    "ranges": (rank_ranges, ranges),
    "tiles": (tile_map, units),
    "trend": (trend, months),
}


# ------------------------------------------------------------------------------------ all forms


@pytest.mark.parametrize("form", FORMS)
def test_simulated_figures_say_so(form):
    """Simulated data is marked in the figure and in the alternative text; real data is not."""
    draw, rows = FORMS[form]
    marked = draw(rows(), title="Tên", simulated=True)
    [mark] = [note for note in marked.layout.annotations if plain(note.text) == "MÔ PHỎNG"]
    assert mark.bgcolor == SIMULATED and said(marked).startswith("Số liệu mô phỏng. Tên.")
    real = draw(rows(), title="Tên")
    assert "MÔ PHỎNG" not in notes(real) and said(real).startswith("Tên.")


@pytest.mark.parametrize("form", FORMS)
def test_a_figure_of_nothing_says_so(form):
    draw, rows = FORMS[form]
    figure = draw(rows().head(0), title="Tên", note="Ghi chú", simulated=True)
    assert notes(figure) == ["Ghi chú", "MÔ PHỎNG", "Không có số liệu"] and len(figure.data) == 0
    assert said(figure) == "Số liệu mô phỏng. Tên. Không có số liệu."
    assert not figure.layout.xaxis.visible and not figure.layout.yaxis.visible


@pytest.mark.parametrize("form", FORMS)
def test_a_figure_of_one_row(form):
    """A figure with one row is drawn, described, and has enough space."""
    draw, rows = FORMS[form]
    figure = draw(rows().head(1), title="Tên", note="Ghi chú")
    assert said(figure).startswith("Tên.") and said(figure).endswith(".")
    assert "nan" not in said(figure).lower() and "None" not in said(figure)
    assert figure.layout.height > 0 and figure.layout.meta["min_width"] >= NARROW
    assert "Ghi chú" in notes(figure) and any(len(trace.y) for trace in figure.data)
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        assert axis.range[0] != axis.range[1]


@pytest.mark.parametrize("form", FORMS)
def test_nothing_missing_is_drawn_as_a_number(form):
    draw, rows = FORMS[form]
    text = str(draw(rows(), title="Tên").to_json())
    assert "NaN" not in text and ">nan<" not in text and "None" not in text


def test_the_frame_of_a_figure():
    """Title, key and note are escaped; a wide figure has its mark in the part that is visible at first."""
    figure = base_figure("A & <b>", key=[("✓", INK, "Đạt")], note="x < y", simulated=True, alt="Nói.", plot_height=100)
    assert figure.layout.title.text == "A &amp; &lt;b&gt;"
    assert notes(figure) == ["✓ Đạt", "x &lt; y", "MÔ PHỎNG"]
    assert figure.layout.height == 100 + figure.layout.margin.t + figure.layout.margin.b
    assert said(figure) == "Số liệu mô phỏng. Nói."
    assert base_figure("T", simulated=True).layout.annotations[0].x == 1
    assert base_figure("T", simulated=True, min_width=900).layout.annotations[0].x == 0


# ------------------------------------------------------------------------------------ bars


def test_bars_begin_with_the_best_and_end_with_those_without_a_value():
    figure = ranked_bars(units(), title="Điểm")
    assert labels(figure) == ["1. Bình", "2. Dung", "3. An", "Chi"]
    drawn = bars(figure)
    assert (list(drawn.x), list(drawn.y)) == ([90.0, 75.0, 60.0, None], [0, 1, 2, 3])
    assert drawn.orientation == "h" and list(drawn.customdata) == ["B", "D", "A", "C"]
    assert beside(figure) == ["90,0 % ✓", "75,0 % ≈", "60,0 % ✗", ""]
    absent = traces(figure, "text")[1]
    assert (list(absent.y), list(absent.text)) == ([3], ["Không có số liệu"])
    assert said(figure) == (
        "Điểm. Xếp thứ tự 4 đơn vị: trên cùng Bình 90,0 %, dưới cùng An 60,0 %; 1 đơn vị không có số liệu."
    )


def test_a_part_of_the_whole_has_no_place():
    """Neither a number before its name, nor the first or last place in the description."""
    figure = ranked_bars(units(status=["missed", "partial", "missing", "near"]), title="Điểm")
    assert labels(figure) == ["Bình", "2. Dung", "3. An", "Chi"]
    assert "trên cùng Dung 75,0 %, dưới cùng An" in said(figure)
    mapped = tile_map(units(status=["missed", "partial", "missing", "near"]), title="Điểm")
    assert "cao nhất Dung 75,0 %, thấp nhất An" in said(mapped)


def test_nothing_to_compare_is_one_sentence():
    """No axis, no colours of better and worse."""
    nothing = moves(after=[NAN] * len(moves()), change=[NAN] * len(moves()))
    figure = movement(nothing, title="Thay đổi")
    assert notes(figure)[-1] == "Không so sánh được" and not figure.data


def test_bars_begin_at_zero():
    figure = ranked_bars(units(), title="Điểm")
    assert list(figure.layout.xaxis.range) == [0, 90.0] and bars(figure).base is None
    close = ranked_bars(units(value=[96.0, 97.0, 98.0, 99.0], rank=[4, 3, 2, 1]), title="Điểm")
    assert close.layout.xaxis.range[0] == 0
    below = ranked_bars(units(value=[-2.0, 3.0, NAN, 1.0]), title="Hơn kém")
    assert list(below.layout.xaxis.range) == [-2.0, 3.0]
    assert list(ranked_bars(units(value=[NAN] * 4), title="Trống").layout.xaxis.range) == [0, 1]


def test_a_chosen_bar_is_blue_and_its_name_bold():
    figure = ranked_bars(units(), title="Điểm", highlight="D")
    assert list(bars(figure).marker.color) == [REST, ACCENT, REST, REST]
    assert [("<b>" in text, ACCENT in text) for text in figure.layout.yaxis.ticktext][:2] == [
        (False, False),
        (True, True),
    ]


def test_bars_of_few_dossiers_are_hatched_and_noted():
    figure = ranked_bars(units(low_volume=[True, False, True, False]), title="Điểm")
    assert list(bars(figure).marker.pattern.shape) == ["", "", "/", ""]  # a missing value does not rest on few dossiers
    assert beside(figure)[2] == "60,0 %* ✗" and LOW_NOTE in notes(figure)
    assert "dưới cùng Dung" in said(figure)  # An has no value, so it is not called the last
    assert "60,0 % · Chưa đạt · mẫu số nhỏ" in plain(bars(figure).hovertext[2])


def test_the_colour_of_a_status_is_its_own():
    figure = ranked_bars(units(), title="Điểm")
    texts = traces(figure, "text")[0].text
    for text, status in zip(texts, ("met", "near", "missed"), strict=False):
        assert f"color:{STATUS[status].color}" in text and STATUS[status].mark in text
    assert notes(figure)[0] == "✓ Đạt ≈ Gần đạt ✗ Chưa đạt – Không có số liệu"
    assert ranked_bars(units(status="context"), title="Số hồ sơ").layout.annotations == ()


def test_units_with_one_target_share_a_line():
    figure = ranked_bars(units(target=80.0, target_text="80 %"), title="Điểm")
    [line] = lines(figure)
    assert (line["x0"], line["x1"], line["y0"], line["y1"]) == (80.0, 80.0, -0.5, 3.5)
    assert line["line"]["dash"] == "dash" and "Mục tiêu 80 %" in notes(figure)
    assert traces(figure, "lines") == [] and said(figure).endswith("; mục tiêu 80 %.")


def test_a_target_beyond_every_bar_is_inside_the_plot():
    figure = ranked_bars(units(target=120.0, target_text="120 %"), title="Điểm")
    assert list(figure.layout.xaxis.range) == [0, 120.0]


def test_units_with_targets_of_their_own_bear_their_own_marks():
    """Targets of 5, 10 and 15 products: each bar has its own mark and there is no common line."""
    figure = ranked_bars(
        units(target=[5.0, 10.0, 5.0, 15.0], target_text=["5 sản phẩm", "10 sản phẩm", "5 sản phẩm", "15 sản phẩm"]),
        title="Sản phẩm",
    )
    assert lines(figure) == [] and not any("Mục tiêu 5" in note or "Mục tiêu 15" in note for note in notes(figure))
    mark = traces(figure, "lines")[-1]
    assert mark.line.color == INK
    ends = [(x, y) for x, y in zip(mark.x, mark.y, strict=True) if x is not None]
    # Bình, Dung, An, Chi from the top.
    assert [x for x, _ in ends] == [10.0, 10.0, 15.0, 15.0, 5.0, 5.0, 5.0, 5.0]
    assert [round((low + high) / 2, 6) for (_, low), (_, high) in zip(ends[::2], ends[1::2], strict=True)] == [
        0,
        1,
        2,
        3,
    ]
    assert all(high - low > bars(figure).width for (_, low), (_, high) in zip(ends[::2], ends[1::2], strict=True))
    assert any("| Mục tiêu của từng đơn vị" in note for note in notes(figure))
    assert "mục tiêu 15 sản phẩm" in plain(bars(figure).hovertext[1])
    assert said(figure).endswith(
        "; mục tiêu của từng đơn vị: Bình 10 sản phẩm, Dung 15 sản phẩm, An 5 sản phẩm, Chi 5 sản phẩm."
    )


def test_a_unit_without_a_target_is_not_under_the_line_of_the_others():
    figure = ranked_bars(units(target=[80.0, 80.0, NAN, NAN], target_text=["80 %", "80 %", "–", "–"]), title="Điểm")
    assert lines(figure) == [] and [x for x in traces(figure, "lines")[-1].x if x] == [80.0] * 4
    assert said(figure).endswith("; mục tiêu của từng đơn vị: Bình 80 %, An 80 %.")
    # Chi has no value, so its missing target does not remove the common line.
    known = ranked_bars(units(target=[80.0, 80.0, NAN, 80.0], target_text="80 %"), title="Điểm")
    assert len(lines(known)) == 1


def test_bars_without_a_target_have_neither():
    for rows in (units(), units(target=NAN, target_text="–")):
        figure = ranked_bars(rows, title="Điểm")
        assert lines(figure) == [] and traces(figure, "lines") == [] and "mục tiêu" not in said(figure).lower()


# ------------------------------------------------------------------------------------ bump


def test_ranks_stand_by_year_with_the_first_on_top():
    figure = bump(years(), title="Thứ hạng", highlight="1")
    [points] = traces(figure, "markers+text")
    shown = {
        (x, code): (y, plain(text))
        for x, y, code, text in zip(points.x, points.y, points.customdata, points.text, strict=True)
    }
    assert shown[0, "2"] == (0, "1") and shown[0, "1"] == (1, "2") and shown[0, "3"] == (2, "3")
    # Equal ranks are placed one under another and show the same number.
    assert shown[2, "1"] == (0, "1") and shown[2, "2"] == (1, "1") and shown[2, "3"] == (2, "3")
    assert (1, "3") not in shown and figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert dict(zip(figure.layout.xaxis.tickvals, figure.layout.xaxis.ticktext, strict=True))[2] == "2024"
    assert "Các huyện đồng hạng mang cùng số." in notes(figure)
    assert said(figure) == (
        "Thứ hạng. Thứ hạng 3 huyện, 2022–2024; năm 2024 đứng đầu An và 1 huyện khác, cuối Chi; An: 2022 hạng 2, 2023 hạng 1, 2024 hạng 1."
    )


def test_a_year_without_a_rank_is_a_gap():
    """The line of the third district has a gap in the missing year."""
    others, chosen = traces(bump(years(), title="Thứ hạng", highlight="1"), "lines")
    runs = "".join("." if x is None else str(x) for x in others.x)
    assert sorted(filter(None, runs.split("."))) == ["0", "012", "2"]
    assert [x for x in chosen.x if x is not None] == [0, 1, 2] and chosen.line.color == ACCENT
    assert others.line.color == REST


def test_the_chosen_district_is_named_in_blue_at_both_ends():
    names = traces(bump(years(), title="T", highlight="1"), "text")
    assert [trace.textposition for trace in names] == ["middle left", "middle right"]
    for trace in names:
        assert [ACCENT in text for text in trace.text] == ["An" in text for text in trace.text]


# ------------------------------------------------------------------------------------ criteria


def test_criteria_stand_in_the_order_of_the_index():
    figure = criteria_dots(criteria(), title="Tiêu chí")
    assert labels(figure) == ["Thể chế", "Hạ tầng", "Nhận thức"]
    mean, best, own = traces(figure, "markers")
    assert (
        list(own.x) == [None, 50.0, 80.0] and list(best.x) == [75.0, 50.0, 100.0] and list(mean.x) == [50.0, 25.0, 70.0]
    )
    assert (own.marker.color, best.marker.color, mean.marker.color) == (ACCENT, INK, MUTED)
    assert own.marker.symbol == "circle" and best.marker.symbol == "diamond-open"
    assert beside(figure) == ["–/12 không có", "10,00/20 cao nhất", "8,00/10 mất 2,00"]
    assert [(line["x0"], line["x1"]) for line in lines(figure)] == [(0, 100)] * 3
    assert figure.layout.xaxis.range[0] <= 0 and figure.layout.xaxis.range[1] >= 100
    assert said(figure) == (
        "Tiêu chí. Hàm Thuận Bắc theo 3 tiêu chí: tốt nhất Nhận thức (80,0 % điểm tối đa), "
        "mất nhiều điểm nhất Nhận thức (mất 2,00)."
    )


def test_a_criterion_without_a_maximum_has_no_share():
    figure = criteria_dots(criteria(maximum=[0.0, 12.0, NAN]), title="Tiêu chí")
    assert list(traces(figure, "markers")[2].x) == [None, None, None]
    assert said(figure).endswith("không có số liệu.")


# ------------------------------------------------------------------------------------ grid


def test_cells_stand_where_their_unit_and_indicator_do():
    figure = indicator_grid(cells(), title="Bảng", highlight="A")
    assert labels(figure) == ["1. Bình", "2. An"]
    assert [plain(text) for text in figure.layout.xaxis.ticktext] == ["Sản phẩm", "Đúng hạn (%)"]
    drawn = bars(figure)
    place = {(round(base + 0.47), x): n for n, (base, x) in enumerate(zip(drawn.base, drawn.x, strict=True))}
    texts = {where: plain(drawn.text[n]) for where, n in place.items()}
    assert texts == {(0, 0): "4 ≈", (0, 1): "90,0 ✓", (1, 0): "–", (1, 1): "60,0* ✗"}
    colors = {where: drawn.marker.color[n] for where, n in place.items()}
    assert colors == {
        (0, 0): STATUS["near"].fill,
        (0, 1): STATUS["met"].fill,
        (1, 0): STATUS["missing"].fill,
        (1, 1): STATUS["missed"].fill,
    }
    assert list(drawn.customdata[place[1, 1]]) == ["A", "T1"]
    assert "60,0 % · Chưa đạt · mẫu số nhỏ" in plain(drawn.hovertext[place[1, 1]])
    [frame] = [shape for shape in figure.to_dict()["layout"]["shapes"] if shape["type"] == "rect"]
    assert (frame["y0"], frame["y1"]) == (0.51, 1.49) and frame["line"]["color"] == ACCENT
    assert LOW_NOTE in notes(figure)
    assert said(figure) == (
        "Bảng. Bảng 2 đơn vị, 2 chỉ tiêu: 1 ô đạt, 1 ô gần đạt, 1 ô chưa đạt, 1 ô không có số liệu; "
        "đạt nhiều nhất Bình (1), ít nhất An (0)."
    )


def test_a_grid_of_many_columns_asks_for_room():
    many = pd.concat([cells(indicator_code=[f"T{n}", f"S{n}"] * 2, indicator_sort=n) for n in range(15)])
    figure = indicator_grid(many, title="Bảng")
    assert figure.layout.meta["min_width"] > NARROW and figure.layout.xaxis.tickangle == -90


# ------------------------------------------------------------------------------------ movement


def test_moves_begin_with_the_best_and_end_with_those_that_cannot_be_compared():
    figure = movement(moves(), title="Thay đổi", before_title="Quý III", after_title="Quý IV")
    assert labels(figure) == ["Bình", "Chi", "An", "Em", "Dung"]
    before, after = traces(figure, "markers")
    assert list(before.x) == [80.0, 70.0, 50.0, 60.0, None] and list(after.x) == [85.0, 70.04, 49.0, 55.0, 40.0]
    assert list(after.customdata) == ["B", "C", "A", "E", "D"]
    assert beside(figure) == [
        "+5,0 điểm % tốt lên",
        "0,0 điểm % không đổi",
        "-1,0 điểm % kém đi",
        "-5,0 điểm % kém đi",
        "Không so sánh được",
    ]
    assert said(figure) == (
        "Thay đổi. Quý IV so với Quý III: 1 đơn vị tốt lên, 2 đơn vị kém đi; tiến bộ nhất Bình +5,0 điểm %; "
        "giảm sút nhất Em -5,0 điểm %."
    )


def test_better_is_green_and_worse_is_red_whichever_way_the_number_went():
    """Words, lines and points agree; a change that rounds to zero is grey."""
    assert (STATUS["met"].color, STATUS["missed"].color) == (BETTER, WORSE) and BETTER != WORSE
    for rows, colors in (
        (moves(), [BETTER, MUTED, WORSE, WORSE, MUTED]),
        # Lower is better: An and Em fell, Bình rose.
        (moves(better=[True, False, False, None, True]), [BETTER, BETTER, MUTED, WORSE, MUTED]),
    ):
        figure = movement(rows, title="Thay đổi")
        after = traces(figure, "markers")[1]
        assert list(after.marker.color) == colors
        for text, color in zip(traces(figure, "text")[0].text, colors, strict=True):
            assert f"color:{color}" in text
        drawn = {trace.line.color: {y for y in trace.y if y is not None} for trace in traces(figure, "lines")}
        for color in (BETTER, WORSE):
            assert drawn[color] == {row for row, one in enumerate(colors) if one == color}
    key = movement(moves(), title="T").layout.annotations[0].text
    assert f"color:{BETTER}" in key.partition("tốt lên")[0].rpartition("●")[0][-60:]
    assert plain(key) == "○ Kỳ trước ● Kỳ này, tốt lên ● Kỳ này, kém đi"


def test_a_change_too_small_to_be_seen_is_none():
    """0,004 points counts as no change, 0,04 points as a change; 0,04 percentage points as no change."""
    for measure, words in (("điểm", "tốt lên"), ("%", "không đổi")):
        figure = movement(moves(change=0.04, better=True), title="T", measure=measure)
        assert all(text.endswith(words) for text in beside(figure))
    assert all(
        text.endswith("không đổi")
        for text in beside(movement(moves(change=0.004, better=True), title="T", measure="điểm"))
    )


# ------------------------------------------------------------------------------------ ranges


def test_ranges_of_ranks_stand_in_order_of_the_present_one():
    figure = rank_ranges(ranges(), title="Độ vững", highlight="A")
    assert labels(figure) == ["Bình", "An", "Chi"]
    [points] = traces(figure, "markers")
    assert list(points.x) == [1.0, 2.0, None] and list(points.customdata) == ["B", "A", "C"]
    drawn = [(line["y0"], round(line["x0"], 2), round(line["x1"], 2), line["line"]["color"]) for line in lines(figure)]
    assert drawn == [(0, 0.82, 1.18, REST), (1, 0.82, 4.18, ACCENT)]
    assert list(figure.layout.xaxis.range) == [0.5, 4.5] and list(figure.layout.xaxis.tickvals) == [1, 2, 3, 4]
    assert beside(figure) == ["hạng 1", "hạng 1–4", "–"]
    assert said(figure) == (
        "Độ vững. 1 trong 3 đơn vị đổi hạng khi trọng số thay đổi: Bình hạng 1; An hạng 1–4; Chi –."
    )


# ------------------------------------------------------------------------------------ sparkline


def points(drawing: str) -> list[list[tuple[float, float]]]:
    """The lines of a small drawing, each a list of points; y grows downwards."""
    svg = base64.b64decode(re.search(r"base64,([^\"]+)", drawing)[1]).decode()
    return [
        [tuple(map(float, point.split(","))) for point in line.split()] for line in re.findall(r'points="([^"]+)"', svg)
    ]


def test_a_small_line_rises_where_the_figure_does():
    [line] = points(sparkline([1.0, 3.0, 2.0]))
    assert [x for x, _ in line] == [0.0, 100.0, 200.0]
    first, second, third = (y for _, y in line)
    assert second < third < first
    [flat] = points(sparkline([2.0, 2.0]))
    assert len({y for _, y in flat}) == 1


def test_a_small_line_has_a_gap_where_a_month_is_missing():
    assert [len(line) for line in points(sparkline([1.0, 2.0, NAN, 3.0, 2.0]))] == [2, 2]
    assert sparkline([]) == sparkline([1.0]) == sparkline([1.0, None]) == sparkline([NAN, NAN]) == ""


# ------------------------------------------------------------------------------------ tiles


def test_tiles_lie_where_the_units_do():
    figure = tile_map(units(), title="Bản đồ", highlight="B")
    drawn = bars(figure)
    place = {code: (x, round(base + 0.48)) for code, x, base in zip(drawn.customdata, drawn.x, drawn.base, strict=True)}
    assert place == {"A": (0, 0), "B": (1, 0), "C": (0, 1), "D": (1, 1)}
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # the first row is on top
    assert [plain(text) for text in drawn.text] == ["An 60,0 % ✗", "Bình 90,0 % ✓", "Chi –", "Dung 75,0 % ≈"]
    assert list(drawn.marker.color) == [STATUS[status].fill for status in ("missed", "met", "missing", "near")]
    assert list(drawn.textfont.color) == [STATUS[status].color for status in ("missed", "met", "missing", "near")]
    assert list(drawn.marker.line.color)[1] == ACCENT and list(drawn.marker.line.color)[2] == MUTED
    assert said(figure) == (
        "Bản đồ. Bản đồ ô 4 đơn vị: 1 đơn vị đạt, 1 đơn vị gần đạt, 1 đơn vị chưa đạt, 1 đơn vị không có số liệu; "
        "trong 3 đơn vị đủ số liệu, cao nhất Bình 90,0 %, thấp nhất An 60,0 %."
    )


def test_a_unit_without_a_place_has_no_tile():
    assert list(bars(tile_map(units(tile_row=[0, NAN, 1, 1]), title="Bản đồ")).customdata) == ["A", "C", "D"]


def test_a_tile_of_few_dossiers_is_marked_and_is_no_extreme():
    figure = tile_map(units(low_volume=[True, False, False, False]), title="Bản đồ")
    assert "60,0 %*" in plain(bars(figure).text[0]) and LOW_NOTE in notes(figure)
    assert "thấp nhất Dung" in said(figure)


# ------------------------------------------------------------------------------------ trend


def test_a_line_has_a_gap_where_a_period_is_missing():
    figure = trend(months(), title="Diễn biến", name="Ma Lâm")
    target, reference, whole, partial = traces(figure, "lines")
    assert list(whole.y) == [80.0, None, 70.0, None] and whole.line.color == ACCENT and not whole.connectgaps
    assert (list(partial.x), list(partial.y), partial.line.dash) == ([2, 3], [70.0, 90.0], "dot")
    assert list(reference.y) == [None] * 4
    [drawn] = traces(figure, "markers")
    assert list(drawn.y) == [80.0, None, 70.0, 90.0] and list(drawn.customdata) == months()["code"].tolist()
    assert drawn.marker.color[2] == ACCENT != drawn.marker.color[3]  # the unfinished period has a hollow point
    assert "90,0 % · chưa hết kỳ" in plain(drawn.hovertext[3])
    assert said(figure) == (
        "Diễn biến. Từ 9/2024 (80,0 %) đến 12/2024 (90,0 %, chưa hết kỳ); cao nhất 12/2024 90,0 %, "
        "thấp nhất 11/2024 70,0 %; mục tiêu 95,0 %."
    )


def test_the_target_of_each_period_is_drawn():
    figure = trend(months(), title="Diễn biến")
    target = traces(figure, "lines")[0]
    assert list(target.y) == [90.0, 90.0, 90.0, 95.0]
    assert (target.line.dash, target.line.shape, target.line.color) == ("dash", "hvh", INK)
    assert "Mục tiêu 95,0 %" in notes(figure)
    low, high = figure.layout.yaxis.range
    assert low < 70 and high > 95
    without = trend(months(target=NAN), title="Diễn biến")
    assert not any(trace.line.dash == "dash" for trace in traces(without, "lines"))
    assert not any("Mục tiêu" in note for note in notes(without)) and "mục tiêu" not in said(without)


def test_the_ends_of_the_lines_are_named_and_do_not_overlap():
    figure = trend(months(reference=[88.0, 89.0, 90.0, 90.5]), title="T", name="Ma Lâm", reference_name="Toàn huyện")
    named = {plain(note.text): note.y for note in figure.layout.annotations}
    assert set(named) == {"Ma Lâm 90,0 % chưa hết kỳ", "Toàn huyện 90,5 %", "Mục tiêu 95,0 %"}
    assert named["Ma Lâm 90,0 % chưa hết kỳ"] < named["Toàn huyện 90,5 %"] < named["Mục tiêu 95,0 %"]
    low, high = figure.layout.yaxis.range
    heights = [
        (named[one] - named[other]) / (high - low) * 270
        for one, other in (("Toàn huyện 90,5 %", "Ma Lâm 90,0 % chưa hết kỳ"), ("Mục tiêu 95,0 %", "Toàn huyện 90,5 %"))
    ]
    assert min(heights) >= 34


def test_the_axis_of_a_line_says_its_measure_and_stays_within_reason():
    assert trend(months(), title="T").layout.yaxis.ticksuffix == "\u00a0%"
    full = trend(months(value=[99.0, 100.0, 100.0, 100.0], target=100.0), title="T")
    assert full.layout.yaxis.range[1] == pytest.approx(100.6)
    counts = trend(months(value=[0.0, 3.0, 5.0, 1.0], target=NAN), title="T", measure="hồ sơ")
    assert counts.layout.yaxis.range[0] == 0 and counts.layout.yaxis.ticksuffix == ""


def test_a_line_of_nothing_says_so():
    assert said(trend(months(value=NAN, text="–"), title="T")) == "T. Không có số liệu."


# ------------------------------------------------------------------------------------ who has sent what


def arrivals(**columns: object) -> pd.DataFrame:
    """Two units and two months, in arbitrary order."""
    rows = {
        "unit_code": ["B", "B", "A", "A"],
        "unit_name": ["Bình", "Bình", "An", "An"],
        "unit_sort": [2, 2, 1, 1],
        "period_code": ["2024-03", "2024-02", "2024-03", "2024-02"],
        "period_title": ["Tháng 3/2024", "Tháng 2/2024", "Tháng 3/2024", "Tháng 2/2024"],
        "short_title": ["T3/24", "T2/24", "T3/24", "T2/24"],
        "sort": [12, 11, 12, 11],
        "filing": ["missing", "part", "none", "whole"],
        "text": ["–", "đến 15/02", "", "✓"],
        "told_text": ["chưa có; mới đến 15/02/2024", "có một phần", "không phải gửi", "đã có đủ · <b>5 dòng"],
    }
    return pd.DataFrame(rows | columns)


def test_arrivals_place_every_cell():
    """Rows by unit_sort, columns by month; what is missing is a dash with an outline, and what nobody sends is grey."""
    figure = arrival_grid(arrivals(), title="Đã gửi: Hồ sơ", highlight="B")
    assert labels(figure) == ["An", "Bình"] and list(figure.layout.xaxis.ticktext) == ["T2/24", "T3/24"]
    drawn = bars(figure)
    cells = {tuple(code): at for at, code in enumerate(drawn.customdata)}
    places = {code: (drawn.x[at], round(drawn.base[at] + 0.45)) for code, at in cells.items()}
    assert places == {
        ("B", "2024-03"): (1, 1),
        ("B", "2024-02"): (0, 1),
        ("A", "2024-03"): (1, 0),
        ("A", "2024-02"): (0, 0),
    }
    texts = {code: drawn.text[at] for code, at in cells.items()}
    assert texts == {("B", "2024-03"): "–", ("B", "2024-02"): "đến 15/02", ("A", "2024-03"): "", ("A", "2024-02"): "✓"}
    fills = [
        drawn.marker.color[cells[code]]
        for code in (("A", "2024-02"), ("B", "2024-02"), ("B", "2024-03"), ("A", "2024-03"))
    ]
    assert fills == [STATUS["met"].fill, STATUS["near"].fill, PAPER, TRACK]
    assert drawn.marker.line.color[cells["B", "2024-03"]] == STATUS["missed"].fill
    assert "&lt;b&gt;5 dòng" in drawn.hovertext[cells["A", "2024-02"]]
    assert notes(figure)[0].replace("\u00a0", " ") == "✓ Đã có đủ … Có một phần – Chưa có ▒ Không phải gửi"
    assert said(figure) == (
        "Đã gửi: Hồ sơ. Bảng 2 đơn vị, 2 tháng: 1 ô đã có đủ, 1 ô có một phần, 1 ô chưa có, 1 ô không phải gửi; "
        "chưa đủ tháng 3/2024: Bình."
    )
    assert [shape.y0 for shape in figure.layout.shapes] == [1 - 0.49]


def test_arrivals_without_a_gap_say_so():
    figure = arrival_grid(arrivals(filing="whole", text="✓"), title="Đã gửi", simulated=True)
    assert said(figure).endswith("4 ô đã có đủ; đủ tháng 3/2024.") and "MÔ PHỎNG" in notes(figure)
    assert "Không có số liệu" in said(arrival_grid(arrivals()[:0], title="Đã gửi"))


def test_a_funnel_names_whoever_differs():
    figure = funnel(shares(), curve(), title="Đúng hạn")
    marks = figure.data[-1]
    assert list(marks.x) == [900, 600, 20, 300] and list(marks.y) == [97, 88, 80, 94]
    assert list(marks.text) == ["Ma Lâm", "Hàm Đức", "", ""]
    assert list(marks.marker.symbol) == ["triangle-up", "triangle-down", "circle", "circle"]
    assert list(marks.marker.color)[:2] == [BETTER, WORSE] and marks.marker.color[2] == PAPER  # a few cases: hollow
    assert list(marks.customdata) == ["a", "b", "c", "d"]
    assert [list(trace.y) for trace in figure.data[:5]] == [
        list(curve()[name]) for name in ("lower_warning", "upper_warning", "lower_action", "upper_action", "centre")
    ]
    assert said(figure) == (
        "Đúng hạn. tốt hơn bình quân thật: Ma Lâm 97,0 %; kém bình quân thật: Hàm Đức 88,0 %; 2 đơn vị không khác bình quân quá mức may rủi."
    )
    assert funnel(shares().head(0), curve(), title="Tên").data == ()


def test_bars_bear_ranges_of_ranks():
    spans = pd.DataFrame({"unit_code": units()["unit_code"], "range_text": ["2–4", "1", "", "2–4"]})
    plain_bars, ranged = ranked_bars(units(), title="Điểm"), ranked_bars(units(), title="Điểm", ranges=spans)
    before, after = ([plain(text) for text in figure.layout.yaxis.ticktext] for figure in (plain_bars, ranged))
    told = dict(zip(units()["name"], spans["range_text"], strict=True))
    for old, new in zip(before, after, strict=True):
        name = old.split(". ")[-1]
        assert new == (f"{told[name]}. {name}" if told.get(name) and ". " in old else old)


def test_a_trend_shows_what_is_usual():
    """The band lies behind the line; a month that differs has a form of its own, and is told in the description."""
    usual = {
        "centre": [NAN, 85.0, 85.0, 85.0],
        "lower_limit": [NAN, 78.0, 77.0, 79.0],
        "upper_limit": [NAN, 92.0, 93.0, 91.0],
    }
    figure = trend(months(**usual, variation=[None, None, "worse", None]), title="Đúng hạn")
    lower, upper, centre = figure.data[:3]
    assert [list(trace.y)[1:] for trace in (lower, upper, centre)] == [[78, 77, 79], [92, 93, 91], [85, 85, 85]]
    assert upper.fill == "tonexty" and lower.y[0] is None
    marks = figure.data[-1]
    assert list(marks.marker.symbol) == ["circle", "circle", "triangle-down", "circle"]
    assert marks.hovertext[2].endswith(" · xấu đi thật") and "xấu đi" not in marks.hovertext[0]
    assert "khác mức thường: 11/2024 xấu đi thật" in said(figure)
    assert any("Mức thường" in plain(note.text) for note in figure.layout.annotations)
    # Without limits nothing is drawn of them.
    assert len(trend(months(), title="Đúng hạn").data) == len(figure.data) - 3


def test_ranks_do_not_overlap_on_a_phone():
    """Of seventeen ranks every second has a number, of ten all."""
    for units_there, ticks in ((10, list(range(1, 11))), (17, list(range(1, 18, 2)))):
        data = pd.DataFrame(
            {
                "unit_code": [f"u{number}" for number in range(units_there)],
                "name": ["Hàm Đức"] * units_there,
                "place": range(1, units_there + 1),
                "low": range(1, units_there + 1),
                "high": range(1, units_there + 1),
                "text": ["11–17"] * units_there,
            }
        )
        assert list(rank_ranges(data, title="Hạng").layout.xaxis.tickvals) == ticks


def test_events_are_numbered_by_their_text_and_stand_where_they_happened():
    """Those outside the axis are left out, a span is wider than a day, and the same event in two years has one number."""
    data = pd.DataFrame(
        {"period_code": list("abcd"), "period_title": list("ABCD"), "value": [1.0, 2.0, 3.0, 4.0], "text": list("1234"),
         "target": [None] * 4, "is_partial": [False] * 4}
    )  # fmt: skip
    events = pd.DataFrame(
        {"period_code": ["z", "a", "b", "c"], "until_code": ["z", "a", "d", "c"], "event_text": ["Trước", "tết", "đổi <b>phần mềm", "tết"],
         "when_text": ["1/1", "2/2", "3/3 – 5/5", "4/4"]}
    )  # fmt: skip
    figure = trend(data, title="Đường", events=events)
    told = "Sự kiện: 1. Tết (2/2, 4/4); 2. Đổi <b>phần mềm (3/3 – 5/5)."
    assert figure.layout.meta["alt"].endswith(told)
    assert [(shape.type, shape.x0, shape.x1) for shape in figure.layout.shapes] == [
        ("line", 0, 0),
        ("line", 2, 2),
        ("rect", 1, 3),
    ]
    marks = {
        note.x: re.sub("<[^>]+>", "", note.text)
        for note in figure.layout.annotations
        if note.yref == "paper" and note.y == 1 and note.xref != "paper"
    }
    assert marks == {0: "1", 1: "2", 2: "1"}
    foot = "".join(note.text for note in figure.layout.annotations)
    assert "Đổi" in foot and "<b>phần" not in foot
    assert not trend(data, title="Đường").layout.shapes
