"""Báo cáo: form II.06, the Word report, the slides, and all of them as one file."""

import streamlit as st

from reports import Subject
from reports.playlist import TITLES, titles
from ui.documents import show_form, show_report, show_set, show_slides
from ui.page import open_page

with open_page("Báo cáo") as view:
    units = view.ask("units").set_index("unit_code")["label"].to_dict()
    units = {view.home["home_code"]: view.whole} | units
    whole = Subject.of(view.period)

    st.subheader("Cả bộ báo cáo của kỳ", anchor=False)
    st.markdown(
        f":small[Biểu II.06 của {view.home['level_word']} và từng đơn vị, báo cáo Word, bộ trang chiếu, trong một tệp zip. Biểu II.06 nộp cấp trên "
        "tính theo kỳ báo cáo (15–14): chọn lịch ở trên.]"
    )
    show_set(whole, view.user)

    st.subheader("Biểu II.06", anchor=False)
    unit = view.choose("unit", "Đơn vị", list(units), units.get, width=320)
    show_form(Subject.of(view.period, unit), view.user)

    left, right = st.columns(2, gap="small")
    with left.container(border=True, height="stretch"):
        st.subheader("Báo cáo Word", anchor=False)
        st.markdown(":small[Thể thức NĐ 30/2020/NĐ-CP; câu chữ nằm trong tệp mẫu, sửa được bằng Word.]")
        show_report(whole, view.user)
    with right.container(border=True, height="stretch"):
        st.subheader("Bộ trang chiếu (.pptx)", anchor=False)
        st.markdown(":small[Biểu đồ sửa được trong PowerPoint; cách tính và nguồn ở phần ghi chú.]")
        slides = view.choose_many(
            "slides", "Các trang, theo thứ tự chọn", TITLES, titles(whole).get, default=list(TITLES), most=len(TITLES)
        )
        if slides:
            show_slides(whole, slides, view.user)
