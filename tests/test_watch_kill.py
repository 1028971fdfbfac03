"""kill -9 before every step of a watcher: no file is read twice into the store, none is lost, nothing is half there."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.store import archive
from ingest.watch import folder as disk
from queries.snapshot import ROOT
from tests.test_check import sound, write
from tests.test_kill import tidy
from tests.test_watch import EVERYTHING, Watched, running

pytestmark = pytest.mark.slow

# One process that has imported everything forks another for each look. That one ends itself, as by kill -9, before it
# opens for writing, flushes, renames, removes or makes a folder the n-th time. It reads files in itself, not in a worker:
# what a worker does goes on without the watcher, and test_kill.py kills that before each of its steps.
SUICIDES = """
import os, signal, sys
from pathlib import Path
from ingest import worker
from ingest.store import build
from ingest.store.build import quiet
from ingest.watch.watcher import Watcher
build.STATEMENTS = Path(sys.argv[1])
def apart(action, arguments, progress=quiet, take_part=None):
    global alone
    step()
    alone = False
    try:
        return worker._ACTIONS[action](*arguments, progress=progress)
    finally:
        alone = True
        step()
worker._apart = apart
left, alone = 0, True
def step():
    global left
    if not alone:
        return
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
def hook(event, details):
    changes = event in ("os.rename", "os.remove", "os.mkdir") or (event == "open" and (details[2] or 0) & (os.O_WRONLY | os.O_RDWR))
    if changes and str(details[0]).startswith(base):
        step()
def flush(handle, fsync=os.fsync):
    step()
    fsync(handle)
for line in sys.stdin:
    base, number = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if not child:
        left = int(number)
        sys.addaudithook(hook)
        os.fsync = flush
        Watcher([Path(base) / "in"], Path(base) / "store", settle=0).look()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def look_until(quick) -> Iterator[Callable[[Path, int], int]]:
    """look_until(base, step): look once in a process that kills itself at this step; returns how it ended."""
    with subprocess.Popen(
        [sys.executable, "-c", SUICIDES, str(quick)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:

        def run(base: Path, step: int) -> int:
            server.stdin.write(f"{base}\t{step}\n")
            server.stdin.flush()
            return int(server.stdout.readline())

        yield run
        server.stdin.close()


def remains(base: Path) -> set[tuple[str, int]]:
    """Every file and its size, without the numbers of processes and the moments that files tell."""
    files = (path for path in base.rglob("*") if path.is_file() and "watch" not in path.parts)
    return {(re.sub(r"building-\d+", "building", str(path.relative_to(base))), path.stat().st_size) for path in files}


def places(base: Path, name: str) -> list[str]:
    """In which of its three places a file lies."""
    return [part for part in ("", disk.ACCEPTED, disk.REFUSED) if (base / "in" / part / name).exists()]


def sound_at_any_moment(base: Path) -> None:
    """Each file lies in exactly one place, and where it lies is true."""
    uploads = archive.newest_manifest(base / "store")["uploads"]
    files = [upload["file"] for upload in uploads]
    assert len(files) == len(set(files))
    for name in ("good.csv", "part.csv", "bad.csv"):
        if not (found := places(base, name)) and name != "bad.csv":
            continue  # of the other case
        [place] = found
        assert place != disk.ACCEPTED or name in files
        assert place != disk.REFUSED or (name == "bad.csv" and disk.is_list_of(base / "in" / place / name, ""))


@pytest.mark.parametrize("valid_only", [False, True])
def test_killed_before_each_step(tmp_path, look_until, valid_only):
    """A good file, one of which only a part is good, and a bad one: after any kill the next look brings the same end."""
    start = tmp_path / "start"
    (start / "in").mkdir(parents=True)
    text = EVERYTHING + ("valid_only = true\n" if valid_only else "")
    (start / "in" / "cai-dat.toml").write_text(text, encoding="utf-8")
    if not valid_only:
        write(start / "in" / "good.csv", [sound("index_score", year="2001")])
    else:
        write(start / "in" / "part.csv", [sound("index_score", year=year, score="x" * wrong or "8") for year, wrong in (("2003", 0), ("2004", 1))])  # fmt: skip
    write(start / "in" / "bad.csv", [sound("index_score", year="2002", score="x")])
    ended, step, before, ends = 1, 0, None, 0
    while ended:
        base = shutil.copytree(start, tmp_path / "run")
        ended = look_until(base, step)
        assert ended in (0, -signal.SIGKILL) and step < 400
        sound_at_any_moment(base)
        left = remains(base)
        if left != before:
            ends += 1
            assert look_until(base, 10**6) == 0
            the_end(base, valid_only)
        before = left
        shutil.rmtree(base)
        step += 1
    # Lock, state and log of the store; folders, two lists of the bad file, two moves.
    assert step > 30 and ends >= 8


def the_end(base: Path, valid_only: bool) -> None:
    """What every history must come to."""
    sound_at_any_moment(base)
    there = base / "in"
    good = "part.csv" if valid_only else "good.csv"
    assert {path.name for path in (there / disk.ACCEPTED).iterdir()} == {good}
    lists = {f"{name}{ending}" for name in ["bad.csv", *["part.csv"] * valid_only] for ending in disk.LISTS}
    assert {path.name for path in (there / disk.REFUSED).iterdir()} == {"bad.csv"} | lists
    assert sorted(path.name for path in there.iterdir() if path.is_file()) == ["cai-dat.toml"]
    uploads = archive.newest_manifest(base / "store")["uploads"]
    assert [(upload["file"], upload["accepted"]) for upload in uploads] == [(good, 1)]
    if valid_only:
        assert "dòng 3" in (there / disk.REFUSED / "part.csv.loi.txt").read_text(encoding="utf-8-sig")
    tidy(base / "store")


@pytest.mark.parametrize("share", [0.1, 0.35, 0.6, 0.85])
def test_killed_while_its_worker_works(tmp_path, quick, share):
    """The worker is a process of its own and may end what it has begun: the next look finds out what the store has."""
    watched = Watched(tmp_path)
    write(watched.folder / "good.csv", [sound("index_score", year="2001")])
    write(watched.folder / "bad.csv", [sound("index_score", year="2002", score="x")])
    process = running(watched)
    time.sleep(3 * share)
    process.kill()
    process.wait()
    assert watched.once() in (0, 1)
    assert watched.names() == [] and watched.names(disk.ACCEPTED) == ["good.csv"]
    assert watched.names(disk.REFUSED) == ["bad.csv", "bad.csv.loi.csv", "bad.csv.loi.txt"]
    assert [upload["file"] for upload in watched.uploads] == ["good.csv"]
    tidy(watched.store)
