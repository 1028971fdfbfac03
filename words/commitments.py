"""What is said about a task given: its deadline, and what became of the figure since then."""

from __future__ import annotations

from datetime import date

from words import vietnamese
from words.sentences import VARIATIONS

# Of a figure that cannot be compared with the one of that time.
GONE = "con số này không còn trong bản số liệu"
REPLACED = "lúc giao là số mô phỏng, nay là số thật, không so với nhau được"
SAME = "không đổi ở bản số liệu này"
UNCHANGED = "chưa có số liệu mới từ khi giao"
NO_FIGURE = "không gắn với con số nào"


def marked(word: str, month_title: str) -> str:
    """The process mark of the newest month: it compares that month with what is usual, not with the day of the task.

    >>> marked("xấu đi thật", "Tháng 12/2024"), marked("dao động thường", "Tháng 12/2024")
    ('tháng 12/2024 xấu đi thật so mức thường', 'tháng 12/2024 dao động thường')
    """
    month = f"{month_title[:1].lower()}{month_title[1:]} {word}"
    return month if word == VARIATIONS["usual"] else f"{month} so mức thường"


def marked_shortly(word: str, month_title: str) -> str:
    """The same for a slide.

    >>> marked_shortly("xấu đi thật", "Tháng 12/2024")
    'tháng 12 xấu đi thật'
    """
    return f"{month_title[:1].lower()}{month_title[1:].partition('/')[0]} {word}"


def left(state: str, days_over: int, reported_on: date | None) -> str:
    """The state with the days that are left or over, for a slide.

    >>> left("late", 3, None), left("open", -7, None), left("reported", -2, date(2024, 11, 30))
    ('Quá hạn 3 ngày', 'Còn 7 ngày', 'Đã báo 30/11/2024')
    """
    if reported_on:
        return f"Đã báo {vietnamese.date(reported_on)}{', quá hạn' if state == 'late' else ''}"
    if state == "late":
        return f"Quá hạn {vietnamese.number(days_over)} ngày"
    return f"Còn {vietnamese.number(-days_over)} ngày" if days_over else "Hạn hôm nay"


def deadline(state: str, due_on: date, days_over: int, reported_on: date | None, ended_on: date | None) -> str:
    """The deadline and how far it is, or when the task ended.

    >>> deadline("late", date(2024, 12, 1), 3, None, None), deadline("open", date(2024, 12, 1), 0, None, None)
    ('hạn 01/12/2024, quá 3 ngày', 'hạn 01/12/2024, hôm nay')
    >>> deadline("done", date(2024, 12, 1), 9, date(2024, 11, 29), date(2024, 11, 30))
    'hạn 01/12/2024, xong 30/11/2024'
    """
    if state in ("done", "withdrawn"):
        told = f"{'xong' if state == 'done' else 'rút'} {vietnamese.date(ended_on)}"
    elif reported_on:
        told = f"báo {vietnamese.date(reported_on)}"
    elif days_over > 0:
        told = f"quá {vietnamese.number(days_over)} ngày"
    else:
        told = f"còn {vietnamese.number(-days_over)} ngày" if days_over else "hôm nay"
    return f"hạn {vietnamese.date(due_on)}, {told}"
