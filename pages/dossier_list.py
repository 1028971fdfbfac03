"""Danh sách hồ sơ: the dossiers behind a figure, page by page, with the next step for each."""

import streamlit as st

from ui.give import offer_task_about
from ui.lists import SORTS, dossier_filters, download_list, letters_link, listing, pages_of
from ui.missing import tell_none
from ui.page import open_page
from words.escape import plain

with open_page("Danh sách hồ sơ") as view:
    subsets = dossier_filters(view)
    titles = subsets["title"].to_dict()
    with view.filters():
        subset = view.choose("subset", "Danh sách", list(titles), titles.get, "late", width=300)
        search = view.write("search", "Tìm mã hồ sơ, tên thủ tục", width=260)
        sort = view.choose("sort", "Xếp theo", list(SORTS), SORTS.get, width=220)
        asked = {"subset": subset, "search": search, "sort": sort}
        counted = view.ask("dossier_count", **asked).iloc[0]
        page = view.choose("page", "Trang", pages_of(counted), width=100)
    view.said.append(f"**{titles[subset]}**" + (f", tìm “{plain(search)}”" if search else ""))

    rows = view.ask("dossier_list", page=page, **asked)
    st.subheader(f"{counted['text']}, trang {page}/{counted['pages']}", anchor=False)
    if rows.empty:
        tell_none(rows, view, "Không có hồ sơ nào như vậy trong kỳ này.")
        view.stop()
    listing(rows)
    offer_task_about(rows, view)
    download_list(view, asked)
    letters_link(view)
