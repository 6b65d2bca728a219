"""Refusal correctness: answered what can be answered, declined what cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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

_CASES: Final[dict[Answerable, str]] = {
    "yes": "an answerable case",
    "no": "an unanswerable case",
    "partial": "a partly answerable case",
    "false_presupposition": "a false presupposition",
}


class Refusal:
    """1 for the right decision, 0 for a wrong one; does not apply where the answerability is unknown."""

    needs_detection = True
    metrics = (
        Metric(name="refusal", direction="higher", unit="right decision", rule="the right response for the case"),
    )

    async def score(self, case: Case, answer: Answer, detection: Detection | None, /) -> tuple[Score, ...]:
        """Hold the kind of response against the case's answerability; the response stands in the details always."""
        said = response(answer.text)
        spans: list[Json] = [[start, end] for start, end in refusal_spans(answer.text)]
        details: dict[str, Json] = {"response": said, "declines": spans}
        if case.answerable is None:
            why = f"{said}; whether the case can be answered is not known"
            return (Score(metric="refusal", value=None, reason=why, details=details),)
        if said == "undetermined":
            why = "the answer is empty or says nothing: neither an answer nor a refusal"
            return (Score(metric="refusal", value=0.0, passed=False, reason=why, details=details),)
        right = said in RIGHT[case.answerable]
        what: str = said
        if case.answerable == "false_presupposition" and said == "answered":
            right = _corrects(answer, detection)
            what = "corrected" if right else "answered as if it were true"
        wanted = " or ".join(sorted(RIGHT[case.answerable]))
        reason = f"{what}: {_CASES[case.answerable]}" + ("" if right else f", where the right response is {wanted}")
        return (Score(metric="refusal", value=float(right), passed=right, reason=reason, details=details),)


def _corrects(answer: Answer, detection: Detection | None) -> bool:
    """Say whether an answer to a false presupposition stays with the contexts: it asserts nothing unsupported.

    What the contexts support cannot be what the query wrongly presupposes.
    """
    return bool(answer.text.strip()) and detection is not None and not detection.spans
