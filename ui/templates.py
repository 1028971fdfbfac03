"""Downloads of the Excel templates in which data are sent."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from access import User
from ingest.schema import UPLOADED, tables
from ingest.template import TITLES, file_name, template
from ui.download import offer_file
from words.download import EXCEL


def templates(user: User) -> None:
    """Downloads of an Excel template for each table: those of figures, then the lists."""
    for title, names in (("Số liệu", UPLOADED), ("Danh mục", [name for name in TITLES if name not in UPLOADED])):
        st.caption(title)
        offer_templates(names, user)


def offer_templates(names: Iterable[str], user: User) -> None:
    """Downloads of the templates of these tables."""
    with st.container(horizontal=True):
        for name in names:
            table = tables()[name]
            offer_file(
                TITLES[name],
                file_name(table),
                EXCEL,
                lambda out, table=table: out.write(template(table)),
                user,
                "upload",
            )
