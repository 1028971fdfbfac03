"""Starts the program as `python -m` does, from a process that has imported everything already.

To import Streamlit, pandas, Plotly and DuckDB takes two to four seconds of a processor, and the tests start a hundred
servers and commands. A prepared process imports them once and forks for each. It has no threads of its own when it
forks. Where there is no fork, or where a test needs its own interpreter, subprocess does the same.

A server that was started so also gets its workers (ingest.worker) from the prepared process. The tests that call the
worker themselves, and those with a PYTHONPATH, start a Python for each, as the program does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import IO, BinaryIO

ROOT = Path(__file__).resolve().parent.parent
# What a new process would import anyway.
MODULES = (
    "streamlit.web.cli", "streamlit.web.bootstrap", "streamlit.web.server.starlette", "pandas", "plotly.graph_objects",
    "pyarrow.parquet", "duckdb", "ingest.__main__", "access.__main__", "serve.guard", "ui.page", "ui.box", "ui.tables",
    "ui.parts", "charts.bars", "charts.trend", "ingest.worker", "ingest.preview",
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
    """Import, then fork for each line of JSON on the input, and for each message of a server that needs a worker."""
    import importlib

    for name in MODULES:
        importlib.import_module(name)
        if name.endswith(".__main__"):
            del sys.modules[name]  # it is run, not imported
    gc.collect()
    gc.freeze()  # what is imported is shared by every fork; to look through it for garbage would copy it
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    asked, Worker.ask = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    _own.extend([answers, asked])
    with selectors.DefaultSelector() as waiting:
        waiting.register(sys.stdin, selectors.EVENT_READ)
        waiting.register(asked, selectors.EVENT_READ)
        while True:
            for ready, _ in waiting.select():
                if ready.fileobj is asked:
                    _fork_worker(asked)
                elif line := sys.stdin.readline():
                    print(json.dumps(_answer(json.loads(line))), file=answers, flush=True)
                else:
                    return


def _answer(task: dict) -> int | None:
    """Fork for a program and give its process id, or the exit status of one."""
    if "poll" in task:
        ended, status = os.waitpid(task["poll"], os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if ended else None
    return _fork() or _run(task)


# What the prepared process alone holds open.
_own: list[IO | socket.socket] = []


def _fork() -> int:
    """Like os.fork, without what only the prepared process needs."""
    assert threading.active_count() == 1, "a fork would lose threads"
    pid = os.fork()
    if not pid:
        for part in _own:
            part.close()
    return pid


class Worker:
    """In a forked server, a worker that the prepared process forks: what ingest.worker needs of subprocess.Popen."""

    ask: socket.socket  # the end of the servers

    def __init__(self):
        self._input, self.stdin = _pipe()
        self.stdout, self._output = _pipe()
        told, self._tell = _pipe()
        handles = [part.fileno() for part in (self._input, self._output, self._tell)]
        settings = json.dumps({"cwd": str(ROOT), "env": dict(os.environ)}).encode()
        socket.send_fds(self.ask, [settings], [*handles, 2])
        for part in (self._input, self._output, self._tell):
            part.close()
        with told:
            self.pid = int(told.readline())

    def kill(self) -> None:
        """End it at once; the prepared process forgets it only then, so that no other process has its number."""
        self.ask.send(json.dumps({"kill": self.pid}).encode())

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdin.close()
        self.stdout.close()


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), os.fdopen(writing, "wb")


def _fork_worker(asked: socket.socket) -> None:
    """Fork a worker with the handles of the message, or end one."""
    message, handles, *_ = socket.recv_fds(asked, 1 << 17, 4)
    task = json.loads(message)
    if "kill" in task:
        os.kill(task["kill"], 9)
        os.waitpid(task["kill"], 0)
    elif pid := _fork():
        os.write(handles[2], f"{pid}\n".encode())
        for handle in handles:
            os.close(handle)
    else:
        os.close(handles[2])
        _work(task, handles)


def _work(task: dict, handles: list[int]) -> None:
    """Become `python -m ingest.worker`."""
    from ingest import worker

    _enter(task, {0: handles[0], 1: handles[1], 2: handles[3]})
    sys.stdin = os.fdopen(0)
    sys.__stdout__ = os.fdopen(1, "w")
    _finish(worker.main)


def _run(task: dict) -> None:
    """Become the program: its environment, folder, arguments and output."""
    import runpy

    from ingest import worker

    written = {
        handle: os.open(task[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for name, handle in (("out", 1), ("err", 2))
    }
    _enter(task, {0: os.open(os.devnull, os.O_RDONLY), **written})
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "utf-8").partition(":")
    sys.stdout = os.fdopen(1, "w", encoding=encoding, errors=errors or "strict")
    worker._begun = Worker
    module, *rest = task["run"]
    sys.argv = [module, *rest]
    sys.path[0] = task["cwd"]
    _finish(lambda: runpy.run_module(module, run_name="__main__", alter_sys=True))


def _enter(task: dict, handles: dict[int, int]) -> None:
    """Take the environment, folder and handles of a program."""
    os.environ.clear()
    os.environ.update(task["env"])
    time.tzset()
    os.chdir(task["cwd"])
    for number, handle in handles.items():
        os.dup2(handle, number)
        os.close(handle)
    encoding = os.environ.get("PYTHONIOENCODING", "utf-8").partition(":")[0]
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding=encoding, errors="backslashreplace")
    if folder := os.environ.get(STATEMENTS):
        from ingest.store import build

        build.STATEMENTS = Path(folder)


def _finish(program: Callable[[], object]) -> None:
    """Run it and end the process with its status."""
    status = 0
    try:
        program()
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
