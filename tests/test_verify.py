# ruff: noqa: F401, F811  (fixtures of other tests are imported, and named again as arguments)
"""python -m ingest verify reports everything that is wrong, and nothing that is sound."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from ingest.store import archive
from ingest.store.verify import verify
from queries.snapshot import POINTER, sha256_of
from tests.test_check import stand
from tests.test_command_line import ingest
from tests.test_faults import as_version_1, harm
from tests.test_store import database, quick_store, quick_twice_store, small_store, store, twice, twice_store


def damaged(store) -> list[str]:
    """The subjects that verify reports as damaged; each has advice."""
    return [check.what for check in verify(store) if not check.is_sound and check.to_do]


def test_sound_store(twice, quick, ingest):
    """Exit code 0, one line per part, and nothing has changed."""
    before = stand(twice)
    said = ingest("verify", DASHBOARD_STORE=str(twice))
    assert said.code == 0 and "giống hệt" in said.out and "7/7 tệp nguyên vẹn" in said.out
    assert "Kho nguyên vẹn" in said.err and "✗" not in said.out
    assert stand(twice) == before


def test_empty_store(tmp_path, ingest):
    """There is nothing to check."""
    said = ingest("verify")
    assert said.code == 0 and "Kho còn trống" in said.err
    assert verify(tmp_path / "none") == []


@pytest.mark.parametrize("how", ["deleted", "cut", "flipped"])
@pytest.mark.parametrize("what", ["upload", "snapshot", "older snapshot"])
def test_damaged_file(twice, quick, ingest, how, what):
    """Exit code 4; the message names the file and how to repair it."""
    upload = archive.newest_manifest(twice)["uploads"][1]["id"]
    path, named, to_do = {
        "upload": (archive.upload_path(twice, upload), f"Tệp lưu {upload}", "tar -xf"),
        "snapshot": (database(twice), "Bản số liệu s000002", "rebuild"),
        "older snapshot": (twice / "snapshots" / "s000001.duckdb", "Bản số liệu s000001", "rebuild"),
    }[what]
    harm(path, how)
    before = stand(twice)
    (found,) = [check for check in verify(twice) if check.what == named]
    assert not found.is_sound and to_do in found.to_do
    if how == "cut":
        said = ingest("verify", DASHBOARD_STORE=str(twice))
        assert said.code == 4 and named in said.out and "chỗ cần xử lý" in said.err
    assert stand(twice) == before


def test_lost_pointer(twice, quick):
    """A lost pointer is reported, although readers still work."""
    (twice / POINTER).unlink()
    assert damaged(twice) == [f"Con trỏ {POINTER}"]


CHANGES = {
    "dossier": "UPDATE dossier SET channel = 'postal' WHERE dossier_code = (SELECT min(dossier_code) FROM dossier)",
    "progress": "UPDATE progress SET value = value * (1 + 1e-15) WHERE value = (SELECT max(value) FROM progress)",
    "initiative": "INSERT INTO initiative FROM initiative LIMIT 1",
    "index_score": "DELETE FROM index_score WHERE year = (SELECT min(year) FROM index_score)",
    "service_month": "ALTER TABLE service_month ALTER received TYPE VARCHAR",
    "unit_day": "DROP TABLE unit_day",
}


def changed(store: Path, statements: Iterable[str], **about: str) -> None:
    """Change the newest snapshot, and its manifest as if it had been built so."""
    path = database(store)
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    manifest = path.with_suffix(".json")
    said = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**said, "bytes": path.stat().st_size, "sha256": sha256_of(path), **about}))


def test_snapshot_that_the_archive_does_not_make(store):
    """A changed value, bit or type, a duplicate or missing row, a missing table: each found by one rebuild."""
    changed(store, CHANGES.values())
    assert sorted(damaged(store)) == [f"Bảng {table}" for table in sorted(CHANGES)]


def test_other_version_of_the_program(store, quick):
    """A snapshot of other statements is reported as outdated, not as damaged."""
    changed(store, ["DROP TABLE index_score"], made_by="an older program")
    (wrong,) = [check for check in verify(store) if not check.is_sound]
    assert "phiên bản khác" in wrong.to_do and "rebuild" in wrong.to_do


def test_store_of_version_1(store, quick, ingest):
    """Accepted; the message says what is missing and how to add it."""
    as_version_1(store)
    said = ingest("verify", DASHBOARD_STORE=str(store))
    assert said.code == 0 and "6 tệp chưa có mã kiểm tra" in said.out and "upgrade" in said.out
