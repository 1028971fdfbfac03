"""Hostile texts (formulas, scripts, links, mark-up) stay plain text on pages, in charts, files and the console."""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import plotly.graph_objects as go
import pytest

from charts import bars, bump, criteria, funnel, grid, movement, tiles, trend
from ingest.__main__ import main
from ingest.preview import preview
from ingest.publish import publish
from ingest.reading.look import look
from ingest.store import archive
from tests.browser import ROOT, rerun, serve, settled, visit
from tests.test_check import sound, write
from words.download import as_csv, as_workbook
from words.escape import plain

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "＝1+1",
    " =1+1",
    "<script>window.ran=1</script>",
    "<img src=x onerror=window.ran=1>",
    "<a href='https://example.invalid'>x</a>",
    "[x](javascript:window.ran=1)",
    "[x](https://example.invalid)",
    "![x](https://example.invalid/x.png)",
    "https://example.invalid/x",
    "www.example.invalid",
    "ai@example.invalid",
    ":red[đỏ] :material/alarm: $x^2$ **đậm** `mã`",
    "# Đề mục",
    "1. một",
    "&lt;b&gt;",
    "\u202eôrt ụht\u202c \u200bẩn\ufeff",
    "dài " * 2_500,
]
# A valid file name on disk, except that a slash is forbidden there.
FILE = "=cmd [x](javascript:window.ran=1) <img src=x onerror=window.ran=1>.csv"
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# What must not exist in a page, whatever the data contain.
ALIVE = """() => ({
    ran: window.ran ?? null,
    links: [...document.querySelectorAll('a')].map(link => link.getAttribute('href') ?? link.getAttribute('xlink:href') ?? '')
        .filter(address => /^(javascript|mailto|data):|example\\.invalid/.test(address)),
    pictures: [...document.querySelectorAll('img')].map(picture => picture.getAttribute('src'))
        .filter(source => source === 'x' || source.includes('example.invalid')),
    marked: [...document.querySelectorAll('[data-testid="stMarkdownContainer"] :is(code, .katex)')]
        .map(part => part.textContent).filter(text => /mã|x/.test(text)),
})"""
DEAD = {"ran": None, "links": [], "pictures": [], "marked": []}


def initiatives() -> list[dict[str, str]]:
    """An initiative of Ma Lâm for each hostile text."""
    return [
        sound("initiative", number, name=text, outcome=text, owner=text) for number, text in enumerate(HOSTILE, start=1)
    ]


def indicators() -> list[dict[str, str]]:
    """The indicators, with hostile names and formulas."""
    with (ROOT / "data" / "reference" / "indicator.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        text = HOSTILE[number % (len(HOSTILE) - 1)]
        row |= {"name": f"{text} {row['name']}", "short_name": f"{text} {row['short_name']}"}
        row |= {"formula": text, "source": text}
    return rows


@pytest.fixture(scope="module")
def hostile_store(shared, light_store) -> Path:
    """The simulated district with hostile initiatives, indicators and file names. Read only."""

    def make(folder: Path) -> None:
        store = shutil.copytree(light_store, folder / "store")
        files = [write(folder / FILE, initiatives()), write(folder / f"indicator {FILE}", indicators())]
        publish(files, store=store)

    return shared("hostile_store", make) / "store"


@pytest.fixture(scope="module")
def hostile_app(hostile_store, tmp_path_factory) -> Iterator[str]:
    """The app on it. Tests must not upload to it."""
    log = tmp_path_factory.mktemp("hostile") / "server.log"
    with serve(ROOT / "server.py", log, DASHBOARD_STORE=str(hostile_store)) as address:
        yield address


def test_pages(page, hostile_app):
    """No hostile text runs, links, loads or formats on any page, with its definitions open."""
    for path in ("/", "/communes?indicator=S01", "/commune?unit=23059", "/ranking"):
        visit(page, hostile_app + path)
        assert page.evaluate(ALIVE) == DEAD, path
        for number in range(page.get_by_role("button", name="Cách tính và số liệu").count()):
            page.get_by_role("button", name="Cách tính và số liệu").nth(number).click()
            settled(page)
            assert page.evaluate(ALIVE) == DEAD, (path, number)
            page.keyboard.press("Escape")
    visit(page, f"{hostile_app}/commune?unit=23059")
    assert page.get_by_text("<script>window.ran=1</script>").first.is_visible()


def test_upload_page(page, hostile_app, tmp_path):
    """Hostile headers, values and file names stay inert in the preview, its problems and the history."""
    rows = [{"=1+1 [x](https://example.invalid)": text, **sound("dossier", 100), "channel": text} for text in HOSTILE]
    path = write(tmp_path / f"2 {FILE}", rows)
    visit(page, f"{hostile_app}/upload")
    with rerun(page):
        page.locator("input[type=file]").set_input_files(str(path))
    assert page.get_by_text("Trả lại").first.is_visible()
    assert page.evaluate(ALIVE) == DEAD
    page.get_by_role("tab", name="Các lần nạp").click()
    settled(page)
    assert page.evaluate(ALIVE) == DEAD


def frame(**columns: object) -> pd.DataFrame:
    """One row for each hostile text; each of the named word columns contains it."""
    given = {name: HOSTILE if values is HOSTILE else [values] * len(HOSTILE) for name, values in columns.items()}
    return pd.DataFrame({"unit_code": [f"U{number}" for number in range(len(HOSTILE))], **given})


def drawn() -> dict[str, go.Figure]:
    """Every kind of chart with hostile words in all its texts."""
    bad = "".join(HOSTILE[:-1])
    ranked = {"name": HOSTILE, "value": 50.0, "text": HOSTILE, "status": "met", "low_volume": False, "rank": 1}
    place = [(number // 6, number % 6) for number in range(len(HOSTILE))]
    years = frame(year=2022, district_code="1", name=HOSTILE, rank=1)
    moved = {"before": 1.0, "after": 2.0, "change": 1.0, "better": True, "before_text": HOSTILE, "after_text": HOSTILE}
    points = {"own": 1.0, "best": 2.0, "mean": 1.5, "maximum": 2.0, "lost": 1.0}
    cells = {"unit_name": HOSTILE, "unit_sort": 1, "indicator_code": "S01", "indicator_sort": 1, "status": "met"}
    tiled = frame(**ranked).assign(tile_row=[row for row, _ in place], tile_col=[column for _, column in place])
    months = {"value": 1.0, "text": HOSTILE, "target": 2.0, "is_partial": False, "reference": 1.0}
    return {
        "bars": bars.ranked_bars(frame(**ranked, target=60, target_text=HOSTILE), title=bad, note=bad),
        "bars, each with its target": bars.ranked_bars(
            frame(**ranked, target_text=HOSTILE).assign(target=range(len(HOSTILE))), title=bad
        ),
        "bump": bump.bump(years.assign(district_code=years["unit_code"], rank=range(1, len(years) + 1)), title=bad),
        "criteria": criteria.criteria_dots(
            frame(short_name=HOSTILE, sort=1, best_name=HOSTILE, **points), title=bad, own_name=bad, note=bad
        ),
        "funnel": funnel.funnel(
            frame(name=HOSTILE, value=50.0, text=HOSTILE, denominator=40.0, low_volume=False, funnel="worse"),
            frame(
                denominator=40.0,
                centre=60.0,
                lower_action=52.0,
                lower_warning=54.0,
                upper_warning=66.0,
                upper_action=68.0,
            ),
            title=bad,
            noun=bad,
            note=bad,
        ),
        "grid": grid.indicator_grid(
            frame(**cells, short_name=HOSTILE, text=HOSTILE, low_volume=False, value=1.0, measure="%"), title=bad
        ),
        "movement": movement.movement(frame(name=HOSTILE, change_text=HOSTILE, **moved), title=bad, before_title=bad),
        "tiles": tiles.tile_map(tiled, title=bad, note=bad),
        "trend": trend.trend(frame(period_title=HOSTILE, **months), title=bad, name=bad, reference_name=bad),
    }


def strings(part: object) -> Iterator[str]:
    """Every text of a figure that Plotly draws."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for name, inner in part.items():
            if name not in ("meta", "customdata", "ids"):
                yield from strings(inner)
    elif isinstance(part, (list, tuple)) or hasattr(part, "tolist"):
        for inner in part if isinstance(part, (list, tuple)) else part.tolist():
            yield from strings(inner)


def test_charts():
    """Plotly parses tags in every label: only the chart's own tags exist, and no link."""
    for name, figure in drawn().items():
        found = list(strings(figure.to_plotly_json()))
        assert any("script" in text for text in found), name
        tags = {tag for text in found for tag in re.findall(r"<[^>]*>?", text)}
        assert {tag for tag in tags if not re.fullmatch(r"</?(b|br|span)( style=\"[^\"<>]*\")?>", tag)} == set(), name


def test_tables():
    """Rendered Markdown shows the original text."""
    for text in HOSTILE:
        shown = re.sub(r"\\([\\`*_{}\[\]<>#|~$:&.)+-])", r"\1", plain(text)).replace("\u2060", "")
        assert shown == " ".join(text.split())


def test_downloads():
    """No cell or title of a CSV or workbook starts like a formula or is one."""
    table = pd.DataFrame({text: [text, "–"] for text in HOSTILE})
    cells = list(csv.reader(io.StringIO(as_csv(table, True).decode("utf-8-sig"), newline="")))
    assert len(cells) == 3 and all(len(row) == len(HOSTILE) + 1 for row in cells)
    data = as_workbook(table, True, HOSTILE[0])
    book = openpyxl.load_workbook(io.BytesIO(data))
    written = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in written} == {"s"}
    assert all(cell.hyperlink is None for cell in written)
    texts = [text for row in cells for text in row] + [cell.value for cell in written]
    assert [text for text in texts if text.lstrip(" ").startswith(FORMULA)] == []
    with zipfile.ZipFile(io.BytesIO(data)) as archived:
        assert not any(b"<f>" in archived.read(name) for name in archived.namelist())


def test_reject_file(own_light_store, tmp_path):
    """It is inert, and goes in again: the sign that makes it so is no part of a value."""
    rows = [
        sound("initiative", 1, name="=1+1", percent="-5"),
        sound("initiative", 2, name="-", percent="trăm"),
        sound("initiative", 3, name="@x", percent="101"),
    ]
    found = preview(look(write(tmp_path / "a.csv", rows)), own_light_store)
    refused = as_csv(found.rejects, False)
    cells = [cell for row in csv.reader(io.StringIO(refused.decode("utf-8-sig"), newline="")) for cell in row]
    assert not any(cell.startswith(FORMULA) for cell in cells)
    mended = refused.decode("utf-8-sig").replace("trăm", "90").replace("'-5", "5").replace("101", "100")
    (tmp_path / "mended.csv").write_text(mended, encoding="utf-8", newline="")
    upload = publish([tmp_path / "mended.csv"], store=own_light_store, valid_only=True).uploads[0]
    kept = pd.read_parquet(archive.upload_path(own_light_store, upload["id"]))
    assert "=1+1" in kept["name"].tolist() and "@x" in kept["name"].tolist()


def test_console(own_light_store, tmp_path, monkeypatch, capsys):
    """No sign of a file reaches the terminal as a command; the file of problems is inert."""
    monkeypatch.setenv("DASHBOARD_STORE", str(own_light_store))
    texts = ["\x1b[31mđỏ\x1b]0;x\x07", "[bold]đậm[/]", "[link=https://example.invalid]x[/link]", *HOSTILE]
    path = write(tmp_path / FILE, [sound("initiative", n, kind=text) for n, text in enumerate(texts, start=1)])
    target = tmp_path / "problems.csv"
    assert main(["publish", str(path), "--problems", str(target)]) == 1
    said = "".join(capsys.readouterr())
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e\u200b]", said)
    assert "[bold]" in said and "[link=" in said
    with target.open(encoding="utf-8-sig", newline="") as file:
        assert not any(cell.startswith(FORMULA) for row in csv.reader(file) for cell in row)
    main(["look", str(path)])
    main(["status"])
    assert "\x1b" not in "".join(capsys.readouterr())
