"""Every query in queries/*.sql: its first lines, columns, parameters, source tables."""

import csv
import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import duckdb
import pytest

import queries
from ingest.publish import publish, withdraw
from ingest.store.build import needed_columns

NAMES = sorted(path.stem for path in queries.FOLDER.glob("*.sql"))
# One reader's choices: home district, a quarter with its predecessor.
CHOICES = {
    "calendar": "solar",
    "kind": "quarter",
    "period": "2024-Q4",
    "start_on": "2024-10-01",
    "judged_on": "2024-12-31",
    "end_on": "2024-12-31",
    "before": "2024-Q3",
    "before_cut": "full",
    "unit": "597",
    "indicator": "T05",
    "group": "digital",
    "index": "par",
    "year": 2024,
    "field": "",
    "channel": "",
    "subset": "late",
    "base": "handled",
    "dimension": "unit",
    "search": "",
    "sort": "days_late",
    "page": "1",
    "threshold": "3",
    "scope": "commune",
    "criterion": "total",
    "plan": "par",
    "apology_kind": "",
    "issued_on": "2024-12-31",
    "days": "5",
    "letters": "",
    "codes": "H11.16.02-241203-0087",
    "initiative_kind": "task",
    "spread": 30,
    "units": "23059,23062",
    "moves": '[{"unit": "all", "indicator": "S07", "value": null}, {"unit": "23068", "indicator": "T14", "value": 50}]',
    "efforts": '{"T14": 4.5}',
    "table": "dossier",
    "columns": "*",
    "list": "late_without_apology",
    "later": "",
    "today": "2025-01-20",
    "sources": '[{"sender": "folder", "name": "Xã A", "every_days": 7}]',
    "uploads": '[{"order": 1, "table": "index_score", "sender": "", "name": "", "on": "2025-01-10"}]',
}
CASES = {
    "quarter of the district": {},
    "quarter against last year": {"before": "2023-Q4", "group": "service", "index": "dti"},
    "reporting month that is not over": {
        "calendar": "reporting",
        "kind": "month",
        "period": "2025-01",
        "before": "2024-12",
        "before_cut": "to_date",
        "indicator": "T14",
    },
    "first period, nothing before it": {"period": "2023-Q1", "before": "", "year": 2022, "group": "reform"},
    "small commune": {"kind": "month", "period": "2024-11", "before": "2024-10", "unit": "23065"},
    "computed monthly": {"unit": "23059", "kind": "half", "period": "2024-H1", "before": "2023-H2"},
    "reported figure": {
        "unit": "23059",
        "kind": "year",
        "period": "2024",
        "before": "2023",
        "indicator": "S04",
    },
    "online dossiers of one field": {
        "field": "CIVIL",
        "channel": "online",
        "subset": "open_late",
        "dimension": "level",
    },
    "an indicator, at its newest period": {"subset": "", "later": "newest", "period": "2024-Q2", "unit": "23059"},
    "a search, the whole list": {"subset": "handled", "search": "khai sinh", "sort": "due_on", "page": "all"},
    "points of one group, by the units of 2025": {
        "index": "dti",
        "criterion": "society",
        "scope": "successor",
        "unit": "23059@2025",
        "units": "23059@2025,22933",
        "initiative_kind": "proposal",
        "group": "",
    },
    "points of QĐ 766, everyone raised": {
        "index": "service",
        "moves": '[{"unit": "all", "indicator": "all", "value": null}]',
        "efforts": "{}",
        "sources": "[]",
        "uploads": "[]",
    },
    "the overall score, nothing moved": {"index": "all", "moves": "[]", "spread": 0},
    "no such thing": {
        "subset": "x",
        "field": "x",
        "period": "1999-Q9",
        "before": "",
        "unit": "0",
        "indicator": "X",
        "index": "x",
        "year": 1,
        "scope": "x",
        "criterion": "x",
        "plan": "x",
        "initiative_kind": "x",
        "table": "x",
        "units": "",
        "moves": '[{"unit": "x", "indicator": "x", "value": 1}]',
    },
}
# Reference data, settings and the calendar: none of their rows can be simulated.
REFERENCE = {
    "working_day",
    "event",
    "indicator",
    "unit",
    "repetition",
    "setting",
    "home",
    "home_word",
    "shown_unit",
    "foreign_unit",
    "ranked_district",
    "component",
    "portal_group",
    "class_band",
    "criterion",
    "current_unit",
    "dossier_subset",
    "indicator_need",
    "late_cause",
    "needed_column",
    "field",
    "holiday_year",
    "indicator_target",
    "procedure",
    "published_class",
    "published_figure",
    "rule",
    "scope_unit",
    "used_band",
    "score_index",
}
# Existing dates and periods: derived from the newest event, without figures.
CALENDAR = {"as_of_date", "calendar_day", "calendar_month", "period", "unit_day"}


@pytest.fixture(autouse=True)
def unpinned():
    """No snapshot is pinned before or after the test."""
    token = queries._pinned.set(None)
    yield
    queries._pinned.reset(token)


@pytest.fixture
def at_demo(demo_store, monkeypatch):
    """The simulated district as the current snapshot."""
    monkeypatch.setenv("DASHBOARD_STORE", str(demo_store))


@pytest.fixture(scope="module")
def scores_only(shared, demo_files):
    """A store with only the scores of the districts."""
    return shared("scores_only", lambda folder: publish([demo_files / "diem-chi-so.csv"], store=folder))


def names_in(node, kind, key):
    """All values of `key` in the nodes of one kind of a parsed statement."""
    if isinstance(node, list):
        return {found for part in node for found in names_in(part, kind, key)}
    if not isinstance(node, dict):
        return set()
    own = {node[key]} if node.get("type") == kind else set()
    return own | {found for part in node.values() for found in names_in(part, kind, key)}


def cte_names(node):
    """The names that WITH gives in a parsed statement."""
    if isinstance(node, list):
        return {name for part in node for name in cte_names(part)}
    if not isinstance(node, dict):
        return set()
    own = {entry["key"] for entry in node.get("cte_map", {}).get("map", [])}
    return own | {name for part in node.values() for name in cte_names(part)}


@cache
def named_in(sql):
    """The tables, views and functions that a statement uses, as parsed by DuckDB."""
    with duckdb.connect() as connection:
        tree = json.loads(connection.execute("SELECT json_serialize_sql($sql)", {"sql": sql}).fetchone()[0])
    assert not tree["error"], tree.get("error_message")
    return names_in(tree, "BASE_TABLE", "table_name") - cte_names(tree) | names_in(tree, "FUNCTION", "function_name")


def tables_read(sql, snapshot):
    """The tables that a statement reads, also through views and macros of a snapshot; and the unresolved names."""
    found, ahead = set(), {sql}
    while ahead:
        named = set().union(*map(named_in, ahead)) - found
        found |= named
        ahead = {snapshot.definitions[name] for name in named & snapshot.definitions.keys() - set(queries.MADE_OF)}
    return found & snapshot.tables | found & set(queries.MADE_OF)


@dataclass(frozen=True)
class Snapshot:
    """The tables of a snapshot, and its views and macros with their statements."""

    tables: set[str]
    definitions: dict[str, str]


@pytest.fixture(scope="module")
def built(demo_store):
    """The names in the simulated district's snapshot, as reported by DuckDB."""
    newest = max((demo_store / "snapshots").glob("*.duckdb"))
    with duckdb.connect(str(newest), read_only=True) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        views = connection.execute("SELECT view_name, sql FROM duckdb_views() WHERE NOT internal").fetchall()
        macros = connection.execute(
            """SELECT function_name, CASE function_type WHEN 'macro' THEN 'SELECT ' ELSE '' END || macro_definition
            FROM duckdb_functions() WHERE function_type IN ('macro', 'table_macro') AND NOT internal"""
        ).fetchall()
    stand_for = {name: sql.partition(" AS ")[2] for name, sql in views} | dict(macros)
    return Snapshot({name for (name,) in tables}, stand_for)


def code_of(name):
    """The statement without its comments."""
    return re.sub(r"--[^\n]*", "", queries.question(name).sql)


def rewritten(source, target, change):
    """Write a copy of a CSV file with change(row) applied to every row."""
    with source.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    with target.open("w", encoding="utf-8", newline="") as lines:
        out = csv.DictWriter(lines, rows[0])
        out.writeheader()
        out.writerows(change(row) for row in rows)
    return target


def real_scores(demo_files, folder):
    """Write the simulated scores as real ones, with the home district best in everything."""

    def change(row):
        top = {"score": row["maximum"]} if row["district_code"] == "597" else {}
        return {**row, "simulated": "", "source": "Quyết định kiểm thử", **top}

    return rewritten(demo_files / "diem-chi-so.csv", folder / "diem-chi-so-that.csv", change)


@pytest.mark.parametrize("name", NAMES)
def test_first_line_says_in_vietnamese_what_it_answers(name):
    says = queries.question(name).says
    assert queries.question(name).sql.startswith(f"-- {says}\n-- returns: ")
    assert says.endswith(".") and len(says) > 20
    assert unicodedata.is_normalized("NFC", queries.question(name).sql)
    assert re.search("[à-ỹđ]", says), says


@pytest.mark.parametrize("name", NAMES)
def test_returns_the_columns_it_names(name, at_demo):
    """The columns equal the `-- returns:` line for any choices."""
    for case, choices in CASES.items():
        answer = queries.load(name, **{**CHOICES, **choices})
        assert tuple(answer.columns) == queries.question(name).returns, case
        assert answer.attrs["question"] == name


@pytest.mark.parametrize("name", NAMES)
def test_returns_the_columns_where_only_scores_are_published(name, scores_only, monkeypatch):
    monkeypatch.setenv("DASHBOARD_STORE", str(scores_only))
    assert tuple(queries.load(name, **CHOICES).columns) == queries.question(name).returns


# Queries without rows would test nothing, so each must have rows for the usual choices. The simulated district has no
# form II.06, its files have every column, and none was refused in part: tests/test_service_report.py, test_known.py and
# test_data_health.py cover these queries.
WITHOUT_DEMO = {
    "entered_events",
    "service_reports",
    "service_report_cells",
    "lacking",
    "unclear",
    "unclear_units",
    "refused",
    "refused_files",
}


@pytest.mark.parametrize("name", sorted({*NAMES} - WITHOUT_DEMO))
def test_answers_something(name, at_demo):
    unit = {"unit": "23059"} if name.startswith("unit_") else {}
    # Points are simulated for two indices; the published classes belong to the third.
    index = {} if name == "published_history" else {"index": "dti"}
    assert len(queries.load(name, **{**CHOICES, **index, **unit}))


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_choices_of_a_reader(name):
    assert queries.question(name).parameters <= set(CHOICES)


@pytest.mark.parametrize("name", [name for name in NAMES if queries.question(name).needs])
def test_a_question_needs_columns_that_some_figure_needs(name):
    needs = queries.question(name).needs
    assert needs == "-" or set(needs.split()) <= needed_columns()
    assert "dossier" in queries.question(name).made_of


def test_every_choice_is_used_by_some_question():
    assert set(CHOICES) == set().union(*(queries.question(name).parameters for name in NAMES))


@pytest.mark.parametrize("name", [name for name in NAMES if queries.question(name).parameters])
def test_a_missing_parameter_raises(name, at_demo):
    for missing in queries.question(name).parameters:
        with pytest.raises(KeyError, match=missing):
            queries.load(name, **{key: value for key, value in CHOICES.items() if key != missing})


@pytest.mark.parametrize("name", NAMES)
def test_says_nothing_of_how_it_is_shown(name):
    words = r"<\w+|</|plotly|streamlit|\bchart|\bhtml|markdown|#[0-9a-f]{6}\b|\bcolou?r|:material|px\b"
    assert not re.search(words, queries.question(name).sql, re.IGNORECASE)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_in_made_of_or_reference(name, built):
    assert set() < tables_read(code_of(name), built) <= set(queries.MADE_OF) | REFERENCE | CALENDAR


@pytest.mark.parametrize("name", NAMES)
def test_made_of_follows_the_tables_read(name, built):
    read = tables_read(code_of(name), built) & set(queries.MADE_OF)
    assert queries.question(name).made_of == set().union(*(queries.MADE_OF[table] for table in read))


def test_made_of_follows_views_and_macros(built):
    """Every view and macro, used or not, is resolved to the tables behind it."""
    for name in built.definitions.keys() - queries.MADE_OF.keys():
        read = tables_read(built.definitions[name], built) & set(queries.MADE_OF)
        expected = set().union(*(queries.MADE_OF[table] for table in read))
        assert queries._made_of(f"SELECT {name}") == expected, name
    assert queries._made_of("SELECT before FROM progress_compared('', '', '', '')") == {"dossier", "kpi_value"}
    assert queries._made_of("FROM members_of('') JOIN headline_indicator") == set()


def test_made_of_names_tables_that_are_built(built):
    assert set(queries.MADE_OF) | REFERENCE | CALENDAR <= built.tables | built.definitions.keys()


# Expressions that may occur only in queries/build/88_question.sql and home/55_question.sql.
SAID_ONCE = {
    "the rows of a period": r"period_code = \$period",
    "the row of the comparison period": r"\$before\b(?!, \$before_cut\))",
    "the members of a unit": r"scope_unit\.unit_code = |member_code = \w+\.unit_code",
    "an empty choice": r"\$(\w+) = '' OR [\w.]+ = \$\1",
    "the headline indicators": r"'T05'.*'T06'",
    "the target of lateness": r"indicator_code = 'T05'",
    "a sum of parts": r"= count\(\*\) THEN sum",
    "which way is good": r"WHEN 'up' THEN|= 'down' THEN",
}


@pytest.mark.parametrize("what", SAID_ONCE)
def test_what_questions_share_is_said_once(what):
    """Pages' choices are applied only inside named macros."""
    assert [name for name in NAMES if re.search(SAID_ONCE[what], code_of(name))] == []


def test_every_question_is_asked_by_a_page():
    """Or by a document, or a mail."""
    root = queries.FOLDER.parent
    pages = [
        root / "dashboard.py",
        *(path for room in ("pages", "reports", "notify", "ui", "words") for path in (root / room).glob("*.py")),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in pages)
    asked = set(re.findall(r"(?:\.ask|queries\.load)\(\s*\"(\w+)\"", text))
    assert asked == set(NAMES)


def test_an_unknown_question_raises(at_demo):
    with pytest.raises(FileNotFoundError):
        queries.load("no_such_question")


def test_a_parameter_is_never_read_as_sql(at_demo):
    attack = "597'; DROP TABLE unit; --"
    assert queries.load("unit_initiatives", unit=attack).empty
    assert len(queries.load("units"))


def test_a_changed_frame_does_not_change_the_next_answer(at_demo):
    first = queries.load("units")
    names = first["name"].tolist()
    first["name"] = "khác"
    first.loc[0, "unit_code"] = "khác"
    del first["full_name"]
    first.attrs["simulated"] = "khác"
    again = queries.load("units")
    assert again["name"].tolist() == names and "khác" not in again["unit_code"].tolist()
    assert tuple(again.columns) == queries.question("units").returns
    assert again.attrs["simulated"] is False


def test_the_district_is_the_sum_of_its_units(at_demo):
    units = queries.load("units").query("not is_successor")["unit_code"]
    whole = queries.load("service_flow", **CHOICES).iloc[0]
    parts = [queries.load("service_flow", **{**CHOICES, "unit": unit}).iloc[0] for unit in units]
    for column in ("carried_over", "received", "resolved", "open_total", "late"):
        assert whole[column] == sum(part[column] for part in parts)


def test_simulated_until_real_rows_come(demo_files, tmp_path, monkeypatch):
    """Real scores retire every simulated upload, and nothing keeps the mark."""
    store = tmp_path / "store"
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    publish([demo_files / "diem-chi-so.csv", demo_files / "mo-hinh-nhiem-vu.csv"], store=store)
    assert queries.load("district_scores", **CHOICES).attrs["simulated"] is True
    assert queries.load("unit_initiatives", **CHOICES).attrs["simulated"] is True
    assert queries.load("periods", calendar="solar").attrs["simulated"] is False
    publish([real_scores(demo_files, tmp_path)], store=store)
    assert queries.simulated() == set()
    assert not any(queries.load(name, **CHOICES).attrs["simulated"] for name in NAMES)
    assert queries.load("unit_initiatives", **CHOICES).empty and not queries.load("district_scores", **CHOICES).empty


def test_a_new_snapshot_is_seen_at_once_and_a_pinned_page_keeps_its_own(demo_files, tmp_path, monkeypatch):
    store = tmp_path / "store"
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    publish([demo_files / "diem-chi-so.csv"], store=store)
    before = queries.load("district_place").set_index("index_code")["value"]
    assert (before < 100).all()
    pinned = queries.pin()
    real = publish([real_scores(demo_files, tmp_path)], store=store)
    assert queries.snapshot() == pinned  # the pinned page keeps its snapshot
    assert queries.load("district_place").set_index("index_code")["value"].equals(before)
    assert queries.pin().id == real.snapshot_id > pinned.id
    assert (queries.load("district_place")["value"] == 100).all()
    withdraw(real.uploads[0]["id"], store=store)
    queries.pin()
    assert queries.load("district_place").set_index("index_code")["value"].equals(before)


def test_the_same_question_is_answered_once_a_snapshot(at_demo):
    queries.load("units")
    asked = queries._reader().answer.cache_info()
    queries.load("units")
    again = queries._reader().answer.cache_info()
    assert (again.hits, again.misses) == (asked.hits + 1, asked.misses)
