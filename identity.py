"""Who looks at a page: from the session cookie, from Streamlit's OIDC sign-in, or nobody in particular.

Asked anew on every run: the browser holds only a token, so a user who is signed out, removed or given another role
elsewhere is so here at the next click.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from html import escape
from urllib.parse import urlencode, urlsplit

import streamlit as st

from access import RIGHTS, UNNAMED, Role, User, accounts, audit, sessions, settings
from access.settings import BadSettings, Settings
from inert import plain
from queries.snapshot import store_directory

LOG = logging.getLogger("dashboard")
_BUTTON = (
    "display:inline-block;padding:0.5rem 0.9rem;border:1px solid;border-radius:6px;text-decoration:none;font-weight:500"
)


def current() -> User:
    """Whoever asked for this run; with a secrets file that cannot be used, somebody without any right."""
    try:
        known = settings.load()
    except (BadSettings, OSError):
        LOG.exception("secrets file cannot be used")
        return User(UNNAMED, Role.NOBODY)
    return _local(known) or _by_provider(known) or User(UNNAMED, known.anonymous)


def _local(known: Settings) -> User | None:
    """Whoever has a session of this server."""
    session = sessions.find(store_directory(), st.context.cookies.get(sessions.COOKIE))
    if session is None:
        return None
    if session.expired:
        return User(UNNAMED, known.anonymous, expired=True)
    if session.means == sessions.FIRST_CODE:
        # The code is for the time before there are users; its session ends with that.
        return None if known.can_sign_in else User(session.name, Role.ANALYST, session.means)
    role = accounts.role_of(known, session.name, session.mark)
    return User(session.name, max(role, known.anonymous), session.means) if role else None


def _by_provider(known: Settings) -> User | None:
    """Whoever a provider vouches for: the highest role of the claim's values and the list of e-mail addresses."""
    if not known.providers or not st.user.get("is_logged_in"):
        return None
    issued = st.user.get("iat")
    if not isinstance(issued, int | float) or time.time() >= issued + known.session_hours * 3600:
        return User(UNNAMED, known.anonymous, expired=True)
    mail = str(st.user.get("email") or "").lower()
    listed = known.people.get(mail) if st.user.get("email_verified") is not False else None
    claim = st.user.get(known.role_claim)
    values = claim if isinstance(claim, list) else [claim]
    roles = [known.claims[value] for value in values if isinstance(value, str) and value in known.claims]
    return User(mail or str(st.user.get("sub")), max([*roles, listed or Role.NOBODY, known.anonymous]), "provider")


def sign_out(user: User) -> None:
    """End the session everywhere it is shown."""
    audit.record(store_directory(), "sign_out", user.name)
    if user.means == "provider":
        st.logout()
        st.stop()  # to run again at once would drop the way to the provider's own sign-out
    sessions.end(store_directory(), st.context.cookies.get(sessions.COOKIE))
    st.rerun()


def exported(user: User, right: str, event: str, make: Callable[[], bytes], **facts: str | int) -> Callable[[], bytes]:
    """What a download button calls when it is pressed: the right is asked for again, and the log says who took what."""
    store, token = store_directory(), st.context.cookies.get(sessions.COOKIE)

    def made() -> bytes:
        # Off the page's thread, so only what was known then and the store can be asked: a session ended since gives nothing.
        session = sessions.find(store, token)
        ended = user.means in ("password", sessions.FIRST_CODE) and (session is None or session.expired)
        if ended or not user.may(right):
            return "Phiên đăng nhập đã hết hạn. Đăng nhập lại rồi tải.".encode()
        content = make()
        audit.record(store, event, user.name, **facts)
        return content

    return made


def refuse(user: User, right: str) -> None:
    """Say what a page needs, and offer to sign in."""
    if user.expired:
        st.warning("Phiên đăng nhập đã hết hạn. Đăng nhập lại để xem tiếp.", icon=":material/timer_off:")
    st.info(
        f"Trang này cần quyền {RIGHTS[right].says} (vai trò {RIGHTS[right].least.title.lower()} trở lên). "
        + (
            f"Bạn đang đăng nhập là {plain(user.name)}, vai trò {user.role.title.lower()}; hỏi người quản trị nếu cần thêm quyền."
            if user.is_signed_in
            else "Đăng nhập để xem."
        ),
        icon=":material/lock:",
    )
    if not user.is_signed_in:
        asked = urlsplit(st.context.url or "/account").path
        query = urlencode(st.query_params.to_dict())
        offer(f"{asked}?{query}" if query else asked)


def offer(back: str = "/account") -> None:
    """The ways to sign in: a provider's page, the form of local users, which leads on to the address `back`."""
    try:
        known = settings.load()
    except (BadSettings, OSError):
        st.error("Tệp cấu hình đăng nhập có lỗi; báo người quản trị xem nhật ký máy chủ.", icon=":material/error:")
        return
    for provider in known.providers:
        named = f" với {plain(provider)}" if provider else ""
        if st.button(f"Đăng nhập{named}", key=f"provider_{provider}", type="primary", icon=":material/login:"):
            st.login(provider or None)
    if known.users or not known.providers:
        # st.link_button would open another window.
        address = f"/sign-in?{urlencode({'next': back})}"
        st.html(
            f'<a href="{escape(address)}" target="_self" style="{_BUTTON}">Đăng nhập bằng tài khoản của bảng điều khiển này</a>'
        )


def rights_of(user: User) -> str:
    """Every right there is, and whether somebody has it, as a list in Markdown."""
    return "\n".join(
        f"- {':material/check:' if user.may(name) else ':material/lock:'} {right.says}"
        f" :small[({right.least.title.lower()} trở lên)]"
        for name, right in RIGHTS.items()
    )
