"""Settles what a file of the national portal's points says before the rules judge it.

No points are no row; units that are not of the catalogue are left out and counted; points of components are summed to
those of their group; a total beside fewer than the six groups is none; ranks count within one level.
"""

from __future__ import annotations

import re

import duckdb
import pyarrow as pa

from ingest import Problem
from ingest.reading.look import SourceFile
from ingest.reading.title import PORTAL
from ingest.reading.values import Words, fold, labels
from words.vietnamese import number

# How a file says that the portal had no points of a row; A writes 0 beside “Lỗi kết nối”. “Nguồn chưa cung cấp số liệu
# thành phần” is said of a group that has points.
_NO_POINTS = re.compile(r"chua co .*|chua du .*|loi .*|khong co du lieu.*|nguon khong .*")
_GROUPS = 6
_NAMED = 6
# Points are published with two decimals.
CENT = 0.01
_OTHER_UNIT = "doubt LIKE 'Không có đơn vị này%' OR doubt LIKE '%không phải loại đơn vị của cột này.'"


def settle(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> list[Problem]:
    """Take out of `raw` and `incoming` what is no point of a known unit; says what and why."""
    if source.table.name != PORTAL:
        return []
    if source.look.taken is not None and source.look.taken.settled is not None:
        _put_back(connection, source.look.taken.settled)
        return []
    names = {name for (name,) in connection.execute("SELECT column_name FROM (DESCRIBE raw)").fetchall()}
    said = [
        *_without_points(connection, source.name, names),
        *_other_provinces(connection, source.name, names),
        *_other_units(connection, source.name),
        *(_summed(connection, source.name) if "metric" in names else ()),
        *_incomplete_totals(connection, source.name),
    ]
    if "agency_level" in names:
        _rank_apart(connection)
    # Units of other places have helped to count the ranks.
    connection.execute(f"DELETE FROM incoming WHERE {_OUTSIDE}")
    connection.execute("DELETE FROM raw WHERE row_id NOT IN (SELECT row_id FROM incoming)")
    if not connection.execute("SELECT count(*) FROM incoming").fetchone()[0]:
        reason = "Tệp không có điểm nào để nạp: đơn vị ngoài danh mục, hoặc Cổng chưa có điểm."
        hint = (
            "Kiểm tra đơn vị và kỳ đã chọn khi xuất từ Cổng; tên chưa biết thì thêm ở danh mục đơn vị hoặc Từ đã dạy."
        )
        said.append(Problem(source.name, 0, "", "", reason, hint, "portal_nothing"))
    return said


def settled(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> pa.Table | None:
    """What `settle` has made of the rows of `incoming`, to keep beside their texts; None for another table.

    Ranks are counted and components summed among rows that are not kept: the kept texts alone would say something else.
    """
    if source.table.name != PORTAL:
        return None
    return connection.sql(f"SELECT row_id, {', '.join(_MADE)} FROM incoming ORDER BY row_id").to_arrow_table()


def _put_back(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    """Give the rows of `incoming` what an earlier check has made of them."""
    connection.register("settled", rows)
    values = ", ".join(f"{name} = settled.{name}" for name in _MADE)
    connection.execute(f"UPDATE incoming SET {values} FROM settled WHERE incoming.row_id = settled.row_id")
    connection.unregister("settled")


# The columns whose values are made of several rows.
_MADE = ("points", "maximum", "rank", "ranked_units")
_OUTSIDE = "row_id IN (SELECT row_id FROM portal_outside)"


def _warning(name: str, rule: str, reason: str, hint: str) -> Problem:
    return Problem(name, 0, "", "", reason, hint, rule, "warning")


def _drop(connection: duckdb.DuckDBPyConnection, condition: str) -> int:
    """Delete rows from `incoming` and `raw`; returns how many."""
    rows = connection.execute(f"SELECT row_id FROM incoming JOIN raw USING (row_id) WHERE {condition}").fetchall()
    if rows:
        gone = [row for (row,) in rows]
        for table in ("incoming", "raw"):
            connection.execute(f"DELETE FROM {table} WHERE row_id IN (SELECT unnest(?))", [gone])
    return len(rows)


def _without_points(connection: duckdb.DuckDBPyConnection, name: str, names: set[str]) -> list[Problem]:
    """Leave out the rows for which the portal had no points."""
    blank = """incoming.points IS NULL AND (raw.points IS NULL OR trim(raw.points) = ''
        OR raw.points IN (SELECT text FROM word_points WHERE value IS NULL AND doubt = ''))"""
    if "data_state" in names:
        states = [state for (state,) in connection.execute("SELECT DISTINCT data_state FROM raw").fetchall() if state]
        none = [state for state in states if _NO_POINTS.fullmatch(fold(state))]
        quoted = ", ".join("'" + state.replace("'", "''") + "'" for state in none)
        blank = f"({blank}) OR raw.data_state IN ({quoted})" if none else blank
    if not (count := _drop(connection, blank)):
        return []
    reason = f"Có {number(count)} dòng mà Cổng chưa có điểm: để trống, không tính là 0."
    return [_warning(name, "portal_no_points", reason, "Xuất lại khi Cổng đã có điểm của các dòng này.")]


def _other_provinces(connection: duckdb.DuckDBPyConnection, name: str, names: set[str]) -> list[Problem]:
    """Leave out the units of other provinces: a commune of the same name may be among them."""
    connection.execute("CREATE OR REPLACE TEMP TABLE portal_outside (row_id BIGINT)")
    if "province" not in names:
        return []
    units = Words(connection).units
    told = [text for (text,) in connection.execute("SELECT DISTINCT province FROM raw").fetchall() if text]
    others = [text for text in told if not units.find(text, ("province",)).value]
    count = sum(_drop(connection, "raw.province = '{}'".format(text.replace("'", "''"))) for text in others)
    if not count:
        return []
    reason = f"Không nạp {number(count)} dòng của tỉnh khác: {', '.join(others[:_NAMED])}."
    return [_warning(name, "portal_other_province", reason, "Xuất lại từ Cổng, chọn tỉnh của đơn vị mình.")]


def _other_units(connection: duckdb.DuckDBPyConnection, name: str) -> list[Problem]:
    """Mark the rows of units that the catalogue does not know, if it knows others: a ranking names all of a province."""
    known = connection.execute("SELECT count(unit_code) FROM incoming").fetchone()[0]
    if not known:
        return []
    connection.execute(
        f"""INSERT INTO portal_outside SELECT row_id FROM incoming JOIN raw USING (row_id)
        JOIN word_unit_code AS word ON word.text = raw.unit_code WHERE incoming.unit_code IS NULL AND ({_OTHER_UNIT})"""
    )
    told = connection.execute(
        """SELECT raw.unit_code, any_value(word.doubt), count(*) FROM portal_outside JOIN raw USING (row_id)
        JOIN word_unit_code AS word ON word.text = raw.unit_code GROUP BY raw.unit_code ORDER BY min(line), 1"""
    ).fetchall()
    if not told:
        return []
    # Spelt almost like one of ours: named first.
    order = sorted(told, key=lambda row: "Có phải" not in row[1])
    listed = ", ".join(f"{text}{_near(doubt)}" for text, doubt, _ in order[:_NAMED])
    rows = sum(count for *_, count in told)
    reason = (
        f"Không nạp {number(rows)} điểm của {number(len(told))} đơn vị ngoài danh mục: "
        f"{listed}{'…' if len(told) > _NAMED else ''}."
    )
    hint = "Không cần sửa nếu không phải đơn vị của mình; nếu phải: thêm cách viết này vào bảng Từ đã dạy, rồi nạp lại."
    return [_warning(name, "portal_other_units", reason, hint)]


def _near(doubt: str) -> str:
    """What a text resembles, in brackets."""
    found = re.search(r"Có phải “(.+?)”", doubt)
    return f" (có phải “{found[1]}”?)" if found else ""


def _summed(connection: duckdb.DuckDBPyConnection, name: str) -> list[Problem]:
    """Make one row of the rows of a group's components, if these are all of the group."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE portal_sum AS
        WITH whole AS (
            SELECT coalesce(portal_group, criterion_code) AS portal_group, sum(maximum) AS whole
            FROM component WHERE index_code = 'service' GROUP BY ALL
        ),
        part AS (
            SELECT unit_code, period, portal_group, min(row_id) AS row_id, round(sum(points), 2) AS points, sum(maximum) AS most,
                count(*) AS parts
            FROM incoming WHERE metric IS NOT NULL AND unit_code IS NOT NULL AND portal_group <> 'total'
            GROUP BY unit_code, period, portal_group
        )
        SELECT part.*, whole, coalesce(abs(most - whole) < {CENT}, false) AS is_whole
        FROM part LEFT JOIN whole USING (portal_group)"""
    )
    connection.execute(
        """UPDATE incoming SET points = portal_sum.points, maximum = most
        FROM portal_sum WHERE incoming.row_id = portal_sum.row_id AND is_whole"""
    )
    parts = connection.execute("SELECT portal_group, max(most), any_value(whole) FROM portal_sum WHERE NOT is_whole GROUP BY 1 ORDER BY 1").fetchall()  # fmt: skip
    connection.execute(
        """DELETE FROM incoming WHERE metric IS NOT NULL AND unit_code IS NOT NULL
            AND row_id NOT IN (SELECT row_id FROM portal_sum WHERE is_whole)"""
    )
    connection.execute("DELETE FROM raw WHERE row_id NOT IN (SELECT row_id FROM incoming)")
    said = [_warning(name, "portal_summed", "Điểm của mỗi nhóm là tổng điểm các chỉ số thành phần của nhóm.",
                     "Nếu có: nạp bản điểm 6 nhóm, có cả tiến độ và tổng điểm.")]  # fmt: skip
    if parts:
        named = "; ".join(
            f"{labels()[('portal_group', group)]} {number(most or 0)}/{number(whole or 0)} điểm"
            for group, most, whole in parts
        )
        reason = f"Không cộng thành điểm nhóm, vì tệp không đủ chỉ số thành phần: {named}."
        said.append(_warning(name, "portal_part_of_group", reason, "Nạp bản điểm 6 nhóm của kỳ này."))
    return said


def _incomplete_totals(connection: duckdb.DuckDBPyConnection, name: str) -> list[Problem]:
    """Leave out the totals of units of which the file has some groups, but not all six: the rest would count as 0."""
    count = _drop(
        connection,
        f"""incoming.portal_group = 'total' AND (incoming.unit_code, incoming.period) IN (
            SELECT (unit_code, period) FROM incoming AS other WHERE unit_code IS NOT NULL AND period IS NOT NULL
            GROUP BY unit_code, period
            HAVING count(DISTINCT CASE WHEN portal_group <> 'total' THEN portal_group END) BETWEEN 1 AND {_GROUPS - 1})""",
    )
    if not count:
        return []
    reason = f"Không lấy {number(count)} tổng điểm: tệp không có đủ {_GROUPS} nhóm của đơn vị đó."
    return [
        _warning(name, "portal_part_of_total", reason, "Nạp lại khi Cổng có đủ 6 nhóm; điểm các nhóm vẫn được nhận.")
    ]


def _rank_apart(connection: duckdb.DuckDBPyConnection) -> None:
    """Count the ranks within each level, where the file ranks units of several levels in one row."""
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE portal_rank AS
        WITH ranked AS (
            SELECT row_id, period, coalesce(agency_level, '') AS of_level, rank AS given, points,
                rank() OVER (PARTITION BY period, agency_level ORDER BY points DESC) AS place
            FROM incoming WHERE portal_group = 'total' AND rank IS NOT NULL AND points IS NOT NULL
        ),
        of_level AS (SELECT period, of_level, min(given) AS first FROM ranked GROUP BY period, of_level),
        mixed AS (SELECT period FROM of_level GROUP BY period HAVING count(*) > 1 AND max(first) > 1)
        SELECT row_id, place FROM ranked JOIN mixed USING (period)"""
    )
    connection.execute(
        """UPDATE incoming SET rank = portal_rank.place, ranked_units = NULL
        FROM portal_rank WHERE incoming.row_id = portal_rank.row_id"""
    )
