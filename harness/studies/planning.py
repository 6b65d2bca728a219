"""How many cases and trials a comparison needs: from runs at hand, or from what is to be expected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from harness import stats
from harness.errors import UsageError
from harness.report.figures import Table
from harness.summary import paired_differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.records import Run

__all__ = ["Plan", "of_discordance", "of_runs", "sentences", "table"]

_CASES: Final = (50, 100, 200, 500, 1000, 2000, 5000)
_TRIALS: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The spread that planning starts from, and what is wanted of it.

    `cases_per_cluster` turns clusters, by which the spread counts, into cases.
    """

    what: str
    power: float
    difference: float | None
    spread: stats.Spread
    cases_per_cluster: float

    def detectable(self, cases: int, trials: int) -> float:
        """Return the smallest difference that so many cases and trials show."""
        clusters = max(2, round(cases / self.cases_per_cluster))
        return stats.detectable(self.spread.at(clusters, trials), clusters, power=self.power)

    def needed(self, trials: int) -> int | None:
        """Return how many cases show the difference with so many trials; None if none is set."""
        if self.difference is None:
            return None
        error = self.spread.at(self.spread.clusters, trials)
        clusters = stats.clusters_needed(self.difference, error, self.spread.clusters, power=self.power)
        return None if clusters is None else math.ceil(clusters * self.cases_per_cluster)


def of_discordance(discordance: float, power: float, difference: float | None) -> Plan:
    """Plan for verdicts of independent cases of which that share differ between two candidates.

    Raises:
        UsageError: the discordance is no share above 0.
    """
    if not 0 < discordance <= 1:
        msg = f"--discordance must lie above 0 and up to 1, not {discordance:g}."
        raise UsageError(msg)
    error = stats.discordance_spread(discordance, difference or 0.0)
    spread = stats.Spread(error=error, trial_part=0.0, clusters=1, trials=1)
    what = f"verdicts of which {discordance:.0%} differ"
    return Plan(what=what, power=power, difference=difference, spread=spread, cases_per_cluster=1)


def of_runs(first: Run, second: Run | None, metric: str, power: float, difference: float | None) -> Plan:
    """Plan from the paired differences of two runs, or, of one run, from those between its trials.

    Raises:
        UsageError: the runs have too few answers in common, or the one run has one trial a case.
    """
    values, cases, clusters = paired_differences(first, second, metric)
    spread = stats.spread(values, cases, clusters)
    if spread is None:
        msg = (
            f"{first.header.candidate!r} has one trial a case, so nothing can be paired. Name a second run."
            if second is None
            else f"fewer than two independent groups of cases have {metric!r} in common. Name runs over the same cases."
        )
        raise UsageError(msg)
    names = first.header.candidate if second is None else f"{second.header.candidate} against {first.header.candidate}"
    return Plan(
        what=f"{metric}, {names}",
        power=power,
        difference=difference,
        spread=spread,
        cases_per_cluster=len(np.unique(cases)) / spread.clusters,
    )


def table(plan: Plan) -> Table:
    """Return the smallest difference that is shown, by cases and trials."""
    return Table(
        title=f"Smallest difference shown with {plan.power:.0%} power, in points ({plan.what})",
        columns=("cases", *(f"{trials} trial{'s' if trials > 1 else ''}" for trials in _columns(plan))),
        rows=tuple(
            (f"{cases:,}", *(f"{100 * plan.detectable(cases, trials):.1f}" for trials in _columns(plan)))
            for cases in _CASES
        ),
    )


def _columns(plan: Plan) -> tuple[int, ...]:
    """Return the numbers of trials worth a column: more than one only where they lessen anything."""
    return _TRIALS if plan.spread.trial_part > 0 else (1,)


def sentences(plan: Plan) -> Iterator[str]:
    """Say how many cases the wanted difference needs."""
    if plan.difference is not None:
        for trials in _columns(plan):
            said = "1 trial" if trials == 1 else f"{trials} trials"
            yield f"{plan.needed(trials):,} cases show {100 * plan.difference:g} points with {said} each"
    if plan.spread.trial_part == 0 and plan.spread.clusters > 1:
        yield "one trial a case: what more trials would lessen can't be seen here. Run with --trials 2 or more."
