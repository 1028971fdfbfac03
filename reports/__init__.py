"""Documents made from a snapshot: form II.06, the Word report, the slides.

Every number comes from queries/*.sql, as on the pages. The same snapshot and the same choices give the same bytes:
dates in a document come from the snapshot, never from the clock (reports.package). The tasks given are those of the book on the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

import queries
from queries import Snapshot
from words.columns import written
from words.period import Period

SIMULATED = "MÔ PHỎNG – không phải số liệu chính thức"
DASHBOARD = "Bảng điều khiển CCHC, CĐS"


@dataclass(frozen=True)
class Subject:
    """What a document is about: period, unit, home and snapshot.

    home_name, place_name: “Huyện Hàm Thuận Bắc”, “Hàm Thuận Bắc”; level, member, members: the words for the home and its members, “huyện”, “xã”, “xã, thị trấn”; has_template: whether
    the shipped Word template fits this home.
    """

    period: Period
    unit: str
    unit_name: str
    home: str
    home_name: str
    place_name: str
    level: str
    member: str
    members: str
    has_template: bool
    as_of: date
    snapshot: Snapshot

    @classmethod
    def of(cls, period: Period, unit: str | None = None) -> Subject:
        """The subject for a unit of the district, or for the district itself. Raises KeyError for an unknown unit."""
        row = queries.load("freshness").iloc[0]
        names = {row["home_code"]: row["home_full_name"]}
        names |= queries.load("units").set_index("unit_code")["label"].to_dict()
        unit = unit or row["home_code"]
        return cls(
            period,
            unit,
            names[unit],
            row["home_code"],
            row["home_full_name"],
            row["home_name"],
            row["level_word"],
            row["member_word"],
            row["members_word"],
            bool(row["has_template"]),
            row["as_of"],
            queries.snapshot(),
        )

    def ask(self, name: str, **more) -> pd.DataFrame:
        """The answer of queries/<name>.sql for this period and unit, with formatted text beside the numbers."""
        defaults = {"unit": self.unit, "field": "", "channel": "", "columns": "*"}
        return written(queries.load(name, **{**defaults, **self.period.parameters, **more}))

    @property
    def units(self) -> pd.DataFrame:
        """The units of the period: communes or their successors; the district's own offices continue."""
        units = self.ask("units")
        if self.scope == "commune":
            return units[~units["is_successor"]]
        return units[units["is_successor"] | ~units["is_member"]]

    @property
    def scope(self) -> str:
        """The ranked units of the period: communes or their successors."""
        return self.period.scope

    @property
    def simulated(self) -> bool:
        """Whether the figures of the snapshot are simulated: it holds no real ones then."""
        return bool(queries.simulated())

    @property
    def is_whole(self) -> bool:
        """Whether the subject is the whole home."""
        return self.unit == self.home

    @property
    def built_at(self) -> datetime:
        """When the snapshot was published: the only date in a document."""
        return datetime.fromisoformat(self.snapshot.manifest["built_at"])

    def stem(self, name: str, simulated: bool) -> str:
        """A file name without extension: document, unit, period, calendar."""
        parts = [name, self.unit.replace("@", "-"), self.period.code, "15-14" * (self.period.calendar == "reporting")]
        return "-".join(filter(None, [*parts, "mo-phong" * simulated]))
