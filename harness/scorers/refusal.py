"""Refusal correctness: answered what can be answered, declined what cannot, for the right reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.align import analyse, query_keys, words
from harness.records import Metric, Score
from harness.text.refusal import refusal_spans, response

if TYPE_CHECKING:
    from harness.records import Answer, Answerable, Case, Detection, Json, Response

__all__ = ["RIGHT", "Refusal"]

RIGHT: Final[dict[Answerable, frozenset[Response]]] = {
    "yes": frozenset({"answered"}),
    "no": frozenset({"refused"}),
    "partial": frozenset({"partial"}),
    "false_presupposition": frozenset({"refused", "partial"}),
}
"""The responses that are right for each kind of case; a false presupposition may also be corrected (`_corrects`)."""

_PREFIX: Final = 5
_CASES: Final[dict[Answerable, str]] = {
    "yes": "an answerable case",
    "no": "an unanswerable case",
    "partial": "a partly answerable case",
    "false_presupposition": "a false presupposition",
}
_DECLINING_WORDS: Final = (
    "I know answer answers question questions say says said tell passage passages context contexts document "
    "documents text texts source sources information detail details mention mentioned mentions state stated "
    "states specify specified given give provided provide provides contain contains contained include includes "
    "describe describes discuss explain explained find found determine determined available based sorry unable "
    "able unfortunately however material excerpt excerpts section article handbook manual nothing anything "
    "anywhere either directly explicitly specific specifically possible clear unclear unknown cover covered "
    "indicate indicated data enough sufficient insufficient reference referenced help please apologies response"
)
"""What any refusal says, whatever it is about."""


class Refusal:
    """Three metrics: the right decision, the right reason for declining, and nothing asserted that only the query says.

    refusal: 1 for the right decision, 0 for a wrong one; does not apply where the answerability is unknown.
    right_reason: where an answer declines and names what is missing, 1 if that is a gap of the case, else 0.
    presupposition: in a case that is not plainly answerable, 0 if the answer asserts something that only the query
    says (the detector's `echo` spans), else 1.
    """

    needs_detection = True
    metrics = (
        Metric(name="refusal", direction="higher", unit="right decision", rule="the right response for the case"),
        Metric(name="right_reason", direction="higher", unit="right reason", rule="the gap that it names is one"),
        Metric(name="presupposition", direction="higher", unit="no echo", rule="no echo of the query is asserted"),
    )

    async def score(self, case: Case, answer: Answer, detection: Detection | None, /) -> tuple[Score, ...]:
        """Hold the kind of response against the case's answerability; the response stands in the details always."""
        said = response(answer.text, case.question.instructions)
        declining = refusal_spans(answer.text, case.question.instructions)
        return (
            _decision(case, answer, detection, said, declining),
            _right_reason(case, answer.text, declining),
            _presupposition(case, answer, detection),
        )


def _decision(
    case: Case, answer: Answer, detection: Detection | None, said: Response, declining: tuple[tuple[int, int], ...]
) -> Score:
    spans: list[Json] = [[start, end] for start, end in declining]
    details: dict[str, Json] = {"response": said, "declines": spans}
    if case.answerable is None:
        why = f"{said}; whether the case can be answered is not known"
        return Score(metric="refusal", value=None, reason=why, details=details)
    if said == "undetermined":
        why = "the answer is empty or says nothing: neither an answer nor a refusal"
        return Score(metric="refusal", value=0.0, passed=False, reason=why, details=details)
    right = said in RIGHT[case.answerable]
    what: str = said
    if case.answerable == "false_presupposition" and said == "answered":
        right = _corrects(answer, detection)
        what = "corrected" if right else "answered as if it were true"
    wanted = " or ".join(sorted(RIGHT[case.answerable]))
    reason = f"{what}: {_CASES[case.answerable]}" + ("" if right else f", where the right response is {wanted}")
    return Score(metric="refusal", value=float(right), passed=right, reason=reason, details=details)


def _corrects(answer: Answer, detection: Detection | None) -> bool:
    """Say whether an answer to a false presupposition stays with the contexts: it asserts nothing unsupported.

    What the contexts support cannot be what the query wrongly presupposes.
    """
    return bool(answer.text.strip()) and detection is not None and not detection.spans


def _right_reason(case: Case, text: str, declining: tuple[tuple[int, int], ...]) -> Score:
    """Hold what the refusal names against the words of the query that no passage holds, or else against all of them."""
    if case.answerable in {None, "yes"} or not declining:
        why = "the answer declines nothing" if case.answerable not in {None, "yes"} else "the case has no known gap"
        return Score(metric="right_reason", value=None, reason=why)
    named = {
        word.keys[0]: text[word.start : word.end]
        for start, end in declining
        for word in words(text, start, end)
        if not word.stop and word.keys[0] not in _declining_words()
    }
    asked = query_keys(case.question.query)
    held = analyse(case.question.passages).postings
    gap = {key for key in asked if key not in held} or asked
    if not named:
        return Score(metric="right_reason", value=None, reason="the refusal names no reason")
    hits = [said for key, said in named.items() if _among(key, gap)]
    hits = hits or [said for key, said in named.items() if _among(key, asked)]
    shown = ", ".join(map(repr, (hits or [*named.values()])[:5]))
    return Score(
        metric="right_reason",
        value=float(bool(hits)),
        passed=bool(hits),
        reason=f"it names {shown}, which the query asks about"
        if hits
        else f"it names {shown}, which nobody asked about",
        details={"named": [*named.values()]},
    )


def _among(key: str, wanted: frozenset[str] | set[str]) -> bool:
    """Say whether a word, or one that begins alike, is wanted: "founder" for "founded"."""
    return key in wanted or (
        len(key) >= _PREFIX and any(other[:_PREFIX] == key[:_PREFIX] for other in wanted if len(other) >= _PREFIX)
    )


def _declining_words() -> frozenset[str]:
    return query_keys(_DECLINING_WORDS)


def _presupposition(case: Case, answer: Answer, detection: Detection | None) -> Score:
    if case.answerable in {None, "yes"} or detection is None or not answer.text.strip():
        return Score(
            metric="presupposition", value=None, reason="the case presupposes nothing that is known to be false"
        )
    echoes = [span for span in detection.spans if span.label == "echo"]
    shown = ", ".join(repr(answer.text[span.start : span.end]) for span in echoes[:3])
    return Score(
        metric="presupposition",
        value=float(not echoes),
        passed=not echoes,
        reason=f"asserts what only the query says: {shown}"
        if echoes
        else "nothing that only the query says is asserted",
        details={"echoes": len(echoes)},
    )
