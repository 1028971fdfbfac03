"""Publishes, withdraws and restores uploads; each operation creates one new snapshot or changes nothing."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from access import audit
from ingest import Problem, Rejected, UnknownUpload, check, durable, portal
from ingest.checked import Checked
from ingest.coverage import Coverage, entry_of, not_named, of_file, told_again, told_later, warnings
from ingest.reading.look import Look, Reading, Sent, SourceFile, Taken, load, look
from ingest.schema import FILE_COLUMNS, UPLOADED, tables
from ingest.sender import Sender
from ingest.store import archive
from ingest.store.build import Builder, Progress, build, connect, know, merge, quiet
from ingest.store.counting import counting, has_real, turned
from ingest.store.prebuilt import Prebuilt
from queries.snapshot import STORE_VERSION, literal, store_directory, version_of

# When several files are published, cells larger than this are kept on disk until their file is processed.
_LARGE = 32 << 20


@dataclass(frozen=True)
class Outcome:
    """The result of a change of the store: the new snapshot, the uploads, the warnings, the refused rows.

    left_out: for each file, the rows that are no data (see SourceFile). retired, back: the simulated uploads that no
    longer count, and those that count again.
    """

    snapshot_id: str
    uploads: tuple[dict, ...] = ()
    warnings: tuple[Problem, ...] = ()
    rejected: tuple[Problem, ...] = ()
    left_out: dict[str, pa.Table] = field(default_factory=dict)
    retired: tuple[dict, ...] = ()
    back: tuple[dict, ...] = ()


def publish(
    files: list[Path | Look | Sent],
    store: Path | None = None,
    who: str | None = None,
    progress: Progress = quiet,
    reading: Reading | None = None,
    valid_only: bool = False,
    patience: float = 0,
    prebuilt: Prebuilt | None = None,
    list_all: bool = False,
    checked: Checked | None = None,
    sender: Sender | None = None,
) -> Outcome:
    """Publish all files or none: check, archive, build, swap; with valid_only only the rows that break no rule.

    A file is a path, or bytes that were never on disk, read or not. The checked rows of a preview and its snapshot are
    used instead of new ones if nothing has changed since; then the problems and the rows left out, which the preview has
    told, are not listed again. list_all: list all problems, however many. sender: what may be loaded, if no person sends.

    Raises Rejected with every problem of all files, and leaves the store unchanged; Busy if another writer holds the
    store for longer than `patience` seconds; StoreFault for a fault of the disk or the archive.
    """
    store = store or store_directory()
    with archive.writing(store, patience, progress):
        manifest = archive.newest_manifest(store)
        archive.require_intact(store, counting(manifest["uploads"]))
        who = who or audit.console_user()
        uploads, said, left_out = _take_checked(checked, store, manifest, files, who, valid_only), [], {}
        if not uploads:
            with connect(durable.unnamed(store, ".overflow")) as staging:
                uploads, said, left_out = _take(
                    staging, store, manifest, files, who, progress, reading, valid_only, list_all, sender
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
        changed = turned(manifest["uploads"], manifest["uploads"] + uploads)
        return Outcome(snapshot_id, tuple(uploads), by_severity["warning"], by_severity["reject"], left_out, *changed)


def rows_of(seen: Look, store: Path | None = None) -> tuple[SourceFile, list[dict], Coverage | None]:
    """The rows of a file as publishing would read them, the simulated uploads that it would retire, what it covers.

    Nothing is stored. Raises Rejected.
    """
    store = store or store_directory()
    uploads = archive.newest_manifest(store)["uploads"]
    with duckdb.connect() as staging:
        know(staging, store, counting(uploads))
        source = load(staging, seen)
        kept = counting(uploads, real=check.is_real(staging, source))
        retired = [upload for upload in counting(uploads) if upload not in kept]
        if source.table.name != "dossier":
            return source, retired, None
        check.create_problem_table(staging)
        check.check(staging, source)
        check.drop_rejected(staging, source)
        return source, retired, of_file(staging, source, store, uploads)


def hold(file: Sent, store: Path, sender: Sender, valid_only: bool = False) -> tuple[Look, list[Problem]]:
    """Read and check a file as publishing would, to publish it later: what to keep of it, and the warnings.

    What is kept has no cell that the archive would not keep: no personal column, no row that is not taken, no text that
    is not stored. Publishing checks it again, against what is known then. Raises Rejected as publish does.
    """
    uploads = archive.newest_manifest(store)["uploads"]
    with tempfile.TemporaryDirectory() as folder, connect(Path(folder)) as staging:
        check.create_problem_table(staging)
        source = load_beside(staging, store, uploads, file.read(store))
        sender.require(source)
        check.check(staging, source)
        sender.note_units(staging, source)
        doubtful = [check.in_words_of(source, one) for one in check.problems(staging, "warning", check.LISTED)]
        found = [check.in_words_of(source, one) for one in check.problems(staging, "reject", check.LISTED)]
        if not valid_only:
            _require_sound(staging, source, sender, store, uploads, found, doubtful)
        dropped = check.drop_rejected(staging, source)
        if not staging.execute("SELECT count(*) FROM incoming").fetchone()[0]:
            raise Rejected(found, check.count(staging, "reject"), doubtful)
        covers = of_file(staging, source, store, uploads)
        missing, older = (count(staging, covers, uploads) for count in (not_named, told_later))
        sender.require_older(source, missing)
        said = [*found, *warnings(source, covers, missing, older), *doubtful]
        facts = {"warnings": check.counts(staging, source, "warning"), "unknown": check.unknown_words(staging, source)}
        noted = tuple(one for one in source.noted if one.severity != "reject")
        taken = Taken(
            check.kept_texts(staging, source),
            source.rows,
            source.skipped,
            noted,
            source.left_out,
            check.refused_rows(staging),
            dropped,
            facts,
            portal.settled(staging, source),
        )
        kept = replace(source.look.without_cells(), likely={}, taken=taken)
        _require_same(staging, kept)
        return kept, said


def _require_sound(
    staging: duckdb.DuckDBPyConnection,
    source: SourceFile,
    sender: Sender,
    store: Path,
    uploads: list[dict],
    found: list[Problem],
    doubtful: list[Problem],
) -> None:
    """Raise Rejected for rows that break a rule; before them for what a person would be asked about, as publish does."""
    asked: list[Problem] = []
    try:
        sender.require_older(source, not_named(staging, of_file(staging, source, store, uploads), uploads))
    except Rejected as rejected:
        asked = rejected.problems
    if asked or found:
        raise Rejected([*asked, *found], len(asked) + check.count(staging, "reject"), doubtful)


def _require_same(staging: duckdb.DuckDBPyConnection, kept: Look) -> None:
    """Raise Rejected if the kept texts alone would be understood in another way than among all texts of their file."""
    staging.execute("CREATE OR REPLACE TEMP TABLE first_incoming AS FROM incoming")
    check.check(staging, load(staging, kept))
    staging.execute("DELETE FROM incoming WHERE line NOT IN (SELECT line FROM first_incoming)")
    both = "(FROM {} EXCEPT ALL FROM {})"
    differing = " UNION ALL ".join(
        both.format(*pair) for pair in (("incoming", "first_incoming"), ("first_incoming", "incoming"))
    )
    if staging.execute(f"SELECT count(*) FROM ({differing})").fetchone()[0]:
        reason = "Không chắc các dòng hợp lệ có nghĩa như cũ khi bỏ các dòng bị trả lại."
        raise Rejected([Problem(kept.name, 0, "", "", reason, "Sửa mọi dòng bị trả lại rồi gửi cả tệp.", "kept_alone")])


def load_beside(staging: duckdb.DuckDBPyConnection, store: Path, uploads: list[dict], seen: Look) -> SourceFile:
    """Put the rows of a file into `raw` beside the known tables as they will be with it; raises Rejected as `load`.

    A real file is checked against real rows only, also while simulated ones are still in force, and loses its own.
    """
    there, real = counting(uploads), counting(uploads, real=True)
    know(staging, store, there)
    source = load(staging, seen)
    if check.is_real(staging, source):
        if real != there:
            for table in tables().values():
                merge(staging, table, store, real, table.name)
        check.leave_out_simulated(staging, source)
    elif source.table.simulatable and has_real(uploads):
        check.note_not_counting(staging, source)
    return source


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
        changed = turned(manifest["uploads"], uploads)
        return Outcome(snapshot_id, retired=changed[0], back=changed[1])


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


def _take_checked(
    checked: Checked | None, store: Path, manifest: dict, files: list[Path | Look | Sent], who: str, valid_only: bool
) -> list[dict]:
    """The upload that `_take` would make of the one file that a preview has checked; none if it has to be checked again."""
    if checked is None or len(files) != 1 or not checked.fits(store, manifest, files[0], valid_only):
        return []
    facts, order = checked.facts, archive.next_order(store, manifest)
    refuse_known(manifest["uploads"], facts["file"], facts["sha256"])
    building = _building(store, order)
    if not checked.put(building):
        building.unlink(missing_ok=True)
        return []
    return [_entry(manifest, who, order, facts, building)]


def _take(
    staging: duckdb.DuckDBPyConnection,
    store: Path,
    manifest: dict,
    files: list[Path | Look | Sent],
    who: str,
    progress: Progress,
    reading: Reading | None,
    valid_only: bool,
    list_all: bool,
    sender: Sender | None,
) -> tuple[list[dict], list[Problem], dict[str, pa.Table]]:
    """Read and check every file; their rows get temporary names until all files are accepted."""
    check.create_problem_table(staging)
    problems: list[Problem] = []
    taken: list[dict] = []
    of_days: list[Problem] = []
    own_day: set[int] = set()
    sources: dict[str, SourceFile] = {}
    seen = _in_order(files, reading, store, problems, progress)
    count, first = len(seen), archive.next_order(store, manifest)
    for number in range(count):
        one = seen.pop(0)  # removes the reference, so that its cells are freed after the check
        progress(f"Kiểm tra {one.name}", number / count)
        try:
            refuse_known([*manifest["uploads"], *taken], one.name, one.sha256)
            source = load_beside(staging, store, manifest["uploads"] + taken, one)
            if sender:
                sender.require(source)
        except Rejected as rejected:
            problems += rejected.problems
            continue
        sources[source.name] = replace(source, look=source.look.without_cells())
        check.check(staging, source)
        if sender:
            sender.note_units(staging, source)
        dropped = check.drop_rejected(staging, source) if valid_only else 0
        if one.taken:
            check.add_refused(staging, one.taken.refused)
            dropped += one.taken.dropped
        try:
            covers = of_file(staging, source, store, manifest["uploads"])
            missing, older = (count(staging, covers, manifest["uploads"]) for count in (not_named, told_later))
            if sender:
                sender.require_older(source, missing)
        except Rejected as rejected:
            problems += rejected.problems
            continue
        of_days += warnings(source, covers, missing, older)
        order = first + len(taken)
        is_stated = covers is not None and bool(source.look.reading.covers.get("as_of"))
        again = told_again(staging, first) if covers and not is_stated else set()
        own_day |= {order, *again} if is_stated or again else set()
        facts = archive_rows(staging, source, _building(store, order), dropped) | entry_of(covers)
        facts |= {"sender": sender.kind} if sender and sender.kind else {}
        facts |= one.taken.facts if one.taken else {}
        taken.append(_entry(manifest, who, order, facts, _building(store, order)))
    _exported_together([upload for upload in taken if upload["order"] not in own_day])
    progress("Kiểm tra", 1.0)
    listed = None if list_all else check.LISTED
    found = [check.in_words_of(sources[problem.file], problem) for problem in check.problems(staging, "reject", listed)]
    nothing_left = valid_only and not all(upload["accepted"] for upload in taken)
    if problems or nothing_left or (found and not valid_only):
        for upload in taken:
            Path(upload["path"]).unlink(missing_ok=True)
        raise Rejected(problems + found, len(problems) + check.count(staging, "reject"))
    doubtful = [
        check.in_words_of(sources[problem.file], problem) for problem in check.problems(staging, "warning", listed)
    ]
    return taken, found + of_days + doubtful, {source.name: source.left_out for source in sources.values()}


def _exported_together(taken: list[dict]) -> None:
    """Files of dossiers published at once were exported at once: each tells the state of the newest day of all.

    Not those of which a person states the day, nor those that tell of the same dossiers: these are of different days.
    """
    told = [upload["coverage"] for upload in taken if "coverage" in upload]
    newest = max((one["as_of"] for one in told), default="")
    for one in told:
        one["as_of"] = newest


def _in_order(
    files: list[Path | Look | Sent], reading: Reading | None, store: Path, problems: list[Problem], progress: Progress
) -> list[Look]:
    """The files read and sorted, referenced tables first: reference tables, dossiers, then the rest."""
    names = list(tables())
    seen = []
    for number, file in enumerate(files):
        progress(f"Đọc {file.name}", number / len(files))
        try:
            one = _read(file, reading, store)
        except Rejected as rejected:
            problems += rejected.problems
            continue
        many = len(files) > 1 and one.grid.cells.nbytes > _LARGE
        seen.append(one.laid_aside(durable.unnamed(store, f"-{number}.cells")) if many else one)
    rank = {name: (name in UPLOADED, names.index(name)) for name in names}
    return sorted(seen, key=lambda one: rank[one.mapping.table.name])


def _read(file: Path | Look | Sent, reading: Reading | None, store: Path) -> Look:
    """A file, read if it is not. Raises Rejected."""
    if isinstance(file, Look):
        return file
    return file.read(store) if isinstance(file, Sent) else look(file, reading, store)


def refuse_known(uploads: list[dict], name: str, sha256: str) -> None:
    """Raise Rejected for a file whose bytes were uploaded before."""
    for upload in uploads:
        if upload["sha256"] == sha256:
            withdrawn = "Lần nạp đó đã rút: khôi phục nó trong “Các lần nạp”, hoặc bằng lệnh restore."
            again = withdrawn if upload["state"] == "withdrawn" else "Không cần nạp lại."
            reason = f"Tệp này đã được nạp (lần nạp {upload['id']})."
            raise Rejected([Problem(name, 0, "", "", reason, again, rule="known_file")])


def archive_rows(staging: duckdb.DuckDBPyConnection, source: SourceFile, path: Path, rejected: int) -> dict:
    """Write the typed rows of `incoming` to a file as the archive keeps them; returns what an upload's entry tells of them."""
    table, there = source.table, check.raw_columns(staging)
    had = f"' {' '.join(name for name in table.names if name in there)} ' AS {FILE_COLUMNS}"
    rows = f"SELECT * EXCLUDE (row_id){', ' + had if FILE_COLUMNS in table.archived else ''} FROM incoming"
    staging.execute(
        f"COPY ({rows} ORDER BY row_id) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd{_refused(staging)})"
    )
    simulated = "count(*) FILTER (WHERE simulated)" if table.simulatable else "0"
    count, made_up = staging.execute(f"SELECT count(*), {simulated} FROM incoming").fetchone()
    return {
        "file": source.name,
        "sha256": source.sha256,
        "table": table.name,
        "rows_read": count + rejected,
        "accepted": count,
        "rejected": rejected,
        "real_rows": count - made_up,
        "warnings": check.counts(staging, source, "warning"),
        "unknown": check.unknown_words(staging, source),
        **archive.checksums(path),
    }


def _refused(staging: duckdb.DuckDBPyConnection) -> str:
    """The lines, hashed keys and units of the rows that are not taken, as an option of COPY; they stay with the file's rows.

    The pages say that these rows are missing, until a later file has them.
    """
    [(kept,)] = staging.execute(
        """SELECT string_agg(concat_ws(' ', line, coalesce(key_hash, ''), unit_code), ',' ORDER BY line, key_hash)
        FROM refused"""
    ).fetchall()
    return f", KV_METADATA {{{archive.REFUSED}: {literal(kept)}}}" if kept else ""


def _building(store: Path, order: int) -> Path:
    """The temporary name of an upload's rows."""
    return durable.unnamed(store / "uploads", f"-{order}.parquet")


def _entry(manifest: dict, who: str, order: int, facts: dict, building: Path) -> dict:
    """The entry of an upload, with `path` until its rows are archived."""
    return {
        "id": f"u{order:06d}-{facts['sha256'][:8]}",
        "order": order,
        "who": who,
        "at": archive.now(manifest),
        "state": "live",
        **facts,
        "path": str(building),
    }
