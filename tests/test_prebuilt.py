"""Publishing with the snapshot that the preview built: the same figures, and never one of another state."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import publish as publish_module
from ingest.preview import preview
from ingest.publish import publish
from ingest.reading.look import Look, Reading, look
from ingest.store.build import build, quiet
from ingest.store.prebuilt import Prebuilt
from queries.snapshot import sha256_of
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


def two_dossiers(folder: Path) -> Path:
    """A file with a new dossier, and one that replaces a row."""
    return write(folder / "more.csv", [sound("dossier", 9), sound("dossier", 2, channel="online")])


@pytest.fixture(scope="module")
def seen_before(kept, tmp_path_factory) -> tuple[Path, Prebuilt, Look]:
    """The file, the snapshot that its preview on the store built, and the file as it was read. Read only."""
    folder = tmp_path_factory.mktemp("foreseen")
    file = two_dossiers(folder)
    found, seen = foreseen(file, kept, folder / "keep")
    return file, found.prebuilt, seen


@pytest.fixture
def built(monkeypatch) -> list[str]:
    """The checksum of the database of each build by the publishes that follow."""
    done = []

    def counted(path: Path, *arguments):
        facts = build(path, *arguments)
        done.append(sha256_of(path))
        return facts

    monkeypatch.setattr(publish_module, "build", counted)
    return done


def foreseen(file: Path, store: Path, keep: Path, reading: Reading | None = None):
    """The preview of a file with its snapshot kept, and the file as it was read."""
    keep.mkdir(exist_ok=True)
    seen = look(file, reading, store)
    return preview(seen, store, quiet, keep), seen


def own_copy(prebuilt: Prebuilt, folder: Path) -> Prebuilt:
    """The same with a database of its own, which publishing takes away."""
    return replace(prebuilt, path=Path(shutil.copy(prebuilt.path, folder / "prebuilt.duckdb")))


def test_the_snapshot_of_the_preview_is_published(store, seen_before, tmp_path, built):
    """It is not built again; every table and every fact is the one of a new build."""
    other = shutil.copytree(store, tmp_path / "other")
    file, prebuilt, seen = seen_before
    publish([seen], store=store, prebuilt=own_copy(prebuilt, tmp_path))
    assert not built
    publish([file], store=other)
    assert len(built) == 1
    assert differing(database(store), database(other)) == []
    told = [{key: value for key, value in manifest(one).items() if key not in _OF_A_BUILD} for one in (store, other)]
    assert told[0] == told[1]


@pytest.mark.parametrize("change", ["another upload", "withdrawn", "other rows", "other database", "lost", "recipe"])
def test_what_changed_since_is_built_anew(store, seen_before, tmp_path, built, monkeypatch, change):
    """A snapshot of another state of the store, of other rows or of other statements is never published.

    What is published is the database that the one build since then has made.
    """
    _, prebuilt, seen = seen_before
    prebuilt = own_copy(prebuilt, tmp_path)
    if change == "another upload":
        take(store, "dossier", sound("dossier", 8))
    elif change == "withdrawn":
        publish_module.withdraw(manifest(store)["uploads"][-1]["id"], store)
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
    assert built == [manifest(store)["sha256"]] == [sha256_of(database(store))]


def test_only_the_accepted_rows(store, tmp_path, built):
    """With rows refused, the preview and the publish of the sound ones agree too."""
    file = write(tmp_path / "some.csv", [sound("dossier", 9), sound("dossier", 10, state="không có")])
    found, seen = foreseen(file, store, tmp_path / "keep")
    assert found.rejected == 1
    publish([seen], store=store, prebuilt=found.prebuilt, valid_only=True)
    assert not built


def test_nothing_is_kept_without_a_folder(store, tmp_path):
    """A preview without a folder leaves nothing behind."""
    assert preview(look(two_dossiers(tmp_path)), store).prebuilt is None
