"""Run all speed measurements: `make bench`, or python -m bench [PARTS] [options].

Parts: publish (files into a store), queries (the queries of every page), server (page runs, many sessions), browser
(the overview compared with plain Dash and Streamlit pages). All data is simulated and in a separate folder.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import traceback
from pathlib import Path

from rich.console import Console

from bench import browser, data, machine, pages, publish, questions, report
from queries.snapshot import ROOT

PARTS = tuple(report.PARTS)
WIDTH = 190
SIZES = "90000,1000000,10000000"
console = Console(stderr=True)


def main(arguments: list[str] | None = None) -> int:
    """Measure the parts, print tables, write JSON and docs/toc-do.md if requested; returns 1 if a part failed."""
    options = _options(arguments)
    result = json.loads(options.report.read_text(encoding="utf-8")) if options.report else _run(options)
    # In a file the tables are wide enough for every column.
    report.show(result, Console(width=None if sys.stdout.isatty() else WIDTH))
    if options.write:
        report.put(ROOT / "docs" / "toc-do.md", report.markdown(result))
    return int(any("failed" in part for part in result["parts"].values()))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Đo tốc độ, bộ nhớ; so với trang Dash, Streamlit."
    )
    parser.add_argument("parts", nargs="*", metavar="PHẦN", help=f"{', '.join(PARTS)}; mặc định: tất cả")
    parser.add_argument("--sizes", default=SIZES, help=f"số hồ sơ, cho publish và queries (mặc định {SIZES})")
    parser.add_argument("--served", type=int, default=90_000, help="số hồ sơ cho server và browser (mặc định 90000)")
    parser.add_argument("--rounds", type=int, default=7, help="số lần đo mỗi việc (mặc định 7)")
    parser.add_argument("--readers", type=int, default=50, help="số phiên cùng lúc (mặc định 50)")
    parser.add_argument("--seconds", type=float, default=60, help="số giây của các phiên cùng lúc (mặc định 60)")
    cache = Path(tempfile.gettempdir()) / "dashboard-bench"
    parser.add_argument("--cache", type=Path, default=cache, help="thư mục giữ các tệp mô phỏng và môi trường của Dash")
    parser.add_argument("--json", type=Path, metavar="TỆP", help="ghi kết quả vào tệp này")
    parser.add_argument("--report", type=Path, metavar="TỆP", help="không đo: in kết quả đã ghi trong tệp này")
    parser.add_argument("--write", action="store_true", help="ghi bảng kết quả vào docs/toc-do.md")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"{', '.join(sorted(unknown))}: chỉ có {', '.join(PARTS)}")
    options.sizes = sorted({int(size) for size in options.sizes.split(",")})
    return options


def _run(options: argparse.Namespace) -> dict:
    """Measure in the order of PARTS; the results so far are written after every part."""
    kept = {"sizes": options.sizes, "served": options.served, "rounds": options.rounds}
    result: dict = {"machine": machine.described(), "options": kept, "parts": {}}
    options.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        bench = Bench(options, Path(name))
        for part in PARTS:
            if options.parts and part not in options.parts:
                continue
            before = machine.load()
            try:
                found = getattr(bench, part)()
            except Exception as error:  # the other parts are still measured
                traceback.print_exc()
                found = {"failed": f"{type(error).__name__}: {error}"[:500]}
            result["parts"][part] = found | {"load": [before, machine.load()]}
            result["whole_sets"] = {str(rows): one for rows, one in bench.stores.published.items()}
            if options.json:
                options.json.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    return result


class Bench:
    """The parts and what they share: files of each size, their stores, a temporary folder."""

    def __init__(self, options: argparse.Namespace, folder: Path):
        self._options, self._folder = options, folder
        self.stores = publish.Stores(folder, self._tell)

    def _tell(self, what: str) -> None:
        console.print(what, style="dim", markup=False, highlight=False)

    def _made(self, rows: int) -> data.Made:
        self._tell(f"tệp của {rows} hồ sơ")
        return data.make(rows, self._options.cache)

    def publish(self) -> dict:
        """Publish files into an empty store, compared with a bare read."""
        makes = [self._made(rows) for rows in self._options.sizes]
        return publish.measure(makes, self._options.rounds, self._folder, self._tell)

    def queries(self) -> dict:
        """The queries of every page at every size that can be published."""
        stores, failed = {}, {}
        for rows in self._options.sizes:
            try:
                stores[rows] = self.stores.of(self._made(rows))
            except publish.Failed as error:
                failed[str(rows)] = str(error)
        return questions.measure(stores, self._options.rounds, self._folder, self._tell) | {"not_published": failed}

    def server(self) -> dict:
        """Page runs by one reader, then by many sessions."""
        store = self.stores.of(self._made(self._options.served))
        options = self._options
        return pages.measure(store, options.rounds, options.readers, options.seconds, self._folder, self._tell)

    def browser(self) -> dict:
        """The overview compared with the two other pages."""
        store = self.stores.of(self._made(self._options.served))
        return browser.measure(store, self._options.rounds, self._options.cache, self._folder, self._tell)


if __name__ == "__main__":
    sys.exit(main())
