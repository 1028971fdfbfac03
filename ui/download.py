"""Download buttons: the file is made on the server when pressed, rights are checked then, and the log records it.

A refusal or an error is shown beside the button and never saved as a file (serve.downloads).
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

_STATE = "offers"  # session key: the offers of the last runs, one list for each run
_RUNS = 2  # the user may press a button of the previous run while the page is redrawn
_MOST = 64  # offers of one run
_LABELS = {
    "busy": "Đang chuẩn bị tệp…",
    "unreachable": "Không tải được: máy chủ không trả lời. Thử lại sau ít phút.",
}


def begin_offers() -> None:
    """Start a page run: offers made before the previous run expire."""
    # Change the deque in place: if it were replaced, Streamlit would keep the old one for one more run.
    st.session_state.setdefault(_STATE, deque(maxlen=_RUNS)).append([])


def offer_file(
    label: str,
    name: str,
    mime: str,
    write: Callable[[BinaryIO], object],
    user: User,
    right: str,
    event: str = "",
    in_memory: bool = False,
    **facts: str | int,
) -> None:
    """A button that downloads a file; the right is checked when it is pressed.

    `write` runs in another thread: it may query the page's view but must not draw. If it returns Told, the name and
    facts in it replace `name` and `facts`. `in_memory`: the file never waits on disk, because it names people. `event` and its facts are logged before the file is sent; an empty `event`
    logs nothing.
    """

    def record(found: dict[str, str | int]) -> bool:
        return not event or audit.record(store_directory(), event, user.name, **facts | found)

    owner = get_script_run_ctx().session_id
    offer = Offer(owner, name, mime, write, asked_again(user, right), record, in_memory)
    mine = st.session_state[_STATE][-1]
    mine.append(offer)
    del mine[:-_MOST]
    button = st.components.v2.component(
        "download", html=asset("download.html"), css=asset("download.css"), js=asset("download.js")
    )
    data = {"label": label, "address": downloads.address_of(offer), **_LABELS}
    button(data=data, key=f"download_{label}_{name}", width="content")
