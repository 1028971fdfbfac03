"""The parts of guides that follow from the program: the scripts beside this one write them between two marks."""

from __future__ import annotations

from pathlib import Path


def put(guide: Path, begin: str, end: str, text: str) -> None:
    """Replace what stands between two marks of a guide."""
    before, _, rest = guide.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    guide.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")
