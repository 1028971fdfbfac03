"""Builds one database from reference data and archived uploads: merges by key, then runs queries/build/ in order."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from ingest.check import type_canonical
from ingest.schema import REFERENCE, UPLOADED, Table, tables
from ingest.store.archive import refused_keys, require_intact, upload_path
from ingest.store.counting import counting
from ingest.store.expand import needs_of, written_out
from queries.snapshot import ROOT, STORE_VERSION, literal, only, quoted

STATEMENTS = ROOT / "queries" / "build"
# Memory limit of DuckDB for checks and builds; larger data goes to disk.
MEMORY = os.environ.get("DASHBOARD_BUILD_MEMORY") or "2GB"
TIME_ZONE = "Asia/Ho_Chi_Minh"
_COVERED = pa.schema(
    {
        "upload_order": pa.int32(),
        "units": pa.string(),
        "from_on": pa.date32(),
        "to_on": pa.date32(),
        "older": pa.string(),
        "as_of": pa.date32(),
    }
)
_ARRIVED = pa.schema({"upload_order": pa.int32(), "newness": pa.int32()})
_REFUSED = pa.schema(
    {
        "table_name": pa.string(),
        "upload_order": pa.int32(),
        "line": pa.int64(),
        "key_hash": pa.string(),
        "unit_code": pa.string(),
    }
)
Progress = Callable[[str, float], None]
# The type of build() and its substitutes: path, store, uploads, progress → facts for the manifest.
Builder = Callable[[Path, Path, list[dict], Progress], dict]


def quiet(stage: str, share: float) -> None:
    """Progress callback that does nothing."""


class BrokenIdentity(Exception):
    """A required sum does not hold: a bug or damaged data, never published. The message names it."""


def connect(overflow: Path, path: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A database for checks or builds: limited memory, a folder for overflow, the office's time zone.

    Dates in the future are judged in this time zone, wherever the server is.
    """
    connection = duckdb.connect(str(path), config={"memory_limit": MEMORY, "temp_directory": str(overflow)})
    connection.execute(f"SET TimeZone = '{TIME_ZONE}'")
    return connection


def today() -> date:
    """The date in the office's time zone."""
    return datetime.now(ZoneInfo(TIME_ZONE)).date()


def load_reference(connection: duckdb.DuckDBPyConnection) -> None:
    """Temporary tables shipped_<table>: the reference data that comes with the program, in its types."""
    files = ((name, REFERENCE / f"{name}.csv") for name in tables() if name not in UPLOADED)
    there = ((name, path, path.stat()) for name, path in files if path.exists())
    for name, rows in _typed(tuple((name, path, about.st_mtime_ns, about.st_size) for name, path, about in there)):
        connection.register("arriving", rows)
        connection.execute(f'CREATE OR REPLACE TEMP TABLE "shipped_{name}" AS FROM arriving')
        connection.unregister("arriving")


@lru_cache(maxsize=1)
def _typed(files: tuple[tuple[str, Path, int, int], ...]) -> tuple[tuple[str, pa.Table], ...]:
    """Each reference table with its typed rows. Cached until a file changes: every publish needs them twice."""
    found = []
    with duckdb.connect() as connection:
        for name, path, *_ in files:
            connection.execute(
                """CREATE OR REPLACE TEMP TABLE raw AS SELECT row_number() OVER () AS row_id, row_id + 1 AS line, *
                FROM read_csv(?, header = true, all_varchar = true, delim = ',', quote = '"', hive_partitioning = false)""",
                [only(path)],
            )
            type_canonical(connection, tables()[name])
            found.append((name, connection.sql("FROM incoming").to_arrow_table()))
    return tuple(found)


def merge(connection: duckdb.DuckDBPyConnection, table: Table, store: Path, uploads: list[dict], view: str) -> None:
    """Create a view of a table's rows in force: shipped rows, then each upload; the newest row of a key wins.

    The uploads are those that count (ingest.store.counting). Of one with rows of both kinds, archived before such a file
    was split, the simulated rows are left out.
    """
    columns = ", ".join(f'"{name}"' for name in table.archived)
    parts, newness = [], newness_of(uploads)
    if table.name not in UPLOADED:
        parts.append(f'SELECT {columns}, line, 0 AS upload_order, 0 AS newness FROM "shipped_{table.name}"')
    parts += [
        f"SELECT {columns}, line, {upload['order']} AS upload_order, {newness[upload['order']]} AS newness "
        f"FROM (FROM {_file(store, upload)} UNION ALL BY NAME {_no_rows(table)})"
        for upload in uploads
        if upload["table"] == table.name
    ]
    if not parts:
        parts = [f"SELECT *, 0 AS line, 0 AS upload_order, 0 AS newness FROM ({_no_rows(table)})"]
    rows = " UNION ALL ".join(parts)
    real = any(upload["table"] == table.name and upload["real_rows"] for upload in uploads)
    if table.simulatable and real:
        rows = f"SELECT * FROM ({rows}) WHERE simulated IS NOT TRUE"
    # A single source has no duplicate keys, because its check refuses them.
    in_force = rows if len(parts) == 1 else _latest(rows, [f'"{name}"' for name in table.key])
    connection.execute(f'CREATE OR REPLACE TEMP VIEW "{view}" AS SELECT * EXCLUDE (newness) FROM ({in_force})')


def newness_of(uploads: list[dict]) -> dict[int, int]:
    """The place of each upload by which its rows replace those of others, from 1, by its order.

    Of two files that name a dossier the one that tells the state of a later day counts, whichever came first; of the same
    day, and of tables without days, the one that came last. A file archived before its day was kept was exported as
    it arrived: it is as new as the newest before it.
    """
    told, newest = [], ""
    for upload in sorted(uploads, key=lambda upload: upload["order"]):
        covered = upload.get("coverage")
        newest = max(newest, covered["as_of"]) if covered else newest
        told.append((covered["as_of"] if covered else newest, upload["order"]))
    return {order: place for place, (_, order) in enumerate(sorted(told), 1)}


def rarely_read(uploads: list[dict]) -> dict[str, str]:
    """Views of the merged rows that are empty in most stores, so that a build does not read every row for them.

    unstated_dossier: of files that do not state what they cover; followed_dossier: all, if a file has only what changed;
    awaited_<table>: all, if rows of the table were refused.
    """
    files = [upload for upload in uploads if upload["table"] == "dossier"]
    unstated = ", ".join(str(upload["order"]) for upload in files if not upload.get("coverage"))
    is_followed = any(upload.get("coverage", {}).get("older") == "changed" for upload in files)
    refused = {upload["table"] for upload in uploads if upload.get("rejected")}
    read = {
        "unstated_dossier": ("dossier", f"upload_order IN ({unstated})" if unstated else "false"),
        "followed_dossier": ("dossier", str(is_followed)),
        **{f"awaited_{name}": (name, str(name in refused)) for name in UPLOADED},
    }
    return {view: f"SELECT * FROM merged_{name} WHERE {condition}" for view, (name, condition) in read.items()}


def said_of_uploads(store: Path, uploads: list[dict]) -> dict[str, pa.Table]:
    """What the entries and files of counting uploads say beside their rows, by the view that the statements read.

    arrived_upload: the place of each (newness_of); stated_coverage: what each file of dossiers
    covers (ingest/coverage.py); refused_row: the rows that were refused.
    """
    days = ("from_on", "to_on", "as_of")
    covered = [
        {
            "upload_order": upload["order"],
            "units": f" {' '.join(told['units'])} ",
            "older": told["older"],
            **{name: date.fromisoformat(told[name]) for name in days},
        }
        for upload in uploads
        if (told := upload.get("coverage"))
    ]
    refused = [
        {
            "table_name": upload["table"],
            "upload_order": upload["order"],
            "line": line,
            "key_hash": key,
            "unit_code": unit,
        }
        for upload in uploads
        for line, key, unit in refused_keys(store, upload)
    ]
    newness = newness_of(uploads)
    arrived = [{"upload_order": upload["order"], "newness": newness[upload["order"]]} for upload in uploads]
    return {
        "arrived_upload": pa.Table.from_pylist(arrived, _ARRIVED),
        "stated_coverage": pa.Table.from_pylist(covered, _COVERED),
        "refused_row": pa.Table.from_pylist(refused, _REFUSED),
    }


def know(
    connection: duckdb.DuckDBPyConnection, store: Path, uploads: list[dict], names: Collection[str] | None = None
) -> None:
    """Views of the rows in force of the tables, all or those named, under their own names."""
    load_reference(connection)
    for name, table in tables().items():
        if names is None or name in names:
            merge(connection, table, store, uploads, name)


def _latest(rows: str, keys: list[str]) -> str:
    """The rows without those whose key occurs again in a newer upload.

    A window function over all rows would carry every column of millions of rows; few keys repeat, and a hash of each
    key finds the candidates.
    """
    key, same = ", ".join(keys), " AND ".join(f"twice.{name} = every.{name}" for name in keys)
    return f"""WITH every AS ({rows}),
        suspect AS (SELECT hash({key}) AS hashed FROM every GROUP BY hashed HAVING count(*) > 1),
        twice AS (
            SELECT {key}, max(newness) AS newest FROM every
            WHERE hash({key}) IN (SELECT hashed FROM suspect) GROUP BY {key} HAVING count(*) > 1
        )
        SELECT every.* FROM every LEFT JOIN twice ON {same}
        WHERE newest IS NULL OR newness = newest"""


def _no_rows(table: Table) -> str:
    """An empty SELECT with all columns of a table, because files archived before a column was added lack it."""
    empty = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in table.archived.items())
    return f"SELECT {empty} WHERE false"


def _file(store: Path, upload: dict) -> str:
    """The upload's file as SQL, with its own columns only: a folder named year=2024 must not become a column."""
    path = upload.get("path") or upload_path(store, upload["id"])
    return f"read_parquet({literal(only(path))}, hive_partitioning = false)"


def build(path: Path, store: Path, uploads: list[dict], progress: Progress) -> dict:
    """Build the database at `path` from the uploads; returns facts for the manifest.

    The same uploads give the same rows with any number of threads. Raises BrokenIdentity if a required sum does not
    hold, StoreFault if an archived file that counts is damaged.
    """
    there = counting(uploads)
    require_intact(store, there)
    with connect(path.with_suffix(".overflow"), path) as connection:
        load_reference(connection)
        for table in tables().values():
            merge(connection, table, store, there, f"merged_{table.name}")
        for view, rows in rarely_read(there).items():
            connection.execute(f"CREATE TEMP VIEW {view} AS {rows}")
        for name, rows in said_of_uploads(store, there).items():
            connection.register(name, rows)
        _run(connection, statements(), progress)
        look_from_further_homes(connection)
        facts = facts_of(lambda sql: connection.execute(sql).fetchall())
        connection.execute("CHECKPOINT")
    progress("Dựng bảng", 1.0)
    return facts


def statements() -> list[Path]:
    """The scripts in execution order: shared scripts first, then those of a home."""
    return [*sorted(STATEMENTS.glob("*.sql")), *_seen_from_home()]


def text_of(script: Path) -> str:
    """The SQL of a script, expanded for every measure and list of dossiers."""
    return written_out(script, STATEMENTS)


def needed_columns() -> set[str]:
    """The columns of a dossier without which some measure is unknown."""
    return set(needs_of(STATEMENTS))


def _seen_from_home() -> list[Path]:
    return sorted(STATEMENTS.glob("home/*.sql"))


def _run(connection: duckdb.DuckDBPyConnection, scripts: list[Path], progress: Progress) -> None:
    for number, script in enumerate(scripts):
        progress("Dựng bảng", number / len(scripts))
        connection.execute(text_of(script))


def look_from_further_homes(connection: duckdb.DuckDBPyConnection) -> None:
    """Run the statements of home/ again for each additional home, in its own schema.

    A name without a schema is resolved in the current schema first, then in main: the rule table that names the home is
    in its own schema, shared tables are in main.
    """
    further = "SELECT schema_name, home_code FROM home WHERE schema_name <> 'main' ORDER BY ALL"
    for schema, code in connection.execute(further).fetchall():
        connection.execute(f"CREATE SCHEMA {quoted(schema)}")
        connection.execute(f"USE {quoted(schema)}")
        rule = "CREATE TABLE rule AS SELECT * EXCLUDE (home_code), CAST($code AS VARCHAR) AS home_code FROM main.rule"
        connection.execute(rule, {"code": code})
        _run(connection, _seen_from_home(), quiet)
    connection.execute("USE main")


def recipe() -> str:
    """A checksum of everything besides uploads that a snapshot depends on.

    These are the statements, the shipped tables, and the versions of DuckDB and of the store.
    """
    files = (REFERENCE / f"{name}.csv" for name in [*tables(), "schema"])
    texts = [*map(text_of, statements()), *(path.read_text(encoding="utf-8") for path in files if path.exists())]
    return hashlib.sha256("\0".join([duckdb.__version__, str(STORE_VERSION), *texts]).encode()).hexdigest()


def facts_of(ask: Callable[[str], list[tuple]]) -> dict:
    """The facts of a built database for the manifest; raises BrokenIdentity. `ask` runs a query in either engine."""
    broken = ask("SELECT identity_name, count(*) FROM broken_identity GROUP BY identity_name")
    if broken:
        raise BrokenIdentity("; ".join(f"{name}: {count}" for name, count in broken))
    [(homeless,)] = ask("SELECT (SELECT count(*) FROM merged_dossier) - (SELECT count(*) FROM dossier)")
    if homeless:
        raise BrokenIdentity(f"{homeless} hồ sơ có mã thủ tục không còn trong danh mục.")
    in_force, simulated = _sources(ask)
    [(as_of,)] = ask("SELECT as_of FROM as_of_date")
    return {
        "made_by": recipe(),
        "as_of": as_of.isoformat(),
        "rows_in_force": in_force,
        "simulated_tables": simulated,
    }


def _sources(ask: Callable[[str], list[tuple]]) -> tuple[dict[int, int], list[str]]:
    """The number of rows in force of each upload, and the tables with simulated rows."""
    counted = [
        f"SELECT '{name}', upload_order, count(*), "
        f"{'count(CASE WHEN simulated THEN 1 END)' if table.simulatable else '0'} "
        f"FROM merged_{name} WHERE upload_order > 0 GROUP BY upload_order"
        for name, table in tables().items()
    ]
    rows = ask(" UNION ALL ".join(counted))
    return {order: count for _, order, count, _ in rows}, sorted({name for name, _, _, made_up in rows if made_up})
