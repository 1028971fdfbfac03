"""Tổng quan: where the district stands against target, what got worse, whom to call."""

import streamlit as st

from charts.bars import ranked_bars
from charts.tiles import tile_map
from charts.trend import trend
from frame import open_page
from panel import card, definition, details, show

with open_page("Tổng quan") as view:
    headline = view.ask("headline")
    months = view.ask("headline_trend").groupby("code")["value"].apply(list)
    with st.grid(4, min_column_width=230, gap="small"):
        for _, row in headline.iterrows():
            card(row, view, months.get(row["code"]))

    attention, place = st.columns([3, 2], gap="small")
    with attention.container(border=True, height="stretch"):
        st.subheader("Cần chú ý", anchor=False)
        notes = view.ask("attention")
        for _, note in notes.iterrows():
            page = "pages/commune.py" if note["unit_code"] else "pages/communes.py"
            link = view.link(unit=note["unit_code"], indicator=note["indicator_code"])
            st.page_link(page, label=f"**{note['topic']}.** {note['sentence']}", query_params=link, width="stretch")
    with place.container(border=True, height="stretch"):
        st.subheader("Trong 10 huyện, thị xã, thành phố", anchor=False)
        for _, index in view.ask("district_place").head(2).iterrows():
            st.metric(index["index_name"], f"Hạng {index['place']:.0f}/{index['ranked_districts']:.0f}", border=True)
            goal = f" Mục tiêu: {index['goal']}." if index["goal"] else ""
            st.markdown(f":small[{index['sentence']} Xếp loại {index['class_name']}.{goal}]")
        link = view.link()
        st.page_link("pages/ranking.py", label="Xem xếp hạng", icon=":material/leaderboard:", query_params=link)

    left, right = st.columns(2, gap="small")
    scores = view.ask("commune_score")
    with left:
        figure = tile_map(
            scores,
            title=f"Điểm tổng hợp {scores['ranked_units'].max()} xã, thị trấn, {view.period_title}",
            simulated=scores.attrs["simulated"],
        )
        how = "Điểm = tổng điểm các chỉ tiêu có số liệu / tổng trọng số có số liệu × 100. Trọng số là đề xuất."
        show(figure, scores, view, "diem-xa", how, lambda code: view.go("pages/commune.py", unit=code))
    with right:
        fields = view.ask("field_lateness").head(8)
        fields["unit_code"], fields["rank"], fields["text"] = fields["field_code"], None, fields["late_text"]
        figure = ranked_bars(fields, title="x", simulated=fields.attrs["simulated"])
        show(figure, fields, view, "tre-theo-linh-vuc", definition("T05"))
