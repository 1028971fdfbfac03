"""The OpenAPI 3.1 document of the interface, made from the questions, their parameters, columns and rights."""

from __future__ import annotations

from functools import cache
from typing import Any

import queries
from access import RIGHTS
from ingest import pushes
from ingest.reading import limits
from ingest.schema import tables
from ingest.template import TITLES as TABLES
from serve import parameters
from serve.api import ROOT
from serve.push import OPTIONS, TYPES, WORDS
from words.columns import TITLES
from words.version import version

FORMATS = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}
# Every refusal, by its status.
REFUSALS = {
    400: "Yêu cầu không đọc được: tệp đến không đủ, rỗng, khác với mã kiểm tra, hoặc tên máy chủ lạ.",
    401: "Không có mã truy cập, hoặc mã không đúng, đã hết hạn, đã bị kết thúc.",
    403: "Mã truy cập hoặc người dùng không có quyền này.",
    404: "Không có địa chỉ, câu hỏi, bảng hoặc lần gửi này.",
    405: "Địa chỉ này không nhận phương thức này; tiêu đề Allow kể các phương thức.",
    408: "Gửi quá chậm.",
    413: "Tệp quá lớn.",
    415: "Loại tệp hoặc Content-Type không đúng.",
    422: "Tham số thiếu, lạ hoặc sai; message nói ghi thế nào.",
    429: "Hỏi quá nhiều lần; chờ số giây ở Retry-After.",
    500: "Lỗi của chương trình, có mã để báo người quản trị.",
    503: "Máy chủ đang bận, chưa có số liệu, hoặc kho có sự cố; thử lại sau.",
}
_OF_READS = (400, 401, 403, 404, 405, 422, 429, 500, 503)
_OF_OUTCOMES = (400, 401, 403, 404, 405, 429, 500, 503)
_OF_UPLOADS = (400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 500, 503)


def titles(columns: list[str]) -> list[dict[str, str]]:
    """Columns with their Vietnamese titles, where they have one."""
    return [{"name": name, "title": TITLES.get(name, "")} for name in columns]


@cache
def document() -> dict[str, Any]:
    """The document; the same for everybody, because it holds no figures."""
    paths = {f"{ROOT}/openapi.json": {"get": _described()}}
    for question in sorted(queries.rights()):
        for form, mime in FORMATS.items():
            paths[f"{ROOT}/{question}.{form}"] = {"get": _question(question, form, mime)}
    paths[f"{ROOT}/uploads/{{table}}"] = {"put": _upload(OPTIONS, TYPES, WORDS)}
    paths[f"{ROOT}/uploads/outcomes/{{id}}"] = {"get": _outcome()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bảng điều khiển CCHC · CĐS", "version": version(), "description": _ABOUT},
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": _ERROR, "Problem": _PROBLEM, "Outcome": _OUTCOME},
        },
    }


_ABOUT = (
    "Đọc cùng các câu hỏi như các trang, cùng quyền; gửi tệp số liệu như trang Nạp số liệu. Mã truy cập do người quản trị "
    "tạo ở trang Quản trị, gửi ở tiêu đề Authorization: Bearer. Số không làm tròn, dấu chấm thập phân; ngày viết "
    "YYYY-MM-DD; trống (null) là chưa biết, không phải 0. Số mô phỏng: simulated là true, X-Simulated: true, và trong CSV cột "
    "Ghi chú có chữ MÔ PHỎNG."
)
_ERROR = {
    "type": "object",
    "required": ["error", "message"],
    "properties": {
        "error": {"type": "string", "description": "Một từ cho chương trình."},
        "message": {"type": "string", "description": "Một câu cho người đọc: sai gì, làm gì."},
    },
}
_PROBLEM = {
    "type": "object",
    "required": ["severity", "rule", "line", "column", "value", "reason", "hint"],
    "properties": {
        "severity": {"type": "string", "enum": ["reject", "warning"]},
        "rule": {"type": "string"},
        "sheet": {"type": "string"},
        "line": {"type": "integer", "description": "Dòng trong tệp, từ 1; 0 là cả tệp."},
        "column": {"type": "string"},
        "value": {"type": "string", "description": "Giá trị sai, đã bỏ thông tin cá nhân."},
        "reason": {"type": "string"},
        "hint": {"type": "string"},
    },
}
_OUTCOME = {
    "type": "object",
    "required": ["id", "state", "table", "file", "sha256", "received_at", "outcome"],
    "properties": {
        "id": {"type": "string"},
        "state": {
            "type": "string",
            "enum": [pushes.QUEUED, pushes.PUBLISHING, pushes.PUBLISHED, pushes.REFUSED, pushes.FAILED],
            "description": "queued đang chờ, publishing đang công bố, published đã công bố, refused bị trả lại, failed không làm được.",
        },
        "table": {"type": "string"},
        "file": {"type": "string"},
        "sha256": {"type": "string"},
        "received_at": {"type": "string", "format": "date-time"},
        "finished_at": {"type": "string", "format": "date-time"},
        "outcome": {"type": "string", "description": "Địa chỉ để hỏi lại."},
        "message": {"type": "string"},
        "already": {"type": "boolean", "description": "true: đúng tệp này đã được công bố từ trước."},
        "snapshot": {"type": ["string", "null"]},
        "upload": {"type": "string", "description": "Mã lần nạp."},
        "rows": {
            "type": "object",
            "properties": {name: {"type": "integer"} for name in ("read", "accepted", "rejected")},
        },
        "warnings": {"type": "array", "items": {"$ref": "#/components/schemas/Problem"}},
        "problems": {"type": "array", "items": {"$ref": "#/components/schemas/Problem"}},
        "total": {"type": "integer", "description": "Số lỗi, nếu problems chỉ kể các lỗi đầu."},
    },
}


def _described() -> dict[str, Any]:
    return {
        "summary": "Tài liệu này.",
        "operationId": "openapi",
        "responses": {"200": {"description": "OpenAPI 3.1.", "content": {"application/json": {}}}}
        | _refusals((400, 405, 500)),
        "security": [],
    }


def _question(question: str, form: str, mime: str) -> dict[str, Any]:
    """One question in one format."""
    known, right = queries.question(question), RIGHTS[queries.rights()[question]]
    ok: dict[str, Any] = {
        "description": "Câu trả lời.",
        "headers": _headers("ETag", "X-Snapshot", "X-Simulated", "Link"),
        "content": {mime: {"schema": _rows(known)} if form == "json" else {}},
    }
    return {
        "summary": known.says,
        "description": f"Quyền: {right.says} (từ vai trò {right.least.title.lower()}).",
        "operationId": f"{question}_{form}",
        "tags": [queries.rights()[question]],
        "parameters": [_parameter(name, one) for name, one in parameters.of(question).items()],
        "responses": {"200": ok, "304": {"description": "Không đổi từ lần hỏi có ETag này."}} | _refusals(_OF_READS),
        "security": [{}, {"token": []}],
    }


def _rows(known: queries.Question) -> dict[str, Any]:
    """The JSON schema of an answer."""
    columns = {name: ({"title": TITLES[name]} if name in TITLES else {}) for name in known.returns}
    return {
        "type": "object",
        "required": ["question", "snapshot", "as_of", "simulated", "parameters", "columns", "rows", "next_offset"],
        "properties": {
            "question": {"type": "string"},
            "snapshot": {"type": "string"},
            "as_of": {"type": "string", "format": "date"},
            "simulated": {"type": "boolean"},
            "parameters": {"type": "object"},
            "columns": {"type": "array", "items": {"type": "object"}},
            "rows": {"type": "array", "items": {"type": "object", "required": list(columns), "properties": columns}},
            "next_offset": {"type": ["integer", "null"]},
        },
    }


def _parameter(name: str, known: parameters.Parameter) -> dict[str, Any]:
    schema = dict(known.schema)
    if not known.is_required and known.default is not None:
        schema["default"] = known.default
    return {"name": name, "in": "query", "required": known.is_required, "description": known.says, "schema": schema}


def _upload(options: dict[str, str], types: dict[str, set[str]], words: dict[str, set[str]]) -> dict[str, Any]:
    """PUT of a file."""
    table = {"name": "table", "in": "path", "required": True, "schema": {"type": "string", "enum": list(tables())}}
    asked = [
        {
            "name": name,
            "in": "query",
            "required": name == "filename",
            "description": says,
            "schema": {"type": "string", "maxLength": 200} | ({"enum": sorted(words[name])} if name in words else {}),
        }
        for name, says in options.items()
    ]
    digest = {"name": "Content-Digest", "in": "header", "schema": {"type": "string"}}
    digest["description"] = "sha-256=:…: (RFC 9530); khác với tệp thì không nhận."
    kinds = sorted({kind for some in types.values() for kind in some})
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {
        "summary": "Gửi một tệp; kiểm tra như trang Nạp số liệu, rồi xếp hàng công bố.",
        "description": f"Các bảng: {', '.join(f'{name} ({title})' for name, title in TABLES.items())}. Tệp nhiều nhất "
        f"{limits.BYTES // 1024**2} MB. Gửi lại đúng tệp ấy thì được cùng kết quả.",
        "operationId": "upload",
        "tags": ["upload"],
        "parameters": [table, *asked, digest],
        "requestBody": {"required": True, "content": dict.fromkeys(kinds, binary)},
        "responses": {
            "202": {
                "description": "Đã nhận; Location là địa chỉ của kết quả.",
                "headers": _headers("Location"),
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Outcome"}}},
            }
        }
        | _refusals(_OF_UPLOADS),
        "security": [{"token": []}],
    }


def _outcome() -> dict[str, Any]:
    """GET of what came of a push."""
    known = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Outcome"}}}
    return {
        "summary": f"Kết quả của một lần gửi, giữ {pushes.KEPT_DAYS} ngày.",
        "operationId": "outcome",
        "tags": ["upload"],
        "parameters": [known],
        "responses": {"200": {"description": "Kết quả.", "content": content}} | _refusals(_OF_OUTCOMES),
        "security": [{"token": []}],
    }


def _refusals(statuses: tuple[int, ...]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        str(status): {
            "description": REFUSALS[status],
            # A strange host is refused before the interface is reached, in plain text.
            "content": content | ({"text/plain": {}} if status == 400 else {}),
        }
        for status in statuses
    }


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"schema": {"type": "string"}} for name in names}
