"""The guide docs/api.md, written from the OpenAPI document of the interface.

python docs/api.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, from any folder

import queries
from access import RIGHTS
from docs.part import put
from queries.snapshot import ROOT
from serve import openapi, parameters
from words.columns import TITLES

GUIDE = ROOT / "docs" / "api.md"
BEGIN, END = "<!-- interface: docs/api.py -->\n", "<!-- end of interface -->\n"
_OF_ALL = ("home", "offset", "limit")


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _table(titles: tuple[str, ...], rows: list[tuple]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    yield from (f"| {' | '.join(map(_cell, row))} |" for row in rows)
    yield ""


def _questions() -> Iterator[str]:
    """Each question: who may ask, its parameters, its columns."""
    paths = openapi.document()["paths"]
    rows = []
    for name, right in sorted(queries.rights().items()):
        operation = paths[f"/api/v1/{name}.json"]["get"]
        given = [
            one["name"] + ("*" if one["required"] else "")
            for one in operation["parameters"]
            if one["name"] not in _OF_ALL
        ]
        columns = [
            f"{column} ({TITLES[column]})" if column in TITLES else column for column in queries.question(name).returns
        ]
        role = RIGHTS[right].least.title.lower()
        rows.append((f"`{name}`", operation["summary"], role, ", ".join(given) or "–", ", ".join(columns)))
    yield from _table(("Câu hỏi", "Trả lời", "Từ vai trò", "Tham số (* phải ghi)", "Cột"), rows)


def _parameters() -> Iterator[str]:
    rows = []
    for name, known in parameters.PARAMETERS.items():
        schema = known.schema
        words = ", ".join(f"`{word}`" if word else "(trống)" for word in schema.get("enum", ()))
        span = f"{schema['minimum']}–{schema['maximum']}" if "minimum" in schema else ""
        default = (
            "phải ghi"
            if known.is_required
            else "để trống"
            if known.default == ""
            else "như trang"
            if known.default is None
            else f"`{known.default}`"
        )
        rows.append((f"`{name}`", known.says, words or span or "–", default))
    yield from _table(("Tham số", "Nghĩa", "Giá trị", "Mặc định"), rows)


def _upload() -> Iterator[str]:
    operation = openapi.document()["paths"]["/api/v1/uploads/{table}"]["put"]
    table, *asked = operation["parameters"]
    yield f"Bảng: {', '.join(f'`{name}`' for name in table['schema']['enum'])}.\n"
    rows = [(f"`{one['name']}`", one["description"], "có" if one.get("required") else "không") for one in asked]
    yield from _table(("Tham số", "Nghĩa", "Phải ghi"), rows)
    states = openapi.document()["components"]["schemas"]["Outcome"]["properties"]
    yield "Kết quả (JSON):\n"
    rows = [(f"`{name}`", one.get("description", "")) for name, one in states.items() if one.get("description")]
    yield from _table(("Mục", "Nghĩa"), rows)


def as_markdown() -> str:
    """The part of the guide that follows from the document."""
    refusals = [(status, says) for status, says in openapi.REFUSALS.items()]
    parts = [
        "## Gửi tệp: PUT /api/v1/uploads/BẢNG\n",
        *_upload(),
        "## Đọc: GET /api/v1/CÂU_HỎI.json, .csv, .parquet\n",
        *_questions(),
        "## Tham số khi đọc\n",
        *_parameters(),
        "## Khi bị từ chối\n",
        'Mọi lời từ chối là JSON `{"error": "…", "message": "…"}`; `message` là một câu tiếng Việt nói sai gì, làm gì.\n',
        *_table(("Mã", "Nghĩa"), refusals),
    ]
    return "\n".join(parts)


def write() -> None:
    """Put it into the guide."""
    put(GUIDE, BEGIN, END, f"\n{as_markdown()}\n")


if __name__ == "__main__":
    write()
