"""Command line for users, tokens and the audit log: add-user, remove-user, users, add-token, list-tokens, end-token, log."""

from __future__ import annotations

import argparse
import getpass
import sys
import textwrap
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from access import ROLES, Role, accounts, audit, choices, settings, tokens
from access.accounts import BadAccount
from access.settings import BadSettings
from access.tokens import BadToken, Token
from queries.snapshot import store_directory
from words.disk import in_words
from words.escape import line

DONE, USAGE, BROKEN = 0, 2, 4
_WIDTH, _INDENT = 80, 18  # columns of a terminal; where the facts of a token begin
_READERS = [name for name, role in ROLES.items() if role <= Role.ANALYST]
console = Console(stderr=True)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (BadAccount, BadToken) as error:
        console.print(str(error), style="red", markup=False)
        return USAGE
    except (BadSettings, OSError) as error:
        known = in_words(error) if isinstance(error, OSError) else ""
        said = known or f"Không dùng được tệp cấu hình hoặc kho: {line(str(error))}"
        console.print(said, style="red", markup=False)
        return BROKEN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m access", description="Người dùng và nhật ký của bảng điều khiển.")
    commands = parser.add_subparsers(required=True, metavar="LỆNH")
    adding = commands.add_parser("add-user", help="thêm người dùng, hoặc đổi vai trò và mật khẩu")
    adding.add_argument("name", metavar="TÊN")
    adding.add_argument("--role", choices=list(ROLES), default="viewer", help="vai trò")
    adding.set_defaults(run=_add)
    removing = commands.add_parser("remove-user", help="bỏ người dùng; phiên đang mở hết hiệu lực ngay")
    removing.add_argument("name", metavar="TÊN")
    removing.set_defaults(run=_remove)
    commands.add_parser("users", help="người dùng và vai trò").set_defaults(run=_users)
    making = commands.add_parser("add-token", help="tạo mã truy cập cho một chương trình; mã chỉ hiện một lần")
    making.add_argument("name", metavar="TÊN")
    making.add_argument(
        "--tables", metavar="BẢNG,…", help="các bảng được nạp; all: mọi bảng; không ghi mục này: không nạp"
    )
    making.add_argument("--units", default="all", metavar="MÃ,…", help="các đơn vị được nạp; mặc định all: mọi đơn vị")
    making.add_argument("--read", choices=_READERS, help="đọc số liệu với vai trò nào; để trống: không đọc")
    making.add_argument("--days", type=int, default=tokens.DAYS, metavar="NGÀY", help="thời hạn, mặc định một năm")
    making.set_defaults(run=_make_token)
    commands.add_parser("list-tokens", help="các mã truy cập, được làm gì, dùng lần cuối").set_defaults(run=_tokens)
    ending = commands.add_parser("end-token", help="kết thúc mã truy cập ngay")
    ending.add_argument("id", metavar="MÃ-SỐ", help="mã số hoặc tên, như list-tokens in ra")
    ending.set_defaults(run=_end_token)
    commands.add_parser("log", help="nhật ký; mã kết thúc 4 nếu bị sửa").set_defaults(run=_log)
    return parser


def _add(options: argparse.Namespace) -> int:
    password = _password()
    # The file may have lost the user of this name by hand: the tokens made then are not of the one who comes now.
    if options.name not in settings.load().users:
        _end_tokens_of(options.name)
    accounts.add_user(options.name, options.role, password)
    audit.record(store_directory(), "add_user", audit.console_user(), user=options.name, role=options.role)
    console.print(f"Đã ghi người dùng {options.name}, vai trò {ROLES[options.role].title.lower()}.", style="green")
    return DONE


def _password() -> str:
    """Read the password twice from a terminal or once from a pipe; never from an argument, which other users can see."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Mật khẩu: ")
    if getpass.getpass("Nhập lại: ") != password:
        raise BadAccount("Hai lần nhập không giống nhau.")
    return password


def _end_tokens_of(name: str) -> None:
    """End the tokens that a user has made, and say so in the log."""
    store, who = store_directory(), audit.console_user()
    for token in tokens.end_of(store, name, who):
        audit.record(store, "end_token", who, token=token.name)
        console.print(f"Đã kết thúc mã {token.name} do {name} tạo.", style="yellow", markup=False)


def _remove(options: argparse.Namespace) -> int:
    # Before the user goes: if this stops midway, no token is left without anybody who can be removed again.
    if options.name in settings.load().users:
        _end_tokens_of(options.name)
    if not accounts.remove_user(options.name):
        raise BadAccount(f"Không có người dùng {options.name}.")
    audit.record(store_directory(), "remove_user", audit.console_user(), user=options.name)
    # Whoever gets this name later must not inherit the mail of the one before.
    if choices.drop(store_directory(), choices.PASSWORD, options.name):
        audit.record(store_directory(), "drop_mail", audit.console_user(), user=options.name)
    console.print(f"Đã bỏ người dùng {options.name}.", style="green")
    return DONE


def _users(options: argparse.Namespace) -> int:
    known = settings.load()
    table = Table("Tên", "Vai trò", "Đăng nhập bằng", box=box.SIMPLE)
    for account in known.users.values():
        table.add_row(line(account.name), account.role.title, "mật khẩu")
    for mail, role in known.people.items():
        table.add_row(line(mail), role.title, "nhà cung cấp danh tính")
    Console().print(table, markup=False)
    Console().print(f"Chưa đăng nhập: {known.anonymous.title}", markup=False)
    return DONE


def _make_token(options: argparse.Namespace) -> int:
    store, role = store_directory(), ROLES.get(options.read, Role.NOBODY)
    tables = () if options.tables is None else _listed(options.tables)
    if tables == () and options.tables is not None:
        raise BadToken("Chưa có bảng nào ở --tables: ghi tên bảng, hoặc all; bỏ mục này nếu mã chỉ để đọc.")
    units = _listed(options.units)
    who = audit.console_user()
    secret, token = tokens.make(store, options.name, who, tokens.CONSOLE, tables, units, role, options.days)
    audit.record(store, "make_token", who, token=token.name)
    console.print(f"Mã số {token.id}, dùng đến {token.until[:10]}. Mã chỉ hiện một lần:", style="green", markup=False)
    print(secret)
    return DONE


def _listed(text: str) -> tuple[str, ...] | None:
    """A list of the command line; None for all."""
    return (
        None
        if text.strip() == "all"
        else tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    )


def _tokens(options: argparse.Namespace) -> int:
    """A block a token, in lines that a narrow terminal breaks but never cuts: an id or a name is copied from here."""
    store = store_directory()
    known = tokens.every(store)
    print("\n\n".join("\n".join(_block(store, token)) for token in known) or "Chưa có mã truy cập nào.")
    return DONE


def _block(store: Path, token: Token) -> list[str]:
    """What list-tokens says of one token."""
    used = tokens.last_used(store, token)
    until = f"đã kết thúc {token.ended_at[:10]}" if token.is_ended else token.until[:10]
    tables, units = ("tất cả" if one is None else ", ".join(one) or "không" for one in (token.tables, token.units))
    facts = {
        "Mã số": token.id,
        "Người tạo": token.made_by,
        "Nạp bảng": tables,
        **({"Của đơn vị": units} if token.tables != () else {}),
        "Đọc như": token.role.title.lower() if token.role else "không đọc",
        "Dùng đến": f"{until} (hết hạn)" if token.is_expired and not token.is_ended else until,
        "Dùng lần cuối": f"{used:%Y-%m-%d %H:%M} UTC" if used else "chưa dùng",
    }
    said = [line(token.name)]
    for title, text in facts.items():
        wrapped = textwrap.wrap(line(text), _WIDTH - _INDENT, break_long_words=False, break_on_hyphens=False)
        said += [f"  {title + ':':{_INDENT - 2}}{wrapped[0]}", *(" " * _INDENT + more for more in wrapped[1:])]
    return said


def _end_token(options: argparse.Namespace) -> int:
    store, who = store_directory(), audit.console_user()
    known = [token for token in tokens.every(store) if options.id in (token.id, token.name) and not token.is_ended]
    if not known or not tokens.end(store, known[0].id, who):
        raise BadToken(f"Không có mã truy cập {options.id} đang dùng.")
    audit.record(store, "end_token", who, token=known[0].name)
    console.print(f"Đã kết thúc mã {known[0].name}.", style="green", markup=False)
    return DONE


def _log(options: argparse.Namespace) -> int:
    store = store_directory()
    table = Table("Lúc (UTC)", "Ai", "Việc", "Chi tiết", box=box.SIMPLE)
    for said in audit.events(store):
        event = audit.EVENTS.get(said["event"], said["event"])
        table.add_row(said["at"], line(said["who"]), event, line(audit.details(said)))
    Console().print(table, markup=False)
    if broken := audit.broken_lines(store):
        console.print(
            f"Nhật ký bị sửa, mất hoặc cụt dòng, thấy ở dòng {', '.join(map(str, broken))}.", style="bold red"
        )
        return BROKEN
    return DONE


if __name__ == "__main__":
    sys.exit(main())
