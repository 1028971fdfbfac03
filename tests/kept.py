"""A cache between test runs: the simulated district and the store that contains it.

The key is a hash of all inputs: a change of the build, of a rule or of reference data rebuilds the entry, a change of a
page does not.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import pyarrow
from filelock import FileLock

from queries.snapshot import ROOT

# .gitignore lists this folder and make clean removes it.
FOLDER = Path(os.environ.get("DASHBOARD_TEST_CACHE") or ROOT / ".pytest_cache" / "kept")
DATA = ("data/*.py", "data/reference/*.csv")
STORE = (
    *DATA,
    "access/*.py",
    "ingest/**/*.py",
    "queries/snapshot.py",
    "queries/build/**/*",
    "queries/check/*.sql",
    "words/*.py",
)
NEWEST = 3  # entries kept of each kind; older ones are removed


def mark(patterns: Iterable[str]) -> str:
    """A hash of the files that match the patterns, and of the versions of the engines that read them."""
    digest = hashlib.sha256(f"{duckdb.__version__} {pyarrow.__version__}".encode())
    for path in sorted({path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def take(name: str, patterns: Iterable[str], make: Callable[[Path], object], folder: Path) -> None:
    """Fill `folder` with a copy of the cached result of make(folder) for the current files; create it if needed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept = FOLDER / f"{name}-{mark(patterns)}"
    with FileLock(FOLDER / f"{name}.lock"):
        if not kept.exists():
            making = FOLDER / f"{name}.making"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            make(making)
            making.rename(kept)
        os.utime(kept)
        for old in sorted(FOLDER.glob(f"{name}-*"), key=lambda path: path.stat().st_mtime)[:-NEWEST]:
            shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(kept, folder, dirs_exist_ok=True)


def lighten(files: Path, share: int, folder: Path) -> None:
    """Copy the simulated district's files with one of so many dossiers, and the steps of these."""
    kept: set[str] = set()
    for path in sorted(files.glob("*.csv"), key=lambda path: path.name.startswith("buoc-")):
        with path.open(encoding="utf-8", newline="") as file:
            reading = csv.DictReader(file)
            rows = list(reading)
        if path.name.startswith("ho-so-"):
            rows = rows[::share]
            kept |= {row["dossier_code"] for row in rows}
        elif path.name.startswith("buoc-"):
            rows = [row for row in rows if row["dossier_code"] in kept]
        with (folder / path.name).open("w", encoding="utf-8", newline="") as file:
            writing = csv.DictWriter(file, reading.fieldnames, lineterminator="\n")
            writing.writeheader()
            writing.writerows(rows)
