"""The sign-in page of local users, and the checks of every request: host, origin, headers, log.

The sign-in page is plain HTML without a script. It works even when the dashboard does not, and passwords never reach
the dashboard's pages.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from access import accounts, audit, sessions, settings
from access.settings import BadSettings
from queries.snapshot import NewerStore, NoSnapshot, OldStore, pointed_id, reader, store_directory
from words.version import version

LOG = logging.getLogger("dashboard.request")
SIGN_IN = "/sign-in"
DOWNLOADS = "/downloads/"  # a code follows
_LONGEST = 4096  # bytes of a submitted form
# Streamlit needs inline styles and scripts, plotly.js creates functions at run time; nothing loads from other sites.
_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def routes() -> list[Route]:
    """Routes of the server besides the dashboard's own pages."""
    return [
        Route(SIGN_IN, show_form, methods=["GET"]),
        Route(SIGN_IN, take_form, methods=["POST"]),
        Route("/healthz", health, methods=["GET"]),
    ]


def wanted(address: str) -> str:
    """The address to open after signing in: always a path of this site, whatever the request asks for.

    >>> wanted("/upload?x=1"), wanted("//evil.example"), wanted("https://evil.example"), wanted("/\\\\evil.example")
    ('/upload?x=1', '/', '/', '/')
    """
    safe = address.startswith("/") and not address.startswith("//") and address.isprintable() and "\\" not in address
    return address if safe and not urlsplit(address).netloc else "/"


@cache
def _html(name: str) -> str:
    """The text of serve/<name>.html."""
    return Path(__file__).with_name(f"{name}.html").read_text(encoding="utf-8")


def _page(request: Request, wrong: str = "", status: int = 200) -> HTMLResponse:
    """The sign-in form with the sign-in methods that are available here."""
    store, known = store_directory(), settings.load()
    action = f"{SIGN_IN}?next={quote(wanted(request.query_params.get('next', '/')), safe='')}"
    body = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    body += _html("sign_in_password") if known.users else ""
    body += _html("sign_in_code") if sessions.code_pending(store) else ""
    body += "" if known.users or known.providers or sessions.code_pending(store) else _html("sign_in_nobody")
    content = _html("sign_in").replace("BODY", body.replace("ACTION", escape(action)))
    return HTMLResponse(content, status, {"Cache-Control": "no-store"})


async def show_form(request: Request) -> Response:
    """GET /sign-in."""
    try:
        return _page(request)
    except (BadSettings, OSError):
        return _unusable()


def _unusable() -> Response:
    LOG.exception("secrets file cannot be used")
    return PlainTextResponse("Tệp cấu hình đăng nhập có lỗi; báo người quản trị xem nhật ký máy chủ.", 503)


async def take_form(request: Request) -> Response:
    """POST /sign-in: a name and password, or the one-time code of the first start; sets the cookie and redirects."""
    if not from_here(request.headers):
        return PlainTextResponse("Yêu cầu đến từ trang khác nên bị từ chối.", 403)
    form = await _form(request)
    if form is None:
        return PlainTextResponse("Biểu mẫu quá dài.", 413)
    address = request.client.host if request.client else ""
    try:
        token, wrong, status = await run_in_threadpool(_signed_in, form, address)
    except BadSettings:
        return _unusable()
    except OSError:
        LOG.exception("session cannot be written")
        wrong = "Máy chủ không ghi được phiên đăng nhập (đĩa đầy hoặc chỉ đọc). Báo người quản trị."
        return _page(request, wrong, 503)
    if not token:
        return _page(request, wrong, status)
    sessions.end(store_directory(), request.cookies.get(sessions.COOKIE))
    answer = RedirectResponse(wanted(request.query_params.get("next", "/")), 303)
    secure = request.url.scheme == "https"
    age = int(settings.load().session_hours * 3600)
    answer.set_cookie(
        sessions.COOKIE, token, max_age=max(age, 86_400), httponly=True, samesite="lax", secure=secure, path="/"
    )
    return answer


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of a submitted form; None if it is too long or has too many fields."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _LONGEST:
            return None
    try:
        fields = parse_qs(content.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:  # too many fields
        return None
    return {name: values[0] for name, values in fields.items()}


def _signed_in(form: dict[str, str], address: str) -> tuple[str, str, int]:
    """The token of a new session, or an error text and the HTTP status."""
    store, known = store_directory(), settings.load()
    name = form.get("name", "").strip().lower()
    try:
        if "code" in form:
            accounts.throttle.check(sessions.FIRST_CODE, address)
            if not sessions.redeem(store, form["code"]):
                accounts.throttle.failed(sessions.FIRST_CODE, address)
                audit.record(store, "sign_in_failed", sessions.FIRST_CODE, address=address)
                return "", "Mã không đúng hoặc đã được dùng. Khởi động lại máy chủ để có mã mới.", 401
            name, means, mark = "mã dùng một lần", sessions.FIRST_CODE, ""
        else:
            account = accounts.identify(known, name, form.get("password", ""), address)
            if account is None:
                # Do not log an unknown name: people type passwords into the wrong field.
                audit.record(store, "sign_in_failed", name if name in known.users else "tên lạ", address=address)
                return "", "Tên đăng nhập hoặc mật khẩu không đúng.", 401
            means, mark = "password", accounts.mark_of(account)
    except accounts.TooMany:
        minutes = accounts.Throttle.MINUTES
        return "", f"Sai quá nhiều lần. Chờ {minutes} phút rồi thử lại.", 429
    token = sessions.begin(store, name, means, mark, known.session_hours)
    audit.record(store, "sign_in", name, address=address)
    return token, "", 303


def from_here(headers: Headers) -> bool:
    """Whether a state-changing request comes from a page of this site; a request without Origin comes from no page."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


async def health(request: Request) -> JSONResponse:
    """GET /healthz: the current snapshot and its age; status 503 if snapshots exist but none opens."""
    said = await run_in_threadpool(_health)
    return JSONResponse(said, 200 if said["status"] != "broken" else 503, {"Cache-Control": "no-store"})


def _health() -> dict:
    """The state of the store as a dictionary."""
    store = store_directory()
    try:
        shown = reader(store).snapshot
    except (NoSnapshot, OldStore, NewerStore, OSError) as fault:
        broken = not isinstance(fault, NoSnapshot) or pointed_id(store)
        return {"status": "broken" if broken else "empty", "version": version(), "snapshot": None}
    built = datetime.fromisoformat(shown.manifest["built_at"])
    return {
        "status": "fallback" if shown.broken else "ok",
        "version": version(),
        "snapshot": shown.id,
        "built_at": shown.manifest["built_at"],
        "age_seconds": max(0, round((datetime.now(UTC) - built).total_seconds())),
        "as_of": shown.manifest["as_of"],
        "broken": list(shown.broken),
    }


class Uploads:
    """Sessions that may send files; Streamlit itself accepts files from every session."""

    MOST = 1000  # sessions; the oldest one is dropped and must run its page again

    def __init__(self):
        self._sessions: OrderedDict[str, None] = OrderedDict()

    def permit(self, session_id: str, allowed: bool) -> None:
        """Allow or forbid file uploads for a session."""
        self._sessions.pop(session_id, None)
        if allowed:
            self._sessions[session_id] = None
            while len(self._sessions) > self.MOST:
                self._sessions.popitem(last=False)

    def refuses(self, scope: Scope) -> bool:
        """Whether a request uploads a file for a session without permission."""
        parts = scope["path"].split("/_stcore/upload_file/")
        sends = scope["type"] == "http" and scope["method"] in ("PUT", "POST", "PATCH")
        return sends and len(parts) > 1 and parts[1].split("/")[0] not in self._sessions


uploads = Uploads()


def logged_path(path: str) -> str:
    """A path for the log: names of downloads and sessions give access, so they are cut off.

    >>> logged_path("/media/3f9a.csv"), logged_path("/downloads/x7"), logged_path("/land")
    ('/media/…', '/downloads/…', '/land')
    """
    for secret in ("/media/", "/_stcore/upload_file/", DOWNLOADS):
        before, found, _ = path.partition(secret)
        if found:
            return f"{before}{secret}…"
    return path


class Guard:
    """Refuses unknown hosts and other sites' websockets, adds security headers, logs requests without their query."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request or one websocket."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        if not _known_host(headers.get("host", "")):
            return await _refuse(scope, receive, send, 400, "Tên máy chủ trong yêu cầu không có trong danh sách.")
        if scope["type"] == "websocket":
            if not from_here(headers):
                return await _refuse(scope, receive, send, 403, "")
            return await self._app(scope, receive, send)
        if uploads.refuses(scope):
            return await _refuse(scope, receive, send, 403, "Cần quyền nạp số liệu để gửi tệp.")
        begun, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                sent = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    sent.setdefault(name, value)
                if scope.get("scheme") == "https":
                    sent.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            # The query string shows what people look for, so it is not logged.
            spent = round(1000 * (time.perf_counter() - begun))
            facts = {"method": scope["method"], "path": logged_path(scope["path"]), "status": status, "ms": spent}
            LOG.info("request", extra=facts)


def _known_host(host: str) -> bool:
    """Whether the Host header is allowed; every host is while the list is empty or the settings cannot be read."""
    try:
        hosts = settings.load().hosts
    except (BadSettings, OSError):
        return True
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    return not hosts or name.lower() in {known.lower() for known in hosts} | {"localhost", "127.0.0.1"}


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, says: str) -> None:
    """Refuse a request with a status and a text, or close a websocket."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await PlainTextResponse(says, status)(scope, receive, send)
