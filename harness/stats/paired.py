"""Tests of paired differences: exact McNemar for verdicts, sign flips of whole clusters for scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from harness.stats.clusters import Floats, coded, sums_and_sizes
from harness.stats.distributions import normal_cdf

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["mcnemar", "sign_flip", "sign_flips"]

_ENUMERATED: Final = 14
"""Up to so many clusters that differ, all flips are tried."""
_DENOMINATORS: Final = 27720
"""The least common multiple of 1 to 12."""
_NEWTON: Final = 80
_CENTRE: Final = 1e-3


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test from the two counts of discordant pairs.

    A binomial test at one half (McNemar 1947); 1 where no pair is discordant.

    >>> mcnemar(1, 9)
    0.021484375
    """
    n, fewer = only_first + only_second, min(only_first, only_second)
    ways = term = 1  # whole numbers: exact for any count
    for k in range(fewer):
        term = term * (n - k) // (k + 1)
        ways += term
    return min(1.0, 2 * ways / (1 << n))


def sign_flip(differences: ArrayLike, clusters: ArrayLike) -> float | None:
    """Return the two-sided p-value of a paired permutation test of no mean difference; None if there are no pairs.

    The signs of whole clusters are flipped. All ways where few clusters differ; else by the saddlepoint approximation
    of the same permutation distribution (Robinson 1982, "Saddlepoint approximations for permutation tests and
    confidence intervals"; Lugannani and Rice 1980), which unlike random flips stays accurate far out in the tail, where
    corrections for many comparisons need it.
    """
    numbers, codes = coded(differences, clusters)
    if not len(numbers):
        return None
    sums, _ = sums_and_sizes(numbers, codes)
    return float(sign_flips(sums[:, None])[0])


def sign_flips(sums: Floats) -> Floats:
    """Return `sign_flip` of each column, from the sums of its clusters."""
    found = np.ones(sums.shape[1])
    differing = (sums != 0).sum(axis=0)
    few = (differing > 0) & (differing <= _ENUMERATED)
    for column in np.flatnonzero(few):
        found[column] = _all_flips(sums[sums[:, column] != 0, column])
    many = np.flatnonzero(differing > _ENUMERATED)
    if len(many):
        found[many] = _saddlepoint(np.abs(sums[:, many]), np.abs(sums[:, many].sum(axis=0)), differing[many])
    return found


def _all_flips(sums: Floats) -> float:
    observed = abs(float(sums.sum())) - 1e-9 * float(np.abs(sums).sum())  # ties that rounding would part
    ways = (np.arange(2 ** len(sums))[:, None] >> np.arange(len(sums))) & 1
    return float(np.mean(np.abs((2 * ways - 1) @ sums) >= observed))


def _saddlepoint(sizes: Floats, observed: Floats, differing: Floats) -> Floats:
    """Approximate how often sums of these sizes with random signs are as far from 0 as the observed ones."""
    units = np.array([_unit(column) for column in sizes.T])
    least = np.exp2(1.0 - differing)  # all signs alike
    reach = sizes.sum(axis=0)
    target = np.clip(observed - units, 0.0, reach * (1 - 1e-9))  # the continuity correction: half a step
    tilt = _tilts(sizes, target)
    arguments = sizes * tilt
    cumulant = (arguments + np.log1p(np.exp(-2 * arguments)) - math.log(2)).sum(axis=0)
    spread = np.sqrt((sizes**2 / np.cosh(np.minimum(arguments, 300)) ** 2).sum(axis=0))
    w = np.sqrt(np.maximum(0.0, 2 * (tilt * target - cumulant)))
    lattice = np.where(units > 0, np.sinh(np.minimum(tilt * units, 300)) / np.where(units > 0, units, 1), tilt)
    v = lattice * spread
    tails = np.array([_tail(*pair) for pair in zip(w, v, strict=True)])
    found: Floats = np.where(observed >= reach * (1 - 1e-9), least, np.clip(2 * tails, least, 1.0))
    return found


def _tail(w: float, v: float) -> float:
    if w < _CENTRE or v <= 0:
        return 1 - normal_cdf(w)
    density = math.exp(-w * w / 2) / math.sqrt(2 * math.pi)
    return normal_cdf(-w) + density * (1 / v - 1 / w)


def _tilts(sizes: Floats, target: Floats) -> Floats:
    """Solve sum of s tanh(t s) = target by Newton's method, which from below never overshoots."""
    tilt: Floats = target / (sizes**2).sum(axis=0)
    for _ in range(_NEWTON):
        bent = np.tanh(sizes * tilt)
        slope = (sizes**2 * (1 - bent**2)).sum(axis=0)
        step = (target - (sizes * bent).sum(axis=0)) / np.maximum(slope, 1e-300)
        tilt = tilt + step
        if np.all(np.abs(step) <= 1e-10 * np.maximum(tilt, 1e-12)):
            break
    return tilt


def _unit(sizes: Floats) -> float:
    """Return the step of which all sizes are multiples, if they are fractions with a small denominator; else 0.

    Shares of a few sentences or facts are such fractions, and sums of them tie often.
    """
    scaled = sizes * _DENOMINATORS
    whole = np.rint(scaled)
    if not np.allclose(whole, scaled, rtol=0, atol=1e-6):
        return 0.0
    return float(np.gcd.reduce(whole.astype(np.int64))) / _DENOMINATORS
