"""Trình chiếu: the slides of a meeting; slides, order, period, unit, speed and theme are in the URL."""

import streamlit as st

from reports import Subject
from reports.playlist import TITLES, titles
from ui.page import open_page
from ui.present import perform, summary

SPEEDS = {"0": "Tự bấm", "10": "10 giây", "15": "15 giây", "20": "20 giây", "30": "30 giây", "60": "1 phút"}
LOOKS = {"light": "Nền sáng", "dark": "Nền tối"}
KEYS = (
    "Phím: → hoặc PageDown sang trang, ← hoặc PageUp về trang trước, phím cách tạm dừng (khi tự bấm: sang trang), "
    "F toàn màn hình, B màn đen, Esc kết thúc. Vuốt sang trái, phải trên màn hình cảm ứng. Bấm một thanh để làm nổi, "
    "bấm đúp để bỏ."
)

with open_page("Trình chiếu", newest=True) as view:
    units = view.ask("units").set_index("unit_code")["label"].to_dict()
    units = {view.home["home_code"]: view.whole} | units
    with st.container(horizontal=True, vertical_alignment="bottom"):
        unit = view.choose("unit", "Đơn vị", list(units), units.get, width=260)
        speed = view.choose("speed", "Tự chuyển sau", list(SPEEDS), SPEEDS.get, "20", width=160)
        look = view.choose("look", "Nền", list(LOOKS), LOOKS.get, widget=st.segmented_control)
    subject = Subject.of(view.period, unit)
    slides = view.choose_many(
        "slides", "Các trang, theo thứ tự chọn", TITLES, titles(subject).get, default=list(TITLES), most=len(TITLES)
    )
    if not slides:
        st.info("Chọn ít nhất một trang.", icon=":material/info:")
    elif view.kept("show"):
        if perform(view, subject, slides, int(speed), look == "dark"):
            view.keep("show", "")
    else:
        if st.button("Bắt đầu trình chiếu", type="primary", icon=":material/play_arrow:"):
            view.keep("show", "1")
        st.markdown(f":small[{KEYS} Chép liên kết khi đang chiếu để lần sau mở là chiếu ngay.]")
        summary(subject, slides)
