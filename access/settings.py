"""Sections [access] and [auth] of the secrets file: ways to sign in, and roles.

The file is DASHBOARD_SECRETS, or .streamlit/secrets.toml in the project. It is read again after a change, so a user who
is removed from it loses access at once.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from access import ROLES, Role

ROOT = Path(__file__).resolve().parent.parent
_KNOWN = {"anonymous", "session_hours", "hosts", "role_claim", "claims", "people", "users"}


class BadSettings(ValueError):
    """The secrets file is invalid; the message says where and what to write, in Vietnamese."""


@dataclass(frozen=True)
class Account:
    """A local user: role and argon2 hash of the password."""

    name: str
    role: Role
    password_hash: str


@dataclass(frozen=True)
class Settings:
    """The access settings; without a secrets file anyone on the network may view, and nobody can sign in."""

    anonymous: Role = Role.VIEWER
    session_hours: float = 10.0
    hosts: tuple[str, ...] = ()
    role_claim: str = "roles"
    claims: dict[str, Role] = field(default_factory=dict)
    people: dict[str, Role] = field(default_factory=dict)
    users: dict[str, Account] = field(default_factory=dict)
    auth: dict = field(default_factory=dict)

    @property
    def providers(self) -> list[str]:
        """The names of the OIDC providers in Streamlit's settings; "" is the unnamed one."""
        named = [name for name, section in self.auth.items() if isinstance(section, dict) and "client_id" in section]
        return ([""] if "client_id" in self.auth else []) + named

    @property
    def can_sign_in(self) -> bool:
        """Whether there is a permanent way to sign in."""
        return bool(self.users or self.providers)


def path() -> Path:
    """The path of the secrets file, which need not exist."""
    return Path(os.environ.get("DASHBOARD_SECRETS") or ROOT / ".streamlit" / "secrets.toml")


def load() -> Settings:
    """The current settings. Raises BadSettings for an invalid file, OSError for an unreadable one."""
    file = path()
    try:
        known = file.stat()
    except FileNotFoundError:
        return Settings()
    return _read(file, known.st_mtime_ns, known.st_size)


@lru_cache(maxsize=4)
def _read(file: Path, changed: int, size: int) -> Settings:
    """Parse the file; cached by modification time and size."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{file.name} không đúng dạng TOML: {error}") from error
    try:
        return _settings(content)
    except (TypeError, AttributeError) as error:
        raise BadSettings(f"{file.name} có mục [access] hoặc [auth] sai kiểu") from error


def _settings(content: dict) -> Settings:
    """The settings in the file.

    Raises BadSettings; TypeError or AttributeError if there is a value in place of a table or list.
    """
    section = content.get("access", {})
    unknown = set(section) - _KNOWN
    if unknown:
        raise BadSettings(f"[access] có mục không dùng: {', '.join(sorted(unknown))}")
    hours = section.get("session_hours", 10)
    if not isinstance(hours, int | float) or isinstance(hours, bool) or hours <= 0:
        raise BadSettings("[access] session_hours phải là số giờ lớn hơn 0")
    anonymous = section.get("anonymous", "viewer")
    return Settings(
        anonymous=_role(anonymous, "anonymous") if anonymous else Role.NOBODY,
        session_hours=float(hours),
        hosts=tuple(str(host) for host in section.get("hosts", [])),
        role_claim=str(section.get("role_claim", "roles")),
        claims={str(value): _role(role, f"claims.{value}") for value, role in section.get("claims", {}).items()},
        people={str(mail).lower(): _role(role, f"people.{mail}") for mail, role in section.get("people", {}).items()},
        users={name: _account(name, user) for name, user in section.get("users", {}).items()},
        auth={**content.get("auth", {})},
    )


def _role(name: object, where: str) -> Role:
    """A role by its name in the file."""
    if name not in ROLES:
        raise BadSettings(f"[access] {where}: “{name}” không phải vai trò; dùng một trong {', '.join(ROLES)}")
    return ROLES[name]


def _account(name: str, user: object) -> Account:
    """A local user from the file."""
    if not isinstance(user, dict) or not str(user.get("hash", "")).startswith("$argon2"):
        raise BadSettings(f"[access.users.{name}] thiếu hash; thêm người bằng: python -m access add-user {name}")
    return Account(name, _role(user.get("role"), f"users.{name}.role"), str(user["hash"]))
