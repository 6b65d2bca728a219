"""Repeats within a case: a figure a case, to be averaged over cases with `mean_interval`.

All take the number of trials that passed and the number of trials of each case. A case with fewer than k trials has no
figure for k: leave it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from harness.stats.clusters import Floats

__all__ = ["flip_rate", "pass_at", "pass_hat"]


def pass_at(passed: ArrayLike, trials: ArrayLike, k: int) -> Floats:
    """Return the chance that at least one of k trials passes: 1 - C(n - c, k) / C(n, k) (Chen et al. 2021).

    >>> pass_at([1, 0], [4, 4], 2).tolist()
    [0.5, 0.0]
    """
    return 1 - _all_of(np.asarray(trials) - np.asarray(passed), trials, k)


def pass_hat(passed: ArrayLike, trials: ArrayLike, k: int) -> Floats:
    """Return the chance that all of k trials pass: C(c, k) / C(n, k) (tau-bench's pass^k, arXiv:2406.12045).

    >>> pass_hat([3, 4], [4, 4], 2).tolist()
    [0.5, 1.0]
    """
    return _all_of(np.asarray(passed), trials, k)


def flip_rate(passed: ArrayLike, trials: ArrayLike) -> Floats:
    """Return the chance that two trials of the case disagree: 2 c (n - c) / (n (n - 1)), for two trials or more.

    >>> flip_rate([1, 2], [2, 2]).tolist()
    [1.0, 0.0]
    """
    c, n = np.asarray(passed, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    found: Floats = 2 * c * (n - c) / (n * (n - 1))
    return found


def _all_of(chosen: ArrayLike, trials: ArrayLike, k: int) -> Floats:
    """Return the chance that k drawn without replacement are all among the chosen."""
    c, n = np.asarray(chosen, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if np.any(n < k):
        msg = f"a case has fewer than {k} trials"
        raise ValueError(msg)
    found = np.ones_like(n)
    for taken in range(k):
        found *= np.maximum(0.0, c - taken) / (n - taken)
    return found
