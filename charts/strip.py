"""Units as dots on one line with the line of the class to reach: who stands where, and how far apart."""

from __future__ import annotations

from html import escape

import pandas as pd

from charts import ACCENT, INK, MUTED, REST
from words import vietnamese

_WIDTH, _HEIGHT, _LINE = 500, 62, 36  # units of the drawing; the height of the line
_EDGE = 26
_ROOM = 74  # units that a label needs


def dot_strip(units: pd.DataFrame, own: str, target: float | None, target_name: str) -> str:
    """An SVG drawing of the units' points; names stand at the own one and, where there is room, at its neighbours.

    units: columns unit_code, name, value (points), place, in order of place. Units without points are left out; without
    a target there is no line of a class.
    """
    known = units[units["value"].notna()]
    marks = [*known["value"], *([] if target is None else [target])]
    low, high = min(marks, default=0.0), max(marks, default=0.0)
    span = (high - low) or 1.0

    def across(value: float) -> float:
        return _EDGE + (_WIDTH - 2 * _EDGE) * (value - low) / span

    mine = known[known["unit_code"] == own]
    others = known[known["unit_code"] != own]
    drawn = [
        f'<line x1="{_EDGE}" x2="{_WIDTH - _EDGE}" y1="{_LINE}" y2="{_LINE}" stroke="{REST}"/>',
        *([] if target is None else _goal(across(target), target_name)),
        *(
            f'<circle cx="{across(value):.1f}" cy="{_LINE}" r="5" fill="{REST}" stroke="#fff"><title>{escape(name)}: '
            f"{vietnamese.quantity(value, 'điểm')}</title></circle>"
            for name, value in zip(others["name"], others["value"], strict=True)
        ),
    ]
    taken: list[float] = []
    for name, value in zip(mine["name"], mine["value"], strict=True):
        drawn.append(f'<circle cx="{across(value):.1f}" cy="{_LINE}" r="7.5" fill="{ACCENT}" stroke="#fff"/>')
        drawn.append(_label(across(value), 16, f"{name} {vietnamese.number(value, 2)}", ACCENT, 600))
        taken.append(across(value))
    for name, value in zip(others["name"], others["value"], strict=True):
        if all(abs(across(value) - there) >= _ROOM * 1.6 for there in taken):
            drawn.append(_label(across(value), 16, f"{name} {vietnamese.number(value, 2)}", MUTED, 400))
            taken.append(across(value))
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true" focusable="false">{"".join(drawn)}</svg>'


def in_words(units: pd.DataFrame, target: float | None, target_name: str) -> str:
    """The same for who does not see it: every unit with its points, and how many reach the line if there is one."""
    known = units[units["value"].notna()]
    each = "; ".join(
        f"{name} {vietnamese.number(value, 2)}" for name, value in zip(known["name"], known["value"], strict=True)
    )
    if known.empty:
        return "Chưa đơn vị nào có điểm."
    if target is None:
        return f"{each}."
    reached = int((known["value"] >= target).sum())
    return f"{vietnamese.number(reached)}/{vietnamese.number(len(known))} đơn vị đạt mức {target_name}. {each}."


def _goal(x: float, name: str) -> list[str]:
    """The line of the class to reach, and its name below."""
    line = (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_LINE - 13}" y2="{_LINE + 11}" stroke="{INK}" stroke-dasharray="4 3"/>'
    )
    return [line, _label(x, _HEIGHT - 3, name, INK, 400)]


def _label(x: float, y: int, text: str, color: str, weight: int) -> str:
    """A text centred at x, kept inside the drawing."""
    anchor, x = ("start", 2.0) if x < _ROOM else ("end", _WIDTH - 2.0) if x > _WIDTH - _ROOM else ("middle", x)
    return f'<text x="{x:.1f}" y="{y}" font-size="13" font-weight="{weight}" fill="{color}" text-anchor="{anchor}">{escape(text)}</text>'
