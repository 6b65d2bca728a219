"""The offline candidate: the passage sentences that bear most on the query, within the limit."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from harness.align import Source, analyse, words
from harness.answerers.bearing import bearing
from harness.records import Answer
from harness.text.length import word_count
from harness.text.limits import stated_limits

if TYPE_CHECKING:
    from harness.records import Question

__all__ = ["Extractive"]


class Extractive:
    """Quote the best-supported sentences; say "I don't know." when the evidence is thin.

    A passage sentence is scored by the weighted share of the query's content words that it holds. The evidence is thin
    where less than `least`, in [0, 1], speaks for the passages answering the query (`harness.answerers.bearing`).
    """

    def __init__(self, *, sentences: int = 2, least: float = 0.5) -> None:
        """Take how many sentences to quote at most, and how much must speak for an answer."""
        self.sentences = sentences
        self.least = least

    async def answer(self, question: Question, *, trial: int = 0) -> Answer:  # noqa: ARG002 - the protocol's form
        """Quote the best sentences in the order of the passages."""
        began = time.perf_counter()
        text = self._quoted(question) or "I don't know."
        return Answer(text=text, model="extractive", latency=time.perf_counter() - began)

    def _quoted(self, question: Question) -> str:
        source = analyse(question.passages)
        if bearing(question.query, source) < self.least:
            return ""
        wanted = {word.keys for word in words(question.query) if not word.stop}
        weights = {keys: _weight(source, keys) for keys in wanted}
        total = sum(weights.values())
        left, chosen = dict(weights), list[int]()
        while left and total and len(chosen) < self.sentences:
            gains = [(_gain(source, number, left), -number) for number in range(len(source.units))]
            best, at = max(gains, default=(0.0, 0))
            if best <= 0.05 * total:
                break
            chosen.append(-at)
            held = {key for word in source.units[-at].words for key in word.keys}
            left = {keys: weight for keys, weight in left.items() if not held.intersection(keys)}
        return self._within(question, source, sorted(chosen))

    def _within(self, question: Question, source: Source, chosen: list[int]) -> str:
        """Join the sentences as long as the limit that the instructions state allows."""
        limits = stated_limits(question.instructions)
        most = limits.max_words - limits.strict if limits and limits.max_words else None
        said: list[str] = []
        for number in chosen:
            unit = source.units[number]
            sentence = " ".join(source.passages[unit.passage].text[unit.start : unit.end].split())
            if most is not None and word_count(" ".join([*said, sentence])) > most:
                if said:
                    break
                sentence = " ".join(sentence.split()[:most])
            said.append(sentence)
        return " ".join(said)


def _weight(source: Source, keys: tuple[str, ...]) -> float:
    """Weigh a word of the query: rare words in the passages bear more; words that stand nowhere bear most."""
    held = len(source.postings[keys[0]])
    return 1.0 / math.sqrt(1.0 + held)


def _gain(source: Source, number: int, left: dict[tuple[str, ...], float]) -> float:
    unit = source.units[number]
    if len(unit.words) < 4 and not unit.row:  # noqa: PLR2004 - a heading or a fragment answers nothing
        return 0.0
    held = {key for word in unit.words for key in word.keys}
    return sum(weight for keys, weight in left.items() if held.intersection(keys))
