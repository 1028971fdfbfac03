"""Builds a snapshot with Apache Spark: runs the statements of queries/build/ on a cluster, writes one DuckDB file.

Archived uploads are copied once to <lake>/<table>/upload_order=<n>/<upload>.parquet. The lake is a folder or any URI
that Spark reads (hdfs, s3a); it belongs to one store and can be recreated from the archive. DuckDB first runs the same
statements without dossiers, so that columns, types, views and macros equal those of any other snapshot; each table is
then filled with Spark's rows.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from ingest.schema import REFERENCE, UPLOADED, Table, tables
from ingest.store import archive
from ingest.store.build import (
    Progress,
    facts_of,
    load_reference,
    look_from_further_homes,
    newness_of,
    rarely_read,
    said_of_uploads,
    statements,
    text_of,
)
from ingest.store.build import build as build_with_duckdb
from ingest.store.counting import counting
from ingest.store.fault import StoreFault
from queries.snapshot import literal, only, sha256_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from ingest.spark.dialect import Step

_LOGGING = Path(__file__).with_name("log4j2.properties")
_MASTER = re.compile(r"local|local\[.+\]|yarn|(spark|k8s)://.+")
_WORK = "_work"
_SCHEMA = "main"  # the DuckDB schema of a snapshot's tables
_STAGE = "Dựng bảng bằng Spark"
_SPARK_TYPES = {
    "VARCHAR": "string",
    "TIMESTAMP": "timestamp_ntz",
    "DATE": "date",
    "INTEGER": "int",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
}


def build(path: Path, store: Path, uploads: list[dict], progress: Progress, *, master: str, lake: str = "") -> dict:
    """Build the database at `path` with Spark; same result and facts as ingest.store.build.build.

    `master` is a Spark master (local[2], spark://…, yarn); the default lake is <store>/lake. Raises BrokenIdentity, and
    StoreFault if a file is damaged or if Spark is missing or fails.
    """
    there = counting(uploads)
    archive.require_intact(store, there)
    progress("Khởi động Spark", 0.0)
    with _spark(master) as session, _Lake(session, _uri(lake, store)) as laid_out:
        _lay_out(laid_out, store, there, progress)
        for table in tables().values():
            _merge(laid_out, table, there)
        for view, rows in rarely_read(there).items():
            session.sql(rows).createOrReplaceTempView(view)
        for name, rows in said_of_uploads(store, there).items():
            session.createDataFrame(rows).createOrReplaceTempView(name)
        made = run_scripts(laid_out, [text_of(script) for script in statements()], progress)
        facts = facts_of(lambda sql: [tuple(row) for row in session.sql(sql).collect()])
        # Include uploaded reference tables: they define the homes and units.
        build_with_duckdb(path, store, [upload for upload in uploads if upload["table"] not in UPLOADED], _unseen)
        with duckdb.connect(str(path)) as connection:
            for number, step in enumerate(made):
                progress("Ghi bản số liệu", number / len(made))
                _fill(connection, laid_out, step, _SCHEMA)
            # These sums are small for every home, so DuckDB computes them faster than Spark would start.
            look_from_further_homes(connection)
            connection.execute("CHECKPOINT")
    progress("Ghi bản số liệu", 1.0)
    return facts


def _uri(lake: str, store: Path) -> str:
    """The lake as a URI for Spark; a path without a scheme is a local path."""
    return lake if "://" in lake else f"file://{Path(lake or store / archive.LAKE).resolve()}"


def _unseen(stage: str, share: float) -> None:
    """Progress callback that does nothing, for the DuckDB build without dossiers."""


def run_scripts(lake: _Lake, scripts: list[str], progress: Progress, schema: str = _SCHEMA) -> list[Step]:
    """Run the statements of the scripts in order; returns the steps whose tables exist at the end.

    Tables are stored by their schema in the snapshot, so that scripts can run again for another schema.
    """
    from ingest.spark.dialect import steps

    made: dict[str, Step] = {}
    planned = steps(scripts)
    for number, step in enumerate(planned):
        progress(_STAGE, number / len(planned))
        if step.kind == "drop":
            lake.session.catalog.dropTempView(step.name)
            made.pop(step.name)
        elif step.kind == "view":
            lake.session.sql(step.query).createOrReplaceTempView(step.name)
        else:
            lake.keep(step.name, lake.session.sql(step.query), schema)
            made[step.name] = step
    return list(made.values())


class _Lake:
    """The files of one build in a filesystem that Spark can access."""

    def __init__(self, session: SparkSession, uri: str):
        self.session, self.uri = session, uri.rstrip("/")
        self._path = session._jvm.org.apache.hadoop.fs.Path
        self._files = self._path(self.uri).getFileSystem(session._jsc.hadoopConfiguration())
        self._here = Path(tempfile.mkdtemp(prefix="dashboard-"))

    def __enter__(self) -> _Lake:
        self._clear()  # left by a build that was killed
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._here, ignore_errors=True)
        with suppress(Exception):  # Spark may have stopped, and the original error is already reported
            self._clear()

    def _clear(self) -> None:
        self._files.delete(self._path(f"{self.uri}/{_WORK}"), True)

    def put(self, file: Path, name: str) -> None:
        """Copy a file into the lake atomically; an existing file stays."""
        target, arriving = self._path(f"{self.uri}/{name}"), self._path(f"{self.uri}/{_WORK}/arriving.parquet")
        if self._files.exists(target) and self._files.getFileStatus(target).getLen() == file.stat().st_size:
            return
        self._files.copyFromLocalFile(False, True, self._path(f"file://{file.resolve()}"), arriving)
        self._files.mkdirs(target.getParent())
        self._files.delete(target, False)
        self._files.rename(arriving, target)

    def keep(self, name: str, rows: DataFrame, schema: str = _SCHEMA) -> None:
        """Compute a table once and store it: later steps read its rows instead of recomputing it."""
        path = f"{self.uri}/{_WORK}/{schema}/{name}"
        rows.write.parquet(path)
        self.session.read.schema(rows.schema).parquet(_only(path)).createOrReplaceTempView(name)

    @contextmanager
    def fetched(self, name: str, schema: str) -> Iterator[Path]:
        """A local folder with the files of a stored table, for DuckDB."""
        kept = f"{self.uri}/{_WORK}/{schema}/{name}"
        if kept.startswith("file://"):
            yield Path(kept.removeprefix("file://"))
            return
        local = self._here / name
        self._files.copyToLocalFile(False, self._path(kept), self._path(f"file://{local}"), True)
        yield local
        shutil.rmtree(local, ignore_errors=True)


def _lay_out(lake: _Lake, store: Path, uploads: list[dict], progress: Progress) -> None:
    """Copy every archived file that counts into the lake, and the shipped tables as upload 0."""
    for number, upload in enumerate(uploads):
        progress("Chép kho lưu sang Spark", number / len(uploads))
        lake.put(archive.upload_path(store, upload["id"]), _place(upload["table"], upload["order"], upload["id"]))
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        load_reference(connection)
        for name in _shipped():
            file = Path(folder) / f"{name}.parquet"
            connection.execute(f"COPY shipped_{name} TO {literal(file)}")
            lake.put(file, _place(name, 0, _shipped_id(name)))


def _shipped() -> list[str]:
    """The tables that are shipped with the program."""
    return [name for name in tables() if name not in UPLOADED and (REFERENCE / f"{name}.csv").exists()]


def _shipped_id(name: str) -> str:
    return f"shipped-{sha256_of(REFERENCE / f'{name}.csv')[:8]}"


def _place(table: str, order: int, upload_id: str) -> str:
    """The path of one upload in the lake."""
    return f"{table}/upload_order={order}/{upload_id}.parquet"


def _merge(lake: _Lake, table: Table, uploads: list[dict]) -> None:
    """Create the view merged_<table> of the rows in force, as ingest.store.build.merge does."""
    from pyspark.sql import functions as function
    from pyspark.sql.window import Window

    mine = [upload for upload in uploads if upload["table"] == table.name]
    places = [_place(table.name, upload["order"], upload["id"]) for upload in mine]
    if table.name in _shipped():
        places.append(_place(table.name, 0, _shipped_id(table.name)))
    types = [f"`{name}` {_SPARK_TYPES[kind]}" for name, kind in table.archived.items()]
    schema = ", ".join([*types, "line bigint", "upload_order int"])
    view = f"merged_{table.name}"
    if not places:
        empty = ", ".join(f"CAST(NULL AS {part.split()[1]}) AS {part.split()[0]}" for part in schema.split(", "))
        lake.session.sql(f"SELECT {empty} WHERE false").createOrReplaceTempView(view)
        return
    # Files archived before a column was added lack it; with an explicit schema the column is NULL.
    reader = lake.session.read.schema(schema).option("basePath", f"{lake.uri}/{table.name}")
    rows = reader.parquet(*(f"{_only(lake.uri)}/{place}" for place in places))
    if table.simulatable and any(upload["real_rows"] for upload in mine):
        rows = rows.where("simulated IS NOT TRUE")
    if len(places) == 1:
        rows.createOrReplaceTempView(view)
        return
    place = function.lit(0)
    for order, newness in newness_of(uploads).items():
        place = function.when(function.col("upload_order") == order, newness).otherwise(place)
    newest = Window.partitionBy(*table.key).orderBy(function.desc("newness"), function.desc("line"))
    ranked = rows.withColumn("newness", place).withColumn("newest", function.row_number().over(newest))
    latest = ranked.where("newest = 1").drop("newest", "newness")
    lake.keep(view, latest)


def _only(uri: str) -> str:
    """Escape a folder name for Spark's reader, which interprets some characters as a pattern."""
    return re.sub(r"[*?{}\[\]\\]", r"\\\g<0>", uri)


def _fill(connection: duckdb.DuckDBPyConnection, lake: _Lake, step: Step, schema: str) -> None:
    """Fill a table of the snapshot with Spark's rows, in the snapshot's types and the statement's order."""
    table = f'"{schema}"."{step.name}"'
    columns = connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall()
    cast = ", ".join(f'CAST("{name}" AS {type_}) AS "{name}"' for name, type_ in columns)
    order = ", ".join(f'"{name}"' for name in step.ordered_by) or "ALL"
    with lake.fetched(step.name, schema) as folder:
        files = f"read_parquet({literal(only(folder) + '/*.parquet')}, hive_partitioning = false)"
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {cast} FROM {files} ORDER BY {order}")


@contextmanager
def _spark(master: str) -> Iterator[SparkSession]:
    """A Spark session that is always stopped. Raises StoreFault if Spark is missing or fails."""
    try:
        import sqlglot  # noqa: F401
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
    except ImportError as missing:
        raise StoreFault("spark_missing") from missing
    java = Path(os.environ["JAVA_HOME"]) / "bin" / "java" if "JAVA_HOME" in os.environ else "java"
    if shutil.which(java) is None:
        raise StoreFault("java_missing")
    if not _MASTER.fullmatch(master):  # otherwise Spark would report it with its own stack trace
        raise StoreFault("spark_master", master=master, detail="không phải cách viết của Spark")
    with tempfile.TemporaryDirectory(prefix="dashboard-") as folder:
        try:
            session = _session(master, folder)
        except (PySparkException, Py4JError) as error:
            raise StoreFault("spark_master", master=master, detail=_first_line(error)) from error
        try:
            yield session
        except (PySparkException, Py4JError) as error:
            raise StoreFault("spark_failed", detail=_first_line(error)) from error
        finally:
            with suppress(Exception):
                session.stop()


def _session(master: str, folder: str) -> SparkSession:
    from pyspark.sql import SparkSession

    settings = {
        # Timestamps have no time zone here, and the session's zone must not shift them.
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        # A number that overflows is an error, as in DuckDB, not NULL.
        "spark.sql.ansi.enabled": "true",
        "spark.sql.adaptive.enabled": "true",
        "spark.log.level": "ERROR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.warehouse.dir": f"file://{folder}",
        # Spark's generated code for about eighty wide statements exceeds Java's default code cache.
        "spark.driver.extraJavaOptions": f"-XX:ReservedCodeCacheSize=512m -Dlog4j2.configurationFile=file:{_LOGGING}",
    }
    if master.startswith("local"):
        settings |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": "4",
            "spark.driver.memory": os.environ.get("SPARK_DRIVER_MEMORY", "4g"),
        }
    builder = SparkSession.builder.master(master).appName("dashboard")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _first_line(error: Exception) -> str:
    """The error message without the stack trace."""
    said = getattr(error, "java_exception", None)
    text = str(said.getMessage() if said is not None else error)
    return text.strip().splitlines()[0][:300] if text.strip() else type(error).__name__
