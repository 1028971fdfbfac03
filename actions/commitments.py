"""Tasks given about a figure: what a unit has to do by when, what it reported, and whether that is accepted.

The book holds events and nothing else; a task is what its events add up to. The figure is kept as it was when the task
was given. Who may write is checked here again, whatever a page has shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from access import User, audit
from actions import Refused, require_right
from ingest.reading.personal import is_name, without_people
from ingest.store import ledger
from ingest.store.build import today
from ingest.store.ledger import COMMITMENTS
from words import vietnamese
from words.escape import printable

# Where a task stands. “late” is not written: it follows from the date.
STATES = {
    "late": "Quá hạn",
    "open": "Đang làm",
    "reported": "Đã báo kết quả",
    "done": "Đã xong",
    "withdrawn": "Đã rút",
}
RUNNING = ("late", "open", "reported")
# Each step: the stages from which it may be taken, the stage after it, and its name in the log.
STEPS = {
    "reported": (("open",), "reported", "báo kết quả"),
    "done": (("reported",), "done", "kết thúc"),
    "reopened": (("reported", "done"), "open", "làm tiếp"),
    "withdrawn": (("open", "reported"), "withdrawn", "rút"),
}
# The most characters of each text.
LONGEST = {"text": 500, "post": 120, "outcome": 1000}
_CALLED = {"text": "Việc phải làm", "post": "Chức danh chịu trách nhiệm", "outcome": "Kết quả, lý do"}
FARTHEST = 366  # days ahead of the latest deadline
_USUAL = 7  # days ahead of the usual deadline
# Nine or twelve digits, together or by threes; not what is counted.
_MANY_DIGITS = re.compile(
    r"(?<![\d.,])(?:\d{9}|\d{12}|\d{3}(?:[ -]\d{3}){2,3})(?![\d])(?!\s*(?:đồng|đ\b|triệu|tỷ|lượt|hồ sơ))"
)


# A post, or a word for a place, before three or four words with capitals, which may be a name.
_NAMED = re.compile(
    r"(?i:tịch|bí thư|trưởng|phó|giám đốc|công chức|cán bộ|xã|thôn|cho)((?: [^\W\d_a-zà-ỹ][^\W\d_]*){3,4})"
)


@dataclass(frozen=True)
class Figure:
    """A figure frozen when the task was given: of an indicator, or of a list of dossiers (subset), in one period."""

    calendar: str
    period: str
    period_title: str
    name: str
    short_name: str
    measure: str
    direction: str
    value: float | None
    numerator: float | None
    denominator: float | None
    target: float | None
    is_part: bool
    month_title: str | None
    snapshot: str
    simulated: bool
    indicator: str = ""
    subset: str = ""
    field: str = ""
    channel: str = ""

    def asked(self) -> dict[str, str]:
        """The parameters of question commitment_figure for the same figure, except the unit."""
        return {
            "calendar": self.calendar, "period": self.period, "indicator": self.indicator, "subset": self.subset,
            "field": self.field, "channel": self.channel,
        }  # fmt: skip


@dataclass(frozen=True)
class Task:
    """What is asked of a unit: the post responsible, the text, the deadline, and the figure if there is one."""

    home: str
    unit: str
    unit_name: str
    post: str
    text: str
    due_on: date
    figure: Figure | None = None


@dataclass(frozen=True)
class Commitment:
    """A task given, with its code and where it stands; `outcome` is what was reported last, `reason` why it was withdrawn or reopened."""

    code: str
    task: Task
    given_on: date
    given_by: str
    stage: str = "open"
    reported_on: date | None = None
    ended_on: date | None = None
    outcome: str = ""
    reason: str = ""
    keys: frozenset[str] = field(default=frozenset())

    def state(self, today: date) -> str:
        """The state on a day, of STATES. Late is what was not reported by its deadline and is not over."""
        reported = self.reported_on if self.stage == "reported" else None
        is_late = self.stage in ("open", "reported") and (reported or today) > self.task.due_on
        return "late" if is_late else self.stage

    def days_over(self, today: date) -> int:
        """The days from the deadline to a day; negative before it."""
        return (today - self.task.due_on).days

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that may be taken now."""
        return tuple(step for step, (stages, *_) in STEPS.items() if self.stage in stages)


def usual_deadline(given_on: date) -> date:
    """Seven days ahead, moved from a weekend to the Monday after it.

    >>> usual_deadline(date(2024, 11, 1)), usual_deadline(date(2024, 11, 2))
    (datetime.date(2024, 11, 8), datetime.date(2024, 11, 11))
    """
    due = given_on + timedelta(days=_USUAL)
    return due + timedelta(days=max(0, 7 - due.weekday()) if due.weekday() > 4 else 0)


def accepted(name: str, text: str) -> str:
    """A text of LONGEST as it is kept: on one line, without what identifies a person. Raises Refused."""
    kept = " ".join(printable(unicodedata.normalize("NFC", text)).split())
    if not kept:
        raise Refused(f"Chưa ghi “{_CALLED[name]}”.")
    if len(kept) > LONGEST[name]:
        raise Refused(
            f"“{_CALLED[name]}” dài {vietnamese.number(len(kept))} ký tự; viết gọn trong {vietnamese.number(LONGEST[name])} ký tự."
        )
    named = any(is_name(found[1]) for found in _NAMED.finditer(kept))
    if named or without_people(kept) != kept or _MANY_DIGITS.search(kept):
        raise Refused(
            f"“{_CALLED[name]}” có chỗ giống tên người, số điện thoại, số định danh (9 hoặc 12 chữ số), thư điện tử hoặc địa chỉ "
            "nhà. Chỉ ghi chức danh và việc; hồ sơ thì ghi mã hồ sơ."
        )
    return kept


def give(store: Path, user: User, task: Task, key: str, on: date | None = None) -> Commitment:
    """Write a new task into the book; sent again with the same key, it is not given again. Raises Refused, StoreFault."""
    require_right(user)
    on = on or today()
    task = replace(task, post=accepted("post", task.post), text=accepted("text", task.text))
    if not on <= task.due_on <= on + timedelta(days=FARTHEST):
        raise Refused("Hạn phải từ hôm nay đến một năm sau.")
    with ledger.holding(store, COMMITMENTS) as book:
        known = folded(book.entries)
        same = next((one for one in known if key in one.keys), None)
        if same:
            return same
        entry = book.add(user.name, event="given", key=key, code=_next_code(known, on.year), on=f"{on}", **_told(task))
    audit.record(store, "commit", user.name, task=entry["code"], step="giao việc", unit=task.unit)
    return folded([entry])[0]


def step(
    store: Path,
    user: User,
    code: str,
    name: str,
    key: str,
    said: str = "",
    on: date | None = None,
    seen: int | None = None,
) -> Commitment:
    """Take a step of STEPS; sent again with the same key, it is not taken again. Raises Refused, StoreFault.

    A report needs its outcome; withdrawing and reopening need a reason. seen: how many steps the writer has seen; if somebody
    else has taken one since, it is not taken.
    """
    require_right(user)
    stages, _, called = STEPS[name]
    said = accepted("outcome", said) if name != "done" else ""
    with ledger.holding(store, COMMITMENTS) as book:
        found = {one.code: one for one in folded(book.entries)}.get(code)
        if found is None:
            raise Refused(f"Không có việc {code}.")
        if key in found.keys:
            return found
        if seen is not None and len(found.keys) != seen:
            raise Refused(f"Việc {code} vừa có người cập nhật. Tải lại trang, xem rồi làm tiếp.")
        if found.stage not in stages:
            raise Refused(
                f"Việc {code} đang ở trạng thái “{STATES[found.stage]}” nên không {called} được. Tải lại trang."
            )
        entry = book.add(user.name, event=name, key=key, code=code, on=f"{on or today()}", said=said)
    audit.record(store, "commit", user.name, task=code, step=called, unit=found.task.unit)
    return _after(found, entry)


def listed(store: Path, home: str, on: date | None = None) -> list[Commitment]:
    """The tasks of a home: overdue ones first, then by state, then by deadline. Raises StoreFault if the book is damaged."""
    on, order = on or today(), list(STATES)
    found = (one for one in folded(ledger.entries(store, COMMITMENTS)) if one.task.home == home)
    return sorted(found, key=lambda one: (order.index(one.state(on)), one.task.due_on, one.code))


def edition(store: Path) -> str:
    """How far the book is, and the day: what is made of it differs only when one of them does."""
    path = store / COMMITMENTS
    return f"{path.stat().st_size if path.exists() else 0}-{today()}"


def running(commitments: Iterable[Commitment]) -> list[Commitment]:
    """Those that are neither done nor withdrawn."""
    return [one for one in commitments if one.stage in RUNNING]


def folded(entries: Iterable[dict]) -> list[Commitment]:
    """The tasks that the events of a book add up to, in the order in which they were given."""
    found: dict[str, Commitment] = {}
    for entry in entries:
        if entry["event"] == "given":
            found[entry["code"]] = _given(entry)
        elif entry["code"] in found and found[entry["code"]].stage in STEPS[entry["event"]][0]:
            found[entry["code"]] = _after(found[entry["code"]], entry)
    return list(found.values())


def _next_code(known: list[Commitment], year: int) -> str:
    """The next running number of a year: KL-2024-001."""
    start = f"KL-{year}-"
    last = max((int(one.code.removeprefix(start)) for one in known if one.code.startswith(start)), default=0)
    return f"{start}{last + 1:03}"


def _told(task: Task) -> dict[str, object]:
    """A task as it is written into the book."""
    figure = dict(vars(task.figure)) if task.figure else None
    return dict(vars(task)) | {"due_on": f"{task.due_on}", "figure": figure}


def _given(entry: dict) -> Commitment:
    figure = Figure(**entry["figure"]) if entry["figure"] else None
    parts = {name: entry[name] for name in ("home", "unit", "unit_name", "post", "text")}
    task = Task(**parts, due_on=date.fromisoformat(entry["due_on"]), figure=figure)
    return Commitment(
        entry["code"], task, date.fromisoformat(entry["on"]), entry["who"], keys=frozenset({entry["key"]})
    )


def _after(before: Commitment, entry: dict) -> Commitment:
    """A task after one more event."""
    stage, on = STEPS[entry["event"]][1], date.fromisoformat(entry["on"])
    now = replace(before, stage=stage, keys=before.keys | {entry["key"]})
    if entry["event"] == "reported":
        return replace(now, reported_on=on, outcome=entry["said"], reason="")
    if entry["event"] == "reopened":
        return replace(now, reported_on=None, ended_on=None, reason=entry["said"])
    return replace(now, ended_on=on, reason=entry["said"] or before.reason)
