"""The page “Tài khoản”: the user's rights, and signing out."""

from __future__ import annotations

import streamlit as st

from access import RIGHTS, User, audit, sessions
from access.people import PROVIDER
from queries.snapshot import store_directory


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
