"""Parts of the page “Kết luận giao ban”: the form for a task, the tasks given, what can be done with each, their documents."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

import pandas as pd
import streamlit as st

import queries
from access import UNNAMED
from actions import RIGHT, Refused
from actions import commitments as book
from actions.commitments import FARTHEST, LONGEST, STATES, Commitment, Figure, Task
from ingest.store.fault import StoreFault
from queries.snapshot import store_directory
from reports import commitments as documents
from reports.commitments import Told
from ui.box import file_stem
from ui.download import offer_file
from ui.give import LIST, NONE
from ui.making import edited_template
from ui.status import variation_badge
from ui.view import View
from words import vietnamese
from words.download import EXCEL, WORD, as_csv, as_workbook
from words.escape import plain
from words.vietnamese import inside

_HOW = (
    "Mỗi việc giữ con số lúc giao; bên cạnh là con số của kỳ mới nhất cùng loại đã có đủ số liệu. Dấu tốt lên thật, xấu đi thật, dao "
    "động thường là của tháng mới nhất so mức thường. Quá hạn: đến hạn mà chưa báo kết quả, hoặc báo sau hạn mà chưa kết thúc."
)
_RUNNING, _ALL, _ANYONE = "running", "all", "all"
_PAGE = 20  # tasks at a time
_COLORS = {"late": "red", "open": "blue", "reported": "yellow", "done": "green", "withdrawn": "gray"}
_MARKS = {"late": "✗", "open": "•", "reported": "…", "done": "✓", "withdrawn": "–"}
# The button of each step, its icon, and what has to be written.
_STEPS = {
    "reported": ("Báo kết quả", ":material/rate_review:", "Đã làm gì, kết quả ra sao"),
    "done": ("Xong", ":material/check:", ""),
    "reopened": ("Làm tiếp", ":material/replay:", "Vì sao chưa kết thúc được"),
    "withdrawn": ("Rút", ":material/undo:", "Vì sao rút"),
}


def tell_saved() -> None:
    """Tell once what the last run has written."""
    if said := st.session_state.pop("commitment_saved", ""):
        st.toast(said, icon=":material/check_circle:")


# ----------------------------------------------------------------------------------------- giving a task


def give(view: View) -> None:
    """The form for a new task, if the address asks for it; otherwise the button that opens it."""
    if not view.user.may(RIGHT):
        return
    if not view.kept("give"):
        if st.button("Giao việc", type="primary", icon=":material/add_task:"):
            view.keep("give", "1")
        return
    with st.container(border=True, key="give"):
        st.subheader("Giao việc", anchor=False)
        units = view.ask("units").set_index("unit_code")
        home = view.home["home_code"]
        names = {home: view.home["home_full_name"]} | units["label"].to_dict()
        with st.container(horizontal=True, vertical_alignment="bottom"):
            unit = view.choose("to", "Giao cho đơn vị", list(names), names.get, width=320)
            figure, action = _figure(view, unit)
        _told_figure(figure)
        _form(view, unit, names, _post(unit, units, names), figure, action)


def _figure(view: View, unit: str) -> tuple[Figure | None, str]:
    """The figure chosen for the task as it is now, and what is usually to be done about it; None if there is none."""
    indicators = view.ask("indicators").set_index("indicator_code")["name"].to_dict()
    lists = view.ask("dossier_subsets", unit=unit, field="", channel="").set_index("subset_code")["title"]
    listed = {f"{LIST}{code}": f"Hồ sơ: {inside(title)}" for code, title in lists.items()}
    names = {NONE: "Không gắn con số nào"} | indicators | listed
    chosen = view.choose("figure", "Con số gắn với việc", list(names), names.get, width=420)
    if chosen == NONE:
        return None, ""
    asked = {"indicator": chosen, "subset": "", "field": "", "channel": ""}
    narrowed = {}
    if chosen in listed:
        narrowed = _narrowed(view)
        asked |= {
            "indicator": "",
            "subset": chosen.removeprefix(LIST),
            **{name: code for name, (code, _) in narrowed.items()},
        }
    rows = view.ask("commitment_figure", unit=unit, later="", **asked)
    if rows.empty:
        return None, ""
    row = {name: None if vietnamese.absent(value) else value for name, value in rows.iloc[0].items()}
    name = f"Hồ sơ {inside(row['name'])}" if chosen in listed else row["name"]
    figure = Figure(
        calendar=view.period.calendar,
        period=view.period.code,
        period_title=row["period_title"],
        name=", ".join([name, *(said for _, said in narrowed.values())]),
        short_name=row["short_name"],
        measure=row["measure"],
        direction=row["direction"],
        is_part=bool(row["is_part"]),
        month_title=row["month_title"],
        snapshot=view.snapshot.id,
        simulated=bool(rows.attrs["simulated"]),
        **{part: _number(row[part]) for part in ("value", "numerator", "denominator", "target")},
        **asked,
    )
    return figure, row["action"] or (f"giải quyết dứt điểm {inside(figure.name)}" if chosen in listed else "")


def _number(value: float | None) -> float | None:
    """A number that JSON can hold."""
    return None if value is None else float(value)


def _narrowed(view: View) -> dict[str, tuple[str, str]]:
    """Field and channel of the list in the address: code and words of each that is known."""
    fields = view.ask("fields").set_index("field_code")["name"].to_dict()
    channels = {"online": "nộp trực tuyến", "direct": "nộp trực tiếp", "postal": "nộp qua bưu chính"}
    known = {"field": {code: f"lĩnh vực {inside(name)}" for code, name in fields.items()}, "channel": channels}
    chosen = {name: view.kept(name) for name in known}
    return {name: (code, known[name][code]) for name, code in chosen.items() if code in known[name]}


def _told_figure(figure: Figure | None) -> None:
    """The figure that will be kept with the task."""
    if figure is None:
        st.markdown(":small[Không có con số nào được giữ cùng việc này.]")
        return
    mark = ":violet-badge[MÔ PHỎNG] " if figure.simulated else ""
    st.markdown(f"{mark}Con số lúc giao: {plain(figure.name)} **{plain(documents.counted_figure(vars(figure)))}**")


def _post(unit: str, units: pd.DataFrame, names: dict[str, str]) -> str:
    """The post that usually answers for a unit."""
    if unit not in units.index:
        return f"Chánh Văn phòng HĐND và UBND {inside(names[unit])}"
    name = inside(units.loc[unit, "full_name"])
    return f"Chủ tịch UBND {name}" if units.loc[unit, "is_member"] else f"Người đứng đầu {name}"


def _form(view: View, unit: str, names: dict[str, str], post: str, figure: Figure | None, action: str) -> None:
    """Who answers for it, what, and by when."""
    now, about = book.today(), f"{unit}_{view.choices['figure']}"
    with st.form("give_form", border=False, enter_to_submit=False):
        text = st.text_area(
            "Việc phải làm", action[:1].upper() + action[1:], max_chars=LONGEST["text"], height=90, key=f"text_{about}",
            placeholder="Làm gì, đến mức nào. Không ghi tên người, số điện thoại, số định danh.",
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom"):
            post = st.text_input(
                "Chức danh chịu trách nhiệm", post, max_chars=LONGEST["post"], width=420, key=f"post_{about}"
            )
            last = now + timedelta(days=FARTHEST)
            due = st.date_input("Hạn", book.usual_deadline(now), now, last, format="DD/MM/YYYY", width=160)
        with st.container(horizontal=True):
            sent = st.form_submit_button("Giao việc", type="primary", icon=":material/add_task:")
            closed = st.form_submit_button("Thôi", type="tertiary")
    if closed:
        view.keep("give", "")
    if sent:
        if due is None:
            st.error("Chưa chọn hạn.", icon=":material/error:")
            return
        task = Task(view.home["home_code"], unit, names[unit], post, text, due, figure)
        _give(view, task)


def _give(view: View, task: Task) -> None:
    """Write the task; a form that arrives twice gives it once, because its key is made when the form is first sent."""
    opened = st.session_state.setdefault("giving", secrets.token_hex(8))
    key = hashlib.sha256(f"{opened} {task}".encode()).hexdigest()[:24]
    try:
        given = book.give(store_directory(), view.user, task, key)
    except (Refused, StoreFault) as refused:
        st.error(plain(str(refused)), icon=":material/error:")
        return
    st.session_state.pop("giving", None)
    st.session_state["commitment_saved"] = (
        f"Đã giao việc {given.code} cho {plain(task.unit_name)}, hạn {vietnamese.date(task.due_on)}."
    )
    view.keep("give", "")


# ----------------------------------------------------------------------------------------- the tasks given


def chosen_tasks(view: View) -> list[Commitment]:
    """The tasks of the home that the filters for unit and state choose; ends the page if there are none at all."""
    try:
        every = book.listed(store_directory(), view.home["home_code"])
    except StoreFault as fault:
        st.error(plain(fault.message), icon=":material/error:")
        view.stop()
    if not every:
        st.info(
            "Chưa giao việc nào. Ở Tổng quan, trang của xã, biểu đồ hoặc danh sách, bấm **Giao việc** cạnh chỗ cần xử lý: con số lúc ấy "
            "được giữ lại, lần giao ban sau mở đầu bằng việc này.",
            icon=":material/add_task:",
        )
        view.stop()
    now = book.today()
    names = {_ANYONE: "Mọi đơn vị"} | {one.task.unit: one.task.unit_name for one in every}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        unit = view.choose("unit", "Đơn vị", list(names), names.get, width=220)
        mine = [one for one in every if unit in (_ANYONE, one.task.unit)]
        by_state = {_RUNNING: book.running(mine)} | {
            state: [one for one in mine if one.state(now) == state] for state in STATES
        }
        by_state[_ALL] = mine
        words = {_RUNNING: "Chưa xong"} | STATES | {"reported": "Đã báo", _ALL: "Tất cả"}
        state = view.choose(
            "state", "Trạng thái", list(by_state), lambda code: f"{words[code]} ({len(by_state[code])})" if code in words else code,
            widget=st.segmented_control,
        )  # fmt: skip
    view.said += [f"**{words[state].lower()}**", *([plain(names[unit])] if unit != _ANYONE else [])]
    return by_state[state]


def cards(tasks: list[Commitment], view: View) -> None:
    """The tasks, some at a time, each with its figures and what can be done with it."""
    if not tasks:
        st.markdown("Không có việc nào như vậy.")
        return
    numbers = [str(number) for number in range(1, (len(tasks) - 1) // _PAGE + 2)]
    page = int(view.choose("page", "Trang", numbers, width=100)) if len(numbers) > 1 else 1
    shown = tasks[(page - 1) * _PAGE : page * _PAGE]
    for one in documents.told(shown, view.ask, book.today()):
        _card(one, view)


def _card(one: Told, view: View) -> None:
    """A task: what, who, by when, the figure of that time and of now, and the steps that may be taken."""
    task = one.commitment.task
    with st.container(border=True, key=f"task_{one.commitment.code}"):
        state = f":{_COLORS[one.state]}-badge[{_MARKS[one.state]} {one.state_word}]"
        st.markdown(
            f"{state} **{plain(task.unit_name)}** · {plain(one.deadline)} :small[· {plain(one.commitment.code)}]"
        )
        st.markdown(f"**{plain(task.text)}**")
        if task.figure:
            _figures(one)
        who = one.commitment.given_by
        by = f", người giao: {plain(who)}" if view.user.may(RIGHT) and who != UNNAMED else ""
        st.markdown(
            f":small[{plain(task.post)} chịu trách nhiệm; giao ngày {vietnamese.date(one.commitment.given_on)}{by}]"
        )
        if one.commitment.outcome:
            st.markdown(f"Kết quả: {plain(one.commitment.outcome)}")
        if one.commitment.reason:
            word = "Lý do rút" if one.state == "withdrawn" else "Làm tiếp vì"
            st.markdown(f":small[{word}: {plain(one.commitment.reason)}]")
        if view.user.may(RIGHT) and one.commitment.steps:
            with st.container(horizontal=True, gap="small"):
                for name in one.commitment.steps:
                    _offer_step(one.commitment, name, view)


def _figures(one: Told) -> None:
    """Both figures in one line, with the mark of the newest month or why there is none."""
    mark = ":violet-badge[MÔ PHỎNG] " if one.simulated else ""
    now = f" → hiện nay **{plain(one.now)}**" if one.both != one.before else ""
    end = f" {variation_badge(one.variation, plain(one.variation_word))}" if one.variation else ""
    note = f" :small[{plain(one.note)}]" if one.note else ""
    st.markdown(f"{mark}{plain(one.figure_name)}: khi giao **{plain(one.before)}**{now}{end}{note}")


def _offer_step(one: Commitment, name: str, view: View) -> None:
    """A button for a step; one that needs words opens a box for them."""
    label, icon, asks = _STEPS[name]
    key = f"{name}_{one.code}_{len(one.keys)}"
    if not asks:
        if st.button(label, icon=icon, key=key):
            _take(one, name, "", view)
        return
    box = st.popover(label, icon=icon, on_change="rerun", key=f"box_{key}")
    with box:
        if box.open:
            with st.form(f"form_{key}", border=False, enter_to_submit=False):
                said = st.text_area(asks, max_chars=LONGEST["outcome"], height=110, key=f"said_{key}")
                if st.form_submit_button(label, type="primary"):
                    _take(one, name, said, view)


def _take(one: Commitment, name: str, said: str, view: View) -> None:
    """Write a step; pressed twice it is taken once, because its key counts the steps so far."""
    session = st.session_state.setdefault("acting", secrets.token_hex(8))
    try:
        now = book.step(
            store_directory(),
            view.user,
            one.code,
            name,
            f"{session}-{one.code}-{name}-{len(one.keys)}",
            said,
            seen=len(one.keys),
        )
    except (Refused, StoreFault) as refused:
        st.error(plain(str(refused)), icon=":material/error:")
        return
    st.session_state["commitment_saved"] = f"{now.code}: {STATES[now.state(book.today())].lower()}."
    st.rerun()


# ----------------------------------------------------------------------------------------- documents


def offer_documents(tasks: list[Commitment], view: View) -> None:
    """The chosen tasks as a notice in Word, as CSV and as Excel."""
    if not tasks:
        return
    template = st.session_state.get("notice_template")
    figures = [one.task.figure for one in tasks if one.task.figure]
    simulated = any(one.simulated for one in figures) or bool(figures and queries.simulated())
    stem = file_stem("viec", simulated, view)

    def rows() -> list[Told]:
        return documents.told(tasks, view.ask, book.today())

    def notice() -> bytes:
        return documents.notice_file(rows(), view.home["home_full_name"], view.home["as_of"], view.snapshot, template)

    def table() -> tuple[pd.DataFrame, bool]:
        made = rows()
        return documents.as_table(made), any(one.simulated for one in made)

    write = {
        ("Thông báo kết luận (Word)", "docx", WORD): notice,
        ("Tải CSV", "csv", "text/csv"): lambda: as_csv(*table()),
        ("Tải Excel", "xlsx", EXCEL): lambda: as_workbook(*table(), _HOW),
    }
    if not (template or view.home["has_template"]):
        write.pop(("Thông báo kết luận (Word)", "docx", WORD))
    with st.container(horizontal=True):
        for (label, kind, mime), make in write.items():
            offer_file(label, f"{stem}.{kind}", mime, lambda out, make=make: out.write(make()), view.user, "view")
    _own_template(view)


def _own_template(view: View) -> None:
    """The template of the notice, and the upload of an edited one for those who may upload."""
    with st.expander("Tệp mẫu của thông báo"):
        offer_file(
            "Tải tệp mẫu để sửa trong Word",
            documents.TEMPLATE.name,
            WORD,
            lambda out: out.write(documents.TEMPLATE.read_bytes()),
            view.user,
            "view",
        )
        st.markdown("\n".join(f"- `{name}`: {says}" for name, says in documents.FIELDS.items()))
        if view.user.may("upload"):  # the server processes the template
            own = edited_template(view.user, "notice_file")
            before, st.session_state["notice_template"] = (
                st.session_state.get("notice_template"),
                own,
            )
            if before != st.session_state["notice_template"]:
                st.rerun()
    st.markdown(f":small[{_HOW}]")
