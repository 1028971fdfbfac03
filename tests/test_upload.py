"""The upload page in the browser, and the preview, on the test's own store."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from ingest import Rejected, worker
from ingest.preview import LINE, REASON, of_state, preview
from ingest.publish import publish
from ingest.reading.encoding import encode
from ingest.reading.look import Reading, look
from ingest.reading.mapping import remember
from ingest.store import archive
from tests.browser import ROOT, rerun, serve, visit
from tests.test_check import sound, stand, write

HEAD = "STT;Số hồ sơ;Chủ hồ sơ;Số điện thoại;Đơn vị giải quyết;Tên thủ tục;Trạng thái;Ngày tiếp nhận;Ngày hẹn trả"
ROW = "{0};H11-240304-000{0};NGƯỜI THỬ {0};0900000001;UBND xã Hàm Đức;1.001193;Đang xử lý;04/03/2024 08:30;{1}"


def export(path: Path, *due: str) -> Path:
    """An export in TCVN3 with a title above and a total below, one dossier per due date."""
    rows = [ROW.format(number, date) for number, date in enumerate(due, start=1)]
    text = "\r\n".join(["DANH SÁCH HỒ SƠ", "", HEAD, *rows, "Tổng cộng;2;;;;;;;"])
    path.write_bytes(encode(text.lower(), "tcvn3"))
    return path


@pytest.fixture(scope="session")
def one_dossier(shared) -> Path:
    """A folder with one.csv and a store in which it is published. Read only."""

    def fill(folder: Path) -> None:
        publish([write(folder / "one.csv", [sound("dossier")])], store=folder / "store")

    return shared("one_dossier", fill)


@pytest.fixture
def store(one_dossier, tmp_path) -> Path:
    """A store with one dossier, in the folder of its file."""
    shutil.copytree(one_dossier, tmp_path, dirs_exist_ok=True)
    return tmp_path / "store"


@pytest.fixture
def address(store, tmp_path) -> Iterator[str]:
    """The upload page on that store."""
    with serve(ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(store)) as address:
        yield f"{address}/upload"


def put(page, path: Path) -> None:
    """Choose a file and wait for its preview."""
    with rerun(page):
        page.locator("input[type=file]").set_input_files(str(path))


def test_preview(store, tmp_path):
    """Rows read, refused and new; the refused row is returned without the citizen's name, with line and reason."""
    found = preview(look(export(tmp_path / "a.csv", "11/03/2024", "31/02/2024")), store)
    assert (found.rows_read, found.accepted, found.rejected, found.new) == (2, 1, 1, 1)
    assert found.source.look.personal == ["chủ hồ sơ", "số điện thoại"]
    assert found.source.skipped == {"dòng tổng": 1}
    assert found.rejects[LINE].tolist() == [5] and "ngày hẹn trả" in found.rejects.columns
    assert "Không phải ngày giờ" in found.rejects[REASON][0]
    assert not found.rejects.map(lambda value: "người thử" in str(value) or "0900000001" in str(value)).any(axis=None)


def test_preview_of_known_rows(store, tmp_path):
    """An existing row is counted as unchanged, or as changed if it differs."""
    rows = [sound("dossier"), sound("dossier", 2)]
    found = preview(look(write(tmp_path / "b.csv", rows)), store)
    assert (found.new, found.changed, found.unchanged) == (1, 0, 1)
    rows[0]["channel"] = "online"
    found = preview(look(write(tmp_path / "c.csv", rows)), store)
    assert (found.new, found.changed, found.unchanged) == (1, 1, 0)


def test_effect_on_the_figures(store, tmp_path):
    """A late dossier lowers the on-time figure, withdrawing it restores the figure; the store stays unchanged.

    Two dossiers of one commune say nothing of the district: neither better nor worse.
    """
    late = sound("dossier", 2, processed_at="2024-03-20 10:00:00", returned_at="2024-03-20 10:00:00")
    before = stand(store)
    path = write(tmp_path / "late.csv", [late])
    effect = preview(look(path), store).effect.set_index("name")
    assert effect.loc["Đúng hạn (766)", ["before", "value", "is_whole"]].tolist() == [100.0, 50.0, False]
    assert effect["is_better"].isna().all()
    assert set(effect["period_title"]) == {"Quý I/2024"}
    assert stand(store) == before
    upload = publish([path], store=store).uploads[0]
    back = of_state(upload["id"], "withdrawn", store).set_index("name")
    assert back.loc["Đúng hạn (766)", ["before", "value", "is_whole"]].tolist() == [50.0, 100.0, False]


@pytest.mark.parametrize(("score", "is_better"), [("60", False), ("80.5", True)])
def test_effect_on_a_figure_of_the_whole(store, tmp_path, score, is_better):
    """What the district itself reports is whole: better or worse."""
    row = {"unit_code": "597", "indicator_code": "C01", "period": "2023", "value": "70"}
    publish([write(tmp_path / "a.csv", [sound("kpi_value", 1, **row)])], store=store)
    (effect,) = preview(
        look(write(tmp_path / "b.csv", [sound("kpi_value", 1, **row | {"value": score})])), store
    ).effect.to_dict("records")
    told = {name: effect[name] for name in ("name", "before", "value", "is_whole", "is_better")}
    assert told == {"name": "Điểm CCHC", "before": 70, "value": float(score), "is_whole": True, "is_better": is_better}


def test_rejected_rows_mended(store, tmp_path):
    """The corrected file of refused rows is accepted as it is."""
    seen = look(export(tmp_path / "a.csv", "11/03/2024", "31/02/2024"))
    found = preview(seen, store)
    publish([seen], store=store, valid_only=True)
    mended = found.rejects.assign(**{"ngày hẹn trả": "12/03/2024"})
    mended.to_csv(tmp_path / "mended.csv", index=False)
    upload = publish([tmp_path / "mended.csv"], store=store).uploads[0]
    assert (upload["accepted"], upload["rejected"]) == (1, 0)
    assert [entry["rejected"] for entry in archive.newest_manifest(store)["uploads"]] == [0, 1, 0]


def test_nothing_personal_is_kept(store, tmp_path):
    """Neither the archive nor a manifest contains a citizen's name or number."""
    publish([export(tmp_path / "a.csv", "11/03/2024")], store=store)
    for path in store.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"0900000001" not in data and "người thử".encode() not in data, path


def test_good_file(page, address, tmp_path, store):
    """A TCVN3 export is published with two clicks; its rows are archived; it can be withdrawn."""
    visit(page, address)
    put(page, export(tmp_path / "a.csv", "11/03/2024", "12/03/2024"))
    assert page.get_by_text("TCVN3 (ABC)").first.is_visible()
    assert page.get_by_text("Đã bỏ 2 cột dữ liệu cá nhân").is_visible()
    with rerun(page):
        page.get_by_role("button", name="Công bố 2 dòng").click()
    assert page.get_by_text("Đã công bố: bản số liệu s000002").is_visible()
    page.get_by_role("tab", name="Các lần nạp").click()
    page.get_by_role("button", name="Rút lần nạp này").click()
    with rerun(page):
        page.get_by_role("button", name="Rút", exact=True).click()
    assert archive.newest_manifest(store)["uploads"][1]["state"] == "withdrawn"


def test_mapping_by_hand(page, address, tmp_path, store):
    """An unknown header is mapped by hand, and the mapping is stored for the next file of this layout."""
    visit(page, address)
    path = write(tmp_path / "a.csv", [sound("dossier", 5)])
    path.write_text(path.read_text("utf-8").replace("dossier_code", "ký hiệu riêng"), "utf-8")
    put(page, path)
    assert page.get_by_text("Chưa ghép được cột bắt buộc: Mã hồ sơ").is_visible()
    page.get_by_role("combobox", name="Mã hồ sơ *").click()
    page.get_by_role("option", name="ký hiệu riêng").click()
    with rerun(page):
        page.get_by_role("button", name="Đọc lại").click()
    with rerun(page):
        page.get_by_role("button", name="Công bố 1 dòng").click()
    again = look(path, Reading(), store)
    assert again.mapping.remembered and not again.mapping.missing


def test_columns_of_values_by_hand(page, address, tmp_path, store):
    """The page asks once which column is the value and which indicator an unknown column holds; then it remembers."""
    form = (
        "Đơn vị,{},,,\n,S01,,Hộ có Internet cáp quang (%),\n,Thực hiện,Tỷ lệ,Thực hiện,Tỷ lệ\n"
        "Hàm Đức,61,62,70,71\nMa Lâm,63,64,72,73\n"
    )
    path = tmp_path / "a.csv"
    path.write_text(form.format("Tháng 1/2024"), "utf-8")
    visit(page, address)
    put(page, path)
    assert page.get_by_text("Không rõ cột nào là giá trị: “Thực hiện”, “Tỷ lệ”").is_visible()
    assert page.get_by_text("Chưa rõ là chỉ tiêu nào: Hộ có Internet cáp quang (%)").is_visible()
    page.get_by_role("button", name="Đọc lại").scroll_into_view_if_needed()  # a list closes when the page moves
    page.get_by_role("combobox", name="Giá trị").click()
    page.get_by_role("option", name="Tỷ lệ", exact=True).click()
    with rerun(page):
        page.get_by_role("button", name="Đọc lại").click()
    assert page.get_by_text("Chưa rõ là chỉ tiêu nào").count() == 0
    with rerun(page):
        page.get_by_role("button", name="Công bố 4 dòng").click()
    path.write_text(form.format("Tháng 2/2024"), "utf-8")
    again = look(path, Reading(), store).mapping
    assert again.remembered and not again.asked and not again.missing
    taken = {(heading.indicator, heading.period, again.label(place)) for place, heading in again.taken.items()}
    assert taken == {("S01", "2024-02", "Tỷ lệ"), ("S05", "2024-02", "Tỷ lệ")}


def test_template_filled(page, address, tmp_path, store):
    """A template is downloaded, filled and uploaded; its example row is skipped."""
    visit(page, address)
    page.get_by_role("tab", name="Tệp mẫu").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Giá trị chỉ tiêu").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    for column, value in enumerate(("Hàm Đức", "Quý I/2024", "S01", 63.5), start=1):
        book["Số liệu"].cell(3, column, value)
    book.save(tmp_path / "filled.xlsx")
    page.get_by_role("tab", name="Tệp mới").click()
    put(page, tmp_path / "filled.xlsx")
    assert page.get_by_text("1 dòng ví dụ của mẫu").is_visible()
    with rerun(page):
        page.get_by_role("button", name="Công bố 1 dòng").click()
    assert archive.newest_manifest(store)["uploads"][1]["table"] == "kpi_value"


def test_mended_file(page, address, tmp_path, store):
    """The refused row is downloaded with its line; the valid rows are published, then the corrected row too."""
    visit(page, address)
    put(page, export(tmp_path / "a.csv", "11/03/2024", "31/02/2024"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Tải các dòng bị trả lại để sửa").click()
    with rerun(page):
        page.get_by_role("button", name="Công bố 1 dòng hợp lệ").click()
    rejects = pd.read_csv(download.value.path(), dtype=str)
    assert rejects["ngày hẹn trả"].tolist() == ["31/02/2024"] and rejects[LINE].tolist() == ["5"]
    assert archive.newest_manifest(store)["uploads"][1]["rejected"] == 1
    # The page runs twice: a file chosen between the two runs would be dropped with the old upload box.
    page.get_by_text("Đã công bố: bản số liệu").wait_for()
    mended = tmp_path / "mended.csv"
    mended.write_bytes(Path(download.value.path()).read_bytes().replace(b"31/02/2024", b"12/03/2024"))
    put(page, mended)
    with rerun(page):
        page.get_by_role("button", name="Công bố 1 dòng").click()
    uploads = archive.newest_manifest(store)["uploads"]
    assert [(upload["accepted"], upload["rejected"]) for upload in uploads] == [(1, 0), (1, 1), (1, 0)]


def test_file_already_taken(page, address, tmp_path):
    """The same bytes are refused before any check."""
    visit(page, address)
    put(page, tmp_path / "one.csv")
    assert page.get_by_text("Tệp này đã được nạp").is_visible()
    assert page.get_by_role("button", name="Công bố").count() == 0


def test_first_file_of_an_empty_store(page, tmp_path):
    """The page works without any data, and the other pages say where to start."""
    with serve(ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(tmp_path / "new")) as address:
        visit(page, address)
        assert page.get_by_text("Mở trang “Nạp số liệu”").is_visible()
        visit(page, f"{address}/upload")
        put(page, export(tmp_path / "a.csv", "11/03/2024"))
        with rerun(page):
            page.get_by_role("button", name="Công bố 1 dòng").click()
        assert page.get_by_text("Đã công bố: bản số liệu s000001").is_visible()


def test_two_at_once(page, address, tmp_path, store):
    """While another writer holds the store, the page says so and waits; then it continues by itself."""
    visit(page, address)
    put(page, export(tmp_path / "a.csv", "11/03/2024"))
    with rerun(page), archive.writing(store):
        page.get_by_role("button", name="Công bố 1 dòng").click()
        page.get_by_text("Một lần nạp khác đang chạy; đang chờ đến lượt").wait_for()
        # The store is free again.
    assert page.get_by_text("Đã công bố: bản số liệu s000002").is_visible()


def test_others_are_told(page, address, tmp_path, store):
    """An open page shows new data at the next click, and says so."""
    visit(page, address.replace("/upload", "/"))
    publish([export(tmp_path / "a.csv", "11/03/2024")], store=store)
    with rerun(page):
        page.get_by_test_id("stSidebar").get_by_role("link", name="Các xã, thị trấn").click()
    assert page.get_by_text("Có số liệu mới: bản s000002 thay bản s000001").is_visible()


def test_work_that_dies(store, tmp_path, monkeypatch):
    """A process that ends without an answer gives a sentence; the store stays unchanged."""
    before = stand(store)
    monkeypatch.setattr(worker.sys, "executable", shutil.which("true"))
    with pytest.raises(Rejected, match="dừng giữa chừng"):
        worker.take(b"a", "a.csv", Reading(), store, "chuyên viên")
    assert stand(store) == before


@pytest.mark.parametrize("kept", ["3", "[]", "{}", '{"table": [], "columns": {}}', '{"table": "dossier", "columns": []}',
                                  '{"table": "dossier", "columns": {"unit_code": 3}}'])  # fmt: skip
def test_a_remembered_layout_of_another_kind_is_none(tmp_path, kept):
    """The file is read like one with a new layout."""
    seen = look(export(tmp_path / "a.csv", "11/03/2024"))
    remember(tmp_path / "store", seen.mapping)
    (path,) = (tmp_path / "store" / "mappings").iterdir()
    path.write_text(kept)
    again = look(tmp_path / "a.csv", store=tmp_path / "store")
    assert not again.mapping.remembered and again.mapping.columns == seen.mapping.columns


def test_a_process_that_reads_a_file_loads_no_pandas():
    """To import it takes as long as all the rest together, for every file that somebody chooses."""
    said = "import sys, ingest.worker; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", said], cwd=ROOT, check=False).returncode == 0
