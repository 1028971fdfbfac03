"""Cost of a page run on the server with warm caches, by Streamlit's protocol: time, processor time, bytes.

Measured from the message that requests a run to the message that it is finished, with a single reader.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from bench import machine, sessions
from bench.questions import PAGES
from tests.browser import ROOT, serve
from tests.wire import Client

# Runs of a page per round, enough for a 95th percentile.
RUNS = 5


def measure(store: Path, rounds: int, readers: int, seconds: float, folder: Path, tell: Callable[[str], None]) -> dict:
    """Every page with one reader, the server's memory with increasing sessions, and the overview under load."""
    with serve(ROOT / "server.py", folder / "pages.log", DASHBOARD_STORE=str(store)) as address:
        process = machine.server_process(address)
        found = {}
        for page, title in PAGES.items():
            tell(title)
            found[page] = {"title": title, **run_often(address, process, page, rounds * RUNS)}
    with serve(ROOT / "server.py", folder / "sessions.log", DASHBOARD_STORE=str(store)) as address:
        process = machine.server_process(address)
        tell("bộ nhớ theo số phiên")
        memory = _memory(address, process, sorted({0, 1, 20, readers}))
        tell(f"{readers} phiên trong {seconds:g} giây")
        before = machine.cpu_seconds(process)
        load = sessions.together(address, readers, seconds)
        load["cpu_ms_per_change"] = 1000 * (machine.cpu_seconds(process) - before) / max(load["changes"], 1)
        load["memory_mb"] = machine.highest_resident(process)
    return {"pages": found, "memory_mb": memory, "sessions": load}


def run_often(address: str, process: int, page: str, runs: int) -> dict:
    """Milliseconds (median, 95th percentile), processor milliseconds and kilobytes of a run of an open page."""
    with Client(address) as client:
        _run(client, page)
        _run(client, page)
        times, received, used = [], client.received, machine.cpu_seconds(process)
        for _ in range(runs):
            start = time.perf_counter()
            _run(client, page)
            times.append(1000 * (time.perf_counter() - start))
        return {
            "ms": statistics.median(times),
            "p95_ms": sessions.percentile(times, 95),
            "cpu_ms": 1000 * (machine.cpu_seconds(process) - used) / runs,
            "kilobytes": (client.received - received) / runs / 1000,
            "runs": runs,
        }


def _run(client: Client, page: str) -> None:
    for _ in client.run(page):
        pass


def _memory(address: str, process: int, counts: list[int]) -> dict[str, float]:
    """The server's resident memory in MB with this many sessions open on the overview."""
    found, clients = {}, []
    try:
        for count in counts:
            while len(clients) < count:
                client = Client(address).__enter__()
                clients.append(client)
                _run(client, "")
            found[str(count)] = machine.resident(process)
    finally:
        for client in clients:
            client.__exit__(None, None, None)
    return found
