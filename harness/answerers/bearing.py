"""How likely passages bear the answer to a question, by words alone: what the extractive candidate declines by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from harness.align import MIN_PREFIXED, PREFIX, words
from harness.text.polarity import RIVALS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.align import Source, Unit, Word

__all__ = ["bearing"]

_FLOOR: Final = 0.1
"""The weight of the commonest word."""
_NEGATED: Final = 0.4
_OPPOSITE: Final = 0.6
_NAMELESS: Final = 0.5
_WRONG_KIND: Final = 0.85
"""By what the score is multiplied where the query negates what the best sentence does not, where that sentence says
the opposite of a word of the query, where no name or number of the query stands in the passages, and where the best
sentence holds nothing of the kind that is asked for."""
_NUMBER: Final = re.compile(r"\bhow (?:many|much|old|tall|long|far|large|big)\b|\bwhat (?:percent|number)")
_DATE: Final = re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date|day)\b")
_NAME: Final = re.compile(r"\bwho(?:m|se)?\b|\bwhere\b|\b(?:what|which) (?:city|country)\b")
_YEAR: Final = re.compile(r"1\d{3}|20\d\d")


def bearing(query: str, source: Source) -> float:
    """Return how much speaks for the passages answering the query, in [0, 1]; 0 without a word in common.

    The mean of the shares of the query's content words, weighted by rarity, that all passages and the best single
    sentence hold; less where polarity, names or the kind of the answer speak against it.
    """
    asked = [word for word in words(query) if not word.stop]
    total = sum(word.rarity + _FLOOR for word in asked)
    if not asked or not source.units:
        return 0.0
    here = sum(word.rarity + _FLOOR for word in asked if _known(word, source)) / total
    shares = [_held(asked, unit) / total for unit in source.units]
    best = max(range(len(shares)), key=lambda at: (shares[at], -at))
    unit = source.units[best]
    score = (here + shares[best]) / 2
    if any(word.negates for word in words(query)) and not unit.negated:
        score *= _NEGATED
    if _opposed(query, source, unit):
        score *= _OPPOSITE
    names = [word for word in asked if (word.name and word.start > 0) or word.quantity is not None]
    if names:
        score *= _NAMELESS + (1 - _NAMELESS) * sum(_known(word, source) for word in names) / len(names)
    return score if _right_kind(query, unit) else score * _WRONG_KIND


def _known(word: Word, source: Source) -> bool:
    return any(key in source.postings for key in word.keys) or (
        word.quantity is None and bool(source.postings.akin(word.keys[0]))
    )


def _held(asked: Iterable[Word], unit: Unit) -> float:
    keys = {key for word in unit.words for key in word.keys}
    beginnings = {key[:PREFIX] for key in keys if len(key) >= MIN_PREFIXED}
    return sum(
        word.rarity + _FLOOR
        for word in asked
        if not keys.isdisjoint(word.keys)
        or any(len(key) >= MIN_PREFIXED and key[:PREFIX] in beginnings for key in word.keys)
    )


def _opposed(query: str, source: Source, unit: Unit) -> bool:
    text = source.passages[unit.passage].text
    there = {text[word.start : word.end].lower() for word in unit.words}
    here = {query[word.start : word.end].lower() for word in words(query)}
    return any(word not in there and not there.isdisjoint(RIVALS.get(word, ())) for word in here)


def _right_kind(query: str, unit: Unit) -> bool:
    """Say whether the sentence holds a number, date or name that the query has not, where one is asked for."""
    folded = query.lower()
    asked = {key for word in words(query) for key in word.keys}
    new = [word for word in unit.words if asked.isdisjoint(word.keys)]
    if _NUMBER.search(folded):
        return any(word.quantity is not None for word in new)
    if _DATE.search(folded):
        dated = (word.quantity for word in new if word.quantity is not None)
        return any(one.kind in {"date", "time"} or _YEAR.fullmatch(one.value) is not None for one in dated)
    if _NAME.search(folded):
        first = unit.words[0].start if unit.words else -1
        return any(word.name and word.start > first and word.quantity is None for word in new)
    return True
