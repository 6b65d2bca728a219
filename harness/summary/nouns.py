"""What the readers know: a `Summary` of runs and a `Comparison` of two, as plain frozen data.

Nothing here depends on the order in which records were written: summaries of the same records are equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.records import Answerable, Direction, Failure, Header, Metric, Response, Sentence, Span
    from harness.summary.judging import Judging, Trust
    from harness.summary.spending import Spending

__all__ = [
    "AnytimeDifference",
    "CandidateSummary",
    "CaseRow",
    "Change",
    "Comparison",
    "Decision",
    "Difference",
    "Disagreement",
    "Distribution",
    "Estimate",
    "Finding",
    "MetricSummary",
    "RefusalTable",
    "Repeats",
    "Sensitivity",
    "Subgroup",
    "Summary",
    "TrivialScores",
]

Change: TypeAlias = Literal[
    "better",
    "worse",
    "worse within the margin",
    "equivalent",
    "not worse",
    "no difference shown",
    "not comparable",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number with its 95% interval; all None where `n` is 0. `n` counts scores, `clusters` groups of cases."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """How steady verdicts are over the trials of a case, averaged over cases.

    `pass_at` is the chance that at least one of `k` trials passes, `pass_hat` (pass^k) that all do, `flip_rate` that
    two trials disagree.
    """

    k: int
    pass_at: Estimate
    pass_hat: Estimate
    flip_rate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSummary:
    """One metric over all answers of a candidate.

    `mean` is over the scores that apply; `pass_rate` the share of those that passed (for hallucination, `rate` in
    reports is 1 - pass_rate: the share of answers with a span). `absent` counts the scores with value None.
    """

    metric: Metric
    mean: Estimate
    pass_rate: Estimate
    absent: int
    repeats: Repeats | None = None
    """Where cases were asked more than once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrivialScores:
    """What a trivial candidate gets on the same cases."""

    refusal_f1: float | None
    grounded_refusal_f1: float | None
    truthfulness: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalTable:
    """How many answers of each response class fell to each kind of case; key None: answerability unknown."""

    counts: Mapping[Answerable | None, Mapping[Response, int]]
    rates: Mapping[Answerable | None, Mapping[Response, Estimate]]
    """The same as shares of the answers to each kind of case."""
    missed_refusals: Estimate
    """Unanswerable cases that were answered (answered or hedged) / unanswerable cases."""
    over_refusals: Estimate
    """Answerable cases that were refused / answerable cases."""
    refusal_f1: Estimate
    """F1 of refusing, over answerable and unanswerable cases."""
    grounded_refusal_f1: Estimate
    """F1_GR of the trust-score: the mean of the F1 of refusing and of answering."""
    truthfulness: Estimate
    """CRAG's score: 1 right, 0 declined although answerable, -1 wrong; the mean, in [-1, 1]."""
    trivial: Mapping[str, TrivialScores]
    """The same scores of always answering and of always refusing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Quantiles of a quantity over answers, None where nothing was measured."""

    n: int
    p5: float | None = None
    p50: float | None = None
    p95: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An unsupported span with enough around it to be shown: the sentence's offsets and the answer itself."""

    candidate: str
    case_id: str
    trial: int
    location: str | None
    text: str
    span: Span
    sentence: Sentence | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One record, boiled down for a table of cases: metric name → (value, passed)."""

    case_id: str
    trial: int
    scores: Mapping[str, tuple[float | None, bool | None]]
    response: Response | None
    words: int | None
    failure: Failure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateSummary:
    """All that one run file says of its candidate.

    `cost` is None where any price is unknown. `answered + failed + missing == planned`; `missing` are pairs that the
    run was stopped before. `latency` is in seconds. `rows` holds at most the first `MAX_ROWS` records by case id.
    """

    name: str
    header: Header
    planned: int
    answered: int
    failed: int
    missing: int
    failures: Mapping[str, int]
    metrics: Mapping[str, MetricSummary]
    by_tag: Mapping[str, Mapping[str, Estimate]]
    refusal: RefusalTable
    eligible_groundedness: Estimate
    words: Distribution
    latency: Distribution
    first_token: Distribution
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    calls: int
    cached_calls: int
    findings: int
    rows: tuple[CaseRow, ...] = ()
    cases: int = 0
    """Distinct cases that were answered, whatever the number of trials."""
    broken: int = 0
    """Records in which anything broke down, be it the answer or its scoring."""
    equal_length_groundedness: Estimate | None = None
    """Groundedness over eligible answers at the lengths that all candidates have; None for a candidate by itself."""
    over_limit: Distribution = Distribution(n=0)
    """How many words the answers that broke a word limit lie beyond it; below it counts as well."""
    grounded_and_correct: Mapping[tuple[bool, bool], int] = field(default_factory=dict)
    """(no unsupported span, correct) → answers for which both are known."""
    passed_by_tag: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    """Tag → metric → pass rate, as `by_tag` has the means."""
    places: tuple[int, int] | None = None
    """The best and the worst place that it may hold among the real candidates by groundedness, 95%."""
    group: str = ""
    """Letters: real candidates that share one cannot be told apart by groundedness."""
    spending: Spending | None = None
    judging: Judging | None = None
    """Who decided, where a cascade or a panel did."""
    trust: Trust | None = None
    """What human labels say of the detector's verdicts, where there are some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The first thing that a report says.

    `ship`: one candidate meets the must-pass rules and leads; `tie`: the leaders can't be told apart; `none`: no
    candidate meets the rules; `single`: one candidate, nothing to compare; `empty`: nothing was scored.
    `unmet` names, for each candidate, the must-pass rules that it missed, in words.
    """

    kind: Literal["ship", "tie", "none", "single", "empty"]
    text: str
    leaders: tuple[str, ...] = ()
    unmet: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    more_cases: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """What the verdict would be if every breakdown were a miss, or a hit; `failures` counts pairs with a breakdown."""

    failures: int
    if_missed: Change
    if_hit: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One metric, paired on the same cases and trials: `second - first` in the metric's own units.

    `p_value` is that of this metric alone; `adjusted` (Holm) and `false_discovery` (Benjamini-Hochberg) are corrected
    over all metrics and pairs of the comparison, and the verdict goes by `adjusted`. `detectable` is the smallest true
    difference that so many cases and trials show with 80% power, `error` the difference's standard
    error, `freedom` its degrees of freedom.
    """

    metric: str
    direction: Direction
    first: Estimate
    second: Estimate
    difference: Estimate
    p_value: float | None
    verdict: Change
    adjusted: float | None = None
    false_discovery: float | None = None
    error: float | None = None
    freedom: int = 0
    detectable: float | None = None
    sensitivity: Sensitivity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroup:
    """One metric's difference among the cases with a tag; `adjusted` is Holm's over the tags."""

    tag: str
    metric: str
    direction: Direction
    difference: Estimate
    p_value: float | None
    adjusted: float | None
    verdict: Change
    error: float | None = None
    freedom: int = 0
    detectable: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnytimeDifference:
    """One metric, `second - first`, averaged over n clusters; its bounds hold at 95% however often one looks."""

    metric: str
    direction: Direction
    difference: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs held against each other; `unlike` says in words what differs between their settings."""

    first: str
    second: str
    pairs: int
    differences: tuple[Difference, ...]
    unlike: tuple[str, ...] = ()
    margin: float | None = None
    """By how much the second may be worse, if that was asked."""
    subgroups: tuple[Subgroup, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One case and trial on which candidates differ: candidate → groundedness."""

    case_id: str
    trial: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Runs over the same cases, best candidate first (baselines after the real ones, in the same order)."""

    title: str
    suites: tuple[str, ...]
    cases: int
    cases_digest: str
    candidates: tuple[CandidateSummary, ...]
    decision: Decision
    findings: tuple[Finding, ...]
    """The worst, most severe first; at most `MAX_FINDINGS`."""
    notes: tuple[str, ...] = ()
    """What a reader must know: coverage, drift of the model, unlike prompts, known disagreements with labels."""
    comparisons: tuple[Comparison, ...] = ()
    """Every two real candidates, the better ranked first, corrected together."""
    disagreements: tuple[Disagreement, ...] = ()
    """Where real candidates differ most, widest first; at most `MAX_DISAGREEMENTS`."""
