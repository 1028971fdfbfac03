"""What each page needs of the uploaded tables: queries/page_need.csv."""

from __future__ import annotations

import csv
from functools import cache

import queries


@cache
def page_needs() -> tuple[dict[str, str], ...]:
    """The uploaded tables and columns that each page needs, and what they light up."""
    with (queries.FOLDER / "page_need.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def columns_of(page: str) -> str:
    """The columns of dossiers that a page needs, by its file's name, parted by blanks; “-” for none."""
    return (
        " ".join(need["columns"] for need in page_needs() if (need["page"], need["table"]) == (page, "dossier")) or "-"
    )
