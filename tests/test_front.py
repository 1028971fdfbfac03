"""The HTML page of every address contains our script before Streamlit's, complete and never from a cache."""

from __future__ import annotations

import pytest

from tests.wire import ask

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip, br"}


@pytest.mark.parametrize("path", ["/", "/communes?kind=month", "/no-such-page"])
def test_the_script_comes_first(path, app):
    answer = ask("GET", app, path, **PAGE)
    text = answer.content.decode()
    assert answer.status == 200 and answer.headers["Content-Length"] == str(len(answer.content))
    assert text.count("history.pushState = ") == 1
    assert text.index("history.pushState = ") < text.index("/static/js/index.") < text.index('<div id="root">')
    assert '<html lang="vi">' in text
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"]


def test_a_browser_that_kept_streamlits_own_page_gets_ours(app):
    """A browser that has cached Streamlit's page by its ETag gets our page, which has no ETag."""
    streamlits = ask("GET", app, "/", Accept="*/*").headers
    answer = ask("GET", app, "/", **PAGE, **{"If-None-Match": streamlits["ETag"], "Range": "bytes=0-99"})
    assert answer.status == 200 and b"history.pushState = " in answer.content
    assert "ETag" not in answer.headers and "Last-Modified" not in answer.headers


@pytest.mark.parametrize("path", ["/sign-in", "/healthz", "/_stcore/health", "/favicon.png"])
def test_nothing_else_is_changed(path, app):
    asked = ask("GET", app, path, **PAGE)
    assert b"history.pushState = " not in asked.content and asked.content == ask("GET", app, path).content
    assert asked.status == ask("GET", app, path).status
