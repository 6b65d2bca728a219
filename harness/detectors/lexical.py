"""The offline detector: no network, no model download; milliseconds an answer.

Every sentence of the answer that makes a claim is aligned with the passages. Words, names and quantities that stand
nowhere in them are unsupported: `baseless`, `conflict` where the aligned evidence says something else in their place,
`echo` where only the query says them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from harness.align import Alignment, Item, Source, align, analyse, items
from harness.records import Detection, Question, Sentence, Span
from harness.text.refusal import refusal_spans
from harness.text.sentences import Segment, segments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.records import SpanLabel

__all__ = ["Lexical"]

UNSUPPORTED_SHARE: Final = 0.45
"""A sentence is unsupported as a whole when this share of its checkable weight stands nowhere in the passages."""
_LOW_COVERAGE: Final = 0.3
_ECHO_WEIGHT: Final = 0.5
_META = re.compile(
    r"(?:here (?:are|is)|below (?:are|is)|the following|in summary|sure|certainly|of course|hello|hi|dear|thank|i hope|"
    r"please|let me|based on the|according to the|as an ai|i(?:'m| am) (?:happy|glad))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A sentence of the answer with its items and where they were found."""

    segment: Segment
    items: tuple[Item, ...]
    alignment: Alignment


class Lexical:
    """Find unsupported text by alignment. `mode=rules` decides by fixed shares."""

    def __init__(self, *, mode: Literal["rules"] = "rules") -> None:
        """Take the mode: only `rules` so far."""
        self.mode = mode

    async def detect(self, question: Question, text: str, /) -> Detection:
        """Find the sentences and unsupported spans of `text`."""
        return detection(question, text)


def detection(question: Question, text: str) -> Detection:
    """Return what the rules find in `text` against the question's passages; pure."""
    source = analyse(question.passages)
    query_keys = _query_keys(question.query)
    refusing = refusal_spans(text)
    sentences: list[Sentence] = []
    spans: list[Span] = []
    for segment in segments(text):
        found = items(text, segment.start, segment.end)
        alignment = align(source, found, query_keys)
        claim = _Claim(segment, found, alignment)
        if not _claims(text, claim, refusing):
            sentences.append(Sentence(start=segment.start, end=segment.end, kind="other"))
            continue
        own = tuple(_findings(text, source, claim))
        probability = _probability(claim, own)
        sentences.append(
            Sentence(
                start=segment.start,
                end=segment.end,
                kind="claim",
                verdict="unsupported" if own else "supported",
                probability=probability,
                evidence=alignment.evidence,
            )
        )
        spans.extend(own)
    worst = max((s.probability or 0.0 for s in sentences), default=0.0)
    return Detection(sentences=tuple(sentences), spans=tuple(spans), probability=worst)


@lru_cache(maxsize=1024)
def _query_keys(query: str) -> frozenset[str]:
    return frozenset(key for item in items(query) for key in item.keys)


def _claims(text: str, claim: _Claim, refusing: Sequence[tuple[int, int]]) -> bool:
    """Say whether a sentence asserts something that can be checked."""
    segment, places = claim.segment, claim.alignment.places
    if not claim.items or any(start <= segment.start and segment.end <= end for start, end in refusing):
        return False
    body = text[segment.start : segment.end]
    if body.endswith(("?", "？", "؟")):
        return False
    if segment.kind == "heading" or (segment.kind == "sentence" and body.endswith(":")):
        return False
    novel = sum(place == "nowhere" for place in places)
    return not (_META.match(body) and (body.endswith(":") or novel == 0 and "evidence" not in places))


def _findings(text: str, source: Source, claim: _Claim) -> Iterator[Span]:
    """Yield the unsupported stretches of a claim: all of it, or the runs of items that stand nowhere."""
    share = _unsupported_share(claim.alignment)
    whole = share >= UNSUPPORTED_SHARE or claim.alignment.coverage < _LOW_COVERAGE
    for run in _runs(claim, whole=whole):
        yield _span(text, source, claim, run, whole=whole)


def _unsupported_share(alignment: Alignment) -> float:
    total = missing = 0.0
    for place, weight in zip(alignment.places, alignment.weights, strict=True):
        counted = weight * (_ECHO_WEIGHT if place == "query" else 1.0)
        total += counted
        missing += counted if place in {"nowhere", "query"} else 0.0
    return missing / total if total else 0.0


def _runs(claim: _Claim, *, whole: bool) -> Iterator[list[int]]:
    """Yield runs of item numbers that belong to one finding: neighbours with the same place."""
    places = claim.alignment.places
    run: list[int] = []
    for number, place in enumerate(places):
        flagged = (whole and place != "evidence") or place == "nowhere"
        if whole:
            flagged = True
        if run and (not flagged or (places[run[-1]] == "query") != (place == "query")):
            yield from _kept(claim, run, whole=whole)
            run = []
        if flagged:
            run.append(number)
    yield from _kept(claim, run, whole=whole)


def _kept(claim: _Claim, run: list[int], *, whole: bool) -> Iterator[list[int]]:
    """Keep a run that says something by itself: two words, a name or a quantity."""
    if not run:
        return
    strong = any(
        claim.items[n].quantity is not None or (claim.items[n].name and claim.items[n].start > claim.segment.start)
        for n in run
    )
    if whole or strong or len(run) > 1:
        yield run


def _span(text: str, source: Source, claim: _Claim, run: list[int], *, whole: bool) -> Span:
    first, last = claim.items[run[0]], claim.items[run[-1]]
    start = claim.segment.start if whole and run[0] == 0 else first.start
    end = claim.segment.end if whole and run[-1] == len(claim.items) - 1 else last.end
    label: SpanLabel = "echo" if all(claim.alignment.places[n] == "query" for n in run) else "baseless"
    words = text[first.start : last.end]
    reason = f"{words!r} stands in no passage"
    if label == "echo":
        reason = f"{words!r} stands only in the query"
    rival = _rival(source, claim, run)
    if rival is not None:
        label, reason = "conflict", f"{words!r} stands in no passage; the nearest evidence says {rival!r}"
    evidence = claim.alignment.evidence[0] if claim.alignment.evidence else None
    return Span(
        start=start, end=end, label=label, confidence=_confidence(claim, run), reason=reason[:300], evidence=evidence
    )


def _rival(source: Source, claim: _Claim, run: list[int]) -> str | None:
    """Return the evidence's own quantity where the claim's stands nowhere and everything around it matches."""
    quantity = claim.items[run[0]].quantity
    if len(run) != 1 or quantity is None or not claim.alignment.units or claim.alignment.coverage < 0.5:  # noqa: PLR2004
        return None
    own = {key for item in claim.items for key in item.keys}
    for unit in (source.units[n] for n in claim.alignment.units):
        for item in unit.items:
            other = item.quantity
            if other is not None and other.kind == quantity.kind and not own.intersection(item.keys):
                return source.passages[unit.passage].text[item.start : item.end]
    return None


def _confidence(claim: _Claim, run: list[int]) -> float:
    share = _unsupported_share(claim.alignment)
    strong = any(claim.items[n].quantity is not None or claim.items[n].name for n in run)
    return round(min(0.99, 0.5 + 0.4 * share + (0.15 if strong else 0.0)), 3)


def _probability(claim: _Claim, spans: tuple[Span, ...]) -> float:
    share = _unsupported_share(claim.alignment)
    logit = 6 * (share - 0.45) + (1.0 if spans else -1.0)
    return round(1 / (1 + math.exp(-logit)), 4)
