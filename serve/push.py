"""PUT /api/v1/uploads/<table>: a program sends a file; GET /api/v1/uploads/outcomes/<id>: what came of it.

A body is read only after its token is known to be good and while few others are being read: a body stays in memory,
because nothing about a person may be on disk, and memory is bounded.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import date
from pathlib import PurePosixPath

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from access import audit, settings
from access.rates import rates
from access.tokens import Token
from ingest import pushes, queue
from ingest.check import SHARES
from ingest.coverage import OLDER
from ingest.reading import limits
from ingest.reading.dates import ORDERS
from ingest.reading.look import Reading
from ingest.schema import tables
from ingest.template import TITLES
from queries.snapshot import store_directory
from serve.api import NO_STORE, ROOT, Endpoint, Fault, address_of, require, required_token, token_of, user_of_request

# The endings of files as on the page, and the media types in which they may be sent.
_OCTETS = "application/octet-stream"
_TEXT = {"text/csv", "text/plain", "text/tab-separated-values", "application/csv", "application/vnd.ms-excel", _OCTETS}
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {
    "csv": _TEXT,
    "tsv": _TEXT,
    "txt": _TEXT,
    "gz": {"application/gzip", "application/x-gzip", _OCTETS},
    "xlsx": {_SHEET, _OCTETS},
    "xlsm": {"application/vnd.ms-excel.sheet.macroenabled.12", _SHEET, _OCTETS},
    "xls": {"application/vnd.ms-excel", _OCTETS},
    "xlsb": {"application/vnd.ms-excel.sheet.binary.macroenabled.12", "application/vnd.ms-excel", _OCTETS},
    "ods": {"application/vnd.oasis.opendocument.spreadsheet", _OCTETS},
}
# Bodies in memory at once; requests that wait for one of these places, and for how many seconds.
AT_ONCE, MOST_WAITING, PATIENCE = 2, 200, 120
# Seconds for a whole body, and between two of its parts.
DEADLINE, PAUSE = 300, 30
_LONGEST_NAME = 120
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORD = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
# What a person may say on the page about a whole file: the column that a constant stands for.
CONSTANTS = {"unit": "unit_code", "period": "period", "indicator": "indicator_code"}
_COVERS = {
    "as_of": "as_of",
    "received_from": "from_on",
    "received_to": "to_on",
    "older": "older",
    "silent_units": "units",
}
OPTIONS = {
    "filename": "Tên tệp, có đuôi (.csv, .txt, .xlsx, .xls, .xlsb, .ods; có thể nén .gz).",
    "valid_only": "true: nhận các dòng hợp lệ dù có dòng bị trả lại; mặc định false: có một dòng sai thì trả lại cả tệp.",
    "sheet": "Tên trang tính.",
    "share": "Phần trăm không quá 1 trong tệp: keep (0,5 là 0,5 %) hoặc times (0,5 là 50 %).",
    "dates": "Thứ tự ngày, tháng: day hoặc month.",
    "unit": "Mã đơn vị cho cả tệp, nếu tệp không có cột đơn vị.",
    "period": "Kỳ cho cả tệp, nếu tệp không có cột kỳ.",
    "indicator": "Mã chỉ tiêu cho cả tệp, nếu tệp không có cột chỉ tiêu.",
    "as_of": "Ngày xuất tệp hồ sơ (YYYY-MM-DD): tình trạng của hồ sơ là của ngày này.",
    "received_from": "Tệp có hồ sơ nhận từ ngày (YYYY-MM-DD).",
    "received_to": "Tệp có hồ sơ nhận đến hết ngày (YYYY-MM-DD).",
    "older": "Hồ sơ cũ đang giải quyết: all (có cả), received (chỉ hồ sơ nhận trong khoảng), changed (mới và có thay đổi).",
    "silent_units": "Mã các đơn vị, cách nhau bằng dấu phẩy, mà tệp có nói đến nhưng không có hồ sơ nào.",
}
WORDS = {"share": {"keep", "times"}, "dates": set(ORDERS) - {""}, "older": set(OLDER), "valid_only": {"true", "false"}}

_places = asyncio.Semaphore(AT_ONCE)
_waiting = 0
runner = queue.Runner(store_directory)


def routes() -> list[Route]:
    """The addresses of this module."""
    return [
        Route(f"{ROOT}/uploads/outcomes/{{id}}", Endpoint(GET=tell)),
        Route(f"{ROOT}/uploads/{{table}}", Endpoint(PUT=take)),
    ]


async def take(request: Request) -> Response:
    """PUT /api/v1/uploads/<table>: 202 and the address of the outcome."""
    token = await required_token(request)
    rates.ask("upload", token.id, address_of(request))
    table = request.path_params["table"]
    _require_table(token, table)
    name, reading, valid_only = _asked(request, table)
    _require_media(request, name)
    said = await _read_and_queued(request, token, table, name, reading, valid_only)
    runner.wake()
    address = f"{ROOT}/uploads/outcomes/{said['id']}"
    return JSONResponse(_shown(said), 202, {**NO_STORE, "Location": address})


async def tell(request: Request) -> Response:
    """GET /api/v1/uploads/outcomes/<id>: what came of a push, for the token that sent it and for administrators."""
    token = await token_of(request)
    if token:
        rates.ask("read", token.id, address_of(request))
    else:
        require(await user_of_request(request), "administer")
    said = await run_in_threadpool(pushes.outcome, store_directory(), request.path_params["id"])
    # Another token is told no more than one who guesses.
    if said is None or (token and said["token"] != token.id):
        raise Fault(404, "unknown", f"Không có lần gửi này, hoặc kết quả đã quá {pushes.KEPT_DAYS} ngày.")
    waits = said["state"] not in pushes.FINAL
    return JSONResponse(_shown(said), 200, NO_STORE | ({"Retry-After": "5"} if waits else {}))


def _shown(said: dict) -> dict:
    """An outcome as a program sees it."""
    hidden = {"token", "who", "order", "tries"}
    shown = {name: value for name, value in said.items() if name not in hidden and value != ""}
    return shown | {"outcome": f"{ROOT}/uploads/outcomes/{said['id']}"}


def _require_table(token: Token, table: str) -> None:
    if table not in tables():
        raise Fault(404, "table", f"Không có bảng “{table[:60]}”. Tên các bảng: {ROOT}/openapi.json")
    if token.tables == ():
        raise Fault(403, "right", "Mã truy cập này không được nạp số liệu.")
    if not token.may_upload(table):
        raise Fault(403, "right", f"Mã truy cập này không được nạp bảng “{TITLES.get(table, table)}”.")
    if not token.is_backed(settings.load()):
        raise Fault(403, "right", "Người tạo mã truy cập không còn quyền nạp số liệu. Xin mã mới ở trang Quản trị.")


def _asked(request: Request, table: str) -> tuple[str, Reading, bool]:
    """The file's name, how it is to be read, and whether only its valid rows are taken. Raises Fault."""
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in OPTIONS:
            raise Fault(422, "option", f"Không có lựa chọn “{name[:60]}”. Các lựa chọn: {', '.join(OPTIONS)}.")
        if name in given or not _WORD.fullmatch(value) or value not in WORDS.get(name, {value}):
            raise Fault(422, "option", f"Giá trị của “{name}” không hợp lệ. {OPTIONS[name]}")
        given[name] = value
    name = _named(given.get("filename", ""))
    columns = _constants(given, table)
    covers = _covered(given, table)
    if "share" in given and table not in SHARES:
        raise Fault(422, "option", f"Bảng “{TITLES.get(table, table)}” không có lựa chọn “share”.")
    read = {option: given[option] for option in ("sheet", "share", "dates") if option in given}
    return name, Reading(**read, columns=columns, covers=covers), given.get("valid_only") == "true"


def _named(name: str) -> str:
    """The name of a file, as sent. Raises Fault."""
    plain = name.isprintable() and len(name) <= _LONGEST_NAME and not re.search(r'[/\\:*?"<>|]', name)
    if not name or not plain or name.startswith("."):
        raise Fault(422, "filename", f"Ghi tên tệp ở filename=…: không có đường dẫn, tối đa {_LONGEST_NAME} ký tự.")
    if _ending(name) not in TYPES:
        raise Fault(415, "filename", f"Tệp loại này không đọc được; các loại: {', '.join(TYPES)}.")
    return name


def _ending(name: str) -> str:
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def _constants(given: dict[str, str], table: str) -> dict[str, str]:
    """What is said of the whole file, as choices of a reading. Raises Fault."""
    names, found = tables()[table].names, {}
    for option, column in CONSTANTS.items():
        if option not in given:
            continue
        if column not in names:
            raise Fault(422, "option", f"Bảng “{TITLES.get(table, table)}” không có lựa chọn “{option}”.")
        found[column] = f"={given[option]}"
    return found


def _covered(given: dict[str, str], table: str) -> dict[str, str]:
    """What a file of dossiers is said to cover. Raises Fault."""
    said = {_COVERS[option]: value for option, value in given.items() if option in _COVERS}
    if said and table != "dossier":
        raise Fault(422, "option", "Chỉ tệp hồ sơ mới nói về khoảng ngày, ngày xuất tệp, hồ sơ cũ.")
    days = {name: _day(value) for name, value in said.items() if name in ("as_of", "from_on", "to_on")}
    if {"from_on", "to_on"} <= days.keys() and days["from_on"] > days["to_on"]:
        raise Fault(422, "option", "received_from phải không sau received_to.")
    if "units" in said:
        said["units"] = " ".join(filter(None, (unit.strip() for unit in said["units"].split(","))))
    return said


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Fault(422, "option", f"“{text[:20]}” không phải ngày viết YYYY-MM-DD.")


def _require_media(request: Request, name: str) -> None:
    """Refuse a body that cannot be this file, before it is read. Raises Fault."""
    kind = request.headers.get("content-type", _OCTETS).partition(";")[0].strip().lower()
    if kind not in TYPES[_ending(name)]:
        listed = ", ".join(sorted(TYPES[_ending(name)]))
        raise Fault(415, "media", f"Content-Type của tệp .{_ending(name)} là một trong: {listed}.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Fault(415, "media", "Không gửi với Content-Encoding; tệp nén thì đặt tên đuôi .gz.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limits.BYTES:
        raise _too_large()


def _too_large() -> Fault:
    return Fault(413, "too_large", f"Tệp lớn hơn {limits.BYTES // 1024**2} MB. Chia nhỏ, hoặc nén thành .gz.")


async def _read_and_queued(
    request: Request, token: Token, table: str, name: str, reading: Reading, valid_only: bool
) -> dict:
    """Read the body, check it in a process apart, and put it into the queue; returns its outcome. Raises Fault."""
    global _waiting
    if _waiting >= MOST_WAITING:
        raise _busy()
    _waiting += 1
    try:
        await asyncio.wait_for(_places.acquire(), PATIENCE)
    except TimeoutError:
        raise _busy() from None
    finally:
        _waiting -= 1
    try:
        data = await _body(request)
        work = asyncio.ensure_future(
            run_in_threadpool(_queued, token, table, name, data, reading, valid_only, address_of(request))
        )
        work.add_done_callback(lambda done: done.cancelled() or done.exception())
    except BaseException:
        _places.release()
        raise
    # The place is free when the work ends, even if nobody waits for the answer any more.
    work.add_done_callback(lambda done: _places.release())
    return await asyncio.shield(work)


def _busy() -> Fault:
    message = "Máy chủ đang nhận nhiều tệp. Chờ rồi gửi lại; gửi lại cùng một tệp không bị tính hai lần."
    return Fault(503, "busy", message, {"Retry-After": "30"})


async def _body(request: Request) -> bytes:
    """The body, if it is whole, not too large and as its checksum says. Raises Fault, ClientDisconnect."""
    content = bytearray()
    try:
        async with asyncio.timeout(DEADLINE):
            parts = request.stream().__aiter__()
            while (part := await asyncio.wait_for(anext(parts, None), PAUSE)) is not None:
                content += part
                if len(content) > limits.BYTES:
                    raise _too_large()
    except TimeoutError:
        message = f"Gửi quá chậm: cả tệp trong {DEADLINE} giây, không dừng quá {PAUSE} giây."
        raise Fault(408, "slow", message, {"Connection": "close"}) from None
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) != len(content):
        raise Fault(400, "cut", "Tệp đến không đủ so với Content-Length; không có gì được nhận.")
    if not content:
        raise Fault(400, "empty", "Tệp rỗng.")
    wanted = pushes.digest_of(request.headers.get("content-digest", ""))
    if wanted and wanted != hashlib.sha256(content).hexdigest():
        raise Fault(400, "digest", "Tệp đến khác với Content-Digest; không có gì được nhận. Gửi lại.")
    return bytes(content)


def _queued(token: Token, table: str, name: str, data: bytes, reading: Reading, valid_only: bool, address: str) -> dict:
    store = store_directory()
    push = pushes.push_of(token.id, token.who, table, name, data, reading, valid_only)
    try:
        said = queue.submit(store, push, data, reading, queue.sender_of(token))
    except pushes.Full:
        raise _busy() from None
    facts = {"file": push.name, "table": table, "outcome": push.id, "address": address}
    audit.record(store, "push", token.who, **facts)
    return said
