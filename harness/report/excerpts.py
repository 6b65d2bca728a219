"""A finding with the words around it and its evidence, as text that is safe to show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.records import Case, Evidence, SpanLabel
    from harness.summary import Finding

__all__ = ["Excerpt", "excerpt", "passage_name", "visible"]

_INERT: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_MOST: Final = 600
_EVIDENCE: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The sentence of a finding in three parts, and the nearest evidence; all texts are `visible`."""

    candidate: str
    case_id: str
    trial: int
    location: str
    label: SpanLabel
    confidence: float
    reason: str
    before: str
    said: str
    after: str
    passage: str
    evidence: str


def visible(text: str) -> str:
    r"""Make control, direction and surrogate characters visible, and so inert.

    >>> visible("a\u202eb\x00")
    'a⟨U+202E⟩b⟨U+0000⟩'
    """
    if text.isascii() and text.isprintable():
        return text
    return _INERT.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text)


def excerpt(finding: Finding, cases: Mapping[str, Case]) -> Excerpt:
    """Cut a finding out of its answer."""
    span, text = finding.span, finding.text
    start = min(finding.sentence.start, span.start) if finding.sentence else span.start
    end = max(finding.sentence.end, span.end) if finding.sentence else span.end
    passage, evidence = _evidence(cases.get(finding.case_id), span.evidence)
    return Excerpt(
        candidate=visible(finding.candidate),
        case_id=visible(finding.case_id),
        trial=finding.trial,
        location=visible(finding.location or ""),
        label=span.label,
        confidence=span.confidence,
        reason=visible(span.reason),
        before=visible(text[max(start, span.start - _MOST) : span.start]),
        said=visible(text[span.start : span.end][:_MOST]),
        after=visible(text[span.end : min(end, span.end + _MOST)]),
        passage=passage,
        evidence=evidence,
    )


def _evidence(case: Case | None, evidence: Evidence | None) -> tuple[str, str]:
    """Return the passage's name (the author's, beside the neutral id) and the stretch of it."""
    if case is None or evidence is None:
        return "", ""
    name = passage_name(case, evidence.passage)
    for passage in case.question.passages:
        if passage.id == evidence.passage:
            return visible(name), visible(passage.text[evidence.start : evidence.end][:_EVIDENCE])
    return visible(name), ""


def passage_name(case: Case | None, neutral: str) -> str:
    """Return a passage's neutral id with the author's own beside it, where the case gives one."""
    if case is not None:
        for number, passage in enumerate(case.question.passages):
            if passage.id == neutral and number < len(case.context_ids) and case.context_ids[number] != neutral:
                return f"{neutral} ({case.context_ids[number]})"
    return neutral
