"""The pictures of the guides in docs/, taken from the app on the simulated district.

python docs/pictures.py [PICTURE …]     all of them, or the named ones: python docs/pictures.py tong-quan trinh-chieu
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, from any folder

from access import accounts
from data import demo
from ingest.publish import publish
from tests.browser import ROOT, launch, open_page, rerun, serve, settled, visit

USERS = {"an": "leader", "lan": "analyst", "chau": "admin"}
PASSWORD = "chỉ dùng để chụp hình"
FOLDER = ROOT / "docs" / "pictures"
HEAD = "STT;Số hồ sơ;Chủ hồ sơ;Đơn vị giải quyết;Tên thủ tục;Hình thức nộp;Trạng thái;Ngày tiếp nhận;Ngày hẹn trả"
ROW = "{0};H11-241104-000{0};(đã che);UBND xã Hàm Đức;1.001193;{1};Đang xử lý;04/11/2024 08:30;{2}"
FORM = (
    "Đơn vị báo cáo: UBND xã Hàm Đức\nKỳ báo cáo: Quý II/2024\n\n"
    "Lĩnh vực;Tiếp nhận tổng số;Trực tuyến;Trực tiếp, dịch vụ bưu chính;Từ kỳ trước;Đã giải quyết tổng số;Trước hạn;"
    "Đúng hạn;Đã giải quyết quá hạn;Đang giải quyết tổng số;Trong hạn;Đang giải quyết quá hạn\n"
    "Hộ tịch;20;12;6;2;18;12;5;1;2;1;1\n"
)


def slim(path: Path) -> None:
    """Write a picture in 256 colours: pages have few, and the guides stay small."""
    Image.open(path).convert("P", palette=Image.Palette.ADAPTIVE, colors=256).save(path, optimize=True)


def export() -> str:
    """An export with two rows to mend."""
    rows = [("Trực tuyến", "11/11/2024"), ("Trực tiếp", "31/11/2024"), ("Qua loa", "12/11/2024")]
    lines = [ROW.format(number, channel, due) for number, (channel, due) in enumerate(rows * 2, start=1)]
    return "\n".join(["UBND HUYỆN HÀM THUẬN BẮC", "DANH SÁCH HỒ SƠ THÁNG 11/2024", "", HEAD, *lines, "Tổng cộng;6"])


def untaught() -> str:
    """An export with a procedure, an office and a state that nobody has taught."""
    rows = [
        f"{number};H11-241118-000{number};(đã che);{unit};{procedure};Trực tuyến;{state};18/11/2024 08:30;22/11/2024"
        for number, (unit, procedure, state) in enumerate(
            (
                ("UBND xã Hàm Đức", "1.001193", "Đang xử lý"),
                ("UBND xã Hàm Đức", "1.013124", "Chờ phân công"),
                ("Phòng Tư pháp", "1.013124", "Đang xử lý"),
            ),
            start=1,
        )
    ]
    return "\n".join([HEAD.replace("Tên thủ tục", "Mã thủ tục"), *rows])


def shoot(page: Page, name: str, height: int = 900, width: int = 1366) -> None:
    """One picture, as high as it needs, where it is wanted."""
    if sys.argv[1:] and name not in sys.argv[1:]:
        return
    page.set_viewport_size({"width": width, "height": height})
    if page.locator('[data-testid="stApp"]').count():
        settled(page)
    page.screenshot(path=FOLDER / f"{name}.png")
    slim(FOLDER / f"{name}.png")
    print(name)


def put(page: Page, path: Path) -> None:
    """Choose a file and wait for its preview."""
    with rerun(page, timeout=90):
        page.locator("input[type=file]").set_input_files(str(path))


def walk(page: Page, address: str, folder: Path) -> None:
    """Every step of the analysts' guide, docs/nhap-lieu.md."""
    visit(page, f"{address}/upload")
    shoot(page, "chon-tep", 520)
    (folder / "ho-so-thang-11.csv").write_text(export(), encoding="utf-8-sig")
    put(page, folder / "ho-so-thang-11.csv")
    shoot(page, "loi-va-tac-dong", 1120)
    page.get_by_text("Cách đọc và ghép cột").click()
    shoot(page, "hieu-tep", 1050)
    visit(page, f"{address}/upload")
    (folder / "ho-so-chua-biet.csv").write_text(untaught(), encoding="utf-8-sig")
    put(page, folder / "ho-so-chua-biet.csv")
    page.get_by_role("radio", name="Thêm mới").first.click()
    settled(page)
    page.set_viewport_size({"width": 1366, "height": 860})
    page.get_by_role("heading", name="Giá trị chưa biết").evaluate("heading => heading.scrollIntoView()")
    shoot(page, "gia-tri-chua-biet", 860)
    visit(page, f"{address}/upload")
    (folder / "II06-Ham-Duc-Quy-II.csv").write_text(FORM, encoding="utf-8-sig")
    put(page, folder / "II06-Ham-Duc-Quy-II.csv")
    with rerun(page, timeout=90):
        page.get_by_role("button", name="Công bố").click()
    for tab, name, height in (
        ("Các lần nạp", "cac-lan-nap", 820),
        ("Đối chiếu II.06", "doi-chieu", 900),
        ("Tệp mẫu", "tep-mau", 520),
    ):
        page.get_by_role("tab", name=tab).click()
        shoot(page, name, height)


def around(page: Page, address: str) -> None:
    """What leaders, analysts and the office's IT person see: docs/lanh-dao.md, chuyen-vien.md, van-hanh.md."""
    page.goto(f"{address}/sign-in")
    shoot(page, "dang-nhap", 460, 900)
    page.get_by_label("Tên đăng nhập").fill("chau")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    visit(page, address)
    shoot(page, "tong-quan", 720)
    visit(page, f"{address}/documents")
    shoot(page, "bao-cao", 384)
    visit(page, f"{address}/letters")
    shoot(page, "thu-don-doc", 760)
    give(page, address)
    shoot(page, "ket-luan", 700)
    visit(page, f"{address}/administration")
    shoot(page, "quan-tri", 612)
    page.set_viewport_size({"width": 1100, "height": 620})
    visit(page, f"{address}/present?show=1&speed=0")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(300)
    shoot(page, "trinh-chieu", 620, 1100)


def give(page: Page, address: str) -> None:
    """A task from the first line of the overview, as a leader gives it; the page shows it then."""
    visit(page, address)
    page.get_by_test_id("stMain").get_by_role("link", name="Giao việc").first.click()
    settled(page)
    with rerun(page):
        page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="Giao việc").click()
    visit(page, f"{address}/commitments")


def part(page: Page, name: str, selector: str) -> None:
    """One part of a page."""
    if sys.argv[1:] and name not in sys.argv[1:]:
        return
    settled(page)
    place = page.locator(selector).last
    place.scroll_into_view_if_needed()
    settled(page)
    place.screenshot(path=FOLDER / f"{name}.png")
    slim(FOLDER / f"{name}.png")
    print(name)


def read(page: Page, address: str) -> None:
    """The three forms of docs/doc-so-lieu.md."""
    page.set_viewport_size({"width": 1366, "height": 1100})
    visit(page, f"{address}/commune?unit=23092&indicator=T05")
    part(page, "muc-thuong", ".st-key-chart_dien-bien-T05")
    visit(page, f"{address}/communes?indicator=T05")
    part(page, "pheu", ".st-key-chart_pheu-T05")
    part(page, "khoang-hang", ".st-key-chart_khoang-hang-T05")
    visit(page, f"{address}/?kind=month&period=2024-09")
    part(page, "muc-tieu-nam", ".st-key-goals")


def main() -> None:
    """Publish the simulated district into a folder of its own and take the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        publish(demo.write(folder), store=folder / "store", who="mô phỏng")
        # add_user writes where the environment says.
        os.environ["DASHBOARD_STORE"] = str(folder / "store")
        os.environ["DASHBOARD_SECRETS"] = str(folder / "secrets.toml")
        for user, role in USERS.items():
            accounts.add_user(user, role, PASSWORD)
        with sync_playwright() as playwright:
            browser = launch(playwright)
            secrets = os.environ["DASHBOARD_SECRETS"]
            with serve(ROOT / "server.py", folder / "guarded.log", DASHBOARD_SECRETS=secrets) as address:
                around(open_page(browser, 1366, 900), address)
            with serve(ROOT / "server.py", folder / "server.log") as address:
                read(open_page(browser, 1366, 900), address)
                walk(open_page(browser, 1366, 900), address, folder)
            browser.close()


if __name__ == "__main__":
    main()
