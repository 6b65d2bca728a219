"""Correctness: against the references and what a good answer states or avoids."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz

from harness.records import Metric, Score
from harness.text.numbers import quantities
from harness.text.refusal import response
from harness.text.words import tokens

if TYPE_CHECKING:
    from harness.records import Answer, Case, Detection, Json

__all__ = ["Correctness", "stated", "token_f1"]

_LEAST_F1: Final = 0.5
"""With references alone, an answer passes from this token F1 or recall on."""
_FUZZY: Final = 90.0
_MIN_ENDING: Final = 6
"""Shorter words differ by more than an ending."""


class Correctness:
    """The share of expected facts that are stated, or the best token F1 over the references; 0 with avoided content.

    value: with `mentions`, the share of them that the answer states; else, with references, the best token F1; else 1.
    Content that must not appear makes it 0. passed: all mentions stated (or F1 or recall of at least 0.5 where there
    are only references) and nothing avoided.
    """

    needs_detection = False
    metrics = (
        Metric(name="correctness", direction="higher", unit="share of expected facts", rule="all stated, none avoided"),
    )

    async def score(self, case: Case, answer: Answer, _detection: Detection | None, /) -> tuple[Score, ...]:
        """Hold the answer against references and `expect`; a refusal of an unanswerable case has nothing to state."""
        mentions = case.expect.mentions if case.expect else ()
        avoids = case.expect.avoids if case.expect else ()
        if not case.references and not mentions and not avoids:
            return (Score(metric="correctness", value=None, reason="the case has no reference and no expectation"),)
        if case.answerable == "no" and response(answer.text) == "refused":
            return (Score(metric="correctness", value=None, reason="a right refusal has nothing to state"),)
        found = [any(stated(answer.text, choice) for choice in fact) for fact in mentions]
        present = [next((c for c in content if stated(answer.text, c)), None) for content in avoids]
        bad = [choice for choice in present if choice is not None]
        overlaps = [token_f1(answer.text, reference) for reference in case.references]
        best = max(overlaps, default=(None, None), key=lambda pair: pair[0] or 0.0)
        value, passed = _value(found, best)
        missing = [fact[0] for fact, there in zip(mentions, found, strict=True) if not there]
        details: dict[str, Json] = {
            "token_f1": best[0],
            "token_recall": best[1],
            "missing": [*missing],
            "avoided": [*bad],
        }
        return (
            Score(
                metric="correctness",
                value=0.0 if bad else value,
                passed=passed and not bad,
                reason=_reason(found, missing, bad, best[0]),
                details=details,
            ),
        )


def _value(found: list[bool], best: tuple[float | None, float | None]) -> tuple[float, bool]:
    overlap, recall = best
    if found:
        return sum(found) / len(found), all(found)
    if overlap is None:
        return 1.0, True
    return overlap, overlap >= _LEAST_F1 or (recall or 0.0) >= _LEAST_F1


def _reason(found: list[bool], missing: list[str], bad: list[str], overlap: float | None) -> str:
    said = []
    if found:
        said.append(f"{sum(found)} of {len(found)} expected facts stated")
    if missing:
        said.append("missing: " + ", ".join(map(repr, missing)))
    if bad:
        said.append("must not appear: " + ", ".join(map(repr, bad)))
    if overlap is not None:
        said.append(f"token F1 {overlap:.2f} to the nearest reference")
    return "; ".join(said) or "nothing that must not appear"


def _norms(text: str) -> list[str]:
    """Return the normal forms of the words, quantities in place of the words that they cover."""
    numbers = quantities(text)
    covered = {at for q in numbers for at in range(q.start, q.end)}
    words = [(t.start, t.norm) for t in tokens(text) if t.start not in covered and not t.stop]
    return [norm for _, norm in sorted([*words, *((q.start, f"#{q.value}") for q in numbers)])]


def token_f1(answer: str, reference: str) -> tuple[float, float]:
    """Return F1 and recall of the reference's content words in the answer, in [0, 1] (as SQuAD, with normal forms).

    >>> token_f1("It takes five days.", "5 days")
    (0.8, 1.0)
    """
    mine, theirs = Counter(_norms(answer)), Counter(_norms(reference))
    if not mine or not theirs:
        return (1.0, 1.0) if mine == theirs else (0.0, 0.0)
    same = (mine & theirs).total()
    return round(2 * same / (mine.total() + theirs.total()), 6), same / theirs.total()


def stated(text: str, fact: str) -> bool:
    """Say whether a text states a fact: its words in order and near each other, inflection and notation aside.

    >>> stated("We tuned the hyper-parameters.", "hyperparameter tuning")
    False
    >>> stated("Up to 5 days are carried over.", "five days")
    True
    """
    wanted, said = _norms(fact), _norms(text)
    if not wanted:
        return fact.strip().casefold() in text.casefold()
    width = len(wanted)
    for at in range(len(said) - width + 1):
        if all(_same(a, b) for a, b in zip(said[at : at + width], wanted, strict=True)):
            return True
    joined = re.sub(r"[\W_]+", " ", fact.casefold()).strip()
    plain = re.sub(r"[\W_]+", " ", text.casefold())
    return width > 1 and not any(w.startswith("#") for w in wanted) and f" {joined} " in f" {plain} "


def _same(said: str, wanted: str) -> bool:
    if said == wanted or said.startswith("#") or wanted.startswith("#"):
        return said == wanted
    shorter = min(len(said), len(wanted))
    return shorter >= _MIN_ENDING and (
        said[: shorter - 1] == wanted[: shorter - 1] or fuzz.ratio(said, wanted) >= _FUZZY
    )
