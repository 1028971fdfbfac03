"""Files that are made on request: kept for the session in memory, with progress and a stop button for sets."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from access import User
from ingest.store.fault import StoreFault
from queries.kept import MEGABYTE, Kept
from reports import Subject
from reports.collection import Job
from reports.package import together
from reports.service_form import Unbalanced
from reports.template import BadTemplate
from serve.downloads import Refused
from ui.download import offer_file
from ui.parts import uploader_words
from words.escape import plain

ZIP = "application/zip"
_ROOM = 128 * MEGABYTE  # bytes of made files, for all sessions together
_LARGEST = 48 * MEGABYTE


class Made(NamedTuple):
    """A made file: its key (see key_of), name and bytes."""

    key: str
    name: str
    content: bytes


# Cache by session and kind of file: a session keeps its last file of each kind, unless the cache is full.
made_files = Kept(lambda made: len(made.content), _ROOM, _LARGEST)


def offer_made(label: str, make: Job, mime: str, what: str, subject: Subject, user: User, **logged: str) -> None:
    """A button that makes a file, then its download button."""
    kind, key = what.partition("-")[0], key_of(what, subject)
    if st.button(label, key=f"make_{kind}", icon=":material/description:"):
        try:
            with st.spinner("Đang làm tệp…"):
                keep(kind, Made(key, *make()))
        except (Unbalanced, BadTemplate, StoreFault) as error:
            st.error(plain(str(error)), icon=":material/error:")
    offer_kept(kind, key, mime, user, **logged)


def offer_set(
    label: str, kind: str, key: str, name: str, todo: Callable[[], list[tuple[str, Job]]], user: User, **logged: str
) -> None:
    """A button that makes many files: progress, a stop button, at the end one zip file."""
    if st.session_state.get("making") == key:
        st.button("Dừng", icon=":material/stop:", on_click=lambda: st.session_state.pop("making", None))
        try:
            files = _made(todo())
        finally:  # also when Streamlit ends the run or a file fails: otherwise the next run would start again
            st.session_state.pop("making", None)
        if files and keep(kind, Made(key, name, together(files))):
            st.rerun()
    elif st.button(label, type="primary", icon=":material/inventory_2:"):
        st.session_state["making"] = key
        st.rerun()
    offer_kept(kind, key, ZIP, user, **logged)


def _made(todo: list[tuple[str, Job]]) -> dict[str, bytes]:
    """The files of a set by name; empty if one file fails, after showing the error."""
    files: dict[str, bytes] = {}
    bar = st.progress(0.0)
    for position, (what, make) in enumerate(todo):
        # Streamlit ends the run here when “Dừng” is pressed.
        bar.progress(position / len(todo), text=f"{plain(what)} ({position + 1}/{len(todo)})")
        try:
            name, content = make()
        except (Unbalanced, BadTemplate, StoreFault) as error:
            st.error(f"Không làm được cả bộ. {plain(str(error))}", icon=":material/error:")
            return {}
        files[name] = content
    bar.progress(1.0, text="Xong")
    return files


def edited_template(user: User, key: str) -> bytes | None:
    """The upload of an edited Word template, for those who may upload: the server processes it."""
    if not user.may("upload"):
        st.markdown(":small[Dùng tệp mẫu đã sửa: đăng nhập với vai trò chuyên viên.]")
        return None
    uploader_words(10)
    own = st.file_uploader("Dùng tệp mẫu đã sửa (không bắt buộc)", type=["docx"], key=key, max_upload_size=10)
    return own.getvalue() if own else None


def keep(kind: str, made: Made) -> bool:
    """Keep a file for this session; shows an error and returns False if the file is too large."""
    kept = made_files.keep(_place(kind), made)
    if not kept:
        st.error(f"Tệp lớn hơn {_LARGEST // MEGABYTE} MB nên không giữ để tải được.", icon=":material/error:")
    return kept


def offer_kept(kind: str, key: str, mime: str, user: User, right: str = "view", event: str = "", **facts: str) -> None:
    """The download button of the last made file of this kind, if it matches the current choice and is still cached."""
    place = _place(kind)
    made = made_files.find(place)
    if made and made.key == key:
        offer_file(
            f"Tải {made.name}",
            made.name,
            mime,
            lambda out: out.write(still_kept(place, key)),
            user,
            right,
            event,
            **facts,
        )


def still_kept(place: tuple[str, str], key: str) -> bytes:
    """The content of a made file. Raises Refused if it was evicted or replaced by a newer one."""
    made = made_files.find(place)
    if made is None or made.key != key:
        raise Refused(410, "Tệp này không còn được giữ. Làm lại rồi tải.")
    return made.content


def _place(kind: str) -> tuple[str, str]:
    """The cache key of a kind of file in this session; signing out clears the session and so loses the key."""
    return st.session_state.setdefault("made_files", secrets.token_hex(8)), kind


def mark(template: bytes | None) -> str:
    """A short hash that distinguishes files made from different templates."""
    return hashlib.sha256(template or b"").hexdigest()[:8]


def key_of(what: str, subject: Subject) -> str:
    """The identity of a made file: another snapshot, period or unit gives another key."""
    period = subject.period
    return "-".join([what, subject.snapshot.id, period.calendar, period.code, period.before or "0", subject.unit])
