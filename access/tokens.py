"""Tokens of programs: what a program may upload and read, without a person who signs in.

A token is shown once; the store has only its hash. A token never has more rights than its maker has now, if the maker is
a local user; the rights of a person of an identity provider are known only while that person is signed in.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from access import RIGHTS, Role, User, private, scope
from access.settings import Settings

PREFIX = "htb_"  # programs that look for secrets in published code know a token by it
MARK = "mã "  # before its name, where the log and the list of uploads say who did it
DAYS = 365
MOST_DAYS = 5 * 365
CONSOLE, LOCAL, PROVIDED = "console", "password", "provider"
_NAME = re.compile(r"\w[\w .-]{0,59}")
_ID = re.compile(r"[0-9a-f]{16}")
_UNIT = re.compile(r"[\w@.-]{1,40}")
_USED_EVERY = 60  # seconds between two notes of a use


class BadToken(ValueError):
    """A token that cannot be made; the message says why, in Vietnamese."""


@dataclass(frozen=True)
class Token:
    """A token without its secret: who made it, what it may do, until when.

    tables: the tables it may upload, none if empty, every one if None; units: the units it may speak for, every one if
    None. role: what it may read, Role.NOBODY for nothing. Times are in ISO format, in UTC.
    """

    id: str
    name: str
    made_by: str
    means: str
    made_at: str
    until: str
    tables: tuple[str, ...] | None = ()
    units: tuple[str, ...] | None = None
    role: Role = Role.NOBODY
    ended_at: str = ""
    ended_by: str = ""

    @property
    def is_ended(self) -> bool:
        """Whether somebody has ended it."""
        return bool(self.ended_at)

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return datetime.now(UTC) >= datetime.fromisoformat(self.until)

    @property
    def who(self) -> str:
        """Its name for the log and the list of uploads."""
        return f"{MARK}{self.name}"

    def may_upload(self, table: str) -> bool:
        """Whether it may upload files of a table."""
        return self.tables is None or table in self.tables

    def user(self, known: Settings) -> User:
        """The user that it stands for when it reads: the lower of its own role and of its maker's present one."""
        return User(self.who, min(self.role, self._makers_role(known)), "token")

    def is_backed(self, known: Settings) -> bool:
        """Whether its maker could still upload."""
        return self._makers_role(known) >= RIGHTS["upload"].least

    def _makers_role(self, known: Settings) -> Role:
        if self.means != LOCAL:
            return Role.ADMIN
        account = known.users.get(self.made_by)
        return account.role if account else Role.NOBODY


def folder(store: Path) -> Path:
    """The folder of tokens; not part of a backup."""
    return store / "tokens"


def make(
    store: Path,
    name: str,
    made_by: str,
    means: str,
    tables: tuple[str, ...] | None = (),
    units: tuple[str, ...] | None = None,
    role: Role = Role.NOBODY,
    days: int = DAYS,
) -> tuple[str, Token]:
    """Make a token; returns its secret, which nobody can read again, and what is kept. Raises BadToken, OSError."""
    _require_sound(store, name, tables, units, role, days)
    secret = PREFIX + secrets.token_urlsafe(32)
    now = datetime.now(UTC).replace(microsecond=0)
    until = (now + timedelta(days=days)).isoformat()
    token = Token(id_of(secret), name, made_by, means, now.isoformat(), until, tables, units, role)
    folder(store).mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(store, token, _digest(secret))
    return secret, token


def _require_sound(
    store: Path, name: str, tables: tuple[str, ...] | None, units: tuple[str, ...] | None, role: Role, days: int
) -> None:
    if not _NAME.fullmatch(name):
        raise BadToken("Tên mã gồm chữ, số, dấu cách, dấu chấm, gạch; tối đa 60 ký tự.")
    if any(token.name == name and not token.is_ended for token in every(store)):
        raise BadToken(f"Đã có mã tên “{name}”: chọn tên khác, hoặc kết thúc mã ấy trước.")
    if role > Role.ANALYST:
        raise BadToken("Mã truy cập không có quyền quản trị.")
    if tables == () and role is Role.NOBODY:
        raise BadToken("Chọn ít nhất một việc: các bảng được nạp, hoặc vai trò khi đọc số liệu.")
    if units is not None and not units:
        raise BadToken("Chọn ít nhất một đơn vị, hoặc mọi đơn vị.")
    if wrong := [unit for unit in units or () if not _UNIT.fullmatch(unit)]:
        raise BadToken(f"Mã đơn vị không hợp lệ: {wrong[0][:40]}. {scope.unknown_unit((wrong[0],), store)}")
    if strange := scope.unknown_table(tables or ()) or scope.unknown_unit(units or (), store):
        raise BadToken(strange)
    if not 1 <= days <= MOST_DAYS:
        raise BadToken(f"Thời hạn từ 1 đến {MOST_DAYS} ngày.")


def find(store: Path, secret: str) -> Token | None:
    """The token of a secret, ended or not; None for an unknown one."""
    if not secret.startswith(PREFIX) or len(secret) > 200:
        return None
    found = _read(store, id_of(secret))
    return found[0] if found and secrets.compare_digest(found[1], _digest(secret)) else None


def by_id(store: Path, token_id: str) -> Token | None:
    """The token of an id, ended or not."""
    found = _read(store, token_id) if _ID.fullmatch(token_id) else None
    return found[0] if found else None


def every(store: Path) -> list[Token]:
    """All tokens, also ended ones, newest first."""
    found = [known for path in folder(store).glob("*.json") if (known := by_id(store, path.stem))]
    return sorted(found, key=lambda token: (token.made_at, token.id), reverse=True)


def end(store: Path, token_id: str, who: str) -> Token | None:
    """End a token at once; None if there is none that stands. Raises OSError."""
    found = _read(store, token_id) if _ID.fullmatch(token_id) else None
    if found is None or found[0].is_ended:
        return None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    token = Token(**{**vars(found[0]), "ended_at": now, "ended_by": who})
    _write(store, token, found[1])
    return token


def end_of(store: Path, maker: str, who: str) -> list[Token]:
    """End the tokens of a local user, so that whoever gets this name later does not wake them; returns them. Raises OSError."""
    mine = [token for token in every(store) if (token.means, token.made_by) == (LOCAL, maker)]
    return [ended for token in mine if (ended := end(store, token.id, who))]


def note_use(store: Path, token: Token) -> None:
    """Note that a token was used, at most once a minute; without effect if the store cannot be written."""
    path = _used(store, token.id)
    with contextlib.suppress(OSError):
        if not path.exists() or path.stat().st_mtime < time.time() - _USED_EVERY:
            path.touch(mode=0o600)


def last_used(store: Path, token: Token) -> datetime | None:
    """When a token was last used, to the minute; None for never."""
    try:
        return datetime.fromtimestamp(_used(store, token.id).stat().st_mtime, UTC)
    except OSError:
        return None


def id_of(secret: str) -> str:
    """The id of a token, which may be shown."""
    return _digest(secret)[:16]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _used(store: Path, token_id: str) -> Path:
    return folder(store) / f"{token_id}.used"


def _read(store: Path, token_id: str) -> tuple[Token, str] | None:
    """A token and the hash of its secret; None if there is none, or its file is damaged."""
    try:
        said = json.loads((folder(store) / f"{token_id}.json").read_text(encoding="utf-8"))
        digest, role = said.pop("sha256"), Role(said.pop("role"))
        lists = {name: None if said[name] is None else tuple(map(str, said[name])) for name in ("tables", "units")}
        token = Token(**said | lists | {"role": role})
        datetime.fromisoformat(token.until)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return (token, digest) if isinstance(digest, str) and token.id == token_id else None


def _write(store: Path, token: Token, digest: str) -> None:
    """Write a token through to the disk, readable only by its owner: what was ended stays ended."""
    text = json.dumps(asdict(token) | {"sha256": digest}, ensure_ascii=False)
    private.write(folder(store) / f"{token.id}.json", text)
