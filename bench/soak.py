"""Soak test: twenty readers while files are published and withdrawn every few seconds; checks answers and memory.

python bench/soak.py [MINUTES]

Uses its own store with a part of the simulated district. The readers are threads of one process, as in the app. Another
process publishes, and records the expected answers of each snapshot through its own plain connection. Exits with 1 if
an answer was wrong or failed, or if memory grew.
"""

from __future__ import annotations

import collections
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from itertools import islice
from pathlib import Path

import duckdb
import pandas as pd
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, from any folder

import queries
from data import demo
from ingest import durable
from ingest.publish import publish, restore, withdraw
from queries.snapshot import ROOT, pointed_id, reader
from tests.test_check import sound, write

MINUTES = 10
READERS = 20
PAUSE = 1  # seconds between two changes of the store
ROWS = 4000  # dossiers of each year
KEPT_LIVE = 10  # added files in force at the same time
MOST_GROWTH = 1.10  # allowed memory growth from the middle to the end
# Queries of pages, with parameters that work on every snapshot.
ASKED = {
    "freshness": {},
    "indicators": {},
    "units": {},
    "fields": {},
    "periods": {"calendar": "solar"},
    "headline": {
        "calendar": "solar", "period": "2024", "unit": "597", "before": "2023", "before_cut": "full",
    },
    "trend": {"calendar": "solar", "kind": "month", "unit": "597", "indicator": "T01"},
}  # fmt: skip
COUNT = "SELECT count(*) AS dossiers FROM dossier"
STATEMENTS = {name: (queries.question(name).sql, bound) for name, bound in ASKED.items()} | {"count": (COUNT, {})}


def digest(frame: pd.DataFrame) -> str:
    """A checksum of an answer including its order; a single number is returned as it is."""
    if frame.shape == (1, 1):
        return str(frame.iat[0, 0])
    return f"{frame.shape} {int(pd.util.hash_pandas_object(frame.astype(str)).sum())}"


def resident() -> int:
    """The memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024**2


# ------------------------------------------------------------------------------- the writer


def fill(store: Path, folder: Path) -> None:
    """Publish the small tables of the simulated district and the first dossiers of each year."""
    files = []
    for path in demo.write(folder):
        if path.name.startswith(("ho-so", "buoc")):
            with path.open(encoding="utf-8") as file:
                kept = list(islice(file, ROWS + 1 if path.name.startswith("ho-so") else 1))
            path.write_text("".join(kept), encoding="utf-8")
            if len(kept) == 1:
                continue
        files.append(path)
    publish(files, store=store)


def write_down(store: Path, expected: Path, dossiers: int) -> None:
    """Record the expected answers of the newest snapshot: dossiers as counted, the rest read from its file."""
    snapshot_id = pointed_id(store)
    with duckdb.connect(str(store / "snapshots" / f"{snapshot_id}.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'Asia/Ho_Chi_Minh'")
        said = {name: digest(connection.execute(sql, bound).df()) for name, (sql, bound) in STATEMENTS.items()}
    durable.write_text(expected / f"{snapshot_id}.json", json.dumps(said | {"count": str(dossiers)}))


def change_on(store: Path, folder: Path, until: float) -> None:
    """Publish, withdraw and restore until the time is over."""
    expected, chance = folder / "expected", random.Random(597)
    connection = duckdb.connect(str(store / "snapshots" / f"{pointed_id(store)}.duckdb"), read_only=True)
    dossiers = connection.execute(COUNT).fetchone()[0]
    connection.close()
    write_down(store, expected, dossiers)
    live, withdrawn, number = [], [], 0
    while time.time() < until:
        time.sleep(PAUSE)
        if withdrawn and chance.random() < 0.25:
            live.append(withdrawn.pop())
            restore(live[-1], store=store)
            dossiers += 1
        elif len(live) >= KEPT_LIVE or (live and chance.random() < 0.3):
            withdrawn.append(live.pop(0))
            withdraw(withdrawn[-1], store=store)
            dossiers -= 1
        else:
            number += 1
            row = sound("dossier", number, dossier_code=f"SOAK-{number}", simulated="true")
            live.append(publish([write(folder / f"{number}.csv", [row])], store=store).uploads[0]["id"])
            dossiers += 1
        write_down(store, expected, dossiers)


# ------------------------------------------------------------------------------ the readers


class Readers:
    """Threads that query as pages do, and count the answers of each snapshot."""

    def __init__(self, store: Path):
        self.store, self.ended, self.guard = store, threading.Event(), threading.Lock()
        self.heard: collections.Counter = collections.Counter()
        self.failed: list[str] = []
        self.threads = [threading.Thread(target=self.read_on, args=(number,)) for number in range(READERS)]

    def read_on(self, number: int) -> None:
        """Pin a snapshot, run a few queries, repeat."""
        chance = random.Random(number)
        while not self.ended.is_set():
            try:
                known = reader(self.store)
                for name in chance.sample(list(STATEMENTS), 4):
                    sql, bound = STATEMENTS[name]
                    # Half of the queries use the cache, the others read the file.
                    ask = known.answer if chance.random() < 0.5 else known.answer.__wrapped__
                    heard = known.snapshot.id, name, digest(ask(sql, tuple(sorted(bound.items()))))
                    with self.guard:
                        self.heard[heard] += 1
                        self.failed += [f"stands in for {known.snapshot.broken}"] * bool(known.snapshot.broken)
            except Exception as error:  # any error is a finding of this test
                with self.guard:
                    self.failed.append(repr(error))
            self.ended.wait(chance.random())


def main() -> int:
    """Fill a store, start writer and readers, watch, compare; print the table. Returns the exit code."""
    if sys.argv[1:2] == ["--writer"]:
        change_on(Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
        return 0
    seconds = 60 * float(sys.argv[1] if len(sys.argv) > 1 else MINUTES)
    with tempfile.TemporaryDirectory() as name:
        folder, store = Path(name), Path(name) / "store"
        (folder / "expected").mkdir()
        (folder / "files").mkdir()
        filling = [sys.executable, "-c", "import sys; from pathlib import Path; from bench import soak; "
                   "soak.fill(Path(sys.argv[1]), Path(sys.argv[2]))"]  # fmt: skip
        subprocess.run([*filling, str(store), str(folder / "files")], cwd=ROOT, check=True)
        until = time.time() + seconds
        writer = subprocess.Popen([sys.executable, __file__, "--writer", str(store), str(folder), str(until)])
        readers, memory = Readers(store), []
        for thread in readers.threads:
            thread.start()
        while writer.poll() is None:
            time.sleep(1)
            memory.append(resident())
        readers.ended.set()
        for thread in readers.threads:
            thread.join()
        expected = {path.stem: json.loads(path.read_text()) for path in (folder / "expected").iterdir()}
    return told(seconds, writer.returncode, readers, expected, memory)


def told(seconds: float, code: int, readers: Readers, expected: dict[str, dict], memory: list[int]) -> int:
    """Print the result; returns the exit code."""
    wrong = {key: count for key, count in readers.heard.items() if expected.get(key[0], {}).get(key[1]) != key[2]}
    tenth = max(len(memory) // 10, 1)
    middle = len(memory) // 2
    start, half, end = (
        statistics.median(part)
        for part in (memory[tenth : 2 * tenth], memory[middle : middle + tenth], memory[-tenth:])
    )
    table = Table("Đo", "Kết quả", title=f"{seconds / 60:g} phút, {READERS} người đọc")
    seen = len({snapshot_id for snapshot_id, _, _ in readers.heard})
    for what, figure in {
        "Lần đọc": sum(readers.heard.values()),
        "Sai": sum(wrong.values()),
        "Lỗi": len(readers.failed),
        "Lần đổi bản số liệu": len(expected) - 1,
        "Bản số liệu đã đọc": seen,
        "Bộ nhớ đầu, giữa, cuối (MB)": f"{start:.0f}, {half:.0f}, {end:.0f}",
    }.items():
        table.add_row(what, str(figure))
    Console().print(table)
    for said in [*map(str, list(wrong)[:3]), *readers.failed[:3]]:
        print(said)
    grew = end > half * MOST_GROWTH
    return int(bool(wrong or readers.failed or code or grew))


if __name__ == "__main__":
    sys.exit(main())
