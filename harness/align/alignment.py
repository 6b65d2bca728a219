"""Align a sentence of the answer with the passage sentences that support it: the evidence, with offsets.

A sentence's words are scored against the passages' units by weighted coverage; up to `MAX_JOINED` units are joined
greedily. The cost is that of the postings touched: linear in the words of answer and contexts, not in their product.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from harness.records import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.align.index import Postings
    from harness.align.source import Source
    from harness.align.words import Word

__all__ = ["MAX_JOINED", "Alignment", "Place", "align", "evidence", "gains", "heaviest"]

MAX_JOINED: Final = 3
_MAX_POSTINGS: Final = 64
"""A word in more units than this is no evidence for any one of them; it is known, and its units are not listed."""

Place: TypeAlias = Literal["evidence", "context", "query", "nowhere"]


class Alignment(NamedTuple):
    """Where a sentence's words stand.

    `numbers[i]` is word i's number in the source's index, -1 if it has none, `weights[i]` its inverse unit frequency,
    `held[i]` the units that hold it, `exact[i]` whether they hold its own form and not only its beginning; `units` are
    those that were joined, `shares[k]` the weighted share of the content words that the k-th of them holds and
    `coverage[k]` that which the first k + 1 of them hold, in [0, 1].
    """

    numbers: list[int]
    weights: list[float]
    held: list[Sequence[int]]
    exact: list[bool]
    asked: list[bool]
    units: tuple[int, ...]
    shares: tuple[float, ...]
    coverage: tuple[float, float, float]
    places: tuple[Place, ...]


def align(source: Source, sentence: Sequence[Word], asked_keys: frozenset[str] = frozenset()) -> Alignment:
    """Align one sentence's words with the source; `asked_keys` are the query's (`query_keys`)."""
    postings = source.postings
    numbers = postings.numbered([word.keys[0] for word in sentence])
    found = [
        (postings.of(number), True) if number >= 0 and len(word.keys) == 1 else _holding(postings, word)
        for word, number in zip(sentence, numbers, strict=True)
    ]
    total_units = len(source.units) + 1
    weights = [math.log(1 + total_units / (1 + len(units))) for units, _ in found]
    held = [units if len(units) <= _MAX_POSTINGS else () for units, _ in found]
    content = [number for number, word in enumerate(sentence) if not word.stop]
    joined = _join(held, weights, content)
    asked = [not asked_keys.isdisjoint(word.keys) for word in sentence]
    places: tuple[Place, ...] = tuple(
        [
            "evidence" if n in joined.covered else "context" if found[n][0] else "query" if asked[n] else "nowhere"
            for n in range(len(sentence))
        ]
    )
    exact = [own for _, own in found]
    return Alignment(numbers, weights, held, exact, asked, joined.units, joined.shares, joined.coverage, places)


def _holding(postings: Postings, word: Word) -> tuple[Sequence[int], bool]:
    """Return the units that hold a word, and whether they hold its own form."""
    own = word.keys[0]
    units = postings[own]
    for key in word.keys[1:]:
        more = postings[key]
        if more:
            units = sorted({*units, *more}) if units else more
    if units:
        return units, True
    if word.stop or word.quantity is not None:
        return (), False
    return postings.akin(own), False


class _Joined(NamedTuple):
    """The units that were joined (see `Alignment`), and the positions of the words that they hold."""

    units: tuple[int, ...]
    shares: tuple[float, ...]
    coverage: tuple[float, float, float]
    covered: set[int]


def _join(held: Sequence[Sequence[int]], weights: Sequence[float], content: Sequence[int]) -> _Joined:
    """Choose up to `MAX_JOINED` units that together cover most weight; ties go to the earlier unit."""
    gain = gains(held, weights, content)
    total = sum([weights[number] for number in content]) or 1.0
    own: list[float] = []
    chosen: list[int] = []
    covered: set[int] = set()
    coverage = [0.0] * MAX_JOINED
    share, whole = 0.0, gain.copy()
    for turn in range(MAX_JOINED):
        best = heaviest(gain)
        if best is None or gain[best] <= 1e-9:  # noqa: PLR2004 - rounding of weights taken off again
            coverage[turn:] = [min(share, 1.0)] * (MAX_JOINED - turn)
            break
        chosen.append(best)
        own.append(min(whole[best] / total, 1.0))
        share += gain[best] / total
        coverage[turn] = min(share, 1.0)
        for number in content:
            if number not in covered and best in held[number]:
                covered.add(number)
                for unit in held[number]:
                    gain[unit] -= weights[number]
    return _Joined(tuple(chosen), tuple(own), (coverage[0], coverage[1], coverage[2]), covered)


def gains(held: Sequence[Sequence[int]], weights: Sequence[float], chosen: Iterable[int]) -> dict[int, float]:
    """Return for each unit the weight of those of the `chosen` words that it holds."""
    gain: dict[int, float] = {}
    for number in chosen:
        weight = weights[number]
        for unit in held[number]:
            gain[unit] = gain.get(unit, 0.0) + weight
    return gain


def heaviest(gain: Mapping[int, float]) -> int | None:
    """Return the unit of the largest gain, of several the first, None if there is none.

    >>> heaviest({4: 1.0, 2: 3.0, 1: 3.0})
    1
    """
    if not gain:
        return None
    most = max(gain.values())
    return min([unit for unit, one in gain.items() if one == most])


def evidence(source: Source, found: Alignment) -> tuple[Evidence, ...]:
    """Return the joined units as evidence; similarity is the weighted share of the content words that a unit holds."""
    proof: list[Evidence] = []
    for number, share in zip(found.units, found.shares, strict=True):
        unit = source.units[number]
        passage = source.passages[unit.passage].id
        proof.append(Evidence(passage=passage, start=unit.start, end=unit.end, similarity=round(share, 4)))
    return tuple(proof)
