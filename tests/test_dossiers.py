"""Every figure about dossiers equals the number of rows of its list, and both equal plain Python's count."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import queries
from tests import oracle
from tests.test_figures import PERIODS
from words.columns import written

# A list → the sum over the cube from which the pages' figures come.
CUBE = {
    "handled": "carried_over + received",
    "carried_over": "carried_over",
    "received": "received",
    "received_online": "CASE WHEN channel = 'online' THEN received ELSE 0 END",
    "received_direct": "CASE WHEN channel <> 'online' THEN received ELSE 0 END",
    "received_postal": "CASE WHEN channel = 'postal' THEN received ELSE 0 END",
    "received_full": "received_full",
    "online_base": "online_base",
    "online_counted": "online_counted",
    "resolved": "resolved_early + resolved_on_time + resolved_late",
    "resolved_early": "resolved_early",
    "resolved_on_time": "resolved_on_time",
    "resolved_late": "resolved_late",
    "open_total": "open_total",
    "open_in_time": "open_total - open_late",
    "open_late": "open_late",
    "open_waiting": "open_waiting",
    "unclear": "unclear",
    "late": "resolved_late + open_late",
    "late_apologised": "resolved_late_apology + open_late_apology",
    "apology_timely": "resolved_late_apology_timely + open_late_apology_timely",
    "rescheduled_repeat": "resolved_late_rescheduled_repeat + open_late_rescheduled_repeat",
    "ineligible": "ineligible_returned",
    "fee_due": "fee_due",
    "paid_online": "paid_online",
    "digitised": "digitised",
    "reused": "reused",
    "result_electronic": "result_electronic",
}
# A list → its name in the oracle.
ORACLE = {
    "handled": "handled", "carried_over": "carried", "received": "received", "received_online": "online",
    "received_postal": "postal", "received_full": "full", "received_full_online": "full_online",
    "resolved": "resolved", "resolved_early": "early", "resolved_on_time": "on_time", "resolved_late": "late",
    "open_total": "open", "open_late": "open_late", "late": "all_late", "late_apologised": "apologised",
    "apology_timely": "apologised_timely", "rescheduled_repeat": "rescheduled_twice", "ineligible": "ineligible",
    "fee_due": "pays", "paid_online": "paid_online", "digitised": "digitised", "reused": "reused",
    "result_electronic": "results_electronic", "unclear": "unclear",
}  # fmt: skip
# Lists split into parts that add up to the whole.
WHOLE = {
    "handled": [["carried_over", "received_online", "received_direct"], ["resolved", "open_total"]],
    "resolved": [["resolved_early", "resolved_on_time", "resolved_late"]],
    "open_total": [["open_in_time", "open_late"]],
    "late": [["resolved_late", "open_late"], ["late_apologised", "late_without_apology"]],
    "open_late": [["late_1_5", "late_6_10", "late_11_30", "late_over_30"]],
    "late_apologised": [["apology_timely", "apology_untimely"]],
    "ineligible": [["ineligible_early", "ineligible_last_day", "ineligible_late"]],
}
UNITS = ["597", "23059", "23092", "597-DD", "597-MC", "23065"]


def answer(store, name: str, **chosen: str):
    """The answer of a query; filters that are not given are empty."""
    wanted = queries.question(name)
    choices = {"field": "", "channel": "", "search": "", "sort": "due_on", "page": "all", **chosen}
    if "period" in chosen:
        choices |= days_of(store, chosen["calendar"], chosen["period"])
    return queries.snapshots.reader(store).answer(
        wanted.sql, tuple(sorted((name, choices[name]) for name in wanted.parameters))
    )


def told(store, name: str, **chosen: str):
    """The same answer with sentences and texts, as on a page."""
    frame = answer(store, name, **chosen).copy(deep=False)
    frame.attrs = {"question": name}
    return written(frame)


def days_of(store, calendar: str, code: str) -> dict[str, str]:
    """The first day and the day of judgement of a period, as a page passes them."""
    periods = queries.snapshots.reader(store).answer(queries.question("periods").sql, (("calendar", calendar),))
    row = periods.set_index("period_code").loc[code]
    return {name: f"{row[name]:%Y-%m-%d}" for name in ("start_on", "judged_on")}


@pytest.fixture(scope="module")
def counted(demo_store):
    """counted(choices): the number of dossiers of each list under these filters, as a page queries it."""
    return lambda **chosen: (
        answer(demo_store, "dossier_subsets", **chosen).set_index("subset_code")["dossiers"].to_dict()
    )


def listed(demo_store, **chosen: str):
    """The whole list under these filters."""
    return answer(demo_store, "dossier_list", **chosen)


filters = st.fixed_dictionaries(
    {
        "calendar": st.sampled_from(["solar", "reporting"]),
        "period": st.sampled_from(["2023-02", "2024-Q4", "2024-H1", "2024", "2024-12", "2023-Q3"]),
        "unit": st.sampled_from(UNITS),
        "field": st.sampled_from(["", "LAND", "CIVIL", "SOCIAL"]),
        "channel": st.sampled_from(["", "online", "direct", "postal"]),
    }
)


@pytest.mark.slow
@settings(max_examples=40)
@given(chosen=filters)
def test_figures_are_counts_of_lists(snapshot, counted, chosen):
    """Each sum of the cube equals the number of rows of its list, under any filters."""
    sums = ", ".join(f"coalesce(sum({expression}), 0)" for expression in CUBE.values())
    row = snapshot.execute(
        f"""SELECT {sums} FROM service_period JOIN scope_unit ON member_code = service_period.unit_code
        WHERE scope_unit.unit_code = $unit AND calendar = $calendar AND period_code = $period AND cut = 'full'
            AND ($field = '' OR field_code = $field) AND ($channel = '' OR channel = $channel)""",
        chosen,
    ).fetchone()
    found = counted(**chosen)
    assert {name: found[name] for name in CUBE} == dict(zip(CUBE, map(int, row), strict=True))


@settings(max_examples=25)
@given(chosen=filters)
def test_lists_add_up(counted, chosen):
    """The identities of form II.06 hold, and so does every other list that is split into parts."""
    found = counted(**chosen)
    for whole, cuts in WHOLE.items():
        for parts in cuts:
            assert found[whole] == sum(found[part] for part in parts), (whole, parts)
    assert found["due_1"] <= found["due_3"] <= found["due_5"] <= found["open_in_time"]


@pytest.mark.slow
@settings(max_examples=25)
@given(chosen=filters, subset=st.sampled_from(["late", "open_late", "land_late", "paid_online", "not_closed"]))
def test_a_list_has_as_many_rows_as_it_says(demo_store, counted, chosen, subset):
    """The list contains the counted number of rows, each dossier once."""
    rows = listed(demo_store, **chosen, subset=subset)
    assert len(rows) == counted(**chosen)[subset] == rows["dossier_code"].nunique()


@pytest.mark.slow
@settings(max_examples=15)
@given(chosen=filters)
def test_a_mark_in_a_chart_is_as_long_as_its_list(demo_store, counted, chosen):
    """For causes, procedures and units, a click opens as many rows as the mark shows; no late dossier is left out."""
    found = counted(**chosen)
    causes = answer(demo_store, "late_causes", **chosen).set_index("code")["dossiers"].to_dict()
    assert causes == {code: found[code] for code in causes} and sum(causes.values()) == found["late"]
    for row in answer(demo_store, "late_procedures", **chosen).head(3).itertuples():
        assert len(listed(demo_store, **chosen, subset="late", search=row.code)) == row.late
    alone = {name: chosen[name] for name in ("calendar", "period", "unit")}
    for row in answer(demo_store, "land_units", **alone).head(3).itertuples():
        assert counted(**{**alone, "unit": row.code})["land_late"] == row.late == row.value
    for row in answer(demo_store, "land_steps", **alone).itertuples():
        assert counted(**alone)[row.code] == row.late_steps
    for subset in ("resolved", "ineligible"):
        bands = answer(demo_store, "processing_bands", **chosen, subset=subset)
        assert bands["dossiers"].tolist() == [found[code] for code in bands["code"]]
    months = answer(demo_store, "service_months", **chosen).tail(2)
    for row in months.itertuples():
        month = counted(**{**chosen, "period": row.code})
        assert (month["late"], month["open_late"], month["received"]) == (row.late, row.open_late, row.received)
    shares = answer(demo_store, "unit_share", **chosen, subset="closing_untimely", base="resolved", indicator="").head(
        3
    )
    for row in shares.itertuples():
        assert counted(**{**chosen, "unit": row.code})["closing_untimely"] == row.dossiers


@pytest.mark.parametrize(
    ("indicator", "subset", "base"), [("T14", "received_online", "received"), ("T17", "paid_online", "fee_due")]
)
@pytest.mark.parametrize(("calendar", "period"), PERIODS)
def test_online_shares_are_the_indicators(demo_store, snapshot, indicator, subset, base, calendar, period):
    """The bars of the page Trực tuyến equal the communes' indicators, with the same target."""
    chosen = {"calendar": calendar, "period": period}
    bars = answer(demo_store, "unit_share", **chosen, unit="597", indicator=indicator, subset=subset, base=base)
    shown = {row.code: (round(row.value, 9), row.target) for row in bars.itertuples()}
    rows = snapshot.execute(
        """SELECT unit_code, value, target FROM progress WHERE indicator_code = $indicator AND calendar = $calendar
        AND period_code = $period AND cut = 'full' AND scope <> 'successor' AND value > 0""",
        {**chosen, "indicator": indicator},
    ).fetchall()
    known = {unit: (round(value, 9), target) for unit, value, target in rows}
    communes = known.keys() - {"597"}
    assert len(communes) >= 10 and {code: shown[code] for code in communes} == {code: known[code] for code in communes}


@settings(max_examples=15)
@given(chosen=filters, subset=st.sampled_from(["resolved", "ineligible"]))
def test_bands_against_plain_python(demo_store, snapshot, chosen, subset):
    """The band of used statutory time of each dossier; dossiers without a time limit or without an end have none."""
    bands = answer(demo_store, "processing_bands", **chosen, subset=subset)
    span = days_of(demo_store, chosen["calendar"], chosen["period"])
    timed = snapshot.execute(
        """SELECT ended_working_days, statutory_days FROM listed_dossier($start_on, $judged_on, $subset) AS listed
        JOIN scope_unit ON member_code = listed.unit_code AND scope_unit.unit_code = $unit
        WHERE is_resolved AND statutory_days > 0
            AND ($field = '' OR field_code = $field) AND ($channel = '' OR channel = $channel)""",
        {"subset": subset, **{key: chosen[key] for key in ("unit", "field", "channel")}, **span},
    ).fetchall()
    expected = [0] * 6
    for days, allowed in timed:
        expected[sum(days > share * allowed for share in (0.25, 0.5, 0.75, 1, 1.5))] += 1
    assert bands["dossiers"].tolist() == expected


@pytest.mark.slow
@pytest.mark.parametrize(("calendar", "period"), PERIODS)
def test_lists_against_plain_python(data, counted, calendar, period):
    """Lists equal the oracle's counts for the district and each commune, and the form's four sums hold."""
    for unit in ["597", *oracle.communes(data)]:
        total = oracle.period_tally(data, unit, calendar, period)
        found = counted(calendar=calendar, period=period, unit=unit)
        assert {name: found[name] for name in ORACLE} == {name: int(total[word]) for name, word in ORACLE.items()}, unit
        for whole, cuts in WHOLE.items():
            assert all(found[whole] == sum(found[part] for part in parts) for parts in cuts), (unit, whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("calendar", "before", "period"),
    [
        ("solar", "2024-Q3", "2024-Q4"),
        ("solar", "2023", "2024"),
        ("solar", "2024-11", "2024-12"),
        ("reporting", "2024-05", "2024-06"),
        ("reporting", "2024-H1", "2024-H2"),
        ("reporting", "2024-12", "2025-01"),
    ],
)
def test_what_is_open_is_carried_over(data, counted, calendar, before, period):
    """The dossiers open at the end of a period equal those carried over into the next, for every unit."""
    for unit in ["597", "597-DD", "597-MC", *oracle.communes(data)]:
        left = counted(calendar=calendar, period=before, unit=unit)["open_total"]
        assert counted(calendar=calendar, period=period, unit=unit)["carried_over"] == left, unit


def test_pages_of_a_list(demo_store):
    """Fifty dossiers per page in one order, no duplicates, none missing; a search keeps only matches."""
    chosen = {"calendar": "solar", "period": "2024-Q4", "unit": "597", "subset": "open_late", "sort": "days_late"}
    whole = listed(demo_store, **chosen)
    pages = [listed(demo_store, **chosen, page=str(number)) for number in range(1, len(whole) // 50 + 2)]
    assert len(pages) > 1 and [len(page) for page in pages] == [*[50] * (len(pages) - 1), len(whole) % 50]
    assert [code for page in pages for code in page["dossier_code"]] == whole["dossier_code"].tolist()
    assert whole["days_late"].is_monotonic_decreasing
    code = whole["dossier_code"].iloc[3]
    assert listed(demo_store, **chosen, search=code.lower())["dossier_code"].tolist() == [code]


def test_every_list_is_tested(snapshot):
    """Every list is covered by a cube sum, the oracle or an identity; exceptions are named here."""
    covered = {*CUBE, *ORACLE, *WHOLE, *(part for cuts in WHOLE.values() for parts in cuts for part in parts)}
    known = {"due_1", "due_3", "due_5", "not_closed", "intake_untimely", "closing_untimely", "unexplained"}
    known |= {"land", "land_late", "land_open", "land_commune", "land_district", "land_province", "land_unheld"}
    # One list per chart mark: covered by test_a_mark_in_a_chart_is_as_long_as_its_list.
    marks = ("cause_", "land_step_late_", "resolved_used_", "ineligible_used_")
    named = {code for (code,) in snapshot.execute("SELECT subset_code FROM dossier_subset").fetchall()}
    assert {code for code in named if not code.startswith(marks)} == covered | known
    assert all(sum(code.startswith(mark) for code in named) >= 3 for mark in marks)


@pytest.mark.parametrize(
    ("calendar", "period", "unit", "field", "threshold"),
    [("solar", "2024-Q4", "597", "", "3"), ("reporting", "2024", "597-DD", "LAND", "1"), ("solar", "2024-12", "23059", "", "2")],
)  # fmt: skip
def test_officers_are_counts_of_the_lists(demo_store, calendar, period, unit, field, threshold):
    """A leader's figures of each officer equal the rows of three lists with the officer's code."""
    chosen = {"calendar": calendar, "period": period, "unit": unit, "field": field}
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for subset in ("handled", "late", "unexplained"):
        for row in listed(demo_store, subset=subset, **chosen).itertuples():
            if isinstance(row.officer_code, str):
                count = counts.setdefault(
                    (row.officer_code, row.unit_name), dict.fromkeys(("handled", "late", "unexplained"), 0)
                )
                count[subset] += 1
    wanted = {officer: count for officer, count in counts.items() if count["unexplained"] >= int(threshold)}
    rows = answer(demo_store, "officer_list", threshold=threshold, **chosen)
    assert {(row.officer_code, row.unit_name): {"handled": row.handled, "late": row.late, "unexplained": row.unexplained}
            for row in rows.itertuples()} == wanted  # fmt: skip
    assert len(rows) == len(wanted) > 0 and rows["unexplained"].is_monotonic_decreasing
