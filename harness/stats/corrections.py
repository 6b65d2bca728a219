"""Corrections of p-values for many comparisons; absent ones (None) stay absent and do not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["benjamini_hochberg", "holm"]


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return p-values adjusted so that any false alarm among all stays below the level (Holm 1979).

    >>> holm([0.01, 0.04, None, 0.03])
    (0.03, 0.06, None, 0.06)
    """
    found: list[float | None] = [None] * len(p_values)
    order = _ascending(p_values)
    highest = 0.0
    for rank, (p, at) in enumerate(order):
        highest = max(highest, min(1.0, p * (len(order) - rank)))
        found[at] = highest
    return tuple(found)


def benjamini_hochberg(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return p-values adjusted so that the expected share of false ones among those called stays below the level.

    Benjamini and Hochberg 1995.

    >>> benjamini_hochberg([0.01, 0.04, None, 0.03])
    (0.03, 0.04, None, 0.04)
    """
    found: list[float | None] = [None] * len(p_values)
    order = _ascending(p_values)
    lowest = 1.0
    for rank, (p, at) in reversed(list(enumerate(order, start=1))):
        lowest = min(lowest, p * len(order) / rank)
        found[at] = lowest
    return tuple(found)


def _ascending(p_values: Sequence[float | None]) -> list[tuple[float, int]]:
    return sorted((p, at) for at, p in enumerate(p_values) if p is not None)
