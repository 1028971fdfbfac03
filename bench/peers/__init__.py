"""Two pages with the same six charts and dossiers, written as in tutorials, for comparison with the overview.

Both read the rows of a snapshot into pandas and group them for every chart; both offer a kind of period and a period.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.browser import free_port

FOLDER = Path(__file__).resolve().parent
CHARTS = 6


def environment(cache: Path) -> Path:
    """The Python environment of these pages, from bench/peers/requirements.txt; created on first use."""
    wanted = FOLDER / "requirements.txt"
    folder = cache / f"peers-{hashlib.sha256(wanted.read_bytes()).hexdigest()[:10]}"
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted]
        ended = subprocess.run(install, capture_output=True, text=True)
        if ended.returncode:
            raise RuntimeError(f"pip: {ended.stderr[-2000:]}")
        (folder / "made").touch()
    return python


@contextmanager
def dash(python: Path, snapshot: Path, log: Path) -> Iterator[str]:
    """Serve the Dash page with waitress, one process with four threads; yields its address."""
    port = free_port()
    with _served([python, "dash_app.py"], port, log, "/", SNAPSHOT=str(snapshot), PORT=str(port)) as address:
        yield address


@contextmanager
def streamlit(python: Path, snapshot: Path, log: Path) -> Iterator[str]:
    """Serve the Streamlit page with `streamlit run` and default settings; yields its address."""
    port = free_port()
    command = [python, "-m", "streamlit", "run", "streamlit_app.py", "--server.headless=true",
               "--server.address=127.0.0.1", f"--server.port={port}", "--browser.gatherUsageStats=false"]  # fmt: skip
    with _served(command, port, log, "/_stcore/health", SNAPSHOT=str(snapshot)) as address:
        yield address


@contextmanager
def _served(command: list, port: int, log: Path, path: str, **variables: str) -> Iterator[str]:
    """Start a server, wait for its first response, stop it afterwards."""
    address = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=FOLDER, env={**os.environ, **variables}, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _answers(server, address + path, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def _answers(server: subprocess.Popen, address: str, log: Path, timeout: float = 120) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"{address}:\n{log.read_text(encoding='utf-8', errors='replace')[-4000:]}")
