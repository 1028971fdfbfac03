"""Parts of the page “Tình hình số liệu”: what was sent, what is missing, what each page still needs."""

from __future__ import annotations

import csv
from functools import cache

import pandas as pd
import streamlit as st

import queries
from charts.arrivals import arrival_grid
from ingest.schema import tables
from ingest.template import TITLES
from ui.box import details, show
from ui.missing import tables_with_rows
from ui.page import MENU, View, moment_here, name_shown
from ui.tables import lay
from ui.templates import offer_templates
from words import vietnamese
from words.definitions import definition
from words.escape import plain
from words.sentences import refused_rows, reminder

# The tables that units send for a month; scores of the districts are of a year.
MONTHLY = ("dossier", "dossier_step", "kpi_value", "service_report", "initiative")
_PAGES = {page.rpartition("/")[2]: (name, right) for page, name, _, right in MENU}


def chosen_table(view: View) -> None:
    """The filters: a table, and the unit of which the uploads are listed."""
    units = view.ask("units").set_index("unit_code")["label"].to_dict()
    units = {view.home["home_code"]: view.whole} | units
    with st.container(horizontal=True, vertical_alignment="bottom"):
        table = view.choose("table", "Bảng", MONTHLY, TITLES.get, width=260)
        unit = view.choose("unit", "Các lần nạp của", list(units), units.get, width=300)
    view.parameters |= {"table": table, "unit": unit}
    view.said.append(f"bảng: {TITLES[table].lower()}")


def grid(view: View) -> pd.DataFrame:
    """The grid of units and months; a click chooses the unit of which the uploads are listed. Returns its rows."""
    table, unit = view.parameters["table"], view.parameters["unit"]
    rows = view.ask("filing_grid")
    rows.attrs["simulated"] = table in queries.simulated()
    ids = {str(upload["order"]): upload["id"].partition("-")[0] for upload in view.snapshot.uploads}
    by = [", ".join(ids.get(order, order) for order in orders.split()) for orders in rows["upload_orders"]]
    sentences = [
        f"{told} · lần nạp {named}" if named else told for told, named in zip(rows["sentence"], by, strict=True)
    ]
    figure = arrival_grid(
        rows.assign(sentence=sentences),
        title=f"{TITLES[table]}: đơn vị nào đã gửi số liệu tháng nào",
        simulated=rows.attrs["simulated"],
        highlight=unit,
    )

    def choose_unit(code: str) -> None:
        if code != unit:
            view.keep("unit", code)

    # Another unit gives another chart: otherwise the click before would be taken again.
    show(figure, rows, view, f"da-gui-{table}-{unit}", definition("filing"), choose_unit)
    return rows


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
    is_nothing = not newest["filing"].isin(["whole", "part"]).any()
    missing_only = "part" not in set(newest["filing"])
    text = reminder(
        TITLES[view.parameters["table"]],
        newest["period_title"].iloc[0],
        newest["late_text"],
        is_nothing or missing_only,
    )
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
            label=plain(row["sentence"]),
            icon=":material/chevron_right:",
            query_params=view.link(subset="unclear", unit=row["unit_code"]),
        )
    if rows.empty:
        st.markdown("Không có: mọi hồ sơ đang mở đều có trong tệp mới nhất của đơn vị.")


def refused(view: View) -> None:
    """The uploads that were published without their refused rows."""
    st.subheader("Dòng bị trả lại", anchor=False)
    lacking = [one for one in view.snapshot.uploads if one["state"] == "live" and one["rejected"]]
    said = [
        f"- “{plain(one['file'])}”, nạp lúc {moment_here(one['at'])}: {refused_rows(one['rejected'], one['table'])}"
        for one in reversed(lacking)
    ]
    st.markdown("\n".join(said) or "Không có: mọi tệp đang dùng được nhận đủ dòng.")
    if said:
        st.markdown(":small[Dòng bị trả lại vẫn thiếu, trừ khi tệp nạp sau đã có. Sửa rồi nạp lại cả tệp.]")


def files(view: View) -> None:
    """The uploads with rows of the chosen table and unit; who uploaded them is for analysts."""
    rows = view.ask("sent_files")
    known = {upload["order"]: upload for upload in view.snapshot.uploads}
    rows = rows[rows["upload_order"].isin(list(known))]
    if rows.empty:
        st.markdown("Không có lần nạp nào trong 12 tháng này.")
        return
    uploads = [known[order] for order in rows["upload_order"]]
    frame = pd.DataFrame(
        {
            "Lần nạp": [upload["id"].partition("-")[0] for upload in uploads],
            "Tệp": [plain(upload["file"]) for upload in uploads],
            "Lúc nạp": [moment_here(upload["at"]) for upload in uploads],
            **({"Người nạp": [plain(upload["who"]) for upload in uploads]} if view.user.may("upload") else {}),
            "Tháng": rows["months_text"].tolist(),
            "Số dòng": [vietnamese.number(count) for count in rows["row_count"]],
            "Số đơn vị": [vietnamese.number(count) for count in rows["units"]],
            **_covered(rows, view),
            "Thiếu": [refused_rows(one["rejected"], one["table"]).removeprefix("thiếu ") or "–" for one in uploads],
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
    columns = ["–" if vietnamese.absent(titles) else plain(titles) for titles in rows["column_titles"]]
    return {"Hồ sơ nhận": days, "Cột tệp không có": columns}


@cache
def page_needs() -> tuple[dict[str, str], ...]:
    """The uploaded tables and columns that each page needs, and what they light up: queries/page_need.csv."""
    with (queries.FOLDER / "page_need.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def needs(view: View) -> None:
    """What each page still needs; analysts get the templates of the tables that are not there."""
    st.subheader("Mỗi trang còn cần gì", anchor=False)
    there, lacking = tables_with_rows(view.snapshot), _lacking_columns(view)
    titles = {column.name: column.title for column in tables()["dossier"].columns}
    frame, wanted = [], []
    for need in page_needs():
        name, right = _PAGES[need["page"]]
        if not view.user.may(right):
            continue
        columns = [titles[column] for column in need["columns"].split() if titles[column] in lacking]
        is_there = need["table"] in there
        if not is_there and need["table"] not in wanted:
            wanted.append(need["table"])
        state = "✗ Chưa có tệp nào" if not is_there else f"… Thiếu cột {', '.join(columns)}" if columns else "✓ Đã có"
        shown = name_shown(name, view.home)
        frame.append((bool(is_there and not columns), shown, TITLES[need["table"]], need["lights"], state))
    frame.sort(key=lambda row: row[0])
    lay(pd.DataFrame([row[1:] for row in frame], columns=["Trang", "Bảng cần", "Để hiện", "Tình trạng"]))
    if view.user.may("upload"):
        st.markdown("Tệp mẫu của bảng chưa có; nạp ở trang “Nạp số liệu”." if wanted else "Tệp mẫu của các bảng:")
        offer_templates(wanted or MONTHLY, view.user)
        st.page_link("pages/upload.py", label="Nạp số liệu", icon=":material/upload_file:", query_params=view.link())


def _lacking_columns(view: View) -> set[str]:
    """The titles of the columns that some file of the period lacks, of the whole home."""
    if view.period is None:
        return set()
    titles = view.ask("period_gap", unit=view.home["home_code"])["column_titles"].iloc[0]
    return set() if vietnamese.absent(titles) else set(titles.split(", "))
