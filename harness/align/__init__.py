"""Alignment: where in the passages each word of an answer stands, and which passage sentences support it.

Passages are analysed once (`analyse`) into units with an inverted index; `align` holds a sentence's `words` against
them.
"""

from harness.align.alignment import MAX_JOINED, Alignment, Place, align, evidence, gains, heaviest
from harness.align.index import MIN_PREFIXED, PREFIX
from harness.align.source import Source, Unit, analyse
from harness.align.words import Word, query_keys, words

__all__ = [
    "MAX_JOINED",
    "MIN_PREFIXED",
    "PREFIX",
    "Alignment",
    "Place",
    "Source",
    "Unit",
    "Word",
    "align",
    "analyse",
    "evidence",
    "gains",
    "heaviest",
    "query_keys",
    "words",
]
