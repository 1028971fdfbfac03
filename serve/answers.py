"""GET /api/v1/<question>.csv, .json, .parquet: the same questions as the pages ask, with the same rights.

Values are those of the database, not rounded and not written for people: decimal points, ISO dates. The columns have
their names in the statement; the document of the interface gives their titles.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Callable
from datetime import date, datetime
from urllib.parse import urlencode

import pyarrow as pa
import pyarrow.parquet as pq
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import queries
from access import RIGHTS, Role, User, audit
from queries.snapshot import MAIN, reader, store_directory
from serve import openapi, parameters
from serve.api import NO_STORE, ROOT, Endpoint, Fault, require, user_of_request
from words.escape import cell
from words.version import version

# Columns that only those with the right to lists see; whoever gets them is logged.
LOGGED = {"dossier_code": "export_dossiers", "officer_code": "export_officers"}
_NOTE, _SIMULATED = "Ghi chú", "MÔ PHỎNG"


def routes() -> list[Route]:
    """The addresses of this module; after those of serve/push.py."""
    return [
        Route(f"{ROOT}/openapi.json", Endpoint(GET=describe)),
        Route(f"{ROOT}/{{file}}", Endpoint(GET=answer)),
    ]


async def describe(request: Request) -> Response:
    """GET /api/v1/openapi.json: the interface as an OpenAPI document, which holds no figures."""
    text = json.dumps(openapi.document(), ensure_ascii=False)
    return Response(text, 200, {"Cache-Control": "no-cache"}, "application/json")


async def answer(request: Request) -> Response:
    """GET /api/v1/<question>.<format>."""
    question, _, form = request.path_params["file"].rpartition(".")
    if question not in queries.rights() or form not in FORMS:
        message = f"Không có câu hỏi này, hoặc không phải .csv, .json, .parquet. Danh sách: {ROOT}/openapi.json"
        raise Fault(404, "unknown", message)
    user = await user_of_request(request)
    require(user, queries.rights()[question])
    return await run_in_threadpool(_answered, request, question, form, user)


def _answered(request: Request, question: str, form: str, user: User) -> Response:
    """The answer for a user who has the right. Raises Fault."""
    sent = parameters.given(question, request.query_params.multi_items())
    opened = reader()
    with queries.seen_from(queries.Standpoint(opened, MAIN)):
        schema = parameters.schema_of(sent)
    with queries.seen_from(queries.Standpoint(opened, schema)):
        bound = dict(queries.bound(question, parameters.bound(question, sent)))
        headers = _headers(question, form, sent, schema, bound, opened.snapshot)
        if _is_known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        rows = queries.part(question, bound, sent["offset"], sent["limit"])
        more = rows.num_rows > sent["limit"]
        rows = _plain(rows.slice(0, sent["limit"]))
        headers |= _further(request, sent) if more else {}
        _record(question, rows, user)
        mime, write = FORMS[form]
        about = {
            "question": question,
            "says": queries.question(question).says,
            "snapshot": opened.snapshot.id,
            "as_of": f"{queries.load('freshness')['as_of'].iloc[0]:%Y-%m-%d}",
            "simulated": queries.is_simulated(question),
            "parameters": {name: value for name, value in bound.items() if name != "letters"},
            "next_offset": sent["offset"] + sent["limit"] if more else None,
        }
        return Response(write(rows, about), 200, headers, mime)


def _headers(
    question: str, form: str, sent: dict, schema: str, bound: dict, snapshot: queries.Snapshot
) -> dict[str, str]:
    """The headers of an answer; the ETag names the snapshot and all that the answer depends on."""
    made_of = [
        version(),
        queries.question(question).sql,
        form,
        schema,
        sorted(bound.items()),
        sent["offset"],
        sent["limit"],
    ]
    mark = hashlib.sha256(json.dumps([made_of, snapshot.manifest.get("sha256")], default=str).encode()).hexdigest()
    open_to_all = RIGHTS[queries.rights()[question]].least is Role.VIEWER
    return {
        "ETag": f'"{snapshot.id}-{mark[:20]}"',
        "Cache-Control": "private, no-cache" if open_to_all else "private, no-store",
        "Vary": "Authorization, Cookie",
        "X-Snapshot": snapshot.id,
        "X-Simulated": "true" if queries.is_simulated(question) else "false",
        "Content-Disposition": f'attachment; filename="{question}.{form}"',
    }


def _is_known(request: Request, tag: str) -> bool:
    """Whether the program already has this answer."""
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return tag in known or "*" in known


def _further(request: Request, sent: dict) -> dict[str, str]:
    """Where the next rows are."""
    asked = dict(request.query_params) | {"offset": sent["offset"] + sent["limit"], "limit": sent["limit"]}
    return {"Link": f'<{request.url.path}?{urlencode(asked)}>; rel="next"'}


def _record(question: str, rows: pa.Table, user: User) -> None:
    """Log who gets a list of dossiers or officers. Raises Fault if it cannot be logged."""
    event = next((event for column, event in LOGGED.items() if column in rows.column_names), None)
    if event and not audit.record(store_directory(), event, user.name, list=question, rows=rows.num_rows):
        raise Fault(503, "log", "Máy chủ không ghi được nhật ký nên không cho tải. Báo người quản trị.", NO_STORE)


def _plain(rows: pa.Table) -> pa.Table:
    """The rows in types that every reader of Parquet knows: whole numbers, floating point, text, dates."""
    for place, field in enumerate(rows.schema):
        kind = field.type
        if pa.types.is_decimal(kind):
            kind = pa.int64() if kind.scale == 0 else pa.float64()
        elif pa.types.is_dictionary(kind):
            kind = kind.value_type
        if kind != field.type:
            rows = rows.set_column(place, field.name, rows.column(place).cast(kind))
    return rows


def _as_json(rows: pa.Table, about: dict) -> bytes:
    listed = [{name: _value(value) for name, value in row.items()} for row in rows.to_pylist()]
    said = {**about, "columns": openapi.titles(rows.column_names), "rows": listed}
    return json.dumps(said, ensure_ascii=False, default=_written, allow_nan=False).encode()


def _written(value: date | datetime) -> str:
    """A day or a moment as JSON has it."""
    return value.isoformat()


def _value(value: object) -> object:
    """A value that JSON can hold; a figure that is no number is unknown."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _as_csv(rows: pa.Table, about: dict) -> bytes:
    """CSV that spreadsheets open safely: no cell runs as a formula, simulated rows are marked."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    mark = [_SIMULATED] if about["simulated"] else []
    writer.writerow([*rows.column_names, *([_NOTE] if mark else [])])
    for row in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        writer.writerow([*map(_cell, row), *mark])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: object) -> object:
    """One value of CSV: true and false in small letters, lists as JSON, unknown as nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, default=_written)
    return "" if _value(value) is None else cell(value)


def _as_parquet(rows: pa.Table, about: dict) -> bytes:
    """Parquet; what the answer is about stands in its metadata under “dashboard”."""
    out = io.BytesIO()
    said = json.dumps(about, ensure_ascii=False, default=str)
    pq.write_table(rows.replace_schema_metadata({"dashboard": said}), out, compression="zstd")
    return out.getvalue()


FORMS: dict[str, tuple[str, Callable[[pa.Table, dict], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", _as_csv),
    "json": ("application/json", _as_json),
    "parquet": ("application/vnd.apache.parquet", _as_parquet),
}
