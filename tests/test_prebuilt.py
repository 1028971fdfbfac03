"""Publishing with the snapshot that the preview built: the same figures, and never one of another state."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingest import publish as publish_module
from ingest.preview import preview
from ingest.publish import publish
from ingest.reading.look import Reading, look
from ingest.store.build import build, quiet
from tests.test_check import sound, write
from tests.test_store import database, differing, manifest, small_files, take

# Facts that differ from build to build: the moment, and the bytes of the database file.
_OF_A_BUILD = ("built_at", "bytes", "sha256", "uploads")


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """A store with every table."""
    store = tmp_path_factory.mktemp("prebuilt") / "store"
    publish(small_files(store.parent), store=store)
    return store


@pytest.fixture
def store(kept, tmp_path) -> Path:
    """A copy of the store."""
    return Path(shutil.copytree(kept, tmp_path / "store"))


@pytest.fixture
def file(tmp_path) -> Path:
    """Two dossiers: a new one, and one that replaces a row."""
    return write(tmp_path / "more.csv", [sound("dossier", 9), sound("dossier", 2, channel="online")])


@pytest.fixture
def built(monkeypatch) -> list:
    """The builds of the publishes that follow."""
    done = []

    def counted(*arguments):
        done.append(arguments)
        return build(*arguments)

    monkeypatch.setattr(publish_module, "build", counted)
    return done


def foreseen(file: Path, store: Path, keep: Path, reading: Reading | None = None):
    """The preview of a file with its snapshot kept, and the file as it was read."""
    keep.mkdir(exist_ok=True)
    seen = look(file, reading, store)
    return preview(seen, store, quiet, keep), seen


def test_the_snapshot_of_the_preview_is_published(store, file, tmp_path, built):
    """It is not built again; every table and every fact is the one of a new build."""
    other = shutil.copytree(store, tmp_path / "other")
    found, seen = foreseen(file, store, tmp_path / "keep")
    publish([seen], store=store, prebuilt=found.prebuilt)
    assert not built
    publish([file], store=other)
    assert len(built) == 1
    assert differing(database(store), database(other)) == []
    told = [{key: value for key, value in manifest(one).items() if key not in _OF_A_BUILD} for one in (store, other)]
    assert told[0] == told[1]


@pytest.mark.parametrize("change", ["another upload", "withdrawn", "other rows", "other database", "lost", "recipe"])
def test_what_changed_since_is_built_anew(store, file, tmp_path, built, monkeypatch, change):
    """A snapshot of another state of the store, of other rows or of other statements is never published."""
    if change == "withdrawn":
        first = take(store, "dossier", sound("dossier", 7))
    found, seen = foreseen(file, store, tmp_path / "keep")
    prebuilt = found.prebuilt
    if change == "another upload":
        take(store, "dossier", sound("dossier", 8))
    elif change == "withdrawn":
        publish_module.withdraw(first["id"], store)
    elif change == "other rows":
        seen = look(write(tmp_path / "other.csv", [sound("dossier", 10)]))
    elif change == "other database":
        content = prebuilt.path.read_bytes()
        prebuilt.path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif change == "lost":
        prebuilt.path.unlink()
    else:
        monkeypatch.setattr("ingest.store.prebuilt.recipe", lambda: "of another program")
    built.clear()
    publish([seen], store=store, prebuilt=prebuilt)
    assert len(built) == 1
    anew = tmp_path / "anew.duckdb"
    build(anew, store, manifest(store)["uploads"], quiet)
    assert differing(anew, database(store)) == []


def test_only_the_accepted_rows(store, tmp_path, built):
    """With rows refused, the preview and the publish of the sound ones agree too."""
    file = write(tmp_path / "some.csv", [sound("dossier", 9), sound("dossier", 10, state="không có")])
    found, seen = foreseen(file, store, tmp_path / "keep")
    assert found.rejected == 1
    publish([seen], store=store, prebuilt=found.prebuilt, valid_only=True)
    assert not built


def test_nothing_is_kept_without_a_folder(store, file):
    """A preview without a folder leaves nothing behind."""
    assert preview(look(file), store).prebuilt is None
