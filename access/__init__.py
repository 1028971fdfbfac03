"""Who may do what: roles, rights, and the people who have them.

The package knows neither Streamlit nor the store's tables. Roles are ordered: whoever may upload dossiers has read
them, so a higher role has every right of the lower ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """What somebody is to the dashboard; NOBODY is whoever must sign in first."""

    NOBODY = 0
    VIEWER = 1
    LEADER = 2
    ANALYST = 3
    ADMIN = 4

    @property
    def title(self) -> str:
        """The role as people call it."""
        return _ROLE_TITLES[self]


_ROLE_TITLES = {
    Role.NOBODY: "Chưa đăng nhập",
    Role.VIEWER: "Người xem",
    Role.LEADER: "Lãnh đạo",
    Role.ANALYST: "Chuyên viên",
    Role.ADMIN: "Quản trị",
}
# The names of roles in the secrets file and in claims.
ROLES = {role.name.lower(): role for role in Role if role is not Role.NOBODY}


@dataclass(frozen=True)
class Right:
    """Something that not everybody may do: the least role, and what it is in words."""

    least: Role
    says: str


RIGHTS = {
    "view": Right(Role.VIEWER, "xem các trang không có dữ liệu cá nhân, dữ liệu cán bộ"),
    "dossiers": Right(Role.LEADER, "xem và tải danh sách hồ sơ"),
    "officers": Right(Role.LEADER, "xem mã cán bộ"),
    "upload": Right(Role.ANALYST, "nạp, rút, khôi phục số liệu; sửa thông số, mục tiêu, trọng số"),
    "administer": Right(Role.ADMIN, "xem người dùng, nhật ký; sao lưu"),
}


@dataclass(frozen=True)
class User:
    """Somebody at the dashboard: a name for the log, the role, how they signed in, and whether a session has run out."""

    name: str
    role: Role
    means: str = ""
    expired: bool = False

    @property
    def is_signed_in(self) -> bool:
        """Whether they have said who they are."""
        return bool(self.means)

    def may(self, right: str) -> bool:
        """Whether they have a right of RIGHTS; an unknown one raises KeyError."""
        return self.role >= RIGHTS[right].least


UNNAMED = "chưa đăng nhập"
