"""The offline detector: no network, no model download; milliseconds an answer.

Every sentence of the answer that makes a claim is aligned with the passages. A small model over features of the
alignment says how likely the sentence, and each of its words, is unsupported; rules see what stands against the
evidence. What is found is `baseless`, `conflict` where the evidence says something else in its place, or `echo` where
only the query says it. `mode=rules` decides by fixed shares and the same rules, without the model.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from harness.align import align, analyse, evidence, query_keys, words
from harness.detectors.conflicts import Conflict, conflicts
from harness.detectors.features import Claim, profiles, sentence_features
from harness.detectors.model import Model, raised, shipped, weights_digest
from harness.detectors.word_features import word_features
from harness.detectors.worth import check_worthy
from harness.records import Detection, Question, Sentence, Span
from harness.text.refusal import refusal_spans
from harness.text.sentences import segments

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from harness.align import Source
    from harness.detectors.features import Profile
    from harness.records import SpanLabel

__all__ = ["Lexical", "detection"]

_WHOLE: Final = 0.6
"""When marked words are this share of a sentence's content words, the whole sentence is the span."""
_GAP: Final = 2
_NOVEL_SHARE: Final = 0.5
_REASON: Final = 240


class _Found(NamedTuple):
    """A claim with the probability that it is unsupported, its words' probabilities if it is, and its conflicts."""

    claim: Claim
    probability: float
    unsupported: bool
    marked: list[float]
    conflicts: tuple[Conflict, ...]


class Lexical:
    """Find unsupported text by alignment, calibrated on human labels (`mode=calibrated`) or by rules alone."""

    def __init__(self, *, mode: Literal["calibrated", "rules"] = "calibrated", threshold: float | None = None) -> None:
        """Take the mode and, instead of the fitted thresholds, the probability from which a sentence is unsupported."""
        self._model = shipped() if mode == "calibrated" else None
        self._threshold = threshold

    @property
    def version(self) -> str:
        """What its verdicts depend on beside the code: a digest of the fitted weights."""
        return "rules" if self._model is None else weights_digest()

    async def detect(self, question: Question, text: str, /) -> Detection:
        """Find the sentences and unsupported spans of `text`."""
        return detection(question, text, self._model, threshold=self._threshold)


def detection(question: Question, text: str, model: Model | None, *, threshold: float | None = None) -> Detection:
    """Return what is found in `text` against the question's passages; pure."""
    source = analyse(question.passages)
    asked = query_keys(question.query)
    declining = refusal_spans(text, question.instructions)
    claims: list[Claim] = []
    for segment in segments(text):
        found = words(text, segment.start, segment.end)
        claims.append(Claim(text, segment.start, segment.end, segment.kind, found, align(source, found, asked)))
    worthy = [claim for claim in claims if check_worthy(claim, declining)]
    judged, probability = _judged(source, worthy, model, query=question.query, threshold=threshold)
    by_start = {one.claim.start: one for one in judged}
    sentences: list[Sentence] = []
    spans: list[Span] = []
    for claim in claims:
        one = by_start.get(claim.start)
        if one is None:
            sentences.append(Sentence(start=claim.start, end=claim.end, kind="other"))
            continue
        proof = evidence(source, claim.alignment)
        sentences.append(
            Sentence(
                start=claim.start,
                end=claim.end,
                kind="claim",
                verdict="unsupported" if one.unsupported else "supported",
                probability=round(one.probability, 4),
                evidence=proof,
            )
        )
        if one.unsupported:
            nearest = proof[0] if proof else None
            spans.extend(
                Span(start=a, end=b, label=label, confidence=round(one.probability, 4), reason=reason, evidence=nearest)
                for a, b, label, reason in _stretches(one, model)
            )
    return Detection(sentences=tuple(sentences), spans=tuple(spans), probability=round(probability, 6))


def _judged(
    source: Source, claims: Sequence[Claim], model: Model | None, *, query: str, threshold: float | None
) -> tuple[list[_Found], float]:
    """Judge every claim, and the answer; words are looked at only where the sentence is unsupported."""
    if not claims:
        return [], 0.0
    if not source.units:
        return [
            _Found(claim, 1.0, unsupported=True, marked=[1.0] * len(claim.words), conflicts=()) for claim in claims
        ], 1.0
    against = [tuple(conflicts(source, claim, query)) for claim in claims]
    own = profiles(source, claims)
    looked = zip(claims, own, against, strict=True)
    table = np.array([sentence_features(source, claim, seen, found) for claim, seen, found in looked], np.float32)
    certain = [tuple(conflict for conflict in found if conflict.certain) for found in against]
    sure, possible = (_NOVEL_SHARE, 1.0) if model is None else (model.sure, model.possible)
    if threshold is not None:
        sure, possible = threshold, 1.0
    # without a model, the share of weight that stands nowhere serves as the probability
    chances = raised(table, table[:, 0].astype(np.float64)) if model is None else model.sentence_probabilities(table)
    answer = float(chances.max()) if model is None else model.answer_probability(table, chances)
    least = possible if model is not None and answer >= model.suspect else sure
    least = min(least, sure)
    unsupported = (chances >= least).tolist()
    marks = iter(
        _marks(
            source,
            [one for one, bad in zip(zip(claims, own, table, strict=True), unsupported, strict=True) if bad],
            model,
        )
    )
    return [
        _Found(claim, chance, unsupported=bad, marked=next(marks) if bad else [], conflicts=found)
        for claim, found, chance, bad in zip(claims, certain, chances.tolist(), unsupported, strict=True)
    ], answer


def _marks(
    source: Source, claims: Sequence[tuple[Claim, Profile, NDArray[np.float32]]], model: Model | None
) -> list[list[float]]:
    """Return for each claim, given with its profile and features, the probability that each word is unsupported."""
    if model is None or not claims:
        return [[float(p in {"nowhere", "query"}) for p in claim.alignment.places] for claim, _, _ in claims]
    rows = np.concatenate([word_features(source, *one) for one in claims])
    found = model.word_probabilities(rows)  # of all at once: a call costs more than its rows
    ends = list(itertools.accumulate(len(claim.words) for claim, _, _ in claims))
    return [found[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _stretches(one: _Found, model: Model | None) -> Iterator[tuple[int, int, SpanLabel, str]]:
    """Yield the unsupported stretches of a flagged claim in order: offsets, label and reason."""
    claim = one.claim
    marks: dict[int, Conflict] = {}
    for conflict in one.conflicts:
        for n in range(conflict.first, conflict.last + 1):
            marks.setdefault(n, conflict)
    baseless = _marked(one, model.word_threshold if model else 0.5) if one.marked else set()
    kinds = [_kind(claim, n, marks, baseless) for n in range(len(claim.words))]
    for first, last in _runs(kinds):
        whole = first == 0 and last == len(kinds) - 1
        start = claim.start if whole else claim.words[first].start
        end = claim.end if whole else claim.words[last].end
        said = claim.text[start:end]
        if kinds[first] == "conflict":
            yield start, end, "conflict", marks[first].reason[:_REASON]
        elif kinds[first] == "echo":
            yield start, end, "echo", f"{_short(said)} stands only in the query"
        else:
            yield start, end, "baseless", f"no passage supports {_short(said)}"


def _kind(claim: Claim, n: int, marks: Mapping[int, Conflict], baseless: Container[int]) -> str:
    """Return the label of one word, empty if it is supported."""
    if n in marks:
        return "echo" if marks[n].kind == "echo" else "conflict"
    if n in baseless:
        return "echo" if claim.alignment.places[n] == "query" and not claim.words[n].stop else "baseless"
    return ""


def _short(said: str) -> str:
    flat = " ".join(said.split())
    return repr(flat if len(flat) <= 120 else flat[:117] + "…")  # noqa: PLR2004 - fits a line or two


def _marked(one: _Found, threshold: float) -> set[int]:
    """Return the positions to mark: words at or above the threshold, small gaps closed, at least the likeliest."""
    content = [n for n, word in enumerate(one.claim.words) if not word.stop]
    chosen = {n for n in content if one.marked[n] >= threshold}
    if one.conflicts:  # what is said against the evidence is the finding; beside it only what stands nowhere
        return {n for n in chosen if one.claim.alignment.places[n] == "nowhere"}
    if not chosen:
        chosen = {max(content, key=lambda n: one.marked[n])} if content else set()
    if content and len(chosen) >= _WHOLE * len(content):
        return set(range(len(one.claim.words)))
    ordered = sorted(chosen)
    for left, right in itertools.pairwise(ordered):
        if right - left - 1 <= _GAP:
            chosen.update(range(left, right))
    return chosen


def _runs(kinds: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the runs (inclusive) of neighbours of one kind; a word of the query inside baseless content joins it."""
    start: int | None = None
    for n in range(len(kinds) + 1):
        kind = kinds[n] if n < len(kinds) else ""
        if start is not None and kind != kinds[start]:
            yield start, n - 1
            start = None
        if start is None and kind:
            start = n
