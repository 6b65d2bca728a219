"""Rules held against a summary: which are unmet, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from harness.gate.regression import RuleResult, regression, undecided
from harness.gate.rules import hint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.gate.rules import Rule, Rules
    from harness.summary.nouns import CandidateSummary, Comparison, Estimate, Summary

__all__ = ["AMOUNT_OF", "SHARE_OF", "GateResult", "check"]

_ROUNDING: Final = 1e-9  # 1 - 0.7 is above 0.3 by a hair, and still meets "at most 0.3"
SHARE_OF: Final[dict[str, Callable[[CandidateSummary], Estimate]]] = {
    "missed_refusals": lambda c: c.refusal.missed_refusals,
    "over_refusals": lambda c: c.refusal.over_refusals,
    "refusal_f1": lambda c: c.refusal.refusal_f1,
    "grounded_refusal_f1": lambda c: c.refusal.grounded_refusal_f1,
    "truthfulness": lambda c: c.refusal.truthfulness,
    "eligible_groundedness": lambda c: c.eligible_groundedness,
}
AMOUNT_OF: Final[dict[str, Callable[[CandidateSummary], float | None]]] = {
    "failures": lambda c: c.broken / c.planned if c.planned else None,
    "cost": lambda c: c.cost,
    "latency_p50": lambda c: c.latency.p50,
    "latency_p95": lambda c: c.latency.p95,
    "first_token_p50": lambda c: c.first_token.p50,
    "first_token_p95": lambda c: c.first_token.p95,
    "words_p95": lambda c: c.words.p95,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """Whether all rules are met, and each rule's result, in the order of the file."""

    passed: bool
    results: tuple[RuleResult, ...]


def check(
    rules: Rules,
    summary: Summary,
    baseline: Mapping[str, Comparison] | None = None,
    *,
    looks: Mapping[str, int] | None = None,
) -> GateResult:
    """Hold every rule against every candidate that it concerns.

    `baseline` holds, for each candidate, how it compares to the baseline run (`gate.against_baseline` makes it). With
    `looks`, the number of this look at the baseline for each candidate, the rules against it spend a part of their 5%
    at each look: looking every night cries wolf no oftener.

    Raises:
        GateError: the gate cannot be decided: nothing was run, a candidate, metric or tag is missing, an answer is
            missing, there are too few cases, the price is unknown, or there is no baseline.
    """
    looks = looks or {}
    results = tuple(
        _result(rule, candidate, rules)
        if rule.against is None
        else regression(rule, _enough(rule, candidate, rules), baseline, look=looks.get(candidate.name))
        for rule in rules.rules
        for candidate in _concerned(rule, summary)
    )
    return GateResult(passed=all(result.passed for result in results), results=results)


def _concerned(rule: Rule, summary: Summary) -> tuple[CandidateSummary, ...]:
    if rule.candidate is None:
        found = tuple(c for c in summary.candidates if not c.header.baseline)
        if not found:
            undecided(rule, "no candidate was run. Run one, then check again")
        return found
    named = tuple(c for c in summary.candidates if c.name == rule.candidate)
    if not named:
        undecided(rule, f"no candidate {rule.candidate!r}.{hint(rule.candidate, (c.name for c in summary.candidates))}")
    return named


def _enough(rule: Rule, candidate: CandidateSummary, rules: Rules) -> CandidateSummary:
    """Return the candidate if it was asked enough to be judged."""
    who = f"candidate {candidate.name!r}"
    if candidate.missing:
        missing = f"{candidate.missing} of {candidate.planned} answers of {who} are missing"
        undecided(rule, f"{missing}. Finish the run with --resume")
    if candidate.cases < max(1, rules.min_cases):
        wanted = f"at least {max(1, rules.min_cases)} are needed (min_cases)"
        undecided(rule, f"{who} answered {candidate.cases} cases, and {wanted}. Run more cases")
    return candidate


def _result(rule: Rule, candidate: CandidateSummary, rules: Rules) -> RuleResult:
    _enough(rule, candidate, rules)
    observed, detail = _observed(rule, candidate)
    over = observed - rule.bound
    met = over >= -_ROUNDING if rule.at_least is not None else over <= _ROUNDING
    side = "below" if rule.at_least is not None else "above"
    verdict = f"met: {_number(observed)}" if met else f"{_number(observed)} is {side} {rule.bound:g}"
    return RuleResult(
        rule=str(rule),
        candidate=candidate.name,
        observed=observed,
        bound=rule.bound,
        passed=met,
        reason=f"{verdict}{detail}",
    )


def _observed(rule: Rule, candidate: CandidateSummary) -> tuple[float, str]:
    """Return the number that the rule is about, and what it rests on, in words."""
    who = f"candidate {candidate.name!r}"
    if rule.metric in AMOUNT_OF:
        amount = AMOUNT_OF[rule.metric](candidate)
        if amount is None:
            why = "the price of some request is unknown" if rule.metric == "cost" else "nothing was measured"
            undecided(rule, f"{who} has no {rule.metric!r}: {why}. Drop the rule, or record what it needs")
        return amount, ""
    estimate = _estimate(rule, candidate)
    kind = rule.on.rsplit("_", 1)[-1] if rule.on.endswith(("low", "high")) else "mean"
    low, high = estimate.low, estimate.high
    if rule.on.startswith("rate"):  # what does not pass: the mirror image of what passes
        low, high = (None if high is None else 1 - high), (None if low is None else 1 - low)
    value = None if estimate.value is None else 1 - estimate.value if rule.on.startswith("rate") else estimate.value
    chosen = {"low": low, "high": high, "mean": value}[kind]
    if chosen is None or value is None or low is None or high is None:
        undecided(rule, f"{who} has no answer that {rule.metric!r} applies to. Add cases that it applies to")
    return chosen, f" ({value:.3g}, 95% {low:.3g} to {high:.3g}, {estimate.n} answers)"


def _estimate(rule: Rule, candidate: CandidateSummary) -> Estimate:
    if rule.metric in SHARE_OF:
        return SHARE_OF[rule.metric](candidate)
    if rule.metric not in candidate.metrics:
        known = (*candidate.metrics, *SHARE_OF, *AMOUNT_OF)
        undecided(rule, f"candidate {candidate.name!r} was not scored on it.{hint(rule.metric, known)}")
    of_passed = "rate" in rule.on
    if rule.tag is None:
        metric = candidate.metrics[rule.metric]
        return metric.pass_rate if of_passed else metric.mean
    by_tag = candidate.passed_by_tag if of_passed else candidate.by_tag
    if rule.metric not in by_tag.get(rule.tag, {}):
        tags = (tag for tag, metrics in by_tag.items() if rule.metric in metrics)
        undecided(rule, f"candidate {candidate.name!r} has no such score on tag {rule.tag!r}.{hint(rule.tag, tags)}")
    return by_tag[rule.tag][rule.metric]


def _number(value: float) -> str:
    return f"{value:.4g}"
