"""The page “Báo cáo”: documents are made on request, with progress, and offered as downloads."""

from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple

import streamlit as st

from access import User
from queries.kept import MEGABYTE, Kept
from reports import Subject, service_form, word
from reports.collection import Job, form_file, jobs, report_file, slides_file
from reports.package import together
from serve.downloads import Refused
from ui.download import offer_file
from ui.page import explain
from ui.parts import uploader_words
from words.download import EXCEL
from words.escape import plain
from words.sentences import what_is_unknown

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ZIP = "application/zip"
_ROOM = 128 * MEGABYTE  # bytes of made files, for all sessions together
_LARGEST = 48 * MEGABYTE


class Made(NamedTuple):
    """A made file: its key (see _key), name and bytes."""

    key: str
    name: str
    content: bytes


# Cache by session and kind of file: a session keeps its last file of each kind, unless the cache is full.
_made_files = Kept(lambda made: len(made.content), _ROOM, _LARGEST)


def show_form(subject: Subject, user: User) -> None:
    """Form II.06 of a unit: on the screen, and as a workbook."""
    try:
        rows = service_form.form(subject)
    except service_form.Unbalanced as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if rows.empty:
        explain("Đơn vị này không có hồ sơ nào trong kỳ.", st.session_state.get("kept_filters", {}))
        return
    words = service_form.heading(subject)
    simulated = ":violet-badge[MÔ PHỎNG] " if rows.attrs["simulated"] else ""
    st.markdown(f"{simulated}**{words['code']}** · {plain(words['period'])} · {words['measure']}")
    _offer("Tải biểu Excel", lambda: form_file(subject), EXCEL, "form", subject, user)
    st.markdown(f":orange-badge[Chưa xác nhận] :small[{service_form.UNCONFIRMED}]")
    for unknown in (subject.ask("freshness")["time_rule_text"].iloc[0], *what_is_unknown(subject)):
        st.markdown(f":small[{plain(unknown)}]")
    with st.container(key="service_form", height=420):
        st.html(service_form.as_html(rows))


def show_report(subject: Subject, user: User) -> None:
    """The Word report, its template, and the upload of an edited template."""
    st.download_button(
        "Tải tệp mẫu để sửa trong Word", word.TEMPLATE.read_bytes(), "mau-bao-cao.docx", WORD, on_click="ignore"
    )
    own = None
    if user.may("upload"):  # the server processes the template
        uploader_words(10)
        own = st.file_uploader(
            "Dùng tệp mẫu đã sửa (không bắt buộc)", type=["docx"], key="template", max_upload_size=10
        )
    else:
        st.markdown(":small[Dùng tệp mẫu đã sửa: đăng nhập với vai trò chuyên viên.]")
    template = own.getvalue() if own else None
    st.session_state["template_content"] = template
    fields = "\n".join(f"- `{name}`: {says}" for name, says in word.FIELDS.items())
    with st.expander("Các tên dùng được trong tệp mẫu"):
        st.markdown(fields)
    if not (template or subject.has_template):
        st.info("Tệp mẫu có sẵn viết cho huyện của bảng điều khiển: chọn tệp mẫu của nơi này để làm báo cáo Word.")
        return
    worded = f"report-{_mark(template)}"
    _offer("Làm báo cáo Word", lambda: report_file(subject, template), WORD, worded, subject, user)


def show_slides(subject: Subject, codes: list[str], user: User) -> None:
    """The slides as a file."""
    slides = f"slides-{'-'.join(codes)}"
    _offer("Làm bộ trang chiếu", lambda: slides_file(subject, codes), SLIDES, slides, subject, user)


def show_set(subject: Subject, user: User) -> None:
    """All documents at once: progress bar, stop button, one zip file at the end."""
    template = st.session_state.get("template_content")
    todo = jobs(subject, template)
    key = _key(f"set-{_mark(template)}", subject)
    if st.session_state.get("making") == key:
        st.button("Dừng", icon=":material/stop:", on_click=lambda: st.session_state.pop("making", None))
        try:
            files = _made(todo)
        finally:  # also when Streamlit ends the run or a file fails: otherwise the next run would start again
            st.session_state.pop("making", None)
        if files:
            name = subject.stem("bo-bao-cao", subject.simulated)
            if _keep("set", Made(key, f"{name}.zip", together(files))):
                st.rerun()
    elif st.button(f"Làm cả bộ ({len(todo)} tệp)", type="primary", icon=":material/inventory_2:"):
        st.session_state["making"] = key
        st.rerun()
    _download("set", key, ZIP, user)


def _made(todo: list[tuple[str, Job]]) -> dict[str, bytes]:
    """The files of a set by name; empty if one file fails, after showing the error."""
    files: dict[str, bytes] = {}
    bar = st.progress(0.0)
    for position, (what, make) in enumerate(todo):
        # Streamlit ends the run here when “Dừng” is pressed.
        bar.progress(position / len(todo), text=f"{plain(what)} ({position + 1}/{len(todo)})")
        try:
            name, content = make()
        except (service_form.Unbalanced, word.BadTemplate) as error:
            st.error(f"Không làm được bộ báo cáo. {plain(str(error))}", icon=":material/error:")
            return {}
        files[name] = content
    bar.progress(1.0, text="Xong")
    return files


def _offer(label: str, make: Job, mime: str, what: str, subject: Subject, user: User) -> None:
    """A button that makes a file, then its download button."""
    kind, key = what.partition("-")[0], _key(what, subject)
    if st.button(label, key=f"make_{kind}", icon=":material/description:"):
        try:
            with st.spinner("Đang làm tệp…"):
                _keep(kind, Made(key, *make()))
        except (service_form.Unbalanced, word.BadTemplate) as error:
            st.error(plain(str(error)), icon=":material/error:")
    _download(kind, key, mime, user)


def _keep(kind: str, made: Made) -> bool:
    """Keep a file for this session; shows an error and returns False if the file is too large."""
    kept = _made_files.keep(_place(kind), made)
    if not kept:
        st.error(f"Tệp lớn hơn {_LARGEST // MEGABYTE} MB nên không giữ để tải được.", icon=":material/error:")
    return kept


def _place(kind: str) -> tuple[str, str]:
    """The cache key of a kind of file in this session; signing out clears the session and so loses the key."""
    return st.session_state.setdefault("made_files", secrets.token_hex(8)), kind


def _download(kind: str, key: str, mime: str, user: User) -> None:
    """The download button of the last made file of this kind, if it matches the current choice and is still cached."""
    place = _place(kind)
    made = _made_files.find(place)
    if made and made.key == key:
        offer_file(f"Tải {made.name}", made.name, mime, lambda out: out.write(_still_kept(place, key)), user, "view")


def _still_kept(place: tuple[str, str], key: str) -> bytes:
    """The content of a made file. Raises Refused if it was evicted or replaced by a newer one."""
    made = _made_files.find(place)
    if made is None or made.key != key:
        raise Refused(410, "Tệp này không còn được giữ. Làm lại rồi tải.")
    return made.content


def _mark(template: bytes | None) -> str:
    """A short hash that distinguishes files made from different templates."""
    return hashlib.sha256(template or b"").hexdigest()[:8]


def _key(what: str, subject: Subject) -> str:
    """The identity of a made file: another snapshot, period or unit gives another key."""
    period = subject.period
    return "-".join([what, subject.snapshot.id, period.calendar, period.code, period.before or "0", subject.unit])
