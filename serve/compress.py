"""Compression of Streamlit's scripts and styles, and TCP_NODELAY for its messages."""

from __future__ import annotations

import asyncio
import gzip
import socket

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STATIC = "/static/"
_PACKED = (".js", ".css")
_LEVEL = 6


class Packed:
    """ASGI middleware that serves Streamlit's scripts and styles gzipped: 2.9 MB instead of 8.5 MB on a first visit.

    The content under a file name never changes, so each file is compressed on its first request and kept in memory
    (some megabytes in all). Streamlit leaves compression to a proxy, but some offices run no proxy and have slow
    networks.
    """

    def __init__(self, app: ASGIApp):
        self._app = app
        self._kept: dict[str, tuple[Message, Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; only requests for a script or a style are compressed."""
        if not _asks_for_packed(scope):
            return await self._app(scope, receive, send)
        path = scope["path"]
        if path not in self._kept:
            start, body = await self._answer(scope, receive)
            if start["status"] != 200:
                await send(start)
                return await send(body)
            self._kept[path] = await run_in_threadpool(_pack, start, body)
        start, body = self._kept[path]
        # Outer middleware adds headers to the message, so send a copy and keep the cached message unchanged.
        await send(start | {"headers": list(start["headers"])})
        await send(body)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[Message, Message]:
        """The app's whole response: its start message and its body in one message."""
        said: list[Message] = []

        async def keep(message: Message) -> None:
            said.append(message)

        await self._app(scope, receive, keep)
        content = b"".join(message.get("body", b"") for message in said[1:])
        return said[0], {"type": "http.response.body", "body": content}


def _asks_for_packed(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(_STATIC):
        return False
    headers = Headers(scope=scope)
    return (
        scope["path"].endswith(_PACKED)
        and "gzip" in headers.get("accept-encoding", "")
        and "range" not in headers
        and "if-none-match" not in headers
        and "if-modified-since" not in headers
    )


def _pack(start: Message, body: Message) -> tuple[Message, Message]:
    packed = gzip.compress(body["body"], _LEVEL, mtime=0)
    answer = {"type": "http.response.start", "status": 200, "headers": list(start["headers"])}
    headers = MutableHeaders(raw=answer["headers"])
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(packed))
    headers.add_vary_header("Accept-Encoding")
    return answer, {"type": "http.response.body", "body": packed}


def send_at_once() -> None:
    """Set TCP_NODELAY so that messages of a page are sent at once; call before the server listens.

    asyncio sets TCP_NODELAY only on sockets whose protocol is given as TCP. Streamlit 1.67 listens on a socket without
    it, and every run of a page then takes 40 ms longer (delayed acknowledgement). Accepted sockets inherit the option
    from the listening socket.
    """
    loop = asyncio.get_running_loop()
    listen = loop.create_server

    async def listen_without_delay(*args, sock: socket.socket | None = None, **more) -> asyncio.Server:
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await listen(*args, sock=sock, **more)

    loop.create_server = listen_without_delay
