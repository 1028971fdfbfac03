"""Caches bounded by the bytes they hold."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

MEGABYTE = 1024**2
_FRAME = 4096  # bytes that a frame takes besides its cells, approximately
_SHARE = 64  # an answer larger than this fraction of the cache is not kept


class Info(NamedTuple):
    """Cache hits and misses; capacity and current size in bytes."""

    hits: int
    misses: int
    maxsize: int
    currsize: int


class Kept:
    """A cache bounded by bytes; the least recently used answer is evicted first.

    An answer larger than `largest` bytes (default: a 64th of the capacity) is returned but not cached, so that one
    whole list does not evict the small answers that every page needs. If several threads ask for the same key, one
    computes the answer; the others wait and get the same answer or exception.
    """

    def __init__(self, size_of: Callable[[Any], int], room: int, largest: int | None = None):
        self._size_of, self._room = size_of, room
        self._largest = room // _SHARE if largest is None else largest
        self._answers: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._awaited: dict[Hashable, Future] = {}
        self._taken = self._hits = self._misses = 0
        self._lock = threading.Lock()

    def takes(self, answer: Any) -> bool:
        """Whether an answer is small enough to be cached."""
        return self._size_of(answer) <= self._largest

    def get(self, key: Hashable, work: Callable[[], Any]) -> Any:
        """The cached answer of a key, otherwise the result of `work`; exceptions of `work` are raised unchanged."""
        with self._lock:
            if key in self._answers:
                self._hits += 1
                self._answers.move_to_end(key)
                return self._answers[key][0]
            other = self._awaited.get(key)
            if other is None:
                self._misses += 1
                mine = self._awaited[key] = Future()
            else:
                self._hits += 1
        return self._worked_out(key, work, mine) if other is None else other.result()

    def _worked_out(self, key: Hashable, work: Callable[[], Any], mine: Future) -> Any:
        """The result of `work`, for this thread and for the waiting threads."""
        try:
            answer = work()
            self.keep(key, answer)
        except BaseException as error:
            self._no_longer_awaited(key)
            mine.set_exception(error)
            raise
        self._no_longer_awaited(key)
        mine.set_result(answer)
        return answer

    def _no_longer_awaited(self, key: Hashable) -> None:
        with self._lock:
            del self._awaited[key]

    def find(self, key: Hashable) -> Any:
        """The cached answer of a key, or None."""
        with self._lock:
            return self._answers.get(key, (None, 0))[0]

    def keep(self, key: Hashable, answer: Any) -> bool:
        """Cache an answer under a key, replacing the previous one; returns False if it is too large."""
        size = self._size_of(answer)
        with self._lock:
            self._taken -= self._answers.pop(key, (None, 0))[1]
            if size > self._largest:
                return False
            self._answers[key] = answer, size
            self._taken += size
            while self._taken > self._room:
                _, (_, freed) = self._answers.popitem(last=False)
                self._taken -= freed
            return True

    def info(self) -> Info:
        """The current statistics of the cache."""
        return Info(self._hits, self._misses, self._room, self._taken)

    def clear(self) -> None:
        """Remove every answer."""
        with self._lock:
            self._answers.clear()
            self._taken = 0

    def around(self, work: Callable) -> Callable:
        """Cache the results of `work` by its arguments; cache_info and cache_clear work as in functools."""

        @wraps(work)
        def answer(*key: Hashable) -> Any:
            return self.get(key, partial(work, *key))

        answer.cache_info, answer.cache_clear = self.info, self.clear
        return answer


def frame_size(frame: pd.DataFrame) -> int:
    """The size of a frame in bytes."""
    return int(frame.memory_usage(deep=True).sum()) + _FRAME
