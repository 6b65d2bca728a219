"""The nouns: plain, frozen data that every other module reads or writes.

`Question` is all that a candidate may see. The reference, the labels and the tags live in `Case`, so a candidate
cannot cheat. A `Record` is what one answer to one case came to, and a `Run` of records is the waist of the design:
the upper half only writes it, the lower half only reads it. All offsets are half-open code-point offsets. A missing
value is None, never NaN and never a made-up 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "SCHEMA_VERSION",
    "Answer",
    "Answerable",
    "Call",
    "Case",
    "Detection",
    "Direction",
    "Evidence",
    "Expectations",
    "Failure",
    "Format",
    "Header",
    "Json",
    "LabelledSpan",
    "Labels",
    "Limits",
    "Metric",
    "Passage",
    "Question",
    "Record",
    "RecordedAnswer",
    "Response",
    "Run",
    "Score",
    "Sentence",
    "Span",
    "SpanLabel",
    "Spec",
    "Turn",
    "Verdict",
]

SCHEMA_VERSION: Final = 1

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Answerable: TypeAlias = Literal["yes", "no", "partial", "false_presupposition"]
Response: TypeAlias = Literal["answered", "partial", "refused", "hedged", "undetermined"]
SpanLabel: TypeAlias = Literal["baseless", "conflict", "echo"]
Verdict: TypeAlias = Literal["supported", "unsupported"]
Direction: TypeAlias = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A component as plain data: `name:target?option=value`, so that a run says exactly what was run."""

    name: str
    target: str | None = None
    options: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A retrieved context; `id` is neutral (`p1`, `p2`, …) wherever a candidate sees it."""

    id: str
    text: str
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """All that a candidate may see. `id` is opaque: it tells nothing about the case."""

    id: str
    query: str
    passages: tuple[Passage, ...] = ()
    instructions: str = ""
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long an answer may be; bounds are inclusive unless `strict` (then "less than" and "more than").

    `code` and `citations` say whether code blocks and citation marks count.
    """

    max_words: int | None = None
    min_words: int | None = None
    max_sentences: int | None = None
    min_sentences: int | None = None
    max_characters: int | None = None
    min_characters: int | None = None
    max_paragraphs: int | None = None
    min_paragraphs: int | None = None
    max_items: int | None = None
    min_items: int | None = None
    strict: bool = False
    code: bool = True
    citations: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What the raw answer must look like; each field that is set is one demand."""

    between: str | None = None
    json: bool = False
    json_schema: str | None = None
    """The schema as JSON text."""
    json_lines: bool = False
    yaml: bool = False
    csv: tuple[str, ...] | None = None
    """The columns in order; empty if any will do."""
    list: Literal["bullets", "numbered", "steps", "any"] | None = None
    table: bool = False
    headings: tuple[str, ...] = ()
    regex: str | None = None
    one_of: tuple[str, ...] = ()
    language: str | None = None
    """ISO 639-1."""
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    citations: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """Facts that a good answer states, and content that must not appear; each a tuple of alternatives."""

    mentions: tuple[tuple[str, ...], ...] = ()
    avoids: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSpan:
    """A human's finding, by quoted text."""

    quote: str
    label: SpanLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """A human's judgement of a recorded answer; None where nothing was said.

    `known` marks a disagreement with the shipped detector that is known: `miss` (it overlooks what the human saw) or
    `false_alarm` (it flags what the human accepts).
    """

    faithful: bool | None = None
    refusal: bool | None = None
    spans: tuple[LabelledSpan, ...] = ()
    known: Literal["miss", "false_alarm"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAnswer:
    """An answer that stands in a case file."""

    model: str
    text: str
    finish_reason: str | None = None
    labels: Labels | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question with all that is known about its right answer. `id` is `suite/id`, unique over all files."""

    id: str
    question: Question
    context_ids: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    answerable: Answerable | None = None
    limits: Limits | None = None
    format: Format | None = None
    expect: Expectations | None = None
    tags: tuple[str, ...] = ()
    group: str | None = None
    answers: tuple[RecordedAnswer, ...] = ()
    prompt: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request made for a candidate or a judge; `cost` in dollars, None where the price is unknown.

    `attempts` counts what was sent for it. A `cached` call was paid for earlier. `estimated` says that the endpoint did
    not count the tokens, so that they are estimates by the length of the texts.
    """

    stage: Literal["answer", "detect", "score"]
    component: str
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    latency: float | None = None
    cached: bool = False
    attempts: int = 1
    first_token: float | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a candidate said.

    An answerer returns what it received as `text`; the runner keeps that in `raw`, strips the scaffold from `text`
    and names what it removed in `stripped`. Latency and `first_token` are seconds at the transport. `passages` are
    those that the candidate retrieved itself, which are then what the answer is held against.
    """

    text: str
    raw: str = ""
    model: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    latency: float | None = None
    first_token: float | None = None
    finish_reason: str | None = None
    passages: tuple[Passage, ...] | None = None
    stripped: tuple[str, ...] = ()
    system_fingerprint: str | None = None
    calls: tuple[Call, ...] = field(default=(), metadata={"stored": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A stretch of a passage (by the id the candidate saw) and how near it is, in [0, 1]."""

    passage: str
    start: int
    end: int
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of the answer. `probability` in [0, 1] is that of being unsupported; verdict None if no claim.

    `votes` says who decided: the one stage of a cascade, or each member of a panel (None: no claim); empty where one
    detector decides all.
    """

    start: int
    end: int
    kind: Literal["claim", "other"]
    verdict: Verdict | None = None
    probability: float | None = None
    evidence: tuple[Evidence, ...] = ()
    votes: Mapping[str, Verdict | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Unsupported content: `answer.text[start:end]`; `confidence` in [0, 1], `reason` in words."""

    start: int
    end: int
    label: SpanLabel
    confidence: float
    reason: str
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What a detector found: sentences in order, disjoint sorted spans, the answer's probability of hallucination."""

    sentences: tuple[Sentence, ...] = ()
    spans: tuple[Span, ...] = ()
    probability: float = 0.0
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a metric's numbers mean: which way is better, the unit of `value`, and when a score counts as passed."""

    name: str
    direction: Direction
    unit: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One metric of one answer: `value` in [0, 1], or None with a reason where the metric does not apply.

    `calls` are the requests that it took; the runner moves them to the record's.
    """

    metric: str
    value: float | None
    passed: bool | None = None
    reason: str = ""
    details: Mapping[str, Json] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    calls: tuple[Call, ...] = field(default=(), metadata={"stored": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A breakdown, which is a value of its own and not a number; `code` is a key of `errors.FAILURE_CODES`."""

    stage: Literal["answer", "detect", "score"]
    component: str
    code: str
    message: str
    attempts: int = 1
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one trial of one case came to; `answer` None and `scores` empty if the answer failed."""

    case_id: str
    trial: int = 0
    group: str | None = None
    tags: tuple[str, ...] = ()
    answerable: Answerable | None = None
    location: str | None = None
    answer: Answer | None = None
    scores: tuple[Score, ...] = ()
    failures: tuple[Failure, ...] = ()
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What was run, for one candidate: the first line of its run file.

    `planned` counts the (case, trial) pairs that the candidate was to answer, `cases` the cases of the whole run:
    the difference is coverage, not failure. `source` is the digest of the run that was scored again, if any.
    `detector_digest` covers all that a judge was: model, parameters, prompt and version; None for other detectors.
    """

    candidate: str
    answerer: Spec
    detector: Spec
    scorers: tuple[Spec, ...]
    metrics: tuple[Metric, ...]
    cases_digest: str
    cases: int
    planned: int
    suites: tuple[str, ...] = ()
    prompt: str | None = None
    prompt_digest: str | None = None
    trials: int = 1
    seed: int = 0
    baseline: bool = False
    model: str | None = None
    system_fingerprint: str | None = None
    source: str | None = None
    started: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    detector_digest: str | None = None
    schema: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A header and its records; `records` may be iterated again and again, and is never held in memory."""

    header: Header
    records: Iterable[Record]

    def to_dataset(self, cases: Iterable[Case] | None = None) -> Any:  # noqa: ANN401 - datasets.Dataset, of an extra
        """Return the run as a Hugging Face `Dataset`, a row a record: `harness.exchange.hub.to_dataset`."""
        return resolve_name("harness.exchange.hub:to_dataset")(self, cases)
