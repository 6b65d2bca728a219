"""Differences that may be looked at while two runs are still going on, as often as one likes."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from harness import stats
from harness.summary.comparing import refuse_unlike
from harness.summary.nouns import AnytimeDifference, Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.records import Direction, Record, Run

__all__ = ["anytime"]


def anytime(first: Run, second: Run, *, allow_unlike: bool = False) -> tuple[AnytimeDifference, ...]:
    """Return `second - first` of each metric, with bounds that hold at all times at once (`stats.confidence_sequence`).

    The values are the clusters' mean differences, in the order in which the second run has them: cases are asked in a
    shuffled order, so at every moment those that are there stand for all. Stop when a bound leaves 0, or when both are
    near enough: that the reader chose the moment makes no error likelier. Clusters weigh alike, whatever their size.

    Raises:
        UsageError: the cases, the detector or the scorers differ, and `allow_unlike` is not set.
    """
    if not allow_unlike:
        refuse_unlike(first.header, second.header)
    theirs = {metric.name for metric in second.header.metrics}
    metrics: dict[str, Direction] = {m.name: m.direction for m in first.header.metrics if m.name in theirs}
    known = {(record.case_id, record.trial, name): value for record in first.records for name, value in _values(record)}
    gathered: dict[str, dict[tuple[bool, str], list[float]]] = {name: {} for name in metrics}
    for record in second.records:
        cluster = (record.group is None, record.group or record.case_id)
        for name, value in _values(record):
            before = known.get((record.case_id, record.trial, name))
            if before is not None and name in gathered:
                gathered[name].setdefault(cluster, []).append(value - before)
    return tuple(_bounded(name, metrics[name], clusters.values()) for name, clusters in gathered.items() if clusters)


def _values(record: Record) -> Iterator[tuple[str, float]]:
    return ((score.metric, score.value) for score in record.scores if score.value is not None)


def _bounded(metric: str, direction: Direction, clusters: Iterable[list[float]]) -> AnytimeDifference:
    values = [fmean(differences) for differences in clusters]
    low, high = stats.confidence_sequence(values, within=(-1.0, 1.0))
    found = Estimate(
        value=fmean(values),
        low=float(low[-1]),
        high=float(high[-1]),
        n=len(values),
        clusters=len(values),
        method="confidence sequence",
    )
    return AnytimeDifference(metric=metric, direction=direction, difference=found)
