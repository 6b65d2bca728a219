"""Features of how much of a claim is new, function words included, and how it lies beside its best evidence.

Writers of dialogue and of summaries add small words of their own: what is new among all words tells where the share of
new content words does not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from harness.text.words import stem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.align import Source
    from harness.detectors.features import Claim, Profile

__all__ = ["NOVEL", "beside_best", "newness"]

NOVEL: Final = frozenset({"query", "nowhere"})
"""The places of words that no passage has."""
_TIED: Final = 1e-9
_FIRST_PERSON: Final = frozenset("i i'm i'v my me we our us".split())
_SWEEPING: Final = frozenset(
    stem(word)
    for word in "all every only never always most first best largest none any entirely completely exclusively must "
    "highest lowest last many several various significant popular famous main major primarily".split()
)
"""Words that say how much, how many or how good: writers add them of their own accord."""


def beside_best(source: Source, claim: Claim, content: Sequence[int]) -> tuple[float, ...]:
    """Return how much of all words the best unit holds, and of the telling ones with the units beside it.

    Then how many words the claim has for one of the unit's, as a logarithm. `content` are the positions of the content
    words. Of units that hold as much the largest figures count, whichever comes first.
    """
    alignment = claim.alignment
    if not alignment.units:
        return 0.0, 0.0, 0.0
    found = _beside(source, claim, content, alignment.units[0])
    for unit, share in zip(alignment.units[1:], alignment.shares[1:], strict=True):
        if share >= alignment.shares[0] - _TIED:
            found = tuple(map(max, found, _beside(source, claim, content, unit)))
    return found


def _beside(source: Source, claim: Claim, content: Sequence[int], best: int) -> tuple[float, ...]:
    held = claim.alignment.held
    unit, near = source.units[best], source.units[max(0, best - 1) : best + 2]
    before = best - 1 if near[0].passage == unit.passage else best  # another passage's end is not beside it
    after = best + 1 if near[-1].passage == unit.passage else best
    rarities = [claim.words[n].rarity for n in content]
    around = [
        rare
        for n, rare in zip(content, rarities, strict=True)
        if best in held[n] or before in held[n] or after in held[n]
    ]
    return (
        sum([best in units for units in held]) / len(held),
        sum(around) / (sum(rarities) or 1.0),
        math.log((1 + len(held)) / (1 + unit.size)),
    )


def newness(claim: Claim, own: Profile, missing: Sequence[int]) -> tuple[float, ...]:
    """Return how much is new, function words included, and where it stands; `missing` are the new content words."""
    found, words, count = claim.words, len(claim.words), max(1, len(own.content))
    names = sum([found[n].name for n in own.content if n]) / count
    places = claim.alignment.places
    if "nowhere" not in places and "query" not in places:  # as of many a sentence
        return 0.0, 0.0, 0.0, 0.5, False, False, names, 0, 0
    new = [n for n, place in enumerate(places) if place in NOVEL]
    keys = [found[n].keys[0] for n in new]
    return (
        len(new) / words,
        (len(new) - len(missing)) / max(1, words - len(own.content)),
        len(missing) / count,
        sum(missing) / len(missing) / words if missing else 0.5,
        own.novel[:1] == [True],
        own.novel[-1:] == [True],
        names,
        sum([key in _FIRST_PERSON for key in keys]),
        sum([key in _SWEEPING for key in keys]),
    )
