"""The machine of a measurement: description, load, and resources of a process."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from tests.browser import ROOT, chromium

_PACKAGES = ("streamlit", "duckdb", "plotly", "pandas", "pyarrow")


def described() -> dict:
    """Processor, cores, memory (GB), versions, commit, and date."""
    browser = chromium()
    return {
        "cpu": _found(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo")) or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "ram_gb": round(int(_found(r"^MemTotal:\s*(\d+)", Path("/proc/meminfo")) or 0) / 1024**2, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
        "chromium": _said(browser, "--version") if browser else "",
        "commit": _said("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"),
        "at": datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def _found(pattern: str, path: Path) -> str:
    try:
        match = re.search(pattern, path.read_text(), re.MULTILINE)
    except OSError:
        return ""
    return match[1].strip() if match else ""


def _said(*command: str) -> str:
    """The first line that a command prints; "" if it fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def load() -> float:
    """The load average of the last minute."""
    return round(os.getloadavg()[0], 2)


def available_gb() -> float:
    """Memory available for a new process, in GB."""
    return int(_found(r"^MemAvailable:\s*(\d+)", Path("/proc/meminfo"))) / 1024**2


def server_process(address: str) -> int:
    """The id of the process that serves an address started by tests.browser.serve."""
    wanted = f"--server.port={address.rpartition(':')[2]}"
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "cmdline").read_text().split("\0"):
                return int(folder.name)
        except OSError:
            continue
    raise ProcessLookupError(address)


def resident(process: int | str = "self") -> float:
    """The current resident memory of a process, in MB."""
    return _status(process, "VmRSS")


def highest_resident(process: int | str = "self") -> float:
    """The peak resident memory of a process, in MB; unlike ru_maxrss it does not include the parent's peak."""
    return _status(process, "VmHWM")


def _status(process: int | str, name: str) -> float:
    return int(_found(rf"^{name}:\s*(\d+)", Path(f"/proc/{process}/status"))) / 1024


def cpu_seconds(process: int) -> float:
    """The processor time of a process so far, including its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
