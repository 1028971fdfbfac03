"""Rows from columns of values: a file with a column for each indicator, month or commune becomes one row per value."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa
import pyarrow.compute as pc

from ingest import Problem
from ingest.reading.heading import STORED, part_of, with_year
from ingest.reading.mapping import VALUE, WIDE, Mapping

# Number of columns that a message names, and of cells that tell whether a column holds numbers.
_NAMED, _FIRST = 12, 200
_NUMBER = r"^\s*-?\d[\d.,/ ]*%?\s*$"


def one_row_a_value(rows: pa.Table, cells: pa.Table, mapping: Mapping) -> pa.Table:
    """A row for each value of the file's rows, in their order; the columns' headers say what the rows do not."""
    groups: dict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for position, heading in mapping.taken.items():
        groups[heading.of][heading.part] = position
    parts = [part for part in STORED if any(part in positions for positions in groups.values())]
    stored = {part: VALUE.get(mapping.table.name, part) if part == "value" else part for part in parts}
    numbered = rows.append_column("row", pa.array(range(len(rows)), pa.int64()))
    found = []
    for place, (of, positions) in enumerate(groups.items()):
        part = _told_by_headers(numbered, of, positions, mapping)
        for name, column in stored.items():
            given = name in positions
            texts = cells[f"c{positions[name]}"] if given else pa.nulls(len(rows), pa.string())
            part = _with_column(part, column, texts)
        part = part.append_column("place", pa.array([place] * len(rows), pa.int64()))
        found.append(part.filter(_any_valid([part[column] for column in stored.values()])))
    whole = pa.concat_tables(found, promote_options="default")
    return whole.sort_by([("row", "ascending"), ("place", "ascending")]).drop_columns(["row", "place"])


def _told_by_headers(rows: pa.Table, of: tuple[str, str, str], positions: dict[str, int], mapping: Mapping) -> pa.Table:
    """The rows with what the headers of one value say of it."""
    item, period, unit = of
    period = with_year(period, mapping.constants.get("period", "")) if period else ""
    told = {"unit_code": unit, "period": period, mapping.item: item, "maximum": _maximum(mapping, positions)}
    for name, text in told.items():
        if text:
            rows = _with_column(rows, name, pa.array([text] * len(rows), pa.string()))
    if mapping.table.name in VALUE and item != "total" and "rank" in rows.column_names:
        rows = _with_column(rows, "rank", pa.nulls(len(rows), pa.string()))  # it is that of the whole row
    return rows


def _maximum(mapping: Mapping, positions: dict[str, int]) -> str:
    """The most points that the headers of one item tell."""
    return next(filter(None, (mapping.values[position].maximum for position in positions.values())), "")


def doubtful_columns(mapping: Mapping, name: str, line: int) -> list[Problem]:
    """Why nobody can say which columns hold the values: several may, or they contradict the rows."""
    titles = {column.name: column.title for column in mapping.table.columns}
    found = []
    for positions in mapping.settled.repeated:
        reason = f"{_whose(mapping, positions[0])} có ở {len(positions)} cột, không rõ phải lấy cột nào."
        hint = "Giữ lại một cột cho mỗi chỉ tiêu, hoặc tách mỗi cột ra một tệp."
        named = ", ".join(mapping.headers[position] for position in positions)
        found.append(Problem(name, line, named, "", reason, hint, "repeated_indicator"))
    for column, positions in mapping.twice.items():
        reason = (
            f"{titles[column]} có cả ở cột “{mapping.header(column)}” và tên cột “{mapping.headers[positions[0]]}”."
        )
        hint = "Giữ lại một trong hai chỗ, rồi nạp lại; hoặc chọn lại dòng tiêu đề."
        found.append(Problem(name, line, mapping.header(column), "", reason, hint, "said_twice"))
    if asked := mapping.asked:
        listed = ", ".join(f"“{label}”" for label in asked)
        reason = f"Không rõ cột nào là giá trị của chỉ tiêu: {listed}."
        options = " hoặc ".join(f'--column "value={label}"' for label in asked)
        hint = f"Chọn một cột ở “Giá trị” trong “Cách đọc và ghép cột” (dòng lệnh: {options})."
        found.append(Problem(name, line, "", "", reason, hint, "which_column"))
    return found


def _whose(mapping: Mapping, position: int) -> str:
    """Whose values a column holds, in words."""
    heading = mapping.values[position]
    said = [f"Chỉ tiêu {heading.indicator}" if heading.indicator else "", heading.unit, heading.period.lstrip("-")]
    return ", ".join(filter(None, said))


def columns_left_out(mapping: Mapping, cells: pa.Table, name: str) -> list[Problem]:
    """The columns of plans, of comparisons and totals, and other columns of numbers, that are not taken."""
    if mapping.table.name != WIDE:
        return []
    parts = {
        at: mapping.values[at].part if at in mapping.values else part_of(mapping.headers[at]) for at in mapping.left
    }
    plans = [at for at, part in parts.items() if part == "target"]
    beside = [at for at, part in parts.items() if part == "other" and holds_numbers(cells, at)]
    others = [at for at, part in parts.items() if part not in ("target", "other") and holds_numbers(cells, at)]
    found = []
    if plans:
        reason = f"Không nạp {_columns(mapping, plans)}: là kế hoạch, mục tiêu, không phải kết quả."
        hint = 'Nếu cột đó mới là kết quả: chọn nó ở “Giá trị” (dòng lệnh: --column "value=TÊN CỘT").'
        found.append(Problem(name, 0, "", "", reason, hint, "targets_left_out", "warning"))
    if beside:
        reason = f"Không nạp {_columns(mapping, beside)}: không phải kết quả của kỳ."
        hint = "Lũy kế, cùng kỳ, so sánh, tổng, điểm, xếp hạng không được nạp; nếu cột đó mới là kết quả thì chọn nó ở “Giá trị”."
        found.append(Problem(name, 0, "", "", reason, hint, "others_left_out", "warning"))
    if others:
        reason = f"Không nạp {_columns(mapping, others)}: có số nhưng chưa ghép với chỉ tiêu hay cột nào của bảng."
        hint = 'Ghép cột với chỉ tiêu ở “Cách đọc và ghép cột” (dòng lệnh: --column "MÃ CHỈ TIÊU=TÊN CỘT").'
        found.append(Problem(name, 0, "", "", reason, hint, "columns_left_out", "warning"))
    return found


def _columns(mapping: Mapping, positions: list[int]) -> str:
    """Columns by number and name."""
    named = ", ".join(f"“{mapping.headers[position]}”" for position in positions[:_NAMED])
    return f"{len(positions)} cột {named}{'…' if len(positions) > _NAMED else ''}"


def holds_numbers(cells: pa.Table, position: int) -> bool:
    """Whether most of the first texts of a column are numbers."""
    texts = cells[f"c{position}"].slice(0, _FIRST).drop_null()
    numbers = pc.sum(pc.match_substring_regex(texts, _NUMBER)).as_py() or 0
    return numbers * 2 > len(texts)


def _with_column(rows: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    """The rows with a column set or added."""
    if name in rows.column_names:
        return rows.set_column(rows.column_names.index(name), name, values)
    return rows.append_column(name, values)


def _any_valid(columns: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    """Which rows have a value in one of the columns."""
    valid = pc.is_valid(columns[0])
    for column in columns[1:]:
        valid = pc.or_(valid, pc.is_valid(column))
    return valid
