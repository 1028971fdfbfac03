"""What a mail says beside the sentences of its questions: subject, first sentence, what falls due, who has not sent data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from words import vietnamese
from words.sentences import reminder
from words.vietnamese import inside, number, quantity

SIMULATED = "MÔ PHỎNG – không phải số liệu chính thức"
# Words for a subject line, which has no room for more.
MARK = "[MÔ PHỎNG] "


@dataclass(frozen=True)
class Reach:
    """Of how much the figures from dossiers speak: units with data, all units, what is unknown in words (empty: nothing)."""

    known: int = 1
    units: int = 1
    gap: str = ""

    @property
    def is_nothing(self) -> bool:
        """Whether no unit has data up to the newest day: then no count is a figure."""
        return not self.known

    @property
    def short(self) -> str:
        """What is unknown, in as few words as a subject line has room for."""
        if not self.gap or self.is_nothing:
            return self.gap
        known = f"{number(self.known)}/{number(self.units)} đơn vị có số liệu"
        return known if self.known < self.units else "chưa đủ số liệu"


WHOLE = Reach()
NO_DOSSIERS = "chưa có tệp hồ sơ của kỳ này"
_WORSE, _LATE = "thay đổi xấu đi thật", "hồ sơ đang quá hạn"


def counted(worse: int | None, late: float | None, reach: Reach = WHOLE, compared: int | None = None) -> str:
    """The two figures that say whether to read on, as far as they are known. compared: units of which changes were tested.

    >>> counted(2, 109.0), counted(0, 0.0)
    ('2 thay đổi xấu đi thật, 109 hồ sơ đang quá hạn', 'không có thay đổi xấu đi thật, không có hồ sơ đang quá hạn')
    >>> counted(None, 4.0), counted(2, None)
    ('chưa biết số thay đổi xấu đi thật, 4 hồ sơ đang quá hạn', '2 thay đổi xấu đi thật, chưa biết số hồ sơ đang quá hạn')
    >>> counted(0, 7.0, Reach(6, 17, "mới 6/17 xã có số liệu hồ sơ"), 6)
    'chưa thấy thay đổi xấu đi thật ở 6 đơn vị đã xét, ít nhất 7 hồ sơ đang quá hạn (6/17 đơn vị có số liệu)'
    >>> counted(None, 0.0, Reach(0, 1, "chưa có tệp hồ sơ của kỳ này"))
    'chưa biết số thay đổi xấu đi thật và hồ sơ đang quá hạn (chưa có tệp hồ sơ của kỳ này)'
    """
    late = None if reach.is_nothing else late
    note = f" ({reach.short})" if reach.short else ""
    if worse is None and vietnamese.absent(late):
        return f"chưa biết số {_WORSE} và {_LATE}{note}"
    is_tested_in_part = reach.units > 1 and compared is not None and compared < reach.units
    where = f" ở {number(compared)} đơn vị đã xét" if is_tested_in_part else ""
    changes = _some(worse, _WORSE, bool(reach.gap or where))
    return f"{changes}{where if worse == 0 else ''}, {_some(late, _LATE, bool(reach.gap))}{note}"


def _some(count: float | None, what: str, is_part: bool) -> str:
    """How many there are; of a part of the whole, how many at least."""
    if vietnamese.absent(count):
        return f"chưa biết số {what}"
    if count:
        return f"{'ít nhất ' if is_part else ''}{number(count)} {what}"
    return f"{'chưa thấy' if is_part else 'không có'} {what}"


def lacking(reach: Reach, is_empty: bool) -> str:
    """Of a list: that it is not known, or only in part, and why; empty if it is whole.

    >>> lacking(Reach(6, 17, "mới 6/17 xã có số liệu hồ sơ"), False), lacking(Reach(0, 1, "chưa có tệp"), True), lacking(WHOLE, True)
    ('Chưa đủ số liệu: mới 6/17 xã có số liệu hồ sơ.', 'Chưa biết: chưa có tệp.', '')
    """
    return f"{'Chưa biết' if is_empty else 'Chưa đủ số liệu'}: {reach.gap}." if reach.gap else ""


def among_known(sentence: str, reach: Reach) -> str:
    """A sentence about dossiers, said of those that are known.

    >>> among_known("Hẹn trả sớm nhất:", Reach(6, 17, "mới 6/17 xã có số liệu hồ sơ"))
    'Trong số hồ sơ đã biết (mới 6/17 xã có số liệu hồ sơ): hẹn trả sớm nhất:'
    """
    return f"Trong số hồ sơ đã biết ({reach.gap}): {inside(sentence)}" if reach.gap and sentence else sentence


def apologies(sentence: str, reach: Reach) -> str:
    """For which dossiers an apology is due, said of those that are known.

    >>> apologies("Hôm nay không có hồ sơ nào phải xin lỗi, hẹn lại.", Reach(0, 1, "chưa có tệp hồ sơ của kỳ này"))
    'Chưa biết hồ sơ nào phải xin lỗi, hẹn lại: chưa có tệp hồ sơ của kỳ này.'
    """
    if reach.is_nothing:
        return f"Chưa biết hồ sơ nào phải xin lỗi, hẹn lại: {reach.gap}."
    return among_known(sentence, reach)


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


def standing(as_of: date, today: date, snapshot: str, published: str, is_simulated: bool, whose: str = "") -> str:
    """Up to when the data are, and how old that is. whose: of which place, if not simply of the one the mail is about."""
    days = (today - as_of).days
    old = f", cách hôm nay {number(days)} ngày" if days > 7 and not is_simulated else ""
    return f"Số liệu{f' {whose}' if whose else ''} đến ngày {vietnamese.date(as_of)}{old} · bản {snapshot}, công bố lúc {published}"


_DETAILED = 6  # units that have not sent, with what each lacks
_DUE = (("due_1", "trong 1 ngày làm việc tới"), ("due_3", "trong 3 ngày"), ("due_5", "trong 5 ngày"))


def falls_due(dossiers: dict[str, float | None], reach: Reach = WHOLE) -> str:
    """How many dossiers fall due, by days, as far as that is known.

    >>> falls_due({"due_1": 84, "due_3": 262, "due_5": 392})
    'Đến hạn trong 1 ngày làm việc tới 84 hồ sơ, trong 3 ngày 262, trong 5 ngày 392.'
    >>> falls_due({"due_1": 14, "due_3": 21}, Reach(6, 17, "mới 6/17 xã có số liệu hồ sơ"))
    'Đến hạn trong 1 ngày làm việc tới ít nhất 14 hồ sơ, trong 3 ngày ít nhất 21 (mới 6/17 xã có số liệu hồ sơ).'
    >>> falls_due({"due_1": 0, "due_3": 0, "due_5": 0}), falls_due({"due_1": None})
    ('Không có hồ sơ nào đến hạn trong 5 ngày làm việc tới.', 'Chưa biết hồ sơ nào sắp đến hạn.')
    """
    known = [(words, dossiers[code]) for code, words in _DUE if not vietnamese.absent(dossiers.get(code))]
    if reach.is_nothing or not known:
        return f"Chưa biết hồ sơ nào sắp đến hạn{f': {reach.gap}' if reach.gap else ''}."
    none, least, note = ("Chưa thấy", "ít nhất ", f" ({reach.gap})") if reach.gap else ("Không có", "", "")
    if not any(count for _, count in known):
        return f"{none} hồ sơ nào đến hạn trong 5 ngày làm việc tới{note}."
    first, *rest = known
    further = "".join(f", {words} {least}{number(count)}" for words, count in rest)
    return f"Đến hạn {first[0]} {least}{number(first[1])} hồ sơ{further}{note}."


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
