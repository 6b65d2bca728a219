"""Many runs over time: each metric's trend with its intervals, and who regressed when.

Every later run of a candidate is held against its first over the same cases, paired. That is one look more each time,
so the level of each look is a part of 5% (`stats.spent`): however many nights are looked at, a candidate that never
changed is called worse in no more than one history of twenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import stats
from harness.summary.contrasting import contrasts, quantities

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.records import Direction, Header
    from harness.summary.nouns import Difference, Estimate
    from harness.summary.table import Table

__all__ = ["History", "Night", "Point", "Trend", "history"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One run of one candidate: where it lies, its header and its numbers."""

    path: str
    header: Header
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A metric in one run; `against_first` is its difference to the first run that it can be held against."""

    path: str
    started: str
    version: str
    estimate: Estimate
    against_first: Estimate | None
    p_value: float | None
    level: float | None
    """The level that this look may spend."""
    regressed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One metric of one candidate over its runs, oldest first."""

    candidate: str
    metric: str
    direction: Direction
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All trends; `restarts` says in words where a run could not be held against an earlier one, and why."""

    trends: tuple[Trend, ...]
    restarts: tuple[str, ...] = ()


def history(nights: Iterable[Night]) -> History:
    """Put the runs of each candidate in order of time and hold each against the first of its like."""
    by_candidate: dict[str, list[Night]] = {}
    for night in sorted(nights, key=lambda night: (night.header.started, night.path)):
        by_candidate.setdefault(night.header.candidate, []).append(night)
    trends: list[Trend] = []
    restarts: list[str] = []
    for candidate, members in sorted(by_candidate.items()):
        found, broken = _trends(candidate, members)
        trends += found
        restarts += broken
    return History(trends=tuple(trends), restarts=tuple(restarts))


def _trends(candidate: str, nights: Sequence[Night]) -> tuple[list[Trend], list[str]]:
    first, look = nights[0], 0
    points: dict[str, list[Point]] = {}
    directions: dict[str, Direction] = {}
    restarts = []
    for night in nights:
        reason = _unlike(first, night)
        if reason:
            restarts.append(f"{candidate!r}: {night.path} starts anew: {reason}")
            first, look = night, 0
        level = None if night is first else stats.spent(look := look + 1)
        for row in _against(first, night):
            directions[row.metric] = row.direction
            points.setdefault(row.metric, []).append(_point(night, row, level))
    return [
        Trend(candidate=candidate, metric=metric, direction=directions[metric], points=tuple(found))
        for metric, found in sorted(points.items())
    ], restarts


def _unlike(first: Night, night: Night) -> str:
    """Return why two runs of a candidate can't be held against each other; empty if they can."""
    mine, theirs = first.header, night.header
    if mine.cases_digest != theirs.cases_digest:
        return "other cases"
    if (mine.detector, mine.scorers) != (theirs.detector, theirs.scorers):
        return "another detector or other scorers"
    if mine.versions.get("detector") != theirs.versions.get("detector"):
        return "another version of the detector"
    return ""


def _against(first: Night, night: Night) -> tuple[Difference, ...]:
    theirs = {metric.name for metric in first.header.metrics}
    compared = quantities([metric for metric in night.header.metrics if metric.name in theirs])
    return contrasts((first.table, night.table), compared)[0, 1]


def _point(night: Night, row: Difference, level: float | None) -> Point:
    value = row.difference.value
    worse = value is not None and (value < 0) == (row.direction == "higher") and value != 0
    return Point(
        path=night.path,
        started=night.header.started,
        version=night.header.versions.get("faithful-harness", ""),
        estimate=row.second,
        against_first=None if level is None else row.difference,
        p_value=None if level is None else row.p_value,
        level=level,
        regressed=bool(level is not None and row.p_value is not None and worse and row.p_value <= level),
    )
