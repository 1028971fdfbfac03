"""An office's first weeks: after each file, every figure is the truth or is said to be unknown."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

import queries
from ingest.publish import publish
from ingest.reading.look import Reading
from reports import Subject
from tests.answers import alike
from tests.browser import ROOT, serve
from tests.office import COMMUNES, ENDED_ON, FORM, NEW_UNITS, OPTIONAL, PROCEDURES, Office
from tests.test_store import ask
from tests.wire import Client
from ui.menu import MENU
from words.columns import written
from words.period import chosen, newest_known, usual_kind
from words.sentences import units_behind

pytestmark = pytest.mark.builds

TWO = ("23059", "23062")
REST = tuple(unit for unit in COMMUNES if unit not in TWO)
# Sentences about units, by question.
SAID = ("attention", "unit_verdicts", "briefing")
STEPS = ("first", "second", "two", "receipt", "overlap", "kpi", "index", "new")


def reading(**covers: object) -> Reading:
    """How the office's files are read; covers: what a person states of a file."""
    return Reading(covers={name: str(value) for name, value in covers.items()})


class Weeks:
    """A store that gets the office's files one after the other."""

    def __init__(self, folder: Path):
        self.folder, self.store = folder, folder / "store"
        self.office = Office(COMMUNES, date(2024, 11, 1), date(2025, 4, 10))
        self.later = Office(NEW_UNITS, date(2025, 7, 1), date(2025, 7, 31), prefix="XA")

    def take(self, path: Path, **covers: object) -> None:
        """Publish a file; covers is what a person states."""
        publish([path], store=self.store, who="x", reading=reading(**covers))

    def first(self) -> None:
        """January by date of receipt, without optional columns: the first file of an empty store."""
        path = self.office.export(
            self.folder / "thang-1.csv", date(2025, 1, 1), date(2025, 1, 31), older=False, without=OPTIONAL
        )
        self.take(path, to_on="2025-01-31", as_of="2025-01-31")

    def second(self) -> None:
        """February with every column and the older open dossiers."""
        path = self.office.export(self.folder / "thang-2.csv", date(2025, 2, 1), date(2025, 2, 28))
        self.take(path, from_on="2025-02-01", to_on="2025-02-28", as_of="2025-02-28", older="all")

    def two(self) -> None:
        """March of two communes only."""
        path = self.office.export(self.folder / "thang-3-hai-xa.csv", date(2025, 3, 1), date(2025, 3, 31), units=TWO)
        self.take(path, from_on="2025-03-01", to_on="2025-03-31", as_of="2025-03-31", older="all")

    def receipt(self) -> None:
        """March of the others by date of receipt: their older open dossiers are in no file."""
        path = self.office.export(
            self.folder / "thang-3.csv", date(2025, 3, 1), date(2025, 3, 31), units=REST, older=False
        )
        self.take(path, from_on="2025-03-01", to_on="2025-03-31", as_of="2025-03-31", older="received")

    def overlap(self) -> None:
        """From 15 February to 31 March again, exported on 10 April: states have changed."""
        path = self.office.export(
            self.folder / "lai.csv", date(2025, 2, 15), date(2025, 3, 31), older=False, on=date(2025, 4, 10)
        )
        self.take(path, from_on="2025-02-15", to_on="2025-03-31", as_of="2025-04-10", older="received")

    def kpi(self) -> None:
        """Ten of the seventeen communes report their products in March."""
        path = self.folder / "san-pham.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [
                    ("unit_code", "indicator_code", "period", "value"),
                    *((unit, "S08", "2025-03", 3) for unit in list(COMMUNES)[:10]),
                ]
            )
        self.take(path)

    def index(self) -> None:
        """Totals of the ten districts, without criteria."""
        path = self.folder / "tong-diem.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = [(code, "par", 2024, "total", 100, 70 + place) for place, code in enumerate(range(593, 603))]
            header = ("district_code", "index_code", "year", "criterion_code", "maximum", "score")
            csv.writer(file).writerows([header, *rows])
        self.take(path)

    def new(self) -> None:
        """July of the new units."""
        path = self.later.export(
            self.folder / "thang-7.csv", date(2025, 7, 1), date(2025, 7, 31), older=False, names={}
        )
        self.take(path, from_on="2025-07-01", to_on="2025-07-31", as_of="2025-07-31", older="received")

    def figures(self, month: str) -> dict[tuple[str, str], tuple]:
        """Numerator, denominator, value, status, is_whole of every unit and indicator in a month."""
        rows = ask(
            self.store,
            f"""SELECT unit_code, indicator_code, numerator, denominator, value, status, is_whole FROM progress
            WHERE calendar = 'solar' AND period_code = '{month}' AND cut = 'full' AND scope IN ('commune', 'district', 'successor')""",
        )
        return {(unit, code): tuple(rest) for unit, code, *rest in rows}


@pytest.fixture(scope="module")
def weeks(tmp_path_factory) -> Weeks:
    """The office's files in their order; every test publishes the next ones it needs."""
    return Weeks(tmp_path_factory.mktemp("office"))


# The month with which pages open after each file: not March while only two communes have sent it.
OPENS = {"first": "2025-01", "second": "2025-02", "two": "2025-02", "receipt": "2025-03", "new": "2025-07"}


def reach(weeks: Weeks, step: str) -> None:
    """Publish the files up to a step; after each, pages open with the newest month of which enough is known."""
    done = getattr(weeks, "done", ())
    for one in STEPS[len(done) : STEPS.index(step) + 1]:
        getattr(weeks, one)()
        done = weeks.done = (*done, one)
        if one in OPENS:
            shutil.copytree(weeks.store, weeks.folder / f"after-{one}")
            with seen(weeks):
                assert newest_known("solar", "month") == OPENS[one]
                assert usual_kind() == ("month" if one == "two" else "quarter")


@contextmanager
def seen(weeks: Weeks) -> Iterator[None]:
    """Inside, questions are asked of the office's store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASHBOARD_STORE", str(weeks.store))
        token = queries._pinned.set(None)
        queries.look_from("main")
        try:
            yield
        finally:
            queries._pinned.reset(token)


def expected(counts: dict[str, int] | None, code: str) -> tuple[float | None, float | None]:
    """Numerator and denominator of an indicator from the truth; None where it is unknown."""
    if counts is None:
        return None, None
    parts = {
        "T01": (counts["received"], None),
        "T05": (counts["handled"] - counts["late"], counts["handled"]),
        "T06": (counts["open_late"], counts["open"]),
        "T08": (counts["letters"], counts["letter_known"]) if counts["letter_known"] else (None, None),
        "T14": (counts["online"], counts["channel_known"]) if counts["channel_known"] else (None, None),
    }
    return parts[code]


def check(weeks: Weeks, month: str, lacking: tuple[str, ...] = ()) -> dict[tuple[str, str], tuple]:
    """Every commune's and the district's figures of a month are the truth or unknown; returns them."""
    found = weeks.figures(month)
    counts = {unit: weeks.office.counted(unit, month) for unit in COMMUNES}
    counts["597"] = weeks.office.district(COMMUNES, month)
    for unit, told in counts.items():
        for code in ("T01", "T05", "T06", "T08", "T14"):
            numerator, denominator, value, *_ = found[unit, code]
            want = (None, None) if code in lacking else expected(told, code)
            if want[0] is None or (code != "T01" and not want[1]):
                assert value is None, (unit, code, value)
            else:
                assert (numerator, denominator) == want, (unit, code)
    check_forms(weeks, month)
    check_sentences(weeks, month, counts["597"])
    known = {unit for unit in COMMUNES if weeks.office.is_known(unit, month)}
    whole = 10 * len(known) >= 9 * len(COMMUNES)
    for (unit, code), (*_, value, status, is_whole) in found.items():
        if unit in COMMUNES and unit not in known and code.startswith("T"):
            assert status in ("missing", "partial"), (unit, code)
        if unit == "597" and code.startswith("T") and value is not None and not whole:
            assert (status, is_whole) == ("partial", False), code
    return found


def check_forms(weeks: Weeks, month: str) -> None:
    """Form II.06 of every commune is the truth by field; what its files do not tell is empty."""
    with seen(weeks):
        for unit in COMMUNES:
            subject = Subject.of(chosen("solar", month, "previous"), unit)
            rows = subject.ask("service_form").set_index("field_code").to_dict("index")
            truth = weeks.office.form(unit, month)
            for code in truth.keys() | rows.keys():
                told, want = rows.get(code, {}), truth.get(code, dict.fromkeys(FORM, 0))
                for column in (*FORM[1:], "handled", "resolved", "open_total"):
                    assert alike(told.get(column, 0), want.get(column, 0)), (unit, code, column, told, want)
            tiers = subject.ask("dossier_subsets").set_index("subset_code")["dossiers"]
            land = (weeks.office.counted(unit, month) or {}).get("land_open", 0)
            assert tiers["land_open"] == tiers["land_unheld"] == land
            assert all(
                alike(tiers[f"land_{tier}"], None if land else 0) for tier in ("commune", "district", "province")
            )


def check_sentences(weeks: Weeks, month: str, district: dict[str, int]) -> None:
    """The numbers of the sentences about late dossiers, letters and the channel are the truth, or are not said."""
    with seen(weeks):
        subject = Subject.of(chosen("solar", month, "previous"))
        told = subject.ask("briefing").set_index("topic_code").to_dict("index")
        assert [told["late"][name] for name in ("late", "handled", "open_late")] == [
            district[name] for name in ("late", "handled", "open_late")
        ]
        without = district["letter_known"] - district["letters"] if district["letter_known"] else None
        assert alike(told["discipline"]["late_without_apology"], without)
        share = 100 * district["online"] / district["channel_known"] if district["channel_known"] else None
        assert alike(told["online"]["online"] if "online" in told else None, share)
        fields = weeks.office.late_by_field(COMMUNES, month)
        for row in subject.ask("attention").query("topic == 'Trễ hạn'").itertuples():
            # The commune and field with the most late dossiers, as far as the files tell.
            assert row.late == fields[row.unit_code, row.field_code] == max(fields.values())
            whole = weeks.office.is_known(row.unit_code, month) and weeks.office.has_older(row.unit_code, month)
            assert bool(row.is_least) is not whole, row.unit_code
        assert all(weeks.office.is_known(code, month) for code in subject.ask("unit_verdicts")["unit_code"])


def said(weeks: Weeks, month: str) -> str:
    """Every sentence about units in a month."""
    with seen(weeks):
        subject = Subject.of(chosen("solar", month, "previous"))
        return " ".join(text for name in (*SAID, "unclear") for text in subject.ask(name)["sentence"])


def test_the_first_file_alone(weeks):
    """No letter, no channel, no older dossiers: these are unknown, nothing is simulated, nobody is late by default."""
    reach(weeks, "first")
    found = check(weeks, "2025-01", lacking=("T08", "T14"))
    # Older dossiers are in no file: what was finished in time says nothing of the whole.
    assert found["597", "T05"][3:] == ("partial", False)
    carried = "SELECT count(carried_over), count(*) > 0 FROM service_period WHERE calendar = 'solar' AND period_code = '2025-01'"
    assert ask(weeks.store, carried) == [(0, True)]
    text = said(weeks, "2025-01")
    assert "thư xin lỗi" not in text and "0,0 %" not in text


def test_a_month_with_every_column(weeks):
    """February is whole: older dossiers are in the file, the first month's are carried over."""
    reach(weeks, "second")
    found = check(weeks, "2025-02")
    assert found["597", "T05"][4] and found["597", "T08"][4]
    quarter = weeks.figures("2025-Q1")
    # What is open now is known, but not what ended in January of the older dossiers.
    assert {(quarter[unit, "T05"][3], quarter[unit, "T05"][4]) for unit in ("597", *COMMUNES)} == {("partial", False)}
    assert quarter["597", "T06"][4] and quarter["597", "T14"][2] is not None and quarter["597", "T03"][3] == "partial"
    check(weeks, "2025-01")  # the older dossiers of February's file tell of January's letters too


def test_two_communes_only(weeks):
    """The others have no figure, no rank, no fall; the district is said to be of two of seventeen."""
    reach(weeks, "two")
    found = check(weeks, "2025-03")
    assert all(found[unit, "T05"][2] is None for unit in REST)
    assert found["597", "T05"][3] == "partial"
    assert {unit for unit in COMMUNES if found[unit, "T05"][2] is not None} == set(TWO)
    places = ask(
        weeks.store, "SELECT count(place) FROM unit_score WHERE period_code = '2025-03' AND calendar = 'solar'"
    )
    assert places == [(0,)]
    text = said(weeks, "2025-03")
    for unit in REST:
        assert COMMUNES[unit].split(" ", 1)[-1] not in text, unit
    with seen(weeks):
        behind = units_behind(Subject.of(chosen("solar", "2025-03", "previous")).ask("unit_days"))
    assert "2/17 đơn vị đến 31/03/2025" in behind and "(28/02/2025)" in behind


def test_a_month_by_date_of_receipt(weeks):
    """Open dossiers of February are unclear at the end of March, on their own and in no share."""
    reach(weeks, "receipt")
    found = check(weeks, "2025-03")
    unclear = weeks.office.district(COMMUNES, "2025-03")["unclear"]
    told = ask(
        weeks.store,
        "SELECT sum(unclear) FROM service_period WHERE calendar = 'solar' AND period_code = '2025-03' AND cut = 'full'",
    )
    assert unclear > 50 and told == [(unclear,)]
    listed = ask(weeks.store, "SELECT count(*) FROM listed_dossier('2025-03-01', '2025-03-31', 'unclear')")
    assert listed == [(unclear,)] and found["597", "T05"][2] is not None


def test_an_overlapping_file_with_changed_states(weeks):
    """Dossiers named again are clear again; the others stay unclear."""
    reach(weeks, "receipt")
    before = weeks.office.district(COMMUNES, "2025-03")["unclear"]
    reach(weeks, "overlap")
    check(weeks, "2025-03")
    check(weeks, "2025-02")
    assert 0 < weeks.office.district(COMMUNES, "2025-03")["unclear"] < before


def test_ten_of_seventeen_communes_report(weeks):
    """The sum is shown as of ten of seventeen, without status."""
    reach(weeks, "kpi")
    found = weeks.figures("2025-03")
    assert found["597", "S08"][2:] == (30, "partial", False)
    assert ask(
        weeks.store,
        """SELECT known_units, all_units FROM progress WHERE unit_code = '597' AND indicator_code = 'S08'
        AND calendar = 'solar' AND period_code = '2025-03' AND cut = 'full'""",
    ) == [(10, 17)]
    assert found["23059", "S08"][2] == 3 and found["23107", "S08"][2] is None


def test_totals_of_an_index(weeks):
    """Totals alone give places; there is no sentence without a basis."""
    reach(weeks, "index")
    with seen(weeks):
        places = written(queries.load("district_place"))
    row = places[places["index_code"] == "par"].iloc[0]
    assert (row["place"], row["ranked_districts"], row["value"]) == (6, 10, 74)
    assert "/0" not in " ".join(str(text) for text in places.to_numpy().ravel())


def test_the_new_units(weeks):
    """July speaks of the new units; the dissolved ones have no figure at all, not 0."""
    reach(weeks, "new")
    found = weeks.figures("2025-07")
    assert all(found[unit, code][2] is None for unit in COMMUNES for code in ("T01", "T05", "T06", "T14"))
    for code in NEW_UNITS:
        shown = code if (code, "T01") in found and code not in COMMUNES else f"{code}@2025"
        counts = weeks.later.counted(code, "2025-07")
        assert found[shown, "T01"][0] == counts["received"], shown
    with seen(weeks):
        subject = Subject.of(chosen("solar", "2025-07", "previous"))
        assert subject.scope == "successor" and subject.period.start_on.date() > ENDED_ON
        scores = subject.ask("commune_score")
        assert set(scores["name"]) == {
            "Hàm Thắng", "Bình Thuận", "Hàm Thuận", "La Dạ", "Đông Giang", "Hồng Sơn", "Hàm Thuận Bắc", "Hàm Liêm"
        }  # fmt: skip


# A share that stands for nothing where the truth is unknown.
SUSPECT = re.compile(r"(?<!mục tiêu )(?<![\d,])(?:0,0|100,0) %")
# What would say that nothing is wrong, where nobody knows.
CLEAN = ("Không có cán bộ nào", "Mọi đơn vị đã gửi đủ số liệu hồ sơ")
# Pages of dossiers alone: no reported value is missing on them.
OF_DOSSIERS = ("dossiers", "overdue", "land", "discipline", "online", "dossier_list")
UNKNOWN_CARDS = ("Có thư xin lỗi", "Trực tuyến", "Thanh toán trực tuyến", "Số hóa hồ sơ", "Cập nhật kịp thời")


@pytest.mark.server
@pytest.mark.parametrize("step", ["first", "two", "new"])
def test_every_page_after_a_file(weeks, step, tmp_path):
    """No page fails, marks real figures as simulated, or shows 0 or 100 % of what is unknown."""
    reach(weeks, "new")
    with serve(ROOT / "server.py", tmp_path / "log", DASHBOARD_STORE=str(weeks.folder / f"after-{step}")) as address:
        for page, *_ in MENU:
            name = page.removeprefix("pages/").removesuffix(".py").replace("dashboard", "")
            with Client(address) as client:
                shown = client.open(name)
            assert "exception" not in shown.kinds and "Trang này gặp lỗi" not in shown.words, name
            # Báo cáo explains a field of the template by its words.
            assert "MÔ PHỎNG" not in shown.words.replace("`mo_phong`: “MÔ PHỎNG", ""), name
            assert not [said for said in CLEAN if said in shown.words], name
            assert name not in OF_DOSSIERS or "chưa có tệp giá trị chỉ tiêu" not in shown.words, name
            if step == "first" and name in ("discipline", "online", ""):
                assert not SUSPECT.search(shown.words), (name, SUSPECT.search(shown.words))
            if step == "first" and name == "":
                for card in UNKNOWN_CARDS:
                    # The value in the row of the table of headline figures.
                    values = re.findall(
                        rf">{card}</a></th>\s*<td class=.{{0,3}}num.{{0,3}}><b>([^<]*)</b>", shown.words
                    )
                    assert values == ["–"], (card, values)


@pytest.mark.server
def test_units_and_fields_of_the_users_own(tmp_path):
    """Dossiers without due date, fee, officer, rating or step column: every page opens, nothing unknown is judged."""
    office = Office(["99001", "99002"], date(2025, 1, 1), date(2025, 2, 28), prefix="RIENG")
    reference = {
        "field": ["field_code,name,short_name,is_land", "OWN,Lĩnh vực riêng,Lĩnh vực riêng,false"],
        "procedure": [
            "procedure_code,name,field_code,level,service_level,statutory_days,fee,paper_result,essential,three_tier",
            *(f"{code},Thủ tục {code},OWN,commune,full,5,,true,false,false" for code in PROCEDURES),
        ],
        "unit": [
            "unit_code,valid_from,name,full_name,kind,parent_code",
            "99001,2024-01-01,Xã Một,Xã Một,commune,597",
            "99002,2024-01-01,Xã Hai,Xã Hai,commune,597",
        ],
    }
    files = []
    for name, lines in reference.items():
        files.append(tmp_path / f"{name}.csv")
        files[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = office.export(
        tmp_path / "ho-so.csv", date(2025, 1, 1), date(2025, 2, 28), without=("due", *OPTIONAL), names={}
    )
    publish([*files, path], store=tmp_path / "store", who="x")
    found = dict(
        ask(
            tmp_path / "store",
            """SELECT indicator_code, value FROM progress WHERE calendar = 'solar' AND period_code = '2025-02' AND cut = 'full'
            AND unit_code = '99001' AND indicator_code IN ('T01', 'T05', 'T08', 'T14', 'T17', 'T22', 'T23')""",
        )
    )
    assert found["T01"] == office.counted("99001", "2025-02")["received"]
    assert {code for code, value in found.items() if value is None} == {"T08", "T14", "T17", "T22", "T23"}
    with serve(ROOT / "server.py", tmp_path / "log", DASHBOARD_STORE=str(tmp_path / "store")) as address:
        for page, *_ in MENU:
            name = page.removeprefix("pages/").removesuffix(".py").replace("dashboard", "")
            with Client(address) as client:
                shown = client.open(name)
            assert "exception" not in shown.kinds and "Trang này gặp lỗi" not in shown.words, name
