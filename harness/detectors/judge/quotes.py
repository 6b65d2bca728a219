"""Find what a judge quotes where it says it stands. Offsets are ours: a judge's own are never asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rapidfuzz import fuzz

from harness.detectors.judge.fencing import neutralised

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Place", "faulty", "quoted"]

_NEAR: Final = 90.0
"""Similarity, of 100, from which a stretch is taken for the one quoted: a letter or a sign may differ, no word."""
_NEAR_FAULT: Final = 80.0
_LEAST: Final = 3
"""Letters and digits that a quote must have at least, in all: `:` or `a` stands in every passage."""
_EDGES: Final = " \t\n\"'“”‘’«»…."


class Place(NamedTuple):
    """Where a quote stands: `texts[passage][start:end]`; `similarity` in [0, 1]."""

    passage: str
    start: int
    end: int
    similarity: float


def quoted(evidence: str, texts: Mapping[str, str]) -> Place | None:
    """Return where `passage|first words|last words` stands, None if it stands nowhere.

    The passage that is named comes first; a quote that stands in another one is found there.

    >>> quoted("P1|The pump|in April", {"P1": "The pump starts in April."})
    Place(passage='P1', start=0, end=24, similarity=1.0)
    """
    name, _, rest = neutralised(evidence).partition("|")
    if not rest:
        name, rest = "", name
    parts = [part.strip(_EDGES) for part in re.split(r"\||…|\.\.\.", rest)]
    parts = [part for part in parts if part]
    if not parts or sum(map(str.isalnum, "".join(parts))) < _LEAST:
        return None
    named = name.strip().strip("[]").upper()
    if name.strip() and named not in texts:
        return None
    for passage in sorted(texts, key=lambda one: one != named):
        found = _between(parts[0], parts[-1], texts[passage])
        if found is not None:
            return Place(passage, *found)
    return None


def faulty(fault: str, sentence: str) -> tuple[int, int, bool] | None:
    """Return the stretch of the sentence that is meant and whether it is there letter by letter; None if not at all.

    >>> faulty("in may", "It starts in May.")
    (10, 16, True)
    """
    wanted = neutralised(fault).strip(_EDGES)
    if not any(map(str.isalnum, wanted)):
        return None
    found = _find(wanted, neutralised(sentence), 0, _NEAR_FAULT)
    if found is None:
        return None
    start, end, similarity = found
    return *_words(sentence, start, end), similarity == 1.0


def _between(first: str, last: str, text: str) -> tuple[int, int, float] | None:
    opening = _find(first, text, 0, _NEAR)
    if opening is None:
        return None
    closing = _find(last, text, opening[0], _NEAR)
    if closing is None:
        return None
    start, end = opening[0], max(opening[1], closing[1])
    return start, end, round(min(opening[2], closing[2]), 4)


def _find(wanted: str, text: str, start: int, least: float) -> tuple[int, int, float] | None:
    """Return the first exact place from `start` on, or else the nearest one."""
    needle, hay = _plain(wanted), _plain(text[start:])
    exact = re.search(r"\s+".join(map(re.escape, needle.split())), hay)
    if exact:
        return start + exact.start(), start + exact.end(), 1.0
    if len(needle) > len(hay):
        return None  # the shorter would be sought in the longer
    near = fuzz.partial_ratio_alignment(needle, hay, score_cutoff=least)
    if near is None or near.dest_end <= near.dest_start:
        return None
    return start + near.dest_start, start + near.dest_end, near.score / 100


def _plain(text: str) -> str:
    """Return the text in small letters with plain spaces, each character for one."""
    return "".join(" " if c.isspace() else low if len(low := c.lower()) == 1 else c for c in text)


def _words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a stretch to whole words."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end
