"""Who looks at a page: from the session cookie, from Streamlit's OIDC sign-in, or nobody in particular.

Asked anew on every run: the browser holds only a token, so a user who is signed out, removed or given another role
elsewhere is so here at the next click.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from access import RIGHTS, UNNAMED, Role, User, audit, sessions, settings
from access.people import PROVIDER, user_of
from access.settings import BadSettings
from queries.snapshot import store_directory
from serve import guard
from words.escape import plain

LOG = logging.getLogger("dashboard")
_PROVIDER_COOKIE = "_streamlit_user"
_BUTTON = "display:inline-block;padding:0.5rem 0.9rem;border:1px solid;border-radius:6px;text-decoration:none;font-weight:500;color:#0B4F8C"


def current() -> User:
    """Whoever asked for this run; with a secrets file that cannot be used, somebody without any right."""
    user = _found(*_asking())
    if user.means == PROVIDER and st.session_state.get("provided") != user.name:
        st.session_state["provided"] = user.name
        audit.record(store_directory(), "sign_in", user.name)
    return user


def _asking() -> tuple[str | None, dict[str, Any]]:
    """What this connection says of who it is: the token of its cookie, the claims of a provider."""
    return st.context.cookies.get(sessions.COOKIE), st.user.to_dict()


def _found(token: str | None, claims: dict[str, Any]) -> User:
    """The user, by the settings of now."""
    try:
        return user_of(settings.load(), store_directory(), token, claims)
    except (BadSettings, OSError):
        LOG.exception("secrets file cannot be used")
        return User(UNNAMED, Role.NOBODY)


def permit_uploads(user: User) -> None:
    """Let this session send files from now on, or no longer: asked of every page, known to guard.Guard."""
    guard.uploads.permit(get_script_run_ctx().session_id, user.may("upload"))


def asked_again(user: User, right: str) -> Callable[[Mapping[str, str]], bool]:
    """Whether this user still has a right, to be asked later and off the page's thread, with the cookies of a request.

    They must be those of this page; what they said of it is judged by the settings and sessions of then.
    """
    asking, mine = _asking(), _of_identity(st.context.cookies)

    def may(cookies: Mapping[str, str]) -> bool:
        now = _found(*asking)
        return _of_identity(cookies) == mine and now.may(right) and now.name == user.name

    return may


def _of_identity(cookies: Mapping[str, str]) -> dict[str, str]:
    """The cookies that say who somebody is: ours, and those in which Streamlit keeps what a provider said."""
    return {name: value for name, value in cookies.items() if name.startswith((sessions.COOKIE, _PROVIDER_COOKIE))}


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
