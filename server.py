"""The server: the dashboard's pages, the sign-in page, /healthz, and what guards them.

streamlit run server.py
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware

import logs
from access import sessions, settings, web
from queries.snapshot import store_directory

logs.configure()


@asynccontextmanager
async def start(app: st.App) -> AsyncIterator[dict]:
    """Before the first request: on a dashboard without users, a code for the first analyst."""
    _offer_first_code()
    yield {}


def _offer_first_code() -> None:
    """Print a code that works once, as long as nobody has another way to sign in."""
    store = store_directory()
    try:
        if settings.load().can_sign_in:
            sessions.revoke_code(store)
            return
        code = sessions.issue_code(store)
    except OSError as error:
        print(f"Không ghi được kho số liệu ({error.strerror}): chưa thể đăng nhập.", flush=True)
        return
    print(f"\nChưa có người dùng. Mã chuyên viên dùng một lần, nhập ở {web.SIGN_IN}:  {code}", flush=True)
    print("Thêm người dùng: python -m access add-user TÊN --role analyst\n", flush=True)


app = st.App(
    "dashboard.py",
    # Streamlit reads the same file where it is the project's own; elsewhere only this hands it over.
    secrets={"auth": auth} if (auth := settings.load().auth) else None,
    routes=web.routes(),
    middleware=[Middleware(web.Guard)],
    lifespan=start,
)
