"""What a page is made of: cards with a figure against its target, and charts with their table and definition."""

from __future__ import annotations

import io
from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import queries
import vietnamese
from charts import CONFIG, STATUS
from frame import View

_BADGES = {"met": "green", "near": "orange", "missed": "red", "missing": "gray", "context": "blue"}
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")
_UNCONFIRMED = {"unverified": "chưa đối chiếu văn bản gốc", "proposed": "đề xuất, chưa được phê duyệt"}
# Titles of columns in tables and downloads; what is not here stays out of both.
TITLES = {
    "place": "Hạng", "rank": "Hạng", "unit_rank": "Hạng", "name": "Tên", "unit_name": "Đơn vị",
    "group_name": "Nhóm", "short_name": "Chỉ tiêu",
    "text": "Giá trị", "value": "Giá trị", "numerator": "Tử số", "denominator": "Mẫu số", "target": "Mục tiêu",
    "status_word": "Tình trạng", "before": "Kỳ so sánh", "change": "Thay đổi", "before_place": "Hạng kỳ so sánh",
    "district": "Toàn huyện", "best": "Tốt nhất", "best_name": "Đơn vị tốt nhất", "coverage": "Độ phủ (%)",
    "handled": "Hồ sơ phải giải quyết", "late": "Trễ hạn", "share_of_late": "Phần trong số trễ (%)",
    "period_title": "Kỳ", "reference": "Toàn huyện", "year": "Năm", "class_name": "Xếp loại", "score": "Điểm",
    "own": "Hàm Thuận Bắc", "mean": "Trung bình", "maximum": "Tối đa", "lost": "Kém đơn vị tốt nhất",
    "rival": "Đối thủ gần nhất", "rival_name": "Tên đối thủ", "points_lost": "Điểm mất", "weight": "Trọng số",
    "source": "Nguồn", "kind_name": "Loại", "owner": "Chủ trì", "start_on": "Bắt đầu", "due_on": "Hạn",
    "percent": "Tiến độ (%)", "state_name": "Tình trạng", "outcome": "Kết quả",
}  # fmt: skip


def status_badge(status: str) -> str:
    """A status as mark, word and colour, in Markdown."""
    look = STATUS[status]
    return f":{_BADGES[status]}-badge[{look.mark} {look.word}]"


def card(row: pd.Series, view: View, trend: list[float] | None = None) -> None:
    """One figure against its target, with the change since the comparison period and the last months."""
    with st.container(border=True, height="stretch"):
        known = not pd.isna(row["change"])
        worse_is_up = row["direction"] == "down"
        st.metric(
            row["name"],
            row["text"],
            (row["change_text"] if row["change_text"].strip("+-0,.\u00a0điểm%") else 0) if known else None,
            delta_color="inverse" if worse_is_up else "normal",
            delta_description=f"so với {view.before_title}" if known else None,
            chart_data=trend,
        )
        low = " · ít hồ sơ" if row["low_volume"] else ""
        st.markdown(f"{status_badge(row['status'])} :small[mục tiêu {row['target_text']}{low}]")


def standing_card(row: pd.Series, view: View) -> None:
    """A unit's points in one group of indicators: rank, change, and how much of the weight is known."""
    with st.container(border=True, height="stretch"):
        known = not pd.isna(row["change"])
        st.metric(
            row["group_name"],
            row["text"],
            row["change_text"] if known else None,
            delta_description=f"so với {view.before_title}" if known else None,
        )
        place = "" if pd.isna(row["place"]) else f"hạng {row['place']:.0f}/{row['ranked_units']:.0f} · "
        st.markdown(
            f"{status_badge(row['status'])} :small[{place}đủ số liệu {vietnamese.number(row['coverage'])}/100 trọng số]"
        )


def show(
    figure: go.Figure,
    data: pd.DataFrame,
    view: View,
    name: str,
    how: str,
    opens: Callable[[str], None] | None = None,
) -> None:
    """A chart in its box, with its definition, table and downloads one click away.

    `name` is the file name of the downloads and the key; `how` says in Markdown how the figures are made;
    `opens` receives the code behind a clicked mark.
    """
    with st.container(border=True):
        meta = figure.layout.meta or {}
        event = st.plotly_chart(
            figure,
            theme=None,
            config=CONFIG,
            alt=meta.get("alt"),
            key=f"chart_{name}",
            on_select="rerun" if opens else "ignore",
            selection_mode="points",
        )
        details(data, view, name, how)
        code = _clicked(event) if opens else None
        if code:
            opens(code)


def _clicked(event) -> str | None:
    """The code carried by the clicked mark, if any."""
    for point in event.selection.points:
        carried = point.get("customdata")
        if carried is not None:
            return str(carried[0] if isinstance(carried, (list, tuple)) else carried)
    return None


def details(data: pd.DataFrame, view: View, name: str, how: str) -> None:
    """“Cách tính và số liệu”: the definition, the table, the downloads; made only when opened."""
    box = st.popover("Cách tính và số liệu", icon=":material/info:", type="tertiary", on_change="rerun", key=f"how_{name}")
    with box:
        if not box.open:
            return
        simulated = data.attrs.get("simulated", False)
        st.markdown(("**MÔ PHỎNG.** " if simulated else "") + how)
        table = readable(data)
        st.dataframe(table, hide_index=True, key=f"table_{name}")
        stem = "-".join(filter(None, [name, view.choices.get("unit"), view.choices.get("period"), "mo-phong" * simulated]))
        with st.container(horizontal=True):
            st.download_button(
                "Tải CSV", as_csv(table, simulated), f"{stem}.csv", "text/csv", key=f"csv_{name}", on_click="ignore"
            )
            st.download_button(
                "Tải Excel",
                as_workbook(table, simulated, how),
                f"{stem}.xlsx",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                key=f"xlsx_{name}",
                on_click="ignore",
            )


def definition(indicator_code: str) -> str:
    """How an indicator is computed, its source, and whether that is confirmed."""
    row = queries.load("indicators").set_index("indicator_code").loc[indicator_code]
    doubt = _UNCONFIRMED.get(row["status"])
    return (
        f"**{row['name']}** ({row['measure']}). {row['formula']}  \nNguồn: {row['source']}."
        f"  \nTrọng số {vietnamese.number(row['weight'])}/100 (đề xuất)."
        + (f"  \n:orange-badge[Chưa xác nhận: {doubt}]" if doubt else "")
    )


def readable(data: pd.DataFrame) -> pd.DataFrame:
    """The columns a person reads, under Vietnamese titles, with the status in words."""
    frame = data.copy(deep=False)
    if "status" in frame.columns:
        frame["status_word"] = [STATUS[status].word for status in frame["status"]]
    chosen = [column for column in frame.columns if column in TITLES and column != "text"]
    frame = frame[chosen].rename(columns=TITLES)
    return frame.loc[:, ~frame.columns.duplicated()]


def _inert(value):
    """Text that a spreadsheet would run as a formula, made plain."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_START) else value


def as_csv(table: pd.DataFrame, simulated: bool) -> bytes:
    """The table for Excel: UTF-8 with its mark, and MÔ PHỎNG in each row when simulated."""
    marked = table.map(_inert)
    if simulated:
        marked["Ghi chú"] = "MÔ PHỎNG"
    return marked.to_csv(index=False).encode("utf-8-sig")


def as_workbook(table: pd.DataFrame, simulated: bool, how: str) -> bytes:
    """The table as a workbook, with the definition on a second sheet."""
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        start = 2 if simulated else 0
        table.map(_inert).to_excel(writer, sheet_name="Số liệu", index=False, startrow=start)
        sheet = writer.sheets["Số liệu"]
        if simulated:
            sheet.write(0, 0, "MÔ PHỎNG – không phải số liệu chính thức", writer.book.add_format({"bold": True}))
        sheet.autofit()
        pd.DataFrame({"Cách tính": how.replace("**", "").split("  \n")}).to_excel(
            writer, sheet_name="Cách tính", index=False
        )
        writer.sheets["Cách tính"].set_column(0, 0, 110)
    return buffer.getvalue()
