"""Eligibility: does the answer address the query at all?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.align import analyse, words
from harness.records import Metric, Score
from harness.scorers.reading import words_of
from harness.text.refusal import response

if TYPE_CHECKING:
    from harness.align import Source
    from harness.records import Answer, Case, Detection

__all__ = ["Eligibility", "addressed"]

_NEAR: Final = 1
"""How many passage sentences before the evidence count with it: they say what it is about."""
_LEAST: Final = 0.4
"""Weighted share of the query's content words from which an answer addresses it."""


class Eligibility:
    """1 if the answer addresses the query, 0 if it does not; a right refusal is not asked.

    The query's content words, weighted by rarity, are looked for in the answer and in the passage sentences that the
    detector gives as its evidence, so that "Five days." is as good as a whole sentence. An answer that declines
    everything, or says nothing, addresses the query only by declining: 0, unless the case cannot be answered.
    """

    needs_detection = True
    metrics = (Metric(name="eligibility", direction="higher", unit="addresses the query", rule="addresses the query"),)

    async def score(self, case: Case, answer: Answer, detection: Detection | None, /) -> tuple[Score, ...]:
        """Look for what the query asks about."""
        said = response(answer.text, case.question.instructions)
        if said in {"refused", "undetermined"}:
            if said == "refused" and case.answerable in {"no", "false_presupposition", None}:
                return (Score(metric="eligibility", value=None, reason="the answer declines"),)
            why = "the answer declines" if said == "refused" else "the answer says nothing"
            return (Score(metric="eligibility", value=0.0, passed=False, reason=why, details={"covered": 0.0}),)
        covered, missing = addressed(case, answer.text, detection)
        if covered is None:
            return (Score(metric="eligibility", value=None, reason="the query has no words to look for"),)
        yes = covered >= _LEAST
        lacking = f"; not {', '.join(map(repr, missing[:5]))}" if missing else ""
        return (
            Score(
                metric="eligibility",
                value=float(yes),
                passed=yes,
                reason=f"{covered:.0%} of what the query asks about stands in answer or evidence{lacking}",
                details={"covered": round(covered, 4)},
            ),
        )


def addressed(case: Case, text: str, detection: Detection | None) -> tuple[float | None, list[str]]:
    """Return the share of the query's weight that answer and evidence hold, in [0, 1], and the words that are missing.

    None where the query has no content word, or shares none with the passages (another language, or a query that the
    passages have nothing about).
    """
    query = case.question.query
    asked = [word for word in words(query) if not word.stop]
    source = analyse(case.question.passages)
    known = [word for word in asked if any(key in source.postings for key in word.keys)]
    if not known:
        return None, []
    near = _evidence_units(case, source, detection)
    total = sum(word.rarity for word in known) or 1.0
    held = [any(not near.isdisjoint(source.postings[key]) for key in word.keys) for word in known]
    if not all(held):  # the evidence alone says it of most answers
        here = {key for word in words_of(text) for key in word.keys}
        held = [there or not here.isdisjoint(word.keys) for word, there in zip(known, held, strict=True)]
    covered = sum(word.rarity for word, there in zip(known, held, strict=True) if there) / total
    return min(1.0, covered), [query[w.start : w.end] for w, there in zip(known, held, strict=True) if not there]


def _evidence_units(case: Case, source: Source, detection: Detection | None) -> set[int]:
    """Return the passage sentences that the detector gives as evidence, and those before them."""
    places = {passage.id: number for number, passage in enumerate(case.question.passages)}
    starts = {(unit.passage, unit.start): number for number, unit in enumerate(source.units)}
    found: set[int] = set()
    for sentence in detection.sentences if detection is not None else ():
        for evidence in sentence.evidence if sentence.kind == "claim" else ():
            at = starts.get((places.get(evidence.passage, -1), evidence.start))
            if at is not None:
                passage = source.units[at].passage
                found.update(n for n in range(max(0, at - _NEAR), at + 1) if source.units[n].passage == passage)
    return found
