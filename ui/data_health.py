"""Parts of the page “Tình hình số liệu”: what was sent, what is missing, what each page still needs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import queries
from charts.arrivals import arrival_grid
from ingest.coverage import OLDER
from ingest.schema import UPLOADED, tables
from ingest.template import TITLES
from ui.box import details, show
from ui.header import moment_here
from ui.menu import MENU, name_shown
from ui.needs import page_needs
from ui.page import tables_with_rows
from ui.tables import lay
from ui.templates import offer_templates
from ui.view import View
from words import vietnamese
from words.definitions import definition
from words.escape import plain
from words.period import offered
from words.sentences import columns_in, reminder, some_columns

# The tables that units send for a month; scores of the districts are of a year.
MONTHLY = ("dossier", "dossier_step", "kpi_value", "service_report", "initiative")
_MONTH = {"calendar": "solar", "kind": "month"}
_PAGES = {page.rpartition("/")[2]: (name, right) for page, name, _, right in MENU}


def chosen_table(view: View) -> None:
    """The filters: a table, the last month shown, and the unit of which the uploads are listed.

    The page has no period as other pages have: they open with a period of which enough is known.
    """
    months = offered("solar", "month")
    units = view.ask("units").set_index("unit_code")["label"].to_dict()
    units = {view.home["home_code"]: view.whole} | units
    with st.container(horizontal=True, vertical_alignment="bottom"):
        table = view.choose("table", "Bảng", MONTHLY, TITLES.get, width=260)
        until = view.choose("until", "12 tháng đến hết", list(months), months.get, width=190)
        unit = view.choose("unit", "Các lần nạp của", list(units), units.get, width=300)
    view.parameters |= {"calendar": "solar", "period": until, "table": table, "unit": unit}
    view.said += [f"**{TITLES[table]}**", f"12 tháng đến hết {months[until].lower()}"]


def grid(view: View) -> pd.DataFrame:
    """The grid of units and months; a click chooses the unit of which the uploads are listed. Returns its rows."""
    table, unit = view.parameters["table"], view.parameters["unit"]
    rows = view.ask("filing_grid")
    rows.attrs["simulated"] = table in queries.simulated()
    told = _told_of_files(view)
    by = ["; ".join(told.get(order, order) for order in orders.split()) for orders in rows["upload_orders"]]
    hovers = [f"{text} · lần nạp {named}" if named else text for text, named in zip(rows["told_text"], by, strict=True)]
    figure = arrival_grid(
        rows.assign(told_text=hovers),
        title=f"Đã gửi: {TITLES[table]}",
        simulated=rows.attrs["simulated"],
        highlight=unit,
    )

    def choose_unit(code: str) -> None:
        if code != unit:
            view.keep("unit", code)

    # Another unit gives another chart: otherwise the click before would be taken again.
    show(figure, rows, view, f"da-gui-{table}-{unit}", definition("filing"), choose_unit)
    return rows


def _told_of_files(view: View) -> dict[str, str]:
    """The short name of each upload with what is missing in it, by its order."""
    known = view.ask("sent_files", unit=view.home["home_code"])
    titles = known.set_index("upload_order")["column_titles"].dropna().to_dict()
    missing = view.ask("refused_files").set_index("upload_order")["sentence"].to_dict()
    found = {}
    for upload in view.snapshot.uploads:
        order = upload["order"]
        lacks = [
            f"không có cột {titles[order]}" if order in titles else "",
            f"thiếu {missing[order]}" if order in missing else "",
            f"từ chưa biết: {words}" if (words := _unknown_words(upload)) else "",
        ]
        name = upload["id"].partition("-")[0]
        found[str(order)] = f"{name} ({', '.join(filter(None, lacks))})" if any(lacks) else name
    return found


def _unknown_words(upload: dict) -> str:
    """The columns of a file with words or codes that nobody had taught, and how many; empty if it had none."""
    titles = {column.name: column.title for column in tables()[upload["table"]].columns}
    words = upload.get("unknown", {})
    return ", ".join(f"{titles.get(name, name)} {vietnamese.number(count)}" for name, count in words.items())


def to_remind(rows: pd.DataFrame, view: View) -> None:
    """The units that have not sent the newest month, as a text to copy."""
    st.subheader("Ai chưa gửi tháng mới nhất", anchor=False)
    if rows.empty:
        st.markdown("Chưa có tháng nào trong số liệu.")
        return
    newest = rows[rows["sort"] == rows["sort"].max()]
    if view.parameters["table"] == "initiative":
        st.markdown("Mô hình, nhiệm vụ không phải gửi theo tháng: gửi khi có việc mới hoặc tiến độ đổi.")
        return
    is_nothing = "part" not in set(newest["filing"])
    text = reminder(view.parameters["table"], newest["period_title"].iloc[0], newest["late_text"], is_nothing)
    if newest["filing"].isin(["missing", "part"]).any():
        st.code(text, language=None, wrap_lines=True)
        st.markdown(":small[Chép vào tin nhắn, văn bản đôn đốc: nút ở góc phải của ô.]")
    else:
        st.markdown(text)


def unclear(view: View) -> None:
    """Open dossiers that later files do not name, by unit, each with its list."""
    st.subheader("Hồ sơ chưa rõ", anchor=False)
    rows = view.ask("unclear_units")
    for _, row in rows.iterrows():
        st.page_link(
            "pages/dossier_list.py",
            label=plain(row["text"]),
            icon=":material/chevron_right:",
            query_params=view.link(subset="unclear", unit=row["unit_code"], **_MONTH, period=row["period_code"]),
        )
    if rows.empty:
        st.markdown("Không có: hồ sơ đang mở ở các tệp trước đều có trong tệp mới nhất của đơn vị.")


def refused(view: View) -> None:
    """The uploads that were published without their refused rows, as far as no later file has them."""
    st.subheader("Dòng bị trả lại", anchor=False)
    known = {upload["order"]: upload for upload in view.snapshot.uploads}
    said = [
        f"- “{plain(known[row.upload_order]['file'])}”, nạp lúc {moment_here(known[row.upload_order]['at'])}: thiếu "
        f"{row.sentence}"
        for row in view.ask("refused_files").itertuples()
    ]
    st.markdown("\n".join(said) or "Không còn thiếu dòng nào bị trả lại.")


def files(view: View) -> None:
    """The uploads with rows of the chosen table and unit; who uploaded them is for analysts."""
    rows = view.ask("sent_files")
    known = {upload["order"]: upload for upload in view.snapshot.uploads}
    rows = rows[rows["upload_order"].isin(list(known))]
    if rows.empty:
        st.markdown("Không có lần nạp nào trong 12 tháng này.")
        return
    uploads = [known[order] for order in rows["upload_order"]]
    missing = view.ask("refused_files").set_index("upload_order")["sentence"].to_dict()
    frame = pd.DataFrame(
        {
            "Lần nạp": [upload["id"].partition("-")[0] for upload in uploads],
            "Tệp": [plain(upload["file"]) for upload in uploads],
            "Lúc nạp": [moment_here(upload["at"]) for upload in uploads],
            **({"Người nạp": [plain(upload["who"]) for upload in uploads]} if view.user.may("upload") else {}),
            "Tháng": rows["months_text"].tolist(),
            "Dòng đang dùng": [vietnamese.number(count) for count in rows["row_count"]],
            "Số đơn vị": [vietnamese.number(count) for count in rows["units"]],
            **_covered(rows, view),
            "Còn thiếu": [missing.get(order, "–") for order in rows["upload_order"]],
            "Từ chưa biết": [plain(_unknown_words(upload)) or "–" for upload in uploads],
        }
    )
    lay(frame)
    details(rows, view, "lan-nap", definition("filing"))


def _covered(rows: pd.DataFrame, view: View) -> dict[str, list[str]]:
    """For dossiers: the days that a file covers, and the columns that it lacks."""
    if view.parameters["table"] != "dossier":
        return {}
    days = [
        f"{vietnamese.date(first)} – {vietnamese.date(last)}"
        for first, last in zip(rows["from_on"], rows["to_on"], strict=True)
    ]
    older = ["–" if vietnamese.absent(word) else OLDER[word].split(":")[0] for word in rows["older"]]
    columns = [
        "–" if vietnamese.absent(titles) else plain(some_columns(columns_in(titles)))
        for titles in rows["column_titles"]
    ]
    return {"Hồ sơ nhận trong": days, "Hồ sơ cũ": older, "Cột tệp không có": columns}


def needs(view: View) -> None:
    """What each page still needs; analysts get the templates of the tables that are not there."""
    st.subheader("Mỗi trang còn cần gì", anchor=False)
    there = tables_with_rows(view.snapshot)
    lacking: dict[str, list[tuple[str, str]]] = {}
    for need in page_needs():
        name, right = _PAGES[need["page"]]
        if view.user.may(right):
            said = _still_needed(need, there, _lacking_columns(view))
            lacking.setdefault(name_shown(name, view.home), []).extend([(said, need["lights"])] if said else [])
    rows = [(name, "; ".join(told for told, _ in parts), "; ".join(lights for _, lights in parts))
            for name, parts in lacking.items() if parts]  # fmt: skip
    if rows:
        lay(pd.DataFrame(rows, columns=["Trang", "Còn thiếu", "Có thì hiện"]))
    if whole := [name for name, parts in lacking.items() if not parts]:
        st.markdown(f"Đã có đủ bảng và cột: {', '.join(whole)}.")
    if view.user.may("upload"):
        wanted = [table for table in UPLOADED if table not in there]
        st.markdown("Tệp mẫu của bảng chưa có:" if wanted else "Tệp mẫu:")
        offer_templates(wanted or UPLOADED, view.user)
        st.page_link("pages/upload.py", label="Nạp số liệu", icon=":material/upload_file:", query_params=view.link())


def _still_needed(need: dict[str, str], there: set[str], lacking: set[str]) -> str:
    """What a page lacks of one table: a file, or columns that some file lacks."""
    if need["table"] not in there:
        return f"tệp {TITLES[need['table']]}"
    titles = {column.name: column.title for column in tables()[need["table"]].columns}
    columns = [titles[name] for name in need["columns"].split() if titles[name] in lacking]
    return f"cột {some_columns(columns)}" if columns else ""


def _lacking_columns(view: View) -> set[str]:
    """The titles of the columns that some file of dossiers of these months lacks."""
    if view.snapshot is None:
        return set()
    files = view.ask("sent_files", table="dossier", unit=view.home["home_code"])
    return {title for titles in files["column_titles"].dropna() for title in columns_in(titles)}
