"""A million dossiers from upload to charts in the browser: time, memory, and the ratio to a bare read_csv.

python bench/upload.py [ROWS]

Starts the app on an empty store, uploads a generated CSV file, publishes it and opens the overview.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path

import duckdb
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, from any folder

from tests.browser import ROOT, launch, open_page, serve, settled, visit

MINUTES = 20
MADE = """COPY (SELECT
    'H11.14.' || lpad(CAST(n % 17 + 1 AS VARCHAR), 2, '0') || '-' || strftime(received, '%y%m%d') || '-'
        || lpad(CAST(n AS VARCHAR), 7, '0') AS "Số hồ sơ",
    (SELECT list(name ORDER BY unit_code) FROM unit)[n % 17 + 1] AS "Đơn vị giải quyết",
    '1.001193' AS "Mã thủ tục",
    'Trả kết quả' AS "Trạng thái",
    CASE WHEN n % 3 = 0 THEN 'Trực tuyến' ELSE 'Trực tiếp' END AS "Hình thức tiếp nhận",
    strftime(received, '%d/%m/%Y %H:%M:%S') AS "Ngày tiếp nhận",
    strftime(received + INTERVAL 5 DAY, '%d/%m/%Y %H:%M:%S') AS "Ngày hẹn trả",
    strftime(received + INTERVAL (n % 7 + 1) DAY, '%d/%m/%Y %H:%M:%S') AS "Ngày kết thúc xử lý",
    strftime(received + INTERVAL (n % 7 + 2) DAY, '%d/%m/%Y %H:%M:%S') AS "Ngày trả kết quả"
    FROM (SELECT n, TIMESTAMP '2023-01-02 08:00:00' + to_seconds(n * 61000000 // $rows) AS received
        FROM range($rows) AS made(n))
) TO '{path}' (HEADER)"""


def make(path: Path, rows: int) -> None:
    """Write a file of generated dossiers with the headers of an export."""
    with duckdb.connect() as connection:
        units = ROOT / "data" / "reference" / "unit.csv"
        connection.execute(f"CREATE TABLE unit AS FROM read_csv('{units}', all_varchar = true) WHERE kind = 'commune'")
        connection.execute(MADE.format(path=path), {"rows": rows})


def bare(path: Path) -> float:
    """Seconds that DuckDB needs to read the file into a table."""
    with duckdb.connect() as connection:
        start = time.perf_counter()
        connection.execute("CREATE TABLE file AS FROM read_csv(?)", [str(path)])
        return time.perf_counter() - start


class Memory(threading.Thread):
    """The peak resident memory, in MB, of the app's process and of each kind of child process."""

    def __init__(self, port: str):
        super().__init__(daemon=True)
        self.port, self.app, self.worker, self.ended = port, 0, 0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.1):
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    command = (folder / "cmdline").read_text().split("\0")
                    resident = int((folder / "statm").read_text().split()[1]) * 4096 // 1024**2
                except (OSError, ValueError, IndexError):
                    continue
                if f"--server.port={self.port}" in command:
                    self.app = max(self.app, resident)
                elif "ingest.worker" in command:
                    self.worker = max(self.worker, resident)


def main() -> None:
    """Generate, upload, publish, view; print the measurements."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "hồ sơ.csv"
        make(path, rows)
        alone = min(bare(path) for _ in range(3))
        # With a PYTHONPATH, tests/browser.py starts Python anew as an office does, and does not fork a prepared process.
        own = {"DASHBOARD_STORE": f"{folder}/store", "PYTHONPATH": str(ROOT)}
        with serve(ROOT / "server.py", Path(folder) / "log", **own) as address:
            browser = launch(playwright)
            page = visit(open_page(browser), f"{address}/upload")
            memory = Memory(address.rpartition(":")[2])
            memory.start()
            marks = [time.perf_counter()]
            page.set_default_timeout(MINUTES * 60_000)
            page.locator("input[type=file]").set_input_files(str(path))
            publishing = page.get_by_role("button", name="Công bố")
            publishing.wait_for()
            marks.append(time.perf_counter())
            publishing.click()
            page.get_by_text("Đã công bố: bản số liệu").wait_for()
            marks.append(time.perf_counter())
            page.get_by_test_id("stSidebar").get_by_role("link", name="Tổng quan").click()
            page.get_by_test_id("stPlotlyChart").first.wait_for()
            settled(page, timeout=MINUTES * 60)
            marks.append(time.perf_counter())
            memory.ended.set()
            browser.close()
        seen, published, drawn = (later - earlier for earlier, later in zip(marks, marks[1:], strict=False))
        whole = marks[-1] - marks[0]
        print(f"rows {rows}, file {path.stat().st_size / 1e6:.0f} MB, bare read_csv {alone:.2f} s")
        print(f"upload to preview {seen:.1f} s, publish {published:.1f} s, charts {drawn:.1f} s")
        print(f"whole {whole:.1f} s = {whole / alone:.0f} times the bare read")
        print(f"highest memory: app {memory.app} MB, worker {memory.worker} MB")


if __name__ == "__main__":
    main()
