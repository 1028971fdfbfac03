"""A connection with the known tables of a store, to check and load single files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ingest.publish import publish
from ingest.store import archive
from ingest.store.build import know
from ingest.store.counting import counting


@contextmanager
def knowing(store: Path, *files: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The reference data and all tables of a new store with these files published; an empty store if there are none."""
    if files:
        publish(list(files), store=store)
    uploads = counting(archive.newest_manifest(store)["uploads"])
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Ho_Chi_Minh'")
        know(connection, store, uploads)
        yield connection
