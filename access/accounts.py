"""Local users: passwords as argon2 hashes in the secrets file, with a limit on attempts."""

from __future__ import annotations

import os
import re
import threading
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path

import tomlkit
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from access import ROLES, Role, private
from access.settings import Account, BadSettings, Settings, path

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
LEAST = 10  # characters of a password
_hasher = PasswordHasher()
# A password check needs 64 MB, so at most this many run at once.
_at_once = threading.BoundedSemaphore(2)


class BadAccount(ValueError):
    """An invalid name, role or password; the message says why, in Vietnamese."""


class TooMany(Exception):
    """Too many failed attempts; wait before the next."""


class Throttle:
    """Limits failed attempts in five minutes: 5 per name and address, 20 per address, 50 per name."""

    MINUTES = 5

    def __init__(self):
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def _windows(self, name: str, address: str) -> list[tuple]:
        address = network(address)

        def within(attempts: int) -> RateLimitItemPerMinute:
            return RateLimitItemPerMinute(attempts, self.MINUTES)

        return [(within(5), "both", name, address), (within(20), "address", address), (within(50), "name", name)]

    def check(self, name: str, address: str) -> None:
        """Raise TooMany if the limit is reached."""
        if not all(self._limiter.test(*window) for window in self._windows(name, address)):
            raise TooMany

    def failed(self, name: str, address: str) -> None:
        """Count a failed attempt."""
        for window in self._windows(name, address):
            self._limiter.hit(*window)


def network(address: str) -> str:
    """The address without the part that one customer can vary: of IPv6 the first 64 bits."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((known, 64), strict=False)) if known.version == 6 else str(known)


throttle = Throttle()


def identify(settings: Settings, name: str, password: str, address: str) -> Account | None:
    """The account for a name and password; None if either is wrong. Raises TooMany.

    An unknown name takes as long as a wrong password, so that response times do not reveal which names exist.
    """
    name = name.strip().lower()
    throttle.check(name, address)
    account = settings.users.get(name)
    with _at_once:
        throttle.check(name, address)  # checked again, because others may have failed while this attempt waited
        try:
            _hasher.verify(account.password_hash if account else _nobody(), password)
        except (VerificationError, InvalidHashError):
            account = None
        if account is None:
            throttle.failed(name, address)
    return account


@cache
def _nobody() -> str:
    """The hash of a random password, compared for unknown names."""
    return _hasher.hash(os.urandom(32))


def add_user(name: str, role: str, password: str) -> None:
    """Add a user to the secrets file, or change a user's role and password. Raises BadAccount, BadSettings."""
    if not NAME.fullmatch(name):
        raise BadAccount("Tên đăng nhập gồm chữ thường không dấu, chữ số, dấu chấm, gạch; tối đa 40 ký tự.")
    if role not in ROLES:
        raise BadAccount(f"Vai trò là một trong: {', '.join(ROLES)}.")
    if len(password) < LEAST:
        raise BadAccount(f"Mật khẩu phải có ít nhất {LEAST} ký tự.")
    file, document = _document()
    access = document.setdefault("access", tomlkit.table(is_super_table=True))
    users = access.setdefault("users", tomlkit.table(is_super_table=True))
    users[name] = {"role": role, "hash": _hasher.hash(password)}
    _write(file, document)


def remove_user(name: str) -> bool:
    """Remove a user from the secrets file; returns False if the name is unknown."""
    file, document = _document()
    users = document.get("access", {}).get("users", {})
    if name not in users:
        return False
    del users[name]
    _write(file, document)
    return True


def role_of(settings: Settings, name: str, mark: str) -> Role:
    """The role of a user whose session has this mark; NOBODY after the user or the password was changed."""
    account = settings.users.get(name)
    return account.role if account and mark_of(account) == mark else Role.NOBODY


def mark_of(account: Account) -> str:
    """A mark that ties a session to the account's current password."""
    return account.password_hash[-16:]


def _document() -> tuple[Path, tomlkit.TOMLDocument]:
    """The secrets file with its comments; an empty document if there is no file."""
    file = path()
    try:
        return file, tomlkit.parse(file.read_text(encoding="utf-8")) if file.exists() else tomlkit.document()
    except tomlkit.exceptions.TOMLKitError as error:
        raise BadSettings(f"{file.name} không đúng dạng TOML: {error}") from error


def _write(file: Path, document: tomlkit.TOMLDocument) -> None:
    """Replace the file atomically; only its owner may read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    private.write(file, tomlkit.dumps(document))
