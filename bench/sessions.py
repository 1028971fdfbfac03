"""Many simultaneous readers of the overview in a separate process; each sometimes chooses another period.

python -m bench.sessions ADDRESS READERS SECONDS
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Selectbox_pb2 import Selectbox
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from websockets.asyncio.client import ClientConnection, connect

from tests.wire import is_over, running

THINK = 5.0  # average seconds between two choices of a reader
PATIENCE = 30  # time limit of a run, in seconds
FAULT = "Trang này gặp lỗi".encode()


def together(address: str, readers: int, seconds: float) -> dict:
    """Run readers in another process; milliseconds per choice (median, 95th percentile, maximum), choices, errors."""
    command = [sys.executable, "-m", "bench.sessions", address, str(readers), str(seconds)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 300)
    return json.loads(ended.stdout)


def percentile(values: list[float], share: int) -> float:
    """The value that `share` per cent of the values do not exceed (nearest rank).

    >>> percentile([4, 1, 3, 2], 50), percentile([1], 95)
    (2, 1)
    """
    ordered = sorted(values)
    return ordered[max(-(-len(ordered) * share // 100), 1) - 1]


@dataclass
class Heard:
    """The results of all readers: seconds of every opening and choice, and errors."""

    openings: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Visitor:
    """One session of the overview."""

    def __init__(self, socket: ClientConnection, number: int):
        self._socket, self._chance = socket, random.Random(number)
        self._periods, self._chosen, self._query = Selectbox(), "", ""

    async def run(self, widgets: WidgetStates | None = None) -> float:
        """Request a run and wait for its end; returns seconds. Raises RuntimeError if the page reports an error."""
        start = time.perf_counter()
        await self._socket.send(running("", self._query, widgets).SerializeToString())
        over = False
        while not over:
            heard = await asyncio.wait_for(self._socket.recv(), PATIENCE)
            if FAULT in heard:
                raise RuntimeError("the page says that it failed")
            said = ForwardMsg.FromString(heard)
            over = is_over(said)
            if said.delta.new_element.selectbox.label == "Kỳ":
                self._periods = said.delta.new_element.selectbox
            if said.WhichOneof("type") == "page_info_changed":
                self._query = said.page_info_changed.query_string
        return time.perf_counter() - start

    async def choose(self) -> float:
        """Choose another period as the browser does; returns the seconds until the run is finished."""
        self._chosen = self._chance.choice([one for one in self._periods.options if one != self._chosen])
        widgets = WidgetStates()
        widgets.widgets.add(id=self._periods.id, string_value=self._chosen)
        return await self.run(widgets)

    async def think(self) -> None:
        """Wait a random time between choices."""
        await asyncio.sleep(self._chance.expovariate(1 / THINK))


async def visit(address: str, number: int, heard: Heard, opened: asyncio.Barrier, seconds: float) -> None:
    """Open the overview, wait for all other readers, then choose one period after another."""
    place = f"ws://{urlsplit(address).netloc}/_stcore/stream"
    async with connect(place, subprotocols=["streamlit"], origin=address, max_size=None) as socket:
        visitor = Visitor(socket, number)
        heard.openings.append(await visitor.run())
        await opened.wait()
        until = time.monotonic() + seconds
        await visitor.think()
        while time.monotonic() < until:
            try:
                heard.changes.append(await visitor.choose())
            except (RuntimeError, TimeoutError, OSError) as error:
                heard.errors.append(repr(error))
            await visitor.think()


async def crowd(address: str, readers: int, seconds: float) -> Heard:
    """Run all readers, started 50 ms apart."""
    heard, opened = Heard(), asyncio.Barrier(readers)
    async with asyncio.TaskGroup() as group:
        for number in range(readers):
            group.create_task(visit(address, number, heard, opened, seconds))
            await asyncio.sleep(0.05)
    return heard


def main() -> None:
    """Print the results of all readers as one line of JSON."""
    address, readers, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    heard = asyncio.run(crowd(address, readers, seconds))
    changes = [1000 * one for one in heard.changes]
    print(
        json.dumps(
            {
                "readers": readers,
                "seconds": seconds,
                "think_seconds": THINK,
                "changes": len(changes),
                "ms": statistics.median(changes),
                "p95_ms": percentile(changes, 95),
                "max_ms": max(changes),
                "opening_ms": statistics.median(1000 * one for one in heard.openings),
                "errors": len(heard.errors),
                "first_errors": heard.errors[:3],
            }
        )
    )


if __name__ == "__main__":
    main()
