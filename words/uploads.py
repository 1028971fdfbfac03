"""Sentences about uploads: which simulated ones stop counting, which count again, and which tables have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from words import vietnamese

NOT_COUNTED = (
    "Kho đang có số liệu thật: các dòng MÔ PHỎNG của lần nạp này được giữ lại nhưng không được tính, cho đến khi mọi "
    "số liệu thật bị rút."
)


def uploads_said(titles: Iterable[str]) -> str:
    """How many uploads there are, and of which tables: “3 lần nạp MÔ PHỎNG (Hồ sơ: 2; Giá trị chỉ tiêu: 1)”."""
    counts = Counter(titles)
    named = "; ".join(f"{title}: {vietnamese.number(count)}" for title, count in counts.items())
    return f"{vietnamese.number(counts.total())} lần nạp MÔ PHỎNG ({named})"


def will_retire(titles: Iterable[str]) -> str:
    """What the first real upload does; said before it is published."""
    return (
        f"Đây là số liệu thật đầu tiên: công bố xong, {uploads_said(titles)} không còn được tính, ở mọi bảng. Phần nào "
        "chưa có tệp thật thì trang để trống. Rút lần nạp này thì chúng được tính lại."
    )


def turned(retired: list[str], back: list[str]) -> str:
    """What a change retires or brings back, by the titles of the tables; empty if nothing."""
    if retired:
        return f"Số liệu thật thay số liệu mô phỏng: {uploads_said(retired)} không còn được tính."
    return f"Không còn số liệu thật nào: {uploads_said(back)} lại được tính." if back else ""


def not_uploaded(titles: Iterable[str]) -> str:
    """Which tables a page needs and nobody has uploaded; empty if there are none."""
    named = "; ".join(titles)
    return f"Chưa nạp: {named}. Phần cần số liệu ấy để trống." if named else ""
