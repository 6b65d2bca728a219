"""The real candidates against each other: every comparison, the places they may hold, where they differ most."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from harness import stats
from harness.stats.bootstrap import MAX_CLUSTERS, MIN_INFORMATIVE
from harness.summary.contrasting import SIGNIFICANT, contrasts, quantities
from harness.summary.deciding import rivals
from harness.summary.estimating import eligible_groundedness
from harness.summary.grid import grid_of
from harness.summary.noting import unlike
from harness.summary.nouns import Comparison, Disagreement
from harness.summary.table import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from harness.records import Metric
    from harness.summary.deciding import Contender
    from harness.summary.nouns import CandidateSummary, Difference
    from harness.summary.table import Table

__all__ = ["MAX_DISAGREEMENTS", "Contest", "contest"]

MAX_DISAGREEMENTS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What the real candidates, best ranked first, come to when held against each other."""

    comparisons: tuple[Comparison, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def placed(self, candidate: CandidateSummary) -> CandidateSummary:
        """Return the candidate with its places and letters."""
        places, group = self.places.get(candidate.name), self.groups.get(candidate.name, "")
        return dataclasses.replace(candidate, places=places, group=group)

    def between(self, first: str, second: str) -> Difference:
        """Return the difference in groundedness over the answers that do answer, `second - first`."""
        (found,) = (c for c in self.comparisons if (c.first, c.second) == (first, second))
        return next(row for row in found.differences if row.metric == "eligible_groundedness")


def contest(ranked: Sequence[Contender]) -> Contest:
    """Hold every two rivals against each other; nothing to hold where there is but one."""
    real = rivals(ranked)
    if len(real) < 2:  # noqa: PLR2004 - a contest needs two
        return Contest()
    names, tables = [c.summary.name for c in real], [c.table for c in real]
    found = contrasts(tables, quantities(_metrics(real)))
    comparisons = tuple(
        Comparison(
            first=names[i],
            second=names[j],
            pairs=len(set(tables[i].keys) & set(tables[j].keys)),
            differences=tuple(row for row in rows if row.p_value is not None or row.metric == "eligible_groundedness"),
            unlike=unlike(real[i].summary.header, real[j].summary.header),
        )
        for (i, j), rows in found.items()
    )
    different = np.zeros((len(real), len(real)), dtype=bool)
    for (i, j), rows in found.items():
        p = next((row.adjusted for row in rows if row.metric == "eligible_groundedness"), None)
        different[i, j] = different[j, i] = p is not None and p < SIGNIFICANT
    return Contest(
        comparisons=comparisons,
        disagreements=_disagreements(names, tables),
        places=_places(names, tables, different),
        groups=dict(zip(names, stats.groups(different), strict=True)),
    )


def _metrics(real: Sequence[Contender]) -> tuple[Metric, ...]:
    """Return the metrics of all, each once; groundedness always, because the ranking goes by it."""
    found = {metric.name: metric for c in real for metric in c.summary.header.metrics}
    return tuple(found.values())


def _places(names: Sequence[str], tables: Sequence[Table], different: NDArray[np.bool_]) -> dict[str, tuple[int, int]]:
    """Return the places by the paired bootstrap; with few clusters, or very many, by the corrected tests alone."""
    grid = grid_of(tables)
    values = grid.values([eligible_groundedness(table) for table in tables])
    scored = [at for at in range(len(names)) if not np.isnan(values[:, at]).all()]
    clusters = int(grid.clusters.max()) + 1 if len(grid.keys) else 0
    if not scored:
        return {}
    values, different = values[:, scored], different[np.ix_(scored, scored)]
    means = np.nanmean(values, axis=0)
    if not MIN_INFORMATIVE <= clusters <= MAX_CLUSTERS:
        better, worse = different & (means[:, None] < means), different & (means[:, None] > means)
        ranges = zip(1 + better.sum(axis=1), len(scored) - worse.sum(axis=1), strict=True)
        return {names[at]: (int(first), int(last)) for at, (first, last) in zip(scored, ranges, strict=True)}
    starts = np.unique(grid.clusters, return_index=True)[1]
    sums = np.add.reduceat(np.nan_to_num(values), starts, axis=0)
    sizes = np.add.reduceat((~np.isnan(values)).astype(np.float64), starts, axis=0)
    resampled = stats.bootstrap_means(stats.resampling(clusters), sums, sizes)
    found = stats.places(resampled, means, clusters)
    return {names[at]: place for at, place in zip(scored, found, strict=True)}


def _disagreements(names: Sequence[str], tables: Sequence[Table]) -> tuple[Disagreement, ...]:
    grid = grid_of(tables)
    values = grid.values([table.values.get("groundedness", NOTHING) for table in tables])
    several = np.flatnonzero((~np.isnan(values)).sum(axis=1) > 1)
    spread = np.nanmax(values[several], axis=1) - np.nanmin(values[several], axis=1) if len(several) else np.array([])
    order = sorted(np.flatnonzero(spread > 0), key=lambda at: (-spread[at], grid.keys[several[at]]))
    found = []
    for at in order[:MAX_DISAGREEMENTS]:
        (case_id, trial), row = grid.keys[several[at]], values[several[at]]
        held = {name: float(value) for name, value in zip(names, row, strict=True) if not np.isnan(value)}
        found.append(Disagreement(case_id=case_id, trial=trial, values=held))
    return tuple(found)
