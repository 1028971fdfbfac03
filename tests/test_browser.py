"""The app in Chromium: links, filters, pages in three sizes, new data, downloads."""

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from ingest.publish import publish
from reports.playlist import TITLES
from tests.browser import ROOT, free_port, open_page, rerun, serve, settled, visit
from tests.wire import Client, Shown
from ui.menu import MENU
from words.columns import TITLES as COLUMN_TITLES
from words.download import as_csv, as_workbook

PERIOD = {"calendar": "solar", "kind": "quarter", "period": "2024-Q4", "compare": "previous"}
EARLIER = {"calendar": "reporting", "kind": "month", "period": "2024-11", "compare": "last_year"}
DOSSIERS = {"unit": "597", "field": "all", "channel": "all"}
# On a page without charts, which take most of the time of a page: for what every page does alike.
LISTED = EARLIER | {"unit": "23062", "channel": "online", "subset": "received"}
# Page, its filters in the URL with their default values, its charts.
PAGES = {
    "/": ("Tổng quan", PERIOD, 2),
    "/communes": ("Các xã, thị trấn", PERIOD | {"scope": "commune", "indicator": "score", "group": "service"}, 6),
    "/commune": ("Từng xã, thị trấn", PERIOD | {"unit": "23107", "indicator": "T05"}, 2),
    "/dossiers": ("Hồ sơ", PERIOD | DOSSIERS | {"dimension": "unit"}, 3),
    "/overdue": ("Trễ hạn", PERIOD | DOSSIERS, 5),
    "/land": ("Đất đai 3 cấp", PERIOD | {"unit": "597"}, 3),
    "/discipline": ("Kỷ cương", PERIOD | DOSSIERS | {"threshold": "3"}, 6),
    "/online": ("Trực tuyến", PERIOD | DOSSIERS, 2),
    "/dossier_list": (
        "Danh sách hồ sơ",
        PERIOD | DOSSIERS | {"subset": "late", "sort": "days_late", "page": "1"},
        0,
    ),
    "/digital": (
        "Chuyển đổi số",
        PERIOD | {"scope": "commune", "criterion": "total", "indicator": "S08"},
        6,
    ),
    "/reform": ("Cải cách hành chính", PERIOD | {"year": "2024", "indicator": "C05"}, 3),
    "/service_index": ("Chỉ số 766", PERIOD | {"unit": "597", "scope": "commune"}, 3),
    "/ranking": ("Xếp hạng 10 huyện", {"index": "dti", "year": "2024", "spread": "30"}, 7),
    "/compare": ("So sánh xã", PERIOD | {"scope": "commune", "group": "every", "units": "23107,23074,23068"}, 1),
    "/whatif": ("Nếu – thì", PERIOD | {"index": "dti", "goal_unit": "597", "wanted": "85"}, 0),
    "/present": (
        "Trình chiếu",
        PERIOD | {"unit": "597", "speed": "20", "look": "light", "slides": ",".join(TITLES)},
        0,
    ),
    "/data_health": ("Tình hình số liệu", {"table": "dossier", "until": "2024-12", "unit": "597"}, 1),
    "/documents": ("Báo cáo", PERIOD | {"unit": "597", "slides": ",".join(TITLES)}, 0),
}
SCREEN, LAPTOP, PHONE = (
    {"width": width, "height": height} for width, height in ((1920, 1080), (1366, 768), (390, 844))
)
ENGLISH = (
    r"\b(Loading|Error|Warning|Download|Close|Open|Search|Select|Choose|Options?|Deploy|Rerun|Running|Stop|"
    r"Settings|Menu|View|Fullscreen|Clear|No results|Press|Submit|Show|Hide|Page|Home|Copy|Reset|Zoom|and|the|of)\b"
)

# The visible texts, without icons (their names are drawn as images): [text, colours, sizes].
SEEN = """() => {
    const ink = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgba = color => {
        ink.clearRect(0, 0, 1, 1);
        ink.fillStyle = color;
        ink.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = ink.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
    const above = node => node.assignedSlot || node.parentElement || node.getRootNode().host;
    const behind = element => {
        const layers = [];
        for (let at = element; at; at = above(at)) {
            const layer = rgba(getComputedStyle(at).backgroundColor);
            if (layer[3] > 0) layers.push(layer);
            if (layer[3] === 1) break;
        }
        return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
    };
    const faded = element => {
        let share = 1;
        for (let at = element; at; at = above(at)) share *= parseFloat(getComputedStyle(at).opacity);
        return share;
    };
    const light = color => {
        const [r, g, b] = color.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = element => {
        const paper = behind(element), text = rgba(getComputedStyle(element).color);
        text[3] *= faded(element);
        const [low, high] = [light(over(text, paper)), light(paper)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
    const found = [];
    const look = root => {
        const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
            if (node.nodeType === 1) {
                if (node.shadowRoot) look(node.shadowRoot);
                continue;
            }
            const text = node.textContent.trim(), element = node.parentElement;
            if (!text || !element || element.closest('style, script, template, [data-testid="stIconMaterial"]')) continue;
            if (!element.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            const box = range.getBoundingClientRect();
            if (box.width < 2 || box.height < 2 || box.right < 0 || box.bottom < -scrollY) continue;
            const drawn = Boolean(element.closest('svg'));
            found.push({text, drawn, contrast: drawn ? null : contrast(element)});
        }
    };
    look(document.body);
    return found;
}"""

# For every chart: how often it shows MÔ PHỎNG, and whether the mark is inside the chart's box.
MARKS = """() => [...document.querySelectorAll('[data-testid="stPlotlyChart"]')].map(chart => {
    const marks = [...chart.querySelectorAll('text')].filter(text => text.textContent.trim() === 'MÔ PHỎNG');
    const right = Math.max(0, ...marks.map(mark => mark.getBoundingClientRect().right));
    let box = chart;
    while (box.parentElement && getComputedStyle(box).borderRightWidth === '0px') box = box.parentElement;
    return {marks: marks.length, inside: right <= box.getBoundingClientRect().right};
})"""

CONNECTED = """() => document.querySelector('[data-testid="stApp"]').dataset.testConnectionState === 'CONNECTED'"""

# How much wider the document and its scrolling part are than the visible area.
TOO_WIDE = """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
    .map(part => part.scrollWidth - part.clientWidth)"""


def address(app: str, path: str, filters: dict[str, str]) -> str:
    """The address of a page with filters."""
    return f"{app}{path}?{urlencode(filters)}"


def filters(page: Page) -> dict[str, str]:
    """The filters in the URL."""
    return dict(parse_qsl(urlsplit(page.url).query))


def words(page: Page) -> str:
    """The line under the title."""
    return page.get_by_test_id("stMarkdown").filter(has_text="Huyện Hàm Thuận Bắc ·").first.inner_text()


def heading(page: Page) -> str:
    """The title on the page."""
    return page.get_by_role("heading", level=1).inner_text()


OF_PERIOD = ("Loại kỳ", "Lịch", "Kỳ", "So với")


def unfold(page: Page, label: str) -> None:
    """Open the button of the period if this is one of its filters."""
    if label in OF_PERIOD and not page.get_by_role("radiogroup", name=OF_PERIOD[0], exact=True).count():
        page.locator(".st-key-filters button").first.click()
        page.get_by_role("radiogroup", name=OF_PERIOD[0], exact=True).wait_for()


def fold(page: Page) -> None:
    """Close the button of the period."""
    if page.get_by_role("radiogroup", name=OF_PERIOD[0], exact=True).count():
        page.keyboard.press("Escape")
        page.get_by_role("radiogroup", name=OF_PERIOD[0], exact=True).wait_for(state="detached")


def chosen(page: Page, label: str) -> str:
    """The value shown by a filter."""
    unfold(page, label)
    row = page.get_by_role("radiogroup", name=label, exact=True)
    if row.count():
        return row.get_by_role("radio", checked=True).inner_text()
    return page.get_by_role("combobox", name=label, exact=True).input_value()


def pick(page: Page, label: str, option: str) -> None:
    """Choose an option of a filter and wait for the page."""
    unfold(page, label)
    row = page.get_by_role("radiogroup", name=label, exact=True)
    with rerun(page):
        if row.count():
            row.get_by_role("radio", name=option, exact=True).click()
        else:
            page.get_by_role("combobox", name=label, exact=True).click()
            page.get_by_role("option", name=option, exact=True).click()


def follow(page: Page, name: str) -> None:
    """Click a page in the menu and wait for it."""
    page.get_by_test_id("stSidebar").get_by_role("link", name=name).click()
    expect(page).to_have_title(re.compile(f"^{re.escape(name)} ·"))
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    settled(page)


def seen(page: Page) -> list[dict]:
    """The texts on the page with their contrast."""
    return page.evaluate(SEEN)


def click(page: Page, drawn: Locator) -> None:
    """Click at a drawn element of a chart: Plotly receives the click on a layer above it."""
    drawn.scroll_into_view_if_needed()
    settled(page)
    box = drawn.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    # Plotly clicks on the hovered element, and hovers with a delay, so wait for the label first.
    expect(page.locator(".hoverlayer .hovertext").first).to_be_visible()
    page.mouse.down()
    page.mouse.up()


def untroubled(page: Page) -> None:
    """No error, no traceback, no English."""
    assert page.get_by_test_id("stException").count() == 0
    texts = [one["text"] for one in seen(page)]
    everything = "\n".join(texts)
    assert "Traceback" not in everything and "Trang này gặp lỗi" not in everything
    assert [text for text in texts if re.search(ENGLISH, text) and not text.startswith("Skip to")] == []


def real_scores(demo_files: Path, folder: Path) -> Path:
    """Write the simulated scores as real ones."""
    target = folder / "diem-chi-so-that.csv"
    text = (demo_files / "diem-chi-so.csv").read_text(encoding="utf-8")
    assert text.count(",true\n") > 100
    target.write_text(text.replace(",MÔ PHỎNG,true\n", ",Kiểm thử,\n").replace(",true\n", ",\n"), encoding="utf-8")
    return target


# A link opened in a new session.


def test_link_to_a_ranking(app, page):
    visit(page, address(app, "/ranking", {"index": "par", "year": "2023"}))
    expect(page).to_have_title(re.compile("^Xếp hạng 10 huyện · "))
    assert heading(page) == "Xếp hạng 10 huyện"
    assert chosen(page, "Bộ chỉ số") == "Chỉ số cải cách hành chính"
    assert chosen(page, "Năm") == "2023"
    assert words(page) == "Huyện Hàm Thuận Bắc · Chỉ số cải cách hành chính · năm 2023"
    assert filters(page) == {"index": "par", "year": "2023", "spread": "30"}
    assert "năm 2023" in page.get_by_test_id("stPlotlyChart").first.get_attribute("aria-label")


def test_link_to_the_communes(app, page):
    asked = EARLIER | {"scope": "successor", "indicator": "T14", "group": "digital"}
    visit(page, address(app, "/communes", asked))
    expect(page).to_have_title(re.compile("^Các xã, thị trấn · "))
    assert chosen(page, "Lịch") == "Kỳ báo cáo (15–14)"
    assert chosen(page, "Loại kỳ") == "Tháng"
    assert chosen(page, "Kỳ") == "Tháng 11/2024"
    assert chosen(page, "So với") == "Cùng kỳ năm trước"
    assert chosen(page, "Chỉ tiêu") == "Tỷ lệ hồ sơ nộp trực tuyến"
    assert chosen(page, "Nhóm trong bảng") == "Chuyển đổi số"
    assert chosen(page, "Đơn vị hành chính") == "Đơn vị từ 01/7/2025"
    said = words(page)
    assert "Tháng 11/2024 (15/10/2024 – 14/11/2024, kỳ báo cáo (15–14))" in said
    assert "so với Tháng 11/2023" in said and "chỉ tiêu: Tỷ lệ hồ sơ nộp trực tuyến" in said
    assert filters(page) == asked


def test_link_to_one_commune(app, page):
    asked = {"unit": "23065", "indicator": "T08", "kind": "half", "period": "2024-H1"}
    visit(page, address(app, "/commune", asked))
    expect(page).to_have_title(re.compile("^Từng xã, thị trấn · "))
    assert chosen(page, "Xã, thị trấn") == "Xã La Dạ"
    assert chosen(page, "Chỉ tiêu xem diễn biến") == "Tỷ lệ hồ sơ trễ hạn có thư xin lỗi"
    assert chosen(page, "Loại kỳ") == "6 tháng" and chosen(page, "Kỳ") == "6 tháng đầu năm 2024"
    said = words(page)
    for part in ("6 tháng đầu năm 2024 (01/01/2024 – 30/06/2024", "so với 6 tháng cuối năm 2023", "Xã La Dạ"):
        assert part in said
    assert filters(page) == PERIOD | asked


def test_a_period_of_another_kind_falls_back(app, page):
    visit(page, address(app, "/", {"kind": "month", "period": "2024-Q4"}))
    assert filters(page) == PERIOD | {"kind": "month", "period": "2024-12"}


def test_a_period_that_is_not_over_says_so(app, page):
    visit(page, address(app, "/", {"calendar": "reporting", "kind": "month", "period": "2025-01"}))
    assert "kỳ chưa hết · so với Tháng 12/2024 (cùng số ngày)" in words(page)


def test_the_first_period_says_that_nothing_is_before_it(app, page):
    visit(page, address(app, "/communes", {"kind": "year", "period": "2023"}))
    assert "chưa có kỳ so sánh" in words(page)
    assert page.get_by_test_id("stPlotlyChart").count() == 5  # there is no chart of changes
    untroubled(page)


# Filters, links, back button.


def test_a_filter_changes_url_and_words(app, page):
    visit(page, app + "/communes")
    pick(page, "Loại kỳ", "Tháng")
    assert filters(page)["kind"] == "month" and filters(page)["period"] == "2024-12"
    pick(page, "Kỳ", "Tháng 3/2024")
    pick(page, "So với", "Cùng kỳ năm trước")
    assert "Tháng 3/2024 (01/03/2024 – 31/03/2024" in words(page) and "so với Tháng 3/2023" in words(page)
    pick(page, "Nhóm trong bảng", "Cải cách hành chính")
    assert filters(page) == {
        "calendar": "solar",
        "kind": "month",
        "period": "2024-03",
        "compare": "last_year",
        "scope": "commune",
        "indicator": "score",
        "group": "reform",
    }


def test_a_filter_changes_the_figures(app, page):
    visit(page, address(app, "/commune", {"unit": "23065"}))
    before = page.get_by_test_id("stMetricValue").all_inner_texts()
    pick(page, "Xã, thị trấn", "Thị trấn Ma Lâm")
    assert "Thị trấn Ma Lâm" in words(page)
    assert page.get_by_test_id("stMetricValue").all_inner_texts() != before


def test_the_copied_link_shows_the_same(app, page, browser):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, address(app, "/compare", EARLIER | {"scope": "successor", "group": "digital"}))
    pick(page, "Kỳ", "Tháng 9/2024")
    page.get_by_role("button", name="Chép liên kết").click()
    expect(page.get_by_role("button", name="Đã chép")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert dict(parse_qsl(urlsplit(link).query)) == filters(page)
    other = open_page(browser)
    try:
        visit(other, link)
        assert filters(other) == filters(page)
        assert words(other) == words(page)
        labels = [one.get_by_test_id("stPlotlyChart").first.get_attribute("aria-label") for one in (page, other)]
        assert labels[0] == labels[1]
    finally:
        other.context.close()


def test_the_menu_keeps_the_period(app, page):
    visit(page, address(app, "/communes", EARLIER))
    follow(page, "Từng xã, thị trấn")
    assert EARLIER.items() <= filters(page).items() and "Tháng 11/2024" in words(page)
    follow(page, "Tổng quan")
    assert filters(page) == EARLIER


def test_the_menu_keeps_the_period_past_the_ranking(app, page):
    visit(page, address(app, "/communes", EARLIER))
    follow(page, "Xếp hạng 10 huyện")
    follow(page, "Tổng quan")
    assert filters(page) == EARLIER


def test_the_back_button_restores_the_filters(app, page):
    visit(page, address(app, "/dossier_list", LISTED))
    before = filters(page), words(page)
    pick(page, "Kỳ", "Tháng 9/2024")
    pick(page, "So với", "Kỳ trước")
    assert filters(page)["compare"] == "previous"
    with rerun(page):
        page.go_back()
    assert filters(page)["period"] == "2024-09" and filters(page)["compare"] == "last_year"
    assert chosen(page, "So với") == "Cùng kỳ năm trước"
    with rerun(page):
        page.go_back()
    assert (filters(page), words(page)) == before
    assert chosen(page, "Kỳ") == "Tháng 11/2024"


def search(page: Page, text: str) -> None:
    """Write into the search box of the list of dossiers and wait for the page."""
    with rerun(page):
        box = page.get_by_label("Tìm mã hồ sơ, tên thủ tục")
        box.fill(text)
        box.press("Enter")


# What happened to the address, told when a test of it fails: such a failure may come once in fifty runs.
MOVES = """(() => {
    const moves = window.moves = [];
    for (const how of ["pushState", "replaceState"]) {
        const real = history[how].bind(history);
        history[how] = (state, title, address) => { moves.push(`${how} ${address}`); real(state, title, address); };
    }
    addEventListener("popstate", () => moves.push(`popstate ${location.href}`), true);
})()"""


def test_one_press_of_back_undoes_one_thing(app, page):
    """One press of Back undoes one action: a filter, a menu page, a chart click, a search.

    This holds however often the pages have rewritten the URL.
    """
    page.add_init_script(MOVES)
    link = page.get_by_test_id("stSidebar").get_by_role("link", name="Các xã, thị trấn")
    mark = page.get_by_test_id("stPlotlyChart").nth(1).locator(".point", has_text="Giang").last
    steps = [
        ("Tổng quan", lambda: visit(page, app)),
        ("Tổng quan", lambda: pick(page, "Loại kỳ", "Tháng")),
        ("Các xã, thị trấn", lambda: link.dblclick()),
        ("Từng xã, thị trấn", lambda: click(page, mark)),
        ("Danh sách hồ sơ", lambda: follow(page, "Danh sách hồ sơ")),
        ("Danh sách hồ sơ", lambda: search(page, "khai tử")),
    ]
    been = []
    for title, step in steps:
        step()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        settled(page)
        been.append((heading(page), filters(page), words(page)))
    while been.pop() and been:
        with rerun(page):
            page.go_back()
        assert (heading(page), filters(page), words(page)) == been[-1], page.evaluate("window.moves")


@pytest.mark.parametrize(
    ("label", "option", "changes"),
    [("Loại kỳ", "Quý", {"kind", "period"}), ("So với", "Kỳ trước", {"compare"})],
    ids=["segments", "select box"],
)
def test_the_first_click_after_a_restart_counts(label, option, changes, demo_store, tmp_path, page, complaints):
    """After a restart, an open page sends its values and the click; the URL contains only the old values."""
    port, store = free_port(), str(demo_store)
    with serve(ROOT / "server.py", tmp_path / "before.log", port, DASHBOARD_STORE=store) as app:
        visit(page, address(app, "/dossier_list", LISTED))
        before = filters(page)
    with serve(ROOT / "server.py", tmp_path / "after.log", port, DASHBOARD_STORE=store):
        page.wait_for_function(CONNECTED, timeout=60_000)
        pick(page, label, option)
        assert chosen(page, label) == option
        assert {name for name, value in filters(page).items() if value != before[name]} == changes
        with rerun(page):
            page.go_back()
        assert filters(page) == before and "Tháng 11/2024" in words(page)
        page.goto("about:blank")
    complaints.clear()  # the connection is refused during the restart


def test_a_reload_shows_the_same(app, page):
    visit(page, address(app, "/dossier_list", LISTED))
    pick(page, "Xếp theo", "Hẹn trả sớm nhất")
    before = filters(page), words(page)
    page.reload()
    settled(page)
    assert (filters(page), words(page)) == before


@pytest.mark.parametrize(
    ("path", "chart", "mark", "commune"),
    [
        ("/", 0, "Giang", "Xã Đông Giang"),
        ("/communes", 0, "", ""),
        ("/communes", 1, "Giang", "Xã Đông Giang"),
        ("/communes", 2, "", ""),
        ("/communes", 3, "", ""),
        ("/communes", 4, "", ""),
        ("/communes", 5, "", ""),
    ],
)
def test_a_click_in_a_chart_opens_the_commune(path, chart, mark, commune, app, page):
    visit(page, address(app, path, EARLIER))
    click(page, page.get_by_test_id("stPlotlyChart").nth(chart).locator(".point", has_text=mark).last)
    expect(page.get_by_role("heading", level=1)).to_have_text("Từng xã, thị trấn")
    settled(page)
    assert chosen(page, "Xã, thị trấn") == (commune or chosen(page, "Xã, thị trấn"))
    assert EARLIER.items() <= filters(page).items()


def test_a_note_opens_what_it_is_about(app, page):
    visit(page, address(app, "/", EARLIER))
    with rerun(page):
        page.get_by_test_id("stMain").get_by_role("link", name="Mở").last.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Tổng quan")
    settled(page)
    assert EARLIER.items() <= filters(page).items()


# Every page in three sizes.


def sound(page: Page, width: int, charts: int) -> None:
    """Nothing is wider than the window, texts are readable, every chart has an alt text and its mark inside its box."""
    assert page.evaluate(TOO_WIDE) == [0, 0]
    marks = page.evaluate(MARKS)
    assert len(marks) == charts and all(one["marks"] for one in marks)
    assert width < 1000 or all(one["inside"] for one in marks)
    for chart in page.get_by_test_id("stPlotlyChart").all():
        assert chart.get_attribute("aria-label").startswith("Số liệu mô phỏng. ")
    pale = {one["text"]: round(one["contrast"], 2) for one in seen(page) if not one["drawn"] and one["contrast"] < 4.5}
    assert pale == {}
    untroubled(page)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_on_screens(path, app, page):
    """Unknown filter values fall back to defaults; the page is sound on a laptop, a large screen and a phone."""
    title, defaults, charts = PAGES[path]
    visit(page, address(app, path, dict.fromkeys(defaults, "'<b>x") | {"something": "else"}))
    for size in (LAPTOP, SCREEN, PHONE):
        page.set_viewport_size(size)
        settled(page)
        assert heading(page) == title
        assert filters(page) == defaults
        sound(page, size["width"], charts)


@pytest.mark.parametrize("path", ["/communes", "/commune"])
def test_a_page_opened_on_a_phone(path, app, page):
    """A page that is first drawn on a phone is as sound as one whose window becomes as narrow."""
    title, defaults, charts = PAGES[path]
    page.set_viewport_size(PHONE)
    visit(page, app + path)
    assert heading(page) == title
    assert filters(page) == defaults
    sound(page, PHONE["width"], charts)


def test_an_address_without_filters_gets_every_one(app):
    for path, title, shown in sent(app):
        assert dict(parse_qsl(shown.query)) == PAGES[path][1], title
        assert len(shown.figures) == PAGES[path][2], title


def test_open_boxes_are_vietnamese(app, page):
    visit(page, app + "/communes")
    with rerun(page):
        page.get_by_role("button", name="Cách tính và số liệu").first.click()
    expect(page.get_by_role("button", name="Tải CSV")).to_be_visible()
    untroubled(page)
    pale = [one["text"] for one in seen(page) if not one["drawn"] and one["contrast"] < 4.5]
    assert pale == []
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Chỉ tiêu", exact=True).click()
    untroubled(page)


# New data while the app runs.


def test_new_figures_are_seen_at_the_next_click(own_app, own_light_store, demo_files, tmp_path, page):
    visit(page, address(own_app, "/ranking", {"index": "par", "year": "2024"}))
    assert "bản s000001" in page.get_by_test_id("stMain").inner_text()
    publish([real_scores(demo_files, tmp_path)], store=own_light_store)
    pick(page, "Năm", "2023")
    assert "bản s000002" in page.get_by_test_id("stMain").inner_text()
    assert [one["marks"] for one in page.evaluate(MARKS)] == [0] * 7  # the scores are real now
    follow(page, "Tổng quan")  # and the simulated dossiers have gone
    assert page.get_by_text("Chưa nạp: Hồ sơ").is_visible() and "MÔ PHỎNG" not in page.inner_text("body")
    assert not any(one["marks"] for one in page.evaluate(MARKS))


def test_a_broken_snapshot_is_replaced_and_said(own_light_store, tmp_path, page):
    folder = own_light_store / "snapshots"
    shutil.copy(folder / "s000001.json", folder / "s000002.json")
    (folder / "s000002.duckdb").write_bytes(b"broken")
    (own_light_store / "current").write_text("s000002\n", encoding="utf-8")
    with serve(ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(own_light_store)) as app:
        visit(page, app)
        notice = page.get_by_test_id("stAlert")
        assert "Bản số liệu mới nhất (s000002) không mở được; đang dùng bản trước đó (s000001)" in notice.inner_text()
        assert filters(page) == PERIOD
        untroubled(page)


def sent(app: str) -> Iterator[tuple[str, str, Shown]]:
    """Every page by path and title, with what its script sends; without a browser this is ten times faster."""
    for path, (title, *_) in PAGES.items():
        with Client(app) as client:
            shown = client.open(path.strip("/"))
        assert title in shown.texts and "Trang này gặp lỗi" not in shown.words, path
        yield path, title, shown


def test_an_empty_store_says_what_to_do(tmp_path, page):
    with serve(ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(tmp_path / "no")) as app:
        for path, _, shown in sent(app):
            assert "Chưa có số liệu" in shown.words and "alert" in shown.kinds, path
        visit(page, f"{app}/communes")
        assert "Chưa có số liệu" in page.get_by_test_id("stAlert").inner_text()
        untroubled(page)


@pytest.mark.parametrize("file", ["diem-chi-so.csv", "chi-tieu.csv"])
def test_pages_where_one_file_is_published(file, demo_files, tmp_path, page):
    """No page fails when the other tables are missing, and the menu works on each."""
    store = tmp_path / "store"
    publish([demo_files / file], store=store)
    with serve(ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(store)) as app:
        for path, _, shown in sent(app):
            assert set(shown.texts) >= {name for _, name, *_ in MENU}, path
        for path in ("/", "/dossiers", "/digital"):
            visit(page, app + path)
            assert page.get_by_test_id("stSidebar").get_by_role("link").count() == len(MENU)
            untroubled(page)


# Downloads.


def opened(page: Page, app: str) -> None:
    """The communes page with the popover of its first chart open."""
    visit(page, address(app, "/communes", PERIOD | {"indicator": "T14"}))
    with rerun(page):
        page.get_by_role("button", name="Cách tính và số liệu").first.click()


def downloaded(page: Page, name: str) -> tuple[str, bytes]:
    """Press a download button: the file's name and content."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def sheet_texts(book: bytes, sheet: int) -> list[str]:
    """The texts on one sheet of a workbook, in order."""
    with zipfile.ZipFile(io.BytesIO(book)) as files:
        shared = files.read("xl/sharedStrings.xml").decode()
        table = files.read(f"xl/worksheets/sheet{sheet}.xml").decode()
    assert "<f>" not in table  # no formula
    strings = [unescape(re.sub("<[^>]+>", "", one)) for one in re.findall(r"<si>(.*?)</si>", shared, re.DOTALL)]
    return [strings[int(place)] for place in re.findall(r't="s"><v>(\d+)</v>', table)]


def test_a_chart_is_downloaded(app, page):
    """As CSV with the figures that the box shows, and as Excel with how they are computed."""
    opened(page, app)
    name, content = downloaded(page, "Tải CSV")
    assert name == "cac-xa-thi-tran-xep-hang-T14-2024-Q4-mo-phong.csv"
    assert content.startswith(b"\xef\xbb\xbf")
    header, *rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert set(header) <= {*COLUMN_TITLES.values(), "Ghi chú"}
    assert {"Tên", "Giá trị", "Tử số", "Mẫu số", "Tình trạng"} <= set(header)
    assert len(header) == len(set(header)) and len(rows) == 17
    assert {row[header.index("Ghi chú")] for row in rows} == {"MÔ PHỎNG"}
    shown = page.get_by_test_id("stPopoverBody").inner_text()
    assert all(row[header.index("Tên")] in shown for row in rows)
    name, content = downloaded(page, "Tải Excel")
    assert name == "cac-xa-thi-tran-xep-hang-T14-2024-Q4-mo-phong.xlsx"
    first = sheet_texts(content, 1)
    assert first[0].startswith("MÔ PHỎNG")
    assert {"Tên", "Giá trị", "Tình trạng", "Ma Lâm", "Đạt"} <= set(first)
    assert any("Số hồ sơ nộp trực tuyến / số hồ sơ tiếp nhận" in text for text in sheet_texts(content, 2))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_downloads_hold_no_formula(start):
    nasty = pd.DataFrame({"Tên": [f"{start}cmd|' /C calc'!A0", "Ma Lâm"], "Giá trị": [-1.5, 2.0]})
    rows = list(csv.reader(io.StringIO(as_csv(nasty, False).decode("utf-8-sig"), newline="")))
    assert rows[1] == [f"'{start}cmd|' /C calc'!A0", "-1.5"] and rows[2] == ["Ma Lâm", "2.0"]
    assert sheet_texts(as_workbook(nasty, False, "=1+1"), 1)[2].startswith("'")


def test_downloads_of_real_figures_bear_no_mark():
    rows = pd.DataFrame({"Tên": ["Ma Lâm"]})
    assert "PHỎNG" not in as_csv(rows, False).decode("utf-8-sig")
    assert "PHỎNG" not in "".join(sheet_texts(as_workbook(rows, False, "Cách tính"), 1))


# Dossiers.


def test_three_clicks_to_who_and_what(app, page):
    """Three clicks lead from the overview to the procedures, the unit and the late dossiers of this quarter."""
    visit(page, f"{app}/")
    with rerun(page):
        page.get_by_test_id("stMain").get_by_role("link", name="Mở").first.click()
    assert heading(page) == "Trễ hạn"
    texts = " ".join(one["text"] for one in seen(page))
    assert "Thủ tục có nhiều hồ sơ trễ" in texts and "Chi nhánh VPĐKĐĐ" in texts
    figure = page.get_by_role("link", name=re.compile(r"^[\d.]+")).first
    count = re.match(r"[\d.]+", figure.inner_text())[0]
    with rerun(page):
        figure.click()
    assert heading(page) == "Danh sách hồ sơ"
    assert page.get_by_role("heading", name=re.compile(rf"^{re.escape(count)}\shồ sơ, trang 1")).is_visible()
    assert PERIOD.items() <= filters(page).items() and filters(page)["subset"] == "late"


def test_a_list_is_searched_and_paged(app, page):
    """The URL keeps page, order and search; the count is updated."""
    visit(page, f"{app}/dossier_list?subset=handled&page=3&sort=dossier_code")
    assert filters(page)["page"] == "3"
    search(page, "khai tử")
    assert filters(page)["search"] == "khai tử"
    assert page.get_by_role("heading", name=re.compile("hồ sơ, trang ")).is_visible()


@pytest.mark.parametrize(
    ("path", "chart", "opened"),
    [
        ("/overdue", 0, {"subset": "open_in_time", "sort": "chance", "unit": "597-DD"}),
        ("/overdue", 2, {"subset": "late", "search": r"\d\.\d{6}"}),
        ("/overdue", 3, {"subset": r"unexplained|cause_N\d"}),
        ("/overdue", 4, {"subset": "open_late", "kind": "month", "period": r"202\d-\d\d"}),
        ("/land", 0, {"subset": "land_step_late_1_commune"}),
        ("/discipline", 3, {"subset": "ineligible_used_1"}),
    ],
    ids=["likely late", "procedure", "cause", "month", "step", "used time"],
)
def test_a_mark_opens_its_list(path, chart, opened, app, page):
    """A click on the first mark of a chart opens the dossiers it counts."""
    visit(page, address(app, path, PERIOD))
    click(page, page.get_by_test_id("stPlotlyChart").nth(chart).locator(".point").first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Danh sách hồ sơ")
    settled(page)
    assert (PERIOD | {name: filters(page)[name] for name in opened}).items() <= filters(page).items()
    assert all(re.fullmatch(wanted, filters(page)[name]) for name, wanted in opened.items())
    assert page.get_by_role("heading", name=re.compile(r"^[1-9][\d.]*\shồ sơ, trang 1\b")).is_visible()


# -------------------------------------------------------------------------------------- scenarios


def test_a_scenario_lives_in_the_link(app, page):
    """Add a move for all units: points increase, the URL contains the move, and the link shows the same result."""
    visit(page, address(app, "/whatif", PERIOD | {"index": "dti"}))
    before = page.get_by_test_id("stAlert").first.inner_text()
    page.get_by_role("button", name="Thêm vào kịch bản").click()
    settled(page)
    expect(page.get_by_role("heading", name="Kịch bản: 1 thay đổi")).to_be_visible()
    assert filters(page)["moves"] == "all:S01"
    after = page.get_by_test_id("stAlert").first.inner_text()
    assert "→" in after and after != before
    visit(page, page.url)
    assert page.get_by_test_id("stAlert").first.inner_text() == after
    page.get_by_role("button", name="Bỏ").click()
    settled(page)
    assert "moves" not in filters(page) and page.get_by_test_id("stAlert").first.inner_text() == before


def test_the_cheapest_plan_becomes_the_scenario(app, page):
    """The gain predicted by the solver equals the gain shown by the scenario."""
    visit(page, address(app, "/whatif", PERIOD | {"index": "dti"}))
    promised = page.get_by_test_id("stMarkdown").filter(has_text="tổng công sức").first.inner_text()
    reached = re.search(r"lên (\d+,\d\d) điểm", promised)[1]
    page.get_by_role("button", name="Đưa vào kịch bản").click()
    expect(page.get_by_role("heading", name=re.compile("Kịch bản: [0-9]+ thay đổi"))).to_be_visible()
    settled(page)
    shown = re.search(r"→ (\d+,\d\d)\s", page.get_by_test_id("stAlert").first.inner_text())[1]
    assert abs(float(shown.replace(",", ".")) - float(reached.replace(",", "."))) <= 0.011


def test_what_is_no_scenario_is_left_out(app, page):
    visit(page, address(app, "/whatif", PERIOD | {"index": "dti", "moves": "x;all:T14:60;23059:T14:-1;;0:T99:5"}))
    expect(page.get_by_role("heading", name="Kịch bản: 1 thay đổi")).to_be_visible()


def test_peers_are_compared_at_a_click(app, page):
    visit(page, address(app, "/compare", PERIOD | {"units": "23059,23062"}))
    page.get_by_role("button", name="So với ba đơn vị tương đồng nhất").click()
    expect(page.get_by_test_id("stMultiSelect").get_by_role("button", name=re.compile("Xã Hàm Chính"))).to_be_visible()
    settled(page)
    assert len(filters(page)["units"].split(",")) == 4 and filters(page)["units"].startswith("23059,")


def test_a_comparison_of_one_asks_for_another(app, page):
    visit(page, address(app, "/compare", PERIOD | {"units": "23059"}))
    expect(page.get_by_text("Chọn ít nhất hai đơn vị để so sánh.")).to_be_visible()


def test_a_unit_of_2025_has_its_page(app, page):
    visit(page, address(app, "/commune", PERIOD | {"unit": "23059@2025"}))
    assert "Xã Hàm Thuận (từ 01/7/2025)" in words(page)
    expect(page.get_by_text("gồm Thị trấn Ma Lâm, Xã Hàm Đức, Xã Thuận Minh")).to_be_visible()
