"""The server: the dashboard's pages, the sign-in page, /healthz, and the middleware.

streamlit run server.py
"""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from access import Role, sessions, settings
from charts import base_figure
from ingest import Busy, worker
from ingest.store.build import BrokenIdentity
from ingest.store.fault import StoreFault
from queries.snapshot import NewerStore, NoSnapshot, OldStore, reader, store_directory
from serve import answers, api, compress, downloads, front, guard, logs, push

LOG = logging.getLogger("dashboard")
logs.configure()


@asynccontextmanager
async def start(app: st.App) -> AsyncIterator[dict]:
    """Before the first request: upgrade an old store, warn about anonymous rights, print a first-start code."""
    compress.send_at_once()
    await run_in_threadpool(_bring_up_to_date)
    _warn()
    _offer_first_code()
    await run_in_threadpool(_make_ready)
    async with api.running(push.runner):
        yield {}


def _bring_up_to_date() -> None:
    """Rebuild a store of an older program version; if this fails the server still starts, and each page says why."""
    store = store_directory()
    try:
        try:
            reader(store)
        except OldStore:
            print("Kho của phiên bản cũ: đang dựng lại…", flush=True)
            worker.upgrade(store)
    except Busy:
        print("Kho đang được một tiến trình khác dựng lại.", flush=True)
    except (NoSnapshot, NewerStore, BrokenIdentity, StoreFault, OSError) as fault:
        LOG.error("Không mở được kho số liệu: %s", fault)
    except Exception:
        LOG.exception("store not brought up to date")


def _make_ready() -> None:
    """Load Plotly by drawing a figure, so that the first reader need not wait.

    gc.freeze() then excludes the loaded objects, which stay for ever, from later garbage collections.
    """
    base_figure("").to_dict()
    gc.collect()
    gc.freeze()


def _warn() -> None:
    """Print a warning if anonymous users may do more than view."""
    anonymous = settings.load().anonymous
    if anonymous > Role.VIEWER:
        print(f"Chú ý: ai mở được trang, không cần đăng nhập, đều có quyền {anonymous.title.lower()}.", flush=True)


def _offer_first_code() -> None:
    """Print a one-time code while there is no other way to sign in."""
    store = store_directory()
    try:
        if settings.load().can_sign_in:
            sessions.revoke_code(store)
            return
        code = sessions.issue_code(store)
    except OSError as error:
        print(f"Không ghi được kho số liệu ({error.strerror}): chưa thể đăng nhập.", flush=True)
        return
    print(f"\nChưa có người dùng. Mã chuyên viên dùng một lần, nhập ở {guard.SIGN_IN}:  {code}", flush=True)
    print("Thêm người dùng: python -m access add-user TÊN --role analyst\n", flush=True)


app = st.App(
    "dashboard.py",
    # If the file is the project's own, Streamlit reads it too; another file must be passed here.
    secrets={"auth": auth} if (auth := settings.load().auth) else None,
    routes=[*guard.routes(), *downloads.routes(), *push.routes(), *answers.routes(), *api.nowhere()],
    middleware=[Middleware(guard.Guard), Middleware(compress.Packed), Middleware(front.Front)],
    lifespan=start,
)
