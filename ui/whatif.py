"""Parts of the page “Nếu – thì”: the form for a move, the list of moves, the search for the cheapest plan."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from queries.scenario import EVERYONE, EVERYTHING, Move, Plan, as_json, cheapest, parse, with_move, written
from ui.box import details
from ui.tables import table
from ui.view import View
from words import vietnamese
from words.definitions import definition
from words.escape import plain

SCALES = {"dti": "Chuyển đổi số (ước tính)", "service": "Chỉ số 766 (ước tính)", "all": "Điểm tổng hợp"}
_SCORES = [str(score) for score in range(50, 101)]
_EVERYTHING = "Mọi chỉ tiêu"


def _everyone(view: View) -> str:
    return f"Mọi {view.member} dưới mức đủ điểm"


def kept_moves(view: View) -> tuple[Move, ...]:
    """The scenario in the URL; also puts it into the query parameters of the view."""
    moves = parse(view.kept("moves"))
    view.parameters["moves"] = as_json(moves)
    return moves


def move_form(view: View, moves: tuple[Move, ...], communes: dict[str, str], names: dict[str, str]) -> None:
    """A form that chooses a commune, an indicator and a value, and adds the move to the scenario."""
    with st.container(border=True, height="stretch"):
        st.subheader("Thêm một thay đổi", anchor=False)
        named = {EVERYONE: _everyone(view)} | communes
        unit = st.selectbox(view.members.capitalize(), list(named), format_func=named.get)
        offered = {EVERYTHING: _EVERYTHING} | names
        indicator = st.selectbox("Chỉ tiêu", list(offered), format_func=offered.get, index=min(1, len(names)))
        value = None
        if unit == EVERYONE or indicator == EVERYTHING:
            st.markdown(":small[Nâng lên mức đủ điểm; đơn vị đã đạt thì giữ nguyên.]")
        else:
            value = _value(view, unit, indicator)
        if st.button("Thêm vào kịch bản", type="primary", icon=":material/add:"):
            view.keep("moves", written(with_move(moves, Move(unit, indicator, value))))


def _value(view: View, unit: str, indicator: str) -> int:
    """An input for the assumed value; it starts with the current value."""
    rows = view.ask("commune_indicator", indicator=indicator)
    row = rows[rows["unit_code"] == unit].iloc[0]
    share = row["measure"] == "%"
    start = 0 if pd.isna(row["value"]) else round(float(row["value"]))
    now = "chưa có số liệu" if pd.isna(row["value"]) else row["text"]
    return st.number_input(
        plain(f"Giá trị giả định ({row['measure']}); hiện nay {now}, mục tiêu {row['target_text']}"),
        min_value=0,
        max_value=100 if share else None,
        value=start,
        step=1,
        key=f"value_{unit}_{indicator}",
    )


def move_list(view: View, moves: tuple[Move, ...], communes: dict[str, str], names: dict[str, str]) -> None:
    """The moves of the scenario, each with a button that removes it."""
    with st.container(border=True, height="stretch"):
        st.subheader(f"Kịch bản: {len(moves)} thay đổi" if moves else "Kịch bản trống", anchor=False)
        if not moves:
            st.markdown("Thêm một thay đổi, hoặc tìm cách rẻ nhất ở dưới. Kịch bản nằm trong liên kết của trang.")
            return
        with st.container(height=230, border=False):
            for place, move in enumerate(moves):
                unit = _everyone(view) if move.unit == EVERYONE else communes.get(move.unit, move.unit)
                name = _EVERYTHING if move.indicator == EVERYTHING else names.get(move.indicator, move.indicator)
                to = "mức đủ điểm" if move.value is None else vietnamese.limit(move.value)
                with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
                    st.markdown(f"**{plain(unit)}**: {plain(name)} → {to}", width="stretch")
                    if st.button("Bỏ", key=f"drop_{place}_{move.unit}_{move.indicator}", type="tertiary"):
                        view.keep("moves", written(other for other in moves if other != move))
        if st.button("Xóa kịch bản", icon=":material/delete:", type="tertiary"):
            view.keep("moves", "")


def verdict(view: View, rows: pd.DataFrame, scale: str, moved: bool) -> str:
    """The effect of the scenario on the home, in one sentence."""
    if rows.empty or pd.isna(rows["value"].iloc[0]):
        return f"Chưa đủ số liệu để tính điểm của {view.home['level_word']}."
    row = rows.iloc[0]
    if not moved:
        level = "" if pd.isna(row["before_class"]) else f", mức {row['before_class']}"
        return f"{SCALES[scale]}, {view.whole.lower()}: đang có {row['today_text']}{level}."
    left = f"còn thiếu {vietnamese.quantity(row['to_good'], 'điểm')} đến Tốt" if row["to_good"] > 0 else "đạt mức Tốt"
    return (
        f"{SCALES[scale]}, {view.whole.lower()}: {_classed(row['today_text'], row['before_class'])} → "
        f"{_classed(row['after_text'], row['class_name'])}, {left}."
    )


def _classed(text: str, name) -> str:
    """Points with their class, if there is one."""
    return text if pd.isna(name) else f"{text} ({name})"


def search(view: View, moves: tuple[Move, ...], units: dict[str, str], rows: pd.DataFrame) -> None:
    """Find the least effort that lifts a unit to a score; the effort weights can be changed here."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        unit = view.choose("goal_unit", "Nâng điểm của", list(units), units.get, width=260)
        today = rows.set_index("unit_code")["today"].get(unit)
        wanted = float(view.choose("wanted", "Điểm muốn đạt", _SCORES, default="85", width=160))
        efforts = _efforts(view)
    if today is None or pd.isna(today):
        view.explain("Đơn vị này chưa có điểm để tính: chưa đủ số liệu.")
        return
    options = view.ask("scenario_options", unit=unit, efforts=json.dumps(efforts))
    plan = cheapest(options, float(today), wanted, unit == view.home["home_code"])
    st.markdown(_said(view.member, plan, units[unit], float(today), wanted))
    if plan.chosen.empty:
        return
    if st.button("Đưa vào kịch bản", icon=":material/playlist_add:"):
        for move in plan.moves:
            moves = with_move(moves, move)
        view.keep("moves", written(moves))
    chosen = plan.chosen.reset_index(drop=True)
    chosen.attrs = options.attrs
    with st.container(height=360, border=False):
        table(chosen, ["unit_name", "short_name", "value", "goal_text", "effort", "unit_gain", "district_gain"])
    details(chosen, view, "cach-re-nhat", definition("effort"))


def _efforts(view: View) -> dict[str, float]:
    """The effort weights of the indicators: reference data with the reader's changes."""
    rows = view.ask("efforts")
    with st.popover("Trọng số công sức", icon=":material/tune:"):
        st.markdown("Công sức để đi từ 0 đến mức đủ điểm. :orange-badge[Chưa xác nhận: đề xuất] Sửa ở đây để thử; sửa lâu "
                    "dài bằng cách nạp lại bảng indicator.")  # fmt: skip
        edited = st.data_editor(
            rows.set_index("indicator_code")[["short_name", "effort"]],
            hide_index=True,
            disabled=["short_name"],
            column_config={
                "short_name": st.column_config.TextColumn("Chỉ tiêu"),
                "effort": st.column_config.NumberColumn("Công sức", min_value=0.1, max_value=100.0, required=True),
            },
            key=f"efforts_{view.choices['index']}",
        )
    # The editor enforces its limits only in the browser, so enforce them here too.
    given = edited["effort"].fillna(1).clip(0.1, 100)
    return {code: float(effort) for code, effort in given.items()}


def _said(member: str, plan: Plan, name: str, today: float, wanted: float) -> str:
    """The plan in one sentence."""
    score = vietnamese.quantity(today, "điểm")
    if plan.chosen.empty:
        return (
            f"{plain(name)} đang có {score}, đã đạt {vietnamese.limit(wanted, 'điểm')}."
            if plan.is_enough
            else f"{plain(name)} đang có {score} và không còn chỉ tiêu nào nâng được."
        )
    score, reached = (vietnamese.number(one, vietnamese.decimals_of("điểm")) for one in (today, today + plan.gain))
    effort = vietnamese.number(plan.effort, vietnamese.decimals_of("công sức"))
    if not plan.is_enough:
        return (
            f"**Không đủ:** nâng mọi chỉ tiêu của mọi {member} lên mức đủ điểm thì {plain(name)} mới từ {score} lên {reached} điểm; "
            "phần còn lại nằm ở chỉ tiêu thiếu số liệu hoặc của bộ phận khác."
        )
    surely = "ít công sức nhất" if plan.is_proved else "tốt nhất tìm được trong 10 giây"
    return f"**{len(plan.chosen)} việc**, tổng công sức {effort} ({surely}): {plain(name)} từ {score} lên **{reached}** điểm."
