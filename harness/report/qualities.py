"""The tables on refusals, on what is grounded and what is correct, and on limits, which all reports share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.report.figures import NOTHING, Table, percent, share
from harness.report.judging import judging_tables

if TYPE_CHECKING:
    from harness.summary import CandidateSummary, Estimate, Summary, TrivialScores

__all__ = ["agreement_table", "limit_table", "quality_tables", "refusal_table"]

_CROSSED: Final = (
    ("grounded and correct", (True, True)),
    ("grounded, not correct", (True, False)),
    ("correct, not grounded", (False, True)),
    ("neither", (False, False)),
)


def quality_tables(summary: Summary) -> tuple[Table, ...]:
    """Return those of the tables that have rows."""
    found = (refusal_table(summary), agreement_table(summary), limit_table(summary))
    return (*(table for table in found if table.rows), *judging_tables(summary))


def refusal_table(summary: Summary) -> Table:
    """Return the joint scores of refusing, with those of trivial candidates; no rows without both kinds of case."""
    scored = [candidate for candidate in summary.candidates if candidate.refusal.refusal_f1.value is not None]
    rows = [_written(candidate) for candidate in scored]
    for name, trivial in (scored[0].refusal.trivial if scored else {}).items():
        rows.append((f"({name})", *_trivial(trivial), NOTHING, NOTHING, NOTHING, NOTHING))
    columns = (
        "candidate", "refusal F1", "grounded-refusal F1", "truthfulness", "right reason", "no echo", "eligible",
        "grounded at equal length",
    )  # fmt: skip
    kept = [n for n in range(len(columns)) if n == 0 or any(row[n] != NOTHING for row in rows)]
    return Table(
        title="Refusals: joint scores, beside those of always answering and of always refusing",
        columns=tuple(columns[n] for n in kept),
        rows=tuple(tuple(row[n] for n in kept) for row in rows),
    )


def _written(candidate: CandidateSummary) -> tuple[str, ...]:
    refusal, equal = candidate.refusal, candidate.equal_length_groundedness
    return (
        candidate.name,
        percent(refusal.refusal_f1),
        percent(refusal.grounded_refusal_f1),
        _signed(refusal.truthfulness),
        *(_passed(candidate, metric) for metric in ("right_reason", "presupposition", "eligibility")),
        NOTHING if equal is None else percent(equal),
    )


def _trivial(scores: TrivialScores) -> tuple[str, str, str]:
    truth = NOTHING if scores.truthfulness is None else f"{scores.truthfulness:+.2f}"
    return share(scores.refusal_f1), share(scores.grounded_refusal_f1), truth


def _passed(candidate: CandidateSummary, metric: str) -> str:
    found = candidate.metrics.get(metric)
    return NOTHING if found is None else percent(found.pass_rate)


def _signed(estimate: Estimate) -> str:
    if estimate.value is None:
        return NOTHING
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:+.2f}"
    return f"{estimate.value:+.2f} ({estimate.low:+.2f} to {estimate.high:+.2f})"


def agreement_table(summary: Summary) -> Table:
    """Return how many answers are grounded, correct, both or neither; no rows where correctness is not known."""
    return Table(
        title="Grounded in the contexts, and correct by the references (answers)",
        columns=("candidate", *(name for name, _ in _CROSSED)),
        rows=tuple(
            (candidate.name, *(str(candidate.grounded_and_correct.get(key, 0)) for _, key in _CROSSED))
            for candidate in summary.candidates
            if candidate.grounded_and_correct
        ),
    )


def limit_table(summary: Summary) -> Table:
    """Return how far beyond the word limit answers lie; no rows if all keep it."""
    return Table(
        title="Beyond the word limit (words)",
        columns=("candidate", "answers", "median", "95%", "most"),
        rows=tuple(
            (c.name, str(over.n), f"{over.p50:.0f}", f"{over.p95:.0f}", f"{over.max:.0f}")
            for c in summary.candidates
            if (over := c.over_limit).n
        ),
    )
