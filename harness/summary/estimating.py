"""From columns of numbers to estimates: which interval and which test a quantity gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness import stats
from harness.stats.clusters import coded, count
from harness.summary.nouns import Distribution, Estimate, Repeats
from harness.summary.table import NOTHING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.summary.table import Column, Table

__all__ = ["distribution", "eligible_groundedness", "estimated", "mean_of", "mean_within", "rate_of", "repeats"]


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


def repeats(column: Column, table: Table) -> Repeats | None:
    """Return how steady the verdicts of a case are over its trials; None where no case has two."""
    if not table.repeated:
        return None
    _, codes = np.unique([table.ids[row] for row in column.rows], return_inverse=True)
    trials = np.bincount(codes) if len(codes) else np.array([], dtype=np.intp)
    k = int(np.bincount(trials).argmax()) if len(trials) else 0
    if k < 2:  # noqa: PLR2004 - one trial tells nothing of steadiness
        return None
    passed, full = np.bincount(codes, weights=column.values), trials >= k
    firsts = np.unique(codes, return_index=True)[1][full]
    clusters = table.clusters[column.rows[firsts]]
    figures = (
        stats.pass_at(passed[full], trials[full], k),
        stats.pass_hat(passed[full], trials[full], k),
        stats.flip_rate(passed[full], trials[full]),
    )
    any_, all_, flips = (_estimate(values, clusters, stats.mean_interval(values, clusters)) for values in figures)
    return Repeats(k=k, pass_at=any_, pass_hat=all_, flip_rate=flips)


def _estimate(values: NDArray[np.float64], codes: NDArray[np.intp], interval: stats.Interval | None) -> Estimate:
    return estimated(count(coded(values, codes)[1]), values, interval)


def estimated(clusters: int, values: NDArray[np.float64], interval: stats.Interval | None) -> Estimate:
    """Put the mean of the values beside its interval; without one there is nothing to estimate from."""
    if interval is None:
        return Estimate(value=None, low=None, high=None, n=0, clusters=0, method="nothing to estimate from")
    return Estimate(
        value=float(values.mean()),
        low=interval.low,
        high=interval.high,
        n=len(values),
        clusters=clusters,
        method=interval.method,
    )
