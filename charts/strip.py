"""Units as dots on one line with the line of the class to reach: who stands where, and how far apart."""

from __future__ import annotations

from html import escape

import pandas as pd

from charts import ACCENT, INK, MUTED, REST
from words import vietnamese

_WIDTH, _HEIGHT, _LINE = 500, 62, 36  # units of the drawing; the height of the line
_EDGE = 26
_ROOM = 74  # units that a label needs


def dot_strip(units: pd.DataFrame, own: str, target: float, target_name: str) -> str:
    """An SVG drawing of the units' points; names stand at the own one and, where there is room, at its neighbours.

    units: columns unit_code, name, value (points), place, in order of place. Units without points are left out.
    """
    known = units[units["value"].notna()]
    low, high = min([*known["value"], target]), max([*known["value"], target])
    span = (high - low) or 1.0

    def across(value: float) -> float:
        return _EDGE + (_WIDTH - 2 * _EDGE) * (value - low) / span

    mine = known[known["unit_code"] == own]
    others = known[known["unit_code"] != own]
    goal = across(target)
    drawn = [
        f'<line x1="{_EDGE}" x2="{_WIDTH - _EDGE}" y1="{_LINE}" y2="{_LINE}" stroke="{REST}"/>',
        f'<line x1="{goal:.1f}" x2="{goal:.1f}" y1="{_LINE - 13}" y2="{_LINE + 11}" stroke="{INK}" stroke-dasharray="4 3"/>',
        _label(goal, _HEIGHT - 3, target_name, INK, 400),
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


def in_words(units: pd.DataFrame, target: float, target_name: str) -> str:
    """The same for who does not see it: every unit with its points, and how many reach the line."""
    known = units[units["value"].notna()]
    reached = int((known["value"] >= target).sum())
    each = "; ".join(
        f"{name} {vietnamese.number(value, 2)}" for name, value in zip(known["name"], known["value"], strict=True)
    )
    return f"{vietnamese.number(reached)}/{vietnamese.number(len(known))} đơn vị đạt mức {target_name}. {each}."


def _label(x: float, y: int, text: str, color: str, weight: int) -> str:
    """A text centred at x, kept inside the drawing."""
    anchor, x = ("start", 2.0) if x < _ROOM else ("end", _WIDTH - 2.0) if x > _WIDTH - _ROOM else ("middle", x)
    return f'<text x="{x:.1f}" y="{y}" font-size="13" font-weight="{weight}" fill="{color}" text-anchor="{anchor}">{escape(text)}</text>'
