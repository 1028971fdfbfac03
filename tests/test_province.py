"""A province as the sum of its districts: after files of a second district, every sum equals plain Python's."""

from __future__ import annotations

import csv
import random
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import queries
from access import Role, User
from ingest.publish import publish
from ingest.store.build import quoted
from ingest.store.figures import figures
from ingest.store.verify import verify
from queries.snapshot import reader
from tests import oracle
from tests.browser import ROOT, serve
from tests.wire import Client, chosen, clicked
from ui.view import View, _written

pytestmark = pytest.mark.slow

PROCEDURES = ("1.003003", "2.000983", "1.002273")
HERE = ("23059", "23092", "597-MC")
THERE = ("22915", "22918", "22921", "593-MC")
UNITS = """unit_code,valid_from,valid_to,name,full_name,kind,area_type,parent_code,tile_row,tile_col,population
22915,2005-01-01,2025-06-30,Mũi Né,Phường Mũi Né,commune,urban,593,0,1,25000
22918,2005-01-01,2025-06-30,Hàm Tiến,Phường Hàm Tiến,commune,urban,593,0,0,12000
22921,2005-01-01,2025-06-30,Phú Hài,Phường Phú Hài,commune,urban,593,1,0,11000
593-MC,2005-01-01,2025-06-30,Bộ phận Một cửa thành phố,Bộ phận Một cửa thành phố Phan Thiết,district_office,,593,,,
"""
QUARTER = {"calendar": "solar", "period": "2024-Q4"}
CHOICES = {**QUARTER, "kind": "quarter", "before": "2024-Q3", "before_cut": "full", "scope": "commune"}


def dossiers(units: tuple[str, ...], seed: int) -> list[dict[str, str]]:
    """Some dozens of dossiers of 2024 for each unit, some late, some open."""
    luck, rows = random.Random(seed), []
    for unit in units:
        for number in range(luck.randint(34, 60)):
            # The first dossier is the newest, so that the data of both districts end on the same day.
            day = luck.randrange(340) if number else 363
            received = datetime(2024, 1, 2, 8) + timedelta(days=day, minutes=luck.randrange(400))
            due = received + timedelta(days=20)
            ended = received + timedelta(days=luck.randint(5, 28))
            done = ended < datetime(2024, 12, 20)
            rows.append(
                {
                    "dossier_code": f"{unit}.{number}",
                    "unit_code": unit,
                    "procedure_code": luck.choice(PROCEDURES),
                    "channel": luck.choice(("direct", "online")),
                    "state": "returned" if done else "processing",
                    "received_at": received.isoformat(sep=" "),
                    "due_at": due.isoformat(sep=" "),
                    "processed_at": ended.isoformat(sep=" ") if done else "",
                    "officer_code": f"CB{luck.randint(1, 3)}",
                }
            )
    return rows


def report(unit: str, indicator: str, numerator: object, denominator: object, value: object = "") -> dict[str, object]:
    return {
        "unit_code": unit, "period": "2024-12", "indicator_code": indicator, "numerator": numerator,
        "denominator": denominator, "value": value,
    }  # fmt: skip


# S04 is a ratio, S08 a count. Phan Thiết reports S07 itself; La Gi has only its own report.
REPORTS = [
    report("23059", "S04", 30, 100), report("23092", "S04", 60, 300), report("23059", "S07", 10, 50),
    report("22915", "S04", 50, 60), report("22918", "S04", 20, 40), report("22915", "S07", 1, 50),
    report("593", "S07", 40, 80), report("594", "S04", 9, 10),
    report("23059", "S08", "", "", 4), report("22915", "S08", "", "", 3), report("22921", "S08", "", "", 2),
]  # fmt: skip


def write(path: Path, rows: list[dict]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.DictWriter(file, list(rows[0]))
        lines.writeheader()
        lines.writerows(rows)
    return path


@pytest.fixture(scope="module")
def province(tmp_path_factory) -> Path:
    """Files of the home district alone, then units and files of a second one; with the store."""
    folder = tmp_path_factory.mktemp("province")
    store, files = folder / "store", folder / "files"
    files.mkdir()
    own = [row for row in REPORTS if row["unit_code"] in HERE]
    publish([write(files / "a.csv", dossiers(HERE, 1)), write(files / "b.csv", own)], store=store)
    (folder / "don-vi.csv").write_text(UNITS, encoding="utf-8")
    publish([folder / "don-vi.csv"], store=store)
    other = [row for row in REPORTS if row["unit_code"] not in HERE]
    publish([write(files / "c.csv", dossiers(THERE, 2)), write(files / "d.csv", other)], store=store)
    return folder


@pytest.fixture(scope="module")
def data(province) -> oracle.Data:
    """The same files as read by the oracle, including the new units."""
    reference = shutil.copytree(ROOT / "data" / "reference", province / "reference")
    known = oracle.rows(reference / "unit.csv")
    write(
        reference / "unit.csv",
        known + [dict.fromkeys(known[0], "") | row for row in csv.DictReader(UNITS.splitlines())],
    )
    return oracle.read(province / "files", reference)


@pytest.fixture
def seen(province, monkeypatch):
    """seen(home): use this home; seen(home, unit, indicator): a row of its progress in the quarter."""
    monkeypatch.setenv("DASHBOARD_STORE", str(province / "store"))
    queries.pin()
    schemas = queries.load("homes").set_index("home_code")["schema_name"]

    def seen(home: str, unit: str = "", indicator: str = ""):
        queries.look_from(schemas[home])
        if unit:
            sql = "SELECT * FROM progress WHERE calendar = $calendar AND period_code = $period AND cut = 'full'"
            wanted = f"{sql} AND unit_code = $unit AND indicator_code = $indicator"
            bound = tuple({**QUARTER, "unit": unit, "indicator": indicator}.items())
            return reader().answer(wanted, bound, schemas[home]).iloc[0]
        return None

    yield seen
    queries._pinned.set(None)
    queries.look_from("main")


def test_one_district_is_one_home(province):
    """Before the second district's data only the schema main exists; afterwards main is unchanged."""
    snapshots = [figures(province / "store" / "snapshots" / f"s00000{number}.duckdb") for number in (1, 2, 3)]
    assert not any("." in name for found in snapshots[:2] for name in found)
    schemas = {name.partition(".")[0] for name in snapshots[2] if "." in name}
    assert schemas == {"home_60", "home_593"}
    of_home = {"scope_unit", "computed_value", "reported_value", "progress", "unit_score", "component_score"}
    assert of_home < {name.partition(".")[2] for name in snapshots[2]}
    for table in of_home | {"simulated_score", "unit_day"}:
        assert snapshots[0][table] == snapshots[2][table], table
    assert all(check.is_sound for check in verify(province / "store"))


def test_sums_are_those_of_plain_python(seen, data):
    """Received, late and on time equal plain Python for communes and districts, from a district and the province."""
    for home, members in (("597", ["23059", "23092"]), ("593", ["22915", "22918", "22921"]), ("60", ["593", "597"])):
        for unit in [*members, *([home] if home != "60" else [])]:
            for code in ("T01", "T02", "T03", "T05", "T06", "T14"):
                row = seen(home, unit, code)
                numerator, _, value = oracle.indicator(data, unit, "solar", "2024-Q4", code)
                assert (row.numerator, row.value) == (numerator, pytest.approx(value)), (home, unit, code)
    # A district's row is the same from its own home and from the province; the province is the sum of its districts.
    for code in ("T01", "T02", "T03", "T05", "T06", "T14"):
        whole, parts = seen("60", "60", code), [seen("60", unit, code) for unit in ("593", "597")]
        assert whole.numerator == sum(part.numerator for part in parts) > 0
        for part in parts:
            own = seen(part.unit_code, part.unit_code, code)
            same = ["numerator", "denominator", "value", "target", "alert", "status", "score_share"]
            assert part[same].equals(own[same].rename(part.name)) or list(part[same]) == list(own[same])


def test_reports_add_up_once(seen):
    """A district's own report replaces its communes'; without one it is their sum; so is the province's figure."""
    assert seen("593", "593", "S04").value == seen("60", "593", "S04").value == 70
    assert seen("593", "593", "S07").value == seen("60", "593", "S07").value == 50
    assert seen("60", "594", "S04").value == 90 and seen("60", "595", "S04").status == "missing"
    whole = seen("60", "60", "S04")
    assert (whole.numerator, whole.denominator) == (30 + 60 + 50 + 20 + 9, 100 + 300 + 60 + 40 + 10)
    whole = seen("60", "60", "S07")
    assert (whole.numerator, whole.denominator) == (10 + 40, 50 + 80)
    whole, part = seen("60", "60", "S08"), seen("60", "593", "S08")
    # A district's target that is a count is multiplied by the number of districts with data for the province.
    assert (whole.value, part.value) == (9, 5) and whole.target == 2 * part.target
    assert seen("60", "593", "T14").target == seen("593", "593", "T14").target


def test_pages_go_through_a_province_district_by_district(seen, data):
    seen("60")
    rows = queries.load("commune_indicator", **CHOICES, indicator="T05")
    assert len(rows) == 10 and set(rows.loc[rows["value"].notna(), "unit_code"]) == {"593", "597"}
    for name, more in (
        ("breakdown", {"dimension": "unit", "subset": "handled"}),
        ("unit_share", {"subset": "handled"}),
    ):
        asked = {**CHOICES, "unit": "60", "field": "", "channel": "", "base": "handled", "indicator": "", **more}
        counted = queries.load(name, **asked).set_index("code")["dossiers"].to_dict()
        assert counted == {unit: oracle.counts(data, unit, "solar", "2024-Q4")["total"] for unit in ("593", "597")}
    assert set(queries.load("unit_peers", unit="593")["unit_code"]) > {"597"}
    words = queries.load("freshness").iloc[0]
    assert (words["level_word"], words["members_word"]) == ("tỉnh", "huyện, thị xã, thành phố")
    assert (words["ranked_code"], words["has_successors"]) == ("597", False)
    seen("593")
    assert queries.load("freshness")["members_word"].item() == "phường, xã"
    assert set(queries.load("units")["unit_code"]) == set(THERE)
    # The settings' home shows only its own data.
    seen("597")
    assert not set(queries.load("unit_peers", unit="23059")["unit_code"]) & set(THERE)


def test_shared_macros_read_the_tables_of_the_home_they_are_asked_from(province, seen):
    """Shared macros use the tables of the current home, not those of the settings' home."""
    seen("60")
    wanted, compared = "'solar', '2024-Q4'", "'solar', '2024-Q4', '2024-Q3', 'full'"
    whole = "WHERE calendar = 'solar' AND period_code = '2024-Q4' AND cut = 'full'"
    members = "(SELECT member_code AS unit_code FROM scope_unit WHERE unit_code = '60')"
    same = {f"{name}('60')": members for name in ("members_of", "shown_members_of")}
    for table in ("progress", "unit_score", "component_score", "simulated_score", "scored_component"):
        same[f"{table}_in({wanted})"] = f"{table} {whole}"
        if table != "scored_component":
            same[f"{table}_compared({compared})"] = f"{table} {whole}"
    units = {}
    for schema in queries.load("homes")["schema_name"]:
        for macro, table in same.items():
            ask = [f"SELECT unit_code FROM {source} ORDER BY unit_code" for source in (macro, table)]
            by_macro, by_table = (reader().answer(sql, (), schema)["unit_code"].tolist() for sql in ask)
            assert by_macro == by_table, (schema, macro)
            units.setdefault(macro, set()).add(tuple(by_macro))
    assert all(len(seen_from) > 1 for seen_from in units.values())


def test_two_homes_are_asked_at_once(seen):
    """Two readers' pages and downloads run in other threads: each gets answers of its own home."""
    views = {}
    for code in ("593", "597"):
        seen(code)
        home, where = queries.load("freshness").iloc[0], queries.standpoint()
        views[code] = View("Hồ sơ", queries.snapshot(), home, User("lan", Role.LEADER), where, parameters=CHOICES)
    queries._pinned.set(None)
    queries.look_from("main")

    def ask(code: str) -> tuple[str, set[str]]:
        together.wait(20)
        return views[code].ask("freshness")["home_code"].item(), set(views[code].ask("units")["unit_code"])

    wanted = {"593": ("593", set(THERE)), "597": ("597", set(ask_alone(views["597"])))}
    assert not wanted["597"][1] & set(THERE)
    for _ in range(20):
        _written.cache_clear()
        reader().answer.cache_clear()
        together = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            assert dict(zip(views, pool.map(ask, views), strict=True)) == wanted
    assert queries.standpoint().schema == "main"  # this thread is not affected


def ask_alone(view: View) -> list[str]:
    """The units of a view, queried without any cache."""
    with queries.seen_from(view.place):
        return list(view.place.reader._answer(queries.question("units").sql, (), view.place.schema)["unit_code"])


def test_reader_drills_from_province_to_commune(province):
    """Overview and table of the province, then of a district: the URL names it, and the words fit."""
    log = province / "server.log"
    with (
        serve(ROOT / "server.py", log, DASHBOARD_STORE=str(province / "store")) as address,
        Client(address) as client,
    ):
        whole = client.open("", "home=60")
        assert {"Tỉnh Bình Thuận", "Phạm vi", "Các huyện", "Từng huyện"} <= set(whole.texts)
        assert any("home=60" in text for text in whole.texts)
        listed = client.open("communes", "home=60&kind=quarter&period=2024-Q4").words
        assert "Phan Thiết" in listed and "Mũi Né" not in listed and "Ma Lâm" not in listed
        inside = client.open("communes", "home=593&kind=quarter&period=2024-Q4")
        assert "Các phường, xã" in inside.texts and "Mũi Né" in inside.words and "Ma Lâm" not in inside.words
        own = client.open("communes", "home=no-such-home").words
        assert "Ma Lâm" in own and "Các xã, thị trấn" in own and "Mũi Né" not in own
        pages = ("commune", "compare", "dossiers", "overdue", "land", "discipline", "online", "dossier_list", "digital")
        for page in (
            *pages,
            "reform",
            "service_index",
            "ranking",
            "whatif",
            "present",
            "documents",
            "upload",
            "account",
        ):
            assert "gặp lỗi" not in client.open(page, "home=60").words, page


def test_a_click_opens_a_district_as_often_as_it_is_made(province):
    """From the province's overview to a district, back by the filter, and to the district again, with equal URLs."""
    log = province / "server.log"
    with (
        serve(ROOT / "server.py", log, DASHBOARD_STORE=str(province / "store")) as address,
        Client(address) as client,
    ):
        whole = client.open("", "home=60")
        page_hash = whole.links[""].page_script_hash
        for _ in range(2):
            inside = client.open("", whole.query or "home=60", clicked(whole.charts[0], "593"), page_hash)
            assert inside.controls["Phạm vi"].holds == ["Thành phố Phan Thiết"] and "home=593" in inside.query
            whole = client.open("", inside.query, chosen(inside, {"Phạm vi": "Tỉnh Bình Thuận"}), page_hash)
            assert "home=60" in whole.query


def test_strange_codes_of_districts_are_names(tmp_path):
    """A district's code comes from a file and may contain any character, so it is quoted."""
    assert quoted('5"; DROP') == '"5""; DROP"'
