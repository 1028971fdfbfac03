"""The last months of a value as a small line without axes, shown beside the value."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Sequence

from charts import ACCENT, MUTED

_WIDTH, _HEIGHT, _EDGE = 200, 36, 3  # units of the SVG drawing; it is stretched to the card


def sparkline(values: Sequence[float | None], target: float | None = None) -> str:
    """An HTML image of a line through the values, with gaps for missing values; "" for fewer than two values.

    The scale is the line's own. A target inside it is a dashed line; one outside would press the line flat.

    It is an SVG image and not a Plotly chart: eight charts would cost the browser more than the rest of the page.

    >>> sparkline([1.0, None]), sparkline([2.0, 4.0])[:36]
    ('', '<img src="data:image/svg+xml;base64,')
    """
    known = [value for value in values if _is_known(value)]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    step = _WIDTH / (len(values) - 1)
    points = [
        (place * step, _EDGE + (_HEIGHT - 2 * _EDGE) * (0.5 if high == low else (high - value) / (high - low)))
        if _is_known(value)
        else None
        for place, value in enumerate(values)
    ]
    lines = "".join(
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in run)}" fill="none" stroke="{ACCENT}" '
        'stroke-width="2" stroke-linejoin="round" vector-effect="non-scaling-stroke"/>'
        for run in _runs(points)
    )
    if target is not None and low < target < high:
        at = _EDGE + (_HEIGHT - 2 * _EDGE) * (high - target) / (high - low)
        lines += (
            f'<line x1="0" x2="{_WIDTH}" y1="{at:.1f}" y2="{at:.1f}" stroke="{MUTED}" stroke-dasharray="4 3" '
            'vector-effect="non-scaling-stroke"/>'
        )
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none">{lines}</svg>'
    # As a base64 image, because Streamlit removes SVG elements from HTML.
    packed = b64encode(drawing.encode()).decode()
    return (
        f'<img src="data:image/svg+xml;base64,{packed}" alt="Các tháng gần đây" '
        f'style="display:block;width:100%;height:{_HEIGHT}px">'
    )


def _is_known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """The points in groups without a gap."""
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if len(run) > 1]
