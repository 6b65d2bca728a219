"""Which candidate to ship, in words: must-pass rules first, then groundedness, then cost; no composite score.

A must-pass rule is missed only where the data show it: the whole interval lies on the wrong side of the limit. The
candidates that meet the rules are ranked by the lower bound of groundedness over the answers that do answer, then by
cost. The leader is shipped only if it beats every other by a paired test; otherwise those that can't be told from it
are named with it.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from harness import stats
from harness.summary.estimating import eligible_groundedness
from harness.summary.nouns import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.summary.contest import Contest
    from harness.summary.nouns import CandidateSummary, Difference, Estimate
    from harness.summary.table import Table

__all__ = [
    "MAX_BROKEN",
    "MAX_MISSED_REFUSALS",
    "MIN_COVERAGE",
    "MIN_WITHIN_LIMIT",
    "Contender",
    "decide",
    "rank",
    "rivals",
    "unmet_rules",
]

MAX_BROKEN: Final = 0.05
"""Share of a candidate's answers that may break down."""
MAX_MISSED_REFUSALS: Final = 0.10
"""Share of the unanswerable cases that may be answered; missed if the interval lies above."""
MIN_WITHIN_LIMIT: Final = 0.95
"""Share of the answers that must keep the word limit; missed if the interval lies below."""
MIN_COVERAGE: Final = 0.5
"""A candidate that was asked less than this share of what the fullest one was is shown, and is no rival to it."""
SIGNIFICANT: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A candidate with its numbers, and the part of them that the ranking goes by."""

    summary: CandidateSummary
    table: Table
    unmet: tuple[str, ...]

    @property
    def low(self) -> float | None:
        """The lower bound of groundedness over eligible answers, which the ranking goes by."""
        return self.summary.eligible_groundedness.low


def unmet_rules(candidate: CandidateSummary) -> tuple[str, ...]:
    """Return the must-pass rules that the candidate missed, in words."""
    unmet = []
    share = candidate.broken / candidate.planned if candidate.planned else 0.0
    if share > MAX_BROKEN:
        unmet.append(
            f"{candidate.broken} of {candidate.planned} answers broke down ({share:.0%}, at most {MAX_BROKEN:.0%})"
        )
    missed = candidate.refusal.missed_refusals
    if missed.low is not None and missed.low > MAX_MISSED_REFUSALS:
        unmet.append(
            f"answered {missed.value:.0%} of the unanswerable cases ({_interval(missed)}, at most "
            f"{MAX_MISSED_REFUSALS:.0%})"
        )
    limit = candidate.metrics.get("word_limit")
    if limit is not None and limit.pass_rate.high is not None and limit.pass_rate.high < MIN_WITHIN_LIMIT:
        unmet.append(
            f"kept the word limit in {limit.pass_rate.value:.0%} of the answers ({_interval(limit.pass_rate)}, at "
            f"least {MIN_WITHIN_LIMIT:.0%})"
        )
    return tuple(unmet)


def rank(contenders: Sequence[Contender]) -> tuple[Contender, ...]:
    """Return the contenders, best first; baselines come after the real candidates."""

    def key(contender: Contender) -> tuple[bool, bool, float, float, str]:
        cost = contender.summary.cost
        return (
            contender.summary.header.baseline,
            bool(contender.unmet),
            math.inf if contender.low is None else -contender.low,
            math.inf if cost is None else cost,
            contender.summary.name,
        )

    return tuple(sorted(contenders, key=key))


def rivals(ranked: Sequence[Contender]) -> list[Contender]:
    """Return the real candidates that were asked enough of what the fullest one was to be held against it."""
    real = [c for c in ranked if not c.summary.header.baseline]
    most = max((c.summary.planned for c in real), default=0)
    return [c for c in real if c.summary.planned >= MIN_COVERAGE * most]


def decide(ranked: Sequence[Contender], held: Contest) -> Decision:
    """Say which candidate to ship; baselines are never shipped."""
    real = [c for c in ranked if not c.summary.header.baseline]
    unmet = {c.summary.name: c.unmet for c in real if c.unmet}
    if not any(c.summary.metrics and c.summary.answered for c in real):
        return Decision(kind="empty", text="nothing was scored, so there is nothing to decide", unmet=unmet)
    fit = [c for c in rivals(ranked) if not c.unmet]
    if len(real) == 1:
        return _single(real[0], unmet)
    if not fit:
        missed = "; ".join(f"{name}: {', '.join(rules)}" for name, rules in unmet.items())
        return Decision(kind="none", text=f"no candidate meets the rules: {missed}", unmet=unmet)
    leader, *others = fit
    if leader.low is None:
        names = tuple(c.summary.name for c in fit)
        text = f"{_listed(names)}: no answer has a groundedness score, so the ranking is by cost alone"
        return Decision(kind="tie" if others else "ship", text=text, leaders=names, unmet=unmet)
    others = [other for other in others if other.low is not None]  # who never answers is no rival
    duels = [_duel(leader, other, held.between(leader.summary.name, other.summary.name)) for other in others]
    close = [duel for duel in duels if not duel.won]
    if close:
        return _tie(leader, close, unmet)
    why = f"groundedness {_percent(leader)} over the answers to {_counted(_cases(leader), 'case')}"
    if others:
        why += f", ahead of {_listed([c.summary.name for c in others])} on the same cases (paired test, p < 0.05)"
    elif unmet:
        why += "; it alone meets the rules"
    name = leader.summary.name
    return Decision(kind="ship", text=f"ship {name}: {why}", leaders=(name,), unmet=unmet)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Duel:
    """The leader against another on the cases that both answered."""

    other: Contender
    difference: Difference
    cases: int
    more_cases: int | None

    @property
    def lead(self) -> Estimate:
        """The leader's lead over the other: the difference turned round."""
        found = self.difference.difference
        if found.value is None or found.low is None or found.high is None:
            return found
        return dataclasses.replace(found, value=-found.value, low=-found.high, high=-found.low)

    @property
    def won(self) -> bool:
        """Whether the leader is ahead beyond chance."""
        p, lead = self.difference.p_value, self.lead.value
        return p is not None and p < SIGNIFICANT and lead is not None and lead > 0


def _duel(leader: Contender, other: Contender, difference: Difference) -> _Duel:
    cases = len(_case_ids(leader) & _case_ids(other))
    found = difference.difference
    more = None
    if difference.error and found.value is not None:
        needed = stats.clusters_needed(found.value, difference.error, found.clusters)
        if needed is not None:
            more = max(1, math.ceil(cases * (needed / found.clusters - 1)))
    return _Duel(other=other, difference=difference, cases=cases, more_cases=more)


def _tie(leader: Contender, close: Sequence[_Duel], unmet: Mapping[str, tuple[str, ...]]) -> Decision:
    names = (leader.summary.name, *(duel.other.summary.name for duel in close))
    nearest = close[0]
    text = f"{_listed(names)} can't be told apart on {_counted(nearest.cases, 'case')} that both answered"
    found = nearest.lead
    if found.value is None or found.low is None or found.high is None:
        text += ": they have none in common"
    else:
        text += (
            f": {names[0]} leads {names[1]} by {100 * found.value:.1f} points of groundedness "
            f"(95% {100 * found.low:+.1f} to {100 * found.high:+.1f})"
        )
        least = nearest.difference.detectable
        if least is not None:
            text += f"; so many cases show {f'{100 * least:.1f} points or more' if least < 1 else 'nothing'}"
    if nearest.more_cases is not None:
        text += f"; about {nearest.more_cases:,} more cases would be needed to show a difference of that size"
    elif found.value == 0:
        text += "; no number of cases would show a difference where none is seen"
    prices = {c.summary.name: c.summary.cost for c in (leader, *(duel.other for duel in close))}
    known = {name: cost for name, cost in prices.items() if cost is not None}
    if len(known) == len(prices) and len(set(known.values())) > 1:
        text += f"; {min(known, key=lambda name: (known[name], name))} costs least"
    return Decision(kind="tie", text=text, leaders=names, unmet=unmet, more_cases=nearest.more_cases)


def _single(only: Contender, unmet: Mapping[str, tuple[str, ...]]) -> Decision:
    name = only.summary.name
    verdict = f"misses the rules: {'; '.join(only.unmet)}" if only.unmet else "meets the rules"
    grounded = (
        "no answer has a groundedness score"
        if only.low is None
        else f"groundedness {_percent(only)} over the answers to {_counted(_cases(only), 'case')}"
    )
    text = f"{name} is the only candidate and {verdict}; {grounded}"
    return Decision(kind="single", text=text, leaders=() if only.unmet else (name,), unmet=unmet)


def _percent(contender: Contender) -> str:
    found = contender.summary.eligible_groundedness
    return "unknown" if found.value is None else f"{found.value:.1%} ({_interval(found)})"


def _interval(found: Estimate) -> str:
    return "no interval" if found.low is None or found.high is None else f"95% {found.low:.0%} to {found.high:.0%}"


def _cases(contender: Contender) -> int:
    return contender.table.cases(eligible_groundedness(contender.table).rows)


def _case_ids(contender: Contender) -> set[str]:
    table = contender.table
    return {table.ids[row] for row in eligible_groundedness(table).rows}


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
