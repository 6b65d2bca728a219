"""Numbers as every report shows them, and the tables that all reports share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from harness.records import Answerable, Response
    from harness.summary import CandidateSummary, Estimate, Summary

__all__ = [
    "NOTHING",
    "Table",
    "failure_table",
    "hallucination_rate",
    "leaderboard",
    "length_table",
    "money",
    "p_value",
    "percent",
    "places",
    "plain",
    "repeats_table",
    "response_table",
    "seconds",
    "share",
    "signed",
]

NOTHING: Final = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of text: the first column names the row, the others are figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def share(value: float | None) -> str:
    """Write a share as a percentage with one decimal.

    >>> share(0.875), share(None)
    ('87.5%', '–')
    """
    return NOTHING if value is None else f"{100 * value:.1f}%"


def percent(estimate: Estimate) -> str:
    """Write an estimate with its 95% interval: "87.5% (82–91)"."""
    if estimate.value is None:
        return NOTHING
    if estimate.low is None or estimate.high is None:
        return share(estimate.value)
    return f"{share(estimate.value)} ({100 * estimate.low:.0f}–{100 * estimate.high:.0f})"


def _mirrored(estimate: Estimate) -> str:
    """Write the share of the opposite: 1 - the estimate, with its interval turned round."""
    if estimate.value is None:
        return NOTHING
    if estimate.low is None or estimate.high is None:
        return share(1 - estimate.value)
    return f"{share(1 - estimate.value)} ({100 * (1 - estimate.high):.0f}–{100 * (1 - estimate.low):.0f})"


def hallucination_rate(candidate: CandidateSummary) -> str:
    """Write the share of answers with an unsupported span: lower is better."""
    found = candidate.metrics.get("hallucination")
    return NOTHING if found is None else _mirrored(found.pass_rate)


def money(cost: float | None) -> str:
    """Write dollars; an unknown price is unknown, not 0.

    >>> money(0.0123), money(None)
    ('$0.0123', 'unknown')
    """
    return "unknown" if cost is None else f"${cost:.4f}"


def seconds(value: float | None) -> str:
    """Write seconds with three significant digits.

    >>> seconds(0.01234), seconds(None)
    ('0.0123 s', '–')
    """
    return NOTHING if value is None else f"{value:.3g} s"


class Interval(Protocol):
    """A number with an interval, of whatever study."""

    @property
    def value(self) -> float | None:
        """The number."""
        ...

    @property
    def low(self) -> float | None:
        """The interval's lower end."""
        ...

    @property
    def high(self) -> float | None:
        """The interval's upper end."""
        ...


Column: TypeAlias = tuple[str, Callable[["CandidateSummary"], str]]


def _passed(metric: str) -> Callable[[CandidateSummary], str]:
    def written(candidate: CandidateSummary) -> str:
        found = candidate.metrics.get(metric)
        return NOTHING if found is None else percent(found.pass_rate)

    return written


def _cost(candidate: CandidateSummary) -> str:
    return NOTHING if candidate.calls == 0 else money(candidate.cost)


_COLUMNS: Final[tuple[Column, ...]] = (
    ("candidate", lambda c: c.name + (" (baseline)" if c.header.baseline else "")),
    ("grounded", lambda c: percent(c.eligible_groundedness)),
    ("place", lambda c: NOTHING if c.places is None else places(c.places)),
    ("group", lambda c: c.group or NOTHING),
    ("hallucinated ↓", hallucination_rate),
    ("right refusals", _passed("refusal")),
    ("missed refusals ↓", lambda c: percent(c.refusal.missed_refusals)),
    ("over-refusals ↓", lambda c: percent(c.refusal.over_refusals)),
    ("word limit", _passed("word_limit")),
    ("format", _passed("format")),
    ("correct", _passed("correctness")),
    ("answers", lambda c: f"{c.answered}/{c.planned}"),
    ("failed ↓", lambda c: str(c.failed) if c.failed else NOTHING),
    ("cost ↓", _cost),
    ("p50", lambda c: seconds(c.latency.p50)),
)


def places(found: tuple[int, int]) -> str:
    """Write the places that a candidate may hold.

    >>> places((2, 4)), places((1, 1))
    ('2–4', '1')
    """
    return f"{found[0]}–{found[1]}" if found[0] < found[1] else str(found[0])


def leaderboard(summary: Summary) -> Table:
    """Return the leaderboard, best first; columns in which nobody has a figure are left out."""
    columns = [(name, [written(candidate) for candidate in summary.candidates]) for name, written in _COLUMNS]
    kept = [(name, cells) for name, cells in columns if set(cells) != {NOTHING}]
    return Table(
        title="Leaderboard: share of answers (95% interval); ↓ lower is better",
        columns=tuple(name for name, _ in kept),
        rows=tuple(zip(*(cells for _, cells in kept), strict=True)),
    )


_KINDS: Final[tuple[tuple[Answerable | None, str], ...]] = (
    ("yes", "answerable"),
    ("partial", "partly answerable"),
    ("no", "unanswerable"),
    ("false_presupposition", "false presupposition"),
    (None, "unknown"),
)
_RESPONSES: Final[tuple[Response, ...]] = ("answered", "partial", "hedged", "refused", "undetermined")


def response_table(summary: Summary) -> Table:
    """Return how many answers to each kind of case were of each kind of response that anybody gave, and their share."""
    rows = [
        (candidate, "" if number else candidate.name, kind, name)
        for candidate in summary.candidates
        for number, (kind, name) in enumerate(
            (kind, name) for kind, name in _KINDS if sum(candidate.refusal.counts.get(kind, {}).values())
        )
    ]
    kept = [said for said in _RESPONSES if any(c.refusal.counts[kind].get(said, 0) for c, _, kind, _ in rows)]
    return Table(
        title="Responses by kind of case: answers, and their share (95% interval)",
        columns=("candidate", "case", *kept),
        rows=tuple((shown, name, *(_counted(c, kind, said) for said in kept)) for c, shown, kind, name in rows),
    )


def _counted(candidate: CandidateSummary, kind: Answerable | None, said: Response) -> str:
    count = candidate.refusal.counts[kind].get(said, 0)
    return f"{count}: {percent(candidate.refusal.rates[kind][said])}" if count else "0"


def failure_table(summary: Summary) -> Table:
    """Return how often each candidate broke down, by code; empty rows if nothing did."""
    codes = sorted({code for candidate in summary.candidates for code in candidate.failures})
    return Table(
        title="Breakdowns: counted beside the scores, never among them",
        columns=("candidate", *codes),
        rows=tuple(
            (candidate.name, *(str(candidate.failures.get(code, 0)) for code in codes))
            for candidate in summary.candidates
            if candidate.failures
        ),
    )


def length_table(summary: Summary) -> Table:
    """Return the quantiles of the answers' lengths in words."""

    def written(value: float | None) -> str:
        return NOTHING if value is None else f"{value:.0f}"

    return Table(
        title="Length in words",
        columns=("candidate", "5%", "median", "95%", "longest"),
        rows=tuple(
            (c.name, written(c.words.p5), written(c.words.p50), written(c.words.p95), written(c.words.max))
            for c in summary.candidates
            if c.words.n
        ),
    )


def plain(figure: Interval, digits: int = 3) -> str:
    """Write a figure in [0, 1] with its interval, n/a where it does not apply."""
    if figure.value is None:
        return "n/a"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.{digits}f}"
    return f"{figure.value:.{digits}f} ({figure.low:.2f}–{figure.high:.2f})"


def repeats_table(summary: Summary) -> Table:
    """Return how steady each candidate's verdicts are over the trials of a case; empty rows with one trial each."""
    found = [
        (candidate.name, metric.metric.name, metric.repeats)
        for candidate in summary.candidates
        for metric in candidate.metrics.values()
        if metric.repeats is not None
    ]
    return Table(
        title="Steadiness: that one of k trials passes, that all do (pass^k), that two disagree",
        columns=("candidate", "metric", "k", "pass@k", "pass^k", "flip rate ↓"),
        rows=tuple(
            (name, metric, str(row.k), percent(row.pass_at), percent(row.pass_hat), percent(row.flip_rate))
            for name, metric, row in found
        ),
    )


def p_value(p: float | None) -> str:
    """Write a p-value.

    >>> p_value(0.0412), p_value(1e-9), p_value(None)
    ('0.041', '< 0.001', '–')
    """
    return NOTHING if p is None else f"{p:.3f}" if p >= 0.001 else "< 0.001"  # noqa: PLR2004 - three decimals


def signed(found: Estimate) -> str:
    """Write a difference in points with its interval."""
    if found.value is None:
        return NOTHING
    text = f"{100 * found.value:+.1f}"
    if found.low is not None and found.high is not None:
        text += f" ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
    return text
