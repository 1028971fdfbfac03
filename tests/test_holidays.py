"""The holiday table: agrees with the package, covers whole years, and pages warn about missing years."""

from __future__ import annotations

import hashlib
import shutil
import threading
from pathlib import Path

import holidays
import pytest

from data import holiday_table
from ingest.publish import publish, rebuild
from ingest.store import build
from queries.snapshot import ROOT
from tests.test_check import sound, write

KNOWN = {
    year: holidays.country_holidays("VN", years=year, language="vi")
    for year in range(2022, holiday_table.LAST_YEAR + 1)
}
WORKED = {year: {day for day in known.weekend_workdays if day.year == year} for year, known in KNOWN.items()}
# Checksum of dates, names and kinds of 2022 to 2025, written by hand.
BY_HAND = "09b4da7a47f83398"


def test_rows_written_by_hand_are_kept():
    """Handwritten rows are unchanged, and regenerating the table changes nothing."""
    rows = holiday_table.known()
    early = [(row["holiday_on"], row["name"], row["kind"]) for row in rows if row["holiday_on"] < "2026"]
    assert len(early) == 60 and hashlib.sha256(repr(early).encode()).hexdigest()[:16] == BY_HAND
    assert holiday_table.filled(rows) == rows
    assert all(row["source"] and row["status"] in ("confirmed", "unverified") for row in rows)
    corrected = [row | {"source": "Thông báo 2026"} if row["holiday_on"] == "2026-08-31" else row for row in rows]
    assert [row["holiday_on"] for row in holiday_table.filled(corrected) if row["holiday_on"][:4] == "2026"] == [
        "2026-08-31"
    ]


@pytest.mark.parametrize("year", KNOWN)
def test_every_weekday_is_as_the_package_has_it(year):
    """Each weekday is a holiday in both or in neither, and the make-up working days agree."""
    off = {row["holiday_on"] for row in holiday_table.known() if row["kind"] == "off"}
    worked = {row["holiday_on"] for row in holiday_table.known() if row["kind"] == "work"}
    days = holiday_table.weekdays(year)
    assert len(days) in (260, 261, 262)
    assert [f"{day}" for day in days if (f"{day}" in off) != (day in KNOWN[year])] == []
    assert {day for day in worked if day.startswith(str(year))} == {f"{day}" for day in WORKED[year]}


def test_where_the_package_differs():
    """The only difference is a Saturday that our table does not list: no working day changes."""
    assert holiday_table.differing(holiday_table.known()) == {"2025-02-01": "package"}


def test_working_days_of_each_year(snapshot):
    """Working days as counted by the package: 2026 with Tết and the make-up Saturday for 31 August."""
    counted = dict(
        snapshot.execute("SELECT year(day), count(*) FROM calendar_day WHERE is_working GROUP BY ALL").fetchall()
    )
    for year, known in KNOWN.items():
        days = [day for day in holiday_table.weekdays(year) if day not in known]
        assert counted[year] == len(days) + len(WORKED[year]), year
    assert (counted[2025], counted[2026]) == (250, 249)
    assert snapshot.execute("SELECT list(year ORDER BY year) FROM holiday_year").fetchone()[0] == list(KNOWN)


@pytest.fixture
def reference(tmp_path, monkeypatch) -> Path:
    """A copy of the shipped tables, which a test may change."""
    folder = shutil.copytree(build.REFERENCE, tmp_path / "reference")
    monkeypatch.setattr(build, "REFERENCE", folder)
    return folder


def said_by_page(monkeypatch, store: Path, period: str = "2024-Q1") -> str:
    """The line under the filters of the overview."""
    from streamlit.testing.v1 import AppTest

    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120)
    page.query_params.update({"kind": "quarter", "period": period})
    page.run()
    assert not page.exception and not page.error
    for thread in threading.enumerate():  # a background thread that warms the last snapshot must end before the test
        if thread.name == "warm":
            thread.join(60)
    # In the button's box, and below it for paper.
    (line,) = {text.value.splitlines()[0].strip() for text in page.markdown if "Số liệu đến ngày" in text.value}
    return line


def test_page_says_where_the_table_ends(reference, tmp_path, monkeypatch):
    """A warning for a year after the table, before it, or incomplete; no warning if all years are known."""
    table, store = reference / "holiday.csv", tmp_path / "store"
    rows = table.read_text(encoding="utf-8").splitlines(keepends=True)

    def keep(*years: str) -> None:
        table.write_text("".join(row for row in rows if row[:4] in ("holi", *years)), encoding="utf-8")

    dossiers = [sound("dossier", 1), sound("dossier", 2, received_at="2023-03-04 08:00:00")]
    keep("2022", "2023")
    publish([write(tmp_path / "d.csv", dossiers)], store=store)
    assert "Bảng ngày nghỉ mới có đến hết năm 2023: ngày làm việc sau đó chưa trừ ngày lễ." in said_by_page(
        monkeypatch, store
    )
    assert "ngày nghỉ" not in said_by_page(monkeypatch, store, "2023-Q4")
    keep("2022", "2023", "2025")
    with table.open("a", encoding="utf-8") as file:
        file.write("2024-01-01,Tết Dương lịch,off,,\n")
    rebuild(store=store)
    assert "Bảng ngày nghỉ chưa có năm 2024: ngày làm việc của năm đó" in said_by_page(monkeypatch, store)
    shutil.copy(ROOT / "data" / "reference" / "holiday.csv", table)
    rebuild(store=store)
    assert "ngày nghỉ" not in said_by_page(monkeypatch, store)
