"""Every formula of the statistics, once: intervals, paired tests and sample sizes, on arrays; pure and deterministic.

Answers to cases that share a source document are alike, and so are trials of one case: they form a *cluster*, given as
one integer code a value. Intervals and tests treat clusters, not answers, as the independent units (Miller 2024,
"Adding error bars to evals", arXiv:2411.00640). Where a number cannot be had the result is None, never NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Interval",
    "clusters_needed",
    "mcnemar",
    "mean_error",
    "mean_interval",
    "quantiles",
    "rate_interval",
    "sign_flip",
    "student_quantile",
    "wilson",
]

Floats: TypeAlias = "NDArray[np.float64]"

LEVEL: Final = 0.95
RESAMPLES: Final = 2000
MIN_CLUSTERS: Final = 20
"""With fewer clusters the bootstrap is too narrow, and `mean_interval` takes a conservative bound instead."""
_CHUNK: Final = 250_000  # numbers drawn at a time: keeps memory flat however many clusters there are


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
    z = _normal_quantile(level)
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
    counts as one answer, which is conservative.
    """
    values, codes = _arrays(passed, clusters)
    n, groups = len(values), _count(codes)
    if n == groups:
        return wilson(float(values.sum()), n, level=level)
    rate = float(values.mean())
    error = mean_error(values, codes)
    if error is None or not 0 < rate < 1:
        effective = float(groups)
    else:
        effect = max(1.0, error**2 * n / (rate * (1 - rate)))
        shrink = _normal_quantile(level) / student_quantile((1 + level) / 2, groups - 1)
        effective = max(1.0, n / effect * shrink**2)
    found = wilson(rate * effective, effective, level=level)
    return found and Interval(low=found.low, high=found.high, method="Wilson, design effect of clusters")


def mean_interval(
    values: ArrayLike,
    clusters: ArrayLike,
    *,
    within: tuple[float, float] = (0.0, 1.0),
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval | None:
    """Return a 95% interval for the mean of values that lie `within` bounds; None if there are none.

    The cluster bootstrap with expanded percentiles, which mend the narrowness at few clusters (Hesterberg 2015,
    "What teachers should know about the bootstrap"). Two fallbacks, both conservative: below `MIN_CLUSTERS` Wilson's
    interval with the clusters as n (no variable within bounds varies more than a yes/no one with the same mean), and,
    where all clusters agree, the constant, but for the share of clusters that may differ unseen: Wilson's upper bound
    for none in so many.
    """
    numbers, codes = _arrays(values, clusters)
    if not len(numbers):
        return None
    groups, mean = _count(codes), float(numbers.mean())
    floor, ceiling = within
    sums, sizes = _sums(numbers, codes)
    if np.allclose(sums, mean * sizes, rtol=0, atol=1e-12):
        unseen = wilson(0, groups)
        share = unseen.high if unseen else 1.0
        low, high = mean - share * (mean - floor), mean + share * (ceiling - mean)
        return Interval(low=low, high=high, method="Wilson, clusters agree")
    if groups < MIN_CLUSTERS:
        width = ceiling - floor
        few = wilson((mean - floor) / width * groups, groups)
        return few and Interval(
            low=floor + few.low * width, high=floor + few.high * width, method="Wilson, few clusters"
        )
    means = _resampled_means(sums, sizes, np.random.default_rng(seed), resamples)
    stretch = math.sqrt(groups / (groups - 1)) * student_quantile((1 + LEVEL) / 2, groups - 1)
    tail = NormalDist().cdf(-stretch)
    low, high = (float(q) for q in np.quantile(means, [tail, 1 - tail]))
    return Interval(low=min(low, mean), high=max(high, mean), method="cluster bootstrap")


def mean_error(values: ArrayLike, clusters: ArrayLike) -> float | None:
    """Return the cluster-robust standard error of the mean; None with fewer than two clusters.

    The sandwich estimator with the correction G / (G - 1), as in a regression on a constant (Liang and Zeger 1986).
    """
    numbers, codes = _arrays(values, clusters)
    groups = _count(codes)
    if groups < 2:  # noqa: PLR2004 - no variance between clusters can be seen in one
        return None
    sums, sizes = _sums(numbers, codes)
    residuals = sums - numbers.mean() * sizes
    return math.sqrt(groups / (groups - 1) * float(residuals @ residuals)) / len(numbers)


def sign_flip(differences: ArrayLike, clusters: ArrayLike, *, seed: int = 0, resamples: int = 10_000) -> float | None:
    """Return the two-sided p-value of a paired permutation test of no mean difference; None if there are no pairs.

    The signs of whole clusters are flipped: all ways where they are few, else at random, with the observed one counted
    in (Phipson and Smyth 2010), so that p is never 0 and the test never too bold.
    """
    numbers, codes = _arrays(differences, clusters)
    if not len(numbers):
        return None
    sums, _ = _sums(numbers, codes)
    sums = sums[sums != 0]  # a zero flips into itself
    observed = abs(float(sums.sum())) - 1e-9 * float(np.abs(sums).sum())  # ties that rounding would part
    groups = len(sums)
    if 2**groups <= resamples:
        ways = (np.arange(2**groups)[:, None] >> np.arange(groups)) & 1
        return float(np.mean(np.abs((2 * ways - 1) @ sums) >= observed))
    random = np.random.default_rng(seed)
    extreme = 0
    for count in _chunks(resamples, groups):
        signs = random.integers(0, 2, size=(count, groups), dtype=np.int8) * 2 - 1
        extreme += int(np.count_nonzero(np.abs(signs @ sums) >= observed))
    return (extreme + 1) / (resamples + 1)


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


def quantiles(values: ArrayLike, levels: Sequence[float]) -> tuple[float, ...] | None:
    """Return the quantiles at the levels, by linear interpolation; None if there are no values.

    >>> quantiles([1.0, 2.0, 4.0], [0.5, 1.0])
    (2.0, 4.0)
    """
    numbers = np.asarray(values, dtype=np.float64)
    return tuple(float(q) for q in np.quantile(numbers, levels)) if len(numbers) else None


def clusters_needed(difference: float, error: float, clusters: int, *, power: float = 0.8) -> int | None:
    """Return how many clusters would show a difference as large as the one seen, with that power, at 5%, two-sided.

    By the normal approximation from the paired difference's standard error on the clusters at hand: the error falls
    with the root of their number (Miller 2024, section 5). None where no difference was seen.

    >>> clusters_needed(0.02, 0.02, 100)
    785
    """
    if difference == 0:
        return None
    wanted = NormalDist().inv_cdf((1 + LEVEL) / 2) + NormalDist().inv_cdf(power)
    return math.ceil(clusters * (wanted * error / difference) ** 2)


def student_quantile(p: float, freedom: int) -> float:
    """Return the quantile of Student's t at `p` in [0.5, 1), for whole degrees of freedom, to about five digits.

    Hill 1970, Algorithm 396; exact for one and two degrees of freedom.

    >>> round(student_quantile(0.975, 10), 3)
    2.228
    """
    n, both = float(freedom), 2 * (1 - p)
    if freedom == 1:
        return 1 / math.tan(both * math.pi / 2)
    if freedom == 2:  # noqa: PLR2004 - the second closed form
        return math.sqrt(max(0.0, 2 / (both * (2 - both)) - 2))
    a = 1 / (n - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * n
    y = (d * both) ** (2 / n)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(both / 2)
        y = x * x
        if freedom < 5:  # noqa: PLR2004 - another one
            c += 0.3 * (n - 4.5) * (x + 0.6)
        c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y * y)
    else:
        tail = 1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3)
        y = ((tail + 0.5 / (n + 4)) * y - 1) * (n + 1) / (n + 2) + 1 / y
    return math.sqrt(n * y)


def _normal_quantile(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)


def _arrays(values: ArrayLike, clusters: ArrayLike) -> tuple[Floats, NDArray[Any]]:
    """Return the values, and the clusters coded as 0, 1, … without gaps."""
    _, codes = np.unique(np.asarray(clusters), return_inverse=True)
    return np.asarray(values, dtype=np.float64), codes


def _count(codes: NDArray[Any]) -> int:
    return int(codes.max()) + 1 if len(codes) else 0


def _sums(values: Floats, codes: NDArray[Any]) -> tuple[Floats, Floats]:
    """Return each cluster's sum and size."""
    return np.bincount(codes, weights=values).astype(np.float64), np.bincount(codes).astype(np.float64)


def _resampled_means(sums: Floats, sizes: Floats, random: np.random.Generator, resamples: int) -> Floats:
    parts = []
    for count in _chunks(resamples, len(sums)):
        drawn = random.integers(0, len(sums), size=(count, len(sums)))
        parts.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return np.concatenate(parts)


def _chunks(total: int, width: int) -> Iterator[int]:
    step = max(1, _CHUNK // max(1, width))
    while total > 0:
        yield min(step, total)
        total -= step
