"""The lower part of page “Kỷ cương”: lateness in period after period, and how satisfied people are with each office."""

from __future__ import annotations

import streamlit as st

from ui.box import details
from ui.lists import officer_table
from ui.missing import tell_none
from ui.parts import listed
from ui.view import View
from words.definitions import definition
from words.escape import plain


def repeated_lateness(view: View, threshold: str) -> None:
    """Officers late again in consecutive periods: how many, and for users with the right who."""
    st.subheader("Trễ nhiều kỳ liền", anchor=False)
    counted = view.ask("officer_streak_count", threshold=threshold)
    said = plain(counted["sentence"].iloc[0])
    if counted["officers"].iloc[0]:
        st.markdown(said)
    else:
        tell_none(counted, view, said)
    if view.user.may("officers"):
        officer_table(view.ask("officer_streaks", threshold=threshold), view, "tre-nhieu-ky-lien", "")
    details(counted, view, "tre-nhieu-ky-lien", definition("streak"))


def satisfaction(view: View) -> None:
    """What people say of each unit on their dossiers; where few have, that is said."""
    st.subheader("Hài lòng theo đơn vị, từ đánh giá trên hồ sơ", anchor=False)
    counted = view.ask("unit_satisfaction_count")
    if not counted["rated"].iloc[0]:
        tell_none(counted, view, plain(counted["sentence"].iloc[0]))
        return
    columns = ["unit_name", "rated", "satisfied", "satisfied_share", "drawn_share", "rating_word"]
    listed(counted, view.ask("unit_satisfaction"), columns, view, "hai-long-don-vi", definition("satisfaction"))
