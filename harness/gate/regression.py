"""Rules against a baseline run: is a quantity shown to be worse, or not shown to be no worse by more than a margin?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from harness.errors import GateError, UsageError
from harness.gate.rules import hint
from harness.stats import spent
from harness.summary import compare, within_margin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.gate.rules import Rule, Rules
    from harness.records import Run
    from harness.summary import CandidateSummary, Comparison, Difference, Subgroup

__all__ = ["SIGNIFICANT", "RuleResult", "against_baseline", "baseline_of", "regression", "undecided"]

SIGNIFICANT: Final = 0.05
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """One rule held against one candidate; `reason` says in words why it is met or not."""

    rule: str
    candidate: str
    observed: float
    bound: float
    passed: bool
    reason: str


def against_baseline(rules: Rules, runs: Sequence[Run], baseline: Sequence[Run]) -> dict[str, Comparison]:
    """Compare each run that a rule concerns with the baseline's run of the same candidate (or its only one).

    Raises:
        GateError: the baseline has no such candidate, or was run on other cases or by another detector or scorer.
    """
    concerned = [rule for rule in rules.rules if rule.against is not None]
    tags = sorted({rule.tag for rule in concerned if rule.tag is not None})
    found = {}
    for run in runs:
        name = run.header.candidate
        asking = [r for r in concerned if r.candidate == name or (r.candidate is None and not run.header.baseline)]
        if asking:
            try:
                found[name] = compare(baseline_of(run, baseline), run, tags=tags)
            except GateError as error:
                undecided(asking[0], str(error))
            except UsageError as error:
                why = str(error).replace(", or pass --allow-unlike", "")
                undecided(asking[0], f"{why} `harness gate --update-baseline` makes this run the baseline")
    return found


def baseline_of(run: Run, baseline: Sequence[Run]) -> Run:
    """Return the baseline's run of the same candidate, or its only one.

    Raises:
        GateError: there is none.
    """
    named = [other for other in baseline if other.header.candidate == run.header.candidate]
    if not named and len(baseline) == 1:
        return baseline[0]
    if not named:
        names = hint(run.header.candidate, (other.header.candidate for other in baseline))
        msg = f"the baseline has no run of candidate {run.header.candidate!r}.{names}"
        raise GateError(msg)
    return named[0]


def regression(
    rule: Rule, candidate: CandidateSummary, baseline: Mapping[str, Comparison] | None, *, look: int | None = None
) -> RuleResult:
    """Hold a rule against the baseline, at 5% or at what the look of that number may spend of it."""
    level = SIGNIFICANT if look is None else spent(look)
    if baseline is None or candidate.name not in baseline:
        undecided(rule, "there is no baseline run. Name its folder with `baseline:` or --baseline")
    row = _row(rule, baseline[candidate.name], candidate)
    found = row.difference
    if found.value is None or found.low is None or found.high is None or row.p_value is None or row.error is None:
        undecided(rule, f"candidate {candidate.name!r} and the baseline have too few answers in common to compare")
    gain = found.value if row.direction == "higher" else -found.value
    seen = f"{100 * found.value:+.1f} points (95% {100 * found.low:+.1f} to {100 * found.high:+.1f}, {found.n} pairs"
    spending = "" if look is None else f", look {look} spends {level:.2g}"
    could = "" if row.detectable is None else f"; so many show {100 * row.detectable:.1f} points"
    if rule.margin is not None:
        tested = within_margin(found, row.error, row.freedom, row.direction, rule.margin)
        p = 1.0 if tested is None else tested.not_worse
        met = p < level / 2
        said = "met" if met else f"not shown to be within {100 * rule.margin:g} points of the baseline"
    else:
        p = row.p_value
        met = not (p < level and gain < 0 and -gain >= rule.min_effect - _ROUNDING)
        shown = "met: no regression shown" if p >= level or gain >= 0 else "met: worse by less than min_effect"
        said = shown if met else "worse than the baseline"
    return RuleResult(
        rule=str(rule),
        candidate=candidate.name,
        observed=found.value,
        bound=rule.bound,
        passed=met,
        reason=f"{said}: {seen}, p {p:.2g}{spending}{could})",
    )


def _row(rule: Rule, comparison: Comparison, candidate: CandidateSummary) -> Difference | Subgroup:
    if rule.tag is None:
        known = {row.metric: row for row in comparison.differences}
        if rule.metric not in known:
            undecided(rule, f"it was not scored in both runs.{hint(rule.metric, known)}")
        return known[rule.metric]
    tagged = [row for row in comparison.subgroups if row.metric == rule.metric]
    for row in tagged:
        if row.tag == rule.tag:
            return row
    return undecided(rule, f"no such score on tag {rule.tag!r} in both runs.{hint(rule.tag, candidate.by_tag)}")


def undecided(rule: Rule, why: str) -> NoReturn:
    """Say that the gate can't be decided, and why.

    Raises:
        GateError: always.
    """
    msg = f"{rule.location}: the rule {str(rule)!r} can't be decided: {why}".removeprefix(": ")
    raise GateError(msg if msg.endswith(".") else f"{msg}.")
