"""Fuzzing with malformed files and addresses for some minutes; the only accepted result is a refusal in words.

python bench/fuzz.py text 10        bytes as .csv, .txt, .gz: coverage-guided with atheris (pip install atheris)
python bench/fuzz.py workbook 10    .xlsx, .xls, .xlsb, .ods with changed parts, each read in its child process
python bench/fuzz.py address 10     filters in addresses of every page, requested by Streamlit's own protocol

Exits with 1 at the first crash, and writes the input beside the report. Memory may not exceed LIMIT.
"""

from __future__ import annotations

import importlib.util
import io
import os
import random
import resource
import string
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, from any folder

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 2 * 1024**3  # bytes of the process that reads text
AWKWARD = ROOT / "tests" / "awkward"
# Texts that mutations insert: separators, quotes, byte order marks, header words, dates, formula characters, Excel
# numbers.
WORDS = [
    b";", b",", b"\t", b"|", b'"', b'""', b"\r\n", b"\r", b"\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a", b"=", b"@", b"'",
    "Số hồ sơ".encode(), "Ngày tiếp nhận".encode(), "Tổng cộng".encode(), b"STT", "Đơn vị".encode(), "Kỳ báo cáo:".encode(),
    b"31/02/2024", b"1900-01-01", b"45234,5", b"1.234.567", b"1e309", b"-0", b"9" * 400, b"\xcc\x81" * 50, "\u202e".encode(), b"\xed\xa0\x80",
]  # fmt: skip


def seeds(*endings: str) -> list[tuple[str, bytes]]:
    """The awkward test files with these endings, without the large ones."""
    files = sorted(path for path in AWKWARD.iterdir() if path.name.endswith(endings) and path.stat().st_size < 60_000)
    return [(path.name, path.read_bytes()) for path in files]


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Apply a few random changes: flip, remove, repeat, insert or cut off bytes."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(changed) + 1)
        match chance.randrange(6):
            case 0 if changed:
                changed[place % len(changed)] ^= 1 << chance.randrange(8)
            case 1:
                del changed[place : place + chance.randint(1, 40)]
            case 2:
                changed[place:place] = changed[place : place + chance.randint(1, 200)] * chance.randint(1, 30)
            case 3:
                changed[place:place] = chance.choice(WORDS)
            case 4:
                changed[place:place] = chance.randbytes(chance.randint(1, 12))
            case _ if chance.random() < 0.2:
                del changed[place:]
    return bytes(changed[:200_000])


def read(name: str, content: bytes) -> None:
    """Read a file as an upload does, up to its rows; only Rejected may be raised."""
    import duckdb

    from ingest import Rejected
    from ingest.reading.look import load, look_at
    from ingest.schema import tables
    from ingest.store.build import load_reference, merge

    try:
        seen = look_at(content, name)
        if not seen.mapping.missing and content[-1:] > b"\x40":  # for some inputs only: loading rows is slow
            with duckdb.connect() as staging:
                load_reference(staging)
                for table in tables().values():
                    merge(staging, table, Path(), [], table.name)
                load(staging, seen)
    except Rejected as rejected:
        assert rejected.problems and all(problem.reason for problem in rejected.problems)


def memory() -> int:
    """The highest resident memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def fuzz_text(minutes: float) -> None:
    """Text files: coverage-guided with atheris, random without it."""
    names = ["a.csv", "a.txt", "a.tsv", "a.gz", "a.csv.gz"]
    if importlib.util.find_spec("atheris") is None:
        run(minutes, lambda chance: read(*_changed(seeds(".csv", ".txt", ".tsv", ".gz"), chance)))
        return
    import atheris

    with atheris.instrument_imports(include=["ingest"]):
        import ingest.reading.look  # noqa: F401

    def once(content: bytes) -> None:
        read(names[content[0] % len(names)] if content else "a.csv", content[1:])

    with tempfile.TemporaryDirectory() as corpus:
        for number, (name, content) in enumerate(seeds(".csv", ".txt", ".tsv", ".gz")):
            (Path(corpus) / str(number)).write_bytes(bytes([3 if name.endswith(".gz") else 0]) + content)
        limits = [
            f"-max_total_time={round(60 * minutes)}",
            f"-rss_limit_mb={LIMIT >> 20}",
            "-max_len=60000",
            "-timeout=20",
        ]
        atheris.Setup([sys.argv[0], corpus, *limits, "-print_final_stats=1"], once)
        atheris.Fuzz()


def _changed(files: list[tuple[str, bytes]], chance: random.Random) -> tuple[str, bytes]:
    name, content = chance.choice(files)
    return name, mutated(content, chance)


def fuzz_workbook(minutes: float) -> None:
    """Workbooks: change bytes of the file, or of one part inside the zip, so that the zip itself still opens."""
    files = seeds(".xlsx", ".xls", ".xlsb", ".ods", ".xlsm")

    def once(chance: random.Random) -> None:
        name, content = chance.choice(files)
        inside = zipfile.is_zipfile(io.BytesIO(content)) and chance.random() < 0.8
        read(name, _part_changed(content, chance) if inside else mutated(content, chance))

    run(minutes, once)


def _part_changed(content: bytes, chance: random.Random) -> bytes:
    """The zip with one part changed."""
    target = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            parts = old.namelist()
            chosen = chance.choice(parts)
            for part in parts:
                held = old.read(part)
                new.writestr(part, mutated(held, chance) if part == chosen else held)
    except (zipfile.BadZipFile, ValueError, RuntimeError, OSError):
        return mutated(content, chance)
    return target.getvalue()


def fuzz_address(minutes: float) -> None:
    """Filters of every page, known and unknown, with known and malformed values."""
    from data import demo
    from ingest.publish import publish
    from tests.browser import serve
    from tests.test_browser import PAGES
    from tests.wire import Client

    names = sorted(
        {name for _, filters, _ in PAGES.values() for name in filters} | {"search", "moves", "goal_unit", "show", "x"}
    )
    values = sorted({value for _, filters, _ in PAGES.values() for value in filters.values()}) + [
        "", "newest", "0", "-1", "999999999999999999999", "1e9", "NaN", "'; DROP TABLE dossier; --", "<script>", "../..", "%", "\x00",
        "all:T14:60", "all:T14:nan", "all:S01:1e308", "23059@2025", "ô" * 3000, "[x](javascript:1)", "$x$", "a,b,,c", "2024-Q9", "0001-01",
    ]  # fmt: skip

    def some(chance: random.Random) -> str:
        if chance.random() < 0.8:
            return chance.choice(values)
        letters = string.printable + "ăâđêôơưạảấầ\u202e\ufeff\U0001f600"
        return "".join(chance.choice(letters) for _ in range(chance.randint(0, 60)))

    with tempfile.TemporaryDirectory() as folder:
        publish(demo.write(Path(folder)), store=Path(folder) / "store")
        log = Path(folder) / "server.log"
        with serve(ROOT / "server.py", log, DASHBOARD_STORE=f"{folder}/store") as address:

            def once(chance: random.Random) -> None:
                page = chance.choice(list(PAGES)).strip("/")
                query = urlencode([(chance.choice(names), some(chance)) for _ in range(chance.randint(1, 8))])
                with Client(address) as client:
                    shown = client.open(page, query)
                assert "Trang này gặp lỗi" not in shown.words and "exception" not in shown.kinds, f"{page}?{query}"

            run(minutes, once)


def run(minutes: float, once: Callable[[random.Random], None]) -> None:
    """Call `once` with new random generators until the time is over; prints number of calls and memory."""
    begun, number = time.monotonic(), 0
    for number in _numbers(begun + 60 * minutes):
        chance = random.Random(number)
        try:
            once(chance)
        except Exception:
            print(f"crash at number {number}", flush=True)
            raise
        if memory() > LIMIT:
            sys.exit(f"{memory() >> 20} MB of memory at number {number}")
    print(f"{number + 1} inputs in {time.monotonic() - begun:.0f} s, highest memory {memory() >> 20} MB, no crash")


def _numbers(until: float) -> Iterator[int]:
    number = int(os.environ.get("FUZZ_FROM", "0"))
    while time.monotonic() < until:
        yield number
        number += 1


KINDS = {"text": fuzz_text, "workbook": fuzz_workbook, "address": fuzz_address}

if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in KINDS:
        sys.exit(__doc__)
    KINDS[sys.argv[1]](float(sys.argv[2]))
