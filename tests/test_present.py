"""Full-window slides: keys, timer, swipe, new data, four sizes, both themes."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

import charts
from ingest.publish import publish
from reports.playlist import TITLES
from tests.browser import rerun, settled, visit
from tests.test_browser import SEEN, filters, heading

PERIOD = {"calendar": "solar", "kind": "quarter", "period": "2024-Q4", "compare": "previous", "unit": "597"}
SHOW = PERIOD | {"speed": "0", "look": "light", "show": "1"}
SIZES = [(1920, 1080), (1366, 768), (1280, 720), (1024, 768)]
READABLE = 28  # pixels on a screen of 1920 × 1080

# The texts of the current slide and its footer, with position and displayed size.
TEXTS = """() => {
    const scale = parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--show-scale'));
    const found = [];
    const look = root => {
        const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
            if (node.nodeType === 1) {
                if (node.shadowRoot) look(node.shadowRoot);
                continue;
            }
            const element = node.parentElement;
            if (!node.textContent.trim() || !element || element.closest('style, script, template')) continue;
            if (!element.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            const box = range.getBoundingClientRect();
            if (!box.width || !box.height) continue;
            found.push({text: node.textContent.trim(), pixels: scale * parseFloat(getComputedStyle(element).fontSize),
                        left: box.left, top: box.top, right: box.right, bottom: box.bottom,
                        foot: Boolean(element.closest('.row')), drawn: Boolean(element.closest('svg'))});
        }
    };
    look(document.querySelector('.st-key-stage'));
    return found;
}"""
SCROLLS = """() => [document.documentElement, document.body, ...document.querySelectorAll('[data-testid="stMain"], .st-key-stage, .st-key-stage *')]
    .filter(part => ['auto', 'scroll'].includes(getComputedStyle(part).overflowY) || ['auto', 'scroll'].includes(getComputedStyle(part).overflowX)
        || part === document.documentElement)
    .filter(part => part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1)
    .map(part => part.outerHTML.slice(0, 120))"""


def show(page: Page, app: str, **choices: str) -> Page:
    """Open the slide show by URL, and wait for its first slide."""
    page.goto(f"{app}/present?{urlencode(SHOW | choices)}")
    page.wait_for_function("document.documentElement.dataset.slide")
    return settled(page)


def number(page: Page) -> int:
    """The number of the current slide."""
    return int(page.evaluate("document.documentElement.dataset.slide"))


def at(page: Page, slide: int) -> None:
    """Wait until this slide is shown."""
    page.wait_for_function(f"document.documentElement.dataset.slide === '{slide}'", timeout=60_000)


def titled(page: Page) -> str:
    """The title of the current slide."""
    return page.locator(".show-title:visible").inner_text()


def test_every_slide_fits_every_size(app, page):
    """Nothing is outside the window, there is no scroll bar and no text below 28 px on a screen of 1080 lines.

    At the first size, also: the words stand out in light colours.
    """
    page.set_viewport_size({"width": 1920, "height": 1080})
    show(page, app)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)
        page.keyboard.press("Home")
        least = READABLE * min(width / 1920, height / 1080)
        for slide, code in enumerate(TITLES, 1):
            at(page, slide)
            texts = page.evaluate(TEXTS)
            assert len(texts) > 5, code
            if (width, height) == SIZES[0]:
                stands_out(page)
            small = [text for text in texts if text["pixels"] < least - 0.01]
            assert not small, (code, width, small)
            foot = min(text["top"] for text in texts if text["foot"])
            for text in texts:
                inside = text["left"] >= 0 and text["top"] >= 0 and text["right"] <= width and text["bottom"] <= height
                assert inside, (code, width, text)
                assert text["foot"] or text["bottom"] <= foot, (code, width, text)
            assert page.evaluate(SCROLLS) == [], (code, width)
            page.keyboard.press("ArrowRight")


def stands_out(page: Page) -> None:
    """The words of this slide differ from what is behind them; it and each of its charts is marked as simulated."""
    assert [one for one in page.evaluate(SEEN) if not one["drawn"] and one["contrast"] < 4.5] == []
    marks = page.locator(".show-mark:visible")
    assert marks.count() == 1 and marks.inner_text() == "MÔ PHỎNG"
    drawn = page.locator('[data-testid="stPlotlyChart"]:visible')
    for place in range(drawn.count()):
        assert drawn.nth(place).locator("text", has_text="MÔ PHỎNG").count() == 1


def test_words_on_dark_slides_stand_out(app, page):
    show(page, app, look="dark")
    for slide in range(1, len(TITLES) + 1):
        at(page, slide)
        stands_out(page)
        page.keyboard.press("ArrowRight")


def luminance(color: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("dark", [False, True])
def test_colours_inside_charts_stand_out(dark):
    def shade(color):
        return charts.DARK[color] if dark else color

    pairs = [(color, charts.PAPER) for color in (charts.INK, charts.ACCENT, charts.MUTED, charts.SIMULATED)]
    pairs += [(look.color, look.fill) for look in charts.STATUS.values()]
    pairs += [(look.color, charts.PAPER) for look in charts.STATUS.values()]
    for text, behind in pairs:
        low, high = sorted([luminance(shade(text)), luminance(shade(behind))])
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, behind)


def test_keys_and_clickers(app, page):
    show(page, app)
    last = len(TITLES)
    for key, slide in [
        ("ArrowRight", 2), ("PageDown", 3), ("Enter", 4), (" ", 5), ("ArrowDown", 6), ("ArrowLeft", 5), ("PageUp", 4),
        ("ArrowUp", 3), ("Backspace", 2), ("End", last), ("ArrowRight", 1), ("ArrowLeft", last), ("Home", 1),
    ]:  # fmt: skip
        page.keyboard.press(key)
        assert number(page) == slide, key
    page.keyboard.press("b")
    assert page.locator(".show-title:visible").count() == 0
    assert page.locator(".st-key-stage").evaluate("stage => getComputedStyle(stage).backgroundColor") == "rgb(0, 0, 0)"
    page.keyboard.press(".")
    assert titled(page) == "Cải cách hành chính và chuyển đổi số"
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement === null")
    page.keyboard.press("Control+ArrowRight")
    assert number(page) == 1
    with rerun(page):
        page.keyboard.press("Escape")
    settled(page)
    assert heading(page) == "Trình chiếu" and "show" not in filters(page)
    page.keyboard.press("ArrowRight")  # the keys work on the page again
    assert page.evaluate("document.documentElement.dataset.slide") is None


def test_no_chrome_round_a_slide(app, page):
    show(page, app)
    for part in ("stSidebar", "stHeader", "stExpandSidebarButton"):
        assert page.get_by_test_id(part).locator("visible=true").count() == 0
    assert page.locator(".buttons").evaluate("part => getComputedStyle(part).display") == "none"
    page.mouse.move(400, 300)
    page.mouse.move(410, 310)
    expect(page.get_by_role("button", name="Tiếp", exact=True)).to_be_visible()
    page.get_by_role("button", name="Tiếp", exact=True).click()
    assert number(page) == 2


def test_slides_turn_by_themselves_and_wait_when_told_to(app, page):
    show(page, app, speed="10")
    bar = page.locator(".time span")
    assert number(page) == 1
    page.wait_for_function(
        "parseFloat(document.querySelector('.st-key-show_controls').innerHTML ? window.show.elapsed : 0) > 0.3"
    )
    early = float(bar.evaluate("part => parseFloat(part.style.width)"))
    page.wait_for_timeout(700)
    assert bar.evaluate("part => parseFloat(part.style.width)") > early
    page.evaluate("window.show.elapsed = 9.6")  # avoid waiting ten seconds
    at(page, 2)
    page.keyboard.press(" ")
    assert page.evaluate("document.documentElement.dataset.paused") == "true"
    expect(page.locator(".count")).to_have_text(f"Tạm dừng · 2/{len(TITLES)}")
    waited = page.evaluate("window.show.elapsed")
    page.wait_for_timeout(700)
    assert page.evaluate("window.show.elapsed") == waited and number(page) == 2
    page.keyboard.press("p")
    page.evaluate("window.show.elapsed = 9.6")
    at(page, 3)
    page.keyboard.press("End")
    page.evaluate("window.show.elapsed = 9.6")
    at(page, 1)  # starts again at the first slide


def test_a_swipe_turns_the_slide(app, page):
    show(page, app)
    swipe = """([from, to]) => {
        const touch = x => new Touch({identifier: 1, target: document.body, clientX: x, clientY: 300});
        window.dispatchEvent(new TouchEvent('touchstart', {touches: [touch(from)], changedTouches: [touch(from)]}));
        window.dispatchEvent(new TouchEvent('touchend', {touches: [], changedTouches: [touch(to)]}));
    }"""
    page.evaluate(swipe, [800, 300])
    assert number(page) == 2
    page.evaluate(swipe, [300, 800])
    assert number(page) == 1
    page.evaluate(swipe, [300, 330])
    assert number(page) == 1


def test_a_click_sets_a_bar_off(app, page):
    show(page, app, slides="communes,late")
    bars = page.locator('[data-testid="stPlotlyChart"]:visible').first.locator(".bars .point path")
    box = bars.nth(2).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".hoverlayer .hovertext").first).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    # The bars are redrawn: those not clicked are pale.
    pale = """() => [...[...document.querySelectorAll('.st-key-slide_0 [data-testid="stPlotlyChart"]')][0].querySelectorAll('.bars .point path')]
        .map(bar => parseFloat(getComputedStyle(bar).opacity))"""
    page.wait_for_function(f"({pale})().filter(opacity => opacity < 0.5).length === 16")
    assert [opacity < 0.5 for opacity in page.evaluate(pale)] == [place != 2 for place in range(17)]
    assert number(page) == 1
    page.wait_for_timeout(600)
    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + 1.5 * box["height"])
    page.wait_for_function(f"({pale})().every(opacity => opacity === 1)")


def test_a_bookmark_starts_the_meeting(app, page):
    """Slides, order, period, unit, speed and theme are in the URL and are kept."""
    visit(page, f"{app}/present?{urlencode(PERIOD | {'slides': 'late,opening', 'speed': '30', 'look': 'dark'})}")
    with rerun(page):
        page.get_by_role("button", name="Bắt đầu trình chiếu").click()
    page.wait_for_function("document.documentElement.dataset.slide")
    wanted = PERIOD | {"slides": "late,opening", "speed": "30", "look": "dark", "show": "1"}
    page.wait_for_function("location.search.includes('show=1')")
    assert filters(page) == wanted
    bookmark = page.url
    page.goto("about:blank")
    page.goto(bookmark)
    page.wait_for_function("document.documentElement.dataset.slide")
    settled(page)
    assert filters(page) == wanted and titled(page) == "Hồ sơ trễ hạn"
    assert page.locator(".show-title").count() == 2
    page.goto(f"{app}/present?{urlencode(wanted | {'period': 'newest', 'slides': 'x,opening', 'speed': '7'})}")
    page.wait_for_function("document.documentElement.dataset.slide")
    settled(page)
    assert titled(page) == "Cải cách hành chính và chuyển đổi số"
    assert page.locator(".show-message:visible").inner_text() == "Quý IV/2024"
    assert filters(page)["period"] == "newest" and filters(page)["speed"] == "20"


def test_a_show_follows_a_new_snapshot(own_app, own_light_store, demo_files, tmp_path, page):
    """The slide that is shown stays, with the new figures on it."""
    show(page, own_app)
    page.keyboard.press("End")
    expect(page.locator(".source")).to_contain_text("bản s000001")
    again = tmp_path / "diem-lan-hai.csv"
    again.write_bytes((demo_files / "diem-chi-so.csv").read_bytes() + b"\n")
    publish([again], store=own_light_store)
    expect(page.locator(".source")).to_contain_text("bản s000002", timeout=20_000)
    settled(page)
    assert number(page) == len(TITLES) and re.match("Việc đến hạn", titled(page))
    assert page.get_by_test_id("stToast").locator("visible=true").count() == 0
