"""Looking more than once: error that is spent over looks, and intervals that hold at all times at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from harness.stats.distributions import LEVEL

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from harness.stats.clusters import Floats

__all__ = ["confidence_sequence", "spent"]

_GRID: Final = 1001
_TRUNCATED: Final = 0.5


def spent(look: int, *, level: float = 1 - LEVEL) -> float:
    """Return the level at which the look of that number (from 1) may call a difference.

    The levels of all looks, however many, add up to `level`; so a false alarm in any of them is no likelier, whatever
    the dependence between looks: nightly runs over the same cases against the same baseline are far from independent.

    >>> [round(spent(look), 5) for look in (1, 2, 30)]
    [0.025, 0.00833, 5e-05]
    """
    return level / (look * (look + 1))


def confidence_sequence(
    values: ArrayLike, *, within: tuple[float, float] = (0.0, 1.0), level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Return lower and upper bounds of the mean after each value; they hold at all times at once, at that level.

    The hedged capital process with predictable plug-in bets (Waudby-Smith and Ramdas 2024, "Estimating means of bounded
    random variables by betting", section 4.3): no assumption but that the values, one a cluster and in the order they
    come, lie within bounds and share their mean. The bounds never widen.
    """
    floor, width = within[0], within[1] - within[0]
    x = (np.asarray(values, dtype=np.float64) - floor) / width
    grid = np.linspace(0, 1, _GRID)
    bets = _bets(x, 1 - level)
    up, down, alive = np.zeros(_GRID), np.zeros(_GRID), np.ones(_GRID, dtype=bool)
    threshold = math.log(2 / (1 - level))  # each side starts with half the capital
    low, high = np.empty(len(x)), np.empty(len(x))
    for at, (value, bet) in enumerate(zip(x, bets, strict=True)):
        up += np.log1p(np.minimum(bet, _TRUNCATED / np.maximum(grid, 1e-12)) * (value - grid))
        down += np.log1p(-np.minimum(bet, _TRUNCATED / np.maximum(1 - grid, 1e-12)) * (value - grid))
        alive &= np.maximum(up, down) < threshold
        kept = np.flatnonzero(alive)
        step = 1 / (_GRID - 1)
        low[at], high[at] = (
            (max(0.0, grid[kept[0]] - step), min(1.0, grid[kept[-1]] + step))
            if len(kept)
            else (low[at - 1], low[at - 1])
        )
    return floor + width * low, floor + width * high


def _bets(x: Floats, alpha: float) -> Floats:
    """Return how much is bet on each value, from those before it alone."""
    numbers = np.arange(1, len(x) + 1)
    means = (0.5 + np.cumsum(x)) / (numbers + 1)
    variances = (0.25 + np.cumsum((x - means) ** 2)) / (numbers + 1)
    before = np.concatenate([[0.25], variances[:-1]])
    found: Floats = np.sqrt(2 * math.log(2 / alpha) / (before * numbers * np.log1p(numbers)))
    return found
