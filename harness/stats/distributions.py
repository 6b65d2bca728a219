"""Distribution functions that the standard library lacks, to about twelve digits; scipy is their oracle."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

__all__ = ["LEVEL", "gamma_quantile", "normal_cdf", "normal_quantile", "quantiles", "student_cdf", "student_quantile"]

LEVEL = 0.95
"""The level of every interval that a report shows."""
_STEPS = 300
_TINY = 1e-300
_CLOSE = 1e-16


def normal_cdf(z: float) -> float:
    """Return the probability that a standard normal lies below `z`, exact in the far tail too."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def normal_quantile(level: float = LEVEL) -> float:
    """Return how many standard errors a two-sided normal interval of that level reaches.

    >>> round(normal_quantile(0.95), 3)
    1.96
    """
    return NormalDist().inv_cdf((1 + level) / 2)


def student_cdf(t: float, freedom: float) -> float:
    """Return the probability that Student's t lies below `t`; by the incomplete beta function."""
    square = t * t
    if square < freedom:
        return 0.5 + math.copysign(0.5 * _beta_share(0.5, freedom / 2, square / (freedom + square)), t)
    tail = 0.5 * _beta_share(freedom / 2, 0.5, freedom / (freedom + square))
    return 1 - tail if t > 0 else tail


@lru_cache(maxsize=4096)
def student_quantile(p: float, freedom: float) -> float:
    """Return the quantile of Student's t at `p` in (0, 1).

    >>> round(student_quantile(0.975, 10), 6)
    2.228139
    """
    if p < 0.5:  # noqa: PLR2004 - the distribution is symmetric
        return -student_quantile(1 - p, freedom)
    high = 1.0
    while student_cdf(high, freedom) < p:
        high *= 2
    return _root(lambda t: student_cdf(t, freedom) - p, 0.0, high)


@lru_cache(maxsize=4096)
def gamma_quantile(p: float, shape: float) -> float:
    """Return the quantile at `p` of the gamma distribution with that shape and scale 1.

    >>> round(gamma_quantile(0.05, 1), 6)
    0.051293
    """
    high = 1.0
    while _gamma_share(shape, high) < p:
        high *= 2
    return _root(lambda x: _gamma_share(shape, x) - p, 0.0, high)


def quantiles(values: ArrayLike, levels: Sequence[float]) -> tuple[float, ...] | None:
    """Return the quantiles at the levels, by linear interpolation; None if there are no values.

    >>> quantiles([1.0, 2.0, 4.0], [0.5, 1.0])
    (2.0, 4.0)
    """
    numbers = np.asarray(values, dtype=np.float64)
    return tuple(float(q) for q in np.quantile(numbers, levels)) if len(numbers) else None


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Halve until neighbouring numbers are reached."""
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if rising(middle) < 0:
            low = middle
        else:
            high = middle


def _gamma_share(shape: float, x: float) -> float:
    """Return the regularised lower incomplete gamma function, by its series."""
    if x <= 0:
        return 0.0
    term = total = 1 / shape
    at = shape
    for _ in range(_STEPS):
        at += 1
        term *= x / at
        total += term
        if term < total * 1e-17:
            break
    return total * math.exp(shape * math.log(x) - x - math.lgamma(shape))


def _beta_share(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function, by Lentz's continued fraction."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _STEPS):
        for top in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _nonzero(1 + top * d)
            c = _nonzero(1 + top / c)
            found *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return found


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
