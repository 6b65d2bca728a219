"""Views of a text without its layout: emphasis marks, line wraps, no-break and repeated spaces carry no meaning.

Both return the text and where each of its characters stood; there is one offset more, the end of the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["flattened", "unmarked"]

_EDGE: Final = re.compile(r"(?<![*_])(?:(?<![^\W_])[*_]++|[*_]++(?![^\W_]))")
"""Asterisks and underscores that are not inside a word (`snake_case`) or between two (`2*3`)."""
_LAYOUT: Final = re.compile(rf"{_EDGE.pattern}|\s+")


def unmarked(text: str) -> tuple[str, Sequence[int]]:
    """Return the text without emphasis marks.

    >>> unmarked("on **13** _March_, 2*3 snake_case")[0]
    'on 13 March, 2*3 snake_case'
    """
    if not ("*" in text or "_" in text):
        return text, range(len(text) + 1)
    return _cut(_EDGE, text)


def flattened(text: str) -> tuple[str, Sequence[int]]:
    r"""Return the text without emphasis marks and with one space for every run of white space.

    >>> flattened("I  don't\n*know*.")[0]
    "I don't know."
    """
    if not ("\n" in text or "  " in text or "*" in text or "_" in text or "\u00a0" in text or "\t" in text):
        return text, range(len(text) + 1)
    return _cut(_LAYOUT, text)


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, Sequence[int]]:
    """Cut the matches out; white space leaves one space."""
    pieces: list[str] = []
    origins: list[int] = []
    at = 0
    for match in pattern.finditer(text):
        pieces.append(text[at : match.start()])
        origins.extend(range(at, match.start()))
        if match.group().isspace():
            pieces.append(" ")
            origins.append(match.start())
        at = match.end()
    pieces.append(text[at:])
    origins.extend(range(at, len(text) + 1))
    return "".join(pieces), origins
