"""Paired differences of every two candidates on every metric, all from one bootstrap, corrected together."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from harness import stats
from harness.stats.bootstrap import MAX_CLUSTERS, bca
from harness.stats.clusters import informative
from harness.stats.intervals import robust, standard_error
from harness.stats.margins import EQUIVALENCE, ONE_SIDED
from harness.summary.estimating import eligible_groundedness, estimated, mean_of, rate_of
from harness.summary.grid import grid_of
from harness.summary.nouns import Difference, Sensitivity
from harness.summary.table import NOTHING, Column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from harness.records import Direction, Metric
    from harness.summary.grid import Grid, Matrix
    from harness.summary.nouns import Change, Estimate
    from harness.summary.table import Table

__all__ = ["SIGNIFICANT", "Quantity", "contrasts", "quantities", "verdict", "within_margin"]

SIGNIFICANT: Final = 0.05
_WITHIN: Final = (-1.0, 1.0)
_FEW: Final = 4
_AT_ONCE: Final = 64
"""Pairs worked on at a time: keeps memory flat however many candidates there are."""

Pairs: TypeAlias = "Sequence[tuple[int, int]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What is compared: a metric, or a figure made of one."""

    name: str
    direction: Direction
    column: Callable[[Table], Column]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raw:
    """One quantity of one pair before corrections; `gain` is the difference, better being positive."""

    first: Estimate
    second: Estimate
    difference: Estimate
    p_value: float | None
    error: float | None
    freedom: int


def quantities(metrics: Sequence[Metric]) -> tuple[Quantity, ...]:
    """Return what two runs that both have the metrics are compared on.

    Beside the metrics: `eligible_groundedness`, which the ranking goes by, and `hallucination_rate`, the share of
    answers with an unsupported span.
    """
    found = []
    for metric in metrics:
        found.append(Quantity(name=metric.name, direction=metric.direction, column=_scores(metric.name)))
        if metric.name == "groundedness":
            found.append(Quantity(name="eligible_groundedness", direction="higher", column=eligible_groundedness))
        if metric.name == "hallucination":
            found.append(Quantity(name="hallucination_rate", direction="lower", column=_not_passed(metric.name)))
    return tuple(found)


def _scores(metric: str) -> Callable[[Table], Column]:
    return lambda table: table.values.get(metric, NOTHING)


def _not_passed(metric: str) -> Callable[[Table], Column]:
    def column(table: Table) -> Column:
        passed = table.passed.get(metric, NOTHING)
        return Column(rows=passed.rows, values=1 - passed.values)

    return column


def contrasts(
    tables: Sequence[Table], compared: Sequence[Quantity], *, margin: float | None = None, tag: str | None = None
) -> dict[tuple[int, int], tuple[Difference, ...]]:
    """Return for every two tables `second - first` on every quantity, with an interval and tests.

    p-values are corrected over all pairs and quantities together. With a `tag` only its rows count.
    """
    pairs = list(combinations(range(len(tables)), 2))
    grid = grid_of(tables)
    rows = np.ones(len(grid.keys), dtype=bool)
    if tag is not None:
        rows &= grid.marked([table.tags.get(tag, NOTHING.rows) for table in tables]).any(axis=1)
    work = _Work.of(grid, rows)
    broken = grid.marked([table.broken_rows for table in tables])[rows]
    columns = [grid.values([quantity.column(table) for table in tables])[rows] for quantity in compared]
    raw = [list(work.compared(values, pairs)) for values in columns]
    missed, hit = (
        _verdicts(_filled(columns, compared, broken, worst=worst), compared, pairs, work) if broken.any() else []
        for worst in (True, False)
    )
    holm, false_discovery = (
        _table(correct([one.p_value for row in raw for one in row]), len(pairs))
        for correct in (stats.holm, stats.benjamini_hochberg)
    )
    found: dict[tuple[int, int], tuple[Difference, ...]] = {}
    for at, pair in enumerate(pairs):
        failures = int((broken[:, pair[0]] | broken[:, pair[1]]).sum())
        found[pair] = tuple(
            _difference(
                quantity,
                raw[number][at],
                corrected=(holm[number][at], false_discovery[number][at]),
                margin=margin,
                sensitivity=Sensitivity(failures=failures, if_missed=missed[number][at], if_hit=hit[number][at])
                if failures
                else None,
            )
            for number, quantity in enumerate(compared)
        )
    return found


def _difference(
    quantity: Quantity,
    raw: _Raw,
    *,
    corrected: tuple[float | None, float | None],
    margin: float | None,
    sensitivity: Sensitivity | None,
) -> Difference:
    return Difference(
        metric=quantity.name,
        direction=quantity.direction,
        first=raw.first,
        second=raw.second,
        difference=raw.difference,
        p_value=raw.p_value,
        verdict=verdict(
            raw.difference.value,
            corrected[0],
            quantity.direction,
            None
            if margin is None
            else within_margin(raw.difference, raw.error, raw.freedom, quantity.direction, margin),
        ),
        adjusted=corrected[0],
        false_discovery=corrected[1],
        error=raw.error,
        freedom=max(1, raw.freedom),
        detectable=stats.detectable(raw.error, raw.difference.clusters) if raw.error else None,
        sensitivity=sensitivity,
    )


def within_margin(
    difference: Estimate, error: float | None, freedom: int, direction: Direction, margin: float
) -> stats.Margins | None:
    """Test whether the second is not worse by more than the margin, or equivalent within it.

    By Student's t; and where the interval, which leaves room for clusters unseen, reaches beyond the margin, nothing is
    shown, however small the spread that was seen.
    """
    if difference.value is None or difference.low is None or difference.high is None or error is None:
        return None
    sign = 1.0 if direction == "higher" else -1.0
    found = stats.margins(sign * difference.value, error, max(1, freedom), margin=margin)
    worst, best = sorted((sign * difference.low, sign * difference.high))
    if error > 0 and freedom > _FEW:
        return found
    not_worse = max(found.not_worse, 0.0 if worst > -margin else 1.0)
    return dataclasses.replace(
        found, not_worse=not_worse, equivalent=max(found.equivalent, not_worse, 0.0 if best < margin else 1.0)
    )


def verdict(
    difference: float | None, p: float | None, direction: Direction, margins: stats.Margins | None = None
) -> Change:
    """Say whether the second is better; a difference counts only if the test, corrected, shows it at 5%.

    With a margin, what shows no difference may still be shown to be equivalent, or not worse; and what is shown to be
    worse may be so by less than the margin.
    """
    if p is None or difference is None:
        return "not comparable"
    not_worse = margins is not None and margins.not_worse < ONE_SIDED
    if p < SIGNIFICANT:
        if (difference > 0) == (direction == "higher"):
            return "better"
        return "worse within the margin" if not_worse else "worse"
    if margins is not None and margins.equivalent < EQUIVALENCE:
        return "equivalent"
    return "not worse" if not_worse else "no difference shown"


def _filled(
    columns: Sequence[Matrix], compared: Sequence[Quantity], broken: NDArray[np.bool_], *, worst: bool
) -> list[Matrix]:
    """Fill in what breakdowns left out: with misses, or with hits."""
    found = []
    for values, quantity in zip(columns, compared, strict=True):
        filled = 0.0 if worst == (quantity.direction == "higher") else 1.0
        found.append(np.where(broken & np.isnan(values), filled, values))
    return found


def _verdicts(columns: Sequence[Matrix], compared: Sequence[Quantity], pairs: Pairs, work: _Work) -> list[list[Change]]:
    tested = [list(work.tested(values, pairs)) for values in columns]
    adjusted = _table(stats.holm([p for row in tested for _, p in row]), len(pairs))
    return [
        [verdict(tested[number][at][0], adjusted[number][at], quantity.direction) for at in range(len(pairs))]
        for number, quantity in enumerate(compared)
    ]


def _table(flat: Sequence[float | None], width: int) -> list[Sequence[float | None]]:
    return [flat[start : start + width] for start in range(0, len(flat), max(1, width))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """Rows in clusters, and the one set of resamples that all pairs and quantities share."""

    codes: NDArray[np.intp]
    starts: NDArray[np.intp]
    drawn: Matrix | None

    @classmethod
    def of(cls, grid: Grid, rows: NDArray[np.bool_]) -> _Work:
        _, starts, codes = np.unique(grid.clusters[rows], return_index=True, return_inverse=True)
        few = 0 < len(starts) <= MAX_CLUSTERS
        return cls(codes=codes, starts=starts, drawn=stats.resampling(len(starts)) if few else None)

    def compared(self, values: Matrix, pairs: Pairs) -> Iterator[_Raw]:
        """Yield the estimates and the test of each pair."""
        estimate = cache(lambda run, rows: self._estimate(values[:, run], np.frombuffer(rows, dtype=bool)))
        for part in _parts(pairs):
            differences, both, sums, sizes, p = self._tests(values, part)
            means = stats.bootstrap_means(self.drawn, sums, sizes) if self.drawn is not None else None
            for at, (first, second) in enumerate(part):
                rows, kept = both[:, at], sizes[:, at] > 0
                if not rows.any():
                    nothing = estimated(0, np.array([]), None)
                    yield _Raw(first=nothing, second=nothing, difference=nothing, p_value=None, error=None, freedom=0)
                    continue
                own = sums[kept, at], sizes[kept, at]
                interval = (
                    bca(means[:, at], *own, within=_WITHIN) if means is not None else robust(*own, within=_WITHIN)
                )
                yield _Raw(
                    first=estimate(first, rows.tobytes()),
                    second=estimate(second, rows.tobytes()),
                    difference=estimated(int(kept.sum()), differences[rows, at], interval),
                    p_value=p[at],
                    error=standard_error(*own) if len(own[0]) > 1 else None,
                    freedom=min(int(kept.sum()) - 1, 2 * informative(*own)),
                )

    def tested(self, values: Matrix, pairs: Pairs) -> Iterator[tuple[float | None, float | None]]:
        """Yield the mean difference and the p-value of each pair."""
        for part in _parts(pairs):
            _, _, sums, sizes, p = self._tests(values, part)
            for at in range(len(part)):
                n = float(sizes[:, at].sum())
                yield (float(sums[:, at].sum()) / n if n else None), p[at]

    def _tests(
        self, values: Matrix, pairs: Pairs
    ) -> tuple[Matrix, NDArray[np.bool_], Matrix, Matrix, list[float | None]]:
        first, second = ([pair[side] for pair in pairs] for side in (0, 1))
        differences = values[:, second] - values[:, first]
        both = ~np.isnan(differences)
        differences = np.where(both, differences, 0.0)
        if not len(self.starts):
            return differences, both, differences, differences, [None] * len(pairs)
        sums = np.add.reduceat(differences, self.starts, axis=0)
        sizes = np.add.reduceat(both.astype(np.float64), self.starts, axis=0)
        flips = stats.sign_flips(sums)
        p: list[float | None] = []
        for at in range(len(pairs)):
            if not sizes[:, at].any():
                p.append(None)
            elif sizes[:, at].max() <= 1 and np.isin(sums[:, at], (-1.0, 0.0, 1.0)).all():
                p.append(stats.mcnemar(int((sums[:, at] < 0).sum()), int((sums[:, at] > 0).sum())))
            else:
                p.append(float(flips[at]))
        return differences, both, sums, sizes, p

    def _estimate(self, values: NDArray[Any], rows: NDArray[np.bool_]) -> Estimate:
        column = Column(rows=np.flatnonzero(rows), values=values[rows])
        verdicts = bool(np.isin(column.values, (0.0, 1.0)).all())
        return (rate_of if verdicts else mean_of)(column, self.codes)


def _parts(pairs: Pairs) -> Iterator[Pairs]:
    for start in range(0, len(pairs), _AT_ONCE):
        yield pairs[start : start + _AT_ONCE]
