"""Stores of which only a part is known: what really happened in a district, and the files that tell some of it.

`export` gives the rows that a file of some coverage would have: dossiers received in its days and older ones, with
their state on the day of which it tells. Every store is published by the real ingest; the oracle reads the same files
with the same coverage.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from tests import oracle, small
from tests.browser import ROOT

LAST = date(2024, 11, 20)
ENDS = ("processed_at", "ineligible_returned_at", "withdrawn_at")
BY_DAY = (("time_rule", "day"), ("online_base", "offered"), ("full_base", "received"))
Rows = list[dict[str, str]]


def truth(unit: str, seed: int, count: int = 70, shift: int = 0) -> Rows:
    """What really happened in a unit from 1 March to 20 November 2024, or so many days later."""
    kinds = small.ORDINARY + small.LAND
    filed = small._filed(unit, small._dossiers(seed, kinds, count, 0.4), f".{seed}")
    return [_written(place, _later(row, shift)) for place, row in enumerate(filed)]


def _written(place: int, row: dict[str, str]) -> dict[str, str]:
    """A row as systems write it: some due dates and ends have no hour, some dossiers no due date."""
    row = row if place % 4 else row | {"due_at": row["due_at"][:10]}
    row = row if place % 6 else row | {name: row[name][:10] for name in ENDS}
    return row if place % 11 else row | {"due_at": ""}


def _later(row: dict[str, str], days: int) -> dict[str, str]:
    """A row, with all of its moments so many days later."""
    moved = {
        name: str(datetime.fromisoformat(value) + timedelta(days=days))
        for name, value in row.items()
        if name.endswith("_at") and value
    }
    return row | moved


def export(rows: Iterable[dict[str, str]], covers: oracle.Coverage) -> Rows:
    """The rows that a file of this coverage has."""
    told = []
    for row in rows:
        received, ended = _day(row["received_at"]), next((_day(row[name]) for name in ENDS if row[name]), date.max)
        changed = any(
            covers.first <= _day(value) <= covers.last for name, value in row.items() if _is_event(name, value)
        )
        older = (
            received < covers.first
            and {
                "all": ended >= covers.first,
                "received": False,
                "changed": changed and ended >= covers.first,
            }[covers.older]
        )
        if row["unit_code"] in covers.units and (covers.first <= received <= covers.last or older):
            told.append(as_on(row, covers.as_of))
    return told


def _is_event(name: str, value: str) -> bool:
    return name.endswith("_at") and name != "due_at" and bool(value)


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).date()


def as_on(row: dict[str, str], day: date) -> dict[str, str]:
    """A dossier as one knows it on a day: nothing of it has happened later."""
    known = {name: "" if _is_event(name, value) and _day(value) > day else value for name, value in row.items()}
    if row["state"] in ("returned", "stopped", "withdrawn") and not any(known[name] for name in ENDS):
        known["state"] = "processing"
    if row["supplement_requested_at"] and not known["supplement_requested_at"]:
        known |= {"state": "processing", "supplement_count": "0"}
    return known


def covering(units: Iterable[str], first: str, last: str, older: str, as_of: str = "") -> oracle.Coverage:
    """A coverage with its days as text."""
    days = [date.fromisoformat(text) for text in (first, last, as_of or last)]
    return oracle.Coverage(frozenset(units), days[0], days[1], older, days[2])


@dataclass(frozen=True)
class Told:
    """A file of dossiers and what it covers."""

    rows: Rows
    covers: oracle.Coverage


@dataclass(frozen=True)
class Case:
    """A store: files that were published one after the other (those of a list at once), and reported values."""

    published: list[list[Told]]
    reports: Rows = ()
    settings: tuple[tuple[str, str], ...] = ()

    def files(self) -> list[tuple[str, Told]]:
        """Each file with its name, in order; files published at once tell the state of the same day."""
        found = []
        for number, together in enumerate(self.published):
            newest = max(one.covers.as_of for one in together)
            for place, one in enumerate(together):
                told = Told(one.rows, one.covers._replace(as_of=newest))
                found.append((f"{number:02}-{place}.csv", told))
        return found

    def make(self, folder: Path) -> None:
        """Write the files, and publish them."""
        from ingest.publish import publish  # not needed if the store is cached
        from ingest.reading.look import Reading, look

        files = folder / "files"
        files.mkdir()
        if self.settings:
            shipped = {row["setting_code"]: row for row in oracle.rows(ROOT / "data" / "reference" / "setting.csv")}
            changed = [shipped[code] | {"value": value} for code, value in self.settings]
            with small.quickly_built(_empty(folder)):
                publish([small.write(folder / "settings.csv", changed)], store=folder / "store")
        names = dict(self.files())
        for number in range(len(self.published)):
            seen = []
            for name, told in names.items():
                if name.startswith(f"{number:02}"):
                    covers = told.covers
                    said = {"from_on": f"{covers.first}", "to_on": f"{covers.last}", "as_of": f"{covers.as_of}"}
                    said |= {"older": covers.older, "units": " ".join(sorted(covers.units))}
                    seen.append(look(small.write(files / name, told.rows), Reading(covers=said)))
            is_last = number == len(self.published) - 1
            if is_last and self.reports:
                seen.append(small.write(files / "reports.csv", self.reports))
            # Only the last publish needs the tables.
            with nullcontext() if is_last else small.quickly_built(_empty(folder)):
                publish(seen, store=folder / "store")

    def read(self, folder: Path) -> oracle.Data:
        """The same files as the oracle reads them."""
        covers = {name: told.covers for name, told in self.files()}
        return oracle.read(folder / "files", ROOT / "data" / "reference", covers, dict(self.settings))


def _empty(folder: Path) -> Path:
    """An empty folder for the statements of a quick build."""
    quick = folder / "quick"
    shutil.rmtree(quick, ignore_errors=True)
    quick.mkdir()
    return quick


# -------------------------------------------------------------------------------------------- the stores


def newest_month() -> Case:
    """Three communes since March, two more only for the newest month; one of these and an office are behind the others."""
    units = ("23059", "23062", "23065", "23068", "23071", "597-MC")
    rows = [row for seed, unit in enumerate(units) for row in truth(unit, seed)]
    old = covering(units[:3], "2024-03-01", "2024-10-31", "received")
    new = covering(units[:4], "2024-11-01", "2024-11-20", "all")
    behind = covering(units[4:], "2024-09-01", "2024-11-10", "all")
    return Case([[Told(export(rows, covers), covers)] for covers in (old, behind, new)])


def by_receipt() -> Case:
    """Month by month the dossiers received in it; in July a file with all open ones, in August again those received.

    The file of August was exported some days later.
    """
    units = ("23059", "23062")
    rows = [row for seed, unit in enumerate(units) for row in truth(unit, seed + 10)]
    spans = [
        covering(units, "2024-03-01", "2024-03-31", "received"),
        covering(units, "2024-04-01", "2024-04-30", "received"),
        covering(units, "2024-05-01", "2024-05-31", "received"),
        covering(units, "2024-06-01", "2024-06-30", "received"),
        covering(units, "2024-07-01", "2024-07-31", "all"),
        covering(units, "2024-08-01", "2024-08-31", "received", "2024-09-05"),
    ]
    return Case([[Told(export(rows, covers), covers)] for covers in spans])


def gap() -> Case:
    """No file of June, nor of a week of May; one of the files has neither letters nor channels.

    After June the office sends what it received only.
    """
    units, bare = ("23059", "23062", "597-MC"), ("23065",)
    rows = [row for seed, unit in enumerate(units + bare) for row in truth(unit, seed + 20)]
    before = covering(units, "2024-03-01", "2024-05-10", "received")
    again = covering(units, "2024-05-18", "2024-05-31", "all")
    after = covering(units[:2], "2024-07-01", "2024-11-20", "all")
    office = covering(units[2:], "2024-07-01", "2024-11-20", "received")
    lacking = covering(bare, "2024-03-01", "2024-11-20", "received")
    few = [
        {name: value for name, value in row.items() if name not in ("apology_at", "channel")}
        for row in export(rows, lacking)
    ]
    return Case(
        [
            [Told(export(rows, before), before)],
            [Told(export(rows, again), again)],
            [Told(export(rows, after), after), Told(export(rows, office), office), Told(few, lacking)],
        ],
        settings=BY_DAY,
    )


def not_named() -> Case:
    """The newer file should have all open dossiers, but every third of them is not in it. The older file came after it."""
    units = ("23059", "23062", "23065")
    rows = [row for seed, unit in enumerate(units) for row in truth(unit, seed + 30)]
    first = covering(units, "2024-03-01", "2024-07-31", "received")
    second = covering(units, "2024-08-01", "2024-11-20", "all")
    told = export(rows, second)
    kept = [row for place, row in enumerate(told) if _day(row["received_at"]) >= second.first or place % 3]
    return Case([[Told(kept, second)], [Told(export(rows, first), first)]], settings=BY_DAY)


def changes() -> Case:
    """A first file, then what was new or changed, in spans so short that many open dossiers do not change in them.

    In September a file that should have all open dossiers does not name some: changes told later do not bring them back,
    nor do those told before it; an office sends nothing for two weeks, then changes, then nothing. A last file, of one commune and by date of receipt,
    leaves its older ones unclear.
    """
    units = ("23059", "23062", "597-MC")
    rows = [row for seed, unit in enumerate(units) for row in truth(unit, seed + 40)]
    # Some take long, so that whole files pass without a change of theirs.
    rows = [
        row if place % 3 else row | _later({name: row[name] for name in ENDS}, 70) for place, row in enumerate(rows)
    ]
    spans = [
        covering(units, "2024-03-01", "2024-06-30", "received"),
        covering(units, "2024-07-01", "2024-07-10", "changed"),
        covering(units, "2024-07-11", "2024-07-20", "changed"),
        covering(units, "2024-07-21", "2024-07-31", "changed"),
        covering(units, "2024-08-01", "2024-08-31", "changed"),
        covering(units[:2], "2024-08-16", "2024-09-20", "all"),
        covering(units[:2], "2024-08-01", "2024-09-10", "changed"),
        covering(units[:2], "2024-09-21", "2024-10-10", "changed"),
        covering(units[:2], "2024-08-20", "2024-10-20", "changed"),
        covering(("23062",), "2024-10-21", "2024-11-20", "received"),
        covering(units[2:], "2024-09-15", "2024-10-10", "changed"),
    ]
    told = [Told(export(rows, covers), covers) for covers in spans]
    # What the file of September does not name is in no later file either.
    older = [row for row in told[5].rows if _day(row["received_at"]) < told[5].covers.first]
    unnamed = {row["dossier_code"] for row in older[::3]}
    told[5:] = [Told([row for row in one.rows if row["dossier_code"] not in unnamed], one.covers) for one in told[5:]]
    return Case([[one] for one in told])


def reports_of_some() -> Case:
    """Sixteen of seventeen communes have dossiers; of some indicators ten report, of some all but one."""
    reference = oracle.rows(ROOT / "data" / "reference" / "unit.csv")
    communes = sorted(
        {row["unit_code"] for row in reference if row["parent_code"] == "597" and row["kind"] == "commune"}
    )
    rows = [row for seed, unit in enumerate(communes[:16]) for row in truth(unit, seed + 50, 20)]
    covers = covering(communes[:16], "2024-03-01", "2024-11-20", "received")
    indicators = oracle.rows(ROOT / "data" / "reference" / "indicator.csv")
    told = []
    for place, indicator in enumerate(row for row in indicators if row["kind"] == "reported"):
        units = communes[: 10 if place % 2 else 16]
        periods = {"year": ("2024",), "quarter": ("2024-Q3",)}.get(indicator["frequency"], ("2024-09", "2024-10"))
        told += [
            _report(unit, period, indicator, place + sort)
            for period in periods
            for sort, unit in enumerate(units if indicator["aggregate"] != "direct" else [*units, "597"])
        ]
    return Case([[Told(export(rows, covers), covers)]], told)


def _report(unit: str, period: str, indicator: dict[str, str], level: int) -> dict[str, str]:
    """A reported value."""
    row = {"unit_code": unit, "period": period, "indicator_code": indicator["indicator_code"]}
    if indicator["aggregate"] == "ratio":
        return row | {"value": "", "numerator": str(40 + level % 50), "denominator": "90"}
    return row | {"value": str(10 + level), "numerator": "", "denominator": ""}


def reorganisation() -> Case:
    """Communes until 30 June 2025 and their successors: one reuses a code, one begins without a file for two weeks.

    The successors' first file names half of what the communes left open; one commune was told of until March only.
    """
    old, short, new = ("23059", "23083", "23092", "23065"), ("23062",), ("23059", "23065")
    rows = [row for seed, unit in enumerate((*old, *short)) for row in truth(unit, seed + 60, shift=306)]
    # Dossiers that the communes received after their end were received by the successors; two had no successor here.
    began = datetime(2025, 7, 1)
    ours = [row for row in rows if datetime.fromisoformat(row["received_at"]) < began or row["unit_code"] in new]
    last = [row for row in truth("22933", 70, shift=306) if datetime.fromisoformat(row["received_at"]) >= began]
    first = covering(old, "2025-01-01", "2025-06-30", "received")
    spring = covering(short, "2025-01-01", "2025-03-31", "received")
    autumn = covering(new, "2025-07-01", "2025-09-22", "all")
    late = covering(("22933",), "2025-07-15", "2025-09-10", "received")
    left = autumn._replace(units=frozenset(("23059", "23065", "23083")))
    told = export(ours, left)
    kept = [row for place, row in enumerate(told) if _day(row["received_at"]) >= autumn.first or place % 2]
    files = [
        [Told(export(ours, first), first), Told(export(ours, spring), spring)],
        [Told(kept, left), Told(export(last, late), late)],
    ]
    indicators = oracle.rows(ROOT / "data" / "reference" / "indicator.csv")
    reports = [
        _report(unit, period, indicator, place)
        for place, indicator in enumerate(row for row in indicators if row["kind"] == "reported")
        if indicator["frequency"] == "month" or place % 3
        for period, units in (("2025-05", old), ("2025-08", ("23059", "23065", "22933")))
        for unit in units
    ]
    return Case(files, reports)


CASES: dict[str, Callable[[], Case]] = {
    "newest month": newest_month,
    "by receipt": by_receipt,
    "gap": gap,
    "not named": not_named,
    "reports of some": reports_of_some,
    "reorganisation": reorganisation,
    "changes": changes,
}
