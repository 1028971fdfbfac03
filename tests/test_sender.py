"""What a sender without a person may load: its tables, its units, and no row of another unit."""

from __future__ import annotations

import pytest

from ingest import Rejected
from ingest.publish import publish
from ingest.reading.look import Reading
from ingest.schema import UPLOADED, tables
from ingest.sender import Sender, unit_column
from tests.test_check import sound, write

MINE, OTHERS = "23059", "23062"
OF_MINE = Sender(units=frozenset({MINE}))


def refused(store, sender, *files, **more) -> list[tuple]:
    with pytest.raises(Rejected) as caught:
        publish(list(files), store=store, sender=sender, **more)
    return [(problem.rule, problem.line, problem.value) for problem in caught.value.problems]


def test_own_rows_are_taken_and_others_refused_with_their_line(tmp_path):
    """A file with one row of another unit is refused as a whole, and the line is named."""
    both = write(tmp_path / "both.csv", [sound("kpi_value", 1), sound("kpi_value", 2, unit_code=OTHERS)])
    assert refused(tmp_path / "store", OF_MINE, both) == [("sender_unit", 3, OTHERS)]
    own = write(tmp_path / "own.csv", [sound("kpi_value", 1)])
    assert publish([own], store=tmp_path / "store", sender=OF_MINE).uploads[0]["accepted"] == 1


def test_valid_rows_only_leaves_other_units_out(tmp_path):
    """With valid rows only, the rows of other units are among the refused ones."""
    both = write(tmp_path / "both.csv", [sound("kpi_value", 1), sound("kpi_value", 2, unit_code=OTHERS)])
    outcome = publish([both], store=tmp_path / "store", sender=OF_MINE, valid_only=True)
    assert (outcome.uploads[0]["accepted"], outcome.uploads[0]["rejected"]) == (1, 1)


def test_a_dossier_is_not_taken_from_another_unit(tmp_path):
    """The code of a dossier of another unit, sent as one's own, would take it away there."""
    store = tmp_path / "store"
    publish([write(tmp_path / "first.csv", [sound("dossier", 1, unit_code=OTHERS)])], store=store)
    theft = write(tmp_path / "theft.csv", [sound("dossier", 1), sound("dossier", 2)])
    code = sound("dossier", 1)["dossier_code"]
    assert refused(store, OF_MINE, theft) == [("sender_unit", 2, code)]


def test_steps_belong_to_the_unit_of_their_dossier(tmp_path):
    """The rows of a table without units are of the unit of the dossier that they name."""
    store = tmp_path / "store"
    publish([write(tmp_path / "first.csv", [sound("dossier", 1, unit_code=OTHERS), sound("dossier", 2)])], store=store)
    steps = [sound("dossier_step", 1), sound("dossier_step", 1, dossier_code=sound("dossier", 2)["dossier_code"])]
    found = refused(store, OF_MINE, write(tmp_path / "steps.csv", steps))
    assert found == [("sender_unit", 2, sound("dossier", 1)["dossier_code"])]


def test_no_word_for_another_unit(tmp_path):
    """A file of dossiers does not state that another unit has none."""
    file = write(tmp_path / "own.csv", [sound("dossier", 1)])
    said = Reading(covers={"units": OTHERS})
    assert refused(tmp_path / "store", OF_MINE, file, reading=said) == [("sender_unit", 0, "")]


def test_an_event_of_every_unit_is_of_the_whole_district(tmp_path):
    """An empty unit means every unit, so that a sender of one unit may not say it."""
    row = {"event_code": "SK-1", "from_on": "2024-03-04", "to_on": "", "unit_code": "", "indicator_code": "", "name": "Mất điện", "splits": "false", "source": "Báo cáo"}  # fmt: skip
    assert refused(tmp_path / "store", OF_MINE, write(tmp_path / "event.csv", [row])) == [("sender_unit", 2, "")]


@pytest.mark.parametrize("sender", [OF_MINE, Sender(tables=frozenset({"dossier"}))])
def test_tables_of_all_are_not_for_a_limited_sender(tmp_path, sender):
    """Settings belong to no unit; and a sender of dossiers loads no settings."""
    row = {"setting_code": "few_dossiers", "value": "5", "name": "Ít hồ sơ", "source": "x", "confidence": "proposed"}
    header = tables()["setting"].names
    file = write(tmp_path / "setting.csv", [{name: row.get(name, "") for name in header}])
    assert refused(tmp_path / "store", sender, file)[0][0] == "sender_table"


def test_every_uploaded_table_has_a_unit():
    """A limited sender may load every table that offices upload; a table without units would be closed to all of them."""
    assert [name for name in UPLOADED if unit_column(tables()[name]) is None] == []
