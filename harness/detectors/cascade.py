"""Ask a judge only where the offline detector is not sure: `cascade:lexical,judge:NAME?low=0.1&high=0.8`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final, Protocol

from harness import registry
from harness.chat import Endpoints  # noqa: TC001 - the registry reads the constructor's hints
from harness.encoding import digest
from harness.errors import SpecError
from harness.records import Detection, Json, Span

if TYPE_CHECKING:
    from collections.abc import Collection

    from harness.protocols import Detector
    from harness.records import Call, Question, Sentence

__all__ = ["HIGH", "LOW", "Cascade", "joined", "settled", "undecided"]

LOW: Final = 0.07
HIGH: Final = 1.0
"""Claims whose probability of being unsupported lies between these go to the judge; see the curve in docs/judges.md.

Nothing that the first stage suspects is settled by it: its false alarms cost more accuracy than the calls save.
"""


class _Judge(Protocol):
    fingerprint: str

    async def judge(self, question: Question, text: str, only: Collection[int] | None = None) -> Detection: ...


class Cascade:
    """A first detector settles what it is sure of; the sentences in between go to the judge."""

    def __init__(
        self, *, target: str, low: float = LOW, high: float = HIGH, endpoints: Endpoints | None = None, **options: Json
    ) -> None:
        """Take `first,judge`; options other than `low` and `high` are the judge's.

        Raises:
            SpecError: not two stages, thresholds that are no interval in [0, 1], or a second that cannot judge alone.
        """
        first, comma, second = target.partition(",")
        if not comma or not 0 <= low <= high <= 1:
            msg = f"cascade:{target}: write cascade:lexical,judge:NAME with 0 <= low <= high <= 1 (not {low}, {high})"
            raise SpecError(msg)
        self._low, self._high = low, high
        self._first: Detector = registry.build("detectors", registry.parse(first))
        judge = dataclasses.replace(registry.parse(second), options=options)
        built = registry.build("detectors", judge, endpoints=endpoints)
        if not hasattr(built, "judge"):
            msg = f"cascade:{target}: {judge.name!r} is no judge. Write cascade:lexical,judge:NAME."
            raise SpecError(msg)
        self._judge: _Judge = built
        self._names = (first, second)
        self.fingerprint = digest([self._judge.fingerprint, first, low, high])[:16]

    async def detect(self, question: Question, text: str, /) -> Detection:
        """Detect, and have judged what is undecided.

        Raises:
            BreakdownError: the judge broke down; what the first stage found is no substitute for its verdict.
        """
        found = await self._first.detect(question, text)
        starts = undecided(found, self._low, self._high)
        judged = await self._judge.judge(question, text, starts) if starts else Detection()
        return joined(_decided(settled(found, self._low), self._names[0]), _decided(judged, self._names[1]), starts)

    def forecast(self, question: Question) -> tuple[Call, ...]:
        """Return what asking about every answer would come to: the most that it can."""
        found: tuple[Call, ...] = self._judge.forecast(question) if hasattr(self._judge, "forecast") else ()
        return found

    async def aclose(self) -> None:
        """Close what the stages hold open."""
        for stage in (self._first, self._judge):
            closing: Any = getattr(stage, "aclose", None)
            if closing is not None:
                await closing()


def _decided(found: Detection, name: str) -> Detection:
    """Return the findings with the stage that decided each claim; a panel has named its members already."""
    sentences = tuple(
        s if s.votes or s.kind != "claim" else dataclasses.replace(s, votes={name: s.verdict}) for s in found.sentences
    )
    return dataclasses.replace(found, sentences=sentences)


def undecided(found: Detection, low: float, high: float) -> frozenset[int]:
    """Return the starts of the claims whose probability of being unsupported lies in [low, high]."""

    def between(sentence: Sentence) -> bool:
        return sentence.probability is not None and low <= sentence.probability <= high

    return frozenset(s.start for s in found.sentences if s.kind == "claim" and between(s))


def settled(found: Detection, low: float) -> Detection:
    """Return the findings decided by probability alone: what lies below `low` is supported, the rest is not."""

    def decided(sentence: Sentence) -> Sentence:
        if sentence.kind != "claim" or sentence.probability is None:
            return sentence
        return dataclasses.replace(sentence, verdict="supported" if sentence.probability < low else "unsupported")

    sentences = tuple(map(decided, found.sentences))
    bad = [s for s in sentences if s.verdict == "unsupported"]
    kept = [span for span in found.spans if any(s.start <= span.start < s.end for s in bad)]
    bare = [s for s in bad if not any(s.start <= span.start < s.end for span in kept)]
    kept += [
        Span(
            start=s.start,
            end=s.end,
            label="baseless",
            confidence=s.probability or 0.0,
            reason="little of it stands in the passages",
        )
        for s in bare
    ]
    return dataclasses.replace(found, sentences=sentences, spans=tuple(sorted(kept, key=lambda span: span.start)))


def joined(found: Detection, judged: Detection, starts: Collection[int]) -> Detection:
    """Return the first stage's findings, with the judge's in the place of the sentences that it was asked."""
    verdicts = {sentence.start: sentence for sentence in judged.sentences}
    sentences = tuple(verdicts[s.start] if s.start in starts else s for s in found.sentences)
    asked = [s for s in found.sentences if s.start in starts]
    kept = [span for span in found.spans if not any(s.start <= span.start < s.end for s in asked)]
    return Detection(
        sentences=sentences,
        spans=tuple(sorted((*kept, *judged.spans), key=lambda span: span.start)),
        probability=max((s.probability or 0.0 for s in sentences if s.kind == "claim"), default=0.0),
        calls=(*found.calls, *judged.calls),
    )
