"""How many requests an endpoint gets at once and a minute: fixed, or grown while the endpoint bears it."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["EndpointLimits", "Gate", "asked_wait"]

_MINUTE: Final = 60.0
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_STEADY: Final = 1.5
_BACK_OFF: Final = 0.7
_FIRST_WINDOW: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointLimits:
    """Requests in flight (at most `concurrency`), requests and tokens a minute; None is no limit.

    With `adaptive`, the number in flight begins at 8 and finds its own height below `concurrency`.
    """

    concurrency: int = 8
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    adaptive: bool = False


@dataclass(slots=True)
class Gate:
    """The way into one endpoint. Waiters go in the order in which they came.

    Adaptive: each full window of replies whose latency stays within 1.5 times the best window's median opens the window
    by a tenth (at least by one); a 429 or a time-out closes it to 70%, once for all requests that were in flight then.
    """

    limits: EndpointLimits
    clock: Callable[[], float] = time.monotonic
    window: float = 0.0
    _in_flight: int = 0
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    _sent: deque[tuple[float, int]] = field(default_factory=deque)
    _tokens: int = 0
    _pause_until: float = 0.0
    _latencies: list[float] = field(default_factory=list)
    _best: float | None = None
    _backed_off: float = -1.0

    def __post_init__(self) -> None:
        """Begin with the whole window, or with a small one where it adapts."""
        most = max(1, self.limits.concurrency)
        self.window = float(min(_FIRST_WINDOW, most) if self.limits.adaptive else most)

    async def enter(self, tokens: int) -> float:
        """Wait for a place and for the minute's allowance of requests and `tokens`; return the time of entry."""
        while self._in_flight >= int(self.window):
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._wake()  # the place goes to the next in line
                raise
        self._in_flight += 1
        try:
            while (wait := self.allowance(tokens)) > 0:  # noqa: ASYNC110 - it waits for the clock
                await asyncio.sleep(wait)
        except BaseException:
            self.leave()
            raise
        return self.clock()

    def allowance(self, tokens: int) -> float:
        """Return the seconds until a request of `tokens` may be sent; at 0 it is counted as sent."""
        now = self.clock()
        if now < self._pause_until:
            return self._pause_until - now
        per_minute, most_tokens = self.limits.requests_per_minute, self.limits.tokens_per_minute
        if per_minute is None and most_tokens is None:
            return 0.0
        while self._sent and self._sent[0][0] <= now - _MINUTE:
            self._tokens -= self._sent.popleft()[1]
        full = per_minute is not None and len(self._sent) >= per_minute
        heavy = most_tokens is not None and bool(self._sent) and self._tokens + tokens > most_tokens
        if full or heavy:
            return max(0.001, self._sent[0][0] + _MINUTE - now)
        self._sent.append((now, tokens))
        self._tokens += tokens
        return 0.0

    def leave(self) -> None:
        """Give the place to the next in line."""
        self._in_flight -= 1
        self._wake()

    def _wake(self) -> None:
        free = int(self.window) - self._in_flight
        while free > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1

    def succeeded(self, latency: float) -> None:
        """Learn from a reply: widen an adaptive window while latency is steady."""
        if not self.limits.adaptive:
            return
        self._latencies.append(latency)
        if len(self._latencies) < int(self.window):
            return
        median = sorted(self._latencies)[len(self._latencies) // 2]
        self._latencies.clear()
        self._best = median if self._best is None else min(self._best, median)
        if median <= _STEADY * self._best:
            self.window = min(float(self.limits.concurrency), max(self.window + 1, self.window * 1.1))
            self._wake()

    def overloaded(self, entered: float) -> None:
        """Learn from a 429 or a time-out of a request that entered then: narrow an adaptive window once."""
        if self.limits.adaptive and entered > self._backed_off:
            self.window = max(1.0, self.window * _BACK_OFF)
            self._latencies.clear()
            self._backed_off = self.clock()

    def heed(self, headers: Mapping[str, str]) -> None:
        """Pause where the endpoint's rate-limit headers say that nothing remains before their reset."""
        for kind in ("requests", "tokens"):
            if headers.get(f"x-ratelimit-remaining-{kind}") == "0":
                wait = _seconds(headers.get(f"x-ratelimit-reset-{kind}", ""))
                self._pause_until = max(self._pause_until, self.clock() + min(wait, _MINUTE))


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` (or `retry-after-ms`) asks for, None if it does not.

    >>> asked_wait({"retry-after": "2"}), asked_wait({"retry-after-ms": "150"}), asked_wait({})
    (2.0, 0.15, None)
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "")
        try:
            return max(0.0, float(value) * unit)
        except ValueError:
            continue
    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _seconds(text: str) -> float:
    """Read a duration such as `6m0s`, `20ms` or `1.5`."""
    parts = _DURATION.findall(text)
    if parts:
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
