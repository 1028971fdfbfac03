"""Quản trị: users, tokens, audit log, state of the store."""

import streamlit as st

from ui.administration import log_table, mail, people, program, programs, store_state
from ui.page import open_page

with open_page("Quản trị", periods=False, needs_data=False, homes=False) as view:
    st.subheader("Người dùng", anchor=False)
    people()
    st.subheader("Mã truy cập của chương trình", anchor=False)
    programs(view)
    st.subheader("Thư thông báo", anchor=False)
    mail()
    st.subheader("Nhật ký", anchor=False)
    log_table(view.user)
    st.subheader("Kho số liệu", anchor=False)
    store_state(view.snapshot, view.user)
    st.subheader("Chương trình", anchor=False)
    program()
