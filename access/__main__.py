"""Command line for users and the audit log: add-user, remove-user, users, log."""

from __future__ import annotations

import argparse
import getpass
import sys

from rich import box
from rich.console import Console
from rich.table import Table

from access import ROLES, accounts, audit, choices, settings
from access.accounts import BadAccount
from access.settings import BadSettings
from queries.snapshot import store_directory
from words.escape import line

DONE, USAGE, BROKEN = 0, 2, 4
console = Console(stderr=True)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except BadAccount as error:
        console.print(str(error), style="red", markup=False)
        return USAGE
    except (BadSettings, OSError) as error:
        console.print(f"Không dùng được tệp cấu hình: {line(str(error))}", style="red", markup=False)
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
    commands.add_parser("log", help="nhật ký; mã kết thúc 4 nếu bị sửa").set_defaults(run=_log)
    return parser


def _add(options: argparse.Namespace) -> int:
    accounts.add_user(options.name, options.role, _password())
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


def _remove(options: argparse.Namespace) -> int:
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
