"""The page “Tài khoản”: the user's rights, the mail that the user wants, and signing out."""

from __future__ import annotations

import logging

import streamlit as st

from access import RIGHTS, User, audit, choices, people, sessions, settings
from access.choices import PASSWORD, WHEN, Choice
from access.people import PROVIDER
from access.settings import BadSettings, Mail
from ingest.store.fault import StoreFault
from notify import book
from queries.snapshot import store_directory
from ui.header import moment_here
from ui.view import View
from words.escape import plain

LOG = logging.getLogger("dashboard")


def sign_out(user: User) -> None:
    """End the user's session on every device and clear the state of this one."""
    audit.record(store_directory(), "sign_out", user.name)
    st.session_state.clear()
    if user.means == PROVIDER:
        sessions.sign_out(store_directory(), user.name)
        st.logout()
        st.stop()  # a rerun at once would lose the redirect to the provider's sign-out
    sessions.end(store_directory(), st.context.cookies.get(sessions.COOKIE))
    st.rerun()


def rights_of(user: User) -> str:
    """All rights as a Markdown list, each marked as granted or not."""
    return "\n".join(
        f"- {':material/check:' if user.may(name) else ':material/lock:'} {right.says}"
        f" :small[({right.least.title.lower()} trở lên)]"
        for name, right in RIGHTS.items()
    )


def mail_choice(view: View) -> None:
    """Whether, when and about which unit the user gets mail, and at which address."""
    st.subheader("Thư thông báo", anchor=False)
    try:
        mail = settings.mail()
    except (BadSettings, OSError):
        LOG.exception("section [mail] cannot be used")
        st.warning("Phần [mail] của tệp cấu hình có lỗi nên chưa gửi thư. Báo người quản trị.", icon=":material/mail:")
        return
    if mail is None:
        st.markdown("Máy chủ này chưa gửi thư: người quản trị chưa khai báo máy chủ thư.")
    elif view.user.means not in (PASSWORD, PROVIDER):
        st.markdown("Đăng nhập bằng tài khoản của mình để chọn nhận thư.")
    elif view.snapshot is None:
        st.markdown("Chưa có số liệu để gửi. Sau lần nạp đầu tiên, chọn nhận thư ở đây.")
    else:
        _choose(view, mail)


def _choose(view: View, mail: Mail) -> None:
    user, store = view.user, store_directory()
    known = choices.find(store, user.means, user.name)
    places = _places(view)
    before = (known.home, known.unit) if known else ("", "")
    st.markdown(
        "Điều gì đã đổi thật, gọi ai, việc gì đến hạn, đã hứa gì, ai chưa gửi số liệu; chỉ những gì vai trò của bạn được xem. "
        "“Khi có tín hiệu”: chỉ khi có bản số liệu mới mang một thay đổi xấu đi thật mà thư trước chưa nói."
    )
    with st.form("mail", border=True):
        when = st.segmented_control(
            "Nhận thư",
            list(WHEN),
            format_func=lambda code: WHEN.get(code, code),
            default=known.when if known else "none",
        )
        place = st.selectbox(
            "Về đơn vị",
            list(places),
            index=list(places).index(before) if before in places else 0,
            format_func=lambda code: places.get(code, ""),
        )
        usual = known.address if known else user.name if mail.takes(user.name) else ""
        address = st.text_input(
            "Địa chỉ thư", usual, help=f"Chỉ nhận địa chỉ ở: {', '.join(mail.domains)}.", max_chars=254
        )
        if st.form_submit_button("Lưu lựa chọn", type="primary", icon=":material/save:"):
            _save(view, mail, when if when in WHEN else "none", place if place in places else before, address.strip())
    _last(user)


def _places(view: View) -> dict[tuple[str, str], str]:
    """What mail can be about: a home as a whole, or a unit of the one shown; home and unit → name."""
    wholes = {(code, code): name for code, name in view.homes["full_name"].items()}
    home = view.home["home_code"]
    units = view.ask("units")
    return wholes | {(home, code): name for code, name in zip(units["unit_code"], units["label"], strict=True)}


def _save(view: View, mail: Mail, when: str, place: tuple[str, str], address: str) -> None:
    """Keep the choice, or say why not."""
    user, store = view.user, store_directory()
    if when != "none" and not mail.takes(address):
        st.error(
            f"Địa chỉ phải là một địa chỉ thư ở: {plain(', '.join(mail.domains))}. Sửa rồi lưu lại.",
            icon=":material/error:",
        )
        return
    said = people.claimed(settings.load(), st.user.to_dict()) if user.means == PROVIDER else None
    now = choices.moment()
    choice = Choice(
        user.means, user.name, when, address if when != "none" else "", *place, saved_at=now,
        seen_at=choices.utc(said.at) if said else now, claimed=said.values if said else (),
        verified=said.verified_mail if said else "",
    )  # fmt: skip
    try:
        choices.save(store, choice)
    except OSError:
        LOG.exception("choice of mail cannot be used")
        st.error("Máy chủ không ghi được lựa chọn (đĩa đầy hoặc chỉ đọc). Báo người quản trị.", icon=":material/error:")
        return
    audit.record(store, "choose_mail", user.name, unit=place[1], outcome=WHEN[when])
    st.success("Đã lưu." if when != "none" else "Đã lưu: không gửi thư nữa.", icon=":material/check_circle:")


def _last(user: User) -> None:
    """What became of the last mail to the user."""
    try:
        sent = [one for one in book.told(book.read(store_directory())) if one.person == f"{user.means}:{user.name}"]
    except StoreFault:
        return  # the administrator is told on the page of administration
    if sent:
        told = f"Thư gần nhất: {moment_here(sent[0].at)}, {book.OUTCOMES[sent[0].outcome].lower()}."
        refused = " Sửa địa chỉ rồi lưu lại." if sent[0].outcome == book.REFUSED else ""
        st.markdown(f":small[{plain(told + refused)}]")
