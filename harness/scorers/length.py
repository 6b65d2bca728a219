"""Limits: is the answer as long as it was allowed to be?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.records import Metric, Score
from harness.text.length import character_count, ifeval_words, sentence_count, word_count

if TYPE_CHECKING:
    from harness.records import Answer, Case, Detection, Json, Limits

__all__ = ["WordLimit"]

_RULE: Final = "within the limit"


class WordLimit:
    """1 within the case's limits, 0 beyond; the words are counted whether there is a limit or not."""

    needs_detection = False
    metrics = (
        Metric(name="word_limit", direction="higher", unit="within the limit", rule=_RULE),
        Metric(name="sentence_limit", direction="higher", unit="within the limit", rule=_RULE),
        Metric(name="character_limit", direction="higher", unit="within the limit", rule=_RULE),
    )

    async def score(self, case: Case, answer: Answer, _detection: Detection | None, /) -> tuple[Score, ...]:
        """Hold the answer against each limit; sentence and character limits are scored only where the case sets one."""
        words, loose = word_count(answer.text), ifeval_words(answer.text)
        limits = case.limits
        scores = [_words(words, loose, limits)]
        if limits is None:
            return tuple(scores)
        for unit, counted in (("sentence", sentence_count), ("character", character_count)):
            low, high = getattr(limits, f"min_{unit}s"), getattr(limits, f"max_{unit}s")
            if low is not None or high is not None:
                scores.append(
                    _scored(f"{unit}_limit", f"{unit}s", counted(answer.text), (low, high), strict=limits.strict)
                )
        return tuple(scores)


def _words(words: int, loose: int, limits: Limits | None) -> Score:
    counts: dict[str, Json] = {"words": words, "ifeval_words": loose}
    if limits is None or (limits.max_words is None and limits.min_words is None):
        return Score(metric="word_limit", value=None, reason=f"{words} words; the case sets no limit", details=counts)
    bounds = (limits.min_words, limits.max_words)
    score = _scored("word_limit", "words", words, bounds, strict=limits.strict)
    other = _over(loose, bounds, strict=limits.strict) == 0
    counts["borderline"] = other != score.passed
    return Score(
        metric=score.metric,
        value=score.value,
        passed=score.passed,
        reason=score.reason + ("; borderline: the other counter disagrees" if other != score.passed else ""),
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
