"""Command line: send the mail that is due, show it, repeat a message, try the connection.

Exit codes: 0 done, also if nothing was due; 2 unknown option or person; 3 another run has not ended; 4 some message could not be
sent, or settings, store or server are at fault.
"""

from __future__ import annotations

import argparse
import sys

from rich.console import Console

import queries
from access import audit, choices, settings
from access.settings import BadSettings
from ingest.store.fault import StoreFault, explained
from notify import run as mail
from notify.post import Post, Unreachable
from queries.snapshot import store_directory
from words.escape import line

DONE, USAGE, BUSY, BROKEN = 0, 2, 3, 4
console = Console(stderr=True, soft_wrap=True, highlight=False)


def main(arguments: list[str] | None = None) -> int:
    """Run once; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _check() if options.check else _run(options)
    except mail.NotSetUp:
        _say("Chưa khai báo [mail] trong tệp cấu hình nên không gửi thư. Xem deploy/secrets.example.toml.")
        return BROKEN
    except mail.AlreadyRunning:
        _say("Một lần gửi khác đang chạy.")
        return BUSY
    except Unreachable as error:
        _say(f"Không gửi được: {error}.")
        return BROKEN
    except BadSettings as error:
        _say(f"Không dùng được tệp cấu hình: {error}.")
        return BROKEN
    except StoreFault as fault:
        _say(fault.message)
        return BROKEN
    except queries.NothingWhole:
        _say("Không bản số liệu nào mở được. Chạy: python -m ingest rebuild")
        return BROKEN
    except queries.NoSnapshot:
        _say("Kho còn trống, chưa có gì để gửi.")
        return DONE
    except queries.OldStore:
        _say("Kho của phiên bản cũ. Chạy: python -m ingest upgrade")
        return BROKEN
    except queries.NewerStore as newer:
        _say(str(newer))
        return BROKEN
    except OSError as error:
        fault = explained(error)
        _say(fault.message if fault else f"Không đọc được tệp cấu hình hoặc kho ({error.strerror}).")
        return BROKEN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m notify", description="Gửi thư thông báo cho những người đã chọn ở trang Tài khoản."
    )
    parser.add_argument("--dry-run", action="store_true", help="in thư sẽ gửi, không gửi, không ghi gì")
    parser.add_argument("--person", metavar="TÊN", default="", help="chỉ cho người này")
    parser.add_argument(
        "--again", metavar="TÊN", default="", help="gửi lại thư chưa rõ đã đến hoặc bị từ chối của người này"
    )
    parser.add_argument("--check", action="store_true", help="thử nối máy chủ thư, không gửi gì")
    return parser


def _run(options: argparse.Namespace) -> int:
    store, only = store_directory(), options.again or options.person
    if only and only not in {choice.name for choice in choices.every(store)[0]}:
        _say(f"{only} chưa chọn nhận thư ở trang Tài khoản.")
        return USAGE
    run = mail.begin(store, only, by_hand=bool(only))
    if options.dry_run:
        report = mail.show(run)
    else:
        with mail.alone(store):
            if options.again and not mail.repeat(run, audit.console_user()):
                _say(f"{only}: không có thư nào cần gửi lại.")
                return USAGE
            report = mail.send(run)
    for said in report.said:
        _say(said)
    print("\n\n".join(report.texts), end="")
    if not options.dry_run:
        _say(f"Đã gửi {report.sent} thư.")
    return BROKEN if report.is_broken else DONE


def _check() -> int:
    """Connect, secure the connection and sign in, as a run would."""
    known = settings.mail()
    if known is None:
        raise mail.NotSetUp
    with Post(known):
        _say(f"Nối được {known.host}:{known.port}.")
    return DONE


def _say(text: str) -> None:
    console.print(line(text), markup=False)


if __name__ == "__main__":
    sys.exit(main())
