"""The front page: Streamlit's own, with a script of ours that must be there before Streamlit's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BEFORE, _STREAMLITS = b"<head>", b'<div id="root">'
# By these a browser keeps a page or asks for a part of it: they speak of Streamlit's file, not of what it gets.
_ASKED = {b"if-none-match", b"if-modified-since", b"range", b"accept-encoding"}
_SAID = ("etag", "last-modified", "accept-ranges")


class Front:
    """Puts serve/history.js into the page with which every address of the dashboard begins; all else passes."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; the answer to one for a page is held until it is whole."""
        if not _asks_for_page(scope):
            return await self._app(scope, receive, send)
        held: list[Message] = []

        async def answer(message: Message) -> None:
            if not held and not _begins_page(message):
                return await send(message)
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                for one in _with_script(held):
                    await send(one)

        headers = [(name, value) for name, value in scope["headers"] if name not in _ASKED]
        await self._app(scope | {"headers": headers, "extensions": {}}, receive, answer)


def _asks_for_page(scope: Scope) -> bool:
    asks = scope["type"] == "http" and scope["method"] == "GET"
    return asks and "text/html" in Headers(scope=scope).get("accept", "")


def _begins_page(message: Message) -> bool:
    kind = Headers(raw=message.get("headers", [])).get("content-type", "")
    return message["type"] == "http.response.start" and kind.startswith("text/html")


def _with_script(held: list[Message]) -> list[Message]:
    """An answer with the script, as it is where it is not Streamlit's page."""
    body = b"".join(message.get("body", b"") for message in held[1:])
    if _STREAMLITS not in body:
        return held
    body = body.replace(_BEFORE, _BEFORE + _script(), 1)
    start = held[0] | {"headers": list(held[0]["headers"])}
    headers = MutableHeaders(raw=start["headers"])
    for name in _SAID:
        del headers[name]
    headers["Content-Length"] = str(len(body))
    return [start, {"type": "http.response.body", "body": body}]


@cache
def _script() -> bytes:
    return b"<script>" + Path(__file__).with_name("history.js").read_bytes() + b"</script>"
