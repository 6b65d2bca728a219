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

from harness.recent import Recent
from harness.records import Evidence
from harness.text.layout import unmarked
from harness.text.numbers import Quantity, quantities
from harness.text.sentences import segments
from harness.text.words import lexemes, scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.records import Passage
    from harness.text.sentences import Segment

__all__ = ["MAX_JOINED", "Alignment", "Place", "Source", "Unit", "Word", "align", "analyse", "query_keys", "words"]

MAX_JOINED: Final = 3
_PREFIX: Final = 5
_MIN_PREFIXED: Final = 6
_MAX_POSTINGS: Final = 64
"""A word in more units than this is no evidence for any one of them; it is known, and its units are not listed."""
_MAX_REMEMBERED: Final = 2000
"""A longer piece is read anew each time: a few of them would fill the memory."""
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


class Unit:
    """A sentence or row of a passage: `passages[passage].text[start:end]`; `denied`: a row that says no or none."""

    __slots__ = ("_text", "_words", "denied", "end", "negated", "passage", "row", "start")

    def __init__(self, text: str, passage: int, segment: Segment, found: tuple[Word, ...] | None) -> None:
        """Take the passage's text, its number, the piece of it, and the words if they are known already."""
        self._text, self._words = text, found
        self.passage, self.start, self.end = passage, segment.start, segment.end
        self.row = segment.kind == "row"
        self.denied = self.row and _DENIED.search(text, segment.start, segment.end) is not None
        self.negated = False

    @property
    def words(self) -> tuple[Word, ...]:
        """The words and quantities, found when first asked for: few units are looked at word by word."""
        if self._words is None:
            self._words = words(self._text, self.start, self.end)
        return self._words


@dataclass(frozen=True, slots=True)
class Source:
    """Passages, each text once, analysed.

    `bigrams` and `trigrams` are of all words, `near` of content words at most 3 apart.
    """

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


def words(text: str, start: int = 0, end: int | None = None) -> tuple[Word, ...]:
    """Return the words and quantities of `text[start:end]` in order, with offsets into `text`.

    >>> [word.keys[0] for word in words("About 1.5 million models") if not word.stop]
    ['#1500000', 'model']
    """
    piece = text[start:end]
    if "*" not in piece and "_" not in piece:
        return _words(piece, start) if len(piece) <= _MAX_REMEMBERED else _words.__wrapped__(piece, start)
    plain, origins = unmarked(piece)
    return tuple(
        word._replace(start=start + origins[word.start], end=start + origins[word.end - 1] + 1)
        for word in _words(plain, 0)
    )


@lru_cache(maxsize=64)  # the sentences of the answer in hand, which detector and scorers read
def _words(piece: str, start: int) -> tuple[Word, ...]:
    build = tuple.__new__  # of a `NamedTuple`, at half the cost
    starts: list[int] = []
    found: list[Word] = []
    for at, to, _, (keys, stop, negates, hedges, counts, rarity) in scan(piece):
        first = piece[at]
        if counts or first in "0123456789":
            starts.append(at)
        named = "A" <= first <= "Z" or (first > "\x7f" and first.isupper())
        found.append(build(Word, (start + at, start + to, keys, stop, named, None, negates, hedges, rarity)))
    if piece.isascii():
        return _with_quantities(piece, start, found, starts) if starts else tuple(found)
    return _with_quantities(piece, start, found, None) if starts or _DIGIT.search(piece) else tuple(found)


def _with_quantities(piece: str, start: int, found: list[Word], starts: list[int] | None) -> tuple[Word, ...]:
    """Put quantities in the place of the words that they are made of."""
    numbers = [q for q in quantities(piece, starts) if not (q.kind == "ordinal" and piece[q.start].isalpha())]
    if not numbers:
        return tuple(found)
    covered = {start + at for q in numbers for at in range(q.start, q.end)}
    kept = [word for word in found if word.start not in covered]
    kept.extend(
        Word(start + q.start, start + q.end, _quantity_keys(q), False, False, q, False, False, 1.0)  # noqa: FBT003
        for q in numbers
    )
    kept.sort()
    return tuple(kept)


def _quantity_keys(quantity: Quantity) -> tuple[str, ...]:
    """Return the keys that a quantity is looked up by: a full date also by a passage's date without its year."""
    value = quantity.value
    if quantity.kind != "date" or value.startswith("--"):
        return (f"#{value}",)
    return (f"#{value}", f"#={value[4:]}")


def _posted_keys(word: Word) -> tuple[str, ...]:
    """Return the keys under which a passage's word is found; a full date also answers for its day and for its year."""
    if word.quantity is None or word.quantity.kind != "date":
        return word.keys
    value = word.quantity.value
    if value.startswith("--"):
        return (f"#{value}", f"#={value[1:]}")
    return (f"#{value}", f"#-{value[4:]}", f"#{value[:4]}")


@lru_cache(maxsize=1024)
def query_keys(query: str) -> frozenset[str]:
    """Return the keys of the query's content words."""
    return frozenset(key for word in words(query) if not word.stop for key in word.keys)


def analyse(passages: tuple[Passage, ...]) -> Source:
    """Cut the passages into units and index their words; the last ones analysed are remembered."""
    return _recent.get(passages) or _recent.put(passages, _analysed(passages))


_recent: Final = Recent[tuple["Passage", ...], Source](most=50_000, size=lambda source: source.size)
"""Some 20 MB; the contexts of over a hundred ordinary questions."""


def _analysed(given: tuple[Passage, ...]) -> Source:
    first: dict[str, Passage] = {}
    for passage in given:
        first.setdefault(passage.text, passage)  # a copy says nothing new, and must not weigh twice
    passages = tuple(first.values())
    source = Source(passages, (), {}, {}, set(), set(), set(), 0, 0.0)
    units: list[Unit] = []
    size = 0
    for number, passage in enumerate(passages):
        norms: list[str] = []
        content: list[str] = []
        for segment in segments(passage.text):
            unit, keys = _unit(passage.text, number, segment)
            _index(source, keys, len(units))
            units.append(unit)
            norms.extend([own[0] for own, _ in keys])
            content.extend([own[0] for own, stop in keys if not stop])
        size += len(norms)
        source.bigrams.update(itertools.pairwise(norms))
        source.trigrams.update(zip(norms, norms[1:], norms[2:], strict=False))
        for step in range(1, _NEAR + 1):
            source.near.update(zip(content, content[step:], strict=False))
    rows = sum(unit.row for unit in units) / max(1, len(units))
    return replace(source, units=tuple(units), size=size, rows=rows)


def _unit(text: str, passage: int, segment: Segment) -> tuple[Unit, list[tuple[tuple[str, ...], bool]]]:
    """Return a unit, and the keys of each of its words with whether it is a stop word."""
    plain = lexemes(text[segment.start : segment.end])
    if plain is not None:
        unit = Unit(text, passage, segment, None)
        unit.negated = any(lexeme.negates for lexeme in plain)
        return unit, [(lexeme.keys, lexeme.stop) for lexeme in plain]
    found = words(text, segment.start, segment.end)
    unit = Unit(text, passage, segment, found)
    unit.negated = any(word.negates for word in found)
    return unit, [(_posted_keys(word), word.stop) for word in found]


def _index(source: Source, found: Iterable[tuple[tuple[str, ...], bool]], unit: int) -> None:
    postings, prefixes = source.postings, source.prefixes
    for keys, stop in found:
        for key in keys:
            held = postings.get(key)
            if held is None:
                postings[key] = [unit]
            elif held[-1] != unit:
                held.append(unit)
        own = keys[0]
        if not stop and len(own) >= _MIN_PREFIXED and own[0] != "#":  # no quantity
            held = prefixes.get(own[:_PREFIX])
            if held is None:
                prefixes[own[:_PREFIX]] = [unit]
            elif held[-1] != unit:
                held.append(unit)


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
