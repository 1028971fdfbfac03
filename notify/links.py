"""Addresses of pages that name every filter: a link in a mail shows the same thing later, whatever the page's defaults are then."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from words.period import Period

_ALL = "all"


@dataclass(frozen=True)
class Links:
    """Links to the pages of one home (empty if there is only one) and period, at the dashboard's own address."""

    address: str
    home: str
    period: Period

    def account(self) -> str:
        """Where a person chooses what mail to get."""
        return f"{self.address}/account"

    def overview(self) -> str:
        """The overview."""
        return self._to("")

    def indicator(self, opens: str, unit: str, indicator: str) -> str:
        """An indicator of one unit (opens: commune), or of all (communes)."""
        if opens == "commune":
            return self._to("commune", unit=unit, indicator=indicator)
        return self._to("communes", indicator=indicator)

    def late(self, unit: str) -> str:
        """The late dossiers of a unit, counted."""
        return self._to("overdue", unit=unit, field=_ALL, channel=_ALL)

    def dossiers(self, unit: str, subset: str, sort: str) -> str:
        """A list of dossiers."""
        return self._to("dossier_list", unit=unit, field=_ALL, channel=_ALL, subset=subset, sort=sort, page="1")

    def apologies(self, unit: str) -> str:
        """The dossiers that need an apology letter."""
        terms = {"kinds": "late,likely", "days": "5", "reason": "by_hand"}
        return self._to("letters", part="apology", unit=unit, field=_ALL, channel=_ALL, **terms)

    def tasks(self, unit: str) -> str:
        """The tasks of a unit that are not done; empty: of all units."""
        return self._to("commitments", unit=unit or _ALL, state="running")

    def sent(self, table: str, month: str, unit: str) -> str:
        """Who has sent a table in the twelve months up to one."""
        return self._at("data_health", self._home() | {"table": table, "until": month, "unit": unit})

    def _to(self, to_page: str, /, **filters: str) -> str:
        period = self.period
        kept = {"calendar": period.calendar, "kind": period.kind, "period": period.code, "compare": period.compare}
        return self._at(to_page, self._home() | kept | filters)

    def _home(self) -> dict[str, str]:
        return {"home": self.home} if self.home else {}

    def _at(self, page: str, filters: dict[str, str]) -> str:
        return f"{self.address}/{page}?{urlencode(filters)}"
