"""Tài khoản: the signed-in user, the user's rights, and signing in and out."""

import streamlit as st

from ui.account import mail_choice, rights_of, sign_out
from ui.identity import offer
from ui.page import open_page
from words.escape import plain

with open_page("Tài khoản", periods=False, needs_data=False, homes=False) as view:
    user = view.user
    if user.is_signed_in:
        st.markdown(f"Đăng nhập là **{plain(user.name)}**, vai trò **{user.role.title.lower()}**.")
        if st.button("Đăng xuất", icon=":material/logout:"):
            sign_out(user)
        mail_choice(view)
    else:
        if user.expired:
            st.warning("Phiên đăng nhập đã hết hạn.", icon=":material/timer_off:")
        st.markdown(f"Bạn chưa đăng nhập; quyền hiện có: **{user.role.title.lower()}**.")
        offer()
    st.subheader("Quyền của bạn", anchor=False)
    st.markdown(rights_of(user))
