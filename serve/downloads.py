"""Downloads: a file is made when the user presses the button, recorded in the log, and sent in parts.

A page offers a file under an address that nobody can guess. POST to this address makes the file and returns a second
address, valid for some minutes, from which GET downloads the file. If the file is refused, both requests return an
error status and a sentence. Streamlit's own button has three faults: it saves a refusal as if it were the file, it
holds the whole file in memory, and it fetches the file twice.
"""

from __future__ import annotations

import asyncio
import io
import logging
import secrets
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple
from urllib.parse import quote
from weakref import WeakValueDictionary, finalize

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from ingest import Busy
from ingest.store.fault import StoreFault, in_words
from queries.kept import MEGABYTE
from queries.snapshot import LONGEST, TooLong, store_directory
from reports.template import BadTemplate
from serve.guard import DOWNLOADS, from_here

LOG = logging.getLogger("dashboard")
MINUTES = 5  # how long a made file waits for its download
_MOST_OF_ONE = 2  # waiting files of one owner; a newer file replaces the oldest one
_MOST = 64  # waiting files of all owners
_IN_MEMORY = MEGABYTE  # bytes of one waiting file; a larger file waits on disk
_PART = MEGABYTE // 4
_AT_ONCE = 2  # files being made at the same time: each may need a whole list in memory
_NO_STORE = {"Cache-Control": "no-store"}


class Told(NamedTuple):
    """What `write` returns when the file name and the facts for the log are known only after writing."""

    name: str
    facts: dict[str, str | int]


@dataclass(frozen=True, eq=False)
class Offer:
    """A file offered by a page: its owner, how to write it, who may have it, and how to record it in the log.

    `write` may raise Refused, StoreFault, BadTemplate, Busy and TooLong. `may_have` is called before the file is made and again
    before it is sent, with the cookies of that request. `record` writes the given facts to the log and returns whether
    that succeeded. `in_memory`: it never waits on disk.
    """

    owner: str
    name: str
    mime: str
    write: Callable[[BinaryIO], object]
    may_have: Callable[[Mapping[str, str]], bool]
    record: Callable[[dict[str, str | int]], bool]
    in_memory: bool = False


class Refused(Exception):
    """The file is refused: HTTP status, and the reason as a sentence for the user."""

    def __init__(self, status: int, says: str):
        super().__init__(says)
        self.status, self.says = status, says


class _Waiting:
    """A made file that waits for its download; several requests may read it at once."""

    def __init__(self, offer: Offer, name: str, content: BinaryIO):
        # Do not keep the offer itself: it must be freed with its page.
        self.owner, self.mime, self.may_have, self.name = offer.owner, offer.mime, offer.may_have, name
        self.until = time.monotonic() + 60 * MINUTES
        self._content, self._lock = content, threading.Lock()
        self.size = content.seek(0, 2)
        finalize(self, content.close)  # closed with the last reference; the file has no name, so nothing stays on disk

    def parts(self) -> Iterator[bytes]:
        """Yield the content in parts."""
        for position in range(0, self.size, _PART):
            with self._lock:
                self._content.seek(position)
                part = self._content.read(_PART)
            yield part


# An offer lives as long as its page holds it, at most as long as the session.
_offered: WeakValueDictionary[str, Offer] = WeakValueDictionary()
_waiting: OrderedDict[str, _Waiting] = OrderedDict()
_making = asyncio.Semaphore(_AT_ONCE)


def routes() -> list[Route]:
    """POST makes an offered file, GET sends a made file."""
    path = DOWNLOADS + "{code}"
    return [Route(path, make_file, methods=["POST"]), Route(path, send_file, methods=["GET"])]


def address_of(offer: Offer) -> str:
    """A new address for requesting this file; valid while the caller holds the offer."""
    code = secrets.token_urlsafe(24)
    _offered[code] = offer
    return DOWNLOADS + code


async def make_file(request: Request) -> Response:
    """POST /downloads/<code of an offer>: {"address"} of the made file, or {"says"} the reason for a refusal."""
    try:
        if not from_here(request.headers):
            raise Refused(403, "Yêu cầu đến từ trang khác nên bị từ chối.")
        offer = _offered.get(request.path_params["code"])
        if offer is None:
            raise Refused(410, "Trang đã thay đổi hoặc đã đóng. Tải lại trang rồi tải tệp.")
        async with _making:
            waiting = await run_in_threadpool(_made, offer, request.cookies)
    except Refused as refused:
        return JSONResponse({"says": refused.says}, refused.status, _NO_STORE)
    code = secrets.token_urlsafe(24)
    _waiting[code] = waiting
    _let_go()
    asyncio.get_running_loop().call_later(60 * MINUTES + 1, _let_go)
    return JSONResponse({"address": DOWNLOADS + code}, headers=_NO_STORE)


def _made(offer: Offer, cookies: Mapping[str, str]) -> _Waiting:
    """Make the file of an offer and record it in the log. Raises Refused."""
    _require(offer, cookies)
    with ExitStack() as undone:
        room = io.BytesIO() if offer.in_memory else _room()
        undone.callback(_give_up, room)
        said = _written(offer, room)
        told = said if isinstance(said, Told) else Told(offer.name, {})
        if not offer.record(told.facts):
            raise Refused(503, "Máy chủ không ghi được nhật ký nên không cho tải. Báo người quản trị.")
        undone.pop_all()
        return _Waiting(offer, told.name, room)


def _room() -> BinaryIO:
    """A new unnamed temporary file: in memory while small, then on the store's disk; deleted when closed."""
    store = store_directory()
    return tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=store if store.is_dir() else None)


def _give_up(room: BinaryIO) -> None:
    """Close the file of a failed download; ignore an error when the disk is full."""
    with suppress(OSError):
        room.close()


def _written(offer: Offer, room: BinaryIO) -> object:
    """Write the content into the temporary file; returns what `write` returns. Raises Refused."""
    try:
        with in_words():
            said = offer.write(room)
            room.flush()
            return said
    except Refused:
        raise
    except StoreFault as fault:
        raise Refused(503, f"Không làm được tệp. {fault.message}") from fault
    except BadTemplate as bad:
        raise Refused(422, str(bad)) from bad
    except Busy as busy:
        raise Refused(409, "Không làm được tệp. Kho đang được ghi, thử lại sau.") from busy
    except TooLong as slow:
        raise Refused(503, f"Tệp này cần hơn {LONGEST} giây nên đã dừng. Chọn ít hơn rồi tải lại.") from slow
    except Exception as error:
        name = secrets.token_hex(4)
        LOG.exception("download failed, error %s", name)
        raise Refused(500, f"Không làm được tệp (mã {name}). Gửi mã này cho người quản trị.") from error


def _require(file: Offer | _Waiting, cookies: Mapping[str, str]) -> None:
    """Raise Refused if the user of these cookies may not have the file now."""
    if not file.may_have(cookies):
        raise Refused(403, "Phiên đăng nhập đã hết hạn hoặc không còn quyền. Đăng nhập lại rồi tải.")


async def send_file(request: Request) -> Response:
    """GET /downloads/<code of a made file>: the file in parts, or an error status with a sentence."""
    _let_go()
    waiting = _waiting.get(request.path_params["code"])
    try:
        if waiting is None:
            raise Refused(410, f"Tệp chỉ chờ {MINUTES} phút. Trở lại trang và tải lại.")
        await run_in_threadpool(_require, waiting, request.cookies)
    except Refused as refused:
        return PlainTextResponse(refused.says, refused.status, _NO_STORE)
    headers = _NO_STORE | {
        "Content-Disposition": _disposition(waiting.name),
        "Content-Length": str(waiting.size),
        "Accept-Ranges": "none",
        "Content-Encoding": "identity",  # otherwise Streamlit compresses the response and its length is unknown
    }
    return StreamingResponse(waiting.parts(), 200, headers, waiting.mime)


def _disposition(name: str) -> str:
    """The Content-Disposition header value for a file name.

    >>> _disposition("kho.tar"), _disposition("tệp.csv")
    ('attachment; filename="kho.tar"', "attachment; filename*=utf-8''t%E1%BB%87p.csv")
    """
    quoted = quote(name, safe="")
    return "attachment; " + (f'filename="{name}"' if quoted == name else f"filename*=utf-8''{quoted}")


def _let_go() -> None:
    """Drop expired files, and the oldest files when too many wait. A running transfer continues."""
    now, owners = time.monotonic(), [waiting.owner for waiting in _waiting.values()]
    for code, waiting in list(_waiting.items()):
        if waiting.until <= now or len(owners) > _MOST or owners.count(waiting.owner) > _MOST_OF_ONE:
            del _waiting[code]
            owners.remove(waiting.owner)
