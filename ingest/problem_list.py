"""Lists of problems as files that an office opens: CSV for Excel, and a short text."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from ingest import Problem
from words.escape import cell, line
from words.vietnamese import number

PROBLEM_TITLES = ("Tệp", "Dòng", "Cột", "Giá trị", "Lý do", "Cách sửa")
_SHOWN = 20


def write_list(target: Path, titles: Iterable[str], rows: Iterable[Iterable]) -> None:
    """Write a list as CSV that Excel opens: with a byte order mark, and no cell that would run as a formula."""
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(titles)
        writer.writerows(map(cell, row) for row in rows)


def write_problems(target: Path, problems: Iterable[Problem]) -> None:
    """Write every problem with its place, its reason and what to do."""
    rows = ((p.file, p.line or "", p.column, p.value, p.reason, p.hint) for p in problems)
    write_list(target, PROBLEM_TITLES, rows)


def in_short(problems: list[Problem], total: int) -> str:
    """The first problems in words, each with what to do, and how many there are in all."""
    told = [line(f"- {problem}{f' {problem.hint}' if problem.hint else ''}") for problem in problems[:_SHOWN]]
    more = total - len(told)
    return "\n".join([*told, f"… và {number(more)} lỗi nữa."] if more > 0 else told)
