"""Starts the program as `python -m` does, from a process that has imported everything already.

To import Streamlit, pandas, Plotly and DuckDB takes two to four seconds of a processor, and the tests start a hundred
servers and commands. A prepared process imports them once and forks for each. It has no threads of its own when it
forks. Where there is no fork, or where a test needs its own interpreter, subprocess does the same.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What a new process would import anyway.
MODULES = (
    "streamlit.web.cli", "streamlit.web.bootstrap", "streamlit.web.server.starlette", "pandas", "plotly.graph_objects",
    "pyarrow.parquet", "duckdb", "ingest.__main__", "access.__main__", "serve.guard", "ui.page", "ui.box", "ui.tables",
    "ui.parts", "charts.bars", "charts.trend",
)  # fmt: skip
# The folder of statements with which a started program builds; the fixture `quick` sets it.
STATEMENTS = "DASHBOARD_TEST_STATEMENTS"


class Started:
    """A process that was forked: what the tests need of subprocess.Popen."""

    def __init__(self, pid: int):
        self.pid, self.returncode = pid, None

    def poll(self) -> int | None:
        """Its exit status, or None while it runs; negative after a signal."""
        if self.returncode is None:
            self.returncode = _ask({"poll": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.02)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(15)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(9)


def start(
    arguments: list[str], cwd: Path, environment: dict[str, str], out: Path, err: Path | None = None
) -> Started | subprocess.Popen:
    """Run `python -m` with these arguments; output goes to files, errors to that of the output if no other is given."""
    settings, err = {**os.environ, **environment}, err or out
    if "PYTHONPATH" in environment or not hasattr(os, "fork"):
        with out.open("ab") as output, err.open("ab") as errors:
            command = [sys.executable, "-m", *arguments]
            return subprocess.Popen(command, cwd=cwd, env=settings, stdout=output, stderr=errors)
    return Started(_ask({"run": arguments, "cwd": str(cwd), "env": settings, "out": str(out), "err": str(err)}))


_one_at_a_time = threading.Lock()


def _ask(task: dict) -> int | None:
    with _one_at_a_time:
        prepared = _prepared()
        prepared.stdin.write(json.dumps(task) + "\n")
        prepared.stdin.flush()
        return json.loads(prepared.stdout.readline())


@cache
def _prepared() -> subprocess.Popen:
    """The prepared process of this test process; it ends with it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.prepared"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("DASHBOARD_")}
        | {"OPENBLAS_NUM_THREADS": "1"},  # NumPy would start threads at its import
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.stdin.close)
    return process


def _main() -> None:
    """Import, then fork for each line of JSON on the input; answers are lines of JSON."""
    import importlib

    for name in MODULES:
        importlib.import_module(name)
        if name.endswith(".__main__"):
            del sys.modules[name]  # it is run, not imported
    gc.collect()
    gc.freeze()  # what is imported is shared by every fork; to look through it for garbage would copy it
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    for line in sys.stdin:
        task = json.loads(line)
        if "poll" in task:
            ended, status = os.waitpid(task["poll"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        else:
            assert threading.active_count() == 1, "a fork would lose threads"
            answer = os.fork()
            if not answer:
                answers.close()
                _run(task)
        print(json.dumps(answer), file=answers, flush=True)


def _run(task: dict) -> None:
    """Become the program: its environment, folder, arguments and output."""
    import runpy

    os.environ.clear()
    os.environ.update(task["env"])
    time.tzset()
    os.chdir(task["cwd"])
    for name, handle in (("out", 1), ("err", 2)):
        os.dup2(os.open(task[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), handle)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "utf-8").partition(":")
    sys.stdout = os.fdopen(1, "w", encoding=encoding, errors=errors or "strict")
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding=encoding, errors="backslashreplace")
    if folder := os.environ.get(STATEMENTS):
        from ingest.store import build

        build.STATEMENTS = Path(folder)
    module, *rest = task["run"]
    sys.argv = [module, *rest]
    sys.path[0] = task["cwd"]
    status = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as said:
        status = said.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    if isinstance(status, str):
        print(status, file=sys.stderr)
    # As at the end of every Python, but nothing that is imported is taken apart: that takes longer than most commands.
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status if isinstance(status, int) else bool(status))


if __name__ == "__main__":
    _main()
