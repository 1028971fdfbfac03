"""What a file of dossiers covers: guessed from its rows, stated by a person, refused where it cannot be."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

import queries
from ingest import Rejected
from ingest.__main__ import main
from ingest.preview import preview
from ingest.publish import publish
from ingest.reading.look import Reading, look
from tests.office import COMMUNES, Office
from tests.test_store import ask
from words.vietnamese import absent

pytestmark = pytest.mark.builds

JANUARY, FEBRUARY = (date(2025, 1, 1), date(2025, 1, 31)), (date(2025, 2, 1), date(2025, 2, 28))
UNITS = ("23059", "23062")


def stated(path: Path, folder: Path, **covers: str) -> dict:
    """What the upload of a file states to cover."""
    return publish([path], store=folder / "store", reading=Reading(covers=covers)).uploads[0]["coverage"]


@pytest.fixture
def office() -> Office:
    """Two communes over three months."""
    return Office(UNITS, date(2024, 12, 1), date(2025, 2, 28))


def test_what_the_rows_suggest(office, tmp_path):
    """A month of receipts exported later ends with its month; older open dossiers show that the file has them all."""
    path = office.export(tmp_path / "thang-1.csv", *JANUARY, on=date(2025, 2, 10))
    told = stated(path, tmp_path)
    assert (told["from_on"], told["to_on"], told["older"]) == ("2025-01-01", "2025-01-31", "all")
    assert told["units"] == list(UNITS) and "2025-02-01" < told["as_of"] <= "2025-02-10"


def test_receipts_alone(office, tmp_path):
    """Without older ones, a file is one by date of receipt."""
    path = office.export(tmp_path / "thang-2.csv", *FEBRUARY, older=False)
    told = stated(path, tmp_path)
    assert (told["from_on"], told["to_on"], told["older"], told["as_of"]) == (
        "2025-02-01", "2025-02-28", "received", "2025-02-28",
    )  # fmt: skip


def test_what_a_person_says_goes_first(office, tmp_path):
    """Days, older dossiers and a unit without any dossier."""
    path = office.export(tmp_path / "thang-2.csv", *FEBRUARY, older=False)
    told = stated(path, tmp_path, from_on="2025-01-20", as_of="2025-03-05", older="changed", units="23065")
    assert told == {
        "units": ["23059", "23062", "23065"], "from_on": "2025-01-20", "to_on": "2025-02-28", "older": "changed",
        "as_of": "2025-03-05",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("covers", "reason"),
    [
        ({"from_on": "2025-03-01", "to_on": "2025-02-28"}, "không hợp lý"),
        ({"to_on": "2025-03-31", "as_of": "2025-03-01"}, "không hợp lý"),
        ({"to_on": "2025-02-10", "as_of": "2025-02-10"}, "sớm hơn số liệu"),
        ({"as_of": (date.today() + timedelta(days=3)).isoformat()}, "tương lai"),
        ({"from_on": "31/02/2025"}, "không đúng"),
    ],
)
def test_days_that_cannot_be(office, tmp_path, covers, reason):
    """Nothing is published, and the sentence says what to do."""
    path = office.export(tmp_path / "thang-2.csv", *FEBRUARY, older=False)
    with pytest.raises(Rejected) as refused:
        stated(path, tmp_path, **covers)
    (problem,) = refused.value.problems
    assert reason in problem.reason and problem.hint
    assert not (tmp_path / "store" / "snapshots").exists() or not any((tmp_path / "store" / "snapshots").iterdir())


def test_it_is_said_what_becomes_unclear(office, tmp_path):
    """A file by date of receipt after one that had open dossiers; not one that has only what changed."""
    publish([office.export(tmp_path / "thang-1.csv", *JANUARY)], store=tmp_path / "store")
    second = office.export(tmp_path / "thang-2.csv", *FEBRUARY, older=False)
    warned = publish([second], store=tmp_path / "store").warnings
    (problem,) = [one for one in warned if one.rule == "open_not_named"]
    still_open = sum(case.received <= JANUARY[1] < case.ended for case in office.cases if case.received >= JANUARY[0])
    older = sum(case.received < JANUARY[0] and case.ended > JANUARY[1] for case in office.cases)
    assert problem.reason.startswith(f"{still_open + older} hồ sơ đang mở")


def test_look_says_what_a_file_covers(office, tmp_path, monkeypatch, capsys):
    """On the command line, before anything is published, with what a person states."""
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("COLUMNS", "300")
    path = office.export(tmp_path / "thang-2.csv", *FEBRUARY, older=False)
    for more, day in ((), "28/02/2025"), (("--as-of", "2025-03-05"), "05/03/2025"):
        assert main(["look", str(path), *more]) == 0
        told = capsys.readouterr().out.replace("\u00a0", " ")
        assert (
            "Tệp nói về: 2 đơn vị · hồ sơ nhận từ 01/02/2025 đến 28/02/2025 · tình trạng đến hết ngày "
            f"{day} · chỉ có hồ sơ nhận trong khoảng ngày này" in told
        )


STATES = "SELECT dossier_code, ended_on, told_on FROM dossier ORDER BY dossier_code"


def test_the_later_state_counts_whichever_file_came_first(office, tmp_path):
    """January after February: what February tells stays, it is said how much that is, and nothing else is lost."""
    january = office.export(tmp_path / "thang-1.csv", *JANUARY)
    february = office.export(tmp_path / "thang-2.csv", *FEBRUARY)
    for place, files in enumerate(((january, february), (february, january))):
        for file in files:
            store = tmp_path / f"store-{place}"
            if place and file is january:
                found = preview(look(file), store)
            warned = publish([file], store=store).warnings
    twice = sum(
        case.received <= JANUARY[1] and case.ended >= JANUARY[0] and case.ended >= FEBRUARY[0] for case in office.cases
    )
    (problem,) = [one for one in warned if one.rule == "told_later"]
    assert problem.reason.startswith(f"{twice} hồ sơ đã có trong tệp của ngày sau 31/01/2025")
    assert (found.told_later, found.changed, found.unchanged) == (twice, 0, twice)
    assert ask(tmp_path / "store-0", STATES) == ask(tmp_path / "store-1", STATES) != []


def test_a_correction_states_its_day(office, tmp_path):
    """The same file stated as of a later day replaces what the newer one told."""
    publish([office.export(tmp_path / "thang-2.csv", *FEBRUARY)], store=tmp_path / "store")
    january = office.export(tmp_path / "thang-1.csv", *JANUARY)
    warned = publish([january], store=tmp_path / "store", reading=Reading(covers={"as_of": "2025-03-03"})).warnings
    assert not [one for one in warned if one.rule == "told_later"]
    replaced = [case for case in office.cases if case.received <= JANUARY[1] and case.ended >= FEBRUARY[0]]
    open_ones = ask(
        tmp_path / "store", "SELECT count(*) FROM dossier WHERE ended_on IS NULL AND received_on < '2025-02-01'"
    )
    assert open_ones == [(len(replaced),)]


JUDGED = "SELECT status, is_whole, rows_known, volume_known FROM progress WHERE calendar = 'solar' AND period_code = '{}' AND cut = 'full' AND unit_code = '{}' AND indicator_code = '{}'"


@pytest.mark.parametrize(("bad", "is_enough"), [(40, False), (3, True)])
def test_refused_rows_leave_a_part(office, tmp_path, bad, is_enough):
    """Where too many rows of a file were refused, what is left is not judged, until they come in."""
    path = office.export(tmp_path / "thang-1.csv", *JANUARY)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    # An unknown procedure refuses a row.
    broken = [line.replace(";1.", ";9.").replace(";2.", ";9.") for line in lines[2 : 2 + bad]]
    (tmp_path / "hong.csv").write_text("\n".join([*lines[:2], *broken, *lines[2 + bad :]]), encoding="utf-8-sig")
    outcome = publish([tmp_path / "hong.csv"], store=tmp_path / "store", valid_only=True)
    assert outcome.uploads[0]["rejected"] == bad
    for indicator in ("T05", "T14"):
        (found,) = ask(tmp_path / "store", JUDGED.format("2025-01", UNITS[0], indicator))
        assert found[1:3] == (is_enough, is_enough) and (found[0] == "partial") is not is_enough
    publish([path], store=tmp_path / "store")
    for indicator in ("T05", "T14"):
        (found,) = ask(tmp_path / "store", JUDGED.format("2025-01", UNITS[0], indicator))
        assert found[1:3] == (True, True) and found[0] != "partial"


@pytest.mark.parametrize("copies", [1, 3])
def test_an_office_that_stops_is_missed(tmp_path, copies, monkeypatch):
    """All communes are known, but not the office that usually receives more than a tenth of the dossiers."""
    store, span = tmp_path / "store", (date(2024, 12, 1), date(2025, 2, 28))
    communes, counter = Office(COMMUNES, *span), Office((), *span)
    counter.cases = [
        case for number in range(copies) for case in Office(["597-MC"], *span, number, f"MC{number}").cases
    ]
    january = [office.export(tmp_path / f"{place}.csv", *JANUARY) for place, office in enumerate((communes, counter))]
    publish(january, store=store)
    publish([communes.export(tmp_path / "thang-2.csv", *FEBRUARY)], store=store)
    is_enough = copies * 10 <= 17 + copies
    for period, is_whole in (("2025-01", True), ("2025-02", is_enough)):
        (found,) = ask(store, JUDGED.format(period, "597", "T05"))
        assert found[1] is is_whole and found[3] is is_whole and (found[0] == "partial") is not is_whole
    # A commune is judged as before, and so is what is reported.
    assert ask(store, JUDGED.format("2025-02", "23059", "T05"))[0][1:] == (True, True, True)
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    asked = {"calendar": "solar", "period": "2025-02", "unit": "597", "columns": "*", "list": "", "indicator": ""}
    (silent,) = queries.load("period_gap", **asked)["silent_names"]
    assert absent(silent) if is_enough else silent == "Bộ phận Một cửa huyện"


def test_a_correction_of_some_rows_counts_although_a_newer_file_is_there(office, tmp_path):
    """A file that misses nothing of what is known of its dossiers corrects them, as of the day of what it corrects."""
    path = office.export(tmp_path / "thang-1.csv", *JANUARY)
    publish([path], store=tmp_path / "store")
    publish([office.export(tmp_path / "thang-2.csv", *FEBRUARY)], store=tmp_path / "store")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    ended = [line for line in lines[2:] if "Đã trả kết quả" in line][:3]
    corrected = [line.replace("23059", UNITS[0]).replace(line.split(";")[6], "31/12/2025", 1) for line in ended]
    (tmp_path / "sua.csv").write_text("\n".join([*lines[:2], *corrected]), encoding="utf-8-sig")
    outcome = publish([tmp_path / "sua.csv"], store=tmp_path / "store")
    assert not [one for one in outcome.warnings if one.rule == "told_later"]
    codes = ", ".join(f"'{line.split(';')[1]}'" for line in ended)
    assert ask(tmp_path / "store", f"SELECT DISTINCT due_on FROM dossier WHERE dossier_code IN ({codes})") == [
        (date(2025, 12, 31),)
    ]


def refusing(path: Path, unit: str, bad: int) -> tuple[Path, list[str]]:
    """A copy of a file in which so many rows of a unit have a wrong due date, and the lines as they should be."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    mine = [place for place, line in enumerate(lines) if COMMUNES[unit] in line][:bad]
    right = [lines[place] for place in mine]
    for place in mine:
        cells = lines[place].split(";")
        lines[place] = ";".join([*cells[:6], "31/02/2025", *cells[7:]])
    broken = path.with_name("hong.csv")
    broken.write_text("\n".join(lines), encoding="utf-8-sig")
    return broken, [*lines[:2], *right]


def judged(store: Path, unit: str, indicator: str = "T05") -> tuple:
    ((status, *rest),) = ask(store, JUDGED.format("2025-01", unit, indicator))
    return (status == "partial", *rest[:2])


def test_refused_rows_count_for_their_unit_until_they_come_in(tmp_path):
    """One commune of many: it alone is not judged. Some corrected rows are not all; with all of them it is as it was."""
    span = (date(2024, 12, 1), date(2025, 2, 28))
    office, store = Office(list(COMMUNES)[:12], *span), tmp_path / "store"
    path = office.export(tmp_path / "thang-1.csv", *JANUARY)
    broken, right = refusing(path, UNITS[0], 40)
    upload = publish([broken], store=store, valid_only=True).uploads[0]
    assert judged(store, UNITS[0]) == (True, False, False) and judged(store, UNITS[1])[1:] == (True, True)
    missing = "SELECT missing_rows FROM refused_upload"
    for name, lines, left in (("mot-phan.csv", right[:7], 35), ("con-lai.csv", [*right[:2], *right[7:]], 0)):
        (tmp_path / name).write_text("\n".join(lines), encoding="utf-8-sig")
        outcome = publish([tmp_path / name], store=store)
        # It covers what it corrects, not the days in December on which some of its dossiers came in.
        assert outcome.uploads[0]["coverage"] == upload["coverage"] | {"units": [UNITS[0]], "older": "changed"}
        assert ask(store, missing) == ([(left,)] if left else [])
        assert judged(store, UNITS[0])[1:] == (not left, not left)
    whole = tmp_path / "whole"
    publish([path], store=whole)
    for store_of in (store, whole):
        assert judged(store_of, UNITS[0]) == (False, True, True)
    assert ask(store, STATES.replace(", told_on", "")) == ask(whole, STATES.replace(", told_on", ""))


def test_a_small_older_file_is_older(tmp_path):
    """A commune with few dossiers: January after February leaves February as it was."""
    office = Office(UNITS[:1], date(2024, 12, 1), date(2025, 2, 28))
    office.cases = office.cases[::8]
    files = [office.export(tmp_path / f"{month}.csv", *span) for month, span in enumerate((JANUARY, FEBRUARY))]
    told = Reading(covers={"older": "all"})
    for place, order in enumerate((files, files[::-1])):
        for file in order:
            warned = publish([file], store=tmp_path / f"store-{place}", reading=told).warnings
    assert "told_later" in [one.rule for one in warned]
    assert ask(tmp_path / "store-0", STATES) == ask(tmp_path / "store-1", STATES)


def test_months_at_once_in_any_order(office, tmp_path):
    """A backlog published in one go is the same as month by month, whichever name comes first."""
    spans = {"thang-12.csv": (date(2024, 12, 1), date(2024, 12, 31)), "thang-1.csv": JANUARY, "thang-2.csv": FEBRUARY}
    files = [office.export(tmp_path / name, *span) for name, span in spans.items()]
    for file in files:
        publish([file], store=tmp_path / "one by one")
    for place, order in enumerate((files, files[::-1], [files[1], files[2], files[0]])):
        publish(order, store=tmp_path / f"at once {place}")
        assert ask(tmp_path / f"at once {place}", STATES) == ask(tmp_path / "one by one", STATES)


def test_files_of_one_export_tell_of_one_day(office, tmp_path):
    """Files without a dossier in common, such as those of two years, were exported together."""
    path = office.export(tmp_path / "ca-hai.csv", JANUARY[0], FEBRUARY[1])
    head, *lines = path.read_text(encoding="utf-8-sig").splitlines()[1:]
    files = []
    for unit in UNITS:
        mine = [line for line in lines if COMMUNES[unit] in line]
        files.append(tmp_path / f"{unit}.csv")
        files[-1].write_text("\n".join([head, *mine[: len(mine) // (1 + len(files) % 2)]]), encoding="utf-8-sig")
    uploads = publish(files, store=tmp_path / "store").uploads
    assert len({upload["coverage"]["as_of"] for upload in uploads}) == 1
    assert len({upload["coverage"]["to_on"] for upload in uploads}) == 2


def test_news_of_known_dossiers_is_no_correction(office, tmp_path):
    """A file of what changed in a week, without a new dossier, tells of that week."""
    publish([office.export(tmp_path / "thang-1.csv", *JANUARY)], store=tmp_path / "store")
    path = office.export(tmp_path / "tuan.csv", FEBRUARY[0], date(2025, 2, 7))
    head, names, *lines = path.read_text(encoding="utf-8-sig").splitlines()
    known = [line for line in lines if not line.split(";")[5].endswith("/02/2025")]
    path.write_text("\n".join([head, names, *known]), encoding="utf-8-sig")
    told = stated(path, tmp_path, older="changed")
    assert told["to_on"] > "2025-02-01" and told["as_of"] == told["to_on"]


@pytest.mark.parametrize(("few", "is_enough"), [(1, True), (2, False)])
def test_one_commune_without_older_dossiers_does_not_blind_the_district(tmp_path, few, is_enough):
    """Sixteen of seventeen communes sent their older dossiers too: enough to judge the district, not the seventeenth."""
    office, store = Office(COMMUNES, date(2024, 12, 1), date(2025, 1, 31)), tmp_path / "store"
    late, others = list(COMMUNES)[:few], list(COMMUNES)[few:]
    files = [
        office.export(tmp_path / "a.csv", *JANUARY, units=late, older=False),
        office.export(tmp_path / "b.csv", *JANUARY, units=others),
    ]
    for file, older in zip(files, ("received", "all"), strict=True):
        publish([file], store=store, reading=Reading(covers={"older": older, "from_on": "2025-01-01"}))
    for indicator in ("T05", "T06"):
        assert judged(store, "597", indicator)[1] is is_enough
        assert judged(store, late[0], indicator)[1] is False and judged(store, others[0], indicator)[1] is True
