"""The book of mail: what was about to be handed over, and what became of it. It is only written on, and kept like the other books.

The intention is on the disk before a message leaves, the outcome after it. An intention without an outcome may have been taken by
the server: it is never sent again by itself, and an administrator is shown it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from access.choices import Choice, masked
from ingest.store import ledger
from ingest.store.ledger import MAIL
from notify.post import LATER, REFUSED, REJECTED, SENT, UNKNOWN, Outcome

GIVEN_UP = "given_up"
OUTCOMES = {
    SENT: "Đã gửi",
    UNKNOWN: "Không rõ đã gửi chưa",
    REFUSED: "Địa chỉ bị từ chối",
    REJECTED: "Thư bị từ chối",
    LATER: "Sẽ thử lại",
    GIVEN_UP: "Thôi thử",
}
MOST_TRIES = 12
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=10), timedelta(hours=6)
SERVER = "server"  # in place of a person, for what concerns everybody


@dataclass
class Try:
    """What is known of one occasion of a person's mail: how often it was tried, and what became of it last."""

    tries: int = 0
    outcome: str = ""
    at: datetime | None = None


@dataclass
class History:
    """What the book says of one person; before: signals and mark as they were before the last intention."""

    occasions: dict[str, Try] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    mark: str = ""
    last: str = ""
    refused_at: datetime | None = None
    wanted: str = ""
    before: tuple[frozenset[str], str] = (frozenset(), "")

    def stands(self, occasion: str) -> Try:
        """What is known of an occasion."""
        return self.occasions.get(occasion, Try())

    def is_over(self, occasion: str) -> bool:
        """Whether a message of this occasion is not to be handed over again."""
        return self.stands(occasion).outcome not in ("", LATER)

    def next_try(self, occasion: str) -> datetime | None:
        """From when on it may be tried again; None if at once."""
        known = self.stands(occasion)
        return known.at + waiting(known.tries) if known.outcome == LATER else None


def waiting(tries: int) -> timedelta:
    """How long to wait after so many tries.

    >>> [str(waiting(tries)) for tries in (1, 2, 12)]
    ['0:10:00', '0:20:00', '6:00:00']
    """
    return min(_FIRST_WAIT * 2 ** min(tries - 1, 20), _LONGEST_WAIT)


def histories(entries: Iterable[dict]) -> dict[str, History]:
    """What the entries say of each person, by the person's key; and of the server, by SERVER."""
    found: dict[str, History] = {}
    for entry in entries:
        mine = found.setdefault(entry["person"], History())
        occasion, at = entry["occasion"], datetime.fromisoformat(entry["at"])
        known = mine.occasions.setdefault(occasion, Try())
        if entry["event"] == "intent":
            known.tries, known.outcome, known.at = known.tries + 1, UNKNOWN, at
            mine.last = occasion
            # Until more is known the person may have read it.
            _told(mine, entry)
        elif entry["event"] == "outcome":
            _ended(mine, known, entry, at)
        elif entry["event"] == "again":
            mine.occasions[occasion] = Try()
            mine.wanted, mine.refused_at = occasion, None
            _unread(mine)
    return found


def _told(mine: History, entry: dict) -> None:
    mine.before = (frozenset(mine.told), mine.mark)
    mine.told |= set(entry["signals"])
    mine.mark = entry["mark"]


def _unread(mine: History) -> None:
    """The last message tells nobody anything."""
    mine.told, mine.mark = set(mine.before[0]), mine.before[1]


def _ended(mine: History, known: Try, entry: dict, at: datetime) -> None:
    known.outcome, known.at = entry["outcome"], at
    if entry["person"] == SERVER:
        known.tries = known.tries + 1 if entry["outcome"] == LATER else 0
        return
    if entry["outcome"] not in (SENT, UNKNOWN):  # it was certainly not read
        _unread(mine)
    if entry["outcome"] == REFUSED:
        mine.refused_at = at
    if entry["outcome"] != LATER:
        mine.wanted = ""


def read(store: Path) -> list[dict]:
    """All entries, oldest first. Raises StoreFault if the book is damaged."""
    return ledger.entries(store, MAIL)


def intend(store: Path, choice: Choice, occasion: str, snapshot: str, signals: Iterable[str], mark: str) -> bool:
    """Note that a message is about to be handed over; False if one of this occasion was already. Raises StoreFault."""
    with ledger.holding(store, MAIL) as held:
        if histories(held.entries).get(choice.key, History()).is_over(occasion):
            return False
        held.add(
            _PROGRAM, event="intent", person=choice.key, name=choice.name, occasion=occasion, snapshot=snapshot,
            to=masked(choice.address), signals=sorted(signals), mark=mark,
        )  # fmt: skip
    return True


def end(store: Path, choice: Choice, occasion: str, outcome: Outcome) -> str:
    """Note what became of the message last intended; returns the outcome as it stands. Raises StoreFault."""
    with ledger.holding(store, MAIL) as held:
        tries = histories(held.entries)[choice.key].stands(occasion).tries
        kind = GIVEN_UP if outcome.kind == LATER and tries >= MOST_TRIES else outcome.kind
        held.add(_PROGRAM, event="outcome", person=choice.key, occasion=occasion, outcome=kind, reason=outcome.reason)
    return kind


def note_server(store: Path, outcome: Outcome) -> None:
    """Note that the server could not be reached, or can be again. Raises StoreFault."""
    with ledger.holding(store, MAIL) as held:
        held.add(_PROGRAM, event="outcome", person=SERVER, occasion=SERVER, outcome=outcome.kind, reason=outcome.reason)


def again(store: Path, who: str, person: str) -> str:
    """Let the last message of a person be sent once more; returns its occasion, empty if there is nothing to repeat.

    What was certainly sent is not repeated. Raises StoreFault.
    """
    with ledger.holding(store, MAIL) as held:
        mine = histories(held.entries).get(person)
        if mine is None or not mine.last or mine.stands(mine.last).outcome in ("", SENT):
            return ""
        held.add(who, event="again", person=person, occasion=mine.last)
        return mine.last


_PROGRAM = "python -m notify"


@dataclass(frozen=True)
class Told:
    """One message for the list of an administrator: to whom, when, of which snapshot, and what became of it."""

    person: str
    name: str
    at: str
    snapshot: str
    to: str
    outcome: str
    reason: str


def told(entries: Iterable[dict]) -> list[Told]:
    """Every message that was intended, newest first, with what became of it."""
    found: list[list] = []
    waits: dict[tuple[str, str], int] = {}
    for entry in entries:
        place = (entry["person"], entry["occasion"])
        if entry["event"] == "intent":
            waits[place] = len(found)
            found.append([entry, UNKNOWN, ""])
        elif entry["event"] == "outcome" and place in waits:
            found[waits.pop(place)][1:] = entry["outcome"], entry["reason"]
        elif entry["event"] == "outcome" and entry["person"] == SERVER and entry["outcome"] == LATER:
            found.append([entry, LATER, entry["reason"]])
    return [
        Told(
            one["person"], one.get("name", "Máy chủ thư"), one["at"], one.get("snapshot", ""), one.get("to", ""), outcome, reason
        )
        for one, outcome, reason in reversed(found)
    ]  # fmt: skip
