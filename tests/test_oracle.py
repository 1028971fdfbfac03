"""The oracle, checked with cases computed by hand. March 2024: the 1st is a Friday, the 4th a Monday."""

import csv
from datetime import date, datetime

import pytest

from tests import oracle

REFERENCE = {
    "unit": [
        {"unit_code": "597", "valid_from": "2000-01-01", "kind": "district", "parent_code": "60"},
        {"unit_code": "597-MC", "valid_from": "2000-01-01", "kind": "district_office", "parent_code": "597"},
        {"unit_code": "23059", "valid_from": "2000-01-01", "kind": "commune", "parent_code": "597"},
        {"unit_code": "23062", "valid_from": "2000-01-01", "kind": "commune", "parent_code": "597"},
        {"unit_code": "23065", "valid_from": "2000-01-01", "kind": "commune", "parent_code": "597"},
        {"unit_code": "23068", "valid_from": "2000-01-01", "kind": "commune", "parent_code": "597"},
        {"unit_code": "23059", "valid_from": "2025-07-01", "kind": "commune", "parent_code": "68"},
        {"unit_code": "22933", "valid_from": "2025-07-01", "kind": "commune", "parent_code": "68"},
    ],
    "procedure": [
        {"procedure_code": "P5", "service_level": "full", "statutory_days": "5", "paper_result": "true"},
        {"procedure_code": "P0", "service_level": "partial", "statutory_days": "0", "paper_result": "false"},
    ],
    "holiday": [
        {"holiday_on": "2024-04-18", "name": "Giỗ Tổ", "kind": "off"},
        {"holiday_on": "2024-04-29", "name": "hoán đổi", "kind": "off"},
        {"holiday_on": "2024-04-30", "name": "30/4", "kind": "off"},
        {"holiday_on": "2024-05-01", "name": "1/5", "kind": "off"},
        {"holiday_on": "2024-05-04", "name": "làm bù", "kind": "work"},
    ],
    "indicator": [
        dict(
            zip(
                ("indicator_code", "direction", "weight", "limit_value", "frequency", "aggregate"),
                one,
                strict=True,
            )
        )
        for one in (
            ("T01", "context", "0", "", "month", "sum"),
            ("T05", "up", "16", "", "month", "ratio"),
            ("T06", "down", "4", "20", "month", "ratio"),
            ("T14", "up", "8", "", "month", "ratio"),
            ("C01", "up", "8", "", "year", "direct"),
            ("S04", "up", "4", "", "quarter", "ratio"),
            ("S08", "up", "0", "", "month", "sum"),
        )
    ],
    "indicator_target": [
        {"indicator_code": "T05", "year": "2024", "scope": "commune", "target": "100", "alert": "95"},
        {"indicator_code": "T06", "year": "2024", "scope": "commune", "target": "0"},
        {"indicator_code": "T14", "year": "2024", "scope": "commune", "target": "50"},
        {"indicator_code": "C01", "year": "2024", "scope": "commune", "target": "80"},
        {"indicator_code": "S04", "year": "2024", "scope": "commune", "target": "80"},
        {"indicator_code": "T14", "year": "2024", "scope": "district", "target": "60"},
    ],
    "setting": [{"setting_code": "anything", "value": "1"}],
}
COLUMNS = {
    "unit": ("unit_code", "valid_from", "kind", "parent_code"),
    "procedure": ("procedure_code", "service_level", "statutory_days", "paper_result"),
    "holiday": ("holiday_on", "name", "kind"),
    "indicator": ("indicator_code", "direction", "weight", "limit_value", "frequency", "aggregate"),
    "indicator_target": ("indicator_code", "year", "scope", "target", "alert"),
    "setting": ("setting_code", "value"),
}
PLAIN = {"unit_code": "23059", "procedure_code": "P5", "state": "processing", "received_at": "2024-03-04"}


def write(path, lines, columns=None):
    columns = columns or list(dict.fromkeys(name for line in lines for name in line))
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, columns)
        out.writeheader()
        out.writerows(lines)


@pytest.fixture
def load(tmp_path):
    """Read these rows; each dossier is given by its differences from a plain one."""
    reference, uploads = tmp_path / "reference", tmp_path / "uploads"
    reference.mkdir()
    uploads.mkdir()
    for table, lines in REFERENCE.items():
        write(reference / f"{table}.csv", lines, COLUMNS[table])

    def read(*dossiers, kpi=(), until=None, guessed=False):
        """until: the day up to which everything is known; by default that of the newest event."""
        covers = None
        if dossiers:
            blank = {name: "" for names in oracle.NEEDS.values() for name in names}
            blank |= {name: "" for given in dossiers for name in given}
            numbered = [{**blank, "dossier_code": f"H{i}", **PLAIN, **given} for i, given in enumerate(dossiers)]
            write(uploads / "a.csv", numbered)
            newest = oracle.guess(numbered).as_of
            units = frozenset(row["unit_code"] for row in REFERENCE["unit"])
            last = date.fromisoformat(until) if until else newest
            covers = None if guessed else {"a.csv": oracle.Coverage(units, date(2023, 1, 1), last, "all", last)}
        names = ("unit_code", "indicator_code", "period", "value", "numerator", "denominator")
        write(uploads / "k.csv", [dict(zip(names, one, strict=False)) for one in kpi], names)
        return oracle.read(uploads, reference, covers)

    return read


DAYS = oracle.WorkingDays(
    off=[date(2024, 4, 18), date(2024, 4, 29), date(2024, 4, 30), date(2024, 5, 1)], work=[date(2024, 5, 4)]
)


def at(text):
    return datetime.fromisoformat(text) if text else None


def value(data, code, period="2024-03", unit="23059"):
    return oracle.indicator(data, unit, "solar", period, code)[2]


def fraction(data, code, period="2024-03", unit="23059"):
    return oracle.indicator(data, unit, "solar", period, code)[:2]


# ---------------------------------------------------------------------------------- working days


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2024-03-04", 5, "2024-03-11"),  # over a weekend
        ("2024-03-01", 1, "2024-03-04"),
        ("2024-03-02", 1, "2024-03-04"),  # from a Saturday
        ("2024-03-02", 0, "2024-03-02"),  # nothing added: the day itself
        ("2024-04-17", 1, "2024-04-19"),  # over Giỗ Tổ
        ("2024-04-26", 1, "2024-05-02"),  # over four days off
        ("2024-04-26", 3, "2024-05-04"),  # the Saturday worked in exchange
        ("2024-04-26", 4, "2024-05-06"),
    ],
)
def test_add_working_days(start, days, end):
    assert DAYS.add(date.fromisoformat(start), days) == date.fromisoformat(end)


def test_working_days_between():
    assert DAYS.between(date(2024, 3, 8), date(2024, 3, 11)) == 1
    assert DAYS.between(date(2024, 3, 8), date(2024, 3, 10)) == 0
    assert DAYS.between(date(2024, 4, 26), date(2024, 5, 4)) == 3


@pytest.mark.parametrize(
    ("event", "last", "too_late"),
    [
        ("2024-03-05 10:00:00", "2024-03-06 10:00:00", "2024-03-06 10:00:01"),
        ("2024-03-05 12:10:00", "2024-03-06 13:30:00", "2024-03-06 13:30:01"),  # lunch → 13:30
        ("2024-03-05 17:30:00", "2024-03-07 07:00:00", "2024-03-07 07:00:01"),  # evening → next 07:00
        ("2024-03-05 06:00:00", "2024-03-06 07:00:00", "2024-03-06 07:00:01"),  # before opening
        ("2024-03-08 16:00:00", "2024-03-11 16:00:00", "2024-03-11 16:00:01"),  # Friday → Monday
        ("2024-03-08 18:00:00", "2024-03-12 07:00:00", "2024-03-12 07:00:01"),  # Friday evening
        ("2024-03-09 09:00:00", "2024-03-12 07:00:00", "2024-03-12 07:00:01"),  # Saturday
        ("2024-04-17 09:00:00", "2024-04-19 09:00:00", "2024-04-19 09:00:01"),  # over a holiday
        ("2024-03-08", "2024-03-11 20:00:00", "2024-03-12 00:00:00"),  # a date: the whole next day
        ("2024-03-09", "2024-03-11", "2024-03-12"),
        ("2024-03-05 17:30:00", "2024-03-06", "2024-03-07"),  # a date recorded: dates only
    ],
)
def test_recorded_within_eight_working_hours(event, last, too_late):
    assert oracle.recorded_in_time(DAYS, at(event), at(last))
    assert not oracle.recorded_in_time(DAYS, at(event), at(too_late))


def test_recorded_before_the_event_is_in_time():
    assert oracle.recorded_in_time(DAYS, at("2024-03-05 10:00:00"), at("2024-03-04 09:00:00"))


@pytest.mark.parametrize(
    ("apology", "due", "timely"),
    [
        ("2024-03-08", "2024-03-11", True),  # Friday before a Monday
        ("2024-03-09", "2024-03-11", True),  # Saturday counts as its Friday
        ("2024-03-11", "2024-03-11", False),  # the same day
        ("2024-03-12", "2024-03-11", False),
        ("2024-04-17", "2024-04-19", True),  # the day between is off
        ("2024-03-08", "2024-03-09", False),  # due on a Saturday: no working day between
    ],
)
def test_apology_one_working_day_before(apology, due, timely):
    assert oracle.apology_in_time(DAYS, date.fromisoformat(apology), date.fromisoformat(due)) is timely


# -------------------------------------------------------------------------------- ended dossiers


@pytest.mark.parametrize(
    ("end", "due", "requested", "completed", "verdict", "adjusted"),
    [
        ("2024-03-07", "2024-03-08", "", "", "early", "2024-03-07"),
        ("2024-03-08", "2024-03-08", "", "", "on_time", "2024-03-08"),
        ("2024-03-09", "2024-03-08", "", "", "late", "2024-03-09"),
        # times compared with times
        ("2024-03-08 09:00:00", "2024-03-08 10:00:00", "", "", "on_time", "2024-03-08"),
        ("2024-03-08 10:00:00", "2024-03-08 10:00:00", "", "", "on_time", "2024-03-08"),
        ("2024-03-08 10:00:01", "2024-03-08 10:00:00", "", "", "late", "2024-03-08"),
        ("2024-03-07 23:59:59", "2024-03-08 10:00:00", "", "", "early", "2024-03-07"),
        ("2024-03-09 00:30:00", "2024-03-08 17:00:00", "", "", "late", "2024-03-09"),  # after midnight
        # a date on one side: compare dates
        ("2024-03-08 16:59:00", "2024-03-08", "", "", "on_time", "2024-03-08"),
        ("2024-03-08", "2024-03-08 08:00:00", "", "", "on_time", "2024-03-08"),
        ("2024-03-09 00:30:00", "2024-03-08", "", "", "late", "2024-03-09"),  # after midnight
        # supplement time subtracted
        ("2024-03-13", "2024-03-11", "2024-03-06", "2024-03-08", "on_time", "2024-03-11"),
        ("2024-03-14", "2024-03-11", "2024-03-06", "2024-03-08", "late", "2024-03-12"),
        ("2024-03-12", "2024-03-11", "2024-03-06", "2024-03-08", "early", "2024-03-10"),
        (
            "2024-03-13 10:00:00",
            "2024-03-11 10:00:00",
            "2024-03-06 08:00:00",
            "2024-03-08 08:00:00",
            "on_time",
            "2024-03-11",
        ),
        (
            "2024-03-13 10:00:00",
            "2024-03-11 10:00:00",
            "2024-03-06 08:00:01",
            "2024-03-08 08:00:00",
            "late",
            "2024-03-11",
        ),
        # one of the two moments is a date, so whole days come off: 13 − (8 − 6) = 11, at the same hour
        (
            "2024-03-13 10:00:00",
            "2024-03-11 08:00:00",
            "2024-03-06",
            "2024-03-08 08:00:00",
            "late",
            "2024-03-11",
        ),
        (
            "2024-03-13 10:00:00",
            "2024-03-11 10:00:00",
            "2024-03-06",
            "2024-03-08 08:00:00",
            "on_time",
            "2024-03-11",
        ),
        # never completed, or completed before it was requested: nothing subtracted
        ("2024-03-13", "2024-03-11", "2024-03-06", "", "late", "2024-03-13"),
        ("2024-03-13", "2024-03-11", "2024-03-08", "2024-03-06", "late", "2024-03-13"),
    ],
)
def test_ended(end, due, requested, completed, verdict, adjusted):
    judged = oracle.judge_ended(at(end), at(due), at(requested), at(completed))
    assert judged == (verdict, date.fromisoformat(adjusted))


def test_end_takes_the_first_of_result_return_refusal_withdrawal(load):
    stamps = {
        "withdrawn_at": "2024-03-05",
        "ineligible_returned_at": "2024-03-06",
        "returned_at": "2024-03-07",
        "processed_at": "2024-03-08",
    }
    columns = list(stamps)
    data = load(*({name: stamps[name] for name in columns[: n + 1]} for n in range(4)))
    assert [one.end_day.day for one in data.dossiers["23059"]] == [5, 6, 7, 8]
    assert [one.finished for one in data.dossiers["23059"]] == [False, False, True, True]


def test_no_due_date_means_the_statutory_days(load):
    data = load(
        {"processed_at": "2024-03-11 16:00:00"},  # 5 working days from Monday the 4th: Monday the 11th
        {"processed_at": "2024-03-12 08:00:00"},
        {"procedure_code": "P0", "received_at": "2024-03-04 08:00:00", "processed_at": "2024-03-04 16:00:00"},
        {"received_at": "2024-04-16", "processed_at": "2024-04-24"},  # Giỗ Tổ on the 18th
    )
    dossiers = data.dossiers["23059"]
    assert [one.verdict for one in dossiers] == ["on_time", "late", "on_time", "on_time"]
    assert [one.due_day for one in dossiers] == [
        date(2024, 3, 11),
        date(2024, 3, 11),
        date(2024, 3, 4),
        date(2024, 4, 24),
    ]


# --------------------------------------------------------------------------------- open dossiers


@pytest.mark.parametrize(
    ("given", "day", "late", "measured"),
    [
        ({"due_at": "2024-03-08"}, "2024-03-08", False, "2024-03-08"),  # due today
        ({"due_at": "2024-03-08 08:00:00"}, "2024-03-08", True, "2024-03-08"),  # its hour is over
        ({"due_at": "2024-03-09 08:00:00"}, "2024-03-08", False, "2024-03-08"),
        ({"due_at": "2024-03-08"}, "2024-03-09", True, "2024-03-09"),
        # waiting, asked once: judged on the day of the request
        (
            {"due_at": "2024-03-08", "supplement_requested_at": "2024-03-07", "supplement_count": "1"},
            "2024-03-29",
            False,
            "2024-03-07",
        ),
        (
            {"due_at": "2024-03-08", "supplement_requested_at": "2024-03-11", "supplement_count": "1"},
            "2024-03-29",
            True,
            "2024-03-11",
        ),
        # waiting, asked twice: overdue
        (
            {"due_at": "2024-03-08", "supplement_requested_at": "2024-03-07", "supplement_count": "2"},
            "2024-03-07",
            True,
            "2024-03-07",
        ),
        # not requested yet on that day; already answered on that day; answered later
        ({"due_at": "2024-03-08", "supplement_requested_at": "2024-03-11"}, "2024-03-10", True, "2024-03-10"),
        (
            {
                "due_at": "2024-03-08",
                "supplement_requested_at": "2024-03-07",
                "supplement_completed_at": "2024-03-12 09:00:00",
            },
            "2024-03-12",
            True,
            "2024-03-12",
        ),
        (
            {
                "due_at": "2024-03-08",
                "supplement_requested_at": "2024-03-07",
                "supplement_completed_at": "2024-03-12 09:00:00",
            },
            "2024-03-11",
            False,
            "2024-03-07",
        ),
    ],
)
def test_open(load, given, day, late, measured):
    dossier = load(given).dossiers["23059"][0]
    judged = oracle.judge_open(dossier, date.fromisoformat(day))
    assert judged == (late, date.fromisoformat(measured))


def test_open_is_judged_on_the_newest_day_inside_the_period(load):
    dossiers = {"due_at": "2024-03-20"}, {"processed_at": "2024-03-20", "due_at": "2024-03-20"}
    data = load(*dossiers)
    assert oracle.as_of(data) == date(2024, 3, 20)
    assert fraction(data, "T06") == (0, 1)
    assert fraction(load(*dossiers, until="2024-03-21"), "T06") == (1, 1)
    data = load(*dossiers, until="2024-12-31")
    assert fraction(data, "T06") == (1, 1)
    assert fraction(data, "T07") == (7, 1)  # up to 29 March, not to December


def test_as_of_takes_every_event_but_no_promise(load):
    data = load(
        {"status_updated_at": "2024-03-21 08:00:00", "due_at": "2024-05-01", "rescheduled_at": "2024-06-01"},
        {"state": "not_accepted", "received_at": "", "ineligible_returned_at": "2024-03-22"},
        guessed=True,
    )
    assert oracle.as_of(data) == date(2024, 3, 22)


# --------------------------------------------------------------------------------------- periods


@pytest.mark.parametrize(
    ("calendar", "kind", "code", "start", "end"),
    [
        ("solar", "month", "2024-02", "2024-02-01", "2024-02-29"),
        ("solar", "month", "2024-12", "2024-12-01", "2024-12-31"),
        ("solar", "quarter", "2024-Q4", "2024-10-01", "2024-12-31"),
        ("solar", "half", "2024-H1", "2024-01-01", "2024-06-30"),
        ("solar", "year", "2024", "2024-01-01", "2024-12-31"),
        ("reporting", "month", "2024-01", "2023-12-15", "2024-01-14"),
        ("reporting", "month", "2024-12", "2024-11-15", "2024-12-14"),
        ("reporting", "quarter", "2024-Q1", "2023-12-15", "2024-03-14"),
        ("reporting", "half", "2024-H2", "2024-06-15", "2024-12-14"),
        ("reporting", "year", "2024", "2023-12-15", "2024-12-14"),
    ],
)
def test_periods(calendar, kind, code, start, end):
    expected = date.fromisoformat(start), date.fromisoformat(end)
    assert oracle.periods(calendar, kind, code) == expected


@pytest.mark.parametrize(
    ("calendar", "period", "as_of", "other", "start", "end"),
    [
        ("solar", "2024-Q4", "2024-11-20", "2024-Q3", "2024-07-01", "2024-08-20"),
        ("solar", "2024-Q4", "2024-11-20", None, "2024-10-01", "2024-11-20"),
        ("solar", "2024-03", "2024-03-30", "2024-02", "2024-02-01", "2024-02-29"),  # a shorter month
        ("solar", "2024-Q1", "2024-03-31", "2023-Q4", "2023-10-01", "2023-12-31"),  # whole: not cut
        ("reporting", "2024-12", "2024-12-05", "2024-11", "2024-10-15", "2024-11-04"),  # offset 20 days
    ],
)
def test_cut(calendar, period, as_of, other, start, end):
    held = oracle.cut(calendar, period, date.fromisoformat(as_of), other)
    assert (held.start, held.end) == (date.fromisoformat(start), date.fromisoformat(end))


# ----------------------------------------------------------------------------- one small district


@pytest.fixture
def month(load):
    """March 2024 of one commune, counted by hand."""
    return load(
        # carried over and finished two working days late; letter on the day before the due date; rescheduled twice
        {
            "received_at": "2024-02-26",
            "due_at": "2024-03-04",
            "processed_at": "2024-03-06",
            "state": "returned",
            "apology_at": "2024-03-01",
            "reschedule_count": "2",
            "digitised_out": "true",
        },
        # online, early
        {
            "channel": "online",
            "received_at": "2024-03-04",
            "processed_at": "2024-03-06",
            "state": "processed",
            "fee_required": "true",
            "online_payment": "agency_gateway",
            "digitised_in": "true",
        },
        # postal, on time, no paper result
        {
            "channel": "postal",
            "procedure_code": "P0",
            "received_at": "2024-03-05",
            "returned_at": "2024-03-05",
            "state": "returned",
            "digitised_in": "true",
            "fee_required": "true",
            "fee_zero": "true",
            "online_payment": "national_portal",
        },
        # open, late since the 11th, letter after the due date, bad rating
        {
            "received_at": "2024-03-04",
            "apology_at": "2024-03-13",
            "complaint": "true",
            "reschedule_count": "1",
        },
        # open and in time; it ends in April
        {"received_at": "2024-03-28", "processed_at": "2024-04-02", "state": "processed"},
        # withdrawn: resolved, on time; bad rating
        {
            "received_at": "2024-03-04",
            "withdrawn_at": "2024-03-11",
            "state": "withdrawn",
            "rating": "dissatisfied",
        },
        # ineligible, returned one day late; no letter
        {"received_at": "2024-03-04", "ineligible_returned_at": "2024-03-12", "state": "stopped"},
        # none of these is accepted; one is refused at the counter in March
        {"state": "registered", "received_at": ""},
        {"state": "not_accepted", "received_at": "", "ineligible_returned_at": "2024-03-15"},
        # before and after
        {"received_at": "2024-02-01", "processed_at": "2024-02-29", "state": "returned"},
        {"received_at": "2024-04-01"},
        # another unit of the district
        {"unit_code": "597-MC", "received_at": "2024-03-05", "processed_at": "2024-03-06"},
    )


def test_form_six(month):
    assert oracle.counts(month, "23059", "solar", "2024-03") == {
        "total": 7,
        "online": 1,
        "direct_postal": 5,
        "carried_over": 1,
        "resolved": 5,
        "early": 1,
        "on_time": 2,
        "late": 2,
        "open": 2,
        "open_in_time": 1,
        "open_late": 1,
    }
    district = oracle.counts(month, "597", "solar", "2024-03")
    assert (district["total"], district["early"]) == (8, 2)
    after = oracle.counts(month, "23059", "solar", "2024-04")
    assert after["carried_over"] == 2  # what was open at the end of March


@pytest.mark.parametrize(
    ("code", "numerator", "denominator"),
    [
        ("T01", 6, None),
        ("T02", 7, None),
        ("T03", 3, 5),
        ("T04", 1, 2),
        ("T05", 4, 7),
        ("T06", 1, 2),
        ("T07", 2 + 1 + 14, 3),  # 4→6, 11→12, and 11→29 March (the last working day)
        ("T08", 2, 3),
        ("T09", 1, 2),
        ("T10", 1, 2),
        ("T11", 2, 6),
        ("T12", 0, 1),
        ("T13", 0, 6),
        ("T14", 1, 6),
        ("T15", 1, 5),
        ("T16", 1, 6),
        ("T17", 1, 1),
        ("T18", 1, 2),
        ("T19", 1, 6),
        ("T23", 7 - 3 - 2, 7),
        ("T24", 7 + 2 + 0 + 5 + 6, 5 + 5 + 0 + 5 + 5),
        ("T25", 0, 1),
    ],
)
def test_indicators(month, code, numerator, denominator):
    assert fraction(month, code) == (numerator, denominator)


def test_values(month):
    assert value(month, "T05") == pytest.approx(400 / 7)
    assert value(month, "T07") == pytest.approx(17 / 3)
    assert value(month, "T01") == 6
    assert value(month, "T05", unit="23062") is None
    assert value(month, "T01", unit="23062") is None  # without any dossier nothing is known


def test_letter_of_an_open_dossier_counts_from_its_day(load):
    data = load({"received_at": "2024-03-04", "apology_at": "2024-04-02"})
    assert fraction(data, "T08") == (0, 1)
    assert fraction(data, "T08", "2024-04") == (1, 1)


def test_letter_of_a_late_resolved_dossier_has_no_last_day(load):
    data = load({"received_at": "2024-03-04", "processed_at": "2024-03-12", "apology_at": "2024-04-02"})
    assert fraction(data, "T08") == (1, 1)


def test_ineligible_before_the_day_it_was_due(load):
    """On the last day it is too late, at whatever hour; without its own date a dossier was given back on its end."""
    stopped = {"state": "stopped", "received_at": "2024-03-04"}
    data = load(
        {**stopped, "due_at": "2024-03-08 10:00:00", "ineligible_returned_at": "2024-03-07 23:59:00"},
        {**stopped, "due_at": "2024-03-08 10:00:00", "processed_at": "2024-03-07"},
        {**stopped, "due_at": "2024-03-08 10:00:00", "returned_at": "2024-03-08"},
        {**stopped, "due_at": "2024-03-08 10:00:00", "ineligible_returned_at": "2024-03-08 10:00:00"},
        {**stopped, "due_at": "2024-03-08 10:00:00", "ineligible_returned_at": "2024-03-08 10:01:00"},
        {**stopped, "due_at": "2024-03-08", "ineligible_returned_at": "2024-03-08 10:01:00"},
        {
            **stopped,
            "due_at": "2024-03-08",
            "ineligible_returned_at": "2024-03-11",
            "supplement_requested_at": "2024-03-05",
            "supplement_completed_at": "2024-03-08",
        },
    )
    assert fraction(data, "T12") == (2, 7)


def test_status_kept_up_at_intake_and_at_the_end(load):
    data = load(
        {"received_at": "2024-03-05 09:00:00", "intake_recorded_at": "2024-03-06 09:00:00"},
        {"received_at": "2024-03-05 09:00:00", "intake_recorded_at": "2024-03-06 09:01:00"},
        {"received_at": "2024-03-05", "processed_at": "2024-03-06"},  # done on paper, still "processing"
        {"received_at": "2024-03-05", "processed_at": "2024-03-06", "state": "returned"},  # no event
        {
            "received_at": "2024-03-05",
            "processed_at": "2024-03-08",
            "status_updated_at": "2024-03-11",
            "state": "returned",
        },
    )
    assert fraction(data, "T22") == (2, 4)


# -------------------------------------------------------------------------- reported observations


def test_window_of_an_observation(load):
    data = load(
        kpi=[
            ("23059", "S04", "2023-Q4", "70"),
            ("23059", "S04", "2024-Q1", "75"),
            ("23059", "C01", "2023", "81"),
            ("23062", "S04", "2024-12", "1"),  # the data go to the end of the year
        ]
    )
    expected = {
        ("S04", "2024-02"): 70,  # a quarter's value is valid for the three months after the previous quarter
        ("S04", "2024-03"): 75,
        ("S04", "2024-05"): 75,
        ("S04", "2024-06"): None,
        ("S04", "2024-Q1"): 75,
        ("S04", "2024-Q2"): None,
        ("S04", "2024"): 75,  # anything inside the year
        ("C01", "2024-11"): 81,
        ("C01", "2024-12"): None,
        ("C01", "2024"): None,
        ("C01", "2023-11"): None,  # not known yet
        ("C01", "2023-12"): 81,
    }
    assert {key: value(data, *key) for key in expected} == expected
    assert oracle.indicator(data, "23059", "reporting", "2024-05", "S04")[2] == 75


def test_district_takes_its_own_else_the_communes(load):
    seen = [
        ("23059", "S04", "2024-Q1", "", "30", "40"),
        ("23062", "S04", "2024-Q1", "", "10", "60"),
        ("23059", "S08", "2024-03", "3"),
        ("23062", "S08", "2024-03", "4"),
        ("23059", "C01", "2024", "90"),
    ]
    data = load(kpi=seen)
    assert value(data, "S04") == 75
    assert oracle.indicator(data, "597", "solar", "2024-03", "S04") == (40, 100, 40)
    assert value(data, "S08", unit="597") == 7
    assert value(data, "C01", "2024", unit="597") is None
    data = load(kpi=[*seen, ("597", "S04", "2024-01", "55")])
    assert value(data, "S04", unit="597") == 55


# ---------------------------------------------------------------------------------------- scoring


def test_score_up_and_down():
    assert oracle.score("up", 45, 50, None) == 0.9
    assert oracle.score("up", 60, 50, None) == 1
    assert oracle.score("down", 0, 0, 20) == 1
    assert oracle.score("down", 5, 0, 20) == 0.75
    assert oracle.score("down", 30, 0, 20) == 0
    assert oracle.score("up", None, 50, None) is None
    assert oracle.score("context", 5, None, None) is None


def test_total_redistributes_the_weight_of_what_is_missing(load):
    # T05 100 %, T06 no open dossier, T14 0 of 50, C01 60 of 80, S04 missing
    data = load({"received_at": "2024-03-04", "processed_at": "2024-03-06"}, kpi=[("23059", "C01", "2024", "60")])
    total, coverage = oracle.total_score(data, "23059", "solar", "2024")
    assert total == pytest.approx(100 * (16 * 1 + 8 * 0 + 8 * 0.75) / 32)
    assert coverage == pytest.approx(100 * 32 / 40)
    # nothing received: only C01 is known
    assert oracle.total_score(data, "23062", "solar", "2024") == (None, 0)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("context", 5, None), "context"),
        (("up", 5, None), "context"),
        (("up", None, 50), "missing"),
        (("up", 50, 50), "met"),
        (("up", 45, 50), "near"),
        (("up", 44.9, 50), "missed"),
        (("up", 95, 100, 96), "missed"),
        (("down", 0, 0, None, 20), "met"),
        (("down", 2, 0, None, 20), "near"),
        (("down", 2.1, 0, None, 20), "missed"),
        (("down", 2.1, 0, 3, 20), "near"),
    ],
)
def test_status_of(arguments, expected):
    assert oracle.status_of(*arguments) == expected


def test_status_uses_the_target_of_year_and_scope(load):
    online = {"channel": "online"}
    data = load(online, {}, {**online, "received_at": "2023-03-06"})
    assert oracle.status(data, "23059", "solar", "2024-03", "T14") == "met"  # 50 of 50
    assert oracle.status(data, "597", "solar", "2024-03", "T14") == "missed"  # 50 of 60, near from 54
    assert oracle.status(data, "23059", "solar", "2023-03", "T14") == "context"  # no target that year
    assert oracle.status(data, "23062", "solar", "2024-03", "T14") == "missing"
    assert oracle.status(data, "23059", "solar", "2024-03", "T01") == "context"


def test_low_volume():
    assert oracle.low_volume(29, "T05")
    assert not oracle.low_volume(30, "T05")
    assert oracle.low_volume(None, "T01")
    assert oracle.low_volume(5, "S04")
    assert not oracle.low_volume(None, "S08")


def test_competition_rank_with_a_tie():
    scores = {"a": (80.004, 90), "b": (91.5, 100), "c": (80.0, 80), "d": (99.0, 79.9), "e": (70.0, 100)}
    assert oracle.competition_ranks(scores) == {"b": 1, "a": 2, "c": 2, "e": 4}


def test_ranks_of_the_communes(load):
    done = {"received_at": "2024-03-04", "processed_at": "2024-03-06"}
    late = {"received_at": "2024-03-04", "processed_at": "2024-03-22"}
    units = ("23059", "23062", "23065")
    data = load(
        {**done},
        {**done, "unit_code": "23062"},
        {**late, "unit_code": "23065"},
        {**done, "unit_code": "23068"},
        kpi=[(unit, "C01", "2024", "80") for unit in units],
    )
    assert oracle.ranks(data, "solar", "2024") == {"23059": 1, "23062": 1, "23065": 3}  # 23068: coverage 60


# ---------------------------------------------------------------------------------------- reading


def test_a_later_row_replaces_an_earlier_one(load, tmp_path):
    uploads = tmp_path / "uploads"
    write(uploads / "b.csv", [{"dossier_code": "H0", **PLAIN, "processed_at": "2024-03-06", "channel": ""}])
    write(uploads / "c.csv", [{"dossier_code": "H0", "step_number": "1", "tier": "commune"}])
    write(uploads / "z.csv", [{"something": "else"}])
    data = load({"channel": "online"})
    assert [one.channel for one in data.dossiers["23059"]] == ["direct"]
    assert value(data, "T03") == 100
    assert len(data.tables["dossier_step"]) == 1
