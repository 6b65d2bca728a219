"""What a run may spend. A spent budget stops the asking; what is in flight is still received, scored and kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from harness.errors import BudgetExceededError

__all__ = ["Budget"]


@dataclass(slots=True, kw_only=True)
class Budget:
    """Bounds of one command and what it has spent so far; None is no bound.

    `max_cost` is in dollars of known price, `max_calls` counts the requests that are sent (retries too), `max_time` is
    in seconds since the budget was made. Replies from the cache cost nothing.
    """

    max_cost: float | None = None
    max_calls: int | None = None
    max_time: float | None = None
    cost: float = 0.0
    calls: int = 0
    began: float = field(default_factory=time.monotonic)

    def spent(self) -> str | None:
        """Say in words which bound is reached, None while there is something left.

        >>> Budget(max_calls=0).spent()
        'the budget of 0 requests is spent'
        """
        if self.max_calls is not None and self.calls >= self.max_calls:
            return f"the budget of {self.max_calls} requests is spent"
        if self.max_cost is not None and self.cost >= self.max_cost:
            return f"the budget of ${self.max_cost:g} is spent (${self.cost:.4f})"
        if self.max_time is not None and time.monotonic() - self.began >= self.max_time:
            return f"the budget of {self.max_time:g} s is spent"
        return None

    def take_call(self) -> None:
        """Count a request that is about to be sent.

        Raises:
            BudgetExceededError: there is nothing left for it.
        """
        reason = self.spent()
        if reason is not None:
            raise BudgetExceededError(reason)
        self.calls += 1

    def add_cost(self, cost: float | None) -> None:
        """Count what a reply cost; an unknown cost counts for nothing."""
        self.cost += cost or 0.0
