"""Buttons that hand over a file: made on the server when pressed, with the rights of that moment, told to the log.

What cannot or may not be had is said beside the button and reaches nobody as a file (serve.downloads).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import BinaryIO

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from access import User, audit
from queries.snapshot import store_directory
from serve import downloads
from serve.downloads import Offer
from ui.asset import asset
from ui.identity import asked_again

_STATE = "offers"  # in the session: the files of its page's last runs, a list for each
_RUNS = 2  # somebody may press a button of the last one while the page is drawn again
_MOST = 64  # of one run
_LABELS = {
    "busy": "Đang chuẩn bị tệp…",
    "unreachable": "Không tải được: máy chủ không trả lời. Thử lại sau ít phút.",
}


def begin_offers() -> None:
    """A page runs anew: what it offered before its last run is no longer to be had."""
    # In place: Streamlit holds the value before for as long as another run.
    st.session_state.setdefault(_STATE, deque(maxlen=_RUNS)).append([])


def offer_file(
    label: str,
    name: str,
    mime: str,
    write: Callable[[BinaryIO], object],
    user: User,
    right: str,
    event: str = "",
    **facts: str | int,
) -> None:
    """A button that hands over a file to whoever has the right when it is pressed.

    `write` runs off the page's thread: it may ask the page's view, and show nothing; where it gives Told, that goes before
    `name` and `facts`. `event` and its facts are in the log before the file leaves; without one the log is not told.
    """

    def record(found: dict[str, str | int]) -> bool:
        return not event or audit.record(store_directory(), event, user.name, **facts | found)

    owner = get_script_run_ctx().session_id
    offer = Offer(owner, name, mime, write, asked_again(user, right), record)
    mine = st.session_state[_STATE][-1]
    mine.append(offer)
    del mine[:-_MOST]
    button = st.components.v2.component(
        "download", html=asset("download.html"), css=asset("download.css"), js=asset("download.js")
    )
    data = {"label": label, "address": downloads.address_of(offer), **_LABELS}
    button(data=data, key=f"download_{label}_{name}", width="content")
