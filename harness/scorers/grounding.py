"""Groundedness and hallucination: two readings of one detection."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from harness.records import Metric, Score
from harness.text.refusal import response
from harness.text.words import count, scan

if TYPE_CHECKING:
    from harness.records import Answer, Case, Detection, Evidence, Json, Sentence

__all__ = ["Groundedness", "Hallucination"]


class Groundedness:
    """Supported sentences / check-worthy sentences; does not apply where nothing is asserted."""

    needs_detection = True
    metrics = (
        Metric(name="groundedness", direction="higher", unit="share of sentences", rule="no unsupported sentence"),
    )

    async def score(self, case: Case, answer: Answer, detection: Detection | None, /) -> tuple[Score, ...]:
        """Count the sentences that the contexts support."""
        if detection is None:
            return ()
        claims = [s for s in detection.sentences if s.kind == "claim"]
        sentences: list[Json] = [_as_json(sentence) for sentence in detection.sentences]
        details: dict[str, Json] = {
            "sentences": sentences,
            "claims": len(claims),
            "probability": detection.probability,
        }
        if not claims:
            why = _nothing_asserted(case, answer)
            return (Score(metric="groundedness", value=None, reason=why, details=details),)
        supported = sum(s.verdict == "supported" for s in claims)
        details["supported"] = supported
        return (
            Score(
                metric="groundedness",
                value=supported / len(claims),
                passed=supported == len(claims),
                reason=f"{supported} of {len(claims)} check-worthy sentences are supported by the contexts",
                details=details,
            ),
        )


class Hallucination:
    """Share of the check-worthy words inside unsupported spans; passes when there is no span."""

    needs_detection = True
    metrics = (Metric(name="hallucination", direction="lower", unit="share of words", rule="no unsupported span"),)

    async def score(self, case: Case, answer: Answer, detection: Detection | None, /) -> tuple[Score, ...]:
        """Count the check-worthy words that lie inside spans."""
        if detection is None:
            return ()
        claims = [s for s in detection.sentences if s.kind == "claim"]
        if not claims:
            return (Score(metric="hallucination", value=None, reason=_nothing_asserted(case, answer)),)
        words = inside = 0
        for claim in claims:
            near = [span for span in detection.spans if span.start < claim.end and claim.start < span.end]
            said = answer.text[claim.start : claim.end]
            words += count(said)
            begin = [claim.start + start for start, *_ in scan(said)] if near else []
            inside += sum(bisect_left(begin, span.end) - bisect_left(begin, span.start) for span in near)
        counts: dict[str, Json] = {"words": words, "inside": inside}
        for label in ("baseless", "conflict", "echo"):
            counts[label] = sum(span.label == label for span in detection.spans)
        number = len(detection.spans)
        found = f"{number} unsupported span{'s' if number != 1 else ''}" if number else "no unsupported span"
        return (
            Score(
                metric="hallucination",
                value=inside / words if words else 0.0,
                passed=not detection.spans,
                reason=f"{found}: {inside} of {words} check-worthy words",
                details=counts,
                spans=detection.spans,
            ),
        )


def _nothing_asserted(case: Case, answer: Answer) -> str:
    if not answer.text.strip():
        return "the answer is empty"
    if response(answer.text, case.question.instructions) == "refused":
        return "the answer is a refusal: it asserts nothing that could be unsupported"
    return "the answer asserts nothing that can be checked"


def _as_json(sentence: Sentence) -> Json:
    return {
        "start": sentence.start,
        "end": sentence.end,
        "kind": sentence.kind,
        "verdict": sentence.verdict,
        "probability": sentence.probability,
        "evidence": [_evidence(e) for e in sentence.evidence],
        **({"votes": dict(sentence.votes)} if sentence.votes else {}),
    }


def _evidence(evidence: Evidence) -> Json:
    return {
        "passage": evidence.passage,
        "start": evidence.start,
        "end": evidence.end,
        "similarity": evidence.similarity,
    }
