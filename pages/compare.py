"""So sánh xã: two to five communes side by side, with suggested peers."""

import streamlit as st

from charts.bars import ranked_bars
from ui.box import details, show
from ui.page import open_page
from ui.parts import GROUPS, doubts, era
from ui.tables import side_by_side, table
from words.definitions import definition
from words.escape import plain

MOST = 5

with open_page("So sánh xã") as view:
    with view.filters():
        era(view)
        groups = {"every": "Mọi nhóm"} | GROUPS
        group = view.choose("group", "Nhóm chỉ tiêu", list(groups), groups.get, "every", widget=st.segmented_control)
    every = view.ask("units").query("is_member").set_index("unit_code")
    offered = every[every["is_successor"] == (view.parameters["scope"] == "successor")]
    chosen = view.choose_many(
        "units",
        f"Chọn 2 đến {MOST} đơn vị",
        list(offered.index),
        offered["full_name"].get,
        list(offered.index[:3]),
        MOST,
    )
    if len(chosen) < 2:
        st.info("Chọn ít nhất hai đơn vị để so sánh.", icon=":material/compare_arrows:")
        view.stop()
    view.parameters |= {
        "units": view.choices["units"],
        "group": "" if group == "every" else group,
        "unit": chosen[0],
        "index": "all",
    }
    view.said.extend(plain(name) for name in offered["name"].loc[chosen])

    doubts(view)
    cells = view.ask("compared_units")
    simulated = cells.attrs["simulated"]
    left, right = st.columns([3, 2], gap="small")
    with left:
        score = cells[cells["indicator_code"] == "score"]
        figure = ranked_bars(
            score.assign(name=score["unit_name"], rank=score["unit_rank"]),
            title=f"Điểm: {groups[group].lower()}, {view.period_title}",
            simulated=simulated,
        )
        show(
            figure,
            score,
            view,
            "diem-so-sanh",
            definition("score"),
            view.open_member,
        )
    with right.container(border=True, height="stretch"):
        peers = view.ask("unit_peers").head(5)
        st.subheader(f"Đơn vị tương đồng với {plain(offered.loc[chosen[0], 'name'])}", anchor=False)
        st.markdown(":small[Cùng vùng trước, rồi gần nhất về dân số.]")
        table(peers, ["name", "area_name", "population"], "Chưa có số dân để tìm đơn vị tương đồng.")
        details(peers, view, "tuong-dong", "Cùng vùng trước, rồi gần nhất về dân số.")
        if not peers.empty and st.button("So với ba đơn vị tương đồng nhất", icon=":material/group_add:"):
            view.keep("units", [chosen[0], *peers["unit_code"].head(3)])
    side_by_side(cells)
    details(cells, view, "so-sanh", definition("compare"))
