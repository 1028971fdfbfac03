# ruff: noqa: F401, F811  (fixtures of other tests are imported, and named again as arguments)
"""A store works in any folder: no character of its name is taken for a quote, a pattern or a column."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from ingest import worker
from ingest.preview import of_state, preview
from ingest.publish import publish, rebuild, restore, upgrade, withdraw
from ingest.reading.look import Reading, look
from ingest.store import archive, build
from ingest.store.backup import backup, restore_backup
from ingest.store.figures import differing, figures
from ingest.store.verify import verify
from queries.snapshot import ROOT, reader
from tests.test_check import sound, write
from tests.test_faults import as_version_1, clean, rows
from tests.test_store import database, small_files, small_store

# For SQL a quote; for a glob a set and a star; for a partition reader a column; for a URL a fragment and an escape.
ODD = "kho của O'Brien 100% #1 [ab]* %41/year=2024"
# The folder that the name would match as a pattern.
MATCHED = "kho của O'Brien 100% #1 a %41/year=2024"


@pytest.fixture
def odd(tmp_path, monkeypatch) -> Path:
    """A store in such a folder, beside it the folder that the pattern would match.

    Temporary files are in such a folder too.
    """
    (tmp_path / "files").mkdir()
    store, beside = tmp_path / ODD / "store", tmp_path / MATCHED / "store"
    publish(small_files(tmp_path / "files"), store=store)
    shutil.copytree(store, beside)
    for path in (beside / "uploads").iterdir():
        path.write_bytes(b"another one's")
    (tmp_path / "tmp" / ODD).mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp" / ODD))  # for this process
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp" / ODD))  # for child processes
    return store


def test_the_whole_way(odd, small_store, tmp_path):
    """Every row equals that of a store with a plain name; changing, checking and moving the store works."""
    plain = figures(database(small_store))
    assert differing(plain, figures(database(odd))) == []

    file = write(tmp_path / "one more.csv", [sound("dossier", 1, unit_code="23062"), sound("dossier", 9)])
    shown, usual = (preview(look(file), store) for store in (odd, small_store))
    assert (shown.new, shown.changed) == (usual.new, usual.changed) == (1, 1)
    assert len(shown.effect) and shown.effect.equals(usual.effect)

    upload = archive.newest_manifest(odd)["uploads"][0]["id"]
    assert of_state(upload, "withdrawn", odd).equals(of_state(upload, "withdrawn", small_store))
    withdraw(upload, store=odd)
    assert rows(odd) == (0, 6)
    restore(upload, store=odd)
    as_version_1(odd)
    upgrade(store=odd)
    rebuild(store=odd)
    assert differing(plain, figures(database(odd))) == []
    assert all(check.is_sound for check in verify(odd))

    kept, other = tmp_path / ODD / ODD / "kho.tar", tmp_path / "other machine" / ODD
    backup(kept, odd)
    assert restore_backup(kept, other).is_compared
    assert all(check.is_sound for check in verify(other))
    publish([file], store=other)
    assert rows(other) == (5, 7)
    clean(other)


def test_from_the_page(odd, tmp_path, monkeypatch):
    """The page and the processes that it starts work in such a folder."""
    from streamlit.testing.v1 import AppTest

    file = write(tmp_path / "one more.csv", [sound("dossier", 9)])
    assert worker.preview(file.read_bytes(), file.name, Reading(), odd).new == 1
    worker.take(file.read_bytes(), file.name, Reading(), odd, "chuyên viên")
    monkeypatch.setenv("DASHBOARD_STORE", str(odd))
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120).run()
    assert not page.exception and [error.value for error in page.error] == []
    assert reader(odd).answer("SELECT count(*) AS n FROM dossier", ()).n[0] == 5


def test_program_in_such_a_folder(tmp_path, monkeypatch):
    """The shipped tables are found, too, if the program is in such a folder."""
    for folder in (ODD, MATCHED):
        shutil.copytree(build.REFERENCE, tmp_path / folder)
    (tmp_path / MATCHED / "unit.csv").write_text("unit_code\nX\n")
    monkeypatch.setattr(build, "REFERENCE", tmp_path / ODD)
    with build.connect(tmp_path / "overflow") as connection:
        build.load_reference(connection)
        assert connection.execute("SELECT count(*) > 20 FROM shipped_unit").fetchone()[0]
