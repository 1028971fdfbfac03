"""The book of apology letters: numbers that run on per year and office, what was issued, what was voided.

A letter is issued for a dossier at most once, because its result date may be put off at most once (NĐ 61/2018/NĐ-CP); a number
that was given is never given again. The book holds no data of citizens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from access import User
from actions import Refused, require_right
from ingest.store import ledger
from words import vietnamese

_LONGEST = 200  # characters of a reason
# Why a dossier whose date was put off before gets no letter.
AGAIN = "Đã hẹn lại một lần: không được hẹn lần thứ hai. Giải quyết dứt điểm, báo cáo nguyên nhân."


@dataclass(frozen=True)
class Wanted:
    """A dossier for which a letter is wanted; days are ISO dates, new_due_on the date that is promised now.

    due_on: empty if no date was promised; reason: empty if nobody has said it; office: the unit's full name; is_member:
    whether it is a commune (of a province: a district), whose council issues the letter.
    """

    dossier_code: str
    unit_code: str
    unit_name: str
    office: str
    is_member: bool
    procedure_name: str
    received_on: str
    due_on: str
    new_due_on: str
    reason: str
    is_late: bool


@dataclass(frozen=True)
class Letter:
    """An issued letter: its number within the year of its office, and what it says."""

    number: int
    issued_on: str
    who: str
    at: str
    is_simulated: bool
    wanted: Wanted
    void_reason: str = ""

    @property
    def year(self) -> int:
        """The year in which its number runs."""
        return int(self.issued_on[:4])

    @property
    def symbol(self) -> str:
        """Its number as it stands on the letter."""
        return f"{self.number:02d}/PXL"

    @property
    def key(self) -> tuple[str, int, int, bool]:
        """What tells it from every other letter of the home."""
        return (self.wanted.unit_code, self.year, self.number, self.is_simulated)

    @property
    def is_void(self) -> bool:
        """Whether it was taken back."""
        return bool(self.void_reason)


@dataclass(frozen=True)
class Issued:
    """What an issue gave: the letters, and the dossiers that got none, each with the reason in words."""

    letters: list[Letter]
    refused: dict[str, str]


def stands(letter: Letter, is_simulated: bool) -> bool:
    """Whether a letter stands: not voided; one about a simulated dossier only while the figures are simulated."""
    return not letter.is_void and letter.is_simulated == is_simulated


def letters(store: Path, home: str) -> list[Letter]:
    """All letters of a home, oldest first, voided ones marked. Raises StoreFault if the book is damaged."""
    return _folded(ledger.entries(store, ledger.LETTERS), home)


def issue(
    store: Path, home: str, user: User, issued_on: date, wanted: Iterable[Wanted], is_simulated: bool, first: int = 1
) -> Issued:
    """Give a number to each dossier that has no letter yet, all in one entry. Raises Refused, StoreFault: none is given.

    first: the least number, for example after a book on paper. Letters about simulated dossiers are practice: they have
    numbers of their own and stand in nobody's way.
    """
    require_right(user)
    with ledger.holding(store, ledger.LETTERS) as book:
        before = _folded(book.entries, home)
        known = [letter for letter in before if letter.is_simulated == is_simulated]
        valid = {letter.wanted.dossier_code: letter for letter in known if not letter.is_void}
        last = _last_numbers(known, issued_on.year)
        given, refused = [], {}
        for one in wanted:
            if earlier := valid.get(one.dossier_code):
                refused[one.dossier_code] = _already(earlier)
                continue
            last[one.unit_code] = max(last.get(one.unit_code, 0) + 1, first)
            given.append({"number": last[one.unit_code], **asdict(one)})
            valid[one.dossier_code] = Letter(
                last[one.unit_code], issued_on.isoformat(), user.name, "", is_simulated, one
            )
        if given:
            said = {"event": "issued", "home": home, "issued_on": issued_on.isoformat(), "simulated": is_simulated}
            book.add(user.name, **said, letters=given)
        fresh = _folded(book.entries, home)[len(before) :]
    return Issued(fresh, refused)


def void(store: Path, home: str, user: User, letter: Letter, reason: str) -> bool:
    """Take back a letter; its number stays used. False if it is void already. Raises Refused, StoreFault."""
    require_right(user)
    reason = " ".join(reason.split())[:_LONGEST]
    if not reason:
        raise Refused("Ghi lý do hủy phiếu.")
    with ledger.holding(store, ledger.LETTERS) as book:
        found = [one for one in _folded(book.entries, home) if one.key == letter.key and not one.is_void]
        if found:
            said = {"unit_code": letter.wanted.unit_code, "year": letter.year, "number": letter.number}
            book.add(user.name, event="voided", home=home, simulated=letter.is_simulated, reason=reason, **said)
        return bool(found)


def _already(letter: Letter) -> str:
    return (
        f"Đã cấp phiếu {letter.symbol} ngày {vietnamese.date(date.fromisoformat(letter.issued_on))}, hẹn lại ngày "
        f"{vietnamese.date(date.fromisoformat(letter.wanted.new_due_on))}: không được hẹn lần thứ hai."
    )


def _last_numbers(known: list[Letter], year: int) -> dict[str, int]:
    """The last number that each office has given in a year, voided letters included."""
    last: dict[str, int] = {}
    for letter in known:
        if letter.year == year:
            office = letter.wanted.unit_code
            last[office] = max(last.get(office, 0), letter.number)
    return last


def _folded(entries: list[dict], home: str) -> list[Letter]:
    """The letters that the entries tell, oldest first."""
    found: list[Letter] = []
    for entry in entries:
        if entry.get("home") != home:
            continue
        if entry.get("event") == "issued":
            found += [_letter(entry, one) for one in entry["letters"]]
        elif entry.get("event") == "voided":
            found = [_voided(letter, entry) for letter in found]
    return found


def _letter(entry: dict, said: dict) -> Letter:
    number = said["number"]
    wanted = Wanted(**{name: value for name, value in said.items() if name != "number"})
    return Letter(number, entry["issued_on"], entry["who"], entry["at"], entry["simulated"], wanted)


def _voided(letter: Letter, entry: dict) -> Letter:
    same = letter.key == (entry["unit_code"], entry["year"], entry["number"], entry["simulated"])
    return replace(letter, void_reason=entry["reason"]) if same else letter
