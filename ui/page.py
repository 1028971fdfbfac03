"""The frame of every page: title, menu, filters, data date, simulated-data mark, error messages.

A page begins with ``with open_page("…") as view:``. The view holds the reader's choices. Every choice, also a default,
is in the URL, so that a shared link shows the same page later; the choices are written under the title.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import queries
from access import User
from ingest import Busy, worker
from ingest.store.build import BrokenIdentity
from ingest.store.fault import StoreFault, explained
from ingest.template import TITLES
from queries.kept import MEGABYTE, Kept, frame_size
from ui import address, identity
from ui.download import begin_offers
from ui.header import STYLE, choose_home, choose_period, header, tell_of_no_period
from ui.needs import columns_of
from words.columns import written
from words.escape import plain
from words.period import Period
from words.uploads import not_uploaded

LOG = logging.getLogger("dashboard")
# Our own image: a Material icon for the browser tab would be fetched from the internet.
ICON = str(queries.ROOT / "static" / "icon.png")
SIDEBAR = 230  # pixels
_ROOM = 32 * MEGABYTE  # bytes of formatted answers, for all readers together
_MENU_ROOM = 15  # characters of the word for a home's members in the menu
PRODUCT = "Bảng điều khiển cải cách hành chính và chuyển đổi số"
# Page file, name in the menu, icon, required right ("": none).
MENU = (
    ("dashboard.py", "Tổng quan", ":material/dashboard:", "view"),
    ("pages/communes.py", "Các xã, thị trấn", ":material/grid_view:", "view"),
    ("pages/commune.py", "Từng xã, thị trấn", ":material/location_on:", "view"),
    ("pages/dossiers.py", "Hồ sơ", ":material/folder_open:", "view"),
    ("pages/overdue.py", "Trễ hạn", ":material/alarm:", "view"),
    ("pages/land.py", "Đất đai 3 cấp", ":material/landscape:", "view"),
    ("pages/discipline.py", "Kỷ cương", ":material/gavel:", "view"),
    ("pages/letters.py", "Thư, đôn đốc", ":material/mail:", "act"),
    ("pages/online.py", "Trực tuyến", ":material/language:", "view"),
    ("pages/dossier_list.py", "Danh sách hồ sơ", ":material/list:", "dossiers"),
    ("pages/digital.py", "Chuyển đổi số", ":material/hub:", "view"),
    ("pages/reform.py", "Cải cách hành chính", ":material/account_balance:", "view"),
    ("pages/service_index.py", "Chỉ số 766", ":material/speed:", "view"),
    ("pages/ranking.py", "Xếp hạng 10 huyện", ":material/leaderboard:", "view"),
    ("pages/compare.py", "So sánh xã", ":material/compare_arrows:", "view"),
    ("pages/whatif.py", "Nếu – thì", ":material/tune:", "view"),
    ("pages/commitments.py", "Kết luận giao ban", ":material/checklist:", "view"),
    ("pages/present.py", "Trình chiếu", ":material/slideshow:", "view"),
    ("pages/documents.py", "Báo cáo", ":material/description:", "view"),
    ("pages/data_health.py", "Tình hình số liệu", ":material/fact_check:", "view"),
    ("pages/upload.py", "Nạp số liệu", ":material/upload_file:", "upload"),
    ("pages/administration.py", "Quản trị", ":material/admin_panel_settings:", "administer"),
    ("pages/account.py", "Tài khoản", ":material/account_circle:", ""),
)
# The groups of the menu, each by the first of its pages; a reader may be allowed only the later ones.
GROUPS = {
    "Tổng quan": "Xem chung",
    "Hồ sơ": "Hồ sơ",
    "Chuyển đổi số": "Chỉ số",
    "Kết luận giao ban": "Họp và báo cáo",
    "Tình hình số liệu": "Số liệu",
}
_FILES = {name: page for page, name, _, _ in MENU}
_RIGHTS = {name: right for _, name, _, right in MENU}
# Page names when the home's members are not communes.
_NAMES = {
    "Các xã, thị trấn": "Các {members_word}",
    "Từng xã, thị trấn": "Từng {members_word}",
    "So sánh xã": "So sánh {member_word}",
}
_NO_HOME = {"home_name": "", "home_full_name": "Chưa có số liệu", "member_word": "xã", "members_word": "xã, thị trấn"}
HEALTH = "Tình hình số liệu"  # the page that says what was sent and what is missing
LONGEST_TEXT = 200  # characters of a text filter
# Filters that every link to another page keeps.
_KEPT = ("home", "calendar", "kind", "period", "compare")


@dataclass
class View:
    """The reader's choices: query parameters, their description in words, and the snapshot that is queried."""

    page: str
    snapshot: queries.Snapshot | None
    home: pd.Series
    user: User
    place: queries.Standpoint | None = None
    homes: pd.DataFrame = field(default_factory=pd.DataFrame)
    parameters: dict[str, Any] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    asked: dict[str, str] | None = None
    said: list[str] = field(default_factory=list)
    period: Period | None = None
    read_from: set[str] = field(default_factory=set)

    @property
    def period_title(self) -> str:
        """The chosen period's title, for chart titles."""
        return self.period.title

    @property
    def before_words(self) -> str:
        """The comparison period's name inside a sentence."""
        return self.period.before_words

    @property
    def whole(self) -> str:
        """The home as an option in the list of units: “Toàn huyện”."""
        return f"Toàn {self.home['level_word']}"

    @property
    def member(self) -> str:
        """The word for one member of the home, inside a sentence: “xã”."""
        return self.home["member_word"]

    @property
    def members(self) -> str:
        """The word for the home's members: “xã, thị trấn”."""
        return self.home["members_word"]

    def ask(self, name: str, **more) -> pd.DataFrame:
        """The answer of queries/<name>.sql for the reader's choices, with formatted text beside the numbers."""
        # A download runs in another thread, perhaps after the next snapshot is published, so set the snapshot here.
        self.read_from |= queries.question(name).made_of
        with queries.seen_from(self.place):
            asked = queries.bound(name, {**self.parameters, **more})
            read = self.place.reader.snapshot
            return _written(read.path, read.manifest["built_at"], self.place.schema, name, asked).copy(deep=False)

    def filters(self) -> DeltaGenerator:
        """The row of the page's own filters: on a narrow screen it is scrolled sideways."""
        return st.container(horizontal=True, vertical_alignment="center", key="page_filters")

    def choose(
        self,
        name: str,
        label: str,
        options: Sequence[str],
        says: Callable[[str], str] = str,
        default: str | None = None,
        widget: Callable = st.selectbox,
        **more,
    ) -> str:
        """A filter of the page, stored in the URL under `name`; an unknown value falls back to the default."""
        options = list(options)
        if not options:
            self.explain(f"Chưa có số liệu để chọn “{label}”.")
            self.stop()
        first = self.standing(name, options, default)
        if widget is st.segmented_control:
            more |= {"default": first, "required": True}
        else:
            more |= {"index": options.index(first)}
        self._begin(name, first)
        chosen = widget(label, options, format_func=_sayable(says), key=address.key(name), **more)
        # A browser may send any value, and a widget without a set value returns None.
        self.choices[name] = chosen if chosen in options else first
        return self.choices[name]

    def choose_many(
        self, name: str, label: str, options: Sequence[str], says: Callable[[str], str], default: list[str], most: int
    ) -> list[str]:
        """A filter with several values, stored in the URL under `name`; unknown values are ignored."""
        kept = self._wished(name, default)
        kept = kept.split(",") if isinstance(kept, str) else kept
        known = [code for code in dict.fromkeys(kept) if code in options][:most]
        first = known if known or not kept else default
        self._begin(name, first)
        chosen = st.multiselect(
            label, list(options), first, format_func=_sayable(says), key=address.key(name), max_selections=most
        )
        chosen = [code for code in dict.fromkeys(chosen) if code in options][:most]
        self.choices[name] = ",".join(chosen)
        return chosen

    def kept(self, name: str) -> str:
        """A text that the page itself stores in the URL under `name`."""
        text = str(self._wished(name, ""))
        if text:
            self.choices[name] = text
        return text

    def keep(self, name: str, chosen: str | list[str]) -> None:
        """Store a text or several options in the URL under `name`, and run the page again."""
        # Not in this run: the value of a widget that is already drawn cannot be changed.
        st.session_state["to_keep"] = {name: chosen}
        st.rerun()

    def write(self, name: str, label: str, **more) -> str:
        """A text input, stored in the URL under `name`."""
        first = one_line(str(self._wished(name, "")))
        self._begin(name, first)
        text = one_line(st.text_input(label, first, key=address.key(name), **more)).strip()
        if text:
            self.choices[name] = text
        return text

    def stop(self) -> NoReturn:
        """End the page after it has shown what is missing; choices stay in the URL and in the title line."""
        raise _Enough

    def _wished(self, name: str, otherwise: Any = None) -> Any:
        """The value of a filter's widget; in a new session without a value, the value from the URL."""
        return st.session_state.get(address.key(name), (self.asked or {}).get(name, otherwise))

    def standing(self, name: str, options: Sequence[str], default: str | None = None) -> str:
        """The option that a filter will show, before it is drawn."""
        return next(one for one in (self._wished(name), default, *options) if one in options)

    def _begin(self, name: str, first: Any) -> None:
        """Set a filter's widget to `first` if it has another value.

        In a new session the value is not set, because the browser's value may be newer than the URL. The widget also
        gets `first` as its default, because the browser may lose a value that was set in an interrupted run.
        """
        key = address.key(name)
        if (self.asked is None or key in st.session_state) and st.session_state.get(key) != first:
            st.session_state[key] = first

    def chosen(self, *names: str) -> dict[str, str]:
        """The page's filters with these names, for a link to another page."""
        return {name: self.choices[name] for name in names if name in self.choices}

    def link(self, **more: str | None) -> dict[str, str]:
        """The query parameters of a link: the kept filters and the given ones."""
        kept = {name: self.choices[name] for name in _KEPT if name in self.choices}
        # The ranking page has years and no periods, so remember the period in the session.
        kept = st.session_state["kept_filters"] = st.session_state.get("kept_filters", {}) | kept
        if len(self.homes) < 2:
            kept.pop("home", None)
        return kept | {name: value for name, value in more.items() if value}

    def go(self, page: str, **filters: str | None) -> NoReturn:
        """Open another page with these filters."""
        address.go(page, self.link(**filters))

    def explain(self, why: str) -> None:
        """One line about what is missing, which links to the page that says what was sent and what is not."""
        if self.page == HEALTH:
            st.markdown(f":small[{plain(why)}]")
        else:
            explain(why, self.link())

    def open_member(self, code: str, **filters: str | None) -> None:
        """Open a member of the home: the commune's page, or this page with a district that has data as home."""
        if code in self.homes.index and code != self.home["home_code"]:
            self.go(_FILES[self.page], home=code, **filters)
        else:
            self.go("pages/commune.py", unit=code, **filters)


def explain(why: str, link: dict[str, str]) -> None:
    """One line about what is missing, with a link to the page that says more; `link`: the filters to keep."""
    st.page_link(_FILES[HEALTH], label=f":small[{plain(why)}]", icon=":material/help:", query_params=link)


def _sayable(says: Callable[[str], str | None]) -> Callable[[str], str]:
    """Wrap `says` so that it never returns an empty text: Streamlit also formats invalid options and fails on None."""
    return lambda option: says(option) or str(option)


class _Enough(Exception):
    """Ends a page early without an error."""


def one_line(text: str) -> str:
    """A text accepted by a filter: printable, on one line, at most LONGEST_TEXT characters.

    >>> one_line("khai\\n tử\\0"), len(one_line("a" * 1000))
    ('khai tử', 200)
    """
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST_TEXT]


@Kept(frame_size, _ROOM).around
def _written(snapshot: Path, built_at: str, schema: str, name: str, asked: tuple[tuple[str, Any], ...]) -> pd.DataFrame:
    """An answer with formatted numbers, cached because formatting takes longer than the query."""
    return written(queries.load(name, **dict(asked)))


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
    right = _RIGHTS[title]
    if right and not user.may(right):
        _menu(title, {}, user)
        st.title(title, anchor=False)
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
        except _Enough:  # filters further down were not drawn
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
        st.title(title)
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
        return View(title, None, pd.Series(_NO_HOME), user, asked=asked)
    homes = queries.load("homes").set_index("home_code")
    chosen = st.session_state.get(address.key("home"), (asked or {}).get("home"))
    if chosen in homes.index:
        queries.look_from(homes.loc[chosen, "schema_name"])
    home = queries.load("freshness").iloc[0]
    return View(title, snapshot, home, user, queries.standpoint(), homes, asked=asked)


def name_shown(title: str, home: pd.Series, in_menu: bool = False) -> str:
    """A page's name for this home; the menu uses the shorter word when the longer one does not fit."""
    members = home["members_word"]
    if in_menu and len(members) > _MENU_ROOM:
        members = home["member_word"]
    return _NAMES.get(title, title).format(members_word=members, member_word=home["member_word"])


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
    home = pd.Series(_NO_HOME) if home is None else home
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
