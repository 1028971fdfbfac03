"""Cải cách hành chính: criteria and distance to Tốt, tasks of the plan, proposals, satisfaction."""

import streamlit as st

from charts.bars import ranked_bars
from charts.criteria import criteria_dots
from charts.trend import trend
from ui.box import details, show
from ui.page import open_page
from ui.parts import doubts, lever, place_card, sentences
from ui.reform import cuts
from ui.tables import table
from words.definitions import definition
from words.escape import plain

OPINIONS = ("C05", "C04", "T23", "Q53")

with open_page("Cải cách hành chính") as view:
    years = view.ask("index_years")
    offered = years.loc[years["index_code"] == "par", "year"].astype(str).tolist()
    names = view.ask("indicators").set_index("indicator_code")
    with view.filters():
        year = view.choose("year", "Năm của chỉ số", offered, widget=st.segmented_control)
        opinion = view.choose("indicator", "Hài lòng, phản ánh", OPINIONS, names["name"].get, width=420)
    view.parameters |= {"index": "par", "year": int(year), "plan": "par", "indicator": opinion, "scope": "commune"}
    view.said.append(f"chỉ số năm **{year}**")

    said = view.ask("criterion_lever")
    criteria = view.ask("district_criteria")
    left, right = st.columns([2, 3], gap="small")
    with left.container(border=True, height="stretch"):
        places = view.ask("district_place")
        for _, row in places[(places["index_code"] == "par") & (places["year"] == int(year))].iterrows():
            place_card(row)
        sentences(said[said["kind"] != "lever"], "Chưa có điểm của huyện.")
    with right:
        title = f"Sáu lĩnh vực và chỉ đạo điều hành, năm {year}"
        simulated, own = criteria.attrs["simulated"], view.home["ranked_name"]
        figure = criteria_dots(criteria, title=title, simulated=simulated, own_name=own)
        show(figure, criteria, view, "linh-vuc-cchc", definition("index"))
    lever(said.loc[said["kind"] == "lever", "sentence"])
    doubts(view)
    table(criteria, ["name", "maximum", "self_score", "own", "self_gap", "to_full", "change", "owner", "evidence"])

    for kind, title in (
        ("task", "Nhiệm vụ của kế hoạch cải cách hành chính"),
        ("proposal", "Kiến nghị cắt giảm, đơn giản hóa thủ tục"),
    ):
        rows = view.ask("initiatives", initiative_kind=kind)
        st.subheader(title, anchor=False)
        st.markdown(plain(view.ask("initiative_count", initiative_kind=kind)["sentence"].iloc[0]))
        if len(rows):
            table(
                rows.head(8),
                ["name", "owner", "due_on", "percent", "state_name", "days_late", "outcome"],
            )
            details(
                rows, view, f"viec-{kind}", "Việc quá hạn xếp trước; trang chỉ hiện tám dòng đầu, bảng này đủ mọi dòng."
            )

    cuts(view)

    st.subheader("Hài lòng, phản ánh, kiến nghị", anchor=False)
    left, right = st.columns(2, gap="small")
    with left:
        past = view.ask("trend")
        title = f"{names.loc[opinion, 'name']}: {view.whole.lower()}"
        figure = trend(past, title=title, simulated=past.attrs["simulated"], events=view.ask("events"))
        show(figure, past, view, f"dien-bien-{opinion}", definition(opinion))
    with right:
        rows = view.ask("commune_indicator")
        figure = ranked_bars(
            rows.assign(rank=rows["place"]),
            title=f"{names.loc[opinion, 'name']} theo {view.member}, {view.period_title}",
            simulated=rows.attrs["simulated"],
        )
        show(figure, rows, view, f"xa-{opinion}", definition(opinion), view.open_member)
