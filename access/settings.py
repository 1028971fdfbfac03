"""The secrets file: ways to sign in and roles ([access], [auth]), and the server that sends mail ([mail]).

The file is DASHBOARD_SECRETS, or .streamlit/secrets.toml in the project. It is read again after a change, so a user who
is removed from it loses access at once.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from access import ROLES, Role

ROOT = Path(__file__).resolve().parent.parent
_KNOWN = {"anonymous", "session_hours", "hosts", "role_claim", "claims", "people", "users"}

# An address as people write it: no quotes, no comments, no address of a machine, and nothing that could end a line.
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+", re.ASCII)
_ADDRESS = re.compile(rf"[A-Za-z0-9](?:[A-Za-z0-9._+-]{{0,62}}[A-Za-z0-9])?@({_DOMAIN.pattern})", re.ASCII)
_HERE = ("localhost", "127.0.0.1", "::1")
# How the connection is secured, and its usual port.
_TLS = {"starttls": 587, "tls": 465, "none": 25}


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


@dataclass(frozen=True)
class Mail:
    """How mail is sent. address: the dashboard's own address, for links; domains: where mail may go to.

    tls: starttls, tls or none; timeout: seconds for one message, all its steps together; codes: whether mail to leaders names
    dossiers; weekly_day, weekly_hour: from when on the week's mail is sent (Monday is 1).
    """

    host: str
    sender: str
    address: str
    domains: tuple[str, ...]
    tls: str = "starttls"
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    timeout: float = 30.0
    codes: bool = True
    weekly_day: int = 1
    weekly_hour: int = 6

    def takes(self, address: str) -> bool:
        """Whether mail may go to an address: one of the allowed domains, exactly.

        >>> mail = Mail("smtp.example.vn", "a@example.vn", "https://example.vn", ("example.vn",))
        >>> [mail.takes(to) for to in ("lan@EXAMPLE.vn", "lan@x.example.vn", "lan@example.vn\\n", "a b@example.vn", "")]
        [True, False, False, False, False]
        """
        domain = domain_of(address)
        return bool(domain) and domain in self.domains


def domain_of(address: str) -> str:
    """The domain of a mail address, in lower case; empty if it is no plain address."""
    found = _ADDRESS.fullmatch(address) if len(address) <= 254 else None
    return found[1].lower() if found else ""


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


def mail() -> Mail | None:
    """How mail is sent; None without a section [mail]. Raises BadSettings, OSError.

    It is read apart from the rest: a mistake in it keeps nobody from signing in.
    """
    file = path()
    try:
        known = file.stat()
    except FileNotFoundError:
        return None
    section = _content(file, known.st_mtime_ns, known.st_size).get("mail")
    return None if section is None else _mail(section)


@lru_cache(maxsize=4)
def _content(file: Path, changed: int, size: int) -> dict:
    """The file as TOML; cached by modification time and size."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{file.name} không đúng dạng TOML: {error}") from error


@lru_cache(maxsize=4)
def _read(file: Path, changed: int, size: int) -> Settings:
    """The ways to sign in, and roles; cached by modification time and size."""
    content = _content(file, changed, size)
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


_MAIL_KEYS = {
    "host", "port", "tls", "user", "password", "from", "ca", "timeout", "address", "domains", "codes", "weekly_day", "weekly_hour",
}  # fmt: skip
_MAIL_NEEDED = ("host", "from", "address", "domains")


def _mail(section: object) -> Mail:
    """The section [mail]. Raises BadSettings."""
    if not isinstance(section, dict):
        raise BadSettings("[mail] phải là một mục: viết [mail] trên một dòng riêng, mỗi dòng sau một giá trị")
    if unknown := sorted(set(section) - _MAIL_KEYS):
        raise BadSettings(f"[mail] có mục không dùng: {', '.join(unknown)}")
    if lacking := [name for name in _MAIL_NEEDED if not section.get(name)]:
        raise BadSettings(f"[mail] còn thiếu: {', '.join(lacking)}")
    tls = section.get("tls", "starttls")
    if tls not in _TLS:
        raise BadSettings(f"[mail] tls: dùng một trong {', '.join(_TLS)}")
    found = Mail(
        host=_text(section, "host"),
        sender=_text(section, "from"),
        address=_text(section, "address").rstrip("/"),
        domains=_domains(section["domains"]),
        tls=tls,
        port=int(_within(section, "port", _TLS[tls], 1, 65_535)),
        user=_text(section, "user"),
        password=_text(section, "password"),
        ca=_text(section, "ca"),
        timeout=_within(section, "timeout", 30, 1, 600),
        codes=section.get("codes", True),
        weekly_day=int(_within(section, "weekly_day", 1, 1, 7)),
        weekly_hour=int(_within(section, "weekly_hour", 6, 0, 23)),
    )
    if wrong := _wrong_in(found):
        raise BadSettings(f"[mail] {wrong}")
    return found


def _wrong_in(mail: Mail) -> str:
    """What is wrong in the values of [mail]; empty if nothing is."""
    at = urlsplit(mail.address)
    is_web = at.scheme == "https" or (at.scheme == "http" and at.hostname in _HERE)
    wrong = {
        "host phải là tên hoặc địa chỉ IP của máy chủ thư": not re.fullmatch(r"[A-Za-z0-9.:_-]+", mail.host),
        "from phải là một địa chỉ thư": not domain_of(mail.sender),
        "address phải là địa chỉ của bảng điều khiển, bắt đầu bằng https://": not is_web or not at.hostname
        or bool(at.query or at.fragment) or not re.fullmatch(r"[\w.:/%~\[\]-]+", mail.address, re.ASCII),
        'tls = "none" chỉ dùng khi máy chủ thư ở chính máy này; nơi khác thì "starttls" hoặc "tls"':
            mail.tls == "none" and mail.host not in _HERE,
        "có user thì phải có password, và ngược lại": bool(mail.user) != bool(mail.password),
        "user, password chỉ gồm chữ không dấu, chữ số, dấu câu":
            not (mail.user + mail.password).isascii(),
        "codes phải là true hoặc false": not isinstance(mail.codes, bool),
    }  # fmt: skip
    return next((said for said, is_wrong in wrong.items() if is_wrong), "")


def _text(section: dict, name: str) -> str:
    """A text of [mail], on one line; empty if it is not given."""
    value = section.get(name, "")
    if not isinstance(value, str) or not value.isprintable():
        raise BadSettings(f"[mail] {name} phải là chữ trong ngoặc kép, trên một dòng")
    return value.strip()


def _within(section: dict, name: str, usual: float, least: float, most: float) -> float:
    """A number of [mail] between two bounds."""
    value = section.get(name, usual)
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise BadSettings(f"[mail] {name} phải là số từ {least} đến {most}")
    return value


def _domains(value: object) -> tuple[str, ...]:
    """The domains where mail may go to."""
    if not isinstance(value, list) or not all(isinstance(one, str) and _DOMAIN.fullmatch(one) for one in value):
        raise BadSettings('[mail] domains phải là danh sách tên miền, như ["huyen.example.vn"]')
    return tuple(one.lower() for one in value)
