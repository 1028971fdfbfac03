"""The reader's choices on a page, and the answers to questions for them.

Every choice, also a default, is in the URL, so that a shared link shows the same page later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import queries
from access import User
from queries.kept import MEGABYTE, Kept, frame_size
from ui import address
from ui.menu import FILES, HEALTH
from words.columns import written
from words.escape import plain
from words.period import Period

_ROOM = 32 * MEGABYTE  # bytes of formatted answers, for all readers together
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
    filter_rows: int = 0

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
        self.filter_rows += 1
        return st.container(horizontal=True, vertical_alignment="center", key=f"page_filters_{self.filter_rows}")

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
        raise Enough

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
            self.go(FILES[self.page], home=code, **filters)
        else:
            self.go("pages/commune.py", unit=code, **filters)


def explain(why: str, link: dict[str, str]) -> None:
    """One line about what is missing, with a link to the page that says more; `link`: the filters to keep."""
    st.page_link(FILES[HEALTH], label=f":small[{plain(why)}]", icon=":material/help:", query_params=link)


def _sayable(says: Callable[[str], str | None]) -> Callable[[str], str]:
    """Wrap `says` so that it never returns an empty text: Streamlit also formats invalid options and fails on None."""
    return lambda option: says(option) or str(option)


class Enough(Exception):
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
