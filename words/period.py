"""A chosen period, its comparison period, and both in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import queries
from words import vietnamese

CALENDARS = {"solar": "Dương lịch", "reporting": "Kỳ báo cáo (15–14)"}
KINDS = {"month": "Tháng", "quarter": "Quý", "half": "6 tháng", "year": "Năm"}
# Months since January, as some reports count; offered only if a value of such a span was reported.
SINCE_JANUARY = {"cumulative": "Lũy kế"}
COMPARISONS = {"previous": "Kỳ trước", "last_year": "Cùng kỳ năm trước"}
NEWEST = "newest"  # used instead of a period code: the newest period of its kind


@dataclass(frozen=True)
class Period:
    """One period of a calendar and the period it is compared with (`before` is empty if there is none)."""

    calendar: str
    kind: str
    code: str
    title: str
    start_on: date
    end_on: date
    judged_on: date
    is_partial: bool
    before: str
    before_title: str
    compare: str
    # The units compared in it: commune, or successor after a reorganisation.
    scope: str = "commune"

    @property
    def parameters(self) -> dict[str, str]:
        """The query parameters of the period."""
        return {
            "calendar": self.calendar,
            "kind": self.kind,
            "period": self.code,
            "start_on": f"{self.start_on:%Y-%m-%d}",
            "judged_on": f"{self.judged_on:%Y-%m-%d}",
            "before": self.before,
            "scope": self.scope,
            # An unfinished period is compared with the same number of days of the earlier one.
            "before_cut": "to_date" if self.is_partial else "full",
        }

    @property
    def before_words(self) -> str:
        """The comparison period inside a sentence."""
        return COMPARISONS[self.compare].lower().removesuffix(" năm trước")

    @property
    def said(self) -> list[str]:
        """The choice in words, in Markdown."""
        span = f"{vietnamese.date(self.start_on)} – {vietnamese.date(self.judged_on)}"
        words = [f"**{self.title}** ({span}, {CALENDARS[self.calendar].lower()})"]
        if self.is_partial:
            words.append("kỳ chưa hết")
        same_days = " (cùng số ngày)" if self.is_partial else ""
        return [*words, f"so với **{self.before_title}**{same_days}" if self.before else "chưa có kỳ so sánh"]


def kinds(calendar: str = "solar") -> dict[str, str]:
    """The kinds of periods that can be chosen, with their names."""
    return KINDS | (SINCE_JANUARY if offered(calendar, "cumulative") else {})


def offered(calendar: str, kind: str) -> dict[str, str]:
    """The titles of a calendar's periods of one kind by code, newest first; empty if there are none."""
    periods = queries.load("periods", calendar=calendar)
    return periods[periods["kind"] == kind].set_index("period_code")["title"].to_dict()


def usual_kind() -> str:
    """The kind of period that pages open with: quarters, or months while of no quarter enough is known."""
    periods = queries.load("periods", calendar="solar")
    known = set(periods.loc[periods["is_known"], "kind"])
    return next((kind for kind in ("quarter", "month") if kind in known), "quarter")


def newest_known(calendar: str, kind: str) -> str:
    """The code of the newest period of which enough dossiers are known; of the newest one if of none."""
    periods = queries.load("periods", calendar=calendar)
    ours = periods[periods["kind"] == kind]
    return [*ours.loc[ours["is_known"], "period_code"], *ours["period_code"]][0]


def chosen(calendar: str, code: str, compare: str) -> Period:
    """A period by its code. Raises KeyError if the calendar has no such period."""
    periods = queries.load("periods", calendar=calendar).set_index("period_code")
    row = periods.loc[code]
    before = row["previous_code"] if compare == "previous" else row["last_year_code"]
    known = isinstance(before, str) and before in periods.index
    return Period(
        calendar=calendar,
        kind=row["kind"],
        code=code,
        title=row["title"],
        start_on=row["start_on"],
        end_on=row["end_on"],
        judged_on=row["judged_on"],
        is_partial=bool(row["is_partial"]),
        before=before if known else "",
        before_title=periods.loc[before, "title"] if known else "",
        compare=compare,
        scope=row["scope"],
    )
