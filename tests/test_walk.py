"""Every page opened from every other one in one session, and arbitrary values from a browser; without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest

from tests.wire import Client, Shown, chosen
from ui.menu import MENU

pytestmark = pytest.mark.slow

PAGES = [page.removeprefix("pages/").removesuffix(".py").replace("dashboard", "") for page, *_ in MENU]


# A filter with a non-default value that another page also has under the same name.
CHOSEN = {
    "communes": "&scope=successor&indicator=S07&group=reform",
    "commune": "&unit=23062&indicator=T14",
    "dossiers": "&unit=23062&channel=online",
    "overdue": "&unit=23068",
    "digital": "&scope=successor&indicator=S07",
    "reform": "&year=2023&indicator=C04",
    "service_index": "&unit=23062&scope=successor",
    "ranking": "&index=par&year=2023",
    "compare": "&scope=successor&group=digital",
    "present": "&unit=23062&slides=attention",
}


def walk(pages: list[str]) -> Iterator[tuple[str, bool]]:
    """An order of pages in which each follows each other page, and whether its own filters are set there."""
    for place, one in enumerate(pages):
        yield one, True
        for other in pages[place + 1 :]:
            yield other, False
            yield one, True


def sound(shown: Shown) -> None:
    """No error, no figure without data, and every filter has one of its options."""
    assert "exception" not in shown.kinds and "Trang này gặp lỗi" not in shown.words
    for figure in shown.figures:
        said = figure["layout"]["meta"]["alt"]
        assert any(len(trace.get("y") or ()) for trace in figure["data"]), said
        assert not re.search("(Xếp thứ tự|Bản đồ ô|Bảng) 0 đơn vị", said), said
    for label, control in shown.controls.items():
        assert control.holds and set(control.holds) <= set(control.options), (label, control.holds)


def held(shown: Shown) -> dict[str, list[str]]:
    """The value of every filter, by its label."""
    return {label: control.holds for label, control in shown.controls.items()}


def filters(shown: Shown) -> dict[str, str]:
    """The filters in the URL."""
    return dict(parse_qsl(shown.query))


def test_the_walk_is_whole():
    steps = [page for page, _ in walk(PAGES)]
    pairs = set(zip(steps, steps[1:], strict=False))
    assert pairs >= {(one, other) for one in PAGES for other in PAGES if one != other}


def test_every_page_opened_from_every_other(app):
    """Each page shows the same as in a new session: it does not take the previous page's filters."""
    alone, before = {}, PAGES[-1]
    with Client(app) as client:
        shown = client.open(before)
        for page, is_chosen in walk(PAGES):
            link = shown.links[page]
            link.query_string += CHOSEN.get(page, "") if is_chosen else ""
            if (page, is_chosen) not in alone:
                with Client(app) as other:
                    alone[page, is_chosen] = other.open(page, link.query_string)
            shown = client.follow(link)
            where = f"from {before or 'the overview'} to {page or 'the overview'}"
            try:
                sound(shown)
            except AssertionError as error:
                pytest.fail(f"{where}: {error}", pytrace=False)
            assert held(shown) == held(alone[page, is_chosen]), where
            assert shown.query in ("", alone[page, is_chosen].query), where
            before = page


# Values that a browser may send.


SEARCH = "Tìm mã hồ sơ, tên thủ tục"
NOT_OFFERED = {
    "nothing": ("communes", {"Đơn vị hành chính": []}, {"scope": "commune"}),
    "no segment": ("communes", {"Đơn vị hành chính": ["Toàn cầu"]}, {"scope": "commune"}),
    "no option": ("communes", {"Chỉ tiêu": "Không có"}, {"indicator": "score"}),
    "no period": ("communes", {"Kỳ": "Quý V/2024"}, {"period": "2024-Q4"}),
    "no unit": (
        "compare",
        {"Chọn 2 đến 5 đơn vị": ["Xã Không Có", "Xã Hàm Chính", "Xã Hàm Chính", "Xã La Dạ"]},
        {"units": "23098,23065"},
    ),
    "a long text": (
        "dossier_list",
        {SEARCH: "khai\n tử\0" + "x" * 5000},
        {"search": "khai tử" + "x" * 193},
    ),
    "no page": ("dossier_list", {"Trang": "999999"}, {"page": "1"}),
}


@pytest.mark.parametrize(("page", "sent", "kept"), NOT_OFFERED.values(), ids=NOT_OFFERED)
@pytest.mark.parametrize("is_first", [False, True], ids=["later", "first"])
def test_a_value_that_no_control_offers_is_not_taken(page, sent, kept, is_first, app):
    """A value that is not an option is ignored, on an open page and in the first message of a session."""
    with Client(app) as client:
        shown = client.open(page)
        widgets, page_hash = chosen(shown, sent), shown.links[page].page_script_hash
        if not is_first:
            again = client.open(page, shown.query, widgets, page_hash)
    if is_first:
        with Client(app) as client:
            again = client.open(page, shown.query, widgets, page_hash)
    assert "exception" not in again.kinds and "Trang này gặp lỗi" not in again.words
    assert (filters(again) or filters(shown)) == filters(shown) | kept


def test_a_number_out_of_bounds_is_not_taken(app):
    move = {"Xã, thị trấn": "Xã Hàm Chính", "Chỉ tiêu": "Tỷ lệ hồ sơ nộp trực tuyến"}
    with Client(app) as client:
        shown = client.open("whatif", "index=dti")
        page_hash = shown.links["whatif"].page_script_hash
        shown = client.open("whatif", shown.query, chosen(shown, move), page_hash)
        number = next(label for label in shown.ids if label.startswith("Giá trị giả định"))
        sent = move | {number: 1e15, "Thêm vào kịch bản": True}
        again = client.open("whatif", shown.query, chosen(shown, sent), page_hash)
    written = filters(again)["moves"]
    assert written.startswith("23098:T14:") and float(written.rpartition(":")[2]) <= 100


def test_a_link_pressed_twice_tells_the_controls_twice(app):
    """Both runs set the widgets, because the browser may draw those of the second run."""
    with Client(app) as client:
        link = client.open("").links["communes"]
        link.query_string += "&kind=month&compare=last_year&scope=successor"
        once = client.follow(link)
        assert held(client.follow(link)) == held(once)
        assert once.controls["Loại kỳ"].holds == ["Tháng"]
    with Client(app) as client:
        link = client.open("").links["compare"]
        link.query_string += "&units=23098,23065"
        once = client.follow(link)
        assert held(client.follow(link)) == held(once)


# Precedence of URL and click.


def test_the_first_click_of_a_session_counts(app):
    """A page that was open before a restart sends its values and the click; the click counts."""
    with Client(app) as client:
        shown = client.open("communes")
    click = chosen(shown, {"Loại kỳ": ["Tháng"], "Kỳ": "Quý IV/2024", "So với": "Cùng kỳ năm trước"})
    with Client(app) as client:
        again = client.open("communes", shown.query, click, shown.links["communes"].page_script_hash)
    assert filters(again) == filters(shown) | {"kind": "month", "period": "2024-12", "compare": "last_year"}


def test_a_click_before_the_browser_heard_of_the_address_counts(app):
    """A click sent with an older URL counts: that of the link, or that before another click."""
    with Client(app) as client:
        shown = client.open("communes", "kind=quarter&compare=previous")
        page_hash = shown.links["communes"].page_script_hash
        first = client.open("commune", "kind=quarter&compare=previous")  # the session has already shown a page
        again = client.follow(first.links["communes"])
        link = first.links["communes"].query_string
        month = client.open("communes", link, chosen(again, {"Loại kỳ": ["Tháng"]}), page_hash)
        assert filters(month)["kind"] == "month"
        both = {"Loại kỳ": ["Tháng"], "So với": "Cùng kỳ năm trước"}
        later = client.open("communes", again.query, chosen(month, both), page_hash)
    assert filters(later) == filters(month) | {"compare": "last_year"}


def test_the_back_button_counts_more_than_what_the_controls_hold(app):
    """Also in a new session, the URL of the back button takes precedence over the widgets' values."""
    with Client(app) as client:
        shown = client.open("communes")
        page_hash, click = shown.links["communes"].page_script_hash, chosen(shown, {"Loại kỳ": ["Tháng"]})
        month = client.open("communes", shown.query, click, page_hash)
        again = client.open("communes", shown.query, click, page_hash, True)
        assert filters(month)["kind"] == "month"
        assert again.controls["Loại kỳ"].holds == ["Quý"] and again.controls["Kỳ"].holds == ["Quý IV/2024"]
    with Client(app) as client:
        again = client.open("communes", shown.query, click, page_hash, True)
        assert again.controls["Loại kỳ"].holds == ["Quý"]


def test_going_back_clears_what_the_address_does_not_name(app):
    with Client(app) as client:
        shown = client.open("dossier_list")
        page_hash, written = shown.links["dossier_list"].page_script_hash, chosen(shown, {SEARCH: "khai tử"})
        found = client.open("dossier_list", shown.query, written, page_hash)
        assert filters(found)["search"] == "khai tử" and "tìm “khai tử”" in found.words
        again = client.open("dossier_list", shown.query, written, page_hash, True)
    assert "tìm “" not in again.words and again.query == ""
