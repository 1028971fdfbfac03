"""The page “Báo cáo”: documents are made on request, with progress, and offered as downloads."""

from __future__ import annotations

import streamlit as st

from access import User
from actions.commitments import edition
from queries import store_directory
from reports import Subject, service_form, word
from reports.collection import form_file, jobs, report_file, slides_file
from ui.making import edited_template, key_of, mark, offer_made, offer_set
from ui.view import explain
from words.download import EXCEL, WORD
from words.escape import plain
from words.sentences import what_is_unknown

SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


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
    offer_made("Tải biểu Excel", lambda: form_file(subject), EXCEL, "form", subject, user)
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
    template = edited_template(user, "template")
    st.session_state["template_content"] = template
    fields = "\n".join(f"- `{name}`: {says}" for name, says in word.FIELDS.items())
    with st.expander("Các tên dùng được trong tệp mẫu"):
        st.markdown(fields)
    if not (template or subject.has_template):
        st.info("Tệp mẫu có sẵn viết cho huyện của bảng điều khiển: chọn tệp mẫu của nơi này để làm báo cáo Word.")
        return
    worded = f"report-{mark(template)}-{edition(store_directory())}"
    offer_made("Làm báo cáo Word", lambda: report_file(subject, template), WORD, worded, subject, user)


def show_slides(subject: Subject, codes: list[str], user: User) -> None:
    """The slides as a file."""
    slides = f"slides-{'-'.join(codes)}-{edition(store_directory())}"
    offer_made("Làm bộ trang chiếu", lambda: slides_file(subject, codes), SLIDES, slides, subject, user)


def show_set(subject: Subject, user: User) -> None:
    """All documents at once: progress bar, stop button, one zip file at the end."""
    template = st.session_state.get("template_content")
    todo = jobs(subject, template)
    name = f"{subject.stem('bo-bao-cao', subject.simulated)}.zip"
    offer_set(
        f"Làm cả bộ ({len(todo)} tệp)",
        "set",
        key_of(f"set-{mark(template)}-{edition(store_directory())}", subject),
        name,
        lambda: todo,
        user,
    )
