"""Publishing with the rows that the preview checked and the snapshot that it built: the same, and never of another state."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ingest import Rejected, checked, worker
from ingest import check as check_module
from ingest import publish as publish_module
from ingest.checked import Checked
from ingest.preview import Preview, preview
from ingest.publish import publish
from ingest.reading.look import Reading, Sent, look
from ingest.reading.mapping import remember
from ingest.store import archive
from ingest.store.build import build, quiet, today
from ingest.store.fault import StoreFault
from ingest.store.prebuilt import Prebuilt
from queries.snapshot import ROOT, sha256_of
from tests.test_check import sound, write
from tests.test_design import ROOMS, imported
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
def previewed(kept, tmp_path_factory) -> tuple[Preview, Sent]:
    """The preview on the store of a file, with all that it keeps, and the file. Read only."""
    folder = tmp_path_factory.mktemp("foreseen")
    return foreseen(two_dossiers(folder), kept, folder / "keep")


@pytest.fixture(scope="module")
def seen_before(previewed) -> tuple[Path, Prebuilt, Sent]:
    """The file, the snapshot that its preview on the store built, and the bytes of the file. Read only."""
    found, sent = previewed
    return found.prebuilt.path.parents[1] / sent.name, found.prebuilt, sent


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


@pytest.fixture
def checks(monkeypatch) -> list[str]:
    """The names of the files that are checked from now on."""
    done, check = [], check_module.check

    def counted(connection, source):
        done.append(source.name)
        check(connection, source)

    monkeypatch.setattr(check_module, "check", counted)
    return done


def foreseen(file: Path, store: Path, keep: Path) -> tuple[Preview, Sent]:
    """The preview of a file with its rows and its snapshot kept, and the file as it was sent."""
    keep.mkdir(exist_ok=True)
    sent = Sent(file.read_bytes(), file.name)
    return preview(sent, store, quiet, keep), sent


def own_copy(kept: Prebuilt | Checked, folder: Path):
    """The same with a file of its own, which may be changed."""
    return replace(kept, path=Path(shutil.copy(kept.path, folder / f"kept{kept.path.suffix}")))


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


def archived(store: Path) -> tuple[dict, bytes]:
    """The newest upload: what its entry tells, but for the moment, and its file."""
    entry = manifest(store)["uploads"][-1]
    return {name: value for name, value in entry.items() if name != "at"}, archive.upload_path(
        store, entry["id"]
    ).read_bytes()


@pytest.mark.parametrize(("empty", "refused"), [(False, True), (True, False)])
def test_the_checked_rows_of_the_preview_are_published(store, tmp_path, checks, built, empty, refused):
    """They are not read and checked again; archive, entry and every table are those of a file that nobody has previewed."""
    store = tmp_path / "new" if empty else store
    other = tmp_path / "other" if empty else shutil.copytree(store, tmp_path / "other")
    more = [sound("dossier", 10, state="không có")] if refused else []
    file = write(tmp_path / "some.csv", [sound("dossier", 9), sound("dossier", 2, channel="online"), *more])
    found, sent = foreseen(file, store, tmp_path / "keep")
    assert checks == ["some.csv"] and found.rejected == len(more)
    publish([sent], store=store, valid_only=refused, prebuilt=found.prebuilt, checked=found.checked)
    # A new store has nothing to compare with, so that its first snapshot is built by publishing.
    assert checks == ["some.csv"] and len(built) == empty
    publish([file], store=other, valid_only=refused)
    assert checks == ["some.csv"] * 2
    assert archived(store) == archived(other)
    assert differing(database(store), database(other)) == []


def withdraw_and_restore(store: Path) -> None:
    """Change the store twice, so that the same uploads count again."""
    upload = manifest(store)["uploads"][-1]["id"]
    publish_module.withdraw(upload, store)
    publish_module.restore(upload, store)


def map_otherwise(store: Path) -> None:
    """Remember the columns of a file, as the page does after it was published."""
    remember(store, look(two_dossiers(store.parent)).mapping)


# What may happen to the store between the preview and the publish.
RACES = {
    "another upload": lambda store: take(store, "dossier", sound("dossier", 8)),
    "a lesson": lambda store: take(store, "alias", {"subject": "state", "word": "Chờ phân công", "code": "received"}),
    "a list": lambda store: take(store, "field", {"field_code": "MOI", "name": "Lĩnh vực mới", "short_name": "Mới"}),
    "withdrawn": lambda store: publish_module.withdraw(manifest(store)["uploads"][-1]["id"], store),
    "withdrawn and restored": withdraw_and_restore,
    "a mapping": map_otherwise,
}


@pytest.mark.parametrize("change", RACES.values(), ids=RACES)
def test_a_store_that_changed_since_has_the_file_checked_again(store, previewed, change: Callable):
    """Whatever a check depends on: the rows in force, the lists, what is taught, how columns are matched."""
    found, sent = previewed
    assert found.checked.fits(store, manifest(store), sent, False)
    change(store)
    assert not found.checked.fits(store, manifest(store), sent, False)


@pytest.mark.parametrize("changed", ["data", "name", "reading"])
def test_another_file_is_checked_again(store, previewed, changed):
    """Another content, another name or another way to read it; and a file that somebody has read in a way of his own."""
    found, sent = previewed
    values = {"data": sent.data + b"\n", "name": "other.csv", "reading": Reading(dates="day")}
    for other in (replace(sent, **{changed: values[changed]}), sent.read(store)):
        assert not found.checked.fits(store, manifest(store), other, False)


def test_another_day_or_program_checks_again(store, previewed, monkeypatch):
    """Dates of tomorrow are refused today; and other rules find other rows."""
    found, sent = previewed

    tomorrow = today() + timedelta(days=1)
    for name, other in (("today", lambda: tomorrow), ("_program", lambda: "another"), ("recipe", lambda: "another")):
        with monkeypatch.context() as patch:
            patch.setattr(f"ingest.checked.{name}", other)
            assert not found.checked.fits(store, manifest(store), sent, False)
    assert found.checked.fits(store, manifest(store), sent, False)


@pytest.mark.parametrize("change", ["rows", "lost", "files"])
def test_what_is_not_whole_or_not_alone_is_checked_again(store, previewed, tmp_path, checks, change):
    """What is kept is only taken as it was kept, and for that file alone; what was refused leaves nothing behind."""
    found, sent = previewed
    kept, files = own_copy(found.checked, tmp_path), [sent]
    if change == "rows":
        content = kept.path.read_bytes()
        kept.path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif change == "lost":
        kept.path.unlink()
    else:
        files = [sent, Sent(write(tmp_path / "b.csv", [sound("dossier", 11)]).read_bytes(), "b.csv")]
    publish(files, store=store, prebuilt=found.prebuilt, checked=kept)
    assert checks == [file.name for file in files]
    assert not list((store / "uploads").glob(".*"))


def test_what_changes_while_the_file_is_read_counts_as_a_change(store, tmp_path, monkeypatch):
    """A preview that was overtaken is not believed, although it ends after the change."""
    read = Sent.read

    def overtaken(sent: Sent, of: Path):
        seen = read(sent, of)
        take(store, "dossier", sound("dossier", 8))
        return seen

    with monkeypatch.context() as patch:
        patch.setattr(Sent, "read", overtaken)
        found, sent = foreseen(two_dossiers(tmp_path), store, tmp_path / "keep")
    assert not found.checked.fits(store, manifest(store), sent, False)


def test_refused_rows_are_not_published_unasked(store, tmp_path):
    """Without the choice to publish only the sound rows, a file with refused rows is refused as a whole."""
    file = write(tmp_path / "some.csv", [sound("dossier", 9), sound("dossier", 10, state="không có")])
    found, sent = foreseen(file, store, tmp_path / "keep")
    with pytest.raises(Rejected):
        publish([sent], store=store, checked=found.checked)


def test_a_file_that_was_published_meanwhile_is_refused(store, previewed):
    """Also if that upload was withdrawn again."""
    found, sent = previewed
    upload = publish([sent], store=store, checked=found.checked).uploads[0]
    for _ in range(2):
        with pytest.raises(Rejected, match="đã được nạp"):
            publish([sent], store=store, checked=found.checked)
        if upload["state"] == "live":
            upload = {**upload, "state": "withdrawn"}
            publish_module.withdraw(upload["id"], store)


def test_a_damaged_archive_is_told(store, previewed):
    """The rows in force are verified although the file is not checked against them again."""
    found, sent = previewed
    path = archive.upload_path(store, manifest(store)["uploads"][0]["id"])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreFault):
        publish([sent], store=store, checked=found.checked)


def test_the_page_publishes_what_it_has_shown(store, tmp_path, checks, built):
    """What the process of the preview keeps, the process that publishes takes."""
    file, keep = two_dossiers(tmp_path), tmp_path / "keep"
    keep.mkdir()
    sent = (file.read_bytes(), file.name, Reading(), store)
    found = pickle.loads(pickle.dumps(worker._preview(*sent, keep, quiet)))
    checks.clear()
    worker._take(*sent, "an", False, found.prebuilt, found.checked, None, quiet)
    assert not checks and not built
    assert manifest(store)["uploads"][-1]["who"] == "an"


def test_the_program_is_all_that_reads_and_checks():
    """Every room that the ingest uses, and the rules and lists, are compared."""
    rooms = {name for path in (ROOT / "ingest").rglob("*.py") if path.name != "__main__.py" for name in imported(path)}
    assert {*ROOMS} & rooms <= {*checked._PROGRAM}
    known = {name for name, _ in checked._program()}
    assert {"ingest/check.py", "queries/check/dossier_impossible_date.sql", "data/reference/unit.csv"} <= known
