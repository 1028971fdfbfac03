"""Targets for the measured figures; each is judged from the results alone."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from words import vietnamese

MOST_GROWTH_OF_PAGES = 1.5
LIST_MS = 300
BARE_READS, BARE_ROWS = 8, 1_000_000
MEMORY_MB, MEMORY_ROWS = 4096, 10_000_000
RUN_MS = 40
SESSIONS_MS = 1000
# Our time relative to another page: measure, page, maximum ratio.
TIMES = (("change", "dash", 0.5), ("change", "streamlit", 0.4), ("warm", "streamlit", 1.0), ("warm", "dash", 1.2))
PEERS = {"dash": "Dash", "streamlit": "Streamlit theo bài hướng dẫn"}
MEASURED = {"cold": "Mở lần đầu", "repeat": "Mở lại", "warm": "Tải lại trang", "change": "Đổi kỳ"}


@dataclass(frozen=True)
class Verdict:
    """One target: description, measured value, limit, and whether it is met."""

    says: str
    measured: str
    limit: str
    met: bool


def verdicts(parts: dict[str, Any]) -> list[Verdict]:
    """All targets for the measured parts."""
    return [
        *_queries(parts.get("queries", {})),
        *_publish(parts.get("publish", {})),
        *_server(parts.get("server", {})),
        *_browser(parts.get("browser", {})),
    ]


def at_most(says: str, value: float, limit: float, unit: str = "", of: str = "", decimals: int = 2) -> Verdict:
    """A target that is met if the value is at most the limit."""
    return _judged(says, value, "≤", limit, unit, of, decimals, value <= limit)


def below(says: str, value: float, limit: float, unit: str = "", of: str = "", decimals: int = 0) -> Verdict:
    """A target that is met if the value is below the limit."""
    return _judged(says, value, "<", limit, unit, of, decimals, value < limit)


def _judged(says: str, value: float, sign: str, limit: float, unit: str, of: str, decimals: int, met: bool) -> Verdict:
    told = vietnamese.quantity(value, unit, decimals) + (f" ({of})" if of else "")
    exact = vietnamese.quantity(limit, unit, 0 if limit == int(limit) else 1)
    return Verdict(says, told, f"{sign} {exact}", met)


def _queries(part: dict) -> Iterator[Verdict]:
    pages = part.get("pages", {}).values()
    if not pages or len(next(iter(pages))["sizes"]) < 2:
        return
    few, *_, many = sorted(next(iter(pages))["sizes"], key=int)
    grown = {page["title"]: ratio for page in pages if (ratio := growth(page, few, many))}
    slow = {page["title"]: page["sizes"][many]["rows"]["ms"] for page in pages}
    sizes = f"{vietnamese.number(int(many))} hồ sơ so với {vietnamese.number(int(few))}"
    worst = max(grown, key=grown.get)
    yield at_most(f"Câu hỏi của một trang, {sizes}", grown[worst], MOST_GROWTH_OF_PAGES, "lần", worst)
    worst = max(slow, key=slow.get)
    yield below(f"Danh sách của một trang ở {vietnamese.number(int(many))} hồ sơ", slow[worst], LIST_MS, "ms", worst)


def growth(page: dict, few: str, many: str) -> float | None:
    """The ratio of a page's query times on sums, larger to smaller size; None without such queries."""
    before = page["sizes"][few]["sums"]["ms"]
    return page["sizes"][many]["sums"]["ms"] / before if before else None


def _publish(part: dict) -> Iterator[Verdict]:
    sizes = part.get("sizes", {})
    for rows, size in sizes.items():
        if "failed" in size:
            yield Verdict(f"Công bố {vietnamese.number(int(rows))} hồ sơ", size["failed"], "xong", False)
    growths = part.get("growth", {})
    if growths:
        few, many = list(growths)[-1].split("-")
        says = f"Thời gian công bố so với tỷ lệ thuận, {vietnamese.number(int(few))} → {vietnamese.number(int(many))} hồ sơ"
        yield at_most(says, list(growths.values())[-1], 1, "lần")
    if "ratio" in (size := sizes.get(str(BARE_ROWS), {})):
        says = f"Công bố {vietnamese.number(BARE_ROWS)} hồ sơ so với đọc trần"
        yield at_most(says, size["ratio"], BARE_READS, "lần", decimals=1)
    if "memory_mb" in (size := sizes.get(str(MEMORY_ROWS), {})):
        says = f"Bộ nhớ khi công bố {vietnamese.number(MEMORY_ROWS)} hồ sơ"
        yield below(says, size["memory_mb"], MEMORY_MB, "MB")


def _server(part: dict) -> Iterator[Verdict]:
    if pages := part.get("pages"):
        times = {page["title"]: page["ms"] for page in pages.values()}
        worst = max(times, key=times.get)
        yield below(
            "Máy chủ chạy một trang (trang ở giữa)", statistics.median(times.values()), RUN_MS, "ms", decimals=1
        )
        yield below("Máy chủ chạy một trang (trang chậm nhất)", times[worst], RUN_MS, "ms", worst, decimals=1)
    if load := part.get("sessions"):
        says = f"{load['readers']} phiên cùng đổi kỳ, 95 % lần đổi"
        yield below(says, load["p95_ms"], SESSIONS_MS, "ms")
        yield at_most(f"Lỗi với {load['readers']} phiên", load["errors"], 0, "lỗi", decimals=0)


def _browser(part: dict) -> Iterator[Verdict]:
    pages = part.get("pages", {})
    for measure, other, limit in TIMES:
        if {"ours", other} <= pages.keys():
            value = pages["ours"][measure]["ms"] / pages[other][measure]["ms"]
            yield at_most(f"{MEASURED[measure]} so với {PEERS[other]}", value, limit, "lần")
