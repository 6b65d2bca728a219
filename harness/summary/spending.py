"""What the calls of a run came to: requests, tokens and dollars."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.records import Record

__all__ = ["Spending", "Tally"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """Sums over the calls for a candidate and its judges.

    `calls` counts what was asked for, `retries` the further requests that it took, `cached` those that were paid for
    earlier. `cost` is in dollars and leaves out the `unpriced` calls, whose cost is unknown: it is then a lower bound.
    `estimated` calls are those whose tokens the endpoint did not count.
    """

    calls: int
    retries: int
    cached: int
    prompt_tokens: int
    completion_tokens: int
    cost: float
    unpriced: int
    estimated: int


class Tally:
    """Add up the calls of records, one after another."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._counts = dict.fromkeys(
            ("calls", "retries", "cached", "prompt_tokens", "completion_tokens", "unpriced", "estimated"), 0
        )
        self._costs = array("d")

    def add(self, record: Record) -> None:
        """Count the calls of a record."""
        for call in record.calls:
            counts = self._counts
            counts["calls"] += 1
            counts["retries"] += max(0, call.attempts - 1)
            counts["cached"] += call.cached
            counts["prompt_tokens"] += call.prompt_tokens or 0
            counts["completion_tokens"] += call.completion_tokens or 0
            counts["unpriced"] += call.cost is None
            counts["estimated"] += call.estimated
            if call.cost is not None:
                self._costs.append(call.cost)

    def spending(self) -> Spending:
        """Return the sums; the same whatever the order of the records."""
        return Spending(cost=math.fsum(self._costs), **self._counts)
