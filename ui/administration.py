"""What the page “Quản trị” shows: people and rights, the log, the store."""

from __future__ import annotations

from typing import BinaryIO

import pandas as pd
import streamlit as st

from access import RIGHTS, ROLES, User, audit, settings
from access.settings import BadSettings
from ingest import worker
from ingest.store.backup import name_of
from queries import Snapshot
from queries.snapshot import id_of, store_directory
from serve.downloads import Told
from ui.download import offer_file
from ui.page import View, moment_here
from ui.tokens import program_tokens
from words import vietnamese
from words.download import as_csv
from words.escape import plain
from words.version import version

_ANY = "all"


def people() -> None:
    """The people with an assigned role, and what each role may do."""
    try:
        known = settings.load()
    except (BadSettings, OSError) as error:
        st.error(f"Tệp cấu hình đăng nhập có lỗi: {plain(str(error))}", icon=":material/error:")
        return
    rows = [(account.name, account.role.title, "mật khẩu") for account in known.users.values()]
    rows += [(mail, role.title, "nhà cung cấp danh tính") for mail, role in known.people.items()]
    rows += [(f"giá trị “{value}”", role.title, "nhà cung cấp danh tính") for value, role in known.claims.items()]
    if rows:
        st.dataframe(pd.DataFrame(rows, columns=["Ai", "Vai trò", "Đăng nhập bằng"]), hide_index=True, width="content")
    st.markdown(f"Chưa đăng nhập thì được coi là: **{known.anonymous.title.lower()}**.")
    table = pd.DataFrame(
        {"Quyền": [right.says for right in RIGHTS.values()]}
        | {role.title: ["✓" if role >= right.least else "–" for right in RIGHTS.values()] for role in ROLES.values()}
    )
    st.table(table, hide_index=True, border="horizontal")
    st.markdown(
        ":small[Thêm, đổi, bỏ người dùng trên máy chủ: `python -m access add-user TÊN --role leader`, "
        "`python -m access remove-user TÊN`.]"
    )


def programs(view: View) -> None:
    """The tokens of programs."""
    program_tokens(view)


def log_table(user: User) -> None:
    """The log, newest first, filtered by kind of event; the whole log can be downloaded."""
    store = store_directory()
    said = audit.events(store)
    if broken := audit.broken_lines(store):
        lines = ", ".join(map(str, broken[:20]))
        st.error(f"Nhật ký bị sửa, mất hoặc cụt dòng, thấy ở dòng {lines}.", icon=":material/gpp_bad:")
    if not said:
        st.markdown("Nhật ký còn trống.")
        return
    kinds = {_ANY: "Mọi việc"} | dict(audit.EVENTS.items())
    kind = st.selectbox("Việc", list(kinds), format_func=kinds.get, width=320)
    rows = _rows([one for one in said if kind in (_ANY, one["event"])])
    st.dataframe(rows, hide_index=True, width="stretch", height=360)
    offer_file(
        "Tải nhật ký",
        "nhat-ky.csv",
        "text/csv",
        lambda out: out.write(as_csv(_rows(said), False)),
        user,
        "administer",
        "export_audit",
    )


def _rows(said: list[dict]) -> pd.DataFrame:
    """Log entries as a table, newest first."""
    return pd.DataFrame(
        [
            {
                "Lúc": moment_here(one["at"]),
                "Ai": one["who"],
                "Việc": audit.EVENTS.get(one["event"], one["event"]),
                "Chi tiết": audit.details(one),
            }
            for one in reversed(said)
        ]
    )


def program() -> None:
    """The version of the running program."""
    st.markdown(f"Chương trình phiên bản **{version()}**. Từng bản có gì mới: `CHANGELOG.md`.")


def store_state(snapshot: Snapshot | None, user: User) -> None:
    """The current snapshot, its age and the store's size; a download of the whole store as a backup."""
    if snapshot is None:
        st.markdown("Kho còn trống.")
        return
    store = store_directory()
    sizes = {
        folder: sum(path.stat().st_size for path in (store / folder).glob("*") if path.is_file()) / 1e6
        for folder in ("uploads", "snapshots")
    }
    st.markdown(
        f"Bản số liệu **{snapshot.id}**, công bố lúc {moment_here(snapshot.manifest['built_at'])}, "
        f"{vietnamese.number(len(snapshot.uploads))} lần nạp; kho lưu {vietnamese.number(sizes['uploads'], 1)} MB, các bản "
        f"{vietnamese.number(sizes['snapshots'], 1)} MB. Tình trạng cho máy giám sát: `/healthz`."
    )
    offer_file("Tải bản sao lưu", name_of(snapshot.id), "application/x-tar", _backed_up, user, "administer", "backup")
    st.markdown(
        ":small[Cả kho trong một tệp, kể cả hồ sơ: cất như cất hồ sơ. Khôi phục trên máy chủ: "
        "`python -m ingest restore-backup TỆP`.]"
    )


def _backed_up(out: BinaryIO) -> Told:
    """Write a backup of the whole store as it is now; the file is named after its snapshot."""
    snapshot_id = id_of(worker.back_up(out, store_directory())["sequence"])
    return Told(name_of(snapshot_id), {"snapshot": snapshot_id})
