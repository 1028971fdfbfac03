"""What a page is made of: cards with a figure against its target, and charts with their table and definition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from inspect import signature

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

import queries
import vietnamese
from charts import NARROW, STATUS, with_download
from charts.sparkline import sparkline
from frame import View
from identity import exported
from inert import plain
from spreadsheet import EXCEL, as_csv, as_workbook

_BADGES = {"met": "green", "near": "yellow", "missed": "red", "missing": "gray", "context": "blue"}
_TOPIC_ICONS = {
    "Trễ hạn": ":material/alarm:",
    "Xuống nhiều nhất": ":material/trending_down:",
    "Xa mục tiêu nhất": ":material/flag:",
}
_OPENS = {"Trễ hạn": "pages/overdue.py"}
GROUPS = {"service": "Giải quyết thủ tục", "digital": "Chuyển đổi số", "reform": "Cải cách hành chính"}
_ROOM = 300  # characters of one cell of a table
LAPTOP = 900  # pixels that a chart has on a screen of 1366
_FITS, _COLUMN = 5, 105  # columns that a phone has room for; pixels that one needs
# Titles of columns in tables and downloads; what is not here stays out of both.
TITLES = {
    "place": "Hạng", "rank": "Hạng", "unit_rank": "Hạng", "name": "Tên", "unit_name": "Đơn vị",
    "group_name": "Nhóm", "short_name": "Chỉ tiêu",
    "text": "Giá trị", "value": "Giá trị", "numerator": "Tử số", "denominator": "Mẫu số", "target": "Mục tiêu",
    "status_word": "Tình trạng", "before": "Kỳ so sánh", "change": "Thay đổi", "before_place": "Hạng kỳ so sánh",
    "district": "Toàn huyện", "best": "Tốt nhất", "best_name": "Đơn vị tốt nhất", "coverage": "Độ phủ (%)",
    "handled": "Hồ sơ phải giải quyết", "late": "Trễ hạn", "share_of_late": "Phần trong số trễ (%)",
    "period_title": "Kỳ", "reference": "Toàn huyện", "year": "Năm", "class_name": "Xếp loại", "score": "Điểm",
    "own": "Điểm của huyện", "mean": "Trung bình", "maximum": "Tối đa", "lost": "Kém đơn vị tốt nhất",
    "rival": "Đối thủ gần nhất", "rival_name": "Tên đối thủ", "points_lost": "Điểm mất", "weight": "Trọng số",
    "self_score": "Tự chấm", "self_gap": "Tự chấm hơn thẩm định", "to_full": "Còn thiếu đến tối đa", "evidence": "Tài liệu kiểm chứng",
    "points_text": "Điểm đạt", "points": "Điểm", "full_text": "Đủ điểm từ", "confirmation": "Xác nhận", "formula": "Cách tính",
    "lead": "Hơn đối thủ", "indicator_name": "Chỉ tiêu tác động", "at_start": "Trước thí điểm", "latest": "Tháng cuối kỳ",
    "others_change": "Nơi khác thay đổi", "ahead": "Nhanh hơn nơi khác", "today": "Hiện nay", "after": "Sau kịch bản",
    "before_class": "Xếp loại hiện nay", "to_good": "Còn thiếu đến Tốt", "points_gain": "Điểm tăng", "effort": "Công sức",
    "unit_gain": "Xã thêm (điểm)", "district_gain": "Huyện thêm (điểm)", "goal_text": "Đưa lên", "likely": "Hạng hay gặp",
    "low": "Hạng cao nhất", "high": "Hạng thấp nhất", "first_share": "Đứng đầu (% lần thử)", "moved_share": "Đổi hạng (% lần thử)",
    "area_name": "Vùng", "population": "Dân số",
    "source": "Nguồn", "districts": "Huyện, thị xã, thành phố", "kind_name": "Loại", "owner": "Chủ trì", "start_on": "Bắt đầu", "due_on": "Hạn",
    "dossier_code": "Mã hồ sơ", "officer_code": "Mã cán bộ", "unexplained": "Trễ chưa ghi nguyên nhân", "procedure_name": "Thủ tục", "field_name": "Lĩnh vực", "received_on": "Tiếp nhận",
    "ended_on": "Kết thúc", "days_late": "Ngày trễ", "apology_on": "Thư xin lỗi", "next_step": "Việc cần làm",
    "channel_name": "Kênh", "dossiers": "Số hồ sơ", "received": "Tiếp nhận trong kỳ", "resolved": "Đã giải quyết",
    "open_total": "Đang giải quyết", "open_late": "Đang quá hạn", "median_days": "Trung vị (ngày)",
    "p90_days": "Xong trong (ngày, 90 % hồ sơ)", "statutory_days": "Thời hạn (ngày)",
    "level_name": "Mức độ", "received_online": "Nộp trực tuyến", "is_essential": "Đề án 06", "mean_days": "Ngày ở bước này",
    "handover_days": "Chờ chuyển giao (ngày)", "steps": "Lượt qua bước", "open_steps": "Đang giữ", "late_steps": "Trễ ở bước",
    "at_commune": "Đang ở xã", "at_district": "Đang ở huyện", "at_province": "Đang ở tỉnh", "officers": "Cán bộ có hồ sơ trễ",
    "over_threshold": "Cán bộ vượt ngưỡng", "worst": "Nhiều nhất một người",
    "over_share": "Vượt thời hạn (%)",
    "percent": "Tiến độ (%)", "state_name": "Trạng thái", "title": "Chỉ số thành phần", "outcome": "Kết quả",
}  # fmt: skip


def _titles() -> dict[str, str]:
    """TITLES as they are said of the home that the page is seen from."""
    home = queries.load("freshness").iloc[0]
    whole, level, member = f"Toàn {home['level_word']}", home["level_word"], home["member_word"]
    return TITLES | {
        "district": whole,
        "reference": whole,
        "unit_gain": f"{member.capitalize()} thêm (điểm)",
        "district_gain": f"{level.capitalize()} thêm (điểm)",
    }


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
            plain(row["name"]),
            row["text"],
            (row["change_text"] if row["change_text"].strip("+-0,.\u00a0điểm%") else 0) if known else None,
            delta_color="inverse" if worse_is_up else "normal",
            delta_description=f"so {view.before_words}" if known else None,
        )
        if drawing := sparkline(trend or []):
            st.html(drawing)
        low = " · ít hồ sơ" if row["low_volume"] else ""
        st.markdown(f"{status_badge(row['status'])} :small[mục tiêu {plain(row['target_text'])}{low}]")


def cards(rows: pd.DataFrame, view: View, months: pd.DataFrame) -> None:
    """Cards side by side, as many to a row as fit; `months` has the last months of every code (code, value)."""
    trends = months.groupby("code")["value"].apply(list)
    with st.grid(4, min_column_width=200, gap="small"):
        for _, row in rows.iterrows():
            card(row, view, trends.get(row["code"]))


def place_card(row: pd.Series) -> None:
    """The district's place in one index, the gap that matters, its class and its goal."""
    moved = None if pd.isna(row["before_place"]) else int(row["before_place"] - row["place"])
    st.metric(
        f"{row['short_name']} {row['year']}",
        f"Hạng {row['place']:.0f}/{row['ranked_districts']:.0f}",
        f"{moved:+d} hạng" if moved else None,
        delta_description=f"so với năm {row['year'] - 1}" if moved else None,
    )
    official = "" if row["class_published"] else " (tính theo điểm, chưa phải xếp loại công bố)"
    goal = f" Mục tiêu: {plain(row['goal'])}." if row["goal"] else ""
    st.markdown(f":small[{row['text']}, loại **{row['class_name']}**{official}. {plain(row['sentence'])}{goal}]")


def standing_card(row: pd.Series, view: View) -> None:
    """A unit's points in one group of indicators: rank, change, and how much of the weight is known."""
    with st.container(border=True, height="stretch"):
        known = not pd.isna(row["change"])
        st.metric(
            row["group_name"],
            row["text"],
            row["change_text"] if known else None,
            delta_description=f"so {view.before_words}" if known else None,
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
    opens: Callable[..., None] | None = None,
) -> None:
    """A chart in its box, with its definition, table and downloads one click away.

    `name` is the file name of the downloads and the key; `how` says in Markdown how the figures are made;
    `opens` receives the code behind a clicked mark, or both codes of a cell where it takes two.
    """
    with st.container(border=True, height="stretch"):
        meta = figure.layout.meta or {}
        wide = meta.get("min_width", NARROW) > NARROW
        # A chart that needs more room than a phone has scrolls sideways in its box.
        place = st.grid(1, wrap=False, min_column_width=min(meta["min_width"], LAPTOP)) if wide else st.container()
        event = place.plotly_chart(
            figure,
            theme=None,
            config=with_download(_stem(name, data.attrs.get("simulated", False), view)),
            alt=meta.get("alt"),
            key=f"chart_{name}",
            on_select="rerun" if opens else "ignore",
            selection_mode="points",
        )
        details(data, view, name, how, picture=True)
        code = _clicked(event) if opens else []
        if code:
            opens(*code[: len(signature(opens).parameters)])


def _stem(name: str, simulated: bool, view: View) -> str:
    """A file name without its ending: page, what is shown, unit, period, and that it is simulated."""
    page = "-".join(re.findall(r"\w+", vietnamese.fold(view.page)))
    chosen = [view.choices.get(choice, "").replace("@", "-") for choice in ("unit", "period", "year")]
    return "-".join(filter(None, [page, name, *chosen, "mo-phong" * simulated]))


def _clicked(event) -> list[str]:
    """The codes carried by the clicked mark, if any."""
    for point in event.selection.points:
        carried = point.get("customdata")
        if carried is not None:
            return [str(code) for code in (carried if isinstance(carried, (list, tuple)) else [carried])]
    return []


def details(data: pd.DataFrame, view: View, name: str, how: str, picture: bool = False) -> None:
    """“Cách tính và số liệu”: the definition, the table, the downloads; made only when opened.

    `picture`: it is a chart, which can be saved as a picture too.
    """
    box = st.popover(
        "Cách tính và số liệu", icon=":material/info:", type="tertiary", on_change="rerun", key=f"how_{name}"
    )
    with box:
        if not box.open:
            return
        simulated = data.attrs.get("simulated", False)
        st.markdown(("**MÔ PHỎNG.** " if simulated else "") + how)
        table(data)
        if picture:
            st.markdown(":small[Ảnh PNG của biểu đồ: nút máy ảnh hiện khi rê chuột hoặc chạm vào biểu đồ.]")
        rows = readable(data)
        stem = _stem(name, simulated, view)
        with st.container(horizontal=True):
            st.download_button(
                "Tải CSV", as_csv(rows, simulated), f"{stem}.csv", "text/csv", key=f"csv_{name}", on_click="ignore"
            )
            st.download_button(
                "Tải Excel",
                as_workbook(rows, simulated, how),
                f"{stem}.xlsx",
                EXCEL,
                key=f"xlsx_{name}",
                on_click="ignore",
            )


ERAS = {"commune": "Xã, thị trấn cũ", "successor": "Đơn vị từ 01/7/2025"}


def era(view: View) -> None:
    """The switch between the communes and the units that took over on 1 July 2025; puts the scope into the view."""
    if not view.home["has_successors"]:  # a province's districts have none
        view.parameters["scope"] = "commune"
        return
    default = "successor" if view.home["is_reorganised"] else "commune"
    scope = view.choose("scope", "Đơn vị hành chính", list(ERAS), ERAS.get, default, st.segmented_control)
    view.parameters["scope"] = scope
    if scope == "successor":
        view.said.append("theo đơn vị từ 01/7/2025, cộng lại từ các xã cũ thuộc huyện")


def lever(sentences: Iterable[str]) -> None:
    """The sentence that says what moves an index most, if there is one to say."""
    for text in sentences:
        st.info(plain(text), icon=":material/bolt:")


def doubts(view: View) -> None:
    """How much of the chosen index is not confirmed; says nothing once everything is."""
    row = view.ask("index_confirmation").iloc[0]
    if row["unconfirmed"]:
        st.markdown(
            f":orange-badge[Chưa xác nhận] :small[{plain(row['sentence'])} là đề xuất hoặc chưa đối chiếu văn bản gốc; sửa bằng "
            "cách nạp dòng mới.]"
        )


def group_cards(rows: pd.DataFrame, view: View) -> None:
    """The total of an index and its groups as cards: score, points of the maximum, coverage, change."""
    with st.grid(5, min_column_width=190, gap="small"):
        for _, row in rows.iterrows():
            with st.container(border=True, height="stretch"):
                known = not pd.isna(row["change"])
                st.metric(
                    plain(row["name"]),
                    row["text"],
                    row["change_text"] if known else None,
                    delta_description=f"so {view.before_words}" if known else None,
                )
                coverage = (
                    f"đủ số liệu {vietnamese.number(row['known_maximum'])}/{vietnamese.number(row['maximum'])} điểm"
                )
                points = "" if pd.isna(row["points"]) else f"{row['points_text']} · "
                st.markdown(f"{status_badge(row['status'])} :small[{points}{coverage}]")


def notes(frame: pd.DataFrame, view: View) -> None:
    """The sentences that need attention, each leading to the commune or the field it is about."""
    for place, note in frame.iterrows():
        unit = note["unit_code"] if note["opens"] == "commune" else None
        with st.container(horizontal=True, gap="small", wrap=False):
            st.markdown(
                f"{_TOPIC_ICONS[note['topic']]} **{note['topic']}.** {plain(note['sentence'])}", width="stretch"
            )
            st.container(key=f"open_{place}", width="content").page_link(
                _OPENS.get(note["topic"], "pages/commune.py" if unit else "pages/communes.py"),
                label="Mở",
                icon=":material/chevron_right:",
                icon_position="right",
                query_params=view.link(unit=unit, indicator=note["indicator_code"]),
            )
    if frame.empty:
        st.markdown("Không có điểm nào xấu đi hoặc dưới mục tiêu trong kỳ này.")


SORTS = {
    "days_late": "Trễ nhiều nhất",
    "due_on": "Hẹn trả sớm nhất",
    "received_on": "Mới tiếp nhận",
    "dossier_code": "Mã hồ sơ",
}
DIMENSIONS = {"unit": "Đơn vị", "field": "Lĩnh vực", "channel": "Kênh nộp", "level": "Mức độ dịch vụ"}
_CHANNELS = {"": "Mọi kênh", "online": "Trực tuyến", "direct": "Trực tiếp", "postal": "Bưu chính công ích"}
_ALL = "all"


def dossier_filters(view: View, only_unit: bool = False) -> pd.DataFrame:
    """Unit, field and channel, or the unit alone; returns the lists that can be opened, by subset_code, each with its count."""
    units = view.ask("units").set_index("unit_code")["label"].to_dict()
    fields = view.ask("fields").set_index("field_code")["name"].to_dict()
    home = {view.home["home_code"]: view.whole}
    with st.container(horizontal=True, vertical_alignment="bottom"):
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
    """Boxes side by side, each a title and its figures as links to the dossiers behind them."""
    for column, (title, codes) in zip(st.columns(len(groups), gap="small"), groups.items(), strict=True):
        with column.container(border=True, height="stretch"):
            st.subheader(title, anchor=False)
            _dossier_links(subsets.loc[codes], view)


def _dossier_links(subsets: pd.DataFrame, view: View) -> None:
    """Each figure as a link to the dossiers behind it, under the filters of this page."""
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


def listing(rows: pd.DataFrame) -> None:
    """Dossiers one a line, their codes whole."""
    frame = readable(rows.assign(**{name: rows[name].map(vietnamese.date) for name in rows if name.endswith("_on")}))
    wide = {TITLES["procedure_name"]: st.column_config.TextColumn(width=290)}
    st.dataframe(frame, hide_index=True, width="stretch", height="content", column_config=wide, placeholder="–")


def pages_of(counted: pd.Series) -> list[str]:
    """The numbers of a list's pages."""
    return [str(number) for number in range(1, int(counted["pages"]) + 1)]


def download_list(view: View, asked: dict[str, str]) -> None:
    """The whole list as CSV or Excel, asked for only when it is wanted."""
    simulated = bool(queries.simulated() & {"dossier"})

    def rows() -> pd.DataFrame:
        return readable(view.ask("dossier_list", page="all", **asked))

    made = {"csv": lambda: as_csv(rows(), simulated), "xlsx": lambda: as_workbook(rows(), simulated, asked["subset"])}
    with st.container(horizontal=True):
        for kind, (label, mime) in {"csv": ("Tải cả danh sách", "text/csv"), "xlsx": ("Tải Excel", EXCEL)}.items():
            facts = {"list": asked["subset"], "unit": view.parameters["unit"], "period": view.period.code}
            st.download_button(
                label,
                exported(view.user, "dossiers", "export_dossiers", made[kind], **facts),
                f"{_stem(asked['subset'].replace('_', '-'), simulated, view)}.{kind}",
                mime,
                on_click="ignore",
                icon=":material/download:",
            )


def officer_table(rows: pd.DataFrame, view: View) -> None:
    """Officers by their codes, for those who may see them; the log says who takes the table along."""
    if rows.empty:
        st.markdown("Không có cán bộ nào trong kỳ này.")
        return
    st.dataframe(readable(rows), hide_index=True, width="content", height="content" if len(rows) <= 12 else 460)
    simulated = rows.attrs["simulated"]
    if simulated:
        st.badge("MÔ PHỎNG", color="violet")
    st.download_button(
        "Tải bảng có mã cán bộ",
        exported(
            view.user,
            "officers",
            "export_officers",
            lambda: as_csv(readable(rows), simulated),
            unit=view.parameters["unit"],
            period=view.period.code,
        ),
        f"{_stem('can-bo', simulated, view)}.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def flow_line(row: pd.Series) -> None:
    """The period's dossiers as form II.06 sees them, in one line."""
    count = {name: vietnamese.number(value) for name, value in row.items()}
    st.markdown(
        f"**Hồ sơ trong kỳ:** tồn đầu kỳ {count['carried_over']} + tiếp nhận {count['received']} = **{count['handled']}** "
        f"phải giải quyết; đã giải quyết {count['resolved']} (trễ {count['resolved_late']}), đang giải quyết "
        f"{count['open_total']} (quá hạn {count['open_late']}). "
        f"Trễ tất cả **{count['late']}** hồ sơ, {vietnamese.percent(row['late_share'])}."
    )


def side_by_side(cells: pd.DataFrame) -> None:
    """Indicators as rows, units as columns: the value with its mark and colour, the best of a row in bold."""
    frame = cells.assign(
        shown=[
            _badge_value(row.text, row.status, row.is_best)
            for row in cells[["text", "status", "is_best"]].itertuples(index=False)
        ]
    )
    units = frame.drop_duplicates("unit_code").sort_values("unit_sort")
    wide = frame.pivot(index="indicator_sort", columns="unit_code", values="shown")[list(units["unit_code"])]
    wide.columns = [plain(name) for name in units["unit_name"]]
    rows = frame.drop_duplicates("indicator_sort").set_index("indicator_sort").loc[wide.index]
    wide.insert(0, TITLES["short_name"], [plain(name) for name in rows["short_name"]])
    wide.insert(1, TITLES["target"], [plain(text) for text in rows["target_text"]])
    st.table(wide, hide_index=True, border="horizontal")


def _badge_value(text: str, status: str, is_best: bool) -> str:
    """A value with the mark of its status, in the status's colour; bold where it is the best."""
    look = STATUS[status]
    value = (plain(text) if status == "missing" else f"{plain(text)} {look.mark}").replace(" ", vietnamese.NO_BREAK)
    return f":{_BADGES[status]}-badge[{f'**{value}**' if is_best is True else value}]"


def sentences(frame: pd.DataFrame, otherwise: str) -> None:
    """Sentences as a list, or what to say when there are none."""
    st.markdown("\n".join(f"- {plain(text)}" for text in frame["sentence"]) or otherwise)


AREAS = {"urban": "đô thị", "lowland": "đồng bằng", "mountain": "miền núi"}


def place_in_words(unit: pd.Series) -> str:
    """A commune's kind, people and area, with the source."""
    said = "ước tính" in str(unit["population_source"]).lower()
    estimated = ", ước tính" if unit["population_estimated"] and not said else ""
    area = AREAS.get(unit["area_type"], "")
    if unit["is_successor"]:
        return (
            f":small[Đơn vị từ 01/7/2025, gồm {plain(unit['parts'])} · dân số {vietnamese.number(unit['population'])} (cộng các xã "
            f"cũ, một phần là ước tính) · số liệu chỉ gồm phần thuộc huyện cũ]"
        )
    people = f"dân số {vietnamese.number(unit['population'])} ({plain(unit['population_source'])}{estimated})"
    said = [
        f"Vùng {area}" if area else "",
        people if pd.notna(unit["population"]) else "",
        f"từ 01/7/2025 thuộc {plain(unit['successor_name'])}" if unit["successor_name"] else "",
    ]
    text = " · ".join(filter(None, said))
    return f":small[{text[:1].upper()}{text[1:]}]"


def indicator_title(rows: pd.DataFrame, name: str, view: View) -> str:
    """A title that says the best and the worst with their figures."""
    placed = rows[rows["place"].notna()]
    if placed.empty:
        return f"{name}, {view.period_title}"
    first, last = placed.iloc[0], placed.iloc[-1]
    return f"{name}, {view.period_title}: cao nhất {first['name']} {first['text']}, thấp nhất {last['name']} {last['text']}"


def _cut(text: str) -> str:
    """A text as far as a table on a page has room for it; downloads hold all of it."""
    return text if len(text) <= _ROOM else f"{text[:_ROOM]}…"


def table(data: pd.DataFrame, columns: list[str] | None = None) -> None:
    """Rows as a plain table that reads and prints well: the given columns, or all that have a title."""
    rows, titles = spoken(data), _titles()
    rows = rows[[titles[column] for column in columns]] if columns else rows
    # On a phone many columns would be a letter wide each: such a table scrolls sideways in its place.
    wide = len(rows.columns) > _FITS
    place = (
        st.grid(1, wrap=False, min_column_width=min(_COLUMN * len(rows.columns), LAPTOP)) if wide else st.container()
    )
    place.table(rows, hide_index=True, border="horizontal")


def readable(data: pd.DataFrame) -> pd.DataFrame:
    """The columns a person reads, under Vietnamese titles, with the status in words."""
    frame = data.copy(deep=False)
    if "status" in frame.columns:
        frame["status_word"] = [STATUS[status].word for status in frame["status"]]
    chosen = [column for column in frame.columns if column in TITLES and column != "text"]
    fractions = {column: 4 for column in chosen if pd.api.types.is_float_dtype(frame[column])}
    frame = frame[chosen].round(fractions).rename(columns=_titles())
    return frame.loc[:, ~frame.columns.duplicated()]


def spoken(data: pd.DataFrame) -> pd.DataFrame:
    """The same columns with every number and date written as an office writes it."""
    frame = data.copy(deep=False)
    for column in frame.select_dtypes(include=["object", "string"]).columns:
        if column != "status":
            frame[column] = ["–" if pd.isna(value) else plain(_cut(str(value))) for value in frame[column]]
    for column in frame.columns:
        if f"{column}_text" in frame.columns or (column == "value" and "text" in frame.columns):
            frame[column] = frame["text" if column == "value" else f"{column}_text"]
        elif column in ("short_name", "best_name"):
            # Short names stay on one line; the table takes the room from longer texts.
            frame[column] = [text.replace(" ", vietnamese.NO_BREAK) for text in frame[column]]
        elif column.endswith("_on"):
            frame[column] = [vietnamese.date(value) for value in frame[column]]
        elif column in ("place", "rank", "unit_rank", "before_place", "year"):
            frame[column] = ["–" if pd.isna(value) else f"{value:.0f}" for value in frame[column]]
        elif pd.api.types.is_integer_dtype(frame[column]):
            frame[column] = [vietnamese.number(value) for value in frame[column]]
        elif pd.api.types.is_float_dtype(frame[column]):
            whole = column in ("handled", "late", "numerator", "denominator")
            frame[column] = [vietnamese.number(value, 0 if whole else 1) for value in frame[column]]
    shown = readable(frame)
    if "status" in frame.columns:
        shown[TITLES["status_word"]] = [
            status_badge(status).replace(" ", vietnamese.NO_BREAK) for status in data["status"]
        ]
    return shown


def uploader_words(megabytes: int) -> None:
    """Vietnamese for a box that takes files: Streamlit's own words on it are English and cannot be set."""
    st.html(
        """<style>
[data-testid="stFileUploaderDropzone"] [data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
[data-testid="stFileUploaderDropzone"] button p { font-size: 0; }
[data-testid="stFileUploaderDropzone"] button p::after { content: "Chọn tệp (tối đa MB MB)"; font-size: 0.875rem; }
</style>""".replace("MB MB", f"{megabytes} MB")
    )
