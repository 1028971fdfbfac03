"""The book of apology letters: numbers that run on per year and office, what was issued, what was voided.

A letter is issued for a dossier at most once, because its result date may be put off at most once (NĐ 61/2018/NĐ-CP); a number
that was given is never given again. The book holds no data of citizens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from ingest.store import ledger
from words import vietnamese

_LONGEST = 200  # characters of a reason
# Why a dossier whose date was put off before gets no letter.
AGAIN = "Đã hẹn lại một lần: không được hẹn lần thứ hai. Giải quyết dứt điểm, báo cáo nguyên nhân."


@dataclass(frozen=True)
class Wanted:
    """A dossier for which a letter is wanted; days are ISO dates, new_due_on the date that is promised now.

    reason: empty if nobody has said it.
    """

    dossier_code: str
    unit_code: str
    unit_name: str
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
    def is_void(self) -> bool:
        """Whether it was taken back."""
        return bool(self.void_reason)


@dataclass(frozen=True)
class Issued:
    """What an issue gave: the letters, and the dossiers that got none, each with the reason in words."""

    letters: list[Letter]
    refused: dict[str, str]


def letters(store: Path, home: str) -> list[Letter]:
    """All letters of a home, oldest first, voided ones marked. Raises StoreFault if the book is damaged."""
    return _folded(ledger.entries(store, ledger.LETTERS), home)


def issue(
    store: Path, home: str, who: str, issued_on: date, wanted: Iterable[Wanted], is_simulated: bool, first: int = 1
) -> Issued:
    """Give a number to each dossier that has no letter yet, all in one entry. Raises StoreFault, and then none is given.

    first: the number to begin with in an office that has given none in this year, for example after a book on paper.
    """
    with ledger.holding(store, ledger.LETTERS) as book:
        known = _folded(book.entries, home)
        valid = {letter.wanted.dossier_code: letter for letter in known if not letter.is_void}
        last = _last_numbers(known, issued_on.year)
        given, refused = [], {}
        for one in wanted:
            if before := valid.get(one.dossier_code):
                refused[one.dossier_code] = _already(before)
                continue
            if not one.new_due_on:
                refused[one.dossier_code] = AGAIN
                continue
            last[one.unit_code] = last.get(one.unit_code, first - 1) + 1
            given.append({"number": last[one.unit_code], **asdict(one)})
            valid[one.dossier_code] = Letter(last[one.unit_code], issued_on.isoformat(), who, "", is_simulated, one)
        if given:
            said = {"event": "issued", "home": home, "issued_on": issued_on.isoformat(), "simulated": is_simulated}
            book.add(who, **said, letters=given)
        fresh = _folded(book.entries, home)[len(known) :]
    return Issued(fresh, refused)


def void(store: Path, home: str, who: str, dossier_code: str, reason: str) -> bool:
    """Take back the letter of a dossier; its number stays used. False if there is none. Raises StoreFault, ValueError."""
    reason = " ".join(reason.split())[:_LONGEST]
    if not reason:
        raise ValueError("Ghi lý do hủy phiếu.")
    with ledger.holding(store, ledger.LETTERS) as book:
        known = _folded(book.entries, home)
        found = [one for one in known if one.wanted.dossier_code == dossier_code and not one.is_void]
        if found:
            said = {"unit_code": found[0].wanted.unit_code, "year": found[0].year, "number": found[0].number}
            book.add(who, event="voided", home=home, dossier_code=dossier_code, reason=reason, **said)
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
    same = (letter.wanted.dossier_code, letter.wanted.unit_code, letter.year, letter.number)
    if same != (entry["dossier_code"], entry["unit_code"], entry["year"], entry["number"]):
        return letter
    return replace(letter, void_reason=entry["reason"])
