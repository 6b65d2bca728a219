"""Cut what is too long for one call: passages into views that overlap, answers into stretches with neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.detectors.judge.sheet import Item, Piece
from harness.text.sentences import segments

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from harness.records import Passage

__all__ = ["LEAST", "around", "views"]

LEAST: Final = 1000
"""Characters that a view must be allowed to hold."""
_OVERLAP: Final = 0.1
_NEIGHBOURS: Final = 3


def views(passages: Sequence[Passage], most: int) -> list[list[Piece]]:
    """Return the passages as views of at most `most` characters; one alone if all fit.

    A passage that is cut is cut between sentences where it can be, and a tenth of a view is said again in the next.
    """
    out: list[list[Piece]] = [[]]
    left = most
    for number, passage in enumerate(passages):
        for start, end in _pieces(passage.text, most):
            if end - start > left and out[-1]:
                out.append([])
                left = most
            out[-1].append(Piece(number, start, end))
            left -= end - start
    return out


def _pieces(text: str, most: int) -> Iterator[tuple[int, int]]:
    """Yield the whole text, or stretches of it that overlap."""
    if len(text) <= most:
        if text.strip():
            yield 0, len(text)
        return
    ends = [segment.end for segment in segments(text)]
    start = 0
    while start < len(text):
        limit = start + most
        end = (
            len(text) if limit >= len(text) else max((e for e in ends if start + most // 2 < e <= limit), default=limit)
        )
        yield start, end
        if end == len(text):
            return
        back = end - int(most * _OVERLAP)
        start = min((e for e in ends if back <= e < end), default=back)


def around(items: Sequence[tuple[int, int]], asked: Collection[int]) -> list[Item]:
    """Return the sentences to show: those that are asked, with a few neighbours on either side."""
    at = [number for number, (start, _) in enumerate(items) if start in asked]
    first, last = max(0, at[0] - _NEIGHBOURS), at[-1] + 1 + _NEIGHBOURS
    return [Item(start, end, start in asked) for start, end in items[first:last]]
