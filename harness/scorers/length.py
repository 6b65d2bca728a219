"""Limits: is the answer as long as it was allowed to be?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.records import Limits, Metric, Score
from harness.text.length import (
    character_count,
    counted,
    ifeval_words,
    item_count,
    paragraph_count,
    sentence_count,
    word_count,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.records import Answer, Case, Detection, Json

__all__ = ["WordLimit"]

_RULE: Final = "within the limit"
_COUNTERS: Final[dict[str, Callable[[str], int]]] = {
    "sentence": sentence_count,
    "character": character_count,
    "paragraph": paragraph_count,
    "item": item_count,
}


class WordLimit:
    """1 within the case's limits, 0 beyond; the words are counted whether there is a limit or not."""

    needs_detection = False
    metrics = tuple(
        Metric(name=f"{unit}_limit", direction="higher", unit="within the limit", rule=_RULE)
        for unit in ("word", *_COUNTERS)
    )

    async def score(self, case: Case, answer: Answer, _detection: Detection | None, /) -> tuple[Score, ...]:
        """Hold the answer against each limit; limits other than that of words are scored where the case sets one."""
        limits = case.limits or Limits()
        body = counted(answer.text, code=limits.code, citations=limits.citations)
        scores = [_words(word_count(body), ifeval_words(body), limits)]
        for unit, count in _COUNTERS.items():
            bounds = (getattr(limits, f"min_{unit}s"), getattr(limits, f"max_{unit}s"))
            if bounds != (None, None):
                scores.append(_scored(f"{unit}_limit", f"{unit}s", count(body), bounds, strict=limits.strict))
        return tuple(scores)


def _words(words: int, loose: int, limits: Limits) -> Score:
    counts: dict[str, Json] = {"words": words, "ifeval_words": loose}
    bounds = (limits.min_words, limits.max_words)
    if bounds == (None, None):
        return Score(metric="word_limit", value=None, reason=f"{words} words; the case sets no limit", details=counts)
    score = _scored("word_limit", "words", words, bounds, strict=limits.strict)
    borderline = (_over(loose, bounds, strict=limits.strict) == 0) != score.passed
    counts["borderline"] = borderline
    return Score(
        metric=score.metric,
        value=score.value,
        passed=score.passed,
        reason=score.reason + ("; borderline: the other counter disagrees" if borderline else ""),
        details={**score.details, **counts},
    )


def _over(count: int, bounds: tuple[int | None, int | None], *, strict: bool) -> int:
    """Return how many units the count lies beyond the nearer bound: positive above, negative below, 0 within."""
    low, high = bounds
    edge = 1 if strict else 0
    if high is not None and count > high - edge:
        return count - (high - edge)
    if low is not None and count < low + edge:
        return count - (low + edge)
    return 0


def _scored(metric: str, unit: str, count: int, bounds: tuple[int | None, int | None], *, strict: bool) -> Score:
    low, high = bounds
    over = _over(count, bounds, strict=strict)
    said = [
        f"{word} {bound}"
        for word, bound in (
            ("more than" if strict else "at least", low),
            ("less than" if strict else "at most", high),
        )
        if bound is not None
    ]
    reason = f"{count} {unit}, limit {' and '.join(said)}"
    if over:
        reason += f": {abs(over)} too {'many' if over > 0 else 'few'}"
    return Score(
        metric=metric,
        value=0.0 if over else 1.0,
        passed=not over,
        reason=reason,
        details={unit: count, "min": low, "max": high, "strict": strict, "over": over},
    )
