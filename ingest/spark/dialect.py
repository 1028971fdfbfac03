"""The build statements in Spark's SQL: macros written out, then transpiled by sqlglot; what is not portable refused.

Spark runs the statements that make tables. Of the rest it needs little: a macro is put in where one of them calls it,
a view is made where one of them reads it. Everything else in the scripts is for readers, and DuckDB's alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

# What sqlglot carries over without a word, and Spark computes otherwise or not at all.
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
# Macros that cannot be said in one way for both engines: parameters and body in Spark's SQL.
_OWN = {
    "ordered_sum": (
        ("x", "y"),
        """aggregate(sort_array(collect_list(CASE WHEN x IS NOT NULL THEN struct(y AS place, x AS number) END)),
        CAST(NULL AS DOUBLE), (total, one) -> coalesce(total + one.number, one.number))""",
    ),
}


class NotPortable(Exception):
    """A statement that both engines do not understand alike; the message says which and why."""


@dataclass(frozen=True)
class Step:
    """One thing for Spark to do: "table" or "view" from a query in Spark's SQL, or "drop".

    ordered_by holds the columns by which the rows of a table are kept, in DuckDB's SQL; empty where it does not say.
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
    """What Spark has to do for the scripts, in their order. Raises NotPortable."""
    statements = [statement for script in scripts for statement in sqlglot.parse(script, read="duckdb") if statement]
    macros = dict(_macros(statements))
    read = {name for statement in statements if _kind(statement) == "TABLE" for name in _read(statement)}
    return [
        _step(statement, macros)
        for statement in statements
        if _kind(statement) != "MACRO" and (_kind(statement) != "VIEW" or statement.this.name in read)
    ]


def _read(statement: exp.Expression) -> set[str]:
    """The names that a statement reads, without those it gives to queries of its own."""
    own = {query.alias for query in statement.find_all(exp.CTE)}
    return {table.name for table in statement.find_all(exp.Table)} - own


def _kind(statement: exp.Expression) -> str:
    return str(statement.args.get("kind") or type(statement).__name__).upper()


def _macros(statements: list[exp.Expression]) -> Iterator[tuple[str, _Macro]]:
    """Every macro by its name; one that Spark says in its own way as Spark says it."""
    for statement in statements:
        if _kind(statement) != "MACRO" or statement.args.get("properties"):  # AS TABLE: for readers
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
    """One statement for Spark."""
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
    """Put the body of a macro in the place of each call, until none is left."""
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
    """Raise NotPortable for the first thing that would be lost or changed on the way."""
    for node in query.walk():
        if why := _fault(node):
            raise NotPortable(f"{node.sql('duckdb')[:80]}: {why}")


def _fault(node: exp.Expression) -> str:
    """Why a part of a statement is not portable; empty where it is."""
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
    """Whether a part is a date, as far as its words tell: dates here are named day or end in _on."""
    if isinstance(node, exp.Cast):
        return node.is_type(exp.DType.DATE)
    return isinstance(node, exp.Column) and (
        node.name.endswith("_on") or node.name in ("day", "as_of", "valid_from", "valid_to")
    )


def _reaches_out(subquery: exp.Subquery) -> bool:
    """Whether a comparison inside a query, other than =, names a table that only the query around it has."""
    if not isinstance(subquery.this, exp.Select) or isinstance(subquery.parent, exp.From | exp.Join | exp.CTE):
        return False
    own = {table.alias_or_name for table in subquery.this.find_all(exp.Table)}
    compared = subquery.this.find_all(exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NEQ, exp.Between)
    return any(column.table and column.table not in own for one in compared for column in one.find_all(exp.Column))
