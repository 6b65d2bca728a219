"""Words and quantities of a text as alignment sees them: with offsets, and the keys under which they may be found."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from harness.text.layout import unmarked
from harness.text.numbers import Quantity, quantities
from harness.text.words import Lexeme, scan, straightened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Reading", "Word", "query_keys", "read", "words"]

_SHARED: Final = 6
"""So many of the first fields of a `Lexeme` are the last ones of a `Word`."""
_MAX_REMEMBERED: Final = 2000
"""A longer piece is read anew each time: a few of them would fill the memory."""
_DIGIT: Final = re.compile(r"\d")


class Word(NamedTuple):
    """A word or quantity of a text; `keys` are the normal forms under which it may be found, the first its own."""

    start: int
    end: int
    quantity: Quantity | None
    keys: tuple[str, ...]
    stop: bool
    name: bool
    negates: bool
    hedges: bool
    rarity: float


class Reading(NamedTuple):
    """The words of a piece of text and the quantities that some of them make up, before they are put together."""

    found: list[tuple[int, int, Lexeme]]
    quantities: Sequence[Quantity]

    def words(self, start: int) -> tuple[Word, ...]:
        """Return the words, with quantities in the place of those they are made of; the piece begins at `start`."""
        build = tuple.__new__  # of a `NamedTuple`, at half the cost
        kept: list[Word] = []
        for low, high, quantity in self._stretches():
            for at, to, lexeme in self.found[low:high]:
                kept.append(build(Word, (start + at, start + to, None, *lexeme[:_SHARED])))
            if quantity is not None:
                first, last, keys = start + quantity.start, start + quantity.end, _quantity_keys(quantity)
                kept.append(build(Word, (first, last, quantity, keys, False, False, False, False, 1.0)))
        return tuple(kept)

    def posted(self) -> list[Lexeme]:
        """Return the same as a passage's index has them: without offsets, and quantities under `_posted_keys`."""
        if not self.quantities:
            return [lexeme for _, _, lexeme in self.found]
        kept: list[Lexeme] = []
        for low, high, quantity in self._stretches():
            kept += [lexeme for _, _, lexeme in self.found[low:high]]
            if quantity is not None:
                keys = _posted_keys(quantity)
                kept.append(Lexeme(keys, False, False, False, False, 1.0, keys[0], True, "number"))  # noqa: FBT003 - as a tuple is built
        return kept

    def _stretches(self) -> Iterator[tuple[int, int, Quantity | None]]:
        """Yield stretches `found[low:high]` of words, each with the quantity after it."""
        found, at = self.found, 0
        for quantity in self.quantities:
            low = at
            while at < len(found) and found[at][0] < quantity.start:
                at += 1
            yield low, at, quantity
            while at < len(found) and found[at][0] < quantity.end:
                at += 1
        yield at, len(found), None


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
    return read(piece).words(start)


def read(piece: str) -> Reading:
    """Find the words and quantities of a piece of text without emphasis marks."""
    found = scan(piece)
    starts = [at for at, _, lexeme in found if lexeme.counts]
    plain = straightened(piece).isascii()
    if not starts and (plain or _DIGIT.search(piece) is None):
        return Reading(found, ())
    counted = quantities(piece, starts if plain else None)
    return Reading(found, [one for one in counted if one.kind != "ordinal" or not piece[one.start].isalpha()])


def _quantity_keys(quantity: Quantity) -> tuple[str, ...]:
    """Return the keys that a quantity is looked up by: a full date also by a passage's date without its year."""
    value = quantity.value
    if quantity.kind != "date" or value.startswith("--"):
        return (f"#{value}",)
    return (f"#{value}", f"#={value[4:]}")


def _posted_keys(quantity: Quantity) -> tuple[str, ...]:
    """Return the keys under which a passage's quantity is found; a full date also answers for its day and its year."""
    value = quantity.value
    if quantity.kind != "date":
        return (f"#{value}",)
    if value.startswith("--"):
        return (f"#{value}", f"#={value[1:]}")
    return (f"#{value}", f"#-{value[4:]}", f"#{value[:4]}")


@lru_cache(maxsize=1024)
def query_keys(query: str) -> frozenset[str]:
    """Return the keys of the query's content words."""
    return frozenset(key for word in words(query) if not word.stop for key in word.keys)
