"""Values in clusters: sums and sizes, which is all that intervals and tests of a mean need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Floats", "coded", "count", "influence", "informative", "sums_and_sizes"]

Floats: TypeAlias = "NDArray[np.float64]"


def coded(values: ArrayLike, clusters: ArrayLike) -> tuple[Floats, NDArray[Any]]:
    """Return the values, and the clusters coded as 0, 1, … without gaps."""
    given = np.asarray(clusters)
    if len(given) and given.dtype.kind == "i" and bool((given[1:] >= given[:-1]).all()):  # in order: no need to sort
        codes = np.concatenate([[0], np.cumsum(given[1:] != given[:-1])])
    else:
        _, codes = np.unique(given, return_inverse=True)
    return np.asarray(values, dtype=np.float64), codes


def count(codes: NDArray[Any]) -> int:
    """Return how many clusters there are."""
    return int(codes.max()) + 1 if len(codes) else 0


def sums_and_sizes(values: Floats, codes: NDArray[Any]) -> tuple[Floats, Floats]:
    """Return each cluster's sum and size."""
    return np.bincount(codes, weights=values).astype(np.float64), np.bincount(codes).astype(np.float64)


def influence(sums: Floats, sizes: Floats) -> Floats:
    """Return each cluster's pull on the mean: what its values add beyond their share."""
    found: Floats = sums - sums.sum() / sizes.sum() * sizes
    return found


def informative(sums: Floats, sizes: Floats) -> int:
    """Return how many clusters differ from the commonest cluster mean: they alone tell of the spread.

    >>> informative(np.array([3.0, 3.0, 2.0]), np.array([3.0, 3.0, 3.0]))
    1
    """
    _, counts = np.unique(np.round(sums / sizes, 12), return_counts=True)
    return len(sums) - int(counts.max())
