"""The page “Thư, đôn đốc”: what must be apologised for today, numbers and letters, letters to units, the book."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
import streamlit as st

import queries
from access import audit
from actions import RIGHT, Refused, letters
from actions.commitments import usual_deadline
from actions.letters import Letter, Wanted
from actions.recipients import Recipient, Unreadable, of_text, read
from ingest.reading.personal import without_people
from ingest.store.build import today
from ingest.store.fault import StoreFault
from queries.snapshot import pointed_id, store_directory
from reports import Subject, apology, reminder
from reports.collection import Job
from reports.template import BadTemplate, Form
from ui import identity
from ui.box import details, file_stem
from ui.download import offer_file
from ui.lists import dossier_filters
from ui.making import edited_template, key_of, mark, offer_made, offer_set
from ui.missing import gap, tell_none, tell_of_what
from ui.parts import uploader_words
from ui.tables import readable
from ui.view import View
from words import vietnamese
from words.columns import TITLES
from words.definitions import definition
from words.download import EXCEL, WORD, as_csv
from words.escape import plain
from words.sentences import APOLOGIES

_DAYS = ["1", "2", "3", "5", "7", "10", "15", "20"]
_SHOWN = [
    "apology_word",
    "dossier_code",
    "unit_name",
    "procedure_name",
    "due_on",
    "days_late",
    "chance",
    "cause_name",
    "new_due_on",
]
_BY_HAND = "by_hand"
_MANY = 12  # rows that a table shows without scrolling


# ------------------------------------------------------------------------------------- apologies


def apologies(view: View) -> None:
    """The dossiers that need an apology today; numbers are given, then the letters are printed."""
    dossier_filters(view)
    valid = [letter for letter in letters.letters(store_directory(), view.home["home_code"]) if _stands(letter)]
    given = {letter.wanted.dossier_code: letter for letter in valid}
    view.parameters |= {"letters": ",".join(given)}
    told = view.ask("apology_count")
    counted, unknown = told.iloc[0], gap(told, view)
    # Nothing among the known dossiers is not nothing.
    st.markdown(("Trong số hồ sơ đã biết: " if unknown else "") + plain(counted["sentence"]))
    tell_of_what(told, view)
    if not counted["is_newest"]:
        view.stop()
    stale = _stale(view)
    if stale:
        st.warning(stale, icon=":material/history:")
    issued_on, days, reason = _terms(view)
    kinds = view.choose_many("kinds", "Gồm", list(APOLOGIES), APOLOGIES.get, ["late", "likely"], len(APOLOGIES))
    rows = view.ask("apologies", issued_on=issued_on.isoformat(), days=days, apology_kind="")
    rows = rows[rows["apology_kind"].isin(kinds)]
    if rows.empty:
        tell_none(rows, view, "Không có hồ sơ nào như vậy.")
    else:
        act = st.container(horizontal=True, vertical_alignment="center")
        wanted = _chosen(view, rows, given)
        with act:  # above the table, which is often higher than the screen
            _issue(view, wanted, issued_on, reason, stale)
            st.markdown(":small[Chọn dòng trong bảng để chỉ cấp cho những hồ sơ ấy.]")
    for level, text in st.session_state.pop("letters_said", []):
        getattr(st, level)(text)
    fresh = st.session_state.get("letters_issued", [])
    _printed(view, "Phiếu vừa cấp", [letter for letter in valid if letter.key in fresh])
    details(rows, view, "phieu-xin-loi", definition("apology"))


def _stale(view: View) -> str:
    """What to know when the newest data are not of today; empty for the simulated district, which lives in the past."""
    newest, now = pd.Timestamp(view.home["as_of"]).date(), today()
    if queries.simulated() or now <= newest:
        return ""
    return (
        f"Số liệu đến {vietnamese.date(newest)}, cách hôm nay {vietnamese.number((now - newest).days)} ngày: hồ sơ đã xong hoặc mới đến hạn "
        "sau ngày ấy chưa thấy ở đây. Nạp tệp mới trước khi cấp số."
    )


def _terms(view: View) -> tuple[date, str, str]:
    """When the letters are dated, how many working days the new date is away, the reason where the file has none."""
    # The simulated district lives in the past; a real letter is dated today.
    newest, now = pd.Timestamp(view.home["as_of"]).date(), today()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        issued_on = st.date_input(
            "Ngày ban hành",
            newest if queries.simulated() else now,
            min_value=min(newest, now),
            max_value=max(now, newest),
            format="DD/MM/YYYY",
            width=150,
        )
        days = view.choose("days", "Hẹn lại sau (ngày làm việc)", _DAYS, default="5", width=200)
        # The reason stands on an official letter: what no file says is left to the writer unless somebody chooses it.
        causes = {_BY_HAND: "Để dòng chấm, viết tay"} | dict(view.ask("causes").itertuples(index=False))
        reason = view.choose("reason", "Lý do khi tệp chưa ghi nguyên nhân", list(causes), causes.get, width=320)
    return issued_on or newest, days, "" if reason == _BY_HAND else causes[reason]


def _chosen(view: View, rows: pd.DataFrame, given: dict[str, Letter]) -> pd.DataFrame:
    """The table of dossiers; returns the selected rows, or all of them if none is selected."""
    numbers = [given[code].symbol if code in given else "" for code in rows["dossier_code"]]
    shown = readable(rows[_SHOWN].assign(due_on=_days(rows["due_on"]), new_due_on=_days(rows["new_due_on"])))
    if any(numbers):
        shown.insert(1, "Phiếu", numbers)
    wide = {TITLES["procedure_name"]: st.column_config.TextColumn(width=260)}
    event = st.dataframe(
        shown,
        hide_index=True,
        width="stretch",
        height="content" if len(rows) <= _MANY else 440,
        column_config=wide,
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
        # Ticks belong to these rows only: other rows begin without any.
        key=f"apology_rows_{mark(','.join(rows['dossier_code']).encode())}",
    )
    selected = [at for at in event.selection.rows if at < len(rows)]
    return rows.iloc[selected] if selected else rows


def _days(days: pd.Series) -> pd.Series:
    return days.map(vietnamese.date)


def _issue(view: View, rows: pd.DataFrame, issued_on: date, reason: str, stale: str) -> None:
    """The button that gives the numbers, after one question."""
    said = f"Cấp số {len(rows)} phiếu"

    @st.dialog("Cấp số phiếu xin lỗi")
    def confirm() -> None:
        st.markdown(
            f"**{len(rows)} hồ sơ**, ngày {vietnamese.date(issued_on)}. Mỗi đơn vị một dãy số của năm, số đã cấp không dùng lại; "
            "mỗi hồ sơ chỉ một lần hẹn lại. Hồ sơ đã có phiếu, đã hẹn lại thì tự bỏ qua."
        )
        if stale:
            st.markdown(f":orange[{stale}]")
        first = st.number_input("Số nhỏ nhất (khi sổ giấy của năm đã có số)", 1, 99_999, 1, width=280)
        if st.button("Cấp số", type="primary", icon=":material/check:"):
            _give(view, rows, issued_on, reason, int(first))
            st.rerun()

    if st.button(said, type="primary", icon=":material/mail:"):
        confirm()


def _give(view: View, rows: pd.DataFrame, issued_on: date, reason: str, first: int) -> None:
    """Write the letters into the book; what came of it is said on the page.

    The question may have been on the screen for long, so the right is checked and the figures compared again.
    """
    store, home, user = store_directory(), view.home["home_code"], identity.current()
    if pointed_id(store) != view.snapshot.id:
        st.session_state["letters_said"] = [("warning", "Vừa có số liệu mới. Xem lại danh sách rồi cấp số.")]
        return
    refused = {row.dossier_code: _why_not(row) for row in rows.itertuples() if _why_not(row)}
    units = view.ask("units").set_index("unit_code")
    wanted = [_wanted(row, units, issued_on, reason) for row in rows.itertuples() if row.dossier_code not in refused]
    try:
        done = letters.issue(store, home, user, issued_on, wanted, bool(queries.simulated()), first)
    except (Refused, StoreFault) as error:
        st.session_state["letters_said"] = [("error", plain(str(error)))]
        return
    audit.record(store, "issue_letters", user.name, rows=len(done.letters), unit=view.parameters["unit"])
    st.session_state["letters_issued"] = [letter.key for letter in done.letters]
    st.session_state["letters_said"] = _said(len(done.letters), refused | done.refused)


def _why_not(row) -> str:
    """Why a dossier gets no letter; empty if it may get one."""
    if row.apology_kind == "again":
        return letters.AGAIN
    return "Không tính được ngày hẹn mới." if pd.isna(row.new_due_on) else ""


def _wanted(row, units: pd.DataFrame, issued_on: date, reason: str) -> Wanted:
    known = row.unit_code in units.index
    return Wanted(
        row.dossier_code,
        row.unit_code,
        row.unit_name,
        units["full_name"][row.unit_code] if known else row.unit_name,
        bool(known and units["is_member"][row.unit_code]),
        row.procedure_name,
        _iso(row.received_on),
        "" if row.is_statutory else _iso(row.due_on),  # a date that nobody promised is not told as one
        _iso(row.new_due_on),
        reason if pd.isna(row.cause_name) else row.cause_name,
        row.days_late > 0 or row.apology_kind == "late" or row.due_on.date() < issued_on,
    )


def _said(given: int, refused: dict[str, str]) -> list[tuple[str, str]]:
    """What came of it: how many letters, and the first dossiers that got none."""
    said = [("success", f"Đã cấp {given} phiếu. In ở dưới.")] if given else []
    told = [f"{plain(code)}: {plain(why)}" for code, why in list(refused.items())[:5]]
    more = f"  \n… và {len(refused) - 5} hồ sơ nữa" if len(refused) > 5 else ""
    if told:
        said.append(("warning", f"Không cấp cho {len(refused)} hồ sơ:  \n" + "  \n".join(told) + more))
    return said


def _iso(day) -> str:
    return "" if pd.isna(day) else f"{day:%Y-%m-%d}"


def _stands(letter: Letter) -> bool:
    """Whether a letter stands beside the figures that are shown."""
    return letters.stands(letter, bool(queries.simulated()))


# -------------------------------------------------------------------------------------- printing


def _printed(view: View, title: str, chosen: list[Letter]) -> None:
    """Letters as files."""
    chosen = apology.in_order(chosen)
    if not chosen:
        return
    subject = Subject.of(view.period)
    st.subheader(f"{title}: {len(chosen)}", anchor=False)
    template = _template(view, apology.TEMPLATE, apology.FIELDS, "phieu-xin-loi")
    recipients = _recipients(view)
    try:
        form = apology.form(subject, template)
        form.one(apology.values(chosen[0], subject))  # a name that the template has wrong is told now
    except BadTemplate as error:
        st.error(plain(str(error)), icon=":material/error:")
        return

    def filled(letter: Letter) -> dict:
        return apology.values(letter, subject, recipients.get(letter.wanted.dossier_code))

    stem = file_stem("phieu-xin-loi", any(letter.is_simulated for letter in chosen), view)
    with st.container(horizontal=True, vertical_alignment="top"):
        _offer_together(view, form, chosen, filled, stem)
        # With names, nothing is kept: each file is made while it is sent.
        if not recipients:
            _offer_each(view, form, chosen, filled, stem, template, subject)
    if recipients:
        found = sum(letter.wanted.dossier_code in recipients for letter in chosen)
        st.markdown(f":small[Có tên người nhận cho {found}/{len(chosen)} phiếu; tên chỉ nằm trong tệp tải về.]")


def _offer_together(view: View, form: Form, chosen: list[Letter], filled: Callable[[Letter], dict], stem: str) -> None:
    """One file of all letters, made when it is downloaded."""
    offer_file(
        f"Tải một tệp Word ({len(chosen)} phiếu)",
        f"{stem}.docx",
        WORD,
        lambda out: out.write(form.together(map(filled, chosen))),
        view.user,
        RIGHT,
        "export_letters",
        rows=len(chosen),
        in_memory=True,
    )


def _offer_each(
    view: View,
    form: Form,
    chosen: list[Letter],
    filled: Callable[[Letter], dict],
    stem: str,
    template: bytes | None,
    subject: Subject,
) -> None:
    """One file for each letter, in a zip, with progress and a stop button."""

    def job(letter: Letter) -> tuple[str, Job]:
        return letter.symbol, lambda: (apology.file_name(letter), form.one(filled(letter)))

    which = mark(f"{template}{[letter.key for letter in chosen]}".encode())
    key = key_of(f"letters-{which}", subject)
    label = f"Mỗi phiếu một tệp ({len(chosen)} tệp)"
    offer_set(
        label,
        "letters",
        key,
        f"{stem}.zip",
        lambda: [job(letter) for letter in chosen],
        view.user,
        right=RIGHT,
        event="export_letters",
    )


def _template(view: View, shipped, fields: dict[str, str], name: str) -> bytes | None:
    """The template to edit, and the edited one; only analysts may upload a file."""
    with st.expander("Tệp mẫu Word"):
        offer_file(
            "Tải tệp mẫu để sửa trong Word",
            f"mau-{name}.docx",
            WORD,
            lambda out: out.write(shipped.read_bytes()),
            view.user,
            RIGHT,
        )
        own = edited_template(view.user, f"template_{name}")
        st.markdown("\n".join(f"- `{field}`: {says}" for field, says in fields.items()))
    return own


def _recipients(view: View) -> dict[str, Recipient]:
    """Names and addresses for printing: in memory only."""
    with st.expander("Họ tên, địa chỉ người nhận (không bắt buộc)"):
        st.markdown(
            ":small[Không có thì tệp để dòng chấm. Chỉ dùng lúc in: không lưu, không ghi nhật ký. Dòng đầu: Mã hồ sơ, Họ tên, Địa chỉ.]"
        )
        text = st.text_area("Dán các ô từ Excel", key="recipients_text", max_chars=500_000, height=100)
        own = None
        if view.user.may("upload"):
            uploader_words(1)
            own = st.file_uploader("hoặc chọn tệp CSV", type=["csv", "txt"], key="recipients_file", max_upload_size=1)
        try:
            return read(own.getvalue()) if own else of_text(text) if text.strip() else {}
        except Unreadable as error:
            st.error(plain(str(error)), icon=":material/error:")
            return {}


# ------------------------------------------------------------------------------------- reminders


def reminders(view: View) -> None:
    """A letter to one unit or to who holds land dossiers, and the letters to all of them in one action."""
    subject = Subject.of(view.period)
    if not view.home["dossier_count"]:
        tell_none(view.ask("apology_count"), view, "Chưa có tệp hồ sơ nên chưa biết ai còn vướng gì.")
        view.stop()
    if pd.Timestamp(view.period.judged_on) < pd.Timestamp(view.home["as_of"]):
        st.markdown("Văn bản đôn đốc nói về hồ sơ của ngày số liệu mới nhất: chọn kỳ có ngày ấy.")
        view.stop()
    names = reminder.addressees(subject)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        code = view.choose("to", "Gửi", list(names), names.get, width=380)
        dated = st.date_input("Ngày văn bản", today(), format="DD/MM/YYYY", width=150) or today()
        reply_by = st.date_input("Hạn báo cáo", usual_deadline(dated), dated, format="DD/MM/YYYY", width=150) or dated
    letter = reminder.reminder(subject, code)
    _counted(view, letter)
    officers = view.user.may("officers")
    template = _template(view, reminder.TEMPLATE, reminder.FIELDS, "don-doc")
    said = mark(f"{template}{dated}{reply_by}".encode())

    def word(one: reminder.Reminder) -> tuple[str, bytes]:
        return f"{reminder.stem(one)}.docx", reminder.as_document(one, dated, reply_by, officers, template)

    def sheets(one: reminder.Reminder) -> tuple[str, bytes]:
        return f"{reminder.stem(one)}.xlsx", reminder.as_workbook(one, officers)

    logged = {"right": RIGHT, "event": "export_letters"}
    with st.container(horizontal=True, vertical_alignment="top"):
        offer_made(
            "Làm văn bản Word", lambda: word(letter), WORD, f"reminder-{code}-{said}", subject, view.user, **logged
        )
        offer_made(
            "Làm bảng Excel", lambda: sheets(letter), EXCEL, f"sheets-{code}-{said}", subject, view.user, **logged
        )

    def todo() -> list[tuple[str, Job]]:
        every = [reminder.reminder(subject, one) for one in names]
        due = [one for one in every if reminder.has_rows(one)]
        return [
            job
            for one in due
            for job in ((one.name, lambda one=one: word(one)), (f"{one.name} (Excel)", lambda one=one: sheets(one)))
        ]

    name = f"{file_stem('don-doc', subject.simulated, view)}.zip"
    offer_set(
        "Cả bộ: mọi đơn vị, mọi nơi đang giữ hồ sơ",
        "reminders",
        key_of(f"reminders-{said}", subject),
        name,
        todo,
        view.user,
        **logged,
    )


def _counted(view: View, letter: reminder.Reminder) -> None:
    """Each list of the letter with its count, linked to the list."""
    for subset, count in reminder.counts(letter).items():
        with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
            st.page_link(
                "pages/dossier_list.py",
                label=f"{letter.lists[subset]}: **{count}**",
                icon=":material/chevron_right:",
                icon_position="right",
                query_params=view.link(subset=subset, unit=letter.subject.unit),
            )


# ------------------------------------------------------------------------------------------ book


def book(view: View) -> None:
    """What was issued: print again, void, download; whether the one-stop system has recorded it."""
    known = letters.letters(store_directory(), view.home["home_code"])
    if not known:
        st.markdown(
            "Chưa cấp phiếu nào. Phiếu cấp ở mục **Phiếu xin lỗi, hẹn lại** được ghi vào đây, giữ nguyên qua mỗi lần nạp số liệu."
        )
        return
    rows = _register(view, known)
    event = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height="content" if len(rows) <= _MANY else 440,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"book_rows_{mark(f'{[(letter.key, letter.is_void) for letter in known]}'.encode())}",  # ticks belong to these rows
    )
    newest = known[::-1]
    selected = [newest[at] for at in event.selection.rows if at < len(newest)]
    simulated = any(letter.is_simulated for letter in known)
    if simulated:
        st.badge("MÔ PHỎNG", color="violet")
    offer_file(
        "Tải sổ phiếu",
        f"{file_stem('so-phieu', simulated, view)}.csv",
        "text/csv",
        lambda out: out.write(as_csv(rows, simulated)),
        view.user,
        RIGHT,
        "export_letters",
        rows=len(rows),
    )
    if selected:
        _void(view, selected)
        _printed(view, "In lại", list(filter(_stands, selected)))
    else:
        st.markdown(":small[Chọn dòng để in lại hoặc hủy phiếu.]")


def _register(view: View, known: list[Letter]) -> pd.DataFrame:
    """The book as a table, newest first."""
    codes = ",".join(letter.wanted.dossier_code for letter in known)
    told = view.ask("apology_told", codes=codes).set_index("dossier_code")["apology_on"].to_dict()

    def state(letter: Letter) -> str:
        if letter.is_void:
            return f"Đã hủy: {letter.void_reason}"
        recorded = told.get(letter.wanted.dossier_code)
        return "Chờ hệ thống ghi nhận" if pd.isna(recorded) else f"Hệ thống đã ghi {vietnamese.date(recorded)}"

    return pd.DataFrame(
        {
            "Số": letter.symbol,
            "Ngày": vietnamese.date(date.fromisoformat(letter.issued_on)),
            "Đơn vị": letter.wanted.unit_name,
            "Mã hồ sơ": letter.wanted.dossier_code,
            "Hẹn lại đến": vietnamese.date(date.fromisoformat(letter.wanted.new_due_on)),
            "Lý do": letter.wanted.reason,
            "Tình trạng": state(letter),
            "Người cấp": letter.who,
        }
        for letter in reversed(known)
    )


def _void(view: View, selected: list[Letter]) -> None:
    """Take back the selected letters, with a reason; their numbers stay used."""
    valid = [letter for letter in selected if not letter.is_void]
    if not valid:
        return
    with st.popover(f"Hủy {len(valid)} phiếu", icon=":material/block:"):
        reason = st.text_input("Lý do hủy", max_chars=200)
        if st.button("Hủy phiếu", disabled=not reason.strip()):
            store, home, user = store_directory(), view.home["home_code"], identity.current()
            try:
                for letter in valid:
                    letters.void(store, home, user, letter, without_people(reason))
            except (Refused, StoreFault) as error:
                st.error(plain(str(error)), icon=":material/error:")
                return
            audit.record(store, "void_letter", user.name, rows=len(valid))
            st.rerun()
