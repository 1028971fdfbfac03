"""Trình chiếu: the slides of a meeting over the whole window, turned by keys, a clicker, a swipe or the clock.

All slides are drawn at once and turned in the browser, so that turning one takes no answer from the server. They are
drawn on a stage of at least 890 × 500 pixels, which the browser enlarges to the window: 13 px there are 28 px on a
screen of 1920 × 1080.
"""

from __future__ import annotations

from html import escape

import streamlit as st

import queries
import vietnamese
from charts import ACCENT, CONFIG, DARK, INK, MUTED, PAPER, REST, SIMULATED, STATUS, TRACK, projected
from charts.bars import ranked_bars
from charts.tiles import tile_map
from charts.trend import trend
from frame import View
from inert import plain
from reports import Subject
from reports.playlist import Picture, Slide, make

WIDTH, HEIGHT = 890, 500  # the least stage, in its own pixels
_HALF, _WHOLE = 422, 858  # of a chart beside another one, and of one alone
_TALL = 372  # of every chart
_STILL = CONFIG | {"responsive": False}  # Plotly would measure the enlarged stage
_EVERY = 5  # seconds between two looks for a new snapshot

_LOOK = """
header[data-testid="stHeader"], [data-testid="stSidebar"], [data-testid="stExpandSidebarButton"],
[data-testid="stToastContainer"] { display: none !important; }
body, [data-testid="stMain"] { overflow: hidden !important; }
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] > :not(:has(.st-key-stage)):not(.st-key-stage) { display: none !important; }
.st-key-stage { position: fixed; left: 0; top: 0; z-index: 999990; overflow: hidden; transform-origin: 0 0;
  width: calc(100vw / var(--show-scale, 1)); height: calc(100vh / var(--show-scale, 1)); transform: scale(var(--show-scale, 1));
  background: PAPER; color: INK; gap: 0; }
[class*="st-key-slide_"] { position: absolute !important; inset: 0; padding: 14px 16px 34px; box-sizing: border-box;
  visibility: hidden; background: PAPER; gap: 0; width: auto !important; height: auto !important; }
[class*="st-key-slide_"] .show-head { display: flex; gap: 12px; align-items: flex-start; justify-content: space-between; margin: 0; }
[class*="st-key-slide_"] h2.show-title { font-size: 22px; line-height: 1.2; font-weight: 700; margin: 0; padding: 0; color: ACCENT; }
[class*="st-key-slide_"] .show-message { font-size: 16px; line-height: 1.3; font-weight: 500; margin: 2px 0 6px; color: INK; }
.show-mark { background: SIMULATED; color: PAPER; font-weight: 700; font-size: 13px; padding: 2px 6px; border-radius: 3px; white-space: nowrap; }
.show-cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 10px; margin-top: 10px; }
.show-card { border: 1px solid REST; border-radius: 6px; padding: 10px 12px; min-height: 150px; box-sizing: border-box; }
.show-card .name { font-size: 15px; font-weight: 600; color: MUTED; }
.show-card .value { font-size: 34px; line-height: 1.2; font-weight: 700; color: INK; }
.show-card .note { font-size: 13px; color: MUTED; margin-top: 4px; }
.show-card .status { font-size: 14px; font-weight: 600; display: inline-block; padding: 1px 6px; border-radius: 3px; }
ul.show-lines { margin: 10px 0 0 !important; padding: 0 !important; list-style: none; display: grid; gap: 9px; }
.show-lines li { font-size: 17px; line-height: 1.35; border-left: 4px solid ACCENT; padding: 1px 0 1px 10px !important; margin: 0 !important; color: INK; }
.show-opening { height: calc(100vh / var(--show-scale, 1) - 60px); display: flex; flex-direction: column; justify-content: center; }
.show-opening h2.show-title { font-size: 40px; }
.show-opening .show-message { font-size: 28px; margin: 10px 0 18px; }
.show-opening p.line { font-size: 16px; margin: 4px 0; color: MUTED; }
/* Streamlit asks how large a chart's box looks and draws it as large: a box that much smaller looks right. */
[class*="st-key-slide_"] :is([data-testid="stElementContainer"], [data-testid="stFullScreenFrame"], [data-testid="stFullScreenFrame"] > div,
  [data-testid="stPlotlyChart"]):is(:has(.js-plotly-plot), [data-testid="stPlotlyChart"]) { overflow: visible !important; min-width: 0 !important;
  width: calc(var(--chart-width) / var(--show-scale, 1)) !important; height: calc(TALLpx / var(--show-scale, 1)) !important; }
[class*="st-key-slide_"] :is(.js-plotly-plot, .plot-container, .svg-container) { overflow: visible !important; }
[class*="st-key-slide_"] [data-testid="stColumn"] { --chart-width: HALFpx; width: HALFpx !important; flex: 0 0 HALFpx !important; min-width: 0; }
[class*="st-key-slide_"] [data-testid="stColumn"]:only-child { --chart-width: WHOLEpx; width: WHOLEpx !important; flex-basis: WHOLEpx !important; }
[class*="st-key-slide_"] [data-testid="stHorizontalBlock"] { gap: 14px; height: TALLpx; }
.st-key-show_controls { position: absolute !important; left: 0; right: 0; bottom: 0; width: auto !important; z-index: 2; height: auto !important; }
"""

_CONTROLS = """
<div class="time"><span></span></div>
<div class="row" role="toolbar" aria-label="Điều khiển trình chiếu">
  <span class="source"></span>
  <span class="buttons">
    <button data-does="back">Trước</button><button data-does="pause">Tạm dừng</button><button data-does="next">Tiếp</button>
    <button data-does="fullscreen">Toàn màn hình</button><button data-does="leave">Đóng</button>
  </span>
  <span class="count" aria-live="polite"></span>
</div>
"""
_CONTROLS_LOOK = """
:host { display: block; }
.time { height: 4px; background: var(--show-track); }
.time span { display: block; height: 100%; width: 0; background: var(--show-accent); }
.row { display: flex; gap: 12px; align-items: center; justify-content: space-between; height: 28px; padding: 0 16px;
  font: 500 13px/1 'Be Vietnam Pro', Arial, sans-serif; color: var(--show-muted); background: var(--show-paper); white-space: nowrap; }
.source { overflow: hidden; text-overflow: ellipsis; flex: 1 1 0; min-width: 0; }
.buttons { display: none; gap: 4px; }
.row.awake .buttons, .row:focus-within .buttons { display: flex; }
.row.awake .source, .row:focus-within .source { visibility: hidden; width: 0; flex: 0 1 0; }
button { font: inherit; color: var(--show-ink); background: transparent; border: 1px solid var(--show-muted); border-radius: 4px;
  padding: 3px 8px; cursor: pointer; }
button:hover, button:focus-visible { background: var(--show-track); }
"""
# State lives on window.show: this runs again whenever the data change, and a run replaces the one before.
_CONTROLS_SCRIPT = """
export default function ({ parentElement, data, setTriggerValue }) {
  const before = window.show;
  before?.stop();
  const row = parentElement.querySelector(".row"), time = parentElement.querySelector(".time span");
  const host = row.getRootNode().host ?? parentElement;
  for (const [name, color] of Object.entries(data.colors)) host.style.setProperty(`--show-${name}`, color);
  const style = document.createElement("style");
  document.head.append(style);
  const asked = parseInt(location.hash.slice(1), 10) || 1;
  const show = window.show = { at: before?.at ?? asked - 1, paused: before?.paused ?? false, black: false, elapsed: 0, left: false };
  const fit = () => {
    const scale = Math.min(innerWidth / data.width, innerHeight / data.height);
    document.documentElement.style.setProperty("--show-scale", scale);
  };
  const paint = () => {
    show.at = Math.min(Math.max(show.at, 0), data.slides - 1);
    style.textContent = show.black
      ? ".st-key-stage { background: #000 !important; } .st-key-stage > * { visibility: hidden !important; }"
      : `.st-key-slide_${show.at} { visibility: visible !important; }`;
    parentElement.querySelector(".count").textContent = `${show.paused && data.seconds ? "Tạm dừng · " : ""}${show.at + 1}/${data.slides}`;
    parentElement.querySelector(".source").textContent = data.sources[show.at];
    parentElement.querySelector('[data-does="pause"]').textContent = show.paused ? "Chạy tiếp" : "Tạm dừng";
    parentElement.querySelector('[data-does="pause"]').hidden = !data.seconds;
    document.documentElement.dataset.slide = show.at + 1;
    document.documentElement.dataset.paused = show.paused;
    history.replaceState(history.state, "", `${location.pathname}${location.search}#${show.at + 1}`);
  };
  const turn = (by) => {
    show.at = (show.at + by + data.slides) % data.slides;
    show.elapsed = 0;
    show.black = false;
    paint();
  };
  const does = {
    next: () => turn(1),
    back: () => turn(-1),
    first: () => turn(-show.at),
    last: () => turn(data.slides - 1 - show.at),
    pause: () => { show.paused = !show.paused; paint(); },
    space: () => (data.seconds ? does.pause() : does.next()),
    black: () => { show.black = !show.black; paint(); },
    fullscreen: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => {}),
    leave: () => {
      if (show.black) return does.black();
      if (show.left) return;
      show.left = true;
      if (document.fullscreenElement) document.exitFullscreen();
      setTriggerValue("leave", true);
    },
  };
  const keys = {
    ArrowRight: "next", ArrowDown: "next", PageDown: "next", Enter: "next", n: "next",
    ArrowLeft: "back", ArrowUp: "back", PageUp: "back", Backspace: "back",
    Home: "first", End: "last", " ": "space", p: "pause", b: "black", ".": "black", f: "fullscreen", F5: "fullscreen", Escape: "leave",
  };
  const pressed = (event) => {
    const does_it = keys[event.key];
    const on_button = event.composedPath()[0]?.tagName === "BUTTON" && (event.key === "Enter" || event.key === " ");
    if (!does_it || on_button || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    does[does_it]();
  };
  let touch = null;
  const touched = (event) => { touch = event.touches.length === 1 ? [event.touches[0].clientX, event.touches[0].clientY] : null; };
  const lifted = (event) => {
    if (!touch) return;
    const [x, y] = [event.changedTouches[0].clientX - touch[0], event.changedTouches[0].clientY - touch[1]];
    touch = null;
    if (Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(y)) turn(x < 0 ? 1 : -1);
  };
  let asleep;
  const woken = () => {
    row.classList.add("awake");
    clearTimeout(asleep);
    asleep = setTimeout(() => row.classList.remove("awake"), 3000);
  };
  let last = performance.now();
  const tick = setInterval(() => {
    const now = performance.now();
    if (data.seconds && !show.paused && !show.black) show.elapsed += (now - last) / 1000;
    last = now;
    time.style.width = data.seconds ? `${Math.min(100, 100 * show.elapsed / data.seconds)}%` : "0";
    if (data.seconds && show.elapsed >= data.seconds) turn(1);
  }, 200);
  for (const button of parentElement.querySelectorAll("button")) button.onclick = () => does[button.dataset.does]();
  const heard = [
    [window, "keydown", pressed, true], [window, "resize", fit, false], [window, "touchstart", touched, { passive: true }],
    [window, "touchend", lifted, { passive: true }], [window, "pointermove", woken, { passive: true }],
  ];
  for (const [on, name, run, how] of heard) on.addEventListener(name, run, how);
  // The screen of a meeting room must not go dark; browsers lend this to https and localhost only.
  navigator.wakeLock?.request("screen").then((lock) => { show.lock = lock; }).catch(() => {});
  show.stop = () => {
    for (const [on, name, run, how] of heard) on.removeEventListener(name, run, how);
    clearInterval(tick);
    clearTimeout(asleep);
    style.remove();
    show.lock?.release();
  };
  document.activeElement?.blur?.();
  fit();
  paint();
  return () => {
    show.stop();
    delete window.show;
    delete document.documentElement.dataset.slide;
    history.replaceState(history.state, "", `${location.pathname}${location.search}`);
  };
}
"""


def perform(view: View, subject: Subject, codes: list[str], seconds: int, dark: bool) -> bool:
    """Show the slides over the whole window; true once the speaker has left."""
    slides = [make(subject, code) for code in codes]
    colors = {"paper": PAPER, "ink": INK, "accent": ACCENT, "muted": MUTED, "track": TRACK}
    with st.container(key="stage"):
        st.html(f"<style>{_tinted(_LOOK, dark)}</style>")
        for position, slide in enumerate(slides):
            with st.container(key=f"slide_{position}"):
                _draw(slide, dark)
        controls = st.components.v2.component("show_controls", html=_CONTROLS, css=_CONTROLS_LOOK, js=_CONTROLS_SCRIPT)
        with st.container(key="show_controls"):
            result = controls(
                data={
                    "slides": len(slides),
                    "seconds": seconds,
                    "width": WIDTH,
                    "height": HEIGHT,
                    "sources": [_source(subject, slide) for slide in slides],
                    "colors": {name: _shade(color, dark) for name, color in colors.items()},
                },
                key="controls",
                on_leave_change=lambda: None,
            )
        _follow(queries.snapshot().id)
    return bool(result.leave)


@st.fragment(run_every=_EVERY)
def _follow(shown: str) -> None:
    """Draw the slides anew as soon as another snapshot is published."""
    if queries.newest() != shown:
        st.rerun()


def _source(subject: Subject, slide: Slide) -> str:
    """Whose figures they are and where they come from, at the foot of a slide."""
    return f"{slide.about} · {subject.period.title} · số liệu đến {vietnamese.date(subject.as_of)}, bản {subject.snapshot.id}"


def _shade(color: str, dark: bool) -> str:
    """A colour of the charts, or its counterpart on a dark wall."""
    return DARK[color] if dark else color


def _tinted(look: str, dark: bool) -> str:
    """The style sheet with its colours."""
    for name, color in {
        "SIMULATED": SIMULATED, "PAPER": PAPER, "INK": INK, "ACCENT": ACCENT, "MUTED": MUTED, "REST": REST,
    }.items():  # fmt: skip
        look = look.replace(name, _shade(color, dark))
    return look.replace("TALL", str(_TALL)).replace("HALF", str(_HALF)).replace("WHOLE", str(_WHOLE))


def _draw(slide: Slide, dark: bool) -> None:
    """One slide: its message, and charts, cards or lines."""
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
    """One figure with its status."""
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
        return trend(picture.data, measure=picture.measure, name=picture.name, **shared)
    if picture.form == "tiles":
        return tile_map(picture.data, highlight=picture.highlight, **shared)
    return ranked_bars(
        picture.data, highlight=picture.highlight, target=picture.target, target_text=picture.target_text, **shared
    )


def summary(subject: Subject, codes: list[str]) -> None:
    """The chosen slides as a list: what each will say."""
    slides = [make(subject, code) for code in codes]
    st.markdown(
        "\n".join(f"{n}. **{plain(slide.title)}** – {plain(slide.message)}" for n, slide in enumerate(slides, 1))
    )
