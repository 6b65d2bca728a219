"""From columns of numbers to estimates: which interval and which test a quantity gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness import stats
from harness.summary.nouns import Distribution, Estimate
from harness.summary.table import NOTHING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.summary.table import Column, Table

__all__ = ["difference_of", "distribution", "eligible_groundedness", "mean_of", "mean_within", "p_value", "rate_of"]


def mean_of(column: Column, clusters: NDArray[np.intp]) -> Estimate:
    """Estimate the mean of scores in [0, 1]; `clusters` are those of the whole table."""
    codes = clusters[column.rows]
    return _estimate(column.values, codes, stats.mean_interval(column.values, codes))


def mean_within(column: Column, clusters: NDArray[np.intp], within: tuple[float, float]) -> Estimate:
    """Estimate the mean of scores that lie within other bounds than 0 and 1."""
    codes = clusters[column.rows]
    return _estimate(column.values, codes, stats.mean_interval(column.values, codes, within=within))


def rate_of(column: Column, clusters: NDArray[np.intp]) -> Estimate:
    """Estimate the share of ones among zeros and ones."""
    codes = clusters[column.rows]
    return _estimate(column.values, codes, stats.rate_interval(column.values, codes))


def difference_of(values: NDArray[np.float64], codes: NDArray[np.intp]) -> Estimate:
    """Estimate the mean of paired differences of scores, in [-1, 1]."""
    return _estimate(values, codes, stats.mean_interval(values, codes, within=(-1.0, 1.0)))


def p_value(differences: NDArray[np.float64], codes: NDArray[np.intp]) -> float | None:
    """Test that paired differences are zero on average.

    Exact McNemar for verdicts on independent cases; else sign flips of whole clusters.
    """
    verdicts = bool(np.isin(differences, (-1.0, 0.0, 1.0)).all())
    if verdicts and len(np.unique(codes)) == len(codes) > 0:
        return stats.mcnemar(int((differences < 0).sum()), int((differences > 0).sum()))
    return stats.sign_flip(differences, codes)


def eligible_groundedness(table: Table) -> Column:
    """Return groundedness over the answers that do answer, in full or in part, and address the query.

    Refusing everything but the easy cases, or talking of something else, must not make a candidate look grounded. Where
    refusals or eligibility were not scored, all answers count.
    """
    column = table.values.get("groundedness", NOTHING)
    eligible = table.values.get("eligibility", NOTHING)
    column = column.among(np.setdiff1d(column.rows, eligible.rows[eligible.values == 0], assume_unique=True))
    if not table.responses:
        return column
    return column.among(np.concatenate([table.responses.get(kind, NOTHING.rows) for kind in ("answered", "partial")]))


def distribution(column: Column) -> Distribution:
    """Return the quantiles of a quantity over answers."""
    found = stats.quantiles(column.values, (0.05, 0.5, 0.95, 1.0))
    if found is None:
        return Distribution(n=0)
    return Distribution(n=len(column.values), p5=found[0], p50=found[1], p95=found[2], max=found[3])


def _estimate(values: NDArray[np.float64], codes: NDArray[np.intp], interval: stats.Interval | None) -> Estimate:
    if interval is None:
        return Estimate(value=None, low=None, high=None, n=0, clusters=0, method="nothing to estimate from")
    return Estimate(
        value=float(values.mean()),
        low=interval.low,
        high=interval.high,
        n=len(values),
        clusters=len(np.unique(codes)),
        method=interval.method,
    )
