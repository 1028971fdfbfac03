"""Trình chiếu: full-window slides of a meeting, turned by keys, a clicker, a swipe or a timer.

All slides are drawn at once and switched in the browser, so turning a slide needs no request. They are drawn on a stage
of at least 890 × 500 pixels, which the browser enlarges to the window: 13 px on the stage are 28 px on a screen of 1920
× 1080.
"""

from __future__ import annotations

from html import escape

import streamlit as st

import queries
from charts import ACCENT, CONFIG, DARK, INK, MUTED, PAPER, REST, SIMULATED, STATUS, TRACK, projected
from charts.bars import ranked_bars
from charts.tiles import tile_map
from charts.trend import trend
from reports import Subject
from reports.playlist import Picture, Slide, slides
from ui.asset import asset
from ui.view import View
from words import vietnamese
from words.escape import plain

WIDTH, HEIGHT = 890, 500  # smallest stage, in stage pixels
_HALF, _WHOLE = 422, 858  # width of a chart beside another one, and of a single chart
_TALL = 372  # height of every chart
_STILL = CONFIG | {"responsive": False}  # a responsive Plotly chart would measure the enlarged stage
_EVERY = 5  # seconds between two checks for a new snapshot


def perform(view: View, subject: Subject, codes: list[str], seconds: int, dark: bool) -> bool:
    """Show the slides in the whole window; returns True when the speaker has closed them."""
    shown = slides(subject, codes)
    colors = {"paper": PAPER, "ink": INK, "accent": ACCENT, "muted": MUTED, "track": TRACK}
    with st.container(key="stage"):
        st.html(f"<style>{_tinted(asset('present.css'), dark)}</style>")
        for position, slide in enumerate(shown):
            with st.container(key=f"slide_{position}"):
                _draw(slide, dark)
        controls = st.components.v2.component(
            "show_controls",
            html=asset("present_controls.html"),
            css=asset("present_controls.css"),
            js=asset("present_controls.js"),
        )
        with st.container(key="show_controls"):
            result = controls(
                data={
                    "slides": len(shown),
                    "seconds": seconds,
                    "width": WIDTH,
                    "height": HEIGHT,
                    "sources": [_source(subject, slide) for slide in shown],
                    "colors": {name: _shade(color, dark) for name, color in colors.items()},
                },
                key="controls",
                on_leave_change=lambda: None,
            )
        _follow(queries.snapshot().id)
    return bool(result.leave)


@st.fragment(run_every=_EVERY)
def _follow(shown: str) -> None:
    """Redraw the slides when a new snapshot is published."""
    if queries.newest() != shown:
        st.rerun()


def _source(subject: Subject, slide: Slide) -> str:
    """The footer of a slide: unit and source of the figures."""
    return f"{slide.about} · {subject.period.title} · số liệu đến {vietnamese.date(subject.as_of)}, bản {subject.snapshot.id}"


def _shade(color: str, dark: bool) -> str:
    """A chart colour, or its counterpart for a dark background."""
    return DARK[color] if dark else color


def _tinted(look: str, dark: bool) -> str:
    """The style sheet with its colours filled in."""
    for name, color in {
        "SIMULATED": SIMULATED, "PAPER": PAPER, "INK": INK, "ACCENT": ACCENT, "MUTED": MUTED, "REST": REST,
    }.items():  # fmt: skip
        look = look.replace(name, _shade(color, dark))
    return look.replace("TALL", str(_TALL)).replace("HALF", str(_HALF)).replace("WHOLE", str(_WHOLE))


def _draw(slide: Slide, dark: bool) -> None:
    """Draw one slide: its message, and charts, cards or lines."""
    mark = '<span class="show-mark">MÔ PHỎNG</span>' if slide.simulated else ""
    if slide.code == "opening":
        lines = "".join(f'<p class="line">{escape(line)}</p>' for line in slide.lines)
        st.html(
            f'<div class="show-opening"><div>{mark}</div><h2 class="show-title">{escape(slide.title)}</h2>'
            f'<p class="show-message">{escape(slide.message)}</p>{lines}</div>'
        )
        return
    body = ""
    if slide.cards:
        body = f'<div class="show-cards">{"".join(_card(card, dark) for card in slide.cards)}</div>'
    elif slide.lines:
        body = f'<ul class="show-lines">{"".join(f"<li>{escape(line)}</li>" for line in slide.lines)}</ul>'
    st.html(
        f'<div class="show-head"><h2 class="show-title">{escape(slide.title)}</h2>{mark}</div>'
        f'<p class="show-message">{escape(slide.message)}</p>{body}'
    )
    if slide.pictures:
        width = _HALF if len(slide.pictures) > 1 else _WHOLE
        for column, picture in zip(st.columns(len(slide.pictures), gap="small"), slide.pictures, strict=True):
            figure = projected(_figure(picture, width), _TALL, dark)
            key = f"show_{slide.code}_{slide.pictures.index(picture)}"
            alt = (figure.layout.meta or {}).get("alt")
            column.plotly_chart(figure, theme=None, config=_STILL, key=key, alt=alt)


def _card(card, dark: bool) -> str:
    """One value with its status, as HTML."""
    look = STATUS[card.status]
    colors = f"color:{_shade(look.color, dark)};background:{_shade(look.fill, dark)}"
    return (
        f'<div class="show-card"><div class="name">{escape(card.name)}</div><div class="value">{escape(card.text)}</div>'
        f'<span class="status" style="{colors}">{look.mark} {look.word}</span><div class="note">{escape(card.note)}</div></div>'
    )


def _figure(picture: Picture, width: int):
    """The chart of a picture."""
    shared = {"title": picture.title, "simulated": picture.simulated, "width": width}
    if picture.form == "line":
        return trend(picture.data, measure=picture.measure, name=picture.name, events=picture.events, **shared)
    if picture.form == "tiles":
        return tile_map(picture.data, highlight=picture.highlight, **shared)
    return ranked_bars(picture.data, highlight=picture.highlight, ranges=picture.ranges, **shared)


def summary(subject: Subject, codes: list[str]) -> None:
    """The slides as a list, each with its message."""
    shown = enumerate(slides(subject, codes), 1)
    st.markdown("\n".join(f"{n}. **{plain(slide.title)}** – {plain(slide.message)}" for n, slide in shown))
