"""Dossier files of any size, derived from the simulated district: fewer dossiers, or repeated copies.

Units, fields, procedures and the two years are those of data/demo.py. A copy of a dossier has its own code and its own
second in every time, the same second in all its times. So late dossiers stay late, and every check gives the same
result.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from data import demo
from ingest.reading import limits

# Bytes per row, slightly more than in any file: each part must stay below the upload limit.
_BYTES = {"dossier": 280, "step": 110}
_DEMO_FILES = {"dossier": "ho-so-*.csv", "step": "buoc-dat-dai.csv"}
_NAMES = {"dossier": "ho-so", "step": "buoc-dat-dai"}
# Numbers of a unit within one day are smaller than this in the simulated district.
_STRIDE = 1000

_PLACED = """CREATE TABLE {kind} AS SELECT file.*, place FROM read_csv('{files}', all_varchar = true) AS file
JOIN (SELECT dossier_code, row_number() OVER (ORDER BY hash(dossier_code), dossier_code) - 1 AS place
    FROM read_csv('{dossiers}', all_varchar = true)) USING (dossier_code)"""
# Rows by number: all dossiers in a shuffled order, then all again, and so on.
_PART = """COPY (
    SELECT regexp_replace(dossier_code, '\\d+$', '')
            || lpad(CAST(copy * {stride} + CAST(right(dossier_code, 4) AS INTEGER) AS VARCHAR), 6, '0') AS dossier_code,
        {columns}
    FROM {kind}, (SELECT copy, lpad(CAST(copy % 60 AS VARCHAR), 2, '0') AS second
        FROM range({first} // {total}, ({last} - 1) // {total} + 1) AS made(copy))
    WHERE copy * {total} + place >= {first} AND copy * {total} + place < {last}
    ORDER BY received_at, dossier_code
) TO '{path}' (HEADER)"""
# A date without a time stays one, because it is compared differently from a time.
_MOMENT = "CASE WHEN {0} LIKE '%00:00:00' THEN {0} ELSE left({0}, 17) || second END AS {0}"


@dataclass(frozen=True)
class Made:
    """The files of one size: dossiers and steps in parts below the upload limit, and the small tables."""

    rows: int
    dossiers: tuple[Path, ...]
    steps: tuple[Path, ...]
    small: tuple[Path, ...]

    @property
    def all(self) -> list[Path]:
        """All files to publish."""
        return [*self.dossiers, *self.steps, *self.small]

    @property
    def dossier_bytes(self) -> int:
        """The size of the dossier files."""
        return sum(path.stat().st_size for path in self.dossiers)


def make(rows: int, cache: Path) -> Made:
    """The files with this many dossiers; cached for each version of the generator."""
    base = cache / f"data-{_recipe()}"
    simulated = _once(base / "demo", demo.write)
    folder = _once(base / str(rows), lambda making: _write(rows, simulated, making))
    small = [path for path in sorted(simulated.glob("*.csv")) if not path.name.startswith(tuple(_NAMES.values()))]
    parts = {kind: tuple(sorted(folder.glob(f"{name}-*.csv"))) for kind, name in _NAMES.items()}
    return Made(rows, parts["dossier"], parts["step"], tuple(small))


def _recipe() -> str:
    """A short checksum of everything that determines the files."""
    sources = [Path(__file__), Path(demo.__file__), *sorted(demo.REFERENCE.glob("*.csv"))]
    texts = [path.read_bytes() for path in sources] + [f"{limits.BYTES} {limits.ROWS}".encode()]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:10]


def _once(folder: Path, make) -> Path:
    """The folder, filled by make(folder) if it does not exist; an interrupted call leaves nothing."""
    if not folder.exists():
        making = folder.with_name(f"{folder.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        make(making)
        making.rename(folder)
    return folder


def _write(rows: int, simulated: Path, folder: Path) -> None:
    """Write the dossiers in parts, and for each part the steps of its dossiers."""
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
