"""The first screen of “Tổng quan”: what it says, on whole, partial and missing data; its links; the strip of districts."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd
import pytest

from charts.strip import dot_strip, in_words
from tests.browser import rerun, serve, settled, visit
from tests.conftest import ROOT
from tests.test_browser import address, filters, heading
from ui.linked import href

PERIOD = {"kind": "quarter", "calendar": "solar", "period": "2024-Q4", "compare": "previous"}
UNITS = pd.DataFrame(
    {
        "unit_code": ["a", "b", "c", "d"],
        "name": ["Phan Thiết", "Hàm Thuận Bắc", "<Tánh Linh>", "Phú Quý"],
        "value": [90.0, 80.0, 70.0, np.nan],
        "place": [1, 2, 3, None],
    }
)


def places(drawing: str) -> list[float]:
    """Where the dots of a strip stand, from left to right as drawn."""
    return [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', drawing)]


def test_a_strip_places_units_by_their_points():
    """Equal steps of points are equal steps on the line; a unit without points has no dot; the own one is drawn last."""
    drawing = dot_strip(UNITS, "b", 80.0, "Tốt")
    first, last, own = places(drawing)
    assert first - own == pytest.approx(own - last) and len(places(drawing)) == 3
    assert "Hàm Thuận Bắc 80,00" in drawing and "&lt;Tánh Linh&gt;" in drawing and "<Tánh" not in drawing
    # The line of the class stands where the own unit does.
    assert f'x1="{own:.1f}" x2="{own:.1f}"' in drawing


def test_a_strip_names_no_two_at_one_place():
    """The own name always; another one only where it does not run into a name."""
    near = UNITS.assign(value=[80.2, 80.0, 70.0, np.nan])
    assert "Phan Thiết 80" not in dot_strip(near, "b", 80.0, "Tốt")
    assert "Phan Thiết 90" in dot_strip(UNITS, "b", 80.0, "Tốt")


def test_a_strip_in_words():
    told = in_words(UNITS, 80.0, "Tốt")
    assert told == "2/3 đơn vị đạt mức Tốt. Phan Thiết 90,00; Hàm Thuận Bắc 80,00; <Tánh Linh> 70,00."


@pytest.mark.parametrize("units", [UNITS, UNITS.assign(value=np.nan)])
def test_a_strip_without_a_class_to_reach(units):
    """An index whose class has no known minimum has no line of it; districts that nobody has assessed have no dots."""
    drawing = dot_strip(units, "b", None, "Tốt")
    assert "Tốt" not in drawing and "stroke-dasharray" not in drawing
    assert len(places(drawing)) == units["value"].notna().sum()
    assert "đạt mức" not in in_words(units, None, "Tốt")


def test_addresses_of_links():
    """A link is the page's own address with its filters, written so that any value survives."""
    made = href("pages/commune.py", {"unit": "23059", "search": "a&b=c"})
    assert urlsplit(made).path == "/commune" and dict(parse_qsl(urlsplit(made).query)) == {
        "unit": "23059",
        "search": "a&b=c",
    }


def test_the_first_screen_answers(app, page):
    """Goals, eight figures and whom to call stand above the fold of a laptop; the page's name is the only first heading."""
    visit(page, address(app, "/", PERIOD))
    boxes = page.locator(".ov-box")
    assert boxes.count() == 4
    bottom = max(
        boxes.nth(number).bounding_box()["y"] + boxes.nth(number).bounding_box()["height"] for number in range(4)
    )
    assert bottom <= 768, bottom
    figures = boxes.nth(2).locator("tbody tr")
    assert (
        figures.count() == 8 and "95,0" in figures.first.inner_text() and "26.273/27.670" in figures.first.inner_text()
    )
    assert page.locator(".ov .stamp").count() == 4
    assert page.get_by_role("heading", level=1).count() == 1


def test_a_link_opens_its_page_without_a_reload(app, page):
    """The page changes in the app: the browser keeps its document; the period goes with it, and Back returns."""
    visit(page, address(app, "/", PERIOD))
    page.evaluate("window.same = true")
    with rerun(page):
        page.locator(".ov tbody th a").first.click()
    settled(page)
    assert heading(page) == "Các xã, thị trấn" and page.evaluate("window.same") is True
    assert PERIOD.items() <= filters(page).items() and filters(page)["indicator"] == "T05"
    with rerun(page):
        page.go_back()
    settled(page)
    assert heading(page) == "Tổng quan" and page.locator(".ov-box").count() == 4


def test_an_empty_store_has_its_menu(tmp_path, page):
    """Without data the page says what to do, and the menu looks as on every page."""
    with serve(ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(tmp_path / "store")) as app:
        visit(page, f"{app}/")
        assert "Chưa có số liệu" in page.get_by_test_id("stMain").inner_text()
        link = page.locator(".st-key-menu_here a")
        assert link.inner_text() == "dashboard\nTổng quan" or "Tổng quan" in link.inner_text()
        assert link.evaluate("a => getComputedStyle(a).backgroundColor") == "rgb(11, 79, 140)"


def test_the_menu_is_a_landmark_that_says_which_page_is_open(app, page):
    """Also after another page is opened from it; on a phone a closed menu has no link in the order of Tab."""
    visit(page, f"{app}/")
    menu = page.get_by_role("navigation", name="Các trang")
    assert menu.locator("[aria-current=page]").all_inner_texts()[0].endswith("Tổng quan")
    with rerun(page):
        menu.get_by_role("link", name="Trễ hạn").click()
    settled(page)
    current = menu.locator("[aria-current=page]")
    assert current.count() == 1 and current.inner_text().endswith("Trễ hạn")
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, f"{app}/")
    focused = []
    for _ in range(6):
        page.keyboard.press("Tab")
        focused.append(page.evaluate("!!document.activeElement.closest('[data-testid=stSidebar]')"))
    assert not any(focused)
