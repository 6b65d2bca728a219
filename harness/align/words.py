"""Words and quantities of a text as alignment sees them: with offsets, and the keys under which they may be found."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from harness.text.layout import unmarked
from harness.text.numbers import Quantity, quantities
from harness.text.words import scan

__all__ = ["Word", "posted_keys", "query_keys", "words"]

_MAX_REMEMBERED: Final = 2000
"""A longer piece is read anew each time: a few of them would fill the memory."""
_DIGIT: Final = re.compile(r"\d")


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
    for at, to, (keys, stop, capital, negates, hedges, counts, rarity, _) in scan(piece):
        if counts:
            starts.append(at)
        found.append(build(Word, (start + at, start + to, keys, stop, capital, None, negates, hedges, rarity)))
    if piece.isascii():
        return _with_quantities(piece, start, found, starts) if starts else tuple(found)
    return _with_quantities(piece, start, found, None) if starts or _DIGIT.search(piece) else tuple(found)


def _with_quantities(piece: str, start: int, found: list[Word], starts: list[int] | None) -> tuple[Word, ...]:
    """Put quantities in the place of the words that they are made of."""
    kept: list[Word] = []
    at = 0
    for quantity in quantities(piece, starts):
        first, last = start + quantity.start, start + quantity.end
        if quantity.kind == "ordinal" and piece[quantity.start].isalpha():
            continue
        while at < len(found) and found[at].start < first:
            kept.append(found[at])
            at += 1
        kept.append(Word(first, last, _quantity_keys(quantity), False, False, quantity, False, False, 1.0))  # noqa: FBT003 - as a tuple is built
        while at < len(found) and found[at].start < last:
            at += 1
    return (*kept, *found[at:])


def _quantity_keys(quantity: Quantity) -> tuple[str, ...]:
    """Return the keys that a quantity is looked up by: a full date also by a passage's date without its year."""
    value = quantity.value
    if quantity.kind != "date" or value.startswith("--"):
        return (f"#{value}",)
    return (f"#{value}", f"#={value[4:]}")


def posted_keys(word: Word) -> tuple[str, ...]:
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
