"""Dossiers on a page: filters, boxes with links to lists, one list, the table of officers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import queries
from actions import RIGHT
from ui.box import file_stem
from ui.download import offer_file
from ui.missing import tell_none, tell_of_what
from ui.tables import explained, readable, shown_columns
from ui.view import View
from words import vietnamese
from words.columns import COLUMNS, TITLES, date
from words.download import EXCEL, as_csv, as_workbook

SORTS = {
    "days_late": "Trễ nhiều nhất",
    "due_on": "Hẹn trả sớm nhất",
    "chance": "Dễ trễ nhất",
    "received_on": "Mới tiếp nhận",
    "dossier_code": "Mã hồ sơ",
}
DIMENSIONS = {"unit": "Đơn vị", "field": "Lĩnh vực", "channel": "Kênh nộp", "level": "Mức độ dịch vụ"}
_CHANNELS = {"": "Mọi kênh", "online": "Trực tuyến", "direct": "Trực tiếp", "postal": "Bưu chính công ích"}
_ALL = "all"


def dossier_filters(view: View, only_unit: bool = False) -> pd.DataFrame:
    """Filters for unit, field and channel, or unit only; returns the available lists by subset_code, with counts."""
    units = view.ask("units").set_index("unit_code")["label"].to_dict()
    fields = view.ask("fields").set_index("field_code")["name"].to_dict()
    home = {view.home["home_code"]: view.whole}
    with view.filters():
        unit = view.choose("unit", "Đơn vị", [*home, *units], (home | units).get, width=240)
        field = channel = _ALL
        names = {code or _ALL: name for code, name in _CHANNELS.items()}
        if not only_unit:
            field = view.choose("field", "Lĩnh vực", [_ALL, *fields], ({_ALL: "Mọi lĩnh vực"} | fields).get, width=240)
            channel = view.choose("channel", "Kênh nộp", list(names), names.get, width=200)
    chosen = {"field": "" if field == _ALL else field, "channel": "" if channel == _ALL else channel}
    view.parameters |= {"unit": unit, **chosen}
    view.said += [name for code, name in ((unit, units.get(unit)), (field, fields.get(field))) if name]
    if chosen["channel"]:
        view.said.append(names[channel].lower())
    return view.ask("dossier_subsets").set_index("subset_code")


def dossier_boxes(groups: dict[str, list[str]], subsets: pd.DataFrame, view: View) -> None:
    """Boxes side by side; each has a title and figures that link to their dossiers."""
    for column, (title, codes) in zip(st.columns(len(groups), gap="small"), groups.items(), strict=True):
        with column.container(border=True, height="stretch"):
            st.subheader(title, anchor=False)
            _dossier_links(subsets.loc[codes], view)
    tell_of_what(subsets, view)


def _dossier_links(subsets: pd.DataFrame, view: View) -> None:
    """Each figure with a link to its list of dossiers, with the filters of this page."""
    for code, row in subsets.iterrows():
        filters = view.chosen("unit", "field", "channel")
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", wrap=False, gap="small"
        ):
            st.markdown(row["title"], width="stretch")
            st.page_link(
                "pages/dossier_list.py",
                label=f"**{row['text']}**",
                icon=":material/chevron_right:",
                icon_position="right",
                query_params=view.link(subset=code, **filters),
            )


def letters_link(view: View) -> None:
    """Where apology letters are written, for those who may."""
    if view.user.may(RIGHT):
        st.page_link(
            "pages/letters.py",
            label="Cấp phiếu xin lỗi, hẹn lại; in văn bản đôn đốc",
            icon=":material/mail:",
            query_params=view.link(**view.chosen("unit", "field", "channel")),
        )


def flow_line(rows: pd.DataFrame, view: View) -> None:
    """The period's flow of dossiers by form II.06, in one line, and of which part of the whole it is."""
    row = rows.iloc[0]
    count = {name: vietnamese.number(value) for name, value in row.items()}
    if pd.isna(row["carried_over"]) or row["unclear"]:
        carried = "chưa biết" if pd.isna(row["carried_over"]) else count["carried_over"]
        unclear = f" (ngoài ra **{count['unclear']}** chưa rõ)" if row["unclear"] else ""
        least = "ít nhất " if pd.isna(row["carried_over"]) else ""
        taken = f"tồn đầu kỳ {carried}, tiếp nhận {count['received']}; phải giải quyết {least}**{count['handled']}**{unclear}"
    else:
        taken = f"tồn đầu kỳ {count['carried_over']} + tiếp nhận {count['received']} = **{count['handled']}** phải giải quyết"
    st.markdown(
        f"**Hồ sơ trong kỳ:** {taken}; đã giải quyết {count['resolved']} (trễ {count['resolved_late']}), đang giải quyết "
        f"{count['open_total']} (quá hạn {count['open_late']}). "
        f"Trễ tất cả **{count['late']}** hồ sơ, {vietnamese.percent(row['late_share'])}."
        + (f" {count['by_statute']} hồ sơ không có ngày hẹn, xét theo thời hạn thủ tục." if row["by_statute"] else "")
    )
    tell_of_what(rows, view)


def listing(rows: pd.DataFrame) -> None:
    """A table with one dossier per row; codes are not shortened."""
    days = {name: rows[name].map(date) for name in shown_columns(rows) if COLUMNS[name].write is date}
    frame = readable(rows.assign(**days))
    wide = {TITLES["procedure_name"]: st.column_config.TextColumn(width=290)}
    st.dataframe(frame, hide_index=True, width="stretch", height="content", column_config=wide, placeholder="–")


def pages_of(counted: pd.Series) -> list[str]:
    """The page numbers of a list."""
    return [str(number) for number in range(1, int(counted["pages"]) + 1)]


def download_list(view: View, asked: dict[str, str]) -> None:
    """Download buttons for the whole list as CSV or Excel; the query runs only when one is pressed."""
    simulated = bool(queries.simulated())

    def rows() -> pd.DataFrame:
        return view.ask("dossier_list", page="all", **asked)

    def workbook() -> bytes:
        listed = rows()
        return as_workbook(readable(listed), simulated, explained(asked["subset"], listed))

    write = {
        "csv": lambda out: out.write(as_csv(readable(rows()), simulated)),
        "xlsx": lambda out: out.write(workbook()),
    }
    with st.container(horizontal=True):
        for kind, (label, mime) in {"csv": ("Tải cả danh sách", "text/csv"), "xlsx": ("Tải Excel", EXCEL)}.items():
            offer_file(
                label,
                f"{file_stem(asked['subset'].replace('_', '-'), simulated, view)}.{kind}",
                mime,
                write[kind],
                view.user,
                "dossiers",
                "export_dossiers",
                list=asked["subset"],
                unit=view.parameters["unit"],
                period=view.period.code,
            )


def officer_table(
    rows: pd.DataFrame, view: View, name: str = "can-bo", none: str = "Không có cán bộ nào trong kỳ này."
) -> None:
    """Officers by code, for users with the right; downloading the table is logged.

    none: what is said if there is nobody; empty if it is said elsewhere.
    """
    if rows.empty:
        if none:
            tell_none(rows, view, none)
        return
    st.dataframe(readable(rows), hide_index=True, width="content", height="content" if len(rows) <= 12 else 460)
    simulated = rows.attrs["simulated"]
    if simulated:
        st.badge("MÔ PHỎNG", color="violet")
    offer_file(
        "Tải bảng có mã cán bộ",
        f"{file_stem(name, simulated, view)}.csv",
        "text/csv",
        lambda out: out.write(as_csv(readable(rows), simulated)),
        view.user,
        "officers",
        "export_officers",
        unit=view.parameters["unit"],
        period=view.period.code,
    )
