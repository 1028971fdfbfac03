"""Roles, rights, and the users who have them.

The package uses neither Streamlit nor the store's tables. Roles are ordered: a higher role has every right of the lower
ones, because for example a person who uploads dossiers has read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """The role of a user; NOBODY must sign in first."""

    NOBODY = 0
    VIEWER = 1
    LEADER = 2
    ANALYST = 3
    ADMIN = 4

    @property
    def title(self) -> str:
        """The role's Vietnamese title."""
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
    """A right: the lowest role that has it, and its description."""

    least: Role
    says: str


RIGHTS = {
    "view": Right(Role.VIEWER, "xem các trang không có dữ liệu cá nhân, dữ liệu cán bộ"),
    "dossiers": Right(Role.LEADER, "xem và tải danh sách hồ sơ"),
    "officers": Right(Role.LEADER, "xem mã cán bộ"),
    "act": Right(Role.LEADER, "cấp phiếu xin lỗi, in văn bản đôn đốc; giao việc, báo kết quả, kết thúc việc"),
    "upload": Right(Role.ANALYST, "nạp, rút, khôi phục số liệu; sửa thông số, mục tiêu, trọng số"),
    "administer": Right(Role.ADMIN, "xem người dùng, nhật ký; sao lưu; tạo, kết thúc mã truy cập"),
}


@dataclass(frozen=True)
class User:
    """A user: name for the log, role, means of signing in, and whether the session has expired."""

    name: str
    role: Role
    means: str = ""
    expired: bool = False

    @property
    def is_signed_in(self) -> bool:
        """Whether the user has signed in."""
        return bool(self.means)

    def may(self, right: str) -> bool:
        """Whether the user has a right of RIGHTS. Raises KeyError for an unknown right."""
        return self.role >= RIGHTS[right].least


UNNAMED = "chưa đăng nhập"
