"""The sources of data on the pages: when each sent last, which is overdue, what the watched folders say of themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

import queries
from access import tokens
from ingest.store import sources
from ingest.template import TITLES
from ui.header import moment_here
from ui.parts import told_rows
from ui.view import View
from words import vietnamese
from words.columns import written
from words.definitions import definition
from words.escape import plain
from words.sentences import overdue_sources

HEALTH = "pages/data_health.py"
_SENDERS = {"folder": "Thư mục", "token": "Mã truy cập"}
_COLUMNS = ["source", "standing_word", "last_on", "told_to", "expected_on", "days_over"]
_NAMED = 3  # units of which the names fit into a cell
# A folder of which nothing has been heard for so long is not watched at the moment.
_SILENT = timedelta(hours=1)


def arrivals(view: View) -> pd.DataFrame:
    """Every source with its last arrival, as of today; the names of the sources are in the column “source”.

    Not asked as the pages' figures are: that nobody has sent a table is no gap of this answer.
    """
    with queries.seen_from(view.place):
        rows = written(queries.load("arrivals", **sources.asked(queries.store_directory(), view.snapshot.uploads)))
    rows.insert(0, "source", [_source(row) for _, row in rows.iterrows()])
    return rows


def _source(row: pd.Series) -> str:
    """A source in words: a folder or a token by its name; by hand, the table and its units."""
    if row["sender"]:
        return f"{_SENDERS[row['sender']]} “{row['source_name'].removeprefix(tokens.MARK)}”"
    title = f"{TITLES[row['table_name']]}, nạp trên trang"
    if not row["units"]:
        return title
    if row["units"] > _NAMED:
        return f"{title}: {vietnamese.quantity(row['units'], 'đơn vị')}"
    return f"{title}: {row['unit_names']}"


def overdue_line(view: View) -> None:
    """Which sources are overdue, in one line that opens the page of the sources; nothing if none is."""
    if said := _overdue(arrivals(view)):
        st.page_link(HEALTH, label=plain(said), icon=":material/schedule_send:", query_params=view.link())


def alert(view: View) -> None:
    """The overdue sources above everything else, each with its dates."""
    rows = arrivals(view)
    late = rows[rows["standing"] == "overdue"]
    if said := "\n".join(f"- **{plain(row.source)}** {plain(row.sentence)}" for row in late.itertuples()):
        st.warning(f"Quá hạn gửi số liệu:\n{said}", icon=":material/schedule_send:")


def _overdue(rows: pd.DataFrame) -> str:
    late = rows[rows["standing"] == "overdue"]
    said = [
        f"{source} ({vietnamese.quantity(days, 'ngày', 0)})"
        for source, days in late[["source", "days_over"]].itertuples(index=False)
    ]
    return overdue_sources(said, int((rows["standing"] == "never").sum()))


def sources_told(view: View) -> None:
    """Each source with its last arrival and its next one."""
    st.subheader("Nguồn gửi, lần gần nhất", anchor=False)
    rows = arrivals(view)
    if rows.empty:
        st.markdown("Chưa có nguồn nào.")
        return
    told_rows(rows, _COLUMNS, view, "nguon-gui", definition("arrival"))


def folders(view: View) -> None:
    """What the watched folders say of themselves, for those who may upload: troubles, refused and waiting files."""
    known = sources.known(queries.store_directory()) if view.user.may("upload") else []
    if not known:
        return
    st.subheader("Thư mục được theo dõi", anchor=False)
    st.markdown("\n".join(f"- **{plain(one.name)}**: {plain(_state(one))}" for one in known))


def _state(one: sources.Source) -> str:
    """What a folder says of itself, in one line."""
    seen = datetime.fromisoformat(one.seen_at)
    newest = f", mới nhất {moment_here(one.refused_at)}" if one.refused_at else ""
    parts = [
        f"không được theo dõi từ {moment_here(one.seen_at)}." if datetime.now(UTC) - seen > _SILENT else "",
        one.trouble,
        f"{vietnamese.quantity(one.refused, 'tệp')} bị trả lại đang nằm ở tra-lai{newest}." if one.refused else "",
        f"{vietnamese.quantity(one.waiting, 'tệp')} đang chờ đọc." if one.waiting else "",
    ]
    return " ".join(filter(None, parts)) or "không có tệp nào bị trả lại, không có tệp nào đang chờ."
