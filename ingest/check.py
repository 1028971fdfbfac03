"""Converts text to typed rows and checks every rule; each rule is SQL and reports line, column and value.

Types, required values, allowed words and references follow from the schema. The other rules are files in
queries/check/: comment lines (rule, table, severity, hint) and a SELECT of row_id, column_name, value, reason over
`incoming` and the known tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from ingest import Problem, portal
from ingest.reading.codes import NO_CODE, PLAIN, SUSPECT, USUAL, Code, damaged, read_code
from ingest.reading.look import SHEET_LINES, SourceFile
from ingest.reading.personal import REMOVED, without_people
from ingest.reading.values import (
    Words,
    aliases,
    clean,
    day_first_sql,
    fold,
    is_solid,
    is_usual_moment,
    moment_or_null_sql,
    month_first_sql,
    null_sql,
    solid_sql,
    usual_moment_sql,
)
from ingest.schema import UPLOADED, Column, Table, key_hash, tables
from queries.snapshot import ROOT, literal

RULES = ROOT / "queries" / "check"
# Macros of the rule of time, the same as in the snapshot.
TIME = ROOT / "queries" / "build" / "05_time.sql"
_COMPARES_DAYS = """CREATE MACRO compares_days() AS
    coalesce((SELECT max(value) FROM setting WHERE setting_code = 'time_rule') = 'day', false);
"""
# Problems beyond this number are counted but not listed.
LISTED = 20_000

_TEXT = "nullif(trim(nfc_normalize({0})), '')"
_TYPED = {
    "text": _TEXT,
    "timestamp": """CASE WHEN regexp_matches(trim({0}), '^[12]\\d{{3}}-\\d\\d-\\d\\d')
        THEN try_strptime(replace(trim({0}), 'T', ' '), ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%d']) END""",
    "date": """CASE WHEN regexp_matches(trim({0}), '^[12]\\d{{3}}-\\d\\d-\\d\\d$')
        THEN CAST(try_strptime(trim({0}), '%Y-%m-%d') AS DATE) END""",
    "integer": "CASE WHEN regexp_matches(trim({0}), '^-?\\d+$') THEN TRY_CAST(trim({0}) AS INTEGER) END",
    "number": "CASE WHEN regexp_matches(trim({0}), '^-?\\d+(\\.\\d+)?$') THEN TRY_CAST(trim({0}) AS DOUBLE) END",
    "boolean": """CASE WHEN lower(trim({0})) IN ('true', '1') THEN true
        WHEN lower(trim({0})) IN ('false', '0') THEN false END""",
    "period": """CASE WHEN regexp_matches(trim({0}), '^[12]\\d{{3}}(-(0[1-9]|1[0-2]|Q[1-4]|H[12]|C(0[1-57-9]|1[01])))?$')
        THEN trim({0}) END""",
}
_PROSE = "Ô này là lời văn, không phải mã của danh mục: để trống."
# Three words or more that resemble no known word.
_IS_PROSE = (
    "len(string_split_regex(trim(value), '\\s+')) >= 3 AND reason NOT LIKE '%Có phải%' AND reason NOT LIKE 'Không rõ%'"
)
_UNKNOWN_HINT = "Kiểm tra mã; nếu đúng thì chọn hoặc thêm mới ở “Giá trị chưa biết” trên trang nạp, hoặc nạp trước danh mục có mã này."
_EXPECTED = {
    "text": "văn bản",
    "timestamp": "ngày giờ có thật; viết ngày/tháng/năm, có thể kèm giờ:phút",
    "date": "ngày có thật; viết ngày/tháng/năm",
    "integer": "số nguyên",
    "number": "số",
    "boolean": "có hoặc không",
    "period": "kỳ; viết 03/2024, Quý I/2024, 6 tháng đầu năm 2024 hoặc 2024",
}
_OUTSIDE_HINT = "Bỏ dòng này, hoặc báo người quản trị sửa quyền của nơi gửi."
_MOMENTS = ("timestamp", "date")
# A file with at most this many rows is small: its values are looked at before the conversion is planned.
_SMALL = 2_000
# Up to this many different values of problems are read for names of people.
_JUDGED = 2_000
# Columns of codes that are stored in capitals; other codes keep their case or take that of a known code.
_CAPITALS = ("dossier_code", "officer_code", "initiative_code")
# Columns that hold nothing but codes: other words in them are a person's.
_ONLY_CODES = ("dossier_code", "officer_code")
# Zero-width, bidirectional and soft-hyphen characters: they make equal codes differ, and nobody types them on purpose.
_UNSEEN = "[\\x{00AD}\\x{200B}-\\x{200F}\\x{202A}-\\x{202E}\\x{2060}-\\x{2069}\\x{FEFF}]"
_BLANKS = "[\\s\\x{00A0}]+"
# Letters that a poorer encoding replaced by a question mark; an address of the web may hold one.
_LETTERS_LOST = """(contains({0}, '\ufffd') OR (contains({0}, '?') AND NOT contains({0}, '://')
    AND regexp_matches({0}, '\\pL\\?+\\pL|(?:^|\\s)\\?+\\pL')))"""


@dataclass(frozen=True)
class Rule:
    """One file of queries/check/: the rule, its severity, and what a person should do."""

    name: str
    table: str
    severity: str
    says: str
    hint: str
    sql: str


@cache
def rules() -> tuple[Rule, ...]:
    """The rules of queries/check/ by name."""
    return tuple(_rule(path) for path in sorted(RULES.glob("*.sql")))


@cache
def _time_rule() -> str:
    """The statements that define the rule of time for one connection."""
    return (TIME.read_text(encoding="utf-8") + _COMPARES_DAYS).replace("CREATE MACRO", "CREATE OR REPLACE TEMP MACRO")


def _rule(path: Path) -> Rule:
    sql = path.read_text(encoding="utf-8")
    head = dict(re.findall(r"^-- (table|severity|hint): (.+)$", sql, re.MULTILINE))
    says = sql.partition("\n")[0].removeprefix("-- ").strip()
    return Rule(path.stem, head["table"], head["severity"], says, head.get("hint", ""), sql)


class _Broken(NamedTuple):
    """A rule, what a person should do, and the SQL of the rows that break it (row_id, column_name, value, reason)."""

    name: str
    severity: str
    hint: str
    sql: str


def check(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
    """Fill `incoming` with the typed rows of `raw`, and add their problems to table `problem`.

    The known tables (reference data and rows in force) must exist as views under their own names.
    """
    type_rows(connection, source)
    for problem in portal.settle(connection, source):
        _note_problem(connection, source, problem)
    codes = [column for column in _texts(connection, source) if column.is_code]
    rewritten = {column.name for column in codes if _is_rewritten(connection, column)}
    _keep_known_codes(connection, source, rewritten)
    for problem in source.noted:
        _note_problem(connection, source, problem)
    _note_odd_texts(connection, source, rewritten)
    month_first = set() if source.look.reading.dates else _written_month_first(connection, source.table)
    there = raw_columns(connection)
    broken = [
        _Broken(rule, "warning" if rule == "prose" else "reject", hint, sql)
        for column in source.table.columns
        for rule, hint, sql in _column_rules(connection, column, column.name in there, month_first)
    ]
    broken.append(_Broken("duplicate", "reject", "Giữ lại một dòng.", _duplicates(source.table)))
    _note(connection, source, broken)
    _settle_shares(connection, source)
    _settle_totals(connection, source)
    connection.execute(_time_rule())
    _note(connection, source, [rule for rule in rules() if rule.table == source.table.name])
    _drop_echoes(connection, source)
    _hide_people(connection, source)


def _drop_echoes(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
    """Remove the “missing” problem of a value that is already reported as unreadable."""
    connection.execute(
        """DELETE FROM problem WHERE file_id = $file_id AND rule LIKE '%\\_missing' ESCAPE '\\' AND EXISTS (
            FROM problem AS first WHERE first.file_id = $file_id AND first.line = problem.line
            AND first.column_name = problem.column_name AND first.rule IN ('type', 'month_first'))""",
        {"file_id": source.sha256},
    )


def type_canonical(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Create `incoming` from a `raw` in canonical form, such as the shipped reference data."""
    there = raw_columns(connection)
    typed = ", ".join(
        f"CAST({_TYPED[column.type].format(_raw(column)) if column.name in there else 'NULL'} AS {column.sql_type})"
        f' AS "{column.name}"'
        for column in table.columns
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT row_id, line, {typed} FROM raw")


def type_rows(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
    """Create `incoming`: row_id, line and each column in its type; NULL if the text cannot be converted."""
    there, words = raw_columns(connection), Words(connection)
    odd = {column.name: _odd_table(connection, source, column) for column in _texts(connection, source)}
    usual = _usual_columns(connection, source, there) - {name for name, join in odd.items() if join}
    typed, joins = [], list(filter(None, odd.values()))
    for column in source.table.columns:
        value = "NULL"
        if column.name in there:
            value = _usual_value(column) if column.name in usual else _value(column, source)
            if odd.get(column.name):
                value = f'CASE WHEN "odd_{column.name}".text IS NULL THEN {value} ELSE "odd_{column.name}".value END'
            if _spoken(column):
                joins.append(_word_table(connection, words, source, column))
        typed.append(f'TRY_CAST({value} AS {column.sql_type}) AS "{column.name}"')
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE incoming AS
        SELECT raw.row_id, raw.line, {", ".join(typed)} FROM raw {" ".join(joins)}"""
    )


def _usual_columns(connection: duckdb.DuckDBPyConnection, source: SourceFile, there: set[str]) -> set[str]:
    """The columns of dates or text of a small file whose values all have a usual form.

    DuckDB needs 20 ms to plan the conversion of every form: ten such columns are a third of the time of a small file.
    """
    if source.rows > _SMALL:
        return set()
    turned = source.look.reading.dates == "month"
    columns = [
        column
        for column in source.table.columns
        if column.name in there and not _spoken(column) and not (turned and column.type in _MOMENTS)
    ]
    if not columns:
        return set()
    rows = connection.execute(f"SELECT {', '.join(map(_raw, columns))} FROM raw").fetchall()
    return {
        column.name
        for column, texts in zip(columns, zip(*rows, strict=True), strict=False)
        if all(map(is_usual_moment if column.type in _MOMENTS else is_solid, texts))
    }


def _usual_value(column: Column) -> str:
    """An SQL expression for the value of a column from _usual_columns."""
    if column.type in _MOMENTS:
        return usual_moment_sql(_raw(column))
    return f"upper({_raw(column)})" if column.name in _CAPITALS else _raw(column)


def _texts(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> list[Column]:
    """The file's columns of text that are stored as written: codes and prose, not words of a list."""
    there = raw_columns(connection)
    return [column for column in source.table.columns if column.is_as_written and column.name in there]


def _odd_table(connection: duckdb.DuckDBPyConnection, source: SourceFile, column: Column) -> str:
    """Create table odd_<column> with the texts that cannot be stored as written; returns the SQL that joins it, or "".

    Its columns: the text, its value, why it is refused, and whether something about a person was dropped.
    """
    raw = _raw(column)
    odd = f"{raw} <> '' AND NOT {null_sql(f'trim({raw})', column.type)}"
    if column.name in _CAPITALS:
        doubtful = f"NOT regexp_matches({raw}, '{PLAIN}') OR regexp_matches({raw}, '{SUSPECT}')"
        odd = f"{raw} <> '' AND NOT regexp_matches({raw}, '{USUAL}') AND ({doubtful}) AND {odd}"
    texts = [text for (text,) in connection.execute(f"SELECT DISTINCT {raw} FROM raw WHERE {odd}").fetchall()]
    known = _known_forms(connection, source, column) if column.is_code and column.name not in _CAPITALS else {}
    read = {text: _odd_text(column, text, known, source.table.name in UPLOADED or column.is_word) for text in texts}
    read = {text: code for text, code in read.items() if code}
    connection.execute(f'DROP TABLE IF EXISTS "odd_{column.name}"')
    if not read:
        return ""
    rows = pa.table(
        {
            "text": pa.array(read, pa.string()),
            "value": pa.array([code.value for code in read.values()], pa.string()),
            "doubt": pa.array([code.doubt for code in read.values()], pa.string()),
            "personal": pa.array([code.personal for code in read.values()], pa.bool_()),
        }
    )
    connection.register("odd", rows)
    connection.execute(f'CREATE TEMP TABLE "odd_{column.name}" AS FROM odd')
    connection.unregister("odd")
    return f'LEFT JOIN "odd_{column.name}" ON "odd_{column.name}".text = {raw}'


def _odd_text(column: Column, text: str, known: dict[str, str], uploaded: bool) -> Code | None:
    """What a text becomes if it cannot be stored as written; None if it can."""
    if column.name in _CAPITALS:
        code = read_code(text, column.name in _ONLY_CODES)
        return replace(code, value=code.value.upper() if code.value else None)
    if reason := damaged(text):
        return Code(None, reason)
    if column.is_code:
        code = read_code(text, strict=False)
        # The digits of a catalogue's code are no person's number, but “.0” and the like are not part of it.
        value = known.get((code.value or "").lower()) or known.get(fold(code.value or ""), code.value)
        return replace(code, value=value) if code.personal or value != text else None
    kept = without_people(text, names=uploaded)
    if column.is_word and kept != text:
        return Code(None, NO_CODE, True)
    return Code(clean(kept), "", True) if kept != text else None


def _known_forms(connection: duckdb.DuckDBPyConnection, source: SourceFile, column: Column) -> dict[str, str]:
    """The known codes of a column by their lower-case form; a table's own codes and those of criteria."""
    table = "criterion" if column.name == "criterion_code" else source.table.name
    rows = connection.execute(f'SELECT DISTINCT "{column.name}" FROM "{table}"').fetchall()
    known = {code.lower(): code for (code,) in rows if code}
    return _criterion_names(connection) | known if table != source.table.name else known


def _criterion_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The folded names of criteria that mean one code, and the words for the total."""
    found: dict[str, set[str]] = {}
    for name, code in connection.execute("SELECT DISTINCT name, criterion_code FROM criterion").fetchall():
        found.setdefault(fold(name), set()).add(code)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1} | aliases()["criterion_code"]


def _keep_known_codes(connection: duckdb.DuckDBPyConnection, source: SourceFile, rewritten: set[str]) -> None:
    """Give a code the form in which it is already known, if the file writes it in another case.

    Rows stored before codes were written in capitals must not become a second dossier.
    """
    for column in _texts(connection, source):
        if column.name not in ("dossier_code", "initiative_code"):
            continue
        name, table = column.name, column.reference or source.table.name
        if name in rewritten:
            connection.execute(
                f"""UPDATE incoming SET {name} = known.{name}
                FROM (SELECT min({name}) AS {name} FROM "{table}" GROUP BY upper({name})
                    HAVING bool_and({name} <> upper({name}))) AS known
                WHERE incoming.{name} = upper(known.{name})"""
            )


def _note_odd_texts(connection: duckdb.DuckDBPyConnection, source: SourceFile, rewritten: set[str]) -> None:
    """Report the texts of odd_<column>: refused, freed of what is about a person, or folded; hide persons in `raw`."""
    for column in _texts(connection, source):
        name, raw = column.name, _raw(column)
        if _odd_exists(connection, name):
            _note_odd(connection, source, column)
        if name in rewritten:
            folded = f"""SELECT row_id, '{name}' AS column_name, {raw} AS value,
                'Mã được viết lại theo một dạng (chữ hoa, dấu gạch, khoảng trắng, ký tự giống nhau): ' || incoming.{name}
                || '.' AS reason
                FROM incoming JOIN raw USING (row_id) WHERE incoming.{name} <> trim({raw}, ' \t\r\n\u00a0')"""
            hint = "Không cần sửa nếu đúng là mã này."
            _note(connection, source, [_Broken("code_folded", "warning", hint, folded)])


def _note_odd(connection: duckdb.DuckDBPyConnection, source: SourceFile, column: Column) -> None:
    """Report the odd texts of one column, and take what is about a person out of `raw`."""
    name, raw = column.name, _raw(column)
    found = f"""SELECT row_id, '{name}' AS column_name, {{}} AS value, {{}} AS reason
        FROM raw JOIN "odd_{name}" AS odd ON odd.text = {raw} WHERE """
    sql = found.format(raw, "odd.doubt") + "odd.doubt <> '' AND NOT odd.personal"
    hint = "Xuất lại từ hệ thống gốc; trong Excel đặt cột này là Văn bản (Text) trước khi nhập."
    broken = [_Broken("code_damaged", "reject", hint, sql)]
    if name == "officer_code":
        reason = "Có vẻ là họ tên cán bộ, không phải mã; giá trị đã được bỏ."
        rule, severity, hint = "officer_name", "warning", "Xuất mã cán bộ thay cho họ tên."
        sql = found.format("''", literal(reason)) + "odd.doubt <> '' AND odd.personal"
    else:
        rule, severity, hint = "code_personal", "reject", "Ghi mã vào ô này, bỏ mọi thông tin về người."
        sql = found.format("''", "odd.doubt") + "odd.doubt <> '' AND odd.personal"
    broken.append(_Broken(rule, severity, hint, sql))
    reason = "Đã bỏ thông tin cá nhân (họ tên, điện thoại, số định danh, địa chỉ) khỏi ô này; phần còn lại được giữ."
    sql = found.format("''", literal(reason)) + "odd.personal AND odd.doubt = ''"
    hint = "Xuất lại tệp không có thông tin cá nhân trong cột này."
    broken.append(_Broken("personal_dropped", "warning", hint, sql))
    _note(connection, source, broken)
    connection.execute(
        f"""UPDATE raw SET "{name}" = coalesce(odd.value, {literal(REMOVED)})
        FROM "odd_{name}" AS odd WHERE odd.text = {raw} AND odd.personal"""
    )


def _is_rewritten(connection: duckdb.DuckDBPyConnection, column: Column) -> bool:
    """Whether a code of the file may be stored in another form than it is written; looks at one column only."""
    if _odd_exists(connection, column.name):
        return True
    raw = _raw(column)
    written = f"SELECT 1 FROM raw WHERE {raw} <> upper({raw}) LIMIT 1"
    return column.name in _CAPITALS and bool(connection.execute(written).fetchall())


def _odd_exists(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether the file's last conversion needed table odd_<column>."""
    found = "SELECT count(*) FROM duckdb_tables() WHERE temporary AND table_name = ?"
    return bool(connection.execute(found, [f"odd_{name}"]).fetchall()[0][0])


def raw_columns(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The columns that exist in the file."""
    return {name for name, *_ in connection.execute("DESCRIBE raw").fetchall()}


def _spoken(column: Column) -> bool:
    """Whether the column holds words, codes or numbers; their distinct texts are converted in Python."""
    return not column.is_as_written and column.type not in _MOMENTS


def _value(column: Column, source: SourceFile) -> str:
    """An SQL expression that converts the column's text to its value."""
    raw = _raw(column)
    if _spoken(column):
        return f'"word_{column.name}".value'
    if column.type in _MOMENTS:
        return moment_or_null_sql(
            raw, column.type, source.look.grid.date1904, month_first=source.look.reading.dates == "month"
        )
    if column.name in _CAPITALS:  # texts of another form are in odd_<column>
        return f"CASE WHEN {null_sql(f'trim({raw})', column.type)} THEN NULL ELSE upper({raw}) END"
    tidy = f"trim(regexp_replace(regexp_replace(nfc_normalize({raw}), '{_UNSEEN}', '', 'g'), '{_BLANKS}', ' ', 'g'))"
    return f"""CASE WHEN {solid_sql(raw)} THEN {raw} WHEN {null_sql(f"trim({raw})", column.type)} THEN NULL
        ELSE nullif({tidy}, '') END"""


def _word_table(connection: duckdb.DuckDBPyConnection, words: Words, source: SourceFile, column: Column) -> str:
    """Create table word_<column> (distinct text, its value, its doubt); returns the SQL that joins it."""
    texts = [text for (text,) in connection.execute(f"SELECT DISTINCT {_raw(column)} FROM raw").fetchall() if text]
    canonical = all(name in source.table.names for name in source.look.mapping.headers if name)
    decimal = source.look.reading.decimal or ("." if canonical else "")
    meant = words.convert(source.table, column, texts, decimal)
    rows = pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "value": pa.array([meant[text].value for text in texts], pa.string()),
            "doubt": pa.array([meant[text].doubt for text in texts], pa.string()),
        }
    )
    connection.register("meant", rows)
    connection.execute(f'CREATE OR REPLACE TEMP TABLE "word_{column.name}" AS FROM meant')
    connection.unregister("meant")
    return f'LEFT JOIN "word_{column.name}" ON "word_{column.name}".text = {_raw(column)}'


def _raw(column: Column) -> str:
    """An SQL expression for the original text of a column."""
    return f'raw."{column.name}"'


def _column_rules(connection: duckdb.DuckDBPyConnection, column: Column, is_there: bool, month_first: set[str]):
    """(rule, hint, rows) of every rule that follows from a column's definition; month_first: columns of such dates."""
    value = f'incoming."{column.name}"'
    if not is_there:
        if column.required:
            yield "required", "", _absent(column)
        return
    blank = null_sql(f"trim({_raw(column)})", column.type)
    rule = "unknown_code" if column.reference else "allowed" if column.allowed else "type"
    if _spoken(column):
        hint = _UNKNOWN_HINT if column.reference else ""
        doubted = _doubted(column, _REASONS[rule](column))
        if _may_be_prose(column):
            told = f"SELECT row_id, column_name, '' AS value, {literal(_PROSE)} AS reason FROM ({doubted}) WHERE "
            yield "prose", "Ghi mã của danh mục nếu có; lời văn không được lưu.", told + _IS_PROSE
            doubted = f"SELECT * FROM ({doubted}) WHERE NOT ({_IS_PROSE})"
        yield rule, hint, doubted
        # A word that is unknown to the column may still mean “no value”.
        blank = f"({_raw(column)} IS NULL OR trim({_raw(column)}) = '' OR ({value} IS NULL AND \"word_{column.name}\".doubt = ''))"
        if column.required:
            yield "required", "", _found(column, "Thiếu giá trị bắt buộc.", blank, words=True)
        return
    if column.type in _MOMENTS:
        if column.name in month_first:
            hint = (
                "Định dạng lại cột này thành ngày/tháng/năm (dd/mm/yyyy) trong Excel rồi xuất lại; hoặc chọn thứ tự ngày, "
                "tháng khi nạp (trên dòng lệnh: --dates month)."
            )
            reason = "Cột này có nhiều ngày viết tháng trước; không đoán đâu là ngày, đâu là tháng."
            yield "month_first", hint, _found(column, reason, f"{value} IS NOT NULL AND {_either(column)}")
        yield "type", "", _found(column, _REASONS["type"](column), _missing(value, f"NOT {blank}"))
    if column.is_as_written:
        reason = "Chữ có dấu trong ô này đã mất, thành dấu “?”, khi tệp được lưu bằng bảng mã không có chữ Việt."
        hint = "Xuất lại từ hệ thống gốc; trong Excel chọn Lưu thành, loại “CSV UTF-8”."
        yield "letters_lost", hint, _found(column, reason, _LETTERS_LOST.format(value))
    if column.required:
        yield "required", "", _found(column, "Thiếu giá trị bắt buộc.", _missing(value, blank))
    if column.reference:
        known = f'SELECT "{tables()[column.reference].key[0]}" FROM "{column.reference}"'
        hint = f"Kiểm tra mã, hoặc gửi trước tệp “{column.reference}” có mã này."
        yield rule, hint, _found(column, _REASONS[rule](column), f"{value} NOT IN ({known})")


def _may_be_prose(column: Column) -> bool:
    """Whether a column of codes may stay empty where somebody wrote a sentence; an empty channel would mean “direct”."""
    return column.type == "text" and not column.required and column.name != "channel"


def _missing(value: str, condition: str) -> str:
    """A slow condition that can only hold for a missing value, evaluated only on rows without a value."""
    return f"{value} IS NULL AND CASE WHEN {value} IS NULL THEN {condition} END"


def _written_month_first(connection: duckdb.DuckDBPyConnection, table: Table) -> set[str]:
    """The columns with more dates that can only be month-first than dates that can only be day-first.

    A file with dates of the first kind and none of the second is month-first in all its columns.
    """
    there = raw_columns(connection)
    counts = {}
    for column in table.columns:
        if column.type in _MOMENTS and column.name in there:
            # Not trimmed: the patterns pass over blanks, and trimming would take most of the time.
            text = _raw(column)
            counted = f"""SELECT count(*) FILTER ({month_first_sql(text)}), count(*) FILTER ({day_first_sql(text)})
                FROM raw WHERE {_raw(column)} NOT LIKE '____-__-__%'"""
            counts[column.name] = connection.execute(counted).fetchall()[0]
    if any(month for month, _ in counts.values()) and not any(day for _, day in counts.values()):
        return set(counts)
    return {name for name, (month, day) in counts.items() if month > day}


def _either(column: Column) -> str:
    """An SQL condition: the date is valid both day-first and month-first."""
    text = f"trim({_raw(column)})"
    return f"regexp_matches({text}, '^(0?[1-9]|1[0-2])[-/.](0?[1-9]|1[0-2])[-/.][12][0-9]{{3}}')"


_REASONS = {
    "type": lambda column: f"Không phải {_EXPECTED[column.type]}.",
    "allowed": lambda column: f"Chỉ nhận: {', '.join(column.allowed)}.",
    "unknown_code": lambda column: "Mã không có trong danh mục.",
}


def _absent(column: Column) -> str:
    """Rows without a value in a required column that the mapping accepted because another column replaces it."""
    return f"""SELECT row_id, '{column.name}' AS column_name, '' AS value, 'Thiếu giá trị bắt buộc.' AS reason
        FROM incoming WHERE "{column.name}" IS NULL"""


def _doubted(column: Column, reason: str) -> str:
    """Rows whose text was not understood, with the specific doubt if there is one."""
    return f"""SELECT raw.row_id, '{column.name}' AS column_name, {_raw(column)} AS value,
            coalesce(nullif(word.doubt, ''), {literal(reason)}) AS reason
        FROM raw JOIN incoming USING (row_id) JOIN "word_{column.name}" AS word ON word.text = {_raw(column)}
        WHERE incoming."{column.name}" IS NULL AND (word.value IS NOT NULL OR word.doubt <> '')"""


def _found(column: Column, reason: str, condition: str, words: bool = False) -> str:
    """The rows of one column that break a rule; row_id is the same in both tables."""
    join = f'LEFT JOIN "word_{column.name}" ON "word_{column.name}".text = {_raw(column)}' if words else ""
    return f"""SELECT incoming.row_id, '{column.name}' AS column_name, {_raw(column)} AS value,
        {literal(reason)} AS reason FROM incoming JOIN raw USING (row_id) {join} WHERE {condition}"""


def _duplicates(table: Table) -> str:
    """Rows whose key occurs on an earlier line of the same file."""
    keys = ", ".join(f'"{name}"' for name in table.key)
    shown = " || ' · ' || ".join(f'CAST("{name}" AS VARCHAR)' for name in table.key)
    return f"""SELECT row_id, '{", ".join(table.key)}' AS column_name, {shown} AS value,
            'Trùng với dòng ' || first_line % {SHEET_LINES}
                || if(first_line // {SHEET_LINES} = line // {SHEET_LINES}, '.', ' của một trang tính trước.') AS reason
        FROM (SELECT *, min(row_id) OVER same AS first_row, min(line) OVER same AS first_line FROM incoming
            WINDOW same AS (PARTITION BY {keys}))
        WHERE row_id > first_row AND {" AND ".join(f'"{name}" IS NOT NULL' for name in table.key)}"""


def _hide_people(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
    """Take what is about a person out of the values that problems show, whatever their column."""
    likely = "regexp_matches(value, '[0-9][0-9 .()-]{7,}|@') OR regexp_matches(value, '[^\\d\\s]\\s[^\\d\\s]')"
    shown = "SELECT DISTINCT value FROM problem WHERE file_id = ? AND value <> '' AND"
    values = connection.execute(f"{shown} ({likely}) LIMIT {_JUDGED + 1}", [source.sha256]).fetchall()
    if len(values) > _JUDGED:
        # So many different words are not worth reading one by one: none is shown.
        connection.execute(f"UPDATE problem SET value = '' WHERE file_id = ? AND ({likely})", [source.sha256])
        return
    told = {value: kept for (value,) in values if (kept := _without_person(value)) != value}
    for value, kept in told.items():
        connection.execute("UPDATE problem SET value = ? WHERE value = ? AND file_id = ?", [kept, value, source.sha256])


def _without_person(value: str) -> str:
    """A value as a problem may show it."""
    return value if re.fullmatch(r"\d{9}", value) else without_people(value)


# The columns of percentages, and which percentages of at most 1 may as well be shares of 1.
SHARES = {"kpi_value": "value", "indicator_target": "target"}
_IN_DOUBT = """SELECT incoming.row_id FROM incoming JOIN raw USING (row_id) JOIN indicator ON indicator.indicator_code = incoming.indicator_code
    WHERE indicator.measure = '%' AND incoming."{column}" IS NOT NULL AND NOT contains(raw."{column}", '%') {more}
    WINDOW one AS (PARTITION BY incoming.indicator_code)
    QUALIFY max(incoming."{column}") OVER one BETWEEN 1e-12 AND 1
        AND (count(*) OVER one > 1 OR indicator.direction = 'up' OR max(incoming."{column}") OVER () <= 1)"""


def _settle_shares(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
    """Ask about percentages of at most 1, as 0.635 may mean 63.5 %; or do what the person has chosen."""
    column, there = SHARES.get(source.table.name), raw_columns(connection)
    if column not in there:
        return
    more = "AND coalesce(incoming.denominator, 0) = 0" if source.table.name == "kpi_value" else ""
    doubtful = _IN_DOUBT.format(column=column, more=more)
    choice = source.look.reading.share
    if not choice:
        reason = "Chỉ tiêu tính bằng %, mọi giá trị đều không quá 1: không rõ 0,5 là 0,5 % hay 50 %."
        found = f"""SELECT row_id, '{column}' AS column_name, raw."{column}" AS value, {literal(reason)} AS reason
            FROM raw WHERE row_id IN ({doubtful})"""
        hint = (
            "Chọn ở “Phần trăm không quá 1”: giữ nguyên, hoặc nhân 100 (dòng lệnh: --share giữ, --share nhân); "
            "hoặc viết hẳn 50%."
        )
        _note(connection, source, [_Broken("share", "reject", hint, found)])
    elif choice == "times":
        count = connection.execute(f"SELECT count(*) FROM ({doubtful})").fetchone()[0]
        connection.execute(f'UPDATE incoming SET "{column}" = round("{column}" * 100, 10) WHERE row_id IN ({doubtful})')
        reason = f"Có {count} giá trị phần trăm không quá 1 được nhân 100, như đã chọn."
        hint = "Nếu không đúng: chọn “Giữ nguyên” rồi đọc lại."
        if count:
            _note_problem(connection, source, Problem(source.name, 0, column, "", reason, hint, "shared", "warning"))


def _settle_totals(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
    """Give 100 as the maximum of a total that neither the file nor the points of its criteria give one."""
    if source.table.name != "index_score":
        return
    alone = """criterion_code = 'total' AND maximum IS NULL AND (district_code, index_code, year) NOT IN (
        SELECT (district_code, index_code, year) FROM (
            SELECT district_code, index_code, year, criterion_code FROM incoming
            UNION ALL SELECT district_code, index_code, year, criterion_code FROM index_score)
        WHERE criterion_code <> 'total' AND district_code IS NOT NULL AND index_code IS NOT NULL AND year IS NOT NULL)"""
    count = connection.execute(f"SELECT count(*) FROM incoming WHERE {alone}").fetchone()[0]
    if count:
        connection.execute(f"UPDATE incoming SET maximum = 100 WHERE {alone}")
        reason = f"Có {count} dòng tổng không có điểm tối đa: tính trên 100 điểm."
        hint = "Nếu khác: ghi điểm tối đa cho cả tệp (dòng lệnh: --column maximum==SỐ), hoặc thêm cột điểm tối đa."
        _note_problem(
            connection, source, Problem(source.name, 0, "maximum", "", reason, hint, "total_of_100", "warning")
        )


def is_real(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> bool:
    """Whether the rows of `raw` are figures of a table that can be simulated, and any of them is not."""
    if not source.table.simulatable:
        return False
    real = _unmarked(connection, source)
    return bool(connection.execute(f"SELECT count(*) FROM ({real} LIMIT 1)").fetchone()[0])


def leave_out_simulated(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
    """Delete the simulated rows of a real file from `raw`, with a warning for each: they would never count."""
    if "simulated" not in raw_columns(connection):
        return
    marked = f"SELECT row_id FROM raw WHERE row_id NOT IN ({_unmarked(connection, source)})"
    reason = "Dòng MÔ PHỎNG trong tệp có số liệu thật: không nạp."
    found = (
        f"SELECT row_id, 'simulated' AS column_name, 'MÔ PHỎNG' AS value, {literal(reason)} AS reason FROM ({marked})"
    )
    hint = "Không cần sửa nếu đúng là dòng mô phỏng; nếu là số liệu thật thì để trống cột Mô phỏng."
    _note(connection, source, [_Broken("simulated_left_out", "warning", hint, found)])
    connection.execute(f"DELETE FROM raw WHERE row_id IN ({marked})")


def note_not_counting(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
    """Warn that no row of a simulated file counts, because the store has real ones."""
    reason = "Kho đang có số liệu thật: mọi dòng MÔ PHỎNG của tệp này được giữ lại nhưng không được tính."
    hint = "Muốn xem số liệu mẫu thì mở kho riêng bằng: make demo"
    _note_problem(
        connection, source, Problem(source.name, 0, "", "", reason, hint, "simulated_not_counting", "warning")
    )


def _unmarked(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> str:
    """The SQL of the rows of `raw` that are not marked as simulated (row_id)."""
    if "simulated" not in raw_columns(connection):
        return "SELECT row_id FROM raw"
    column = next(column for column in source.table.columns if column.name == "simulated")
    join = _word_table(connection, Words(connection), source, column)
    return f"SELECT row_id FROM raw {join} WHERE TRY_CAST({_value(column, source)} AS BOOLEAN) IS NOT TRUE"


def note_outside(
    connection: duckdb.DuckDBPyConnection, source: SourceFile, of: str, column: str, units: frozenset[str]
) -> None:
    """Add a problem for each row of a unit that is not among `units`, and each that would replace a row of another.

    of, column: the table and its column that say to which unit a row belongs: the file's own, or the one its rows refer to.
    """
    allowed = ", ".join(map(literal, sorted(units))) or "NULL"
    key = tables()[of].key
    broken = []
    if of == source.table.name:
        # An unknown unit is told as such; an empty one may mean every unit.
        outside = f"""SELECT row_id, {literal(column)} AS column_name, {column} AS value,
            'Nơi gửi này không được nạp số liệu của đơn vị này.' AS reason FROM incoming
            WHERE coalesce({column} NOT IN ({allowed}) AND {column} IN (SELECT unit_code FROM unit), {column} IS NULL)"""
        broken.append(_Broken("sender_unit", "reject", _OUTSIDE_HINT, outside))
    if of != source.table.name or column not in key:
        same = " AND ".join(f"incoming.{name} = there.{name}" for name in key)
        replacing = f"""SELECT row_id, {literal(key[0])} AS column_name, incoming.{key[0]} AS value,
            'Trong kho, dòng này là của đơn vị khác.' AS reason
            FROM incoming JOIN {of} AS there ON {same} WHERE there.{column} NOT IN ({allowed})"""
        broken.append(_Broken("sender_unit", "reject", _OUTSIDE_HINT, replacing))
    _note(connection, source, broken)


def drop_rejected(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> int:
    """Move the lines with a rejected value from `incoming` to `refused`; returns how many lines there are.

    `refused` holds their lines, their units as far as these are known ones, and hashed keys, because a refused key may be
    a person's name.
    """
    rejected = "SELECT line FROM problem WHERE file_id = ? AND severity = 'reject'"
    key = key_hash(source.table)
    unit = "unit_code" if "unit_code" in source.table.names else "NULL"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE refused AS SELECT line, {key} AS key_hash, CASE WHEN {unit} IN (SELECT unit_code FROM unit) THEN {unit} END AS unit_code FROM incoming WHERE line IN ({rejected})",
        [source.sha256],
    )
    connection.execute(f"DELETE FROM incoming WHERE line IN ({rejected})", [source.sha256])
    # Fetched to the end: while a result is open, the connection takes no other work.
    return connection.execute(f"SELECT count(DISTINCT line) FROM ({rejected})", [source.sha256]).fetchall()[0][0]


def kept_texts(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> pa.Table:
    """The rows of `raw` that are in `incoming`, without the texts of which nothing is stored."""
    there = raw_columns(connection)
    kept = ", ".join(
        f'CASE WHEN incoming."{name}" IS NOT NULL THEN raw."{name}" END AS "{name}"'
        for name in source.table.names
        if name in there
    )
    sql = f"SELECT raw.row_id, raw.line, {kept} FROM raw JOIN incoming USING (row_id) ORDER BY raw.row_id"
    return connection.sql(sql).to_arrow_table()


def refused_rows(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The lines, hashed keys and units of the rows that are not taken."""
    return connection.sql("FROM refused ORDER BY line, key_hash").to_arrow_table()


def add_refused(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    """Add rows that an earlier check has refused to `refused`."""
    connection.register("earlier", rows)
    connection.execute("INSERT INTO refused FROM earlier")
    connection.unregister("earlier")


def _note(
    connection: duckdb.DuckDBPyConnection, source: SourceFile, broken: list[_Broken | Rule], **parameters: object
) -> None:
    """Add the rows that break the rules to table `problem`, with line numbers of the file.

    DuckDB plans one statement of thirty rules in a third of the time of thirty statements; but it may hold what each
    rule needs at the same time, so that a large file is asked rule by rule.
    """
    together = len(broken) if source.rows <= _SMALL else 1
    for start in range(0, len(broken), together or 1):
        found = " UNION ALL ".join(
            f"""SELECT row_id, column_name, CAST(value AS VARCHAR) AS value, reason, {literal(rule.hint)} AS hint,
                {literal(rule.name)} AS rule, {literal(rule.severity)} AS severity FROM ({rule.sql})"""
            for rule in broken[start : start + together]
        )
        connection.execute(
            f"""INSERT INTO problem
            SELECT $file_id, $file, raw.line, found.column_name, left(coalesce(found.value, ''), 200), found.reason,
                found.hint, found.rule, found.severity
            FROM ({found}) AS found JOIN raw USING (row_id)""",
            {"file_id": source.sha256, "file": source.name, **parameters},
        )


def _note_problem(connection: duckdb.DuckDBPyConnection, source: SourceFile, problem: Problem) -> None:
    """Add a problem that was found while reading."""
    values = (problem.file, problem.line, problem.column, problem.value, problem.reason, problem.hint, problem.rule)
    connection.execute(
        "INSERT INTO problem VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [source.sha256, *values, problem.severity]
    )


def create_problem_table(connection: duckdb.DuckDBPyConnection) -> None:
    """The empty table `problem` that check() fills."""
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE problem (file_id VARCHAR, file VARCHAR, line BIGINT, column_name VARCHAR,
        value VARCHAR, reason VARCHAR, hint VARCHAR, rule VARCHAR, severity VARCHAR)"""
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE refused (line BIGINT, key_hash VARCHAR, unit_code VARCHAR)")


def count(connection: duckdb.DuckDBPyConnection, severity: str) -> int:
    """The number of all problems of one severity."""
    return connection.execute("SELECT count(*) FROM problem WHERE severity = ?", [severity]).fetchone()[0]


def problems(connection: duckdb.DuckDBPyConnection, severity: str, limit: int | None = LISTED) -> list[Problem]:
    """The problems of one severity in order of file and line, at most `limit`, None for all; columns have canonical names."""
    rows = connection.execute(
        "SELECT * EXCLUDE (file_id) FROM problem WHERE severity = ? ORDER BY file, line, column_name LIMIT ?",
        [severity, limit],
    ).fetchall()
    return [Problem(*row) for row in rows]


def in_words_of(source: SourceFile, problem: Problem) -> Problem:
    """The problem with the column name replaced by the file's own header."""
    named = ", ".join(source.look.mapping.header(name) for name in problem.column.split(", ")) if problem.column else ""
    sheet, line = source.place(problem.line)
    file = f"{problem.file}, trang tính “{sheet}”" if source.look.more and line else problem.file
    return replace(problem, file=file, line=line, column=named, sheet=sheet)


def counts(connection: duckdb.DuckDBPyConnection, source: SourceFile, severity: str) -> dict[str, int]:
    """The number of problems of one severity for each rule in one file."""
    rows = connection.execute(
        "SELECT rule, count(*) FROM problem WHERE file_id = ? AND severity = ? GROUP BY rule ORDER BY rule",
        [source.sha256, severity],
    ).fetchall()
    return dict(rows)


def unknown_words(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> dict[str, int]:
    """The number of different words and codes of one file that nobody has taught, for each column that has some."""
    rows = connection.execute(
        """SELECT column_name, count(DISTINCT value) FROM problem WHERE file_id = ? AND rule IN ('unknown_code', 'allowed')
        GROUP BY column_name ORDER BY column_name""",
        [source.sha256],
    ).fetchall()
    return dict(rows)
