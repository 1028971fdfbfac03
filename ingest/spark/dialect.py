"""Converts the build statements to Spark SQL: expands macros, transpiles with sqlglot, refuses what is not portable.

Spark runs the statements that create tables. A macro is expanded where such a statement calls it, and a view is created
if such a statement reads it. All other statements serve readers and run only in DuckDB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

# Functions that sqlglot passes through unchanged although Spark computes them differently or not at all.
_FUNCTIONS = {
    "round": "number of decimals from a column, and other digits: use rounded(x, decimals)",
    "list": "loses its order: use ordered_sum(x, y)",
    "list_sum": "use ordered_sum(x, y)",
    "dayofweek": "numbered differently: count days from a Monday with date_diff",
    "isodow": "numbered differently: count days from a Monday with date_diff",
    "weekday": "numbered differently: count days from a Monday with date_diff",
    "quantile_cont": "approximate in Spark",
    "quantile_disc": "approximate in Spark",
    "median": "approximate in Spark",
    "icu_sort_key": "not in Spark: for readers only",
    "strftime": "other letters in Spark",
    "format": "not in Spark: for readers only",
    "from_json": "not in Spark: for readers only",
}
_NODES = {
    exp.Round: "round",
    exp.ArrayAgg: "list",
    exp.List: "list",
    exp.DayOfWeek: "dayofweek",
    exp.DayOfWeekIso: "isodow",
    exp.PercentileCont: "quantile_cont",
    exp.PercentileDisc: "quantile_disc",
    exp.Quantile: "quantile_cont",
    exp.Median: "median",
    exp.TimeToStr: "strftime",
    exp.Format: "format",
}
# Macros that need a separate definition for Spark: parameters and body in Spark SQL.
_OWN = {
    "ordered_sum": (
        ("x", "y"),
        """aggregate(sort_array(collect_list(CASE WHEN x IS NOT NULL THEN struct(y AS place, x AS number) END)),
        CAST(NULL AS DOUBLE), (total, one) -> coalesce(total + one.number, one.number))""",
    ),
}


class NotPortable(Exception):
    """A statement that the two engines interpret differently; the message names it and the reason."""


@dataclass(frozen=True)
class Step:
    """One step for Spark: "table" or "view" from a query in Spark SQL, or "drop".

    ordered_by holds the sort columns of a table in DuckDB SQL; empty if the statement has no order.
    """

    kind: str
    name: str
    query: str = ""
    ordered_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Macro:
    parameters: tuple[str, ...]
    body: exp.Expression


def steps(scripts: list[str]) -> list[Step]:
    """The steps for Spark, in order. Raises NotPortable."""
    statements = [statement for script in scripts for statement in sqlglot.parse(script, read="duckdb") if statement]
    macros = dict(_macros(statements))
    read = {name for statement in statements if _kind(statement) == "TABLE" for name in _read(statement)}
    return [
        _step(statement, macros)
        for statement in statements
        if _kind(statement) != "MACRO" and (_kind(statement) != "VIEW" or statement.this.name in read)
    ]


def _read(statement: exp.Expression) -> set[str]:
    """The tables that a statement reads, without its own CTEs."""
    own = {query.alias for query in statement.find_all(exp.CTE)}
    return {table.name for table in statement.find_all(exp.Table)} - own


def _kind(statement: exp.Expression) -> str:
    return str(statement.args.get("kind") or type(statement).__name__).upper()


def _macros(statements: list[exp.Expression]) -> Iterator[tuple[str, _Macro]]:
    """Every macro by name; for macros in _OWN, Spark's definition."""
    for statement in statements:
        if _kind(statement) != "MACRO" or statement.args.get("properties"):  # AS TABLE macros serve readers only
            continue
        name = statement.this.this.name
        parameters = tuple(parameter.name for parameter in statement.this.expressions)
        if name in _OWN:
            known, body = _OWN[name]
            if known != parameters:
                raise NotPortable(f"{name}: Spark's own definition has other parameters")
            yield name, _Macro(parameters, sqlglot.parse_one(body, read="spark"))
        else:
            yield name, _Macro(parameters, statement.expression)


def _step(statement: exp.Expression, macros: dict[str, _Macro]) -> Step:
    """One statement as a step for Spark."""
    kind, named = _kind(statement), statement.find(exp.Table)
    name = named.name if named else ""
    if isinstance(statement, exp.Drop) and kind == "TABLE":
        return Step("drop", name)
    if not isinstance(statement, exp.Create) or kind not in ("TABLE", "VIEW") or statement.expression is None:
        raise NotPortable(f"neither a table, a view nor a macro: {statement.sql('duckdb')[:80]}")
    query = statement.expression
    order = query.args.get("order")
    ordered_by = tuple(key.this.name for key in order.expressions) if order else ()
    if order:
        order.pop()
    try:
        _refuse(query)
        _write_out(query, macros)
        sql = query.sql("spark", unsupported_level=ErrorLevel.RAISE, comments=False)
    except (NotPortable, SqlglotError) as error:
        raise NotPortable(f"{name}: {error}") from error
    return Step(kind.lower(), name, sql, () if "ALL" in map(str.upper, ordered_by) else ordered_by)


def _write_out(query: exp.Expression, macros: dict[str, _Macro]) -> None:
    """Replace each macro call by the macro's body until none is left."""
    while call := next((c for c in query.find_all(exp.Anonymous) if c.name.lower() in macros), None):
        macro = macros[call.name.lower()]
        given = dict(zip(macro.parameters, call.expressions, strict=True))
        body = macro.body.copy()
        if call.name.lower() not in _OWN:
            _refuse(body)

        def put_in(node: exp.Expression, given: dict[str, exp.Expression] = given) -> exp.Expression:
            is_parameter = isinstance(node, exp.Column) and not node.table and node.name in given
            return exp.paren(given[node.name].copy()) if is_parameter else node

        call.replace(exp.paren(body.transform(put_in)))


def _refuse(query: exp.Expression) -> None:
    """Raise NotPortable for the first part that would be lost or changed by the conversion."""
    for node in query.walk():
        if why := _fault(node):
            raise NotPortable(f"{node.sql('duckdb')[:80]}: {why}")


def _fault(node: exp.Expression) -> str:
    """Why a part of a statement is not portable; empty if it is."""
    called = node.name.lower() if isinstance(node, exp.Anonymous) else _NODES.get(type(node), "")
    if called in _FUNCTIONS:
        return f"{called}: {_FUNCTIONS[called]}"
    if isinstance(node, exp.Star) and node.args.get("replace"):
        return "* REPLACE: name the column and leave the old one out with EXCLUDE"
    if isinstance(node, exp.Pivot):
        return "PIVOT and UNPIVOT: join a list of names and choose with CASE"
    if isinstance(node, exp.Filter) and isinstance(node.parent, exp.Window):
        return "FILTER on a window: use CASE inside the function"
    if isinstance(node, exp.Qualify):
        return "QUALIFY: number the rows in a query of their own"
    if isinstance(node, exp.Sub) and _is_day(node.this) and _is_day(node.expression):
        return "a date minus a date: use date_diff('day', …, …)"
    if isinstance(node, exp.DateDiff) and str(node.args.get("unit")).upper().strip("'") != "DAY":
        return "date_diff counts other than days differently"
    if isinstance(node, exp.TimestampTrunc | exp.DateTrunc) and not isinstance(node.parent, exp.Cast):
        return "date_trunc has another type: CAST it"
    if isinstance(node, exp.GenerateSeries | exp.Unnest) and isinstance(node.parent, exp.Table | exp.From):
        return "a function in FROM: SELECT unnest(generate_series(…))"
    if isinstance(node, exp.Subquery) and _reaches_out(node):
        return "a query that compares with the one around it by more than =: join and group instead"
    return ""


def _is_day(node: exp.Expression) -> bool:
    """Whether a part is a date, by its type or its column name: dates are named day or end in _on."""
    if isinstance(node, exp.Cast):
        return node.is_type(exp.DType.DATE)
    return isinstance(node, exp.Column) and (
        node.name.endswith("_on") or node.name in ("day", "as_of", "valid_from", "valid_to")
    )


def _reaches_out(subquery: exp.Subquery) -> bool:
    """Whether a comparison in a subquery, other than =, uses a table of the outer query."""
    if not isinstance(subquery.this, exp.Select) or isinstance(subquery.parent, exp.From | exp.Join | exp.CTE):
        return False
    own = {table.alias_or_name for table in subquery.this.find_all(exp.Table)}
    compared = subquery.this.find_all(exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NEQ, exp.Between)
    return any(column.table and column.table not in own for one in compared for column in one.find_all(exp.Column))
