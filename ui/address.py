"""The URL of a page: it names every filter, and sets the filters when the page is opened by a URL from outside.

A filter's widget has the session key `choice_<name>`. When URL and widget differ, the newer one must win. The session
therefore remembers the last URLs it sent to the browser: a click made before the browser received the newest URL
arrives with an older one, and that URL must not override the click.
"""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_PREFIX = "choice_"
_REMEMBERED = 3  # URLs: the opened link, the same link with every filter named, the URL after one click


def key(name: str) -> str:
    """The session key of a filter's widget."""
    return f"{_PREFIX}{name}"


def adopt(page: str) -> dict[str, str] | None:
    """Set the filters from the URL when it comes from outside: a link, a bookmark, the back button, another page.

    A filter that the URL does not name gets its default. The URL also sets the filters that Streamlit has dropped: it
    drops them when a page is left, even if the next page had no time to run.
    In a session that has shown no page yet, no filter is set and the URL's filters are returned instead. The browser
    may have had the page open before a restart of the server: then the widgets' values are newer than the URL, and the
    URL gives only defaults.
    """
    session, named = st.session_state, asked()
    known = session.get("addresses", [])
    is_back, is_sent = get_script_run_ctx().is_history_navigation, session.pop("is_sent", False)
    is_fresh = not known and not is_back
    # After the back button or a page's own link, the URL may equal one shown a moment ago; it still decides.
    outside = is_back or is_sent or (page, named) not in known
    if session.get("page_run") != page or (outside and not is_fresh):
        _forget()
    session["page_run"] = page
    wished = session.pop("to_keep", {})
    if not is_fresh:
        wished = {name: value for name, value in named.items() if key(name) not in session} | wished
        _remember(page, named)
    for name, value in wished.items():
        session[key(name)] = value
    return named if is_fresh else None


def go(page: str, filters: dict[str, str]) -> NoReturn:
    """Open a page, another one or the same, with these filters."""
    st.session_state["is_sent"] = True
    st.switch_page(page, query_params=filters)


def asked() -> dict[str, str]:
    """The filters named in the current URL, with their values."""
    return st.query_params.to_dict()


def keep(page: str, choices: dict[str, str]) -> None:
    """Write every filter into the URL."""
    if asked() != choices:
        st.query_params.from_dict(choices)
    _remember(page, dict(choices))


def _forget() -> None:
    """Delete the widgets' values: those of the previous page (names may be equal), or those replaced by the URL.

    Streamlit keeps a value set for a widget until the next run, even if a different widget then has the same key.
    """
    for name in [name for name in st.session_state if str(name).startswith(_PREFIX)]:
        del st.session_state[name]


def _remember(page: str, named: dict[str, str]) -> None:
    known = [address for address in st.session_state.get("addresses", []) if address != (page, named)]
    st.session_state["addresses"] = [*known, (page, named)][-_REMEMBERED:]
