"""The simulated district, one or more copies, built by DuckDB and by Spark: time, memory, and equality of results.

python bench/spark.py [COPIES …]    1 is the demo (196 thousand dossiers), 5 about a million; default: 1 5

Every copy is published as ordinary CSV files; then each engine rebuilds the snapshot in a separate process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, from any folder

from data import demo
from ingest.publish import publish
from ingest.store.figures import differing, figures
from queries.snapshot import ROOT, pointed_id

MASTER = "local[2]"
ENGINES = {"duckdb": [], "spark": ["--engine", "spark", "--master", MASTER]}
# Dossiers and steps of a copy differ from the others only by the end of their code.
COPIED = "SELECT * REPLACE (dossier_code || '{:03}' AS dossier_code) FROM read_csv('{}', all_varchar = true)"


class Watched(threading.Thread):
    """Watches a process with its descendants twice a second: peak resident memory (MB) and CPU seconds."""

    def __init__(self, process: subprocess.Popen):
        super().__init__(daemon=True)
        self.process, self.memory, self.used = process, 0.0, {}

    def run(self) -> None:
        while self.process.poll() is None:
            resident = 0
            for pid in tree(self.process.pid):
                try:
                    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                resident += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
                self.used[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            self.memory = max(self.memory, resident / 1e6)
            time.sleep(0.5)


def tree(pid: int) -> list[int]:
    """A process and its descendants."""
    try:
        lists = [task.joinpath("children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []
    return [pid, *(below for text in lists for child in text.split() for below in tree(int(child)))]


def fill(store: Path, folder: Path, copies: int) -> None:
    """Publish the demo with its dossiers repeated `copies` times."""
    files = demo.write(folder)
    copied = [file for file in files if file.name.startswith(("ho-so", "buoc"))]
    for copy in range(1, copies):
        for file in copied:
            target = folder / f"{copy}-{file.name}"
            duckdb.execute(f"COPY ({COPIED.format(copy, file)}) TO '{target}' (HEADER)")
            files.append(target)
    publish(files, store=store)


def main() -> None:
    """Print one line per engine and size."""
    print(f"load before: {os.getloadavg()[0]:.1f}")
    for copies in [int(word) for word in sys.argv[1:]] or [1, 5]:
        with tempfile.TemporaryDirectory() as folder:
            store, made = Path(folder) / "store", {}
            start = time.perf_counter()
            fill(store, Path(folder), copies)
            published = time.perf_counter() - start
            for engine, options in ENGINES.items():
                start = time.perf_counter()
                command = [sys.executable, "-m", "ingest", "rebuild", *options]
                environment = {**os.environ, "DASHBOARD_STORE": str(store)}
                process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
                watched = Watched(process)
                watched.start()
                if process.wait():
                    sys.exit(f"{engine} failed: exit code {process.returncode}")
                watched.join()
                snapshot = store / "snapshots" / f"{pointed_id(store)}.duckdb"
                made[engine] = figures(snapshot)
                rows = made[engine]["dossier"]["rows"]
                print(
                    f"{rows:>9} dossiers  {engine:6}  {time.perf_counter() - start:6.1f} s  "
                    f"{sum(watched.used.values()):6.1f} s CPU  {watched.memory:6.0f} MB  load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )
            archived = sum(path.stat().st_size for path in (store / "uploads").iterdir())
            wrong = differing(made["duckdb"], made["spark"])
            print(
                f"{rows:>9} dossiers  archive {archived / rows:.0f} bytes each, snapshot {snapshot.stat().st_size / rows:.0f}, "
                f"published in {published:.0f} s; {len(made['spark'])} tables, "
                + (f"DIFFERENT: {', '.join(wrong)}" if wrong else "all equal"),
                flush=True,
            )


if __name__ == "__main__":
    main()
