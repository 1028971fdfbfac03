"""What a file of dossiers covers: guessed from its rows, stated by a person, refused where it cannot be."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from ingest import Rejected
from ingest.__main__ import main
from ingest.publish import publish
from ingest.reading.look import Reading
from tests.office import Office

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
