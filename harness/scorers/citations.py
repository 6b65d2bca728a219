"""Citations: do the cited passages support the sentences, and is every claim cited?

After ALCE (Gao et al. 2023, arXiv 2305.14627), with the project's alignment in the place of its language model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from harness.align import align, analyse, words
from harness.records import Metric, Score
from harness.text.citations import citations, without_citations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.align import Alignment, Source, Word
    from harness.records import Answer, Case, Detection, Json, Passage, Sentence
    from harness.text.citations import Citation

__all__ = ["Citations"]

_SUPPORTS: Final = 0.6
"""Weighted share of a sentence's content words that cited passages must hold to support it."""
_RULE: Final = "every citation supports its sentence, and every claim has one"


class Citations:
    """citation_precision: share of the citations that support their sentence; citation_recall: share of claims cited.

    A sentence's marks are those inside it and right after it. Passages that are cited together are taken together: one
    of them is right if it supports the sentence alone, or if the others no longer do without it. A mark that names no
    passage is a wrong citation, listed as invalid. Neither metric applies where there are no marks and none demanded.
    """

    needs_detection = True
    metrics = (
        Metric(name="citation_precision", direction="higher", unit="share of citations", rule=_RULE.split(",")[0]),
        Metric(name="citation_recall", direction="higher", unit="share of claims", rule="every claim is cited"),
    )

    async def score(self, case: Case, answer: Answer, detection: Detection | None, /) -> tuple[Score, ...]:
        """Hold each citation against the passage that it names."""
        marks = citations(answer.text)
        demanded = case.format is not None and case.format.citations
        sentences = detection.sentences if detection is not None else ()
        claims = [s for s in sentences if s.kind == "claim" and _says(answer.text[s.start : s.end])]
        if not claims or not (marks or demanded):
            why = (
                "the answer cites nothing, and need not" if claims else "the answer asserts nothing that could be cited"
            )
            return tuple(Score(metric=metric.name, value=None, reason=why) for metric in self.metrics)
        names = _names(case)
        cited: dict[int, list[str]] = {}
        for mark in marks:
            at = _sentence_of(answer.text, sentences, mark.start)
            if at is not None:
                cited.setdefault(at, []).extend(mark.ids)
        judged = [
            one for at, ids in cited.items() for one in _judged(case, answer.text, sentences[at], (ids, marks), names)
        ]
        return _precision(judged), _recall(
            claims, {sentences[at].start for at, ids in cited.items() if _valid(ids, names)}
        )


class _Judged(NamedTuple):
    """A citation: as written, and whether the passage supports the sentence; None if there is no such passage."""

    written: str
    supports: bool | None


def _names(case: Case) -> Mapping[str, Passage]:
    """Return what a mark may say for each passage: its number, its neutral id, the case's own id, its source."""
    names: dict[str, Passage] = {}
    for number, passage in enumerate(case.question.passages, 1):
        own = case.context_ids[number - 1] if number <= len(case.context_ids) else passage.id
        for name in (str(number), passage.id, own, passage.source or ""):
            if name:
                names.setdefault(name.casefold(), passage)
    return names


def _valid(ids: Sequence[str], names: Mapping[str, Passage]) -> bool:
    return any(_key(written) in names for written in ids)


def _key(written: str) -> str:
    return written.removeprefix("#").casefold()


def _sentence_of(text: str, sentences: Sequence[Sentence], at: int) -> int | None:
    """Return the sentence that a mark belongs to: the one around it, or before it if only marks stand in between."""
    before: int | None = None
    for number, sentence in enumerate(sentences):
        if sentence.start > at:
            break
        lead = text[sentence.start : at]
        if at < sentence.end and (before is None or _says(lead)):
            return number
        if at < sentence.end:
            return before
        before = number
    return before


def _says(piece: str) -> bool:
    """Say whether a piece of the answer holds more than citation marks."""
    return any(character.isalnum() for character in without_citations(piece))


def _judged(
    case: Case,
    text: str,
    sentence: Sentence,
    cited: tuple[Sequence[str], Sequence[Citation]],
    names: Mapping[str, Passage],
) -> Iterator[_Judged]:
    ids, marks = cited
    said = tuple(
        word
        for word in words(text, sentence.start, sentence.end)
        if not any(mark.start <= word.start < mark.end for mark in marks)
    )
    known = {written: names[_key(written)] for written in dict.fromkeys(ids) if _key(written) in names}
    source = analyse(case.question.passages)
    holds = _Holding(source, said, align(source, said))
    places = {passage.id: number for number, passage in enumerate(case.question.passages)}
    together = frozenset(places[passage.id] for passage in known.values())
    joint = holds.support(together)
    for written in dict.fromkeys(ids):
        passage = known.get(written)
        if passage is None:
            if case.question.passages and (written.isdigit() or written.casefold().startswith(("p", "#"))):
                yield _Judged(written, None)
            continue
        one = frozenset({places[passage.id]})
        yield _Judged(written, holds.support(one) or (joint and not holds.support(together - one)))


class _Holding(NamedTuple):
    """A sentence's words, aligned with all passages."""

    source: Source
    said: Sequence[Word]
    found: Alignment

    def support(self, passages: frozenset[int]) -> bool:
        """Say whether passages hold what the sentence says: enough of its words, and every number in it."""
        held = [any(self.source.units[unit].passage in passages for unit in units) for units in self.found.held]
        content = [n for n, word in enumerate(self.said) if not word.stop]
        if not all(held[n] for n in content if self.said[n].quantity is not None):
            return False
        total = sum(self.found.weights[n] for n in content)
        return total > 0 and sum(self.found.weights[n] for n in content if held[n]) >= _SUPPORTS * total


def _precision(judged: Sequence[_Judged]) -> Score:
    if not judged:
        return Score(metric="citation_precision", value=None, reason="the answer cites nothing")
    right = sum(one.supports is True for one in judged)
    invalid: list[Json] = [one.written for one in judged if one.supports is None]
    wrong: list[Json] = [one.written for one in judged if one.supports is False]
    reason = f"{right} of {len(judged)} citations support their sentence"
    if invalid:
        reason += f"; no such passage: {', '.join(map(repr, invalid))}"
    return Score(
        metric="citation_precision",
        value=right / len(judged),
        passed=right == len(judged),
        reason=reason,
        details={"citations": len(judged), "invalid": invalid, "unsupported": wrong},
    )


def _recall(claims: Sequence[Sentence], cited: set[int]) -> Score:
    with_mark = sum(claim.start in cited for claim in claims)
    uncited: list[Json] = [[claim.start, claim.end] for claim in claims if claim.start not in cited]
    return Score(
        metric="citation_recall",
        value=with_mark / len(claims),
        passed=with_mark == len(claims),
        reason=f"{with_mark} of {len(claims)} claims are cited",
        details={"claims": len(claims), "uncited": uncited},
    )
