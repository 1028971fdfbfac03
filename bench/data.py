"""Dossier files of any size with the shape of the simulated district: fewer dossiers, or the same ones many times over.

Units, fields, procedures, and the two years stay those of data/demo.py. A copy of a dossier has a code of its own and
its own second in every moment, the same in all of them: what is late stays late, and every check says what it said.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from data import demo
from ingest.reading import limits

# Bytes of a row, a little more than any file has: parts must stay below what an upload may weigh.
_BYTES = {"dossier": 280, "step": 110}
_DEMO_FILES = {"dossier": "ho-so-*.csv", "step": "buoc-dat-dai.csv"}
_NAMES = {"dossier": "ho-so", "step": "buoc-dat-dai"}
# Numbers within a day and a unit stay below this in the simulated district.
_STRIDE = 1000

_PLACED = """CREATE TABLE {kind} AS SELECT file.*, place FROM read_csv('{files}', all_varchar = true) AS file
JOIN (SELECT dossier_code, row_number() OVER (ORDER BY hash(dossier_code), dossier_code) - 1 AS place
    FROM read_csv('{dossiers}', all_varchar = true)) USING (dossier_code)"""
# Rows by their number: all dossiers in a mixed order, then all again, and so on.
_PART = """COPY (
    SELECT regexp_replace(dossier_code, '\\d+$', '')
            || lpad(CAST(copy * {stride} + CAST(right(dossier_code, 4) AS INTEGER) AS VARCHAR), 6, '0') AS dossier_code,
        {columns}
    FROM {kind}, (SELECT copy, lpad(CAST(copy % 60 AS VARCHAR), 2, '0') AS second
        FROM range({first} // {total}, ({last} - 1) // {total} + 1) AS made(copy))
    WHERE copy * {total} + place >= {first} AND copy * {total} + place < {last}
    ORDER BY received_at, dossier_code
) TO '{path}' (HEADER)"""
# A date alone stays one: it is compared in another way than a moment.
_MOMENT = "CASE WHEN {0} LIKE '%00:00:00' THEN {0} ELSE left({0}, 17) || second END AS {0}"


@dataclass(frozen=True)
class Made:
    """The files of one size: dossiers and steps in parts that may be uploaded, and the small tables."""

    rows: int
    dossiers: tuple[Path, ...]
    steps: tuple[Path, ...]
    small: tuple[Path, ...]

    @property
    def all(self) -> list[Path]:
        """Everything that is published."""
        return [*self.dossiers, *self.steps, *self.small]

    @property
    def dossier_bytes(self) -> int:
        """What the dossier files weigh."""
        return sum(path.stat().st_size for path in self.dossiers)


def make(rows: int, cache: Path) -> Made:
    """The files with that many dossiers; made once for a version of the generator, then taken from the cache."""
    base = cache / f"data-{_recipe()}"
    simulated = _once(base / "demo", demo.write)
    folder = _once(base / str(rows), lambda making: _write(rows, simulated, making))
    small = [path for path in sorted(simulated.glob("*.csv")) if not path.name.startswith(tuple(_NAMES.values()))]
    parts = {kind: tuple(sorted(folder.glob(f"{name}-*.csv"))) for kind, name in _NAMES.items()}
    return Made(rows, parts["dossier"], parts["step"], tuple(small))


def _recipe() -> str:
    """What the files depend on, as a short checksum."""
    sources = [Path(__file__), Path(demo.__file__), *sorted(demo.REFERENCE.glob("*.csv"))]
    texts = [path.read_bytes() for path in sources] + [f"{limits.BYTES} {limits.ROWS}".encode()]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:10]


def _once(folder: Path, make) -> Path:
    """The folder, filled by make(folder) if it is not there yet; an interrupted making leaves nothing."""
    if not folder.exists():
        making = folder.with_name(f"{folder.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        make(making)
        making.rename(folder)
    return folder


def _write(rows: int, simulated: Path, folder: Path) -> None:
    """Write the dossiers in parts, and beside each the steps of its dossiers."""
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        for kind, pattern in _DEMO_FILES.items():
            dossiers = simulated / _DEMO_FILES["dossier"]
            connection.execute(_PLACED.format(kind=kind, files=simulated / pattern, dossiers=dossiers))
        total = connection.execute("SELECT count(*) FROM dossier").fetchone()[0]
        for kind in _NAMES:
            each = min(limits.ROWS, limits.BYTES // _BYTES[kind]) * (1 if kind == "dossier" else 2)
            for number, first in enumerate(range(0, rows, each), 1):
                path = folder / f"{_NAMES[kind]}-{number:02d}.csv"
                _write_part(connection, kind, total, first, min(first + each, rows), path)


def _write_part(
    connection: duckdb.DuckDBPyConnection, kind: str, total: int, first: int, last: int, path: Path
) -> None:
    names = [
        name for name, *_ in connection.execute(f"DESCRIBE {kind}").fetchall() if name not in ("dossier_code", "place")
    ]
    columns = ", ".join(_MOMENT.format(name) if name.endswith("_at") else name for name in names)
    connection.execute(
        _PART.format(kind=kind, total=total, first=first, last=last, path=path, columns=columns, stride=_STRIDE)
    )
