"""Correctness: against the references and what a good answer states or avoids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.records import Metric, Score
from harness.scorers.agreement import Agreement, agreement, stated
from harness.text.refusal import response

if TYPE_CHECKING:
    from harness.records import Answer, Case, Detection, Json

__all__ = ["Correctness"]

_LEAST: Final = 0.5
"""With references alone, an answer passes from this token F1 or recall on."""


class Correctness:
    """Two metrics against the references and `expect`; neither looks at the contexts.

    correctness: with `mentions`, the share of them that the answer states; else, with references, the best token F1;
    else 1. Content that must not appear makes it 0. Passed: all mentions stated (or F1 or recall of at least 0.5 where
    there are only references, and every number of the nearest one), and nothing avoided.
    completeness: the share of the mentions, or else of the nearest reference's content words, that the answer states.
    """

    needs_detection = False
    metrics = (
        Metric(name="correctness", direction="higher", unit="share of expected facts", rule="all stated, none avoided"),
        Metric(name="completeness", direction="higher", unit="share of the reference", rule="half of it is stated"),
    )

    async def score(self, case: Case, answer: Answer, _detection: Detection | None, /) -> tuple[Score, ...]:
        """Hold the answer against references and `expect`; a refusal of an unanswerable case has nothing to state."""
        mentions = case.expect.mentions if case.expect else ()
        avoids = case.expect.avoids if case.expect else ()
        if not case.references and not mentions and not avoids:
            return self._silent("the case has no reference and no expectation")
        if case.answerable == "no" and response(answer.text, case.question.instructions) == "refused":
            return self._silent("a right refusal has nothing to state")
        found = [any(stated(answer.text, choice) for choice in fact) for fact in mentions]
        present = [next((c for c in content if stated(answer.text, c)), None) for content in avoids]
        bad = [choice for choice in present if choice is not None]
        missing = [fact[0] for fact, there in zip(mentions, found, strict=True) if not there]
        best = max(
            (agreement(answer.text, reference) for reference in case.references), key=lambda one: one.f1, default=None
        )
        value, passed = _value(found, best)
        correct = Score(
            metric="correctness",
            value=0.0 if bad else value,
            passed=passed and not bad,
            reason=_reason(found, missing, bad, best),
            details=_details(missing, bad, best),
        )
        return correct, _completeness(found, best)

    def _silent(self, why: str) -> tuple[Score, ...]:
        return tuple(Score(metric=metric.name, value=None, reason=why) for metric in self.metrics)


def _value(found: list[bool], best: Agreement | None) -> tuple[float, bool]:
    if found:
        return sum(found) / len(found), all(found)
    if best is None:
        return 1.0, True
    return best.f1, (best.f1 >= _LEAST or best.recall >= _LEAST) and best.numbers in {None, 1.0}


def _completeness(found: list[bool], best: Agreement | None) -> Score:
    value = sum(found) / len(found) if found else None if best is None else best.recall
    if value is None:
        return Score(metric="completeness", value=None, reason="the case says only what must not appear")
    what = "expected facts" if found else "content words of the nearest reference"
    return Score(
        metric="completeness", value=value, passed=value >= _LEAST, reason=f"{value:.0%} of the {what} are stated"
    )


def _details(missing: list[str], bad: list[str], best: Agreement | None) -> dict[str, Json]:
    figures: dict[str, Json] = {
        "token_f1": best and best.f1,
        "token_recall": best and best.recall,
        "rouge_l": best and best.rouge_l,
        "exact": best and best.exact,
        "numbers": best and best.numbers,
    }
    return {**figures, "missing": [*missing], "avoided": [*bad]}


def _reason(found: list[bool], missing: list[str], bad: list[str], best: Agreement | None) -> str:
    said = []
    if found:
        said.append(f"{sum(found)} of {len(found)} expected facts stated")
    if missing:
        said.append("missing: " + ", ".join(map(repr, missing)))
    if bad:
        said.append("must not appear: " + ", ".join(map(repr, bad)))
    if best is not None:
        said.append(f"token F1 {best.f1:.2f} to the nearest reference")
        if best.numbers is not None and best.numbers < 1:
            said.append(f"{best.numbers:.0%} of its numbers")
    return "; ".join(said) or "nothing that must not appear"
