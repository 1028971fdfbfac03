"""Tình hình số liệu: which unit sent which month, which source is overdue, what is missing, what each page still needs."""

import streamlit as st

from ui.arrivals import alert, folders, sources_told
from ui.data_health import chosen_table, files, grid, needs, refused, to_remind, unclear
from ui.page import open_page

with open_page("Tình hình số liệu", periods=False, needs_data=False) as view:
    if view.snapshot is None:
        st.info("Chưa có tệp nào được nạp. Dưới đây là những gì mỗi trang cần.", icon=":material/database_off:")
        folders(view)
        needs(view)
        view.stop()
    alert(view)
    chosen_table(view)
    rows = grid(view)

    left, right = st.columns([3, 2], gap="small")
    with left.container(border=True, height="stretch"):
        to_remind(rows, view)
    with right.container(border=True, height="stretch"):
        unclear(view)
        refused(view)

    sources_told(view)
    folders(view)
    st.subheader("Các lần nạp có số liệu này", anchor=False)
    files(view)
    needs(view)
