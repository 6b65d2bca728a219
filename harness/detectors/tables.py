"""Read figures across the rows of a table: "17 points" said of somebody whose row has another figure under PTS.

A row's cells are labelled by the heads of its columns (`| name | PTS |`), or in the row itself (`PTS=17, REB=4`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from harness.text.numbers import quantities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.align import Source
    from harness.detectors.features import Claim

__all__ = ["Misread", "abbreviates", "misread"]

_LABELLED: Final = re.compile(
    r"([^\W\d_][\w %/.-]{0,40}?)[\"']?\s*[=:]\s*[\"']?([^,;|=:\n\"']{1,80})[\"']?\s*(?=[,;|\n]|\Z)"
)
_LETTERS: Final = re.compile(r"[^a-z]")
_SPACE: Final = re.compile(r"\s+[^\W\d_]")
"""Between a figure and what it counts; "three-point" and "3Pt" count nothing."""
_MIN_LABEL: Final = 2
_MIN_LABELLED: Final = 3
"""A line with so many labelled cells is a row, whatever it stands among."""
_DERIVED: Final = re.compile(
    r"\b(?:combin|total|sum\b|together|averag|more\b|fewer\b|less\b|than\b|over\b|under\b|lead\b|margin|deficit|half\b|halves|"
    r"quarter|period|season|career|streak|straight|consecutive|each\b|both\b|per\b|previous|last\b|next\b|another\b)",
    re.IGNORECASE,
)
"""What makes a figure one that is worked out, or that is of another time than the table's."""


class Misread(NamedTuple):
    """Word `at` of the claim is not what the table has for it: `value` under `label`."""

    at: int
    label: str
    value: str


def misread(source: Source, claim: Claim, content: Sequence[int]) -> Iterator[Misread]:
    """Yield the figures of a claim that the rows of those whom it names have otherwise.

    A figure is looked up under the labels that the word after it may be short for, in the rows that hold the names
    before it. It is misread if some row has such a label, and none has the figure there. `content` are the positions
    of the content words.
    """
    if not source.rows:
        return
    found, held = claim.words, claim.alignment.held
    figures = [n for n in content if (q := found[n].quantity) and q.unit and _SPACE.match(claim.text, found[n].end)]
    names = [n for n in content if found[n].name and found[n].quantity is None and held[n]]
    if not figures or not names or _DERIVED.search(claim.text, claim.start, claim.end):
        return
    for at in figures:
        quantity = found[at].quantity
        rows = {unit: None for n in names if n < at for unit in held[n]}
        cells = [
            cell for unit in rows for cell in _cells(source, unit) if quantity and abbreviates(cell[0], quantity.unit)
        ]
        known = {value for _, text in cells for value in _values(text)}
        if known and quantity is not None and quantity.value not in known:
            yield Misread(at, *cells[0])


def _cells(source: Source, number: int) -> list[tuple[str, str]]:
    """Return the labelled cells of a unit, none if it is prose."""
    unit = source.units[number]
    text = source.passages[unit.passage].text
    if unit.header is None:
        found = _LABELLED.findall(text, unit.start, unit.end)
        return found if unit.row or len(found) >= _MIN_LABELLED else []
    head = source.units[unit.header]
    return list(zip(_split(text[head.start : head.end]), _split(text[unit.start : unit.end]), strict=False))


def _split(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def _values(cell: str) -> list[str]:
    return [quantity.value for quantity in quantities(cell)]


def abbreviates(label: str, word: str) -> bool:
    """Say whether a label may be short for a word: the same first letter, and its letters in order.

    >>> abbreviates("PTS", "points"), abbreviates("Rebounds", "rebound"), abbreviates("BLK", "points")
    (True, True, False)
    """
    short, long = (_LETTERS.sub("", side.lower()).removesuffix("s") for side in (label, word))
    if len(short) < _MIN_LABEL or long[:1] != short[0]:
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)
