"""Design rules: layers do not import upwards, pages do not calculate, colours and texts follow the style."""

import ast
import re
import tomllib
import unicodedata
from pathlib import Path

import pytest

import charts
from queries.snapshot import ROOT
from ui import status
from ui.menu import MENU
from words.columns import TITLES

PAGES = [ROOT / "dashboard.py", *sorted((ROOT / "pages").glob("*.py"))]
# The layers from bottom to top: each may import only those before it.
ROOMS = (
    "data",
    "queries",
    "words",
    "charts",
    "access",
    "ingest",
    "actions",
    "reports",
    "notify",
    "serve",
    "ui",
    "pages",
)
# The same inside ingest/; a single file is listed by its name.
INGEST = (
    "__init__",
    "durable",
    "problem_list",
    "schema",
    "reading",
    "portal",
    "check",
    "template",
    "sender",
    "teach",
    "store",
    "spark",
    "coverage",
    "checked",
    "publish",
    "pushes",
    "preview",
    "worker",
    "queue",
    "watch",
    "__main__",
)
FOLDERS = (*ROOMS, "deploy", "docs", "tests")
PYTHON = sorted([*ROOT.glob("*.py"), *(path for name in FOLDERS for path in (ROOT / name).rglob("*.py"))])
SHOWN = [
    *PAGES,
    *sorted((ROOT / "ui").glob("*.py")),
    *sorted((ROOT / "words").glob("*.py")),
    *sorted((ROOT / "charts").glob("*.py")),
]
# Packages that a layer may not import, besides the layers above it.
FORBIDDEN = {
    "charts": {"streamlit", "duckdb", "queries"},
    "queries": {"streamlit", "plotly"},
    "ingest": {"streamlit", "plotly", "charts"},
    "actions": {"streamlit", "duckdb", "pandas"},
    "reports": {"streamlit", "duckdb"},
    "notify": {"streamlit", "duckdb", "plotly"},
    "words": {"streamlit", "plotly", "duckdb"},
    "pages": {"duckdb", "queries", "ingest", "pandas", "plotly", "numpy"},
    "data": {"streamlit", "plotly", "duckdb"},
}
AGGREGATES = {
    "agg", "aggregate", "apply", "concat", "corr", "count", "cumsum", "diff", "div", "groupby", "join",
    "mean", "median", "melt", "merge", "mul", "pct_change", "pivot", "pivot_table", "quantile", "rank",
    "rolling", "std", "sub", "sum", "transform", "value_counts",
}  # fmt: skip
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
# Number formats; and texts that nobody reads: ids, and coordinates of a drawing.
NUMERIC = re.compile(r"[+ ]?0?\d*[,_]?(\.\d+)?[dfgeFGEn%]?")
NOT_READ = {"sparkline.py", "strip.py"}
# Texts not for readers: log messages, styles, the script of the copy button.
NOT_SHOWN = re.compile(
    r"page %s failed|cannot be used$|^application/|<(span|b|div|h2|p|ul|li|i)\b|^<(svg|polyline|img|text|line|circle)[ >]|stroke|focusable=|font-weight=|^Be Vietnam Pro, |^display:"
    r"|^(Download plot|Taking snapshot|Snapshot succ|Sorry, there)"  # keys of plotly.js's own texts
)
# Streamlit's colour name → the chart colour that it must equal.
THEME = {
    "primaryColor": charts.ACCENT,
    "linkColor": charts.ACCENT,
    "blueColor": charts.ACCENT,
    "backgroundColor": charts.PAPER,
    "textColor": charts.INK,
    "grayColor": charts.MUTED,
    "dataframeHeaderTextColor": charts.MUTED,
    "violetColor": charts.SIMULATED,
    "greenColor": charts.STATUS["met"].color,
    "greenTextColor": charts.STATUS["met"].color,
    "greenBackgroundColor": charts.STATUS["met"].fill,
    "yellowTextColor": charts.STATUS["near"].color,
    "yellowBackgroundColor": charts.STATUS["near"].fill,
    "redColor": charts.STATUS["missed"].color,
    "redTextColor": charts.STATUS["missed"].color,
    "redBackgroundColor": charts.STATUS["missed"].fill,
}


def named(path: Path) -> str:
    """A file's path in the project, for the name of a test."""
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    """A Python file, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports anywhere."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def texts(path: Path) -> list[tuple[int, str]]:
    """Line and text of a file's string constants, without docstrings."""
    parsed = tree(path)
    documents = {id(node.value) for node in ast.walk(parsed) if isinstance(node, ast.Expr)}
    return [
        (node.lineno, node.value)
        for node in ast.walk(parsed)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents
    ]


def is_text(node: ast.AST) -> bool:
    """Whether an expression is a text or a list literal, so that + concatenates."""
    return isinstance(node, (ast.JoinedStr, ast.List)) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def calculations(path: Path) -> list[str]:
    """Calculations in a file: sums, differences, aggregates of frames."""
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC):
            wrong = not (is_text(node.left) or is_text(node.right))
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ARITHMETIC):
            wrong = not is_text(node.value)
        else:
            wrong = isinstance(node, ast.Attribute) and node.attr in AGGREGATES
        if wrong:
            found.append(f"{path.name}:{node.lineno}: {ast.unparse(node)}")
    return found


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 80


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_holds_no_sql(path):
    sql = re.compile(r"\b(SELECT|FROM|WHERE|JOIN|GROUP BY|ORDER BY|UNION)\b")
    assert [text for _, text in texts(path) if sql.search(text)] == []


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_does_not_calculate(path):
    assert calculations(path) == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("x = rows['a'] / rows['b']", True),
        ("x = rows.groupby('a')", True),
        ("total += row", True),
        ("x = 'Xã ' + name", False),
        ("x = {'a': 1} | more", False),
        ("view.said += [name]", False),
    ],
)
def test_calculations_are_found(code, wrong, tmp_path):
    path = tmp_path / "page.py"
    path.write_text(code, encoding="utf-8")
    assert bool(calculations(path)) is wrong


def test_every_page_is_in_the_menu():
    assert {named(path) for path in PAGES} == {page for page, *_ in MENU}


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_downwards(room):
    """A layer imports no higher layer and no forbidden package."""
    above = {*ROOMS[ROOMS.index(room) + 1 :], "dashboard", "server", "bench", "deploy", "docs", "tests"}
    unwanted = above | FORBIDDEN.get(room, set())
    wrong = {named(path): imported(path) & unwanted for path in (ROOT / room).rglob("*.py")}
    assert wrong and {name: found for name, found in wrong.items() if found} == {}


def modules_imported(path: Path) -> set[str]:
    """The project's modules that a file imports anywhere, by dotted names."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.split(".")[0] in ROOMS}


def place_in_ingest(dotted: str) -> int | None:
    """The layer of ingest/ that contains a module; None for a module outside."""
    parts = dotted.split(".")
    if parts[0] != "ingest" or len(parts) < 2:
        return None
    return INGEST.index(parts[1]) if parts[1] in INGEST else None


@pytest.mark.parametrize("path", sorted((ROOT / "ingest").rglob("*.py")), ids=named)
def test_imports_inside_ingest_run_downwards(path):
    own = INGEST.index(path.relative_to(ROOT / "ingest").parts[0].removesuffix(".py"))
    floors = {name: place_in_ingest(name) for name in modules_imported(path)}
    assert {name: floor for name, floor in floors.items() if floor is not None and floor > own} == {}


def test_no_module_imports_itself_by_way_of_others():
    """There is no import cycle of any length, also inside a layer."""
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
             for room in ROOMS for path in (ROOT / room).rglob("*.py")}  # fmt: skip
    leads = {name: (modules_imported(path) & files.keys()) - {name} for name, path in files.items()}
    while ends := [name for name, onward in leads.items() if not onward]:
        for name in ends:
            leads.pop(name)
        leads = {name: onward - set(ends) for name, onward in leads.items()}
    assert leads == {}


def test_a_page_and_its_library_share_a_name():
    """A module of ui/ used by one page has the page's name; a module with a page's name serves only that page."""
    stems = {path.stem for path in PAGES}
    users: dict[str, set[str]] = {}
    for path in PAGES:
        for name in modules_imported(path):
            if name.startswith("ui.") and name.count(".") == 1:
                users.setdefault(name.removeprefix("ui."), set()).add(path.stem)
    inside = {name.removeprefix("ui.") for path in (ROOT / "ui").glob("*.py") for name in modules_imported(path)}
    assert {name: by for name, by in users.items() if name in stems and by != {name}} == {}
    alone = {name: by for name, by in users.items() if len(by) == 1 and name not in inside}
    assert {name: by for name, by in alone.items() if by != {name}} == {}
    assert inside & stems == set()


def numbers_written(path: Path) -> list[str]:
    """Places where a file formats a number itself."""
    return [
        f"{path.name}:{node.lineno}: {ast.unparse(node.format_spec)}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FormattedValue)
        and node.format_spec is not None
        and NUMERIC.fullmatch("".join(part.value for part in node.format_spec.values if isinstance(part, ast.Constant)))
    ]


@pytest.mark.parametrize("room", ["charts", "reports", "notify", "ui", "pages"])
def test_words_alone_write_numbers(room):
    """Only words/ formats numbers; no other visible layer does."""
    files = [path for path in (ROOT / room).rglob("*.py") if path.name not in NOT_READ]
    assert [found for path in files for found in numbers_written(path)] == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("f'{x:.1f}'", True),
        ("f'{x:+d}'", True),
        ("f'{x:,}'", True),
        ("f'{x:.0f} %'", True),
        ("f'{x:%Y-%m-%d}'", False),
        ("f'{x}'", False),
    ],
)
def test_numbers_written_are_found(code, wrong, tmp_path):
    path = tmp_path / "page.py"
    path.write_text(code, encoding="utf-8")
    assert bool(numbers_written(path)) is wrong


def test_only_the_entry_and_the_server_stand_at_the_root():
    assert {path.name for path in ROOT.glob("*.py")} == {"dashboard.py", "server.py"}


def test_long_styles_and_scripts_are_files_of_their_own():
    """Long texts with markup are in .css, .js or .html files beside the module."""
    marked = re.compile(r"</\w+>|\{[^{}]*:[^{}]*;|=>|function\s*\(")
    long = {
        f"{named(path)}:{line}"
        for room in ("ui", "serve", "pages")
        for path in (ROOT / room).rglob("*.py")
        for line, text in texts(path)
        if marked.search(text) and (text.count("\n") > 5 or len(text) > 500)
    }
    assert long == set()


def test_files_are_handed_over_by_our_own_button():
    """Streamlit's own download button is used only for the rows of a chart and the Word template.

    It saves a refusal as a file, keeps the file in memory and fetches it twice. The allowed files already exist and may
    be seen by everyone who sees the page.
    """
    users = {
        named(path) for path in PYTHON if "tests" not in path.parts and ".download_button(" in path.read_text("utf-8")
    }
    assert users == {"ui/box.py", "ui/documents.py"}
    for name in users:
        for node in ast.walk(tree(ROOT / name)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "download_button":
                assert isinstance(node.args[1], ast.Call), f"{name}:{node.lineno}: a file that is not there yet"


def test_the_overview_knows_no_more_than_other_pages():
    assert imported(ROOT / "dashboard.py") & FORBIDDEN["pages"] == set()


def test_the_product_does_not_import_its_tests():
    product = [path for path in PYTHON if path.relative_to(ROOT).parts[0] not in ("tests", "docs", "bench")]
    assert [named(path) for path in product if "tests" in imported(path)] == []


def test_no_drawer_for_everything():
    vague = {"utils", "util", "helpers", "helper", "common", "core", "manager", "misc"}
    assert [named(path) for path in PYTHON if path.stem in vague or vague & set(path.relative_to(ROOT).parts)] == []


def test_nothing_points_outside_the_project():
    outside = "/work" + "/"
    assert [named(path) for path in PYTHON if outside in path.read_text(encoding="utf-8")] == []


def undocumented(path: Path) -> list[str]:
    """The public functions and classes of a file without a docstring; also the module."""
    parsed = tree(path)
    kinds = (ast.FunctionDef, ast.ClassDef)
    public = [node for node in parsed.body if isinstance(node, kinds) and not node.name.startswith("_")]
    silent = [node.name for node in public if not ast.get_docstring(node)]
    return [*silent, path.name] if parsed.body and not ast.get_docstring(parsed) else silent


def test_every_public_function_says_what_it_is_for():
    silent = {named(path): undocumented(path) for path in PYTHON if "tests" not in path.parts}
    assert {name: found for name, found in silent.items() if found} == {}


def test_theme_and_charts_have_the_same_colours():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    assert {name: theme[name] for name in THEME} == THEME
    assert theme["chartCategoricalColors"][0] == charts.ACCENT
    assert len(set(theme["chartCategoricalColors"])) >= 10
    assert theme["font"].replace("'", "") == charts.FONT
    assert theme["baseFontSize"] == charts.TEXT


def test_every_status_has_a_badge():
    assert set(status.BADGES) == set(charts.STATUS)


def luminance(color: str) -> float:
    """The relative luminance of a colour (WCAG 2)."""
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        *((look.color, look.fill) for look in charts.STATUS.values()),
        *((look.color, charts.PAPER) for look in charts.STATUS.values()),
        *((color, charts.PAPER) for color in (charts.ACCENT, charts.INK, charts.MUTED)),
        (charts.PAPER, charts.SIMULATED),
    ],
)
def test_text_in_charts_can_be_read(text, behind):
    assert contrast(text, behind) >= 4.5


def test_texts_are_composed():
    """Texts are composed (NFC): decomposed letters break searching and some fonts."""
    assert [
        named(path) for path in SHOWN if not unicodedata.is_normalized("NFC", path.read_text(encoding="utf-8"))
    ] == []
    loose = [
        (named(path), line, text)
        for path in SHOWN
        for line, text in texts(path)
        if not unicodedata.is_normalized("NFC", text)
    ]
    assert loose == []


def test_texts_have_their_diacritics():
    """No text for readers is in English or lacks diacritics: no constant with three ASCII words and no other words."""
    bare = [
        (named(path), line, text)
        for path in SHOWN
        for line, text in texts(path)
        if text.isascii()
        and len(re.findall(r"\b[A-Za-z]{2,}\b", text)) >= 3
        and " " in text.strip()
        and not NOT_SHOWN.search(text)
    ]
    assert bare == []


def test_titles_of_columns_are_vietnamese():
    for column, title in TITLES.items():
        assert re.search("[à-ỹđ]", title.lower()) and title[0].isupper(), (column, title)
