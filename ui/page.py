"""The frame of every page: its row above, the menu, messages about errors and new data.

A page begins with ``with open_page("…") as view:``; the view holds the reader's choices (ui/view.py).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pandas as pd
import streamlit as st

import queries
from access import User
from ingest import Busy, worker
from ingest.store.build import BrokenIdentity
from ingest.store.fault import StoreFault, explained
from ingest.template import TITLES
from ui import address, identity
from ui.download import begin_offers
from ui.header import STYLE, bare, choose_home, choose_period, header, tell_of_no_period
from ui.menu import GROUPS, MENU, NO_HOME, RIGHTS_OF, name_shown
from ui.needs import columns_of
from ui.view import Enough, View, explain
from words.escape import plain
from words.uploads import not_uploaded

LOG = logging.getLogger("dashboard")
# Our own image: a Material icon for the browser tab would be fetched from the internet.
ICON = str(queries.ROOT / "static" / "icon.png")
SIDEBAR = 230  # pixels
PRODUCT = "Bảng điều khiển cải cách hành chính và chuyển đổi số"


@contextmanager
def open_page(
    title: str, periods: bool = True, needs_data: bool = True, newest: bool = False, homes: bool = True
) -> Iterator[View]:
    """Open a page: the body is shown in the frame; an exception is logged and shown as one sentence.

    Without the right that MENU requires, the body does not run and the user is told. On an empty store, a page with
    `needs_data` False gets a view whose snapshot is None. `newest`: the option “newest period” is offered besides fixed
    periods. `homes`: the home can be chosen if there are several.
    """
    st.set_page_config(
        page_title=f"{title} · {PRODUCT}",
        page_icon=ICON,
        layout="wide",
        initial_sidebar_state=SIDEBAR,
    )
    user = identity.current()
    identity.permit_uploads(user)
    begin_offers()
    right = RIGHTS_OF[title]
    if right and not user.may(right):
        _menu(title, {}, user)
        bare(title)
        identity.refuse(user, right)
        st.stop()
    snapshot = _pinned_or_told(title, needs_data, user)
    try:
        view = _view(title, snapshot, user, address.adopt(title))
        shown = name_shown(title, view.home)
        if shown != title:
            st.set_page_config(page_title=f"{shown} · {PRODUCT}")
        with header(view, shown) as row:
            if homes:
                choose_home(view)
            has_period = not periods or choose_period(view, newest)
        if snapshot:
            _tell_of_new_data(snapshot)
        _menu(title, view.link(), user, view.home)  # drawn first: the reader can then leave a page that fails
        if not has_period:
            tell_of_no_period(view)
            address.keep(title, address.asked() | view.choices)
            st.stop()
        view.parameters |= {"columns": _columns_of(title)} if view.period else {}
        row.tell_of_data(view)
        view.read_from.clear()  # what follows is the page's own
        try:
            yield view
            address.keep(title, view.choices)
        except Enough:  # filters further down were not drawn
            address.keep(title, address.asked() | view.choices)
        row.tell_of_choices(view, not_uploaded(absent_tables(view.read_from, snapshot)) if snapshot else "")
    except queries.TooLong:
        st.warning(
            f"Câu hỏi này cần hơn {queries.LONGEST} giây nên đã dừng, để người khác không phải chờ. Chọn kỳ ngắn hơn, "
            "một đơn vị hoặc một lĩnh vực rồi xem lại.",
            icon=":material/hourglass_disabled:",
        )
    except Exception:
        _tell_bug(title)


def _tell_bug(title: str) -> None:
    """Log the current exception under a random code and show the code to the reader."""
    name = secrets.token_hex(4)
    LOG.exception("page %s failed, error %s", title, name)
    st.error(
        f"Trang này gặp lỗi (mã {name}). Tải lại trang; nếu vẫn lỗi, gửi mã này cho người quản trị.",
        icon=":material/error:",
    )


def _pinned_or_told(title: str, needs_data: bool, user: User) -> queries.Snapshot | None:
    """The snapshot of this run; None if the store is empty and no data are needed; otherwise shows why and stops."""
    try:
        return _pinned()
    except Exception as failure:
        empty = isinstance(failure, queries.NoSnapshot) and not isinstance(failure, queries.NothingWhole)
        if empty and not needs_data:
            return None
        _menu(title, {}, user)
        bare(title)
        if empty:
            st.info("Chưa có số liệu. Mở trang “Nạp số liệu” để nạp tệp đầu tiên.", icon=":material/database_off:")
            if user.may("view"):
                explain("Mỗi trang cần tệp nào.", {})
        elif words := _fault_words(failure):
            st.error(words, icon=":material/hard_drive:")
        else:
            _tell_bug(title)
        st.stop()


def _view(title: str, snapshot: queries.Snapshot | None, user: User, asked: dict[str, str] | None) -> View:
    """The view of the page, for the home in the URL or the home of the settings."""
    if snapshot is None:
        return View(title, None, pd.Series(NO_HOME), user, asked=asked)
    homes = queries.load("homes").set_index("home_code")
    chosen = st.session_state.get(address.key("home"), (asked or {}).get("home"))
    if chosen in homes.index:
        queries.look_from(homes.loc[chosen, "schema_name"])
    home = queries.load("freshness").iloc[0]
    return View(title, snapshot, home, user, queries.standpoint(), homes, asked=asked)


def _pinned() -> queries.Snapshot:
    """The newest snapshot for this run; a store of an older program version is rebuilt first."""
    try:
        return queries.pin()
    except queries.OldStore:
        with st.spinner("Chương trình vừa được cập nhật: đang dựng lại số liệu từ kho lưu…"):
            worker.upgrade(queries.store_directory())
        return queries.pin()


def _fault_words(failure: Exception) -> str:
    """What is wrong with the store and what to do; empty for an unknown error."""
    if isinstance(failure, queries.NothingWhole):
        return (
            "Không bản số liệu nào mở được; các tệp đã nạp vẫn ở trong kho lưu. Báo người quản trị chạy: "
            "python -m ingest rebuild"
        )
    if isinstance(failure, Busy):
        return "Số liệu đang được dựng lại. Tải lại trang sau ít phút."
    if isinstance(failure, queries.NewerStore):
        return str(failure)
    if isinstance(failure, BrokenIdentity):
        failure = StoreFault("identity_broken", detail=str(failure).rstrip("."))
    fault = failure if isinstance(failure, StoreFault) else explained(failure)
    return plain(fault.message) if fault else ""


def _columns_of(title: str) -> str:
    """The columns of dossiers that the page with this title needs; others are not spoken of on it."""
    return columns_of(next((Path(page).name for page, name, *_ in MENU if name == title), ""))


def tables_with_rows(snapshot: queries.Snapshot | None) -> set[str]:
    """The uploaded tables of which some row counts."""
    return {upload["table"] for upload in snapshot.uploads if upload["rows_in_force"]} if snapshot else set()


def absent_tables(tables: set[str], snapshot: queries.Snapshot | None) -> list[str]:
    """The titles of those of these tables of which no row counts."""
    return [title for name, title in TITLES.items() if name in tables - tables_with_rows(snapshot)]


def _tell_of_new_data(snapshot: queries.Snapshot) -> None:
    """Tell a reader once that a new snapshot has replaced the one shown before."""
    before = st.session_state.get("snapshot_shown")
    st.session_state["snapshot_shown"] = snapshot.id
    if before not in (None, snapshot.id):
        text = f"Có số liệu mới: bản {snapshot.id} thay bản {before}. Trang này đã dùng bản mới."
        st.toast(text, icon=":material/new_releases:", duration="long")


def _menu(title: str, link: dict[str, str], user: User, home: pd.Series | None = None) -> None:
    """The pages that the user may open, the one with this title marked; their links keep home and period; the user."""
    home = pd.Series(NO_HOME) if home is None else home
    with st.sidebar, st.container(key="menu", gap=None):
        st.html(STYLE, unsafe_allow_javascript=True)  # here, because every page has a menu
        st.markdown(f"**{plain(home['home_name']) or 'CCHC · CĐS'}**")
        group = ""
        for page, name, icon, right in MENU:
            group = GROUPS.get(name, group)
            if not right or user.may(right):
                if group:
                    st.markdown(f":small[{group}]")
                    group = ""
                shown = name_shown(name, home, in_menu=True)
                with st.container(key="menu_here") if name == title else nullcontext():
                    st.page_link(page, label=shown, icon=icon, query_params=link, width="stretch")
        if user.is_signed_in:
            st.markdown(f":small[{plain(user.name)} · {user.role.title.lower()}]")
