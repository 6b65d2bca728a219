"""What a report shows one by one: the most severe findings and the first rows, never more than a fixed number."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from harness.records import Evidence, Sentence
from harness.summary.nouns import CaseRow, Finding
from harness.summary.table import response_of, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.records import Answer, Header, Json, Record, Score, Span

__all__ = ["Smallest", "gather_findings", "row"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class _Entry(Generic[T]):
    """An item that sorts by its key, the other way round, so that a heap's first is the largest kept."""

    key: tuple[Any, ...]
    item: T

    def __lt__(self, other: _Entry[T]) -> bool:
        return other.key < self.key


@dataclass(slots=True)
class Smallest(Generic[T]):
    """Keep the `limit` items with the smallest keys, in bounded memory; the order of adding does not matter."""

    limit: int
    _heap: list[_Entry[T]] = field(default_factory=list)

    def wants(self, key: tuple[Any, ...]) -> bool:
        """Say whether an item with this key would be kept now, so that others need not be built."""
        return len(self._heap) < self.limit or key < self._heap[0].key

    def add(self, key: tuple[Any, ...], item: T) -> None:
        """Keep the item if it is among the smallest so far."""
        if len(self._heap) < self.limit:
            heapq.heappush(self._heap, _Entry(key, item))
        elif self.wants(key):
            heapq.heapreplace(self._heap, _Entry(key, item))

    def items(self) -> tuple[T, ...]:
        """Return what was kept, smallest key first."""
        return tuple(entry.item for entry in sorted(self._heap, reverse=True))


def gather_findings(header: Header, record: Record, worst: Smallest[Finding]) -> None:
    """Offer a record's spans; severity is confidence times length, real candidates go before baselines."""
    if record.answer is None:
        return
    scores = {score.metric: score for score in record.scores}
    if "hallucination" not in scores:
        return
    for span in scores["hallucination"].spans:
        severity = span.confidence * (span.end - span.start)
        key = (header.baseline, -severity, header.candidate, record.case_id, record.trial, span.start, span.end)
        if worst.wants(key):
            sentence = _sentence_around(span, scores.get("groundedness"))
            worst.add(key, _finding(header, record, record.answer, (span, sentence)))


def row(record: Record) -> CaseRow:
    """Boil a record down to a row of the table of cases."""
    scores = {score.metric: score for score in record.scores}
    return CaseRow(
        case_id=record.case_id,
        trial=record.trial,
        scores={name: (score.value, score.passed) for name, score in scores.items()},
        response=response_of(scores["refusal"]) if "refusal" in scores else None,
        words=words_of(scores["word_limit"]) if "word_limit" in scores else None,
        failure=record.failures[0] if record.failures else None,
    )


def _finding(header: Header, record: Record, answer: Answer, found: tuple[Span, Sentence | None]) -> Finding:
    return Finding(
        candidate=header.candidate,
        case_id=record.case_id,
        trial=record.trial,
        location=record.location,
        text=answer.text,
        span=found[0],
        sentence=found[1],
    )


def _sentence_around(span: Span, groundedness: Score | None) -> Sentence | None:
    """Return the sentence in which the span starts, from the details of groundedness."""
    listed = groundedness.details.get("sentences") if groundedness is not None else None
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict) and _number(item, "start") <= span.start < _number(item, "end"):
            return _sentence(item)
    return None


def _sentence(item: Mapping[str, Json]) -> Sentence:
    evidence = item.get("evidence")
    probability, verdict = item.get("probability"), item.get("verdict")
    return Sentence(
        start=_number(item, "start"),
        end=_number(item, "end"),
        kind="other" if item.get("kind") == "other" else "claim",
        verdict="supported" if verdict == "supported" else "unsupported" if verdict == "unsupported" else None,
        probability=float(probability) if isinstance(probability, (int, float)) else None,
        evidence=tuple(_evidence(e) for e in evidence if isinstance(e, dict)) if isinstance(evidence, list) else (),
    )


def _evidence(item: Mapping[str, Json]) -> Evidence:
    similarity = item.get("similarity")
    return Evidence(
        passage=str(item.get("passage", "")),
        start=_number(item, "start"),
        end=_number(item, "end"),
        similarity=float(similarity) if isinstance(similarity, (int, float)) else 0.0,
    )


def _number(item: Mapping[str, Json], name: str) -> int:
    found = item.get(name)
    return found if isinstance(found, int) else 0
