"""The words that users have taught in a store and that may stand in headers: of indicators and of units."""

from __future__ import annotations

from pathlib import Path

import duckdb

from queries.snapshot import pointed_id

_WORDS = """SELECT subject, word, code FROM alias WHERE subject IN ('indicator', 'unit')
UNION SELECT 'indicator', unnest([indicator_code, name, short_name]), indicator_code FROM indicator
UNION SELECT 'unit', unnest([name, full_name]), own_code FROM unit"""


def taught_words(store: Path | None) -> frozenset[tuple[str, str, str]]:
    """Subject, word and code of what the published snapshot knows of indicators and units; empty for an empty store.

    A snapshot that does not open is told by those who need its figures; here it only teaches nothing.
    """
    snapshot_id = pointed_id(store) if store else None
    if snapshot_id is None:
        return frozenset()
    try:
        with duckdb.connect(str(store / "snapshots" / f"{snapshot_id}.duckdb"), read_only=True) as connection:
            return frozenset(row for row in connection.execute(_WORDS).fetchall() if row[1])
    except duckdb.Error:
        return frozenset()
