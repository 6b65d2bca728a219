"""Read an answer once for all scorers."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from harness.align import words
from harness.text.sentences import segments

if TYPE_CHECKING:
    from harness.align import Word

__all__ = ["words_of"]


@lru_cache(maxsize=4)
def words_of(text: str) -> tuple[Word, ...]:
    """Return the words and quantities of a text, sentence by sentence; those of the last four texts are remembered.

    >>> [word.keys[0] for word in words_of("It is red. It is tall.") if not word.stop]
    ['red', 'tall']
    """
    return tuple(word for piece in segments(text) for word in words(text, piece.start, piece.end)) or words(text)
