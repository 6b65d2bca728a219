"""Tests against a margin: superior, not worse by more than the margin, equivalent within it."""

from __future__ import annotations

from dataclasses import dataclass

from harness.stats.distributions import student_cdf

__all__ = ["EQUIVALENCE", "ONE_SIDED", "Margins", "margins"]

ONE_SIDED = 0.025
"""The level of superiority and non-inferiority: half of the usual 5%, as the interval's one end has it."""
EQUIVALENCE = 0.05
"""The level of both one-sided tests of equivalence (Schuirmann 1987)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """One-sided p-values: of being better, of being not worse by more than the margin, of lying within it."""

    superior: float
    not_worse: float
    equivalent: float


def margins(gain: float, error: float, freedom: float, *, margin: float) -> Margins:
    """Return the p-values for a gain (better is positive) with its standard error and degrees of freedom.

    By Student's t; without any spread (`error` 0) a gain is beyond doubt on its side. `margin` must be above 0.

    >>> found = margins(0.01, 0.01, 200, margin=0.05)
    >>> found.superior > 0.025, found.not_worse < 0.025, found.equivalent < 0.05
    (True, True, True)
    """
    above = _p(gain, error, freedom)
    low, high = _p(gain + margin, error, freedom), _p(margin - gain, error, freedom)
    return Margins(superior=above, not_worse=low, equivalent=max(low, high))


def _p(distance: float, error: float, freedom: float) -> float:
    if error <= 0:
        return 0.0 if distance > 0 else 1.0
    return 1 - student_cdf(distance / error, freedom)
