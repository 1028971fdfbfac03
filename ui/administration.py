"""What the page “Quản trị” shows: people and rights, mail, the log, the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import BinaryIO

import pandas as pd
import streamlit as st

from access import RIGHTS, ROLES, User, audit, choices, settings
from access.settings import BadSettings
from ingest import worker
from ingest.store.backup import name_of
from ingest.store.fault import StoreFault
from notify import book
from queries import Snapshot
from queries.snapshot import id_of, store_directory
from serve.downloads import Told
from ui.download import offer_file
from ui.header import moment_here
from ui.tokens import program_tokens
from ui.view import View
from words import vietnamese
from words.download import as_csv
from words.escape import plain
from words.version import version

_ANY = "all"
_MAILS = 200  # of the newest mails are listed


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


def mail() -> None:
    """Whether mail can be sent, who gets it or why not, and what was sent."""
    try:
        known, sending = settings.load(), settings.mail()
    except (BadSettings, OSError) as error:
        st.error(f"Không gửi thư: {plain(str(error))}.", icon=":material/error:")
        return
    if sending is None:
        st.markdown("Chưa gửi thư: tệp cấu hình chưa có mục `[mail]` (xem `deploy/secrets.example.toml`).")
        return
    secured = {"starttls": "STARTTLS", "tls": "TLS", "none": "không mã hóa, trên chính máy này"}[sending.tls]
    st.markdown(
        f"Gửi qua **{plain(sending.host)}** ({secured}), đến địa chỉ ở {plain(', '.join(sending.domains))}; "
        f"{'có' if sending.codes else 'không có'} mã hồ sơ cho lãnh đạo trở lên."
    )
    _who_gets_mail(known, sending)
    _sent()


def _who_gets_mail(known: settings.Settings, sending: settings.Mail) -> None:
    found, damaged = choices.every(store_directory())
    if damaged:
        st.warning(f"{vietnamese.number(damaged)} tệp lựa chọn thư không đọc được; người đó cần chọn lại.")
    now = datetime.now(UTC)
    rows = [
        {
            "Ai": one.name,
            "Khi nào": choices.WHEN[one.when],
            "Đơn vị": one.unit,
            "Đến": choices.masked(one.address),
            "Vai trò": choices.role(known, one, now)[0].title,
            "Không gửi vì": choices.why_not(known, sending, one, now) or vietnamese.MISSING,
        }
        for one in found
    ]
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
    else:
        st.markdown("Chưa ai chọn nhận thư ở trang Tài khoản.")


def _sent() -> None:
    """What was handed over, newest first; what is unknown or refused stands out."""
    try:
        told = book.told(book.read(store_directory()))
    except StoreFault as fault:
        st.error(plain(fault.message), icon=":material/gpp_bad:")
        return
    if not told:
        st.markdown("Chưa gửi thư nào.")
        return
    if unknown := sorted({one.name for one in told[:_MAILS] if one.outcome == book.UNKNOWN}):
        st.warning(
            f"Không rõ thư gửi {plain(', '.join(unknown))} đã đến chưa (máy dừng giữa lúc gửi). Hỏi người nhận; chưa nhận thì gửi lại "
            "trên máy chủ: `python -m notify --again TÊN`.",
            icon=":material/help:",
        )
    rows = [
        {
            "Lúc": moment_here(one.at),
            "Ai": one.name,
            "Đến": one.to,
            "Bản số liệu": one.snapshot,
            "Kết quả": book.OUTCOMES[one.outcome],
            "Máy chủ thư nói": one.reason,
        }
        for one in told[:_MAILS]
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", height="content" if len(rows) < 9 else 320)


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
