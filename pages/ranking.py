"""Xếp hạng: the district among the ten: years, criteria, losses, leads to defend, stability of the ranking."""

import streamlit as st

from charts.bars import ranked_bars
from charts.bump import bump
from charts.criteria import criteria_dots
from charts.ranges import rank_ranges
from charts.tiles import tile_map
from ui.box import details, show
from ui.missing import tell_why
from ui.page import open_page
from ui.parts import doubts, lever, place_card, sentences
from ui.tables import table
from words.definitions import definition
from words.escape import plain

SPREADS = {"10": "±10 %", "20": "±20 %", "30": "±30 %", "50": "±50 %"}

with open_page("Xếp hạng 10 huyện", periods=False) as view:
    years = view.ask("index_years")
    names = years.drop_duplicates("index_code").set_index("index_code")["name"]
    if years.empty:
        tell_why(years, view)
        view.stop()
    with view.filters():
        index = view.choose("index", "Bộ chỉ số", list(names.index), names.get, width=420)
        offered = years.loc[years["index_code"] == index, "year"].astype(str).tolist()
        year = view.choose("year", "Năm", offered, widget=st.segmented_control)
        spread = view.choose("spread", "Đổi trọng số", list(SPREADS), SPREADS.get, "30", st.segmented_control)
    view.parameters = {"index": index, "year": int(year), "spread": int(spread)}
    view.said += [f"**{plain(names[index])}**", f"năm **{year}**"]
    home = view.home["ranked_code"]

    said = view.ask("criterion_lever")
    scores, ranks, criteria = view.ask("district_scores"), view.ask("district_ranks"), view.ask("district_criteria")
    tried, simulated = view.ask("rank_sensitivity"), scores.attrs["simulated"]
    lost = criteria.assign(
        unit_code=criteria["criterion_code"], name=criteria["short_name"], status="context", low_volume=False
    )
    left, right = st.columns(2, gap="small")
    with left.container(border=True, height="stretch"):
        places = view.ask("district_place")
        for _, row in places[(places["index_code"] == index) & (places["year"] == int(year))].iterrows():
            place_card(row)
        sentences(said[said["kind"] != "lever"], "Chưa có điểm của huyện.")
    with right:
        figure = tile_map(scores.assign(text=scores["short_text"]), title=f"Xếp loại trên bản đồ ô, năm {year}",
                          simulated=simulated, highlight=home)  # fmt: skip
        show(figure, scores, view, f"ban-do-{index}", definition("index"))
    lever(said.loc[said["kind"] == "lever", "sentence"])
    doubts(view)

    charts = {
        "diem": (ranked_bars(scores.assign(rank=scores["place"]), title=f"Điểm năm {year} (% điểm tối đa) và xếp loại",
                             simulated=simulated, highlight=home), scores, "index"),
        "thu-hang": (bump(ranks, title="Thứ hạng qua các năm", simulated=simulated, highlight=home), ranks, "index"),
        "tieu-chi": (criteria_dots(criteria, title=f"Từng tiêu chí so với đơn vị cao nhất và bình quân, năm {year}",
                                   simulated=simulated, own_name=view.home["ranked_name"]), criteria, "index"),
        "mat-diem": (ranked_bars(lost.assign(value=lost["lost"], text=lost["lost_text"], rank=lost["lost_rank"]),
                                 title="Mất điểm ở đâu: kém đơn vị cao nhất bao nhiêu điểm", simulated=simulated), criteria, "lost"),
        "giu-diem": (ranked_bars(lost.assign(value=lost["lead"], text=lost["lead_text"], rank=lost["lead_rank"]),
                                 title="Hơn, kém đối thủ gần nhất ở từng tiêu chí (điểm), mỏng nhất ở trên", simulated=simulated),
                     criteria, "lead"),
        "do-nhay": (rank_ranges(tried, title=f"Thứ hạng khi đổi trọng số các tiêu chí {SPREADS[spread]}", simulated=simulated,
                                highlight=home), tried, "sensitivity"),
    }  # fmt: skip
    places = [column for _ in range(3) for column in st.columns(2, gap="small")]
    for place, (name, (figure, data, how)) in zip(places, charts.items(), strict=True):
        with place:
            show(figure, data, view, f"{name}-{index}", definition(how))

    published = view.ask("published_history")
    if len(published):
        st.subheader("Xếp loại đã công bố", anchor=False)
        source = "Số liệu thật theo nguồn báo chí; những năm không có nguồn thì để trống."
        st.markdown(f":small[{source}]")
        table(published, ["year", "class_name", "districts", "source"])
        details(published, view, "xep-loai-da-cong-bo", source)
