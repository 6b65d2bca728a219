"""Align a sentence of the answer with the passage sentences that support it: the evidence, with offsets.

Passages are analysed once (`analyse`) into units (their sentences and rows) with an inverted index from keys to units.
A key is the normal form of a word or a quantity. `align` scores a sentence's words against the units by weighted
coverage, joins up to `MAX_JOINED` units greedily, and says for every word where it was found. The cost is that of the
postings touched: linear in the words of answer and contexts, not in their product.
"""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from harness.records import Evidence
from harness.text.numbers import Quantity, quantities
from harness.text.sentences import segments
from harness.text.words import scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.records import Passage

__all__ = ["MAX_JOINED", "Alignment", "Place", "Source", "Unit", "Word", "align", "analyse", "query_keys", "words"]

MAX_JOINED: Final = 3
_PREFIX: Final = 5
_MIN_PREFIXED: Final = 6
_MAX_POSTINGS: Final = 64
"""A word in more units than this is no evidence for any one of them; it is known, and its units are not listed."""
_NEAR: Final = 3
_DIGIT: Final = re.compile(r"\d")
_DENIED: Final = re.compile(r"[:=]\s*[\"']?(?:false|no|none|null|n/a)[\"']?,?\s*$", re.IGNORECASE)

Place: TypeAlias = Literal["evidence", "context", "query", "nowhere"]


class Word(NamedTuple):
    """A word or quantity of a text; `keys` are the normal forms under which it may be found, the first its own."""

    start: int
    end: int
    keys: tuple[str, ...]
    stop: bool
    name: bool
    quantity: Quantity | None
    negates: bool
    hedges: bool
    rarity: float


class Unit(NamedTuple):
    """A sentence or row of a passage: `passages[passage].text[start:end]`; `denied`: a row that says no or none."""

    passage: int
    start: int
    end: int
    words: tuple[Word, ...]
    row: bool
    denied: bool
    negated: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Passages, analysed. `bigrams` and `trigrams` are of all words, `near` of content words at most 3 apart."""

    passages: tuple[Passage, ...]
    units: tuple[Unit, ...]
    postings: dict[str, list[int]] = field(repr=False)
    prefixes: dict[str, list[int]] = field(repr=False)
    bigrams: set[tuple[str, str]] = field(repr=False)
    trigrams: set[tuple[str, str, str]] = field(repr=False)
    near: set[tuple[str, str]] = field(repr=False)
    size: int
    """Words."""
    rows: float
    """Share of the units that are rows, in [0, 1]."""


class Alignment(NamedTuple):
    """Where a sentence's words stand.

    `weights[i]` is word i's inverse unit frequency, `held[i]` the units that hold it, `exact[i]` whether they hold its
    own form and not only its beginning; `units` are those that were joined and `coverage[k]` the weighted share of the
    content words that the first k + 1 of them cover, in [0, 1].
    """

    weights: list[float]
    held: list[Sequence[int]]
    exact: list[bool]
    asked: list[bool]
    units: tuple[int, ...]
    coverage: tuple[float, float, float]
    places: tuple[Place, ...]


@lru_cache(maxsize=1024)
def words(text: str, start: int = 0, end: int | None = None) -> tuple[Word, ...]:
    """Return the words and quantities of `text[start:end]` in order, with offsets into `text`.

    The last 1,024 are remembered, so that detector and scorers look at each sentence of an answer once.

    >>> [word.keys[0] for word in words("About 1.5 million models") if not word.stop]
    ['#1500000', 'model']
    """
    piece = text[start:end]
    found: list[Word] = []
    counts = _DIGIT.search(piece) is not None
    for at, to, _, lexeme in scan(piece):
        counts = counts or lexeme.counts
        keys, stop, negates, hedges, _, rarity = lexeme
        named = piece[at].isupper()
        found.append(Word(start + at, start + to, keys, stop, named, None, negates, hedges, rarity))
    return _with_quantities(piece, start, found) if counts else tuple(found)


def _with_quantities(piece: str, start: int, found: list[Word]) -> tuple[Word, ...]:
    """Put quantities in the place of the words that they are made of."""
    numbers = [q for q in quantities(piece) if not (q.kind == "ordinal" and piece[q.start].isalpha())]
    covered = {start + at for q in numbers for at in range(q.start, q.end)}
    kept = [word for word in found if word.start not in covered]
    kept.extend(
        Word(start + q.start, start + q.end, _quantity_keys(q), False, False, q, False, False, 1.0)  # noqa: FBT003
        for q in numbers
    )
    kept.sort()
    return tuple(kept)


def _quantity_keys(quantity: Quantity) -> tuple[str, ...]:
    value = quantity.value
    if quantity.kind != "date" or value.startswith("--"):
        return (f"#{value}",)
    year, _, rest = value.partition("-")
    return (f"#{value}", f"#--{rest}", f"#{year}")


@lru_cache(maxsize=1024)
def query_keys(query: str) -> frozenset[str]:
    """Return the keys of the query's content words."""
    return frozenset(key for word in words(query) if not word.stop for key in word.keys)


@lru_cache(maxsize=128)
def analyse(passages: tuple[Passage, ...]) -> Source:
    """Cut the passages into units and index their words; the last 128 sets of passages are remembered."""
    source = Source(passages, (), {}, {}, set(), set(), set(), 0, 0.0)
    units: list[Unit] = []
    size = 0
    for number, passage in enumerate(passages):
        norms: list[str] = []
        content: list[str] = []
        for segment in segments(passage.text):
            unit = _unit(passage.text, number, segment.start, segment.end, row=segment.kind == "row")
            _index(source, unit.words, len(units))
            units.append(unit)
            norms.extend(word.keys[0] for word in unit.words)
            content.extend(word.keys[0] for word in unit.words if not word.stop)
        size += len(norms)
        source.bigrams.update(itertools.pairwise(norms))
        source.trigrams.update(zip(norms, norms[1:], norms[2:], strict=False))
        for step in range(1, _NEAR + 1):
            source.near.update(zip(content, content[step:], strict=False))
    rows = sum(unit.row for unit in units) / max(1, len(units))
    return replace(source, units=tuple(units), size=size, rows=rows)


def _unit(text: str, passage: int, start: int, end: int, *, row: bool) -> Unit:
    found = words(text, start, end)
    denied = row and _DENIED.search(text, start, end) is not None
    return Unit(passage, start, end, found, row, denied, any(word.negates for word in found))


def _index(source: Source, found: Iterable[Word], unit: int) -> None:
    for word in found:
        for key in word.keys:
            units = source.postings.setdefault(key, [])
            if not units or units[-1] != unit:
                units.append(unit)
        own = word.keys[0]
        if not word.stop and word.quantity is None and len(own) >= _MIN_PREFIXED:
            units = source.prefixes.setdefault(own[:_PREFIX], [])
            if not units or units[-1] != unit:
                units.append(unit)


def align(source: Source, sentence: Sequence[Word], asked_keys: frozenset[str] = frozenset()) -> Alignment:
    """Align one sentence's words with the source; `asked_keys` are the query's (`query_keys`)."""
    found = [_holding(source, word) for word in sentence]
    total_units = len(source.units) + 1
    weights = [math.log(1 + total_units / (1 + len(units))) for units, _ in found]
    held = [units if len(units) <= _MAX_POSTINGS else () for units, _ in found]
    content = [number for number, word in enumerate(sentence) if not word.stop]
    units, covered, coverage = _join(held, weights, content)
    asked = [any(key in asked_keys for key in word.keys) for word in sentence]
    places: tuple[Place, ...] = tuple(
        "evidence" if n in covered else "context" if found[n][0] else "query" if asked[n] else "nowhere"
        for n in range(len(sentence))
    )
    return Alignment(weights, held, [exact for _, exact in found], asked, units, coverage, places)


def _holding(source: Source, word: Word) -> tuple[Sequence[int], bool]:
    """Return the units that hold a word, and whether they hold its own form."""
    units: Sequence[int] = source.postings.get(word.keys[0], ())
    for key in word.keys[1:]:
        more = source.postings.get(key, ())
        if more:
            units = sorted({*units, *more}) if units else more
    if units or word.stop or word.quantity is not None or len(word.keys[0]) < _MIN_PREFIXED:
        return units, bool(units)
    return source.prefixes.get(word.keys[0][:_PREFIX], ()), False


def _join(
    held: Sequence[Sequence[int]], weights: Sequence[float], content: Sequence[int]
) -> tuple[tuple[int, ...], set[int], tuple[float, float, float]]:
    """Choose up to `MAX_JOINED` units that together cover most weight; ties go to the earlier unit."""
    gain: dict[int, float] = {}
    for number in content:
        for unit in held[number]:
            gain[unit] = gain.get(unit, 0.0) + weights[number]
    total = sum(weights[number] for number in content) or 1.0
    chosen: list[int] = []
    covered: set[int] = set()
    coverage = [0.0] * MAX_JOINED
    share = 0.0
    for turn in range(MAX_JOINED):
        best = max(gain, key=lambda unit: (gain[unit], -unit), default=None)
        if best is not None and gain[best] > 1e-9:  # noqa: PLR2004 - rounding of weights taken off again
            chosen.append(best)
            share += gain[best] / total
            for number in content:
                if number not in covered and best in held[number]:
                    covered.add(number)
                    for unit in held[number]:
                        gain[unit] -= weights[number]
        coverage[turn] = min(share, 1.0)
    return tuple(chosen), covered, (coverage[0], coverage[1], coverage[2])


def evidence(source: Source, sentence: Sequence[Word], found: Alignment) -> tuple[Evidence, ...]:
    """Return the joined units as evidence; similarity is the weighted share of the content words that a unit holds."""
    content = [number for number, word in enumerate(sentence) if not word.stop]
    total = sum(found.weights[number] for number in content) or 1.0
    out: list[Evidence] = []
    for number in found.units:
        unit = source.units[number]
        share = sum(found.weights[n] for n in content if number in found.held[n]) / total
        out.append(
            Evidence(
                passage=source.passages[unit.passage].id,
                start=unit.start,
                end=unit.end,
                similarity=round(min(share, 1.0), 4),
            )
        )
    return tuple(out)
