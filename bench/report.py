"""The results of one run as tables: on the console, and between two markers of docs/toc-do.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.targets import MEASURED, growth, verdicts
from words import vietnamese

MARKS = ("<!-- bench -->", "<!-- /bench -->")
STAGES = {"read": "đọc", "check": "kiểm tra", "archive": "lưu", "build": "dựng", "rest": "còn lại"}
NAMES = {"ours": "Trang Tổng quan", "dash": "Dash", "streamlit": "Streamlit theo bài hướng dẫn"}
PARTS = {"publish": "Công bố", "queries": "Câu hỏi của các trang", "server": "Máy chủ", "browser": "Trình duyệt"}


@dataclass(frozen=True)
class Sheet:
    """One table: title, columns, rows, all as texts; columns after the first contain numbers."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def sheets(result: dict, whole: bool = True) -> list[Sheet]:
    """The tables of the measured parts, targets last; `whole`: one row for every page."""
    parts = result["parts"]
    found: list[Sheet] = []
    if sizes := parts.get("publish", {}).get("sizes"):
        found.append(_publish(sizes, result.get("whole_sets", {})))
    if pages := parts.get("queries", {}).get("pages"):
        found.append(_queries(pages, whole))
    server = parts.get("server", {})
    if pages := server.get("pages"):
        found.append(_pages(pages, whole))
    if "sessions" in server:
        found.append(_sessions(server))
    if compared := parts.get("browser", {}).get("pages"):
        found.append(_browser(compared))
    if judged := verdicts(parts):
        rows = [("✓ đạt" if one.met else "✗ chưa đạt", one.says, one.measured, one.limit) for one in judged]
        found.append(Sheet("Mục tiêu", ("", "Mục tiêu", "Đo được", "Giới hạn"), rows))
    return found


def _ms(value: float) -> str:
    return vietnamese.number(value, 1 if value < 100 else 0)


def _rows(size: str) -> str:
    return vietnamese.number(int(size))


def _publish(sizes: dict, whole_sets: dict) -> Sheet:
    """Dossier files alone, and the whole set, which was published once."""
    rows = []
    for size, one in sizes.items():
        if "failed" in one:
            rows.append((_rows(size), f"không xong: {one['failed']}", *[vietnamese.MISSING] * 7))
            continue
        stages = ", ".join(f"{STAGES[name]} {vietnamese.number(spent, 1)}" for name, spent in one["stages"].items())
        rows.append(
            (
                _rows(size),
                vietnamese.number(one["seconds"], 1),
                vietnamese.number(one["bare_seconds"], 2),
                vietnamese.number(one["ratio"], 1),
                vietnamese.number(one["rows_per_second"]),
                vietnamese.number(one["memory_mb"]),
                f"{one['files']} / {vietnamese.number(one['megabytes'])}",
                stages,
                _whole_set(whole_sets.get(size)),
            )
        )
    columns = ("Hồ sơ", "Giây", "Đọc trần (giây)", "Gấp", "Dòng/giây", "Bộ nhớ (MB)", "Tệp / MB", "Từng bước (giây)",
               "Cùng bước đất đai và các bảng nhỏ, một lần (giây / MB)")  # fmt: skip
    return Sheet("Công bố các tệp hồ sơ vào kho trống, mỗi lần một tiến trình mới", columns, rows)


def _whole_set(published: dict | None) -> str:
    if published is None:
        return vietnamese.MISSING
    return f"{vietnamese.number(published['seconds'], 1)} / {vietnamese.number(published['memory_mb'])}"


def _queries(pages: dict, whole: bool) -> Sheet:
    """Queries on sums, then on rows, at every size; or only the median page and the slowest page."""
    sizes = list(next(iter(pages.values()))["sizes"])
    few, many = sizes[0], sizes[-1]
    shown = pages.values()
    if not whole:
        shown = sorted(shown, key=lambda page: page["sizes"][many]["ms"])
        shown = [shown[len(shown) // 2], shown[-1]]
    rows = []
    for page in shown:
        at = page["sizes"]
        ratio = growth(page, few, many) if len(sizes) > 1 else None
        slowest = max((at[many][kind] for kind in ("sums", "rows")), key=lambda one: one["slowest_ms"])
        rows.append(
            (
                page["title"],
                " / ".join(_ms(at[size]["sums"]["ms"]) for size in sizes),
                vietnamese.number(ratio, 2),
                " / ".join(_ms(at[size]["rows"]["ms"]) for size in sizes),
                f"{slowest['slowest']} {_ms(slowest['slowest_ms'])}",
            )
        )
    title = "Thời gian hỏi của một trang (ms), không lấy từ bộ nhớ đệm, " + " / ".join(map(_rows, sizes)) + " hồ sơ"
    return Sheet(title, ("Trang", "Bảng cộng sẵn", "Gấp", "Dòng hồ sơ", "Câu hỏi chậm nhất"), rows)


def _pages(pages: dict, whole: bool) -> Sheet:
    ordered = sorted(pages.values(), key=lambda page: page["ms"])
    shown = pages.values() if whole else [ordered[len(ordered) // 2], ordered[-1]]
    rows = [
        (page["title"], _ms(page["ms"]), _ms(page["p95_ms"]), _ms(page["cpu_ms"]), vietnamese.number(page["kilobytes"]))
        for page in shown
    ]
    title = f"Máy chủ chạy một trang, bộ nhớ đệm đã có ({ordered[0]['runs']} lần mỗi trang)"
    return Sheet(title, ("Trang", "Trung vị (ms)", "95 % (ms)", "Bộ xử lý (ms)", "Gửi đi (KB)"), rows)


def _sessions(server: dict) -> Sheet:
    load, memory = server["sessions"], server["memory_mb"]
    changed = " / ".join(_ms(load[name]) for name in ("ms", "p95_ms", "max_ms"))
    rows = [
        ("Bộ nhớ máy chủ với " + ", ".join(memory) + " phiên (MB)", " / ".join(map(vietnamese.number, memory.values()))),
        (f"{load['readers']} phiên, mỗi phiên {load['think_seconds']:g} giây đổi kỳ một lần, {load['seconds']:g} giây: "
         "trung vị / 95 % / lâu nhất (ms)", changed),
        ("Số lần đổi, số lỗi", f"{vietnamese.number(load['changes'])}, {load['errors']}"),
        ("Bộ xử lý cho một lần đổi (ms)", _ms(load["cpu_ms_per_change"])),
    ]  # fmt: skip
    return Sheet("Nhiều phiên trên trang Tổng quan", ("Đo", "Kết quả"), rows)


def _browser(pages: dict) -> Sheet:
    rows = []
    for name, one in pages.items():
        times = [_ms(one[measure]["ms"]) for measure in MEASURED]
        sizes = " / ".join(vietnamese.number(one[measure]["kilobytes"]) for measure in MEASURED)
        small = f" + {one['small_charts']} nhỏ" if one["small_charts"] else ""
        rows.append((NAMES[name], f"{one['charts']}{small}", *times, sizes))
    columns = ("Trang", "Biểu đồ", *(f"{title} (ms)" for title in MEASURED.values()), "Nhận và gửi (KB)")
    return Sheet("Trong Chromium, đến khi biểu đồ cuối cùng vẽ xong và mọi thứ yên", columns, rows)


def words(result: dict) -> Iterator[str]:
    """Where, when and how the figures were measured, and the load of the machine."""
    on, options = result["machine"], result["options"]
    at = datetime.fromisoformat(on["at"])
    yield (
        f"Đo lúc {vietnamese.moment(at)} trên {on['cpu']}, {on['cores']} nhân, {vietnamese.number(on['ram_gb'], 1)} GB; "
        f"Python {on['python']}, streamlit {on['streamlit']}, duckdb {on['duckdb']}, plotly {on['plotly']}, "
        f"{on['chromium'] or 'không có Chromium'}; bản chương trình {on['commit']}."
    )
    busy = "; ".join(
        f"{PARTS[name].lower()} {' → '.join(vietnamese.number(load, 2) for load in part['load'])}"
        for name, part in result["parts"].items()
        if "load" in part
    )
    yield f"Trung vị của {options['rounds']} lần. Tải của máy khi bắt đầu → kết thúc mỗi phần: {busy}."
    for name, part in result["parts"].items():
        if "failed" in part:
            yield f"{PARTS[name]}: không đo được, {part['failed']}"


def show(result: dict, console: Console) -> None:
    """Print all tables."""
    for sheet in sheets(result):
        table = Table(*sheet.columns, title=sheet.title, title_justify="left")
        for column in table.columns[1:]:
            column.overflow = "fold"
        for row in sheet.rows:
            table.add_row(*row)
        console.print(table)
    for sentence in words(result):
        console.print(sentence, markup=False, highlight=False)


def markdown(result: dict) -> str:
    """The tables for docs/toc-do.md, without a row for every page."""
    blocks = ["\n".join(words(result))]
    for sheet in sheets(result, whole=False):
        lines = [sheet.columns, ["---"] * len(sheet.columns), *sheet.rows]
        blocks.append(f"**{sheet.title}**\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(blocks)


def put(path: Path, text: str) -> None:
    """Put a text between the two markers of a file. Raises ValueError if a marker is missing."""
    whole = path.read_text(encoding="utf-8")
    before, opening, rest = whole.partition(MARKS[0])
    _, closing, after = rest.partition(MARKS[1])
    if not (opening and closing):
        raise ValueError(f"{path}: {' … '.join(MARKS)} expected")
    path.write_text(f"{before}{opening}\n{text}\n{closing}{after}", encoding="utf-8")
