"""What a mail says beside the sentences of its questions: subject, first sentence, what falls due, who has not sent data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from words import vietnamese
from words.sentences import reminder
from words.vietnamese import inside, number, quantity

SIMULATED = "MÔ PHỎNG – không phải số liệu chính thức"
# Words for a subject line, which has no room for more.
MARK = "[MÔ PHỎNG] "


def counted(worse: int | None, late: float | None) -> str:
    """The two figures that say whether to read on; what is unknown is left out.

    >>> counted(2, 109.0), counted(0, 0.0), counted(None, None)
    ('2 thay đổi xấu đi thật, 109 hồ sơ đang quá hạn', 'không có thay đổi xấu đi thật, không có hồ sơ đang quá hạn', '')
    """
    said = [
        _some(worse, "thay đổi xấu đi thật"),
        _some(late, "hồ sơ đang quá hạn"),
    ]
    return ", ".join(filter(None, said))


def _some(count: float | None, what: str) -> str:
    if vietnamese.absent(count):
        return ""
    return f"{number(count)} {what}" if count else f"không có {what}"


def subject(place: str, found: str, is_simulated: bool) -> str:
    """The subject of a mail.

    >>> subject("Xã Hàm Đức", "2 thay đổi xấu đi thật", True)
    '[MÔ PHỎNG] Xã Hàm Đức: 2 thay đổi xấu đi thật'
    """
    return f"{MARK if is_simulated else ''}{place}: {found or 'tình hình cải cách hành chính'}"


def lead(found: str, period: str, fresh: int) -> str:
    """The first sentence: what was found in which period, and how much of it the reader was not told before.

    >>> lead("2 thay đổi xấu đi thật", "Quý IV/2024", 1)
    'Quý IV/2024: 2 thay đổi xấu đi thật; 1 tín hiệu mới so với thư trước.'
    >>> lead("", "Quý IV/2024", 0)
    'Quý IV/2024.'
    """
    said = "; ".join(filter(None, [found, f"{number(fresh)} tín hiệu mới so với thư trước" if fresh else ""]))
    return f"{period}{': ' if said else ''}{said}."


def nothing_new(snapshot: str) -> str:
    """That nothing is new since the last mail."""
    return f"Không có gì mới so với thư trước: vẫn là bản số liệu {snapshot}, không có tín hiệu mới, việc đã giao chưa đổi."


NOTHING_NEW = "không có gì mới so với thư trước"


def standing(as_of: date, today: date, snapshot: str, published: str, is_simulated: bool) -> str:
    """Up to when the data are, and how old that is."""
    days = (today - as_of).days
    old = f", cách hôm nay {number(days)} ngày" if days > 7 and not is_simulated else ""
    return f"Số liệu đến ngày {vietnamese.date(as_of)}{old} · bản {snapshot}, công bố lúc {published}"


_DETAILED = 6  # units that have not sent, with what each lacks
_DUE = (("due_1", "trong 1 ngày làm việc tới"), ("due_3", "trong 3 ngày"), ("due_5", "trong 5 ngày"))


def falls_due(dossiers: dict[str, float | None]) -> str:
    """How many dossiers fall due, by days; empty if that is unknown.

    >>> falls_due({"due_1": 84, "due_3": 262, "due_5": 392})
    'Đến hạn trong 1 ngày làm việc tới 84 hồ sơ, trong 3 ngày 262, trong 5 ngày 392.'
    >>> falls_due({"due_1": 0, "due_3": 0, "due_5": 0}), falls_due({"due_1": None})
    ('Không có hồ sơ nào đến hạn trong 5 ngày làm việc tới.', '')
    """
    known = [(words, dossiers[code]) for code, words in _DUE if not vietnamese.absent(dossiers.get(code))]
    if not known:
        return ""
    if not any(count for _, count in known):
        return "Không có hồ sơ nào đến hạn trong 5 ngày làm việc tới."
    first, *rest = known
    return (
        f"Đến hạn {first[0]} {number(first[1])} hồ sơ{''.join(f', {words} {number(count)}' for words, count in rest)}."
    )


def likely(units: Iterable[tuple[str, int, int]], is_one: bool) -> str:
    """Where dossiers are likely to be late: name, likely ones, all that are watched; empty if nowhere.

    >>> likely([("Hàm Đức", 2, 68), ("Đa Mi", 0, 9)], False), likely([("Hàm Đức", 2, 68)], True)
    ('Chưa trễ nhưng dễ trễ: Hàm Đức 2/68 hồ sơ.', 'Chưa trễ nhưng dễ trễ: 2/68 hồ sơ.')
    """
    said = [
        f"{'' if is_one else f'{name} '}{number(risky)}/{number(watched)}" for name, risky, watched in units if risky
    ]
    return f"Chưa trễ nhưng dễ trễ: {', '.join(said)} hồ sơ." if said else ""


def further(count: int, what: str) -> str:
    """That there are more of them.

    >>> further(12, "số khác tốt lên thật")
    'Còn 12 số khác tốt lên thật.'
    """
    return f"Còn {number(count)} {what}."


def unsent(table: str, month: str, lacking: Iterable[str], is_nothing: bool, is_one: bool) -> str:
    """Who has not sent a table for a month; empty if everybody has."""
    lacking = list(filter(None, lacking))
    if not lacking:
        return ""
    if not is_one:
        # Of many, their names: what each lacks stands behind the link.
        named = lacking if len(lacking) <= _DETAILED else [text.partition(" (")[0] for text in lacking]
        return reminder(table, month, named, is_nothing)
    # The mail of a unit need not name it.
    return reminder(table, month, [lacking[0].partition(" (")[2].removesuffix(")") or "chưa có tệp nào"], is_nothing)


def all_sent(month: str, is_one: bool) -> str:
    """That all of a month's data have been sent."""
    return f"{'Đã' if is_one else 'Mọi đơn vị đã'} gửi đủ số liệu {inside(month)}."


def dossier(code: str, unit: str, due_on: date | None, days_late: float | None, is_one: bool) -> str:
    """A dossier that falls due: its code, where it is, its date."""
    due = f"hẹn {vietnamese.date(due_on)}" if not vietnamese.absent(due_on) else "không có ngày hẹn"
    late = f", trễ {quantity(days_late, 'ngày')}" if not vietnamese.absent(days_late) and days_late > 0 else ""
    return " · ".join(filter(None, [code, "" if is_one else unit, f"{due}{late}"]))
