"""What all chats of a run share: the cache, the way into each endpoint, prices and the budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.chat.budget import Budget
from harness.chat.limits import EndpointLimits, Gate
from harness.chat.prices import Prices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.chat.cache import Cache

__all__ = ["Endpoints"]


@dataclass(slots=True, kw_only=True)
class Endpoints:
    """The shared state, passed to every component whose constructor has a parameter `endpoints`.

    `limits` are those of endpoints that have their own, by base URL; `default` is for all others. `offline` answers
    from the cache alone.
    """

    cache: Cache | None = None
    offline: bool = False
    prices: Prices = field(default_factory=Prices)
    budget: Budget = field(default_factory=Budget)
    default: EndpointLimits = field(default_factory=EndpointLimits)
    limits: Mapping[str, EndpointLimits] = field(default_factory=dict)
    _gates: dict[str, Gate] = field(default_factory=dict)

    def gate(self, base_url: str) -> Gate:
        """Return the way into an endpoint: one for all candidates and judges that ask it."""
        if base_url not in self._gates:
            self._gates[base_url] = Gate(self.limits.get(base_url, self.default))
        return self._gates[base_url]

    def close(self) -> None:
        """Close the cache."""
        if self.cache is not None:
            self.cache.close()
