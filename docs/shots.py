"""Pictures of pages of a running app, in three sizes, as the screen shows them and whole.

python docs/shots.py http://localhost:8501 OUT / /communes '/commune?unit=23059' /ranking

writes OUT/<page>-<width>.png and OUT/<page>-<width>-full.png.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, from any folder

from tests.browser import chromium, launch, open_page, settled, visit

SIZES = [(1920, 1080), (1366, 768), (390, 844)]
HIGHEST = 16_000  # Chromium draws no picture higher than 16 384 pixels


def name(path: str) -> str:
    """The file name of a page.

    >>> name("/"), name("/commune?unit=23059&month=2024-12")
    ('overview', 'commune-unit-23059-month-2024-12')
    """
    return re.sub(r"[^\w]+", "-", path.strip("/"), flags=re.ASCII).strip("-") or "overview"


def whole(page: Page) -> None:
    """Make the window as high as the page: Streamlit scrolls inside it, so a "full page" picture is not."""
    width = page.viewport_size["width"]
    for _ in range(2):  # charts may change their height once more
        height = page.evaluate(
            """() => Math.max(...['stMain', 'stSidebarContent'].map(id => {
                const part = document.querySelector(`[data-testid="${id}"]`);
                return part && part.getBoundingClientRect().right > 0 ? part.scrollHeight : 0;
            }))"""
        )
        page.set_viewport_size({"width": width, "height": min(max(height, 200), HIGHEST)})
        settled(page)


def main() -> None:
    """Take the pictures named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", help="where the app runs, http://localhost:8501")
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("paths", nargs="+", help="pages, with their query: / '/commune?unit=23059'")
    asked = parser.parse_args()
    if chromium() is None:
        sys.exit("Chromium is needed: apt-get install chromium-headless-shell, or name one in CHROMIUM")
    asked.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for path in asked.paths:
            for width, height in SIZES:
                page = visit(open_page(browser, width, height), asked.address.rstrip("/") + path)
                target = asked.out / f"{name(path)}-{width}.png"
                page.screenshot(path=target)
                whole(page)
                page.screenshot(path=target.with_stem(f"{target.stem}-full"))
                page.context.close()
                print(target.stem)
        browser.close()


if __name__ == "__main__":
    main()
