"""Passages, analysed once: cut into units (their sentences and rows), with an index from keys to units."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from harness.align.index import GAP, indexed
from harness.align.words import read, words
from harness.recent import Recent
from harness.text.layout import unmarked
from harness.text.sentences import segments
from harness.text.words import Lexeme, lexemes

if TYPE_CHECKING:
    from harness.align.index import Neighbours, Postings
    from harness.align.words import Reading, Word
    from harness.records import Passage
    from harness.text.sentences import Segment

__all__ = ["Source", "Unit", "analyse"]

_NEGATES: Final = itemgetter(Lexeme._fields.index("negates"))
_DENIED: Final = re.compile(r"[:=]\s*[\"']?(?:false|no|none|null|n/a)[\"']?,?\s*$", re.IGNORECASE)


class Unit:
    """A sentence or row of a passage: `passages[passage].text[start:end]`.

    `denied` is a row that says no or none; `header` is the number of the unit with the heads of the row's columns;
    `size` is how many words the index has of it.
    """

    __slots__ = (
        "_reading",
        "_text",
        "_words",
        "denied",
        "end",
        "header",
        "negated",
        "passage",
        "row",
        "size",
        "start",
    )

    def __init__(self, text: str, passage: int, segment: Segment, header: int | None) -> None:
        """Take the passage's text, its number, the piece of it, and the unit that heads its columns."""
        self._text = text
        self._words: tuple[Word, ...] | None = None
        self._reading: Reading | None = None
        self.passage, self.start, self.end = passage, segment.start, segment.end
        self.row = segment.kind == "row"
        self.denied = self.row and _DENIED.search(text, segment.start, segment.end) is not None
        self.negated = False
        self.size = 0
        self.header = header

    def index(self) -> list[Lexeme]:
        """Return what the index has of it, in order."""
        piece = self._text[self.start : self.end]
        found = lexemes(piece)
        if found is None:
            plain = unmarked(piece)[0]
            reading = read(plain)
            self._reading = reading if plain is piece else None
            found = reading.posted()
        self.negated = True in map(_NEGATES, found)
        self.size = len(found)
        return found

    @property
    def words(self) -> tuple[Word, ...]:
        """The words and quantities, put together when first asked for: few units are looked at word by word."""
        if self._words is None:
            reading = self._reading
            self._words = reading.words(self.start) if reading else words(self._text, self.start, self.end)
            self._reading = None
        return self._words


@dataclass(frozen=True, slots=True)
class Source:
    """Passages, each text once, analysed."""

    passages: tuple[Passage, ...]
    units: tuple[Unit, ...]
    postings: Postings = field(repr=False)
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
    told: list[Lexeme] = []
    holders: list[tuple[int, int]] = []  # units, and how many of the words each holds
    for number, passage in enumerate(passages):
        columns, head = 0, None
        for segment in segments(passage.text):
            columns, head = _under(passage.text, segment, columns, head, len(units))
            units.append(Unit(passage.text, number, segment, head if head != len(units) else None))
            found = units[-1].index()
            holders.append((len(units) - 1, len(found)))
            told += found
        holders.append((len(units), len(GAP)))
        told += GAP
    postings, neighbours = indexed(told, holders)
    size = len(told) - len(GAP) * len(passages)
    rows = sum([unit.row for unit in units]) / max(1, len(units))
    return Source(passages, tuple(units), postings, neighbours, size, rows)


def _under(text: str, segment: Segment, columns: int, head: int | None, number: int) -> tuple[int, int | None]:
    """Return how many columns a row has, and the unit that heads them: the first of rows with as many."""
    if segment.kind not in {"row", "heading"}:
        return 0, None
    marks = text.count("|", segment.start, segment.end)
    if not marks:
        return 0, None
    return marks, head if marks == columns else number
