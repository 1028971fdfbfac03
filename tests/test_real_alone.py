"""Real figures stand alone: the first real upload of any table retires every simulated one, and withdrawing it undoes that."""

from __future__ import annotations

import os
import random
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from ingest import Rejected, preview, worker
from ingest.__main__ import DONE, main
from ingest.publish import publish, restore, withdraw
from ingest.reading.look import Reading, look
from ingest.schema import LISTS, tables
from ingest.store.counting import standing
from ingest.template import TITLES
from queries.snapshot import ROOT
from tests.browser import rerun, serve, visit
from tests.test_check import sound, write
from tests.test_store import ask, database, differing, manifest, take
from tests.wire import Client
from ui.menu import MENU

# Every table with figures; steps need a dossier, so that they are sent after one.
TABLES = ("dossier", "kpi_value", "service_report", "index_score", "portal_score", "initiative", *LISTS)
FIGURES = (*TABLES, "dossier_step")
PAGES = [page.removeprefix("pages/").removesuffix(".py").replace("dashboard", "") for page, *_ in MENU]
# Pages without figures of uploaded tables.
NO_FIGURES = {"upload", "administration", "account", "documents", "present"}


def made_up(table: str, number: int = 1, **changes: str) -> dict[str, str]:
    """A simulated row."""
    return sound(table, number, simulated="true", **changes)


def simulated_files(folder: Path) -> list[Path]:
    """One simulated file of each table."""
    rows = {table: [made_up(table)] for table in TABLES} | {"dossier": [made_up("dossier"), made_up("dossier", 2)]}
    rows["dossier_step"] = [made_up("dossier_step")]
    return [write(folder / f"{table}-mp.csv", rows[table]) for table in rows]


@pytest.fixture(autouse=True)
def no_effect(request, monkeypatch):
    """A quick build has no indicators, so that a preview on it compares none."""
    if "quick" in request.fixturenames:
        monkeypatch.setattr(preview, "_before_and_after", lambda *_: (preview.NO_EFFECT, None))


@pytest.fixture
def store(tmp_path, quick) -> Path:
    """A store in which one simulated file of each table is published, built quickly; table `held` has what is in force."""
    held = (
        f"SELECT '{table}' AS name, coalesce(simulated, false) AS simulated FROM merged_{table}" for table in FIGURES
    )
    (quick / "20.sql").write_text(f"CREATE TABLE held AS {' UNION ALL '.join(held)};", encoding="utf-8")
    publish(simulated_files(tmp_path), store=tmp_path / "store")
    return tmp_path / "store"


def in_force(store: Path) -> dict[str, int]:
    """The number of rows in force of each file that has any."""
    return {upload["file"]: upload["rows_in_force"] for upload in manifest(store)["uploads"] if upload["rows_in_force"]}


def shown(store: Path) -> dict[str, str]:
    """The state of each file as the lists of uploads show it."""
    uploads = manifest(store)["uploads"]
    return {upload["file"]: standing(upload, uploads) for upload in uploads}


def test_every_table_with_figures_is_here():
    assert set(FIGURES) == {name for name, table in tables().items() if table.simulatable}


@pytest.mark.parametrize("table", TABLES)
def test_the_first_real_upload_of_any_table_retires_all(table, store, tmp_path):
    first, simulated = database(store), in_force(store)
    assert len(simulated) == len(FIGURES) and set(manifest(store)["simulated_tables"]) == set(FIGURES)
    done = publish([write(tmp_path / "that.csv", [sound(table, 3)])], store=store)
    assert in_force(store) == {"that.csv": 1} and manifest(store)["simulated_tables"] == []
    assert {upload["file"] for upload in done.retired} == set(simulated) and not done.back
    assert shown(store) == {"that.csv": "live"} | dict.fromkeys(simulated, "retired")
    (real,) = done.uploads
    done = withdraw(real["id"], store=store)
    assert {upload["file"] for upload in done.back} == set(simulated) and not done.retired
    assert in_force(store) == simulated and differing(first, database(store)) == []
    assert len(restore(real["id"], store=store).retired) == len(FIGURES) and in_force(store) == {"that.csv": 1}


def test_what_is_no_figure_retires_nothing(store, tmp_path):
    """A target, a catalogue or a taught word is not a real figure."""
    before = in_force(store)
    assert not publish([write(tmp_path / "tu.csv", [sound("alias")])], store=store).retired
    assert in_force(store) == before | {"tu.csv": 1}


def test_the_second_real_upload_retires_nothing_and_the_last_one_brings_back(store, tmp_path):
    real = [take(store, "dossier", sound("dossier", 3)), take(store, "kpi_value", sound("kpi_value", 3))]
    assert not withdraw(real[0]["id"], store=store).back and len(in_force(store)) == 1
    assert len(withdraw(real[1]["id"], store=store).back) == len(FIGURES)
    assert set(manifest(store)["simulated_tables"]) == set(FIGURES)


def test_a_simulated_file_beside_real_ones_does_not_count(store, tmp_path):
    """It is kept, it is said, and it counts once the real ones are withdrawn."""
    real = take(store, "dossier", sound("dossier", 3))
    file = write(tmp_path / "muon.csv", [made_up("kpi_value", 2)])
    found = preview.preview(look(file), store)
    assert (found.accepted, found.new, found.changed, found.unchanged) == (1, 0, 0, 0)
    assert found.effect.empty and found.groups["rule"].tolist() == ["simulated_not_counting"]
    done = publish([file], store=store)
    assert not done.retired and done.uploads[0]["warnings"] == {"simulated_not_counting": 1}
    assert "muon.csv" not in in_force(store) and shown(store)["muon.csv"] == "retired"
    withdraw(real["id"], store=store)
    assert in_force(store)["muon.csv"] == 1


def test_simulated_rows_of_a_real_file_are_left_out(store, tmp_path):
    """Each is counted as a warning, breaks no rule and teaches nothing."""
    bad = made_up("kpi_value", 2, indicator_code="KHÔNG CÓ", value="")
    file = write(tmp_path / "lan.csv", [made_up("kpi_value", 1), bad, sound("kpi_value", 3, simulated="")])
    found = preview.preview(look(file), store)
    assert (found.rows_read, found.accepted, found.rejected, found.new) == (3, 1, 0, 1) and not found.unknown
    assert found.groups[["rule", "cases"]].to_numpy().tolist() == [["simulated_left_out", 2]]
    done = publish([file], store=store)
    (upload,) = done.uploads
    assert (upload["accepted"], upload["real_rows"], upload["warnings"]) == (1, 1, {"simulated_left_out": 2})
    assert [(warning.line, warning.rule) for warning in done.warnings] == [
        (2, "simulated_left_out"), (3, "simulated_left_out")
    ]  # fmt: skip
    assert in_force(store) == {"lan.csv": 1}


@pytest.mark.parametrize("way", ["preview", "publish"])
def test_a_real_file_does_not_rest_on_simulated_rows(way, store, tmp_path):
    """Steps of a simulated dossier are refused; a row that repeats a simulated one is new."""
    steps = write(tmp_path / "buoc.csv", [sound("dossier_step")])
    same = write(tmp_path / "nhu-cu.csv", [sound("dossier")])
    if way == "publish":
        with pytest.raises(Rejected) as refused:
            publish([steps], store=store)
        assert [problem.rule for problem in refused.value.problems] == ["unknown_code"]
        publish([same, steps], store=store)  # with its real dossier it is accepted
        assert in_force(store) == {"nhu-cu.csv": 1, "buoc.csv": 1}
        return
    found = preview.preview(look(steps), store)
    assert (found.accepted, found.rejected) == (0, 1) and found.groups["rule"].tolist() == ["unknown_code"]
    assert not found.retired  # nothing would be published
    found = preview.preview(look(same), store)
    assert (found.new, found.changed, found.unchanged) == (1, 0, 0)


def test_one_publish_of_both_kinds(tmp_path, quick):
    """Real and simulated files sent together: only the real ones count, and are checked alone."""
    store = tmp_path / "store"
    files = [*simulated_files(tmp_path), write(tmp_path / "that.csv", [sound("kpi_value", 3)])]
    publish(files, store=store)
    assert in_force(store) == {"that.csv": 1}
    steps = write(tmp_path / "buoc.csv", [sound("dossier_step")])
    with pytest.raises(Rejected):
        publish([*simulated_files(tmp_path)[:1], steps], store=tmp_path / "other")


def test_rows_of_both_kinds_archived_together_before(store, tmp_path, monkeypatch):
    """An older program archived such a file whole: its simulated rows never count."""
    monkeypatch.setattr("ingest.check.leave_out_simulated", lambda *_: None)
    file = write(tmp_path / "lan.csv", [made_up("kpi_value", 1), sound("kpi_value", 3, simulated="")])
    (upload,) = publish([file], store=store).uploads
    assert (upload["accepted"], upload["real_rows"]) == (2, 1)
    assert in_force(store) == {"lan.csv": 1} and manifest(store)["simulated_tables"] == []


@pytest.mark.parametrize("seed", range(3))
def test_no_snapshot_holds_both(seed, store, tmp_path):
    """Uploads of all tables and kinds, withdrawn and restored in any order, after a simulated district."""
    chance = random.Random(seed)
    seen = {simulated for (simulated,) in ask(store, "SELECT DISTINCT simulated FROM held")}
    for number in range(14):
        uploads = manifest(store)["uploads"]
        if chance.random() < 0.6:
            upload = chance.choice([*uploads, uploads[-1]])
            (restore if upload["state"] == "withdrawn" else withdraw)(upload["id"], store=store)
        else:
            marks = chance.choice([("true",), ("",), ("true", "")])
            table = chance.choice(TABLES)
            rows = [sound(table, 1 + number % 4 + place, simulated=mark) for place, mark in enumerate(marks)]
            rows[0] |= {"percent": str(number)} if table == "initiative" else {}
            with suppress(Rejected):  # the very bytes of an earlier file
                publish([write(tmp_path / f"{number}.csv", rows)], store=store)
        there = [upload for upload in manifest(store)["uploads"] if upload["state"] != "withdrawn"]
        kinds = {simulated for (simulated,) in ask(store, "SELECT DISTINCT simulated FROM held")}
        expected = {not any(upload["real_rows"] for upload in there)} if there else set()
        assert kinds == expected
        assert bool(manifest(store)["simulated_tables"]) == (kinds == {True})
        seen |= kinds
    assert seen == {True, False}


# ---------------------------------------------------------------------- what is said


def test_what_is_said_before_and_after(store, tmp_path, monkeypatch, capsys):
    """On the command line: by look before, by publish, withdraw and restore after, and in the list of uploads."""
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    file = write(tmp_path / "that.csv", [sound("dossier", 3)])

    def said(*arguments: str) -> str:
        capsys.readouterr()
        assert main(list(arguments)) == DONE
        told = capsys.readouterr()
        return " ".join((told.out + told.err).split())

    monkeypatch.setenv("COLUMNS", "300")
    named = f"{len(FIGURES)} lần nạp MÔ PHỎNG (Hồ sơ: 1; "
    before = said("look", str(file))
    assert (
        named in before
        and "Rút lần nạp này thì chúng được tính lại" in before
        and in_force(store).get("that.csv") is None
    )
    assert named in said("publish", str(file))
    uploads = manifest(store)["uploads"]
    assert said("status").count("nhường chỗ") == len(FIGURES)
    assert "lại được tính" in (back := said("withdraw", uploads[-1]["id"])) and named in back
    assert "nhường chỗ" not in said("status")
    assert "không còn được tính" in said("restore", uploads[-1]["id"])
    other = write(tmp_path / "nua.csv", [sound("dossier", 4)])
    assert "MÔ PHỎNG" not in said("look", str(other)) + said("publish", str(other))


def test_preview_names_what_it_retires(tmp_path):
    """Through the process of the upload page, so that the answer can be sent between processes."""
    store = tmp_path / "store"
    publish(simulated_files(tmp_path), store=store)
    file = write(tmp_path / "that.csv", [sound("dossier", 3)])
    found = worker.preview(file.read_bytes(), file.name, Reading(), store)
    assert {upload["table"] for upload in found.retired} == set(FIGURES)
    publish([file], store=store)
    assert not preview.preview(look(write(tmp_path / "nua.csv", [sound("dossier", 4)])), store).retired


@pytest.mark.slow
def test_upload_page_says_what_is_retired_and_what_comes_back(tmp_path):
    publish(simulated_files(tmp_path), store=tmp_path / "store")
    real = take(tmp_path / "store", "dossier", sound("dossier", 3))
    store = {"DASHBOARD_STORE": str(tmp_path / "store")}
    with serve(ROOT / "server.py", tmp_path / "server.log", **store) as address:
        with Client(address) as client:
            words = client.open("upload").words
        assert f"Không còn số liệu thật nào: {len(FIGURES)} lần nạp MÔ PHỎNG" in words
        withdraw(real["id"], store=tmp_path / "store")
        with Client(address) as client:
            words = client.open("upload").words
        assert f"Số liệu thật thay số liệu mô phỏng: {len(FIGURES)} lần nạp MÔ PHỎNG" in words


def test_the_first_real_file_on_the_page(page, tmp_path):
    """What it retires is said before the button, after it, and in the list of uploads."""
    store = tmp_path / "store"
    publish(simulated_files(tmp_path), store=store)
    file = write(tmp_path / "that.csv", [sound("dossier", 3)])
    with serve(ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(store)) as address:
        visit(page, f"{address}/upload")
        with rerun(page):
            page.locator("input[type=file]").set_input_files(str(file))
        said = f"công bố xong, {len(FIGURES)} lần nạp MÔ PHỎNG (Hồ sơ: 1; "
        assert said in page.inner_text("body") and "Rút lần nạp này thì chúng được tính lại" in page.inner_text("body")
        with rerun(page):
            page.get_by_role("button", name="Công bố 1 dòng").click()
        assert f"Số liệu thật thay số liệu mô phỏng: {len(FIGURES)} lần nạp MÔ PHỎNG" in page.inner_text("body")
    assert in_force(store) == {"that.csv": 1}


# ---------------------------------------------------------------------- pages after the first real file


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_every_page_opens_after_the_first_real_file(table, tmp_path):
    """No error, nothing is marked MÔ PHỎNG, and one line says which tables nobody has uploaded."""
    store = tmp_path / "store"
    publish([*simulated_files(tmp_path)], store=store)
    take(store, table, *(sound(table, n) for n in (3, 4)))
    named: list[str] = []
    with serve(ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(store)) as address:
        for page in PAGES:
            with Client(address) as client:
                shown = client.open(page)
            assert "exception" not in shown.kinds and "Trang này gặp lỗi" not in shown.words, page
            if page in NO_FIGURES:
                continue
            marked = [figure["layout"]["meta"]["alt"] for figure in shown.figures]
            assert "mô phỏng" not in "\n".join([shown.words, *marked]).lower(), page
            missing = [line for line in shown.texts if "Chưa nạp: " in line]
            assert len(missing) <= 1 and TITLES[table] not in "".join(missing).partition(".")[0].split(": ")[-1].split(
                "; "
            )
            named += missing
    absent = set(FIGURES) - {table, "service_report"}
    assert all(TITLES[name] in "".join(named) for name in absent)


@pytest.mark.slow
def test_demo_opens_in_a_store_of_its_own(tmp_path):
    """make demo names another store and another port than make run, whatever the office's store is."""
    environment = os.environ | {"DASHBOARD_STORE": str(tmp_path / "office")}
    made = subprocess.run(
        ["make", "-n", "demo", "PYTHON=true"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    ).stdout
    assert "DASHBOARD_STORE='data/demo-store'" in made and "--server.port=8502" in made and "ingest demo" in made
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/data/demo-store/" in ignored and not (tmp_path / "office").exists()
