"""Preview of a file before publishing: problems by rule, number of new, changed and unchanged rows."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pandas as pd

from ingest import check
from ingest.checked import Checked, ground_of
from ingest.coverage import Coverage, entry_of, later_than, not_named, of_file, told_later
from ingest.publish import archive_rows, load_beside, refuse_known
from ingest.reading.look import SHEET_LINES, Look, Sent, SourceFile
from ingest.schema import UPLOADED, Table, tables
from ingest.store import archive
from ingest.store.build import BrokenIdentity, Progress, build, connect, know, quiet
from ingest.store.counting import counting, turned
from ingest.store.prebuilt import Prebuilt, basis_of
from ingest.teach import Unknown, unknown_headers, unknown_values
from queries.snapshot import ROOT, literal, pointed_id

NO_EFFECT = pd.DataFrame(columns=["period_title", "name", "measure", "direction", "before", "value", "is_better"])
# Number of cases shown for each rule; the download contains all cases.
FIRST_CASES = 3
REASON = "Lý do bị trả lại"
LINE = "Dòng trong tệp"


@dataclass(frozen=True)
class Preview:
    """A checked file; nothing of it is stored yet.

    groups: one row per rule (rule, severity, reason, hint, count, first cases); rejected: the rows that break a rule,
    with the file's own headers, line and every reason; problems: all problems, one per row; prebuilt: the snapshot built
    to see the effect, and checked: the rows for the archive, if they were kept; unknown: the values that can be taught;
    covers: what a file of dossiers covers; not_named: how many open dossiers become unclear, because the file does not
    name them, and told_later of how many a later state is known; retired: the simulated uploads that will no longer count.
    """

    source: SourceFile
    rows_read: int
    accepted: int
    rejected: int
    new: int
    changed: int
    unchanged: int
    retired: tuple[dict, ...]
    effect: pd.DataFrame
    groups: pd.DataFrame
    rejects: pd.DataFrame
    problems: pd.DataFrame
    prebuilt: Prebuilt | None = None
    checked: Checked | None = None
    unknown: tuple[Unknown, ...] = ()
    covers: Coverage | None = None
    not_named: int = 0
    told_later: int = 0

    def without_cells(self) -> Preview:
        """A copy without the file's rows."""
        return replace(self, source=replace(self.source, look=self.source.look.without_cells()))


def preview(file: Look | Sent, store: Path, progress: Progress = quiet, keep: Path | None = None) -> Preview:
    """Check a file against the current store. Raises Rejected if no row can be read or the file is already uploaded.

    The snapshot that is built to see the effect is kept in the folder `keep` if one is given; so are the checked rows of
    a file that nobody has read before.
    """
    manifest = archive.newest_manifest(store)
    ground = ground_of(store, manifest, file) if keep and isinstance(file, Sent) else ""
    seen = file.read(store) if isinstance(file, Sent) else file
    refuse_known(manifest["uploads"], seen.name, seen.sha256)
    with tempfile.TemporaryDirectory() as folder, connect(Path(folder)) as staging:
        progress("Đọc danh mục", 0.0)
        check.create_problem_table(staging)
        source = load_beside(staging, store, manifest["uploads"], seen)
        progress("Kiểm tra từng dòng", 0.1)
        check.check(staging, source)
        groups, problems, rejects = _groups(staging, source), _problems(staging, source), _rejects(staging, source)
        unknown = unknown_values(staging, source)
        rejected = check.drop_rejected(staging, source)
        covers = of_file(staging, source, store, manifest["uploads"])
        missing, older = (count(staging, covers, manifest["uploads"]) for count in (not_named, told_later))
        accepted, arriving = _arriving(staging, source.table, store, manifest)
        later = [*manifest["uploads"], arriving]
        new, changed, unchanged = (
            _effect(staging, source.table, later_than(covers, manifest["uploads"]))
            if arriving in counting(later)
            else (0, 0, 0)
        )
        effect, prebuilt, checked, retired = NO_EFFECT, None, None, ()
        if accepted:
            retired, _ = turned(manifest["uploads"], later)
        if accepted and (ground or pointed_id(store)):
            path = (keep or Path(folder)) / "incoming.parquet"
            facts = archive_rows(staging, source, path, rejected) | entry_of(covers)
            effect, prebuilt = _with_file(path, facts, store, manifest, arriving, progress, keep)
            # The build has seen that every file of the archive is whole; what was checked against others is not kept.
            if ground and (prebuilt or not counting(manifest["uploads"])):
                checked = Checked(path, facts, ground)
    return Preview(
        source,
        source.rows_read,
        accepted,
        rejected,
        new,
        changed,
        unchanged,
        retired,
        effect,
        groups,
        rejects,
        problems,
        prebuilt,
        checked,
        unknown,
        covers,
        missing,
        older,
    )


def nameless(seen: Look, store: Path) -> Unknown | None:
    """The headers of a file that may name an indicator or a unit that nobody has taught; None if there are none."""
    uploads = counting(archive.newest_manifest(store)["uploads"])
    with tempfile.TemporaryDirectory() as folder, connect(Path(folder)) as staging:
        know(staging, store, uploads, tables().keys() - UPLOADED)
        return unknown_headers(staging, seen)


def of_state(upload_id: str, state: str, store: Path, progress: Progress = quiet) -> pd.DataFrame:
    """The home's indicators before and after an upload changes its state (see queries/effect/headline.sql)."""
    uploads = archive.newest_manifest(store)["uploads"]
    changed = [{**upload, "state": state} if upload["id"] == upload_id else upload for upload in uploads]
    with tempfile.TemporaryDirectory() as folder:
        return _before_and_after(store, changed, Path(folder) / "later.duckdb", progress)[0]


def _with_file(
    path: Path,
    facts: dict,
    store: Path,
    manifest: dict,
    arriving: dict,
    progress: Progress,
    keep: Path | None,
) -> tuple[pd.DataFrame, Prebuilt | None]:
    """The home's indicators before and after the rows at `path` are published, and the snapshot built for it."""
    with tempfile.TemporaryDirectory() as folder:
        arriving = {**arriving, "path": str(path), **facts}
        later = (keep or Path(folder)) / "later.duckdb"
        effect, built = _before_and_after(store, [*manifest["uploads"], arriving], later, progress)
        if keep is None or built is None:
            return effect, None
        checksum = archive.sha256_of(later)
        basis = basis_of(manifest["uploads"], arriving)
        return effect, Prebuilt(later, checksum, facts["archived_sha256"], basis, built)


def _before_and_after(
    store: Path, uploads: list[dict], later: Path, progress: Progress
) -> tuple[pd.DataFrame, dict | None]:
    """Build the future snapshot at `later` and compare it with the current one; returns the facts of the build too."""
    in_force = pointed_id(store)
    if in_force is None:
        return NO_EFFECT, None
    later.unlink(missing_ok=True)
    try:
        facts = build(later, store, uploads, progress)
    except BrokenIdentity:
        # Publishing would report the same fault and change nothing.
        return NO_EFFECT, None
    with duckdb.connect() as connection:
        for name, path in (("earlier", store / "snapshots" / f"{in_force}.duckdb"), ("later", later)):
            connection.execute(f"ATTACH {literal(path)} AS {name} (READ_ONLY)")
        return connection.execute(
            (ROOT / "queries" / "effect" / "headline.sql").read_text(encoding="utf-8")
        ).df(), facts


def _effect(staging: duckdb.DuckDBPyConnection, table: Table, newer: list[int]) -> tuple[int, int, int]:
    """The numbers of rows in `incoming` that are new, that change a row in force, and that leave it as it is.

    Rows of the newer uploads stay as they are.
    """
    on = " AND ".join(f'mine."{name}" = known."{name}"' for name in table.key)
    same = " AND ".join(
        f'mine."{name}" IS NOT DISTINCT FROM known."{name}"' for name in table.names if name not in table.key
    )
    stays = f"({same or 'true'} OR list_contains(CAST($newer AS INTEGER[]), known.upload_order))"
    return staging.execute(
        f"""SELECT count(*) FILTER (known."{table.key[0]}" IS NULL),
            count(*) FILTER (known."{table.key[0]}" IS NOT NULL AND NOT {stays}),
            count(*) FILTER (known."{table.key[0]}" IS NOT NULL AND {stays})
        FROM incoming AS mine LEFT JOIN "{table.name}" AS known ON {on}""",
        {"newer": newer},
    ).fetchone()


def _arriving(staging: duckdb.DuckDBPyConnection, table: Table, store: Path, manifest: dict) -> tuple[int, dict]:
    """The number of rows in `incoming`, and the upload that they would become."""
    real = "simulated IS NOT TRUE" if table.simulatable else "true"
    rows, real_rows = staging.execute(f"SELECT count(*), count(*) FILTER ({real}) FROM incoming").fetchone()
    order = archive.next_order(store, manifest)
    return rows, {"table": table.name, "order": order, "state": "live", "real_rows": real_rows}


def _headers(source: SourceFile, frame: pd.DataFrame) -> pd.DataFrame:
    """Replace the table's column names by the file's own headers."""
    return frame.rename(columns={name: source.look.mapping.header(name) for name in frame.columns})


def _in_own_words(source: SourceFile, names: pd.Series) -> pd.Series:
    # A million problems name a few columns.
    words = {
        name: ", ".join(map(source.look.mapping.header, name.split(", "))) if name else "" for name in names.unique()
    }
    return names.map(words)


def _place(source: SourceFile, line: str = "line") -> str:
    """An SQL expression for the line of a problem in its file, with the sheet if there are several."""
    if not source.look.more:
        return f"nullif({line}, 0)"
    sheets = ", ".join(literal(one.grid.sheet) for one in (source.look, *source.look.more))
    return f"if({line} = 0, NULL, [{sheets}][{line} // {SHEET_LINES} + 1] || ' dòng ' || {line} % {SHEET_LINES})"


def _groups(staging: duckdb.DuckDBPyConnection, source: SourceFile) -> pd.DataFrame:
    """The problems by rule and column, most frequent first, with the lines of the first cases."""
    frame = staging.execute(
        f"""SELECT severity, rule, column_name, any_value(reason ORDER BY line) AS reason, any_value(hint) AS hint,
            count(*) AS cases,
            list(concat_ws(': ', {_place(source)}, nullif(value, '')) ORDER BY line)[1:{FIRST_CASES}] AS first_cases
        FROM problem GROUP BY ALL ORDER BY severity, cases DESC, rule"""
    ).df()
    frame["first_cases"] = [" · ".join(cases) for cases in frame["first_cases"]]
    return frame.assign(column_name=_in_own_words(source, frame["column_name"]))


def _problems(staging: duckdb.DuckDBPyConnection, source: SourceFile) -> pd.DataFrame:
    """Every problem with its line and column."""
    line = f"coalesce({_place(source, 'problem.line')}, '')" if source.look.more else "line"
    frame = staging.execute(
        f"""SELECT file, {line} AS line, column_name, value, reason, hint, severity FROM problem
        ORDER BY problem.line, column_name"""
    ).df()
    return frame.assign(column_name=_in_own_words(source, frame["column_name"]))


def _rejects(staging: duckdb.DuckDBPyConnection, source: SourceFile) -> pd.DataFrame:
    """The refused rows as in the file, without personal columns, for correction and a new upload."""
    frame = staging.execute(
        f"""SELECT raw.* EXCLUDE (row_id, line), {_place(source, "raw.line")} AS "{LINE}", reasons AS "{REASON}"
        FROM raw JOIN (SELECT line, string_agg(column_name || ': ' || reason, ' ' ORDER BY column_name) AS reasons
            FROM problem WHERE severity = 'reject' GROUP BY line) AS refused USING (line) ORDER BY raw.row_id"""
    ).df()
    return _headers(source, frame)
