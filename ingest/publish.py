"""Publishes, withdraws and restores uploads; each operation creates one new snapshot or changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from access import audit
from ingest import Problem, Rejected, UnknownUpload, check, durable
from ingest.coverage import not_named, of_file, warning
from ingest.reading.look import Look, Reading, SourceFile, load, look
from ingest.schema import FILE_COLUMNS, UPLOADED, Table, tables
from ingest.store import archive
from ingest.store.build import Builder, Progress, build, connect, live, load_reference, merge, quiet
from ingest.store.prebuilt import Prebuilt
from queries.snapshot import STORE_VERSION, literal, store_directory, version_of

# When several files are published, cells larger than this are kept on disk until their file is processed.
_LARGE = 32 << 20


@dataclass(frozen=True)
class Outcome:
    """The result of a change of the store: the new snapshot, the uploads, the warnings, the refused rows.

    left_out: for each file, the rows that are no data (see SourceFile).
    """

    snapshot_id: str
    uploads: tuple[dict, ...] = ()
    warnings: tuple[Problem, ...] = ()
    rejected: tuple[Problem, ...] = ()
    left_out: dict[str, pa.Table] = field(default_factory=dict)


def publish(
    files: list[Path | Look],
    store: Path | None = None,
    who: str | None = None,
    progress: Progress = quiet,
    reading: Reading | None = None,
    valid_only: bool = False,
    patience: float = 0,
    prebuilt: Prebuilt | None = None,
    list_all: bool = False,
) -> Outcome:
    """Publish all files or none: check, archive, build, swap; with valid_only only the rows that break no rule.

    A file is a path, or the result of `look_at` for bytes that were never on disk. The snapshot of a preview is used
    instead of a new one if nothing has changed since. list_all: list all problems, however many.

    Raises Rejected with every problem of all files, and leaves the store unchanged; Busy if another writer holds the
    store for longer than `patience` seconds; StoreFault for a fault of the disk or the archive.
    """
    store = store or store_directory()
    with archive.writing(store, patience, progress):
        manifest = archive.newest_manifest(store)
        archive.require_intact(store, live(manifest["uploads"]))
        with connect(durable.unnamed(store, ".overflow")) as staging:
            uploads, said, left_out = _take(
                staging, store, manifest, files, who or audit.console_user(), progress, reading, valid_only, list_all
            )
        builder = prebuilt.build if prebuilt and prebuilt.fits(manifest["uploads"], uploads) else None
        snapshot_id = _rebuild(store, manifest, manifest["uploads"] + uploads, progress, builder)
        for upload in uploads:
            upload.pop("path")
        for upload in uploads:
            event = "publish" if upload["table"] in UPLOADED else "settings"
            facts = {"file": upload["file"], "table": upload["table"], "rows": upload["accepted"]}
            audit.record(store, event, upload["who"], upload=upload["id"], snapshot=snapshot_id, **facts)
        by_severity = {
            severity: tuple(problem for problem in said if problem.severity == severity)
            for severity in ("warning", "reject")
        }
        return Outcome(snapshot_id, tuple(uploads), by_severity["warning"], by_severity["reject"], left_out)


def rows_of(seen: Look, store: Path | None = None) -> SourceFile:
    """The rows of a file as publishing would read them; nothing is stored. Raises Rejected."""
    store = store or store_directory()
    with duckdb.connect() as staging:
        load_reference(staging)
        uploads = live(archive.newest_manifest(store)["uploads"])
        for table in tables().values():
            merge(staging, table, store, uploads, table.name)
        return load(staging, seen)


def withdraw(
    upload_id: str, store: Path | None = None, who: str | None = None, progress: Progress = quiet, patience: float = 0
) -> Outcome:
    """Withdraw an upload: its rows no longer count, its file stays archived. Raises UnknownUpload, Busy, StoreFault."""
    return _set_state(upload_id, "withdrawn", store, who, progress, patience)


def restore(
    upload_id: str, store: Path | None = None, who: str | None = None, progress: Progress = quiet, patience: float = 0
) -> Outcome:
    """Restore a withdrawn upload at its old position. Raises UnknownUpload, Busy, StoreFault."""
    return _set_state(upload_id, "live", store, who, progress, patience)


def rebuild(
    store: Path | None = None, progress: Progress = quiet, builder: Builder | None = None, **said: str
) -> Outcome:
    """Rebuild the snapshot from the archive, for example after a program update; `said` is added to the audit log.

    The builder is `build.build` or an equivalent function for another engine. Raises StoreFault if any archived file is
    damaged, even one of a withdrawn upload.
    """
    store = store or store_directory()
    with archive.writing(store):
        manifest = archive.newest_manifest(store)
        archive.require_intact(store, manifest["uploads"])
        snapshot_id = _rebuild(store, manifest, manifest["uploads"], progress, builder)
        audit.record(store, "rebuild", audit.console_user(), snapshot=snapshot_id, **said)
        return Outcome(snapshot_id)


def upgrade(store: Path | None = None, progress: Progress = quiet, patience: float = 0) -> Outcome | None:
    """Rebuild a store of an older version from its archive; None if it is current. Raises as rebuild."""
    store = store or store_directory()
    if version_of(archive.newest_manifest(store)) >= STORE_VERSION:
        return None
    with archive.writing(store, patience, progress):
        manifest = archive.newest_manifest(store)
        if version_of(manifest) >= STORE_VERSION:  # another process has already upgraded
            return None
        archive.require_intact(store, manifest["uploads"])
        snapshot_id = _rebuild(store, manifest, manifest["uploads"], progress)
        audit.record(store, "upgrade", audit.console_user(), snapshot=snapshot_id)
        return Outcome(snapshot_id)


def _set_state(
    upload_id: str, state: str, store: Path | None, who: str | None, progress: Progress, patience: float
) -> Outcome:
    store = store or store_directory()
    with archive.writing(store, patience, progress):
        manifest = archive.newest_manifest(store)
        known = {upload["id"]: upload for upload in manifest["uploads"]}
        if upload_id not in known:
            raise UnknownUpload(f"Không có lần nạp {upload_id}.")
        if (known[upload_id]["state"] == "withdrawn") == (state == "withdrawn"):
            raise UnknownUpload(f"Lần nạp {upload_id} đã ở trạng thái này.")
        uploads = [
            {**upload, "state": state} if upload["id"] == upload_id else upload for upload in manifest["uploads"]
        ]
        snapshot_id = _rebuild(store, manifest, uploads, progress)
        event = "withdraw" if state == "withdrawn" else "restore"
        audit.record(store, event, who or audit.console_user(), upload=upload_id, snapshot=snapshot_id)
        return Outcome(snapshot_id)


def _rebuild(
    store: Path, manifest: dict, uploads: list[dict], progress: Progress, builder: Builder | None = None
) -> str:
    """Build a snapshot from the uploads and publish it; returns its id."""
    building = durable.unnamed(store / "snapshots", ".duckdb")
    facts = (builder or build)(building, store, uploads, progress)
    sequence = archive.next_sequence(store, manifest)
    snapshot_id = archive.announce(store, building, facts, uploads, manifest, sequence)
    for upload in uploads:
        if upload["id"] in manifest.get("left_behind", ()) and upload["state"] == "withdrawn":
            audit.record(store, "withdraw", "con trỏ current", upload=upload["id"], snapshot=snapshot_id)
    return snapshot_id


def _take(
    staging: duckdb.DuckDBPyConnection,
    store: Path,
    manifest: dict,
    files: list[Path | Look],
    who: str,
    progress: Progress,
    reading: Reading | None,
    valid_only: bool,
    list_all: bool,
) -> tuple[list[dict], list[Problem], dict[str, pa.Table]]:
    """Read and check every file; their rows get temporary names until all files are accepted."""
    load_reference(staging)
    check.create_problem_table(staging)
    problems: list[Problem] = []
    taken: list[dict] = []
    unclear: list[Problem] = []
    sources: dict[str, SourceFile] = {}
    seen = _in_order(files, reading, store, problems, progress)
    count, first = len(seen), archive.next_order(store, manifest)
    for number in range(count):
        one = seen.pop(0)  # removes the reference, so that its cells are freed after the check
        progress(f"Kiểm tra {one.name}", number / count)
        try:
            refuse_known([*manifest["uploads"], *taken], one)
            for table in tables().values():
                merge(staging, table, store, live(manifest["uploads"]) + taken, table.name)
            source = load(staging, one)
        except Rejected as rejected:
            problems += rejected.problems
            continue
        sources[source.name] = replace(source, look=source.look.without_cells())
        check.check(staging, source)
        dropped = check.drop_rejected(staging, source) if valid_only else 0
        try:
            covers = of_file(staging, source)
        except Rejected as rejected:
            problems += rejected.problems
            continue
        unclear += warning(source, not_named(staging, covers, first))
        told = {"coverage": covers.entry()} if covers else {}
        taken.append(_upload(staging, store, manifest, source, who, first + len(taken), dropped) | told)
    _exported_together(taken)
    progress("Kiểm tra", 1.0)
    listed = None if list_all else check.LISTED
    found = [check.in_words_of(sources[problem.file], problem) for problem in check.problems(staging, "reject", listed)]
    nothing_left = valid_only and not all(upload["accepted"] for upload in taken)
    if problems or nothing_left or (found and not valid_only):
        for upload in taken:
            Path(upload["path"]).unlink(missing_ok=True)
        raise Rejected(problems + found, len(problems) + check.count(staging, "reject"))
    warnings = [
        check.in_words_of(sources[problem.file], problem) for problem in check.problems(staging, "warning", listed)
    ]
    return taken, found + unclear + warnings, {source.name: source.left_out for source in sources.values()}


def _exported_together(taken: list[dict]) -> None:
    """Files of dossiers published at once were exported at once: each tells the state of the newest day of all."""
    told = [upload["coverage"] for upload in taken if "coverage" in upload]
    for one in told:
        one["as_of"] = max(other["as_of"] for other in told)


def _in_order(
    files: list[Path | Look], reading: Reading | None, store: Path, problems: list[Problem], progress: Progress
) -> list[Look]:
    """The files read and sorted, referenced tables first: reference tables, dossiers, then the rest."""
    names = list(tables())
    seen = []
    for number, file in enumerate(files):
        progress(f"Đọc {file.name}", number / len(files))
        try:
            one = file if isinstance(file, Look) else look(file, reading, store)
        except Rejected as rejected:
            problems += rejected.problems
            continue
        many = len(files) > 1 and one.grid.cells.nbytes > _LARGE
        seen.append(one.laid_aside(durable.unnamed(store, f"-{number}.cells")) if many else one)
    rank = {name: (name in UPLOADED, names.index(name)) for name in names}
    return sorted(seen, key=lambda one: rank[one.mapping.table.name])


def refuse_known(uploads: list[dict], source: Look) -> None:
    """Raise Rejected for a file whose bytes were uploaded before."""
    for upload in uploads:
        if upload["sha256"] == source.sha256:
            withdrawn = "Lần nạp đó đã rút: khôi phục nó trong “Các lần nạp”, hoặc bằng lệnh restore."
            again = withdrawn if upload["state"] == "withdrawn" else "Không cần nạp lại."
            reason = f"Tệp này đã được nạp (lần nạp {upload['id']})."
            raise Rejected([Problem(source.name, 0, "", "", reason, again, rule="known_file")])


def archive_rows(staging: duckdb.DuckDBPyConnection, table: Table, path: Path) -> tuple[int, int]:
    """Write the typed rows of `incoming` to a file as the archive keeps them; returns how many, and how many simulated."""
    there = check.raw_columns(staging)
    had = f"' {' '.join(name for name in table.names if name in there)} ' AS {FILE_COLUMNS}"
    rows = f"SELECT * EXCLUDE (row_id){', ' + had if FILE_COLUMNS in table.archived else ''} FROM incoming"
    staging.execute(
        f"COPY ({rows} ORDER BY row_id) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd{_refused(staging)})"
    )
    simulated = "count(*) FILTER (WHERE simulated)" if table.simulatable else "0"
    return staging.execute(f"SELECT count(*), {simulated} FROM incoming").fetchone()


def _refused(staging: duckdb.DuckDBPyConnection) -> str:
    """The lines and hashed keys of the rows that are not taken, as an option of COPY; they stay with the file's rows.

    The pages say that these rows are missing, until a later file has them.
    """
    [(kept,)] = staging.execute(
        "SELECT string_agg(line || ' ' || coalesce(key_hash, ''), ',' ORDER BY line, key_hash) FROM refused"
    ).fetchall()
    return f", KV_METADATA {{{archive.REFUSED}: {literal(kept)}}}" if kept else ""


def _upload(
    staging: duckdb.DuckDBPyConnection,
    store: Path,
    manifest: dict,
    source: SourceFile,
    who: str,
    order: int,
    rejected: int,
) -> dict:
    """Write the typed rows under a temporary name; returns the upload's entry with `path` until it is archived."""
    building = durable.unnamed(store / "uploads", f"-{order}.parquet")
    rows, made_up = archive_rows(staging, source.table, building)
    return {
        "id": f"u{order:06d}-{source.sha256[:8]}",
        "order": order,
        "file": source.name,
        "sha256": source.sha256,
        "who": who,
        "at": archive.now(manifest),
        "table": source.table.name,
        "rows_read": rows + rejected,
        "accepted": rows,
        "rejected": rejected,
        "real_rows": rows - made_up,
        "warnings": check.counts(staging, source, "warning"),
        "state": "live",
        **archive.checksums(building),
        "path": str(building),
    }
