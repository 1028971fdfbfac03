"""Adds holidays of further years to data/reference/holiday.csv, from the package `holidays` (requirements-dev.txt).

python -m data.holiday_table [LAST_YEAR]

The law names the holidays and the lunar calendar dates them. The five days of Tết, the additional day of 2 September
and moved working days are announced each year, so the package's dates of future years are unverified. Rows written or
corrected by hand stay unchanged; only rows with the package's name as source are regenerated.
"""

from __future__ import annotations

import csv
import sys
from datetime import date, timedelta
from pathlib import Path

import holidays

TABLE = Path(__file__).parent / "reference" / "holiday.csv"
LAST_YEAR = 2027
COLUMNS = ("holiday_on", "name", "kind", "source", "status")
_PACKAGE = f"Gói holidays {holidays.__version__}"
_BY_LAW = f"{_PACKAGE}: ngày do Điều 112 Bộ luật Lao động 2019 ấn định, nghỉ bù theo Điều 111"
_EXPECTED = f"{_PACKAGE}: dự kiến, chưa đối chiếu thông báo nghỉ lễ của năm"
_BY_HAND = f"Bảng ngày nghỉ có từ trước; mọi ngày trong tuần khớp gói holidays {holidays.__version__}"
# Holidays that need no announcement: their names start with these texts.
_FIXED = ("Tết Dương lịch", "Ngày Giỗ Tổ Hùng Vương", "Ngày Chiến thắng", "Ngày Quốc tế Lao động")


def known(path: Path = TABLE) -> list[dict[str, str]]:
    """The rows of the table, in file order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: row.get(name) or "" for name in COLUMNS} for row in csv.DictReader(file)]


def of_package(year: int) -> list[dict[str, str]]:
    """The holidays of a year and the make-up working days on weekends, according to the package."""
    calendar = holidays.country_holidays("VN", years=year, language="vi")
    off = [_row(day, name, "off") for day, name in calendar.items()]
    worked = [
        _row(day, f"Làm bù (thay cho ngày nghỉ hoán đổi của {year})", "work")
        for day in calendar.weekend_workdays
        if day.year == year
    ]
    return sorted(off + worked, key=lambda row: row["holiday_on"])


def _row(day: date, name: str, kind: str) -> dict[str, str]:
    by_law = kind == "off" and (name.startswith(_FIXED) or (day.month, day.day) == (9, 2))
    said = (_BY_LAW, "confirmed") if by_law else (_EXPECTED, "unverified")
    return dict(zip(COLUMNS, (day.isoformat(), name, kind, *said), strict=True))


def filled(rows: list[dict[str, str]], last_year: int = LAST_YEAR) -> list[dict[str, str]]:
    """The table with regenerated rows for the years after the handwritten ones, up to the last year."""
    kept = [
        row if row["source"] else row | {"source": _BY_HAND, "status": "confirmed"}
        for row in rows
        if not row["source"].startswith("Gói holidays")
    ]
    written = {row["holiday_on"][:4] for row in kept}
    first = int(max(written)) + 1 if written else last_year
    made = [row for year in range(first, last_year + 1) for row in of_package(year)]
    return sorted(kept + made, key=lambda row: row["holiday_on"])


def differing(rows: list[dict[str, str]]) -> dict[str, str]:
    """Holidays on which a table and the package differ, and which of the two has it; includes weekends."""
    years = sorted({int(row["holiday_on"][:4]) for row in rows})
    ours = {row["holiday_on"] for row in rows if row["kind"] == "off"}
    theirs = {row["holiday_on"] for year in years for row in of_package(year) if row["kind"] == "off"}
    return {day: "table" if day in ours else "package" for day in sorted(ours ^ theirs)}


def weekdays(year: int) -> list[date]:
    """Monday to Friday of a year."""
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    return [day for day in days if day.year == year and day.weekday() < 5]


def main() -> None:
    """Rewrite the table, and print the differences between it and the package."""
    rows = filled(known(), int(sys.argv[1]) if len(sys.argv) > 1 else LAST_YEAR)
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
    for day, who in differing(rows).items():
        print(f"{day}: only in the {who}")


if __name__ == "__main__":
    main()
