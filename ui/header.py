"""The row above every page: its name, the button of the period, the date of the data.

What its buttons hold is also written below the row, for paper and for screen readers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import queries
from ui.asset import asset
from ui.printing import PAPER
from ui.view import View
from words import vietnamese
from words.escape import plain
from words.period import CALENDARS, COMPARISONS, NEWEST, chosen, kinds, newest_known, offered, usual_kind
from words.sentences import what_is_unknown

TIME_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
STYLE = f"<style>{asset('header.css')}</style><script>{asset('header.js')}</script>{PAPER}"
_DOUBT = 64  # characters of the first doubt that the row has room for


@dataclass(frozen=True)
class Header:
    """The places that are filled when the page knows what to write there."""

    state: DeltaGenerator
    words: DeltaGenerator
    data: DeltaGenerator
    missing: DeltaGenerator

    def tell_of_data(self, view: View) -> None:
        """The date of the data and the mark of simulated data; opened, also what is not known, and the snapshot."""
        if view.snapshot is None:
            return
        unknown = what_is_unknown(view, unit=view.home["home_code"]) if view.period else []
        lines = [_of_snapshot(view), *map(plain, unknown)]
        with self.state.popover(_state_words(view, unknown), type="tertiary"):
            for line in lines:
                st.markdown(line)
        self.data.markdown("  \n".join(lines))

    def tell_of_choices(self, view: View, not_uploaded: str) -> None:
        """The reader's choices in one line, and the tables that the page reads and nobody has sent."""
        self.words.markdown(" · ".join(filter(None, [view.home["home_full_name"], *view.said])))
        if not_uploaded:
            self.missing.markdown(f":small[{not_uploaded}]")


@contextmanager
def header(view: View, name: str) -> Iterator[Header]:
    """The row; what is drawn inside stands between the page's name and the date of the data."""
    with st.container(horizontal=True, vertical_alignment="center", key="header"):
        st.title(name, anchor=False, width="content")
        inside = st.container(horizontal=True, vertical_alignment="center", width="content")
        state = st.container(width="content", key="header_state").empty()
    with st.container(key="header_words", gap=None):
        words, data = st.empty(), st.empty()
    row = Header(state, words, data, st.empty())
    with inside:
        yield row
    if view.snapshot and view.snapshot.broken:
        st.warning(
            f"Bản số liệu mới nhất ({', '.join(view.snapshot.broken)}) không mở được; đang dùng bản trước đó "
            f"({view.snapshot.id}). Báo người quản trị chạy: python -m ingest rebuild",
            icon=":material/history:",
        )


def bare(name: str) -> None:
    """The row with the page's name alone, for a page that shows nothing else."""
    with st.container(horizontal=True, vertical_alignment="center", key="header"):
        st.title(name, anchor=False, width="content")


def choose_home(view: View) -> None:
    """The filter for the home: a province or one of its districts; not shown if there is only one home."""
    if len(view.homes) > 1:
        names, seen_from = view.homes["full_name"].fillna("").map(plain), view.home["home_code"]
        home = view.choose("home", "Phạm vi", list(names.index), names.get, seen_from, width=260,
                           label_visibility="collapsed")  # fmt: skip
        if home != seen_from:  # clicked in a page that was open before the server restarted
            st.rerun()


def choose_period(view: View, newest: bool) -> bool:
    """The button of the period, which opens calendar, kind, period, comparison and the link; puts them into the view.

    Returns False if no period of this kind exists.
    """
    names, calendars = kinds(), list(CALENDARS)
    before = _titles(view.standing("calendar", calendars), view.standing("kind", list(names), usual_kind()), newest)
    label = _period_words(view, *before)
    with st.popover(label, key="filters", width="content"):
        kind = view.choose("kind", "Loại kỳ", list(names), names.get, usual_kind(), st.segmented_control)
        calendar = view.choose("calendar", "Lịch", calendars, CALENDARS.get)
        _, titles, latest = offer = _titles(calendar, kind, newest)
        if titles:
            code = view.choose("period", "Kỳ", list(titles), titles.get, latest)
            compare = view.choose("compare", "So với", list(COMPARISONS), COMPARISONS.get)
        _copy_link()
    if _period_words(view, *offer) != label:  # clicked in a page that was open before the server restarted
        st.rerun()
    if not titles:
        return False
    view.period = chosen(calendar, latest if code == NEWEST else code, compare)
    view.parameters = {**view.period.parameters, "unit": view.home["home_code"]}
    view.said += view.period.said
    return True


def _titles(calendar: str, kind: str, newest: bool) -> tuple[str, dict[str, str], str]:
    """The calendar, the periods of this kind by code, the one that a page opens with; empty if there are none."""
    titles = offered(calendar, kind)
    if not titles:
        return calendar, {}, ""
    return calendar, titles | ({NEWEST: "Kỳ mới nhất"} if newest else {}), newest_known(calendar, kind)


def tell_of_no_period(view: View) -> None:
    """Say that there is no period of the chosen kind, and where to see what was sent."""
    st.info("Chưa có kỳ nào thuộc loại này trong số liệu. Chọn loại kỳ khác.")
    view.explain("Số liệu đã gửi đến tháng nào.")


def _period_words(view: View, calendar: str, titles: dict[str, str], latest: str) -> str:
    """The label of the period's button: the period and what it is compared with."""
    if not titles:
        return "Chọn kỳ"
    code = view.standing("period", list(titles), latest)
    period = chosen(calendar, latest if code == NEWEST else code, view.standing("compare", list(COMPARISONS)))
    with_calendar = "" if calendar == "solar" else ", kỳ 15–14"
    compared = f" so với {period.before_title}" if period.before else ""
    return f"**{period.title}**{with_calendar}{compared}"


def _state_words(view: View, unknown: list[str]) -> str:
    """The label of the button with the date of the data: mark, date, the first thing that is not known."""
    mark = ":violet-badge[MÔ PHỎNG] " if queries.simulated() else ""
    date = f"số liệu đến {vietnamese.date(view.home['as_of'])}"
    if not unknown:
        return f"{mark}{date}"
    doubt = plain(shorten(unknown[0], _DOUBT, placeholder="…"))
    return f"{mark}{date} · :orange[{doubt}]"


def _of_snapshot(view: View) -> str:
    """The date of the data, the snapshot, the end of the known holidays."""
    mark = ":violet-badge[MÔ PHỎNG – không phải số liệu chính thức] " if queries.simulated() else ""
    return (
        f"{mark}Số liệu đến ngày {vietnamese.date(view.home['as_of'])} · bản {view.snapshot.id}, "
        f"công bố lúc {moment_here(view.snapshot.manifest['built_at'])}{_beyond_holidays(view)}"
    )


def _beyond_holidays(view: View) -> str:
    """A warning that the period or the data's date lies in years without known holidays; empty otherwise."""
    start, end = (view.period.start_on, view.period.end_on) if view.period else (view.home["as_of"],) * 2
    gap = view.ask("holiday_gap", start_on=f"{start:%Y-%m-%d}", end_on=f"{end:%Y-%m-%d}").iloc[0]
    if pd.isna(gap["missing_years"]):
        return ""
    if pd.isna(gap["last_year"]):
        return f" · Bảng ngày nghỉ chưa có năm {gap['missing_years']}: ngày làm việc của năm đó chưa trừ ngày lễ."
    return f" · Bảng ngày nghỉ mới có đến hết năm {vietnamese.ordinal(gap['last_year'])}: ngày làm việc sau đó chưa trừ ngày lễ."


def moment_here(text: str) -> str:
    """A recorded time in the local time zone, as text."""
    return vietnamese.moment(datetime.fromisoformat(text).astimezone(TIME_ZONE))


def _copy_link() -> None:
    """The button that copies the page's URL, which names every filter."""
    label = "Chép liên kết"
    button = st.components.v2.component(
        "copy_link", html=f"<button>{label}</button>", css=asset("copy_link.css"), js=asset("copy_link.js")
    )
    button(data={"label": label, "done": "Đã chép"}, key="copy_link", width="content")
