"""The address of a page: it names every filter, and decides them where it came from outside.

A filter's control has the session's key `choice_<name>`. Whether the reader's click or the address is right depends on
where the address came from, so the session remembers the last ones that it was shown: a click made before the browser
heard of the newest is sent with an older one.
"""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_PREFIX = "choice_"
_REMEMBERED = 3  # addresses: that of a link, the same with every filter named, that after a click


def key(name: str) -> str:
    """The key of a filter's control in the session."""
    return f"{_PREFIX}{name}"


def adopt(page: str) -> dict[str, str] | None:
    """Let the address decide when it came from outside: a link, a bookmark, the back button, another page.

    A filter that such an address does not name begins as it does by itself. The address decides also where a filter is
    forgotten: Streamlit drops them when a page is left, even for one that had no time to run.
    In a session that has shown no page yet it decides nothing, and what it asks for is returned instead. That may be
    the session of a page that was open before the server was started again: a click on it is newer than the address,
    which is only what the controls begin with.
    """
    session, named = st.session_state, asked()
    known = session.get("addresses", [])
    is_back, is_sent = get_script_run_ctx().is_history_navigation, session.pop("is_sent", False)
    is_fresh = not known and not is_back
    # Going back, or sent by a page to itself, a reader may come where they have been a moment ago.
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
    """The filters that the address names now, each with its value."""
    return st.query_params.to_dict()


def keep(page: str, choices: dict[str, str]) -> None:
    """Name every filter in the address."""
    if asked() != choices:
        st.query_params.from_dict(choices)
    _remember(page, dict(choices))


def _forget() -> None:
    """Drop what the filters hold: of the page before, though some have the same name, or before the address decided.

    Streamlit keeps a value that was set for a control until the run after, when the control of that name is another.
    """
    for name in [name for name in st.session_state if str(name).startswith(_PREFIX)]:
        del st.session_state[name]


def _remember(page: str, named: dict[str, str]) -> None:
    known = [address for address in st.session_state.get("addresses", []) if address != (page, named)]
    st.session_state["addresses"] = [*known, (page, named)][-_REMEMBERED:]
