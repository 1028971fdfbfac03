"""Who wants mail, about which unit, at which address: one file per person in the store, readable only by its owner.

A person of an identity provider is known here only through signing in: what the provider said then is kept with its date, because
nobody can ask it again when mail is sent. The address belongs to an officer; it stands nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import filelock

from access import Role, private
from access.people import PROVIDER, Claimed, roles_of
from access.settings import Mail, Settings

LOG = logging.getLogger("dashboard")
PASSWORD = "password"  # as the means of signing in
WHEN = {"none": "Không gửi", "weekly": "Hằng tuần", "signal": "Khi có tín hiệu"}
TRUSTED_DAYS = 30  # how long what a provider said at a sign-in counts


@dataclass(frozen=True)
class Choice:
    """What a person chose; home: as in question homes, unit: one of its units or the home itself; times in UTC."""

    means: str
    name: str
    when: str
    address: str
    home: str
    unit: str
    saved_at: str
    seen_at: str
    claimed: tuple[str, ...] = ()
    verified: str = ""

    @property
    def key(self) -> str:
        """What tells a person from every other one."""
        return f"{self.means}:{self.name}"


def folder(store: Path) -> Path:
    """The folder of the choices; a part of every backup."""
    return store / "mail"


def find(store: Path, means: str, name: str) -> Choice | None:
    """The choice of a person; None if there is none, or its file is damaged."""
    try:
        return _read(_path(store, means, name))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def every(store: Path) -> tuple[list[Choice], int]:
    """All choices by name, and the number of files that cannot be read."""
    found, damaged = [], 0
    for path in sorted(folder(store).glob("*.json")):
        try:
            found.append(_read(path))
        except FileNotFoundError:
            pass  # dropped in between
        except (OSError, ValueError, KeyError, TypeError):
            LOG.exception("choice of mail cannot be read: %s", path.name)
            damaged += 1
    return sorted(found, key=lambda one: (one.name, one.means)), damaged


def save(store: Path, choice: Choice) -> None:
    """Write a choice in place of the earlier one. Raises OSError."""
    with _alone(store):
        for path in private.left_behind(folder(store)):
            path.unlink(missing_ok=True)
        _write(store, choice)


def drop(store: Path, means: str, name: str) -> bool:
    """Forget a person's choice; False if there is none."""
    path = _path(store, means, name)
    if not path.exists():
        return False
    with _alone(store):
        path.unlink(missing_ok=True)
    return True


def saw(store: Path, name: str, claimed: Claimed) -> None:
    """Note what the provider said of a person who has just signed in, if the person chose anything."""
    if find(store, PROVIDER, name) is None:
        return
    with _alone(store):
        if known := find(store, PROVIDER, name):
            seen = replace(known, seen_at=utc(claimed.at), claimed=claimed.values, verified=claimed.verified_mail)
            _write(store, seen)


def role(known: Settings, choice: Choice, now: datetime) -> tuple[Role, str]:
    """The role of a person now, and if it is NOBODY why, in words."""
    if choice.means == PASSWORD:
        account = known.users.get(choice.name)
        return (max(account.role, known.anonymous), "") if account else (Role.NOBODY, "tài khoản đã bỏ")
    if not known.providers:
        return Role.NOBODY, "không còn đăng nhập qua nhà cung cấp danh tính"
    if now - datetime.fromisoformat(choice.seen_at) > timedelta(days=TRUSTED_DAYS):
        return Role.NOBODY, f"{TRUSTED_DAYS} ngày chưa đăng nhập nên không rõ còn vai trò không"
    found = max([*roles_of(known, choice.claimed, choice.verified), known.anonymous])
    return found, "" if found else "không còn vai trò"


def is_gone(known: Settings, choice: Choice) -> bool:
    """Whether the account was removed; not if there are no accounts at all, as while the secrets file is missing."""
    return choice.means == PASSWORD and known.can_sign_in and choice.name not in known.users


def why_not(known: Settings, mail: Mail, choice: Choice, now: datetime) -> str:
    """Why a person gets no mail, in words; empty if the person gets it."""
    if choice.when == "none":
        return "chọn không nhận"
    found, why = role(known, choice, now)
    if not found:
        return why
    return "" if mail.takes(choice.address) else "địa chỉ ngoài các tên miền được phép"


def masked(address: str) -> str:
    """An address for logs and lists.

    >>> masked("lan@huyen.example.vn")
    'l…@huyen.example.vn'
    """
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}" if domain else ""


def moment() -> str:
    """The present moment as choices write it."""
    return utc(datetime.now(UTC).timestamp())


def utc(seconds: float) -> str:
    """A moment, in seconds since the epoch, as choices write it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _path(store: Path, means: str, name: str) -> Path:
    digest = hashlib.sha256(f"{means}:{name}".encode("utf-8", "surrogatepass")).hexdigest()
    return folder(store) / f"{digest}.json"


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    """Hold the choices for writing."""
    folder(store).mkdir(mode=0o700, parents=True, exist_ok=True)
    with filelock.FileLock(folder(store) / "choices.lock", timeout=10):
        yield


def _write(store: Path, choice: Choice) -> None:
    private.write(_path(store, choice.means, choice.name), json.dumps(asdict(choice), ensure_ascii=False))


def _read(path: Path) -> Choice:
    """The choice in a file. Raises OSError; ValueError, KeyError or TypeError if `save` cannot have written it."""
    said = json.loads(path.read_text(encoding="utf-8"))
    claimed = tuple(said.pop("claimed"))
    if not all(isinstance(part, str) for part in [*said.values(), *claimed]) or said["when"] not in WHEN:
        raise ValueError(path.name)
    if (
        datetime.fromisoformat(said["seen_at"]).tzinfo is None
        or datetime.fromisoformat(said["saved_at"]).tzinfo is None
    ):
        raise ValueError(path.name)
    return Choice(claimed=claimed, **said)
