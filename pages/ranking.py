"""Xếp hạng: the district among the 10, over the years and criterion by criterion."""

import streamlit as st

from charts.bars import ranked_bars
from charts.bump import bump
from charts.criteria import criteria_dots
from charts.tiles import tile_map
from frame import open_page
from inert import plain
from panel import definition, place_card, show, table

with open_page("Xếp hạng 10 huyện", periods=False) as view:
    years = view.ask("index_years")
    names = years.drop_duplicates("index_code").set_index("index_code")["name"]
    if years.empty:
        st.info("Chưa có điểm của các huyện. Nạp tệp index_score để xem xếp hạng.")
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        index = view.choose("index", "Bộ chỉ số", list(names.index), names.get, width=420)
        offered = years.loc[years["index_code"] == index, "year"].astype(str).tolist()
        year = view.choose("year", "Năm", offered, widget=st.segmented_control)
    view.parameters = {"index": index, "year": int(year)}
    view.said += [f"**{plain(names[index])}**", f"năm **{year}**"]
    home = view.home["home_code"]

    places = view.ask("district_place")
    for _, row in places[(places["index_code"] == index) & (places["year"] == int(year))].iterrows():
        with st.container(border=True):
            place_card(row)

    scores, ranks, criteria = view.ask("district_scores"), view.ask("district_ranks"), view.ask("district_criteria")
    simulated = scores.attrs["simulated"]
    left, right = st.columns(2, gap="small")
    with left:
        figure = ranked_bars(
            scores.assign(rank=scores["place"]),
            title=f"Điểm năm {year} (% điểm tối đa) và xếp loại",
            simulated=simulated,
            highlight=home,
        )
        show(figure, scores, view, f"diem-{index}", definition("index"))
    with right:
        figure = bump(ranks, title="Thứ hạng qua các năm", simulated=simulated, highlight=home)
        show(figure, ranks, view, f"thu-hang-{index}", definition("index"))

    left, right = st.columns(2, gap="small")
    with left:
        figure = criteria_dots(
            criteria, title=f"Từng tiêu chí so với đơn vị cao nhất và bình quân, năm {year}", simulated=simulated
        )
        show(figure, criteria, view, f"tieu-chi-{index}", definition("index"))
    with right:
        figure = tile_map(
            scores.assign(text=scores["short_text"]),
            title=f"Xếp loại trên bản đồ ô, năm {year}",
            simulated=simulated,
            highlight=home,
        )
        show(figure, scores, view, f"ban-do-{index}", definition("index"))

    published = view.ask("published_history")
    if len(published):
        st.subheader("Xếp loại đã công bố", anchor=False)
        st.markdown(":small[Số liệu thật theo nguồn báo chí; những năm không có nguồn thì để trống.]")
        table(published, ["year", "class_name", "districts", "source"])
