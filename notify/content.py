"""What a mail says: its parts, each made of lines with a link, from the questions that the pages ask."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

import queries
from access import RIGHTS, Role
from actions import RIGHT as ACT
from actions import commitments, letters
from ingest.store.build import today
from notify.links import Links
from reports import Subject
from words import digest, vietnamese
from words.columns import written
from words.commitments import deadline
from words.digest import Reach
from words.period import chosen, newest_known, offered, usual_kind
from words.sentences import refused_rows, unclear_dossiers, unknown_columns
from words.vietnamese import absent

TIME_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
# The tables that are expected of units every month.
MONTHLY = ("dossier", "kpi_value", "service_report")
# How many lines of each kind: a mail is read standing.
_CHANGES, _BETTER, _WEAK, _UNITS, CODES, _TASKS = 8, 3, 4, 3, 10, 8
_AHEAD = timedelta(days=7)  # a task is told of from a week before its deadline


@dataclass(frozen=True)
class Line:
    """A sentence under a topic; what is to be done; a link with its words; more about it; its signal, and whether that is news.

    tone: worse or better, for a mark and a colour beside the words.
    """

    text: str
    call: str = ""
    link: str = ""
    label: str = ""
    about: str = ""
    topic: str = ""
    tone: str = ""
    signal: str = ""
    is_new: bool = False


@dataclass(frozen=True)
class Part:
    """A part of a mail: its title and its lines."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Digest:
    """All that a mail says. signals: what would be told as new; mark: equal as long as there is nothing new."""

    place: str
    period: str
    found: str
    standing: str
    snapshot: str
    is_simulated: bool
    parts: tuple[Part, ...]
    signals: frozenset[str]
    mark: str
    first_link: str
    first_label: str
    account: str
    fresh: frozenset[str] = field(default=frozenset())
    is_news: bool = True

    @property
    def subject(self) -> str:
        """The subject of the mail."""
        return digest.subject(self.place, self.found if self.is_news else digest.NOTHING_NEW, self.is_simulated)

    @property
    def lead(self) -> str:
        """Its first sentence."""
        if not self.is_news:
            return digest.nothing_new(self.snapshot)
        return digest.lead(self.found, self.period, len(self.fresh))

    def for_reader(self, told: Iterable[str], last_mark: str) -> Digest:
        """The same for a reader who was told of these signals, and whose last mail had this mark (empty: no mail yet)."""
        if last_mark == self.mark:
            return replace(self, parts=(), is_news=False)
        fresh = self.signals - frozenset(told)
        # In a first mail everything is new, and to say so of each line says nothing.
        new = fresh if last_mark else frozenset()
        parts = tuple(
            replace(
                part, lines=tuple(replace(line, is_new=line.signal in new and bool(line.signal)) for line in part.lines)
            )
            for part in self.parts
        )
        return replace(self, parts=parts, fresh=new)


class NoUnit(LookupError):
    """The home or the unit of a choice is not in the data any more."""


@dataclass(frozen=True)
class Asked:
    """For whom a digest is: of which home and unit, with which rights; at which address the dashboard is."""

    store: Path
    home: str
    unit: str
    role: Role
    with_codes: bool
    address: str

    def may(self, right: str) -> bool:
        """Whether the reader has a right of RIGHTS."""
        return self.role >= RIGHTS[right].least


def make(asked: Asked) -> Digest:
    """The digest of the pinned snapshot. Raises NoUnit; StoreFault if a book is damaged."""
    homes = queries.load("homes").set_index("home_code")
    if asked.home not in homes.index:
        raise NoUnit(asked.home)
    queries.look_from(homes.loc[asked.home, "schema_name"])
    period = chosen("solar", newest_known("solar", usual_kind()), "previous")
    try:
        subject = Subject.of(period, asked.unit)
    except KeyError as error:
        raise NoUnit(asked.unit) from error
    return _Writing(asked, subject, Links(asked.address, asked.home if len(homes) > 1 else "", period)).digest()


@dataclass(frozen=True)
class _Writing:
    asked: Asked
    subject: Subject
    links: Links

    def digest(self) -> Digest:
        """Every part that has anything to say."""
        subject = self.subject
        changes, members = subject.ask("real_changes"), self._reach("", "-")
        counts = subject.ask("dossier_subsets").set_index("subset_code")["dossiers"].to_dict()
        tasks, calls = self._tasks(), tuple(self._calls())
        parts = [
            Part("Thay đổi thật", (*self._changes(changes), *_lacking(members, changes.empty))),
            Part("Gọi ai trước" if subject.is_whole else "Nên làm trước", (*calls, *_lacking(members, not calls))),
            Part("Đến hạn, sắp trễ", tuple(self._due(counts))),
            Part("Việc đã giao, đến hạn", tuple(self._told_of(tasks))),
            Part("Ai chưa gửi số liệu" if subject.is_whole else "Số liệu chưa gửi", tuple(self._unsent())),
        ]
        worse = changes[changes["topic"] == "Xấu đi thật"]
        signals = frozenset(worse["signal_code"])
        known = len(worse) or (changes["compared_values"].fillna(0) > 0).any()
        now = today()
        states = [(one.code, one.state(now)) for one in tasks]
        snapshot = subject.snapshot.id
        first_link, first_label = self._first()
        return Digest(
            place=subject.unit_name,
            period=subject.period.title,
            found=digest.counted(
                len(worse) if known else None, counts.get("open_late"), self._reach("open_late"), _compared(changes)
            ),
            standing=digest.standing(
                pd.Timestamp(subject.as_of).date(),
                now,
                snapshot,
                _moment(subject.built_at),
                subject.simulated,
                f"cả {subject.level}" if members.gap and not subject.is_whole else "",
            ),  # fmt: skip
            snapshot=snapshot,
            is_simulated=subject.simulated,
            parts=tuple(part for part in parts if part.lines),
            signals=signals,
            mark=hashlib.sha256(json.dumps([snapshot, sorted(signals), states]).encode()).hexdigest()[:16],
            first_link=first_link,
            first_label=first_label,
            account=self.links.account(),
        )

    def _reach(self, subset: str, columns: str = "*") -> Reach:
        """Of how much a list of dossiers speaks: of the units, and of the columns that the list needs."""
        row = self.subject.ask("period_gap", list=subset, indicator="", columns=columns).iloc[0]
        if absent(row["all_units"]) or not row["all_units"]:  # no dossiers were ever expected of it
            return Reach(0, 0, digest.NO_DOSSIERS)
        return Reach(int(row["known_units"]), int(row["all_units"]), row["gap_text"])

    def _is_member(self) -> bool:
        """Whether the unit has a page of its own, as communes have and offices have not."""
        return bool(self.subject.ask("units").set_index("unit_code")["is_member"].get(self.subject.unit, False))

    def _first(self) -> tuple[str, str]:
        """The link above everything else."""
        if self._is_member():
            return self.links.indicator("commune", self.subject.unit, "T05"), "Mở trang của đơn vị"
        return self.links.overview(), "Mở Tổng quan"

    def _changes(self, rows: pd.DataFrame) -> Iterator[Line]:
        """What changed beyond chance: everything for the worse, some of the better."""
        worse, better = rows[~rows["is_better"]], rows[rows["is_better"]]
        for _, row in worse.head(_CHANGES).iterrows():
            if not row["indicator_code"]:
                yield Line(row["sentence"])
                continue
            call = row["call_text"] if self.subject.is_whole else _todo(row["action"])
            link = self.links.indicator(row["opens"], row["unit_code"], row["indicator_code"])
            yield Line(
                row["sentence"],
                call,
                link,
                "Xem diễn biến",
                topic=row["topic"],
                tone="worse",
                signal=row["signal_code"],
            )
        if len(worse) > _CHANGES:
            yield Line(
                digest.further(len(worse) - _CHANGES, "số khác xấu đi thật"), "", self.links.overview(), "Mở Tổng quan"
            )
        for _, row in better.head(_BETTER).iterrows():
            link = self.links.indicator(row["opens"], row["unit_code"], row["indicator_code"])
            yield Line(row["sentence"], "", link, "Xem diễn biến", topic=row["topic"], tone="better")
        if len(better) > _BETTER:
            yield Line(digest.further(len(better) - _BETTER, "số khác tốt lên thật"))

    def _calls(self) -> Iterator[Line]:
        """Whom a home calls first, besides what changed; what a unit has to improve first."""
        subject = self.subject
        if subject.is_whole:
            rows = subject.ask("attention")
            for _, row in rows[rows["topic"].isin(["Trễ hạn", "Mất nhiều điểm"])].iterrows():
                link = (
                    self.links.late(row["unit_code"])
                    if row["topic"] == "Trễ hạn"
                    else self.links.indicator(row["opens"], row["unit_code"], row["indicator_code"])
                )
                label = "Mở trang Trễ hạn" if row["topic"] == "Trễ hạn" else "Xem chỉ tiêu"
                yield Line(row["sentence"], row["call_text"], link, label, topic=row["topic"])
            return
        rows = subject.ask("unit_highlights")
        for _, row in rows[rows["kind"] == "weak"].head(_WEAK).iterrows():
            link = self.links.indicator(
                "commune" if self._is_member() else "communes", subject.unit, row["indicator_code"]
            )
            yield Line(row["sentence"], "", link, "Xem chỉ tiêu")

    def _due(self, counts: dict[str, float | None]) -> Iterator[Line]:
        """What falls due, and may be late: counts for everybody, dossiers by their codes for those who may see them."""
        subject, links = self.subject, self.links
        may = self.asked.may("dossiers")
        if said := digest.falls_due(counts, reach := self._reach("due_3")):
            link = links.dossiers(subject.unit, "due_3", "due_on") if may else links.late(subject.unit)
            yield Line(said, "", link, "Mở danh sách" if may else "Mở trang Trễ hạn")
        rows = subject.ask("late_risk_units").head(_UNITS)
        units = zip(rows["name"], rows["risky"], rows["watched"], strict=True)
        if said := digest.among_known(digest.likely(units, not subject.is_whole), reach):
            link = links.dossiers(subject.unit, "open_in_time", "chance") if may else links.late(subject.unit)
            yield Line(said, "", link, "Xem hồ sơ dễ trễ" if may else "Mở trang Trễ hạn")
        given = ",".join(one.wanted.dossier_code for one in self._letters())
        apology = subject.ask("apology_count", letters=given).iloc[0]
        if apology["is_newest"]:
            may_write = self.asked.may(ACT)
            link, label = (links.apologies(subject.unit), "Cấp phiếu xin lỗi") if may_write else ("", "")
            # The sentence itself says of how many dossiers no file tells of letters.
            known = reach if apology["unknown_apologies"] else self._reach("late_without_apology")
            said = digest.apologies(apology["sentence"], known)
            yield Line(said, "", link, label, topic="Thư xin lỗi")
        if may and self.asked.with_codes:
            yield from self._dossiers(reach)

    def _letters(self) -> list[letters.Letter]:
        """The letters that stand: as on the page of letters, practice is kept apart."""
        known = letters.letters(self.asked.store, self.subject.home)
        return [one for one in known if not one.is_void and one.is_simulated == self.subject.simulated]

    def _dossiers(self, reach: Reach) -> Iterator[Line]:
        """The dossiers that fall due first."""
        rows = self.subject.ask("dossier_list", subset="due_3", search="", sort="due_on", page="1")
        if len(rows):
            yield Line(digest.among_known("Hẹn trả sớm nhất:", reach))
        for row in rows.head(CODES).to_dict("records"):
            text = digest.dossier(
                row["dossier_code"], row["unit_name"], row["due_on"], row["days_late"], not self.subject.is_whole
            )
            yield Line(text, about=row["procedure_name"])

    def _tasks(self) -> list[commitments.Commitment]:
        """The tasks that are overdue, or due within a week."""
        now, subject = today(), self.subject
        listed = commitments.listed(self.asked.store, subject.home, now)
        mine = [one for one in listed if subject.is_whole or one.task.unit == subject.unit]
        return [
            one for one in mine if one.stage == "open" and one.task.due_on <= now + _AHEAD or one.state(now) == "late"
        ]

    def _told_of(self, tasks: list[commitments.Commitment]) -> Iterator[Line]:
        now, unit = today(), "" if self.subject.is_whole else self.subject.unit
        for one in tasks[:_TASKS]:
            state = one.state(now)
            due = deadline(state, one.task.due_on, one.days_over(now), one.reported_on, one.ended_on)
            whose = f"{one.task.unit_name}: " if self.subject.is_whole else ""
            yield Line(
                f"{whose}{one.task.text} ({due}; {one.task.post}; {one.code})", "", self.links.tasks(unit), "Mở Kết luận giao ban",
                topic=commitments.STATES[state], tone="worse" if state == "late" else "",
            )  # fmt: skip
        if len(tasks) > _TASKS:
            yield Line(
                digest.further(len(tasks) - _TASKS, "việc khác"), "", self.links.tasks(unit), "Mở Kết luận giao ban"
            )

    def _unsent(self) -> Iterator[Line]:
        """Who has not sent the newest month; rows that were refused, dossiers that are unclear, columns that no file has."""
        subject, links = self.subject, self.links
        months = offered("solar", "month")
        if months:
            newest = next(iter(months))
            everybody, nothing = False, True
            for table in MONTHLY:
                rows = written(queries.load("filing_grid", calendar="solar", period=newest, table=table))
                rows = rows[rows["sort"] == rows["sort"].max()]
                rows = rows if subject.is_whole else rows[rows["unit_code"] == subject.unit]
                everybody = everybody or bool(len(rows))
                is_nothing = "part" not in set(rows["filing"])
                said = digest.unsent(table, months[newest], rows["late_text"], is_nothing, not subject.is_whole)
                if said:
                    nothing = False
                    yield Line(said, "", links.sent(table, newest, subject.unit), "Mở Tình hình số liệu")
            if everybody and nothing:
                yield Line(digest.all_sent(months[newest], not subject.is_whole))
        for said in (
            refused_rows(subject.ask("refused")["sentence"]),
            unclear_dossiers(subject.ask("unclear")),
            unknown_columns(subject.ask("lacking")["sentence"]),
        ):
            if said:
                yield Line(said)


def _lacking(reach: Reach, is_empty: bool) -> tuple[Line, ...]:
    """A line about what is unknown, if anything is."""
    said = digest.lacking(reach, is_empty)
    return (Line(said),) if said else ()


def _compared(changes: pd.DataFrame) -> int | None:
    """Of how many units changes were tested, where none became worse."""
    known = changes["compared_units"].dropna()
    return int(known.iloc[0]) if len(known) else None


def _todo(action: object) -> str:
    """What a unit should do about its own figure."""
    return "" if absent(action) else f"Nên làm: {action}."


def _moment(when: datetime) -> str:
    return vietnamese.moment(when.astimezone(TIME_ZONE))


def day_of(when: datetime) -> date:
    """The day of a moment here."""
    return when.astimezone(TIME_ZONE).date()
