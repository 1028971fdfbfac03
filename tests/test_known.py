"""What a file's columns do not say is unknown: no zero, no status, no sentence; the reason stands beside it.

Two communes whose files have every column, and one whose file has only the seven that no list can do without.
"""

from __future__ import annotations

import csv
import io
import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import openpyxl
import pytest

import queries
from ingest.publish import publish, withdraw
from ingest.reading.look import Reading, look
from ingest.schema import FILE_COLUMNS, tables
from ingest.store import archive
from ingest.store.build import STATEMENTS, build, needed_columns, quiet
from reports import Subject, playlist, service_form, word
from tests.answers import answers
from tests.test_check import write
from tests.test_store import ask
from words.columns import written
from words.period import COMPARISONS, chosen
from words.sentences import OLDER_UNKNOWN, unknown_columns

WHOLE, BARE, LATER = "23059", "23062", "23065"
AS_OF = datetime(2024, 6, 28, 9)
FEW = ("dossier_code", "unit_code", "procedure_code", "state", "received_at", "due_at", "processed_at")
# For each indicator: the columns without which nobody knows it.
NEEDS = {
    "T08": {"apology_at"}, "T09": {"apology_at"}, "T10": {"reschedule_count"}, "T12": {"ineligible_returned_at"},
    "T13": {"supplement_count"}, "T14": {"channel"}, "T15": {"channel"}, "T16": {"channel"},
    "T17": {"fee_required", "online_payment"}, "T18": {"digitised_out"}, "T19": {"digitised_in", "digitised_out"},
    "T20": {"reused"}, "T21": {"population_db"}, "T22": {"intake_recorded_at", "status_updated_at"},
    "T23": {"complaint", "rating"}, "T25": {"rating"},
}  # fmt: skip
OTHERS = {"T01", "T02", "T03", "T04", "T05", "T06", "T07", "T11", "T24"}
PERIOD = {"calendar": "solar", "period": "2024-H1", "start_on": "2024-01-01", "judged_on": "2024-06-28"}
PERIOD |= {"before": "", "before_cut": "full", "unit": "597", "scope": "commune", "field": "", "channel": ""}


def dossiers(unit: str, count: int = 60) -> list[dict[str, str]]:
    """Dossiers of half a year with every column; a third is late, and some of these have a letter."""
    luck, rows = random.Random(unit), []
    for number in range(count):
        received = datetime(2024, 1, 3, 8) + timedelta(days=luck.randrange(170)) if number else AS_OF
        due = received + timedelta(days=10)
        ended = received + timedelta(days=luck.choice((3, 8, 15, 24)))
        done, late = ended < AS_OF, ended > due
        rows.append(
            {
                "dossier_code": f"{unit}-{number:03}",
                "unit_code": unit,
                "procedure_code": "1.001193",
                "state": "returned" if done else "processing",
                "received_at": str(received),
                "due_at": str(due),
                "processed_at": str(ended) if done else "",
                "channel": luck.choice(("direct", "online", "postal")),
                "apology_at": str(due - timedelta(days=2)) if late and due < AS_OF and luck.random() < 0.6 else "",
                "reschedule_count": str(luck.choice((0, 1, 2))) if late else "0",
                "ineligible_returned_at": "",
                "supplement_count": str(luck.choice((0, 0, 1))),
                "fee_required": luck.choice(("true", "false")),
                "online_payment": luck.choice(("none", "national_portal")),
                "digitised_in": luck.choice(("true", "false")),
                "digitised_out": luck.choice(("true", "false")),
                "reused": luck.choice(("true", "false")),
                "population_db": luck.choice(("true", "false")),
                "intake_recorded_at": str(received + timedelta(hours=luck.choice((1, 1, 60)))),
                "status_updated_at": str(ended) if done else "",
                "complaint": luck.choice(("true", "false", "false")),
                "rating": luck.choice(("satisfied", "dissatisfied", "")),
                "late_cause": luck.choice(("N1", "N2", "")) if late else "",
                "officer_code": f"CB-{number % 3}",
            }
        )
    return rows


def without(rows: list[dict[str, str]], *columns: str) -> list[dict[str, str]]:
    """The rows of a file that lacks these columns."""
    return [{name: value for name, value in row.items() if name not in columns} for row in rows]


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    """A store with the files of two communes; one has only the columns in FEW."""
    folder = tmp_path_factory.mktemp("known")
    bare = [{name: row[name] for name in FEW} for row in dossiers(BARE)]
    publish([write(folder / "a.csv", dossiers(WHOLE)), write(folder / "b.csv", bare)], store=folder / "store")
    return folder / "store"


def values(store: Path, unit: str, columns: str = "numerator, denominator, status, lacking") -> dict[str, tuple]:
    """Columns of the computed indicators of a unit in the half year."""
    sql = f"""SELECT indicator_code, {columns} FROM progress
        WHERE calendar = 'solar' AND period_code = '2024-H1' AND cut = 'full' AND unit_code = '{unit}'
            AND indicator_code LIKE 'T%'"""
    return {code: tuple(rest) for code, *rest in ask(store, sql)}


@pytest.fixture
def at_store(store, monkeypatch):
    """Let queries.load read this store."""
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    token = queries._pinned.set(None)
    queries.look_from("main")
    yield
    queries._pinned.reset(token)


def load(name: str, **more: object):
    """The answer of a question about the half year."""
    return queries.load(name, **dict(queries.bound(name, {**PERIOD, "columns": "*", **more})))


def test_a_file_without_a_column_says_nothing(store):
    """Each indicator that needs a column the file lacks is missing with the column's name; the others are known."""
    found = values(store, BARE)
    assert {code for code, (numerator, *_) in found.items() if numerator is None} == set(NEEDS)
    assert {found[code][2] for code in NEEDS} == {"missing"}
    assert found["T08"][3] == "Ngày ban hành thư xin lỗi" and found["T17"][3] == "Có phí, Thanh toán trực tuyến"
    assert all(lacking is None for code, (*_, lacking) in found.items() if code in OTHERS)


@pytest.mark.parametrize("column", sorted({name for names in NEEDS.values() for name in names}))
def test_each_column_is_needed_by_its_indicators_alone(column, tmp_path):
    """A file that lacks one column leaves just the indicators unknown that need it."""
    publish([write(tmp_path / "a.csv", without(dossiers(WHOLE), column))], store=tmp_path / "store")
    unknown = {code for code, (*_, lacking) in values(tmp_path / "store", WHOLE).items() if lacking}
    assert unknown == {code for code, needed in NEEDS.items() if column in needed}


def test_the_district_counts_those_that_say_it(store):
    """The district's value is that of the commune whose file has the column, of so many of all dossiers."""
    whole, both = values(store, WHOLE), values(store, "597")
    for code in NEEDS:
        assert both[code][:2] == whole[code][:2], code
    known = values(store, "597", "known_dossiers, all_dossiers, lacking")
    count = values(store, WHOLE, "known_dossiers, all_dossiers, lacking")["T08"][0]
    assert known["T08"] == (count, count + values(store, BARE, "all_dossiers")["T08"][0], "Ngày ban hành thư xin lỗi")
    assert known["T05"][0] == known["T05"][1]


def test_an_empty_column_is_known(tmp_path):
    """A column without any value is there: nobody got a letter."""
    rows = [row | {"apology_at": ""} for row in dossiers(WHOLE)]
    publish([write(tmp_path / "a.csv", rows)], store=tmp_path / "store")
    numerator, denominator, status, lacking = values(tmp_path / "store", WHOLE)["T08"]
    assert (numerator, lacking) == (0, None) and denominator > 0 and status == "partial"  # older ones are unknown


def test_a_value_for_the_whole_file_is_said(tmp_path):
    """A column that a person states for all rows is known."""
    path = write(tmp_path / "a.csv", without(dossiers(WHOLE), "channel"))
    publish([look(path, Reading(columns={"channel": "=online"}))], store=tmp_path / "store")
    numerator, denominator, *_ = values(tmp_path / "store", WHOLE)["T14"]
    assert numerator == denominator == 60


def test_a_later_file_with_the_column_tells_it(store, tmp_path):
    """The same dossiers in a file with all columns replace the rows; its withdrawal makes them unknown again."""
    own = shutil.copytree(store, tmp_path / "store")
    upload = publish([write(tmp_path / "c.csv", dossiers(BARE))], store=own).uploads[0]
    assert all(lacking is None for *_, lacking in values(own, BARE).values())
    withdraw(upload["id"], store=own)
    assert values(own, BARE) == values(store, BARE)


def test_lists_hold_who_is_known(at_store, store):
    """No list that needs a column has dossiers of a file without it, and its number is that of the list."""
    titles = load("dossier_subsets").set_index("subset_code")["dossiers"]
    for subset in (
        "late_without_apology",
        "fee_due",
        "unexplained",
        "intake_untimely",
        "received_online",
        "received_direct",
    ):
        listed = load("dossier_list", subset=subset, page="all", sort="due_on", search="")
        assert set(listed["dossier_code"].str[:5]) == {WHOLE}, subset
        assert len(listed) == titles[subset] == load("dossier_count", subset=subset, search="")["dossiers"][0]
    late = load("dossier_list", subset="late", page="all", sort="due_on", search="").set_index("dossier_code")
    steps = late["next_step"][late.index.str.startswith(BARE)]
    assert len(steps) and not steps.str.contains("xin lỗi").any()
    assert set(late["channel_name"][late.index.str.startswith(BARE)]) == {""}
    alone = load("dossier_subsets", unit=BARE).set_index("subset_code")["dossiers"]
    assert alone[["late_without_apology", "fee_due", "received_online"]].isna().all()
    assert alone["late"] > 0 and alone["handled"] == 60


def test_shares_of_units_leave_out_the_unknown(at_store):
    """A share by unit has no row of a unit whose file does not say it."""
    units = load("unit_share", subset="late_without_apology", base="late", indicator="")
    assert list(units["code"]) == [WHOLE]
    (late,) = load("dossier_subsets", unit=WHOLE).set_index("subset_code")["dossiers"][["late"]]
    assert units["base"][0] == late


def test_the_form_leaves_the_channel_open(at_store):
    """Columns 4 and 5 of form II.06 are empty where a part of the dossiers has no channel, never 0."""
    both, whole, bare = (load("service_form", unit=unit) for unit in ("597", WHOLE, BARE))
    assert both[["received_online", "received_direct"]].isna().all(axis=None)
    assert bare[["received_online", "received_direct"]].isna().all(axis=None)
    assert (whole["received_online"] + whole["received_direct"] == 60 - 0).all()
    # Nobody knows what was carried over into the first month, nor what there was to do.
    assert (
        both[["carried_over", "handled"]].isna().all(axis=None) and (both["resolved"] + both["open_total"] == 120).all()
    )
    flow = load("service_change").set_index("code")["value"]
    assert flow["received"] == 120 and flow[["received_online"]].isna().all()


def test_the_form_as_a_workbook(at_store, store):
    """The workbook of the form has a dash for what is unknown, and no total of it."""
    subject = Subject.of(chosen("solar", "2024-H1", next(iter(COMPARISONS))))
    rows = service_form.form(subject)
    sheet = openpyxl.load_workbook(io.BytesIO(service_form.as_workbook(subject, rows)))["II.06"]
    line = next(line for line in sheet.iter_rows(min_row=11, values_only=True) if line[1] == "Tổng cộng")
    assert line[2:6] == ("–",) * 4 and set(line[6:13]) & {"–", None} == set()
    assert "Ngày ban hành thư xin lỗi" in str(list(sheet.parent["Ghi chú"].values))


@pytest.fixture(scope="module")
def without_channel(tmp_path_factory) -> Path:
    """A store in which one file lacks the channel, and the other all columns but those in FEW."""
    folder = tmp_path_factory.mktemp("channel")
    bare = [{name: row[name] for name in FEW} for row in dossiers(BARE, 50)]
    files = [write(folder / "a.csv", without(dossiers(WHOLE), "channel")), write(folder / "b.csv", bare)]
    publish(files, store=folder / "store")
    return folder / "store"


@answers("lacking")
def test_lacking_columns_are_counted(without_channel, monkeypatch):
    """Columns that the same dossiers lack stand together; those that most dossiers lack come first."""
    monkeypatch.setenv("DASHBOARD_STORE", str(without_channel))
    token = queries._pinned.set(None)
    queries.look_from("main")
    found = load("lacking")
    queries._pinned.reset(token)
    titles = {column.name: column.title for column in tables()["dossier"].columns}
    others = sorted(titles[name] for name in needed_columns() - {"channel", *FEW})
    expected = [(f"“{titles['channel']}”", 110, 110), (", ".join(f"“{title}”" for title in others), 50, 110)]
    assert [tuple(row) for row in found.itertuples(index=False)] == expected


def test_the_report_says_it(at_store):
    """The Word report and the slides name the columns that the files lack."""
    subject = Subject.of(chosen("solar", "2024-H1", next(iter(COMPARISONS))))
    assert "Ngày ban hành thư xin lỗi" in word.context(subject)["ky_chua_het"]
    slides = [playlist.make(subject, code) for code in playlist.titles(subject)]
    assert any("Ngày ban hành thư xin lỗi" in line for line in slides[0].lines)
    assert all(any("Chưa biết" in note for note in slide.notes) for slide in slides if slide.pictures)


def test_causes_and_officers_of_the_unknown_are_not_blamed(at_store):
    """Late dossiers of a file without causes are not late without a cause."""
    causes, officers = load("late_causes", unit=BARE), load("officers", unit=BARE, threshold="1")
    assert causes.empty and officers.empty


def test_a_share_of_a_part_is_not_judged(at_store):
    """Letters of the one commune whose file has them: a part of the whole, without a place."""
    shares = load("unit_share", subset="late_without_apology", base="late", indicator="T08", field="", channel="")
    assert set(shares["code"]) == {WHOLE} and set(shares["status"]) == {"partial"}


def test_no_officer_is_blamed_for_a_cause_that_the_file_has_no_column_for(tmp_path):
    """With the officers but without the causes, nobody has a late dossier without a cause."""
    publish([write(tmp_path / "a.csv", without(dossiers(WHOLE), "late_cause"))], store=tmp_path / "store")
    counted = "SELECT sum(late) > 0, sum(unexplained) FROM officer_period WHERE calendar = 'solar' AND period_code = '2024-H1'"
    assert ask(tmp_path / "store", counted) == [(True, 0)]


def test_sentences_say_nothing_about_it(at_store):
    """Neither what needs attention nor the message of a part speaks of a commune that did not say it."""
    attention = load("attention")
    assert not set(attention.loc[attention["unit_code"] == BARE, "indicator_code"]) & set(NEEDS)
    told = written(load("briefing", unit=BARE)).set_index("topic_code")["sentence"]
    assert "xin lỗi" not in told.get("discipline", "") and "online" not in told.index


def test_the_reason_is_said(at_store):
    """The columns that files lack are named with their dossiers, once for a page, and beside each value."""
    (columns,) = written(load("lacking"))["sentence"]
    assert "Ngày ban hành thư xin lỗi" in columns and "Mã cán bộ" in columns and columns.endswith(" (60/120 hồ sơ)")
    assert unknown_columns([columns]).startswith(f"Chưa biết: tệp hồ sơ không có cột {columns}. ")
    assert unknown_columns([]) == "" and load("lacking", unit=WHOLE).empty
    (alone,) = written(load("lacking", unit=BARE))["sentence"]
    assert "Kênh" in alone and "Mã cán bộ" in alone and "hồ sơ)" not in alone
    cards = written(load("headline")).set_index("code")["known_text"]
    assert (
        cards["T08"]
        == f"2/17 xã đủ số liệu · tính trên 60/120 hồ sơ có cột Ngày ban hành thư xin lỗi · {OLDER_UNKNOWN}"
    )
    assert cards["T05"] == f"2/17 xã đủ số liệu · {OLDER_UNKNOWN}"
    alone = written(load("headline", unit=BARE)).set_index("code")
    assert alone["known_text"]["T08"] == "tệp không có cột Ngày ban hành thư xin lỗi"
    assert alone["text"]["T08"] == "–"


def test_files_archived_before(store, tmp_path):
    """An archived file that does not tell its columns had those of which some row has a value."""
    bare = archive.newest_manifest(store)["uploads"][1]
    old = tmp_path / "old.parquet"
    duckdb.sql(f"SELECT * EXCLUDE ({FILE_COLUMNS}) FROM '{archive.upload_path(store, bare['id'])}'").write_parquet(
        str(old)
    )
    arriving = {"table": "dossier", "path": str(old), "order": 1, "state": "live", "real_rows": 60}
    build(tmp_path / "old.duckdb", tmp_path / "empty", [arriving], quiet)
    found = "SELECT lacks FROM upload_told WHERE upload_order = {}"
    with duckdb.connect(str(tmp_path / "old.duckdb"), read_only=True) as connection:
        assert connection.execute(found.format(1)).fetchall() == ask(store, found.format(bare["order"]))
        tracked = {name for (name,) in connection.execute("SELECT column_name FROM needed_column").fetchall()}
        ((lacks,),) = connection.execute(found.format(1)).fetchall()
    assert set(lacks.split()) == tracked - set(FEW) and ask(store, found.format(1)) == [("",)]


def test_the_upload_page_knows_what_a_file_lacks(tmp_path):
    """The needed columns that neither a header nor a value for the whole file gives."""
    bare = write(tmp_path / "a.csv", [{name: row[name] for name in FEW} for row in dossiers(BARE)])
    said = look(bare, Reading(columns={"channel": "=online"})).mapping.absent
    assert needed_columns() & set(said) == needed_columns() - {"channel"}
    assert not needed_columns() & set(look(write(tmp_path / "b.csv", dossiers(WHOLE))).mapping.absent)


def test_every_needed_column_is_one_of_the_schema():
    """The columns named in measure.csv are columns of a dossier, and nothing else is needed."""
    with (STATEMENTS / "measure.csv").open(encoding="utf-8", newline="") as file:
        named = {name for row in csv.DictReader(file) for name in row["needs"].split()}
    assert named >= {name for names in NEEDS.values() for name in names} | {"late_cause", "officer_code"}
