"""Nạp số liệu: upload a file, or see the cells to correct; every upload can be withdrawn."""

import streamlit as st

from ui.page import open_page
from ui.templates import templates
from ui.upload import (
    checked,
    choose_file,
    covered,
    events,
    history,
    offer_to_publish,
    offer_to_teach,
    reconciliation,
    summary,
    told,
    understood,
)

with open_page("Nạp số liệu", periods=False, needs_data=False) as view:
    told()
    new, earlier, matched, noted, forms = st.tabs(["Tệp mới", "Các lần nạp", "Đối chiếu II.06", "Sự kiện", "Tệp mẫu"])
    with earlier:
        history(view)
    with matched:
        reconciliation(view)
    with noted:
        events(view)
    with forms:
        st.markdown("Mỗi bảng một tệp mẫu Excel: tiêu đề, danh sách chọn, dòng ví dụ và trang giải thích từng cột.")
        templates(view.user)
    with new:
        seen = choose_file()
        if seen is None:
            st.caption("Tệp chỉ được đọc trong bộ nhớ. Họ tên, điện thoại, địa chỉ, số định danh bị bỏ ngay khi đọc.")
        else:
            understood(seen, view.user)
            found = checked(seen)
            summary(found, view.user)
            covered(found, seen, view)
            offer_to_teach(found, view.user)
            offer_to_publish(seen, found, view.user)
