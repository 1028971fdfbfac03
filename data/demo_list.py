"""The lists of the simulated district: what its units have, lack and do, in keeping with the indicators that they report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

Random = Callable[[str], np.random.Generator]


@dataclass(frozen=True)
class Known:
    """The units that keep lists, the newest (numerator or value, denominator) of each reported indicator, and luck."""

    communes: pd.DataFrame
    counter: str
    newest: dict[tuple[str, str], tuple[float, float | None]]
    random: Random


# Equipment of a one-stop desk: how many there must be, and the price of one. Together they are the items of indicator S16.
EQUIPMENT = {
    "Máy tính để bàn": (5, 15_000_000),
    "Máy in": (3, 6_500_000),
    "Máy quét": (3, 12_500_000),
    "Thiết bị đọc thẻ căn cước": (2, 8_000_000),
    "Bộ lưu điện": (2, 4_200_000),
    "Máy lấy số thứ tự": (1, 38_000_000),
    "Màn hình tra cứu": (1, 22_000_000),
    "Ki-ốt nộp hồ sơ trực tuyến": (1, None),
}
EQUIPMENT_COLUMNS = ("unit_code", "name", "required_count", "usable_count", "unit_cost", "reported_on", "simulated")


def equipment_rows(known: Known) -> list[tuple]:
    """What each desk must have and can use; three communes have not told."""
    luck, rows = known.random("equipment"), []
    silent = set(luck.choice(known.communes["unit_code"], 3, replace=False))
    for unit in [*known.communes["unit_code"], known.counter]:
        if unit in silent:
            continue
        required = np.array([many for many, _ in EQUIPMENT.values()])
        usable, every = known.newest.get((unit, "S16"), (14, 18))
        lost = luck.permutation(np.repeat(np.arange(len(required)), required))[
            : round(required.sum() * (1 - usable / every))
        ]
        left = required - np.bincount(lost, minlength=len(required))
        told = f"2024-12-{luck.integers(2, 21):02d}"
        for (name, (many, price)), there in zip(EQUIPMENT.items(), left, strict=True):
            rows.append((unit, name, many, int(there), price, told, "true"))
    return rows
