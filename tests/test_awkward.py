"""Awkward small files as offices export them; their expected outcomes are in awkward/expected.json.

An outcome is {"refused": rule, "line": …} or the parsing result: table, encoding, separator, sheet, header_line, rows,
skipped, personal, rejects and warnings as [line, rule]; `equals` names a file that must give the same rows, `values`
the values of a column, `reading` a person's choices.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import duckdb
import pytest

from ingest import Rejected, check
from ingest.reading.look import Reading, load, look
from tests.known import knowing

FOLDER = Path(__file__).parent / "awkward"
EXPECTED: dict[str, dict] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
# Defaults of an outcome: the file is read as a plain CSV in UTF-8 without problems.
PLAIN = {
    "table": "dossier", "encoding": "utf-8", "separator": ",", "sheet": "", "header_line": 1, "rows": 3,
    "skipped": {}, "personal": [], "rejects": [], "warnings": [],
}  # fmt: skip
_BESIDE = ("equals", "values", "reading")


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A connection with the reference data and the dossiers of plain.csv."""
    with knowing(tmp_path_factory.mktemp("awkward") / "store", FOLDER / "plain.csv") as connection:
        yield connection


def outcome(connection: duckdb.DuckDBPyConnection, name: str, reading: Reading) -> dict:
    """The outcome of a file; its typed rows stay in `incoming`."""
    check.create_problem_table(connection)
    try:
        seen = look(FOLDER / name, reading)
        source = load(connection, seen)
    except Rejected as refused:
        first = refused.problems[0]
        return {"refused": first.rule, "line": first.line}
    check.check(connection, source)
    return {
        "table": source.table.name,
        "encoding": seen.grid.encoding,
        "separator": seen.grid.separator,
        "sheet": seen.grid.sheet,
        "header_line": seen.header_line,
        "rows": source.rows_read,
        "skipped": source.skipped,
        "personal": seen.personal,
        "rejects": [[problem.line, problem.rule] for problem in check.problems(connection, "reject")],
        "warnings": [[problem.line, problem.rule] for problem in check.problems(connection, "warning")],
    }


def rows(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    """The typed rows without their line numbers."""
    return connection.execute("SELECT * EXCLUDE (row_id, line) FROM incoming ORDER BY ALL").fetchall()


def test_every_file_has_its_outcome():
    """Every file has an outcome, every outcome a file, and there are at least eighty."""
    files = {path.name for path in FOLDER.iterdir()} - {"expected.json"}
    assert files == set(EXPECTED)
    assert len(files) >= 80


@pytest.fixture(scope="module")
def typed(known) -> Callable[[str], list[tuple]]:
    """typed(name): the typed rows of a file, read once although many others must equal it."""

    @cache
    def rows_of(name: str) -> list[tuple]:
        outcome(known, name, Reading())
        return rows(known)

    return rows_of


def is_packed(name: str) -> bool:
    """Whether the file is a workbook, which is read in a process of its own, or another packed file."""
    return (FOLDER / name).read_bytes().startswith((b"PK", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if is_packed(name) else ()) for name in EXPECTED]
)
def test_outcome(known, typed, name):
    """The file is accepted as expected, or refused for the expected reason on the expected line."""
    expected = EXPECTED[name]
    found = outcome(known, name, Reading(**expected.get("reading", {})))
    stated = {key: value for key, value in expected.items() if key not in _BESIDE}
    assert found == (stated if "refused" in expected else PLAIN | stated)
    for column, values in expected.get("values", {}).items():
        got = known.execute(f'SELECT CAST("{column}" AS VARCHAR) FROM incoming ORDER BY row_id').fetchall()
        assert [value for (value,) in got] == values
    if "equals" in expected:
        mine = rows(known)
        assert mine == typed(expected["equals"])
