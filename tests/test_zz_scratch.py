import re, time
from pathlib import Path
import pytest
from playwright.sync_api import expect
from tests.browser import rerun, serve, settled, visit
@pytest.fixture(scope="session")
def scratch(tmp_path_factory):
    with serve(Path("/tmp/helper/app/dashboard.py"), tmp_path_factory.mktemp("x")/"server.log") as a: yield a
@pytest.mark.parametrize("i", range(4))
def test_slow(page, scratch, i):
    t=time.time(); visit(page, scratch); print("first", round(time.time()-t,2))
    t=time.time()
    with rerun(page): page.get_by_text("Chậm").click()
    assert time.time()-t > 1.5
    with rerun(page): page.get_by_text("Chậm").click()
    with rerun(page): page.get_by_role("button", name="Một phần").click()
    expect(page.get_by_text("xong phần")).to_be_visible(timeout=1)
    for _ in range(8):
        with rerun(page): page.get_by_role("link", name="Xã, thị trấn").click()
        assert page.locator("h1").inner_text().startswith("Xã Đông Giang"); assert "/commune" in page.url
        with rerun(page): page.get_by_role("link", name="Tổng quan").click()
        assert page.locator("h1").inner_text().startswith("Điều hành")
        assert page.locator("[data-testid=stPlotlyChart] .main-svg").count() >= 12
    t=time.time(); settled(page); print("settled", round(time.time()-t,2))
    # deep link uses bundled font
def test_deep_font(page, scratch):
    visit(page, scratch + "/commune?unit=23059")
    assert "23059" in page.locator("h1").inner_text()
    c = page.context.new_cdp_session(page); c.send("DOM.enable"); c.send("CSS.enable")
    root = c.send("DOM.getDocument", {"depth": -1})["root"]["nodeId"]
    n = c.send("DOM.querySelector", {"nodeId": root, "selector": "h1"})["nodeId"]
    fonts = c.send("CSS.getPlatformFontsForNode", {"nodeId": n})["fonts"]
    assert [(f["familyName"], f["isCustomFont"]) for f in fonts] == [("Be Vietnam Pro", True)]
def test_stranger(page, scratch, complaints):
    visit(page, scratch); page.evaluate("fetch('https://example.com/x').catch(()=>0)"); page.wait_for_timeout(300)
    assert any("example.com" in c for c in complaints); complaints.clear()
def test_asyncio(browser):
    import asyncio
    try: asyncio.run(asyncio.sleep(0)); print("asyncio ok")
    except RuntimeError as e: print("asyncio", e)
