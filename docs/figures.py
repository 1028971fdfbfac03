"""How every figure is made, from the reference rows, written into docs/cach-tinh.md for an inspector.

python docs/figures.py
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, from any folder

from docs.part import put
from ingest.schema import tables
from queries.snapshot import ROOT
from words.sentences import points_rule
from words.vietnamese import limit, target

GUIDE = ROOT / "docs" / "cach-tinh.md"
BEGIN, END = "<!-- figures: docs/figures.py -->\n", "<!-- end of figures -->\n"
REFERENCE = ROOT / "data" / "reference"
STATUSES = {"confirmed": "Có nguồn", "unverified": "Chưa đối chiếu", "proposed": "Đề xuất"}
GROUPS = {"service": "Giải quyết thủ tục", "reform": "Cải cách hành chính", "digital": "Chuyển đổi số"}
_OFFICIAL = """Điểm Cổng Dịch vụ công quốc gia công bố (bảng `portal_score`) là điểm chính thức: có cho kỳ nào thì trang, trang chiếu và báo cáo nêu điểm ấy trước. Điểm dưới đây tính từ hồ sơ,
đặt bên cạnh để biết vì sao; chênh = Cổng − tính từ hồ sơ, chỉ với nhóm có đủ chỉ số thành phần. Nhóm Thanh toán trực tuyến của Cổng: 3.5a, 3.5b, 3.6.
"""
INDICES = {"service": "Chỉ số 766", "dti": "Chuyển đổi số (ước tính)"}
SCOPES = {"commune": "Xã", "district": "Huyện"}
OVER_TIME = {"flow": "cộng các tháng", "stock": "giá trị cuối kỳ"}
# Columns without which there is no dossier at all; every figure made of dossiers has them.
BASE = ("dossier_code", "unit_code", "procedure_code", "state", "received_at")
# Columns that say when a dossier was due and when it ended.
ENDS = ("due_at", "processed_at", "returned_at", "ineligible_returned_at", "withdrawn_at")


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a data file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def reference(name: str) -> list[dict[str, str]]:
    """The shipped rows of a reference table."""
    return rows(REFERENCE / f"{name}.csv")


def _number(text: str) -> float | None:
    return float(text) if text else None


def _needs() -> dict[str, list[str]]:
    """The columns of a dossier that each computed indicator needs, by their titles."""
    measures = {row["measure"]: row for row in rows(ROOT / "queries" / "build" / "measure.csv")}
    titles = {column.name: column.title for column in tables()["dossier"].columns}
    found = {}
    for row in rows(ROOT / "queries" / "build" / "computed_indicator.csv"):
        used = [measures[word] for word in f"{row['numerator']} {row['denominator']}".split() if word in measures]
        of_ends = "handled" in f"{row['numerator']} {row['denominator']}" or any(
            one["counted"] in ("resolved", "open", "returned") for one in used
        )
        names = {name for one in used for name in one["needs"].split()} | set(ENDS if of_ends else ())
        found[row["indicator_code"]] = [titles[name] for name in titles if name in names and name not in BASE]
    return found


def _parts(formula: str) -> tuple[str, str]:
    """Numerator and denominator of a formula; a count has no denominator."""
    above, slash, below = formula.rstrip(".").partition(" / ")
    return (above, below) if slash else (formula.rstrip("."), "–")


def _table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a Markdown table."""
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for line in lines:
        yield f"| {' | '.join(cell.replace('|', '/') or '–' for cell in line)} |"
    yield ""


def _indicators() -> Iterator[str]:
    needs = _needs()
    for group, title in GROUPS.items():
        yield f"### {title}\n"
        lines = []
        for row in reference("indicator"):
            if row["group_code"] != group:
                continue
            above, below = _parts(row["formula"])
            if row["kind"] == "computed":
                told, over = ", ".join(needs[row["indicator_code"]]), "tính lại trên hồ sơ của kỳ"
            else:
                told, over = "Giá trị, hoặc Tử số và Mẫu số", OVER_TIME[row["over_time"]]
            lines.append(
                (row["indicator_code"], f"{row['name']} ({row['measure']})", above, below, over, told, row["source"], STATUSES[row["status"]])
            )  # fmt: skip
        head = ("Mã", "Chỉ tiêu", "Tử số", "Mẫu số", "Kỳ dài", "Cột cần có", "Nguồn", "Tình trạng")
        yield from _table(head, lines)


def _components() -> Iterator[str]:
    indicators = {row["indicator_code"]: row for row in reference("indicator")}
    for index, title in INDICES.items():
        yield f"### {title}\n"
        if index == "service":
            yield _OFFICIAL
        lines = []
        for row in reference("component"):
            if row["index_code"] != index:
                continue
            of = indicators[row["indicator_code"]]
            told = points_rule(
                {
                    "maximum": _number(row["maximum"]), "full_at": _number(row["full_at"]), "measure": of["measure"],
                    "direction": of["direction"], "limit_value": _number(of["limit_value"]), "decimals": _number(row["decimals"]),
                    "when_none": _number(row["when_none"]),
                }
            )  # fmt: skip
            lines.append(
                (row["component_code"], row["name"], limit(_number(row["maximum"]), "điểm"), row["indicator_code"], told,
                 row["source"], STATUSES[row["status"]])
            )  # fmt: skip
        yield from _table(
            ("Mã", "Chỉ số thành phần", "Tối đa", "Từ chỉ tiêu", "Cách cho điểm", "Nguồn", "Tình trạng"), lines
        )


def _targets() -> Iterator[str]:
    measures = {row["indicator_code"]: row["measure"] for row in reference("indicator")}
    years: dict[tuple[str, ...], list[str]] = {}
    for row in reference("indicator_target"):
        measure = measures[row["indicator_code"]]
        said = (
            target(_number(row["target"]), measure),
            target(_number(row["alert"]), measure),
            row["source"],
            STATUSES[row["status"]],
        )
        years.setdefault((row["indicator_code"], SCOPES[row["scope"]], *said), []).append(row["year"])
    lines = [(code, ", ".join(some), scope, *said) for (code, scope, *said), some in years.items()]
    yield from _table(("Chỉ tiêu", "Năm", "Cấp", "Mục tiêu", "Gần đạt từ", "Nguồn", "Tình trạng"), lines)


def _lists() -> Iterator[str]:
    """The lists of dossiers; each number on a page is the length of one of them."""
    measures = {row["measure"]: row["needs"].split() for row in rows(ROOT / "queries" / "build" / "measure.csv")}
    titles = {column.name: column.title for column in tables()["dossier"].columns}
    lines = []
    for row in rows(ROOT / "queries" / "build" / "dossier_list.csv"):
        names = [name for word in (row["cells"] or row["subset_code"]).split() for name in measures.get(word, ())]
        lines.append((row["title"], ", ".join(titles[name] for name in dict.fromkeys(names))))
    yield from _table(("Danh sách (số hồ sơ là độ dài của danh sách)", "Cột cần có"), lines)


def _settings() -> Iterator[str]:
    lines = [(row["setting_code"], row["name"], row["value"], row["source"], STATUSES[row["status"]]) for row in reference("setting")]  # fmt: skip
    yield from _table(("Mã", "Ý nghĩa", "Giá trị", "Nguồn", "Tình trạng"), lines)


def as_markdown() -> str:
    """The tables of the guide."""
    titles = {column.name: column.title for column in tables()["dossier"].columns}
    base = ", ".join(titles[name] for name in BASE)
    parts = [
        "## Chỉ tiêu\n",
        f"Mọi chỉ tiêu tính từ hồ sơ cần các cột {base}; cột “Cột cần có” kể thêm cột riêng của từng chỉ tiêu. Tệp không có cột riêng thì "
        "số ấy là chưa biết, không phải 0.\n",
        *_indicators(),
        "## Điểm thành phần\n",
        *_components(),
        "## Mục tiêu\n",
        *_targets(),
        "## Danh sách hồ sơ\n",
        *_lists(),
        "## Tham số\n",
        *_settings(),
    ]
    return "\n".join(parts)


def write() -> None:
    """Put the tables into the guide."""
    put(GUIDE, BEGIN, END, f"\n{as_markdown()}\n")


if __name__ == "__main__":
    write()
