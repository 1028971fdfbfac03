"""The user of a page: from the session cookie, from Streamlit's OIDC sign-in, or anonymous.

The user is determined again on every run. The browser holds only a token, so a sign-out, a removed user or a changed
role takes effect at the next click.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from access import RIGHTS, UNNAMED, Role, User, audit, choices, sessions, settings
from access.people import PROVIDER, claimed, user_of
from access.settings import BadSettings
from queries.snapshot import store_directory
from serve import guard
from words.escape import plain

LOG = logging.getLogger("dashboard")
_PROVIDER_COOKIE = "_streamlit_user"
_BUTTON = "display:inline-block;padding:0.5rem 0.9rem;border:1px solid;border-radius:6px;text-decoration:none;font-weight:500;color:#0B4F8C"


def current() -> User:
    """The user of this run; a user without rights if the secrets file cannot be read."""
    user = _found(*_asking())
    if user.means == PROVIDER and st.session_state.get("provided") != user.name:
        st.session_state["provided"] = user.name
        audit.record(store_directory(), "sign_in", user.name)
        _remember_role(user)
    return user


def _remember_role(user: User) -> None:
    """Keep what the provider says of a person who gets mail: it cannot be asked when mail is sent."""
    try:
        choices.saw(store_directory(), user.name, claimed(settings.load(), st.user.to_dict()))
    except (BadSettings, OSError):
        LOG.exception("role of a person who gets mail cannot be used")


def _asking() -> tuple[str | None, dict[str, Any]]:
    """The credentials of this connection: the session cookie's token, and the claims of an identity provider."""
    return st.context.cookies.get(sessions.COOKIE), st.user.to_dict()


def _found(token: str | None, claims: dict[str, Any]) -> User:
    """The user for these credentials, by the current settings."""
    try:
        return user_of(settings.load(), store_directory(), token, claims)
    except (BadSettings, OSError):
        LOG.exception("secrets file cannot be used")
        return User(UNNAMED, Role.NOBODY)


def permit_uploads(user: User) -> None:
    """Allow or forbid file uploads for this session; called on every page run, enforced by guard.Guard."""
    guard.uploads.permit(get_script_run_ctx().session_id, user.may("upload"))


def asked_again(user: User, right: str) -> Callable[[Mapping[str, str]], bool]:
    """A function that checks later, in another thread, whether the user still has a right.

    It takes the cookies of a request. They must equal the identity cookies of this page; the rights are judged by the
    settings and sessions at the time of the call.
    """
    asking, mine = _asking(), _of_identity(st.context.cookies)

    def may(cookies: Mapping[str, str]) -> bool:
        now = _found(*asking)
        return _of_identity(cookies) == mine and now.may(right) and now.name == user.name

    return may


def _of_identity(cookies: Mapping[str, str]) -> dict[str, str]:
    """The identity cookies: ours, and those in which Streamlit stores the provider's claims."""
    return {name: value for name, value in cookies.items() if name.startswith((sessions.COOKIE, _PROVIDER_COOKIE))}


def refuse(user: User, right: str) -> None:
    """Show which right the page needs, and offer to sign in."""
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
    """The sign-in methods: providers' buttons, and a link to the form of local users, which returns to `back`."""
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
        # st.link_button would open a new window.
        address = f"/sign-in?{urlencode({'next': back})}"
        st.html(
            f'<a href="{escape(address)}" target="_self" style="{_BUTTON}">Đăng nhập bằng tài khoản của bảng điều khiển này</a>'
        )
