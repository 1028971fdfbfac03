"""Query times of pages: milliseconds of every query of a page without the cache.

The queries are recorded on a running server: each page is opened with its default view. Queries that read rows of
dossiers are reported separately from those that read sums built at publishing.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

import queries
from bench.recorded import Recording
from queries.snapshot import ROOT, Reader, pointed_id, read_manifest
from queries.snapshot import Snapshot as Opened
from tests.browser import serve
from tests.wire import Client
from ui.menu import MENU

# Page names in addresses with their titles; the overview has an empty name.
PAGES = {"" if file == "dashboard.py" else Path(file).stem: title for file, title, _, _ in MENU}
ROW_TABLES = {"dossier", "listed_dossier"}

Question = tuple[str, tuple, str]


def measure(stores: dict[int, Path], rounds: int, folder: Path, tell: Callable[[str], None]) -> dict:
    """For every page and size: its queries and their times, those of sums and those of rows; medians."""
    sizes = {}
    for rows, store in stores.items():
        tell(f"{rows} hồ sơ: hỏi từng trang")
        asked = recorded(store, folder / f"asked-{rows}")
        tell(f"{rows} hồ sơ: đo {len({one for questions in asked.values() for one in questions})} câu hỏi")
        sizes[rows] = timed(store, asked, rounds)
    return {"pages": {page: {"title": title, "sizes": _by_size(page, sizes)} for page, title in PAGES.items()}}


def _by_size(page: str, sizes: dict[int, dict[str, dict]]) -> dict[str, dict]:
    return {str(rows): measured[page] for rows, measured in sizes.items()}


def recorded(store: Path, file: Path) -> dict[str, list[Question]]:
    """The queries of each page when it is opened."""
    recording, asked = Recording(file), {}
    log = file.with_suffix(".log")
    with serve(
        ROOT / "server.py", log, module="bench.recorded", BENCH_ASKED=str(file), DASHBOARD_STORE=str(store)
    ) as address:
        for page in PAGES:
            with Client(address) as client:
                shown = client.open(page)
            if "Trang này gặp lỗi" in shown.words:
                raise AssertionError(f"{page or 'dashboard'}: {shown.words[:2000]}")
            asked[page] = recording.taken()
    return asked


def timed(store: Path, asked: dict[str, list[Question]], rounds: int) -> dict[str, dict]:
    """Run each distinct query several times without the cache; sums of the medians by page."""
    snapshot_id = pointed_id(store)
    path = store / "snapshots" / f"{snapshot_id}.duckdb"
    reader = Reader(Opened(snapshot_id, path, read_manifest(store, snapshot_id)))
    questions = list(dict.fromkeys(question for page in asked.values() for question in page))
    spent: dict[Question, list[float]] = {question: [] for question in questions}
    for _ in range(rounds + 1):
        for question in questions:
            start = time.perf_counter()
            reader.answer.__wrapped__(*question)
            spent[question].append(1000 * (time.perf_counter() - start))
    # Without the first run, which reads the file from disk.
    medians = {question: statistics.median(times[1:]) for question, times in spent.items()}
    of_rows = row_names(path)
    return {page: _page(questions, medians, of_rows) for page, questions in asked.items()}


def _page(questions: list[Question], medians: dict[Question, float], of_rows: set[str]) -> dict:
    """One page: milliseconds of its queries on sums and on rows, and the slowest of each."""
    kinds: dict[str, list[Question]] = {"sums": [], "rows": []}
    for question in questions:
        kinds["rows" if reads(question[0], of_rows) else "sums"].append(question)
    found: dict = {"questions": len(questions), "ms": sum(medians[question] for question in questions)}
    for kind, some in kinds.items():
        slowest = max(some, key=medians.get, default=None)
        found[kind] = {
            "questions": len(some),
            "ms": sum(medians[question] for question in some),
            "slowest": name_of(slowest[0]) if slowest else "",
            "slowest_ms": medians[slowest] if slowest else 0.0,
        }
    return found


def reads(sql: str, names: set[str]) -> bool:
    """Whether a statement uses one of some tables, ignoring comments.

    >>> reads("SELECT 1 FROM service_month -- not dossier", {"dossier"}), reads("FROM dossier", {"dossier"})
    (False, True)
    """
    return bool(names & set(re.findall(r"\w+", re.sub(r"--[^\n]*", "", sql))))


def row_names(path: Path) -> set[str]:
    """Tables of rows, and the views and macros of a snapshot that read them directly or indirectly."""
    with duckdb.connect(str(path), read_only=True) as connection:
        made = connection.execute(
            """SELECT function_name, macro_definition FROM duckdb_functions() WHERE NOT internal
            UNION ALL SELECT view_name, sql FROM duckdb_views() WHERE NOT internal"""
        ).fetchall()
    names, before = set(ROW_TABLES), set()
    while names != before:
        before = set(names)
        names |= {name for name, text in made if text and reads(text, before)}
    return names


def name_of(sql: str) -> str:
    """The file in queries/ from which a statement was read."""
    return next((path.stem for path in queries.FOLDER.glob("*.sql") if path.read_text(encoding="utf-8") == sql), "?")
