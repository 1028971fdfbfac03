"""The report of measurements: targets at their limits, tables of all and of some parts, rows of generated data."""

import importlib
import itertools

import duckdb
import pytest

from bench import publish, questions, report
from bench.targets import TIMES, verdicts

LOAD = {"load": [0.1, 0.2]}
SIZES = ("90000", "1000000", "10000000")


def published(ratio: float = 8.0, memory: float = 4095.9, growth: float = 1.0) -> dict:
    one = {"files": 1, "megabytes": 25.0, "seconds": 4.0, "bare_seconds": 0.5, "ratio": ratio, "rows_per_second": 1e5,
           "memory_mb": memory, "stages": dict.fromkeys([*publish.STAGES, "rest"], 0.8), "rounds": [4.0],
           "bare_rounds": [0.5]}  # fmt: skip
    return {"sizes": dict.fromkeys(SIZES, one), "growth": {"90000-1000000": 0.9, "90000-10000000": growth}} | LOAD


def asked(sums: float = 15.0, rows: float = 299.9) -> dict:
    def size(sums: float, rows: float) -> dict:
        kinds = {"sums": sums, "rows": rows}
        return {"questions": 2, "ms": sums + rows} | {
            kind: {"questions": 1, "ms": ms, "slowest": "headline", "slowest_ms": ms} for kind, ms in kinds.items()
        }

    sizes = dict(zip(SIZES, (size(10.0, 1.0), size(11.0, 9.0), size(sums, rows)), strict=True))
    return {"pages": {"": {"title": "Tổng quan", "sizes": sizes}}} | LOAD


def served(ms: float = 39.9, p95: float = 999.9, errors: int = 0) -> dict:
    page = {"title": "Tổng quan", "ms": ms, "p95_ms": 60.0, "cpu_ms": 30.0, "kilobytes": 47.1, "runs": 35}
    load = {"readers": 50, "seconds": 60.0, "think_seconds": 5.0, "changes": 600, "ms": 80.0, "p95_ms": p95,
            "max_ms": 1234.5, "errors": errors, "cpu_ms_per_change": 40.0}  # fmt: skip
    return {"pages": {"": page}, "memory_mb": {"0": 207.0, "50": 304.0}, "sessions": load} | LOAD


def drawn(change: float = 400.0, warm: float = 1000.0) -> dict:
    def page(change: float, warm: float) -> dict:
        times = {"cold": 3000.0, "repeat": 2000.0, "warm": warm, "change": change}
        return {"charts": 6, "small_charts": 0} | {
            name: {"ms": ms, "kilobytes": 50.0, "rounds": [round(ms)]} for name, ms in times.items()
        }

    others = {"dash": page(800.0, 1000.0), "streamlit": page(1000.0, 1000.0)}
    return {"pages": {"ours": page(change, warm), **others}} | LOAD


def result(**parts: dict) -> dict:
    machine = {"cpu": "AMD EPYC", "cores": 2, "ram_gb": 23.5, "system": "Linux", "python": "3.11.7", "streamlit": "1.67.0",
               "duckdb": "2.0.1", "plotly": "7.1.0", "pandas": "3.1.1", "pyarrow": "26.0.1", "chromium": "",
               "commit": "abc1234", "at": "2026-11-25T22:22:00+07:00"}  # fmt: skip
    return {"machine": machine, "options": {"sizes": [], "served": 90_000, "rounds": 7}, "parts": parts}


ALL = {"publish": published(), "queries": asked(), "server": served(), "browser": drawn()}


def test_targets_at_their_edges_are_met():
    judged = verdicts(ALL)
    assert len(judged) == 2 + 3 + 4 + len(TIMES)
    assert [one.says for one in judged if not one.met] == []


@pytest.mark.parametrize(
    "part, missed",
    [
        ({"queries": asked(sums=15.01)}, ["≤ 1,5 lần"]),
        ({"queries": asked(rows=300.0)}, ["< 300 ms"]),
        ({"publish": published(ratio=8.01)}, ["≤ 8 lần"]),
        ({"publish": published(memory=4096)}, ["< 4.096 MB"]),
        ({"publish": published(growth=1.01)}, ["≤ 1 lần"]),
        ({"server": served(ms=40.0)}, ["< 40 ms", "< 40 ms"]),
        ({"server": served(p95=1000.0)}, ["< 1.000 ms"]),
        ({"server": served(errors=1)}, ["≤ 0 lỗi"]),
        ({"browser": drawn(change=400.1)}, ["≤ 0,5 lần", "≤ 0,4 lần"]),
        ({"browser": drawn(warm=1000.1)}, ["≤ 1 lần"]),
        ({"browser": drawn(warm=1200.1)}, ["≤ 1 lần", "≤ 1,2 lần"]),
        ({"publish": {"sizes": {"10000000": {"failed": "thiếu bộ nhớ"}}, "growth": {}}}, ["xong"]),
    ],
)
def test_a_target_just_beyond_its_edge_is_missed(part, missed):
    assert [one.limit.replace("\u00a0", " ") for one in verdicts(part) if not one.met] == missed


@pytest.mark.parametrize("names", [some for count in range(5) for some in itertools.combinations(ALL, count)])
def test_the_table_says_what_was_measured_and_no_more(names):
    text = report.markdown(result(**{name: ALL[name] for name in names}))
    assert "AMD EPYC, 2 nhân, 23,5 GB" in text and "22:22 25/11/2026" in text
    headings = {
        "publish": "Công bố các tệp",
        "queries": "Thời gian hỏi",
        "server": "Máy chủ chạy",
        "browser": "Trong Chromium",
    }
    assert {name for name, heading in headings.items() if heading in text} == set(names)
    assert ("chưa đạt" in text, "✓ đạt" in text) == (False, bool(names))
    widths = {}
    for line in text.splitlines():
        widths.setdefault(line.startswith("|"), set()).add(line.count("|"))
    assert widths[False] == {0}


def test_a_part_that_failed_is_named():
    text = report.markdown(result(publish=ALL["publish"], browser={"failed": "TimeoutError: 60 s"} | LOAD))
    assert "Trình duyệt: không đo được, TimeoutError: 60 s" in text


def test_the_table_goes_between_the_marks(tmp_path):
    page = tmp_path / "toc-do.md"
    page.write_text("trước\n<!-- bench -->\ncũ\n<!-- /bench -->\nsau\n", encoding="utf-8")
    report.put(page, "mới")
    assert page.read_text(encoding="utf-8") == "trước\n<!-- bench -->\nmới\n<!-- /bench -->\nsau\n"
    page.write_text("không có dấu", encoding="utf-8")
    with pytest.raises(ValueError, match="bench"):
        report.put(page, "mới")


def test_timed_stages_exist():
    for places in publish.STAGES.values():
        for module, name in places:
            assert callable(getattr(importlib.import_module(module), name)), f"{module}.{name}"


def test_views_and_macros_of_rows_are_found_through_one_another(tmp_path):
    with duckdb.connect(str(tmp_path / "snapshot.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE dossier AS SELECT 1 AS code; CREATE TABLE service_month AS SELECT 1 AS received"
        )
        connection.execute("CREATE MACRO listed(wanted) AS TABLE SELECT * FROM dossier WHERE code = wanted")
        connection.execute("CREATE VIEW first_listed AS SELECT * FROM listed(1)")
        connection.execute("CREATE VIEW received AS SELECT * FROM service_month")
    assert questions.row_names(tmp_path / "snapshot.duckdb") == questions.ROW_TABLES | {"listed", "first_listed"}
