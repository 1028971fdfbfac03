"""The documents an office hands in or takes along: form II.06, the Word report, the slides.

Every number in them comes from queries/*.sql, as on the pages. The same snapshot and the same choices give the
same bytes: nothing in a document is dated by the clock, only by the snapshot (reports.package).
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
    """What a document is of: a period, a unit and the home it is seen from, and the snapshot that it is made from.

    level, member, members: what the home and its members are called, “huyện”, “xã”, “xã, thị trấn”; has_template: whether the
    Word template that comes with the program speaks of this home.
    """

    period: Period
    unit: str
    unit_name: str
    home: str
    home_name: str
    level: str
    member: str
    members: str
    has_template: bool
    as_of: date
    reorganised_after: date | None
    snapshot: Snapshot

    @classmethod
    def of(cls, period: Period, unit: str | None = None) -> Subject:
        """A unit of the district, or the district itself, in a period. Raises KeyError for an unknown unit."""
        row = queries.load("freshness").iloc[0]
        names = {row["home_code"]: row["home_full_name"]}
        names |= queries.load("units").set_index("unit_code")["label"].to_dict()
        unit = unit or row["home_code"]
        last = row["unit_day"] if row["is_reorganised"] else None
        return cls(
            period,
            unit,
            names[unit],
            row["home_code"],
            row["home_full_name"],
            row["level_word"],
            row["member_word"],
            row["members_word"],
            bool(row["has_template"]),
            row["as_of"],
            last,
            queries.snapshot(),
        )

    def ask(self, name: str, **more) -> pd.DataFrame:
        """The answer to queries/<name>.sql for this period and unit, with its numbers written out beside them."""
        defaults = {"unit": self.unit, "field": "", "channel": "", "scope": self.scope}
        return written(queries.load(name, **{**defaults, **self.period.parameters, **more}))

    @property
    def scope(self) -> str:
        """Which units the period is of: the communes, or those that took over."""
        after = self.reorganised_after is not None and self.period.start_on > self.reorganised_after
        return "successor" if after else "commune"

    @property
    def simulated(self) -> bool:
        """Whether any row that a document may rest on is simulated: rankings and tasks as well as dossiers."""
        return bool(queries.simulated() - {"service_report"})

    @property
    def is_whole(self) -> bool:
        """Whether it is the home as a whole."""
        return self.unit == self.home

    @property
    def built_at(self) -> datetime:
        """When the snapshot was published: the only date a document carries."""
        return datetime.fromisoformat(self.snapshot.manifest["built_at"])

    def stem(self, name: str, simulated: bool) -> str:
        """A file name without its ending: document, unit, period, calendar."""
        parts = [name, self.unit.replace("@", "-"), self.period.code, "15-14" * (self.period.calendar == "reporting")]
        return "-".join(filter(None, [*parts, "mo-phong" * simulated]))
