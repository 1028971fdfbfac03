"""ASGI middleware for Streamlit's HTML page: our script before Streamlit's own, and Vietnamese as its language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Screen readers choose their voice by the language of the page.
_ENGLISH, _VIETNAMESE = b'<html lang="en">', b'<html lang="vi">'
_BEFORE, _STREAMLITS = b"<head>", b'<div id="root">'
# Request headers for caching and ranges: they refer to Streamlit's file, not to the changed page, so drop them.
_ASKED = {b"if-none-match", b"if-modified-since", b"range", b"accept-encoding"}
_SAID = ("etag", "last-modified", "accept-ranges")


class Front:
    """Inserts serve/history.js into Streamlit's HTML page and says its language; other responses pass unchanged."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; an HTML response is held until it is complete."""
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
    """The response with the script inserted and its language said; unchanged if it is not Streamlit's page."""
    body = b"".join(message.get("body", b"") for message in held[1:])
    if _STREAMLITS not in body:
        return held
    body = body.replace(_ENGLISH, _VIETNAMESE, 1).replace(_BEFORE, _BEFORE + _script(), 1)
    start = held[0] | {"headers": list(held[0]["headers"])}
    headers = MutableHeaders(raw=start["headers"])
    for name in _SAID:
        del headers[name]
    headers["Content-Length"] = str(len(body))
    return [start, {"type": "http.response.body", "body": body}]


@cache
def _script() -> bytes:
    return b"<script>" + Path(__file__).with_name("history.js").read_bytes() + b"</script>"
