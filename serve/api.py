"""The programming interface below /api/v1: who asks, how often, and errors as JSON in Vietnamese.

A program sends its token in the header Authorization: Bearer …; a browser that reads sends the cookie of its session; a
file is only ever taken with a token, so no other site can make a browser send one. PUT is in serve/push.py, GET in serve/answers.py.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from access import UNNAMED, Role, User, audit, sessions, settings, tokens
from access.people import user_of
from access.rates import TooOften, rates
from access.settings import BadSettings
from access.tokens import Token
from ingest.store.fault import StoreFault
from queries.snapshot import LONGEST, NewerStore, NoSnapshot, OldStore, TooLong, store_directory
from serve.guard import from_here

LOG = logging.getLogger("dashboard")
ROOT = "/api/v1"
NO_STORE = {"Cache-Control": "no-store"}
_BEARER = "bearer "
Answer = Callable[[Request], Awaitable[Response]]


class Fault(Exception):
    """A request is refused: status, a word for programs, a sentence for people, further fields and headers."""

    def __init__(self, status: int, error: str, message: str, headers: dict[str, str] | None = None, **more: object):
        super().__init__(message)
        self.status, self.headers = status, headers or {}
        self.said = {"error": error, "message": message, **more}


def faulty(fault: Fault) -> Response:
    """A refusal as a response."""
    return JSONResponse(fault.said, fault.status, {**NO_STORE, **fault.headers})


class Endpoint:
    """One address: the function of each method; HEAD is GET without the body, OPTIONS and others are answered here."""

    def __init__(self, **methods: Answer):
        self._methods = methods | ({"HEAD": methods["GET"]} if "GET" in methods else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        request = Request(scope, receive)
        response = await self._answer(request)
        if request.method == "HEAD":
            response = Response(status_code=response.status_code, headers=dict(response.headers))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        allowed = {"Allow": ", ".join(sorted({*self._methods, "OPTIONS"}))}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=allowed | NO_STORE)
        if request.method not in self._methods:
            return faulty(Fault(405, "method", f"Địa chỉ này chỉ nhận {allowed['Allow']}.", allowed))
        try:
            return await self._methods[request.method](request)
        except Fault as fault:
            return faulty(fault)
        except TooOften as often:
            message = f"Hỏi quá nhiều lần. Chờ {often.wait} giây rồi thử lại."
            return faulty(Fault(429, "too_often", message, {"Retry-After": str(often.wait)}))
        except ClientDisconnect:
            return faulty(Fault(400, "cut", "Kết nối đứt giữa chừng."))
        except Exception as error:
            return faulty(_explained(error))


def _explained(error: Exception) -> Fault:
    """An exception as a refusal; an unknown one is logged under a code."""
    later = {"Retry-After": "30"}
    if isinstance(error, TooLong):
        return Fault(
            503, "too_long", f"Câu hỏi này cần hơn {LONGEST} giây nên đã dừng. Chọn ít hơn rồi hỏi lại.", later
        )
    if isinstance(error, NoSnapshot | OldStore | NewerStore):
        return Fault(503, "no_data", "Chưa có số liệu, hoặc số liệu đang được dựng lại.", later)
    if isinstance(error, StoreFault):
        return Fault(503, "store", error.message, later)
    if isinstance(error, BadSettings | OSError):
        LOG.exception("secrets file or store cannot be used")
        return Fault(503, "store", "Máy chủ không đọc, ghi được kho hoặc tệp cấu hình. Báo người quản trị.", later)
    name = secrets.token_hex(4)
    LOG.error("interface failed, error %s", name, exc_info=error)
    return Fault(500, "failed", f"Có lỗi của chương trình (mã {name}). Gửi mã này cho người quản trị.")


def address_of(request: Request) -> str:
    """The address that a request comes from."""
    return request.client.host if request.client else ""


def _sent_token(request: Request) -> str | None:
    """The token of a request; None if it sends none. Raises Fault for another kind of authorization."""
    said = request.headers.get("authorization")
    if said is None:
        return None
    if not said.lower().startswith(_BEARER):
        raise _unknown_token()
    return said[len(_BEARER) :].strip()


def _unknown_token() -> Fault:
    message = "Mã truy cập không đúng, đã hết hạn hoặc đã bị kết thúc. Xin mã mới ở trang Quản trị."
    return Fault(401, "token", message, {"WWW-Authenticate": 'Bearer realm="api", error="invalid_token"'})


async def token_of(request: Request) -> Token | None:
    """The token that a request sends and that stands; None if it sends none. Raises Fault, TooOften."""
    secret, address = _sent_token(request), address_of(request)
    if secret is None:
        return None
    rates.require_trusted(address)
    return await run_in_threadpool(_found, secret, address)


def _found(secret: str, address: str) -> Token:
    store = store_directory()
    token = tokens.find(store, secret)
    if token is None or token.is_ended or token.is_expired:
        rates.refused(address)
        # An unknown token is not logged, not even a part of it: people paste passwords into the wrong place.
        audit.record(store, "token_refused", token.who if token else "mã lạ", address=address)
        raise _unknown_token()
    tokens.note_use(store, token)
    return token


async def required_token(request: Request) -> Token:
    """The token of a request that needs one. Raises Fault, TooOften."""
    token = await token_of(request)
    if token is None:
        message = "Gửi mã truy cập ở tiêu đề Authorization: Bearer MÃ."
        raise Fault(401, "token", message, {"WWW-Authenticate": 'Bearer realm="api"'})
    return token


async def user_of_request(request: Request) -> User:
    """Who reads: a token, the user of a session cookie, or whoever has not signed in. Raises Fault, TooOften.

    The cookie of a request that another site has caused counts for nothing. A person of an identity provider reads as one
    who has not signed in, because only the pages can read the provider's cookie.
    """
    token = await token_of(request)
    rates.ask("read", token.id if token else "", address_of(request))
    known = settings.load()
    if token:
        return token.user(known)
    cookie = request.cookies.get(sessions.COOKIE) if from_here(request.headers) else None
    user = await run_in_threadpool(user_of, known, store_directory(), cookie, {})
    return User(UNNAMED, known.anonymous) if user.expired else user


def require(user: User, right: str) -> None:
    """Raise Fault if a user lacks a right."""
    if user.may(right):
        return
    if user.role is Role.NOBODY or not user.is_signed_in:
        message = "Cần mã truy cập, hoặc đăng nhập."
        raise Fault(401, "sign_in", message, {"WWW-Authenticate": 'Bearer realm="api"'})
    raise Fault(403, "right", "Mã truy cập hoặc người dùng này không có quyền xem số liệu này.")


async def _nothing(request: Request) -> Response:
    raise Fault(404, "unknown", f"Không có địa chỉ này. Danh sách các địa chỉ: {ROOT}/openapi.json")


class _Nowhere(Endpoint):
    """Every other address below /api."""

    async def _answer(self, request: Request) -> Response:
        try:
            return await _nothing(request)
        except Fault as fault:
            return faulty(fault)


def nowhere() -> list[Route]:
    """The routes of addresses below /api that mean nothing; the last ones."""
    return [Route("/api", _Nowhere()), Route("/api/{rest:path}", _Nowhere())]


@asynccontextmanager
async def running(runner) -> None:
    """Publish pushed files while the server runs."""
    runner.start()
    try:
        yield
    finally:
        await run_in_threadpool(runner.stop)
