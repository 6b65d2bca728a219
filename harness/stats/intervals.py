"""Intervals for rates and means of bounded scores in clusters, in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from harness.stats.clusters import Floats, coded, count, influence, informative, sums_and_sizes
from harness.stats.distributions import LEVEL, gamma_quantile, normal_quantile, student_quantile

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["Interval", "mean_error", "mean_interval", "rate_interval", "robust", "standard_error", "wilson"]

_RARE: Final = 3
"""Up to so many events Wilson's interval stands too close to 0 or 1, and Poisson's bound takes its place there."""

_TELLING: Final = 3
"""With fewer clusters that differ from the rest their spread alone says too little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A confidence interval and the method that made it, in words."""

    low: float
    high: float
    method: str


def wilson(successes: float, n: float, *, level: float = LEVEL) -> Interval | None:
    """Return Wilson's score interval for a rate; None if `n` is 0.

    `successes` and `n` may be fractional (an effective sample size). Wilson 1927; recommended for small n by Brown,
    Cai and DasGupta 2001.

    >>> found = wilson(8, 10)
    >>> round(found.low, 3), round(found.high, 3)
    (0.49, 0.943)
    """
    if n <= 0:
        return None
    z = normal_quantile(level)
    rate = successes / n
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(max(0.0, rate * (1 - rate) / n) + z * z / (4 * n * n))
    # At the ends the bounds are exactly 0 and 1; rounding would leave them a hair inside.
    low = 0.0 if successes <= 0 else max(0.0, centre - half)
    high = 1.0 if successes >= n else min(1.0, centre + half)
    return Interval(low=low, high=high, method="Wilson")


def rate_interval(passed: ArrayLike, clusters: ArrayLike, *, level: float = LEVEL) -> Interval | None:
    """Return an interval for the share of true values; None if there are none.

    Wilson's where every cluster has one answer. Otherwise Wilson's at the effective sample size: n over Kish's design
    effect (1965; at least 1), times the ratio of normal to Student quantiles squared for the few clusters (Korn and
    Graubard 1998). Where all answers agree, or there is one cluster, the design effect is unknown and each cluster
    counts as one answer, which is conservative. Up to three events the bound near 0 or 1 is Poisson's (Brown, Cai and
    DasGupta 2001, section 4.1.1), without which Wilson's misses rare events too often.
    """
    values, codes = coded(passed, clusters)
    n, groups = len(values), count(codes)
    if n == groups:
        return (n and _mended(float(values.mean()), n, level, "Wilson")) or None
    sums, sizes = sums_and_sizes(values, codes)
    return robust(sums, sizes, level=level, most=n, method="Wilson, design effect of clusters")


def mean_interval(
    values: ArrayLike, clusters: ArrayLike, *, within: tuple[float, float] = (0.0, 1.0), level: float = LEVEL
) -> Interval | None:
    """Return an interval for the mean of values that lie `within` bounds; None if there are none.

    Cluster-robust, in score form: Wilson's interval at the sample size at which a yes/no value of the same mean would
    have the cluster-robust standard error. So it stays within the bounds, leans towards the middle as it should near
    the ends, and holds its level from ten clusters on; with many clusters it is the usual cluster-robust t interval.
    """
    numbers, codes = coded(values, clusters)
    if not len(numbers):
        return None
    sums, sizes = sums_and_sizes(numbers, codes)
    return robust(sums, sizes, within=within, level=level)


def robust(
    sums: Floats,
    sizes: Floats,
    *,
    within: tuple[float, float] = (0.0, 1.0),
    level: float = LEVEL,
    most: float = math.inf,
    method: str = "cluster-robust score",
) -> Interval:
    """Return `mean_interval` from each cluster's sum and size; `most` bounds the effective sample size.

    The degrees of freedom are those of the clusters that tell of the spread: twice the number that differ from the
    commonest cluster mean, at most all but one. Where all clusters agree, or all but one or two, room is left for those
    that may differ unseen.
    """
    floor, width, clusters = within[0], within[1] - within[0], len(sums)
    shares = (sums - floor * sizes) / width
    mean = float(shares.sum() / sizes.sum())
    pulls = influence(shares, sizes)
    if np.allclose(pulls, 0, rtol=0, atol=1e-12):
        return _agreeing(mean, clusters, within, level)
    variance = clusters / (clusters - 1) * float(pulls @ pulls) / float(sizes.sum()) ** 2
    telling = informative(shares, sizes)
    freedom = min(clusters - 1, 2 * telling)
    shrink = (normal_quantile(level) / student_quantile((1 + level) / 2, freedom)) ** 2
    effective = max(1.0, min(most, mean * (1 - mean) / variance) * shrink)
    found = _mended(mean, effective, level, method)
    low, high = floor + width * found.low, floor + width * found.high
    if telling < _TELLING:
        unseen = _agreeing(mean, clusters, within, level)
        low, high = min(low, unseen.low), max(high, unseen.high)
    return Interval(low=low, high=high, method=method)


def _agreeing(mean: float, clusters: int, within: tuple[float, float], level: float) -> Interval:
    """Widen a constant by the share of clusters that may differ unseen: Wilson's upper bound for none in so many."""
    unseen = wilson(0, clusters, level=level)
    share = unseen.high if unseen else 1.0
    floor, width = within[0], within[1] - within[0]
    return Interval(
        low=floor + width * (mean - share * mean),
        high=floor + width * (mean + share * (1 - mean)),
        method="Wilson, clusters agree",
    )


def _mended(rate: float, n: float, level: float, method: str) -> Interval:
    """Return Wilson's interval, its bound near 0 or 1 moved out to Poisson's where events are few."""
    found = wilson(rate * n, n, level=level)
    low, high = (found.low, found.high) if found else (0.0, 1.0)
    if 0 < rate * n <= _RARE:
        low = min(low, gamma_quantile(1 - level, rate * n) / n)
    if 0 < (1 - rate) * n <= _RARE:
        high = max(high, 1 - gamma_quantile(1 - level, (1 - rate) * n) / n)
    return Interval(low=low, high=high, method=method)


def mean_error(values: ArrayLike, clusters: ArrayLike) -> float | None:
    """Return the cluster-robust standard error of the mean; None with fewer than two clusters.

    The sandwich estimator with the correction G / (G - 1), as in a regression on a constant (Liang and Zeger 1986).
    """
    numbers, codes = coded(values, clusters)
    groups = count(codes)
    if groups < 2:  # noqa: PLR2004 - no variance between clusters can be seen in one
        return None
    return standard_error(*sums_and_sizes(numbers, codes))


def standard_error(sums: Floats, sizes: Floats) -> float:
    """Return `mean_error` from the sums and sizes of two clusters or more."""
    clusters, pulls = len(sums), influence(sums, sizes)
    return math.sqrt(clusters / (clusters - 1) * float(pulls @ pulls)) / float(sizes.sum())
