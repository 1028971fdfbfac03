"""What the page “Tài khoản” does: the rights of whoever looks, and the end of a session."""

from __future__ import annotations

import streamlit as st

from access import RIGHTS, User, audit, sessions
from access.people import PROVIDER
from queries.snapshot import store_directory


def sign_out(user: User) -> None:
    """End the session everywhere it is shown, and forget what this one holds."""
    audit.record(store_directory(), "sign_out", user.name)
    st.session_state.clear()
    if user.means == PROVIDER:
        sessions.sign_out(store_directory(), user.name)
        st.logout()
        st.stop()  # to run again at once would drop the way to the provider's own sign-out
    sessions.end(store_directory(), st.context.cookies.get(sessions.COOKIE))
    st.rerun()


def rights_of(user: User) -> str:
    """Every right there is, and whether somebody has it, as a list in Markdown."""
    return "\n".join(
        f"- {':material/check:' if user.may(name) else ':material/lock:'} {right.says}"
        f" :small[({right.least.title.lower()} trở lên)]"
        for name, right in RIGHTS.items()
    )
