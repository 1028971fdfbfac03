"""Files that a page hands over: made when somebody asks for them, entered in the log, sent in parts.

A page offers a file under an address that nobody can guess. POST to it makes the file and answers with a second
address, good for some minutes, from which GET takes it; where there is to be no file, either answers with a status
that is no success and with a sentence. Streamlit's own button hands over whatever it was given, a refusal too, as a
file that has arrived; it holds all of it in memory, and fetches it twice.
"""

from __future__ import annotations

import asyncio
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
from serve.guard import DOWNLOADS, from_here

LOG = logging.getLogger("dashboard")
MINUTES = 5  # that a made file waits to be taken
_MOST_OF_ONE = 2  # files that wait for one owner; the older one gives way
_MOST = 64  # files that wait for all
_IN_MEMORY = MEGABYTE  # of one that waits; what is larger waits on the disk
_PART = MEGABYTE // 4
_AT_ONCE = 2  # files being made: each may need a whole list in memory
_NO_STORE = {"Cache-Control": "no-store"}


class Told(NamedTuple):
    """What only the writing of a file brought out: its name, facts for the log."""

    name: str
    facts: dict[str, str | int]


@dataclass(frozen=True, eq=False)
class Offer:
    """A file that a page offers: whose page, how it is written, who may have it, and how the log is told.

    `write` may raise Refused, StoreFault, Busy and TooLong. `may_have` is asked when the file is to be made and again
    when it is taken, with the cookies of that request; `record` says whether the log has it, and the facts given.
    """

    owner: str
    name: str
    mime: str
    write: Callable[[BinaryIO], object]
    may_have: Callable[[Mapping[str, str]], bool]
    record: Callable[[dict[str, str | int]], bool]


class Refused(Exception):
    """There is no file: the status of the answer, and why in a sentence for whoever asked."""

    def __init__(self, status: int, says: str):
        super().__init__(says)
        self.status, self.says = status, says


class _Waiting:
    """A made file that waits to be taken; several may take it at once."""

    def __init__(self, offer: Offer, name: str, content: BinaryIO):
        # Not the offer, which is to go with its page.
        self.owner, self.mime, self.may_have, self.name = offer.owner, offer.mime, offer.may_have, name
        self.until = time.monotonic() + 60 * MINUTES
        self._content, self._lock = content, threading.Lock()
        self.size = content.seek(0, 2)
        finalize(self, content.close)  # with the last who holds it; it has no name that could stay behind

    def parts(self) -> Iterator[bytes]:
        """Its content, a part at a time."""
        for position in range(0, self.size, _PART):
            with self._lock:
                self._content.seek(position)
                part = self._content.read(_PART)
            yield part


# As long as the page that offers it holds it, and so as long as its session.
_offered: WeakValueDictionary[str, Offer] = WeakValueDictionary()
_waiting: OrderedDict[str, _Waiting] = OrderedDict()
_making = asyncio.Semaphore(_AT_ONCE)


def routes() -> list[Route]:
    """POST makes an offered file, GET takes a made one."""
    path = DOWNLOADS + "{code}"
    return [Route(path, make_file, methods=["POST"]), Route(path, send_file, methods=["GET"])]


def address_of(offer: Offer) -> str:
    """A new address at which a file can be asked for, for as long as the caller holds the offer."""
    code = secrets.token_urlsafe(24)
    _offered[code] = offer
    return DOWNLOADS + code


async def make_file(request: Request) -> Response:
    """POST /downloads/<code of an offer>: {"address"} of the file, or {"says"} why there is none."""
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
    """The file of an offer, its taking in the log. Raises Refused."""
    _require(offer, cookies)
    with ExitStack() as undone:
        room = _room()
        undone.callback(_give_up, room)
        said = _written(offer, room)
        told = said if isinstance(said, Told) else Told(offer.name, {})
        if not offer.record(told.facts):
            raise Refused(503, "Máy chủ không ghi được nhật ký nên không cho tải. Báo người quản trị.")
        undone.pop_all()
        return _Waiting(offer, told.name, room)


def _room() -> BinaryIO:
    """A new file without a name: in memory while it is small, then on the store's disk, and gone once it is closed."""
    store = store_directory()
    return tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=store if store.is_dir() else None)


def _give_up(room: BinaryIO) -> None:
    """Close a file that is not to be had; what the disk had no room for is lost with it."""
    with suppress(OSError):
        room.close()


def _written(offer: Offer, room: BinaryIO) -> object:
    """Write a file into its room. Raises Refused."""
    try:
        with in_words():
            said = offer.write(room)
            room.flush()
            return said
    except Refused:
        raise
    except StoreFault as fault:
        raise Refused(503, f"Không làm được tệp. {fault.message}") from fault
    except Busy as busy:
        raise Refused(409, "Không làm được tệp. Kho đang được ghi, thử lại sau.") from busy
    except TooLong as slow:
        raise Refused(503, f"Tệp này cần hơn {LONGEST} giây nên đã dừng. Chọn ít hơn rồi tải lại.") from slow
    except Exception as error:
        name = secrets.token_hex(4)
        LOG.exception("download failed, error %s", name)
        raise Refused(500, f"Không làm được tệp (mã {name}). Gửi mã này cho người quản trị.") from error


def _require(file: Offer | _Waiting, cookies: Mapping[str, str]) -> None:
    """Raise Refused for whoever may not have the file now."""
    if not file.may_have(cookies):
        raise Refused(403, "Phiên đăng nhập đã hết hạn hoặc không còn quyền. Đăng nhập lại rồi tải.")


async def send_file(request: Request) -> Response:
    """GET /downloads/<code of a made file>: the file in parts, or a sentence with a status that is no success."""
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
        "Content-Encoding": "identity",  # or Streamlit packs it on its way, and its length is not known
    }
    return StreamingResponse(waiting.parts(), 200, headers, waiting.mime)


def _disposition(name: str) -> str:
    """The header that makes an answer a file of this name.

    >>> _disposition("kho.tar"), _disposition("tệp.csv")
    ('attachment; filename="kho.tar"', "attachment; filename*=utf-8''t%E1%BB%87p.csv")
    """
    quoted = quote(name, safe="")
    return "attachment; " + (f'filename="{name}"' if quoted == name else f"filename*=utf-8''{quoted}")


def _let_go() -> None:
    """Forget files that nobody took in time, and the oldest where too many wait. A transfer that has begun goes on."""
    now, owners = time.monotonic(), [waiting.owner for waiting in _waiting.values()]
    for code, waiting in list(_waiting.items()):
        if waiting.until <= now or len(owners) > _MOST or owners.count(waiting.owner) > _MOST_OF_ONE:
            del _waiting[code]
            owners.remove(waiting.owner)
