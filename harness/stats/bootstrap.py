"""The cluster bootstrap: whole clusters are drawn with replacement, the same ones for every quantity.

Drawing is a matrix of counts, resamples by clusters, so that the resampled means of many columns are one product; and
because all columns share it, differences and ranks of candidates are paired in every resample.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from harness.stats.clusters import Floats, coded, influence, informative, sums_and_sizes
from harness.stats.distributions import LEVEL, normal_cdf, student_quantile
from harness.stats.intervals import Interval, robust

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["MAX_CLUSTERS", "MIN_INFORMATIVE", "RESAMPLES", "bca", "bootstrap_interval", "bootstrap_means", "resampling"]

RESAMPLES: Final = 2000
MIN_INFORMATIVE: Final = 30
"""With fewer clusters that tell of the spread the bootstrap is too narrow: the closed form takes its place."""
MAX_CLUSTERS: Final = 10_000
"""With more clusters the closed form says the same, and memory does not grow."""
_NORMAL_EDGE: Final = 1e-6


def resampling(clusters: int, *, resamples: int = RESAMPLES, seed: int = 0) -> Floats:
    """Return how often each cluster is drawn in each resample: a row a resample, each with the sum `clusters`."""
    random = np.random.default_rng(seed)
    drawn = np.empty((resamples, clusters))
    for row in drawn:
        row[:] = np.bincount(random.integers(0, clusters, size=clusters), minlength=clusters)
    return drawn


def bootstrap_means(drawn: Floats, sums: Floats, sizes: Floats) -> Floats:
    """Return the mean in each resample of each column; `sums` and `sizes` are clusters by columns.

    Where a resample has no value of a column (few clusters have any) the mean of all is taken.
    """
    totals = drawn @ sizes
    means = drawn @ sums
    empty = totals == 0
    overall = sums.sum(axis=0) / np.maximum(sizes.sum(axis=0), 1)
    np.divide(means, totals, out=means, where=~empty)
    return np.where(empty, overall, means)


def bootstrap_interval(
    values: ArrayLike,
    clusters: ArrayLike,
    *,
    within: tuple[float, float] = (0.0, 1.0),
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval | None:
    """Return the 95% BCa interval of the cluster bootstrap for the mean; None if there are no values.

    With fewer than `MIN_INFORMATIVE` clusters that tell of the spread, or more than `MAX_CLUSTERS`, it is
    `mean_interval`.
    """
    numbers, codes = coded(values, clusters)
    if not len(numbers):
        return None
    sums, sizes = sums_and_sizes(numbers, codes)
    if len(sums) > MAX_CLUSTERS:
        return robust(sums, sizes, within=within)
    drawn = resampling(len(sums), resamples=resamples, seed=seed)
    return bca(bootstrap_means(drawn, sums[:, None], sizes[:, None])[:, 0], sums, sizes, within=within)


def bca(means: Floats, sums: Floats, sizes: Floats, *, within: tuple[float, float] = (0.0, 1.0)) -> Interval:
    """Return the bias-corrected and accelerated interval from resampled means (Efron 1987).

    Acceleration is by the jackknife over clusters. The tails are those of Student's t, stretched by the root of
    G / (G - 1), which mends the narrowness at few clusters (Hesterberg 2015). Clusters of size 0 are passed over.
    """
    sums, sizes = sums[sizes > 0], sizes[sizes > 0]
    if informative(sums, sizes) < MIN_INFORMATIVE:
        return robust(sums, sizes, within=within)
    clusters, mean = len(sums), float(sums.sum() / sizes.sum())
    below = (np.count_nonzero(means < mean) + np.count_nonzero(means <= mean)) / (2 * len(means))
    bias = _probit(below)
    pulls = influence(sums, sizes) / np.maximum(sizes.sum() - sizes, 1)  # jackknife mean less each leave-one-out mean
    pulls -= pulls.mean()
    acceleration = float((pulls**3).sum()) / (6 * float((pulls**2).sum()) ** 1.5)
    stretch = math.sqrt(clusters / (clusters - 1)) * student_quantile((1 + LEVEL) / 2, clusters - 1)
    tails = [_moved(bias, acceleration, end) for end in (-stretch, stretch)]
    low, high = (float(q) for q in np.quantile(means, tails))
    return Interval(low=min(low, mean), high=max(high, mean), method="cluster bootstrap, BCa")


def _moved(bias: float, acceleration: float, end: float) -> float:
    at = bias + end
    return normal_cdf(bias + at / max(1e-9, 1 - acceleration * at))


def _probit(share: float) -> float:
    return NormalDist().inv_cdf(min(1 - _NORMAL_EDGE, max(_NORMAL_EDGE, share)))
