"""The tables and the units that a token can name; a name that does not exist would give a right that nobody sees."""

from __future__ import annotations

import csv
from contextlib import suppress
from functools import cache
from pathlib import Path

from rapidfuzz import fuzz, process

from queries.snapshot import MAIN, ROOT, NewerStore, NoSnapshot, OldStore, reader
from words.vietnamese import fold

_REFERENCE = ROOT / "data" / "reference"
_UNITS = "SELECT DISTINCT own_code, name FROM unit"
_MOST_UNITS = 100_000
_NEAR = 3  # names that a message offers
_ALIKE = 50


def unknown_table(names: tuple[str, ...]) -> str:
    """What is wrong with the first table that does not exist, and what it may be; "" if all exist."""
    known = _tables()
    strange = next((name for name in names if name not in known), None)
    if strange is None:
        return ""
    near = process.extractOne(strange, known, scorer=fuzz.WRatio, processor=fold, score_cutoff=_ALIKE)
    offered = f" Có phải {near[0]}?" if near else ""
    return f"Không có bảng “{strange[:40]}”.{offered} Các bảng: {', '.join(known)}."


def unknown_unit(codes: tuple[str, ...], store: Path) -> str:
    """What is wrong with the first unit that neither the program nor the store knows, and what it may be; or ""."""
    if all(code in _shipped() for code in codes):
        return ""
    known = _shipped() | _stored(store)
    strange = next((code for code in codes if code not in known), None)
    if strange is None:
        return ""
    named = {code: f"{name} {code}" for code, name in known.items()}
    near = process.extract(strange, named, scorer=fuzz.WRatio, processor=fold, limit=_NEAR)
    offered = "; ".join(f"{code} ({known[code]})" for _, _, code in near)
    return f"Mã đơn vị không có trong danh mục: “{strange[:40]}”. Gần nhất: {offered}."


@cache
def _tables() -> tuple[str, ...]:
    with (_REFERENCE / "schema.csv").open(encoding="utf-8", newline="") as file:
        return tuple(dict.fromkeys(row["table"] for row in csv.DictReader(file)))


@cache
def _shipped() -> dict[str, str]:
    """The names of the program's units by code, of several times the newest."""
    with (_REFERENCE / "unit.csv").open(encoding="utf-8", newline="") as file:
        return {row["unit_code"]: row["name"] for row in csv.DictReader(file)}


def _stored(store: Path) -> dict[str, str]:
    """The units of the data in force; none while the store has no data that can be read."""
    with suppress(NoSnapshot, OldStore, NewerStore):
        found = reader(store).part(_UNITS, (), MAIN, 0, _MOST_UNITS)
        return dict(zip(found["own_code"].to_pylist(), found["name"].to_pylist(), strict=True))
    return {}
