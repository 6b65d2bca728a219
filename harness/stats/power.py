"""What a number of cases and trials can show, and how many are needed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from harness.stats.clusters import coded, count
from harness.stats.distributions import LEVEL, student_quantile
from harness.stats.intervals import mean_error

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["POWER", "Spread", "clusters_needed", "detectable", "discordance_spread", "spread"]

POWER = 0.8
_MANY = 5000
"""From so many clusters on Student's t is the normal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """What the standard error of a mean is made of: `trials` is the part of its square that repeats would lessen."""

    error: float
    trial_part: float
    clusters: int
    trials: float

    def at(self, clusters: float, trials: float) -> float:
        """Return the standard error with so many clusters, and so many trials a case."""
        rest = max(0.0, self.error**2 - self.trial_part)
        return math.sqrt((rest + self.trial_part * self.trials / trials) * self.clusters / clusters)


def spread(values: ArrayLike, cases: ArrayLike, clusters: ArrayLike) -> Spread | None:
    """Take apart the error of a mean into that of the cases and that of the trials within them; None below 2 clusters.

    Var(mean) = between / clusters + within / answers, the latter estimated from repeats of the same case (Miller 2024,
    section 3.2). Without repeats all of it counts as the cases'.
    """
    error = mean_error(values, clusters)
    if error is None:
        return None
    numbers, codes = coded(values, cases)
    sizes = np.bincount(codes)
    means = np.bincount(codes, weights=numbers) / sizes
    repeats = len(numbers) - len(sizes)
    within = float(((numbers - means[codes]) ** 2).sum()) / repeats if repeats else 0.0
    _, groups = coded(values, clusters)
    return Spread(
        error=error,
        trial_part=min(error**2, within / len(numbers)),
        clusters=count(groups),
        trials=len(numbers) / len(sizes),
    )


def detectable(error: float, clusters: int, *, power: float = POWER) -> float:
    """Return the smallest true difference that a two-sided test at 5% shows with that power.

    By Student's t with one degree of freedom fewer than clusters; about 2.8 standard errors for many.

    >>> round(detectable(0.02307, 511), 3)
    0.065
    """
    freedom = max(1, clusters - 1)
    return (student_quantile((1 + LEVEL) / 2, freedom) + student_quantile(power, freedom)) * error


def clusters_needed(difference: float, error: float, clusters: int, *, power: float = POWER) -> int | None:
    """Return how many clusters would show a difference as large as the one seen, with that power, at 5%, two-sided.

    From the paired difference's standard error on the clusters at hand, which falls with the root of their number
    (Miller 2024, section 5); by the normal approximation, mended by Student's t where few are needed. None where no
    difference was seen.

    >>> clusters_needed(0.02, 0.02, 100)
    787
    """
    if difference == 0:
        return None
    wanted = NormalDist().inv_cdf((1 + LEVEL) / 2) + NormalDist().inv_cdf(power)
    needed = max(2, math.ceil(clusters * (wanted * error / difference) ** 2))
    while needed < _MANY and detectable(error * math.sqrt(clusters / needed), needed, power=power) > abs(difference):
        needed += 1
    return needed


def discordance_spread(discordance: float, difference: float = 0.0) -> float:
    """Return the standard deviation of paired differences of verdicts of which that share disagree.

    >>> round(discordance_spread(0.272), 4)
    0.5215
    """
    return math.sqrt(max(0.0, discordance - difference**2))
