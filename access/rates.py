"""How often a program may ask: limits per token and per address, and for tokens that are refused."""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from access.accounts import network

# Requests in a minute. One process counts for itself: two processes let twice as many through.
UPLOADS, READS, OF_ADDRESS = 120, 300, 600
REFUSED = 20  # refused tokens of one address in five minutes
_REFUSED_MINUTES = 5


class TooOften(Exception):
    """Too many requests; `wait` is in seconds."""

    def __init__(self, wait: int):
        super().__init__(wait)
        self.wait = wait


class Rates:
    """The counted requests of one process."""

    def __init__(self):
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def ask(self, kind: str, name: str, address: str) -> None:
        """Count a request of a token (or "" for none) and of its address. Raises TooOften."""
        own = RateLimitItemPerMinute(UPLOADS if kind == "upload" else READS)
        if name:
            self._hit(own, kind, name)
        self._hit(RateLimitItemPerMinute(OF_ADDRESS), "address", network(address))

    def require_trusted(self, address: str) -> None:
        """Raise TooOften if an address has sent too many tokens that nobody knows."""
        item = RateLimitItemPerMinute(REFUSED, _REFUSED_MINUTES)
        if not self._limiter.test(item, "refused", network(address)):
            raise TooOften(self._wait(item, "refused", network(address)))

    def refused(self, address: str) -> None:
        """Count a refused token."""
        self._limiter.hit(RateLimitItemPerMinute(REFUSED, _REFUSED_MINUTES), "refused", network(address))

    def _hit(self, item: RateLimitItemPerMinute, *names: str) -> None:
        if not self._limiter.hit(item, *names):
            raise TooOften(self._wait(item, *names))

    def _wait(self, item: RateLimitItemPerMinute, *names: str) -> int:
        """Seconds until the next request is let through."""
        return max(1, round(self._limiter.get_window_stats(item, *names).reset_time - time.time()) + 1)


rates = Rates()
