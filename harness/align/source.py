"""Passages, analysed once: cut into units (their sentences and rows), with an index from keys to units."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from harness.align.words import posted_keys, words
from harness.recent import Recent
from harness.text.sentences import segments
from harness.text.words import lexemes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from harness.align.words import Word
    from harness.records import Passage
    from harness.text.sentences import Segment

__all__ = ["MIN_PREFIXED", "PREFIX", "Neighbours", "Source", "Unit", "analyse"]

PREFIX: Final = 5
"""A word that stands nowhere is held, inexactly, by units that have a word with so many first letters in common …"""
MIN_PREFIXED: Final = 6
"""… if both are at least so long."""
_NEAR: Final = 3
_BITS: Final = 21
"""Two or three of the numbers of words make one number of 63 bits; the words of a longer source are not told apart."""
_DENIED: Final = re.compile(r"[:=]\s*[\"']?(?:false|no|none|null|n/a)[\"']?,?\s*$", re.IGNORECASE)


class Unit:
    """A sentence or row of a passage: `passages[passage].text[start:end]`.

    `denied` is a row that says no or none; `header` is the number of the unit with the heads of the row's columns.
    """

    __slots__ = ("_text", "_words", "denied", "end", "header", "negated", "passage", "row", "start")

    def __init__(self, text: str, passage: int, segment: Segment, found: tuple[Word, ...] | None) -> None:
        """Take the passage's text, its number, the piece of it, and the words if they are known already."""
        self._text, self._words = text, found
        self.passage, self.start, self.end = passage, segment.start, segment.end
        self.row = segment.kind == "row"
        self.denied = self.row and _DENIED.search(text, segment.start, segment.end) is not None
        self.negated = False
        self.header: int | None = None

    @property
    def words(self) -> tuple[Word, ...]:
        """The words and quantities, found when first asked for: few units are looked at word by word."""
        if self._words is None:
            self._words = words(self._text, self.start, self.end)
        return self._words


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Which words stand beside one another in the passages: twos and threes of all, content words at most 3 apart.

    Words are numbered, and neighbours packed into one number: sets of numbers cost a fifth of sets of tuples.
    """

    numbers: dict[str, int]
    twos: set[int]
    threes: set[int]
    near: set[int]

    @classmethod
    def of(cls, numbers: dict[str, int], every: list[int], content: list[int]) -> Neighbours:
        """Take the words' numbers, the numbers of all words in order and of the content words; -1 is a gap."""
        all_words, told = (np.array(found, np.int64) for found in (every, content))
        for found in (all_words, told):
            found[found >> _BITS != 0] = -1
        twos = all_words[:-1] << _BITS | all_words[1:]
        threes = all_words[:-2] << 2 * _BITS | twos[1:]
        near = [told[:-step] << _BITS | told[step:] for step in range(1, _NEAR + 1)]
        return cls(numbers, _known(twos), _known(threes), _known(np.concatenate(near)))

    def numbered(self, norms: Iterable[str]) -> list[int]:
        """Return the words' numbers, -1 for one that the passages do not have."""
        known = self.numbers.get
        return [known(norm, -1) for norm in norms]

    def follow(self, found: Sequence[int]) -> list[bool]:
        """Say for each word but the last whether the next one follows it somewhere in the passages."""
        return [a << _BITS | b in self.twos for a, b in itertools.pairwise(found)]

    def in_threes(self, found: Sequence[int]) -> list[bool]:
        """Say for each word but the last two whether the next two follow it somewhere."""
        threes = self.threes
        return [a << 2 * _BITS | b << _BITS | c in threes for a, b, c in zip(found, found[1:], found[2:], strict=False)]

    def before(self, left: Iterable[int], right: Iterable[int]) -> list[bool]:
        """Say for each pair of content words whether the left one stands shortly before the right one somewhere."""
        near = self.near
        return [a << _BITS | b in near for a, b in zip(left, right, strict=False)]


def _known(packed: NDArray[np.int64]) -> set[int]:
    """Return the numbers as a set, without those that a gap is a part of: they are negative."""
    return set(packed[packed >= 0].tolist())


@dataclass(frozen=True, slots=True)
class Source:
    """Passages, each text once, analysed: `postings` from keys to the units that have them, and `prefixes` likewise."""

    passages: tuple[Passage, ...]
    units: tuple[Unit, ...]
    postings: dict[str, list[int]] = field(repr=False)
    prefixes: dict[str, list[int]] = field(repr=False)
    neighbours: Neighbours = field(repr=False)
    size: int
    """Words."""
    rows: float
    """Share of the units that are rows, in [0, 1]."""


def analyse(passages: tuple[Passage, ...]) -> Source:
    """Cut the passages into units and index their words; the last ones analysed are remembered."""
    return _recent.get(passages) or _recent.put(passages, _analysed(passages))


_recent: Final = Recent[tuple["Passage", ...], Source](most=50_000, size=lambda source: source.size)
"""Some 15 MB; the contexts of over a hundred ordinary questions."""


def _analysed(given: tuple[Passage, ...]) -> Source:
    first: dict[str, Passage] = {}
    for passage in given:
        first.setdefault(passage.text, passage)  # a copy says nothing new, and must not weigh twice
    passages = tuple(first.values())
    units: list[Unit] = []
    postings: dict[str, list[int]] = {}
    prefixes: dict[str, list[int]] = {}
    numbers: dict[str, int] = {}
    every: list[int] = []
    content: list[int] = []
    size = 0
    for number, passage in enumerate(passages):
        columns, head = 0, None
        for segment in segments(passage.text):
            unit, found = _unit(passage.text, number, segment)
            _index(postings, prefixes, found, len(units))
            columns, head = _under(passage.text, segment, columns, head, len(units))
            unit.header = head if head != len(units) else None
            units.append(unit)
            told = [numbers.setdefault(keys[0], len(numbers)) for keys, _ in found]
            every.extend(told)
            content.extend([one for one, (_, stop) in zip(told, found, strict=True) if not stop])
            size += len(found)
        for follows in (every, content):
            follows.extend([-1] * _NEAR)
    rows = sum(unit.row for unit in units) / max(1, len(units))
    return Source(passages, tuple(units), postings, prefixes, Neighbours.of(numbers, every, content), size, rows)


def _under(text: str, segment: Segment, columns: int, head: int | None, number: int) -> tuple[int, int | None]:
    """Return how many columns a row has, and the unit that heads them: the first of rows with as many."""
    if segment.kind not in {"row", "heading"}:
        return 0, None
    marks = text.count("|", segment.start, segment.end)
    if not marks:
        return 0, None
    return marks, head if marks == columns else number


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
    return unit, [(posted_keys(word), word.stop) for word in found]


def _index(
    postings: dict[str, list[int]],
    prefixes: dict[str, list[int]],
    found: Iterable[tuple[tuple[str, ...], bool]],
    unit: int,
) -> None:
    for keys, stop in found:
        for key in keys:
            held = postings.get(key)
            if held is None:
                postings[key] = [unit]
            elif held[-1] != unit:
                held.append(unit)
        own = keys[0]
        if not stop and len(own) >= MIN_PREFIXED and own[0] != "#":  # no quantity
            held = prefixes.get(own[:PREFIX])
            if held is None:
                prefixes[own[:PREFIX]] = [unit]
            elif held[-1] != unit:
                held.append(unit)
