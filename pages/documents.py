"""Báo cáo."""

from frame import open_page

with open_page("Báo cáo") as view:
    pass
