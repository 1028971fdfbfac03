"""Publishing dossier files: seconds, memory, and the ratio to DuckDB's bare reading of the same files.

Every round is a separate process on an empty store. `ingest.publish.publish` is timed with the dossier files only; the
whole set (with the steps of land dossiers and the small tables) is published once, for the other parts.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from bench.data import Made
from bench.machine import available_gb, highest_resident

# Functions timed for each stage; the remaining time is reported as the rest.
STAGES = {
    "read": (("ingest.publish", "look"), ("ingest.publish", "load")),
    "check": (("ingest.check", "check"), ("ingest.check", "problems")),
    "archive": (("ingest.publish", "archive_rows"), ("ingest.durable", "settle")),
    "build": (("ingest.publish", "build"),),
}
_LONGEST = 3600  # time limit of one round, in seconds
# Free memory that a round must leave, so that it stops before the machine's other work does.
_SPARED_GB = float(os.environ.get("BENCH_SPARED_GB", "1"))


class Failed(Exception):
    """A process of the benchmark failed; the message is the end of its output."""


def measure(makes: list[Made], rounds: int, folder: Path, tell: Callable[[str], None]) -> dict:
    """Publishing and bare reading in turn; for each size the medians, all rounds, stages and the ratio."""
    found: dict[str, Any] = {}
    for made in makes:
        published, bare = [], []
        try:
            for number in range(rounds):
                tell(f"{made.rows} hồ sơ, lần {number + 1}/{rounds}")
                bare.append(child("bare", made.dossiers)["seconds"])
                published.append(_published(made, folder))
        except Failed as failed:
            found[str(made.rows)] = {"failed": str(failed)}
            continue
        found[str(made.rows)] = _summed(made, published, bare)
    return {
        "sizes": found,
        "growth": growth({int(rows): one["seconds"] for rows, one in found.items() if "seconds" in one}),
    }


def _published(made: Made, folder: Path) -> dict:
    with tempfile.TemporaryDirectory(dir=folder) as store:
        return child("publish", made.dossiers, Path(store) / "store")


def _summed(made: Made, published: list[dict], bare: list[float]) -> dict:
    """The medians of one size and their values."""
    seconds = statistics.median(one["seconds"] for one in published)
    return {
        "files": len(made.dossiers),
        "megabytes": round(made.dossier_bytes / 1e6, 1),
        "seconds": seconds,
        "bare_seconds": statistics.median(bare),
        "ratio": seconds / statistics.median(bare),
        "rows_per_second": made.rows / seconds,
        "memory_mb": max(one["memory_mb"] for one in published),
        "stages": {
            stage: statistics.median(one["stages"][stage] for one in published) for stage in published[0]["stages"]
        },
        "rounds": [one["seconds"] for one in published],
        "bare_rounds": bare,
    }


def growth(seconds: dict[int, float]) -> dict[str, float]:
    """The growth of time relative to the growth of size, between successive sizes and from smallest to largest.

    1 is linear.

    >>> growth({10: 1.0, 100: 10.0, 1000: 50.0})
    {'10-100': 1.0, '100-1000': 0.5, '10-1000': 0.5}
    """
    sizes = sorted(seconds)
    pairs = list(zip(sizes, sizes[1:], strict=False))
    pairs += [(sizes[0], sizes[-1])] if len(sizes) > 2 else []
    return {f"{few}-{many}": seconds[many] / seconds[few] / (many / few) for few, many in pairs}


class Stores:
    """Stores with all files of a size; each is published on first use and deleted at the end of the run."""

    def __init__(self, folder: Path, tell: Callable[[str], None]):
        self._folder, self._tell = folder, tell
        self.published: dict[int, dict] = {}

    def of(self, made: Made) -> Path:
        """The store of this size. Raises Failed if it cannot be published."""
        store = self._folder / f"store-{made.rows}"
        if made.rows not in self.published:
            self._tell(f"công bố cả bộ {made.rows} hồ sơ")
            self.published[made.rows] = child("publish", made.all, store)
        return store


def child(action: str, files: list[Path] | tuple[Path, ...], store: Path | None = None) -> dict:
    """Run `bare` or `publish` in a new process. Raises Failed with the end of its output."""
    command = [sys.executable, "-m", "bench.publish", action, str(store or ""), *map(str, files)]
    with (
        tempfile.TemporaryFile("w+") as said,
        tempfile.TemporaryFile("w+") as complained,
        subprocess.Popen(command, stdout=said, stderr=complained) as process,
    ):
        stopped = _waited(process)
        said.seek(0), complained.seek(0)
        if stopped or process.returncode:
            raise Failed(stopped or f"mã {process.returncode}: {complained.read().strip()[-300:]}")
        return json.loads(said.read().splitlines()[-1])


def _waited(process: subprocess.Popen) -> str:
    """Wait for a process; returns why it was stopped: time limit or lack of memory."""
    until, stopped = time.monotonic() + _LONGEST, ""
    while process.poll() is None:
        if time.monotonic() > until:
            stopped = f"quá {_LONGEST} giây"
        if available_gb() < _SPARED_GB:
            stopped = f"máy còn dưới {_SPARED_GB:g} GB bộ nhớ"
        if stopped:
            process.kill()
            process.wait()
        time.sleep(0.1)
    return stopped


def _timed(spent: dict[str, float], stage: str, call: Callable) -> Callable:
    @wraps(call)
    def timed(*arguments, **named):
        start = time.perf_counter()
        try:
            return call(*arguments, **named)
        finally:
            spent[stage] += time.perf_counter() - start

    return timed


def _publish(store: Path, files: list[Path]) -> dict:
    """Publish in this process and time the stages from outside."""
    import importlib

    from ingest.publish import publish

    spent: dict[str, float] = defaultdict(float)
    for stage, places in STAGES.items():
        for module_name, name in places:
            module = importlib.import_module(module_name)
            setattr(module, name, _timed(spent, stage, getattr(module, name)))
    start = time.perf_counter()
    publish(files, store=store, who="bench")
    seconds = time.perf_counter() - start
    stages = {stage: spent[stage] for stage in STAGES}
    return {
        "seconds": seconds,
        "memory_mb": highest_resident(),
        "stages": stages | {"rest": seconds - sum(stages.values())},
    }


def _bare(files: list[Path]) -> dict:
    """Read all files with DuckDB into one table; they are in one folder."""
    from bench.upload import bare

    return {"seconds": bare(files[0].with_name(f"{files[0].stem.rpartition('-')[0]}-*.csv"))}


if __name__ == "__main__":
    action, store, *files = sys.argv[1:]
    paths = [Path(file) for file in files]
    print(json.dumps(_bare(paths) if action == "bare" else _publish(Path(store), paths)))
