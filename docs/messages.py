"""Every message that an upload may come back with, collected from the code, written into docs/nhap-lieu.md.

python docs/messages.py
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, from any folder

from docs.part import put
from ingest.reading.workbook import SENTENCES
from ingest.store.fault import SENTENCES as FAULTS
from ingest.template import TITLES
from queries.snapshot import ROOT

GUIDE = ROOT / "docs" / "nhap-lieu.md"
BEGIN, END = "<!-- messages: docs/messages.py -->\n", "<!-- end of messages -->\n"
# Modules whose sentences reach an analyst, under the heading they stand below.
MODULES = {
    "Đọc tệp": (
        "reading/look",
        "reading/wide",
        "reading/dates",
        "reading/text",
        "worker",
        "publish",
        "coverage",
        "reading/mapping",
    ),
    "Kiểm tra từng ô": ("check", "portal", "reading/values", "reading/codes"),
}
_SENTENCE = re.compile(r"[^\W\d_].*[.?]”?$", re.DOTALL)
_VIETNAMESE = re.compile(r"[À-ỹĐđ]")
# Advice that goes with several messages.
_ADVICE = re.compile(
    r"(…?Ghép|Chọn “|Ghi mã|Xuất|Kiểm tra|Giữ lại|Định dạng|Không cần|Lần nạp đó|Chọn ở|Chọn trang|Nếu không|Nén lại|Chia"
    r"|\s*Có phải)\b"
)
_UNHARMED = "Chỉ là cảnh báo, dòng vẫn được nhận; kiểm tra lại."
# Found by position in a call: which argument is the reason, which the hint.
_CALLS = {"Problem": (4, 5), "_reject": (2, 3), "_found": (1, None), "Converted": (1, None), "UnknownUpload": (0, None)}


def template(node: ast.AST) -> str | None:
    """A text as the code has it, … for what is put in; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = template(node.left), template(node.right)
        return "".join(part if part is not None else "…" for part in parts) if any(parts) else None
    return None


def is_sentence(text: str | None) -> bool:
    """Whether a text is said to a person."""
    return bool(text and _VIETNAMESE.search(text) and _SENTENCE.search(text) and len(text.split()) > 1)


def _documented(tree: ast.Module) -> set[int]:
    """The docstrings of a module, by identity."""
    kinds = (ast.Module, ast.FunctionDef, ast.ClassDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, kinds) and node.body and isinstance(node.body[0], ast.Expr)
    }


def sentences(path: Path) -> Iterator[str]:
    """Every sentence in Vietnamese that a module may say."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    whole, inner = [], _documented(tree)
    for node in ast.walk(tree):
        if id(node) in inner:
            continue
        text = template(node)
        if text is not None:
            inner |= {id(part) for part in ast.walk(node)}
            whole.append(text)
    yield from dict.fromkeys(filter(is_sentence, whole))


def _named(function: ast.AST, line: int) -> dict[str, str]:
    """The texts that a function has given names to before a line."""
    given = [node for node in ast.walk(function) if isinstance(node, ast.Assign) and node.lineno < line]
    return {
        node.targets[0].id: text
        for node in sorted(given, key=lambda node: node.lineno)
        if isinstance(node.targets[0], ast.Name) and (text := template(node.value)) is not None
    }


def pairs(path: Path) -> dict[str, str]:
    """Reason to hint, as far as calls show them together."""
    found: dict[str, str] = {}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        for call in [node for node in ast.walk(function) if isinstance(node, ast.Call)]:
            places = _CALLS.get(getattr(call.func, "id", ""))
            if not places or len(call.args) <= places[0]:
                continue
            names = _named(function, call.lineno)
            said = [names.get(node.id) if isinstance(node, ast.Name) else template(node) for node in call.args]
            reason = said[places[0]]
            if is_sentence(reason):
                hint = said[places[1]] if places[1] and len(said) > places[1] else ""
                found[reason] = found.get(reason) or hint or ""
    return found


def _of_modules(names: tuple[str, ...]) -> dict[str, str]:
    """Every reason of some modules with its hint; sentences that are no hint of another stand alone."""
    rows: dict[str, str] = {}
    for name in names:
        path = ROOT / "ingest" / f"{name}.py"
        rows |= pairs(path)
        hints = set(rows.values())
        rows |= {
            text: "" for text in sentences(path) if text not in rows and text not in hints and not _ADVICE.match(text)
        }
    return rows


def _of_rules(table: str) -> dict[str, str]:
    """The reasons of the rules particular to a table, with their hints."""
    rows: dict[str, str] = {}
    for path in sorted((ROOT / "queries" / "check").glob(f"{table}_*.sql")):
        sql = path.read_text(encoding="utf-8")
        head = dict(re.findall(r"^-- (table|severity|hint): (.+)$", sql, re.MULTILINE))
        if head["table"] != table:
            continue
        body = re.sub(r"^--.*$", "", sql, flags=re.MULTILINE)
        joined = re.sub(r"'\s*\|\|(?:(?!\|\|).)*\|\|\s*'", "…", body, flags=re.DOTALL)
        for text in re.findall(r"'([^']*)'", joined):
            if is_sentence(text):
                rows[text] = head.get("hint", "") or _UNHARMED * (head["severity"] == "warning")
    return rows


def listed() -> dict[str, dict[str, str]]:
    """Heading → message → what to do."""
    found = {
        "Đọc tệp": _of_modules(MODULES["Đọc tệp"]),
        "Bảng tính": {re.sub(r"\{\w+\}", "…", reason): hint for reason, hint in SENTENCES.values()},
        "Kiểm tra từng ô": _of_modules(MODULES["Kiểm tra từng ô"]),
        "Kho số liệu": {
            re.sub(r"\{\w+\}", "…", happened): re.sub(r"\{\w+\}", "…", to_do)
            for happened, to_do in FAULTS.values()
            if to_do
        },
    }
    return found | {f"Bảng {title}": rows for table, title in TITLES.items() if (rows := _of_rules(table))}


def as_markdown() -> str:
    """The section of the guide."""
    parts = []
    for heading, rows in listed().items():
        parts.append(f"### {heading}\n\n| Thông báo | Cần làm |\n|---|---|\n")
        parts += [
            f"| {_cell(reason)} | {_cell(hint) or 'Sửa ô đó theo thông báo.'} |\n" for reason, hint in rows.items()
        ]
        parts.append("\n")
    return "".join(parts)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def main() -> None:
    """Write the section between its marks anew."""
    put(GUIDE, BEGIN, END, f"\n{as_markdown()}")


if __name__ == "__main__":
    main()
