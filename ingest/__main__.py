"""Command line of the store.

Commands: look, publish, watch, template, status, withdraw, restore, rebuild, upgrade, verify, backup, restore-backup, demo.

Exit codes: 0 done; 1 files rejected, nothing published; 2 unknown command, file, id or engine; 3 another writer holds
the store; 4 fault of the store, the disk or a backup, the current figures stay unchanged; 130 stopped with Ctrl+C.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tempfile
import threading
import unicodedata
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from access import audit
from ingest import Busy, Problem, Rejected, UnknownUpload, publish
from ingest.coverage import OLDER
from ingest.problem_list import PROBLEM_TITLES, write_list, write_problems
from ingest.reading.encoding import ENCODINGS
from ingest.reading.look import Reading, hidden_parts, look
from ingest.reading.text import SEPARATORS
from ingest.schema import tables
from ingest.store import archive, backup
from ingest.store.build import BrokenIdentity
from ingest.store.counting import standing
from ingest.store.fault import StoreFault, explained, is_stop
from ingest.store.verify import verify
from ingest.template import TITLES, file_name, template, titles_of
from ingest.watch.watcher import EVERY, watch
from queries.snapshot import STORE_VERSION, pointed_id, store_directory, version_of
from words import vietnamese
from words.escape import line
from words.uploads import turned, will_retire
from words.version import version

# Exit codes, for scripts.
DONE, REJECTED, USAGE, BUSY, BROKEN, STOPPED = 0, 1, 2, 3, 4, 130
_SHOWN = 20
_PATIENCE = 600  # seconds to wait for another process that rebuilds the same store
_ASKED_WRONGLY = ("empty", "not_empty", "backup_inside", "spark_missing", "java_missing", "spark_master")
_COUNTS = ("Số dòng", "Đang dùng", "Cảnh báo")
_STATES = {
    "live": "đang dùng",
    "withdrawn": "đã rút",
    "superseded": "đã bị thay thế hết",
    "retired": "nhường chỗ cho số liệu thật",
}
_SHARES = {"giữ": "keep", "nhân": "times"}
console = Console(stderr=True)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except Rejected as rejected:
        _tell_problems(rejected.problems, getattr(options, "problems", None), rejected.total)
        console.print("[bold red]Không nhận tệp nào; số liệu đang dùng giữ nguyên.[/]")
        return REJECTED
    except UnknownUpload as unknown:
        console.print(f"{unknown} Xem danh sách bằng: python -m ingest status", style="red", markup=False)
        return USAGE
    except Busy:
        console.print("Một lần nạp khác đang chạy. Chờ nó xong rồi thử lại.", style="red")
        return BUSY
    except (KeyboardInterrupt, RuntimeError, duckdb.InterruptException) as error:
        if not is_stop(error):
            raise
        return _stopped()
    except (OSError, MemoryError, ValueError, duckdb.Error, BrokenIdentity, StoreFault) as error:
        fault = error if isinstance(error, StoreFault) else explained(error)
        if fault and fault.kind in _ASKED_WRONGLY:
            console.print(fault.message, style="red", markup=False)
            return USAGE
        console.print("Kho số liệu gặp lỗi; số liệu đang dùng giữ nguyên.", style="bold red")
        if fault:
            console.print(line(fault.message), markup=False)
        else:
            console.print(line(str(error)), markup=False)
            console.print("Xem phần nào của kho bị hỏng và cách xử lý bằng: python -m ingest verify")
        return BROKEN


def _stopped() -> int:
    console.print("Đã dừng theo yêu cầu. Xem bản số liệu đang dùng bằng: python -m ingest status", style="red")
    return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ingest", description="Nạp và quản lý số liệu của bảng điều khiển.")
    parser.add_argument("--version", action="version", version=version(), help="phiên bản của chương trình")
    commands = parser.add_subparsers(required=True, metavar="LỆNH")
    publishing = commands.add_parser("publish", help="nạp các tệp CSV, Excel; nhận tất cả hoặc không nhận tệp nào")
    publishing.add_argument("files", nargs="+", type=Path, metavar="TỆP")
    publishing.add_argument("--problems", type=Path, metavar="TỆP", help="ghi danh sách lỗi đầy đủ vào tệp CSV này")
    publishing.add_argument("--valid-only", action="store_true", help="nhận các dòng hợp lệ, bỏ các dòng bị từ chối")
    _skipped_option(publishing)
    _reading_options(publishing)
    publishing.set_defaults(run=_publish)
    looking = commands.add_parser("look", help="xem một tệp được hiểu thế nào, không nạp")
    looking.add_argument("file", type=Path, metavar="TỆP")
    _skipped_option(looking)
    _reading_options(looking)
    looking.set_defaults(run=_look)
    watching = commands.add_parser("watch", help="theo dõi các thư mục: tệp đặt vào đó được nạp")
    watching.add_argument("folders", nargs="+", type=Path, metavar="THƯ_MỤC")
    watching.add_argument("--once", action="store_true", help="nạp các tệp đang có rồi dừng")
    watching.add_argument(
        "--every", type=_seconds, default=EVERY, metavar="GIÂY", help="nhìn lại sau bao nhiêu giây; mặc định 5"
    )
    watching.add_argument(
        "--settle",
        type=_seconds,
        metavar="GIÂY",
        help="tệp không đổi bao nhiêu giây thì đọc; mặc định theo cai-dat.toml",
    )
    watching.set_defaults(run=_watch)
    templating = commands.add_parser("template", help="ghi tệp mẫu Excel của các bảng")
    templating.add_argument("folder", type=Path, metavar="THƯ MỤC")
    templating.set_defaults(run=_template)
    commands.add_parser("status", help="các lần nạp và bản số liệu đang dùng").set_defaults(run=_status)
    for name, text, act in (
        ("withdraw", "rút lại một lần nạp", publish.withdraw),
        ("restore", "khôi phục một lần nạp đã rút", publish.restore),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("upload_id", metavar="MÃ")
        command.set_defaults(run=lambda options, act=act: _change(lambda bar: act(options.upload_id, progress=bar)))
    building = commands.add_parser("rebuild", help="dựng lại số liệu từ kho lưu")
    building.add_argument("--engine", choices=["duckdb", "spark"], default="duckdb", help="máy dựng; mặc định duckdb")
    building.add_argument("--master", metavar="CỤM", help="nơi Spark chạy: local[2], spark://MÁY:7077, yarn…")
    building.add_argument("--lake", metavar="URI", help="nơi để kho lưu cho Spark; mặc định thư mục lake trong kho")
    building.set_defaults(run=_rebuild)
    commands.add_parser("upgrade", help="dựng lại kho do phiên bản cũ của chương trình tạo").set_defaults(run=_upgrade)
    commands.add_parser("verify", help="kiểm tra từng tệp của kho, so bản đang dùng với bản dựng lại").set_defaults(
        run=_verify
    )
    _backup_commands(commands)
    commands.add_parser(
        "demo", help="nạp số liệu mô phỏng nếu kho còn trống, dựng lại kho của phiên bản cũ"
    ).set_defaults(run=_demo)
    return parser


def _backup_commands(commands: argparse._SubParsersAction) -> None:
    """Add the commands that back up and restore the whole store."""
    saving = commands.add_parser("backup", help="sao lưu cả kho vào một tệp")
    saving.add_argument("file", nargs="?", type=Path, metavar="TỆP", help="mặc định: backup/<ngày>-<bản số liệu>.tar")
    saving.set_defaults(run=_backup)
    bringing = commands.add_parser("restore-backup", help="khôi phục cả kho từ một tệp sao lưu, vào kho còn trống")
    bringing.add_argument("file", type=Path, metavar="TỆP")
    bringing.add_argument(
        "--replace", action="store_true", help="thay kho đang có; kho cũ giữ trong thư mục replaced-…"
    )
    bringing.set_defaults(run=_restore_backup)


def _skipped_option(command: argparse.ArgumentParser) -> None:
    """Add the option that writes the rows left out to a file."""
    command.add_argument(
        "--skipped",
        type=Path,
        metavar="TỆP",
        help="ghi các dòng không tính là số liệu (dòng, nội dung, lý do) ra tệp CSV",
    )


def _reading_options(command: argparse.ArgumentParser) -> None:
    """Add the options that override the detected reading of a file."""
    _coverage_options(command)
    command.add_argument("--encoding", choices=list(ENCODINGS), default="", help="bảng mã của tệp văn bản")
    command.add_argument("--separator", choices=[*SEPARATORS, "tab"], default="", help="dấu phân cách")
    command.add_argument("--sheet", default="", metavar="TÊN", help="trang tính")
    command.add_argument("--header-line", type=int, default=0, metavar="DÒNG", help="dòng tiêu đề")
    command.add_argument("--decimal", choices=[",", "."], default="", help="dấu thập phân")
    command.add_argument(
        "--share",
        type=lambda word: unicodedata.normalize("NFC", word),
        choices=list(_SHARES),
        default="",
        help="phần trăm không quá 1: giữ nguyên, hoặc nhân 100",
    )
    command.add_argument(
        "--dates",
        choices=["day", "month"],
        default="",
        help="ngày viết ngày trước tháng (day) hay tháng trước ngày (month)",
    )
    command.add_argument("--table", choices=list(TITLES), default="", help="bảng nhận số liệu")
    command.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="CỘT=TIÊU ĐỀ",
        help="ghép cột của bảng, hoặc mã một chỉ tiêu, với một tiêu đề trong tệp; “value=TÊN” chọn cột là giá trị khi có "
        "nhiều cột; “CỘT==GIÁ TRỊ” dùng một giá trị cho mọi dòng",
    )


def _coverage_options(command: argparse.ArgumentParser) -> None:
    """Add the options that say what a file of dossiers covers."""
    command.add_argument(
        "--received-from", default="", metavar="NGÀY", help="tệp hồ sơ có hồ sơ nhận từ ngày (2024-02-01)"
    )
    command.add_argument("--received-to", default="", metavar="NGÀY", help="đến hết ngày (2024-02-29)")
    command.add_argument("--as-of", default="", metavar="NGÀY", help="tình trạng hồ sơ là của ngày nào: ngày xuất tệp")
    command.add_argument(
        "--older", choices=list(OLDER), default="", help="; ".join(f"{word}: {said}" for word, said in OLDER.items())
    )
    command.add_argument(
        "--unit", action="append", default=[], metavar="MÃ", help="đơn vị mà tệp có nói đến nhưng không có hồ sơ nào"
    )


def _reading(options: argparse.Namespace) -> Reading:
    """The options as a Reading."""
    said = {
        "from_on": options.received_from,
        "to_on": options.received_to,
        "as_of": options.as_of,
        "older": options.older,
        "units": " ".join(options.unit),
    }
    columns = dict(pair.partition("=")[::2] for pair in options.column)
    separator = "\t" if options.separator == "tab" else options.separator
    return Reading(
        options.encoding,
        separator,
        options.sheet,
        options.header_line,
        options.decimal,
        options.table,
        columns,
        _SHARES.get(options.share, ""),
        options.dates,
        {name: word for name, word in said.items() if word},
    )


def _publish(options: argparse.Namespace) -> int:
    reading, target = _reading(options), getattr(options, "problems", None)
    return _change(
        lambda bar: publish.publish(
            options.files, progress=bar, reading=reading, valid_only=options.valid_only, list_all=target is not None
        ),
        target,
        options.skipped,
    )


def _seconds(text: str) -> float:
    """A number of seconds on the command line."""
    seconds = float(text)
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("từ 0 đến 3600 giây")
    return seconds


def _watch(options: argparse.Namespace) -> int:
    """Watch folders until SIGTERM or Ctrl+C; with --once: 0 all read, 1 some refused, 3 watched by another, 4 a fault."""
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)

    def end_on_signal(stop: threading.Event) -> None:
        for kind in (signal.SIGTERM, signal.SIGINT):
            signal.signal(kind, lambda *_: stop.set())

    done = watch(options.folders, store_directory(), options.every, options.settle, options.once, end_on_signal)
    if not options.once:
        return DONE
    if done.troubled:
        return BROKEN
    return REJECTED if done.refused else BUSY if done.locked_out else DONE


def _look(options: argparse.Namespace) -> int:
    """Print how a file is parsed: encoding, separator, sheet, header, table, mapping, dropped columns."""
    seen = look(options.file, _reading(options), store_directory())
    grid, mapping = seen.grid, seen.mapping
    said = [("Bảng", mapping.table.name), ("Dòng tiêu đề", str(seen.header_line))]
    if grid.encoding:
        said += [("Bảng mã", ENCODINGS[grid.encoding]), ("Dấu phân cách", SEPARATORS.get(grid.separator, ""))]
    if grid.sheet:
        taken = ", ".join(one.grid.sheet for one in (seen, *seen.more))
        said += [("Trang tính", f"{taken} ({len(grid.sheets)} trang)")]
        said += [("Không nạp trang", f"{sheet} ({vietnamese.number(rows)} dòng)") for sheet, rows, _ in seen.left_out]
    said += [("Phần ẩn", problem.reason) for problem in hidden_parts(seen, grid.lines.slice(seen.header.last + 1))]
    said += [("Dữ liệu cá nhân bị bỏ", ", ".join(seen.personal)), ("Không dùng", ", ".join(mapping.unused))]
    for title, text in said:
        Console().print(f"{title}: {line(text) or '–'}", markup=False)
    table = Table("Cột", "Tiêu đề trong tệp", box=box.SIMPLE)
    for column in mapping.table.columns:
        offered = mapping.offered.get(column.name)
        found = (
            mapping.header(column.name) if column.name in mapping.columns else mapping.constants.get(column.name, "")
        )
        offer = f"? {mapping.headers[offered]}" if offered is not None else ""
        if found or offer or column.name in mapping.missing:
            table.add_row(f"{column.title} ({column.name})", line(found or offer or "thiếu"))
    for position, heading in mapping.taken.items():
        whose = ", ".join(filter(None, (heading.indicator, heading.unit, heading.period.lstrip("-"))))
        table.add_row(line(f"{whose} ({heading.part})"), line(mapping.headers[position]))
    Console().print(table, markup=False)
    if mapping.missing:
        return REJECTED
    source, retired, covers = publish.rows_of(seen)
    if covers:
        Console().print(f"Tệp nói về: {covers.told}.", markup=False)
    _tell_left_out({seen.name: source.left_out}, options.skipped)
    if retired:
        Console().print(will_retire(titles_of(retired)), markup=False)
    return DONE


def _demo(options: argparse.Namespace) -> int:
    """Write the simulated district as files and publish them; only into an empty store.

    `make run` starts with this command, so a store of an older version is upgraded here.
    """
    store = store_directory()
    if pointed_id(store) or archive.newest_manifest(store)["sequence"]:
        return _upgrade(options)
    from data import demo

    console.print("Kho còn trống: tạo số liệu [bold]MÔ PHỎNG[/].")
    with tempfile.TemporaryDirectory() as folder:

        def fill(bar: Callable[[str, float], None]) -> publish.Outcome:
            return publish.publish(demo.write(Path(folder), progress=bar), who="mô phỏng", progress=bar)

        return _change(fill)


def _rebuild(options: argparse.Namespace) -> int:
    """Rebuild the snapshot, with DuckDB or with Spark on --master."""
    if options.engine == "duckdb":
        if options.master or options.lake:
            console.print("--master và --lake chỉ dùng với --engine spark.", style="red")
            return USAGE
        return _change(lambda bar: publish.rebuild(progress=bar))
    from ingest.spark import engine

    builder = partial(engine.build, master=options.master or "local[*]", lake=options.lake or "")
    return _change(lambda bar: publish.rebuild(progress=bar, builder=builder, engine="spark"))


def _template(options: argparse.Namespace) -> int:
    """Write an Excel template for each uploaded table."""
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in TITLES:
        path = options.folder / file_name(tables()[name])
        path.write_bytes(template(tables()[name]))
        Console().print(f"{TITLES[name]}: {path}", markup=False)
    return DONE


def _upgrade(options: argparse.Namespace) -> int:
    """Rebuild a store of an older version; does nothing for the current version."""
    store = store_directory()
    if version_of(archive.newest_manifest(store)) >= STORE_VERSION:
        return DONE
    console.print("Kho do phiên bản cũ của chương trình tạo: dựng lại từ kho lưu.")
    outcome = _behind_bar(lambda bar: publish.upgrade(store, bar, patience=_PATIENCE))
    return _told(outcome) if outcome else DONE


def _verify(options: argparse.Namespace) -> int:
    """Print every check and what to do; exit code 4 if anything is damaged."""
    checks = _behind_bar(lambda bar: verify(progress=bar))
    if not checks:
        console.print("Kho còn trống, không có gì để kiểm tra.")
        return DONE
    table = Table("", "Đã kiểm tra", "Kết quả", "Cần làm", box=box.SIMPLE, pad_edge=False)
    for check in checks:
        table.add_row("✓" if check.is_sound else "✗", *map(line, (check.what, check.found, check.to_do)))
    Console().print(table, markup=False)
    damaged = sum(not check.is_sound for check in checks)
    if damaged:
        console.print(f"Kho có {damaged} chỗ cần xử lý; số liệu đang dùng giữ nguyên.", style="bold red")
        return BROKEN
    console.print("Kho nguyên vẹn: bản số liệu đang dùng giống hệt bản dựng lại từ kho lưu.", style="green")
    return DONE


def _backup(options: argparse.Namespace) -> int:
    file = options.file or backup.default_file()
    contents = _behind_bar(lambda bar: backup.backup(file, progress=bar))
    audit.record(store_directory(), "backup", audit.console_user(), file=file.name)
    size = vietnamese.number(file.stat().st_size / 1e6, 1)
    console.print(
        f"Đã sao lưu {len(contents['files'])} tệp vào {line(str(file))} ({size} MB).", style="green", markup=False
    )
    return DONE


def _restore_backup(options: argparse.Namespace) -> int:
    done = _behind_bar(lambda bar: backup.restore_backup(options.file, replace=options.replace, progress=bar))
    audit.record(
        store_directory(), "restore_backup", audit.console_user(), file=options.file.name, snapshot=done.snapshot_id
    )
    rows = vietnamese.number(sum(table["rows"] for table in done.figures.values()))
    console.print(f"Đã khôi phục {done.uploads} lần nạp, công bố bản số liệu {done.snapshot_id}.", style="green")
    if done.is_compared:
        console.print(f"{len(done.figures)} bảng, {rows} dòng giống hệt lúc sao lưu.", style="green")
    else:
        console.print(
            "Mọi tệp đúng mã kiểm tra. Bản sao lưu do phiên bản khác của chương trình tạo nên không so từng con số.",
            style="yellow",
        )
    if done.kept_aside:
        console.print(f"Kho cũ được giữ ở {line(str(done.kept_aside))}.", markup=False)
    return DONE


def _behind_bar(act: Callable[[Callable[[str, float], None]], Any]) -> Any:
    """Run an action with a progress bar; returns its result."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("Bắt đầu", total=1.0)
        return act(lambda stage, share: progress.update(task, description=stage, completed=share))


def _change(
    act: Callable[[Callable[[str, float], None]], publish.Outcome],
    target: Path | None = None,
    skipped: Path | None = None,
) -> int:
    """Change the store with a progress bar, then print the result."""
    return _told(_behind_bar(act), target, skipped)


def _told(outcome: publish.Outcome, target: Path | None = None, skipped: Path | None = None) -> int:
    """Print the result of a change of the store."""
    for upload in outcome.uploads:
        console.print(
            f"Nhận [bold]{escape(line(upload['file']))}[/]: {vietnamese.number(upload['accepted'])} dòng vào bảng "
            f"{upload['table']}, mã {upload['id']}, {vietnamese.number(sum(upload['warnings'].values()))} cảnh báo."
        )
        if upload["rejected"]:
            console.print(f"Bỏ {vietnamese.number(upload['rejected'])} dòng bị từ chối của tệp này.", style="yellow")
    _tell_warnings(outcome)
    if outcome.rejected:
        _tell_problems(list(outcome.rejected), target, len(outcome.rejected))
    _tell_left_out(outcome.left_out, skipped)
    if said := turned(titles_of(outcome.retired), titles_of(outcome.back)):
        console.print(said, style="yellow", markup=False)
    console.print(f"Đã công bố bản số liệu {outcome.snapshot_id}.", style="green")
    return DONE


def _tell_warnings(outcome: publish.Outcome) -> None:
    """Print each kind of warning once for each file, with its number and the first line."""
    first: dict[tuple[str, str], Problem] = {}
    for warning in outcome.warnings:
        first.setdefault((warning.file, warning.rule), warning)
    for upload in outcome.uploads:
        for rule, count in upload["warnings"].items():
            if warning := first.get((upload["file"], rule)):
                place = f"dòng {warning.line}" if count == 1 else f"lần đầu ở dòng {warning.line}"
                said = f"{vietnamese.number(count)} × {warning.reason} ({place}, cột {warning.column})"
                if not warning.line:  # it holds for the whole file
                    said = f"{warning.file}: {warning.reason} {warning.hint}"
                console.print(line(said), style="yellow", markup=False)


def _status(options: argparse.Namespace) -> int:
    store = store_directory()
    manifest = archive.newest_manifest(store)
    if not manifest["sequence"]:
        console.print("Kho còn trống. Nạp tệp bằng: python -m ingest publish TỆP…")
        return DONE
    table = Table(box=box.SIMPLE, pad_edge=False)
    for title in ("Mã", "Tệp", "Bảng", "Lúc nạp (UTC)", "Người nạp", "Số dòng", "Đang dùng", "Cảnh báo", "Trạng thái"):
        # A truncated id could not be copied into the next command.
        table.add_column(title, no_wrap=title == "Mã", justify="right" if title in _COUNTS else "left")
    for upload in manifest["uploads"]:
        counted = (upload["accepted"], upload["rows_in_force"], sum(upload["warnings"].values()))
        table.add_row(
            *(line(upload[key]) for key in ("id", "file", "table", "at", "who")),
            *map(vietnamese.number, counted),
            _STATES[standing(upload, manifest["uploads"])],
        )
    Console().print(table, markup=False)
    Console().print(
        f"Bản số liệu {pointed_id(store)}, số liệu đến {manifest['as_of']}, dựng lúc {manifest['built_at']}."
    )
    if left := manifest.get("left_behind"):
        console.print(
            f"Con trỏ current chỉ bản cũ: lần nạp chỉ có ở bản mới hơn được giữ và coi là đã rút ({', '.join(left)}). "
            "Dùng lại bằng: python -m ingest restore MÃ",
            style="yellow",
        )
    return DONE


def _tell_left_out(left_out: dict[str, pa.Table], target: Path | None) -> None:
    """Print the first rows with text that are no data; write all of them to a file if one is given."""
    worded = {name: table.filter(pc.not_equal(table["text"], "")) for name, table in left_out.items()}
    rows = [_left_out_row(name, row) for name, table in worded.items() for row in table.slice(0, _SHOWN).to_pylist()]
    count = sum(table.num_rows for table in left_out.values())
    if count:
        console.print(f"{vietnamese.number(count)} dòng không tính là số liệu:")
        table = Table("Tệp", "Dòng", "Nội dung", "Lý do")
        for name, number, text, reason in rows[:_SHOWN]:
            table.add_row(*map(line, (name, str(number), text, reason)))
        console.print(table, markup=False)
    if count > len(rows[:_SHOWN]) and target is None:
        console.print(
            f"… và {count - len(rows[:_SHOWN])} dòng nữa, kể cả dòng trống; thêm --skipped dong-bo.csv để ghi đủ ra tệp."
        )
    if target is not None:
        batches = (
            (name, batch) for name, table in left_out.items() for batch in table.to_batches(max_chunksize=10_000)
        )
        whole = (_left_out_row(name, row) for name, batch in batches for row in batch.to_pylist())
        write_list(target, ("Tệp", "Dòng", "Nội dung", "Lý do"), whole)
        console.print(f"Danh sách {count} dòng không tính là số liệu: {target}", markup=False)


def _left_out_row(file: str, row: dict) -> tuple:
    """File and sheet, line, text and reason of a row that is no data."""
    named = f"{file}, trang tính “{row['sheet']}”" if row["sheet"] else file
    return named, row["line"], row["text"], row["reason"]


def _tell_problems(problems: list[Problem], target: Path | None, total: int) -> None:
    """Print the first problems and how many there are; write all of them to a file if one is given."""
    table = Table(*PROBLEM_TITLES)
    for problem in problems[:_SHOWN]:
        table.add_row(
            *map(
                line,
                (problem.file, str(problem.line or ""), problem.column, problem.value, problem.reason, problem.hint),
            )
        )
    console.print(table, markup=False)
    if total > _SHOWN and target is None:
        shown, whole = vietnamese.number(min(_SHOWN, len(problems))), vietnamese.number(total)
        console.print(f"… {shown} trong {whole} lỗi; thêm --problems loi.csv để ghi đủ ra tệp.")
    if target is not None:
        write_problems(target, problems)
        console.print(f"Danh sách {len(problems)} lỗi: {target}")


if __name__ == "__main__":
    sys.exit(main())
