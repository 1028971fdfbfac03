"""Time to make all documents of a quarter (II.06 of every unit, Word report, slides): median of seven runs by kind.

python bench/documents.py

Uses the store of the app (DASHBOARD_STORE, or data/store); `python -m ingest demo` fills an empty store.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, from any folder

from reports import Subject
from reports.collection import jobs
from reports.package import together
from words import period

ROUNDS = 7


def measure(subject: Subject) -> dict[str, float]:
    """Seconds to make all documents once, by kind of file, zip and total."""
    spent: dict[str, float] = {}
    files: dict[str, bytes] = {}
    for what, make in jobs(subject):
        start = time.perf_counter()
        name, content = make()
        files[name] = content
        kind = what.partition(":")[0]
        spent[kind] = spent.get(kind, 0) + time.perf_counter() - start
    start = time.perf_counter()
    together(files)
    spent["Tệp zip"] = time.perf_counter() - start
    return spent | {"Cả bộ": sum(spent.values())}


def main() -> None:
    """Print the first run, with empty caches, beside the median of the next seven."""
    quarters = [period.chosen("reporting", code, "previous") for code in period.offered("reporting", "quarter")]
    subject = Subject.of(next(quarter for quarter in quarters if not quarter.is_partial))
    first = measure(subject)
    rounds = [measure(subject) for _ in range(ROUNDS)]
    table = Table("Tệp", "Lần đầu (giây)", f"Trung vị của {ROUNDS} (giây)", title=subject.period.title)
    for kind, seconds in first.items():
        table.add_row(kind, f"{seconds:.2f}", f"{statistics.median(spent[kind] for spent in rounds):.2f}")
    Console().print(table)
    print(f"{platform.machine()}, {os.cpu_count()} nhân, Python {platform.python_version()}")


if __name__ == "__main__":
    main()
