"""The slides of a meeting as a .pptx: 16:9, native editable charts, formulas and sources in the notes."""

from __future__ import annotations

import io

import pandas as pd
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
)
from pptx.enum.dml import MSO_LINE
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Cm, Emu, Pt

from charts import (
    ACCENT,
    INK,
    MUTED,
    PAPER,
    REST,
    SIMULATED,
    STATUS,
    happened,
    numbered_events,
    shared_target,
    told_events,
)
from reports import Subject
from reports.package import reproducible
from reports.playlist import Card, Picture, Slide, slides
from words import vietnamese
from words.escape import cell, printable

WIDTH, HEIGHT = Cm(33.867), Cm(19.05)
_FONT = "Arial"  # available on every office computer, with all Vietnamese letters
_LEFT, _TEXT = Cm(1.3), WIDTH - Cm(2.6)
_TOP, _BODY = Cm(4.9), Cm(12.7)
_BLANK = 6  # index of the layout without placeholders


def as_presentation(subject: Subject, codes: list[str]) -> bytes:
    """The tasks that are not over, then the chosen slides in the given order. Raises KeyError for an unknown code."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    deck.core_properties.title = printable(f"{subject.home_name}, {subject.period.title}")
    deck.core_properties.author = ""
    shown = slides(subject, codes)
    for number, slide in enumerate(shown, 1):
        _add(deck, slide, f"{number}/{len(shown)}", subject)
    buffer = io.BytesIO()
    deck.save(buffer)
    return reproducible(buffer.getvalue(), subject.built_at)


def _add(deck, slide: Slide, count: str, subject: Subject) -> None:
    """Add one slide with its notes."""
    page = deck.slides.add_slide(deck.slide_layouts[_BLANK])
    opening = slide.code == "opening"
    if slide.simulated:
        _mark(page)
    top = Cm(5.5) if opening else Cm(0.9)
    _write(page, slide.title, _LEFT, top, _TEXT - Cm(5), Cm(1.8), 40 if opening else 30, ACCENT, bold=True)
    _write(page, slide.message, _LEFT, top + Cm(1.9), _TEXT, Cm(1.7), 28 if opening else 18, INK)
    if slide.cards:
        _cards(page, slide.cards)
    elif slide.lines:
        _lines(page, slide.lines, Cm(10) if opening else _TOP, 18 if opening else 20, MUTED if opening else INK)
    pictures = [picture for picture in slide.pictures if picture.form != "tiles"]  # PowerPoint has no tile map
    width = _TEXT // max(len(pictures), 1)
    for position, picture in enumerate(pictures):
        _chart(page, picture, _LEFT + position * width, width - Cm(0.4))
    foot = f"{slide.about} · {subject.period.title} · bản số liệu {subject.snapshot.id}"
    _write(page, foot, _LEFT, HEIGHT - Cm(1.2), _TEXT - Cm(3), Cm(0.8), 12, MUTED)
    _write(page, count, WIDTH - Cm(4.3), HEIGHT - Cm(1.2), Cm(3), Cm(0.8), 12, MUTED)
    page.notes_slide.notes_text_frame.text = printable("\n".join(slide.notes))


def _color(code: str) -> RGBColor:
    """A chart colour as RGBColor."""
    return RGBColor.from_string(code.lstrip("#"))


def _write(page, text: str, left, top, width, height, size: int, color: str, bold: bool = False):
    """Add a text box; its text is wrapped to the width."""
    box = page.shapes.add_textbox(Emu(left), Emu(top), Emu(width), Emu(height))
    frame = box.text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = 0
    _run(frame.paragraphs[0], text, size, color, bold)
    return frame


def _run(paragraph, text: str, size: int, color: str, bold: bool = False) -> None:
    """Add words in the deck's font."""
    run = paragraph.add_run()
    run.text = printable(text)
    run.font.name, run.font.size, run.font.bold = _FONT, Pt(size), bold
    run.font.color.rgb = _color(color)


def _mark(page) -> None:
    """Add the mark MÔ PHỎNG in the corner."""
    shape = page.shapes.add_shape(MSO_SHAPE.RECTANGLE, WIDTH - Cm(6), Cm(0.9), Cm(4.7), Cm(1))
    shape.fill.solid()
    shape.fill.fore_color.rgb = _color(SIMULATED)
    shape.line.fill.background()
    shape.shadow.inherit = False
    shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    _run(shape.text_frame.paragraphs[0], "MÔ PHỎNG", 16, PAPER, bold=True)


def _cards(page, cards: tuple[Card, ...]) -> None:
    """Add figures side by side, four per row."""
    width, height = _TEXT // 4, Cm(6.3)
    for position, card in enumerate(cards):
        left, top = _LEFT + position % 4 * width, _TOP + position // 4 * (height + Cm(0.3))
        shape = page.shapes.add_shape(MSO_SHAPE.RECTANGLE, Emu(left), Emu(top), Emu(width - Cm(0.4)), Emu(height))
        shape.fill.solid()
        shape.fill.fore_color.rgb = _color(PAPER)
        shape.line.color.rgb = _color(REST)
        shape.shadow.inherit = False
        frame = shape.text_frame
        frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
        look = STATUS[card.status]
        _run(frame.paragraphs[0], card.name, 18, MUTED, bold=True)
        _run(frame.add_paragraph(), card.text, 36, INK, bold=True)
        _run(frame.add_paragraph(), f"{look.mark} {look.word}", 18, look.color, bold=True)
        _run(frame.add_paragraph(), card.note, 14, MUTED)
        for paragraph in frame.paragraphs:  # unlike a text box, a shape centres its text
            paragraph.alignment = PP_ALIGN.LEFT


def _lines(page, lines: tuple[str, ...], top, size: int, color: str) -> None:
    """Add sentences one under another."""
    frame = _write(page, lines[0], _LEFT, top, _TEXT, _BODY - (top - _TOP), size, color)
    for line in lines[1:]:
        _run(frame.add_paragraph(), line, size, color)
    for paragraph in frame.paragraphs:
        paragraph.space_after = Pt(10)


def _chart(page, picture: Picture, left, width) -> None:
    """Add a native chart: bars with the first on top, or a line with its target."""
    data = CategoryChartData(number_format=_number_format(picture.measure))
    rows = picture.data.reset_index(drop=True)
    line = picture.form == "line"
    goal = None if line else shared_target(rows)
    marks = happened(rows, picture.events) if line else {}
    names = _months(rows, numbered_events(marks)) if line else _names(picture, goal is not None)
    # The chart stores its data in an embedded workbook, so escape formulas.
    data.categories = [cell(name) for name in names]
    data.add_series(cell(picture.name or picture.title), _values(rows["value"]))
    if line and rows["target"].notna().any():
        data.add_series("Mục tiêu", _values(rows["target"]))
    kind = XL_CHART_TYPE.LINE_MARKERS if line else XL_CHART_TYPE.BAR_CLUSTERED
    chart = page.shapes.add_chart(kind, Emu(left), _TOP, Emu(width), _BODY, data).chart
    chart.font.name, chart.font.size = _FONT, Pt(14 if len(rows) <= 10 else 12)
    chart.font.color.rgb = _color(INK)
    chart.has_title = True
    frame = chart.chart_title.text_frame
    target = f" (mục tiêu {goal[1]})" if goal else ""
    mark = " · MÔ PHỎNG" if picture.simulated else ""
    _run(frame.paragraphs[0], f"{picture.title}{target}{mark}", 16, INK, bold=True)
    if marks:  # a native chart has no lines of its own for events: numbers beside the periods, texts under the title
        _run(frame.add_paragraph(), told_events(marks), 11, MUTED)
    chart.has_legend = len(data) > 1
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    (_style_line if line else _style_bars)(chart, picture, rows)


def _number_format(measure: str) -> str:
    """The PowerPoint number format of a measure, with as many decimals as on a page."""
    decimals = vietnamese.decimals_of(measure)
    return "#,##0" + ("." + "0" * decimals if decimals else "") + ('"%"' if measure == "%" else "")


def _months(rows: pd.DataFrame, numbers: dict[int, str]) -> list[str]:
    """The names of the periods, each with the numbers of its events: “Q1/24 (1)”."""
    names = enumerate(rows["period_title"])
    return [f"{name} ({numbers[place]})" if place in numbers else str(name) for place, name in names]


def _names(picture: Picture, is_shared: bool) -> list[str]:
    """The names beside the bars, each with its own target if targets differ."""
    rows = picture.data
    texts = (
        [""] * len(rows) if is_shared or "target" not in rows else rows["target_text"].where(rows["target"].notna(), "")
    )
    return [f"{name} (mục tiêu {text})" if text else name for name, text in zip(picture.names, texts, strict=True)]


def _values(column: pd.Series) -> list[float | None]:
    """A series as plain numbers, None for missing values."""
    return [None if pd.isna(value) else float(value) for value in column]


def _style_bars(chart, picture: Picture, rows: pd.DataFrame) -> None:
    """Format bars: grey, the chosen unit in the district's colour, values at the ends."""
    chart.category_axis.reverse_order = True
    chart.category_axis.format.line.color.rgb = _color(REST)
    chart.category_axis.has_major_gridlines = False
    chart.value_axis.has_major_gridlines = False
    chart.value_axis.visible = False
    chart.value_axis.minimum_scale = 0
    plot = chart.plots[0]
    plot.gap_width = 45
    plot.has_data_labels = True
    plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
    plot.data_labels.number_format = _number_format(picture.measure)
    plot.data_labels.number_format_is_linked = False
    series = plot.series[0]
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = _color(REST)
    for position, code in enumerate(rows["unit_code"]):
        if picture.highlight and code == picture.highlight:
            point = series.points[position]
            point.format.fill.solid()
            point.format.fill.fore_color.rgb = _color(ACCENT)


def _style_line(chart, picture: Picture, rows: pd.DataFrame) -> None:
    """Format a line: the value in the district's colour, the target dashed, the last value as a label."""
    chart.value_axis.major_gridlines.format.line.color.rgb = _color(REST)
    chart.value_axis.format.line.fill.background()
    chart.value_axis.tick_labels.number_format = _number_format(picture.measure)
    chart.value_axis.tick_labels.number_format_is_linked = False
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    for series, color in zip(chart.plots[0].series, (ACCENT, INK), strict=False):
        series.smooth = False
        series.format.line.color.rgb = _color(color)
        series.format.line.width = Pt(2.5 if color == ACCENT else 1.5)
        series.marker.format.fill.solid()
        series.marker.format.fill.fore_color.rgb = _color(color)
    first = chart.plots[0].series[0]
    if len(rows):
        label = first.points[len(rows) - 1].data_label
        label.has_text_frame = False
        label.position = XL_LABEL_POSITION.ABOVE
    if len(chart.plots[0].series) > 1:
        chart.plots[0].series[1].format.line.dash_style = MSO_LINE.DASH
        chart.plots[0].series[1].marker.style = XL_MARKER_STYLE.NONE
