"""The part of page “Quản trị” about tokens of programs: the list, making one, ending one."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from access import ROLES, Role, User, audit, tokens
from access.people import PROVIDER
from access.tokens import BadToken, Token
from ingest.schema import UPLOADED
from ingest.template import TITLES
from queries.snapshot import store_directory
from ui.header import moment_here
from ui.view import View
from words.escape import plain

_MADE = "token_made"
_NOTHING = {"": "Không đọc"}
_SCOPES = {"none": "Không nạp", "some": "Nạp các bảng đã chọn", "all": "Nạp mọi bảng, kể cả danh mục, thông số"}


def program_tokens(view: View) -> None:
    """The tokens with what each may do; a new one is shown once, right after it was made."""
    st.markdown(
        "Mã truy cập để chương trình khác gửi tệp (như **Nạp số liệu**) hoặc đọc số liệu (như các trang) mà không cần người "
        "đăng nhập. Cách dùng: `docs/api.md`; danh sách địa chỉ: `/api/v1/openapi.json`."
    )
    _show_once()
    known = tokens.every(store_directory())
    if known:
        st.dataframe(_table(known), hide_index=True, width="stretch")
    with st.container(horizontal=True):
        if st.button("Tạo mã truy cập", icon=":material/key:"):
            _form(view)
        _offer_end([token for token in known if not token.is_ended], view.user)


def _show_once() -> None:
    """The secret of the token that was just made; the next run does not have it any more."""
    if made := st.session_state.pop(_MADE, None):
        name, secret = made
        st.success(
            f"Mã “{plain(name)}” chỉ hiện **một lần này**: chép ngay, cất như mật khẩu. Mất mã thì kết thúc nó và tạo mã khác.",
            icon=":material/key:",
        )
        st.code(secret, language=None)


def _table(known: list[Token]) -> pd.DataFrame:
    store = store_directory()
    return pd.DataFrame([_row(token, tokens.last_used(store, token)) for token in known])


def _row(token: Token, used) -> dict[str, str]:
    state = "Đã kết thúc" if token.is_ended else "Hết hạn" if token.is_expired else "Đang dùng"
    listed = "mọi bảng" if token.tables is None else ", ".join(TITLES.get(name, name) for name in token.tables)
    return {
        "Tên": token.name,
        "Mã số": token.id,
        "Được nạp": listed or "–",
        "Đơn vị": ("mọi đơn vị" if token.units is None else ", ".join(token.units)) if listed else "–",
        "Được đọc như": token.role.title if token.role else "–",
        "Người tạo": token.made_by,
        "Tạo lúc": moment_here(token.made_at),
        "Đến": moment_here(token.until),
        "Dùng lần cuối": moment_here(used.isoformat()) if used else "chưa dùng",
        "Tình trạng": state,
    }


@st.dialog("Tạo mã truy cập", width="large")
def _form(view: View) -> None:
    """What the new token may do; never more than the administrator, and nothing of an administrator."""
    units = _units(view)
    readers = _NOTHING | {name: role.title for name, role in ROLES.items() if role <= Role.ANALYST}
    with st.form("new_token", border=False):
        name = st.text_input("Tên (chương trình nào, của cơ quan nào)", max_chars=60)
        scope = st.radio("Nạp số liệu", list(_SCOPES), format_func=_SCOPES.get, horizontal=True)
        tables = st.multiselect("Các bảng được nạp", sorted(UPLOADED), format_func=TITLES.get, placeholder="Chọn bảng")
        own = st.multiselect(
            "Chỉ của các đơn vị (để trống: mọi đơn vị)", list(units), format_func=units.get, placeholder="Mọi đơn vị"
        )
        with st.container(horizontal=True):
            reader = st.selectbox("Đọc số liệu như", list(readers), format_func=readers.get, width=220)
            days = st.number_input("Dùng trong (ngày)", 1, tokens.MOST_DAYS, tokens.DAYS, width=160)
        if not st.form_submit_button("Tạo mã", type="primary"):
            return
    if scope == "some" and not tables:
        st.warning("Chọn ít nhất một bảng được nạp, hoặc chọn “Không nạp”.", icon=":material/edit:")
        return
    wanted = {"none": (), "some": tuple(tables), "all": None}[scope]
    if _make(view.user, " ".join(name.split()), wanted, tuple(own) or None, ROLES.get(reader, Role.NOBODY), int(days)):
        st.rerun()


def _units(view: View) -> dict[str, str]:
    """The units of the home by their codes in files; empty while there are no data."""
    if view.snapshot is None:
        return {}
    units = view.ask("units")
    return {code.split("@")[0]: label for code, label in zip(units["unit_code"], units["label"], strict=True)}


def _make(user: User, name: str, tables, units, role: Role, days: int) -> bool:
    """Make a token and keep its secret for the next run only; says what is wrong."""
    means = PROVIDER if user.means == PROVIDER else tokens.LOCAL if user.is_signed_in else tokens.CONSOLE
    try:
        secret, token = tokens.make(
            store_directory(), name, user.name, means, tables, units, min(role, user.role), days
        )
    except BadToken as error:
        st.warning(plain(str(error)), icon=":material/edit:")
        return False
    except OSError:
        st.error("Máy chủ không ghi được kho (đĩa đầy hoặc chỉ đọc).", icon=":material/hard_drive:")
        return False
    audit.record(store_directory(), "make_token", user.name, token=token.name)
    st.session_state[_MADE] = (token.name, secret)
    return True


def _offer_end(standing: list[Token], user: User) -> None:
    """End a token at once, after one question."""
    if not standing:
        return
    with st.popover("Kết thúc mã", icon=":material/key_off:"):
        named = {token.id: token for token in standing}
        chosen = st.selectbox("Mã", list(named), format_func=lambda code: f"{named[code].name} · {code}")
        st.markdown("Chương trình dùng mã này bị từ chối ngay; tệp đã nhận mà chưa công bố thì không công bố nữa.")
        if st.button("Kết thúc", type="primary"):
            if tokens.end(store_directory(), chosen, user.name):
                audit.record(store_directory(), "end_token", user.name, token=named[chosen].name)
            st.rerun()
