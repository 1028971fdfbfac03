"""The common look of charts: palette, marks, template, text that fits, frame of a figure.

A chart function takes a data frame and returns a figure; it uses neither Streamlit nor queries. The alternative text is
in figure.layout.meta["alt"], and the width in pixels at which every text fits in meta["min_width"]. Show a figure with
theme=None, so that Streamlit does not change its look, and with config=CONFIG.
"""

import json
import pickle
import re
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from html import escape

import pandas as pd
import plotly.graph_objects as go

from words.columns import STATUSES
from words.vietnamese import NO_BREAK, ordinal, together

NARROW = 328  # pixels: the chart area of a 390 px phone, the narrowest supported width

FONT = "Be Vietnam Pro, Arial, sans-serif"
SMALL, TEXT, HEADING = 13, 15, 16  # pixels; only the names inside tiles are smaller than SMALL

ACCENT = "#0B4F8C"  # the district, or the commune the reader chose
INK = "#0F1923"  # dark enough: Streamlit writes some texts in 60 % of this colour
MUTED = "#51606E"
REST = "#AEBAC5"  # every other unit
TRACK = "#E3E8ED"
BAND = "#EAF1F7"  # what is usual, behind a line
PAPER = "#FFFFFF"
SIMULATED = "#7A1F6E"  # used for nothing else, so that the mark is never taken for a status


@dataclass(frozen=True)
class Status:
    """The look of a status: word, mark, text colour, fill colour."""

    word: str
    mark: str
    color: str
    fill: str


STATUS = {
    "met": Status(STATUSES["met"], "✓", "#005A47", "#CBE9DE"),
    "near": Status(STATUSES["near"], "≈", "#6B4700", "#FFE49A"),
    "missed": Status(STATUSES["missed"], "✗", "#8C1D04", "#F4B199"),
    "missing": Status(STATUSES["missing"], "–", "#51606E", "#FFFFFF"),
    "partial": Status(STATUSES["partial"], "…", "#51606E", "#EEF1F4"),
    "context": Status(STATUSES["context"], "•", "#34495E", "#E4EBF2"),
}
BETTER, WORSE = STATUS["met"].color, STATUS["missed"].color

# By default Plotly fades all other marks after a click, which looks like missing data.
UNSELECTED = {"marker": {"opacity": 1}}

LOW = "*"
LOW_NOTE = "* Mẫu số dưới 30, chỉ để tham khảo."

TEMPLATE = {
    "layout": {
        "font": {"family": FONT, "size": TEXT, "color": INK},
        "title": {
            # Plotly places titles of one line and of several lines at different heights, unless they are anchored at
            # the first baseline: here 19 pixels below the top edge.
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "bottom",
            "pad": {"b": -19, "l": 1},
            "font": {"size": HEADING, "weight": 600},
        },
        "separators": ",.",
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {
            "bgcolor": PAPER,
            "bordercolor": MUTED,
            "align": "left",
            "font": {"family": FONT, "size": 14, "color": INK},
        },
        "barmode": "overlay",
        "annotationdefaults": {"showarrow": False, "align": "left", "font": {"size": SMALL}},
        "xaxis": {
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "tickfont": {"size": SMALL},
            "tickcolor": REST,
            "tickangle": 0,
        },
        "yaxis": {
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "tickfont": {"size": SMALL},
            "tickangle": 0,
        },
    }
}

_MONTHS = [f"Tháng {month}" for month in range(1, 13)]
_DAYS = ["Chủ nhật", "Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy"]
CONFIG = {
    "displaylogo": False,
    "displayModeBar": False,
    "responsive": True,
    "locale": "vi",
    "locales": {  # plotly.js has no Vietnamese locale
        "vi": {
            "dictionary": {
                "Loading": "Đang tải",
                "Autoscale": "Tự co giãn",
                "Reset": "Đặt lại",
                "Download plot as a PNG": "Tải ảnh PNG",
                "Taking snapshot - this may take a few seconds": "Đang tạo ảnh…",
                "Snapshot succeeded": "Đã tải ảnh",
                "Sorry, there was a problem downloading your snapshot!": "Không tạo được ảnh, hãy thử lại.",
            },
            "format": {
                "months": _MONTHS,
                "shortMonths": [f"Th{month}" for month in range(1, 13)],
                "days": _DAYS,
                "shortDays": ["CN", "T2", "T3", "T4", "T5", "T6", "T7"],
                "date": "%d/%m/%Y",
                "decimal": ",",
                "thousands": ".",
            },
        }
    },
}


def with_download(name: str) -> dict:
    """The configuration of a chart that can be saved as `name`.png at three times the resolution."""
    picture = {"format": "png", "filename": name, "scale": 3}
    more = {"displayModeBar": "hover", "modeBarButtons": [["toImage"]], "toImageButtonOptions": picture}
    return CONFIG | more


# Advance widths of Be Vietnam Pro SemiBold in hundredths of the font size. The server cannot measure text, and a label
# that does not fit is cut off, so labels are wrapped and margins set from these widths.
_WIDTHS = {
    character: width
    for width, characters in {
        23: " \u00a0",
        30: "Iijl.,:;!|'·",
        42: "frt()1",
        52: "szJ/*-",
        59: "ceknvxy7huF≈×L",
        74: "CGVUNHX4",
        78: "AĐDOQ",
        86: "%w",
        90: "mM",
        104: "W",
    }.items()
    for character in characters
}


def text_width(text: str, size: int = SMALL) -> float:
    """Estimate the width of a one-line text in pixels.

    >>> text_width("Hàm Thuận Bắc") == text_width("Ham Thuan Bac"), round(text_width("Hàm Thuận Bắc"))
    (True, 101)
    """
    letters = (letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return sum(_WIDTHS.get(letter, 66) for letter in letters) * size / 100


def widest(lines: Iterable[str]) -> float:
    """The width of the widest line in pixels, 0 if there are no lines."""
    return max(map(text_width, lines), default=0)


# Spaces at which a line is not broken: before a unit, inside the name of a period, before the last word of a term.
_KEPT = re.compile(r"(?i) (?=%)|(?<=\bquý) (?=[IV]+\b)|(?<=\btháng) (?=\d)|(?<=\bnăm) (?=\d)|(?<=\bđồ) (?=ô\b)")


def wrap(text: str, limit: float, size: int = SMALL, first: float | None = None) -> list[str]:
    """Break a text at spaces into lines of at most `limit` pixels, the first of at most `first` pixels.

    >>> wrap("Hàm Thuận Bắc", 80)
    ['Hàm Thuận', 'Bắc']
    >>> wrap("Điểm Quý IV/2024", 80) == ["Điểm", "Quý\u00a0IV/2024"]
    True
    """
    lines = [""]
    for word in _KEPT.sub(NO_BREAK, str(text)).split(" "):
        room = first if first is not None and len(lines) == 1 else limit
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def wrap_title(title: str, width: int, first: float) -> list[str]:
    """Break a title for a figure of `width` pixels; after its colon if that needs no additional line.

    >>> lines = wrap_title("Cải cách hành chính năm 2024: Hàm Thuận Bắc hạng 3", 350, 344)
    >>> [line.replace(NO_BREAK, " ") for line in lines]
    ['Cải cách hành chính năm 2024:', 'Hàm Thuận Bắc hạng 3']
    """
    lines = wrap(title, width - 6, HEADING, first)
    head, colon, rest = title.partition(": ")
    if len(lines) == 1 or not colon:
        return lines
    split = wrap(head + ":", width - 6, HEADING, first) + wrap(rest, width - 6, HEADING)
    return split if len(split) <= len(lines) else lines


def safe(text) -> str:
    """Escape a text from data: Plotly interprets tags and links in every label.

    >>> safe("<b>Hàm & Đức</b>")
    '&lt;b&gt;Hàm &amp; Đức&lt;/b&gt;'
    """
    return escape(str(text), quote=False)


def stacked(lines: list[str]) -> str:
    """Escape lines and join them with line breaks."""
    return "<br>".join(safe(line) for line in lines)


def tinted(text: str, color: str, bold: bool = False, size: int | None = None) -> str:
    """Colour an escaped text; size in pixels."""
    text = f"<b>{text}</b>" if bold else text
    larger = f";font-size:{size}px" if size else ""
    return f'<span style="color:{color}{larger}">{text}</span>'


def numbers(column: pd.Series) -> list[float | None]:
    """A column as floats, None for missing values."""
    return [None if pd.isna(value) else float(value) for value in column]


def extreme(names: list[str], texts: list[str], place: int, word: str = "đơn vị") -> str:
    """The name and text of the row at `place`, and how many others have the same text.

    >>> extreme(["Đa Mi", "La Dạ"], ["0 %", "0 %"], 0)
    'Đa Mi và 1 đơn vị khác, cùng 0 %'
    """
    return f"{together(names[place], texts.count(texts[place]) - 1, word)} {texts[place]}"


def words(column: pd.Series) -> list[str]:
    """A column as texts, a dash for missing values."""
    return ["–" if pd.isna(value) or value == "" else str(value) for value in column]


def flags(column: pd.Series) -> list[bool]:
    """A column as booleans, False for missing values."""
    return [bool(value) if not pd.isna(value) else False for value in column]


def targets(data: pd.DataFrame) -> list[float | None]:
    """The `target` of every row; None if it or the column is missing."""
    return numbers(data["target"]) if "target" in data else [None] * len(data)


def shared_target(data: pd.DataFrame) -> tuple[float, str] | None:
    """The common `target` of all rows with a value and its `target_text`; None if targets differ or one is missing."""
    known = data[data["value"].notna()] if "target" in data else data[:0]
    if known.empty or known["target"].isna().any() or known["target"].round(6).nunique() > 1:
        return None
    return float(known["target"].iloc[0]), words(known["target_text"])[0]


def statuses(data: pd.DataFrame) -> list[Status]:
    """The look of every row, from its `status`."""
    return [STATUS["missing" if pd.isna(code) else code] for code in data["status"]]


def scarce(data: pd.DataFrame) -> list[bool]:
    """Which rows have a value with a small denominator, from `low_volume` and `status`."""
    looks = statuses(data)
    return [few and look is not STATUS["missing"] for few, look in zip(flags(data["low_volume"]), looks, strict=True)]


def hovers(data: pd.DataFrame) -> list[str]:
    """The hover text of every row: `name`, `text`, and the status in words."""
    rows = zip(words(data["name"]), words(data["text"]), statuses(data), scarce(data), strict=True)
    return [
        f"<b>{safe(name)}</b><br>{safe(text)} · {look.word}{' · mẫu số nhỏ' if few else ''}"
        for name, text, look, few in rows
    ]


def judged(looks: list[Status]) -> bool:
    """Whether any row is compared with a target; if none is, marks have no meaning."""
    return any(look not in (STATUS["context"], STATUS["missing"]) for look in looks)


def status_key(looks: list[Status]) -> list[tuple[str, str, str]]:
    """The marks in use, in the order of STATUS, for the key under the title."""
    used = [look for look in STATUS.values() if look in looks] if judged(looks) else []
    return [(look.mark, look.color, look.word) for look in used]


def marks(looks: list[Status]) -> list[str]:
    """The mark beside every value; none for a missing value, which is shown as a dash."""
    shown = judged(looks)
    return [look.mark if shown and look is not STATUS["missing"] else "" for look in looks]


def status_count(looks: list[Status], noun: str) -> str:
    """How many rows have each status, in words, for the alternative text."""
    parts = [f"{looks.count(look)} {noun} {look.word.lower()}" for look in STATUS.values() if look in looks]
    return ", ".join(parts)


def _key_text(key: list[tuple[str, str, str]], width: int) -> str:
    """Lay out (mark, colour, words) in as many lines as the width needs."""
    lines, used = [[]], 0.0
    for mark, color, text in key:
        size = text_width(f"{mark} {text}") + 24
        if lines[-1] and used + size > width:
            lines.append([])
            used = 0.0
        lines[-1].append(f"{tinted(mark, color, bold=True, size=TEXT)}\u00a0{safe(text)}")
        used += size
    return "<br>".join("\u00a0\u00a0\u00a0\u00a0".join(line) for line in lines)


def base_figure(
    title: str,
    *,
    simulated: bool = False,
    alt: str = "",
    plot_height: int = 300,
    key: list[tuple[str, str, str]] = (),
    note: str = "",
    left: float = 8,
    right: float = 8,
    top: float = 8,
    bottom: float = 8,
    width: int = NARROW,
    min_width: float | None = None,
) -> go.Figure:
    """Start a figure: title, key of marks, note, margins, and the mark of simulated data.

    title, note and key are plain text; margins and heights are in pixels. `width` is the narrowest container in which
    the texts must fit; `top` and `bottom` are the space for labels outside the plot.
    """
    title_lines = wrap_title(title, width, width - (106 if simulated else 6)) if title else []
    header = max(21 * len(title_lines) + 6, 28 if simulated else 0)
    key_text = _key_text(key, width)
    key_height = 19 * (key_text.count("<br>") + 1) + 6 if key else 0
    note_lines = wrap(note, width - 6) if note else []
    margin = {
        "l": left,
        "r": right,
        "t": header + key_height + top,
        "b": bottom + 18 * len(note_lines),
        "pad": 0,
        "autoexpand": False,
    }
    corner = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left", "yanchor": "top"}
    corner |= {"xshift": -left, "borderpad": 0}
    annotations = []
    if key:
        annotations.append(corner | {"text": key_text, "yshift": key_height + top})
    if note:
        foot = {
            "y": 0,
            "yanchor": "bottom",
            "yshift": 1 - margin["b"],
            "font": {"size": SMALL, "color": MUTED},
        }
        annotations.append(corner | foot | {"text": stacked(note_lines)})
    if simulated:
        # The mark is part of the figure, not of the page, so that a screenshot or a saved picture contains it.
        badge = {"x": 1, "xanchor": "right", "xshift": right - 1, "yshift": margin["t"] - 2}
        if min_width and min_width > width:
            # A figure wider than its box scrolls, and its right corner is not visible at first.
            badge |= {"x": 0, "xshift": width - left - 1}
        badge |= {"bgcolor": SIMULATED, "borderpad": 2, "font": {"color": PAPER}}
        annotations.append(corner | badge | {"text": "<b>MÔ PHỎNG</b>"})
    return go.Figure(
        layout={
            "template": TEMPLATE,
            "title": {"text": stacked(title_lines)},
            "height": plot_height + margin["t"] + margin["b"],
            "margin": margin,
            "annotations": annotations,
            "meta": {
                "alt": ("Số liệu mô phỏng. " if simulated else "") + alt,
                "min_width": min_width or width,
            },
        }
    )


def add_cells(
    figure: go.Figure,
    *,
    at: list[tuple[int, int]],
    height: float,
    looks: list[Status],
    edges: list[str],
    texts: list[str],
    hovers: list[str],
    codes: pd.DataFrame,
) -> None:
    """Draw the cells of a grid, each at its column and row, `height` of a row high; a click gives the cell's codes."""
    figure.add_bar(
        x=[column for column, _ in at],
        y=[height] * len(at),
        width=0.95,
        base=[row - height / 2 for _, row in at],
        marker={"color": [look.fill for look in looks], "line": {"width": 1, "color": edges}},
        text=texts,
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        textfont={"size": SMALL, "color": [look.color for look in looks]},
        hovertext=hovers,
        hoverinfo="text",
        customdata=codes.to_numpy().tolist(),
        selected=UNSELECTED,  # without it Plotly fails on a click: "textfont" of undefined
        unselected=UNSELECTED | {"textfont": {"color": INK}},
    )
    figure.update_layout(uniformtext={"mode": "hide", "minsize": 11})


def outline_row(figure: go.Figure, row: int | None, columns: int) -> None:
    """Draw a frame around the row of the chosen unit."""
    if row is not None:
        figure.add_shape(
            type="rect",
            x0=-0.49,
            x1=columns - 0.51,
            y0=row - 0.49,
            y1=row + 0.49,
            line={"color": ACCENT, "width": 3},
        )


def nothing_figure(
    title: str, *, simulated: bool, note: str, width: int, said: str = STATUS["missing"].word
) -> go.Figure:
    """The figure for a frame without rows or values: it says that there is no data, or what else there is not."""
    figure = base_figure(title, simulated=simulated, alt=f"{title}. {said}.", note=note, width=width, plot_height=60)
    figure.add_annotation(x=0.5, y=0.5, xref="paper", yref="paper", text=said, font={"color": MUTED, "size": TEXT})
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure


# Bytes of cached figures, measured by their frames, for all readers: some periods and communes. A figure takes about
# twenty times as much as its frame.
_ROOM = 2 * 1024**2
_drawn: OrderedDict[tuple[Callable, bytes], go.Figure] = OrderedDict()
_drawing = threading.Lock()


# Of each event's text, where it happened on the axis: (first place, last place, when).
Happened = dict[str, list[tuple[int, int, str]]]


_MOST, _LONG = 8, 90  # events of a chart; letters of one


def happened(data: pd.DataFrame, events: pd.DataFrame | None) -> Happened:
    """The events on a line's axis; those with the same text are one.

    data: period_code, or code; events: period_code, until_code, event_text, when_text. An event outside the axis is left
    out, and of more than _MOST different ones the older ones.
    """
    if events is None or events.empty:
        return {}
    place = {
        code: number for number, code in enumerate(words(data["period_code" if "period_code" in data else "code"]))
    }
    found: Happened = {}
    columns = (words(events[name]) for name in ("period_code", "until_code", "event_text", "when_text"))
    for first, last, text, when in zip(*columns, strict=True):
        if first in place or last in place:  # what began before the axis began is shown from its start
            begun = place.get(first, 0)
            shown = f"{text[:_LONG].rstrip()}…" if len(text) > _LONG else text
            mark = (begun, place.get(last, begun), when)
            if mark not in found.setdefault(shown, []):
                found[shown].append(mark)
    newest = sorted(found, key=lambda text: max(last for _, last, _ in found[text]), reverse=True)[:_MOST]
    return {text: places for text, places in found.items() if text in newest}


def told_events(marks: Happened) -> str:
    """The numbered events in words; empty without events."""
    told = [
        f"{number}. {text[:1].upper()}{text[1:]} ({', '.join(when for *_, when in places)})"
        for number, (text, places) in enumerate(marks.items(), start=1)
    ]
    return f"Sự kiện{' gần nhất' if len(told) == _MOST else ''}: {'; '.join(told)}." if told else ""


def numbered_events(marks: Happened) -> dict[int, str]:
    """The numbers of the events that begin at each place of the axis: “1”, “1·3”."""
    found: dict[int, list[str]] = {}
    for number, places in enumerate(marks.values(), start=1):
        for first, *_ in places:
            found.setdefault(first, []).append(str(number))
    return {place: "·".join(dict.fromkeys(numbers)) for place, numbers in found.items()}


def remembered(draw: Callable[..., go.Figure]) -> Callable[..., go.Figure]:
    """Cache the figures of `draw`: Plotly spends most of a page's time on validating its input.

    The key is the pickled arguments, because the figure depends only on them. All readers share one figure object:
    nobody may change it, and its dictionary is also built only once.
    """

    @wraps(draw)
    def once(*args, **kwargs) -> go.Figure:
        packed = pickle.dumps((args, kwargs))
        with _drawing:
            if (draw, packed) in _drawn:
                _drawn.move_to_end((draw, packed))
                return _drawn[draw, packed]
        args, kwargs = pickle.loads(packed)
        figure = draw(*args, **kwargs)
        as_dictionary = figure.to_dict()
        figure.to_dict = lambda: as_dictionary
        with _drawing:
            _drawn[draw, packed] = figure
            while sum(len(kept) for _, kept in _drawn) > _ROOM:
                _drawn.popitem(last=False)
        return figure

    return once


@dataclass(frozen=True)
class Rows:
    """The names beside the rows of a chart, wrapped: their lines, width and height in pixels."""

    lines: list[list[str]]

    @property
    def width(self) -> float:
        """The width needed left of the plot."""
        return widest(line for lines in self.lines for line in lines) + 12

    def height(self, least: float) -> float:
        """The row height that fits every name, at least `least`."""
        return max(least, 17 * max(map(len, self.lines), default=1) + 8)

    def axis(self, chosen: list[bool]) -> dict:
        """The axis with the first row on top; the chosen name is bold and in the accent colour."""
        labels = [
            tinted(stacked(lines), ACCENT, bold=True) if pick else stacked(lines)
            for lines, pick in zip(self.lines, chosen, strict=True)
        ]
        return {
            "range": [len(labels) - 0.5, -0.5],
            "tickmode": "array",
            "tickvals": list(range(len(labels))),
            "ticktext": labels,
            "ticks": "",
            "ticklabelstandoff": 6,
        }


def rows_of(names: list[str], width: int, ranks: list[float | str | None] | None = None) -> Rows:
    """Wrap the names of rows to at most two fifths of the width; ranks, or ranges of ranks, come first.

    >>> rows_of(["Bộ phận Một cửa huyện", "Đa Mi"], 350, [1.0, None]).lines
    [['1. Bộ phận Một cửa', 'huyện'], ['Đa Mi']]
    """
    ranks = ranks or [None] * len(names)
    told = [rank if rank is None or isinstance(rank, str) else ordinal(rank) for rank in ranks]
    labels = [name if rank is None else f"{rank}. {name}" for rank, name in zip(told, names, strict=True)]
    return Rows([wrap(label, 0.36 * width) for label in labels])


def spans(ranges: pd.DataFrame | None) -> dict[str, str]:
    """The range of ranks of each unit as text, from the columns unit_code and range_text; empty without ranges."""
    return {} if ranges is None else dict(zip(ranges["unit_code"], ranges["range_text"], strict=True))


def side_texts(texts: list[str], x: float, **more) -> go.Scatter:
    """A trace with one escaped text beside every row, to the right of the value x."""
    return go.Scatter(
        x=[x] * len(texts),
        y=list(range(len(texts))),
        mode="text",
        text=texts,
        textposition="middle right",
        textfont={"size": SMALL, "color": INK},
        cliponaxis=False,
        hoverinfo="skip",
        **more,
    )


# Colours for a dark background: every colour of a figure and its counterpart.
DARK = {
    INK: "#F2F6FA",
    PAPER: "#0E1A26",
    ACCENT: "#7CBDF5",
    MUTED: "#B4C1CD",
    REST: "#5F7386",
    TRACK: "#243544",
    SIMULATED: "#F2B3E8",
    "#005A47": "#8CE0C2",
    "#CBE9DE": "#0F4436",
    "#6B4700": "#FFD977",
    "#FFE49A": "#523C00",
    "#8C1D04": "#FFAE98",
    "#F4B199": "#5E1E10",
    "#34495E": "#C3D3E3",
    "#E4EBF2": "#2A3B4C",
    "#EEF1F4": "#1D2A37",
    BAND: "#1B2C3D",
}
# After a click on a slide only the clicked mark keeps its colour; the speaker points with it.
_EMPHASIS = {"marker": {"opacity": 0.25}}


def projected(drawn: go.Figure, height: int, dark: bool = False) -> go.Figure:
    """A copy of the figure for a slide, `height` pixels high; a click highlights a mark, a double click ends that."""
    figure = go.Figure(drawn)  # copy, because the cached figure is shared
    figure.update_layout(height=height, clickmode="event+select", uniformtext_minsize=SMALL)
    figure.update_traces(unselected=_EMPHASIS, selector={"type": "bar"})
    if not dark:
        return figure
    anywhere = re.compile("|".join(DARK), re.IGNORECASE)
    spec = anywhere.sub(lambda found: DARK[found[0].upper()], figure.to_json())
    return go.Figure(json.loads(spec))
