"""Parts of a page besides charts: cards with a value and its target, switches, sentences with links."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from ui.asset import asset
from ui.box import details
from ui.give import offer_task
from ui.missing import tell_none
from ui.status import status_badge
from ui.tables import table
from ui.view import View
from words import vietnamese
from words.columns import AREAS
from words.definitions import definition
from words.escape import plain

GROUPS = {"service": "Giải quyết thủ tục", "digital": "Chuyển đổi số", "reform": "Cải cách hành chính"}
_FIRST = 8  # rows of a list that a page shows; the popover shows all
ERAS = {"commune": "Xã, thị trấn cũ", "successor": "Đơn vị từ 01/7/2025"}


_ARROWS = {1: "up", 0: "off", -1: "down"}
_BETTER = {"up": 1, "down": -1}  # other directions are neither good nor bad


def change_shown(text: str, way: int, against: str, direction: str = "up") -> dict[str, str]:
    """Arguments of st.metric for a change: text, arrow, green for better and red for worse.

    `way` is the sign of the change as displayed: 1, 0 or -1 (words.vietnamese.sign). A change of 0 has no arrow and no
    colour.
    """
    color = {1: "green", 0: "gray", -1: "red"}[way * _BETTER.get(direction, 0)]
    return {"delta": text, "delta_arrow": _ARROWS[way], "delta_color": color, "delta_description": against}


def _change(row: pd.Series, view: View) -> dict[str, str]:
    """The change since the comparison period, without a judgement; empty if it is unknown."""
    if pd.isna(row["change"]):
        return {}
    way = vietnamese.sign(row["change"], row["measure"])
    return change_shown(row["change_text"], way, f"so {view.before_words}", "context")


def _lacking(status: str, told: str | None, view: View) -> None:
    """Of which part of the data a card is; nothing for a card of the whole that has nothing to tell."""
    if told or status in ("missing", "partial"):
        view.explain(told or "Chưa đủ số liệu.")


def _beside_badge(status: str, told: str, coverage: str, is_whole: bool, view: View) -> None:
    """A card's status, what is told beside it, and how much of it is known: a link where that is not the whole."""
    beside = " · ".join(filter(None, [told, coverage if is_whole else ""]))
    st.markdown(f"{status_badge(status)} {f':small[{beside}]' if beside else ''}")
    _lacking(status, "" if is_whole else coverage, view)


def place_card(row: pd.Series) -> None:
    """A card with the district's place in one index, the gap to the nearest rival, class and goal."""
    ranked = pd.notna(row["before_place"]) and pd.notna(row["place"])
    moved = row["before_place"] - row["place"] if ranked else None  # a smaller place is better
    way = vietnamese.sign(moved, "hạng")
    text = vietnamese.change(moved, "hạng") if way else "giữ hạng"
    of_all = "" if pd.isna(row["ranked_districts"]) else f"/{vietnamese.ordinal(row['ranked_districts'])}"
    st.metric(
        f"{row['short_name']} năm {row['year']}",
        "Chưa xếp hạng" if pd.isna(row["place"]) else f"Hạng {vietnamese.ordinal(row['place'])}{of_all}",
        **({} if moved is None else change_shown(text, way, f"so với năm {row['year'] - 1}")),
    )
    official = "" if row["class_published"] else " (tính theo điểm, chưa phải xếp loại công bố)"
    of_class = "" if pd.isna(row["class_name"]) else f", loại **{plain(row['class_name'])}**{official}"
    goal = f" Mục tiêu: {plain(row['goal'])}." if row["goal"] else ""
    st.markdown(f":small[Điểm thẩm định năm {row['year']}: {row['text']}{of_class}. {plain(row['sentence'])}{goal}]")


def standing_card(row: pd.Series, view: View) -> None:
    """A card with a unit's points in one indicator group: rank, change, share of the weight with data."""
    with st.container(border=True, height="stretch"):
        st.metric(row["group_name"], row["text"], **_change(row, view))
        ranked = f"{vietnamese.ordinal(row['place'])}/{vietnamese.ordinal(row['ranked_units'])}"
        place = "" if pd.isna(row["place"]) else f"hạng {ranked}"
        if place and row["range_text"]:
            place += f" (khoảng {row['range_text']})"
        coverage = f"đủ số liệu {vietnamese.number(row['coverage'])}/100 trọng số"
        _beside_badge(row["status"], place, coverage, row["coverage"] >= 100, view)


def group_cards(rows: pd.DataFrame, view: View) -> None:
    """Cards for an index and its groups: score, points of the maximum, coverage, change."""
    with st.grid(5, min_column_width=190, gap="small"):
        for _, row in rows.iterrows():
            with st.container(border=True, height="stretch"):
                st.metric(plain(row["name"]), row["text"], **_change(row, view))
                known, most = (vietnamese.limit(row[name], "điểm") for name in ("known_maximum", "maximum"))
                points = "" if pd.isna(row["points"]) else row["points_text"]
                is_whole = row["known_maximum"] >= row["maximum"]
                _beside_badge(row["status"], points, f"đủ số liệu {known}/{most} điểm", is_whole, view)


def era(view: View) -> None:
    """The switch between the communes and the units that replaced them on 1 July 2025; puts the scope into the view."""
    if not view.home["has_successors"]:  # a province's districts have no successors
        view.parameters["scope"] = "commune"
        return
    scope = view.choose("scope", "Đơn vị hành chính", list(ERAS), ERAS.get, view.period.scope, st.segmented_control)
    view.parameters["scope"] = scope
    if scope == "successor":
        view.said.append("theo đơn vị từ 01/7/2025, cộng lại từ các xã cũ thuộc huyện")


def lever(sentences: Iterable[str]) -> None:
    """The sentence about the largest possible gain of an index, if there is one."""
    for text in sentences:
        st.info(plain(text), icon=":material/bolt:")


def doubts(view: View) -> None:
    """How much of the chosen index is unconfirmed; shows nothing if everything is confirmed."""
    row = view.ask("index_confirmation").iloc[0]
    if row["unconfirmed"]:
        st.markdown(
            f":orange-badge[Chưa xác nhận] :small[{plain(row['sentence'])} là đề xuất hoặc chưa đối chiếu văn bản gốc; sửa bằng "
            "cách nạp dòng mới.]"
        )


_PACE_COLORS = {
    "reached": "green",
    "likely": "green",
    "open": "yellow",
    "unlikely": "red",
    "impossible": "red",
    "ended": "red",
    "unknown": "gray",
    "last_reached": "green",
    "last_missed": "red",
}


def goals(view: View, most: int) -> None:
    """The goals of the year that count most: whether they will be reached, and what is needed from now on."""
    rows = view.ask("goal_pace")
    st.subheader("Mục tiêu năm" if rows.empty else f"Mục tiêu năm {rows['year'].max()}", anchor=False)
    for _, row in rows.head(most).iterrows():
        st.markdown(f":{_PACE_COLORS[row['pace']]}-badge[{row['pace_word']}] {plain(row['sentence'])}")
    if rows.empty:
        tell_none(rows, view, "Chưa đủ tháng liền nhau từ đầu năm để tính đà.")
    else:
        details(rows, view, "muc-tieu-nam", definition("goal"))


def sentences(frame: pd.DataFrame, otherwise: str) -> None:
    """Sentences as a list, or `otherwise` if there are none."""
    st.markdown("\n".join(f"- {plain(text)}" for text in frame["sentence"]) or otherwise)


def weak_points(frame: pd.DataFrame, view: View) -> None:
    """What a unit has to improve, each with the link that gives it a task about it."""
    for _, row in frame.iterrows():
        with st.container(gap="xxsmall"):
            st.markdown(f"- {plain(row['sentence'])}")
            offer_task(view, view.parameters["unit"], row["indicator_code"])
    if frame.empty:
        tell_none(frame, view, "Không có chỉ tiêu nào dưới mục tiêu.")


def listed(counted: pd.DataFrame, rows: pd.DataFrame, columns: list[str], view: View, name: str, how: str) -> None:
    """A list: in one sentence what it is made of, its first rows, and beside the definition every row."""
    st.markdown(plain(counted["sentence"].iloc[0]))
    told_rows(rows, columns, view, name, how)


def told_rows(rows: pd.DataFrame, columns: list[str], view: View, name: str, how: str) -> None:
    """The first rows of a list, marked if simulated; a sentence above says why there are none."""
    if rows.empty:
        return
    if rows.attrs["simulated"]:
        st.badge("MÔ PHỎNG", color="violet")
    table(rows.head(_FIRST), columns)
    details(rows, view, name, how)


def place_in_words(unit: pd.Series) -> str:
    """A commune's kind, population and area, with the source."""
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
    """A chart title that names the best and the worst of the ranked units with their values, and how many are equal."""
    placed = rows[rows["place"].notna()]
    if placed.empty:
        return f"{name}, {view.period_title}"
    first, last = placed.iloc[0], placed.iloc[-1]
    word, equal = view.home["member_word"], placed["text"].value_counts()
    # Small denominators, parts and missing values are not ranked: then the best is that of the ranked ones.
    among = "" if len(placed) == len(rows) else f"trong {len(placed)}/{len(rows)} {word} xếp hạng được, "
    title = f"{name}, {view.period_title}: {among}"
    if equal[first["text"]] == len(placed) > 1:
        return f"{title}{len(placed)} {word} cùng {first['text']}"
    best = vietnamese.together(first["name"], int(equal[first["text"]]) - 1, word)
    worst = vietnamese.together(last["name"], int(equal[last["text"]]) - 1, word)
    if len(placed) == 1:
        return f"{title}{best} {first['text']}"
    return f"{title}tốt nhất {best} {first['text']}, kém nhất {worst} {last['text']}"


def uploader_words(megabytes: int) -> None:
    """Vietnamese texts for the file uploader: Streamlit's own texts are English and cannot be configured."""
    st.html(f"<style>{asset('uploader.css').replace('MB MB', f'{megabytes} MB')}</style>")
